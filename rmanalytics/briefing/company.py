"""Slides beyond the plan's own claims: the bridge between generations, staying, the employer brand, cost and value."""

from __future__ import annotations

from rmanalytics.briefing import figures, titles
from rmanalytics.briefing.figures import GROUP_WORDS, Figure
from rmanalytics.briefing.slide import Slide, evidence_of
from rmanalytics.briefing.told import Told, round_name
from rmanalytics.language.translator import key

MOST_TIMES = 5
"""Times the cost of the round that those still missing may cost to be drawn beside it."""
RETURN = key("No return on investment is given: it would need a price for a scale point that nobody can defend.")
MOST_SAID = 3
"""Most trends that are told in words, beneath those that are drawn."""


def bridge(told: Told) -> Slide | None:
    """The bridge between generations: ties between age bands, the first and the last wave."""
    tr, found = told.tr, figures.matrix(told)
    far = list(told.find(row="ties", bands=["under 35", "50 and over"]))
    if not found or not far:
        return None
    entry, change = max(far, key=lambda e: str(e["date"])), next(told.find(row="ties_change"), None)
    text = key("Between the youngest and the oldest there are {n} times as many ties as by chance; why is not shown")
    if change is not None and change["lo"] <= 0 <= change["hi"]:
        text = key(
            "Between the youngest and the oldest there are {n} times as many ties as by chance; no change is shown"
        )
    return Slide(
        section=tr("Bridge between the generations"),
        title=tr(text, n=told.tr.number(entry["value"], 1)),
        figures=(*found, *filter(None, (figures.closer(told),))),
        says=(
            tr("1 × is as many ties as chance would give between groups of that size; the tandems' own are left out."),
        ),
        source=tr("Network survey of the whole company; about {n} answered · no person, no team, no map", n=entry["n"]),
        notes=tr(
            "Ties are counted between age bands, both directions together, and divided by what dealing people out anew "
            "would give. Two waves side by side do not say that the programme moved anything."
        ),
        verdict="described",
        evidence=evidence_of(entry),
    )


def _still_there(told: Told) -> Figure | None:
    """Juniors still in the company, or on a higher level, after 12 and 24 months, by round and group; never a curve."""
    tr = told.tr
    rows = []
    for row, what in (("staying", tr("still there")), ("moving_up", tr("moved up"))):
        for months, name in ((months, name) for months in (12, 24) for name in told.rounds):
            own = [told.get(f"{row}.mentor.{group}.{months}.{name}") for group in GROUP_WORDS]
            if any(own):
                texts = [told.value(entry) if entry else "–" for entry in own]
                rows.append((f"{round_name(name)}, {what} {tr('after {n} months', n=months)}", *texts))
    if not rows:
        return None
    head = ("", *(tr(group) for group in GROUP_WORDS.values()))
    return Figure(id="staying", title=tr("Juniors afterwards"), kind="table", head=head, rows=tuple(rows))


def staying(told: Told) -> Slide | None:
    """Staying: shares after 12 and 24 months, the interval only where staying is primary or key; never a curve."""
    tr, table = told.tr, _still_there(told)
    if table is None:
        return None
    verdict = next(told.find(row="verdict", claim="J7"), None)
    bars = figures.strip(told, "J7") if verdict else None
    title = titles.of(verdict, told) if verdict else tr("Who is still there; that the programme is why is not shown")
    open_ = verdict is not None and verdict["verdict"] == "could_not"
    return Slide(
        section=tr("Staying"),
        title=title,
        figures=tuple(figure for figure in (table, bars) if figure),
        says=(
            *((tr("What it would take: {takes}.", takes=titles.takes("J7", told)),) if open_ else ()),
            *(titles.judged_together(told, "J7") if bars else ()),
        ),
        source=tr(
            "Personnel records, from the day of the match; shares in steps of 5 points, counts blurred by at most 2"
        ),
        notes=tr(
            "Everybody is followed from the same day on, so that waiting for a match counts for nobody. A curve would "
            "show single people leaving, so there is none."
        ),
        verdict=verdict["verdict"] if verdict else "described",
        level=verdict.get("level") if verdict else None,
        evidence=evidence_of(verdict or next(told.find(row="staying"), None)),
    )


def brand(told: Told) -> Slide | None:
    """The employer brand: lines of two groups, and that they are no comparison unless it was planned and is shown."""
    tr, found = told.tr, figures.brand(told)
    if not found:
        return None
    verdict = next(told.find(row="verdict", claim="C6"), None)
    bars = figures.within(told) if verdict else None
    groups = {str(entry["mention"]) for entry in told.find(row="brand")}
    if verdict is not None:
        title = titles.of(verdict, told)
    elif len(groups) > 1:
        title = tr("Employer brand: the two groups chose themselves; that the programme is why is not shown")
    else:
        title = tr("Employer brand: quarter by quarter; that the programme is why is not shown")
    if any(entry["lo"] > 0 or entry["hi"] < 0 for entry in told.find(row="placebo")):
        title = tr("The method sees effects where there can be none: nothing may be said about the employer brand")
    text = key("Who reads about the programme may have liked the company before: that is why no difference is given.")
    says = [] if bars or len(groups) < 2 else [tr(text)]
    for figure in found[1 if bars else 2 :][:MOST_SAID]:
        line = figure.lines[0]
        (first, then), (last, now) = ((point.text, point.at) for point in (line.points[0], line.points[-1]))
        text = key("{what}: {first} in {then}, {last} in {now}.")
        said = tr(text, what=figure.title, first=first, then=then, last=last, now=now)
        says.append(f"{said} {tr(figures.ENPS)}" if figure.note.startswith(tr(figures.ENPS)) else said)
    return Slide(
        section=tr("Employer brand"),
        title=title,
        figures=(*found[:1], bars) if bars else found[:2],
        says=tuple(says),
        source=tr("Recruiting system, people outside the programme; quarters of at least 30 in a group"),
        notes=tr(
            "The groups chose themselves by what they read. To claim an effect, one metric has to be declared before "
            "the round, with the mention drawn by lot or a control series beside it."
        ),
        verdict=verdict["verdict"] if verdict else "described",
        level=verdict.get("level") if verdict else None,
        evidence=evidence_of(verdict or next(told.find(row="brand"), None)),
    )


def value_said(told: Told) -> str:
    """What a tenth of a point costs here and by training, and that neither is shown to be better value."""
    tr = told.tr
    ours, training = (told.get(f"money.{what}.{told.round_id}") for what in ("gain", "training_gain"))
    if ours is None:
        return tr("No cost per gain is given: the gain is not shown, or its size is still open.")
    if training is None:
        return tr("What the same gain costs by training was not declared.")
    text = key(
        "A tenth of a point costs {currency} {ours} here and {other} by training, as its supplier says; which of them "
        "is better value is not shown."
    )
    return tr(text, ours=told.ends(ours), other=told.ends(training), currency=ours["unit"])


def cost(told: Told) -> Slide | None:
    """Cost and value: parts, a tandem, and what a tenth of a point cost where the gain is shown."""
    tr = told.tr
    missing, whole = (told.get(f"money.{what}.{told.round_id}") or {"hi": 0} for what in ("missing", "total"))
    more = "missing" if 0 < missing["hi"] <= MOST_TIMES * whole["hi"] else "next_two"
    parts = figures.costs(told, ("time", "cash", "total", more), tr("The round"), "cost-round")
    single = figures.costs(told, ("tandem", "completed_tandem", "training"), tr("For each"), "cost-tandem")
    gain = figures.costs(told, ("gain", "training_gain"), tr("Cost of the gain, for a person"), "cost-gain")
    if parts is None or single is None:
        return None
    entry = told.get(f"money.completed_tandem.{told.round_id}") or told.get(f"money.tandem.{told.round_id}") or {}
    money = f"{entry['unit']} {told.ends(entry)}"
    text = key("A tandem costs {money}")
    if entry["what"] == "completed_tandem":
        text = key("A tandem that held every meeting costs {money}")
    says = [value_said(told)]
    says.append(tr(RETURN))
    return Slide(
        section=tr("Cost and value"),
        title=tr(text, money=money),
        figures=tuple(figure for figure in (parts, single, gain) if figure),
        says=tuple(says),
        source=tr("Cost records of the round, from the lowest to the highest declared rate; two digits, outwards"),
        notes=tr(
            "Working time is priced at declared rates, so most of the cost is time that was there anyway; cash is what "
            "was paid. A completed tandem held every meeting. More rounds are priced like this one, training for one "
            "person as it was declared. Ranges come from the rates, not from chance."
        ),
        verdict="described",
        evidence=evidence_of(entry),
    )
