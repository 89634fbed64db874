"""Events in time: log-rank and competing exits against R, and what they must be by themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from golden_data import close, golden

from rmanalytics.measures.retention import risk_sets
from rmanalytics.measures.retention.kaplan_meier import survival_curve
from rmanalytics.measures.retention.risk_sets import cumulative_incidence, log_rank
from rmanalytics.measures.stats.cox_model import fit_cox
from rmanalytics.results import Estimate, NotEstimable

SOURCES = {
    "rmst_pbc": ("logrank", {"id": "person_id", "time": "time_days", "status": "event"}, "arm", 0),
    "cox_rossi": ("logrank_fin", {"week": "time_days", "arrest": "event"}, "fin", 0),
    "km_cox_job_retention": ("logrank_gender", {"month": "time_days", "left": "event"}, "gender", "F"),
}


@pytest.mark.golden
@pytest.mark.parametrize("source", SOURCES)
def test_log_rank_equals_r(source):
    case, folder = golden(source)
    key, names, column, first = SOURCES[source]
    data = pd.read_csv(folder / "data.csv").rename(columns=names)
    data = data.assign(person_id=[f"p{i}" for i in range(len(data))])
    data["group"] = np.where(data[column] == first, "participants", "comparison")
    expected = case["expected"][key]
    result = log_rank(data)
    assert isinstance(result, Estimate)
    assert close(case, result.extra["chi_square"], expected["chisq"])
    assert close(case, result.p_value, expected["p"])
    assert close(case, result.extra["expected"], expected["expected"][0])
    assert close(case, result.extra["expected_comparison"], expected["expected"][1])
    assert [result.extra["observed"], result.extra["observed_comparison"]] == expected["observed"]


@pytest.mark.golden
def test_cumulative_incidence_and_its_standard_error_equal_r_on_mgus2():
    case, folder = golden("competing_mgus2")
    data = pd.read_csv(folder / "data.csv").rename(columns={"id": "person_id", "etime": "time_days"})
    data = data.assign(exit_reason=data["event"].map({0: "", 1: "pcm", 2: "death"}))
    expected = case["expected"]
    for i, (stratum, time) in enumerate(zip(expected["strata"], expected["times"], strict=True)):
        rows = data[data["sex"] == stratum.removeprefix("sex=")]
        for reason, key in (("pcm", "cif_pcm"), ("death", "cif_death")):
            points = cumulative_incidence(rows, reasons=(reason,)).points
            now = points[points["time_days"] <= time].iloc[-1]
            assert close(case, now["incidence"], expected[key][i])
            assert now["lo"] < now["incidence"] < now["hi"]
            if reason == "pcm":
                assert close(case, now["se"], expected["se_pcm"][i])


def random_exits(seed, n=60):
    rng = np.random.default_rng(seed)
    time = rng.integers(1, 30, n)
    reason = rng.choice(["", "voluntary", "retirement", "transfer"], n)
    frame = pd.DataFrame({"person_id": [f"p{i}" for i in range(n)], "time_days": time, "exit_reason": reason})
    return frame.assign(event=(reason != "").astype(int), entry_days=np.floor(time * rng.random(n)))


@pytest.mark.parametrize("seed", range(5))
def test_all_reasons_and_those_still_there_add_up_to_one(seed):
    data = random_exits(seed).drop(columns="entry_days")
    shares = [
        cumulative_incidence(data, reasons=(reason,)).points["incidence"]
        for reason in ("voluntary", "retirement", "transfer")
    ]
    assert (sum(shares) + survival_curve(data).points["survival"]).to_numpy() == pytest.approx(1)


@pytest.mark.parametrize("seed", range(5))
def test_without_competing_exits_the_incidence_is_one_minus_kaplan_meier(seed):
    data = random_exits(seed).drop(columns="entry_days")
    every = cumulative_incidence(data, reasons=("voluntary", "retirement", "transfer")).points
    assert every["incidence"].to_numpy() == pytest.approx(1 - survival_curve(data).points["survival"].to_numpy())
    one = cumulative_incidence(data).points["incidence"]
    censored = survival_curve(data.assign(event=(data["exit_reason"] == "voluntary").astype(int)))
    assert (1 - censored.points["survival"] >= one - 1e-12).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_variance_is_the_sum_of_squared_changes_when_one_person_weighs_more(seed):
    """The influence of a person, by brute force: weigh them a little more and see what the curve does."""
    data = random_exits(seed, n=25)
    small = 1e-6
    base = weighted_incidence(data, np.ones(25))
    changes = [(weighted_incidence(data, 1 + small * (np.arange(25) == i)) - base) / small for i in range(25)]
    found = cumulative_incidence(data).points.iloc[1:]
    assert found["incidence"].to_numpy() == pytest.approx(base)
    assert found["se"].to_numpy() == pytest.approx(np.sqrt(np.sum(np.square(changes), axis=0)), abs=1e-5)


def weighted_incidence(data, weight):
    times = np.unique(data["time_days"])
    at_risk = np.array([weight[(data["entry_days"] < t) & (data["time_days"] >= t)].sum() for t in times])
    every = np.array([weight[(data["time_days"] == t) & (data["event"] == 1)].sum() for t in times])
    cause = np.array([weight[(data["time_days"] == t) & (data["exit_reason"] == "voluntary")].sum() for t in times])
    before = np.r_[1, np.cumprod(1 - every / at_risk)[:-1]]
    return np.cumsum(before * cause / at_risk)


@pytest.mark.parametrize("seed", range(5))
def test_log_rank_is_the_score_test_of_the_cox_model_without_ties(seed):
    rng = np.random.default_rng(seed)
    n = 50
    frame = pd.DataFrame(
        {
            "person_id": [f"p{i}" for i in range(n)],
            "group": rng.choice(["participants", "comparison"], n),
            "time_days": rng.random(n) * 100 + 1,
            "event": rng.integers(0, 2, n),
        }
    )
    frame["entry_days"] = frame["time_days"] * rng.random(n) * 0.5
    z = (frame["group"] == "participants").to_numpy(float)[:, None]
    fit = fit_cox(frame["time_days"].to_numpy(), frame["event"].to_numpy(), z, entry=frame["entry_days"].to_numpy())
    assert log_rank(frame).extra["chi_square"] == pytest.approx(fit.score_test)


def test_swapping_the_groups_turns_the_sign_of_the_excess():
    data = random_exits(1)
    data["group"] = np.where(np.arange(len(data)) % 2, "participants", "comparison")
    swapped = data.assign(group=data["group"].map({"participants": "comparison", "comparison": "participants"}))
    here, there = log_rank(data), log_rank(swapped)
    assert (here.value, here.p_value) == pytest.approx((-there.value, there.p_value))


def test_few_people_and_no_events_are_not_estimable():
    data = random_exits(1)
    data["group"] = ["participants"] * 5 + ["comparison"] * 55
    assert log_rank(data).reason == risk_sets.TOO_FEW_IN_GROUP
    halves = data.assign(group=["participants"] * 30 + ["comparison"] * 30)
    assert log_rank(halves.assign(event=0)).reason == risk_sets.NO_EVENT
    assert isinstance(cumulative_incidence(data.head(5)), NotEstimable)
    with pytest.raises(ValueError, match="participants or comparison"):
        log_rank(data.assign(group="all"))
