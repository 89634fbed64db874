"""Each gate binds alone in a world of its own, and lets an honest one through."""

from __future__ import annotations

import math
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from evidence_worlds import (
    CLAIMS,
    LIMIT,
    binding,
    curved,
    honest,
    of_exits,
    of_scores,
    of_slopes,
    of_strata,
    said,
    shares,
    spells,
)
from scipy.stats import norm
from scipy.stats import t as t_distribution

from rmanalytics.evaluation.verdicts.checks import (
    BOTH_SCALES,
    BRACKETS,
    BY_UNIT,
    LOCK,
    NO_UNITS,
    ONE_PERSON,
    ONE_ROUND,
    SILENT,
    silence,
)
from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.gates import (
    CEILING,
    CEILING_OF_SLOPES,
    QUARTERS,
    TOP,
    ceiling,
    gates,
    gates_of_parts,
)
from rmanalytics.evaluation.verdicts.kinds import Passed, passed
from rmanalytics.evaluation.verdicts.least import UNKNOWN_UNITS
from rmanalytics.evaluation.verdicts.words import decide
from rmanalytics.measures.stats.group_sequential import small_sample_boundary
from rmanalytics.measures.survey.all_rounds import clustered_difference, read_rows, rounds_contrast
from rmanalytics.results import Estimate


def exactly(people: pd.DataFrame, value: float) -> pd.DataFrame:
    """The same people with the participants' values after moved so that the difference is as given."""
    found = clustered_difference(people)
    assert isinstance(found, Estimate)
    return people.assign(post=people["post"] + (value - found.value) * (people["group"] == "participants"))


@pytest.mark.parametrize("sign", [1, -1])
def test_an_honest_world_passes_every_gate_and_prints_what_it_would_take(sign) -> None:
    people = honest()
    people[["pre", "post"]] *= sign
    evidence = of_scores(people, way=sign, scale=(1.0, 5.0) if sign > 0 else (-5.0, -1.0))
    found = said(evidence)
    assert binding(found) == set()
    assert list(found) == ["plan", "design", "least", "brackets", "silence", "units", "lock", "fragility", "ceiling"]
    assert found["fragility"]["values"]["n"] > 3
    assert found["silence"]["values"]["tipping"] > 0.5


def test_turning_the_instrument_turns_nothing_else() -> None:
    people = honest(gain=0.35)
    turned = people.assign(pre=6 - people["pre"], post=6 - people["post"])
    one, other = said(of_scores(people)), said(of_scores(turned, way=-1))
    for name, gate in one.items():
        assert other[name]["passed"] == gate["passed"]
        assert other[name]["values"] == pytest.approx(gate["values"], rel=1e-6)


def test_nothing_is_checked_that_did_not_pass_its_boundary() -> None:
    evidence = of_scores(honest(gain=0.0))
    assert passed(evidence) is None
    assert set(said(evidence)) == {"plan", "design", "least", "ceiling"}


def test_harm_is_checked_on_its_own_side() -> None:
    evidence = of_scores(honest(gain=-0.5))
    assert passed(evidence) == Passed(-1, LIMIT)
    found = said(evidence)
    assert {"brackets", "silence", "units", "lock"} <= set(found)
    assert binding(found) == set()


def test_plan_and_design_lower_to_points_for() -> None:
    late = said(of_scores(honest(), planned=False))
    assert binding(late) == {"plan"}
    assert late["plan"]["lowers_to"] == "points_for"
    assert binding(of_scores(honest(), level=2)) == {"design"}


@pytest.mark.parametrize(("chosen", "side"), [("low skill", -1), ("high skill", 1)])
def test_brackets_bind_where_skill_foretold_the_gain(chosen, side) -> None:
    """The start seen with noise takes half of the difference in skill away; the rest looks like the programme."""
    evidence = of_scores(honest(gain=0.0, seed=1, chosen=chosen))
    assert passed(evidence) == Passed(side, LIMIT)
    assert "brackets" in binding(evidence)
    assert "brackets" not in said(replace(evidence, lot=True))


def test_a_change_score_that_points_elsewhere_binds() -> None:
    """Regression to the mean hides a gain from the change scores: participants started higher and fell less."""
    people = honest(seed=3)
    moved = people.assign(pre=people["pre"] + 0.8 * (people["group"] == "participants"))
    assert binding(of_scores(exactly(moved, 0.42))) == {"brackets"}


def test_silence_binds_where_many_are_silent() -> None:
    people = honest(gain=0.4, seed=5)
    own = people.index[people["group"] == "participants"]
    quiet = people.copy()
    quiet.loc[own[: int(0.55 * len(own))], "post"] = np.nan
    evidence = of_scores(exactly(quiet, 0.36), lot=True, level=5)
    found = said(evidence)
    assert binding(found) == {"silence"}
    values = found["silence"]["values"]
    share = float(quiet.loc[own, "post"].isna().mean())
    assert values["silent"] == pytest.approx(share)
    assert found["silence"]["reason"] == SILENT
    assert values["tipping"] < 0.5
    low = evidence.value - small_sample_boundary(LIMIT, evidence.df) * evidence.se
    assert values["tipping"] == pytest.approx(low / (0.47 * share), rel=0.3)


def test_silence_that_cannot_be_counted_does_not_pass() -> None:
    evidence = of_scores(honest())
    side = passed(evidence)
    adjusted = rounds_contrast(read_rows(evidence.people))
    assert (silence(evidence, side, adjusted).passed, silence(evidence, side, adjusted).reason) == (True, "")
    for unknown in (silence(replace(evidence, people=None), side, adjusted), silence(evidence, side, None)):
        assert asdict(unknown) | {"lowers_to": ""} == {
            "name": "silence", "passed": None, "reason": SILENT, "values": {"tipping": 0.0}, "lowers_to": ""
        }  # fmt: skip


def test_units_bind_where_two_units_made_the_difference() -> None:
    people = honest(gain=0.0, seed=7, silent=0.0)
    lucky = people["unit_id"].isin(["u0", "u1"]) & (people["group"] == "participants")
    evidence = of_scores(people.assign(post=people["post"] + 1.3 * lucky))
    assert binding(evidence) == {"units"}
    halves = people["unit_id"].map(lambda unit: "ab"[unit > "u4"])
    gained = people["post"] + 0.5 * (people["group"] == "participants")
    assert binding(of_scores(people.assign(post=gained, unit_id=halves))) == {"units", "least"}


@pytest.mark.parametrize(("units", "counts"), [(6, True), (5, False)])
def test_six_units_are_enough_to_take_people_of_a_unit_together(units, counts) -> None:
    found = said(of_scores(honest(units=units)))["units"]
    assert (found["passed"] is not None, found["reason"] == NO_UNITS) == (counts, not counts)


def test_the_lock_compares_its_p_with_the_tail_of_the_boundary() -> None:
    weak = of_scores(honest(gain=0.22, seed=2))
    z = norm.isf(t_distribution.sf(weak.value / weak.se, weak.df))
    just = said(replace(weak, below=z - 1e-3))["lock"]
    assert just["values"]["p"] == pytest.approx(norm.sf(z), rel=0.25)
    assert just["passed"] == (just["values"]["p"] <= norm.sf(z - 1e-3))
    assert said(replace(weak, below=z - 0.3))["lock"]["passed"]


@pytest.mark.parametrize(("middle", "binds"), [(3.0, False), (4.6, True)])
def test_a_ceiling_is_noticed(middle, binds) -> None:
    evidence = of_scores(honest(gain=0.0, middle=middle))
    assert ("ceiling" in binding(evidence)) == binds


def test_a_second_source_wholly_on_the_other_side_binds() -> None:
    evidence = of_scores(honest())
    task = replace(evidence.estimate, value=-0.3, lo=-0.5, hi=-0.1)
    assert binding(replace(evidence, second=task)) == {"second_source"}
    assert binding(replace(evidence, second=replace(task, value=-0.1, lo=-0.5, hi=0.1))) == set()


@pytest.mark.parametrize(
    ("counts", "passes"),
    [
        ({"n": 10, "n_comparator": 10, "units": 6}, True),
        ({"n": 9, "n_comparator": 30, "units": 6}, False),
        ({"n": 10, "n_comparator": 10, "units": 5}, False),
        ({"n": 10, "n_comparator": 10}, None),
    ],
)
def test_least_information_of_a_scale(counts, passes) -> None:
    assert said(replace(of_scores(honest(gain=0.0)), counts=counts))["least"]["passed"] is passes


def network(people: pd.DataFrame) -> Evidence:
    return of_scores(people, claim="J2", scale=None)


def test_network_counts_fall_with_one_person() -> None:
    people = honest(gain=0.2, seed=1, silent=0.0)
    evidence = network(people)
    limit = norm.isf(t_distribution.sf(evidence.value / evidence.se, evidence.df)) - 0.01
    found = said(replace(evidence, below=limit))["fragility"]
    assert (found["passed"], found["values"]["n"]) == (False, 1)
    assert said(replace(of_scores(people), below=limit))["fragility"]["passed"]


def test_exits_that_differ_pass_and_one_against_one_is_refused_three_times() -> None:
    rng = np.random.default_rng(1)
    strong = of_exits(spells([300.0], list(rng.uniform(10, 200, 24))))
    assert binding(strong) == set()
    one = replace(of_exits(spells([179.0], [20.0], n=34)), below=0.3)
    assert binding(one) == {"least", "lock", "fragility"}


def test_a_claim_of_sooner_moves_is_the_mirror_image() -> None:
    rng = np.random.default_rng(2)
    early = list(rng.uniform(10, 200, 24))
    stay, move = of_exits(spells([300.0], early)), of_exits(spells(early, [300.0]), claim="J6", way=-1)
    one, other = said(stay), said(move)
    assert one["lock"]["passed"] == other["lock"]["passed"]
    assert one["fragility"]["values"] == other["fragility"]["values"]


def test_shares_are_locked_by_the_exact_test_and_fall_with_one_person() -> None:
    counts = {"n": 60, "n_comparator": 60, "yes": 50, "no": 60}
    strong = of_strata(shares((30, 40, 10, 40), (14, 20, 6, 20)), "C6", counts=counts)
    assert binding(strong) == set()
    edge = said(of_strata(shares((13, 40, 7, 40)), "C6", counts=counts, below=1.5))
    assert "fragility" in binding(edge)
    assert edge["fragility"]["values"]["n"] == 1
    assert binding(replace(strong, counts=counts | {"yes": 4})) == {"least"}
    harm = of_strata(shares((10, 40, 30, 40), (6, 20, 14, 20)), "C6", counts=counts)
    assert passed(harm) == Passed(-1, 1.5)
    assert said(harm)["fragility"]["values"] == said(strong)["fragility"]["values"]


def test_rates_are_locked_by_the_exact_test_and_fall_with_one_event() -> None:
    def rates(a: int, b: int) -> pd.DataFrame:
        return pd.DataFrame(
            {"events": [a], "exposure": [40.0], "events_comparison": [b], "exposure_comparison": [40.0]}
        )

    counts = {"n": 40, "n_comparator": 40, "events": 44}
    assert binding(of_strata(rates(34, 10), "C7", counts=counts)) == set()
    assert "fragility" in binding(of_strata(rates(11, 5), "C7", counts=counts, below=1.45))
    assert binding(of_strata(rates(34, 10), "C7", counts=counts | {"events": 9})) == {"least"}


def test_a_composed_claim_says_what_the_part_says_that_a_gate_lowers() -> None:
    """Both sides learn: the seniors' side rests on two units, the juniors' side is honest."""
    people = honest(gain=0.0, seed=7, silent=0.0)
    lucky = people["unit_id"].isin(["u0", "u1"]) & (people["group"] == "participants")
    seniors = of_scores(people.assign(post=people["post"] + 1.3 * lucky))
    juniors = of_scores(honest(), claim="J3")
    for parts in ((seniors, juniors), (juniors, seniors)):
        found = gates_of_parts(parts)
        assert [gate.name for gate in found if gate.passed is not True] == ["units"]
        assert len(found) == len({gate.name for gate in found})


def test_slopes_that_differ_pass_on_both_scales_and_print_what_it_would_take() -> None:
    evidence = of_slopes(curved(middle=3.0, slope=-0.6))
    found = said(evidence)
    assert binding(found) == set()
    assert list(found) == ["plan", "design", "least", "both_scales", "lock", "fragility", "ceiling"]
    assert found["fragility"]["values"]["n"] > 1


def test_a_ceiling_that_bends_the_slope_is_stopped_twice() -> None:
    """Everybody gains alike and has no room above: the slope falls on the raw scale."""
    evidence = of_slopes(curved(middle=4.2, gain=1.5))
    assert passed(evidence) == Passed(1, LIMIT)
    assert binding(evidence) == {"both_scales", "ceiling"}
    higher = of_slopes(curved(middle=4.6, gain=1.5))
    assert binding(higher) >= {"ceiling"}
    for one in (evidence, higher):
        assert decide(one, gates(one)).word == "could_not"
    assert decide(higher, [gate for gate in gates(higher) if gate.name == "ceiling"]).bound == "ceiling"


@pytest.mark.parametrize("end", [1.0, 5.0])
def test_for_slopes_either_end_of_the_scale_is_a_ceiling(end) -> None:
    people = curved(middle=3.0)
    own = people.index[people["group"] == "participants"]
    people.loc[own[:10], "pre"] = end
    assert said(of_slopes(people))["ceiling"]["passed"] is False
    people.loc[own[:10], "pre"] = abs(end - 0.21)
    assert said(of_slopes(people))["ceiling"]["passed"] is True


@pytest.mark.parametrize(
    ("left_out", "passes"), [((0.4, 0.3, 0.1), True), ((0.4, -0.01, 0.5), False), ((0.4, 0.0, 0.5), False), ((), None)]
)
@pytest.mark.parametrize("way", [1, -1])
def test_no_round_alone_may_have_made_it(left_out, passes, way) -> None:
    people = honest()
    people[["pre", "post"]] *= way
    scale = (1.0, 5.0) if way > 0 else (-5.0, -1.0)
    found = said(of_scores(people, way=way, scale=scale, left_out=tuple(way * x for x in left_out)))
    assert found.get("rounds", {"passed": None})["passed"] is passes


def test_a_round_without_which_nothing_can_be_told_binds() -> None:
    assert binding(of_scores(honest(), left_out=(0.4, math.nan, 0.5))) == {"rounds"}


def test_mentions_need_two_quarters_unless_a_lot_drew_them_and_closeness_three_people_at_the_top() -> None:
    counts = {"n": 60, "n_comparator": 60, "yes": 50, "no": 60}
    strata = shares((30, 40, 10, 40), (14, 20, 6, 20))
    assert binding(of_strata(strata, "C6", counts=counts | {"quarters": 2}, level=2)) == {"design"}
    assert binding(of_strata(strata, "C6", counts=counts | {"quarters": 1}, level=2)) == {"design", "within_quarters"}
    assert binding(of_strata(strata, "C6", counts=counts | {"quarters": 1}, level=5)) == set()
    near = {"n": 60, "n_comparator": 60, "units": 8, "answered": 80}
    for top, binds in ((2, {"top_people"}), (3, set()), (None, {"top_people"})):
        own = near if top is None else near | {"top": top}
        assert binding(of_scores(honest(), claim="J5", scale=None, counts=own)) == binds


def test_rates_are_as_wide_as_the_estimate_says() -> None:
    """People who differ in how many roles they take make a verdict turn with fewer events."""
    table = pd.DataFrame({"events": [40], "exposure": [40.0], "events_comparison": [16], "exposure_comparison": [40.0]})
    counts = {"n": 40, "n_comparator": 40, "events": 56}
    plain = of_strata(table, "J9", counts=counts)
    wide = replace(plain, estimate=replace(plain.estimate, extra={"se": 1.4 * plain.se, "df": 78.0}))
    ns = [said(one)["fragility"]["values"]["n"] for one in (plain, wide)]
    assert ns[0] > ns[1] >= 1


def test_a_network_that_half_of_the_people_did_not_answer_tells_nothing() -> None:
    counts = {"n": 60, "n_comparator": 60, "units": 8}
    assert binding(replace(network(honest()), counts=counts | {"answered": 60})) == set()
    assert binding(replace(network(honest()), counts=counts | {"answered": 59})) == {"least"}


VALUES = {"silence": {"tipping", "silent"}, "units": {"df"}, "lock": {"p"}, "fragility": {"n"}, "ceiling": {"share"}}


@pytest.mark.parametrize(
    ("evidence", "reasons"),
    [
        (lambda: of_scores(honest(), left_out=(0.4, 0.3, 0.1)), {}),
        (lambda: of_slopes(curved(middle=3.0, slope=-0.6)), {}),
        (lambda: of_scores(honest(gain=0.0, seed=1, chosen="high skill")), {"brackets": BRACKETS}),
        (lambda: of_scores(lucky_units()), {"units": BY_UNIT}),
        (lambda: of_slopes(curved(middle=4.2, gain=1.5)), {"both_scales": BOTH_SCALES, "ceiling": CEILING_OF_SLOPES}),
        (lambda: of_scores(honest(), left_out=(0.4, -0.1, 0.1)), {"rounds": ONE_ROUND}),
        (lambda: replace(of_exits(spells([179.0], [20.0], n=34)), below=0.3), {"lock": LOCK, "fragility": ONE_PERSON}),
    ],
)
def test_a_gate_says_why_it_binds_and_nothing_where_it_does_not(evidence, reasons) -> None:
    found = said(evidence())
    for name, gate in found.items():
        if name != "least":
            assert gate["reason"] == reasons.get(name, "") or (not reasons.get(name) and gate["passed"] is not True)
            assert set(gate["values"]) == VALUES.get(name, set()) | ({"level"} if name == "design" else set())
    assert {name: found[name]["reason"] for name in reasons} == reasons


def lucky_units() -> pd.DataFrame:
    """Two units in which participants rose, and no effect."""
    people = honest(gain=0.0, seed=7, silent=0.0)
    lucky = people["unit_id"].isin(["u0", "u1"]) & (people["group"] == "participants")
    return people.assign(post=people["post"] + 1.3 * lucky)


def test_units_that_are_unknown_or_too_few_are_named_so() -> None:
    few = said(of_scores(honest(units=5)))["units"]
    assert (few["passed"], few["reason"], few["values"]) == (None, NO_UNITS, {"least": 6})
    unknown = said(of_scores(honest().assign(unit_id=None)))["units"]
    assert (unknown["passed"], unknown["reason"], unknown["values"]) == (None, UNKNOWN_UNITS, {})


def test_of_parts_that_a_gate_lowers_the_first_is_told() -> None:
    late = [replace(of_scores(honest()), level=level) for level in (2, 1)]
    assert {gate.name: asdict(gate) for gate in gates_of_parts(late)}["design"]["values"] == {"level": 2}


def test_gates_of_single_rows_say_how_many_they_want() -> None:
    counts = {"n": 60, "n_comparator": 60, "yes": 50, "no": 60, "quarters": 1}
    strata = shares((30, 40, 10, 40), (14, 20, 6, 20))
    one = said(of_strata(strata, "C6", counts=counts, level=2))["within_quarters"]
    two = said(of_strata(strata, "C6", counts=counts | {"quarters": 2}, level=2))["within_quarters"]
    assert (one["reason"], one["values"]) == (QUARTERS, {"least": 2})
    assert (two["reason"], two["values"]) == ("", {"least": 2})
    near = said(of_scores(honest(), claim="J5", scale=None, counts={"n": 60, "n_comparator": 60, "units": 8, "top": 2}))
    assert (near["top_people"]["reason"], near["top_people"]["values"]) == (TOP, {"least": 3})


def near_end(name: str, **about) -> Evidence:
    """Of one claim, with what the ceiling reads of it."""
    return replace(
        of_slopes(curved(middle=3.0)),
        claim=CLAIMS[name],
        way=-1 if name in ("M3", "M8") else 1,
        smallest_effect=0.2,
        **{"people": None, "scale": None} | about,
    )


def starters(before: list[float], after: list[float] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"group": "participants", "pre": before, "post": after or before})


@pytest.mark.parametrize(
    ("name", "before", "after", "share"),
    [
        ("M1", [3.0] * 17 + [4.8, 4.9, 5.0], None, 0.15),  # .2 points below the end and nearer
        ("M1", [3.0] * 17 + [4.7995, 1.0, 1.0], None, 0.0),
        ("M3", [3.0] * 17 + [1.0, 1.2, 5.0], None, 0.10),  # down is claimed: the lower end
        ("M8", [3.0] * 17 + [4.8, 1.2, 3.0], [3.0] * 17 + [3.0, 3.0, 5.0], 0.15),  # either end, before or after
        ("M8", [3.0] * 17 + [4.79, 1.21, 3.0], [3.0] * 20, 0.0),
        ("M8", [3.0] * 16 + [5.0] * 4, [3.0] * 20, 0.20),
        ("M1", [3.0] * 16 + [5.0] * 4, [3.0] * 20, 0.20),
    ],
)
def test_the_ceiling_counts_participants_near_the_end(name, before, after, share) -> None:
    found = asdict(ceiling(near_end(name, people=starters(before, after), scale=(1.0, 5.0))))
    assert found["values"] == {"share": pytest.approx(share)}
    assert (found["passed"], found["reason"]) == (
        (True, "") if share <= 0.15 else (False, CEILING_OF_SLOPES if name == "M8" else CEILING)
    )


def test_the_ceiling_needs_a_scale_and_participants() -> None:
    assert ceiling(near_end("M1", people=starters([3.0]))) is None
    assert ceiling(near_end("M1", scale=(1.0, 5.0))) is None
    nobody = starters([3.0]).assign(group="comparison")
    assert ceiling(near_end("M1", people=nobody, scale=(1.0, 5.0))) is None
