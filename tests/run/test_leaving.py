"""What is to lie outside is looked through before anything of it is published: a leak stops the whole run's step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from release_worlds import release

from rmanalytics.errors import ReleaseError
from rmanalytics.run import outside

LEAK = "P04711"


def staged(reports: Path, more: str = "") -> Path | None:
    document = release("shown")
    document["company"] += more
    return outside.prepared(reports, document["round"], json.dumps(document).encode(), [LEAK], salt="simulated")


def test_a_leak_in_a_release_stops_the_publication_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"RM-S-002.*an id stands in it.*Nothing was published") as refused:
        staged(tmp_path, f" of {LEAK}")
    assert LEAK not in str(refused.value)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_release_without_a_leak_is_staged_and_not_yet_in_its_place(tmp_path: Path) -> None:
    place = staged(tmp_path)
    assert place is not None
    assert (place / "briefing.en.html").is_file()
    assert not (tmp_path / "outside" / "2026H1").exists()
