"""Worlds that fool a naive figure: the employer brand, and the bridge between generations. Each as light tables."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pandas as pd

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts import records_over_rounds as records
from rmanalytics.evaluation.verdicts.evidence import Evidence, Gate
from rmanalytics.evaluation.verdicts.gates import gates
from rmanalytics.evaluation.verdicts.sensitivity import unmeasured
from rmanalytics.evaluation.verdicts.words import decide
from rmanalytics.results import Estimate

C6 = next(claim for claim in claims() if claim.id == "C6")
ROUNDS = [
    SimpleNamespace(id="2025H1", start=date(2025, 1, 1), end=date(2025, 6, 30)),
    SimpleNamespace(id="2025H2", start=date(2025, 7, 1), end=date(2025, 12, 31)),
]
COLUMNS = ["date", "metric", "value", "numerator", "denominator", "exposed", "source"]
UNITS, EACH = 30, 12


def together(table: pd.DataFrame, **declared: object):
    programme = SimpleNamespace(
        rounds=ROUNDS,
        declared=SimpleNamespace(claims={"C6": {"metric": "offers", **declared}}),
        round=lambda name: next(one for one in ROUNDS if one.id == name),
    )
    bundle = SimpleNamespace(programme=programme, has=lambda name: name == "branding", table=lambda _: table)
    with patch.object(records, "arms_lots", return_value={}):
        found = records.gathered(bundle, C6, [one.id for one in ROUNDS])
    assert found is not None
    return found


def evidence_of(table: pd.DataFrame, *, level: int = 2, smallest: float = 0.05, **declared: object) -> Evidence:
    found = together(table, **declared)
    assert isinstance(found.estimate, Estimate), found.estimate
    return Evidence(
        claim=C6, estimate=found.estimate, way=1, smallest_effect=smallest, below=1.96, above=1.96, level=level,
        planned=True, strata=found.strata, counts=found.counts,
    )  # fmt: skip


def judged(table: pd.DataFrame, **about):
    """The word, the gate that bound it, and the gates by name."""
    evidence = evidence_of(table, **about)
    said: tuple[Gate, ...] = gates(evidence)
    decision = decide(evidence, said)
    assert unmeasured(evidence) or decision.size is None
    return decision.word, decision.bound, {gate.name: gate for gate in said}


def mentions(seed: int, **effects: float) -> pd.DataFrame:
    """Counts by month of several metrics, half of the people saw the mention; each metric moves by its effect."""
    rng, rows = np.random.default_rng(seed), []
    for month in pd.date_range("2025-01-15", periods=12, freq="MS"):
        for metric, effect in effects.items():
            for exposed in ("yes", "no"):
                share = 0.5 + effect * (exposed == "yes")
                rows.append([month, metric, np.nan, float(rng.binomial(50, share)), 50.0, exposed, "tracking"])
    return pd.DataFrame(rows, columns=COLUMNS)


def series(seed: int, *, step: float, control: float = 0.0, drift: float = 0.0, months: int = 36) -> pd.DataFrame:
    """A rating and a control rating by month from 2023 on: what moves both, what moves one, a bend of its own."""
    rng, days = np.random.default_rng(seed), pd.date_range("2023-01-01", periods=months, freq="MS")
    after = np.asarray(days >= "2025-01-01", dtype=float)
    both = control * after + drift * np.sin(np.arange(months) / 3)
    parts = [("offers", both + step * after), ("control", both)]
    return pd.concat(
        [
            pd.DataFrame(
                {"date": days, "metric": name, "value": 3 + value + 0.05 * rng.normal(size=months),
                 "numerator": np.nan, "denominator": np.nan, "exposed": "all", "source": "site"}
            )
            for name, value in parts
        ],
        ignore_index=True,
    )  # fmt: skip


def mixing(seed: int, *, everywhere: float = 0.0, near: float = 0.0):
    """Ties at two waves: a share across generations, more of them after, everywhere and near tandems."""
    rng = np.random.default_rng(seed)
    n = UNITS * EACH
    unit, young = np.arange(n) // EACH, rng.random(n) < 0.35
    people = pd.DataFrame({"person_id": np.arange(n), "generation": np.where(young, "young", "old")})
    tandem = unit % 2 == 0
    units = people[["person_id"]].assign(unit=unit, tandem=tandem)

    def ties(more: np.ndarray) -> pd.DataFrame:
        source = np.repeat(np.arange(n), 4)
        across = rng.random(source.size) < 0.25 + more[source]
        wanted = np.where(across, ~young[source], young[source])
        pools = [np.flatnonzero(~young), np.flatnonzero(young)]
        target = np.where(wanted, rng.choice(pools[1], source.size), rng.choice(pools[0], source.size))
        found = pd.DataFrame({"source_id": source, "target_id": target})
        return found[found["source_id"] != found["target_id"]].drop_duplicates()

    return people, ties(np.zeros(n)), people, ties(everywhere + near * tandem), units
