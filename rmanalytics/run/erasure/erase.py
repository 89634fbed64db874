"""Erasing people: put them on the list that the door applies, take them out of every store, look for them again.

Unit: one call for some people of one programme. Each step is whole by itself and does nothing where it was done before,
so that a call that was stopped is simply made again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from rmanalytics import shipped
from rmanalytics.errors import InputError, Problem, RunError
from rmanalytics.evaluation.kept import FOLDER as EVALUATIONS
from rmanalytics.inspect.receipts import findings
from rmanalytics.intake import erased
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.intake.door import Door, door_of
from rmanalytics.intake.readers.kinds import aliases_of
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled
from rmanalytics.programme.keys import key_folder
from rmanalytics.programme.programme import FILE_NAME, Programme, read_programme
from rmanalytics.programme.sources import split_sheet
from rmanalytics.receipts.chain import FOLDER, append, erased_of, key_of, keyed, read_chain
from rmanalytics.run.declare import package
from rmanalytics.run.erasure import rewrite
from rmanalytics.run.erasure.search import ClosedError, Wanted
from rmanalytics.run.lock import STATE, locked
from rmanalytics.run.manifest import input_digests
from rmanalytics.run.stores import GIVEN, Root, Store, store_of

EXPORT, FOREIGN = "export", "other file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file in which somebody was found; ``count`` is 0 for one that could not be looked into.

    ``export``: whether the programme is read from it; ``rewritten``: whether it may be rewritten.
    """

    path: Path
    root: str
    name: str
    store: Store | None
    count: int
    export: bool = False
    rewritten: bool = False

    @property
    def kind(self) -> str:
        """The store's place, or whose file it is."""
        return self.store.place if self.store else EXPORT if self.export else FOREIGN


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What an erasure found and left.

    Parameters
    ----------
    programme : Programme
    people : int
        How many were asked for.
    before, after : tuple of Place
        Where they stood, and where they still stand; ``after`` is empty before anything was done.
    outdated : tuple of Path
        Logs, checkpoints and lists handed out that were written before the day that was asked for; afterwards those
        that could not be removed.
    """

    programme: Programme
    people: int
    before: tuple[Place, ...]
    after: tuple[Place, ...] = ()
    outdated: tuple[Path, ...] = ()


class Eraser:
    """Some people of a programme who are to be erased, and those of a call before that was stopped (``stopped``).

    Parameters
    ----------
    folder, reports : Path
        The programme's folder, and that of its reports.
    also : sequence of Path
        Other folders in which somebody works with the programme's data.

    Raises
    ------
    InputError
        RM-E-203 where the programme has no id, by which the key of the list is kept.
    """

    def __init__(self, folder: Path, reports: Path, also: Sequence[Path] = ()) -> None:
        self.programme = read_programme(folder, tuple(TABLES))
        if not self.programme.id:
            raise _refused(
                "RM-E-203", "programme.id", filled("the programme has no id"), filled('add id = "…" under [programme]')
            )
        self.reports, self.also = reports, also
        self.people: list[frozenset[str]] = [*erased.unfinished(self.programme)[1]]
        self.stopped = len(self.people)
        self.outdated: tuple[Path, ...] = ()

    @cached_property
    def _door(self) -> Door:
        given = door_of(self.programme, aliases_of(self.programme), None)
        return Door(key=given.key, aliases=given.aliases)

    @cached_property
    def _met(self) -> dict[str, str]:
        """Pseudonym to id of everybody in the exports; empty where they cannot be read, or hold no ids of their own."""
        met: dict[str, str] = {}
        try:
            read_bundle(self.programme.folder, met=met)
        except InputError:
            return {}
        return met

    def named(self, ids: Sequence[str]) -> None:
        """Ask for people by id, alias or pseudonym; each is looked for under all her or his names."""
        for one in ids:
            known = self._door.aliases.get(one.casefold(), one)
            if self._door.key is not None:
                known = self._met.get(one, known)
            names = {one, known, *(alias for alias, other in self._door.aliases.items() if other == known)}
            if self._door.key is not None:
                names.add(self._door.pseudonym(known))
            if frozenset(names) not in self.people:
                self.people.append(frozenset(names))

    def older_than(self, day: date) -> None:
        """Ask for people who left before a day and served in no round that ended later, and for files of that time."""
        bundle = read_bundle(self.programme.folder)
        back = self._met if self._door.key is not None else {}
        self.named([back.get(one, one) for one in long_gone(bundle, day)])
        first = datetime(day.year, day.month, day.day).timestamp()  # noqa: DTZ001  (as the system's clock has it)
        self.outdated = tuple(
            path for *_, path in self._kept_by_us() if path.is_file() and path.stat().st_mtime < first
        )

    @cached_property
    def roots(self) -> Mapping[str, Path]:
        """The folders that are looked through, by the root of the register that they are."""
        found: dict[str, Path] = {"reports": self.reports, "keys": key_folder(self.programme.id)}
        with suppress(RunError):
            found["notebooks"] = shipped.notebooks()
        found |= {"programme": self.programme.folder, "temporary": Path(tempfile.gettempdir())}
        return found | {f"also {n}": folder for n, folder in enumerate(self.also, start=1)}

    def files(self) -> Iterator[tuple[str, str, Path]]:
        """Every file of the roots once, and every folder that cannot be read: root, name below it, path."""
        seen: set[Path] = set()
        for root, folder in self.roots.items():
            for top in folder.glob("rmanalytics-*") if root == "temporary" else [folder]:
                for path in sorted(_below(top)):
                    if (real := path.resolve()) not in seen:
                        seen.add(real)
                        yield root, path.relative_to(folder).as_posix(), path

    def _kept_by_us(self) -> Iterator[tuple[str, Store, Path]]:
        """Files that may name people and are not needed for long: logs, checkpoints, lists handed out, cuttings."""
        for root, name, path in self.files():
            store = store_of(name, _as_root(root))
            if store is not None and store.holds == "ids" and (store.erasing == "removed" or store.kept == GIVEN):
                yield name, store, path

    def places(self) -> tuple[Place, ...]:
        """Where the people stand, in every store, in the exports and in files that are nobody's."""
        wanted = Wanted(name for one in self.people for name in one)
        in_figures, exports = wanted.without_short_numbers(), input_digests(self.programme)
        found = []
        for root, name, path in self.files():
            store = store_of(name, _as_root(root))
            figures = store is not None and store.holds != "ids"
            try:
                count = (in_figures if figures else wanted).count(name, path.read_bytes())
            except FileNotFoundError:
                continue
            except (ClosedError, OSError):
                count = 0
                if root == "temporary" or (store is not None and store.erasing == "stays"):  # there, another run's own
                    continue
            else:
                if not count:
                    continue
            mine = root == "programme" and store is None and name in exports
            place = Place(path=path, root=root, name=name, store=store, count=count, export=mine)
            found.append(replace(place, rewritten=bool(count and self._columns(place))))
        return tuple(found)

    def look(self) -> Erasure:
        """Where they stand; nothing is changed.

        Raises
        ------
        InputError
            RM-E-202 for somebody who stands nowhere and is on no list.
        """
        places = self.places()
        known = erased.list_of(self.programme)
        nowhere = bool(self.people) and not any(place.count for place in places)
        if nowhere and not (known and all(known.stand_in(*one) for one in self.people)):
            raise _refused(
                "RM-E-202",
                "erase",
                filled("nobody was found"),
                filled("give an id as it stands in people, or a pseudonym"),
            )
        return Erasure(programme=self.programme, people=len(self.people), before=places, outdated=self.outdated)

    def act(self, found: Erasure, now: datetime) -> Erasure:
        """Erase them: the list first, then receipts, then every store; then look again.

        Raises
        ------
        LockedError
            RM-L-001 while reports are made.
        InputError
            RM-E-142 where the chain of receipts is broken.
        """
        with ExitStack() as stack:
            if (self.reports / STATE).is_dir():
                stack.enter_context(locked(self.reports / STATE))
            erased.begin(self.programme, self.people, now.date())
            listed = erased.add(self.programme, self.people, now.date())
            names = {name.casefold(): tuple(one) for one in self.people for name in one}

            def stand_in(text: str) -> str:
                return listed.stand_in(*names.get(text.casefold(), ()))

            self._receipts(stand_in, now)
            begun = erased.open_file(self.programme)
            for place in found.before:
                if place.path != begun:
                    with suppress(OSError):  # what may not be written still names them, and is found again
                        self._take_out(place, stand_in, names)
            for path in self.reports.glob(f"{STATE}/{EVALUATIONS}/*"):
                path.unlink(missing_ok=True)
            for path in found.outdated:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            begun.unlink(missing_ok=True)
            left = tuple(path for path in found.outdated if path.exists())
            about: dict[str, Any] = {"programme": self.programme, "people": len(self.people), "before": found.before}
            return Erasure(**about, after=self.places(), outdated=left)

    def _receipts(self, stand_in: rewrite.StandIn, now: datetime) -> None:
        """Take people out of private halves; a receipt says how many, and by which digest the half is known now."""
        folder = self.programme.folder
        key = key_of(self.programme.id, make=False)
        for one in read_chain(folder):
            half = folder / FOLDER / "private" / one.name
            if not half.is_file():
                continue
            data, gone = rewrite.private_half(half.read_bytes(), stand_in)
            if not gone:
                continue
            digest, last = keyed(key or b"", data), erased_of(read_chain(folder), one.digest)
            if last is None or last.content["private"] != digest:
                same = not findings(folder, None if self.programme.simulated else key, one.round_id)
                content = {"of": one.digest, "n": gone, "private": digest, "recomputed": int(same)}
                about: dict[str, Any] = {"round_id": one.round_id, "kind": "erased", "now": now, "package": package()}
                append(folder, content=content, simulated=self.programme.simulated, **about)
            _write(half, data)

    def _take_out(self, place: Place, stand_in: rewrite.StandIn, names: Mapping[str, Any]) -> None:
        """Take people out of one file, by what its store says; exports where the programme lets us."""
        path, store = place.path, place.store
        if store is not None and store.erasing == "removed" and not path.is_dir():
            path.unlink(missing_ok=True)
        elif place.count == 0 or (store is not None and store.erasing == "stays"):
            return
        elif path.suffix == ".ipynb":
            _write(path, rewrite.notebook(path.read_bytes(), names))
        elif store is None:
            columns = self._columns(place)
            if columns:
                _write(path, rewrite.table(path.read_bytes(), stand_in, columns))
        elif path.suffix == ".csv":
            _write(path, rewrite.table(path.read_bytes(), stand_in))
        elif path.suffix != ".json":
            _write(path, rewrite.text(path.read_bytes(), names))

    def _columns(self, place: Place) -> dict[str, bool]:
        """Headers of ids in an export that may be rewritten, and whether its rows stay; nothing where it may not be."""
        programme, found = self.programme, dict[str, bool]()
        if not programme.rewrites or not place.export or place.path.suffix != ".csv":
            return found
        for name, table in TABLES.items():
            files = {split_sheet(file)[0] for file in programme.tables.get(name, (f"{name}.csv",))}
            if place.name in files:
                for column in table.columns:
                    if column.kind == "id" or column.name == "rater":
                        heads = programme.sources.columns.get(name, {}).get(column.name, (column.name,))
                        found |= {head.casefold(): (name, column.name) in erased.STAY for head in heads}
        return found


def _below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, and what of it cannot be listed; what another run takes away meanwhile is gone."""
    unread: list[OSError] = []
    for here, _, names in os.walk(folder, onerror=unread.append):
        yield from (path for name in names if (path := Path(here, name)).is_file())
    yield from (Path(one.filename) for one in unread if not isinstance(one, FileNotFoundError))


def _as_root(root: str) -> Root:
    return "notebooks" if root.startswith("also ") else root  # type: ignore[return-value]


def long_gone(bundle: Bundle, day: date) -> list[str]:
    """People whose last employment ended before a day and who stand in no round that ended on it or later."""
    people = bundle.table("people")
    left = set(people.loc[people["exit_date"].dt.date < day, "person_id"]) if "exit_date" in people else set()
    recent = {one.id for one in bundle.programme.rounds if one.end >= day}
    for name, table in TABLES.items():
        if bundle.has(name) and "round_id" in bundle.tables[name]:
            rows = bundle.table(name)
            rows = rows[rows["round_id"].isin(recent)]
            for column in table.columns:
                left -= set(rows[column.name]) if column.kind == "id" else set()
    return sorted(left)


def _write(path: Path, data: bytes) -> None:
    """Replace a file in one step, with the rights that it had."""
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(path, part)
    part.replace(path)


def _refused(code: str, column: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=FILE_NAME, column=column, rule=rule, remedy=remedy),))
