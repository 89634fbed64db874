"""What is chosen in ``00_start`` holds for every notebook of its folder, and what a run gives wins over it."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from desk import laid
from IPython.display import display
from nbclient import NotebookClient

import rmanalytics as rm
from rmanalytics.api.choice import FILE, Choice, remember, remembered
from rmanalytics.errors import UnknownNameError
from rmanalytics.run.stores import store_of

ROUND, EARLIER = "2026H1", "2025H2"


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def notebooks(acme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_chosen_is_the_example_and_a_damaged_file_is_nothing(notebooks: Path) -> None:
    assert remembered() == Choice()
    assert rm.chosen().round == ROUND
    for damaged in ("{", "[]", '{"round_id": 3}', "\xff"):
        Path(FILE).write_bytes(damaged.encode("latin-1"))
        assert remembered() == Choice()


def test_what_is_chosen_holds_and_what_is_given_wins_over_all_of_it(notebooks: Path, acme: Path) -> None:
    remember(Choice(programme=str(acme), round_id=EARLIER, side="mentor", scale="felt_appreciation"))
    assert [path.name for path in notebooks.iterdir() if store_of(path.name, "notebooks") is None] == []
    study = rm.chosen()
    assert (study.programme, study.round) == ("Acme mentoring", EARLIER)
    assert study.heading.endswith("Juniors · Felt appreciation")
    assert rm.chosen(round_id=ROUND).programme == "Acme mentoring"
    given = rm.chosen(rm.example(), ROUND)
    assert given.heading == rm.open(rm.example(), ROUND).heading
    assert (
        given.show.changes(side="mentee").sentence == rm.open(rm.example(), ROUND).show.changes(side="mentee").sentence
    )


def test_a_subgroup_is_chosen_by_name_and_too_small_a_one_is_withheld(notebooks: Path, acme: Path) -> None:
    remember(Choice(programme=str(acme), round_id=ROUND, subgroup="All of them"))
    study = rm.chosen()
    assert study.heading.endswith("All of them (5 of 5 seniors)")
    assert (
        study.show.changes(side="mentor").sentence == "Not shown: the juniors. What is looked at are the seniors alone."
    )
    assert study.show.bridge().sentence.startswith("Not shown for a subgroup: a network without the other people")
    assert study.show.survival().sentence.startswith("Not shown: the juniors.")
    remember(Choice(programme=str(acme), round_id=ROUND, subgroup="Too few"))
    with pytest.raises(UnknownNameError, match='no gender "y"'):
        rm.chosen()


def test_outside_a_kernel_a_block_is_plain_html(capsys: pytest.CaptureFixture[str]) -> None:
    display(rm.open(rm.example(), ROUND).show.meetings())
    assert "download=" not in capsys.readouterr().out


@pytest.mark.slow
def test_menus_show_what_is_chosen_and_chapters_follow(acme: Path) -> None:
    desk = acme.parents[1] / "notebooks"
    (desk / FILE).write_text(json.dumps({"programme": str(acme)}), encoding="utf-8")
    start = nbformat.read(desk / "00_start.ipynb", as_version=4)
    state = "[chooser.menus[n].label for n in chooser.menus], ' '.join(str(o['data']) for o in chooser.shown.outputs)"
    asked = [
        state,
        f"chooser.menus['round_id'].value = '{EARLIER}'",
        state,
        "chooser.menus['scale'].value = 'openness_to_change'; chooser.menus['side'].value = 'mentor'",
        "chooser.menus['subgroup'].value = 'Too few'",
        state,
        "chooser.folder.value = '/nowhere'",
        state,
        "chooser.menus['subgroup'].value = ''",
        "study = rm.chosen(); study.show.meetings()",
    ]
    start.cells += [nbformat.v4.new_code_cell(source) for source in asked]
    client = NotebookClient(start, timeout=300, resources={"metadata": {"path": str(desk)}})
    done = client.execute().cells[-len(asked) :]
    said = [str(cell.outputs[0]["data"]["text/plain"]) if cell.outputs else "" for cell in done]
    assert "Acme mentoring (acme)" in said[0]
    assert "1\\xa0January to 30\\xa0June 2026" in said[0].replace("\\\\", "\\")
    assert "31\\xa0December 2025" in said[2].replace("\\\\", "\\")
    assert "There is no gender" in said[5]
    assert "folder does not exist" in said[7]
    assert json.loads((desk / FILE).read_text(encoding="utf-8")) == {
        "programme": str(acme),
        "round_id": EARLIER,
        "side": "mentor",
        "scale": "",
        "subgroup": "",
    }
    shown = [output for output in done[-1].outputs if output.output_type == "display_data"]
    html = "".join(output["data"].get("text/html", "") for output in shown)
    assert "Acme mentoring" in html
    assert 'download="calendar.png"' in html
    assert 'download="meetings.xlsx"' in html
    assert "unpkg" not in html
