"""The gate for the leadership's page: few numbers, coarse ones, and none of few people.

Unit: one claim, or one branding figure. Who is in a set decides whether it may be told, never what came out; whatever
the gate cannot judge stays inside. It knows one report at a time: differences between reports are not looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from rmanalytics.language.translator import Translator, translator
from rmanalytics.release import sentences

LEAST_EVIDENCE = 2
EXACT_N = 30
BANDED_N = 10
STEP_SHARE = 0.05
PEOPLE_STEP = 5
_BANDS = {"scale points": 0.5, "points per point": 0.5, "ties": 0.5, "days": 30.0, "share": STEP_SHARE}
_STEPS = {"scale points": 0.1, "points per point": 0.1, "ties": 0.1, "days": 10.0, "share": STEP_SHARE}
_TURNED = frozenset({"points per point"})
"""A slope below zero says that those gain more who start lower."""


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
    tr = translator(results_json["language"])
    page: dict[str, Any] = {key: results_json[key] for key in ("programme", "round", "language")}
    page |= {"statements": [], "own_view": [], "against": [], "not_shown": [], "branding": []}
    if _tandems(results_json["results"]) < k:
        return page | {"notes": [sentences.no_round(tr)]}
    silent = 0
    for answer in results_json["ledger"]:
        verdict, title = answer["verdict"], tr.pick(answer["claim"]["title"])
        if verdict not in {"supported", "not_shown", "contradicted"} or not _enough(answer["result"], k):
            silent += 1
        elif answer["evidence"] is None:
            continue  # an audit of a rule: it stands in the report for HR
        elif verdict == "not_shown":
            page["not_shown"].append(title)
        elif verdict == "contradicted":
            compared = answer["evidence"] >= LEAST_EVIDENCE
            page["against"].append(title if compared else sentences.own_view(title, tr))
        elif answer["evidence"] >= LEAST_EVIDENCE:
            page["statements"].append(_statement(answer, title, tr, results_json.get("scales") or {}))
        else:
            page["own_view"].append(title)
    page["statements"].sort(key=lambda statement: -statement["evidence"])
    page["notes"] = sentences.notes(silent, tr)
    page["branding"] = list(_branding(results_json, k=k, tr=tr))
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


def _statement(answer: Mapping[str, Any], title: str, tr: Translator, scales: Mapping[str, Any]) -> dict[str, Any]:
    result = answer["result"]
    return {
        "claim": title,
        "text": _sentence(result, title, tr, scales),
        "n": _people(int(result["n"])),
        "comparator": result["comparator"] or "",
        "evidence": answer["evidence"],
    }


def _sentence(result: Mapping[str, Any], title: str, tr: Translator, scales: Mapping[str, Any]) -> str:
    unit, comparator = result["unit"], result["comparator"] or ""
    if unit not in _BANDS or comparator not in sentences.THAN:
        return sentences.plain(title, tr)
    n = _least_n(result)
    if n < BANDED_N:
        return sentences.too_few(title, tr)
    size = abs(float(result["value"]))
    if n >= EXACT_N:
        words = sentences.about(_nearest(size, _STEPS[unit]), _STEPS[unit], unit, tr)
    else:
        words = sentences.between(*_band(size, _BANDS[unit]), unit, tr)
    turned = unit in _TURNED
    ends = scales.get(str(result["outcome"] or "").partition(".")[0]) if unit == "scale points" else None
    more = (float(result["value"]) > 0) != turned
    return sentences.sized(title, words, comparator, sentences.scale(ends, tr, slope=turned), tr, more=more)


def _branding(results_json: Mapping[str, Any], *, k: int, tr: Translator) -> Iterator[dict[str, Any]]:
    """Branding shares of at least ``k``, 10 where a number is told at all; others stay inside."""
    rows = results_json["results"]
    for row in rows:
        if row["name"] != "branding_share" or row["quantity"] != "estimate" or not _enough(row, max(k, BANDED_N)):
            continue
        title = sentences.branding(row, tr)
        if not title:
            continue
        entry = {
            "title": title,
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
