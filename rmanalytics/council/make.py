"""Writing the works council's pack: page, PDF and Word file by language, and what the next pack is held against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rmanalytics.council.content import Pack, as_json, read_json
from rmanalytics.council.pack import Signed, packs
from rmanalytics.council.page import page
from rmanalytics.council.word import write_word
from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled
from rmanalytics.programme.programme import read_programme
from rmanalytics.receipts.chain import read_chain
from rmanalytics.run.browser import NO_BROWSER, printed

NAME = "council"


def council_packs(folder: Path, reports: Path, signed: Path | None) -> dict[str, Pack]:
    """The pack of a programme by language; the one of the programme's own language first.

    Raises
    ------
    InputError
        RM-E-210 for a signed pack that cannot be read or is no longer as it was written, RM-E-142 for a broken chain of
        receipts, and whatever the declaration is refused for.
    """
    programme = read_programme(folder, tuple(TABLES))
    read_chain(programme.folder)
    before = None if signed is None else _read(signed)
    found = packs(programme, reports, before, on=programme.today())
    return {programme.language: found[programme.language], **found}


def _read(path: Path) -> Signed:
    try:
        found = read_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        found = None
    if found is None:
        rule = filled("the signed pack cannot be read, or is no longer as it was written")
        remedy = filled("name the {name}.json that was written with it", name=NAME)
        raise InputError((Problem(code="RM-E-210", file=path.name, rule=rule, remedy=remedy),))
    return found


def write(found: dict[str, Pack], languages: Sequence[str], to: Path) -> tuple[list[Path], list[str]]:
    """Write packs into a folder; the files, and a line for each kind that could not be written here."""
    to.mkdir(parents=True, exist_ok=True)
    written, lacking = [], []
    for language in languages:
        target = to / f"{NAME}.{language}.html"
        target.write_text(page(found[language]), encoding="utf-8")
        written.append(target)
    pages = list(written)
    if printed(pages):
        written += [one.with_suffix(".pdf") for one in pages]
    else:
        lacking.append(NO_BROWSER)
    try:
        for language in languages:
            target = to / f"{NAME}.{language}.docx"
            write_word(found[language], target)
            written.append(target)
    except InputError as error:
        lacking.append(str(error))
    kept = to / f"{NAME}.json"
    kept.write_text(as_json(found), encoding="utf-8")
    return [*written, kept], lacking
