"""A million answers and five million position spells read and checked, against pandas reading the same files as text.

Each side is a process of its own; processor time counts from after its imports, memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.page import machine, spread, write_section
from rmanalytics.programme.instruments import read_shipped

PEOPLE, SPELLS, ANSWERS = 300_000, 5_000_000, 1_000_000
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


def measured(side: str, folder: Path) -> tuple[float, float]:
    """Processor seconds, and GB at most."""
    command = [sys.executable, "-c", SIDES[side], str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    used, peak = json.loads(run.stdout)
    return float(used), float(peak)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="processes for each side (default 3)")
    runs = max(parser.parse_args(arguments).runs, 1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_files(folder)
        size = sum(path.stat().st_size for path in folder.glob("*.csv")) / 1e6
        pairs = [{side: measured(side, folder) for side in SIDES} for _ in range(runs)]
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
