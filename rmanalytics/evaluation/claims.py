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

Verdict = Literal["supported", "not_shown", "contradicted", "not_measured", "suppressed"]


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
    unit, estimand : str
        Unit of analysis, and what is estimated.
    null : float or str
        The value of no difference; ``reference`` where the result brings it.
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
    null: float | str = 0.0
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
        ``supported``, ``not_shown``, ``contradicted``, ``not_measured`` or ``suppressed``.
    result : Estimate, NotEstimable or None
        What it was judged by; None where nothing was measured or it may not be shown.
    evidence : int or None
        Maryland level 1 to 5, derived from the data that were there.
    p_adjusted : float or None
        The p-value, Holm-adjusted over the measured claims of the round (of its family, where the
        programme declares families) unless it is the primary outcome's.
    standardised : tuple of three floats or None
        Value and limits in standard deviations, where that exists.
    reason : str
        Why the verdict is what it is, a constant English template; ``values`` fill its braces.
    """

    claim: Claim
    verdict: Verdict
    result: Estimate | NotEstimable | None = None
    evidence: int | None = None
    p_adjusted: float | None = None
    standardised: tuple[float, float, float] | None = None
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
