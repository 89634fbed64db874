"""Who took part, from the group to those analysed, and how alike the two groups were before the round."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from rmanalytics.language.translator import NBSP, Translator, key, translator
from rmanalytics.report.charts import figures, overview
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import curves, estimate, hidden, not_estimable, outcome_title
from rmanalytics.results import COMPARISON, GROUPS, PARTICIPANTS, SIDES, Curve

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

STAGES = {
    "matched": key("in the group"),
    "pre": key("answered before"),
    "post": key("answered after"),
    "analysed": key("answered both"),
}
COVARIATES = {
    "birth_year": (key("year of birth"), 0),
    "tenure_years": (key("years in the company"), 1),
    "level": (key("level"), 1),
    "unit": (key("unit"), 1),
    "location": (key("place of work"), 1),
    "talent_group": (key("talent group"), 1),
}
"""Covariates in words, and the decimals of their means."""
LEVELS = {
    "trainee": key("trainees"),
    "young_professional": key("young professionals"),
    "high_potential": key("high potentials"),
    "alumni": key("alumni"),
    "executive": key("executives"),
    "none": key("in no talent group"),
    "missing": key("missing"),
}
"""Levels of covariates that are codes of the tables, in words."""
MISSING = "missing"
BALANCE_BOUND = 0.25
BEFORE = "comparison.csv; answers.csv: pre"


def who_took_part(study: Study) -> Block:
    """From the group to those analysed, by side."""
    tr = translator(language_of(study))
    flows = {(c.side, c.group): c for c in curves(study.survey, "flow")}
    if not flows:
        return absent(tr("Who took part"), None, tr, needs="tandems.csv, answers.csv")
    return _flow(flows, tr) + _missing(study, tr)


def _flow(flows: dict[tuple[str, str], Curve], tr: Translator) -> Block:
    sides = []
    for side in SIDES:
        entries: list[tuple[str, str, int]] = []
        for group in (PARTICIPANTS, COMPARISON):
            curve = flows.get((side, group))
            if curve is not None:
                stages = zip(curve.points["stage"], curve.points["n"], strict=True)
                entries += [(tr(STAGES.get(str(s), str(s))), group, int(n)) for s, n in stages]
        if entries:
            sides.append((wording.side_label(side, tr), entries))
    said = []
    for side in SIDES:
        mine = flows.get((side, PARTICIPANTS))
        if mine is not None and len(mine.points):
            kept, of = int(mine.points["n"].iloc[-1]), mine.n
            said.append(tr("{kept} of {of} {people}", kept=kept, of=of, people=wording.about_side(side, tr)))
    title = tr("{who} answered both before and after", who=tr(" and ").join(said))
    alt = tr("Bars of people by stage. {title}.", title=title)
    numbers_table = table(
        [text(tr("side")), text(tr("stage")), text(tr("group")), numbers(tr("people"))],
        [
            (side, stage, wording.group_name(group, tr), tr.value(n))
            for side, entries in sides
            for stage, group, n in entries
        ],
    )
    chart = overview.flow(sides, tr, figure_id="who-took-part", alt=alt)
    subtitle = tr("People by stage, both groups")
    groups = {group for _, group in flows}
    legend = [("part", tr("participants"))]
    legend += [("comp", tr("comparison group"))] if COMPARISON in groups else []
    return charted(title, subtitle, chart, numbers_table, tr, legend=legend)


def _missing(study: Study, tr: Translator) -> Block:
    outcome = study.programme.main_outcome
    if outcome is None:
        return []
    main = estimate(study.survey, "adjusted_difference", outcome=outcome.instrument, side=outcome.side)
    if main is None or not main.n_excluded:
        return []
    return told(
        tr(
            "{n} people of both groups are missing from the primary comparison ({reason}).",
            n=main.n_excluded,
            reason=tr(main.excluded_reason),
        )
    )


def balance(study: Study) -> Block:
    """How alike the groups were before the round: on every scale, then in what is known of the people."""
    tr = translator(language_of(study))
    return _on_scales(study, tr) + _of_people(study, tr)


def _on_scales(study: Study, tr: Translator) -> Block:
    found = [
        (outcome_title(study, o.instrument, tr), wording.side_label(o.side, tr), result)
        for o in study.programme.outcomes
        for result in study.survey.estimates("baseline_difference", outcome=o.instrument, side=o.side)
    ]
    if not found:
        why = not_estimable(study.survey.find("baseline_difference"))
        return absent(tr("How alike the groups were before the round"), next(iter(why), None), tr, needs=BEFORE)
    found.sort(key=lambda entry: -abs(entry[2].value))
    if abs(found[0][2].value) > BALANCE_BOUND:
        title = tr(
            "Before the round the groups were more than {bound} standard deviations apart in {n} of {every} scales",
            bound=tr.number(BALANCE_BOUND, 2),
            n=sum(abs(result.value) > BALANCE_BOUND for _, _, result in found),
            every=len(found),
        )
    else:
        title = tr(
            "Before the round the groups shown were at most {size} apart", size=wording.size_text(found[0][2], tr)
        )
    asked = sum(
        len(study.survey.find("baseline_difference", outcome=o.instrument, side=o.side))
        for o in study.programme.outcomes
    )
    title = words.but_for(title, asked - len(found), tr)
    rows = [row(result, f"{scale} ·{NBSP}{people}", tr) for scale, people, result in found]
    alt = tr("Dots with intervals of the differences before the round. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="balance", alt=alt, guides=(-BALANCE_BOUND, BALANCE_BOUND))
    subtitle = tr(
        "Participants minus comparison group before the round, standard deviations, 95% intervals; {n} people. Beyond "
        "the dotted lines adjusting means extrapolating.",
        n=wording.n_text(found[0][2], tr),
    )
    listed = tables.estimates([(f"{s} ·{NBSP}{p}", r) for s, p, r in found], tr, first=tr("scale"))
    return charted(title, subtitle, chart, listed, tr)


def _of_people(study: Study, tr: Translator) -> Block:
    """Age, tenure, level, unit and place of both groups: distances as dots, means and shares in a table."""
    tables_of = {c.side: c for c in curves(study.survey, "balance_table")}
    refused = not_estimable(study.survey.find("balance_table"))
    if not tables_of:
        return absent(tr("What is known of the people of both groups"), refused[0], tr) if refused else []
    apart = [
        (_covariate(p["covariate"], tr), side, abs(p["difference_sd"]))
        for side, curve in tables_of.items()
        for p in curve.points.to_dict("records")
        if not p["level"] and math.isfinite(p["difference_sd"])
    ]
    if not apart:
        return []
    apart.sort(key=lambda entry: -entry[2])
    sizes = [round(size, 2) for _, _, size in apart]
    title = (
        tr(
            "In {n} of {every} things known of the people the groups were more than {bound} standard deviations apart",
            n=sum(size > BALANCE_BOUND for size in sizes),
            every=len(sizes),
            bound=tr.number(BALANCE_BOUND, 2),
        )
        if sizes[0] > BALANCE_BOUND
        else tr(
            "In what is known of the people the groups were at most {size} standard deviations apart",
            size=tr.number(sizes[0], 2),
        )
    )
    chart = figures.dots(
        [f"{wording.sentence(label)} ·{NBSP}{wording.side_label(side, tr)}" for label, side, _ in apart],
        sizes,
        [tr.number(size, 2) for size in sizes],
        tr,
        figure_id="balance-people",
        alt=tr("Dots of the distances between the groups. {title}.", title=title),
        most=max(*sizes, BALANCE_BOUND),
        guides=(BALANCE_BOUND,),
    )
    subtitle = tr(
        "Distance of participants and comparison group, standard deviations; {n} people. Beyond the dotted line "
        "adjusting means extrapolating. Small groups lie apart by chance, the more so the more levels there are.",
        n=tr(" and ").join(tr.value(curve.n) for curve in tables_of.values()),
    )
    content = Markup("").join(_people_table(study, curve, tr) for curve in tables_of.values())
    return charted(title, subtitle, chart, content, tr)


def _covariate(name: Any, tr: Translator) -> str:
    label, _ = COVARIATES.get(str(name), (str(name).replace("_", " "), 1))
    return tr(label)


def _people_table(study: Study, curve: Curve, tr: Translator) -> Markup:
    """Means and shares of both groups of a side; shares of few people are withheld, and what would give them away."""
    points, k = curve.points.to_dict("records"), study.programme.k
    cells = {}
    for group in GROUPS:
        flow = study.survey.curve("flow", side=curve.side, group=group)
        cells[group] = _cells(points, group, 0 if flow is None else flow.n, k, tr)
    rows = []
    for i, point in enumerate(points):
        level, mine = str(point["level"]), [cells[group][i] for group in GROUPS]
        named = tr(LEVELS.get(level, level.replace("_", " ")))
        label = Markup('<span class="level">{}</span>').format(named) if level else _covariate(point["covariate"], tr)
        known = level == "" or all(cell.endswith("%") for cell in mine)
        apart, p = float(point["difference_sd"]), float(point["p"])
        rows.append(
            [
                label,
                *mine,
                tr.number(apart, 2) if known and math.isfinite(apart) else "–",
                tr.p(p) if known and math.isfinite(p) else "–",
            ]
        )
    heads = [text(wording.side_label(curve.side, tr))]
    heads += [numbers(wording.group_name(group, tr)) for group in GROUPS]
    heads += [numbers(tr("difference, standard deviations")), numbers(tr("p"))]
    return table(heads, rows)


def _cells(points: Sequence[Mapping[Any, Any]], group: str, n: int, k: int, tr: Translator) -> list[str]:
    """One group's mean or share, row by row; ``n`` people in it, 0 where that is not known."""
    cells = ["–" if point["level"] else _mean(point, group, tr) for point in points]
    shares: dict[tuple[str, bool], list[int]] = {}
    for i, point in enumerate(points):
        if point["level"]:
            shares.setdefault((point["covariate"], point["level"] == MISSING), []).append(i)
    for rows in shares.values():
        known = [float(points[i][group]) for i in rows if math.isfinite(float(points[i][group]))]
        counts = [round(share * n) for share in known]
        if not n or len(known) < len(rows):
            continue
        for i, share, count, hides in zip(rows, known, counts, hidden(counts, k), strict=True):
            told_of = tr("group too small to be shown (k = {k})", k=k) if count < k else "–"
            cells[i] = told_of if hides else tr.share(share)
    return cells


def _mean(point: Mapping[Any, Any], group: str, tr: Translator) -> str:
    value, (_, digits) = float(point[group]), COVARIATES.get(str(point["covariate"]), ("", 1))
    if not math.isfinite(value):
        return ""
    return tr.number(value, digits) if digits else str(round(value))
