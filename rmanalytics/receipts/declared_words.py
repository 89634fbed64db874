"""What the sheet of a plan or a list says: each claim in words, each rule by its name, and what was in by then.

Unit: one receipt. Nothing here names a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "primary": "the primary claim",
        "key": "a key claim",
        "explored": "explored",
        "mentee": "seniors",
        "mentor": "juniors",
        "both": "both sides",
        "up": "expected: more",
        "down": "expected: less",
        "smallest_effect": "smallest effect of interest {value}",
        "instrument": "questionnaire {value}",
        "items": "questions {value}",
        "instrument_digest": "digest of the questionnaire {value}…",
        "horizon_days": "after {value} days",
        "metric": "figure {value}",
        "target": "target {value}",
        "reason": "Reason",
        "note": "Note",
        "generations": "Generations",
        "k": "Smallest group that is shown",
        "seed": "Seed",
        "tie_kind": "Kind of ties",
        "top_levels": "Levels that count as top",
        "topics": "Topics",
        "value": "Costs and worth",
        "wordings": "Changed wordings",
        "planned_meetings": "Meetings planned",
        "draw": "Rules of the draw",
        "pairing": "Rules of pairing",
        "linkage": "Linkage of answers",
        "lot_document": "Document of a lot",
        "post_answered": "People who had answered after the round",
        "post_expected": "People whose answers after it are expected",
        "pre_expected": "People whose answers before it are expected",
        "pre_answered": "People who had answered before the round",
        "ids": "Digest of the list",
        "people": "{value}: how many",
        "arms": "{value}: lot numbers",
        "list": "Digest of the list",
        "entries": "Digest of the entries",
        "entries_n": "Entries",
        "order": "Arms",
        "seed_from": "Where the seed comes from",
        "n": "How many people",
        "private": "Digest of the private half now",
        "recomputed": "Everything computed anew is the same (1 yes, 0 no)",
        "of": "Refers to",
        "where": "Where",
        "waiting_list": "waiting list",
        "matched": "matched",
        "rows": "Rows of {value}",
    },
    "de": {
        "primary": "die Hauptaussage",
        "key": "eine Schlüsselaussage",
        "explored": "nur erkundet",
        "mentee": "Ältere",
        "mentor": "Jüngere",
        "both": "beide Seiten",
        "up": "erwartet: mehr",
        "down": "erwartet: weniger",
        "smallest_effect": "kleinste Wirkung, die zählt: {value}",
        "instrument": "Fragebogen {value}",
        "items": "Fragen {value}",
        "instrument_digest": "Prüfsumme des Fragebogens {value}…",
        "horizon_days": "nach {value} Tagen",
        "metric": "Kennzahl {value}",
        "target": "Ziel {value}",
        "reason": "Grund",
        "note": "Anmerkung",
        "generations": "Generationen",
        "k": "Kleinste Gruppe, die gezeigt wird",
        "seed": "Startzahl",
        "tie_kind": "Art der Beziehungen",
        "top_levels": "Stufen, die als oberste zählen",
        "topics": "Themen",
        "value": "Kosten und Wert",
        "wordings": "Geänderte Fragen",
        "planned_meetings": "Geplante Treffen",
        "draw": "Regeln des Loses",
        "pairing": "Regeln der Paarung",
        "linkage": "Verknüpfung der Antworten",
        "lot_document": "Urkunde eines Loses",
        "post_answered": "Menschen, die nach der Runde geantwortet hatten",
        "post_expected": "Menschen, deren Antworten nach der Runde erwartet werden",
        "pre_expected": "Menschen, deren Antworten vor der Runde erwartet werden",
        "pre_answered": "Menschen, die vor der Runde geantwortet hatten",
        "ids": "Prüfsumme der Liste",
        "people": "{value}: wie viele",
        "arms": "{value}: Losnummern",
        "list": "Prüfsumme der Liste",
        "entries": "Prüfsumme der Einträge",
        "entries_n": "Einträge",
        "order": "Gruppen",
        "seed_from": "Woher die Startzahl kommt",
        "n": "Wie viele Menschen",
        "private": "Prüfsumme der vertraulichen Hälfte seither",
        "recomputed": "Neu gerechnet ist alles gleich (1 ja, 0 nein)",
        "of": "Bezieht sich auf",
        "where": "Wo",
        "waiting_list": "Warteliste",
        "matched": "zugeteilt",
        "rows": "Zeilen von {value}",
    },
}
_FIRST = (
    "role",
    "side",
    "direction",
    "smallest_effect",
    "horizon_days",
    "metric",
    "target",
    "instrument",
    "items",
    "instrument_digest",
)
"""In this order; what else is fixed of a claim follows by its own name."""
_RECORD = re.compile(r"\w+\((\w+=.*)\)")


def rows_of(content: Mapping[str, Any], language: str, titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Rows of a sheet's table: what is fixed, and its value.

    Parameters
    ----------
    content : mapping
        Of a receipt, or a part of it.
    language : str
        ``de`` or ``en``.
    titles : mapping
        Titles of claims by id; a claim without one has its id alone.

    Examples
    --------
    >>> rows_of({"claims": {"M1": {"role": "primary", "direction": "up"}}, "rules": {"seed": 1}}, "en", {})
    [('M1', 'the primary claim; expected: more'), ('Seed', '1')]
    """
    words, rows = _WORDS[language], list[tuple[str, str]]()
    for name, value in content.items():
        if name == "claims":
            order = sorted(value, key=lambda claim: (value[claim].get("role") != "primary", claim))
            rows += [(f"{claim} {titles.get(claim, '')}".strip(), _claim(value[claim], words)) for claim in order]
        elif name == "rules":
            rows += rows_of(value, language, titles)
        elif name in ("people", "arms") and isinstance(value, Mapping):
            rows += [(words[name].format(value=_known(key, words)), str(own)) for key, own in value.items()]
        elif name.startswith("rows_"):
            rows.append((words["rows"].format(value=name.removeprefix("rows_")), str(value)))
        else:
            rows.append((words[name].format(value="").strip() if name in words else name, _plain(value)))
    return [(name, value) for name, value in rows if value]


def _claim(own: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """All that is fixed of one claim."""
    told = []
    for name in sorted(own, key=lambda one: (_FIRST.index(one) if one in _FIRST else len(_FIRST), one)):
        value = str(own[name])[:16] if name == "instrument_digest" else _whole(str(own[name]))
        if name in ("role", "side", "direction"):
            told.append(words.get(value or "explored", value))
        else:
            told.append(words[name].format(value=value) if name in words else f"{name} {value}")
    return "; ".join(one for one in told if one)


def _known(text: str, words: Mapping[str, str]) -> str:
    side, *group = (words.get(part, part) for part in text.split())
    return f"{side} ({' '.join(group)})" if group else side


def _plain(value: Any) -> str:
    """A value as text; of a record its fields, without the marks of a program."""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    record = _RECORD.fullmatch(text)
    if record is None:
        return _whole(text)
    given = [one for one in re.split(r", (?=\w+=)", record[1]) if not one.endswith(("=None", "=''", "=()"))]
    return _whole(re.sub(r"['()]", "", "; ".join(given)).replace("=", " "))


def _whole(text: str) -> str:
    """Whole numbers without a zero behind the point."""
    return re.sub(r"\b(\d+)\.0\b", r"\1", text)
