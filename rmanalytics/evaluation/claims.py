"""The claims of the programme and the form of an answer to one.

Unit: one claim. Texts and fixed attributes stand in ``claims.toml``; `rmanalytics.evaluation.ledger` answers them.
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
    """

    id: str
    group: str
    title: Mapping[str, str]
    needs: Mapping[str, str]
    kirkpatrick: str
    direction: str


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
    return tuple(Claim(**declared) for declared in tomllib.loads(text)["claims"])
