"""What a programme's rounds say about the next one: spread, drop-out, people who come again, exits.

Unit: the person in one round. What no round has measured is assumed, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.evaluation.cohort import groups, respondents, round_tandems
from rmanalytics.evaluation.plan.sizing import Sharing
from rmanalytics.evaluation.plan.sizing_exits import Followed
from rmanalytics.evaluation.retention.staying import cohort_starts
from rmanalytics.evaluation.survey.outcomes import answers_of, scored_of
from rmanalytics.measures.retention.spells import employment_spells, promotion_spells
from rmanalytics.measures.rows import LEAST_PAIRS
from rmanalytics.results import COMPARISON, PARTICIPANTS

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.declared_plan import Outcome
    from rmanalytics.programme.instruments import Instrument
    from rmanalytics.programme.programme import Round

ASSUMED_SPREAD = 0.175
"""Standard deviation of a scale score, as a part of the length of its answer scale: 0.7 points on a scale of 1 to 5."""
ASSUMED_ANALYSED = 0.85
ASSUMED_COMPARISON = 1.0
ASSUMED_ICC = 0.3
LEAST_MEETINGS = 20
"""Fewest pairs of rows of one person that a correlation between rounds is taken from."""
LEAST_EVENTS = 5
DAYS_A_YEAR = 365.25
HALF_YEAR = 0.5


@dataclass(frozen=True, kw_only=True)
class SideFacts:
    """One side of the programme over its measured rounds.

    Parameters
    ----------
    side : str
        ``mentee`` or ``mentor``.
    comparison_per_tandem : float
        People for comparison, a tandem, in the last of the rounds.
    comparison_measured : bool
        False where that is assumed.
    analysed, analysed_comparison : float
        People scored at both times, a tandem and a person for comparison (drop-out taken off).
    analysed_measured : bool
        False where these are assumed.
    sharing : Sharing or None
        None where the rounds share nobody, or fewer than two were measured.
    icc_measured : bool
        False where the correlation in ``sharing`` is assumed.
    """

    side: str
    comparison_per_tandem: float
    comparison_measured: bool
    analysed: float
    analysed_comparison: float
    analysed_measured: bool
    sharing: Sharing | None
    icc_measured: bool


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How far the scores of one outcome vary.

    Parameters
    ----------
    unexplained : float
        Standard deviation of the scores after, given those before, the group and the round (scale points).
    before, change : float
        Standard deviations of the scores before, and of the changes.
    analysed, analysed_comparison : float
        As in `SideFacts`, for this outcome.
    measured : bool
        False where the spread is assumed.
    """

    unexplained: float
    before: float
    change: float
    analysed: float
    analysed_comparison: float
    measured: bool


def outcome_rows(bundle: Bundle, rounds: Sequence[Round], outcome: Outcome) -> pd.DataFrame:
    """Everyone of a side in some rounds: ``round_id, person_id, group, pre, post`` (NaN without a score)."""
    columns = ["round_id", "person_id", "group", "pre", "post"]
    parts = []
    if bundle.has("answers"):
        for declared in rounds:
            members = respondents(bundle, declared, outcome.side)
            if len(members) and len(answers_of(bundle, declared)):
                scored = scored_of(bundle, declared, outcome.instrument, outcome.side)
                parts.append(scored.assign(round_id=declared.id)[columns])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def spread_of(rows: pd.DataFrame, instrument: Instrument, *, tandems: int, side: SideFacts) -> Spread:
    """The spread of an outcome over the measured rounds, or the assumed one where there are too few scores.

    Parameters
    ----------
    rows : DataFrame
        As `outcome_rows` gives them.
    instrument : Instrument
        For the length of the answer scale.
    tandems : int
        Tandems of these rounds together.
    side : SideFacts
        For the shares analysed where this outcome has too few scores.
    """
    complete = rows.dropna()
    present = set(complete["group"])
    if PARTICIPANTS not in present or complete["group"].value_counts().min() < LEAST_PAIRS or not tandems:
        return _assumed(instrument, side)
    residual, df = unexplained(complete)
    sd = math.sqrt(float((residual**2).sum()) / df) if df > 0 else 0.0
    if not sd > 0:
        return _assumed(instrument, side)
    own = complete[complete["group"] == PARTICIPANTS]
    matched = int((rows["group"] == COMPARISON).sum())
    compared = complete["group"] == COMPARISON
    within = complete.groupby(["round_id", "group"])["pre"]
    return Spread(
        unexplained=sd,
        before=math.sqrt(float((within.var(ddof=1) * (within.size() - 1)).sum() / (within.size() - 1).sum())),
        change=float((own["post"] - own["pre"]).std(ddof=1)),
        analysed=len(own) / tandems,
        analysed_comparison=float(compared.sum()) / matched if matched else len(own) / tandems,
        measured=True,
    )


def unexplained(complete: pd.DataFrame) -> tuple[pd.Series, int]:
    """What score before, group and round leave of the score after, and its degrees of freedom.

    Parameters
    ----------
    complete : DataFrame
        ``round_id, group, pre, post`` without missing scores.

    Examples
    --------
    The two of a group end as far apart as they started:

    >>> rows = pd.DataFrame({"round_id": "2026H1", "group": ["participants"] * 2 + ["comparison"] * 2,
    ...                      "pre": [1.0, 2.0, 1.0, 2.0], "post": [3.0, 4.0, 1.0, 2.0]})
    >>> residual, df = unexplained(rows)
    >>> residual.round(9).abs().tolist(), df
    ([0.0, 0.0, 0.0, 0.0], 1)
    """
    columns = [complete["pre"].to_numpy(dtype=float)]
    if COMPARISON in set(complete["group"]):
        columns.append((complete["group"] == PARTICIPANTS).to_numpy(dtype=float))
    columns += [(complete["round_id"] == r).to_numpy(dtype=float) for r in sorted(complete["round_id"].unique())]
    x, y = np.column_stack(columns), complete["post"].to_numpy(dtype=float)
    estimates = np.linalg.lstsq(x, y, rcond=None)[0]
    df = len(y) - int(np.linalg.matrix_rank(x))
    return pd.Series(y - x @ estimates, index=complete.index), df


def side_facts(bundle: Bundle, rounds: Sequence[Round], side: str) -> SideFacts:
    """One side over the measured rounds; what they do not tell is assumed."""
    outcomes = [outcome for outcome in bundle.programme.outcomes if outcome.side == side]
    tables = [table for outcome in outcomes if len(table := outcome_rows(bundle, rounds, outcome).dropna())]
    members = [len_by_group(respondents(bundle, declared, side)) for declared in rounds]
    counted = [found for found in members if found[PARTICIPANTS]]
    per_tandem = counted[-1][COMPARISON] / counted[-1][PARTICIPANTS] if counted else ASSUMED_COMPARISON
    analysed, analysed_comparison = ASSUMED_ANALYSED, ASSUMED_ANALYSED
    if tables and counted:
        scored = len_by_group(tables[0])
        analysed = scored[PARTICIPANTS] / sum(found[PARTICIPANTS] for found in counted)
        matched = sum(found[COMPARISON] for found in counted)
        analysed_comparison = scored[COMPARISON] / matched if matched else analysed
    sharing, measured = _sharing(tables)
    return SideFacts(
        side=side,
        comparison_per_tandem=per_tandem,
        comparison_measured=bool(counted),
        analysed=analysed,
        analysed_comparison=analysed_comparison,
        analysed_measured=bool(tables and counted),
        sharing=sharing,
        icc_measured=measured,
    )


def len_by_group(members: pd.DataFrame) -> dict[str, int]:
    """People of each group."""
    return {group: int((members["group"] == group).sum()) for group in (PARTICIPANTS, COMPARISON)}


def tandems_of(bundle: Bundle, declared: Round) -> int:
    """Tandems of a round; where the programme has no tandems table, the mentees who answered."""
    tandems = round_tandems(bundle, declared)
    return len_by_group(groups(bundle, declared, "mentee"))[PARTICIPANTS] if tandems is None else len(tandems)


def followed(
    bundle: Bundle, rounds: Sequence[Round], outcome: str, *, tandems: int, comparison: int
) -> Followed | None:
    """Juniors and their comparison people of all rounds, each from the first match on.

    Parameters
    ----------
    bundle, rounds : Bundle, sequence of Round
        The measured rounds.
    outcome : str
        ``retention`` or ``promotion``.
    tandems, comparison : int
        Size of the next round, from which those are taken off who have been followed before.

    Returns
    -------
    Followed or None
        None where nobody was followed for any time.
    """
    until = bundle.programme.data_until
    starts = [cohort_starts(bundle, declared) for declared in rounds]
    starts = [frame for frame in starts if len(frame)]
    if not starts or (outcome == "promotion" and not bundle.has("positions")):
        return None
    first = pd.concat(starts).sort_values("start_date").drop_duplicates(["person_id", "group"])
    people = bundle.table("people")
    if outcome == "promotion":
        spells = promotion_spells(bundle.table("positions"), first, people, until=until)
    else:
        spells = employment_spells(people, first, until=until)
    spells = spells.merge(first[["person_id", "group", "start_date"]], on=["person_id", "group"], validate="one_to_one")
    ended = spells["start_date"] + pd.to_timedelta(spells["time_days"], unit="D") < pd.Timestamp(until)
    event = spells["event"] == 1
    compared = spells["group"] == COMPARISON
    years = spells["time_days"].sum() / DAYS_A_YEAR
    if not years > 0:
        return None
    ruled = compared if int((event & compared).sum()) >= LEAST_EVENTS else pd.Series(data=True, index=spells.index)
    rows = len_by_group(pd.concat(starts))
    new = {g: n / rows[g] if rows[g] else 1.0 for g, n in len_by_group(first).items()}
    return Followed(
        events=int(event.sum()),
        at_risk=float((~event & ~ended & ~compared).sum()),
        at_risk_comparison=float((~event & ~ended & compared).sum()),
        joining=tandems * new[PARTICIPANTS],
        joining_comparison=comparison * new[COMPARISON],
        rate=float((event & ruled).sum() / (spells.loc[ruled, "time_days"].sum() / DAYS_A_YEAR)),
        lost=float((~event & ended).sum() / years),
        years=_between_rounds(rounds),
    )


def _between_rounds(rounds: Sequence[Round]) -> float:
    if len(rounds) < 2:
        return HALF_YEAR
    return (rounds[-1].start - rounds[0].start).days / DAYS_A_YEAR / (len(rounds) - 1)


def _assumed(instrument: Instrument, side: SideFacts) -> Spread:
    sd = ASSUMED_SPREAD * (instrument.scale_max - instrument.scale_min)
    return Spread(
        unexplained=sd * math.sqrt(1 - instrument.retest**2),
        before=sd,
        change=sd * math.sqrt(2 * (1 - instrument.retest)),
        analysed=side.analysed,
        analysed_comparison=side.analysed_comparison,
        measured=False,
    )


def _sharing(tables: list[pd.DataFrame]) -> tuple[Sharing | None, bool]:
    """People in several rounds: counted in the side's first outcome, their correlation taken from all of them."""
    rounds = tables[0]["round_id"].nunique() if tables else 0
    if rounds < 2:
        return None, False
    times = tables[0]["person_id"].value_counts()
    if times.max() == 1:
        return None, True
    products = [product for table in tables for product in _products(table)]
    meetings = int((times * (times - 1) / 2).sum())
    measured = meetings >= LEAST_MEETINGS and bool(products)
    icc = min(max(float(np.mean(products)), 0.0), 1.0) if measured else ASSUMED_ICC
    rows_per_person = float((times**2).sum() / times.sum())
    return Sharing(rows_per_person=rows_per_person, rounds=rounds, icc=icc), measured


def _products(table: pd.DataFrame) -> Iterator[float]:
    """Products of what is unexplained for a person in two rounds, in units of its variance."""
    residual, df = unexplained(table)
    size = float((residual**2).sum()) / df if df > 0 else 0.0
    if not size > 0:
        return
    for _, own in residual.groupby(table["person_id"]):
        for i, one in enumerate(own):
            yield from (float(one * other) / size for other in own.iloc[i + 1 :])
