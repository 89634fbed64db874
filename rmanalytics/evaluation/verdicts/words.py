"""From an estimate, its boundaries and its gates to one word.

Unit: one comparison of the plan. Everything is turned so that up is the claimed way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rmanalytics.evaluation.claims import Verdict
from rmanalytics.evaluation.verdicts.evidence import COULD_NOT, NOT_ESTIMABLE, Evidence, Gate
from rmanalytics.language.translator import plural
from rmanalytics.measures.rows import Z
from rmanalytics.measures.stats.selection import selection_corrected

POWER_Z = 0.8416212
MOST_ROUNDS = 12
ONLY_UPWARD = frozenset({"plan", "design", "second_source"})
"""Gates that a sign of harm need not pass."""
LEAST_LEVEL = 2
"""Evidence level from which even a sign of harm may be told."""

PASSED = "the whole interval lies on the claimed side at this look, and every check is passed"
AGAINST = "the whole interval lies on the side opposite to the claim"
RULED_OUT = "an effect large enough to matter ({least} or more) is ruled out"
STILL_HOLDS = plural(
    "the interval still holds the smallest effect that would matter ({least}); it takes about {n} more round",
    "the interval still holds the smallest effect that would matter ({least}); it takes about {n} more rounds",
)
NOT_BY_ROUNDS = "the interval still holds the smallest effect that would matter ({least}); more rounds will not tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A word, why, the gate that bound it, and what may be said of the size.

    Parameters
    ----------
    word, reason, values, bound
        As in `rmanalytics.evaluation.claims.Answer`.
    repeated, ordinary : tuple of float
        Repeated interval and ordinary 95% interval, turned, on the scale that is tested.
    size : tuple of three floats or None
        Lower limit, middle, upper limit of the selection-corrected interval, along the way that was found.
    """

    word: Verdict
    reason: str
    values: Mapping[str, Any]
    bound: str
    repeated: tuple[float, float]
    ordinary: tuple[float, float]
    size: tuple[float, float, float] | None = None


def decide(evidence: Evidence, gates: Sequence[Gate]) -> Decision:
    """The word that the evidence and its gates give; every rule of it stands in ``docs/verdicts.md``."""
    repeated, ordinary = evidence.interval(evidence.below, evidence.above), evidence.interval(Z, Z)
    word, reason, values, bound = _word(evidence, gates, repeated, ordinary)
    size = None
    if word in ("shown", "points_for", "points_against"):
        boundary = evidence.above if word == "points_against" else evidence.below
        value, se, df = evidence.size
        low, middle, high = selection_corrected(abs(value), se, df, boundary=boundary)
        size = (low, middle, high)
    return Decision(
        word=word, reason=reason, values=values, bound=bound, repeated=repeated, ordinary=ordinary, size=size
    )


Word = tuple[Verdict, str, Mapping[str, Any], str]
"""Word, reason, values, name of the gate that bound it."""


def _word(
    evidence: Evidence, gates: Sequence[Gate], repeated: tuple[float, float], ordinary: tuple[float, float]
) -> Word:
    failed = [gate for gate in gates if gate.passed is not True]
    refused = [gate for gate in failed if gate.lowers_to == NOT_ESTIMABLE]
    if refused:
        return _bound("not_estimable", refused[0])
    if repeated[0] > 0:
        return _upward([gate for gate in failed if gate.name != "ceiling" or _slope(evidence)])
    if repeated[1] < 0:
        binding = [gate for gate in failed if _concerns_harm(evidence, gate)]
        return _bound("could_not", binding[0]) if binding else ("points_against", AGAINST, {}, "")
    ruled_out = ordinary[1] < evidence.smallest_effect
    ceiling = ruled_out or _slope(evidence)
    binding = [gate for gate in failed if gate.name == "least" or (gate.name == "ceiling" and ceiling)]
    return _bound("could_not", binding[0]) if binding else _between(evidence, ruled_out=ruled_out)


def _bound(word: Verdict, gate: Gate) -> Word:
    return word, gate.reason, gate.values, gate.name


def _slope(evidence: Evidence) -> bool:
    """Whether the end of the scale bends the figure itself, so that it concerns every word."""
    return "ceiling" in evidence.claim.gates


def _concerns_harm(evidence: Evidence, gate: Gate) -> bool:
    if gate.name == "ceiling":
        return _slope(evidence)
    return gate.name not in ONLY_UPWARD or evidence.level < LEAST_LEVEL


def _upward(failed: Sequence[Gate]) -> Word:
    hard = [gate for gate in failed if gate.lowers_to == COULD_NOT]
    if hard:
        return _bound("could_not", hard[0])
    return _bound("points_for", failed[0]) if failed else ("shown", PASSED, {}, "")


def _between(evidence: Evidence, *, ruled_out: bool) -> Word:
    """The repeated interval holds no difference: an effect is ruled out, or it takes more."""
    effect = evidence.smallest_effect
    least = {"least": math.exp(effect) if evidence.logarithmic else effect}
    if ruled_out:
        return "not_shown", RULED_OUT, least, ""
    rounds = rounds_needed(evidence)
    if rounds is None:
        return "could_not", NOT_BY_ROUNDS, least, ""
    return "could_not", STILL_HOLDS, least | {"n": rounds}, ""


def rounds_needed(evidence: Evidence) -> int | None:
    """More rounds like those held until the smallest effect of interest is found four times in five.

    Returns
    -------
    int or None
        None beyond twelve: not by more rounds.
    """
    wanted = evidence.smallest_effect / (evidence.below + POWER_Z)
    held = max(evidence.look, 1)
    more = math.ceil(held * (evidence.se / wanted) ** 2) - held
    return max(more, 1) if more <= MOST_ROUNDS else None
