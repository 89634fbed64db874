"""What the words of a call must look like, and what is said where they do not."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from rmanalytics.briefing.told import KINDS
from rmanalytics.language.translator import LANGUAGES
from rmanalytics.programme.declaration import ROUND_ID


def round_id(text: str) -> str:
    """A round's id."""
    if not ROUND_ID.fullmatch(text):
        raise argparse.ArgumentTypeError("a round looks like 2026H1 (a year, H, and 1 or 2)")
    return text


def listed(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Words between commas, all of them known."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if wrong := [part for part in found if part not in known]:
        raise argparse.ArgumentTypeError(f"{wrong[0]} is none of {', '.join(known)}")
    return found


def languages(text: str) -> tuple[str, ...]:
    """Languages between commas."""
    return listed(text, LANGUAGES)


def kinds(text: str) -> tuple[str, ...]:
    """Kinds of briefings between commas."""
    return listed(text, KINDS)


def day(text: str) -> date:
    """A day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day looks like 2026-03-31") from None


def day_or_days(text: str) -> date:
    """A day, or so many days before today."""
    return datetime.now().astimezone().date() - timedelta(days=int(text)) if text.isdigit() else day(text)


def count(text: str) -> int:
    """A whole number."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("a whole number is wanted")
    return int(text)


def sized(text: str) -> tuple[str, float]:
    """A name with a number."""
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError("a plant looks like demand=0.3") from None


def one_or_more(text: str) -> int:
    """A whole number above 0."""
    number = count(text)
    if not number:
        raise argparse.ArgumentTypeError("1 or more is wanted")
    return number


def positive(text: str) -> float:
    """A number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("a number above 0 is wanted")
    return number
