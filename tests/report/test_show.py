"""Blocks in a notebook: each shows something, for a full round and where nothing is there."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import report_examples as examples

from rmanalytics.report import show
from rmanalytics.report.charts.figures import PLOTLY_MIME

BLOCKS = {
    name: function
    for name, function in inspect.getmembers(show, inspect.isfunction)
    if function.__module__ == show.__name__ and not name.startswith("_")
}
STUDIES = {"full": examples.full, "one_arm": examples.one_arm, "tiny": examples.tiny, "empty": examples.empty}


Shown = Callable[[Any, Any], list[dict[str, Any]]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Calls a block and gives what it displayed, as a notebook would keep it."""
    outputs: list[dict[str, Any]] = []

    def display(piece: Any, *, raw: bool = False) -> None:
        assert raw == isinstance(piece, dict)
        outputs.append(piece if raw else {"text/html": piece.data})

    monkeypatch.setattr(show, "display", display)

    def call(function: Any, study: Any) -> list[dict[str, Any]]:
        outputs.clear()
        arguments = {"side": "mentor"} if "side" in inspect.signature(function).parameters else {}
        function(study, **arguments)
        return list(outputs)

    return call


@pytest.mark.parametrize("kind", STUDIES)
@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_shows_html_and_figures_and_never_fails(shown: Shown, name: str, kind: str) -> None:
    outputs = shown(BLOCKS[name], STUDIES[kind]())
    assert outputs
    for data in outputs:
        assert "text/html" in data or PLOTLY_MIME in data
    assert outputs[0].get("text/html", "").startswith('<div class="rma">')


def test_a_figure_stands_between_its_caption_and_its_numbers(shown: Shown) -> None:
    outputs = shown(show.primary_change, examples.full())
    at = next(i for i, data in enumerate(outputs) if PLOTLY_MIME in data)
    assert 'class="cap"' in outputs[at - 1]["text/html"]
    assert "<details" in outputs[at + 1]["text/html"]
    assert outputs[at]["text/plain"].startswith("Lines of the means before and after")


def test_nothing_there_reads_not_measured_and_names_the_file(shown: Shown) -> None:
    html = shown(show.mixing, examples.empty())[0]["text/html"]
    assert "not measured. It takes ties.csv" in html
    assert not any(PLOTLY_MIME in data for data in shown(show.mixing, examples.empty()))


def test_not_estimable_reads_with_its_reason(shown: Shown) -> None:
    html = shown(show.survival, examples.tiny())[0]["text/html"]
    assert "not estimable, fewer than 6 people" in html


@pytest.mark.parametrize("name", BLOCKS)
def test_a_german_round_shows_no_english_paragraph(shown: Shown, name: str) -> None:
    html = " ".join(data.get("text/html", "") for data in shown(BLOCKS[name], examples.empty("de")))
    assert " the " not in html.split("</style>")[-1]
