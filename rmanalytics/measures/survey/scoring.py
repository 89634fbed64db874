"""Scales: from answers to keyed items, scores, reliability, and shares at the ends of the scale.

Unit: the person at one wave. Answers outside the instrument's scale never come here: intake quarantines them.

References
----------
Cronbach LJ (1951). https://doi.org/10.1007/BF02310555
Feldt LS (1965). https://doi.org/10.1007/BF02289499
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PAIRS, LOWER, NO_VARIATION, UPPER, Floats, check_rows, is_constant, noise
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.programme.instruments import Instrument
from rmanalytics.results import Estimate, NotEstimable

PAIRED_WAVES = ("pre", "post")
TOO_FEW_COMPLETE = "fewer than {least} people with every item answered"
TOO_FEW_ITEMS = "fewer than two items"
INCOMPLETE_ITEMS = "with an item unanswered"
WITHOUT_SCORE = "without a score"


def keyed_items(answers: pd.DataFrame, instrument: Instrument, *, subscale: str = "") -> pd.DataFrame:
    """Answers as one row for each person and wave, reverse items turned round.

    Parameters
    ----------
    answers : DataFrame
        Answers of one round: ``person_id``, ``wave``, ``item``, ``value`` (scale points, NaN where not answered).
        Items of other instruments are passed over.
    instrument : Instrument
        Says which items there are, which are reverse-keyed, and the ends of the scale.
    subscale : str
        One subscale; the whole instrument if empty.

    Returns
    -------
    DataFrame
        ``person_id``, ``wave``, then one column an item in the questionnaire's order; NaN where not answered.

    Raises
    ------
    ValueError
        For an unknown subscale, a repeated answer, or a value outside the instrument's scale.

    Notes
    -----
    A reverse item is ``scale_min + scale_max − x``, with the ends from the instrument, never from the data.

    Examples
    --------
    >>> from rmanalytics.programme.instruments import Item
    >>> fear = Instrument(name="fear", title={}, version="1", scale_min=1, scale_max=5, labels={},
    ...     items=(Item(id="f1", text={}), Item(id="f2", text={}, reverse=True)), subscales={}, direction="down",
    ...     min_answered_share=0.8, same_items=True, source="", licence="")
    >>> answers = pd.DataFrame({"person_id": "a", "wave": "pre", "item": ["f1", "f2"], "value": [4, 2]})
    >>> keyed_items(answers, fear)[["f1", "f2"]].to_numpy().tolist()
    [[4.0, 4.0]]
    """
    items = instrument.items_of(subscale)
    if subscale and not items:
        raise ValueError("the instrument has no item on this subscale")
    ids = [item.id for item in items]
    rows = answers[answers["item"].isin(ids)]
    check_rows(rows, ["person_id", "wave", "item", "value"], key=["person_id", "wave", "item"])
    values = rows["value"].to_numpy(dtype=float, na_value=np.nan)
    if ((values < instrument.scale_min) | (values > instrument.scale_max)).any():
        raise ValueError("an answer lies outside the instrument's scale")
    person, people = pd.factorize(rows["person_id"], sort=True)
    wave, waves = pd.factorize(rows["wave"], sort=True)
    sheets, sheet = np.unique(person * max(len(waves), 1) + wave, return_inverse=True)
    x = np.full((len(sheets), len(ids)), np.nan)
    x[sheet, pd.Index(ids).get_indexer(pd.Index(rows["item"]))] = values
    turned = [item.reverse for item in items]
    x[:, turned] = instrument.scale_min + instrument.scale_max - x[:, turned]
    whose, when = np.divmod(sheets, max(len(waves), 1))
    keys = pd.DataFrame({"person_id": people.take(whose), "wave": waves.take(when)})
    return pd.concat([keys, pd.DataFrame(x, columns=ids)], axis=1)


def scores(answers: pd.DataFrame, instrument: Instrument, *, subscale: str = "") -> pd.DataFrame:
    """Scale scores: the mean of the keyed items, where enough of them are answered.

    Parameters
    ----------
    answers, instrument, subscale
        As in `keyed_items`.

    Returns
    -------
    DataFrame
        ``person_id``, ``wave``, ``score`` (scale points, NaN where too few items are answered), ``answered_n``
        (items answered at that wave).

    Raises
    ------
    ValueError
        As in `keyed_items`.

    Notes
    -----
    A score needs ``min_answered_share`` of the items (0.8: four of five, sixteen of twenty). Where the instrument
    asks for the same items, a person scorable before and after is scored on the items answered at both times; if
    these are too few, both scores are missing, for they would not measure the same thing.

    Examples
    --------
    >>> from rmanalytics.programme.instruments import Item
    >>> skill = Instrument(name="skill", title={}, version="1", scale_min=1, scale_max=5, labels={},
    ...     items=(Item(id="s1", text={}), Item(id="s2", text={})), subscales={}, direction="up",
    ...     min_answered_share=0.8, same_items=True, source="", licence="")
    >>> answers = pd.DataFrame({"person_id": "a", "wave": "pre", "item": ["s1", "s2"], "value": [4, 5]})
    >>> scores(answers, skill)["score"].item()
    4.5
    """
    return scale_scores(keyed_items(answers, instrument, subscale=subscale), instrument, subscale=subscale)


def scale_scores(keyed: pd.DataFrame, instrument: Instrument, *, subscale: str = "") -> pd.DataFrame:
    """`scores` of items that are keyed already: of several subscales, or of some waves, without keying them anew.

    Parameters
    ----------
    keyed : DataFrame
        As `keyed_items` returns it; items of other subscales are passed over.
    instrument, subscale
        As in `keyed_items`.

    Returns
    -------
    DataFrame
        As in `scores`, a row for each row of ``keyed``.

    Examples
    --------
    See `scores`.
    """
    ids = [item.id for item in instrument.items_of(subscale)]
    least = math.ceil(instrument.min_answered_share * len(ids) - 1e-9)
    x = keyed[ids].to_numpy(dtype=float)
    answered = ~np.isnan(x)
    used = answered.copy()
    if instrument.same_items:
        paired = keyed["wave"].isin(PAIRED_WAVES).to_numpy() & (answered.sum(axis=1) >= least)
        person = pd.factorize(keyed.loc[paired, "person_id"])[0]
        every_time = np.ones((person.max(initial=-1) + 1, len(ids)), dtype=bool)
        np.logical_and.at(every_time, person, answered[paired])
        used[paired] = every_time[person]
    used_n = used.sum(axis=1)
    total = np.where(used, x, 0.0).sum(axis=1)
    score = np.where(used_n >= max(least, 1), total / np.maximum(used_n, 1), np.nan)
    return keyed[["person_id", "wave"]].assign(score=score, answered_n=answered.sum(axis=1))


def pre_post(scores: pd.DataFrame) -> pd.DataFrame:
    """Scores side by side, one row a person, for the measures of change.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``wave``, ``score`` as `scores` returns them; waves other than pre and post are passed over.

    Returns
    -------
    DataFrame
        ``person_id``, ``pre``, ``post`` (scale points, NaN where there is no score).

    Raises
    ------
    ValueError
        When a person stands twice at one wave.

    Examples
    --------
    >>> both = pd.DataFrame({"person_id": ["a", "a"], "wave": ["pre", "post"], "score": [3.0, 4.0]})
    >>> pre_post(both)[["pre", "post"]].to_numpy().tolist()
    [[3.0, 4.0]]
    """
    check_rows(scores, ["person_id", "wave", "score"], key=["person_id", "wave"])
    rows = scores[scores["wave"].isin(PAIRED_WAVES)]
    person, people = pd.factorize(rows["person_id"], sort=True)
    x = np.full((len(people), len(PAIRED_WAVES)), np.nan)
    after = (rows["wave"] == PAIRED_WAVES[1]).to_numpy(dtype=int)
    x[person, after] = rows["score"].to_numpy(dtype=float, na_value=np.nan)
    return pd.DataFrame({"person_id": people, "pre": x[:, 0], "post": x[:, 1]})


@measure
def cronbach_alpha(items: pd.DataFrame) -> Estimate | NotEstimable:
    """Cronbach's alpha: how well the items of a scale hang together.

    Parameters
    ----------
    items : DataFrame
        ``person_id`` and one column an item (scale points, keyed), one row a person.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``alpha``, with Feldt's interval. ``extra``: ``items_n``, and for two items ``spearman_brown``.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* there are fewer than two items, fewer than 6 people answered every item, or the scores do
    not vary.

    Notes
    -----
    ``α = k/(k−1) · (1 − Σ var_i / var_total)`` over the people who answered every item. Interval:
    ``1 − (1 − α) F`` at the quantiles of F with ``n−1`` and ``(n−1)(k−1)`` degrees of freedom. Assumes
    tau-equivalent items; alpha says nothing about stability over time.

    References
    ----------
    Cronbach LJ (1951). https://doi.org/10.1007/BF02310555
    Feldt LS (1965). https://doi.org/10.1007/BF02289499

    Examples
    --------
    Two items with variance 3.5 each and covariance 3.3: alpha is 2 · (1 − 7/13.6).

    >>> items = pd.DataFrame({"person_id": list("abcdef"), "x": [1, 2, 3, 4, 5, 6], "y": [1, 3, 2, 4, 5, 6]})
    >>> round(cronbach_alpha(items).value, 4)
    0.9706
    """
    x, excluded_n = complete_answers(items)
    refused = not_scalable(x, name="cronbach_alpha", unit="alpha")
    if refused is not None:
        return refused
    n, k = x.shape
    alpha = alpha_of(x)
    df1, df2 = n - 1, (n - 1) * (k - 1)
    lo = 1 - (1 - alpha) * float(f_distribution.ppf(UPPER, df1, df2))
    hi = 1 - (1 - alpha) * float(f_distribution.ppf(LOWER, df1, df2))
    extra = {"items_n": float(k)}
    if k == 2 and not any(is_constant(x[:, i], among=x) for i in range(k)):
        r = correlation(x[:, 0], x[:, 1])
        if r > -1 + 1e-9:
            extra["spearman_brown"] = 2 * r / (1 + r)
    return Estimate(
        name="cronbach_alpha",
        unit="alpha",
        value=alpha,
        lo=lo,
        hi=hi,
        n=n,
        unit_of_analysis="person",
        method="Cronbach's alpha of the complete answers, Feldt interval",
        n_excluded=excluded_n,
        excluded_reason=INCOMPLETE_ITEMS if excluded_n else "",
        extra=extra,
    )


@measure
def floor_share(scores: pd.DataFrame, instrument: Instrument) -> Estimate | NotEstimable:
    """Share of people at the lowest possible score, who could not go lower.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``score`` (scale points), one row a person.
    instrument : Instrument
        Gives the lowest score.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``, with the Wilson interval.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* nobody has a score.

    Notes
    -----
    ``share = people at scale_min / people with a score``. More than 15% is usually called a floor.

    References
    ----------
    Terwee CB et al. (2007). https://doi.org/10.1016/j.jclinepi.2006.03.012

    Examples
    --------
    See `ceiling_share`.
    """
    return _end_share(scores, at=instrument.scale_min, name="floor_share")


@measure
def ceiling_share(scores: pd.DataFrame, instrument: Instrument) -> Estimate | NotEstimable:
    """Share of people at the highest possible score, who could not go higher.

    Parameters
    ----------
    scores : DataFrame
        ``person_id``, ``score`` (scale points), one row a person.
    instrument : Instrument
        Gives the highest score.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``, with the Wilson interval.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    *Not estimable when* nobody has a score.

    Notes
    -----
    ``share = people at scale_max / people with a score``. More than 15% is usually called a ceiling.

    References
    ----------
    Terwee CB et al. (2007). https://doi.org/10.1016/j.jclinepi.2006.03.012

    Examples
    --------
    >>> skill = Instrument(name="skill", title={}, version="1", scale_min=1, scale_max=5, labels={}, items=(),
    ...     subscales={}, direction="up", min_answered_share=0.8, same_items=True, source="", licence="")
    >>> ceiling_share(pd.DataFrame({"person_id": list("abcd"), "score": [5.0, 4.8, 3.0, 1.0]}), skill).value
    0.25
    """
    return _end_share(scores, at=instrument.scale_max, name="ceiling_share")


def _end_share(scores: pd.DataFrame, *, at: float, name: str) -> Estimate | NotEstimable:
    check_rows(scores, ["person_id", "score"], key=["person_id"])
    x = scores["score"].dropna().to_numpy(dtype=float)
    count = int((np.abs(x - at) <= noise(x)).sum()) if x.size else 0
    without = len(scores) - x.size
    return wilson_share(
        count,
        x.size,
        name=name,
        unit_of_analysis="person",
        n_excluded=without,
        excluded_reason=WITHOUT_SCORE if without else "",
    )


def complete_answers(items: pd.DataFrame) -> tuple[Floats, int]:
    """Answers of the people who answered every item, one row a person, and how many did not."""
    check_rows(items, ["person_id"], key=["person_id"])
    x = items.drop(columns="person_id").to_numpy(dtype=float)
    whole = ~np.isnan(x).any(axis=1)
    return x[whole], int((~whole).sum())


def not_scalable(x: Floats, *, name: str, unit: str) -> NotEstimable | None:
    """Why these answers carry no reliability, if they do not."""
    n, k = x.shape
    if k < 2:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_ITEMS, n=n)
    if n < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_COMPLETE, n=n, values={"least": LEAST_PAIRS})
    if is_constant(x.sum(axis=1), among=x):
        return NotEstimable(name=name, unit=unit, reason=NO_VARIATION, n=n)
    return None


def alpha_of(x: Floats) -> float:
    """Cronbach's alpha of complete answers."""
    k = x.shape[1]
    within, total = float(x.var(axis=0, ddof=1).sum()), float(x.sum(axis=1).var(ddof=1))
    return float(k / (k - 1) * (1 - within / total))


def correlation(first: Floats, second: Floats) -> float:
    """Pearson correlation of two series that vary."""
    matrix: Floats = np.asarray(np.corrcoef(np.stack([first, second])), dtype=float)
    return float(matrix[0, 1])
