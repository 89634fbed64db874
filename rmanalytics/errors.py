"""Errors for people: what is wrong, where, by which rule, what to do, and what it means.

Unit: one problem of one file. A message never holds a cell value, for it may be a name.
Codes stand in ``docs/errors.md``; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

EXIT_DONE = 0
EXIT_FOUND = 1
EXIT_INPUT_REFUSED = 2
EXIT_RELEASE_REFUSED = 3
EXIT_INTERNAL = 4
EXIT_FIGURES_FAILED = 5
EXIT_OVERDUE = 6
EXIT_LOCKED = 75
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143

EXITS = {
    EXIT_DONE: "done",
    EXIT_FOUND: "something was found (audit --strict, verify, scan, status --verify, erase)",
    EXIT_INPUT_REFUSED: "refused: the input, the call, or a needed program is missing",
    EXIT_RELEASE_REFUSED: "the check of the finished page refused it",
    EXIT_INTERNAL: "internal error",
    EXIT_FIGURES_FAILED: "too many figures could not be computed",
    EXIT_OVERDUE: "a report is overdue (status --overdue-days)",
    EXIT_LOCKED: "another run is at work in the same reports folder",
    EXIT_INTERRUPTED: "stopped by Ctrl-C",
    EXIT_TERMINATED: "stopped by the system",
}
"""Every exit code of every command, with its meaning; the help and docs/scheduling.md say the same."""
SEVERITY = (
    EXIT_DONE,
    EXIT_LOCKED,
    EXIT_OVERDUE,
    EXIT_FOUND,
    EXIT_INPUT_REFUSED,
    EXIT_RELEASE_REFUSED,
    EXIT_FIGURES_FAILED,
    EXIT_INTERNAL,
)
"""Codes from the mildest to the worst: where several things went wrong in one call, the worst is its code."""

NOTHING_PUBLISHED = "Nothing was published."

LISTED = 10_000
"""Most rows of a problem that are kept, for the list of rows; a message shows the first five."""

Effect = Literal["refused", "quarantined", "normalised", "warned"]


class RmError(Exception):
    """The root of all errors that a user may see; ``exit_code`` is what the command line returns."""

    exit_code = EXIT_INTERNAL

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


class LockedError(RmError):
    """Another run holds the lock of the reports folder."""

    exit_code = EXIT_LOCKED


class ReleaseError(RmError):
    """The release gate or the check of a finished page refused publication."""

    exit_code = EXIT_RELEASE_REFUSED


class RunError(RmError):
    """A notebook failed, the worker died or the deadline passed."""

    exit_code = EXIT_INTERNAL


def _plain(text: str, /, **values: str) -> str:
    return text.format(**values) if values else text


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem of one file, in the terms of a person who has the file open in a spreadsheet.

    Parameters
    ----------
    code : str
        Stable code, ``RM-E-…`` (refused), ``RM-Q-…`` (row quarantined), ``RM-N-…`` (normalised) or ``RM-W-…``.
    file : str
        File name, relative to the programme's folder; never an absolute path.
    rule : str
        The rule that does not hold, in words, without any cell value.
    remedy : str
        What to do.
    column : str, optional
        Column as it is named in the file.
    rows : tuple of int
        Data rows as a spreadsheet shows them: the header is row 1, the first data row is row 2.
    lines : tuple of int
        Lines in the file of the same rows; given alone where a file has lines only (TOML, or text that cannot be
        parsed).
    row_count : int
        Number of rows affected; ``rows`` may hold the first few only.
    """

    code: str
    file: str
    rule: str
    remedy: str
    column: str = ""
    rows: tuple[int, ...] = ()
    lines: tuple[int, ...] = ()
    row_count: int = 0

    @property
    def effect(self) -> Effect:
        """What happens: the letter in the code says it."""
        effects: dict[str, Effect] = {"E": "refused", "Q": "quarantined", "N": "normalised", "W": "warned"}
        return effects[self.code.split("-")[1]]

    def __str__(self) -> str:
        return self.told(_plain)

    def told(self, tr: Callable[..., str]) -> str:
        """The message in the language of a translator."""
        where = [self.file]
        if self.rows:
            where.append(tr("row {row}", row=str(self.rows[0])))
            if self.lines and self.lines[0] != self.rows[0]:
                where[-1] += " " + tr("(line {line} in the file)", line=str(self.lines[0]))
        elif self.lines:
            where.append(tr("line {line}", line=str(self.lines[0])))
        if self.column:
            where.append(tr('column "{column}"', column=self.column))
        text = f"{self.code} {', '.join(where)}: {_sentence(tr(self.rule))}"
        if self.row_count > 1:
            shown = ", ".join(map(str, self.rows[:5])) + (", …" if self.row_count > len(self.rows[:5]) else "")
            text += " " + tr("{count} rows affected", count=str(self.row_count))
            text += f": {shown}." if self.rows else "."
        return text + (" " + tr("Fix: {remedy}", remedy=_sentence(tr(self.remedy))) if self.remedy else "")

    def as_dict(self) -> dict[str, Any]:
        """The problem as a mapping for ``--json``."""
        return {
            "code": self.code,
            "effect": self.effect,
            "file": self.file,
            "column": self.column,
            "rows": list(self.rows[:5]),
            "lines": list(self.lines[:5]),
            "row_count": self.row_count,
            "rule": self.rule,
            "remedy": self.remedy,
        }


class InputError(RmError):
    """The input is refused; carries every problem found, not the first alone, and the accounts of what was read."""

    exit_code = EXIT_INPUT_REFUSED

    def __init__(self, problems: tuple[Problem, ...], accounts: tuple[Any, ...] = ()) -> None:
        self.problems = problems
        self.accounts = accounts
        self.refused = tuple(p for p in problems if p.effect == "refused")
        first = self.refused[0] if self.refused else problems[0]
        super().__init__(first.code, self.told(_plain))

    def told(self, tr: Callable[..., str]) -> str:
        """The message in the language of a translator."""
        return "\n".join(p.told(tr) for p in self.refused) + " " + tr("Nothing was published.")

    def __str__(self) -> str:
        return self.message


class UnknownNameError(RmError, LookupError):
    """A name that was asked for is not there: in a look-up, as an argument, on the command line."""

    exit_code = EXIT_INPUT_REFUSED


SIDE_WORDS = {"senior": "mentee", "seniors": "mentee", "junior": "mentor", "juniors": "mentor"}
"""What people say for a side, and the side that they mean."""


def unknown(
    what: str, given: object, known: Iterable[str], *, means: Mapping[str, str] | None = None
) -> UnknownNameError:
    """The refusal of a name, with the nearest ones that there are.

    Parameters
    ----------
    what : str
        What it is a name of, in the singular.
    given : object
        What was asked for.
    known : iterable of str
        The names that there are.
    means : mapping of str to str, optional
        Other words for some of them.

    Examples
    --------
    >>> print(unknown("side", "senior", ["mentee", "mentor"], means=SIDE_WORDS))
    RM-E-130 There is no side "senior": did you mean "mentee"? There are: mentee, mentor.
    """
    import difflib  # noqa: PLC0415  (only where something is refused)

    names = list(dict.fromkeys(known))
    meant = (means or {}).get(str(given).lower())
    small = {name.lower(): name for name in names}
    near = (
        [meant] if meant else [small[word] for word in difflib.get_close_matches(str(given).lower(), small, cutoff=0.5)]
    )
    quoted = " or ".join(f'"{name}"' for name in near)
    asked = f": did you mean {quoted}?" if near else "."
    shown = ", ".join([*names[:40], *["…"][: len(names) > 40]]) or "none"
    return UnknownNameError("RM-E-130", f'There is no {what} "{given}"{asked} There are: {shown}.')


def known_side(side: str) -> str:
    """The side itself, refused where there is no such side.

    Examples
    --------
    >>> known_side("mentee")
    'mentee'
    """
    if side not in ("mentee", "mentor"):
        raise unknown("side", side, ("mentee", "mentor"), means=SIDE_WORDS)
    return side
