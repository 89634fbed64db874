"""Kinds of result: what the second lock and the fragility number ask of each.

Unit: one claim over all rounds that the plan covers, turned so that the side on which its estimate lies is up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import t as t_distribution

from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.measures.retention import exits_over_rounds as exits
from rmanalytics.measures.stats import stratified_tables as tables
from rmanalytics.measures.stats.cluster_robust import Contrast
from rmanalytics.measures.stats.permutation import draws_for
from rmanalytics.measures.survey import all_rounds as scores
from rmanalytics.measures.survey import slopes_over_rounds as slopes
from rmanalytics.measures.survey.level_and_trend import (
    PARTS,
    level_and_trend,
    most_favourable_units,
    units_redraw_p,
)
from rmanalytics.results import Estimate


@dataclass(frozen=True, slots=True)
class Passed:
    """An estimate beyond its boundary: on which side of the null (1: as claimed), the boundary, and its tail."""

    way: int
    boundary: float

    @property
    def tail(self) -> float:
        """Normal tail beyond the boundary."""
        return float(ndtr(-self.boundary))

    def by(self, contrast: Contrast | None) -> bool:
        """Whether an estimate, turned so that this side is up, passes the same boundary."""
        if contrast is None or not contrast.se > 0:
            return False
        return float(t_distribution.sf(contrast.value / contrast.se, contrast.df)) < self.tail


def passed(evidence: Evidence) -> Passed | None:
    """On which side the repeated interval excludes the null, if any."""
    low, high = evidence.interval(evidence.below, evidence.above)
    if low > 0:
        return Passed(1, evidence.below)
    return Passed(-1, evidence.above) if high < 0 else None


class Kind(Protocol):
    """What the second lock and the fragility number need of a kind of result."""

    @property
    def lowers(self) -> bool:
        """Whether N = 1 lowers the verdict."""

    def p(self, tail: float) -> float | None:
        """One-sided p that assumes no distribution; None where there is no such test."""

    def after(self, n: int) -> Contrast | None:
        """The estimate after n people or events had been otherwise."""

    @property
    def most(self) -> int:
        """How many could have been otherwise."""


@dataclass(frozen=True)
class Scores:
    """Scale differences, and network counts with the wave before as start."""

    rows: scores.Rows
    rng: np.random.Generator
    lowers: bool
    redrawn: float | None = None

    def p(self, tail: float) -> float:
        """Each round drawn again where lots drew them all; else Freedman and Lane's permutation within rounds."""
        if self.redrawn is not None:
            return self.redrawn
        return scores.rounds_permutation_p(self.rows, draws=draws_for(tail), rng=self.rng)

    def after(self, n: int) -> Contrast | None:
        """Participants' value after set to what the comparison group foretells."""
        return scores.rounds_contrast(scores.with_foretold(self.rows, n, adjust=not self.lowers))

    @property
    def most(self) -> int:
        """All participants."""
        return int(self.rows.treated.sum())


@dataclass(frozen=True)
class Slopes:
    """Differences of slopes of after on before; ``logits``: the same scores as logits of their share of the scale."""

    rows: scores.Rows
    logits: scores.Rows
    rng: np.random.Generator
    lowers: bool = False

    def p(self, tail: float) -> float:
        """Residuals of one slope for both groups, permuted within rounds."""
        return slopes.slope_permutation_p(self.rows, draws=draws_for(tail), rng=self.rng)

    def after(self, n: int) -> Contrast | None:
        """Participants' value after set to what the comparison group's line foretells."""
        return slopes.slope_contrast(slopes.with_one_slope(self.rows, n))

    @property
    def most(self) -> int:
        """All participants."""
        return int(self.rows.treated.sum())


@dataclass(frozen=True)
class UnitSlopes:
    """The weakest sign that units with more tandems moved more."""

    people: pd.DataFrame
    way: int
    rng: np.random.Generator
    lowers: bool = True

    def p(self, tail: float) -> float | None:
        """Units drawn again where a lot drew them; else None: of three signs no test is exact."""
        if "entered" not in self.people:
            return None
        return units_redraw_p(self.people, way=self.way, draws=draws_for(tail), rng=self.rng)

    def after(self, n: int) -> Contrast | None:
        """Units left out, most favourable first."""
        left = self.people[~self.people["unit"].isin(self._order[:n])]
        found = level_and_trend(left, years=self._years)
        if not isinstance(found, Estimate):
            return None
        return Contrast(value=self.way * found.value, se=found.extra["se"], df=found.extra["df"])

    @property
    def _years(self) -> float:
        return float(self.people["years"].iloc[0])

    @cached_property
    def _order(self) -> list[Any]:
        return most_favourable_units(self.people, years=self._years, way=self.way)

    @property
    def most(self) -> int:
        """All units."""
        return int(self.people["unit"].nunique())


@dataclass(frozen=True)
class Spells:
    """Exits and promotions; ``way`` is 1 where participants are those without the event for longer."""

    exits: exits.Exits
    rng: np.random.Generator
    way: int
    lowers: bool = True

    def p(self, tail: float) -> float:
        """Stratified log-rank test, groups dealt out anew within rounds."""
        own = self.exits if self.way > 0 else replace(self.exits, treated=~self.exits.treated)
        return exits.exits_permutation_p(own, draws=draws_for(tail), rng=self.rng)

    def after(self, n: int) -> Contrast | None:
        """Stayers of the better group made leavers."""
        found = exits.exits_contrast(exits.with_leavers(self.exits, n, among_participants=self.way > 0))
        if found is None:
            return None
        return Contrast(value=self.way * found.value, se=found.se, df=found.df)

    @property
    def most(self) -> int:
        """Stayers of that group."""
        return int((~self.exits.event & (self.exits.treated == (self.way > 0))).sum())


@dataclass(frozen=True)
class Shares:
    """Differences of shares over strata, the better group first."""

    strata: pd.DataFrame
    lowers: bool = True

    def p(self, tail: float) -> float:  # noqa: ARG002  (exact: no draws)
        """Boschloo's test in one stratum, the exact conditional test over several."""
        return tables.exact_shares_p(self.strata)

    def after(self, n: int) -> Contrast | None:
        """People of the better group moved from yes to no, where most said yes first."""
        found = tables.mantel_haenszel_difference(_taken(self.strata, "yes", n))
        if not isinstance(found, Estimate):
            return None
        return Contrast(value=found.value, se=found.extra["se"], df=math.inf)

    @property
    def most(self) -> int:
        """Everybody in the better group who said yes."""
        return int(self.strata["yes"].sum())


@dataclass(frozen=True)
class Entries:
    """Differences of shares between the arms of a lot, the better arm as ``drawn``."""

    entries: pd.DataFrame
    rng: np.random.Generator
    lowers: bool = True

    def p(self, tail: float) -> float:
        """Arms dealt out anew."""
        return tables.entries_redraw_p(self.entries, draws=draws_for(tail), rng=self.rng)

    def after(self, n: int) -> Contrast | None:
        """People of the better arm moved from yes to no, where most said yes first."""
        yes = self.entries["yes"].where(self.entries["drawn"], 0)
        taken = yes - _taken(self.entries.assign(yes=yes), "yes", n)["yes"]
        found = tables.difference_over_entries(self.entries.assign(yes=self.entries["yes"] - taken))
        if not isinstance(found, Estimate):
            return None
        return Contrast(value=found.value, se=found.extra["se"], df=found.extra["df"])

    @property
    def most(self) -> int:
        """Everybody in the better arm who said yes."""
        return int(self.entries.loc[self.entries["drawn"], "yes"].sum())


@dataclass(frozen=True)
class Rates:
    """Ratios of rates over strata, the group with the higher rate first.

    ``wider`` is the estimate's error in units of the error that independent events would give.
    """

    strata: pd.DataFrame
    wider: float
    df: float
    lowers: bool = True

    def p(self, tail: float) -> float:  # noqa: ARG002
        """Exact conditional test."""
        return tables.exact_rates_p(self.strata)

    def after(self, n: int) -> Contrast | None:
        """Events added to the other group, where it was followed longest."""
        longest = self.strata["exposure_comparison"] == self.strata["exposure_comparison"].max()
        more = self.strata["events_comparison"] + n * (longest & (longest.cumsum() == 1))
        found = tables.log_rate_ratio(self.strata.assign(events_comparison=more))
        return None if found is None else Contrast(value=found.value, se=self.wider * found.se, df=self.df)

    @property
    def most(self) -> int:
        """As many as the group with the higher rate has."""
        return int(self.strata["events"].sum())


def _taken(strata: pd.DataFrame, column: str, n: int) -> pd.DataFrame:
    left, values = n, strata[column].to_numpy().copy()
    for at in np.argsort(-values, kind="stable"):
        taken = min(left, int(values[at]))
        values[at] -= taken
        left -= taken
    return strata.assign(**{column: values})


def signs_of(estimate: Estimate, way: int) -> list[Contrast]:
    """The signs that must all pass where an estimate is the weakest of several, turned; empty for others."""
    told = estimate.extra
    return [
        Contrast(value=way * told[part], se=told[f"{part}_se"], df=told[f"{part}_df"])
        for part in PARTS
        if f"{part}_se" in told
    ]


def by_entries(evidence: Evidence) -> bool:
    """Whether the counts stand by entry of a lot that dealt out the arms."""
    return evidence.strata is not None and "entry" in evidence.strata


def kind_of(evidence: Evidence, side: Passed) -> Kind | None:
    """The people or counts of a claim as its kind of result; None where it has none (composed)."""
    rng = np.random.default_rng([evidence.look, *evidence.claim.id.encode()])
    way, people = side.way * evidence.way, evidence.people
    if people is not None and "event" in people:
        return Spells(exits.read_exits(people, tau=evidence.estimate.extra["tau"]), rng, way)
    if people is not None and evidence.claim.least == "slope":
        return UnitSlopes(people, way, rng)
    if people is not None and evidence.claim.result == "slope_difference":
        return Slopes(slope_rows(people, way), slope_rows(on_logits(evidence), way), rng)
    if people is not None:
        lowers = evidence.claim.least == "network"
        drawn = None if evidence.redrawn is None else evidence.redrawn.p(way)
        return Scores(rows_of(evidence, side), rng, lowers=lowers, redrawn=drawn)
    if evidence.strata is not None and by_entries(evidence):
        return Entries(evidence.strata.assign(drawn=evidence.strata["drawn"] == (way > 0)), rng)
    if evidence.strata is not None:
        strata = evidence.strata if way > 0 else exchanged(evidence.strata)
        return Shares(strata) if "yes" in strata else _rates(evidence, strata)
    return None


def _rates(evidence: Evidence, strata: pd.DataFrame) -> Rates:
    plain = tables.log_rate_ratio(strata)
    return Rates(strata, wider=evidence.se / plain.se if plain is not None else 1.0, df=evidence.df)


def rows_of(evidence: Evidence, side: Passed) -> scores.Rows:
    """The complete pairs of a claim, turned."""
    if evidence.people is None:
        raise ValueError("the claim has no people")
    people = evidence.people.assign(person_id=evidence.people["cluster_id"])
    return scores.read_rows(people, sign=side.way * evidence.way)


def slope_rows(people: pd.DataFrame, way: int) -> scores.Rows:
    """The complete pairs of a claim on slopes: the scores after alone are turned."""
    own = people.assign(person_id=people["cluster_id"], post=way * people["post"])
    return scores.read_rows(own)


def on_logits(evidence: Evidence) -> pd.DataFrame:
    """The people of a claim with logits of their scores' share of the scale."""
    if evidence.people is None or evidence.scale is None:
        raise ValueError("the claim has no people or no scale")
    return slopes.on_logits(evidence.people, scale_min=evidence.scale[0], scale_max=evidence.scale[1])


def exchanged(strata: pd.DataFrame) -> pd.DataFrame:
    """Strata with the two groups' names exchanged."""
    first = [name for name in strata.columns if f"{name}_comparison" in strata.columns]
    names = {name: f"{name}_comparison" for name in first} | {f"{name}_comparison": name for name in first}
    return strata.rename(columns=names)
