"""Were the groups alike in everything before, all values taken together? One test instead of eight.

Unit: the person in one round; groups are dealt out anew within rounds.

References
----------
Hansen BB, Bowers J (2008). https://doi.org/10.1214/08-STS254
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LEAST_PAIRS, ONE_GROUP, TOO_FEW_IN_GROUP, Floats, check_rows
from rmanalytics.measures.stats.permutation import permuted_sums, upper_p
from rmanalytics.results import PARTICIPANTS, Estimate, NotEstimable

DRAWS = 4_999
NO_VALUES = "no value before varies"


@measure
def omnibus_balance(
    people: pd.DataFrame, *, values: Sequence[str], rng: np.random.Generator, draws: int = DRAWS
) -> Estimate | NotEstimable:
    """Permutation Hotelling test of all values before.

    Parameters
    ----------
    people : DataFrame
        ``round_id``, ``person_id``, ``group`` (``participants`` or ``comparison``) and the values, one row a person and
        round. Texts (a unit) count level by level; a missing value counts as the mean of its round.
    values : sequence of str
        Columns to compare: scores before, age, tenure, level, unit.
    rng : Generator
    draws : int

    Returns
    -------
    Estimate or NotEstimable
        Unit ``standard deviations``: Mahalanobis distance of the two means. ``p_value`` is the test; ``extra``:
        ``rank``, the number of values that do not follow from others.

    Raises
    ------
    ValueError
        When a person stands twice in a round, or for another group.

    *Not estimable when* a group is absent or has fewer than 6 people, or no value varies.

    Notes
    -----
    Values less their mean in the round, whitened by their pooled covariance; ``|Σ g z|²`` with g the group less its
    share in the round, groups being shuffled within rounds.

    References
    ----------
    Hansen BB, Bowers J (2008). https://doi.org/10.1214/08-STS254

    Examples
    --------
    >>> people = pd.DataFrame({"round_id": "a", "person_id": range(12), "age": [30, 31, 32, 33, 34, 35] * 2,
    ...                        "group": ["participants"] * 6 + ["comparison"] * 6})
    >>> omnibus_balance(people, values=["age"], rng=np.random.default_rng(1)).p_value
    1.0
    """
    check_rows(people, ["round_id", "person_id", "group", *values], key=["round_id", "person_id"])
    name, unit = "omnibus_balance", "standard deviations"
    treated = (people["group"] == PARTICIPANTS).to_numpy(dtype=np.float64)
    sizes = [int(treated.sum()), int(len(people) - treated.sum())]
    if min(sizes) == 0:
        return NotEstimable(name=name, unit=unit, reason=ONE_GROUP, n=sizes[0])
    if min(sizes) < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_IN_GROUP, n=sizes[0], values={"least": LEAST_PAIRS})
    stratum = pd.factorize(people["round_id"])[0].astype(np.int64)
    white = _whitened(people, values, stratum)
    if white is None:
        return NotEstimable(name=name, unit=unit, reason=NO_VALUES, n=sizes[0])
    shares = np.bincount(stratum, weights=treated) / np.bincount(stratum)
    own = treated - shares[stratum]
    drawn = permuted_sums(own, white, stratum, draws=draws, rng=rng)
    seen = float(((own @ white) ** 2).sum())
    p = upper_p((drawn**2).sum(axis=1), seen)
    return Estimate(
        name=name,
        unit=unit,
        value=float(np.sqrt(seen) / (own @ own)),
        lo=None,
        hi=None,
        n=sizes[0],
        unit_of_analysis="person",
        method="permutation Hotelling test of all values before, groups dealt out anew within rounds",
        n_comparator=sizes[1],
        p_value=p,
        draws=draws,
        mc_se=float(np.sqrt(p * (1 - p) / draws)),
        extra={"rank": float(white.shape[1])},
    )


def _whitened(people: pd.DataFrame, values: Sequence[str], stratum: np.ndarray) -> Floats | None:
    """Values less their mean in the round, turned so that they are uncorrelated with variance one."""
    wide = pd.get_dummies(people[list(values)], dtype=float).apply(pd.to_numeric)
    centred = (wide - wide.groupby(stratum).transform("mean")).fillna(0.0).to_numpy(dtype=np.float64)
    spread = centred.std(axis=0)
    moving = spread > 1e-9 * np.maximum(1.0, np.abs(wide.to_numpy(dtype=np.float64, na_value=0.0)).max(axis=0))
    if not moving.any():
        return None
    u, s, _ = np.linalg.svd(centred[:, moving] / spread[moving], full_matrices=False)
    return np.asarray(u[:, s > 1e-8 * s[0]] * np.sqrt(len(people)), dtype=np.float64)
