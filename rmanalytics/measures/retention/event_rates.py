r"""Opportunities: project roles that people take up after a round, and former employees who come back.

Unit: the person. Rates are events over time under observation, so somebody followed for two years does not count for
more than somebody followed for one; time before an alumnus was involved counts as not involved, as the wait for a match
does elsewhere.

References
----------
Przyborowski J, Wilenski H (1940). https://doi.org/10.1093/biomet/31.3-4.313
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import t as student

from rmanalytics.containment import measure
from rmanalytics.measures.retention.spells import employment_spells
from rmanalytics.measures.rows import LEAST_PEOPLE, UPPER, check_rows
from rmanalytics.measures.stats.rates import NO_TIME, rate_ratio, yearly_rate
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable

DAYS_A_YEAR = 365.25

TOO_FEW_IN_GROUP = "fewer than {least} people in one of the groups"
NONE_IN_GROUP = "no event in one of the groups"
NO_SPREAD = "all people of a group have the same rate"

NOT_INVOLVED = "former employees while not involved"
IN_COMPARISON = "the comparison group"

QUASI_METHOD = "quasi-Poisson ratio of two rates, Pearson dispersion, t interval on the log scale"


def role_counts(projects: pd.DataFrame, starts: pd.DataFrame, people: pd.DataFrame, *, until: date) -> pd.DataFrame:
    """Project roles that each person took up after their start date, and for how long they were followed.

    Parameters
    ----------
    projects : DataFrame
        ``person_id, start_date``, one row a role.
    starts : DataFrame
        ``person_id, group, start_date`` and optionally ``stop_date``, as `careers.employment_spells` takes them.
    people : DataFrame
        ``person_id, hire_date, exit_date, exit_reason``.
    until : date
        Day up to which the records are complete.

    Returns
    -------
    DataFrame
        ``person_id, group, roles_n, followed_days``, one row for each row of *starts*. A role counts when it starts
        after the start date and no later than the exit, ``stop_date`` or ``until``, whichever comes first.

    Raises
    ------
    ValueError
        As `careers.employment_spells`.

    Examples
    --------
    >>> day = pd.to_datetime
    >>> people = pd.DataFrame({"person_id": ["a"], "hire_date": day(["2020-01-01"]), "exit_date": day([None]),
    ...                        "exit_reason": [None]})
    >>> starts = pd.DataFrame({"person_id": ["a"], "group": ["participants"], "start_date": day(["2026-01-01"])})
    >>> projects = pd.DataFrame({"person_id": ["a", "a"], "start_date": day(["2025-12-01", "2026-02-01"])})
    >>> role_counts(projects, starts, people, until=date(2026, 4, 11))[["roles_n", "followed_days"]].to_numpy().tolist()
    [[1, 100]]
    """
    spells = employment_spells(people, starts, until=until, reasons=())
    followed = starts[["person_id", "group", "start_date"]].merge(spells, on=["person_id", "group"], validate="1:1")
    roles = projects[["person_id", "start_date"]].rename(columns={"start_date": "role_date"})
    roles = roles.merge(followed, on="person_id")
    after = (roles["role_date"] - roles["start_date"]).dt.days
    counted = roles[(after > 0) & (after <= roles["time_days"])].groupby(["person_id", "group"]).size()
    keys = pd.MultiIndex.from_frame(followed[["person_id", "group"]])
    return pd.DataFrame(
        {
            "person_id": followed["person_id"],
            "group": followed["group"],
            "roles_n": counted.reindex(keys, fill_value=0).to_numpy(dtype="int64"),
            "followed_days": followed["time_days"],
        }
    )


@measure
def role_rate_ratio_spread(counts: pd.DataFrame) -> Estimate | NotEstimable:
    r"""The same ratio with an interval as wide as the spread between people asks for.

    Parameters
    ----------
    counts : DataFrame
        As in `role_rate_ratio`.

    Returns
    -------
    Estimate or NotEstimable
        ``role_rate_ratio_spread``, unit ``rate ratio``; ``extra`` as `role_rate_ratio`, and ``se_log``, ``df``.

    Raises
    ------
    ValueError
        As in `role_rate_ratio`.

    Notes
    -----
    *Not estimable when* a group has fewer than six people or no role, or all people of a group have the same rate. With
    the rates :math:`\hat\lambda_g = x_g / t_g`
    and Pearson's dispersion :math:`\hat\phi = \sum (y_i - t_i \hat\lambda_g)^2 / (t_i \hat\lambda_g) / (n - 2)`:
    :math:`\ln(\hat\lambda_1/\hat\lambda_0) \pm t_{.975, n-2} \sqrt{\hat\phi (1/x_1 + 1/x_0)}`, the quasi-Poisson model
    with the followed time as its offset.

    References
    ----------
    McCullagh P, Nelder JA (1989). Generalized Linear Models, ch. 6. https://doi.org/10.1201/9780203753736

    Examples
    --------
    Pearson's sum is 2 + 4 for ten degrees of freedom; the standard error √(0.6 · (1/4 + 1/2)) = 0.6708.

    >>> counts = pd.DataFrame({"person_id": list("abcdefghijkl"), "group": ["participants"] * 6 + ["comparison"] * 6,
    ...                        "roles_n": [1, 1, 1, 1, 0, 0] + [1, 1, 0, 0, 0, 0], "followed_days": 365.25})
    >>> result = role_rate_ratio_spread(counts)
    >>> result.value, round(result.extra["se_log"], 4), round(result.lo, 2), round(result.hi, 2)
    (2.0, 0.6708, 0.45, 8.92)
    """
    own, other = _arms(counts)
    n, n_comparator = len(own), len(other)
    name = "role_rate_ratio_spread"
    if min(n, n_comparator) < LEAST_PEOPLE:
        return _refused(name, TOO_FEW_IN_GROUP, n + n_comparator, least=LEAST_PEOPLE)
    (x, years), (x0, years0) = _totals(own), _totals(other)
    if min(years, years0) <= 0:
        return _refused(name, NO_TIME, n + n_comparator)
    if min(x, x0) == 0:
        return _refused(name, NONE_IN_GROUP, n + n_comparator)
    dispersion, df = _dispersion(own, other), n + n_comparator - 2
    ratio, se = (x / years) / (x0 / years0), math.sqrt(dispersion * (1 / x + 1 / x0))
    if se <= 1e-9:
        return _refused(name, NO_SPREAD, n + n_comparator)
    reach = float(student.ppf(UPPER, df)) * se
    return Estimate(
        name=name,
        unit="rate ratio",
        value=ratio,
        lo=ratio * math.exp(-reach),
        hi=ratio * math.exp(reach),
        n=n,
        unit_of_analysis="person",
        method=QUASI_METHOD,
        comparator=IN_COMPARISON,
        n_comparator=n_comparator,
        p_value=float(2 * student.sf(abs(math.log(ratio)) / se, df)),
        extra={
            "events": float(x),
            "years": years,
            "rate": x / years,
            "events_comparison": float(x0),
            "years_comparison": years0,
            "rate_comparison": x0 / years0,
            "dispersion": dispersion,
            "se_log": se,
            "df": float(df),
        },
    )


@measure
def rehire_rate_ratio(alumni: pd.DataFrame, *, until: date) -> Estimate | NotEstimable:
    r"""Rate at which former employees come back while involved, against the rate while not involved; exact.

    Parameters
    ----------
    alumni : DataFrame
        ``person_id`` (each once), ``exit_date``, ``involved_from`` (missing: never), ``rehire_date`` (missing: not so
        far).
    until : date
        Day up to which the records are complete; later days are unknown.

    Returns
    -------
    Estimate or NotEstimable
        ``rehire_rate_ratio``, unit ``rate ratio``; ``n`` people with time involved, ``n_comparator`` people with time
        not involved (most of the involved are both); ``extra``: ``events, years, rate`` (a person and year) and the
        same with ``_comparison``.

    Raises
    ------
    ValueError
        When a column or an exit date is missing, a person stands twice, or a rehire comes before the exit.

    Notes
    -----
    *Not estimable when* nobody was followed on one of the sides, or nobody came back while not involved. Time runs from
    the exit to the return or ``until``. Days up to ``involved_from`` count as not involved, and so does a return on
    that day: an involvement that begins with the return did not bring it about. See `rates.rate_ratio`. Who becomes
    involved is not chosen by lot: the ratio compares, and does not say why.

    References
    ----------
    Przyborowski J, Wilenski H (1940). https://doi.org/10.1093/biomet/31.3-4.313
    Suissa S (2008). https://doi.org/10.1093/aje/kwm324

    Examples
    --------
    "a" was involved a year after the exit and returned after another; "b" came back after two years uninvolved.

    >>> day = pd.to_datetime
    >>> alumni = pd.DataFrame({"person_id": ["a", "b"], "exit_date": day(["2022-01-01"] * 2),
    ...     "involved_from": day(["2023-01-01", None]), "rehire_date": day(["2024-01-01"] * 2)})
    >>> result = rehire_rate_ratio(alumni, until=date(2026, 6, 30))
    >>> round(result.value, 6), round(result.extra["years_comparison"], 2)
    (3.0, 3.0)
    """
    followed = _followed(alumni, until)
    involved, other = followed["involved_days"], followed["days"] - followed["involved_days"]
    back, while_involved = followed["back"], followed["back_involved"]
    return rate_ratio(
        int(while_involved.sum()),
        float(involved.sum()) / DAYS_A_YEAR,
        int((back & ~while_involved).sum()),
        float(other.sum()) / DAYS_A_YEAR,
        name="rehire_rate_ratio",
        unit_of_analysis="person",
        comparator=NOT_INVOLVED,
        n=int((involved > 0).sum()),
        n_comparator=int((other > 0).sum()),
    )


def return_strata(alumni: pd.DataFrame, ends: Sequence[date]) -> pd.DataFrame:
    """Returns and years of former employees while involved and while not, one row for the time up to each end.

    Parameters
    ----------
    alumni : DataFrame
        As in `rehire_rate_ratio`.
    ends : sequence of date
        In order; the first row begins with the exits, each other one after the end before it.

    Returns
    -------
    DataFrame
        ``events, exposure, events_comparison, exposure_comparison`` (years).

    Examples
    --------
    >>> day = pd.to_datetime
    >>> alumni = pd.DataFrame({"person_id": ["a", "b"], "exit_date": day(["2022-01-01"] * 2),
    ...     "involved_from": day(["2023-01-01", None]), "rehire_date": day(["2024-01-01"] * 2)})
    >>> strata = return_strata(alumni, [date(2023, 1, 1), date(2026, 6, 30)])
    >>> strata.round(1).to_numpy().tolist()
    [[0.0, 0.0, 0.0, 2.0], [1.0, 1.0, 1.0, 1.0]]
    """
    rows = []
    for end in ends:
        followed = _followed(alumni, end)
        other, alone = followed["days"] - followed["involved_days"], followed["back"] & ~followed["back_involved"]
        years, years_other = (days.sum() / DAYS_A_YEAR for days in (followed["involved_days"], other))
        rows.append([followed["back_involved"].sum(), years, alone.sum(), years_other])
    columns = ["events", "exposure", "events_comparison", "exposure_comparison"]
    return pd.DataFrame(np.diff(np.array(rows, dtype="float64"), axis=0, prepend=0.0), columns=columns)


@measure
def rehire_rate(alumni: pd.DataFrame, *, until: date) -> Estimate | NotEstimable:
    r"""How many of a hundred former employees come back in a year.

    Parameters
    ----------
    alumni, until
        As in `rehire_rate_ratio`.

    Returns
    -------
    Estimate or NotEstimable
        ``rehire_rate``, unit ``per 100 person-years``; ``extra``: ``events``, ``years``.

    Raises
    ------
    ValueError
        As in `rehire_rate_ratio`.

    Notes
    -----
    *Not estimable when* nobody was followed. See `rates.yearly_rate`.

    References
    ----------
    Garwood F (1936). https://doi.org/10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> day = pd.to_datetime
    >>> alumni = pd.DataFrame({"person_id": ["a", "b"], "exit_date": day(["2022-01-01"] * 2),
    ...     "involved_from": day([None, None]), "rehire_date": day(["2024-01-01", None])})
    >>> result = rehire_rate(alumni, until=date(2026, 1, 1))
    >>> round(result.value, 2), round(result.lo, 2), round(result.hi, 1)
    (16.67, 0.42, 92.9)
    """
    followed = _followed(alumni, until)
    years = float(followed["days"].sum()) / DAYS_A_YEAR
    return yearly_rate(
        int(followed["back"].sum()), years, name="rehire_rate", unit_of_analysis="person", n=len(followed)
    )


def _arms(counts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    check_rows(counts, ["person_id", "group", "roles_n", "followed_days"], key=["person_id", "group"])
    return counts[counts["group"] == PARTICIPANTS], counts[counts["group"] == COMPARISON]


def _totals(arm: pd.DataFrame) -> tuple[int, float]:
    """Roles and years of a group."""
    return int(arm["roles_n"].sum()), float(arm["followed_days"].sum()) / DAYS_A_YEAR


def _dispersion(own: pd.DataFrame, other: pd.DataFrame) -> float:
    """Pearson's dispersion about the two groups' own rates; 1 where roles come about independently."""
    total = 0.0
    for arm in (own, other):
        roles, years = arm["roles_n"].to_numpy(dtype="float64"), arm["followed_days"].to_numpy(dtype="float64")
        expected = years * roles.sum() / years.sum()
        inside = expected > 0
        total += float(np.sum((roles[inside] - expected[inside]) ** 2 / expected[inside]))
    return total / (len(own) + len(other) - 2)


def _followed(alumni: pd.DataFrame, until: date) -> pd.DataFrame:
    """Days from the exit to the return or the end of the records, those of them involved, and what ended them."""
    check_rows(alumni, ["person_id", "exit_date", "involved_from", "rehire_date"], key=["person_id"])
    if alumni["exit_date"].isna().any() or (alumni["rehire_date"] < alumni["exit_date"]).any():
        raise ValueError("an exit date is missing, or a rehire comes before the exit")
    end = pd.Timestamp(until)
    left = alumni[alumni["exit_date"] < end]
    back = left["rehire_date"] <= end
    last = left["rehire_date"].where(back, end)
    involved_days = (last - left["involved_from"].clip(lower=left["exit_date"])).dt.days.clip(lower=0).fillna(0)
    return pd.DataFrame(
        {
            "days": (last - left["exit_date"]).dt.days,
            "involved_days": involved_days.astype("int64"),
            "back": back,
            "back_involved": back & (involved_days > 0),
        }
    )


def _refused(name: str, reason: str, n: int, **values: int) -> NotEstimable:
    return NotEstimable(name=name, unit="rate ratio", reason=reason, n=n, values=values)
