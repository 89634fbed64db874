"""What a board sees: numbers that can be read on every axis, marks that differ in grey, nothing unexplained."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any

import pytest
from pptx import Presentation
from release_worlds import release

from rmanalytics.briefing import figures, html, svg
from rmanalytics.briefing.deck import deck
from rmanalytics.briefing.figures import Figure, Line, Point
from rmanalytics.briefing.render import render
from rmanalytics.briefing.told import Told
from rmanalytics.language.translator import translator

WHOLE = release("shown", "points_against", "could_not")


def charts(document: dict[str, Any], language: str = "en") -> dict[str, str]:
    """The XML of each chart of the PowerPoint file, by its first category or series name and its place in the file."""
    data = dict(render(document, [language], ["pptx"]))[f"slides.{language}.pptx"]
    with zipfile.ZipFile(BytesIO(data)) as package:
        return {n: package.read(n).decode() for n in package.namelist() if re.fullmatch(r"ppt/charts/chart\d+\.xml", n)}


def figure_of(told: Told, name: str) -> Figure:
    return next(figure for slide in deck(told) for figure in slide.figures if figure.id == name)


def test_an_axis_of_powerpoint_has_thousands_apart_the_decimals_of_its_steps_and_a_true_minus() -> None:
    told = Told(WHOLE, translator("en"))
    assert max(at for at, _ in figure_of(told, "cost-round").ticks) >= 10_000
    formats = [
        found
        for chart in charts(WHOLE).values()
        for axis in re.findall(r"<c:valAx>.*?</c:valAx>", chart, re.DOTALL)
        for found in re.findall(r'<c:numFmt formatCode="([^"]*)"', axis)
    ]
    assert {"#,##0;\u2212#,##0", "0.0;\u22120.0", "0%;\u22120%"} <= set(formats)
    money = next(chart for chart in charts(WHOLE).values() if "<c:v>61000</c:v>" in chart)
    assert re.findall(r'<c:valAx>.*?<c:numFmt formatCode="([^"]*)"', money, re.DOTALL)[0] == "#,##0;\u2212#,##0"


def test_the_two_lines_of_powerpoint_differ_without_colour_and_their_first_numbers_stand_apart() -> None:
    (chart,) = (c for c in charts(WHOLE).values() if "<c:v>before</c:v>" in c)
    ours, others = re.findall(r"<c:ser>.*?</c:ser>", chart, re.DOTALL)
    assert re.findall(r'prstDash val="(\w+)"', ours)[0] == "solid"
    assert re.findall(r'prstDash val="(\w+)"', others)[0] == "dash"
    first = [re.findall(r'<c:dLblPos val="(\w+)"', series)[0] for series in (ours, others)]
    assert first == ["t", "b"]


def test_what_points_against_is_striped_in_powerpoint() -> None:
    striped = [chart.count("custDash>") // 2 for chart in charts(WHOLE).values()]
    assert sum(striped) == 1
    assert not any("custDash" in chart for chart in charts(release("shown", "not_shown")).values())


def test_where_no_claim_has_a_size_there_is_neither_an_empty_axis_nor_a_word_about_bars() -> None:
    document = release("too_few", "too_few", "too_few")
    told = Told(document, translator("en"))
    claims = figure_of(told, "effects")
    assert (claims.note, claims.ticks) == ("", ())
    data = dict(render(document, ["en"], ["pptx"]))["slides.en.pptx"]
    page = Presentation(BytesIO(data)).slides[2]
    assert not [shape for shape in page.shapes if shape.has_chart]
    assert "too few people to be told" in {shape.text_frame.text for shape in page.shapes if shape.has_text_frame}
    assert "95% intervals" in figure_of(Told(WHOLE, translator("en")), "effects").note


def test_the_slide_of_both_sides_names_as_its_evidence_the_claims_that_stand_on_it() -> None:
    document = release("shown", "could_not")
    about = {"claim": "J7", "role": "key", "direction": "up", "group": "mentor", "rounds": [], "verdict": "too_few"}
    document["entries"].append({"id": "verdict.J7.all.2026H1", "row": "verdict", "evidence": "", **about})
    both = next(slide for slide in deck(Told(document, translator("en"))) if slide.stacked)
    assert both.evidence == "M1, M3"
    assert len(both.figures[0].bars) == 2


def test_a_dash_in_the_table_of_other_scales_is_explained() -> None:
    document = release("shown")
    found = figure_of(Told(document, translator("en")), "scales")
    assert found.note == ""
    document["entries"] = [e for e in document["entries"] if e.get("group") != "comparison" or e.get("claim") != "M4"]
    found = figure_of(Told(document, translator("en")), "scales")
    assert figures.NOT_TOLD in found.rows[-1]
    assert found.note == "–: too few people to be shown"


@pytest.mark.parametrize(("language", "said"), [("en", "points"), ("de", "Punkte"), ("de-CH", "Punkte")])
def test_a_difference_says_what_it_is_counted_in(language: str, said: str) -> None:
    found = figures.strip(Told(WHOLE, translator(language)), "M1")
    assert found is not None
    assert found.title.endswith(f", {said}")


def test_a_line_has_a_gap_where_a_quarter_is_missing_and_the_last_place_is_named() -> None:
    places = [f"Q{1 + i % 4} {2020 + i // 4}" for i in range(10)]
    whole = Line(name="no", points=tuple(Point(at=at, value=0.5, text="50%") for at in places), style="comparison")
    gap = Line(name="yes", points=tuple(Point(at=at, value=0.6, text="60%") for at in places if at != places[4]))
    drawn = svg.lines(Figure(id="x", title="x", kind="lines", unit="share", lines=(gap, whole)), svg.fluid())
    assert drawn.count('stroke="#0072B2" stroke-width="2.5"') == len(places) - 3
    assert drawn.count('stroke="#767676" stroke-width="2.5"') == len(places) - 1
    assert f">{places[-1]}</text>" in drawn


def test_a_round_under_way_has_no_empty_row_of_numbers() -> None:
    coming = {"id": "2026H1", "end": "2026-06-30"}
    document = release("not_asked") | {"next": coming, "entries": [], "sentences": []}
    told = Told(document, translator("en"))
    assert '<dl class="facts' not in html.one_page(told, deck(told))
    told = Told(WHOLE, translator("en"))
    assert '<dl class="facts' in html.one_page(told, deck(told))


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("de", "bei „Beispiel AG“ rund 60", "„bei ‚Beispiel AG‘ rund 60“"),
        ("en", "at “Example Works” about 60", "“at ‘Example Works’ about 60”"),
        ("de", "rund 60", "„rund 60“"),
    ],
)
def test_marks_within_a_quoted_sentence_are_single(language: str, text: str, said: str) -> None:
    assert translator(language).quoted(text) == said


def test_whether_it_is_a_lot_and_whether_the_silent_would_turn_it_stands_on_the_slide_not_in_its_notes_alone() -> None:
    changed = deck(Told(WHOLE, translator("en")))[1]
    said = " ".join(changed.says)
    assert "Declared to matter: from 0.2 points on." in said
    assert "If those who did not answer had done worse, the answer would hold." in said
    assert said.endswith(changed.notes.partition("together. ")[2])


def test_against_what_points_against_the_silent_are_thought_of_as_better_off() -> None:
    changed = deck(Told(release("points_against"), translator("en")))[1]
    assert "If those who did not answer had done better, the answer would hold." in " ".join(changed.says)


@pytest.mark.parametrize(("language", "said"), [("en", "above 0 to 0.6"), ("de", "über 0 bis 0,6")])
def test_a_shown_bar_that_rounding_brings_to_0_says_that_it_lies_above(language: str, said: str) -> None:
    document = release("shown", "could_not")
    for claim in ("M1", "M3"):
        entry = next(e for e in document["entries"] if e["id"] == f"effect.{claim}.all.2026H1")
        entry.update(lo=0.0, hi=0.6)
        entry.pop("near_end", None)
    shown, open_ = (bar.text for bar in figure_of(Told(document, translator(language)), "effects").bars)
    assert shown == said
    assert open_ in {"0.0 to 0.6", "0,0 bis 0,6"}
