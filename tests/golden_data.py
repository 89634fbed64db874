"""Golden cases: real public data with results computed in R, read where they lie, never copied."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("RMANALYTICS_GOLDEN", Path(__file__).parents[2] / "shared" / "golden"))


def golden(case_id: str) -> tuple[dict[str, Any], Path]:
    """The case and its folder; skips the test, saying so, where the golden data are absent."""
    folder = FOLDER / case_id
    if not folder.is_dir():
        pytest.skip(f"golden case {case_id} is not on this machine (set RMANALYTICS_GOLDEN to its parent folder)")
    return json.loads((folder / "case.json").read_text(encoding="utf-8")), folder


def close(case: dict[str, Any], value: float, expected: float) -> bool:
    """Whether a value passes: |x − e| ≤ abs + rel·|e|."""
    tolerance = case["tolerance"]
    allowed = tolerance.get("abs", 0.0) + tolerance.get("rel", 0.0) * abs(expected)
    return abs(value - expected) <= allowed
