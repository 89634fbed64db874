"""Network measures: ours against networkx, igraph, networkit and plain numpy, on the same random networks in one run.

Ours starts from two data frames in every row but the label permutations and the moments, the others from their own
graph, whose building is a row of its own. Loops that would take minutes or hours are timed over a part and multiplied,
and marked so. The peers belong to the extra ``bench`` and are never imported by the package.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.network_peers import FEW, PEERS, ROLES, Ints, Network, Work, index_parts, installed
from benchmarks.page import digits, machine, spread, write_section
from rmanalytics.measures.network.brokerage import brokerage_counts, brokerage_roles
from rmanalytics.measures.network.centrality import eigenvector_rank, reach_in_two_steps
from rmanalytics.measures.network.distances import distance_to_top
from rmanalytics.measures.network.ei_index import ei_index, mixing_matrix
from rmanalytics.measures.network.ei_parts import cut_ties, ei_by_group
from rmanalytics.measures.network.nulls.numba_kernels import compiled
from rmanalytics.measures.network.nulls.permutation_null import crossing_null, internal_moments
from rmanalytics.measures.network.segregation import (
    coleman_homophily,
    freeman_segregation,
    nominal_assortativity,
    within_between_odds,
)
from rmanalytics.measures.network.structural_holes import structural_holes
from rmanalytics.measures.network.ties import Wave, tie_counts, wave

OURS = "rmanalytics"
DRAWS = 10_000
COMPANIES = (("1,200 people, 6,000 ties", 1_200, 6_000), ("100,000 people, 1 million ties", 100_000, 1_000_000))
GROWTH = (1_000, 10_000, 100_000, 1_000_000)
TIES_A_PERSON = 10
TOP_N = 20
SEED = 1
AIM_SECONDS, AIM_MEGABYTES = 15, 1_000

ROWS = {
    "read": "one read of the ties (bound)",
    "build": "build from the ties",
    "assortativity": "nominal assortativity",
    "index": "E-I index: of all, by group, by person",
    "permutations": f"{DRAWS:,} label permutations *",
    "moments": "the same null's exact mean and variance",
    "constraint": "Burt constraint, everybody (ours: with effective size)",
    "steps": "distance to the top (ours: with and without tandems)",
    "brokerage": "Gould-Fernandez brokerage, everybody **",
}


@dataclass(frozen=True)
class Company:
    """Four generations and random ties, as tables and as arrays."""

    people: pd.DataFrame
    ties: pd.DataFrame
    own: Wave

    @property
    def net(self) -> Network:
        """As the peers read it."""
        return Network(self.own.codes, self.own.source, self.own.target, list(range(TOP_N)))


def company(people_n: int, ties_n: int) -> Company:
    rng = np.random.default_rng(SEED)
    people = pd.DataFrame({"person_id": np.arange(people_n), "generation": rng.choice(list("wxyz"), people_n)})
    ends = rng.integers(people_n, size=(2, ties_n))
    ends = ends[:, ends[0] != ends[1]]
    ties = pd.DataFrame({"source_id": ends[0], "target_id": ends[1]})
    return Company(people, ties, wave(people, ties))


def our_works(firm: Company, draws: int) -> dict[str, Work]:
    """Our way to do each row."""
    people, ties, own = firm.people, firm.ties, firm.own
    ends = own.codes, own.source, own.target

    def index() -> Any:
        each = tie_counts(people, ties)
        ei_by_group(people, ties)
        ends, cross = each["out_n"] + each["in_n"], each["cross_out_n"] + each["cross_in_n"]
        return index_parts(firm.net, ends.to_numpy(), cross.to_numpy())

    def steps() -> Any:
        found = distance_to_top(people, ties, ties.iloc[:34], top=list(range(TOP_N)))
        return found["steps"].to_numpy(dtype="float64", na_value=np.inf)

    def constraint() -> Any:
        return structural_holes(people, ties)["constraint"].to_numpy()

    def brokerage() -> Any:
        return brokerage_counts(people, ties)[list(ROLES)].to_numpy()

    def null() -> Any:
        return crossing_null(*ends, rng=np.random.default_rng(SEED), draws=draws)[0]

    return {
        "build": Work(lambda: wave(people, ties)),
        "assortativity": Work(lambda: getattr(nominal_assortativity(people, ties), "value")),  # noqa: B009
        "index": Work(index),
        "permutations": Work(null, DRAWS / draws),
        "moments": Work(lambda: internal_moments(*ends)),
        "constraint": Work(constraint),
        "steps": Work(steps),
        "brokerage": Work(brokerage),
    }


def timed(work: Work) -> tuple[float, object]:
    start = time.perf_counter()
    value = work.call()
    return (time.perf_counter() - start) * work.times, value


@dataclass
class Table:
    """Seconds of each row on each side, one for each run, and how much longer the others took in the same run."""

    sides: list[str]
    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def markdown(self) -> str:
        """The comparison in Markdown; a ratio is the median of the runs' own ratios."""
        others = [side for side in self.sides if side != OURS]
        heads = [*(f"{side}, s" for side in self.sides), *(f"{side} ÷ ours" for side in others)]
        lines = [f"| work | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
        for row, title in ROWS.items():
            cells = [self._cell(self.times.get((row, side))) for side in self.sides]
            ours = self.times.get((row, OURS))
            for side in others:
                theirs = self.times.get((row, side))
                cells.append(self._cell([a / b for a, b in zip(theirs, ours, strict=True)]) if theirs and ours else "–")
            lines.append(f"| {title} | {' | '.join(cells)} |")
        return "\n".join(lines)

    @staticmethod
    def _cell(values: list[float] | None) -> str:
        return spread(values, digits(values)) if values else "–"

    def median(self, row: str, side: str) -> float:
        """Seconds of one cell."""
        return float(np.median(self.times[row, side]))


def measure(firm: Company, *, large: bool, runs: int) -> Table:
    """Time all sides of every row, interleaved, and stop where two sides disagree."""
    few = 2 if large else 200
    sides = {name: make(firm.net, DRAWS, few).works for name, make in installed().items()}
    sides[OURS] = our_works(firm, DRAWS)
    table = Table(list(sides))
    for row in ("moments", "constraint"):
        sides[OURS][row].call()
    for _ in range(runs):
        for row in ROWS:
            values = {}
            for side, works in sides.items():
                if row in works:
                    taken, values[side] = timed(works[row])
                    table.times.setdefault((row, side), []).append(taken)
            agree(row, values)
    counts = crossing_null(firm.own.codes, firm.own.source, firm.own.target, rng=np.random.default_rng(2), draws=2_000)
    check_null(counts[0], firm)
    return table


def agree(row: str, values: dict[str, Any]) -> None:
    """All sides that return a value must have computed the same."""
    if row in {"read", "build", "permutations", "moments"}:
        return
    for side, value in values.items():
        ours = np.asarray(values[OURS])
        ours = ours[: len(value)] if np.ndim(value) else ours
        np.testing.assert_allclose(np.asarray(value, dtype="float64"), ours, rtol=1e-9, err_msg=f"{row}: {side}")


def check_null(counts: Ints, firm: Company) -> None:
    """The dealt labels must have the exact mean and variance."""
    mean, variance = internal_moments(firm.own.codes, firm.own.source, firm.own.target)
    off = (counts.mean() - (firm.own.ties_n - mean)) / (variance / len(counts)) ** 0.5
    if abs(off) > 5 or abs(counts.var() / variance - 1) > 0.25:
        raise ValueError("the dealt labels have another mean or variance than the closed form")


def whole_wave() -> list[tuple[str, Callable[[pd.DataFrame, pd.DataFrame], object]]]:
    """All network measures of one wave."""
    rng = np.random.default_rng(SEED)
    top = list(range(TOP_N))
    return [
        ("ei_index", lambda p, t: ei_index(p, t, rng=rng, seed=SEED, draws=DRAWS)),
        ("ei_by_group", ei_by_group),
        ("mixing_matrix", mixing_matrix),
        ("nominal_assortativity", nominal_assortativity),
        ("coleman_homophily", coleman_homophily),
        ("freeman_segregation", freeman_segregation),
        ("within_between_odds", within_between_odds),
        ("cut_ties", cut_ties),
        ("distance_to_top", lambda p, t: distance_to_top(p, t, t.iloc[:34], top=top)),
        ("eigenvector_rank", eigenvector_rank),
        ("reach_in_two_steps", reach_in_two_steps),
        ("structural_holes", structural_holes),
        ("brokerage_counts", brokerage_counts),
        ("brokerage_roles", brokerage_roles),
    ]


def peak_megabytes() -> float:
    """Of this process alone: what getrusage tells of a child begins with the peak of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="utf-8"))
        if found:
            return int(found[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def alone(people_n: int) -> int:
    """In a process of its own: all measures of one wave, a line for each, with the peak memory so far."""
    firm = company(people_n, people_n * TIES_A_PERSON)
    people, ties = firm.people, firm.ties
    del firm
    print(f"start 0 {peak_megabytes():.0f}")
    for name, call in whole_wave():
        start = time.perf_counter()
        call(people, ties)
        print(f"{name} {time.perf_counter() - start:.3f} {peak_megabytes():.0f}", flush=True)
    return 0


def one_wave(people_n: int) -> str:
    """The table of `alone`."""
    command = [sys.executable, "-m", "benchmarks.network", "--alone", str(people_n)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    parts = [line.split() for line in lines]
    total, peak = sum(float(part[1]) for part in parts), float(parts[-1][2])
    rows = "\n".join(f"| `{name}` | {float(took):.2f} | {peak_so_far} |" for name, took, peak_so_far in parts[1:])
    met = "met" if total < AIM_SECONDS and peak < AIM_MEGABYTES else "missed"
    return f"""\
| measure | s | peak memory so far, MB |
|---|---|---|
| imports and the two tables | | {parts[0][2]} |
{rows}
| **all** (aim: {AIM_SECONDS} s, {AIM_MEGABYTES:,} MB: {met}) | **{total:.1f}** | **{peak:.0f}** |"""


def growth() -> str:
    """Our seconds for companies of growing size."""
    rows = [row for row in ROWS if row != "read"]
    lines = [f"| people | {' | '.join(ROWS[row].strip(' *') for row in rows)} |", f"|---|{'---|' * len(rows)}"]
    for people_n in GROWTH:
        firm = company(people_n, people_n * TIES_A_PERSON)
        works = our_works(firm, DRAWS if people_n <= 100_000 else DRAWS // 10)
        taken = [timed(works[row])[0] for row in rows]
        lines.append(f"| {people_n:,} | {' | '.join(f'{took:.{digits([took])}f}' for took in taken)} |")
    return "\n".join(lines)


def sentence(table: Table) -> str:
    """The large network's ratios that performance.md sets aims for."""
    read = table.median("read", "numpy, scipy.sparse")
    draw, moments = table.median("permutations", OURS) / DRAWS, table.median("moments", OURS)
    return (
        f"Large network: one read of the ties takes {1e3 * read:.2f} ms; a label permutation takes {draw / read:.2f} "
        f"of it, the exact moments {moments / read:.0f} of them."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.network", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="timed runs of everything (default 3)")
    parser.add_argument("--alone", type=int, metavar="PEOPLE", help="only all measures of one wave, in this process")
    options = parser.parse_args(arguments)
    if options.alone:
        return alone(options.alone)
    missing = [name for name in PEERS if name not in installed()]
    if "networkx" in missing:
        print("networkx is not installed (pip install -e '.[bench]'): nothing measured, the page is left as it is")
        return 0
    runs, parts = max(options.runs, 1), []
    for title, people_n, ties_n in COMPANIES:
        firm = company(people_n, ties_n)
        table = measure(firm, large=ties_n > 100_000, runs=runs)
        parts.append(f"### {title}\n\n{table.markdown()}")
        print(parts[-1], flush=True)
    parts.append(sentence(table))
    del firm
    parts.append(f"### All measures of one wave, {COMPANIES[1][0]}, in a process of its own\n\n{one_wave(100_000)}")
    parts.append(f"### Growth, {TIES_A_PERSON} ties a person, seconds\n\n{growth()}")
    print("\n\n".join(parts[-3:]), flush=True)
    write_section("network", "The company's network", page(parts, runs, missing))
    return 0


def page(parts: list[str], runs: int, missing: list[str]) -> str:
    packages = ["networkx", "igraph", "networkit", "numpy", "scipy", "pandas", *(["numba"] if compiled() else [])]
    there = [name for name in packages if find_spec(name) is not None and version(name)]
    absent = f" Not installed: {', '.join(missing)}." if missing else ""
    tables = "\n\n".join(parts)
    return f"""\
Random networks with four generations; {runs} interleaved runs, median (lowest–highest). All sides give the same
values: the run stops where they do not. A dash: the library has no such measure.{absent}

{tables}

\\* others over 200 permutations (2 in the large network) and multiplied; ours over all of them (1,000 for a million
people, multiplied). Ours starts from the two tables in every row but the permutations and the moments, the others from
the graph that the second row builds. Compiled loops are loaded before anything is timed.
\\*\\* networkx over {FEW} people by a plain loop, multiplied.

Measured {machine(*there)}. Again: `make bench ARGS="--runs {runs}"`.
"""


if __name__ == "__main__":
    sys.exit(main())
