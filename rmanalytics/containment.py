"""Containment: a fault inside one figure costs that figure, is counted, and never takes down a report.

Active inside `containing` alone, which a `Study` and its report open; an analyst who calls a measure gets the error
itself. Never contained: errors of ours, memory, interrupts, and the system's own (a file that went).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from rmanalytics.errors import RmError
from rmanalytics.language.translator import key
from rmanalytics.results import NotEstimable, Result

CODE = "RM-X-010"
FAILED = key("the computation failed ({code})")
NEVER = (RmError, MemoryError, OSError)

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that was contained: the figure that it cost, and the trace, for the restricted log alone.

    ``part`` is the module of a part of the evaluation that failed as a whole, so that results after it are missing.
    """

    figure: str
    trace: str
    part: str = ""


_open: ContextVar[list[Fault] | None] = ContextVar("faults", default=None)


@contextmanager
def containing(faults: list[Fault] | None) -> Iterator[None]:
    """Contain faults while the block runs and list them in ``faults``; None lets them through again."""
    token = _open.set(faults)
    try:
        yield
    finally:
        _open.reset(token)


def contained(
    figure: str, make: Callable[[], R], instead: Callable[[], R], *, part: str = "", inside: bool = False
) -> R:
    """What ``make`` makes, or, where a fault of it is contained, what ``instead`` makes.

    ``inside`` says that figures inside fail by themselves; else the figure fails with whatever fails inside it.
    """
    faults = _open.get()
    if faults is None:
        return make()
    try:
        with containing(faults if inside else None):
            return make()
    except NEVER:
        raise
    except Exception as error:  # noqa: BLE001  (whatever goes wrong inside one figure is the figure's)
        faults.append(Fault(figure=figure, trace="".join(traceback.format_exception(error)), part=part))
        return instead()


def failed(name: str) -> NotEstimable:
    """The result of a figure whose computation failed."""
    return NotEstimable(name=name, unit="", reason=FAILED, n=0, values={"code": CODE})


def has_failed(result: object) -> bool:
    """Whether a result stands for a contained fault."""
    return isinstance(result, NotEstimable) and result.reason == FAILED


def plain(table: Any) -> Any:
    """A table in plain types (numbers float64, texts str; categories in an order of their own stay); else as it is.

    Raises
    ------
    ValueError
        When a number is infinite.
    """
    import numpy as np  # noqa: PLC0415  (both keep the command line light)
    import pandas as pd  # noqa: PLC0415

    if not isinstance(table, pd.DataFrame):
        return table
    other = {}
    for name, dtype in zip(table.columns, table.dtypes, strict=True):
        if isinstance(dtype, np.dtype):
            if dtype.kind == "f" and np.isinf(table[name].to_numpy()).any():
                raise ValueError(f"a number is infinite: {name}")
        elif isinstance(dtype, pd.CategoricalDtype):
            if not dtype.ordered:
                other[name] = table[name].astype(dtype.categories.dtype)
        elif dtype != "str":
            to: dict[str, Any] = {
                "O": "str",
                "U": "str",
                "M": "datetime64[s]",
                "b": "bool" if table[name].notna().all() else "float64",
            }
            other[name] = plain(table[[name]].astype(to.get(dtype.kind, "float64")))[name]
    return table.assign(**other) if other else table


def measure(function: Callable[P, R]) -> Callable[P, R]:
    """Contain faults of a measure: its figure is then not estimable. A measure within a measure fails with it.

    Its tables reach it in plain types, see `plain`.
    """
    name = function.__name__
    many = "tuple" in str(function.__annotations__["return"])

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        instead = cast("R", (failed(name),) if many else failed(name))

        def make() -> R:
            return function(*map(plain, args), **{name: plain(value) for name, value in kwargs.items()})

        return contained(name, make, lambda: instead)

    return guarded


def block(function: Callable[P, Iterable[Any]]) -> Callable[P, list[Any]]:
    """Contain faults of a function that gives results one after the other: those before the fault stay."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> list[Result]:
        found: list[Result] = []

        def make() -> None:
            found.extend(function(*args, **kwargs))

        name = function.__name__.strip("_")
        contained(name, make, lambda: found.append(failed(name)), part=function.__module__, inside=True)
        return found

    return guarded
