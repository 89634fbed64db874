"""Processor time of one round evaluated, against that of the imports that any such work needs, in one run.

Each run is a process of its own: it imports, reads the programme, evaluates the last round with its ledger, and then a
few claims alone.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.page import machine, spread, write_section

DATA = Path(__file__).parents[1] / "data"
EXAMPLES = ("example_small", "example")
CLAIMS = ("M1", "T4", "J7", "C1", "P2")
PARTS = ("imports", "reading", "evaluation", *CLAIMS)
CODE = """
import json, sys
from time import process_time as now
times, started = {}, now()
def lap(name):
    global started
    times[name], started = now() - started, now()
import pandas, scipy.stats, statsmodels.api, plotly.graph_objects
lap("imports")
from rmanalytics.evaluation.evaluate import evaluate
from rmanalytics.evaluation.study import Study, read_bundle
started = now()
bundle = read_bundle(sys.argv[1])
lap("reading")
last = bundle.programme.rounds[-1].id
study = Study(bundle, last)
study.ledger
lap("evaluation")
for claim in sys.argv[2:]:
    bundle.kept.clear()
    started = now()
    evaluate(bundle, last, claims=[claim])
    lap(claim)
print(json.dumps(times))
"""


def measured(example: str) -> dict[str, float]:
    """Processor seconds of each part, from a process of its own."""
    command = [sys.executable, "-c", CODE, str(DATA / example), *CLAIMS]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return {str(name): float(seconds) for name, seconds in json.loads(run.stdout).items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="processes for each example (default 3)")
    runs = max(parser.parse_args(arguments).runs, 1)
    found = {example: [measured(example) for _ in range(runs)] for example in EXAMPLES}
    rows = [
        f"| work | {' | '.join(f'`data/{example}`, s | ÷ imports' for example in EXAMPLES)} |",
        f"|---|{'---:|' * 2 * len(EXAMPLES)}",
    ]
    for part in PARTS:
        cells = []
        for example in EXAMPLES:
            cells.append(spread([one[part] for one in found[example]], 2))
            cells.append(spread([one[part] / one["imports"] for one in found[example]], 2))
        named = {"evaluation": "evaluation of one round, all families and the ledger"}.get(part, part)
        rows.append(f"| {f'claim {part} alone' if part in CLAIMS else named} | {' | '.join(cells)} |")
    text = (
        "Processor seconds, median of "
        f"{runs} processes (lowest–highest); a ratio is within one process. Imports are those of pandas, scipy.stats, "
        "statsmodels and plotly; what an evaluation imports beyond them counts as evaluation.\n\n"
        + "\n".join(rows)
        + f'\n\nMeasured {machine("pandas", "scipy", "statsmodels")}. Again: `make bench ARGS="--runs {runs}"`.\n'
    )
    print(text)
    write_section("evaluation", "One round evaluated", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
