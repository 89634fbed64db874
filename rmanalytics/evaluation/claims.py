"""The claims of the programme and the form of an answer to one.

Unit: one claim. Its row stands in ``claims.toml``; `rmanalytics.evaluation.ledger` answers it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from rmanalytics.results import Estimate, NotEstimable

Verdict = Literal[
    "shown",
    "points_for",
    "points_against",
    "not_shown",
    "could_not",
    "explored",
    "described",
    "kept",
    "broken",
    "not_audited",
    "not_asked",
    "not_estimable",
]
COMPARISON_WORDS = ("shown", "points_for", "points_against", "not_shown", "could_not")
AUDIT_WORDS = ("kept", "broken", "not_audited")
STATES = ("not_asked", "not_estimable")
"""No figure at all: a state, never a verdict."""

AUDITS = frozenset({"P2", "P3", "P4", "P5", "P6"})
"""Claims that are counted in full, tandem by tandem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim.

    Parameters
    ----------
    id : str
        Such as ``M1``.
    group : str
        ``design``, ``tandem``, ``mentee``, ``mentor`` or ``company``.
    title, needs : mapping of language to str
        The claim in a sentence; the files and columns that would answer it.
    kirkpatrick : str
        ``R`` reaction, ``L`` learning, ``B`` behaviour, ``O`` organisation, ``–`` none.
    direction : str
        ``up``, ``down`` or ``none``.
    type : str
        ``comparison``, ``description`` or ``audit``.
    result, outcome, side, subgroup : str or tuple of str
        Name of the result that answers it and what that is about; the first outcome that is there counts.
    parts : tuple of str
        Claims that a composed claim rests on.
    tables : tuple of str
        Tables that an audit must have seen.
    unit, estimand : str
        Unit of analysis, and what is estimated.
    null : float or None
        The value of no difference; None where nothing is tested.
    design : str
        What its evidence level rests on: ``survey`` (before and after), ``followed`` (from the same day on),
        ``cross-section``, ``alone``, ``gain``, ``parts``, ``primary`` or ``audit``.
    cap, cap_by_lot : int or None
        Highest evidence level; the one where the tool drew a lot.
    smallest_effect, target : float or None
        Smallest effect of interest, in the unit of the result, and the default target.
    least, least_n : str, int
        Row of least information, and the claim's own number in it.
    gates : tuple of str
        Gates added to the general ones.
    """

    id: str
    group: str
    title: Mapping[str, str]
    needs: Mapping[str, str]
    kirkpatrick: str
    direction: str
    type: str
    unit: str
    estimand: str
    design: str
    null: float | None = None
    tables: tuple[str, ...] = ()
    result: str = ""
    outcome: tuple[str, ...] = ()
    side: str = ""
    subgroup: str = ""
    parts: tuple[str, ...] = ()
    cap: int | None = None
    cap_by_lot: int | None = None
    smallest_effect: float | None = None
    target: float | None = None
    least: str = ""
    least_n: int = 0
    gates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The ledger's row for one claim.

    Parameters
    ----------
    claim : Claim
    verdict : str
        One of `COMPARISON_WORDS`, ``explored``, ``described``, `AUDIT_WORDS` or `STATES`.
    role : str
        ``primary``, ``key``, or empty for a claim outside the plan.
    result : Estimate, NotEstimable or None
        What it is judged by: for claims of the plan over all rounds that count, else of this round.
    this_round : Estimate, NotEstimable or None
        The figure of this round alone; it has no verdict of its own.
    recorded : bool
        Whether the plan that it belongs to was recorded in time, in an unbroken chain.
    rounds : tuple of str
        The rounds that count and hold data, in order.
    by_round : tuple of (str, Estimate)
        The strip of those that are estimable alone.
    rounds_differ : bool
        Whether those differ by more than chance.
    evidence : int or None
        Maryland level 1 to 5, from design and receipts.
    level_reason, level_values : str, mapping
        What the level follows from, a constant English template and what fills its braces.
    repeated : tuple of two floats or None
        The interval that may be read at every look, in the result's own unit.
    size : tuple of three floats or None
        At least, most likely, at most: what a sentence may quote of a claim whose test was passed, positive, on the
        claimed way (or the way against it).
    gates : tuple of Gate
        What each gate said.
    bound : str
        Name of the gate that lowered the verdict; empty where none did.
    mark : str
        ``worth_declaring`` or ``worth_watching`` in the next round, for an explored claim.
    target : str
        ``at_target``, ``below_target`` or ``open``, where the plan declares a target.
    look : int
        How often the claim was looked at, 0 outside the plan.
    p_value : float or None
        Two-sided, as it stands, for explored claims.
    standardised : tuple of three floats or None
        Value and limits in standard deviations, where that exists.
    unmeasured : mapping of str to float
        What something unmeasured would have to explain to turn it, where the verdict passed a test; see
        `rmanalytics.evaluation.verdicts.sensitivity`.
    specifications : tuple of Specification
        Other ways to compute it, in the order of their estimates, for claims of the plan.
    reason : str
        Why the verdict is what it is, a constant English template; ``values`` fill its braces.
    """

    claim: Claim
    verdict: Verdict
    role: str = ""
    result: Estimate | NotEstimable | None = None
    this_round: Estimate | NotEstimable | None = None
    recorded: bool = True
    rounds: tuple[str, ...] = ()
    by_round: tuple[tuple[str, Estimate], ...] = ()
    rounds_differ: bool = False
    evidence: int | None = None
    level_reason: str = ""
    level_values: Mapping[str, Any] = field(default_factory=dict)
    repeated: tuple[float, float] | None = None
    size: tuple[float, float, float] | None = None
    gates: tuple[Any, ...] = ()
    bound: str = ""
    mark: str = ""
    target: str = ""
    look: int = 0
    p_value: float | None = None
    standardised: tuple[float, float, float] | None = None
    unmeasured: Mapping[str, float] = field(default_factory=dict)
    specifications: tuple[Any, ...] = ()
    reason: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def because(self) -> str:
        """The reason in English with its values filled in."""
        return self.reason.format(**self.values)


@cache
def claims() -> tuple[Claim, ...]:
    """All claims in their order.

    Examples
    --------
    >>> claims()[0].id, len(claims())
    ('P1', 38)
    """
    text = files(__package__).joinpath("claims.toml").read_text(encoding="utf-8")
    return tuple(_claim(row) for row in tomllib.loads(text)["claims"])


def _claim(row: Mapping[str, Any]) -> Claim:
    flat = (
        {name: value for name, value in row.items() if name not in ("measure", "rule")} | row["measure"] | row["rule"]
    )
    if isinstance(flat.get("outcome"), str):
        flat["outcome"] = [flat["outcome"]]
    tidy: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in flat.items()}
    return Claim(**tidy)
