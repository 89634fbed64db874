"""People measured at several waves, some of them not at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from scipy.stats import ttest_ind
from score_frames import flipped, shuffled, two_groups

from rmanalytics.measures.stats.mixed_model import fit_random_intercept, mixed_difference
from rmanalytics.results import Estimate, NotEstimable


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


@pytest.mark.golden
def test_difference_in_differences_equals_r() -> None:
    case, folder = golden("did_mixed_sai_salt")
    data, expected = pd.read_csv(folder / "data.csv"), case["expected"]
    wide = data.set_index(["id", "group", "time"])["y"].unstack("time").reset_index()  # noqa: PD010
    wide = wide.rename(columns={"id": "person_id", 1: "pre", 2: "post"})
    wide["group"] = wide["group"].map({"caffeine": "participants", "placebo": "comparison"})
    found = estimate(mixed_difference(wide))
    term = expected["satterthwaite"]["time2:groupcaffeine"]
    values = {"est": found.value, "se": found.extra["se"], "df": found.extra["df"], "p": found.p_value}
    assert all(close(case, value, term[key]) for key, value in values.items())
    assert found.n + (found.n_comparator or 0) == expected["n_id"]
    assert close(case, found.extra["var_person"], expected["var_id"])
    assert close(case, found.extra["var_residual"], expected["var_resid"])
    assert close(case, found.extra["icc"], expected["icc"])
    target = expected["kenward_roger"]["time2:groupcaffeine"]
    assert found.p_value == pytest.approx(target["p"], abs=1e-3)
    assert found.extra["df"] == pytest.approx(target["df"], rel=0.01)


@pytest.mark.golden
def test_every_term_and_the_likelihood_equal_r() -> None:
    case, folder = golden("did_mixed_sai_salt")
    data = pd.read_csv(folder / "data.csv").dropna()
    post, inside = (data["time"] == 2).to_numpy(float), (data["group"] == "caffeine").to_numpy(float)
    x = np.column_stack([np.ones(len(data)), post, inside, post * inside])
    terms = ["(Intercept)", "time2", "groupcaffeine", "time2:groupcaffeine"]
    fit = fit_random_intercept(data["y"].to_numpy(), x, pd.factorize(data["id"])[0], terms=terms)
    for i, name in enumerate(terms):
        term = case["expected"]["satterthwaite"][name]
        for found, key in ((fit.estimates[i], "est"), (fit.errors[i], "se"), (fit.df[i], "df")):
            assert close(case, found, term[key])
    assert close(case, fit.log_likelihood, case["expected"]["reml_loglik"])


@pytest.mark.golden
def test_random_intercept_of_the_sleep_study_equals_r() -> None:
    case, folder = golden("mixed_sleepstudy")
    data, expected = pd.read_csv(folder / "data.csv"), case["expected"]["random_intercept_only"]
    x = np.column_stack([np.ones(len(data)), data["Days"]])
    fit = fit_random_intercept(data["Reaction"].to_numpy(), x, pd.factorize(data["Subject"])[0], terms=["a", "days"])
    found = {
        "days": fit.estimates[1],
        "se": fit.errors[1],
        "df": fit.df[1],
        "var_id": fit.var_person,
        "var_resid": fit.var_residual,
    }
    assert all(close(case, value, expected[key]) for key, value in found.items())


def test_complete_pairs_give_the_pooled_t_test_of_the_changes() -> None:
    table = two_groups(12, 15)
    gains = [part["post"] - part["pre"] for _, part in table.groupby("group")]
    test = ttest_ind(gains[1], gains[0])
    found = estimate(mixed_difference(table))
    assert found.value == pytest.approx(gains[1].mean() - gains[0].mean())
    assert found.value / found.extra["se"] == pytest.approx(test.statistic, rel=1e-6)
    assert found.extra["df"] == pytest.approx(25, rel=1e-4)
    assert found.p_value == pytest.approx(test.pvalue, rel=1e-4)


def test_the_fit_equals_the_statistics_library() -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    rng = np.random.default_rng(13)
    person = np.repeat(np.arange(30), rng.integers(1, 4, 30))
    x = np.column_stack([np.ones(person.size), rng.normal(size=person.size)])
    y = 2 + x[:, 1] + rng.normal(size=30)[person] + rng.normal(size=person.size)
    ours = fit_random_intercept(y, x, person, terms=["a", "b"])
    theirs = MixedLM(y, x, groups=person).fit(reml=True)
    assert ours.estimates == pytest.approx(theirs.fe_params, rel=1e-4)
    assert ours.var_person == pytest.approx(theirs.cov_re.item(), rel=1e-3)
    assert ours.var_residual == pytest.approx(theirs.scale, rel=1e-3)
    assert ours.log_likelihood == pytest.approx(theirs.llf, rel=1e-6)
    same = person[:, None] == person[None, :]
    v = ours.var_residual * np.eye(person.size) + ours.var_person * same
    assert ours.errors == pytest.approx(np.sqrt(np.diag(np.linalg.inv(x.T @ np.linalg.solve(v, x)))), rel=1e-9)


def test_people_with_one_score_are_used_and_move_the_result() -> None:
    table = two_groups(20, 20)
    table.loc[:4, "post"] = np.nan
    table.loc[30:32, "pre"] = np.nan
    found = estimate(mixed_difference(table))
    assert (found.n, found.n_comparator, found.n_excluded, found.extra["complete_n"]) == (20, 20, 0, 32)
    complete = estimate(mixed_difference(table.dropna()))
    assert found.value != pytest.approx(complete.value, abs=1e-6)


def test_scores_that_move_against_each_other_keep_the_t_test_of_the_changes() -> None:
    """Cut at zero, the covariance made the interval too narrow: 11 of 100 rejected at −.6; now 3 of 100 (SE 1)."""
    table = two_groups(12, 12, seed=20)
    rng = np.random.default_rng(14)
    opposed = table.assign(pre=3 + rng.normal(size=24))
    opposed["post"] = 6 - 0.6 * opposed["pre"] + 0.8 * rng.normal(size=24)
    found = estimate(mixed_difference(opposed))
    assert found.extra["var_person"] < 0
    change = (opposed["post"] - opposed["pre"]).to_numpy()
    inside = (opposed["group"] == "participants").to_numpy()
    pooled = ttest_ind(change[inside], change[~inside])
    assert found.p_value == pytest.approx(pooled.pvalue, rel=1e-5)
    assert found.extra["df"] == pytest.approx(22, rel=1e-3)


def test_order_shift_and_names_do_what_they_should() -> None:
    table = two_groups(12, 15)
    table.loc[0, "post"] = np.nan
    one = estimate(mixed_difference(table))
    other = estimate(mixed_difference(shuffled(table.assign(pre=table["pre"] + 7, post=table["post"] + 7))))
    assert (other.value, other.lo, other.hi) == pytest.approx((one.value, one.lo, one.hi), rel=1e-5)
    turned = estimate(mixed_difference(flipped(table)))
    assert (turned.value, turned.lo, turned.hi) == pytest.approx((-one.value, -one.hi, -one.lo), rel=1e-5)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t[t["group"] == "participants"], "fewer than 6 people of a group at one of the waves"),
        (lambda t: t.assign(post=t["post"].where(t.index > 7)), "fewer than 6 people of a group at one of the waves"),
        (lambda t: t.assign(post=t["pre"] + 1), "the person, the wave and the group determine every score"),
    ],
)
def test_what_has_no_answer_says_why(change, reason: str) -> None:
    result = mixed_difference(change(two_groups(12, 15)))
    assert isinstance(result, NotEstimable)
    assert result.because == reason


def test_nobody_measured_twice_is_not_estimable() -> None:
    table = two_groups(14, 14)
    half = table.index % 2 == 0
    result = mixed_difference(table.assign(pre=table["pre"].where(half), post=table["post"].where(~half)))
    assert isinstance(result, NotEstimable)
    assert result.because == "nobody has a score at both waves"


def test_a_person_twice_or_in_a_third_group_is_refused() -> None:
    table = two_groups(12, 15)
    with pytest.raises(ValueError, match="more than one row"):
        mixed_difference(pd.concat([table, table.head(1)]))
    with pytest.raises(ValueError, match="group: participants or comparison"):
        mixed_difference(table.assign(group="x"))
    table.loc[0, ["pre", "post"]] = np.nan
    assert estimate(mixed_difference(table)).n_excluded == 1
