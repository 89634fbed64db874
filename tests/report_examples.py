"""Studies made by hand for the tests of the report: a full round, one without a comparison group, an empty one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import report_examples_survey as deeper

from rmanalytics.containment import Fault
from rmanalytics.errors import Problem
from rmanalytics.evaluation.claims import Answer, Claim, claims
from rmanalytics.evaluation.ledger import DESCRIBED, EXPLORED, GAIN_ONLY, audited
from rmanalytics.evaluation.verdicts.evidence import Gate
from rmanalytics.evaluation.verdicts.words import NOT_BY_ROUNDS, PASSED
from rmanalytics.programme.declared_plan import DEFAULT_OUTCOMES, DeclaredPlan
from rmanalytics.programme.instruments import read_shipped, shipped
from rmanalytics.programme.programme import DEFAULT_GENERATIONS, Programme, Round
from rmanalytics.results import Curve, Estimate, NotEstimable, Result, Results

NOTHING = Results()
WAITING = "waiting list"
PEOPLE = "person"


@dataclass(frozen=True)
class Account:
    table: str
    file: str
    rows: int
    used: int
    quarantined: int
    excluded: int


@dataclass(frozen=True)
class Bundle:
    programme: Programme
    accounts: tuple[Account, ...] = ()
    problems: tuple[Problem, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
    kept: dict[tuple[Any, ...], Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FakeStudy:
    """Has what the report asks of a study."""

    bundle: Bundle
    round: Round
    faults: list[Fault] = field(default_factory=list)
    pairing: Results = NOTHING
    engagement: Results = NOTHING
    survey: Results = NOTHING
    lot: Results = NOTHING
    retention: Results = NOTHING
    network: Results = NOTHING
    company: Results = NOTHING
    reach: Results = NOTHING
    branding: Results = NOTHING
    costs: Results = NOTHING
    value: Results = NOTHING
    across: Results = NOTHING
    ledger: tuple[Answer, ...] = ()
    shelf: None = None

    @property
    def programme(self) -> Programme:
        return self.bundle.programme

    @property
    def results(self) -> Results:
        return (
            self.pairing
            + self.engagement
            + self.survey
            + self.lot
            + self.retention
            + self.network
            + self.company
            + self.reach
            + self.branding
            + self.costs
            + self.value
            + self.across
        )


PLAN = DeclaredPlan(primary="M1", keys=("M3", "J3"))


def programme(language: str) -> Programme:
    past = tuple(
        Round(id=i, start=date(y, m, 12), end=date(y, m + 5, 30), planned_meetings=6)
        for i, y, m in (("2024H1", 2024, 1), ("2024H2", 2024, 7), ("2025H1", 2025, 1), ("2025H2", 2025, 7))
    )
    rounds = (*past, Round(id="2026H1", start=date(2026, 1, 12), end=date(2026, 6, 30), planned_meetings=6))
    return Programme(
        folder=Path("programme"),
        name="Bridge programme" if language == "en" else "Programm Brücke",
        company="Example Ltd",
        language=language,
        currency="CHF",
        k=5,
        data_until=date(2026, 9, 30),
        seed=7,
        rounds=rounds,
        generations=DEFAULT_GENERATIONS,
        tables={},
        instruments={name: read_shipped(name) for name in shipped()},
        outcomes=DEFAULT_OUTCOMES,
        tie_kind="advice",
        declared=PLAN,
    )


def estimate(
    name: str, unit: str, value: float, lo: float | None = None, hi: float | None = None, **more: Any
) -> Estimate:
    fields: dict[str, Any] = {"n": 31, "unit_of_analysis": PEOPLE, "method": "made by hand"} | more
    return Estimate(name=name, unit=unit, value=value, lo=lo, hi=hi, **fields)


def curve(name: str, points: dict[str, Any], *, unit: str = "count", n: int = 34, **more: Any) -> Curve:
    return Curve(
        name=name, unit=unit, points=pd.DataFrame(points), n=n, unit_of_analysis="tandem", method="made by hand", **more
    )


def empty(language: str = "en") -> FakeStudy:
    """A programme of which nothing but people is known."""
    plan = programme(language)
    nothing = "the data that would answer it are not there"
    ledger = tuple(Answer(claim=c, verdict="not_asked", role=PLAN.role(c.id), reason=nothing) for c in claims())
    return FakeStudy(Bundle(plan), plan.rounds[-1], ledger=ledger)


TOO_SMALL = (
    "reliable_rise_share",
    "reliable_change_variants",
    "mixed_difference",
    "balance_table",
    "change_from_then_test",
    "goals_reached_share",
    "leader_adjusted_difference",
    "actor_partner",
    "sides_alike",
)


def tiny(language: str = "en") -> FakeStudy:
    """A company with three tandems: everything is too small."""
    few = {"least": 6}
    small = NotEstimable(
        name="paired_change",
        unit="scale points",
        reason="fewer than {least} complete pairs",
        n=3,
        values=few,
        outcome="digital_fitness",
        side="mentee",
        group="participants",
    )
    survey = Results(
        [
            curve(
                "flow",
                {"stage": ["matched", "pre", "post", "analysed"], "n": [3, 3, 3, 3]},
                n=3,
                side="mentee",
                group="participants",
                outcome="digital_fitness",
            ),
            small,
            replace(small, name="adjusted_difference", group=""),
            replace(small, name="scale_mean", outcome="tandem_relationship"),
            replace(small, name="cronbach_alpha", group="pre"),
            *(replace(small, name=name, group="") for name in TOO_SMALL),
            replace(small, name="completer_difference"),
        ]
    )
    retention = Results(
        [
            NotEstimable(
                name="survival_curve",
                unit="share",
                reason="fewer than {least} people",
                n=3,
                values=few,
                outcome="retention",
                group="participants",
            ),
            NotEstimable(
                name="rmst_difference",
                unit="days",
                reason="no comparison group for this side",
                n=3,
                outcome="retention",
            ),
        ]
    )
    network = Results(
        [
            NotEstimable(name=name, unit="index", reason="people of one generation only", n=3, group="after")
            for name in ("ei_index", "mixing_matrix", "tie_difference")
        ]
    )
    company = Results(
        [
            NotEstimable(
                name="exposure_slope",
                unit="points per step",
                reason="fewer than {least} units of the company with a score",
                n=18,
                values={"least": 6},
                outcome="pulse.digital_fitness",
            )
        ]
    )
    engagement = Results(
        [
            estimate("tandems_matched", "count", 3, n=3, unit_of_analysis="tandem"),
            NotEstimable(name="held_mean", unit="meetings", reason="fewer than {least} tandems", n=3, values=few),
            curve("held_distribution", {"held": range(7), "tandems_n": [0, 0, 0, 0, 1, 1, 1]}, n=3),
            curve("meetings_by_number", {"number": range(1, 7), "planned_n": 3, "held_n": [3, 3, 3, 3, 2, 1]}, n=3),
            curve("topics", {"topic": ["ai_tools"], "meetings_n": [2]}, n=3),
            curve("end_reasons", {"reason": ["time"], "tandems_n": [1]}, n=1),
        ]
    )
    base = empty(language)
    ledger = tuple(
        Answer(
            claim=a.claim,
            verdict="not_estimable",
            role="primary" if a.claim.id == "M1" else "",
            values={"least": 5},
            reason="fewer than {least} complete pairs in all",
        )
        if a.claim.id in ("M1", "J7")
        else a
        for a in base.ledger
    )
    parts = {"survey": survey, "retention": retention, "network": network, "engagement": engagement}
    return replace(base, company=company, ledger=ledger, **parts)


SIZES = {
    "digital_fitness": (0.42, 0.15, 0.69),
    "technology_anxiety": (-0.31, -0.57, -0.05),
    "openness_to_change": (0.18, -0.06, 0.42),
    "attitude_toward_younger": (0.10, -0.15, 0.35),
    "generational_understanding": (0.37, 0.09, 0.65),
    "felt_appreciation": (0.24, -0.02, 0.50),
    "mentor_skills": (0.33, 0.08, 0.58),
    "attitude_toward_older": (-0.08, -0.33, 0.17),
}


def _outcome_results(plan: Programme, *, compared: bool) -> list[Result]:
    found: list[Result] = []
    for number, declared in enumerate(plan.outcomes):
        instrument = plan.instruments[declared.instrument]
        for part, subscale in enumerate(("", *instrument.subscales)):
            outcome = f"{instrument.name}.{subscale}" if subscale else instrument.name
            value, lo, hi = (x + 0.09 * (part % 4 - 1) * (part > 0) for x in SIZES[declared.instrument])
            about = {"outcome": outcome, "side": declared.side}
            for group, shift, n in (("participants", value, 31), ("comparison", 0.06, 33))[: 2 if compared else 1]:
                pre = 2.9 + 0.05 * number
                found += [
                    estimate(
                        "paired_change",
                        "scale points",
                        shift + 0.05,
                        shift - 0.14,
                        shift + 0.24,
                        n=n,
                        group=group,
                        extra={
                            "mean_pre": pre,
                            "mean_post": pre + shift + 0.05,
                            "sd_pre": 0.6,
                            "sd_post": 0.6,
                            "sd_diff": 0.5,
                            "r": 0.6,
                        },
                        p_value=0.01,
                        **about,
                    ),
                    estimate(
                        "paired_g_av", "g", shift * 1.6, shift * 1.6 - 0.3, shift * 1.6 + 0.3, n=n, group=group, **about
                    ),
                    estimate("improved_share", "share", 0.61, 0.44, 0.76, n=n, group=group, **about),
                    estimate("unchanged_share", "share", 0.16, 0.07, 0.33, n=n, group=group, **about),
                    estimate("worse_share", "share", 0.23, 0.11, 0.40, n=n, group=group, **about),
                ]
            if compared:
                p = 0.003 if lo > 0 or hi < 0 else 0.21
                extra = {
                    "se": 0.13,
                    "df": 61.0,
                    "g": value / 0.78,
                    "g_lo": lo / 0.78,
                    "g_hi": hi / 0.78,
                    "sigma": 0.5,
                    "lin_difference": value + 0.01,
                    "lin_lo": lo,
                    "lin_hi": hi,
                    "parallel_slopes_p": 0.4,
                }
                against = {"n_comparator": 33, "comparator": WAITING, **about}
                found += [
                    estimate(
                        "adjusted_difference",
                        "scale points",
                        value,
                        lo,
                        hi,
                        p_value=p,
                        extra=extra,
                        n_excluded=6,
                        excluded_reason="without both scores",
                        **against,
                    ),
                    estimate(
                        "change_score_difference", "scale points", value - 0.03, lo - 0.05, hi, p_value=p, **against
                    ),
                    estimate("baseline_difference", "g", 0.12 * (-1) ** number, -0.37, 0.61, **against),
                ]
        whole = {"outcome": instrument.name, "side": declared.side}
        for wave, alpha in (("pre", 0.86), ("post", 0.89)):
            found.append(
                estimate("cronbach_alpha", "alpha", alpha, alpha - 0.08, alpha + 0.05, group=wave, n=64, **whole)
            )
        found.append(estimate("ceiling_share", "share", 0.03 * number, 0.0, 0.18 + 0.02 * number, group="pre", **whole))
    return found


def _relationship(plan: Programme) -> list[Result]:
    instrument = plan.instruments["tandem_relationship"]
    found: list[Result] = []
    for part, subscale in enumerate(("", *instrument.subscales)):
        outcome = f"tandem_relationship.{subscale}" if subscale else "tandem_relationship"
        for shift, side in enumerate(("mentee", "mentor", "both")):
            value = 4.0 + 0.12 * part - 0.15 * (shift == 1)
            found.append(
                estimate(
                    "scale_mean",
                    "scale points",
                    value,
                    value - 0.2,
                    value + 0.2,
                    outcome=outcome,
                    side=side,
                    unit_of_analysis="tandem",
                    extra={"reference": 3.0},
                )
            )
        if subscale:
            apart = {"point": 4.0, "margin": 0.5, "silent": 0.1, "gap": 0.1, "gap_lo": -0.1, "gap_hi": 0.3}
            about = {"outcome": outcome, "side": "both", "unit_of_analysis": "tandem", "extra": {"count": 20.0} | apart}
            found.append(estimate("both_at_point_share", "share", 20 / 31, 0.47, 0.79, **about))
    return found


def survey(plan: Programme, *, compared: bool = True) -> Results:
    found = _outcome_results(plan, compared=compared) + _relationship(plan)
    for side in ("mentee", "mentor"):
        for group, stages in (("participants", [34, 33, 31, 31]), ("comparison", [40, 36, 34, 33]))[
            : 2 if compared else 1
        ]:
            found.append(
                curve(
                    "flow",
                    {"stage": ["matched", "pre", "post", "analysed"], "n": stages},
                    n=stages[0],
                    side=side,
                    group=group,
                    outcome="digital_fitness",
                )
            )
    if compared:
        about = {"outcome": "digital_fitness", "side": "mentee", "n_comparator": 33}
        found.append(estimate("minimum_detectable_difference", "scale points", 0.36, extra={"d": 0.71}, **about))
        found.append(
            estimate(
                "slope_difference", "points per point", -0.31, -0.66, 0.04, comparator=WAITING, p_value=0.08, **about
            )
        )
        found += deeper.behind_the_means(plan, estimate, curve) + deeper.yardsticks(estimate) + deeper.aims(estimate)
        found += [*deeper.pairs(plan, estimate, curve), *deeper.balance(curve), deeper.detectable(curve)]
    return Results(found)


def _survival(daily: float, n: int, group: str, outcome: str) -> Curve:
    days = np.arange(0, 731, 15)
    share = np.exp(-daily * days)
    spread = 0.10 * np.sqrt(days / 730)
    return curve(
        "survival_curve",
        {
            "time_days": days.astype(float),
            "survival": share,
            "lo": np.clip(share - spread, 0, 1),
            "hi": np.clip(share + spread * 0.7, 0, 1),
            "at_risk_n": (n * share * np.linspace(1, 0.1, len(days))).astype(int),
            "events_n": 0,
        },
        unit="share",
        n=n,
        side="mentor",
        group=group,
        outcome=outcome,
    )


def retention() -> Results:
    found: list[Result] = []
    for outcome, rates in (("retention", (0.00017, 0.00026)), ("promotion", (0.0006, 0.0005))):
        for group, daily, n, events in (("participants", rates[0], 34, 4), ("comparison", rates[1], 102, 19)):
            found.append(_survival(daily, n, group, outcome))
            found.append(estimate("events", "count", events, n=n, outcome=outcome, side="mentor", group=group))
    found += [
        estimate(
            "rmst_difference",
            "days",
            18.4,
            -21.0,
            57.8,
            n=34,
            n_comparator=102,
            comparator="matched colleagues",
            p_value=0.36,
            extra={"tau": 640.0, "events_participants": 4, "events_comparison": 19},
            outcome="retention",
            side="mentor",
        ),
        estimate(
            "rmst_difference",
            "days",
            -31.0,
            -88.0,
            26.0,
            n=34,
            n_comparator=102,
            comparator="matched colleagues",
            p_value=0.28,
            extra={"tau": 640.0},
            outcome="promotion",
            side="mentor",
        ),
        estimate(
            "naive_rmst_difference",
            "days",
            402.0,
            260.0,
            544.0,
            n=34,
            n_comparator=1100,
            p_value=0.0001,
            extra={"tau": 2900.0},
            outcome="retention",
            side="mentor",
            group="naive",
        ),
    ]
    return Results(found)


def network() -> Results:
    names = [g.name for g in DEFAULT_GENERATIONS]
    cells = [(a, b) for a in names for b in names]
    near = {0: 2.1, 1: 0.8, 2: 0.4, 3: 0.2}
    ratio = [near[abs(names.index(a) - names.index(b))] for a, b in cells]
    ei = np.linspace(0.30, 0.54, 40)
    density = np.exp(-(((ei - 0.42) / 0.03) ** 2) / 2)
    about = {"n": 812, "p_value": 0.0002, "draws": 10_000, "seed": 7}
    change = {"n": 34, "n_comparator": 102, "comparator": "matched colleagues", "side": "mentor"}
    return Results(
        [
            estimate("ei_index", "index", 0.11, 0.05, 0.17, group="before", extra={"expected": 0.42}, **about),
            estimate("ei_index", "index", 0.16, 0.10, 0.22, group="after", extra={"expected": 0.42}, **about),
            estimate(
                "ei_index",
                "index",
                0.18,
                0.12,
                0.24,
                group="after, tandem ties counted",
                extra={"expected": 0.42},
                **about,
            ),
            estimate("ei_change", "index", 0.05, -0.01, 0.11, n=790),
            curve("ei_null", {"ei": ei, "density_share": density / density.sum()}, unit="share", n=812, group="after"),
            curve(
                "mixing_matrix",
                {
                    "source_group": [a for a, _ in cells],
                    "target_group": [b for _, b in cells],
                    "observed_n": [int(40 * r) for r in ratio],
                    "expected_n": 40.0,
                    "ratio": ratio,
                },
                n=812,
                group="after",
            ),
            estimate("tie_difference", "ties", 0.9, 0.3, 1.5, p_value=0.004, outcome="cross_generation_ties", **change),
            estimate("tie_difference", "ties", 0.4, -0.3, 1.1, p_value=0.27, outcome="in_degree", **change),
            *deeper.top(estimate, curve),
        ]
    )


def engagement() -> Results:
    tandem = {"n": 34, "unit_of_analysis": "tandem"}
    weeks = [date(2026, 1, 12) + timedelta(days=7 * i) for i in range(24)]
    held = [0, 2, 6, 9, 12, 10, 8, 7, 9, 11, 8, 5, 0, 6, 9, 10, 8, 9, 7, 10, 8, 7, 6, 4]
    return Results(
        [
            estimate("tandems_matched", "count", 34, **tandem),
            estimate("held_share", "share", 0.873, 0.81, 0.92, **tandem),
            estimate("held_mean", "meetings", 5.24, 4.86, 5.62, **tandem),
            estimate("completion_share", "share", 0.647, 0.479, 0.785, **tandem),
            estimate("ended_early_share", "share", 0.088, 0.03, 0.23, **tandem),
            estimate("first_meeting_delay", "days", 16, 12, 21, **tandem),
            curve("meetings_by_number", {"number": range(1, 7), "planned_n": 34, "held_n": [34, 33, 32, 30, 27, 22]}),
            curve("held_distribution", {"held": range(7), "tandems_n": [0, 0, 1, 2, 2, 7, 22]}),
            curve(
                "topics",
                {
                    "topic": ["ai_tools", "social_media", "security", "career", "culture", "other"],
                    "meetings_n": [48, 39, 31, 27, 21, 3],
                },
            ),
            curve("end_reasons", {"reason": ["time", "left_company"], "tandems_n": [2, 1]}, n=3),
            curve("calendar", {"week": [w.isoformat() for w in weeks], "held_n": held}),
        ]
    )


def pairing() -> Results:
    tandem = {"n": 34, "unit_of_analysis": "tandem"}
    return Results(
        [
            estimate("chain_breaches", "count", 2, **tandem),
            estimate("consent_breaches", "count", 0, **tandem),
            estimate("not_reverse", "count", 0, **tandem),
            estimate("junior_mentor_share", "share", 1.0, 0.90, 1.0, **tandem),
            estimate("age_gap", "years", 24.3, 21.9, 26.7, **tandem),
            estimate("level_gap", "levels", 3.2, 2.7, 3.7, **tandem),
        ]
    )


def branding() -> Results:
    days = [date(2023 + i // 4, 1 + 3 * (i % 4), 1).isoformat() for i in range(12)]
    share = [0.52 + 0.012 * i + 0.02 * (-1) ** i for i in range(12)]
    about = {"outcome": "offer_acceptance"}
    return Results(
        [
            estimate("branding_share", "share", 0.71, 0.63, 0.78, n=140, group="exposed", **about),
            estimate("branding_share", "share", 0.58, 0.51, 0.65, n=196, group="not exposed", **about),
            estimate(
                "branding_difference",
                "share",
                0.13,
                0.03,
                0.23,
                n=140,
                n_comparator=196,
                p_value=0.015,
                comparator="people who did not see the programme mentioned",
                **about,
            ),
            curve(
                "branding_series",
                {
                    "date": days,
                    "share": share,
                    "lo": [s - 0.08 for s in share],
                    "hi": [s + 0.08 for s in share],
                    "n": 90,
                },
                unit="share",
                n=1080,
                **about,
            ),
            curve(
                "branding_series",
                {"date": days[:4], "source": "survey", "value": [12.0, 15.0, 14.0, 21.0]},
                unit="value",
                n=4,
                outcome="enps",
            ),
        ]
    )


def costs() -> Results:
    tandem = {"unit_of_analysis": "tandem", "method": "sum of declared costs, no range declared"}
    return Results(
        [
            estimate("cost_total", "CHF", 62_560, 55_200, 71_300, n=1, unit_of_analysis="round"),
            estimate("cost_per_tandem", "CHF", 1840, 1623, 2097, n=34, **tandem),
            estimate("cost_per_completed_tandem", "CHF", 2843, 2509, 3241, n=22, **tandem),
        ]
    )


def across() -> Results:
    rounds = ["2024H1", "2024H2", "2025H1", "2025H2", "2026H1"]
    about = {"outcome": "digital_fitness", "side": "mentee"}
    differences = [
        estimate(
            "adjusted_difference",
            "scale points",
            v,
            v - w,
            v + w,
            n=n,
            n_comparator=n + 2,
            group=r,
            p_value=0.05,
            comparator=WAITING,
            **about,
        )
        for r, v, w, n in zip(
            rounds, (0.21, 0.35, 0.12, 0.30, 0.42), (0.4, 0.31, 0.29, 0.28, 0.27), (18, 24, 29, 30, 31), strict=True
        )
    ]
    completion = [
        estimate("completion_share", "share", v, v - 0.16, min(v + 0.14, 1), n=34, unit_of_analysis="tandem", group=r)
        for r, v in zip(rounds, (0.44, 0.5, 0.58, 0.71, 0.647), strict=True)
    ]
    excess = [
        estimate("ei_excess", "index", v, n=800, group=d)
        for d, v in (
            ("2024-01-10", -0.34),
            ("2024-07-02", -0.33),
            ("2025-01-09", -0.31),
            ("2025-07-01", -0.29),
            ("2026-07-01", -0.26),
        )
    ]
    together = estimate(
        "clustered_difference",
        "scale points",
        0.37,
        0.25,
        0.48,
        n=114,
        n_comparator=123,
        p_value=0.005,
        method="analysis of covariance over rounds, CR2 errors by cluster, Satterthwaite t interval",
        extra={"clusters": 164.0, "rounds": 5.0, "pairs": 114.0, "pairs_comparison": 123.0},
        **about,
    )
    expected = estimate("next_round_difference", "scale points", 0.37, 0.14, 0.6, n=114, n_comparator=123, **about)
    pooled = estimate("pooled_difference", "scale points", 0.29, 0.14, 0.44, n=5, unit_of_analysis="round", **about)
    return Results([*differences, together, expected, pooled, *completion, *excess])


JUDGED_BY = (
    ("M8", "slope_difference", {}, 4),
    ("J4", "tie_difference", {"outcome": "cross_generation_ties"}, 3),
    ("J2", "tie_difference", {"outcome": "in_degree"}, 3),
    ("J7", "rmst_difference", {"outcome": "retention"}, 2),
    ("J6", "rmst_difference", {"outcome": "promotion"}, 2),
    ("T1", "both_at_point_share", {"outcome": "tandem_relationship.trust_respect", "side": "both"}, 1),
    ("T2", "both_at_point_share", {"outcome": "tandem_relationship.eye_level", "side": "both"}, 1),
    ("C6", "branding_difference", {}, 2),
    ("P1", "completion_share", {}, 1),
)


def judged(claim: Claim, result: Estimate, evidence: int, *, gain: bool = False) -> Answer:
    """An answer as the rules of the ledger would give it."""
    g = (result.extra["g"], result.extra["g_lo"], result.extra["g_hi"]) if "g" in result.extra else None
    role = PLAN.role(claim.id)
    if gain or not role:
        verdict = "explored" if claim.type == "comparison" else "described"
        reason = GAIN_ONLY if gain else EXPLORED if claim.type == "comparison" else DESCRIBED
        return Answer(
            claim=claim, verdict=verdict, result=result, evidence=1 if gain else None, standardised=g, reason=reason
        )
    clear = result.p_value is not None and result.p_value < 0.01
    size = tuple(abs(result.value) * share for share in (0.5, 0.9, 1.4))
    return Answer(
        claim=claim,
        verdict="shown" if clear else "could_not",
        role=role,
        result=result,
        rounds=("2026H1",),
        by_round=(("2026H1", result),),
        evidence=evidence,
        repeated=(result.lo, result.hi),
        size=size if clear else None,
        gates=(Gate(name="plan", passed=True), Gate(name="design", passed=True, values={"level": evidence})),
        standardised=g,
        look=1,
        reason=PASSED if clear else NOT_BY_ROUNDS,
        values={} if clear else {"least": 0.2},
    )


def _judged(study: FakeStudy) -> dict[str, Answer]:
    by_id = {c.id: c for c in claims()}
    found: dict[str, Answer] = {}
    for declared in study.programme.outcomes:
        about = {"outcome": declared.instrument, "side": declared.side}
        differences = study.survey.estimates("adjusted_difference", **about)
        own = study.survey.estimates("paired_change", group="participants", **about)
        for result in (differences or own)[:1]:
            level = 4 if differences else 1
            found[declared.claim] = judged(by_id[declared.claim], result, level, gain=not differences)
    for claim, name, where, level in JUDGED_BY:
        for result in study.results.estimates(name, **where)[:1]:
            found[claim] = judged(by_id[claim], result, level)
    for claim, name in (("P2", "chain_breaches"), ("P4", "consent_breaches"), ("P6", "not_reverse")):
        for result in study.pairing.estimates(name)[:1]:
            found[claim] = audited(by_id[claim], result, [])
    return found


def with_ledger(study: FakeStudy) -> FakeStudy:
    judged = _judged(study)
    return replace(study, ledger=tuple(judged.get(a.claim.id, a) for a in study.ledger))


def full(language: str = "en") -> FakeStudy:
    """A round with everything: survey against a waiting list, retention, network, branding, costs, five rounds."""
    base = empty(language)
    files = (
        ("people", "people.csv", 1240),
        ("positions", "positions.csv", 2980),
        ("tandems", "tandems.csv", 158),
        ("comparison", "comparison.csv", 410),
        ("meetings", "meetings.csv", 947),
        ("answers", "answers.csv", 21_406),
    )
    accounts = tuple(Account(t, f, n, n - 3 * i, 2 * i, i) for i, (t, f, n) in enumerate(files))
    problems = (
        Problem(
            code="RM-Q-014",
            file="answers.csv",
            column="value",
            rule="value outside the scale",
            remedy="correct the rows",
            rows=(17, 22, 41),
            row_count=3,
        ),
        Problem(code="RM-N-021", file="people.csv", rule="byte order mark", remedy="", row_count=0),
    )
    digests = {f: "0f" * 32 for _, f, _ in files} | {"programme.toml": "1a" * 32}
    study = replace(
        base,
        bundle=Bundle(base.programme, accounts, problems, digests),
        pairing=pairing(),
        engagement=engagement(),
        survey=survey(base.programme),
        retention=retention(),
        network=network(),
        company=deeper.company(estimate, curve),
        branding=branding(),
        costs=costs(),
        across=across(),
    )
    return with_ledger(study)


def one_arm(language: str = "en") -> FakeStudy:
    """A round without a comparison group: gains, never more."""
    base = empty(language)
    study = replace(base, engagement=engagement(), pairing=pairing(), survey=survey(base.programme, compared=False))
    return with_ledger(study)
