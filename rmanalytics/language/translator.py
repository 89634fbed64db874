"""Words, numbers and dates as readers of a language expect them.

English source texts stand in the code and are the keys; German stands in ``de.po``, whole, as a test holds. German of
Switzerland is the same with ss for ß and its own quotation marks, numbers and dates; texts that name an office or a law
stand in ``de-CH.po``. A further language that tells one from several is one more catalogue beside them; it also holds
the texts that stand in English and German beside what they describe (claims, instruments).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

CATALOGUES = Path(__file__).parent
LANGUAGES = ("en", *sorted(path.stem for path in CATALOGUES.glob("*.po")))
_LOCALES = {"en": "en_GB", "de": "de_DE"}
MINUS = "\u2212"
NBSP = "\u00a0"
_FIRM = ((" %", f"{NBSP}%"), ("-%-", "\u2011%\u2011"), ("n = ", f"n{NBSP}={NBSP}"))
"""Where no line may break: before per cent, at the hyphens of a German interval, around an equals sign."""
_SWISS = str.maketrans({"ß": "ss", "„": "«", "“": "»"})


def key(text: str) -> str:
    """The text itself: marks a text that is translated elsewhere, so that the test of the catalogue finds it."""
    return text


_QUOTED, _INNER = key("“{text}”"), key("‘{text}’")


class Plural(str):
    """A text about ``{n}`` things, which is also the key of the catalogue, and what it is for one.

    Examples
    --------
    >>> left_out = plural("{n} person is left out", "{n} people are left out")
    >>> left_out, left_out.format(n=1)
    ('{n} people are left out', '1 person is left out')
    """

    __slots__ = ("one",)
    one: str

    def __new__(cls, one: str, many: str) -> Plural:
        """The text for several, with the one for one thing beside it."""
        text = super().__new__(cls, many)
        text.one = one
        return text

    def __reduce__(self) -> tuple[type[Plural], tuple[str, str]]:
        return Plural, (self.one, str(self))

    def format(self, *args: object, **values: object) -> str:
        """The text filled, in the form that the number ``n`` asks for."""
        return str.format(self.one if str(values.get("n")) == "1" else str(self), *args, **values)


def plural(one: str, many: str) -> Plural:
    """A text with a number ``{n}`` in it, for one and for several (or none)."""
    return Plural(one, many)


class Filled(str):
    """A text filled with its values that can still be translated.

    Examples
    --------
    >>> found = filled("value outside {least} to {most}", least=1, most=5)
    >>> found, found.template
    ('value outside 1 to 5', 'value outside {least} to {most}')
    >>> filled("more than {limit} rows", limit=20_000_000)
    'more than 20,000,000 rows'
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, values: Mapping[str, Any]) -> Filled:
        """The English text, with what made it."""
        whole = {name: f"{value:,}" if type(value) is int else value for name, value in values.items()}
        text = super().__new__(cls, template.format(**whole) if values else template)
        text.template, text.values = template, values
        return text

    def __reduce__(self) -> tuple[type[Filled], tuple[str, Mapping[str, Any]]]:
        return Filled, (self.template, self.values)


def filled(template: str, /, **values: Any) -> Filled:
    """The English text with its values, for a place that knows no language; a `Translator` translates it later."""
    return Filled(template, values)


def inside(text: str) -> Filled:
    """A marked text as a value of another, with which it is translated."""
    return text if isinstance(text, Filled) else Filled(text, {})


def either(*texts: str) -> Filled:
    """Marked texts with *or* between them, translated with the text that they stand in.

    Examples
    --------
    >>> either("a day", "text", "a list")
    'a day or text or a list'
    """
    first, *rest = map(inside, texts)
    for other in rest:
        first = filled("{one} or {other}", one=first, other=other)
    return first


class Forms(NamedTuple):
    """A translated text for one and for several."""

    one: str
    other: str


@dataclass(frozen=True)
class Translator:
    """A language: ``tr("text with {n}", n=3)`` translates and fills; the methods write numbers and dates.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.
    texts : mapping of str to str or Forms
        English text to text of the language; empty for English.

    Examples
    --------
    >>> translator("de").number(-0.125, 2), translator("de-CH").number(1234.5, 1)
    ('−0,12', '1’234.5')
    >>> translator("en")("{n} tandems", n=1840)
    '1,840 tandems'
    """

    language: str
    texts: Mapping[str, str | Forms] = field(default_factory=dict, repr=False)

    def __call__(self, text: str, /, **values: Any) -> str:
        """The text in this language, its braces filled; whole numbers and dates get the language's form."""
        if isinstance(text, Filled):
            return self(text.template, **text.values)
        template = self._template(text, values.get("n"))
        filled = template.format(**{n: self.value(v) for n, v in values.items()}) if values else template
        for loose, firm in _FIRM:
            filled = filled.replace(loose, firm)
        return filled

    def _template(self, text: str, n: Any) -> str:
        """The text's form for ``n`` as it is written: in English and German only a bare 1 is one, 1.0 is several."""
        forms = self.texts.get(text)
        if isinstance(forms, str):
            return forms
        if forms is None:
            forms = Forms(text.one, str(text)) if isinstance(text, Plural) else Forms(text, text)
        return forms.one if n is not None and self.value(n).removeprefix(MINUS) == "1" else forms.other

    @cached_property
    def locale(self) -> Locale:
        """The language's rules for numbers, dates and plurals."""
        return Locale.parse(_LOCALES.get(self.language, self.language), sep="_" if self.language in _LOCALES else "-")

    @property
    def german(self) -> bool:
        """Whether the language is a German one."""
        return self.language.startswith("de")

    def value(self, value: Any) -> str:
        """One value for a text: numbers and dates in the language's form, anything else as text."""
        if isinstance(value, Filled | Plural):
            return self(value)
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        return self.number(value, 0 if float(value).is_integer() else 2)

    def number(self, value: float, digits: int) -> str:
        """A number with a true minus sign; negative ``digits`` round to tens, hundreds …"""
        rounded = round(value, digits)
        pattern = "#,##0" + ("." + "0" * digits if digits > 0 else "")
        text = _decimal(abs(rounded), pattern, self.locale)
        return (MINUS if rounded < 0 else "") + text

    @property
    def percent(self) -> str:
        """The sign for per cent as it stands behind a number: ``88%``, in German ``88 %``."""
        return f"{NBSP}%" if self.german else self.locale.percent_formats[None].pattern.partition("0")[2]

    def share(self, value: float, digits: int = 0) -> str:
        """A share as per cent."""
        return f"{self.number(100 * value, digits)}{self.percent}"

    def p(self, value: float) -> str:
        """A p-value, for tables only."""
        return f"<{NBSP}{self.number(0.001, 3)}" if value < 0.001 else self.number(value, 3 if value < 0.1 else 2)

    def day(self, day: date, *, year: bool = True) -> str:
        """A day: ``12 January 2026``, ``12. Januar 2026``."""
        pattern = self.locale.date_formats["long"].pattern
        return format_date(day, pattern if year else pattern.removesuffix(" y"), self.locale).replace(" ", NBSP, 1)

    def month(self, number: int) -> str:
        """A month in short, as on an axis."""
        return str(self.locale.months["stand-alone"]["abbreviated"][number])

    def period(self, start: date, end: date) -> str:
        """From a day to a day, the year once where it is the same."""
        first = self.day(start, year=start.year != end.year)
        return self("{start} to {end}", start=first, end=self.day(end))

    def pick(self, texts: Mapping[str, str]) -> str:
        """The text of this language, else the English one, by the catalogue where it is there, else any."""
        if self.language == "de-CH" and "de" in texts:
            return texts.get("de-CH") or texts["de"].translate(_SWISS)
        return texts.get(self.language) or self._template(texts.get("en") or next(iter(texts.values()), ""), None)

    def quoted(self, text: str) -> str:
        """A text between the quotation marks of the language; marks within it become single ones."""
        outer, within = (str(self._template(marks, None)).split("{text}") for marks in (_QUOTED, _INNER))
        inside = text.replace(outer[0], within[0]).replace(outer[1], within[1])
        return f"{outer[0]}{inside}{outer[1]}"

    def inner(self, title: str) -> str:
        """A title within a sentence: small first letter in English, quoted in German."""
        if self.german:
            return self.quoted(title)
        return title if title[1:2].isupper() else title[:1].lower() + title[1:]


@cache
def translator(language: str) -> Translator:
    """The translator of a language, its catalogue read at the first use.

    Raises
    ------
    ValueError
        For a language without a catalogue.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no catalogue for the language {language!r}")
    if language == "en":
        return Translator("en")
    return Translator(language, _catalogue(language))


@cache
def _catalogue(language: str) -> dict[str, str | Forms]:
    if language == "de-CH":
        return {text: _swiss(german) for text, german in (_catalogue("de") | _read(language)).items()}
    return _read(language)


def _read(language: str) -> dict[str, str | Forms]:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        messages = list(read_po(file))[1:]  # the first one is the file's head
    forms: dict[str, str | Forms] = {m.id: str(m.string) for m in messages if isinstance(m.id, str)}
    forms |= {m.id[1]: Forms(*(m.string or ())) for m in messages if not isinstance(m.id, str)}
    return forms


def _swiss(german: str | Forms) -> str | Forms:
    if isinstance(german, str):
        return german.translate(_SWISS)
    return Forms(*(form.translate(_SWISS) for form in german))


@lru_cache(maxsize=4096)
def _decimal(value: float, pattern: str, locale: Locale) -> str:
    return format_decimal(value, format=pattern, locale=locale)
