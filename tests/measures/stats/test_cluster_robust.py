"""People who belong together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from score_frames import flipped, shuffled, two_groups

from rmanalytics.measures.stats.cluster_robust import clustered_difference, fit_clustered
from rmanalytics.measures.stats.least_squares import fit_common_slope
from rmanalytics.results import Estimate, NotEstimable


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def two_rounds(n: int, n_comparison: int) -> pd.DataFrame:
    """Two rounds, the same people and so the same clusters in both."""
    rounds = [two_groups(n, n_comparison, seed=seed).assign(round_id=name) for seed, name in ((2, "a"), (12, "b"))]
    people = pd.concat(rounds, ignore_index=True)
    return people.assign(cluster_id=people["person_id"])


@pytest.mark.golden
def test_cr2_errors_and_degrees_of_freedom_equal_r() -> None:
    case, folder = golden("cluster_cr2_sleepstudy")
    data = pd.read_csv(folder / "data.csv")
    x = np.column_stack([np.ones(len(data)), data["Days"]])
    fit = fit_clustered(data["Reaction"].to_numpy(), x, pd.factorize(data["Subject"])[0], terms=["(Intercept)", "Days"])
    for i, term in enumerate(fit.terms):
        expected = case["expected"]["CR2"][term]
        assert close(case, fit.estimates[i], expected["est"])
        assert close(case, fit.errors[i], expected["se"])
        assert close(case, fit.df[i], expected["df_satt"])


def test_clusters_of_one_give_hc2() -> None:
    from statsmodels.regression.linear_model import OLS

    rng = np.random.default_rng(10)
    x = np.column_stack([np.ones(30), rng.normal(size=(30, 2))])
    y = x @ [1.0, 2, 3] + rng.normal(size=30) * (1 + np.abs(x[:, 1]))
    fit = fit_clustered(y, x, rng.permutation(30), terms=["a", "b", "c"])
    assert fit.errors == pytest.approx(OLS(y, x).fit(cov_type="HC2").bse, rel=1e-10)


def test_degrees_of_freedom_equal_the_definition_for_uneven_clusters() -> None:
    rng = np.random.default_rng(11)
    cluster = np.repeat(np.arange(12), rng.integers(1, 7, 12))
    n = cluster.size
    x = np.column_stack([np.ones(n), rng.normal(size=n), (cluster < 4).astype(float)])
    y = rng.normal(size=n) + rng.normal(size=12)[cluster]
    fit = fit_clustered(y, x, cluster, terms=["a", "b", "c"])
    m = np.linalg.inv(x.T @ x)
    leftover = np.eye(n) - x @ m @ x.T
    columns = []
    for g in range(12):
        rows = cluster == g
        values, vectors = np.linalg.eigh(leftover[np.ix_(rows, rows)])
        root = vectors @ np.diag([v**-0.5 if v > 1e-10 else 0 for v in values]) @ vectors.T
        columns.append(leftover[:, rows] @ root @ x[rows] @ m)
    for i in range(3):
        p = np.column_stack([c[:, i] for c in columns])
        gram = p.T @ p
        assert fit.df[i] == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum(), rel=1e-9)
        assert fit.errors[i] == pytest.approx(np.sqrt(_cr2(y, x, m, leftover, cluster, i)), rel=1e-9)


def _cr2(y, x, m, leftover, cluster, i) -> float:
    e, total = leftover @ y, 0.0
    for g in np.unique(cluster):
        rows = cluster == g
        values, vectors = np.linalg.eigh(leftover[np.ix_(rows, rows)])
        root = vectors @ np.diag([v**-0.5 if v > 1e-10 else 0 for v in values]) @ vectors.T
        total += float((m @ x[rows].T @ root @ e[rows])[i] ** 2)
    return total


def test_doubling_every_row_within_its_cluster_does_not_shrink_the_error() -> None:
    rng = np.random.default_rng(12)
    cluster = np.repeat(np.arange(15), 3)
    x = np.column_stack([np.ones(45), rng.normal(size=45)])
    y = rng.normal(size=45)
    one = fit_clustered(y, x, cluster, terms=["a", "b"])
    two = fit_clustered(np.tile(y, 2), np.tile(x, (2, 1)), np.tile(cluster, 2), terms=["a", "b"])
    assert two.errors == pytest.approx(one.errors)
    assert two.df == pytest.approx(one.df)


def test_one_round_without_shared_people_has_the_difference_of_the_adjusted_fit() -> None:
    table = two_groups(12, 15)
    fit = fit_common_slope(table, groups=["comparison", "participants"])
    assert fit is not None
    found = estimate(clustered_difference(table.assign(round_id="a", cluster_id=table["person_id"])))
    assert found.value == pytest.approx(fit.value("participants"))
    assert found.extra["se"] == pytest.approx(fit.se("participants"), rel=0.15)


def test_order_shift_and_names_do_what_they_should() -> None:
    table = two_rounds(12, 15)
    one = estimate(clustered_difference(table))
    other = estimate(clustered_difference(shuffled(table.assign(pre=table["pre"] + 7, post=table["post"] + 7))))
    assert (other.value, other.lo, other.hi) == pytest.approx((one.value, one.lo, one.hi))
    turned = estimate(clustered_difference(flipped(table)))
    assert (turned.value, turned.lo, turned.hi) == pytest.approx((-one.value, -one.hi, -one.lo))


def test_a_difference_between_rounds_is_not_taken_for_the_programme() -> None:
    table = two_rounds(12, 15)
    later = table["round_id"] == "b"
    moved = table.assign(post=table["post"] + 5 * later)
    assert estimate(clustered_difference(moved)).value == pytest.approx(estimate(clustered_difference(table)).value)


def test_incomplete_rows_are_counted() -> None:
    table = two_rounds(12, 15)
    table.loc[[0, 1], "post"] = np.nan
    found = estimate(clustered_difference(table))
    assert (found.n, found.n_comparator, found.n_excluded) == (22, 30, 2)
    assert (found.extra["clusters"], found.extra["rounds"]) == (27, 2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t[t["group"] == "participants"], "complete pairs in one group only"),
        (lambda t: t[(t["group"] == "comparison") | (t.index < 5)], "fewer than 6 complete pairs in one of the groups"),
        (lambda t: t.assign(cluster_id=t["round_id"]), "fewer than 10 clusters of people who belong together"),
        (lambda t: t.assign(pre=3.0), "the groups, rounds and scores before do not determine the difference"),
        (lambda t: t.assign(post=t["pre"]), "the scores before, the round and the group determine every score after"),
    ],
)
def test_what_has_no_answer_says_why(change, reason: str) -> None:
    result = clustered_difference(change(two_rounds(12, 15)))
    assert isinstance(result, NotEstimable)
    assert result.because == reason


def test_a_person_twice_in_a_round_or_without_cluster_is_refused() -> None:
    table = two_rounds(12, 15)
    with pytest.raises(ValueError, match="more than one row"):
        clustered_difference(pd.concat([table, table.head(1)]))
    with pytest.raises(ValueError, match="cluster"):
        clustered_difference(table.assign(cluster_id=None))
