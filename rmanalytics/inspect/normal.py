"""What a text may hide: normalised until nothing changes, then searched for planted and real ids in every disguise.

Plain Python alone, so that it runs where rmanalytics is not installed.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import contextlib
import gzip
import hashlib
import html
import quopri
import re
import unicodedata
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_ESCAPES = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?<![0-9a-zA-Z])(?:[0-9a-fA-F]{2}[\s:]?){4,}(?![0-9a-zA-Z])")
_TAGS = re.compile(r"<[^<>]{0,400}>")
_BASE32 = re.compile(r"(?<![A-Z0-9])[A-Z2-7]{8,}(?![A-Z0-9])")
_SPACED = re.compile(r"(?<![^\W_])([^\W_])[\s.·_-]+(?=[^\W_](?![^\W_]))")
_ALIKE = str.maketrans("АВСЕНІЈКМОРЅТХУасеіјорѕхуΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορτ", "ABCEHIJKMOPSTXYaceijopsxyABEZHIKMNOPTYXavopt")
_ALIKE |= {c: 48 + unicodedata.digit(chr(c)) for c in range(0x660, 0x1FBFA) if unicodedata.category(chr(c)) == "Nd"}
"""Signs of other alphabets that look like ours, and their digits."""
_FOREIGN = re.compile(f"[{''.join(chr(one) for one in _ALIKE if one < 0x10000)}\U00010000-\U0001fbf9]")
_DEPTH = 4
LEAST, LONG = 4, 6
"""Ids of fewer than four signs, and numbers of fewer than six digits, cannot be told from other words; ids of fewer
than six signs are looked for where a word begins."""


def readings(text: str) -> Iterator[str]:
    """A text in every form that it may be read in: as it stands, decoded, without invisible signs and tags."""
    seen: set[str] = set()
    unpacked: set[tuple[str, str]] = set()
    waiting = deque([(text, 0)])
    while waiting:
        one, depth = waiting.popleft()  # the shallowest first, so that nothing is met too deep to be unpacked
        plain = _plain(one)
        if plain in seen or not plain:
            continue
        seen.add(plain)
        yield plain
        if depth < _DEPTH:
            waiting += [(inner, depth + 1) for inner in _inner(one, unpacked)]


def _plain(text: str) -> str:
    """NFKC, case folded, entities, escapes and per cent resolved, invisible signs out, until nothing changes."""
    for _ in range(6):
        before = text
        text = html.unescape(text)
        text = _ESCAPES.sub(lambda found: chr(min(int(found[1] or found[2], 16), 0x10FFFF)), text)
        text = unquote(text, errors="replace") if "%" in text else text
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        if text == before:
            break
    if _FOREIGN.search(text):
        text = text.translate(_ALIKE)
    return text.casefold()


def unseen(text: str) -> bool:
    """Whether a text carries what nobody sees: invisible signs, or patterns of blanks and tabs."""
    return bool(_INVISIBLE.search(text) or re.search(r"(?: +\t+|\t+ +){3,}|[ \t]{8,}$", text, re.MULTILINE))


def _inner(text: str, unpacked: set[tuple[str, str]]) -> Iterator[str]:
    """What is packed inside a text: tags within words taken out, base64, hex, quoted-printable.

    A packed word is unpacked once: every form of a page holds nearly the same ones.
    """

    def new(pattern: re.Pattern[str]) -> list[str]:
        words = [word for word in dict.fromkeys(pattern.findall(text)) if (pattern.pattern, word) not in unpacked]
        unpacked.update((pattern.pattern, word) for word in words)
        return words

    if _TAGS.search(text):
        yield _TAGS.sub("", text)
    for found in new(_BASE64):
        for data in _unbased(found):
            yield from texts_of(data)
    for found in new(_BASE32):
        with contextlib.suppress(binascii.Error):
            yield from texts_of(base64.b32decode(found + "=" * (-len(found) % 8)))
    for found in new(_HEX):
        digits = re.sub(r"[\s:]", "", found)
        if len(digits) >= 8 and len(digits) % 2 == 0:
            yield from texts_of(bytes.fromhex(digits))
    if re.search(r"=[0-9A-F]{2}", text):
        yield quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _unbased(text: str) -> Iterator[bytes]:
    body = text.rstrip("=")
    for table in (b"+/", b"-_"):
        try:
            yield base64.b64decode(body + "=" * (-len(body) % 4), altchars=table, validate=True)
        except (binascii.Error, ValueError):
            continue


def texts_of(data: bytes) -> Iterator[str]:
    """Bytes as texts: as they stand, and what they hold compressed or as wide characters; nothing of mere noise."""
    for unpack in (gzip.decompress, zlib.decompress, lambda raw: zlib.decompress(raw, -15)):
        try:
            inner = unpack(data)
        except (OSError, zlib.error, EOFError, ValueError):
            continue
        if inner and inner != data:
            yield from texts_of(inner)
    for kind in ("utf-8", "utf-16-le", "utf-16-be"):
        text = data.decode(kind, "ignore")
        if text and sum(c.isprintable() or c.isspace() for c in text) >= 0.9 * len(text):
            yield text
    for width in (2, 4, 8):  # typed arrays: numbers that are signs
        if len(data) % width == 0 and len(data) >= 4 * width:
            signs = [int.from_bytes(data[i : i + width], "little") for i in range(0, len(data), width)]
            if all(32 <= sign < 127 for sign in signs):
                yield "".join(map(chr, signs))


_STARTS = re.compile(r"(?<![^\W_])[^\W_]")
_TOKENS = re.compile(r"[^\W_]+(?:[-_][^\W_]+)*")
_GAPS = re.compile(r"[\s|;,]+")
_HEXES = re.compile(r"[0-9a-f]{10,}")
_PACKED = re.compile(r"[a-z0-9+/_-]{22,}")
_DIGESTS = ("md5", "sha1", "sha256")
_SHORTENED = 10
"""Signs of a digest that is cut."""


class Canaries:
    """Ids that must not stand anywhere, in every disguise that needs no key.

    Parameters
    ----------
    ids : iterable of str
        People, tandems, raters, applicants, planted ones.
    salt : str
        The programme's id, which hashes may be salted with.
    """

    def __init__(self, ids: Iterable[str], salt: str = "") -> None:
        words: set[str] = set()
        self._numbers: set[str] = set()
        self._digests: set[str] = set()
        self._begun: set[str] = set()
        self._tokens: set[str] = set()
        for one in ids:
            if len(one) < LEAST or (one.isdigit() and len(one) < 6):
                continue
            for form in {one, one.upper(), one.lower(), one.replace("-", ""), one.replace("_", "")}:
                for salted in (form, salt + form, form + salt, f"{salt}:{form}", f"{form}:{salt}"):
                    data = salted.encode()
                    self._digest(data)
                self._tokens.add(codecs.encode(form, "rot13").casefold())
                if form.isdigit():
                    self._numbers |= {form, form[::-1]}
                elif form in (one, one.upper(), one.lower()):
                    words.add(_GAPS.sub("", form).casefold())
                    self._tokens.add(form[::-1].casefold())
                else:
                    self._tokens |= {form.casefold(), form[::-1].casefold()}
        self._by_length: dict[int, set[str]] = {}
        for word in words:
            self._by_length.setdefault(len(word), set()).add(word)

    def _digest(self, data: bytes) -> None:
        """A digest whole, as it begins, and packed; texts are searched in small letters."""
        for kind in _DIGESTS:
            made = hashlib.new(kind, data, usedforsecurity=False)
            self._digests.add(made.hexdigest())
            self._begun.add(made.hexdigest()[:_SHORTENED])
            for pack in (base64.b64encode, base64.urlsafe_b64encode):
                self._digests.add(pack(made.digest()).decode().rstrip("=").casefold())

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands in a text, in any reading of it."""
        return any(self._in(reading) for reading in readings(text))

    def _in(self, text: str) -> bool:
        joined = _GAPS.sub("", text)
        for length, words in self._by_length.items():
            if length >= LONG and not words.isdisjoint(joined[i : i + length] for i in range(len(joined) - length + 1)):
                return True
            starts = (found.start() for found in _STARTS.finditer(text))
            if length < LONG and not words.isdisjoint(text[i : i + length] for i in starts):
                return True
        if (close := _SPACED.sub(r"\1", text)) != text and self._in(close):
            return True
        if not self._tokens.isdisjoint(_TOKENS.findall(text)):
            return True
        if self._numbers and not self._numbers.isdisjoint(re.findall(r"(?<!\d)\d{6,}(?!\d)", text)):
            return True
        if any(run[:_SHORTENED] in self._begun for run in _HEXES.findall(text)):
            return True
        if any(run in self._digests for run in _PACKED.findall(text)):
            return True
        return any(
            run[i : i + length] in self._digests
            for run in _HEXES.findall(text)
            for length in (32, 40, 64)
            for i in range(len(run) - length + 1)
        )
