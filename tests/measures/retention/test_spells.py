"""Moving on: lateral moves and promotions from positions, all rounds in one model, and the chapter's blocks."""

from __future__ import annotations

import dataclasses
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from block_tools import DATA, figures, real, refused, study, text, words
from report_examples import estimate
from scipy.stats import ttest_ind

from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.cohort import groups
from rmanalytics.evaluation.retention.moves import balance_of_matches, from_landmark, over_rounds
from rmanalytics.evaluation.retention.staying import cohort_starts, retention
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.measures.retention import rmst_over_rounds as repeated
from rmanalytics.measures.retention.aalen_johansen import (
    LEFT,
    MOVED,
    RETURNED,
    SAME,
    STATES,
    state_occupation,
    state_stretches,
)
from rmanalytics.measures.retention.kaplan_meier import rmst, rmst_difference, survival_curve
from rmanalytics.measures.retention.risk_sets import cumulative_incidence, read_spells
from rmanalytics.measures.retention.rmst_over_rounds import pseudo_values, rmst_over_rounds
from rmanalytics.measures.retention.spells import EXIT, LATERAL, PROMOTION, move_spells, promotion_spells
from rmanalytics.report.chapters.retention import moves as chapter
from rmanalytics.report.chapters.retention import staying
from rmanalytics.results import Curve, Estimate, about

UNTIL = date(2026, 7, 1)
START = pd.Timestamp("2026-01-01")


def held(rows):
    frame = pd.DataFrame(rows, columns=["person_id", "start_date", "end_date", "unit", "level", "job_family"])
    return frame.assign(start_date=pd.to_datetime(frame["start_date"]), end_date=pd.to_datetime(frame["end_date"]))


def staff(ids, gone=()):
    frame = pd.DataFrame({"person_id": ids, "hire_date": pd.Timestamp("2020-01-01")})
    return frame.assign(exit_date=pd.to_datetime(frame["person_id"].map(dict(gone))))


def starting(ids, group="participants"):
    return pd.DataFrame({"person_id": ids, "group": group, "start_date": START})


MOVES = [
    ("unit", "HR", 2, "sales"),
    ("family", "IT", 2, "design"),
    ("rises", "IT", 3, "sales"),
    ("both", "HR", 3, "design"),
    ("falls", "HR", 1, "design"),
    ("stays", "IT", 2, "sales"),
]
IDS = [person for person, *_ in MOVES]
POSITIONS = held(
    [(i, "2020-01-01", "2026-01-31", "IT", 2, "sales") for i in IDS]
    + [(i, "2026-02-01", None, unit, level, family) for i, unit, level, family in MOVES]
)


def test_another_unit_or_job_family_on_the_level_is_a_lateral_move_and_another_level_is_not():
    found = move_spells(POSITIONS, starting(IDS), staff(IDS), until=UNTIL).set_index("person_id")
    ended = {"unit": LATERAL, "family": LATERAL, "rises": PROMOTION, "both": PROMOTION, "falls": "", "stays": ""}
    assert found["exit_reason"].to_dict() == ended
    assert found["time_days"].to_dict() == {i: 31 if ended[i] else 181 for i in IDS}


def test_moves_of_one_kind_neither_count_nor_end_the_spell_of_the_other():
    lateral = move_spells(POSITIONS, starting(IDS), staff(IDS), until=UNTIL, kinds=(LATERAL,)).set_index("person_id")
    assert lateral["event"].to_dict() == {i: int(i in {"unit", "family"}) for i in IDS}
    assert lateral.loc["rises", "time_days"] == 181
    risen = move_spells(POSITIONS, starting(IDS), staff(IDS), until=UNTIL, kinds=(PROMOTION,))
    expected = promotion_spells(POSITIONS, starting(IDS), staff(IDS), until=UNTIL)
    pd.testing.assert_frame_equal(risen.drop(columns="exit_reason"), expected)


def test_an_exit_competes_and_what_is_not_known_is_no_move():
    gone = staff(IDS, {"unit": "2026-01-15"}.items())
    unknown = POSITIONS.assign(job_family=None)
    found = move_spells(unknown, starting(IDS), gone, until=UNTIL).set_index("person_id")
    assert found.loc["unit", ["time_days", "event", "exit_reason"]].tolist() == [14, 0, EXIT]
    assert found.loc["family", "event"] == 0
    assert move_spells(POSITIONS.drop(columns="job_family"), starting(IDS), gone, until=UNTIL)["event"].sum() == 2


def test_incidence_of_moves_is_lower_than_one_minus_a_curve_that_censors_exits():
    rng = np.random.default_rng(1)
    n = 80
    reasons = rng.choice(["", LATERAL, PROMOTION, EXIT], n)
    spells = pd.DataFrame({"person_id": range(n), "time_days": rng.integers(1, 99, n), "exit_reason": reasons})
    moved = spells["exit_reason"].isin([LATERAL, PROMOTION])
    incidence = cumulative_incidence(spells, reasons=(LATERAL, PROMOTION)).points["incidence"]
    survival = survival_curve(spells.assign(event=moved.astype(int))).points["survival"]
    assert (1 - survival >= incidence - 1e-12).all()


# all rounds in one model


def rounds_of(rng, *, rounds=3, n=30, repeats=15):
    """Rounds of groups that leave alike; comparison people take part in the next round, each at a rate of their own."""
    own_rate = rng.gamma(2, 0.5, 2 * rounds * n) / 500
    parts, new, before = [], iter(range(2 * rounds * n)), []
    for number in range(rounds):
        again = before[:repeats]
        arms = {"participants": again + [next(new) for _ in range(n - len(again))]}
        arms["comparison"] = before = [next(new) for _ in range(n)]
        for group, people in arms.items():
            leave, follow = rng.exponential(1 / own_rate[people]), rng.uniform(250, 600, n)
            spells = {"time_days": np.ceil(np.minimum(leave, follow)), "event": (leave <= follow).astype(int)}
            parts.append(pd.DataFrame({"round_id": f"r{number}", "person_id": people, "group": group, **spells}))
    return pd.concat(parts, ignore_index=True)


def test_pseudo_values_have_the_area_as_mean_and_its_variance_as_spread():
    rows = rounds_of(np.random.default_rng(1), rounds=1, n=60)
    arm = rows[rows["group"] == "comparison"].drop(columns="round_id")
    values, area = pseudo_values(read_spells(arm), 200.0), rmst(arm, tau=200)
    assert values.mean() == pytest.approx(area.value)
    assert values.std(ddof=0) / np.sqrt(60) == pytest.approx(area.extra["se"], rel=0.05)


def test_a_pseudo_value_is_what_leaving_a_person_out_a_little_does_to_the_area():
    rows = rounds_of(np.random.default_rng(2), rounds=1, n=12)
    arm = read_spells(rows[rows["group"] == "comparison"].drop(columns="round_id"))

    def area(weight):
        times, survival, last, total = np.unique(arm.time), 1.0, 0.0, 0.0
        for time in times[times < 240]:
            total, last = total + survival * (time - last), time
            leaving = weight[(arm.time == time) & (arm.event == 1)].sum()
            survival *= 1 - leaving / weight[arm.time >= time].sum()
        return total + survival * (240 - last)

    ones, small = np.ones(12), 1e-6
    changes = [(area(1 + small * (np.arange(12) == i)) - area(ones)) / small for i in range(12)]
    assert pseudo_values(arm, 240.0) == pytest.approx(area(ones) + 12 * np.array(changes), abs=0.01)


def test_without_repeats_and_losses_two_rounds_alike_give_the_difference_of_mean_days():
    rng = np.random.default_rng(3)
    ends = rng.integers(1, 120, 80)
    rows = pd.DataFrame({"round_id": np.repeat(["a", "b"], 40), "person_id": range(80)})
    rows = rows.assign(group=np.tile(["participants", "comparison"], 40), time_days=ends, event=1)
    result = rmst_over_rounds(rows)
    lived = np.minimum(ends, result.extra["tau"])
    means = rows.assign(lived=lived).groupby(["round_id", "group"])["lived"].mean()
    differences = [means[name, "participants"] - means[name, "comparison"] for name in ("a", "b")]
    assert result.value == pytest.approx(np.mean(differences))
    plain = ttest_ind(lived[::2], lived[1::2], equal_var=False)
    assert result.p_value == pytest.approx(plain.pvalue, abs=0.02)
    assert (result.extra["shared"], result.extra["rounds"], result.n, result.n_comparator) == (0, 2, 40, 40)


def test_people_in_several_rounds_are_counted_once_and_row_order_changes_nothing():
    rows = rounds_of(np.random.default_rng(4))
    result = rmst_over_rounds(rows)
    assert isinstance(result, Estimate)
    assert (result.n, result.n_comparator, result.extra["shared"]) == (90, 90, 30)
    turned = rmst_over_rounds(rows.sample(frac=1, random_state=1))
    assert (turned.value, turned.lo, turned.hi) == pytest.approx((result.value, result.lo, result.hi))


def test_without_an_effect_the_model_of_all_rounds_covers_zero():
    found = [rmst_over_rounds(rounds_of(np.random.default_rng(seed))) for seed in range(60)]
    assert sum(result.lo <= 0 <= result.hi for result in found) >= 53  # nominal 57 of 60


def test_one_round_few_people_and_no_event_are_not_estimable():
    rows = rounds_of(np.random.default_rng(5), rounds=2)
    assert rmst_over_rounds(rows[rows["round_id"] == "r0"]).reason == repeated.TOO_FEW_ROUNDS
    assert rmst_over_rounds(rows.groupby(["round_id", "group"]).head(5)).reason == repeated.TOO_FEW_IN_GROUP
    assert rmst_over_rounds(rows.assign(event=0)).reason == "no event before the horizon in one of the groups"
    twice = pd.concat([rows, rows])
    with pytest.raises(ValueError, match="more than one row"):
        rmst_over_rounds(twice)


# in a round


@cache
def without_comparison():
    """The example programme as if it had named no comparison people."""
    bundle = read_bundle(DATA / "example")
    tables = {name: table for name, table in bundle.tables.items() if name != "comparison"}
    return dataclasses.replace(bundle, tables=tables)


def test_a_round_has_moves_states_a_landmark_and_all_rounds_together():
    results = real("example").retention
    for outcome in ("promotion", "lateral_move", "career_move"):
        assert {c.group for c in results.find("survival_curve", outcome=outcome)} == {"participants", "comparison"}
        assert results.find("rmst_difference", outcome=outcome)
    assert len(results.find("state_occupation", outcome="career")) == 2
    landmark, right = results.get("landmark_rmst_difference"), results.get("rmst_difference", outcome="retention")
    assert (landmark.comparator, landmark.group) == (right.comparator, "landmark")
    assert landmark.value == pytest.approx(right.value, abs=5)
    together = results.get("rmst_over_rounds")
    assert together.extra["rounds"] == len(results.find("round_rmst_difference")) == 4
    assert not results.find("matching_balance")


def test_the_states_of_a_round_agree_with_its_moves_and_exits():
    results = real("example").retention
    states = results.curve("state_occupation", outcome="career", group="participants").points
    left = states[states["state"] == LEFT]["share"].iloc[-1]
    kinds = [
        results.curve("cumulative_incidence", outcome=f"exit.{kind}", group="participants").points["incidence"].iloc[-1]
        for kind in ("voluntary", "retirement", "other")
    ]
    assert left == pytest.approx(sum(kinds))


def test_comparison_people_found_in_the_data_come_with_the_balance_before_and_after():
    bundle = without_comparison()
    results = retention(bundle, bundle.programme.rounds[-1])
    (table,) = results.find("matching_balance")
    assert isinstance(table, Curve)
    assert table.side == "mentor"
    whole = table.points[table.points["level"] == ""].pivot_table(
        index="covariate", columns="stage", values="difference_sd"
    )
    for trait in ("birth_year", "level", "tenure_years"):
        assert abs(whole.loc[trait, "after"]) < 0.25 < abs(whole.loc[trait, "before"])
    assert table.n == 68


def test_balance_of_matches_needs_both_groups_and_the_landmark_people_who_stand_once():
    bundle = without_comparison()
    starts = cohort_starts(bundle, bundle.programme.rounds[-1])
    alone = starts[starts["group"] == "participants"]
    assert balance_of_matches(bundle, alone) is None
    assert list(from_landmark(alone, alone, "")) == []
    assert list(over_rounds({})) == []


def test_time_that_runs_before_the_match_is_refused(monkeypatch):
    bundle = dataclasses.replace(without_comparison())  # nothing was found in it before
    hired = bundle.table("people").set_index("person_id")["hire_date"]

    def since_hire(*args):
        members = groups(*args)
        return members.assign(start_date=members["person_id"].map(hired))

    monkeypatch.setattr("rmanalytics.evaluation.retention.staying.groups", since_hire)
    with pytest.raises(ValueError, match="start after the origin"):
        cohort_starts(bundle, bundle.programme.rounds[-1])


# on the page


def journeys(group, moved, left, back=0, n=40):
    """A year of so many people, of whom these moved, left and came back."""
    rows = []
    for i in range(n):
        day = 30 + 5 * (i % 40)
        if i < moved:
            rows += [(i, 0, day, SAME, MOVED), (i, day, 365, MOVED, "")]
        elif i < moved + back:
            rows += [(i, 0, day, SAME, LEFT), (i, day, day + 40, LEFT, RETURNED), (i, day + 40, 365, RETURNED, "")]
        elif i < moved + left:
            rows += [(i, 0, day, SAME, LEFT), (i, day, 365, LEFT, "")]
        else:
            rows.append((i, 0, 365, SAME, ""))
    frame = pd.DataFrame(rows, columns=["person_id", "entry_days", "time_days", "from_state", "to_state"])
    return about(state_occupation(frame), outcome="career", side="mentor", group=group)


def test_states_are_drawn_as_areas_that_fill_a_panel_for_each_group():
    made = chapter.states(study(retention=[journeys("participants", 8, 6), journeys("comparison", 10, 12)]))
    assert "After 11 months 65% of the participants and 45% of the comparison group are in the same position" in text(
        made
    )
    figure = figures(made)["career-states"]
    areas = [trace for trace in figure["data"] if trace.get("fill") == "toself"]
    assert len(areas) == 6
    assert max(max(area["y"]) for area in areas) == 100
    said = " ".join(words(figure))
    assert "moved or promoted" in said
    assert "back again" not in said


def test_states_that_few_came_to_are_counted_openly_for_hr():
    made = chapter.states(study(retention=[journeys("participants", 3, 8, back=2), journeys("comparison", 10, 12)]))
    said = " ".join(words(figures(made)["career-states"]))
    assert "back again" in said
    assert "moved or promoted" in said
    assert "5%" in said
    assert "fewer than" not in text(made)


def incidences(promoted, lateral, n=40):
    made = []
    for group in ("participants", "comparison"):
        reasons = [PROMOTION] * promoted + [LATERAL] * lateral
        days = [30 + 7 * i for i in range(len(reasons))]
        frame = pd.DataFrame(
            {
                "person_id": range(n),
                "time_days": days + [365] * (n - len(days)),
                "exit_reason": reasons + [""] * (n - len(days)),
            }
        )
        for outcome, kinds in (
            ("promotion", (PROMOTION,)),
            ("lateral_move", (LATERAL,)),
            ("career_move", (PROMOTION, LATERAL)),
        ):
            curve = cumulative_incidence(frame, reasons=kinds)
            made.append(about(curve, outcome=f"move.{outcome}", side="mentor", group=group))
    return made


def test_moves_are_drawn_and_counted_where_enough_people_made_them():
    made = chapter.moves(study(retention=incidences(8, 6)))
    assert "Within 11 months 35% of the participants and 35% of the comparison group moved or were promoted" in text(
        made
    )
    assert set(figures(made)) == {"incidence-moves"}
    assert text(made).count("were promoted 20%") == 1


def test_moves_of_few_people_are_counted_openly_for_hr():
    said = text(chapter.moves(study(retention=incidences(8, 2))))
    assert "moved to another unit or job family on their level 5% (1% to 18%) 5% (1% to 18%)" in said
    assert "were promoted 20% (10% to 36%) 20% (10% to 36%)" in said
    few = chapter.moves(study(retention=incidences(2, 1)))
    assert set(figures(few)) == {"incidence-moves"}
    assert "fewer than 5" not in text(few)


def days(name, value, lo, hi, tau=250.0, **more):
    extra = {"tau": tau, "shared": 40.0}
    return estimate(name, "days", value, lo, hi, n=34, n_comparator=34, extra=extra, p_value=0.3, **more)


STAYING = [
    days("rmst_difference", 12, -24, 45, outcome="retention"),
    days("landmark_rmst_difference", 11, -23, 43, outcome="retention", group="landmark"),
    days("naive_rmst_difference", 714, 170, 886, tau=3000.0, outcome="retention", group="naive"),
    days("rmst_difference", 9, -6, 38, outcome="promotion"),
    days("round_rmst_difference", 3, -6, 38, outcome="retention", group="2025H2"),
    days("rmst_over_rounds", 3, -6, 18, outcome="retention"),
]


def test_differences_stand_on_one_axis_in_100_days_with_the_naive_one_apart():
    made = chapter.days_compared(study(retention=STAYING))
    figure = figures(made)["days-compared"]
    assert "Whether any of 5 differences in days is more than chance is open, but for the naive figure" in text(made)
    dots = [trace for trace in figure["data"] if trace["mode"] == "markers"]
    assert {trace["marker"]["line"]["color"] for trace in dots} == {"#0b5fa5", "#b4480c"}
    assert max(x for trace in dots for x in trace["x"]) == 23.8
    assert "714 of 3,000 days" in " ".join(words(figure))
    assert "40 people stand in more than one round" in text(made)


def test_a_difference_that_leaves_out_zero_is_told():
    clear = [days("rmst_difference", 30, 5, 45, outcome="retention"), *STAYING[1:]]
    assert "Differences in days that leave out zero: 1 of 5" in text(chapter.days_compared(study(retention=clear)))


def test_the_same_people_are_read_three_ways():
    made = staying.naive_retention(study(retention=STAYING))
    figure = figures(made)["naive-retention"]
    said = " ".join(words(figure)) + text(made)
    for label in ("from the match", "from the day of the last match", "from the hire date (naive)"):
        assert label.split(",")[0] in said.replace("<br>", " ")
    assert "A landmark day does without them too" in text(made)


def test_the_balance_of_a_matching_is_drawn_before_and_after():
    bundle = without_comparison()
    result = retention(bundle, bundle.programme.rounds[-1]).find("matching_balance")
    made = chapter.matching(study(retention=list(result)))
    assert "Matching brought the groups closer in" in text(made)
    assert "matching-balance" in figures(made)
    assert chapter.matching(study()) == []


@pytest.mark.parametrize("block", [chapter.states, chapter.moves, chapter.days_compared])
def test_what_is_not_there_reads_not_measured_and_names_its_file(block):
    said = text(block(study()))
    assert "not measured. It takes " in said
    assert ".csv" in said


@pytest.mark.parametrize("block", [chapter.states, chapter.moves, chapter.days_compared])
@pytest.mark.parametrize("folder", ["example", "example_small"])
def test_a_real_round_of_any_size_has_something_to_say(block, folder):
    made = block(real(folder))
    assert text(made)
    figures(made)


def test_few_people_read_with_the_reason():
    refusal = refused("state_occupation", "fewer than {least} people", outcome="career", values={"least": 6})
    assert "not estimable, fewer than 6 people (n = 3)" in text(chapter.states(study(retention=[refusal])))


def test_the_claim_on_careers_is_judged_by_promotions():
    answers = {answer.claim.id: answer for answer in open_study(DATA / "example", "2026H1").ledger}
    assert answers["J6"].result.outcome == "promotion"


def test_stretches_of_a_round_cover_its_people():
    opened = real("example")
    starts = cohort_starts(opened.bundle, opened.round)
    tables = opened.bundle
    found = state_stretches(
        tables.table("positions"), starts, tables.table("people"), until=opened.programme.data_until
    )
    assert set(found["from_state"]) <= set(STATES)
    assert found["person_id"].nunique() == len(starts)
    right = rmst_difference(promotion_spells(tables.table("positions"), starts, tables.table("people"), until=UNTIL))
    assert right.name == "rmst_difference"
