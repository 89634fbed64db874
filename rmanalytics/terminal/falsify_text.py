"""What the method shows on the programme's own answers where nothing is, in words."""

from __future__ import annotations

from collections.abc import Sequence

from rmanalytics.evaluation.falsify import Trial, hundredths

NONE = "Nothing could be tried: there are not ten people in each group with scores, places in the network or exits."


def as_text(trials: Sequence[Trial]) -> str:
    """A sentence for each claim, and what speaks against the method."""
    return "\n".join(line for trial in trials for line in _lines(trial)) or NONE


def _lines(trial: Trial) -> list[str]:
    said = (
        f"{trial.claim} ({trial.outcome}, {trial.people_n} people, {trial.rounds_n} rounds): on your data this method "
        f"shows something where nothing is in {hundredths(trial.shown + trial.against, trial.draws)} of 100, and finds "
        f"{trial.effect:g} {trial.unit} in {hundredths(trial.found, trial.draws)} of 100."
    )
    if trial.nobody_draws:
        said += (
            f" Among {trial.nobody_draws} made of people who did not take part it shows something in "
            f"{hundredths(trial.nobody_shown, trial.nobody_draws)} of 100."
        )
    return [said, *(f"  NOT TO BE TRUSTED: {text.format(**values)}." for text, values in trial.faults)]
