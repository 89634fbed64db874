"""True pretest, retrospective pretest and objective task, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from score_frames import paired, shuffled

from rmanalytics.measures.survey.paired_change import paired_change, paired_g_av
from rmanalytics.measures.survey.response_shift import then_test, then_test_with_task
from rmanalytics.results import Estimate, NotEstimable

NAMES = ["change_from_pretest", "change_from_then_test", "response_shift", "task_change"]


def estimates(results) -> list[Estimate]:
    assert all(isinstance(result, Estimate) for result in results)
    return list(results)


def answers(n: int, *, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = paired(n, seed=seed)
    task = rng.normal(10, 2, n)
    return table.assign(
        then=table["pre"] - rng.normal(0.5, 0.3, n), task_pre=task, task_post=task + rng.normal(1, 1, n)
    )


def test_the_true_change_is_the_retrospective_one_plus_the_shift() -> None:
    pretest, then, shift, task = estimates(then_test_with_task(answers(20)))
    assert [result.name for result in (pretest, then, shift, task)] == NAMES
    assert pretest.value == pytest.approx(then.value + shift.value)
    assert shift.value < 0
    assert [result.unit for result in (pretest, then, shift, task)] == ["scale points"] * 3 + ["task points"]


def test_each_is_a_paired_change_with_its_g() -> None:
    table = answers(20)
    contrasts = [("pre", "post"), ("then", "post"), ("pre", "then"), ("task_pre", "task_post")]
    for found, (first, second) in zip(estimates(then_test_with_task(table)), contrasts, strict=True):
        pairs = pd.DataFrame({"person_id": table["person_id"], "pre": table[first], "post": table[second]})
        plain, g = paired_change(pairs), paired_g_av(pairs)
        assert isinstance(plain, Estimate)
        assert isinstance(g, Estimate)
        assert (found.value, found.lo, found.hi, found.p_value) == (plain.value, plain.lo, plain.hi, plain.p_value)
        assert (found.extra["g_av"], found.extra["g_av_lo"], found.extra["g_av_hi"]) == (g.value, g.lo, g.hi)


def test_all_contrasts_are_of_the_same_people() -> None:
    table = answers(20)
    table.loc[0, "pre"] = table.loc[1, "then"] = table.loc[2, "post"] = table.loc[3, "task_post"] = np.nan
    assert {(r.n, r.n_excluded) for r in estimates(then_test(table))} == {(17, 3)}
    with_task = estimates(then_test_with_task(table))
    assert {(r.n, r.n_excluded, r.excluded_reason) for r in with_task} == {
        (16, 4, "without every score that is compared")
    }


def test_without_a_shift_both_pretests_tell_the_same() -> None:
    table = answers(20)
    pretest, then, shift = then_test(table.assign(then=table["pre"]))
    assert (pretest.value, pretest.lo) == (then.value, then.lo)
    assert isinstance(shift, NotEstimable)
    assert shift.because == "every complete pair changed by the same amount"
    assert shift.name == "response_shift"


def test_exchanging_the_pretests_turns_the_shift() -> None:
    table = answers(20)
    _, _, shift = estimates(then_test(table))
    _, _, other = estimates(then_test(table.assign(pre=table["then"], then=table["pre"])))
    assert (other.value, other.lo, other.hi) == pytest.approx((-shift.value, -shift.hi, -shift.lo))


def test_order_plays_no_part_and_the_table_is_not_changed() -> None:
    table = answers(20)
    before = table.copy(deep=True)
    one, other = estimates(then_test_with_task(table)), estimates(then_test_with_task(shuffled(table)))
    assert [r.value for r in other] == pytest.approx([r.value for r in one])
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(("measure", "results_n"), [(then_test, 3), (then_test_with_task, 4)])
def test_few_people_have_no_answer_and_doubles_are_refused(measure, results_n: int) -> None:
    for n in (0, 1, 5):
        few = measure(answers(8).head(n))
        assert [result.name for result in few] == NAMES[:results_n]
        assert {result.because for result in few} == {"fewer than 6 complete pairs"}
    with pytest.raises(ValueError, match="more than one row"):
        measure(pd.concat([answers(8), answers(8).head(1)]))
    with pytest.raises(ValueError, match="missing columns: then"):
        measure(answers(8).drop(columns="then"))
