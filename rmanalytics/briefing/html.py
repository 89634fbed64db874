"""The briefing as HTML: the one page, slides, the team's page and the fact sheet, each one file that asks nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rmanalytics.briefing import svg, titles
from rmanalytics.briefing.deck import tiles
from rmanalytics.briefing.figures import COSTS, GROUP_WORDS, SIDE_WORDS, WHEN, Figure, metric_name, strip
from rmanalytics.briefing.questions import questions
from rmanalytics.briefing.slide import Slide
from rmanalytics.briefing.told import Told, round_name
from rmanalytics.language.translator import key

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:"
COPY = (
    "document.addEventListener('click',function(e){var b=e.target.closest('.copy');if(!b)return;"
    "navigator.clipboard.writeText(document.getElementById(b.dataset.of).textContent);b.classList.add('done')})"
)


WORDS = {
    "first": key("To the first slide"),
    "slides": key("Slides"),
    "notes": key("Notes"),
    "found": key("What was found"),
    "outside": key("May be said outside"),
    "nothing": key("Nothing may be said outside yet."),
    "decision": key("Decision needed"),
    "asked": key("What the board may ask"),
    "take": key("Copy"),
    "site": key("For the site: copy the block, source line and all"),
    "team": key(
        "For the programme team and the works council: every figure that left the analyst's room, and no other."
    ),
}


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("rmanalytics.briefing", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _css() -> Markup:
    text = (files("rmanalytics.briefing") / "templates" / "briefing.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704  (our own file)


def _page(name: str, told: Told, **about: Any) -> str:
    tr = told.tr
    digest = base64.b64encode(sha256(COPY.encode()).digest()).decode()
    common = {
        "language": told.tr.language,
        "policy": POLICY.format(digest=digest),
        "logo": told.document.get("look", {}).get("logo", ""),
        "company": told.document["company"],
        "css": _css(),
        "copy": Markup(COPY),  # noqa: S704  (our own text)
        "w": {name: tr(text) for name, text in WORDS.items()},
        "level": lambda level: tr("level {level} of 5", level=level),
        "until": lambda day: tr("valid until {until}", until=day),
        "quoted": told.tr.quoted,
        "kicker": kicker(told),
        "imprint": imprint(told),
        "sign": svg.sign,
        "hatch": Markup(f'<svg width="0" height="0" class="defs" aria-hidden="true">{svg.HATCH}</svg>'),  # noqa: S704
        "figure": lambda figure, look="": figure_html(figure, told, look),
        "word": told.word,
    }
    return _templates().get_template(name).render(**common, **about) + "\n"


def kicker(told: Told) -> str:
    """Company, programme, round and the rounds put together."""
    tr = told.tr
    rounds = [round_name(name) for name in told.rounds]
    parts = [told.document["company"], told.document["programme"], tr("round {round}", round=rounds[-1])]
    if len(rounds) == 2:
        parts.append(tr("with {first}", first=rounds[0]))
    if len(rounds) > 2:
        parts.append(tr("with {first} to {last}", first=rounds[0], last=rounds[-2]))
    if told.document["simulated"]:
        parts.append(tr("figures invented"))
    return " · ".join(parts)


def imprint(told: Told) -> str:
    """Source, data until, rounding, validity, evidence."""
    tr, document = told.tr, told.document
    text = key(
        "Source: own surveys and records; data until {until}. Numbers are blurred and rounded on purpose, each by "
        "itself (sums may differ): a mean of n people by at most {most} ÷ n steps of the answer scale, a count by at "
        "most {count}; the exact ones lie with HR. No person, no team, no group under {least}. Valid until {valid}. "
        "Evidence RM-{round}."
    )
    if told.interim:
        text = key(
            "Source: the programme's own declaration; no data were read. Valid until {valid}. Evidence RM-{round}."
        )
    about = {"until": told.day(document["data_until"]), "valid": told.day(document["valid_until"])}
    contact = told.filled(document.get("contact", ""))
    vouched = tr(" Contact: {contact}.", contact=contact) if contact else ""
    return tr(text, most=4, count=2, least=5, round=told.round_id, **about) + vouched


def one_page(told: Told, slides: Sequence[Slide]) -> str:
    """The one page: what a reader of five minutes takes along."""
    tr = told.tr
    primary = told.primary()
    sentences = [one for slide in slides for one in slide.sentences]
    owner = told.filled(told.document.get("owner", ""))
    decided = next((slide.points for slide in reversed(slides) if slide.points), ())
    loud = [tr("Rule broken: {title}", title=tr.quoted(f"{title}.")) for title in titles.rules(told, "broken")]
    return _page(
        "page.html",
        told,
        title=titles.headline(told),
        loud=loud,
        open=titles.still_open(told),
        answer=titles.answer(told),
        strip=strip(told, primary["claim"]) if primary else None,
        tiles=tiles(told),
        lines=titles.lines(told),
        sentences=sentences[:2],
        more=len(sentences) > 2,
        decisions=[(head, rest[-1] if len(rest) > 1 else "") for head, *rest in decided] or [(tr("none"), "")],
        own=titles.own_answer(told),
        questions=questions(told),
        owner=tr("Responsible: {owner}", owner=owner) if owner else "",
        news=titles.news(told),
    )


def index_page(told: Told, rounds: Sequence[str]) -> str:
    """The rounds that are released, latest first, each with its pages."""
    tr = told.tr
    names = {"briefing": tr("The page"), "slides": tr("Slides"), "team": tr("Every figure"), "facts": tr("Facts")}
    links = [
        (
            tr("Round {round}", round=round_name(one)),
            [(f"{one}/{page}.{tr.language}.html", name) for page, name in names.items()],
        )
        for one in rounds
    ]
    title = " · ".join((told.document["company"], told.document["programme"]))
    return _page("index.html", told, title=title, rounds=links)


def slides_page(told: Told, slides: Sequence[Slide]) -> str:
    """All slides in one page, each with its notes and numbers beneath."""
    return _page("slides.html", told, title=titles.headline(told), slides=slides)


def facts_page(told: Told, slides: Sequence[Slide]) -> str:
    """The fact sheet for the careers page and the press: the sentences, with what a site needs to carry them."""
    tr = told.tr
    sentences = [one for slide in slides for one in slide.sentences]
    about = {"snippets": {one["id"]: snippet(told, one) for one in told.document["sentences"]}, "sentences": sentences}
    title = tr("Facts for the careers page and the press")
    return _page("facts.html", told, title=title, unrecorded=told.unrecorded, **about)


def snippet(told: Told, sentence: Mapping[str, Any]) -> str:
    """A sentence as a piece of a page: no script, no request, no colour of its own."""
    tr = told.tr
    text = sentence["text"][tr.language]
    source = tr(
        "Source: {company}, {round}. {id}",
        company=told.document["company"],
        round=round_name(told.round_id),
        id=sentence["id"],
    )
    return str(
        Markup(
            '<figure data-evidence="{}" data-valid-until="{}" lang="{}"><blockquote>{}</blockquote>'
            "<figcaption>{}</figcaption></figure>\n"
        ).format(sentence["id"], sentence["valid_until"], tr.language, text, source)
    )


def press_text(told: Told) -> str:
    """The sentences as plain text, each with its source line."""
    tr = told.tr
    lines = [kicker(told), ""]
    for one in told.document["sentences"]:
        until = tr("valid until {until}", until=told.day(one["valid_until"]))
        lines += [one["text"][tr.language], f"({one['id']}, {until})", ""]
    return "\n".join(lines)


def mail_text(told: Told) -> str:
    """Three lines for the mail that brings the briefing."""
    tr = told.tr
    found = {verdict: text for verdict, _, text in titles.lines(told)}
    against = found.get("points_against")
    second = tr("Points against: {text}", text=against) if against else titles.answer(told)
    return "\n".join((f"{titles.headline(told)}.", second, kicker(told))) + "\n"


ROWS = {
    "tandems": key("Tandems"),
    "places": key("Tandems planned"),
    "people": key("People who took part"),
    "reach": key("Juniors from the groups meant"),
    "delivery": key("Delivery"),
    "topics": key("Tandems that met about a topic"),
    "verdict": key("Verdicts of the plan's claims"),
    "effect": key("Sizes of the plan's claims, against the comparison group"),
    "worthwhile": key("Smallest effects that were declared to matter"),
    "silent": key("If those who did not answer had done worse"),
    "scale_after": key("Scales afterwards"),
    "scale_change": key("Scales before, and change, of the same people"),
    "difference": key("Difference of changes at an equal start"),
    "goals": key("Own goals, from −2 to 2"),
    "upward": key("Seniors as leaders, as their teams see them afterwards"),
    "new_ties": key("New contacts beyond the tandem, eight at most"),
    "would_accept": key("Would accept a mentor"),
    "pulse": key("The company's pulse survey"),
    "answered": key("Who answered afterwards"),
    "staying": key("Still in the company"),
    "moving_up": key("On a higher level than at the start"),
    "ties": key("Ties between age bands, divided by chance"),
    "ties_change": key("Change of the ties between the youngest and the oldest, divided by chance"),
    "ei_index": key("E–I index of the company"),
    "brand": key("Employer brand, by quarter"),
    "placebo": key("Figures that a mention cannot move: difference within quarters"),
    "key_figures": key("Employer brand: figures that the company keeps, by quarter"),
    "money": key("Money"),
    "audit": key("Rules of the programme"),
    "info": key("What it would take"),
    "account": key("Account of claims"),
}


def team_page(told: Told) -> str:
    """Every released figure, a table a row of the catalogue."""
    tr = told.tr
    tables = []
    for row, head in ROWS.items():
        rows = [(_about(e, told), _said(e, told), _people(e, told), e["evidence"]) for e in told.find(row=row)]
        if rows:
            tables.append({"head": tr(head), "rows": rows})
    text = key("withdrawn on {day}: wrong")
    struck = told.document.get("struck", ())
    gone = [(_about(e, told), tr(text, day=e["struck"]), e["evidence"], "") for e in struck]
    tables += [{"head": tr("Withdrawn"), "rows": gone}] if gone else []
    heads = [tr("What"), tr("Figure"), tr("People or tandems, to 5"), tr("Evidence")]
    return _page("team.html", told, title=tr("Every figure that was released"), tables=tables, heads=heads)


def _about(entry: Mapping[str, Any], told: Told) -> str:
    """What an entry is about, from its fields alone."""
    tr, parts = told.tr, []
    if entry.get("scale") or entry.get("claim"):
        parts.append(told.subject(entry))
    elif "side" in entry:
        parts.append(tr(SIDE_WORDS[entry["side"]]))
    if entry.get("group") == "eligible":
        parts.append(tr("who could have taken part"))
    if entry["row"] not in ("verdict", "effect") and entry.get("group") in GROUP_WORDS:
        parts.append(tr(GROUP_WORDS[entry["group"]]))
    if "when" in entry:
        parts.append(tr("change") if entry["when"] == "change" else tr(WHEN[entry["when"]]))
    parts += [str(entry["of"])] if "of" in entry else []
    what = entry.get("what")
    if what:
        own = {
            "all_meetings": key("held every planned meeting"),
            "ended_early": key("ended early"),
            "made": key("claims made"),
            "planned": key("claims planned"),
        }
        parts.append(tr(COSTS[what] if what in COSTS else own[what]))
    parts += [told.words(entry["topic"])] if "topic" in entry else []
    parts += [metric_name(entry["metric"], told)] if "metric" in entry else []
    if "mention" in entry:
        parts.append(tr("saw it mentioned") if entry["mention"] == "yes" else tr("did not see it"))
    parts += [" – ".join(tr(band) for band in entry["bands"])] if "bands" in entry else []
    parts += [tr("after {n} months", n=entry["months"])] if "months" in entry else []
    parts += [str(entry[name]) for name in ("quarter",) if name in entry]
    parts += [" – ".join(told.day(entry[end]) for end in ("since", "date") if end in entry)] if "date" in entry else []
    parts += [round_name(entry["round"])] if "round" in entry else [tr("all rounds")] if "rounds" in entry else []
    return ", ".join(parts)


def _said(entry: Mapping[str, Any], told: Told) -> str:
    if entry["row"] == "worthwhile":
        return told.size(entry["value"], entry["unit"])
    if "value" in entry:
        return told.value(entry)
    if "gathered" in entry:
        return titles.takes(entry["claim"], told)
    if "lo" in entry:
        return told.ends(entry)
    return told.word(entry["verdict"])


def _people(entry: Mapping[str, Any], told: Told) -> str:
    if "n" not in entry:
        return ""
    n = told.tr.number(entry["n"], 0)
    return f"{n} / {told.tr.number(entry['n_comparator'], 0)}" if "n_comparator" in entry else n


def figure_html(figure: Figure, told: Told, look: str = "") -> Markup:
    """A figure with its title; a picture is followed by its numbers as a table, folded away."""
    tr = told.tr
    if figure.kind == "bars":
        body = _bars(figure)
    elif figure.kind == "columns":
        body = _svg(svg.columns(figure, svg.fluid()), f"{svg.HIGH + 4.4}em")
    elif figure.kind == "lines":
        body = _svg(svg.lines(figure, svg.fluid()), f"{svg.TALL + 2.8}em")
    else:
        body = _ladder(figure) if figure.kind == "ladder" else _table(figure)
    label = figure.title if figure.kind in ("bars", "columns", "lines") else ""
    picture = (
        Markup('<div class="{}" role="img" aria-label="{}">{}</div>').format(figure.kind, label, body)
        if label
        else body
    )
    numbers = Markup("")
    if label:
        table = _table(_as_table(figure, told))
        numbers = Markup('<details class="numbers"><summary>{}</summary>{}</details>').format(tr("Numbers"), table)
    note = Markup('<p class="key">{}</p>').format(figure.note) if figure.note else Markup("")
    return Markup('<figure class="f {}" data-figure="{}"><figcaption>{}</figcaption>{}{}{}</figure>').format(
        look, figure.id, figure.title, picture, note, numbers
    )


def _svg(inner: str, height: str) -> Markup:
    return Markup(f'<svg width="100%" style="height:{height}" aria-hidden="true">{inner}</svg>')  # noqa: S704  (escaped where made)


def _bars(figure: Figure) -> Markup:
    rows = []
    for row in figure.bars:
        if row.head:
            rows.append(Markup('<p class="gh">{}</p>').format(row.head))
        drawn = _svg(svg.bar(figure, row, svg.fluid()), "1.5em")
        note = Markup("")
        if row.verdict and row.note:
            note = Markup('<span class="v {}">{}{}</span>').format(row.verdict, svg.sign(row.verdict), row.note)
        elif row.note:
            note = Markup('<span class="none">{}</span>').format(row.note)
        strong = "sum" if row.verdict and not row.note and len(figure.bars) > 1 else ""
        rows.append(
            Markup(
                '<div class="row {} {}"><span class="lab">{}</span><span class="pic">{}</span>'
                '<span class="val">{} {}</span></div>'
            ).format(strong, row.style, row.label, drawn, row.text, note)
        )
    if figure.ticks:
        drawn = _svg(svg.ticks(figure, svg.fluid()), "1.6em")
        rows.append(
            Markup(
                '<div class="row axis"><span class="lab"></span><span class="pic">{}</span>'
                '<span class="val"></span></div>'
            ).format(drawn)
        )
    return Markup("").join(rows)


def _as_table(figure: Figure, told: Told) -> Figure:
    """The numbers of a picture."""
    tr = told.tr
    if figure.kind == "bars":
        rows: tuple[tuple[str, ...], ...] = tuple((bar.label, bar.text or bar.note) for bar in figure.bars)
        head: tuple[str, ...] = ("", tr("From, to"))
    else:
        names = list(dict.fromkeys(point.at for line in figure.lines for point in line.points))
        cells = [{point.at: point.text for point in line.points} for line in figure.lines]
        rows = tuple((name, *(cell.get(name, "–") for cell in cells)) for name in names)
        head = ("", *(line.name for line in figure.lines))
    return Figure(id=figure.id, title=figure.title, kind="table", head=head, rows=rows)


def _ladder(figure: Figure) -> Markup:
    """Rungs from the surest down, each with its claims and the sign of their verdicts."""
    rows = []
    for level, design, chips in figure.rows:
        inner = Markup(" ").join(
            Markup('<span class="chip c-{}">{}{}</span>').format(verdict, svg.sign(verdict) if verdict else "", text)
            for text, verdict in chips
        )
        text = '<li class="l{}"><b>{}</b><span>{}</span><span class="c">{}</span></li>'
        rows.append(Markup(text).format(level, level, design, inner))  # noqa: S704  (our own text)
    return Markup('<ul class="ladder">{}</ul>').format(Markup("").join(rows))


def _table(figure: Figure) -> Markup:
    def cells(row: Sequence[Any], tag: str) -> Iterator[Markup]:
        for i, cell in enumerate(row):
            text, shade = cell if isinstance(cell, tuple) else (cell, "")
            name = "th" if tag == "th" or i == 0 else "td"
            scope = (
                Markup(' scope="{}"').format("col" if tag == "th" else "row") if name == "th" and text else Markup("")
            )
            name = name if text or name == "td" else "td"
            yield Markup("<{}{}{}>{}</{}>").format(
                Markup(name),  # noqa: S704  (our own tag)
                scope,
                Markup(' class="{}"').format(shade) if shade else Markup(""),
                text,
                Markup(name),  # noqa: S704  (our own tag)
            )

    head = Markup("<tr>{}</tr>").format(Markup("").join(cells(figure.head, "th")))
    rows = Markup("").join(Markup("<tr>{}</tr>").format(Markup("").join(cells(row, "td"))) for row in figure.rows)
    return Markup(
        '<div class="scroll" tabindex="0" role="group" aria-label="{}"><table class="{}">'
        "<thead>{}</thead><tbody>{}</tbody></table></div>"
    ).format(figure.title, figure.kind, head, rows)
