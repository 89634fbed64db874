"""Own scales: the order of answers in words, and the file that describes questions of a survey as a scale."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, date, datetime

from rmanalytics.intake.look.files import Column, Seen
from rmanalytics.intake.look.words import plain
from rmanalytics.language.translator import Translator


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


def today() -> date:
    """The day on which a folder is looked at."""
    return datetime.now(UTC).date()


_OWN = {"en": "Own questions", "de": "Eigene Fragen"}
_GERMAN = re.compile(
    r"(?i)[äöüß]|\b(ich|der|die|das|und|nicht|nr|vorname|name|personal\w*|eintritt\w*|austritt\w*|geb\w*|stufe|ebene"
    r"|abteilung|bereich|\w+(zeit|datum|grund|nummer))\b"
)
_ENGLISH = re.compile(
    r"(?i)\b(i|the|of|my|your|and|not|is|employee|staff|person|hire\w*|date|first|last|level|grade|department|time"
    r"|response|birth|reason)\b"
)
_ORDERS = (
    (
        "strongly disagree",
        "disagree",
        "neither agree nor disagree|neither|neutral|undecided",
        "agree",
        "strongly agree",
    ),
    (
        "trifft gar nicht zu|trifft überhaupt nicht zu|stimme gar nicht zu|stimme überhaupt nicht zu",
        "trifft eher nicht zu|trifft kaum zu|stimme nicht zu|stimme eher nicht zu|trifft wenig zu",
        "teils, teils|teils teils|teils/teils|weder noch|neutral|mittel",
        "trifft eher zu|stimme zu|stimme eher zu|trifft ziemlich zu",
        "trifft völlig zu|trifft voll zu|stimme voll zu|trifft voll und ganz zu|stimme voll und ganz zu",
    ),
    (
        "pas du tout d'accord|pas du tout d’accord",
        "plutôt pas d'accord|pas d'accord",
        "ni d'accord ni pas d'accord|neutre",
        "plutôt d'accord|d'accord",
        "tout à fait d'accord",
    ),
    (
        "never|nie|jamais",
        "rarely|selten|rarement",
        "sometimes|manchmal|parfois",
        "often|oft|häufig|souvent",
        "always|immer|toujours",
    ),
)


def order_of(labels: Collection[str]) -> tuple[str, ...] | None:
    """The labels of a known scale in order, from those that were given; None where no known scale has them all.

    Steps that nobody ticked are worded like the others.

    Examples
    --------
    >>> order_of(["Stimme voll zu", "Stimme eher zu"])[0], order_of(["rot", "Stimme voll zu"])
    ('stimme gar nicht zu', None)
    """
    for order in _ORDERS:
        places = {plain(name): place for place, names in enumerate(order) for name in names.split("|")}
        if labels and all(plain(label) in places for label in labels):
            given = {places[plain(label)]: label for label in labels}
            if len(given) == len({plain(label) for label in labels}):
                begun = {plain(label).split()[0] for label in labels}
                return tuple(given.get(place) or _like(names.split("|"), begun) for place, names in enumerate(order))
    return None


def _like(names: list[str], begun: set[str]) -> str:
    """The first wording that begins as the others do, else the first."""
    return next((name for name in names if plain(name).split()[0] in begun), names[0])


def alike(
    columns: Iterable[Column], order: Callable[[Collection[str]], tuple[str, ...] | None] = order_of
) -> list[tuple[set[str], list[Column]]]:
    """Questions answered alike, with their labels; none where they are answered in numbers."""
    groups: list[tuple[set[str], list[Column]]] = []
    for column in columns:
        labels = set() if column.numbers else set(column.filled)
        for both, found in groups:
            if bool(both) == bool(labels) and (both == labels or order(both | labels)):
                both.update(labels)
                found.append(column)
                break
        else:
            groups.append((labels, [column]))
    return groups


def language_of(headers: Iterable[str]) -> str:
    """The language in which most headers are that show one: ``de`` or ``en``.

    Examples
    --------
    >>> language_of(["Personalnummer", "Eintritt", "Team"]), language_of(["Employee ID", "Hire date"])
    ('de', 'en')
    """
    texts = set(headers)
    return "de" if sum(map(bool, map(_GERMAN.search, texts))) > sum(map(bool, map(_ENGLISH.search, texts))) else "en"


def scale_text(one: Seen, items: list[tuple[Column, str]], labels: tuple[str, ...], tr: Translator) -> str:
    """The file of a scale: its questions as items, its answers as far as they can be told."""
    numbers = [n for column, _ in items for n in column.numbers]
    top = next((top for top in (5, 7, 10) if max(numbers, default=5) <= top), 10)
    low, high = (0 if numbers and min(numbers) == 0 else 1, top) if numbers else (1, len(labels))
    lines = [
        tr("# Questions of {file} that belong to no shipped scale: please look it through.", file=one.name),
        'version = "1"',
        f'direction = "up"  # {tr("or down: where the programme wants to take it")}',
        f"source = {quoted(one.name)}",
        'licence = "own"',
        "",
        "[title]",
        *(f'{code} = "{title} ({items[0][1].rpartition("_")[0]})"' for code, title in _OWN.items()),
        "",
        "[scale]",
        f"min = {low}" + (f"  # {tr('the lowest answer that can be given')}" if numbers else ""),
        f"max = {high}" + (f"  # {tr('the highest answer that can be given')}" if numbers else ""),
    ]
    if not numbers:
        lines += ["", "[scale.labels]", f"{'de' if tr.german else tr.language} = [{', '.join(map(quoted, labels))}]"]
    for column, item in items:
        text = quoted(column.question)
        lines += ["", "[[items]]", f'id = "{item}"', f"text = {{ en = {text}, de = {text} }}", "reverse = false"]
    return "\n".join(lines) + "\n"
