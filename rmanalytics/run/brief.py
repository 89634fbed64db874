"""The briefing on demand, and what may be asked of anything outside: PDF by an installed browser, scan, verify."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import date, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from rmanalytics.briefing.powerpoint.file import available
from rmanalytics.briefing.told import NAME
from rmanalytics.errors import InputError, Problem
from rmanalytics.inspect import outside as stranger
from rmanalytics.inspect.verify import Answer, text_of
from rmanalytics.inspect.verify import verify as held_against
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled
from rmanalytics.programme.declaration import ROUND_ID
from rmanalytics.programme.programme import FILE_NAME, Programme, read_programme
from rmanalytics.release.interim import interim
from rmanalytics.release.sentences import states
from rmanalytics.run.browser import NO_BROWSER, photographed, printed
from rmanalytics.run.export import as_json
from rmanalytics.run.lock import OUTSIDE
from rmanalytics.run.outside import REGISTER, pages_of, phrases, read_register, render, timeless, unreleased
from rmanalytics.run.strike import strike as struck_out

NO_OFFICE = "There are no slides for PowerPoint, which the extra office writes: run pip install 'rmanalytics[office]'."


def brief(
    source: Path,
    *,
    reports: Path = Path("reports"),
    round_id: str = "",
    to: Path | None = None,
    languages: Sequence[str] = (),
    only: Sequence[str] = (),
    template: Path | None = None,
    strike: Sequence[str] = (),
) -> tuple[list[Path], str]:
    """Render the briefing of a released round again, in other languages or formats; needs the release alone.

    Before a round's release it tells what is planned, and that there is no verdict yet; no data are read.

    Parameters
    ----------
    source : Path
        A programme's folder, a reports folder, a ``released.json``, or a folder that holds one.
    reports : Path
        Where a programme's reports lie.
    round_id : str
        The last released one unless given, which may be one that is not over; before the first release, the first such.
    to : Path, optional
        Where the files go; beside the release unless given.
    languages, only : sequence of str
        As in `rmanalytics.briefing.render.render`.
    template : Path, optional
        A PowerPoint template of the company.
    strike : sequence of str
        Ids of wrong figures, which every round is rendered again without; nothing else is done then.

    Returns
    -------
    list of Path, str
        What was written, and one line on what could not be, or on sentences that have to come off every page.

    Raises
    ------
    InputError
        RM-E-181 where nothing was released, RM-E-182 for a release that says too much.
    """
    if (source / FILE_NAME).is_file():
        programme, source = read_programme(source, tuple(TABLES)), reports
        told = _rounds(reports)
        if not strike and (round_id not in told if round_id else not told):
            source = _interim(programme, round_id, to)
    if strike:
        rounds, off = struck_out(source, strike, on=datetime.now().astimezone().date())
        return [source / OUTSIDE / name for name in rounds], f"Take off every page: {', '.join(off)}." if off else ""
    released = _release_of(source, round_id)
    folder = to or released.parent
    folder.mkdir(parents=True, exist_ok=True)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    render(released, folder, languages=languages, only=only, template=template)
    lacking = ""
    if not only or {"pdf", "figures"} & set(only):
        wanted = pages_of(folder, languages) if not only or "pdf" in only else []
        pictures = sorted(folder.glob("figures/*.svg")) if not only or "figures" in only else []
        lacking = "" if printed(wanted) and photographed(pictures) else NO_BROWSER
    if (not only or "pptx" in only) and not available():
        lacking = " ".join(filter(None, (lacking, NO_OFFICE)))
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != NAME]
    written = [path for path in found if path.stat().st_mtime_ns != before.get(path)]
    timeless(folder)
    return written, lacking


def _release_of(source: Path, round_id: str) -> Path:
    wanted = source / OUTSIDE / (round_id or (_rounds(source) or ["none"])[-1]) / NAME
    found = next((path for path in (source, source / NAME, wanted) if path.is_file()), None)
    if found is None:
        raise unreleased()
    return found


def _rounds(reports: Path) -> list[str]:
    return sorted(
        path.parent.name for path in (reports / OUTSIDE).glob(f"*/{NAME}") if ROUND_ID.fullmatch(path.parent.name)
    )


def _interim(programme: Programme, round_id: str, to: Path | None) -> Path:
    """What may be told of the first round that is not over, written beside its pages."""
    today = programme.today()
    open_rounds = [one for one in programme.rounds if one.end >= today and round_id in ("", one.id)]
    if not open_rounds:
        raise unreleased()
    if to is None:
        rule = filled("the round has not been released yet, so there is no folder outside to write to")
        remedy = filled("name a folder with --to for the page that says what is planned and when a verdict is due")
        raise InputError((Problem(code="RM-E-181", file=NAME, rule=rule, remedy=remedy),))
    to.mkdir(parents=True, exist_ok=True)
    path = to / NAME
    path.write_text(as_json(interim(programme, open_rounds[0])), encoding="utf-8")
    return path


def scan(folder: Path) -> list[str]:
    """Look through a folder of the outside as a stranger would; findings, never what was found."""
    folders = [folder] if (folder / NAME).is_file() else sorted(path.parent for path in folder.glob(f"**/{NAME}"))
    if not folders:
        return [f"{folder.name}: there is no {NAME}, so no number in it is allowed"]
    return [f"{one.name}/{finding}" for one in folders for finding in stranger.scan(one, phrases=_phrases(one))]


def _phrases(folder: Path) -> list[str]:
    try:
        return phrases(json.loads((folder / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []  # the scan says that the release cannot be read


def verify(name: str, data: bytes, reports: Path, *, today: date) -> list[Answer] | None:
    """Hold a file's sentences against the register; None for a file that cannot be read.

    Raises
    ------
    InputError
        RM-E-184 where there is no register, RM-E-120 for a PDF without the extra office.
    """
    register = states(read_register(reports))
    if not register:
        rule, remedy = filled("there is no register of sentences"), filled("name the reports folder with --reports")
        raise InputError((Problem(code="RM-E-184", file=f"{OUTSIDE}/{REGISTER}", rule=rule, remedy=remedy),))
    if name.lower().endswith(".pdf") and find_spec("pypdf") is None:
        rule, remedy = (
            filled("a PDF is read with the extra office"),
            filled("run pip install 'rmanalytics[office]', or name a text file"),
        )
        raise InputError((Problem(code="RM-E-120", file=name, rule=rule, remedy=remedy),))
    text = pdf_text(data) if name.lower().endswith(".pdf") else text_of(name, data)
    return None if text is None else held_against(text, register, today=today, names=_names(reports))


def pdf_text(data: bytes) -> str | None:
    """The words of a PDF; None for one that cannot be read."""
    from pypdf import PdfReader  # noqa: PLC0415  (an extra)
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # whoever called says that it cannot be read
    try:
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError):
        return None


def _names(reports: Path) -> list[str]:
    """What the programme is called, by its releases."""
    documents: list[dict[str, Any]] = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((reports / OUTSIDE).glob(f"*/{NAME}"))
    ]
    return list(dict.fromkeys(str(document["programme"]) for document in documents))
