"""Generations dealt out within units: against full enumeration, and what strata explain."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmanalytics.measures.network.ei_index import ei_index
from rmanalytics.measures.network.ei_within_strata import ei_within_strata
from rmanalytics.measures.network.nulls.closed_form import internal_moments
from rmanalytics.measures.network.ties import wave
from rmanalytics.results import Estimate, NotEstimable


def frames(
    generations: str, strata: str, ties: list[str], weight: list[float] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    people = pd.DataFrame(
        {
            "person_id": [chr(ord("a") + i) for i in range(len(generations))],
            "generation": [None if letter == "-" else letter for letter in generations],
            "stratum": [None if letter == "-" else letter for letter in strata],
        }
    )
    frame = pd.DataFrame({"source_id": [t[0] for t in ties], "target_id": [t[1] for t in ties]}, dtype="str")
    return people, frame if weight is None else frame.assign(weight=weight)


def within(people: pd.DataFrame, ties: pd.DataFrame, *, draws: int = 500) -> Estimate | NotEstimable:
    return ei_within_strata(people, ties, rng=np.random.default_rng(1), seed=1, draws=draws)


def estimated(people: pd.DataFrame, ties: pd.DataFrame, *, draws: int = 500) -> Estimate:
    found = within(people, ties, draws=draws)
    assert isinstance(found, Estimate)
    return found


LETTERS = "abcdefgh"


@st.composite
def networks(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    n = draw(st.integers(6, 7))
    generations, strata = (draw(st.text(alphabet=kinds, min_size=n, max_size=n)) for kinds in ("xy", "uvw"))
    pairs = [a + b for a in LETTERS[:n] for b in LETTERS[:n] if a != b]
    ties = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=15, unique=True))
    weight = draw(st.none() | st.lists(st.sampled_from([0.5, 1.0, 2.25]), min_size=len(ties), max_size=len(ties)))
    return frames(generations, strata, ties, weight)


@given(networks())
@settings(max_examples=50, deadline=None)
def test_moments_and_p_value_equal_the_enumeration_of_all_labelings_within_strata(
    data: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    people, ties = data
    net = wave(people, ties)
    strata = pd.factorize(people.sort_values("person_id")["stratum"], sort=True)[0]
    labelings = {
        labels
        for labels in permutations(net.codes.tolist())
        if all(sorted(np.array(labels)[strata == s]) == sorted(net.codes[strata == s]) for s in set(strata))
    }
    crossing = np.array([net.weight[np.array(la)[net.source] != np.array(la)[net.target]].sum() for la in labelings])
    mean, variance = internal_moments(net.codes, net.source, net.target, weight=net.weight, strata=strata)
    assert net.strength - mean == pytest.approx(crossing.mean())
    assert variance == pytest.approx(crossing.var(), abs=1e-9)
    found = within(people, ties)
    if isinstance(found, NotEstimable):
        assert len(net.names) < 2 or np.ptp(crossing) < 1e-9
        return
    own = net.weight[net.crossing].sum()
    far = np.abs(crossing - crossing.mean()) >= abs(own - crossing.mean()) - 1e-9
    assert found.extra["expected"] == pytest.approx(2 * crossing.mean() / net.strength - 1)
    assert found.extra["null_sd"] == pytest.approx(2 * crossing.std() / net.strength, abs=1e-7)
    assert (found.draws, found.p_value) == (len(labelings), pytest.approx(far.mean()))
    assert found.method.startswith("E-I index less that of generations dealt out within strata; exact")


def random_company(seed: int, *, sorted_by_unit: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ties stay in units; the young sit in some units more than in others, and nobody looks at generations."""
    rng = np.random.default_rng(seed)
    units = np.repeat(np.arange(8), 15)
    share = np.where(units < 4, 0.9, 0.1) if sorted_by_unit else np.full(120, 0.5)
    people = pd.DataFrame(
        {
            "person_id": np.arange(120),
            "generation": np.where(rng.random(120) < share, "x", "y"),
            "stratum": [f"unit {unit}" for unit in units],
        }
    )
    source, target = rng.integers(120, size=(2, 8000))
    kept = np.flatnonzero(rng.random(8000) < np.where(units[source] == units[target], 1.0, 0.03))[:400]
    return people, pd.DataFrame({"source_id": source[kept], "target_id": target[kept]})


def test_segregation_that_units_explain_is_gone_within_them() -> None:
    people, ties = random_company(3, sorted_by_unit=True)
    freely = ei_index(people, ties, rng=np.random.default_rng(1), seed=1, draws=500, bootstrap_draws=10)
    found = estimated(people, ties)
    assert isinstance(freely, Estimate)
    assert freely.p_value is not None
    assert found.p_value is not None
    assert freely.p_value < 0.01 < 0.05 < found.p_value
    assert found.extra["explained"] < -0.3
    assert found.extra["index"] == freely.value
    assert found.extra["expected_freely"] == pytest.approx(freely.extra["expected"])
    assert found.lo is not None
    assert found.hi is not None
    assert found.lo < 0 < found.hi
    assert (found.extra["strata_n"], found.n_excluded) == (8, 0)


def test_one_stratum_for_all_gives_the_free_labelings() -> None:
    people, ties = random_company(4, sorted_by_unit=False)
    found = estimated(people.assign(stratum="all"), ties)
    freely = ei_index(people, ties, rng=np.random.default_rng(1), seed=1, draws=500, bootstrap_draws=10)
    assert isinstance(freely, Estimate)
    assert found.value == pytest.approx(freely.extra["excess"])
    assert found.extra["null_sd"] == pytest.approx(freely.extra["null_sd"])
    assert found.extra["explained"] == pytest.approx(0)


def test_row_order_and_names_change_nothing() -> None:
    people, ties = random_company(5, sorted_by_unit=True)
    first = estimated(people, ties)
    renamed = people.assign(
        generation=people["generation"].map({"x": "old", "y": "a"}), stratum=people["stratum"].str[::-1]
    )
    second = estimated(renamed.sample(frac=1, random_state=1), pd.concat([ties, ties]).sample(frac=1, random_state=2))
    assert second.value == pytest.approx(first.value)
    assert second.p_value == pytest.approx(first.p_value, abs=0.1)


@pytest.mark.parametrize(
    ("generations", "strata", "ties", "reason"),
    [
        ("xxyyx", "uuuuu", ["ab"], "fewer than 6 people of known generation and stratum"),
        ("xxxyyy", "uuuuu-", ["ab"], "fewer than 6 people of known generation and stratum"),
        ("xxxxxx", "uuuvvv", ["ab"], "people of one generation only"),
        ("xxxyyy", "uuuvvv", [], "no ties among people of known generation"),
        ("xxxyyy", "uuuvvv", ["ab", "ad"], "no stratum has ties and people of two generations"),
        ("xxxyyyxy", "uuuvvvww", ["ab", "ad"], "no stratum has ties and people of two generations"),
    ],
)
def test_it_says_why_it_cannot_be_estimated(generations: str, strata: str, ties: list[str], reason: str) -> None:
    found = within(*frames(generations, strata, ties))
    assert isinstance(found, NotEstimable)
    assert found.because == reason


def test_people_of_unknown_stratum_or_generation_are_left_out_and_counted() -> None:
    found = estimated(*frames("xyxyxy-x", "uuuvvvu-", ["ab", "ac", "de", "ag", "ah"]))
    assert (found.n, found.n_excluded, found.excluded_reason) == (6, 2, "generation or stratum unknown")


def test_a_table_without_strata_is_refused() -> None:
    people, ties = frames("xxxyyy", "uuuvvv", ["ab"])
    with pytest.raises(ValueError, match="stratum"):
        within(people.drop(columns="stratum"), ties)
