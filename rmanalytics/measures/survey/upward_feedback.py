"""Leadership as those who are led see it: upward feedback on participants and on leaders who are compared with them.

Unit: the leader; raters are nested in leaders, and a rater before need not be one after. A leader counts who has at
least three raters at both times, so that no rater can be made out and a mean means something.

References
----------
Bell RM, McCaffrey DF (2002). Survey Methodology 28:169-181.
Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import t as t_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PAIRS, SAME_CHANGE, UPPER, Floats, check_rows, noise
from rmanalytics.measures.stats.cluster_robust import fit_clustered
from rmanalytics.measures.survey.ancova import adjusted_difference, change_score_difference
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable

LEAST_RATERS = 3
TOO_FEW_RATERS = "fewer than three raters before or after"
TOO_FEW_LEADERS = "fewer than {least} leaders of a group with three raters before and after"

_COLUMNS = ("leader_id", "rater", "wave", "score", "group")


def leader_scores(ratings: pd.DataFrame) -> pd.DataFrame:
    """Mean of each leader's raters, before and after.

    Parameters
    ----------
    ratings : DataFrame
        ``leader_id``, ``rater``, ``wave`` (``pre`` or ``post``), ``score`` (scale points, NaN where there is none),
        ``group`` of the leader (``participants`` or ``comparison``); one row a leader, rater and wave.

    Returns
    -------
    DataFrame
        One row a leader, in order of appearance: ``leader_id``, ``group``, ``pre``, ``post`` (missing where there are
        fewer than three raters), ``raters_pre_n``, ``raters_post_n``.

    Raises
    ------
    ValueError
        When a rater stands twice for a leader and wave, a wave or group has another name, or a leader is in both
        groups.

    Examples
    --------
    Three raters before; two after are too few.

    >>> ratings = pd.DataFrame({"leader_id": "l", "rater": list("abcab"), "wave": ["pre"] * 3 + ["post"] * 2,
    ...                         "score": [3.0, 4, 5, 5, 5], "group": "participants"})
    >>> leader_scores(ratings)[["pre", "post", "raters_post_n"]].to_numpy().tolist()
    [[4.0, nan, 2.0]]
    """
    _check(ratings)
    leaders = ratings.drop_duplicates("leader_id")[["leader_id", "group"]].set_index("leader_id")
    scored = ratings.dropna(subset=["score"])
    for wave in ("pre", "post"):
        means = scored[scored["wave"] == wave].groupby("leader_id")["score"].agg(["mean", "count"])
        at_wave = means.reindex(leaders.index)
        leaders[f"raters_{wave}_n"] = at_wave["count"].fillna(0).astype("int64")
        leaders[wave] = at_wave["mean"].where(at_wave["count"] >= LEAST_RATERS).astype(float)
    return leaders.reset_index()[["leader_id", "group", "pre", "post", "raters_pre_n", "raters_post_n"]]


@measure
def leader_change_difference(ratings: pd.DataFrame) -> Estimate | NotEstimable:
    """Difference of the two groups' mean changes in upward feedback, every leader counting once.

    Parameters
    ----------
    ratings : DataFrame
        As in `leader_scores`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``, participants minus comparison, ``n`` leaders. ``extra`` as in
        `rmanalytics.measures.survey.ancova.change_score_difference`, and ``raters_n`` (ratings of the leaders used).

    Raises
    ------
    ValueError
        As in `leader_scores`.

    *Not estimable when* fewer than 6 leaders of a group have three raters at both times, or within both groups every
    leader's mean changed by the same amount.

    Notes
    -----
    Welch's t on the changes of the leaders' means: however many raters a leader has, the leader is the unit.

    References
    ----------
    Welch BL (1947). https://doi.org/10.1093/biomet/34.1-2.28

    Examples
    --------
    Participants' raters go up by 1 on average, the others' by 0:

    >>> rise = [0, 1, 2, 0, 1, 2] + [-1, 0, 1, -1, 0, 1]
    >>> ratings = pd.DataFrame([(l, r, w, 3 + (w == "post") * rise[l], "participants" if l < 6 else "comparison")
    ...     for l in range(12) for r in range(3) for w in ("pre", "post")],
    ...     columns=["leader_id", "rater", "wave", "score", "group"])
    >>> leader_change_difference(ratings).value
    1.0
    """
    name = "leader_change_difference"
    leaders = leader_scores(ratings)
    refused = _too_few(leaders, name=name)
    if refused is not None:
        return refused
    found = change_score_difference(leaders.rename(columns={"leader_id": "person_id"}))
    if isinstance(found, NotEstimable):
        return replace(found, name=name)
    method = "change of the mean of at least three raters a leader, Welch t interval"
    return _of_leaders(found, leaders, name=name, method=method)


@measure
def leader_adjusted_difference(ratings: pd.DataFrame) -> Estimate | NotEstimable:
    """Difference in upward feedback afterwards between leaders who were seen alike before.

    Parameters
    ----------
    ratings : DataFrame
        As in `leader_scores`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``, participants minus comparison, ``n`` leaders. ``extra`` as in
        `rmanalytics.measures.survey.ancova.adjusted_difference`, and ``raters_n``.

    Raises
    ------
    ValueError
        As in `leader_scores`.

    *Not estimable when* fewer than 6 leaders of a group have three raters at both times, or
    `rmanalytics.measures.survey.ancova.adjusted_difference` of the leaders' means is not.

    Notes
    -----
    Analysis of covariance of the leaders' means, errors as in `adjusted_difference`. The mean of few raters is
    a noisy score before, so that in groups that differ at the start some of that difference stays in the answer; read
    `leader_change_difference` beside it.

    References
    ----------
    Imbens GW, Kolesár M (2016). https://doi.org/10.1162/REST_a_00552

    Examples
    --------
    Same means before; after, each participant lies one point above their counterpart:

    >>> before, after = [1, 2, 3, 1, 2, 3] * 2, [1, 2, 3, 2, 3, 2] + [2, 3, 4, 3, 4, 3]
    >>> ratings = pd.DataFrame([(l, r, w, (after if w == "post" else before)[l], "comparison" if l < 6 else
    ...     "participants") for l in range(12) for r in range(3) for w in ("pre", "post")],
    ...     columns=["leader_id", "rater", "wave", "score", "group"])
    >>> round(leader_adjusted_difference(ratings).value, 9)
    1.0
    """
    name = "leader_adjusted_difference"
    leaders = leader_scores(ratings)
    refused = _too_few(leaders, name=name)
    if refused is not None:
        return refused
    found = adjusted_difference(leaders.rename(columns={"leader_id": "person_id"}))
    if isinstance(found, NotEstimable):
        return replace(found, name=name)
    method = "analysis of covariance of the mean of at least three raters a leader, HC2 errors, t interval"
    return _of_leaders(found, leaders, name=name, method=method)


@measure
def rater_change_difference(ratings: pd.DataFrame) -> Estimate | NotEstimable:
    """Difference of the two groups' changes in upward feedback, every rating counting, errors clustered on the leader.

    Parameters
    ----------
    ratings : DataFrame
        As in `leader_scores`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``scale points``, participants minus comparison, ``n`` leaders. ``extra``: ``se``, ``df``, ``t``,
        ``raters_n``.

    Raises
    ------
    ValueError
        As in `leader_scores`.

    *Not estimable when* fewer than 6 leaders of a group have three raters at both times, or all raters of a group
    changed alike.

    Notes
    -----
    ``score = leader + b [post] + δ [post][participant] + e`` by least squares, CR2 errors by leader, t with
    Satterthwaite's degrees of freedom; each leader's mean is taken out of both sides, which leaves estimate, error and
    degrees of freedom as they are. Leaders with more raters weigh more; where all have as many it is the value of
    `leader_change_difference`.

    References
    ----------
    Pustejovsky JE, Tipton E (2018). https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    As in `leader_change_difference`:

    >>> rise = [0, 1, 2, 0, 1, 2] + [-1, 0, 1, -1, 0, 1]
    >>> ratings = pd.DataFrame([(l, r, w, 3 + (w == "post") * rise[l], "participants" if l < 6 else "comparison")
    ...     for l in range(12) for r in range(3) for w in ("pre", "post")],
    ...     columns=["leader_id", "rater", "wave", "score", "group"])
    >>> found = rater_change_difference(ratings)
    >>> round(found.value, 9), round(found.extra["df"], 6)
    (1.0, 10.0)
    """
    name = "rater_change_difference"
    leaders = leader_scores(ratings)
    refused = _too_few(leaders, name=name)
    if refused is not None:
        return refused
    used = leaders.dropna(subset=["pre", "post"])
    rows = ratings[ratings["leader_id"].isin(used["leader_id"]) & ratings["score"].notna()]
    leader = pd.factorize(rows["leader_id"])[0].astype(np.int64)
    after: Floats = np.asarray(rows["wave"] == "post", dtype=np.float64)
    inside: Floats = np.asarray(rows["group"] == PARTICIPANTS, dtype=np.float64)
    score = rows["score"].to_numpy(dtype=np.float64)
    y, *columns = (_within(values, leader) for values in (score, after * inside, after))
    fit = fit_clustered(y, np.column_stack(columns), leader, terms=["difference", "post"])
    value, se, df = (float(a[0]) for a in (fit.estimates, fit.errors, fit.df))
    participants_n = int((used["group"] == PARTICIPANTS).sum())
    if not se > noise(score):
        return NotEstimable(name=name, unit="scale points", reason=SAME_CHANGE, n=participants_n)
    reach = float(t_distribution.ppf(UPPER, df)) * se
    excluded_n = len(leaders) - len(used)
    return Estimate(
        name=name,
        unit="scale points",
        value=value,
        lo=value - reach,
        hi=value + reach,
        n=participants_n,
        unit_of_analysis="leader",
        method="difference of changes over ratings, CR2 errors by leader, Satterthwaite t interval",
        n_excluded=excluded_n,
        excluded_reason=TOO_FEW_RATERS if excluded_n else "",
        n_comparator=len(used) - participants_n,
        p_value=2 * float(t_distribution.sf(abs(value) / se, df)),
        extra={"se": se, "df": df, "t": value / se, "raters_n": float(len(rows))},
    )


def _check(ratings: pd.DataFrame) -> None:
    check_rows(ratings, _COLUMNS, key=["leader_id", "rater", "wave"])
    if not ratings["wave"].isin(["pre", "post"]).all():
        raise ValueError("a wave is neither pre nor post")
    if len(ratings[["leader_id", "group"]].drop_duplicates()) > ratings["leader_id"].nunique():
        raise ValueError("a leader is in both groups")


def _too_few(leaders: pd.DataFrame, *, name: str) -> NotEstimable | None:
    groups = leaders.dropna(subset=["pre", "post"])["group"]
    sizes = [int((groups == group).sum()) for group in (PARTICIPANTS, COMPARISON)]
    if min(sizes) >= LEAST_PAIRS:
        return None
    values = {"least": LEAST_PAIRS}
    return NotEstimable(name=name, unit="scale points", reason=TOO_FEW_LEADERS, n=sizes[0], values=values)


def _of_leaders(found: Estimate, leaders: pd.DataFrame, *, name: str, method: str) -> Estimate:
    used = leaders.dropna(subset=["pre", "post"])
    raters_n = float(used[["raters_pre_n", "raters_post_n"]].to_numpy().sum())
    return replace(
        found,
        name=name,
        unit_of_analysis="leader",
        method=method,
        excluded_reason=TOO_FEW_RATERS if found.n_excluded else "",
        extra={**found.extra, "raters_n": raters_n},
    )


def _within(values: Floats, leader: np.ndarray) -> Floats:
    """Values less the mean of their leader's."""
    size = np.bincount(leader)
    within: Floats = values - (np.bincount(leader, weights=values) / size)[leader]
    return within
