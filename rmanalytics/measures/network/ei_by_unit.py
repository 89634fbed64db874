"""Whether the generations became better connected where there were tandems: units with them against units without.

Unit: the unit of the company at the wave before. A company that reorganises mixes everywhere; that is in both.

References
----------
Krackhardt D, Stern RN (1988). https://doi.org/10.2307/2786835
Welch BL (1947). https://doi.org/10.1093/biomet/34.1-2.28
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import ttest_ind

from rmanalytics.containment import measure
from rmanalytics.measures.network.change import present_at_both
from rmanalytics.measures.rows import Floats, looked_up, noise
from rmanalytics.results import Estimate, NotEstimable

LEAST_UNITS = 10
TOO_FEW_UNITS = "fewer than {least} units with tandems, or without, have ties at both waves"
ALL_ALIKE = "every unit changed by the same amount"
WITHOUT = "units without tandems"
METHOD = "change of the E-I index beyond its expectation by unit, units with tandems against others, Welch's t interval"


@measure
def unit_ei_difference(
    people_before: pd.DataFrame,
    ties_before: pd.DataFrame,
    people_after: pd.DataFrame,
    ties_after: pd.DataFrame,
    units: pd.DataFrame,
) -> Estimate | NotEstimable:
    r"""Change of the E–I index beyond group sizes in units with tandems, less that in units without.

    Parameters
    ----------
    people_before, people_after : DataFrame
        ``person_id, generation`` of those who answered at each wave.
    ties_before, ties_after : DataFrame
        ``source_id, target_id``, tandem pairs taken out.
    units : DataFrame
        ``person_id, unit, tandem`` (whether the unit has a tandem), people as they stood at the wave before.

    Returns
    -------
    Estimate or NotEstimable
        ``unit_ei_difference``, unit ``index``; ``n`` units with tandems. ``extra``: ``change_with``,
        ``change_without``.

    Raises
    ------
    ValueError
        When a column is missing.

    *Not estimable when* fewer than ten units with tandems or ten without have ties at both waves, or all changed alike.

    Notes
    -----
    Of people at both waves alone. Each end of a tie is 1 where the other is of another generation, else −1, less
    :math:`2(N - N_g)/(N - 1) - 1`, which chance would give; a unit's index is the mean over its ends.

    References
    ----------
    Krackhardt D, Stern RN (1988). https://doi.org/10.2307/2786835

    Examples
    --------
    Twenty units of an old and a young person each. At first nobody knows the other generation; then those of the first
    ten units do, each the colleague of the unit:

    >>> people = pd.DataFrame({"person_id": range(40), "generation": ["old", "young"] * 20})
    >>> alike = pd.DataFrame({"source_id": range(40), "target_id": [(i + 2) % 40 for i in range(40)]})
    >>> after = alike.assign(target_id=[i + 1 - 2 * (i % 2) if i < 20 and i % 3 else (i + 2) % 40 for i in range(40)])
    >>> units = pd.DataFrame({"person_id": range(40), "unit": [i // 2 for i in range(40)]})
    >>> found = unit_ei_difference(people, alike, people, after, units.assign(tandem=units["unit"] < 10))
    >>> found.value > 1
    True
    """
    both = present_at_both(people_before, people_after)
    generation = people_before.set_index("person_id")["generation"].loc[both]
    changes = _index(generation, ties_after, units) - _index(generation, ties_before, units)
    has = units.drop_duplicates("unit").set_index("unit")["tandem"].reindex(changes.index).to_numpy(dtype=bool)
    known = changes.notna().to_numpy()
    groups = [changes.to_numpy(dtype=np.float64)[known & which] for which in (has, ~has)]
    name, sizes = "unit_ei_difference", [len(group) for group in groups]
    if min(sizes) < LEAST_UNITS:
        values = {"least": LEAST_UNITS}
        return NotEstimable(name=name, unit="index", reason=TOO_FEW_UNITS, n=sizes[0], values=values)
    if max(float(np.ptp(group)) for group in groups) <= noise(np.concatenate(groups)):
        return NotEstimable(name=name, unit="index", reason=ALL_ALIKE, n=sizes[0])
    test = ttest_ind(*groups, equal_var=False)
    limits = test.confidence_interval()
    means = [float(group.mean()) for group in groups]
    return Estimate(
        name=name,
        unit="index",
        value=means[0] - means[1],
        lo=float(limits.low),
        hi=float(limits.high),
        n=sizes[0],
        unit_of_analysis="unit",
        method=METHOD,
        comparator=WITHOUT,
        n_comparator=sizes[1],
        p_value=float(test.pvalue),
        extra={"change_with": means[0], "change_without": means[1]},
    )


def _index(generation: pd.Series[str], ties: pd.DataFrame, units: pd.DataFrame) -> pd.Series[float]:
    """Mean over the ends of a unit's ties of external less internal, less what group sizes give; by unit."""
    inside = ties[ties["source_id"].isin(generation.index) & ties["target_id"].isin(generation.index)]
    ends = [looked_up(inside[end], generation).to_numpy() for end in ("source_id", "target_id")]
    external = np.where(ends[0] != ends[1], 1.0, -1.0)
    sizes, n = generation.value_counts(), len(generation)
    unit = units.set_index("person_id")["unit"]
    parts = []
    for end, own in zip(("source_id", "target_id"), ends, strict=True):
        chance: Floats = 2 * (n - pd.Series(own).map(sizes).to_numpy(dtype=np.float64)) / max(n - 1, 1) - 1
        parts.append(pd.DataFrame({"unit": looked_up(inside[end], unit).to_numpy(), "index": external - chance}))
    found = pd.concat(parts).dropna(subset=["unit"]).groupby("unit")["index"].mean()
    return found.reindex(pd.Index(units["unit"].dropna().unique()))
