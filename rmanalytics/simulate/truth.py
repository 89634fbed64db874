"""The truth behind a simulated programme: what was planted, and what the sample drawn has of it.

Unit: one programme. Counts and means only; nothing about a single person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rmanalytics.simulate.company import REASONS, Company
from rmanalytics.simulate.delivery import END_REASONS, TOPICS
from rmanalytics.simulate.hindsight import tell_beside
from rmanalytics.simulate.network import Wave
from rmanalytics.simulate.planted import PLANNED_MEETINGS, SCALES, Calendar, planted_truth
from rmanalytics.simulate.survey import Change
from rmanalytics.simulate.waves import Asked

if TYPE_CHECKING:
    from rmanalytics.simulate import Beside, Delivered

FORMAT = "1"


def tell_truth(
    company: Company,
    dates: Calendar,
    delivered: list[Delivered],
    waves: list[Wave],
    *,
    beside: Beside,
    arguments: dict[str, int],
) -> dict[str, Any]:
    """All planted parameters and the realised truth."""
    return {
        "format": FORMAT,
        "arguments": arguments,
        "records_from": dates.months[0],
        "data_until": dates.data_until,
        "wave_dates": list(dates.wave_dates),
        "topic_codes": list(TOPICS),
        "planted": planted_truth(),
        "company": _company(company, dates),
        "retention": _retention(company, delivered),
        "applications": beside.applications.tell(),
        "projects": beside.projects.truth,
        "alumni": beside.alumni.truth,
        "rounds": {
            d.intake.span.id: {
                **_round(d, waves[number + 1]),
                **({"lot": d.intake.lot.tell()} if d.intake.lot else {}),
                **tell_beside(d.asked),
                "upward": beside.upward[number].truth,
                "initiatives": beside.initiatives[number].tell(),
                "guesses": beside.guesses[number].tell(),
            }
            for number, d in enumerate(delivered)
        },
    }


def _company(company: Company, dates: Calendar) -> dict[str, Any]:
    people = company.people
    years = float((dates.data_until - dates.months[0]).astype(int)) / 365.25
    exits = {reason: int((people.exit_reason == number).sum()) for number, reason in enumerate(REASONS)}
    return {
        "people": people.count,
        "units": len(company.seats.unit_names),
        "exits": exits,
        "voluntary_turnover_yearly": exits["voluntary"] / (company.seats.holder.size * years),
    }


def _retention(company: Company, delivered: list[Delivered]) -> dict[str, Any]:
    """Voluntary exits after the first match of each mentor, and after the match of comparison people."""
    people = company.people
    mentors = np.flatnonzero(~np.isnat(people.mentor_since))
    left = people.exit_reason[mentors] == REASONS.index("voluntary")
    times = np.bincount(np.concatenate([d.intake.mentors for d in delivered]), minlength=people.count)[mentors]
    controls = np.unique(np.concatenate([d.intake.controls for d in delivered]))
    control_left = (people.exit_reason[controls] == REASONS.index("voluntary")) & np.isnat(
        people.mentor_since[controls]
    )
    return {
        "hazard_ratio_planted": planted_truth()["parameters"]["retention_hazard_ratio"],
        "mentors": mentors.size,
        "mentors_in_several_rounds": int((times > 1).sum()),
        "mentors_voluntary_exits": int(left.sum()),
        "comparison_people": controls.size,
        "comparison_voluntary_exits": int(control_left.sum()),
    }


def _round(d: Delivered, wave: Wave) -> dict[str, Any]:
    intake, held = d.intake, d.meetings.held_n
    waiting = np.searchsorted(intake.screening.people, intake.waiting)
    placed = np.searchsorted(intake.screening.people, intake.mentees)
    present = max(wave.mentors_n, 1)
    return {
        "tandems": intake.mentors.size,
        "eligible_mentees": intake.eligible_mentees.size,
        "eligible_mentors": intake.eligible_mentors.size,
        "waiting_list": intake.waiting.size,
        "matched_comparison": intake.controls.size,
        "mentors_again": intake.repeat_mentors,
        "from_waiting_list": int(intake.from_waiting_list.sum()),
        "digital_pre": {
            "eligible_mean": intake.eligible_mean_pre,
            "participants_mean": _mean(intake.screening.score[placed]),
            "comparison_mean": _mean(intake.screening.score[waiting]),
        },
        "changes": {
            name: _change(change, d.asked.takes_part[SCALES[change.scale].side])
            for name, change in d.asked.changes.items()
        },
        "post_missing_share": {side: _missing(d.asked, side) for side in d.asked.takes_part},
        "completed_all_meetings": int((held == PLANNED_MEETINGS).sum()),
        "held_mean": float(held.mean()),
        "ended_early": {
            reason: int((d.ends.reason == number).sum()) for number, reason in enumerate(END_REASONS) if reason
        },
        "breaches": {
            "chain": int(intake.planted_breach >= 0),
            "consent": d.consent_missing,
            "vacancy": d.vacancy_shared,
        },
        "network": {
            "wave_date": wave.day,
            "tandem_pairs_present": wave.tandem_pairs_n,
            "mentors_present": wave.mentors_n,
            "new_cross_generation_ties": wave.extra_n,
            "new_cross_generation_ties_per_mentor": wave.extra_n / present,
        },
    }


def _missing(asked: Asked, side: str) -> dict[str, float | None]:
    """Share of each group without an answer after the round."""
    part = asked.takes_part[side]
    silent = ~next(c.answered for c in asked.changes.values() if SCALES[c.scale].side == side)
    return {"participants": _mean(silent[part]), "comparison": _mean(silent[~part])}


def _change(change: Change, part: Any) -> dict[str, Any]:
    """Mean true gains of participants in expected scale points, and mean own change of both groups.

    ``*_answered`` is over those who answered after the round: those who gained little did so less often.
    """
    answered = part & change.answered
    told: dict[str, Any] = {
        "gain_planted": SCALES[change.scale].gain,
        "gain": _mean(change.expected[part]),
        "gain_answered": _mean(change.expected[answered]),
        "own_participants": _mean(change.own[part]),
        "own_participants_answered": _mean(change.own[answered]),
        "own_comparison": _mean(change.own[~part]),
        "own_comparison_answered": _mean(change.own[~part & change.answered]),
    }
    told["difference_answered"] = _sum(
        told["gain_answered"], told["own_participants_answered"], told["own_comparison_answered"]
    )
    return told


def _sum(gain: float | None, own: float | None, comparison: float | None) -> float | None:
    if gain is None or own is None or comparison is None:
        return None
    return gain + own - comparison


def _mean(values: Any) -> float | None:
    return float(np.mean(values)) if len(values) else None
