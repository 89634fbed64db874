"""Sizing the next round: the smallest difference that a design finds, claim by claim, before anybody is asked.

Unit: one claim. Spread, drop-out, people who come again and exits are those of the programme's own rounds
(`rmanalytics.evaluation.plan.inputs`); what no round has measured is assumed and marked. Nothing here looks at the
differences that were found: power after the fact says nothing that the p-value has not said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rmanalytics.evaluation.claims import Claim, claims
from rmanalytics.evaluation.plan.designs import (
    EXITS,
    NULLS,
    POINTS,
    Cell,
    Design,
    Kind,
    comparison_people,
    other_design,
    outcome_designs,
)
from rmanalytics.evaluation.plan.inputs import SideFacts, followed, side_facts, tandems_of
from rmanalytics.evaluation.plan.sizing import ALPHA, POWER, tandems_needed
from rmanalytics.evaluation.plan.sizing_exits import Followed, hazard_ratio_found
from rmanalytics.evaluation.plan.waiting import Waiting, by_waiting, volunteers_of
from rmanalytics.evaluation.study import open_study
from rmanalytics.measures.stats.group_sequential import KEYS_ALPHA, PRIMARY_ALPHA, spent
from rmanalytics.measures.stats.power import events_needed
from rmanalytics.programme.declared_plan import DeclaredPlan
from rmanalytics.results import SIDES

TANDEMS = (17, 34, 50, 68)
ROUNDS = (1, 2, 3, 4, 5, 6)
DEFAULT_TANDEMS = 34
HAZARD_RATIOS = (0.5, 0.7)


@dataclass(frozen=True, kw_only=True)
class Needed:
    """Tandems and people for comparison that find a given difference, with drop-out; None where no size does."""

    alone: tuple[int, int] | None
    corrected: tuple[int, int] | None


@dataclass(frozen=True, kw_only=True)
class Sized:
    """One claim and what designs find of it.

    Parameters
    ----------
    claim : Claim
    kind : str
        ``adjusted`` difference of scores between two groups, another ``difference`` between them, ``mean`` against a
        fixed value (or a gain of participants alone), ``share`` against a fixed share, ``ratio`` of two groups.
    unit : str
        Unit of the differences; for a ratio, what designs find is the ratio nearest to 1.
    alpha : float
        Two-sided level of its first look in the declared plan; `ALPHA` for a claim outside the plan.
    spread : float or None
        Standard deviation of one unit of analysis (of the logarithm, for a ratio); None for a share, which needs none.
    sd_before : float or None
        Standard deviation of the scores before, in which a difference may be told; None where that is not a score.
    null : float or None
        The share that it is tested against.
    measured : bool
        False where the spread is assumed.
    gain_only : bool
        Participants alone: nothing says what would have happened anyway.
    by_tandems : bool
        False where the company is asked: more tandems change nothing.
    current : Cell
        The design asked about.
    grid : tuple of Cell
        Other numbers of tandems and rounds; empty unless ``by_tandems``.
    needed : Needed or None
        For the difference asked about.
    """

    claim: Claim
    kind: Kind
    unit: str
    alpha: float
    spread: float | None
    sd_before: float | None
    null: float | None
    measured: bool
    gain_only: bool
    by_tandems: bool
    current: Cell
    grid: tuple[Cell, ...]
    needed: Needed | None


@dataclass(frozen=True, kw_only=True)
class ExitsNeeded:
    """Exits that find a hazard ratio, and further rounds until they are expected; None where that is not known."""

    hazard_ratio: float
    alone: float
    corrected: float
    rounds_alone: int | None
    rounds_corrected: int | None


@dataclass(frozen=True, kw_only=True)
class Exits:
    """A claim about time to an exit or a promotion.

    Parameters
    ----------
    claim : Claim
    outcome : str
        ``retention`` or ``promotion``.
    followed : Followed or None
        None where nobody was followed yet.
    hazard_ratio_now : float or None
        What the exits of all rounds so far could show, tested alone.
    needed : tuple of ExitsNeeded
    """

    claim: Claim
    outcome: str
    followed: Followed | None
    hazard_ratio_now: float | None
    needed: tuple[ExitsNeeded, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the next round can show.

    Parameters
    ----------
    programme : str
        Its name.
    measured : tuple of str
        Rounds that it rests on.
    tandems, rounds : int
        The design asked about.
    comparison : mapping of side to int
        People for comparison in it.
    tandems_assumed : bool
        True where no round has told the number of tandems.
    sides : tuple of SideFacts
    levels : mapping of claim id to float
        Two-sided level of each claim of the declared plan.
    difference : float or None
        The difference asked about.
    claims : tuple of Sized
    exits : tuple of Exits
    left_out : mapping of claim id to str
        Why a claim is not sized.
    volunteers : int
        Of the primary claim's side in the last round that had any; 0 where ``[draw]`` names no places.
    waiting : tuple of Waiting
        What the lot finds of the primary claim, by how many people wait.
    """

    programme: str
    measured: tuple[str, ...]
    tandems: int
    rounds: int
    comparison: dict[str, int]
    tandems_assumed: bool
    sides: tuple[SideFacts, ...]
    levels: dict[str, float]
    difference: float | None
    claims: tuple[Sized, ...]
    exits: tuple[Exits, ...]
    left_out: dict[str, str]
    volunteers: int = 0
    waiting: tuple[Waiting, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Everything in plain types, for JSON."""
        return {"power": POWER, "alpha": ALPHA} | asdict(self)


def plan(
    programme: str | Path,
    *,
    measured: Sequence[str],
    tandems: int | None = None,
    comparison: int | None = None,
    rounds: int = 1,
    difference: float | None = None,
) -> Plan:
    """Size the next round of a programme.

    Parameters
    ----------
    programme : str or Path
        Its folder.
    measured : sequence of str
        Rounds that have ended and whose data are complete, in order of time; none before the first.
    tandems : int, optional
        Size asked about; that of the last measured round unless given.
    comparison : int, optional
        People for comparison on each side; in the proportion of the last measured round unless given.
    rounds : int
        Rounds put together.
    difference : float, optional
        Difference in scale points to find the number of tandems for.

    Raises
    ------
    InputError
        Every problem of the folder's files, or RM-E-006 for an unknown round.

    Notes
    -----
    A claim of the declared plan is sized at the level of its first look, before any other claim has passed: found at
    this size whatever the others show.

    References
    ----------
    Hoenig JM, Heisey DM (2001). https://doi.org/10.1198/000313001300339897
    """
    opened = [open_study(programme, round_id) for round_id in measured]
    studies = [one for one in opened if tandems_of(one.bundle, one.round)]
    study = studies[-1] if studies else opened[-1] if opened else open_study(programme, _first_round(programme))
    bundle, done = study.bundle, [one.round for one in studies]
    counted = [tandems_of(bundle, declared) for declared in done]
    size = tandems or (counted[-1] if counted else DEFAULT_TANDEMS)
    facts = {side: side_facts(bundle, done, side) for side in SIDES}
    answers = {answer.claim.id: answer for answer in study.ledger} if studies else {}
    compared = None if comparison is None else comparison > 0
    outcomes = outcome_designs(bundle, done, facts, tandems=sum(counted), compared=compared)
    designs = {design.claim.id: design for design in outcomes}
    left_out: dict[str, str] = {}
    for claim in claims():
        if claim.id not in designs and claim.id not in EXITS:
            found = other_design(claim, answers, facts, tandems=counted[-1] if counted else 0)
            if isinstance(found, str):
                left_out[claim.id] = found
            else:
                designs[claim.id] = found
    order = [designs[claim.id] for claim in claims() if claim.id in designs]
    levels = _levels(study.programme.declared)
    primary, rule = designs.get(study.programme.declared.primary), study.programme.draw
    drawn = primary is not None and primary.compared_side is not None and rule.places is not None
    came = volunteers_of(bundle, primary.compared_side.side) if drawn and primary and primary.compared_side else 0
    people = {side: comparison_people(facts[side], size, comparison) for side in SIDES}
    ask = _Ask(
        tandems=size,
        comparison=comparison,
        rounds=rounds,
        levels=levels,
        difference=difference,
    )
    return Plan(
        programme=study.programme.name,
        measured=tuple(declared.id for declared in done),
        tandems=size,
        rounds=rounds,
        comparison=people,
        tandems_assumed=tandems is None and not counted,
        sides=tuple(facts.values()),
        levels=levels,
        difference=difference,
        claims=tuple(_sized(design, ask) for design in order),
        exits=tuple(
            _exits(
                claim,
                ask,
                people["mentor"],
                followed(bundle, done, EXITS[claim.id], tandems=size, comparison=people["mentor"]),
            )
            for claim in claims()
            if claim.id in EXITS
        ),
        left_out=left_out,
        volunteers=came,
        waiting=by_waiting(primary, rule, came, rounds=rounds, level=ask.level(primary.claim))
        if primary and came
        else (),
    )


def _first_round(programme: str | Path) -> str:
    from rmanalytics.intake.schema import TABLES  # noqa: PLC0415  (only before the first round)
    from rmanalytics.programme.programme import read_programme  # noqa: PLC0415

    return read_programme(Path(programme), tuple(TABLES)).rounds[0].id


def _levels(plan: DeclaredPlan) -> dict[str, float]:
    """Two-sided level of each claim of the declared plan at its first look, before any other claim has passed."""
    keys = dict.fromkeys(plan.keys, 2 * spent(KEYS_ALPHA / len(plan.keys), 1)) if plan.keys else {}
    return ({plan.primary: 2 * spent(PRIMARY_ALPHA, 1)} if plan.primary else {}) | keys


@dataclass(frozen=True, kw_only=True)
class _Ask:
    tandems: int
    comparison: int | None
    rounds: int
    levels: Mapping[str, float]
    difference: float | None

    def level(self, claim: Claim) -> float:
        """The claim's level in the declared plan; an explored claim has its ordinary interval."""
        return self.levels.get(claim.id, ALPHA)


def _sized(design: Design, ask: _Ask) -> Sized:
    level = ask.level(design.claim)
    tandems, rounds = (ask.tandems, ask.rounds) if design.by_tandems else (0, 1)
    current = design.cell(tandems, rounds, comparison=ask.comparison, level=level)
    sizes = sorted({*TANDEMS, ask.tandems}) if design.by_tandems else []
    return Sized(
        claim=design.claim,
        kind=design.kind,
        unit=design.unit,
        alpha=level,
        spread=design.spread,
        sd_before=design.sd_before,
        null=NULLS[design.claim.id] if design.kind == "share" else None,
        measured=design.measured,
        gain_only=design.gain_only,
        by_tandems=design.by_tandems,
        current=current,
        grid=tuple(design.cell(n, k, comparison=ask.comparison, level=level) for n in sizes for k in ROUNDS),
        needed=_needed(design, ask, level) if ask.difference and design.by_tandems and design.unit == POINTS else None,
    )


def _needed(design: Design, ask: _Ask, level: float) -> Needed:
    def fewest(alpha: float) -> tuple[int, int] | None:
        def found(n: int) -> float | None:
            return design.cell(n, ask.rounds, comparison=ask.comparison, level=alpha).corrected

        tandems = tandems_needed(found, ask.difference or 0.0)
        if tandems is None:
            return None
        return tandems, design.cell(tandems, ask.rounds, comparison=ask.comparison, level=alpha).comparison

    return Needed(alone=fewest(ALPHA), corrected=fewest(level))


def _exits(claim: Claim, ask: _Ask, comparison: int, people: Followed | None) -> Exits:
    now, needed = None, []
    if comparison:
        share = ask.tandems / (ask.tandems + comparison)
        needed = [_exits_needed(ratio, share, ask.level(claim), people) for ratio in HAZARD_RATIOS]
        if people is not None and people.events:
            now = hazard_ratio_found(people.events, share_participants=share)
    return Exits(claim=claim, outcome=EXITS[claim.id], followed=people, hazard_ratio_now=now, needed=tuple(needed))


def _exits_needed(hazard_ratio: float, share: float, level: float, people: Followed | None) -> ExitsNeeded:
    alone, corrected = (events_needed(hazard_ratio, share_participants=share, alpha=a).value for a in (ALPHA, level))
    known = people if people is not None and people.rate > 0 else None
    return ExitsNeeded(
        hazard_ratio=hazard_ratio,
        alone=alone,
        corrected=corrected,
        rounds_alone=known.rounds_until(alone, hazard_ratio) if known else None,
        rounds_corrected=known.rounds_until(corrected, hazard_ratio) if known else None,
    )
