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
_BANDS = {"scale points": 0.5, "points per point": 0.5, "ties": 0.5, "days": 30.0, "share": STEP_SHARE}
_STEPS = {"scale points": 0.1, "points per point": 0.1, "ties": 0.1, "days": 10.0, "share": STEP_SHARE}
_WHOLE = frozenset({"days", "share"})
_TURNED = frozenset({"points per point"})
"""A slope below zero says that those gain more who start lower."""

_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "sized": "{title}: supported in this round. On average {size} {way} {than}{scale}.",
        "words": "{title}: supported in this round. Too few people took part to tell how large the difference is.",
        "plain": "{title}: supported in this round.",
        "own": "{title} (as the participants see it)",
        "unmeasured": "{count} further claims were not measured in this round, or by too few people to be told.",
        "precision": "Numbers are rounded on purpose: shares to 5 per cent, people to 5.",
        "audits": "Whether the rules of pairing were kept is told in the report for HR, not here.",
        "no_round": "Too few people or tandems took part for any figure to be told.",
        "exposed": "{metric}, people who saw the programme mentioned",
        "unexposed": "{metric}, other people",
        "more": "more",
        "less": "less",
        "scale": ", on a scale of {lowest} to {highest}",
        "start": ", for each point that somebody started lower",
    },
    "de": {
        "sized": "{title}: in dieser Runde belegt. Im Mittel {size} {way} {than}{scale}.",
        "words": "{title}: in dieser Runde belegt. Es waren zu wenige, um zu sagen, wie gross der Unterschied ist.",
        "plain": "{title}: in dieser Runde belegt.",
        "own": "{title} (aus Sicht der Teilnehmenden)",
        "unmeasured": "{count} weitere Behauptungen wurden in dieser Runde nicht oder bei zu wenigen gemessen.",
        "precision": "Die Zahlen sind mit Absicht gerundet: Anteile auf 5 Prozent, Personen auf 5.",
        "audits": "Ob die Regeln der Paarung eingehalten wurden, steht im Bericht für HR, nicht hier.",
        "no_round": "Es nahmen zu wenige Personen oder Tandems teil, um eine Zahl zu nennen.",
        "exposed": "{metric}, wer einen Hinweis auf das Programm sah",
        "unexposed": "{metric}, alle anderen",
        "more": "mehr",
        "less": "weniger",
        "scale": ", auf einer Skala von {lowest} bis {highest}",
        "start": ", für jeden Punkt, den jemand tiefer begann",
    },
}
_SIZES: dict[str, dict[str, tuple[str, str, str]]] = {
    "en": {
        "scale points": ("about {high} points", "under {high} points", "between {low} and {high} points"),
        "points per point": ("about {high} points", "under {high} points", "between {low} and {high} points"),
        "ties": ("about {high} ties", "under {high} ties", "between {low} and {high} ties"),
        "days": ("about {high} days", "under {high} days", "between {low} and {high} days"),
        "share": (
            "about {high} percentage points",
            "under {high} percentage points",
            "between {low} and {high} percentage points",
        ),
    },
    "de": {
        "scale points": ("etwa {high} Punkte", "unter {high} Punkten", "zwischen {low} und {high} Punkten"),
        "points per point": ("etwa {high} Punkte", "unter {high} Punkten", "zwischen {low} und {high} Punkten"),
        "ties": ("etwa {high} Beziehungen", "unter {high} Beziehungen", "zwischen {low} und {high} Beziehungen"),
        "days": ("etwa {high} Tage", "unter {high} Tagen", "zwischen {low} und {high} Tagen"),
        "share": (
            "etwa {high} Prozentpunkte",
            "unter {high} Prozentpunkten",
            "zwischen {low} und {high} Prozentpunkten",
        ),
    },
}
"""By unit: about a size, less than the smallest one that is told, within a band."""
_HALVES = {
    "en": {0.0: "between 0 and half a point", 0.5: "between half a point and one point"},
    "de": {0.0: "zwischen 0 und einem halben Punkt", 0.5: "zwischen einem halben und einem ganzen Punkt"},
}
_POINTS = frozenset({"scale points", "points per point"})
_THAN = {
    "en": {
        "": "than in the comparison group",
        "waiting list": "than on the waiting list",
        "matched colleagues": "than among matched colleagues",
        "waiting list and matched colleagues": "than on the waiting list and among matched colleagues",
        "colleagues outside the programme": "than among colleagues outside the programme",
        "people who did not see the programme mentioned": "than among people who did not see it mentioned",
    },
    "de": {
        "": "als in der Vergleichsgruppe",
        "waiting list": "als auf der Warteliste",
        "matched colleagues": "als bei vergleichbaren Kolleginnen und Kollegen",
        "waiting list and matched colleagues": "als auf der Warteliste und bei vergleichbaren Kolleginnen und Kollegen",
        "colleagues outside the programme": "als bei Kolleginnen und Kollegen ausserhalb des Programms",
        "people who did not see the programme mentioned": "als bei Personen, die keinen Hinweis darauf sahen",
    },
}


def released(results_json: Mapping[str, Any], *, k: int) -> dict[str, Any]:
    """What the leadership's page may hold.

    Parameters
    ----------
    results_json : mapping
        What ``results.json`` of a round holds; ``scales`` (name of an instrument to its lowest and highest answer) may
        be left out, and then no scale is named.
    k : int
        Fewest people and fewest tandems of a set that may be told.

    Returns
    -------
    dict
        ``programme``, ``round``, ``language``; ``statements`` (``claim``, ``text``, ``n``, ``comparator``,
        ``evidence``), ``own_view``, ``against``, ``not_shown`` and ``notes`` (texts), ``branding`` (``title``,
        ``metric``, ``group``, ``value``, ``lo``, ``hi``, ``n``, ``series``).
        A claim becomes a statement when it is supported at evidence level 2 or above, by at least ``k`` people on
        each side, in a round of at least ``k`` tandems, strongest evidence first; supported without a comparison it is
        the participants' own view. Of the difference one decimal is told from 30 people on, a band of half a point
        from 10 on, nothing below; a share in steps of 5 per cent; people rounded to 5.

    Raises
    ------
    ValueError
        When ``k`` is below 5.
    """
    if k < 5:
        raise ValueError("k must be 5 or more")
    language = results_json["language"]
    words = _TEXTS[language]
    page: dict[str, Any] = {key: results_json[key] for key in ("programme", "round", "language")}
    page |= {"statements": [], "own_view": [], "against": [], "not_shown": [], "branding": []}
    if _tandems(results_json["results"]) < k:
        return page | {"notes": [words["no_round"]]}
    silent = 0
    for answer in results_json["ledger"]:
        verdict, title = answer["verdict"], _title(answer["claim"], language)
        if verdict not in {"supported", "not_shown", "contradicted"} or not _enough(answer["result"], k):
            silent += 1
        elif answer["evidence"] is None:
            continue  # an audit of a rule: it stands in the report for HR
        elif verdict == "not_shown":
            page["not_shown"].append(title)
        elif verdict == "contradicted":
            compared = answer["evidence"] >= LEAST_EVIDENCE
            page["against"].append(title if compared else words["own"].format(title=title))
        elif answer["evidence"] >= LEAST_EVIDENCE:
            page["statements"].append(_statement(answer, title, language, results_json.get("scales") or {}))
        else:
            page["own_view"].append(title)
    page["statements"].sort(key=lambda statement: -statement["evidence"])
    page["notes"] = [words["audits"], words["precision"]]
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


def _statement(answer: Mapping[str, Any], title: str, language: str, scales: Mapping[str, Any]) -> dict[str, Any]:
    result = answer["result"]
    return {
        "claim": title,
        "text": _sentence(result, title, language, scales),
        "n": _people(int(result["n"])),
        "comparator": result["comparator"] or "",
        "evidence": answer["evidence"],
    }


def _sentence(result: Mapping[str, Any], title: str, language: str, scales: Mapping[str, Any]) -> str:
    words, unit, than = _TEXTS[language], result["unit"], _THAN[language].get(result["comparator"] or "")
    if unit not in _BANDS or than is None:
        return words["plain"].format(title=title)
    if _least_n(result) < BANDED_N:
        return words["words"].format(title=title)
    more = (float(result["value"]) > 0) != (unit in _TURNED)
    return words["sized"].format(
        title=title,
        size=_size(abs(float(result["value"])), unit, _least_n(result), language),
        way=words["more" if more else "less"],
        than=than,
        scale=_scale(result, words, scales),
    )


def _scale(result: Mapping[str, Any], words: Mapping[str, str], scales: Mapping[str, Any]) -> str:
    """The ends of the answer scale, where they are known, so that a point means something."""
    if result["unit"] in _TURNED:
        return words["start"]
    ends = scales.get(str(result["outcome"] or "").partition(".")[0])
    if result["unit"] != "scale points" or not ends:
        return ""
    return words["scale"].format(lowest=ends[0], highest=ends[1])


def _size(size: float, unit: str, n: int, language: str) -> str:
    """A size as coarse as the number of people asks for."""

    def told(value: float) -> str:
        text = f"{100 * value if unit == 'share' else value:.{0 if unit in _WHOLE else 1}f}"
        return text.replace(".", ",") if language == "de" else text

    about, under, between = _SIZES[language][unit]
    if n >= EXACT_N:
        step = _STEPS[unit]
        rounded = _nearest(size, step)
        return about.format(high=told(rounded)) if rounded else under.format(high=told(step))
    low, high = _band(size, _BANDS[unit])
    if unit in _POINTS and low in _HALVES[language]:
        return _HALVES[language][low]
    return between.format(low=told(low), high=told(high))


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
            "metric": row["outcome"],
            "group": row["group"],
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
