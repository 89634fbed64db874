"""Each kind of result by itself: its exact test, what the next person or event changes, and on which side."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from evidence_worlds import curved, honest, of_exits, of_scores, of_slopes, of_strata, said, shares, spells
from scipy.stats import boschloo_exact, fisher_exact, norm
from scipy.stats import t as t_distribution

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.kinds import Entries, Passed, Rates, Shares, kind_of, on_logits, passed
from rmanalytics.measures.stats.cluster_robust import Contrast
from rmanalytics.measures.stats.stratified_tables import (
    difference_over_entries,
    log_rate_ratio,
    mantel_haenszel_difference,
)
from rmanalytics.measures.survey.all_rounds import rounds_contrast, with_foretold
from rmanalytics.results import Estimate

BRAND = next(claim for claim in claims() if claim.id == "C6")


def test_an_estimate_passes_strictly_beyond_the_tail_of_its_boundary() -> None:
    side = Passed(1, 2.0)
    assert side.tail == pytest.approx(norm.sf(2.0))
    edge = t_distribution.isf(norm.sf(2.0), 5)
    for value, passes in ((edge + 1e-6, True), (edge - 1e-6, False), (-edge - 1, False)):
        assert side.by(Contrast(value=value, se=1.0, df=5)) is passes
    assert side.by(Contrast(value=2 * edge, se=2.0, df=5 + 1e-3))
    assert not side.by(Contrast(value=9.0, se=0.0, df=5))
    assert not side.by(None)


@pytest.mark.parametrize(("n", "left"), [(1, [3, 5]), (2, [3, 4]), (5, [3, 1]), (6, [3, 0]), (8, [1, 0])])
def test_shares_lose_the_yes_where_most_said_it(n, left) -> None:
    strata = shares((3, 10, 1, 10), (6, 10, 2, 12))
    kind = Shares(strata)
    found = kind.after(n)
    wanted = mantel_haenszel_difference(shares((left[0], 10, 1, 10), (left[1], 10, 2, 12)))
    assert (found.value, found.se, found.df) == (wanted.value, wanted.extra["se"], math.inf)
    assert kind.most == 9
    assert kind.lowers


def test_shares_of_one_stratum_have_the_unconditional_test() -> None:
    found = Shares(shares((9, 12, 3, 12))).p(0.01)
    assert found == pytest.approx(boschloo_exact([[9, 3], [3, 9]], alternative="greater").pvalue, abs=1e-6)
    assert found < fisher_exact([[9, 3], [3, 9]], alternative="greater").pvalue


def rates(*rows: tuple[float, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["events", "exposure", "events_comparison", "exposure_comparison"])


@pytest.mark.parametrize("n", [1, 3])
def test_rates_gain_events_where_the_others_were_followed_longest(n) -> None:
    kind = Rates(rates((9, 10, 4, 20), (8, 10, 3, 30), (7, 10, 2, 30)), wider=1.5, df=40.0)
    found = kind.after(n)
    wanted = log_rate_ratio(rates((9, 10, 4, 20), (8, 10, 3 + n, 30), (7, 10, 2, 30)))
    assert (found.value, found.se, found.df) == (wanted.value, 1.5 * wanted.se, 40.0)
    assert kind.most == 24
    assert kind.lowers


def offers(first: tuple[int, ...], other: tuple[int, ...]) -> pd.DataFrame:
    """Offers of ten answers each, some of them drawn, and how many said yes to each."""
    drawn = [True] * len(first) + [False] * len(other)
    return pd.DataFrame({"round_id": "a", "entry": range(len(drawn)), "drawn": drawn, "yes": [*first, *other], "n": 10})


FIRST, OTHER = (7, 8, 9, 7, 8, 9), (5, 6, 4, 5, 6, 9)


@pytest.mark.parametrize(
    ("n", "left"), [(1, (7, 8, 8, 7, 8, 9)), (9, (7, 8, 0, 7, 8, 9)), (20, (7, 6, 0, 7, 8, 0)), (0, FIRST)]
)
def test_entries_lose_the_yes_of_the_better_arm(n, left) -> None:
    kind = Entries(offers(FIRST, OTHER), np.random.default_rng(1))
    found, wanted = kind.after(n), difference_over_entries(offers(left, OTHER))
    assert (found.value, found.se, found.df) == pytest.approx((wanted.value, wanted.extra["se"], wanted.extra["df"]))
    assert kind.most == 48
    assert kind.lowers
    assert Entries(offers((0,) * 6, (0,) * 6), np.random.default_rng(1)).after(1) is None


def test_the_lot_of_offers_is_drawn_again() -> None:
    """Against all 924 ways of drawing six offers of twelve."""
    yes, n = np.array([*FIRST, *OTHER], dtype=float), 10.0
    apart = np.array([[offer in drawn for offer in range(12)] for drawn in combinations(range(12), 6)]) - 0.5
    rest = yes - yes.mean()
    value = apart @ rest / (n * 3.0)
    spread = (((rest - value[:, None] * n * apart) * apart) ** 2).sum(axis=1)
    t = value / np.sqrt(spread)
    kind = Entries(offers(FIRST, OTHER), np.random.default_rng(1))
    assert kind.p(norm.sf(2.0)) == pytest.approx((t >= t[0] - 1e-9).mean(), abs=0.004)


def of_offers(table: pd.DataFrame) -> Evidence:
    found = difference_over_entries(table)
    assert isinstance(found, Estimate)
    return Evidence(
        claim=BRAND, estimate=found, way=1, smallest_effect=0.05, below=2.0, above=2.0, level=5, planned=True,
        strata=table, counts={"n": 60, "n_comparator": 60, "yes": 40, "no": 40},
    )  # fmt: skip


def test_the_better_arm_of_a_lot_is_the_one_that_is_tested() -> None:
    one, other = of_offers(offers(FIRST, OTHER)), of_offers(offers(OTHER, FIRST))
    assert (passed(one), passed(other)) == (Passed(1, 2.0), Passed(-1, 2.0))
    found, turned = said(one), said(other)
    assert found["fragility"]["values"] == turned["fragility"]["values"]
    assert found["lock"]["values"]["p"] == pytest.approx(turned["lock"]["values"]["p"], abs=0.004)
    n = found["fragility"]["values"]["n"]
    kind, side = kind_of(one, passed(one)), passed(one)
    assert side.by(kind.after(n - 1))
    assert not side.by(kind.after(n))


def test_an_arm_that_one_answer_holds_is_lowered() -> None:
    whole = of_offers(offers(FIRST, OTHER))
    z = [norm.isf(t_distribution.sf(one.value / one.se, one.df)) for one in (whole,)]
    less = kind_of(whole, passed(whole)).after(1)
    z.append(norm.isf(t_distribution.sf(less.value / less.se, less.df)))
    assert z[1] < z[0]
    assert said(replace(whole, below=sum(z) / 2))["fragility"]["passed"] is False
    assert said(replace(whole, below=z[1] - 0.01))["fragility"]["passed"] is True


def test_exits_turned_are_those_of_the_other_group() -> None:
    early, late = [20.0, 30.0, 50.0, 80.0, 100.0, 120.0], [300.0]
    stay = of_exits(spells(late, early, n=30))
    move = of_exits(spells(early, late, n=30), claim="J6", way=-1)
    one, other = (kind_of(evidence, Passed(1, 2.0)) for evidence in (stay, move))
    assert (one.most, other.most) == (29, 29)
    assert one.lowers
    for n in (0, 1, 4):
        first, turned = one.after(n), other.after(n)
        assert (first.value, first.se, first.df) == pytest.approx((turned.value, turned.se, turned.df))
    assert one.after(4).value < one.after(1).value < one.after(0).value
    assert [kind.p(norm.sf(2.0)) for kind in (one, other)] == [pytest.approx(0.05, abs=0.04)] * 2
    assert kind_of(stay, Passed(-1, 2.0)).p(norm.sf(2.0)) > 0.9


def test_a_slope_that_one_person_holds_prints_it_and_is_not_lowered() -> None:
    evidence = of_slopes(curved(middle=3.0, slope=-0.4))
    kind, side = kind_of(evidence, passed(evidence)), passed(evidence)
    assert (kind.most, kind.lowers) == (60, False)
    less = kind.after(1)
    z = [evidence.value / evidence.se, less.value / less.se]
    edge = [norm.isf(t_distribution.sf(x, df)) for x, df in zip(z, (evidence.df, less.df), strict=True)]
    assert edge[1] < edge[0]
    found = said(replace(evidence, below=sum(edge) / 2))["fragility"]
    assert (found["passed"], found["values"]["n"]) == (True, 1)
    assert kind.p(side.tail) <= side.tail


@pytest.mark.parametrize(("claim", "adjust"), [("M1", True), ("J2", False)])
def test_scores_are_set_to_what_the_others_foretell(claim, adjust) -> None:
    """A scale by the line of the comparison group, ties by its mean gain, which no start bends."""
    evidence = of_scores(honest(gain=0.3), claim=claim)
    kind = kind_of(evidence, passed(evidence))
    found = kind.after(4)
    wanted, other = (rounds_contrast(with_foretold(kind.rows, 4, adjust=one)) for one in (adjust, not adjust))
    assert (found.value, found.se, found.df) == (wanted.value, wanted.se, wanted.df)
    assert found.value != other.value


def test_rates_are_as_wide_as_their_estimate() -> None:
    evidence = of_strata(rates((34, 40, 10, 40)), "C7", counts={"n": 40, "n_comparator": 40, "events": 44})
    plain = kind_of(evidence, passed(evidence))
    assert (plain.wider, plain.df) == (pytest.approx(1.0), math.inf)
    wide = replace(evidence, estimate=replace(evidence.estimate, extra={"se": 1.3 * evidence.se, "df": 60.0}))
    assert kind_of(wide, passed(wide)).wider == pytest.approx(1.3)
    fewer = of_strata(rates((10, 40, 34, 40)), "C7", counts={"n": 40, "n_comparator": 40, "events": 44})
    assert kind_of(fewer, passed(fewer)).after(2).value == pytest.approx(plain.after(2).value)


@pytest.mark.parametrize("missing", ["people", "scale"])
def test_logits_need_people_and_a_scale(missing) -> None:
    with pytest.raises(ValueError, match="no people or no scale"):
        on_logits(replace(of_slopes(curved(middle=3.0)), **{missing: None}))
