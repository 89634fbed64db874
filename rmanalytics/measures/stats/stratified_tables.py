"""Shares and rates of two groups over several strata (rounds, quarters, sources), with exact tests.

Unit: the person, or the event; groups are compared within strata. p-values are one-sided, for the upward direction.

References
----------
Mantel N, Haenszel W (1959). https://doi.org/10.1093/jnci/22.4.719
Sato T (1989). https://doi.org/10.2307/2531784
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import binom, boschloo_exact, hypergeom, norm
from scipy.stats import t as t_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import UPPER, Floats, Z, check_parts, check_rows
from rmanalytics.measures.stats.cluster_robust import Contrast, fit_clustered
from rmanalytics.results import Estimate, NotEstimable

COLUMNS = ("yes", "n", "yes_comparison", "n_comparison")
NO_EVENT_IN_GROUP = "no event in one of the groups"
LARGEST_TABLE = 40_000
"""Product of the groups' sizes up to which Boschloo's test is computed; beyond it the two tests hardly differ."""
NO_STRATUM = "in no stratum are there people of both groups"
ONE_ANSWER = "everybody gave the same answer"
FEWEST_ENTRIES = 6
FEW_ENTRIES = "in one of the arms of the lot, fewer than {least} entries have counts"
OVER_ENTRIES = "Mantel-Haenszel difference of shares over rounds, CR2 errors by entry of the lot, t interval"


@measure
def mantel_haenszel_difference(
    strata: pd.DataFrame, *, name: str = "share_difference_over_strata"
) -> Estimate | NotEstimable:
    """Difference of two shares within strata, participants minus comparison.

    Parameters
    ----------
    strata : DataFrame
        ``yes``, ``n``, ``yes_comparison``, ``n_comparison``: counts, one row a stratum. Strata with one group alone say
        nothing and are left out.
    name : str

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``. ``extra``: ``se``, ``strata``.

    *Not estimable when* no stratum holds both groups, or all give the same answer.

    Notes
    -----
    ``Σ w (p_p − p_c) / Σ w`` with ``w = n_p n_c / N``, Sato's variance, normal interval.

    References
    ----------
    Sato T (1989). https://doi.org/10.2307/2531784

    Examples
    --------
    >>> strata = pd.DataFrame({"yes": [8, 6], "n": [10, 10], "yes_comparison": [4, 2], "n_comparison": [10, 10]})
    >>> round(mantel_haenszel_difference(strata).value, 9)
    0.4
    """
    a, n1, b, n0 = _both(strata)
    if not n1.size:
        return NotEstimable(name=name, unit="share", reason=NO_STRATUM, n=0)
    people, yes = int(n1.sum()), float((a + b).sum())
    if yes in {0.0, float((n1 + n0).sum())}:
        return NotEstimable(name=name, unit="share", reason=ONE_ANSWER, n=people)
    total = n1 + n0
    weight = float((n1 * n0 / total).sum())
    value = float((n1 * n0 / total * (a / n1 - b / n0)).sum()) / weight
    p = (n1**2 * b - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / total**2
    q = (a * (n0 - b) + b * (n1 - a)) / (2 * total)
    se = math.sqrt(float(value * p.sum() + q.sum())) / weight
    reach = Z * se
    return Estimate(
        name=name,
        unit="share",
        value=value,
        lo=max(-1.0, value - reach),
        hi=min(1.0, value + reach),
        n=people,
        unit_of_analysis="person",
        method="Mantel-Haenszel difference of shares, Sato's variance",
        n_comparator=int(n0.sum()),
        p_value=2 * float(norm.sf(abs(value) / se)),
        extra={"se": se, "strata": float(n1.size)},
    )


def exact_shares_p(strata: pd.DataFrame) -> float:
    """Chance of so many "yes" among participants if the group made no difference.

    Parameters
    ----------
    strata : DataFrame
        As in `mantel_haenszel_difference`.

    Returns
    -------
    float
        Boschloo's test in one stratum of up to `LARGEST_TABLE`; else the exact conditional test (the sum of the
        strata's hypergeometrics).

    References
    ----------
    Boschloo RD (1970). https://doi.org/10.1111/j.1467-9574.1970.tb00104.x

    Examples
    --------
    >>> round(exact_shares_p(pd.DataFrame({"yes": [7], "n": [8], "yes_comparison": [1], "n_comparison": [8]})), 4)
    0.0021
    """
    a, n1, b, n0 = _both(strata)
    if a.size == 1 and n1[0] * n0[0] <= LARGEST_TABLE:
        table = np.array([[a[0], b[0]], [n1[0] - a[0], n0[0] - b[0]]])
        return float(boschloo_exact(table, alternative="greater").pvalue)
    yes = zip(n1 + n0, a + b, n1, strict=True)
    chances = [np.asarray(hypergeom.pmf(np.arange(k + 1), n, k, own)) for n, k, own in yes]
    return _tail(chances, int(a.sum()))


def log_rate_ratio(strata: pd.DataFrame) -> Contrast | None:
    """Logarithm of the ratio of rates over strata, participants to comparison.

    Parameters
    ----------
    strata : DataFrame
        As in `exact_rates_p`.

    Returns
    -------
    Contrast or None
        None where a group has no event in strata that hold both.

    Notes
    -----
    Mantel and Haenszel's ratio of rates with the variance of Greenland and Robins:
    ``ρ = Σ d_1 T_0/T / Σ d_0 T_1/T``, ``Var log ρ = Σ d T_1 T_0/T² / (Σ d_1 T_0/T · Σ d_0 T_1/T)``.

    References
    ----------
    Greenland S, Robins JM (1985). https://doi.org/10.2307/2530643

    Examples
    --------
    >>> one = pd.DataFrame({"events": [8], "exposure": [9.0], "events_comparison": [4], "exposure_comparison": [9.0]})
    >>> found = log_rate_ratio(one)
    >>> round(math.exp(found.value), 9), round(found.se ** 2, 9)
    (2.0, 0.375)
    """
    columns = ["events", "exposure", "events_comparison", "exposure_comparison"]
    d1, t1, d0, t0 = strata[columns].to_numpy(dtype=np.float64).T
    total = t1 + t0
    up, down = float((d1 * t0 / total).sum()), float((d0 * t1 / total).sum())
    if up <= 0 or down <= 0:
        return None
    variance = float(((d1 + d0) * t1 * t0 / total**2).sum()) / (up * down)
    return Contrast(value=math.log(up / down), se=math.sqrt(variance), df=math.inf)


@measure
def rate_ratio_over_strata(strata: pd.DataFrame, *, name: str, n: int, n_comparator: int) -> Estimate | NotEstimable:
    """The ratio of `log_rate_ratio` as a result.

    Parameters
    ----------
    strata : DataFrame
        As in `exact_rates_p`.
    name : str
    n, n_comparator : int
        People.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``rate ratio``. ``extra``: ``se`` (of the logarithm), ``events``.

    *Not estimable when* a group has no event in strata that hold both.

    References
    ----------
    Greenland S, Robins JM (1985). https://doi.org/10.2307/2530643

    Examples
    --------
    >>> one = pd.DataFrame({"events": [8], "exposure": [9.0], "events_comparison": [4], "exposure_comparison": [9.0]})
    >>> round(rate_ratio_over_strata(one, name="returns", n=20, n_comparator=20).value, 9)
    2.0
    """
    found = log_rate_ratio(strata)
    if found is None:
        return NotEstimable(name=name, unit="rate ratio", reason=NO_EVENT_IN_GROUP, n=n)
    return Estimate(
        name=name,
        unit="rate ratio",
        value=math.exp(found.value),
        lo=math.exp(found.value - Z * found.se),
        hi=math.exp(found.value + Z * found.se),
        n=n,
        unit_of_analysis="person",
        method="Mantel-Haenszel ratio of rates, variance of Greenland and Robins",
        n_comparator=n_comparator,
        p_value=2 * float(norm.sf(abs(found.value) / found.se)),
        extra={"se": found.se, "events": float(strata[["events", "events_comparison"]].to_numpy().sum())},
    )


def exact_rates_p(strata: pd.DataFrame) -> float:
    """Chance of so many events among participants if both groups had them at the same rate.

    Parameters
    ----------
    strata : DataFrame
        ``events``, ``exposure``, ``events_comparison``, ``exposure_comparison``, one row a stratum.

    Returns
    -------
    float
        Exact conditional test: given all events of a stratum, those of participants are binomial with their share of
        the exposure.

    References
    ----------
    Przyborowski J, Wilenski H (1940). https://doi.org/10.1093/biomet/31.3-4.313

    Examples
    --------
    Five events, all among one of two groups of the same exposure: 1 in 32.

    >>> one = pd.DataFrame({"events": [5], "exposure": [9.0], "events_comparison": [0], "exposure_comparison": [9.0]})
    >>> round(exact_rates_p(one), 5)
    0.03125
    """
    events = strata[["events", "events_comparison"]].sum(axis=1).to_numpy(dtype=np.int64)
    share = strata["exposure"].to_numpy(float) / strata[["exposure", "exposure_comparison"]].sum(axis=1).to_numpy(float)
    chances = [np.asarray(binom.pmf(np.arange(t + 1), t, s)) for t, s in zip(events, share, strict=True)]
    return _tail(chances, int(strata["events"].sum()))


def _both(strata: pd.DataFrame) -> tuple[Floats, Floats, Floats, Floats]:
    check_rows(strata, COLUMNS, key=[])
    counts = strata[list(COLUMNS)].to_numpy(dtype=np.float64)
    check_parts(counts[:, [0, 2]], counts[:, [1, 3]])
    a, n1, b, n0 = counts[(counts[:, 1] > 0) & (counts[:, 3] > 0)].T
    return a, n1, b, n0


def _tail(chances: list[Floats], seen: int) -> float:
    together = np.ones(1)
    for one in chances:
        together = np.convolve(together, one)
    return min(1.0, float(together[seen:].sum()))


@measure
def difference_over_entries(entries: pd.DataFrame, *, name: str = "share_difference_by_lot") -> Estimate | NotEstimable:
    """Difference of two shares where a lot decided for whole entries (offers, advertisements), within rounds.

    Parameters
    ----------
    entries : DataFrame
        ``round_id``, ``entry``, ``drawn`` (whether the lot put it into the first arm), ``yes``, ``n``: people counted.
    name : str

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``. ``extra``: ``se``, ``df``, ``entries``.

    *Not estimable when* an arm has fewer than six entries with counts, or all give the same answer.

    Notes
    -----
    Mantel and Haenszel's difference over rounds; people of one entry go together (CR2, Satterthwaite t interval).

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> entries = pd.DataFrame({"round_id": "a", "entry": range(12), "drawn": [True] * 6 + [False] * 6,
    ...                         "yes": [7, 8, 9, 7, 8, 9, 5, 6, 4, 5, 6, 4], "n": 10})
    >>> round(difference_over_entries(entries).value, 9)
    0.3
    """
    rows = entries[entries["n"] > 0]
    drawn, n = rows["drawn"].to_numpy(dtype=bool), rows["n"].to_numpy(dtype=float)
    people, others, yes = int(n.sum()), int(n[~drawn].sum()), float(rows["yes"].sum())
    counted = [rows.loc[drawn == group, "entry"].nunique() for group in (True, False)]
    if min(counted) < FEWEST_ENTRIES:
        return NotEstimable(name=name, unit="share", reason=FEW_ENTRIES, n=people, values={"least": FEWEST_ENTRIES})
    if yes in {0.0, float(people)}:
        return NotEstimable(name=name, unit="share", reason=ONE_ANSWER, n=people)
    root = np.sqrt(n)
    codes = pd.factorize(rows["round_id"])[0]
    rounds = (codes[:, None] == np.unique(codes)).astype(float)
    x = np.column_stack([drawn.astype(float), rounds]) * root[:, None]
    cluster = pd.factorize(rows["entry"])[0].astype(np.int64)
    terms = ["drawn", *map(str, range(rounds.shape[1]))]
    found = fit_clustered(rows["yes"].to_numpy(dtype=float) / root, x, cluster, terms=terms).contrast(0)
    if not found.se > 0:
        return NotEstimable(name=name, unit="share", reason=ONE_ANSWER, n=people)
    reach = float(t_distribution.ppf(UPPER, found.df)) * found.se
    return Estimate(
        name=name,
        unit="share",
        value=found.value,
        lo=max(-1.0, found.value - reach),
        hi=min(1.0, found.value + reach),
        n=people,
        n_comparator=others,
        unit_of_analysis="person",
        method=OVER_ENTRIES,
        p_value=2 * float(t_distribution.sf(abs(found.value) / found.se, found.df)),
        extra={"se": found.se, "df": found.df, "entries": float(sum(counted))},
    )


def entries_redraw_p(entries: pd.DataFrame, *, draws: int, rng: np.random.Generator) -> float:
    """Chance of so large a difference if the first arm made none: the lot of each round is drawn again.

    Parameters
    ----------
    entries : DataFrame
        As in `difference_over_entries`; entries that nobody counted may be among them.
    draws : int
    rng : Generator

    Notes
    -----
    Statistic: t of the difference within rounds, errors CR0 by entry and round.

    References
    ----------
    Gail MH et al. (1996). https://doi.org/10.1002/(SICI)1097-0258(19960615)15:11<1069::AID-SIM220>3.0.CO;2-Q

    Examples
    --------
    >>> entries = pd.DataFrame({"round_id": "a", "entry": range(12), "drawn": [True] * 6 + [False] * 6,
    ...                         "yes": [7, 8, 9, 7, 8, 9, 5, 6, 4, 5, 6, 4], "n": 10})
    >>> entries_redraw_p(entries, draws=9_999, rng=np.random.default_rng(1)) < 0.01
    True
    """
    top, below, meat = np.zeros(draws + 1), np.zeros(draws + 1), []
    for _, own in entries.groupby("round_id"):
        n, dealt = own["n"].to_numpy(dtype=float), own["drawn"].to_numpy(dtype=float)
        rest = own["yes"].to_numpy(dtype=float) - n * own["yes"].sum() / max(n.sum(), 1.0)
        drawn = np.vstack([dealt, rng.permuted(np.broadcast_to(dealt, (draws, dealt.size)), axis=1)])
        apart = drawn - (drawn @ n / max(n.sum(), 1.0))[:, None]
        top += apart @ rest
        below += apart**2 @ n
        meat.append((rest, n, apart))
    value = top / np.maximum(below, 1e-12)
    spread = sum((((rest - value[:, None] * n * apart) * apart) ** 2).sum(axis=1) for rest, n, apart in meat)
    t = value * below / np.sqrt(np.maximum(spread, 1e-12))
    return float((t >= t[0] - 1e-9 * abs(t[0])).sum()) / (1 + draws)
