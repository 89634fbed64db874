"""One round of one programme: its data and, by family, its results.

A `Study` computes a family when it is first asked for and keeps it; two notebooks of one run share the work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, lru_cache, wraps
from pathlib import Path
from typing import Concatenate

from rmanalytics.containment import CODE, Fault, P, R, containing, has_failed
from rmanalytics.evaluation.across_rounds import across
from rmanalytics.evaluation.claims import AUDITS, Answer
from rmanalytics.evaluation.comparison.balance import balance
from rmanalytics.evaluation.engagement.delivery import engagement
from rmanalytics.evaluation.engagement.reach import reach
from rmanalytics.evaluation.ledger import NO_DATA, ledger
from rmanalytics.evaluation.lots.as_drawn import by_the_lot
from rmanalytics.evaluation.network.bridge import network
from rmanalytics.evaluation.pairing.rules import pairing
from rmanalytics.evaluation.retention.staying import retention
from rmanalytics.evaluation.survey.exposure_response import company
from rmanalytics.evaluation.survey.goal_attainment import goals
from rmanalytics.evaluation.survey.outcomes import survey
from rmanalytics.evaluation.survey.upward_feedback import upward
from rmanalytics.evaluation.value.branding import branding
from rmanalytics.evaluation.value.cost_effectiveness import value
from rmanalytics.evaluation.value.costs import costs
from rmanalytics.intake.bundle import Bundle, Stamp, read_bundle, stamps_of
from rmanalytics.programme.programme import Programme, Round
from rmanalytics.results import Results

UNSURE = "the data that would answer it are not there, or the computation failed ({code})"


def _containing(compute: Callable[Concatenate[Study, P], R]) -> Callable[Concatenate[Study, P], R]:
    """Contain the faults of single figures in what a study computes, and keep them in its list."""

    @wraps(compute)
    def wrapped(study: Study, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with containing(study.faults):
            return compute(study, *args, **kwargs)

    return wrapped


class Study:
    """The evaluation of one round.

    Parameters
    ----------
    bundle : Bundle
        The programme's checked data.
    round_id : str
        A round that the programme declares.

    Raises
    ------
    InputError
        RM-E-006 when there is no such round.

    Attributes
    ----------
    faults : list of Fault
        What was contained so far: one figure each, see `rmanalytics.containment`.
    """

    def __init__(self, bundle: Bundle, round_id: str) -> None:
        self.bundle = bundle
        self.round: Round = bundle.programme.round(round_id)
        self.faults: list[Fault] = []

    @property
    def programme(self) -> Programme:
        """What the programme declares about itself."""
        return self.bundle.programme

    @cached_property
    @_containing
    def pairing(self) -> Results:
        """Audit of the pairing rules."""
        return pairing(self.bundle, self.round)

    @cached_property
    @_containing
    def engagement(self) -> Results:
        """The round as it was delivered."""
        return engagement(self.bundle, self.round)

    @cached_property
    @_containing
    def reach(self) -> Results:
        """Who was reached."""
        return reach(self.bundle, self.round)

    @cached_property
    @_containing
    def survey(self) -> Results:
        """What changed in the survey, who was compared, goals, and the feedback of the mentees' own reports."""
        return (
            survey(self.bundle, self.round)
            + balance(self.bundle, self.round)
            + goals(self.bundle, self.round)
            + upward(self.bundle, self.round)
        )

    @cached_property
    @_containing
    def lot(self) -> Results:
        """What the lot decided, whether it held, and what it lets one conclude."""
        return by_the_lot(self.bundle, self.round)

    @cached_property
    @_containing
    def retention(self) -> Results:
        """Staying and promotion."""
        return retention(self.bundle, self.round)

    @cached_property
    @_containing
    def network(self) -> Results:
        """The bridge between generations."""
        return network(self.bundle, self.round)

    @cached_property
    @_containing
    def company(self) -> Results:
        """The whole company in its pulse survey."""
        return company(self.bundle, self.round)

    @cached_property
    @_containing
    def branding(self) -> Results:
        """Employer-branding figures."""
        return branding(self.bundle, self.round)

    @cached_property
    @_containing
    def costs(self) -> Results:
        """What the round cost."""
        return costs(self.bundle, self.round)

    @cached_property
    @_containing
    def value(self) -> Results:
        """What the gain cost, and against what."""
        return value(self.bundle, self.round, self.survey, self.retention)

    @cached_property
    @_containing
    def across(self) -> Results:
        """All rounds up to this one, side by side."""
        return across(self.bundle, self.round)

    @cached_property
    def results(self) -> Results:
        """Every result of the round, family by family."""
        return (
            self.pairing
            + self.engagement
            + self.reach
            + self.survey
            + self.lot
            + self.retention
            + self.network
            + self.company
            + self.branding
            + self.costs
            + self.value
            + self.across
        )

    @cached_property
    def ledger(self) -> tuple[Answer, ...]:
        """An answer to every claim; where parts of the evaluation failed, "no data" is not said for certain."""
        answers = ledger(self.bundle, self.round, self.results, lambda name: Study(self.bundle, name).results)
        return tuple(
            replace(answer, verdict="not_estimable", reason=UNSURE, values={"code": CODE})
            if self._may_have_failed(answer)
            else answer
            for answer in answers
        )

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


def open_study(programme: str | Path, round_id: str) -> Study:
    """Read a programme's folder and open one of its rounds.

    Opening the same round again while no file has changed gives the same object, so that chapters share the work.

    Parameters
    ----------
    programme : str or Path
        The programme's folder.
    round_id : str
        Such as ``2026H1``.

    Raises
    ------
    InputError
        Every problem of the folder's files, or RM-E-006 for an unknown round.
    """
    folder = Path(programme).resolve()
    if (folder, round_id) in _held:
        return _held[folder, round_id]
    return _study(folder, tuple(sorted(stamps_of(folder).items())), round_id)


def hold_study(programme: str | Path, round_id: str) -> Study:
    """Open a round and hold it: `open_study` then gives this one, whatever becomes of its files, until another is held.

    Whoever makes a report of several chapters holds its round first, so that no chapter sees other data.
    """
    _held.clear()
    study = open_study(programme, round_id)
    _held[Path(programme).resolve(), round_id] = study
    return study


_held: dict[tuple[Path, str], Study] = {}


@lru_cache(maxsize=32)
def _study(folder: Path, stamp: tuple[tuple[str, Stamp], ...], round_id: str) -> Study:
    return Study(_bundle(folder, stamp), round_id)


@lru_cache(maxsize=1)
def _bundle(folder: Path, stamp: tuple[tuple[str, Stamp], ...]) -> Bundle:  # noqa: ARG001  (stamp is the key)
    return read_bundle(folder)
