"""How well a model of hazards orders people: Harrell's concordance, with late entry.

Unit: the pair of rows.

References
----------
Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982). https://doi.org/10.1001/jama.1982.03320430047030
"""

from __future__ import annotations

import numpy as np

from rmanalytics.measures.rows import Floats


def concordance(time: Floats, event: Floats, predictor: Floats, *, entry: Floats | None = None) -> float | None:
    r"""Harrell's C: of two people, the one with the higher hazard has the event first, in what share of the pairs?

    Parameters
    ----------
    time, event, entry
        As in `fit_cox`.
    predictor : array, shape (rows,)
        What the model says of each row, on any scale.

    Returns
    -------
    float or None
        Between 0 and 1, half where it tells nothing; None where no two rows can be compared.

    Notes
    -----
    Pairs of a row with an event at t and a row at risk then without one at t; ties of the predictor count half.

    References
    ----------
    Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA (1982). https://doi.org/10.1001/jama.1982.03320430047030

    Examples
    --------
    >>> concordance(np.array([1.0, 2, 3]), np.array([1.0, 1, 0]), np.array([0.9, 0.1, 0.5]))
    0.6666666666666666
    """
    happened = event == 1
    times = np.unique(time[happened])
    levels, rank = np.unique(predictor, return_inverse=True)
    last = np.searchsorted(times, time, side="right")
    first = np.zeros_like(last) if entry is None else np.searchsorted(times, entry, side="right")
    right = wrong = 0.0
    for at in range(len(times)):
        risk = np.bincount(rank[(first <= at) & (last > at)], minlength=len(levels)).astype(float)
        events = np.bincount(rank[happened & (last - 1 == at)], minlength=len(levels)).astype(float)
        below = np.cumsum(risk - events)
        half = (risk - events) / 2
        right += float(events @ (below - half))
        wrong += float(events @ (below[-1] - below + half))
    return right / (right + wrong) if right + wrong else None
