"""Everything outside of a round, as names and bytes, from one release: no clock and no other file has a say."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from rmanalytics.briefing import html, svg
from rmanalytics.briefing.deck import deck
from rmanalytics.briefing.told import INDEX, KINDS, Told
from rmanalytics.language.translator import translator

OURS = {"participants": svg.PART, "comparison": svg.COMP, "against": svg.AGAINST}


def _paler(colour: str, share: float) -> str:
    """A colour mixed with that share of white."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in parts)


def dressed(text: str, look: Mapping[str, str]) -> str:
    """A page, picture or part of a presentation in the company's colours and typeface."""
    colours = {ours: look[name] for name, ours in OURS.items() if name in look}
    if "participants" in look:
        colours |= {svg.LIGHT: _paler(look["participants"], 0.6), svg.EDGE: _paler(look["participants"], 0.3)}
    for ours, theirs in colours.items():
        text = text.replace(ours, theirs.upper()).replace(f'"{ours[1:]}"', f'"{theirs[1:].upper()}"')
    if "typeface" in look:
        face = look["typeface"]
        text = text.replace("--sans:", f'--sans:"{face}",').replace("--serif:", f'--serif:"{face}",')
        for ours in ("Georgia", "Calibri", "Calibri Light"):
            text = text.replace(f'typeface="{ours}"', f'typeface="{face}"')
    return text


def told_in(document: Mapping[str, Any]) -> list[str]:
    """The languages of a briefing where none is named: the programme's, and English."""
    return list(dict.fromkeys((str(document["language"]), "en")))


def render(
    document: Mapping[str, Any],
    languages: Collection[str] = (),
    only: Collection[str] = (),
    listed: Sequence[str] = (),
    template: bytes = b"",
) -> Iterator[tuple[str, bytes]]:
    """The files of a briefing: name and bytes.

    Parameters
    ----------
    document : mapping
        What `rmanalytics.briefing.told.read` gave.
    languages : collection of str
        The programme's and English unless given.
    only : collection of str
        Of `KINDS`; all unless given. PowerPoint needs the extra office, and is left out where that is not installed.
    listed : sequence of str
        Rounds that are released, latest first, for the list that leads to them; no list unless given.
    template : bytes
        A PowerPoint template of the company; our own layout unless given.
    """
    look = document.get("look", {})
    if listed:
        index = html.index_page(Told(document, translator(str(document["language"]))), listed)
        yield INDEX, dressed(index, look).encode()
    wanted = set(only) or set(KINDS)
    for language in languages or told_in(document):
        told = Told(document, translator(language))
        slides = deck(told)
        texts: dict[str, str] = {}
        if wanted & {"html", "pdf"}:
            texts[f"briefing.{language}.html"] = html.one_page(told, slides)
            texts[f"slides.{language}.html"] = html.slides_page(told, slides)
            texts[f"team.{language}.html"] = html.team_page(told)
            texts[f"mail.{language}.txt"] = html.mail_text(told)
        if "facts" in wanted:
            texts[f"facts.{language}.html"] = html.facts_page(told, slides)
            texts[f"press.{language}.txt"] = html.press_text(told)
            for one in document["sentences"]:
                texts[f"snippets/{one['id']}.{language}.html"] = html.snippet(told, one)
        if "figures" in wanted:
            drawn = {figure.id: svg.alone(figure) for slide in slides for figure in slide.figures}
            texts |= {f"figures/{name}.{language}.svg": text for name, text in drawn.items() if text}
        yield from ((name, dressed(text, look).encode()) for name, text in texts.items())
        if "pptx" in wanted:
            from rmanalytics.briefing.powerpoint.file import available, presentation  # noqa: PLC0415  (an extra)

            if available():
                yield f"slides.{language}.pptx", presentation(told, slides, template, partial(dressed, look=look))
    if "facts" in wanted:
        facts = [{k: one[k] for k in ("id", "claim", "text", "valid_until")} for one in document["sentences"]]
        yield "facts.json", (json.dumps({"sentences": facts}, ensure_ascii=False, indent=1) + "\n").encode()
