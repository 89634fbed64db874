"""Own scales: the order of answers in words, and the file that describes questions of a survey as a scale."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from rmanalytics.intake.look.files import Column, Seen
from rmanalytics.intake.look.words import plain


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


def today() -> date:
    """The day on which a folder is looked at."""
    return datetime.now(UTC).date()


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


def order_of(labels: tuple[str, ...]) -> tuple[str, ...] | None:
    """The labels of a known scale in order, from those that were given; None where no known scale has them all."""
    for order in _ORDERS:
        places = {plain(name): place for place, names in enumerate(order) for name in names.split("|")}
        if labels and all(plain(label) in places for label in labels):
            shown = [names.partition("|")[0] for names in order]
            for label in labels:
                shown[places[plain(label)]] = label
            return tuple(shown)
    return None


def scale_text(one: Seen, items: list[tuple[Column, str]], labels: tuple[str, ...]) -> str:
    """The file of a scale: its questions as items, its answers as far as they can be told."""
    numbers = [n for column, _ in items for n in column.numbers]
    top = next((top for top in (5, 7, 10) if max(numbers, default=5) <= top), 10)
    low, high = (0 if numbers and min(numbers) == 0 else 1, top) if numbers else (1, len(labels))
    lines = [
        f"# Questions of {one.name} that belong to no scale which comes with rmanalytics: please look it through.",
        'version = "1"',
        'direction = "up"  # or "down": where the programme wants to take it',
        f"source = {quoted(one.name)}",
        'licence = "own"',
        "",
        "[title]",
        f'en = "Own questions ({items[0][1].rpartition("_")[0]})"',
        "",
        "[scale]",
        f"min = {low}" + ("  # the lowest answer that can be given" if numbers else ""),
        f"max = {high}" + ("  # the highest answer that can be given" if numbers else ""),
    ]
    if not numbers:
        lines += ["", "[scale.labels]", f"en = [{', '.join(map(quoted, labels))}]"]
    for column, item in items:
        text = quoted(column.header)
        lines += ["", "[[items]]", f'id = "{item}"', f"text = {{ en = {text}, de = {text} }}", "reverse = false"]
    return "\n".join(lines) + "\n"
