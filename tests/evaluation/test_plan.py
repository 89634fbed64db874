"""The plan of the next round: sizes that hold, nothing assumed in silence, every claim sized or said why not."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from rmanalytics.errors import UnknownNameError
from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.plan.inputs import Spread, side_facts, spread_of, unexplained
from rmanalytics.evaluation.plan.next_round import Plan, Sized, plan
from rmanalytics.evaluation.plan.sizing import (
    MOST_TANDEMS,
    Sharing,
    adjusted_found,
    difference_found,
    mean_found,
    noncentrality,
    share_found,
    tandems_needed,
)
from rmanalytics.evaluation.plan.sizing_exits import Followed, hazard_ratio_found
from rmanalytics.measures.stats.power import minimum_detectable_change, minimum_detectable_difference
from rmanalytics.measures.survey.ancova import adjusted_difference
from rmanalytics.programme.instruments import read_shipped
from rmanalytics.results import Estimate
from rmanalytics.terminal.plan_text import as_text, of_claim

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
SMALL = EXAMPLE.with_name("example_small")
ROUNDS = ("2024H2", "2025H1", "2025H2", "2026H1")
COME_AGAIN = Sharing(rows_per_person=2.0, rounds=4, icc=0.3)


@pytest.fixture(scope="module")
def sized() -> Plan:
    return plan(EXAMPLE, measured=ROUNDS, difference=0.3)


@pytest.fixture(scope="module")
def nothing_measured(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("new")
    shutil.copy(SMALL / "people.csv", folder)
    before, _, after = (SMALL / "programme.toml").read_text(encoding="utf-8").partition("[tables]")
    outcomes = after[after.index("[[outcomes]]") :]
    (folder / "programme.toml").write_text(before + outcomes, encoding="utf-8")
    return plan(folder, measured=[])


def claim_of(made: Plan, claim: str) -> Sized:
    return next(one for one in made.claims if one.claim.id == claim)


# sizes


@pytest.mark.parametrize("n", [10, 34, 500])
def test_one_round_finds_what_the_measures_of_power_say(n: int) -> None:
    two = minimum_detectable_difference(n, n + 5, sd=0.5, unit="scale points")
    one = minimum_detectable_change(n, sd=0.5, unit="scale points")
    assert isinstance(two, Estimate)
    assert isinstance(one, Estimate)
    assert difference_found(n, n + 5, sd=0.5) == pytest.approx(two.value, rel=1e-5)
    assert mean_found(n, sd=0.5) == pytest.approx(one.value, rel=1e-5)


@pytest.mark.parametrize(("df", "alpha"), [(2, 0.05), (2, 0.002), (5, 0.002), (60.5, 0.05), (60.5, 0.002)])
def test_the_noncentrality_has_its_power_at_few_degrees_of_freedom_and_strict_levels_too(df: float, alpha: float):
    from scipy.stats import t

    rng = np.random.default_rng(1)
    draws = 100_000
    statistic = (rng.normal(size=draws) + noncentrality(df, alpha=alpha)) / np.sqrt(rng.chisquare(df, draws) / df)
    found = np.mean(np.abs(statistic) > t.isf(alpha / 2, df))
    assert found == pytest.approx(0.8, abs=4 * math.sqrt(0.16 / draws))


@pytest.mark.parametrize("n", [20, 34, 100, 400])
@pytest.mark.parametrize(("null", "sign"), [(0.5, 1), (2 / 3, 1), (0.5, -1), (0.4, -1)])
def test_the_normal_approximation_for_shares_holds_in_simulation(n: int, null: float, sign: int) -> None:
    """The score test rejects about 80% of the time: shares of few people come in steps."""
    distance = share_found(n, null=null, above=sign > 0)
    assert distance is not None
    share = null + sign * distance
    counts = np.random.default_rng([n, round(100 * null)]).binomial(n, share, 20_000)
    rejected = np.abs(counts / n - null) > 1.96 * math.sqrt(null * (1 - null) / n)
    assert np.mean(rejected) == pytest.approx(0.8, abs=1.2 / math.sqrt(n))


def test_an_analysis_of_covariance_finds_the_difference_four_times_in_five() -> None:
    n, n_comparator, r, sd = 28, 30, 0.6, 0.7
    difference = adjusted_found(n, n_comparator, sd=sd * math.sqrt(1 - r**2))
    rng, found = np.random.default_rng(80), []
    groups = np.array(["participants"] * n + ["comparison"] * n_comparator)
    for _ in range(300):
        pre = rng.normal(3, sd, groups.size)
        post = 3 + r * (pre - 3) + sd * math.sqrt(1 - r**2) * rng.normal(size=groups.size)
        post += difference * (groups == "participants")
        frame = pd.DataFrame({"person_id": range(groups.size), "group": groups, "pre": pre, "post": post})
        found.append(adjusted_difference(frame).p_value < 0.05)
    assert np.mean(found) == pytest.approx(0.8, abs=4 * math.sqrt(0.16 / 300))


def test_people_who_come_again_make_rounds_worth_less() -> None:
    others = difference_found(3 * 34, 3 * 34, sd=1.0)
    again = difference_found(34, 34, sd=1.0, rounds=3, sharing=COME_AGAIN)
    assert again == pytest.approx(others * math.sqrt(COME_AGAIN.design_effect(3)), rel=0.01)
    assert difference_found(34, 34, sd=1.0, rounds=1, sharing=COME_AGAIN) == difference_found(34, 34, sd=1.0)


def test_adjustment_costs_a_little_and_less_the_more_people_there_are() -> None:
    costs = [adjusted_found(n, n, sd=1.0) / difference_found(n, n, sd=1.0) for n in (10, 34, 1000)]
    assert costs == sorted(costs, reverse=True)
    assert costs[1] == pytest.approx(math.sqrt(65 / 64))
    assert adjusted_found(34, 34, sd=1.0, rounds=2) is None


def test_two_rounds_that_share_nobody_are_not_pooled() -> None:
    assert difference_found(34, 34, sd=1.0, rounds=2) is None
    assert difference_found(34, 34, sd=1.0, rounds=6) < difference_found(34, 34, sd=1.0)


def test_below_six_people_nothing_is_found() -> None:
    assert difference_found(5, 30, sd=1.0) is None
    assert mean_found(5, sd=1.0) is None
    assert share_found(5, null=0.5, above=True) is None
    assert difference_found(5, 30, sd=1.0, rounds=2, sharing=COME_AGAIN) is not None


def test_a_share_near_its_end_may_never_be_found() -> None:
    assert share_found(10, null=2 / 3, above=True, alpha=0.002) is None


def test_one_tandem_fewer_than_needed_does_not_find_it() -> None:
    def found(n: int) -> float | None:
        return difference_found(n, n, sd=0.5)

    needed = tandems_needed(found, 0.3)
    assert found(needed) <= 0.3 < found(needed - 1)
    assert tandems_needed(lambda _: None, 0.3) is None
    assert tandems_needed(found, found(MOST_TANDEMS)) == MOST_TANDEMS


def test_exits_until_now_and_the_ratio_that_they_show_belong_together() -> None:
    assert hazard_ratio_found(65.35, share_participants=0.5) == pytest.approx(0.5, abs=1e-3)
    assert hazard_ratio_found(20, share_participants=0.5) < 0.5


def test_more_rounds_bring_more_exits_and_a_kept_person_leaves_later() -> None:
    people = Followed(
        events=5, at_risk=30, at_risk_comparison=30, joining=30, joining_comparison=30, rate=0.15, lost=0.1, years=0.5
    )
    assert people.expected_events(0, 0.5) == 5
    assert people.expected_events(4, 0.5) < people.expected_events(4, 1.0)
    rounds = people.rounds_until(65, 0.5)
    assert people.expected_events(rounds - 1, 0.5) < 65 <= people.expected_events(rounds, 0.5)
    assert people.rounds_until(100_000, 0.5) is None


# what rounds have measured


def test_the_spread_of_one_round_is_that_of_its_adjusted_difference() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"person_id": range(24), "group": ["participants"] * 12 + ["comparison"] * 12})
    frame = frame.assign(pre=rng.normal(size=24), post=rng.normal(size=24), round_id="2026H1")
    residual, df = unexplained(frame)
    fitted = adjusted_difference(frame.drop(columns="round_id"))
    assert math.sqrt((residual**2).sum() / df) == pytest.approx(fitted.extra["sigma"])


def test_drop_out_is_taken_off_by_outcome_and_group() -> None:
    study = open_study(SMALL, "2026H1")
    side = side_facts(study.bundle, [study.round], "mentee")
    instrument = study.programme.instruments["digital_fitness"]
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(
        {"round_id": "2026H1", "person_id": range(40), "group": ["participants"] * 20 + ["comparison"] * 20}
    )
    rows = rows.assign(pre=rng.normal(size=40), post=rng.normal(size=40))
    rows.loc[[0, 1, 2, 3, 30], "post"] = np.nan
    spread = spread_of(rows, instrument, tandems=20, side=side)
    assert (spread.analysed, spread.analysed_comparison, spread.measured) == (0.8, 0.95, True)


def test_too_few_scores_give_the_assumed_spread_and_say_so() -> None:
    study = open_study(SMALL, "2026H1")
    side = side_facts(study.bundle, [], "mentee")
    instrument = study.programme.instruments["digital_fitness"]
    rows = pd.DataFrame({"round_id": [], "person_id": [], "group": [], "pre": [], "post": []})
    spread = spread_of(rows, instrument, tandems=5, side=side)
    assert isinstance(spread, Spread)
    assert (spread.measured, spread.before) == (False, pytest.approx(0.7))
    assert spread.unexplained == pytest.approx(0.7 * 0.8)


# the plan of a programme


def test_every_claim_is_sized_or_says_why_not(sized: Plan) -> None:
    found = {one.claim.id for one in sized.claims} | {one.claim.id for one in sized.exits}
    assert found & set(sized.left_out) == set()
    assert found | set(sized.left_out) == {claim.id for claim in claims()}
    assert {"M1", "M3", "J1", "P1", "C9", "T1"} <= found


def test_more_tandems_and_more_rounds_find_smaller_differences(sized: Plan) -> None:
    for one in sized.claims:
        cells = {(cell.tandems, cell.rounds): cell for cell in one.grid}
        for (tandems, rounds), cell in cells.items():
            larger = [cells[place] for place in ((68, rounds), (tandems, 6)) if place in cells]
            assert all(more.alone <= cell.alone and more.corrected <= cell.corrected for more in larger), one.claim.id


def test_claims_of_the_declared_plan_are_sized_at_the_level_of_their_first_look(sized: Plan) -> None:
    levels = {one.claim.id: one.alpha for one in sized.claims}
    assert levels["M1"] == pytest.approx(2 * 0.020 * 0.4)
    assert levels["M3"] == levels["J1"] == levels["J3"] == pytest.approx(2 * 0.005 / 4 * 0.4)
    assert {level for claim, level in levels.items() if claim not in ("M1", "M3", "J1", "J3")} == {0.05}


def test_the_design_asked_about_stands_in_the_grid(sized: Plan) -> None:
    for one in sized.claims:
        if one.by_tandems:
            assert one.current in one.grid


def test_tandems_needed_find_the_difference_and_one_fewer_do_not(sized: Plan) -> None:
    needed = claim_of(sized, "M1").needed.alone
    enough = plan(EXAMPLE, measured=ROUNDS, tandems=needed[0])
    short = plan(EXAMPLE, measured=ROUNDS, tandems=needed[0] - 1)
    assert claim_of(enough, "M1").current.alone <= 0.3 < claim_of(short, "M1").current.alone
    assert claim_of(enough, "M1").current.comparison == needed[1]
    assert claim_of(enough, "M1").current.n < needed[0]


def test_all_rounds_together_find_about_what_their_one_model_has_as_error(sized: Plan) -> None:
    """The model knows that a person who waits first and takes part later tells more: the plan may be too cautious."""
    study = open_study(EXAMPLE, ROUNDS[-1])
    together = study.across.get("clustered_difference", outcome="digital_fitness", side="mentee")
    assert isinstance(together, Estimate)
    planned = next(c.alone for c in claim_of(sized, "M1").grid if (c.tandems, c.rounds) == (34, 4))
    assert 0.95 < planned / (2.82 * together.extra["se"]) < 1.3


def test_a_comparison_group_of_nobody_leaves_gains() -> None:
    made = plan(SMALL, measured=["2026H1"], tandems=30, comparison=0)
    assert claim_of(made, "M1").gain_only
    assert all(one.needed == () for one in made.exits)
    assert "it says nothing about the programme" in as_text(made)


def test_people_for_comparison_grow_in_proportion_unless_they_are_given(sized: Plan) -> None:
    cells = {cell.tandems: cell.comparison for cell in claim_of(sized, "M1").grid}
    assert cells[68] == 2 * cells[34]
    given = plan(EXAMPLE, measured=ROUNDS, comparison=40)
    assert {cell.comparison for cell in claim_of(given, "M1").grid} == {40}


def test_with_nothing_measured_every_assumption_is_said(nothing_measured: Plan) -> None:
    text = as_text(nothing_measured)
    assert not any(one.measured for one in nothing_measured.claims if one.spread)
    assumed = text[text.index("ASSUMED, NOT MEASURED") : text.index("This round could only show")]
    for said in ("34 tandems", "15% of the mentees", "for comparison as mentors", "0.7 points", "correlated 0.6"):
        assert said in assumed
    assert "nobody was followed yet" in text
    assert text.count(" ?") > 8


def test_a_scale_that_declares_its_retest_is_planned_with_it() -> None:
    scale, side = read_shipped("felt_appreciation"), SimpleNamespace(analysed=1.0, analysed_comparison=1.0)
    nobody = pd.DataFrame(columns=["round_id", "person_id", "group", "pre", "post"])
    spreads = [spread_of(nobody, replace(scale, retest=r), tandems=34, side=side) for r in (0.6, 0.8)]  # type: ignore[arg-type]
    assert [round(one.unexplained / one.before, 6) for one in spreads] == [0.8, 0.6]


def test_with_everything_measured_nothing_is_assumed(sized: Plan) -> None:
    assert "ASSUMED" not in as_text(sized)
    assert all(one.measured for one in sized.claims)


def test_the_text_fits_a_terminal_and_speaks_of_what_could_be_shown(sized: Plan) -> None:
    text = as_text(sized)
    assert max(len(line) for line in text.splitlines()) <= 120
    assert "This round could only show differences of at least" in text
    assert "that find 0.3 scale points, drop-out added" in text
    assert "effect" not in text


def test_one_claim_shows_every_size(sized: Plan) -> None:
    one = of_claim(sized, "M3")
    assert [c.claim.id for c in one.claims] == ["M3"]
    table = as_text(one)
    assert "tandems     1 round  2 rounds" in table
    assert table.count("\n68 ") == 2
    with pytest.raises(UnknownNameError, match=r"P2 is not sized: every tandem is audited: size plays no part\.$"):
        of_claim(sized, "P2")
    with pytest.raises(UnknownNameError, match=r'There is no claim that is sized "Z9".* There are: P1, '):
        of_claim(sized, "Z9")


def test_the_plan_is_plain_json(sized: Plan) -> None:
    document = json.loads(json.dumps(sized.as_dict(), allow_nan=False))
    assert document["power"] == 0.8
    assert document["claims"][0]["grid"][0]["tandems"] == 17
