"""What makes a report beside its data: the package's files, its notebooks, and the versions of what it depends on."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmanalytics.language.translator import filled, key

if TYPE_CHECKING:
    from rmanalytics.evaluation.kept import Shelf

PACKAGE = Path(__file__).resolve().parents[1]
TOOLS = ("bench", "dev", "docs", "lab")
"""Extras of this package that no report depends on."""
_REQUIREMENT = re.compile(r"([\w.\-]+)\s*(?:\[([\w.,\s\-]*)\])?")
_EXTRA = re.compile(r"extra\s*==\s*[\"']([\w.\-]+)[\"']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What makes a report: digest of the package's files, digest by notebook, version by package."""

    package: str
    notebooks: dict[str, str]
    versions: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """For the manifest."""
        return {"package": self.package, "notebooks": self.notebooks, "versions": self.versions}

    def differs(self, made: Any) -> tuple[str, ...]:
        """In what a report's code (as in its manifest) is another one, in words; empty where it is the same."""
        if not isinstance(made, dict):
            return (key("the report does not say by which code it was made"),)
        told: list[str] = []
        if made.get("package") != self.package:
            told.append(key("the package has changed"))
        for what, now in ((key("notebook {name}"), self.notebooks), (key("version of {name}"), self.versions)):
            then = made.get("notebooks" if now is self.notebooks else "versions")
            then = then if isinstance(then, dict) else {}
            told += [filled(what, name=name) for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
        return tuple(told)


def code_of(notebooks: Iterable[Path]) -> Code:
    """The code as it lies on the disk now.

    Parameters
    ----------
    notebooks : iterable of Path
        The notebooks that make the chapters.
    """
    return Code(package=package_digest(PACKAGE), notebooks=notebook_digests(notebooks), versions=versions())


def shelf_of(state: Path) -> Shelf | None:
    """The evaluations that are kept in a reports folder's state folder; None where there is no such folder."""
    from rmanalytics.evaluation.kept import FOLDER, Shelf  # noqa: PLC0415  (loads everything that evaluates)

    if not state.is_dir():
        return None
    code = hashlib.sha256(repr((package_digest(PACKAGE), versions())).encode()).hexdigest()
    return Shelf(folder=state / FOLDER, code=code)


def package_digest(folder: Path) -> str:
    """SHA-256 over names and bytes of a package's files; what Python compiles is left out."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(f"{path.relative_to(folder).as_posix()}\0{file_digest(path)}\n".encode())
    return total.hexdigest()


def notebook_digests(paths: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of each notebook by its name; one that is missing has an empty digest."""
    return {path.stem: file_digest(path) if path.is_file() else "" for path in paths}


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def versions() -> dict[str, str]:
    """Versions of this package, of Python, and of every package that is installed because this one needs it."""
    found = {"python": platform.python_version()}
    wanted, seen = [("rmanalytics", frozenset[str]())], set()
    while wanted:
        asked = wanted.pop()
        if asked in seen:
            continue
        seen.add(asked)
        try:
            installed = distribution(asked[0])
        except PackageNotFoundError:
            continue
        found[asked[0]] = installed.version
        wanted += _needs(installed.requires or [], extras=None if asked[0] == "rmanalytics" else asked[1])
    return dict(sorted(found.items()))


def _needs(requirements: Iterable[str], *, extras: frozenset[str] | None) -> Iterator[tuple[str, frozenset[str]]]:
    """Names (with extras) that requirements ask for; without ``extras`` all but those for tools."""
    for text in requirements:
        name, _, marker = text.partition(";")
        extra, match = _EXTRA.search(marker), _REQUIREMENT.match(name)
        wanted = not extra or (extra[1] not in TOOLS if extras is None else extra[1] in extras)
        if match and wanted:
            asked = {part.strip() for part in (match[2] or "").split(",")} - {""}
            yield re.sub(r"[-_.]+", "-", match[1]).lower(), frozenset(asked)
