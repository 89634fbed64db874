"""Scoring, reliability and the ends of the scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from score_frames import instrument, shuffled

from rmanalytics.measures.survey.reliability import item_rest_correlations
from rmanalytics.measures.survey.scoring import (
    ceiling_share,
    cronbach_alpha,
    floor_share,
    keyed_items,
    pre_post,
    scores,
)
from rmanalytics.results import Curve, Estimate, NotEstimable


def long(wide: pd.DataFrame, *, wave: str = "pre") -> pd.DataFrame:
    """Wide items as the tidy answers table has them."""
    return wide.melt(id_vars="person_id", var_name="item", value_name="value").assign(wave=wave)


def at(frame: pd.DataFrame, wave: str) -> pd.DataFrame:
    return frame[frame["wave"] == wave].drop(columns="wave")


def answers(values: dict[str, list[float | None]], *, wave: str = "pre", person: str = "a") -> pd.DataFrame:
    rows = [(person, wave, item, value) for item, given in values.items() for value in given]
    return pd.DataFrame(rows, columns=["person_id", "wave", "item", "value"]).astype({"value": float})


@pytest.mark.golden
@pytest.mark.parametrize("scale", ["agree", "conscientious", "extraversion", "neuroticism", "openness"])
def test_scoring_and_alpha_equal_r_on_the_bfi(scale: str) -> None:
    case, folder = golden("scoring_bfi")
    expected = case["expected"]["scales"][scale]
    keyed = [item.lstrip("-") for item in expected["items"]]
    reverse = [item[1:] for item in expected["items"] if item.startswith("-")]
    bfi = instrument(keyed, reverse=reverse, high=6)
    data = pd.read_csv(folder / "data.csv", dtype={"id": str}).rename(columns={"id": "person_id"})
    table = long(data)
    scored = scores(table, bfi).set_index("person_id").loc[data["person_id"]]
    valid = scored["score"].dropna()
    assert len(valid) == expected["n_scored_min4"]
    assert close(case, valid.mean(), expected["mean_min4"])
    assert close(case, valid.std(), expected["sd_min4"])
    assert all(close(case, a, b) for a, b in zip(scored["score"].head(10), expected["first10_min4"], strict=True))

    items = at(keyed_items(table, bfi), "pre")
    alpha = cronbach_alpha(items)
    assert isinstance(alpha, Estimate)
    assert (alpha.n, alpha.n + alpha.n_excluded) == (expected["n_complete"], len(data))
    assert close(case, alpha.value, expected["alpha_listwise"])
    rest = item_rest_correlations(items)
    assert isinstance(rest, Curve)
    for column, key in (("item_rest_r", "item_rest_r_listwise"), ("alpha_without", "alpha_if_dropped_listwise")):
        assert all(close(case, a, b) for a, b in zip(rest.points[column], expected[key], strict=True))

    at_pre = scored.reset_index()
    for share, key in (
        (floor_share(at_pre, bfi), "pct_floor"),
        (ceiling_share(at_pre, bfi), "pct_ceiling"),
    ):
        assert isinstance(share, Estimate)
        assert close(case, share.value, expected[key])


@pytest.mark.golden
@pytest.mark.parametrize("scale", ["agree", "neuroticism", "openness"])
def test_feldt_interval_of_alpha_equals_r(scale: str) -> None:
    case, folder = golden("omega_bfi")
    expected = case["expected"]["scales"][scale]
    keys = golden("scoring_bfi")[0]["expected"]["scales"][scale]["items"]
    data = pd.read_csv(folder / "data.csv")
    bfi = instrument([k.lstrip("-") for k in keys], reverse=[k[1:] for k in keys if k[0] == "-"], high=6)
    table = long(data.assign(person_id=[str(i) for i in range(len(data))]))
    alpha = cronbach_alpha(at(keyed_items(table, bfi), "pre"))
    assert isinstance(alpha, Estimate)
    found = (alpha.value, alpha.lo, alpha.hi)
    assert all(close(case, a, b) for a, b in zip(found, [expected["alpha"], *expected["alpha_ci_feldt"]], strict=True))


def test_reverse_items_are_turned_by_the_declared_scale_not_by_the_data() -> None:
    wide = keyed_items(answers({"x": [2], "y": [2]}), instrument(["x", "y"], reverse=["y"], low=0, high=10))
    assert wide[["x", "y"]].to_numpy().tolist() == [[2.0, 8.0]]


def test_reversing_every_item_twice_changes_nothing() -> None:
    plain, turned = instrument(["x", "y"]), instrument(["x", "y"], reverse=["x", "y"])
    given = answers({"x": [2], "y": [5]})
    once = keyed_items(given, turned)
    twice = keyed_items(once.melt(id_vars=["person_id", "wave"], var_name="item"), turned)
    pd.testing.assert_frame_equal(twice, keyed_items(given, plain))


def test_four_of_five_items_make_a_score_and_three_do_not() -> None:
    five = instrument(list("abcde"))
    four = answers({"a": [1], "b": [2], "c": [3], "d": [4], "e": [None]})
    assert scores(four, five)["score"].item() == 2.5
    assert scores(four, five)["answered_n"].item() == 4
    assert np.isnan(scores(four[four["item"] != "d"], five)["score"].item())


def test_before_and_after_are_scored_on_the_items_answered_at_both() -> None:
    ids = list("abcdef")
    pre = answers({i: [v] for i, v in zip(ids, [1, 1, 1, 1, 1, 5], strict=True)})
    post = answers({i: [3] for i in ids[:5]}, wave="post")
    both = pd.concat([pre, post])
    same = scores(both, instrument(ids)).set_index("wave")["score"]
    assert same.to_dict() == {"pre": 1.0, "post": 3.0}
    own = scores(both, instrument(ids, same_items=False)).set_index("wave")["score"]
    assert own["pre"] == pytest.approx(10 / 6)


def test_a_pair_with_too_few_common_items_has_no_scores() -> None:
    ids = list("abcde")
    pre = answers({i: [1] for i in "abcd"})
    post = answers({i: [3] for i in "bcde"}, wave="post")
    assert scores(pd.concat([pre, post]), instrument(ids))["score"].isna().all()


def test_a_person_without_an_answer_after_keeps_the_score_before() -> None:
    pre = answers({i: [2] for i in "abcd"})
    post = answers({"a": [3]}, wave="post")
    assert scores(pd.concat([pre, post]), instrument(list("abcde"))).set_index("wave")["score"]["pre"] == 2.0


def test_scores_do_not_depend_on_the_order_of_rows() -> None:
    rng = np.random.default_rng(4)
    wide = pd.DataFrame(rng.integers(1, 6, (20, 5)), columns=list("abcde")).assign(
        person_id=[f"p{i}" for i in range(20)]
    )
    given = pd.concat([long(wide), long(wide, wave="post")], ignore_index=True)
    scale = instrument(list("abcde"), reverse=["b"])
    pd.testing.assert_frame_equal(scores(given, scale), scores(shuffled(given), scale))


def test_the_answers_are_not_changed() -> None:
    given = answers({"x": [2], "y": [5]})
    before = given.copy(deep=True)
    scores(given, instrument(["x", "y"], reverse=["y"]))
    pd.testing.assert_frame_equal(given, before)


def test_a_repeated_answer_and_one_outside_the_scale_are_refused() -> None:
    scale = instrument(["x"])
    with pytest.raises(ValueError, match="more than one row"):
        keyed_items(answers({"x": [2, 3]}), scale)
    with pytest.raises(ValueError, match="outside"):
        keyed_items(answers({"x": [6]}), scale)
    with pytest.raises(ValueError, match="subscale"):
        keyed_items(answers({"x": [2]}), scale, subscale="none")


def test_scores_of_nobody_are_an_empty_table() -> None:
    nobody = scores(answers({}), instrument(["x", "y"]))
    assert list(nobody.columns) == ["person_id", "wave", "score", "answered_n"]
    assert nobody.empty
    assert pre_post(nobody).empty


def test_alpha_does_not_change_with_shift_scale_or_order() -> None:
    rng = np.random.default_rng(5)
    true = rng.normal(size=40)
    items = pd.DataFrame({f"i{j}": true + rng.normal(size=40) for j in range(5)})
    first = cronbach_alpha(items.assign(person_id=range(40)))
    other = cronbach_alpha(shuffled((items * 10 + 7).assign(person_id=range(40))))
    assert isinstance(first, Estimate)
    assert isinstance(other, Estimate)
    assert (other.value, other.lo, other.hi) == pytest.approx((first.value, first.lo, first.hi), abs=1e-10)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (pd.DataFrame({"person_id": range(5), "x": range(5), "y": range(5)}), "fewer than 6 people"),
        (pd.DataFrame({"person_id": range(9), "x": range(9)}), "fewer than two items"),
        (pd.DataFrame({"person_id": range(9), "x": [3] * 9, "y": [3] * 9}), "no variation"),
    ],
)
def test_alpha_is_not_estimable_from_too_little(items: pd.DataFrame, reason: str) -> None:
    for result in (cronbach_alpha(items), item_rest_correlations(items)):
        assert isinstance(result, NotEstimable)
        assert reason in result.because


def test_two_items_carry_spearman_brown_too() -> None:
    alpha = cronbach_alpha(pd.DataFrame({"person_id": range(6), "x": [1, 2, 3, 4, 5, 6], "y": [1, 3, 2, 4, 5, 6]}))
    assert isinstance(alpha, Estimate)
    r = 3.3 / 3.5
    assert alpha.extra["spearman_brown"] == pytest.approx(2 * r / (1 + r))


def test_item_rest_correlation_of_an_item_that_does_not_vary_is_missing() -> None:
    items = pd.DataFrame({"person_id": range(6), "x": [3] * 6, "y": [1, 2, 3, 4, 5, 6]})
    rest = item_rest_correlations(items)
    assert isinstance(rest, Curve)
    assert rest.points["item_rest_r"].isna().all()


def test_the_same_person_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="more than one row"):
        cronbach_alpha(pd.DataFrame({"person_id": ["a", "a"], "x": [1, 2]}))
    with pytest.raises(ValueError, match="more than one row"):
        floor_share(pd.DataFrame({"person_id": ["a", "a"], "score": [1.0, 2.0]}), instrument(["x"]))


def test_the_share_at_the_end_leaves_people_without_a_score_out_and_counts_them() -> None:
    table = pd.DataFrame({"person_id": range(4), "score": [1.0, 5.0, 5.0, None]})
    share = ceiling_share(table, instrument(["x"]))
    assert isinstance(share, Estimate)
    assert (share.value, share.n, share.n_excluded) == (pytest.approx(2 / 3), 3, 1)
    assert isinstance(floor_share(table.head(0), instrument(["x"])), NotEstimable)
