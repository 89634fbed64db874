"""What else explains who names whom, and which ties stayed from wave to wave.

Unit: the ordered pair of people; tandem ties are taken out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.charts import figures
from rmanalytics.report.charts.drawing import Row
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, titled, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import found
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import Curve, Estimate

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

AFTER = "after"
A_THOUSAND = 1000
DIFFERENT = 0.3
KINDS = {
    "all": key("all ties"),
    "within": key("within generations"),
    "between": key("between generations"),
}
PREDICTORS = {
    "same_generation": key("of one generation"),
    "same_unit": key("in one unit"),
    "level_gap": key("for each level between them"),
}


def on_pairs(study: Study) -> Block:
    """Whether generation explains who names whom once unit and level are held."""
    tr = translator(language_of(study))
    what = tr("Generation, unit and level together")
    curve = found(study.network, "mrqap", group=AFTER)
    if not isinstance(curve, Curve):
        return absent(what, curve, tr, needs="ties.csv; positions.csv: unit, level")
    points = {str(p["predictor"]): p for p in curve.points.to_dict("records")}
    rows = [_thousand(points[name], tr(words), tr) for name, words in PREDICTORS.items() if name in points]
    own = points["same_generation"]
    title = _pairs_title(own, tr)
    alt = tr("Dots with intervals of what each likeness adds to the ties of a thousand pairs. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="on-pairs", alt=alt)
    subtitle = tr(
        "Ties more among a thousand ordered pairs of people, the other two held, 95% intervals; everybody whose unit "
        "and level are known, tandem ties taken out; {n} people",
        n=int(curve.points.attrs.get("people_n", 0)),
    )
    heads = [
        text(tr("two people")),
        numbers(tr("ties more in a thousand pairs")),
        numbers(tr("95% interval")),
        numbers(tr("p")),
    ]
    listed = [
        [r.label, r.text, _limits(r, tr), tr.p(float(points[name]["p_value"]))]
        for name, r in zip([name for name in PREDICTORS if name in points], rows, strict=True)
    ]
    note = tr(
        "People who share a unit meet anyway. Held beside it, what is left of the generation is what the unit does not "
        "explain. The p-values come from people who change places, for pairs that share a person are not independent."
    )
    return charted(title, subtitle, chart, table(heads, listed), tr) + told(note)


def _thousand(point: Mapping[Any, Any], label: str, tr: Translator) -> Row:
    value, lo, hi = (A_THOUSAND * float(point[name]) for name in ("coefficient", "lo", "hi"))
    limits = (lo, hi) if math.isfinite(lo) and math.isfinite(hi) else None
    return Row(
        label=label,
        value=round(value, 1),
        lo=round(lo, 1) if limits else None,
        hi=round(hi, 1) if limits else None,
        text=tr.number(value, 1),
        limits=limits,
    )


def _limits(of: Row, tr: Translator) -> str:
    if of.lo is None or of.hi is None:
        return "–"
    return tr("{lo} to {hi}", lo=tr.number(of.lo, 1), hi=tr.number(of.hi, 1))


def _pairs_title(own: Mapping[Any, Any], tr: Translator) -> str:
    row = _thousand(own, "", tr)
    values = {"value": tr.number(abs(row.value), 1), "interval": _limits(row, tr)}
    if float(own["p_value"]) >= 0.05 or row.holds(0.0):
        return tr(
            "Whether people of one generation name each other more, unit and level held, is open: {value} ties in a "
            "thousand pairs (95% interval {interval})",
            **(values | {"value": tr.number(row.value, 1)}),
        )
    if row.value > 0:
        return tr(
            "Also with unit and level held people of one generation name each other more: {value} ties more in a "
            "thousand pairs (95% interval {interval})",
            **values,
        )
    return tr(
        "With unit and level held people of one generation name each other less: {value} ties in a thousand pairs "
        "(95% interval {interval})",
        **(values | {"value": tr.number(row.value, 1)}),
    )


def turnover(study: Study) -> Block:
    """How many ties of the wave before are still there after, within generations and between them."""
    tr = translator(language_of(study))
    curve, alike = found(study.network, "tie_turnover"), found(study.network, "tie_jaccard")
    if not isinstance(curve, Curve):
        return absent(tr("Ties that stayed"), curve, tr, needs="ties.csv, two waves")
    points = {str(p["kind"]): p for p in curve.points.to_dict("records")}
    lines = [(tr(KINDS[kind]), p) for kind, p in points.items() if math.isfinite(float(p["persistence"]))]
    title = _turnover_title(points, tr)
    rows = [_stayed(label, p, tr) for label, p in lines]
    subtitle = tr(
        "Share of the ties before the round that stand after it, per cent, 95% intervals; among {n} people at both "
        "waves, tandem ties taken out",
        n=curve.n,
    )
    heads = [
        text(tr("ties")),
        numbers(tr("before")),
        numbers(tr("stayed")),
        numbers(tr("gone")),
        numbers(tr("new")),
        numbers(tr("share that stayed")),
        numbers(tr("95% interval")),
    ]
    listed = table(heads, [_turnover_row(tr(KINDS[kind]), p, tr) for kind, p in points.items()])
    said = []
    if isinstance(alike, Estimate):
        said.append(
            tr(
                "Of all ties of either wave {share} stand at both ({interval}).",
                share=wording.value_text(alike, tr),
                interval=named_interval(alike, tr),
            )
        )
        if alike.value < DIFFERENT:
            said.append(tr("That is so little that the two waves hardly show one network that changed."))
    if not rows:
        return [*titled(title, subtitle, listed), *told(*said)]
    alt = tr("Dots with intervals of the share of ties that stayed. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="turnover", alt=alt, reference=None)
    return charted(title, subtitle, chart, listed, tr) + told(*said)


def _turnover_title(points: Mapping[str, Mapping[Any, Any]], tr: Translator) -> str:
    shares = {kind: float(p["persistence"]) for kind, p in points.items() if math.isfinite(float(p["persistence"]))}
    if {"within", "between"} <= set(shares):
        return tr(
            "Of the ties before the round {within} stayed within generations and {between} between them",
            within=tr.share(shares["within"]),
            between=tr.share(shares["between"]),
        )
    if "all" in shares:
        return tr("{share} of the ties before the round are still there after it", share=tr.share(shares["all"]))
    return tr("Ties that stayed")


def _stayed(label: str, point: Mapping[Any, Any], tr: Translator) -> Row:
    value, lo, hi = (100 * float(point[name]) for name in ("persistence", "lo", "hi"))
    limits = (lo, hi) if math.isfinite(lo) and math.isfinite(hi) else None
    return Row(
        label=label,
        value=round(value, 1),
        lo=round(lo, 1) if limits else None,
        hi=round(hi, 1) if limits else None,
        text=tr.number(value, 0),
        limits=limits,
    )


def _turnover_row(label: str, point: Mapping[Any, Any], tr: Translator) -> list[str]:
    share = float(point["persistence"])
    lo, hi = float(point["lo"]), float(point["hi"])
    known = math.isfinite(lo) and math.isfinite(hi)
    return [
        label,
        *(tr.value(int(point[name])) for name in ("before_n", "kept_n", "dissolved_n", "created_n")),
        tr.share(share) if math.isfinite(share) else "–",
        tr("{lo} to {hi}", lo=tr.share(lo), hi=tr.share(hi)) if known else "–",
    ]
