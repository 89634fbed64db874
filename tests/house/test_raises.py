"""Every refusal in measures and evaluation is known by its kind: a rule of the door, of the caller, or of our own code.

What data can bring about is a rule of the door, or *not estimable* with its reason; a new refusal needs a line here.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pandas as pd
import pytest

from rmanalytics.intake.schema import TABLES
from rmanalytics.measures.rows import RULES

PACKAGE = Path(__file__).parents[2] / "rmanalytics"
ROOMS = ("measures", "evaluation")
TOLD = 60
"""Of a message, characters by which it is known."""

DOOR = {
    "a tandem pairs a person with themselves": "RM-E-032",
    "an answer lies outside the instrument's scale": "RM-E-014",
    "an exit date is missing, or a rehire comes before the exit": "RM-E-047",
    "an item's range must hold its unit cost: low ≤ unit_cost ≤ high": "RM-E-047",
    "a count must lie within 0 and its total": "RM-E-047",
    "stop_date lies before start_date": "RM-E-047",
    "a row without its start_date": "RM-E-040",
    "the costs are in more than one currency": "RM-E-061",
    "status must be proposed, adopted or rejected": "RM-E-042",
    "a wave is neither pre nor post": "RM-E-042",
}
"""What intake refuses by a code, so that tables from the door cannot meet it."""
CALLER = {
    "name at least one covariate",
    "no column of a stage",
    "tau must be a number of days above 0",
    "the spells are of more than one group: choose one",
    "landmark_days must be a number of days of 0 or more",
    "rule: either or mutual",
    "the audit ends before it starts",
    "from_state and to_state must be two different states of those named",
    "information must be positive, alpha between 0 and 0.5",
    "a question stands in the family more than once",
    "a p-value lies outside 0 to 1",
    "the correlation must lie between -1 and 1",
    "the share must lie between 0 and 1; the hazard ratio must be positive and not 1",
    "alpha must lie above 0 and below power, power below 1",
    "counts and times cannot be negative",
    "the instrument has no item on this subscale",
    "exposed must be yes or no",
    "kind must be cash or time",
    "there must be people who were to learn",
    "a range must be 0 ≤ low ≤ mode ≤ high",
    "an estimate needs a finite value and a standard error of 0 or more",
    "a standard error is not positive",
    "a standard error, or the scale, is not positive",
    "missing columns: *",
    "missing columns: ties need *",
    "*: *",
}
"""Of an argument that is no data, or of an analyst's own table that is not the one asked for."""
OURS = {
    "a row without its unit of analysis: *",
    "the unit of analysis stands in more than one row: *",
    "a row without its unit of analysis: tandem_id",
    "somebody after matching is not there before, in the same group",
    "a participant is not among the people, or has no matched_date",
    "there must be more units than coefficients",
    "the fit does not converge",
    "the fit does not converge: a share is 0 or 1 in one of the groups",
    "ties: each ordered pair once, in rising order",
    "a value of an ordered pair is missing",
    "give every ordered pair of different people one row",
    "weight: a number above 0 in every row, or in none",
    "entry_days must be 0 or more and lie before time_days",
    "entry_days must lie before time_days",
    "an entry must lie before the end",
    "a person's stretches overlap",
    "a person's rows overlap",
    "a participant has no joined_days or no spell",
    "* participants have no start or no origin date",
    "* participants start after the origin of their time: until the match",
    "a person is not employed on the start date, or starts after the records end",
    "no event happened",
    "the estimate lies within the boundary",
    "there must be two clusters or more",
    "a row has no cluster",
    "a person stands in both groups",
    "a leader is in both groups",
    "a score lies beyond the ends of the scale",
    "an option without draws, or a draw without its cost or gain",
    "the two options need the same number of draws",
    "quantity and unit_cost must be numbers, quantity 0 or more",
    "NO_COSTS",
    "the result has no interval",
    "the claim has no people",
    "the claim has no people or no scale",
    "a * cannot be kept",
    "a day stands twice",
    "*: an interval is needed",
    "only a claim with an estimate is looked at",
}
"""What the caller in this package sees to before it calls: it cannot happen; if it does, it is a contained fault."""


def message(error: ast.expr) -> str:
    """The text of an error, its braces as stars; of a named text the name."""
    if isinstance(error, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in error.values)  # noqa: PD011
    return str(error.value) if isinstance(error, ast.Constant) else ast.unparse(error)


def refusals() -> list[str]:
    found = []
    for path in sorted(path for room in ROOMS for path in (PACKAGE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = node.exc if isinstance(node, ast.Raise) else None
            if isinstance(call, ast.Call) and ast.unparse(call.func) in {"ValueError", "TypeError", "KeyError"}:
                found.append(message(call.args[0]))
    return found


def test_every_refusal_is_of_a_known_kind_and_none_is_new() -> None:
    assert {text[:TOLD] for text in refusals()} == {text[:TOLD] for text in (*DOOR, *CALLER, *OURS)}
    assert len(refusals()) <= 80


def test_the_codes_of_the_door_are_there() -> None:
    intake = "".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "intake").glob("*.py"))
    codes = set(re.findall(r"RM-[EQ]-(\d{3})", intake))
    assert {code[-3:] for code in DOOR.values()} <= codes


OF_ANOTHER_MEANING = {("invitations", "eligible"), ("wishes", "weight"), ("coded_answers", "group")}
"""Columns of the same name alone: marks of 0 and 1 and the two groups are made of them before a measure is asked."""


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (table, c)
        for name, table in TABLES.items()
        for c in table.columns
        if c.name in RULES and (name, c.name) not in OF_ANOTHER_MEANING
    ],
    ids=lambda value: value.name,
)
def test_what_passes_the_door_keeps_to_the_rules_of_measures(table, column) -> None:
    rule = RULES[column.name]
    assert column.kind != "choice" or set(column.choices) <= set(rule.choices)
    cells = [column.least, column.most]
    assert rule.holds(pd.Series([number for number in cells if number is not None], dtype="float64")), table.name
    assert column.least is None or column.least >= rule.least
    assert column.most is None or column.most <= rule.most or table.name == "ties"
    assert rule.empty or column.filled or table.name == "ties"  # weights of ties are no weights of goals
