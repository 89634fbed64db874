"""Viva Insights, person-to-person query: scored pairs of colleagues become ties of one kind."""

from __future__ import annotations

from collections.abc import Iterator

from rmanalytics.intake.readers.dates import DATES, iso
from rmanalytics.intake.readers.kind import Asked, Kind, Reading, Tally
from rmanalytics.intake.readers.raw import grid_of, open_raw
from rmanalytics.intake.readers.survey import column_of
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.strict_toml import Key

SOURCE = ("PrimaryCollaborator_PersonId", "TieOrigin_PersonId")
TARGET = ("SecondaryCollaborator_PersonId", "TieDestination_PersonId")


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a file."""
    weight = asked.text("weight", "Strong_tie_score")
    for reference in asked.files:
        for raw in open_raw(asked.programme.folder, reference, header_row=int(asked.text("header_row", "1"))):
            numbers = {
                "wave_date": column_of(asked, raw, "wave_date", "MetricDate", "Date"),
                "source_id": column_of(asked, raw, "source_id", *SOURCE),
                "target_id": column_of(asked, raw, "target_id", *TARGET),
            }
            missing = [column for column, number in numbers.items() if number is None]
            if missing:
                rule = filled("{name} holds no pairs of people: a person query gives no ties", name=raw.name)
                raise asked.refused(
                    f"columns.{missing[0]}", rule, key("run a person-to-person query, or name the header")
                )
            live = raw.kept(~raw.blank)
            columns = {column: live.texts(number) for column, number in numbers.items()}
            columns["wave_date"] = iso(asked, raw.name, columns["wave_date"])
            columns["kind"] = [asked.text("tie_kind", "collaboration")] * len(live.rows)
            scores = live.texts(live.at(weight))
            columns["weight"] = scores
            counts = {"used": len(live.rows), "empty": int(raw.blank.sum())}
            tally = Tally(reader=asked.name, kind="viva", file=raw.name, rows=len(raw.rows), counts=counts)
            yield Reading(
                grids={"ties": grid_of(raw.name, columns, [int(n) for n in live.rows])},
                tallies=(tally,),
                problems=raw.problems,
                digests={raw.name.partition("#")[0]: raw.digest},
            )


KIND = Kind(
    about="Viva Insights, person-to-person query as CSV",
    tables=("ties",),
    read=read,
    keys={"weight": Key(str), "tie_kind": Key(str), "dates": DATES},
    sample="vivainsights/data/p2p_data.csv of microsoft/vivainsights-py (MIT)",
)
