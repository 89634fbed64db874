"""The slides, at most ten: a title to remember, its pictures, one source line, notes of method and caveat.

A slide goes for lack of data or people, never for lack of a pleasing verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rmanalytics.briefing import figures, titles
from rmanalytics.briefing.asked import decisions
from rmanalytics.briefing.company import brand, bridge, cost, staying
from rmanalytics.briefing.figures import Figure
from rmanalytics.briefing.questions import doubts
from rmanalytics.briefing.slide import Slide, compared, evidence_of
from rmanalytics.briefing.told import PEOPLE, Told
from rmanalytics.language.translator import key, plural

LEVELS = {
    5: key("Places drawn by lot"),
    4: key("Waiting list that had its turn later, or a lot with a flaw"),
    3: key("Before and after, with a comparison group"),
    2: key("Two groups, no before or unlike before"),
    1: key("Participants alone"),
}
EMPTY = {
    5: key("empty: drawing the next places by lot would fill it"),
    4: key("empty: takes a waiting list recorded beforehand, whose people are then offered a place"),
}

MOST_OPEN = 5
"""Rows of open claims beneath which decisions have their room."""
AFTER = plural(
    "One open claim can have its answer after {n} more round of this size.",
    "One open claim can have its answer after {n} more rounds of this size.",
)
ALL_AFTER = plural(
    "The open claims that more rounds can answer have their answers after {n} more round of this size.",
    "The open claims that more rounds can answer have their answers after {n} more rounds of this size.",
)
FIRST_AFTER = plural(
    "Of the claims that more rounds can answer, the first needs {n} more round of this size, the last {last}.",
    "Of the claims that more rounds can answer, the first needs {n} more rounds of this size, the last {last}.",
)


def deck(told: Told) -> list[Slide]:
    """The slides in their order."""
    makers: tuple[Callable[[Told], Slide | None], ...] = (
        delivered,
        primary,
        both_sides,
        ladder,
        bridge,
        staying,
        brand,
        cost,
        may_be_said,
        open_claims,
        decisions,
    )
    if told.interim:
        makers = (underway,)
    made = [slide for make in makers if (slide := make(told)) is not None]
    made = made if len(made) <= 10 else [*made[:-2], _merged(told, made[-2], made[-1])]
    if not told.document["simulated"]:
        return made
    invented = told.tr("figures invented")
    return [replace(slide, source=f"{slide.source} · {invented}" if slide.source else invented) for slide in made]


def _merged(told: Told, left: Slide, right: Slide) -> Slide:
    """Open claims and decisions on one slide, so that ten are never passed."""
    tr = told.tr
    return Slide(
        section=left.section,
        title=tr("What we may not say yet, and the decisions needed") if left.figures else left.title,
        figures=left.figures,
        says=left.says,
        points=right.points,
        source=" · ".join(part for part in (left.source, right.source) if part),
        notes=f"{left.notes} {right.notes}",
        evidence=left.evidence,
    )


def underway(told: Told) -> Slide:
    """A first round that is not over: when a verdict is due, and what was planned."""
    tr = told.tr
    planned = told.get(f"places.{told.round_id}")
    roles = {"primary": tr("primary claim"), "key": tr("key claim")}
    rows = tuple((told.subject(e), roles[e["role"]], told.word(e["verdict"])) for e in told.planned())
    head = (tr("Claim"), tr("In the plan"), tr("State"))
    figure = Figure(id="open", title=tr("The claims of the plan"), kind="table", head=head, rows=rows)
    return Slide(
        section=tr("What is under way"),
        title=tr("No verdict yet: the round runs until {day}", day=told.day(told.coming["end"])),
        figures=(figure,) if rows else (),
        tiles=tiles(told),
        says=(tr("Nothing is counted before the round is over: looking early would let chance speak."),),
        source=tr("The programme's own declaration; no data were read"),
        notes=tr("The plan below was fixed before the answers. Each of its claims gets its answer, whatever it is."),
        verdict="not_yet",
        evidence=evidence_of(planned),
    )


def delivered(told: Told) -> Slide:
    """What was done, for whom."""
    tr = told.tr
    tandems = figures.tandems(told)
    every = figures.columns(told, "delivery", "all_meetings", tr("Tandems that held every planned meeting"), "meetings")
    own, share = told.get(f"tandems.{told.round_id}"), told.get(f"delivery.all_meetings.{told.round_id}")
    if own is None:
        title = tr("Too few tandems took part for the round to be told")
    elif share is None:
        title = tr("About {n} tandems of a junior and a senior worked together", n=own["value"])
    else:
        title = tr(
            "About {n} tandems worked together; {share} held every planned meeting",
            n=own["value"],
            share=told.value(share),
        )
        if share["value"] < 0.7:
            title = tr(
                "Only {share} of about {n} tandems held every planned meeting", n=own["value"], share=told.value(share)
            )
    says = [tr("Rule broken: {title}", title=tr.quoted(f"{title}.")) for title in titles.rules(told, "broken")]
    for verdict, text in (("kept", key("Kept: {rules}")), ("not_audited", key("Not audited: {rules}"))):
        if found := [tr.quoted(f"{title}.") for title in titles.rules(told, verdict)]:
            says.append(tr(text, rules=" ".join(found)))
    meant = [told.get(f"reach.mentor.{group}.{told.round_id}") for group in ("participants", "eligible")]
    if meant[0]:
        about = {"share": told.value(meant[0])}
        text = key("{share} of the juniors who took part are from the groups that the programme is meant for.")
        if meant[1]:
            about["could"] = told.value(meant[1])
            text = key(
                "{share} of the juniors who took part are from the groups that the programme is meant for; of all "
                "juniors who were free to apply, {could} are."
            )
        says.append(tr(text, **about))
    return Slide(
        section=tr("What we did, for whom"),
        title=title,
        figures=tuple(figure for figure in (tandems, every) if figure),
        tiles=tiles(told)[1:],
        says=tuple(says),
        source=tr("Programme records; blurred and rounded on purpose: tandems to the nearest 5, shares by 5 points"),
        notes=tr(
            "The denominator is every tandem that was matched, not those that finished. Numbers are blurred and "
            "rounded on purpose, so two pages cannot be set against each other to find a person."
        ),
        verdict="described",
        evidence=evidence_of(own),
    )


def tiles(told: Told) -> tuple[tuple[str, str], ...]:
    """The numbers that place the round, and whether the rules were kept."""
    tr, found = told.tr, []
    own, planned = told.get(f"tandems.{told.round_id}"), told.get(f"places.{told.round_id}")
    if planned and told.interim:
        found.append((told.value(planned), tr("tandems planned")))
    whole = next(told.find(row="tandems", rounds=told.rounds), own)
    if own is not None:
        what = tr("tandems this round")
        if whole is not None and whole is not own:
            what = tr("tandems this round, {n} in all", n=whole["value"])
        found.append((told.value(own), what))
    for what, text in (
        ("all_meetings", key("of the tandems held every meeting")),
        ("ended_early", key("ended early")),
    ):
        entry = told.get(f"delivery.{what}.{told.round_id}")
        if entry is not None:
            found.append((told.value(entry), tr(text)))
    cost = told.get(f"money.tandem.{told.round_id}")
    if cost is not None:
        ends = f"{told.number(cost['lo'], cost['unit'])}–{told.number(cost['hi'], cost['unit'])}"
        found.append((ends, tr("{currency} a tandem", currency=cost["unit"])))
    audits = [entry for entry in told.find(row="audit") if entry["claim"] != "P5"]
    if audits:
        words = {entry["verdict"] for entry in audits}
        word = "broken" if "broken" in words else "kept" if words == {"kept"} else "not_audited"
        text = key("a rule of the programme") if word == "broken" else key("rules of pairing and consent")
        found.append((told.word(word), tr(text)))
    return tuple(found)


def primary(told: Told) -> Slide:
    """What changed: the primary claim."""
    tr, verdict = told.tr, told.primary()
    section = tr("What changed")
    if verdict is None:
        text = tr("Name one primary claim and up to four more before the next round begins; then each gets its answer.")
        return Slide(section=section, title=titles.headline(told), says=(text,), notes=text)
    claim = verdict["claim"]
    found = tuple(f for f in (figures.before_after(told, claim), figures.strip(told, claim)) if f)
    effect = told.effect(claim) or {}
    says = []
    if "near_end" in effect:
        near, about = (told.size(effect[end], effect["unit"]) for end in ("near_end", "middle"))
        text = key(
            "What we say is “at least {near}”; most likely it is about {about}, for what comes out well is often "
            "overestimated."
        )
        says.append(tr(text, near=near, about=about))
    if "lo" in effect:
        says.append(" ".join((tr("At 0 both groups did equally well."), *titles.judged_together(told, claim))))
    says += [" ".join(asked)] if (asked := doubts(told, verdict)) else []
    points: tuple[tuple[str, ...], ...] = ()
    if verdict["verdict"] in ("too_few", "not_asked"):
        needs = _other(verdict, told)
        points = ((tr("What it would take"), f"{needs[:1].upper()}{needs[1:]}."),)
    if verdict["verdict"] == "could_not":
        says.append(tr("What it would take: {takes}.", takes=titles.takes(claim, told)))
    return Slide(
        section=section,
        title=titles.of(verdict, told),
        figures=found,
        says=tuple(says),
        points=points,
        source=compared(told, verdict),
        notes=_method(told, verdict),
        verdict=verdict["verdict"],
        level=verdict.get("level"),
        evidence=evidence_of(verdict),
    )


def _method(told: Told, verdict: Mapping[str, Any]) -> str:
    tr = told.tr
    method = tr(
        "One model over all rounds that the plan covers; the interval allows for a look after every round, and error "
        "is shared over the primary and the key claims together."
    )
    return " ".join((method, *doubts(told, verdict)))


def both_sides(told: Told) -> Slide | None:
    """What seniors and juniors got: every claim of the plan on a scale, then the other scales, described."""
    tr = told.tr
    found = tuple(f for f in (figures.effects(told), figures.other_scales(told)) if f)
    if not found:
        return None
    shown = {e["group"] for e in told.planned() if e["verdict"] == "shown" and e["group"] in ("mentee", "mentor")}
    against = [e for e in told.planned() if e["verdict"] == "points_against"]
    if len(shown) == 2:
        in_part = bool(shown & {entry["group"] for entry in against})
        text = key("Seniors and juniors both gained in part") if in_part else key("Seniors and juniors both gained")
        title = tr(text)
    elif shown:
        side, other = ("mentee", "mentor") if "mentee" in shown else ("mentor", "mentee")
        text = key("The {side} gained; for the {other} it is not shown")
        if _untold(told, other):
            text = key("The {side} gained; for the {other} it could not be told yet")
        if against:
            in_part = side in {entry["group"] for entry in against}
            text = key("The {side} gained in part") if in_part else key("The {side} gained")
        title = tr(text, side=tr(PEOPLE[side]), other=tr(PEOPLE[other]))
    elif {e["verdict"] for e in told.planned()} <= {"too_few", "not_asked"}:
        title = tr("Too few people took part for either side to be told")
    elif all(_untold(told, side) for side in PEOPLE):
        title = tr("Whether either side gains could not be told yet")
    else:
        title = tr("That either side gains is not shown")
    if len(against) > 1:
        title = tr("{title}; {n} claims point the other way", title=title, n=len(against))
    elif against:
        text = key("{title}; {what} points the other way")
        title = tr(text, title=title, what=tr.inner(told.title(against[0])))
    return Slide(
        section=tr("What seniors and juniors got"),
        title=title,
        figures=found,
        source=tr(
            "Surveys of both sides before and afterwards, the same people; every claim of the plan that is a scale"
        ),
        notes=tr(
            "Bars are intervals that allow for a look after every round; near 0 a bar can touch it by rounding "
            "outwards. The other scales were not planned: their averages describe, and nothing follows from a "
            "difference between them."
        ),
        evidence=", ".join(e["claim"] for e in told.planned() if "scale" in e),
        stacked=True,
    )


def _untold(told: Told, side: str) -> bool:
    """Whether the claims of a side are all still open, which is neither shown nor not shown."""
    return {e["verdict"] for e in told.planned() if e["group"] == side} <= {"could_not", "too_few", "not_asked"}


def ladder(told: Told) -> Slide:
    """How sure: each planned claim on the rung of its evidence level."""
    tr, rows = told.tr, []
    for level, text in LEVELS.items():
        chips = tuple(
            (f"{told.title(e)}: {told.word(e['verdict'])}", e["verdict"])
            for e in told.planned()
            if e.get("level") == level
        )
        empty = tr(EMPTY[level]) if level in EMPTY else "–"
        rows.append((str(level), tr(text), chips or ((empty, ""),)))
    shown = sum(e["verdict"] == "shown" for e in told.planned())
    best = max((e["level"] for e in told.planned() if e.get("level")), default=None)
    if not shown:
        title = tr("No claim is shown yet; the ladder says what would make the next ones surer")
    else:
        text = key("Shown: {n} of the planned claims, on level {level} of 5 at most")
        title = tr(text, n=shown, level=best or 1)
    made, planned = (told.get(f"account.{what}.{told.round_id}") for what in ("made", "planned"))
    source = [tr("Levels follow from design and receipts, never from results")]
    if made and planned:
        source.insert(0, tr("{n} claims are made, {planned} were planned", n=made["value"], planned=planned["value"]))
    figure = Figure(
        id="ladder", title=tr("Evidence ladder"), kind="ladder", head=("", tr("Design"), tr("Claims")), rows=tuple(rows)
    )
    return Slide(
        section=tr("How sure"),
        title=title,
        figures=(figure,),
        source=" · ".join(source),
        notes=tr(
            "The level says how well the comparison was built, not how large an effect is. Over all planned claims and "
            "all rounds together, a false “shown” comes up in at most 1 of 40 programmes."
        ),
    )


def may_be_said(told: Told) -> Slide:
    """What may be said outside, word for word."""
    tr = told.tr
    found = tuple(
        {"id": one["id"], "text": one["text"][tr.language], "until": told.day(one["valid_until"])}
        for one in told.document["sentences"]
    )
    title = tr("What may be said outside, word for word") if found else tr("Nothing may be said outside yet")
    return Slide(
        section=tr("May be said outside"),
        title=title,
        sentences=found,
        source=tr("Each sentence follows by rule from its figures; it is said whole, with its source, until its day"),
        notes=tr(
            "A sentence is said whole, with its source line, and until its day. Not shown, points against and could "
            "not have told give no sentence."
        ),
    )


def open_claims(told: Told) -> Slide:
    """What may not be said, and what it would take."""
    tr = told.tr
    left = [e for e in told.planned() if e["verdict"] not in ("shown", "points_against")]
    rows = tuple(
        (
            told.subject(e),
            told.word(e["verdict"]),
            _takes(e, told) if e["verdict"] == "could_not" else _other(e, told),
        )
        for e in left
    )
    rows += _beside(told)[: max(MOST_OPEN - len(rows), 0)]
    title = tr("What we may not say, and what it would take")
    if not rows:
        title = tr("Every claim that was planned has its answer")
    head = (tr("Claim"), tr("State"), tr("What it would take"))
    figure = Figure(id="open", title=tr("Open claims"), kind="table", head=head, rows=rows)
    return Slide(
        section=tr("What we may not say"),
        title=title,
        figures=(figure,) if rows else (),
        says=_till_answers(left, told),
        source=tr("Power of 80% for the smallest effect that was declared to matter"),
        notes=tr(
            "“Could not have told” is no bad news and no good news: neither an effect nor its absence can be read from "
            "the data yet. What was explored or described without a plan is in the report for HR."
        ),
    )


def _beside(told: Told) -> tuple[tuple[str, str, str], ...]:
    """What people would say although the plan has no such claim: that the brand gains, that it is better value."""
    tr, rows = told.tr, []
    if any(told.find(row="brand")) and "C6" not in {e["claim"] for e in told.planned()}:
        takes = tr("a metric declared beforehand, and the mention drawn by lot")
        rows.append((tr.pick(told.document["claims"]["C6"]), told.word("described"), takes))
    if any(told.find(row="money", what="training")):
        takes = tr("a trained group whose gain is measured in the same way")
        rows.append((tr("Better value than training"), told.word("described"), takes))
    return tuple(rows)


def _takes(entry: Mapping[str, Any], told: Told) -> str:
    """Rounds gathered and missing as blocks, solid and outlined, with the words beside them."""
    info, words = told.get(f"info.{entry['claim']}.{told.round_id}") or {}, titles.takes(entry["claim"], told)
    missing = told.missing(entry["claim"])
    return f"{'■' * info['gathered']}{'□' * missing}  {words}" if missing else words


def _till_answers(left: Sequence[Mapping[str, Any]], told: Told) -> tuple[str, ...]:
    """After how many more rounds the open claims that rounds can answer have their answers, as a sentence."""
    missing = [n for entry in left if entry["verdict"] == "could_not" and (n := told.missing(entry["claim"]))]
    if not missing:
        return ()
    tr, first, last = told.tr, min(missing), max(missing)
    if len(missing) == 1:
        return (tr(AFTER, n=last),)
    if first == last:
        return (tr(ALL_AFTER, n=last),)
    return (tr(FIRST_AFTER, n=first, last=last),)


def _other(entry: Mapping[str, Any], told: Told) -> str:
    tr = told.tr
    texts = {
        "points_for": key("a comparison group that was there before"),
        "not_shown": key("nothing: an effect that would matter is ruled out"),
        "not_asked": key("data that answer it"),
        "too_few": titles.NEEDS,
    }
    return tr(texts[entry["verdict"]])
