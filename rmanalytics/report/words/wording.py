"""Words and numbers as readers of a language expect them.

English source texts are the keys; German stands in ``de.toml``. A text that the catalogue lacks stays English, and a
test names it. Numbers are rounded by the width of their interval, never further than two digits of that width.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from rmanalytics.results import Estimate

MINUS = "\u2212"
NBSP = "\u00a0"
THIN = "\u202f"
_FIRM = ((" %", f"{NBSP}%"), ("-%-", "\u2011%\u2011"), ("n = ", f"n{NBSP}={NBSP}"))
"""Where no line may break: before per cent, at the hyphens of a German interval, around an equals sign."""
_MONTHS = {
    "en": "January,February,March,April,May,June,July,August,September,October,November,December",
    "de": "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember",
}
_LEAST_AND_MOST = {
    "share": (0, 1),
    "days": (0, 0),
    "count": (0, 0),
    "minutes": (0, 0),
    "meetings": (1, 2),
    "years": (0, 1),
    "ties": (1, 2),
    "alpha": (2, 2),
    "omega": (2, 2),
    "icc": (2, 2),
}
"""Fewest and most decimals of a unit."""


def key(text: str) -> str:
    """The text itself: marks a text that is translated elsewhere, so that the test of the catalogue finds it."""
    return text


@dataclass(frozen=True)
class Translator:
    """A language: ``tr("text with {n}", n=3)`` translates and fills; the methods write numbers and dates.

    Parameters
    ----------
    language : str
        ``en`` or ``de``.
    texts : mapping of str to str
        English text to text of the language; empty for English.

    Examples
    --------
    >>> translator("de").number(-0.125, 2)
    '−0,12'
    >>> translator("en")("{n} tandems", n=1840)
    '1,840 tandems'
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, text: str, /, **values: Any) -> str:
        """The text in this language, its braces filled; whole numbers and dates get the language's form."""
        template = self.texts.get(text, text)
        filled = template.format(**{n: self.value(v) for n, v in values.items()}) if values else template
        for loose, firm in _FIRM:
            filled = filled.replace(loose, firm)
        return filled

    def value(self, value: Any) -> str:
        """One value for a text: numbers and dates in the language's form, anything else as text."""
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return self.number(value, 0 if float(value).is_integer() else 2)

    def number(self, value: float, digits: int) -> str:
        """A number with a true minus sign; negative ``digits`` round to tens, hundreds …"""
        rounded = round(value, digits)
        text = f"{abs(rounded):,.{max(digits, 0)}f}"
        if self.language == "de":
            text = text.translate({ord(","): THIN, ord("."): ","})
        return (MINUS if rounded < 0 else "") + text

    @property
    def _months(self) -> list[str]:
        return _MONTHS[self.language].split(",")

    def share(self, value: float, digits: int = 0) -> str:
        """A share as per cent."""
        return f"{self.number(100 * value, digits)}{NBSP}%"

    def p(self, value: float) -> str:
        """A p-value, for tables only."""
        return f"<{NBSP}{self.number(0.001, 3)}" if value < 0.001 else self.number(value, 3 if value < 0.1 else 2)

    def day(self, day: date, *, year: bool = True) -> str:
        """A day: ``12 January 2026``, ``12. Januar 2026``."""
        dot = "." if self.language == "de" else ""
        month = self._months[day.month - 1]
        return f"{day.day}{dot}{NBSP}{month}" + (f" {day.year}" if year else "")

    def month(self, number: int) -> str:
        """First three letters of a month."""
        return self._months[number - 1][:3]

    def period(self, start: date, end: date) -> str:
        """From a day to a day, the year once where it is the same."""
        first = self.day(start, year=start.year != end.year)
        return self("{start} to {end}", start=first, end=self.day(end))

    def pick(self, texts: Mapping[str, str]) -> str:
        """The text of this language, else the English one, else whichever there is."""
        return texts.get(self.language) or texts.get("en") or next(iter(texts.values()), "")

    def inner(self, title: str) -> str:
        """A title within a sentence: small first letter in English, quoted in German."""
        if self.language == "de":
            return f"«{title}»"
        return title if title[1:2].isupper() else title[:1].lower() + title[1:]


@cache
def translator(language: str) -> Translator:
    """The translator of a language.

    Raises
    ------
    ValueError
        For a language without a catalogue.
    """
    if language == "en":
        return Translator("en", {})
    if language != "de":
        raise ValueError(f"no catalogue for the language {language!r}")
    with Path(__file__).with_name("de.toml").open("rb") as file:
        return Translator("de", tomllib.load(file)["texts"])


def is_currency(unit: str) -> bool:
    """Whether a unit is a currency code such as CHF."""
    return len(unit) == 3 and unit.isalpha() and unit.isupper()


def round_name(round_id: str) -> str:
    """``2026H1`` as readers write it: ``2026 H1``."""
    return f"{round_id[:-2]}{NBSP}{round_id[-2:]}" if round_id[-2:-1] == "H" else round_id


def digits_for(unit: str, value: float, lo: float | None, hi: float | None) -> int:
    """Decimals that the interval's width allows: at most two digits of the width itself.

    Examples
    --------
    >>> digits_for("scale points", 0.42, 0.15, 0.69)
    2
    >>> digits_for("CHF", 1843.2, 1500.0, 2300.0)
    -1
    """
    percent = 100 if unit == "share" else 1
    least, most = (-3, 0) if is_currency(unit) else _LEAST_AND_MOST.get(unit, (0, 2))
    width = percent * (hi - lo) if lo is not None and hi is not None else 0.0
    if width > 0:
        wanted = 1 - math.floor(math.log10(width))
    elif is_currency(unit) and value:
        wanted = 2 - math.floor(math.log10(abs(value)))
    else:
        wanted = 0 if unit in ("count", "days", "share") else 1 if unit in ("meetings", "years") else 2
    return min(max(wanted, least), most)


def digits_of(estimate: Estimate) -> int:
    """Decimals of an estimate, its limits included."""
    return digits_for(estimate.unit, estimate.value, estimate.lo, estimate.hi)


def is_difference(estimate: Estimate) -> bool:
    """Whether the number is a difference, so that a share is told in percentage points."""
    return estimate.name.endswith(("_difference", "_change"))


def bare(value: float, unit: str, digits: int, tr: Translator) -> str:
    """A value without its unit; shares as per cent numbers."""
    return tr.number(100 * value if unit == "share" else value, digits)


def with_unit(text: str, estimate: Estimate, tr: Translator) -> str:
    """A number's text with its unit in words: ``0.42 scale points``, ``88 %``, ``CHF 1,840``."""
    unit = estimate.unit
    if unit == "share":
        return tr("{value} percentage points", value=text) if is_difference(estimate) else f"{text}{NBSP}%"
    if is_currency(unit):
        return f"{unit}{NBSP}{text}"
    if unit in ("count", "index", "alpha", "omega", "icc"):
        return text
    return tr(_UNITS[unit], value=text) if unit in _UNITS else f"{text} {tr(unit)}"


_UNITS = {
    "scale points": key("{value} scale points"),
    "g": key("{value} standard deviations"),
    "days": key("{value} days"),
    "meetings": key("{value} meetings"),
    "ties": key("{value} ties"),
    "years": key("{value} years"),
    "points per point": key("{value} points per point"),
    "tandems": key("{value} tandems"),
    "levels": key("{value} levels"),
    "closeness": key("{value} points of closeness"),
    "T points": key("{value} T points"),
    "ratio": key("{value} times"),
    "rate ratio": key("{value} times"),
    "hazard ratio": key("{value} times"),
    "points per tandem per 100 people": key("{value} points for each tandem per 100 people"),
    "points per step": key("{value} points for each step"),
    "points per year": key("{value} points a year"),
}
UNIT_HEADS = {
    "scale points": key("scale points"),
    "g": key("standard deviations"),
    "days": key("days"),
    "share": key("per cent"),
    "meetings": key("meetings"),
    "ties": key("ties"),
    "years": key("years"),
    "index": key("index"),
    "count": key("number"),
    "alpha": key("alpha"),
    "omega": key("omega"),
    "icc": key("intraclass correlation"),
    "points per point": key("points per point"),
    "levels": key("levels"),
    "closeness": key("closeness"),
    "T points": key("T points"),
    "task points": key("share of the tasks solved"),
    "ratio": key("ratio"),
    "rate ratio": key("ratio of rates"),
    "hazard ratio": key("hazard ratio"),
    "minutes": key("minutes"),
    "bits": key("bits"),
    "leavers": key("leavers"),
    "per 100 person-years": key("per 100 years of a person"),
    "rank-biserial": key("rank-biserial correlation"),
    "chi2": key("chi-square"),
    "chi-square": key("chi-square"),
    "points per tandem per 100 people": key("points per tandem per 100 people"),
    "points per step": key("points per step"),
    "points per year": key("points per year"),
}


def unit_head(estimate: Estimate, tr: Translator) -> str:
    """The unit as it stands in a table's head or a chart's subtitle."""
    if estimate.unit == "share" and is_difference(estimate):
        return tr("percentage points")
    return tr(UNIT_HEADS.get(estimate.unit, estimate.unit))


def value_text(estimate: Estimate, tr: Translator) -> str:
    """The estimate with its unit."""
    return with_unit(bare(estimate.value, estimate.unit, digits_of(estimate), tr), estimate, tr)


def size_text(estimate: Estimate, tr: Translator) -> str:
    """The size of a difference without its sign, with its unit, for sentences that say *more* or *less*."""
    return with_unit(bare(abs(estimate.value), estimate.unit, digits_of(estimate), tr), estimate, tr)


def limits_text(lo: float, hi: float, unit: str, digits: int, tr: Translator) -> str:
    """Two limits in words: ``0.15 to 0.69``."""
    return tr("{lo} to {hi}", lo=bare(lo, unit, digits, tr), hi=bare(hi, unit, digits, tr))


def interval_text(estimate: Estimate, tr: Translator, *, turned: bool = False, bare_limits: bool = False) -> str:
    """The limits in words, empty where there is no interval; ``turned`` for a size told without its minus sign.

    ``bare_limits`` leaves the per-cent sign to the table's head.
    """
    if estimate.lo is None or estimate.hi is None:
        return ""
    lo, hi = (-estimate.hi, -estimate.lo) if turned else (estimate.lo, estimate.hi)
    text = limits_text(lo, hi, estimate.unit, digits_of(estimate), tr)
    if estimate.unit == "share" and not is_difference(estimate) and not bare_limits:
        return f"{text}{NBSP}%"
    return text


def named_interval(estimate: Estimate, tr: Translator, *, turned: bool = False) -> str:
    """The interval with its name: ``95 % interval 0.15 to 0.69``; empty where there is none."""
    limits = interval_text(estimate, tr, turned=turned)
    return tr("{level} % interval {limits}", level=100 * estimate.level, limits=limits) if limits else ""


def n_text(estimate: Estimate, tr: Translator) -> str:
    """How many: ``31`` or ``31 v 33``."""
    if estimate.n_comparator is None:
        return tr.value(estimate.n)
    return tr("{n} v {other}", n=estimate.n, other=estimate.n_comparator)


PEOPLE = {
    "person": key("people"),
    "mentor": key("juniors"),
    "mentee": key("seniors"),
    "tandem": key("tandems"),
    "round": key("rounds"),
    "tie": key("ties"),
    "dyad": key("pairs"),
    "exposure": key("people asked"),
    "leader": key("leaders"),
    "initiative": key("proposed changes"),
    "meeting": key("meetings"),
}


def counted(estimate: Estimate, tr: Translator) -> str:
    """How many of what: ``31 v 33 people``."""
    return f"{n_text(estimate, tr)} {tr(PEOPLE.get(estimate.unit_of_analysis, estimate.unit_of_analysis))}"


def about_side(side: str, tr: Translator) -> str:
    """The side in a reader's word: seniors (mentees), juniors (mentors)."""
    return {"mentee": tr("seniors"), "mentor": tr("juniors")}.get(side, tr("participants"))


def side_label(side: str, tr: Translator) -> str:
    """The side as a label, not as part of a sentence."""
    return {"mentee": tr("Seniors"), "mentor": tr("Juniors"), "both": tr("both together")}.get(side, side)


def group_name(group: str, tr: Translator) -> str:
    """A group in a reader's word."""
    return {"participants": tr("participants"), "comparison": tr("comparison group")}.get(group, tr(group))


def sentence(text: str) -> str:
    """The same with a capital first letter."""
    return text[:1].upper() + text[1:]


def fewer_than(count: float, k: int, tr: Translator) -> str:
    """A count of people or tandems in a breakdown, hidden below ``k`` unless it is 0.

    Examples
    --------
    >>> fewer_than(3, 5, translator("en"))
    'fewer than 5'
    """
    return tr("fewer than {k}", k=k) if 0 < count < k else tr.value(int(count))
