"""The time of a report: ours against what a user would do by hand, on the same notebooks and the same data.

By hand means, for each notebook and round, ``papermill`` and then ``jupyter nbconvert --to html``, one after the
other. Both sides are timed as whole processes on the wall clock, interleaved in one run, with compiled bytecode, after
an untimed run of each.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from benchmarks.page import machine, spread, write_section
from rmanalytics import shipped
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import read_programme
from rmanalytics.run.cells import notebooks
from rmanalytics.run.due import closed_rounds

ROOT = Path(__file__).parents[1]
PROGRAMME = ROOT / "data" / "example"
SCRIPTS = Path(sysconfig.get_path("scripts"))
FIGURE = "import sys, rmanalytics as rm; rm.open(*sys.argv[1:3], reports=sys.argv[3]).show.primary_change()"
IMPORTS = "import pandas, scipy.stats, statsmodels.api, plotly.graph_objects"


@dataclass
class Times:
    """Seconds of each timed run."""

    ours_one: list[float] = field(default_factory=list)
    ours_all: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    figure: list[float] = field(default_factory=list)
    hand_one: list[float] = field(default_factory=list)
    hand_all: list[float] = field(default_factory=list)
    imports: list[float] = field(default_factory=list)


def timed(command: Sequence[str | Path], folder: Path) -> float:
    """Wall-clock seconds of a command that must succeed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if run.returncode:
        sys.exit(
            f"{' '.join(map(str, command))} ended with {run.returncode}:\n{run.stdout[-1000:]}{run.stderr[-2000:]}"
        )
    return seconds


def ours(which: Sequence[str], reports: Path, folder: Path) -> float:
    """Seconds of ``rmanalytics report`` into an empty reports folder."""
    return timed([SCRIPTS / "rmanalytics", "report", PROGRAMME, *which, "--reports", reports], folder)


def by_hand(round_id: str, paths: Sequence[Path], folder: Path) -> float:
    """Seconds of papermill and nbconvert on each notebook, for one round."""
    seconds = 0.0
    for path in paths:
        parameters = ["-p", "programme", str(PROGRAMME), "-p", "round_id", round_id]
        seconds += timed([SCRIPTS / "papermill", path, f"{path.stem}.ipynb", *parameters], folder)
        seconds += timed([SCRIPTS / "jupyter", "nbconvert", "--to", "html", f"{path.stem}.ipynb"], folder)
    return seconds


def measure(runs: int, rounds: Sequence[str], paths: Sequence[Path]) -> Times:
    """Time both sides, interleaved; the last round stands for the single one."""
    times = Times()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        ours(["--round", rounds[-1]], folder / "warm", folder)
        by_hand(rounds[-1], paths[:1], folder)
        for run in range(1, runs + 1):
            times.imports.append(timed([sys.executable, "-c", IMPORTS], folder))
            one = folder / f"one-{run}"
            times.ours_one.append(ours(["--round", rounds[-1]], one, folder))
            times.again.append(ours(["--round", rounds[-1]], one, folder))
            times.figure.append(timed([sys.executable, "-c", FIGURE, PROGRAMME, rounds[-1], one], folder))
            hand = {round_id: by_hand(round_id, paths, folder) for round_id in rounds}
            times.hand_one.append(hand[rounds[-1]])
            times.hand_all.append(sum(hand.values()))
            times.ours_all.append(ours(["--all"], folder / f"all-{run}", folder))
            print(
                f"run {run} of {runs}: ours {times.ours_one[-1]:.1f} s, by hand {times.hand_one[-1]:.1f} s", flush=True
            )
    return times


def table(times: Times, rounds_n: int) -> str:
    """The comparison as a Markdown table; a ratio is the median of the runs' own ratios."""
    rows = [
        "| work | papermill and nbconvert by hand, s | `rmanalytics report`, s | ours ÷ by hand |",
        "|---|---|---|---|",
    ]
    pairs = (
        ("one round", times.hand_one, times.ours_one),
        (f"all {rounds_n} rounds", times.hand_all, times.ours_all),
    )
    for work, hand, own in pairs:
        ratios = [mine / theirs for mine, theirs in zip(own, hand, strict=True)]
        rows.append(f"| {work} | {spread(hand)} | {spread(own)} | {spread(ratios, 3)} |")
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report_time", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="timed runs of everything (default 3)")
    runs = max(parser.parse_args(arguments).runs, 1)
    today = date.today()  # noqa: DTZ011  (the day where it is measured)
    rounds = closed_rounds(read_programme(PROGRAMME, tuple(TABLES)), today=today)
    paths = notebooks(shipped.notebooks())
    times = measure(runs, rounds, paths)
    further = [
        (whole - one) / max(len(rounds) - 1, 1) for whole, one in zip(times.ours_all, times.ours_one, strict=True)
    ]
    kept = {
        "one round": times.ours_one,
        "each further round": further,
        "the same round again, its evaluation kept": times.again,
        "first figure of a notebook, its round's evaluation kept": times.figure,
    }
    of_imports = "\n".join(
        f"| {work} | {spread(own)} | {spread([a / b for a, b in zip(own, times.imports, strict=True)], 2)} |"
        for work, own in kept.items()
    )
    text = f"""\
The report of `data/example`, {len(paths)} notebooks, {len(rounds)} rounds; whole processes on the wall clock, both
sides interleaved; median of {runs} runs (lowest–highest).

{table(times, len(rounds))}

By hand means `papermill NOTEBOOK OUT -p programme … -p round_id …` and `jupyter nbconvert --to html OUT`, notebook
after notebook. Ours makes the same chapters, one page of them, the numbers as files, and checks the page. Importing
pandas, scipy.stats, statsmodels and plotly alone takes {spread(times.imports)} s.

| work | s | ÷ imports |
|---|---:|---:|
{of_imports}

Measured {machine("papermill", "nbconvert", "pandas", "plotly")}. Again: `make bench ARGS="--runs {runs}"`.
"""
    print(text)
    write_section("report_time", "One round's report, and all rounds", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
