"""Files taken apart into the texts that they carry, whatever channel these lie in; what cannot be read is a finding.

Plain Python alone. Nothing of an artefact is written anywhere.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

KNOWN = (".html", ".svg", ".json", ".txt", ".pptx", ".pdf", ".png")
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"pHYs", b"sRGB", b"gAMA", b"cHRM", b"tRNS", b"sBIT", b"bKGD"}
_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:app|core)\.xml|ppt/(?:presentation|presProps|viewProps|tableStyles)\.xml"
    r"|ppt/(?:theme|slides|slideLayouts|slideMasters|notesSlides|notesMasters|charts|_rels)/.*"
    r"|ppt/media/image\d+\.png|ppt/embeddings/Microsoft_Excel_Sheet\d*\.xlsx"
    r"|xl/(?:workbook|styles|sharedStrings)\.xml|xl/(?:worksheets|theme|_rels)/.*"
)
_HIDDEN = re.compile(
    r'<p:sld [^>]*show="0"|state="(?:very)?[hH]idden"|<(?:row|col) [^>]*hidden="1"|<definedName|<externalReference'
    r'|TargetMode="External"|pivotCache|vbaProject|formatCode="(?!General"|[#0.,%]*(?:;\u2212[#0.,%]*)?")'
    r"|<c:formatCode>(?!General<|[#0.,%]*<)"
)
_MADE_BY = re.compile(
    r"<(?:dc:(?:creator|description)|cp:(?:keywords|lastModifiedBy|category|contentStatus|version)|Company|Manager)>[^<]"
)
_SHAPE = re.compile(
    r"(?:(?:Title|TextBox|Chart|Table|Picture|Slide Image Placeholder|Notes Placeholder|Slide Number Placeholder) \d+)?"
)
_MOST = 100_000_000
_STAMP = (2020, 1, 1, 0, 0, 0)
"""The time that every part of a package has: none tells anything."""
SCRIPTS = frozenset({"e958b2b79ab857ebf14f1f1555862f12fed4d29d6e204a333c6b49ae5bbca585"})
"""SHA-256 of the one script of a page, which copies a sentence."""
_TAGS = re.compile(
    "a|b|blockquote|body|button|circle|code|d[dlt]|defs|details|div|em|fig(?:caption|ure)|footer|h[123]|head|header|html|img"
    "|li|line|main|meta|nav|[ou]l|p|path|pattern|pre|rect|script|section|span|style|summary|svg|table|tbody|td|text|th"
    "|thead|title|tr"
)
_ATTRIBUTES = re.compile(
    "alt|aria-(?:hidden|label|labelledby)|charset|class|content|c?[xy]|d|data-(?:evidence|figure|of|valid-until)|fill"
    "|font-(?:family|size|weight)|height|href|http-equiv|id|lang|name|pattern(?:transform|units)|r|role|scope|src|stroke"
    "|stroke-(?:dasharray|width)|style|tabindex|text-anchor|title|type|viewbox|width|xmlns|[xy][12]"
)
"""Tags and attributes of a briefing; no other has a place in one."""
_NAMING = frozenset({"class", "content", "href", "id", "name"})
"""Attributes that hold words of their own."""
_SAID_BY_STYLE = re.compile(r"(?<![-\w])content\s*:\s*([^;}]*)|counter-(?:reset|set|increment)\s*:\s*([^;}]*)|(\\)")
_CONTENTS = {'" ✓"', "counter(d)", "none", "d", "\\"}
_SIGNS = ("ic", "defs")
"""Drawings that belong to no figure: signs of verdicts, and hatching."""
_LINK = re.compile(r"#[st]?\d*|(?:\d{4}H[12]/)?(?:briefing|slides|team|facts)\.(?:en|de|de-CH)\.html")
_STYLE = re.compile(r"(?:height:[\d.]+em;?)?")


class Piece(NamedTuple):
    """A text and where it stands.

    ``text, word, template, mark, attribute, style, axis, cell, page, points, whole``, or ``strange``.
    """

    where: str
    text: str


class UnreadableError(Exception):
    """An artefact that cannot be taken apart."""


def pieces(name: str, data: bytes) -> Iterator[Piece]:
    """All texts of a file.

    Raises
    ------
    UnreadableError
        For an unknown kind of file, a damaged one, or one that hides parts.
    """
    kind = "." + name.rpartition(".")[2].lower()
    if kind not in KNOWN:
        raise UnreadableError("an unknown kind of file")
    if kind == ".png":
        yield from _png(data)
    elif kind == ".pdf":
        yield from _pdf(data)
    elif kind == ".pptx":
        yield from _package(data)
    else:
        text = _text(data)
        yield from (
            _markup(text) if kind in (".html", ".svg") else _json(text) if kind == ".json" else [Piece("text", text)]
        )


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8") from None


def _json(text: str) -> Iterator[Piece]:
    try:
        json.loads(text, object_pairs_hook=_each_once)
    except ValueError:
        raise UnreadableError("it is not JSON, or names a member twice") from None
    yield Piece("text", text)


def _each_once(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError
    return found


def _png(data: bytes) -> Iterator[Piece]:
    """The letters that a picture's points spell; a picture that carries anything else is not read."""
    if not data.startswith(_PNG):
        raise UnreadableError("it is no PNG")
    at, kind, points = len(_PNG), b"", b""
    while kind != b"IEND":
        if at + 12 > len(data):
            raise UnreadableError("the picture is cut")
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind not in _CHUNKS:
            raise UnreadableError("the picture carries more than its points")
        points += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    if at != len(data):
        raise UnreadableError("bytes stand after the end of the picture")
    try:
        spelt = re.findall(rb"[ -~]{4,}", zlib.decompress(points)) if points else []
    except zlib.error:
        raise UnreadableError("the picture is damaged") from None
    yield Piece("points", b" ".join(dict.fromkeys(spelt)).decode("ascii"))


def _pdf(data: bytes) -> Iterator[Piece]:
    if not data.startswith(b"%PDF-") or data.count(b"%%EOF") != 1 or not data.rstrip().endswith(b"%%EOF"):
        raise UnreadableError("the PDF is damaged, or holds an earlier version of itself")
    if any(kind != b"/FlateDecode" for kind in re.findall(rb"/Filter\s*(\[[^\]]*\]|/\w+)", data)):
        raise UnreadableError("the PDF packs a part in a form that is not looked through")
    plain = [data]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            plain.append(zlib.decompress(found[1]))
        except zlib.error:
            plain.append(found[1])
    for one in plain:
        if re.search(rb"/EmbeddedFile|/JavaScript|/OCProperties|/RichMedia|/Launch|/Prev\s", one):
            raise UnreadableError("the PDF carries files, scripts, layers or an earlier version")
        yield Piece("mark", one.decode("latin-1"))
        for found in re.finditer(rb"\((?:[^()\\]|\\.)*\)", one):
            yield Piece("mark", found[0].decode("latin-1"))


def _package(data: bytes) -> Iterator[Piece]:
    """A PowerPoint file or a workbook inside one."""
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        if package.comment or package.testzip():
            raise UnreadableError("the package is damaged, or carries a comment")
        if sum(info.file_size for info in package.infolist()) > _MOST:
            raise UnreadableError("the package unpacks to too much")
        _whole(package, data)
        _pictures(package)
        for info in package.infolist():
            if not _PARTS.fullmatch(info.filename) or info.comment or info.extra:
                raise UnreadableError("the package holds a part that has no place in it")
            part = package.read(info)
            if info.filename.endswith(".xlsx"):
                yield from _package(part)
                continue
            if info.filename.endswith(".png"):
                yield from _png(part)
                continue
            text = _text(part)
            if _HIDDEN.search(text):
                raise UnreadableError("a slide, sheet, row or name is hidden, has its own form, or leads elsewhere")
            if _MADE_BY.search(text) or any(not _SHAPE.fullmatch(name) for name in _named(info.filename, text)):
                raise UnreadableError("a part says who made it, or has a name of its own")
            yield from _xml(info.filename, text)
    except (zipfile.BadZipFile, zlib.error, OSError):
        raise UnreadableError("it is no package that can be opened") from None


def _named(name: str, text: str) -> Iterator[str]:
    """Names of slides, notes and the shapes on them; a sheet has the one that every workbook of a chart has."""
    if name.startswith(("ppt/slides/", "ppt/notesSlides/")):
        yield from re.findall(r'<p:(?:cSld|cNvPr) [^>]*?\bname="([^"]*)"', text)
        yield from (found for found in re.findall(r'\b(?:tooltip|title)="([^"]*)"', text))
    yield from (one for one in re.findall(r'<sheet [^>]*name="([^"]*)"', text) if one != "Sheet1")


def _whole(package: zipfile.ZipFile, data: bytes) -> None:
    """Parts lie one after the other from the first byte on, each with the one time, and nothing between them."""
    at = 0
    for info in sorted(package.infolist(), key=lambda one: one.header_offset):
        names = struct.unpack("<HH", data[info.header_offset + 26 : info.header_offset + 30])
        if info.header_offset != at or info.date_time != _STAMP or names[1]:
            raise UnreadableError("bytes lie between the parts of the package, or a part has a time of its own")
        at += 30 + sum(names) + info.compress_size
    if at != package.start_dir:
        raise UnreadableError("bytes lie between the parts of the package, or a part has a time of its own")


def _pictures(package: zipfile.ZipFile) -> None:
    """A picture belongs to the company's master or layouts, or is the one logo of its slides; no other has a place."""
    shown: dict[bool, set[str]] = {True: set(), False: set()}
    for name in package.namelist():
        if name.endswith(".rels"):
            links = re.findall(r'Target="[^"]*?media/([^"/]+)"', _text(package.read(name)))
            shown[name.startswith("ppt/slides/")] |= set(links)
    there = {name.rpartition("/")[2] for name in package.namelist() if "/media/" in name}
    if there - shown[True] - shown[False] or len(shown[True]) > 1:
        raise UnreadableError("the package holds a picture that is neither of its master nor the logo")


def _xml(name: str, text: str) -> Iterator[Piece]:
    """The words of a part: runs of a paragraph together, numbers of charts and cells apart, attributes whole."""
    where = "template" if re.match(r"ppt/(?:slideMasters|slideLayouts|notesMasters|theme)/", name) else "text"
    for paragraph in re.findall(r"<a:p>.*?</a:p>|<a:p [^>]*>.*?</a:p>", text, re.DOTALL):
        said = html.unescape("".join(re.findall(r"<a:t>([^<]*)</a:t>", paragraph)))
        number = re.match(r"\d{1,2} {3}", said) if "/slides/" in name else None
        yield from [Piece("page", said[: number.end()])] if number else []
        yield Piece(where, said[number.end() :] if number else said)
    for kind, value in re.findall(r"<(c:v|v|t|f|dc:\w+|cp:\w+|Company|Manager|dcterms:\w+)(?: [^>]*)?>([^<]*)<", text):
        yield Piece("cell" if kind in ("c:v", "v") else "mark", value)
        if kind in ("c:v", "t", "dc:title", "dc:subject"):
            yield Piece("word", html.unescape(value))
    for value in re.findall(r'\sdescr="([^"]*)"', text):
        yield Piece(where, html.unescape(value))
    yield Piece("style", re.sub(r"<[?!].*?>", "", text) if "slideMaster" in name or "theme" in name else text)
    for comment in re.findall(r"<!--(.*?)-->", text, re.DOTALL):
        yield Piece("mark", comment)


class _Markup(HTMLParser):
    """HTML or SVG: running text by block, cells, axis labels, attributes, comments, scripts and styles."""

    BLOCKS = frozenset(
        {"p", "li", "td", "th", "h1", "h2", "h3", "figcaption", "summary", "dt", "dd", "text", "title", "blockquote"}
        | {"span", "a", "b", "button", "code", "div", "pre", "footer"}
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Piece] = []
        self._open: list[str] = []
        self._root, self._figure = "", False
        self._buffer: list[str] = []

    def _flush(self) -> None:
        if text := "".join(self._buffer).strip():
            self.found.append(Piece(self._where(), text))
            if self._open and self._open[-1] == "script" and hashlib.sha256(text.encode()).hexdigest() not in SCRIPTS:
                self.found.append(Piece("strange", "script"))
            if self._open and self._open[-1] == "style":
                said = {part.strip() for found in _SAID_BY_STYLE.findall(text) for part in found if part.strip()}
                self.found += [Piece("strange", "style")] * bool(said - _CONTENTS | said & {"\\"})
        self._buffer = []

    def _where(self) -> str:
        tag = self._open[-1] if self._open else ""
        return tag if tag in ("axis", "page") else "style" if tag in ("style", "script") else "text"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._root = self._root or tag
        self._figure = self._figure or (tag == "figure" and "data-figure" in dict(attrs))
        loose = tag == "svg" and self._root != "svg" and not self._figure and dict(attrs).get("class") not in _SIGNS
        if loose or not _TAGS.fullmatch(tag):
            self.found.append(Piece("strange", tag))
        if tag in self.BLOCKS or tag in ("script", "style"):
            self._flush()
            axis = tag == "text" and ("class", "ax") in attrs
            page = ("class", "no") in attrs
            self._open.append("axis" if axis else "page" if page else tag)
        for name, value in attrs:
            if not _ATTRIBUTES.fullmatch(name) or (name == "style" and not _STYLE.fullmatch(value or "")):
                self.found.append(Piece("strange", name))
            if name == "href" and not _LINK.fullmatch(value or ""):
                self.found.append(Piece("strange", name))
            kind = "text" if name in ("aria-label", "alt", "title") else "attribute" if name in _NAMING else "mark"
            self.found.append(Piece(kind, f"{value or ''}"))

    def handle_endtag(self, tag: str) -> None:
        self._figure = self._figure and tag != "figure"
        if tag in self.BLOCKS or tag in ("script", "style"):
            self._flush()
            if self._open:
                self._open.pop()

    def handle_data(self, data: str) -> None:
        self._buffer.append(data)

    def handle_comment(self, data: str) -> None:
        self.found += [Piece("text", data), Piece("strange", "comment")]

    def handle_decl(self, decl: str) -> None:
        self.found.append(Piece("mark", decl))

    def unknown_decl(self, data: str) -> None:
        self.found.append(Piece("text", data))

    def handle_pi(self, data: str) -> None:
        self.found.append(Piece("text", data))


def _markup(text: str) -> Iterator[Piece]:
    parser = _Markup()
    parser.feed(text)
    parser.close()
    parser._flush()
    yield from parser.found
    yield Piece("whole", text)
