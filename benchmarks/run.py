"""Runs every benchmark of this folder, one after the other: ``python -m benchmarks.run [--runs N]``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Call ``main`` of each module that has one, with the same arguments; the first failure ends the run."""
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in {"__init__", Path(__file__).stem}:
            continue
        benchmark = import_module(f"benchmarks.{path.stem}")
        if hasattr(benchmark, "main"):
            print(f"== {path.stem}", flush=True)
            failed = benchmark.main(arguments)
            if failed:
                return int(failed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
