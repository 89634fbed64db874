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
    chapter_bridge_people,
    chapter_bridge_ties,
    chapter_careers,
    chapter_change,
    chapter_company,
    chapter_course,
    chapter_data,
    chapter_delivery,
    chapter_exits,
    chapter_front,
    chapter_goals,
    chapter_groups,
    chapter_knowledge,
    chapter_missing,
    chapter_persons,
    chapter_power,
    chapter_reach,
    chapter_scales,
    chapter_segregation,
    chapter_staying,
    chapter_tandem,
    chapter_value,
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
    """How the two of a tandem differ."""
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
    _show(chapter_bridge_people.visibility(study))


def new_ties(study: Study) -> None:
    """New ties of the juniors beyond the tandem."""
    _show(chapter_bridge.new_ties(study))


def brokerage(study: Study) -> None:
    """Between whom the juniors stand."""
    _show(chapter_bridge_people.brokerage(study))


def spread(study: Study) -> None:
    """Ties of the people around the tandems, by distance."""
    _show(chapter_bridge_people.spread(study))


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


def reach(study: Study) -> None:
    """Who was reached, beside everybody employed."""
    _show(chapter_reach.reach(study))


def rhythm(study: Study) -> None:
    """How often tandems met, and what was called off."""
    _show(chapter_course.rhythm(study))


def lasting(study: Study) -> None:
    """How long tandems lasted, and why they ended."""
    _show(chapter_course.lasting(study))


def harm(study: Study) -> None:
    """Signs that somebody may be coming to harm, as counts."""
    _show(chapter_course.harm(study))


def audit(study: Study) -> None:
    """Counts for each rule of pairing, in the round and month by month."""
    _show(chapter_course.audit(study))


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
    _show(chapter_exits.kinds_of_exit(study))


def hazard(study: Study) -> None:
    """Hazard of leaving while a mentor, over all rounds."""
    _show(chapter_exits.hazard(study))


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
    _show(chapter_exits.project_roles(study))


def former_employees(study: Study) -> None:
    """Former employees who return."""
    _show(chapter_exits.former_employees(study))


def price_of_gain(study: Study) -> None:
    """What a gain cost."""
    _show(chapter_value.price_of_gain(study))


def hangs_on(study: Study) -> None:
    """Which assumption the cost hangs on."""
    _show(chapter_value.hangs_on(study))


def against_training(study: Study) -> None:
    """Beside classic training."""
    _show(chapter_value.against_training(study))


def acceptability(study: Study) -> None:
    """How probable it is the better buy."""
    _show(chapter_value.acceptability(study))


def break_even(study: Study) -> None:
    """Leavers avoided that would pay for it."""
    _show(chapter_value.break_even(study))


def cash_and_time(study: Study) -> None:
    """Cash and people's time, apart."""
    _show(chapter_value.cash_and_time(study))
