"""Every public measure on degenerate inputs: declared outcomes alone, nothing false estimated, the same for the same.

The regular inputs are what the evaluation of a simulated programme hands to each measure; each is then spoilt column by
column. What has an independent reference is held against it on inputs drawn at random, ties and all.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import math
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.api import OLS
from statsmodels.duration.api import SurvfuncRight, survdiff

import rmanalytics.measures as measures
from rmanalytics.evaluation.study import Study
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.results import GROUPS, Curve, Estimate, NotEstimable
from rmanalytics.simulate import simulate

Call = tuple[tuple[Any, ...], dict[str, Any]]
Frame = pd.DataFrame
FEW_DRAWS = 60
NOT_TRIED = {
    *("adopted_rate", "both_at_point_share", "catalogue_meeting_share", "class_difference", "interrupted_series"),
    *("level_and_trend", "meant_share", "rate_ratio_over_strata", "role_rate_ratio_over_rounds", "slope_over_rounds"),
    *("difference_over_entries", "mixing_change", "tie_difference", "unit_ei_difference"),
}
"""Measures that only their own tests try so far."""
PAIRED_BY_ROW = {"cost"}
"""Columns of frames whose rows belong to those of another frame, draw by draw."""


def public() -> dict[str, Callable[..., Any]]:
    """Every measure by its name: whatever contains its faults."""
    modules = [
        importlib.import_module(m.name) for m in pkgutil.walk_packages(measures.__path__, "rmanalytics.measures.")
    ]
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and hasattr(value, "__wrapped__")
    }


PUBLIC = public()


def by_hand() -> dict[str, Call]:
    """Inputs of measures that the evaluation does not call, or not with enough to estimate."""
    rng = np.random.default_rng(1)
    ids = [f"p{i:02}" for i in range(14)]
    pairs = [(a, b) for a in ids for b in ids if a != b]
    dyads = Frame(pairs, columns=["source_id", "target_id"])
    dyads = dyads.assign(tie=rng.integers(0, 2, len(pairs)), near=rng.normal(size=len(pairs)))
    people = Frame({"person_id": ids, "group": [GROUPS[i % 2] for i in range(14)], "age": rng.normal(40, 9, 14)})
    old = people["age"].gt(40).map({True: "old", False: "young"})
    ties = dyads[dyads["tie"] == 1][["source_id", "target_id"]]
    pulse = Frame({"person_id": ids, "unit": [f"u{i % 7}" for i in range(14)], "score": rng.normal(size=14)})
    pulse = pulse.assign(exposure=[float(i % 7) for i in range(14)], before=rng.normal(size=14))
    ratings = Frame(rng.normal(size=(9, 3)), columns=list("abc")).assign(target_id=range(9))
    then = Frame({"person_id": ids} | {name: rng.integers(1, 6, 14) for name in ("pre", "then", "post")})
    strata = Frame({"yes": [9, 12], "n": [20, 22], "yes_comparison": [7, 6], "n_comparison": [21, 20]})
    spells = Frame({"person_id": ids, "time_days": rng.integers(20, 300, 14), "event": [1, 0] * 7, "group": GROUPS[0]})
    many = Frame({"person_id": [f"q{i:03}" for i in range(80)], "group": [GROUPS[i % 2] for i in range(80)]})
    many = many.assign(pre=rng.integers(1, 6, 80).astype(float), post=rng.integers(1, 6, 80).astype(float))
    silent = many.assign(post=many["post"].where(many.index % 3 > 0))
    lived = many.assign(time_days=rng.integers(5, 300, 80).astype(float), event=rng.integers(0, 2, 80))
    followed = lived.assign(entry_days=0.0, participant=(lived["group"] == GROUPS[0]).astype(int))
    rounds = pd.concat([lived.assign(round_id=r, time_days=rng.integers(5, 300, 80).astype(float)) for r in "ab"])
    waves = pd.concat([pulse.assign(time_days=180.0 * w, score=rng.normal(size=14)) for w in range(4)])
    pooled = Frame({"round_id": list("abcdef"), "value": rng.normal(0.3, 0.1, 6), "se": rng.uniform(0.1, 0.2, 6)})
    draws = {"rng": np.random.default_rng(1), "seed": 1}
    pool = many.assign(participant=(many.index < 20).astype(int), meant=np.where(many.index % 3, "others", "meant"))
    return {
        "representation_ratio": ((pool,), {"attribute": "meant", "group": "meant"}),
        "matching_balance": ((people, people[2:]), {"covariates": ["age"]}),
        "omnibus_balance": ((people.assign(round_id="r"),), {"values": ["age"], "rng": np.random.default_rng(1)}),
        "ei_by_group": ((people.assign(generation=old), ties), {}),
        "qap_correlation": ((dyads,), {"outcome": "tie", "predictor": "near"} | draws),
        "mrqap": ((dyads,), {"outcome": "tie", "predictors": ["near"]} | draws),
        "rmst": ((spells,), {"tau": 200.0}),
        "intraclass_correlations": ((ratings,), {}),
        "mantel_haenszel_difference": ((strata,), {"name": "x"}),
        "exposure_slope_adjusted": ((pulse,), {"unit": "x"}),
        "then_test": ((then,), {}),
        "completer_difference": ((silent,), {}),
        "completer_difference_by_group": ((silent,), {}),
        "answered_share_difference": ((silent,), {}),
        "rmst_over_rounds": ((rounds,), {}),
        "hazard_ratio": ((followed,), {}),
        "proportional_hazards_check": ((followed,), {}),
        "hazard_alternatives": ((followed,), {}),
        "median_stay": ((spells,), {}),
        "pooled_alternatives": ((pooled,), {}),
        "exposure_slope": ((pulse,), {"unit": "x"}),
        "pulse_trend": ((waves,), {}),
        "pooled_difference": ((pooled,), {}),
        "minimum_detectable_change": ((12,), {"sd": 1.0, "unit": "x"}),
        "events_needed": ((1.5,), {}),
    }


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Call]]:
    """What the evaluation of a simulated round hands to each measure."""
    folder = tmp_path_factory.mktemp("programme")
    simulate(folder, seed=20, rounds=2, tandems=20, employees=300)
    hand = by_hand()
    found: dict[str, list[Call]] = {name: [call] for name, call in hand.items()}

    def listening(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **kwargs: Any) -> Any:
            if name not in hand and name not in NOT_TRIED:
                found.setdefault(name, []).append(copy.deepcopy((args, kwargs)))
            return function(*args, **kwargs)

        noted.__annotations__ = function.__annotations__
        return noted

    with pytest.MonkeyPatch.context() as patch:
        for module in [value for key, value in sys.modules.items() if key.startswith("rmanalytics.")]:
            for name, value in list(vars(module).items()):
                if inspect.isfunction(value) and PUBLIC.get(value.__name__) is value:
                    patch.setattr(module, name, listening(value.__name__, value))
        study = Study(read_bundle(folder), "2026H1")
        assert len(study.results) > 100
        assert study.faults == []
    return found


def kinds(frame: Frame) -> tuple[list[str], list[str]]:
    """Columns of numbers, and columns of texts that are no ids."""
    numbers = [c for c in frame if pd.api.types.is_numeric_dtype(frame[c].dtype)]
    texts = [c for c in frame if pd.api.types.is_string_dtype(frame[c].dtype) and frame[c].nunique() < len(frame)]
    return numbers, texts


def typed(frame: Frame, *, number: str, text: str) -> Frame:
    numbers, texts = kinds(frame)
    whole = frame.astype(dict.fromkeys(numbers, "float64"))
    return whole.astype(dict.fromkeys(numbers, number) | dict.fromkeys(texts, text))


SAME: dict[str, Callable[[Frame], Frame]] = {
    "index repeated": lambda frame: frame.set_axis([0] * len(frame)),
    "nullable": partial(typed, number="Float64", text="string"),
    "pyarrow": partial(typed, number="double[pyarrow]", text="string[pyarrow]"),
    "objects": partial(typed, number="float64", text="object"),
    "categories": partial(typed, number="float64", text="category"),
    "shuffled": lambda frame: frame.sample(frac=1, random_state=3),
}
"""The same input otherwise typed or put in another order."""


def spoilt(frame: Frame) -> Iterator[tuple[str, Frame]]:
    """A frame spoilt in one way each."""
    numbers, texts = kinds(frame)
    for rows in (0, 1, 2, 5):
        yield f"{rows} rows", frame.head(rows)
    for c in numbers:
        values = frame[c].astype("float64")
        yield f"{c} constant", frame.assign(**{c: values.iloc[0]})
        yield f"{c} twice .3, once .1+.2", frame.assign(**{c: np.where(np.arange(len(frame)) % 3, 0.3, 0.1 + 0.2)})
        yield f"{c} of two values", frame.assign(**{c: (values > values.median()).astype("float64")})
        yield f"{c} missing", frame.assign(**{c: math.nan})
        yield f"{c} once infinite", frame.assign(**{c: values.where(np.arange(len(frame)) > 0, math.inf)})
        if "group" in frame:
            yield f"{c} separated", frame.assign(**{c: (frame["group"] == GROUPS[0]).astype("float64")})
    for c in texts:
        yield f"one {c}", frame[frame[c] == frame[c].iloc[0]]
        yield f"{c} each its own", frame.assign(**{c: [f"x{i}" for i in range(len(frame))]})


def called(name: str, call: Call, at: int | None = None, frame: Frame | None = None) -> Any:
    """A measure called afresh, with its own stream of chance and few draws, one frame replaced."""
    args, kwargs = copy.deepcopy(call)
    if at is not None:
        args = (*args[:at], frame, *args[at + 1 :])
    function = PUBLIC[name]
    for draws in {"draws", "bootstrap_draws"} & set(inspect.signature(function).parameters):
        kwargs[draws] = FEW_DRAWS
    return function(*args, **kwargs)


def outcome(name: str, call: Call, at: int | None = None, frame: Frame | None = None) -> tuple[Any, str]:
    """The result and no fault; or none and the fault, empty where it is a declared refusal."""
    try:
        found = called(name, call, at, frame)
    except Exception as error:  # noqa: BLE001  (whatever is raised is looked at)
        deepest = traceback.extract_tb(error.__traceback__)[-1]
        declared = isinstance(error, ValueError) and "rmanalytics" in deepest.filename
        declared = declared and not deepest.filename.endswith("results.py") and "raise" in (deepest.line or "")
        return (
            None,
            "" if declared else f"{type(error).__name__}: {error} ({Path(deepest.filename).name}:{deepest.lineno})",
        )
    known = isinstance(found, Estimate | NotEstimable | Curve | Frame | tuple)
    return found, "" if known else f"gave {type(found).__name__}"


def frames(calls: Mapping[str, list[Call]]) -> Iterator[tuple[str, Call, int, Frame]]:
    for name, own in calls.items():
        call = own[len(own) // 2]
        yield from ((name, call, at, arg) for at, arg in enumerate(call[0]) if isinstance(arg, Frame))


def numbers_of(result: Any) -> list[Any]:
    """What a result says, for comparison."""
    if isinstance(result, tuple):
        return [number for one in result for number in numbers_of(one)]
    if isinstance(result, Curve):
        points = result.points.sort_values(list(result.points.columns), ignore_index=True)
        return [result.n, *points.select_dtypes("number").to_numpy(dtype=float).ravel()]
    if isinstance(result, Estimate):
        return [result.n, result.value, result.lo, result.hi, result.p_value]
    return [type(result).__name__, getattr(result, "reason", "")]


def close(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-7, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def alike(first: Any, second: Any) -> bool:
    one, other = numbers_of(first), numbers_of(second)
    return len(one) == len(other) and all(map(close, one, other))


def test_every_public_measure_is_tried(calls: Mapping[str, list[Call]]) -> None:
    assert set(PUBLIC) - set(calls) == NOT_TRIED


def test_regular_inputs_are_estimated(calls: Mapping[str, list[Call]]) -> None:
    for name, own in calls.items():
        found = [outcome(name, call) for call in own[:: max(1, len(own) // 5)]]
        assert not [fault for _, fault in found if fault], name
        estimated = [not isinstance(result, NotEstimable) for result, _ in found]
        assert sum(estimated) >= 0.6 * len(estimated), (
            name,
            [r.because for r, _ in found if isinstance(r, NotEstimable)],
        )


def test_spoilt_inputs_have_declared_outcomes_alone(calls: Mapping[str, list[Call]]) -> None:
    faults = {}
    for name, call, at, frame in frames(calls):
        for how, input_ in spoilt(frame):
            _, fault = outcome(name, call, at, input_)
            if fault:
                faults[name, at, how] = fault
    assert faults == {}


@pytest.mark.parametrize("how", SAME)
def test_the_same_input_gives_the_same(how: str, calls: Mapping[str, list[Call]]) -> None:
    others = {}
    for name, call, at, frame in frames(calls):
        drawn = "rng" in inspect.signature(PUBLIC[name]).parameters
        if how == "shuffled" and (drawn or PAIRED_BY_ROW & set(frame)):
            continue  # draws follow the order of the rows, which the door puts in order
        regular, _ = outcome(name, call)
        found, fault = outcome(name, call, at, SAME[how](frame))
        if fault or not alike(regular, found):
            others[name, at] = fault or (str(regular), str(found))
    assert others == {}


@pytest.fixture(params=[(6, 1), (6, 2), (12, 3), (34, 4)], ids=lambda p: f"{p[0]} of seed {p[1]}")
def pairs(request: pytest.FixtureRequest) -> Frame:
    """Two groups of answers on a scale of five points, so that there are ties."""
    n, seed = request.param
    rng = np.random.default_rng(seed)
    group = np.repeat(GROUPS, n)
    return Frame({"person_id": range(2 * n), "group": group} | {w: rng.integers(1, 6, 2 * n) for w in ("pre", "post")})


def said(result: Any) -> tuple[float | None, ...]:
    assert isinstance(result, Estimate)
    return (result.value, result.lo, result.hi, result.p_value)


def test_estimates_equal_those_of_independent_programs(pairs: Frame) -> None:
    change = pairs["post"] - pairs["pre"]
    inside = pairs["group"] == GROUPS[0]
    one = stats.ttest_1samp(change, 0)
    two = stats.ttest_ind(change[inside], change[~inside], equal_var=False)
    mean = stats.ttest_1samp(pairs["post"], 3)
    signs = stats.permutation_test((change[inside],), np.mean, permutation_type="samples", n_resamples=1 << 12)
    design = np.column_stack([np.ones(len(pairs)), inside, pairs["pre"]])
    line = OLS(pairs["post"].to_numpy(), design).fit(cov_type="HC3")
    units = Frame({"unit_id": range(len(pairs)), "score": pairs["post"]})
    called_for = {
        name: PUBLIC[name](pairs) for name in ("paired_change", "change_score_difference", "adjusted_difference")
    }
    welch = (change[inside].mean() - change[~inside].mean(), *two.confidence_interval(), two.pvalue)
    assert said(called_for["paired_change"]) == pytest.approx((change.mean(), *one.confidence_interval(), one.pvalue))
    assert said(called_for["change_score_difference"]) == pytest.approx(welch)
    assert called_for["adjusted_difference"].value == pytest.approx(line.params[1])
    assert called_for["adjusted_difference"].extra["hc3_se"] == pytest.approx(line.bse[1])
    t_mean = (pairs["post"].mean(), *mean.confidence_interval(), mean.pvalue)
    assert said(PUBLIC["scale_mean"](units, reference=3.0)) == pytest.approx(t_mean)
    if inside.sum() <= 12:
        assert PUBLIC["sign_flip"](pairs[inside]).p_value == pytest.approx(signs.pvalue)


def test_survival_equals_that_of_an_independent_program(pairs: Frame) -> None:
    spells = pairs.assign(time_days=pairs["pre"] * 30.0, event=pairs["post"] % 2)
    _, p = survdiff(spells["time_days"], spells["event"], spells["group"])
    assert PUBLIC["log_rank"](spells).p_value == pytest.approx(p)
    own = spells[spells["group"] == GROUPS[0]]
    curve, other = PUBLIC["survival_curve"](own).points, SurvfuncRight(own["time_days"], own["event"])
    steps = curve.set_index("time_days")["survival"]
    assert steps.reindex(other.surv_times, method="ffill").to_numpy() == pytest.approx(other.surv_prob)


def arms(leavers: int, of: int, *, group: str, round_id: str) -> Frame:
    """People followed for 300 days, of whom the first leave, a day apart."""
    days = [100.0 + i if i < leavers else 300.0 for i in range(of)]
    people = [f"{round_id}{group}{i}" for i in range(of)]
    gone = [int(i < leavers) for i in range(of)]
    return Frame({"round_id": round_id, "person_id": people, "group": group, "time_days": days, "event": gone})


def test_without_variation_nothing_is_estimated() -> None:
    threes = Frame({"unit_id": range(6), "score": [0.3] * 5 + [0.1 + 0.2]})
    stay = pd.concat([arms(n, 20, group=g, round_id=r) for r in "ab" for g, n in zip(GROUPS, (0, 9), strict=True)])
    still = Frame({"person_id": range(12), "group": np.repeat(GROUPS, 6), "pre": 3})
    still = still.assign(post=[4] * 6 + [3, 4, 2, 3, 5, 4])
    at_once = arms(0, 20, group=GROUPS[0], round_id="a").assign(time_days=[0.3] * 19 + [0.1 + 0.2], event=1)
    first = stay[stay["round_id"] == "a"]
    for result, words in (
        (PUBLIC["scale_mean"](threes, reference=0.0), ""),
        (PUBLIC["rmst_over_rounds"](stay), "one of the groups"),
        (PUBLIC["rmst_difference"](pd.concat([at_once, first[first["group"] == GROUPS[1]]])), ""),
        (PUBLIC["change_score_difference"](still), "in one of the groups every complete pair"),
    ):
        assert isinstance(result, NotEstimable)
        assert words in result.because


def test_all_participants_start_at_exactly_the_comparisons_mean() -> None:
    scores = Frame({"person_id": range(12), "group": np.repeat(GROUPS, 6)})
    scores = scores.assign(pre=[3] * 6 + [1, 2, 3, 3, 4, 5], post=[3, 4, 3, 4, 3, 4, 1, 2, 3, 3, 4, 4])
    inside = scores["group"] == GROUPS[0]
    line = OLS(scores["post"].to_numpy(), np.column_stack([np.ones(12), inside, scores["pre"]])).fit()
    result = PUBLIC["adjusted_difference"](scores)
    assert result.value == pytest.approx(line.params[1])
    assert result.lo < result.value < result.hi
