"""Every row of claims.toml against a second table, written by hand from the binding rules (section 8)."""

from __future__ import annotations

import pytest

from rmanalytics.evaluation import claims as module

COLUMNS = (
    "type",
    "unit",
    "null",
    "direction",
    "smallest_effect",
    "target",
    "least",
    "least_n",
    "gates",
    "cap",
    "cap_by_lot",
)
PERSON = ("c", "person", 0, "up", 0.2, None, "scale", 10, "", 5, None)
AUDIT = ("a", "tandem", 0, "down", None, 0, "", 0, "", None, None)
BY_HAND = {
    "P1": ("d", "tandem", None, "up", None, None, "tandems", 5, "", None, None),
    "P2": AUDIT,
    "P3": AUDIT,
    "P4": AUDIT,
    "P5": ("a", "publication", 0, "down", None, 0, "", 0, "", None, None),
    "P6": AUDIT,
    "P7": ("d", "mentor", None, "up", None, None, "people", 20, "", None, None),
    "P8": ("d", "round", None, "none", None, None, "", 0, "", None, None),
    "T1": ("d", "tandem", None, "up", None, 0.5, "tandems", 10, "", None, None),
    "T2": ("d", "tandem", None, "up", None, 0.5, "tandems", 10, "equivalence", None, None),
    "T3": ("d", "tandem", None, "up", 0.2, None, "tandems", 10, "", 2, None),
    "T4": ("c", "both sides", 0, "up", 0.2, None, "composed", 0, "", None, None),
    "M1": (*PERSON[:8], "second_source", *PERSON[9:]),
    "M2": ("d", "person", None, "up", None, 55, "people", 10, "", 1, 5),
    "M3": (*PERSON[:3], "down", *PERSON[4:]),
    "M4": PERSON,
    "M5": PERSON,
    "M6": ("c", "leader", 0, "up", 0.15, None, "scale", 10, "", 5, None),
    "M7": PERSON,
    "M8": ("c", "person", 0, "down", 0.15, None, "scale", 25, "both_scales ceiling", 5, None),
    "J1": PERSON,
    "J2": ("c", "person", 0, "up", 1, None, "network", 15, "", 5, None),
    "J3": (*PERSON[:8], "second_source", *PERSON[9:]),
    "J4": ("c", "person", 0, "up", 0.5, None, "network", 15, "", 5, None),
    "J5": ("c", "person", 0, "up", 0.05, None, "network", 15, "top_people", 5, None),
    "J6": ("c", "person", 0, "down", 10, None, "exits", 10, "", 2, 5),
    "J7": ("c", "person", 0, "up", 5, None, "exits", 10, "list", 2, 5),
    "J8": PERSON,
    "J9": ("c", "person", 1, "up", 1.3, None, "rate", 10, "", 2, 5),
    "C1": ("d", "company", None, "up", 0.05, None, "network", 0, "", 3, None),
    "C2": ("c", "unit", 0, "up", 0.05, None, "slope", 20, "", 3, 5),
    "C3": ("c", "unit", 0, "up", 0.05, None, "slope", 20, "", 3, 5),
    "C4": ("d", "meeting", None, "up", None, None, "meetings", 20, "", None, None),
    "C5": ("d", "initiative", None, "up", None, None, "decided", 5, "", None, None),
    "C6": ("c", "person asked", 0, "up", 0.05, None, "share", 20, "within_quarters", 2, 5),
    "C7": ("c", "former employee", 1, "up", 1.5, None, "rate", 10, "", 2, None),
    "C8": ("d", "company", None, "up", 0.1, None, "composed", 0, "primary_shown", None, None),
    "C9": ("d", "person", None, "up", None, 2 / 3, "people", 30, "half_answered", None, None),
}
TYPES = {"c": "comparison", "d": "description", "a": "audit"}
SURVEY = ("survey", "adjusted_difference")
MEASURED = {
    "P1": ("alone", "completion_share", "", ""),
    "P2": ("audit", "chain_breaches", "", ""),
    "P3": ("audit", "competition_breaches", "", ""),
    "P4": ("audit", "consent_breaches", "", ""),
    "P5": ("audit", "", "", ""),
    "P6": ("audit", "not_reverse", "", ""),
    "P7": ("alone", "meant_share", "", ""),
    "P8": ("alone", "minimum_detectable_difference", "", ""),
    "T1": ("alone", "both_at_point_share", "tandem_relationship.trust_respect", "both"),
    "T2": ("alone", "both_at_point_share", "tandem_relationship.eye_level", "both"),
    "T3": ("alone", "both_at_point_share", "tandem_relationship.safety", "both"),
    "T4": ("parts", "", "", ""),
    "M1": (*SURVEY, "digital_fitness", "mentee"),
    "M2": ("alone", "goal_attainment", "goals.by_others goals.by_self", ""),
    "M3": (*SURVEY, "technology_anxiety", "mentee"),
    "M4": (*SURVEY, "openness_to_change", "mentee"),
    "M5": (*SURVEY, "attitude_toward_younger", "mentee"),
    "M6": ("survey", "leader_adjusted_difference", "", "mentee"),
    "M7": (*SURVEY, "generational_understanding", "mentee"),
    "M8": ("survey", "slope_difference", "digital_fitness", "mentee"),
    "J1": (*SURVEY, "felt_appreciation", "mentor"),
    "J2": ("survey", "tie_difference", "in_degree", "mentor"),
    "J3": (*SURVEY, "mentor_skills", "mentor"),
    "J4": ("survey", "tie_difference", "cross_generation_ties", "mentor"),
    "J5": ("survey", "tie_difference", "closeness_to_top", "mentor"),
    "J6": ("followed", "rmst_difference", "promotion", "mentor"),
    "J7": ("followed", "rmst_difference", "retention", "mentor"),
    "J8": (*SURVEY, "attitude_toward_older", "mentor"),
    "J9": ("followed", "role_rate_ratio_spread", "", "mentor"),
    "C1": ("gain", "ei_change", "", ""),
    "C2": ("cross-section", "level_and_trend", "pulse.digital_fitness", ""),
    "C3": ("cross-section", "level_and_trend", "pulse.learning_climate", ""),
    "C4": ("alone", "catalogue_meeting_share", "", ""),
    "C5": ("alone", "adopted_rate", "", ""),
    "C6": ("cross-section", "branding_difference", "", ""),
    "C7": ("cross-section", "rehire_rate_ratio", "", ""),
    "C8": ("primary", "net_benefit", "", ""),
    "C9": ("alone", "mentor_wanted_share", "", ""),
}
ESTIMANDS = {
    "P1": "share of the tandems that held all planned meetings",
    "P2 P3 P4 P6": "tandems in breach on any day of the round",
    "P5": "published figures from which one answer follows",
    "P7": "share of the mentors from the groups meant",
    "P8": "smallest difference that a round of a size detects",
    "T1 T2 T3": "share of the tandems in which both sides are at or above the point",
    "T4": "the smaller standardised gain of the two sides in the claimed way",
    "M1 M3 M4 M5 M7 J1 J3 J8": "difference after the round, starting values taken into account",
    "M2": "goal attainment T against 50, rated by somebody else",
    "M6": "difference of the change in upward rating, leaders as clusters",
    "M8": "difference of the slopes of after on before",
    "J2": "difference in people who name the junior, tandem pairs left out",
    "J4": "difference in new ties to other generations, tandem pairs left out",
    "J5": "difference in closeness to the top levels, tandem pairs left out",
    "J6": "difference of the mean time to promotion within the horizon",
    "J7": "difference of the mean time to voluntary exit within the horizon",
    "J9": "ratio of the rates of project roles",
    "C1": "change of the E–I index beyond what group sizes give",
    "C2 C3": "weakest of three: the same people's rise, slope of the change, slope at equal start",
    "C4": "share of the meetings with a topic that were about one of the catalogue",
    "C5": "changes adopted for every ten tandems",
    "C6": "difference of the shares, exposed against others",
    "C7": "ratio of the rates of return",
    "C8": "net benefit of a tandem on the declared assumptions",
    "C9": "share who would accept a mentor",
}
GROUPS = {"P": "design", "T": "tandem", "M": "mentee", "J": "mentor", "C": "company"}
TABLES = {"P2": "positions", "P3": "positions applications", "P4": "tandems", "P6": "people"}


def test_there_are_38_claims_in_order() -> None:
    assert [claim.id for claim in module.claims()] == list(BY_HAND)


@pytest.mark.parametrize("claim", module.claims(), ids=lambda claim: claim.id)
def test_a_row_says_what_the_binding_table_says(claim: module.Claim) -> None:
    fresh = next(one for one in module.claims() if one.id == claim.id)
    kind, *rest = BY_HAND[fresh.id]
    found = [getattr(fresh, name) for name in COLUMNS]
    found[8] = " ".join(fresh.gates)
    assert found == [TYPES[kind], *rest]
    design, result, outcome, side = MEASURED[fresh.id]
    assert (fresh.design, fresh.result, " ".join(fresh.outcome), fresh.side) == (design, result, outcome, side)
    assert fresh.subgroup == ("tandems in the unit" if fresh.id in ("C2", "C3") else "")
    assert fresh.parts == (("M1", "J3") if fresh.id == "T4" else ())
    assert " ".join(fresh.tables) == TABLES.get(fresh.id, "")
    assert fresh.group == GROUPS[fresh.id[0]]


def test_the_kirkpatrick_level_is_that_of_the_claims_list() -> None:
    by_hand = {
        "R": "P1 T1 T2 T3 J1 C9",
        "L": "T4 M1 M2 M3 M4 M5 M7 M8 J3 J8",
        "B": "M6 J2 J4 J5 J9 C4",
        "O": "J6 J7 C1 C2 C3 C5 C6 C7 C8",
        "–": "P2 P3 P4 P5 P6 P7 P8",
    }
    for level, ids in by_hand.items():
        assert [claim.id for claim in module.claims() if claim.kirkpatrick == level] == ids.split()


def test_every_row_says_what_is_estimated_and_what_would_answer_it() -> None:
    by_hand = {claim: text for ids, text in ESTIMANDS.items() for claim in ids.split()}
    for claim in module.claims():
        assert claim.estimand == by_hand[claim.id]
        assert all((*claim.title.values(), *claim.needs.values()))
