"""One round of one programme: its data and, by family, its results.

A `Study` computes a family when it is first asked for and keeps it; two notebooks of one run share the work.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path

from rmanalytics.evaluation.across_rounds import across
from rmanalytics.evaluation.claims import Answer
from rmanalytics.evaluation.comparison.balance import balance
from rmanalytics.evaluation.engagement.delivery import engagement
from rmanalytics.evaluation.engagement.reach import reach
from rmanalytics.evaluation.ledger import ledger
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
    """

    def __init__(self, bundle: Bundle, round_id: str) -> None:
        self.bundle = bundle
        self.round: Round = bundle.programme.round(round_id)

    @property
    def programme(self) -> Programme:
        """What the programme declares about itself."""
        return self.bundle.programme

    @cached_property
    def pairing(self) -> Results:
        """Audit of the pairing rules."""
        return pairing(self.bundle, self.round)

    @cached_property
    def engagement(self) -> Results:
        """The round as it was delivered."""
        return engagement(self.bundle, self.round)

    @cached_property
    def reach(self) -> Results:
        """Who was reached."""
        return reach(self.bundle, self.round)

    @cached_property
    def survey(self) -> Results:
        """What changed in the survey, who was compared, goals, and the feedback of the mentees' own reports."""
        return (
            survey(self.bundle, self.round)
            + balance(self.bundle, self.round)
            + goals(self.bundle, self.round)
            + upward(self.bundle, self.round)
        )

    @cached_property
    def retention(self) -> Results:
        """Staying and promotion."""
        return retention(self.bundle, self.round)

    @cached_property
    def network(self) -> Results:
        """The bridge between generations."""
        return network(self.bundle, self.round)

    @cached_property
    def company(self) -> Results:
        """The whole company in its pulse survey."""
        return company(self.bundle, self.round)

    @cached_property
    def branding(self) -> Results:
        """Employer-branding figures."""
        return branding(self.bundle, self.round)

    @cached_property
    def costs(self) -> Results:
        """What the round cost."""
        return costs(self.bundle, self.round)

    @cached_property
    def value(self) -> Results:
        """What the gain cost, and against what."""
        return value(self.bundle, self.round, self.survey, self.retention)

    @cached_property
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
        """An answer to every claim."""
        return ledger(self.bundle, self.round, self.results, lambda name: Study(self.bundle, name).results)


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
