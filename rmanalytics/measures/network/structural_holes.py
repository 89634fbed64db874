"""Structural holes: whether a person's contacts know each other already.

Unit of analysis: the person. Both measures are sums over the pairs of people with a tie, and over the triangles that
they close; so each triangle is looked at once, whatever the size of the company.

References
----------
Burt RS (1992). Structural Holes: The Social Structure of Competition. https://doi.org/10.4159/9780674029095
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from rmanalytics.measures.network.ties import has_weights, weighted_positions
from rmanalytics.measures.network.triangles import Pairs, keys_of, pairs_by_key, triangles
from rmanalytics.measures.rows import Floats, check_rows

_PART = 1 << 21


def structural_holes(people: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
    r"""Burt's constraint and effective size: whether a person's contacts know each other already.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, each once.
    ties : DataFrame
        ``source_id``, ``target_id``, directed; for undirected ties give `both_directions` of them. Optional
        ``weight`` above 0; the weights of rows of one ordered pair add up. Without weights each pair counts once.

    Returns
    -------
    DataFrame
        One row a person, by id: ``person_id``, ``contacts_n`` (people tied in either direction), ``constraint``,
        ``effective_size`` and ``efficiency`` (effective size by contact).

    Raises
    ------
    ValueError
        When a column is missing, a person stands twice, or a weight is missing or not above 0.

    Notes
    -----
    Not estimable when a person has no contacts: the three are missing then.

    With :math:`z_{ij} = w_{ij} + w_{ji}` (all :math:`w` 1 without weights), :math:`p_{ij} = z_{ij}/\sum_k z_{ik}` and
    :math:`m_{jq} = z_{jq}/\max_k z_{jk}`: constraint :math:`\sum_j (p_{ij} + \sum_q p_{iq} p_{qj})^2` over contacts,
    effective size :math:`\sum_j [1 - \sum_q p_{iq} m_{jq}]`.

    References
    ----------
    Burt RS (1992). Structural Holes: The Social Structure of Competition. https://doi.org/10.4159/9780674029095

    Examples
    --------
    The middle of a star of three: each contact is a third of the ties and none knows another; 3 * (1/3)^2 = 1/3.

    >>> people = pd.DataFrame({"person_id": list("abcd")})
    >>> ties = pd.DataFrame({"source_id": list("aaa"), "target_id": list("bcd")})
    >>> middle = structural_holes(people, ties).iloc[0]
    >>> middle[["constraint", "effective_size"]].astype("float64").round(4).tolist()
    [0.3333, 3.0]

    Weighted 2, 1 and 1, the contacts are a half and two quarters: 1/4 + 1/16 + 1/16 = 0.375.

    >>> structural_holes(people, ties.assign(weight=[2, 1, 1]))["constraint"].iloc[0].item()
    0.375
    """
    check_rows(people, ["person_id"], key=["person_id"])
    ids = pd.Index(people["person_id"]).sort_values()
    source, target, found, _ = weighted_positions(ids, ties)
    weight = found if has_weights(ties) else None
    del found
    keys = keys_of(len(ids), source, target)
    del source, target
    pairs = pairs_by_key(*keys, weight)
    del keys, weight
    contacts, constraint, size = (np.empty(len(ids)) for _ in range(3))
    contacts[pairs.order], constraint[pairs.order], size[pairs.order] = _sums(pairs)
    known = contacts > 0
    return pd.DataFrame(
        {
            "person_id": ids,
            "contacts_n": contacts.astype(np.int64),
            "constraint": np.where(known, constraint, np.nan),
            "effective_size": np.where(known, size, np.nan),
            "efficiency": np.divide(size, contacts, out=np.full(len(ids), np.nan), where=known),
        }
    )


def _sums(pairs: Pairs) -> tuple[Floats, Floats, Floats]:
    r"""Contacts, constraint and effective size of each person, in the order of their numbers.

    With :math:`s_q` the sum and :math:`x_q` the largest of the weights of a person's pairs, both are sums over pairs:
    :math:`\sum_j (z_{ij} + \sum_q z_{iq} z_{qj} / s_q)^2 / s_i^2` and
    :math:`\sum_j (1 - \sum_q z_{iq} z_{qj} / (s_i x_j))`, and either inner sum is the same from both ends.
    """
    z = pairs.weight
    total, most = _at_ends(pairs, lambda part: (z[part], z[part])), np.zeros(len(pairs.order))
    for end in (pairs.lower, pairs.upper):
        np.maximum.at(most, end, z)
    reached, shared = z.copy(), np.zeros(len(z))
    for low_middle, low_high, middle_high in triangles(pairs):
        low, middle, high = pairs.lower[low_middle], pairs.upper[low_middle], pairs.upper[low_high]
        for across, one, other, corner in (
            (low_middle, low_high, middle_high, high),
            (low_high, low_middle, middle_high, middle),
            (middle_high, low_middle, low_high, low),
        ):
            both = z[one] * z[other]
            np.add.at(shared, across, both)
            np.add.at(reached, across, both / total[corner])
    np.square(reached, out=reached)
    constraint = _at_ends(pairs, lambda part: (reached[part], reached[part]))
    redundant = _at_ends(
        pairs, lambda part: (shared[part] / most[pairs.upper[part]], shared[part] / most[pairs.lower[part]])
    )
    contacts = _at_ends(pairs, lambda _: (None, None))
    own = np.where(contacts > 0, total, 1.0)
    return contacts, constraint / own**2, contacts - redundant / own


def _at_ends(pairs: Pairs, values: Callable[[slice], tuple[Floats | None, Floats | None]]) -> Floats:
    """Sums over each person's pairs of what the lower and the upper end get; the number of pairs for None."""
    n = len(pairs.order)
    sums = np.zeros(n)
    for start in range(0, len(pairs.lower), _PART):
        part = slice(start, start + _PART)
        for end, value in zip((pairs.lower, pairs.upper), values(part), strict=True):
            sums += np.bincount(end[part], value, n)
    return sums
