"""Whether a text may say what it says about the programme: its sentences held against the register, word for word.

Unit: one file. It reads text, HTML, Word, PowerPoint and OpenDocument, and is given the words of a PDF; it never prints
anything of the file but the words that differ. Plain Python alone.
"""

from __future__ import annotations

import difflib
import html
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

_ID = re.compile(r"RM-\d{4}H[12]-[A-Z]\d-[0-9a-f]{4}")
_PARTS = re.compile(
    r"word/(?:document|footnotes|header\d*|footer\d*)\.xml|ppt/(?:slides|notesSlides)/[^/]+\.xml|content\.xml"
)
_ALIKE = str.maketrans({**dict.fromkeys('„“”«»‟"‘’‚‛‹›', "'"), **dict.fromkeys("–—−‐‑", "-")})
"""Quotation marks are one, for those inside others become single."""
_WORDS = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_NUMBERS = dict(
    zip(
        "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split()  # noqa: SIM905
        + "zero one two three four five six seven eight nine ten eleven twelve".split(),  # noqa: SIM905
        [*map(str, range(13)), *map(str, range(13))],
        strict=True,
    )
)
LIKE = 0.72
"""How alike a sentence must be to count as meant for one of the register."""
LONG = 7


class Answer(NamedTuple):
    """What is said of one sentence: its id, empty where it has none; whether it may stand; why."""

    id: str
    valid: bool
    why: str


def text_of(name: str, data: bytes) -> str | None:
    """The words of a file; None for one that cannot be read."""
    kind = name.rpartition(".")[2].lower()
    try:
        if kind in ("docx", "pptx", "odt"):
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                parts = [package.read(part).decode() for part in sorted(package.namelist()) if _PARTS.fullmatch(part)]
            ends = re.compile(r"</(?:w:p|a:p|text:p|text:h)>")
            return html.unescape(re.sub(r"<[^>]*>", "", ends.sub("\n", "\n".join(parts)))) if parts else None
        text = data.decode("utf-8")
    except (OSError, ValueError, zipfile.BadZipFile):
        return None
    if kind not in ("html", "htm"):
        return text
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", text)
    text = re.sub(r"(?i)</(?:p|li|td|div|h\d|blockquote|figcaption|figure)>|<br\b[^>]*>", "\n", text)
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def verify(
    text: str, register: Mapping[str, Mapping[str, Any]], *, today: date, names: Sequence[str] = ()
) -> list[Answer]:
    """Every sentence of a text that speaks of the programme.

    Parameters
    ----------
    text : str
        As `text_of` gives it.
    register : mapping of id to sentence
        ``text`` by language, ``state``, ``valid_until``; with ``by``, ``because``, ``date`` where it no longer holds.
    today : date
        The day on which it is asked.
    names : sequence of str
        Names of the programme; a sentence with one of them that stands in no register is told.
    """
    plain, answers, seen = _alike(text), [], set()
    for name in dict.fromkeys(_ID.findall(text)):
        one = register.get(name)
        if one is None:
            answers.append(Answer(name, valid=False, why="no sentence has this id"))
            continue
        seen.add(name)
        said = any(_alike(known) in plain for known in one["text"].values())
        answers.append(_standing(name, one, today) if said else Answer(name, valid=False, why=_altered(one, plain)))
    left = {name: one for name, one in register.items() if name not in seen}
    for sentence in _sentences(plain):
        if any(_alike(known).rstrip(".") in sentence for name in seen for known in register[name]["text"].values()):
            continue
        answers += _without_id(sentence, left, names, today)
    return answers


def _without_id(
    sentence: str, left: Mapping[str, Mapping[str, Any]], names: Sequence[str], today: date
) -> Iterator[Answer]:
    exact = [
        n for n, one in left.items() if any(_alike(known).rstrip(".") in sentence for known in one["text"].values())
    ]
    if exact:
        standing = _standing(exact[0], left[exact[0]], today)
        yield standing._replace(valid=False, why="valid, source line missing") if standing.valid else standing
        return
    near = max(left, key=lambda name: _likeness(sentence, left[name]), default="")
    if near and len(_WORDS.findall(sentence)) >= LONG and _likeness(sentence, left[near]) >= LIKE:
        yield Answer(near, valid=False, why=_altered(left[near], sentence))
    elif any(_alike(name).casefold() in sentence.casefold() for name in names):
        yield Answer("", valid=False, why="speaks of the programme, no such sentence")


def _standing(name: str, one: Mapping[str, Any], today: date) -> Answer:
    if one["state"] == "replaced":
        return Answer(name, valid=False, why=f"replaced by {one['by']}")
    if one["state"] == "withdrawn":
        return Answer(name, valid=False, why=f"withdrawn on {one['date']}, because {one['because']}")
    if one["valid_until"] < today.isoformat():
        return Answer(name, valid=False, why=f"expired on {one['valid_until']}")
    return Answer(name, valid=True, why=f"valid until {one['valid_until']}")


def _altered(one: Mapping[str, Any], text: str) -> str:
    """How a sentence differs from the one of the register: the words that are in only one of the two."""
    said = max(_sentences(text), key=lambda sentence: _likeness(sentence, one), default="")
    known = max(one["text"].values(), key=lambda own: difflib.SequenceMatcher(None, _words(own), _words(said)).ratio())
    right, wrong = _words(known), _words(said)
    added = [word for word in wrong if word not in right]
    gone = [word for word in right if word not in wrong]
    parts = [f"{', '.join(added[:4])} is not in it"] if added else []
    parts += [f"{', '.join(gone[:4])} is missing"] if gone else []
    return f"altered: {'; '.join(parts) or 'the order of words'}"


def _likeness(sentence: str, one: Mapping[str, Any]) -> float:
    words = _words(sentence)
    return max(difflib.SequenceMatcher(None, words, _words(known)).ratio() for known in one["text"].values())


def _words(text: str) -> list[str]:
    return [_NUMBERS.get(word, word) for word in _WORDS.findall(_alike(_ID.sub(" ", text)).casefold())]


def _alike(text: str) -> str:
    """One form of quotes, dashes, blanks and decimal signs."""
    text = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    text = re.sub("[\u00ad\u200b-\u200f\u2060\ufeff]", "", text)
    return re.sub(r"\s+", " ", re.sub(r"(?<=\d),(?=\d)", ".", text)).strip()


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+(?=[^\W\d_a-z\"'(])|\n", text) if part.strip()]
