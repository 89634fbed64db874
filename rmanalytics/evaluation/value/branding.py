"""Employer-branding figures up to the round's end, with and without mention of the programme.

Unit of analysis: as the source counts (offers, applications, answers).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.measures.value import branding as measure
from rmanalytics.measures.value.interrupted_series import interrupted_series
from rmanalytics.results import NotEstimable, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

NO_METRIC = "{n} metrics or sources could answer it, and the plan names none of them"


def branding(bundle: Bundle, round_: Round) -> Results:
    """All branding results up to the round's last day; empty without a branding table."""
    if not bundle.has("branding"):
        return Results()
    table = bundle.table("branding")
    table = table[table["date"] <= pd.Timestamp(round_.end)]
    items: list[Result] = []
    for metric in table["metric"].drop_duplicates():
        items += _metric(bundle, table, str(metric))
    return Results(items)


def comparable(results: Results, metric: str) -> Result | None:
    """The one figure that answers whether a mention matters: of the metric declared, or of the only one there is."""
    names = ("branding_difference", "branding_interruption") if metric else ("branding_difference",)
    about_it = {"outcome": metric} if metric else {}
    found = [result for name in names for result in results.find(name, **about_it)]
    if len(found) > 1:
        values = {"n": len(found)}
        return NotEstimable(name="branding_difference", unit="share", reason=NO_METRIC, n=len(found), values=values)
    return found[0] if found else None


@block
def _metric(bundle: Bundle, table: pd.DataFrame, metric: str) -> Iterator[Result]:
    rows = table[table["metric"] == metric]
    if rows["denominator"].notna().any() and {"yes", "no"} <= set(rows["exposed"].dropna()):
        for exposed in ("yes", "no"):
            yield measure.exposed_share(table, metric=metric, exposed=exposed)
        yield measure.exposed_difference(table, metric=metric)
    values = rows[rows["value"].notna() & (rows["exposed"].isna() | (rows["exposed"] == "all"))]
    start = pd.Timestamp(bundle.programme.rounds[0].start)
    for source, own in values.groupby(values["source"].fillna(""), sort=True):
        points = own[["date", "value"]].drop_duplicates("date")
        yield about(interrupted_series(points, start=start), outcome=metric, group=str(source))
    yield measure.series(table, metric=metric)
