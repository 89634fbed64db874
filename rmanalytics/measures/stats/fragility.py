"""Fragility: how many people would have to have done otherwise for a verdict to turn.

Unit: the person, the event or the unit, as the result's.

References
----------
Walsh M et al. (2014). https://doi.org/10.1016/j.jclinepi.2013.10.019
"""

from __future__ import annotations

from collections.abc import Callable


def fragility_number(holds: Callable[[int], bool], *, most: int) -> int:
    """Smallest number of changes at which a verdict no longer holds.

    Parameters
    ----------
    holds : callable
        Whether the verdict holds after so many changes; it holds after none, and once it turned it stays turned.
    most : int
        How many changes can be made at all.

    Returns
    -------
    int
        ``most + 1`` where the verdict survives them all.

    Notes
    -----
    Found by doubling and halving.

    References
    ----------
    Walsh M et al. (2014). https://doi.org/10.1016/j.jclinepi.2013.10.019

    Examples
    --------
    >>> fragility_number(lambda n: n < 5, most=30), fragility_number(lambda n: True, most=3)
    (5, 4)
    """
    low, high = 0, 1
    while high <= most and holds(high):
        low, high = high, 2 * high
    high = min(high, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high
