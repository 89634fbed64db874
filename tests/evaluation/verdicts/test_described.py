"""Descriptions held against a target, and the one figure of several that may answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rmanalytics.evaluation import ledger as module
from rmanalytics.evaluation.claims import Claim, claims
from rmanalytics.evaluation.ledger import described
from rmanalytics.evaluation.value.branding import comparable
from rmanalytics.results import Estimate, NotEstimable, Results


def row(name: str) -> Claim:
    return next(claim for claim in claims() if claim.id == name)


def share(lo: float, hi: float, gap: tuple[float, float] | None) -> Estimate:
    extra = {"point": 4.0, "margin": 0.5} | ({} if gap is None else {"gap": sum(gap) / 2, "gap_lo": gap[0]})
    extra |= {} if gap is None else {"gap_hi": gap[1]}
    about = {"name": "both_at_point_share", "unit": "share", "unit_of_analysis": "tandem", "method": "Wilson"}
    return Estimate(value=(lo + hi) / 2, lo=lo, hi=hi, n=30, extra=extra, **about)


@pytest.mark.parametrize(
    ("lo", "hi", "gap", "target", "reason"),
    [
        (0.6, 0.9, (-0.2, 0.3), "at_target", module.ALIKE),
        (0.4, 0.9, (-0.2, 0.3), "open", module.ALIKE),
        (0.6, 0.9, (-0.2, 0.6), "open", module.ALIKE_OPEN),
        (0.6, 0.9, None, "open", module.ALIKE_OPEN),
        (0.6, 0.9, (-1.2, -0.6), "below_target", module.APART),
        (0.1, 0.3, (-0.2, 0.6), "below_target", module.ALIKE_OPEN),
    ],
)
def test_eye_level_takes_both_the_share_and_that_the_sides_see_it_alike(
    lo: float, hi: float, gap: tuple[float, float] | None, target: str, reason: str
) -> None:
    answer = described(row("T2"), share(lo, hi, gap), 0.5)
    assert (answer.target, answer.reason) == (target, reason)
    assert answer.because


def test_trust_needs_no_equivalence() -> None:
    assert described(row("T1"), share(0.6, 0.9, (-2.0, -1.0)), 0.5).target == "at_target"


def test_least_information_is_counted_in_what_the_row_names() -> None:
    about = {"name": "adopted_rate", "unit": "changes per 10 tandems", "unit_of_analysis": "tandem", "method": "exact"}
    few = Estimate(value=1.0, lo=0.1, hi=3.0, n=34, extra={"adopted": 3.0, "undecided": 9.0, "decided": 4.0}, **about)
    answer = described(row("C5"), few, None)
    assert (answer.verdict, answer.values) == ("not_estimable", {"n": 4, "least": 5})
    assert described(row("C5"), replace(few, extra={**few.extra, "decided": 5.0}), None).verdict == "described"


def mentioned(metric: str) -> Estimate:
    about = {"name": "branding_difference", "unit": "share", "unit_of_analysis": "person", "method": "MH"}
    return Estimate(value=0.1, lo=0.0, hi=0.2, n=90, n_comparator=90, outcome=metric, **about)


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_several_metrics_the_declared_one_answers_whatever_the_order_of_rows(order: tuple[str, str]) -> None:
    results = Results(mentioned(metric) for metric in order)
    one = comparable(results, "b")
    assert isinstance(one, Estimate)
    assert one.outcome == "b"
    assert isinstance(comparable(results, ""), NotEstimable)
    assert comparable(results, "c") is None
    alone = comparable(Results([mentioned("a")]), "")
    assert isinstance(alone, Estimate)
