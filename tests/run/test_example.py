"""The real notebooks on a simulated programme, from the call to the published pages."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from run_tools import call

from rmanalytics.run.cells import ORDER
from rmanalytics.run.publish import FILES

pytestmark = pytest.mark.slow
EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "example_small"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small example, in German, and all its reports."""
    folder = tmp_path_factory.mktemp("run") / "here"
    shutil.copytree(EXAMPLE, folder / "programme")
    declared = folder / "programme" / "programme.toml"
    declared.write_text(declared.read_text(encoding="utf-8").replace('"en"', '"de"'), encoding="utf-8")
    done = call("due", "programme", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def text(place: Path, name: str, round_id: str = "2026H1") -> str:
    return (place / "reports" / "inside" / round_id / name).read_text(encoding="utf-8")


def test_every_closed_round_has_all_its_files(place):
    for round_id in ("2025H2", "2026H1"):
        assert {path.name for path in (place / "reports" / "inside" / round_id).iterdir()} == set(FILES)


def test_a_second_call_has_nothing_to_do(place):
    done = call("due", "programme", cwd=place)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Nichts ist fällig: Jede abgeschlossene Runde hat ihren Bericht in reports.\n"


def test_the_manifest_says_what_the_report_was_made_from(place):
    manifest = json.loads(text(place, "manifest.json"))
    assert [chapter["name"] for chapter in manifest["chapters"]] == list(ORDER)
    assert set(manifest["inputs"]) >= {"programme.toml", "people.csv", "tandems.csv"}
    assert manifest["figures"] == text(place, "report.html").count('<div class="chart"')
    assert manifest["headline"]


def test_no_library_warned_while_the_chapters_were_made(place):
    assert all(chapter["warnings"] == {} for chapter in json.loads(text(place, "manifest.json"))["chapters"])


def test_headings_are_german(place):
    headings = re.findall(r"<h2[^>]*>([^<]*)", text(place, "report.html"))
    assert "Was sich verändert hat" in [heading.replace("&#228;", "ä").strip() for heading in headings]


def test_code_and_parameters_are_not_shown(place):
    page = re.sub(r"<script>.*?</script>", "", text(place, "report.html"), flags=re.DOTALL)
    assert not re.search(r"open_study|round_id\s*=|from rmanalytics|In\s*\[", page)


def test_results_hold_every_claim_and_nothing_missing_as_nan(place):
    document = json.loads(text(place, "results.json"), parse_constant=pytest.fail)
    assert len(document["ledger"]) == 38
    assert {row["status"] for row in document["results"]} <= {"estimated", "not_estimable"}
    done = call("results", "programme", "--claim", "M1", "--json", cwd=place)
    assert [answer["claim"]["id"] for answer in json.loads(done.stdout)["ledger"]] == ["M1"]
    assert 'There is no claim "X9"' in call("results", "programme", "--claim", "X9", cwd=place).stderr


def test_check_prints_what_was_read(place):
    done = call("check", "programme", cwd=place)
    assert done.returncode == 0
    assert re.search(r"people\.csv +\d+ +\d+ +0 +0", done.stdout)
    accounts = json.loads(call("check", "programme", "--json", cwd=place).stdout)["accounts"]
    assert all(a["used"] + a["quarantined"] + a["excluded"] == a["rows"] for a in accounts)
