"""Hazards: the Cox model for exits and promotions, with participation that begins on the match date.

Unit: the person. A person's time is cut into rows (entry, end] in which nothing about them changes; before the match a
participant's rows count as comparison time, which is what keeps the waiting from counting for the programme.

References
----------
Andersen PK, Gill RD (1982). https://doi.org/10.1214/aos/1176345976
Suissa S (2008). https://doi.org/10.1093/aje/kwm324
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import ndtr

from rmanalytics.containment import measure
from rmanalytics.measures.rows import Floats, Z, check_rows
from rmanalytics.measures.stats.concordance import concordance
from rmanalytics.measures.stats.cox_model import (
    NOT_FINITE,
    NOT_INDEPENDENT,
    DependentCovariatesError,
    NoFiniteEstimateError,
    fit_cox,
    fit_exact,
    schoenfeld_tests,
)
from rmanalytics.results import Curve, Estimate, NotEstimable

LEAST_EVENTS_PER_ARM = 10
LEAST_EVENTS_PER_PARAMETER = 10

TOO_FEW_EVENTS = "fewer than {least} events in one of the groups: read the mean days stayed instead"
TOO_FEW_FOR_ADJUSTMENT = "fewer than {least} events for each of the {parameters} coefficients"
INCOMPLETE = "without a covariate"
ONE_TIME = "every event happened at the same time"

MODEL_SE = "Cox model, Efron ties, participation from the match date on, Wald interval"
EFRON, EFRON_BY_PERSON = "Efron's ties", "Efron's ties, errors by person"
BRESLOW, EXACT = "Breslow's ties", "exact ties, time in whole days"
MOST_EXACT = 20_000

_ROW_COLUMNS = ("person_id", "entry_days", "time_days", "event", "participant")


def participation_rows(spells: pd.DataFrame, joins: pd.DataFrame) -> pd.DataFrame:
    """Cut each participant's time at the match: before it they count as comparison, after it as participant.

    Parameters
    ----------
    spells : DataFrame
        ``person_id`` (each once), ``time_days``, ``event``, optionally ``entry_days``, and any covariates. Time runs
        from one origin for everybody, such as the hire date.
    joins : DataFrame
        ``person_id`` (each once), ``joined_days`` from the same origin to the match.

    Returns
    -------
    DataFrame
        The columns of *spells* with ``entry_days`` and ``participant`` (0 or 1); two rows for whoever joined between
        their entry and their end, else one. Joining on the last day or later leaves a person in the comparison.

    Raises
    ------
    ValueError
        When a person stands twice, a participant has no spell, or a day is missing.

    Examples
    --------
    Matched on day 30, left on day 90:

    >>> spells = pd.DataFrame({"person_id": ["a"], "time_days": [90], "event": [1]})
    >>> joins = pd.DataFrame({"person_id": ["a"], "joined_days": [30]})
    >>> rows = participation_rows(spells, joins)
    >>> rows[["entry_days", "time_days", "event", "participant"]].to_numpy().tolist()
    [[0.0, 30.0, 0.0, 0.0], [30.0, 90.0, 1.0, 1.0]]
    """
    check_rows(spells, ["person_id", "time_days", "event"], key=["person_id"])
    check_rows(joins, ["person_id", "joined_days"], key=["person_id"])
    if joins["joined_days"].isna().any() or not joins["person_id"].isin(spells["person_id"]).all():
        raise ValueError("a participant has no joined_days or no spell")
    entry = spells["entry_days"].fillna(0) if "entry_days" in spells else 0
    rows = spells.assign(entry_days=entry).astype({"entry_days": "float64", "time_days": "float64"})
    joined = rows[["person_id"]].merge(joins, on="person_id", how="left")["joined_days"].to_numpy(dtype="float64")
    begins, ends = _numbers(rows["entry_days"]), _numbers(rows["time_days"])
    as_comparison, as_participant = ~(joined <= begins), joined < ends
    before = rows.assign(
        time_days=np.where(as_participant, joined, ends),
        event=np.where(as_participant, 0, rows["event"]),
        participant=0,
    )
    after = rows.assign(entry_days=np.fmax(joined, begins), participant=1)
    cut = pd.concat([before[as_comparison], after[as_participant]])
    return pd.DataFrame(cut.sort_values(["person_id", "entry_days"], ignore_index=True))


@measure
def hazard_ratio(rows: pd.DataFrame, *, adjust: Sequence[str] = ()) -> Estimate | NotEstimable:
    r"""Hazard of the event while participating, against the hazard while not.

    Parameters
    ----------
    rows : DataFrame
        Counting-process rows, as `participation_rows` makes them: ``person_id``, ``entry_days``, ``time_days``,
        ``event``, ``participant`` (0 before the match, 1 after). One person's rows may not overlap.
    adjust : sequence of str
        Columns of further covariates, numbers, declared beforehand. People without one of them are excluded.

    Returns
    -------
    Estimate or NotEstimable
        ``hazard_ratio``, unit ``hazard ratio``; ``n`` people with time as a participant, ``n_comparator`` people with
        time as none (most participants are both). ``extra``: ``log_hazard``, ``se``, ``se_robust`` (by row),
        ``z``, ``events_participants``, ``events_comparison``, ``concordance`` (Harrell's C of the whole model; absent
        where no two rows can be compared).

    Raises
    ------
    ValueError
        When a column is missing, a person's rows overlap, an entry does not lie before the end, or ``event`` or
        ``participant`` is not 0 or 1.

    Notes
    -----
    *Not estimable when* one of the groups has fewer than ten events (`rmst_difference` is for that), there are fewer
    than ten events for each coefficient, or the covariates do not vary on their own.
    :math:`h(t) = h_0(t) \exp(\beta z(t) + \gamma'x)`, partial likelihood with Efron's ties, Wald interval
    :math:`\exp(\hat\beta \pm 1.96\,se)`. The ratio is taken as the same at all times: `proportional_hazards_check`.

    References
    ----------
    Andersen PK, Gill RD (1982). https://doi.org/10.1214/aos/1176345976

    Examples
    --------
    >>> few = pd.DataFrame({"person_id": ["a", "b"], "entry_days": [0, 0], "time_days": [5, 9], "event": [1, 1],
    ...                     "participant": [1, 0]})
    >>> hazard_ratio(few).because
    'fewer than 10 events in one of the groups: read the mean days stayed instead'
    """
    kept, excluded = _complete(rows, adjust)
    people = kept.groupby("participant")["person_id"].nunique()
    events = kept.groupby("participant")["event"].sum()
    arms = [int(events.get(arm, 0)) for arm in (1, 0)]

    def refuse(reason: str, **values: int) -> NotEstimable:
        n = int(kept["person_id"].nunique())
        return NotEstimable(name="hazard_ratio", unit="hazard ratio", reason=reason, n=n, values=values)

    if min(arms) < LEAST_EVENTS_PER_ARM:
        return refuse(TOO_FEW_EVENTS, least=LEAST_EVENTS_PER_ARM)
    parameters = 1 + len(adjust)
    if sum(arms) < LEAST_EVENTS_PER_PARAMETER * parameters:
        return refuse(TOO_FEW_FOR_ADJUSTMENT, least=LEAST_EVENTS_PER_PARAMETER, parameters=parameters)
    try:
        (time, event, x), entry = _arrays(kept, adjust), _numbers(kept["entry_days"])
        fit = fit_cox(time, event, x, entry=entry)
    except DependentCovariatesError:
        return refuse(NOT_INDEPENDENT)
    except NoFiniteEstimateError:
        return refuse(NOT_FINITE)
    ordered = concordance(time, event, x @ fit.coefficients, entry=entry)
    log_hazard = float(fit.coefficients[0])
    own, robust = (math.sqrt(matrix[0, 0]) for matrix in (fit.covariance, fit.covariance_robust))
    return Estimate(
        name="hazard_ratio",
        unit="hazard ratio",
        value=math.exp(log_hazard),
        lo=math.exp(log_hazard - Z * own),
        hi=math.exp(log_hazard + Z * own),
        n=int(people.get(1, 0)),
        unit_of_analysis="person",
        method=MODEL_SE,
        n_excluded=excluded,
        excluded_reason=INCOMPLETE if excluded else "",
        n_comparator=int(people.get(0, 0)),
        p_value=float(2 * ndtr(-abs(log_hazard / own))),
        extra={
            "log_hazard": log_hazard,
            "se": own,
            "se_robust": robust,
            "z": log_hazard / own,
            "events_participants": float(arms[0]),
            "events_comparison": float(arms[1]),
            **({} if ordered is None else {"concordance": ordered}),
        },
    )


@measure
def hazard_alternatives(rows: pd.DataFrame, *, adjust: Sequence[str] = ()) -> Curve | NotEstimable:
    """The same ratio by every way to treat events on the same day, and with errors by person.

    Parameters
    ----------
    rows, adjust
        As in `hazard_ratio`.

    Returns
    -------
    Curve or NotEstimable
        Points ``method, value, lo, hi``, the ratio and its 95% interval: Efron, Efron with errors by person, Breslow,
        exact. The last is left out beyond 20,000 rows, or where it has no finite estimate.

    Raises
    ------
    ValueError
        As `hazard_ratio`.

    *Not estimable when* `hazard_ratio` is not.

    References
    ----------
    Hertz-Picciotto I, Rockhill B (1997). https://doi.org/10.2307/2533573

    Examples
    --------
    >>> few = pd.DataFrame({"person_id": ["a", "b"], "entry_days": [0, 0], "time_days": [5, 9], "event": [1, 1],
    ...                     "participant": [1, 0]})
    >>> hazard_alternatives(few, adjust=[]).n
    2
    """
    usual = hazard_ratio(rows, adjust=adjust)
    if isinstance(usual, NotEstimable):
        return replace(usual, name="hazard_alternatives")
    kept, _ = _complete(rows, adjust)
    time, event, x = _arrays(kept, adjust)
    entry = _numbers(kept["entry_days"])
    person = kept["person_id"].factorize()[0]
    robust = fit_cox(time, event, x, entry=entry, cluster=person)
    fits = [
        (EFRON, robust.coefficients, robust.covariance),
        (EFRON_BY_PERSON, robust.coefficients, robust.covariance_robust),
    ]
    breslow = fit_cox(time, event, x, entry=entry, breslow=True)
    fits.append((BRESLOW, breslow.coefficients, breslow.covariance))
    if len(kept) <= MOST_EXACT:
        with suppress(NoFiniteEstimateError):
            fits.append((EXACT, *fit_exact(time, event, x, entry=entry)))
    points = [
        (way, *np.exp(beta[0] + Z * math.sqrt(covariance[0, 0]) * np.array([0, -1, 1])))
        for way, beta, covariance in fits
    ]
    return Curve(
        name="hazard_alternatives",
        unit="hazard ratio",
        points=pd.DataFrame(points, columns=["method", "value", "lo", "hi"]),
        n=usual.n + (usual.n_comparator or 0),
        unit_of_analysis="person",
        method="Cox model by several ways to treat tied events",
    )


@measure
def proportional_hazards_check(rows: pd.DataFrame, *, adjust: Sequence[str] = ()) -> Curve | NotEstimable:
    r"""Whether the ratio of the hazards changes in the course of time.

    Parameters
    ----------
    rows, adjust
        As in `hazard_ratio`.

    Returns
    -------
    Curve or NotEstimable
        ``proportional_hazards_check``, unit ``chi-square``; points ``term, chi_square, df, p_value``, one for
        ``participant``, one for each covariate and one for all together (``all``).

    Raises
    ------
    ValueError
        As in `hazard_ratio`.

    Notes
    -----
    *Not estimable when* the hazard ratio is not. The score test of :math:`\beta(t) = \beta + \theta\,g(t)` at
    θ = 0, with :math:`g(t) = 1 - \hat S(t-)` from the Kaplan–Meier curve of everybody, as ``cox.zph`` of R's
    *survival* has done it since version 3.

    References
    ----------
    Grambsch PM, Therneau TM (1994). https://doi.org/10.1093/biomet/81.3.515

    Examples
    --------
    >>> few = pd.DataFrame({"person_id": ["a", "b"], "entry_days": [0, 0], "time_days": [5, 9], "event": [1, 1],
    ...                     "participant": [1, 0]})
    >>> proportional_hazards_check(few).n
    2
    """
    ratio = hazard_ratio(rows, adjust=adjust)
    name, unit = "proportional_hazards_check", "chi-square"
    if isinstance(ratio, NotEstimable):
        return NotEstimable(name=name, unit=unit, reason=ratio.reason, n=ratio.n, values=ratio.values)
    kept, _ = _complete(rows, adjust)
    if kept.loc[kept["event"] == 1, "time_days"].nunique() < 2:
        return NotEstimable(name=name, unit=unit, reason=ONE_TIME, n=ratio.n)
    labels = ["participant", *adjust]
    terms = [[i] for i in range(len(labels))]
    tests = schoenfeld_tests(
        *_arrays(kept, adjust), entry=_numbers(kept["entry_days"]), terms=[*terms, [*range(len(labels))]]
    )
    points = pd.DataFrame(tests, columns=["chi_square", "df", "p_value"])
    points.insert(0, "term", [*labels, "all"])
    return Curve(
        name=name,
        unit=unit,
        points=points,
        n=int(kept["person_id"].nunique()),
        unit_of_analysis="person",
        method="score test of coefficients that change with the Kaplan-Meier transform of time",
    )


def _complete(rows: pd.DataFrame, adjust: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """Checked rows of the people whose covariates are all there, and how many people are left out."""
    check_rows(rows, [*_ROW_COLUMNS, *adjust], key=["person_id", "entry_days"])
    ordered = rows.sort_values(["person_id", "entry_days"])
    same = ordered["person_id"].to_numpy()[1:] == ordered["person_id"].to_numpy()[:-1]
    if (same & (ordered["entry_days"].to_numpy()[1:] < ordered["time_days"].to_numpy()[:-1])).any():
        raise ValueError("a person's rows overlap")
    incomplete = rows.loc[rows[list(adjust)].isna().any(axis=1), "person_id"].unique()
    return rows[~rows["person_id"].isin(incomplete)], len(incomplete)


def _arrays(rows: pd.DataFrame, adjust: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    return _numbers(rows["time_days"]), _numbers(rows["event"]), _numbers(rows[["participant", *adjust]])


def _numbers(values: pd.Series | pd.DataFrame) -> Floats:
    return values.to_numpy(dtype="float64")
