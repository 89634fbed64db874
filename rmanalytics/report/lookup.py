"""Finding results for a reader: the one that is there, its title, and what to say when it is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rmanalytics.report.wording import Translator
from rmanalytics.results import Curve, Estimate, NotEstimable, Result, Results

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

PARTICIPANTS = "participants"
COMPARISON = "comparison"
GROUPS = (PARTICIPANTS, COMPARISON)
SIDES = ("mentee", "mentor")


def found(results: Results, name: str, **about: str) -> Result | None:
    """The first result of a name, of whatever kind."""
    return next(iter(results.find(name, **about)), None)


def estimate(results: Results, name: str, **about: str) -> Estimate | None:
    """The first estimate of a name, None where it is absent or not estimable."""
    return next(iter(results.estimates(name, **about)), None)


def curves(results: Results, name: str, **about: str) -> list[Curve]:
    """All curves of a name."""
    return [item for item in results.find(name, **about) if isinstance(item, Curve)]


def because(result: NotEstimable, tr: Translator) -> str:
    """The reason in the reader's language."""
    return tr(result.reason, **result.values)


def not_estimable(results: Iterable[Result]) -> list[NotEstimable]:
    """The results that could not be estimated."""
    return [item for item in results if isinstance(item, NotEstimable)]


def outcome_title(study: Study, outcome: str, tr: Translator) -> str:
    """Title of an instrument or of one of its subscales (``instrument.subscale``), else the name in words."""
    name, _, subscale = outcome.partition(".")
    instrument = study.programme.instruments.get(name)
    if instrument is None:
        return tr(outcome.replace("_", " ").replace(".", ", ").capitalize())
    return tr.pick(instrument.subscales[subscale]) if subscale in instrument.subscales else tr.pick(instrument.title)


def scale_range(study: Study, outcome: str) -> str:
    """The answer scale as ``1–5``; empty for an outcome that is no instrument."""
    instrument = study.programme.instruments.get(outcome.partition(".")[0])
    return f"{instrument.scale_min}–{instrument.scale_max}" if instrument else ""


def goes_down(study: Study, outcome: str) -> bool:
    """Whether the outcome is claimed to fall."""
    instrument = study.programme.instruments.get(outcome.partition(".")[0])
    return instrument is not None and instrument.direction == "down"


def primary(study: Study) -> tuple[str, str]:
    """Outcome and side that the programme declared as primary; empty texts where it declared none."""
    return next(((o.instrument, o.side) for o in study.programme.outcomes if o.primary), ("", ""))


def hidden(counts: Sequence[float], k: int) -> list[bool]:
    """Which counts of a breakdown are hidden: those from 1 below ``k``, and more until the hidden ones add up to ``k``.

    Examples
    --------
    >>> hidden([20, 3, 9], 5), hidden([20, 0, 9], 5)
    ([False, True, True], [False, False, False])
    """
    hide = [0 < count < k for count in counts]
    while any(hide) and sum(c for c, h in zip(counts, hide, strict=True) if h) < k:
        rest = [(count, i) for i, count in enumerate(counts) if count > 0 and not hide[i]]
        if not rest:
            break
        hide[min(rest)[1]] = True
    return hide
