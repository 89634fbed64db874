"""What notebooks call: one function a block, each shows its paragraphs, tables and figures where it is called.

A result that is absent or not estimable is a sentence with its reason; never an empty chart and never an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.display import HTML, display
from markupsafe import Markup

from rmanalytics.report.chapters import data
from rmanalytics.report.chapters import front as chapter_front
from rmanalytics.report.chapters.comparison import balance as chapter_groups
from rmanalytics.report.chapters.engagement import course, delivery
from rmanalytics.report.chapters.engagement import reach as chapter_reach
from rmanalytics.report.chapters.engagement import topics as chapter_knowledge
from rmanalytics.report.chapters.network import bridge as chapter_bridge
from rmanalytics.report.chapters.network import juniors
from rmanalytics.report.chapters.network import segregation as chapter_segregation
from rmanalytics.report.chapters.network import turnover as chapter_bridge_ties
from rmanalytics.report.chapters.retention import exits, staying
from rmanalytics.report.chapters.retention import moves as chapter_careers
from rmanalytics.report.chapters.survey import (
    attrition,
    both_sides,
    exposure_response,
    goal_attainment,
    outcomes,
    reliability,
    reliable_change,
)
from rmanalytics.report.chapters.survey import power as chapter_power
from rmanalytics.report.chapters.survey import response_shift as chapter_yardstick
from rmanalytics.report.chapters.value import branding as chapter_around
from rmanalytics.report.chapters.value import cost_effectiveness
from rmanalytics.report.charts.figures import PLOTLY_MIME, as_bundle
from rmanalytics.report.html.blocks import Block
from rmanalytics.report.html.markup import stylesheet

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
    _show(data.start(study))


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
    _show(delivery.meetings(study))


def topics(study: Study) -> None:
    """Topics of the meetings."""
    _show(delivery.topics(study))


def pairing(study: Study) -> None:
    """How the two of a tandem differ."""
    _show(delivery.pairing(study))


def primary_change(study: Study) -> None:
    """The outcome declared beforehand."""
    _show(outcomes.primary_change(study))


def changes(study: Study, side: str) -> None:
    """Every scale of a side, ``mentee`` (seniors) or ``mentor`` (juniors)."""
    _show(outcomes.changes(study, side))


def persons(study: Study, side: str) -> None:
    """Single people and single questions of a side, ``mentee`` or ``mentor``; counts only."""
    _show(reliable_change.persons(study, side))


def goals(study: Study) -> None:
    """Goals that seniors set themselves."""
    _show(goal_attainment.goals(study))


def upward(study: Study) -> None:
    """Leadership as the seniors' own reports see it."""
    _show(goal_attainment.upward(study))


def response_shift(study: Study) -> None:
    """Change by two yardsticks, side by side."""
    _show(chapter_yardstick.response_shift(study))


def missing(study: Study) -> None:
    """What those who did not answer could change."""
    _show(attrition.missing(study))


def power(study: Study) -> None:
    """How large a difference could be found."""
    _show(chapter_power.power(study))


def scale_quality(study: Study) -> None:
    """How well the scales measured."""
    _show(reliability.scale_quality(study))


def tandem(study: Study) -> None:
    """How both sides judge their tandem."""
    _show(both_sides.tandem(study))


def both_learn(study: Study) -> None:
    """Whose start shows in whose score."""
    _show(both_sides.both_learn(study))


def survival(study: Study) -> None:
    """Who stayed."""
    _show(staying.survival(study))


def naive_retention(study: Study) -> None:
    """The naive figure beside the right one."""
    _show(staying.naive_retention(study))


def promotion(study: Study) -> None:
    """Who was promoted."""
    _show(staying.promotion(study))


def mixing(study: Study) -> None:
    """Ties between generations, observed over expected."""
    _show(chapter_bridge.mixing(study))


def bridge(study: Study) -> None:
    """The index of ties between generations against chance."""
    _show(chapter_bridge.bridge(study))


def segregation(study: Study) -> None:
    """How far generations keep to themselves, by every measure."""
    _show(chapter_segregation.segregation(study))


def on_pairs(study: Study) -> None:
    """Generation beside unit and level."""
    _show(chapter_bridge_ties.on_pairs(study))


def turnover(study: Study) -> None:
    """Ties that stayed from wave to wave."""
    _show(chapter_bridge_ties.turnover(study))


def generations(study: Study) -> None:
    """A drawing of the generations and the ties between them, for the analyst alone."""
    _show(chapter_segregation.generations(study))


def visibility(study: Study) -> None:
    """How well known the juniors became."""
    _show(juniors.visibility(study))


def new_ties(study: Study) -> None:
    """New ties of the juniors beyond the tandem."""
    _show(chapter_bridge.new_ties(study))


def brokerage(study: Study) -> None:
    """Between whom the juniors stand."""
    _show(juniors.brokerage(study))


def spread(study: Study) -> None:
    """Ties of the people around the tandems, by distance."""
    _show(juniors.spread(study))


def top(study: Study) -> None:
    """How near the juniors are to the top."""
    _show(chapter_bridge.top(study))


def company(study: Study) -> None:
    """The whole company in its pulse survey."""
    _show(exposure_response.company(study))


def branding(study: Study) -> None:
    """Employer branding."""
    _show(chapter_around.branding(study))


def costs(study: Study) -> None:
    """What the round cost."""
    _show(delivery.costs(study))


def across(study: Study) -> None:
    """All rounds side by side."""
    _show(chapter_around.across(study))


def data_quality(study: Study) -> None:
    """Files read, rows used, what was set aside."""
    _show(data.data_quality(study))


def methods(study: Study) -> None:
    """Methods in plain words."""
    _show(data.methods(study))


def provenance(study: Study) -> None:
    """Files, versions and seed."""
    _show(data.provenance(study))


def reach(study: Study) -> None:
    """Who was reached, beside everybody employed."""
    _show(chapter_reach.reach(study))


def rhythm(study: Study) -> None:
    """How often tandems met, and what was called off."""
    _show(course.rhythm(study))


def lasting(study: Study) -> None:
    """How long tandems lasted, and why they ended."""
    _show(course.lasting(study))


def harm(study: Study) -> None:
    """Signs that somebody may be coming to harm, as counts."""
    _show(course.harm(study))


def audit(study: Study) -> None:
    """Counts for each rule of pairing, in the round and month by month."""
    _show(course.audit(study))


def variety(study: Study) -> None:
    """How varied the topics were."""
    _show(chapter_knowledge.variety(study))


def where(study: Study) -> None:
    """Which topics were met about in which units."""
    _show(chapter_knowledge.where(study))


def initiatives(study: Study) -> None:
    """Changes that came out of the tandems."""
    _show(chapter_knowledge.initiatives(study))


def kinds_of_exit(study: Study) -> None:
    """Exits by kind, competing."""
    _show(exits.kinds_of_exit(study))


def hazard(study: Study) -> None:
    """Hazard of leaving while a mentor, over all rounds."""
    _show(exits.hazard(study))


def states(study: Study) -> None:
    """Same position, moved, left, returned."""
    _show(chapter_careers.states(study))


def moves(study: Study) -> None:
    """Promotions and lateral moves, exits competing."""
    _show(chapter_careers.moves(study))


def days_compared(study: Study) -> None:
    """Every difference in days on one axis."""
    _show(chapter_careers.days_compared(study))


def matching(study: Study) -> None:
    """Balance before and after the matching of comparison people."""
    _show(chapter_careers.matching(study))


def project_roles(study: Study) -> None:
    """Project roles taken up after the match."""
    _show(exits.project_roles(study))


def former_employees(study: Study) -> None:
    """Former employees who return."""
    _show(exits.former_employees(study))


def price_of_gain(study: Study) -> None:
    """What a gain cost."""
    _show(cost_effectiveness.price_of_gain(study))


def hangs_on(study: Study) -> None:
    """Which assumption the cost hangs on."""
    _show(cost_effectiveness.hangs_on(study))


def against_training(study: Study) -> None:
    """Beside classic training."""
    _show(cost_effectiveness.against_training(study))


def acceptability(study: Study) -> None:
    """How probable it is the better buy."""
    _show(cost_effectiveness.acceptability(study))


def break_even(study: Study) -> None:
    """Leavers avoided that would pay for it."""
    _show(cost_effectiveness.break_even(study))


def cash_and_time(study: Study) -> None:
    """Cash and people's time, apart."""
    _show(cost_effectiveness.cash_and_time(study))
