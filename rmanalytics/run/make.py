"""Making reports: jobs go to the worker, finished pages are checked and published.

Unit: one report of one round. A failure leaves the last good report as it was and does not stop the others.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rmanalytics import shipped
from rmanalytics.errors import (
    EXIT_FIGURES_FAILED,
    EXIT_INTERNAL,
    EXIT_RELEASE_REFUSED,
    NOTHING_PUBLISHED,
    FiguresError,
    InputError,
    Problem,
    ReleaseError,
    RmError,
)
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import Programme, read_programme
from rmanalytics.run import cells, manifest, publish
from rmanalytics.run.boundary import Boundary, DetailedError
from rmanalytics.run.lock import STATE, locked, prepare, refuse
from rmanalytics.run.process import Job, Worker, private
from rmanalytics.run.progress import Progress

WORKER_GONE = frozenset({"RM-X-002", "RM-X-003"})
Rounds = Callable[[Programme, Path, bytes, Sequence[Path]], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A programme's folder and the folder that holds its reports."""

    programme: Path
    reports: Path


def targets_of(programmes: Sequence[Path], reports: Path) -> list[Target]:
    """Where the reports of some programmes go: one alone into the folder itself, several into one each inside it.

    Raises
    ------
    InputError
        RM-E-095 when two programmes' folders have the same name, so that their reports would meet.
    """
    if len(programmes) == 1:
        return [Target(programme=programmes[0], reports=reports)]
    names = [programme.resolve().name for programme in programmes]
    if len(set(names)) < len(names):
        remedy = "call due for each of them, with another --reports"
        raise refuse(reports, "RM-E-095", "two programmes' folders have the same name", remedy)
    pairs = zip(programmes, names, strict=True)
    return [Target(programme=programme, reports=reports / name) for programme, name in pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of one report: its folder, or the error; ``round_id`` is empty where it failed before a round."""

    programme: str
    round_id: str
    folder: Path | None = None
    seconds: float = 0.0
    error: RmError | None = None
    log: Path | None = None

    @property
    def exit_code(self) -> int:
        """0, or the exit code of the error."""
        return self.error.exit_code if self.error else 0

    def as_dict(self) -> dict[str, Any]:
        """The outcome for ``--json``."""
        problems = [p.as_dict() for p in self.error.problems] if isinstance(self.error, InputError) else []
        return {
            "programme": self.programme,
            "round": self.round_id,
            "report": None if self.folder is None else str(self.folder / "report.html"),
            "code": self.error.code if self.error else None,
            "cause": self.error.message if self.error else None,
            "problems": problems,
        }


@dataclass(slots=True, kw_only=True)
class _Task:
    target: Target
    name: str
    language: str
    round_id: str
    staging: Path
    key: bytes


def make_reports(
    targets: Sequence[Target], rounds: Rounds, *, deadline: float, progress: Progress, notebooks: Sequence[Path] = ()
) -> list[Made]:
    """Make the reports of some rounds of some programmes, all in one worker.

    Parameters
    ----------
    targets : sequence of Target
        Programmes with their reports folders.
    rounds : callable
        Takes the programme, its reports folder, the folder's key and the notebooks; returns ids of rounds to make.
    deadline : float
        Seconds of wall clock that one report may take.
    progress : Progress
        Is told what goes on.
    notebooks : sequence of Path, optional
        The notebooks that make the chapters; the installed ones unless given.

    Returns
    -------
    list of Made
        One for each report, or for each programme that failed before; empty when there was nothing to make.
    """
    notebooks = tuple(notebooks) or cells.notebooks(shipped.notebooks())
    made: list[Made] = []
    with ExitStack() as open_until_the_end:
        tasks: list[_Task] = []
        for target in targets:
            try:
                tasks += _tasks(target, rounds, notebooks, open_until_the_end)
            except RmError as error:
                made.append(Made(programme=target.programme.name, round_id="", error=error))
        if tasks:
            made += _work(tasks, notebooks, deadline=deadline, progress=progress)
    return made


def _tasks(target: Target, rounds: Rounds, notebooks: Sequence[Path], stack: ExitStack) -> list[_Task]:
    """Lock a reports folder, mend it, and list what is to be made there."""
    programme = read_programme(target.programme, tuple(TABLES))
    state = prepare(target.reports)
    stack.enter_context(locked(state))
    publish.recover(target.reports)
    _refuse_other_programme(target.reports, programme.name)
    key = manifest.read_key(state)
    wanted = rounds(programme, target.reports, key, notebooks)
    tasks = []
    for round_id in wanted:
        staging = publish.stage(target.reports, programme.round(round_id).id)
        stack.callback(shutil.rmtree, staging, ignore_errors=True)
        about = {"name": programme.name, "language": programme.language}
        tasks.append(_Task(target=target, **about, round_id=round_id, staging=staging, key=key))
    if not tasks:
        write_index(target.reports, programme.language)
    return tasks


def _refuse_other_programme(reports: Path, name: str) -> None:
    for folder in publish.published(reports):
        made = manifest.read(folder)
        if made is not None and made.get("parameters", {}).get("programme") != name:
            remedy = "name another folder with --reports; one folder holds the reports of one programme"
            raise refuse(reports, "RM-E-092", "the reports folder holds another programme's reports", remedy)


def _work(tasks: Sequence[_Task], notebooks: Sequence[Path], *, deadline: float, progress: Progress) -> list[Made]:
    made: list[Made] = []
    with ExitStack() as stack:
        worker: Worker | None = None
        for task in tasks:
            started = datetime.now(UTC)
            progress.report(f"{task.name}, {task.round_id}")
            if worker is None:
                worker = stack.enter_context(_worker(task.target.reports))
            folder, log = None, None
            with Boundary() as edge:
                done = _pages(worker, task, notebooks, deadline=deadline, progress=progress)
                folder = _publish(task, done, notebooks)
            if edge.error is not None:
                log = _note(task, edge, at=started)
                if edge.error.code in WORKER_GONE:
                    worker = None
            seconds = (datetime.now(UTC) - started).total_seconds()
            about = {"programme": task.name, "round_id": task.round_id}
            made.append(Made(**about, folder=folder, seconds=seconds, error=edge.error, log=log))
    return made


def _note(task: _Task, edge: Boundary, *, at: datetime) -> Path | None:
    """Leave the note on a failure and list it; where the details of an internal one lie, for the owner's eyes."""
    if edge.error is None:
        return None
    reports, log = task.target.reports, None
    if edge.error.exit_code == EXIT_INTERNAL and edge.error.code not in WORKER_GONE:
        log = write_log(reports, edge.details)
    with Boundary():
        publish.note_failure(reports, task.round_id, edge.error, at=at.isoformat(timespec="seconds"))
        write_index(reports, task.language)
    return log


@contextmanager
def _worker(reports: Path) -> Iterator[Worker]:
    """A worker with a scratch folder that goes with it, and a log that goes when it is empty."""
    scratch = reports.resolve() / STATE / f"scratch-{secrets.token_hex(4)}"
    log = reports.resolve() / STATE / "worker.log"
    try:
        with Worker(scratch=scratch, log=log) as worker:
            yield worker
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        if log.is_file() and log.stat().st_size == 0:
            log.unlink()


def _pages(
    worker: Worker, task: _Task, notebooks: Sequence[Path], *, deadline: float, progress: Progress
) -> dict[str, Any]:
    """Have the worker make the pages of a task; its last event, or the error that it tells of."""
    job = Job(
        programme=str(task.target.programme.resolve()),
        round_id=task.round_id,
        staging=str(task.staging.resolve()),
        notebooks=tuple(str(path.resolve()) for path in notebooks),
    )
    event: dict[str, Any] = {}
    for event in worker.events(job, deadline=deadline):
        if event["event"] == "chapter":
            progress.chapter(task.round_id, event["name"], event["number"], event["of"])
    if event["event"] == "failed":
        raise _error(event)
    return event


def _error(event: Mapping[str, Any]) -> RmError:
    """The error that a worker's event tells of."""
    if event["problems"]:
        fields = ("code", "file", "rule", "remedy", "column", "row_count")
        problems = (Problem(**{f: p[f] for f in fields}, rows=tuple(p["rows"])) for p in event["problems"])
        return InputError(tuple(problems))
    if event["exit_code"] == EXIT_RELEASE_REFUSED:
        return ReleaseError(event["code"], event["message"])
    if event["exit_code"] == EXIT_FIGURES_FAILED:
        return FiguresError(event["code"], event["message"])
    return DetailedError(event["code"], event["message"], event["details"])


def write_log(reports: Path, details: str) -> Path | None:
    """Write the details of an error where its owner alone may read them."""
    log = reports / STATE / "last_error.log"
    if not log.parent.is_dir():
        return None
    with private(log) as file:
        file.write(details)
    return log


def _publish(task: _Task, done: Mapping[str, Any], notebooks: Sequence[Path]) -> Path:
    """Complete a staged report, check its pages and switch it in.

    Raises
    ------
    ReleaseError
        RM-S-001 with what the check of the pages found.
    """
    from rmanalytics.release.gate import released  # noqa: PLC0415  (what a run needs is loaded by a run)
    from rmanalytics.report import page  # noqa: PLC0415

    staging, reports = task.staging, task.target.reports
    document = json.loads((staging / "results.json").read_text(encoding="utf-8"))
    leadership = page.leadership_page(released(document, k=done["k"]))
    (staging / "leadership.html").write_text(leadership, encoding="utf-8")
    made_on = date.today()  # noqa: DTZ011  (the day where the report is made)
    facts = manifest.build(
        done,
        round_id=task.round_id,
        key=task.key,
        notebooks=notebooks,
        made_on=made_on,
        headline=page.headline_of((staging / "report.html").read_text(encoding="utf-8")),
    )
    (staging / manifest.NAME).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _refuse_findings(staging, done, forbidden=(*done["people"], str(task.target.programme.resolve()), str(staging)))
    place = publish.switch_in(staging, reports, task.round_id)
    publish.failure_note(reports, task.round_id).unlink(missing_ok=True)
    write_index(reports, document["language"])
    return place


def _refuse_findings(staging: Path, done: Mapping[str, Any], *, forbidden: tuple[str, ...]) -> None:
    """Check every file of a staged report as a stranger would see it."""
    from rmanalytics.inspect.scanner import scan, scan_text  # noqa: PLC0415  (what a run needs is loaded by a run)

    figures = {"report.html": done["figures"], "leadership.html": 0}
    findings = []
    for name in publish.FILES:
        text = (staging / name).read_text(encoding="utf-8")
        if name in figures:
            found = scan(text, figures_expected=figures[name], forbidden=forbidden)
        else:
            found = scan_text(text, forbidden=forbidden)
        findings += [f"{name}: {finding}" for finding in found]
    _refuse(findings)


def _refuse(findings: Sequence[str]) -> None:
    if findings:
        message = "the finished page must not go out: " + "; ".join(findings)
        raise ReleaseError("RM-S-001", f"{message}. Fix: tell the maintainers of rmanalytics. {NOTHING_PUBLISHED}")


def write_index(reports: Path, language: str) -> None:
    """Write the list of reports anew, if what it lists has changed."""
    from rmanalytics.inspect.scanner import scan  # noqa: PLC0415  (what a run needs is loaded by a run)
    from rmanalytics.report import page  # noqa: PLC0415

    entries = publish.index_entries(reports)
    if not entries:
        return
    index, text = reports / "index.html", page.index_page(entries, language=language)
    _refuse([f"index.html: {finding}" for finding in scan(text, figures_expected=0)])
    if not (index.is_file() and index.read_text(encoding="utf-8") == text):
        publish.write_whole(index, text)
