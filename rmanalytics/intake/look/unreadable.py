"""What a file that cannot be read as its table looks like, and the lines of ``programme.toml`` that would read it.

Unit: one file or sheet. Every kind that `init` knows is known here; headers that nobody's list has are left open.
"""

from __future__ import annotations

from dataclasses import replace

from rmanalytics.errors import InputError
from rmanalytics.intake.headers import shown_header
from rmanalytics.intake.look.evidence import Known
from rmanalytics.intake.look.files import DEFINITION, Column, Seen, seen_in
from rmanalytics.intake.look.kinds import id_column, item_of, likert, read_folder, recognise
from rmanalytics.intake.readers.survey import spelt
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled, inside, key
from rmanalytics.programme.programme import Programme
from rmanalytics.programme.sources import split_sheet

NO_COLUMN = "holds none of the column names"
HEADS = {"surveymonkey": 1}
"""Rows below the first that are headers too."""
READ_AS = {"list": "spells", "meetings": "platform"}
NO_SURVEY = ("snapshots", "spells", "list", "meetings", "viva", "ical")
OWN_COLUMNS = ("person_id", "birth_year", "hire_date", "exit_date", "exit_reason", "unit", "level", "manager_id")


def with_looks(programme: Programme, reference: str, error: InputError) -> InputError:
    """The refusal of a file, with what the file looks like where it has no column of its table."""
    calendar = split_sheet(reference)[0].lower().endswith(".ics")
    at = next((n for n, p in enumerate(error.problems) if calendar or NO_COLUMN in p.rule), None)
    seen = None if at is None else _recognised(programme, reference)
    if at is None or seen is None:
        return error
    found = error.problems[at]
    found = replace(
        found,
        rule=filled("{rule}; this looks like {looks}", rule=inside(found.rule), looks=_looks(seen, programme)),
        remedy=_lines(seen),
    )
    return InputError((*error.problems[:at], found, *error.problems[at + 1 :]))


def _recognised(programme: Programme, reference: str) -> Seen | None:
    if split_sheet(reference)[0].lower().endswith(".ics"):
        return Seen(name=reference, seems="ical", why=key("it is a calendar"))
    found = [one for one in seen_in(programme.folder, split_sheet(reference)[0]) if one.name == reference]
    if len(found) != 1 or found[0].trouble:
        return None
    (one,) = found
    known = _known(programme)
    read_folder(found, known)
    recognise(one, known)
    return one if one.seems and one.seems != DEFINITION and not one.own else None


def _known(programme: Programme) -> Known:
    items = [item for one in programme.instruments.values() for item in one.items]
    return Known(items={spelt(name): item.id for item in items for name in (item.id, *item.text.values())})


def _looks(one: Seen, programme: Programme) -> str:
    """The kind, why, and how much there is of it."""
    rows, why = one.rows - HEADS.get(one.seems, 0), inside(one.why)
    if one.seems in TABLES and one.seems not in READ_AS:
        return filled(
            "a list of {table} under other headers: {why} (rows: {rows})", table=one.seems, why=why, rows=rows
        )
    kind = READ_AS.get(one.seems, one.seems)
    if one.seems in NO_SURVEY and not one.rows:
        return filled("an export of the kind {kind}: {why}", kind=kind, why=why)
    if one.seems in NO_SURVEY:
        return filled("an export of the kind {kind}: {why} (rows: {rows})", kind=kind, why=why, rows=rows)
    known = _known(programme)
    questions = [c for c in one.columns if item_of(c, known)] or likert(one, known)
    n = sum(bool(c.asked) for c in one.columns) if one.seems == "qualtrics" else len(questions)
    return filled(
        "an export of the kind {kind}: {why} (responses: {rows}, questions: {n})", kind=kind, why=why, rows=rows, n=n
    )


def _lines(one: Seen) -> str:
    """What to add to ``programme.toml``; what is not seen is left open."""
    sure = {c.column: c for c in one.columns if c.column and c.sure >= 0.7}
    if one.seems in TABLES and one.seems not in READ_AS:
        wanted = [name for name in TABLES[one.seems].required_columns if name in sure] or ["person_id"]
        columns = ", ".join(f"{name} = {_header(sure.get(name))}" for name in wanted)
        lines = f"[columns.{one.seems}] {columns}"
        return filled("add its headers: {lines}; rmanalytics init writes such lines", lines=lines)
    parts = [f'kind = "{READ_AS.get(one.seems, one.seems)}"', f'files = "{one.name}"']
    parts += [f"header_row = {one.header_row}"] if one.header_row > 1 else []
    if one.seems not in NO_SURVEY:
        parts.append(f"columns = {{ person_id = {_header(sure.get('person_id'))} }}")
        parts.append('constants = { round_id = "…", wave = "pre" }')
    elif one.seems in ("snapshots", "spells", "list"):
        named = {name: sure[name] for name in OWN_COLUMNS if name in sure} | {"person_id": id_column(one)}
        parts.append(f"columns = {{ {', '.join(f'{name} = {_header(c)}' for name, c in named.items())} }}")
    name = "before" if one.seems not in NO_SURVEY else one.seems
    added = f"[readers.{name}] {', '.join(parts)}"
    return filled(
        'take it out of [tables] and add: {lines}; [pseudonyms] ids = "keyed" and programme.id, where they are not '
        "declared; rmanalytics init writes such lines for a folder",
        lines=added,
    )


def _header(column: Column | None) -> str:
    """A header as a message may show it; open where it may be a name."""
    if column is None or shown_header(column.header, 0) == "no. 0":
        return '"…"'
    return f'"{column.header}"'
