"""QAP and MRQAP: against R, and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.measures.network.qap import dyad_table, mrqap, qap_correlation
from rmanalytics.results import Curve, Estimate, NotEstimable

PREDICTORS = ["advice", "reports_to", "same_dept", "abs_age_diff"]


def krackhardt() -> tuple[dict[str, object], pd.DataFrame]:
    case, folder = golden("net_qap_krack")
    nodes = pd.read_csv(folder / "nodes.csv")
    people = pd.DataFrame({"person_id": nodes["id"], "generation": nodes["dept"]})
    table = None
    for name in ("friendship", "advice", "reports"):
        ties = pd.read_csv(folder / f"{name}.csv").set_axis(["source_id", "target_id"], axis=1)
        found = dyad_table(people, ties).rename(columns={"tie": name, "same_generation": "same_dept"})
        table = found if table is None else table.merge(found.drop(columns="same_dept"), on=["source_id", "target_id"])
    assert table is not None
    age = nodes.set_index("id")["age"]
    table["abs_age_diff"] = (age[table["source_id"]].to_numpy() - age[table["target_id"]].to_numpy()).__abs__()
    return case, table.rename(columns={"reports": "reports_to"})


@pytest.mark.golden
def test_mrqap_of_krackhardts_friendship_equals_r() -> None:
    case, table = krackhardt()
    expected = case["expected"]["mrqap"]  # type: ignore[index]
    curve = mrqap(
        table, outcome="friendship", predictors=PREDICTORS, rng=np.random.default_rng(1), seed=1, draws=10_000
    )
    assert isinstance(curve, Curve)
    points = curve.points.set_index("predictor")
    assert points.index.tolist() == expected["names"]
    for name in expected["names"]:
        assert close(case, points.loc[name, "coefficient"], expected["coef"][name])
        assert close(case, points.loc[name, "t"], expected["t"][name])
        tolerance = case["tolerance"]["p_abs"]  # type: ignore[index]
        assert points.loc[name, "p_value"] == pytest.approx(expected["p_two_dsp"][name], abs=tolerance)
    known = points.dropna(subset=["lo"])
    assert known.index.tolist() == ["(intercept)", "advice", "same_dept", "abs_age_diff"]
    assert ((known["lo"] < known["coefficient"]) & (known["coefficient"] < known["hi"])).all()
    assert close(case, curve.points.attrs["r_squared"], expected["r_squared"])
    assert curve.n == expected["n_dyads"]


@pytest.mark.golden
@pytest.mark.parametrize(("key", "predictor"), [("qap_friend_advice", "advice"), ("qap_friend_reports", "reports_to")])
def test_qap_correlation_equals_r(key: str, predictor: str) -> None:
    case, table = krackhardt()
    expected, tolerance = case["expected"][key], case["tolerance"]  # type: ignore[index]
    result = qap_correlation(
        table, outcome="friendship", predictor=predictor, rng=np.random.default_rng(1), seed=1, draws=10_000
    )
    assert isinstance(result, Estimate)
    assert close(case, result.value, expected["r"])
    assert result.p_value == pytest.approx(expected["p_two"], abs=tolerance["p_abs"])
    assert result.extra["p_upper"] == pytest.approx(expected["p_upper"], abs=tolerance["p_abs"])
    assert result.extra["perm_sd"] == pytest.approx(expected["perm_sd"], rel=tolerance["perm_sd_rel"])
    assert (result.draws, result.seed, result.n) == (10_000, 1, 420)


def example(people_n: int = 8) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    people = pd.DataFrame({"person_id": np.arange(people_n), "generation": ["x", "y"] * (people_n // 2)})
    ends = rng.integers(people_n, size=(2, 3 * people_n))
    table = dyad_table(people, pd.DataFrame({"source_id": ends[0], "target_id": ends[1]}))
    return table.assign(meetings=rng.poisson(2, len(table)))


def regression(table: pd.DataFrame, predictors: list[str]) -> Curve | NotEstimable:
    return mrqap(table, outcome="tie", predictors=predictors, rng=np.random.default_rng(1), seed=1, draws=200)


def test_row_order_does_not_matter() -> None:
    table = example()
    first = regression(table, ["meetings", "same_generation"])
    second = regression(table.sample(frac=1, random_state=1), ["meetings", "same_generation"])
    assert isinstance(first, Curve)
    assert isinstance(second, Curve)
    pd.testing.assert_frame_equal(first.points, second.points)


def test_p_value_and_t_of_a_predictor_do_not_change_with_its_unit() -> None:
    table = example()
    first = regression(table, ["meetings"])
    second = regression(table.assign(meetings=table["meetings"] * 10), ["meetings"])
    assert isinstance(first, Curve)
    assert isinstance(second, Curve)
    assert first.points["t"].to_numpy() == pytest.approx(second.points["t"].to_numpy())
    assert first.points["p_value"].tolist() == second.points["p_value"].tolist()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"tie": 1.0}, "no variation over the ordered pairs"),
        ({"meetings": 1.0}, "a predictor follows from the others"),
    ],
)
def test_mrqap_says_why_it_cannot_be_estimated(change: dict[str, float], expected: str) -> None:
    result = regression(example().assign(**change), ["meetings", "same_generation"])
    assert isinstance(result, NotEstimable)
    assert result.because == expected


def test_a_predictor_that_explains_everything_is_not_estimable() -> None:
    table = example()
    result = regression(table.assign(twice=2 * table["tie"]), ["twice"])
    assert isinstance(result, NotEstimable)
    assert result.because == "the predictors leave nothing over"


def test_too_few_people_are_not_estimable() -> None:
    table = example(4)
    result = regression(table, ["meetings"])
    assert isinstance(result, NotEstimable)
    assert result.because == "fewer than 6 people"
    correlation = qap_correlation(table, outcome="tie", predictor="meetings", rng=np.random.default_rng(1), seed=1)
    assert isinstance(correlation, NotEstimable)


@pytest.mark.parametrize("case", ["gap", "loop", "missing value", "twice"])
def test_incomplete_tables_are_refused(case: str) -> None:
    table = example()
    if case == "gap":
        table = table.iloc[1:]
    elif case == "loop":
        table.loc[0, "target_id"] = table.loc[0, "source_id"]
    elif case == "missing value":
        table["meetings"] = table["meetings"].astype("float64").where(table.index > 0)
    else:
        table = pd.concat([table, table.iloc[:1]])
    with pytest.raises(ValueError, match=r"ordered pair|more than one row"):
        regression(table, ["meetings"])
