"""Words that a PDF draws, and whether the page that it prints says them.

Plain Python alone. Letters are read as a viewer copies them: by the map that a font carries. What has none is not read.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

_OBJECT = re.compile(rb"(?:^|[\r\n])(\d+) 0 obj\b(.*?)(?:\bstream\r?\n(.*?)\r?\nendstream\s*)?\bendobj", re.DOTALL)
_FONTS = re.compile(rb"/Font\s*<<((?:\s*/[^\s/<>]+\s+\d+ 0 R)*)\s*>>")
_SHOWN = re.compile(rb"/(\S+)\s+[\d.]+\s+Tf\b|(\[[^\]]*\]|<[0-9A-Fa-f\s]*>)\s*T[jJ]\b|(T[jJ]\b|['\"])")
_SAID = re.compile(rb"\((?:[^()\\]|\\.)*\)")
_RANGES = re.compile(rb"<(\w+)>\s*<(\w+)>\s*(?:<(\w+)>|\[([^\]]*)\])")
_SINGLE = re.compile(rb"<(\w+)>\s*<(\w+)>")


class UnreadError(ValueError):
    """Letters are drawn of which nobody can say what they are."""


def runs(data: bytes) -> list[str]:
    """The pieces of text that a PDF draws, in the order in which it draws them; each of one line and one font.

    Raises
    ------
    UnreadError
        For letters whose font does not say what they are, or that are drawn in another way than a browser does; for
        a page of which nothing is found that it draws.

    Examples
    --------
    >>> runs(b"%PDF-1.4")
    Traceback (most recent call last):
    rmanalytics.inspect.pdf_words.UnreadError
    """
    objects = {int(found[1]): (found[2], _unpacked(found[3])) for found in _OBJECT.finditer(data)}
    fonts: dict[bytes, int] = {}
    for head, _ in objects.values():
        for names in _FONTS.findall(head):
            for name, number in re.findall(rb"/(\S+)\s+(\d+) 0 R", names):
                if fonts.setdefault(name, int(number)) != int(number):
                    raise UnreadError
    heads = [_SAID.sub(b"", head) for head, _ in objects.values()]
    pages = [head for head in heads if re.search(rb"/Type\s*/Page\b", head)]
    drawn = {int(found[1]) for head in pages if (found := re.search(rb"/Contents\s+(\d+) 0 R", head))}
    if not pages or len(drawn) < len(pages) or any(re.search(rb"/ObjStm\b|/\w*#", head) for head in heads):
        raise UnreadError
    beside = re.compile(rb"/Subtype\s*/Form\b|/PatternType\s*1\b")
    drawn |= {number for number, (head, _) in objects.items() if beside.search(head)}
    maps = {name: _letters(objects, number) for name, number in fonts.items()}
    return [run for number in sorted(drawn) for run in _runs(objects.get(number, (b"", b""))[1], maps)]


def as_printed(page: str) -> str:
    """A page's markup without what no printer prints, terms after what they name, as they are drawn.

    Examples
    --------
    >>> as_printed("<dl><dt>tandems</dt><dd>34</dd></dl><details><p>Notes</p></details>")
    '<dl><dd>34</dd><dt>tandems</dt></dl>'
    """
    page = re.sub(r"<details\b.*?</details>", "", page, flags=re.DOTALL)
    return re.sub(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", r"<dd>\2</dd><dt>\1</dt>", page, flags=re.DOTALL)


def unsaid(drawn: Iterable[str], said: Iterable[str], *, pages: int) -> bool:
    """Whether a PDF draws words that its page does not say there, in its order; blanks and case do not count.

    Beyond them a printer draws the numbers of the pages, and of the points of one list.

    Examples
    --------
    >>> unsaid(["Six ", "tandems", "1"], ["Six", "tandems met"], pages=1)
    False
    >>> unsaid(["Of 1", "2 tandems", "1", "2"], ["Of 1", "tandems"], pages=2)
    False
    >>> unsaid(["17 of 7", "1"], ["7 of 17"], pages=1), unsaid(["7 of 17", "7", "1"], ["7 of 17"], pages=1)
    (True, True)
    """
    own, page = ([word for text in texts for word in _words(text)] for texts in (drawn, said))
    matched = SequenceMatcher(None, own, page, autojunk=False).get_opcodes()
    strays = [word for what, first, last, *_ in matched if what in ("delete", "replace") for word in own[first:last]]
    last_page, left = 0, []
    for word in strays:
        number = int(word) if word.isdecimal() else 0
        if last_page < number <= pages:
            last_page = number
        else:
            left.append(word)
    return left != [str(n) for n in range(1, len(left) + 1)]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold().replace("\u00ad", ""))


def _unpacked(stream: bytes | None) -> bytes:
    try:
        return zlib.decompress(stream) if stream else b""
    except zlib.error:
        return stream or b""


def _letters(objects: dict[int, tuple[bytes, bytes]], font: int) -> tuple[int, dict[int, str]]:
    """Bytes of a code, and the letters of each."""
    head = objects.get(font, (b"", b""))[0]
    found = re.search(rb"/ToUnicode\s+(\d+) 0 R", head)
    if found is None:
        raise UnreadError
    text = objects.get(int(found[1]), (b"", b""))[1]
    letters: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        letters |= {int(code, 16): _utf16(value) for code, value in _SINGLE.findall(block)}
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for first, last, value, several in _RANGES.findall(block):
            for n, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
                given = re.findall(rb"<(\w+)>", several)
                if given:
                    letters[code] = _utf16(given[n]) if n < len(given) else ""
                else:
                    start = _utf16(value)
                    letters[code] = start[:-1] + chr(ord(start[-1]) + n)
    return (2 if b"/Type0" in head else 1), letters


def _utf16(value: bytes) -> str:
    return bytes.fromhex(value.decode("ascii")).decode("utf-16-be", errors="replace")


def _runs(content: bytes, maps: dict[bytes, tuple[int, dict[int, str]]]) -> Iterator[str]:
    for block in re.findall(rb"\bBT\b(.*?)\bET\b", content, re.DOTALL):
        said, font = "", None
        for name, shown, other in _SHOWN.findall(block):
            if name:
                font = maps.get(name)
                continue
            if other or font is None:
                raise UnreadError
            size, letters = font
            codes = bytes.fromhex(b"".join(re.findall(rb"<([^>]*)>", shown)).decode("ascii"))
            if b"(" in shown or len(codes) % size:
                raise UnreadError
            for at in range(0, len(codes), size):
                letter = letters.get(int.from_bytes(codes[at : at + size], "big"))
                if letter is None:
                    raise UnreadError
                said += letter
        yield said
