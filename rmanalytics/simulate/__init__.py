"""A whole programme with known truth, for tests, calibration and learning.

Unit: one programme folder. The exports look like those of a company; what was planted in them stands in
``truth.json``, so that every measure can be held against it. ``docs/simulation.md`` says how it is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rmanalytics.simulate import tables
from rmanalytics.simulate.branding import BrandingRow, branding_rows
from rmanalytics.simulate.company import NEVER, Company, begin_month, end_month, found_company, record_positions
from rmanalytics.simulate.delivery import Ends, Goals, Meetings, cost_rows, end_tandems, hold_meetings, set_goals
from rmanalytics.simulate.network import Snapshot, Wave, snapshot, weave
from rmanalytics.simulate.planted import BREACHES_FROM_TANDEMS, SCALES, Calendar, Days, Floats, calendar
from rmanalytics.simulate.programme_side import Intake, Memory, open_round, plant_chain_breach
from rmanalytics.simulate.truth import tell_truth
from rmanalytics.simulate.waves import Asked, ask_again, ask_round
from rmanalytics.simulate.write import person_ids, plain, write_programme, write_readme, write_table, write_truth

__all__ = ["simulate"]

MOST_ROUNDS = 20
_MONTH_OF_REORGANISATION = 3


@dataclass(slots=True, kw_only=True)
class Delivered:
    """One round as it happened."""

    intake: Intake
    ends: Ends
    meetings: Meetings
    goals: Goals
    asked: Asked
    consent: tuple[Days, Days]
    consent_missing: int = 0


def simulate(folder: Path, *, seed: int, rounds: int, tandems: int, employees: int) -> dict[str, Any]:
    """Write a whole programme folder and return the truth behind it.

    Parameters
    ----------
    folder : Path
        Folder to write into; made if it is missing. Files of the same names are written over.
    seed : int
        Seed of the one generator that draws everything; the same arguments write the same bytes.
    rounds : int
        Half-yearly rounds, the last of which is 2026H1.
    tandems : int
        Tandems of each round.
    employees : int
        Employees at any time (leavers are replaced).

    Returns
    -------
    dict
        What ``truth.json`` holds: the arguments, the planted parameters, the realised truth of the sample.

    Raises
    ------
    ValueError
        If the numbers cannot work, such as more tandems than seniors or juniors.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     truth = simulate(Path(folder), seed=1, rounds=1, tandems=5, employees=60)
    >>> truth["planted"]["scales"]["digital_fitness"]["gain"]
    0.4
    """
    _refuse(seed=seed, rounds=rounds, tandems=tandems)
    dates = calendar(rounds)
    rng = np.random.default_rng(seed)
    company, delivered, waves = _live(dates, tandems, employees, rng)
    arguments = {"seed": seed, "rounds": rounds, "tandems": tandems, "employees": employees}
    truth: dict[str, Any] = plain(tell_truth(company, dates, delivered, waves, arguments))
    folder.mkdir(parents=True, exist_ok=True)
    files = _write_tables(folder, company, delivered, waves, branding_rows(dates, employees, rng))
    write_programme(folder, dates, files, seed=seed, employees=employees)
    write_readme(folder, files, arguments)
    write_truth(folder, truth)
    return truth


def _refuse(*, seed: int, rounds: int, tandems: int) -> None:
    if seed < 0:
        raise ValueError("the seed must not be negative")
    if not 1 <= rounds <= MOST_ROUNDS:
        raise ValueError(f"give 1 to {MOST_ROUNDS} rounds, not {rounds}")
    if tandems < 1:
        raise ValueError(f"give at least one tandem a round, not {tandems}")


def _live(
    dates: Calendar, tandems: int, employees: int, rng: np.random.Generator
) -> tuple[Company, list[Delivered], list[Wave]]:
    """Run the company month by month and the programme in it."""
    company = found_company(employees, dates, rng)
    memory = Memory.empty()
    gained: Floats = np.zeros((company.people.count, len(SCALES)))
    intake: Intake | None = None
    delivered: list[Delivered] = []
    snapshots: list[Snapshot] = []
    for month in range(dates.months.size):
        begin_month(company, dates, rng)
        gained = np.concatenate([gained, np.zeros((company.people.count - len(gained), len(SCALES)))])
        number = len(delivered)
        planted = intake is not None and number == len(dates.rounds) - 1 and tandems >= BREACHES_FROM_TANDEMS
        if intake is not None and planted and month == intake.span.first_month + _MONTH_OF_REORGANISATION:
            plant_chain_breach(company, intake)
        record_positions(company, dates)
        if number < len(dates.rounds):
            span = dates.rounds[number]
            if month == span.first_month:
                intake = open_round(company, memory, gained, span, number=number, tandems=tandems, rng=rng)
        if dates.month_ends[month] in dates.wave_dates:
            snapshots.append(snapshot(company, dates.month_ends[month]))
        end_month(company, dates, rng)
        if intake is not None and month == intake.span.last_month:
            delivered.append(_deliver(company, intake, gained, number, rng))
            intake = None
    for now, after in zip(delivered, [*delivered[1:], None], strict=True):
        placed_next = after.intake.mentees if after else np.empty(0, dtype=np.int64)
        now.asked.blocks.append(ask_again(company.people, now.intake, now.asked, placed_next, rng))
    if tandems >= BREACHES_FROM_TANDEMS:
        _plant_missing_consent(delivered)
    pairs = [(d.intake.mentors, d.intake.mentees) for d in delivered]
    return company, delivered, weave(company.people, snapshots, pairs, rng)


def _deliver(company: Company, intake: Intake, gained: Floats, number: int, rng: np.random.Generator) -> Delivered:
    """What happened in a round, drawn after its last day, when it is known who left before."""
    ends = end_tandems(company.people, intake, rng)
    meetings = hold_meetings(intake, ends, rng)
    asked = ask_round(company, intake, ends, gained, number=number, rng=rng)
    change = asked.changes["digital_fitness"]
    n = intake.mentees.size
    goals = set_goals(intake, change.gain[:n], change.answered[:n], rng)
    before = [rng.integers(1, 11, size=n).astype("timedelta64[D]") for _ in range(2)]
    return Delivered(
        intake=intake,
        ends=ends,
        meetings=meetings,
        goals=goals,
        asked=asked,
        consent=(intake.matched - before[0], intake.matched - before[1]),
    )


def _plant_missing_consent(delivered: list[Delivered]) -> None:
    """Take the mentee's consent out of one tandem that met, in the last round but one (or the only one)."""
    one = delivered[max(len(delivered) - 2, 0)]
    met = np.flatnonzero((one.meetings.held_n > 0) & (np.arange(one.intake.mentors.size) != one.intake.planted_breach))
    if met.size:
        one.consent[1][met[0]] = NEVER
        one.consent_missing = 1


def _write_tables(
    folder: Path, company: Company, delivered: list[Delivered], waves: list[Wave], branding: list[BrandingRow]
) -> Mapping[str, list[str]]:
    """Write all exports and return their file names by table."""
    ids = person_ids(company.people.count)
    rounds = [(d.intake.span.id, d) for d in delivered]
    of_rounds = {
        "tandems": [tables.tandems_columns(d.intake, d.ends, d.consent, ids) for d in delivered],
        "comparison": [tables.comparison_columns(d.intake, ids) for d in delivered],
        "meetings": [tables.meetings_columns(d.intake, d.meetings) for d in delivered],
        "goals": [tables.goals_columns(round_id, d.goals, ids) for round_id, d in rounds],
        "costs": [tables.costs_columns(cost_rows(round_id, d.meetings)) for round_id, d in rounds],
    }
    files = {
        "people": write_table(folder, "people", "", tables.people_columns(company.people, ids)),
        "positions": write_table(folder, "positions", "", tables.positions_columns(company, ids)),
    }
    for table, parts in of_rounds.items():
        files[table] = write_table(folder, table, "", tables.stacked(parts))
    files["branding"] = write_table(folder, "branding", "", tables.branding_columns(branding))
    files["answers"] = [
        name
        for round_id, d in rounds
        for name in write_table(folder, "answers", round_id, tables.answers_columns(round_id, d.asked.blocks, ids))
    ]
    files["ties"] = [
        name for wave in waves for name in write_table(folder, "ties", str(wave.day), tables.ties_columns(wave, ids))
    ]
    return files
