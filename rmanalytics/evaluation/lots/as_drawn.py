"""What the lot of a round lets one conclude: each declared outcome by lot, on those who started, and as served.

Unit: one person. Nothing of it is there where no lot was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import by_codes, comparator_of, groups
from rmanalytics.evaluation.lots.breaches import breaches, described
from rmanalytics.evaluation.lots.drawn import Lot, SideLot, lot_of
from rmanalytics.evaluation.survey.outcomes import outcome_scores
from rmanalytics.lot.redraw_test import by_lot, on_those_who_started
from rmanalytics.lot.redraws import Bools, redraw, stream_of, unpacked
from rmanalytics.lot.sizes import START
from rmanalytics.measures.survey.ancova import adjusted_difference
from rmanalytics.results import COMPARISON, PARTICIPANTS, Curve, Estimate, NotEstimable, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.declared_plan import Outcome
    from rmanalytics.programme.programme import Round

PROCEDURE = "receipts of the list and of the draw"
AS_SERVED = "those with a tandem against those without, whatever the lot said: a comparison of people who chose"


def by_the_lot(bundle: Bundle, round_: Round) -> Results:
    """Groups, breaches and every declared outcome by lot; empty where no lot was drawn."""
    return Results(_results(bundle, round_))


def _results(bundle: Bundle, round_: Round) -> Iterator[Result]:
    found = [(one.rule, one.side, one.n) for one in breaches(bundle, round_)]
    if found:
        points = pd.DataFrame(found, columns=["rule", "which", "people_n"])
        yield _curve("lot_breaches", points, n=len(found))
    lot = lot_of(bundle, round_)
    if lot is None:
        return
    for side, own in lot.sides.items():
        points = pd.DataFrame({"which": list(described(own)), "people_n": list(described(own).values())})
        yield replace(_curve("lot_groups", points, n=len(own.groups)), side=side)
    yield from _outcomes(bundle, round_, lot)


def _curve(name: str, points: pd.DataFrame, *, n: int) -> Curve:
    return Curve(name=name, unit="count", points=points, n=n, unit_of_analysis="person", method=PROCEDURE)


@block
def _outcomes(bundle: Bundle, round_: Round, lot: Lot) -> Iterator[Result]:
    if not bundle.has("answers") or by_codes(bundle, round_):
        return
    answers = bundle.table("answers")
    answers = answers[answers["round_id"] == round_.id]
    for outcome in bundle.programme.outcomes:
        own = lot.sides.get(outcome.side)
        if own is not None and own.sizes.evaluated:
            yield from _outcome(bundle, round_, lot, answers, outcome)


@block
def _outcome(bundle: Bundle, round_: Round, lot: Lot, answers: pd.DataFrame, outcome: Outcome) -> Iterator[Result]:
    own = lot.sides[outcome.side]
    members = groups(bundle, round_, outcome.side)
    scored = outcome_scores(answers, members, bundle.programme.instruments[outcome.instrument])
    whole = scored.dropna(subset=["pre", "post"])
    lots = {person: number for number, person in own.ids.items()}
    mine = [lots[person] for person in whole["person_id"]]
    bank = bank_of(own, lot.draw.content, outcome.side)
    at = {number: column for column, number in enumerate(own.compared)}
    columns = bank[:, [at[number] for number in mine]] if mine else bank[:, :0]
    tandems = bundle.table("tandems") if bundle.has("tandems") else None
    paired = set() if tandems is None else set(tandems.loc[tandems["round_id"] == round_.id, f"{outcome.side}_id"])
    pre, post = whole["pre"].to_numpy(dtype=float), whole["post"].to_numpy(dtype=float)
    start = np.array([own.groups[number] == START for number in mine], dtype=np.bool_)
    served = whole["person_id"].isin(paired).to_numpy()
    against = comparator_of(members)
    found: list[Estimate | NotEstimable] = [
        by_lot(pre, post, start, columns),
        on_those_who_started(pre, post, start, served, columns),
        _as_served(scored.assign(group=np.where(scored["person_id"].isin(paired), PARTICIPANTS, COMPARISON))),
    ]
    for one in found:
        told = about(one, outcome=outcome.instrument, side=outcome.side)
        yield replace(told, comparator=against) if isinstance(told, Estimate) else told


def _as_served(scored: pd.DataFrame) -> Estimate | NotEstimable:
    found = replace(adjusted_difference(scored), name="adjusted_difference_as_served")
    return replace(found, method=AS_SERVED) if isinstance(found, Estimate) else found


def bank_of(own: SideLot, draw: Mapping[str, Any], side: str) -> Bools:
    """The redraws of a side: those that its receipt keeps, else drawn again by its procedure."""
    lots, redraws = own.compared, int(draw["redraws_n"])
    if set(map(str, lots)) <= set(own.bank):
        return unpacked(own.bank, lots, redraws)
    start = sum(own.groups[lot] == START for lot in lots)
    return redraw(lots, start, own.facts, stream_of(draw["seed"], side), redraws=redraws)
