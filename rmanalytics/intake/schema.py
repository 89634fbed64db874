"""The tables that a programme may have: columns, kinds and rules, declared once.

Unit: one table; one row of it is what `Table.row` says. See ``docs/data.md`` for the words that a data owner reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rmanalytics.results import SIDES

Kind = Literal["id", "text", "code", "choice", "date", "whole", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Parameters
    ----------
    name : str
        Canonical name.
    kind : str
        ``id`` and ``text`` stay text; ``code`` is text of letters, digits, ``_ - .``; ``choice`` one of ``choices``;
        ``date`` an ISO day; ``whole`` and ``number`` numbers.
    required : bool
        The column must be in the file.
    filled : bool
        No cell may be empty (an empty one quarantines the row).
    choices : tuple of str
        Allowed values of a ``choice``.
    least, most : float, optional
        Bounds of a number; a value outside quarantines the row.
    person, tandem : bool
        The id must be known in *people* or *tandems*.
    since : int
        Earliest year of a date; an earlier one quarantines the row.
    person_if : tuple of str
        Another column and its value beside which the cell is a person's id.
    time : bool
        A date that may carry a time of day, used to tell which of two answers is the later one, then dropped.
    """

    name: str
    kind: Kind
    required: bool = True
    filled: bool = True
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    person: bool = False
    tandem: bool = False
    since: int = 2000
    time: bool = False
    person_if: tuple[str, str] | None = None

    @property
    def personal(self) -> bool:
        """Whether its cells say who somebody is, so that they pass the door."""
        return self.kind == "id" or self.name == "rater"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: what a row is, its columns, and the columns that may not repeat."""

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    order: tuple[tuple[str, str], ...] = ()
    """Pairs of columns (dates or numbers) of which the first may not be larger than the second."""

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Names of the columns that a file must have."""
        return tuple(column.name for column in self.columns if column.required)


def _optional(name: str, kind: Kind, **rules: object) -> Column:
    return Column(name=name, kind=kind, required=False, filled=False, **rules)  # type: ignore[arg-type]


_PERSON = Column(name="person_id", kind="id", person=True)
_ROUND = Column(name="round_id", kind="code")
HIRED_SINCE = 1950
EXIT_REASONS = ("voluntary", "involuntary", "retirement", "end_of_contract", "transfer", "death", "other")
TALENT_GROUPS = ("trainee", "young_professional", "high_potential", "alumni", "executive", "none")
ASSIGNMENTS = ("volunteer", "matched", "waiting_list", "random")
COMPARISON_KINDS = ("waiting_list", "not_drawn", "matched", "training", "other")
WISHES = ("topic", "time", "language", "site", "not_with")
PARTICIPANT = "participant"
INVITATION_ANSWERS = ("volunteered", "declined")
RATED_BY = ("self", "partner", "manager", "other")
WAVES = ("pre", "post", "then", "follow_up", "pulse")
MEETING_STATUS = ("held", "cancelled", "moved", "missed")

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            name="people",
            row="one person",
            key=("person_id", "hire_date"),
            order=(("hire_date", "exit_date"),),
            columns=(
                Column(name="person_id", kind="id"),
                Column(name="birth_year", kind="whole", filled=False, least=1900, most=2020),
                Column(name="hire_date", kind="date", since=HIRED_SINCE),
                _optional("exit_date", "date", since=HIRED_SINCE),
                _optional("exit_reason", "choice", choices=EXIT_REASONS),
                _optional("talent_group", "choice", choices=TALENT_GROUPS),
                _optional("rehired_from", "id"),
            ),
        ),
        Table(
            name="positions",
            row="one person in one position, from a day to a day",
            key=("person_id", "start_date"),
            order=(("start_date", "end_date"),),
            columns=(
                _PERSON,
                Column(name="start_date", kind="date", since=HIRED_SINCE),
                Column(name="end_date", kind="date", filled=False, since=HIRED_SINCE),
                Column(name="unit", kind="text"),
                Column(name="level", kind="whole", least=0, most=99),
                Column(name="manager_id", kind="id", filled=False, person=True),
                _optional("job_family", "text"),
                _optional("location", "text"),
            ),
        ),
        Table(
            name="tandems",
            row="one tandem",
            key=("tandem_id",),
            order=(("matched_date", "ended_date"),),
            columns=(
                _ROUND,
                Column(name="tandem_id", kind="code"),
                Column(name="mentor_id", kind="id", person=True),
                Column(name="mentee_id", kind="id", person=True),
                Column(name="assignment", kind="choice", choices=ASSIGNMENTS),
                Column(name="matched_date", kind="date"),
                _optional("mentor_consent_date", "date"),
                _optional("mentee_consent_date", "date"),
                _optional("ended_date", "date"),
                _optional("end_reason", "code"),
            ),
        ),
        Table(
            name="comparison",
            row="one person who serves a round as comparison",
            key=("round_id", "person_id", "side"),
            columns=(
                _ROUND,
                _PERSON,
                Column(name="side", kind="choice", choices=SIDES),
                Column(name="kind", kind="choice", choices=COMPARISON_KINDS),
                _optional("matched_date", "date"),
            ),
        ),
        Table(
            name="invitations",
            row="one person of one side who was asked to take part in a round, or came forward unasked",
            key=("round_id", "person_id", "side"),
            order=(("invited_date", "answered_date"),),
            columns=(
                _ROUND,
                _PERSON,
                Column(name="side", kind="choice", choices=SIDES),
                Column(name="invited_date", kind="date", filled=False),
                _optional("answered_date", "date"),
                Column(name="answer", kind="choice", filled=False, choices=INVITATION_ANSWERS),
                _optional("eligible", "choice", choices=("yes", "no")),
            ),
        ),
        Table(
            name="wishes",
            row="one wish of one person of one side in a round",
            key=("round_id", "person_id", "side", "kind", "code"),
            columns=(
                _ROUND,
                _PERSON,
                Column(name="side", kind="choice", choices=SIDES),
                Column(name="kind", kind="choice", choices=WISHES),
                Column(name="code", kind="text", person_if=("kind", "not_with")),
                _optional("weight", "whole", least=1, most=3),
            ),
        ),
        Table(
            name="meetings",
            row="one planned meeting of a tandem",
            key=("tandem_id", "number"),
            columns=(
                Column(name="tandem_id", kind="code", tandem=True),
                Column(name="number", kind="whole", least=1, most=60),
                Column(name="planned_date", kind="date", filled=False),
                Column(name="held_date", kind="date", filled=False),
                Column(name="status", kind="choice", choices=MEETING_STATUS),
                _optional("minutes", "number", least=1, most=480),
                _optional("channel", "code"),
                _optional("topic_code", "code"),
                _optional("called_off_by", "choice", choices=(*SIDES, "other")),
            ),
        ),
        Table(
            name="answers",
            row="one person's answer to one item at one wave",
            key=("round_id", "wave", "person_id", "item"),
            columns=(
                _ROUND,
                Column(name="wave", kind="choice", choices=WAVES),
                _PERSON,
                Column(name="item", kind="code"),
                Column(name="value", kind="whole", filled=False),
                _optional("answered_at", "date", time=True),
            ),
        ),
        Table(
            name="guesses",
            row="what one person thinks another one answers to one item at one wave",
            key=("round_id", "wave", "person_id", "about_id", "item"),
            columns=(
                _ROUND,
                Column(name="wave", kind="choice", choices=WAVES[:2]),
                _PERSON,
                Column(name="about_id", kind="id", person=True),
                Column(name="item", kind="code"),
                Column(name="value", kind="whole", filled=False),
            ),
        ),
        Table(
            name="coded_answers",
            row="one answer to one item before or after a round, under a code that the person made up",
            key=("round_id", "wave", "response", "item"),
            columns=(
                _ROUND,
                Column(name="wave", kind="choice", choices=WAVES[:2]),
                Column(name="response", kind="code"),
                Column(name="code", kind="text"),
                Column(name="side", kind="choice", choices=SIDES),
                _optional("group", "choice", choices=(PARTICIPANT, *COMPARISON_KINDS)),
                Column(name="item", kind="code"),
                Column(name="value", kind="whole", filled=False),
                _optional("answered_at", "date", time=True),
            ),
        ),
        Table(
            name="goals",
            row="one goal of one person",
            key=("round_id", "person_id", "goal_code", "rated_by"),
            columns=(
                _ROUND,
                _PERSON,
                Column(name="goal_code", kind="code"),
                Column(name="weight", kind="number", least=0),
                Column(name="attained", kind="whole", filled=False, least=-2, most=2),
                _optional("rated_by", "choice", choices=RATED_BY),
            ),
        ),
        Table(
            name="upward",
            row="one rater's answer on one leader to one item at one wave",
            key=("round_id", "wave", "leader_id", "rater", "item"),
            columns=(
                _ROUND,
                Column(name="wave", kind="choice", choices=WAVES[:2]),
                Column(name="leader_id", kind="id", person=True),
                Column(name="rater", kind="code"),
                Column(name="item", kind="code"),
                Column(name="value", kind="whole", filled=False),
            ),
        ),
        Table(
            name="ties",
            row="one tie from one person to another at one wave",
            key=("wave_date", "kind", "source_id", "target_id"),
            columns=(
                Column(name="wave_date", kind="date"),
                Column(name="source_id", kind="id", person=True),
                Column(name="target_id", kind="id", person=True),
                Column(name="kind", kind="code"),
                _optional("weight", "number", least=0),
            ),
        ),
        Table(
            name="network_survey",
            row="one person who was asked for her or his ties at one wave",
            key=("wave_date", "kind", "person_id"),
            columns=(
                Column(name="wave_date", kind="date"),
                _PERSON,
                Column(name="answered", kind="choice", choices=("yes", "no")),
                _optional("kind", "code"),
            ),
        ),
        Table(
            name="alumni",
            row="one former employee",
            key=("person_id",),
            order=(("exit_date", "rehire_date"),),
            columns=(
                Column(name="person_id", kind="id"),
                Column(name="exit_date", kind="date", since=HIRED_SINCE),
                _optional("involved_from", "date"),
                _optional("rehire_date", "date"),
            ),
        ),
        Table(
            name="applications",
            row="one application for a vacancy",
            key=("vacancy_id", "person_id"),
            columns=(
                Column(name="vacancy_id", kind="code"),
                _PERSON,
                Column(name="applied_date", kind="date"),
            ),
        ),
        Table(
            name="projects",
            row="one project role of one person",
            columns=(
                _PERSON,
                Column(name="project_code", kind="code"),
                Column(name="role", kind="code"),
                Column(name="start_date", kind="date"),
            ),
        ),
        Table(
            name="initiatives",
            row="one change that came out of a tandem",
            key=("initiative_id",),
            columns=(
                Column(name="initiative_id", kind="code"),
                Column(name="tandem_id", kind="code", tandem=True),
                Column(name="proposed_date", kind="date"),
                Column(name="status", kind="choice", choices=("proposed", "adopted", "rejected")),
            ),
        ),
        Table(
            name="costs",
            row="one cost item of a round",
            key=("round_id", "item"),
            order=(("low", "unit_cost"), ("unit_cost", "high"), ("low", "high")),
            columns=(
                _ROUND,
                Column(name="item", kind="code"),
                Column(name="kind", kind="choice", choices=("cash", "time")),
                Column(name="quantity", kind="number", least=0),
                Column(name="unit", kind="text"),
                Column(name="unit_cost", kind="number", least=0),
                _optional("low", "number", least=0),
                _optional("high", "number", least=0),
                Column(name="currency", kind="code"),
            ),
        ),
        Table(
            name="branding",
            row="one metric on one day, for people who saw the programme mentioned or did not",
            key=("date", "metric", "exposed", "source"),
            order=(("numerator", "denominator"),),
            columns=(
                Column(name="date", kind="date"),
                Column(name="metric", kind="code"),
                _optional("value", "number"),
                _optional("numerator", "whole", least=0),
                _optional("denominator", "whole", least=1),
                _optional("exposed", "choice", choices=("yes", "no", "all")),
                _optional("source", "text"),
            ),
        ),
    )
}


def with_covariates(table: Table, covariates: Sequence[str]) -> Table:
    """The table of people with a programme's own covariates as further columns; any other table as it is.

    Examples
    --------
    >>> with_covariates(TABLES["people"], ("gender",)).columns[-1].name
    'gender'
    """
    known = {column.name for column in table.columns}
    own = [_optional(name, "text") for name in covariates if name not in known] if table.name == "people" else []
    return replace(table, columns=(*table.columns, *own)) if own else table


def need_of(column: Column) -> str:
    """Whether a column must be there, in the words of ``docs/data.md``.

    Examples
    --------
    >>> need_of(TABLES["people"].columns[0]), need_of(TABLES["people"].columns[3])
    ('yes', 'optional')
    """
    if not column.required:
        return "optional"
    return "yes" if column.filled else "yes, cells may be empty"


def rule_of(column: Column) -> str:
    """What a cell may hold, in the words of ``docs/data.md``.

    Examples
    --------
    >>> rule_of(TABLES["goals"].columns[4])
    'whole number, −2 to 2'
    """
    kinds = {"whole": "whole number", "date": "day", "choice": "one of " + ", ".join(column.choices)}
    words = [kinds.get(column.kind, column.kind)]
    if column.least is not None and column.most is not None:
        words.append(f"{column.least:g} to {column.most:g}".replace("-", "−"))
    elif column.least is not None:
        words.append(f"{column.least:g} or more")
    if column.kind == "date":
        words.append(f"from {column.since}")
    if column.person:
        words.append("known in people")
    if column.tandem:
        words.append("known in tandems")
    return ", ".join(words)
