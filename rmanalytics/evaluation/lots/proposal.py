"""Tandems proposed among those who start: the best by declared wishes, why, what else, and who is in the way.

Unit: one pair. Everything here names people: for the programme lead alone. A person decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.evaluation.lots.drawing import refused
from rmanalytics.evaluation.lots.drawn import lot_of
from rmanalytics.evaluation.lots.volunteers import came, volunteers
from rmanalytics.evaluation.lots.wishes import LIFTABLE, WHOLE, Fits, refusals, wishes_of
from rmanalytics.evaluation.pairing.all_pairs import forbidden_pairs, pair_breaches
from rmanalytics.language.translator import Translator, filled, plural, translator
from rmanalytics.lot.assignment import Assigned, Change, Points, alternatives, assign, in_the_way, smallest_lifting
from rmanalytics.lot.balanced import Ints
from rmanalytics.lot.forbidden import Forbidden, allowed, blocks, by_blocks
from rmanalytics.lot.sizes import CERTAIN, RESERVE, START
from rmanalytics.results import SIDES

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

PROPOSED, CHANGED = "proposed", "changed"
SENIORS = plural(
    "{n} senior has {shared} possible juniors: {named}; between them: {between}.",
    "{n} seniors share {shared} possible juniors: {named}; between them: {between}.",
)
JUNIORS = plural(
    "{n} junior has {shared} possible seniors: {named}; between them: {between}.",
    "{n} juniors share {shared} possible seniors: {named}; between them: {between}.",
)

LONE_SENIORS = plural(
    "No junior may be paired with this senior: {named}.", "No junior may be paired with these {n} seniors: {named}."
)
LONE_JUNIORS = plural(
    "No senior may be paired with this junior: {named}.", "No senior may be paired with these {n} juniors: {named}."
)
MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One proposed tandem: who, its points of 100, what speaks for it, and the best other partners of the senior."""

    tandem_id: str
    mentor_id: str
    mentee_id: str
    points: int
    reasons: str
    alternatives: tuple[str, ...] = ()
    status: str = PROPOSED
    by: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Proposed tandems of a round, and in words what keeps the others from a partner."""

    round_id: str
    pairs: tuple[Pair, ...]
    in_the_way: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Points of all pairs together."""
        return sum(one.points for one in self.pairs)


@dataclass(frozen=True, kw_only=True)
class Field:
    """Everybody who may be paired: seniors (rows), juniors (columns), what forbids each pair, what speaks for it."""

    seniors: Sequence[str]
    juniors: Sequence[str]
    broken: Mapping[str, Forbidden]
    fits: Fits
    days: int
    tr: Translator

    @cached_property
    def points(self) -> Points:
        """Points of every pair, in thousandths; −1 where a rule forbids it."""
        points = np.empty((len(self.seniors), len(self.juniors)), dtype=np.int32)

        def fill(rows: slice) -> None:
            legal = allowed(self.broken.values(), rows, len(self.juniors))
            points[rows] = self.fits.points(rows)
            np.putmask(points[rows], ~legal, -1)

        by_blocks(fill, len(points))
        return points

    def pairs(self, chosen: Ints) -> pd.DataFrame:
        """Chosen pairs as the audit wants them, each by the number of its row."""
        rows = np.flatnonzero(chosen >= 0)
        columns = {
            "tandem_id": rows.astype(str),
            "mentor_id": [self.juniors[int(column)] for column in chosen[rows]],
            "mentee_id": [self.seniors[int(row)] for row in rows],
        }
        return pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in columns.items()})

    def reasons(self, row: int, column: int) -> str:
        """What speaks for a pair, in words."""
        return f"{self.fits.said(row, column)} {self._nothing_against}".strip()

    @cached_property
    def once(self) -> Callable[..., str]:
        """The translator, which fills the same words with the same values once."""
        return cache(self.tr)

    @cached_property
    def _nothing_against(self) -> str:
        tr = self.tr
        return tr("Nothing in the way on {n} days.", n=self.days)


def starters(bundle: Bundle, round_: Round, *, on: date, reserve: bool = False) -> dict[str, list[str]]:
    """Who is to be paired, by side: those who start, or the reserve; without a lot everybody who volunteered.

    Who volunteered after the list was closed stands in the reserve.
    """
    lot = lot_of(bundle, round_)
    if lot is None:
        return {side: [] for side in SIDES} if reserve else came(bundle, round_)
    if not reserve:
        return {side: own.people(CERTAIN, START) for side, own in lot.sides.items()}
    free = volunteers(bundle, round_, on=on)
    late = {side: sorted(set(free[side]) - set(own.ids.values())) for side, own in lot.sides.items()}
    return {side: own.people(RESERVE) + late[side] for side, own in lot.sides.items()}


def field_of(bundle: Bundle, round_: Round, seniors: Sequence[str], juniors: Sequence[str], *, on: date) -> Field:
    """Every possible pair, audited as a planned tandem; in an order that no table decides."""

    def drawn(person: str) -> str:
        return hashlib.sha256(f"{round_.id}|{person}".encode()).hexdigest()

    rows, columns = sorted(seniors, key=drawn), sorted(juniors, key=drawn)
    wished = wishes_of(bundle, round_)
    broken = forbidden_pairs(bundle, round_, rows, columns, on=on) | refusals(bundle, round_, wished, rows, columns)
    days = (round_.end - max(round_.start, on)).days + 1
    fits, tr = Fits(bundle, round_, wished, rows, columns), translator(bundle.programme.language)
    return Field(seniors=rows, juniors=columns, broken=broken, fits=fits, days=days, tr=tr)


def topics_met(field: Field, pairs: Sequence[Pair]) -> tuple[int, int]:
    """Thousandths of the wished topics that the partner offers: in these pairs, and by lot among legal ones."""
    partner = np.full(len(field.seniors), -1, dtype=np.int64)
    row, column = ({person: n for n, person in enumerate(own)} for own in (field.seniors, field.juniors))
    for one in pairs:
        partner[row[one.mentee_id]] = column[one.mentor_id]
    got, of = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)
    for rows in blocks(len(partner)):
        met, wished = field.fits.met(rows)
        legal, own = field.points[rows] >= 0, np.arange(len(field.juniors)) == partner[rows, None]
        got += [met[own].sum(), met[legal].sum()]
        of += [(wished * own.sum(axis=1)).sum(), (wished * legal.sum(axis=1)).sum()]
    ours, by_lot = (1000 * got // np.maximum(of, 1)).tolist()
    return ours, by_lot


def propose(bundle: Bundle, round_: Round, *, on: date) -> Proposal:
    """The best tandems among those who start: as many as can be, then by declared wishes.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
    on : date
        The day of planning.

    Raises
    ------
    InputError
        RM-E-170 where nobody starts.
    """
    who = starters(bundle, round_, on=on)
    if not all(who.values()):
        raise refused(
            "RM-E-170",
            "pair",
            filled("nobody starts on one of the sides"),
            filled("draw the lot, or record who volunteered"),
        )
    field = field_of(bundle, round_, who["mentee"], who["mentor"], on=on)
    assigned = _audited(bundle, round_, field, on=on)
    others, made = alternatives(field.points, assigned), int((assigned.partner >= 0).sum())
    with ThreadPoolExecutor(1) as pool:  # arithmetic there, words here
        words = pool.submit(_in_the_way, bundle, round_, field, assigned.partner, on=on)
        pairs: list[Pair] = []
        for row, column in enumerate(assigned.partner):
            if column >= 0:
                told = tuple(_alternative(field, row, one) for one in others[row])
                name = f"{round_.id}-{len(pairs) + 1:0{max(2, len(str(made)))}d}"
                pairs.append(_pair(field, row, int(column), name, told))
    return Proposal(round_id=round_.id, pairs=tuple(pairs), in_the_way=tuple(words.result()))


def _audited(bundle: Bundle, round_: Round, field: Field, *, on: date) -> Assigned:
    """The best solution that the audit of planned pairs finds nothing wrong with; what it finds is forbidden."""
    while True:
        assigned = assign(field.points)
        found = (
            pair_breaches(bundle, round_, field.pairs(assigned.partner), on=on)["tandem_id"].astype("int64").unique()
        )
        if not len(found):
            return assigned
        field.points[found, assigned.partner[found]] = -1


def _pair(field: Field, row: int, column: int, name: str, told: tuple[str, ...] = ()) -> Pair:
    return Pair(
        tandem_id=name,
        mentor_id=field.juniors[column],
        mentee_id=field.seniors[row],
        points=round(int(field.points[row, column]) / WHOLE),
        reasons=field.reasons(row, column),
        alternatives=told,
    )


def _alternative(field: Field, row: int, change: Change) -> str:
    own, tr = f"{field.juniors[change.partner]}: {field.fits.said(row, change.partner)}", field.once
    if not change.exact:
        if not change.pairs:
            least = field.tr.number(change.points / WHOLE, 1)
            return f"{own} {tr('All tandems together: at least {points} points fewer.', points=least)}"
        fewer = plural(
            "All tandems together: at least {n} tandem fewer.", "All tandems together: at least {n} tandems fewer."
        )
        return f"{own} {tr(fewer, n=change.pairs)}"
    points = f"{'+' * (change.points < 0)}{field.tr.number(-change.points / WHOLE, 1)}"
    if not change.pairs:
        return f"{own} {tr('All tandems together: {points} points.', points=points)}"
    lost = plural(
        "All tandems together: {n} tandem fewer and {points} points.",
        "All tandems together: {n} tandems fewer and {points} points.",
    )
    return f"{own} {tr(lost, n=change.pairs, points=points)}"


def _in_the_way(bundle: Bundle, round_: Round, field: Field, chosen: Ints, *, on: date) -> list[str]:
    """Who shares too few partners, the fewest rules whose lifting would pair all, and the reserve that fits best."""
    points, tr = field.points, field.tr
    if int((chosen >= 0).sum()) == min(points.shape):
        return []
    words = []
    sides = [(SENIORS, LONE_SENIORS, points, chosen, field.seniors, field.juniors)]
    if len(field.juniors) <= len(field.seniors):
        owner = np.full(len(field.juniors), -1, dtype=np.int64)
        owner[chosen[chosen >= 0]] = np.flatnonzero(chosen >= 0)
        sides = [(JUNIORS, LONE_JUNIORS, points.T, owner, field.juniors, field.seniors)]
    for said, alone, own, taken, people, partners in sides:
        for group, shared in _joined(in_the_way(own, taken)):
            named, between = _named(people, group, tr), _named(partners, shared, tr)
            if shared:
                words.append(tr(said, n=len(group), shared=len(shared), named=named, between=between))
            else:
                words.append(tr(alone, n=len(group), named=named))
    rules = [rule for rule in field.broken if rule not in LIFTABLE]
    own_rules = smallest_lifting(field.broken, LIFTABLE, chosen, len(field.juniors))
    if own_rules:
        words.append(tr("All could be paired if the people lifted: {rules}.", rules=", ".join(map(tr, own_rules))))
    else:
        mission = smallest_lifting(field.broken, rules[:8], chosen, len(field.juniors))
        if mission:
            named = ", ".join(map(tr, mission))
            words.append(tr("What stands in the way are rules that are never lifted: {rules}.", rules=named))
    return words + _reserve(bundle, round_, field, chosen, on=on)


def _joined(groups: Sequence[tuple[list[int], list[int]]]) -> list[tuple[list[int], list[int]]]:
    """Groups that share a partner as one, and those who have none as one."""
    found: list[tuple[set[int], set[int]]] = []
    for people, partners in groups:
        own = set(people), set(partners)
        for other in [one for one in found if one[1] & own[1] or not (one[1] or own[1])]:
            found.remove(other)
            own = own[0] | other[0], own[1] | other[1]
        found.append(own)
    return [(sorted(people), sorted(partners)) for people, partners in found]


def _named(people: Sequence[str], which: Sequence[int], tr: Translator) -> str:
    """Names, of many the first."""
    told, more = ", ".join(people[n] for n in which[:MOST_NAMED]), len(which) - MOST_NAMED
    return tr(plural("{names} and {n} other", "{names} and {n} others"), names=told, n=more) if more > 0 else told


def _reserve(bundle: Bundle, round_: Round, field: Field, chosen: Ints, *, on: date) -> list[str]:
    """Who of the reserve would give one more tandem, the best first."""
    spare = starters(bundle, round_, on=on, reserve=True)
    left = [field.seniors[int(row)] for row in np.flatnonzero(chosen < 0)]
    if not spare.get("mentor") or not left:
        return []
    more = field_of(bundle, round_, left, spare["mentor"], on=on)
    row, column = np.unravel_index(int(more.points.argmax()), more.points.shape)
    if more.points[row, column] < 0:
        return []
    junior, senior = more.juniors[int(column)], more.seniors[int(row)]
    tr = field.tr
    return [tr("Of the reserve, {junior} fits {senior} best.", junior=junior, senior=senior)]


def changed(
    bundle: Bundle,
    proposal: Proposal,
    round_: Round,
    wanted: Mapping[str, tuple[str, str]],
    *,
    on: date,
    by: str,
    why: str,
) -> Proposal:
    """The proposal with some tandems given other people, each audited anew.

    Parameters
    ----------
    wanted : mapping of tandem to (junior, senior)
        New or changed tandems; empty ids take one apart.
    by, why : str
        Who changes it, and why.

    Raises
    ------
    InputError
        RM-E-179 where a rule forbids a pair: there is no override.
    """
    rows = {one.tandem_id: one for one in proposal.pairs}
    own, spare = starters(bundle, round_, on=on), starters(bundle, round_, on=on, reserve=True)
    may = {side: {*own[side], *spare[side]} for side in own}
    for name, (junior, senior) in wanted.items():
        before = rows.pop(name, None)
        if not junior:
            continue
        if junior not in may["mentor"] or senior not in may["mentee"]:
            rule = filled("of {name} one neither starts nor stands by on this side", name=name)
            raise refused("RM-E-179", "pair", rule, filled("choose among those who do; nobody who waits is taken"))
        field = field_of(bundle, round_, [senior], [junior], on=on)
        against = [rule for rule, pairs in field.broken.items() if pairs[0:1].any()]
        if against:
            rule = filled("a rule forbids the pair of {name}: {join}", name=name, join="; ".join(against))
            raise refused(
                "RM-E-179", "pair", rule, filled("choose another pair; rules of the mission have no override")
            )
        new = _pair(field, 0, 0, name)
        was = f" ({before.points} points before)" if before else ""
        rows[name] = replace(new, status=CHANGED, by=by, why=f"{why}{was}".strip())
    return replace(proposal, pairs=tuple(rows[name] for name in sorted(rows)))


def stale(bundle: Bundle, round_: Round, proposal: Proposal, *, on: date) -> list[str]:
    """Tandems of a proposal that a rule forbids today, because something has changed since."""
    if not proposal.pairs:
        return []
    seniors, juniors = [one.mentee_id for one in proposal.pairs], [one.mentor_id for one in proposal.pairs]
    field = field_of(bundle, round_, seniors, juniors, on=on)
    rows, columns = ({person: n for n, person in enumerate(own)} for own in (field.seniors, field.juniors))
    return [one.tandem_id for one in proposal.pairs if field.points[rows[one.mentee_id], columns[one.mentor_id]] < 0]
