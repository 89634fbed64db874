"""Collaboration events as ties: the counted pairs, the account of every row, and what was left out.

Unit: one pair of people at one wave. Read only where a programme declares events, for this loads DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.collaboration.engines import Counts, count_events
from rmanalytics.intake.collaboration.parquet_files import event_digest, look_into, stamp_of
from rmanalytics.intake.collaboration.query import LISTED, MISSING, OTHER_KIND, OUTSIDE, SELF, UNKNOWN, WEAK
from rmanalytics.intake.marks import NOTHING_TO_DO
from rmanalytics.intake.sheet import LARGEST_QUARANTINE_SHARE, Account
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.declaration import DIRECTED, Events


@dataclass(frozen=True, kw_only=True)
class EventTies:
    """What the events gave.

    Parameters
    ----------
    ties : DataFrame
        ``wave_date, source_id, target_id, kind, weight``; the weight is the number of events. Undirected ties stand
        in both directions.
    account : Account
        What became of the rows, over all files.
    problems : tuple of Problem
        What was quarantined or left out.
    digests : mapping of str to str
        File name to digest.
    """

    ties: pd.DataFrame
    account: Account
    problems: tuple[Problem, ...]
    digests: Mapping[str, str]


def read_events(folder: Path, plan: Events, people: Sequence[str]) -> EventTies:
    """Count a programme's events by pair and wave.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    plan : Events
        What ``[network.events]`` declares.
    people : sequence of str
        Ids of *people*; events with anybody else count for no tie.

    Raises
    ------
    InputError
        RM-E-001, 002, 007, 009, 010, 012, 013, 110 to 113 for the files, 037 no tie at all, 114 changed while they
        were read, 115 a wave without ties, 117 an engine that is not there, 118 too little memory, 119 unreadable
        content; RM-E-040 and 048 where too many rows cannot be used.
    """
    files = look_into(folder, plan.files, needs=("kind",) if plan.kinds else ())
    digests = {name: event_digest(path) for name, path in zip(files.names, files.paths, strict=True)}
    ids = sorted(set(people))
    counts = count_events(files, plan, ids)
    label = ", ".join(plan.files)
    total = sum(counts.rows.values()) + int(counts.events.sum()) + counts.repeats
    if total != files.rows or any(stamp_of(p) != s for p, s in zip(files.paths, files.stamps, strict=True)):
        rule, remedy = (
            key("the events changed while they were read"),
            key("wait until their export is done, then call again"),
        )
        raise _refused("RM-E-114", label, rule, remedy)
    used, quarantined = int(counts.events.sum()), _quarantined(counts, plan)
    account = Account(
        table="events",
        file=label,
        rows=total,
        used=used,
        quarantined=quarantined,
        excluded=total - used - quarantined,
    )
    problems = (*_problems(counts, plan, label, used), *_empty(counts, plan, label, len(ids)))
    if any(problem.effect == "refused" for problem in problems):
        raise InputError(problems)
    return EventTies(ties=_ties(counts, plan, ids), account=account, problems=problems, digests=digests)


def _quarantined(counts: Counts, plan: Events) -> int:
    return counts.rows.get(MISSING, 0) + (0 if plan.outsiders else counts.rows.get(UNKNOWN, 0))


def _problems(counts: Counts, plan: Events, label: str, used: int) -> Iterator[Problem]:
    """What was quarantined and what was left out, each with the number of its rows."""
    quarantined = _quarantined(counts, plan)
    counted = used + counts.repeats + counts.rows.get(WEAK, 0) + quarantined
    refusal = quarantined > LARGEST_QUARANTINE_SHARE * counted
    bad, more = ("E", f" ({quarantined} of {counted} rows cannot be used, more than 5%)") if refusal else ("Q", "")
    unknown = key("the person is not in people, or the row there was quarantined")
    weak = filled(
        "pairs with fewer than {least} events within a window are no tie: {pairs}",
        least=plan.least_events,
        pairs=counts.weak_pairs,
    )
    said = {
        MISSING: (
            f"RM-{bad}-040",
            f"the cell is empty{more}",
            key("fill source_id, target_id and at, or take the row out"),
        ),
        UNKNOWN: (f"RM-{bad}-048", f"{unknown}{more}", key("leave others out of the export, or set outsiders = true")),
        OUTSIDE: ("RM-N-120", key("events outside of the windows of all waves were left out"), NOTHING_TO_DO),
        OTHER_KIND: ("RM-N-121", key("events of other kinds were left out"), NOTHING_TO_DO),
        SELF: ("RM-N-076", key("ties of a person to herself or himself were left out"), NOTHING_TO_DO),
        LISTED: ("RM-N-122", key("events that reach more people than most_recipients were left out"), NOTHING_TO_DO),
        WEAK: ("RM-N-123", weak, NOTHING_TO_DO),
    }
    if plan.outsiders:
        said[UNKNOWN] = ("RM-N-124", key("events with people who are not in people were left out"), NOTHING_TO_DO)
    for reason, (code, rule, remedy) in said.items():
        if counts.rows.get(reason):
            yield Problem(code=code, file=label, rule=rule, remedy=remedy, row_count=counts.rows[reason])
    if counts.repeats:
        rule = key("several rows of one event between the same people count once")
        yield Problem(code="RM-N-125", file=label, rule=rule, remedy=NOTHING_TO_DO, row_count=counts.repeats)


def _empty(counts: Counts, plan: Events, label: str, people_n: int) -> Iterator[Problem]:
    """Refusals where nothing is left: no tie at all, or none at a wave."""
    if not len(counts.keys):
        rule, remedy = (
            key("no row of the file can be used"),
            key("see the notes on this file, or take it out of the programme"),
        )
        yield Problem(code="RM-E-037", file=label, rule=rule, remedy=remedy)
        return
    seen = set(np.unique(counts.keys // people_n**2).tolist())
    for number, day in enumerate(plan.waves):
        if number not in seen:
            rule = filled("the wave {day} has no tie", day=day.isoformat())
            remedy = key("export the events of its window, or take the wave out")
            yield Problem(code="RM-E-115", file=label, rule=rule, remedy=remedy)


def _ties(counts: Counts, plan: Events, ids: Sequence[str]) -> pd.DataFrame:
    """The canonical table, ordered by wave, source and target."""
    rest, target = np.divmod(counts.keys, len(ids))
    wave, source = np.divmod(rest, len(ids))
    weight = counts.events
    if plan.direction != DIRECTED:
        wave, weight = np.tile(wave, 2), np.tile(weight, 2)
        source, target = np.concatenate((source, target)), np.concatenate((target, source))
        order = np.lexsort((target, source, wave))
        wave, source, target, weight = wave[order], source[order], target[order], weight[order]
    names = pd.array(list(ids), dtype="str")
    days = np.array([day.isoformat() for day in plan.waves], dtype="datetime64[s]")
    return pd.DataFrame(
        {
            "wave_date": days[wave],
            "source_id": names.take(source),
            "target_id": names.take(target),
            "kind": pd.array([plan.kind], dtype="str").take(np.zeros(len(wave), dtype=np.int64)),
            "weight": weight.astype(np.float64),
        }
    )


def _refused(code: str, name: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=name, rule=rule, remedy=remedy),))
