"""Lines of ``programme.toml``: a reader's opening, a setting, files in few, what stands beside a column as evidence."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

from rmanalytics.intake.look.files import Column, Seen
from rmanalytics.intake.look.scales import quoted
from rmanalytics.intake.look.words import plain
from rmanalytics.intake.readers.dates import DAY_FIRST, MONTH_FIRST
from rmanalytics.language.translator import Translator
from rmanalytics.programme.sources import split_sheet

SLASHED = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-][0-9]{4}")
MONTHS = 12


def slashed(one: Seen) -> bool:
    """Whether days of a file have slashes, or hyphens and the year last, which only readers read."""
    return any(SLASHED.match(cell) for column in one.columns if column.days for cell in column.known)


def opening(one: Seen) -> list[str]:
    """Where a file's header stands, and whether day or month comes first in its dates with slashes."""
    lines = [f"header_row = {one.header_row}"] if one.header_row > 1 else []
    cells = [cell for column in one.columns if column.days for cell in column.known]
    parts = [(int(found[1]), int(found[2])) for cell in cells if (found := SLASHED.match(cell))]
    first, second = any(part[0] > MONTHS for part in parts), any(part[1] > MONTHS for part in parts)
    if first != second:
        lines.append(f'dates = "{DAY_FIRST if first else MONTH_FIRST}"')
    return lines


def setting_line(given: tuple[str, object]) -> str:
    """A key and its value."""
    name, value = given
    if isinstance(value, dict):
        return f"{name} = {{ {', '.join(f'{k} = {quoted(v)}' for k, v in value.items())} }}"
    return f"{name} = {str(value).lower()}"


def evidence_of(column: Column, tr: Translator) -> str:
    """What speaks for a column, without any cell of it but the first and the last day or number."""
    days, numbers = column.dates, column.numbers
    told = [tr(column.why)] if column.why else []
    if days:
        told.append(tr("{start} to {end}", start=str(min(days)), end=str(max(days))))
    elif numbers and column.column not in ("person_id", "manager_id"):
        told.append(tr("{start} to {end}", start=f"{min(numbers):g}", end=f"{max(numbers):g}"))
    all_of_them = column.distinct == len(column.filled)
    return ", ".join(told) or (tr("all different") if all_of_them else tr("{n} different", n=column.distinct))


def slug(reference: str) -> str:
    """A reader's name from its file's."""
    file, sheet = split_sheet(reference)
    return re.sub(r"[^a-z0-9]+", "_", plain(f"{Path(file).stem} {sheet}")).strip("_")


def in_few(names: list[str], every: list[str]) -> list[str]:
    """References in few: sheets of one workbook under a pattern, where it fits no other sheet."""
    books = {split_sheet(name)[0] for name in names}
    if len(books) > 1 or len(names) < 2 or not split_sheet(names[0])[1]:
        return names
    pattern = f"{books.pop()}#{_begin([split_sheet(name)[1] for name in names])}*"
    return [pattern] if {name for name in every if fnmatchcase(name, pattern)} == set(names) else names


def _begin(names: list[str]) -> str:
    """What all names begin with."""
    first, last = min(names), max(names)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]


def reader_block(name: str, kind: str, files: str | list[str], lines: list[str]) -> str:
    """A reader's declaration."""
    listed = [files] if isinstance(files, str) else files
    named = quoted(listed[0]) if len(listed) == 1 else f"[{', '.join(map(quoted, listed))}]"
    return "\n".join([f"[readers.{name}]", f'kind = "{kind}"', f"files = {named}", *lines, ""])
