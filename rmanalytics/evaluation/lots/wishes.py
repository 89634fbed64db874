"""How well two people's declared wishes meet, in points of 100; and pairs that the people themselves rule out.

Unit: one possible pair, a row for the senior and a column for the junior. Never in it: ratings, answers, free text,
sex, photographs, anything learned from earlier outcomes.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from rmanalytics.evaluation.comparison.balance import covariates
from rmanalytics.evaluation.pairing.as_known import tables_of
from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.lot.balanced import Ints
from rmanalytics.lot.redraws import Bools

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

Facts: TypeAlias = Mapping[Hashable, Any]
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


def wishes_of(bundle: Bundle, round_: Round, side: str) -> Wishes:
    """What the people of a side wished; nothing where there is no table."""
    table = tables_of(bundle, ["wishes"])["wishes"]
    mine = table[(table["round_id"] == round_.id) & (table["side"] == side)]
    by_person: dict[tuple[str, str], dict[str, int]] = {}
    for row in mine.to_dict("records"):
        weight = row["weight"]
        own = by_person.setdefault((row["person_id"], row["kind"]), {})
        own[row["code"]] = 1 if pd.isna(weight) else int(weight)
    return Wishes(by_person=by_person)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What speaks for a pair: points in thousandths, the parts in words, and topics met of those wished, by weight."""

    points: int
    said: str
    topics: tuple[int, int] = (0, 0)


def fit(bundle: Bundle, round_: Round, seniors: Sequence[str], juniors: Sequence[str]) -> Mapping[tuple[int, int], Fit]:
    """Points of every pair and what they rest on.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
    seniors, juniors : sequence of str
        Rows and columns.
    """
    points, tr = bundle.programme.pairing.points, translator(bundle.programme.language)
    old, young = wishes_of(bundle, round_, "mentee"), wishes_of(bundle, round_, "mentor")
    start = pd.Timestamp(round_.start)
    known = covariates(bundle, pd.DataFrame({"person_id": [*seniors, *juniors], "group": "", "start_date": start}))
    facts = known.set_index("person_id")[["birth_year", "unit", "location"]].to_dict("index")
    found = {}
    for i, senior in enumerate(seniors):
        for j, junior in enumerate(juniors):
            topics = _topics(old, young, senior, junior, tr)
            met = [topics, _times(old, young, senior, junior, tr)]
            met.append(_sites(old.of(senior, "site"), young.of(junior, "site"), facts[senior], facts[junior], tr))
            met += _others(bundle, facts[senior], facts[junior])
            parts = [part for part in met if part is not None]
            worth = sum(WHOLE * points.get(part.name, 0) * part.got // part.of for part in parts)
            said = " ".join(part.said for part in parts if part.said)
            found[i, j] = Fit(points=worth, said=said, topics=(topics.got, topics.of) if topics else (0, 0))
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """One kind of wish: its name in ``[pairing.wishes]``, how much of it is met, and that in words."""

    name: str
    got: int
    of: int
    said: str = ""


def _topics(old: Wishes, young: Wishes, senior: str, junior: str, tr: Translator) -> _Part | None:
    wanted, offered = old.of(senior, "topic"), young.of(junior, "topic")
    if not wanted:
        return None
    met = {topic: weight for topic, weight in wanted.items() if topic in offered}
    got, of = sum(met.values()), sum(wanted.values())
    names = ", ".join(sorted(met)) or tr("none")
    return _Part("topics", got, of, tr("Topics: {names} ({got} of {of} points).", names=names, got=got, of=of))


def _times(old: Wishes, young: Wishes, senior: str, junior: str, tr: Translator) -> _Part | None:
    here, there = set(old.of(senior, "time")), set(young.of(junior, "time"))
    if not here | there:
        return None
    common = len(here & there)
    said = tr(plural("{n} half-day in common.", "{n} half-days in common."), n=common)
    return _Part("times", min(common, FULL_TIMES), FULL_TIMES, said)


def _sites(old: Mapping[str, int], young: Mapping[str, int], here: Facts, there: Facts, tr: Translator) -> _Part | None:
    sites = [set(wished) or {one["location"]} - {None} for wished, one in ((old, here), (young, there))]
    if any(not own or any(pd.isna(site) for site in own) for own in sites):
        return None
    same = bool(sites[0] & sites[1])
    return _Part("site", int(same), 1, tr("Same site.") if same else tr("Different sites."))


def _others(bundle: Bundle, here: Facts, there: Facts) -> list[_Part]:
    bands = [_generation(bundle, one["birth_year"]) for one in (here, there)]
    apart = None not in bands and bands[0] != bands[1]
    return [_Part("generation", int(apart), 1), _Part("other_unit", int(here["unit"] != there["unit"]), 1)]


def _generation(bundle: Bundle, born: float) -> str | None:
    return None if pd.isna(born) else bundle.programme.generation_of(int(born))


def points_of(fits: Mapping[tuple[int, int], Fit], shape: tuple[int, int]) -> Ints:
    """Points of every pair as a table."""
    points = np.zeros(shape, dtype=np.int64)
    for at, one in fits.items():
        points[at] = one.points
    return points


def refusals(bundle: Bundle, round_: Round, seniors: Sequence[str], juniors: Sequence[str]) -> dict[str, Bools]:
    """Pairs that people refused, that were paired before, or that share no language."""
    old, young = wishes_of(bundle, round_, "mentee"), wishes_of(bundle, round_, "mentor")
    shape = (len(seniors), len(juniors))
    broken = {rule: np.zeros(shape, dtype=np.bool_) for rule in LIFTABLE}
    met: set[tuple[str, str]] = set()
    if bundle.has("tandems") and not bundle.programme.pairing.again:
        before = bundle.table("tandems")
        before = before[before["round_id"] != round_.id]
        met = set(zip(before["mentee_id"], before["mentor_id"], strict=True))
    for i, senior in enumerate(seniors):
        for j, junior in enumerate(juniors):
            speak = old.of(senior, "language"), young.of(junior, "language")
            broken[NO_LANGUAGE][i, j] = all(speak) and not set(speak[0]) & set(speak[1])
            broken[NOT_WITH][i, j] = junior in old.of(senior, "not_with") or senior in young.of(junior, "not_with")
            broken[AGAIN][i, j] = (senior, junior) in met
    return broken
