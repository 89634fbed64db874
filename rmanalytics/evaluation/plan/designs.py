"""From what was measured to what can be sized: for each claim its kind of test, spread and people a tandem.

Unit: one claim. Declared outcomes rest on all measured rounds, other claims on the figure that judged them last.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from scipy.stats import t as t_distribution

from rmanalytics.evaluation.claims import Answer, Claim, claims
from rmanalytics.evaluation.plan.inputs import SideFacts, Spread, outcome_rows, spread_of
from rmanalytics.evaluation.plan.sizing import ALPHA, Sharing, adjusted_found, difference_found, mean_found, share_found
from rmanalytics.measures.rows import UPPER
from rmanalytics.results import SIDES, Estimate

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

POINTS = "scale points"
ADDITIVE = frozenset({POINTS, "points per point", "ties", "closeness", "share", "index"})
"""Units in which a standard error alone says what can be found."""
RATIOS = frozenset({"rate ratio", "odds ratio"})
"""Units that are sized on the logarithmic scale."""
NULLS = {"P1": 0.5, "T1": 0.5, "T2": 0.5, "T3": 0.5, "C9": 2 / 3}
"""Shares that a claim's share is held against."""
ONE_A_TANDEM = frozenset({"P1"})
"""Claims that every tandem answers, so that they are sized before anything was measured."""
EXITS = {"J7": "retention", "J6": "promotion"}
"""Claims about time to an event, which exits size and not people."""

AUDIT = "every tandem is audited: size plays no part"
DESCRIPTION = "a description that nothing is tested with"
SAME_FIGURE = "judged by the figure of another claim"
NOT_MEASURED = "no round has measured it"
DEPARTMENTS = "it rests on departments: more tandems change nothing"
NO_RULE = "no rule for the smallest difference on its scale"

Kind = Literal["adjusted", "difference", "mean", "share", "ratio"]
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A design and the smallest difference that it finds: tested alone, and at the level after correction."""

    tandems: int
    comparison: int
    rounds: int
    n: int
    n_comparator: int | None
    alone: float | None
    corrected: float | None


def comparison_people(side: SideFacts, tandems: int, comparison: int | None) -> int:
    """People for comparison beside so many tandems: as many as given, else in the proportion of the last round."""
    return round(tandems * side.comparison_per_tandem) if comparison is None else comparison


@dataclass(frozen=True, kw_only=True)
class Design:
    """What sizing one claim needs.

    Parameters
    ----------
    claim, kind, unit, spread, sd_before, measured, gain_only, by_tandems
        As in `rmanalytics.evaluation.plan.next_round.Sized`.
    per_tandem : float
        Units of analysis a tandem, drop-out taken off; all of them unless ``by_tandems``.
    per_comparison : float or None
        Those a person for comparison; all of them where ``compared_side`` is None; None where nobody is compared with.
    compared_side : SideFacts or None
        The side whose comparison people grow with the tandems.
    sharing : Sharing or None
        Of the rounds of its side.
    """

    claim: Claim
    kind: Kind
    unit: str
    spread: float | None
    per_tandem: float
    per_comparison: float | None = None
    compared_side: SideFacts | None = None
    sharing: Sharing | None = None
    sd_before: float | None = None
    measured: bool = True
    gain_only: bool = False
    by_tandems: bool = True

    def cell(self, tandems: int, rounds: int, *, comparison: int | None, level: float) -> Cell:
        """What so many tandems and rounds find, alone and at a stricter level.

        Parameters
        ----------
        tandems, rounds : int
            The design.
        comparison : int or None
            People for comparison; in the proportion of the last measured round unless given.
        level : float
            Two-sided level after correction.
        """
        compared = 1 if self.compared_side is None else comparison_people(self.compared_side, tandems, comparison)
        n = math.floor(self.per_tandem * (tandems if self.by_tandems else 1) + _ROUNDING)
        n_comparator = None if self.per_comparison is None else math.floor(compared * self.per_comparison + _ROUNDING)
        alone, corrected = (self._found(n, n_comparator, rounds, alpha) for alpha in (ALPHA, level))
        return Cell(
            tandems=tandems,
            comparison=0 if self.compared_side is None else compared,
            rounds=rounds,
            n=n,
            n_comparator=n_comparator,
            alone=alone,
            corrected=corrected,
        )

    def _found(self, n: int, n_comparator: int | None, rounds: int, alpha: float) -> float | None:
        if self.kind == "share":
            above, null = self.claim.direction != "down", NULLS[self.claim.id]
            return share_found(n, null=null, above=above, rounds=rounds, sharing=self.sharing, alpha=alpha)
        sd = self.spread or 0.0
        if n_comparator is None:
            return mean_found(n, sd=sd, rounds=rounds, sharing=self.sharing, alpha=alpha)
        if self.kind == "adjusted":
            return adjusted_found(n, n_comparator, sd=sd, rounds=rounds, sharing=self.sharing, alpha=alpha)
        found = difference_found(n, n_comparator, sd=sd, rounds=rounds, sharing=self.sharing, alpha=alpha)
        if self.kind == "ratio" and found is not None:
            return math.exp(-found if self.claim.direction == "down" else found)
        return found


def outcome_designs(
    bundle: Bundle, rounds: Sequence[Round], facts: Mapping[str, SideFacts], *, tandems: int, compared: bool | None
) -> Iterator[Design]:
    """Declared survey outcomes: the adjusted difference, or the gain where there is nobody to compare with.

    Parameters
    ----------
    bundle, rounds : Bundle, sequence of Round
        The measured rounds.
    facts : mapping of side to SideFacts
        What these rounds say of each side.
    tandems : int
        Tandems of these rounds together.
    compared : bool or None
        Whether there will be people for comparison; None: where there were.
    """
    known = {claim.id: claim for claim in claims()}
    for outcome in bundle.programme.outcomes:
        if outcome.claim not in known:
            continue
        side = facts[outcome.side]
        spread = spread_of(
            outcome_rows(bundle, rounds, outcome),
            bundle.programme.instruments[outcome.instrument],
            tandems=tandems,
            side=side,
        )
        alone = side.comparison_per_tandem == 0 if compared is None else not compared
        yield _of_outcome(known[outcome.claim], side, spread, gain_only=alone)


def _of_outcome(claim: Claim, side: SideFacts, spread: Spread, *, gain_only: bool) -> Design:
    return Design(
        claim=claim,
        kind="mean" if gain_only else "adjusted",
        unit=POINTS,
        spread=spread.change if gain_only else spread.unexplained,
        per_tandem=spread.analysed,
        per_comparison=None if gain_only else spread.analysed_comparison,
        compared_side=None if gain_only else side,
        sharing=side.sharing,
        sd_before=spread.before,
        measured=spread.measured,
        gain_only=gain_only,
    )


def other_design(
    claim: Claim, answers: Mapping[str, Answer], facts: Mapping[str, SideFacts], *, tandems: int
) -> Design | str:
    """A claim that is no declared outcome, sized from what judged it in the last measured round; or why not.

    Parameters
    ----------
    claim : Claim
    answers : mapping of claim id to Answer
        The ledger of that round.
    facts : mapping of side to SideFacts
        What the rounds say of each side.
    tandems : int
        Tandems of that round.
    """
    result = _judged_by(claim, answers)
    if result == NOT_MEASURED and claim.id in ONE_A_TANDEM:
        return Design(claim=claim, kind="share", unit="share", spread=None, per_tandem=1.0)
    if isinstance(result, str):
        return result
    own_side = facts.get(result.side) or facts.get(claim.group)
    by_tandems = claim.group != "company" or result.side in SIDES
    shared = facts["mentor"].sharing if own_side is None else own_side.sharing
    n = result.extra.get("effective_n", float(result.n))
    design = Design(
        claim=claim,
        kind="mean",
        unit=result.unit,
        spread=_sd_of_one(result),
        per_tandem=n / tandems if by_tandems and tandems else n,
        sharing=shared if by_tandems else None,
        by_tandems=by_tandems,
    )
    if result.unit == "share" and result.n_comparator is None:
        return replace(design, kind="share", spread=None) if claim.id in NULLS else NO_RULE
    if result.n_comparator is None:
        return design
    compared = own_side.comparison_per_tandem * tandems if own_side and by_tandems else 0
    return replace(
        design,
        kind="ratio" if result.unit in RATIOS else "difference",
        per_comparison=result.n_comparator / compared if compared else float(result.n_comparator),
        compared_side=own_side if by_tandems else None,
    )


def _judged_by(claim: Claim, answers: Mapping[str, Answer]) -> Estimate | str:
    """The figure that judged a claim, or why it sizes nothing."""
    answer = answers.get(claim.id)
    result = answer.result if answer else None
    why = ""
    if not isinstance(result, Estimate) or not result.n:
        why = NOT_MEASURED
    elif result.lo is None:
        why = AUDIT if result.unit == "count" else DESCRIPTION
    elif any(other.result is result and other.claim.id != claim.id for other in answers.values()):
        why = SAME_FIGURE
    elif "units" in result.extra:
        why = DEPARTMENTS
    elif (
        result.unit in RATIOS and (result.lo <= 0 or result.n_comparator is None)
    ) or result.unit not in ADDITIVE | RATIOS:
        why = NO_RULE
    return why if why or not isinstance(result, Estimate) else result


def _has_rule(result: Estimate) -> bool:
    if result.unit in RATIOS:
        return result.lo is not None and result.lo > 0 and result.n_comparator is not None
    return result.unit in ADDITIVE


def _sd_of_one(result: Estimate) -> float:
    """Standard deviation of one unit of analysis that gives the result its standard error (of a ratio's logarithm)."""
    if "sd" in result.extra:
        return float(result.extra["sd"])
    n, n_comparator = result.n, result.n_comparator
    df = result.extra.get("df", n + n_comparator - 2 if n_comparator else n - 1)
    if result.lo is None or result.hi is None:
        raise ValueError("the result has no interval")
    width = math.log(result.hi / result.lo) if result.unit in RATIOS else result.hi - result.lo
    se = width / 2 / float(t_distribution.ppf(UPPER, max(df, 1)))
    if result.unit not in RATIOS:
        se = result.extra.get("se", se)
    return float(se) / math.sqrt(1 / n + (1 / n_comparator if n_comparator else 0.0))
