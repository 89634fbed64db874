"""Least information: how few people, events or units no verdict can rest on.

Unit: one claim over all rounds that the plan covers.
"""

from __future__ import annotations

from collections.abc import Iterator

from rmanalytics.evaluation.verdicts.evidence import Evidence, Gate
from rmanalytics.measures.value.interrupted_series import LEAST_AFTER, LEAST_BEFORE

FEWEST_PAIRS, FEWEST_UNITS, LEAST_DF = 20, 6, 4
FEWEST_OF_A_PART = 10
FEWEST_ANSWERS, LEAST_ANSWERED = 5, 60
FEWEST_AT_RISK, FEWEST_PEOPLE, FEWEST_UNITS_EACH = 10, 20, 5

PAIRS = "fewer than {least} complete pairs in one of the groups"
PAIRS_IN_ALL = "fewer than {least} complete pairs in all"
UNITS = "the people come from fewer than {least} units"
FREEDOM = "too few independent people: fewer than {least} degrees of freedom"
UNKNOWN_UNITS = "nobody's unit is known, so single units could have produced it"
PEOPLE = "fewer than {least} people in one of the groups"
ANSWERS = "fewer than {least} said yes, or fewer than {least} said no"
EVENTS = "fewer than {least} events in all"
AT_RISK = "in one of the groups, fewer than {least} people were followed to the end of the horizon"
NETWORK = "fewer than {least} per cent of the network answered both times"
POINTS = "fewer than {least} points before the programme began, or after"
WITH_AND_WITHOUT = "fewer than {least} units with tandems, or without"


def least(evidence: Evidence) -> Gate | None:
    """Gate 3: the claim's row of least information; a composed claim's part has that of a scale."""
    row = evidence.claim.least
    if not row:
        return None
    for reason, wanted, there in _wanted(evidence, row):
        if there is None or there < wanted:
            passed = None if there is None else False
            return Gate(name="least", passed=passed, reason=reason, values={"least": wanted})
    return Gate(name="least", passed=True)


def _wanted(evidence: Evidence, row: str) -> Iterator[tuple[str, int, float | None]]:
    """Reason, how many are needed, how many there are (None where nobody counted)."""
    own, counts = evidence.claim.least_n or FEWEST_OF_A_PART, evidence.counts
    sizes = [counts.get(name) for name in ("n", "n_comparator")]
    smaller = min((size for size in sizes if size is not None), default=None) if None not in sizes else None
    if row in ("scale", "network", "composed"):
        yield PAIRS, own, smaller
        yield FREEDOM, LEAST_DF, evidence.df
    if row in ("scale", "composed"):
        yield PAIRS_IN_ALL, FEWEST_PAIRS, sum(size or 0 for size in sizes)
        yield UNITS if counts.get("units") else UNKNOWN_UNITS, FEWEST_UNITS, counts.get("units")
    elif row == "network":
        yield NETWORK, LEAST_ANSWERED, counts.get("answered")
    elif row == "share" and "before" in counts:
        yield POINTS, LEAST_BEFORE, counts["before"]
        yield POINTS, LEAST_AFTER, counts["after"]
    elif row == "share":
        yield PEOPLE, own, smaller
        yield ANSWERS, FEWEST_ANSWERS, counts.get("yes")
        yield ANSWERS, FEWEST_ANSWERS, counts.get("no")
    elif row == "exits":
        yield EVENTS, own, counts.get("events")
        yield AT_RISK, FEWEST_AT_RISK, counts.get("at_risk")
    elif row == "rate":
        yield EVENTS, own, counts.get("events")
        yield PEOPLE, FEWEST_PEOPLE, smaller
    elif row == "slope":
        yield UNITS, own, counts.get("units")
        yield WITH_AND_WITHOUT, FEWEST_UNITS_EACH, counts.get("with")
        yield WITH_AND_WITHOUT, FEWEST_UNITS_EACH, counts.get("without")
