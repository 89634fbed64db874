"""What changed from one wave to the next: mixing in the whole network, and ties of participants and of others.

Unit of analysis: the person.

References
----------
Chung EY, Romano JP (2013). Exact and asymptotically robust permutation tests. https://doi.org/10.1214/13-AOS1090
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from rmanalytics.containment import measure
from rmanalytics.measures.network.dyadic_se import dyad_robust_se, quantile, share_limits, two_sided_p
from rmanalytics.measures.network.ei_index import ONE_GENERATION
from rmanalytics.measures.network.nulls.closed_form import returned_n
from rmanalytics.measures.network.nulls.permutation_null import p_of
from rmanalytics.measures.network.ties import Ints, Wave, distinct, positions, stands, wave
from rmanalytics.measures.network.vertex_bootstrap import (
    BOOTSTRAP_DRAWS,
    expected_external,
    external,
    index_spread,
    limits,
    resampled_index,
    worth_resampling,
)
from rmanalytics.measures.rows import LEAST_PAIRS, LEAST_PEOPLE, UPPER, Floats, among, check_rows
from rmanalytics.results import GROUPS, Estimate, NotEstimable

TOO_FEW_CHANGES = "fewer than {least} people with a change in one of the groups"
SAME_CHANGES = "every person of each group changed by the same number"
NO_CHANGE_KNOWN = "not at both waves"
WELCH = "difference of mean changes, Welch t interval; permutation test of the groups with Welch's t"

NO_TIES_AT_A_WAVE = "no ties among people present at both waves, at one of the waves"
TOO_FEW_AT_BOTH = "fewer than {least} people of known generation at both waves"
NOT_AT_BOTH = "not at both waves with a known generation"
TOO_FEW_ASKED = "fewer than {least} people"
SAME_NETWORK = "no tie among people present at both waves changed"
NO_TIES_AT_ALL = "no ties at either wave"
JACCARD = "Jaccard index of the ties of two waves; dyadic cluster-robust interval"
ONE_KIND = "at one of the waves all ties join two generations, or none does"
CHANGE = "change of the E-I index over its expectation, same people at both waves; dyadic cluster-robust t test"

TOO_LITTLE_IN_COMMON = 0.3
"""Jaccard index below which two networks are too different to model how one grew out of the other."""

_CELLS = 1 << 21
_NOISE = 1e-9


@measure
def ei_change(
    people_before: pd.DataFrame,
    ties_before: pd.DataFrame,
    people_after: pd.DataFrame,
    ties_after: pd.DataFrame,
    *,
    rng: np.random.Generator,
    seed: int,
    draws: int = BOOTSTRAP_DRAWS,
) -> Estimate | NotEstimable:
    r"""Change of the E-I index over its expectation from one wave to the next, among those present at both.

    Parameters
    ----------
    people_before, people_after : DataFrame
        ``person_id``, ``generation`` at each wave. Only people of known generation at both waves are used.
    ties_before, ties_after : DataFrame
        ``source_id``, ``target_id``, directed, optional ``weight`` above 0 (see `ei_index`). Take imposed ties out
        first: see `without_pairs`.
    rng, seed
        Source of chance of the bootstrap in ``extra``, and its seed for the record.
    draws : int
        Samples of people for that bootstrap.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``index``: positive when the generations mix more than before. ``p_value``: two-sided, of no change.
        ``extra``: ``before``, ``after`` (index), ``expected_before``, ``expected_after``, ``excess_before``,
        ``excess_after``, ``se``, ``df``; and, as in `ei_index`, ``bootstrap_lo``, ``bootstrap_hi``,
        ``bootstrap_draws`` of people drawn anew, the same at both waves.

    Raises
    ------
    ValueError
        When a column is missing, a person stands twice, or a weight is missing or not above 0.

    Notes
    -----
    Not estimable when fewer than six people of known generation are present at both waves, all are of one
    generation, a wave has no ties among them, a wave's ties are all of one kind, or nothing changed.
    :math:`(EI_2 - E_{0,2}) - (EI_1 - E_{0,1})`. Programmes change whom people know, and people who know each other:
    this is a change of one network, not an effect on separate people.

    Interval and test treat all ties of one person, at both waves, as dependent (`grouped_dyad_se`), with Student's t
    for as many people as the ties are spread over. Where nothing changed, the test rejects in 2 to 6 of 100 simulated
    networks of 34 to 400 people. Exchanging the waves pair by pair would test more than that nothing changed: it
    takes the pairs of one person for independent.

    References
    ----------
    Snijders TAB, Borgatti SP (1999). Non-parametric standard errors and tests for network statistics. Connections 22.

    Examples
    --------
    Of eight ties two joined the generations before (-0.5), four after (0); the expectation stayed:

    >>> people = pd.DataFrame({"person_id": list("abcdefgh"), "generation": ["old"] * 4 + ["young"] * 4})
    >>> before = pd.DataFrame({"source_id": list("abcdefgh"), "target_id": list("bcdefgha")})
    >>> after = pd.DataFrame({"source_id": list("abcdefgh"), "target_id": list("bgdefcha")})
    >>> ei_change(people, before, people, after, rng=np.random.default_rng(1), seed=1).value
    0.5
    """
    for people in (people_before, people_after):
        check_rows(people, ["person_id", "generation"], key=["person_id"])
    both = present_at_both(people_before, people_after)
    first, second = (
        wave(people[among(people["person_id"], both)], ties)
        for people, ties in ((people_before, ties_before), (people_after, ties_after))
    )
    name, unit, n = "ei_change", "index", len(both)
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_AT_BOTH, n=n, values={"least": LEAST_PEOPLE})
    if min(len(first.names), len(second.names)) < 2:
        return NotEstimable(name=name, unit=unit, reason=ONE_GENERATION, n=n)
    if min(first.ties_n, second.ties_n) == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_TIES_AT_A_WAVE, n=n)
    shares = [external(net) / net.strength for net in (first, second)]
    if not all(0 < share < 1 for share in shares):
        return NotEstimable(name=name, unit=unit, reason=ONE_KIND, n=n)
    expected = [2 * expected_external(net) / net.strength - 1 for net in (first, second)]
    excess = [2 * share - 1 - chance for share, chance in zip(shares, expected, strict=True)]
    value = excess[1] - excess[0]
    extra = {
        "before": 2 * shares[0] - 1,
        "after": 2 * shares[1] - 1,
        "expected_before": expected[0],
        "expected_after": expected[1],
        "excess_before": excess[0],
        "excess_after": excess[1],
    }
    spread = index_spread((first, second))
    if spread is None:
        return NotEstimable(name=name, unit=unit, reason=SAME_NETWORK, n=n)
    extra |= {"se": spread.se, "df": spread.df}
    half, p = quantile(spread.df) * spread.se, two_sided_p(value / spread.se, spread.df)
    extra |= _bootstrap((first, second), rng=rng, draws=draws)
    everybody = pd.concat([people_before["person_id"], people_after["person_id"]]).nunique()
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=value - half,
        hi=value + half,
        n=n,
        unit_of_analysis="person",
        method=CHANGE,
        n_excluded=everybody - n,
        excluded_reason=NOT_AT_BOTH if everybody > n else "",
        p_value=p,
        seed=seed,
        extra=extra,
    )


def _bootstrap(nets: tuple[Wave, Wave], *, rng: np.random.Generator, draws: int) -> dict[str, float]:
    sample = resampled_index(nets, rng=rng, draws=draws) if worth_resampling(nets, draws=draws) else None
    if sample is None:
        return {}
    change = sample.excess[1] - sample.excess[0]
    lo, hi = limits(change)
    return {"bootstrap_lo": lo, "bootstrap_hi": hi, "bootstrap_draws": float(len(change))}


def present_at_both(people_before: pd.DataFrame, people_after: pd.DataFrame) -> pd.Series[Any]:
    """Ids of those whose generation is known at both waves."""
    before, after = (people.loc[people["generation"].notna(), "person_id"] for people in (people_before, people_after))
    return before[among(before, after)]


@measure
def tie_jaccard(people: pd.DataFrame, ties_before: pd.DataFrame, ties_after: pd.DataFrame) -> Estimate | NotEstimable:
    r"""Share of the ties of either wave that stand at both: how much of the network stayed.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, those asked at both waves.
    ties_before, ties_after : DataFrame
        ``source_id``, ``target_id``, directed.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``share``, n people. ``extra``: ``kept``, ``dissolved``, ``created`` (ties), ``hamming`` (dissolved and
        created), ``density_before``, ``density_after``, ``graph_correlation`` (of tie and no tie over ordered pairs)
        where it exists; and, of a wave with ties, ``persistence`` (kept of those before), ``reciprocity_before`` and
        ``reciprocity_after`` (ties that are returned); ``too_different``: 1 below 0.3, else 0.

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    Not estimable with fewer than six people or without ties at both waves. :math:`J = N_{11}/(N_{11}+N_{10}+N_{01})`.
    Below 0.3 the two networks have too little in common to model how one grew out of the other.

    References
    ----------
    Snijders TAB, van de Bunt GG, Steglich CEG (2010). https://doi.org/10.1016/j.socnet.2009.02.004

    Examples
    --------
    One tie stays, one goes, one comes:

    >>> people = pd.DataFrame({"person_id": list("abcdef")})
    >>> before = pd.DataFrame({"source_id": ["a", "b"], "target_id": ["b", "c"]})
    >>> after = pd.DataFrame({"source_id": ["a", "d"], "target_id": ["b", "e"]})
    >>> round(tie_jaccard(people, before, after).value, 4)
    0.3333
    """
    check_rows(people, ["person_id"], key=["person_id"])
    name, unit, n = "tie_jaccard", "share", len(people)
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_ASKED, n=n, values={"least": LEAST_PEOPLE})
    ids = pd.Index(people["person_id"]).sort_values()
    keys = []
    for ties in (ties_before, ties_after):
        source, target, _ = positions(ids, ties)
        keys.append(source * n + target)
    first, second = keys
    union, kept = distinct(np.concatenate(keys)), np.intersect1d(first, second, assume_unique=True)
    if len(union) == 0:
        return NotEstimable(name=name, unit=unit, reason=NO_TIES_AT_ALL, n=n)
    value = len(kept) / len(union)
    source, target = np.divmod(union, n)
    se = dyad_robust_se(n, source, target, (stands(union, kept) - value) / len(union))
    lo, hi = share_limits(value, se)
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=n,
        unit_of_analysis="person",
        method=JACCARD,
        extra=_turnover(n, first, second, kept) | {"too_different": float(value < TOO_LITTLE_IN_COMMON)},
    )


def _turnover(n: int, first: Ints, second: Ints, kept: Ints) -> dict[str, float]:
    pairs = n * (n - 1)
    numbers = {
        "kept": float(len(kept)),
        "dissolved": float(len(first) - len(kept)),
        "created": float(len(second) - len(kept)),
        "hamming": float(len(first) + len(second) - 2 * len(kept)),
        "density_before": len(first) / pairs,
        "density_after": len(second) / pairs,
    }
    for name, ties in (("reciprocity_before", first), ("reciprocity_after", second)):
        if len(ties):
            numbers[name] = returned_n(n, *np.divmod(ties, n)) / len(ties)
    if len(first):
        numbers["persistence"] = len(kept) / len(first)
    spread = math.prod(len(ties) * (pairs - len(ties)) for ties in (first, second))
    if spread:
        numbers["graph_correlation"] = (len(kept) * pairs - len(first) * len(second)) / math.sqrt(spread)
    return numbers


@measure
def change_difference(
    changes: pd.DataFrame, *, rng: np.random.Generator, seed: int, draws: int = 10_000
) -> Estimate | NotEstimable:
    r"""How much more the participants' ties changed than those of the comparison group.

    Parameters
    ----------
    changes : DataFrame
        ``person_id`` (each once), ``group`` (``participants`` or ``comparison``) and ``change`` (ties after less
        ties before, with imposed ties taken out: see `without_pairs`; missing = not at both waves).
    rng : Generator
        Source of chance.
    seed : int
        Its seed, for the record.
    draws : int
        Random assignments of the groups.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``ties``, participants less comparison. ``extra``: ``mean_participants``, ``mean_comparison``, ``se``,
        ``t``, ``df``.

    Raises
    ------
    ValueError
        When a column is missing, a person stands twice or a group has another name.

    Notes
    -----
    Not estimable when a group has fewer than six people with a change, or nobody differs from the own group's mean.
    Welch's t is permuted, so unequal spread of the groups does no harm:
    :math:`t = (\bar x_1 - \bar x_0)/\sqrt{s_1^2/n_1 + s_0^2/n_0}`. A tie belongs to two people: where participants
    are tied to comparison people, a gain of the one is a gain of the other, and the difference is too small.

    References
    ----------
    Welch BL (1947). https://doi.org/10.1093/biomet/34.1-2.28

    Examples
    --------
    >>> changes = pd.DataFrame({"person_id": range(12), "group": ["participants"] * 6 + ["comparison"] * 6,
    ...                         "change": [1, 2, 3, 1, 2, 3, 0, 1, 2, 0, 1, 2]})
    >>> change_difference(changes, rng=np.random.default_rng(1), seed=1).value
    1.0
    """
    check_rows(changes, ["person_id", "group", "change"], key=["person_id"])
    used = changes.dropna(subset=["change"]).sort_values("person_id")
    values = used["change"].to_numpy(dtype="float64")
    takes_part = (used["group"] == GROUPS[0]).to_numpy()
    n, n_comparator = int(takes_part.sum()), int((~takes_part).sum())
    name, unit = "change_difference", "ties"
    if min(n, n_comparator) < LEAST_PAIRS:
        return NotEstimable(
            name=name, unit=unit, reason=TOO_FEW_CHANGES, n=n + n_comparator, values={"least": LEAST_PAIRS}
        )
    mean, mean_comparison = float(values[takes_part].mean()), float(values[~takes_part].mean())
    parts = (float(values[takes_part].var(ddof=1)) / n, float(values[~takes_part].var(ddof=1)) / n_comparator)
    se = math.sqrt(sum(parts))
    if se <= _NOISE:
        return NotEstimable(name=name, unit=unit, reason=SAME_CHANGES, n=n + n_comparator)
    value = mean - mean_comparison
    df = sum(parts) ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (n_comparator - 1))
    half = float(student.ppf(UPPER, df)) * se
    extreme_n = int((np.abs(_permuted_t(values, n, rng=rng, draws=draws)) >= abs(value / se) - _NOISE).sum())
    p, mc_se = p_of(extreme_n, draws, exact=False)
    excluded_n = len(changes) - len(used)
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=value - half,
        hi=value + half,
        n=n,
        n_comparator=n_comparator,
        unit_of_analysis="person",
        method=WELCH,
        n_excluded=excluded_n,
        excluded_reason=NO_CHANGE_KNOWN if excluded_n else "",
        p_value=p,
        draws=draws,
        seed=seed,
        mc_se=mc_se,
        extra={
            "mean_participants": mean,
            "mean_comparison": mean_comparison,
            "se": se,
            "t": value / se,
            "df": df,
        },
    )


def _permuted_t(values: Floats, n: int, *, rng: np.random.Generator, draws: int) -> Floats:
    """Welch's t for random groups of the same sizes; 0 over 0 counts as no difference."""
    rows = max(_CELLS // len(values), 1)
    found = []
    for start in range(0, draws, rows):
        dealt = rng.permuted(np.broadcast_to(values, (min(rows, draws - start), len(values))), axis=1)
        first, second = dealt[:, :n], dealt[:, n:]
        difference = first.mean(axis=1) - second.mean(axis=1)
        spread = first.var(axis=1, ddof=1) / n + second.var(axis=1, ddof=1) / second.shape[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(np.nan_to_num(difference / np.sqrt(spread), nan=0.0, posinf=np.inf, neginf=-np.inf))
    return np.concatenate(found)
