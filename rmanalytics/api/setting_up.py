"""Setting up: a questionnaire, the works council's pack, today's form of a declaration, what is not installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rmanalytics.api.told import Told
from rmanalytics.errors import known_side

if TYPE_CHECKING:
    import pandas as pd


def questionnaire(
    programme: str | Path,
    *,
    side: str = "mentee",
    scales: Sequence[str] = (),
    guesses: bool = False,
    to: str | Path | None = None,
) -> Told:
    """A questionnaire written from the scales of a programme, with the ids of the items.

    Parameters
    ----------
    programme : str or Path
        Folder with ``programme.toml``.
    side : str
        ``mentee`` or ``mentor``: the scales of its outcomes.
    scales : sequence of str
        Only these instead, such as ``digital_fitness``.
    guesses : bool
        What seniors think a junior answers to the mentors' scales, for the table *guesses*.
    to : str or Path, optional
        A file to write: Word where it ends in ``.docx`` (needs the extra ``office``), else CSV.

    Returns
    -------
    Told
        ``table``: ``item, scale, text, value, label``, a row an item and answer; the text is the CSV.

    Raises
    ------
    UnknownNameError
        RM-E-130 for another side or scale, with the nearest ones.
    InputError
        RM-E-005 for a side without outcomes or a licensed scale without its items, RM-E-120 without the extra.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.questionnaire(rm.example(), side="mentor").table.columns.tolist()
    ['item', 'scale', 'text', 'value', 'label']
    """
    from rmanalytics.intake.schema import TABLES
    from rmanalytics.programme.programme import read_programme
    from rmanalytics.terminal.questionnaire import COLUMNS, as_csv, as_rows, asked_of, write_docx

    asked = asked_of(
        read_programme(Path(programme), tuple(TABLES)), side=known_side(side), scales=scales, guesses=guesses
    )
    file = None if to is None else Path(to)
    if file is not None and file.suffix == ".docx":
        write_docx(asked, file)
    elif file is not None:
        file.write_text(as_csv(asked), encoding="utf-8-sig", newline="")
    rows = as_rows(asked)

    def frames() -> dict[str, pd.DataFrame]:
        import pandas as pd

        return {"questionnaire": pd.DataFrame(rows, columns=list(COLUMNS))}

    written = f"{file}: {sum(len(scale.items) for scale in asked.scales)} items of {len(asked.scales)} scales."
    return Told(
        result=asked,
        document={"items": rows},
        words=lambda: as_csv(asked) if file is None else written,
        frames=frames,
    )


def council(
    programme: str | Path,
    *,
    language: str = "",
    to: str | Path | None = None,
    reports: str | Path = "reports",
    signed: str | Path | None = None,
) -> Told:
    """The works council's pack: what is done with people's data, from the declaration alone; no answer is read.

    Parameters
    ----------
    programme : str or Path
        Folder with ``programme.toml``.
    language : str
        ``en``, ``de`` or ``de-CH``; the programme's own unless given.
    to : str or Path, optional
        A folder to write into: HTML, PDF where a browser is found, Word with the extra ``office``, in that language, or
        in the programme's and German or English beside it; and ``council.json``, which the next pack is held against.
    reports : str or Path
        Folder of its reports, for what was told last.
    signed : str or Path, optional
        The ``council.json`` of the pack that was signed: the new one says what has changed since.

    Returns
    -------
    Told
        ``result``: the pack; ``tables``: its tables by section; the text is the whole pack, or the files written.

    Raises
    ------
    UnknownNameError
        RM-E-130 for another language, with the nearest ones.
    InputError
        RM-E-210 for a signed pack that is none or was changed, RM-E-142 for a broken chain of receipts.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> list(rm.council(rm.example(), language="en").tables["What it is for: Rounds"])[:2]
    ['Round', 'First day']
    """
    from rmanalytics.council.make import council_packs, write
    from rmanalytics.errors import unknown
    from rmanalytics.language.translator import LANGUAGES

    if language and language not in LANGUAGES:
        raise unknown("language", language, LANGUAGES)
    packs = council_packs(Path(programme), Path(reports), None if signed is None else Path(signed))
    own = next(iter(packs))
    beside = "de" if own == "en" else "en"
    pack = packs[language or own]
    written, lacking = ([], []) if to is None else write(packs, [language] if language else [own, beside], Path(to))
    document = {"written": [str(path) for path in written], "lacking": lacking, "digest": pack.digest}

    def frames() -> dict[str, pd.DataFrame]:
        import pandas as pd

        return {title: pd.DataFrame(table.rows, columns=list(table.head)) for title, table in pack.tables.items()}

    def words() -> str:
        return pack.text if to is None else "\n".join([*map(str, written), *lacking])

    return Told(result=pack, document=document, words=words, frames=frames)


def migrate(programme: str | Path) -> Told:
    """Rewrite an older ``programme.toml`` in today's form; the old one stays beside it, ending in ``.old``.

    Parameters
    ----------
    programme : str or Path
        Folder with ``programme.toml``.

    Returns
    -------
    Told
        ``result``: what was changed, in words; empty where nothing had to be, and then nothing is written.

    Raises
    ------
    InputError
        RM-E-001, 002, 004 or 005 for a file that cannot be taken for a programme's.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.migrate(rm.example())
    Nothing to change: programme.toml has today's form.
    """
    from rmanalytics.programme.migrate import migrate as rewrite

    changes = rewrite(Path(programme) / "programme.toml")
    said = [*changes, "programme.toml was rewritten; the old one is programme.toml.old."]
    text = "\n".join(said) if changes else "Nothing to change: programme.toml has today's form."
    return Told(result=changes, document={"changes": changes}, words=lambda: text)


def doctor(*programmes: str | Path, reports: str | Path = "reports") -> Told:
    """What this installation has, what is missing or too old, and the line that mends it.

    Parameters
    ----------
    *programmes : str or Path
        Programmes whose declarations need more than the plain package.
    reports : str or Path
        Folder that reports go to.

    Returns
    -------
    Told
        ``table``: ``thing, state, found, remedy, needed``; ``result``: the findings.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.doctor().table["thing"][0]
    'Python'
    """
    from rmanalytics.terminal.doctor import as_text, examine

    findings = examine([Path(programme) for programme in programmes], Path(reports))
    rows = [asdict(finding) for finding in findings]

    def frames() -> dict[str, pd.DataFrame]:
        import pandas as pd

        return {"findings": pd.DataFrame(rows)}

    return Told(result=findings, document={"findings": rows}, words=lambda: as_text(findings), frames=frames)
