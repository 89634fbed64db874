"""The house: which room may use which, where libraries may appear, how thin a notebook is, and that the map is true."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "rmanalytics"
SOURCES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

FLOORS = {
    "errors": 0,
    "language": 0,
    "results": 1,
    "shipped": 1,
    "containment": 2,
    "programme": 2,
    "intake": 3,
    "lot": 3,
    "measures": 3,
    "receipts": 3,
    "briefing": 3,
    "evaluation": 4,
    "release": 5,
    "simulate": 5,
    "inspect": 5,
    "report": 6,
    "run": 7,
    "terminal": 8,
    "council": 9,
    "api": 10,
    "__main__": 11,
    "__init__": 11,
}
"""A room may import itself and rooms of lower floors; rooms of one floor do not know each other."""

LIBRARY_HOMES = {
    "pptx": ("briefing/powerpoint/",),
    "pypdf": ("run/brief.py",),
    "plotly": ("report/charts/figures.py",),
    "ibis": ("intake/collaboration/engines.py", "intake/collaboration/query.py"),
    "duckdb": ("intake/collaboration/engines.py",),
    "pyspark": ("intake/collaboration/engines.py",),
    "numba": ("measures/network/nulls/numba_kernels.py",),
    "papermill": ("run/",),
    "nbconvert": ("run/",),
    "nbclient": ("run/",),
    "nbformat": ("run/",),
    "IPython": ("run/", "report/show.py", "report/lab.py", "api/chooser.py"),
    "itables": ("report/lab.py",),
    "ipywidgets": ("api/chooser.py",),
}
NOT_IN_MEASURES = {"io", "json", "logging", "matplotlib", "os", "pathlib", "shutil", "subprocess", "warnings"}
MOST_LINES = 450
NOT_IN_NOTEBOOKS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.For,
    ast.While,
    ast.If,
    ast.IfExp,
    ast.Lambda,
    ast.Try,
    ast.comprehension,
)
NOT_CALLED_IN_NOTEBOOKS = {"groupby", "merge", "join", "apply", "pivot_table", "query"}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything a file imports, at its top or within, relative imports resolved."""
    package = ("rmanalytics", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_every_room_has_a_floor() -> None:
    assert {room(path) for path in SOURCES} - {"__init__"} <= set(FLOORS)


def test_imports_go_down_only() -> None:
    upward = []
    for path in SOURCES:
        here = room(path)
        for name in imported(path):
            top, _, rest = name.partition(".")
            there = rest.partition(".")[0]
            if top != "rmanalytics" or there in {here, "__version__"}:
                continue
            if FLOORS.get(there, 99) >= FLOORS.get(here, 99):
                upward.append(f"{name_of(path)} imports {name}")
    assert upward == []


@pytest.mark.parametrize(("library", "homes"), LIBRARY_HOMES.items())
def test_a_library_appears_in_its_home_alone(library: str, homes: tuple[str, ...]) -> None:
    users = {name_of(path) for path in SOURCES if library in {name.partition(".")[0] for name in imported(path)}}
    assert {user for user in users if not user.startswith(homes)} == set()


def test_measures_know_no_files_processes_or_pictures() -> None:
    unwanted = [
        f"{name_of(path)} imports {name}"
        for path in SOURCES
        if room(path) == "measures"
        for name in imported(path)
        if name.partition(".")[0] in NOT_IN_MEASURES
    ]
    assert unwanted == []


def test_no_module_is_too_long_to_hold_in_the_head() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


ONE_HOME = {
    r"\b0\.975\b|1\.95996": "measures/rows.py",
    r"^LEAST_PEOPLE\b.* = ": "measures/rows.py",
    r"^def among\(": "measures/rows.py",
    r"^(PARTICIPANTS|COMPARISON|GROUPS|SIDES|CONFIDENCE)\b.* = ": "results.py",
}
"""Facts and functions with one home; *intake* stands beside *measures* and keeps its own look-up of ids."""


@pytest.mark.parametrize(("pattern", "home"), ONE_HOME.items())
def test_a_fact_has_one_home(pattern: str, home: str) -> None:
    found = {}
    for path in SOURCES:
        code = re.sub(r'"""(?:[^"]|"(?!""))*"""', "", path.read_text(encoding="utf-8"))
        if re.search(pattern, code, re.MULTILINE) and room(path) != "intake":
            found[name_of(path)] = pattern
    assert set(found) == {home}


def mapped_modules() -> set[str]:
    """Modules that the map in ARCHITECTURE.md names: the indented tree in the code block under its heading."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    block = re.search(r"^## Module map\n.*?^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block is not None, 'ARCHITECTURE.md has no code block under "## Module map"'
    found, folders = set(), [""]
    for line in block[1].splitlines():
        entry = line.strip().partition(" ")[0]
        depth = (len(line) - len(line.lstrip())) // 2
        if entry.endswith("/"):
            folders = [*folders[: depth + 1], folders[depth] + entry]
        elif entry.endswith(".py"):
            found.add(folders[depth] + entry)
    return found


def test_the_module_map_names_every_module_and_none_that_is_not_there() -> None:
    there = {path.relative_to(ROOT).as_posix() for path in SOURCES if path.name != "__init__.py"}
    mapped = mapped_modules()
    assert {"missing in the map": there - mapped, "not in the tree": mapped - there} == {
        "missing in the map": set(),
        "not in the tree": set(),
    }


def project_files() -> list[Path]:
    """Text files of the project: what git tracks or would track, or all but what is made, where there is no git."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        command = [git, "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\0")
        paths = [ROOT / name for name in names if name]
    else:
        made = {".venv", "reports", "build", "dist", "__pycache__"}
        paths = [path for path in ROOT.rglob("*") if not made & set(path.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file() and path.suffix not in {".png", ".pyc", ".xlsx", ".parquet"}]


def test_no_file_names_a_path_of_a_machine_or_a_registry() -> None:
    homes = r"(?<![\w.])/(?:home|Users|root)/\w|[A-Za-z]:[\\/]+Users[\\/]+\w"
    checkout = "|".join(re.escape(f"{folder}/") for folder in (ROOT, ROOT.parent) if len(folder.parts) > 1)
    hosts = "|".join(map(re.escape, ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "anaconda" + ".org")))
    options = "|".join(f"--{name}" for name in ("index-" + "url", "extra-index-" + "url", "find-" + "links"))
    pattern = re.compile("|".join((homes, checkout, hosts, options)))
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in project_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []


def cells_of(path: Path) -> list[Any]:
    return list(nbformat.read(path, as_version=4).cells)


def test_there_are_notebooks_and_they_are_numbered() -> None:
    assert NOTEBOOKS
    assert [path.name for path in NOTEBOOKS if not re.match(r"\d\d_[a-z_]+\.ipynb$", path.name)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_one_parameters_cell(path: Path) -> None:
    tagged = [cell for cell in cells_of(path) if "parameters" in cell.metadata.get("tags", [])]
    assert [cell.cell_type for cell in tagged] == ["code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    code = [cell for cell in cells_of(path) if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_logic(path: Path) -> None:
    nodes = [node for cell in cells_of(path) if cell.cell_type == "code" for node in ast.walk(ast.parse(cell.source))]
    logic = [type(node).__name__ for node in nodes if isinstance(node, NOT_IN_NOTEBOOKS)]
    called = {node.attr for node in nodes if isinstance(node, ast.Attribute)} & NOT_CALLED_IN_NOTEBOOKS
    assert (logic, called) == ([], set())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_title_parameters_imports_and_then_one_call_a_cell(path: Path) -> None:
    title, *cells = cells_of(path)
    assert title.cell_type == "markdown"
    assert title.source.startswith("# ")
    parameters, imports, *calls = [ast.parse(cell.source).body for cell in cells if cell.cell_type == "code"]
    assert all(isinstance(statement, ast.Assign) for statement in parameters)
    assert all(isinstance(statement, (ast.Import, ast.ImportFrom)) for statement in imports[:-1])
    assert isinstance(imports[-1], ast.Assign)
    assert all(len(body) == 1 and isinstance(body[0], ast.Expr) for body in calls)
    assert calls


FLOOR_OF_COLUMN = ("measures", "evaluation", "report/chapters")
PLACE = re.compile(r"`([\w/]+\.py)` `(\w+)`")


def questions() -> list[tuple[str, list[tuple[str, str]]]]:
    """Rows of the table of ARCHITECTURE.md: what is asked, and for each floor file and name."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.partition("## Where is … computed, evaluated, shown?\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if PLACE.search(line)]
    return [(what, [found for place in places for found in PLACE.findall(place)]) for what, *places in rows]


def test_twenty_questions_lead_from_floor_to_floor() -> None:
    asked = questions()
    assert len(asked) >= 20
    for what, places in asked:
        assert [path.startswith(floor) for (path, _), floor in zip(places, FLOOR_OF_COLUMN, strict=True)] == [
            True
        ] * 3, what
        for path, name in places:
            source = (PACKAGE / path).read_text(encoding="utf-8")
            assert re.search(rf"^(def|class) {name}\b", source, re.MULTILINE), f"{what}: {name} is not in {path}"
        (measure, name), (evaluation, _), _ = places
        used = set(imported(PACKAGE / evaluation))
        module = "rmanalytics." + measure.removesuffix(".py").replace("/", ".")
        assert f"{module}.{name}" in used or module in used, f"{what}: {evaluation} does not use {measure}"


def test_no_test_measures_a_clock_or_waits_for_a_moment() -> None:
    clocks = re.compile(
        "|".join(("perf_" + "counter", "process_" + "time", "wait_for_" + "timeout", "thread_" + "time"))
    )
    tests = [path for path in (ROOT / "tests").rglob("*.py") if clocks.search(path.read_text(encoding="utf-8"))]
    assert [path.name for path in tests] == []
