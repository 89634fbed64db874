"""Moving on: where people are month by month, internal moves, all differences in days, how the matching balanced."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.report.chapters.comparison.balance import BALANCE_BOUND, COVARIATES
from rmanalytics.report.chapters.retention.exits import OF_GROUP, cells, entered
from rmanalytics.report.charts import delivery, people
from rmanalytics.report.charts.delivery import gone_by
from rmanalytics.report.charts.drawing import MONTH_DAYS, Row, marks, tone_of
from rmanalytics.report.charts.people import Panel
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, folded, language_of, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import curves, estimate, found, not_estimable
from rmanalytics.report.words.wording import named_interval, round_name
from rmanalytics.results import COMPARISON, GROUPS, Curve, Estimate

if TYPE_CHECKING:
    from markupsafe import Markup

    from rmanalytics.evaluation import Study

SAME, MOVED, LEFT, RETURNED = "same position", "moved", "left", "returned"
STATE_WORDS = {
    SAME: key("same position"),
    MOVED: key("moved or promoted"),
    RETURNED: key("back again"),
    LEFT: key("left"),
}
MOVE_KINDS = {
    "career_move": key("moved or were promoted, whichever came first"),
    "promotion": key("were promoted"),
    "lateral_move": key("moved to another unit or job family on their level"),
}
MOVE_ROWS = {
    "promotion": key("days without a promotion"),
    "lateral_move": key("days without a lateral move"),
    "career_move": key("days without any of the two"),
}
WAITS = {"promotion": key("promotion"), "lateral_move": key("lateral move"), "career_move": key("any of the two")}
NEEDS = "positions.csv: person_id, start_date, level, unit; comparison.csv"
PER = 100


def states(study: Study) -> Block:
    """In the same position, moved, left, returned: shares of both groups month by month since the match."""
    tr = translator(language_of(study))
    what = tr("Where people are after the match")
    by_group = {c.group: c for c in curves(study.retention, "state_occupation", outcome="career")}
    drawn = [by_group[group] for group in GROUPS if group in by_group]
    if not drawn:
        return absent(what, found(study.retention, "state_occupation", outcome="career"), tr, needs=NEEDS)
    told_states = _told_states(drawn)
    months = marks(min(float(c.points["time_days"].max()) for c in drawn))
    panels = [_panel(curve, told_states, months, tr) for curve in drawn]
    still = [
        tr(OF_GROUP.get(curve.group, OF_GROUP[COMPARISON]), share=tr.share(panel.shares[0][-1]))
        for curve, panel in zip(drawn, panels, strict=True)
    ]
    title = tr(
        "After {horizon} months {shares} are in the same position", horizon=months[-1], shares=tr(" and ").join(still)
    )
    alt = tr(
        "Areas of the shares in each state by month since the match, a panel for each group. {title}.", title=title
    )
    chart = people.ways(panels, months, tr, figure_id="career-states", alt=alt)
    subtitle = tr(
        "Shares of juniors in each state since the match, Aalen–Johansen; {n} people; left: for any reason",
        n=tr(" and ").join(tr.value(c.n) for c in drawn),
    )
    note = tr("Moved: the first promotion, or another unit or job family on the same level.")
    return charted(title, subtitle, chart, _states_table(drawn, told_states, months, tr), tr) + told(note)


def _told_states(drawn: Sequence[Curve]) -> list[str]:
    """States from the bottom up, without those that nobody came to."""
    came = [
        state
        for state in (MOVED, RETURNED)
        if any(c.points.loc[c.points["state"] == state, "entered_n"].sum() for c in drawn)
    ]
    return [SAME, *came, LEFT]


def _read(curve: Curve, state: str, month: int) -> dict[Any, Any]:
    """The last point of a state on or before a month."""
    mine = curve.points[curve.points["state"] == state]
    before = mine[mine["time_days"] <= month * MONTH_DAYS + 1e-9]
    point: dict[Any, Any] = (before if len(before) else mine.head(1)).iloc[-1].to_dict()
    return point


def _panel(curve: Curve, told_states: Sequence[str], months: Sequence[int], tr: Translator) -> Panel:
    shares = tuple(tuple(round(float(_read(curve, state, m)["share"]), 3) for m in months) for state in told_states)
    followed = []
    totals = curve.points.groupby("time_days")["at_risk_n"].sum()
    for month in months:
        later = totals[totals.index >= month * MONTH_DAYS - 1e-9]
        followed.append(tr.value(int(later.iloc[0])) if len(later) else "")
    return Panel(
        title=wording.group_name(curve.group, tr),
        tone=tone_of(curve.group),
        states=tuple(tr(STATE_WORDS[state]) for state in told_states),
        shares=shares,
        followed=tuple(followed),
    )


def _states_table(drawn: Sequence[Curve], told_states: Sequence[str], months: Sequence[int], tr: Translator) -> Markup:
    heads = [numbers(tr("months since the match"))]
    for curve in drawn:
        name = wording.group_name(curve.group, tr)
        heads += [numbers(tr("{group}: {what}", group=name, what=tr(STATE_WORDS[state]))) for state in told_states]
    rows = [
        [tr.value(month), *(_state_cell(_read(curve, state, month), tr) for curve in drawn for state in told_states)]
        for month in months
    ]
    return table(heads, rows)


def _state_cell(point: dict[Any, Any], tr: Translator) -> str:
    share = tr.share(float(point["share"]))
    if not 0 < float(point["share"]) < 1:
        return share
    limits = tr("{lo} to {hi}", lo=tr.share(float(point["lo"])), hi=tr.share(float(point["hi"])))
    return tr("{value} ({limits})", value=share, limits=limits)


def moves(study: Study) -> Block:
    """How many were promoted or moved within the company, exits competing, and the difference in days."""
    tr = translator(language_of(study))
    what = tr("Moves within the company")
    made = {outcome: _by_group(study, outcome) for outcome in MOVE_KINDS}
    lines = [curve for groups in made.values() for curve in groups]
    if not lines:
        refusal = found(study.retention, "cumulative_incidence", outcome="move.career_move")
        return absent(what, refusal, tr, needs=NEEDS)
    horizon = max(math.floor(min(float(c.points["time_days"].max()) for c in lines) / MONTH_DAYS), 1)
    block: Block = []
    whole = made["career_move"]
    if whole and any(entered(c) for c in whole):
        block += _moves_drawn(whole, tr)
    block.append(_moves_table(made, horizon, tr))
    rows = [
        (tr(MOVE_ROWS[outcome]), result)
        for outcome in MOVE_ROWS
        if (result := found(study.retention, "rmst_difference", outcome=outcome)) is not None
    ]
    told_of = told(
        _moves_sentence(study, tr),
        tr("Exits end the chance to move and compete with it."),
    )
    if not rows:
        return block + told_of
    listed = tables.estimates(rows, tr, first=tr("participants minus comparison group"), p_values=True)
    return block + told_of + folded(tr("Days until a move, both groups compared"), listed)


def _by_group(study: Study, outcome: str) -> list[Curve]:
    by_group = {c.group: c for c in curves(study.retention, "cumulative_incidence", outcome=f"move.{outcome}")}
    return [by_group[group] for group in GROUPS if group in by_group]


def _moves_drawn(groups: Sequence[Curve], tr: Translator) -> Block:
    months = marks(max(float(curve.points["time_days"].max()) for curve in groups))
    read = [gone_by(curve, months) for curve in groups]
    shares = [
        tr(OF_GROUP.get(curve.group, OF_GROUP[COMPARISON]), share=tr.share(points[-1][1]))
        for curve, points in zip(groups, read, strict=True)
    ]
    title = tr(
        "Within {horizon} months {shares} moved or were promoted", horizon=months[-1], shares=tr(" and ").join(shares)
    )
    alt = tr("Lines of the shares that have moved by month since the match. {title}.", title=title)
    chart = delivery.incidence(groups, tr, figure_id="incidence-moves", alt=alt)
    subtitle = tr(
        "Juniors promoted, or moved on their level, since the match, exits competing, bands: 95% intervals; {n} people",
        n=tr(" and ").join(tr.value(curve.n) for curve in groups),
    )
    heads = [numbers(tr("months since the match"))]
    for curve in groups:
        heads += [numbers(wording.group_name(curve.group, tr)), numbers(tr("95% interval"))]
    rows = [
        [tr.value(month), *(cell for points in read for cell in cells(points[i], tr))] for i, month in enumerate(months)
    ]
    return charted(title, subtitle, chart, table(heads, rows), tr)


def _moves_table(made: dict[str, list[Curve]], horizon: int, tr: Translator) -> Markup:
    present = [group for group in GROUPS if any(c.group == group for groups in made.values() for c in groups)]
    heads = [text(tr("within {horizon} months", horizon=horizon))]
    heads += [numbers(wording.group_name(group, tr)) for group in present]
    rows = []
    for outcome, groups in made.items():
        by_group = {curve.group: curve for curve in groups}
        line = [tr(MOVE_KINDS[outcome])]
        for group in present:
            curve = by_group.get(group)
            if curve is None:
                line.append("–")
            else:
                share, limits = cells(gone_by(curve, [horizon])[0], tr)
                line.append(share if limits == "–" else tr("{value} ({limits})", value=share, limits=limits))
        rows.append(line)
    return table(heads, rows)


def _moves_sentence(study: Study, tr: Translator) -> str:
    result = estimate(study.retention, "rmst_difference", outcome="career_move")
    if result is None:
        return ""
    turned = result.value < 0
    horizon = round(result.extra.get("tau", 0.0) / MONTH_DAYS)
    if result.lo is None or result.hi is None or result.lo <= 0 <= result.hi:
        return tr("Whether juniors moved on sooner cannot be told from {horizon} months.", horizon=horizon)
    template = (
        key("Within {horizon} months juniors waited {size} less for a move ({interval}).")
        if turned
        else key("Within {horizon} months juniors waited {size} longer for a move ({interval}).")
    )
    interval = named_interval(result, tr, turned=turned)
    return tr(template, horizon=horizon, size=wording.size_text(result, tr), interval=interval)


def days_compared(study: Study) -> Block:
    """Every difference in days on one axis, per 100 days followed, the naive figure and the landmark apart."""
    tr = translator(language_of(study))
    staying = estimate(study.retention, "rmst_difference", outcome="retention")
    what = tr("Days compared")
    if staying is None:
        return absent(what, found(study.retention, "rmst_difference", outcome="retention"), tr, needs="comparison.csv")
    landmark = estimate(study.retention, "landmark_rmst_difference")
    naive = estimate(study.retention, "naive_rmst_difference")
    rounds = study.retention.estimates("round_rmst_difference")
    together = estimate(study.retention, "rmst_over_rounds")
    stays: list[tuple[str, Estimate, dict[str, Any]]] = [(tr("this round"), staying, {"strong": True})]
    stays += [(tr("this round, from the landmark day"), landmark, {})] if landmark else []
    stays += [(tr("round {round}", round=round_name(r.group)), r, {}) for r in rounds if r.group != study.round.id]
    stays += [(tr("all rounds in one model"), together, {"diamond": True})] if together else []
    stays += [(tr("from the hire date (naive)"), naive, {"tone": "warn"})] if naive else []
    asked = {outcome: found(study.retention, "rmst_difference", outcome=outcome) for outcome in WAITS}
    waits: list[tuple[str, Estimate, dict[str, Any]]] = [
        (tr(WAITS[outcome]), result, {}) for outcome, result in asked.items() if isinstance(result, Estimate)
    ]
    others = [found(study.retention, name) for name in ("landmark_rmst_difference", "rmst_over_rounds")]
    untold = len(not_estimable([result for result in [*asked.values(), *others] if result is not None]))
    headings = [(tr("Staying (right: longer)"), stays), (tr("Until a move (left: sooner)"), waits)]
    groups = [(head, [_row(*entry, tr) for entry in entries]) for head, entries in headings if entries]
    open_n = sum(_holds(r) for _, r, more in [*stays, *waits] if more.get("tone") != "warn")
    right_n = len(stays) + len(waits) - (naive is not None)
    if open_n == right_n:
        none = plural(
            "Whether the difference in days is more than chance is open",
            "Whether any of {n} differences in days is more than chance is open",
        )
        title = tr(none, n=right_n)
        if naive is not None and not _holds(naive):
            title = tr("{title}, but for the naive figure", title=title)
    else:
        title = tr("Differences in days that leave out zero: {n} of {of}", n=right_n - open_n, of=right_n)
    title = words.but_for(title, untold, tr)
    alt = tr("Dots with intervals of the differences in days, under two headings. {title}.", title=title)
    foot = tr("days more or fewer in 100 days followed")
    chart = people.differences(groups, tr, figure_id="days-compared", alt=alt, foot=foot)
    subtitle = tr(
        "Participants minus comparison group, days in 100 days followed, as horizons differ, 95% intervals; {n} "
        "people in this round",
        n=wording.n_text(staying, tr),
    )
    listed = tables.estimates(
        [(tr("{what}, up to {days} days", what=label, days=round(r.extra["tau"])), r) for label, r, _ in stays + waits],
        tr,
        first=tr("days, participants minus comparison group"),
        p_values=True,
    )
    note = (
        tr(
            "{shared} people stand in more than one round; the model of all rounds knows them as the same people, and "
            "follows everybody as long as the last round allows.",
            shared=int(together.extra["shared"]),
        )
        if together and together.extra["shared"]
        else ""
    )
    return charted(title, subtitle, chart, listed, tr) + told(note)


def _holds(result: Estimate) -> bool:
    return result.lo is None or result.hi is None or result.lo <= 0 <= result.hi


def _row(label: str, result: Estimate, more: dict[str, Any], tr: Translator) -> Row:
    """A line per 100 days of the horizon, with the days themselves in words."""
    scale = PER / result.extra["tau"]
    lo, hi = (None if limit is None else round(limit * scale, 1) for limit in (result.lo, result.hi))
    words = tr("{days} of {tau} days", days=tr.number(result.value, 0), tau=tr.number(result.extra["tau"], 0))
    limits = None if result.lo is None or result.hi is None else (result.lo, result.hi)
    return Row(label=label, value=round(result.value * scale, 1), lo=lo, hi=hi, text=words, limits=limits, **more)


def matching(study: Study) -> Block:
    """How alike the groups were before and after the comparison people were chosen; nothing without such a choice."""
    tr = translator(language_of(study))
    result = found(study.retention, "matching_balance")
    if result is None:
        return []
    what = tr("How alike the groups became by matching")
    if not isinstance(result, Curve):
        return absent(what, result, tr)
    whole = result.points[result.points["level"] == ""].pivot_table(
        index="covariate", columns="stage", values="difference_sd", sort=False
    )
    rows = [
        (wording.sentence(_covariate(name, tr)), abs(float(line["before"])), abs(float(line["after"])))
        for name, line in whole.iterrows()
        if all(math.isfinite(float(line.get(stage, math.nan))) for stage in ("before", "after"))
    ]
    if not rows:
        return []
    rows.sort(key=lambda entry: -entry[1])
    nearer = sum(after < before for _, before, after in rows)
    title = tr(
        "Matching brought the groups closer in {nearer} of {n} traits; {within} now lie within {bound} standard "
        "deviations",
        nearer=nearer,
        n=len(rows),
        within=sum(after <= BALANCE_BOUND for _, _, after in rows),
        bound=tr.number(BALANCE_BOUND, 2),
    )
    alt = tr("Dots of the distances before and after matching. {title}.", title=title)
    chart = people.closer(rows, tr, figure_id="matching-balance", alt=alt, guide=BALANCE_BOUND)
    subtitle = tr(
        "Distance of participants from everybody who might have been chosen (hollow) and from those chosen (filled), "
        "standard deviations before; {n} people chosen and matched",
        n=tr.value(result.n),
    )
    note = tr(
        "The programme names no comparison people for the juniors, so the colleague most alike on the day of each "
        "match was chosen: by level and unit, then hire date and age. It balances what it was chosen by, and nothing "
        "else."
    )
    return charted(title, subtitle, chart, _matching_table(result, tr), tr) + told(note)


def _covariate(name: Any, tr: Translator) -> str:
    return tr(COVARIATES.get(str(name), (str(name).replace("_", " "), 1))[0])


def _matching_table(result: Curve, tr: Translator) -> Markup:
    """Means of numbers, and distances of everything; shares of single units or places are not told."""
    whole = result.points[result.points["level"] == ""]
    rows = []
    for name in dict.fromkeys(whole["covariate"]):
        mine = {p["stage"]: p for p in whole[whole["covariate"] == name].to_dict("records")}
        digits = COVARIATES.get(str(name), ("", 1))[1]
        before, after = mine["before"], mine["after"]
        means = [before["participants"], before["comparison"], after["comparison"]]
        told_means = [
            (tr.number(float(m), digits) if digits else str(round(float(m)))) if math.isfinite(float(m)) else "–"
            for m in means
        ]
        apart = [
            tr.number(float(p["difference_sd"]), 2) if math.isfinite(float(p["difference_sd"])) else "–"
            for p in (before, after)
        ]
        rows.append([_covariate(name, tr), *told_means, *apart])
    heads = [
        text(tr("trait")),
        numbers(tr("participants")),
        numbers(tr("everybody who might have been chosen")),
        numbers(tr("chosen")),
        numbers(tr("distance before")),
        numbers(tr("distance after")),
    ]
    return table(heads, rows)
