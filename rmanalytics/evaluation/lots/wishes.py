"""How well two people's declared wishes meet, in points of 100; and pairs that the people themselves rule out.

Unit: one possible pair, a row for the senior and a column for the junior. Never in it: ratings, answers, free text,
sex, photographs, anything learned from earlier outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rmanalytics.evaluation.comparison.balance import covariates
from rmanalytics.evaluation.pairing.as_known import tables_of
from rmanalytics.language.translator import key, plural, translator
from rmanalytics.lot.assignment import Points
from rmanalytics.lot.balanced import Ints
from rmanalytics.lot.forbidden import ByKind, Forbidden, by_pair
from rmanalytics.results import SIDES

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

FULL_TIMES = 2
"""Half-days in common from which times fit fully."""
WHOLE = 1000
"""Parts of a point: scores are whole numbers of them."""
NOT_WITH, AGAIN = key("not with each other"), key("the same two as in an earlier round")
NO_LANGUAGE = key("no language in common")
LIFTABLE = (NO_LANGUAGE, AGAIN, NOT_WITH)
"""What people themselves may lift; rules of the mission are never lifted."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """Wishes of one side of a round: codes by person and kind, with their weights."""

    by_person: Mapping[tuple[str, str], Mapping[str, int]]

    def of(self, person: str, kind: str) -> Mapping[str, int]:
        """Codes and weights of one person."""
        return self.by_person.get((person, kind), {})


def wishes_of(bundle: Bundle, round_: Round) -> dict[str, Wishes]:
    """What the people of each side wished; nothing where there is no table."""
    table = tables_of(bundle, ["wishes"])["wishes"]
    mine = table[table["round_id"] == round_.id]
    return {side: _wished(mine[mine["side"] == side]) for side in SIDES}


def _wished(mine: pd.DataFrame) -> Wishes:
    by_person: dict[tuple[str, str], dict[str, int]] = {}
    weights = pd.to_numeric(mine["weight"]).fillna(1).astype("int64")
    columns = [mine[name].tolist() for name in ("person_id", "kind", "code")]
    for person, kind, code, weight in zip(*columns, weights.tolist(), strict=True):
        by_person.setdefault((person, kind), {})[code] = weight
    return Wishes(by_person=by_person)


class Fits:
    """What speaks for each pair: points in thousandths, the topics that meet, and the same in words.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
    wished : mapping of str to Wishes
        By side.
    seniors, juniors : sequence of str
        Rows and columns.
    """

    def __init__(
        self,
        bundle: Bundle,
        round_: Round,
        wished: Mapping[str, Wishes],
        seniors: Sequence[str],
        juniors: Sequence[str],
    ) -> None:
        self._points, self._tr = bundle.programme.pairing.points, cache(translator(bundle.programme.language))
        start, people = pd.Timestamp(round_.start), [*seniors, *juniors]
        known = covariates(bundle, pd.DataFrame({"person_id": people, "group": "", "start_date": start}))
        known["generation"] = [
            None if pd.isna(born) else bundle.programme.generation_of(int(born)) for born in known["birth_year"]
        ]
        self._facts = [known.iloc[: len(seniors)], known.iloc[len(seniors) :]]
        own = [(wished[side], ids) for side, ids in zip(SIDES, (seniors, juniors), strict=True)]
        topics, times = ([[side.of(one, kind) for one in ids] for side, ids in own] for kind in ("topic", "time"))
        sites = [
            [
                side.of(one, "site") or ({place: 1} if isinstance(place, str) else {})
                for one, place in zip(ids, at, strict=True)
            ]
            for (side, ids), at in zip(own, (facts["location"] for facts in self._facts), strict=True)
        ]
        self._own = {"topics": topics, "times": times, "site": sites}
        tables = {name: _by_code(pair) for name, pair in self._own.items()}
        self._topics = tables["topics"]
        self._has = {name: [(own > 0).astype(np.float32) for own in pair] for name, pair in tables.items()}

    def met(self, rows: slice) -> tuple[Ints, Ints]:
        """Weight of each row's topics that each column offers; and of all topics of the row."""
        wanted, has = self._topics[0], self._has
        return _product(wanted[rows], has["topics"][1]), wanted[rows].sum(axis=1, dtype=np.int32)

    def points(self, rows: slice) -> Ints:
        """Points of some rows with every column."""
        met, wished = self.met(rows)
        worth = WHOLE * self._points.get("topics", 0) * met // np.maximum(wished, 1)[:, None]
        common = _product(self._has["times"][0][rows], self._has["times"][1])
        worth += WHOLE * self._points.get("times", 0) * np.minimum(common, FULL_TIMES) // FULL_TIMES
        worth += WHOLE * self._points.get("site", 0) * (_product(self._has["site"][0][rows], self._has["site"][1]) > 0)
        for name, fact in (("generation", "generation"), ("other_unit", "unit")):
            if self._points.get(name, 0):
                here, there = (facts[fact].to_numpy(dtype=object) for facts in self._facts)
                known = ~pd.isna(here[rows])[:, None] & ~pd.isna(there)
                worth += WHOLE * self._points[name] * (known & (here[rows][:, None] != there))
        return worth

    def said(self, row: int, column: int) -> str:
        """The same of one pair, in words."""
        tr, words = self._tr, []
        wanted, offers = self._own["topics"][0][row], self._own["topics"][1][column]
        if wanted:
            met = sorted(wanted.keys() & offers.keys())
            got, of = sum(wanted[code] for code in met), sum(wanted.values())
            names = ", ".join(met) or tr("none")
            words.append(tr("Topics: {names} ({got} of {of} points).", names=names, got=got, of=of))
        here, there = self._own["times"][0][row].keys(), self._own["times"][1][column].keys()
        if here or there:
            words.append(tr(plural("{n} half-day in common.", "{n} half-days in common."), n=len(here & there)))
        here, there = self._own["site"][0][row].keys(), self._own["site"][1][column].keys()
        if here and there:
            words.append(tr("Same site.") if here & there else tr("Different sites."))
        return " ".join(words)


def _by_code(sides: Sequence[Sequence[Mapping[str, int]]]) -> list[Points]:
    """Weights by person and code, a table a side; codes in order."""
    codes = sorted({code for side in sides for own in side for code in own})
    at = {code: n for n, code in enumerate(codes)}
    tables = []
    for side in sides:
        table = np.zeros((len(side), len(codes)), dtype=np.int32)
        for row, own in enumerate(side):
            for code, weight in own.items():
                table[row, at[code]] = weight
        tables.append(table)
    return tables


def _product(rows: Any, columns: Any) -> Ints:
    """Whole numbers multiplied as a machine does it fastest."""
    found: Ints = (rows.astype(np.float32) @ columns.T.astype(np.float32, copy=False)).astype(np.int32)
    return found


def refusals(
    bundle: Bundle, round_: Round, wished: Mapping[str, Wishes], seniors: Sequence[str], juniors: Sequence[str]
) -> dict[str, Forbidden]:
    """Pairs that people refused, that were paired before, or that share no language."""
    old, young = (wished[side] for side in SIDES)
    row, column = ({person: n for n, person in enumerate(own)} for own in (seniors, juniors))
    against = [(one, other) for one in seniors for other in old.of(one, "not_with")]
    against += [(one, other) for other in juniors for one in young.of(other, "not_with")]
    before: list[tuple[str, str]] = []
    if bundle.has("tandems") and not bundle.programme.pairing.again:
        tandems = bundle.table("tandems")
        tandems = tandems[tandems["round_id"] != round_.id]
        before = list(zip(tandems["mentee_id"], tandems["mentor_id"], strict=True))
    speak = _by_code([[old.of(one, "language") for one in seniors], [young.of(one, "language") for one in juniors]])
    spoken, kind = np.unique(speak[0] > 0, axis=0, return_inverse=True)
    apart = (
        (_product(spoken, speak[1] > 0) == 0)
        & (spoken.max(axis=1, initial=False) > 0)[:, None]
        & (speak[1].max(axis=1, initial=0) > 0)
    )
    found: dict[str, Forbidden] = {NO_LANGUAGE: ByKind(kind.reshape(-1), apart)}
    for rule, pairs in ((NOT_WITH, against), (AGAIN, before)):
        at = np.array([(row[one], column[other]) for one, other in pairs if one in row and other in column])
        rows, columns = np.unique(at.reshape(-1, 2).astype(np.int64), axis=0).T
        found[rule] = by_pair(rows, columns, (len(seniors), len(juniors)))
    return found
