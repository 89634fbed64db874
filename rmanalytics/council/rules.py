"""What the pack says of the programme itself: purpose and claims, the lot, the pairing, and what people are asked."""

from __future__ import annotations

from collections.abc import Iterator

from rmanalytics.council.content import Section, Table
from rmanalytics.council.fields import supplied
from rmanalytics.evaluation.claims import AUDITS, Claim, claims
from rmanalytics.language.translator import Translator, key
from rmanalytics.lot.sizes import sizes
from rmanalytics.programme.instruments import Instrument
from rmanalytics.programme.programme import Programme
from rmanalytics.results import SIDES
from rmanalytics.terminal.questionnaire import answers_of, text_of

WISHES = {
    "topics": key("topics that one wishes and the other offers"),
    "times": key("half-days that suit both"),
    "site": key("the same place of work"),
    "generation": key("distance of the generations"),
    "other_unit": key("another department"),
}
FACTS = {
    "age": key("age"),
    "tenure": key("years in the company"),
    "level": key("level in the company"),
    "unit_size": key("size of the department"),
    "location": key("place of work"),
}
MANY = 9
"""Volunteers for each place, so many that every group of the lot is full."""
ROLES = {"primary": key("primary claim"), "key": key("key claim")}
KINDS = {"audit": key("rule"), "description": key("described"), "comparison": key("explored")}
ASKED = {"mentee": key("What the older side is asked"), "mentor": key("What the younger side is asked")}


def purpose(programme: Programme, tr: Translator) -> Section:
    """What it is for: every claim that is asked, with its part in the plan, and the rounds."""
    rounds = tuple((r.id, tr.day(r.start), tr.day(r.end), tr.number(r.planned_meetings, 0)) for r in programme.rounds)
    heads = (tr("Round"), tr("First day"), tr("Last day"), tr("Planned meetings"))
    asked = tuple((claim.id, tr.pick(claim.title), _part(claim, programme, tr)) for claim in claims())
    return Section(
        tr("What it is for"),
        (
            tr(
                "In the programme {name} ({company}) younger people (mentors) coach older ones (mentees), in pairs "
                "that are called tandems and in rounds of half a year. The data are read to say whether that does "
                "what it is meant to do, for whom, and how sure one can be.",
                name=tr.quoted(programme.name),
                company=programme.company,
            ),
            tr(
                "No result rates, ranks or selects a person. The program decides nothing about anybody, save who "
                "starts where a lot is declared. Two lists name tandems, for the analysts and the lead of the "
                "programme alone: breaches of the pairing rules, and proposed pairs."
            ),
            Table(tr("Rounds"), heads, rounds),
            tr(
                "Primary and key claims are judged by rules that are fixed beforehand. Explored: a comparison outside "
                "the plan, which gives hints alone. Described: measured, without a verdict on an effect. Rule: "
                "checked in full."
            ),
            Table(tr("What is to be found out"), ("", tr("Claim"), tr("Part in the plan")), asked),
        ),
    )


def _part(claim: Claim, programme: Programme, tr: Translator) -> str:
    role = programme.declared.role(claim.id)
    if role:
        return tr(ROLES[role])
    return tr(KINDS[claim.type])


def draw_and_pairing(programme: Programme, tr: Translator) -> Section:
    """The lot as it is declared, how pairs are proposed and decided, and which rules are audited."""
    pairing = programme.pairing
    points = tuple((tr(WISHES[name]), tr.number(n, 0)) for name, n in pairing.points.items())
    again = tr("The same two may be proposed again.") if pairing.again else tr("The same two are never proposed again.")
    two = tr("Nobody stands in two tandems of a round.")
    if pairing.allow_two_tandems:
        two = tr("One person may stand in two tandems of a round.")
    rules = tuple((claim.id, tr.pick(claim.title)) for claim in claims() if claim.id in AUDITS)
    return Section(
        tr("Who starts, and who with whom"),
        (
            *_lot(programme, tr),
            tr(
                "A score of declared wishes proposes pairs, the rules forbid what they forbid, a person approves, "
                "and both people say yes. Answers, judgements, sex and photographs have no part in it. Scores of "
                "pairs are erased at the first run after the last day of the round."
            ),
            Table(tr("Points of a proposed pair, together 100"), (tr("Wish"), tr("Points")), points),
            again,
            two,
            Table(tr("Rules that are counted in full"), ("", tr("Rule")), rules),
        ),
    )


def _lot(programme: Programme, tr: Translator) -> Iterator[str]:
    rule = programme.draw
    if rule.places is None:
        yield tr("No lot is declared: people decide who starts.")
        return
    people = sizes(MANY * rule.places, certain=0, places=rule.places, wait=rule.wait, reserve=rule.reserve)
    yield tr(
        "Where more people volunteer than there are places, a lot decides: {places} tandems start, {wait} people a "
        "side wait and are promised a place in the next round, {reserve} a side stand by for gaps.",
        places=rule.places,
        wait=people.wait,
        reserve=people.reserve,
    )
    yield tr(
        "The list is closed and its digest handed out before the seed is known; the seed comes from elsewhere, such "
        "as a public lottery. Whoever has both can draw again and must get the same. On a side everybody has the "
        "same chance."
    )
    facts = ", ".join(tr(FACTS[name]) for name in rule.balance_by)
    yield tr("So that the groups are alike, the lot balances {facts}. It sees no answers.", facts=facts)


def questions(programme: Programme, tr: Translator) -> Section:
    """The questionnaire: every question of the declared outcomes, side by side with its id and answers."""
    whom = tr("The same questions are asked before and after a round, of participants.")
    if "comparison" in supplied(programme) or programme.draw.places:
        whom = tr(
            "The same questions are asked before and after a round, of participants and of people they are compared "
            "with."
        )
    parts: list[str | Table] = [
        whom,
        tr("Some may be asked again in between, later, or in hindsight of the time before."),
        tr("A question that was left out counts as not answered; nobody is asked for a reason."),
    ]
    told: set[str] = set()
    for side in SIDES:
        names = dict.fromkeys(one.instrument for one in programme.outcomes if one.side == side)
        parts += [_scale(tr(ASKED[side]), programme.instruments[name], tr) for name in names]
        told.update(names)
    others = (one for name, one in programme.instruments.items() if one.items and name not in told)
    parts += [_scale(tr("Read too, where the survey asks it"), one, tr) for one in others]
    return Section(tr("The questionnaire"), tuple(parts))


def _scale(asked: str, scale: Instrument, tr: Translator) -> Table:
    language = tr.language.partition("-")[0]
    answers = " · ".join(
        f"{value} {tr.pick({language: label})}".strip() for value, label in answers_of(scale, language)
    )
    title = tr("{asked}: {scale}. Answers: {answers}", asked=asked, scale=tr.pick(scale.title), answers=answers)
    rows = tuple((item.id, tr.pick({language: text_of(item, language)})) for item in scale.items)
    return Table(title, (tr("Id"), tr("Question")), rows)
