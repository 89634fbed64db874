"""A whole plan judged: what has no bearing on it changes no verdict; what has is named by the gate that binds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, stdtrit

from rmanalytics.evaluation.claims import Answer, claims
from rmanalytics.evaluation.verdicts import plan_answers
from rmanalytics.evaluation.verdicts.plan_answers import Judge
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.programme.declared_plan import Outcome

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[3] / "data" / "example"
PLAN = ("M1", "M3", "J1", "J3", "J7")
NEEDED = ("people", "positions", "tandems", "comparison", "answers", "invitations", "meetings")


def judged(bundle: Bundle, round_id: str = "2025H1") -> dict[str, Answer]:
    """The plan's claims after the programme's second round."""
    judge = Judge(bundle, bundle.programme.round(round_id))
    return judge.answers(dict.fromkeys((claim.id for claim in claims()), None))


def numbers(answers: dict[str, Answer]) -> dict[str, tuple]:
    return {
        name: (one.verdict, one.bound, one.evidence, one.look, *(round(x, 9) for x in one.repeated or ()))
        for name, one in answers.items()
    }


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(EXAMPLE, only=NEEDED)


@pytest.fixture(scope="module")
def answers(bundle: Bundle) -> dict[str, Answer]:
    return judged(bundle)


def test_every_claim_of_the_plan_is_judged_and_says_what_it_passed(answers: dict[str, Answer]) -> None:
    assert set(answers) == set(PLAN)
    for answer in answers.values():
        assert answer.look in (0, 1, 2)
        assert {"plan", "design", "least"} <= {gate.name for gate in answer.gates} or not answer.gates


def test_the_order_of_rows_changes_no_verdict(bundle: Bundle, answers: dict[str, Answer]) -> None:
    rng = np.random.default_rng(1)
    tables = {name: table.iloc[rng.permutation(len(table))] for name, table in bundle.tables.items()}
    tables = {name: table.reset_index(drop=True) for name, table in tables.items()}
    assert numbers(judged(replace(bundle, tables=tables))) == numbers(answers)


def test_another_explored_claim_and_fewer_optional_tables_change_no_verdict(
    bundle: Bundle, answers: dict[str, Answer]
) -> None:
    programme = bundle.programme
    more = tuple(one for one in programme.outcomes if one.claim != "M4")
    assert len(more) < len(programme.outcomes)
    other = replace(programme, outcomes=(*more, Outcome(claim="M4", instrument="digital_task", side="mentee")))
    tables = {name: table for name, table in bundle.tables.items() if name != "meetings"}
    assert numbers(judged(replace(bundle, programme=other, tables=tables))) == numbers(answers)


def test_turning_a_scale_and_its_direction_leaves_every_word(bundle: Bundle) -> None:
    """Less is better on the turned scale, and less is claimed; the task, which is not turned, still agrees."""
    programme, answered = bundle.programme, bundle.table("answers")
    scale, declared = programme.instruments["digital_fitness"], programme.declared
    own = answered["item"].isin(scale.item_ids)
    assert own.any()
    mirrored = answered["value"].where(~own, scale.scale_min + scale.scale_max - answered["value"])
    claimed = {**declared.claims, "M1": {**declared.claims.get("M1", {}), "direction": "down"}}
    other = replace(
        programme,
        instruments={**programme.instruments, scale.name: replace(scale, direction="down")},
        declared=replace(declared, claims=claimed),
    )
    tables = {**bundle.tables, "answers": answered.assign(value=mirrored)}
    with patch.object(plan_answers, "receipts_of", return_value=()):  # a change of direction would need a new receipt
        one, two = judged(bundle), judged(replace(bundle, programme=other, tables=tables))
    assert one["M1"].verdict != "not_estimable"
    assert two["M1"].repeated == pytest.approx(tuple(-end for end in reversed(one["M1"].repeated)))
    assert [(gate.name, gate.passed) for gate in two["M1"].gates] == [(g.name, g.passed) for g in one["M1"].gates]
    assert two["M1"].size == pytest.approx(one["M1"].size)
    for name in PLAN:
        assert numbers(two)[name][:4] == numbers(one)[name][:4]


def test_other_names_of_people_change_no_verdict(bundle: Bundle) -> None:
    """In another order, too: nothing hangs on how the ids of a company are made."""
    ids = sorted(bundle.table("people")["person_id"])
    named = dict(zip(ids, (f"n{number:05d}" for number in reversed(range(len(ids)))), strict=True))

    def renamed(table: pd.DataFrame) -> pd.DataFrame:
        whose = [column for column in table.columns if column.endswith("_id") and table[column].isin(ids).any()]
        return table.assign(**{column: table[column].map(lambda x: named.get(x, x)) for column in whose})

    other = replace(bundle, tables={name: renamed(table) for name, table in bundle.tables.items()})
    with patch.object(plan_answers, "receipts_of", return_value=()):  # receipts know people by their names
        answers, found = judged(bundle), judged(other)
    for name in PLAN:
        assert numbers(found)[name][:4] == numbers(answers)[name][:4]
        assert found[name].repeated == pytest.approx(answers[name].repeated)


def test_a_plan_that_counts_its_first_round_twice_has_looked_once(bundle: Bundle, answers: dict[str, Answer]) -> None:
    """Making the report of a past round again repeats its look and is no new one."""
    again = judged(bundle)
    assert numbers(again) == numbers(answers)
    first = judged(bundle, "2024H2")
    assert {one.look for one in first.values()} <= {0, 1}


def test_the_upper_limit_of_both_sides_is_drawn_at_half_of_the_alpha_for_each(bundle: Bundle) -> None:
    """Against both sides' learning stands either side, so each has half; for it both are needed, each at the whole.

    Without keys the primary has .025.
    """
    programme = bundle.programme
    plan = replace(programme.declared, primary="T4", keys=())
    with patch.object(plan_answers, "receipts_of", return_value=()):
        judge = Judge(replace(bundle, programme=replace(programme, declared=plan)), programme.round("2025H1"))
        answer = judge.answers(dict.fromkeys((claim.id for claim in claims()), None))["T4"]
    parts = judge._look(judge.planned["T4"]).parts
    assert len(parts) == 2
    ends = []
    for part in parts:
        value, sd = part.way * part.estimate.value, float(part.together.people["pre"].std())
        se, df = part.estimate.extra["se"], part.estimate.extra["df"]
        reach = [stdtrit(df, ndtr(part.boundary(alpha))) * se for alpha in (0.025, 0.025 / 2)]
        ends.append(((value - reach[0]) / sd, (value + reach[1]) / sd))
    assert answer.repeated == pytest.approx(tuple(map(min, zip(*ends, strict=True))))
