"""Growth of a series of pulses or follow-ups: a line of each person."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from scipy.stats import ttest_1samp
from score_frames import shuffled

from rmanalytics.measures.stats.mixed_model import fit_random_intercept
from rmanalytics.measures.stats.random_slope import fit_random_slope, mean_slope
from rmanalytics.results import Estimate, NotEstimable

ORTHOGONAL = np.array([0.1, -0.3, 0.3, -0.1])
"""What a straight line through four equally spaced times cannot reach."""


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def series(n: int, times: int, *, seed: int = 4, sd_slope: float = 0.3, gaps: float = 0.0) -> pd.DataFrame:
    """Scores of n people at equally spaced times, some of them missing."""
    rng = np.random.default_rng(seed)
    person, time = np.repeat(np.arange(n), times), np.tile(np.arange(float(times)), n)
    score = 3 + rng.normal(0, 0.6, n)[person] + (0.2 + rng.normal(0, sd_slope, n)[person]) * time
    score += rng.normal(0, 0.4, n * times)
    score[(rng.random(n * times) < gaps) & (time > 0)] = np.nan
    return pd.DataFrame({"person_id": [f"p{i}" for i in person], "time": time, "score": score})


def arrays(scores: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    seen = scores.dropna()
    time = seen["time"].to_numpy()
    x = np.column_stack([np.ones(len(seen)), time])
    return seen["score"].to_numpy(), x, time, pd.factorize(seen["person_id"])[0]


def kenward_roger(x: np.ndarray, parts: list[np.ndarray], variances: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Errors and degrees of freedom as the paper writes them, with whole matrices; V = Σ variance × part."""
    inverse = np.linalg.inv(sum(part * v for part, v in zip(parts, variances, strict=True)))
    c = np.linalg.inv(x.T @ inverse @ x)
    p = np.array([-x.T @ inverse @ a @ inverse @ x for a in parts])
    q = np.array([[x.T @ inverse @ a @ inverse @ b @ inverse @ x for b in parts] for a in parts])
    k = range(len(parts))

    def information(i: int, j: int) -> float:
        both = np.trace(inverse @ parts[i] @ inverse @ parts[j])
        return float(both - 2 * np.trace(c @ q[i, j]) + np.trace(c @ p[i] @ c @ p[j]))

    w = 2 * np.linalg.inv([[information(i, j) for j in k] for i in k])
    bend = sum(w[i, j] * (q[i, j] - p[i] @ c @ p[j]) for i in k for j in k)
    gradient = np.array([np.diag(c @ one @ c) for one in p])
    df = 2 * np.diag(c) ** 2 / np.einsum("ap,ab,bp->p", gradient, w, gradient)
    return np.sqrt(np.diag(c + 2 * c @ bend @ c)), df


@pytest.mark.golden
def test_kenward_and_roger_as_written_in_this_test_equal_r() -> None:
    case, folder = golden("did_mixed_sai_salt")
    data = pd.read_csv(folder / "data.csv").dropna()
    post, inside = (data["time"] == 2).to_numpy(float), (data["group"] == "caffeine").to_numpy(float)
    x, person = np.column_stack([np.ones(len(data)), post, inside, post * inside]), pd.factorize(data["id"])[0]
    fit = fit_random_intercept(data["y"].to_numpy(), x, person, terms=[*"abcd"])
    same = (person[:, None] == person[None, :]).astype(float)
    errors, df = kenward_roger(x, [same, np.eye(len(x))], [fit.var_person, fit.var_residual])
    expected = case["expected"]["kenward_roger"].values()
    assert all(close(case, found, term["se"]) for found, term in zip(errors, expected, strict=True))
    assert all(close(case, found, term["df"]) for found, term in zip(df, expected, strict=True))


@pytest.mark.parametrize(("seed", "sd_slope", "rank"), [(8, 0.3, 2), (9, 0.3, 2), (2, 0.05, 1)])
def test_kenward_and_roger_equal_those_of_whole_matrices(seed: int, sd_slope: float, rank: int) -> None:
    table = series(15, 4, seed=seed, sd_slope=sd_slope, gaps=0.3)
    y, x, time, person = arrays(table)
    fit = fit_random_slope(y, x, time, person, terms=["a", "b"])
    same = (person[:, None] == person[None, :]).astype(float)
    parts = [same, same * (time[:, None] + time[None, :]), same * np.outer(time, time), np.eye(y.size)]
    errors, df = kenward_roger(x, parts, [fit.var_intercept, fit.cov, fit.var_slope, fit.var_residual])
    assert fit.rank == rank
    assert fit.errors_kr == pytest.approx(errors, rel=1e-6)
    assert fit.df_kr == pytest.approx(df, rel=1e-6)
    found = estimate(mean_slope(table))
    assert (found.extra["se_kr"], found.extra["df_kr"]) == pytest.approx((errors[1], df[1]), rel=1e-6)


@pytest.mark.golden
def test_lines_of_the_sleep_study_equal_r() -> None:
    case, folder = golden("mixed_sleepstudy")
    data, expected = pd.read_csv(folder / "data.csv"), case["expected"]
    found = estimate(mean_slope(data.rename(columns={"Subject": "person_id", "Days": "time", "Reaction": "score"})))
    values = {
        "intercept": found.extra["intercept"],
        "intercept_se_kr": found.extra["intercept_se"],
        "days": found.value,
        "days_se_kr": found.extra["se_kr"],
        "days_df_kr": found.extra["df_kr"],
        "days_p_kr": found.extra["p_kr"],
        "var_intercept": found.extra["var_intercept"],
        "var_slope": found.extra["var_slope"],
        "cov": found.extra["cov"],
        "var_resid": found.extra["var_residual"],
        "reml_criterion": found.extra["reml_criterion"],
    }
    assert [key for key, value in values.items() if not close(case, value, expected[key])] == []
    assert set(expected) - set(values) == {"random_intercept_only"}
    satterthwaite = (found.extra["se"], found.extra["df"], found.p_value)
    keys = ("days_se_kr", "days_df_kr", "days_p_kr")
    assert satterthwaite == pytest.approx([expected[key] for key in keys], rel=1e-4)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_unbalanced_lines_equal_the_statistics_library(seed: int) -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    y, x, time, person = arrays(series(40, 5, seed=seed, gaps=0.4))
    ours = fit_random_slope(y, x, time, person, terms=["a", "b"])
    theirs = MixedLM(y, x, groups=person, exog_re=x).fit(reml=True)
    assert ours.rank == 2
    assert ours.estimates == pytest.approx(theirs.fe_params, rel=1e-4)
    assert ours.errors == pytest.approx(theirs.bse_fe, rel=0.02)  # theirs also carry the variances' uncertainty
    between = [ours.var_intercept, ours.cov, ours.var_slope]
    assert between == pytest.approx(theirs.cov_re[np.triu_indices(2)], rel=2e-3, abs=1e-4)
    assert ours.var_residual == pytest.approx(theirs.scale, rel=1e-3)
    assert ours.reml_criterion == pytest.approx(-2 * theirs.llf, rel=1e-6)
    assert ours.reml_criterion <= -2 * theirs.llf + 1e-8


@pytest.mark.parametrize("seed", [1, 8, 9])
def test_errors_and_degrees_of_freedom_equal_those_of_whole_matrices(seed: int) -> None:
    y, x, time, person = arrays(series(15, 4, seed=seed, gaps=0.3))
    fit = fit_random_slope(y, x, time, person, terms=["a", "b"])
    same = (person[:, None] == person[None, :]).astype(float)
    parts = [same, same * (time[:, None] + time[None, :]), same * np.outer(time, time), np.eye(y.size)]
    variances = [fit.var_intercept, fit.cov, fit.var_slope, fit.var_residual]
    inverse = np.linalg.inv(sum(part * v for part, v in zip(parts, variances, strict=True)))
    c = np.linalg.inv(x.T @ inverse @ x)
    assert fit.rank == 2
    assert fit.estimates == pytest.approx(c @ x.T @ inverse @ y, rel=1e-8)
    assert fit.errors == pytest.approx(np.sqrt(np.diag(c)), rel=1e-8)
    p = inverse - inverse @ x @ c @ x.T @ inverse
    score = [float(y @ p @ part @ p @ y - np.trace(p @ part)) for part in parts]
    assert score == pytest.approx([0, 0, 0, 0], abs=1e-5)
    observed = np.array([[y @ p @ a @ p @ b @ p @ y - np.trace(p @ a @ p @ b) / 2 for b in parts] for a in parts])
    gradient = np.array([np.diag(c @ x.T @ inverse @ part @ inverse @ x @ c) for part in parts])
    df = 2 * np.diag(c) ** 2 / np.einsum("ip,ij,jp->p", gradient, np.linalg.inv(observed), gradient)
    assert fit.df == pytest.approx(df, rel=1e-4)


def test_without_gaps_it_is_the_t_test_of_the_slopes_of_the_people() -> None:
    table = series(12, 5)
    slopes = [np.polyfit(part["time"], part["score"], 1)[0] for _, part in table.groupby("person_id")]
    test = ttest_1samp(slopes, 0)
    found = estimate(mean_slope(table))
    assert found.extra["rank"] == 2
    assert found.value == pytest.approx(np.mean(slopes))
    assert found.value / found.extra["se"] == pytest.approx(test.statistic, rel=1e-7)
    assert found.extra["df"] == pytest.approx(11, rel=1e-4)
    assert found.p_value == pytest.approx(test.pvalue, rel=1e-4)


def test_people_alike_in_level_and_slope_give_least_squares() -> None:
    time = np.tile(np.arange(4.0), 8)
    y = 1 + 2 * time + np.tile(ORTHOGONAL, 8) * np.repeat([1, -1] * 4, 4)
    table = pd.DataFrame({"person_id": np.repeat(np.arange(8), 4), "time": time, "score": y})
    found = estimate(mean_slope(table))
    assert (found.extra["rank"], found.extra["df"]) == (0, 30)
    assert (found.extra["var_intercept"], found.extra["var_slope"], found.extra["cov"]) == (0, 0, 0)
    assert found.value == pytest.approx(2)
    assert found.extra["se"] == pytest.approx(np.sqrt(8 * 0.2 / 30 / (8 * 5)))
    assert "singular" in found.method


def test_people_alike_in_slope_only_lie_at_the_boundary_which_the_method_says() -> None:
    person, time = np.repeat(np.arange(8), 4), np.tile(np.arange(4.0), 8)
    y = person % 5 + 2 * time + np.tile(ORTHOGONAL, 8) * np.repeat([1, -1] * 4, 4)
    found = estimate(mean_slope(pd.DataFrame({"person_id": person, "time": time, "score": y})))
    assert found.extra["rank"] == 1
    assert found.extra["cov"] ** 2 == pytest.approx(found.extra["var_intercept"] * found.extra["var_slope"])
    assert found.value == pytest.approx(2)
    assert "singular" in found.method
    assert "singular" not in estimate(mean_slope(series(12, 5))).method


def test_the_likelihood_is_never_below_that_of_fewer_variances() -> None:
    for seed in range(6):
        y, x, time, person = arrays(series(10, 4, seed=seed, sd_slope=0.1 * (seed % 3), gaps=0.3))
        slopes = fit_random_slope(y, x, time, person, terms=["a", "b"])
        levels = fit_random_intercept(y, x, person, terms=["a", "b"])
        assert slopes.reml_criterion <= -2 * levels.log_likelihood + 1e-8


def test_a_design_with_more_terms_than_the_line_is_fitted() -> None:
    y, x, time, person = arrays(series(20, 4, gaps=0.2))
    inside = (person % 2).astype(float)
    wide = np.column_stack([x, inside, inside * time])
    fit = fit_random_slope(y, wide, time, person, terms=["a", "b", "c", "d"])
    turned = fit_random_slope(y, np.column_stack([x, 1 - inside, (1 - inside) * time]), time, person, terms=[*"abcd"])
    assert turned.estimates[3] == pytest.approx(-fit.estimates[3], rel=1e-7)
    assert turned.errors[3] == pytest.approx(fit.errors[3], rel=1e-7)
    assert turned.df[3] == pytest.approx(fit.df[3], rel=1e-4)
    assert fit.terms == ("a", "b", "c", "d")


def test_order_shift_and_scale_do_what_they_should() -> None:
    table = series(15, 4, gaps=0.3)
    one = estimate(mean_slope(table))

    def same(other: Estimate, factor: float) -> None:
        expected = (one.value * factor, (one.lo or 0) * factor, (one.hi or 0) * factor)
        assert (other.value, other.lo, other.hi) == pytest.approx(expected, rel=1e-5)
        assert other.p_value == pytest.approx(one.p_value, rel=1e-4)

    reordered = estimate(mean_slope(shuffled(table)))
    assert (reordered.value, reordered.extra) == (one.value, one.extra)
    same(estimate(mean_slope(table.assign(score=table["score"] + 1000))), 1)
    same(estimate(mean_slope(table.assign(score=table["score"] * 10))), 10)
    later = estimate(mean_slope(table.assign(time=table["time"] + 500)))
    same(later, 1)
    assert later.extra["var_slope"] == pytest.approx(one.extra["var_slope"], rel=1e-5)
    assert later.extra["reml_criterion"] == pytest.approx(one.extra["reml_criterion"])
    months = estimate(mean_slope(table.assign(time=table["time"] * 12)))
    same(months, 1 / 12)
    assert months.extra["var_intercept"] == pytest.approx(one.extra["var_intercept"], rel=1e-5)


def test_people_with_one_score_count_and_those_without_any_are_excluded() -> None:
    table = series(12, 4)
    table.loc[(table["person_id"] == "p0") & (table["time"] > 0), "score"] = np.nan
    table.loc[table["person_id"] == "p1", "score"] = np.nan
    before = table.copy()
    found = estimate(mean_slope(table))
    assert (found.n, found.n_excluded, found.excluded_reason) == (11, 1, "without any score")
    assert (found.extra["scores_n"], found.extra["series_n"]) == (41, 10)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t.head(0), "fewer than 6 people with three or more scores"),
        (lambda t: t[t["person_id"] < "p5"], "fewer than 6 people with three or more scores"),
        (lambda t: t[t["time"] < 2], "fewer than 6 people with three or more scores"),
        (lambda t: t.assign(score=np.nan), "fewer than 6 people with three or more scores"),
        (lambda t: t.assign(score=4.0), "a straight line of each person determines every score"),
        (lambda t: t.assign(score=4 + t["time"] / 3), "a straight line of each person determines every score"),
    ],
)
def test_what_has_no_answer_says_why(change, reason: str) -> None:
    result = mean_slope(change(series(9, 4)))
    assert isinstance(result, NotEstimable)
    assert result.because == reason


def test_a_time_twice_or_missing_and_a_single_time_are_refused() -> None:
    table = series(9, 4)
    with pytest.raises(ValueError, match="more than one row"):
        mean_slope(pd.concat([table, table.head(1)]))
    with pytest.raises(ValueError, match="without its unit"):
        mean_slope(table.assign(time=table["time"].where(table["time"] > 0)))
    with pytest.raises(ValueError, match="same time"):
        fit_random_slope(np.arange(3.0), np.ones((3, 1)), np.ones(3), np.arange(3), terms=["a"])
