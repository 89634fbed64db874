"""While paired: the chain of management and who is the junior, on each day that the two are a tandem and no other.

Unit: the tandem. A manager who was above the mentor before the match, or who came after the tandem had ended, breaks no
rule, so the days are those on which the two are paired, and one row is one tandem and rule with the days in breach.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from rmanalytics.measures.pairing import reporting_chain
from rmanalytics.measures.pairing.breach_days import breach_rows, day_number, day_numbers, paired_days
from rmanalytics.measures.rows import among, check_rows, looked_up

MENTEE_ABOVE = "the mentee stands in the mentor's management chain"
MENTOR_ABOVE = "the mentor stands in the mentee's management chain"
NO_POSITION = "no position on some day"
CYCLE = "cycle in the manager column"
MENTOR_NOT_YOUNGER = "the mentor is not the younger of the two"
MENTOR_HIGHER = "the mentor stands on a higher level than the mentee"
NO_BIRTH_YEAR = "birth year missing"
CHAIN_RULES = (MENTEE_ABOVE, MENTOR_ABOVE)
JUNIOR_RULES = (MENTOR_NOT_YOUNGER, MENTOR_HIGHER)
UNAUDITED_RULES = (NO_POSITION, CYCLE, NO_BIRTH_YEAR)


def paired_chain_days(tandems: pd.DataFrame, positions: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Days while paired on which one side stands in the other's management chain, or on which nobody can tell.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor_id``, ``mentee_id`` and optionally ``matched_date`` and ``ended_date``:
        first and last day on which the two are paired (missing: from the start, to the end of the audit).
    positions : DataFrame
        As in `chain.walk_chains`.
    start, end : date
        First and last day of the audit, both included.

    Returns
    -------
    DataFrame
        ``tandem_id, rule, first_date, last_date, days``, one row a tandem and rule: `MENTEE_ABOVE` or `MENTOR_ABOVE`
        in breach, `NO_POSITION` or `CYCLE` on days that cannot be audited; a day in breach needs no further audit.

    Raises
    ------
    ValueError
        As `chain.walk_chains`.

    Examples
    --------
    The mentor reports to the mentee from 1 to 10 January, and the two are matched on the 10th:

    >>> day = pd.to_datetime
    >>> positions = pd.DataFrame({"person_id": ["junior", "junior", "senior"], "manager_id": ["senior", None, None],
    ...     "start_date": day(["2026-01-01", "2026-01-11", "2020-01-01"]), "end_date": day(["2026-01-10", None, None])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["junior"], "mentee_id": ["senior"],
    ...     "matched_date": day(["2026-01-10"])})
    >>> found = paired_chain_days(tandems, positions, start=date(2026, 1, 1), end=date(2026, 6, 30))
    >>> found["first_date"].dt.day.item(), found["days"].item()
    (10, 1)
    """
    paired = paired_days(tandems, start, end)
    walks = reporting_chain.walk_chains(tandems, positions, start=start, end=end)
    first = np.maximum(walks.first[:, None], paired["first"].to_numpy())
    last = np.minimum(walks.last[:, None], paired["last"].to_numpy())
    mentor, mentee = walks.from_mentor, walks.from_mentee
    clear = (mentor != reporting_chain.FOUND) & (mentee != reporting_chain.FOUND)
    masks = (
        (MENTEE_ABOVE, mentor == reporting_chain.FOUND),
        (MENTOR_ABOVE, mentee == reporting_chain.FOUND),
        (NO_POSITION, clear & ((mentor == reporting_chain.GAP) | (mentee == reporting_chain.GAP))),
        (CYCLE, clear & ((mentor == reporting_chain.CIRCLE) | (mentee == reporting_chain.CIRCLE))),
    )
    rows = []
    for rule, mask in masks:
        span, tandem = np.nonzero(mask & (first <= last))
        stretches = pd.DataFrame(
            {
                "tandem_id": tandems["tandem_id"].to_numpy()[tandem],
                "first": first[span, tandem],
                "last": last[span, tandem],
            }
        )
        rows.append(breach_rows(paired, stretches, rule))
    return pd.concat(rows, ignore_index=True)


def level_breaches(tandems: pd.DataFrame, positions: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Tandems whose mentor stands on a higher level than the mentee, with the days on which that held.

    Parameters
    ----------
    tandems, start, end
        As in `paired_chain_days`.
    positions : DataFrame
        ``person_id, start_date, end_date, level``; a larger number is a higher level. Of several positions on a day
        the highest counts.

    Returns
    -------
    DataFrame
        Columns as in `paired_chain_days`; days on which a side has no position are no breach. The same level is none
        either: levels are coarse, and a tandem may be reverse by age alone.

    Raises
    ------
    ValueError
        When a column or a tandem's id is missing, a tandem stands twice, or the audit ends before it starts.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> positions = pd.DataFrame({"person_id": ["a", "a", "b"], "level": [2, 5, 4],
    ...     "start_date": day(["2020-01-01", "2026-01-31", "2020-01-01"]), "end_date": day(["2026-01-30", None, None])})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1"], "mentor_id": ["a"], "mentee_id": ["b"]})
    >>> level_breaches(tandems, positions, start=date(2026, 1, 1), end=date(2026, 1, 31))["days"].item()
    1
    """
    paired = paired_days(tandems, start, end)
    check_rows(positions, ["person_id", "start_date", "end_date", "level"], key=["person_id", "start_date"])
    own = positions[among(positions["person_id"], pd.concat([paired["mentor_id"], paired["mentee_id"]]))]
    held = pd.DataFrame(
        {
            "person_id": own["person_id"],
            "level": own["level"].astype("float64"),
            "from": day_numbers(own["start_date"], day_number(start)),
            "to": day_numbers(own["end_date"], day_number(end)),
        }
    )
    sides = [
        paired[["tandem_id", f"{side}_id", "first", "last"]]
        .set_axis(["tandem_id", "person_id", "first", "last"], axis=1)
        .assign(side=side)
        for side in ("mentor", "mentee")
    ]
    spells = pd.concat(sides, ignore_index=True).merge(held, on="person_id")
    stretches = _stretches(paired, spells)
    at = spells.merge(stretches[["tandem_id", "first", "last"]], on="tandem_id", suffixes=("_own", ""))
    at = at[(at["from"] <= at["first"]) & (at["first"] <= at["to"])]
    mentor, mentee = (
        at[at["side"] == side].groupby(["tandem_id", "first", "last"])["level"].max().reset_index()
        for side in ("mentor", "mentee")
    )
    both = mentor.merge(mentee, on=["tandem_id", "first", "last"], suffixes=("", "_mentee"))
    return breach_rows(paired, both[both["level"] > both["level_mentee"]], MENTOR_HIGHER)


def age_breaches(tandems: pd.DataFrame, people: pd.DataFrame, *, start: date, end: date) -> pd.DataFrame:
    """Tandems whose mentor is not the younger of the two, and those of which nobody can tell.

    Parameters
    ----------
    tandems, start, end
        As in `paired_chain_days`.
    people : DataFrame
        ``person_id`` (each once), ``birth_year``.

    Returns
    -------
    DataFrame
        Columns as in `paired_chain_days`, all days on which the two are paired: `MENTOR_NOT_YOUNGER` (also where both
        were born in the same year, for then the years do not say who is younger) or `NO_BIRTH_YEAR`.

    Raises
    ------
    ValueError
        When a column or a key is missing or stands twice, or the audit ends before it starts.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["a", "b", "c"], "birth_year": [1970, 2000, None]})
    >>> tandems = pd.DataFrame({"tandem_id": ["t1", "t2"], "mentor_id": ["a", "b"], "mentee_id": ["b", "c"]})
    >>> age_breaches(tandems, people, start=date(2026, 1, 1), end=date(2026, 1, 31))[["tandem_id", "rule"]].to_numpy()
    array([['t1', 'the mentor is not the younger of the two'],
           ['t2', 'birth year missing']], dtype=object)
    """
    paired = paired_days(tandems, start, end)
    check_rows(people, ["person_id", "birth_year"], key=["person_id"])
    own = people[among(people["person_id"], pd.concat([paired["mentor_id"], paired["mentee_id"]]))]
    born = own.set_index("person_id")["birth_year"].astype("float64")
    mentor, mentee = (looked_up(paired[side], born) for side in ("mentor_id", "mentee_id"))
    return pd.concat(
        [
            breach_rows(paired, paired[mentor <= mentee], MENTOR_NOT_YOUNGER),
            breach_rows(paired, paired[mentor.isna() | mentee.isna()], NO_BIRTH_YEAR),
        ],
        ignore_index=True,
    )


def _stretches(paired: pd.DataFrame, spells: pd.DataFrame) -> pd.DataFrame:
    """The days of each tandem, cut wherever a position of one of the two starts or has ended."""
    cuts = pd.concat(
        [
            paired[["tandem_id", "first", "last"]],
            spells[["tandem_id", "last"]].assign(first=spells["from"]),
            spells[["tandem_id", "last"]].assign(first=spells["to"] + 1),
        ]
    )
    own = looked_up(cuts["tandem_id"], paired.set_index("tandem_id")["first"])
    cuts = cuts[(cuts["first"] >= own) & (cuts["first"] <= cuts["last"])]
    cuts = cuts.drop_duplicates(["tandem_id", "first"]).sort_values(["tandem_id", "first"])
    following = cuts.groupby("tandem_id")["first"].shift(-1)
    return cuts.assign(last=(following - 1).fillna(cuts["last"]).astype("int64"))
