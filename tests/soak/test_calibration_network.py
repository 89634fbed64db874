"""Type I error of the network tests in companies whose programme changes nothing, with tandem ties present.

Each test runs in a short form in every run and, for companies of three shapes (generations that keep to themselves;
units with friends of friends; people with very different numbers of ties), in a long form in ``make soak``. Where the
tandem ties are counted the programme must seem to work, which is why they are taken out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
from soak.bands import CAUTIOUS, COVERAGE, TYPE_I
from soak.network_worlds import SHAPES, World, world

from rmanalytics.measures.network.change import ei_change, tie_difference
from rmanalytics.measures.network.ei_index import ei_index
from rmanalytics.measures.network.ei_within_strata import ei_within_strata
from rmanalytics.measures.network.nulls.degree_null import ei_degree_null
from rmanalytics.measures.network.qap import dyad_table, mrqap, qap_correlation
from rmanalytics.measures.network.segregation import numeric_assortativity
from rmanalytics.measures.network.spillover import neighbour_difference
from rmanalytics.measures.network.ties import tie_counts, without_pairs
from rmanalytics.results import Curve, Estimate, Result

FAMILY = "The bridge: ties of generations"
SHORT, LONG, LONG_DEAR = 30, 3000, 1500
COMPANY = "150 people, 350 ties, 34 tandems"
NARROW = "no: narrow"
FEW_PEOPLE = (
    "how far people differ is not known well from so few, which Student's t makes up for in part; where they do not "
    "differ the variance is at least that of independent pairs."
)
INDEPENDENT_AT_LEAST = (
    "the variance is at least that of independent pairs, and what two waves share makes their change vary less."
)
MANY_AND_FEW_TIES = (
    "people with many ties and with few change differently; the spread within both groups includes that, while the "
    "difference has what is expected of it taken off."
)
LEVEL = 0.05
Note = Callable[..., None]


def shapes(long: int) -> list[object]:
    short = [pytest.param("homophilous", SHORT, id="short")]
    return short + [pytest.param(shape, long, id=f"long-{shape}", marks=pytest.mark.soak) for shape in SHAPES]


def repeats(long: int) -> list[object]:
    return [pytest.param(SHORT, id="short"), pytest.param(long, marks=pytest.mark.soak, id="long")]


def estimate(result: Result) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def rejects(result: Result) -> bool:
    p = estimate(result).p_value
    assert p is not None
    return p <= LEVEL


def holds(result: Estimate, truth: float) -> bool:
    return result.lo is not None and result.hi is not None and result.lo <= truth <= result.hi


def indifferent(rng: np.random.Generator, shape: str) -> World:
    return world(rng, shape=shape, labels_matter=False)


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG))
def test_the_label_test_of_the_index_keeps_its_level_when_generations_do_not_matter(
    calibrated: Note, shape: str, runs: int
) -> None:
    rejected = []
    for seed in range(runs):
        rng = np.random.default_rng([401, seed])
        company = indifferent(rng, shape)
        people = company.people.assign(generation=rng.permutation(company.people["generation"].to_numpy()))
        rejected.append(rejects(ei_index(people, company.before, rng=rng, seed=seed, draws=399, bootstrap_draws=0)))
    design = f"{COMPANY}, {shape}, generations at random"
    calibrated(rejected, measure="ei_index", quantity=TYPE_I, design=design, at_best=True)


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG))
def test_the_test_within_units_keeps_its_level_where_units_differ_and_the_free_one_does_not(
    calibrated: Note, shape: str, runs: int
) -> None:
    within, freely = [], []
    for seed in range(runs):
        rng = np.random.default_rng([402, seed])
        company = indifferent(rng, shape)
        share = rng.permutation(np.linspace(0.0, 1.0, int(company.units.max()) + 1))[company.units]
        people = company.people.assign(
            generation=np.where(rng.random(len(share)) < share, "young", "old"),
            stratum=[f"u{unit}" for unit in company.units],
        )
        within.append(rejects(ei_within_strata(people, company.before, rng=rng, seed=seed, draws=399)))
        freely.append(rejects(ei_index(people, company.before, rng=rng, seed=seed, draws=199, bootstrap_draws=0)))
    design = f"{COMPANY}, {shape}, generations by unit"
    calibrated(within, measure="ei_within_strata", quantity=TYPE_I, design=design, at_best=True)
    if shape == "clustered":
        assert np.mean(freely) > 0.3


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG_DEAR))
def test_the_degree_test_keeps_its_level_where_generations_have_unlike_numbers_of_ties(
    calibrated: Note, shape: str, runs: int
) -> None:
    """The old have more ties; who names whom looks at nobody's generation."""
    rejected = []
    for seed in range(runs):
        rng = np.random.default_rng([403, seed])
        company = indifferent(rng, shape)
        counts = tie_counts(company.people, company.before)
        score = counts["out_n"] + counts["in_n"] + rng.normal(0, 2, len(counts))
        people = counts[["person_id"]].assign(generation=np.where(score > score.median(), "old", "young"))
        rejected.append(rejects(ei_degree_null(people, company.before, rng=rng, seed=seed, draws=59)))
    design = f"{COMPANY}, {shape}, the busy are the old"
    calibrated(rejected, measure="ei_degree_null", quantity=TYPE_I, design=design, at_best=True)


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG_DEAR))
@pytest.mark.parametrize("people_n", [34, 150])
def test_the_interval_of_the_index_holds_the_mean_of_many_such_companies(
    calibrated: Note, shape: str, runs: int, people_n: int
) -> None:
    results = []
    for seed in range(runs):
        rng = np.random.default_rng([404, people_n, seed])
        company = world(rng, shape=shape, people_n=people_n, ties_n=round(7 * people_n / 3), tandems_n=people_n // 5)
        results.append(
            estimate(ei_index(company.people, company.before, rng=rng, seed=seed, draws=1, bootstrap_draws=0))
        )
    truth = float(np.mean([result.value for result in results]))
    calibrated(
        [holds(result, truth) for result in results if result.lo is not None],
        measure="ei_index",
        quantity=COVERAGE,
        design=f"{people_n} people, {round(7 * people_n / 3)} ties, {shape}",
        allowed=CAUTIOUS if (shape, people_n) == ("clustered", 34) else NARROW,
        note=FEW_PEOPLE,
    )


@cache
def changes_of_mixing(shape: str, runs: int) -> tuple[Estimate, ...]:
    """Nothing changed, and the tandem ties are taken out of both waves."""
    found = []
    for seed in range(runs):
        company = world(np.random.default_rng([405, seed]), shape=shape)
        found.append(change_of_mixing(company, without_pairs(company.after, company.tandems), seed=seed))
    return tuple(found)


def change_of_mixing(company: World, after: pd.DataFrame, *, seed: int) -> Estimate:
    before = without_pairs(company.before, company.tandems)
    rng = np.random.default_rng(seed)
    return estimate(ei_change(company.people, before, company.people, after, rng=rng, seed=seed, draws=0))


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG))
def test_without_the_tandem_ties_a_programme_that_changes_nothing_changes_nothing(
    calibrated: Note, shape: str, runs: int
) -> None:
    results = changes_of_mixing(shape, runs)
    about = {"measure": "ei_change", "design": f"{COMPANY} taken out, {shape}, three ties in five stay"}
    about |= {"allowed": CAUTIOUS, "note": INDEPENDENT_AT_LEAST}
    calibrated([rejects(result) for result in results], quantity=TYPE_I, **about)
    calibrated([holds(result, 0.0) for result in results], quantity=COVERAGE, **about)


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG))
def test_the_standard_error_of_the_change_is_the_spread_of_the_changes(shape: str, runs: int) -> None:
    results = changes_of_mixing(shape, runs)
    spread = np.std([result.value for result in results])
    assert np.mean([result.extra["se"] for result in results]) == pytest.approx(spread, rel=0.1 + 4 / np.sqrt(2 * runs))


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG_DEAR))
def test_counting_the_tandem_ties_makes_a_programme_that_changes_nothing_seem_to_work(shape: str, runs: int) -> None:
    results = []
    for seed in range(runs):
        company = world(np.random.default_rng([406, seed]), shape=shape)
        results.append(change_of_mixing(company, company.after_with_tandems, seed=seed))
    assert np.mean([result.value for result in results]) > 0.1
    assert np.mean([rejects(result) for result in results]) > 0.5


def cross_changes(company: World, after: pd.DataFrame, *, imposed_out: bool) -> pd.DataFrame:
    first, second = company.before, after
    if imposed_out:
        first, second = without_pairs(first, company.tandems), without_pairs(second, company.tandems)
    counts = [tie_counts(company.people, ties).set_index("person_id")["cross_n"] for ties in (first, second)]
    mentors = company.people["person_id"].isin(company.tandems["source_id"])
    young = company.people["generation"] == "young"
    changes = company.people.loc[young, ["person_id"]].assign(
        group=np.where(mentors[young], "participants", "comparison"),
        pre=lambda frame: frame["person_id"].map(counts[0]),
        post=lambda frame: frame["person_id"].map(counts[1]),
    )
    return changes.reset_index(drop=True)


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG))
@pytest.mark.parametrize("imposed_out", [True, False], ids=["tandem ties out", "tandem ties counted"])
def test_mentors_gain_no_ties_beyond_the_tandem_and_seem_to_where_it_is_counted(
    calibrated: Note, shape: str, runs: int, *, imposed_out: bool
) -> None:
    rejected = []
    for seed in range(runs if imposed_out else min(runs, LONG_DEAR)):
        rng = np.random.default_rng([407, seed])
        company = world(rng, shape=shape)
        changes = cross_changes(company, company.after_with_tandems, imposed_out=imposed_out)
        rejected.append(rejects(tie_difference(changes, rng=rng, seed=seed, draws=399)))
    if imposed_out:
        design = f"{COMPANY} taken out, {shape}, mentors against other juniors"
        calibrated(rejected, measure="tie_difference", quantity=TYPE_I, design=design, at_best=True)
    else:
        assert np.mean(rejected) > (0.2 if shape == "skewed" else 0.5)


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG_DEAR))
def test_neighbours_of_participants_gain_no_ties_where_the_programme_changes_nothing(
    calibrated: Note, shape: str, runs: int
) -> None:
    results = []
    for seed in range(runs):
        rng = np.random.default_rng([408, seed])
        company = world(rng, shape=shape, people_n=300, ties_n=500, tandems_n=20)
        before, after = (without_pairs(ties, company.tandems) for ties in (company.before, company.after_with_tandems))
        people, near = company.people, company.participants
        results.append(
            estimate(neighbour_difference(people, before, people, after, near, rng=rng, seed=seed, draws=199))
        )
    about = {"measure": "neighbour_difference", "design": f"300 people, 500 ties, 20 tandems taken out, {shape}"}
    calibrated([rejects(result) for result in results], quantity=TYPE_I, **about)
    about |= {"allowed": CAUTIOUS, "note": MANY_AND_FEW_TIES}
    calibrated([holds(result, 0.0) for result in results], quantity=COVERAGE, **about)


@pytest.mark.parametrize("runs", repeats(LONG))
def test_mrqap_and_qap_keep_their_level_where_people_differ_and_ordinary_regression_does_not(
    calibrated: Note, runs: int
) -> None:
    regression, correlation, ordinary = [], [], []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        n = 20
        people = pd.DataFrame({"person_id": np.arange(n), "generation": "x"})
        table = dyad_table(people, pd.DataFrame({"source_id": [0], "target_id": [1]}))
        for column in ("outcome", "predictor"):
            of_person = rng.normal(size=(2, n))
            table[column] = (
                of_person[0][table["source_id"]] + of_person[1][table["target_id"]] + rng.normal(size=len(table))
            )
        curve = mrqap(table, outcome="outcome", predictors=["predictor"], rng=rng, seed=seed, draws=199)
        assert isinstance(curve, Curve)
        regression.append(curve.points["p_value"].tolist()[1] <= LEVEL)
        correlation.append(
            rejects(qap_correlation(table, outcome="outcome", predictor="predictor", rng=rng, seed=seed, draws=199))
        )
        ordinary.append(abs(curve.points["t"].tolist()[1]) > 1.966)
    about = {"quantity": TYPE_I, "design": "20 people who differ", "at_best": True}
    calibrated(regression, measure="mrqap", **about)
    calibrated(correlation, measure="qap_correlation", **about)
    assert np.mean(ordinary) > 0.2


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG_DEAR))
def test_mrqap_finds_no_preference_in_networks_where_generations_do_not_matter(
    calibrated: Note, shape: str, runs: int
) -> None:
    rejected = []
    for seed in range(runs):
        rng = np.random.default_rng([409, seed])
        company = world(rng, shape=shape, people_n=34, ties_n=120, tandems_n=6, labels_matter=False)
        people = company.people.assign(generation=rng.permutation(company.people["generation"].to_numpy()))
        table = dyad_table(people, company.before)
        curve = mrqap(table, outcome="tie", predictors=["same_generation"], rng=rng, seed=seed, draws=199)
        assert isinstance(curve, Curve)
        rejected.append(curve.points["p_value"].tolist()[1] <= LEVEL)
    calibrated(
        rejected,
        measure="mrqap",
        quantity=TYPE_I,
        design=f"34 people, 120 ties, {shape}, generations at random",
        at_best=True,
    )


@pytest.mark.parametrize(("shape", "runs"), shapes(LONG_DEAR))
def test_likeness_of_age_keeps_its_level_where_ages_fall_at_random(calibrated: Note, shape: str, runs: int) -> None:
    rejected = []
    for seed in range(runs):
        rng = np.random.default_rng([410, seed])
        company = indifferent(rng, shape)
        people = company.people[["person_id"]].assign(value=rng.gamma(4, 5, len(company.people)) + 20)
        rejected.append(rejects(numeric_assortativity(people, company.before, rng=rng, seed=seed, draws=399)))
    about = {"quantity": TYPE_I, "design": f"{COMPANY}, {shape}, ages at random", "at_best": True}
    calibrated(rejected, measure="numeric_assortativity", **about)
