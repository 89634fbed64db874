"""Every number outside is one that was released, at its place: read here from ``released.json`` by rules of its own.

A number in running text must be released, or be one of a short list (days and rounds, ends of scales, the rule's own
numbers); a row of the team's table must say its own entry's numbers; a figure's rows those of its own entries.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from .marks import astray

_NUMBER = re.compile(r"(?<![\w.,’'])[−-]?\d[\d.,’'\u00a0\u202f]*(?<![.,’'\u00a0\u202f])")
_WORDS = re.compile(
    r"RM-\d{4}H[12]-\w+-[0-9a-f]{4}|RM-\d{4}H[12]|\d{4}[\s\u00a0]?H[12]|[QH][1-4]\s?\d{4}|\d{4}Q[1-4]|\d{4}-\d{2}-\d{2}"
)
_SPELLED = re.compile(
    r"(?i)\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|zwei|drei|vier|fünf|sechs|sieben|acht"
    r"|neun|zehn|elf|zwölf|dutzend)\b(?:\W+\w+){0,2}?\W+(?:people|persons?|seniors?|juniors?|tandems?|mentors?|mentees?"
    r"|employees?|leaders?|Personen|Senior\w*|Junior\w*|Beschäftigte\w*|Mitarbeit\w*|Teilnehm\w*|Führungskr\w*)\b"
)
"""People or tandems that are counted in words."""
_AT_LEAST = re.compile(r"(?:\bat least|\bmindestens)[\s\u00a0]+(\d[\d.,]*)")
_CUT = re.compile(r"\d[.,]?(?:</?(?:b|code|em|i|s|small|span|strong|sub|sup|u)\b[^<>]*>)+[.,]?\d")
FIELDS = ("value", "lo", "hi", "near_end", "middle", "n", "n_comparator", "gathered", "needed")
RULES = frozenset({0, 1, 2, 3, 4, 5, 12, 24, 25, 30, 40, 80, 95, 100})
"""Numbers of the rules themselves: levels, least n, bounds of the blur, horizons, power and confidence."""
MAIL_LINES = 3
LEAST = 5
"""The smallest of the rules' own least numbers."""
KINDS = {
    **dict.fromkeys(("strip", "effects", "cost", "closer"), "bars"),
    **dict.fromkeys(("averages", "brand", "trend"), "lines"),
    **dict.fromkeys(("tandems", "meetings"), "columns"),
}
"""How a figure is drawn, by the first part of its name."""
_FIGURES = re.compile(r'<figure [^>]*data-figure="([^"]+)"[^>]*>(.*?)</figure>', re.DOTALL)
PAGES = {float(number) for number in range(1, 11)}
TICKS = frozenset({0, 20, 25, 40, 50, 60, 75, 80, 100})


def numbers_in(text: str) -> Iterator[float]:
    """The numbers of a text, whichever language wrote them; ids, rounds and days are no numbers."""
    for found in _NUMBER.findall(_WORDS.sub(" ", text)):
        yield from _read(found)


def _read(text: str) -> Iterator[float]:
    sign = -1.0 if text[0] in "−-" else 1.0
    digits = text.lstrip("−-").replace("’", "").replace("'", "").replace("\u00a0", "").replace("\u202f", "")
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits):
        yield sign * float(re.sub(r"[.,]", "", digits))
    elif re.fullmatch(r"\d+([.,]\d+)?", digits):
        yield sign * float(digits.replace(",", "."))
    else:
        yield from (float(part) for part in re.findall(r"\d+", digits))


class Released:
    """What a release allows at which place."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._by_evidence: dict[str, list[Mapping[str, Any]]] = {}
        for entry in document["entries"]:
            self._by_evidence.setdefault(str(entry["evidence"]), []).append(entry)
        self._all = {number for entry in document["entries"] for number in _of(entry)}
        self._furniture = set(RULES) | self._calendar()
        self._furniture |= {end for entry in document["entries"] for end in entry.get("scale_ends", ())}
        self._furniture |= {-100.0 for entry in document["entries"] if str(entry.get("metric", "")).lower() == "enps"}
        bands = (band for entry in document["entries"] for band in entry.get("bands", ()))
        self._furniture |= {number for band in bands for number in numbers_in(band)}
        self._texts = _names(document)
        self._words = set(self._counts())
        near = [entry for entry in document["entries"] if "near_end" in entry]
        self._near_ends = {number for e in near for number in _of({k: e[k] for k in ("near_end", "unit") if k in e})}
        self._near_ends |= {float(least) for least in RULES if least >= LEAST}

    def _calendar(self) -> set[float]:
        days = [r[end] for r in self._document["rounds"] for end in ("start", "end")]
        days += [str(self._document[name]) for name in ("data_until", "valid_until")]
        days += [str(e[end]) for e in self._document["entries"] for end in ("date", "since") if end in e]
        team = [*self._document["decisions"], *self._document.get("answers", {}).values()]
        team += [str(self._document.get(name, "")) for name in ("contact", "owner")]
        days += re.findall(r"\d{4}-\d{2}-\d{2}", " ".join(team))
        days += [asked["by"]] if (asked := self._document.get("decide")) else []
        days += [coming["end"]] if (coming := self._document.get("next")) else []
        return {float(part) for day in days for part in day.split("-")}

    def _counts(self) -> Iterator[float]:
        """Counts of claims by verdict, of rounds: what stands in an account of claims."""
        verdicts = [entry["verdict"] for entry in self._document["entries"] if entry["row"] == "verdict"]
        yield from (float(verdicts.count(word)) for word in {*verdicts, ""})
        yield float(len(verdicts))
        yield float(len(self._document["rounds"]))

    def strange(self, where: str, text: str) -> bool:
        """Whether a text holds a number that does not belong where it stands."""
        for own in self._texts:
            text = text.replace(own, " ")
        allowed = self._all | self._furniture | self._words
        if where == "axis":
            allowed = allowed | TICKS | {number for number in numbers_in(text) if _round(number)}
        if where == "page":
            allowed = PAGES
        if where == "text" and (_SPELLED.search(text) or any(not _near(one, self._near_ends) for one in _leasts(text))):
            return True
        if any(unicodedata.category(sign) in ("No", "Nl") or (sign > "\x7f" and sign.isdigit()) for sign in text):
            return True
        return any(not _near(number, allowed) for number in numbers_in(text))

    def swapped(self, html: str) -> bool:
        """Whether a table or figure says numbers of other entries, a mark lies astray, or tags cut a number."""
        if _CUT.search(re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL)):
            return True
        rows = _Rows()
        rows.feed(html)
        for row in rows.rows:
            entries = self._by_evidence.get(row[-1].strip())
            if entries is None:
                continue
            said = list(numbers_in(" | ".join(row[1:-1])))
            own = {number for entry in entries for number in _of(entry)}
            if any(not _near(number, own) for number in said):
                return True
            labels = list(numbers_in(row[0]))
            own |= (
                {float(entry.get("months", 0)) for entry in entries} | self._calendar() | {2.0, 0.0, 35.0, 49.0, 50.0}
            )
            if any(not _near(number, own) for number in labels):
                return True
        if any(self.astray(name, drawn) for name, drawn in _FIGURES.findall(html)):
            return True
        return any(self._misplaced(figure, rows_of) for figure, rows_of in rows.figures.items())

    def astray(self, figure: str, drawn: str) -> bool:
        """Whether a mark of a figure lies where none of its numbers would put it."""
        own = [number for entry in self._of_figure(figure) for number in _of(entry)]
        kind = KINDS.get(figure.partition("-")[0], "")
        return bool(own and kind) and astray(kind, drawn, own, numbers_in)

    def unsaid(self, name: str, text: str) -> bool:
        """Whether a text for mail or press has a line that is not its heading, a released sentence or its source."""
        lines = text.splitlines()
        if name.startswith("mail"):
            return len(lines) > MAIL_LINES
        said = {one for sentence in self._document["sentences"] for one in sentence["text"].values()}
        return any(line and line not in said and not re.match(r"\(RM-\d{4}H[12]-", line) for line in lines[1:])

    def _misplaced(self, figure: str, rows: list[list[str]]) -> bool:
        """Whether a figure's rows hold a number that is not of the figure's own entries."""
        own = list(self._of_figure(figure))
        if not own:
            return False
        allowed = {number for entry in own for number in _of(entry)}
        for label, *cells in rows:
            of_round = [entry for entry in own if entry.get("round") and _squeezed(entry["round"]) == _squeezed(label)]
            mine = {number for entry in of_round for number in _of(entry)} or allowed
            if any(not _near(number, mine) for cell in cells for number in numbers_in(cell)):
                return True
        return False

    def _of_figure(self, figure: str) -> Iterator[Mapping[str, Any]]:
        kind, _, about = figure.partition("-")
        for entry in self._document["entries"]:
            claim, row = entry.get("claim"), entry["row"]
            if (
                (kind == "strip" and row in ("effect", "placebo") and claim == about)
                or (kind == "averages" and row in ("scale_after", "scale_change") and claim == about)
                or (kind == "effects" and row == "effect")
                or (kind == "tandems" and row in ("tandems", "places"))
                or (kind == "meetings" and row == "delivery" and entry.get("what") == "all_meetings")
                or (kind == "ties" and row == "ties" and entry.get("date") == about)
                or (kind == "closer" and row == "ties_change")
                or (kind == "brand" and row == "brand" and entry.get("metric") == about)
                or (kind == "trend" and row == "key_figures" and entry.get("metric") == about)
                or (kind == "cost" and row == "money")
                or (kind == "staying" and row in ("staying", "moving_up"))
            ):
                yield entry


def _leasts(text: str) -> Iterator[float]:
    for found in _AT_LEAST.findall(text):
        yield from numbers_in(found.rstrip(".,"))


def _names(document: Mapping[str, Any]) -> list[str]:
    """Names and titles that may hold a digit of their own, the longest first."""
    names = [str(document[name]) for name in ("programme", "company")]
    names += [name[:1].lower() + name[1:] for name in names]
    names += [text for titles in ("scales", "claims") for texts in document[titles].values() for text in texts.values()]
    names += [str(entry["of"]) for entry in document["entries"] if "of" in entry]
    codes = (entry[name] for entry in document["entries"] for name in ("topic", "metric") if name in entry)
    names += [text for code in codes for text in (code.replace("_", " "), code.replace("_", " ").capitalize())]
    return sorted({name for name in names if any(sign.isdigit() for sign in name)}, key=len, reverse=True)


def _of(entry: Mapping[str, Any]) -> Iterator[float]:
    if "needed" in entry:
        yield float(entry["needed"] - entry["gathered"])
    for name in FIELDS:
        value = entry.get(name)
        if isinstance(value, (int, float)):
            yield float(value)
            if entry.get("unit") == "share" and name not in ("n", "n_comparator"):
                yield 100.0 * float(value)


def _near(number: float, allowed: set[float] | frozenset[float]) -> bool:
    return any(abs(number - one) < 1e-6 for one in allowed)


def _round(number: float) -> bool:
    """Whether a number is round enough for a tick of an axis: 1, 2, 5 and their multiples of two digits at most."""
    digits = f"{abs(number):.6g}".replace(".", "").strip("0")
    return len(digits) <= 2


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


class _Rows(HTMLParser):
    """Rows of the tables of a page, and by figure."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.figures: dict[str, list[list[str]]] = {}
        self._figure, self._cell, self._head = "", False, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "figure":
            self._figure = given.get("data-figure") or ""
        elif tag == "thead":
            self._head = True
        elif tag == "tr" and not self._head:
            self.rows.append([])
            if self._figure:
                self.figures.setdefault(self._figure, []).append(self.rows[-1])
        elif tag in ("td", "th") and not self._head:
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "figure":
            self._figure = ""
        elif tag == "thead":
            self._head = False
        elif tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data
