"""The round as it was delivered: tandems, meetings, topics, endings.

Unit of analysis: tandem. Denominators are tandems matched, never tandems finished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.evaluation.engagement.course import course, knowledge
from rmanalytics.language.translator import key
from rmanalytics.measures.engagement import delivery as measure
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import Curve, Estimate, Result, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round


def engagement(bundle: Bundle, round_: Round) -> Results:
    """All results on the round's delivery; empty where the round has no tandems."""
    tandems = round_tandems(bundle, round_)
    if tandems is None or not len(tandems):
        return Results()
    items: list[Result] = [_count("tandems_matched", len(tandems), "tandems matched")]
    items.append(_ended_early(tandems, round_))
    items += _end_reasons(tandems, round_)
    if not bundle.has("meetings"):
        return Results(items)
    meetings = bundle.table("meetings")
    meetings = meetings[meetings["tandem_id"].isin(tandems["tandem_id"])]
    held = meetings[(meetings["status"] == "held") & meetings["held_date"].notna()]
    per_tandem = held_per_tandem(tandems, meetings, round_)
    items += [
        measure.held_share(per_tandem),
        measure.held_mean(per_tandem),
        measure.completion_share(per_tandem),
        measure.first_meeting_delay(_first_meetings(tandems, held)),
        _by_number(tandems, held, round_),
        _distribution(per_tandem),
    ]
    items += _topics(held)
    items += _calendar(held)
    items += course(bundle, round_, tandems, meetings)
    items += knowledge(bundle, round_, tandems, held)
    return Results(items)


def held_per_tandem(tandems: pd.DataFrame, meetings: pd.DataFrame, round_: Round) -> pd.DataFrame:
    """Meetings planned and held of each tandem: ``tandem_id, planned, held``; a tandem that never met counts 0."""
    held = meetings[(meetings["status"] == "held") & meetings["held_date"].notna()]
    held = held[held["number"] <= round_.planned_meetings]
    counts = held.groupby("tandem_id").size()
    return pd.DataFrame(
        {
            "tandem_id": tandems["tandem_id"],
            "planned": round_.planned_meetings,
            "held": looked_up(tandems["tandem_id"], counts).fillna(0).astype("int64"),
        }
    )


def _count(name: str, value: int, method: str) -> Estimate:
    return Estimate(
        name=name,
        unit="count",
        value=float(value),
        lo=None,
        hi=None,
        n=value,
        unit_of_analysis="tandem",
        method=method,
    )


def _ended_early(tandems: pd.DataFrame, round_: Round) -> Result:
    early = tandems["ended_date"].notna() & (tandems["ended_date"] < pd.Timestamp(round_.end))
    return wilson_share(int(early.sum()), len(tandems), name="ended_early_share", unit_of_analysis="tandem")


@block
def _end_reasons(tandems: pd.DataFrame, round_: Round) -> list[Curve]:
    early = tandems[tandems["ended_date"].notna() & (tandems["ended_date"] < pd.Timestamp(round_.end))]
    if not len(early):
        return []
    counts = early["end_reason"].fillna("not stated").value_counts().sort_index()
    points = pd.DataFrame({"reason": counts.index, "tandems_n": counts.to_numpy()})
    return [_curve("end_reasons", points, len(early), key("tandems that ended before the round, by stated reason"))]


def _first_meetings(tandems: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    first = held.groupby("tandem_id")["held_date"].min()
    return pd.DataFrame(
        {
            "tandem_id": tandems["tandem_id"],
            "matched_date": tandems["matched_date"],
            "first_held_date": looked_up(tandems["tandem_id"], first),
        }
    )


def _by_number(tandems: pd.DataFrame, held: pd.DataFrame, round_: Round) -> Curve:
    numbers = range(1, round_.planned_meetings + 1)
    counts = held.groupby("number")["tandem_id"].nunique().reindex(numbers, fill_value=0)
    points = pd.DataFrame({"number": list(numbers), "planned_n": len(tandems), "held_n": counts.to_numpy()})
    return _curve("meetings_by_number", points, len(tandems), key("tandems that held each planned meeting"))


def _distribution(per_tandem: pd.DataFrame) -> Curve:
    planned = int(per_tandem["planned"].max())
    counts = per_tandem["held"].value_counts().reindex(range(planned + 1), fill_value=0)
    points = pd.DataFrame({"held": list(range(planned + 1)), "tandems_n": counts.to_numpy()})
    return _curve("held_distribution", points, len(per_tandem), key("tandems by number of meetings held"))


@block
def _topics(held: pd.DataFrame) -> list[Curve]:
    counts = held["topic_code"].dropna().value_counts()
    if not len(counts):
        return []
    points = pd.DataFrame({"topic": counts.index.astype("str"), "meetings_n": counts.to_numpy()})
    return [_curve("topics", points, held["tandem_id"].nunique(), key("meetings held by topic"))]


@block
def _calendar(held: pd.DataFrame) -> list[Curve]:
    if not len(held):
        return []
    monday = held["held_date"] - pd.to_timedelta(held["held_date"].dt.day_of_week, unit="D")
    counts = monday.value_counts()
    weeks = pd.date_range(counts.index.min(), counts.index.max(), freq="7D")
    counts = counts.reindex(weeks, fill_value=0)
    points = pd.DataFrame({"week": weeks.strftime("%Y-%m-%d"), "held_n": counts.to_numpy()})
    return [_curve("calendar", points, held["tandem_id"].nunique(), key("meetings held by week"))]


def _curve(name: str, points: pd.DataFrame, n: int, method: str) -> Curve:
    return Curve(name=name, unit="count", points=points, n=n, unit_of_analysis="tandem", method=method)
