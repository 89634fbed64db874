"""What the command line takes, and help that teaches."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rmanalytics import __version__
from rmanalytics.briefing.told import KINDS
from rmanalytics.language.translator import LANGUAGES
from rmanalytics.results import SIDES
from rmanalytics.terminal import argument_types as types
from rmanalytics.terminal.parser import EXIT_HELP, Parser
from rmanalytics.terminal.parser import add_json as _add_json
from rmanalytics.terminal.parser import add_making as _add_making
from rmanalytics.terminal.parser import add_quiet as _add_quiet
from rmanalytics.terminal.parser import add_reports as _add_reports
from rmanalytics.terminal.parser import command as _command
from rmanalytics.terminal.parser import of_programme as _of_programme

LAST_CLOSED = "round such as 2026H1; default: the last closed one"

WELCOME = """\
rmanalytics tells whether a reverse-mentoring programme worked, for whom, and how sure one can be.

  rmanalytics init FOLDER          look at a folder of exports and write its programme.toml
  rmanalytics simulate DEMO        make an invented programme to try everything on
  rmanalytics check PROGRAMME      read a programme's data and say what is wrong with them
  rmanalytics report PROGRAMME     make the report of the last finished round
  rmanalytics due PROGRAMME ...    make every report that is missing or out of date, for a schedule
  rmanalytics status PROGRAMME ... say how each round's report stands, and since when
  rmanalytics results PROGRAMME    print the numbers of a round, for other programs
  rmanalytics declare PROGRAMME    freeze the plan of a round before its answers are in, and print the digest
  rmanalytics draw PROGRAMME       let the lot decide who starts, who waits and who stands by
  rmanalytics pair PROGRAMME       propose tandems among those who start, with reasons; a person approves
  rmanalytics plan PROGRAMME       say what the next round can show, and how many tandems it takes
  rmanalytics audit PROGRAMME      list breaches of the pairing rules, in a round or among planned tandems
  rmanalytics brief PROGRAMME      render a released round again: one page, slides, figures, facts
  rmanalytics verify FILE          say whether a text's sentences on the programme may still be said
  rmanalytics scan FOLDER          look through what lies outside, as a stranger would
  rmanalytics claims               list the claims and the files and columns that each needs
  rmanalytics questionnaire PROGRAMME   write what a side is asked, with the ids of the items
  rmanalytics council PROGRAMME    write the works council's pack: what is done with people's data
  rmanalytics identify PROGRAMME ID ... say whose pseudonyms these are, at a terminal
  rmanalytics erase PROGRAMME      take a person out of every store, or everybody who left long ago
  rmanalytics migrate PROGRAMME    rewrite an older programme.toml in today's form
  rmanalytics doctor               say what is installed, missing and too old

PROGRAMME is a folder with programme.toml and CSV files. "rmanalytics COMMAND --help" shows examples.
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; ``command`` holds the name of the command."""
    whole = Parser(
        prog="rmanalytics",
        description=WELCOME,
        epilog=EXIT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    whole.add_argument("--version", action="version", version=f"rmanalytics {__version__}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _add_check(commands)
    _add_report(commands)
    _add_due(commands)
    _add_status(commands)
    _add_results(commands)
    _add_declare(commands)
    _add_draw(commands)
    _add_pair(commands)
    _add_plan(commands)
    _add_falsify(commands)
    _add_audit(commands)
    _add_brief(commands)
    _add_verify(commands)
    _add_scan(commands)
    _add_claims(commands)
    _add_questionnaire(commands)
    _add_council(commands)
    _add_init(commands)
    _add_identify(commands)
    _add_erase(commands)
    _add_migrate(commands)
    _add_doctor(commands)
    _add_simulate(commands)
    return whole


def _add_check(commands: Any) -> None:
    examples = "  rmanalytics check data/example\n  rmanalytics check data/example --html check.html"
    made = _of_programme(commands, "check", "read a programme's data and say what is wrong with them", examples)
    about = "write a page for people outside data work, and the list of rows beside it (default: check.html)"
    made.add_argument("--html", metavar="FILE", nargs="?", const=Path("check.html"), type=Path, help=about)
    _add_quiet(made)
    _add_reports(made)
    _add_json(made)


def _add_report(commands: Any) -> None:
    examples = (
        "  rmanalytics report data/example                    the last finished round\n"
        "  rmanalytics report data/example --round 2026H1     one round, finished or not\n"
        "  rmanalytics report data/example --all --reports /srv/reports"
    )
    made = _of_programme(commands, "report", "make the report of a round", examples)
    which = made.add_mutually_exclusive_group()
    which.add_argument("--round", metavar="R", type=types.round_id, help=LAST_CLOSED)
    which.add_argument("--all", action="store_true", help="every closed round")
    _add_making(made)


def _add_due(commands: Any) -> None:
    examples = (
        "  rmanalytics due data/example\n"
        "  rmanalytics due north south --reports /srv/reports   into /srv/reports/north and /srv/reports/south\n"
        "docs/scheduling.md shows how to have it called every night."
    )
    about = "make every report that is missing or whose data, notebooks or packages have changed"
    made = _command(commands, "due", about, examples)
    made.add_argument("programmes", metavar="PROGRAMME", nargs="+", type=Path, help="folder with programme.toml")
    _add_making(made)


def _add_status(commands: Any) -> None:
    examples = (
        "  rmanalytics status data/example\n"
        "  rmanalytics status north south --reports /srv/reports --overdue-days 30   exits with 6 where one is late\n"
        "  rmanalytics status company --log              who read the data, by which command, when, with what outcome\n"
        "  rmanalytics status company --log --verify     exits with 1 where the log is not as it was written\n"
        "Nothing is written. docs/scheduling.md says what the states mean."
    )
    made = _command(commands, "status", "say how each round's report stands, why and since when", examples)
    made.add_argument("programmes", metavar="PROGRAMME", nargs="+", type=Path, help="folder with programme.toml")
    _add_reports(made)
    about = "exit with 6 where a round that is over has had no current report for more than N days"
    made.add_argument("--overdue-days", metavar="N", type=types.count, help=about)
    made.add_argument("--log", action="store_true", help="the log of use in place of the rounds")
    made.add_argument("--verify", action="store_true", help="only whether that log is as it was written")
    _add_json(made)


def _add_results(commands: Any) -> None:
    examples = (
        "  rmanalytics results data/example --round 2026H1 --claim M1\n"
        "  rmanalytics results data/example --csv > results.csv"
    )
    about = "print the numbers of a round, from its report or computed anew"
    made = _of_programme(commands, "results", about, examples)
    made.add_argument("--round", metavar="R", type=types.round_id, help=LAST_CLOSED)
    made.add_argument("--claim", metavar="M1", help="only the answer to one claim")
    _add_reports(made)
    form = made.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV")
    _add_json(form)


def _add_declare(commands: Any) -> None:
    examples = (
        "  rmanalytics declare company --round 2026H2\n"
        '  rmanalytics declare company --round 2026H2 --amend "J7 in place of M3, agreed on 3 July"\n'
        "  rmanalytics declare company --round 2026H2 --comparison      the list of those compared, once it is there\n"
        '  rmanalytics declare company --round 2026H2 --anchor "e-mail to the works council, 2026-12-04"\n'
        '  rmanalytics declare company --verify "0123 4567 …"           whether a digest is one of the receipts'
    )
    about = "freeze the plan of a round before its answers are in, and print the digest"
    made = _of_programme(commands, "declare", about, examples)
    which = made.add_mutually_exclusive_group(required=True)
    which.add_argument("--round", metavar="R", type=types.round_id, help="round such as 2026H2")
    which.add_argument("--verify", metavar="DIGEST", help="say whether a receipt has this digest")
    made.add_argument("--amend", metavar="REASON", default="", help="why a frozen plan changes")
    made.add_argument("--comparison", action="store_true", help="freeze the comparison list again")
    made.add_argument("--anchor", metavar="WHERE", default="", help="where the digest was laid down outside")


def _add_draw(commands: Any) -> None:
    examples = (
        '  rmanalytics draw company --round 2027H1 --seed-from "Swiss Lotto of 5 December 2026"    commit the list\n'
        '  rmanalytics draw company --round 2027H1 --seed "7 12 23 31 38 41"                       draw from it\n'
        "  rmanalytics draw company --round 2027H1 --verify                                        draw it again\n"
        "  rmanalytics draw company --round 2027H1 --list units.csv --arms first,second,third      another lot\n"
    )
    about = "let the lot decide who starts, who waits and who stands by: first the list, then the seed"
    made = _of_programme(commands, "draw", about, examples)
    made.add_argument("--round", metavar="R", type=types.round_id, required=True, help="round such as 2027H1")
    what = made.add_mutually_exclusive_group()
    what.add_argument("--seed", metavar="SEED", default="", help="six numbers of a lotto, or eight dice")
    what.add_argument("--verify", action="store_true", help="draw again from the receipts and say whether all is equal")
    made.add_argument("--seed-from", metavar="WHERE", default="", help="where the seed will come from")
    made.add_argument("--again", metavar="REASON", default="", help="why the lot is drawn another time")
    made.add_argument("--anchor", metavar="WHERE", default="", help="where the digest was laid down outside")
    made.add_argument(
        "--list",
        metavar="FILE",
        type=Path,
        dest="entries",
        help="CSV whose first column is drawn, headed unit, source or person_id",
    )
    made.add_argument("--arms", metavar="A,B", default="", help="arms of that list, in equal parts")


def _add_pair(commands: Any) -> None:
    examples = (
        "  rmanalytics pair company --round 2027H1                       the proposal, with reasons and alternatives\n"
        "  rmanalytics pair company --round 2027H1 --swap T07 T12        exchange the juniors of two tandems\n"
        "  rmanalytics pair company --round 2027H1 --put JUNIOR SENIOR   pair these two\n"
        '  rmanalytics pair company --round 2027H1 --approve "HR lead"   at a terminal: write the tandems'
    )
    about = "propose tandems among those who start, with reasons; a person approves"
    made = _of_programme(commands, "pair", about, examples)
    made.add_argument("--round", metavar="R", type=types.round_id, required=True, help="round such as 2027H1")
    what = made.add_mutually_exclusive_group()
    what.add_argument("--swap", metavar="TANDEM", nargs=2, help="exchange the juniors of two tandems")
    what.add_argument("--put", metavar=("JUNIOR", "SENIOR"), nargs=2, help="pair these two")
    what.add_argument("--part", metavar="TANDEM", help="take a tandem apart")
    what.add_argument("--approve", metavar="WHO", default="", help="role or initials of whoever approves")
    made.add_argument("--why", metavar="REASON", default="", help="why a tandem is changed")
    made.add_argument("--by", metavar="WHO", default="", help="role or initials of whoever changes it")


def _add_plan(commands: Any) -> None:
    examples = (
        "  rmanalytics plan data/example\n"
        "  rmanalytics plan data/example --tandems 50 --rounds 3\n"
        "  rmanalytics plan data/example --difference 0.3       tandems that find 0.3 scale points\n"
        "  rmanalytics plan data/example --claim M3             one claim, every size"
    )
    about = "say what the next round can show: smallest differences, tandems and exits that it takes"
    made = _of_programme(commands, "plan", about, examples)
    made.add_argument("--tandems", metavar="N", type=types.one_or_more, help="default: as in the last closed round")
    made.add_argument(
        "--comparison", metavar="M", type=types.count, help="people compared with; default: in proportion"
    )
    made.add_argument("--rounds", metavar="K", type=types.one_or_more, default=1, help="rounds put together (1)")
    made.add_argument("--difference", metavar="D", type=types.positive, help="scale points that are to be found")
    made.add_argument("--claim", metavar="M1", help="only one claim, with every size")
    _add_json(made)


def _add_falsify(commands: Any) -> None:
    examples = (
        "  rmanalytics falsify data/example\n"
        "  rmanalytics falsify data/example --claim M1 --difference 0.3\n"
        "The answers stay, the lists are dealt out anew. The exit code is 1 where the method is not to be trusted."
    )
    about = "say how often the method shows something on your data where nothing is, and finds what was put in"
    made = _of_programme(commands, "falsify", about, examples)
    made.add_argument("--claim", metavar="M1", help="only one claim; default: those of the plan")
    made.add_argument("--difference", metavar="D", type=types.positive, help="points, ties or days to put in")
    made.add_argument(
        "--draws", metavar="N", type=types.one_or_more, default=200, help="programmes imagined (default 200)"
    )
    _add_reports(made)
    _add_json(made)


def _add_audit(commands: Any) -> None:
    examples = (
        "  rmanalytics audit data/example --round 2026H1\n"
        "  rmanalytics audit data/example --round 2026H1 --on 2026-03-20          with early warnings of that day\n"
        "  rmanalytics audit data/example --round 2026H2 --planned pairs.csv      before the round starts\n"
        "  rmanalytics audit data/example --round 2026H1 --csv > breaches.csv\n"
        "pairs.csv has the columns tandem_id, mentor_id and mentee_id. The lists name tandems: for the analyst alone.\n"
        "The exit code is 0 also where breaches were found, 1 with --strict. docs/audit.md says more."
    )
    about = "list breaches of the pairing rules with their days, of a round or among planned tandems"
    made = _of_programme(commands, "audit", about, examples)
    made.add_argument("--round", metavar="R", type=types.round_id, required=True, help="round such as 2026H1")
    made.add_argument("--planned", metavar="FILE", type=Path, help="CSV of planned tandems of the round")
    about = "day of the early warnings or of planning; default: today, or data_until if earlier"
    made.add_argument("--on", metavar="DATE", type=types.day, help=about)
    made.add_argument("--strict", action="store_true", help="exit with 1 where a breach was found")
    form = made.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV")
    _add_json(form)


def _add_brief(commands: Any) -> None:
    examples = (
        "  rmanalytics brief data/example                               the last released round, all formats\n"
        "  rmanalytics brief reports --round 2026H1 --languages en,de,de-CH --only pptx --to board\n"
        "  rmanalytics brief released.json --to board                   on a machine without the data\n"
        "  rmanalytics brief reports --strike RM-2026H1-M1-7c41         a figure that was found wrong\n"
        "Slides need the extra office, PDF an installed Chromium, Chrome or Edge."
    )
    about = "render the briefing of a released round: one page, slides, figures, facts, all from released.json"
    made = _command(commands, "brief", about, examples)
    made.add_argument("source", metavar="SOURCE", type=Path, help="a programme, a reports folder, or a release")
    _add_reports(made)
    made.add_argument("--round", metavar="R", type=types.round_id, help="default: the last released one")
    made.add_argument("--to", metavar="DIR", type=Path, help="default: beside the release")
    made.add_argument("--languages", metavar="L", type=types.languages, default=(), help="of en, de, de-CH, by commas")
    made.add_argument("--only", metavar="KINDS", type=types.kinds, default=(), help=f"of {', '.join(KINDS)}, by commas")
    made.add_argument("--template", metavar="FILE", type=Path, help="PowerPoint template of the company (.potx, .pptx)")
    made.add_argument("--strike", metavar="ID", action="append", default=[], help="strike a wrong figure by its id")
    _add_json(made)


def _add_verify(commands: Any) -> None:
    examples = "  rmanalytics verify careers.html\n  rmanalytics verify slides.pptx --reports /srv/reports"
    made = _command(commands, "verify", "say whether a text's sentences may still be said, word for word", examples)
    made.add_argument(
        "file", metavar="FILE", type=Path, help="text, HTML, docx, pptx, odt or PDF; - for standard input"
    )
    _add_reports(made)
    _add_json(made)


def _add_scan(commands: Any) -> None:
    examples = "  rmanalytics scan reports/outside\n  rmanalytics scan board"
    made = _command(commands, "scan", "look through a folder of the outside, as a stranger would", examples)
    made.add_argument("folder", metavar="FOLDER", type=Path, help="a folder with released.json in it or below")
    _add_json(made)


def _add_claims(commands: Any) -> None:
    examples = "  rmanalytics claims\n  rmanalytics claims --language de --json"
    made = _command(commands, "claims", "list the claims and the files and columns that each needs", examples)
    made.add_argument("--language", choices=("en", "de"), default="en", help="default: en")
    _add_json(made)


def _add_questionnaire(commands: Any) -> None:
    examples = (
        "  rmanalytics questionnaire data/example --side mentee > questionnaire.csv\n"
        "  rmanalytics questionnaire data/example --side mentor --to questionnaire.docx\n"
        "  rmanalytics questionnaire data/example --scale digital_fitness --scale uwes_3\n"
        "A row is an answer of an item; the survey's export must carry the item ids. Word files need the extra office."
    )
    made = _of_programme(
        commands, "questionnaire", "write what a side is asked, from the scales of a programme", examples
    )
    made.add_argument("--side", choices=SIDES, default="mentee", help="whose outcomes; default: mentee")
    made.add_argument("--scale", metavar="NAME", action="append", default=[], help="a scale, in place of the outcomes'")
    made.add_argument("--guesses", action="store_true", help="what seniors think a junior answers, for guesses.csv")
    made.add_argument("--to", metavar="FILE", type=Path, help=".csv or .docx; default: CSV on standard output")


def _add_council(commands: Any) -> None:
    examples = "  rmanalytics council company --to pack --signed last/council.json    with what changed since that one"
    made = _of_programme(
        commands, "council", "write the works council's pack: what is done with people's data", examples
    )
    made.add_argument(
        "--language", choices=LANGUAGES, default="", help="default: the programme's and German or English"
    )
    made.add_argument("--to", metavar="DIR", type=Path, default=Path("council"), help="default: ./council")
    _add_reports(made)
    made.add_argument("--signed", metavar="FILE", type=Path, help="council.json of the pack signed before")
    _add_json(made)


def _add_migrate(commands: Any) -> None:
    about = "rewrite an older programme.toml in today's form, and say what changed"
    made = _of_programme(commands, "migrate", about, "  rmanalytics migrate data/example")
    _add_json(made)


def _add_doctor(commands: Any) -> None:
    examples = (
        "  rmanalytics doctor\n"
        "  rmanalytics doctor data/example --reports /srv/reports    also what this programme needs\n"
        "The exit code is 2 where something is missing without which no report can be made."
    )
    made = _command(commands, "doctor", "say what is installed, missing and too old, and how to mend it", examples)
    made.add_argument("programmes", metavar="PROGRAMME", nargs="*", type=Path, help="folder with programme.toml")
    _add_reports(made)
    _add_json(made)


def _add_init(commands: Any) -> None:
    examples = "  rmanalytics init exports\n  rmanalytics init exports --yes        asks nothing, for scripts"
    about = "look at a folder of exports and write its programme.toml; nothing that is there is changed"
    made = _command(commands, "init", about, examples)
    made.add_argument("folder", metavar="FOLDER", type=Path, help="folder with exports: csv, xlsx, ods, parquet, ics")
    made.add_argument("--yes", action="store_true", help="take the usual answer to every question")
    about = "language of the programme, its comments and the questions; that of most headers unless given"
    made.add_argument("--language", choices=LANGUAGES, default="", help=about)
    _add_quiet(made)
    _add_json(made)


def _add_identify(commands: Any) -> None:
    examples = "  rmanalytics identify programme p3kq7v2mxh5ty4rn6zcd\n  rmanalytics identify programme --new-key"
    about = "say whose pseudonyms these are: at a terminal alone, with the programme's key, on record"
    asked = _of_programme(commands, "identify", about, examples).add_mutually_exclusive_group(required=True)
    asked.add_argument("pseudonyms", metavar="ID", nargs="*", default=[], help="pseudonyms from a list")
    asked.add_argument("--new-key", action="store_true", help="change the key, as when somebody saw it")


def _add_erase(commands: Any) -> None:
    examples = (
        "  rmanalytics erase company --person 4711 --dry-run      where the person stands, in counts\n"
        "  rmanalytics erase company --person 4711 --person 4712  asks, erases, looks again\n"
        "  rmanalytics erase company --older-than 1095 --yes      who left, and served last, three years ago\n"
        "  rmanalytics erase company                              finishes an erasure that was stopped\n"
        "What was published stays. The exit code is 1 where somebody still stands somewhere, such as in an export.\n"
        "docs/people-data.md says what becomes of each store."
    )
    about = "take people out of every store that the program writes, and look for them again"
    made = _of_programme(commands, "erase", about, examples)
    who = made.add_mutually_exclusive_group()
    who.add_argument("--person", metavar="ID", action="append", default=[], help="id or pseudonym; may come again")
    about = "days, or a day such as 2024-01-31: who left before it and served in no round that ended later"
    who.add_argument("--older-than", metavar="WHEN", type=types.day_or_days, help=about)
    made.add_argument("--dry-run", action="store_true", help="only say where they stand")
    made.add_argument("--yes", action="store_true", help="ask nothing, for scripts")
    _add_reports(made)
    about = "another folder in which somebody works with the data; may come again"
    made.add_argument("--also", metavar="DIR", type=Path, action="append", default=[], help=about)


def _add_simulate(commands: Any) -> None:
    examples = (
        "  rmanalytics simulate demo\n  rmanalytics simulate demo --seed 7 --rounds 4 --tandems 34 --employees 1200\n"
        "  rmanalytics simulate demo --draw --as qualtrics snapshots   with a lot; as other tools would write the data"
    )
    made = _command(commands, "simulate", "write an invented programme to try everything on", examples)
    made.add_argument("folder", metavar="FOLDER", type=Path, help="a new folder")
    for name, default, about in (
        ("seed", 1, "the same seed gives the same files"),
        ("rounds", 3, "half-yearly rounds"),
        ("tandems", 34, "tandems in each round"),
        ("employees", 1200, "people in the company"),
    ):
        made.add_argument(f"--{name}", type=types.count, default=default, help=f"{about} (default {default})")
    made.add_argument("--draw", action="store_true", help="a lot decides which seniors start, with receipts and wishes")
    about = "what is to fool a naive figure, such as demand=0.3; docs/simulation.md lists them"
    made.add_argument(
        "--plant", dest="plants", metavar="NAME=SIZE", type=types.sized, nargs="+", default=[], help=about
    )
    about = "tools that are to write the data: qualtrics, limesurvey, forms, viva, snapshots, ical, workbook"
    made.add_argument("--as", dest="as_exports", metavar="TOOL", nargs="+", default=[], help=about)
