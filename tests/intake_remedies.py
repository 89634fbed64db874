"""Doing what a message says: for each code a function that has the message and the folder, and mends what is meant."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import folders
from folders import csv_text
from xlsxwriter import Workbook

from rmanalytics.errors import Problem

Mend = Callable[[Path, Problem], None]


def good(file: str) -> list[list[str]]:
    """The table of a file as it is in order, which is what a new export gives."""
    return [[str(cell) for cell in row] for row in folders.TABLES[Path(file).name.partition(".")[0]]()]


def cells(folder: Path, file: str) -> list[list[str]]:
    """The rows of a CSV file as a spreadsheet shows them."""
    text = (folder / file).read_text(encoding="utf-8-sig", errors="replace").removeprefix("sep=;\n")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    before = csv.field_size_limit(10_000_000)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    finally:
        csv.field_size_limit(before)


def save(folder: Path, file: str, rows: Sequence[Sequence[object]]) -> None:
    (folder / file).write_text(csv_text(rows), encoding="utf-8")


def programme(folder: Path, old: str, new: str) -> None:
    """Change a line of ``programme.toml`` or, with nothing to change, add to its end."""
    path = folder / "programme.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text, f"there is no {old} to change"
    path.write_text(text.replace(old, new, 1) if old else f"{text}\n{new}\n", encoding="utf-8")


def export_again(folder: Path, problem: Problem) -> None:
    """As CSV, UTF-8; where a file of another kind is declared, the CSV is named in its place."""
    named = problem.file.partition("#")[0]
    target = Path(named).with_suffix(".csv").name
    old = folder / named
    if old.is_symlink() or (old.is_file() and target != named):
        old.unlink()
    if old.is_dir():
        old.rmdir()
    save(folder, target, good(named))
    if f'"{named}"' in (folder / "programme.toml").read_text(encoding="utf-8") and target != named:
        programme(folder, f'"{named}"', f'"{target}"')


def column_of(problem: Problem, rows: Sequence[Sequence[str]]) -> int:
    """Where the column of a message is; ``no. 8`` is the eighth."""
    number = re.fullmatch(r"no\. (\d+)", problem.column)
    return int(number[1]) - 1 if number else list(rows[0]).index(problem.column)


def correct(folder: Path, problem: Problem) -> None:
    """Write the right value into each cell that the message names; the whole row where it names no column."""
    rows, right = cells(folder, problem.file), good(problem.file)
    if not problem.column:
        save(folder, problem.file, [right[n] if n + 1 in problem.rows else row for n, row in enumerate(rows)])
        return
    at, there = column_of(problem, rows), right[0].index(problem.column)
    assert problem.rows, "no row is named"
    for row in problem.rows:
        rows[row - 1][at] = right[row - 1][there] if row <= len(right) else ""
    save(folder, problem.file, rows)


def export_column(folder: Path, problem: Problem) -> None:
    """The whole column anew."""
    rows, right = cells(folder, problem.file), good(problem.file)
    at, there = column_of(problem, rows), right[0].index(problem.column)
    for row, new in zip(rows[1:], right[1:], strict=False):
        row[at] = new[there]
    save(folder, problem.file, rows)


def delete_rows(folder: Path, problem: Problem) -> None:
    rows = cells(folder, problem.file)
    assert problem.rows, "no row is named"
    save(folder, problem.file, [row for n, row in enumerate(rows, start=1) if n not in problem.rows])


def delete_last(folder: Path, problem: Problem) -> None:
    """Of rows that exclude each other the first is kept."""
    rows = cells(folder, problem.file)
    assert problem.rows, "no row is named"
    save(folder, problem.file, [row for n, row in enumerate(rows, start=1) if n not in problem.rows[1:]])


def take_out_column(folder: Path, problem: Problem) -> None:
    rows = cells(folder, problem.file)
    at = column_of(problem, rows)
    save(folder, problem.file, [[cell for n, cell in enumerate(row) if n != at] for row in rows])


def take_out_file(folder: Path, problem: Problem) -> None:
    (folder / problem.file).unlink()


def copy_here(folder: Path, problem: Problem) -> None:
    link = folder / problem.file
    content = link.resolve().read_bytes()
    link.unlink()
    link.write_bytes(content)


def missing_file(folder: Path, problem: Problem) -> None:
    renamed = re.match(r"rename (\S+)", problem.remedy)
    if renamed:
        (folder / renamed[1]).rename(folder / problem.file)
    else:
        assert f"put {problem.file} into the folder" in problem.remedy
        export_again(folder, problem)


def missing_column(folder: Path, problem: Problem) -> None:
    renamed = re.match(r'rename "(.+?)" to "(.+?)"', problem.remedy)
    rows = cells(folder, problem.file)
    if renamed:
        rows[0] = [renamed[2] if cell == renamed[1] else cell for cell in rows[0]]
        save(folder, problem.file, rows)
    elif 'kind = "wide"' in problem.remedy:
        declare_reader(folder, problem)
    else:
        assert re.match("add it; the table needs ", problem.remedy)
        right = good(problem.file)
        at = right[0].index(problem.column)
        save(folder, problem.file, [[*row, new[at]] for row, new in zip(rows, right, strict=True)])


def declare_reader(folder: Path, problem: Problem) -> None:
    """Add the lines that the message gives, with what it leaves open filled in."""
    if "[readers." in (folder / "programme.toml").read_text(encoding="utf-8"):  # two columns lack, one message each
        return
    lines = problem.remedy[problem.remedy.index("[readers.") :].partition("; ")[0]
    head, _, rest = lines.partition("] ")
    filled = rest.replace('person_id = "…"', f'person_id = "{cells(folder, problem.file)[0][-2]}"')
    keys = re.sub(r", (?=(?:files|columns|constants|header_row) = )", "\n", filled.replace('"…"', '"2026H1"'))
    programme(folder, "", f'{head}]\n{keys}\n[pseudonyms]\nids = "keyed"')
    with_id(folder, problem)


def header(folder: Path, problem: Problem) -> None:
    """The header is not where it must be, or is none."""
    rows = cells(folder, problem.file)
    if "[readers." in problem.remedy:
        declare_reader(folder, problem)
    elif moved := re.search(r"add (header_row = \d+) under (\[files\..+?\])", problem.remedy):
        programme(folder, "", f"{moved[2]}\n{moved[1]}")
    elif problem.remedy.startswith("keep the files apart"):
        (at,) = problem.rows
        names = [problem.file, f"second_{problem.file}"]
        for name, part in zip(names, (rows[: at - 1], rows[at - 1 :]), strict=True):
            save(folder, name, part)
        programme(folder, "", f"[tables]\n{Path(problem.file).stem} = {names}".replace("'", '"'))
    else:
        columns = problem.remedy.partition("with the columns ")[2]
        save(folder, problem.file, [columns.split(", "), *rows])


def name_column(folder: Path, problem: Problem) -> None:
    rows = cells(folder, problem.file)
    rows[0][column_of(problem, rows)] = "remark"
    save(folder, problem.file, rows)


def nearest_key(folder: Path, problem: Problem) -> None:
    """An unknown key gets the name that the message gives, or goes where it says."""
    name = problem.column.rpartition(".")[2]
    near = re.search(r'did you mean "(\w+)"', f"{problem.rule} {problem.remedy}")
    if near:
        programme(folder, name, near[1])
    else:
        line = next(x for x in (folder / "programme.toml").read_text("utf-8").splitlines() if x.startswith(f"{name} ="))
        programme(folder, f"{line}\n", "")


def right_value(folder: Path, problem: Problem) -> None:
    """A key that is missing is added; a number stands without quotation marks."""
    if problem.remedy == "add programme.id":
        programme(folder, "[programme]", '[programme]\nid = "example"')
        return
    name = problem.column.rpartition(".")[2]
    text = (folder / "programme.toml").read_text(encoding="utf-8")
    programme(folder, next(x for x in text.splitlines() if x.startswith(f"{name} =")), f"{name} = 3")


def add_key(folder: Path, problem: Problem) -> None:
    """A key that is missing, unless another one was it, misspelt."""
    found = re.fullmatch(r'add "(\w+)" under (\[\w+\])', problem.remedy)
    assert found is not None
    if f"\n{found[1]} =" not in (folder / "programme.toml").read_text(encoding="utf-8"):
        programme(folder, found[2], f'{found[2]}\n{found[1]} = "Example"')


def name_items(folder: Path, problem: Problem) -> None:
    found = re.search(r"under (\[readers\.\w+\.items\])", problem.remedy)
    assert found is not None
    programme(folder, "", f'{found[1]}\n"{cells(folder, problem.file)[0][-1]}" = "own_q1"')


def totals(folder: Path, problem: Problem) -> None:
    found = re.search(r"add (leave_out_totals = true) under (\[files\..+?\])", problem.remedy)
    assert found is not None
    programme(folder, "", f"{found[2]}\n{found[1]}")


def unmerge(folder: Path, problem: Problem) -> None:
    """The sheet with the value of merged cells in each of them."""
    name, _, sheet = problem.file.partition("#")
    with Workbook(str(folder / name)) as book:
        own = book.add_worksheet(sheet)
        for number, row in enumerate(good(name)):
            own.write_row(number, 0, row)


def keyed(folder: Path, problem: Problem) -> None:
    if "as_given" in (folder / "programme.toml").read_text(encoding="utf-8"):  # each table says it
        programme(folder, 'ids = "as_given"', 'ids = "keyed"')
        with_id(folder, problem)


def with_id(folder: Path, problem: Problem) -> None:
    """What the message says of the programme's id."""
    assert "programme.id" in problem.remedy
    programme(folder, "[programme]", '[programme]\nid = "example"')


def empty_reason(folder: Path, problem: Problem) -> None:
    assert problem.remedy == "fill exit_date, or empty exit_reason"
    rows = cells(folder, problem.file)
    for row in problem.rows:
        rows[row - 1][rows[0].index("exit_reason")] = ""
    save(folder, problem.file, rows)


def as_in_people(folder: Path, problem: Problem) -> None:
    """Write the ids as people has them, whose numbers are the same."""
    people, rows = cells(folder, "people.csv"), cells(folder, problem.file)
    by_number = {int(re.sub(r"\D", "", row[0])): row[0] for row in people[1:]}
    at = column_of(problem, rows)
    for row in rows[1:]:
        row[at] = by_number[int(re.sub(r"\D", "", row[at]))]
    save(folder, problem.file, rows)


def swap_sides(folder: Path, problem: Problem) -> None:
    """Exchange mentor and mentee in one of the rounds."""
    assert "mentor_id and mentee_id are swapped in one of the rounds" in problem.remedy
    rows = cells(folder, problem.file)
    save(folder, problem.file, [[*r[:2], r[3], r[2], *r[4:]] if r[0] == rows[-1][0] else r for r in rows])


def codes_again(folder: Path, problem: Problem) -> None:
    save(folder, problem.file, folders.coded_answers())


def declare_parts(folder: Path, problem: Problem) -> None:
    """The parts that were asked, in place of those that are declared."""
    assert "part" in problem.remedy
    text = (folder / "programme.toml").read_text(encoding="utf-8").partition("[[linkage.parts]]")[0]
    (folder / "programme.toml").write_text(text + folders.CODED[folders.CODED.index("[[linkage.parts]]") :], "utf-8")


def without_the_unit(folder: Path, problem: Problem) -> None:
    assert "without the unit" in problem.remedy
    path = folder / "programme.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(" in Sales", ""), "utf-8")


def one_table(folder: Path, problem: Problem) -> None:
    assert "one of the two tables" in problem.remedy
    (folder / "answers.csv").unlink()


def instrument(folder: Path, problem: Problem) -> None:
    """The scale that was asked, as the file of the instrument declares it."""
    if problem.file != "answers.csv":
        correct(folder, problem)
        return
    at = cells(folder, problem.file)
    given = {row[at[0].index("value")] for row in at[1:]}
    if problem.row_count > len(at) // 2 and "max = 5" in (path := folder / "confidence.toml").read_text("utf-8"):
        most = max(map(int, given))
        text = re.sub(
            r"\[scale\.labels\].*?\n\n", "[scale.labels]\nen = LABELS\n\n", path.read_text("utf-8"), flags=re.DOTALL
        )
        labels = str([f"step {n}" for n in range(1, most + 1)]).replace("'", '"')
        path.write_text(text.replace("max = 5", f"max = {most}").replace("LABELS", labels), encoding="utf-8")
    else:
        correct(folder, problem)


def rename_column(folder: Path, problem: Problem) -> None:
    rows = cells(folder, problem.file)
    last = max(n for n, head in enumerate(rows[0]) if head.casefold() == problem.column.casefold())
    save(folder, problem.file, [[*row[:last], *row[last + 1 :]] for row in rows])


def shorten(folder: Path, problem: Problem) -> None:
    rows = cells(folder, problem.file)
    save(folder, problem.file, [[cell[:100] for cell in row] for row in rows])


def swap(folder: Path, problem: Problem) -> None:
    """Exchange the days of the two columns that the message names."""
    rows = cells(folder, problem.file)
    first, second = (rows[0].index(name) for name in re.findall(r'"(\w+)"', problem.remedy))
    for row in problem.rows:
        rows[row - 1][first], rows[row - 1][second] = rows[row - 1][second], rows[row - 1][first]
    save(folder, problem.file, rows)


def convert(folder: Path, problem: Problem) -> None:
    rows = cells(folder, problem.file)
    for row in problem.rows:
        rows[row - 1][rows[0].index("currency")] = "EUR"
    save(folder, problem.file, rows)


def one_spelling(folder: Path, problem: Problem) -> None:
    """Two records that differ in capitals alone are two people: the later gets an id of its own."""
    rows = cells(folder, problem.file)
    rows[problem.rows[-1] - 1][column_of(problem, rows)] = "P900"
    save(folder, problem.file, rows)


def right_days(folder: Path, problem: Problem) -> None:
    """Of employments that overlap, or differ in the year of birth, what the message says to correct."""
    rows = cells(folder, problem.file)
    if "year of birth" in problem.remedy:
        at = rows[0].index("birth_year")
        for row in problem.rows:
            rows[row - 1][at] = rows[problem.rows[0] - 1][at]
        save(folder, problem.file, rows)
    else:
        save(folder, problem.file, [row for n, row in enumerate(rows, start=1) if n != problem.rows[-1]])


def fill_or_correct(folder: Path, problem: Problem) -> None:
    """As the original has it, where it has the row; else the row is taken out."""
    if problem.rows and problem.rows[-1] <= len(good(problem.file)) and problem.column in good(problem.file)[0]:
        correct(folder, problem)
    else:
        delete_rows(folder, problem)


REMEDIES: dict[str, Mend] = {
    "RM-E-001": missing_file,
    "RM-E-002": lambda folder, problem: programme(folder, "[programme\n", "[programme]\n"),
    "RM-E-003": nearest_key,
    "RM-E-004": add_key,
    "RM-E-005": right_value,
    "RM-E-007": export_again,
    "RM-E-008": export_again,
    "RM-E-009": copy_here,
    "RM-E-010": export_again,
    "RM-E-011": export_again,
    "RM-E-012": take_out_file,
    "RM-E-013": missing_column,
    "RM-E-014": instrument,
    "RM-E-015": export_again,
    "RM-E-016": export_again,
    "RM-E-017": export_again,
    "RM-E-018": rename_column,
    "RM-E-019": name_column,
    "RM-E-020": export_again,
    "RM-E-021": export_again,
    "RM-E-022": export_again,
    "RM-E-023": shorten,
    "RM-E-024": header,
    "RM-E-025": export_column,
    "RM-E-026": export_column,
    "RM-E-027": totals,
    "RM-E-028": export_column,
    "RM-E-029": fill_or_correct,
    "RM-E-030": correct,
    "RM-E-031": right_days,
    "RM-E-032": correct,
    "RM-E-033": correct,
    "RM-E-034": swap_sides,
    "RM-E-035": as_in_people,
    "RM-E-036": export_column,
    "RM-E-037": take_out_file,
    "RM-E-038": delete_last,
    "RM-E-039": delete_rows,
    "RM-E-040": correct,
    "RM-E-041": correct,
    "RM-E-046": correct,
    "RM-E-047": swap,
    "RM-E-055": instrument,
    "RM-E-059": one_spelling,
    "RM-E-061": convert,
    "RM-E-081": correct,
    "RM-E-150": take_out_column,
    "RM-E-152": name_items,
    "RM-E-155": keyed,
    "RM-E-160": export_again,
    "RM-E-164": unmerge,
    "RM-E-195": declare_parts,
    "RM-E-196": declare_parts,
    "RM-E-197": codes_again,
    "RM-E-199": one_table,
    "RM-E-205": without_the_unit,
    "RM-Q-014": correct,
    "RM-Q-040": correct,
    "RM-Q-041": correct,
    "RM-Q-042": correct,
    "RM-Q-043": correct,
    "RM-Q-044": correct,
    "RM-Q-045": correct,
    "RM-Q-046": correct,
    "RM-Q-047": swap,
    "RM-Q-048": correct,
    "RM-Q-049": correct,
    "RM-Q-050": correct,
    "RM-Q-051": correct,
    "RM-Q-052": correct,
    "RM-Q-053": delete_rows,
    "RM-Q-054": fill_or_correct,
    "RM-Q-056": empty_reason,
}
