"""Evaluation of reverse-mentoring programmes: did it work, for whom, and how sure are we?

``import rmanalytics as rm`` loads nothing heavy; each name loads what it needs when it is first used.

>>> import rmanalytics as rm
>>> rm.open(rm.example(), "2026H1").round
'2026H1'
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rmanalytics import measures as measures
    from rmanalytics.api import (
        audit,
        check,
        choose,
        chosen,
        claims,
        council,
        doctor,
        due,
        example,
        falsify,
        init,
        migrate,
        open,  # noqa: A004
        plan,
        questionnaire,
        report,
        results,
        simulate,
        status,
    )

__version__ = "0.1.0"
__all__ = [
    "audit",
    "check",
    "choose",
    "chosen",
    "claims",
    "council",
    "doctor",
    "due",
    "example",
    "falsify",
    "init",
    "measures",
    "migrate",
    "open",
    "plan",
    "questionnaire",
    "report",
    "results",
    "simulate",
    "status",
]


def __getattr__(name: str) -> object:
    from importlib import import_module  # noqa: PLC0415  (the import of the package alone loads nothing)

    if name == "measures":
        return import_module("rmanalytics.measures")
    if name in __all__:
        return getattr(import_module("rmanalytics.api"), name)
    if name.startswith("__"):
        raise AttributeError(f"module 'rmanalytics' has no attribute {name!r}")
    from rmanalytics.errors import unknown  # noqa: PLC0415

    raise AttributeError(str(unknown("name in rmanalytics", name, __all__)))


def __dir__() -> list[str]:
    return __all__


class _Door(type(sys)):  # type: ignore[misc]
    """Keeps a name of the door when a room of the same name is loaded: ``rm.report`` stays the function."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (isinstance(value, type(sys)) and name in __all__ and name != "measures"):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Door
