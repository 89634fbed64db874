"""Network measures: ours against networkx, on the same random network, interleaved in one run.

Ours starts from two data frames each time; networkx starts from its own graph, and building that is a row of its own.
Loops of permutations that would take networkx minutes or hours are timed over a few and multiplied, and marked so.
networkx belongs to the extra ``bench`` and is never imported by the package.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.page import machine, spread, write_section
from rmanalytics.measures.network import (
    distance_to_top,
    ei_index,
    mixing_matrix,
    nominal_assortativity,
    structural_holes,
)
from rmanalytics.measures.network.permutation import crossing_null
from rmanalytics.measures.network.ties import wave

DRAWS = 10_000
COMPANIES = (("1,200 people, 6,000 ties", 1_200, 6_000), ("100,000 people, 1 million ties", 100_000, 1_000_000))
TOP_N = 20
SEED = 1


@dataclass(frozen=True)
class Row:
    """One piece of work and the seconds of both sides, a pair for each run."""

    work: str
    theirs: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)


def company(people_n: int, ties_n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four generations and random ties."""
    rng = np.random.default_rng(SEED)
    people = pd.DataFrame({"person_id": np.arange(people_n), "generation": rng.choice(list("wxyz"), people_n)})
    ends = rng.integers(people_n, size=(2, ties_n))
    return people, pd.DataFrame({"source_id": ends[0], "target_id": ends[1]})


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def graph_of(people: pd.DataFrame, ties: pd.DataFrame) -> Any:
    """The network as networkx holds it, without loops."""
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from((p, {"generation": g}) for p, g in people.itertuples(index=False))
    graph.add_edges_from((s, t) for s, t in ties.itertuples(index=False) if s != t)
    return graph


def crossing(graph: Any, label: dict[int, str]) -> int:
    """Ties between groups, by a walk over the edges."""
    return sum(label[s] != label[t] for s, t in graph.edges())


def permutations_of(graph: Any, people: pd.DataFrame, draws: int) -> None:
    """The label permutation test as one writes it with networkx."""
    rng = np.random.default_rng(SEED)
    ids, labels = people["person_id"].tolist(), people["generation"].to_numpy()
    for _ in range(draws):
        crossing(graph, dict(zip(ids, rng.permutation(labels).tolist(), strict=True)))


def nearest(graph: Any, top: Sequence[int]) -> None:
    import networkx as nx

    nx.multi_source_dijkstra_path_length(graph, set(top), weight=None)


def measure(people: pd.DataFrame, ties: pd.DataFrame, *, large: bool, runs: int) -> list[Row]:
    """Time both sides of every row, interleaved."""
    import networkx as nx

    draws = 400 if large else DRAWS
    few = 2 if large else 200
    rows = [
        Row("build from two tables"),
        Row("nominal assortativity"),
        Row("Burt constraint, everybody (ours: with effective size)"),
        Row("distance to the top (ours: with and without tandems)"),
        Row("E-I index, 10,000 label permutations *"),
    ]
    top, tandems, own = list(range(TOP_N)), ties.iloc[:34], wave(people, ties)
    graph = graph_of(people, ties)
    both = graph.to_undirected()

    def null() -> None:
        crossing_null(own.codes, own.source, own.target, rng=np.random.default_rng(SEED), draws=draws)

    work: list[tuple[Callable[[], object], Callable[[], object], float, float]] = [
        (lambda: graph_of(people, ties), lambda: wave(people, ties), 1, 1),
        (
            lambda: nx.attribute_assortativity_coefficient(graph, "generation"),
            lambda: nominal_assortativity(people, ties),
            1,
            1,
        ),
        (lambda: nx.constraint(graph), lambda: structural_holes(people, ties), 1, 1),
        (lambda: nearest(both, top), lambda: distance_to_top(people, ties, tandems, top=top), 1, 1),
        (lambda: permutations_of(graph, people, few), null, DRAWS / few, DRAWS / draws),
    ]
    for _ in range(runs):
        for row, (theirs, ours, their_times, our_times) in zip(rows, work, strict=True):
            row.theirs.append(seconds(theirs) * their_times)
            row.ours.append(seconds(ours) * our_times)
    agree(people, ties, graph)
    return rows


def agree(people: pd.DataFrame, ties: pd.DataFrame, graph: Any) -> None:
    """Both sides must have computed the same thing."""
    import networkx as nx

    result = nominal_assortativity(people, ties)
    value = getattr(result, "value", np.nan)
    np.testing.assert_allclose(value, nx.attribute_assortativity_coefficient(graph, "generation"), rtol=1e-9)
    some = people["person_id"].tolist()[:50]
    theirs = nx.constraint(graph, some)
    ours = structural_holes(people, ties).set_index("person_id")["constraint"]
    np.testing.assert_allclose(ours[some].to_numpy(), [theirs[person] for person in some], rtol=1e-9)
    points = getattr(mixing_matrix(people, ties), "points")  # noqa: B009  (a Curve here, for the type checker)
    across = points.loc[points["source_group"] != points["target_group"], "observed_n"].sum()
    label = dict(zip(people["person_id"].tolist(), people["generation"].tolist(), strict=True))
    if across != crossing(graph, label):
        raise ValueError("the two sides count other ties between generations")


def digits(values: Sequence[float]) -> int:
    """Decimals that leave two figures or more."""
    return int(np.clip(2 - np.floor(np.log10(max(float(np.median(values)), 1e-6))), 0, 4))


def table(rows: Sequence[Row]) -> str:
    """The comparison as a Markdown table; a ratio is the median of the runs' own ratios."""
    lines = ["| work | networkx, s | rmanalytics, s | networkx ÷ ours |", "|---|---|---|---|"]
    for row in rows:
        ratios = [theirs / ours for theirs, ours in zip(row.theirs, row.ours, strict=True)]
        cells = [spread(values, digits(values)) for values in (row.theirs, row.ours, ratios)]
        lines.append(f"| {row.work} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.network", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="timed runs of everything (default 3)")
    runs = max(parser.parse_args(arguments).runs, 1)
    if find_spec("networkx") is None:
        print("networkx is not installed (pip install -e '.[bench]'): nothing measured, the page is left as it is")
        return 0
    parts = []
    for title, people_n, ties_n in COMPANIES:
        people, ties = company(people_n, ties_n)
        rows = measure(people, ties, large=ties_n > 100_000, runs=runs)
        parts.append(f"### {title}\n\n{table(rows)}")
        print(parts[-1], flush=True)
    people, ties = company(*COMPANIES[0][1:])
    whole = [seconds(lambda: ei_index(people, ties, rng=np.random.default_rng(SEED), seed=SEED)) for _ in range(runs)]
    tables = "\n\n".join(parts)
    text = f"""\
Random networks with four generations; {runs} interleaved runs, median (lowest–highest). Both sides give the same
values: the run stops where they do not.

{tables}

\\* networkx over 200 permutations (2 in the large network) and multiplied; ours over all of them (400 in the large
network, multiplied). Ours starts from the two tables in every row but that one, networkx from the graph that the first
row builds.

The whole `ei_index` of the small network, with 10,000 permutations, 2,000 bootstrap samples of people, expectation
and exact variance, takes {spread(whole, 2)} s.

Measured {machine("networkx", "numpy", "scipy", "pandas")}. Again: `make bench ARGS="--runs {runs}"`.
"""
    write_section("network", "The company's network", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
