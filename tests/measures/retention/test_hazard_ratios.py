"""Hazards: the Cox model against R, time-dependent participation, late entry, the events budget."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from scipy.optimize import minimize, minimize_scalar

from rmanalytics.measures.retention import hazard_ratios
from rmanalytics.measures.retention.hazard_ratios import (
    hazard_alternatives,
    hazard_ratio,
    participation_rows,
    proportional_hazards_check,
)
from rmanalytics.measures.stats.concordance import concordance
from rmanalytics.measures.stats.cox_model import (
    DependentCovariatesError,
    NoFiniteEstimateError,
    fit_cox,
    fit_exact,
    schoenfeld_tests,
)
from rmanalytics.results import Curve, Estimate, NotEstimable


def check_fit(case, fit, expected):
    se = np.sqrt(np.diag(fit.covariance))
    for i, row in enumerate(expected["coef"].values()):
        assert close(case, fit.coefficients[i], row["coef"])
        assert close(case, se[i], row["se"])
    assert all(close(case, x, e) for x, e in zip(fit.log_likelihood, expected["loglik"], strict=True))
    assert close(case, 2 * (fit.log_likelihood[1] - fit.log_likelihood[0]), expected["lrt"])
    assert close(case, fit.score_test, expected["score_test"])
    assert fit.events == expected["events"]


def job_design(data):
    """Reference levels: F, Education and Training, High."""
    fields = ["Finance", "Health", "Law", "Public/Government", "Sales/Marketing"]
    columns = [data["gender"] == "M"] + [data["field"] == f for f in fields]
    columns += [data["level"] == level for level in ("Low", "Medium")] + [data["sentiment"]]
    return np.column_stack(columns).astype(float)


def arrays(data, *names):
    return [data[name].to_numpy(float) for name in names]


@pytest.mark.golden
def test_cox_fit_and_its_check_equal_r_on_rossi():
    case, folder = golden("cox_rossi")
    data = pd.read_csv(folder / "data.csv")
    x = data[list(case["expected"]["cox"]["coef"])].to_numpy(float)
    check_fit(case, fit_cox(*arrays(data, "week", "arrest"), x), case["expected"]["cox"])
    terms = [[i] for i in range(7)] + [list(range(7))]
    tests = schoenfeld_tests(*arrays(data, "week", "arrest"), x, terms=terms)
    check_zph(case, tests, case["expected"]["zph_km"])


@pytest.mark.golden
def test_breslows_ties_and_concordance_equal_r_on_rossi():
    case, folder = golden("cox_rossi")
    data = pd.read_csv(folder / "data.csv")
    x = data[list(case["expected"]["cox"]["coef"])].to_numpy(float)
    time, event = arrays(data, "week", "arrest")
    for name, breslow in (("cox", False), ("cox_breslow", True)):
        expected = case["expected"][name]
        fit = fit_cox(time, event, x, breslow=breslow)
        check_fit(case, fit, expected)
        assert close(case, concordance(time, event, x @ fit.coefficients), expected["concordance"])


def test_exact_ties_are_the_likelihood_of_every_choice_among_those_at_risk():
    rng = np.random.default_rng(3)
    time, entry = rng.integers(2, 6, 14).astype(float), rng.integers(0, 2, 14).astype(float)
    event, x = (rng.random(14) < 0.7).astype(float), rng.normal(size=(14, 2)).round(1)

    def loss(beta):
        total = 0.0
        for t in np.unique(time[event == 1]):
            risk = np.flatnonzero((entry < t) & (time >= t))
            own = np.flatnonzero((event == 1) & (time == t))
            ways = [np.exp(x[list(some)].sum(axis=0) @ beta) for some in combinations(risk, own.size)]
            total += np.log(sum(ways)) - x[own].sum(axis=0) @ beta
        return total

    beta, covariance = fit_exact(time, event, x, entry=entry)
    best = minimize(loss, np.zeros(2), method="BFGS", options={"gtol": 1e-8})
    assert beta == pytest.approx(best.x, abs=1e-5)
    step = 1e-3
    second = [[(loss(beta + a + b) - loss(beta + a - b) - loss(beta - a + b) + loss(beta - a - b)) / (4 * step**2)
               for b in step * np.eye(2)] for a in step * np.eye(2)]  # fmt: skip
    assert np.linalg.inv(second) == pytest.approx(covariance, rel=1e-3)


def test_without_ties_every_way_is_the_same_and_with_ties_they_are_side_by_side():
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"person_id": range(80), "entry_days": 0, "participant": np.arange(80) % 2})
    times = rng.permutation(80) + 1
    found = hazard_alternatives(rows.assign(time_days=times, event=rng.random(80) < 0.8).astype({"event": int}))
    assert isinstance(found, Curve)
    points = found.points.set_index("method")
    assert points["value"].to_numpy() == pytest.approx(np.full(4, points["value"].iloc[0]))
    assert points.loc["exact ties, time in whole days", "lo"] == pytest.approx(points.loc["Efron's ties", "lo"])
    tied = hazard_alternatives(rows.assign(time_days=times // 12 + 1, event=1))
    usual = hazard_ratio(rows.assign(time_days=times // 12 + 1, event=1))
    assert isinstance(tied, Curve)
    assert tied.points["value"].nunique() == 3
    assert tied.points.loc[0, ["value", "lo", "hi"]].tolist() == [usual.value, usual.lo, usual.hi]
    assert isinstance(hazard_alternatives(rows.head(6).assign(time_days=2, event=1)), NotEstimable)


def test_where_no_two_rows_can_be_compared_no_concordance_is_told():
    """On each of two days everybody there leaves, so that nobody outlasts anybody."""
    own = [1] * 5 + [0] * 7 + [1] * 6 + [0] * 6
    rows = pd.DataFrame({"person_id": range(24), "entry_days": [0] * 12 + [5] * 12, "event": 1, "participant": own})
    found = hazard_ratio(rows.assign(time_days=[5] * 12 + [9] * 12))
    assert isinstance(found, Estimate)
    assert "concordance" not in found.extra
    assert "concordance" in hazard_ratio(rows.assign(time_days=range(6, 30))).extra


def test_concordance_counts_pairs_one_by_one():
    rng = np.random.default_rng(9)
    time, entry = rng.integers(3, 12, 40).astype(float), rng.integers(0, 3, 40).astype(float)
    event, said = (rng.random(40) < 0.6).astype(float), rng.integers(0, 5, 40).astype(float)
    pairs = [
        1.0 if said[i] > said[j] else 0.5 if said[i] == said[j] else 0.0
        for i in np.flatnonzero(event == 1)
        for j in range(40)
        if entry[j] < time[i] and (time[j] > time[i] or (time[j] == time[i] and event[j] == 0))
    ]
    assert concordance(time, event, said, entry=entry) == pytest.approx(np.mean(pairs))


def check_zph(case, tests, expected):
    for (statistic, df, p), row in zip(tests, expected.values(), strict=True):
        assert df == row["df"]
        assert close(case, statistic, row["chisq"])
        assert close(case, p, row["p"])


@pytest.mark.golden
def test_cox_fit_and_its_check_equal_r_on_job_retention_with_heavy_ties():
    case, folder = golden("km_cox_job_retention")
    data = pd.read_csv(folder / "data.csv")
    check_fit(case, fit_cox(*arrays(data, "month", "left"), job_design(data)), case["expected"]["cox_efron"])
    terms = [[0], [1, 2, 3, 4, 5], [6, 7], [8], list(range(9))]
    tests = schoenfeld_tests(*arrays(data, "month", "left"), job_design(data), terms=terms)
    check_zph(case, tests, case["expected"]["zph_km"])


@pytest.mark.golden
def test_cox_fit_with_late_entry_equals_r_on_channing_house():
    case, folder = golden("lefttrunc_channing")
    data = pd.read_csv(folder / "data.csv")
    data = data[data["age"] > data["ageentry"]]
    assert len(data) == case["expected"]["n_used"]
    female = (data["gender"] == 2).to_numpy(float)[:, None]
    fit = fit_cox(*arrays(data, "age", "death"), female, entry=data["ageentry"].to_numpy(float))
    check_fit(case, fit, case["expected"]["cox"])
    wrong = fit_cox(*arrays(data, "age", "death"), female)
    check_fit(case, wrong, case["expected"]["cox_ignoring_truncation_WRONG"])


def heart():
    case, folder = golden("cox_timedep_heart")
    names = {"start": "entry_days", "stop": "time_days", "transplant": "participant", "id": "person_id"}
    return case, pd.read_csv(folder / "data.csv").rename(columns=names)


@pytest.mark.golden
def test_hazard_ratio_with_participation_from_the_match_equals_r_on_the_heart_data():
    case, data = heart()
    expected = case["expected"]["timedep_unadjusted"]["coef"]["transplant"]
    result = hazard_ratio(data)
    assert close(case, result.value, expected["hr"])
    assert close(case, result.lo, expected["hr_ci"][0])
    assert close(case, result.hi, expected["hr_ci"][1])
    assert close(case, result.p_value, expected["p"])
    assert (result.n, result.n_comparator) == (69, 103)
    adjusted = hazard_ratio(data, adjust=["age", "surgery", "year"])
    expected = case["expected"]["timedep_adjusted"]["coef"]["transplant"]
    assert close(case, adjusted.extra["log_hazard"], expected["coef"])
    assert close(case, adjusted.extra["se"], expected["se"])


@pytest.mark.golden
def test_whole_spells_cut_at_the_match_give_the_same_rows_and_the_flag_over_all_time_the_wrong_answer():
    case, data = heart()
    last = data.groupby("person_id").last().reset_index()
    spells = last[["person_id", "time_days", "event"]]
    joins = data[data["participant"] == 1][["person_id", "entry_days"]].rename(columns={"entry_days": "joined_days"})
    rows = participation_rows(spells, joins)
    columns = ["person_id", "entry_days", "time_days", "event", "participant"]
    ordered = data[columns].sort_values(columns[:2], ignore_index=True)
    pd.testing.assert_frame_equal(rows[columns], ordered, check_dtype=False)
    assert close(case, hazard_ratio(rows).value, case["expected"]["timedep_unadjusted"]["coef"]["transplant"]["hr"])
    ever = spells.assign(entry_days=0, participant=spells["person_id"].isin(joins["person_id"]).astype(int))
    assert hazard_ratio(ever).value < 0.3  # R: 0.266 with the days as recorded


@pytest.mark.golden
def test_the_naive_flag_gives_the_number_that_the_golden_case_calls_wrong():
    case, folder = golden("cox_timedep_heart")
    data = pd.read_csv(folder / "naive.csv")
    fit = fit_cox(*arrays(data, "futime", "fustat"), data[["transplant"]].to_numpy(float))
    check_fit(case, fit, case["expected"]["naive_WRONG"])


def random_rows(seed, n=120):
    rng = np.random.default_rng(seed)
    time, x = rng.random(n) * 100 + 1, rng.normal(size=n)
    participant = rng.integers(0, 2, n)
    frame = {"person_id": [f"p{i}" for i in range(n)], "entry_days": time * rng.random(n) * 0.3, "time_days": time}
    return pd.DataFrame(frame | {"event": (rng.random(n) < 0.6).astype(int), "participant": participant, "x": x})


@pytest.mark.parametrize("seed", range(3))
def test_robust_variance_is_the_sum_of_squared_changes_when_one_row_weighs_more(seed):
    """Influence by brute force: the estimate of the weighted partial likelihood, without ties."""
    data = random_rows(seed, n=20)
    time, event, entry, z = arrays(data, "time_days", "event", "entry_days", "participant")

    def estimate(weight):
        def loss(beta):
            risk = weight * np.exp(beta * z)
            return -sum(
                weight[i] * (beta * z[i] - np.log(risk[(entry < time[i]) & (time >= time[i])].sum()))
                for i in np.flatnonzero(event)
            )

        return minimize_scalar(loss, bracket=(-1, 1), tol=1e-12).x

    small = 1e-3
    changes = [
        (estimate(1 + small * (np.arange(20) == i)) - estimate(1 - small * (np.arange(20) == i))) / (2 * small)
        for i in range(20)
    ]
    fit = fit_cox(time, event, z[:, None], entry=entry)
    assert fit.covariance_robust[0, 0] == pytest.approx(np.sum(np.square(changes)), rel=1e-3)


def test_doubling_every_row_halves_the_model_variance_and_leaves_the_clustered_one():
    data = random_rows(1)
    time, event, z = arrays(data, "time_days", "event", "participant")
    once = fit_cox(time, event, z[:, None], cluster=np.arange(120))
    shifted = np.r_[time, time + 1e-9]  # no ties, so that doubling is all that happens
    twice = fit_cox(shifted, np.tile(event, 2), np.tile(z, 2)[:, None], cluster=np.tile(np.arange(120), 2))
    assert twice.covariance[0, 0] == pytest.approx(once.covariance[0, 0] / 2, rel=0.02)
    assert twice.covariance_robust[0, 0] == pytest.approx(once.covariance_robust[0, 0], rel=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_units_of_time_and_of_covariates_and_row_order_leave_the_ratio(seed):
    data = random_rows(seed)
    base = hazard_ratio(data, adjust=["x"])
    months = data.assign(entry_days=data["entry_days"] / 30, time_days=data["time_days"] / 30, x=5 + 100 * data["x"])
    other = hazard_ratio(months.sample(frac=1, random_state=seed), adjust=["x"])
    assert (base.value, base.lo, base.hi) == pytest.approx((other.value, other.lo, other.hi))
    flipped = hazard_ratio(data.assign(participant=1 - data["participant"]), adjust=["x"])
    assert flipped.value == pytest.approx(1 / base.value)


def test_fewer_than_ten_events_in_a_group_or_for_a_coefficient_are_refused():
    data = random_rows(1)
    few = data.assign(event=data["event"] * (1 - data["participant"]))
    result = hazard_ratio(few)
    assert isinstance(result, NotEstimable)
    assert result.reason == hazard_ratios.TOO_FEW_EVENTS
    events = data[data["event"] == 1].groupby("participant").head(11)
    assert isinstance(hazard_ratio(events), Estimate)
    adjusted = hazard_ratio(events.assign(y=1.0, z=2.0), adjust=["x", "y"])
    assert adjusted.because == "fewer than 10 events for each of the 3 coefficients"
    assert proportional_hazards_check(few).reason == hazard_ratios.TOO_FEW_EVENTS


def test_covariates_that_do_not_vary_on_their_own_are_not_estimable():
    data = random_rows(1)
    assert hazard_ratio(data.assign(x=3.0), adjust=["x"]).reason == hazard_ratios.NOT_INDEPENDENT
    assert (
        hazard_ratio(data.assign(x=data["participant"] * 2 + 1), adjust=["x"]).reason == hazard_ratios.NOT_INDEPENDENT
    )


def test_a_likelihood_without_a_maximum_is_named():
    time, event = np.arange(1.0, 7), np.array([1.0, 1, 1, 0, 0, 0])
    with pytest.raises(NoFiniteEstimateError):
        fit_cox(time, event, event[:, None])
    with pytest.raises(NoFiniteEstimateError):  # the last one alone is at risk at the only event
        fit_cox(time, np.array([0.0, 0, 0, 0, 0, 1]), event[:, None])
    with pytest.raises(DependentCovariatesError):
        fit_cox(time, event, np.ones((6, 1)))
    with pytest.raises(ValueError, match="no event"):
        fit_cox(time, 0 * event, event[:, None])
    with pytest.raises(ValueError, match="before the end"):
        fit_cox(time, event, event[:, None], entry=time)


def test_people_without_a_covariate_are_counted_as_excluded():
    data = random_rows(2)
    data.loc[[3, 4], "x"] = np.nan
    result = hazard_ratio(data, adjust=["x"])
    assert (result.n_excluded, result.excluded_reason, result.n + result.n_comparator) == (
        2,
        "without a covariate",
        118,
    )


def test_overlapping_rows_and_other_codes_are_refused():
    data = random_rows(1)
    second = data.head(1).assign(entry_days=data["time_days"].iloc[0] - 0.5, time_days=200)
    with pytest.raises(ValueError, match="overlap"):
        hazard_ratio(pd.concat([data, second]))
    with pytest.raises(ValueError, match="whole numbers from 0 to 1"):
        hazard_ratio(data.assign(participant=2))
    with pytest.raises(ValueError, match="missing columns: age"):
        hazard_ratio(data, adjust=["age"])


def test_the_check_has_a_row_for_each_term_and_one_for_all():
    curve = proportional_hazards_check(random_rows(1), adjust=["x"])
    assert isinstance(curve, Curve)
    assert curve.points["term"].tolist() == ["participant", "x", "all"]
    assert curve.points["df"].tolist() == [1, 1, 2]


def test_rows_are_cut_only_where_the_match_falls_into_the_spell():
    ids = ["never", "within", "before", "last_day", "later"]
    spells = pd.DataFrame({"person_id": ids, "entry_days": 10.0, "time_days": 90.0, "event": 1, "age": 30})
    joins = pd.DataFrame({"person_id": ids[1:], "joined_days": [50, 5, 90, 200]})
    found = participation_rows(spells, joins)
    rows = found.set_index("person_id")[["entry_days", "time_days", "event", "participant"]]
    assert rows.loc["never"].tolist() == [10, 90, 1, 0]
    assert rows.loc["within"].to_numpy().tolist() == [[10, 50, 0, 0], [50, 90, 1, 1]]
    assert rows.loc["before"].tolist() == [10, 90, 1, 1]
    assert rows.loc["last_day"].tolist() == rows.loc["later"].tolist() == [10, 90, 1, 0]
    assert found["event"].sum() == 5
    with pytest.raises(ValueError, match="no spell"):
        participation_rows(spells, pd.DataFrame({"person_id": ["nobody"], "joined_days": [3]}))
