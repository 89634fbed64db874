"""The long tests in shards: what is stale runs, one file a shard, and what passed is noted with the code it tested.

A shard is a test file with tests marked ``soak``; a new one needs no more than that. Its row in ``docs/soak.csv`` says
when it ran, for how long, how it ended, and the digest of the code that it tested: its own file and every file of this
project that it imports, directly, by name or not, without comments and docstrings, the settings beside them, and the
example data that it names. A shard that calls the command line tests the whole package and its notebooks.
A shard whose digest is another today, or that did not pass, is stale. A run that is stopped goes on where it stopped.

``python -m soak.shards`` runs what is stale; with words, of those shards alone whose file names hold one of them.
``python -m soak.shards --status`` lists every shard and ends with 1 where one is stale.
"""

from __future__ import annotations

import ast
import csv
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = "docs/soak.csv"
PAGE = "docs/calibration.md"
COLUMNS = ("shard", "code", "outcome", "seconds", "on")
MARK = "mark.soak"
CELLS = ("cells(", "sizes(", "times(")
PACKAGE = "rmanalytics"
COMMAND = re.compile(rf'-m"?,?\s*"?{PACKAGE}\b')
"""The command line, called from a test: it loads by name what no import tells."""
BESIDE = (".toml",)
MOST_SECONDS = 40 * 60
PASSED, FAILED = "passed", "failed"


def shards(root: Path = ROOT) -> list[str]:
    """Test files with long tests, by their path in the project."""
    words = {path: path.read_text(encoding="utf-8") for path in sorted((root / "tests").rglob("test_*.py"))}
    long = [path for path, text in words.items() if MARK in text or ("soak.worlds" in text and _any(CELLS, text))]
    return [path.relative_to(root).as_posix() for path in long]


def digest(file: str, root: Path = ROOT) -> str:
    """Digest of a file of Python and of all that it imports from the project.

    Parameters
    ----------
    file : str
        Path in the project.
    root : Path
        The project: modules are looked for in it and in its folder ``tests``.
    """
    found: set[Path] = set()
    waiting = [root / file]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path, root)
    folders = {path.parent for path in found} - {root}
    found |= {path for folder in folders for path in folder.iterdir() if path.suffix in BESIDE}
    whole = hashlib.sha256()
    for path in sorted(found):
        whole.update(path.relative_to(root).as_posix().encode() + _code(path))
    return whole.hexdigest()[:16]


def noted(root: Path = ROOT) -> dict[str, dict[str, str]]:
    """The table's rows by shard; empty where there is no table."""
    table = root / TABLE
    if not table.exists():
        return {}
    with table.open(encoding="utf-8", newline="") as lines:
        return {row["shard"]: row for row in csv.DictReader(lines)}


def stale(root: Path = ROOT) -> dict[str, str]:
    """Every shard, with why it is stale; the empty text where it is not."""
    rows = noted(root)
    return {shard: _why(rows.get(shard), digest(shard, root)) for shard in shards(root)}


def note(shard: str, outcome: str, seconds: float, *, code: str, root: Path = ROOT) -> None:
    """Put a shard's row into the table; rows of files that are no longer shards leave it."""
    row = {"shard": shard, "code": code, "outcome": outcome, "seconds": f"{seconds:.0f}"}
    rows = noted(root) | {shard: row | {"on": date.today().isoformat()}}  # noqa: DTZ011
    with (root / TABLE).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[name] for name in shards(root) if name in rows)


def run(shard: str) -> str:
    """Run one shard on two cores and note how it ended."""
    code, started = digest(shard), time.monotonic()
    command = [sys.executable, "-m", "pytest", "-n", "2", "-m", "soak", shard]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | {"RMANALYTICS_CALIBRATION": PAGE}, check=False)
    outcome = FAILED if ended.returncode else PASSED
    seconds = time.monotonic() - started
    _tree.cache_clear()
    _code.cache_clear()
    if code != digest(shard):
        print(f"{shard}: the code changed while it ran, so nothing is noted")
        return FAILED
    note(shard, outcome, seconds, code=code)
    if seconds > MOST_SECONDS:
        print(f"{shard}: {seconds / 60:.0f} minutes; a shard has {MOST_SECONDS // 60}, so make two of it")
    return outcome


def main(words: Sequence[str]) -> int:
    """What the module's docstring says."""
    asked = [word for word in words if word != "--status"]
    found = {shard: why for shard, why in stale().items() if not asked or _any(asked, shard)}
    if "--status" in words:
        print("\n".join(f"{'stale' if why else 'holds'}  {shard}{why and ': '}{why}" for shard, why in found.items()))
        return int(any(found.values()))
    return int(FAILED in [run(shard) for shard, why in found.items() if why])


def _why(row: dict[str, str] | None, code: str) -> str:
    if row is None:
        return "not yet run in this form"
    if row["outcome"] != PASSED:
        return f"{row['outcome']} on {row['on']}"
    return "" if row["code"] == code else f"the code is another than on {row['on']}"


def _any(words: Sequence[str], text: str) -> bool:
    return any(word in text for word in words)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _code(path: Path) -> bytes:
    """The code of a file without comments and docstrings; of another file its bytes."""
    if path.suffix != ".py":
        return path.read_bytes()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree).encode()


def _imported(path: Path, root: Path) -> Iterator[Path]:
    """Files of the project that a file leads to; fixtures of its tests come from the conftest.py above it."""
    if path.suffix != ".py":
        return
    in_tests = path.is_relative_to(root / "tests")
    examples = {folder.name: folder for folder in (root / "data").glob("*/")}
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = _loaded(node.value, path, root)
            if in_tests and node.value.rpartition("/")[2] in examples:
                yield from (file for file in examples[node.value.rpartition("/")[2]].rglob("*") if file.is_file())
        else:
            continue
        for name in names:
            for base in (root, root / "tests"):
                at = base.joinpath(*name.split("."))
                yield from (file for file in (at.with_suffix(".py"), at / "__init__.py") if file.is_file())
    if path.name.startswith("test_"):
        above = path.parents[: len(path.relative_to(root).parts) - 1]
        yield from (folder / "conftest.py" for folder in above if (folder / "conftest.py").is_file())
    if path == root / PACKAGE / "__main__.py" or (in_tests and COMMAND.search(path.read_text(encoding="utf-8"))):
        every = [*(root / PACKAGE).rglob("*"), *(root / "notebooks").glob("*.ipynb")]
        yield from (file for file in every if file.is_file() and file.suffix != ".pyc")


def _loaded(text: str, path: Path, root: Path) -> list[str]:
    """Modules that a text names in full, or, with a dot at its end, all modules of a room, or from its own package."""
    if not re.fullmatch(r"[a-z_][\w.]*\.[\w.]*", text):
        return []
    if text.endswith("."):
        folder = root.joinpath(*text.split("."))
        return [".".join(file.relative_to(root).with_suffix("").parts) for file in folder.rglob("*.py")]
    within = ".".join(path.parent.relative_to(root).parts) if path.name == "__init__.py" else ""
    return [text, *([f"{within}.{text}", f"{within}.{text.rpartition('.')[0]}"] if within else [])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
