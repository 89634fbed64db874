"""The check of a finished page finds what must not go out, and never repeats it."""

from __future__ import annotations

import base64
import json
import struct
import sys
import tempfile
from pathlib import Path

import pytest

from rmanalytics.inspect.scanner import scan, scan_text
from rmanalytics.report.charts import figures

LEAK = "an id of a person or a path of this machine stands in "


def figure(data) -> str:
    return f'<div class="chart wide"><script type="application/json">{json.dumps(data)}</script></div>'


def plotly_js() -> str:
    import plotly

    return (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def test_a_clean_page_has_no_findings():
    page = (
        '<!doctype html><meta charset="utf-8"><style>.a{background:url(data:image/png;base64,AA)}</style>'
        '<a href="#chapter">Chapter</a><a href="results.csv">Numbers</a><img src="data:image/png;base64,AA">'
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="#dot"/></svg>'
        + figure({"data": [{"x": [1, 2], "text": ["a", "b"]}]})
        + "<script>Plotly.newPlot('a', [])</script>"
    )
    assert scan(page, figures_expected=1, forbidden=("E0042", "/srv/programme")) == []


@pytest.mark.parametrize(("there", "drawn"), [(0, 1), (1, 0), (1, 2)])
def test_a_lost_or_doubled_figure_is_found(there, drawn):
    assert scan(figure({}) * there, figures_expected=drawn) == [f"{there} figures in the page, {drawn} were drawn"]


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<script src="//cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="http://example.org/a.css">',
        '<img src="https://example.org/a.png">',
        '<img srcset="https://example.org/a.png 2x">',
        '<a href="HTTPS://example.org">x</a>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="file:///etc/passwd">x</a>',
        '<a href=" https://example.org">x</a>',
        '<form action="https://example.org"></form>',
        '<svg><image xlink:href="https://example.org/a.svg"/></svg>',
        '<meta http-equiv="refresh" content="0;url=x">',
        '<iframe srcdoc="x"></iframe>',
        '<base href="x">',
        '<p style="background:url(https://example.org/a.png)">x</p>',
        "<style>@import 'a.css';</style>",
        "<style>p{background:url( 'https://example.org/a.png')}</style>",
        "<script>fetch('x')</script>",
        "<script>new XMLHttpRequest()</script>",
        "<script>location='https://example.org'</script>",
        '<img src="x" onerror="alert(1)">',
        "<p onclick='x()'>x</p>",
    ],
)
def test_whatever_leads_outside_or_runs_is_found(page):
    assert len(scan(page, figures_expected=0)) >= 1


@pytest.mark.parametrize("source", [plotly_js(), figures.plotly_js()])
def test_plotly_as_installed_and_as_it_ships_is_not_looked_into_but_a_changed_one_is(source):
    assert scan(f"<script>{source}</script>", figures_expected=0) == []
    assert scan(f"<script>{source};fetch('x')</script>", figures_expected=0) != []


def test_a_traceback_and_a_warning_are_found():
    assert scan("<pre>Traceback (most recent call last):</pre>", figures_expected=0) == [
        "a traceback stands in the text"
    ]
    for text in ("ConvergenceWarning: x", "Warning: x", "&lt;UserWarning&gt;"):
        assert scan(f"<p>{text}</p>", figures_expected=0) == ["a warning of a library stands in the text"]


def test_a_warning_colour_in_prose_is_no_library_warning():
    assert scan("<p>Early warning signs. Warning signs were few.</p>", figures_expected=0) == []


@pytest.mark.parametrize("place", [str(Path.home()), tempfile.gettempdir(), sys.prefix, "/srv/hr/programme"])
def test_a_path_of_this_machine_is_found(place):
    for page in (
        f"<p>{place}/x</p>",
        f'<p title="{place}">x</p>',
        f"<!-- {place} -->",
        f"<script>'{place}/x'</script>",
    ):
        assert scan(page, figures_expected=0, forbidden=("/srv/hr/programme",))[0].startswith(LEAK)


@pytest.mark.parametrize(
    ("page", "where"),
    [
        ("<td>E0042</td>", "the text"),
        ("<p>(E0042)</p>", "the text"),
        ("<p>E&#48;042</p>", "the text"),
        ("<p>tandem_E0042_x</p>", "the text"),
        ("<!-- E0042 -->", "the text"),
        ('<td data-id="E0042">x</td>', "an attribute"),
        ("<style>.E0042{}</style>", "a style"),
        ("<script>var a='E0042'</script>", "a script"),
        ('<script type="application/json">{"customdata": [["E0042"]]}</script>', "the data of a figure"),
        ('<script type="application/json">{"E0042": 1}</script>', "the data of a figure"),
        ('<script type="application/json">{"text": "\\u0045\\u0030042"}</script>', "the data of a figure"),
    ],
)
def test_an_id_of_a_person_is_found_wherever_it_stands(page, where):
    findings = scan(page, figures_expected=0, forbidden=("E0042", "E0043"))
    assert findings == [LEAK + where]
    assert "0042" not in str(findings)


@pytest.mark.parametrize("page", ["<p>E00421</p>", "<p>XE0042</p>", "<p>E004</p>"])
def test_a_longer_word_that_holds_an_id_is_no_finding(page):
    assert scan(page, figures_expected=0, forbidden=("E0042",)) == []


@pytest.mark.parametrize(("dtype", "pack"), [("i4", "<3i"), ("f8", "<3d"), ("u4", "<3I"), ("i8", "<3q")])
def test_a_number_that_is_an_id_is_found_inside_packed_arrays(dtype, pack):
    packed = base64.b64encode(struct.pack(pack, 1, 2, 4711042)).decode()
    page = figure({"data": [{"x": {"dtype": dtype, "bdata": packed}}]})
    assert scan(page, figures_expected=1, forbidden=("4711042",)) == [LEAK + "the data of a figure"]
    assert scan(page, figures_expected=1, forbidden=("4711043",)) == []


def test_packed_text_is_looked_through():
    packed = base64.b64encode(b"..E0042..").decode()
    page = figure({"data": [{"x": {"dtype": "u1", "bdata": packed}}]})
    assert scan(page, figures_expected=1, forbidden=("E0042",)) == [LEAK + "the data of a figure"]


def test_a_short_id_counts_as_a_label_of_a_figure_only():
    assert (
        scan("<p>12 of 34 gained; claim M1</p>" + figure({"y": [12]}), figures_expected=1, forbidden=("12", "M1")) == []
    )
    page = figure({"text": ["12"]})
    assert scan(page, figures_expected=1, forbidden=("12",)) == [LEAK + "the data of a figure"]


def test_figure_data_that_cannot_be_read_are_a_finding():
    page = '<script type="application/json">{</script>'
    assert scan(page, figures_expected=0, forbidden=("E0042",)) == ["the data of a figure cannot be read"]


def test_an_id_with_a_slash_or_colon_is_an_id_and_no_path():
    for word in ("HR/0042", "ch:0042"):
        assert scan(f"<p>({word})</p>", figures_expected=0, forbidden=(word,)) == [LEAK + "the text"]
        assert scan(f"<p>{word}7</p>", figures_expected=0, forbidden=(word,)) == []


def test_a_file_of_numbers_is_looked_through_too():
    assert scan_text("name,group\nx,E0042\n", forbidden=("E0042",)) == [LEAK + "the file"]
    assert scan_text('{"path": "/srv/hr/x"}', forbidden=("/srv/hr",)) == [LEAK + "the file"]
    assert scan_text('{"n": 42}', forbidden=("E0042", "42")) == []


def test_many_ids_are_looked_for_quickly():
    ids = tuple(f"E{number:06d}" for number in range(100_000))
    page = "<p>" + "E999999 gained more than the others. " * 10_000 + "</p>"
    assert scan(page, figures_expected=0, forbidden=ids) == []
