"""Figures of single questions: own goals, leaders as their teams see them, mentors wanted, the pulse, new ties.

Unit: one set of people, decided by membership alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.evaluation.cohort import by_codes, groups
from rmanalytics.evaluation.network.waves import AFTER, BEFORE, ENDS, seen_at, tandem_pairs, waves
from rmanalytics.evaluation.survey.exposure_response import DIGITAL, LEARNING, pulse_scores
from rmanalytics.evaluation.survey.outcomes import MENTOR_WANTED, mentor_wanted, wanting_a_mentor
from rmanalytics.evaluation.survey.upward_feedback import INSTRUMENT, leader_ratings
from rmanalytics.release import blur
from rmanalytics.release.figures import Entry, Gate, people
from rmanalytics.results import PARTICIPANTS, SIDES, Estimate

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

MOST_TIES = 8
LEAST_RATERS = 25
Ends = tuple[float, float]


def _score(row: str, name: str, scores: pd.Series[float], ends: Ends, gate: Gate, **told: Any) -> Iterator[Entry]:
    """The blurred mean of a score over the people that index it, where there are enough."""
    if not gate.catalogue.enough(row, len(scores)):
        return
    low, high = ends
    sums = {str(person): blur.milli_steps(float(score), low, high) for person, score in scores.items()}
    about = {"round_id": str(told["round"]), "kind": "level_after", "scale": name}
    total, n = gate.sum_of(f"{name}.{told['round']}", sums, **about, direction=told.pop("direction", "up"))
    value = blur.mean_shown(total, n, low=low, high=high)
    told |= {"scale_ends": [low, high], "n": people(n)}
    yield gate.entry(f"{name}.{told['round']}", row, value=value, **told)


def goals(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """How far the mentees of a round reached their own goals: the weighted mean of each, from -2 to 2."""
    if not bundle.has("goals"):
        return
    table = bundle.table("goals")
    table = table[(table["round_id"] == round_.id) & table["attained"].notna()]
    members = groups(bundle, round_, "mentee")
    own = table[table["person_id"].isin(members.loc[members["group"] == PARTICIPANTS, "person_id"])]
    weighted = own.assign(product=own["weight"] * own["attained"]).groupby("person_id")[["product", "weight"]].sum()
    reached = weighted["product"] / weighted["weight"]
    about = {"side": "mentee", "round": round_.id, "unit": "goal points"}
    yield from _score("goals", "goals.mentee", reached, (-2, 2), gate, **about)


def upward(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """The mentees as leaders afterwards, by those whom they lead: the mean of each leader's raters."""
    if not bundle.has("upward"):
        return
    ratings = leader_ratings(bundle, round_).dropna(subset=["score"])
    own = ratings[(ratings["wave"] == "post") & (ratings["group"] == PARTICIPANTS)]
    if own["rater"].nunique() < LEAST_RATERS:
        return
    instrument = bundle.programme.instruments[INSTRUMENT]
    ends = (instrument.scale_min, instrument.scale_max)
    about = {"side": "mentee", "round": round_.id, "unit": "scale points"}
    yield from _score("upward", "upward.mentee", own.groupby("leader_id")["score"].mean(), ends, gate, **about)


def would_accept(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """The share of the juniors asked who would accept a mentor; nothing where most of a sample is silent."""
    told = any(isinstance(one, Estimate) for one in mentor_wanted(bundle, round_))
    if told and not by_codes(bundle, round_):
        yes = wanting_a_mentor(bundle, round_)
        about = {"round_id": round_.id, "question": MENTOR_WANTED, "side": "mentor"}
        yield from gate.share(f"would_accept.{round_.id}", "would_accept", yes, **about)


def pulse(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """The company in its pulse survey of a round, on each scale that it asks."""
    if not bundle.has("answers"):
        return
    for name in (DIGITAL, LEARNING):
        scores = pulse_scores(bundle, round_, name)
        if scores is not None:
            instrument = bundle.programme.instruments[name]
            ends = (instrument.scale_min, instrument.scale_max)
            about = {"round": round_.id, "scale": name, "unit": "scale points", "direction": instrument.direction}
            yield from _score("pulse", f"pulse.{name}", scores, ends, gate, **about)


def new_ties(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """Contacts after the round that people of a side did not have before, tandems taken out, counted up to eight."""
    days = waves(bundle, round_)
    if not {BEFORE, AFTER} <= set(days):
        return
    pairs = tandem_pairs(bundle, max(days.values()))
    first, second = (seen_at(bundle, days[when], pairs) for when in (BEFORE, AFTER))
    there = set(first.people["person_id"]) & set(second.people["person_id"])
    had, has = (_contacts(seen.ties) for seen in (first, second))
    counts = has[~has.index.isin(had.index)].groupby(level=0).size()
    for side in SIDES:
        members = groups(bundle, round_, side)
        ids = members.loc[(members["group"] == PARTICIPANTS) & members["person_id"].isin(there), "person_id"].unique()
        found = counts.reindex(ids, fill_value=0).clip(upper=MOST_TIES).astype("float64")
        about = {"side": side, "round": round_.id, "unit": "ties"}
        yield from _score("new_ties", f"new_ties.{side}", found, (0, MOST_TIES), gate, **about)


def _contacts(ties: pd.DataFrame) -> pd.Series[Any]:
    """Who knows whom, whoever named the other."""
    turned = ties[ENDS].set_axis(ENDS[::-1], axis=1)
    both = pd.concat([ties[ENDS], turned[ENDS]]).drop_duplicates()
    return pd.Series(1, index=pd.MultiIndex.from_frame(both))
