"""Were the two groups alike before? Means and shares side by side, with standardised difference and test together.

Unit: the person. A standardised difference says how far the groups lie apart and does not depend on how many they are;
a test says whether chance would do it. Neither stands for the other, and a table without differences says nothing of
what was not recorded.

References
----------
Austin PC (2009). https://doi.org/10.1002/sim.3697
Stuart EA (2010). https://doi.org/10.1214/09-STS313
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from scipy.special import gammaln
from scipy.stats import chi2_contingency, ttest_ind_from_stats

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PAIRS, Floats, check_rows, is_constant
from rmanalytics.results import COMPARISON, PARTICIPANTS, Curve, NotEstimable

MISSING = "missing"
"""The level of the row that compares how often a covariate is missing."""
MOST_TABLES = 200_000
"""Most tables that Fisher's test enumerates."""

TOO_FEW_PEOPLE = "fewer than {least} people in one of the groups"
TOO_FEW_AFTER = "fewer than {least} people left in one of the groups after matching"
COLUMNS = ("covariate", "level", "participants", "comparison", "difference_sd", "p")
METHOD = "means and shares, standardised differences, Welch t test, chi-square or Fisher exact test"

_COCHRAN_SHARE = 0.2
_Values = pd.Series


@dataclass(frozen=True, kw_only=True)
class _Covariate:
    """One covariate of both groups, and its values in the groups that give the standard deviations."""

    name: str
    participants: _Values
    comparison: _Values
    yard_participants: _Values
    yard_comparison: _Values


@measure
def balance_table(people: pd.DataFrame, *, covariates: Sequence[str]) -> Curve | NotEstimable:
    """Covariates of participants and comparison group side by side.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``group`` (``participants`` or ``comparison``) and the covariates, one row a person. A covariate
        of numbers is compared by its mean, every other (text, true or false) level by level.
    covariates : sequence of str
        Names of the columns to compare, as they were before the round.

    Returns
    -------
    Curve or NotEstimable
        Points `COLUMNS`, unit ``standard deviations``. ``level`` is empty for a covariate as a whole: mean in each
        group, or for one with levels no mean but the overall difference and p-value. A row a level holds the shares
        among people in whom it is known; where it is missing for somebody, a row ``missing`` compares those shares.
        ``difference_sd`` is participants minus comparison (the overall one of a covariate with levels is a distance,
        0 or more), missing where neither group varies but they differ; ``p`` is missing where there is no test.

    Raises
    ------
    ValueError
        When a person stands in more than one row, for another group, a missing column, or no covariate.

    *Not estimable when* there are fewer than 6 people in one of the groups.

    Notes
    -----
    Numbers: ``(x̄_p − x̄_c) / √((s_p² + s_c²)/2)``, Welch's t. Levels: the same with ``s² = π (1 − π)``; overall the
    Mahalanobis distance of the two rows of shares with the mean of their multinomial covariances (Yang and Dalton), and
    the chi-square test where Cochran's rule allows it (no expected count below 1, at most a fifth below 5, and with two
    levels none), else Fisher's exact test, as long as it has no more than 200,000 tables. The usual threshold of
    concern is 0.1, and 0.25 where the analysis adjusts.

    References
    ----------
    Austin PC (2009). https://doi.org/10.1002/sim.3697
    Yang D, Dalton JE (2012). A unified approach to measuring the effect size between two groups. SAS Global Forum 335.
    Cochran WG (1954). https://doi.org/10.2307/3001616
    Freeman GH, Halton JH (1951). https://doi.org/10.1093/biomet/38.1-2.141

    Examples
    --------
    Means 3 and 2, variance 0.8 in both: 1 / √0.8.

    >>> people = pd.DataFrame({"person_id": range(12), "group": ["participants"] * 6 + ["comparison"] * 6,
    ...                        "years": [2, 3, 4, 2, 3, 4] + [1, 2, 3, 1, 2, 3]})
    >>> balance_table(people, covariates=["years"]).points["difference_sd"].round(3).tolist()
    [1.118]
    """
    groups = _groups(people, covariates)
    sizes = [len(group) for group in groups]
    if min(sizes) < LEAST_PAIRS:
        return _refused("balance_table", sizes[0], TOO_FEW_PEOPLE)
    rows = [row for name in covariates for row in _rows(_covariate(name, groups, groups))]
    return Curve(
        name="balance_table",
        unit="standard deviations",
        points=pd.DataFrame(rows, columns=list(COLUMNS)),
        n=sum(sizes),
        unit_of_analysis="person",
        method=METHOD,
    )


@measure
def matching_balance(before: pd.DataFrame, after: pd.DataFrame, *, covariates: Sequence[str]) -> Curve | NotEstimable:
    """The balance table before and after matching.

    Parameters
    ----------
    before, after : DataFrame
        Everybody, and the people who were kept; each as in `balance_table`.
    covariates : sequence of str
        As in `balance_table`.

    Returns
    -------
    Curve or NotEstimable
        Points as in `balance_table`, with a first column ``stage`` (``before`` or ``after``).

    Raises
    ------
    ValueError
        As in `balance_table`, and when somebody after is not there before, in the same group.

    *Not estimable when* there are fewer than 6 people in one of the groups, before or after.

    Notes
    -----
    Both stages are in the standard deviations before matching: those after would make a group that became narrower look
    worse. Matching is judged by the differences; the p-values after it are higher for fewer people alone.

    References
    ----------
    Stuart EA (2010). https://doi.org/10.1214/09-STS313

    Examples
    --------
    Those who started at 4 are left out; variances before are 0.75 and 0.3, and 0.5 / √0.525 is 0.69.

    >>> before = pd.DataFrame({"person_id": range(15), "group": ["participants"] * 9 + ["comparison"] * 6,
    ...                        "years": [2, 3, 4, 2, 3, 4, 2, 3, 4] + [2, 3, 2, 3, 2, 3]})
    >>> table = matching_balance(before, before[before["years"] < 4], covariates=["years"])
    >>> table.points[["stage", "participants", "difference_sd"]].round(3).to_numpy().tolist()
    [['before', 3.0, 0.69], ['after', 2.5, 0.0]]
    """
    everyone, kept = _groups(before, covariates), _groups(after, covariates)
    for whole, part in zip(everyone, kept, strict=True):
        if not part["person_id"].isin(whole["person_id"]).all():
            raise ValueError("somebody after matching is not there before, in the same group")
    if min(len(group) for group in everyone) < LEAST_PAIRS:
        return _refused("matching_balance", len(everyone[0]), TOO_FEW_PEOPLE)
    if min(len(group) for group in kept) < LEAST_PAIRS:
        return _refused("matching_balance", len(kept[0]), TOO_FEW_AFTER)
    rows = [
        (stage, *row)
        for name in covariates
        for stage, groups in (("before", everyone), ("after", kept))
        for row in _rows(_covariate(name, groups, everyone))
    ]
    return Curve(
        name="matching_balance",
        unit="standard deviations",
        points=pd.DataFrame(rows, columns=["stage", *COLUMNS]),
        n=len(after),
        unit_of_analysis="person",
        method=METHOD,
    )


_Row = tuple[str, str, float, float, float, float]
_Pair = tuple[pd.DataFrame, pd.DataFrame]


def _groups(people: pd.DataFrame, covariates: Sequence[str]) -> _Pair:
    if not covariates:
        raise ValueError("name at least one covariate")
    check_rows(people, ["person_id", "group", *covariates], key=["person_id"])
    return people[people["group"] == PARTICIPANTS], people[people["group"] == COMPARISON]


def _refused(name: str, n: int, reason: str) -> NotEstimable:
    return NotEstimable(name=name, unit="standard deviations", reason=reason, n=n, values={"least": LEAST_PAIRS})


def _covariate(name: str, groups: _Pair, yard: _Pair) -> _Covariate:
    first, second, yard_first, yard_second = (group[name] for group in (*groups, *yard))
    return _Covariate(
        name=name,
        participants=first,
        comparison=second,
        yard_participants=yard_first,
        yard_comparison=yard_second,
    )


def _rows(covariate: _Covariate) -> list[_Row]:
    values = covariate.yard_participants
    rows = _of_numbers(covariate) if is_numeric_dtype(values) and not is_bool_dtype(values) else _of_levels(covariate)
    if any(part.isna().any() for part in (covariate.yard_participants, covariate.yard_comparison)):
        gaps = _Covariate(
            name=covariate.name,
            participants=covariate.participants.isna(),
            comparison=covariate.comparison.isna(),
            yard_participants=covariate.yard_participants.isna(),
            yard_comparison=covariate.yard_comparison.isna(),
        )
        whole, *levels = _of_levels(gaps)
        rows += [(name, MISSING, a, b, d, whole[5]) for name, level, a, b, d, _ in levels if level == str(True)]
    return rows


def _of_numbers(covariate: _Covariate) -> list[_Row]:
    a, b, yard_a, yard_b = (
        part.dropna().to_numpy(dtype=np.float64)
        for part in (
            covariate.participants,
            covariate.comparison,
            covariate.yard_participants,
            covariate.yard_comparison,
        )
    )
    if not a.size or not b.size:
        return [(covariate.name, "", _mean(a), _mean(b), math.nan, math.nan)]
    every = np.concatenate([a, b, yard_a, yard_b])
    yard = [
        0.0 if part.size < 2 or is_constant(part, among=every) else float(part.var(ddof=1)) for part in (yard_a, yard_b)
    ]
    still = all(is_constant(part, among=every) for part in (a, b))
    p = math.nan
    if not still and min(a.size, b.size) > 1:
        moments = [number for part in (a, b) for number in (part.mean(), part.std(ddof=1), part.size)]
        p = float(ttest_ind_from_stats(*moments, equal_var=False).pvalue)  # from moments: one group may not vary
    return [(covariate.name, "", _mean(a), _mean(b), _standardised(_mean(a) - _mean(b), yard), p)]


def _of_levels(covariate: _Covariate) -> list[_Row]:
    parts = [
        part.dropna().astype(str)
        for part in (
            covariate.participants,
            covariate.comparison,
            covariate.yard_participants,
            covariate.yard_comparison,
        )
    ]
    levels = sorted(set(parts[2]) | set(parts[3]))
    counts = np.array([[int((part == level).sum()) for level in levels] for part in parts])
    sizes = counts.sum(axis=1, keepdims=True)
    if not levels or not sizes.all():
        return [(covariate.name, "", math.nan, math.nan, math.nan, math.nan)]
    shares = counts / sizes
    rows: list[_Row] = [(covariate.name, "", math.nan, math.nan, _distance(shares), _p_of_table(counts[:2]))]
    for i, level in enumerate(levels):
        a, b, yard_a, yard_b = shares[:, i].tolist()
        difference = _standardised(a - b, [share * (1 - share) for share in (yard_a, yard_b)])
        rows.append((covariate.name, level, a, b, difference, math.nan))
    return rows


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else math.nan


def _standardised(difference: float, variances: Sequence[float]) -> float:
    sd = math.sqrt(sum(variances) / 2)
    if abs(difference) <= 1e-12:
        return 0.0
    return difference / sd if sd > 0 else math.nan


def _distance(shares: Floats) -> float:
    """Mahalanobis distance of two rows of shares; the last level follows from the others."""
    difference = (shares[0] - shares[1])[:-1]
    if np.abs(difference).max(initial=0.0) <= 1e-12:
        return 0.0
    covariance = sum(np.diag(part) - np.outer(part, part) for part in shares[2:, :-1]) / 2
    if np.linalg.matrix_rank(covariance, tol=1e-12) < len(difference):
        return math.nan
    return math.sqrt(float(difference @ np.linalg.solve(covariance, difference)))


def _p_of_table(counts: np.ndarray) -> float:
    counts = counts[:, counts.sum(axis=0) > 0]
    if counts.shape[1] < 2:
        return math.nan
    expected = counts.sum(axis=0) * counts.sum(axis=1, keepdims=True) / counts.sum()
    most = 0.0 if counts.shape[1] == 2 else _COCHRAN_SHARE
    if expected.min() >= 1 and (expected < 5).mean() <= most:
        return float(chi2_contingency(counts, correction=False).pvalue)
    return _fisher(counts)


def _fisher(counts: np.ndarray) -> float:
    """Chance of all tables with these margins that are no likelier than the one seen; missing where they are too many.

    Tables are built level by level; those that have given equally many people to the first group so far stay apart, for
    their chances differ.
    """
    row, columns = int(counts[0].sum()), counts.sum(axis=0).tolist()
    columns.sort(reverse=True)
    given, weight = np.zeros(1, dtype=np.int64), np.zeros(1)
    rest = sum(columns)
    for column in columns:
        rest -= column
        taken = np.arange(column + 1)
        # twice as many, since those that cannot be completed are dropped only afterwards
        if given.size * taken.size > 2 * MOST_TABLES:
            return math.nan
        total = (given[:, None] + taken).ravel()
        chance = (weight[:, None] + _log_choose(column, taken)).ravel()
        possible = (total <= row) & (total + rest >= row)
        given, weight = total[possible], chance[possible]
        if given.size > MOST_TABLES:
            return math.nan
    seen = sum(float(_log_choose(int(c.sum()), c[:1])[0]) for c in counts.T)
    weight -= float(_log_choose(int(counts.sum()), np.array([row]))[0])
    seen -= float(_log_choose(int(counts.sum()), np.array([row]))[0])
    return min(1.0, float(np.exp(weight[weight <= seen + 1e-7]).sum()))


def _log_choose(n: int, k: np.ndarray) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)
