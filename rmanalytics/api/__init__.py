"""The front door: what ``import rmanalytics as rm`` offers, and what the command line calls."""

from rmanalytics.api.choice import choose, chosen
from rmanalytics.api.making import ALL, due, example, init, report, simulate, status
from rmanalytics.api.questions import audit, check, claims, falsify, open, plan, results  # noqa: A004
from rmanalytics.api.setting_up import council, doctor, migrate, questionnaire
from rmanalytics.api.told import Told

__all__ = [
    "ALL",
    "Told",
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
    "migrate",
    "open",
    "plan",
    "questionnaire",
    "report",
    "results",
    "simulate",
    "status",
]
