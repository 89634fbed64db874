"""The proposal of tandems as a page to read: each pair with its reasons and alternatives. Inside, offline, no script.

Unit: one proposed tandem. It names people: for the programme lead alone.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from rmanalytics.evaluation.lots.proposal import PROPOSED, Pair, Proposal
from rmanalytics.language.translator import Translator, translator

_PAGE = Markup(
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" '
    'content="width=device-width,initial-scale=1"><title>{title}</title><style>'
    "body{{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}}"
    "h1{{font-size:1.5rem}}article{{border-top:1px solid #bbb;padding:.6rem 0;content-visibility:auto;"
    "contain-intrinsic-size:auto 7rem}}nav a{{margin-right:.8rem;white-space:nowrap}}h2{{font-size:1.05rem;margin:0}}"
    "h2 span{{font-weight:400;color:#555}}p{{margin:.2rem 0}}details{{margin:.2rem 0;color:#333}}"
    ".way{{background:#fff4e0;padding:.5rem .8rem}}</style></head><body>"
    "<h1>{title}</h1><p>{lead}</p>{way}{index}{pairs}</body></html>\n"
)
STEP = 100
"""Tandems from one entry of the index to the next; below that many there is none."""


def pairs_page(proposal: Proposal, language: str) -> str:
    """The page as HTML, in the language of the programme's readers."""
    tr = translator(language)
    lead = tr(
        "{n} tandems proposed from declared wishes and the rules of pairing. Nothing is decided: a person approves, "
        "and both say yes. For the programme lead alone.",
        n=len(proposal.pairs),
    )
    way = Markup("").join(Markup('<p class="way">{}</p>').format(one) for one in proposal.in_the_way)
    pairs = Markup("".join(_article(one, tr) for one in proposal.pairs))  # noqa: S704 - each is escaped
    title = tr("Tandems of {round}: a proposal", round=proposal.round_id)
    ids = [one.tandem_id for one in proposal.pairs][:: STEP if len(proposal.pairs) > STEP else len(proposal.pairs) + 1]
    links = Markup("").join(Markup('<a href="#{0}">{0}</a> ').format(one) for one in ids)
    index = Markup("<nav>{}</nav>").format(links) if len(ids) > 1 else ""
    return str(_PAGE.format(language=language[:2], title=title, lead=lead, way=way, index=index, pairs=pairs))


def _article(one: Pair, tr: Translator) -> str:
    items = "".join(f"<li>{escape(other)}</li>" for other in one.alternatives)
    folded = f"<details><summary>{escape(tr('Alternatives'))}</summary><ol>{items}</ol></details>"
    by_hand = f"<p>{escape(tr('Changed by {by}: {why}', by=one.by or '–', why=one.why or '–'))}</p>"
    pair = escape(tr("{junior} and {senior}", junior=one.mentor_id, senior=one.mentee_id))
    about = escape(tr("{tandem}, {points} of 100 points", tandem=one.tandem_id, points=one.points))
    return (
        f'<article id="{escape(one.tandem_id)}"><h2>{pair} <span>{about}</span></h2><p>{escape(one.reasons)}</p>'
        f"{'' if one.status == PROPOSED else by_hand}{folded if items else ''}</article>"
    )
