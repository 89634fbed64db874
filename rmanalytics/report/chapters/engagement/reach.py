"""Who was reached: how far people came, and the two sides beside everybody who was employed when the round began.

Groups of which few take part are not told, nor those that would give them away.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from rmanalytics.evaluation.engagement.reach import MEANT_FOR
from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.charts import audit, delivery
from rmanalytics.report.charts.audit import Stage
from rmanalytics.report.charts.delivery import ratio_digits, ratio_line
from rmanalytics.report.charts.drawing import Row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.html.markup import numbers, paragraph, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import because, curves, found, hidden, not_estimable
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import SIDES, Curve, Estimate, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

ATTRIBUTES = {
    "talent_group": key("Talent group"),
    "generation": key("Generation"),
    "unit": key("Unit"),
    "location": key("Place of work"),
}
TALENTS = {
    "trainee": key("trainees"),
    "young_professional": key("young professionals"),
    "high_potential": key("high potentials"),
    "alumni": key("alumni"),
    "executive": key("executives"),
    "none": key("in no talent group"),
    "not known": key("not known"),
}
STAGES = {
    "eligible": key("employed"),
    "invited": key("invited"),
    "volunteered": key("volunteered"),
    "matched": key("matched"),
    "started": key("first meeting held"),
    "finished": key("all meetings held"),
}
RECORDS = key(
    "invitations.csv would tell: who was asked on which day, and what each answered. Without it nobody knows who said "
    "no."
)
Point = Mapping[Any, Any]


def reach(study: Study) -> Block:
    """How much more or less frequent each group is on either side than in the company."""
    tr = translator(language_of(study))
    if not study.reach.find("composition"):
        needs = "tandems.csv; people.csv: talent_group; positions.csv: unit, location"
        return absent(tr("Who was reached"), None, tr, needs=needs)
    block: Block = []
    for side in SIDES:
        block += _side(study, side, tr)
    way = _way(study, tr)
    drawn = any(not isinstance(piece, Markup) for piece in block)
    note = tr(
        "Who takes part is chosen, by level and age for one: a ratio away from 1 describes, and is no fault. Of twenty "
        "such intervals one misses 1 by chance alone."
    )
    return way + block + told(note) if drawn else way + block


def _way(study: Study, tr: Translator) -> Block:
    """From everybody employed to those who finished, by side; stages without a record stand as such."""
    flows = {curve.side: curve for side in SIDES for curve in curves(study.reach, "recruitment_flow", side=side)}
    if not flows:
        return []
    counts = {
        side: dict(zip(c.points["stage"], c.points["n"].astype("int64"), strict=True)) for side, c in flows.items()
    }
    sides = [
        (
            wording.side_label(side, tr),
            [Stage(label=tr(label), count=count.get(stage)) for stage, label in STAGES.items()],
        )
        for side, count in counts.items()
    ]
    title = _came(counts, tr)
    alt = tr("Bars of people by stage. {title}.", title=title)
    chart = audit.funnel(sides, tr, figure_id="recruitment", alt=alt)
    rows = []
    for side, curve in flows.items():
        points = {p["stage"]: p for p in curve.points.to_dict("records")}
        for stage, label in STAGES.items():
            said = [wording.side_label(side, tr), tr(label)]
            rows.append([*said, *(_stage(points[stage], tr) if stage in points else (tr("not recorded"), "–"))])
    heads = [text(tr("side")), text(tr("stage")), numbers(tr("people"))]
    heads.append(numbers(tr("of the recorded stage before (95% interval)")))
    subtitle = tr("People by stage, as far as it is recorded; from everybody employed on the first day of the round")
    missing = [tr(label) for stage, label in STAGES.items() if any(stage not in count for count in counts.values())]
    block = charted(title, subtitle, chart, table(heads, rows), tr)
    if not missing:
        return block
    return block + told(
        tr("Not recorded: {stages}. {needs}", stages=", ".join(missing), needs=tr(RECORDS)),
    )


def _came(counts: Mapping[str, Mapping[str, int]], tr: Translator) -> str:
    """How many of those matched met, and held all planned meetings, both sides together."""
    total = {stage: sum(count.get(stage, 0) for count in counts.values()) for stage in STAGES}
    if not total["matched"]:
        return tr("From everybody employed to the people matched")
    return tr(
        "Of {matched} people matched, {started} met at least once and {finished} held all planned meetings",
        matched=total["matched"],
        started=total["started"],
        finished=total["finished"],
    )


def _stage(point: Point, tr: Translator) -> tuple[str, str]:
    """People at a stage, and their share of the stage before."""
    said = tr.value(int(point["n"]))
    if math.isnan(float(point["share"])):
        return said, "–"
    limits = tr("{lo} to {hi}", lo=tr.number(100 * point["lo"], 0), hi=tr.share(point["hi"]))
    return said, tr("{value} ({limits})", value=tr.share(point["share"]), limits=limits)


def _side(study: Study, side: str, tr: Translator) -> Block:
    label = tr("Who was reached, {people}", people=wording.about_side(side, tr))
    made = curves(study.reach, "composition", side=side)
    refused = not_estimable(study.reach.find("composition", side=side))
    if not made:
        return absent(label, refused[0] if refused else None, tr)
    k = study.programme.k
    shown = {curve.outcome: _shown(curve, k) for curve in made}
    groups = []
    for curve in made:
        rows = [_row(p, curve.outcome, tr) for p in shown[curve.outcome] if p["participants_n"] > 0]
        if rows:
            groups.append((_attribute(curve.outcome, tr), sorted(rows, key=lambda r: -r.value)))
    listed = Markup("").join(_table(curve, k, tr) for curve in made)
    why = _refused(refused, tr)
    if not groups:
        few = tr("{what}: every group is too small to show, or would give a small one away.", what=label)
        return [paragraph(few, kind="absent"), *why]
    title = _title(side, shown, tr)
    alt = tr("Dots with intervals of the ratios, one row a group. {title}.", title=title)
    chart = delivery.ratios(groups, tr, figure_id=f"reach-{side}", alt=alt)
    subtitle = tr(
        "Share of each group among the {people} ÷ its share in the company, 95% intervals; {n} of {pool} people. Left "
        "out: groups too small to be shown (k = {k}), and those that would give these away.",
        people=wording.about_side(side, tr),
        n=made[0].n,
        pool=int(made[0].points["pool_n"].sum()),
        k=k,
    )
    return charted(title, subtitle, chart, listed, tr) + why + (_meant(study, tr) if side == "mentor" else [])


def _refused(refused: Sequence[Any], tr: Translator) -> Block:
    listed = [tr("{what}: {reason}", what=_attribute(r.outcome, tr), reason=because(r, tr)) for r in refused]
    return told(tr("Not estimable: {list}.", list="; ".join(listed))) if listed else []


def _attribute(outcome: str, tr: Translator) -> str:
    return tr(ATTRIBUTES.get(outcome, outcome.replace("_", " ").capitalize()))


def _group(point: Point, outcome: str, tr: Translator) -> str:
    name = str(point["group"])
    if outcome == "talent_group" or name == "not known":
        return tr(TALENTS.get(name, name.replace("_", " ")))
    return name


def _withheld(curve: Curve, k: int) -> list[bool]:
    """Groups of which few take part, or all but few, and as many more as it takes not to give them away."""
    inside = curve.points["participants_n"].astype("int64").to_list()
    outside = (curve.points["pool_n"] - curve.points["participants_n"]).astype("int64").to_list()
    return [a or b for a, b in zip(hidden(inside, k), hidden(outside, k), strict=True)]


def _shown(curve: Curve, k: int) -> list[Point]:
    points = curve.points.to_dict("records")
    return [p for p, hide in zip(points, _withheld(curve, k), strict=True) if not hide]


def _row(point: Point, outcome: str, tr: Translator) -> Row:
    lo, hi = float(point["lo"]), float(point["hi"])
    known = not math.isnan(lo)
    name = _group(point, outcome, tr)
    return ratio_line(name, float(point["ratio"]), lo if known else None, hi if known else None, tr)


def _title(side: str, shown: Mapping[str, Sequence[Point]], tr: Translator) -> str:
    """How many groups stand out: those whose interval leaves out 1."""
    people = wording.about_side(side, tr)
    every = [p for points in shown.values() for p in points]
    away = sum(map(_stands_out, every))
    if not away:
        return tr(
            "Among the {people} it is open whether a group shown is more or less frequent than in the company",
            people=people,
        )
    return tr(
        "Among the {people}, {n} of {every} groups shown are more or less frequent than in the company",
        people=people,
        n=away,
        every=len(every),
    )


def _stands_out(p: Point) -> bool:
    return bool(p["ratio"] > 0 and (p["lo"] > 1 or p["hi"] < 1))


def _digits(p: Point) -> int:
    return ratio_digits(float(p["ratio"]), float(p["lo"]), float(p["hi"]))


def _ratio(p: Point, tr: Translator) -> str:
    if not p["ratio"]:
        return "0"
    return tr.number(float(p["ratio"]), 2 if math.isnan(float(p["lo"])) else _digits(p))


def _limits(p: Point, tr: Translator) -> str:
    digits = _digits(p)
    return tr("{lo} to {hi}", lo=tr.number(float(p["lo"]), digits), hi=tr.number(float(p["hi"]), digits))


def _table(curve: Curve, k: int, tr: Translator) -> Markup:
    """All groups of an attribute: share among the participants and in the company, and the ratio of the two."""
    rows = []
    for p, hide in zip(curve.points.to_dict("records"), _withheld(curve, k), strict=True):
        company = "–" if 0 < int(p["pool_n"]) < k else tr.share(float(p["pool_share"]), 1)
        name = _group(p, curve.outcome, tr)
        if hide:
            rows.append([name, tr("group too small to be shown (k = {k})", k=k), company, "–"])
            continue
        limits = tr("{lo} to {hi}", lo=tr.number(100 * p["share_lo"], 0), hi=tr.share(p["share_hi"]))
        share = tr("{value} ({limits})", value=tr.share(p["share"]), limits=limits)
        ratio = _ratio(p, tr) if math.isnan(p["lo"]) else f"{_ratio(p, tr)} ({_limits(p, tr)})"
        rows.append([name, share, company, ratio])
    heads = [text(_attribute(curve.outcome, tr)), numbers(tr("share of the {people}", people=_people(curve, tr)))]
    heads += [numbers(tr("share in the company")), numbers(tr("ratio (95% interval)"))]
    return table(heads, rows)


def _people(curve: Curve, tr: Translator) -> str:
    return wording.about_side(curve.side, tr)


def _meant(study: Study, tr: Translator) -> Block:
    """How frequent the groups are that the programme is meant for, among the juniors and in the company."""
    share = found(study.reach, "meant_share")
    what = tr("Groups that the programme is meant for")
    if not isinstance(share, Estimate):
        return absent(what, share, tr, needs="people.csv: talent_group")
    said = tr(
        "Of the juniors {share} are in the groups that the programme is meant for ({groups}; {interval}).",
        share=wording.value_text(share, tr),
        groups=", ".join(tr(TALENTS[group]) for group in MEANT_FOR),
        interval=named_interval(share, tr),
    )
    ratio = found(study.reach, "representation_ratio", outcome="meant")
    listed: list[tuple[str, Result]] = [(what, share)]
    if isinstance(ratio, Estimate):
        said += " " + tr(
            "Of those who could have taken part it is {pool}: {ratio} times as many ({interval}).",
            pool=tr.share(ratio.extra["pool_share"]),
            ratio=wording.bare(ratio.value, ratio.unit, wording.digits_of(ratio), tr),
            interval=named_interval(ratio, tr),
        )
        listed.append((tr("share ÷ share among those eligible"), ratio))
    else:
        said += " " + tr("Whether they take part more often than others is not asked: invitations.csv is needed.")
    return [*told(said), tables.estimates(listed, tr, first=tr("representation"))]
