"""A release made up for tests: every row of the catalogue, four rounds, numbers that nobody measured."""

from __future__ import annotations

from typing import Any

from rmanalytics.evaluation.claims import claims
from rmanalytics.language.translator import LANGUAGES
from rmanalytics.release.gate import evidence
from rmanalytics.release.sentences import sentences

ROUNDS = ("2024H2", "2025H1", "2025H2", "2026H1")
SCALES = {
    "digital_fitness": ("M1", "mentee", "up", "Digital fitness", "Digitale Fitness"),
    "technology_anxiety": ("M3", "mentee", "down", "Technology anxiety", "Technikangst"),
    "felt_appreciation": ("J1", "mentor", "up", "Felt appreciation", "Empfundene Wertschätzung"),
    "openness_to_change": ("M4", "mentee", "up", "Openness to change", "Offenheit für Veränderung"),
}
VERDICTS = ("shown", "points_for", "points_against", "not_shown", "could_not", "too_few", "not_asked")


def release(
    *verdicts: str,
    rounds: int = 4,
    absent: tuple[str, ...] = (),
    sized: bool = True,
    broken: bool = False,
    brand: str = "",
    languages: tuple[str, ...] = LANGUAGES,
) -> dict[str, Any]:
    """A release in which the planned claims have some verdicts, the primary first."""
    names = ROUNDS[-rounds:]
    entries = [*_delivered(names), *_scales(names)]
    for scale, verdict in zip(SCALES, verdicts, strict=False):
        entries += _planned(scale, verdict, names, sized=sized)
    for day in ("2024-06-30", "2026-06-30"):
        for bands, value in ((["under 35", "under 35"], 1.4), (["under 35", "50 and over"], 0.5)):
            told = {"row": "ties", "date": day, "bands": bands, "value": value, "unit": "times chance", "n": 1185}
            entries.append({"id": f"ties.{'.'.join(bands)}.{day}", **told})
    told = {"row": "ties_change", "since": "2024-06-30", "date": "2026-06-30", "bands": ["under 35", "50 and over"]}
    entries.append({"id": "ties_change", **told, "lo": -0.1, "hi": 0.2, "unit": "times chance", "n": 1185})
    for quarter in ("2025Q4", "2026Q1"):
        for mention, value in (("yes", 0.7), ("no", 0.6)):
            told = {
                "row": "brand",
                "metric": "offer_acceptance",
                "mention": mention,
                "quarter": quarter,
                "value": value,
            }
            entries.append({"id": f"brand.offer_acceptance.{mention}.{quarter}", **told, "unit": "share", "n": 45})
    for quarter, value in (("2025Q4", 160.0), ("2026Q1", 170.0)):
        told = {"row": "key_figures", "metric": "applications", "quarter": quarter, "value": value}
        entries.append({"id": f"key_figures.applications.{quarter}", **told, "unit": "key figure"})
    entries += _questions(names[-1])
    if brand:
        entries += _brand_planned(brand, names)
    for claim in ("P2", "P3", "P4"):
        word = "broken" if broken and claim == "P2" else "kept"
        told = {"row": "audit", "claim": claim, "round": names[-1], "verdict": word}
        entries.append({"id": f"audit.{claim}.{names[-1]}", **told})
    entries = [entry for entry in entries if entry["row"] not in absent]
    document: dict[str, Any] = {
        "schema": 1,
        "catalogue": 1,
        "blur": "blur-1",
        "programme": "Bridge",
        "company": "Example Works",
        "simulated": True,
        "language": "en",
        "languages": list(languages),
        "round": names[-1],
        "rounds": [{"id": n, "start": f"{n[:4]}-01-01", "end": f"{n[:4]}-06-30"} for n in names],
        "data_until": "2026-09-30",
        "valid_until": "2027-01-31",
        "currency": "CHF",
        "planned_meetings": 6,
        "scales": {name: {"en": en, "de": de} for name, (_, _, _, en, de) in SCALES.items()},
        "claims": {claim.id: dict(claim.title) for claim in claims()},
        "decisions": [],
        "decide": {"by": "2027-01-01", "because": "starts", "round": "2027H1"},
    }
    document["entries"] = [entry | {"evidence": evidence(names[-1], entry)} for entry in entries]
    return document | {"sentences": sentences(document)}


def _delivered(names: tuple[str, ...]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for name in names:
        about = {"round": name}
        entries.append({"id": f"tandems.{name}", "row": "tandems", "value": 35, "unit": "tandems", **about})
        if name == names[-1]:
            planned = {"row": "places", "value": 40, "unit": "tandems", **about}
            entries.append({"id": f"places.{name}", **planned})
        for what, value in (("all_meetings", 0.75), ("ended_early", 0.2)):
            told = {"row": "delivery", "what": what, "value": value, "unit": "share", "n": 35}
            entries.append({"id": f"delivery.{what}.{name}", **told, **about})
        for what, lo, hi in (
            ("total", 61000, 92000),
            ("time", 51000, 77000),
            ("cash", 9000, 16000),
            ("tandem", 1800, 2800),
            ("next_two", 120000, 190000),
            ("training", 1800, 3200),
        ):
            told = {"row": "money", "what": what, "lo": lo, "hi": hi, "unit": "CHF"}
            entries.append({"id": f"money.{what}.{name}", **told, **about})
    if len(names) > 1:
        told = {"row": "tandems", "rounds": list(names), "value": 130, "unit": "tandems"}
        entries.append({"id": f"tandems.{names[0]}-{names[-1]}", **told})
    return entries


def _questions(name: str) -> list[dict[str, Any]]:
    """The rows of single questions and of records, one entry each."""
    mentee, mentor = {"round": name, "side": "mentee"}, {"round": name, "side": "mentor"}
    share, score = {"unit": "share", "n": 35}, {"unit": "scale points", "scale_ends": [1, 5], "n": 30}
    found: list[dict[str, Any]] = [
        {"id": "goals.mentee", "row": "goals", **mentee, "value": 0.6, "unit": "goal points", "scale_ends": [-2, 2]},
        {"id": "upward.mentee", "row": "upward", **mentee, **score, "value": 3.4},
        {"id": "new_ties.mentor", "row": "new_ties", **mentor, "value": 4.2, "unit": "ties", "scale_ends": [0, 8]},
        {
            "id": "pulse.digital_fitness",
            "row": "pulse",
            "round": name,
            "scale": "digital_fitness",
            "value": 3.2,
            **score,
        },
        {"id": "would_accept", "row": "would_accept", **mentor, "value": 0.55, **share},
        {"id": "people.mentor", "row": "people", **mentor, "value": 30, "unit": "people"},
        {"id": "topics.ai_assistants", "row": "topics", "round": name, "topic": "ai_assistants", "value": 0.6, **share},
    ]
    for group, value in (("participants", 0.95), ("eligible", 0.8)):
        found.append({"id": f"reach.mentor.{group}", "row": "reach", **mentor, "group": group, "value": value, **share})
    for row, group in ((row, group) for row in ("staying", "moving_up") for group in ("participants", "comparison")):
        told = {"row": row, **mentor, "group": group, "months": 12, "value": 0.9 if row == "staying" else 0.1, **share}
        found.append({"id": f"{row}.mentor.{group}.12", **told})
    return [entry | {"id": f"{entry['id']}.{name}"} for entry in found]


def _brand_planned(verdict: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """C6 as a key claim, with a figure that a mention cannot move: one that did is named by a minus."""
    told = {"claim": "C6", "role": "key", "direction": "up", "group": "company", "rounds": list(names), "n": 300}
    told |= {"verdict": verdict.strip("-"), "n_comparator": 600}
    told |= {"comparator": "people who did not see the programme mentioned"}
    ends = (0.05, 0.2) if verdict.startswith("-") else (-0.1, 0.1)
    placebo = {"row": "placebo", "claim": "C6", "metric": "day_shift", "unit": "share", "n": 300, "n_comparator": 600}
    return [
        {"id": f"verdict.C6.all.{names[-1]}", "row": "verdict", "level": 2, "recorded": True, **told},
        {"id": f"effect.C6.all.{names[-1]}", "row": "effect", "unit": "share", "lo": 0.0, "hi": 0.15, **told},
        {"id": f"placebo.day_shift.{names[-1]}", **placebo, "lo": ends[0], "hi": ends[1]},
    ]


def _scales(names: tuple[str, ...]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for scale, (claim, side, *_) in SCALES.items():
        for group in ("participants", "comparison"):
            for when, row, value in (("before", "scale_change", 2.7), ("after", "scale_after", 3.3)):
                told = {"row": row, "scale": scale, "side": side, "claim": claim, "group": group, "when": when}
                told |= {"value": value, "unit": "scale points", "scale_ends": [1, 5], "n": 30, "round": names[-1]}
                entries.append({"id": f"scale.{scale}.{side}.{group}.{when}.{names[-1]}", **told})
    return entries


def _planned(scale: str, verdict: str, names: tuple[str, ...], *, sized: bool) -> list[dict[str, Any]]:
    claim, side, direction, *_ = SCALES[scale]
    about: dict[str, Any] = {"claim": claim, "role": "primary" if claim == "M1" else "key", "direction": direction}
    about |= {"group": side, "rounds": list(names), "scale": scale, "side": side, "scale_ends": [1, 5]}
    whole = f"{claim}.all.{names[-1]}"
    if verdict in ("too_few", "not_asked"):
        return [{"id": f"verdict.{whole}", "row": "verdict", "verdict": verdict, **about}]
    about |= {"verdict": verdict, "n": 115, "n_comparator": 125, "comparator": "waiting list"}
    found = [{"id": f"verdict.{whole}", "row": "verdict", "level": 3, "recorded": True, **about}]
    word = "turns" if verdict == "could_not" else "holds"
    found.append({"id": f"silent.{whole}", "row": "silent", "claim": claim, "verdict": word})
    least = {"row": "worthwhile", "claim": claim, "value": 0.2, "unit": "scale points"}
    found.append({"id": f"worthwhile.{whole}", **least})
    ends = {"shown": (0.2, 0.6), "points_against": (-0.6, -0.2)}.get(verdict, (-0.1, 0.3))
    size = {"near_end": 0.2, "middle": 0.3} if sized and verdict in ("shown", "points_against") else {}
    about |= {"lo": ends[0], "hi": ends[1], "unit": "scale points", **size}
    found.append({"id": f"effect.{whole}", "row": "effect", **about})
    for name in names:
        told = {"row": "effect", "claim": claim, "unit": "scale points", "direction": direction, "round": name}
        found.append({"id": f"effect.{claim}.{name}", **told, "lo": 0.1, "hi": 0.7, "n": 30, "n_comparator": 30})
    if verdict == "could_not":
        told = {"row": "info", "claim": claim, "unit": "rounds", "gathered": len(names), "needed": 9}
        found.append({"id": f"info.{claim}.{names[-1]}", **told})
        told = {"row": "money", "what": "missing", "lo": 300000, "hi": 480000, "unit": "CHF", "round": names[-1]}
        found.append({"id": f"money.missing.{names[-1]}", **told})
    return found
