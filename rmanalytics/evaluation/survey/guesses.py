"""Whether executives know the young: their guesses at a junior's answers, before and after, of both groups.

Unit of analysis: the senior; who is guessed at stands beside each guess, for participants and for those compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import comparator_of, respondents
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.survey.all_rounds import clustered_difference
from rmanalytics.measures.survey.guess_accuracy import guess_accuracy
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate, NotEstimable, Result, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

GUESSES = "guesses"
"""Name of the outcome, and of the table that it comes from."""
SIDE = "mentee"
WAVES = ("pre", "post")


def accuracies(bundle: Bundle, round_: Round) -> pd.DataFrame | None:
    """``person_id, group, pre, post`` of every senior asked: mean accuracy of the guesses at a wave.

    None without guesses in the round, or without somebody who is compared.
    """
    if not bundle.has(GUESSES, "answers"):
        return None
    guesses, answers = (table[table["round_id"] == round_.id] for table in map(bundle.table, (GUESSES, "answers")))
    members = respondents(bundle, round_, SIDE)
    if guesses.empty or set(members["group"]) != {PARTICIPANTS, COMPARISON}:
        return None
    found = members[["person_id", "group"]].reset_index(drop=True)
    for wave in WAVES:
        asked = [table[table["wave"] == wave] for table in (guesses, answers)]
        true = asked[1][asked[1]["person_id"].isin(set(asked[0]["about_id"]) | _juniors(bundle, round_))]
        true = true[true["item"].isin(set(asked[0]["item"]))]
        known = guess_accuracy(
            asked[0][["person_id", "about_id", "item", "value"]], true[["person_id", "item", "value"]].dropna()
        )
        found[wave] = looked_up(found["person_id"], known.groupby("person_id")["accuracy"].mean()).astype("float64")
    return found


def _juniors(bundle: Bundle, round_: Round) -> set[str]:
    """Whose answers make the average: the juniors of both groups."""
    return set(respondents(bundle, round_, "mentor")["person_id"])


def accuracy_difference(people: pd.DataFrame) -> Estimate | NotEstimable:
    """`clustered_difference` of accuracies, in its own unit."""
    return replace(clustered_difference(people), name="accuracy_difference", unit="correlation")


@block
def guessed(bundle: Bundle, round_: Round) -> Iterator[Result]:
    """The difference of one round by itself."""
    people = accuracies(bundle, round_)
    if people is None:
        return
    rows = people.assign(round_id=round_.id, cluster_id=people["person_id"])
    found = about(accuracy_difference(rows), outcome=GUESSES, side=SIDE)
    against = comparator_of(respondents(bundle, round_, SIDE))
    yield replace(found, comparator=against) if isinstance(found, Estimate) else found
