"""The lot: the draw by hash, its redraws, the test of an outcome, and pairs out of all that are possible.

Timed is processor time of one core, so that what else a machine does counts little; the whole of `pair`, whose products
of tables use every core, by the clock.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.audit import company, write_programme
from benchmarks.page import digits, machine, spread, write_section
from rmanalytics.lot.assignment import assign
from rmanalytics.lot.balanced import by_hash, draw
from rmanalytics.lot.redraw_test import by_lot, on_those_who_started
from rmanalytics.lot.redraws import REDRAWS, redraw
from rmanalytics.lot.sizes import Sizes
from rmanalytics.run.pair import propose_pairs

SIDES = (34, 100, 500, 2_000)
LARGE = 10_000
TOPICS, SLOTS, SITES = 12, 3, 5
HALF_DAYS = [f"{day}_{half}" for day in ("mon", "tue", "wed", "thu", "fri") for half in ("am", "pm")]
ROUND, BEFORE = "2026H1", datetime(2025, 12, 15, tzinfo=UTC)
SEED = 1


def main(arguments: Sequence[str]) -> int:
    """Measure, and write the section of ``docs/benchmarks.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args(arguments).runs
    rng = np.random.default_rng(SEED)
    facts = {lot: tuple(int(value) for value in rng.integers(0, 90, 5)) for lot in range(1, 69)}
    own = Sizes(certain=0, start=34, wait=34, reserve=0, not_drawn=0)
    bank = redraw(list(facts), 34, facts, np.random.default_rng(SEED))
    pre, post = rng.normal(size=68), rng.normal(size=68)
    start = bank[0]
    work: dict[str, Callable[[], object]] = {
        "draw 34 of 68 by hash, 10,000 candidates": lambda: draw(by_hash("7 12 23 31 38 41", "mentee"), own, facts),
        f"{REDRAWS:,} redraws of it": lambda: redraw(list(facts), 34, facts, np.random.default_rng(SEED)),
        "test and interval of an outcome": lambda: by_lot(pre, post, start, bank),
        "effect on those who start": lambda: on_those_who_started(pre, post, start, start, bank),
    }
    for n in SIDES:
        points = np.where(rng.random((n, n)) < 0.7, rng.integers(0, 100_000, (n, n)), -1)
        work[f"pairs of {n:,} a side"] = lambda points=points: assign(points)  # type: ignore[misc]
    wished = _wished(rng)
    work[f"pairs of {LARGE:,} a side, points as wishes give them"] = lambda: assign(wished)
    rows = ["| work | seconds of one core |", "|---|---:|"]
    for name, call in work.items():
        taken = [_processor(call) for _ in range(runs)]
        rows.append(f"| {name} | {spread(taken, digits(taken))} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    whole = [_whole_of_pair(LARGE) for _ in range(runs)]
    taken = [seconds for seconds, _, _ in whole]
    rows.append(f"| the whole of `pair`, {LARGE:,} a side, by the clock | {spread(taken, digits(taken))} |")
    text = f"""{chr(10).join(rows)}

Pairs: the assignment alone, 70 % of all pairs legal; up to 500 a side over all pairs, beyond over lists of candidates
that grow until dual prices prove that no other pair would do better. Peak memory of all this, points included:
{peak:.2f} GB. The whole of `pair`, in a process of its own: files of {5 * LARGE // 2:,} people and their wishes read
and checked, every pair audited, {whole[0][2]:,} tandems solved, told with reasons, alternatives and who is in the way,
and written, with as many cores as there are; peak memory {max(memory for _, memory, _ in whole):.2f} GB.
Aims at {LARGE:,} a side: 20 seconds, 1 GB.

Measured {machine("numpy", "scipy")}. Again: `make bench ARGS="--runs {runs}"`.
"""
    write_section("lot", "The lot and pairing", text)
    return 0


def _wished(rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """Points of pairs from topics, times and sites in the usual weights, row by row; −1 where a pair may not be."""
    wanted = rng.integers(1, 4, (LARGE, TOPICS)) * (rng.random((LARGE, TOPICS)) < 0.25)
    offered = (rng.random((TOPICS, LARGE)) < 0.3).astype(np.int32)
    times, sites = rng.integers(SLOTS, size=(2, LARGE)), rng.integers(SITES, size=(2, LARGE))
    points = np.empty((LARGE, LARGE), dtype=np.int32)
    for row in range(LARGE):
        points[row] = 60_000 * (wanted[row] @ offered) // max(wanted[row].sum(), 1)
        points[row] += 25_000 * (times[0, row] == times[1]) + 15_000 * (sites[0, row] == sites[1])
        points[row, rng.random(LARGE, dtype=np.float32) >= 0.7] = -1
    return points


def _whole_of_pair(side: int) -> tuple[float, float, int]:
    """Seconds by the clock of a proposal in a process of its own, its peak memory in GB, how many tandems it has."""
    with tempfile.TemporaryDirectory() as place, ProcessPoolExecutor(1, get_context("spawn")) as pool:
        folder = Path(place) / "programme"
        folder.mkdir()
        _write_volunteers(folder, side)
        return pool.submit(_proposed, folder).result()


def _proposed(folder: Path) -> tuple[float, float, int]:
    begun = time.perf_counter()
    made = propose_pairs(folder, ROUND, now=BEFORE).pairs
    return time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, len(made)


def _write_volunteers(folder: Path, side: int) -> None:
    """A company whose oldest two fifths volunteer as mentees and whose youngest as mentors, all with wishes."""
    write_programme(folder, company(5 * side // 2, 1))
    by_age = pd.read_csv(folder / "people.csv").sort_values("birth_year", kind="stable")["person_id"].tolist()
    rng = np.random.default_rng(SEED)
    codes = {"topic": [f"t{n}" for n in range(TOPICS)], "time": HALF_DAYS, "site": [f"s{n}" for n in range(SITES)]}
    sides = (("mentee", by_age[:side], (3, 3, 1)), ("mentor", by_age[-side:], (4, 3, 1)))
    wishes = pd.DataFrame(
        [
            (ROUND, person, name, kind, code, rng.integers(1, 4))
            for name, people, sizes in sides
            for person in people
            for (kind, known), n in zip(codes.items(), sizes, strict=True)
            for code in rng.choice(known, n, replace=False)
        ],
        columns=["round_id", "person_id", "side", "kind", "code", "weight"],
    )
    asked = wishes[["round_id", "person_id", "side"]].drop_duplicates()
    asked = asked.assign(invited_date="2025-11-01", answered_date="2025-11-20", answer="volunteered")
    wishes.to_csv(folder / "wishes.csv", index=False)
    asked.to_csv(folder / "invitations.csv", index=False)


def _processor(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
