"""Ties that stayed, went and came: counts add up, agree with the Jaccard index, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.network.change import tie_jaccard
from rmanalytics.measures.network.turnover import tie_turnover
from rmanalytics.results import Curve, Estimate, NotEstimable


def random_network(seed: int, *, people_n: int = 40, ties_n: int = 200) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"person_id": np.arange(people_n), "generation": rng.choice(["x", "y"], people_n)})
    ends = rng.integers(people_n, size=(2, ties_n))
    return people, pd.DataFrame({"source_id": ends[0], "target_id": ends[1]})


def points(
    people_before: pd.DataFrame, ties_before: pd.DataFrame, people_after: pd.DataFrame, ties_after: pd.DataFrame
) -> pd.DataFrame:
    curve = tie_turnover(people_before, ties_before, people_after, ties_after)
    assert isinstance(curve, Curve)
    return curve.points


def test_within_and_between_add_up_to_all_and_agree_with_the_jaccard_index() -> None:
    people, before = random_network(1)
    after = pd.concat([before.iloc[:120], random_network(2)[1].iloc[:60]])
    found = points(people, before, people, after)
    assert found["kind"].tolist() == ["all", "within", "between"]
    counts = found[["before_n", "after_n", "kept_n", "dissolved_n", "created_n"]]
    assert (counts.iloc[0] == counts.iloc[1:].sum()).all()
    assert (found["kept_n"] + found["dissolved_n"] == found["before_n"]).all()
    assert (found["kept_n"] + found["created_n"] == found["after_n"]).all()
    jaccard = tie_jaccard(people, before, after)
    assert isinstance(jaccard, Estimate)
    assert found["jaccard"].iloc[0] == jaccard.value
    assert found["persistence"].iloc[0] == jaccard.extra["persistence"]
    assert ((found["lo"] < found["persistence"]) & (found["persistence"] < found["hi"])).all()
    assert found.attrs["too_different"] is False
    assert jaccard.extra["too_different"] == 0


def test_two_networks_with_little_in_common_are_called_too_different() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    assert points(people, before, people, after).attrs["too_different"] is True
    jaccard = tie_jaccard(people, before, after)
    assert isinstance(jaccard, Estimate)
    assert jaccard.extra["too_different"] == 1


def test_only_people_at_both_waves_count_and_the_others_are_counted() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    first = points(people.iloc[1:], before, people.iloc[1:], after)
    joined = pd.concat([people.iloc[1:], pd.DataFrame({"person_id": [99], "generation": ["x"]})])
    second = points(people, before, joined, after)
    pd.testing.assert_frame_equal(first, second)
    assert (first.attrs["excluded_n"], second.attrs["excluded_n"]) == (0, 2)


def test_swapping_the_waves_swaps_what_came_and_what_went() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    forward, backward = points(people, before, people, after), points(people, after, people, before)
    assert forward["created_n"].tolist() == backward["dissolved_n"].tolist()
    assert forward["kept_n"].tolist() == backward["kept_n"].tolist()


def test_row_order_repeated_ties_and_loops_change_nothing() -> None:
    people, before = random_network(1)
    after = random_network(2)[1]
    loops = pd.DataFrame({"source_id": [0, 1], "target_id": [0, 1]})
    more = pd.concat([before, before.iloc[::-1], loops])
    pd.testing.assert_frame_equal(
        points(people, before, people, after), points(people.iloc[::-1], more, people, after.iloc[::-1])
    )


def test_a_kind_without_ties_before_has_no_persistence() -> None:
    people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["x"] * 3 + ["y"] * 3})
    before = pd.DataFrame({"source_id": ["a"], "target_id": ["b"]})
    found = points(people, before, people, before).set_index("kind")
    assert np.isnan(found.loc["between", "persistence"])
    assert (found.loc["within", "persistence"], np.isnan(found.loc["within", "lo"])) == (1.0, True)
    assert np.isnan(found.loc["between", "jaccard"])


@pytest.mark.parametrize(
    ("people_n", "ties_n", "reason"),
    [(5, 10, "fewer than 6 people of known generation at both waves"), (20, 0, "no ties at either wave")],
)
def test_it_says_why_it_cannot_be_estimated(people_n: int, ties_n: int, reason: str) -> None:
    people, ties = random_network(1, people_n=people_n, ties_n=ties_n)
    found = tie_turnover(people, ties, people, ties)
    assert isinstance(found, NotEstimable)
    assert found.because == reason
