"""Answers to the claims of the plan: alpha split, looks, evidence level, gates, word.

Unit: one claim of the plan over the rounds that count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm
from scipy.stats import t as t_distribution

from rmanalytics.evaluation.claims import Answer, Claim, claims
from rmanalytics.evaluation.verdicts.composed import smaller_gain
from rmanalytics.evaluation.verdicts.declared import Planned, planned_claims
from rmanalytics.evaluation.verdicts.designs import SideDesign, by_arms, redrawn
from rmanalytics.evaluation.verdicts.evidence import NOT_ESTIMABLE, Evidence, Gate
from rmanalytics.evaluation.verdicts.gates import OWN, gates, gates_of_parts
from rmanalytics.evaluation.verdicts.kinds import Passed, signs_of
from rmanalytics.evaluation.verdicts.levels import CAPPED, CONTROLLED, evidence_level
from rmanalytics.evaluation.verdicts.over_rounds import OTHER_ITEMS, over_rounds
from rmanalytics.evaluation.verdicts.sensitivity import specifications, unmeasured
from rmanalytics.evaluation.verdicts.together import Together, standard_error
from rmanalytics.evaluation.verdicts.words import decide
from rmanalytics.lot.redraw_test import RoundsTest
from rmanalytics.measures.stats.group_sequential import LEFT, Share, boundaries, graphical_split
from rmanalytics.receipts.chain import receipts_of
from rmanalytics.results import SIDES, Estimate, NotEstimable

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

TOO_FEW_LEFT = 0.05
LIST = "fewer of those listed had left before the list was written than elsewhere in the company (p = {p})"
COMPUTED = frozenset({"second_source", "linkage", "ceiling", "both_scales", *OWN})
"""Gates of rows that the evidence itself answers."""
NOT_COMPUTED = "a check that the claim needs of its own is not computed yet"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A claim of the plan with its estimate over the rounds, ready to be tested at any local alpha.

    Parameters
    ----------
    planned : Planned
    together : Together
        ``estimate`` is an `Estimate`.
    way : int
        1 where the claim says up.
    smallest_effect : float
        On the scale that is tested.
    parts : tuple of Looked
        Of a composed claim; its own estimate is that of the weaker part.
    redrawn : RoundsTest or None
        As in `rmanalytics.evaluation.verdicts.evidence.Evidence`.
    """

    planned: Planned
    together: Together
    way: int
    smallest_effect: float
    parts: tuple[Looked, ...] = ()
    redrawn: RoundsTest | None = None

    @cached_property
    def estimate(self) -> Estimate:
        """Over all rounds, with its standard error on the scale that is tested."""
        found = self.together.estimate
        if not isinstance(found, Estimate):
            raise TypeError("only a claim with an estimate is looked at")
        return replace(found, extra={**found.extra, "se": standard_error(found)})

    @cached_property
    def z(self) -> float:
        """Normal value with the tail of the estimate in t or in redraws, turned so that up is claimed."""
        if self.redrawn is not None:
            return self.way * self.redrawn.z
        null = float(self.planned.claim.null or 0.0)
        beyond = self.estimate.value - null
        if self.estimate.unit.endswith("ratio"):
            beyond = math.log(self.estimate.value / null)
        t = self.way * beyond / self.estimate.extra["se"]
        df = self.estimate.extra.get("df", math.inf)
        return t if math.isinf(df) else math.copysign(float(norm.isf(t_distribution.sf(abs(t), df))), t)

    def boundary(self, alpha: float) -> float:
        """Standard normal boundary at the present look, alpha spent on the claim before a change taken off."""
        left = alpha * LEFT**self.planned.looks_before
        return float(boundaries(self.together.information, alpha=left)[-1])

    def passes(self, alpha: float, way: int) -> bool:
        """Whether the estimate passes, in the claimed way (1) or against it (−1).

        A composed claim passes with every part, and is contradicted by any part, which costs each a share of alpha.
        """
        if self.parts:
            found = (part.passes(alpha if way > 0 else alpha / len(self.parts), way) for part in self.parts)
            return all(found) if way > 0 else any(found)
        boundary = self.boundary(alpha)
        side, signs = Passed(way, boundary), signs_of(self.estimate, way * self.way)
        return all(side.by(sign) for sign in signs) if signs else way * self.z > boundary


class Judge:
    """Judges the claims of a round's plan.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
    """

    def __init__(self, bundle: Bundle, round_: Round) -> None:
        self.bundle, self.round = bundle, round_
        self.receipts = receipts_of(bundle.programme)
        self.planned = planned_claims(bundle, round_, self.receipts)
        self._sides: dict[tuple[str, tuple[str, ...]], SideDesign] = {}

    def answers(self, alone: Mapping[str, Estimate | NotEstimable | None]) -> dict[str, Answer]:
        """The answers to the claims of the plan that can be told, by id.

        Parameters
        ----------
        alone : mapping
            Each claim's figure of this round.
        """
        looked: dict[str, Looked] = {}
        found: dict[str, Answer] = {}
        for name, planned in self.planned.items():
            one = self._look(planned)
            if isinstance(one, Looked):
                looked[name] = one
            elif one is not None:
                found[name] = replace(one, this_round=alone[name])
        up, down = (self._split(looked, way) for way in (1, -1))
        for name, one in looked.items():
            answer = self._answer(one, up[name], down[name])
            found[name] = replace(answer, this_round=alone[name])
        return found

    def _look(self, planned: Planned, *, both_sides: bool = False) -> Looked | Answer | None:
        claim = planned.claim
        if claim.parts:
            parts = [self._look(replace(planned, claim=_row(part)), both_sides=True) for part in claim.parts]
            whole = [part for part in parts if isinstance(part, Looked)]
            if len(whole) < len(parts):
                return next((replace(p, claim=claim) for p in parts if isinstance(p, Answer)), None)
            weaker = min(whole, key=lambda part: part.z)
            return replace(weaker, planned=replace(planned, claim=claim), parts=tuple(whole))
        together = over_rounds(self.bundle, claim, planned.rounds, both_sides=both_sides)
        result = together.estimate
        if result is None:
            return None
        if isinstance(result, NotEstimable) or result.lo is None or not together.information:
            reason, values = (
                (result.reason, dict(result.values)) if isinstance(result, NotEstimable) else (OTHER_ITEMS, {})
            )
            return Answer(claim=claim, verdict="not_estimable", result=result, reason=reason, values=values)
        way, smallest = self._aims(claim, ratio=result.unit.endswith("ratio"))
        smallest *= together.times
        one = Looked(planned=planned, together=together, way=way, smallest_effect=smallest)
        of_scores = claim.result != "slope_difference" and together.people is not None and "post" in together.people
        if not of_scores or self._side_of(claim) not in SIDES:
            return one
        rng = np.random.default_rng([len(together.information), *claim.id.encode()])
        return replace(one, redrawn=redrawn(together.people, self._side(one).banks, rng))

    def _aims(self, claim: Claim, *, ratio: bool) -> tuple[int, float]:
        """The claimed way and the smallest effect of interest on the scale that is tested."""
        own = self.bundle.programme.declared.claims.get(claim.id, {})
        way = -1 if own.get("direction", claim.direction) == "down" else 1
        smallest = float(own.get("smallest_effect", claim.smallest_effect or 0.0))
        return way, abs(math.log(smallest)) if ratio else smallest

    def _split(self, looked: Mapping[str, Looked], way: int) -> dict[str, Share]:
        """Local alpha of each claim of the plan in one direction."""

        def passing(name: str) -> Callable[[float], bool]:
            one = looked.get(name)
            return lambda alpha: one is not None and one.passes(alpha, way)

        plan = self.bundle.programme.declared
        primary = passing(plan.primary) if plan.primary in looked else None
        main, keys = graphical_split(primary, {key: passing(key) for key in plan.keys})
        return {plan.primary: main, **keys}

    def _answer(self, one: Looked, up: Share, down: Share) -> Answer:
        claim, together = one.planned.claim, one.together
        level, why, balance = self._level(one)
        each = replace(down, alpha=down.alpha / max(len(one.parts), 1))
        parts = [self._evidence(part, level, up, each) for part in one.parts]
        binding = min(range(len(parts)), key=lambda i: _margin(parts[i]), default=0)
        evidence = parts[binding] if parts else self._evidence(one, level, up, down)
        said = (*(gates_of_parts(parts) if parts else gates(evidence)), *self._own_gates(one))
        decision = decide(evidence, said)
        answer = Answer(
            claim=claim,
            verdict=decision.word,
            result=evidence.estimate,
            rounds=together.rounds,
            by_round=together.by_round,
            rounds_differ=together.differ,
            evidence=level,
            level_reason=why,
            level_values={} if balance is None else {"p": round(balance, 3)},
            repeated=_back(evidence, decision.repeated),
            size=_size(evidence, decision.size),
            standardised=_in_sd(evidence, decision.repeated),
            unmeasured=unmeasured(evidence) if decision.size else {},
            specifications=specifications(evidence),
            gates=said,
            bound=decision.bound,
            look=evidence.look,
            reason=decision.reason,
            values=decision.values,
        )
        rounds = [part.together.by_round for part in one.parts]
        alone = [decide(part, said) for part in parts]
        return smaller_gain(answer, parts, alone, rounds, binding=binding) if parts else answer

    def _evidence(self, one: Looked, level: int, up: Share, down: Share) -> Evidence:
        planned, together = one.planned, one.together
        return Evidence(
            claim=planned.claim,
            estimate=one.estimate,
            way=one.way,
            smallest_effect=one.smallest_effect,
            below=one.boundary(up.alpha),
            above=one.boundary(down.alpha),
            look=planned.looks_before + len(together.information),
            level=level,
            lot=level == 5,
            planned=planned.in_time,
            whole=all(receipt.whole for receipt in self.receipts),
            people=together.people,
            strata=together.strata,
            left_out=together.left_out,
            redrawn=one.redrawn,
            scale=together.scale,
            counts=together.counts,
            second=together.second,
            doubtful=together.doubtful,
        )

    def _own_gates(self, one: Looked) -> Iterator[Gate]:
        """Gates that the claim's row adds; one that cannot be computed yet lowers as a failed one does."""
        for name in one.planned.claim.gates:
            if name == "list":
                p = self._side(one).list_p
                if p is not None:
                    ok = p >= TOO_FEW_LEFT
                    values = {"p": round(p, 3)}
                    yield Gate(name=name, passed=ok, reason="" if ok else LIST, values=values, lowers_to=NOT_ESTIMABLE)
            elif name not in COMPUTED:
                yield Gate(name=name, passed=None, reason=NOT_COMPUTED)

    def _level(self, one: Looked) -> tuple[int, str, float | None]:
        """The evidence level, what it follows from and the omnibus p; of a composed claim the least of its parts."""
        if one.parts:
            return min((self._level(part) for part in one.parts), key=lambda found: found[0])
        claim = one.planned.claim
        if one.together.lot is not None:
            return (*evidence_level(by_arms(one.together), claim), None)
        if one.together.counts.get("controlled"):
            return 3, CONTROLLED, None
        if self._side_of(claim) not in SIDES:
            return min(2, claim.cap or 2), CAPPED, None
        side = self._side(one).of_claim(claim, one.together.people)
        return (*evidence_level(side, claim), side.p)

    def _side_of(self, claim: Claim) -> str:
        outcome = next((o for o in self.bundle.programme.outcomes if o.claim == claim.id), None)
        return outcome.side if outcome else claim.side

    def _side(self, one: Looked) -> SideDesign:
        """The claim's side in the rounds that count, computed once."""
        side, rounds = self._side_of(one.planned.claim), one.planned.rounds
        if (side, rounds) not in self._sides:
            own = [self.bundle.programme.round(name) for name in rounds]
            self._sides[side, rounds] = SideDesign(self.bundle, own, side, self.receipts)
        return self._sides[side, rounds]


def _margin(evidence: Evidence) -> float:
    """How far above its boundary an estimate lies, in standard errors: what binds a claim that needs every part."""
    return evidence.interval(evidence.below, evidence.above)[0] / evidence.se


def _row(claim: str) -> Claim:
    return next(one for one in claims() if one.id == claim)


def _back(evidence: Evidence, limits: tuple[float, float]) -> tuple[float, float]:
    """Turned limits on the tested scale as limits of the result's own unit."""
    null = float(evidence.claim.null or 0.0)
    own = sorted(evidence.way * limit for limit in limits)
    lo, hi = (null * math.exp(x) for x in own) if evidence.logarithmic else (null + x for x in own)
    return lo, hi


def _in_sd(evidence: Evidence, limits: tuple[float, float]) -> tuple[float, float, float] | None:
    """Estimate and repeated interval in standard deviations of the scores before; None for other results."""
    if evidence.people is None or "pre" not in evidence.people or evidence.estimate.unit == "points per point":
        return None
    sd = float(evidence.people["pre"].std())
    lo, hi = _back(evidence, limits)
    return (evidence.estimate.value / sd, lo / sd, hi / sd) if sd > 0 else None


def _size(evidence: Evidence, size: tuple[float, float, float] | None) -> tuple[float, float, float] | None:
    """What may be said of the size: positive along the way that was found; a ratio for ratios."""
    if size is None or not evidence.logarithmic:
        return size
    low, middle, high = (math.exp(x) for x in size)
    return low, middle, high
