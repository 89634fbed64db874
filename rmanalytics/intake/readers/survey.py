"""From one row a response and one column a question to one row an answer: what all survey tools' readers share.

Unit: one response. Questions become items by the declared name, by the item's id, or by its text in any language; what
is no item of an instrument is left behind.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.grid import Grid
from rmanalytics.intake.headers import clean_header
from rmanalytics.intake.marks import NOTHING_TO_DO
from rmanalytics.intake.readers.kind import TEXTS, Asked, Reading, Tally
from rmanalytics.intake.readers.raw import Raw, words_of
from rmanalytics.intake.records import TOTAL_WORDS
from rmanalytics.intake.surveys import instrument_labels
from rmanalytics.intake.tables import put_in
from rmanalytics.intake.values import clean
from rmanalytics.intake.words import Words, empty
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.instruments import Instrument
from rmanalytics.programme.strict_toml import Key

KEYS = {"items": TEXTS, "keep_unfinished": Key(bool), "code": Key((str, list, tuple))}
SURVEY = ("answers", "coded_answers")
"""What a survey's export gives: answers of people with ids, or, where ``code`` is declared, under their own codes."""
USED, PREVIEW, UNFINISHED = key("used"), key("previews"), key("unfinished")
EMPTY, TOTAL, NOTE = key("empty"), key("totals"), key("notes")
PERSONAL_HEADERS = frozenset(
    [
        "ipaddress",
        "ip_address",
        "ip_adresse",
        "ip_addr",
        "ipaddr",
        "recipientlastname",
        "recipientfirstname",
        "recipientemail",
        "locationlatitude",
        "locationlongitude",
        "email",
        "e_mail",
        "email_address",
        "e_mail_adresse",
        "name",
        "vorname",
        "nachname",
        "first_name",
        "last_name",
        "firstname",
        "lastname",
        "adresse_e_mail",
        "nom",
        "prenom",
        "prénom",
        "breitengrad_des_standorts",
        "längengrad_des_standorts",
        "e_mail_des_empfängers",
        "nachname_des_empfängers",
        "vorname_des_empfängers",
        "refurl",
    ]
)
_PART = re.compile(r"\[([^\]]+)\]\s*$|(?:\s[-–|:]\s|[?!:]\.)([^-–|:]+)$")
_TAGS = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """A tool's export as this module needs it.

    Parameters
    ----------
    raw : Raw
        The file.
    fates : list of str
        What becomes of each row.
    questions : mapping of int to tuple of str
        Column number to everything that names its question, the surest first.
    person, answered_at, round_id, wave : list of str
        Of each row; ``round_id`` and ``wave`` may be constants. ``person`` is an id, or the code that somebody made up.
    codes : pattern, optional
        Answer codes of the tool, whose first group is the number.
    answers : mapping of int to mapping of str to tuple of str
        By column, what a definition says of a cell (small letters): the number, then the texts of that answer; nothing
        where it is kept out of analysis.
    """

    raw: Raw
    fates: list[str]
    questions: Mapping[int, tuple[str, ...]]
    person: list[str]
    answered_at: list[str]
    round_id: list[str]
    wave: list[str]
    codes: re.Pattern[str] | None = None
    answers: Mapping[int, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = field(default=())


def usual_fates(raw: Raw, finished: Iterable[bool], *, keep_unfinished: bool) -> list[str]:
    """Used, empty or unfinished."""
    blank = raw.blank
    return [
        EMPTY if empty else USED if done or keep_unfinished else UNFINISHED
        for empty, done in zip(blank, finished, strict=True)
    ]


def column_of(asked: Asked, raw: Raw, column: str, *usual: str) -> int | None:
    """Number of the column that holds a person, a round, a wave or a day; by its declared header, else a usual one.

    Raises
    ------
    InputError
        RM-E-013 where a declared header is not there.
    """
    number = raw.at(*asked.header(column, *usual))
    declared = asked.texts("columns").get(column)
    if declared and number is None:
        texts = [clean(text).casefold() for head in raw.heads for text in head]
        if clean(declared).casefold() in texts:
            return texts.index(clean(declared).casefold()) % len(raw.heads[0])
        rule, remedy = (
            key("the column is missing"),
            filled("correct its header under [readers.{reader}.columns]", reader=asked.name),
        )
        raise InputError((Problem(code="RM-E-013", file=raw.name, rule=rule, remedy=remedy, column=declared),))
    return number


def texts_of(asked: Asked, raw: Raw, column: str, *usual: str) -> list[str]:
    """The texts of a column, or its declared constant in every row.

    Raises
    ------
    InputError
        RM-E-151 where there is neither.
    """
    constant = asked.texts("constants").get(column)
    if constant is not None:
        return [constant] * len(raw.rows)
    number = column_of(asked, raw, column, *usual)
    if number is None:
        how = filled(
            'add {column} = "…" under [readers.{reader}.constants], or its header under .columns',
            column=column,
            reader=asked.name,
        )
        raise asked.refused(
            column, filled("nothing says what {column} is in {file}", column=column, file=raw.name), how
        )
    return raw.texts(number)


def who_answered(asked: Asked, raw: Raw, *usual: str) -> tuple[set[int | None], list[str]]:
    """The columns that say who answered, and what they say: an id, or a code, asked in one question or part by part.

    Raises
    ------
    InputError
        RM-E-013 where a declared header is not there, RM-E-151 where nothing says who answered.
    """
    given = asked.given.get("code")
    if given is None:
        return {column_of(asked, raw, "person_id", *usual)}, texts_of(asked, raw, "person_id", *usual)
    numbers: list[int | None] = []
    for header in [given] if isinstance(given, str) else list(given):  # type: ignore[call-overload]
        numbers.append(raw.at(header))
        if numbers[-1] is None:
            rule, remedy = (
                key("the column is missing"),
                filled("correct its header under [readers.{reader}], code", reader=asked.name),
            )
            raise InputError((Problem(code="RM-E-013", file=raw.name, rule=rule, remedy=remedy, column=header),))
    return {*numbers}, [" ".join(parts).strip() for parts in zip(*map(raw.texts, numbers), strict=True)]


def items_of(instruments: Iterable[Instrument]) -> dict[str, str]:
    """Every way to name an item of instruments, cleaned, to its id; ambiguous texts are left out."""
    found: dict[str, str] = {}
    twice = set()
    for item in (item for instrument in instruments for item in instrument.items):
        for text in (item.id, *item.text.values()):
            if found.setdefault(spelt(text), item.id) != item.id:
                twice.add(spelt(text))
    return {name: item for name, item in found.items() if name and name not in twice}


def spelt(text: str) -> str:
    """A question as it is compared: tags, capitals, spaces and the sign at its end do not matter."""
    return clean(_TAGS.sub(" ", text)).casefold().strip(" .:?!*")


def matched(
    questions: Mapping[int, tuple[str, ...]], declared: Mapping[str, str], known: Mapping[str, str]
) -> dict[int, str]:
    """Column number to item id; the first name that is known decides, and no item is taken twice."""
    wanted = {spelt(name): item for name, item in declared.items()}
    found: dict[int, str] = {}
    for number, names in questions.items():
        parts = [found[1] or found[2] for found in map(_PART.search, names) if found]
        for name in (*names, *parts):
            item = wanted.get(spelt(name)) or known.get(spelt(name))
            if item and item not in found.values():
                found[number] = item
                break
    return found


def read_responses(asked: Asked, responses: Responses) -> Reading:
    """The answers of one export, one row for each response that counts and each item.

    Raises
    ------
    InputError
        RM-E-152 where no question is an item, RM-E-151 where a declared item does not exist.
    """
    raw = responses.raw
    known = items_of(asked.programme.instruments.values())
    declared = asked.texts("items")
    wrong = sorted(item for item in declared.values() if item not in known.values())
    if wrong:
        raise asked.refused(
            "items",
            filled('there is no item "{n}"', n=wrong[0]),
            key("correct its id, or describe its scale in a file"),
        )
    items = matched(responses.questions, declared, known)
    if not items:
        rule: str = filled("none of its {n} questions is an item of an instrument", n=len(responses.questions))
        remedy: str = filled('name them under [readers.{reader}.items], such as "Q3_1" = "df01"', reader=asked.name)
        raise InputError((Problem(code="RM-E-152", file=raw.name, rule=rule, remedy=remedy),))
    both = zip(responses.fates, responses.person, strict=True)
    fates = [TOTAL if clean(person).casefold() in TOTAL_WORDS else fate for fate, person in both]
    counts = {fate: fates.count(fate) for fate in dict.fromkeys((USED, *fates))}
    tally = Tally(reader=asked.name, kind=asked.text("kind"), file=raw.name, rows=len(raw.rows), counts=counts)
    live = np.array([fate == USED for fate in fates], dtype=bool)
    used = raw.kept(live)
    problems = [*raw.problems, *responses.problems, *_left_out(raw, items, tally)]
    if not live.any():
        rule, remedy = key("no response of the file counts"), key("see what became of its rows, or take the file out")
        raise InputError((Problem(code="RM-E-037", file=raw.name, rule=rule, remedy=remedy), *problems))
    order = list(items)
    value, notes, asked_of = _values(asked, responses, used, items)
    problems += (Problem(code="RM-N-156", file=raw.name, rule=note, remedy=NOTHING_TO_DO) for note in notes)
    n, k = len(used.rows), len(order)

    def each(texts: list[str]) -> Words:
        words = words_of([text for text, one in zip(texts, live, strict=True) if one])
        return Words(np.repeat(words.codes, k), words.distinct)

    table = "coded_answers" if "code" in asked.given else "answers"
    columns = {
        "round_id": each(responses.round_id),
        "wave": each(responses.wave),
        **({"person_id": each(responses.person)} if table == "answers" else _under_codes(asked, responses, each)),
        "item": Words.of(np.tile(np.arange(k, dtype=np.int32), n), [items[number] for number in order]),
        "value": value,
        "answered_at": each(responses.answered_at),
    }
    for name, words in columns.items():
        said = asked.programme.sources.values.get(f"{table}.{name}", asked.programme.sources.values.get(name))
        columns[name] = put_in(words, said)[0] if said else words
    columns = {name: Words(words.codes[asked_of], words.distinct) for name, words in columns.items()}
    rows = np.repeat(used.rows, k)[asked_of]
    grid = Grid(
        name=raw.name,
        headers={name: name for name in columns},
        columns=columns,
        rows=rows,
        lines=rows,
        blank=np.zeros(len(rows), dtype=bool),
        delimiter=",",
        problems=tuple(problems),
    )
    return Reading(grids={table: grid}, tallies=(tally,), digests={raw.name.partition("#")[0]: raw.digest})


def _under_codes(asked: Asked, responses: Responses, each: Callable[[list[str]], Words]) -> dict[str, Words]:
    """What *coded_answers* holds in place of an id: the number of the response, the code, side and group."""
    raw = responses.raw
    file = hashlib.sha256(raw.name.encode()).hexdigest()[:8]
    columns = {"response": [f"{file}-{row}" for row in raw.rows], "code": responses.person}
    columns["side"] = texts_of(asked, raw, "side")
    if "group" in asked.texts("constants") or column_of(asked, raw, "group", "group") is not None:
        columns["group"] = texts_of(asked, raw, "group", "group")
    return {name: each(texts) for name, texts in columns.items()}


def _values(
    asked: Asked, responses: Responses, used: Raw, items: Mapping[int, str]
) -> tuple[Words, list[str], NDArray[np.bool_]]:
    """Values of all items, response by response; what was read in place of cells; and which of them were asked.

    An instrument was asked where the response has an answer to any of its items.
    """
    scale_of = {item: scale for scale in asked.programme.instruments.values() for item in scale.item_ids}
    books: dict[str, int] = {}
    codes: list[NDArray[np.int32]] = []
    answered: dict[str, NDArray[np.bool_]] = {}
    coded, left_out = False, 0
    for number, item in items.items():
        words, scale = used.columns[number], scale_of[item]
        labels, said = instrument_labels(scale), responses.answers.get(number, {})
        texts = []
        out = np.array([said.get(clean(text).casefold()) == () for text in words.texts], dtype=bool)
        left_out += int(words.rows_with(out).sum())
        for text in (_defined(text, said, labels) for text in words.texts):
            found = responses.codes.fullmatch(clean(text)) if responses.codes else None
            led = found is not None and clean(text).casefold() not in labels
            coded |= led
            texts.append(str(int(found[1])) if found and led else text)
        place = np.array([books.setdefault(text, len(books)) for text in texts] or [0], dtype=np.int32)
        codes.append(place[words.codes])
        here = ~words.rows_with(empty(words.distinct))
        answered[scale.name] = answered.get(scale.name, np.zeros(len(here), dtype=bool)) | here
    values = Words.of(np.column_stack(codes).ravel().astype(np.int32), tuple(books))
    notes = [key("answer codes of the survey tool were read as numbers")] if coded else []
    if left_out:
        told = key("answers that the survey's definition keeps out of analysis were read as missing: {count}")
        notes.append(filled(told, count=str(left_out)))
    return values, notes, np.column_stack([answered[scale_of[item].name] for item in items.values()]).ravel()


def _defined(text: str, said: Mapping[str, tuple[str, ...]], labels: Collection[str]) -> str:
    """An answer by the survey's definition: the text that the scale knows, else its number; empty where it is left out.

    Examples
    --------
    >>> said = {"23": ("23", "Agree"), "maybe": ("2", "Maybe"), "n/a": ()}
    >>> [_defined(cell, said, {"agree"}) for cell in ("23", "maybe", "n/a", "other")]
    ['Agree', '2', '', 'other']
    """
    able = said.get(clean(text).casefold())
    if able is None:
        return text
    return next((one for one in able if one.casefold() in labels), able[0] if able else "")


def _left_out(raw: Raw, items: Mapping[int, str], tally: Tally) -> Iterator[Problem]:
    """Rows that do not count, and columns of personal data that nobody reads, both counted."""
    rows = {
        PREVIEW: key("previews and tests of the survey were left out: {count}"),
        UNFINISHED: key("unfinished responses were left out: {count}"),
    }
    for fate, text in rows.items():
        if tally.counts.get(fate):
            remedy = key("nothing to do; keep_unfinished = true keeps unfinished ones")
            yield Problem(
                code="RM-W-155", file=raw.name, rule=filled(text, count=str(tally.counts[fate])), remedy=remedy
            )
    personal = sum(name in PERSONAL_HEADERS for name in raw.header)
    if personal:
        told = key("columns of personal data (names, addresses, places) were left out unread: {count}")
        rule = filled(told, count=str(personal))
        yield Problem(code="RM-N-155", file=raw.name, rule=rule, remedy=key("leave them out of the export"))
    others = len(raw.header) - len(items) - personal
    if others > 0:
        rule = filled(key("columns that are no item of an instrument were left out: {count}"), count=str(others))
        remedy = key("nothing to do; name a question under items of the reader if it is one")
        yield Problem(code="RM-W-156", file=raw.name, rule=rule, remedy=remedy)


def names_of(raw: Raw, *, without: Iterable[int | None]) -> dict[int, tuple[str, ...]]:
    """All columns but some, with the texts of their header rows, the first row last where there are several."""
    left = set(without)
    return {
        number: tuple(head[number] for head in raw.heads if head[number].strip())
        for number in range(len(raw.columns))
        if number not in left and clean_header(raw.heads[0][number]) not in PERSONAL_HEADERS
    }
