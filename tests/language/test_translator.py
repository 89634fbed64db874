"""Numbers, dates and plural forms follow the language, and German of Switzerland follows from German."""

from __future__ import annotations

import pickle
from datetime import date

import pytest

from rmanalytics.language.translator import LANGUAGES, Forms, Translator, plural, translator

LEFT_OUT = plural("{n} person is left out", "{n} people are left out")


@pytest.mark.parametrize(
    ("value", "digits", "english", "german", "swiss"),
    [
        (0.424, 2, "0.42", "0,42", "0.42"),
        (-0.31, 2, "−0.31", "−0,31", "−0.31"),
        (1840.0, 0, "1,840", "1.840", "1’840"),
        (1843.2, -1, "1,840", "1.840", "1’840"),
        (1234567.8, 1, "1,234,567.8", "1.234.567,8", "1’234’567.8"),
        (-0.001, 2, "0.00", "0,00", "0.00"),
    ],
)
def test_numbers_have_the_form_of_the_language(
    value: float, digits: int, english: str, german: str, swiss: str
) -> None:
    assert [translator(language).number(value, digits) for language in LANGUAGES] == [english, german, swiss]


def test_dates_have_the_form_of_the_language() -> None:
    day = date(2026, 1, 12)
    texts = [translator(language).day(day).replace("\u00a0", " ") for language in LANGUAGES]
    assert texts == ["12 January 2026", "12. Januar 2026", "12. Januar 2026"]
    assert translator("de").day(day, year=False).replace("\u00a0", " ") == "12. Januar"
    assert translator("en").period(day, date(2026, 6, 30)).replace("\u00a0", " ") == "12 January to 30 June 2026"
    assert [translator("de").month(n) for n in (1, 3, 12)] == ["Jan", "Mär", "Dez"]


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no catalogue"):
        translator("fr")


def test_translator_fills_numbers_in_the_language() -> None:
    tr = Translator("de", {"{n} people": "{n} Personen"})
    assert tr("{n} people", n=1840) == "1.840 Personen"


@pytest.mark.parametrize(
    ("n", "english", "german"),
    [
        (0, "0 people are left out", "0 Personen fehlen"),
        (1, "1 person is left out", "1 Person fehlt"),
        (1200, "1,200 people are left out", "1.200 Personen fehlen"),
    ],
)
def test_a_number_of_one_is_not_a_plural(n: int, english: str, german: str) -> None:
    forms = Forms("{n} Person fehlt", "{n} Personen fehlen")
    assert Translator("en")(LEFT_OUT, n=n) == english
    assert Translator("de", {LEFT_OUT: forms})(LEFT_OUT, n=n) == german


def test_both_forms_of_a_text_survive_a_way_to_another_process() -> None:
    there = pickle.loads(pickle.dumps(LEFT_OUT))
    assert (there, there.one, there.format(n=1)) == (LEFT_OUT, LEFT_OUT.one, "1 person is left out")


def test_german_of_switzerland_has_no_sharp_s_and_its_own_quotation_marks() -> None:
    german, swiss = translator("de"), translator("de-CH")
    assert german.texts.keys() == swiss.texts.keys()
    text = " ".join(str(form) for form in swiss.texts.values())
    assert set(text).isdisjoint("ß„“")
    assert "Betriebsrat" not in text
    assert (german.inner("Größe"), swiss.inner("Größe")) == ("„Größe“", "«Größe»")
    assert swiss.pick({"en": "size", "de": "Größe"}) == "Grösse"
    assert swiss.pick({"en": "size"}) == "size"
