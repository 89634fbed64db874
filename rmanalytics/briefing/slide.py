"""A slide as plain data, and the lines that several slides carry: whom a claim was compared with, its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rmanalytics.briefing.figures import Figure
from rmanalytics.briefing.told import Told, round_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """One slide.

    Parameters
    ----------
    section, title : str
    figures : tuple of Figure
        Side by side where there are two.
    tiles : tuple of (value, what)
    points : tuple of (head, text …)
        Columns of words, numbered; of a decision the last text says what it costs, and by when.
    says : tuple of str
        Lines beneath the picture.
    source, notes : str
    verdict, level, evidence : str, int or None, str
        What the footer carries.
    sentences : tuple of mapping
        Sentences for outside: ``text``, ``id``, ``until``.
    stacked : bool
        Whether the figures stand beneath each other.
    """

    section: str
    title: str
    figures: tuple[Figure, ...] = ()
    tiles: tuple[tuple[str, str], ...] = ()
    points: tuple[tuple[str, ...], ...] = ()
    says: tuple[str, ...] = ()
    source: str = ""
    notes: str = ""
    verdict: str = ""
    level: int | None = None
    evidence: str = ""
    sentences: tuple[Mapping[str, Any], ...] = field(default=())
    stacked: bool = False


def compared(told: Told, verdict: Mapping[str, Any]) -> str:
    """The source line of a comparison: rounds, people to the nearest five, whom they are compared with."""
    tr = told.tr
    if "n" not in verdict:
        return tr("Too few people on one side for a word")
    rounds = verdict["rounds"] or [told.round_id]
    period = round_name(rounds[0]) if len(rounds) == 1 else f"{round_name(rounds[0])} – {round_name(rounds[-1])}"
    comparator = tr(verdict["comparator"]) if verdict.get("comparator") else tr("comparison group")
    about = {"n": verdict["n"], "other": told.tr.number(verdict["n_comparator"], 0), "comparator": comparator}
    return tr("{period} · about {n} people against about {other}: {comparator}", period=period, **about)


def evidence_of(entry: Mapping[str, Any] | None) -> str:
    """The evidence id of an entry; empty where there is none."""
    return str((entry or {}).get("evidence", ""))
