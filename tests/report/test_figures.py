"""Charts: identified, told in words, plain and rounded, the same order and hue of groups everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import report_examples as examples
from markupsafe import Markup

from rmanalytics.language.translator import translator
from rmanalytics.report.chapters.comparison import balance
from rmanalytics.report.chapters.engagement import delivery
from rmanalytics.report.chapters.network import bridge
from rmanalytics.report.chapters.retention import staying
from rmanalytics.report.chapters.survey import (
    attrition,
    both_sides,
    exposure_response,
    goal_attainment,
    outcomes,
    power,
    response_shift,
)
from rmanalytics.report.chapters.value import branding
from rmanalytics.report.charts import drawing, figures, overview
from rmanalytics.report.charts.picture import still

BLOCKS = (
    balance.who_took_part,
    balance.balance,
    delivery.meetings,
    delivery.topics,
    delivery.pairing,
    outcomes.primary_change,
    lambda study: outcomes.changes(study, "mentee"),
    lambda study: outcomes.changes(study, "mentor"),
    goal_attainment.goals,
    goal_attainment.upward,
    both_sides.tandem,
    both_sides.both_learn,
    response_shift.response_shift,
    attrition.missing,
    power.power,
    staying.survival,
    staying.naive_retention,
    staying.promotion,
    bridge.mixing,
    bridge.bridge,
    bridge.new_ties,
    bridge.top,
    exposure_response.company,
    branding.branding,
    branding.across,
)
TR = translator("en")


def drawn(study: examples.FakeStudy) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for block in BLOCKS:
        for piece in block(study):
            if not isinstance(piece, Markup):
                made = figures.as_bundle(piece)
                assert made["layout"]["meta"]["id"] not in found, "a figure's id stands twice"
                found[made["layout"]["meta"]["id"]] = made
    return found


@pytest.fixture(scope="module", params=["en", "de"])
def full(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    return drawn(examples.full(request.param))


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def test_every_figure_is_identified_told_and_without_a_title(full: dict[str, dict[str, Any]]) -> None:
    assert len(full) >= 32
    for made in full.values():
        layout = made["layout"]
        assert layout["meta"]["alt"].endswith(".")
        assert "title" not in layout
        assert layout["showlegend"] is False
        assert layout["height"] >= 80


def test_figures_are_plain_json_without_binary_arrays(full: dict[str, dict[str, Any]]) -> None:
    text = json.dumps(full, allow_nan=False)
    assert "bdata" not in text
    assert "customdata" not in text
    assert all(isinstance(leaf, str | int | float | bool | None) for leaf in leaves(full))


def test_figures_carry_numbers_no_finer_than_drawn(full: dict[str, dict[str, Any]]) -> None:
    for name, made in full.items():
        for trace in made["data"]:
            for axis in ("x", "y", "z"):
                fine = [v for v in leaves(trace.get(axis, [])) if isinstance(v, float) and round(v, 4) != v]
                assert not fine, (name, fine[:3])


def test_alt_texts_and_titles_are_in_the_language() -> None:
    german = drawn(examples.full("de"))
    english = drawn(examples.full("en"))
    assert german.keys() == english.keys()
    assert all(german[name]["layout"]["meta"]["alt"] != made["layout"]["meta"]["alt"] for name, made in english.items())
    assert all(made["layout"]["separators"].startswith(",") for made in german.values())


def test_bars_and_stems_start_at_zero(full: dict[str, dict[str, Any]]) -> None:
    for name in ("who-took-part", "held-distribution", "topics", "meetings-by-number"):
        layout = full[name]["layout"]
        axis = layout["yaxis"] if name == "held-distribution" else layout["xaxis"]
        assert axis["range"][0] == 0


def test_participants_are_blue_and_the_comparison_group_grey_in_slopes_and_curves(
    full: dict[str, dict[str, Any]],
) -> None:
    for name in ("primary-change", "survival-retention"):
        colours = {t["line"]["color"] for t in full[name]["data"] if t.get("mode") == "lines"}
        assert {drawing.PART, drawing.COMP} <= colours


def test_a_survival_curve_is_read_at_months_and_not_at_single_exits() -> None:
    study = examples.full()
    curve = study.retention.curve("survival_curve", outcome="retention", group="participants")
    assert curve is not None
    made = figures.as_bundle(overview.survival([curve], TR, figure_id="s", alt="s."))
    lines = [t for t in made["data"] if t.get("mode") == "lines" and t["line"]["width"] > 2]
    assert len(lines[0]["x"]) <= 13
    assert all(isinstance(month, int) for month in lines[0]["x"])
    texts = [note["text"] for note in made["layout"]["annotations"]]
    assert not {"1", "2", "3", "4"} & set(texts)


def test_a_truncated_axis_says_so() -> None:
    full = drawn(examples.full())
    for name in ("primary-change", "survival-retention"):
        texts = [note["text"] for note in full[name]["layout"]["annotations"]]
        assert any("the axis starts at" in text for text in texts)


def test_a_hollow_dot_marks_an_interval_that_holds_the_reference() -> None:
    estimates = [
        examples.estimate("adjusted_difference", "scale points", 0.4, 0.1, 0.7),
        examples.estimate("adjusted_difference", "scale points", 0.1, -0.2, 0.4),
    ]
    rows = [drawing.row(e, "scale", TR) for e in estimates]
    made = figures.forest(rows, TR, figure_id="f", alt="f.").to_dict()
    dots = next(t for t in made["data"] if t.get("mode") == "markers")
    assert list(dots["marker"]["color"]) == [drawing.PART, "#ffffff"]


def test_markup_in_a_label_is_shown_and_not_obeyed() -> None:
    hostile = examples.estimate("adjusted_difference", "scale points", 0.4, 0.1, 0.7)
    made = figures.forest([drawing.row(hostile, "<a href='x'>{{7*7}}</a>", TR)], TR, figure_id="f", alt="f.").to_dict()
    text = made["layout"]["annotations"][0]["text"]
    assert "<a" not in text
    assert "{{7*7}}" in text


def test_a_label_beside_its_row_has_two_lines_at_most(full: dict[str, dict[str, Any]]) -> None:
    long = {
        (name, note["text"])
        for name, made in full.items()
        for note in made["layout"].get("annotations", [])
        if note.get("xshift", 0) < -100 and note["text"].count("<br>") > 1
    }
    assert not long


def test_a_long_label_gets_two_lines_on_a_phone_and_its_rows_more_height() -> None:
    long = "a label that is so long that it does not fit on the one line that a phone has"
    rows = [drawing.row(examples.estimate("x", "scale points", 0.4, 0.1, 0.7), text, TR) for text in (long, "short")]
    narrow = figures.forest(rows, TR, figure_id="f", alt="f.").to_dict()["layout"]["meta"]["narrow"]
    assert narrow["annotations[0].text"].count("<br>") == 1
    assert narrow["annotations[1].text"] == "short"
    assert narrow["annotations[0].yshift"] > narrow["annotations[1].yshift"]


def test_labels_move_above_their_row_on_a_phone() -> None:
    made = drawn(examples.full())["changes-mentee"]
    narrow = made["layout"]["meta"]["narrow"]
    assert narrow["annotations[0].xshift"] == 0
    assert narrow["height"] > made["layout"]["height"]


def test_curve_is_read_at_the_last_time_before_a_month() -> None:
    curve = examples.curve(
        "survival_curve",
        {
            "time_days": [0.0, 20.0, 40.0],
            "survival": [1.0, 0.9, 0.8],
            "lo": [1.0, 0.7, 0.6],
            "hi": [1.0, 0.95, 0.9],
            "at_risk_n": [10, 10, 9],
            "events_n": [0, 1, 1],
        },
        group="participants",
    )
    assert drawing.read_at(curve, [0, 1]) == [(0, 1.0, 1.0, 1.0, 10), (1, 0.9, 0.7, 0.95, 9)]


def test_the_bundle_that_ships_is_of_the_version_of_plotly_and_a_third_of_its_size(monkeypatch) -> None:
    from plotly.offline import get_plotlyjs, get_plotlyjs_version

    flat = figures.plotly_js()
    assert f"cartesian - minified) v{get_plotlyjs_version()}\n" in flat[:200]
    assert len(flat) < len(get_plotlyjs()) / 3
    monkeypatch.setattr(figures, "get_plotlyjs_version", lambda: "0.0.0")
    assert figures.plotly_js() == get_plotlyjs()


def test_a_still_picture_stands_in_the_page_for_every_figure_with_all_its_words(
    full: dict[str, dict[str, Any]],
) -> None:
    for name, figure in full.items():
        drawn = still(figure)
        said = re.sub(r"<[^>]+>", "", drawn)
        words = [note["text"] for note in figure["layout"].get("annotations", ())]
        for word in filter(None, re.split(r"<[^>]+>|\s+", " ".join(words))):
            assert word in said, name
        assert drawn.count("<path") + drawn.count("<rect") >= 2, name
