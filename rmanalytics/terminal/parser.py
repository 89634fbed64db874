"""The parser of the command line, and what its commands share: help that teaches, words that are near."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from rmanalytics.errors import EXITS
from rmanalytics.terminal import argument_types as types

DEADLINE_SECONDS = 900.0
EXIT_HELP = "exit codes:\n" + "\n".join(f"  {code:<5}{meaning}" for code, meaning in EXITS.items())


class Parser(argparse.ArgumentParser):
    """Refuses a wrong word with the nearest right ones."""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """Remember the command: what is not among its options is found out only afterwards."""
        given = sys.argv[1:] if args is None else list(args)
        inner = next((a.choices for a in self._actions if isinstance(a.choices, dict)), {})
        self._asked = next((inner[word] for word in given if word in inner), self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """End the call with usage, what is wrong and what may have been meant."""
        wrong = re.search(r"unrecognized arguments: (\S+)|invalid choice: '([^']*)'", message)
        words = set(_words(self._asked))
        near = difflib.get_close_matches(wrong[1] or wrong[2], words, n=2, cutoff=0.5) if wrong else []
        super().error(message + (f"; did you mean {' or '.join(near)}?" if near else ""))


def _words(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Options and commands of a parser and of those inside it."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action.choices, dict):
            yield from action.choices
            for inner in action.choices.values():
                yield from _words(inner)


def command(commands: Any, name: str, about: str, examples: str) -> argparse.ArgumentParser:
    """A command with its help: what it does, examples, exit codes."""
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog=f"examples:\n{examples}\n\n{EXIT_HELP}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return made


def of_programme(commands: Any, name: str, about: str, examples: str) -> argparse.ArgumentParser:
    """A command that takes a programme's folder."""
    made = command(commands, name, about, examples)
    made.add_argument("programme", metavar="PROGRAMME", type=Path, help="folder with programme.toml")
    return made


def add_reports(parser: Any) -> None:
    """The folder of the reports."""
    parser.add_argument("--reports", metavar="DIR", type=Path, default=Path("reports"), help="default: ./reports")


def add_making(parser: argparse.ArgumentParser) -> None:
    """What every command takes that makes reports."""
    add_reports(parser)
    about = f"seconds that one report may take (default {DEADLINE_SECONDS:.0f})"
    parser.add_argument("--deadline", metavar="S", type=types.positive, default=DEADLINE_SECONDS, help=about)
    parser.add_argument("--quiet", action="store_true", help="say nothing where all goes well")
    add_json(parser)


def add_quiet(parser: Any) -> None:
    """Nothing on a terminal while something takes long."""
    parser.add_argument("--quiet", action="store_true", help="say nothing while it reads")


def add_json(parser: Any) -> None:
    """Output for a machine."""
    parser.add_argument("--json", action="store_true", help="print JSON for a machine")
