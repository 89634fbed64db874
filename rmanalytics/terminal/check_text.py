"""What `check` found: for a terminal, for a machine, and as a page with the list of rows beside it."""

from __future__ import annotations

import contextlib
import csv
import os
from pathlib import Path
from typing import Any

from rmanalytics.errors import InputError, RmError
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.lacking import lacking
from rmanalytics.intake.bundle import Bundle
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import key, plural, translator
from rmanalytics.programme.programme import read_programme
from rmanalytics.programme.refusals import language_of
from rmanalytics.report.html.check_page import HAVE, ROWS, Checked, check_page, since, tallied
from rmanalytics.report.html.check_page import lacking as in_words
from rmanalytics.run.changes import since_report

ACCOUNT = ("table", "file", "rows", "used", "quarantined", "excluded")


def checked(bundle: Bundle, reports: Path) -> Checked:
    """What was read, what it lacks, and what changed since the last report in a folder of reports."""
    last = since_report(bundle, reports)
    return Checked(
        programme=bundle.programme.name,
        language=bundle.programme.language,
        accounts=bundle.accounts,
        problems=bundle.problems,
        tallies=bundle.tallies,
        lacks=lacking(bundle),
        since=None if last is None else (last.round_id, last.made_on, last.changes),
    )


def refused(folder: Path, error: InputError) -> Checked:
    """What is wrong with a folder that cannot be used."""
    name = folder.resolve().name
    with contextlib.suppress(RmError):  # the page says why
        name = read_programme(folder, tuple(TABLES)).name
    language = language_of(folder)
    return Checked(programme=name, language=language, accounts=error.accounts, problems=error.problems, refused=True)


def document(found: Checked) -> dict[str, Any]:
    """For ``--json``."""
    last = found.since and {"round": found.since[0], "made_on": found.since[1], "changes": list(found.since[2])}
    return {
        "programme": found.programme,
        "accounts": [{name: getattr(account, name) for name in ACCOUNT} for account in found.accounts],
        "problems": [problem.as_dict() for problem in found.problems],
        "unanswered": list(found.unanswered),
        "lacking": [{"file": one.file, "part": one.part, "claims": list(one.claims)} for one in found.lacks],
        "since": last,
    }


def as_text(found: Checked, rounds: int) -> str:
    """What became of the rows of each file, every problem, what cannot be answered, and what changed."""
    tr = translator(found.language)
    lines = [f"{found.programme}: {tr(plural('{n} round declared', '{n} rounds declared'), n=rounds)}", ""]
    width = max([26, *(len(account.file) for account in found.accounts)]) + 2
    heads = [tr(head) for head in (key("rows"), key("used"), key("quarantined"), key("excluded"))]
    lines.append(f"{tr('file'):<{width}}" + "".join(f"{head:>{len(head) + 3}}" for head in heads))
    for a in found.accounts:
        numbers = zip(heads, (a.rows, a.used, a.quarantined, a.excluded), strict=True)
        lines.append(f"{a.file:<{width}}" + "".join(f"{number:>{len(head) + 3}}" for head, number in numbers))
    lines += tallied(found, tr)
    lines += [*(problem.told(tr) if tr.german else str(problem) for problem in found.problems), ""]
    every = len(claims())
    lines.append(tr(HAVE, n=every - len(found.unanswered), every=every))
    lines += [
        "  " + tr("lacking {what}: {claims}", what=in_words(one, tr), claims=", ".join(one.claims))
        for one in found.lacks
    ]
    head, *changes = [*since(found, tr)] or [""]
    return "\n".join([*lines, *([head] if head else []), *(f"  {one}" for one in changes)])


def next_step(found: Checked, programme: str | Path) -> str:
    """What to do now that the data can be used."""
    tr = translator(found.language)
    return tr("The data can be used. Next: {command}", command=f"rmanalytics report {programme}")


def write_page(place: Path, found: Checked) -> None:
    """Write the page, and beside it the list of rows; their owner alone can read them."""
    rows = place.with_name(f"{place.stem}-rows.csv")
    for path, content in ((place, check_page(found, rows_file=rows.name)), (rows, None)):
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            if content is None:
                csv.writer(file, lineterminator="\n").writerows([ROWS, *found.rows()])
            else:
                file.write(content)
