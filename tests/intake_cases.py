"""Spoilt programmes' folders, one a badness, with the code that each must get."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import folders
from folders import ROUND, column_of, csv_text, read, spoilt, write_minimal
from xlsxwriter import Workbook

from rmanalytics.errors import Problem
from rmanalytics.intake.bundle import Bundle

Write = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """How a folder is spoilt, the codes that must come, and whether it is refused."""

    name: str
    write: Write
    codes: tuple[str, ...]

    @property
    def refused(self) -> bool:
        """Whether one of the codes is an E."""
        return any("-E-" in code for code in self.codes)


def _tables(**tables: object) -> Write:
    return partial(write_minimal, **tables)  # type: ignore[arg-type]


def _programme(old: str, new: str) -> Write:
    return partial(write_minimal, programme=folders.PROGRAMME.replace(old, new))


def _named(table: str, name: str, content: bytes) -> Write:
    """A table under another file name."""

    def write(folder: Path) -> None:
        write_minimal(folder, programme=folders.PROGRAMME + f'\n[tables]\n{table} = "{name}"\n', **{table: None})
        (folder / name).write_bytes(content)

    return write


def _link_outside(folder: Path) -> None:
    write_minimal(folder, costs=None)
    outside = folder.parent / "outside.csv"
    outside.write_text(csv_text(folders.costs()), encoding="utf-8")
    (folder / "costs.csv").symlink_to(outside)


def _programme_link(folder: Path) -> None:
    write_minimal(folder)
    (folder / "programme.toml").rename(folder.parent / "elsewhere.toml")
    (folder / "programme.toml").symlink_to(folder.parent / "elsewhere.toml")


def _table_is_folder(folder: Path) -> None:
    write_minimal(folder, costs=None)
    (folder / "costs.csv").mkdir()


def _other_file(folder: Path) -> None:
    write_minimal(folder, costs=None)
    (folder / "Costs.xlsx").write_bytes(b"PK\x03\x04")


def _declared(more: str, **tables: object) -> Write:
    """A programme that declares more of its files."""
    return partial(write_minimal, programme=folders.PROGRAMME + more, **tables)  # type: ignore[arg-type]


def _born(rows: folders.Rows) -> list[list[object]]:
    """People with dates of birth in a column of another name, and a reason in German."""
    head = ["Geburtsdatum" if name == "birth_year" else name for name in rows[0]]
    return [head, *([r[0], f"17.05.{r[1]}", *r[2:4], "Kündigung" if r[4] else ""] for r in rows[1:])]


def _merged(folder: Path) -> None:
    write_minimal(folder, programme=folders.PROGRAMME + '\n[tables]\ncosts = "costs.xlsx"\n', costs=None)
    with Workbook(str(folder / "costs.xlsx")) as book:
        sheet = book.add_worksheet("Costs")
        for number, row in enumerate(folders.costs()):
            sheet.write_row(number, 0, row)
        sheet.merge_range(3, 0, 5, 0, folders.ROUND)


def _beside(*names: str) -> Write:
    """Files beside the tables that nothing reads."""

    def write(folder: Path) -> None:
        write_minimal(folder, costs=None)
        for name in names:
            (folder / name).write_bytes(b"x")

    return write


def _two_rounds(**tables: object) -> Write:
    text = folders.PROGRAMME.replace(
        "[instruments]",
        '[[rounds]]\nid = "2025H2"\nstart = 2025-08-01\nend = 2025-12-31\n\n[instruments]',
    )
    return partial(write_minimal, programme=text, **tables)  # type: ignore[arg-type]


def _cut(code: object) -> str:
    return "AN" if code == "AN01NA" else str(code)


def _coded(declared: str = folders.CODED, codes: object = None, answers: object = None) -> Write:
    tables = {"answers": answers, "coded_answers": codes or folders.coded_answers()}
    return partial(write_minimal, programme=folders.PROGRAMME + declared, **tables)  # type: ignore[arg-type]


P, T, M, A, C, K, B, S = (
    folders.people(),
    folders.tandems(),
    folders.meetings(),
    folders.answers(),
    folders.comparison(),
    folders.costs(),
    folders.branding(),
    folders.positions(),
)
TIES = folders.ties()
UMLAUTS = spoilt(S, (1, "unit", "Vertrieb Süd"), (2, "unit", "Qualität"))
DOTTED = column_of(P, "hire_date", lambda day: ".".join(reversed(str(day).split("-"))))
SERIAL = column_of(P, "hire_date", lambda _: 43831)
CODES = folders.coded_answers()
LABELS = column_of(
    A, "value", lambda n: ("Strongly disagree", "Disagree", "teils, teils", "agree", "5 - strongly agree")[int(n) - 1]
)
OLD_TANDEM = ["2024H2", "T99", *folders.OTHERS[:2], "volunteer", "2024-08-20"]

QUALTRICS = (
    "StartDate,Status,ExternalReference,Q1\nStart Date,Response Type,External Reference,How often?\n"
    '"{""ImportId"":""startDate""}","{""ImportId"":""status""}","{""ImportId"":""externalDataReference""}",'
    '"{""ImportId"":""QID1""}"\n2026-01-18 10:00:00,0,P011,4\n'
)
LIMESURVEY = "id,submitdate,lastpage,startlanguage,token,q1\n1,2026-01-18 10:00:00,2,de,P011,4\n"
ZONED = column_of(M, "held_date", lambda day: f"{day}T22:30:00Z" if day else "")
CYCLE = spoilt(S, *((n, "manager_id", f"P{m:03d}") for n, m in ((1, 2), (2, 3), (3, 1), (4, 4))))
MIXED_ZONES = spoilt(ZONED, (1, "held_date", "2026-02-11 10:00"))
IN_SMALL_LETTERS = column_of(C, "person_id", lambda p: str(p).lower())
IN_WIDE_DIGITS = column_of(C, "person_id", lambda p: str(p).translate({48 + n: 0xFF10 + n for n in range(10)}))
BACK_BEFORE_GONE = [["person_id", "exit_date", "rehire_date"], ["X1", "2025-03-31", "2024-12-01"]]
SCIENTIFIC = spoilt(column_of(P, "person_id", lambda p: str(p).replace("P", "77")), (30, "person_id", "1.23E+12"))
OTHERS = set(folders.TABLES) - {"people"}
CAME_BACK = [P[54][0], P[54][1], "2026-08-01", "", ""]
WITH_DAYS = column_of(P, "birth_year", lambda _: "1980-05-17")


def _second_people() -> list[list[object]]:
    return [[f"Z{n}", 1980, "2015-09-01", "", ""] for n in range(3)]


def _runs_against() -> list[list[object]]:
    """Answers of one trait, with an item that is declared reverse and was turned round before."""
    rows = [A[0]]
    for row in A[1:]:
        level = 1 + (int(str(row[2])[1:]) * 7) % 5
        rows.append([*row[:4], level, row[5]])
    return rows


FILE_CASES = (
    Case("people missing", _tables(people=None), ("RM-E-001",)),
    Case(
        "named file missing",
        _programme("[instruments]", '[tables]\ncosts = "kosten.csv"\n[instruments]'),
        ("RM-E-001",),
    ),
    Case("folder in place of a file", _table_is_folder, ("RM-E-007",)),
    Case("link out of the folder", _link_outside, ("RM-E-009",)),
    Case("programme.toml linked from outside", _programme_link, ("RM-E-009",)),
    Case("old spreadsheet", _named("costs", "costs.xls", b"\xd0\xcf\x11\xe0rest"), ("RM-E-010",)),
    Case("merged cells", _merged, ("RM-E-164",)),
    Case(
        "a constant for a column that is there",
        _declared('\n[files."costs.csv"]\nconstants = { round_id = "2026H1" }\n'),
        ("RM-E-150",),
    ),
    Case(
        "a text that names a unit",
        _declared(
            '\n[leadership]\ndecisions = ["Stop it in Sales"]\n',
            positions=column_of(folders.positions(), "unit", lambda _: "Sales"),
        ),
        ("RM-E-205",),
    ),
    Case("staff numbers as pseudonyms", _declared('\n[pseudonyms]\nids = "as_given"\n'), ("RM-E-155",)),
    Case(
        "columns and values of another language",
        _declared(
            '\n[columns.people]\nbirth_year = "Geburtsdatum"\n\n[values.exit_reason]\n"Kündigung" = "voluntary"\n',
            people=_born(folders.people()),
        ),
        ("RM-N-150", "RM-N-151"),
    ),
    Case(
        "totals that are declared",
        _declared(
            '\n[files."costs.csv"]\nleave_out_totals = true\n',
            costs=[*folders.costs(), ["Total", *[""] * (len(folders.costs()[0]) - 1)]],
        ),
        ("RM-N-153",),
    ),
    Case("no workbook", _named("costs", "costs.xlsx", b"PK\x03\x04rest"), ("RM-E-160",)),
    Case("spreadsheet called csv", _tables(costs=b"PK\x03\x04rest"), ("RM-E-010",)),
    Case("old spreadsheet", _tables(costs=b"\xd0\xcf\x11\xe0rest"), ("RM-E-010",)),
    Case("pickle", _named("costs", "costs.pkl", b"\x80\x04."), ("RM-E-010",)),
    Case("pickle called csv", _tables(costs=b"\x80\x04K\x01."), ("RM-E-010",)),
    Case("parquet", _named("costs", "costs.parquet", b"PAR1"), ("RM-E-010",)),
    Case("gzip", _tables(costs=b"\x1f\x8bxx"), ("RM-E-010",)),
    Case("web page", _tables(costs="<html><table></table></html>"), ("RM-E-010",)),
    Case("empty file", _tables(costs=b""), ("RM-E-011",)),
    Case("blank file", _tables(costs=b"\xef\xbb\xbf\n\n"), ("RM-E-011",)),
    Case("header only", _tables(costs=K[:1]), ("RM-E-012",)),
    Case("NUL bytes", _tables(costs=csv_text(K).replace("event", "ev\0nt")), ("RM-E-022",)),
    Case("unread file", _other_file, ("RM-W-093",)),
    Case("packed table", _beside("costs.csv.gz", "kalender.ics", "survey.sav", "notes.docx"), ("RM-W-093",)),
    Case("byte-order mark", _tables(people=b"\xef\xbb\xbf" + csv_text(P).encode()), ("RM-N-060",)),
    Case("UTF-16", _tables(people=csv_text(P, "\t").encode("utf-16")), ("RM-N-061", "RM-N-063")),
    Case("UTF-16 without mark", _tables(people=csv_text(P).encode("utf-16-be")), ("RM-N-061",)),
    Case("broken UTF-16", _tables(people=csv_text(P).encode("utf-16") + b"\n"), ("RM-E-020",)),
    Case("Windows-1252", _tables(positions=csv_text(UMLAUTS).encode("cp1252")), ("RM-N-062",)),
    Case("DOS code page", _tables(positions=csv_text(UMLAUTS).encode("cp850")), ("RM-E-020",)),
    Case("Mac code page", _tables(positions=csv_text(UMLAUTS).encode("mac_roman")), ("RM-E-020",)),
    Case("broken letters", _tables(positions=csv_text(UMLAUTS).encode().decode("cp1252")), ("RM-E-021",)),
    Case("replacement signs", _tables(positions=spoilt(S, (1, "unit", "S\ufffdd"))), ("RM-E-021",)),
)

SHAPE_CASES = (
    Case("semicolons", _tables(people=csv_text(P, ";")), ("RM-N-063",)),
    Case("tabs", _tables(people=csv_text(P, "\t")), ("RM-N-063",)),
    Case("sep line", _tables(people="sep=;\r\n" + csv_text(P, ";")), ("RM-N-064", "RM-N-063")),
    Case(
        "headers with spaces",
        _tables(people=[["Person ID", "Birth-Year", "hire\u00a0date", "exit_\u00addate", "exit_reason"], *P[1:]]),
        ("RM-N-065",),
    ),
    Case("empty rows", _tables(costs=csv_text([*K[:2], [""] * 7]) + "\n" + csv_text(K[2:]) + "\n\n"), ("RM-N-066",)),
    Case("unnamed empty column", _tables(costs=[[*row, ""] for row in K]), ("RM-N-066",)),
    Case("unnamed column with content", _tables(costs=[[*K[0], ""], *([*row, "x"] for row in K[1:])]), ("RM-E-019",)),
    Case("column missing", _tables(costs=[row[:-1] for row in K]), ("RM-E-013",)),
    Case(
        "column misspelt",
        _tables(people=[["person_id", "birth_year", "hiredate", "exit_date", "exit_reason"], *P[1:]]),
        ("RM-E-013",),
    ),
    Case("unknown column", _tables(people=[[*P[0], "e_mail"], *([*row, "x@y.z"] for row in P[1:])]), ("RM-W-090",)),
    Case("column twice", _tables(costs=[[*K[0], "Unit"], *([*row, "x"] for row in K[1:])]), ("RM-E-018",)),
    Case("two files put together", _tables(people=[*P, P[0], *_second_people()]), ("RM-N-081",)),
    Case(
        "columns in another order",
        _tables(people=[*P, *([row[1], row[0], *row[2:]] for row in (P[0], *_second_people()))]),
        ("RM-E-024",),
    ),
    Case("survey export", _tables(answers=QUALTRICS), ("RM-E-024",)),
    Case(
        "LimeSurvey export",
        _tables(answers=LIMESURVEY),
        ("RM-E-024",),
    ),
    Case("ragged short", _tables(costs=csv_text([K[0], K[1][:-1], K[2]])), ("RM-E-015",)),
    Case("ragged long", _tables(costs=csv_text([K[0], [*K[1], "x"], K[2]])), ("RM-E-015",)),
    Case("cut mid-row", _tables(costs=csv_text(K)[:-12]), ("RM-E-016",)),
    Case("unbalanced quote", _tables(costs=csv_text(K).replace("event", '"event')), ("RM-E-017",)),
    Case("quote within a cell", _tables(costs=csv_text(K).replace("event", '"ev"ent')), ("RM-E-017",)),
    Case("cell too long", _tables(positions=spoilt(S, (1, "unit", "x" * 32_001))), ("RM-E-023",)),
    Case("cell far too long", _tables(positions=spoilt(S, (1, "unit", "x" * 1_000_000))), ("RM-E-023",)),
    Case("too many columns", _tables(costs=csv_text([[*K[0], *(f"c{n}" for n in range(300))]])), ("RM-E-008",)),
    Case("no header", _tables(costs=K[1:]), ("RM-E-024",)),
    Case("title rows", _tables(costs="Costs of the programme\n\n" + csv_text(K)), ("RM-E-024",)),
    Case("footer", _tables(costs=[*K, ["Gesamt", "", "", "", "", 1800, ""]]), ("RM-E-027",)),
    Case("total", _tables(people=[*P, ["Total:", 54, "", "", ""]]), ("RM-E-027",)),
    Case(
        "answers one column an item",
        _tables(answers=[["round_id", "wave", "person_id", *folders.ITEMS], [ROUND, "pre", "P001", 1, 2, 3]]),
        ("RM-E-013",),
    ),
)

VALUE_CASES = (
    Case("empty cell", _tables(people=spoilt(P, (54, "hire_date", ""))), ("RM-Q-040",)),
    Case("empty cells", _tables(people=column_of(P, "hire_date", lambda _: "")), ("RM-E-040",)),
    Case("name for an id", _tables(people=spoilt(P, (30, "person_id", "Müller, Anna"))), ("RM-Q-041",)),
    Case("names for ids", _tables(people=column_of(P, "person_id", lambda p: f"Name {p}")), ("RM-E-041",)),
    Case("unknown choice", _tables(people=spoilt(P, (54, "exit_reason", "sacked"))), ("RM-Q-042",)),
    Case("choice respelt", _tables(people=spoilt(P, (54, "exit_reason", "End of-Contract"))), ("RM-N-078",)),
    Case("no date", _tables(people=spoilt(P, (54, "hire_date", "spring"))), ("RM-Q-043",)),
    Case("no such day", _tables(people=spoilt(P, (54, "hire_date", "2025-02-29"))), ("RM-Q-044",)),
    Case("far future", _tables(people=spoilt(P, (54, "hire_date", "2062-01-01"))), ("RM-Q-045",)),
    Case("far past", _tables(people=spoilt(P, (54, "hire_date", "1900-01-01"))), ("RM-Q-045",)),
    Case("dotted dates", _tables(people=DOTTED), ("RM-N-069",)),
    Case("compact dates", _tables(people=column_of(P, "hire_date", lambda d: str(d).replace("-", ""))), ("RM-N-069",)),
    Case("year first", _tables(people=column_of(P, "hire_date", lambda d: str(d).replace("-0", "-"))), ("RM-N-069",)),
    Case("reason without exit", _tables(people=spoilt(P, (30, "exit_reason", "voluntary"))), ("RM-Q-056",)),
    Case("exit without reason", _tables(people=spoilt(P, (54, "exit_reason", ""))), ("RM-W-096",)),
    Case("serials", _tables(people=SERIAL), ("RM-N-070",)),
    Case("mixed dates", _tables(people=spoilt(P, (54, "hire_date", "01.05.2020"))), ("RM-E-025",)),
    Case("serial among dates", _tables(people=spoilt(P, (54, "hire_date", 43831))), ("RM-E-025",)),
    Case("slashes", _tables(people=column_of(P, "hire_date", lambda _: "03/04/2020")), ("RM-E-026",)),
    Case("month first", _tables(people=spoilt(DOTTED, (1, "hire_date", "05.13.2020"))), ("RM-E-026",)),
    Case(
        "open end",
        _tables(positions=spoilt(S, (1, "end_date", "9999-12-31"), (2, "end_date", "31.12.9999"))),
        ("RM-N-071",),
    ),
    Case("moments with a zone", _tables(meetings=ZONED), ("RM-N-082",)),
    Case(
        "moments with and without a zone",
        _tables(meetings=MIXED_ZONES),
        ("RM-E-025",),
    ),
    Case("failed formula in a text", _tables(positions=spoilt(S, (1, "unit", "#WERT!"))), ("RM-E-081",)),
    Case("failed formula in Spanish", _tables(positions=spoilt(S, (1, "unit", "#¡VALOR!"))), ("RM-E-081",)),
    Case("formula still asking", _tables(positions=spoilt(S, (1, "unit", "#GETTING_DATA"))), ("RM-E-081",)),
    Case("failed formula in an id", _tables(positions=spoilt(S, (1, "manager_id", "#N/A"))), ("RM-E-081",)),
    Case("failed formula in a number", _tables(people=spoilt(P, (54, "birth_year", "#DIV/0!"))), ("RM-E-081",)),
    Case("failed formula in a day", _tables(people=spoilt(P, (54, "exit_date", "#BEZUG!"))), ("RM-E-081",)),
    Case("failed formula in an answer", _tables(answers=spoilt(A, (3, "value", "#NAME?"))), ("RM-E-081",)),
    Case("whole numbers with an exponent", _tables(people=spoilt(P, (54, "birth_year", "1.98E+03"))), ("RM-E-036",)),
    Case("NULL", _tables(people=spoilt(P, (1, "exit_date", "NULL"))), ("RM-N-080",)),
    Case("spaces", _tables(positions=spoilt(S, (1, "unit", " Sales\u00a0"))), ("RM-N-067",)),
    Case("decimal comma", _tables(costs=csv_text(spoilt(K, (1, "unit_cost", "1200,5")), ";")), ("RM-N-068",)),
    Case(
        "commas and points",
        _tables(costs=csv_text(spoilt(K, (1, "unit_cost", "1200,5"), (2, "unit_cost", "55.5")), ";")),
        ("RM-E-028",),
    ),
    Case("thousands", _tables(costs=csv_text(spoilt(K, (1, "unit_cost", "1.200")), ";")), ("RM-E-028",)),
    Case("many thousands", _tables(costs=spoilt(K, (1, "unit_cost", "1,200,000"))), ("RM-E-028",)),
    Case("no number", _tables(costs=spoilt(K, (1, "unit_cost", "55 EUR"))), ("RM-E-046",)),
    Case("no whole number", _tables(people=spoilt(P, (54, "birth_year", "1980.5"))), ("RM-Q-046",)),
    Case("decimal zeros", _tables(people=column_of(P, "birth_year", lambda y: f"{y}.0")), ("RM-N-079",)),
    Case("out of bounds", _tables(people=spoilt(P, (54, "birth_year", 80))), ("RM-Q-014",)),
    Case(
        "ids as decimals",
        _tables(
            people=column_of(P, "rehired_from", lambda _: "")
            if "rehired_from" in P[0]
            else [[*P[0], "rehired_from"], *([*row, "77.0" if n == 3 else ""] for n, row in enumerate(P[1:]))]
        ),
        ("RM-N-077",),
    ),
    Case("scientific ids", _tables(people=SCIENTIFIC, **dict.fromkeys(OTHERS)), ("RM-E-036",)),
    Case("round id", _tables(costs=spoilt(K, (1, "round_id", "../../x"))), ("RM-E-029",)),
    Case(
        "other round",
        _tables(tandems=[*T, OLD_TANDEM], meetings=[*M, ["T99", 1, "2024-09-01", "2024-09-01", "held", 60]]),
        ("RM-W-092",),
    ),
    Case("only other rounds", _tables(costs=column_of(K, "round_id", lambda _: "2020H1")), ("RM-W-092", "RM-E-037")),
)

SURVEY_CASES = (
    Case("off the scale", _tables(answers=spoilt(A, (3, "value", 7))), ("RM-Q-014",)),
    Case("off the scale everywhere", _tables(answers=column_of(A, "value", lambda v: int(v) * 2)), ("RM-E-014",)),
    Case(
        "another scale in one item",
        _tables(
            answers=[
                A[0],
                *(
                    [*row[:4], 8 if row[3] == "own_q2" and n % 5 == 0 else row[4], row[5]]
                    for n, row in enumerate(A[1:])
                ),
            ]
        ),
        ("RM-E-055",),
    ),
    Case("item ids in capitals", _tables(answers=column_of(A, "item", lambda i: str(i).upper())), ("RM-N-078",)),
    Case("half a point", _tables(answers=spoilt(A, (3, "value", "2.5"))), ("RM-Q-046",)),
    Case(
        "missing codes",
        _tables(
            answers=spoilt(
                A,
                (1, "value", 99),
                (2, "value", -9),
                (3, "value", "keine Angabe"),
                (4, "value", "Weiß nicht"),
                (5, "value", "no answer"),
            )
        ),
        ("RM-N-072",),
    ),
    Case("labels", _tables(answers=LABELS), ("RM-N-073",)),
    Case("unknown label", _tables(answers=spoilt(LABELS, (3, "value", "strongly agre"))), ("RM-E-030",)),
    Case("item turned round before", _tables(answers=_runs_against()), ("RM-W-100",)),
    Case("answers with zeros", _tables(answers=column_of(A, "value", lambda v: f"{v}.0")), ("RM-N-079",)),
    Case("codes without a declaration", _tables(answers=None, coded_answers=CODES), ("RM-E-195",)),
    Case("too short a code", _coded(folders.CODED.rpartition("[[")[0]), ("RM-E-196",)),
    Case("other codes", _coded(codes=column_of(CODES, "code", lambda code: f"{code}x")), ("RM-E-197",)),
    Case("a code too short", _coded(codes=column_of(CODES, "code", _cut)), ("RM-W-198",)),
    Case("codes and ids", _coded(codes=CODES, answers=A), ("RM-E-199",)),
    Case("unknown item", _tables(answers=[*A, [ROUND, "pre", "P001", "Q77", 3, "2026-01-18"]]), ("RM-W-091",)),
    Case("later answer", _tables(answers=[*A, [ROUND, "pre", "P001", "own_q1", 5, "2026-01-19"]]), ("RM-N-075",)),
    Case("answer tie", _tables(answers=[*A, [ROUND, "pre", "P001", "own_q1", 5, "2026-01-18"]]), ("RM-E-038",)),
    Case("post answer before the round", _tables(answers=spoilt(A, (100, "answered_at", "2025-12-01"))), ("RM-Q-052",)),
)

LINK_CASES = (
    Case("repeated row", _tables(people=[*P, P[-1]]), ("RM-N-074",)),
    Case("contradicting rows", _tables(people=[*P, spoilt(P, (54, "birth_year", 1960))[54]]), ("RM-E-031",)),
    Case("self tandem", _tables(tandems=spoilt(T, (1, "mentee_id", "P001"))), ("RM-E-032",)),
    Case("two tandems", _tables(tandems=spoilt(T, (2, "mentor_id", "P001"))), ("RM-E-033",)),
    Case(
        "roles swapped",
        _two_rounds(tandems=[*T, ["2025H2", "T50", "P011", "P022", "volunteer", "2025-08-03"]]),
        ("RM-E-034",),
    ),
    Case(
        "lost zeros",
        _tables(
            people=column_of(P, "person_id", lambda p: str(p).replace("P", "00")),
            tandems=None,
            meetings=None,
            ties=None,
            answers=None,
            positions=None,
            comparison=[C[0], *([ROUND, str(row[1])[1:].lstrip("0"), *row[2:]] for row in C[1:])],
        ),
        ("RM-E-035",),
    ),
    Case(
        "decimal ids in one table",
        _tables(
            people=column_of(P, "person_id", lambda p: str(p).replace("P", "1")),
            tandems=None,
            meetings=None,
            ties=None,
            answers=None,
            positions=None,
            comparison=[C[0], *([ROUND, str(row[1]).replace("P", "1") + ".0", *row[2:]] for row in C[1:])],
        ),
        ("RM-N-077",),
    ),
    Case("participant as comparison", _tables(comparison=spoilt(C, (1, "person_id", "P011"))), ("RM-E-039",)),
    Case("end before start", _tables(people=spoilt(P, (54, "exit_date", "1999-01-01"))), ("RM-Q-047",)),
    Case("unknown person", _tables(ties=spoilt(TIES, (1, "target_id", "P999"))), ("RM-Q-048",)),
    Case("unknown tandem", _tables(meetings=spoilt(M, (1, "tandem_id", "T77"))), ("RM-Q-049",)),
    Case("held without a day", _tables(meetings=spoilt(M, (1, "held_date", ""))), ("RM-Q-050",)),
    Case("meeting outside the round", _tables(meetings=spoilt(M, (1, "held_date", "2025-03-03"))), ("RM-Q-051",)),
    Case("meeting of no length", _tables(meetings=spoilt(M, (1, "minutes", 0))), ("RM-Q-014",)),
    Case(
        "four tandems hit",
        _tables(
            meetings=spoilt(
                _many := [
                    M[0],
                    *([f"T{t:02d}", n, "", "2026-03-03", "held", 60] for t in range(1, 8) for n in range(1, 41)),
                ],
                *((40 * t + 1, "minutes", 0) for t in range(4)),
            )
        ),
        ("RM-E-014",),
    ),
    Case(
        "rehired",
        _tables(
            people=[
                [*P[0], "rehired_from"],
                *([*row, ""] for row in P[1:]),
                ["P099", 1980, "2026-07-01", "", "", "P060"],
            ]
        ),
        ("RM-W-094",),
    ),
    Case(
        "two active ids",
        _tables(
            people=[
                [*P[0], "rehired_from"],
                *([*row, ""] for row in P[1:]),
                ["P099", 1980, "2026-07-01", "", "", "P059"],
            ]
        ),
        ("RM-Q-053",),
    ),
    Case(
        "branding without numbers",
        _tables(
            branding=spoilt(
                _long := [B[0], *([f"2026-01-{d:02d}", "m", 1, 2, "yes", ""] for d in range(1, 31))],
                (1, "numerator", ""),
            )
        ),
        ("RM-Q-054",),
    ),
    Case("people refused", _tables(people=WITH_DAYS), ("RM-E-046", "RM-E-082")),
    Case("came back", _tables(people=[*P, CAME_BACK]), ("RM-N-083",)),
    Case("came back before leaving", _tables(people=[*P, [*CAME_BACK[:2], "2026-05-01", "", ""]]), ("RM-E-031",)),
    Case("came back with another birth", _tables(people=[*P, [CAME_BACK[0], 1950, *CAME_BACK[2:]]]), ("RM-E-031",)),
    Case("ids alike", _tables(people=[*P, ["p030", 1980, "2015-09-01", "", ""]]), ("RM-E-059",)),
    Case("ids in wide digits", _tables(comparison=IN_WIDE_DIGITS), ("RM-E-035",)),
    Case("a number that ends in its point", _tables(costs=spoilt(K, (1, "unit_cost", "1200."))), ()),
    Case("back before gone", _tables(alumni=BACK_BEFORE_GONE), ("RM-E-047",)),
    Case("ids in small letters", _tables(comparison=IN_SMALL_LETTERS), ("RM-E-035",)),
    Case("reporting line in a circle", _tables(positions=CYCLE), ("RM-W-101",)),
    Case("cost in another currency", _tables(costs=spoilt(folders.costs(), (1, "currency", "USD"))), ("RM-E-061",)),
    Case("self ties", _tables(ties=spoilt(TIES, (1, "target_id", TIES[1][1]))), ("RM-N-076",)),
    Case("overlapping positions", _tables(positions=[*S, ["P001", "2026-01-01", "", "Sales", 2, ""]]), ("RM-W-095",)),
)

PROGRAMME_CASES = (
    Case("unknown key", _programme("company =", "compani ="), ("RM-E-003", "RM-E-004")),
    Case(
        "misplaced key", _programme("planned_meetings = 3", 'planned_meetings = 3\ntie_kind = "advice"'), ("RM-E-003",)
    ),
    Case("wrong type", _programme("planned_meetings = 3", 'planned_meetings = "3"'), ("RM-E-005",)),
    Case("no TOML", _programme("[programme]", "[programme"), ("RM-E-002",)),
)


@cache
def outcome(case: Case) -> tuple[Bundle | None, tuple[Problem, ...]]:
    """What the intake makes of a case, read once for all tests of a process."""
    with tempfile.TemporaryDirectory() as parent:
        case.write(Path(parent) / "p")
        return read(Path(parent) / "p")


CASES = (*FILE_CASES, *SHAPE_CASES, *VALUE_CASES, *SURVEY_CASES, *LINK_CASES, *PROGRAMME_CASES)
