"""Project roles of two groups over all rounds: their rates compared within rounds, as wide as people's spread asks for.

Unit: the person in one round; the stratum is the round, the cluster the person.

References
----------
Greenland S, Robins JM (1985). https://doi.org/10.2307/2530643
McCullagh P, Nelder JA (1989). Generalized Linear Models, ch. 6. https://doi.org/10.1201/9780203753736
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from rmanalytics.containment import measure
from rmanalytics.measures.retention.event_rates import DAYS_A_YEAR
from rmanalytics.measures.rows import LEAST_PEOPLE, UPPER, check_rows
from rmanalytics.measures.stats.count_models import fit_counts
from rmanalytics.measures.stats.stratified_tables import log_rate_ratio
from rmanalytics.results import COMPARISON, PARTICIPANTS, Curve, Estimate, NotEstimable

TOO_FEW_IN_GROUP = "fewer than {least} people in one of the groups"
NONE_IN_GROUP = "no event in one of the groups"
NO_SPREAD = "all people of a group have the same rate"
NONE_IN_ROUND = "nobody took up a role in one of the rounds"
QUASI_POISSON, NEGATIVE_BINOMIAL = "quasi-Poisson regression", "negative binomial regression (NB2)"
METHOD = "Mantel-Haenszel ratio of rates over rounds, Pearson dispersion over people, t interval on the log scale"


def rate_strata(counts: pd.DataFrame) -> pd.DataFrame:
    """Roles and years of the two groups, one row a round that holds both.

    Parameters
    ----------
    counts : DataFrame
        ``round_id, person_id, group, roles_n, followed_days``, one row a person and round.

    Returns
    -------
    DataFrame
        ``events, exposure, events_comparison, exposure_comparison`` (years), by round.

    Examples
    --------
    >>> counts = pd.DataFrame({"round_id": "a", "person_id": [1, 2], "group": ["participants", "comparison"],
    ...                        "roles_n": [3, 1], "followed_days": [365.25, 730.5]})
    >>> rate_strata(counts).to_numpy().tolist()
    [[3.0, 1.0, 1.0, 2.0]]
    """
    sums = []
    for group, ending in ((PARTICIPANTS, ""), (COMPARISON, "_comparison")):
        own = counts[counts["group"] == group].groupby("round_id")[["roles_n", "followed_days"]].sum().astype("float64")
        own["followed_days"] /= DAYS_A_YEAR
        sums.append(own.set_axis([f"events{ending}", f"exposure{ending}"], axis=1))
    strata = sums[0].join(sums[1], how="inner")
    return strata[(strata["exposure"] > 0) & (strata["exposure_comparison"] > 0)]


@measure
def role_rate_ratio_over_rounds(counts: pd.DataFrame) -> Estimate | NotEstimable:
    r"""Rate of project roles, participants against comparison, within rounds.

    Parameters
    ----------
    counts : DataFrame
        As in `rate_strata`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``rate ratio``; ``n`` and ``n_comparator`` count people, each once. ``extra``: ``se`` (of the logarithm),
        ``df``, ``dispersion``, ``events``, ``rounds``.

    Raises
    ------
    ValueError
        When a person stands twice in a group of a round.

    *Not estimable when* a group has fewer than six people or no role, or all people of a group have the same rate.

    Notes
    -----
    :math:`\hat\rho` and its variance as in `log_rate_ratio`, the variance times Pearson's dispersion
    :math:`\hat\phi = \sum_i (\sum y - \sum \mu)^2 / \sum \mu / (N - 2)` with :math:`\mu` the time followed by the rate
    of the group in the round, sums over one person's rounds: who stands in several counts once. In one round it is the
    quasi-Poisson ratio of `role_rate_ratio_spread`.

    References
    ----------
    Greenland S, Robins JM (1985). https://doi.org/10.2307/2530643

    Examples
    --------
    >>> counts = pd.DataFrame({"round_id": "a", "person_id": list("abcdefghijkl"),
    ...     "group": ["participants"] * 6 + ["comparison"] * 6, "roles_n": [1, 1, 1, 1, 0, 0] + [1, 1, 0, 0, 0, 0],
    ...     "followed_days": 365.25})
    >>> found = role_rate_ratio_over_rounds(counts)
    >>> round(found.value, 9), round(found.extra["se"], 4)
    (2.0, 0.6708)
    """
    check_rows(counts, ["round_id", "person_id", "group", "roles_n", "followed_days"], key=["round_id", "person_id"])
    strata = rate_strata(counts)
    used = counts[counts["round_id"].isin(strata.index) & (counts["followed_days"] > 0)]
    people = [int(used.loc[used["group"] == group, "person_id"].nunique()) for group in (PARTICIPANTS, COMPARISON)]
    name, unit, n = "role_rate_ratio_over_rounds", "rate ratio", sum(people)
    if min(people) < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_IN_GROUP, n=n, values={"least": LEAST_PEOPLE})
    found = log_rate_ratio(strata)
    if found is None:
        return NotEstimable(name=name, unit=unit, reason=NONE_IN_GROUP, n=n)
    sums = used.groupby(["round_id", "group"])[["roles_n", "followed_days"]].transform("sum")
    expected = used["followed_days"] * sums["roles_n"] / sums["followed_days"]
    whole = used.assign(expected=expected, off=used["roles_n"] - expected).groupby(["person_id", "group"])
    of_one = whole[["off", "expected"]].sum()
    of_one = of_one[of_one["expected"] > 0]
    df = float(n - 2)
    dispersion = float((of_one["off"] ** 2 / of_one["expected"]).sum()) / df
    se, ratio = found.se * math.sqrt(dispersion), math.exp(found.value)
    if se <= 1e-9:
        return NotEstimable(name=name, unit=unit, reason=NO_SPREAD, n=n)
    reach = float(stdtrit(df, UPPER)) * se
    return Estimate(
        name=name,
        unit=unit,
        value=ratio,
        lo=ratio * math.exp(-reach),
        hi=ratio * math.exp(reach),
        n=people[0],
        unit_of_analysis="person",
        method=METHOD,
        n_comparator=people[1],
        p_value=2 * float(stdtr(df, -abs(found.value) / se)),
        extra={
            "se": se,
            "df": df,
            "dispersion": dispersion,
            "events": float(used["roles_n"].sum()),
            "rounds": float(len(strata)),
        },
    )


@measure
def role_rate_alternatives(counts: pd.DataFrame) -> Curve | NotEstimable:
    """The ratio of the rates by regression of the counts, errors by person: quasi-Poisson, and negative binomial.

    Parameters
    ----------
    counts : DataFrame
        As in `rate_strata`.

    Returns
    -------
    Curve or NotEstimable
        Points ``method, value, lo, hi, df, spread``, the ratio, its 95% interval and the spread of `CountFit`.

    Raises
    ------
    ValueError
        When a person stands twice in a group of a round.

    *Not estimable when* `role_rate_ratio_over_rounds` is not, or a round has no role at all.

    Notes
    -----
    ``ln μ = ln t + round + β participant`` by `fit_counts`, t interval on the log scale with Satterthwaite's degrees of
    freedom.

    References
    ----------
    Cameron AC, Trivedi PK (2013). Regression analysis of count data. https://doi.org/10.1017/CBO9781139013567

    Examples
    --------
    >>> counts = pd.DataFrame({"round_id": "a", "person_id": list("abcdefghijkl"),
    ...     "group": ["participants"] * 6 + ["comparison"] * 6, "roles_n": [1, 1, 1, 1, 0, 0] + [1, 1, 0, 0, 0, 0],
    ...     "followed_days": 365.25})
    >>> role_rate_alternatives(counts).points["value"].round(6).tolist()
    [2.0, 2.0]
    """
    usual, name = role_rate_ratio_over_rounds(counts), "role_rate_alternatives"
    if isinstance(usual, NotEstimable):
        return replace(usual, name=name)
    used = counts[counts["round_id"].isin(rate_strata(counts).index) & (counts["followed_days"] > 0)]
    rounds, person = used["round_id"].factorize(sort=True)[0], used["person_id"].factorize(sort=True)[0]
    design = np.column_stack([used["group"] == PARTICIPANTS, rounds[:, None] == np.arange(rounds.max() + 1)])
    given = [used[column].to_numpy(dtype=float) for column in ("roles_n", "followed_days")]
    rows = []
    for way, nb2 in ((QUASI_POISSON, False), (NEGATIVE_BINOMIAL, True)):
        fit = fit_counts(given[0], given[1] / DAYS_A_YEAR, design.astype(float), person, term=0, nb2=nb2)
        if fit is None:
            return NotEstimable(name=name, unit=usual.unit, reason=NONE_IN_ROUND, n=usual.n)
        reach = float(stdtrit(fit.contrast.df, UPPER)) * fit.contrast.se
        ratio, low, high = np.exp(fit.contrast.value + reach * np.array([0, -1, 1]))
        rows.append((way, ratio, low, high, fit.contrast.df, fit.spread))
    return Curve(
        name=name,
        unit=usual.unit,
        points=pd.DataFrame(rows, columns=["method", "value", "lo", "hi", "df", "spread"]),
        n=usual.n + (usual.n_comparator or 0),
        unit_of_analysis="person",
        method="regression of counts, CR2 errors by person",
    )
