"""How large a difference a round of this size, and of others, could find in the primary outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator, translator
from rmanalytics.report.charts import trends
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.html.markup import numbers, table
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import curves, estimate, found, outcome_title, primary, scale_range
from rmanalytics.results import Curve, Estimate

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

POWER = 0.8


def power(study: Study) -> Block:
    """The smallest difference found in four of five rounds, by people a group, with this round marked."""
    tr = translator(language_of(study))
    outcome, side = primary(study)
    about = {"outcome": outcome, "side": side}
    here = estimate(study.survey, "minimum_detectable_difference", **about) if outcome else None
    curve = next(iter(curves(study.survey, "detectable_by_size", **about)), None)
    what = tr("The smallest difference that could be found")
    if not outcome or (curve is None and here is None):
        first = found(study.survey, "adjusted_difference", **about) if outcome else None
        return absent(what, None if isinstance(first, Estimate) else first, tr, needs="answers.csv: pre, post")
    scale = tr.inner(outcome_title(study, outcome, tr))
    title = _title(scale, here, curve, tr)
    if curve is None:
        return told(title + ".")
    sizes = [int(n) for n in curve.points["n"]]
    differences = [float(value) for value in curve.points["difference"]]
    place, label = None, ""
    if here is not None and here.n_comparator:
        even = 2 * here.n * here.n_comparator / (here.n + here.n_comparator)
        place = (even, here.value)
        label = tr("this round, {n}: {value}", n=wording.n_text(here, tr), value=tr.number(here.value, 2))
    chart = trends.detectable(
        sizes,
        differences,
        tr,
        figure_id="power",
        alt=tr("Line of the smallest difference that could be found, by people a group. {title}.", title=title),
        here=place,
        here_label=label,
    )
    subtitle = tr(
        "Smallest adjusted difference in {scale} that four of five rounds would find at the 5 per cent level, scale "
        "points {range}, with the spread of this round; two groups of unequal size count as two of their harmonic mean",
        scale=scale,
        range=scale_range(study, outcome),
    )
    rows = [[tr.value(n), tr.number(value, 2)] for n, value in zip(sizes, differences, strict=True)]
    heads = [numbers(tr("people measured twice in each group")), numbers(tr("smallest difference, scale points"))]
    note = tr(
        "What a round misses by its size is not there to be seen: a difference not shown may be smaller than this."
    )
    return charted(title, subtitle, chart, table(heads, rows), tr) + told(note)


def _title(scale: str, here: Estimate | None, curve: Curve | None, tr: Translator) -> str:
    largest = None if curve is None or not len(curve.points) else curve.points.sort_values("n").iloc[-1]
    if here is None and largest is not None:
        return tr(
            "With {n} people a group a difference in {scale} would be found from {size} on",
            n=int(largest["n"]),
            scale=scale,
            size=tr.number(float(largest["difference"]), 2),
        )
    if here is None:
        return tr("The smallest difference that could be found")
    if largest is None:
        return tr(
            "This round could find differences in {scale} from {size} on", scale=scale, size=tr.number(here.value, 2)
        )
    return tr(
        "This round could find differences in {scale} from {size} on; with {n} people a group it would be {smaller}",
        scale=scale,
        size=tr.number(here.value, 2),
        n=int(largest["n"]),
        smaller=tr.number(float(largest["difference"]), 2),
    )
