"""What changed in the survey: every declared outcome, per side, against the comparison group.

Unit of analysis: person; for the tandem's relationship scales the tandem.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.evaluation.cohort import COMPARISON, PARTICIPANTS, SIDES, comparator_of, groups, round_tandems
from rmanalytics.measures import change, comparison, means, power, scales
from rmanalytics.measures.proportions import wilson_share
from rmanalytics.results import Curve, Estimate, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.instruments import Instrument
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme import Outcome, Round

RELATIONSHIP = "tandem_relationship"
MENTOR_WANTED = "mentor_wanted"


def survey(bundle: Bundle, round_: Round) -> Results:
    """All survey results of a round; empty where there are no answers."""
    if not bundle.has("answers"):
        return Results()
    answers = bundle.table("answers")
    answers = answers[answers["round_id"] == round_.id]
    items: list[Result] = []
    for side in SIDES:
        members = groups(bundle, round_, side)
        outcomes = [outcome for outcome in bundle.programme.outcomes if outcome.side == side]
        if not len(members) or not outcomes:
            continue
        items += _flow(answers, members, bundle.programme.instruments[outcomes[0].instrument], side)
        for outcome in outcomes:
            items += _outcome(answers, members, bundle.programme.instruments[outcome.instrument], outcome)
    items += _relationship(bundle, round_, answers)
    items += _mentor_wanted(bundle, round_, answers)
    return Results(items)


def outcome_scores(
    answers: pd.DataFrame, members: pd.DataFrame, instrument: Instrument, subscale: str = ""
) -> pd.DataFrame:
    """Scores before and after, one row a person of either group: ``person_id, group, pre, post``.

    People without a score keep their row, so that what is missing is counted.
    """
    own = answers[answers["person_id"].isin(members["person_id"]) & answers["wave"].isin(("pre", "post"))]
    scored = scales.pre_post(scales.scores(own, instrument, subscale=subscale))
    return members[["person_id", "group"]].merge(scored, how="left", on="person_id")


def _outcome(
    answers: pd.DataFrame, members: pd.DataFrame, instrument: Instrument, outcome: Outcome
) -> Iterator[Result]:
    for subscale in ("", *instrument.subscales):
        name = f"{instrument.name}.{subscale}" if subscale else instrument.name
        scored = outcome_scores(answers, members, instrument, subscale)
        middle = (instrument.scale_min + instrument.scale_max) / 2
        for result in _contrast(scored, members, middle, primary=outcome.primary and not subscale):
            yield about(result, outcome=name, side=outcome.side)
        if subscale:
            continue
        for wave in ("pre", "post"):
            keyed = scales.keyed_items(answers[answers["person_id"].isin(members["person_id"])], instrument)
            at_wave = keyed[keyed["wave"] == wave].drop(columns="wave")
            yield about(scales.cronbach_alpha(at_wave), outcome=name, side=outcome.side, group=wave)
        own = scored.loc[scored["group"] == PARTICIPANTS, ["person_id", "pre"]].rename(columns={"pre": "score"})
        for share in (scales.floor_share(own, instrument), scales.ceiling_share(own, instrument)):
            yield about(share, outcome=name, side=outcome.side, group="pre")


def _contrast(scored: pd.DataFrame, members: pd.DataFrame, middle: float, *, primary: bool) -> Iterator[Result]:
    for group in (PARTICIPANTS, COMPARISON):
        own = scored.loc[scored["group"] == group, ["person_id", "pre", "post"]]
        if len(own):
            yield from (about(wave_mean, group=group) for wave_mean in _wave_means(own, middle))
            for measure in (
                change.paired_change,
                change.paired_g_av,
                change.improved_share,
                change.unchanged_share,
                change.worse_share,
            ):
                yield about(measure(own), group=group)
    against = comparator_of(members)
    between = [
        comparison.adjusted_difference(scored),
        comparison.change_score_difference(scored),
        comparison.baseline_difference(scored),
    ]
    if primary:
        between.append(comparison.slope_difference(scored))
    for result in between:
        yield _compared(result, against)
    adjusted = between[0]
    if primary and isinstance(adjusted, Estimate) and adjusted.n_comparator:
        yield power.minimum_detectable_difference(
            adjusted.n, adjusted.n_comparator, sd=adjusted.extra["sigma"], unit=adjusted.unit
        )


def _wave_means(own: pd.DataFrame, middle: float) -> Iterator[Result]:
    """Mean of everyone who has a score at a wave, whether or not the other wave is there."""
    for wave in ("pre", "post"):
        frame = own[["person_id", wave]].set_axis(["unit_id", "score"], axis=1)
        yield replace(means.scale_mean(frame, reference=middle, unit_of_analysis="person"), name=f"wave_mean_{wave}")


def _compared(result: Result, against: str) -> Result:
    return replace(result, comparator=against) if isinstance(result, Estimate) else result


def _flow(answers: pd.DataFrame, members: pd.DataFrame, instrument: Instrument, side: str) -> Iterator[Curve]:
    scored = outcome_scores(answers, members, instrument)
    for group, rows in scored.groupby("group", sort=False):
        stages = {
            "matched": len(rows),
            "pre": int(rows["pre"].notna().sum()),
            "post": int(rows["post"].notna().sum()),
            "analysed": int((rows["pre"].notna() & rows["post"].notna()).sum()),
        }
        yield Curve(
            name="flow",
            unit="count",
            points=pd.DataFrame({"stage": list(stages), "n": list(stages.values())}),
            n=len(rows),
            unit_of_analysis="person",
            method="people by stage, from matched to analysed",
            outcome=instrument.name,
            side=side,
            group=str(group),
        )


def _relationship(bundle: Bundle, round_: Round, answers: pd.DataFrame) -> Iterator[Result]:
    """The tandem's relationship after the round: per side, and per tandem as the mean of its two members."""
    instrument = bundle.programme.instruments.get(RELATIONSHIP)
    tandems = round_tandems(bundle, round_)
    if instrument is None or tandems is None or not len(tandems):
        return
    after = answers[answers["wave"] == "post"]
    if not after["item"].isin(instrument.item_ids).any():
        return
    midpoint = (instrument.scale_min + instrument.scale_max) / 2
    for subscale in ("", *instrument.subscales):
        name = f"{RELATIONSHIP}.{subscale}" if subscale else RELATIONSHIP
        scored = scales.scores(after, instrument, subscale=subscale).set_index("person_id")["score"]
        sides = {side: tandems[f"{side}_id"].map(scored) for side in SIDES}
        for side, values in sides.items():
            frame = pd.DataFrame({"unit_id": tandems["tandem_id"], "score": values})
            yield about(means.scale_mean(frame, reference=midpoint), outcome=name, side=side)
        both = pd.concat(sides.values(), axis=1).mean(axis=1, skipna=False)
        frame = pd.DataFrame({"unit_id": tandems["tandem_id"], "score": both})
        yield about(means.scale_mean(frame, reference=midpoint), outcome=name, side="both")


def _mentor_wanted(bundle: Bundle, round_: Round, answers: pd.DataFrame) -> Iterator[Result]:
    """Share of the juniors asked, participants or not, who would accept a mentor of their own."""
    instrument = bundle.programme.instruments.get(MENTOR_WANTED)
    if instrument is None:
        return
    members = groups(bundle, round_, "mentor")
    asked = answers[answers["item"].isin(instrument.item_ids) & answers["person_id"].isin(members["person_id"])]
    scored = scales.scores(asked[asked["wave"] == "pre"], instrument)["score"].dropna()
    if len(scored):
        agree = int((scored > (instrument.scale_min + instrument.scale_max) / 2).sum())
        share = wilson_share(agree, len(scored), name="mentor_wanted_share", unit_of_analysis="person")
        yield about(share, outcome=MENTOR_WANTED, side="mentor")


def primary_outcome(bundle: Bundle) -> Outcome | None:
    """The outcome that the programme declared as primary, if any."""
    return next((outcome for outcome in bundle.programme.outcomes if outcome.primary), None)
