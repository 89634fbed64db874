"""The package and its command start light: what is loaded is counted, for seconds differ from machine to machine."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"numpy", "pandas", "scipy", "statsmodels", "plotly", "papermill", "nbformat", "nbconvert", "IPython", "tqdm"}
HEAVY |= {"ibis", "duckdb", "pyarrow", "numba"}
HELP = "import contextlib, io\nfrom rmanalytics.__main__ import main\nwith contextlib.redirect_stdout(io.StringIO()):\n"
START = {
    "import": "import rmanalytics",
    "alone": HELP + "    main([])",
    "help": HELP + "    with contextlib.suppress(SystemExit):\n        main(['report', '--help'])",
    "programme": "import rmanalytics.programme.programme, rmanalytics.intake.schema, rmanalytics.run.due",
    "parent": "import rmanalytics.run.make",
}


def modules_of(code: str) -> set[str]:
    listing = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("start", START)
def test_nothing_heavy_is_loaded(start):
    assert not HEAVY & modules_of(START[start])


def test_the_import_alone_loads_next_to_nothing():
    assert len(modules_of(START["import"]) - modules_of("")) <= 5


def test_help_stays_small():
    assert len(modules_of(START["help"]) - modules_of("")) <= 120
