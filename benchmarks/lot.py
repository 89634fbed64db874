"""The lot: the draw by hash, its redraws, the test of an outcome, and pairs out of all that are possible.

Timed is processor time of one core, so that what else a machine does counts little.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.page import digits, machine, spread, write_section
from rmanalytics.lot.assignment import assign
from rmanalytics.lot.balanced import by_hash, draw
from rmanalytics.lot.redraw_test import by_lot, on_those_who_started
from rmanalytics.lot.redraws import REDRAWS, redraw
from rmanalytics.lot.sizes import Sizes

SIDES = (34, 100, 500, 2_000)
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
        points, legal = rng.integers(0, 100_000, (n, n)), rng.random((n, n)) < 0.7
        work[f"pairs of {n:,} a side"] = lambda points=points, legal=legal: assign(points, legal)  # type: ignore[misc]
    rows = ["| work | seconds of one core |", "|---|---:|"]
    for name, call in work.items():
        taken = [_processor(call) for _ in range(runs)]
        rows.append(f"| {name} | {spread(taken, digits(taken))} |")
    text = f"""{chr(10).join(rows)}

Pairs: the assignment alone, 70 % of all pairs legal; up to 500 a side over all pairs, beyond over each senior's best 60
and 20 at random.

Measured {machine("numpy", "scipy")}. Again: `make bench ARGS="--runs {runs}"`.
"""
    write_section("lot", "The lot and pairing", text)
    return 0


def _processor(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
