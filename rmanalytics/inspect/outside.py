"""The last step before anything lies outside: a stranger's look through every file of a folder.

It shares no code with the gate and needs nothing but Python: ``python -m zipapp`` of this room runs where rmanalytics
is not installed. There is no way to overrule what it finds.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from .charts import unlike
from .containers import Piece, UnreadableError, pieces
from .normal import Canaries, unseen
from .numbers import Released, numbers_in
from .pdf_words import UnreadError, as_printed, runs, unsaid
from .phrases import Phrases
from .rows import untold

RELEASE, NOTES, FACTS = "released.json", "released-notes.json", "facts.json"
UNSAID = "words stand in it that the program does not say, or a day that is none of the release's"
_TREES = ("ash", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "yew")
PLANTED = tuple(f"CANARY-{n:04d}-{tree}" for n, tree in enumerate(_TREES, start=1))
"""Ten ids that belong to nobody, for whoever wants to see the scanner bite."""
_MACHINE = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+|(?<![\w:])/(?:home|Users|root|tmp|var)/\w"
    r"|[A-Za-z]:\\\\?Users"
)
_ASKING = re.compile(
    r"(?i)(?:src|href|action|data|poster)\s*=\s*[\"']?\s*(?:https?:)?//|url\(\s*[\"']?\s*(?!data:|#)\w|@import"
    r"|\bfetch\s*\(|XMLHttpRequest|sendBeacon|WebSocket"
)
_NUMBER = re.compile(r"-?\d+\.\d+")
_NUMBERED = {"text", "axis", "page", "template"}
_SAID = {"text", "axis", "word"}
"""Where words stand that somebody reads."""
_APART = 3600.0
"""Seconds within which all files of a folder were written or copied."""
_IN = r"\.(?:en|de|de-CH)\."
_NAMES = re.compile(
    rf"figures|snippets|released(?:-notes)?\.json|facts\.json|index\.html|(?:briefing|slides){_IN}(?:html|pdf)"
    rf"|slides{_IN}pptx|(?:team|facts){_IN}html|(?:mail|press){_IN}txt|figures/[^/.][^/]*{_IN}(?:svg|png)"
    rf"|snippets/RM-\d{{4}}H[12]-\w+-[0-9a-f]{{4}}{_IN}html"
)
"""Every file and folder that a round has outside."""


def scan(folder: Path, *, canaries: Sequence[str] = (), salt: str = "", phrases: Sequence[str] = ()) -> list[str]:
    """Look through everything in a folder that is to lie outside.

    Parameters
    ----------
    folder : Path
        The folder of a round; its ``released.json`` says which numbers may stand in it.
    canaries : sequence of str
        Ids of people, tandems, raters and whoever else, looked for in every disguise.
    salt : str
        The programme's id.
    phrases : sequence of str
        Texts of the program, with gaps in braces: no other sentence may stand there. None are held against none.

    Returns
    -------
    list of str
        Findings: the file and what is wrong with it, never what was found.
    """
    try:
        document = json.loads((folder / RELEASE).read_text(encoding="utf-8"))
        notes = folder / NOTES
        struck = json.loads(notes.read_text(encoding="utf-8")) if notes.is_file() else []
        released, untrue = Released(document), list(untold(document))
        known = Phrases(phrases, document, [str(one["date"]) for one in struck]) if phrases else None
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{RELEASE}: it cannot be read"]
    sought = Canaries((*canaries, *PLANTED), salt)
    findings: list[str] = [f"{RELEASE}: {why}" for why in untrue]
    if known is not None and known.unfounded:
        findings.append(f"{RELEASE}: {UNSAID}")
    paths = sorted(folder.rglob("*"))
    times = [path.lstat().st_mtime for path in paths if path.is_file()]
    for path in paths:
        name = path.relative_to(folder).as_posix()
        findings += [
            f"{name if sought.stand_in(name) is False else 'a file name'}: {why}"
            for why in _of_path(path, name, sought, released, known)
        ]
    if max(times) - min(times) > _APART:
        findings.append("a file has a time of its own")
    return list(dict.fromkeys(findings))


def _of_path(path: Path, name: str, sought: Canaries, released: Released, known: Phrases | None) -> Iterator[str]:
    if sought.stand_in(name):
        yield "an id stands in the name"
    if not _NAMES.fullmatch(name):
        yield "no file of a briefing has that name"
    if path.is_symlink():
        yield "it is a link"
        return
    if hasattr(os, "listxattr") and any(key.startswith("user.") for key in os.listxattr(path)):
        yield "it carries attributes of the file system"
    if path.is_dir():
        return
    try:
        data = path.read_bytes()
        found = list(pieces(name, data))
    except UnreadableError as why:
        yield str(why)
        return
    except (OSError, ValueError, RecursionError):
        yield "it cannot be read"
        return
    yield from _of_pieces(found, sought)
    if not name.endswith((".json", ".pdf")):
        yield from _of_numbers(found, name, released)
    if name.endswith(".pdf"):
        yield from _of_paper(path, data, released)
    if known is not None and _of_words(found, name, data, known):
        yield UNSAID
    if name.endswith(".pptx") and unlike(data, numbers_in):
        yield "a chart keeps other numbers than its description says"


def _of_pieces(found: Sequence[Piece], sought: Canaries) -> Iterator[str]:
    whole = [piece for piece in found if piece.where == "whole"] or found
    if any(sought.stand_in(piece.text) for piece in whole):
        yield "an id stands in it"
    elif sought.stand_in(" ".join(_words(found))):
        yield "an id stands in neighbouring words"
    elif sought.stand_in(" ".join(piece.text for piece in found if piece.where == "attribute")):
        yield "an id stands in neighbouring attributes"
    if any(piece.where == "strange" for piece in found):
        yield "a tag, attribute, script, style or comment stands in it that no page has"
    if any(unseen(piece.text) for piece in found if piece.where in ("whole", "text")):
        yield "signs stand in it that nobody sees"
    if any(_MACHINE.search(piece.text) for piece in whole):
        yield "a path of a machine or a traceback stands in it"
    if any(_ASKING.search(piece.text) for piece in found if piece.where in ("whole", "mark", "attribute")):
        yield "it asks for something from outside"


def _words(found: Sequence[Piece]) -> Iterator[str]:
    """Texts and cells in their order; a cell that is a decimal number is judged as one."""
    for piece in found:
        if piece.where == "text" or (piece.where == "cell" and not _NUMBER.fullmatch(piece.text.strip())):
            yield piece.text


def _of_words(found: Sequence[Piece], name: str, data: bytes, known: Phrases) -> bool:
    """Whether words stand in a file that are of no phrase; of a PDF, whose letters are drawn, its page is looked at."""
    if name == FACTS:
        return not known.repeated(json.loads(data))
    if name.endswith((".json", ".pdf")):
        return False
    units = name.startswith("team.")
    return any(known.strange(piece.text, units=units) for piece in found if piece.where in _SAID)


def _of_paper(path: Path, data: bytes, released: Released) -> Iterator[str]:
    """What a PDF draws is what its page says, in that order; of one that lies alone the numbers are judged."""
    try:
        drawn = runs(data)
    except UnreadError:
        yield "the PDF draws letters of which its fonts do not say what they are"
        return
    page = path.with_suffix(".html")
    if page.is_file():
        markup = as_printed(page.read_text(encoding="utf-8"))
        said = [piece.text for piece in pieces(page.name, markup.encode()) if piece.where in _SAID]
        if unsaid(drawn, said, pages=len(re.findall(rb"/Type\s*/Page\b", data))):
            yield "the PDF draws words that its page does not say there"
    elif any(released.strange("axis", run) for run in drawn):
        yield "a number stands in it that was not released, or not for this place"


def _of_numbers(found: Sequence[Piece], name: str, released: Released) -> Iterator[str]:
    if any(released.strange(piece.where, piece.text) for piece in found if piece.where in _NUMBERED):
        yield "a number stands in it that was not released, or not for this place"
    if name.endswith(".pptx") and any(_cell(piece.text, released) for piece in found if piece.where == "cell"):
        yield "a chart or workbook holds a number that was not released"
    if name.endswith(".html"):
        whole = next(piece.text for piece in found if piece.where == "whole")
        if released.swapped(whole):
            yield "a number stands beside evidence, or in a figure, that is not its own"
    if name.endswith(".txt") and released.unsaid(name, found[0].text):
        yield "a line stands in it that no release says"
    figure = re.fullmatch(r"figures/(.+?)\.[\w-]+\.svg", name)
    if figure and released.astray(figure[1], next(piece.text for piece in found if piece.where == "whole")):
        yield "a mark lies where none of its figure's numbers would put it"


def _cell(text: str, released: Released) -> bool:
    """Whether a cell holds a strange number; rows of a chart lie at halves, and its line at 0 ends at a whole one."""
    try:
        number = float(text)
    except ValueError:
        return released.strange("text", text)
    at_row = 0 <= number <= 20 and (2 * number).is_integer()
    return not at_row and released.strange("axis", repr(number)) and released.strange("text", f"{number:g}")


def main(arguments: Sequence[str]) -> int:
    """``FOLDER [IDS.txt [PHRASES.txt]]``: print findings, one a line; 1 where there is one."""
    folder, *lists = map(Path, arguments)
    ids, phrases = ([*(path.read_text(encoding="utf-8").splitlines() for path in lists), [], []])[:2]
    found = scan(folder, canaries=ids, phrases=phrases)
    sys.stdout.write("\n".join(found or ["nothing found"]) + "\n")
    return 1 if found else 0
