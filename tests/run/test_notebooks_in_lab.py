"""Every notebook runs from top to bottom in a kernel of its own, as in JupyterLab, beside the reports of its data."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.kept import FOLDER
from rmanalytics.run.code import shelf_of

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as an analyst has it: notebooks, data, and reports with what was evaluated for them."""
    desk = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "notebooks", desk / "notebooks")
    (desk / "data").symlink_to(ROOT / "data")
    (desk / "reports" / ".state").mkdir(parents=True)
    assert open_study(ROOT / "data" / "example", "2026H1", shelf=shelf_of(desk / "reports" / ".state")).ledger
    return desk


@pytest.mark.slow
@pytest.mark.parametrize("name", [path.name for path in NOTEBOOKS])
def test_a_notebook_runs_from_top_to_bottom_as_in_jupyterlab(desk: Path, name: str) -> None:
    (kept,) = (desk / "reports" / ".state" / FOLDER).iterdir()
    before = kept.stat().st_mtime_ns
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--stdout"]
    command += ["--ExecutePreprocessor.startup_timeout=600", name]
    run = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=desk / "notebooks", check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    outputs = [o for c in nbformat.reads(run.stdout, as_version=4).cells if c.cell_type == "code" for o in c.outputs]
    assert outputs
    assert [o.get("name", o.output_type) for o in outputs if o.output_type in {"stream", "error"}] == []
    assert kept.stat().st_mtime_ns == before, "computed again what was kept"
