"""People who belong together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.measures.stats.cluster_robust import fit_clustered


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
