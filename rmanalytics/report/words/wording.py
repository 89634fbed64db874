"""Estimates in words: value, unit, interval and number of people.

Numbers are rounded by the width of their interval, never further than two digits of that width.
"""

from __future__ import annotations

import math

from rmanalytics.language.translator import NBSP, Translator, key, plural
from rmanalytics.results import Estimate

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
    """A number's text with its unit in words: ``0.42 scale points``, ``88%``, ``CHF 1,840``."""
    unit = estimate.unit
    if unit == "share":
        return tr(_POINTS, n=text) if is_difference(estimate) else f"{text}{tr.percent}"
    if is_currency(unit):
        return f"{unit}{NBSP}{text}"
    if unit in ("count", "index", "alpha", "omega", "icc"):
        return text
    return tr(_UNITS[unit], n=text) if unit in _UNITS else f"{text} {tr(unit)}"


_POINTS = plural("{n} percentage point", "{n} percentage points")
_UNITS = {
    "scale points": plural("{n} scale point", "{n} scale points"),
    "g": plural("{n} standard deviation", "{n} standard deviations"),
    "days": plural("{n} day", "{n} days"),
    "meetings": plural("{n} meeting", "{n} meetings"),
    "ties": plural("{n} tie", "{n} ties"),
    "years": plural("{n} year", "{n} years"),
    "points per point": plural("{n} point per point", "{n} points per point"),
    "tandems": plural("{n} tandem", "{n} tandems"),
    "levels": plural("{n} level", "{n} levels"),
    "closeness": plural("{n} point of closeness", "{n} points of closeness"),
    "T points": plural("{n} T point", "{n} T points"),
    "changes per 10 tandems": plural("{n} change for every ten tandems", "{n} changes for every ten tandems"),
    "ratio": plural("{n} time", "{n} times"),
    "rate ratio": plural("{n} time", "{n} times"),
    "hazard ratio": plural("{n} time", "{n} times"),
    "points per tandem per 100 people": plural(
        "{n} point for each tandem per 100 people", "{n} points for each tandem per 100 people"
    ),
    "correlation": key("{n} of correlation with the true answers"),
    "points per step": plural("{n} point for each step", "{n} points for each step"),
    "points per year": plural("{n} point a year", "{n} points a year"),
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
    "changes per 10 tandems": key("changes for every ten tandems"),
    "bits": key("bits"),
    "leavers": key("leavers"),
    "per 100 person-years": key("per 100 years of a person"),
    "correlation": key("correlation with the true answers"),
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
        return f"{text}{tr.percent}"
    return text


def named_interval(estimate: Estimate, tr: Translator, *, turned: bool = False) -> str:
    """The interval with its name: ``95% interval 0.15 to 0.69``; empty where there is none."""
    limits = interval_text(estimate, tr, turned=turned)
    return tr("{level}% interval {limits}", level=100 * estimate.confidence, limits=limits) if limits else ""


def n_text(estimate: Estimate, tr: Translator) -> str:
    """How many: ``31`` or ``31 v 33``."""
    if estimate.n_comparator is None:
        return tr.value(estimate.n)
    return tr("{n} v {other}", n=estimate.n, other=estimate.n_comparator)


PEOPLE = {
    "person": plural("{n} person", "{n} people"),
    "mentor": plural("{n} junior", "{n} juniors"),
    "mentee": plural("{n} senior", "{n} seniors"),
    "tandem": plural("{n} tandem", "{n} tandems"),
    "round": plural("{n} round", "{n} rounds"),
    "tie": plural("{n} tie", "{n} ties"),
    "dyad": plural("{n} pair", "{n} pairs"),
    "exposure": plural("{n} person asked", "{n} people asked"),
    "leader": plural("{n} leader", "{n} leaders"),
    "initiative": plural("{n} proposed change", "{n} proposed changes"),
    "meeting": plural("{n} meeting", "{n} meetings"),
}


def counted(estimate: Estimate, tr: Translator) -> str:
    """How many of what: ``31 v 33 people``."""
    number = n_text(estimate, tr)
    words = PEOPLE.get(estimate.unit_of_analysis)
    return tr(words, n=number) if words else f"{number} {tr(estimate.unit_of_analysis)}"


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
