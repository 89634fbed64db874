"""The simulated state as export tables: columns by their declared names.

Unit: one table of the intake's schema.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rmanalytics.lot.sizes import NOT_DRAWN, WAIT
from rmanalytics.programme.instruments import read_shipped
from rmanalytics.simulate.alumni import Alumni
from rmanalytics.simulate.branding import BrandingRow
from rmanalytics.simulate.careers import ROLES, Applications, Projects
from rmanalytics.simulate.company import (
    JOB_FAMILIES,
    LOCATIONS,
    NEVER,
    REASONS,
    TALENTS,
    UNIT_HEAD,
    Company,
    People,
)
from rmanalytics.simulate.delivery import (
    CHANNELS,
    END_REASONS,
    NOT_RATED,
    STATUSES,
    TOPICS,
    Ends,
    Goals,
    Meetings,
)
from rmanalytics.simulate.guesses import ITEMS, Guesses
from rmanalytics.simulate.guesses import WAVES as GUESS_WAVES
from rmanalytics.simulate.initiatives import FATES, Initiatives
from rmanalytics.simulate.invitations import ANSWERS, Invitations
from rmanalytics.simulate.lots import DRAW_DAY
from rmanalytics.simulate.network import Wave
from rmanalytics.simulate.planted import Bools, Days, Ints
from rmanalytics.simulate.programme_side import Intake
from rmanalytics.simulate.roster import Roster
from rmanalytics.simulate.survey import MISSING, Block
from rmanalytics.simulate.upward import INSTRUMENT, Upward, token_words
from rmanalytics.simulate.upward import WAVES as UPWARD_WAVES
from rmanalytics.simulate.write import iso, words

Columns = dict[str, Any]


def people_columns(people: People, ids: pd.Series) -> Columns:
    """The table *people*."""
    talent = words(people.talent, TALENTS)
    return {
        "person_id": ids,
        "birth_year": people.birth_year,
        "hire_date": iso(people.hire_date),
        "exit_date": iso(people.exit_date),
        "exit_reason": words(people.exit_reason, REASONS),
        "talent_group": talent.mask(pd.Series(people.top_level >= UNIT_HEAD), "executive"),
    }


def positions_columns(company: Company, roster: Roster, ids: pd.Series) -> Columns:
    """The table *positions*: closed spells and the open ones, by person and day."""
    seats = company.seats
    return {
        "person_id": named(ids, roster.who),
        "start_date": iso(roster.start),
        "end_date": iso(roster.end),
        "unit": words(seats.unit[roster.seat], seats.unit_names),
        "level": seats.level[roster.seat],
        "manager_id": named(ids, roster.manager),
        "job_family": words(seats.family[roster.seat], JOB_FAMILIES),
        "location": words(seats.location[roster.seat], LOCATIONS),
    }


def named(ids: pd.Series, numbers: Ints) -> pd.Series:
    """Ids of person numbers; missing where the number is negative."""
    return ids.reindex(pd.Index(numbers)).reset_index(drop=True)


def tandem_ids(intake: Intake) -> list[str]:
    """Ids of the tandems of a round, in order."""
    n = intake.mentors.size
    width = max(2, len(str(n)))
    return [f"{intake.span.id}-{number:0{width}d}" for number in range(1, n + 1)]


def tandems_columns(intake: Intake, ends: Ends, consent: tuple[Days, Days], ids: pd.Series) -> Columns:
    """The table *tandems* of one round."""
    return {
        "round_id": intake.span.id,
        "tandem_id": tandem_ids(intake),
        "mentor_id": named(ids, intake.mentors),
        "mentee_id": named(ids, intake.mentees),
        "assignment": np.where(intake.from_waiting_list, "waiting_list", "random" if intake.lot else "volunteer"),
        "matched_date": iso(intake.matched),
        "mentor_consent_date": iso(consent[0]),
        "mentee_consent_date": iso(consent[1]),
        "ended_date": iso(ends.day),
        "end_reason": words(ends.reason, END_REASONS),
    }


def comparison_columns(intake: Intake, ids: pd.Series) -> Columns:
    """The table *comparison* of one round: the waiting list, and the people matched to mentors."""
    compared = intake.waiting if intake.lot is None else intake.lot.of(WAIT, NOT_DRAWN)
    waiting, controls = compared.size, intake.controls.size
    drawn = NEVER if intake.lot is None else intake.span.start + np.timedelta64(DRAW_DAY, "D")
    days = np.concatenate([np.full(waiting, drawn), intake.controls_matched])
    kinds = np.full(waiting, "waiting_list")
    if intake.lot:
        kinds[np.isin(compared, intake.lot.of(NOT_DRAWN))] = "not_drawn"
    return {
        "round_id": intake.span.id,
        "person_id": named(ids, np.concatenate([compared, intake.controls])),
        "side": np.repeat(["mentee", "mentor"], [waiting, controls]),
        "kind": np.concatenate([kinds, np.full(controls, "matched")]),
        "matched_date": iso(days),
    }


def invitations_columns(invitations: Invitations, ids: pd.Series) -> Columns:
    """The table *invitations* of one round."""
    return {
        "round_id": invitations.round_id,
        "person_id": named(ids, invitations.person),
        "side": words(invitations.mentor, ("mentee", "mentor")),
        "invited_date": iso(invitations.invited),
        "answered_date": iso(invitations.answered),
        "answer": words(invitations.answer, ANSWERS),
        "eligible": "yes",
    }


def meetings_columns(intake: Intake, meetings: Meetings) -> Columns:
    """The table *meetings* of one round; minutes, channel and topic only of meetings that were held."""
    n, k = meetings.status.shape
    held = meetings.status.ravel() == 0
    return {
        "tandem_id": np.repeat(tandem_ids(intake), k),
        "number": np.tile(np.arange(1, k + 1), n),
        "planned_date": iso(meetings.planned),
        "held_date": iso(meetings.held),
        "status": words(meetings.status, STATUSES),
        "minutes": _whole(meetings.minutes.ravel(), held),
        "channel": words(np.where(held, meetings.channel.ravel(), -1), CHANNELS),
        "topic_code": words(np.where(held, meetings.topic.ravel(), -1), TOPICS),
    }


def answers_columns(round_id: str, blocks: list[Block], ids: pd.Series) -> Columns:
    """The table *answers* of one round."""
    items = sorted({item for block in blocks for item in block.items})
    waves = sorted({block.wave for block in blocks})
    at = {item: number for number, item in enumerate(items)}
    item = np.concatenate([np.tile([at[i] for i in block.items], block.person.size) for block in blocks])
    wave = np.concatenate([np.full(block.coded.size, waves.index(block.wave)) for block in blocks])
    person = np.concatenate([np.repeat(block.person, len(block.items)) for block in blocks])
    day = np.concatenate([np.repeat(block.answered, len(block.items)) for block in blocks])
    value = np.concatenate([block.coded.ravel() for block in blocks])
    return {
        "round_id": round_id,
        "wave": words(wave.astype(np.int64), tuple(waves)),
        "person_id": named(ids, person),
        "item": words(item.astype(np.int64), tuple(items)),
        "value": _whole(value, value != MISSING),
        "answered_at": iso(day),
    }


def goals_columns(round_id: str, goals: Goals, ids: pd.Series) -> Columns:
    """The table *goals* of one round."""
    return {
        "round_id": round_id,
        "person_id": named(ids, goals.person),
        "goal_code": words(goals.topic, TOPICS),
        "weight": goals.weight,
        "attained": _whole(goals.attained, goals.attained != NOT_RATED),
        "rated_by": "partner",
    }


def ties_columns(wave: Wave, ids: pd.Series) -> Columns:
    """The table *ties* of one wave."""
    kinds = list(wave.kinds)
    return {
        "wave_date": str(wave.day),
        "source_id": named(ids, np.concatenate([wave.kinds[kind][0] for kind in kinds])),
        "target_id": named(ids, np.concatenate([wave.kinds[kind][1] for kind in kinds])),
        "kind": np.repeat(kinds, [wave.kinds[kind][0].size for kind in kinds]),
        "weight": np.concatenate([wave.weights[kind] for kind in kinds]),
    }


def costs_columns(rows: list[tuple[Any, ...]]) -> Columns:
    """The table *costs* of all rounds."""
    names = ("round_id", "item", "kind", "quantity", "unit", "unit_cost", "low", "high", "currency")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def branding_columns(rows: list[BrandingRow]) -> Columns:
    """The table *branding*."""
    day, metric, value, part, whole, exposed, source = zip(*rows, strict=True)
    return {
        "date": [str(d) for d in day],
        "metric": list(metric),
        "value": pd.array(list(value), dtype="Float64"),
        "numerator": pd.array(list(part), dtype="Int64"),
        "denominator": pd.array(list(whole), dtype="Int64"),
        "exposed": list(exposed),
        "source": list(source),
    }


def upward_columns(rated: Upward, ids: pd.Series) -> Columns:
    """The table *upward* of one round."""
    items = read_shipped(INSTRUMENT).item_ids
    value = rated.coded.ravel()
    return {
        "round_id": rated.round_id,
        "wave": np.repeat(np.array(UPWARD_WAVES)[rated.wave], len(items)),
        "leader_id": named(ids, np.repeat(rated.leader, len(items))),
        "rater": np.repeat(token_words(rated.token), len(items)),
        "item": np.tile(items, rated.leader.size),
        "value": _whole(value, value != MISSING),
    }


def applications_columns(applications: Applications, ids: pd.Series) -> Columns:
    """The table *applications*."""
    width = max(4, len(str(applications.vacancy.max(initial=0))))
    return {
        "vacancy_id": [f"VAC-{number:0{width}d}" for number in applications.vacancy],
        "person_id": named(ids, applications.person),
        "applied_date": iso(applications.day),
    }


def projects_columns(projects: Projects, ids: pd.Series) -> Columns:
    """The table *projects*."""
    return {
        "person_id": named(ids, projects.person),
        "project_code": [f"PRJ-{y}-{n:03d}" for y, n in zip(projects.year, projects.number, strict=True)],
        "role": words(projects.role, ROLES),
        "start_date": iso(projects.day),
    }


def initiatives_columns(intake: Intake, initiatives: Initiatives) -> Columns:
    """The table *initiatives* of one round."""
    ids = tandem_ids(intake)
    width = max(2, len(str(initiatives.tandem.size)))
    return {
        "initiative_id": [f"INI-{intake.span.id}-{n + 1:0{width}d}" for n in range(initiatives.tandem.size)],
        "tandem_id": [ids[number] for number in initiatives.tandem],
        "proposed_date": iso(initiatives.proposed),
        "status": words(initiatives.fate, FATES),
    }


def guesses_columns(made: Guesses, ids: pd.Series) -> Columns:
    """The table *guesses* of one round."""

    def repeated(by_wave: dict[str, Ints]) -> pd.Series:
        return named(ids, np.repeat(np.concatenate([by_wave[wave] for wave in GUESS_WAVES]), len(ITEMS)))

    sizes = [made.coded[wave].size for wave in GUESS_WAVES]
    return {
        "round_id": made.round_id,
        "wave": np.repeat(GUESS_WAVES, sizes),
        "person_id": repeated(made.person),
        "about_id": repeated(made.about),
        "item": np.tile(ITEMS, sum(sizes) // len(ITEMS)),
        "value": np.concatenate([made.coded[wave].ravel() for wave in GUESS_WAVES]),
    }


def alumni_columns(alumni: Alumni, ids: pd.Series) -> Columns:
    """The table *alumni*."""
    return {
        "person_id": named(ids, alumni.person),
        "exit_date": iso(alumni.left),
        "involved_from": iso(alumni.involved),
        "rehire_date": iso(alumni.back),
    }


def stacked(parts: list[Columns]) -> Columns:
    """Parts of one table as one."""
    frame = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    return {str(name): frame[name] for name in frame.columns}


def _whole(values: Ints, there: Bools) -> pd.Series:
    return pd.Series(np.where(there, values, 0), dtype="Int64").mask(pd.Series(~there))
