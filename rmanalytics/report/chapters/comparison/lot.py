"""How it was decided who started: the lot, whether it held, and what it says of each scale."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rmanalytics.evaluation.lots.breaches import NOT_DUE, OWED, TYPED
from rmanalytics.evaluation.lots.dealt import OF, ArmsLot, arms_lots
from rmanalytics.evaluation.lots.drawn import Lot, lot_of
from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.lot.sizes import CERTAIN, NOT_DRAWN, RESERVE, START, WAIT
from rmanalytics.receipts.chain import receipts_of
from rmanalytics.report.chapters.recorded import laid_down, vouched
from rmanalytics.report.html.blocks import Block, language_of, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import because, curves, outcome_title
from rmanalytics.results import Estimate, NotEstimable

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

ALL_START = "all start"
OF_LOT = {
    CERTAIN: key("start first, for they waited in the round before"),
    START: key("start by lot"),
    ALL_START: key("start, for there were places for all"),
    WAIT: key("wait, and are promised the next round"),
    RESERVE: key("stand by"),
    NOT_DRAWN: key("were not drawn"),
}
ROUNDS_OWN = key("the round")
DRAWN = plural("Drawn once; {where}.", "Drawn {n} times; {where}.")


def lot(study: Study) -> Block:
    """How it was decided who started, whether that held, and each scale by lot."""
    tr = translator(language_of(study))
    drawn = lot_of(study.bundle, study.round)
    if drawn is None:
        none = tr("No lot of this round is on record, so who started was decided in another way.")
        return told(none) + _other_lots(study, tr) + _breaches(study, tr) + _approved(study, tr)
    decided = _decided(study, drawn, tr) + _other_lots(study, tr)
    return decided + _breaches(study, tr) + _approved(study, tr) + _scales(study, tr)


def _other_lots(study: Study, tr: Translator) -> Block:
    """Lots of the round over units, offers or a sample of people."""
    said = []
    for of, one in arms_lots(study.bundle, study.round).items():
        sizes = Counter(one.arm.values())
        arms = ", ".join(f"{name} {sizes[at]}" for at, name in enumerate(one.draw.content["order"]))
        said.append(
            tr(
                "A lot on {day} dealt {n} {what} out: {arms}. Seed: {source}.",
                day=one.draw.written.date(),
                n=len(one.arm),
                what=tr(OF[of]),
                arms=arms,
                source=str(one.draw.content["seed_from"]) or tr("not said beforehand"),
            )
            + f" {_drawn(study, one, tr)}"
        )
    return told(*said) if said else []


def _drawn(study: Study, drawn: Lot | ArmsLot, tr: Translator) -> str:
    """How often a lot was drawn, and who can vouch for its day: a place where its list's or draw's digest is kept."""
    digests = [one.digest for one in (drawn.listed, drawn.draw) if one is not None]
    return tr(DRAWN, n=drawn.draws, where=vouched(laid_down(receipts_of(study.programme)), tr, *digests))


def _approved(study: Study, tr: Translator) -> Block:
    """How many tandems a person approved as proposed, how many changed, and how far wished topics are met."""
    own = [one for one in receipts_of(study.programme) if one.kind == "pairs" and one.round_id == study.round.id]
    if not own:
        return []
    content = own[-1].content
    said = tr(
        "{n} tandems approved: {as_proposed} as proposed, {changed} changed by a person.",
        **{name: int(content[name]) for name in ("n", "as_proposed", "changed")},
    )
    if not content.get("topics_met"):
        return told(said)
    met, by_lot = (tr.share(int(content[name]) / 1000) for name in ("topics_met", "topics_by_lot"))
    wished = tr(
        "{met} of the wished topics are offered by the partner (by lot among legal pairs: {by_lot}).",
        met=met,
        by_lot=by_lot,
    )
    return told(said, wished)


def _decided(study: Study, drawn: Lot, tr: Translator) -> Block:
    content = drawn.draw.content
    source = str(content["seed_from"])
    said = [
        tr(
            "A lot on {day} decided who started. Seed: {source}.",
            day=drawn.draw.written.date(),
            source=source or tr("not said beforehand"),
        ),
        _drawn(study, drawn, tr),
    ]
    rows = []
    for curve in curves(study.lot, "lot_groups"):
        own, side = drawn.sides[curve.side], wording.side_label(curve.side, tr)
        all_start = own.sizes.start == own.sizes.drawn_from
        for group, n in zip(curve.points["which"], curve.points["people_n"], strict=True):
            if n:
                of = ALL_START if all_start and group == START else str(group)
                rows.append([side, tr(OF_LOT[of]), tr.value(int(n))])
        if all_start:
            said.append(tr("{side}: there were places for all {n}, so no lot was needed.", side=side, n=curve.n))
            continue
        said.append(
            tr(
                "{side}: {start} of {of} started by lot; each had a chance of {chance}.",
                side=side,
                start=own.sizes.start,
                of=own.sizes.drawn_from,
                chance=tr.number(own.sizes.start / max(own.sizes.drawn_from, 1), 2),
            )
        )
        if not own.sizes.evaluated:
            said.append(tr("Too few people started or waited on this side for the lot to be evaluated."))
    heads = [text(tr("side")), text(tr("group")), numbers(tr("people"))]
    return [*told(" ".join(said)), table(heads, rows)]


def _breaches(study: Study, tr: Translator) -> Block:
    found = curves(study.lot, "lot_breaches")
    if not found:
        return []
    points = found[0].points.to_dict("records")
    rows = [
        [
            tr(one["rule"]),
            wording.side_label(tr(one["which"]), tr) if one["which"] else tr(ROUNDS_OWN),
            tr.value(one["people_n"]),
        ]
        for one in points
    ]
    heads = [text(tr("what was found")), text(tr("side")), numbers(tr("number"))]
    if {one["rule"] for one in points} <= {NOT_DUE}:
        said = tr("Everything that the lot fixed was kept.")
    elif {one["rule"] for one in points} <= {TYPED}:
        said = tr("A word in a table is no receipt, so it has no effect on the evidence.")
    else:
        said = tr("What follows was counted; the comparison keeps everybody where the lot put them.")
    owed = sum(int(one["people_n"]) for one in points if one["rule"] == OWED)
    if owed:
        said += " " + tr(plural("{n} person is still owed a place.", "{n} people are still owed a place."), n=owed)
    return [*told(said), table(heads, rows)]


def _scales(study: Study, tr: Translator) -> Block:
    rows = []
    for outcome in study.programme.outcomes:
        cells = []
        for name in ("adjusted_difference_by_lot", "effect_on_started", "adjusted_difference_as_served"):
            found = study.lot.find(name, outcome=outcome.instrument, side=outcome.side)
            cells.append(_cell(found[0], tr) if found and isinstance(found[0], Estimate | NotEstimable) else "")
        if any(cells):
            title = f"{outcome_title(study, outcome.instrument, tr)}, {wording.side_label(outcome.side, tr)}"
            rows.append([title, *cells])
    if not rows:
        return []
    heads = [text(tr("scale")), text(tr("as drawn")), text(tr("on those who start by lot")), text(tr("as served"))]
    said = tr(
        "As drawn: everybody counts where the lot put them, whether they came or not; the interval follows from "
        "drawing the lot again and again. As served: those who took part against those who did not; people chose that "
        "themselves, so it is no finding."
    )
    return [*told(said), table(heads, rows)]


def _cell(result: Estimate | NotEstimable, tr: Translator) -> str:
    if isinstance(result, NotEstimable):
        return because(result, tr)
    value = wording.value_text(result, tr)
    if result.lo is None:
        return tr("{value}, not bounded", value=value) if result.name == "effect_on_started" else value
    return f"{value} ({wording.interval_text(result, tr)})"
