"""One round of one programme: its data and, by family, its results.

A `Study` computes a family when it is first asked for and keeps it; two notebooks of one run share the work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, lru_cache, wraps
from pathlib import Path

import pandas as pd

from rmanalytics.containment import CODE, Fault, containing, has_failed
from rmanalytics.errors import unknown
from rmanalytics.evaluation.across_rounds import across
from rmanalytics.evaluation.claims import AUDITS, Answer
from rmanalytics.evaluation.comparison.balance import balance
from rmanalytics.evaluation.engagement.delivery import engagement
from rmanalytics.evaluation.engagement.reach import reach
from rmanalytics.evaluation.kept import TEXTS, Kept, Shelf
from rmanalytics.evaluation.ledger import NO_DATA, ledger
from rmanalytics.evaluation.lots.as_drawn import by_the_lot
from rmanalytics.evaluation.network.bridge import network
from rmanalytics.evaluation.pairing.rules import pairing
from rmanalytics.evaluation.retention.staying import retention
from rmanalytics.evaluation.survey.exposure_response import company
from rmanalytics.evaluation.survey.goal_attainment import goals
from rmanalytics.evaluation.survey.linkage import linkage
from rmanalytics.evaluation.survey.outcomes import OF_THE_FIRST, contrasts, survey
from rmanalytics.evaluation.survey.upward_feedback import upward
from rmanalytics.evaluation.value.branding import branding
from rmanalytics.evaluation.value.cost_effectiveness import value
from rmanalytics.evaluation.value.costs import costs
from rmanalytics.intake.bundle import Bundle, Stamp, read_bundle, stamps_of
from rmanalytics.programme.programme import Programme, Round
from rmanalytics.results import Results

UNSURE = "the data that would answer it are not there, or the computation failed ({code})"


FAMILIES = (
    "pairing",
    "engagement",
    "reach",
    "survey",
    "lot",
    "retention",
    "network",
    "company",
    "branding",
    "costs",
    "value",
    "across",
)
"""In the order of the results."""


def _family(compute: Callable[[Study], Results]) -> cached_property[Results]:
    """A family of results: as it is kept, else computed, its single figures' faults contained and listed."""

    @wraps(compute)
    def found(study: Study) -> Results:
        if study.kept is not None:
            return study.kept.families[compute.__name__]
        with containing(study.faults), pd.option_context(*TEXTS):
            return compute(study)

    return cached_property(found)


class Study:
    """The evaluation of one round.

    Parameters
    ----------
    bundle : Bundle
        The programme's checked data.
    round_id : str
        A round that the programme declares.
    shelf : Shelf, optional
        Where evaluations are kept.

    Raises
    ------
    InputError
        RM-E-006 when there is no such round.

    Attributes
    ----------
    faults : list of Fault
        What was contained so far: one figure each, see `rmanalytics.containment`.
    """

    def __init__(self, bundle: Bundle, round_id: str, shelf: Shelf | None = None) -> None:
        self.bundle, self.shelf = bundle, shelf
        self.round: Round = bundle.programme.round(round_id)
        self.faults: list[Fault] = []

    @cached_property
    def kept(self) -> Kept | None:
        """What was computed before from the very same inputs; None where nothing was."""
        return self.shelf.read(self.bundle, self.round.id) if self.shelf else None

    @property
    def programme(self) -> Programme:
        """What the programme declares about itself."""
        return self.bundle.programme

    @_family
    def pairing(self) -> Results:
        """Audit of the pairing rules."""
        return pairing(self.bundle, self.round)

    @_family
    def engagement(self) -> Results:
        """The round as it was delivered."""
        return engagement(self.bundle, self.round)

    @_family
    def reach(self) -> Results:
        """Who was reached."""
        return reach(self.bundle, self.round)

    @_family
    def survey(self) -> Results:
        """What changed in the survey, who was compared, goals, and the feedback of the mentees' own reports."""
        found = survey(self.bundle, self.round)
        return (
            found
            + Results(linkage(self.bundle, self.round, found, survey))
            + balance(self.bundle, self.round)
            + goals(self.bundle, self.round)
            + upward(self.bundle, self.round)
        )

    @_family
    def lot(self) -> Results:
        """What the lot decided, whether it held, and what it lets one conclude."""
        return by_the_lot(self.bundle, self.round)

    @_family
    def retention(self) -> Results:
        """Staying and promotion."""
        return retention(self.bundle, self.round)

    @_family
    def network(self) -> Results:
        """The bridge between generations."""
        return network(self.bundle, self.round)

    @_family
    def company(self) -> Results:
        """The whole company in its pulse survey."""
        return company(self.bundle, self.round)

    @_family
    def branding(self) -> Results:
        """Employer-branding figures."""
        return branding(self.bundle, self.round)

    @_family
    def costs(self) -> Results:
        """What the round cost."""
        return costs(self.bundle, self.round)

    @_family
    def value(self) -> Results:
        """What the gain cost, and against what."""
        return value(self.bundle, self.round, self.survey, self.retention)

    @_family
    def across(self) -> Results:
        """All rounds up to this one, side by side."""
        return across(self.bundle, self.round)

    def putting_first(self, scale: str, side: str = "") -> Study:
        """The same study with another declared scale where the primary outcome stands; every other result is the same.

        Raises
        ------
        UnknownNameError
            RM-E-130 for a scale that is not declared, or not for the side, with the nearest ones.
        """
        declared = [one for one in self.programme.outcomes if side in ("", one.side)]
        first = next((one for one in declared if one.instrument == scale), None)
        if first is None:
            raise unknown("scale", scale, (one.instrument for one in declared))
        outcomes = (first, *(one for one in self.programme.outcomes if one != first))
        plan = replace(self.programme.declared, primary=first.claim)
        bundle = replace(self.bundle, programme=replace(self.programme, outcomes=outcomes, declared=plan))
        other = Study(bundle, self.round.id)
        with containing(self.faults):
            own = contrasts(bundle, self.round, scale, first.side)
        kept = [result for result in self.survey if result.name not in OF_THE_FIRST]
        other.survey = Results([*kept, *(result for result in own if result.name in OF_THE_FIRST)])
        return other

    @cached_property
    def results(self) -> Results:
        """Every result of the round, family by family."""
        found = {name: getattr(self, name) for name in FAMILIES}
        if self.shelf is not None and self.kept is None and not self.faults:
            self.shelf.write(self.bundle, self.round.id, Kept(families=found))
        return Results(result for name in FAMILIES for result in found[name])

    @cached_property
    def ledger(self) -> tuple[Answer, ...]:
        """An answer to every claim; where parts of the evaluation failed, "no data" is not said for certain."""
        if self.kept is not None and self.kept.ledger is not None:
            return self.kept.ledger
        with pd.option_context(*TEXTS):
            answers = ledger(self.bundle, self.round, self.results)
        answers = tuple(
            replace(answer, verdict="not_estimable", reason=UNSURE, values={"code": CODE})
            if self._may_have_failed(answer)
            else answer
            for answer in answers
        )
        if self.shelf is not None and not self.faults:
            families = {name: getattr(self, name) for name in FAMILIES}
            self.shelf.write(self.bundle, self.round.id, Kept(families=families, ledger=answers))
        return answers

    def _may_have_failed(self, answer: Answer) -> bool:
        """Whether what would answer a claim may be missing because a part of the evaluation failed."""
        of_survey = answer.claim.id in {outcome.claim for outcome in self.programme.outcomes}
        room = ".pairing." if answer.claim.id in AUDITS else ".survey." if of_survey else "."
        return answer.reason == NO_DATA and any(room in fault.part for fault in self.faults)

    def withheld_by(self) -> str:
        """Why the report may not be published for faults contained: which figure, or how many; else empty.

        A primary or key claim or an audit that failed is missed more than the rest is worth, and so are more figures
        than the programme's ``[report] failed_figures``.
        """
        declared = self.programme.declared
        kept = {declared.primary, *declared.keys} | AUDITS
        for answer in self.ledger:
            failed = has_failed(answer.result) or has_failed(answer.this_round) or answer.reason == UNSURE
            if failed and answer.claim.id in kept:
                return f"claim {answer.claim.id} is primary, key or an audit, and its computation failed"
        if len(self.faults) > self.programme.failed_figures:
            return f"{len(self.faults)} figures failed, more than [report] failed_figures allows"
        return ""


def open_study(programme: str | Path, round_id: str, *, shelf: Shelf | None = None) -> Study:
    """Read a programme's folder and open one of its rounds.

    Opening the same round again while no file has changed gives the same object, so that chapters share the work.

    Parameters
    ----------
    programme : str or Path
        The programme's folder.
    round_id : str
        Such as ``2026H1``.
    shelf : Shelf, optional
        Where evaluations are kept.

    Raises
    ------
    InputError
        Every problem of the folder's files, or RM-E-006 for an unknown round.
    """
    folder = Path(programme).resolve()
    if (folder, round_id) in _held:
        return _held[folder, round_id]
    return _study(folder, tuple(sorted(stamps_of(folder).items())), round_id, shelf)


def hold_study(programme: str | Path, round_id: str, *, shelf: Shelf | None = None) -> Study:
    """Open a round and hold it: `open_study` then gives this one, whatever becomes of its files, until another is held.

    Whoever makes a report of several chapters holds its round first, so that no chapter sees other data.
    """
    _held.clear()
    study = open_study(programme, round_id, shelf=shelf)
    _held[Path(programme).resolve(), round_id] = study
    return study


_held: dict[tuple[Path, str], Study] = {}


@lru_cache(maxsize=32)
def _study(folder: Path, stamp: tuple[tuple[str, Stamp], ...], round_id: str, shelf: Shelf | None) -> Study:
    return Study(_bundle(folder, stamp), round_id, shelf)


@lru_cache(maxsize=1)
def _bundle(folder: Path, stamp: tuple[tuple[str, Stamp], ...]) -> Bundle:  # noqa: ARG001  (stamp is the key)
    return read_bundle(folder)
