"""Both sides of the tandem: how they judge their relationship, how alike they are, whose start matters for whom.

Unit of analysis: tandem.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.measures.rows import looked_up
from rmanalytics.measures.stats import means
from rmanalytics.measures.survey import apim, eye_level, scoring
from rmanalytics.results import SIDES, Result, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.declared_plan import Outcome
    from rmanalytics.programme.programme import Round

RELATIONSHIP = "tandem_relationship"
BOTH = "both"
CLAIM_OF = {"trust_respect": "T1", "eye_level": "T2", "safety": "T3"}
"""Subscales whose share of tandems with both sides at or above a point answers a claim."""
POINT, MARGIN = 0.75, 0.125
"""That point, and the distance that still counts as alike, as shares of the scale: 4 and 0.5 on a scale of 1 to 5."""
TRAINING = "training"
STREAM = 70


@block
def relationship(bundle: Bundle, round_: Round, answers: pd.DataFrame) -> Iterator[Result]:
    """Relationship scales after the round: per side, per tandem (mean of the two), agreement and distance."""
    instrument = bundle.programme.instruments.get(RELATIONSHIP)
    tandems = round_tandems(bundle, round_)
    after = answers[answers["wave"] == "post"]
    if instrument is None or tandems is None or not after["item"].isin(instrument.item_ids).any():
        return
    midpoint = (instrument.scale_min + instrument.scale_max) / 2
    for subscale in ("", *instrument.subscales):
        name = f"{RELATIONSHIP}.{subscale}" if subscale else RELATIONSHIP
        scored = scoring.scores(after, instrument, subscale=subscale).set_index("person_id")["score"]
        pairs = pd.DataFrame(
            {"tandem_id": tandems["tandem_id"], **{side: looked_up(tandems[f"{side}_id"], scored) for side in SIDES}}
        )
        for side in SIDES:
            yield about(_mean(pairs["tandem_id"], pairs[side], midpoint), outcome=name, side=side)
        both = pairs[list(SIDES)].mean(axis=1, skipna=False)
        yield about(_mean(pairs["tandem_id"], both, midpoint), outcome=name, side=BOTH)
        yield about(apim.dyadic_icc(pairs), outcome=name, side=BOTH)
        yield about(apim.side_difference(pairs), outcome=name, side=BOTH)
        if subscale in CLAIM_OF:
            width = instrument.scale_max - instrument.scale_min
            own = bundle.programme.declared.claims.get(CLAIM_OF[subscale], {})
            point = float(own.get("point", instrument.scale_min + POINT * width))
            share = eye_level.both_at_point_share(pairs, point=point, margin=MARGIN * width)
            yield about(share, outcome=name, side=BOTH)
            trained = _trained(bundle, round_)
            if scored.index.isin(trained).any():
                scores = scored[scored.index.isin(trained)].rename_axis("person_id").reset_index()
                yield about(eye_level.class_difference(pairs, scores), outcome=name, side=BOTH)


def _trained(bundle: Bundle, round_: Round) -> pd.Series:
    """People of the round who sat in a class instead."""
    if not bundle.has("comparison"):
        return pd.Series(dtype="str")
    listed = bundle.table("comparison")
    return listed.loc[(listed["round_id"] == round_.id) & (listed["kind"] == TRAINING), "person_id"]


@block
def both_learn(
    bundle: Bundle, round_: Round, scores_of: dict[str, pd.DataFrame], outcomes: dict[str, Outcome]
) -> Iterator[Result]:
    """Own and partner's start: each side's first declared scale, before and after, tandem by tandem.

    Parameters
    ----------
    bundle, round_ : Bundle, Round
        For the tandems.
    scores_of : mapping of side to DataFrame
        ``person_id, pre, post`` of the side's first declared outcome.
    outcomes : mapping of side to Outcome
        Those outcomes.
    """
    tandems = round_tandems(bundle, round_)
    if tandems is None or set(scores_of) != set(SIDES):
        return
    columns = {"tandem_id": tandems["tandem_id"]}
    for side in SIDES:
        scored = scores_of[side].set_index("person_id")
        for wave in ("pre", "post"):
            columns[f"{side}_{wave}"] = looked_up(tandems[f"{side}_id"], scored[wave])
    pairs = pd.DataFrame(columns)
    name = "+".join(outcomes[side].instrument for side in SIDES)
    yield about(apim.actor_partner(pairs), outcome=name, side=BOTH)
    yield about(apim.rest_correlation(pairs), outcome=name, side=BOTH)
    seed = bundle.programme.seed
    alike = apim.sides_alike(pairs, rng=np.random.default_rng([seed, STREAM]), seed=seed)
    yield about(alike, outcome=name, side=BOTH)


def _mean(unit_id: pd.Series, score: pd.Series, midpoint: float) -> Result:
    return means.scale_mean(pd.DataFrame({"unit_id": unit_id, "score": score}), reference=midpoint)
