"""Claims of the plan that records answer: exits and promotions, project roles, returns, mentions; over their rounds.

Unit: the person in one round, or the person whom a metric counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from scipy.stats import norm

from rmanalytics.evaluation.claims import Claim
from rmanalytics.evaluation.cohort import comparator_of
from rmanalytics.evaluation.lots.breaches import held
from rmanalytics.evaluation.lots.dealt import SOURCE, ArmsLot, arms_lots
from rmanalytics.evaluation.retention.staying import cohort_spells, cohort_starts
from rmanalytics.evaluation.verdicts.least import FEWEST_AT_RISK
from rmanalytics.evaluation.verdicts.together import Together, looked_at, named, of_people
from rmanalytics.measures.retention import event_rates
from rmanalytics.measures.retention.exits_over_rounds import exits_over_rounds, log_rank_variance, read_exits
from rmanalytics.measures.retention.rates_over_rounds import rate_strata, role_rate_ratio_over_rounds
from rmanalytics.measures.retention.spells import PROMOTION, move_spells
from rmanalytics.measures.rows import UPPER
from rmanalytics.measures.stats.stratified_tables import (
    difference_over_entries,
    mantel_haenszel_difference,
    rate_ratio_over_strata,
)
from rmanalytics.measures.value.branding import NOT_EXPOSED
from rmanalytics.measures.value.interrupted_series import interrupted_series
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle

NOT_FOLLOWED = "in no round were {least} people of both groups followed for {days} days"
NO_METRIC = "the plan names no metric of the employer brand"
NOT_COUNTED = "the metric of the plan has no counts of people who saw the programme mentioned and of others"
SOURCES = "several sources report the figure, and the plan can follow one alone"
NO_SMALLEST = "the plan names no smallest effect for a figure that is no share"
NO_CONTROL = "the control series has no values of one source on the same days"
BEFORE, CONTROL = "the time before", "the control series"
HORIZON_DAYS = 365
MOVES = {"promotion": (PROMOTION,)}


def gathered(bundle: Bundle, claim: Claim, rounds: Sequence[str]) -> Together | None:
    """A claim that records answer, over some rounds; None for another one."""
    if claim.least == "exits":
        return _exits(bundle, claim, rounds)
    if claim.result == "role_rate_ratio_spread":
        return _roles(bundle, claim, rounds)
    if claim.result == "rehire_rate_ratio":
        return _returns(bundle, rounds)
    return _mentions(bundle, claim, rounds) if claim.least == "share" else None


def _starts(bundle: Bundle, rounds: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Where the people of both groups of each round are followed from; rounds without both are left out."""
    found = {name: cohort_starts(bundle, bundle.programme.round(name)) for name in rounds}
    return {name: starts for name, starts in found.items() if starts["group"].nunique() == 2}


def _against(starts: dict[str, pd.DataFrame]) -> str:
    kinds = {comparator_of(one) for one in starts.values()}
    return kinds.pop() if len(kinds) == 1 else ""


def _exits(bundle: Bundle, claim: Claim, rounds: Sequence[str]) -> Together:
    outcome, until = claim.outcome[0], bundle.programme.data_until
    starts = _starts(bundle, rounds) if outcome not in MOVES or bundle.has("positions") else {}
    if not starts:
        return Together(estimate=None)
    parts = []
    for name, own in starts.items():
        if outcome in MOVES:
            staff = bundle.people_on(until, own)
            spells = move_spells(bundle.table("positions"), own, staff, until=until, kinds=MOVES[outcome])
        else:
            spells = cohort_spells(bundle, bundle.programme.round(name))
        parts.append(spells.assign(round_id=name))
    people = pd.concat(parts, ignore_index=True)
    tau = float(bundle.programme.declared.claims.get(claim.id, {}).get("horizon_days", HORIZON_DAYS))
    present = [name for name in starts if _at_horizon(people[people["round_id"] == name], tau) >= FEWEST_AT_RISK]
    about_it = {"outcome": outcome, "side": claim.side}
    if not present:
        values = {"days": int(tau), "least": FEWEST_AT_RISK}
        refused = NotEstimable(name="rmst_over_rounds", unit="days", reason=NOT_FOLLOWED, n=len(people), values=values)
        return Together(estimate=named(refused, "", **about_it))
    people = people[people["round_id"].isin(present)].reset_index(drop=True)
    against = _against(starts)
    found = of_people(people, present, lambda rows: named(exits_over_rounds(rows, tau=tau), against, **about_it))
    exits = read_exits(people, tau=tau)
    looks = [read_exits(people[people["round_id"].isin(present[:at])], tau=tau) for at in range(1, len(present) + 1)]
    counts = {"events": int(exits.event.sum()), "at_risk": _at_horizon(people, tau), **_people(people)}
    known = tuple(variance for look in looks if (variance := log_rank_variance(look)) > 0)
    return replace(found, counts=counts, information=known if found.information else ())


def _at_horizon(people: pd.DataFrame, tau: float) -> int:
    """People of the smaller group who were followed to the horizon without the event."""
    kept = people[people["time_days"] >= tau]
    return min(_people(kept).values())


def _people(rows: pd.DataFrame) -> dict[str, int]:
    """People of each group, each once."""
    counted = [int(rows.loc[rows["group"] == group, "person_id"].nunique()) for group in (PARTICIPANTS, COMPARISON)]
    return {"n": counted[0], "n_comparator": counted[1]}


def _roles(bundle: Bundle, claim: Claim, rounds: Sequence[str]) -> Together:
    starts = _starts(bundle, rounds) if bundle.has("projects") else {}
    if not starts:
        return Together(estimate=None)
    until, parts = bundle.programme.data_until, []
    for name, own in starts.items():
        people = bundle.people_on(until, own)
        counts = event_rates.role_counts(bundle.table("projects"), own, people, until=until)
        parts.append(counts.assign(round_id=name))
    rows, against = pd.concat(parts, ignore_index=True), _against(starts)
    about_it = {"outcome": "project_roles", "side": claim.side}
    found = of_people(rows, list(starts), lambda some: named(role_rate_ratio_over_rounds(some), against, **about_it))
    counts_n = {"events": int(rows["roles_n"].sum()), **_people(rows)}
    return replace(found, people=None, strata=rate_strata(rows).reset_index(drop=True), counts=counts_n)


def _windows(bundle: Bundle, rounds: Sequence[str]) -> pd.Series[int]:
    """Number of the row, by round, in a table of all rounds held."""
    held = [one.id for one in bundle.programme.rounds if one.end <= bundle.programme.round(rounds[-1]).end]
    return pd.Series({name: held.index(name) for name in rounds})


def _returns(bundle: Bundle, rounds: Sequence[str]) -> Together:
    if not bundle.has("alumni"):
        return Together(estimate=None)
    alumni, at = bundle.table("alumni"), _windows(bundle, rounds)
    held = bundle.programme.rounds[: int(at.iloc[-1]) + 1]
    strata = event_rates.return_strata(alumni, [one.end for one in held])
    last = pd.Timestamp(held[-1].end)
    back = alumni["rehire_date"].where(alumni["rehire_date"] <= last, last)
    involved = alumni["involved_from"] < back
    left = alumni["exit_date"] < last
    n, other = int((involved & left).sum()), int((left & ~(alumni["involved_from"] <= alumni["exit_date"])).sum())

    def ratio(names: Sequence[str]) -> Estimate | NotEstimable:
        some = strata.iloc[at[list(names)]]
        some = some[(some["exposure"] > 0) & (some["exposure_comparison"] > 0)]
        found = rate_ratio_over_strata(some, name="rehire_rate_ratio", n=n, n_comparator=other)
        return replace(found, comparator=event_rates.NOT_INVOLVED) if isinstance(found, Estimate) else found

    mine = strata.iloc[at]
    mine = mine[(mine["exposure"] > 0) & (mine["exposure_comparison"] > 0)]
    events = int(mine[["events", "events_comparison"]].to_numpy().sum())
    found = looked_at(list(rounds), ratio)
    return replace(found, strata=mine, counts={"events": events, "n": n, "n_comparator": other})


def _mentions(bundle: Bundle, claim: Claim, rounds: Sequence[str]) -> Together:
    """Shares of those who saw the programme mentioned and of others, within quarter and source."""
    if not bundle.has("branding"):
        return Together(estimate=None)
    metric = bundle.programme.declared.claims.get(claim.id, {}).get("metric", "")
    if not metric:
        return Together(estimate=NotEstimable(name="branding_difference", unit="share", reason=NO_METRIC, n=0))
    table = bundle.table("branding")
    lots = {name: arms_lots(bundle, bundle.programme.round(name)).get(SOURCE) for name in rounds}
    if all(lot is not None and lot.evaluated() for lot in lots.values()):
        return _drawn_mentions(bundle, metric, {name: lot for name, lot in lots.items() if lot is not None})
    ends = pd.DatetimeIndex([one.end for one in bundle.programme.rounds])
    ids = [*(one.id for one in bundle.programme.rounds), ""]
    own = table[table["metric"] == metric]
    cells = mention_strata(own.assign(round_id=[ids[at] for at in ends.searchsorted(own["date"])]))
    cells = cells[cells["round_id"].isin(rounds)]
    if cells.empty and own["value"].notna().any():
        return _series(bundle, claim, own, rounds)
    if cells.empty:
        return Together(estimate=NotEstimable(name="branding_difference", unit="share", reason=NOT_COUNTED, n=0))
    present = [name for name in rounds if (cells["round_id"] == name).any()]

    def difference(names: Sequence[str]) -> Estimate | NotEstimable:
        found = mantel_haenszel_difference(cells[cells["round_id"].isin(names)], name="branding_difference")
        return named(found, NOT_EXPOSED, outcome=metric, side="")

    found = looked_at(present, difference)
    sums = cells[["yes", "n", "yes_comparison", "n_comparison"]].sum()
    yes, people = int(sums["yes"] + sums["yes_comparison"]), int(sums["n"] + sums["n_comparison"])
    counts = {"n": int(sums["n"]), "n_comparator": int(sums["n_comparison"]), "yes": yes, "no": people - yes}
    counts |= {"quarters": int(cells["quarter"].nunique()), **_placebos(bundle, claim, found, present, ids)}
    return replace(found, strata=cells, counts=counts)


def _placebos(
    bundle: Bundle, claim: Claim, found: Together, rounds: Sequence[str], ids: Sequence[str]
) -> dict[str, int]:
    """How many of the metrics that a mention cannot move were counted, and how many moved as the plan's own did."""
    names = bundle.programme.declared.claims.get(claim.id, {}).get("placebos", ())
    if not names:
        return {}
    table, ends = bundle.table("branding"), pd.DatetimeIndex([one.end for one in bundle.programme.rounds])
    way = 1 if isinstance(found.estimate, Estimate) and found.estimate.value > 0 else -1
    counted, moved = 0, 0
    for name in names:
        own = table[table["metric"] == name]
        cells = mention_strata(own.assign(round_id=[ids[at] for at in ends.searchsorted(own["date"])]))
        other = mantel_haenszel_difference(cells[cells["round_id"].isin(rounds)])
        if isinstance(other, Estimate):
            counted += 1
            moved += way * other.value / other.extra["se"] > float(norm.isf((1 - UPPER) / len(names)))
    return {"placebos": counted, "placebos_wanted": len(names), "placebos_moved": moved}


def _series(bundle: Bundle, claim: Claim, own: pd.DataFrame, rounds: Sequence[str]) -> Together:
    """A finished figure against its own earlier trend, less that of the control series where the plan names one."""
    declared = bundle.programme.declared.claims.get(claim.id, {})
    table, metric = bundle.table("branding"), str(declared["metric"])
    refused = NotEstimable(name="branding_interruption", unit="value", reason="", n=len(own))
    points, control = _points(own), _points(table[table["metric"] == declared.get("control", "")])
    if points is None or "smallest_effect" not in declared:
        return Together(estimate=replace(refused, reason=SOURCES if points is None else NO_SMALLEST))
    if "control" in declared:
        joined = points.merge(control, on="date", suffixes=("", "_control")) if control is not None else points[:0]
        if joined.empty:
            return Together(estimate=replace(refused, reason=NO_CONTROL))
        points = joined.assign(value=joined["value"] - joined["value_control"])
    start = pd.Timestamp(bundle.programme.rounds[0].start)

    def shift(names: Sequence[str]) -> Estimate | NotEstimable:
        until = pd.Timestamp(bundle.programme.round(names[-1]).end)
        found = interrupted_series(points.loc[points["date"] <= until, ["date", "value"]], start=start)
        return named(found, BEFORE if "control" not in declared else CONTROL, outcome=metric, side="")

    looks = [one for at in range(1, len(rounds) + 1) if isinstance(one := shift(rounds[:at]), Estimate)]
    last = shift(rounds)
    told = last.extra if isinstance(last, Estimate) else {}
    counts = {name: int(told.get(name, 0)) for name in ("before", "after", "placebos", "placebos_beyond")}
    counts = {**counts, "controlled": int("control" in declared)}
    return Together(estimate=last, information=tuple(one.extra["se"] ** -2 for one in looks), counts=counts)


def _points(rows: pd.DataFrame) -> pd.DataFrame | None:
    """Values of one source by day; None where several sources report, or none."""
    rows = rows[rows["value"].notna() & (rows["exposed"].isna() | (rows["exposed"] == "all"))]
    if rows.empty or len(set(rows["source"].fillna(""))) > 1:
        return None
    return rows[["date", "value"]].drop_duplicates("date")


def _drawn_mentions(bundle: Bundle, metric: str, lots: Mapping[str, ArmsLot]) -> Together:
    """Shares by the arm that a lot gave each offer, whatever was shown; counts before the draw are no answer to it."""
    rows = bundle.table("branding")
    rows = rows[(rows["metric"] == metric) & rows["numerator"].notna() & rows["denominator"].notna()]
    parts = []
    for name, lot in lots.items():
        dates = (pd.Timestamp(lot.draw.written.date()), pd.Timestamp(bundle.programme.round(name).end))
        sums = rows[rows["date"].between(*dates)].groupby("source")[["numerator", "denominator"]].sum()
        arm = lot.of_entry
        own = sums.reindex(list(arm), fill_value=0).set_axis(["yes", "n"], axis=1).rename_axis("entry").reset_index()
        parts.append(own.assign(round_id=name, drawn=[arm[entry] == 0 for entry in own["entry"]]))
    entries = pd.concat(parts, ignore_index=True)

    def difference(names: Sequence[str]) -> Estimate | NotEstimable:
        found = difference_over_entries(entries[entries["round_id"].isin(names)], name="branding_difference")
        return named(found, NOT_EXPOSED, outcome=metric, side="")

    found = looked_at(list(lots), difference)
    yes, people = int(entries["yes"].sum()), int(entries["n"].sum())
    n = int(entries.loc[entries["drawn"], "n"].sum())
    counts = {"n": n, "n_comparator": people - n, "yes": yes, "no": people - yes}
    return replace(found, strata=entries, counts=counts, lot=held(bundle, list(lots), SOURCE))


def mention_strata(rows: pd.DataFrame) -> pd.DataFrame:
    """Counts of one metric by round, quarter and source, those alone that hold both exposed and others.

    Parameters
    ----------
    rows : DataFrame
        ``round_id, date, numerator, denominator, exposed`` and, where known, ``source``.

    Returns
    -------
    DataFrame
        ``round_id, quarter, source, yes, n, yes_comparison, n_comparison``.

    Examples
    --------
    >>> rows = pd.DataFrame({"date": pd.to_datetime(["2026-01-05", "2026-02-01", "2026-04-01"]), "source": "fair",
    ...     "numerator": [3, 2, 9], "denominator": [5, 8, 9], "exposed": ["yes", "no", "yes"], "round_id": "a"})
    >>> mention_strata(rows)[["yes", "n", "yes_comparison", "n_comparison"]].to_numpy().tolist()
    [[3, 5, 2, 8]]
    """
    counted = rows[rows["exposed"].isin(["yes", "no"]) & rows["numerator"].notna() & rows["denominator"].notna()]
    source = counted["source"].fillna("") if "source" in counted else ""
    counted = counted.assign(source=source, quarter=counted["date"].dt.to_period("Q").astype(str))
    keys = ["round_id", "quarter", "source"]
    sums = []
    for exposed, columns in (("yes", ["yes", "n"]), ("no", ["yes_comparison", "n_comparison"])):
        own = counted[counted["exposed"] == exposed].groupby(keys)[["numerator", "denominator"]].sum()
        sums.append(own.set_axis(columns, axis=1).astype("int64"))
    joined = sums[0].join(sums[1], how="inner").reset_index()
    return joined[(joined["n"] > 0) & (joined["n_comparison"] > 0)].reset_index(drop=True)
