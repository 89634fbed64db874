"""Ties around the participants: distances, what other participants would give, and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path
from scipy.stats import t as student

from rmanalytics.measures.network.spillover import neighbour_change, neighbour_difference
from rmanalytics.measures.network.ties import tie_counts
from rmanalytics.results import Curve, Estimate, NotEstimable

Network = tuple[pd.DataFrame, pd.DataFrame]


def random_network(seed: int, *, people_n: int = 120, ties_n: int = 180) -> Network:
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"person_id": np.arange(people_n), "generation": ["x", "y"] * (people_n // 2)})
    ends = rng.integers(people_n, size=(2, ties_n))
    return people, pd.DataFrame({"source_id": ends[0], "target_id": ends[1]})


def participants(*ids: int) -> pd.DataFrame:
    return pd.DataFrame({"person_id": list(ids)})


def curve(before: Network, after: Network, who: pd.DataFrame) -> pd.DataFrame:
    found = neighbour_change(*before, *after, who, rng=np.random.default_rng(1), seed=1, draws=300)
    assert isinstance(found, Curve)
    return found.points


def difference(before: Network, after: Network, who: pd.DataFrame) -> Estimate | NotEstimable:
    return neighbour_difference(*before, *after, who, rng=np.random.default_rng(1), seed=1, draws=300)


def test_groups_are_those_of_the_shortest_paths_before() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    who = participants(*range(8))
    table = csr_array((np.ones(len(before)), (before["source_id"], before["target_id"])), shape=(120, 120))
    steps = shortest_path(table, directed=False, unweighted=True, indices=range(8)).min(axis=0)
    distance = pd.Series(np.minimum(steps, 3))
    counts = [tie_counts(people, ties)["cross_n"] for ties in (before, after)]
    expected = (counts[1] - counts[0]).groupby(distance).agg(["size", "mean"])
    points = curve((people, before), (people, after), who)
    assert points["distance"].tolist() == ["participants", "1", "2", "3 or more"]
    assert points["people_n"].tolist() == expected["size"].tolist()
    assert points["mean_change"].to_numpy() == pytest.approx(expected["mean"].to_numpy())


def test_the_difference_equals_welchs_before_the_expectation_is_taken_off() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    who = participants(*range(8))
    found = difference((people, before), (people, after), who)
    assert isinstance(found, Estimate)
    points = curve((people, before), (people, after), who)
    assert found.n == points["people_n"][1]
    assert found.n_comparator == points["people_n"][2] + points["people_n"][3]
    assert found.value == pytest.approx(found.extra["difference"] - found.extra["expected_difference"])
    assert found.lo is not None
    assert found.hi is not None
    assert (found.lo + found.hi) / 2 == pytest.approx(found.value)
    assert found.hi - found.lo == pytest.approx(2 * student.isf(0.025, found.extra["df"]) * found.extra["se"])


def test_the_difference_to_the_most_distant_group_is_welchs() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    points = curve((people, before), (people, after), participants(*range(8)))
    assert points["people_n"].min() >= 6
    assert points["difference"].isna().tolist() == [False, False, False, True]
    wanted = points["mean_change"][1] - points["mean_change"][3]
    assert points["difference"][1] == pytest.approx(wanted)
    assert points["difference_lo"][1] < wanted < points["difference_hi"][1]


def test_neighbours_seem_to_lose_ties_by_chance_alone_and_the_expectation_says_so() -> None:
    gone, beyond = [], []
    for seed in range(12):
        people, before = random_network(seed)
        after = random_network(seed + 100)[1]
        found = difference((people, before), (people, after), participants(*range(8)))
        assert isinstance(found, Estimate)
        gone.append(found.extra["difference"])
        beyond.append(found.value)
    assert np.mean(gone) < -0.5
    assert abs(np.mean(beyond)) < 0.4


def test_ties_that_neighbours_gain_are_found() -> None:
    people, before = random_network(1)
    who = participants(*range(8))
    mine = before.set_index("source_id").loc[lambda t: t.index.isin(range(8)), "target_id"].to_numpy()
    rng = np.random.default_rng(3)
    near = np.unique(mine)
    new = pd.DataFrame({"source_id": np.repeat(near, 4), "target_id": rng.integers(120, size=4 * len(near))})
    found = difference((people, before), (people, pd.concat([before, new])), who)
    assert isinstance(found, Estimate)
    assert found.p_value is not None
    assert found.p_value < 0.02
    assert found.lo is not None
    assert found.lo > 0


def test_row_order_direction_and_repeated_ties_change_nothing() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    who = participants(*range(8))
    first = difference((people, before), (people, after), who)
    turned = before.rename(columns={"source_id": "target_id", "target_id": "source_id"})
    second = difference((people.iloc[::-1], pd.concat([turned, turned])), (people, after.iloc[::-1]), who.iloc[::-1])
    assert first == second


def test_people_at_one_wave_only_are_left_out_and_counted() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    found = neighbour_change(
        people, before, people.iloc[:-4], after, participants(*range(8)), rng=np.random.default_rng(1), seed=1, draws=20
    )
    assert isinstance(found, Curve)
    assert (found.n, found.points.attrs["excluded_n"], found.points.attrs["draws"]) == (116, 4, 20)


@pytest.mark.parametrize(
    ("people_n", "taking_part", "reason"),
    [
        (4, range(4), "fewer than 6 people of known generation at both waves"),
        (40, range(5), "fewer than 6 participants at both waves"),
        (40, range(900, 910), "fewer than 6 participants at both waves"),
        (40, range(40), "nobody else could have taken part"),
    ],
)
def test_it_says_why_it_cannot_be_estimated(people_n: int, taking_part: range, reason: str) -> None:
    people, before = random_network(1, people_n=people_n)
    after = random_network(2, people_n=people_n)[1]
    for measure in (neighbour_change, neighbour_difference):
        found = measure(
            people, before, people, after, participants(*taking_part), rng=np.random.default_rng(1), seed=1, draws=20
        )
        assert isinstance(found, NotEstimable)
        assert found.because == reason


def test_without_any_change_one_generation_or_neighbours_it_is_not_estimable() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    who = participants(*range(8))
    same = difference((people, before), (people, before), who)
    assert isinstance(same, NotEstimable)
    assert same.because == "nobody's ties changed"
    alike = people.assign(generation="x")
    one = difference((alike, before), (alike, after), who)
    assert isinstance(one, NotEstimable)
    assert one.because == "people of one generation only"
    alone = before[~(before["source_id"].isin(range(8)) | before["target_id"].isin(range(8)))]
    far = difference((people, alone), (people, after), who)
    assert isinstance(far, NotEstimable)
    assert far.because == "fewer than 6 people next to participants, or farther away"


def test_neighbours_who_all_gained_alike_are_no_certain_gain():
    ids = np.array([f"p{i:02d}" for i in range(60)])
    people = pd.DataFrame({"person_id": ids, "generation": ["old", "young"] * 30})
    ring = pd.DataFrame({"source_id": ids, "target_id": np.roll(ids, -1)})
    first = np.arange(1, 60, 5)  # on one side of a participant, and three further on the other side of the next
    new = pd.DataFrame({"source_id": ids[first], "target_id": ids[first + 3]})
    args = (people, ring, people, pd.concat([ring, new]), pd.DataFrame({"person_id": ids[::5]}))
    result = neighbour_difference(*args, rng=np.random.default_rng(1), seed=1, draws=99)
    assert isinstance(result, NotEstimable)
    assert result.because.startswith("no variation")
