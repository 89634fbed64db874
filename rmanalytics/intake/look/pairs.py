"""Which column of a list of pairs or of meetings is which, by headers and by what `evidence` finds in the cells.

Unit: one file or sheet, beside what the other files of its folder say.
"""

from __future__ import annotations

import re
from collections import defaultdict

from rmanalytics.intake.look.evidence import (
    CONSENT,
    MOSTLY,
    Fit,
    Known,
    before,
    counts_up,
    decoy,
    fits,
    near,
    people_in,
    settle,
)
from rmanalytics.intake.look.files import Column, Seen
from rmanalytics.intake.look.words import choice, plain, side_of
from rmanalytics.language.translator import filled, key

_ENTERED = re.compile(
    r"\b(erfasst|angelegt|eingetragen|logged|entered|created|recorded|saisi\w*|cree\w*|updated|signed)\b"
)
_SIGNED_UP = re.compile(
    r"\b((an|ein|)gemeldet|anmeld\w*|beworben|bewerb\w*|sign\w*|regist\w*|inscri\w*|appl\w*|volunteered)\b"
)
_MINUTES = (10, 480)
_MOST_WORDS, _MOST_SAID = 8, 0.6


def pair_of(one: Seen, known: Known) -> tuple[Column, Column] | None:
    """The two columns of a list of pairs: known people in every row, never the same one, few of them twice."""
    sides = {s: c for c in one.columns if (s := side_of(c.header)) and _of_people(c, known)}
    able = [c for c in people_in(one, known) if len(c.filled) >= MOSTLY * one.rows and 2 * c.distinct > one.rows]
    if set(sides) == {"mentor_id", "mentee_id"}:
        return sides["mentor_id"], sides["mentee_id"]
    pairs = [(a, b) for n, a in enumerate(able) for b in able[n + 1 :] if not a.known & b.known]
    return pairs[0] if len(pairs) == 1 else None


def _of_people(column: Column, known: Known) -> bool:
    if column.days or not column.filled or " " in column.filled[0]:
        return False
    return known.share(column) >= MOSTLY if known.ids else not column.emails


def settle_pairs(one: Seen, known: Known) -> None:
    """Mentor, mentee, the tandem's number and its days. Where no header says a side, the younger one is the mentor."""
    pair = pair_of(one, known)
    if pair is None or one.of("item") is not None or not _settle_sides(one, pair, known):
        return
    free = [c for c in one.columns if c not in pair and c.filled]
    numbers = [c for c in free if c.distinct == one.rows and not c.days and not c.emails and not known.share(c)]
    numbers = [c for c in numbers if not any(" " in cell for cell in c.filled) or fits(c, "tandem_id")]
    able: list[Fit] = []
    for column in numbers:
        counts = column is numbers[0] and (counts_up(column) or column.number == 0)
        score = 0.75 * counts + fits(column, "tandem_id") + 0.7 * _is_number(column)
        able.append((score, column, key("all different, beside a pair")))
    number = settle(one, "tandem_id", able)
    known.tandems |= number.known if number is not None else frozenset()
    for column in [c for c in free if c.days and CONSENT.search(plain(c.header)) and side_of(c.header)]:
        name = side_of(column.header).replace("_id", "_consent_date")
        settle(one, name, [(1.0, column, key("a day of consent"))])
    _settle_first_and_last(one, [c for c in free if c.days and not c.column.endswith("consent_date") and not decoy(c)])


def _settle_sides(one: Seen, pair: tuple[Column, Column], known: Known) -> bool:
    """Who of the pair is the mentor; what does not fit is told."""
    born = [[known.born.get(cell) for cell in c.cells] for c in pair]
    younger = [a > b for a, b in zip(*born, strict=True) if a and b]
    first = sum(younger) / len(younger) if younger else 0.5
    sides = [side_of(c.header) for c in pair]
    said = next((n if side == "mentor_id" else 1 - n for n, side in enumerate(sides) if side), None)
    by_age = 0 if first >= MOSTLY else 1 if first <= 1 - MOSTLY else None
    mentor = by_age if said is None else said
    if mentor is None:
        one.doubts.append(key("its rows are pairs of known people, and nothing says which column is the mentor"))
        return False
    if by_age not in (None, mentor):
        one.doubts.append(key("nearly every mentor is older than the mentee: are the two columns swapped?"))
    share = round(100 * max(first, 1 - first))
    as_mentor = filled("in {n}% of the pairs the younger one", n=share) if said is None else ""
    as_mentee = filled("in {n}% of the pairs the older one", n=share) if said is None else ""
    settle(one, "mentor_id", [(1.0, pair[mentor], as_mentor)])
    settle(one, "mentee_id", [(1.0, pair[1 - mentor], as_mentee)])
    return True


def _settle_first_and_last(one: Seen, days: list[Column]) -> None:
    """The day of the match is the first that every pair has, signing up aside; that of the end comes later."""
    full = [c for c in days if len(c.filled) >= MOSTLY * one.rows]
    late = [c for c in days if c not in full and not any(before(c, other) for other in full)]
    able = [c for c in full if fits(c, "matched_date") or not _SIGNED_UP.search(plain(c.header))]
    first = [c for c in able if all(before(c, o) for o in able if o is not c)]
    head = {c: fits(c, "matched_date") + 0.8 * fits(c, "start_date") for c in able}
    settle(one, "matched_date", [(head[c] + 0.5 + 0.25 * (c in first), c, key("every pair has one")) for c in able])
    ended = {c: fits(c, "ended_date", "end_date", "exit_date") + 0.5 * (len(late) == 1) for c in late}
    settle(one, "ended_date", [(0.3 + ended[c], c, key("few pairs have one, after the others")) for c in late])


def _is_number(column: Column) -> bool:
    return bool(re.fullmatch(r"(lfd )?(nr|no|number|nummer|id|numero|n)", plain(column.header)))


def settle_meetings(one: Seen, known: Known) -> None:
    """The tandem is one of the known ones; a day that is not always there is the one on which a meeting was held."""
    days = [c for c in one.columns if c.days]
    if not days or pair_of(one, known) or one.of("person_id") is not None:
        return
    tandem = settle(one, "tandem_id", _tandems(one, known))
    if tandem is None:
        return
    held = _settle_days(one, [c for c in days if not _ENTERED.search(plain(c.header))])
    free = [c for c in one.columns if c.filled and c not in (tandem, *days)]
    within, often = key("counts the meetings of each tandem"), 0.75
    settle(one, "number", [(0.3 * fits(c, "number") + often * _numbered_within(tandem, c), c, within) for c in free])
    words = [c for c in free if not c.numbers and c.distinct <= _MOST_WORDS and len(c.filled) >= MOSTLY * one.rows]
    words = [c for c in words if c.distinct > 1 or fits(c, "status")]
    told = {c: _tell_held(c, held) or _said(c) >= _MOST_SAID for c in words}
    why = key("its words say whether there is a day on which it was held")
    settle(one, "status", [(0.7 * fits(c, "status") + often * told[c], c, why) for c in words])
    long = [c for c in free if c.numbers and _MINUTES[0] <= min(c.numbers) and max(c.numbers) <= _MINUTES[1]]
    long = [c for c in long if c.column != "number"]
    single = often * (len(long) == 1)
    settle(one, "minutes", [(0.5 * fits(c, "minutes") + single, c, key("as long as meetings are")) for c in long])


def _tandems(one: Seen, known: Known) -> list[Fit]:
    about = [c for c in one.columns if c.filled and not c.days]
    able = [c for c in about if known.tandems and c.distinct < one.rows]
    inside = [c for c in able if len(c.known & known.tandems) >= MOSTLY * max(c.distinct, 2)]
    share = {c: len(c.known & known.tandems) / len(known.tandems) for c in inside}
    found = [(0.4 + 0.4 * share[c] + fits(c, "tandem_id"), c, key("its cells are tandems")) for c in inside]
    return found or [(fits(c, "tandem_id"), c, "") for c in about]


def _settle_days(one: Seen, told: list[Column]) -> Column | None:
    """The day that some meetings lack is the one on which they were held; the planned one lies closest to it."""
    most = max((len(c.filled) for c in told), default=0)
    full = [c for c in told if len(c.filled) == most]
    part = [c for c in told if c not in full]
    why, often = key("not every meeting has one"), 0.75
    held = settle(one, "held_date", [(fits(c, "held_date") + often * ([c] == part), c, why) for c in told])
    others = [c for c in full if c is not held]
    apart = {c: near(c, held) if held else 0.0 for c in others}
    closest = {c: len(others) == 1 or (held is not None and apart[c] == min(apart.values())) for c in others}
    why = key("every meeting has one")
    able = [(fits(c, "planned_date", "start_date") + often * closest[c], c, why) for c in others]
    settle(one, "planned_date", able)
    return held


def _said(column: Column) -> float:
    """Share of a column's words that say what became of a meeting."""
    return sum(bool(choice("status", text)) for text in column.known) / max(column.distinct, 1)


def _numbered_within(tandem: Column, number: Column) -> bool:
    within: dict[str, list[str]] = defaultdict(list)
    for one, count in zip(tandem.cells, number.cells, strict=True):
        within[one].append(count)
    ones = [cells for cells in within.values() if len(cells) > 1]
    return bool(ones) and all(sorted(c, key=len) and set(c) == {str(n) for n in range(1, len(c) + 1)} for c in ones)


def _tell_held(column: Column, held: Column | None) -> bool:
    """Whether exactly the meetings of one word have a day on which they were held; that word then means so."""
    if held is None or len(held.filled) == len(held.cells):
        return False
    words = {word for word, day in zip(column.cells, held.cells, strict=True) if day}
    others = {word for word, day in zip(column.cells, held.cells, strict=True) if not day}
    if len(words) == 1 and not words & others:
        column.means = {words.copy().pop(): "held"}
    return bool(column.means)
