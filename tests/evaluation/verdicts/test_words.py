"""Each word, each gate's effect on it, each level, from synthetic evidence; expectations by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from rmanalytics.evaluation import claims as rows
from rmanalytics.evaluation.verdicts import evidence, gates, least, levels, words
from rmanalytics.results import Estimate


def claim(name: str) -> rows.Claim:
    return next(one for one in rows.claims() if one.id == name)


def estimate(value: float, se: float = 0.1, *, df: float = math.inf, unit: str = "scale points") -> Estimate:
    extra = {"se": se} | ({} if math.isinf(df) else {"df": df})
    about = {"name": "all", "unit_of_analysis": "person", "method": "by hand"}
    return Estimate(unit=unit, value=value, lo=None, hi=None, n=100, n_comparator=100, extra=extra, **about)


def seen(value: float, se: float = 0.1, *, name: str = "M1", **changes: object) -> evidence.Evidence:
    """Evidence of the first look: boundaries of local alpha .02, level 3, plan in time."""
    way = -1 if name in ("M3", "J6", "M8") else 1
    fixed = {"way": way, "smallest_effect": 0.2, "below": 2.409, "above": 2.409, "level": 3, "planned": True}
    return evidence.Evidence(claim=claim(name), estimate=estimate(value, se), **{**fixed, **changes})


def word(value: float, *failing: evidence.Gate, se: float = 0.1, **changes: object) -> tuple[str, str]:
    one = seen(value, se, **changes)
    own = [gates.plan(one), gates.design(one), *failing]
    said = words.decide(one, own)
    return said.word, said.bound


def fails(name: str, to: str = "could_not") -> evidence.Gate:
    return evidence.Gate(name=name, passed=False, reason="r", lowers_to=to)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.25, "shown"),  # 2.5 standard errors: beyond 2.409
        (0.24, "could_not"),  # 2.4: within, and .2 still possible
        (-0.24, "not_shown"),  # upper limit −.044 < .2
        (-0.25, "points_against"),
        (0.0, "not_shown"),  # upper limit .196 < .2
        (0.005, "could_not"),  # upper limit .201
    ],
)
def test_words_at_their_edges(value: float, expected: str) -> None:
    assert word(value)[0] == expected


def test_an_upper_limit_at_the_smallest_effect_does_not_rule_it_out() -> None:
    assert words.decide(seen(0.0, smallest_effect=words.Z * 0.1), []).word == "could_not"


@pytest.mark.parametrize("value", [0.25, 0.24, -0.24, -0.25, 0.0, 0.005])
def test_turning_a_scale_and_its_direction_leaves_every_word(value: float) -> None:
    assert word(value)[0] == word(-value, name="M3")[0]


def test_small_samples_compare_the_tail_of_t_with_that_of_the_normal() -> None:
    few = seen(0.25)
    few = replace(few, estimate=estimate(0.25, df=8))
    assert words.decide(few, []).word == "could_not"
    assert words.decide(replace(few, estimate=estimate(0.40, df=8)), []).word == "shown"


@pytest.mark.parametrize(("level", "expected"), [(5, "shown"), (4, "shown"), (3, "shown"), (2, "points_for")])
def test_shown_needs_level_3(level: int, expected: str) -> None:
    assert word(0.5, level=level) == (expected, "" if expected == "shown" else "design")


def test_a_plan_that_was_not_in_time_gives_points_for_at_most() -> None:
    assert word(0.5, planned=False) == ("points_for", "plan")
    assert word(-0.5, planned=False) == ("points_against", "")
    assert word(0.5, planned=True) == ("shown", "")


@pytest.mark.parametrize(
    "name", ["least", "brackets", "silence", "units", "lock", "fragility", "list", "both_scales", "signs"]
)
def test_gates_that_lower_a_verdict_either_way(name: str) -> None:
    assert word(0.5, fails(name)) == ("could_not", name)
    assert word(-0.5, fails(name)) == ("could_not", name)


def test_a_gate_that_could_not_be_computed_lowers_as_a_failed_one_does() -> None:
    assert word(0.5, evidence.Gate(name="units", passed=None, reason="r")) == ("could_not", "units")


def test_a_second_source_lowers_what_is_shown_and_not_a_sign_of_harm() -> None:
    assert word(0.5, fails("second_source")) == ("could_not", "second_source")
    assert word(-0.5, fails("second_source")) == ("points_against", "")


def test_the_ceiling_forbids_not_shown_alone() -> None:
    assert word(-0.1, fails("ceiling")) == ("could_not", "ceiling")
    assert word(0.5, fails("ceiling")) == ("shown", "")
    assert word(-0.5, fails("ceiling")) == ("points_against", "")
    assert word(0.05, fails("ceiling"))[1] == ""


def test_without_least_information_nothing_is_ruled_out() -> None:
    assert word(-0.1, fails("least")) == ("could_not", "least")
    assert word(0.05, fails("least")) == ("could_not", "least")
    assert word(-0.1, fails("units"))[0] == "not_shown"


def test_a_list_written_late_makes_it_not_estimable() -> None:
    for value in (0.5, -0.5, 0.0):
        assert word(value, fails("list", "not_estimable")) == ("not_estimable", "list")


def test_could_not_stands_before_points_for_and_the_first_gate_binds() -> None:
    assert word(0.5, fails("lock"), planned=False, level=2) == ("could_not", "lock")
    assert word(0.5, planned=False, level=2) == ("points_for", "plan")
    assert word(0.5, fails("silence"), fails("lock")) == ("could_not", "silence")


def test_harm_needs_level_2() -> None:
    assert word(-0.5, level=2) == ("points_against", "")
    assert word(-0.5, level=1) == ("could_not", "design")


def test_a_ratio_is_tested_on_its_logarithm() -> None:
    one = replace(seen(1.0, name="J9"), estimate=estimate(1.6, 0.15, unit="rate ratio"), smallest_effect=math.log(1.3))
    assert words.decide(one, []).word == "shown"
    assert words.decide(replace(one, estimate=estimate(1 / 1.6, 0.15, unit="rate ratio")), []).word == "points_against"
    low = words.decide(replace(one, estimate=estimate(0.95, 0.1, unit="rate ratio")), [])
    assert (low.word, round(low.values["least"], 3)) == ("not_shown", 1.3)


def test_sizes_are_selection_corrected_and_stand_only_where_a_test_was_passed() -> None:
    low, middle, high = words.decide(seen(0.5), []).size
    assert low < 0.31  # the ordinary lower limit is .304
    assert middle < 0.5
    assert 0.6 < high < 0.7
    down = words.decide(seen(-0.5), []).size
    assert down == pytest.approx((low, middle, high))
    for value in (0.0, 0.1):
        assert words.decide(seen(value), []).size is None
    later = words.decide(seen(0.5, above=3.5), []).size
    assert later == pytest.approx((low, middle, high))
    assert words.decide(seen(-0.5, above=3.5), []).size[0] < low
    assert words.decide(seen(-0.5, below=3.5), []).size == pytest.approx((low, middle, high))
    assert words.decide(seen(0.5, level=2), [gates.design(seen(0.5, level=2))]).size == pytest.approx(
        (low, middle, high)
    )
    assert words.decide(seen(0.25), []).size[0] < 0 < words.decide(seen(0.25), []).size[2]


def test_repeated_and_ordinary_interval() -> None:
    said = words.decide(seen(0.1, above=3.0), [])
    assert said.repeated == pytest.approx((0.1 - 0.2409, 0.1 + 0.3))
    assert said.ordinary == pytest.approx((0.1 - 0.196, 0.1 + 0.196), abs=1e-4)
    few = words.decide(replace(seen(0.1), estimate=estimate(0.1, df=10)), [])
    assert few.ordinary == pytest.approx((0.1 - 0.22281, 0.1 + 0.22281), abs=1e-4)


@pytest.mark.parametrize(
    ("se", "look", "rounds"),
    [
        (0.1, 1, 2),
        (0.1, 2, 4),
        (0.15, 1, 5),
        (0.2, 1, 10),
        (0.21753, 1, 12),
        (0.2263, 1, None),
        (0.23, 1, None),
        (0.06, 1, 1),
        (0.23, 3, None),
    ],
)
def test_how_many_more_rounds_it_takes(se: float, look: int, rounds: int | None) -> None:
    """(2.409 + 0.842) · se / 0.2, squared, times the rounds held, less those."""
    assert words.rounds_needed(seen(0.1, se, look=look)) == rounds


def test_reasons_name_what_it_takes() -> None:
    assert words.decide(seen(0.05), []).values == {"least": 0.2, "n": 2}
    assert words.decide(seen(0.05, 0.3), []).values == {"least": 0.2}
    assert "ruled out" in words.decide(seen(-0.05), []).reason
    never = words.decide(seen(0.05, 0.3), [])
    assert (never.word, never.reason) == ("could_not", words.NOT_BY_ROUNDS)
    assert words.decide(seen(0.05), []).reason == words.STILL_HOLDS


M1 = claim("M1")
LISTED = levels.Design(compared=True, before=True, listed=True, p=0.5)


@pytest.mark.parametrize(
    ("design", "level"),
    [
        (levels.Design(compared=False), 1),
        (levels.Design(compared=False, drawn=True, before=True), 1),
        (levels.Design(compared=True, drawn=True), 5),
        (levels.Design(compared=True), 2),
        (levels.Design(compared=True, listed=True, p=0.5), 2),
        (levels.Design(compared=True, before=True, p=0.5), 2),
        (LISTED, 3),
        (replace(LISTED, p=None), 2),
        (replace(LISTED, p=0.05), 3),
        (replace(LISTED, p=0.049), 2),
        (replace(LISTED, waiting=True), 4),
        (replace(LISTED, waiting=True, served=0.8), 4),
        (replace(LISTED, waiting=True, served=0.79), 3),
        (replace(LISTED, waiting=True, listed=False), 2),
        (replace(LISTED, waiting=True, p=0.01), 4),
        (replace(LISTED, waiting=True, p=0.009), 3),
        (replace(LISTED, elsewhere=True, listed=False), 4),
        (replace(LISTED, elsewhere=True, p=0.009), 3),
        (replace(LISTED, silent=0.4), 3),
        (replace(LISTED, silent=0.41), 2),
        (replace(LISTED, silent_p=0.1), 3),
        (replace(LISTED, silent_p=0.099), 2),
        (levels.Design(compared=True, drawn=True, silent=0.41), 4),
        (levels.Design(compared=False, silent=0.41), 1),
        (levels.Design(compared=True, silent=0.41), 1),
        (replace(LISTED, chosen=True), 2),
        (replace(LISTED, coded=True), 3),
        (replace(LISTED, waiting=True, coded=True), 3),
        (levels.Design(compared=True, drawn=True, coded=True), 3),
        (levels.Design(compared=True, drawn=True, chosen=True), 5),
    ],
)
def test_levels_follow_from_design_and_receipts(design: levels.Design, level: int) -> None:
    assert levels.evidence_level(design, M1)[0] == level


def test_levels_are_capped_by_the_row() -> None:
    assert levels.evidence_level(LISTED, claim("J7"))[0] == 2
    assert levels.evidence_level(LISTED, claim("C2"))[0] == 3
    assert levels.evidence_level(replace(LISTED, waiting=True), claim("C2"))[0] == 3
    assert levels.evidence_level(levels.Design(compared=True, drawn=True), claim("J7"))[0] == 5
    assert levels.evidence_level(levels.Design(compared=True, drawn=True), claim("C7"))[0] == 2
    assert levels.evidence_level(levels.Design(compared=True, drawn=True), claim("T4"))[0] == 5


def test_reasons_of_levels() -> None:
    assert levels.evidence_level(levels.Design(compared=True, drawn=True), M1)[1] == levels.LOT
    assert levels.evidence_level(replace(LISTED, listed=False), M1) == (2, levels.NOT_LISTED)
    assert levels.evidence_level(replace(LISTED, listed=False, broken=True), M1) == (2, levels.BROKEN)
    assert levels.evidence_level(levels.Design(compared=True), claim("J7"))[1] == levels.NO_BEFORE
    assert levels.evidence_level(levels.Design(compared=True, drawn=True, lot_breach="why"), M1) == (4, "why")
    assert levels.evidence_level(levels.Design(compared=False), M1)[1] == levels.ALONE
    assert levels.evidence_level(replace(LISTED, silent=0.41), M1)[1] == levels.SILENCE
    assert levels.evidence_level(LISTED, claim("J7"))[1] == levels.CAPPED
    assert levels.evidence_level(replace(LISTED, coded=True), M1)[1] == levels.ADJUSTED
    assert levels.evidence_level(replace(LISTED, waiting=True, coded=True), M1)[1] == levels.CODED
    assert levels.evidence_level(replace(LISTED, waiting=True), M1)[1] == levels.PROVISIONAL
    assert levels.evidence_level(replace(LISTED, waiting=True, served=1.0), M1)[1] == levels.WAITING
    assert levels.evidence_level(replace(LISTED, elsewhere=True), M1)[1] == levels.ELSEWHERE


@pytest.mark.parametrize(
    ("gate", "passing", "failing", "reason", "values"),
    [
        (gates.plan, {}, {"planned": False}, gates.LATE, {}),
        (gates.design, {}, {"level": 2}, gates.DESIGN, {"level": 2}),
        (gates.second_source, {"lo": -0.2, "hi": 0.3}, {"lo": -0.4, "hi": -0.1}, gates.OTHER_SIDE, {}),
    ],
)
def test_a_gate_gives_its_reason_only_where_it_lowers(gate, passing, failing, reason, values) -> None:
    def of(about: dict[str, object]) -> evidence.Gate:
        limits = {name: about[name] for name in ("lo", "hi") if name in about}
        own = {"second": replace(estimate(sum(limits.values()) / 2), **limits)} if limits else about
        return gate(seen(0.3, **own))

    assert (of(passing).passed, of(passing).reason) == (True, "")
    assert (of(failing).passed, of(failing).reason, of(failing).values) == (False, reason, values)


@pytest.mark.parametrize(
    ("value", "lo", "hi", "passes"),
    [
        (0.3, -0.5, 0.0, True),  # ends at no difference, not beyond it
        (0.3, -0.5, -0.001, False),
        (0.3, 0.2, 0.5, True),
        (-0.3, 0.0, 0.5, True),
        (-0.3, 0.001, 0.5, False),
        (-0.3, -0.5, -0.2, True),
        (-0.3, 1.2, 1.5, False),
        (0.3, -1.5, -1.2, False),
    ],
)
@pytest.mark.parametrize("name", ["M1", "M3"])
def test_a_second_source_lies_wholly_on_the_other_side_or_does_not_bind(name, value, lo, hi, passes) -> None:
    way = -1 if name == "M3" else 1
    second = replace(estimate(way * (lo + hi) / 2), lo=min(way * lo, way * hi), hi=max(way * lo, way * hi))
    assert gates.second_source(seen(way * value, name=name, second=second)).passed is passes


@pytest.mark.parametrize(
    ("wanted", "counted", "moved", "passed", "reason"),
    [(2, 2, 0, True, ""), (2, 2, 1, False, gates.PLACEBO), (2, 1, 0, None, gates.NO_PLACEBO)],
)
def test_figures_that_a_mention_cannot_move(wanted, counted, moved, passed, reason) -> None:
    counts = {"placebos_wanted": wanted, "placebos": counted, "placebos_moved": moved, "quarters": 2}
    found = {gate.name: gate for gate in gates.of_its_row(seen(0.3, name="C6", level=2, counts=counts))}
    one = found["placebo"]
    assert (one.passed, one.reason, one.values) == (passed, reason, {"n": counted, "moved": moved})
    assert (set(found), found["within_quarters"].passed) == ({"placebo", "within_quarters"}, True)


@pytest.mark.parametrize(("doubtful", "passed"), [(0.3, True), (0.1, False), (-0.3, False)])
def test_with_the_uncertain_matches_it_must_pass_on_the_same_side(doubtful, passed) -> None:
    gate = gates.linkage(seen(0.3, doubtful=estimate(doubtful)))
    assert (gate.name, gate.passed, gate.reason) == ("linkage", passed, "" if passed else gates.UNSURE_LINKS)
    assert gates.linkage(seen(0.05, doubtful=estimate(doubtful))) is None
    assert gates.linkage(seen(0.3)) is None


@pytest.mark.parametrize(("beyond", "passed"), [(2, True), (3, False)])
def test_earlier_days_at_which_a_series_moved_as_far(beyond, passed) -> None:
    counts = {"placebos": 40, "placebos_beyond": beyond}
    (one,) = gates.of_its_row(seen(0.3, name="C6", level=2, counts=counts))
    assert (one.name, one.passed, one.values) == ("placebo_dates", passed, {"n": 40, "beyond": beyond})
    assert one.reason == ("" if passed else gates.PLACEBO_DATES)


def test_the_end_of_the_scale_concerns_every_word_on_slopes() -> None:
    for value in (-0.5, 0.5, 0.1, -0.01):
        assert word(value, fails("ceiling"), name="M8", smallest_effect=0.15) == ("could_not", "ceiling")


PEOPLE = {"n": 20, "n_comparator": 20}


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("M1", {"n": 10, "n_comparator": 10, "units": 6}),
        ("T4", {"n": 10, "n_comparator": 10, "units": 6}),
        ("M8", {"n": 25, "n_comparator": 25, "units": 6}),
        ("J2", {"n": 15, "n_comparator": 15, "answered": 60}),
        ("C6", {**PEOPLE, "yes": 5, "no": 5}),
        ("J7", {"events": 10, "at_risk": 10}),
        ("C7", {**PEOPLE, "events": 10}),
        ("C2", {"units": 20, "with": 5, "without": 5}),
    ],
)
def test_least_information_is_what_the_row_asks_for_and_not_one_less(name, counts) -> None:
    def passes(**changed: int | None) -> bool | None:
        own = {key: value for key, value in (counts | changed).items() if value is not None}
        return least.least(seen(0.3, name=name, counts=own)).passed

    assert passes() is True
    for key, value in counts.items():
        assert passes(**{key: value - 1}) is False, key
        assert passes(**{key: None}) is None, key


@pytest.mark.parametrize(("before", "after", "passed"), [(8, 4, True), (7, 4, False), (8, 3, False)])
def test_a_series_needs_points_before_and_after(before: int, after: int, *, passed: bool) -> None:
    found = least.least(seen(0.3, name="C6", counts={"before": before, "after": after}))
    assert (found.passed, found.reason) == (passed, "" if passed else least.POINTS)


def test_least_information_counts_in_all_and_how_many_stand_for_themselves() -> None:
    few = least.least(seen(0.3, counts={"n": 9, "n_comparator": 30, "units": 8}))
    assert (few.passed, few.reason, few.values) == (False, least.PAIRS, {"least": 10})
    for units, reason in ((5, least.UNITS), (0, least.UNKNOWN_UNITS)):
        assert least.least(seen(0.3, counts={"n": 30, "n_comparator": 30, "units": units})).reason == reason
    for name in ("M1", "J2"):
        counts = {"n": 30, "n_comparator": 30, "units": 8, "answered": 90}
        free = {df: replace(seen(0.3, name=name, counts=counts), estimate=estimate(0.3, df=df)) for df in (4, 3.99)}
        assert least.least(free[4]).passed is True
        assert least.least(free[3.99]).reason == least.FREEDOM
