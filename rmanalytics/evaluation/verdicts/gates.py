"""The gates of a verdict, in the order in which a row prints them. They can only lower it.

Unit: one claim over all rounds that the plan covers. Each gate is a pure function of the `Evidence`; one that does not
concern the result (silence where nobody is asked) returns None and is not among its gates.
"""

from __future__ import annotations

from collections.abc import Callable

from rmanalytics.evaluation.verdicts.evidence import POINTS_FOR, Evidence, Gate

LATE = "the plan was not recorded before the answers came"
DESIGN = "evidence level {level}: the programme need not be the reason"


def plan(evidence: Evidence) -> Gate:
    """Gate 1: the receipt of the plan was written in time."""
    ok = evidence.planned
    return Gate(name="plan", passed=ok, reason="" if ok else LATE, lowers_to=POINTS_FOR)


def design(evidence: Evidence) -> Gate:
    """Gate 2: evidence level 3 or more."""
    ok = evidence.level >= 3
    values = {"level": evidence.level}
    return Gate(name="design", passed=ok, reason="" if ok else DESIGN, values=values, lowers_to=POINTS_FOR)


GATES: tuple[Callable[[Evidence], Gate | None], ...] = (plan, design)
"""In the order in which they are printed; one that returns None does not concern the result."""


def gates(evidence: Evidence) -> tuple[Gate, ...]:
    """Every gate that concerns a result, in order."""
    return tuple(gate for made in GATES if (gate := made(evidence)) is not None)
