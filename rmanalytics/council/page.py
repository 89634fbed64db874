"""The pack as a page: one file, nothing asked of any other place, set for A4."""

from __future__ import annotations

from markupsafe import Markup

from rmanalytics.council.content import Blank, Pack, Section, Table
from rmanalytics.language.translator import translator

MANY, THREE, SHORT = 5, 3, 8
"""More columns than these are set smaller; columns of titled tables of one width; rows that stay on one page."""
_STYLE = """
@page { size: A4; margin: 17mm 15mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt } }
* { box-sizing: border-box }
body { font: 10.5pt/1.45 system-ui, sans-serif; color: #1a1a1a; max-width: 180mm; margin: 1rem auto; padding: 0 .6rem }
h1 { font-size: 19pt; line-height: 1.2; margin: 0 0 .3em }
h2 { font-size: 13.5pt; margin: 1.8em 0 .4em; padding-top: .5em; border-top: 2px solid #1a1a1a; break-after: avoid }
p { margin: .45em 0; max-width: 165mm }
a { color: inherit }
nav ol { columns: 2 17rem; column-gap: 2em; padding-left: 1.4em; margin: .8em 0 }
table { border-collapse: collapse; width: 100%; margin: .5em 0 1em; font-size: 9.5pt }
caption { text-align: left; font-weight: 600; padding: .3em 0; break-after: avoid }
th, td { text-align: left; vertical-align: top; padding: .22em .7em .22em 0; border-bottom: 1px solid #ccc }
th { vertical-align: bottom; border-color: #1a1a1a }
td { overflow-wrap: break-word; hyphens: auto }
td:first-child:not(:only-child) { min-width: 2.2em }
tr { break-inside: avoid }
.about { color: #444 }
.wide { overflow-x: auto }
.short { break-inside: avoid }
.three td:first-child { width: 27% }
.three td:last-child { width: 22% }
.many { font-size: 8.5pt }
.blank { margin: 2.4em 0 .6em; padding-top: .2em; border-top: 1px solid #1a1a1a; width: 75%; font-size: 9.5pt }
.sign { break-before: page; break-after: page }
@media print { body { margin: 0; padding: 0; max-width: none } .wide { overflow: visible } }
"""
_PAGE = Markup(
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" '
    'content="width=device-width,initial-scale=1"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src "
    "'unsafe-inline'\"><title>{title}</title><style>{style}</style></head><body>"
    '<h1>{title}</h1><p class="about">{about}</p><nav aria-label="{contents}"><ol>{links}</ol></nav>{sections}'
    "</body></html>\n"
)


def page(pack: Pack) -> str:
    """The pack as HTML."""
    contents = translator(pack.language)("Contents")
    links = (Markup('<li><a href="#s{}">{}</a></li>').format(n, s.title) for n, s in enumerate(pack.sections))
    return str(
        _PAGE.format(
            language=pack.language,
            title=pack.title,
            about=pack.about,
            contents=contents,
            style=Markup(_STYLE),  # noqa: S704  (our own text)
            links=Markup("").join(links),
            sections=Markup("").join(_section(n, one) for n, one in enumerate(pack.sections)),
        )
    )


def _section(number: int, section: Section) -> Markup:
    parts = Markup("").join(map(_part, section.parts))
    kind = "sign" if section.signed else ""
    return Markup('<section id="s{}" class="{}"><h2>{}</h2>{}</section>').format(number, kind, section.title, parts)


def _part(part: str | Table | Blank) -> Markup:
    if isinstance(part, str):
        return Markup("<p>{}</p>").format(part)
    if isinstance(part, Blank):
        return Markup('<p class="blank">{}</p>').format(part.label)
    kind = (
        "many"
        if len(part.head) > MANY
        else "three"
        if len(part.head) == THREE and part.title and all(part.head)
        else ""
    )
    kind += " short" if len(part.rows) <= SHORT else ""
    title = Markup("<caption>{}</caption>").format(part.title) if part.title else ""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(one) for one in part.head)
    heads = Markup("<thead><tr>{}</tr></thead>").format(head) if any(part.head) else ""
    rows = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(cell) for cell in row))
        for row in part.rows
    )
    return Markup('<div class="wide"><table class="{}">{}{}<tbody>{}</tbody></table></div>').format(
        kind, title, heads, rows
    )
