"""What gates of single rows and kinds of result cost honest programmes, and worlds that only such a gate stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from evidence_worlds import CLAIMS, LIMIT, curved, of_exits, of_scores, of_slopes, spells
from score_worlds import World, scores
from soak.verdict_rows import Told, tell
from soak.verdict_worlds import lowered, programme, said_of
from wrong_worlds import evidence_of, mentions, series

from rmanalytics.evaluation.verdicts.designs import SideDesign
from rmanalytics.evaluation.verdicts.evidence import Evidence, Gate
from rmanalytics.evaluation.verdicts.gates import gates
from rmanalytics.evaluation.verdicts.kinds import passed
from rmanalytics.evaluation.verdicts.plan_answers import TOO_FEW_LEFT
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.measures.survey.level_and_trend import level_and_trend
from rmanalytics.results import Estimate

BY_RECEIPT = ("plan", "design")
"""Gates that rest on receipts: chance does not make them bind."""
ORDINARY = 1.959964
YEAR = 365.0
LATE = 240


def seed_of(rng: np.random.Generator) -> int:
    return int(rng.integers(1 << 31))


def slopes(rng: np.random.Generator) -> Evidence:
    return of_slopes(curved(middle=3.0, slope=-0.4, seed=seed_of(rng)))


def pulses(rng: np.random.Generator, *, rise: float, more: float, chosen: bool = False) -> Evidence | None:
    """Thirty units of ten, half with tandems; where ``chosen``, those whose first pulse came out highest."""
    unit = np.repeat(np.arange(30), 10)
    true = 3 + 0.4 * rng.normal(size=unit.size) + 0.2 * rng.normal(size=30)[unit]
    seen = true + (0.25 * rng.normal(size=30))[unit] + 0.2 * rng.normal(size=unit.size)
    means = np.bincount(unit, seen) / 10
    near = means >= np.median(means) if chosen else np.arange(30) < 15
    score = true + rise + more * near[unit] + (0.1 * rng.normal(size=30))[unit] + 0.3 * rng.normal(size=unit.size)
    people = pd.DataFrame(
        {"person_id": range(unit.size), "unit": unit, "exposure": 10.0 * near[unit], "before": seen, "score": score,
         "years": 1.0}
    )  # fmt: skip
    found = level_and_trend(people, years=1.0)
    if not isinstance(found, Estimate):
        return None
    return Evidence(
        claim=CLAIMS["C2"], estimate=found, way=1, smallest_effect=0.1, below=LIMIT, above=LIMIT, level=3, planned=True,
        people=people, counts={"units": 30, "with": 15, "without": 15},
    )  # fmt: skip


def mixed_up(rng: np.random.Generator, people: pd.DataFrame, share: float) -> pd.DataFrame:
    """A share of the people with the value after of another of the same group: matches that are wrong."""
    wrong = people.copy()
    for _, own in people.groupby("group"):
        some = rng.permutation(own.index)[: round(share * len(own))]
        wrong.loc[some, "post"] = people.loc[rng.permutation(some), "post"].to_numpy()
    return wrong


def coded(rng: np.random.Generator) -> Evidence:
    """Four rounds under codes; 4 in 100 matches are uncertain, and all of those wrong."""
    evidence = of_scores(scores(rng, World(gain=0.4)))
    return replace(evidence, doubtful=clustered_difference(mixed_up(rng, evidence.people, 0.04)))


def mentioned(rng: np.random.Generator) -> Evidence:
    """The mention begins in any of the first three quarters of a year; three figures that it does not move."""
    table = mentions(seed_of(rng), offers=0.15, canteen=0.0, parking=0.0, pay=0.0)
    begins = int(rng.integers(3))
    table = table[(table["exposed"] == "no") | ((table["date"].dt.month - 1) // 3 >= begins)]
    return evidence_of(table, placebos=["canteen", "parking", "pay"])


def rated(rng: np.random.Generator) -> Evidence:
    return evidence_of(series(seed_of(rng), step=0.1), smallest_effect=0.05)


def near_the_top(rng: np.random.Generator) -> Evidence:
    """Six people at the top, each of whom answers the network survey with 8 in 10."""
    counts = {"n": 120, "n_comparator": 120, "units": 8, "answered": 80, "top": int(rng.binomial(6, 0.8))}
    return of_scores(scores(rng, World(gain=0.4)), claim="J5", scale=None, counts=counts)


def stays(rng: np.random.Generator, rate: float, n: int) -> np.ndarray:
    return rng.exponential(YEAR / rate, n)


def exits(rng: np.random.Generator, own: float, other: float, *, late: bool = False) -> tuple[Evidence, float]:
    """Leavers of 120 a group within a year, and the list's p; written late, only those still there are compared."""
    taken, compared = stays(rng, own, 120), stays(rng, other, 120) + LATE * late
    company, written = stays(rng, other, 3000), LATE if late else 14
    day = pd.Timestamp("2025-01-01")
    times = np.r_[taken, compared, company]
    people = pd.DataFrame(
        {"person_id": np.arange(times.size), "hire_date": day - pd.Timedelta(days=900),
         "exit_date": day + pd.to_timedelta(np.floor(times), unit="D")}
    )  # fmt: skip
    stub = SimpleNamespace(
        bundle=SimpleNamespace(table=lambda _: people),
        rounds=[SimpleNamespace(id="r")],
        _list=lambda _: SimpleNamespace(written=datetime(2025, 1, 1) + pd.Timedelta(days=written)),  # noqa: DTZ001
        members={"r": pd.DataFrame({"person_id": np.arange(240), "start_date": day})},
    )
    gone = [list(arm[arm < YEAR]) for arm in (taken, compared)]
    return of_exits(spells(*gone, n=120)), float(SideDesign.list_p.func(stub))


def staying(rng: np.random.Generator) -> tuple[Evidence, Gate]:
    evidence, p = exits(rng, 0.1, 0.3)
    return evidence, Gate(name="list", passed=p >= TOO_FEW_LEFT)


HONEST: dict[str, Callable[[np.random.Generator], object]] = {
    "those who start lowest gain most (M8)": slopes,
    "units with tandems rise more (C2)": lambda rng: pulses(rng, rise=0.2, more=0.3),
    "answers under codes, 4 in 100 matches wrong (M1)": coded,
    "a mention moves 15 in 100 (C6)": mentioned,
    "a rating rises by .1 (C6)": rated,
    "juniors come nearer to the top (J5)": near_the_top,
    "a third as many juniors leave, the list written after two weeks (J7)": staying,
}


@pytest.mark.parametrize("world", HONEST)
@pytest.mark.parametrize("many", [pytest.param(3, id="reduced"), pytest.param(200, id="long", marks=pytest.mark.soak)])
def test_what_a_gate_costs_where_it_is_so(many: int, world: str) -> None:
    """Of programmes in which it is so and whose estimate passed: the share that each gate lowers."""
    rng, bound, concerned, beyond = np.random.default_rng(20), Counter[str](), Counter[str](), 0
    for _ in range(many):
        made = HONEST[world](rng)
        evidence, *more = made if isinstance(made, tuple) else (made,)
        side = None if evidence is None else passed(evidence)
        if side is None or side.way < 0:
            continue
        beyond += 1
        said = [*gates(evidence), *more]
        concerned.update(gate.name for gate in said)
        bound.update(gate.name for gate in said if gate.passed is not True)
    assert beyond
    about = {"shard": "Price of the gates", "world": f"{world}, beyond its boundary", "draws": beyond}
    for name in concerned:
        if name not in BY_RECEIPT:
            tell(Told(**about, counted=f"lowered by {name}", found=bound[name] / beyond))


def highest_first(rng: np.random.Generator) -> tuple[bool, bool, bool]:
    """Nothing happens; units whose first pulse came out high get the tandems, and fall back to where they were."""
    evidence = pulses(rng, rise=0.1, more=0.0, chosen=True)
    if evidence is None:
        return False, False, False
    naive = evidence.estimate.extra["change"] < -ORDINARY * evidence.estimate.extra["change_se"]
    if (side := passed(evidence)) is None or side.way > 0:
        return naive, False, False
    failed = {gate.name for gate in gates(evidence) if gate.passed is not True}
    return naive, not failed, not failed - {"signs"}


def written_late(rng: np.random.Generator) -> tuple[bool, bool, bool]:
    """All leave alike; the comparison list is written after eight months, of people who are still there."""
    evidence, p = exits(rng, 0.3, 0.3, late=True)
    naive = evidence.value < -ORDINARY * evidence.se
    if (side := passed(evidence)) is None or side.way > 0:
        return naive, False, False
    failed = any(gate.passed is not True for gate in gates(evidence))
    return naive, not failed and p >= TOO_FEW_LEFT, not failed


def losers_mistype(rng: np.random.Generator) -> tuple[bool, bool, bool]:
    """No effect; of the 30 % of the participants that changed least, 8 in 10 answers are matched uncertainly."""
    people = scores(rng, World(silent=0.0))
    change = (people["post"] - people["pre"])[people["group"] == "participants"]
    lost = change[change <= change.quantile(0.3)].index
    unsure = lost[rng.random(len(lost)) < 0.8]
    whole, certain = people, people.assign(post=people["post"].where(~people.index.isin(unsure)))
    evidence = replace(of_scores(certain), doubtful=clustered_difference(whole), lot=True, level=5)
    naive = evidence.value > ORDINARY * evidence.se
    if (side := passed(evidence)) is None or side.way < 0:
        return naive, False, False
    failed = {gate.name for gate in gates(evidence) if gate.passed is not True} - {"silence"}
    return naive, not failed, not failed - {"linkage"}


def chosen_afterwards(rng: np.random.Generator) -> tuple[bool, bool, bool]:
    """Twenty-two claims without effect; after each of four rounds the one that lies furthest out is called primary."""
    every = [one for _ in range(22) for one in programme(rng, {"M1": World()}).values()]
    naive = found = off = False
    for look in range(4):
        best = max(every, key=lambda claim, look=look: claim.z[look])
        naive |= best.z[look] > ORDINARY
        if best.passes(look, 1)(0.02):
            said = said_of(best, look, 0.02, planned=False)
            found |= not lowered(said)
            off |= not lowered(said, off="plan")
    return naive, found, off


WORLDS = {
    "units whose pulse was high by chance get the tandems (C2)": ("points against, gate signs", highest_first),
    "the comparison list is written after eight months (J7)": ("points against, gate list", written_late),
    "those who gained least mistype their codes (M1)": ("shown, gate linkage", losers_mistype),
    "of 22 claims the one furthest out is called primary": ("shown, gate plan", chosen_afterwards),
}


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("many", [pytest.param(6, id="reduced"), pytest.param(200, id="long", marks=pytest.mark.soak)])
def test_a_gate_of_a_row_stops_what_it_is_for(many: int, world: str) -> None:
    counted, once = WORLDS[world]
    rng = np.random.default_rng(21)
    naive, found, off = np.array([once(rng) for _ in range(many)]).T
    fooled = {"naive": f"{naive.mean():.3f}", "off": f"{off.mean():.3f}"}
    about = {"shard": "Wrong worlds", "world": world, "counted": counted, "draws": many}
    tell(Told(**about, found=found.mean(), bound="≤ .05", **fooled))
    assert naive.mean() >= 0.15
    if many >= 50:
        assert (off & ~found).sum() >= 0.05 * many, "without the gate the failure would have to be back"
