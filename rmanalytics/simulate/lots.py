"""A lot in a simulated programme: who starts, waits or stands by, who never meets, and who is served all the same.

Unit: one senior who volunteered for a round. Juniors are as many as there are places, so they start without a lot.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rmanalytics.evaluation.lots.drawing import drawn_groups, reveal, written
from rmanalytics.lot.balanced import CANDIDATES, accepted, is_balanced
from rmanalytics.lot.sizes import GROUPS, LOTTO, NOT_DRAWN, RESERVE, START, WAIT, Sizes, sizes
from rmanalytics.receipts.chain import canonical, keyed
from rmanalytics.simulate.company import Company
from rmanalytics.simulate.planted import Bools, Ints, Span, stream

if TYPE_CHECKING:
    from rmanalytics.programme.programme import Programme, Round

BALANCE_BY = ("age", "tenure", "level", "unit_size")
LIST_DAY, SEED_DAY, DRAW_DAY, MATCH_DAY = 13, 14, 15, 17
"""Days after a round's first: list closed, seed public, lot drawn, first match. Answers before end on day 12."""
PACKAGE = {"version": "simulated", "digest": "simulated"}
HALF_DAYS = ("mon_am", "tue_pm", "wed_am", "thu_pm", "fri_am")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong after a draw: shares of those drawn to start who never meet, and of those waiting who are served.

    The less they need it, the likelier people stay away.
    """

    absent: float = 0.0
    crossed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeniorLot:
    """The lot of a round: seniors (person numbers) by lot number, what was known of them, and what became of them."""

    people: Ints
    facts: tuple[tuple[int, ...], ...]
    certain: tuple[int, ...]
    sizes: Sizes
    seed: str
    groups: Mapping[int, str]
    absent: Ints
    crossed: Ints
    filled: Ints

    def of(self, *groups: str) -> Ints:
        """Person numbers of some groups, in order of lot number."""
        return self.people[[lot - 1 for lot, group in sorted(self.groups.items()) if group in groups]]

    def tell(self) -> dict[str, Any]:
        """What ``truth.json`` says: person numbers by group, who would not start if drawn, and who did undrawn."""
        groups = {name: (self.of(name) + 1).tolist() for name in GROUPS}
        return {**groups, "absent": (self.absent + 1).tolist(), "crossed": (self.crossed + 1).tolist()}

    @property
    def served(self) -> Ints:
        """Who gets a tandem."""
        start = self.of("certain", START)
        return np.concatenate([start[~np.isin(start, self.absent)], self.crossed, self.filled])

    @property
    def unserved(self) -> Ints:
        """Who is asked before and after without a tandem."""
        others = self.of(START, WAIT, NOT_DRAWN)
        return others[~np.isin(others, self.served)]


def draw_seniors(
    company: Company, applicants: Ints, certain: Bools, score: Mapping[int, float], *, span: Span, places: int,
    faults: Faults, seed: int, number: int,
) -> SeniorLot:  # fmt: skip
    """Draw the lot of a round by the procedure of the tool itself.

    Parameters
    ----------
    company : Company
    applicants : array
        Person numbers of everybody on the list.
    certain : array of bool
        Who waited in the round before.
    score : mapping
        Digital fitness before, by person number.
    span, places : Span, int
    faults : Faults
    seed, number : int
        Of the simulation, and of the round.
    """
    order = np.argsort([hashlib.sha256(f"{seed}|{span.id}|{one}".encode()).hexdigest() for one in applicants])
    people, first = applicants[order], certain[order]
    waited = tuple(int(lot) for lot in np.flatnonzero(first) + 1)
    own = sizes(people.size, certain=len(waited), places=places)
    numbers = np.sort(stream(seed, "lotto", number).permutation(LOTTO)[:6] + 1)
    said = " ".join(map(str, numbers))
    known = facts_of(company, people, span)
    groups = drawn_groups(said, "mentee", own, tuple(enumerate(known, start=1)), waited)
    by_group = {
        name: people[[lot - 1 for lot in sorted(groups) if groups[lot] == name]] for name in set(groups.values())
    }
    none: Ints = np.empty(0, dtype=np.int64)
    start, wait, reserve = (by_group.get(name, none) for name in (START, WAIT, RESERVE))
    served = round(faults.crossed * wait.size)
    away = min(round(faults.absent * start.size), served + reserve.size)
    crossed = wait[: min(served, away)]
    least_in_need = np.argsort([-score[int(one)] for one in start], kind="stable")
    absent = start[least_in_need[:away]]
    return SeniorLot(
        people=people, facts=known, certain=waited, sizes=own, seed=said, groups=groups, absent=absent,
        crossed=crossed, filled=reserve[: away - crossed.size],
    )  # fmt: skip


def facts_of(company: Company, people: Ints, span: Span) -> tuple[tuple[int, ...], ...]:
    """Year of birth, days in the company, level and size of the unit, of each person."""
    seats, seat = company.seats, company.people.seat[people]
    size = np.bincount(seats.unit)
    tenure = (span.start - company.people.hire_date[people]).astype(np.int64)
    columns = (company.people.birth_year[people], tenure, seats.level[seat], size[seats.unit[seat]])
    return tuple(tuple(int(value) for value in row) for row in zip(*columns, strict=True))


def write_lot(
    programme: Programme, round_: Round, lot: SeniorLot, juniors: tuple[Ints, tuple[tuple[int, ...], ...]], *,
    ids: pd.Series, key: bytes,
) -> None:  # fmt: skip
    """Write the receipts of list and draw on their days."""
    young, known = juniors
    all_start = sizes(young.size, certain=0, places=young.size, reserve=0)
    sides = {"mentee": (lot.sizes, lot.people, lot.facts, lot.certain), "mentor": (all_start, young, known, ())}
    public: dict[str, Any] = {"sides": {}, "accepted": {}, "candidates": CANDIDATES, "balance_by": " ".join(BALANCE_BY)}
    private: dict[str, Any] = {}
    for side, (own, people, facts, certain) in sides.items():
        half = min(own.start, own.wait + own.not_drawn)
        public["sides"][side] = {**own.as_dict(), "chance": f"{own.start} of {own.drawn_from}"}
        public["accepted"][side] = accepted(half) if is_balanced(half) else CANDIDATES
        private[side] = [
            {"lot": n, "id": ids[one], "certain": int(n in certain), "facts": list(fact)}
            for n, (one, fact) in enumerate(zip(people, facts, strict=True), start=1)
        ]
    begin = datetime.fromisoformat(f"{round_.start}T09:00+00:00")
    public["seed_from"] = f"Lotto of {round_.start + timedelta(days=SEED_DAY)}"
    public["entries"] = keyed(key, canonical(private))
    about: dict[str, Any] = {"package": PACKAGE, "simulated": True}
    listed = begin + timedelta(days=LIST_DAY)
    written(programme, round_, "list", public, private=private, now=listed, **about)
    reveal(programme, round_, seed=lot.seed, key=key, now=begin + timedelta(days=DRAW_DAY), **about)


def wishes(
    round_id: str, people: Mapping[str, Ints], topics: tuple[str, ...], ids: pd.Series, *, seed: int, number: int
) -> pd.DataFrame:
    """The table *wishes* of one round: two topics and two half-days of everybody on the list."""
    rows = []
    rng = stream(seed, "wishes", number)
    for side, own in people.items():
        for one in own:
            for kind, codes in (("topic", topics), ("time", HALF_DAYS)):
                for code in np.sort(rng.choice(len(codes), 2, replace=False)):
                    weight = int(rng.integers(1, 4)) if kind == "topic" else 1
                    rows.append((round_id, ids[one], side, kind, codes[code], weight))
    return pd.DataFrame(rows, columns=["round_id", "person_id", "side", "kind", "code", "weight"])
