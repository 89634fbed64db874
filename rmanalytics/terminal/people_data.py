"""What the command line does and says of people's data themselves: the log of use, and erasure."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmanalytics.errors import EXIT_DONE, EXIT_FOUND, InputError, Problem
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import Translator, filled, key, plural, translator
from rmanalytics.programme.programme import read_programme
from rmanalytics.run import use

if TYPE_CHECKING:
    from rmanalytics.run.erasure.erase import Erasure, Place
    from rmanalytics.run.stores import Store

NOTED = ("declare", "draw", "pair", "identify", "erase")
"""Commands that read people's data and do not go through the front door, which writes the line of the others."""
NEVER_UNSEEN = ("identify", "erase")
"""Commands that do nothing where the log of use cannot be written."""
YES = key("erase")
_KINDS = {"export": key("export of the company's"), "other file": key("other file")}
_LEFT = {
    "export": key("the rows are read no more, and stay until it is exported anew"),
    "other file": key("stays, to be taken out by hand"),
}
_FATES = {"removed": key("removed"), "rewritten": key("rewritten"), "stays": key("stays")}
_EXPORTS = key("These exports still name them; no figure rests on those rows: {names}.")
_NEXT_EXPORT = key(
    "Have the system that exports them take them out, and export again; or rewrite = true under [erasure]."
)
_OTHERS = key("These files still name them; take them out by hand: {names}.")
_OUTDATED = key("These older logs and lists could not be removed; delete them: {names}.")
_ROOTS = {
    "programme": key("the programme's folder"),
    "reports": key("the reports' folder"),
    "keys": key("the folder of the keys"),
    "notebooks": key("the notebooks' folder"),
    "temporary": key("the temporary folder"),
}
_CLOSED = key("These files cannot be looked into; delete them, or unpack them and call again: {names}.")
_PEOPLE = plural("{n} person", "{n} people")
_LINES = plural("{n} line", "{n} lines")
_OUTCOMES = {"begun": key("begun"), "done": key("done"), "failed": key("failed"), "stopped": key("stopped")}
_SHOWN = ("n", "at", "by", "command", "round", "outcome", "data")


def noted(given: argparse.Namespace) -> AbstractContextManager[object]:
    """The log of use around a command."""
    if given.command not in NOTED:
        return nullcontext()
    must = given.command in NEVER_UNSEEN
    command = f"{given.command} --dry-run" if getattr(given, "dry_run", False) else given.command
    return use.used(given.programme, command, getattr(given, "round", None) or "", must=must)


def logs(given: argparse.Namespace, *, say: Callable[[str], None]) -> int:
    """Say the logs of use of some programmes, or whether they are as they were written; the exit code."""
    found = [_log(folder, verify=given.verify) for folder in given.programmes]
    if given.json:
        say(json.dumps({"programmes": [document for _, document, _ in found]}, ensure_ascii=False, indent=1))
    else:
        say("\n".join(text for text, _, _ in found))
    return EXIT_DONE if all(whole for _, _, whole in found) else EXIT_FOUND


def _log(folder: Path, *, verify: bool) -> tuple[str, dict[str, Any], bool]:
    """Text, the same for a machine, and whether the log is whole or was not asked for that."""
    programme = read_programme(folder, tuple(TABLES))
    tr = translator(programme.language)
    try:
        lines = use.read(programme)
        broken = use.broken(programme)
    except OSError:
        closed = filled("it cannot be read")
        return f"{programme.name}, {use.NAME}: {tr(closed)}", {"log": [], "broken": [closed]}, False
    if not verify:
        shown = [_line(one, tr) for one in lines] or ["  " + tr("no use yet")]
        lead = [tr("not as it was written; --verify says where")] if broken else []
        return "\n".join([f"{programme.name}:", *(f"  {one}" for one in lead), *shown]), {"log": lines}, True
    anchored = use.anchored(programme)
    told = [f"{programme.name}, {use.NAME}, {tr(one)}" for one in broken]
    if not broken:
        whole = tr("the log of use is as it was written ({lines})", lines=tr(_LINES, n=len(lines)))
        told = [f"{programme.name}: {whole}"]
    if not anchored:
        told.append("  " + tr("This account has written no line of it, so that a cut end would not be seen from here."))
    return "\n".join(told), {"lines": len(lines), "broken": broken, "anchored": anchored}, not broken


def _line(one: dict[str, Any], tr: Translator) -> str:
    n, at, by, command, round_id, outcome, data = (str(one.get(name, "")) for name in _SHOWN)
    ended, account = tr(_OUTCOMES.get(outcome, outcome)), tr("account {by}", by=by)
    return f"{n}  {at}  {account}  {f'{command} {round_id}'.rstrip()}  {ended}  {tr('data {digest}', digest=data[:12])}"


def erase(given: argparse.Namespace, *, ask: Callable[[str], str] | None, say: Callable[[str], None]) -> int:
    """Erase people, once somebody at a terminal, or ``--yes``, has said so; the exit code.

    Raises
    ------
    InputError
        RM-E-202 and RM-E-203 as in `Eraser`, RM-E-204 where nobody can be asked.
    """
    from rmanalytics.intake.erased import open_file  # noqa: PLC0415  (loads all that evaluates)
    from rmanalytics.run.erasure.erase import Eraser  # noqa: PLC0415  (as above)

    eraser = Eraser(given.programme, given.reports, given.also)
    tr = translator(eraser.programme.language)
    eraser.named(given.person)
    if given.older_than:
        eraser.older_than(given.older_than)
        if not eraser.people and not eraser.outdated:
            say(tr("Nobody left before {day} and served in no later round.", day=str(given.older_than)))
            return EXIT_DONE
    if not eraser.people and not given.older_than:
        rule, remedy = (
            filled("nobody is named, and no erasure was stopped"),
            filled("name somebody with --person, or --older-than"),
        )
        raise InputError((Problem(code="RM-E-202", file="erase", rule=rule, remedy=remedy),))
    found = eraser.look()
    say("\n".join(_found(found, tr, eraser.stopped)))
    if given.dry_run:
        return EXIT_DONE
    if not given.yes:
        if ask is None:
            rule, remedy = filled("nobody can be asked here"), filled("call it at a terminal, or add --yes")
            raise InputError((Problem(code="RM-E-204", file="erase", rule=rule, remedy=remedy),))
        people, word = tr(_PEOPLE, n=found.people), tr(YES)
        try:
            said = ask(tr("Erase {people} for good? Type {word}: ", people=people, word=word)).casefold()
        except KeyboardInterrupt:
            say("\n" + tr("Nothing was erased."))
            raise
        if said != word.casefold():
            say(tr("Nothing was erased."))
            given.use.outcome = use.STOPPED
            return EXIT_FOUND
    try:
        done = eraser.act(found, datetime.now().astimezone())
    except BaseException:
        if open_file(eraser.programme).exists():
            say(
                tr(
                    "The erasure is not finished: {command} finishes it.",
                    command=f"rmanalytics erase {given.programme}",
                )
            )
        raise
    say("\n".join(_erased(done, given.programme, tr)))
    return EXIT_FOUND if done.after or done.outdated else EXIT_DONE


def _found(found: Erasure, tr: Translator, stopped: int) -> Iterator[str]:
    """Where people stand, a line a store: files and mentions, never a value."""
    yield tr("{programme}: {people}, found in", programme=found.programme.name, people=tr(_PEOPLE, n=found.people))
    if stopped:
        yield "  " + tr("among them those of an erasure that was stopped: {n}", n=stopped)
    files = Counter((one.root, one.kind, _fate(one)) for one in found.before)
    for (root, kind, fate), n in files.items():
        mine = [one for one in found.before if (one.root, one.kind, _fate(one)) == (root, kind, fate)]
        store, mentions = mine[0].store, sum(one.count for one in mine)
        name = tr(_KINDS[kind]) if store is None else f"{kind} ({tr(store.what)}; {_kept(store, tr)})"
        counted = tr("{files} files, {mentions} mentions; {fate}", files=n, mentions=mentions, fate=tr(fate))
        yield f"  {tr(_ROOTS.get(root, root))}: {name}: {counted}"
    if found.outdated:
        yield "  " + tr("logs and lists handed out that are older: {n} files; removed", n=len(found.outdated))


def _fate(place: Place) -> str:
    """What becomes of a file in which somebody was found."""
    if place.store is not None:
        return _FATES[place.store.erasing]
    return _FATES["rewritten"] if place.rewritten else _LEFT[place.kind]


def _kept(store: Store, tr: Translator) -> str:
    return tr("kept {time}", time=tr(store.kept))


def _erased(done: Erasure, folder: Path, tr: Translator) -> Iterator[str]:
    """What was done, and what is left for a person to do."""
    from rmanalytics.run.erasure.erase import EXPORT  # noqa: PLC0415  (as above)

    n = len(done.before) - len(done.after)
    yield tr("Erased: {people}, from {n} files.", people=tr(_PEOPLE, n=done.people), n=n)
    exports = sorted({one.name for one in done.after if one.kind == EXPORT and one.count})
    closed = sorted({f"{one.root}/{one.name}" for one in done.after if not one.count})
    others = sorted({f"{one.root}/{one.name}" for one in done.after if one.kind != EXPORT and one.count})
    outdated = sorted(one.name for one in done.outdated)
    for text, names in ((_EXPORTS, exports), (_OTHERS, others), (_CLOSED, closed), (_OUTDATED, outdated)):
        if names:
            yield tr(text, names=", ".join(names))
        if names and text == _EXPORTS:
            yield "  " + tr(_NEXT_EXPORT)
    yield tr("What was published stays: it holds nothing of theirs.")
    yield tr("Next: {command}, which makes the reports anew without them.", command=f"rmanalytics due {folder}")
