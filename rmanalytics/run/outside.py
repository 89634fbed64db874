"""The outside of a round: released once, rendered by a process of its own, looked through, switched in.

A published round is read, never computed again. Its record (``inside/releases.jsonl``), its copy
(``inside/released/<round>/``) and what lies outside must agree; where they do not, nothing is published.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmanalytics.briefing.told import INDEX, NAME, NOTES
from rmanalytics.errors import NOTHING_PUBLISHED, InputError, Problem, ReleaseError
from rmanalytics.language.translator import LANGUAGES, filled, translator
from rmanalytics.release.key import release_key
from rmanalytics.run.boundary import DetailedError
from rmanalytics.run.browser import printed
from rmanalytics.run.export import as_json
from rmanalytics.run.lock import INSIDE, OUTSIDE, Access
from rmanalytics.run.publish import exchange, write_whole

if TYPE_CHECKING:
    from rmanalytics.programme.programme import Programme

RECORDS, COPIES, SUMS, PENDING = "releases.jsonl", "released", "sums.json", ".pending-"
REGISTER, INTERIM = "sentences.jsonl", "interim"
_STAGED = ".staging-outside-"
STAMP = 1_577_880_000
"""Noon of 1 January 2020, as in the packages of slides."""


def wanted(reports: Path, programme: Programme, round_id: str) -> tuple[bytes | None, dict[str, Any] | None]:
    """The release of a round where it has one, and what a worker needs for the first one; neither before its end."""
    found, round_ = published(reports, round_id), programme.round(round_id)
    if found is not None or round_.end > programme.data_until or round_.end >= programme.today():
        return found, None
    return None, {"key": release_key(programme.id).hex(), "known": known(reports)}


def taken(staging: Path, before: bytes | None) -> tuple[bytes | None, dict[str, Any] | None]:
    """The release that a worker has left in a staging folder, with its sums, taken out; else the one of before."""
    made, sums = (staging / name for name in (NAME, SUMS))
    if not made.is_file():
        return before, None
    found = made.read_bytes(), json.loads(sums.read_text(encoding="utf-8"))
    made.unlink()
    sums.unlink()
    return found


def prepared(
    reports: Path,
    round_id: str,
    released: bytes | None,
    canaries: Sequence[str],
    *,
    salt: str,
    template: Path | None = None,
) -> Path | None:
    """The outside of a round, rendered and looked through; None where it lies there already, or nothing is released."""
    room = reports / OUTSIDE
    if released is None or all(path.is_file() for path in (room / round_id / NAME, room / INDEX)):
        return None
    return staged(reports, round_id, released, canaries, salt=salt, template=template)


def staged(
    reports: Path,
    round_id: str,
    released: bytes,
    canaries: Sequence[str],
    *,
    salt: str,
    template: Path | None = None,
) -> Path:
    """The outside of a round beside its place, with the list of rounds, printed, and looked through."""
    room = reports / OUTSIDE
    folder = room / f"{_STAGED}{round_id}"
    try:
        rounds = {round_id, *(one["round"] for one in records(reports))}
        stage(folder, room, released, rounds=rounds, template=template)
        printed(pages_of(folder))
        timeless(folder)
        look_through(folder, canaries, salt=salt)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def under_way(reports: Path, programme: Programme, access: Access) -> str:
    """Keep the page of the round that is in its middle: what was planned, and until when there is no verdict.

    It is made from the declaration alone, when that has changed, and taken away when the round is over. Returns a line
    on what was made, else nothing.
    """
    room, today = reports / OUTSIDE, programme.today()
    now = next((one for one in programme.rounds if one.start <= today <= one.end), None)
    if now is None:
        shutil.rmtree(room / INTERIM, ignore_errors=True)
        return ""
    from rmanalytics.release.interim import interim  # noqa: PLC0415  (only a round in its middle needs it)

    document, place = as_json(interim(programme, now)).encode(), room / INTERIM / NAME
    if place.is_file() and place.read_bytes() == document:
        return ""
    folder, look = room / f"{_STAGED}{INTERIM}", programme.leadership.look
    try:
        stage(folder, room, document, template=programme.folder / look["template"] if "template" in look else None)
        printed(pages_of(folder))
        timeless(folder)
        look_through(folder, (), salt=programme.id)
        access.outward().close(switch_in(folder, reports, INTERIM, access.outward()).parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return f"{programme.name}, {now.id}: no verdict yet, due after {now.end.isoformat()}; its page: {place.parent}"


def timeless(folder: Path) -> None:
    """Give every file of a briefing the same time: none tells when anything was done."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (STAMP, STAMP))


def pages_of(folder: Path, languages: Sequence[str] = ()) -> list[Path]:
    """The pages of a briefing that are printed: the one page and the slides, in some or all languages."""
    pages = [path for path in sorted(folder.glob("*.html")) if path.name.startswith(("briefing.", "slides."))]
    return [path for path in pages if not languages or path.name.split(".")[1] in languages]


def finished(reports: Path, round_id: str, folder: Path, *, on: date, access: Access) -> tuple[str, ...]:
    """Keep the register and switch a staged outside in; ids of sentences that have to come off every page.

    The round's folder comes last: as long as it is not there, a run that was ended is done again.
    """
    access = access.outward()
    off = register(reports, json.loads((folder / NAME).read_text(encoding="utf-8")), on=on, access=access)
    access.close(folder / INDEX)
    (folder / INDEX).replace(folder.parent / INDEX)
    access.close(switch_in(folder, reports, round_id, access).parent)
    return tuple(off)


def known(reports: Path) -> dict[str, Any]:
    """What was published of all rounds: entries and blurred sums by id, to be repeated unchanged."""
    found: dict[str, Any] = {"entries": {}, "sums": {}}
    for record in records(reports):
        copy = reports / INSIDE / COPIES / record["round"]
        document = json.loads((copy / NAME).read_text(encoding="utf-8"))
        found["entries"] |= {e["id"]: {k: v for k, v in e.items() if k != "evidence"} for e in document["entries"]}
        found["sums"] |= json.loads((copy / SUMS).read_text(encoding="utf-8"))
    return found


def records(reports: Path) -> list[dict[str, Any]]:
    """The releases so far, oldest first."""
    path = reports / INSIDE / RECORDS
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def published(reports: Path, round_id: str) -> bytes | None:
    """The release of a round as it was published, restored from its copy where it is gone; None before the first.

    Raises
    ------
    InputError
        RM-E-183 where record, copy and file do not agree: nothing can be said about what was published.
    """
    _settle(reports)
    record = next((one for one in records(reports) if one["round"] == round_id), None)
    copy, file = reports / INSIDE / COPIES / round_id / NAME, reports / OUTSIDE / round_id / NAME
    if record is None:
        if copy.exists() or file.exists():
            raise _refused(filled("a release lies there without its record"))
        return None
    data = [path.read_bytes() for path in (copy, file) if path.is_file()]
    if not data:
        raise _refused(filled("a release is recorded, and neither its file nor its copy is there"))
    if any(sha256(one).hexdigest() != record["sha256"] for one in data):
        raise _refused(filled("a release is no longer as it was published"))
    return data[0]


def _settle(reports: Path) -> None:
    """Finish or undo what a run that was ended between record and copy left behind."""
    kept = {one["round"]: one["sha256"] for one in records(reports)}
    for pending in (reports / INSIDE / COPIES).glob(f"{PENDING}*"):
        round_id, file = pending.name.removeprefix(PENDING), pending / NAME
        whole = file.is_file() and (pending / SUMS).is_file()
        if whole and kept.get(round_id) == sha256(file.read_bytes()).hexdigest():
            pending.rename(pending.parent / round_id)
        else:
            shutil.rmtree(pending)
    for left in (reports / OUTSIDE).glob(f"{_STAGED}*"):
        shutil.rmtree(left, ignore_errors=True)
    for part in (part for room in (INSIDE, OUTSIDE) for part in (reports / room).glob(".*.part")):
        part.unlink(missing_ok=True)


def _refused(rule: str) -> InputError:
    remedy = filled("restore the folders inside and outside from a backup; a published round is never made again")
    return InputError((Problem(code="RM-E-183", file=f"{INSIDE}/{RECORDS}", rule=rule, remedy=remedy),))


def stage(
    folder: Path, room: Path, released: bytes, *, rounds: Collection[str] = (), template: Path | None = None
) -> None:
    """Render a release into an empty folder beside its place, by a process of its own; notes on its figures come along.

    With it goes the list of all rounds that are released, which `finished` puts beside their folders.

    Raises
    ------
    DetailedError
        RM-X-012 when the process failed; what it said stays inside.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    (folder / NAME).write_bytes(released)
    own = {entry["id"] for entry in json.loads(released)["entries"]}
    notes = [note for path in sorted(room.glob(f"*/{NOTES}")) for note in json.loads(path.read_bytes())]
    if kept := {note["id"]: note for note in notes if note["id"] in own}:
        (folder / NOTES).write_text(json.dumps(list(kept.values()), indent=1) + "\n", encoding="utf-8")
    render(folder / NAME, folder, listed=sorted(rounds, reverse=True), template=template)


def render(
    released: Path,
    folder: Path,
    *,
    languages: Sequence[str] = (),
    only: Sequence[str] = (),
    listed: Sequence[str] = (),
    template: Path | None = None,
) -> None:
    """Have the files of a briefing written by a process that is given the release alone."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    command = [sys.executable, "-P", "-m", "rmanalytics.briefing", str(released.resolve()), str(folder.resolve())]
    command += ["--languages", ",".join(languages), "--only", ",".join(only), "--index", ",".join(listed)]
    command += ["--template", str(template.resolve())] if template else []
    environment = os.environ | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, encoding="utf-8")
    if done.returncode == InputError.exit_code:
        code, _, rest = done.stderr.strip().partition(" ")
        rule = rest.partition(": ")[2].partition(". Fix: ")[0]
        raise InputError(
            (Problem(code=code, file=NAME, rule=rule, remedy=filled("restore it from its copy in the folder inside")),)
        )
    if done.returncode:
        message = f"the briefing could not be rendered. {NOTHING_PUBLISHED}"
        raise DetailedError("RM-X-012", message, done.stderr)


def phrases(document: Mapping[str, Any]) -> list[str]:
    """What the rooms that speak outside may say, in every language, with gaps in braces; and a release's names."""
    rooms = Path(__file__).resolve().parents[1]
    said = {text for kind in ("scales", "claims") for one in document[kind].values() for text in one.values()}
    said |= {str(e[name]).replace("_", " ") for e in document["entries"] for name in ("topic", "metric") if name in e}
    for path in (file for room in ("briefing", "release") for file in (rooms / room).glob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        said |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    catalogues = [translator(language).texts for language in LANGUAGES if language != "en"]
    own = sorted(text for text in said if text in catalogues[0] or text.startswith("{n} "))
    forms = [found for one in catalogues for text in own if (found := one.get(text)) is not None]
    return [*own, *(text for form in forms for text in ([form] if isinstance(form, str) else form))]


def look_through(folder: Path, canaries: Sequence[str], *, salt: str = "") -> None:
    """Look through everything outside as a stranger would.

    Raises
    ------
    ReleaseError
        RM-S-002 with what was found.
    """
    from rmanalytics.inspect.outside import scan  # noqa: PLC0415  (what a run needs is loaded by a run)

    known = phrases(json.loads((folder / NAME).read_text(encoding="utf-8")))
    if found := scan(folder, canaries=canaries, salt=salt, phrases=known):
        told = "; ".join(found[:5]) + (f"; and {len(found) - 5} more" if len(found) > 5 else "")
        message = f"what would lie outside must not go out: {told}. Fix: tell the maintainers of rmanalytics."
        raise ReleaseError("RM-S-002", f"{message} {NOTHING_PUBLISHED}")


def record(reports: Path, round_id: str, released: bytes, sums: Mapping[str, Any], *, on: date) -> None:
    """Write down that a round is released: copy and sums aside, then the record, then the copy to its place."""
    inside = reports / INSIDE
    pending = inside / COPIES / f"{PENDING}{round_id}"
    shutil.rmtree(pending, ignore_errors=True)
    for folder in (inside, inside / COPIES, pending):
        folder.mkdir(mode=0o700, exist_ok=True)
    closed = Access()
    for name, data in ((NAME, released), (SUMS, as_json({k: list(v) for k, v in sums.items()}).encode())):
        with (pending / name).open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        closed.close(pending / name)
    line = {"round": round_id, "version": 1, "sha256": sha256(released).hexdigest(), "date": on.isoformat()}
    lines = [*records(reports), line]
    text = "".join(json.dumps(one, sort_keys=True) + "\n" for one in lines)
    write_whole(inside / RECORDS, text, closed)
    pending.rename(inside / COPIES / round_id)


def switch_in(staged: Path, reports: Path, round_id: str, access: Access) -> Path:
    """Make what was staged the outside of a round, in one step where the file system can."""
    place = reports / OUTSIDE / round_id
    for path in (*staged.rglob("*"), staged):
        access.close(path)
    if place.exists() and exchange(staged, place):
        shutil.rmtree(staged, ignore_errors=True)
    else:
        shutil.rmtree(place, ignore_errors=True)
        staged.rename(place)
    return place


def register(reports: Path, document: Mapping[str, Any], *, on: date, access: Access) -> list[str]:
    """Add a release's sentences to the register; ids of those that have to come off every page."""
    from rmanalytics.release.sentences import register as added  # noqa: PLC0415

    before = read_register(reports)
    lines, off = added(document, before, on=on)
    if lines:
        text = "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in [*before, *lines])
        write_whole(reports / OUTSIDE / REGISTER, text, access)
    return off


def withdraw(reports: Path, struck: Collection[str], *, on: date) -> list[str]:
    """Withdraw the sentences that rest on struck figures; their ids."""
    from rmanalytics.release.sentences import states  # noqa: PLC0415

    before, documents = read_register(reports), sorted((reports / OUTSIDE).glob(f"*/{NAME}"))
    resting = {
        sentence["id"]
        for path in documents
        for sentence in json.loads(path.read_bytes())["sentences"]
        if set(sentence["entries"]) & set(struck)
    }
    off = [name for name, one in states(before).items() if name in resting and one["state"] == "valid"]
    lines = [{"date": on.isoformat(), "id": name, "state": "withdrawn", "because": "found wrong"} for name in off]
    text = "".join(json.dumps(one, ensure_ascii=False, sort_keys=True) + "\n" for one in [*before, *lines])
    if lines:
        write_whole(reports / OUTSIDE / REGISTER, text, Access().outward())
    return off


def unreleased() -> InputError:
    """The refusal of a place where nothing was released."""
    rule = filled("there is no release that can be read")
    remedy = filled(
        "name the programme (with --reports), its reports folder or a release; a round's first report releases it"
    )
    return InputError((Problem(code="RM-E-181", file=NAME, rule=rule, remedy=remedy),))


def read_register(reports: Path) -> list[dict[str, Any]]:
    """The register of sentences as it stands."""
    path = reports / OUTSIDE / REGISTER
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []
