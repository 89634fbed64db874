"""Answers under codes: how many responses before and after were linked, and results with the uncertain matches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.intake.schema import PARTICIPANT
from rmanalytics.language.translator import Translator, key, plural
from rmanalytics.report.html.blocks import Block, folded, titled, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import curves, outcome_title, wholes
from rmanalytics.results import COMPARISON, PARTICIPANTS

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

COUNTS = {
    "before": key("answered before"),
    "after": key("answered after"),
    "exact": key("linked by the same code"),
    "near": key("linked within the tolerance"),
    "uncertain": key("uncertain"),
    "ambiguous": key("ambiguous"),
}
SHOWN = {
    "adjusted_difference": key("difference after the round, adjusted for the score before"),
    "change_score_difference": key("difference of the changes"),
    "paired_change": key("change from before to after, {group}"),
    "reliable_rise_share": key("risen by more than error explains"),
    "reliable_fall_share": key("fallen by more than error explains"),
}


def linked(study: Study, tr: Translator) -> Block:
    """The account of the links and what the uncertain ones would change; empty where answers stand under ids."""
    account = next((one.points for one in curves(study.survey, "linkage")), None)
    if account is None:
        return []
    group = account["kind"].map(lambda kind: PARTICIPANTS if kind == PARTICIPANT else COMPARISON)
    numbered = account.assign(group=group).groupby(["side", "group"], sort=False).sum(numeric_only=True)
    rows = []
    for row in numbered.reset_index().to_dict("records"):
        sure = row["exact"] + row["near"]
        label = f"{wording.side_label(row['side'], tr)}, {wording.group_name(row['group'], tr)}"
        cells = [tr.value(int(row[name])) for name in COUNTS]
        rows.append([label, *cells, _share(sure, row["before"], tr), _share(row["false_certain"], sure, tr)])
    heads = [text(tr("group")), *(numbers(tr(label)) for label in COUNTS.values())]
    heads += [numbers(tr("linked, % of those before")), numbers(tr("false links expected, %"))]
    whole = numbered.sum()
    title = tr(
        "Of {n} people who answered before under a code, {linked} could be linked to an answer after",
        n=int(whole["before"]),
        linked=int(whole["exact"] + whole["near"]),
    )
    subtitle = tr(
        "Responses by what became of them; results rest on certain links alone. Two strangers' codes lie within the "
        "tolerance with a chance of {chance} in a million",
        chance=tr.number(1e6 * float(account["collision"].max()), 1),
    )
    return titled(title, subtitle, table(heads, rows)) + _beside(study, int(whole["uncertain"]), tr)


def _share(part: float, of: float, tr: Translator) -> str:
    return tr.number(100 * part / of, 1) if of else "–"


def _beside(study: Study, uncertain: int, tr: Translator) -> Block:
    """Results of whole scales without and with the uncertain matches; all others stand in results.json."""
    if not uncertain:
        return told(tr("No match was uncertain, so every result is the same with and without such matches."))
    points = pd.concat([one.points for one in curves(study.survey, "with_uncertain_matches")])
    whole = {(side, outcome) for side in ("mentee", "mentor") for outcome in wholes(study, side)}
    rows = []
    for row in points.to_dict("records"):
        if row["result"] in SHOWN and (row["side"], row["outcome"]) in whole:
            what = tr(SHOWN[row["result"]], group=wording.group_name(row["of"], tr))
            scale = f"{outcome_title(study, row['outcome'], tr)}, {wording.side_label(row['side'], tr)}"
            rows.append([scale, what, *_cells(row, "", tr), *_cells(row, "_with", tr)])
    said = tr(
        plural(
            "{n} match is less certain than declared and is left out of every result.",
            "{n} matches are less certain than declared and are left out of every result.",
        ),
        n=uncertain,
    )
    heads = [text(tr("scale")), text(tr("result")), numbers(tr("without")), numbers(tr("n"))]
    heads += [numbers(tr("with the uncertain matches")), numbers(tr("n"))]
    return told(said) + folded(tr("With and without the uncertain matches"), table(heads, rows))


def _cells(row: Mapping[Any, Any], end: str, tr: Translator) -> list[str]:
    value, lo, hi = (row[name + end] for name in ("value", "lo", "hi"))
    limits = "" if lo is None or pd.isna(lo) else f" ({tr('{lo} to {hi}', lo=tr.number(lo, 2), hi=tr.number(hi, 2))})"
    return [f"{tr.number(value, 2)}{limits}", tr.value(int(row["n" + end]))]
