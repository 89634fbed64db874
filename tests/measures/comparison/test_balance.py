"""The balance table."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, fisher_exact, ttest_ind
from score_frames import flipped, shuffled

from rmanalytics.measures.comparison.balance import COLUMNS, balance_table, matching_balance
from rmanalytics.results import Curve, NotEstimable, to_frame

COVARIATES = ["years", "level", "site", "hired_abroad"]


def people_of(n: int, n_comparison: int, *, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    total = n + n_comparison
    return pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(total)],
            "group": ["participants"] * n + ["comparison"] * n_comparison,
            "years": rng.normal(10, 3, total) + 2 * (np.arange(total) < n),
            "level": rng.integers(1, 5, total).astype(float),
            "site": rng.choice(["north", "south", "west"], total, p=[0.5, 0.3, 0.2]),
            "hired_abroad": rng.random(total) < 0.4,
        }
    )


def points(result: Curve | NotEstimable) -> pd.DataFrame:
    assert isinstance(result, Curve)
    return result.points


def row(table: pd.DataFrame, covariate: str, level: str = "") -> pd.Series:
    found = table[(table["covariate"] == covariate) & (table["level"] == level)]
    assert len(found) == 1
    return found.iloc[0]


def test_numbers_are_compared_by_mean_difference_and_welch() -> None:
    people = people_of(34, 40)
    table = points(balance_table(people, covariates=COVARIATES))
    a, b = (people.loc[people["group"] == group, "years"] for group in ("participants", "comparison"))
    found = row(table, "years")
    assert (found["participants"], found["comparison"]) == pytest.approx((a.mean(), b.mean()))
    assert found["difference_sd"] == pytest.approx((a.mean() - b.mean()) / math.sqrt((a.var() + b.var()) / 2))
    assert found["p"] == pytest.approx(ttest_ind(a, b, equal_var=False).pvalue)


def test_levels_are_compared_by_share_and_together() -> None:
    people = people_of(60, 80)
    table = points(balance_table(people, covariates=COVARIATES))
    shares = pd.crosstab(people["group"], people["site"], normalize="index")
    for level in ("north", "south", "west"):
        a, b = shares.loc["participants", level], shares.loc["comparison", level]
        found = row(table, "site", level)
        assert (found["participants"], found["comparison"]) == pytest.approx((a, b))
        assert found["difference_sd"] == pytest.approx((a - b) / math.sqrt((a * (1 - a) + b * (1 - b)) / 2))
        assert math.isnan(found["p"])
    whole = row(table, "site")
    counts = pd.crosstab(people["group"], people["site"])
    assert whole["p"] == pytest.approx(chi2_contingency(counts, correction=False).pvalue)
    assert math.isnan(whole["participants"])


def test_two_levels_have_one_distance() -> None:
    table = points(balance_table(people_of(60, 80), covariates=["hired_abroad"]))
    whole, no, yes = (row(table, "hired_abroad", level) for level in ("", "False", "True"))
    assert whole["difference_sd"] == pytest.approx(abs(yes["difference_sd"]))
    assert no["difference_sd"] == pytest.approx(-yes["difference_sd"])


def test_the_distance_of_shares_is_mahalanobis_whatever_level_is_left_out() -> None:
    people = people_of(60, 80)
    shares = pd.crosstab(people["group"], people["site"], normalize="index")
    found = row(points(balance_table(people, covariates=["site"])), "site")["difference_sd"]
    for kept in (["north", "south"], ["south", "west"]):
        a, b = (shares.loc[group, kept].to_numpy() for group in ("participants", "comparison"))
        covariance = sum(np.diag(p) - np.outer(p, p) for p in (a, b)) / 2
        assert found == pytest.approx(math.sqrt((a - b) @ np.linalg.inv(covariance) @ (a - b)))


def test_few_people_in_two_levels_are_tested_by_fisher() -> None:
    people = people_of(8, 9)
    found = row(points(balance_table(people, covariates=["hired_abroad"])), "hired_abroad")
    assert found["p"] == pytest.approx(fisher_exact(pd.crosstab(people["group"], people["hired_abroad"])).pvalue)


def test_few_people_in_three_levels_are_tested_by_every_labelling() -> None:
    people = people_of(6, 7, seed=6)
    site = people["site"].to_numpy()
    levels = ["north", "south", "west"]

    def log_chance(chosen: np.ndarray) -> float:
        inside = [(chosen == level).sum() for level in levels]
        return sum(math.log(math.comb((site == level).sum(), k)) for level, k in zip(levels, inside, strict=True))

    seen = log_chance(site[:6])
    extreme = [log_chance(site[list(chosen)]) <= seen + 1e-9 for chosen in itertools.combinations(range(13), 6)]
    found = row(points(balance_table(people, covariates=["site"])), "site")
    assert found["p"] == pytest.approx(np.mean(extreme))


def test_more_sparse_levels_than_fisher_can_enumerate_have_no_p_value() -> None:
    people = people_of(60, 60).assign(team=[f"t{i % 40}" for i in range(120)])
    table = points(balance_table(people, covariates=["team"]))
    assert math.isnan(row(table, "team")["p"])
    assert len(table) == 41


def test_what_is_missing_is_a_row_of_its_own() -> None:
    people = people_of(20, 20)
    people.loc[:4, "years"] = np.nan
    people.loc[[1, 30], "site"] = None
    table = points(balance_table(people, covariates=["years", "site", "level"]))
    years, site = row(table, "years", "missing"), row(table, "site", "missing")
    assert (years["participants"], years["comparison"]) == (0.25, 0.0)
    assert years["p"] == pytest.approx(fisher_exact([[5, 15], [0, 20]]).pvalue)
    assert (site["participants"], site["comparison"], site["difference_sd"]) == (0.05, 0.05, 0.0)
    assert row(table, "years")["participants"] == pytest.approx(people["years"].iloc[5:20].mean())
    assert not ((table["covariate"] == "level") & (table["level"] == "missing")).any()


@pytest.mark.parametrize(("values", "difference", "p"), [([3.0] * 20, 0.0, None), ([3.0] * 8 + [4.0] * 12, None, None)])
def test_what_does_not_vary_has_no_test(values, difference, p) -> None:
    people = people_of(8, 12).assign(years=values)
    found = row(points(balance_table(people, covariates=["years"])), "years")
    assert (found["difference_sd"] == difference) if difference is not None else math.isnan(found["difference_sd"])
    assert math.isnan(found["p"])


def test_one_level_and_nothing_known_have_no_difference() -> None:
    people = people_of(8, 12).assign(site="north", years=np.nan)
    table = points(balance_table(people, covariates=["site", "years"]))
    assert row(table, "site", "north")["difference_sd"] == 0
    assert row(table, "years")[["participants", "difference_sd", "p"]].isna().all()


def test_order_names_and_scale_do_what_they_should() -> None:
    people = people_of(20, 30)
    one = points(balance_table(people, covariates=COVARIATES))
    other = points(balance_table(shuffled(people.assign(years=people["years"] * 10)), covariates=COVARIATES))
    columns = ["difference_sd", "p"]
    np.testing.assert_allclose(other[columns].to_numpy(), one[columns].to_numpy())
    turned = points(balance_table(flipped(people), covariates=["years"]))
    assert row(turned, "years")["difference_sd"] == pytest.approx(-row(one, "years")["difference_sd"])


def test_matching_shows_both_stages_in_the_deviations_before() -> None:
    people = people_of(20, 40)
    kept = people[(people["group"] == "participants") | (people["years"] > 9)]
    table = points(matching_balance(people, kept, covariates=COVARIATES))
    assert list(table.columns) == ["stage", *COLUMNS]
    plain = points(balance_table(people, covariates=COVARIATES))
    first = table[table["stage"] == "before"].drop(columns="stage").reset_index(drop=True)
    pd.testing.assert_frame_equal(first, plain)
    after = row(table[table["stage"] == "after"], "years")
    sd = math.sqrt(people.groupby("group")["years"].var().mean())
    gap = kept.groupby("group")["years"].mean()
    assert after["difference_sd"] == pytest.approx((gap["participants"] - gap["comparison"]) / sd)
    same = points(matching_balance(people, people, covariates=COVARIATES))
    halves = [
        same[same["stage"] == stage].drop(columns="stage").reset_index(drop=True) for stage in ("before", "after")
    ]
    pd.testing.assert_frame_equal(*halves)


def test_a_level_that_matching_took_away_stays_in_the_table() -> None:
    people = people_of(20, 40)
    kept = people[people["site"] != "west"]
    table = points(matching_balance(people, kept, covariates=["site"]))
    gone = row(table[table["stage"] == "after"], "site", "west")
    assert (gone["participants"], gone["comparison"], gone["difference_sd"]) == (0, 0, 0)


def test_the_table_fits_the_tidy_frame() -> None:
    frame = to_frame([balance_table(people_of(20, 30), covariates=COVARIATES)])
    assert frame["value"].notna().all()
    assert "site; north" in set(frame["group"])


def test_what_has_no_answer_says_why() -> None:
    for people in (people_of(5, 30), people_of(30, 0), people_of(8, 8).head(0)):
        result = balance_table(people, covariates=["years"])
        assert isinstance(result, NotEstimable)
        assert result.because == "fewer than 6 people in one of the groups"
    people = people_of(8, 8)
    result = matching_balance(people, people.iloc[3:], covariates=["years"])
    assert isinstance(result, NotEstimable)
    assert result.because == "fewer than 6 people left in one of the groups after matching"


def test_what_is_not_a_table_of_people_is_refused() -> None:
    people = people_of(8, 8)
    before = people.copy(deep=True)
    for change, covariates, message in (
        (lambda p: pd.concat([p, p.head(1)]), ["years"], "more than one row"),
        (lambda p: p.assign(group="others"), ["years"], "group: participants or comparison"),
        (lambda p: p, ["salary"], "missing columns"),
        (lambda p: p, [], "at least one covariate"),
    ):
        with pytest.raises(ValueError, match=message):
            balance_table(change(people), covariates=covariates)
    with pytest.raises(ValueError, match="not there before"):
        matching_balance(people, flipped(people), covariates=["years"])
    balance_table(people, covariates=COVARIATES)
    pd.testing.assert_frame_equal(people, before)


def test_one_group_that_does_not_vary_is_tested_all_the_same() -> None:
    people = people_of(12, 12).assign(years=[5.0] * 12 + [4.0, 5.0, 6.0] * 4)
    found = row(points(balance_table(people, covariates=["years"])), "years")
    assert found["p"] == pytest.approx(1.0)
