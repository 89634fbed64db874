"""Self-generated codes: read by their parts, linked before to after, and forgotten.

Unit: one pair of responses, one before and one after. A link is as probable as its distance is among true pairs beside
its chance among strangers (Fellegi and Sunter 1969, doi:10.1080/01621459.1969.10501049), distances being typing errors
part by part (Schnell, Bachteler and Reiher 2010, doi:10.1177/0193841X10387576).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from rmanalytics.programme.linkage import DAY, LETTERS, Linkage, Part

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MORE_PROBABLE_THAN_NOT = 0.5
MOST_DAY = 31
_APART = re.compile(r"[\W_]+")


def read_code(text: str, parts: Sequence[Part]) -> tuple[str, ...] | None:
    """The parts of a code in capitals without accents; None where the text is no such code.

    Parts may stand apart (``An-7-12``) or together. Digits may lack zeros in front, and letters one letter where it
    is plain which part it belongs to: that counts as a typing error.

    Examples
    --------
    >>> parts = (Part(kind="letters"), Part(kind="day"), Part(kind="letters"))
    >>> read_code("Än 07 Be", parts), read_code("an7b", parts), read_code("AN39BE", parts), read_code("AN", parts)
    (('AN', '07', 'BE'), ('AN', '07', 'B'), None, None)
    """
    plain = "".join(s for s in unicodedata.normalize("NFKD", text.upper()) if not unicodedata.combining(s))
    pieces = [piece for piece in _APART.split(plain) if piece]
    if len(pieces) != len(parts):
        found = _shape(tuple(parts)).fullmatch("".join(pieces))
        pieces = list(found.groups()) if found else []
    given = [one if part.kind == LETTERS else one.zfill(part.length) for one, part in zip(pieces, parts, strict=False)]
    return tuple(given) if len(given) == len(parts) and all(map(_fits, given, parts)) else None


@lru_cache
def _shape(parts: tuple[Part, ...]) -> re.Pattern[str]:
    """Parts that stand together: complete, unless letters and digits take turns and so show where one ends."""
    turns = all((a.kind == LETTERS) != (b.kind == LETTERS) for a, b in pairwise(parts))
    signs = [r"[^\W\d_]" if part.kind == LETTERS else "[0-9]" for part in parts]
    least = [part.length if not turns else 1 for part in parts]
    return re.compile("".join(f"({s}{{{n},{p.length}}})" for s, n, p in zip(signs, least, parts, strict=True)))


def _fits(piece: str, part: Part) -> bool:
    if part.kind == LETTERS:
        return piece.isalpha() and max(1, part.length - 1) <= len(piece) <= part.length
    digits = piece.isascii() and piece.isdigit() and len(piece) == part.length
    return digits and (part.kind != DAY or 1 <= int(piece) <= MOST_DAY)


@lru_cache(maxsize=100_000)
def errors_between(one: str, other: str) -> int:
    """Typing errors between two texts: put in, left out, replaced, neighbours swapped (optimal string alignment).

    Examples
    --------
    >>> errors_between("12", "21"), errors_between("AN", "AM"), errors_between("AN", "EV")
    (1, 1, 2)
    """
    rows = [list(range(len(other) + 1))]
    for i, left in enumerate(one, start=1):
        row = [i]
        for j, right in enumerate(other, start=1):
            row.append(min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (left != right)))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                row[-1] = min(row[-1], rows[-2][j - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


@dataclass(frozen=True, kw_only=True)
class Links:
    """What was linked in one group of responses.

    Parameters
    ----------
    before, after : array of int
        Places of the linked responses, pair by pair.
    probability : array of float
        That the two are one person's.
    exact : array of bool
        Whether the codes are the same.
    ambiguous : int
        Responses before with a code within the tolerance that is not more probably theirs than not.
    """

    before: Ints
    after: Ints
    probability: Floats
    exact: NDArray[np.bool_]
    ambiguous: int


def link(
    before: Sequence[tuple[str, ...]],
    after: Sequence[tuple[str, ...]],
    linkage: Linkage,
    groups: tuple[Sequence[str], Sequence[str]],
) -> tuple[dict[str, Links], dict[float, float]]:
    """Link the codes of one round, within groups of people.

    Parameters
    ----------
    before, after : sequence of tuple of str
        Codes in parts, one a response.
    linkage : Linkage
        Weights of the parts, tolerance.
    groups : tuple of two sequences of str
        The group of each response before and after; links are made within groups.

    Returns
    -------
    tuple
        The links of each group, and the chance that two strangers' codes lie at a distance, for each within the
        tolerance: the collisions of the codes themselves.

    Notes
    -----
    Two responses of one wave are two people's, so their distances show what chance gives: u(d), part by part and
    convolved over the parts; for a common code more than for a rare one. Of a response's possible partners, n with
    odds w = a(d) / (n u(d)) each, where a(d) is the share of people whose true partner lies at d (pairs seen less pairs
    by chance), a pair is theirs with probability w / (1 + sum of all w of either of the two). Exact pairs are assigned
    first, the others afterwards, one to one with the highest product of odds.
    """
    waves = (before, after)
    own = [_distances(one, one) for one in waves]
    usual = [_pooled(part) for part in zip(*own, strict=True)]
    weights = [part.weight for part in linkage.parts]
    chance = _spectrum([share[None, :] for share in usual], weights, linkage.tolerance)
    levels = np.array(sorted(chance))
    strange = [_of_each(mine, usual, weights, linkage.tolerance, levels) for mine in own]
    across = sum(weight * part for weight, part in zip(weights, _distances(before, after), strict=True))
    places = _level(np.asarray(across, dtype=np.float64), levels)
    names = [np.array(one, dtype=object) for one in groups]
    members = {name: [np.flatnonzero(one == name) for one in names] for name in sorted({*groups[0], *groups[1]})}
    inside = {name: places[np.ix_(*rows)] for name, rows in members.items()}
    pairs = sum(one.size for one in inside.values())
    people = max(1, sum(min(one.shape) for one in inside.values()))
    seen = sum((np.bincount(one[one >= 0], minlength=len(levels)) for one in inside.values()), np.zeros(len(levels)))
    by_chance = pairs * np.array([chance[level][0] for level in levels])
    true = (np.maximum(seen - by_chance, 0) + 0.5) / (people + 1)
    found = {}
    for name, (rows, columns) in members.items():
        at = inside[name]
        most = np.maximum(strange[0][rows][:, None, :], strange[1][columns][None, :, :])
        odds = np.where(at >= 0, true[at] / (max(at.shape) * np.take_along_axis(most, at[..., None], 2)[..., 0]), 0.0)
        found[name] = _one_to_one(odds, at, rows, columns)
    return found, {float(level): float(chance[level][0]) for level in levels}


def _one_to_one(odds: Floats, at: Ints, rows: Ints, columns: Ints) -> Links:
    """Exact pairs, then the others, by assignment; what is not more probable than not is left out."""
    both = np.maximum(odds.sum(axis=1)[:, None], odds.sum(axis=0)[None, :])
    probability = odds / (1 + both)
    free = np.ones(odds.shape, dtype=bool)
    chosen: list[tuple[int, int]] = []
    for stage in (at == 0, at > 0):
        gain = np.where(stage & free & (odds > 1), np.log(np.maximum(odds, 1)), 0.0)
        for i, j in zip(*linear_sum_assignment(gain, maximize=True), strict=True):
            if gain[i, j] > 0 and probability[i, j] > MORE_PROBABLE_THAN_NOT:
                chosen.append((int(i), int(j)))
                free[i, :] = free[:, j] = False
    i, j = np.array(chosen, dtype=np.int64).reshape(-1, 2).T
    ambiguous = int((at >= 0).any(axis=1).sum()) - len(i)
    return Links(
        before=rows[i], after=columns[j], probability=probability[i, j], exact=at[i, j] == 0, ambiguous=ambiguous
    )


def _distances(left: Sequence[tuple[str, ...]], right: Sequence[tuple[str, ...]]) -> list[Ints]:
    """Errors between all codes of two lists, one matrix a part."""
    found = []
    for mine, theirs in zip(zip(*left, strict=True), zip(*right, strict=True), strict=True):
        (ours, a), (yours, b) = np.unique(mine, return_inverse=True), np.unique(theirs, return_inverse=True)
        apart = np.array([[errors_between(str(x), str(y)) for y in yours] for x in ours], dtype=np.int64)
        found.append(apart[np.ix_(a, b)])
    return found


def _pooled(part: Sequence[Ints]) -> Floats:
    """Share of strangers' pairs at each number of errors of a part, over both waves; half a pair is added to each."""
    most = max(int(one.max(initial=1)) for one in part) + 1
    seen = sum((np.bincount(one[np.triu_indices(len(one), 1)], minlength=most) for one in part), np.zeros(most))
    shares: Floats = (seen + 0.5) / (seen.sum() + 0.5 * most)
    return shares


def _of_each(
    own: Sequence[Ints], usual: Sequence[Floats], weights: Sequence[float], tolerance: float, levels: Floats
) -> Floats:
    """Chance of a stranger at each distance from each response's own code, never below the usual one."""
    shares = []
    for part, share in zip(own, usual, strict=True):
        others = np.maximum(len(part) - 1, 1)
        mine = np.stack([(part == k).sum(axis=1) - (k == 0) for k in range(len(share))], axis=1) / others
        shares.append(np.maximum(mine, share))
    spectrum = _spectrum(shares, weights, tolerance)
    return np.stack([spectrum[level] for level in levels], axis=1)


def _spectrum(shares: Sequence[Floats], weights: Sequence[float], tolerance: float) -> dict[float, Floats]:
    """Weighted errors of all parts together, within the tolerance: the convolution of what each part gives."""
    found: dict[float, Floats] = {0.0: np.ones(len(shares[0]))}
    for share, weight in zip(shares, weights, strict=True):
        grown: dict[float, Floats] = {}
        for total, chance in found.items():
            for errors in range(share.shape[1]):
                to = round(total + weight * errors, 6)
                if to <= tolerance:
                    grown[to] = grown.get(to, 0.0) + chance * share[:, errors]
        found = grown
    return found


def _level(distance: Floats, levels: Floats) -> Ints:
    """Number of each distance among those within the tolerance; -1 beyond it."""
    at = np.minimum(np.searchsorted(levels, np.round(distance, 6)), len(levels) - 1)
    return np.where(np.isclose(levels[at], distance), at, -1).astype(np.int64)
