"""Who is told what in one call: gathers what becomes of each programme, and sends notices before and after the work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rmanalytics.errors import EXIT_LOCKED, RmError
from rmanalytics.programme.notify import Notify, notify_of
from rmanalytics.programme.programme import Programme
from rmanalytics.run.notices import END_SECONDS, START_SECONDS, Notice, Told, send, told
from rmanalytics.run.progress import Progress


class Telling:
    """Notices of one call.

    Parameters
    ----------
    progress : Progress
        Gets a line for each notice that could not be delivered.
    on : bool
        Whether anything is sent at all.
    """

    def __init__(self, progress: Progress, *, on: bool) -> None:
        self._progress, self._on = progress, on
        self._names: dict[Path, str] = {}
        self._where: dict[Path, Notify] = {}
        self._told: dict[Path, list[Told]] = {}
        self._locked: set[Path] = set()

    def add(self, folder: Path, programme: Programme | None) -> None:
        """A programme takes part; None where it could not be read, so that the environment alone says where to."""
        if not self._on:
            return
        self._names[folder] = folder.name if programme is None else programme.name
        self._told[folder] = []
        try:
            self._where[folder] = notify_of({} if programme is None else programme.notify)
        except ValueError as error:
            self._progress.warning(f"RM-W-099 notices: not delivered, {error}.")
            self._where[folder] = Notify()

    def start(self, rounds: Sequence[tuple[Path, str]]) -> None:
        """Work on these rounds begins."""
        made = {folder: [Told(round=r, outcome="to be made") for f, r in rounds if f == folder] for folder, _ in rounds}
        self._send({folder: ("start", found) for folder, found in made.items()}, START_SECONDS)

    def made(self, folder: Path, round_id: str, error: RmError | None) -> None:
        """A report was published, or failed."""
        if self._on:
            outcome = Told(round=round_id, outcome="published") if error is None else told(error, round_id)
            self._told[folder].append(outcome)

    def failed(self, folder: Path, error: RmError) -> None:
        """A programme failed before one of its rounds was begun; another run at work is no failure."""
        if self._on and folder not in self._names:
            self.add(folder, None)
        if error.exit_code == EXIT_LOCKED:
            self._locked.add(folder)
        self.made(folder, "", error)

    def end(self) -> None:
        """The work is done."""
        ends = {}
        for folder, found in self._told.items():
            if folder not in self._locked:
                failed = any(one.outcome == "failed" for one in found)
                ends[folder] = ("failure" if failed else "success" if found else "nothing", found)
        self._send(ends, END_SECONDS)

    def _send(self, events: dict[Path, tuple[str, list[Told]]], seconds: float) -> None:
        if not self._on:
            return
        at = datetime.now(UTC).isoformat(timespec="seconds")
        parcels = [
            (self._where[folder], Notice(event=event, programme=self._names[folder], at=at, rounds=tuple(found)))  # type: ignore[arg-type]
            for folder, (event, found) in events.items()
        ]
        for line in send(parcels, seconds=seconds):
            self._progress.warning(line)
