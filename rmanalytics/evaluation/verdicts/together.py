"""One claim over several rounds: the form of it, what was known at each look, and what is left without one round.

Unit: one claim. The estimand is the average over the rounds held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
from scipy.stats import chi2

from rmanalytics.evaluation.claims import Claim
from rmanalytics.measures.rows import Z
from rmanalytics.results import COMPARISON, PARTICIPANTS, Curve, Estimate, NotEstimable, Results, about

FEWEST_TO_LEAVE_OUT = 3
ROUNDS_DIFFER = 0.05


@dataclass(frozen=True, kw_only=True)
class Together:
    """A claim over its rounds.

    Parameters
    ----------
    estimate : Estimate or NotEstimable or None
        ``extra`` holds ``se`` and, where finite, ``df``; None where no round has measured it.
    information : tuple of float
        1/SE² at each look, cumulative.
    rounds : tuple of str
        Those that hold data, in order.
    by_round : tuple of (str, Estimate)
        Each round alone, as far as that is an estimate.
    left_out : tuple of float
        From three rounds on the estimate without each of them; NaN where it is none.
    people, strata, scale, counts, second, doubtful
        As in `rmanalytics.evaluation.verdicts.evidence.Evidence`.
    times : float
        What the claim's smallest effect is a multiple of.
    lot : str or None
        Where a lot of offers or units decided: what keeps it from the highest level, empty where it held; else None.
    """

    estimate: Estimate | NotEstimable | None
    information: tuple[float, ...] = ()
    rounds: tuple[str, ...] = ()
    by_round: tuple[tuple[str, Estimate], ...] = ()
    left_out: tuple[float, ...] = ()
    people: pd.DataFrame | None = None
    strata: pd.DataFrame | None = None
    scale: tuple[float, float] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    second: Estimate | None = None
    doubtful: Estimate | None = None
    times: float = 1.0
    lot: str | None = None

    @property
    def differ(self) -> bool:
        """Whether the rounds differ by more than chance (Cochran's Q, p < .05)."""
        found = [one for _, one in self.by_round if one.lo is not None]
        if len(found) < 2:
            return False
        log = found[0].unit.endswith("ratio")
        values = [math.log(one.value) if log else one.value for one in found]
        weights = [standard_error(one) ** -2 for one in found]
        mean = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
        q = sum(w * (v - mean) ** 2 for w, v in zip(weights, values, strict=True))
        return float(chi2.sf(q, len(found) - 1)) < ROUNDS_DIFFER


def looked_at(rounds: Sequence[str], of: Callable[[Sequence[str]], Estimate | NotEstimable | None]) -> Together:
    """A claim whose estimate over any of its rounds can be asked for.

    Parameters
    ----------
    rounds : sequence of str
        Those that hold data, in order.
    of : callable
        The estimate of some of them together.
    """
    estimate: Estimate | NotEstimable | None = None
    information, alone = [], []
    for at, name in enumerate(rounds, start=1):
        estimate = of(rounds[:at])
        if isinstance(estimate, Estimate):
            information.append(standard_error(estimate) ** -2)
        own = estimate if at == 1 else of([name])
        if isinstance(own, Estimate):
            alone.append((name, own))
    left_out: list[float] = []
    if len(rounds) >= FEWEST_TO_LEAVE_OUT:
        without = [of([one for one in rounds if one != name]) for name in rounds]
        left_out = [one.value if isinstance(one, Estimate) else math.nan for one in without]
    return Together(
        estimate=estimate,
        information=tuple(information),
        rounds=tuple(rounds),
        by_round=tuple(alone),
        left_out=tuple(left_out),
    )


def of_people(
    people: pd.DataFrame, rounds: Sequence[str], model: Callable[[pd.DataFrame], Estimate | NotEstimable]
) -> Together:
    """The same for a model of people who carry their round."""
    present = [name for name in rounds if (people["round_id"] == name).any()]
    found = looked_at(present, lambda names: model(people[people["round_id"].isin(names)]))
    return replace(found, people=people)


def complete_pairs(people: pd.DataFrame) -> dict[str, int]:
    """People of each group with both values, each once, and the units that they belong to."""
    whole = people.dropna(subset=["pre", "post"])
    counted = {
        group: int(whole.loc[whole["group"] == group, "person_id"].nunique()) for group in (PARTICIPANTS, COMPARISON)
    }
    units = int(whole["unit_id"].nunique())
    return {"n": counted[PARTICIPANTS], "n_comparator": counted[COMPARISON], "units": units}


def named(found: Estimate | NotEstimable, against: str, *, outcome: str, side: str) -> Estimate | NotEstimable:
    """With what it is about and what it is compared with."""
    told = about(found, outcome=outcome, side=side)
    return replace(told, comparator=against) if isinstance(told, Estimate) else told


def find(claim: Claim, results: Results) -> Estimate | NotEstimable | None:
    """The result that a claim's row names, among those of a round; the first outcome that is there counts."""
    fixed = (
        {"side": claim.side}
        if claim.side == "both" or claim.result in ("adjusted_difference", "slope_difference")
        else {}
    )
    fixed |= {"group": claim.subgroup} if claim.subgroup else {}
    wanted: Iterable[dict[str, str]] = [{**fixed, "outcome": one} for one in claim.outcome] or [fixed]
    for keys in wanted:
        for result in results.find(claim.result, **keys):
            if not isinstance(result, Curve):
                return result
    return None


def standard_error(estimate: Estimate) -> float:
    """Standard error on the scale that is tested; from the interval where the result does not carry it."""
    if "se" in estimate.extra:
        return float(estimate.extra["se"])
    if estimate.lo is None or estimate.hi is None:
        raise ValueError(f"{estimate.name}: an interval is needed")
    width = math.log(estimate.hi / estimate.lo) if estimate.unit.endswith("ratio") else estimate.hi - estimate.lo
    return float(width / (2 * Z))
