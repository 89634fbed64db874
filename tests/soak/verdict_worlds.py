"""Whole programmes by the fast path: a plan's claims over rounds, each scored once, looked at once a round."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr
from score_worlds import Round, World, frame, rounds_of

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts.evidence import Evidence, Gate
from rmanalytics.evaluation.verdicts.gates import gates
from rmanalytics.measures.stats.cluster_robust import Contrast
from rmanalytics.measures.stats.group_sequential import Share, boundaries, graphical_split
from rmanalytics.measures.survey.all_rounds import Rows, rounds_contrast
from rmanalytics.results import Estimate

CLAIMS = {claim.id: claim for claim in claims()}
NEVER = 1.8
"""No boundary of these plans lies below."""


@dataclass
class Claim:
    """One claim's rounds, what was estimated at each look, and the alpha that its boundary is drawn for."""

    id: str
    rounds: Sequence[Round]

    @cached_property
    def rows(self) -> Rows:
        """Complete pairs of all rounds."""
        named = {"pre": "pre", "post": "post", "treated": "treated", "person": "person", "unit": "unit"}
        columns = {to: np.concatenate([one[name] for one in self.rounds]) for to, name in named.items()}
        number = np.repeat(np.arange(len(self.rounds)), [one["pre"].size for one in self.rounds])
        return Rows(round=number, **columns).keep(~np.isnan(columns["post"]))

    @cached_property
    def looks(self) -> list[Contrast]:
        """All rounds so far, look by look."""
        found = [rounds_contrast(self.rows.keep(self.rows.round <= k)) for k in range(len(self.rounds))]
        return [one for one in found if one is not None]

    @cached_property
    def z(self) -> list[float]:
        """Normal values with the tails of the estimates in t."""
        found = [(one.value / one.se, one.df) for one in self.looks]
        return [math.copysign(float(ndtri(stdtr(df, -abs(t)))), t) for t, df in found]

    def boundary(self, look: int, alpha: float) -> float:
        """At a look, the first being 0."""
        return float(boundaries([one.se**-2 for one in self.looks[: look + 1]], alpha=alpha)[-1])

    def passes(self, look: int, way: int) -> Callable[[float], bool]:
        """Whether the claim passes, by alpha."""
        return lambda alpha: way * self.z[look] > NEVER and way * self.z[look] > self.boundary(look, alpha)

    def people(self, look: int) -> pd.DataFrame:
        """The table that the gates read."""
        return frame(self.rounds[: look + 1])


def programme(rng: np.random.Generator, worlds: Mapping[str, World]) -> dict[str, Claim]:
    """A programme's claims, the primary first; each has people of its own."""
    return {name: Claim(name, rounds_of(rng, world)) for name, world in worlds.items()}


def split(plan: Mapping[str, Claim], look: int, way: int) -> dict[str, Share]:
    """Alpha of each claim at a look, one direction."""
    primary, *keys = plan
    main, others = graphical_split(plan[primary].passes(look, way), {key: plan[key].passes(look, way) for key in keys})
    return {primary: main, **others}


def evidence(claim: Claim, look: int, alpha: float, **about) -> Evidence:
    """What a verdict rests on: level 3, in time, groups by no lot, unless said otherwise."""
    found, people = claim.looks[look], claim.people(look)
    rows = claim.rows.keep(claim.rows.round <= look)
    n = [int((rows.treated == group).sum()) for group in (True, False)]
    c = claim.boundary(look, alpha)
    estimate = Estimate(
        name="clustered_difference",
        unit="scale points",
        value=found.value,
        lo=None,
        hi=None,
        n=n[0],
        unit_of_analysis="person",
        method="",
        n_comparator=n[1],
        extra={"se": found.se, "df": found.df},
    )
    counts = {"n": n[0], "n_comparator": n[1], "units": int(np.unique(rows.unit).size)}
    given = {"level": 3, "planned": True, "scale": (1.0, 5.0), "counts": counts} | about
    return Evidence(
        claim=CLAIMS[claim.id],
        estimate=estimate,
        way=1,
        smallest_effect=0.2,
        below=c,
        above=c,
        look=look + 1,
        people=people,
        **given,
    )


def lowered(said: Sequence[Gate], *, off: str = "") -> set[str]:
    """Names of the gates that lower a verdict, those that only forbid *not shown* apart."""
    return {gate.name for gate in said if gate.passed is not True and gate.name not in (off, "ceiling")}


def said_of(claim: Claim, look: int, alpha: float, **about) -> Sequence[Gate]:
    """What the gates say of a claim that passed at a look."""
    return gates(evidence(claim, look, alpha, **about))
