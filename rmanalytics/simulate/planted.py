"""What the simulation plants: the calendar, the levels of the scales and every true difference.

Unit: one planted parameter. The measures are judged against these numbers; ``truth.json`` repeats them all.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

LAST_ROUND = (2026, 1)
DATA_UNTIL = "2026-09-30"
HISTORY_YEARS = 5
PLANNED_MEETINGS = 6
BREACHES_FROM_TANDEMS = 20
"""Pairing breaches are planted only in programmes with at least this many tandems a round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One round on the calendar: id, first and last day, month numbers since the records began."""

    id: str
    start: np.datetime64
    end: np.datetime64
    first_month: int
    last_month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Months from the start of the records to the last export, rounds, and the days of the network waves."""

    months: Days
    month_ends: Days
    rounds: tuple[Span, ...]
    wave_dates: Days
    data_until: np.datetime64

    def wave_month(self, wave: int) -> int:
        """Number of the month that ends on the day of a wave."""
        return int(np.flatnonzero(self.month_ends == self.wave_dates[wave])[0])


def calendar(rounds: int) -> Calendar:
    """The calendar of so many half-yearly rounds, the last of them 2026H1.

    Examples
    --------
    >>> [span.id for span in calendar(3).rounds]
    ['2025H1', '2025H2', '2026H1']
    """
    halves = [LAST_ROUND[0] * 2 + LAST_ROUND[1] - 1 - back for back in range(rounds)][::-1]
    starts = [np.datetime64(f"{half // 2}-{1 + 6 * (half % 2):02d}", "M") for half in halves]
    first = starts[0] - np.timedelta64(12 * HISTORY_YEARS, "M")
    months = np.arange(first, np.datetime64(DATA_UNTIL, "M") + 1)
    ends: Days = np.asarray((months + 1).astype("datetime64[D]") - np.timedelta64(1, "D"), dtype="datetime64[D]")
    spans = []
    for half, start in zip(halves, starts, strict=True):
        number = int((start - first).astype(int))
        first_day = start.astype("datetime64[D]")
        spans.append(
            Span(
                id=f"{half // 2}H{half % 2 + 1}",
                start=first_day,
                end=ends[number + 5],
                first_month=number,
                last_month=number + 5,
            )
        )
    before = spans[0].start - np.timedelta64(1, "D")
    return Calendar(
        months=months.astype("datetime64[D]"),
        month_ends=ends,
        rounds=tuple(spans),
        wave_dates=np.array([before, *(span.end for span in spans)], dtype="datetime64[D]"),
        data_until=np.datetime64(DATA_UNTIL, "D"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One scale in the population and what the programme does to it.

    Parameters
    ----------
    instrument : str
        Name of the instrument.
    side : str
        Who is asked before and after: ``mentee``, ``mentor`` or ``all`` (pulse only).
    mean : float
        Level at the age of 45, in scale points.
    per_year : float
        Slope on age.
    sd : float
        Spread of people's true levels.
    drift : float
        Mean change in a half-year of everybody, programme or not.
    gain : float
        True mean change of participants beyond that of the comparison group.
    gain_sd : float
        Spread of that gain between people.
    change_sd : float
        Spread of everybody's own change in a half-year.
    """

    instrument: str
    side: str
    mean: float
    per_year: float = 0.0
    sd: float = 0.5
    drift: float = 0.0
    gain: float = 0.0
    gain_sd: float = 0.0
    change_sd: float = 0.2


SCALES = (
    Scale(
        instrument="digital_fitness",
        side="mentee",
        mean=3.1,
        per_year=-0.02,
        sd=0.55,
        drift=0.04,
        gain=0.40,
        gain_sd=0.25,
    ),
    Scale(
        instrument="technology_anxiety",
        side="mentee",
        mean=2.6,
        per_year=0.015,
        sd=0.60,
        drift=-0.02,
        gain=-0.25,
        gain_sd=0.15,
    ),
    Scale(instrument="openness_to_change", side="mentee", mean=3.4, per_year=-0.005, gain=0.15, gain_sd=0.15),
    Scale(instrument="attitude_toward_younger", side="mentee", mean=3.5, gain=0.10, gain_sd=0.15),
    Scale(instrument="generational_understanding", side="mentee", mean=3.1, per_year=-0.01),
    Scale(instrument="felt_appreciation", side="mentor", mean=3.3, sd=0.55, gain=0.20, gain_sd=0.15),
    Scale(instrument="mentor_skills", side="mentor", mean=3.3, gain=0.20, gain_sd=0.15),
    Scale(instrument="attitude_toward_older", side="mentor", mean=3.5, gain=0.10, gain_sd=0.15),
    Scale(instrument="learning_climate", side="all", mean=3.2, drift=0.02),
    Scale(instrument="mentor_wanted", side="all", mean=3.8, sd=0.8),
)
SCALE_OF = {scale.instrument: number for number, scale in enumerate(SCALES)}

SUBSCALE_GAIN = {
    "tools_media": 0.50,
    "security_privacy": 0.30,
    "collaboration": 0.45,
    "judging_information": 0.35,
    "self_confidence": 0.40,
}
SUBSCALE_SD = 0.2
TRAITS = len(SCALES) + len(SUBSCALE_GAIN)
GAIN_ON_LEVEL = -0.15
"""Scale points of digital gain that a person loses for each point of true level above the applicants' mean."""
RETAINED_SHARE = 0.8
"""Share of a gain that is still there at the follow-up and later."""
STATE_SD = 0.25
ITEM_SD = 0.6
ITEM_SPREAD = 0.3
ANXIETY_ON_DIGITAL = -0.5
PULSE_ITEMS = ("df01", "df04", "df10")
PULSE_PEOPLE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """All other planted parameters (rates are yearly unless said)."""

    voluntary_floor: float = 0.07
    voluntary_early: float = 0.14
    voluntary_decay_years: float = 3.0
    retention_hazard_ratio: float = 0.8
    promotion_hazard_ratio: float = 1.0
    selection_slope: float = -1.5
    applicants_per_place: float = 2.1
    invited_days_before: int = 42
    invited_share: float = 0.6
    declined_share: float = 0.3
    unasked_share: float = 0.1
    spare_mentors_per_place: float = 0.35
    repeat_mentor_share: float = 0.30
    post_missing_base: float = 0.045
    post_missing_per_sd: float = -0.8
    pre_missing_participants: float = 0.03
    pre_missing_comparison: float = 0.07
    item_missing_share: float = 0.015
    meeting_a: float = 9.0
    meeting_b: float = 0.18
    early_end_share: float = 0.025
    relationship_mean_trust: float = 4.2
    relationship_mean_eye_level: float = 3.8
    relationship_mean_safety: float = 4.0
    relationship_mentor_gap: float = -0.2
    relationship_tandem_sd: float = 0.35
    relationship_person_sd: float = 0.40
    goal_attained_mean: float = 0.4
    advice_ties: float = 4.0
    collaboration_ties: float = 3.0
    tie_kept_share: float = 0.65
    advice_same_unit: float = 0.60
    advice_same_generation: float = 0.60
    new_cross_ties_per_mentor: float = 0.6
    lost_with_early_end: float = 0.4
    acceptance_not_exposed: float = 0.62
    acceptance_exposed: float = 0.70
    pulse_spill_over: float = 0.0
    response_shift_participants: float = -0.15
    response_shift_comparison: float = 0.0
    task_slope: float = 1.2
    task_centre: float = 3.0
    task_spread: float = 0.8
    guess_knowledge: float = 0.2
    guess_gain: float = 0.3
    guess_sd: float = 0.8
    upward_mean: float = 3.5
    upward_gain: float = 0.15
    upward_gain_sd: float = 0.10
    upward_change_sd: float = 0.10
    upward_leader_sd: float = 0.40
    upward_rater_sd: float = 0.45
    upward_rater_again: float = 0.85
    upward_least_raters: int = 3
    upward_most_raters: int = 7
    project_roles_yearly: float = 0.5
    project_rate_ratio: float = 1.3
    vacancies_monthly_per_employee: float = 0.004
    initiatives_per_tandem: float = 0.2
    initiative_days_to_decision: float = 120.0
    initiative_adopted_share: float = 0.6
    alumni_involved_yearly: float = 0.15
    rehire_yearly: float = 0.02
    rehire_hazard_ratio: float = 2.0


PLANTED = Planted()
STREAMS = (
    *("hindsight", "upward", "applications", "projects", "initiatives", "alumni", "invitations", "lotto", "wishes"),
    *("guesses", "plants"),
)
"""Tables drawn by generators of their own; a new one comes at the end, or the earlier ones change."""


def stream(seed: int, table: str, number: int = 0) -> np.random.Generator:
    """The generator of one table (of one round, where it is drawn round by round), apart from all others.

    Examples
    --------
    >>> bool(stream(1, "upward").random() == stream(1, "upward", 1).random())
    False
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAMS.index(table), number)))


def planted_truth() -> dict[str, Any]:
    """Every planted parameter as plain values for ``truth.json``."""
    return {
        "scales": {scale.instrument: {k: v for k, v in asdict(scale).items() if k != "instrument"} for scale in SCALES},
        "digital_subscale_gain": dict(SUBSCALE_GAIN),
        "digital_gain_on_true_level": GAIN_ON_LEVEL,
        "gain_retained_share": RETAINED_SHARE,
        "state_sd": STATE_SD,
        "item_sd": ITEM_SD,
        "parameters": asdict(PLANTED),
    }
