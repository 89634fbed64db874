"""Each of the 68 people of a round left out in turn: what was told of it is repeated byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from left_out import changed_by_leaving_out

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "example"

pytestmark = pytest.mark.soak


def test_whichever_of_68_people_is_left_out_nothing_told_changes() -> None:
    assert changed_by_leaving_out(EXAMPLE, "2026H1", "2025H2") == (68, [])
