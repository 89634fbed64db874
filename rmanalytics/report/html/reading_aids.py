"""What those need who do not look at the page, or hold no mouse: figures with their captions, tables with a name."""

from __future__ import annotations

import re

from markupsafe import Markup

_FIGURE = re.compile(
    r'<div class="cap">((?:(?!</?div).)*)</div>\s*</div>\s*(<div class="chart".*?</div>)', flags=re.DOTALL
)
_STEP = re.compile(
    r'<h[1-3][^>]*>(?P<head>.*?)</h[1-3]>|<p class="title">(?P<title>.*?)</p>|<summary>(?P<folded>.*?)</summary>'
    r'|(?P<end></details>)|(?P<scroll><div class="scroll" tabindex="0">)?(?P<table><table class="t(?: claims)?">)',
    flags=re.DOTALL,
)


def figures(html: str) -> str:
    """Each chart and the caption before it as one figure.

    Examples
    --------
    >>> figures('<div class="rma"><div class="cap"><p>Up</p></div></div><div class="chart" role="img"></div>')
    '<figure class="rma"><figcaption class="cap"><p>Up</p></figcaption><div class="chart" \
role="img"></div></figure>'
    """
    whole = _FIGURE.sub(r'</div><figure class="rma"><figcaption class="cap">\1</figcaption>\2</figure>', html)
    return whole.replace('<div class="rma"></div>', "")


def named_tables(html: str) -> str:
    """Each table with a caption: the title or heading above it, and the line that it is folded under.

    The caption is read out and not drawn, as it is drawn already; a table that scrolls is a region of that name, and no
    two regions of a page have the same.

    Examples
    --------
    >>> named_tables('<h3>Cost</h3><table class="t"><tr></tr></table>')
    '<h3>Cost</h3><table class="t"><caption class="aside">Cost</caption><tr></tr></table>'
    """
    told = {"head": "", "title": "", "folded": ""}
    used: dict[str, int] = {}

    def step(match: re.Match[str]) -> str:
        if match["table"] is None:
            kind = match.lastgroup or ""
            told.update({"title": "", "folded": ""} if kind == "head" else {"folded": ""})
            if kind in told:
                told[kind] = Markup(match[kind]).striptags()  # noqa: S704  (only to be stripped)
            return match[0]
        name = " · ".join(filter(None, (told["title"] or told["head"], told["folded"])))
        used[name] = used.get(name, 0) + 1
        name += f" ({used[name]})" * (used[name] > 1)
        caption = Markup('<caption class="aside">{}</caption>').format(name)
        opened = Markup('<div class="scroll" tabindex="0" role="region" aria-label="{}">').format(name)
        return f"{opened if match['scroll'] else ''}{match['table']}{caption}"

    return _STEP.sub(step, html)
