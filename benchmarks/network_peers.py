"""What one would write for the network measures with other libraries, each on its own graph.

A peer is imported when it is called for; those that are not installed are left out of the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

Ints = npt.NDArray[np.int64]

FEW = 50
ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")


@dataclass(frozen=True)
class Network:
    """Distinct directed ties without loops, and a group for each person."""

    codes: Ints
    source: Ints
    target: Ints
    top: list[int]

    @property
    def n(self) -> int:
        """People."""
        return len(self.codes)


@dataclass(frozen=True)
class Work:
    """A way to do one row, and what its time is multiplied with where it does a part only."""

    call: Callable[[], object]
    times: float = 1.0


@dataclass(frozen=True)
class Peer:
    """A library, and its way to do each row that it can do."""

    name: str
    works: dict[str, Work] = field(default_factory=dict)


def role(start: int, broker: int, end: int) -> int:
    if start == end:
        return 0 if broker == start else 1
    if broker == start:
        return 2
    return 3 if broker == end else 4


def crossing(graph: Any, label: dict[int, int]) -> int:
    """Ties between groups, by a walk over the edges."""
    return sum(label[s] != label[t] for s, t in graph.edges())


def index_by_edges(net: Network, graph: Any, label: dict[int, int]) -> Any:
    ends, cross = np.zeros(net.n), np.zeros(net.n)
    for s, t in graph.edges():
        ends[s] += 1
        ends[t] += 1
        if label[s] != label[t]:
            cross[s] += 1
            cross[t] += 1
    return index_parts(net, ends, cross)


def networkx_peer(net: Network, draws: int, few: int) -> Peer:
    """Graphs as networkx holds them; loops over edges where it has no function."""
    import networkx as nx

    label = dict(enumerate(net.codes.tolist()))

    def build() -> Any:
        graph = nx.DiGraph()
        graph.add_nodes_from((person, {"g": group}) for person, group in label.items())
        graph.add_edges_from(zip(net.source.tolist(), net.target.tolist(), strict=True))
        return graph

    graph = build()
    both = graph.to_undirected()

    def permuted() -> None:
        rng = np.random.default_rng(1)
        for _ in range(few):
            crossing(graph, dict(enumerate(rng.permutation(net.codes).tolist())))

    def roles() -> Any:
        counts = np.zeros((FEW, len(ROLES)), dtype=np.int64)
        for broker in range(FEW):
            for start in graph.predecessors(broker):
                for end in graph.successors(broker):
                    if start != end and not graph.has_edge(start, end):
                        counts[broker, role(label[start], label[broker], label[end])] += 1
        return counts

    def steps() -> Any:
        found = nx.multi_source_dijkstra_path_length(both, set(net.top), weight=None)
        return np.array([found.get(person, np.inf) for person in range(net.n)])

    return Peer(
        "networkx",
        {
            "build": Work(build),
            "assortativity": Work(lambda: nx.attribute_assortativity_coefficient(graph, "g")),
            "index": Work(lambda: index_by_edges(net, graph, label)),
            "permutations": Work(permuted, draws / few),
            "constraint": Work(lambda: np.array([v for _, v in sorted(nx.constraint(graph).items())])),
            "steps": Work(steps),
            "brokerage": Work(roles, net.n / FEW),
        },
    )


def igraph_peer(net: Network, draws: int, few: int) -> Peer:
    import igraph as ig

    ends = np.column_stack([net.source, net.target])
    codes = net.codes.tolist()

    def build() -> Any:
        return ig.Graph(n=net.n, edges=ends.tolist(), directed=True)

    graph = build()

    def permuted() -> None:
        rng = np.random.default_rng(1)
        for _ in range(few):
            graph.assortativity_nominal(rng.permutation(net.codes).tolist(), directed=True)

    def steps() -> Any:
        with_source = graph.copy()
        with_source.add_vertices(1)
        with_source.add_edges([(net.n, person) for person in net.top])
        return np.array(with_source.distances(net.n, mode="all")[0][: net.n]) - 1

    return Peer(
        "python-igraph",
        {
            "build": Work(build),
            "assortativity": Work(lambda: graph.assortativity_nominal(codes, directed=True)),
            "permutations": Work(permuted, draws / few),
            "constraint": Work(lambda: np.array(graph.constraint())),
            "steps": Work(steps),
        },
    )


def networkit_peer(net: Network, draws: int, few: int) -> Peer:
    import networkit as nk

    def of(source: Ints, target: Ints, *, n: int, directed: bool) -> Any:
        ends = (source.astype(np.uint64), target.astype(np.uint64))
        return nk.GraphFromCoo((np.ones(len(source)), ends), n=n, directed=directed, weighted=False)

    graph = of(net.source, net.target, n=net.n, directed=True)
    low, high = np.minimum(net.source, net.target), np.maximum(net.source, net.target)
    low, high = np.divmod(np.unique(low * net.n + high), net.n)
    top = np.array(net.top)
    reached = of(np.append(low, top), np.append(high, np.full(len(top), net.n)), n=net.n + 1, directed=False)

    def assortativity(codes: Ints) -> float:
        measure = nk.correlation.Assortativity(graph, nk.structures.Partition(net.n, codes.tolist()))
        measure.run()
        return float(measure.getCoefficient())

    def permuted() -> None:
        rng = np.random.default_rng(1)
        for _ in range(few):
            assortativity(rng.permutation(net.codes))

    def steps() -> Any:
        search = nk.distance.BFS(reached, net.n, storePaths=False)
        search.run()
        found = np.array(search.getDistances())[: net.n] - 1
        return np.where(found > net.n, np.inf, found)

    return Peer(
        "networkit",
        {
            "build": Work(lambda: of(net.source, net.target, n=net.n, directed=True)),
            "assortativity": Work(lambda: assortativity(net.codes)),
            "permutations": Work(permuted, draws / few),
            "steps": Work(steps),
        },
    )


def index_parts(net: Network, ends: Any, cross: Any) -> Any:
    """E-I index of all, of each group and of each person, in one array."""
    by_group = [2 * np.bincount(net.codes, cross) / np.bincount(net.codes, ends) - 1]
    with np.errstate(invalid="ignore"):
        return np.concatenate([[2 * cross.sum() / ends.sum() - 1], *by_group, 2 * cross / ends - 1])


def scipy_peer(net: Network, draws: int, few: int) -> Peer:
    """Straightforward numpy and scipy.sparse."""
    codes, source, target, n = net.codes, net.source, net.target, net.n
    groups = int(codes.max()) + 1

    def build() -> Any:
        return sparse.csr_array((np.ones(len(source)), (source, target)), shape=(n, n))

    ties = build()
    either = ((ties + ties.T) > 0).astype(np.float64)

    def mixing(own: Ints) -> Any:
        return np.bincount(own[source] * groups + own[target], minlength=groups**2).reshape(groups, groups)

    def assortativity() -> float:
        shares = mixing(codes) / len(source)
        product = float(shares.sum(axis=1) @ shares.sum(axis=0))
        return (float(np.trace(shares)) - product) / (1 - product)

    def index() -> Any:
        crossing = codes[source] != codes[target]
        ends = np.bincount(source, minlength=n) + np.bincount(target, minlength=n)
        cross = np.bincount(source, crossing, n) + np.bincount(target, crossing, n)
        return index_parts(net, ends, cross)

    def permuted() -> None:
        rng = np.random.default_rng(1)
        for _ in range(few):
            own = rng.permutation(codes)
            np.count_nonzero(own[source] != own[target])

    def constraint() -> Any:
        both = sparse.csr_array(ties + ties.T)
        strength = both.sum(axis=1)
        share = sparse.diags_array(np.divide(1, strength, out=np.zeros(n), where=strength > 0)) @ both
        found = ((share + (share @ share).multiply(either)).power(2)).sum(axis=1)
        return np.where(strength > 0, found, np.nan)

    def roles() -> Any:
        counts = np.zeros((n, len(ROLES)), dtype=np.int64)
        member = [sparse.diags_array((codes == g).astype(np.float64)) for g in range(groups)]
        into = np.stack([np.bincount(target, codes[source] == g, n) for g in range(groups)])
        for end in range(groups):
            shut = sparse.coo_array(ties.multiply(ties @ member[end] @ ties.T))
            closed = np.zeros((groups, n))
            np.add.at(closed, (codes[shut.row], shut.col), shut.data)
            out = np.bincount(source, codes[target] == end, n)
            back = np.bincount(*_mutual(ties, codes, end), n)
            for start in range(groups):
                open_ones = into[start] * out - closed[start] - (back if start == end else 0)
                for broker in range(groups):
                    own = codes == broker
                    counts[own, role(start, broker, end)] += open_ones[own].astype(np.int64)
        return counts

    return Peer(
        "numpy, scipy.sparse",
        {
            "read": Work(lambda: source.sum() + target.sum()),
            "build": Work(build),
            "assortativity": Work(assortativity),
            "index": Work(index),
            "permutations": Work(permuted, draws / few),
            "constraint": Work(constraint),
            "steps": Work(lambda: dijkstra(either, directed=False, unweighted=True, indices=net.top, min_only=True)),
            "brokerage": Work(roles),
        },
    )


def _mutual(ties: Any, codes: Ints, group: int) -> tuple[Ints, Any]:
    """People, and whether their tie is answered by somebody of this group."""
    both = sparse.coo_array(ties.multiply(ties.T))
    return both.row, (codes[both.col] == group).astype(np.float64)


PEERS = {
    "networkx": ("networkx", networkx_peer),
    "python-igraph": ("igraph", igraph_peer),
    "networkit": ("networkit", networkit_peer),
    "numpy, scipy.sparse": ("scipy", scipy_peer),
}


def installed() -> dict[str, Callable[[Network, int, int], Peer]]:
    """The peers that are there."""
    return {name: make for name, (module, make) in PEERS.items() if find_spec(module) is not None}
