"""Both sides of the tandem: how they judge it, how far apart they see it, whose start shows in whose score after."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.charts import figures
from rmanalytics.report.charts.drawing import Row, row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, folded, language_of, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import because, clear, curves, estimate, found, outcome_title, scale_range
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import Estimate, NotEstimable, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

RELATIONSHIP = "tandem_relationship"
EYE_LEVEL = "tandem_relationship.eye_level"
TERMS = {"own start": key("{side}: own start"), "partner's start": key("{side}: partner's start")}


def tandem(study: Study) -> Block:
    """How both sides judge their tandem after the round, and how far apart they see it."""
    tr = translator(language_of(study))
    means = [r for r in study.survey.estimates("scale_mean") if r.outcome.startswith(RELATIONSHIP)]
    if not means:
        first = found(study.survey, "scale_mean")
        return absent(tr("The tandem's relationship"), first, tr, needs="answers.csv: post")
    order = {side: i for i, side in enumerate(("both", "mentee", "mentor"))}
    outcomes = sorted(
        {m.outcome for m in means}, key=lambda o: ("." in o, -max(m.value for m in means if m.outcome == o), o)
    )
    means.sort(key=lambda m: (outcomes.index(m.outcome), order.get(m.side, 3)))
    rows = [
        row(
            m,
            outcome_title(study, m.outcome, tr) if m.side == "both" else wording.side_label(m.side, tr),
            tr,
            strong=m.side == "both",
        )
        for m in means
    ]
    middle = means[0].extra.get("reference")
    title = _title(means, tr)
    alt = tr("Dots with intervals of the mean judgement, one row a scale and side. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="tandem", alt=alt, reference=middle)
    subtitle = tr(
        "Mean after the round, scale points {range}, 95% intervals; line: middle of the scale; up to {n} tandems",
        range=scale_range(study, RELATIONSHIP) or "1–5",
        n=max(m.n for m in means),
    )
    listed = tables.estimates(
        [(f"{outcome_title(study, m.outcome, tr)}, {wording.side_label(m.side, tr)}", m) for m in means],
        tr,
        first=tr("scale and side"),
    )
    note = tr("A judgement at one time only: it tells how the tandem was seen, not what the programme changed.")
    return charted(title, subtitle, chart, listed, tr) + told(note) + _at_point(study, tr) + _apart(study, tr)


def _at_point(study: Study, tr: Translator) -> Block:
    """In how many tandems both sides judge it good, and whether those in a class judge otherwise."""
    shares = study.survey.estimates("both_at_point_share")
    beside = [(outcome_title(study, r.outcome, tr), r) for r in study.survey.find("class_difference")]
    if not shares:
        return []
    listed: list[tuple[str, Result]] = [(outcome_title(study, r.outcome, tr), r) for r in shares]
    first = tr("both sides at {point} or above", point=tr.number(shares[0].extra["point"], 1))
    content = tables.estimates(listed, tr, first=first)
    content += tables.estimates(beside, tr, first=tr("tandems less people in a class")) if beside else ""
    best, worst = max(shares, key=lambda r: r.value), min(shares, key=lambda r: r.value)
    said = tr(
        "Both sides stand at {point} or above in {share} of the tandems in {scale}, in {other} in {lowest}.",
        point=tr.number(best.extra["point"], 1),
        share=wording.value_text(best, tr),
        scale=outcome_title(study, best.outcome, tr),
        other=wording.value_text(worst, tr),
        lowest=outcome_title(study, worst.outcome, tr),
    )
    silent = max(r.extra["silent"] for r in shares)
    said += " " + tr("On the side where more are silent, {share}% did not answer.", share=tr.number(100 * silent, 0))
    return told(said) + folded(tr("Tandems in which both sides judge it good"), content)


def _title(means: Sequence[Estimate], tr: Translator) -> str:
    both = [m for m in means if m.side == "both" and "." in m.outcome] or list(means)
    above = [m for m in both if m.lo is not None and m.lo > m.extra.get("reference", float("inf"))]
    n, every = len(above), len(both)
    return tr("Tandems judge themselves above the middle in {n} of {every} scales shown", n=n, every=every)


def _apart(study: Study, tr: Translator) -> Block:
    """How far apart the two of a tandem see it (0: eye level), and how alike they answer."""
    results = [r for r in study.survey.find("side_difference") if r.outcome.startswith(RELATIONSHIP)]
    gaps = [r for r in results if isinstance(r, Estimate)]
    if not gaps:
        first = results[0] if results else None
        return absent(tr("How far apart the two of a tandem see it"), first, tr) if results else []
    gaps.sort(key=lambda r: -abs(r.value))
    rows = [row(r, outcome_title(study, r.outcome, tr), tr, strong="." not in r.outcome) for r in gaps]
    title = _apart_title(study, next((r for r in gaps if r.outcome == EYE_LEVEL), gaps[0]), tr)
    alt = tr("Dots with intervals of the distance between the two sides. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="tandem-apart", alt=alt)
    subtitle = tr(
        "Junior minus senior of the same tandem, scale points {range}, 95% intervals; 0: both see it alike; up to {n} "
        "tandems",
        range=scale_range(study, RELATIONSHIP) or "1–5",
        n=max(r.n for r in gaps),
    )
    alike = [r for r in study.survey.find("dyadic_icc") if r.outcome.startswith(RELATIONSHIP)]
    listed: list[tuple[str, Result]] = [(outcome_title(study, r.outcome, tr), r) for r in results]
    agreed: list[tuple[str, Result]] = [(outcome_title(study, r.outcome, tr), r) for r in alike]
    content = tables.estimates(listed, tr, first=tr("junior minus senior of the same tandem"), p_values=True)
    content += tables.estimates(agreed, tr, first=tr("agreement of the two"), p_values=True) if agreed else ""
    return charted(title, subtitle, chart, content, tr) + told(_agreement(alike, tr))


def _apart_title(study: Study, gap: Estimate, tr: Translator) -> str:
    scale, interval = outcome_title(study, gap.outcome, tr), named_interval(gap, tr, turned=gap.value < 0)
    size = wording.size_text(gap, tr)
    if not clear(gap):
        return tr(
            "{scale}: whether the two sides of a tandem stand apart is open ({interval})",
            scale=scale,
            interval=interval,
        )
    lower = key("{scale}: juniors stand {size} lower than their seniors ({interval})")
    higher = key("{scale}: juniors stand {size} higher than their seniors ({interval})")
    return tr(lower if gap.value < 0 else higher, scale=scale, size=size, interval=interval)


def _agreement(alike: Sequence[Result], tr: Translator) -> str:
    whole = next((r for r in alike if isinstance(r, Estimate) and "." not in r.outcome), None)
    if whole is None:
        return ""
    words = {"value": wording.value_text(whole, tr), "interval": named_interval(whole, tr)}
    if not clear(whole):
        return tr(
            "Whether the two of a tandem judge it more alike than two strangers would is open: agreement {value} "
            "({interval}; 1 would be always, 0 as strangers).",
            **words,
        )
    if whole.value > 0:
        return tr(
            "The two of a tandem judge it more alike than two strangers would: agreement {value} ({interval}).", **words
        )
    return tr(
        "The two of a tandem judge it less alike than two strangers would: agreement {value} ({interval}).", **words
    )


def both_learn(study: Study) -> Block:
    """Whose start shows in whose score after: own and partner's, for both sides.

    The scales of the two sides stand in the curve's outcome, the senior's first, joined by a plus.
    """
    tr = translator(language_of(study))
    what = tr("Whose start shows in whose score")
    curve = next(iter(curves(study.survey, "actor_partner")), None)
    if curve is None:
        return absent(what, found(study.survey, "actor_partner"), tr, needs="answers.csv: pre, post")
    points = curve.points.to_dict("records")
    rows = [_slope_row(point, tr) for point in points]
    title = _learning_title(points, tr)
    alt = tr("Dots with intervals of the slopes on the own start and the partner's. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="actor-partner", alt=alt)
    senior, junior = (outcome_title(study, name, tr) for name in (*curve.outcome.split("+"), curve.outcome)[:2])
    subtitle = tr(
        "Points in the score after for each point at the start, 95% intervals; seniors: {senior}, juniors: {junior}; "
        "{n} tandems with both scores of both",
        senior=tr.inner(senior),
        junior=tr.inner(junior),
        n=curve.n,
    )
    cells = [
        [r.label, r.text, _limits(r, tr), tr.p(float(point["p_value"]))] for r, point in zip(rows, points, strict=True)
    ]
    heads = [
        text(tr("slope, points per point")),
        numbers(tr("estimate")),
        numbers(tr("95% interval")),
        numbers(tr("p")),
    ]
    return charted(title, subtitle, chart, table(heads, cells), tr) + _rest(study, tr) + _sides(study, tr)


def _slope_row(point: dict[Any, Any], tr: Translator) -> Row:
    value, lo, hi = (float(point[name]) for name in ("value", "lo", "hi"))
    digits = wording.digits_for("points per point", value, lo, hi)
    term = str(point["term"])
    return Row(
        label=tr(TERMS.get(term, term), side=wording.side_label(str(point["side"]), tr)),
        value=round(value, digits),
        lo=round(lo, digits) if math.isfinite(lo) else None,
        hi=round(hi, digits) if math.isfinite(hi) else None,
        text=tr.number(value, digits),
        strong=term != "own start",
    )


def _limits(of: Row, tr: Translator) -> str:
    if of.lo is None or of.hi is None:
        return "–"
    return tr("{lo} to {hi}", lo=tr.number(of.lo, 2), hi=tr.number(of.hi, 2))


def _learning_title(points: Sequence[dict[Any, Any]], tr: Translator) -> str:
    shown = [
        wording.about_side(str(p["side"]), tr)
        for p in points
        if str(p["term"]) != "own start" and (float(p["lo"]) > 0 or float(p["hi"]) < 0)
    ]
    if not shown:
        return tr("Whether the partner's start shows in the score after the round is open")
    return tr("Where the partner started shows in the score of the {people}", people=tr(" and ").join(shown))


def _rest(study: Study, tr: Translator) -> Block:
    """How alike the two of a tandem still are once both starts are held."""
    rest = estimate(study.survey, "rest_correlation")
    if rest is None:
        return []
    said = {"value": tr.number(rest.value, 2), "interval": named_interval(rest, tr)}
    return told(tr("Beyond both starts, the two of a tandem end alike by {value} ({interval}; rho).", **said))


def _sides(study: Study, tr: Translator) -> Block:
    """Whether the two sides follow different rules."""
    result = found(study.survey, "sides_alike")
    if result is None:
        return []
    if isinstance(result, NotEstimable):
        return told(tr("Whether the sides differ is not estimable: {reason}.", reason=because(result, tr)))
    if not isinstance(result, Estimate) or result.p_value is None:
        return []
    said = (
        tr("Juniors and seniors follow different rules here: means, slopes or spreads of the two sides differ.")
        if result.p_value < 0.05
        else tr("That juniors and seniors follow different rules cannot be shown, so the slopes may be the same.")
    )
    if result.p_value < 0.05 and len(set(result.outcome.split("+"))) > 1:
        said += " " + tr("The two sides answer different scales, so a difference may as well be one of the scales.")
    cells = [
        tr("sides told apart against sides alike"),
        tr.number(result.value, 1),
        tr.value(int(result.extra.get("df", 4))),
        tr.value(result.n),
        tr.p(result.p_value),
        tr(result.method),
    ]
    heads = [
        text(tr("test")),
        numbers(tr("chi-square")),
        numbers(tr("degrees of freedom")),
        numbers(tr("tandems")),
        numbers(tr("p")),
        text(tr("method"), wide_only=True),
    ]
    return told(said) + folded(tr("The test of alike sides"), table(heads, [cells]))
