"""Making reports: jobs go to the worker, finished pages are checked and published.

Unit: one report of one round. A failure leaves the last good report as it was and does not stop the others.
"""

from __future__ import annotations

import json
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rmanalytics import shipped
from rmanalytics.errors import (
    EXIT_FIGURES_FAILED,
    EXIT_INTERNAL,
    EXIT_LOCKED,
    EXIT_RELEASE_REFUSED,
    NOTHING_PUBLISHED,
    InputError,
    Problem,
    ReleaseError,
    RmError,
    RunError,
)
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled
from rmanalytics.programme.programme import Programme, read_programme
from rmanalytics.programme.refusals import language_of
from rmanalytics.run import cells, history, manifest, outside, publish, stores
from rmanalytics.run.boundary import Boundary, DetailedError, FailedFiguresError
from rmanalytics.run.code import Code, code_of
from rmanalytics.run.lock import INSIDE, STATE, Access, access_of, locked, prepare, refuse, with_reserve
from rmanalytics.run.made import Made
from rmanalytics.run.process import Job, Worker, private
from rmanalytics.run.progress import Progress
from rmanalytics.run.telling import Telling
from rmanalytics.run.use import used

WORKER_GONE = frozenset({"RM-X-002", "RM-X-003"})
Rounds = Callable[[Programme, Path, bytes, Code], list[str]]


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
        rule = filled("two programmes' folders have the same name")
        raise refuse(reports, "RM-E-095", rule, filled("call due for each of them, with another --reports"))
    return [Target(programme=one, reports=reports / name) for one, name in zip(programmes, names, strict=True)]


@dataclass(slots=True, kw_only=True)
class _Task:
    target: Target
    programme: Programme
    round_id: str
    staging: Path
    key: bytes
    code: Code
    of: str
    access: Access
    released: bytes | None = None
    off: tuple[str, ...] = ()


def make_reports(
    targets: Sequence[Target],
    rounds: Rounds,
    *,
    deadline: float,
    progress: Progress,
    notebooks: Sequence[Path] = (),
    call: str = "report",
) -> list[Made]:
    """Make the reports of some rounds of some programmes, all in one worker.

    Parameters
    ----------
    targets : sequence of Target
        Programmes with their reports folders.
    rounds : callable
        Takes the programme, its reports folder, the folder's key and the code; returns ids of rounds to make.
    deadline : float
        Seconds of wall clock that one report may take.
    progress : Progress
        Is told what goes on.
    notebooks : sequence of Path, optional
        The notebooks that make the chapters; the installed ones unless given.
    call : str
        The command that asks, for the history; notices are sent for ``due`` alone.

    Returns
    -------
    list of Made
        One for each report, or for each programme that failed before; empty when there was nothing to make.
    """
    notebooks = tuple(notebooks) or cells.notebooks(shipped.notebooks())
    code = code_of(notebooks)
    made: list[Made] = []
    telling = Telling(progress, on=call == "due")
    with ExitStack() as open_until_the_end:
        tasks: list[_Task] = []
        for target in targets:
            with Boundary() as edge:
                programme = read_programme(target.programme, tuple(TABLES))
                telling.add(target.programme, programme)
                found = _tasks(target, programme, rounds, code, open_until_the_end)
                tasks += found
                if not found:
                    _record(target, {"call": call, "outcome": history.NOTHING}, at=datetime.now(UTC))
            if edge.error is not None:
                made.append(_failed_before(target, edge, call))
                telling.failed(target.programme, edge.error)
        telling.start([(task.target.programme, task.round_id) for task in tasks])
        if tasks:
            made += _work(tasks, notebooks, deadline=deadline, progress=progress, call=call, telling=telling)
    telling.end()
    return made


def _failed_before(target: Target, edge: Boundary, call: str) -> Made:
    """A programme that failed before one of its rounds was begun."""
    error = edge.error or RunError("RM-X-009", NOTHING_PUBLISHED)
    log = write_log(target.reports, edge.details) if error.exit_code == EXIT_INTERNAL else None
    if error.exit_code != EXIT_LOCKED:
        told = {"call": call, "outcome": history.FAILED, "code": error.code, "exit": error.exit_code}
        _record(target, told, at=datetime.now(UTC))
    about: dict[str, Any] = {
        "programme": target.programme.name,
        "round_id": "",
        "language": language_of(target.programme),
    }
    return Made(**about, error=error, log=log)


def _record(target: Target, told: Mapping[str, Any], *, at: datetime) -> None:
    """Add a line to the history, where there is a place for one."""
    state = target.reports / STATE
    if state.is_dir():
        line = {"at": at.isoformat(timespec="seconds"), "round": "", **told}
        with_reserve(state, lambda: history.append(state, line))


def _tasks(target: Target, programme: Programme, rounds: Rounds, code: Code, stack: ExitStack) -> list[_Task]:
    """Lock a reports folder, mend it, and list what is to be made there."""
    access = access_of(programme.group)
    state = prepare(target.reports, access)
    stack.enter_context(locked(state))
    publish.recover(target.reports)
    publish.close_all(target.reports, access)
    _refuse_other_programme(target.reports, programme.name)
    stores.forget(programme)
    key = manifest.read_key(state)
    wanted = rounds(programme, target.reports, key, code)
    tasks = []
    of = manifest.fingerprint(manifest.rests_on(programme), code, key=key) if wanted else ""
    for round_id in wanted:
        staging = publish.stage(target.reports, programme.round(round_id).id)
        stack.callback(shutil.rmtree, staging, ignore_errors=True)
        about: dict[str, Any] = {"target": target, "programme": programme, "access": access, "key": key}
        tasks.append(_Task(round_id=round_id, staging=staging, code=code, of=of, **about))
    if not tasks:
        write_index(target.reports, programme, access)
    return tasks


def _refuse_other_programme(reports: Path, name: str) -> None:
    for folder in publish.published(reports):
        made = manifest.read(folder)
        if made is not None and made.get("parameters", {}).get("programme") != name:
            remedy = filled("name another folder with --reports; one folder holds the reports of one programme")
            raise refuse(reports, "RM-E-092", filled("the reports folder holds another programme's reports"), remedy)


def _work(
    tasks: Sequence[_Task],
    notebooks: Sequence[Path],
    *,
    deadline: float,
    progress: Progress,
    call: str,
    telling: Telling,
) -> list[Made]:
    made: list[Made] = []
    with ExitStack() as stack:
        worker: Worker | None = None
        for task in tasks:
            started = datetime.now(UTC)
            progress.report(f"{task.programme.name}, {task.round_id}")
            folder, log, failed = None, None, ()
            with Boundary() as edge, used(task.target.programme, call, task.round_id):
                worker = worker or stack.enter_context(_worker(task.target.reports))
                done = _pages(worker, task, notebooks, deadline=deadline, progress=progress)
                folder = _publish(task, done, notebooks)
                if failed := tuple(done["failed"]):
                    log = write_log(task.target.reports, done["details"])
            if edge.error is not None:
                log = _note(task, edge, at=started)
                if worker is not None and worker.ended:
                    worker = None
            seconds = (datetime.now(UTC) - started).total_seconds()
            own = task.programme
            about: dict[str, Any] = {"programme": own.name, "round_id": task.round_id, "language": own.language}
            made.append(
                Made(**about, folder=folder, seconds=seconds, error=edge.error, log=log, failed=failed, off=task.off)
            )
            _record(task.target, _line(made[-1], call, task.of), at=started)
            telling.made(task.target.programme, task.round_id, edge.error)
    return made


def _line(made: Made, call: str, of: str) -> dict[str, Any]:
    """The line of a report for the history."""
    told = {"call": call, "round": made.round_id, "seconds": round(made.seconds, 1), "of": of}
    if made.error is None:
        return {**told, "outcome": history.PUBLISHED}
    return {**told, "outcome": history.FAILED, "code": made.error.code, "exit": made.error.exit_code}


def _note(task: _Task, edge: Boundary, *, at: datetime) -> Path | None:
    """Leave the note on a failure and list it; where the details of an internal one lie, for the owner's eyes."""
    if edge.error is None:
        return None
    reports, state, error = task.target.reports, task.target.reports / STATE, edge.error
    shutil.rmtree(task.staging, ignore_errors=True)  # on a full disk this makes the room for what follows
    log = None
    if error.exit_code in {EXIT_INTERNAL, EXIT_FIGURES_FAILED} and error.code not in WORKER_GONE:
        log = write_log(reports, edge.details)
    note = partial(publish.note_failure, reports, task.round_id, error, at=at.isoformat(timespec="seconds"))
    with Boundary():
        with_reserve(state, partial(note, access=task.access))
        write_index(reports, task.programme, task.access)
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
    task.released, release = outside.wanted(task.target.reports, task.programme, task.round_id)
    job = Job(
        programme=str(task.target.programme.resolve()),
        made_on=task.programme.today().isoformat(),
        round_id=task.round_id,
        state=str((task.target.reports / STATE).resolve()),
        staging=str(task.staging.resolve()),
        notebooks=tuple(str(path.resolve()) for path in notebooks),
        release=release,
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
    kind = FailedFiguresError if event["exit_code"] == EXIT_FIGURES_FAILED else DetailedError
    return kind(event["code"], event["message"], event["details"])


def write_log(reports: Path, details: str) -> Path | None:
    """Write the details of an error where its owner alone may read them."""
    log = reports / STATE / "last_error.log"

    def write() -> None:
        with private(log) as file:
            file.write(details)

    return log if log.parent.is_dir() and with_reserve(log.parent, write) else None


def _publish(task: _Task, done: Mapping[str, Any], notebooks: Sequence[Path]) -> Path:
    """Complete a staged report, check its pages and switch it in.

    Raises
    ------
    ReleaseError
        RM-S-001 with what the check of the pages found.
    """
    from rmanalytics.report import page  # noqa: PLC0415  (what a run needs is loaded by a run)

    staging, reports = task.staging, task.target.reports
    document = json.loads((staging / "results.json").read_text(encoding="utf-8"))
    released, sums = outside.taken(staging, task.released)
    facts = manifest.build(
        done,
        round_id=task.round_id,
        key=task.key,
        code=task.code,
        made_on=date.fromisoformat(document["generated_at"]),
        headline=page.headline_of((staging / "report.html").read_text(encoding="utf-8")),
        files=[path for path in staging.iterdir() if path.is_file()],
    )
    (staging / manifest.NAME).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    forbidden = (*done["people"], str(task.target.programme.resolve()), str(staging))
    index = page.index_page(publish.index_entries(reports, {task.round_id: staging}), language=task.programme.language)
    _refuse([*_findings(staging, done, forbidden=forbidden), *_in_index(index, forbidden)])
    own, look = task.programme, task.programme.leadership.look
    template = own.folder / look["template"] if "template" in look else None
    staged = outside.prepared(reports, task.round_id, released, done["canaries"], salt=own.id, template=template)
    if code_of(notebooks) != task.code:
        mend = "Fix: call again when its installation is done."
        raise RunError("RM-X-006", f"the program was changed while it ran. {mend} {NOTHING_PUBLISHED}")
    on = date.fromisoformat(document["generated_at"])
    if sums is not None and released is not None:
        outside.record(reports, task.round_id, released, sums, on=on)
    place = publish.switch_in(staging, reports, task.round_id, task.access)
    if staged is not None:
        task.off = outside.finished(reports, task.round_id, staged, on=on, access=task.access)
    publish.failure_note(reports, task.round_id).unlink(missing_ok=True)
    publish.write_whole(reports / INSIDE / "index.html", index, task.access)
    return place


def _findings(staging: Path, done: Mapping[str, Any], *, forbidden: tuple[str, ...]) -> list[str]:
    """Check every file of a staged report as a stranger would see it."""
    from rmanalytics.inspect.scanner import scan, scan_text  # noqa: PLC0415  (what a run needs is loaded by a run)

    figures = {"report.html": done["figures"]}
    findings = []
    for name in publish.FILES:
        text = _text(staging / name)
        if name in figures:
            found = scan(text, figures_expected=figures[name], forbidden=forbidden)
        else:
            found = scan_text(text, forbidden=forbidden)
        findings += [f"{name}: {finding}" for finding in found]
    return findings


def _text(path: Path) -> str:
    """What a file of a report says; of a workbook all its parts."""
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist())


def _in_index(text: str, forbidden: tuple[str, ...]) -> list[str]:
    from rmanalytics.inspect.scanner import scan  # noqa: PLC0415  (what a run needs is loaded by a run)

    return [f"index.html: {finding}" for finding in scan(text, figures_expected=0, forbidden=forbidden)]


def _refuse(findings: Sequence[str]) -> None:
    if findings:
        message = "the finished page must not go out: " + "; ".join(findings)
        raise ReleaseError("RM-S-001", f"{message}. Fix: tell the maintainers of rmanalytics. {NOTHING_PUBLISHED}")


def write_index(reports: Path, programme: Programme, access: Access) -> None:
    """Write the list of reports anew, if what it lists has changed; it is scanned as the reports are."""
    from rmanalytics.report import page  # noqa: PLC0415

    entries = publish.index_entries(reports)
    if not entries:
        return
    index, text = reports / INSIDE / "index.html", page.index_page(entries, language=programme.language)
    if index.is_file() and index.read_text(encoding="utf-8") == text:
        return
    people = _ids(programme)
    _refuse(_in_index(text, (*people, str(programme.folder.resolve()), str(reports.resolve()))))
    publish.write_whole(index, text, access)


def _ids(programme: Programme) -> list[str]:
    """Ids of people, to look for; none where the data cannot be read, for then no report was made from them."""
    from rmanalytics.intake.bundle import read_bundle  # noqa: PLC0415  (only where the list of reports changes)

    try:
        bundle = read_bundle(programme.folder, only=("people",))
    except InputError:
        return []
    return sorted(set(bundle.table("people")["person_id"].dropna().astype(str)))
