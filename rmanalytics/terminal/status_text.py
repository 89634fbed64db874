"""How programmes stand, for a terminal: a line a round, the last run, and what is overdue."""

from __future__ import annotations

from collections.abc import Sequence

from rmanalytics.language.translator import plural, translator
from rmanalytics.run.due import Status

_OVERDUE = plural("overdue: {n} day", "overdue: {n} days")


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
        tr = translator(one.language)
        lines += [f"{s}" + (f" ({tr(_OVERDUE, n=s.days(one.today))})" if s in late else "") for s in one.standings]
        lines += [f"  {tr(told)}" for told in one.undone]
        if one.last_run:
            run = {name: str(one.last_run.get(name) or "") for name in ("call", "round", "outcome", "code")}
            told = " ".join(filter(None, (run | {"outcome": tr(run["outcome"])}).values()))
            lines.append(f"  {tr('last run {at}: {told}', at=one.last_run.get('at'), told=told)}")
        elif one.error is None:
            lines.append(f"  {tr('no run yet')}")
    return "\n".join(lines)
