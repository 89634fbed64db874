"""Other methods, folded away: the same question answered in the other usual ways, for who wants to see that it holds.

Unit: one figure of a chapter. No verdict rests on these.
"""

from __future__ import annotations

from rmanalytics.language.translator import Translator, key
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, folded
from rmanalytics.results import Curve, Estimate, Result

WAYS = {
    "Efron's ties": key("Cox model, ties after Efron"),
    "Efron's ties, errors by person": key("Cox model, ties after Efron, errors by person"),
    "Breslow's ties": key("Cox model, ties after Breslow"),
    "exact ties, time in whole days": key("Cox model, exact ties, time in whole days"),
    "quasi-Poisson regression": key("quasi-Poisson regression"),
    "negative binomial regression (NB2)": key("negative binomial regression (NB2)"),
    "fixed effect": key("fixed effect"),
    "DerSimonian-Laird": key("random effects, DerSimonian-Laird"),
    "REML": key("random effects, REML"),
    "REML, Hartung-Knapp interval": key("random effects, REML, interval of Hartung and Knapp"),
}
"""Ways in words, by what the measures call them."""


def other_methods(result: Result | None, tr: Translator) -> Block:
    """The ways of a curve ``method, value, lo, hi`` as a folded table; empty where there are none."""
    if not isinstance(result, Curve):
        return []
    rows = [
        (
            tr(WAYS.get(str(point["method"]), str(point["method"]))),
            Estimate(
                name=result.name,
                unit=result.unit,
                value=float(point["value"]),
                lo=float(point["lo"]),
                hi=float(point["hi"]),
                n=result.n,
                unit_of_analysis=result.unit_of_analysis,
                method=result.method,
            ),
        )
        for point in result.points.to_dict("records")
    ]
    return folded(tr("Other methods"), tables.estimates(rows, tr, first=tr("method")))
