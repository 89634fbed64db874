"""Networks in which everybody has as many ties: against full enumeration, the closed form, and what must not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.network.nulls.degree_null import (
    MOST_TIES,
    configured_internal,
    ei_degree_null,
    exchanged,
    packed,
    rewired_crossing,
    unpacked,
)
from rmanalytics.measures.network.ties import wave
from rmanalytics.results import Estimate, NotEstimable

Tie = tuple[int, int]


def networks(out: list[int], into: list[int]) -> Iterator[tuple[Tie, ...]]:
    """All simple directed networks in which everybody names and is named by so many."""

    def fill(person: int, left: tuple[int, ...], ties: tuple[Tie, ...]) -> Iterator[tuple[Tie, ...]]:
        if person == len(out):
            yield ties
            return
        free = [other for other, room in enumerate(left) if room and other != person]
        for named in combinations(free, out[person]):
            after = tuple(room - (other in named) for other, room in enumerate(left))
            if sum(after) == sum(out[person + 1 :]):
                yield from fill(person + 1, after, (*ties, *((person, other) for other in named)))

    yield from fill(0, tuple(into), ())


TIES = [(0, 1), (0, 2), (1, 2), (2, 0), (3, 4), (4, 1), (5, 3)]


def frames(ties: list[Tie], generations: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    people = pd.DataFrame({"person_id": range(len(generations)), "generation": list(generations)})
    return people, pd.DataFrame(ties, columns=["source_id", "target_id"])


def result(people: pd.DataFrame, ties: pd.DataFrame, *, draws: int = 400) -> Estimate | NotEstimable:
    return ei_degree_null(people, ties, rng=np.random.default_rng(2), seed=2, draws=draws)


def estimated(people: pd.DataFrame, ties: pd.DataFrame, *, draws: int = 400) -> Estimate:
    found = result(people, ties, draws=draws)
    assert isinstance(found, Estimate)
    return found


def test_every_network_with_these_numbers_of_ties_is_drawn_equally_often() -> None:
    source, target = (np.array(ends) for ends in zip(*TIES, strict=True))
    possible = list(networks(np.bincount(source, minlength=6).tolist(), np.bincount(target, minlength=6).tolist()))
    rng = np.random.default_rng(3)
    chains = np.repeat(packed(source, target)[None, :], 300, axis=0)
    seen: Counter[tuple[Tie, ...]] = Counter()
    for step in range(220):
        chains = exchanged(chains, rng=rng)
        if step >= 20 and step % 4 == 0:
            ends = unpacked(np.sort(chains, axis=1))
            seen.update(tuple(zip(*row, strict=True)) for row in zip(*(e.tolist() for e in ends), strict=True))
    assert set(seen) == {tuple(sorted(ties)) for ties in possible}
    count = np.array(list(seen.values()))
    expected = count.sum() / len(possible)
    chi_square = float(((count - expected) ** 2 / expected).sum())
    assert chi_square / len(possible) < 1.5


def test_expectation_and_p_value_equal_the_enumeration_of_all_networks() -> None:
    people, ties = frames(TIES, "xxxyyy")
    net = wave(people, ties)
    out, into = (np.bincount(ends, minlength=6).tolist() for ends in (net.source, net.target))
    crossing = np.array([sum((a < 3) != (b < 3) for a, b in ties) for ties in networks(out, into)])
    expected = 2 * crossing.mean() / len(TIES) - 1
    found = estimated(people, ties, draws=6000)
    assert found.extra["expected"] == pytest.approx(expected, abs=5 * found.extra["expected_mc_se"])
    assert found.extra["null_sd"] == pytest.approx(2 * crossing.std() / len(TIES), rel=0.05)
    far = np.abs(crossing - crossing.mean()) >= abs(net.crossing.sum() - crossing.mean()) - 1e-9
    assert found.p_value == pytest.approx(far.mean(), abs=0.03)
    assert found.value == pytest.approx(found.extra["index"] - found.extra["expected"])


def random_network(people_n: int, ties_n: int, *, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"person_id": np.arange(people_n), "generation": rng.choice(list("xyz"), people_n)})
    weight = rng.lognormal(0, 0.8, people_n)
    ends = rng.choice(people_n, size=(2, ties_n), p=weight / weight.sum())
    return people, pd.DataFrame({"source_id": ends[0], "target_id": ends[1]})


def test_every_round_keeps_the_ties_of_each_person_and_makes_no_loop_and_no_tie_twice() -> None:
    net = wave(*random_network(60, 301, seed=1))
    rng = np.random.default_rng(1)
    chains = np.repeat(packed(net.source, net.target)[None, :], 4, axis=0)
    for _ in range(30):
        chains = exchanged(chains, rng=rng)
        for row in chains:
            source, target = unpacked(row)
            assert (np.bincount(source, minlength=60) == np.bincount(net.source, minlength=60)).all()
            assert (np.bincount(target, minlength=60) == np.bincount(net.target, minlength=60)).all()
            assert (source != target).all()
            assert len(np.unique(row)) == len(row)
    assert np.isin(chains[0], packed(net.source, net.target)).mean() < 0.5


def test_the_closed_form_lies_near_the_draws() -> None:
    net = wave(*random_network(300, 1500, seed=4))
    counts, moved = rewired_crossing(net, rng=np.random.default_rng(1), draws=300)
    mean, sd = configured_internal(net)
    assert net.ties_n - counts.mean() == pytest.approx(mean, abs=0.35 * sd)
    assert counts.std() == pytest.approx(sd, rel=0.15)
    assert moved > 0.9


def test_a_network_of_many_ties_is_tested_in_closed_form_and_agrees() -> None:
    people, ties = random_network(3000, MOST_TIES + 2500, seed=5)
    found = estimated(people, ties)
    assert (found.draws, found.seed, found.mc_se) == (None, None, None)
    assert found.method.endswith("in closed form")
    assert found.extra["expected"] == found.extra["configuration_expected"]
    assert found.p_value is not None
    assert found.p_value > 0.001


def test_popular_people_of_one_generation_are_not_taken_for_a_preference() -> None:
    people = pd.DataFrame({"person_id": np.arange(60), "generation": ["x"] * 30 + ["y"] * 30})
    rng = np.random.default_rng(1)
    # everybody names the old, who name each other: many ties within the old generation by numbers alone
    source = rng.integers(60, size=500)
    target = np.where(rng.random(500) < 0.85, rng.integers(30, size=500), rng.integers(30, 60, size=500))
    busy = np.where(rng.random(500) < 0.7, source % 30, source)
    found = estimated(people, pd.DataFrame({"source_id": busy, "target_id": target}))
    assert found.extra["index"] < -0.2
    assert found.p_value is not None
    assert found.p_value > 0.05


def test_row_order_loops_repeated_ties_and_names_of_generations_change_nothing() -> None:
    people, ties = random_network(40, 150, seed=6)
    first = estimated(people, ties)
    loops = pd.DataFrame({"source_id": [0, 1], "target_id": [0, 1]})
    more = pd.concat([ties, ties.iloc[::-1], loops])
    renamed = people.assign(generation=people["generation"].map({"x": "C", "y": "A", "z": "B"}))
    assert estimated(renamed.iloc[::-1], more) == first


@pytest.mark.parametrize(
    ("ties", "generations", "reason"),
    [
        ([], "xxxyyy", "no ties among people of known generation"),
        ([(0, 1)], "xxxxxx", "people of one generation only"),
        ([(0, 1)], "xxyyy", "fewer than 6 people of known generation"),
        ([(0, 1)], "xxxyyy", "no two ties can exchange their ends"),
        ([(0, 1), (0, 3), (0, 4)], "xxxyyy", "no two ties can exchange their ends"),
        ([(0, 1), (2, 1), (1, 3)], "xxxyyy", "no two ties can exchange their ends"),
        ([(0, 2), (1, 2), (3, 1), (3, 2), (1, 0)], "xxxyyy", None),
    ],
)
def test_it_says_why_it_cannot_be_estimated(ties: list[Tie], generations: str, reason: str | None) -> None:
    found = result(*frames(ties, generations))
    if reason is None:
        assert isinstance(found, Estimate | NotEstimable)
    else:
        assert isinstance(found, NotEstimable)
        assert found.because == reason


def test_networks_that_differ_only_within_a_generation_are_not_estimable() -> None:
    found = result(*frames([(0, 1), (2, 3), (4, 5)], "xxxxyy"), draws=200)
    assert isinstance(found, Estimate)
    alike = result(*frames([(0, 1), (2, 3)], "xxxxyy"), draws=200)
    assert isinstance(alike, NotEstimable)
    assert alike.because == "every network with these numbers of ties has the same index"


def test_same_seed_same_result() -> None:
    people, ties = random_network(40, 150, seed=6)
    assert result(people, ties) == result(people, ties)
