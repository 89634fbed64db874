"""The same inputs give the same bytes of every published file: other locale, time zone, threads and kernels."""

from __future__ import annotations

import itertools
import json
import os
import platform
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from run_tools import ROOT, call

from rmanalytics.evaluation import open_study
from rmanalytics.run.export import results_document

HASWELL = (
    {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "AVX512F"} if platform.machine() == "x86_64" else {}
)
LOCALES = ({"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8", "LANGUAGE": "de"})
ZONES = ({"TZ": "UTC"}, {"TZ": "Asia/Tokyo"})
THREADS = tuple({"OMP_NUM_THREADS": n, "OPENBLAS_NUM_THREADS": n} for n in ("1", "2"))
KERNELS = ({}, HASWELL)
SETTINGS = [
    {name: value for part in parts for name, value in part.items()}
    for parts in itertools.product(LOCALES, ZONES, THREADS, KERNELS)
]


def published(place: Path, settings: dict[str, str]) -> dict[str, bytes]:
    """A report made with some settings, where an earlier one may lie: the folder's key is part of the bytes."""
    env = os.environ | {"PYTHONPATH": str(ROOT)} | settings
    done = call("report", "programme", "--quiet", env=env, cwd=place)
    assert done.returncode == 0, done.stderr
    files = [*(place / "reports" / "inside").glob("20*/*"), place / "reports" / "inside" / "index.html"]
    return {str(path.relative_to(place)): path.read_bytes() for path in files}


def differing(place: Path, runs: list[dict[str, str]]) -> set[tuple[str, int]]:
    shutil.copytree(ROOT / "data" / "example_small", place / "programme")
    first, *others = (published(place, settings) for settings in runs)
    return {
        (name, number)
        for number, other in enumerate(others, start=1)
        for name in {*first, *other}
        if first.get(name) != other.get(name)
    }


def shuffle_every_table(folder: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for path in sorted(folder.glob("*.csv")):
        header, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(header + "".join(rows[i] for i in rng.permutation(len(rows))), encoding="utf-8")


def test_shuffled_rows_of_every_table_give_the_same_bytes_of_the_results(tmp_path):
    shutil.copytree(ROOT / "data" / "example_small", tmp_path / "programme")
    shuffle_every_table(tmp_path / "programme", seed=4)
    day = date(2026, 10, 1)
    one, other = (
        json.dumps(results_document(open_study(folder, "2026H1"), generated_at=day))
        for folder in (ROOT / "data" / "example_small", tmp_path / "programme")
    )
    assert len(one) > 100_000
    assert one == other


@pytest.mark.slow
def test_another_locale_and_time_zone_give_the_same_bytes(tmp_path):
    one = THREADS[0]
    assert differing(tmp_path, [LOCALES[0] | ZONES[0] | one, LOCALES[1] | ZONES[1] | one]) == set()


@pytest.mark.soak
def test_twenty_runs_give_the_same_bytes(tmp_path):
    assert differing(tmp_path, [*SETTINGS, *SETTINGS[:4]]) == set()
