"""Mentoring platforms (Chronus-, MentorcliQ-, Together-like CSV): matches become tandems, sessions become meetings.

Any list of pairs is read so. Where it has no id of the pairs, each gets one by its round and its two people: the same
as long as they and the programme's key are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from rmanalytics.intake.readers.dates import DATES, iso
from rmanalytics.intake.readers.kind import Asked, Kind, Reading, Tally
from rmanalytics.intake.readers.raw import grid_of, open_raw
from rmanalytics.intake.readers.survey import NOTE, column_of
from rmanalytics.intake.schema import TABLES
from rmanalytics.intake.tables import put_in
from rmanalytics.intake.values import clean
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.strict_toml import Key

HEADERS = {
    "tandem_id": ("Connection ID", "Match ID", "Pair ID", "Pairing ID", "Relationship ID", "Mentoring Connection ID"),
    "mentor_id": ("Mentor Employee ID", "Mentor ID", "Mentor Email", "Mentor"),
    "mentee_id": ("Mentee Employee ID", "Mentee ID", "Mentee Email", "Mentee"),
    "matched_date": ("Match Date", "Matched On", "Connection Start Date", "Start Date", "Paired On", "Created On"),
    "ended_date": ("Connection End Date", "End Date", "Closed On", "Ended On", "Date Closed"),
    "end_reason": ("Closure Reason", "Reason for Closure", "End Reason"),
    "planned_date": ("Scheduled Date", "Meeting Date", "Session Date", "Start Time", "Date"),
    "held_date": ("Completed Date", "Held On", "Actual Date"),
    "status": ("Meeting Status", "Session Status", "Status", "State"),
    "minutes": ("Duration (minutes)", "Duration (min)", "Duration in Minutes", "Minutes", "Duration"),
}
_STATUS = {
    **dict.fromkeys(("completed", "complete", "held", "attended", "done", "happened", "logged"), "held"),
    **dict.fromkeys(("cancelled", "canceled", "declined", "deleted"), "cancelled"),
    **dict.fromkeys(("rescheduled", "moved", "postponed"), "moved"),
    **dict.fromkeys(("missed", "no show", "no-show", "expired", "did not happen"), "missed"),
}
_UPCOMING = ("scheduled", "upcoming", "pending", "planned", "confirmed", "accepted")
_MATCHES = ("round_id", "tandem_id", "mentor_id", "mentee_id", "assignment", "matched_date", "ended_date", "end_reason")
_SESSIONS = ("tandem_id", "number", "planned_date", "held_date", "status", "minutes", "channel", "topic_code")
_DAYS = ("matched_date", "ended_date", "planned_date", "held_date")


def read(asked: Asked) -> Iterator[Reading]:
    """One reading a file or sheet."""
    table = asked.text("table")
    wanted = _MATCHES if table == "tandems" else _SESSIONS
    for reference in asked.files:
        for raw in open_raw(asked.programme.folder, reference, header_row=int(asked.text("header_row", "1"))):
            live = raw.kept(~(raw.blank | raw.notes))
            columns: dict[str, list[str]] = {}
            for column in wanted:
                constant = asked.texts("constants").get(column)
                number = None if constant else column_of(asked, raw, column, column, *HEADERS.get(column, ()))
                if constant is not None:
                    columns[column] = [constant] * len(live.rows)
                elif number is not None:
                    said = asked.programme.sources.values.get(column)
                    words = put_in(live.columns[number], said)[0] if said else live.columns[number]
                    texts = [clean(words.texts[code]) for code in words.codes]
                    columns[column] = iso(asked, raw.name, texts) if column in _DAYS else texts
            if table == "tandems" and "tandem_id" not in columns and {"mentor_id", "mentee_id"} <= set(columns):
                columns["tandem_id"] = _ids(
                    asked, *(columns.get(c, []) for c in ("round_id", "mentor_id", "mentee_id"))
                )
            needed = [n for n in TABLES[table].required_columns if n not in ("number", "held_date")]
            missing = [n for n in needed if n not in columns]
            if missing:
                how = filled("name its header under [readers.{reader}.columns], or a constant", reader=asked.name)
                raise asked.refused(
                    f"columns.{missing[0]}", filled("no column was found for it in {file}", file=raw.name), how
                )
            rows = [int(n) for n in live.rows]
            counts = {"used": len(rows), "empty": int(raw.blank.sum()), NOTE: int(raw.notes.sum())}
            if table == "meetings":
                columns, rows = _sessions(columns, rows, counts)
            tally = Tally(reader=asked.name, kind="platform", file=raw.name, rows=len(raw.rows), counts=counts)
            yield Reading(
                grids={table: grid_of(raw.name, columns, rows)},
                tallies=(tally,),
                problems=raw.problems,
                digests={raw.name.partition("#")[0]: raw.digest},
            )


def _ids(asked: Asked, *parts: list[str]) -> list[str]:
    """Ids of pairs by what they are of; nobody can be told from one."""
    said = zip_longest(*parts, fillvalue="") if not parts[0] else zip(*parts, strict=True)
    return [f"t{asked.door.pseudonym('|'.join(one))[1:13]}" for one in said]


def _sessions(
    columns: dict[str, list[str]], rows: list[int], counts: dict[str, int]
) -> tuple[dict[str, list[str]], list[int]]:
    """Sessions in order of time, numbered within their tandem; those that lie ahead are left out and counted."""
    ahead = [status.casefold() in _UPCOMING for status in columns["status"]]
    counts[key("upcoming")] = sum(ahead)
    counts["used"] -= counts["upcoming"]
    order = sorted(
        (n for n, left in enumerate(ahead) if not left),
        key=lambda n: (columns["tandem_id"][n], columns["planned_date"][n]),
    )
    made = {column: [texts[n] for n in order] for column, texts in columns.items()}
    made["status"] = [_STATUS.get(status.casefold(), status) for status in made["status"]]
    made["planned_date"] = [day[:10] for day in made["planned_date"]]
    if "held_date" not in made:
        made["held_date"] = [
            d if s == "held" else "" for d, s in zip(made["planned_date"], made["status"], strict=True)
        ]
    if "number" not in made:
        count: dict[str, int] = {}
        made["number"] = []
        for tandem in made["tandem_id"]:
            count[tandem] = count.get(tandem, 0) + 1
            made["number"].append(str(count[tandem]))
    return made, [rows[n] for n in order]


def _table(value: str) -> str | None:
    return None if value in ("tandems", "meetings") else key("must be tandems or meetings")


KIND = Kind(
    about="mentoring platforms: matches or sessions as CSV or Excel",
    tables=("tandems", "meetings"),
    read=read,
    keys={"table": Key(str, required=True, check=_table, bounds={"enum": ["tandems", "meetings"]}), "dates": DATES},
)
