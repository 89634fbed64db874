"""Answers under codes: how well before and after were linked, and every result with and without the uncertain matches.

Unit: one link of a response before to one after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import by_codes
from rmanalytics.results import Curve, Estimate, Result, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

METHOD = (
    "probabilistic record linkage of self-generated codes (Fellegi and Sunter), exact matches first, then within the "
    "declared distance, one to one by assignment; ambiguous ones left out"
)
BESIDE = "the same result without and with the uncertain matches"


def with_uncertain(bundle: Bundle) -> Bundle:
    """The same data as if the uncertain matches were certain."""
    if bundle.linked is None:
        return bundle
    links = bundle.linked.uncertain
    theirs = dict(zip(links["other_id"], links["person_id"], strict=True))
    answers = bundle.table("answers")
    answers = answers.assign(person_id=answers["person_id"].replace(theirs))
    return replace(
        bundle,
        tables=MappingProxyType({**bundle.tables, "answers": answers}),
        linked=replace(bundle.linked, uncertain=links[:0]),
    )


@block
def linkage(
    bundle: Bundle, round_: Round, found: Results, compute: Callable[[Bundle, Round], Results]
) -> Iterator[Result]:
    """The account of the links of a round, and its results beside the same with the uncertain matches.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
        With answers under codes; else nothing is given.
    found : Results
        The results of the survey, without the uncertain matches.
    compute : callable
        What gives them anew, from data with those.
    """
    if bundle.linked is None or not by_codes(bundle, round_):
        return
    account = bundle.linked.account
    account = account[account["round_id"] == round_.id].drop(columns="round_id").reset_index(drop=True)
    linked = int(account[["exact", "near"]].to_numpy().sum())
    yield Curve(name="linkage", unit="count", points=account, n=linked, unit_of_analysis="person", method=METHOD)
    doubtful = with_uncertain(bundle)
    beside = {_key(one): one for one in compute(doubtful, round_) if isinstance(one, Estimate)}
    rows = [
        {
            "result": one.name,
            "outcome": one.outcome,
            "side": one.side,
            "of": one.group,
            "value": one.value,
            "lo": one.lo,
            "hi": one.hi,
            "n": one.n,
            "value_with": other.value,
            "lo_with": other.lo,
            "hi_with": other.hi,
            "n_with": other.n,
        }
        for one in found
        if isinstance(one, Estimate) and (other := beside.get(_key(one))) is not None
    ]
    if rows:
        yield Curve(
            name="with_uncertain_matches",
            unit="count",
            points=pd.DataFrame(rows).astype(dict.fromkeys(("lo", "hi", "lo_with", "hi_with"), float)),
            n=linked,
            unit_of_analysis="person",
            method=BESIDE,
        )


def _key(one: Result) -> tuple[str, ...]:
    return one.name, one.outcome, one.side, one.group
