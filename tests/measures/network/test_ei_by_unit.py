"""Units with tandems against units without: a planted change is found, a reorganisation of all is not, by hand too."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from wrong_worlds import EACH, UNITS, mixing

from rmanalytics.measures.network import ei_by_unit as module
from rmanalytics.measures.network.change import ei_change
from rmanalytics.measures.network.ei_by_unit import unit_ei_difference
from rmanalytics.results import Estimate, NotEstimable


def test_more_ties_near_tandems_are_found() -> None:
    found = unit_ei_difference(*mixing(1, near=0.25))
    assert isinstance(found, Estimate)
    assert (found.n, found.n_comparator) == (15, 15)
    assert 0.15 < found.value < 0.45
    assert found.lo > 0


def test_a_company_that_mixes_everywhere_changes_the_whole_and_not_the_difference() -> None:
    """The change of the company alone is fooled in every draw, the difference of the units in at most 1 of 20."""
    fooled, found = 0, 0
    for seed in range(20):
        drawn = mixing(100 + seed, everywhere=0.2)
        whole = ei_change(*drawn[:4], rng=np.random.default_rng(seed), seed=seed)
        by_units = unit_ei_difference(*drawn)
        assert isinstance(whole, Estimate)
        assert isinstance(by_units, Estimate)
        fooled += whole.lo > 0
        found += not by_units.lo < 0 < by_units.hi
    assert fooled == 20
    assert found <= 3


def test_each_unit_is_the_mean_over_its_ends_less_chance() -> None:
    """Written out end by end for one draw, and Welch's test by scipy."""
    people, before, _, after, units = mixing(2, near=0.1)
    group = people.set_index("person_id")["generation"]
    n, sizes = len(group), group.value_counts()

    def index(ties: pd.DataFrame) -> dict[int, float]:
        ends: dict[int, list[float]] = {}
        for a, b in ties.itertuples(index=False):
            for end in (a, b):
                chance = 2 * (n - sizes[group[end]]) / (n - 1) - 1
                ends.setdefault(end // EACH, []).append((1 if group[a] != group[b] else -1) - chance)
        return {unit: float(np.mean(own)) for unit, own in ends.items()}

    one, two = index(before), index(after)
    changes = [[two[u] - one[u] for u in range(UNITS) if (u % 2 == 0) == near] for near in (True, False)]
    found = unit_ei_difference(people, before, people, after, units)
    assert found.value == pytest.approx(np.mean(changes[0]) - np.mean(changes[1]))
    assert found.p_value == pytest.approx(ttest_ind(*changes, equal_var=False).pvalue)


def test_few_units_and_nothing_changed_are_not_estimable() -> None:
    people, before, _, after, units = mixing(3)
    few = unit_ei_difference(people, before, people, after, units.assign(tandem=units["unit"] < 9))
    assert isinstance(few, NotEstimable)
    assert few.reason == module.TOO_FEW_UNITS
    same = unit_ei_difference(people, before, people, before, units)
    assert isinstance(same, NotEstimable)
    assert same.reason == module.ALL_ALIKE
