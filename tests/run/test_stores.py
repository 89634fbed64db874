"""Every file that a run writes lies in a registered store: the interpreter tells of each, in both processes."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import pytest
from run_tools import call, environment, write_notebook, write_notebooks, write_programme

from rmanalytics.run.stores import STORES, Root, store_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins watch the steps of POSIX")


def is_probe(path: Path) -> bool:
    """Whether this is Python's own try of its folder for temporary files: a name of eight signs, gone at once."""
    here = path.parent == Path(tempfile.gettempdir())
    return here and re.fullmatch(r"[a-z0-9_]{8}", path.name) is not None and not path.exists()


def test_no_run_writes_outside_the_register(tmp_path):
    write_programme(tmp_path / "programme")
    write_notebooks(tmp_path / "notebooks")
    env = environment(tmp_path / "notebooks", writes=str(tmp_path / "writes"))
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    assert call("due", "programme", env=env, cwd=tmp_path).returncode == 0
    write_notebook(tmp_path / "notebooks" / "04_retention.ipynb", "raise ValueError")
    assert call("due", "programme", env=env, cwd=tmp_path).returncode == 4
    assert call("report", "programme", env=env | {"FAKE_NO_EXCHANGE": "1"}, cwd=tmp_path).returncode == 4
    written = set((tmp_path / "writes").read_text(encoding="utf-8").splitlines()) - {"/dev/null", "/dev/tty"}
    reports = tmp_path / "reports"
    keys = Path.home() / ".config" / "rmanalytics"
    roots: dict[Root, Path] = {"reports": reports, "programme": tmp_path / "programme"}
    written = {path for path in written if not is_probe(Path(path))}
    outside = {
        path for path in written if not any(Path(path).is_relative_to(r) for r in (*roots.values(), keys.parent))
    }
    assert outside == set()
    below = {
        (r.relative_to(at).as_posix(), name)
        for name, at in roots.items()
        for r in map(Path, written)
        if at in r.parents
    }
    below |= {(path.name, "keys") for path in map(Path, written) if path.parent.parent == keys}
    assert {path for path in below if store_of(*path) is None} == set()
    used = {(store.root, store.place) for store in (store_of(*path) for path in below) if store is not None}
    renamed = {store.place for store in STORES if store.place.startswith(("inside/<round>/", "inside/.old-"))}
    renamed |= {"inside/released/<round>/*", "outside/<round>/**", "outside/sentences.jsonl", "outside/.*.part"}
    renamed |= {".state/falsified.json", ".state/.falsified.json.part"}  # of falsify, where somebody calls it
    renamed |= {"outside/interim", "outside/interim/**"}  # of a round in its middle alone
    assert used >= {("programme", "log-of-use.jsonl"), ("keys", "*.key"), ("keys", "log-of-use-*.anchor")}
    of_a_run = {store.place for store in STORES if store.root == "reports"}
    assert {place for root, place in used if root == "reports"} == of_a_run - renamed


def test_points_of_proposed_pairs_go_when_their_round_is_over(tmp_path):
    private = write_programme(tmp_path / "programme") / "receipts" / "private"
    private.mkdir(parents=True)
    endings = ("proposal.csv", "pairs.html", "tandems.csv")
    for name in (f"{one}-{ending}" for one in ("2025H2", "2099H1") for ending in endings):
        (private / name).touch()
    env = environment(write_notebooks(tmp_path / "notebooks"))
    assert call("due", "programme", env=env, cwd=tmp_path).returncode == 0
    left = {path.name for path in private.iterdir()}
    assert left == {"2025H2-tandems.csv", *(f"2099H1-{ending}" for ending in endings)}


def test_status_writes_nothing(tmp_path):
    write_programme(tmp_path / "programme")
    write_notebooks(tmp_path / "notebooks")
    env = environment(tmp_path / "notebooks", writes=str(tmp_path / "writes"))
    done = call("status", "programme", "--overdue-days", "30", env=env | {"PYTHONDONTWRITEBYTECODE": "1"}, cwd=tmp_path)
    assert done.returncode == 6, done.stderr
    assert (tmp_path / "writes").read_text(encoding="utf-8") == ""
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "inside/2025H1/a",
        "2025H1/report.html",
        "inside/2025H1/report.html/a",
        ".state/other",
        ".hidden",
        "notes",
        "x/y",
    ],
)
def test_what_is_not_registered_has_no_store(path):
    assert store_of(path) is None
