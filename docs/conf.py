"""Pages of the docs with search, made from the Markdown of this folder by Sphinx: ``make docs``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "rmanalytics"
extensions = ["myst_parser"]
exclude_patterns = ["schedules"]
language = "en"
html_title = "rmanalytics"
html_theme = "furo"
html_show_copyright = html_show_sphinx = html_copy_source = False
html_permalinks = False
pygments_style = "default"
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]

CONTENTS: dict[str, dict[str, list[str]]] = {
    "index": {
        "Read": ["from-export-to-board-slide", "null-results", "discretion", "claims/index", "gallery"],
        "Use": ["install", "own-data", "round-design", "workbench", "scheduling", "people-data", "audit"],
        "Look up": ["data", "verdicts", "methods", "api", "examples/*", "errors", "simulation"],
        "Proof": ["calibration", "verdicts-calibration", "mutants", "faults", "benchmarks"],
        "Deutsch": ["de/index"],
    },
    "claims/index": {
        heading: [f"{group}/*"]
        for group, heading in {
            "design": "The programme",
            "tandem": "The tandem",
            "mentee": "Mentees",
            "mentor": "Mentors",
            "company": "The company",
        }.items()
    },
    "de/index": {"Seiten": ["vom-export-zur-folie", "kein-befund", "diskretion", "behauptungen"]},
}
"""Pages by the page that they stand under, and by heading; the Markdown itself stays plain."""


def _contents(_: Sphinx, page: str, source: list[str]) -> None:
    for caption, pages in CONTENTS.get(page, {}).items():
        lines = ["\n```{toctree}", ":hidden:", ":glob:", f":caption: {caption}", "", *pages, "```"]
        source[0] += "\n".join(lines) + "\n"


def _german(_: Sphinx, page: str, _template: str, context: dict[str, object], _doctree: object) -> None:
    if page.startswith("de/"):
        context["language"] = "de"


def setup(app: Sphinx) -> None:
    """Contents are added as each page is read; German pages say that they are German."""
    app.connect("source-read", _contents)
    app.connect("html-page-context", _german)
