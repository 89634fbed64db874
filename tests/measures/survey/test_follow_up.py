"""More than two waves of scores, with gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden
from score_frames import flipped, shuffled, two_groups

from rmanalytics.measures.stats.mixed_model import mixed_difference
from rmanalytics.measures.survey.follow_up import wave_differences
from rmanalytics.results import Estimate, NotEstimable


def three_waves(n: int, n_comparison: int, *, seed: int = 2, gaps: float = 0.0) -> pd.DataFrame:
    """Scores at three waves, one row a person and wave, some of them missing."""
    wide = two_groups(n, n_comparison, seed=seed)
    rng = np.random.default_rng(seed + 50)
    wide["follow_up"] = wide["post"] + rng.normal(0.1, 0.4, len(wide))
    table = long(wide)
    return table.assign(score=table["score"].where(rng.random(len(table)) >= gaps))


def long(wide: pd.DataFrame) -> pd.DataFrame:
    return wide.melt(["person_id", "group"], var_name="wave", value_name="score")


def estimates(table: pd.DataFrame) -> list[Estimate]:
    found = wave_differences(table)
    kept = [result for result in found if isinstance(result, Estimate)]
    assert len(kept) == len(found)
    return kept


def reasons(table: pd.DataFrame) -> dict[str, str]:
    return {r.group: r.because if isinstance(r, NotEstimable) else "" for r in wave_differences(table)}


@pytest.mark.parametrize("gaps", ["none", "some"])
def test_two_waves_are_the_mixed_difference(gaps: str) -> None:
    wide = two_groups(14, 12)
    if gaps == "some":
        wide.loc[:4, "post"] = np.nan
        wide.loc[20:22, "pre"] = np.nan
        wide.loc[5, ["pre", "post"]] = np.nan
    (found,) = estimates(long(wide))
    expected = mixed_difference(wide)
    assert isinstance(expected, Estimate)
    assert (found.name, found.group, found.n_excluded) == ("wave_difference", "post", expected.n_excluded)
    mapping = {"name": expected.name, "group": "", "excluded_reason": expected.excluded_reason, "extra": {}}
    assert replace(found, **mapping, value=0, lo=-1, hi=1, p_value=0) == replace(
        expected, extra={}, value=0, lo=-1, hi=1, p_value=0
    )
    numbers = [(r.value, r.lo, r.hi, r.p_value, *r.extra.values()) for r in (found, expected)]
    assert numbers[0] == pytest.approx(numbers[1], rel=1e-6)


@pytest.mark.golden
def test_two_waves_equal_r() -> None:
    case, folder = golden("did_mixed_sai_salt")
    data = pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id", "y": "score"})
    data["wave"] = data["time"].map({1: "pre", 2: "post"})
    (found,) = estimates(data.assign(group=data["group"].map({"caffeine": "participants", "placebo": "comparison"})))
    term = case["expected"]["satterthwaite"]["time2:groupcaffeine"]
    values = {"est": found.value, "se": found.extra["se"], "df": found.extra["df"], "p": found.p_value}
    assert all(close(case, value, term[key]) for key, value in values.items())


def test_complete_waves_give_the_split_plot_analysis_of_variance() -> None:
    table = three_waves(10, 14)
    wide = table.set_index(["person_id", "group", "wave"])["score"].unstack("wave")  # noqa: PD010
    y, inside = wide.to_numpy(), (wide.index.get_level_values("group") == "participants").astype(bool)
    mean = np.where(inside[:, None], y[inside].mean(axis=0), y[~inside].mean(axis=0))
    left = (y - mean) - (y - mean).mean(axis=1, keepdims=True)
    df = (24 - 2) * (3 - 1)
    se = np.sqrt(2 * (left**2).sum() / df * (1 / 10 + 1 / 14))
    for found in estimates(table):
        change = (wide[found.group] - wide["pre"]).to_numpy()
        assert found.value == pytest.approx(change[inside].mean() - change[~inside].mean())
        assert found.extra["se"] == pytest.approx(se, rel=1e-6)
        assert found.extra["df"] == pytest.approx(df, rel=1e-4)
        assert found.extra["complete_n"] == 24


def test_waves_with_gaps_equal_the_statistics_library() -> None:
    import statsmodels.formula.api as smf

    table = three_waves(20, 24, gaps=0.25)
    seen = table.dropna().assign(inside=lambda t: (t["group"] == "participants").astype(float))
    formula = "score ~ C(wave, Treatment('pre')) * inside"
    theirs = smf.mixedlm(formula, seen, groups=seen["person_id"]).fit(reml=True)
    for found in estimates(table):
        term = f"C(wave, Treatment('pre'))[T.{found.group}]:inside"
        assert found.value == pytest.approx(theirs.params[term], rel=1e-3)
        assert found.extra["se"] == pytest.approx(theirs.bse[term], rel=1e-3)
        assert found.extra["var_person"] == pytest.approx(theirs.cov_re.to_numpy().item(), rel=1e-3)
        assert found.extra["var_residual"] == pytest.approx(theirs.scale, rel=1e-3)
        both = seen[seen["wave"].isin(["pre", found.group])].groupby("person_id").size()
        assert found.extra["complete_n"] == (both == 2).sum()
        assert found.n + (found.n_comparator or 0) == seen["person_id"].nunique()


def test_a_third_wave_informs_the_second_only_through_people_with_gaps() -> None:
    complete, gaps = three_waves(16, 18), three_waves(16, 18, gaps=0.25)
    for table, alike in ((complete, True), (gaps, False)):
        (alone,) = estimates(table[table["wave"] != "follow_up"])
        beside = {found.group: found for found in estimates(table)}["post"]
        assert (abs(alone.value - beside.value) < 1e-9) is alike


def test_order_shift_scale_and_names_do_what_they_should() -> None:
    table = three_waves(12, 15, gaps=0.15)
    moved = shuffled(table.assign(score=10 * (table["score"] + 7)))
    for one, other, turned in zip(estimates(table), estimates(moved), estimates(flipped(table)), strict=True):
        assert one.lo is not None
        assert one.hi is not None
        assert (other.value, other.lo, other.hi) == pytest.approx((10 * one.value, 10 * one.lo, 10 * one.hi), rel=1e-5)
        assert other.p_value == pytest.approx(one.p_value, rel=1e-5)
        assert (turned.value, turned.lo, turned.hi) == pytest.approx((-one.value, -one.hi, -one.lo), rel=1e-5)


def test_another_reference_takes_one_difference_from_the_other() -> None:
    table = three_waves(12, 15, gaps=0.15)
    from_pre = {found.group: found.value for found in estimates(table)}
    from_post = {found.group: found.value for found in wave_differences(table, reference="post")}
    assert from_post["pre"] == pytest.approx(-from_pre["post"], rel=1e-6)
    assert from_post["follow_up"] == pytest.approx(from_pre["follow_up"] - from_pre["post"], rel=1e-6)


def test_waves_stand_in_the_order_of_their_categories() -> None:
    table = three_waves(12, 15)
    assert [found.group for found in estimates(table)] == ["follow_up", "post"]
    order = pd.CategoricalDtype(["pre", "pulse", "post", "follow_up"], ordered=True)
    assert [found.group for found in estimates(table.assign(wave=table["wave"].astype(order)))] == ["post", "follow_up"]


def test_a_wave_with_too_few_is_left_out_and_the_others_stay() -> None:
    table = three_waves(12, 15, gaps=0.1)
    thin = (table["wave"] == "follow_up") & (table["group"] == "participants") & (table["person_id"] > "p2")
    thinned = table[~thin]
    assert reasons(thinned) == {"follow_up": "fewer than 6 people of a group at one of the waves", "post": ""}
    (alone,) = estimates(table[table["wave"] != "follow_up"])
    kept = wave_differences(thinned)[1]
    assert isinstance(kept, Estimate)
    assert (kept.value, kept.extra) == (alone.value, alone.extra)


def test_people_seen_at_no_compared_wave_are_excluded() -> None:
    table = three_waves(12, 15)
    table.loc[(table["person_id"] == "p1"), "score"] = np.nan
    for found in estimates(table):
        assert (found.n, found.n_comparator, found.n_excluded) == (11, 15, 1)
        assert found.excluded_reason == "without a score at the waves compared"


def test_what_has_no_answer_says_why_for_each_wave() -> None:
    table = three_waves(12, 15)
    few = dict.fromkeys(["follow_up", "post"], "fewer than 6 people of a group at one of the waves")
    assert reasons(table[table["group"] == "participants"]) == few
    assert reasons(table[table["wave"] != "pre"]) == few
    assert reasons(table.assign(score=table["score"].where(table["wave"] != "pre"))) == few
    assert reasons(table.head(0)) == {}
    assert reasons(table[table["wave"] == "pre"]) == {}
    rise = table["wave"].map({"pre": 0.0, "post": 1.0, "follow_up": 3.0})
    exact = table.assign(score=table["person_id"].str[1:].astype(float) + rise)
    assert set(reasons(exact).values()) == {"the person, the wave and the group determine every score"}


def test_a_wave_that_shares_nobody_with_the_reference_is_not_compared() -> None:
    table = three_waves(14, 14)
    odd = table["person_id"].str[1:].astype(int) % 2 == 1
    apart = table.assign(
        score=table["score"].where(~odd | (table["wave"] != "pre")).where(odd | (table["wave"] != "post"))
    )
    assert reasons(apart) == {"follow_up": "", "post": "nobody has a score at both waves"}


def test_a_person_twice_in_two_groups_or_in_a_third_is_refused() -> None:
    table = three_waves(12, 15)
    with pytest.raises(ValueError, match="more than one row"):
        wave_differences(pd.concat([table, table.head(1)]))
    with pytest.raises(ValueError, match="group: participants or comparison"):
        wave_differences(table.assign(group="x"))
    table.loc[table.index[0], "group"] = "comparison"
    with pytest.raises(ValueError, match="both groups"):
        wave_differences(table)
