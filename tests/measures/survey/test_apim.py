"""The two people of a tandem."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from scipy.optimize import minimize
from score_frames import shuffled

from rmanalytics.measures.stats.icc import intraclass_correlations
from rmanalytics.measures.survey.apim import (
    actor_partner,
    dyadic_icc,
    rest_correlation,
    side_difference,
    sides_alike,
)
from rmanalytics.results import Curve, Estimate, NotEstimable


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def tandems(n: int, *, seed: int = 8, alike: float = 0.5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=n) * np.sqrt(alike)
    pre = {f"{side}_pre": rng.normal(3, 1, n) for side in ("mentor", "mentee")}
    post = {
        f"{side}_post": 0.5 * pre[f"{side}_pre"] + 0.2 * pre[f"{other}_pre"] + shared + spread * rng.normal(size=n)
        for side, other, spread in (("mentor", "mentee", 0.4), ("mentee", "mentor", 0.9))
    }
    return pd.DataFrame({"tandem_id": [f"t{i}" for i in range(n)], **pre, **post})


def of(table: pd.DataFrame, wave: str) -> pd.DataFrame:
    return table.rename(columns={f"mentor_{wave}": "mentor", f"mentee_{wave}": "mentee"})


def acitelli() -> tuple[dict, pd.DataFrame, pd.DataFrame]:
    case, folder = golden("apim_acitelli_indist")
    data = pd.read_csv(folder / "data.csv")
    return case, *(data[data["gender"] == g].set_index("couple").sort_index() for g in ("Wife", "Husband"))


@pytest.mark.golden
def test_dyadic_icc_equals_r() -> None:
    case, wives, husbands = acitelli()
    table = pd.DataFrame({"mentor": wives["sat_a"], "mentee": husbands["sat_a"]}).rename_axis("tandem_id").reset_index()
    found, expected = estimate(dyadic_icc(table)), case["expected"]["icc_sat"]
    values = {
        "n_dyads": found.n,
        "icc_anova": found.value,
        "F": found.extra["f"],
        "msb": found.extra["msb"],
        "msw": found.extra["msw"],
    }
    assert all(close(case, value, expected[key]) for key, value in values.items())
    assert found.p_value == pytest.approx(expected["p_two_sided"], rel=1e-6)


@pytest.mark.golden
def test_six_intraclass_correlations_equal_r() -> None:
    case, folder = golden("icc_shrout_fleiss")
    ratings = pd.read_csv(folder / "data.csv").rename(columns={"target": "target_id"})
    found = intraclass_correlations(ratings)
    assert isinstance(found, Curve)
    keys = ["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"]
    names = {"icc": "icc", "lo": "lower", "hi": "upper", "f": "F", "df1": "df1", "df2": "df2"}
    for point, key in zip(found.points.to_dict("records"), keys, strict=True):
        assert all(close(case, point[ours], case["expected"][key][theirs]) for ours, theirs in names.items()), key


def test_least_squares_of_each_side_is_restricted_maximum_likelihood_of_both() -> None:
    table = tandems(34)
    y = table[["mentor_post", "mentee_post"]].to_numpy().ravel()
    own = table[["mentor_pre", "mentee_pre"]].to_numpy()
    x = np.zeros((68, 6))
    for side in (0, 1):
        x[side::2, 3 * side : 3 * side + 3] = np.column_stack([np.ones(34), own[:, side], own[:, 1 - side]])

    def fitted(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        s1, s2, rho = np.exp(parameters[0]), np.exp(parameters[1]), np.tanh(parameters[2])
        block = np.linalg.inv(np.array([[s1**2, rho * s1 * s2], [rho * s1 * s2, s2**2]]))
        v = np.kron(np.eye(34), block)
        information = x.T @ v @ x
        b = np.linalg.solve(information, x.T @ v @ y)
        r = y - x @ b
        return b, information, float(r @ v @ r - 34 * np.linalg.slogdet(block)[1] + np.linalg.slogdet(information)[1])

    best = minimize(
        lambda p: fitted(p)[2],
        np.zeros(3),
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 9000},
    )
    b, information, _ = fitted(best.x)
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    found = actor_partner(table)
    assert isinstance(found, Curve)
    assert found.points["value"].tolist() == pytest.approx(b[[1, 2, 4, 5]], abs=1e-6)
    assert found.points["se"].tolist() == pytest.approx(se[[1, 2, 4, 5]], rel=1e-4)
    assert set(found.points["df"]) == {31.0}


def test_own_start_matters_and_a_strangers_does_not() -> None:
    found = actor_partner(tandems(400))
    assert isinstance(found, Curve)
    points = found.points.set_index(["side", "term"])["value"]
    assert points["mentor", "own start"] == pytest.approx(0.5, abs=0.15)
    assert points["mentee", "partner's start"] == pytest.approx(0.2, abs=0.15)


def alike(table: pd.DataFrame) -> Estimate | NotEstimable:
    return sides_alike(table, rng=np.random.default_rng(1), seed=1)


def test_sides_without_a_difference_are_told_apart_no_more_often_than_the_level_says() -> None:
    """By chi-square 45, 18, 8 and 9 of 100 rounds of 6, 10, 20 and 34 tandems; exchanged 3, 4, 6 and 7 (SE 1 to 2)."""
    rng, said = np.random.default_rng(12), 0
    for _ in range(60):
        before = rng.normal(size=(6, 2))
        after = 0.5 * before + 0.2 * before[:, ::-1] + rng.normal(size=(6, 2)) + rng.normal(size=(6, 1))
        columns = ["mentor_pre", "mentee_pre", "mentor_post", "mentee_post"]
        table = pd.DataFrame(np.column_stack([before, after]), columns=columns).assign(tandem_id=range(6))
        found = estimate(alike(table))
        assert found.draws == 64
        said += found.p_value <= 0.05
    assert said <= 8


def test_exchanging_the_two_sides_flips_differences_and_leaves_likeness_alone() -> None:
    table = tandems(34)
    other = {"mentor_pre": "mentee_pre", "mentee_pre": "mentor_pre", "mentor_post": "mentee_post"}
    turned = shuffled(table.rename(columns=other | {"mentee_post": "mentor_post"}))
    one, two = estimate(dyadic_icc(of(table, "post"))), estimate(dyadic_icc(of(turned, "post")))
    assert (two.value, two.lo, two.hi) == pytest.approx((one.value, one.lo, one.hi))
    gap, tug = estimate(side_difference(of(table, "post"))), estimate(side_difference(of(turned, "post")))
    assert (tug.value, tug.lo, tug.hi) == pytest.approx((-gap.value, -gap.hi, -gap.lo))
    assert estimate(alike(turned)).value == pytest.approx(estimate(alike(table)).value)


def test_sides_that_differ_in_spread_are_told_apart_and_equal_ones_are_not() -> None:
    assert estimate(alike(tandems(200))).p_value == 1 / 2000
    rng = np.random.default_rng(9)
    columns = ["mentor_pre", "mentor_post", "mentee_pre", "mentee_post"]
    same = pd.DataFrame(rng.normal(size=(200, 4)), columns=columns).assign(tandem_id=range(200))
    assert estimate(alike(same)).p_value > 0.05


def test_pairs_that_answer_against_each_other_have_a_negative_icc() -> None:
    table = tandems(34)
    against = table.assign(mentor=table["mentor_pre"], mentee=6 - table["mentor_pre"] + 0.1 * table["mentee_pre"])
    found = estimate(dyadic_icc(against))
    assert found.value < -0.8
    assert found.hi < 0


def test_shift_and_scale_leave_the_icc_alone() -> None:
    table = of(tandems(20), "post")
    one = estimate(dyadic_icc(table))
    other = estimate(dyadic_icc(table.assign(mentor=table["mentor"] * 10 + 5, mentee=table["mentee"] * 10 + 5)))
    assert (other.value, other.lo, other.hi, other.p_value) == pytest.approx((one.value, one.lo, one.hi, one.p_value))


def test_what_is_left_of_both_sides_goes_together_as_the_inverse_covariance_says() -> None:
    table = tandems(60)
    found = estimate(rest_correlation(table))
    inverse = np.linalg.inv(np.cov(table[["mentor_pre", "mentee_pre", "mentor_post", "mentee_post"]].to_numpy().T))
    assert found.value == pytest.approx(-inverse[2, 3] / np.sqrt(inverse[2, 2] * inverse[3, 3]))
    assert found.lo < found.value < found.hi
    names = {f"{a}_{w}": f"{b}_{w}" for a, b in (("mentor", "mentee"), ("mentee", "mentor")) for w in ("pre", "post")}
    assert estimate(rest_correlation(shuffled(table.rename(columns=names)))).value == pytest.approx(found.value)
    few = rest_correlation(table.head(9))
    assert isinstance(few, NotEstimable)
    assert few.because == "fewer than 10 tandems with all four scores"


def test_the_interval_of_what_is_left_holds_the_truth_as_often_as_it_says() -> None:
    rng, held, alike_share = np.random.default_rng(3), 0, 0.5
    for _ in range(400):
        pre, shared = rng.normal(size=(2, 20)), rng.normal(size=20)
        post = 0.5 * pre + np.sqrt(alike_share) * shared + np.sqrt(1 - alike_share) * rng.normal(size=(2, 20))
        columns = {
            f"{s}_{w}": v[i] for i, s in enumerate(("mentor", "mentee")) for w, v in (("pre", pre), ("post", post))
        }
        found = estimate(rest_correlation(pd.DataFrame({"tandem_id": range(20), **columns})))
        held += found.lo <= alike_share <= found.hi
    assert 0.925 <= held / 400 <= 0.975


@pytest.mark.parametrize("measure", [actor_partner, alike, rest_correlation])
def test_regressions_of_pairs_that_have_no_answer_say_why(measure) -> None:
    table = tandems(12)
    reasons = {
        "fewer than 6 tandems with answers of both": table.head(5),
        "no variation in the scores": table.assign(mentee_pre=3.0),
        "the scores before do not tell the two sides apart": table.assign(mentee_pre=table["mentor_pre"] + 1),
        "the scores before determine every score after": table.assign(mentor_post=table["mentor_pre"]),
    }
    for reason, part in reasons.items():
        result = measure(part)
        assert isinstance(result, NotEstimable)
        assert result.because == reason


def test_sides_whose_remainders_determine_each_other_have_no_likelihood_ratio() -> None:
    table = tandems(12)
    table["mentee_post"] = table["mentee_pre"] - table["mentor_post"]
    assert isinstance(alike(table), NotEstimable)
    assert isinstance(actor_partner(table), Curve)


@pytest.mark.parametrize("measure", [dyadic_icc, side_difference])
def test_descriptions_of_pairs_that_have_no_answer_say_why(measure) -> None:
    table = of(tandems(12), "post")
    few = measure(table.head(5))
    assert isinstance(few, NotEstimable)
    assert few.because == "fewer than 6 tandems with answers of both"
    same = measure(table.assign(mentor=table["mentee"] + 0.5))
    assert isinstance(same, NotEstimable)
    assert isinstance(measure(table.assign(mentor=3.0, mentee=3.0)), NotEstimable)
    table.loc[0, "mentor"] = np.nan
    assert (estimate(measure(table)).n, estimate(measure(table)).n_excluded) == (11, 1)
    with pytest.raises(ValueError, match="more than one row"):
        measure(pd.concat([table, table.tail(1)]))


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ({"a": [1, 2, 3, 4, 5, 6]}, "fewer than two raters"),
        ({"a": [1, 2, 3, 4, None, 6], "b": [1, 2, 3, 4, 5, 6]}, "fewer than 6 targets with every rating"),
        ({"a": [1, 2, 1, 2, 1, 2], "b": [2, 1, 2, 1, 2, 1]}, "no variation in the scores"),
        ({"a": [1, 2, 3, 4, 5, 6], "b": [2, 3, 4, 5, 6, 7]}, "the raters agree perfectly"),
    ],
)
def test_agreement_of_raters_that_has_no_answer_says_why(ratings: dict, reason: str) -> None:
    result = intraclass_correlations(pd.DataFrame({"target_id": range(6), **ratings}))
    assert isinstance(result, NotEstimable)
    assert result.because == reason
