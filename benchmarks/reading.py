"""A million answers and five million position spells read and checked, against pandas reading the same files as text.

The same million answers as a workbook, against openpyxl going through its rows in its read-only mode, where it is
installed. Each side is a process of its own; processor time counts from after its imports, memory is the peak of the
process.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from xlsxwriter import Workbook

from benchmarks.page import machine, spread, write_section
from rmanalytics.programme.instruments import read_shipped

PEOPLE, SPELLS, ANSWERS = 300_000, 5_000_000, 1_000_000
WORKBOOK, SHEET = "answers.xlsx", "xl/worksheets/sheet1.xml"
DAYS = {"pre": 46_027, "post": 46_203}
"""Days as a spreadsheet numbers them."""
SEED = 1
PROGRAMME = """\
[programme]
name = "Reading at scale"
company = "Invented"
data_until = 2026-06-30

[[rounds]]
id = "2026H1"
start = 2026-01-01
end = 2026-06-30
"""
MEASURE = """
import json, resource, sys
from time import process_time
{imports}
started = process_time()
kept = {work}
used = process_time() - started
print(json.dumps([used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6]))
"""
SIDES = {
    "pandas": MEASURE.format(
        imports="import pandas as pd\nfrom pathlib import Path",
        work="[pd.read_csv(p, dtype=str, keep_default_na=False) for p in sorted(Path(sys.argv[1]).glob('*.csv'))]",
    ),
    "rmanalytics": MEASURE.format(
        imports="from pathlib import Path\nfrom rmanalytics.intake.bundle import read_bundle",
        work="read_bundle(Path(sys.argv[1]))",
    ),
}

PEER = "openpyxl, read-only"
WORKBOOK_SIDES = {
    PEER: MEASURE.format(
        imports="import openpyxl",
        work=f"openpyxl.load_workbook(sys.argv[1] + '/{WORKBOOK}', read_only=True); "
        "rows_n = sum(1 for row in kept.worksheets[0].iter_rows(values_only=True))",
    ),
    "rmanalytics": SIDES["rmanalytics"],
}


def write_files(folder: Path) -> None:
    """A programme of three tables, one file each."""
    rng = np.random.default_rng(SEED)
    ids = np.char.mod("P%06d", np.arange(PEOPLE)).astype(object)
    people = pd.DataFrame({"person_id": ids, "birth_year": rng.integers(1960, 2003, PEOPLE), "hire_date": "2010-01-01"})
    each = np.sort(rng.integers(0, PEOPLE, SPELLS))
    first = np.concatenate([[True], each[1:] != each[:-1]])
    number = np.arange(SPELLS) - np.maximum.accumulate(np.where(first, np.arange(SPELLS), 0))
    starts = np.datetime64("2010-01-01") + number * 90
    last = np.concatenate([first[1:], [True]])
    positions = pd.DataFrame(
        {
            "person_id": ids[each],
            "start_date": np.datetime_as_string(starts),
            "end_date": np.where(last, "", np.datetime_as_string(starts + 89)),
            "unit": np.char.mod("U%04d", rng.integers(0, 3000, SPELLS)),
            "level": rng.integers(1, 9, SPELLS),
            "manager_id": ids[rng.integers(0, PEOPLE, SPELLS)],
        }
    )
    items = np.array(read_shipped("digital_fitness").item_ids, dtype=object)
    asked = ANSWERS // (2 * len(items))
    sheet = pd.MultiIndex.from_product([["pre", "post"], ids[:asked], items], names=["wave", "person_id", "item"])
    answers = sheet.to_frame(index=False).assign(round_id="2026H1", value=rng.integers(1, 6, len(sheet)))
    for name, frame in {"people": people, "positions": positions, "answers": answers}.items():
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    (folder / "programme.toml").write_text(PROGRAMME, encoding="utf-8")


def write_workbook(folder: Path, answers_n: int = ANSWERS) -> None:
    """A programme of two tables: people as CSV, answers in a sheet as a spreadsheet program stores them."""
    items = read_shipped("digital_fitness").item_ids
    asked = -(-answers_n // (2 * len(items)))
    ids = [f"P{n:06d}" for n in range(asked)]
    people = pd.DataFrame({"person_id": ids, "birth_year": 1980, "hire_date": "2010-01-01"})
    people.to_csv(folder / "people.csv", index=False, lineterminator="\n")
    heads = ["round_id", "wave", "person_id", "item", "value", "answered_at"]
    texts = {text: number for number, text in enumerate(dict.fromkeys([*heads, "2026H1", *DAYS, *ids, *items]))}
    shell = io.BytesIO()
    with Workbook(shell) as book:  # every text once, which is how a spreadsheet program keeps them; and a style of days
        sheet = book.add_worksheet("Answers")
        sheet.write_column(0, 0, texts)
        sheet.write_number(0, 1, 1, book.add_format({"num_format": "yyyy-mm-dd"}))
    values = np.random.default_rng(SEED).integers(1, 6, 2 * asked * len(items)).tolist()
    with zipfile.ZipFile(shell) as old, zipfile.ZipFile(folder / WORKBOOK, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != SHEET:
                new.writestr(part, old.read(part))
                continue
            before, _, after = old.read(part).decode().partition("<sheetData>")
            with new.open(part, "w") as stream:
                stream.write(re.sub("A1:B[0-9]+", f"A1:F{len(values) + 1}", before).encode() + b"<sheetData>")
                for row in sheet_rows(heads, ids, items, values, texts):
                    stream.write(row.encode())
                stream.write(b"</sheetData>" + after.partition("</sheetData>")[2].encode())
    (folder / "programme.toml").write_text(f'{PROGRAMME}\n[tables]\nanswers = "{WORKBOOK}"\n', encoding="utf-8")


def sheet_rows(
    heads: Sequence[str], ids: Sequence[str], items: Sequence[str], values: Sequence[int], texts: Mapping[str, int]
) -> Iterator[str]:
    """The rows of the sheet as XML: texts by their number, days by theirs."""

    def told(row: int, *cells: str) -> str:
        return "".join(
            f'<c r="{column}{row}" t="s"><v>{texts[cell]}</v></c>'
            for column, cell in zip("ABCDEF", cells, strict=False)
        )

    yield f'<row r="1">{told(1, *heads)}</row>'
    asked = ((wave, person, item) for wave in DAYS for person in ids for item in items)
    for row, (value, (wave, person, item)) in enumerate(zip(values, asked, strict=True), start=2):
        number = f'<c r="E{row}"><v>{value}</v></c><c r="F{row}" s="1"><v>{DAYS[wave]}</v></c>'
        yield f'<row r="{row}">{told(row, "2026H1", wave, person, item)}{number}</row>'


def measured(program: str, folder: Path) -> tuple[float, float]:
    """Processor seconds, and GB at most."""
    command = [sys.executable, "-c", program, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    used, peak = json.loads(run.stdout)
    return float(used), float(peak)


def workbook_section(folder: Path, runs: int, answers_n: int = ANSWERS) -> str:
    """The answers as a workbook: both sides measured, as rows of the page."""
    write_workbook(folder, answers_n)
    pairs = [{side: measured(program, folder) for side, program in WORKBOOK_SIDES.items()} for _ in range(runs)]
    rows = ["| | processor seconds | peak memory, GB |", "|---|---:|---:|"]
    for side in WORKBOOK_SIDES:
        used, peak = zip(*(pair[side] for pair in pairs), strict=True)
        rows.append(f"| {side} | {spread(used)} | {spread(peak, 2)} |")
    ratios = [pair["rmanalytics"][0] / pair[PEER][0] for pair in pairs]
    rows.append(f"| ratio | {spread(ratios, 2)} | |")
    return (
        f"The same {answers_n:,} answers as a workbook ({(folder / WORKBOOK).stat().st_size / 1e6:.0f} MB): looked "
        "through, read, checked and typed, against openpyxl going through the rows in its read-only mode. Median of "
        f"{runs} processes a side (lowest–highest). Aims: half of openpyxl's time and 1.5 GB; here "
        f"{statistics.median(ratios):.2f} and {statistics.median(p['rmanalytics'][1] for p in pairs):.2f} GB.\n\n"
        + "\n".join(rows)
        + f"\n\nMeasured {machine('openpyxl', 'python-calamine')}. "
        + f'Again: `make bench ARGS="--runs {runs}"`.\n'
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="processes for each side (default 3)")
    runs = max(parser.parse_args(arguments).runs, 1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_files(folder)
        size = sum(path.stat().st_size for path in folder.glob("*.csv")) / 1e6
        pairs = [{side: measured(program, folder) for side, program in SIDES.items()} for _ in range(runs)]
    rows = ["| | processor seconds | peak memory, GB |", "|---|---:|---:|"]
    for side in SIDES:
        used, peak = zip(*(pair[side] for pair in pairs), strict=True)
        rows.append(f"| {side} | {spread(used)} | {spread(peak, 2)} |")
    ratios = [[pair["rmanalytics"][of] / pair["pandas"][of] for pair in pairs] for of in (0, 1)]
    rows.append(f"| ratio | {spread(ratios[0], 2)} | {spread(ratios[1], 2)} |")
    text = (
        f"{PEOPLE:,} people, {SPELLS:,} position spells and {ANSWERS:,} answers, one file each ({size:.0f} MB): read, "
        "checked, typed and linked, against `pandas.read_csv` of the same files as text. Median of "
        f"{runs} processes a side (lowest–highest). Aims: ratios of at most 2 and 1.3; "
        f"here {statistics.median(ratios[0]):.2f} and {statistics.median(ratios[1]):.2f}.\n\n"
        + "\n".join(rows)
        + f'\n\nMeasured {machine("pandas", "pyarrow")}. Again: `make bench ARGS="--runs {runs}"`.\n'
    )
    print(text)
    write_section("reading", "Large files read", text)
    if find_spec("openpyxl") is None:
        print("openpyxl is not installed (pip install -e '.[bench]'): the workbook is not measured")
        return 0
    with tempfile.TemporaryDirectory() as place:
        text = workbook_section(Path(place), runs)
    print(text)
    write_section("reading_workbook", "A large workbook read", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
