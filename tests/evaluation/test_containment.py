"""A fault inside one figure costs that figure alone; one that the report cannot be without withholds it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import report_examples as examples

from rmanalytics.containment import CODE, FAILED, Fault, has_failed
from rmanalytics.evaluation.study import UNSURE, Study
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.measures.survey import ancova, paired_change
from rmanalytics.report.chapters.data import data_quality
from rmanalytics.report.charts import overview
from rmanalytics.report.show import Show
from rmanalytics.results import Estimate, NotEstimable

SMALL = Path(__file__).parents[2] / "data" / "example_small"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(SMALL)


@pytest.fixture
def study(bundle: Bundle) -> Study:
    return Study(bundle, "2026H1")


def of_g_av(_pairs: object, *, name: str, unit: str) -> NotEstimable | None:
    """Stands for a part of one measure that others share."""
    if name == "paired_g_av":
        raise ZeroDivisionError("a cell value, 4711")
    return NotEstimable(name=name, unit=unit, reason="as asked", n=0)


def broken(*_args: object, **_kwargs: object) -> None:
    raise ZeroDivisionError("a cell value, 4711")


def test_a_measure_that_fails_is_not_estimable_and_all_else_stays(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [result.name for result in study.survey]
    assert study.faults == []
    again = Study(study.bundle, "2026H1")
    monkeypatch.setattr(paired_change, "_not_inferential", of_g_av)
    of_then_test = {"change_from_pretest", "change_from_then_test", "response_shift", "task_change"}
    kept = [name for name in names if name not in of_then_test]
    assert [result.name for result in again.survey if result.name != "then_test_with_task"] == kept
    lost = [result for result in again.survey if has_failed(result)]
    assert {result.name for result in lost} == {fault.figure for fault in again.faults}
    assert "paired_g_av" in {fault.figure for fault in again.faults} <= {"paired_g_av", "then_test_with_task"}
    assert {result.because for result in lost if isinstance(result, NotEstimable)} == {FAILED.format(code=CODE)}
    assert all("4711" not in result.because for result in lost if isinstance(result, NotEstimable))
    assert all("4711" in fault.trace for fault in again.faults)


def test_an_analyst_who_calls_a_measure_gets_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paired_change, "hedges_j", broken)
    scores = pd.DataFrame({"person_id": range(8), "pre": [1, 2, 3, 4, 1, 2, 3, 4], "post": [2, 2, 4, 4, 1, 3, 3, 5]})
    with pytest.raises(ZeroDivisionError):
        paired_change.paired_g_av(scores)


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt, FileNotFoundError])
def test_what_is_wrong_with_the_machine_is_never_contained(
    study: Study, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def ends(*_args: object, **_kwargs: object) -> None:
        raise error

    monkeypatch.setattr(paired_change, "_not_inferential", ends)
    with pytest.raises(error):
        _ = study.survey


def test_a_primary_outcome_that_fails_withholds_the_report(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ancova, "_complete", broken)
    assert study.withheld_by().startswith("claim M1 is primary")


def test_more_failed_figures_than_declared_withhold_the_report(study: Study) -> None:
    _ = study.ledger
    assert study.withheld_by() == ""
    study.faults.extend([Fault(figure="survival", trace="")] * 3)
    assert study.withheld_by() == ""
    study.faults.append(Fault(figure="survival", trace=""))
    assert study.withheld_by() == "4 figures failed, more than [report] failed_figures allows"


def test_a_part_of_the_evaluation_that_fails_is_not_taken_for_missing_data(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rmanalytics.evaluation.retention.staying.event_rates.rehire_rate_ratio", broken)
    (fault,) = [fault for fault in study.faults if fault.part] if study.ledger else []
    assert fault.figure == "opportunities"
    answer = next(answer for answer in study.ledger if answer.claim.id == "C7")
    assert (answer.verdict, answer.reason) == ("not_estimable", UNSURE)


def test_a_chart_that_fails_is_a_sentence_beside_its_numbers(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "_ticks", broken)
    full = examples.full()
    text = "".join(str(piece) for piece in Show(full).survival()._block)  # type: ignore[arg-type]
    assert f"the computation failed ({CODE})" in text
    assert "<details" in text
    assert [fault.figure for fault in full.faults] == ["survival"]
    study.faults.extend(full.faults)
    said = str(data_quality(study)[1])
    assert f"({CODE}): 1 (survival)." in said


def test_no_figure_fails_in_the_small_example(bundle: Bundle) -> None:
    for declared in bundle.programme.rounds:
        study = Study(bundle, declared.id)
        _ = study.ledger
        assert study.faults == []


NUMBERS = {"name": "x", "unit": "points", "n": 5, "unit_of_analysis": "person", "method": "by hand"}


@pytest.mark.parametrize(
    ("about", "rule"),
    [
        ({"value": 1.0, "lo": 2.0, "hi": 3.0}, "outside its limits"),
        ({"value": 1.0, "lo": 2.0, "hi": 0.0}, "outside its limits"),
        ({"value": 1.0, "lo": 1.0, "hi": 1.0}, "without width"),
        ({"value": 1.0, "lo": 1.0, "hi": 1.0 + 1e-15}, "without width"),
        ({"value": 1.0, "lo": None, "hi": 1.0}, "two limits or none"),
        ({"value": float("nan"), "lo": None, "hi": None}, "not finite"),
        ({"value": 1.0, "lo": float("-inf"), "hi": 2.0}, "not finite"),
        ({"value": 1.0, "lo": 0.0, "hi": 2.0, "p_value": float("nan")}, "not finite"),
        ({"value": 1.0, "lo": 0.0, "hi": 2.0, "p_value": 1.0000001}, "p-value"),
        ({"value": 1.0, "lo": 0.0, "hi": 2.0, "extra": {"se": float("inf")}}, "not finite"),
        ({"value": 1.0, "lo": 0.0, "hi": 2.0, "n_comparator": -1}, "negative"),
    ],
)
def test_an_estimate_holds_its_contract(about: dict[str, object], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        Estimate(**(NUMBERS | about))  # type: ignore[arg-type]


def test_an_interval_without_width_may_be_declared() -> None:
    assert Estimate(**NUMBERS, value=1.0, lo=1.0, hi=1.0, exact=True).hi == 1.0  # type: ignore[arg-type]
