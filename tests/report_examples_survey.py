"""What a full round's survey and pulse give beyond the changes themselves: for `report_examples`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from rmanalytics.programme.programme import Programme
from rmanalytics.results import Curve, Estimate, NotEstimable, Result, Results

EstimateMaker = Callable[..., Estimate]
CurveMaker = Callable[..., Curve]
WAITING = "waiting list"


def behind_the_means(plan: Programme, estimate: EstimateMaker, curve: CurveMaker) -> list[Result]:
    """Single people, questions, exact tests, the missing and the quality of every scale."""
    found: list[Result] = []
    for number, declared in enumerate(plan.outcomes):
        instrument = plan.instruments[declared.instrument]
        about = {"outcome": instrument.name, "side": declared.side}
        against = {"n_comparator": 33, **about}
        found += [
            estimate(
                "reliable_rise_share", "share", 8 / 31, 0.14, 0.43, extra={"count": 8.0, "least_change": 1.1}, **about
            ),
            estimate(
                "reliable_fall_share", "share", 1 / 31, 0.01, 0.16, extra={"count": 1.0, "least_change": 0.9}, **about
            ),
            estimate("rise_out_of_reach_share", "share", 9 / 31, 0.16, 0.47, extra={"count": 9.0}, **about),
            curve(
                "reliable_change_variants",
                {
                    "variant": ["practice-adjusted", "Jacobson-Truax", "Maassen"],
                    "rose_n": [8, 9, 7],
                    "fell_n": [1, 0, 1],
                    "same_n": [22, 22, 23],
                    "least_change": [1.0, 1.0, 1.1],
                },
                n=31,
                **about,
            ),
            curve(
                "item_changes",
                {
                    "item": list(instrument.item_ids),
                    "change": [0.1 * (i % 5) for i in range(len(instrument.items))],
                    "lo": -0.2,
                    "hi": 0.7,
                    "n": 30,
                    "p_value": 0.04,
                    "p_adjusted": 0.12,
                },
                unit="scale points",
                n=31,
                group="participants",
                **about,
            ),
            estimate("mixed_difference", "scale points", 0.38, 0.12, 0.64, p_value=0.005, **against),
            estimate("adjusted_difference_at_lowest", "scale points", -0.1, -0.5, 0.3, p_value=0.6, **against),
            estimate("adjusted_difference_at_highest", "scale points", 0.7, 0.4, 1.0, p_value=0.001, **against),
            estimate(
                "answered_share_difference",
                "share",
                -0.05,
                -0.2,
                0.1,
                extra={"share": 31 / 33, "share_comparator": 33 / 36},
                n_comparator=36,
                n=33,
                **about,
            ),
            estimate("completer_difference", "g", 0.2, -0.6, 1.0, n_comparator=7, group="participants", **about),
        ]
        for group in ("participants", "comparison"):
            exact = {"group": group, "p_value": 0.02, **about}
            found += [
                estimate("signed_rank", "rank-biserial", 0.4, **exact),
                estimate("signed_rank_pratt", "rank-biserial", 0.4, **exact),
                NotEstimable(
                    name="sign_flip",
                    unit="scale points",
                    n=31,
                    reason="the changes are not multiples of one step of the scale",
                    group=group,
                    **about,
                ),
            ]
        for wave in ("pre", "post"):
            found.append(estimate("omega_total", "omega", 0.88, 0.8, 0.93, group=wave, n=64, **about))
            found.append(
                curve(
                    "item_rest_correlations",
                    {
                        "item": list(instrument.item_ids),
                        "item_rest_r": [-0.2 if number == 1 and i == 0 else 0.5 for i in range(len(instrument.items))],
                        "alpha_without": 0.8,
                    },
                    n=64,
                    group=wave,
                    **about,
                )
            )
        found += [
            curve(
                name,
                {
                    "step": ["configural", "metric", "scalar"],
                    "chi2": [30.0, 34.0, 60.0],
                    "df": [29.0, 33.0, 37.0],
                    "p_value": [0.5, 0.4, 0.01],
                    "cfi": [1.0, 1.0, 0.9],
                    "rmsea": [0.0, 0.0, 0.1],
                    "rmsea_lo": [0.0, 0.0, 0.05],
                    "rmsea_hi": [0.1, 0.1, 0.16],
                    "srmr": [0.05, 0.06, 0.09],
                    "difference_chi2": [math.nan, 4.0, 24.0],
                    "difference_df": [math.nan, 4.0, 4.0],
                    "difference_p_value": [math.nan, 0.4, 0.0001],
                    "cfi_change": [math.nan, 0.0, -0.1],
                    "p_adjusted": [math.nan, 1.0, 0.001 if number == 1 else 0.2],
                },
                n=64,
                group=group,
                **about,
            )
            for name, group in (("invariance_over_waves", ""), ("invariance_between_groups", "post"))
        ]
        found.append(estimate("floor_share", "share", 0.0, 0.0, 0.1, extra={"count": 0.0}, group="pre", **about))
    return found


def yardsticks(estimate: EstimateMaker) -> list[Result]:
    """Change since the true and the retrospective pretest, and a task."""
    found: list[Result] = []
    about = {"outcome": "digital_fitness", "side": "mentee"}
    for group, first, second, n in (("participants", 0.47, 0.81, 30), ("comparison", 0.06, 0.1, 32)):
        for name, value in (
            ("change_from_pretest", first),
            ("change_from_then_test", second),
            ("response_shift", first - second),
        ):
            limits = (value - 0.2, value + 0.2)
            found.append(estimate(name, "scale points", value, *limits, n=n, group=group, p_value=0.01, **about))
        found.append(estimate("task_change", "task points", 0.2, 0.1, 0.3, n=n, group=group, p_value=0.01, **about))
    return found


def aims(estimate: EstimateMaker) -> list[Result]:
    """Goals and upward feedback."""
    goals = {"outcome": "goals.by_self", "side": "mentee"}
    leaders = {"outcome": "upward_leadership", "side": "mentee", "n": 17, "unit_of_analysis": "leader"}
    found: list[Result] = [
        estimate("goal_attainment", "T points", 56.2, 52.9, 59.4, n=29, extra={"reference": 50.0}, **goals),
        estimate(
            "goals_reached_share",
            "share",
            71 / 85,
            0.73,
            0.9,
            n=29,
            extra={"goals_n": 85.0, "reached_n": 71.0},
            **goals,
        ),
        estimate(
            "goals_reached_share_at_worst",
            "share",
            71 / 102,
            0.55,
            0.81,
            n=34,
            extra={"goals_n": 102.0, "reached_n": 71.0},
            **goals,
        ),
    ]
    against = {"n_comparator": 18, "comparator": WAITING, "p_value": 0.2, **leaders}
    found += [
        estimate(name, "scale points", 0.14, -0.09, 0.36, **against)
        for name in ("leader_adjusted_difference", "leader_change_difference", "rater_change_difference")
    ]
    return found


def pairs(plan: Programme, estimate: EstimateMaker, curve: CurveMaker) -> list[Result]:
    """Agreement and distance of the two of a tandem, and whose start shows in whose score."""
    found: list[Result] = []
    for part, subscale in enumerate(("", *plan.instruments["tandem_relationship"].subscales)):
        outcome = f"tandem_relationship.{subscale}" if subscale else "tandem_relationship"
        about = {"outcome": outcome, "side": "both", "unit_of_analysis": "tandem", "n": 26, "p_value": 0.1}
        found.append(estimate("dyadic_icc", "icc", 0.3, -0.1, 0.6, **about))
        gap = -0.46 if subscale == "eye_level" else -0.1 * part
        found.append(estimate("side_difference", "scale points", gap, gap - 0.4, gap + 0.4, **about))
    both = {"outcome": "digital_fitness+felt_appreciation", "side": "both"}
    found.append(
        curve(
            "actor_partner",
            {
                "side": ["mentor", "mentor", "mentee", "mentee"],
                "term": ["own start", "partner's start"] * 2,
                "value": [0.62, 0.02, 0.77, -0.13],
                "se": 0.1,
                "lo": [0.4, -0.2, 0.3, -0.5],
                "hi": [0.8, 0.3, 1.2, 0.3],
                "df": 23.0,
                "p_value": [0.001, 0.9, 0.002, 0.5],
            },
            unit="points per point",
            n=26,
            **both,
        )
    )
    found.append(estimate("sides_alike", "chi2", 11.3, p_value=0.02, extra={"df": 4.0}, n=26, **both))
    return found


def balance(curve: CurveMaker) -> list[Result]:
    """Age, tenure and unit of both groups; one unit with few people."""
    points = {
        "covariate": ["birth_year", "tenure_years", "unit", "unit", "unit", "unit"],
        "level": ["", "", "", "Finance", "Sales", "IT"],
        "participants": [1974.2, 13.1, float("nan"), 20 / 34, 2 / 34, 12 / 34],
        "comparison": [1977.4, 12.4, float("nan"), 24 / 40, 10 / 40, 6 / 40],
        "difference_sd": [-0.43, 0.08, 0.65, 0.0, -0.4, 0.5],
        "p": [0.08, 0.74, float("nan"), float("nan"), float("nan"), float("nan")],
    }
    about = {"unit": "standard deviations", "n": 74}
    return [curve("balance_table", points, side=side, **about) for side in ("mentee", "mentor")]


def detectable(curve: CurveMaker) -> Curve:
    return curve(
        "detectable_by_size",
        {"n": [10, 34, 68, 136], "difference": [0.72, 0.37, 0.26, 0.18]},
        unit="scale points",
        n=4,
        outcome="digital_fitness",
        side="mentee",
    )


def company(estimate: EstimateMaker, curve: CurveMaker) -> Results:
    """The pulse survey: means over four rounds, trend, slopes by tandems and by distance."""
    found: list[Result] = []
    for name in ("digital_fitness", "learning_climate"):
        about = {"outcome": f"pulse.{name}"}
        units = {"units": 8.0}
        found += [
            estimate(
                "exposure_slope",
                "points per tandem per 100 people",
                0.03,
                0.01,
                0.06,
                n=204,
                p_value=0.03,
                extra=units,
                group="tandems in the unit",
                **about,
            ),
            estimate(
                "exposure_slope",
                "points per step",
                -0.02,
                -0.3,
                0.2,
                n=204,
                p_value=0.8,
                extra=units,
                group="distance to a participant",
                **about,
            ),
            curve(
                "pulse_means",
                {
                    "time_days": [0.0, 184.0, 365.0, 549.0],
                    "mean": [3.12, 3.18, 3.17, 3.28],
                    "lo": [2.98, 3.04, 3.09, float("nan")],
                    "hi": [3.26, 3.31, 3.24, float("nan")],
                    "n": [227, 233, 234, 235],
                    "units_n": 8,
                },
                unit="scale points",
                n=700,
                **about,
            ),
            estimate("pulse_trend", "points per year", 0.09, -0.01, 0.22, n=700, p_value=0.07, extra=units, **about),
        ]
    found.append(
        NotEstimable(
            name="pulse_trend", unit="points per year", reason="fewer than {least} waves", n=3, values={"least": 3}
        )
    )
    return Results(found)


def top(estimate: EstimateMaker, curve: CurveMaker) -> list[Result]:
    """Closeness to the top, and steps to it by group and wave."""
    change: dict[str, Any] = {"n": 34, "n_comparator": 102, "comparator": "matched colleagues", "side": "mentor"}
    found: list[Result] = [
        estimate("tie_difference", "closeness", 0.04, 0.01, 0.07, p_value=0.02, outcome="closeness_to_top", **change)
    ]
    for group in ("participants", "comparison"):
        for wave in ("before", "after"):
            points = {"steps": [1, 2, 3], "people_n": [2, 20, 12], "people_without_tandem_n": [0, 14, 20]}
            found.append(curve("steps_to_top", points, n=34, side="mentor", group=f"{group}, {wave}"))
    return found
