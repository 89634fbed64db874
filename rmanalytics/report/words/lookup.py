"""Finding results for a reader: the one that is there, its title, and what to say when it is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator
from rmanalytics.results import Curve, Estimate, NotEstimable, Result, Results

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study


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
    """Outcome and side that the report puts first; empty texts where none is declared."""
    main = study.programme.main_outcome
    return (main.instrument, main.side) if main else ("", "")


def clear(result: Estimate) -> bool:
    """Whether the interval leaves out zero."""
    return result.lo is not None and result.hi is not None and not result.lo <= 0 <= result.hi


def wholes(study: Study, side: str) -> list[str]:
    """Instruments declared as outcomes of a side, the one that the report puts first before the others."""
    main = study.programme.main_outcome
    declared = sorted((o for o in study.programme.outcomes if o.side == side), key=lambda o: o != main)
    return list(dict.fromkeys(o.instrument for o in declared))


def item_texts(study: Study, outcome: str, tr: Translator) -> dict[str, str]:
    """Questions of an instrument by id; one whose scores are turned before they count says so."""
    instrument = study.programme.instruments.get(outcome)
    items = () if instrument is None else instrument.items
    texts = {item.id: tr.pick(item.text) or item.id for item in items}
    turned = {item.id for item in items if item.reverse}
    return {i: tr("{question} (turned)", question=text) if i in turned else text for i, text in texts.items()}


def counted(share: Estimate) -> tuple[float, float]:
    """The count that a share stands for, and of how many.

    Examples
    --------
    >>> counted(Estimate(name="completion_share", unit="share", value=0.4, lo=0.1, hi=0.8, n=5,
    ...                  unit_of_analysis="tandem", method="Wilson"))
    (2, 5)
    """
    for count, of in (("reached_n", "goals_n"), ("held", "planned")):
        if count in share.extra and of in share.extra:
            return share.extra[count], share.extra[of]
    return share.extra.get("count", round(share.value * share.n)), share.n


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
