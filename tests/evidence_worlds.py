"""Evidence of each kind of result from invented people or counts, for the gates and kinds of verdicts."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pandas as pd
from score_worlds import World, scores

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.gates import gates
from rmanalytics.measures.retention.exits_over_rounds import exits_contrast, read_exits
from rmanalytics.measures.stats.stratified_tables import log_rate_ratio, mantel_haenszel_difference
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.measures.survey.slopes_over_rounds import slope_over_rounds
from rmanalytics.results import Estimate

CLAIMS = {claim.id: claim for claim in claims()}
LIMIT = 2.409


def of_scores(people: pd.DataFrame, *, claim: str = "M1", way: int = 1, **about) -> Evidence:
    """Evidence of a scale at level 3, in time, at the first look of a primary."""
    found = clustered_difference(people)
    assert isinstance(found, Estimate)
    counts = {"n": found.n, "n_comparator": found.n_comparator, "units": people["unit_id"].nunique(), "answered": 80}
    given = {"below": LIMIT, "above": LIMIT, "level": 3, "planned": True, "scale": (1.0, 5.0), "counts": counts} | about
    return Evidence(claim=CLAIMS[claim], estimate=found, way=way, smallest_effect=0.2, people=people, **given)


def said(evidence: Evidence) -> dict[str, dict]:
    """What each gate says, by its name."""
    return {gate.name: asdict(gate) for gate in gates(evidence)}


def binding(found: Evidence | dict[str, dict]) -> set[str]:
    gates_of = said(found) if isinstance(found, Evidence) else found
    return {name for name, gate in gates_of.items() if gate["passed"] is not True}


def honest(*, gain: float = 0.5, seed: int = 1, **about) -> pd.DataFrame:
    return scores(np.random.default_rng(seed), World(gain=gain, rounds=2, **about))


def of_exits(table: pd.DataFrame, *, claim: str = "J7", tau: float = 365.0, way: int = 1) -> Evidence:
    exits = read_exits(table, tau=tau)
    found = exits_contrast(exits)
    estimate = Estimate(
        name="rmst", unit="days", value=found.value, lo=-999.0, hi=999.0, n=68, unit_of_analysis="person", method="",
        extra={"se": found.se, "df": found.df, "tau": tau},
    )  # fmt: skip
    counts = {"events": int(exits.event.sum()), "at_risk": int(exits.at_horizon.min())}
    return Evidence(
        claim=CLAIMS[claim], estimate=estimate, way=way, smallest_effect=5.0, below=LIMIT, above=LIMIT, level=5,
        planned=True, people=table, counts=counts,
    )  # fmt: skip


def spells(left: list[float], left_comparison: list[float], *, n: int = 60) -> pd.DataFrame:
    time = np.concatenate([np.r_[arm, np.full(n - len(arm), 400.0)] for arm in (left, left_comparison)])
    group = np.repeat(["participants", "comparison"], n)
    return pd.DataFrame(
        {"round_id": "a", "person_id": range(2 * n), "group": group, "time_days": time, "event": time < 400}
    )


def of_strata(strata: pd.DataFrame, claim: str, **about) -> Evidence:
    if claim == "C6":
        estimate, logarithmic = mantel_haenszel_difference(strata), False
        assert isinstance(estimate, Estimate)
    else:
        found = log_rate_ratio(strata)
        logarithmic = True
        estimate = Estimate(
            name="rate", unit="rate ratio", value=math.exp(found.value), lo=0.001, hi=999.0, n=40,
            unit_of_analysis="person", method="", extra={"se": found.se},
        )  # fmt: skip
    given = {"below": 1.5, "above": 1.5, "level": 3, "planned": True} | about
    evidence = Evidence(claim=CLAIMS[claim], estimate=estimate, way=1, smallest_effect=0.05, strata=strata, **given)
    assert evidence.logarithmic == logarithmic
    return evidence


def shares(*rows: tuple[int, int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["yes", "n", "yes_comparison", "n_comparison"])


def curved(*, middle: float, slope: float = 0.0, gain: float = 0.6, seed: int = 3) -> pd.DataFrame:
    """One gain for all, or one that falls with the start; scores end at 5."""
    rng, n = np.random.default_rng(seed), 60
    pre = rng.normal(middle, 0.5, 2 * n)
    treated = np.arange(2 * n) < n
    post = 3 + 0.6 * (pre - 3) + treated * (gain + slope * (pre - middle)) + rng.normal(0, 0.3, 2 * n)
    group = np.where(treated, "participants", "comparison")
    about = {"round_id": "a", "person_id": range(2 * n), "cluster_id": range(2 * n), "group": group}
    return pd.DataFrame({**about, "unit_id": rng.integers(0, 8, 2 * n), "pre": pre.clip(1, 5), "post": post.clip(1, 5)})


def of_slopes(people: pd.DataFrame) -> Evidence:
    found = slope_over_rounds(people)
    assert isinstance(found, Estimate)
    counts = {"n": found.n, "n_comparator": found.n_comparator, "units": 8}
    return Evidence(
        claim=CLAIMS["M8"], estimate=found, way=-1, smallest_effect=0.15, below=LIMIT, above=LIMIT, level=3,
        planned=True, people=people, scale=(1.0, 5.0), counts=counts,
    )  # fmt: skip
