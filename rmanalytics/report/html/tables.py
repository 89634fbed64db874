"""The report's own tables: all claims, differences and changes of scales, files read, what everything rests on."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from rmanalytics.evaluation.claims import AUDIT_WORDS, STATES
from rmanalytics.language.translator import Translator, key
from rmanalytics.report.charts import intervals
from rmanalytics.report.html.markup import Column, numbers, render, table, text
from rmanalytics.report.words import gates, verdicts, wording
from rmanalytics.report.words.lookup import because, estimate, found, outcome_title
from rmanalytics.results import GROUPS, Estimate, NotEstimable, Result, Results

if TYPE_CHECKING:
    from rmanalytics.errors import Problem
    from rmanalytics.evaluation import Study
    from rmanalytics.evaluation.claims import Answer
    from rmanalytics.intake.sheet import Account

CLAIM_GROUPS = {
    "mentee": key("The senior"),
    "mentor": key("The junior"),
    "tandem": key("The tandem"),
    "company": key("The company"),
    "design": key("The programme's design"),
}
PACKAGES = ("rmanalytics", "numpy", "pandas", "scipy", "statsmodels", "plotly", "babel")


def claims_matrix(study: Study, tr: Translator) -> Markup:
    """Every claim in its group with verdict, interval on a common axis, n and evidence; unmeasured ones folded."""
    oriented = {a.claim.id: _oriented(a) for a in study.ledger}
    axis = intervals.common_axis([interval for interval in oriented.values() if interval is not None])
    groups = []
    for group, title in CLAIM_GROUPS.items():
        mine = [a for a in study.ledger if a.claim.group == group]
        rest = [a for a in mine if a.verdict == "not_asked"]
        if mine:
            groups.append(
                {
                    "title": tr(title),
                    "rows": [_claim_row(a, oriented[a.claim.id], axis, tr) for a in mine if a not in rest],
                    "unmeasured": [_unmeasured(a, tr) for a in rest],
                    "unmeasured_title": tr("{n} not asked: what would answer them", n=len(rest)),
                }
            )
    digits = 0 if axis.hi.is_integer() else 1
    marks = [
        (axis.lo, tr.number(axis.lo, digits)),
        (0.0, "0"),
        (axis.hi, tr("{value} SD", value=tr.number(axis.hi, digits))),
    ]
    drawn = any(interval is not None for interval in oriented.values())
    return render(
        "claims.html",
        intro=_intro(tr),
        heads={
            "claim": tr("Claim"),
            "verdict": tr("Verdict"),
            "estimate": tr("Estimate and 95% interval"),
            "n": tr("n"),
            "evidence": tr("Evidence"),
        },
        axis=intervals.axis_head(axis, marks if drawn else (), label=tr("Difference in standard deviations")),
        groups=groups,
        verdicts=[{"symbol": intervals.symbol(v), "words": tr(words)} for v, words in verdicts.WORDS.items()],
    )


def _intro(tr: Translator) -> str:
    sentences = [
        tr(
            "Comparisons of the plan have a verdict from all rounds together, with the interval that may be read after "
            "every round; what is explored has an estimate and its ordinary interval, of which 1 in 20 misses."
        ),
        tr(
            "Points are differences in standard deviations, lines their intervals; to the right is the way that the "
            "claim says."
        ),
        tr("Evidence: from 1 (participants alone) to 5 (the tool drew the lot)."),
    ]
    return " ".join(sentences)


def _oriented(answer: Answer) -> tuple[float, float, float] | None:
    if answer.standardised is None:
        return None
    value, lo, hi = answer.standardised
    return (-value, -hi, -lo) if answer.claim.direction == "down" else (value, lo, hi)


def _claim_row(
    answer: Answer, interval: tuple[float, float, float] | None, axis: intervals.Axis, tr: Translator
) -> dict[str, Any]:
    result, reason = answer.result, verdicts.reason(answer, tr)
    held = (verdicts.level_said(answer, tr), gates.takes(answer, tr), *gates.held_back(answer, tr))
    ways_title, ways = gates.specifications(answer, tr)
    notes = [line for line in (*held, gates.unmeasured(answer, tr)) if line]
    folds = [(tr("What it passed"), gates.passed(answer, tr)), (ways_title, ways)]
    row: dict[str, Any] = {
        "claim": tr.pick(answer.claim.title),
        "symbol": intervals.symbol(answer.verdict),
        "verdict": verdicts.told(answer, tr),
        "why": "",
        "notes": notes,
        "folds": [{"title": title, "lines": lines} for title, lines in folds if lines],
    }
    if not isinstance(result, Estimate) or answer.verdict in (*STATES, *AUDIT_WORDS):
        return row | {"why": reason}
    if answer.role and reason:
        notes.insert(0, f"{wording.sentence(reason)}.")
    if answer.repeated is not None:
        lo, hi = answer.repeated
        result = replace(result, lo=min(lo, result.value), hi=max(hi, result.value))
    limits = wording.interval_text(result, tr)
    own = wording.value_text(result, tr)
    row["estimate"] = tr("{value} ({limits})", value=own, limits=limits) if limits else own
    row["n"] = wording.n_text(result, tr)
    row["plot"] = ""
    if interval is not None:
        value, lo, hi = interval
        said = tr("{value}, {limits}", value=tr.number(value, 2), limits=_limits(lo, hi, tr))
        tone = {"shown": "part", "points_for": "part", "points_against": "warn"}.get(answer.verdict, "comp")
        holds = lo <= 0 <= hi
        row["plot"] = intervals.dot_interval(value, lo, hi, axis=axis, tone=tone, label=said, filled=not holds)
    level = answer.evidence
    row["evidence"] = intervals.evidence_ticks(level, verdicts.level(answer, tr)) if level else ""
    return row


def _limits(lo: float, hi: float, tr: Translator) -> str:
    return tr("{lo} to {hi}", lo=tr.number(lo, 2), hi=tr.number(hi, 2))


def _unmeasured(answer: Answer, tr: Translator) -> dict[str, Any]:
    reason = verdicts.reason(answer, tr)
    needs = tr("It takes {needs}.", needs=tr.pick(answer.claim.needs))
    return {
        "claim": tr.pick(answer.claim.title) + ".",
        "needs": f"{wording.sentence(reason)}. {needs}" if reason else needs,
        "symbol": intervals.symbol(answer.verdict),
    }


def estimates(
    rows: Sequence[tuple[str, Result]],
    tr: Translator,
    *,
    first: str,
    p_values: bool = False,
) -> Markup:
    """Any estimates as rows: value, interval, n, method; a reason where there is none.

    Parameters
    ----------
    rows : sequence of (label, result)
        In order.
    first : str
        Head of the first column.
    p_values : bool
        Whether a column of p-values stands there.
    """
    units = {wording.unit_head(r, tr) for _, r in rows if isinstance(r, Estimate)}
    one = next(iter(units)) if len(units) == 1 else ""
    head = tr("estimate, {unit}", unit=one) if one else tr("estimate")
    columns = [text(first), numbers(head), numbers(tr("95% interval")), numbers(tr("n"))]
    columns += [numbers(tr("p"))] if p_values else []
    columns.append(text(tr("method") if one else tr("unit and method"), wide_only=True))
    cells = [_row(label, result, tr, p_values=p_values, one=bool(one)) for label, result in rows]
    return table(columns, cells)


def share_cell(share: Result | None, tr: Translator) -> str:
    """A share with its limits; a dash where it is not there."""
    if not isinstance(share, Estimate):
        return "–"
    return tr("{value} ({limits})", value=wording.value_text(share, tr), limits=wording.interval_text(share, tr))


def _row(label: str, result: Result, tr: Translator, *, p_values: bool, one: bool) -> list[str]:
    gap = ["–"] if p_values else []
    if isinstance(result, NotEstimable):
        reason = tr("not estimable: {reason}", reason=because(result, tr))
        told = Markup('{}<br><span class="n">{}</span>').format(label, reason)
        return [told, "–", "–", tr.value(result.n), *gap, ""]
    if not isinstance(result, Estimate):
        return [label, "–", "–", tr.value(result.n), *gap, tr(result.method)]
    p = [tr.p(result.p_value) if result.p_value is not None else "–"] if p_values else []
    method = tr(result.method) if one else f"{wording.unit_head(result, tr)}; {tr(result.method)}"
    value = wording.bare(result.value, result.unit, wording.digits_of(result), tr)
    if not one and result.unit == "share":
        value = f"{value}{tr.percent}"
    limits = wording.interval_text(result, tr, bare_limits=True) or "–"
    return [label, value, limits, wording.n_text(result, tr), *p, method]


def own_changes(study: Study, outcomes: Sequence[str], side: str, tr: Translator) -> Markup:
    """What each group's own scores did: before, after, change, standardised change, and how many improved."""
    columns = [
        text(tr("scale")),
        text(tr("group")),
        numbers(tr("before")),
        numbers(tr("after")),
        numbers(tr("change (95% interval)")),
        numbers(tr("in SD (g)"), wide_only=True),
        numbers(tr("Glass' Δ; d_rm"), wide_only=True),
        numbers(tr("improved"), wide_only=True),
        numbers(tr("n")),
    ]
    rows = []
    for outcome in outcomes:
        for group in GROUPS:
            about = {"outcome": outcome, "side": side, "group": group}
            change = found(study.survey, "paired_change", **about)
            if change is None:
                continue
            label = [outcome_title(study, outcome, tr), wording.group_name(group, tr)]
            if not isinstance(change, Estimate):
                reason = because(change, tr) if isinstance(change, NotEstimable) else "–"
                rows.append([*label, "–", "–", reason, "–", "–", "–", tr.value(change.n)])
                continue
            g = estimate(study.survey, "paired_g_av", **about)
            better = estimate(study.survey, "improved_share", **about)
            rows.append(
                [
                    *label,
                    tr.number(change.extra["mean_pre"], 2),
                    tr.number(change.extra["mean_post"], 2),
                    with_limits(change, tr),
                    "–" if g is None else with_limits(g, tr),
                    "–" if g is None or "d_rm" not in g.extra else _other_sds(g, tr),
                    "–" if better is None else tr.share(better.value),
                    tr.value(change.n),
                ]
            )
    return table(columns, rows)


def _other_sds(g: Estimate, tr: Translator) -> str:
    return f"{tr.number(g.extra['glass'], 2)}; {tr.number(g.extra['d_rm'], 2)}"


def with_limits(result: Estimate, tr: Translator) -> str:
    """The value with its limits in brackets, without unit."""
    value = wording.bare(result.value, result.unit, wording.digits_of(result), tr)
    return tr("{value} ({limits})", value=value, limits=wording.interval_text(result, tr))


def counts(heads: tuple[str, str], rows: Sequence[tuple[str, str]]) -> Markup:
    """Two columns: what, and how many."""
    return table([text(heads[0]), numbers(heads[1])], rows)


def accounts(read: Iterable[Account], tr: Translator) -> Markup:
    """Files read, and where each of their rows went."""
    columns = [
        text(tr("table")),
        text(tr("file")),
        *(numbers(head) for head in (tr("rows"), tr("used"), tr("quarantined"), tr("excluded"))),
    ]
    rows = [[a.table, a.file, *(tr.value(n) for n in (a.rows, a.used, a.quarantined, a.excluded))] for a in read]
    return table(columns, rows)


def problems(found_problems: Sequence[Problem], tr: Translator) -> Markup:
    """What was found in the files: code, where, which rule, how many rows, what to do."""
    effects = {
        "quarantined": tr("row set aside"),
        "normalised": tr("put right"),
        "warned": tr("noted"),
        "refused": tr("refused"),
    }
    columns: list[Column] = [
        text(tr("code")),
        text(tr("where")),
        text(tr("rule")),
        numbers(tr("rows")),
        text(tr("what was done"), wide_only=True),
        text(tr("remedy"), wide_only=True),
    ]
    rows = []
    for p in found_problems:
        where = f"{p.file}, {p.column}" if p.column else p.file
        code = Markup('<span class="nowrap">{}</span>').format(p.code)
        rows.append([code, where, tr(p.rule), _rows_hit(p, tr), effects[p.effect], tr(p.remedy)])
    return table(columns, rows)


def _rows_hit(problem: Problem, tr: Translator) -> str:
    count = problem.row_count or len(problem.rows)
    return tr.value(count) if count else "–"


def methods_used(results: Results, tr: Translator) -> Markup:
    """Every method that made a number of this report, and how many numbers."""
    used: dict[str, list[Result]] = {}
    for result in results:
        if not isinstance(result, NotEstimable):
            used.setdefault(result.method, []).append(result)
    rows = [(wording.sentence(tr(method)), tr.value(len(made))) for method, made in used.items()]
    return counts((tr("method"), tr("results")), rows)


def packages(tr: Translator) -> Markup:
    """Versions of what computed the report."""
    rows = [("Python", platform.python_version()), *((name, _version(name)) for name in PACKAGES)]
    return table([text(tr("software")), text(tr("version"))], rows)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "–"
