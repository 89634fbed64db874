"""The gates of a verdict, in the order in which a row prints them. They can only lower it.

Unit: one claim over all rounds that the plan covers. Each gate is a pure function of the `Evidence`; one that does not
concern the result (silence where nobody is asked) returns None and is not among its gates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from rmanalytics.evaluation.verdicts.checks import survived
from rmanalytics.evaluation.verdicts.evidence import POINTS_FOR, Evidence, Gate
from rmanalytics.evaluation.verdicts.kinds import passed
from rmanalytics.evaluation.verdicts.least import least
from rmanalytics.results import PARTICIPANTS

LATE = "the plan was not recorded before the answers came"
BROKEN = "the chain of receipts is broken, so the plan does not count as recorded"
DESIGN = "evidence level {level}: the programme need not be the reason"
CEILING = "many participants started so near the end of the scale that an effect could hardly have been seen"
CEILING_OF_SLOPES = (
    "many participants started or ended so near an end of the scale that the end itself may have produced the slope"
)
UNSURE_LINKS = "with the uncertain matches of before and after it does not show"
OTHER_SIDE = "a task or somebody else's rating says the opposite"
QUARTERS = (
    "there are fewer than {least} quarters in which both people who saw the programme mentioned and others were counted"
)
TOP = "fewer than {least} people from the top levels are in the network"
PLACEBO = "of {n} figures that a mention cannot move, {moved} moved the same way"
NO_PLACEBO = "a figure that the plan names as one that a mention cannot move was not counted"
PLACEBO_DATES = "asked at {n} days before the programme, it had moved as far at {beyond} of them"
MOST_BEYOND = 0.05
"""Share of earlier days at which a series may have moved as far."""
MOST_NEAR_END = 0.15
NEAR = 0.05
"""Share of the scale that is near an end for a claim on slopes."""
OWN = {"within_quarters": ("quarters", 2, QUARTERS), "top_people": ("top", 3, TOP)}
"""Gates of single rows: what is counted, how many are needed, and why it binds."""


def plan(evidence: Evidence) -> Gate:
    """Gate 1: the receipt of the plan was written in time."""
    ok = evidence.planned
    reason = "" if ok else LATE if evidence.whole else BROKEN
    return Gate(name="plan", passed=ok, reason=reason, lowers_to=POINTS_FOR)


def design(evidence: Evidence) -> Gate:
    """Gate 2: evidence level 3 or more."""
    ok = evidence.level >= 3
    values = {"level": evidence.level}
    return Gate(name="design", passed=ok, reason="" if ok else DESIGN, values=values, lowers_to=POINTS_FOR)


def ceiling(evidence: Evidence) -> Gate | None:
    """Gate 9: whether so many participants started near the scale's end that an effect could not have been seen.

    Either end bends a slope, before or after, and then it concerns every word.
    """
    if evidence.scale is None or evidence.people is None:
        return None
    own = evidence.people.loc[evidence.people["group"] == PARTICIPANTS, "pre"].dropna()
    if own.empty:
        return None
    low, high = evidence.scale
    ends, near, reason = [high if evidence.way > 0 else low], evidence.smallest_effect, CEILING
    if "ceiling" in evidence.claim.gates:
        ends, near, reason = [low, high], NEAR * (high - low), CEILING_OF_SLOPES
        whole = evidence.people[evidence.people["group"] == PARTICIPANTS].dropna(subset=["pre", "post"])
        own = whole["post"].where(
            (whole["post"] - sum(ends) / 2).abs() > (whole["pre"] - sum(ends) / 2).abs(), whole["pre"]
        )
    share = float(np.any([(end - own).abs() <= near + 1e-9 for end in ends], axis=0).mean())
    ok = share <= MOST_NEAR_END
    return Gate(name="ceiling", passed=ok, reason="" if ok else reason, values={"share": share})


def second_source(evidence: Evidence) -> Gate | None:
    """Gate 10: a task, or somebody else's rating, whose ordinary interval lies wholly on the other side."""
    second = evidence.second
    if second is None or second.lo is None or second.hi is None:
        return None
    ends = sorted(evidence.way * end for end in (second.lo, second.hi))
    other = ends[1] < 0 if evidence.value > 0 else ends[0] > 0
    return Gate(name="second_source", passed=not other, reason=OTHER_SIDE if other else "")


def linkage(evidence: Evidence) -> Gate | None:
    """Gate 11: answers under codes; with the uncertain matches the estimate passes the same boundary."""
    side = passed(evidence)
    if evidence.doubtful is None or side is None:
        return None
    again = passed(replace(evidence, estimate=evidence.doubtful))
    ok = again is not None and again.way == side.way
    return Gate(name="linkage", passed=ok, reason="" if ok else UNSURE_LINKS)


def of_its_row(evidence: Evidence) -> Iterator[Gate]:
    """Gates of single rows: quarters that can be compared within, unless a lot drew the mention; people at the top."""
    counts = evidence.counts
    if counts.get("placebos_wanted"):
        ok = counts["placebos"] == counts["placebos_wanted"]
        told = {"n": counts["placebos"], "moved": counts["placebos_moved"]}
        sound = ok and not counts["placebos_moved"]
        reason = "" if sound else PLACEBO if ok else NO_PLACEBO
        yield Gate(name="placebo", passed=sound if ok else None, reason=reason, values=told)
    if "placebos_beyond" in counts:
        told = {"n": counts["placebos"], "beyond": counts["placebos_beyond"]}
        sound = counts["placebos_beyond"] <= MOST_BEYOND * counts["placebos"]
        yield Gate(name="placebo_dates", passed=sound, reason="" if sound else PLACEBO_DATES, values=told)
    for name in evidence.claim.gates:
        if name in OWN and not (name == "within_quarters" and (evidence.level > 2 or "placebos_beyond" in counts)):
            counted, wanted, reason = OWN[name]
            ok = evidence.counts.get(counted, 0) >= wanted
            yield Gate(name=name, passed=ok, reason="" if ok else reason, values={"least": wanted})


def gates_of_parts(parts: Sequence[Evidence]) -> tuple[Gate, ...]:
    """Gates of a composed claim: each as said by the first part that it lowers, else by the first that it concerns."""
    found: dict[str, Gate] = {}
    for part in parts:
        for gate in gates(part):
            if gate.name not in found or (found[gate.name].passed is True and gate.passed is not True):
                found[gate.name] = gate
    return tuple(found.values())


def gates(evidence: Evidence) -> tuple[Gate, ...]:
    """Every gate that concerns a result, in the order in which a row prints them."""
    found = (plan(evidence), design(evidence), least(evidence), *of_its_row(evidence), *survived(evidence))
    return tuple(
        gate for gate in (*found, ceiling(evidence), second_source(evidence), linkage(evidence)) if gate is not None
    )
