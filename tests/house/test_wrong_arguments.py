"""Every public function refuses a wrong argument with the nearest right ones: the table is made from the signatures."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

import rmanalytics as rm
from rmanalytics.api.study import Study
from rmanalytics.errors import InputError, UnknownNameError
from rmanalytics.report.show import BLOCKS, maker

WRONG = {
    "side": ("senior", 'did you mean "mentee"'),
    "claim": ("M0", "did you mean "),
    "round_id": ("2026H3", "2026H1"),
    "language": ("dee", 'did you mean "de"'),
    "scales": (("digital_fitnes",), 'did you mean "digital_fitness"'),
    "instrument": ("digital_fitnes", 'did you mean "digital_fitness"'),
    "wave": ("aftre", "did you mean"),
    "scale": ("digital_fitnes", 'did you mean "digital_fitness"'),
    "name": ("Sales", "no subgroup"),
    "event": ("retension", 'did you mean "retention"'),
}
"""Per parameter: something near a right value, and what the refusal says."""
FREE = {
    *("programme", "programmes", "folder", "reports", "to", "path", "planned", "on", "deadline", "strict", "quiet"),
    *("overdue_days", "tandems", "comparison", "rounds", "difference", "seed", "employees", "conditions", "study"),
    *("draws", "ask", "signed", "html", "guesses", "plants"),
}
"""Parameters that take a path, a number, a day or a yes: nothing is nearest to them."""
MAKING = {"simulate", "report", "due"}
"""What writes; a wrong round is refused by the same reader, after a process is started."""


@cache
def opened() -> Study:
    return rm.open(rm.example(), "2026H1")


def functions() -> dict[str, Callable[..., Any]]:
    study = opened()
    found = {f"rm.{n}": getattr(rm, n) for n in rm.__all__ if n != "measures"}
    found |= {n: getattr(study, n) for n, member in vars(Study).items() if inspect.isfunction(member) and n[0] != "_"}
    return found


CASES = [
    (name, parameter)
    for name, function in functions().items()
    if name.removeprefix("rm.") not in MAKING
    for parameter in inspect.signature(function).parameters
    if parameter not in FREE
]


def given(function: Callable[..., Any], wrong: dict[str, Any]) -> dict[str, Any]:
    """What the function must be given beside the wrong argument."""
    right = {"programme": rm.example(), "instrument": "digital_fitness", "claim": "M1", "folder": "."}
    signature = inspect.signature(function)
    needed = [n for n, p in signature.parameters.items() if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    return {n: right[n] for n in needed if n in right} | wrong


@pytest.mark.parametrize(("name", "parameter"), CASES)
def test_a_wrong_argument_is_refused_with_the_nearest(name: str, parameter: str) -> None:
    function = functions()[name]
    wrong, near = WRONG[parameter]
    with pytest.raises((UnknownNameError, InputError)) as refused:
        function(**given(function, {parameter: wrong}))
    assert near.lower() in str(refused.value).lower()


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_refuses_a_wrong_option_and_a_wrong_side(block: str) -> None:
    make = getattr(opened().show, block)
    known = [name for name in inspect.signature(maker(block)).parameters if name != "study"]
    with pytest.raises(UnknownNameError, match=f'argument of {block} "sid"'):
        make(sid="mentee")
    if "side" in known:
        with pytest.raises(UnknownNameError, match='did you mean "mentee"'):
            make(side="seniors")
