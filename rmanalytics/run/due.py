"""Which rounds want a report: how each stands, why and since when, and making those that are due.

Unit: one round of one programme. Reading how rounds stand writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from rmanalytics import shipped
from rmanalytics.errors import EXIT_DONE, EXIT_INTERNAL, EXIT_OVERDUE, SEVERITY, InputError, Problem, RmError
from rmanalytics.intake.erased import told_unfinished
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled, key, plural, translator
from rmanalytics.programme.programme import FILE_NAME, Programme, Round, read_programme
from rmanalytics.programme.refusals import language_of
from rmanalytics.receipts.steps import undone
from rmanalytics.run import cells, history, manifest, outside, publish
from rmanalytics.run.boundary import Boundary
from rmanalytics.run.code import Code, code_of
from rmanalytics.run.lock import STATE, access_of, locked, prepare
from rmanalytics.run.made import Made
from rmanalytics.run.make import Target, make_reports, write_log
from rmanalytics.run.progress import Progress

State = Literal["open", "waiting", "current", "due", "damaged", "other code", "failed"]
DUE: tuple[State, ...] = ("due", "damaged", "other code")
STATES: dict[str, str] = {
    "open": key("open"),
    "waiting": key("waiting for data"),
    "current": key("current"),
    "due": key("due"),
    "damaged": key("damaged"),
    "other code": key("made by other code"),
    "failed": key("failed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one round stands.

    Parameters
    ----------
    programme, round_id, language : str
        Name of the programme, id of the round, the programme's language.
    state : str
        ``open`` (not over), ``waiting`` (over, its data not complete), ``current`` (its report holds), ``due`` (no
        report, or its inputs have changed), ``damaged`` (a published file is missing or changed), ``other code``
        (made by another version of package, notebook or dependency), ``failed`` (the last tries failed).
    why : tuple of str
        What the state rests on, in words.
    since : date or None
        Since when the round has been so; None where nobody can know.
    failures, code, exit_code, next_try
        Failures in a row with the same data and code, code of the last one, the exit code it gave, and the time of
        the next try by ``due`` (None: the next call).
    """

    programme: str
    round_id: str
    language: str = "en"
    state: State
    why: tuple[str, ...] = ()
    since: date | None = None
    failures: int = 0
    code: str = ""
    exit_code: int = EXIT_DONE
    next_try: datetime | None = None

    def days(self, today: date) -> int:
        """Days for which the round has had no current report although it is over; 0 where it has one."""
        behind = self.state not in ("open", "current") and self.since is not None
        return (today - self.since).days if behind and self.since is not None else 0

    def wanted(self, now: datetime) -> bool:
        """Whether a call of ``due`` at a time makes the report."""
        return self.state in DUE or (self.state == "failed" and (self.next_try is None or self.next_try <= now))

    def __str__(self) -> str:
        tr = translator(self.language)
        said = tr(STATES[self.state])
        if self.state == "failed":
            times = plural("failed ({code})", "failed {n} times ({code})")
            said = tr(times, n=self.failures, code=self.code)
        if self.since is not None:
            said += f" {tr('since {day}', day=self.since.isoformat())}"
        if self.next_try is not None:
            at = f"{self.next_try:%Y-%m-%d %H:%M} UTC"
            said += f", {tr('next try after {at} or when data or code change', at=at)}"
        why = f": {'; '.join(map(tr, self.why))}" if self.why else ""
        return f"{self.programme}, {self.round_id}: {said}{why}"

    def as_dict(self) -> dict[str, Any]:
        """The standing for ``--json``."""
        return {
            "round": self.round_id,
            "state": self.state,
            "since": None if self.since is None else self.since.isoformat(),
            "why": list(self.why),
            "failures": self.failures,
            "code": self.code or None,
            "next_try": None if self.next_try is None else self.next_try.isoformat(),
        }


def closed_rounds(programme: Programme, *, today: date) -> list[str]:
    """Ids of the rounds that are over and whose data are complete, in order of time.

    Examples
    --------
    A round that ends on 30 June is closed from 1 July on, if the exports reach 30 June.
    """
    return [r.id for r in programme.rounds if r.end < today and r.end <= programme.data_until]


def latest_closed(programme: Programme, *, today: date) -> str:
    """Id of the last closed round.

    Raises
    ------
    InputError
        RM-E-093 when no round is closed yet.
    """
    closed = closed_rounds(programme, today=today)
    if not closed:
        rule = filled("no round is closed yet: each ends after data_until or has not ended")
        remedy = filled("wait for the round to end and set data_until, or name the round with --round")
        raise InputError((Problem(code="RM-E-093", file=FILE_NAME, column="rounds", rule=rule, remedy=remedy),))
    return closed[-1]


def standings(programme: Programme, reports: Path, *, key: bytes, code: Code, today: date) -> list[Standing]:
    """How every round of a programme stands, in order of time.

    Parameters
    ----------
    programme : Programme
        The programme.
    reports : Path
        Its reports folder.
    key : bytes
        The key of that folder.
    code : Code
        What would make a report now.
    today : date
        The day on which it is decided which rounds are over.
    """
    lines = history.read(reports / STATE)
    now = manifest.rests_on(programme)
    found = []
    for declared in programme.rounds:
        over = _over(programme, declared, today)
        found.append(over or _closed(programme, declared, reports, key=key, code=code, now=now, lines=lines))
    return found


def _over(programme: Programme, declared: Round, today: date) -> Standing | None:
    """The standing of a round that is not closed; None for one that is."""
    about: dict[str, Any] = {"programme": programme.name, "round_id": declared.id, "language": programme.language}
    if declared.end >= today:
        return Standing(**about, state="open", why=(filled("ends on {day}", day=declared.end.isoformat()),))
    if declared.end > programme.data_until:
        since = declared.end + timedelta(days=1)
        return Standing(**about, state="waiting", since=since, why=_missing(programme, declared))
    return None


def _closed(
    programme: Programme,
    declared: Round,
    reports: Path,
    *,
    key: bytes,
    code: Code,
    now: Mapping[str, str],
    lines: Sequence[Mapping[str, Any]],
) -> Standing:
    about: dict[str, Any] = {"programme": programme.name, "round_id": declared.id, "language": programme.language}
    folder = publish.place_of(reports, declared.id)
    state, why = _report(folder, key=key, code=code, now=now)
    since = None if folder.is_dir() else declared.end + timedelta(days=1)
    failed = history.failures(lines, declared.id, manifest.fingerprint(now, code, key=key))
    if state == "current" or not failed:
        return Standing(**about, state=state, why=why, since=since)
    last = failed[-1]
    return Standing(
        **about,
        state="failed",
        why=why,
        since=since or datetime.fromisoformat(str(failed[0]["at"])).date(),
        failures=len(failed),
        code=str(last.get("code")),
        exit_code=int(last.get("exit", EXIT_INTERNAL)),
        next_try=history.next_try(failed),
    )


def _report(folder: Path, *, key: bytes, code: Code, now: Mapping[str, str]) -> tuple[State, tuple[str, ...]]:
    """State of a closed round's report, and what it rests on."""
    if not folder.is_dir():
        return "due", (filled("there is no report"),)
    made = manifest.read(folder)
    broken = manifest.damage(folder, made, key=key)
    if broken or made is None:
        return "damaged", broken
    other = code.differs(made.get("code"))
    if other:
        return "other code", other
    changed = manifest.changed_inputs(made, now, key=key)
    return ("due", tuple(filled("{name} has changed", name=name) for name in changed)) if changed else ("current", ())


def _missing(programme: Programme, declared: Round) -> tuple[str, ...]:
    """Why a round's data are not complete: what is declared, and the tables that do not reach its end."""
    from rmanalytics.intake.bundle import read_bundle  # noqa: PLC0415  (only a round that waits has its data read)

    until, end = programme.data_until.isoformat(), declared.end.isoformat()
    told: list[str] = [filled("data_until is {until}, the round ended on {end}", until=until, end=end)]
    try:
        bundle = read_bundle(programme.folder)
    except InputError as error:
        first = error.refused[0] if error.refused else error.problems[0]
        return (*told, filled("{name} would be refused as it is ({code})", name=first.file, code=first.code))
    for name in TABLES:
        if not bundle.has(name):
            continue
        table = bundle.table(name)
        if "round_id" in table:
            rows = table[table["round_id"] == declared.id]
            late = rows[rows["wave"] != "pre"] if "wave" in table else rows
            if late.empty:
                none = filled("{name} has no row of the round", name=name)
                told.append(filled("{name} has no row of the round after its start", name=name) if len(rows) else none)
            continue
        days = [table[c.name] for c in TABLES[name].columns if c.kind == "date" and c.name in table]
        last = max((d.date() for d in (column.max() for column in days) if d == d), default=None)  # noqa: PLR0124
        if last is not None and last <= declared.end:
            told.append(filled("{name} ends on {day}", name=name, day=last.isoformat()))
    return tuple(told)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCall:
    """What a call of ``due`` found and made."""

    made: tuple[Made, ...]
    standings: tuple[Standing, ...]

    @property
    def left(self) -> tuple[Standing, ...]:
        """Rounds that wait for data, or that failed and are not tried yet."""
        tried = {(one.programme, one.round_id) for one in self.made}
        behind = (s for s in self.standings if s.state in ("waiting", "failed"))
        return tuple(s for s in behind if (s.programme, s.round_id) not in tried)

    @property
    def exit_code(self) -> int:
        """The worst code of what was made, and of failures that wait for their next try."""
        codes = [one.exit_code for one in self.made] + [one.exit_code for one in self.left]
        return max(codes, key=SEVERITY.index, default=EXIT_DONE)


def make_due(
    targets: Sequence[Target],
    *,
    deadline: float,
    progress: Progress,
) -> DueCall:
    """Make every report that is due, and the page of a round that is in its middle.

    Parameters
    ----------
    targets, deadline, progress
        As for `rmanalytics.run.make.make_reports`.
    """
    moment = datetime.now(UTC)
    found: list[Standing] = []

    def wanted(programme: Programme, reports: Path, key: bytes, code: Code) -> list[str]:
        stand = standings(programme, reports, key=key, code=code, today=programme.today(moment))
        found.extend(stand)
        for one in stand:
            if one.state == "current":  # a note on an earlier failure says nothing any more
                publish.failure_note(reports, one.round_id).unlink(missing_ok=True)
        return [one.round_id for one in stand if one.wanted(moment)]

    made = make_reports(targets, wanted, deadline=deadline, progress=progress, call="due")
    unread = {one.programme for one in made if not one.round_id}
    made += [failed for one in targets if one.programme.name not in unread and (failed := _interim(one, progress))]
    return DueCall(made=tuple(made), standings=tuple(found))


def _interim(target: Target, progress: Progress) -> Made | None:
    """The page of a round that is in its middle; what failed, where it did."""
    with Boundary() as edge:
        programme = read_programme(target.programme, tuple(TABLES))
        access = access_of(programme.group)
        with locked(prepare(target.reports, access)):
            if told := outside.under_way(target.reports, programme, access):
                progress.line(told)
    if edge.error is None:
        return None
    log = write_log(target.reports, edge.details) if edge.error.exit_code == EXIT_INTERNAL else None
    about: dict[str, Any] = {"programme": target.programme.name, "language": language_of(target.programme)}
    return Made(**about, round_id=outside.INTERIM, error=edge.error, log=log)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How one programme stands: its rounds, its last run, what is undone before the next; or why it cannot be read."""

    folder: str
    reports: Path
    language: str = "en"
    standings: tuple[Standing, ...] = ()
    last_run: Mapping[str, Any] | None = None
    error: RmError | None = None
    today: date = date.min
    undone: tuple[str, ...] = ()

    def overdue(self, days: int) -> tuple[Standing, ...]:
        """Rounds that have had no current report for more than some days."""
        return tuple(one for one in self.standings if one.days(self.today) > days)

    def as_dict(self) -> dict[str, Any]:
        """The status for ``--json``."""
        return {
            "programme": self.standings[0].programme if self.standings else self.folder,
            "reports": str(self.reports),
            "rounds": [one.as_dict() for one in self.standings],
            "last_run": self.last_run,
            "undone": list(self.undone),
            "code": self.error.code if self.error else None,
            "cause": self.error.message if self.error else None,
        }


def undone_of(target: Target) -> tuple[str, ...]:
    """What is to do before rounds that start soon, in the programme's language; nothing where it cannot be read."""
    try:
        programme = read_programme(target.programme, tuple(TABLES))
        tr = translator(programme.language)
        return tuple(map(tr, (*told_unfinished(programme), *undone(programme, programme.today(datetime.now(UTC))))))
    except RmError:
        return ()


def status(targets: Sequence[Target]) -> list[Status]:
    """How all programmes stand; nothing is written and no lock is taken.

    Parameters
    ----------
    targets : sequence of Target
        Programmes with their reports folders.
    """
    moment = datetime.now(UTC)
    code = code_of(cells.notebooks(shipped.notebooks()))
    found = []
    for target in targets:
        about: dict[str, Any] = {"folder": target.programme.name, "reports": target.reports}
        try:
            programme = read_programme(target.programme, tuple(TABLES))
            state = target.reports / STATE
            key = manifest.read_key(state) if (state / "key").exists() else b""
            today = programme.today(moment)
            stand = standings(programme, target.reports, key=key, code=code, today=today)
            left = (*told_unfinished(programme), *undone(programme, today))
        except RmError as error:
            found.append(Status(**about, language=language_of(target.programme), error=error))
            continue
        last = next(iter(history.read(state)[-1:]), None)
        about |= {"language": programme.language, "standings": tuple(stand), "last_run": last}
        found.append(Status(**about, today=today, undone=left))
    return found


def status_code(found: Sequence[Status], overdue_days: int | None) -> int:
    """The exit code of ``status``: the worst error, else 6 where a round is overdue and days were given."""
    codes = [one.error.exit_code for one in found if one.error is not None]
    if overdue_days is not None and any(one.overdue(overdue_days) for one in found):
        codes.append(EXIT_OVERDUE)
    return max(codes, key=SEVERITY.index, default=EXIT_DONE)
