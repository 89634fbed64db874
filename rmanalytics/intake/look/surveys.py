"""Surveys: of which round and wave one is, by its days and its name, and what its definition says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from statistics import median_low as median

from rmanalytics.intake.look.files import DEFINITION, Seen
from rmanalytics.intake.look.kinds import answered_in, bounds
from rmanalytics.intake.look.words import choice, plain
from rmanalytics.intake.readers.limesurvey import NO_DAY
from rmanalytics.intake.readers.qualtrics import asked_in
from rmanalytics.intake.readers.qualtrics_json import Answer

BEFORE_DAYS, AFTER_DAYS = 75, 105
_ROUND = re.compile(r"\b(20[0-9]{2})[ -]?h ?([12])\b")


def survey_days(one: Seen) -> list[date]:
    """The days on which a survey was answered."""
    column = answered_in(one)
    return [day for day in column.dates if str(day) != NO_DAY] if column else []


def rounds_in(name: str) -> list[str]:
    """Rounds that a file's name says.

    Examples
    --------
    >>> rounds_in("Survey 2025-H2 before.csv"), rounds_in("vorher.xlsx")
    (['2025H2'], [])
    """
    return [f"{found[1]}H{found[2]}" for found in _ROUND.finditer(plain(name).replace("_", " "))]


def when(name: str, days: Sequence[date], rounds: Sequence[str]) -> tuple[str, str, str]:
    """Round of a survey, its wave by its file's name, and its wave by its days; a wave is empty where nothing says it.

    Examples
    --------
    >>> when("2025H1_follow-up.csv", [date(2025, 9, 9)], ["2025H1", "2025H2"])
    ('2025H1', 'follow_up', 'post')
    """
    words = re.split(r"[^a-z0-9]+", plain(name).replace("_", " "))
    named = [*(" ".join(pair) for pair in pairwise(words)), *words]
    by_name = next((wave for word in named for wave in [choice("wave", word)] if wave), "")
    middle = median(sorted(days)) if days else None
    rounds = rounds_in(name) or rounds
    best = min(rounds, key=lambda r: _distance(middle, r)) if middle else rounds[-1]
    start, _ = bounds(best)
    if middle is None or start + timedelta(days=BEFORE_DAYS) < middle < start + timedelta(days=AFTER_DAYS):
        return best, by_name, ""
    return best, by_name, "pre" if middle <= start + timedelta(days=BEFORE_DAYS) else "post"


def definitions(seen: Sequence[Seen]) -> list[tuple[str, ...]]:
    """Give exports of Qualtrics the questions' texts of the definition that has most of them; all answers in order."""
    able = [one for one in seen if one.seems == DEFINITION]
    for one in (one for one in seen if able and one.seems == "qualtrics"):
        found = [(asked_in([one.heads[0], *one.heads[2:]], d.asks), d) for d in able]
        asks, definition = max(found, key=lambda pair: len(pair[0]))
        one.definition = definition.name if asks else ""
        for column in one.columns:
            if column.number in asks:
                column.asked = (*asks[column.number].texts, *column.asked)
    every = [[a for a in q.answers if not a.left_out and a.texts] for d in able for q in d.asks]
    return [tuple(a.texts[0] for a in sorted(answers, key=_number)) for answers in every]


def _number(answer: Answer) -> float:
    return float(answer.number) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", answer.number) else 0.0


def _distance(day: date, round_id: str) -> int:
    start, end = bounds(round_id)
    return 0 if start <= day <= end else min(abs((day - start).days), abs((day - end).days))
