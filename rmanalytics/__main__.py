"""The command line: ``rmanalytics check | report | due | status | results | declare | plan | audit | doctor …``.

It starts light: what a command needs is loaded by that command.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


def _leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """Go at once, without a word: for the moments before and after a command."""
    os._exit(128 + number)


if __name__ == "__main__" or os.path.basename(sys.argv[0]).startswith("rmanalytics"):  # noqa: PTH119  (nothing loaded)
    signal.signal(signal.SIGINT, _leave)

import argparse
import io
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmanalytics import api
from rmanalytics.errors import (
    EXIT_DONE,
    EXIT_FOUND,
    EXIT_INPUT_REFUSED,
    EXIT_INTERRUPTED,
    EXIT_TERMINATED,
    SEVERITY,
    InputError,
    RmError,
)
from rmanalytics.terminal.arguments import WELCOME, parser

if TYPE_CHECKING:
    from rmanalytics.run.due import Standing
    from rmanalytics.run.made import Made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a code page without some sign must not undo what was done
            stream.reconfigure(errors="backslashreplace")
    given = parser().parse_args(arguments)
    if given.command is None:
        print(f"{WELCOME}\nNext: {next_step(Path.cwd())}")
        return EXIT_DONE
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return _run(given)
    except KeyboardInterrupt as stop:
        print(_stopped(given), file=sys.stderr)
        return EXIT_TERMINATED if stop.args else EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_DONE
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt(number)


def _stopped(given: argparse.Namespace) -> str:
    from rmanalytics.language.translator import translator
    from rmanalytics.programme.refusals import language_of

    folder = _folder(given)
    tr = translator(language_of(folder) if folder is not None else "en")
    made = tr("The reports made before are as they were.") if given.command in ("report", "due") else ""
    return f"{tr('Stopped.')} {made}".rstrip()


def _folder(given: argparse.Namespace) -> Path | None:
    named = [getattr(given, "programme", None), getattr(given, "folder", None), *getattr(given, "programmes", ())]
    return next((one for one in named if isinstance(one, Path)), None)


def _run(given: argparse.Namespace) -> int:
    """Run a command; an error becomes lines on standard error and an exit code, never a traceback."""
    from rmanalytics.run.boundary import Boundary
    from rmanalytics.terminal.people_data import noted

    command = COMMANDS[given.command]
    code = EXIT_DONE
    with Boundary() as edge, noted(given) as given.use:
        code = command(given)
    if edge.error is None:
        return code
    if isinstance(edge.cause, BrokenPipeError):
        raise edge.cause
    if edge.error.code == "RM-X-009":
        where = _keep_details(given, edge.details)
        print(f"{edge.error}" + (f" The details lie in {where}." if where else ""), file=sys.stderr)
    else:
        _tell(edge.error, as_json=getattr(given, "json", False), folder=_folder(given))
    return edge.error.exit_code


def _keep_details(given: argparse.Namespace, details: str) -> str:
    from rmanalytics.run.lock import prepare
    from rmanalytics.run.make import write_log

    reports = Path(getattr(given, "reports", "reports"))
    try:
        prepare(reports)
        return str(write_log(reports, details))
    except (OSError, RmError):
        return ""


def _tell(error: RmError, *, as_json: bool, folder: Path | None = None) -> None:
    from rmanalytics.programme.refusals import language_of, told

    print(told(error, "en" if folder is None else language_of(folder)), file=sys.stderr)
    if as_json:
        problems = [p.as_dict() for p in error.problems] if isinstance(error, InputError) else []
        _print_json({"code": error.code, "cause": error.message, "problems": problems})


def next_step(here: Path) -> str:
    """The next sensible command for somebody who stands in a folder.

    Parameters
    ----------
    here : Path
        The folder.
    """
    if (here / "programme.toml").is_file():
        return "this folder is a programme: rmanalytics check ."
    inside = sorted(path.parent.name for path in here.glob("*/programme.toml"))
    if inside:
        return f"there is a programme in this folder: rmanalytics check {inside[0]}"
    examples = [path for path in ("data/example", "data/example_small") if (here / path / "programme.toml").is_file()]
    if examples:
        return f"there is an example in this folder: rmanalytics report {examples[0]}"
    return "there is no programme in this folder yet; try an invented one: rmanalytics simulate demo"


def check(given: argparse.Namespace) -> int:
    """Read a programme's data; print what was read and every problem."""
    with _waiting(given.programme, quiet=given.quiet):
        told = api.check(given.programme, reports=given.reports, html=given.html)
    return _print(told, given)


def _waiting(folder: Path, *, quiet: bool, language: str = "") -> AbstractContextManager[Callable[[], None]]:
    """Tell at a terminal that a folder is being read, where that takes longer than a moment."""
    from rmanalytics.language.translator import translator
    from rmanalytics.programme.refusals import language_of
    from rmanalytics.run.progress import Progress

    tr = translator(language or language_of(folder))
    return Progress(quiet=quiet).waiting(tr("reading {folder}", folder=folder.name))


def report(given: argparse.Namespace) -> int:
    """Make the report of a round, of the last closed one, or of all closed ones."""
    asked = api.ALL if given.all else given.round
    told = api.report(given.programme, asked, **_making(given))
    return _conclude(told, given, told.result)


def due(given: argparse.Namespace) -> int:
    """Make every report that is missing or out of date."""
    told = api.due(*given.programmes, **_making(given))
    _conclude(told, given, told.result.made, left=told.result.left)
    return int(told.result.exit_code)


def status(given: argparse.Namespace) -> int:
    """Say how every round of some programmes stands."""
    from rmanalytics.programme import refusals
    from rmanalytics.run.due import status_code

    if given.log or given.verify:
        from rmanalytics.terminal.people_data import logs

        return logs(given, say=print)
    told = api.status(*given.programmes, reports=given.reports, overdue_days=given.overdue_days)
    if not given.json:
        for one in told.result:
            if one.error is not None:
                print(f"{one.folder}: {refusals.told(one.error, one.language)}", file=sys.stderr)
    _print(told, given)
    return status_code(told.result, given.overdue_days)


def _making(given: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(given, name) for name in ("reports", "deadline", "quiet")} | {"strict": False}


def _conclude(told: api.Told, given: argparse.Namespace, made: Sequence[Made], *, left: Sequence[Standing] = ()) -> int:
    """Tell what was made, what failed, and what waits; the worst exit code of what was made."""
    from rmanalytics.language.translator import translator
    from rmanalytics.programme import refusals
    from rmanalytics.run.publish import one_line

    alone = len(made) == 1 and not left
    for one in made:
        tr = translator(one.language)
        if one.error is not None:
            cause = refusals.told(one.error, one.language)
            cause = cause if alone else one_line(cause)
            print(cause if alone else f"{one.programme} {one.round_id}: {cause}", file=sys.stderr)
        if one.failed:
            names = ", ".join(sorted(set(one.failed)))
            failed = tr("figures whose computation failed: {n} ({names}).", n=len(one.failed), names=names)
            print(f"{one.programme} {one.round_id}: {failed}", file=sys.stderr)
        if one.log is not None:
            print(tr("The details lie in {log}.", log=one.log), file=sys.stderr)
    print(*(f"{standing}\n" for standing in left if standing.state == "failed"), sep="", end="", file=sys.stderr)
    if given.json:
        _print_json(told.document)
    elif not given.quiet and told.text:
        print(told.text)
    return max((one.exit_code for one in made), key=SEVERITY.index, default=EXIT_DONE)


def results(given: argparse.Namespace) -> int:
    """Print the tidy results of a round: those of its report, or computed where there is none."""
    told = api.results(given.programme, given.round, claim=given.claim, reports=given.reports)
    if not given.csv:
        return _print(told, given)
    from rmanalytics.run.export import as_csv

    sys.stdout.write(as_csv(told.result))
    return EXIT_DONE


def before_round(given: argparse.Namespace) -> int:
    """Declare the plan of a round, draw by lot, or pair."""
    from rmanalytics.terminal import before_round

    code: int
    text, code = getattr(before_round, given.command)(given)
    print(text)
    return code


def plan(given: argparse.Namespace) -> int:
    """Say what the next round can show, from what the closed ones have measured."""
    asked = {name: getattr(given, name) for name in ("tandems", "comparison", "rounds", "difference", "claim")}
    return _print(api.plan(given.programme, **asked), given)


def falsify(given: argparse.Namespace) -> int:
    """Try the method where nothing is and where something was put in; 1 where it is not to be trusted."""
    asked = {name: getattr(given, name) for name in ("difference", "draws", "reports")}
    told = api.falsify(given.programme, claim=given.claim or "", **asked)
    _print(told, given)
    return EXIT_DONE if told.document["sound"] else EXIT_FOUND


def audit(given: argparse.Namespace) -> int:
    """List breaches of the pairing rules, of a round or among planned tandems."""
    told = api.audit(given.programme, given.round, on=given.on, planned=given.planned)
    if not given.json:
        for problem in told.result.problems:
            print(problem, file=sys.stderr)
    if given.csv:
        from rmanalytics.terminal.audit_text import as_table_csv

        sys.stdout.write(as_table_csv(told.result))
    else:
        _print(told, given)
    return EXIT_FOUND if given.strict and told.result.audit.in_breach_n else EXIT_DONE


def brief(given: argparse.Namespace) -> int:
    """Render the briefing of a released round; without a browser there is no PDF, which one line says."""
    from rmanalytics.run.brief import brief as render

    kinds = {"languages": given.languages, "only": given.only, "template": given.template, "strike": given.strike}
    written, lacking = render(given.source, reports=given.reports, round_id=given.round or "", to=given.to, **kinds)
    if lacking:
        print(lacking, file=sys.stderr)
    if given.json:
        _print_json({"written": [str(path) for path in written], "lacking": lacking})
    else:
        print("\n".join(map(str, written)))
    return EXIT_INPUT_REFUSED if lacking and given.only in (("pdf",), ("pptx",)) else EXIT_DONE


def verify(given: argparse.Namespace) -> int:
    """Say of each sentence on the programme whether it may still be said."""
    from rmanalytics.run.brief import verify as hold

    data = sys.stdin.buffer.read() if str(given.file) == "-" else given.file.read_bytes()
    answers = hold(given.file.name, data, given.reports, today=datetime.now().astimezone().date())
    if answers is None:
        print("This file cannot be read: save it as text, HTML, docx, pptx, odt or PDF.", file=sys.stderr)
        return EXIT_INPUT_REFUSED
    if given.json:
        _print_json({"sentences": [one._asdict() for one in answers]})
    else:
        print("\n".join(f"{one.id or '–'}: {one.why}" for one in answers) or "No sentence on the programme was found.")
    return EXIT_DONE if all(one.valid for one in answers) else EXIT_FOUND


def scan(given: argparse.Namespace) -> int:
    """Look through a folder of the outside."""
    from rmanalytics.run.brief import scan as look

    found = look(given.folder)
    if given.json:
        _print_json({"findings": found})
    else:
        print("\n".join(found) or "Nothing was found.")
    return EXIT_FOUND if found else EXIT_DONE


def claims(given: argparse.Namespace) -> int:
    """List the claims and what each needs."""
    rows = api.claims(given.language)[["claim", "title", "needs"]].to_dict("records")
    if given.json:
        _print_json({"claims": rows})
    else:
        print("\n".join(f"{row['claim']:<4}{row['title']}\n      {row['needs']}" for row in rows))
    return EXIT_DONE


def questionnaire(given: argparse.Namespace) -> int:
    """Write a questionnaire from the scales of a programme: CSV on standard output or in a file, or a Word file."""
    told = api.questionnaire(given.programme, side=given.side, scales=given.scale, guesses=given.guesses, to=given.to)
    sys.stdout.write(told.text + ("\n" if given.to else ""))
    return EXIT_DONE


def council(given: argparse.Namespace) -> int:
    """Write the works council's pack into a folder."""
    asked = {name: getattr(given, name) for name in ("language", "to", "reports", "signed")}
    return _print(api.council(given.programme, **asked), given)


def init(given: argparse.Namespace) -> int:
    """Look at a folder of exports and write its programme.toml."""
    from rmanalytics.terminal.asking import typed

    def ask(question: str, answers: tuple[str, ...], usual: str) -> str:
        stop()
        among = f" ({', '.join(answers)})" if answers else ""
        while True:
            said = typed(f"{question}{among} [{usual}] ") or usual
            if not answers or said in answers:
                return said

    asked = None if given.yes or not sys.stdin.isatty() else ask
    with _waiting(given.folder, quiet=given.quiet, language=given.language) as stop:
        told = api.init(given.folder, ask=asked, language=given.language)
    return _print(told, given)


def erase(given: argparse.Namespace) -> int:
    """Take people out of every store; a person at a terminal says yes before, or the call does."""
    from rmanalytics.terminal.asking import typed
    from rmanalytics.terminal.people_data import erase as carry_out

    with _waiting(given.programme, quiet=False) as stop:

        def say(text: str) -> None:
            stop()
            print(text)

        return carry_out(given, ask=typed if sys.stdin.isatty() else None, say=say)


def identify(given: argparse.Namespace) -> int:
    """Say whose pseudonyms these are, at a terminal, and keep a record of it."""
    from rmanalytics.run.identify import told

    print(told(given.programme, given.pseudonyms, terminal=sys.stdout.isatty() and sys.stdin.isatty()))
    return EXIT_DONE


def migrate(given: argparse.Namespace) -> int:
    """Rewrite an older programme.toml in today's form."""
    return _print(api.migrate(given.programme), given)


def doctor(given: argparse.Namespace) -> int:
    """Say what is installed, missing and too old."""
    told = api.doctor(*given.programmes, reports=given.reports)
    _print(told, given)
    return EXIT_INPUT_REFUSED if any(finding.bad for finding in told.result) else EXIT_DONE


def simulate(given: argparse.Namespace) -> int:
    """Write an invented programme."""
    sizes = {name: getattr(given, name) for name in ("seed", "rounds", "tandems", "employees")}
    told = api.simulate(given.folder, **sizes, draw=given.draw, plants=dict(given.plants), as_exports=given.as_exports)
    print(told.text)
    return EXIT_DONE


def _print(told: api.Told, given: argparse.Namespace) -> int:
    if given.json:
        _print_json(told.document)
    else:
        print(told.text)
    return EXIT_DONE


def _print_json(document: Mapping[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": check,
    "report": report,
    "due": due,
    "status": status,
    "results": results,
    "plan": plan,
    "falsify": falsify,
    "audit": audit,
    "brief": brief,
    "verify": verify,
    "scan": scan,
    "claims": claims,
    "questionnaire": questionnaire,
    "council": council,
    "init": init,
    "identify": identify,
    "erase": erase,
    "migrate": migrate,
    "doctor": doctor,
    "declare": before_round,
    "draw": before_round,
    "pair": before_round,
    "simulate": simulate,
}


if __name__ == "__main__":
    sys.exit(main())
