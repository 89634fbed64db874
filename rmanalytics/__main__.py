"""The command line: ``rmanalytics check | report | due | status | results | plan | audit | doctor | simulate …``.

It starts light: what a command needs is loaded by that command.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

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
    from rmanalytics.run.make import Made, Rounds, Target


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a code page without some sign must not undo what was done
            stream.reconfigure(errors="backslashreplace")
    given = parser().parse_args(arguments)
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

    command = COMMANDS[given.command]
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
        latest = latest_closed(programme, today=programme.today())
        return closed_rounds(programme, today=programme.today()) if given.all else [latest]

    made = _make([Target(programme=given.programme, reports=given.reports)], wanted, given)
    return _conclude(made, given)


def due(given: argparse.Namespace) -> int:
    """Make every report that is missing or out of date."""
    from rmanalytics.run.due import make_due
    from rmanalytics.run.make import targets_of
    from rmanalytics.run.progress import Progress

    with Progress(quiet=given.quiet) as progress:
        targets = targets_of(given.programmes, given.reports)
        call = make_due(targets, deadline=given.deadline, progress=progress)
    _conclude(call.made, given, left=call.left)
    return call.exit_code


def status(given: argparse.Namespace) -> int:
    """Say how every round of some programmes stands."""
    from rmanalytics.run.due import status as read_status
    from rmanalytics.run.due import status_code
    from rmanalytics.run.make import targets_of
    from rmanalytics.terminal.status_text import as_text

    found = read_status(targets_of(given.programmes, given.reports))
    if given.json:
        _print_json({"programmes": [one.as_dict() for one in found]})
    else:
        for one in found:
            if one.error is not None:
                print(f"{one.folder}: {one.error}", file=sys.stderr)
        print(as_text(found, given.overdue_days))
    return status_code(found, given.overdue_days)


def _make(targets: Sequence[Target], wanted: Rounds, given: argparse.Namespace) -> list[Made]:
    from rmanalytics.run.make import make_reports
    from rmanalytics.run.progress import Progress

    with Progress(quiet=given.quiet) as progress:
        return make_reports(targets, wanted, deadline=given.deadline, progress=progress)


def _conclude(made: Sequence[Made], given: argparse.Namespace, *, left: Sequence[Standing] = ()) -> int:
    """Tell what was made, what failed, and what waits; the worst exit code of what was made."""
    from rmanalytics.run.publish import one_line

    alone = len(made) == 1 and not left
    for one in made:
        if one.error is not None:
            cause = str(one.error) if alone else one_line(str(one.error))
            print(cause if alone else f"{one.programme} {one.round_id}: {cause}", file=sys.stderr)
            if one.log is not None:
                print(f"The details lie in {one.log}.", file=sys.stderr)
    print(*(f"{standing}\n" for standing in left if standing.state == "failed"), sep="", end="", file=sys.stderr)
    if given.json:
        _print_json({"made": [one.as_dict() for one in made], "left": [standing.as_dict() for standing in left]})
    elif not given.quiet:
        published = [(one, one.folder / "report.html") for one in made if one.folder is not None]
        lines = [f"{one.programme}, {one.round_id}: {path} ({one.seconds:.1f} s)" for one, path in published]
        lines += [str(standing) for standing in left if standing.state == "waiting"]
        if not made and not left:
            lines.append(f"Nothing is due: every closed round has its report in {given.reports}.")
        print(*(f"{line}\n" for line in lines), sep="", end="")
    return max((one.exit_code for one in made), key=SEVERITY.index, default=EXIT_DONE)


def results(given: argparse.Namespace) -> int:
    """Print the tidy results of a round: those of its report, or computed where there is none."""
    from rmanalytics.terminal.results_text import as_table, numbers_of

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
    from rmanalytics.terminal.plan_text import as_text, next_round, of_claim

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


def audit(given: argparse.Namespace) -> int:
    """List breaches of the pairing rules, of a round or among planned tandems."""
    from rmanalytics.terminal.audit_text import as_dict, as_table_csv, as_text, make_audit

    made = make_audit(given.programme, given.round, today=_today(), on=given.on, plan=given.planned)
    if given.json:
        _print_json(as_dict(made))
    else:
        for problem in made.problems:
            print(problem, file=sys.stderr)
        if given.csv:
            sys.stdout.write(as_table_csv(made))
        else:
            print(as_text(made))
    return EXIT_FOUND if given.strict and made.audit.in_breach_n else EXIT_DONE


def claims(given: argparse.Namespace) -> int:
    """List the claims and what each needs."""
    from rmanalytics.evaluation.claims import claims as all_claims

    rows = [{"claim": c.id, "title": c.title[given.language], "needs": c.needs[given.language]} for c in all_claims()]
    if given.json:
        _print_json({"claims": rows})
    else:
        print("\n".join(f"{row['claim']:<4}{row['title']}\n      {row['needs']}" for row in rows))
    return EXIT_DONE


def questionnaire(given: argparse.Namespace) -> int:
    """Write a questionnaire from the scales of a programme: CSV on standard output or in a file, or a Word file."""
    from rmanalytics.intake.schema import TABLES
    from rmanalytics.programme.programme import read_programme
    from rmanalytics.terminal.questionnaire import as_csv, asked_of, write_docx

    asked = asked_of(read_programme(given.programme, tuple(TABLES)), side=given.side, scales=given.scale)
    if given.to is None:
        sys.stdout.write(as_csv(asked))
        return EXIT_DONE
    if given.to.suffix == ".docx":
        write_docx(asked, given.to)
    else:
        given.to.write_text(as_csv(asked), encoding="utf-8-sig", newline="")
    print(f"{given.to}: {sum(len(scale.items) for scale in asked.scales)} items of {len(asked.scales)} scales.")
    return EXIT_DONE


def migrate(given: argparse.Namespace) -> int:
    """Rewrite an older programme.toml in today's form."""
    from rmanalytics.programme.migrate import migrate as rewrite

    changes = rewrite(given.programme / "programme.toml")
    if given.json:
        _print_json({"changes": changes})
    elif changes:
        print("\n".join((*changes, "programme.toml was rewritten; the old one is programme.toml.old.")))
    else:
        print("Nothing to change: programme.toml has today's form.")
    return EXIT_DONE


def doctor(given: argparse.Namespace) -> int:
    """Say what is installed, missing and too old."""
    from dataclasses import asdict

    from rmanalytics.terminal.doctor import as_text, examine

    findings = examine(given.programmes, given.reports)
    if given.json:
        _print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        print(as_text(findings))
    return EXIT_INPUT_REFUSED if any(finding.bad for finding in findings) else EXIT_DONE


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


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": check,
    "report": report,
    "due": due,
    "status": status,
    "results": results,
    "plan": plan,
    "audit": audit,
    "claims": claims,
    "questionnaire": questionnaire,
    "migrate": migrate,
    "doctor": doctor,
    "simulate": simulate,
}


if __name__ == "__main__":
    sys.exit(main())
