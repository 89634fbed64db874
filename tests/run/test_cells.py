"""An executed notebook becomes a chapter: no code, no parameters, nothing dropped silently."""

from __future__ import annotations

import nbformat
import pytest

from rmanalytics import shipped
from rmanalytics.errors import RunError
from rmanalytics.run import cells as chapters

GERMAN = {"Title": "Titel", "A paragraph.": "Ein Absatz."}


def node(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def code(source, *data, tags=()):
    shown = [nbformat.v4.new_output("display_data", data=bundle) for bundle in data]
    return nbformat.v4.new_code_cell(source, outputs=shown, metadata={"tags": list(tags)})


def markdown(source):
    return nbformat.v4.new_markdown_cell(source)


def render(*cells, translate=str):
    return chapters.render(
        node(*cells), name="x", translate=translate, markdown=lambda s: f"[{s}]", figure=lambda f: f"<fig {f['id']}>"
    )


def test_code_and_parameters_are_not_shown():
    made = render(code("secret()", {"text/html": "<p>a</p>"}), code("x", {"text/html": "b"}, tags=["parameters"]))
    assert made.html == "<p>a</p>"


def test_a_figure_goes_through_the_page_and_is_counted():
    made = render(code("f", {chapters.PLOTLY: {"id": "1"}, "text/html": "fallback"}, {chapters.PLOTLY: {"id": "2"}}))
    assert (made.html, made.figures) == ("<fig 1>\n<fig 2>", 2)


def test_plain_text_is_escaped():
    assert render(code("x", {"text/plain": "<script>"})).html == "<pre>&lt;script&gt;</pre>"


def test_a_picture_is_refused_rather_than_dropped():
    with pytest.raises(RunError, match=r"RM-X-005 notebook x, cell 1"):
        render(code("x", {"image/png": "…", "text/plain": "<Figure>"}))


def test_headings_go_one_level_down_and_the_first_is_the_title():
    made = render(markdown("# One\n\ntext\n\n## Two ##"), markdown("# Three"))
    assert made.html == "[## One\n\ntext\n\n### Two]\n[## Three]"
    assert made.title == "One"


def test_headings_and_paragraphs_are_translated_by_exact_match():
    made = render(markdown("# Title\n\nA paragraph.\n\nAnother."), translate=lambda text: GERMAN.get(text, text))
    assert made.html == "[## Titel\n\nEin Absatz.\n\nAnother.]"
    assert made.title == "Titel"


def test_a_hash_inside_a_fence_is_no_heading():
    assert render(markdown("```\n# one\n```\n# two")).html == "[```\n# one\n```\n## two]"


def test_chapters_come_in_the_order_of_the_report():
    assert [path.stem[:2] for path in chapters.notebooks(shipped.notebooks())] == [
        "06", "02", "03", "04", "05", "08", "07", "01",
    ]  # fmt: skip
