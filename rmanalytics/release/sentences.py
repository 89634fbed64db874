"""What the gate lets out, in sentences: each size as coarse as the gate has made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rmanalytics.language.translator import Translator, key, plural

THAN = {
    "": key("than in the comparison group"),
    "waiting list": key("than on the waiting list"),
    "matched colleagues": key("than among matched colleagues"),
    "waiting list and matched colleagues": key("than on the waiting list and among matched colleagues"),
    "colleagues outside the programme": key("than among colleagues outside the programme"),
    "people who did not see the programme mentioned": key("than among people who did not see the programme mentioned"),
}
_SIZES = {
    "points": (key("about {high} points"), key("under {high} points"), key("between {low} and {high} points")),
    "ties": (key("about {high} ties"), key("under {high} ties"), key("between {low} and {high} ties")),
    "days": (key("about {high} days"), key("under {high} days"), key("between {low} and {high} days")),
    "share": (
        key("about {high} percentage points"),
        key("under {high} percentage points"),
        key("between {low} and {high} percentage points"),
    ),
}
"""By unit: about a size, less than the smallest one that is told, within a band."""
_HALVES = {0.0: key("between 0 and half a point"), 0.5: key("between half a point and one point")}
_POINTS = frozenset({"scale points", "points per point"})
_GROUPS = {
    "exposed": key("{metric}, people who saw the programme mentioned"),
    "not exposed": key("{metric}, other people"),
}


def plain(title: str, tr: Translator) -> str:
    """A claim that is supported, without a size."""
    return tr("{title}: supported in this round.", title=title)


def too_few(title: str, tr: Translator) -> str:
    """A claim that is supported by too few people for a size."""
    text = key("{title}: supported in this round. Too few people took part to say how large the difference is.")
    return tr(text, title=title)


def sized(title: str, size: str, comparator: str, scale: str, tr: Translator, *, more: bool) -> str:
    """A claim that is supported, with its size."""
    text = key("{title}: supported in this round. On average {size} more {than}{scale}.")
    if not more:
        text = key("{title}: supported in this round. On average {size} less {than}{scale}.")
    return tr(text, title=title, size=size, than=tr(THAN[comparator]), scale=scale)


def about(size: float, step: float, unit: str, tr: Translator) -> str:
    """A size rounded to a step."""
    near, under, _ = _SIZES["points" if unit in _POINTS else unit]
    return tr(near, high=_number(size, unit, tr)) if size else tr(under, high=_number(step, unit, tr))


def between(low: float, high: float, unit: str, tr: Translator) -> str:
    """A size within a band."""
    if unit in _POINTS and low in _HALVES:
        return tr(_HALVES[low])
    text = _SIZES["points" if unit in _POINTS else unit][2]
    return tr(text, low=_number(low, unit, tr), high=_number(high, unit, tr))


def _number(value: float, unit: str, tr: Translator) -> str:
    return tr.number(100 * value if unit == "share" else value, 0 if unit in {"days", "share"} else 1)


def scale(ends: tuple[float, float] | None, tr: Translator, *, slope: bool) -> str:
    """The ends of the answer scale, where they are known, so that a point means something."""
    if slope:
        return tr(", for each point that somebody started lower")
    return tr(", on a scale of {lowest} to {highest}", lowest=ends[0], highest=ends[1]) if ends else ""


def own_view(title: str, tr: Translator) -> str:
    """A claim that the participants alone judge."""
    return tr("{title} (as the participants see it)", title=title)


def branding(row: Mapping[str, Any], tr: Translator) -> str:
    """What a branding figure is, and of whom; empty for a group without a name."""
    text = _GROUPS.get(row["group"])
    return tr(text, metric=row["outcome"].replace("_", " ")) if text else ""


def no_round(tr: Translator) -> str:
    """A round of which nothing goes out."""
    return tr("Too few people or tandems took part for any figure to be shown.")


def notes(silent: int, tr: Translator) -> list[str]:
    """What the page does not say, and why; ``silent`` claims have no answer that may go out."""
    texts = [
        tr("Whether the rules of pairing were kept is in the report for HR, not here."),
        tr("Numbers are rounded on purpose: shares to 5 per cent, people to 5."),
    ]
    if silent:
        further = plural(
            "{n} further claim was not measured in this round, or by too few people to be shown.",
            "{n} further claims were not measured in this round, or by too few people to be shown.",
        )
        texts.append(tr(further, n=silent))
    return texts
