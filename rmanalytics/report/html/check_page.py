"""What `check` found, as a page for people outside data work: claims, what is lacking, what changed, what to mend.

Unit: one programme. Offline, no script; it shows neither a cell nor an id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from rmanalytics.evaluation.claims import claims
from rmanalytics.intake.readers.kinds import sample_of
from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.report.html import tables
from rmanalytics.report.html.markup import numbers, paragraph, render, stylesheet, table, text
from rmanalytics.report.page import POLICY_WITHOUT_SCRIPTS, RESTRICTED
from rmanalytics.report.words import wording

if TYPE_CHECKING:
    from rmanalytics.errors import Problem
    from rmanalytics.evaluation.lacking import Lack
    from rmanalytics.intake.readers.kind import Tally
    from rmanalytics.intake.sheet import Account

ORDER = {"refused": 0, "quarantined": 1, "warned": 2, "normalised": 3}
HAVE = key("{n} of {every} claims have the files and columns that they need.")
_MENDED = plural(
    "{n} thing must be mended before there is a report", "{n} things must be mended before there is a report"
)
ROWS = ("code", "what", "file", "column", "row", "line", "rule", "remedy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a programme's folder holds, and what is wrong with it.

    Parameters
    ----------
    programme : str
        Its name, or that of its folder where ``programme.toml`` cannot be read.
    language : str
        Of the page.
    accounts : sequence of Account
        Where the rows of each file went; of a refused folder, of the files that could be read.
    problems : sequence of Problem
    tallies : sequence of Tally
        What declared readers made of their files.
    lacks : sequence of Lack
        What is not there, by the number of claims that it costs.
    since : tuple of str, str and sequence of str, or None
        Round and day of the last report, and what changed since.
    refused : bool
        Whether the data can not be used.
    """

    programme: str
    language: str
    accounts: Sequence[Account]
    problems: Sequence[Problem]
    tallies: Sequence[Tally] = ()
    lacks: Sequence[Lack] = ()
    since: tuple[str, str, Sequence[str]] | None = None
    refused: bool = False

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Ids of the claims that something is lacking for."""
        lost = {claim for lack in self.lacks for claim in lack.claims}
        return tuple(claim.id for claim in claims() if claim.id in lost)

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Every row that something was found in, as `ROWS`; a problem without rows once."""
        tr = translator(self.language)
        for p in sorted(self.problems, key=lambda p: ORDER[p.effect]):
            places = zip(p.rows or ("",), p.lines or ("",) * max(1, len(p.rows)), strict=False)
            for row, line in places:
                yield p.code, p.effect, p.file, p.column, row, line, tr(p.rule), tr(p.remedy)


def check_page(checked: Checked, *, rows_file: str) -> str:
    """The page as HTML; ``rows_file`` is the name of the list of rows beside it."""
    tr = translator(checked.language)
    wrong = [p for p in checked.problems if p.effect == "refused"]
    title = tr(_MENDED, n=len(wrong)) if checked.refused else tr("The data can be used")
    parts = [*_claims(checked, tr), *_since(checked, tr), *_files(checked, tr), *_found(checked, tr, rows_file)]
    return str(
        render(
            "single.html",
            language=checked.language,
            policy=POLICY_WITHOUT_SCRIPTS,
            restricted=tr(RESTRICTED),
            title=title,
            kicker=f"{checked.programme} · rmanalytics check",
            page_css=stylesheet("page.css"),
            blocks_css=stylesheet("blocks.css"),
            content=Markup("\n").join(parts),
        )
    )


def _head(words: str) -> Markup:
    return Markup("<h3>{}</h3>").format(words)


def _claims(checked: Checked, tr: Translator) -> Iterator[Markup]:
    """How many claims can be answered, and what is lost by everything that is lacking."""
    yield _head(tr("Which claims can be answered"))
    if checked.refused:
        yield paragraph(tr("That is said once nothing must be mended any more."))
        return
    every = claims()
    n = len(every) - len(checked.unanswered)
    yield paragraph(tr(HAVE, n=n, every=len(every)))
    yield paragraph(tr("Whether the people in them are enough, the report says."), kind="note")
    if checked.lacks:
        titles = {claim.id: tr.pick(claim.title) for claim in every}
        rows = [
            [lacking(lack, tr), tr.value(len(lack.claims)), "; ".join(f"{name} {titles[name]}" for name in lack.claims)]
            for lack in checked.lacks
        ]
        yield table([text(tr("what is lacking")), numbers(tr("claims")), text(tr("which"))], rows)


def lacking(lack: Lack, tr: Translator) -> str:
    """What is lacking, in words."""
    if not lack.file:
        return next(tr.pick(claim.needs) for claim in claims() if claim.id in lack.claims)
    return tr("{file}: {part}", file=lack.file, part=lack.part or tr("the whole table"))


def since(checked: Checked, tr: Translator) -> Iterator[str]:
    """Which report there is, and what changed since."""
    if checked.since is None:
        return
    round_id, made, changes = checked.since
    about = {"round": wording.round_name(round_id), "day": date.fromisoformat(made)}
    if not changes:
        yield tr("Nothing has changed since the report of {round}, made on {day}.", **about)
        return
    yield tr("Since the report of {round}, made on {day}:", **about)
    yield from map(tr, changes)


def _since(checked: Checked, tr: Translator) -> Iterator[Markup]:
    head, *changes = [*since(checked, tr)] or [""]
    if head:
        yield _head(tr("What changed since the last report"))
        yield paragraph(head)
        yield Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(one) for one in changes))


def tallied(checked: Checked, tr: Translator) -> Iterator[str]:
    """What each reader made of the rows of its files."""
    for one in checked.tallies:
        counted = ", ".join(f"{tr.value(number)} {tr(what)}" for what, number in one.counts.items())
        sample = f" ({tr(sample_of(one.kind))})" if sample_of(one.kind) else ""
        yield tr(
            "{file}, read as {kind}{sample}: {rows} rows: {counted}",
            file=one.file,
            kind=one.kind,
            sample=sample,
            rows=one.rows,
            counted=counted,
        )


def _files(checked: Checked, tr: Translator) -> Iterator[Markup]:
    """Every file, and where its rows went."""
    yield _head(tr("What was read, and what became of it"))
    yield tables.accounts(checked.accounts, tr) if checked.accounts else paragraph(tr("No file could be read."))
    yield from map(paragraph, tallied(checked, tr))


def _found(checked: Checked, tr: Translator, rows_file: str) -> Iterator[Markup]:
    """What must be mended, and all that was set aside, put right or noted."""
    yield _head(tr("What was found"))
    if not checked.problems:
        yield paragraph(tr("Nothing had to be set aside, put right or noted."))
        return
    yield tables.problems(sorted(checked.problems, key=lambda p: ORDER[p.effect]), tr)
    yield paragraph(tr("Every row that is meant stands in {file}, which its owner alone can read.", file=rows_file))
