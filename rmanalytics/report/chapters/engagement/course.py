"""How the tandems went: rhythm, endings, signs of harm, and the audit of the pairing rule by rule.

Nothing here is about a single tandem.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.measures.engagement.early_warning import ONE_SIDED
from rmanalytics.report.charts import audit as charts_audit
from rmanalytics.report.charts import figures
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, titled, told
from rmanalytics.report.html.markup import numbers, paragraph, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import estimate, found
from rmanalytics.report.words.wording import named_interval, value_text
from rmanalytics.results import Curve, Estimate, NotEstimable, Result

if TYPE_CHECKING:
    from markupsafe import Markup

    from rmanalytics.evaluation import Study

RHYTHM = {
    "cadence": key("from one meeting to the next"),
    "longest_gap": key("longest time between two meetings of a tandem"),
    "meeting_minutes": key("length of a meeting"),
    "cancelled_share": key("planned meetings called off or missed"),
}
CALLED_OFF = {"cancelled": key("called off"), "missed": key("missed"), "moved": key("moved")}
CALLERS = {
    "mentor": key("by the junior"),
    "mentee": key("by the senior"),
    "other": key("by somebody else"),
    "not stated": key("by whom is not stated"),
}
END_REASONS = {
    "mentor_left": key("junior left"),
    "mentee_left": key("senior left"),
    "no_time": key("no time"),
    "no_fit": key("no fit"),
    "new_role": key("new role"),
}
RULES = {
    "chain_breaches": (
        key("neither in the other's reporting chain"),
        key("reporting chain at any depth, both directions, every day while paired"),
        "positions.csv: person_id, start_date, manager_id",
    ),
    "competition_breaches": (
        key("no competition between the two"),
        key("same unit and neighbouring level, or applicants for one vacancy, on any day while paired"),
        "positions.csv: unit, level; applications.csv",
    ),
    "double_breaches": (
        key("nobody in two tandems at once"),
        key("tandems of which one side stands in another at the same time"),
        "programme.toml: pairing.allow_two_tandems = false",
    ),
    "consent_breaches": (
        key("consent of both before the first meeting"),
        key("recorded consent of both before the first meeting, no meeting after the end"),
        "tandems.csv: mentor_consent_date, mentee_consent_date",
    ),
    "not_reverse": (
        key("the mentor is the younger of the two"),
        key("year of birth of both"),
        "people.csv: birth_year; positions.csv",
    ),
}
"""Rule of the pairing, what is audited, and what it takes, by the name of its count."""
ABOUT = {
    "chain_breaches": key("reporting chain"),
    "competition_breaches": key("competition"),
    "double_breaches": key("two tandems"),
    "consent_breaches": key("consent"),
    "not_reverse": key("who is younger"),
}
"""What each rule is about, in a word or two."""


def rhythm(study: Study) -> Block:
    """How often the tandems met, how long a meeting took, and how many were called off."""
    tr, results = translator(language_of(study)), study.engagement
    rows = [(tr(label), r) for name, label in RHYTHM.items() if (r := found(results, name)) is not None]
    if not rows:
        return absent(tr("Rhythm of the meetings"), None, tr, needs="meetings.csv: held_date, status, minutes")
    shown = [(label, r) for label, r in rows if isinstance(r, Estimate) and r.unit == "days"]
    listed = tables.estimates(rows, tr, first=tr("Rhythm"))
    if not shown:
        why = _why(tr("Rhythm of the meetings"), [r for _, r in rows], tr)
        kept = [listed] if any(isinstance(r, Estimate) for _, r in rows) else []
        return [*why, *kept, *_called_off(study, tr)]
    cadence = estimate(results, "cadence") or shown[0][1]
    title = tr(
        "Half of the times a tandem met again within {days} days ({interval})",
        days=wording.bare(cadence.value, cadence.unit, wording.digits_of(cadence), tr),
        interval=named_interval(cadence, tr),
    )
    alt = tr("Dots with intervals of the days between meetings. {title}.", title=title)
    chart = figures.forest([row(r, label, tr) for label, r in shown], tr, figure_id="rhythm", alt=alt, reference=None)
    subtitle = tr("Medians in days, 95% intervals; {n} tandems that met twice or more", n=cadence.n)
    return charted(title, subtitle, chart, listed, tr) + _minutes(study, tr) + _called_off(study, tr)


def _why(what: str, results: list[Result], tr: Translator) -> Block:
    """The first reason why there is nothing to draw."""
    return absent(what, next((r for r in results if isinstance(r, NotEstimable)), None), tr)


def _minutes(study: Study, tr: Translator) -> Block:
    took = estimate(study.engagement, "meeting_minutes")
    if took is None:
        return []
    said = tr("Half of the meetings took {minutes} minutes or longer", minutes=round(took.value))
    if took.lo is None or took.hi is None:
        return told(f"{said}.")
    limits = wording.limits_text(took.lo, took.hi, took.unit, 0, tr)
    interval = tr("{level}% interval {limits}", level=100 * took.confidence, limits=limits)
    return told(f"{said} ({interval}).")


def _called_off(study: Study, tr: Translator) -> Block:
    """What became of planned meetings that did not take place, by kind."""
    share, curve = found(study.engagement, "cancelled_share"), study.engagement.curve("cancellations")
    sentence = ""
    if isinstance(share, Estimate):
        sentence = tr(
            "Of {planned} planned meetings {off} were called off or missed ({share}; {interval}).",
            planned=round(share.extra.get("planned", 0)),
            off=round(share.extra.get("cancelled", share.value * share.extra.get("planned", share.n))),
            share=value_text(share, tr),
            interval=named_interval(share, tr),
        )
    if curve is None or not len(curve.points):
        return told(sentence)
    rows = [
        [
            f"{in_words(CALLED_OFF, p['status'], tr)}, {in_words(CALLERS, p['called_off_by'], tr)}",
            tr.value(int(p["meetings_n"])),
            tr.value(int(p["tandems_n"])),
        ]
        for p in curve.points.to_dict("records")
    ]
    heads = [text(tr("planned meetings that were not held")), numbers(tr("meetings")), numbers(tr("tandems"))]
    return [*told(sentence), table(heads, rows)]


def in_words(words: dict[str, str], code: object, tr: Translator) -> str:
    """A code in a reader's word; one that is not known with spaces for its underscores."""
    return tr(words.get(str(code), str(code).replace("_", " ")))


def lasting(study: Study) -> Block:
    """How many tandems came to each meeting, and for which reasons others ended."""
    tr = translator(language_of(study))
    what = tr("How far the tandems came")
    curve = study.engagement.curve("tandem_survival")
    if curve is None or not len(curve.points):
        return absent(
            what, found(study.engagement, "tandem_survival"), tr, needs="meetings.csv, tandems.csv: ended_date"
        )
    points = curve.points.sort_values("number")
    ended, last = int(points["ended_n"].sum()), points.iloc[-1]
    if not ended:
        return told(tr("Each of the {n} tandems came to its last planned meeting or is still on its way.", n=curve.n))
    share = float(last["survival"])
    title = tr(
        "{share} of the tandems came to meeting number {last} ({interval})",
        share=tr.share(share),
        last=int(last["number"]),
        interval=_limits(float(last["lo"]), float(last["hi"]), tr),
    )
    labels = [tr("match") if n == 0 else tr("meeting {number}", number=int(n)) for n in points["number"]]
    values = [_point(p) for p in points.to_dict("records")]
    alt = tr("Line of the share of tandems that came to each meeting. {title}.", title=title)
    suffix = tr.percent
    chart = figures.over_time(labels, values, tr, figure_id="tandem-survival", alt=alt, digits=0, suffix=suffix)
    subtitle = tr(
        "Share of the {n} tandems that came to each meeting, 95% intervals; one still on its way is followed up to "
        "its last one",
        n=curve.n,
    )
    return charted(title, subtitle, chart, _course_table(points.to_dict("records"), tr), tr) + _reasons(study, tr)


def _point(p: Mapping[Any, Any]) -> tuple[float, float | None, float | None]:
    """Share and limits in per cent; at the match, and where there are none, without limits."""
    lo, hi = float(p["lo"]), float(p["hi"])
    known = p["number"] > 0 and not math.isnan(lo)
    return 100 * float(p["survival"]), 100 * lo if known else None, 100 * hi if known else None


def _limits(lo: float, hi: float, tr: Translator) -> str:
    limits = tr("{lo} to {hi}", lo=tr.number(100 * lo, 0), hi=tr.share(hi))
    return tr("{level}% interval {limits}", level=95, limits=limits)


def _course_table(points: Sequence[Mapping[Any, Any]], tr: Translator) -> Markup:
    rows = []
    for p in points[1:]:
        known = not math.isnan(float(p["lo"]))
        limits = tr("{lo} to {hi}", lo=tr.share(p["lo"]), hi=tr.share(p["hi"])) if known else "–"
        ended, at_risk = (tr.value(int(p[name])) for name in ("ended_n", "at_risk_n"))
        rows.append([tr("meeting {number}", number=int(p["number"])), tr.share(p["survival"]), limits, at_risk, ended])
    heads = (tr("came to it"), tr("95% interval"), tr("known of"), tr("ended before it"))
    return table([text(tr("meeting")), *(numbers(head) for head in heads)], rows)


def _reasons(study: Study, tr: Translator) -> Block:
    """Share of the tandems that ended for each reason by the last meeting."""
    result = found(study.engagement, "ending_incidence")
    if not isinstance(result, Curve):
        return absent(tr("Reasons for ending"), result, tr) if result is not None else []
    if not len(result.points):
        return []
    last = result.points.sort_values("number").groupby("reason").tail(1).sort_values("reason")
    rows = []
    for p in last.to_dict("records"):
        limits = tr("{lo} to {hi}", lo=tr.share(float(p["lo"])), hi=tr.share(float(p["hi"])))
        rows.append([in_words(END_REASONS, p["reason"], tr), tr.share(float(p["incidence"])), limits])
    heads = [
        text(tr("reason for ending early")),
        numbers(tr("ended by the last meeting")),
        numbers(tr("95% interval")),
    ]
    return [table(heads, rows)]


def harm(study: Study) -> Block:
    """How many tandems show a sign that somebody may be coming to harm."""
    tr = translator(language_of(study))
    curve = study.engagement.curve("harm_signs")
    if curve is None or not len(curve.points):
        needs = "tandems.csv: ended_date, end_reason; answers.csv: tandem_relationship, wave post"
        return absent(tr("Signs of harm"), found(study.engagement, "harm_signs"), tr, needs=needs)
    signs = curve.points.to_dict("records")
    counts = [int(p["tandems_n"]) for p in signs]
    unknown = sum(int(p["known_n"]) < curve.n for p in signs) + (ONE_SIDED not in {str(p["sign"]) for p in signs})
    if not max(counts):
        title = tr("No tandem shows a sign that somebody may be coming to harm")
        title = (
            tr(
                plural(
                    "{title}; {n} sign is not known of every tandem", "{title}; {n} signs are not known of every tandem"
                ),
                title=title,
                n=unknown,
            )
            if unknown
            else title
        )
    else:
        seen = sum(count > 0 for count in counts)
        title = tr("Of {every} signs looked for, {n} were seen in some tandem", every=len(signs), n=seen)
    rows = [
        [
            tr(str(p["sign"])),
            tr.value(count),
            tr.value(int(p["known_n"])),
            _harm_limits(p, tr),
        ]
        for p, count in zip(signs, counts, strict=True)
    ]
    heads = [text(tr("sign")), numbers(tr("tandems")), numbers(tr("known of")), numbers(tr("share (95% interval)"))]
    subtitle = tr("Tandems with each sign; {n} tandems. A tandem can show several.", n=curve.n)
    note = tr("A sign is a reason to ask, not a finding; which tandem it is only the programme team knows.")
    return titled(title, subtitle, table(heads, rows)) + told(note)


def _harm_limits(p: Mapping[Any, Any], tr: Translator) -> str:
    if math.isnan(float(p["share"])):
        return "–"
    limits = tr("{lo} to {hi}", lo=tr.number(100 * p["lo"], 0), hi=tr.share(p["hi"]))
    return tr("{value} ({limits})", value=tr.share(p["share"]), limits=limits)


def audit(study: Study) -> Block:
    """The rules of pairing one by one: tandems in breach, tandems audited, and how; no tandem is named."""
    tr, results = translator(language_of(study)), study.pairing
    counts = {name: r for name in RULES if (r := estimate(results, name)) is not None}
    if not counts:
        return absent(tr("Audit of the pairing rules"), None, tr, needs="tandems.csv, positions.csv, people.csv")
    broken = [name for name, r in counts.items() if r.value]
    audited = max(r.n for r in counts.values())
    if broken:
        rules = "; ".join(tr(RULES[name][0]) for name in broken)
        said = plural(
            "{n} of {of} rules did not hold throughout: {rules}", "{n} of {of} rules did not hold throughout: {rules}"
        )
        title = tr(said, n=len(broken), of=len(counts), rules=rules)
    else:
        title = tr("Every rule that could be audited held in every tandem audited, on every day")
    rows = []
    for name, (rule, audited_by, needs) in RULES.items():
        result = counts.get(name)
        if result is None:
            rows.append([tr(rule), "–", tr("not audited"), tr("It takes {needs}.", needs=needs)])
            continue
        how = tr(audited_by)
        if result.n_excluded:
            left = tr("{n} could not be audited: {reason}", n=result.n_excluded, reason=tr(result.excluded_reason))
            how = f"{how}; {left}"
        rows.append([tr(rule), tr.value(int(result.value)), tr.value(result.n), how])
    heads = [text(tr("rule")), numbers(tr("tandems in breach")), numbers(tr("tandems audited"))]
    heads.append(text(tr("what was audited"), wide_only=True))
    subtitle = tr("Tandems by rule; up to {n} tandems, each from its match to its end", n=audited)
    note = tr("Which tandem and on which days stands in the dated list of the audit command, for the analyst alone.")
    block = [*titled(title, subtitle, table(heads, rows)), *_months(study, list(counts), tr)]
    return [*block, paragraph(note, kind="note")]


def _months(study: Study, names: list[str], tr: Translator) -> Block:
    """In which months tandems were in breach, rule by rule; nothing where none was."""
    curve = study.pairing.curve("audit_timeline")
    if curve is None or not curve.points["tandems_n"].sum():
        return []
    names = [name for name in names if name in set(curve.points["rule"])]
    by_month = curve.points.groupby("month", sort=False)["tandems_n"].sum()
    months = [month for month, n in by_month.items() if n]
    title = tr(
        "In {n} of {of} months at least one tandem was in breach of a rule ({months})",
        n=len(months),
        of=len(by_month),
        months=", ".join(charts_audit.month_names([str(month) for month in months], tr)),
    )
    alt = tr("Grid of rules by month, shaded by tandems in breach. {title}.", title=title)
    rules = [(name, tr(ABOUT[name])) for name in names]
    chart = charts_audit.audit_months(curve, rules, tr, figure_id="audit-months", alt=alt)
    heads = [text(tr("month")), numbers(tr("tandems paired")), *(numbers(label) for _, label in rules)]
    rows = []
    for month, points in curve.points.groupby("month", sort=False):
        counts = points.set_index("rule")["tandems_n"]
        paired, broken = tr.value(int(points["paired_n"].iloc[0])), [tr.value(int(counts[name])) for name in names]
        rows.append([*charts_audit.month_names([str(month)], tr), paired, *broken])
    subtitle = tr("Tandems in breach on at least one day of the month, by rule; {n} tandems", n=curve.n)
    return charted(title, subtitle, chart, table(heads, rows), tr)
