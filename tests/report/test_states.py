"""What has no figure is never told as no, as none or as fine: titles, whatever became of the rows below them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
import report_examples as examples
from markupsafe import Markup

from rmanalytics.report.show import BLOCKS, maker
from rmanalytics.results import Curve, Estimate, NotEstimable, Result, Results

FAMILIES = (
    "pairing",
    "engagement",
    "survey",
    "retention",
    "network",
    "company",
    "reach",
    "branding",
    "value",
    "across",
)
State = Callable[[Result], Result | None]
RATIOS = ("ratio", "rate ratio", "hazard ratio")


def refused(result: Result) -> NotEstimable:
    """Not estimable."""
    about = {name: getattr(result, name) for name in ("outcome", "side", "group")}
    return NotEstimable(name=result.name, unit=result.unit, reason="too few", n=result.n, **about)


def dropped(_: Result) -> None:
    """Not asked."""


def small(result: Result) -> Result:
    """Withheld: of three people."""
    if isinstance(result, Estimate) and result.unit == "share":
        return replace(result, value=3 / max(result.n, 3), lo=0.0, hi=1.0, extra={**result.extra, "count": 3.0})
    return replace(result, n=3, n_comparator=3) if isinstance(result, Estimate) and result.n_comparator else result


def wide(result: Result) -> Result:
    """Could not have told: an interval that holds whatever is asked about."""
    if isinstance(result, Estimate) and result.lo is not None and result.unit not in RATIOS and result.unit != "share":
        reach = abs(result.value) + 1.0
        return replace(result, lo=result.value - 2 * reach, hi=result.value + 2 * reach, p_value=0.8)
    return result


def bare(result: Result) -> Result:
    """Without an interval."""
    return replace(result, lo=None, hi=None) if isinstance(result, Estimate) else result


STATES: dict[str, State] = {f.__name__: f for f in (refused, dropped, small, wide, bare)}
WHICH: dict[str, Callable[[int], bool]] = {
    "each": lambda i: True,
    "every second": lambda i: i % 2 == 0,
    "every other": lambda i: i % 2 == 1,
}
DENIAL = re.compile(r"\b(no|none|nothing|nobody|never|not one|not a|hardly|alike|every|fine)\b", re.I)
"""Words by which a title would deny, or declare all well."""
LIMITED = re.compile(
    r"cannot be told|not estimable|not measured|not audited|open\b|shown|that could be|nobody can say why"
    r"|says nothing about the programme|every rule that could be audited",
    re.I,
)
"""Words by which it says what it does not speak of."""
TITLE = re.compile(r'<p class="title">(.*?)</p>', re.S)


def titles(block: list[object]) -> list[str]:
    return [Markup(title).unescape() for piece in block if isinstance(piece, Markup) for title in TITLE.findall(piece)]


def in_state(state: State, which: Callable[[int], bool]) -> examples.FakeStudy:
    """The full round, with some of its results in a state: counted by name, so that comparable rows fall apart."""
    study = examples.full()
    changed = {}
    for family in FAMILIES:
        seen: dict[str, int] = {}
        kept = []
        for result in getattr(study, family):
            place = seen[result.name] = seen.get(result.name, -1) + 1
            kept.append(state(result) if which(place) and not isinstance(result, Curve) else result)
        changed[family] = Results([result for result in kept if result is not None])
    return replace(study, **changed)


def made(name: str, study: examples.FakeStudy) -> list[object]:
    make = maker(name)
    sides = [{"side": side} for side in ("mentee", "mentor")] if "side" in make.__annotations__ else [{}]
    return [piece for side in sides for piece in make(study, **side)]


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("state", STATES)
def test_no_title_denies_what_has_no_figure(state: str, which: str) -> None:
    study = in_state(STATES[state], WHICH[which])
    said = {name: titles(made(name, study)) for name in BLOCKS}
    wrong = [(n, t) for n, found in said.items() for t in found if DENIAL.search(t) and not LIMITED.search(t)]
    assert wrong == []


OPEN = {
    "changes": "Among the seniors it is open whether any scale shown changed more or less than on the waiting list",
    "upward": "Leadership as their own reports see it: the difference is open",
    "tandem": "whether the two sides of a tandem stand apart is open",
    "top": "Closeness to the top: the difference is open",
    "promotion": "Whether juniors were promoted sooner or later within",
    "survival": "whether the groups differ is open",
    "missing": "the difference is open, with those who did not answer and without them",
}


@pytest.mark.parametrize("block", OPEN)
def test_a_wide_interval_leaves_the_question_open(block: str) -> None:
    assert OPEN[block] in " ".join(titles(made(block, in_state(wide, WHICH["each"]))))


@pytest.mark.parametrize(
    ("block", "start"),
    [
        ("changes", "Among the seniors"),
        ("balance", "Before the round the groups"),
    ],
)
def test_a_title_counts_the_rows_that_cannot_be_told(block: str, start: str) -> None:
    whole = titles(made(block, examples.full()))
    partly = titles(made(block, in_state(refused, WHICH["every other"])))
    assert any(start in title and "more cannot be told" not in title for title in whole)
    assert any(start in title and re.search(r"; \d+ more cannot be told", title) for title in partly)


def test_a_slope_without_limits_is_not_told_as_found() -> None:
    study = examples.full()
    curve = next(r for r in study.survey if r.name == "actor_partner")
    assert isinstance(curve, Curve)
    blind = replace(curve, points=curve.points.assign(lo=math.nan, hi=math.nan))
    survey = Results([blind if r is curve else r for r in study.survey])
    said = titles(made("both_learn", replace(study, survey=survey)))
    assert said == ["Whether the partner's start shows in the score after the round is open"]
