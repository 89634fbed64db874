"""How a comparison came about, read from the tables and the receipts: what its evidence level follows from.

Unit: one side over the rounds that count. Words in a column count with their receipt only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact, poisson

from rmanalytics.evaluation.claims import Claim
from rmanalytics.evaluation.cohort import by_codes, counts_by_lot, groups, respondents
from rmanalytics.evaluation.comparison.balance import NUMBERS, known_of
from rmanalytics.evaluation.lots.as_drawn import bank_of
from rmanalytics.evaluation.lots.breaches import why_not_five
from rmanalytics.evaluation.lots.drawn import lot_of
from rmanalytics.evaluation.survey.outcomes import scored_of
from rmanalytics.evaluation.verdicts.declared import first_answer
from rmanalytics.evaluation.verdicts.levels import Design
from rmanalytics.evaluation.verdicts.together import Together
from rmanalytics.lot.redraw_test import RoundsTest
from rmanalytics.lot.redraws import Bools
from rmanalytics.measures.comparison.omnibus_balance import omnibus_balance
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.survey.all_rounds import read_rows
from rmanalytics.receipts.chain import FOLDER, Receipt
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

STREAM = 31
LARGE_UNIT = 0.1
"""Share of all people from which a unit is a value of its own in the omnibus test; the rest are one."""
WITHIN_ROUNDS = 2


class SideDesign:
    """One side in some rounds: who was compared, listed, served, alike.

    Parameters
    ----------
    bundle, rounds, side : Bundle, sequence of Round, str
    receipts : sequence of Receipt
        Those that count.
    """

    def __init__(self, bundle: Bundle, rounds: Sequence[Round], side: str, receipts: Sequence[Receipt]) -> None:
        self.bundle, self.rounds, self.side, self.receipts = bundle, rounds, side, receipts
        self.members = {one.id: groups(bundle, one, side) for one in rounds}

    @cached_property
    def coded(self) -> bool:
        """Whether answers of a round stand under codes: those people are nobody of the groups, only as many."""
        return any(by_codes(self.bundle, one) for one in self.rounds)

    def _answering(self, round_: Round) -> pd.DataFrame:
        return respondents(self.bundle, round_, self.side)

    @cached_property
    def _as_many(self) -> bool:
        """Whether under codes no more people answered in a group than it has."""
        return all(
            (self._answering(one)["group"] == group).sum() <= (self.members[one.id]["group"] == group).sum()
            for one in self.rounds
            for group in (PARTICIPANTS, COMPARISON)
        )

    @cached_property
    def compared(self) -> bool:
        """Whether there are people of both groups."""
        return any(set(one["group"]) == {PARTICIPANTS, COMPARISON} for one in self.members.values())

    @cached_property
    def listed(self) -> bool:
        """Whether each round's comparison people were recorded before its first outcome, and are still the same."""
        return all(self._list(one) is not None for one in self.rounds)

    def _list(self, round_: Round) -> Receipt | None:
        own = [one for one in self.receipts if one.kind == "comparison" and one.round_id == round_.id]
        day = first_answer(self.bundle, round_) or round_.end
        timely = [one for one in own if one.whole and one.written.date() < day]
        if not timely:
            return None
        kept = self.bundle.programme.folder / FOLDER / "private" / timely[-1].name
        if kept.is_file():
            ids: Mapping[str, list[str]] = json.loads(kept.read_text(encoding="utf-8"))
            table = self.bundle.table("comparison")
            mine = (table["round_id"] == round_.id) & (table["side"] == self.side)
            if sorted(table.loc[mine, "person_id"]) != list(ids.get(self.side, [])):
                return None
        return timely[-1]

    @cached_property
    def p(self) -> float | None:
        """Omnibus p of age, tenure, level, unit and every declared scale before; the lesser of two under codes.

        There the scales are those of people of whom nothing else is known.
        """
        parts = []
        for one in self.rounds:
            members = self.members[one.id]
            if members["group"].nunique() < 2:
                continue
            known = known_of(self.bundle, one, self.side)
            table = known[["person_id", "group", *NUMBERS]].assign(unit=known["unit"], round_id=one.id)
            if not by_codes(self.bundle, one):
                table = table.merge(self._before(one, members).drop(columns="group"), on="person_id", how="left")
            parts.append(table)
        if not parts:
            return None
        people = pd.concat(parts, ignore_index=True)
        if self.coded:
            apart = [self._before(one, self._answering(one)).assign(round_id=one.id) for one in self.rounds]
            found = [self._omnibus(people), self._omnibus(pd.concat(apart, ignore_index=True).assign(unit=""))]
            return min((p for p in found if p is not None), default=None)
        return self._omnibus(people)

    def _omnibus(self, people: pd.DataFrame) -> float | None:
        many = looked_up(people["unit"], people["unit"].value_counts()) >= LARGE_UNIT * len(people)
        people["unit"] = people["unit"].where(many, "")
        values = [name for name in people.columns if name not in ("round_id", "person_id", "group")]
        values = [name for name in values if people[name].notna().any()]
        rng = np.random.default_rng([self.bundle.programme.seed, STREAM])
        found = omnibus_balance(people, values=values, rng=rng)
        return found.p_value if isinstance(found, Estimate) else None

    def _before(self, round_: Round, members: pd.DataFrame) -> pd.DataFrame:
        table = members[["person_id", "group"]]
        if not self.bundle.has("answers"):
            return table
        for outcome in self.bundle.programme.outcomes:
            if outcome.side == self.side:
                scored = scored_of(self.bundle, round_, outcome.instrument, self.side)
                table = table.assign(**{outcome.instrument: scored["pre"].to_numpy()})
        return table

    @cached_property
    def waiting(self) -> bool:
        """Whether everybody compared is on the waiting list and volunteered before the list was recorded."""
        if not self.bundle.has("invitations") or not self.listed:
            return False
        invited = self.bundle.table("invitations")
        for one in self.rounds:
            listed, members = self._list(one), self.members[one.id]
            compared = members[members["group"] == COMPARISON]
            mine = (invited["round_id"] == one.id) & (invited["side"] == self.side)
            came = invited[mine & (invited["answer"] == "volunteered")]
            if listed is None or not (compared["kind"] == "waiting_list").all():
                return False
            early = came[~(came["answered_date"].dt.date > listed.written.date())]["person_id"]
            if not compared["person_id"].isin(early).all():
                return False
        return True

    @cached_property
    def served(self) -> float | None:
        """Share of the waiting, still employed, who had a place within two rounds; None until all were due."""
        order = list(self.bundle.programme.rounds)
        people = self.bundle.table("people").set_index("person_id")
        had = due = 0
        for one in self.rounds:
            at = order.index(one)
            later = order[at + 1 : at + 1 + WITHIN_ROUNDS]
            if len(later) < WITHIN_ROUNDS or later[-1].end > self.bundle.programme.data_until:
                continue
            tandems = self.bundle.table("tandems")
            placed = set(tandems.loc[tandems["round_id"].isin([r.id for r in later]), f"{self.side}_id"])
            members = self.members[one.id]
            waiting = members.loc[members["group"] == COMPARISON, "person_id"]
            left = looked_up(waiting, people["exit_date"]) <= pd.Timestamp(later[-1].end)
            had, due = had + int(waiting[~left].isin(placed).sum()), due + int((~left).sum())
        return had / due if due else None

    @cached_property
    def list_p(self) -> float | None:
        """Chance of so few leavers before each list was written, at the rest of the company's rate; None without lists.

        Exact Poisson over the days from each person's start to the writing.
        """
        people = self.bundle.table("people")
        hired, left = people.set_index("person_id")["hire_date"], people.set_index("person_id")["exit_date"]
        seen, expected = 0, 0.0
        for one in self.rounds:
            listed = self._list(one)
            if listed is None:
                return None
            until = pd.Timestamp(listed.written.date())
            members = self.members[one.id]
            own = members[members["start_date"] < until]
            days = (until - own["start_date"]).dt.days
            exits = looked_up(own["person_id"], left)
            seen += int(((exits >= own["start_date"]) & (exits < until)).sum())
            first = own["start_date"].min() if len(own) else until
            rest = ~left.index.isin(members["person_id"])
            there = rest & (hired < until).to_numpy() & ~(left < first).to_numpy()
            at_risk = int(there.sum()) * max((until - first).days, 1)
            gone = int((there & (left >= first).to_numpy() & (left < until).to_numpy()).sum())
            expected += float(days.sum()) * gone / at_risk if at_risk else 0.0
        return float(poisson.cdf(seen, expected))

    @cached_property
    def banks(self) -> dict[str, tuple[list[str], Bools]]:
        """Redraws of each round with the people of their columns, where lots drew them all; else empty."""
        lots = [(one.id, lot_of(self.bundle, one)) for one in self.rounds]
        if not all(counts_by_lot(self.bundle, one, self.side) for one in self.rounds):
            return {}
        found = {}
        for name, lot in lots:
            if lot is not None:
                own = lot.sides[self.side]
                found[name] = ([own.ids.get(n, "") for n in own.compared], bank_of(own, lot.draw.content, self.side))
        return found

    def of_claim(self, claim: Claim, people: pd.DataFrame | None) -> Design:
        """The design of one claim of this side."""
        silent, silent_p = silence(people) if people is not None and "post" in people else (0.0, None)
        coded = claim.design == "survey" and self.coded
        both = any(set(self._answering(one)["group"]) == {PARTICIPANTS, COMPARISON} for one in self.rounds)
        return Design(
            compared=both if coded else self.compared,
            before=claim.design == "survey",
            listed=self.listed and (not coded or self._as_many),
            p=self.p if self.compared else None,
            drawn=all(counts_by_lot(self.bundle, one, self.side) for one in self.rounds),
            lot_breach=next(filter(None, (why_not_five(self.bundle, one, self.side) for one in self.rounds)), ""),
            broken=not all(one.whole for one in self.receipts),
            elsewhere=bool(self.bundle.programme.declared.lot_document),
            waiting=self.waiting,
            served=self.served,
            silent=silent,
            silent_p=silent_p,
            chosen=claim.design == "cross-section",
            coded=coded,
        )


def redrawn(
    people: pd.DataFrame | None, banks: Mapping[str, tuple[list[str], Bools]], rng: np.random.Generator
) -> RoundsTest | None:
    """The test of a claim's difference by drawing its rounds again; None unless lots drew all its people."""
    if people is None or not banks:
        return None
    whole = people.dropna(subset=["pre", "post"])
    found = []
    for round_id in whole["round_id"].unique():
        at = np.flatnonzero(whole["round_id"] == round_id)
        ids, bank = banks.get(round_id, ([], np.zeros((0, 0), dtype=np.bool_)))
        column = {person: n for n, person in enumerate(ids)}
        mine = list(whole["person_id"].iloc[at])
        if not set(mine) <= set(column):
            return None
        found.append((at, bank[:, [column[person] for person in mine]]))
    rows = read_rows(whole)
    return RoundsTest(rows.post, rows.covariates, rows.treated, found, rng=rng) if found else None


def by_arms(together: Together) -> Design:
    """The design of a claim where a lot of offers or units decided."""
    people, silent, silent_p = together.people, 0.0, None
    if people is not None and "entered" in people:
        group = people["entered"].map({True: PARTICIPANTS, False: COMPARISON})
        silent, silent_p = silence(people.assign(group=group, pre=people["before"], post=people["score"]))
    return Design(compared=True, drawn=True, lot_breach=together.lot or "", silent=silent, silent_p=silent_p)


def silence(people: pd.DataFrame) -> tuple[float, float | None]:
    """Largest share of a group without a score after, of those with one before, and Fisher's p between the groups.

    Examples
    --------
    >>> four = pd.DataFrame({"group": ["participants"] * 2 + ["comparison"] * 2, "pre": 1.0, "post": [1, None, 1, 1]})
    >>> silence(four)
    (0.5, 1.0)
    """
    asked = people[people["pre"].notna()]
    table = [
        [int((own := asked["post"][asked["group"] == group].isna()).sum()), int((~own).sum())]
        for group in (PARTICIPANTS, COMPARISON)
    ]
    if not all(sum(row) for row in table):
        return 0.0, None
    return max(row[0] / sum(row) for row in table), float(fisher_exact(table)[1])
