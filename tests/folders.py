"""A minimal valid programme's folder for tests, and small ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.bundle import Bundle, read_bundle

Rows = Sequence[Sequence[object]]

ROUND = "2026H1"
MENTORS = tuple(f"P{n:03d}" for n in range(1, 8))
MENTEES = tuple(f"P{n:03d}" for n in range(11, 18))
OTHERS = tuple(f"P{n:03d}" for n in range(21, 61))
ITEMS = ("own_q1", "own_q2", "own_q3")

INSTRUMENT = """\
version = "1"
direction = "up"
source = "made for tests"
licence = "MIT"

[title]
en = "Confidence"
de = "Zuversicht"

[scale]
min = 1
max = 5

[scale.labels]
en = ["strongly disagree", "disagree", "neither", "agree", "strongly agree"]
de = ["trifft gar nicht zu", "trifft kaum zu", "teils, teils", "trifft eher zu", "trifft völlig zu"]

[[items]]
id = "own_q1"
text = { en = "One", de = "Eins" }

[[items]]
id = "own_q2"
text = { en = "Two", de = "Zwei" }

[[items]]
id = "own_q3"
text = { en = "Three", de = "Drei" }
reverse = true
"""

PROGRAMME = """\
[programme]
name = "Reverse mentoring"
company = "Example"
data_until = 2026-09-30

[[rounds]]
id = "2026H1"
start = 2026-01-15
end = 2026-07-15
planned_meetings = 3

[instruments]
files = ["confidence.toml"]

[[outcomes]]
claim = "M1"
instrument = "confidence"
side = "mentee"

[declare]
primary = "M1"
"""


def people() -> list[list[object]]:
    """Header and rows of people: seven mentors, seven mentees, forty others."""
    rows: list[list[object]] = [["person_id", "birth_year", "hire_date", "exit_date", "exit_reason"]]
    rows += [[p, 1995 + n % 5, f"202{n % 4}-03-01", "", ""] for n, p in enumerate(MENTORS)]
    rows += [[p, 1966 + n % 8, f"200{n % 4}-05-01", "", ""] for n, p in enumerate(MENTEES)]
    rows += [[p, 1970 + n % 30, f"201{n % 10}-09-01", "", ""] for n, p in enumerate(OTHERS)]
    rows[-1][3:] = ["2026-05-31", "voluntary"]
    return rows


def positions() -> list[list[object]]:
    """One position of everybody, without managers."""
    rows: list[list[object]] = [["person_id", "start_date", "end_date", "unit", "level", "manager_id"]]
    return rows + [[row[0], row[2], "", "Sales", 3 if row[0] in MENTEES else 1, ""] for row in people()[1:]]


def tandems() -> list[list[object]]:
    """Seven tandems of one round."""
    rows: list[list[object]] = [["round_id", "tandem_id", "mentor_id", "mentee_id", "assignment", "matched_date"]]
    for n, (mentor, mentee) in enumerate(zip(MENTORS, MENTEES, strict=True), start=1):
        rows.append([ROUND, f"T{n:02d}", mentor, mentee, "volunteer", "2026-01-20"])
    return rows


def meetings() -> list[list[object]]:
    """Three meetings of each tandem, the last one cancelled in the first tandem."""
    rows: list[list[object]] = [["tandem_id", "number", "planned_date", "held_date", "status", "minutes"]]
    for n in range(1, 8):
        for number in (1, 2, 3):
            day = f"2026-0{number + 1}-1{n % 5}"
            missed = n == 1 and number == 3
            rows.append(
                [
                    f"T{n:02d}",
                    number,
                    day,
                    "" if missed else day,
                    "cancelled" if missed else "held",
                    "" if missed else 60,
                ]
            )
    return rows


def comparison() -> list[list[object]]:
    """Ten people for comparison with the mentees."""
    rows: list[list[object]] = [["round_id", "person_id", "side", "kind"]]
    return rows + [[ROUND, person, "mentee", "waiting_list"] for person in OTHERS[:10]]


def answers() -> list[list[object]]:
    """Three items before and after, of tandems and comparison."""
    rows: list[list[object]] = [["round_id", "wave", "person_id", "item", "value", "answered_at"]]
    for wave, day in (("pre", "2026-01-18"), ("post", "2026-07-10")):
        for n, person in enumerate((*MENTORS, *MENTEES, *OTHERS[:10])):
            for number, item in enumerate(ITEMS):
                rows.append([ROUND, wave, person, item, 1 + (n + number + (wave == "post")) % 5, day])
    return rows


CODED = """
[[linkage.parts]]
kind = "letters"

[[linkage.parts]]
kind = "day"

[[linkage.parts]]
kind = "letters"
"""


def coded_answers() -> list[list[object]]:
    """Answers of the seven mentees before and after under codes, and of seven people who wait."""
    head = ["round_id", "wave", "response", "code", "side", "group", "item", "value", "answered_at"]
    rows: list[list[object]] = [head]
    for number, code in enumerate(("AN", "BE", "CI", "DO", "EU", "FA", "GE", "HI", "IL", "JO", "KU", "LE", "MI", "NO")):
        for wave, day in (("pre", "2026-01-18"), ("post", "2026-07-10")):
            what = [f"{wave[1]}{number}", f"{code}{2 * number + 1:02d}{code[::-1]}", "mentee"]
            group = "participant" if number < 7 else "waiting_list"
            rows += [[ROUND, wave, *what, group, item, 1 + (number + n) % 5, day] for n, item in enumerate(ITEMS)]
    return rows


def ties() -> list[list[object]]:
    """Ties at two waves."""
    rows: list[list[object]] = [["wave_date", "source_id", "target_id", "kind"]]
    everybody = (*MENTORS, *MENTEES, *OTHERS)
    for wave, step in (("2026-01-15", 3), ("2026-07-15", 5)):
        for n, person in enumerate(everybody):
            rows.append([wave, person, everybody[(n + step) % len(everybody)], "advice"])
    return rows


def costs() -> list[list[object]]:
    """Two cost items."""
    return [
        ["round_id", "item", "kind", "quantity", "unit", "unit_cost", "currency"],
        [ROUND, "kick_off", "cash", 1, "event", 1200.5, "EUR"],
        [ROUND, "hours", "time", 120, "hour", 55, "EUR"],
    ]


def branding() -> list[list[object]]:
    """One metric before and after."""
    rows: list[list[object]] = [["date", "metric", "numerator", "denominator", "exposed", "source"]]
    for month in range(1, 7):
        rows += [
            [f"2026-0{month}-01", "offer_acceptance", 20 + month, 40, exposed, "careers page"]
            for exposed in ("yes", "no")
        ]
    return rows


TABLES = {
    "people": people,
    "positions": positions,
    "tandems": tandems,
    "comparison": comparison,
    "meetings": meetings,
    "answers": answers,
    "ties": ties,
    "costs": costs,
    "branding": branding,
}


def csv_text(rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
    """Rows as CSV text, quoted where a cell needs it."""
    return "".join(delimiter.join(_cell(cell, delimiter) for cell in row) + "\n" for row in rows)


def _cell(cell: object, delimiter: str) -> str:
    text = str(cell)
    if any(sign in text for sign in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def write_minimal(folder: Path, *, programme: str = PROGRAMME, **tables: Rows | str | bytes | None) -> Path:
    """Write a valid programme's folder: seven tandems, their meetings, answers, ties, costs and branding.

    Parameters
    ----------
    folder : Path
        Is made where it does not exist.
    programme : str
        Text of ``programme.toml``.
    **tables
        A table's rows (header first), its text or its bytes in place of the usual ones; None leaves the table out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "programme.toml").write_text(programme, encoding="utf-8")
    (folder / "confidence.toml").write_text(INSTRUMENT, encoding="utf-8")
    for name in (*TABLES, *(name for name in tables if name not in TABLES)):
        content = tables[name] if name in tables else TABLES[name]()
        if content is None:
            continue
        if isinstance(content, bytes):
            (folder / f"{name}.csv").write_bytes(content)
        else:
            text = content if isinstance(content, str) else csv_text(content)
            (folder / f"{name}.csv").write_bytes(text.encode("utf-8"))
    return folder


def spoilt(rows: Rows, *changes: tuple[int, str, object]) -> list[list[object]]:
    """A copy of a table's rows with cells changed: (data row from 1, column, new cell)."""
    copy = [list(row) for row in rows]
    for row, column, cell in changes:
        copy[row][copy[0].index(column)] = cell
    return copy


def column_of(rows: Rows, column: str, make: Callable[[object], object]) -> list[list[object]]:
    """A copy of a table's rows with every cell of one column made anew."""
    at = list(rows[0]).index(column)
    return [list(rows[0])] + [[make(cell) if n == at else cell for n, cell in enumerate(row)] for row in rows[1:]]


def read(folder: Path) -> tuple[Bundle | None, tuple[Problem, ...]]:
    """The bundle, or None where it is refused, and all problems."""
    try:
        bundle = read_bundle(folder)
    except InputError as error:
        return None, error.problems
    return bundle, bundle.problems
