"""The declared plan: what ``[declare]`` in ``programme.toml`` says before the answers are in.

Unit: one programme. What the plan means for verdicts: ``docs/verdicts.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MOST_KEYS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A survey outcome declared for a claim: which scale, and for which side."""

    claim: str
    instrument: str
    side: str


DEFAULT_OUTCOMES = (
    Outcome(claim="M1", instrument="digital_fitness", side="mentee"),
    Outcome(claim="M3", instrument="technology_anxiety", side="mentee"),
    Outcome(claim="M4", instrument="openness_to_change", side="mentee"),
    Outcome(claim="M5", instrument="attitude_toward_younger", side="mentee"),
    Outcome(claim="M7", instrument="generational_understanding", side="mentee"),
    Outcome(claim="J1", instrument="felt_appreciation", side="mentor"),
    Outcome(claim="J3", instrument="mentor_skills", side="mentor"),
    Outcome(claim="J8", instrument="attitude_toward_older", side="mentor"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPlan:
    """The primary claim, up to four key claims, and what is declared of single claims.

    Parameters
    ----------
    primary : str
        A claim such as ``M1``; empty where none is declared.
    keys : tuple of str
        Key claims.
    note, lot_document : str
        Free text; the document of a lot that was drawn elsewhere.
    claims : mapping of claim to mapping
        ``direction, instrument, side, smallest_effect, horizon_days, metric, placebos, control, target,
        point``, as far as declared.
    """

    primary: str = ""
    keys: tuple[str, ...] = ()
    note: str = ""
    lot_document: str = ""
    claims: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def planned(self) -> tuple[str, ...]:
        """The primary, then the keys."""
        return (self.primary, *self.keys) if self.primary else self.keys

    def role(self, claim: str) -> str:
        """``primary``, ``key``, or empty for a claim that is explored.

        Examples
        --------
        >>> plan = DeclaredPlan(primary="M1", keys=("M3",))
        >>> plan.role("M3"), plan.role("J1")
        ('key', '')
        """
        return "primary" if claim == self.primary else "key" if claim in self.keys else ""

    def applied(self, outcome: Outcome) -> Outcome:
        """An outcome with the instrument and side that the plan declares for its claim."""
        own = self.claims.get(outcome.claim, {})
        return replace(outcome, **{key: own[key] for key in ("instrument", "side") if key in own})


def declared_plan(data: Mapping[str, Any]) -> DeclaredPlan:
    """The plan of the table ``[declare]``."""
    return DeclaredPlan(
        primary=data.get("primary", ""),
        keys=tuple(data.get("keys", ())),
        note=data.get("note", ""),
        lot_document=data.get("lot_document", ""),
        claims={claim: dict(own) for claim, own in data.items() if isinstance(own, Mapping)},
    )
