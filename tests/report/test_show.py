"""Blocks: each shows something, for a full round and where nothing is there, and gives what is in it."""

from __future__ import annotations

import html
import inspect
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import report_examples as examples

from rmanalytics.errors import UnknownNameError
from rmanalytics.report import show
from rmanalytics.report.charts import picture
from rmanalytics.report.charts.figures import PLOTLY_MIME
from rmanalytics.report.show import BLOCKS, Show

STUDIES = {"full": examples.full, "one_arm": examples.one_arm, "tiny": examples.tiny, "empty": examples.empty}


def block(name: str, study: Any) -> show.Shown:
    options = {"side": "mentor"} if "side" in inspect.signature(show.maker(name)).parameters else {}
    made: show.Shown = getattr(Show(study), name)(**options)
    return made


Displayed = Callable[[str, Any], list[dict[str, Any]]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Displayed:
    """Displays a block and gives what a notebook would keep of it."""
    outputs: list[dict[str, Any]] = []

    def display(piece: Any, *, raw: bool = False) -> None:
        assert raw == isinstance(piece, dict)
        outputs.append(piece if raw else {"text/html": piece.data})

    monkeypatch.setattr(show, "display", display)

    def call(name: str, study: Any) -> list[dict[str, Any]]:
        outputs.clear()
        block(name, study)._ipython_display_()
        return list(outputs)

    return call


@pytest.mark.parametrize("kind", STUDIES)
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_shows_html_and_figures_and_never_fails(shown: Displayed, name: str, kind: str) -> None:
    outputs = shown(name, STUDIES[kind]())
    assert outputs
    for data in outputs:
        assert "text/html" in data or PLOTLY_MIME in data
    assert outputs[0].get("text/html", "").startswith('<div class="rma">')


def test_a_figure_stands_between_its_caption_and_its_numbers(shown: Displayed) -> None:
    outputs = shown("primary_change", examples.full())
    at = next(i for i, data in enumerate(outputs) if PLOTLY_MIME in data)
    assert 'class="cap"' in outputs[at - 1]["text/html"]
    assert "<details" in outputs[at + 1]["text/html"]
    assert outputs[at]["text/plain"].startswith("Lines of the means before and after")


def test_nothing_there_reads_not_measured_and_names_the_file(shown: Displayed) -> None:
    said = shown("mixing", examples.empty())[0]["text/html"]
    assert "not measured. It takes ties.csv" in said
    assert not any(PLOTLY_MIME in data for data in shown("mixing", examples.empty()))


def test_not_estimable_reads_with_its_reason(shown: Displayed) -> None:
    said = shown("survival", examples.tiny())[0]["text/html"]
    assert "not estimable, fewer than 6 people" in said


@pytest.mark.parametrize("name", BLOCKS)
def test_a_german_round_shows_no_english_paragraph(shown: Displayed, name: str) -> None:
    said = " ".join(data.get("text/html", "") for data in shown(name, examples.empty("de")))
    assert " the " not in said.split("</style>")[-1]


def test_every_block_has_a_line_that_says_what_it_is() -> None:
    shows = Show(examples.empty())
    assert dir(shows) == sorted(BLOCKS)
    assert [name for name in BLOCKS if not (getattr(shows, name).__doc__ or "").strip()] == []


def test_tables_are_numbers_where_every_cell_is_one_in_either_language() -> None:
    for language in ("en", "de"):
        table = block("primary_change", examples.full(language)).table
        kinds = [kind.kind for kind in table.dtypes]
        assert {"f", "O"} & set(kinds)
        assert len(table)


@pytest.mark.parametrize("name", BLOCKS)
def test_every_figure_is_drawn_as_svg_that_holds_all_its_words(name: str) -> None:
    for figure in block(name, examples.full()).figures:
        drawn = ET.fromstring(picture.svg(figure.to_dict(), title="Title")[0])
        said = " ".join("".join(drawn.itertext()).split())
        for note in figure.to_dict()["layout"].get("annotations", ()):
            for line in note["text"].split("<br>"):
                words = html.unescape(line.replace("<b>", "").replace("</b>", ""))
                assert " ".join(words.split()) in said


def test_points_stand_where_the_axis_puts_them() -> None:
    stroke = {"type": "scatter", "mode": "markers", "x": [0, 10], "y": [0, 10], "marker": {"size": 2, "color": "#000"}}
    layout = {"height": 120, "margin": {"l": 40, "r": 0, "t": 10, "b": 10}}
    axes = {"xaxis": {"range": [0, 10], "visible": False}, "yaxis": {"range": [0, 10], "visible": False}}
    drawn = picture.svg({"data": [stroke], "layout": layout | axes})[0]
    assert "M39.0,110.0a" in drawn
    assert f"M{picture.WIDTH - 1:.1f},10.0a" in drawn


def test_a_workbook_holds_every_table_and_no_formula(tmp_path: Path) -> None:
    made = block("changes", examples.full())
    path = made.to_excel(tmp_path / "changes.xlsx")
    with zipfile.ZipFile(path) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        first = ET.fromstring(book.read(sheets[0]))
        assert all(ET.fromstring(book.read(name)) is not None for name in book.namelist())
    assert len(sheets) == len(made.tables)
    rows = first.find("{*}sheetData")
    assert rows is not None
    assert len(rows) == len(made.table) + 1
    assert "<f>" not in ET.tostring(first, encoding="unicode")


def test_without_a_browser_an_svg_is_written_and_one_line_says_so(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(picture.shutil, "which", lambda _name: None)
    written = block("primary_change", examples.full()).to_png(tmp_path / "change.png")
    assert written == tmp_path / "change.svg"
    assert ET.parse(written).getroot().tag.endswith("svg")
    assert capsys.readouterr().err.splitlines() == [picture.NO_BROWSER.format(path=written)]


@pytest.mark.browser
def test_with_a_browser_a_png_is_written(tmp_path, monkeypatch, browser_path) -> None:
    monkeypatch.setattr(picture, "BROWSERS", (browser_path,))
    written = block("primary_change", examples.full()).to_png(tmp_path / "change.png")
    assert written.read_bytes().startswith(b"\x89PNG")


def test_a_wrong_block_argument_or_side_is_refused_with_the_nearest() -> None:
    shows = Show(examples.full())
    with pytest.raises(AttributeError, match='no block "chnges": did you mean "changes"'):
        shows.chnges  # noqa: B018
    with pytest.raises(UnknownNameError, match='no argument of changes "sied": did you mean "side"'):
        shows.changes(sied="mentee")
    with pytest.raises(UnknownNameError, match='no side "senior": did you mean "mentee"'):
        shows.changes(side="senior")
    with pytest.raises(UnknownNameError, match='no figure in the block "start"'):
        _ = shows.start().figure
