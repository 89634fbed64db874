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
import pandas as pd

from rmanalytics.simulate import tables
from rmanalytics.simulate.alumni import Alumni, follow_alumni
from rmanalytics.simulate.branding import BrandingRow, branding_rows
from rmanalytics.simulate.careers import Applications, Projects, apply_for_vacancies, take_roles
from rmanalytics.simulate.company import NEVER, Company, begin_month, end_month, found_company, record_positions
from rmanalytics.simulate.delivery import (
    TOPICS,
    Ends,
    Goals,
    Meetings,
    cost_rows,
    end_tandems,
    hold_meetings,
    set_goals,
)
from rmanalytics.simulate.guesses import Guesses, guess
from rmanalytics.simulate.hindsight import ask_beside
from rmanalytics.simulate.initiatives import Initiatives, propose
from rmanalytics.simulate.invitations import Invitations, invite
from rmanalytics.simulate.lots import Faults, wishes
from rmanalytics.simulate.network import Snapshot, Wave, snapshot, weave
from rmanalytics.simulate.planted import BREACHES_FROM_TANDEMS, SCALES, Calendar, Days, Floats, calendar, stream
from rmanalytics.simulate.plants import Plants, plant
from rmanalytics.simulate.programme_side import Intake, Memory, open_round, plant_chain_breach
from rmanalytics.simulate.receipts import write_receipts
from rmanalytics.simulate.roster import Roster
from rmanalytics.simulate.truth import tell_truth
from rmanalytics.simulate.upward import Upward, rate_leaders
from rmanalytics.simulate.waves import Asked, ask_again, ask_round
from rmanalytics.simulate.write import person_ids, plain, write_programme, write_readme, write_table, write_truth

__all__ = ["simulate"]

MOST_ROUNDS = 20
HONEST, NOTHING = Faults(), Plants()
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
    vacancy_shared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is drawn when the company's story is over, each table by a generator of its own."""

    roster: Roster
    upward: list[Upward]
    applications: Applications
    projects: Projects
    initiatives: list[Initiatives]
    alumni: Alumni
    invitations: list[Invitations]
    guesses: list[Guesses]


def simulate(
    folder: Path,
    *,
    seed: int,
    rounds: int,
    tandems: int,
    employees: int,
    draw: bool = False,
    faults: Faults = HONEST,
    plants: Plants = NOTHING,
) -> dict[str, Any]:
    """Write a whole programme folder and return the truth behind it.

    Parameters
    ----------
    folder : Path
        Folder to write into; made if it is missing. Files of the same names are written over.
    seed : int
        Seed of all generators; the same arguments write the same bytes.
    rounds : int
        Half-yearly rounds, the last of which is 2026H1.
    tandems : int
        Tandems of each round.
    employees : int
        Employees at any time (leavers are replaced).
    draw : bool
        Whether a lot decides which seniors start, with its receipts and wishes; else places go in order of application.
    faults : Faults
        Who stays away and who is served all the same after a draw.
    plants : Plants
        What fools a naive figure, such as ``Plants(demand=0.3)``; by default nothing.

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
    company, delivered, waves = _live(dates, tandems, employees, rng, (seed, faults) if draw else None)
    beside = _draw_beside(company, dates, delivered, seed)
    arguments = {"seed": seed, "rounds": rounds, "tandems": tandems, "employees": employees} | (
        {"draw": 1} if draw else {}
    )
    told = tell_truth(company, dates, delivered, waves, beside=beside, arguments=arguments)
    truth: dict[str, Any] = plain({**told, "plants": plants.tell()})
    folder.mkdir(parents=True, exist_ok=True)
    files = _write_tables(
        folder, company, delivered, beside, waves=waves, branding=branding_rows(dates, employees, rng)
    )
    if draw:
        ids = person_ids(company.people.count)
        files = {**files, "wishes": write_table(folder, "wishes", "", _wishes(delivered, ids, seed))}
    plant(folder, files, dates, plants, seed=seed)
    write_programme(folder, dates, files, seed=seed, employees=employees, places=tandems if draw else None)
    write_readme(folder, files, arguments)
    write_truth(folder, truth)
    drawn = {d.intake.span.id: d.intake for d in delivered if d.intake.lot is not None}
    write_receipts(folder, tuple(files), seed=seed, drawn=drawn, ids=person_ids(company.people.count))
    return truth


def _wishes(delivered: list[Delivered], ids: pd.Series, seed: int) -> Mapping[str, Any]:
    """The table *wishes* of all rounds."""
    parts = []
    for number, d in enumerate(delivered):
        intake = d.intake
        people = {"mentee": intake.lot.people, "mentor": intake.mentors} if intake.lot else {}
        parts.append(wishes(intake.span.id, people, TOPICS, ids, seed=seed, number=number))
    table = pd.concat(parts, ignore_index=True)
    return {str(name): column for name, column in table.items()}


def _refuse(*, seed: int, rounds: int, tandems: int) -> None:
    if seed < 0:
        raise ValueError("the seed must not be negative")
    if not 1 <= rounds <= MOST_ROUNDS:
        raise ValueError(f"give 1 to {MOST_ROUNDS} rounds, not {rounds}")
    if tandems < 1:
        raise ValueError(f"give at least one tandem a round, not {tandems}")


def _live(
    dates: Calendar, tandems: int, employees: int, rng: np.random.Generator, lots: tuple[int, Faults] | None
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
                intake = open_round(company, memory, gained, span, number=number, tandems=tandems, rng=rng, lots=lots)
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


def _draw_beside(company: Company, dates: Calendar, delivered: list[Delivered], seed: int) -> Beside:
    """Everything beside the main story; adds the answers in hindsight and of the tasks to each round.

    One tandem of the last round but two (or the first one) applies for the same vacancy on both sides.
    """
    roster, people = Roster.of(company), company.people
    intakes = [d.intake for d in delivered]
    for number, d in enumerate(delivered):
        d.asked.blocks += ask_beside(d.intake, d.asked, stream(seed, "hindsight", number))
    rivals = delivered[max(len(delivered) - 3, 0)]
    applications = apply_for_vacancies(
        company,
        roster,
        dates,
        intakes,
        breach=(rivals.intake, rivals.ends) if rivals.intake.mentors.size >= BREACHES_FROM_TANDEMS else None,
        rng=stream(seed, "applications"),
    )
    rivals.vacancy_shared = applications.planted_n
    return Beside(
        roster=roster,
        upward=rate_leaders(roster, intakes, people=people.count, seed=seed),
        applications=applications,
        projects=take_roles(roster, dates, intakes, people=people.count, rng=stream(seed, "projects")),
        initiatives=[
            propose(d.meetings, dates.data_until, stream(seed, "initiatives", number))
            for number, d in enumerate(delivered)
        ],
        alumni=follow_alumni(people, dates, stream(seed, "alumni")),
        invitations=[invite(intake, stream(seed, "invitations", number)) for number, intake in enumerate(intakes)],
        guesses=[guess(d.intake, d.asked, stream(seed, "guesses", number)) for number, d in enumerate(delivered)],
    )


def _write_tables(
    folder: Path,
    company: Company,
    delivered: list[Delivered],
    beside: Beside,
    *,
    waves: list[Wave],
    branding: list[BrandingRow],
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
        "positions": write_table(folder, "positions", "", tables.positions_columns(company, beside.roster, ids)),
    }
    for table, parts in of_rounds.items():
        files[table] = write_table(folder, table, "", tables.stacked(parts))
    files.update(_write_beside(folder, delivered, beside, ids))
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


def _write_beside(folder: Path, delivered: list[Delivered], beside: Beside, ids: pd.Series) -> dict[str, list[str]]:
    """Write the tables beside the main story; one without rows is left out."""
    columns = {
        "upward": tables.stacked([tables.upward_columns(rated, ids) for rated in beside.upward]),
        "applications": tables.applications_columns(beside.applications, ids),
        "projects": tables.projects_columns(beside.projects, ids),
        "initiatives": tables.stacked(
            [tables.initiatives_columns(d.intake, i) for d, i in zip(delivered, beside.initiatives, strict=True)]
        ),
        "alumni": tables.alumni_columns(beside.alumni, ids),
        "invitations": tables.stacked([tables.invitations_columns(sent, ids) for sent in beside.invitations]),
        "guesses": tables.stacked([tables.guesses_columns(made, ids) for made in beside.guesses]),
    }
    return {
        table: write_table(folder, table, "", given)
        for table, given in columns.items()
        if len(next(reversed(given.values())))
    }
