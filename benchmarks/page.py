"""The page of results, docs/benchmarks.md: one section a benchmark, each written by the run that measured it."""

from __future__ import annotations

import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
HEAD = """\
# Benchmarks

Written by `make bench`, which measures both sides of every comparison in one run. Read the figures as ratios:
seconds are those of one machine.
"""


def write_section(name: str, title: str, text: str) -> None:
    """Put a benchmark's section in the place of its former one, or at the end."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{begin}\n## {title}\n\n{text.strip()}\n{end}"
    page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else HEAD
    former = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    page = former.sub(lambda _: section, page) if former.search(page) else f"{page.rstrip()}\n\n{section}\n"
    PAGE.write_text(page, encoding="utf-8")


def machine(*packages: str) -> str:
    """Day, processors, Python and versions of a run, without anything that names the machine."""
    parts = [
        date.today().isoformat(),  # noqa: DTZ011  (the day where it was measured)
        f"{os.cpu_count()} processors",
        f"{platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}",
        *(f"{package} {version(package)}" for package in packages),
    ]
    return ", ".join(parts)


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Median, and lowest to highest where there is more than one."""
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def seconds(work: Callable[[], object]) -> float:
    """How long a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def digits(values: Sequence[float]) -> int:
    """Decimals that leave two figures or more."""
    return int(np.clip(2 - np.floor(np.log10(max(statistics.median(values), 1e-6))), 0, 5))
