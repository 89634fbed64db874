"""The files that say what is installed agree: pyproject.toml, environment.yml and the locks."""

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
LOCKS = {path.name: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("requirements*.lock"))}
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+))?(?P<rest>.*)", re.DOTALL)
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
PLAIN = "requirements.lock"
PINNED_IN = {
    PLAIN: [*RUNTIME, *EXTRAS["events"], *PROJECT["build-system"]["requires"]],
    "requirements-lab.lock": EXTRAS["lab"],
    "requirements-dev.lock": [*EXTRAS["dev"], *EXTRAS["docs"], *EXTRAS["large"], *EXTRAS["office"], *EXTRAS["spss"]],
    "requirements-spark.lock": EXTRAS["spark"],
}
"""Each lock, and what it pins; but for the first, only what the ones before it do not pin."""
CONDA_NAMES = {"ibis-duckdb": "ibis-framework", "python-duckdb": "duckdb"}
"""What conda-forge calls some packages, and what PyPI calls them."""


def by_name(requirements: list[str]) -> dict[str, Requirement]:
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(requirement.name): requirement for requirement in parsed}


def conda_requirements() -> dict[str, Requirement]:
    found = by_name([entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, str)])
    return {CONDA_NAMES.get(name, name): requirement for name, requirement in found.items()}


def pins(lock: str) -> list[re.Match[str]]:
    """One match a pin: its name, version, marker, and the lines with its hashes."""
    lines = [line for line in LOCKS[lock].splitlines() if not line.lstrip().startswith("#")]
    entries = re.split(r"\n(?=\S)", "\n".join(lines))
    found = [PIN.fullmatch(entry) for entry in entries]
    assert all(found), f"not a pin: {[e for e, m in zip(entries, found, strict=True) if m is None]}"
    return [match for match in found if match is not None]


def test_there_are_no_locks_but_these() -> None:
    assert set(LOCKS) == set(PINNED_IN)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_a_sha256(lock: str) -> None:
    without = [pin["name"] for pin in pins(lock) if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", pin["rest"])]
    assert without == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_no_file_and_no_option(lock: str) -> None:
    assert "://" not in LOCKS[lock]
    assert not re.search(r"\bfile:|(?<!\S)/|\s@\s|^\s*-(?!-hash=)", LOCKS[lock], re.MULTILINE)


@pytest.mark.parametrize(("lock", "text"), [(lock, text) for lock, texts in PINNED_IN.items() for text in texts])
def test_the_locks_pin_each_direct_dependency_within_its_specifier(lock: str, text: str) -> None:
    requirement = Requirement(text)
    within = [pin for name in {PLAIN, "requirements-lab.lock", lock} for pin in pins(name)]
    name = canonicalize_name(requirement.name)
    versions = [pin["version"] for pin in within if canonicalize_name(pin["name"]) == name]
    assert versions
    assert all(requirement.specifier.contains(Version(version)) for version in versions)


def test_the_plain_lock_holds_no_test_tool_and_no_jupyterlab() -> None:
    plain = {canonicalize_name(pin["name"]) for pin in pins(PLAIN)}
    others = by_name(
        [text for name in ("dev", "docs", "lab", "large", "office", "spark", "spss") for text in EXTRAS[name]]
    )
    assert plain & (set(others) - {"setuptools", "pyyaml"}) == set()


def test_two_locks_pin_the_same_version_of_the_same_package() -> None:
    pinned: dict[tuple[str, bool], set[str]] = {}
    for lock in LOCKS:
        for pin in pins(lock):
            pinned.setdefault((pin["name"], "python_full_version" in (pin["marker"] or "")), set()).add(pin["version"])
    assert {name: found for (name, forked), found in pinned.items() if len(found) > 1 and not forked} == {}


def test_environment_and_pyproject_name_the_same_dependencies_with_the_same_specifiers() -> None:
    conda = conda_requirements()
    python, pip = conda.pop("python"), conda.pop("pip")
    declared = by_name([*RUNTIME, *EXTRAS["events"], *EXTRAS["lab"]])
    assert {name: r.specifier for name, r in conda.items()} == {name: r.specifier for name, r in declared.items()}
    assert str(python.specifier) == PROJECT["project"]["requires-python"]
    assert str(pip.specifier) == ""


def test_environment_installs_the_package_itself_and_takes_all_else_from_conda_forge() -> None:
    assert [entry for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict)] == [{"pip": ["-e ."]}]
    assert ENVIRONMENT["channels"][0] == "conda-forge"


def test_the_environment_has_the_name_of_the_project_and_the_page_on_installing_says_so() -> None:
    name = PROJECT["project"]["name"]
    assert ENVIRONMENT["name"] == name
    assert f"conda activate {name}" in (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


def test_what_builds_the_package_is_pinned_with_the_rest() -> None:
    assert by_name(PROJECT["build-system"]["requires"]).items() <= by_name(EXTRAS["dev"]).items()


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
@pytest.mark.parametrize(
    ("target", "locks"),
    [
        ("report", {PLAIN}),
        ("lab", {PLAIN, "requirements-lab.lock"}),
        ("test", {PLAIN, "requirements-lab.lock", "requirements-dev.lock"}),
        ("docs", {PLAIN, "requirements-lab.lock", "requirements-dev.lock"}),
        ("spark", {PLAIN, "requirements-spark.lock"}),
    ],
)
def test_a_target_of_make_installs_its_own_locks_and_no_others(tmp_path: Path, target: str, locks: set[str]) -> None:
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        shutil.copy(ROOT / name, tmp_path / name)
    told = subprocess.run(["make", "-n", target], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"-r (requirements\S*)", told)) == locks
    assert told.count("--require-hashes") == 1


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


def test_the_citation_has_what_its_schema_requires_and_the_version_licence_and_authors_of_the_package() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert (cited["cff-version"], cited["type"]) == ("1.2.0", "software")
    project = PROJECT["project"]
    assert cited["version"] == project["version"]
    assert (cited["license"], cited["authors"]) == (project["license"], project["authors"])
    assert cited["keywords"] == project["keywords"]
