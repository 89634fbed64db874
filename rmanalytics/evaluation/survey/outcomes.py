"""What changed in the survey: every declared outcome, per side, against the comparison group.

Unit of analysis: person; for the tandem's relationship scales the tandem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rmanalytics.containment import block
from rmanalytics.evaluation.cohort import BY_CODES, by_codes, comparator_of, kept, respondents
from rmanalytics.evaluation.lots.dealt import PERSON, arms_lots
from rmanalytics.evaluation.survey.both_sides import both_learn, relationship
from rmanalytics.evaluation.survey.guesses import guessed
from rmanalytics.evaluation.survey.invariance import adjusted, same_measure
from rmanalytics.measures.rows import places
from rmanalytics.measures.stats import exact_tests, means, mixed_model, power
from rmanalytics.measures.stats.multiple_testing import benjamini_hochberg
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.measures.survey import (
    ancova,
    attrition,
    follow_up,
    missing_bounds,
    paired_change,
    reliability,
    reliable_change,
    response_shift,
    scoring,
)
from rmanalytics.results import COMPARISON, PARTICIPANTS, SIDES, Curve, Estimate, NotEstimable, Result, Results, about

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.declared_plan import Outcome
    from rmanalytics.programme.instruments import Instrument
    from rmanalytics.programme.programme import Programme, Round

MENTOR_WANTED = "mentor_wanted"
DRAWN, APPLIED = "drawn", "applied"
"""Of whom a wish is told: a sample drawn by lot from everybody young, or those who applied."""
HALF_SILENT = "only {n} of {asked} people drawn answered; it takes half of them"
SILENT = "drawn, but no answer"
WAVES = ("pre", "post")
THEN, FOLLOW_UP = "then", "follow_up"
TASK = "digital_task"
STREAM = 30
SLOPES_OF = "M1"
"""The claim whose instrument tells whether those gain most who start lowest."""
ITEM_TABLE = (
    "mean change of each item among participants, t intervals; p-values after Benjamini and Hochberg, exploratory"
)
BY_SIZE = "smallest true difference found four times in five, by people in each group, spread as in this round"
SIZES = (10, 17, 25, 34, 50, 68, 100, 136)
OF_THE_FIRST = ("minimum_detectable_difference", "detectable_by_size")
"""What is asked only of the outcome that the report puts first."""
FLOW = "people by stage, from matched to analysed"


def survey(bundle: Bundle, round_: Round) -> Results:
    """All survey results of a round; empty where there are no answers."""
    if not bundle.has("answers"):
        return Results()
    answers = answers_of(bundle, round_)
    items: list[Result] = []
    first: dict[str, Outcome] = {}
    own_scores: dict[str, pd.DataFrame] = {}
    for side in SIDES:
        members = respondents(bundle, round_, side)
        outcomes = [outcome for outcome in bundle.programme.outcomes if outcome.side == side]
        if not len(members) or not outcomes:
            continue
        first[side] = outcomes[0]
        own_scores[side] = scored_of(bundle, round_, outcomes[0].instrument, side)
        items += _flow(own_scores[side], outcomes[0].instrument, side)
        for outcome in outcomes:
            items += _outcome(bundle, round_, outcome)
    items = adjusted(items)
    items += _of_tandems(bundle, round_, relationship(bundle, round_, answers))
    items += _of_tandems(bundle, round_, both_learn(bundle, round_, own_scores, first))
    items += mentor_wanted(bundle, round_)
    items += guessed(bundle, round_)
    return Results(items)


@block
def contrasts(bundle: Bundle, round_: Round, name: str, side: str) -> Iterator[Result]:
    """Of `survey` the change within each group and the difference between them, for one declared outcome alone."""
    members = respondents(bundle, round_, side)
    outcome = next((one for one in bundle.programme.outcomes if (one.instrument, one.side) == (name, side)), None)
    if outcome is None or not len(members) or not bundle.has("answers"):
        return
    instrument = bundle.programme.instruments[name]
    scored = scored_of(bundle, round_, name, side)
    middle = (instrument.scale_min + instrument.scale_max) / 2
    found = [*_own_changes(scored, middle), *_contrasts(scored, members)]
    found += _of_one(outcome, scored, members, found, bundle.programme)
    for result in found:
        yield about(result, outcome=name, side=side)


@block
def of_relationship(bundle: Bundle, round_: Round) -> Iterator[Result]:
    """Of `survey` the relationship scales alone."""
    if bundle.has("answers"):
        yield from _of_tandems(bundle, round_, relationship(bundle, round_, answers_of(bundle, round_)))


def _of_tandems(bundle: Bundle, round_: Round, found: Iterable[Result]) -> list[Result]:
    """Results of people whose tandem must be known: under codes it is not."""
    if not by_codes(bundle, round_):
        return list(found)
    return [
        about(NotEstimable(name=one.name, unit=one.unit, reason=BY_CODES, n=0), outcome=one.outcome, side=one.side)
        for one in found
    ]


@kept
def answers_of(bundle: Bundle, round_: Round) -> pd.DataFrame:
    """The answers of a round."""
    answers = bundle.table("answers")
    return answers[answers["round_id"] == round_.id]


def in_todays_wording(programme: Programme, answers: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Answers to earlier wordings under the item ids of today's, as far as the programme declares which is which."""
    renamed: dict[str, str] = {}
    for wording in programme.wordings:
        if wording.today == instrument.name:
            renamed |= wording.items
    return answers.assign(item=answers["item"].replace(renamed)) if renamed else answers


@kept
def scored_of(bundle: Bundle, round_: Round, name: str, side: str, *, today: bool = False) -> pd.DataFrame:
    """`outcome_scores` of a round's side; ``today`` scores answers to earlier wordings as answers to today's."""
    instrument, answers = bundle.programme.instruments[name], answers_of(bundle, round_)
    own = in_todays_wording(bundle.programme, answers, instrument) if today else answers
    return outcome_scores(own, respondents(bundle, round_, side), instrument)


def outcome_scores(
    answers: pd.DataFrame, members: pd.DataFrame, instrument: Instrument, subscale: str = ""
) -> pd.DataFrame:
    """Scores before and after, one row a person of either group: ``person_id, group, pre, post``.

    People without a score keep their row, so that what is missing is counted.
    """
    own = answers[answers["person_id"].isin(members["person_id"]) & answers["wave"].isin(WAVES)]
    return _beside(members, scoring.scores(own, instrument, subscale=subscale))


def _beside(members: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    found = scoring.pre_post(scores)
    at = places(pd.Index(found["person_id"]), members["person_id"])
    x = np.vstack([found[list(WAVES)].to_numpy(), [np.nan, np.nan]])[at]  # -1, where there is none, is the last row
    return members[["person_id", "group"]].reset_index(drop=True).assign(pre=x[:, 0], post=x[:, 1])


@block
def _outcome(bundle: Bundle, round_: Round, outcome: Outcome) -> Iterator[Result]:
    programme, answers = bundle.programme, answers_of(bundle, round_)
    instrument, members = programme.instruments[outcome.instrument], respondents(bundle, round_, outcome.side)
    middle = (instrument.scale_min + instrument.scale_max) / 2
    keyed = scoring.keyed_items(answers[answers["person_id"].isin(members["person_id"])], instrument)
    for subscale in ("", *instrument.subscales):
        name = f"{instrument.name}.{subscale}" if subscale else instrument.name
        scores = scoring.scale_scores(keyed, instrument, subscale=subscale)
        scored = _beside(members, scores)
        found = [*_own_changes(scored, middle), *_contrasts(scored, members)]
        if not subscale:
            found += _missing(scored, members, instrument)
            found += _later_waves(scores, members)
            found += _then_test(bundle, round_, outcome.side, scored, scores)
            found += _individual(scored, instrument)
            found += _scale_quality(keyed, scored, instrument, programme.seed)
            found += same_measure(keyed, members, instrument)
            found += _items(keyed, members, instrument)
            found += _of_one(outcome, scored, members, found, programme)
        for result in found:
            yield about(result, outcome=name, side=outcome.side)


@block
def _own_changes(scored: pd.DataFrame, middle: float) -> Iterator[Result]:
    """Each group by itself: means of everyone scored at a wave, and the change of those scored at both."""
    for group in (PARTICIPANTS, COMPARISON):
        own = scored.loc[scored["group"] == group, ["person_id", "pre", "post"]]
        if not len(own):
            continue
        for wave in WAVES:
            frame = own[["person_id", wave]].set_axis(["unit_id", "score"], axis=1)
            mean = means.scale_mean(frame, reference=middle, unit_of_analysis="person")
            yield about(replace(mean, name=f"wave_mean_{wave}"), group=group)
        for measure in (
            paired_change.paired_change,
            paired_change.paired_g_av,
            paired_change.improved_share,
            paired_change.unchanged_share,
            paired_change.worse_share,
            exact_tests.signed_rank,
            exact_tests.signed_rank_pratt,
            exact_tests.sign_flip,
        ):
            yield about(measure(own), group=group)


@block
def _contrasts(scored: pd.DataFrame, members: pd.DataFrame) -> Iterator[Result]:
    """Participants against the comparison group; the adjusted difference first, then what checks it."""
    against = comparator_of(members)
    for measure in (
        ancova.adjusted_difference,
        ancova.change_score_difference,
        ancova.baseline_difference,
        mixed_model.mixed_difference,
    ):
        yield _compared(measure(scored), against)


@block
def _of_one(
    outcome: Outcome, scored: pd.DataFrame, members: pd.DataFrame, found: list[Result], programme: Programme
) -> Iterator[Result]:
    """What one outcome alone is asked: the slopes of M1's instrument, the power of the one that is put first."""
    if outcome.claim == SLOPES_OF:
        yield _compared(ancova.slope_difference(scored), comparator_of(members))
    if outcome == programme.main_outcome:
        yield from _main(found)


def _main(found: list[Result]) -> Iterator[Result]:
    """What a round of this size, and of others, could have shown in the outcome that the report puts first."""
    adjusted = next(result for result in found if result.name == "adjusted_difference")
    if isinstance(adjusted, Estimate) and adjusted.n_comparator:
        sd, unit = adjusted.extra["sigma"], adjusted.unit
        yield power.minimum_detectable_difference(adjusted.n, adjusted.n_comparator, sd=sd, unit=unit)
        yield _by_size(sd, unit)


def _by_size(sd: float, unit: str) -> Curve:
    """What rounds of other sizes could have shown, with the spread of this one."""
    found = {n: power.minimum_detectable_difference(n, n, sd=sd, unit=unit) for n in SIZES}
    rows = [{"n": n, "difference": result.value} for n, result in found.items() if isinstance(result, Estimate)]
    return Curve(
        name="detectable_by_size",
        unit=unit,
        points=pd.DataFrame(rows),
        n=len(rows),
        unit_of_analysis="person",
        method=BY_SIZE,
    )


def _compared(result: Result, against: str) -> Result:
    return replace(result, comparator=against) if isinstance(result, Estimate) else result


@block
def _missing(scored: pd.DataFrame, members: pd.DataFrame, instrument: Instrument) -> Iterator[Result]:
    """Who did not answer after: how far they started from the others, and what they could have changed at most."""
    yield from attrition.completer_difference_by_group(scored)
    yield _compared(attrition.answered_share_difference(scored), comparator_of(members))
    ends = {"scale_min": float(instrument.scale_min), "scale_max": float(instrument.scale_max)}
    yield missing_bounds.adjusted_difference_at_lowest(scored, **ends)
    yield missing_bounds.adjusted_difference_at_highest(scored, **ends)


@block
def _later_waves(scores: pd.DataFrame, members: pd.DataFrame) -> Iterator[Result]:
    """Difference of the groups' changes at each later wave, where a follow-up was asked: does it last?"""
    if not (scores["wave"] == FOLLOW_UP).any():
        return
    scored = scores.loc[scores["wave"].isin((*WAVES, FOLLOW_UP)), ["person_id", "wave", "score"]]
    scored["wave"] = pd.Categorical(scored["wave"], categories=[*WAVES, FOLLOW_UP], ordered=True)
    against = comparator_of(members)
    for result in follow_up.wave_differences(scored.merge(members[["person_id", "group"]], on="person_id")):
        yield _compared(result, against)


@block
def _then_test(
    bundle: Bundle, round_: Round, side: str, scored: pd.DataFrame, scores: pd.DataFrame
) -> Iterator[Result]:
    """True and retrospective pretest side by side, per group, and a task to be solved where there was one."""
    then = scores.loc[scores["wave"] == THEN, ["person_id", "score"]].rename(columns={"score": THEN})
    if not len(then):
        return
    merged = scored.merge(then, on="person_id", how="left")
    compare = response_shift.then_test
    if answers_of(bundle, round_)["item"].isin(bundle.programme.instruments[TASK].item_ids).any():
        solved = scored_of(bundle, round_, TASK, side)[["person_id", "pre", "post"]]
        solved = solved.set_axis(["person_id", "task_pre", "task_post"], axis=1)
        merged = merged.merge(solved, on="person_id", how="left")
        compare = response_shift.then_test_with_task
    for group, rows in merged.groupby("group", sort=False):
        for result in compare(rows.drop(columns="group")):
            yield about(result, group=str(group))


@block
def _individual(scored: pd.DataFrame, instrument: Instrument) -> Iterator[Result]:
    """How many changed by more than unreliability and practice explain; never who."""
    yield reliable_change.reliable_rise_share(scored)
    yield reliable_change.reliable_fall_share(scored)
    yield reliable_change.reliable_change_variants(scored)
    yield reliable_change.rise_out_of_reach_share(scored, instrument)


@block
def _scale_quality(keyed: pd.DataFrame, scored: pd.DataFrame, instrument: Instrument, seed: int) -> Iterator[Result]:
    for wave in WAVES:
        at_wave = keyed[keyed["wave"] == wave].drop(columns="wave")
        yield about(scoring.cronbach_alpha(at_wave), group=wave)
        rng = np.random.default_rng([seed, STREAM])
        yield about(reliability.omega_total(at_wave, rng=rng, seed=seed), group=wave)
        yield about(reliability.item_rest_correlations(at_wave), group=wave)
    own = scored.loc[scored["group"] == PARTICIPANTS, ["person_id", "pre"]].rename(columns={"pre": "score"})
    for share in (scoring.floor_share(own, instrument), scoring.ceiling_share(own, instrument)):
        yield about(share, group="pre")


@block
def _items(keyed: pd.DataFrame, members: pd.DataFrame, instrument: Instrument) -> Iterator[Curve]:
    """Change of each item among the participants, for exploration."""
    own = keyed[keyed["person_id"].isin(members.loc[members["group"] == PARTICIPANTS, "person_id"])]
    pre, post = (own[own["wave"] == wave].set_index("person_id") for wave in WAVES)
    people = pre.index.union(post.index)
    pre, post = pre.reindex(people), post.reindex(people)
    rows = []
    for item in instrument.item_ids:
        result = paired_change.paired_change(pd.DataFrame({"person_id": people, "pre": pre[item], "post": post[item]}))
        if isinstance(result, Estimate):
            rows.append(
                {
                    "item": item,
                    "change": result.value,
                    "lo": result.lo,
                    "hi": result.hi,
                    "n": result.n,
                    "p_value": result.p_value,
                }
            )
    if not rows:
        return
    points = pd.DataFrame(rows)
    adjusted = benjamini_hochberg(points.set_index("item")["p_value"])
    yield Curve(
        name="item_changes",
        unit="scale points",
        points=points.assign(p_adjusted=adjusted.to_numpy()),
        n=int(points["n"].max()),
        unit_of_analysis="person",
        method=ITEM_TABLE,
        group=PARTICIPANTS,
    )


@block
def _flow(scored: pd.DataFrame, outcome: str, side: str) -> Iterator[Curve]:
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
            method=FLOW,
            outcome=outcome,
            side=side,
            group=str(group),
        )


@block
def mentor_wanted(bundle: Bundle, round_: Round) -> Iterator[Result]:
    """Share who would accept a mentor of their own: of those drawn from everybody young, else of juniors who applied.

    ``group`` says which (`DRAWN`, `APPLIED`); those drawn and silent are ``n_excluded``. Not estimable when fewer
    than half of those drawn answered.
    """
    if not bundle.has("answers"):
        return
    name, agree, lot = "mentor_wanted_share", wanting_a_mentor(bundle, round_), arms_lots(bundle, round_).get(PERSON)
    about_it = {"outcome": MENTOR_WANTED, "side": "mentor", "group": APPLIED if lot is None else DRAWN}
    asked_n = len(agree) if lot is None else sum(arm == 0 for arm in lot.arm.values())
    silent_n = asked_n - len(agree)
    if silent_n > len(agree):
        values = {"n": len(agree), "asked": asked_n}
        refused = NotEstimable(name=name, unit="share", reason=HALF_SILENT, n=len(agree), values=values)
        yield about(refused, **about_it)
    elif len(agree):
        share = about(wilson_share(int(agree.sum()), len(agree), name=name, unit_of_analysis="person"), **about_it)
        if silent_n and isinstance(share, Estimate):
            share = replace(share, n_excluded=silent_n, excluded_reason=SILENT)
        yield share


def wanting_a_mentor(bundle: Bundle, round_: Round) -> pd.Series[bool]:
    """Whether each person asked would accept a mentor: those drawn from everybody young, else juniors who applied.

    Empty where nobody was asked.
    """
    instrument, lot = bundle.programme.instruments.get(MENTOR_WANTED), arms_lots(bundle, round_).get(PERSON)
    if instrument is None:
        return pd.Series(dtype="bool")
    answers = answers_of(bundle, round_)
    if lot is None:
        people, answers = respondents(bundle, round_, "mentor")["person_id"], answers[answers["wave"] == "pre"]
    else:
        people = pd.Series([person for person, arm in lot.of_entry.items() if arm == 0], dtype="str")
    asked = answers[answers["item"].isin(instrument.item_ids) & answers["person_id"].isin(people)]
    scored = scoring.scores(asked, instrument).dropna(subset=["score"]).drop_duplicates("person_id")
    return scored.set_index("person_id")["score"] > (instrument.scale_min + instrument.scale_max) / 2
