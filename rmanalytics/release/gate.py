"""The gate for the leadership's page: few numbers, coarse ones, and none of few people.

Unit: one claim, or one branding figure. Who is in a set decides whether it may be told, never what came out; whatever
the gate cannot judge stays inside. It knows one report at a time: differences between reports are not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

LEAST_EVIDENCE = 2
EXACT_N = 30
BANDED_N = 10
STEP_SHARE = 0.05
PEOPLE_STEP = 5
_BANDS = {"scale points": 0.5, "g": 0.5, "ties": 0.5, "meetings": 0.5, "points per point": 0.5, "days": 30.0}
_STEPS = {"days": 10.0}

_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "exact": "{title}: supported in this round. Difference to the comparison group: about {size}.",
        "band": "{title}: supported in this round. Difference to the comparison group: between {low} and {high}.",
        "up_to": "{title}: supported in this round. Difference to the comparison group: up to {high}.",
        "words": "{title}: supported in this round. Too few people took part to tell how large the difference is.",
        "against": "The data of this round point against: {title}.",
        "unmeasured": "{count} further claims were not measured in this round, or by too few people to be told.",
        "precision": "Numbers are rounded on purpose: shares to 5 per cent, people to 5.",
        "audits": "Whether the rules of pairing were kept is told in the report for HR, not here.",
        "no_round": "Too few people or tandems took part for any figure to be told.",
        "exposed": "{metric}, people who saw the programme mentioned",
        "unexposed": "{metric}, other people",
        "scale points": "{value} scale points",
        "g": "{value} standard deviations",
        "ties": "{value} ties",
        "meetings": "{value} meetings",
        "points per point": "{value} points for each point at the start",
        "days": "{value} days",
        "share": "{value} percentage points",
    },
    "de": {
        "exact": "{title}: in dieser Runde belegt. Unterschied zur Vergleichsgruppe: etwa {size}.",
        "band": "{title}: in dieser Runde belegt. Unterschied zur Vergleichsgruppe: {low} bis {high}.",
        "up_to": "{title}: in dieser Runde belegt. Unterschied zur Vergleichsgruppe: bis zu {high}.",
        "words": "{title}: in dieser Runde belegt. Es waren zu wenige, um zu sagen, wie gross der Unterschied ist.",
        "against": "Die Daten dieser Runde sprechen dagegen: {title}.",
        "unmeasured": "{count} weitere Behauptungen wurden in dieser Runde nicht oder von zu wenigen gemessen.",
        "precision": "Zahlen sind mit Absicht gerundet: Anteile auf 5 Prozent, Personen auf 5.",
        "audits": "Ob die Regeln der Paarung eingehalten wurden, steht im Bericht für HR, nicht hier.",
        "no_round": "Zu wenige Personen oder Tandems haben teilgenommen, als dass eine Zahl gesagt werden könnte.",
        "exposed": "{metric}, wer das Programm erwähnt sah",
        "unexposed": "{metric}, andere",
        "scale points": "{value} Skalenpunkte",
        "g": "{value} Standardabweichungen",
        "ties": "{value} Beziehungen",
        "meetings": "{value} Treffen",
        "points per point": "{value} Punkte je Punkt am Anfang",
        "days": "{value} Tage",
        "share": "{value} Prozentpunkte",
    },
}


def released(results_json: Mapping[str, Any], *, k: int) -> dict[str, Any]:
    """What the leadership's page may hold.

    Parameters
    ----------
    results_json : mapping
        What ``results.json`` of a round holds.
    k : int
        Fewest people and fewest tandems of a set that may be told.

    Returns
    -------
    dict
        ``programme``, ``round``, ``language``; ``statements`` (``text``, ``n``, ``comparator``, ``evidence``),
        ``not_shown`` and ``notes`` (texts), ``branding`` (``title``, ``value``, ``lo``, ``hi``, ``n``, ``series``).
        A claim becomes a statement when it is supported at evidence level 2 or above, by at least ``k`` people on
        each side, in a round of at least ``k`` tandems. Of the difference one decimal is told from 30 people on, a
        band of half a point from 10 on, nothing below; a share in steps of 5 per cent; people rounded to 5.

    Raises
    ------
    ValueError
        When ``k`` is below 5.
    """
    if k < 5:
        raise ValueError("k must be 5 or more")
    words = _TEXTS[results_json["language"]]
    page: dict[str, Any] = {key: results_json[key] for key in ("programme", "round", "language")}
    page |= {"statements": [], "not_shown": [], "branding": [], "notes": [words["audits"], words["precision"]]}
    if _tandems(results_json["results"]) < k:
        return page | {"notes": [words["no_round"]]}
    silent = 0
    for answer in results_json["ledger"]:
        verdict = answer["verdict"]
        title = _title(answer["claim"], results_json["language"])
        if verdict not in {"supported", "not_shown", "contradicted"} or not _enough(answer["result"], k):
            silent += 1
        elif answer["evidence"] is None:
            continue  # an audit of a rule: it stands in the report for HR
        elif verdict == "supported" and answer["evidence"] >= LEAST_EVIDENCE:
            page["statements"].append(_statement(answer, title, results_json["language"]))
        elif verdict == "contradicted" and answer["evidence"] >= LEAST_EVIDENCE:
            page["notes"].append(words["against"].format(title=title))
        else:
            page["not_shown"].append(title)
    if silent:
        page["notes"].append(words["unmeasured"].format(count=silent))
    page["branding"] = list(_branding(results_json, k=k, words=words))
    return page


def _tandems(rows: list[Mapping[str, Any]]) -> int:
    """Tandems of the round; 0 where the results do not tell, so that nothing goes out."""
    found = [row["n"] for row in rows if row["name"] == "tandems_matched" and row["quantity"] == "estimate"]
    return int(found[0]) if len(found) == 1 and found[0] is not None else 0


def _enough(result: Mapping[str, Any] | None, k: int) -> bool:
    """Whether a result rests on at least ``k`` people or tandems on each side."""
    if result is None or result["status"] != "estimated" or result["n"] is None:
        return False
    return _least_n(result) >= k


def _least_n(result: Mapping[str, Any]) -> int:
    other = result["n_comparator"]
    return int(result["n"] if other is None else min(result["n"], other))


def _title(claim: Mapping[str, Any], language: str) -> str:
    titles: Mapping[str, str] = claim["title"]
    return titles.get(language) or titles["en"]


def _statement(answer: Mapping[str, Any], title: str, language: str) -> dict[str, Any]:
    result = answer["result"]
    return {
        "text": _sentence(result, title, language),
        "n": _people(int(result["n"])),
        "comparator": result["comparator"] or "",
        "evidence": answer["evidence"],
    }


def _sentence(result: Mapping[str, Any], title: str, language: str) -> str:
    words, unit, n = _TEXTS[language], result["unit"], _least_n(result)
    size = abs(float(result["value"]))
    if n < BANDED_N or unit not in _BANDS | {"share": STEP_SHARE}:
        return words["words"].format(title=title)

    def told(value: float, digits: int) -> str:
        text = f"{100 * value if unit == 'share' else value:.{digits}f}"
        return text.replace(".", ",") if language == "de" else text

    digits = 0 if unit in {"share", "days"} else 1
    if n >= EXACT_N:
        rounded = _nearest(size, STEP_SHARE if unit == "share" else _STEPS.get(unit, 0.1))
        return words["exact"].format(title=title, size=words[unit].format(value=told(rounded, digits)))
    low, high = _band(size, STEP_SHARE if unit == "share" else _BANDS[unit])
    high_text = words[unit].format(value=told(high, digits))
    if low == 0:
        return words["up_to"].format(title=title, high=high_text)
    return words["band"].format(title=title, low=told(low, digits), high=high_text)


def _branding(results_json: Mapping[str, Any], *, k: int, words: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Branding shares of at least ``k``, 10 where a number is told at all; others stay inside."""
    rows = results_json["results"]
    for row in rows:
        if row["name"] != "branding_share" or row["quantity"] != "estimate" or not _enough(row, max(k, BANDED_N)):
            continue
        group = {"exposed": "exposed", "not exposed": "unexposed"}.get(row["group"])
        if group is None:
            continue
        entry = {
            "title": words[group].format(metric=row["outcome"].replace("_", " ")),
            "value": _nearest(row["value"], STEP_SHARE),
            "n": _people(row["n"]),
            "series": [],
        }
        if row["n"] >= EXACT_N and row["lo"] is not None and row["hi"] is not None:
            entry["lo"] = _band(row["lo"], STEP_SHARE)[0]
            entry["hi"] = min(1.0, _band(row["hi"], STEP_SHARE)[1])
        yield entry


def _people(n: int) -> int:
    return PEOPLE_STEP * round(n / PEOPLE_STEP)


def _nearest(value: float, step: float) -> float:
    return round(round(value / step) * step, 6)


def _band(value: float, step: float) -> tuple[float, float]:
    """The band of a width that a value lies in.

    Examples
    --------
    >>> _band(0.65, 0.5)
    (0.5, 1.0)
    """
    low = math.floor(round(value / step, 9)) * step
    return round(low, 6), round(low + step, 6)
