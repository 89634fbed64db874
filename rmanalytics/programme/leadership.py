"""What the programme team tells its leadership, what it leaves out, and how its briefing looks.

Unit: one programme: ``[leadership]``, ``[release]`` and ``[briefing]`` of ``programme.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rmanalytics.language.translator import either, filled, key
from rmanalytics.programme.strict_toml import Block, Key

MOST_DECISIONS, MOST_SIGNS, LEAST_CONTRAST = 3, 200, 3.0
COLOURS = ("participants", "comparison", "against")
_FREE = re.compile(r"\{[^{}]+\}|\b\d{4}-\d{2}-\d{2}\b")
"""What may hold a digit: the id of a released figure in braces, a day."""
_NUMBER = (
    r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen"
    r"|nineteen|twenty|dozen|zwei(?:er|en)?|drei(?:er|en)?|vier(?:en)?|fünf(?:en)?|sechs|sieben|acht|neun|zehn|elf|zwölf"
    r"|dreizehn|vierzehn|fünfzehn|sechzehn|siebzehn|achtzehn|neunzehn|zwanzig|dutzend"
)
_ONE = r"one|single|couple|handful|pair|eine[rs]?|einzige[nrs]?|handvoll|paar"
_PEOPLE = (
    r"people|persons?|women|seniors?|juniors?|tandems?|mentors?|mentees?|employees?|colleagues?|leaders?|managers?"
    r"|personen|frauen|männer|senior|junior|beschäftigte|mitarbeit|teilnehm|kolleg|führungskr"
)
_THINGS = r"(?:half-)?(?:rounds?|weeks?|months?|years?|days?|runden?|wochen?|monate?|jahre?|tage|halbjahre?)\b"
_COUNTED = re.compile(
    rf"(?i)\b(?:{_NUMBER})\b(?:\W+\w+){{0,2}}?\W+(?:{_PEOPLE})"
    rf"|\b(?:one|single|einzige[nrs]?)\W+(?:{_PEOPLE})|\b(?:{_ONE})\W+(?:of|der|von)\W+(?:\w+\W+){{0,2}}?(?:{_PEOPLE})"
    rf"|\b(?:of|among|von|unter)\W+(?:\w+\W+){{0,2}}?(?:{_PEOPLE})\w*\W+(?:\w+\W+){{0,2}}?(?:{_NUMBER}|one|eine[rs]?)\b"
    rf"(?!(?:\W+\w+)?\W+{_THINGS})"
    rf"|\b(?:{_PEOPLE})\w*\W+(?:\w+\W+){{0,3}}?(?:{_NUMBER}|one|eine[rs]?)\W+(?:of\W+(?:them|whom)|von\W+ihnen|davon)\b"
)
"""People or tandems counted in words, before the number or after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leadership:
    """Words of the programme team, rows of the catalogue that it leaves out, and the company's look.

    Parameters
    ----------
    decisions : tuple of str
        Decisions needed, three at most; ``{id}`` stands for a released figure.
    answers : mapping of claim to str
        What the team says to a claim that points against.
    contact, owner : str
        Who vouches for the briefing; whose the decisions are, a role.
    decide_by : date or None
        By when they are asked for; None where a day follows from the rounds.
    leave_out : tuple of str
        Rows of the catalogue that are told nowhere outside.
    look : mapping
        ``template`` and ``logo`` (files), ``typeface``, and colours by `COLOURS`.
    """

    decisions: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    contact: str = ""
    owner: str = ""
    decide_by: date | None = None
    leave_out: tuple[str, ...] = ()
    look: Mapping[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Every text, with the key that it stands under."""
        found = [("leadership.decisions", text) for text in self.decisions]
        found += [("leadership.answers", text) for text in self.answers.values()]
        found += [("leadership.contact", self.contact), ("leadership.owner", self.owner)]
        return tuple((where, text) for where, text in found if text)


def _said(value: str) -> str | None:
    if any(sign.isdigit() for sign in _FREE.sub("", value)):
        return key("must hold no digit but days such as 2026-07-01 and ids of released figures in braces")
    if _COUNTED.search(value):
        return key("must not count people or tandems, in words either; a released figure stands as its id in braces")
    if "{" in _FREE.sub("", value) or "}" in _FREE.sub("", value):
        return key("must hold braces only around the id of a released figure")
    return (
        None
        if 0 < len(value.strip()) <= MOST_SIGNS
        else filled("must have 1 to {most_signs} signs", most_signs=MOST_SIGNS)
    )


def _decisions(values: list[Any]) -> str | None:
    if not all(isinstance(value, str) for value in values) or len(values) > MOST_DECISIONS:
        return filled("must be a list of {most_decisions} texts at most", most_decisions=MOST_DECISIONS)
    wrong = ((number, why) for number, value in enumerate(values, start=1) if (why := _said(value)))
    return next((f"{why} (text {number})" for number, why in wrong), None)


def _answers(value: dict[str, Any]) -> str | None:
    if not all(isinstance(text, str) for text in value.values()):
        return key('must be texts by claim, such as { M3 = "…" }')
    return next((f"{why} ({claim})" for claim, text in value.items() if (why := _said(text))), None)


def _names(values: list[Any]) -> str | None:
    return None if all(isinstance(value, str) for value in values) else key("must be a list of rows of the catalogue")


def _colour(value: str) -> str | None:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        return key("must be a colour such as #0072B2")
    return None if contrast(value) >= LEAST_CONTRAST else key("is too pale: its contrast with white must be 3 or more")


def contrast(colour: str) -> float:
    """Contrast of a colour with white, as WCAG 2.2 defines it (relative luminance).

    Examples
    --------
    >>> round(contrast("#0072B2"), 2), round(contrast("#9CC5E0"), 2)
    (5.19, 1.83)
    """
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _typeface(value: str) -> str | None:
    return None if re.fullmatch(r"[\w \-]{1,60}", value) else key("must be the name of a typeface")


def _ending(*endings: str) -> Key:
    def check(value: str) -> str | None:
        plain = re.fullmatch(r"[\w. \-]+", value) and value.lower().endswith(endings)
        return (
            None
            if plain
            else filled("must name a file of the programme's folder that ends with {endings}", endings=either(*endings))
        )

    return Key(str, check=check)


LEADERSHIP: Mapping[str, Block] = {
    "leadership": Block(
        {
            "decisions": Key(list, check=_decisions),
            "answers": Key(dict, check=_answers),
            "contact": Key(str, check=_said),
            "owner": Key(str, check=_said),
            "decide_by": Key(date),
        }
    ),
    "release": Block({"leave_out": Key(list, check=_names)}),
    "briefing": Block(
        {
            "template": _ending(".potx", ".pptx"),
            "logo": _ending(".png"),
            "typeface": Key(str, check=_typeface),
            **{name: Key(str, check=_colour) for name in COLOURS},
        }
    ),
}


def leadership_of(data: Mapping[str, Any]) -> Leadership:
    """What the three tables declare."""
    own = data.get("leadership", {})
    return Leadership(
        decisions=tuple(own.get("decisions", ())),
        answers=own.get("answers", {}),
        contact=own.get("contact", ""),
        owner=own.get("owner", ""),
        decide_by=own.get("decide_by"),
        leave_out=tuple(data.get("release", {}).get("leave_out", ())),
        look=data.get("briefing", {}),
    )
