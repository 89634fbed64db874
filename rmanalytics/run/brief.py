"""The briefing on demand, and what may be asked of anything outside: PDF by an installed browser, scan, verify."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from rmanalytics.briefing.told import NAME
from rmanalytics.errors import InputError, Problem
from rmanalytics.inspect import outside as stranger
from rmanalytics.inspect.verify import Answer, text_of
from rmanalytics.inspect.verify import verify as held_against
from rmanalytics.programme.declaration import ROUND_ID
from rmanalytics.release.sentences import states
from rmanalytics.run.browser import NO_BROWSER, photographed, printed
from rmanalytics.run.lock import OUTSIDE
from rmanalytics.run.outside import REGISTER, pages_of, read_register, render, unreleased
from rmanalytics.run.strike import strike as struck_out


def brief(
    source: Path,
    *,
    round_id: str = "",
    to: Path | None = None,
    languages: Sequence[str] = (),
    only: Sequence[str] = (),
    template: Path | None = None,
    strike: Sequence[str] = (),
) -> tuple[list[Path], str]:
    """Render the briefing of a released round again, in other languages or formats; needs the release alone.

    Parameters
    ----------
    source : Path
        A ``released.json``, a folder that holds one, or a reports folder.
    round_id : str
        The last released one unless given.
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
    written = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != NAME]
    return [path for path in written if path.stat().st_mtime_ns != before.get(path)], lacking


def _release_of(source: Path, round_id: str) -> Path:
    rounds = sorted(path.name for path in (source / OUTSIDE).glob("*") if ROUND_ID.fullmatch(path.name))
    wanted = source / OUTSIDE / (round_id or (rounds or ["none"])[-1]) / NAME
    found = next((path for path in (source, source / NAME, wanted) if path.is_file()), None)
    if found is None:
        raise unreleased()
    return found


def scan(folder: Path) -> list[str]:
    """Look through a folder of the outside as a stranger would; findings, never what was found."""
    folders = [folder] if (folder / NAME).is_file() else sorted(path.parent for path in folder.glob(f"**/{NAME}"))
    if not folders:
        return [f"{folder.name}: there is no {NAME}, so no number in it is allowed"]
    return [f"{one.name}/{finding}" for one in folders for finding in stranger.scan(one)]


def verify(name: str, data: bytes, reports: Path, *, today: date) -> list[Answer] | None:
    """Hold a file's sentences against the register; None for a file that cannot be read.

    Raises
    ------
    InputError
        RM-E-184 where there is no register.
    """
    register = states(read_register(reports))
    if not register:
        rule, remedy = "there is no register of sentences", "name the reports folder with --reports"
        raise InputError((Problem(code="RM-E-184", file=f"{OUTSIDE}/{REGISTER}", rule=rule, remedy=remedy),))
    text = pdf_text(data) if name.lower().endswith(".pdf") else text_of(name, data)
    return None if text is None else held_against(text, register, today=today, names=_names(reports))


def pdf_text(data: bytes) -> str | None:
    """The words of a PDF; None for one that cannot be read, or without the extra ``office``."""
    try:
        from pypdf import PdfReader  # noqa: PLC0415  (an extra)
        from pypdf.errors import PyPdfError  # noqa: PLC0415
    except ModuleNotFoundError:
        return None
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
