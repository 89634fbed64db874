"""The worker: runs notebooks and writes pages into a staging folder, one job a line on standard input.

Started as ``python -m rmanalytics.run.worker SCRATCH``. It publishes nothing; its parent checks and publishes.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from rmanalytics.errors import NOTHING_PUBLISHED, InputError, RmError
from rmanalytics.run import use
from rmanalytics.run.boundary import Boundary, FailedFiguresError
from rmanalytics.run.guardian import guard

Emit = Callable[[dict[str, Any]], None]


def main(scratch: str) -> int:
    """Take jobs until standard input ends; then, or when the parent is gone, stop at once."""
    os.umask(0o077)
    guard(scratch)
    use.mute()
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # what a library prints must not reach the parent as an event
    os.chdir(scratch)

    def emit(event: dict[str, Any]) -> None:
        channel.write(json.dumps(event) + "\n")
        channel.flush()

    for job in _jobs():
        with Boundary() as edge:
            emit({"event": "done"} | make_pages(job, emit))
        if edge.error is not None:
            emit(failure(edge.error, edge.details))
    return 0


def _jobs() -> Iterator[dict[str, Any]]:
    """Jobs from a thread of its own, which ends the process when the parent's end of the pipe closes."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            waiting.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield json.loads(waiting.get())


def failure(error: RmError, details: str) -> dict[str, Any]:
    """An error as an event."""
    problems = [p.as_dict() for p in error.problems] if isinstance(error, InputError) else []
    return {
        "event": "failed",
        "code": error.code,
        "message": error.message,
        "exit_code": error.exit_code,
        "problems": problems,
        "details": details,
    }


def make_pages(job: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """Run the notebooks of a job and write the files of a report into its staging folder.

    Parameters
    ----------
    job : dict
        The fields of `rmanalytics.run.process.Job`.
    emit : callable
        Takes an event ``chapter`` before each notebook.

    Returns
    -------
    dict
        What the parent needs to check and publish: chapters, number of figures, digests, seed, ``k``,
        ids of people (to look for, never to write), figures that failed and their traces (for the log alone).

    Raises
    ------
    FailedFiguresError
        RM-X-011 when a figure failed that the report cannot be without, or more than the programme allows.
    """
    from rmanalytics.run.engine import run_notebook  # noqa: PLC0415, I001  (first: it keeps a slow import away)
    from nbconvert.filters.markdown_mistune import markdown2html_mistune  # noqa: PLC0415

    from rmanalytics.evaluation import hold_study  # noqa: PLC0415
    from rmanalytics.language.translator import translator  # noqa: PLC0415
    from rmanalytics.report import page, spreadsheet  # noqa: PLC0415
    from rmanalytics.run.cells import render  # noqa: PLC0415
    from rmanalytics.run.changes import shape_of  # noqa: PLC0415
    from rmanalytics.run.manifest import key_digest  # noqa: PLC0415
    from rmanalytics.run.code import shelf_of  # noqa: PLC0415
    from rmanalytics.run.export import as_csv, as_json, results_document  # noqa: PLC0415

    folder, staging = Path(job["programme"]), Path(job["staging"])
    study = hold_study(folder, job["round_id"], shelf=shelf_of(Path(job["state"])))
    translate = translator(study.programme.language)
    chapters, done = [], []
    for number, notebook in enumerate(map(Path, job["notebooks"]), start=1):
        emit({"event": "chapter", "name": notebook.stem, "number": number, "of": len(job["notebooks"])})
        executed = run_notebook(notebook, programme=folder, round_id=job["round_id"])
        chapter = render(
            executed.node,
            name=notebook.stem,
            translate=translate,
            markdown=markdown2html_mistune,
            figure=page.figure_html,
        )
        chapters.append(chapter)
        done.append({"name": chapter.name, "warnings": dict(executed.warned)})
    traces = "\n".join(fault.trace for fault in study.faults)
    if why := study.withheld_by():
        names = ", ".join(sorted({fault.figure for fault in study.faults}))
        raise FailedFiguresError("RM-X-011", f"{why} (failed: {names}). {NOTHING_PUBLISHED}", traces)
    document = results_document(study, generated_at=date.fromisoformat(job["made_on"]))
    (staging / "results.json").write_text(as_json(document), encoding="utf-8")
    (staging / "results.csv").write_text(as_csv(document["results"]), encoding="utf-8-sig", newline="")
    shown = page.shrunk(chapters, study)
    (staging / "report.html").write_text(page.assemble(shown, study), encoding="utf-8")
    spreadsheet.write_report(staging / "report.xlsx", shown, document["results"], language=study.programme.language)
    if job.get("release"):
        _release(study, job["release"], staging)
    people = study.bundle.table("people")["person_id"].dropna().astype(str)
    return {
        "chapters": done,
        "figures": sum(chapter.figures for chapter in chapters),
        "digests": {**study.bundle.digests, **key_digest(study.programme)},
        "shape": shape_of(study.bundle),
        "programme": study.programme.name,
        "seed": study.programme.seed,
        "k": study.programme.k,
        "people": sorted(set(people)),
        "canaries": sorted(ids_of(study.bundle)),
        "failed": sorted(fault.figure for fault in study.faults),
        "details": traces,
    }


def ids_of(bundle: Any) -> set[str]:
    """Every value of every id column of every table: people, tandems, raters, applicants."""
    from rmanalytics.intake.schema import TABLES  # noqa: PLC0415

    found: set[str] = set()
    for table in (TABLES[name] for name in TABLES if bundle.has(name)):
        own = bundle.table(table.name)
        for column in table.columns:
            if column.name in own and (column.name.endswith("_id") or column.name in ("rater", "token")):
                found.update(own[column.name].dropna().astype(str).unique())
    return found - {one.id for one in bundle.programme.rounds}


def _release(study: Any, given: dict[str, Any], staging: Path) -> None:
    """Have the gate tell what may lie outside, once; the parent takes its two files out of the staging folder."""
    from rmanalytics.release.gate import release  # noqa: PLC0415
    from rmanalytics.run.export import as_json  # noqa: PLC0415

    document, sums = release(study, key=bytes.fromhex(given["key"]), known=given["known"])
    (staging / "released.json").write_text(as_json(document), encoding="utf-8")
    (staging / "sums.json").write_text(json.dumps(sums), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
