"""The files that say what is installed agree: pyproject.toml, environment.yml and requirements.lock."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENVIRONMENT: dict[str, Any] = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+))?(?P<rest>.*)", re.DOTALL)
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
DEVELOPMENT: list[str] = EXTRAS["dev"]
LARGE: list[str] = EXTRAS["large"]
CONDA_NAMES = {"ibis-duckdb": "ibis-framework", "python-duckdb": "duckdb"}
"""What conda-forge calls some packages, and what PyPI calls them."""


def by_name(requirements: list[str]) -> dict[str, Requirement]:
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(requirement.name): requirement for requirement in parsed}


def conda_requirements() -> dict[str, Requirement]:
    found = by_name([entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)])
    return {CONDA_NAMES.get(name, name): requirement for name, requirement in found.items()}


def pins() -> list[re.Match[str]]:
    """One match a pin: its name, version, marker, and the lines with its hashes."""
    lines = [line for line in LOCK.splitlines() if not line.lstrip().startswith("#")]
    entries = re.split(r"\n(?=\S)", "\n".join(lines))
    found = [PIN.fullmatch(entry) for entry in entries]
    assert all(found), f"not a pin: {[e for e, m in zip(entries, found, strict=True) if m is None]}"
    return [match for match in found if match is not None]


def test_every_pin_of_the_lock_has_a_sha256() -> None:
    without = [pin["name"] for pin in pins() if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", pin["rest"])]
    assert without == []


def test_the_lock_names_no_address_no_file_and_no_option() -> None:
    assert "://" not in LOCK
    assert not re.search(r"\bfile:|(?<!\S)/|\s@\s|^\s*-(?!-hash=)", LOCK, re.MULTILINE)


@pytest.mark.parametrize("text", [*RUNTIME, *DEVELOPMENT, *LARGE, *PROJECT["build-system"]["requires"]])
def test_the_lock_pins_each_direct_dependency_within_its_specifier(text: str) -> None:
    requirement = Requirement(text)
    versions = [
        pin["version"] for pin in pins() if canonicalize_name(pin["name"]) == canonicalize_name(requirement.name)
    ]
    assert versions
    assert all(requirement.specifier.contains(Version(version)) for version in versions)


def test_environment_and_pyproject_name_the_same_dependencies_with_the_same_specifiers() -> None:
    conda = conda_requirements()
    python, pip = conda.pop("python"), conda.pop("pip")
    declared = by_name(RUNTIME)
    assert {name: r.specifier for name, r in conda.items()} == {name: r.specifier for name, r in declared.items()}
    assert str(python.specifier) == PROJECT["project"]["requires-python"]
    assert str(pip.specifier) == ""


def test_environment_installs_the_package_itself_and_takes_all_else_from_conda_forge() -> None:
    assert [entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict)] == [{"pip": ["-e ."]}]
    assert ENVIRONMENT["channels"][0] == "conda-forge"


def test_the_environment_has_the_name_of_the_project_and_the_readme_says_so() -> None:
    name = PROJECT["project"]["name"]
    assert ENVIRONMENT["name"] == name
    assert f"conda activate {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_what_builds_the_package_is_pinned_with_the_rest() -> None:
    assert by_name(PROJECT["build-system"]["requires"]).items() <= by_name(DEVELOPMENT).items()


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"


@pytest.mark.parametrize(
    ("environment", "outcome"),
    [
        ({}, "2 skipped"),
        ({"RMANALYTICS_REQUIRE_BROWSER": "1"}, "1 skipped, 1 error"),
        ({"CI": "true"}, "1 failed, 1 error"),
    ],
)
def test_a_skip_of_a_browser_or_golden_test_is_a_failure_where_it_may_not_be(
    tmp_path: Path, environment: dict[str, str], outcome: str
) -> None:
    for name in ("conftest.py", "golden_data.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / name)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    browser\n    golden\n", encoding="utf-8")
    (tmp_path / "test_two.py").write_text(
        "import pytest\nfrom golden_data import golden\n"
        "@pytest.mark.browser\ndef test_page(): pass\n"
        "def test_case(): golden('no_such_case')\n",
        encoding="utf-8",
    )
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "RMANALYTICS_REQUIRE_BROWSER"}}
    nowhere = {"RMANALYTICS_BROWSER": "no-such-browser", "RMANALYTICS_GOLDEN": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env=kept | nowhere | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in run.stdout.splitlines()[-1]
