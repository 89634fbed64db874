"""What a comparison would have to withstand: something unmeasured, and other ways to compute it.

Unit: one claim of the plan over all rounds that count. No number here changes a word.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import t as student

from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.kinds import Passed, Scores, by_entries, kind_of, passed, slope_rows
from rmanalytics.evaluation.verdicts.least import FEWEST_UNITS
from rmanalytics.language.translator import key
from rmanalytics.measures.retention.exits_over_rounds import exits_contrast, read_exits
from rmanalytics.measures.rows import UPPER
from rmanalytics.measures.stats.cluster_robust import Contrast
from rmanalytics.measures.stats.sensitivity import e_value, log_risk_ratio, partial_r2, robustness_value
from rmanalytics.measures.stats.stratified_tables import log_rate_ratio, mantel_haenszel_difference
from rmanalytics.measures.survey import all_rounds as scores
from rmanalytics.measures.survey.level_and_trend import level_and_trend, most_favourable_units
from rmanalytics.measures.survey.slopes_over_rounds import slope_contrast
from rmanalytics.results import PARTICIPANTS, Estimate

COMPLETE = key("complete pairs alone")
OWN_START = key("whoever is silent ended as at the start")
WORSE = key("silent participants ended half a standard deviation further the other way")
AT_START, CHANGES = key("at equal start"), key("changes compared")
EVERYBODY, FIRST_TIME = key("everybody"), key("people in their first round alone")
ROOM = key("without people who started near the end of the scale")
BY_PERSON, BY_UNIT = key("errors by person"), key("errors by unit")
HORIZONS = {1.0: key("to the horizon"), 0.75: key("to three quarters of it"), 0.5: key("to half of it")}
WITHIN = {
    ("quarter", "source"): key("within quarters and sources"),
    ("quarter",): key("within quarters"),
    ("source",): key("within sources"),
    (): key("all thrown together"),
}
WITHIN_ROUNDS = key("within rounds")
WITHOUT_FIRST, WITHOUT_LAST = key("without the first"), key("without the last")
WITHOUT_UNIT = key("without the unit that speaks most for it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One way to compute a claim: the choices in words (constant English), the estimate, its ordinary 95% interval."""

    choices: tuple[str, ...]
    value: float
    lo: float
    hi: float


def unmeasured(evidence: Evidence) -> dict[str, float]:
    """What something unmeasured would have to explain to turn a verdict that passed its boundary; empty without one.

    Returns
    -------
    dict
        ``explains`` and ``explains_all`` (robustness value at the boundary, and at no difference at all), beside them
        ``before_group`` and ``before_outcome``: what the value before explains of each; or, of counts, ``ratio_all``
        and ``ratio`` (E-values of the estimate and of its limit).
    """
    side = passed(evidence)
    if side is None or by_entries(evidence):
        return {}
    if evidence.strata is not None:
        return _of_ratio(evidence, side)
    kind = kind_of(evidence, side)
    if isinstance(kind, Scores):
        return _of_scores(kind.rows, side)
    rows_n = 0 if evidence.people is None else len(evidence.people)
    dof = evidence.df if math.isfinite(evidence.df) else float(max(rows_n - 2, 2))
    return _explains(evidence.value / evidence.se, dof, side) if dof > 1 else {}


def _explains(t: float, dof: float, side: Passed) -> dict[str, float]:
    critical = float(student.isf(side.tail, dof - 1))
    return {"explains": robustness_value(t, dof, critical=critical), "explains_all": robustness_value(t, dof)}


def _of_scores(rows: scores.Rows, side: Passed) -> dict[str, float]:
    """Of the least-squares fit itself: the robustness value is a property of it, not of robust errors."""
    treated, beside = rows.treated.astype(np.float64), rows.covariates
    dof = float(rows.post.size - beside.shape[1] - 1)
    explained = partial_r2(rows.post, treated, beside)
    t = math.sqrt(explained * dof / (1 - explained)) if explained < 1 else math.inf
    if dof <= 1 or math.isinf(t):
        return {}
    rounds, pre = beside[:, 1:], beside[:, 0]
    return _explains(t, dof, side) | {
        "before_group": partial_r2(treated, pre, rounds),
        "before_outcome": partial_r2(rows.post, pre, np.column_stack([rounds, treated])),
    }


def _of_ratio(evidence: Evidence, side: Passed) -> dict[str, float]:
    strata = evidence.strata
    if strata is None:
        return {}
    found: Contrast | None = Contrast(value=side.way * evidence.value, se=evidence.se, df=evidence.df)
    if "yes" in strata:
        ratio = log_risk_ratio(strata)
        found = None if ratio is None else replace(ratio, value=side.way * evidence.way * ratio.value)
    if found is None:
        return {}
    near = found.value - side.boundary * found.se
    return {"ratio_all": e_value(math.exp(found.value)), "ratio": e_value(math.exp(max(near, 0.0)))}


def specifications(evidence: Evidence) -> tuple[Specification, ...]:
    """Every way to compute a claim that somebody could have chosen, in the order of the estimates.

    Scores: who is silent, starting values, who counts, errors. Exits: the horizon, who counts. Counts: within what they
    are compared, and without the first or last round or quarter. Units: without the one that speaks most for it.
    """
    if by_entries(evidence):  # a lot gave the arms: there is the one way as drawn
        return ()
    if evidence.strata is not None:
        found = _ways_of_counts(evidence)
    elif evidence.people is None:
        return ()
    elif "event" in evidence.people:
        found = _ways_of_exits(evidence, evidence.people)
    elif evidence.claim.least == "slope":
        found = _ways_of_units(evidence, evidence.people)
    else:
        found = _ways_of_scores(evidence, evidence.people)
    ways = [_specification(choices, contrast, evidence) for choices, contrast in found if contrast is not None]
    return tuple(sorted(ways, key=lambda way: way.value))


Way = tuple[tuple[str, ...], Contrast | None]


def _specification(choices: tuple[str, ...], contrast: Contrast, evidence: Evidence) -> Specification:
    reach = float(student.ppf(UPPER, contrast.df)) * contrast.se
    ends = (contrast.value, contrast.value - reach, contrast.value + reach)
    value, lo, hi = (math.exp(x) for x in ends) if evidence.logarithmic else ends
    return Specification(choices=choices, value=value, lo=lo, hi=hi)


def _subsets(evidence: Evidence, people: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield EVERYBODY, people
    whose = people["cluster_id"] if "cluster_id" in people else people["person_id"]
    again = whose.duplicated() & ~whose.isna()
    if again.any():
        yield FIRST_TIME, people[~again]
    if evidence.scale is not None:
        end = evidence.scale[1] if evidence.way > 0 else evidence.scale[0]
        near = (people["pre"] - end).abs() <= evidence.smallest_effect
        if near.any():
            yield ROOM, people[~near]


def _ways_of_scores(evidence: Evidence, people: pd.DataFrame) -> Iterator[Way]:
    slopes = evidence.claim.result == "slope_difference"
    people = people if slopes else people.assign(person_id=people["cluster_id"])
    units = people["unit_id"].nunique() >= FEWEST_UNITS if "unit_id" in people else False
    for (who, some), missing in product(_subsets(evidence, people), (COMPLETE, OWN_START, WORSE)):
        filled = _filled(some, missing, evidence)
        if filled is None:
            continue
        if slopes:
            yield (missing, who), slope_contrast(slope_rows(filled, 1))
            continue
        rows = scores.read_rows(filled)
        for (by, name), by_unit in product(((True, AT_START), (False, CHANGES)), (False, True)):
            if units or not by_unit:
                error = BY_UNIT if by_unit else BY_PERSON
                yield (missing, name, who, error), scores.rounds_contrast(rows, adjust=by, by_unit=by_unit)


def _filled(people: pd.DataFrame, missing: str, evidence: Evidence) -> pd.DataFrame | None:
    """The silent filled in as said; None where nobody is silent, or nothing foretells how they would have ended."""
    silent = people["pre"].notna() & people["post"].isna()
    if missing == COMPLETE:
        return people
    if not silent.any():
        return None
    if missing == OWN_START:
        return people.assign(post=people["post"].where(~silent, people["pre"]))
    known = people.dropna(subset=["pre"])
    x = np.column_stack([known["pre"], pd.get_dummies(known["round_id"], dtype=float)])
    post, treated = known["post"].to_numpy(dtype=np.float64), (known["group"] == PARTICIPANTS).to_numpy()
    compared = ~treated & ~np.isnan(post)
    fitted = scores.rounds_contrast(scores.read_rows(people))
    if fitted is None or not compared.any():
        return None
    line = x @ np.linalg.lstsq(x[compared], post[compared], rcond=None)[0]
    line -= math.copysign(scores.SILENT_WORSE * fitted.sigma, evidence.estimate.value) * treated
    return known.assign(post=np.where(np.isnan(post), line, post))


def _ways_of_exits(evidence: Evidence, people: pd.DataFrame) -> Iterator[Way]:
    tau = evidence.estimate.extra["tau"]
    for (part, name), (who, some) in product(HORIZONS.items(), _subsets(replace(evidence, scale=None), people)):
        yield (name, who), exits_contrast(read_exits(some, tau=part * tau))


def _ways_of_counts(evidence: Evidence) -> Iterator[Way]:
    strata = evidence.strata
    if strata is None:
        return
    shares = "yes" in strata
    within: Mapping[tuple[str, ...], str] = WITHIN if shares else {("round_id",): WITHIN_ROUNDS, (): WITHIN[()]}
    rows = strata if shares else strata.assign(round_id=range(len(strata)))
    column = rows["quarter" if shares else "round_id"]
    order = sorted(set(column))
    parts = {EVERYBODY: rows}
    if len(order) > 1:
        parts |= {WITHOUT_FIRST: rows[column != order[0]], WITHOUT_LAST: rows[column != order[-1]]}
    plain = log_rate_ratio(strata) if not shares else None
    wider = evidence.se / plain.se if plain is not None else 1.0
    for (columns, name), (who, some) in product(within.items(), parts.items()):
        counts = [column for column in some if column not in ("round_id", "quarter", "source")]
        table = some.groupby(list(columns))[counts].sum() if columns else some[counts].sum().to_frame().T
        yield (name, who), _counted(table, wider, shares=shares)


def _counted(table: pd.DataFrame, wider: float, *, shares: bool) -> Contrast | None:
    if not shares:
        found = log_rate_ratio(table)
        return None if found is None else replace(found, se=wider * found.se)
    difference = mantel_haenszel_difference(table)
    if not isinstance(difference, Estimate):
        return None
    return Contrast(value=difference.value, se=difference.extra["se"], df=math.inf)


def _ways_of_units(evidence: Evidence, people: pd.DataFrame) -> Iterator[Way]:
    years, way = float(people["years"].iloc[0]), 1 if evidence.estimate.value > 0 else -1
    first = most_favourable_units(people, years=years, way=way)[0]
    for name, some in ((EVERYBODY, people), (WITHOUT_UNIT, people[people["unit"] != first])):
        found = level_and_trend(some, years=years)
        if isinstance(found, Estimate) and found.unit == evidence.estimate.unit:
            yield (name,), Contrast(value=found.value, se=found.extra["se"], df=found.extra["df"])
