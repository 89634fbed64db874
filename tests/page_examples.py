"""The blocks of the report as chapters, for a page without notebooks."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from rmanalytics.report import page
from rmanalytics.report.chapters import front
from rmanalytics.report.chapters.comparison import balance
from rmanalytics.report.chapters.network import bridge
from rmanalytics.report.chapters.retention import staying
from rmanalytics.report.chapters.survey import (
    attrition,
    both_sides,
    exposure_response,
    goal_attainment,
    outcomes,
    power,
    reliability,
    reliable_change,
    response_shift,
)
from rmanalytics.report.charts.figures import as_bundle
from rmanalytics.report.html.markup import stylesheet

DRAW_ALL = """async () => {
  const seen = box => box.bottom > 0 && box.top < window.innerHeight;
  const still = () => [...document.querySelectorAll(".chart:not(.live)")].some(c => seen(c.getBoundingClientRect()));
  for (let y = 0; y < document.body.scrollHeight; y += 500) {
    window.scrollTo({ top: y, behavior: "instant" });
    for (let frame = 0; frame < 2 || (frame < 600 && still()); frame++) await new Promise(requestAnimationFrame);
  }
}"""
"""Through the whole page, as a reader goes who looks at each chart: it is drawn when it comes into view."""
ALL_DRAWN = "() => Number(document.body.dataset.chartsDrawn || 0) === document.querySelectorAll('.chart').length"
WIDER = """() => [...document.querySelectorAll("main *")].filter(e => !e.closest(".scroll > *, svg, .chart, .aside")
  && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(e => e.tagName + "." + e.className + ": " + e.textContent.slice(0, 60))"""
"""What reaches over the right edge of the page, but for what scrolls by itself."""

BLOCKS = (
    ("06_round_report", "In brief", (front.front, front.claims)),
    (
        "03_survey_change",
        "What changed",
        (outcomes.primary_change, lambda s: outcomes.changes(s, "mentee")),
    ),
    ("02_engagement", "Who took part", (balance.who_took_part, balance.balance)),
    (
        "03b",
        "Behind the means",
        (
            lambda s: reliable_change.persons(s, "mentee"),
            goal_attainment.goals,
            goal_attainment.upward,
            both_sides.tandem,
            both_sides.both_learn,
            response_shift.response_shift,
            attrition.missing,
            power.power,
            reliability.scale_quality,
        ),
    ),
    ("04_retention", "Staying", (staying.survival, staying.naive_retention)),
    ("05_network", "The bridge", (bridge.mixing, bridge.bridge, bridge.top)),
    ("05b", "The whole company", (exposure_response.company,)),
)


def chapters(study: Any) -> list[page.Chapter]:
    made = []
    for name, title, blocks in BLOCKS:
        parts = [f'<h2 id="x">{title}<a class="anchor-link" href="#x">¶</a></h2>']
        for i, block in enumerate(blocks):
            parts += ['<h3 id="x">Part</h3>'] * (i == min(1, len(blocks) - 1))
            parts.append(f'<style class="rma-style">{stylesheet("blocks.css")}</style>')
            parts += [
                f'<div class="rma">{piece!s}</div>' if isinstance(piece, Markup) else page.figure_html(as_bundle(piece))
                for piece in block(study)
            ]
        made.append(page.Chapter(name=name, title=title, html="\n".join(parts)))
    return made
