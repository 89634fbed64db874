"""The programme as delivered: tandems that end early, meetings, goals of mentees, and what the round cost.

Unit: one tandem of one round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmanalytics.simulate.company import NEVER, People
from rmanalytics.simulate.planted import PLANNED_MEETINGS, PLANTED, Bools, Days, Floats, Ints
from rmanalytics.simulate.programme_side import Intake

END_REASONS = ("", "mentor_left", "mentee_left", "no_time", "no_fit", "new_role")
TOPICS = (
    "ai_assistants",
    "chat_and_video",
    "shared_documents",
    "social_media",
    "mobile_work",
    "cyber_security",
    "data_protection",
    "sources_and_news",
    "digital_business",
    "generations_at_work",
    "feedback_and_leadership",
)
_TOPIC_WEIGHTS = np.array([18, 10, 12, 11, 7, 9, 6, 7, 8, 7, 5]) / 100
CHANNELS = ("in_person", "video", "phone")
STATUSES = ("held", "cancelled", "moved", "missed")
_DAY = np.timedelta64(1, "D")


@dataclass(slots=True, kw_only=True)
class Ends:
    """Day and reason (number in ``END_REASONS``) of tandems that ended early; no day where they did not."""

    day: Days
    reason: Ints

    @property
    def early(self) -> Bools:
        """Whether each tandem ended early."""
        return ~np.isnat(self.day)


@dataclass(slots=True, kw_only=True)
class Meetings:
    """Meetings of all tandems of a round: arrays of tandems x planned number."""

    planned: Days
    held: Days
    status: Ints
    minutes: Ints
    channel: Ints
    topic: Ints

    @property
    def held_n(self) -> Ints:
        """Meetings held by each tandem."""
        return np.asarray((self.status == 0).sum(axis=1), dtype=np.int64)


@dataclass(slots=True, kw_only=True)
class Goals:
    """Goals of mentees: one row a goal; attained is missing (-9) where nobody rated it."""

    person: Ints
    topic: Ints
    weight: Ints
    attained: Ints


NOT_RATED = -9


def end_tandems(people: People, intake: Intake, rng: np.random.Generator) -> Ends:
    """Which tandems ended before the round did: because one side left, or for a reason of their own."""
    mentor_exit, mentee_exit = people.exit_date[intake.mentors], people.exit_date[intake.mentees]
    never = intake.span.end + 1000 * _DAY
    mentor_exit = np.where(np.isnat(mentor_exit), never, mentor_exit)
    mentee_exit = np.where(np.isnat(mentee_exit), never, mentee_exit)
    n = intake.mentors.size
    tired = rng.random(n) < PLANTED.early_end_share
    if intake.planted_breach >= 0:
        tired[intake.planted_breach] = False
    room = (intake.span.end - intake.matched).astype(np.int64) - 55
    own_day = intake.matched + (25 + rng.integers(0, np.maximum(room, 1))).astype("timedelta64[D]")
    own_day = np.where(tired, own_day, never)
    day = np.minimum(np.minimum(mentor_exit, mentee_exit), own_day)
    reason = np.select([day == mentor_exit, day == mentee_exit], [1, 2], rng.integers(3, len(END_REASONS), size=n))
    early = day < intake.span.end
    return Ends(day=np.where(early, day, NEVER), reason=np.where(early, reason, 0).astype(np.int64))


def hold_meetings(intake: Intake, ends: Ends, rng: np.random.Generator) -> Meetings:
    """Six planned meetings a tandem; how reliable it is differs between tandems (beta), so counts are overdispersed."""
    n, k = intake.mentors.size, PLANNED_MEETINGS
    span = (intake.span.end - intake.matched).astype(np.int64) - 14
    offset = 6 + ((np.arange(k) + 0.4) * span[:, None] / k).astype(np.int64) + rng.integers(-2, 3, size=(n, k))
    planned = _on_weekdays(intake.matched[:, None] + offset.astype("timedelta64[D]"))
    late = np.where(rng.random((n, k)) < 0.25, rng.integers(1, 8, size=(n, k)), 0)
    held_on = np.minimum(_on_weekdays(planned + late.astype("timedelta64[D]")), intake.span.end)
    reliable = rng.beta(PLANTED.meeting_a, PLANTED.meeting_b, size=(n, 1))
    happens = rng.random((n, k)) < reliable
    status = np.where(happens, 0, rng.choice([1, 2, 3], p=[0.45, 0.25, 0.30], size=(n, k)))
    over = ends.early[:, None] & (held_on > np.where(ends.early, ends.day, intake.span.end)[:, None])
    status = np.where(over, 1, status)
    return Meetings(
        planned=planned,
        held=np.where(status == 0, held_on, NEVER),
        status=status,
        minutes=5 * np.clip(np.rint(rng.normal(13, 3, size=(n, k))), 6, 24).astype(np.int64),
        channel=rng.choice(len(CHANNELS), p=[0.55, 0.38, 0.07], size=(n, k)),
        topic=rng.choice(len(TOPICS), p=_TOPIC_WEIGHTS, size=(n, k)),
    )


def set_goals(intake: Intake, gain: Floats, rated: Bools, rng: np.random.Generator) -> Goals:
    """Two to four own goals a mentee, rated from -2 to +2 at the end; who gained more attained more."""
    n = intake.mentees.size
    count = rng.integers(2, 5, size=n)
    topics = np.argsort(rng.random((n, len(TOPICS))), axis=1, kind="stable")[:, :4]
    wanted = np.arange(4) < count[:, None]
    weight = rng.integers(1, 4, size=(n, 4))
    latent = PLANTED.goal_attained_mean + (gain - gain.mean())[:, None] + 0.8 * rng.standard_normal((n, 4))
    attained = np.clip(np.floor(latent + rng.random((n, 4))), -2, 2).astype(np.int64)
    attained = np.where(rated[:, None], attained, NOT_RATED)
    person = np.broadcast_to(intake.mentees[:, None], (n, 4))
    return Goals(person=person[wanted], topic=topics[wanted], weight=weight[wanted], attained=attained[wanted])


def cost_rows(round_id: str, meetings: Meetings) -> list[tuple[str, str, str, float, str, float, float, float, str]]:
    """Cost items of one round: quantity times unit cost; low and high bound the unit cost."""
    tandems = meetings.status.shape[0]
    hours = float(meetings.minutes[meetings.status == 0].sum()) / 60
    items = (
        ("coordination", "time", 60.0 + 3.5 * tandems, "hour", 95.0, 80.0, 115.0),
        ("mentor_time", "time", round(hours * 1.5, 1), "hour", 62.0, 52.0, 75.0),
        ("mentee_time", "time", round(hours * 1.1, 1), "hour", 128.0, 105.0, 160.0),
        ("mentor_training", "cash", float(tandems), "person", 180.0, 150.0, 240.0),
        (
            "kick_off_event",
            "cash",
            1.0,
            "event",
            1800.0 + 60.0 * tandems,
            1500.0 + 50.0 * tandems,
            2400.0 + 80 * tandems,
        ),
        ("platform", "cash", 6.0, "month", 250.0, 200.0, 320.0),
    )
    return [(round_id, *item, "CHF") for item in items]


def _on_weekdays(days: Days) -> Days:
    """Saturdays and Sundays become the Monday after."""
    weekday = (days.astype(np.int64) + 3) % 7
    moved: Days = days + np.where(weekday >= 5, 7 - weekday, 0).astype("timedelta64[D]")
    return moved
