"""What a verdict on one comparison rests on, and the form of what a gate says.

Unit: one claim over all rounds that the plan covers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from scipy.special import ndtr
from scipy.stats import norm
from scipy.stats import t as t_distribution

from rmanalytics.evaluation.claims import Claim
from rmanalytics.lot.redraw_test import RoundsTest
from rmanalytics.measures.stats.selection import repeated_interval
from rmanalytics.results import Estimate

POINTS_FOR, COULD_NOT, NOT_ESTIMABLE = "points_for", "could_not", "not_estimable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What one gate says of one claim.

    Parameters
    ----------
    name : str
        ``plan``, ``design``, ``least``, ``brackets``, ``silence``, ``units``, ``lock``, ``fragility``, ``ceiling``,
        ``second_source``, ``linkage``, ``list``, or one that the claim's row adds.
    passed : bool or None
        None: what the gate asks for is not there; that lowers as False does.
    reason : str
        Why it does not pass, a constant English template without capital or full stop; ``values`` fill its braces.
        Empty where it passes.
    values : mapping
        Numbers that the row prints, also where it passes: the tipping point in SD, N of the fragility number.
    lowers_to : str
        `POINTS_FOR`, `COULD_NOT` or `NOT_ESTIMABLE`.
    """

    name: str
    passed: bool | None
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    lowers_to: str = COULD_NOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a verdict on one comparison is decided by. Nothing in it is rounded.

    Parameters
    ----------
    claim : Claim
        Its row: null, direction, least information, own gates.
    estimate : Estimate
        Over all rounds that count, in its own unit and sign; ``extra["se"]`` and ``extra["df"]`` (infinite where
        absent) on the scale that is tested, which is the logarithm for ratios.
    way : int
        1 where the claim says that the figure rises, −1 where it falls. The instrument's direction is in it.
    smallest_effect : float
        In the claimed way, positive, on the scale that is tested.
    below, above : float
        Present boundaries, standard normal: that of the claimed way, and that of the way against it.
    look : int
        Number of the look; 1 in the first round.
    level : int
        Evidence level 1 to 5 after its caps.
    lot : bool
        Whether the tool drew a lot for every round that counts (level 5).
    planned : bool
        Whether the receipt of the plan was written in time.
    whole : bool
        Whether the chain of receipts is whole.
    people : DataFrame or None
        Who was measured, participants and comparison, silent ones too (``post`` missing): ``round_id, person_id,
        cluster_id, unit_id, group, pre, post``; for exits ``time_days, event`` instead of the scores; None for others.
    strata : DataFrame or None
        Counts of shares (``yes, n, yes_comparison, n_comparison``) or rates (``events, exposure, events_comparison,
        exposure_comparison``), one row a round, quarter or source.
    redrawn : RoundsTest or None
        Where a lot drew every round that counts: the test by drawing them again, which takes the place of t.
    scale : tuple of two floats or None
        Lowest and highest score.
    change : Estimate or None
        The change-score estimate of the same people, for the two brackets.
    second : Estimate or None
        A task's, or somebody else's, figure of the same claim.
    doubtful : Estimate or None
        The same estimate with the uncertain matches of answers under codes, where there are such.
    left_out : tuple of float
        From three rounds on the estimate without each of them, in its own unit; NaN where it is none.
    counts : mapping of str to int
        What the row of least information asks for: ``n``, ``n_comparator``, ``units``, ``yes``, ``no``, ``events``,
        ``at_risk``, ``answered`` (per cent of the network), ``with``, ``without`` …
    """

    claim: Claim
    estimate: Estimate
    way: int
    smallest_effect: float
    below: float
    above: float
    look: int = 1
    level: int = 1
    lot: bool = False
    planned: bool = False
    whole: bool = True
    people: pd.DataFrame | None = None
    strata: pd.DataFrame | None = None
    redrawn: RoundsTest | None = None
    scale: tuple[float, float] | None = None
    change: Estimate | None = None
    second: Estimate | None = None
    doubtful: Estimate | None = None
    left_out: tuple[float, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def logarithmic(self) -> bool:
        """Whether the claim is tested on the logarithmic scale."""
        return self.estimate.unit.endswith("ratio")

    def turned(self, value: float) -> float:
        """A value of the estimate's unit on the scale that is tested, less the null, turned so that up is claimed."""
        null = self.claim.null or 0.0
        return self.way * (math.log(value / null) if self.logarithmic else value - null)

    @property
    def value(self) -> float:
        """The estimate, turned."""
        return self.turned(self.estimate.value)

    @property
    def se(self) -> float:
        """Standard error on the scale that is tested."""
        return float(self.estimate.extra["se"])

    @property
    def df(self) -> float:
        """Degrees of freedom; infinite for a normal one."""
        return float(self.estimate.extra.get("df", math.inf))

    def interval(self, below: float, above: float) -> tuple[float, float]:
        """Turned limits that exclude the null exactly when a boundary (standard normal) is passed."""
        low, high = repeated_interval(self.value, self.se, self.df, below=below, above=above)
        if self.redrawn is None:
            return low, high
        ends = [(c, self.redrawn.limit(float(ndtr(-c)), way * self.way)) for c, way in ((below, -1), (above, 1))]
        found = [None if end is None else self.way * end for _, end in ends]
        return min(low, 0.0) if found[0] is None else found[0], max(high, 0.0) if found[1] is None else found[1]

    @property
    def size(self) -> tuple[float, float, float]:
        """Value, error, degrees of freedom for what may be said of the size: with the tail of the test that decides.

        Where no redraw lies beyond the estimate, its tail is at most that of one redraw, and t may say how small.
        """
        if self.redrawn is None:
            return self.value, self.se, self.df
        z, t = abs(self.redrawn.z), float(norm.isf(t_distribution.sf(abs(self.value) / self.se, self.df)))
        way = 1 if self.redrawn.value >= 0 else -1
        if t > z and self.redrawn.p(way) <= self.redrawn.least:
            return self.value, self.se, self.df
        return self.value, abs(self.value) / z, math.inf
