"""A claim that needs every part: its estimate is the smaller standardised gain, each part in its own claimed way.

Unit: one composed claim. Each part is a test at the level of the claim; that all pass is less likely than any one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rmanalytics.evaluation.claims import Answer
from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.words import Decision
from rmanalytics.results import Estimate

METHOD = "the smaller standardised gain of the two sides, each in its claimed way; all must pass (intersection–union)"
Three = tuple[float, float, float]
"""Value, lower and upper limit."""


def smaller(parts: Sequence[Estimate], turned: Sequence[Three]) -> Estimate:
    """The smaller of several gains, and the limits of the smallest: no gain of all parts is below the one or above it.

    Parameters
    ----------
    parts : sequence of Estimate
    turned : sequence of three floats
        Each part's value and limits in standard deviations, turned so that up is claimed.

    Returns
    -------
    Estimate
        ``smaller_gain``, unit ``g``, side ``both``; people are those of the part with fewer.

    References
    ----------
    Berger RL (1982). https://doi.org/10.1080/00401706.1982.10487790
    """
    value, lo, hi = (min(of) for of in zip(*turned, strict=True))
    first = parts[min(range(len(parts)), key=lambda i: turned[i][0])]
    others = [one.n_comparator for one in parts if one.n_comparator is not None]
    return replace(
        first,
        name="smaller_gain",
        unit="g",
        value=value,
        lo=lo,
        hi=hi,
        outcome="",
        side="both",
        n=min(one.n for one in parts),
        n_comparator=min(others) if others else None,
        comparator=first.comparator if len({one.comparator for one in parts}) == 1 else "",
        method=METHOD,
        extra={},
    )


def smaller_gain(
    answer: Answer,
    parts: Sequence[Evidence],
    decisions: Sequence[Decision],
    rounds: Sequence[Sequence[tuple[str, Estimate]]],
    *,
    binding: int,
) -> Answer:
    """The answer to a composed claim, whose word is decided, with every number in standard deviations before.

    Parameters
    ----------
    answer : Answer
        As the part that binds it decides it; unchanged where scores before do not vary.
    parts, decisions, rounds
        Of each part: its evidence, what would be said of it alone, and its rounds.
    binding : int
        Which part binds.
    """
    spread = [0.0 if part.people is None else float(part.people["pre"].std()) for part in parts]
    if not min(spread) > 0:
        return answer
    turned = [
        (part.value / sd, one.ordinary[0] / sd, one.ordinary[1] / sd)
        for part, one, sd in zip(parts, decisions, spread, strict=True)
    ]
    result = smaller([part.estimate for part in parts], turned)
    low, high = (min(one.repeated[i] / sd for one, sd in zip(decisions, spread, strict=True)) for i in (0, 1))
    sizes = [[x / sd for x in one.size] for one, sd in zip(decisions, spread, strict=True) if one.size]
    values = dict(answer.values)
    if isinstance(values.get("least"), float):
        values["least"] /= spread[binding]
    by = [part.way / sd for part, sd in zip(parts, spread, strict=True)]
    return replace(
        answer,
        result=result,
        repeated=(low, high),
        standardised=(result.value, low, high),
        size=None
        if answer.size is None
        else (min(s[0] for s in sizes), min(s[1] for s in sizes), min(s[2] for s in sizes)),
        by_round=tuple(_of_rounds([dict(one) for one in rounds], by)),
        values=values,
    )


def _of_rounds(parts: Sequence[dict[str, Estimate]], by: Sequence[float]) -> Iterator[tuple[str, Estimate]]:
    for name in parts[0]:
        own = [one[name] for one in parts if name in one and one[name].lo is not None]
        if len(own) == len(parts):
            yield name, smaller(own, [turned_by(one, times) for one, times in zip(own, by, strict=True)])


def turned_by(one: Estimate, times: float) -> Three:
    """Value and limits multiplied, the limits in order."""
    lo, hi = sorted((times * (one.lo or 0.0), times * (one.hi or 0.0)))
    return times * one.value, lo, hi
