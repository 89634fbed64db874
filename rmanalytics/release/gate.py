"""The gate for the leadership's page: words from 25 people a side, few numbers, coarse ones, and none of few people.

Unit: one claim. Who is in a set decides whether it may be told, never what came out; whatever the gate cannot judge
stays inside. It knows one report at a time: differences between reports are not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from rmanalytics.language.translator import Translator, translator
from rmanalytics.release import sentences

LEAST_WORD = 25
"""People on each side from which a verdict is told; below it every claim reads alike."""
LEAST_FIGURE = 30
STEP_SHARE = 0.05
PEOPLE_STEP = 5
STEPS = {
    "scale points": 0.1,
    "points per point": 0.1,
    "ties": 0.1,
    "days": 1.0,
    "share": STEP_SHARE,
    "rate ratio": 0.05,
    "ratio": 0.05,
}
"""Steps to which the ends of an interval are rounded outwards, by unit."""
TOLD = ("shown", "points_for", "points_against", "not_shown", "could_not")
UNTOLD = ("withheld", "not_asked")
TOO_FEW = "too_few"


def released(results_json: Mapping[str, Any], *, k: int) -> dict[str, Any]:
    """What the leadership's page may hold.

    Parameters
    ----------
    results_json : mapping
        What ``results.json`` of a round holds; ``scales`` (name of an instrument to its lowest and highest answer) may
        be left out, and then no scale is named.
    k : int
        Fewest tandems of a round that may be told.

    Returns
    -------
    dict
        ``programme``, ``round``, ``language``; ``statements`` (``claim``, ``text``, ``n``, ``comparator``) of what is
        shown; ``words``: by `TOLD` and `TOO_FEW` the titles of the plan's claims; ``audits`` (``claim``, ``word``);
        ``branding`` (``title``, ``metric``, ``group``, ``value``, ``lo``, ``hi``, ``n``, ``series``); ``notes``.
        A claim of the plan has its word from 25 people on each side; below that it is *too few people to be told*,
        whatever came out. What is explored or described stays inside. Sizes are the selection-corrected near end,
        rounded outwards, and the middle; no evidence level, for one person could move it.

    Raises
    ------
    ValueError
        When ``k`` is below 5.
    """
    if k < 5:
        raise ValueError("k must be 5 or more")
    tr = translator(results_json["language"])
    page: dict[str, Any] = {key: results_json[key] for key in ("programme", "round", "language")}
    page |= {"statements": [], "words": {}, "audits": [], "branding": [], "planned": False}
    if _tandems(results_json["results"]) < k:
        return page | {"notes": [sentences.no_round(tr)]}
    for answer in results_json["ledger"]:
        title = tr.pick(answer["claim"]["title"])
        if answer["claim"]["type"] == "audit":
            page["audits"].append({"claim": title, "word": _audit(answer["verdict"])})
        elif answer["role"]:
            page["planned"] = True
            word = word_outside(answer)
            if word == "shown":
                page["statements"].append(_statement(answer, title, tr, results_json.get("scales") or {}))
            elif word:
                page["words"].setdefault(word, []).append(title)
    page["notes"] = sentences.notes(_recorded(results_json["ledger"]), tr)
    page["branding"] = list(_branding(results_json, tr=tr))
    return page


def word_outside(answer: Mapping[str, Any]) -> str:
    """The word of a claim of the plan: by membership *too few*, else HR's own; empty where nobody was asked.

    *Not estimable* is told as *could not have told*, so that the reason gives nothing away.
    """
    if answer["verdict"] == "not_asked":
        return ""
    if answer["verdict"] == "withheld" or not _enough(answer["result"]):
        return TOO_FEW
    return str(answer["verdict"]) if answer["verdict"] in TOLD else "could_not"


def _audit(verdict: str) -> str:
    return verdict if verdict in ("kept", "broken") else "not_audited"


def _recorded(ledger: list[Mapping[str, Any]]) -> bool:
    """Whether the plan was recorded in time: no gate of a claim of the plan says otherwise."""
    gates = [gate for answer in ledger if answer["role"] for gate in answer["gates"]]
    return any(gate["name"] == "plan" for gate in gates) and all(g["passed"] for g in gates if g["name"] == "plan")


def _tandems(rows: list[Mapping[str, Any]]) -> int:
    """Tandems of the round; 0 where the results do not tell, so that nothing goes out."""
    found = [row["n"] for row in rows if row["name"] == "tandems_matched" and row["quantity"] == "estimate"]
    return int(found[0]) if len(found) == 1 and found[0] is not None else 0


def _enough(result: Mapping[str, Any] | None) -> bool:
    """Whether a result rests on enough people on each side; without a comparison group it never does."""
    if result is None or result["n"] is None:
        return False
    other = result["n_comparator"]
    return other is not None and min(int(result["n"]), int(other)) >= LEAST_WORD


def _statement(answer: Mapping[str, Any], title: str, tr: Translator, scales: Mapping[str, Any]) -> dict[str, Any]:
    result = answer["result"]
    return {
        "claim": title,
        "text": _sentence(answer, title, tr, scales),
        "n": _people(min(int(result["n"]), int(result["n_comparator"]))),
        "comparator": result["comparator"] or "",
    }


def _sentence(answer: Mapping[str, Any], title: str, tr: Translator, scales: Mapping[str, Any]) -> str:
    result = answer["result"]
    unit, comparator = result["unit"], result["comparator"] or ""
    step, none = STEPS.get(unit), 1.0 if unit.endswith("ratio") else 0.0
    if answer["size"] is None or step is None or comparator not in sentences.THAN:
        return sentences.plain(title, tr)
    low, middle = answer["size"][0], answer["size"][1]
    near = round(math.floor(round(low / step, 9)) * step, 6)
    ends = scales.get(str(result["outcome"] or "").partition(".")[0]) if unit == "scale points" else None
    if near <= none:
        return sentences.unsized(title, comparator, tr)
    about = max(round(round(middle / step) * step, 6), near)
    return sentences.sized(title, (near, about), comparator, tr, unit=unit, scale=sentences.scale(ends, tr))


def _branding(results_json: Mapping[str, Any], *, tr: Translator) -> Iterator[dict[str, Any]]:
    """Shares with and without mention: a pair only where the claim on the employer brand is shown."""
    shown = any(a["claim"]["id"] == "C6" and word_outside(a) == "shown" for a in results_json["ledger"] if a["role"])
    for row in results_json["results"] if shown else ():
        if row["name"] != "branding_share" or row["quantity"] != "estimate" or row["status"] != "estimated":
            continue
        title = sentences.branding(row, tr)
        if not title or row["n"] is None or row["n"] < LEAST_FIGURE:
            continue
        entry = {
            "title": title,
            "metric": row["outcome"],
            "group": row["group"],
            "value": _nearest(row["value"], STEP_SHARE),
            "n": _people(row["n"]),
            "series": [],
        }
        if row["lo"] is not None and row["hi"] is not None:
            entry["lo"] = _band(row["lo"], STEP_SHARE)[0]
            entry["hi"] = min(1.0, _band(row["hi"], STEP_SHARE)[1])
        yield entry


def _people(n: int) -> int:
    """Rounded down, for the page says *at least*."""
    return PEOPLE_STEP * (n // PEOPLE_STEP)


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
