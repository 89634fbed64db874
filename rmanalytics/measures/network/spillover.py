"""Ties of those around the participants: how cross-generation ties changed by distance from the nearest tandem.

Unit of analysis: the person. A description of neighbours, not an effect on them: people who know each other change
together, and who stands close to a participant is nobody's choice of design.

References
----------
Aronow PM (2012). A general method for detecting interference between units in randomized experiments.
https://doi.org/10.1177/0049124112437535
Athey S, Eckles D, Imbens GW (2018). Exact p-values for network interference.
https://doi.org/10.1080/01621459.2016.1241178
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.special import stdtrit

from rmanalytics.containment import measure
from rmanalytics.measures.network.change import NOT_AT_BOTH, TOO_FEW_AT_BOTH, present_at_both
from rmanalytics.measures.network.ei_index import ONE_GENERATION
from rmanalytics.measures.network.nulls.permutation_null import p_of
from rmanalytics.measures.network.ties import Ints, tie_counts, wave
from rmanalytics.measures.rows import ALL_THE_SAME, LEAST_PAIRS, LEAST_PEOPLE, UPPER, Floats, among, check_rows
from rmanalytics.results import Curve, Estimate, NotEstimable

Flags = npt.NDArray[np.bool_]

DISTANCES = ("participants", "1", "2", "3 or more")
MOST_WORK = 100_000_000
"""Draws times people and ties that are gone through; fewer draws, and 199 at the least, in larger networks."""
LEAST_DRAWS = 199
CLASSES = 5

TOO_FEW_PARTICIPANTS = "fewer than {least} participants at both waves"
TOO_FEW_NEAR = "fewer than {least} people next to participants, or farther away"
NO_OTHERS = "nobody else could have taken part"
SAME_TIES = "nobody's ties changed"
BY_DISTANCE = "change of cross-generation ties by steps to the nearest participant before; other participants drawn"
NEAR_AND_FAR = "change of ties next to participants less that farther away, beyond what other participants would give"

_NOISE = 1e-9


@measure
def neighbour_change(
    people_before: pd.DataFrame,
    ties_before: pd.DataFrame,
    people_after: pd.DataFrame,
    ties_after: pd.DataFrame,
    participants: pd.DataFrame,
    *,
    rng: np.random.Generator,
    seed: int,
    draws: int = 2_000,
) -> Curve | NotEstimable:
    r"""Change of people's cross-generation ties by how near they stood to a participant at the wave before.

    Parameters
    ----------
    people_before, people_after : DataFrame
        ``person_id``, ``generation`` at each wave. Only people of known generation at both waves are used.
    ties_before, ties_after : DataFrame
        ``source_id``, ``target_id``; followed in either direction, weights are passed over. Take imposed ties out
        first: see `without_pairs`.
    participants : DataFrame
        ``person_id``: both sides of the tandems.
    rng : Generator
        Source of chance.
    seed : int
        Its seed, for the record.
    draws : int
        Other sets of participants, at most: no more than 100 million people and ties in all draws together.

    Returns
    -------
    Curve or NotEstimable
        ``points``, rows ``participants``, ``1`` (tied to one), ``2`` and ``3 or more`` (or no way): ``distance``,
        ``people_n``, ``mean_change`` (cross-generation ties after less before) with ``lo``, ``hi``;
        ``expected_change`` (mean if others like them had taken part), ``p_value`` (two-sided, about that);
        ``difference`` to the most distant row of at least six people, with ``difference_lo``, ``difference_hi``
        (Welch). Missing with fewer than six people. ``points.attrs``: ``seed``, ``draws``, ``excluded_n``.

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    Not estimable with fewer than six people or participants at both waves, one generation, when nobody's ties
    changed, or when nobody else could have taken part.

    People near a participant have more ties than people far away, and who has many ties by accident has fewer next
    time: neighbours seem to lose ties, and loners to gain, with no programme at all. So the change is held against
    what it would be at these distances if others had taken part: as many of the same generation and about as many
    ties before (fifths), drawn at random, with both networks as they are. p is exact where participants were chosen
    so by chance and change nothing around them. Intervals count people as independent.

    References
    ----------
    Aronow PM (2012). https://doi.org/10.1177/0049124112437535
    Athey S, Eckles D, Imbens GW (2018). https://doi.org/10.1080/01621459.2016.1241178

    Examples
    --------
    Sixty people in a ring; every fifth takes part, and their neighbours on either side get a tie across:

    >>> ids = np.array([f"p{i:02d}" for i in range(60)])
    >>> people = pd.DataFrame({"person_id": ids, "generation": ["old"] * 30 + ["young"] * 30})
    >>> ring = pd.DataFrame({"source_id": ids, "target_id": np.roll(ids, -1)})
    >>> new = pd.DataFrame({"source_id": ids[1:30:5], "target_id": ids[31:60:5]})
    >>> taking_part = pd.DataFrame({"person_id": ids[::5]})
    >>> curve = neighbour_change(people, ring, people, pd.concat([ring, new]), taking_part,
    ...                          rng=np.random.default_rng(1), seed=1, draws=99)
    >>> curve.points[["distance", "people_n", "mean_change"]].to_numpy().tolist()
    [['participants', 12, 0.0], ['1', 24, 0.5], ['2', 24, 0.0], ['3 or more', 0, nan]]
    """
    name, unit = "neighbour_change", "ties"
    found = _neighbourhood(people_before, ties_before, people_after, ties_after, participants, name=name)
    if isinstance(found, NotEstimable):
        return found
    own = found.distances(found.taking_part[:, None])[:, 0]
    drawn = np.concatenate(
        [found.means(found.distances(others), len(DISTANCES)) for others in found.redrawn(rng, draws)], axis=1
    )
    groups = [found.change[own == k] for k in range(len(DISTANCES))]
    far = max((k for k, group in enumerate(groups) if len(group) >= LEAST_PAIRS), default=0)
    rows = []
    for k, group in enumerate(groups):
        row: dict[str, Any] = {"distance": DISTANCES[k], "people_n": len(group)}
        row |= dict.fromkeys(
            ("mean_change", "lo", "hi", "expected_change", "p_value", "difference", "difference_lo", "difference_hi"),
            np.nan,
        )
        if len(group) >= LEAST_PAIRS:
            row |= _one_group(group, drawn[k][np.isfinite(drawn[k])])
            if k < far:
                row["difference"], row["difference_lo"], row["difference_hi"] = _welch(group, groups[far])
        rows.append(row)
    points = pd.DataFrame(rows)
    points.attrs = {"seed": seed, "draws": drawn.shape[1], "excluded_n": found.excluded_n}
    return Curve(
        name=name, unit=unit, points=points, n=len(found.change), unit_of_analysis="person", method=BY_DISTANCE
    )


@measure
def neighbour_difference(
    people_before: pd.DataFrame,
    ties_before: pd.DataFrame,
    people_after: pd.DataFrame,
    ties_after: pd.DataFrame,
    participants: pd.DataFrame,
    *,
    rng: np.random.Generator,
    seed: int,
    draws: int = 2_000,
) -> Estimate | NotEstimable:
    r"""How much more the cross-generation ties of participants' neighbours changed than those of people farther away.

    Parameters
    ----------
    people_before, ties_before, people_after, ties_after, participants, rng, seed, draws
        As in `neighbour_change`.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``ties``, n neighbours, n_comparator people two or more steps away; what other participants would give is
        taken off. ``p_value`` two-sided. ``extra``: ``mean_near``, ``mean_far`` (change), ``difference``,
        ``expected_difference``, ``null_sd``, ``se``, ``df`` (Welch).

    Raises
    ------
    ValueError
        When a column is missing or a person stands twice.

    Notes
    -----
    Not estimable when `neighbour_change` is not, or with fewer than six people at either distance or no variation at
    both. Participants themselves are in neither group. The interval is Welch's, moved by what is expected.

    References
    ----------
    Aronow PM (2012). https://doi.org/10.1177/0049124112437535

    Examples
    --------
    As in `neighbour_change`, where half of the neighbours got a tie and the others nothing changed:

    >>> ids = np.array([f"p{i:02d}" for i in range(60)])
    >>> people = pd.DataFrame({"person_id": ids, "generation": ["old"] * 30 + ["young"] * 30})
    >>> ring = pd.DataFrame({"source_id": ids, "target_id": np.roll(ids, -1)})
    >>> new = pd.DataFrame({"source_id": ids[1:30:5], "target_id": ids[31:60:5]})
    >>> taking_part = pd.DataFrame({"person_id": ids[::5]})
    >>> result = neighbour_difference(people, ring, people, pd.concat([ring, new]), taking_part,
    ...                               rng=np.random.default_rng(1), seed=1, draws=99)
    >>> result.extra["difference"], result.n, result.n_comparator
    (0.5, 24, 24)
    """
    name, unit = "neighbour_difference", "ties"
    found = _neighbourhood(people_before, ties_before, people_after, ties_after, participants, name=name)
    if isinstance(found, NotEstimable):
        return found
    near_and_far = np.minimum(found.distances(found.taking_part[:, None])[:, 0], 2)
    near, far = found.change[near_and_far == 1], found.change[near_and_far == 2]
    if min(len(near), len(far)) < LEAST_PAIRS:
        return NotEstimable(
            name=name, unit=unit, reason=TOO_FEW_NEAR, n=len(near) + len(far), values={"least": LEAST_PAIRS}
        )
    if np.ptp(near) == np.ptp(far) == 0:
        return NotEstimable(name=name, unit=unit, reason=ALL_THE_SAME, n=len(near) + len(far))
    means = np.concatenate(
        [found.means(np.minimum(found.distances(others), 2), 3) for others in found.redrawn(rng, draws)], axis=1
    )
    null = means[1] - means[2]
    null = null[np.isfinite(null)]
    if len(null) < draws // 20 + 1:
        return NotEstimable(
            name=name, unit=unit, reason=TOO_FEW_NEAR, n=len(near) + len(far), values={"least": LEAST_PAIRS}
        )
    difference, lo, hi = _welch(near, far)
    expected = float(null.mean())
    far_out = np.abs(null - expected) >= abs(difference - expected) - _NOISE
    p, mc_se = p_of(int(far_out.sum()), len(null), exact=False)
    se, df = _welch_se(near, far)
    return Estimate(
        name=name,
        unit=unit,
        value=difference - expected,
        lo=lo - expected,
        hi=hi - expected,
        n=len(near),
        n_comparator=len(far),
        unit_of_analysis="person",
        method=NEAR_AND_FAR,
        n_excluded=found.excluded_n,
        excluded_reason=NOT_AT_BOTH if found.excluded_n else "",
        p_value=p,
        draws=len(null),
        seed=seed,
        mc_se=mc_se,
        extra={
            "mean_near": float(near.mean()),
            "mean_far": float(far.mean()),
            "difference": difference,
            "expected_difference": expected,
            "null_sd": float(null.std()),
            "se": se,
            "df": df,
        },
    )


@dataclass(frozen=True, kw_only=True)
class _Neighbourhood:
    """People at both waves: change of cross-generation ties, who is next to whom before, and who takes part."""

    change: Floats
    adjacency: Any
    taking_part: Flags
    like: Ints
    excluded_n: int

    def distances(self, taking_part: Flags) -> npt.NDArray[np.int8]:
        """Steps to the nearest participant, one column a set of them: 0, 1, 2, and 3 for all that is farther."""
        steps = np.full(taking_part.shape, 3, dtype=np.int8)
        reached = taking_part
        for step in (2, 1):
            nearer = self.adjacency @ reached.astype(np.float32) > 0
            if step == 2:
                steps[nearer] = 1
                reached = nearer
            else:
                steps[nearer & (steps == 3)] = 2
        steps[taking_part] = 0
        return steps

    def means(self, distance: npt.NDArray[np.int8], kinds_n: int) -> Floats:
        """Mean change at each distance (rows) for each set of participants; missing where nobody is."""
        means = np.full((kinds_n, distance.shape[1]), np.nan)
        for k in range(kinds_n):
            here = distance == k
            count = here.sum(axis=0)
            np.divide(self.change @ here, count, out=means[k], where=count > 0)
        return means

    def redrawn(self, rng: np.random.Generator, draws: int) -> Iterator[Flags]:
        """Other participants: as many of each kind of people, in columns."""
        n = len(self.change)
        draws = min(draws, max(MOST_WORK // (n + self.adjacency.nnz), LEAST_DRAWS))
        order = np.argsort(self.like, kind="stable")
        sizes = np.bincount(self.like)
        wanted = np.bincount(self.like, self.taking_part).astype(np.int64)
        rank = np.arange(n) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        taken = rank < np.repeat(wanted, sizes)
        rows = max((1 << 22) // n, 1)
        for start in range(0, draws, rows):
            k = min(rows, draws - start)
            # a random order within each kind: the first ones take part
            shuffled = np.argsort(self.like[order] + rng.random((k, n)), axis=1)
            others = np.zeros((k, n), dtype=np.bool_)
            np.put_along_axis(others, order[shuffled], np.broadcast_to(taken, (k, n)), axis=1)
            yield np.ascontiguousarray(others.T)


def _neighbourhood(
    people_before: pd.DataFrame,
    ties_before: pd.DataFrame,
    people_after: pd.DataFrame,
    ties_after: pd.DataFrame,
    participants: pd.DataFrame,
    *,
    name: str,
) -> _Neighbourhood | NotEstimable:
    for people in (people_before, people_after):
        check_rows(people, ["person_id", "generation"], key=["person_id"])
    check_rows(participants, ["person_id"], key=["person_id"])
    unit = "ties"
    both = present_at_both(people_before, people_after)
    before = wave(people_before[among(people_before["person_id"], both)], ties_before)
    n = before.people_n
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_AT_BOTH, n=n, values={"least": LEAST_PEOPLE})
    if len(before.names) < 2:
        return NotEstimable(name=name, unit=unit, reason=ONE_GENERATION, n=n)
    taking_part = among(pd.Series(before.ids), participants["person_id"])
    if taking_part.sum() < LEAST_PAIRS:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PARTICIPANTS, n=n, values={"least": LEAST_PAIRS})
    counts = [
        tie_counts(people[among(people["person_id"], both)], ties)["cross_n"].to_numpy(dtype="float64")
        for people, ties in ((people_before, ties_before), (people_after, ties_after))
    ]
    change = counts[1] - counts[0]
    if not change.any():
        return NotEstimable(name=name, unit=unit, reason=SAME_TIES, n=n)
    ends = np.concatenate([before.source, before.target]), np.concatenate([before.target, before.source])
    adjacency = csr_array((np.ones(len(ends[0]), dtype=np.float32), ends), shape=(n, n))
    like = _alike(before.codes, np.diff(adjacency.indptr))
    wanted, sizes = np.bincount(like, taking_part), np.bincount(like)
    if (wanted * (sizes - wanted) == 0).all():
        return NotEstimable(name=name, unit=unit, reason=NO_OTHERS, n=n)
    everybody = pd.concat([people_before["person_id"], people_after["person_id"]]).nunique()
    return _Neighbourhood(
        change=change, adjacency=adjacency, taking_part=taking_part, like=like, excluded_n=everybody - n
    )


def _alike(codes: Ints, degree: npt.NDArray[np.integer[Any]]) -> Ints:
    """Kinds of people: same generation, and about as many ties."""
    kind = np.zeros(len(codes), dtype=np.int64)
    for g in range(int(codes.max()) + 1):
        mine = codes == g
        rank = pd.Series(degree[mine]).rank(pct=True, method="average").to_numpy()
        classes = max(min(CLASSES, int(mine.sum()) // 10), 1)
        kind[mine] = g * CLASSES + np.minimum((rank * classes).astype(np.int64), classes - 1)
    return np.unique(kind, return_inverse=True)[1].astype(np.int64)


def _one_group(group: Floats, drawn: Floats) -> dict[str, float]:
    mean = float(group.mean())
    half = float(stdtrit(len(group) - 1, UPPER)) * float(group.std(ddof=1)) / math.sqrt(len(group))
    found = {"mean_change": mean, "lo": mean - half, "hi": mean + half}
    if len(drawn):
        expected = float(drawn.mean())
        far = int((np.abs(drawn - expected) >= abs(mean - expected) - _NOISE).sum())
        found |= {"expected_change": expected, "p_value": p_of(far, len(drawn), exact=False)[0]}
    return found


def _welch_se(one: Floats, other: Floats) -> tuple[float, float]:
    parts = [float(group.var(ddof=1)) / len(group) for group in (one, other)]
    bottom = sum(part**2 / (len(group) - 1) for part, group in zip(parts, (one, other), strict=True))
    return math.sqrt(sum(parts)), sum(parts) ** 2 / bottom if bottom > 0 else 1.0


def _welch(one: Floats, other: Floats) -> tuple[float, float, float]:
    """Difference of means with its interval."""
    difference = float(one.mean() - other.mean())
    se, df = _welch_se(one, other)
    half = float(stdtrit(df, UPPER)) * se
    return difference, difference - half, difference + half
