"""The built package makes the example's report where there is no checkout, no browser and no search path."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from run_tools import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="the layout of a POSIX environment")]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "rmanalytics", "notebooks", "data/example_small")


def quiet(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel installed; its dependencies are lent by the one that runs the tests."""
    place = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, place / "source" / name)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    quiet(*pip, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", place / "dist", place / "source")
    shutil.rmtree(place / "source")
    quiet(sys.executable, "-m", "venv", "--without-pip", place / "fresh")
    (wheel,) = (place / "dist").iterdir()
    quiet(*pip, "--python", place / "fresh", "install", "-q", "--no-deps", "--no-index", wheel)
    (site,) = (place / "fresh" / "lib").glob("python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return place / "fresh"


def in_it(fresh: Path, here: Path, *command: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = command
    return subprocess.run(
        [str(fresh / "bin" / program), *arguments],
        cwd=here,
        env={"PATH": str(here), "HOME": str(here)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_installed_package_reports_on_the_example_that_came_with_it(fresh, tmp_path):
    code = "import rmanalytics as rm; print(rm.__file__, rm.example())"
    asked = in_it(fresh, tmp_path, "python", "-c", code)
    module, example = asked.stdout.split()
    assert Path(module).is_relative_to(fresh)
    assert Path(example).is_relative_to(fresh)
    shipped = {path.name: path.read_bytes() for path in Path(example).rglob("*.*")}
    assert shipped == {path.name: path.read_bytes() for path in (ROOT / "data" / "example_small").rglob("*.*")}
    made = in_it(fresh, tmp_path, "rmanalytics", "report", example)
    assert made.returncode == 0, made.stderr
    assert "2026H1: reports/inside/2026H1/report.html" in made.stdout
    results = json.loads((tmp_path / "reports" / "inside" / "2026H1" / "results.json").read_text(encoding="utf-8"))
    assert len(results["ledger"]) == 38


def test_the_doctor_of_the_installed_package_finds_what_ships(fresh, tmp_path):
    told = json.loads(in_it(fresh, tmp_path, "rmanalytics", "doctor", "--json").stdout)["findings"]
    found = {finding["thing"]: finding for finding in told}
    assert all(Path(found[thing]["found"]).is_relative_to(fresh) for thing in ("notebooks", "example programme"))
    assert (found["browser"]["state"], found["browser"]["needed"]) == ("missing", False)
