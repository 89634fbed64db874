"""What stands behind a claim in its rounds: its people or counts, each look, each round alone, and without one."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.evaluation.network.waves import people_at, ties_at, waves
from rmanalytics.evaluation.verdicts import over_rounds as module
from rmanalytics.evaluation.verdicts.over_rounds import chained, over_rounds
from rmanalytics.evaluation.verdicts.records_over_rounds import mention_strata
from rmanalytics.evaluation.verdicts.together import Together, looked_at
from rmanalytics.measures.retention.event_rates import rehire_rate_ratio, return_strata, role_rate_ratio_spread
from rmanalytics.measures.retention.exits_over_rounds import exits_over_rounds
from rmanalytics.measures.retention.rates_over_rounds import role_rate_ratio_over_rounds
from rmanalytics.measures.stats.stratified_tables import mantel_haenszel_difference
from rmanalytics.measures.survey.level_and_trend import level_and_trend
from rmanalytics.results import Estimate, NotEstimable

EXAMPLE = Path(__file__).parents[3] / "data" / "example"
CLAIMS = {claim.id: claim for claim in claims()}
ROUNDS = ("2024H2", "2025H1", "2025H2", "2026H1")


@pytest.fixture(scope="module")
def bundle():
    made = open_study(EXAMPLE, "2026H1").bundle
    declared = made.programme.declared
    own = {**declared.claims, "C6": {"metric": "offer_acceptance"}}
    object.__setattr__(made.programme, "declared", replace(declared, claims=own))
    return made


@pytest.fixture(scope="module")
def asked(bundle):
    """Each claim over all rounds, asked for once."""
    found: dict[str, Together] = {}

    def ask(name: str) -> Together:
        if name not in found:
            found[name] = over_rounds(bundle, CLAIMS[name], ROUNDS)
        return found[name]

    return ask


def test_networks_have_people_with_both_waves_and_count_who_answered(bundle, asked) -> None:
    found, people = asked("J2"), asked("J2").people
    assert found.estimate.unit == "ties"
    assert {"unit_id", "cluster_id", "pre", "post"} <= set(people)
    whole = people.dropna(subset=["pre", "post"])
    assert found.estimate.n == whole.loc[whole["group"] == "participants", "person_id"].nunique() < len(whole)
    assert found.counts["n"] == found.estimate.n
    least = 1.0
    for name in ROUNDS:
        first, last = waves(bundle, bundle.programme.round(name)).values()
        staff = [people_at(bundle, day)["person_id"] for day in (first, last)]
        there = set(staff[0]) & set(staff[1])
        named = [set(ties_at(bundle, day)["source_id"]) for day in (first, last)]
        least = min(least, len(there & named[0] & named[1]) / len(there))
    assert found.counts["answered"] == int(100 * least)


def test_in_degree_is_counted_beyond_the_tandem(bundle, asked) -> None:
    people = asked("J2").people
    round_ = bundle.programme.round("2026H1")
    day = waves(bundle, round_)["after"]
    ties, tandems = bundle.table("ties"), bundle.table("tandems")
    said = set(people_at(bundle, day)["person_id"])
    pairs = {frozenset(pair) for pair in zip(tandems["mentor_id"], tandems["mentee_id"], strict=True)}
    mine = ties[(ties["wave_date"] == day) & (ties["kind"] == bundle.programme.tie_kind)]
    one = people[(people["round_id"] == "2026H1") & people["post"].notna()].iloc[0]
    named = mine.loc[(mine["target_id"] == one["person_id"]) & mine["source_id"].isin(said), "source_id"]
    assert one["post"] == sum(frozenset((name, one["person_id"])) not in pairs for name in named)


def test_closeness_has_its_smallest_effect_in_units_of_the_comparison_group(asked) -> None:
    found = asked("J5")
    compared = found.people.loc[found.people["group"] == "comparison", "post"]
    assert found.times == pytest.approx(compared.mean())
    assert found.counts["top"] >= 3
    assert asked("J4").times == 1


def test_leaders_are_people_with_units_and_the_leader_is_counted(asked) -> None:
    found = asked("M6")
    assert found.estimate.unit_of_analysis == "leader"
    assert found.people["unit_id"].notna().any()
    assert found.scale == (1.0, 5.0)


def test_slopes_are_those_of_one_model_of_all_rounds(asked) -> None:
    found, same = asked("M8"), asked("M1")
    assert found.estimate.unit == "points per point"
    pd.testing.assert_frame_equal(found.people, same.people)
    assert found.second is None
    assert same.second is not None


def test_promotions_and_exits_have_spells_and_a_fixed_horizon(bundle, asked) -> None:
    for name in ("J6", "J7"):
        found = asked(name)
        assert found.estimate.extra["tau"] == 365
        assert {"time_days", "event"} <= set(found.people)
        assert found.counts["at_risk"] >= 10
        assert found.estimate.n == found.people.loc[found.people["group"] == "participants", "person_id"].nunique()
    assert asked("J6").counts["events"] != asked("J7").counts["events"]
    declared = bundle.programme.declared
    shorter = replace(declared, claims={**declared.claims, "J7": {"horizon_days": 180}})
    object.__setattr__(bundle.programme, "declared", shorter)
    found = over_rounds(bundle, CLAIMS["J7"], ROUNDS)
    object.__setattr__(bundle.programme, "declared", declared)
    assert found.estimate.extra["tau"] == 180
    assert len(found.by_round) >= len(asked("J7").by_round)


def test_roles_are_counts_of_each_round(asked) -> None:
    found = asked("J9")
    assert len(found.strata) == 4
    assert found.counts["events"] == found.strata[["events", "events_comparison"]].to_numpy().sum()
    assert found.estimate.n < 4 * 34


def test_returns_count_each_of_them_in_one_round_alone(bundle, asked) -> None:
    found = asked("C7")
    last = bundle.programme.rounds[-1].end
    whole = rehire_rate_ratio(bundle.table("alumni"), until=last)
    assert found.strata["events"].sum() == whole.extra["events"]
    assert found.strata["exposure_comparison"].sum() == pytest.approx(whole.extra["years_comparison"])
    early = over_rounds(bundle, CLAIMS["C7"], ROUNDS[:3])
    assert early.strata["events"].tolist() == found.strata["events"].tolist()[:3]
    assert return_strata(bundle.table("alumni"), [last]).iloc[0]["events"] == whole.extra["events"]


def test_mentions_are_compared_within_quarter_and_source_up_to_the_round(bundle, asked) -> None:
    found = asked("C6")
    table = bundle.table("branding")
    own = table[(table["metric"] == "offer_acceptance") & table["exposed"].isin(["yes", "no"])]
    assert found.counts["n"] + found.counts["n_comparator"] <= own["denominator"].sum()
    assert found.counts["yes"] + found.counts["no"] == found.counts["n"] + found.counts["n_comparator"]
    assert found.counts["quarters"] >= 2
    early = over_rounds(bundle, CLAIMS["C6"], ROUNDS[:2])
    assert set(early.strata["round_id"]) <= set(ROUNDS[:2])
    assert found.estimate.value == pytest.approx(mantel_haenszel_difference(found.strata).value)


def test_a_plan_without_metric_is_not_estimable(bundle) -> None:
    declared = bundle.programme.declared
    object.__setattr__(bundle.programme, "declared", replace(declared, claims={}))
    found = over_rounds(bundle, CLAIMS["C6"], ROUNDS)
    object.__setattr__(bundle.programme, "declared", declared)
    assert isinstance(found.estimate, NotEstimable)
    assert "no metric" in found.estimate.reason


@pytest.mark.parametrize("name", ["J9", "C6"])
def test_looks_and_rounds_left_out_are_those_of_the_same_rule(bundle, asked, name) -> None:
    found = asked(name)
    assert list(found.information) == sorted(found.information)
    present = [one for one, _ in found.by_round]
    assert len(found.left_out) == (len(present) if len(present) >= 3 else 0)
    two = over_rounds(bundle, CLAIMS[name], present[:2])
    assert two.left_out == ()
    assert two.information == pytest.approx(found.information[:2])
    if len(present) == 3:
        assert found.left_out[2] == pytest.approx(two.estimate.value)


def test_a_drift_over_quarters_is_not_taken_for_the_mention() -> None:
    """Nobody is moved by the mention; the share rises from quarter to quarter, and mentions come late."""
    rows = pd.DataFrame(
        {
            "date": pd.to_datetime(["2026-01-05"] * 2 + ["2026-04-05"] * 2),
            "exposed": ["yes", "no"] * 2,
            "numerator": [2, 18, 72, 8],
            "denominator": [10, 90, 90, 10],
            "round_id": "a",
        }
    )
    strata = mention_strata(rows)
    assert mantel_haenszel_difference(strata).value == pytest.approx(0.0)
    assert len(strata) == 2


def test_one_round_of_roles_is_the_ratio_of_one_round() -> None:
    rng = np.random.default_rng(1)
    counts = pd.DataFrame({"person_id": range(40), "group": ["participants"] * 20 + ["comparison"] * 20})
    counts = counts.assign(roles_n=rng.poisson(1.5, 40), followed_days=rng.integers(200, 500, 40), round_id="a")
    one, other = role_rate_ratio_over_rounds(counts), role_rate_ratio_spread(counts.drop(columns="round_id"))
    assert (one.value, one.lo, one.hi) == pytest.approx((other.value, other.lo, other.hi))


def test_people_who_stand_in_two_rounds_with_the_same_roles_bring_nothing_new() -> None:
    rng = np.random.default_rng(2)
    counts = pd.DataFrame({"person_id": range(40), "group": ["participants"] * 20 + ["comparison"] * 20})
    counts = counts.assign(roles_n=rng.poisson(1.5, 40), followed_days=365, round_id="a")
    one = role_rate_ratio_over_rounds(counts)
    twice = role_rate_ratio_over_rounds(pd.concat([counts, counts.assign(round_id="b")]))
    assert (twice.value, twice.extra["se"], twice.n) == pytest.approx((one.value, one.extra["se"], one.n))


def test_exits_in_one_group_alone_have_the_interval_of_the_permutation_test() -> None:
    time = np.r_[np.full(30, 400.0), np.linspace(30, 300, 12), np.full(18, 400.0)]
    table = pd.DataFrame({"round_id": "a", "person_id": range(60), "time_days": time, "event": time < 400})
    table = table.assign(group=np.repeat(["participants", "comparison"], 30))
    found = exits_over_rounds(table, tau=365.0)
    assert "permutation" in found.method
    assert found.lo > 0
    assert math.isinf(found.extra.get("df", math.inf))
    few = table.assign(event=table["event"] & (table["time_days"] < 80), time_days=table["time_days"])
    one = exits_over_rounds(few, tau=365.0)
    assert one.lo < 0 < one.hi
    single = exits_over_rounds(table.assign(event=table["event"] & (table["time_days"] < 50)), tau=365.0)
    assert isinstance(single, NotEstimable)
    turned = table.assign(group=np.repeat(["comparison", "participants"], 30))
    other = exits_over_rounds(turned, tau=365.0)
    assert (other.value, other.lo) == pytest.approx((-found.value, -found.hi), rel=0.05)


def estimate(value: float, se: float) -> Estimate:
    return Estimate(
        name="x", unit="index", value=value, lo=value - 2 * se, hi=value + 2 * se, n=10, unit_of_analysis="person",
        method="m", extra={"se": se},
    )  # fmt: skip


def test_rounds_that_differ_are_told() -> None:
    by_hand = {"a": estimate(0.2, 0.1), "b": estimate(0.5, 0.2), "c": estimate(0.2, 0.1)}
    found = looked_at(list(by_hand), lambda names: by_hand[names[-1]])
    assert found.information == pytest.approx((100, 25, 100))
    assert not found.differ
    apart = looked_at(["a", "b"], lambda names: by_hand["a"] if names[-1] == "a" else estimate(1.0, 0.1))
    assert apart.differ


def test_slopes_of_units_are_those_from_the_first_pulse_to_each_look(bundle) -> None:
    """One pulse, too few units, then two looks: the latest pulse counts, and no round is a stratum."""
    rng = np.random.default_rng(3)
    unit = np.repeat(np.arange(24), 8)
    people = pd.DataFrame({"person_id": range(192), "unit": unit, "exposure": 5.0 * (unit < 10), "before": 3.0})
    people["before"] += rng.normal(0, 0.5, 192)
    rise = {"2025H2": 0.2, "2026H1": 0.4}
    moved = {
        name: people.assign(score=people["before"] + by * (unit < 10) + rng.normal(0.2, 0.3, 192), years=by * 2.5)
        for name, by in rise.items()
    }
    moved["2025H1"] = moved["2025H2"][unit < 9]
    one = NotEstimable(name="level_and_trend", unit="u", reason="one pulse", n=1)
    with patch.object(module, "pulses", side_effect=lambda _, round_, name: moved.get(round_.id, one)):
        found = [over_rounds(bundle, CLAIMS["C2"], ROUNDS[:at]) for at in range(1, 5)]
    alone = [level_and_trend(moved[name], years=by * 2.5) for name, by in rise.items()]
    assert [together.estimate.name for together in found] == ["level_and_trend"] * 4
    assert [isinstance(together.estimate, Estimate) for together in found] == [False, False, True, True]
    assert [together.estimate.value for together in found[2:]] == [one.value for one in alone]
    assert alone[1].extra["weakest"] == 0 != alone[0].extra["weakest"]
    assert found[2].information == pytest.approx([alone[0].extra["se"] ** -2])
    assert found[3].information == pytest.approx([one.extra["rise_se"] ** -2 for one in alone])
    assert [together.times for together in found[2:]] == [1.0, 2.0]
    assert found[3].left_out == found[3].by_round == ()
    assert found[3].counts == {"units": 24, "with": 10, "without": 14}
    assert found[3].people.equals(moved["2026H1"])
    with patch.object(module, "pulses", return_value=None):
        assert over_rounds(bundle, CLAIMS["C2"], ROUNDS).estimate is None


def test_people_of_chained_tandems_are_one_cluster_where_both_sides_count(bundle, asked) -> None:
    alone, part = asked("M1").people, over_rounds(bundle, CLAIMS["M1"], ROUNDS, both_sides=True).people
    assert alone["cluster_id"].equals(alone["person_id"])
    tandems = pd.concat([round_tandems(bundle, bundle.programme.round(name)) for name in ROUNDS])
    cluster = part.drop_duplicates("person_id").set_index("person_id")["cluster_id"]
    shared = tandems.assign(cluster=tandems["mentee_id"].map(cluster)).dropna(subset=["cluster"])
    assert len(shared.drop_duplicates(["mentor_id", "cluster"])) == shared["mentor_id"].nunique()
    assert part["cluster_id"].nunique() < alone["cluster_id"].nunique()
    others = part[~part["person_id"].isin({*tandems["mentor_id"], *tandems["mentee_id"]})]
    assert len(others)
    assert others["cluster_id"].equals(others["person_id"])


def test_tandems_that_share_somebody_hang_together() -> None:
    """A mentor of one round is a mentee of the next; a chain has no end until nobody is shared."""
    tandems = pd.DataFrame({"mentor_id": ["a", "c", "e", "g", "c"], "mentee_id": ["b", "a", "f", "h", "g"]})
    chain = chained(tandems)
    assert len(set(chain[["a", "b", "c", "g", "h"]])) == 1
    assert chain["e"] == chain["f"] != chain["a"]
    assert set(chain) <= set(chain.index)
    turned = chained(tandems.iloc[::-1])
    assert len(set(zip(chain, turned[chain.index], strict=True))) == 2
