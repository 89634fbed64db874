"""Cells to values: dates, numbers, ids, choices and answers, by the format of the whole column."""

from __future__ import annotations

from datetime import date

import folders
import numpy as np
import pytest
from folders import read, spoilt, write_minimal

from rmanalytics.intake.schema import Column
from rmanalytics.intake.values import Reading, clean, read_words

DAY = Column(name="hire_date", kind="date", since=1950)
TIME = Column(name="answered_at", kind="date", time=True)
NUMBER = Column(name="unit_cost", kind="number", least=0)
WHOLE = Column(name="level", kind="whole", least=0, most=99)
ID = Column(name="person_id", kind="id")
CHOICE = Column(name="exit_reason", kind="choice", choices=("voluntary", "end_of_contract", "none"))
TEXT = Column(name="unit", kind="text")


def reading(column: Column, *texts: str, delimiter: str = ",") -> tuple[Reading, set[str]]:
    """The reading of some distinct texts, and the codes that were marked."""
    used = np.ones(len(texts), dtype=bool)
    found = read_words(texts, used, column, delimiter=delimiter, latest=date(2028, 9, 30))
    return found, {mark.code for mark in found.marks if mark.texts.any()}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", "2026-03-31"),
        ("2026-03-31T23:59:59Z", "2026-03-31"),
        ("2026-03-31 10:00:00.123+02:00", "2026-03-31"),
        ("31.03.2026", "2026-03-31"),
        ("1.3.2026 00:00:00", "2026-03-01"),
        ("20260331", "2026-03-31"),
        ("2026/3/1", "2026-03-01"),
        ("46115", "2026-04-03"),
        ("46115.75", "2026-04-03"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_day_is_read(text, day):
    found, codes = reading(DAY, text)
    assert str(found.values[0])[:10] == day
    assert not any("-E-" in code or "-Q-" in code for code in codes)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (("2026-03-31", "31.03.2026"), "RM-E-025"),
        (("46115", "2026-03-31"), "RM-E-025"),
        (("03/04/2026",), "RM-E-026"),
        (("03.04.26",), "RM-E-026"),
        (("12.13.2026", "01.02.2026"), "RM-E-026"),
        (("31.02.2026", "01.02.2026"), "RM-Q-044"),
        (("2025-02-29",), "RM-Q-044"),
        (("2026-13-01",), "RM-Q-044"),
        (("0000-00-00",), "RM-Q-044"),
        (("2026-01-01T25:00",), "RM-Q-044"),
        (("März 2026",), "RM-Q-043"),
        (("1949-12-31",), "RM-Q-045"),
        (("2028-10-01",), "RM-Q-045"),
        (("9999-12-31",), "RM-N-071"),
        (("31.12.9999", "2026-01-01"), "RM-N-071"),
        (("2958465", "46115"), "RM-N-071"),
        (("NULL", "2026-01-01"), "RM-N-080"),
    ],
)
def test_day_that_is_not_plain_is_marked(texts, code):
    assert code in reading(DAY, *texts)[1]


def test_open_end_is_missing():
    assert reading(DAY, "9999-12-31", "2026-01-01")[0].missing.tolist() == [True, False]


def test_time_of_day_is_kept_only_where_it_is_declared():
    assert str(reading(TIME, "2026-03-31T10:20")[0].values[0]) == "2026-03-31T10:20:00"
    assert str(reading(DAY, "2026-03-31T10:20")[0].values[0]) == "2026-03-31T00:00:00"


@pytest.mark.parametrize(
    ("texts", "delimiter", "values"),
    [
        (("1200.5", "3"), ",", [1200.5, 3]),
        (("1200,5", "3"), ";", [1200.5, 3]),
        (("0,125",), ";", [0.125]),
        (("\N{MINUS SIGN}0", ".5"), ",", [0, 0.5]),
    ],
)
def test_number_is_read(texts, delimiter, values):
    found, codes = reading(NUMBER, *texts, delimiter=delimiter)
    assert found.values.tolist() == values
    assert codes <= {"RM-N-068"}


@pytest.mark.parametrize(
    ("column", "texts", "delimiter", "code"),
    [
        (NUMBER, ("1,5", "1.5"), ";", "RM-E-028"),
        (NUMBER, ("1.500", "12.000"), ";", "RM-E-028"),
        (NUMBER, ("1,500",), ",", "RM-E-028"),
        (NUMBER, ("1.500.000",), ",", "RM-E-028"),
        (NUMBER, ("1 200",), ",", "RM-Q-046"),
        (NUMBER, ("1e999",), ",", "RM-Q-046"),
        (NUMBER, ("e5",), ",", "RM-Q-046"),
        (WHOLE, ("1.98E+03",), ",", "RM-E-036"),
        (NUMBER, ("inf",), ",", "RM-Q-046"),
        (NUMBER, ("٣",), ",", "RM-Q-046"),
        (NUMBER, ("9" * 400,), ",", "RM-Q-046"),
        (NUMBER, ("-1",), ",", "RM-Q-014"),
        (NUMBER, ("nan",), ",", "RM-N-080"),
        (WHOLE, ("3.5",), ",", "RM-Q-046"),
        (WHOLE, ("100",), ",", "RM-Q-014"),
        (WHOLE, ("3.0",), ",", "RM-N-079"),
    ],
)
def test_number_that_is_not_plain_is_marked(column, texts, delimiter, code):
    assert code in reading(column, *texts, delimiter=delimiter)[1]


@pytest.mark.parametrize(
    ("texts", "ids"),
    [
        (("00123", "4"), ["00123", "4"]),
        (("123.0", "4.00"), ["123", "4"]),
        (('="00123"', "'0004"), ["00123", "0004"]),
        (("123.0", "A-4/b"), ["123.0", "A-4/b"]),
    ],
)
def test_id_stays_text(texts, ids):
    assert reading(ID, *texts)[0].values.tolist() == ids


@pytest.mark.parametrize("text", ["Anna Muster", "a@b.ch", "=cmd()", "-", "x" * 65, "a;b", "<b>"])
def test_id_of_other_characters_is_marked(text):
    assert "RM-Q-041" in reading(ID, text)[1]


def test_choice_none_is_a_choice_where_it_is_declared_and_no_value_elsewhere():
    assert reading(CHOICE, "None")[0].missing.tolist() == [False]
    other = Column(name="status", kind="choice", choices=("held",), filled=False)
    assert reading(other, "None")[0].missing.tolist() == [True]


def test_text_keeps_words_that_look_like_missing_ones():
    found, codes = reading(TEXT, "NA", "None", "null", "=1+1", "")
    assert found.missing.tolist() == [False, False, False, False, True]
    assert codes == set()


def test_clean_composes_letters_and_takes_invisible_ones_out():
    assert clean("Mu\u0308ller\u00ad \u200bX\t\n Y\x07") == "Müller X Y"


def test_texts_of_rows_that_do_not_count_are_not_marked():
    found = read_words(
        ["2026-01-01", "nonsense", "01.02.2026"],
        np.array([True, False, False]),
        DAY,
        delimiter=",",
        latest=date(2028, 1, 1),
    )
    assert not any(mark.texts.any() for mark in found.marks)


def answers_with(tmp_path, *cells):
    rows = spoilt(folders.answers(), *((n, "value", cell) for n, cell in enumerate(cells, start=1)))
    bundle, problems = read(write_minimal(tmp_path, answers=rows))
    if bundle is None:
        return None, problems
    answers = bundle.table("answers")
    return answers.loc[answers["wave"] == "pre", "value"][: len(cells)].tolist(), problems


def test_labels_of_both_languages_numbers_and_led_labels_are_one_answer(tmp_path):
    values, problems = answers_with(
        tmp_path, "agree", "TRIFFT EHER ZU", "4", "4.0", "4 - agree", "4 = trifft eher zu", "4 (agree)", " 4 "
    )
    assert values == [4.0] * 8
    assert {p.code for p in problems} == {"RM-N-067", "RM-N-073", "RM-N-079"}


def test_led_label_of_another_step_is_refused(tmp_path):
    values, problems = answers_with(tmp_path, "2 - agree")
    assert values is None
    assert {p.code for p in problems} == {"RM-E-030"}


def test_unknown_label_names_the_nearest_of_the_instrument(tmp_path):
    _, problems = answers_with(tmp_path, "strongly agre")
    assert problems[0].remedy.endswith('the nearest is "strongly agree"')


def test_number_for_no_answer_is_an_answer_where_the_scale_has_it(tmp_path):
    folder = write_minimal(tmp_path, answers=spoilt(folders.answers(), (1, "value", 99), (2, "value", -9)))
    text = folders.INSTRUMENT.replace("max = 5", "max = 100")
    labels = text[text.index("[scale.labels]") : text.index("[[items]]")]
    (folder / "confidence.toml").write_text(text.replace(labels, ""), encoding="utf-8")
    bundle, _ = read(folder)
    assert bundle is not None
    answers = bundle.table("answers")
    first, second = answers.loc[answers["wave"] == "pre", "value"][:2]
    assert first == 99
    assert np.isnan(second)


def test_latest_answer_counts_by_time_of_day_and_an_answer_wins_over_none(tmp_path):
    rows = folders.answers()
    first, second = rows[1], rows[2]
    rows = [
        *spoilt(rows, (1, "answered_at", "2026-01-18T08:00:00"), (2, "value", "")),
        [*first[:4], 5, "2026-01-18T09:30:00"],
        [*first[:4], 2, "2026-01-18T09:00:00"],
        [*second[:4], 3, "2026-01-16"],
    ]
    bundle, problems = read(write_minimal(tmp_path, answers=rows))
    assert bundle is not None
    answers = bundle.table("answers").set_index(["wave", "person_id", "item"])
    assert answers.loc[("pre", "P001", "own_q1"), "value"] == 5
    assert answers.loc[("pre", "P001", "own_q2"), "value"] == 3
    assert str(answers.loc[("pre", "P001", "own_q1"), "answered_at"]) == "2026-01-18 00:00:00"
    assert [(p.code, p.row_count) for p in problems] == [("RM-N-075", 3)]
