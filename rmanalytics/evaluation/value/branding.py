"""Employer-branding figures up to the round's end, with and without mention of the programme.

Unit of analysis: as the source counts (offers, applications, answers).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.measures.value import branding as measure
from rmanalytics.results import Result, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round


def branding(bundle: Bundle, round_: Round) -> Results:
    """All branding results up to the round's last day; empty without a branding table."""
    if not bundle.has("branding"):
        return Results()
    table = bundle.table("branding")
    table = table[table["date"] <= pd.Timestamp(round_.end)]
    items: list[Result] = []
    for metric in table["metric"].drop_duplicates():
        items += _metric(table, str(metric))
    return Results(items)


@block
def _metric(table: pd.DataFrame, metric: str) -> Iterator[Result]:
    rows = table[table["metric"] == metric]
    if rows["denominator"].notna().any() and {"yes", "no"} <= set(rows["exposed"].dropna()):
        for exposed in ("yes", "no"):
            yield measure.exposed_share(table, metric=metric, exposed=exposed)
        yield measure.exposed_difference(table, metric=metric)
    yield measure.series(table, metric=metric)
