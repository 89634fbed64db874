"""How far generations keep to themselves after the round, by every measure beside the E–I index, and what stayed.

Unit of analysis: person; for the regression on pairs the ordered pair. Tandem ties are taken out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.network.waves import Seen, held_at, stream
from rmanalytics.measures.network.brokerage import brokerage_roles
from rmanalytics.measures.network.change import tie_jaccard
from rmanalytics.measures.network.ei_parts import cut_ties
from rmanalytics.measures.network.ei_within_strata import ei_within_strata
from rmanalytics.measures.network.mrqap_of_people import mrqap_of_people
from rmanalytics.measures.network.nulls.degree_null import ei_degree_null
from rmanalytics.measures.network.segregation import (
    coleman_homophily,
    freeman_segregation,
    nominal_assortativity,
    numeric_assortativity,
    within_between_odds,
)
from rmanalytics.measures.network.turnover import tie_turnover
from rmanalytics.measures.rows import looked_up
from rmanalytics.results import NotEstimable, Result, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle

AGE = "age"
REWIRED_DRAWS = 199
STRATA_DRAWS = 2_000
MANY_TIES, FEWER = 100_000, 99
MOST_PEOPLE = 3_000
"""People among whom all ordered pairs are tested: more would take longer than the rest of the chapter."""
TOO_MANY = "more than {most} people: a test on all their pairs would take too long"
NO_POSITIONS = "unit and level of the people are not known"
SAME, GAP = ("generation", "unit"), ("level",)


@block
def segregation(bundle: Bundle, wave: Seen) -> list[Result]:
    """Every measure of how generations keep to themselves, at one wave."""
    people, ties, seed = wave.people, wave.ties, bundle.programme.seed
    birth = bundle.table("people").set_index("person_id")["birth_year"]
    aged = pd.DataFrame({"person_id": people["person_id"], "value": looked_up(people["person_id"], birth)})
    return [
        nominal_assortativity(people, ties),
        about(
            numeric_assortativity(
                aged, ties, rng=stream(seed, 25), seed=seed, draws=FEWER if len(ties) > MANY_TIES else 999
            ),
            outcome=AGE,
        ),
        freeman_segregation(people, ties),
        within_between_odds(people, ties),
        coleman_homophily(people, ties),
        cut_ties(people, ties),
        brokerage_roles(people, ties),
    ]


@block
def beside_the_obvious(bundle: Bundle, wave: Seen) -> list[Result]:
    """The index less what popularity explains, and less what the make-up of the units explains."""
    seed = bundle.programme.seed
    found: list[Result] = [ei_degree_null(wave.people, wave.ties, rng=stream(seed, 21), seed=seed, draws=REWIRED_DRAWS)]
    held = held_at(bundle, wave.day)
    if len(held):
        placed = wave.people.assign(stratum=looked_up(wave.people["person_id"], held["unit"]))
        found.append(ei_within_strata(placed, wave.ties, rng=stream(seed, 22), seed=seed, draws=STRATA_DRAWS))
    return found


def on_pairs(bundle: Bundle, wave: Seen) -> Result:
    """Whether generation goes with ties once unit and level are held, over all pairs of people."""
    held = held_at(bundle, wave.day)
    people = wave.people[wave.people["generation"].notna() & wave.people["person_id"].isin(held.index)]
    name, unit = "mrqap", "coefficient"
    if not len(people):
        return NotEstimable(name=name, unit=unit, reason=NO_POSITIONS, n=len(wave.people))
    if len(people) > MOST_PEOPLE:
        values = {"most": MOST_PEOPLE}
        return NotEstimable(name=name, unit=unit, reason=TOO_MANY, n=len(people), values=values)
    known = people.assign(**{name: looked_up(people["person_id"], held[name]) for name in ("unit", "level")})
    seed = bundle.programme.seed
    return mrqap_of_people(known, wave.ties, same=SAME, gap=GAP, rng=stream(seed, 20), seed=seed)


@block
def turnover(before: Seen, after: Seen) -> list[Result]:
    """How many ties stayed from wave to wave among people at both, within generations and between them."""
    both = before.people[before.people["person_id"].isin(after.people["person_id"])]
    return [
        tie_jaccard(both, before.ties, after.ties),
        tie_turnover(before.people, before.ties, after.people, after.ties),
    ]
