"""What notebooks call: one function a block, each shows its paragraphs, tables and figures where it is called.

A result that is absent or not estimable is a sentence with its reason; never an empty chart and never an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.display import HTML, display
from markupsafe import Markup

from rmanalytics.report import (
    chapter_around,
    chapter_bridge,
    chapter_change,
    chapter_company,
    chapter_data,
    chapter_delivery,
    chapter_front,
    chapter_goals,
    chapter_groups,
    chapter_missing,
    chapter_persons,
    chapter_power,
    chapter_scales,
    chapter_staying,
    chapter_tandem,
    chapter_yardstick,
)
from rmanalytics.report.blocks import Block
from rmanalytics.report.figures import PLOTLY_MIME, as_bundle
from rmanalytics.report.markup import stylesheet

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study


def _show(block: Block) -> None:
    style = Markup('<style class="rma-style">{}</style>').format(stylesheet("blocks.css"))
    html: list[Markup] = [style]
    for piece in block:
        if isinstance(piece, Markup):
            html.append(piece)
            continue
        _html(html)
        html = []
        bundle = as_bundle(piece)
        display({PLOTLY_MIME: bundle, "text/plain": bundle["layout"]["meta"]["alt"]}, raw=True)
    _html(html)


def _html(parts: list[Markup]) -> None:
    if parts:
        display(HTML(Markup('<div class="rma">{}</div>').format(Markup("\n").join(parts))))


def start(study: Study) -> None:
    """Where one is: programme, round, tables there and missing, chapters."""
    _show(chapter_data.start(study))


def front(study: Study) -> None:
    """The first screen."""
    _show(chapter_front.front(study))


def claims(study: Study) -> None:
    """All claims, answered."""
    _show(chapter_front.claims(study))


def who_took_part(study: Study) -> None:
    """People by stage."""
    _show(chapter_groups.who_took_part(study))


def balance(study: Study) -> None:
    """How alike the two groups were before."""
    _show(chapter_groups.balance(study))


def meetings(study: Study) -> None:
    """Meetings as delivered."""
    _show(chapter_delivery.meetings(study))


def topics(study: Study) -> None:
    """Topics of the meetings."""
    _show(chapter_delivery.topics(study))


def pairing(study: Study) -> None:
    """Audit of the pairing rules."""
    _show(chapter_delivery.pairing(study))


def primary_change(study: Study) -> None:
    """The outcome declared beforehand."""
    _show(chapter_change.primary_change(study))


def changes(study: Study, side: str) -> None:
    """Every scale of a side, ``mentee`` (seniors) or ``mentor`` (juniors)."""
    _show(chapter_change.changes(study, side))


def persons(study: Study, side: str) -> None:
    """Single people and single questions of a side, ``mentee`` or ``mentor``; counts only."""
    _show(chapter_persons.persons(study, side))


def goals(study: Study) -> None:
    """Goals that seniors set themselves."""
    _show(chapter_goals.goals(study))


def upward(study: Study) -> None:
    """Leadership as the seniors' own reports see it."""
    _show(chapter_goals.upward(study))


def response_shift(study: Study) -> None:
    """Change by two yardsticks, side by side."""
    _show(chapter_yardstick.response_shift(study))


def missing(study: Study) -> None:
    """What those who did not answer could change."""
    _show(chapter_missing.missing(study))


def power(study: Study) -> None:
    """How large a difference could be found."""
    _show(chapter_power.power(study))


def scale_quality(study: Study) -> None:
    """How well the scales measured."""
    _show(chapter_scales.scale_quality(study))


def tandem(study: Study) -> None:
    """How both sides judge their tandem."""
    _show(chapter_tandem.tandem(study))


def both_learn(study: Study) -> None:
    """Whose start shows in whose score."""
    _show(chapter_tandem.both_learn(study))


def survival(study: Study) -> None:
    """Who stayed."""
    _show(chapter_staying.survival(study))


def naive_retention(study: Study) -> None:
    """The naive figure beside the right one."""
    _show(chapter_staying.naive_retention(study))


def promotion(study: Study) -> None:
    """Who was promoted."""
    _show(chapter_staying.promotion(study))


def mixing(study: Study) -> None:
    """Ties between generations, observed over expected."""
    _show(chapter_bridge.mixing(study))


def bridge(study: Study) -> None:
    """The index of ties between generations against chance."""
    _show(chapter_bridge.bridge(study))


def new_ties(study: Study) -> None:
    """New ties of the juniors beyond the tandem."""
    _show(chapter_bridge.new_ties(study))


def top(study: Study) -> None:
    """How near the juniors are to the top."""
    _show(chapter_bridge.top(study))


def company(study: Study) -> None:
    """The whole company in its pulse survey."""
    _show(chapter_company.company(study))


def branding(study: Study) -> None:
    """Employer branding."""
    _show(chapter_around.branding(study))


def costs(study: Study) -> None:
    """What the round cost."""
    _show(chapter_delivery.costs(study))


def across(study: Study) -> None:
    """All rounds side by side."""
    _show(chapter_around.across(study))


def data_quality(study: Study) -> None:
    """Files read, rows used, what was set aside."""
    _show(chapter_data.data_quality(study))


def methods(study: Study) -> None:
    """Methods in plain words."""
    _show(chapter_data.methods(study))


def provenance(study: Study) -> None:
    """Files, versions and seed."""
    _show(chapter_data.provenance(study))
