"""The rules of pairing, audited with dates: reporting chain, consent, who is the junior.

Unit of analysis: tandem. Results are counts; the dated list of breaches is for the analyst alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.language.translator import key
from rmanalytics.measures.pairing import competition
from rmanalytics.measures.pairing import consent_and_gaps as measure
from rmanalytics.measures.pairing.breach_days import BREACH_COLUMNS, paired_days
from rmanalytics.measures.pairing.rules_on_each_day import (
    CHAIN_RULES,
    MENTOR_NOT_YOUNGER,
    age_breaches,
    paired_chain_days,
)
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.stats.means import scale_mean
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import Curve, Estimate, Result, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

COMPETITION = "same unit and neighbouring level, or applicants for one vacancy, on any day while paired"
DOUBLE = "tandems of which one side stands in another at the same time"
TIMELINE = "tandems in breach on at least one day of the month, by rule"
RULES = {
    "chain_breaches": CHAIN_RULES,
    "competition_breaches": (competition.SAME_UNIT, competition.SAME_VACANCY),
    "double_breaches": (competition.TWO_TANDEMS,),
    "consent_breaches": measure.CONSENT_RULES,
    "not_reverse": (MENTOR_NOT_YOUNGER,),
}
"""Rules of the dated list, by the name of the count that they make up."""


def pairing(bundle: Bundle, round_: Round) -> Results:
    """Audit counts of a round; empty where the round has no tandems."""
    tandems = round_tandems(bundle, round_)
    if tandems is None or not len(tandems):
        return Results()
    items: list[Result] = []
    found = breaches(bundle, round_)
    if bundle.has("positions"):
        unaudited = _chain(bundle, tandems, round_.start, last_day(bundle, round_))
        unaudited = unaudited[~unaudited["rule"].isin(CHAIN_RULES)]
        chain = found[found["rule"].isin(CHAIN_RULES)]
        unknown = len(set(unaudited["tandem_id"]) - set(chain["tandem_id"]))
        items.append(
            _count(
                "chain_breaches",
                chain["tandem_id"].nunique(),
                len(tandems) - unknown,
                key("reporting chain at any depth, both directions, every day of the round"),
                excluded=unknown,
                reason="no position on some day of the round",
            )
        )
    if tandems[["mentor_consent_date", "mentee_consent_date"]].notna().any().any():
        consent = found[found["rule"].isin(RULES["consent_breaches"])]
        items.append(
            _count(
                "consent_breaches",
                consent["tandem_id"].nunique(),
                len(tandems),
                "recorded consent of both before the first meeting, no meeting after the end",
            )
        )
    if bundle.has("positions"):
        rivals = found[found["rule"].isin(RULES["competition_breaches"])]
        items.append(_count("competition_breaches", rivals["tandem_id"].nunique(), len(tandems), COMPETITION))
    if not bundle.programme.allow_two_tandems:
        doubled = found[found["rule"] == competition.TWO_TANDEMS]
        items.append(_count("double_breaches", doubled["tandem_id"].nunique(), len(tandems), DOUBLE))
    items += _gaps(bundle, round_, tandems)
    items += _timeline(bundle, round_, found, [item.name for item in items if item.name in RULES])
    return Results(items)


@block
def _timeline(bundle: Bundle, round_: Round, in_round: pd.DataFrame, asked: list[str]) -> Iterator[Curve]:
    """Counts for each rule and month of the round: ``rule, month, tandems_n, paired_n``.

    Only tandems that are in breach at some time in the round are looked at month by month.
    """
    tandems = round_tandems(bundle, round_)
    if not asked or tandems is None:
        return
    ends = last_day(bundle, round_)
    people = bundle.table("people")
    older = age_breaches(tandems, people, start=round_.start, end=ends) if "not_reverse" in asked else in_round[:0]
    suspects = tandems[tandems["tandem_id"].isin([*in_round["tandem_id"], *older["tandem_id"]])]
    rows = []
    for month in pd.period_range(round_.start, ends, freq="M"):
        first, last = max(round_.start, month.start_time.date()), min(ends, month.end_time.date())
        paired = paired_days(tandems, first, last)
        found = in_round[:0]
        if len(suspects):
            found = _found(bundle, suspects, first, last)
            found = found[found["days"] > 0]
        if len(older):
            found = pd.concat([found, age_breaches(suspects, people, start=first, end=last)])
        for name in asked:
            broken = found[found["rule"].isin(RULES[name])]["tandem_id"].nunique()
            rows.append((name, str(month), int(broken), int((paired["first"] <= paired["last"]).sum())))
    points = pd.DataFrame(rows, columns=["rule", "month", "tandems_n", "paired_n"])
    yield Curve(
        name="audit_timeline",
        unit="count",
        points=points,
        n=len(tandems),
        unit_of_analysis="tandem",
        method=TIMELINE,
    )


def breaches(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """The dated list of breaches of a round, for the analyst: ``tandem_id, rule, first_date, last_date, days``."""
    tandems = round_tandems(bundle, round_)
    if tandems is None or not len(tandems):
        return pd.DataFrame({column: [] for column in BREACH_COLUMNS})
    return _found(bundle, tandems, round_.start, last_day(bundle, round_), meetings_at_any_time=True)


def _found(
    bundle: Bundle, tandems: pd.DataFrame, first: date, last: date, *, meetings_at_any_time: bool = False
) -> pd.DataFrame:
    """Breaches on the days from the first to the last; of consent also by meetings before and after, where asked."""
    parts = []
    if bundle.has("positions"):
        chain = _chain(bundle, tandems, first, last)
        parts.append(chain[chain["rule"].isin(CHAIN_RULES)])
    parts += _competition(bundle, tandems, first, last)
    meetings = bundle.table("meetings") if bundle.has("meetings") else _no_meetings()
    meetings = meetings[meetings["tandem_id"].isin(tandems["tandem_id"])]
    if not meetings_at_any_time:
        meetings = meetings[meetings["held_date"].between(pd.Timestamp(first), pd.Timestamp(last))]
    parts.append(measure.consent_breaches(tandems, meetings))
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame({column: [] for column in BREACH_COLUMNS})
    return pd.concat(parts, ignore_index=True)


def _competition(bundle: Bundle, tandems: pd.DataFrame, first: date, last: date) -> Iterator[pd.DataFrame]:
    """Breaches of the rules on competition, in the tandems' own time."""
    days = {"start": first, "end": last}
    if bundle.has("positions"):
        yield competition.unit_breaches(tandems, bundle.table("positions"), **days)
    if bundle.has("applications"):
        yield competition.vacancy_breaches(tandems, bundle.table("applications"), **days)
    if not bundle.programme.allow_two_tandems:
        ends = {declared.id: pd.Timestamp(declared.end) for declared in bundle.programme.rounds}
        everything = bundle.table("tandems")
        everything = everything.assign(ended_date=everything["ended_date"].fillna(everything["round_id"].map(ends)))
        doubled = competition.double_breaches(everything, **days)
        yield doubled[doubled["tandem_id"].isin(tandems["tandem_id"])]


def _chain(bundle: Bundle, tandems: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    """Days in breach or beyond audit, from the match to the tandem's end or the day that one of the two left."""
    left = bundle.people_on(first).set_index("person_id")["exit_date"]
    ends = [tandems["ended_date"], *(looked_up(tandems[f"{side}_id"], left) for side in ("mentor", "mentee"))]
    own = tandems.assign(ended_date=pd.concat(ends, axis=1).min(axis=1))
    return paired_chain_days(own, bundle.table("positions"), start=first, end=last)


def last_day(bundle: Bundle, round_: Round) -> date:
    """Last day that can be audited: the round's last, or that of the data where it comes first."""
    return min(round_.end, bundle.programme.data_until)


def _no_meetings() -> pd.DataFrame:
    return pd.DataFrame({"tandem_id": pd.Series(dtype="str"), "held_date": pd.Series(dtype="datetime64[s]")})


@block
def _gaps(bundle: Bundle, round_: Round, tandems: pd.DataFrame) -> list[Result]:
    if not bundle.has("positions"):
        return []
    gaps = measure.pair_gaps(tandems, bundle.table("people"), bundle.table("positions"), on=round_.start)
    known = gaps["age_gap_years"].notna()
    younger = gaps["age_gap_years"] > 0
    items: list[Result] = [
        wilson_share(int(younger.sum()), int(known.sum()), name="junior_mentor_share", unit_of_analysis="tandem"),
        _count(
            "not_reverse",
            int((known & ~younger).sum()),
            int(known.sum()),
            key("tandems whose mentor is not the younger of the two"),
            excluded=int((~known).sum()),
            reason="birth year missing",
        ),
    ]
    for name, column in (("age_gap", "age_gap_years"), ("level_gap", "level_gap")):
        frame = pd.DataFrame({"unit_id": gaps["tandem_id"], "score": gaps[column]})
        result = scale_mean(frame, reference=0.0)
        items.append(_renamed(result, name, "years" if name == "age_gap" else "levels"))
    return items


def _renamed(result: Result, name: str, unit: str) -> Result:
    return replace(result, name=name, unit=unit)


def _count(name: str, value: int, n: int, method: str, *, excluded: int = 0, reason: str = "") -> Estimate:
    return Estimate(
        name=name,
        unit="count",
        value=float(value),
        lo=None,
        hi=None,
        n=n,
        unit_of_analysis="tandem",
        method=method,
        n_excluded=excluded,
        excluded_reason=reason,
    )
