"""What an attacker learns of single people from everything that is published: the usual rules beside ours.

The attacker knows who is in which set, prior means and covariances, and what each rule adds to a sum; it shares no code
with the gate, whose noise is measured by asking it for sums of nothing. Best linear posterior over all scales, sets and
rounds; for pinned answers a linear programme over three scales of one round.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import lil_matrix

from benchmarks.page import machine, write_section
from rmanalytics.release.blur import blurred_sum

Publish = Callable[..., float]
"""Sum of milli-steps of a set, as published: key, values by person, round, kind and scale."""
SD, SCALES, ROUNDS, OVER_TIME, BETWEEN, AGAIN, RETURN = 0.86, 10, 4, 0.58, 0.45, 0.25, 0.5
"""Spread of a score in steps; scales; rounds; correlation over time, between scales, of those who serve again."""
UNITS, GENERATIONS, MISSING = (0.28, 0.24, 0.22, 0.18, 0.08), (0.6, 0.4), 0.10
KINDS, STEP, TOP, REACH = ("level_before", "change", "level_after"), 1000.0, 4000.0, 2000.0
POSSIBLE = 2 * STEP
"""An answer is pinned where fewer than three of five are possible: less than two steps between the ends."""


@dataclass(frozen=True)
class Rule:
    """From how many people a mean after, and before with change, is told, and how its sum is blurred."""

    name: str
    publish: Publish
    after: int = 5
    change: int = 10
    outputs: int = 1


def ours(key: bytes, values: Mapping[str, int], **about: str) -> float:
    """The gate's own blur."""
    return blurred_sum(key, values, **about)


def bare(key: bytes, values: Mapping[str, int], **about: str) -> float:
    """No blur; two decimals of a mean take away about this much of a sum."""
    return sum(values.values()) + _drawn(key, about).uniform(-5, 5) * len(values)


def own_half(key: bytes, values: Mapping[str, int], **about: str) -> float:
    """A mutant: nothing is shared between the scales of a set."""
    return (
        blurred_sum(key, values, **about)
        - blurred_sum(key, dict.fromkeys(values, 0), **about)
        + float(_drawn(key, about).integers(-2000, 2001))
    )


def _drawn(key: bytes, about: Mapping[str, str]) -> np.random.Generator:
    return np.random.default_rng([*key, *"|".join(about.values()).encode()])


RULES = (
    Rule("threshold 5, two decimals", bare, after=5, change=5),
    Rule("threshold 10, two decimals", bare, after=10, change=10),
    Rule("this catalogue, no blur", bare),
    Rule("this catalogue, six keys", ours, outputs=6),
    Rule("this catalogue, nothing shared", own_half),
    Rule("this catalogue, as it is", ours),
)


@dataclass(frozen=True)
class World:
    """One side of a programme: person of each place in each round, and the sets of places that are told."""

    person: np.ndarray
    sets: tuple[tuple[int, ...], ...]


def world(tandems: int, rng: np.random.Generator) -> World:
    """Four rounds in which a quarter serve again, some do not answer, and units and generations split the rest."""
    people, sets, place = [], [], 0
    ids = iter(range(10**6))
    last: list[int] = []
    for _ in range(ROUNDS):
        again = list(rng.permutation(last)[: round(AGAIN * tandems)])
        own = (again + [next(ids) for _ in range(tandems)])[:tandems]
        last = [int(one) for one in own]
        there = [one for one in own if rng.random() > MISSING]
        at = np.arange(place, place + len(there))
        place += len(there)
        people += there
        sets.append(tuple(at))
        for shares in (UNITS, GENERATIONS):
            group = rng.choice(len(shares), size=len(at), p=shares)
            sets += [tuple(at[group == g]) for g in range(len(shares))]
    return World(np.array(people), tuple(one for one in sets if one))


def noise(rule: Rule, rng: np.random.Generator, draws: int) -> dict[str, np.ndarray]:
    """Covariance over scales of what a rule adds to the sum of a set, by kind, measured on sums of nothing."""
    found = {}
    nobody = {f"P{n}": 0 for n in range(10)}
    for kind in KINDS:
        added = np.zeros((draws, SCALES))
        for i, _ in product(range(draws), range(rule.outputs)):
            key = rng.bytes(32)
            for s in range(SCALES):
                added[i, s] += rule.publish(key, nobody, round_id="2026H1", kind=kind, scale=f"s{s}") / rule.outputs
        found[kind] = np.cov(added.T)
    return found


def learned(rule: Rule, one: World, added: Mapping[str, np.ndarray], *, colluders: int = 0) -> tuple[float, float]:
    """Highest share of variance explained over all people: of one answer, and of a person's mean of all answers."""
    known = set(min(one.sets, key=lambda s: (len(s) < rule.after, len(s)))[:colluders])
    free = [p for p in range(len(one.person)) if p not in known]
    at = {p: i for i, p in enumerate(free)}
    people = np.where(one.person[free][:, None] == one.person[free][None, :], RETURN, 0.0)
    np.fill_diagonal(people, 1.0)
    scales = np.where(np.eye(SCALES, dtype=bool), 1.0, BETWEEN)
    waves = np.array([[1.0, OVER_TIME], [OVER_TIME, 1.0]])
    told = [(kind, [at[p] for p in s if p in at]) for s in one.sets for kind in _kinds(rule, len(s))]
    if not told:
        return 0.0, 0.0
    looks = {"level_before": (1.0, 0.0), "level_after": (0.0, 1.0), "change": (-1.0, 1.0)}
    member = np.zeros((len(told), len(free)))
    for row, (_, members) in enumerate(told):
        member[row, members] = 1.0
    look = np.array([looks[kind] for kind, _ in told])
    spread = (SD * STEP) ** 2
    across = member @ people
    shared = across @ member.T * (look @ waves @ look.T) * spread  # times `scales` for each pair of scales
    whole = np.kron(shared, scales)
    for row, (kind, _) in enumerate(told):
        block = slice(row * SCALES, (row + 1) * SCALES)
        whole[block, block] += added[kind]
    inverse = np.linalg.pinv(whole, hermitian=True)
    answer = level = 0.0
    for p in range(len(free)):
        for wave in (0, 1):
            to = np.kron((across[:, p] * (look @ waves[:, wave]))[:, None], scales) * spread
            answer = max(answer, float(np.max(np.einsum("ij,ik,kj->j", to, inverse, to))) / spread)
        mean = np.kron(across[:, p] * (look @ waves.mean(1)), scales.mean(1)) * spread
        level = max(level, float(mean @ inverse @ mean / (spread * waves.mean() * scales.mean())))
    return answer, level


def _kinds(rule: Rule, n: int) -> tuple[str, ...]:
    if n >= rule.change:
        return ("level_before", "change")
    return ("level_after",) if n >= rule.after else ()


def pinned(rule: Rule, one: World, rng: np.random.Generator, *, insiders: int = 0, scales: int = 3) -> tuple[int, int]:
    """Answers of the most exposed round of which fewer than three of five are possible, and all that were tried.

    The linear programme knows every published sum, that each half of the blur is at most two steps and shared as the
    rule says, the ends of the scale, and what the insiders answered.
    """
    members = max(
        (s for s in one.sets if not any(set(s) < set(t) for t in one.sets)), key=lambda s: _lever(rule, one, s)
    )
    n, keys = len(members), rng.bytes(32)
    base = rng.normal(size=(n, 1)) * np.sqrt(BETWEEN) + rng.normal(size=(n, scales)) * np.sqrt(1 - BETWEEN)
    truth = {w: np.clip(np.round(2000 + 1000 * SD * base + w * 500), 0, TOP) for w in (0, 1)}
    inner = [[members.index(p) for p in s] for s in one.sets if set(s) <= set(members)]
    told = [(kind, inside) for inside in inner for kind in _kinds(rule, len(inside))]
    own = len(told) * scales
    size = 2 * n * scales + own + len(told)
    rows, right = lil_matrix((own, size)), np.zeros(own)
    weight = {"level_before": (1, 0), "level_after": (0, 1), "change": (-1, 1)}
    for row, ((t, (kind, inside)), s) in enumerate(product(enumerate(told), range(scales))):
        first, second = weight[kind]
        values = {f"P{i}": int(first * truth[0][i, s] + second * truth[1][i, s]) for i in inside}
        right[row] = rule.publish(keys, values, round_id="2026H1", kind=kind, scale=f"s{s}")
        for i in inside:
            rows[row, 2 * (i * scales + s)], rows[row, 2 * (i * scales + s) + 1] = first, second
        rows[row, 2 * n * scales + row] = rows[row, 2 * n * scales + own + t] = 1
    reach = REACH if rule.publish is ours else 0.0
    slack = REACH if rule.publish is not bare else 5.0 * n
    bounds = [(0.0, TOP)] * (2 * n * scales) + [(-slack, slack)] * own + [(-reach, reach)] * len(told)
    for i, s, w in product(range(insiders), range(scales), (0, 1)):
        bounds[2 * (i * scales + s) + w] = (truth[w][i, s],) * 2
    found, tried = 0, 0
    for i, s, w in product(range(insiders, n), range(scales), (0, 1)):
        cost = np.zeros(size)
        cost[2 * (i * scales + s) + w] = 1
        ends = [linprog(sign * cost, A_eq=rows.tocsr(), b_eq=right, bounds=bounds, method="highs") for sign in (1, -1)]
        tried += 1
        found += all(end.status == 0 for end in ends) and -ends[1].fun - ends[0].fun < POSSIBLE
    return found, tried


def _lever(rule: Rule, one: World, whole: tuple[int, ...]) -> float:
    """How far the sets told of a round determine the most exposed of its people: 1 is wholly."""
    told = [s for s in one.sets if set(s) <= set(whole) and _kinds(rule, len(s))]
    member = np.array([[p in s for p in whole] for s in told], dtype=float).reshape(len(told), len(whole))
    return float(np.max(np.diag(np.linalg.pinv(member) @ member))) if told else 0.0


def measured(rule: Rule, tandems: int, programmes: int, rng: np.random.Generator, draws: int) -> dict[str, float]:
    """A row of the table: what is learned at most; answers pinned with 0, 1, 3 insiders where most is learned."""
    added = noise(rule, rng, draws)
    worlds = [world(tandems, rng) for _ in range(programmes)]
    alone = [learned(rule, one, added) for one in worlds]
    helped = [learned(rule, one, added, colluders=3) for one in worlds]
    easiest = worlds[int(np.argmax([a for a, _ in alone]))]
    row = {"answer": max(a for a, _ in alone), "level": max(b for _, b in alone)}
    row |= {"colluders": max(max(pair) for pair in helped)}
    for insiders in (0, 1, 3):
        found, tried = pinned(rule, easiest, rng, insiders=insiders)
        row |= {f"pinned {insiders}": found, f"tried {insiders}": tried}
    sets = [len(s) for one in worlds for s in one.sets]
    told = sum(len(_kinds(rule, n)) for n in sets) / sum(1 if n < 10 else 2 for n in sets if n >= 5)
    return row | {"told": told}


def table(tandems: Sequence[int], programmes: int, draws: int) -> Iterator[str]:
    yield "| rule | tandems | figures told, n ≥ 5 | answer | level | with 3 colluders | pinned with 0, 1, 3 insiders |"
    yield "|---|---|---|---|---|---|---|"
    for rule, size in product(RULES, tandems):
        row = measured(rule, size, programmes, np.random.default_rng(17), draws)
        pins = ", ".join(f"{row[f'pinned {i}']:.0f} of {row[f'tried {i}']:.0f}" for i in (0, 1, 3))
        numbers = " | ".join(f"{row[name]:.2f}" for name in ("answer", "level", "colluders"))
        yield f"| {rule.name} | {size} | {min(row['told'], 1):.0%} | {numbers} | {pins} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.discretion", description=__doc__)
    parser.add_argument("--runs", type=int, default=4, help="programmes of each size (default 4)")
    parser.add_argument("--tandems", type=int, nargs="+", default=[12, 34], help="sizes (default 12 and 34)")
    options = parser.parse_args(arguments)
    lines = "\n".join(table(options.tandems, max(options.runs, 1), draws=300))
    print(lines, flush=True)
    write_section("discretion", "What single people give away", page(lines, options.runs))
    return 0


def page(lines: str, programmes: int) -> str:
    return f"""\
{programmes} programmes of four rounds, ten scales of a score with a spread of {SD} steps, a tenth missing, a quarter
serving again; the attacker knows who is in which set, means and covariances, and takes everything published together.
*Answer*, *level*: the highest share of variance explained over all people, of one score and of a person's mean of all
scores. *Pinned*: scores of which fewer than three of five answers are possible, in the round that exposes most of the
programme in which most is learned. The first two rules are the usual ones, the next three faults that ours was built
against.

{lines}

Measured {machine("numpy", "scipy")}. Again: `make bench`.
"""


if __name__ == "__main__":
    sys.exit(main())
