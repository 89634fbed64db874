"""HR spells: one row a person and position, valid from a day to a day; ``31.12.9999`` is no end yet."""

from __future__ import annotations

from collections.abc import Iterator

from rmanalytics.intake.readers.dates import DATES
from rmanalytics.intake.readers.hr import HEADERS, POSITION, Person, day_before, grids_of, rows_of
from rmanalytics.intake.readers.kind import Asked, Kind, Reading, Tally
from rmanalytics.intake.readers.raw import open_raw
from rmanalytics.language.translator import filled


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a file or sheet."""
    for reference in asked.files:
        for raw in open_raw(asked.programme.folder, reference, header_row=int(asked.text("header_row", "1"))):
            rows = rows_of(asked, raw, HEADERS)
            if "start_date" not in rows.columns:
                how = filled("name its header under [readers.{reader}.columns]", reader=asked.name)
                raise asked.refused(
                    "columns.start_date", filled("no column of first days was found in {file}", file=raw.name), how
                )
            people: dict[str, Person] = {}
            source_row: dict[str, int] = {}
            by = list(zip(rows.columns["person_id"], rows.columns["start_date"], strict=True))
            order = sorted(range(len(by)), key=by.__getitem__)
            for place in order:
                now = {column: texts[place] for column, texts in rows.columns.items()}
                known = people.setdefault(now["person_id"], Person())
                source_row.setdefault(now["person_id"], rows.rows[place])
                _add(known, now)
            tally = Tally(
                reader=asked.name, kind="spells", file=raw.name, rows=sum(rows.counts.values()), counts=rows.counts
            )
            yield Reading(
                grids=dict(grids_of(raw.name, people, source_row, set(rows.columns))),
                tallies=(tally,),
                problems=raw.problems,
                digests={raw.name.partition("#")[0]: raw.digest},
            )


def _add(known: Person, now: dict[str, str]) -> None:
    """One more spell: the next position, or a new employment where days lie between, or one was closed by an exit."""
    last = known.positions[-1] if known.positions else None
    known.birth_year = known.birth_year or now.get("birth_year", "")
    joined = last is not None and last["end_date"] and last["end_date"] >= day_before(now["start_date"])
    if last is None or (last["end_date"] and not joined):
        known.employments.append({"hire_date": now.get("hire_date") or now["start_date"]})
        if len(known.employments) > 1 and known.employments[-1]["hire_date"] <= known.employments[-2]["hire_date"]:
            known.employments[-1]["hire_date"] = now["start_date"]
    job = known.employments[-1]
    job["exit_date"] = now.get("exit_date") or now.get("end_date", "")
    job["exit_reason"] = now.get("exit_reason", "") if job["exit_date"] else ""
    known.positions.append(
        {column: now.get(column, "") for column in POSITION}
        | {"start_date": now["start_date"], "end_date": now.get("end_date", "")}
    )


KIND = Kind(
    about="HR spells, one row a position",
    tables=("people", "positions"),
    read=read,
    keys={"dates": DATES},
    sample="HRDataset_v14.csv of Huebner and Patalano (CC BY-NC-ND 4.0), built anew by its facts",
)
