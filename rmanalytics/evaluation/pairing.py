"""The rules of pairing, audited with dates: reporting chain, consent, who is the junior.

Unit of analysis: tandem. Results are counts; the dated list of breaches is for the analyst alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.measures import competition
from rmanalytics.measures import pairing as measure
from rmanalytics.measures.means import scale_mean
from rmanalytics.measures.proportions import wilson_share
from rmanalytics.measures.while_paired import CHAIN_RULES, paired_chain_days
from rmanalytics.results import Estimate, Result, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme import Round

COMPETITION = "same unit and neighbouring level, or applicants for one vacancy, on any day while paired"
DOUBLE = "tandems of which one side stands in another at the same time"


def pairing(bundle: Bundle, round_: Round) -> Results:
    """Audit counts of a round; empty where the round has no tandems."""
    tandems = round_tandems(bundle, round_)
    if tandems is None or not len(tandems):
        return Results()
    items: list[Result] = []
    found = breaches(bundle, round_)
    if bundle.has("positions"):
        unaudited = _chain(bundle, round_, tandems)
        unaudited = unaudited[~unaudited["rule"].isin(CHAIN_RULES)]
        chain = found[found["rule"].isin(CHAIN_RULES)]
        unknown = len(set(unaudited["tandem_id"]) - set(chain["tandem_id"]))
        items.append(
            _count(
                "chain_breaches",
                chain["tandem_id"].nunique(),
                len(tandems) - unknown,
                "reporting chain at any depth, both directions, every day of the round",
                excluded=unknown,
                reason="no position on some day of the round",
            )
        )
    if tandems[["mentor_consent_date", "mentee_consent_date"]].notna().any().any():
        consent = found[found["rule"].isin(measure.CONSENT_RULES)]
        items.append(
            _count(
                "consent_breaches",
                consent["tandem_id"].nunique(),
                len(tandems),
                "recorded consent of both before the first meeting, no meeting after the end",
            )
        )
    if bundle.has("positions"):
        rivals = found[found["rule"].isin((competition.SAME_UNIT, competition.SAME_VACANCY))]
        items.append(_count("competition_breaches", rivals["tandem_id"].nunique(), len(tandems), COMPETITION))
    if not bundle.programme.allow_two_tandems:
        doubled = found[found["rule"] == competition.TWO_TANDEMS]
        items.append(_count("double_breaches", doubled["tandem_id"].nunique(), len(tandems), DOUBLE))
    items += _gaps(bundle, round_, tandems)
    return Results(items)


def breaches(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """The dated list of breaches of a round, for the analyst: ``tandem_id, rule, first_date, last_date, days``."""
    tandems = round_tandems(bundle, round_)
    parts = []
    if tandems is not None and len(tandems):
        if bundle.has("positions"):
            chain = _chain(bundle, round_, tandems)
            parts.append(chain[chain["rule"].isin(CHAIN_RULES)])
        parts += _competition(bundle, round_, tandems)
        meetings = bundle.table("meetings") if bundle.has("meetings") else _no_meetings()
        parts.append(measure.consent_breaches(tandems, meetings[meetings["tandem_id"].isin(tandems["tandem_id"])]))
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame({c: [] for c in ("tandem_id", "rule", "first_date", "last_date", "days")})
    return pd.concat(parts, ignore_index=True)


def _competition(bundle: Bundle, round_: Round, tandems: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Breaches of the rules on competition, in the tandems' own time."""
    days = {"start": round_.start, "end": last_day(bundle, round_)}
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


def _chain(bundle: Bundle, round_: Round, tandems: pd.DataFrame) -> pd.DataFrame:
    """Days in breach or beyond audit, from the match to the tandem's end or the day that one of the two left."""
    left = bundle.table("people").set_index("person_id")["exit_date"]
    ends = [tandems["ended_date"], tandems["mentor_id"].map(left), tandems["mentee_id"].map(left)]
    own = tandems.assign(ended_date=pd.concat(ends, axis=1).min(axis=1))
    return paired_chain_days(own, bundle.table("positions"), start=round_.start, end=last_day(bundle, round_))


def last_day(bundle: Bundle, round_: Round) -> date:
    """Last day that can be audited: the round's last, or that of the data where it comes first."""
    return min(round_.end, bundle.programme.data_until)


def _no_meetings() -> pd.DataFrame:
    return pd.DataFrame({"tandem_id": pd.Series(dtype="str"), "held_date": pd.Series(dtype="datetime64[s]")})


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
            "tandems whose mentor is not the younger of the two",
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
