"""Gates in words: what a verdict had to pass, what it would take to turn it, what a better answer takes, other ways.

Unit: one gate of one claim of the plan.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rmanalytics.language.translator import Translator, key
from rmanalytics.report.words import wording
from rmanalytics.results import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rmanalytics.evaluation.claims import Answer

PASSED = {
    "plan": key("the plan was recorded before the answers came"),
    "design": key("evidence level {level}; 3 is needed"),
    "least": key("there are enough people, events or units"),
    "within_quarters": key("people are compared within quarters and sources"),
    "placebo": key("{n} figures that a mention cannot move did not move with it"),
    "placebo_dates": key("asked at {n} days before the programme, it had moved as far at {beyond} of them"),
    "top_people": key("enough people from the top levels are in the network"),
    "brackets": key("the groups' changes on their own show it too"),
    "silence": key(
        "it turns if participants who did not answer ended {tipping} standard deviations further the other way "
        "than expected"
    ),
    "units": key("it also shows once people of the same unit are taken together"),
    "both_scales": key("it also shows on a scale without ends (logits)"),
    "signs": key("the mean, the slope of the change and the slope at an equal start all show it"),
    "lock": key("an exact or permutation test confirms it (p at most {p})"),
    "fragility": key("it would take {n} people, events or units the other way to turn it"),
    "rounds": key("it lies on the same side whichever round is left out"),
    "ceiling": key("{share} of the participants started near the end of the scale"),
    "second_source": key("a task or somebody else's rating does not say the opposite"),
    "linkage": key("with the uncertain matches of before and after it shows too"),
    "list": key("as many had left before the list was written as elsewhere in the company"),
}
"""What is printed of each gate that a claim passed."""
NOBODY_SILENT = key("no participant is silent")
TAKES = {
    "plan": key("a plan recorded before the first answer of the next round"),
    "design": key("a comparison group listed before the first outcome, or a lot"),
    "least": key("more people, events or units"),
    "within_quarters": key("more quarters in which both kinds of people were counted"),
    "placebo": key("a lot over who sees the mention"),
    "placebo_dates": key("a longer series before the programme, or a control series"),
    "top_people": key("more people from the top levels in the network survey"),
    "brackets": key("groups that start out alike, ideally drawn by lot"),
    "silence": key("answers from more participants"),
    "units": key("people from more units"),
    "both_scales": key("a scale with room at both ends"),
    "signs": key("more units, or a lot over the order in which units enter"),
    "lock": key("more people, exits or rounds"),
    "fragility": key("more people, exits or rounds"),
    "rounds": key("more rounds"),
    "ceiling": key("a scale with room at its end"),
    "second_source": key("a task, or a rating by somebody else, that agrees"),
    "list": key("a comparison list written on its first day"),
    "linkage": key("a code of more parts, so that fewer matches are uncertain"),
}
"""What a better answer takes, by the gate that bound it."""

UNMEASURED = key(
    "Something unmeasured would have to explain {explains} of what is left of both sides of it to turn it."
)
UNMEASURED_BESIDE = key(
    "Something unmeasured would have to explain {explains} of what is left of both who took part and the outcome to "
    "turn it; the value before explains {before_group} and {before_outcome}."
)
UNMEASURED_RATIO = key(
    "Something unmeasured would have to go with both the group and the outcome {ratio} times as often to turn it, "
    "{ratio_all} times to explain all of it."
)
SPECIFICATIONS = key(
    "{n} ways to compute it, estimates from {lowest} to {highest}; the whole 95% interval lies on the side of the "
    "estimate in {agree}"
)


def held_back(answer: Answer, tr: Translator) -> list[str]:
    """Gates that a claim did not pass, beside the one that bound it, each with its reason."""
    failed = [gate for gate in answer.gates if gate.passed is not True and gate.reason != answer.reason]
    return [tr("Something else stands in the way: {reason}.", reason=tr(gate.reason, **gate.values)) for gate in failed]


def passed(answer: Answer, tr: Translator) -> list[str]:
    """Gates that a claim passed, with the tipping point, the p and the number of people that would turn it."""
    return [_line(gate.name, gate.values, tr) for gate in answer.gates if gate.passed is True and gate.name in PASSED]


def takes(answer: Answer, tr: Translator) -> str:
    """What a better answer would take; empty where no gate bound it."""
    what = TAKES.get(answer.bound)
    return tr("A better answer needs {what}.", what=tr(what)) if what else ""


def unmeasured(answer: Answer, tr: Translator) -> str:
    """What something that nobody measured would have to explain to turn the verdict; empty where there is none."""
    found = answer.unmeasured
    if "ratio" in found:
        told = {name: tr.number(value, 1) for name, value in found.items()}
        return tr(UNMEASURED_RATIO, **told)
    told = {name: tr.share(value) for name, value in found.items()}
    if not told:
        return ""
    return tr(UNMEASURED_BESIDE if "before_group" in told else UNMEASURED, **told)


def specifications(answer: Answer, tr: Translator) -> tuple[str, list[str]]:
    """Other ways to compute a claim: how many agree, and each with its estimate; empty where there is only one."""
    result, ways = answer.result, answer.specifications
    if not isinstance(result, Estimate) or len(ways) < 2:
        return "", []
    null = answer.claim.null or 0.0
    agree = sum(way.lo > null if result.value > null else way.hi < null for way in ways)
    figures = [replace(result, value=way.value, lo=way.lo, hi=way.hi) for way in ways]
    ends = [wording.bare(one.value, one.unit, wording.digits_of(one), tr) for one in (figures[0], figures[-1])]
    summary = tr(SPECIFICATIONS, n=len(ways), lowest=ends[0], highest=ends[1], agree=agree)
    lines = [
        tr(
            "{how}: {value} ({limits})",
            how=", ".join(tr(choice) for choice in way.choices),
            value=wording.bare(way.value, result.unit, wording.digits_of(figure), tr),
            limits=wording.interval_text(figure, tr, bare_limits=True),
        )
        for way, figure in zip(ways, figures, strict=True)
    ]
    return summary, lines


def _line(name: str, values: Mapping[str, Any], tr: Translator) -> str:
    if name == "silence" and not math.isfinite(values.get("tipping", 0.0)):
        return tr(NOBODY_SILENT)
    told = dict(values)
    if "share" in told:
        told["share"] = tr.share(told["share"])
    if name == "lock":
        told["p"] = tr.number(math.ceil(10_000 * told["p"]) / 10_000, 4)
    return tr(PASSED[name], **told)
