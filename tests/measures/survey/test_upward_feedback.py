"""Leadership by upward feedback."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from score_frames import shuffled

from rmanalytics.measures.stats.cluster_robust import fit_clustered
from rmanalytics.measures.survey.ancova import adjusted_difference, change_score_difference
from rmanalytics.measures.survey.upward_feedback import (
    leader_adjusted_difference,
    leader_change_difference,
    leader_scores,
    rater_change_difference,
)
from rmanalytics.results import Estimate, NotEstimable

ALL = (leader_change_difference, leader_adjusted_difference, rater_change_difference)


def estimate(result: Estimate | NotEstimable) -> Estimate:
    assert isinstance(result, Estimate)
    return result


def ratings_of(n: int, n_comparison: int, *, raters: tuple[int, int] = (3, 6), gain: float = 0.4, seed: int = 3):
    """Raters of leaders, fresh ones at each time; as many as drawn from the range."""
    rng = np.random.default_rng(seed)
    rows = []
    for leader in range(n + n_comparison):
        group = "participants" if leader < n else "comparison"
        level = rng.normal(3.5, 0.4)
        for wave in ("pre", "post"):
            shift = (wave == "post") * (gain * (group == "participants") + rng.normal(0, 0.2))
            for rater in range(rng.integers(raters[0], raters[1] + 1)):
                score = level + shift + rng.normal(0, 0.6)
                rows.append((f"l{leader}", f"{wave}{rater}", wave, score, group))
    return pd.DataFrame(rows, columns=["leader_id", "rater", "wave", "score", "group"])


def test_leaders_are_the_unit_whatever_the_number_of_raters() -> None:
    ratings = ratings_of(12, 14)
    wide = ratings.groupby(["leader_id", "group", "wave"])["score"].mean().unstack().reset_index()  # noqa: PD010
    wide = wide.rename(columns={"leader_id": "person_id"})
    for found, plain in (
        (leader_change_difference(ratings), change_score_difference(wide)),
        (leader_adjusted_difference(ratings), adjusted_difference(wide)),
    ):
        one, other = estimate(found), estimate(plain)
        assert (one.value, one.lo, one.hi, one.p_value) == pytest.approx(
            (other.value, other.lo, other.hi, other.p_value)
        )
        assert (one.n, one.n_comparator, one.unit_of_analysis, one.extra["raters_n"]) == (
            12,
            14,
            "leader",
            len(ratings),
        )


def test_taking_out_the_leaders_mean_is_a_dummy_for_each_leader() -> None:
    ratings = ratings_of(8, 9)
    found = estimate(rater_change_difference(ratings))
    leader, names = pd.factorize(ratings["leader_id"])
    after = (ratings["wave"] == "post").to_numpy(dtype=float)
    inside = (ratings["group"] == "participants").to_numpy(dtype=float)
    x = np.column_stack([after * inside, after, np.eye(len(names))[leader]])
    fit = fit_clustered(ratings["score"].to_numpy(), x, leader, terms=[str(i) for i in range(x.shape[1])])
    assert found.value == pytest.approx(fit.estimates[0])
    assert found.extra["se"] == pytest.approx(fit.errors[0])
    assert found.extra["df"] == pytest.approx(fit.df[0])


def test_as_many_raters_everywhere_make_both_levels_one() -> None:
    ratings = ratings_of(12, 12, raters=(4, 4))
    raters, leaders = estimate(rater_change_difference(ratings)), estimate(leader_change_difference(ratings))
    assert raters.value == pytest.approx(leaders.value)
    assert raters.extra["t"] == pytest.approx(leaders.extra["t"])
    assert raters.extra["df"] == pytest.approx(22)
    assert 20 < leaders.extra["df"] < 22


def test_a_leader_with_two_raters_at_one_time_is_left_out_and_counted() -> None:
    ratings = ratings_of(12, 14)
    two = (ratings["leader_id"] == "l0") & (ratings["wave"] == "post") & ~ratings["rater"].isin(["post0", "post1"])
    fewer = ratings.assign(score=ratings["score"].mask(two))
    gone = ratings[ratings["leader_id"] != "l0"]
    assert leader_scores(fewer).set_index("leader_id")["post"].isna().sum() == 1
    for measure in ALL:
        one, other = estimate(measure(fewer)), estimate(measure(gone))
        assert (one.value, one.lo, one.hi) == pytest.approx((other.value, other.lo, other.hi))
        assert (one.n, one.n_excluded, other.n_excluded) == (11, 1, 0)
        assert one.excluded_reason == "fewer than three raters before or after"


@pytest.mark.parametrize("measure", ALL)
def test_order_shift_and_names_do_what_they_should(measure) -> None:
    ratings = ratings_of(12, 14)
    one = estimate(measure(ratings))
    moved = estimate(measure(shuffled(ratings.assign(score=ratings["score"] + 7))))
    assert (moved.value, moved.lo, moved.hi) == pytest.approx((one.value, one.lo, one.hi))
    names = {"participants": "comparison", "comparison": "participants"}
    turned = estimate(measure(ratings.assign(group=ratings["group"].map(names))))
    assert (turned.value, turned.lo, turned.hi) == pytest.approx((-one.value, -one.hi, -one.lo))
    assert (turned.n, turned.n_comparator) == (one.n_comparator, one.n)


@pytest.mark.parametrize("measure", ALL)
def test_what_has_no_answer_says_why(measure) -> None:
    reason = "fewer than 6 leaders of a group with three raters before and after"
    for ratings in (ratings_of(5, 14), ratings_of(12, 0), ratings_of(12, 14).head(0)):
        result = measure(ratings)
        assert isinstance(result, NotEstimable)
        assert result.because == reason
        assert result.name == measure.__name__
    same = ratings_of(12, 14, raters=(3, 3))
    assert isinstance(measure(same.assign(score=3.0)), NotEstimable)


@pytest.mark.parametrize("measure", [leader_scores, *ALL])
def test_what_is_not_a_table_of_ratings_is_refused(measure) -> None:
    ratings = ratings_of(8, 8)
    before = ratings.copy(deep=True)
    for change, message in (
        (lambda r: pd.concat([r, r.head(1)]), "more than one row"),
        (lambda r: r.assign(wave="pulse"), "neither pre nor post"),
        (lambda r: r.assign(group="others"), "group: participants or comparison"),
        (lambda r: r.assign(group=np.where(r.index % 2, "participants", "comparison")), "both groups"),
    ):
        with pytest.raises(ValueError, match=message):
            measure(change(ratings))
    measure(ratings)
    pd.testing.assert_frame_equal(ratings, before)
