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
    "scale points": plural("{n} point", "{n} points"),
    "points per point": plural("{n} point", "{n} points"),
    "ties": plural("{n} tie", "{n} ties"),
    "days": plural("{n} day", "{n} days"),
    "share": plural("{n} percentage point", "{n} percentage points"),
    "rate ratio": key("{n} times as often"),
    "ratio": key("{n} times as often"),
}
_GROUPS = {
    "exposed": key("{metric}, people who saw the programme mentioned"),
    "not exposed": key("{metric}, other people"),
}


def plain(title: str, tr: Translator) -> str:
    """A claim that is shown, without a size."""
    return tr("{title}: shown.", title=title)


def unsized(title: str, comparator: str, tr: Translator) -> str:
    """A claim that is shown, of a size that is open."""
    text = key("{title}: shown. The change goes further {than}; how much further cannot be said yet.")
    return tr(text, title=title, than=tr(THAN[comparator]))


def sized(title: str, numbers: tuple[float, float], comparator: str, tr: Translator, *, unit: str, scale: str) -> str:
    """A claim that is shown, with the near end and the middle of its size."""
    text = key("{title}: shown. The change goes further {than}: by at least {near}, most likely about {about}{scale}.")
    near, about = (size(number, unit, tr) for number in numbers)
    return tr(text, title=title, than=tr(THAN[comparator]), scale=scale, near=near, about=about)


def size(value: float, unit: str, tr: Translator) -> str:
    """A size with its unit."""
    digits = {"days": 0, "share": 0, "rate ratio": 2, "ratio": 2}.get(unit, 1)
    return tr(_SIZES[unit], n=tr.number(100 * value if unit == "share" else value, digits))


def scale(ends: tuple[float, float] | None, tr: Translator) -> str:
    """The ends of the answer scale, where they are known, so that a point means something."""
    return tr(", on a scale of {lowest} to {highest}", lowest=ends[0], highest=ends[1]) if ends else ""


def branding(row: Mapping[str, Any], tr: Translator) -> str:
    """What a branding figure is, and of whom; empty for a group without a name."""
    text = _GROUPS.get(row["group"])
    return tr(text, metric=row["outcome"].replace("_", " ")) if text else ""


def no_round(tr: Translator) -> str:
    """A round of which nothing goes out."""
    return tr("Too few people or tandems took part for any figure to be shown.")


def notes(recorded: bool, tr: Translator) -> list[str]:  # noqa: FBT001  (a fact, not a switch)
    """What the page does not say, and why."""
    texts = [
        tr("A claim has a word from 25 people on each side; below that it reads alike, whatever came out."),
        tr("Sizes are rounded outwards, numbers of people down to a multiple of five."),
        tr("What is only described, explored or asked of nobody is in the report for HR."),
    ]
    if not recorded:
        texts.insert(0, tr("The plan was not recorded before the answers came, so nothing counts as shown."))
    return texts
