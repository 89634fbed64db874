"""Gates 4 to 8: what an estimate that passed its boundary must survive, by kind of result.

Unit: one claim over all rounds that the plan covers. A gate concerns an estimate only where its repeated interval
excludes the null; everything is turned so that the side on which it lies is up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from scipy.special import ndtr
from scipy.stats import t as t_distribution

from rmanalytics.evaluation.verdicts.evidence import Evidence, Gate
from rmanalytics.evaluation.verdicts.least import FEWEST_UNITS, LEAST_DF
from rmanalytics.measures.retention import exits_over_rounds as exits
from rmanalytics.measures.rows import Z
from rmanalytics.measures.stats import stratified_tables as tables
from rmanalytics.measures.stats.cluster_robust import Contrast
from rmanalytics.measures.stats.fragility import fragility_number
from rmanalytics.measures.stats.permutation import draws_for
from rmanalytics.measures.stats.selection import repeated_interval
from rmanalytics.measures.survey import all_rounds as scores
from rmanalytics.results import PARTICIPANTS, Estimate

BRACKETS = "the groups' changes, compared without regard to where people started, do not show it"
SILENT = "it would turn if the silent participants had ended {tipping} standard deviations worse than foretold"
BY_UNIT = "with people of one unit taken as belonging together it is not distinguishable from no difference"
NO_UNITS = "people of fewer than {least} units, so whole units could have made it"
LOCK = "an exact or permutation test does not confirm it (p = {p})"
ONE_PERSON = "it would turn if one person or event had been otherwise"


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
    ends = {"below": evidence.below, "above": evidence.above}
    low, high = repeated_interval(evidence.value, evidence.se, evidence.df, **ends)
    if low > 0:
        return Passed(1, evidence.below)
    return Passed(-1, evidence.above) if high < 0 else None


class Kind(Protocol):
    """What the second lock and the fragility number need of a kind of result."""

    @property
    def lowers(self) -> bool:
        """Whether N = 1 lowers the verdict."""

    def p(self, tail: float) -> float:
        """One-sided p that assumes no distribution."""

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

    def p(self, tail: float) -> float:
        """Freedman and Lane's permutation within rounds."""
        return scores.rounds_permutation_p(self.rows, draws=draws_for(tail), rng=self.rng)

    def after(self, n: int) -> Contrast | None:
        """Participants' value after set to what the comparison group foretells."""
        return scores.rounds_contrast(scores.with_foretold(self.rows, n, adjust=not self.lowers))

    @property
    def most(self) -> int:
        """All participants."""
        return int(self.rows.treated.sum())


@dataclass(frozen=True)
class Spells:
    """Exits and promotions; ``way`` is 1 where participants are those without the event for longer."""

    exits: exits.Exits
    rng: np.random.Generator
    way: int
    lowers: bool = True

    def p(self, tail: float) -> float:
        """Stratified log-rank test, groups dealt out anew within rounds."""
        p = exits.exits_permutation_p if self.way > 0 else _sooner
        return p(self.exits, draws=draws_for(tail), rng=self.rng)

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


def _sooner(spells: exits.Exits, *, draws: int, rng: np.random.Generator) -> float:
    """The same test, up where participants have the event sooner."""
    other = exits.Exits(**{**vars(spells), "treated": ~spells.treated})
    return exits.exits_permutation_p(other, draws=draws, rng=rng)


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
        return _estimated(tables.mantel_haenszel_difference(_taken(self.strata, "yes", n)))

    @property
    def most(self) -> int:
        """Everybody in the better group who said yes."""
        return int(self.strata["yes"].sum())


@dataclass(frozen=True)
class Rates:
    """Ratios of rates over strata, the group with the higher rate first."""

    strata: pd.DataFrame
    lowers: bool = True

    def p(self, tail: float) -> float:  # noqa: ARG002
        """Exact conditional test."""
        return tables.exact_rates_p(self.strata)

    def after(self, n: int) -> Contrast | None:
        """Events added to the other group, where it was followed longest."""
        longest = self.strata["exposure_comparison"] == self.strata["exposure_comparison"].max()
        more = self.strata.assign(
            events_comparison=self.strata["events_comparison"] + n * (longest & (longest.cumsum() == 1))
        )
        return tables.log_rate_ratio(more)

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


def _estimated(found: object) -> Contrast | None:
    if not isinstance(found, Estimate):
        return None
    return Contrast(value=found.value, se=found.extra["se"], df=math.inf)


def kind_of(evidence: Evidence, side: Passed) -> Kind | None:
    """The people or counts of a claim as its kind of result; None where the claim has none (slopes, composed)."""
    rng = np.random.default_rng([evidence.look, *evidence.claim.id.encode()])
    way, people = side.way * evidence.way, evidence.people
    if people is not None and "event" in people:
        return Spells(exits.read_exits(people, tau=evidence.estimate.extra["tau"]), rng, way)
    if people is not None and evidence.claim.result != "slope_difference":
        return Scores(rows_of(evidence, side), rng, lowers=evidence.claim.least == "network")
    if evidence.strata is not None:
        strata = evidence.strata if way > 0 else exchanged(evidence.strata)
        return Shares(strata) if "yes" in strata else Rates(strata)
    return None


def rows_of(evidence: Evidence, side: Passed) -> scores.Rows:
    """The complete pairs of a claim, turned."""
    if evidence.people is None:
        raise ValueError("the claim has no people")
    people = evidence.people.assign(person_id=evidence.people["cluster_id"])
    return scores.read_rows(people, sign=side.way * evidence.way)


def exchanged(strata: pd.DataFrame) -> pd.DataFrame:
    """Strata with the two groups' names exchanged."""
    first = [name for name in strata.columns if f"{name}_comparison" in strata.columns]
    names = {name: f"{name}_comparison" for name in first} | {f"{name}_comparison": name for name in first}
    return strata.rename(columns=names)


def survived(evidence: Evidence) -> Iterator[Gate]:
    """Gates 4 to 8, as far as they concern the result."""
    side = passed(evidence)
    if side is None:
        return
    kind = kind_of(evidence, side)
    if isinstance(kind, Scores):
        yield from _of_scores(evidence, side, kind.rows)
    if kind is None:
        return
    p = kind.p(side.tail)
    yield Gate(name="lock", passed=p <= side.tail, reason="" if p <= side.tail else LOCK, values={"p": p})
    holds: Callable[[int], bool] = lambda n: side.by(kind.after(n))  # noqa: E731
    n = fragility_number(holds, most=kind.most)
    firm = n > 1 or not kind.lowers
    yield Gate(name="fragility", passed=firm, reason="" if firm else ONE_PERSON, values={"n": n})


def _of_scores(evidence: Evidence, side: Passed, rows: scores.Rows) -> Iterator[Gate]:
    adjusted = scores.rounds_contrast(rows)
    if not evidence.lot:
        both = side.by(adjusted) and side.by(scores.rounds_contrast(rows, adjust=False))
        yield Gate(name="brackets", passed=both, reason="" if both else BRACKETS)
    yield silence(evidence, side, adjusted)
    yield _units(rows)


def silence(evidence: Evidence, side: Passed, adjusted: Contrast | None) -> Gate:
    """Gate 5: how much worse the silent participants would have to have ended for the verdict to turn."""
    people = evidence.people
    if people is None or adjusted is None:
        return Gate(name="silence", passed=None, reason=SILENT, values={"tipping": 0.0})
    own = people[people["group"] == PARTICIPANTS]
    share = float(own[["pre", "post"]].isna().any(axis=1).mean())
    low, _ = repeated_interval(
        side.way * evidence.value, evidence.se, evidence.df, below=side.boundary, above=side.boundary
    )
    tipping = scores.silence_tipping_point(low, sigma=adjusted.sigma, silent_share=share)
    ok = tipping > scores.SILENT_WORSE
    return Gate(name="silence", passed=ok, reason="" if ok else SILENT, values={"tipping": tipping, "silent": share})


def _units(rows: scores.Rows) -> Gate:
    """Gate 6: units as clusters, at the ordinary interval."""
    known = rows.unit[rows.unit >= 0]
    found = scores.rounds_contrast(rows, by_unit=True) if np.unique(known).size >= FEWEST_UNITS else None
    if found is None or found.df < LEAST_DF:
        return Gate(name="units", passed=None, reason=NO_UNITS, values={"least": FEWEST_UNITS})
    ok = Passed(1, Z).by(found)
    return Gate(name="units", passed=ok, reason="" if ok else BY_UNIT, values={"df": found.df})
