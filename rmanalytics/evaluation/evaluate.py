"""A few claims of a round by themselves: only what they rest on is computed, for simulations that ask a thousand times.

Unit: one claim and round. What comes out is what the whole evaluation finds; a test holds that for every claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from rmanalytics.evaluation.comparison.balance import balance
from rmanalytics.evaluation.ledger import judged_by
from rmanalytics.evaluation.network.bridge import changes
from rmanalytics.evaluation.study import Study
from rmanalytics.evaluation.survey.goal_attainment import goals
from rmanalytics.evaluation.survey.outcomes import contrasts, mentor_wanted, of_relationship
from rmanalytics.evaluation.survey.upward_feedback import upward
from rmanalytics.evaluation.value.cost_effectiveness import value
from rmanalytics.results import Estimate, NotEstimable, Result, Results

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

OF_AN_OUTCOME = ("adjusted_difference", "baseline_difference", "paired_change", "slope_difference")
ALONE: dict[str, Callable[[Bundle, Round], Iterable[Result]]] = {
    "balance_table": balance,
    "goal_attainment": goals,
    "leader_adjusted_difference": upward,
    "mentor_wanted_share": mentor_wanted,
    "scale_mean": of_relationship,
    "both_at_point_share": of_relationship,
    "tie_difference": changes,
    "ei_change": changes,
}
FAMILIES = {
    "pairing": ("chain_breaches", "competition_breaches", "consent_breaches", "not_reverse"),
    "engagement": ("completion_share", "catalogue_meeting_share", "adopted_rate"),
    "reach": ("meant_share",),
    "retention": ("rmst_difference", "role_rate_ratio_spread", "rehire_rate_ratio", "survival_curve"),
    "company": ("exposure_slope", "level_and_trend"),
    "branding": ("branding_difference", "branding_interruption"),
    "costs": ("cost_per_tandem",),
}


def evaluate(bundle: Bundle, round_id: str, *, claims: Iterable[str]) -> dict[str, Estimate | NotEstimable | None]:
    """What each of a few claims is judged by in a round.

    Parameters
    ----------
    bundle : Bundle
        The programme's checked data.
    round_id : str
        A round that the programme declares.
    claims : iterable of str
        Their ids, such as ``M1``.

    Returns
    -------
    mapping of str to Estimate, NotEstimable or None
        As the whole evaluation finds it; None where the round has no data for it. A verdict, which depends on the
        claims that are tested together, is not among it.

    Raises
    ------
    InputError
        RM-E-006 when there is no such round.
    KeyError
        For an unknown claim.
    """
    study = Study(bundle, round_id)
    return judged_by(bundle, study.round, Asked(study), list(claims))


class Asked(Results):
    """The results of a study, computed name by name as they are asked for; it cannot be walked through.

    A name that stands neither in `ALONE` nor in `FAMILIES` has the whole round evaluated.
    """

    def __init__(self, study: Study) -> None:
        super().__init__()
        self._study = study
        self._found: dict[str, Results] = {}

    def find(self, name: str, **about: str) -> list[Result]:
        """As in `Results`."""
        study = self._study
        ask: Callable[[], Iterable[Result]]
        if name in OF_AN_OUTCOME and {"outcome", "side"} <= set(about):
            key = f"{about['outcome']} {about['side']}"
            ask = partial(contrasts, study.bundle, study.round, about["outcome"], about["side"])
        elif name in ALONE:
            key, ask = ALONE[name].__qualname__, partial(ALONE[name], study.bundle, study.round)
        elif name == "net_benefit":
            key, ask = name, partial(value, study.bundle, study.round, self, self)
        else:
            key = next((family for family, names in FAMILIES.items() if name in names), "results")
            ask = partial(getattr, study, key)
        if key not in self._found:
            self._found[key] = Results(ask())
        return self._found[key].find(name, **about)
