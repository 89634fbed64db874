"""The command line: ``rmanalytics check | report | due | results | plan | simulate``.

It starts light: what a command needs is loaded by that command.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from rmanalytics import __version__
from rmanalytics.errors import (
    EXIT_DONE,
    EXIT_INPUT_REFUSED,
    EXIT_INTERNAL,
    EXIT_LOCKED,
    EXIT_RELEASE_REFUSED,
    InputError,
    RmError,
)

if TYPE_CHECKING:
    from rmanalytics.run.make import Made, Rounds, Target

EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143
DEADLINE_SECONDS = 900.0
SEVERITY = (EXIT_DONE, EXIT_LOCKED, EXIT_INPUT_REFUSED, EXIT_RELEASE_REFUSED, EXIT_INTERNAL)

WELCOME = """\
rmanalytics tells whether a reverse-mentoring programme worked, for whom, and how sure one can be.

  rmanalytics simulate DEMO        make an invented programme to try everything on
  rmanalytics check PROGRAMME      read a programme's data and say what is wrong with them
  rmanalytics report PROGRAMME     make the report of the last finished round
  rmanalytics due PROGRAMME ...    make every report that is missing or out of date, for a schedule
  rmanalytics results PROGRAMME    print the numbers of a round, for other programs
  rmanalytics plan PROGRAMME       say what the next round can show, and how many tandems it takes

PROGRAMME is a folder with programme.toml and CSV files. "rmanalytics COMMAND --help" shows examples.
"""
EXITS = """\
exit codes: 0 done, 2 input refused, 3 the check of the finished page refused it, 4 internal error,
75 another run is at work in the same reports folder, 130 stopped by Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    given = _parser().parse_args(arguments)
    if given.command is None:
        print(f"{WELCOME}\nNext: {next_step(Path.cwd())}")
        return EXIT_DONE
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        return _run(given)
    except KeyboardInterrupt as stop:
        print("Stopped. The reports made before are as they were.", file=sys.stderr)
        return EXIT_TERMINATED if stop.args else EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return EXIT_DONE
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt(number)


def _run(given: argparse.Namespace) -> int:
    """Run a command; an error becomes lines on standard error and an exit code, never a traceback."""
    from rmanalytics.run.boundary import Boundary

    command: Callable[[argparse.Namespace], int] = given.run
    code = EXIT_DONE
    with Boundary() as edge:
        code = command(given)
    if edge.error is None:
        return code
    if isinstance(edge.cause, BrokenPipeError):
        raise edge.cause
    if edge.error.code == "RM-X-009":
        where = _keep_details(given, edge.details)
        print(f"{edge.error}" + (f" The details lie in {where}." if where else ""), file=sys.stderr)
    else:
        _tell(edge.error, as_json=getattr(given, "json", False))
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


def _tell(error: RmError, *, as_json: bool) -> None:
    print(error, file=sys.stderr)
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
    from rmanalytics.intake.bundle import read_bundle

    bundle = read_bundle(given.programme)
    if given.json:
        accounts = [
            {name: getattr(a, name) for name in ("table", "file", "rows", "used", "quarantined", "excluded")}
            for a in bundle.accounts
        ]
        problems = [p.as_dict() for p in bundle.problems]
        _print_json({"programme": bundle.programme.name, "accounts": accounts, "problems": problems})
        return EXIT_DONE
    print(f"{bundle.programme.name}: {len(bundle.programme.rounds)} rounds declared\n")
    print(f"{'file':<28}{'rows':>8}{'used':>8}{'quarantined':>13}{'excluded':>10}")
    for a in bundle.accounts:
        print(f"{a.file:<28}{a.rows:>8}{a.used:>8}{a.quarantined:>13}{a.excluded:>10}")
    for problem in bundle.problems:
        print(problem)
    print(f"\nThe data can be used. Next: rmanalytics report {given.programme}")
    return EXIT_DONE


def report(given: argparse.Namespace) -> int:
    """Make the report of a round, of the last closed one, or of all closed ones."""
    from rmanalytics.run.due import closed_rounds, latest_closed
    from rmanalytics.run.make import Target

    def wanted(programme: Any, *_: object) -> list[str]:
        if given.round:
            return [given.round]
        latest = latest_closed(programme, today=_today())
        return closed_rounds(programme, today=_today()) if given.all else [latest]

    made = _make([Target(programme=given.programme, reports=given.reports)], wanted, given)
    return _conclude(made, given, nothing="")


def due(given: argparse.Namespace) -> int:
    """Make every report that is missing or out of date."""
    from rmanalytics.run.due import due_rounds
    from rmanalytics.run.make import targets_of

    def wanted(programme: Any, reports: Path, key: bytes, notebooks: Sequence[Path]) -> list[str]:
        return due_rounds(programme, reports, key=key, notebooks=notebooks, today=_today())

    made = _make(targets_of(given.programmes, given.reports), wanted, given)
    return _conclude(made, given, nothing=f"Nothing is due: every closed round has its report in {given.reports}.")


def _make(targets: Sequence[Target], wanted: Rounds, given: argparse.Namespace) -> list[Made]:
    from rmanalytics.run.make import make_reports
    from rmanalytics.run.progress import Progress

    with Progress() as progress:
        return make_reports(targets, wanted, deadline=given.deadline, progress=progress)


def _conclude(made: Sequence[Made], given: argparse.Namespace, *, nothing: str) -> int:
    """Tell what was made and what failed; the worst exit code."""
    from rmanalytics.run.publish import one_line

    alone = len(made) == 1
    for one in made:
        if one.error is not None:
            cause = str(one.error) if alone else one_line(str(one.error))
            print(cause if alone else f"{one.programme} {one.round_id}: {cause}", file=sys.stderr)
            if one.log is not None:
                print(f"The details lie in {one.log}.", file=sys.stderr)
    if given.json:
        _print_json({"made": [one.as_dict() for one in made]})
    else:
        for one in made:
            if one.folder is not None:
                print(f"{one.programme}, {one.round_id}: {one.folder / 'report.html'} ({one.seconds:.1f} s)")
        if not made:
            print(nothing)
    return max((one.exit_code for one in made), key=SEVERITY.index, default=EXIT_DONE)


def results(given: argparse.Namespace) -> int:
    """Print the tidy results of a round: those of its report, or computed where there is none."""
    from rmanalytics.run.numbers import as_table, numbers_of

    document = numbers_of(given.programme, given.round, given.reports, today=_today())
    rows = document["results"]
    ledger = document["ledger"]
    if given.claim:
        ledger = [answer for answer in ledger if answer["claim"]["id"] == given.claim]
        if not ledger:
            ids = ", ".join(answer["claim"]["id"] for answer in document["ledger"])
            print(f"There is no claim {given.claim}. Claims: {ids}.", file=sys.stderr)
            return EXIT_INPUT_REFUSED
        rows = [answer["result"] for answer in ledger if answer["result"] is not None]
    if given.json:
        _print_json(document | {"results": rows, "ledger": ledger})
    elif given.csv:
        from rmanalytics.run.export import as_csv

        sys.stdout.write(as_csv(rows))
    else:
        print(as_table(rows, ledger if given.claim else []))
    return EXIT_DONE


def plan(given: argparse.Namespace) -> int:
    """Say what the next round can show, from what the closed ones have measured."""
    from rmanalytics.run.plan_table import as_text, next_round, of_claim

    asked = {name: getattr(given, name) for name in ("tandems", "comparison", "rounds", "difference")}
    sized, why = next_round(given.programme, today=_today(), **asked), ""
    if given.claim:
        sized, why = of_claim(sized, given.claim)
    if why:
        print(why, file=sys.stderr)
        return EXIT_INPUT_REFUSED
    if given.json:
        _print_json(sized.as_dict())
    else:
        print(as_text(sized))
    return EXIT_DONE


def simulate(given: argparse.Namespace) -> int:
    """Write an invented programme."""
    from rmanalytics.simulate import simulate as write

    if given.folder.exists() and any(given.folder.iterdir()):
        print(f"{given.folder} is not empty. Fix: name a new folder.", file=sys.stderr)
        return EXIT_INPUT_REFUSED
    write(given.folder, seed=given.seed, rounds=given.rounds, tandems=given.tandems, employees=given.employees)
    print(f"{given.folder}: an invented programme. Next: rmanalytics report {given.folder}")
    return EXIT_DONE


def _today() -> date:
    return date.today()  # noqa: DTZ011  (the day where the command runs decides which rounds are over)


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rmanalytics",
        description=WELCOME,
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"rmanalytics {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _add_check(commands)
    _add_report(commands)
    _add_due(commands)
    _add_results(commands)
    _add_plan(commands)
    _add_simulate(commands)
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], about: str, examples: str
) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=f"examples:\n{examples}\n\n{EXITS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.set_defaults(run=run)
    return made


def _add_check(commands: Any) -> None:
    examples = "  rmanalytics check data/example\n  rmanalytics check data/example --json"
    parser = _command(commands, "check", check, "read a programme's data and say what is wrong with them", examples)
    _add_programme(parser)
    _add_json(parser)


def _add_report(commands: Any) -> None:
    examples = (
        "  rmanalytics report data/example                    the last finished round\n"
        "  rmanalytics report data/example --round 2026H1     one round, finished or not\n"
        "  rmanalytics report data/example --all --reports /srv/reports"
    )
    parser = _command(commands, "report", report, "make the report of a round", examples)
    _add_programme(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--round", metavar="R", type=_round_id, help="round such as 2026H1; default: the last closed one"
    )
    which.add_argument("--all", action="store_true", help="every closed round")
    _add_making(parser)


def _add_due(commands: Any) -> None:
    examples = (
        "  rmanalytics due data/example\n"
        "  rmanalytics due north south --reports /srv/reports   into /srv/reports/north and /srv/reports/south\n"
        "docs/scheduling.md shows how to have it called every night."
    )
    about = "make every report that is missing or whose data, notebooks or packages have changed"
    parser = _command(commands, "due", due, about, examples)
    parser.add_argument("programmes", metavar="PROGRAMME", nargs="+", type=Path, help="folder with programme.toml")
    _add_making(parser)


def _add_results(commands: Any) -> None:
    examples = (
        "  rmanalytics results data/example --round 2026H1 --claim M1\n"
        "  rmanalytics results data/example --csv > results.csv"
    )
    about = "print the numbers of a round, from its report or computed anew"
    parser = _command(commands, "results", results, about, examples)
    _add_programme(parser)
    parser.add_argument(
        "--round", metavar="R", type=_round_id, help="round such as 2026H1; default: the last closed one"
    )
    parser.add_argument("--claim", metavar="M1", help="only the answer to one claim")
    parser.add_argument("--reports", metavar="DIR", type=Path, default=Path("reports"), help="default: ./reports")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV")
    _add_json(form)


def _add_plan(commands: Any) -> None:
    examples = (
        "  rmanalytics plan data/example\n"
        "  rmanalytics plan data/example --tandems 50 --rounds 3\n"
        "  rmanalytics plan data/example --difference 0.3       tandems that find 0.3 scale points\n"
        "  rmanalytics plan data/example --claim M3             one claim, every size"
    )
    about = "say what the next round can show: smallest differences, tandems and exits that it takes"
    parser = _command(commands, "plan", plan, about, examples)
    _add_programme(parser)
    parser.add_argument("--tandems", metavar="N", type=_one_or_more, help="default: as in the last closed round")
    parser.add_argument("--comparison", metavar="M", type=_count, help="people for comparison; default: in proportion")
    parser.add_argument("--rounds", metavar="K", type=_one_or_more, default=1, help="rounds put together (default 1)")
    parser.add_argument("--difference", metavar="D", type=_positive, help="scale points that are to be found")
    parser.add_argument("--claim", metavar="M1", help="only one claim, with every size")
    _add_json(parser)


def _add_simulate(commands: Any) -> None:
    examples = (
        "  rmanalytics simulate demo\n  rmanalytics simulate demo --seed 7 --rounds 4 --tandems 34 --employees 1200"
    )
    parser = _command(commands, "simulate", simulate, "write an invented programme to try everything on", examples)
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a new folder")
    for name, default, about in (
        ("seed", 1, "the same seed gives the same files"),
        ("rounds", 3, "half-yearly rounds"),
        ("tandems", 34, "tandems in each round"),
        ("employees", 1200, "people in the company"),
    ):
        parser.add_argument(f"--{name}", type=_count, default=default, help=f"{about} (default {default})")


def _add_programme(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("programme", metavar="PROGRAMME", type=Path, help="folder with programme.toml")


def _add_making(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reports", metavar="DIR", type=Path, default=Path("reports"), help="default: ./reports")
    about = f"seconds that one report may take (default {DEADLINE_SECONDS:.0f})"
    parser.add_argument("--deadline", metavar="S", type=_positive, default=DEADLINE_SECONDS, help=about)
    _add_json(parser)


def _add_json(parser: Any) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for a machine")


def _round_id(text: str) -> str:
    from rmanalytics.programme import ROUND_ID

    if not ROUND_ID.fullmatch(text):
        raise argparse.ArgumentTypeError("a round looks like 2026H1 (a year, H, and 1 or 2)")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("a whole number is wanted")
    return int(text)


def _one_or_more(text: str) -> int:
    count = _count(text)
    if not count:
        raise argparse.ArgumentTypeError("1 or more is wanted")
    return count


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("a number above 0 is wanted")
    return number


if __name__ == "__main__":
    sys.exit(main())
