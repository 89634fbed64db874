"""What the gain is worth its money: assumptions that matter, classic training beside it, leavers that would pay for it.

Cash is kept apart from people's time and from what nobody can bank; no return stands without its interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rmanalytics.language.translator import NBSP, Translator, key, translator
from rmanalytics.report.charts import delivery
from rmanalytics.report.charts.delivery import Swing
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, folded, language_of, titled, told
from rmanalytics.report.html.markup import numbers, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import clear, estimate, found
from rmanalytics.report.words.wording import named_interval, value_text
from rmanalytics.results import Estimate, NotEstimable, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

TORNADOS = {
    "cost_tornado": (
        key("What the cost of a tandem hangs on"),
        key("The cost of a tandem hangs most on this: {factor}, from {low} to {high}"),
        key("Cost of a tandem, {currency}, one assumption at a time from its low to its high end; {n} tandems"),
    ),
    "net_benefit_tornado": (
        key("What the net benefit hangs on"),
        key("The net benefit of a person hangs most on this: {factor}, from {low} to {high}"),
        key(
            "Net benefit of a person against classic training, {currency}, one assumption at a time from its low to "
            "its high end; {n} people"
        ),
    ),
}
"""What it is about, its title and its subtitle, by the name of the tornado."""
QUADRANTS = {
    "gains more, costs less": key(
        "In {share} of the possible worlds people gain more than with classic training, for less"
    ),
    "gains more, costs more": key(
        "In {share} of the possible worlds people gain more than with classic training, for more"
    ),
    "gains less, costs less": key(
        "In {share} of the possible worlds people gain less than with classic training, for less"
    ),
    "gains less, costs more": key(
        "In {share} of the possible worlds people gain less than with classic training, for more"
    ),
}
"""What a title says where most possible worlds lie in a quadrant."""
AGAINST = {
    "incremental_cost": key("cost of a person, programme minus classic training"),
    "incremental_gain": key("gain of a person, programme minus classic training"),
    "net_benefit": key("net benefit of a person at the declared worth"),
}
KINDS = {"cash": key("cash"), "time": key("people's time, at declared rates")}
CASHABLE = {
    "cashable_benefit": key("cash saved by leavers avoided, minus cash spent"),
    "cashable_return": key("the same as a share of the cash spent"),
}
TRAINING = "programme.toml: value.training_cost, value.training_gain"
WORTH = "programme.toml: value.training_cost, value.training_gain, value.worth"
REPLACEMENT = "programme.toml: value.replacement_cost"
COSTS = "costs.csv: item, kind, quantity, unit_cost, low, high, currency"
MOST_SWINGS = 8


def price_of_gain(study: Study) -> Block:
    """What it costs for one person to gain a tenth of a standard deviation."""
    tr = translator(language_of(study))
    price = found(study.value, "cost_per_tenth_sd")
    what = tr("Cost of a tenth of a standard deviation gained")
    if not isinstance(price, Estimate):
        return absent(what, price, tr, needs=COSTS)
    said = tr(
        "For one person to gain a tenth of a standard deviation of the primary outcome, the programme spent {value} "
        "({interval}), people's time included.",
        value=value_text(price, tr),
        interval=named_interval(price, tr),
    )
    return [*told(said), tables.estimates([(what, price)], tr, first=tr("price of the gain"))]


def hangs_on(study: Study) -> Block:
    """Which assumption the cost of a tandem, and the net benefit of a person, hang on."""
    tr = translator(language_of(study))
    block = _tornado(study, "cost_tornado", COSTS, tr)
    return block + _tornado(study, "net_benefit_tornado", WORTH, tr)


def _tornado(study: Study, name: str, needs: str, tr: Translator) -> Block:
    what, title, subtitle = TORNADOS[name]
    curve = study.value.curve(name)
    if curve is None:
        return absent(tr(what), found(study.value, name) or _unpriced(study), tr, needs=needs)
    if not len(curve.points):
        return told(tr("{what}: no assumption has a range, so there is nothing to vary.", what=tr(what)))
    points = curve.points.to_dict("records")
    base, currency = float(points[0]["base"]), curve.unit
    ends = [float(p[end]) for p in points for end in ("at_low", "at_high")]
    digits = wording.digits_for(currency, base, min(ends), max(ends))
    swings = [
        Swing(
            label=_factor(str(p["factor"]), tr),
            at_low=round(float(p["at_low"]), digits),
            at_high=round(float(p["at_high"]), digits),
            text_low=tr.number(float(p["at_low"]), digits),
            text_high=tr.number(float(p["at_high"]), digits),
        )
        for p in points
    ]
    first = swings[0]
    low, high = sorted((first.at_low, first.at_high))
    words = {"low": _money(low, currency, digits, tr), "high": _money(high, currency, digits, tr)}
    heading = tr(title, factor=first.label, **words)
    alt = tr("Bars about the most likely value, one a row for each assumption. {title}.", title=heading)
    chart = delivery.tornado(
        swings[:MOST_SWINGS],
        tr,
        base=round(base, digits),
        base_text=tr("most likely {value}", value=_money(base, currency, digits, tr)),
        figure_id=name.replace("_", "-"),
        alt=alt,
    )
    rows = [[s.label, s.text_low, s.text_high] for s in swings]
    heads = [text(tr("assumption")), numbers(tr("at its low end")), numbers(tr("at its high end"))]
    legend = [("comp", tr("at its low end")), ("part", tr("at its high end"))]
    says = tr(subtitle, currency=currency, n=curve.n)
    return charted(heading, says, chart, table(heads, rows), tr, legend=legend)


def _unpriced(study: Study) -> Result | None:
    """Why the gain has no price, where the programme declares what it would be held against."""
    if study.programme.value.training_cost is None:
        return None
    return next((r for r in study.value.find("cost_per_tenth_sd") if isinstance(r, NotEstimable)), None)


def _factor(name: str, tr: Translator) -> str:
    """An assumption in words: a fixed one, or an item of the costs as its file names it."""
    return tr(name.replace("_", " "))


def _money(amount: float, currency: str, digits: int, tr: Translator) -> str:
    return f"{currency}{NBSP}{tr.number(amount, digits)}"


def against_training(study: Study) -> Block:
    """Programme and classic training on the plane of cost and gain, quarter by quarter, and the differences."""
    tr = translator(language_of(study))
    what = tr("Programme and classic training")
    plane = study.value.curve("plane_quadrants")
    rows = [(tr(label), r) for name, label in AGAINST.items() if (r := found(study.value, name)) is not None]
    if plane is None:
        return absent(what, found(study.value, "plane_quadrants") or _unpriced(study), tr, needs=TRAINING)
    shares = {str(p["quadrant"]): float(p["share"]) for p in plane.points.to_dict("records")}
    most = max(shares, key=shares.__getitem__)
    title = tr(QUADRANTS[most], share=tr.share(shares[most]))
    alt = tr("Grid of four quarters: gain across, cost down. {title}.", title=title)
    across = (tr("gains less"), tr("gains more"))
    down = (tr("costs more"), tr("costs less"))
    quarters = (
        ("gains less, costs more", "gains more, costs more"),
        ("gains less, costs less", "gains more, costs less"),
    )
    cells = [[(tr.share(shares.get(q, 0.0)), shares.get(q, 0.0)) for q in line] for line in quarters]
    chart = delivery.grid(down, across, cells, tr, figure_id="cost-gain-plane", alt=alt, high=54)
    source = study.programme.value.training_source
    subtitle = tr(
        "Possible worlds, per cent, drawn from the declared ranges of costs and the standard errors of both gains; {n} "
        "people measured",
        n=plane.n,
    )
    if source:
        subtitle += ". " + tr("Classic training as declared: {source}", source=source)
    listed = tables.estimates(rows, tr, first=tr("each person"))
    return charted(title, subtitle, chart, listed, tr) + told(_more(study, tr))


def _more(study: Study, tr: Translator) -> str:
    """The differences in words; where an interval holds zero that is said."""
    cost, gain = estimate(study.value, "incremental_cost"), estimate(study.value, "incremental_gain")
    if cost is None or gain is None:
        return ""
    dearer = (
        key("A person costs {size} less than with classic training ({interval})")
        if cost.value < 0
        else key("A person costs {size} more than with classic training ({interval})")
    )
    better = key("gains {size} less ({interval})") if gain.value < 0 else key("gains {size} more ({interval})")
    sentence = tr("{first} and {second}.", first=_sized(dearer, cost, tr), second=_sized(better, gain, tr))
    if not clear(cost) and not clear(gain):
        return f"{sentence} {tr('Both intervals hold zero.')}"
    if not clear(cost):
        sentence += " " + tr("The interval of the cost holds zero.")
    if not clear(gain):
        sentence += " " + tr("The interval of the gain holds zero.")
    return sentence


def _sized(template: str, result: Estimate, tr: Translator) -> str:
    interval = named_interval(result, tr, turned=result.value < 0)
    return tr(template, size=wording.size_text(result, tr), interval=interval)


def acceptability(study: Study) -> Block:
    """How probable it is that the programme is the better buy, for each worth of a tenth of a standard deviation."""
    tr = translator(language_of(study))
    what = tr("How probable it is that the programme is the better buy")
    curve = study.value.curve("acceptability_curve")
    if curve is None or not len(curve.points):
        return absent(what, found(study.value, "acceptability_curve") or _unpriced(study), tr, needs=WORTH)
    points = curve.points.sort_values("threshold")
    worths = [float(x) for x in points["threshold"]]
    chances = [float(x) for x in points["probability"]]
    currency = study.programme.currency
    title = _buy(worths, chances, currency, tr)
    alt = tr("Line of the probability by the worth of a tenth of a standard deviation. {title}.", title=title)
    chart = delivery.probability(worths, chances, tr, currency=currency, figure_id="acceptability", alt=alt)
    subtitle = tr(
        "Share of the possible worlds in which the additional gain is worth more than it costs, against classic "
        "training; dotted: one half; {n} people measured",
        n=curve.n,
    )
    rows = [[tr.number(w, 0), tr.share(p)] for w, p in zip(worths, chances, strict=True)]
    heads = [text(tr("a tenth is worth, {currency}", currency=currency)), numbers(tr("better buy"))]
    return charted(title, subtitle, chart, table(heads, rows), tr) + _at_declared(study, tr)


def _buy(worths: Sequence[float], chances: Sequence[float], currency: str, tr: Translator) -> str:
    """From which worth on it is more probable than not, at every further one too."""
    from_on = len(worths)
    while from_on and chances[from_on - 1] > 0.5:
        from_on -= 1
    if not from_on:
        low, high = min(chances), max(chances)
        words = {"low": tr.number(100 * low, 0), "high": tr.share(high), "worth": _money(worths[-1], currency, 0, tr)}
        return tr(
            "Whatever a tenth of a standard deviation is worth, up to {worth}, the programme is the better buy in "
            "{low} to {high} of the possible worlds",
            **words,
        )
    if from_on == len(worths) and max(chances) > 0.5:
        worth = _money(max(w for w, p in zip(worths, chances, strict=True) if p > 0.5), currency, 0, tr)
        return tr(
            "Only up to {worth} for a tenth of a standard deviation is the programme probably the better buy",
            worth=worth,
        )
    if from_on == len(worths):
        worth = _money(worths[-1], currency, 0, tr)
        return tr(
            "Up to {worth} for a tenth of a standard deviation, classic training is as good a buy or better",
            worth=worth,
        )
    worth = _money(worths[from_on], currency, 0, tr)
    return tr(
        "From {worth} for a tenth of a standard deviation on, the programme is probably the better buy", worth=worth
    )


def _at_declared(study: Study, tr: Translator) -> Block:
    """The net benefit at the worth that the programme declares."""
    result = found(study.value, "net_benefit")
    if result is None:
        return []
    if not isinstance(result, Estimate):
        return absent(tr("Net benefit of a person"), result, tr)
    said = tr(
        "At the declared worth of {worth} a tenth, the net benefit of a person is {value} ({interval}).",
        worth=_money(result.extra["worth"], result.unit, 0, tr),
        value=value_text(result, tr),
        interval=named_interval(result, tr),
    )
    note = tr("That worth is declared by the programme; a gain is not money.")
    return told(said, "" if clear(result) else tr("The interval holds zero."), note)


def break_even(study: Study) -> Block:
    """How many leavers avoided would pay for the round."""
    tr = translator(language_of(study))
    what = tr("Leavers avoided that would pay for the round")
    result = found(study.value, "break_even_leavers")
    if not isinstance(result, Estimate):
        return absent(what, result, tr, needs=f"{COSTS}; {REPLACEMENT}")
    said = tr(
        "{value} leavers avoided would pay for the whole round ({interval}), people's time included; {cash} would pay "
        "for the cash alone.",
        value=wording.bare(result.value, result.unit, wording.digits_of(result), tr),
        interval=named_interval(result, tr),
        cash=tr.number(result.extra.get("cash_only", 0.0), 1),
    )
    note = tr("A number to hold against what staying can show, not a claim that anybody stayed.")
    listed = tables.estimates([(what, result)], tr, first=tr("break-even"))
    return told(said, note) + folded(tr("Show the numbers"), listed)


def cash_and_time(study: Study) -> Block:
    """What was cash and what people's time, what comes back in cash, and what nobody can bank."""
    tr = translator(language_of(study))
    kinds = [(tr(label), r) for kind, label in KINDS.items() if (r := found(study.value, "cost_by_kind", group=kind))]
    if not kinds:
        return absent(tr("Cash and people's time"), None, tr, needs=COSTS)
    block = _spent(kinds, tr)
    back = [(tr(label), r) for name, label in CASHABLE.items() if (r := found(study.value, name)) is not None]
    if back:
        block += [*_comes_back(back[0][1], tr), tables.estimates(back, tr, first=tr("what comes back in cash"))]
    else:
        block += absent(tr("What comes back in cash"), None, tr, needs=f"{REPLACEMENT}; comparison.csv")
    note = tr(
        "What nobody can bank is not in these sums: what people learned, ties, trust, the name as an employer. It "
        "stands in its own chapters, in its own units, and no return is made of it."
    )
    return block + told(note)


def _spent(kinds: Sequence[tuple[str, Result]], tr: Translator) -> Block:
    known = {r.group: r for _, r in kinds if isinstance(r, Estimate)}
    listed = tables.estimates(kinds, tr, first=tr("what was spent"))
    total = sum(result.value for result in known.values())
    if not {"cash", "time"} <= set(known) or total <= 0:
        return [listed]
    share = known["cash"].value / total
    title = tr("{share} of what the round cost was cash, the rest people's time", share=tr.share(share))
    return titled(title, tr("Cost of the whole round by kind, {currency}", currency=known["cash"].unit), listed)


def _comes_back(result: Result, tr: Translator) -> Block:
    what = tr("What comes back in cash")
    if not isinstance(result, Estimate):
        return absent(what, result, tr)
    words = {"value": value_text(result, tr), "interval": named_interval(result, tr)}
    if clear(result):
        template = (
            key("Leavers avoided brought back more cash than was spent: {value} ({interval}).")
            if result.value > 0
            else key("Leavers avoided brought back less cash than was spent: {value} ({interval}).")
        )
    else:
        template = key("Whether the cash comes back is open: {value} ({interval}), and the interval holds zero.")
    return told(tr(template, **words))
