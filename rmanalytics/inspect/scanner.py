"""The check of a rendered page, the last step before publication: whatever it finds stops the publication.

Unit: one HTML page. It reads tags, texts, comments, scripts, styles and the arrays inside figures.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib.util
import json
import re
import sys
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

_REQUESTING = {"src", "srcset", "href", "xlink:href", "data", "poster", "action", "formaction", "background", "ping"}
_JSON_TYPES = {"application/json", "application/vnd.plotly.v1+json"}
_REMOTE = re.compile(r"(?i)^\s*(?:[a-z][a-z0-9+.-]*:)?//|^\s*(?:https?|ftp|wss?|file|javascript|vbscript):")
_STYLE_REMOTE = re.compile(r"(?i)url\(\s*['\"]?\s*(?!data:|#)[^)]|@import")
_SCRIPT_REMOTE = re.compile(
    r"(?i)\bfetch\s*\(|XMLHttpRequest|\bimport\s*\(|importScripts|sendBeacon|WebSocket|EventSource|https?://(?!www\.w3\.org/)"
)
_WARNING = re.compile(r"\b[A-Z]\w*Warning\b|\bWarning:")
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+")
_PATH = re.compile(r"/|\\\\|[A-Za-z]:[\\/]")
_CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f4": "f", "f8": "d"}
_FOUND = "an id of a person or a path of this machine stands in"
_LEAST_DIGITS = 6
_LEAST_LETTERS = 3


class _Page(HTMLParser):
    """Takes a page apart; everything it keeps is later looked through."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.scripts: list[tuple[str, str]] = []
        self.styles: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.figures = 0
        self._within = ""
        self._script_type = ""
        self._buffer: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in given.items()]
        self.figures += "chart" in given.get("class", "").split()
        if tag in {"script", "style"}:
            self._within, self._buffer = tag, []
            self._script_type = given.get("type", "").lower()

    def handle_endtag(self, tag: str) -> None:
        if tag != self._within:
            return
        body = "".join(self._buffer)
        if tag == "script":
            self.scripts.append((self._script_type, body))
        else:
            self.styles.append(body)
        self._within = ""

    def handle_data(self, data: str) -> None:
        (self._buffer if self._within else self.texts).append(data)

    def handle_comment(self, data: str) -> None:
        self.texts.append(data)

    def handle_decl(self, decl: str) -> None:
        self.texts.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.texts.append(data)

    def handle_pi(self, data: str) -> None:
        self.texts.append(data)


def scan(html: str, *, figures_expected: int, forbidden: tuple[str, ...] = ()) -> list[str]:
    """Look for what a published page must not hold or lack.

    Parameters
    ----------
    html : str
        The page.
    figures_expected : int
        Figures that were drawn while the page was made; each must be there as an element of class ``chart``.
    forbidden : tuple of str
        Ids of people, and paths, that must not stand anywhere. An id is looked for as a whole word in texts,
        attributes, comments and scripts, and as a number in the arrays of figures. Ids of fewer than three
        characters, and of fewer than six digits alone, cannot be told from other words and numbers in a text; they
        are looked for as whole strings inside figures.

    Returns
    -------
    list of str
        Findings in words, none of which holds what was found; empty for a page that may go out.

    Examples
    --------
    >>> scan("<p>E0042 gained most</p>", figures_expected=0, forbidden=("E0042",))
    ['an id of a person or a path of this machine stands in the text']
    """
    page = _Page()
    page.feed(html)
    page.close()
    findings: list[str] = []
    if page.figures != figures_expected:
        findings.append(f"{page.figures} figures in the page, {figures_expected} were drawn")
    findings += _tags(page)
    own_scripts = [(kind, body) for kind, body in page.scripts if _sha256(body) not in _plotly_hashes()]
    findings += [
        "a script asks for something from outside"
        for kind, body in own_scripts
        if kind not in _JSON_TYPES and _SCRIPT_REMOTE.search(body)
    ]
    findings += ["a style asks for something from outside" for body in page.styles if _STYLE_REMOTE.search(body)]
    text = "\n".join(page.texts)
    if _TRACEBACK.search(text):
        findings.append("a traceback stands in the text")
    if _WARNING.search(text):
        findings.append("a warning of a library stands in the text")
    findings += _forbidden(page, own_scripts, text, forbidden)
    return list(dict.fromkeys(findings))


def scan_text(text: str, *, forbidden: tuple[str, ...]) -> list[str]:
    """Look for ids of people and paths of this machine in a file that is no page: JSON, CSV.

    Parameters
    ----------
    text : str
        The file's text.
    forbidden : tuple of str
        As in `scan`.

    Examples
    --------
    >>> scan_text('{"group": "E0042"}', forbidden=("E0042",))
    ['an id of a person or a path of this machine stands in the file']
    """
    paths = _machine_paths() + tuple(word for word in forbidden if _PATH.match(word))
    if _Words(word for word in forbidden if _telling(word)).stand_in(text) or _path_in(text, paths):
        return [f"{_FOUND} the file"]
    return []


def _tags(page: _Page) -> Iterator[str]:
    for tag, name, value in page.attributes:
        if name in _REQUESTING and _REMOTE.search(value):
            yield f"<{tag} {name}> leads outside the page"
        if name == "style" and _STYLE_REMOTE.search(value):
            yield f"<{tag} style> asks for something from outside"
        if name.startswith("on"):
            yield f"<{tag} {name}> runs a script"
        if tag == "meta" and name == "http-equiv" and value.lower() == "refresh":
            yield "<meta refresh> leads outside the page"
        if tag in {"iframe", "object", "embed", "base"}:
            yield f"<{tag}> has no place in a report"


def _forbidden(page: _Page, scripts: list[tuple[str, str]], text: str, forbidden: tuple[str, ...]) -> Iterator[str]:
    words = _Words(word for word in forbidden if _telling(word))
    exact = frozenset(word for word in forbidden if not _telling(word))
    numbers = frozenset(int(word) for word in forbidden if _is_number(word) and len(word) >= _LEAST_DIGITS)
    paths = _machine_paths() + tuple(word for word in forbidden if _PATH.match(word))
    attributes = "\n".join(value for _, _, value in page.attributes)
    for where, hay in (("the text", text), ("an attribute", attributes), ("a style", "\n".join(page.styles))):
        if words.stand_in(hay) or _path_in(hay, paths):
            yield f"{_FOUND} {where}"
    for kind, body in scripts:
        if kind not in _JSON_TYPES:
            if words.stand_in(body) or _path_in(body, paths):
                yield f"{_FOUND} a script"
            continue
        try:
            data = json.loads(body)
        except ValueError:
            yield "the data of a figure cannot be read"
            continue
        for leaf in _leaves(data):
            if isinstance(leaf, str):
                if leaf in exact or words.stand_in(leaf) or _path_in(leaf, paths):
                    yield f"{_FOUND} the data of a figure"
            elif leaf in numbers:
                yield f"{_FOUND} the data of a figure"


def _leaves(data: Any) -> Iterator[str | float]:
    """Every key, text and number of a figure, those packed as base64 included."""
    if isinstance(data, dict):
        if "bdata" in data:
            yield from _unpacked(data)
            return
        for key, value in data.items():
            yield key
            yield from _leaves(value)
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value)
    elif isinstance(data, (str, int, float)):
        yield data


def _unpacked(data: dict[str, Any]) -> Iterator[str | float]:
    code = _CODES.get(str(data.get("dtype", "")).lstrip("<|=").replace("uint8c", "u1"))
    try:
        raw = base64.b64decode(data["bdata"], validate=True)
        values = array(code or "B")
        values.frombytes(raw)
    except (binascii.Error, TypeError, ValueError):
        yield str(data["bdata"])
        return
    if sys.byteorder == "big":
        values.byteswap()
    yield from values
    yield raw.decode("latin-1") if code in {None, "b", "B"} else ""


class _Words:
    """A set of words that is looked for in a text in one pass, whole words only."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._lengths = sorted({len(word) for word in self._words})
        first = "".join(re.escape(letter) for letter in sorted({word[:1] for word in self._words}))
        self._starts = re.compile(rf"(?<![^\W_])[{first}]") if first else None

    def stand_in(self, text: str) -> bool:
        if self._starts is None:
            return False
        for start in (match.start() for match in self._starts.finditer(text)):
            for length in self._lengths:
                end = start + length
                if text[start:end] in self._words and not text[end : end + 1].isalnum():
                    return True
        return False


def _telling(word: str) -> bool:
    """Whether a word can be told from others in a text: not a short one, and not a small number."""
    if _PATH.match(word):
        return False
    return len(word) >= (_LEAST_DIGITS if _is_number(word) else _LEAST_LETTERS)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def _machine_paths() -> tuple[str, ...]:
    places = (str(Path.home()), tempfile.gettempdir(), sys.prefix, sys.base_prefix)
    return tuple(place for place in places if len(Path(place).parts) > 1)


def _path_in(text: str, paths: tuple[str, ...]) -> bool:
    for path in paths:
        at = text.find(path)
        while at >= 0:
            if not text[at + len(path) : at + len(path) + 1].isalnum() and not text[at - 1 : at].isalnum():
                return True
            at = text.find(path, at + 1)
    return False


def _sha256(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()


@cache
def _plotly_hashes() -> frozenset[str]:
    """Hashes of the scripts that are not looked into: plotly.js as it ships with the report, or as it is installed."""
    found = importlib.util.find_spec("plotly")
    whole = [
        Path(place) / "package_data" / "plotly.min.js"
        for place in ((found.submodule_search_locations or []) if found else [])
    ]
    flat = Path(__file__).parents[1] / "report" / "charts" / "plotly_js" / "plotly-cartesian.min.js"
    return frozenset(_sha256(file.read_text(encoding="utf-8")) for file in (flat, *whole) if file.is_file())
