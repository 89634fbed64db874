"""The report in a browser: its weight, and the main thread's work until the first screen answers.

The same report twice, interleaved in one run: as it is, and as it would be with the whole of plotly.js and every chart
drawn at once, without still pictures. Work is processor time of the page's main thread, as Chromium counts it.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

from benchmarks.page import machine, spread, write_section
from rmanalytics.report.charts.figures import plotly_js
from rmanalytics.report.charts.picture import BROWSERS

PROGRAMME = Path(__file__).parents[1] / "data" / "example"
STILL = re.compile(r'<svg class="still".*?</svg>', re.DOTALL)
AHEAD = ('rootMargin: "100px 0px"', 'rootMargin: "1000000px 0px"')
QUIET_MS, PATIENCE_MS = 1500, 300_000
WIDTHS = {"wide, 1280 px": 1280, "phone, 390 px": 390}
ALL_DRAWN = "() => Number(document.body.dataset.chartsDrawn || 0) === document.querySelectorAll('.chart').length"


def at_once(page: str) -> str:
    """The page as it would be with the whole library, every chart drawn as soon as it is opened."""
    for now, then in ((plotly_js(), get_plotlyjs()), AHEAD):
        if now not in page:
            sys.exit("the page is no longer built as this benchmark takes it apart")
        page = page.replace(now, then)
    return STILL.sub("", page)


def work(browser: Any, file: Path, width: int, *, everything: bool) -> float:
    """Milliseconds of the main thread from opening a page until nothing is left to do."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    asked = page.context.new_cdp_session(page)
    asked.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(file.as_uri(), wait_until="load")
    if everything:
        page.wait_for_function(ALL_DRAWN)
    before, now = -1.0, 0.0
    while now - before > 0.02:
        page.wait_for_timeout(QUIET_MS)
        told = {one["name"]: one["value"] for one in asked.send("Performance.getMetrics")["metrics"]}
        before, now = now, float(told["TaskDuration"])
    page.close()
    return 1000 * now


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--report", type=Path, help="a report that there is already")
    asked, _ = parser.parse_known_args(arguments)
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        print("no browser: not measured")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        report = asked.report or _made(Path(folder))
        lean = report.read_text(encoding="utf-8")
        files = {name: Path(folder) / f"{name}.html" for name in ("lean", "whole")}
        files["lean"].write_text(lean, encoding="utf-8")
        files["whole"].write_text(at_once(lean), encoding="utf-8")
        times = _times(found, files, asked.runs)
        weights = {name: file.stat().st_size / 1e6 for name, file in files.items()}
    _write(times, weights, charts=lean.count('<div class="chart"'), runs=asked.runs)
    return 0


def _made(folder: Path) -> Path:
    command = [sys.executable, "-m", "rmanalytics", "report", PROGRAMME, "--reports", folder / "reports"]
    subprocess.run([str(part) for part in command], check=True)
    return next((folder / "reports").glob("inside/*/report.html"))


def _times(found: str, files: dict[str, Path], runs: int) -> dict[tuple[str, str], list[float]]:
    from playwright.sync_api import sync_playwright

    times: dict[tuple[str, str], list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for _ in range(runs):
            for screen, width in WIDTHS.items():
                for name, file in files.items():
                    spent = work(browser, file, width, everything=name == "whole")
                    times.setdefault((screen, name), []).append(spent)
        browser.close()
    return times


def _write(times: dict[tuple[str, str], list[float]], weights: dict[str, float], *, charts: int, runs: int) -> None:
    rows = []
    for screen in WIDTHS:
        lean, whole = times[screen, "lean"], times[screen, "whole"]
        rows.append(f"| {screen} | {spread(whole, 0)} | {spread(lean, 0)} | {sum(lean) / sum(whole):.2f} |")
    table = "\n".join(rows)
    text = f"""The report of `data/example`, one page with {charts} charts. Main-thread work from opening it until it
rests, in milliseconds of processor time; {runs} interleaved runs, median (lowest–highest).

| screen | all of plotly.js, every chart at once, ms | as it is, ms | as it is ÷ at once |
|---|---|---|---|
{table}

The page weighs {weights["lean"]:.2f} MB, with all of plotly.js and without still pictures {weights["whole"]:.2f} MB.

Measured {machine("plotly")}. Again: `python -m benchmarks.first_screen --runs {runs}`."""
    write_section("first_screen", "The report's first screen", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
