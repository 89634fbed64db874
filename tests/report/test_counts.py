"""One thing is never told in the plural: sentences with counts, rendered with 1 in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rmanalytics.evaluation.ledger import BREACHES
from rmanalytics.evaluation.verdicts.words import STILL_HOLDS
from rmanalytics.language.translator import translator
from rmanalytics.release import sentences
from rmanalytics.report.words.wording import _UNITS, PEOPLE, counted, value_text
from rmanalytics.results import Estimate

ONE = Estimate(
    name="mean_days", unit="days", value=1.0, lo=None, hi=None, n=1, method="counted", unit_of_analysis="tandem"
)


ALIKE = {("de", one) for one in ("meetings", "meeting", "ratio", "rate ratio", "hazard ratio", "correlation")}
ALIKE |= {("en", "correlation")}
"""Words that are the same for one and for several."""


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("unit", sorted(_UNITS))
def test_a_size_of_one_has_a_unit_in_the_singular(unit: str, language: str) -> None:
    tr = translator(language)
    one, two = tr(_UNITS[unit], n="1"), tr(_UNITS[unit], n="2")
    assert (one != two.replace("2", "1")) == ((language, unit) not in ALIKE)


def test_a_unit_follows_the_number_as_it_is_written() -> None:
    tr, de = translator("en"), translator("de")
    assert (value_text(ONE, tr), value_text(ONE, de)) == ("1 day", "1 Tag")
    assert value_text(replace(ONE, value=-1.0), de) == "−1 Tag"
    assert value_text(replace(ONE, unit="meetings"), tr) == "1.0 meetings"
    assert value_text(replace(ONE, value=0.01, unit="share", name="share_change"), tr) == "1 percentage point"
    assert sentences.size(0.01, "share", de) == "1 Prozentpunkt"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("unit", sorted(PEOPLE))
def test_one_alone_is_counted_in_the_singular(unit: str, language: str) -> None:
    tr, one = translator(language), replace(ONE, unit_of_analysis=unit)
    two, both = replace(one, n=2), replace(one, n_comparator=2)
    assert (counted(one, tr) != counted(two, tr).replace("2", "1")) == ((language, unit) not in ALIKE)
    assert counted(both, tr).split()[3:] == counted(two, tr).split()[1:]


def test_reasons_of_verdicts_with_one() -> None:
    values = {"n": 1, "tandems": 34, "least": "0.2 points"}
    assert BREACHES.format(**values) == "1 of 34 tandems is in breach"
    assert translator("de")(BREACHES, **values) == "1 von 34 Tandems verletzt die Regel"
    assert STILL_HOLDS.format(**values).endswith("about 1 more round")
    assert translator("de")(STILL_HOLDS, **values).endswith("etwa 1 weitere Runde")
