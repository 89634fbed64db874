"""How programmes stand, for a terminal: a line a round, the last run, and what is overdue."""

from __future__ import annotations

from collections.abc import Sequence

from rmanalytics.language.translator import plural
from rmanalytics.run.due import Status

_DAYS = plural("{n} day", "{n} days")


def as_text(found: Sequence[Status], overdue_days: int | None) -> str:
    """Every round of every programme that could be read, in order of time.

    Parameters
    ----------
    found : sequence of Status
        What `rmanalytics.run.due.status` gave.
    overdue_days : int or None
        Days after which a round without a current report is called overdue; None for never.
    """
    lines = []
    for one in found:
        late = one.overdue(overdue_days) if overdue_days is not None else ()
        lines += [
            f"{s}" + (f" (overdue: {_DAYS.format(n=s.days(one.today))})" if s in late else "") for s in one.standings
        ]
        lines += [f"  {told}" for told in one.undone]
        if one.last_run:
            told = " ".join(str(one.last_run.get(name) or "") for name in ("call", "round", "outcome", "code"))
            lines.append(f"  last run {one.last_run.get('at')}: {' '.join(told.split())}")
        elif one.error is None:
            lines.append("  no run yet")
    return "\n".join(lines)
