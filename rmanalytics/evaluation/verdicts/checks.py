"""Gates 4 to 8: what an estimate that passed its boundary must survive, by kind of result.

Unit: one claim over all rounds that the plan covers. A gate concerns an estimate only where its repeated interval
excludes the null; everything is turned so that the side on which it lies is up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rmanalytics.evaluation.verdicts.evidence import Evidence, Gate
from rmanalytics.evaluation.verdicts.kinds import Passed, Scores, Slopes, kind_of, passed, signs_of
from rmanalytics.evaluation.verdicts.least import FEWEST_UNITS, LEAST_DF, UNKNOWN_UNITS
from rmanalytics.measures.rows import Z
from rmanalytics.measures.stats.cluster_robust import Contrast
from rmanalytics.measures.stats.fragility import fragility_number
from rmanalytics.measures.survey import all_rounds as scores
from rmanalytics.measures.survey.slopes_over_rounds import slope_contrast
from rmanalytics.results import PARTICIPANTS

BRACKETS = "the groups' changes, compared without regard to where people started, do not show it"
BOTH_SCALES = "it does not show on a scale without ends (logits), so the end of the scale may have produced it"
SIGNS = "its three signs (the mean, the slope of the change, the slope at an equal start) do not all show it"
SILENT = (
    "it turns if participants who did not answer ended {tipping} standard deviations further the other way "
    "than expected"
)
BY_UNIT = "once people of the same unit are taken together, it cannot be told from no difference"
NO_UNITS = "the people come from fewer than {least} units, so single units could have produced it"
LOCK = "an exact or permutation test does not confirm it (p = {p})"
ONE_PERSON = "one person or event the other way would turn it"
ONE_ROUND = "without one of the rounds the estimate lies on the other side"


def survived(evidence: Evidence) -> Iterator[Gate]:
    """Gates 4 to 8, as far as they concern the result, and that no round alone made it."""
    side = passed(evidence)
    if side is None:
        return
    kind = kind_of(evidence, side)
    if isinstance(kind, Scores):
        yield from _of_scores(evidence, side, kind.rows)
    if isinstance(kind, Slopes):
        both = side.by(slope_contrast(kind.rows)) and side.by(slope_contrast(kind.logits))
        yield Gate(name="both_scales", passed=both, reason="" if both else BOTH_SCALES)
    signs = signs_of(evidence.estimate, side.way * evidence.way)
    if signs:
        every = all(side.by(sign) for sign in signs)
        yield Gate(name="signs", passed=every, reason="" if every else SIGNS)
    if kind is not None:
        p = kind.p(side.tail)
        if p is not None:
            yield Gate(name="lock", passed=p <= side.tail, reason="" if p <= side.tail else LOCK, values={"p": p})
        holds: Callable[[int], bool] = lambda n: side.by(kind.after(n))  # noqa: E731
        n = fragility_number(holds, most=kind.most)
        firm = n > 1 or not kind.lowers
        yield Gate(name="fragility", passed=firm, reason="" if firm else ONE_PERSON, values={"n": n})
    if evidence.left_out:
        firm = all(side.way * evidence.turned(value) > 0 for value in evidence.left_out)
        yield Gate(name="rounds", passed=firm, reason="" if firm else ONE_ROUND)


def _of_scores(evidence: Evidence, side: Passed, rows: scores.Rows) -> Iterator[Gate]:
    adjusted = scores.rounds_contrast(rows)
    if not evidence.lot:
        both = side.by(adjusted) and side.by(scores.rounds_contrast(rows, adjust=False))
        yield Gate(name="brackets", passed=both, reason="" if both else BRACKETS)
    yield silence(evidence, side, adjusted)
    yield _units(rows)


def silence(evidence: Evidence, side: Passed, adjusted: Contrast | None) -> Gate:
    """Gate 5: how much worse the silent participants would have to have ended for the verdict to turn."""
    people = evidence.people
    if people is None or adjusted is None:
        return Gate(name="silence", passed=None, reason=SILENT, values={"tipping": 0.0})
    own = people[people["group"] == PARTICIPANTS]
    share = float(own[["pre", "post"]].isna().any(axis=1).mean())
    ends = evidence.interval(side.boundary, side.boundary)
    low = ends[0] if side.way > 0 else -ends[1]
    tipping = scores.silence_tipping_point(low, sigma=adjusted.sigma, silent_share=share)
    ok = tipping > scores.SILENT_WORSE
    return Gate(name="silence", passed=ok, reason="" if ok else SILENT, values={"tipping": tipping, "silent": share})


def _units(rows: scores.Rows) -> Gate:
    """Gate 6: units as clusters, at the ordinary interval."""
    known = rows.unit[rows.unit >= 0]
    if not known.size:
        return Gate(name="units", passed=None, reason=UNKNOWN_UNITS)
    found = scores.rounds_contrast(rows, by_unit=True) if np.unique(known).size >= FEWEST_UNITS else None
    if found is None or found.df < LEAST_DF:
        return Gate(name="units", passed=None, reason=NO_UNITS, values={"least": FEWEST_UNITS})
    ok = Passed(1, Z).by(found)
    return Gate(name="units", passed=ok, reason="" if ok else BY_UNIT, values={"df": found.df})
