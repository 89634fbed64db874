"""What this installation has, what is missing or too old, and the line that mends it.

Unit: one thing that is looked at. Nothing is written but an empty file in a folder that must take reports, which goes.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from rmanalytics import shipped
from rmanalytics.errors import RmError
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.declaration import SPARK
from rmanalytics.programme.programme import read_programme
from rmanalytics.run.browser import browser

LEAST_JAVA = 17
STATES = ("missing", "too old", "too new")
FOR = {
    "events": "collaboration events",
    "lab": "notebooks in JupyterLab",
    "office": "slides, Word files, words of a PDF",
    "spss": "surveys as SPSS files",
    "large": "networks of 100,000 people and more",
    "spark": "events on Spark",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing: ``state`` is ``ok`` or one of `STATES`; where it is ``needed``, nothing works without it."""

    thing: str
    state: str
    found: str = ""
    remedy: str = ""
    needed: bool = False

    @property
    def bad(self) -> bool:
        """Whether it has to be mended before a report can be made."""
        return self.needed and self.state != "ok"


def examine(programmes: Sequence[Path] = (), reports: Path = Path("reports")) -> list[Finding]:
    """Look at everything.

    Parameters
    ----------
    programmes : sequence of Path
        Programmes whose declarations need more than the plain package; none for the installation alone.
    reports : Path
        Folder that reports go to.
    """
    engines = _engines(programmes)
    needed = {"events"} if engines else set()
    needed |= {SPARK} & engines
    findings = [_python(), _packages("", needed=True)]
    findings += [_packages(extra, needed=extra in needed) for extra in FOR]
    findings += [_java(needed=SPARK in engines), _browser(), _fonts(), *_shipped()]
    return [*findings, *map(_readable, programmes), _writable(reports), _writable(Path(tempfile.gettempdir()))]


def _engines(programmes: Sequence[Path]) -> set[str]:
    """Engines of events that the programmes declare; one that is refused is told by ``rmanalytics check``."""
    found = set()
    for folder in programmes:
        try:
            events = read_programme(folder, tuple(TABLES)).events
        except RmError:
            continue
        if events is not None:
            found.add(events.engine)
    return found


def _python() -> Finding:
    wanted = metadata.metadata("rmanalytics")["Requires-Python"] or ""
    least, here = wanted.removeprefix(">="), platform.python_version()
    right = Version(here) >= Version(least)
    return Finding(
        thing="Python",
        state="ok" if right else "too old",
        found=here,
        remedy="" if right else f"install Python {least} or newer",
        needed=True,
    )


def _packages(extra: str, *, needed: bool) -> Finding:
    """The plain package's requirements, or those of an extra."""
    wanted = [Requirement(text) for text in metadata.requires("rmanalytics") or ()]
    asked = [r for r in wanted if ("extra" in str(r.marker or "")) == bool(extra)]
    asked = [r for r in asked if r.marker is None or r.marker.evaluate({"extra": extra})]
    wrong = {r.name: state for r in asked if (state := _state(r)) != "ok"}
    name = f"rmanalytics[{extra}]" if extra else "rmanalytics"
    return Finding(
        thing=f"extra {extra} ({FOR[extra]})" if extra else "plain package",
        state=next((state for state in STATES if state in wrong.values()), "ok"),
        found=", ".join(f"{one} {state}" for one, state in wrong.items()) or f"{len(asked)} packages",
        remedy=f"pip install --upgrade '{name}'" if wrong else "",
        needed=needed,
    )


def _state(wanted: Requirement) -> str:
    """``ok``, ``missing``, ``too old`` or ``too new``."""
    try:
        here = Version(metadata.version(wanted.name))
    except metadata.PackageNotFoundError:
        return "missing"
    if wanted.specifier.contains(here, prereleases=True):
        return "ok"
    return "too old" if any(s.operator == ">=" and here < Version(s.version) for s in wanted.specifier) else "too new"


def _java(*, needed: bool) -> Finding:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
    remedy = f"install Java {LEAST_JAVA} or newer, or set JAVA_HOME; only Spark needs it"
    if java is None:
        return Finding(thing="Java", state="missing", remedy=remedy, needed=needed)
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=60).stderr
    except (OSError, subprocess.TimeoutExpired):
        told = ""
    number = re.search(r'version "(\d+)', told)
    right = number is not None and int(number[1]) >= LEAST_JAVA
    return Finding(
        thing="Java",
        state="ok" if right else "too old",
        found=number[1] if number else "version unknown",
        remedy="" if right else remedy,
        needed=needed,
    )


def _browser() -> Finding:
    found = browser() or ""
    remedy = "install Chromium, Chrome or Edge; only pictures as PNG need it"
    return Finding(thing="browser", state="ok" if found else "missing", found=found, remedy="" if found else remedy)


def _fonts() -> Finding:
    """Whether a browser here has letters to draw with; a page itself takes the fonts of whoever reads it."""
    listing = shutil.which("fc-list")
    if sys.platform in {"win32", "darwin"} or listing is None:
        known = sys.platform in {"win32", "darwin"}
        about = "those of the system" if known else "unknown: there is no fc-list"
        return Finding(thing="fonts", state="ok", found=about)
    names = subprocess.run([listing, ":lang=de", "family"], capture_output=True, text=True, check=False).stdout
    count = len(set(names.splitlines()))
    remedy = "install a font, on Debian or Ubuntu fonts-dejavu-core; only pictures as PNG need it"
    state = "ok" if count else "missing"
    return Finding(thing="fonts", state=state, found=f"{count} families", remedy="" if count else remedy)


def _shipped() -> Iterator[Finding]:
    for thing, place in (("notebooks", shipped.notebooks), ("example programme", shipped.example)):
        try:
            yield Finding(thing=thing, state="ok", found=str(place()), needed=True)
        except RmError:
            yield Finding(thing=thing, state="missing", remedy="pip install --force-reinstall rmanalytics", needed=True)


def _readable(folder: Path) -> Finding:
    right = folder.is_dir() and os.access(folder, os.R_OK | os.X_OK) and os.access(folder / "programme.toml", os.R_OK)
    remedy = "" if right else "check the folder, its programme.toml, and who may read them"
    return Finding(thing=f"programme {folder}", state="ok" if right else "missing", remedy=remedy, needed=True)


def _writable(folder: Path) -> Finding:
    """Whether files can be made in a folder, or in the nearest one that is there."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            right = True
    except OSError:
        right = False
    remedy = "" if right else "let the user who runs rmanalytics write there, or name another folder by --reports"
    state = "ok" if right else "missing"
    return Finding(thing=f"right to write into {folder}", state=state, remedy=remedy, needed=True)


def as_text(findings: Sequence[Finding]) -> str:
    """The findings as lines: what must be mended is marked, and says how."""
    width = max(len(finding.thing) for finding in findings)
    lines = []
    for f in findings:
        mark = "!" if f.bad else " "
        lines.append(f"{mark} {f.thing:<{width}}  {f.state:<8} {f.found}".rstrip())
        lines += [f"    {f.remedy}"] if f.remedy else []
    bad = sum(f.bad for f in findings)
    return "\n".join([*lines, "", f"{bad} to be mended (!)" if bad else "Nothing that is needed is missing."])
