"""What changed: the primary outcome, and every scale of a side against the comparison group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.report.chapters.survey.invariance import unlike
from rmanalytics.report.charts import figures, overview
from rmanalytics.report.charts.drawing import Row, row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import (
    because,
    clear,
    estimate,
    found,
    goes_down,
    not_estimable,
    outcome_title,
    primary,
    scale_range,
)
from rmanalytics.results import COMPARISON, GROUPS, PARTICIPANTS, Estimate, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

SENSITIVITY = {
    "adjusted_difference": key("difference after the round, adjusted for the score before (primary)"),
    "change_score_difference": key("difference of the changes"),
    "mixed_difference": key("difference of the changes, with everybody who answered once"),
    "baseline_difference": key("difference before the round"),
    "slope_difference": key("difference of slopes: below 0 means that those who start lower gain more"),
}
SHARES = {
    "improved_share": key("{group}: higher after than before"),
    "unchanged_share": key("{group}: the same"),
    "worse_share": key("{group}: lower after than before"),
}


def primary_change(study: Study) -> Block:
    """The outcome declared beforehand: both groups before and after, the difference, and its checks."""
    tr = translator(language_of(study))
    outcome, side = primary(study)
    if not outcome:
        return told(tr("The programme declares no primary outcome."))
    about = {"outcome": outcome, "side": side}
    scale = outcome_title(study, outcome, tr)
    changes = [c for g in GROUPS if (c := estimate(study.survey, "paired_change", group=g, **about)) is not None]
    if not changes:
        return absent(scale, found(study.survey, "paired_change", **about), tr, needs="answers.csv: pre, post")
    difference = found(study.survey, "adjusted_difference", **about)
    block: Block = []
    block += _slopes(study, outcome, changes, difference, tr)
    if isinstance(difference, Estimate):
        rows = [
            (tr(label), r) for n, label in SENSITIVITY.items() if (r := found(study.survey, n, **about)) is not None
        ]
        later = found(study.survey, "wave_difference", group="follow_up", **about)
        if later is not None:
            rows.append((tr("difference of the changes up to the follow-up"), later))
        block.append(tables.estimates(rows, tr, first=tr("Participants minus comparison group"), p_values=True))
        block += _checks(difference, tr)
    else:
        block += _gain_only(difference, tr)
    return block + unlike(study, [outcome], tr, side=side) + _persons(study, about, tr)


def _slopes(
    study: Study, outcome: str, changes: Sequence[Estimate], difference: Result | None, tr: Translator
) -> Block:
    scale = outcome_title(study, outcome, tr)
    own = next((c for c in changes if c.group == PARTICIPANTS), changes[0])
    if isinstance(difference, Estimate):
        title = words.compared(scale, difference, tr)
    else:
        title = tr("{scale}: {amount}", scale=scale, amount=words.amount(own, tr))
    limits = [float(v) for v in (scale_range(study, outcome) or "1–5").split("–")]
    said = [
        tr(
            "{group} from {pre} to {post}",
            group=wording.group_name(c.group, tr),
            pre=tr.number(c.extra["mean_pre"], 2),
            post=tr.number(c.extra["mean_post"], 2),
        )
        for c in changes
    ]
    alt = tr("Lines of the means before and after: {means}.", means="; ".join(said))
    chart = overview.slopes(changes, tr, figure_id="primary-change", alt=alt, ends=(limits[0], limits[1]))
    subtitle = tr(
        "Mean score, scale points {range}; upright bars: 95% interval of the group's change; {n} people",
        range=scale_range(study, outcome),
        n=tr(" and ").join(tr.value(c.n) for c in changes),
    )
    numbers = tables.own_changes(study, [outcome], own.side, tr)
    return charted(title, subtitle, chart, numbers, tr)


def _checks(difference: Estimate, tr: Translator) -> Block:
    extra = difference.extra
    sentences = []
    if {"lin_difference", "lin_lo", "lin_hi"} <= set(extra):
        digits = wording.digits_of(difference)
        sentences.append(
            tr(
                "Letting the groups have their own slopes gives {value} (95% interval {lo} to {hi}).",
                value=tr.number(extra["lin_difference"], digits),
                lo=tr.number(extra["lin_lo"], digits),
                hi=tr.number(extra["lin_hi"], digits),
            )
        )
    if {"g", "glass"} <= set(extra):
        sentences.append(
            tr(
                "In standard deviations before: {g} of both groups (Hedges' g), {glass} of the comparison group's "
                "(Glass' Δ).",
                g=tr.number(extra["g"], 2),
                glass=tr.number(extra["glass"], 2),
            )
        )
    if extra.get("parallel_slopes_p", 1.0) < 0.05:
        sentences.append(tr("The slopes of the two groups differ, so read that second figure first."))
    if difference.n_excluded:
        sentences.append(
            tr(
                plural("{n} person is left out: {reason}.", "{n} people are left out: {reason}."),
                n=difference.n_excluded,
                reason=tr(difference.excluded_reason),
            )
        )
    return told(*sentences)


def _gain_only(difference: Result | None, tr: Translator) -> Block:
    why = "".join(f" {wording.sentence(because(d, tr))}." for d in not_estimable([difference] if difference else []))
    text = tr(
        "This is a gain of the participants and no more: what would have happened without the programme is unknown."
    )
    return told(text + why)


def _persons(study: Study, about: dict[str, str], tr: Translator) -> Block:
    """Shares of people by the way their score went."""
    rows: list[tuple[str, Result]] = []
    for group in GROUPS:
        name = wording.sentence(wording.group_name(group, tr))
        shares = (estimate(study.survey, share, group=group, **about) for share in SHARES)
        rows += [(tr(SHARES[share.name], group=name), share) for share in shares if share is not None]
    if not rows:
        return []
    return [tables.estimates(rows, tr, first=tr("People by the way their score went"))]


def changes(study: Study, side: str) -> Block:
    """Every scale of a side: adjusted differences, sorted within each scale, beside the groups' own changes."""
    tr = translator(language_of(study))
    people = wording.about_side(side, tr)
    outcomes = _families(study, side)
    if not outcomes:
        return absent(tr("Scales of the {people}", people=people), None, tr, needs="answers.csv: pre, post")
    differences = [r for o in outcomes if (r := estimate(study.survey, "adjusted_difference", outcome=o, side=side))]
    refused = [
        tr("{scale}: {reason}", scale=outcome_title(study, r.outcome, tr), reason=because(r, tr))
        for o in outcomes
        for r in not_estimable(study.survey.find("adjusted_difference", outcome=o, side=side))
    ]
    block = _forest(study, side, differences, len(refused), tr) if differences else _gains(study, side, outcomes, tr)
    if refused and differences:
        block += told(tr("Not estimable: {list}.", list="; ".join(refused)))
    return block + unlike(study, outcomes, tr, side=side)


def _families(study: Study, side: str) -> list[str]:
    """Outcomes of a side: scales by size of their difference, each followed by its subscales by size."""
    declared = list(dict.fromkeys(o.instrument for o in study.programme.outcomes if o.side == side))
    seen = {r.outcome for r in study.survey if r.side == side and r.outcome}

    def size(outcome: str) -> float:
        result = estimate(study.survey, "adjusted_difference", outcome=outcome, side=side)
        result = result or estimate(study.survey, "paired_change", outcome=outcome, side=side, group=PARTICIPANTS)
        if result is None:
            return float("inf")
        return result.value if goes_down(study, outcome) else -result.value

    ordered = []
    for instrument in sorted((name for name in declared if name in seen), key=size):
        parts = sorted((o for o in seen if o.startswith(f"{instrument}.")), key=lambda o: (size(o), o))
        ordered += [instrument, *parts]
    return ordered


def _forest(study: Study, side: str, differences: Sequence[Estimate], refused_n: int, tr: Translator) -> Block:
    people = wording.about_side(side, tr)
    rows = [_forest_row(study, side, d, tr) for d in differences]
    wholes = [d for d in differences if "." not in d.outcome]
    apart = [d for d in wholes if clear(d)]
    than = words.beside(differences[0], tr)
    if apart:
        named = tr(" and ").join(tr.inner(outcome_title(study, d.outcome, tr)) for d in apart[:3])
        title = tr("Among the {people} the interval leaves out zero for {scales}", people=people, scales=named)
    else:
        title = tr(
            "Among the {people} it is open whether any scale shown changed more or less {than}",
            people=people,
            than=than,
        )
    title = words.but_for(title, refused_n, tr)
    alt = tr("Dots with intervals, one row a scale. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id=f"changes-{side}", alt=alt)
    down = [outcome_title(study, d.outcome, tr) for d in wholes if goes_down(study, d.outcome)]
    subtitle = tr(
        "Adjusted difference after the round, scale points {range}, 95% intervals; up to {n} people ({comparator})",
        range=scale_range(study, differences[0].outcome),
        n=wording.n_text(max(differences, key=lambda d: d.n), tr),
        comparator=tr(differences[0].comparator or "comparison group"),
    )
    if down:
        subtitle += ". " + tr("Hoped to fall: {scales}", scales=", ".join(down))
    legend = [
        ("part", tr("difference; hollow where the interval holds zero")),
        ("part faint", tr("participants' own change")),
        ("comp faint", tr("comparison group's own change")),
    ]
    outcomes = [d.outcome for d in differences]
    numbers = tables.estimates(
        [(outcome_title(study, d.outcome, tr), d) for d in differences],
        tr,
        first=tr("adjusted difference"),
        p_values=True,
    )
    return charted(title, subtitle, chart, numbers + tables.own_changes(study, outcomes, side, tr), tr, legend=legend)


def _forest_row(study: Study, side: str, difference: Estimate, tr: Translator) -> Row:
    part = "." in difference.outcome
    own = [
        estimate(study.survey, "paired_change", outcome=difference.outcome, side=side, group=group)
        for group in (PARTICIPANTS, COMPARISON)
    ]
    values = [None if change is None else change.value for change in own]
    label = outcome_title(study, difference.outcome, tr)
    return row(difference, label, tr, strong=not part, own=(values[0], values[1]))


def _gains(study: Study, side: str, outcomes: Sequence[str], tr: Translator) -> Block:
    people = wording.about_side(side, tr)
    gains = [
        c for o in outcomes if (c := estimate(study.survey, "paired_change", outcome=o, side=side, group=PARTICIPANTS))
    ]
    if not gains:
        first = found(study.survey, "paired_change", outcome=outcomes[0], side=side)
        return absent(tr("Scales of the {people}", people=people), first, tr, needs="answers.csv: pre, post")
    rows = [row(g, outcome_title(study, g.outcome, tr), tr, strong="." not in g.outcome) for g in gains]
    title = tr("What the {people} gained themselves; without a comparison group nobody can say why", people=people)
    alt = tr("Dots with intervals of the participants' own change, one row a scale. {title}.", title=title)
    subtitle = tr(
        "Change from before to after, scale points {range}, 95% intervals; up to {n} people",
        range=scale_range(study, gains[0].outcome),
        n=max(g.n for g in gains),
    )
    chart = figures.forest(rows, tr, figure_id=f"changes-{side}", alt=alt)
    return charted(title, subtitle, chart, tables.own_changes(study, outcomes, side, tr), tr)
