"""The PowerPoint file: a template opened, its slides filled and fitted, and the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from rmanalytics.briefing.powerpoint.slides import fill
from rmanalytics.briefing.powerpoint.texts import HIGH, WIDE, inch
from rmanalytics.briefing.slide import Slide
from rmanalytics.briefing.told import Told
from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled

STAMP = (2020, 1, 1, 0, 0, 0)
_DATES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")
_TEMPLATE = (b"presentationml.template.main+xml", b"presentationml.presentation.main+xml")
"""What a template calls itself, and what a presentation does."""
_LEFT_OUT = ("docProps/thumbnail.jpeg", "ppt/printerSettings/")


def available() -> bool:
    """Whether PowerPoint files can be written here."""
    return find_spec("pptx") is not None


def presentation(
    told: Told, slides: Sequence[Slide], template: bytes = b"", dressed: Callable[[str], str] = str
) -> bytes:
    """A PowerPoint file of the slides.

    Parameters
    ----------
    told : Told
        For the language, the title and the imprint.
    slides : sequence of Slide
    template : bytes
        The company's .potx or .pptx: its master, size and fonts; its own slides are left out.
    dressed : callable
        Puts a part's text into the company's colours and typeface.

    Raises
    ------
    InputError
        RM-E-186 for a template that cannot be opened, or has no layout with a title.
    """
    deck = _opened(template)
    own_size = deck.slide_width, deck.slide_height
    if not template:
        own_size = deck.slide_width, deck.slide_height = inch(WIDE), inch(HIGH)
    titled = [one for one in deck.slide_layouts if 1 in [p.placeholder_format.type for p in one.placeholders]]
    if not titled:
        raise _refused(filled("the template has no layout with a title"))
    layout = min(titled, key=lambda one: abs(len(one.placeholders) - 4))
    for number, slide in enumerate(slides, start=1):
        page = deck.slides.add_slide(layout)
        fill(page, slide, number, told)
        _fitted(page, own_size[0] / inch(WIDE), own_size[1] / inch(HIGH))
    for page in (deck.slide_master, *deck.slide_layouts, deck.notes_master):
        for shape in list(page.placeholders):
            if shape.placeholder_format.type in (13, 15, 16):  # number, footer, date: they carry the template's own
                shape.element.getparent().remove(shape.element)
    core = deck.core_properties
    core.title, core.author, core.language = told.document["programme"], "", told.tr.language
    core.last_modified_by, core.comments, core.subject = "", "", told.round_id
    core.keywords = core.category = core.content_status = core.version = ""
    made = io.BytesIO()
    deck.save(made)
    return repacked(made.getvalue(), dressed)


def _opened(template: bytes) -> Any:
    """A presentation to fill: a template without its slides, else an empty one."""
    from pptx import Presentation  # noqa: PLC0415  (an extra)

    if not template:
        return Presentation()
    try:
        made = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(template)) as old, zipfile.ZipFile(made, "w") as new:
            for name in old.namelist():
                part = old.read(name)
                new.writestr(name, part.replace(*_TEMPLATE) if name == "[Content_Types].xml" else part)
        deck = Presentation(made)
    except (zipfile.BadZipFile, ValueError, KeyError) as error:
        raise _refused(filled("the template cannot be opened as PowerPoint")) from error
    listed = deck.slides._sldIdLst
    for one in list(listed):
        deck.part.drop_rel(one.rId)
        listed.remove(one)
    return deck


def _refused(rule: str) -> InputError:
    remedy = filled("save it anew in PowerPoint as .potx, with a title on one layout at least")
    return InputError((Problem(code="RM-E-186", file="template", rule=rule, remedy=remedy),))


def _fitted(page: Any, across: float, down: float) -> None:
    """Bring the marks of a slide to the size of the template's."""
    if across != 1 or down != 1:
        for shape in page.shapes:
            shape.left, shape.width = round(shape.left * across), round(shape.width * across)
            shape.top, shape.height = round(shape.top * down), round(shape.height * down)


def repacked(data: bytes, dressed: Callable[[str], str] = str) -> bytes:
    """A package with its parts in order of their names, at one time, without a clock's or a machine's trace."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            if name.startswith(_LEFT_OUT):
                continue
            part = old.read(name)
            if name.endswith(".xlsx"):
                part = repacked(part, dressed)
            elif name == "docProps/core.xml":
                part = _DATES.sub(rb"\g<1>2020-01-01T00:00:00Z\g<3>", part)
            elif name in ("_rels/.rels", "[Content_Types].xml"):
                part = re.sub(rb'<Relationship [^>]*thumbnail[^>]*/>|<Default Extension="jpeg"[^>]*/>', b"", part)
            if name.endswith(".xml"):
                part = dressed(part.decode()).encode()
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(info, part)
    return out.getvalue()
