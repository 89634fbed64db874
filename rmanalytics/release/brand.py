"""Figures of the employer brand: shares by quarter with and without mention, and the company's own key figures.

Unit: a quarter. What is counted here are people outside the programme; a key figure comes without people.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.measures.stats.stratified_tables import mantel_haenszel_difference
from rmanalytics.measures.value.branding import mention_strata
from rmanalytics.release.blur import count_shown, down, nearest
from rmanalytics.release.figures import Entry, Gate, people
from rmanalytics.results import Estimate

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

STEP = 0.05


def shares(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """Each metric that is a share, by quarter, of people who saw the programme mentioned and of the others."""
    if not bundle.has("branding"):
        return
    table = bundle.table("branding")
    table = table[(table["date"] <= pd.Timestamp(round_.end)) & table["denominator"].notna()]
    table = table[table["exposed"].isin(["yes", "no"])]
    summed = table.groupby([table["metric"], _period(table, gate), table["exposed"]])[
        ["numerator", "denominator"]
    ].sum()
    for row in summed.reset_index().to_dict("records"):
        metric, when, exposed, n = (row[name] for name in ("metric", "date", "exposed", "denominator"))
        n = int(n)
        if not gate.catalogue.enough("brand", n):
            continue
        name = f"brand.{metric}.{exposed}.{when}"
        members = [str(i) for i in range(n)]  # nobody outside the programme has an id here
        value = count_shown(gate.key, int(row["numerator"]), members, round_id="", question=name)
        about = {"metric": metric, "mention": exposed, "quarter": when, "unit": "share", "n": people(n)}
        yield gate.entry(name, "brand", value=value, **about)


def placebos(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """The same difference for figures that a mention cannot move, as C6 of the plan declares them: within quarters."""
    declared = bundle.programme.declared
    if not bundle.has("branding") or "C6" not in declared.planned:
        return
    table = bundle.table("branding")
    table = table[(table["date"] <= pd.Timestamp(round_.end)) & table["denominator"].notna()]
    for metric in declared.claims.get("C6", {}).get("placebos", ()):
        cells = mention_strata(table[table["metric"] == metric])
        sizes = [int(cells[name].sum()) for name in ("n", "n_comparison")]
        found = mantel_haenszel_difference(cells) if gate.catalogue.enough("placebo", min(sizes)) else None
        if isinstance(found, Estimate) and found.lo is not None and found.hi is not None:
            told = {"metric": metric, "claim": "C6", "unit": "share", "n": people(sizes[0])}
            ends = {"lo": down(found.lo, STEP), "hi": -down(-found.hi, STEP) + 0.0}
            yield gate.entry(f"placebo.{metric}.{round_.id}", "placebo", **told, n_comparator=people(sizes[1]), **ends)


def _period(table: pd.DataFrame, gate: Gate) -> pd.Series[str]:
    """The quarter of each row; the half-year for a metric of which most quarters have too few people in a group."""
    quarter = table["date"].dt.to_period("Q").astype(str)
    size = table.groupby([table["metric"], quarter, table["exposed"]])["denominator"].sum()
    enough = size.ge(gate.catalogue.least("brand") or 0).groupby(level=0).mean() >= 0.5
    half = table["date"].dt.year.astype(str) + "H" + (table["date"].dt.quarter > 2).add(1).astype(str)
    found: pd.Series[str] = quarter.where(table["metric"].map(enough), half)
    return found


def key_figures(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """Figures that the company keeps without people (applications, time to hire, a rating): the mean of a quarter.

    Of a figure with several sources the one of most days counts, so that a change of sources is no trend.
    """
    if not bundle.has("branding") or gate.catalogue.least("key_figures") is None:
        return
    table = bundle.table("branding")
    table = table[(table["date"] <= pd.Timestamp(round_.end)) & table["denominator"].isna() & table["value"].notna()]
    table = table[table["exposed"].isna() | (table["exposed"] == "all")]
    quarter = table["date"].dt.to_period("Q").astype(str)
    for metric, rows in table.groupby("metric"):
        source = rows["source"].fillna("") if "source" in rows else pd.Series("", index=rows.index)
        own = rows[source == source.value_counts().sort_index().idxmax()]
        for when, value in own.groupby(quarter.reindex(own.index))["value"].mean().items():
            about = {"metric": metric, "quarter": when, "unit": "key figure", "value": two_digits_of(float(value))}
            yield gate.entry(f"key_figures.{metric}.{when}", "key_figures", **about)


def two_digits_of(value: float) -> float:
    """A number to two significant digits, to a tenth at the finest.

    Examples
    --------
    >>> two_digits_of(148.3), two_digits_of(4.12), two_digits_of(-13.2)
    (150.0, 4.1, -13.0)
    """
    step = 10.0 ** max(math.floor(math.log10(abs(value))) - 1, -1) if value else 1.0
    return nearest(value, step)
