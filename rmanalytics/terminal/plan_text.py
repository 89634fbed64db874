"""The plan of the next round for a terminal: plain words, aligned tables, what is assumed said first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from rmanalytics.errors import UnknownNameError, unknown
from rmanalytics.evaluation.plan.designs import POINTS, Cell
from rmanalytics.evaluation.plan.inputs import ASSUMED_ICC, ASSUMED_SPREAD, SideFacts
from rmanalytics.evaluation.plan.next_round import ROUNDS, Exits, Needed, Plan, Sized
from rmanalytics.evaluation.plan.next_round import plan as plan_of
from rmanalytics.evaluation.plan.sizing import ALPHA, LEAST_POOLED, MOST_TANDEMS, POWER
from rmanalytics.evaluation.plan.sizing_exits import MOST_ROUNDS
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import plural
from rmanalytics.programme.instruments import RETEST
from rmanalytics.programme.programme import read_programme
from rmanalytics.run.due import closed_rounds

WIDTH = 110
NOTHING = "–"
TITLE = 52
LEAST_TOLD = 10
_TANDEMS = plural("{n} tandem", "{n} tandems")
_SIDES = {"mentee": "mentees", "mentor": "mentors"}
_EVENTS = {"retention": "exits", "promotion": "promotions"}


def next_round(
    folder: Path,
    *,
    tandems: int | None = None,
    comparison: int | None = None,
    rounds: int = 1,
    difference: float | None = None,
) -> Plan:
    """The plan that the closed rounds of a programme give.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    tandems, comparison, rounds, difference
        As in `rmanalytics.evaluation.plan.next_round.plan`.

    Raises
    ------
    InputError
        When the programme or its data are refused.
    """
    programme = read_programme(folder, tuple(TABLES))
    measured = closed_rounds(programme, today=programme.today())
    return plan_of(
        folder, measured=measured, tandems=tandems, comparison=comparison, rounds=rounds, difference=difference
    )


def of_claim(plan: Plan, claim: str) -> Plan:
    """The plan narrowed to one claim.

    Parameters
    ----------
    plan : Plan
    claim : str
        Its id.

    Raises
    ------
    UnknownNameError
        RM-E-130 when that claim is not sized, with the reason where there is one.
    """
    narrow = replace(
        plan,
        claims=tuple(one for one in plan.claims if one.claim.id == claim),
        exits=tuple(one for one in plan.exits if one.claim.id == claim),
        left_out={},
    )
    if narrow.claims or narrow.exits:
        return narrow
    if claim in plan.left_out:
        raise UnknownNameError("RM-E-130", f"{claim} is not sized: {plan.left_out[claim]}.")
    raise unknown("claim that is sized", claim, [c.claim.id for c in plan.claims] + [e.claim.id for e in plan.exits])


def as_text(plan: Plan) -> str:
    """The whole plan; of a plan of one claim every size and number of rounds."""
    sized = plan.claims
    parts = [_head(plan), _assumptions(plan, sized)]
    if sized:
        parts.append(_current(plan, sized))
        parts.append(_every_size(sized[0]) if len(sized) == 1 else _sizes(plan, sized))
        parts.append(_needed(plan, sized))
    if plan.waiting:
        parts.append(_waiting(plan))
    if plan.exits:
        parts.append(_exits(plan.exits))
    parts.append(_left_out(plan))
    return "\n\n".join("\n".join(part) for part in parts if part)


def number(value: float | None) -> str:
    """A difference for reading; a dash where nothing is found.

    Examples
    --------
    >>> number(0.3492), number(1.389), number(0.0182), number(None)
    ('0.35', '1.4', '0.018', '–')
    """
    if value is None:
        return NOTHING
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def _head(plan: Plan) -> list[str]:
    rests = "no measured round: everything below is assumed"
    if len(plan.measured) == 1:
        rests = f"one measured round, {plan.measured[0]}"
    elif plan.measured:
        rests = f"{len(plan.measured)} measured rounds, {plan.measured[0]} to {plan.measured[-1]}"
    people = " and ".join(f"{plan.comparison[side]} beside the {_SIDES[side]}" for side in _SIDES)
    together = "one round" if plan.rounds == 1 else f"{plan.rounds} rounds put together"
    tandems = _TANDEMS.format(n=plan.tandems)
    lines = [
        f"{plan.programme}: what the next round can show",
        f"Sized from {rests}.",
        "",
        _entry(
            "Design",
            f"{tandems}; people for comparison: {people}; {together}",
        ),
    ]
    if any(side.analysed_measured for side in plan.sides):
        lines.append(_entry("Drop-out", "; ".join(filter(None, map(_drop_out, plan.sides))) + ": taken off below"))
    shared = [side for side in plan.sides if side.sharing]
    if shared:
        lines.append(_entry("Come again", "; ".join(map(_come_again, shared))))
    told = ", ".join(f"{claim} {level:.4f}" for claim, level in plan.levels.items())
    levels = f"planned at the level of the first look ({told})" if told else "no claim is declared in a plan"
    lines.append(_entry("Test", f"{POWER * 100:.0f}% power, two-sided; alone at {ALPHA}; {levels}"))
    return lines


def _entry(name: str, text: str) -> str:
    indent = " " * 12
    return textwrap.fill(text, WIDTH, initial_indent=f"{name:<12}", subsequent_indent=indent)


def _drop_out(side: SideFacts) -> str:
    if not side.analysed_measured:
        return ""
    own = f"{_SIDES[side.side]} {_percent(round(1 - side.analysed, 2))}"
    compared = f", their comparison {_percent(round(1 - side.analysed_comparison, 2))}"
    return own + (compared if side.comparison_per_tandem else "")


def _come_again(side: SideFacts) -> str:
    shared = side.sharing
    if shared is None:
        return ""
    others = f"{shared.rows_per_person - 1:.1f}"
    source = "" if side.icc_measured else ", assumed"
    return (
        f"{_SIDES[side.side]} and their comparison: a row shares its person with {others} others of {shared.rounds} "
        f"rounds, correlation {shared.icc:.2f}{source}"
    )


def _assumptions(plan: Plan, sized: Sequence[Sized]) -> list[str]:
    """What no round has measured; never silent."""
    said = []
    if plan.tandems_assumed:
        said.append(f"{_TANDEMS.format(n=plan.tandems)}; no round says how many there are")
    for side in plan.sides:
        name = _SIDES[side.side]
        if not side.comparison_measured:
            said.append(f"as many people for comparison as {name}")
        if not side.analysed_measured:
            said.append(f"{_percent(round(1 - side.analysed, 2))} of the {name} drop out")
        if side.sharing and not side.icc_measured:
            said.append(f"a correlation of {ASSUMED_ICC} between two rounds of one of the {name}")
    unmeasured = [one for one in sized if not one.measured]
    if unmeasured:
        spreads = sorted({f"{one.sd_before:.2g}" for one in unmeasured if one.sd_before})
        said.append(
            f"a standard deviation of {' or '.join(spreads)} points ({_percent(ASSUMED_SPREAD)} of the answer scale), "
            f"before and after correlated {RETEST} where a scale's file declares no retest, for "
            f"{', '.join(one.claim.id for one in unmeasured)} (marked ?)"
        )
    if not said:
        return []
    lines = ["ASSUMED, NOT MEASURED: replace it by measuring one round"]
    return lines + [line for text in said for line in textwrap.wrap(f"  {text}", WIDTH, subsequent_indent="  ")]


def _current(plan: Plan, sized: Sequence[Sized]) -> list[str]:
    design = "This round" if plan.rounds == 1 else f"These {plan.rounds} rounds together"
    lines = [
        f"{design} could only show differences of at least",
        f"{'claim':<{TITLE + 5}}{'analysed':>11}{'alone':>8}{'planned':>11}  unit",
    ]
    lines += [
        f"{_name(one)}{_people(one.current):>11}{number(one.current.alone):>8}{number(one.current.corrected):>11}"
        f"{'  ' if one.measured else ' ?'}{_unit(one)}"
        for one in sized
    ]
    if any(one.current.corrected is None for one in sized):
        lines.append(f"{NOTHING}: nothing is found, however large, or nothing is tested (fewer than six in a group)")
    if any(one.sd_before for one in sized):
        lines.append("SD before: in standard deviations of the scores before")
    if any(one.gain_only for one in sized):
        lines.append("gain: of participants alone, without comparison; it says nothing about the programme")
    return lines


def _waiting(plan: Plan) -> list[str]:
    """The lot from the second round on, when those who waited start without it."""
    lines = [
        f"The lot, with {plan.volunteers} new volunteers a round as in the last one: what it finds by how many wait",
        f"{'wait':>6}{'start by lot':>14}{'compared':>10}{'alone':>8}{'planned':>9}  (primary claim)",
    ]
    for one in plan.waiting:
        found = f"{number(one.cell.alone):>8}{number(one.cell.corrected):>9}"
        lines.append(f"{one.wait:>6}{one.start:>14}{one.compared:>10}{found}")
    return lines


def _name(one: Sized) -> str:
    mark = "*" if one.alpha != ALPHA else " "
    title = textwrap.shorten(one.claim.title["en"], TITLE, placeholder=" …")
    return f"{one.claim.id:<3}{mark} {title:<{TITLE}}"


def _people(cell: Cell) -> str:
    return f"{cell.n}" if cell.n_comparator is None else f"{cell.n} v {cell.n_comparator}"


def _unit(one: Sized) -> str:
    if one.null is not None:
        side = "below" if one.claim.direction == "down" else "above"
        return f"share {side} {one.null:.2f}"
    unit = "scale points gain" if one.gain_only else one.unit
    found = one.current.corrected
    if one.sd_before and found is not None:
        unit += f" ({found / one.sd_before:.2f} SD before)"
    return unit


def _sizes(plan: Plan, sized: Sequence[Sized]) -> list[str]:
    sizes = sorted({cell.tandems for one in sized for cell in one.grid})
    rows = [one for one in sized if one.grid]
    if not rows:
        return []
    columns = [(n, 1) for n in sizes] + [(plan.tandems, k) for k in ROUNDS[1:]]
    heads = [f"{n}" for n in sizes] + [f"{k} rounds" for k in ROUNDS[1:]]
    lines = [
        f"The smallest difference after correction, by tandems of one round and by rounds of {plan.tandems} tandems",
        "     " + "".join(f"{head:>9}" for head in heads),
    ]
    for one in rows:
        cells = {(cell.tandems, cell.rounds): cell for cell in one.grid}
        values = "".join(f"{number(cells[place].corrected):>9}" for place in columns)
        lines.append(f"{one.claim.id:<3}{'*' if one.alpha != ALPHA else ' '} {values}{'' if one.measured else ' ?'}")
    return lines + _pooling(plan)


def _pooling(plan: Plan) -> list[str]:
    if all(side.sharing for side in plan.sides):
        return ["Rounds share people: one model of everybody, taken as if they stood in the same group each time."]
    return textwrap.wrap(
        f"Where rounds share nobody, or that is not known, differences are pooled from {LEAST_POOLED} rounds on, with "
        "so few degrees of freedom that several can find less than one; rounds of other claims simply add up.",
        WIDTH,
    )


def _every_size(one: Sized) -> list[str]:
    lines = []
    for level, title in (("alone", "tested alone"), ("corrected", f"at {one.alpha:.4f}")):
        if not one.grid or (level == "corrected" and one.alpha == ALPHA):
            continue
        heads = "".join(f"{f'{k} rounds' if k > 1 else '1 round':>10}" for k in ROUNDS)
        lines += [f"The smallest difference by tandems and rounds put together, {title}", f"{'tandems':<9}{heads}"]
        for tandems, cells in groupby(one.grid, key=lambda cell: cell.tandems):
            lines.append(f"{tandems:<9}" + "".join(f"{number(getattr(cell, level)):>10}" for cell in cells))
        lines.append("")
    return lines[:-1]


def _needed(plan: Plan, sized: Sequence[Sized]) -> list[str]:
    if plan.difference is None:
        return []
    together = "one round" if plan.rounds == 1 else f"each of {plan.rounds} rounds"
    lines = [
        f"Tandems + people for comparison in {together} that find {plan.difference:g} {POINTS}, drop-out added",
        f"{'claim':<{TITLE + 5}}{'alone':>14}{'planned':>14}",
    ]
    rows = [(one, one.needed) for one in sized if one.needed is not None]
    lines += [f"{_name(one)}{_tandems(n, 'alone'):>14}{_tandems(n, 'corrected'):>14}" for one, n in rows]
    return lines if rows else [f"No claim shown is told in {POINTS}."]


def _tandems(needed: Needed, level: str) -> str:
    found: tuple[int, int] | None = getattr(needed, level)
    if found is None:
        return f"over {MOST_TANDEMS}"
    tandems, comparison = found
    return f"{tandems} + {comparison}" if comparison else f"{tandems}"


def _exits(exits: Sequence[Exits]) -> list[str]:
    lines = ["Staying and moving on: exits count, not people"]
    for one in exits:
        lines += _exit_lines(one, _EVENTS[one.outcome])
    return lines


def _exit_lines(one: Exits, events: str) -> Iterator[str]:
    yield f"{one.claim.id}   {one.claim.title['en']}"
    if not one.needed:
        yield "     nobody for comparison: it cannot be shown at any size"
        return
    people = one.followed
    if people is None:
        yield f"     nobody was followed yet: how soon {events} come is not known, and nothing is assumed"
    else:
        rate = f"{_percent(round(people.rate, 3))} a year without the programme"
        yield f"     so far {people.events} {events}, {rate}; {_could_show(one, people.events)}"
    for needed in one.needed:
        ratio = needed.hazard_ratio if one.outcome == "retention" else 1 / needed.hazard_ratio
        alone = f"{needed.alone:.0f} {events}{_until(needed.rounds_alone, known=people is not None)}"
        corrected = f"{needed.corrected:.0f}{_until(needed.rounds_corrected, known=people is not None)}"
        yield f"     hazard ratio {ratio:.2g}: about {alone}; in the plan {corrected}"


def _could_show(one: Exits, events: int) -> str:
    if one.hazard_ratio_now is None or events < LEAST_TOLD:
        return "too few to show anything"
    found = one.hazard_ratio_now
    ratio = f"{found:.2f} or less" if one.outcome == "retention" else f"{1 / found:.1f} or more"
    return f"they could only show a hazard ratio of {ratio}"


def _until(rounds: int | None, *, known: bool) -> str:
    if not known:
        return ""
    if rounds is None:
        return f" (not within {MOST_ROUNDS} more rounds)"
    return " (already there)" if rounds == 0 else f" (in {rounds} more round{'s' if rounds > 1 else ''})"


def _percent(share: float) -> str:
    return f"{share * 100:.3g}%"


def _left_out(plan: Plan) -> list[str]:
    reasons = sorted(set(plan.left_out.values()))
    if not reasons:
        return []
    lines = ["Not sized"]
    for reason in reasons:
        ids = ", ".join(claim for claim, why in plan.left_out.items() if why == reason)
        lines += textwrap.wrap(f"  {reason}: {ids}", WIDTH, subsequent_indent="    ")
    return lines
