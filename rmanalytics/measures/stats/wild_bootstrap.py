"""The wild cluster bootstrap: a test of one coefficient that holds for few clusters, and the interval it implies.

Unit: the row; rows of one cluster go together. The residuals under the null hypothesis are turned, cluster by cluster,
by a random sign.

References
----------
Cameron AC, Gelbach JB, Miller DL (2008). https://doi.org/10.1162/rest.90.3.414
Roodman D, MacKinnon JG, Nielsen MØ, Webb MD (2019). https://doi.org/10.1177/1536867X19830877
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rmanalytics.measures.rows import Floats

MOST_ENUMERATED = 4096
"""Most patterns of signs that are enumerated: 12 clusters."""
DRAWS = 9_999

_REJECTED = 0.05
_NOISE = 1e-9
_GRID = 300
_FURTHEST_ERRORS = 1e4
_HALVINGS = 50


@dataclass(frozen=True, kw_only=True)
class WildTest:
    """A coefficient's test, and the interval of the values that the test does not reject.

    Parameters
    ----------
    value : float
        The coefficient by least squares.
    p_value : float
        Two-sided p-value of its being zero.
    lo, hi : float or None
        Outermost values with a p-value above 0.05; None where there is no end to them.
    draws : int
        Patterns of signs.
    enumerated : bool
        Whether these are all patterns.
    """

    value: float
    p_value: float
    lo: float | None
    hi: float | None
    draws: int
    enumerated: bool


@dataclass(frozen=True, kw_only=True)
class _Turned:
    """t² of each pattern of signs (row 0: none turned) as a function of the value that the null hypothesis names.

    The numerator is ``top_y − b top_x``, the squared error ``yy − 2 b xy + b² xx``.
    """

    top_y: Floats
    top_x: Floats
    yy: Floats
    xy: Floats
    xx: Floats

    def extreme_share(self, null: Floats) -> Floats:
        """Share of the patterns whose t is at least as large as the one observed, for each value of the null."""
        b = null[:, None]
        top = (self.top_y - b * self.top_x) ** 2
        error = np.maximum(self.yy - 2 * b * self.xy + b**2 * self.xx, 0.0)
        # t² of a pattern ≥ t² of row 0, multiplied out since either error may be zero
        far = top * error[:, :1] >= top[:, :1] * error * (1 - _NOISE)
        share: Floats = far.mean(axis=1)
        return share


def wild_cluster_test(
    y: Floats,
    x: Floats,
    cluster: npt.NDArray[np.int64],
    *,
    column: int,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> WildTest:
    """Restricted wild cluster bootstrap of one coefficient, with Rademacher signs.

    Parameters
    ----------
    y : array
        Outcome.
    x : array
        Design of full column rank.
    cluster : array of int
        Cluster of each row, numbered from 0.
    column : int
        The column of ``x`` whose coefficient is tested.
    rng : Generator
        Where the signs come from with more than 12 clusters; up to 12 every pattern is enumerated.
    draws : int
        Random patterns.

    Returns
    -------
    WildTest
        The p-value is an exact count where the patterns are enumerated, else (1 + extreme) / (1 + draws).

    Raises
    ------
    ValueError
        When there are fewer than 2 clusters.

    Notes
    -----
    With ``x̃`` what the other columns Z leave of the column and ``ũ`` what they leave of ``y − b x``, t² of signs w is
    ``(Σ w_g s_g)² / Σ (x̃_g' e_g)²`` where ``s_g = x̃_g' ũ_g`` and e the residuals of the turned outcome: the usual
    cluster-robust t, its constant left out on both sides. All of it is linear in b, so one set of sums serves every
    null hypothesis, and the interval is found on a grid of b and by halving. Turning all signs changes nothing, so the
    first cluster's stands.

    References
    ----------
    Cameron AC, Gelbach JB, Miller DL (2008). https://doi.org/10.1162/rest.90.3.414
    Roodman D, MacKinnon JG, Nielsen MØ, Webb MD (2019). https://doi.org/10.1177/1536867X19830877

    Examples
    --------
    Six clusters of one and a mean: the signs of six numbers, 2 of 64 patterns as far as all positive.

    >>> found = wild_cluster_test(np.arange(1.0, 7.0), np.ones((6, 1)), np.arange(6), column=0,
    ...                           rng=np.random.default_rng(1))
    >>> found.value, found.p_value == 2 / 64, found.draws
    (3.5, True, 64)
    """
    clusters_n = int(cluster.max()) + 1
    if clusters_n < 2:
        raise ValueError("there must be two clusters or more")
    enumerated = 2**clusters_n <= MOST_ENUMERATED
    turned, value, error = _sums(y, x, cluster, column, _signs(clusters_n, enumerated=enumerated, rng=rng, draws=draws))
    return WildTest(
        value=value,
        p_value=float(turned.extreme_share(np.zeros(1))[0]),
        lo=_end(turned, value, -error),
        hi=_end(turned, value, error),
        draws=2**clusters_n if enumerated else draws,
        enumerated=enumerated,
    )


def _signs(clusters_n: int, *, enumerated: bool, rng: np.random.Generator, draws: int) -> Floats:
    """Patterns of signs as rows, no sign turned in the first."""
    if enumerated:
        pattern = np.arange(2 ** (clusters_n - 1))[:, None] >> np.arange(clusters_n - 1)
        turned = np.column_stack([np.zeros(len(pattern), dtype=np.int64), pattern & 1])
    else:
        turned = np.vstack([np.zeros((1, clusters_n), dtype=np.int64), rng.integers(2, size=(draws, clusters_n))])
    return np.asarray(1 - 2 * turned, dtype=np.float64)


def _sums(
    y: Floats, x: Floats, cluster: npt.NDArray[np.int64], column: int, signs: Floats
) -> tuple[_Turned, float, float]:
    """What t² is made of, the coefficient, and its error up to a constant."""
    q = np.linalg.qr(np.delete(x, column, axis=1))[0]
    rest_y, rest_x = (part - q @ (q.T @ part) for part in (y, x[:, column]))

    def by_cluster(rows: Floats) -> Floats:
        sums = np.zeros((signs.shape[1], *rows.shape[1:]))
        np.add.at(sums, cluster, rows)
        return sums

    own = by_cluster(rest_x * rest_x)
    others = by_cluster(rest_x[:, None] * q)
    total = float(own.sum())

    def turned(rest: Floats) -> tuple[Floats, Floats]:
        score = by_cluster(rest_x * rest)
        top = signs @ score
        fitted = (signs @ by_cluster(q * rest[:, None])) @ others.T
        return top, signs * score - fitted - np.outer(top / total, own)

    top_y, left_y = turned(rest_y)
    top_x, left_x = turned(rest_x)
    left_x[0] = 0.0  # the column explains itself wholly
    parts = _Turned(
        top_y=top_y,
        top_x=top_x,
        yy=(left_y**2).sum(axis=1),
        xy=(left_y * left_x).sum(axis=1),
        xx=(left_x**2).sum(axis=1),
    )
    return parts, float(top_y[0]) / total, float(np.sqrt(parts.yy[0])) / total


def _end(turned: _Turned, value: float, error: float) -> float | None:
    """The outermost value, in the direction of the signed error, that is not rejected."""
    grid = value + error * np.geomspace(1e-2, _FURTHEST_ERRORS, _GRID)
    step = max(1, 2_000_000 // turned.yy.size)
    shares = np.concatenate([turned.extreme_share(grid[at : at + step]) for at in range(0, _GRID, step)])
    kept = np.flatnonzero(shares > _REJECTED)
    if kept.size and kept[-1] == _GRID - 1:
        return None
    inside = float(grid[kept[-1]]) if kept.size else value
    outside = float(grid[kept[-1] + 1]) if kept.size else float(grid[0])
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if turned.extreme_share(np.array([middle]))[0] > _REJECTED:
            inside = middle
        else:
            outside = middle
    return inside
