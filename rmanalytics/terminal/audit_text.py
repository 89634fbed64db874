"""The audit of pairing for a terminal, a spreadsheet and a machine: dated lists first, counts of the rules last.

Unit: one tandem and rule. Tandems are named, so all of this is for the analyst's room and goes to the caller alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from rmanalytics.errors import Problem
from rmanalytics.evaluation.lots.breaches import Breach, breaches
from rmanalytics.evaluation.pairing.audit import PLAN_TABLES, TABLES, Audit, audit, audit_planned
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.planned import read_planned
from rmanalytics.intake.sheet import Account
from rmanalytics.language.translator import plural
from rmanalytics.receipts.chain import FOLDER
from rmanalytics.run.export import as_csv, plain

COLUMNS = ("list", "tandem_id", "rule", "evidence", "first_date", "last_date", "days")
BREACH, UNAUDITED, WARNING, LOT = "breach", "not audited", "early warning", "lot"
NOTHING = "–"
_LEAST_WIDTH = 10


@dataclass(frozen=True, kw_only=True)
class Made:
    """An audit, the account of the file that the tandems came from, what intake noted about it, breaches of the lot."""

    audit: Audit
    accounts: tuple[Account, ...]
    problems: tuple[Problem, ...]
    lot: tuple[Breach, ...] = ()

    @property
    def left_out_n(self) -> int:
        """Rows of that file that were kept out, so that their tandems are not audited."""
        return sum(account.quarantined for account in self.accounts)


def make_audit(
    folder: Path, round_id: str, *, today: date | None = None, on: date | None = None, plan: Path | None = None
) -> Made:
    """Read what an audit needs and audit a round, or planned tandems of it.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    round_id : str
        Round that the programme declares.
    today : date, optional
        The day of the call; the programme's own unless given.
    on : date, optional
        Day of the early warnings or of planning; default: today, or ``data_until`` where that is earlier.
    plan : Path, optional
        File of planned tandems.

    Raises
    ------
    InputError
        When the programme, its data, the file or the day are refused.
    """
    drawn = any((folder / FOLDER).glob(f"{round_id}-draw-*.json"))
    of_lots = ("answers", "branding", "invitations") if drawn else ()
    bundle = read_bundle(folder, only=PLAN_TABLES if plan else (*TABLES, *of_lots))
    programme = bundle.programme
    round_ = programme.round(round_id)
    day = on or min(today or programme.today(), programme.data_until)
    if plan is None:
        accounts = tuple(account for account in bundle.accounts if account.table == "tandems")
        files = {account.file for account in accounts}
        noted = tuple(problem for problem in bundle.problems if problem.file in files)
        lot = breaches(bundle, round_)
        return Made(audit=audit(bundle, round_, on=day), accounts=accounts, problems=noted, lot=lot)
    read = read_planned(plan, bundle, round_)
    found = audit_planned(bundle, round_, read.tandems, on=day)
    return Made(audit=found, accounts=(read.account,), problems=read.problems)


def as_rows(made: Made) -> list[dict[str, Any]]:
    """All lists under each other: breaches, days not audited, early warnings (state as rule, reason as evidence)."""
    found = made.audit
    rows = [{"list": BREACH, **row} for row in _records(found.breaches)]
    rows += [{"list": UNAUDITED, **row} for row in _records(found.unaudited)]
    for row in _records(found.warnings):
        told = {"tandem_id": row["tandem_id"], "rule": row["state"], "evidence": row["reason"]}
        rows.append({"list": WARNING, **told, "first_date": found.on.isoformat()})
    rows += [{"list": LOT, "rule": one.rule, "evidence": _of_lot(one)} for one in made.lot]
    return rows


def _of_lot(one: Breach) -> str:
    """How many people a breach of the lot is about, on which side, and who."""
    side = f"{one.side}: " if one.side else ""
    return f"{side}{one.n}" + (f" ({', '.join(one.people)})" if one.people else "")


def as_table_csv(made: Made) -> str:
    """`as_rows` as CSV that a spreadsheet opens without running anything."""
    return as_csv(as_rows(made), COLUMNS)


def as_dict(made: Made) -> dict[str, Any]:
    """The audit as plain values."""
    found = made.audit
    return {
        "programme": found.programme,
        "round": found.round_id,
        "planned": found.planned,
        "on": found.on.isoformat(),
        "first_date": found.first.isoformat(),
        "last_date": found.last.isoformat(),
        "round_end": found.round_end.isoformat(),
        "tandems": found.tandems_n,
        "tandems_in_breach": found.in_breach_n,
        "rows_left_out": made.left_out_n,
        "breaches": _records(found.breaches),
        "not_audited": _records(found.unaudited),
        "early_warnings": None if found.warnings is None else _records(found.warnings),
        "no_early_warnings": found.no_warnings,
        "lot": [{"rule": b.rule, "side": b.side, "n": b.n, "people": list(b.people)} for b in made.lot],
        "rules": [{"rule": a.rule, "tandems": a.tandems_n, "not_asked": a.reason} for a in found.asked],
        "problems": [problem.as_dict() for problem in made.problems],
    }


def as_text(made: Made) -> str:
    """The audit for reading: what was audited, breaches, days not audited, early warnings, counts of the rules."""
    found = made.audit
    parts = [_head(made)]
    if found.tandems_n:
        parts.append([f"BREACHES: {found.in_breach_n} of {found.tandems_n} tandems", *_dated(found.breaches)])
        if len(found.unaudited):
            n = found.unaudited["tandem_id"].nunique()
            parts.append([f"DAYS NOT AUDITED: {n} of {found.tandems_n} tandems", *_dated(found.unaudited)])
        if not found.planned:
            parts.append(_warnings(found))
        parts.append(_counts(found))
    if made.lot:
        parts.append(["THE LOT", *(f"  {one.rule}: {_of_lot(one)}" for one in made.lot)])
    return "\n\n".join("\n".join(part) for part in parts)


def _head(made: Made) -> list[str]:
    found = made.audit
    what = ("planned " if found.planned else "") + ("tandem" if found.tandems_n == 1 else "tandems")
    lines = [f"{found.programme}, {found.round_id}: audit of {found.tandems_n} {what}"]
    days = plural("{n} day", "{n} days").format(n=(found.last - found.first).days + 1)
    lines.append(f"Days audited: {found.first} to {found.last} ({days})")
    if found.planned:
        lines.append(f"As things stand on {found.on}")
    elif found.last < found.round_end:
        left = (found.round_end - found.last).days
        rest = "day of the round is" if left == 1 else f"{left} days of the round are"
        lines.append(f"The data end on {found.last}; the last {rest} not in them")
    if made.left_out_n:
        lines.append(f"Rows that cannot be read as a tandem and are not audited: {made.left_out_n}")
    if not found.tandems_n:
        lines.append("There is no tandem of this round to audit")
    return lines


def _dated(rows: pd.DataFrame) -> Iterator[str]:
    """Aligned rows, what each rests on in a second line."""
    if not len(rows):
        return
    width = max(_LEAST_WIDTH, int(rows["tandem_id"].str.len().max())) + 2
    yield f"{'tandem':<{width}}{'first day':<12}{'last day':<12}{'days':>5}  rule"
    indent = " " * (width + 12 + 12 + 5 + 2)
    for row in _records(rows):
        first, last = (row[column] or NOTHING for column in ("first_date", "last_date"))
        yield f"{row['tandem_id']:<{width}}{first:<12}{last:<12}{row['days']:>5}  {row['rule']}"
        yield f"{indent}{row['evidence']}"


def _warnings(found: Audit) -> list[str]:
    if found.warnings is None:
        return [f"No early warnings on {found.on}: {found.no_warnings}"]
    lines = [f"EARLY WARNINGS on {found.on}"]
    if len(found.warnings):
        width = max(_LEAST_WIDTH, int(found.warnings["tandem_id"].str.len().max())) + 2
        lines.append(f"{'tandem':<{width}}{'state':<12}reason")
        lines += [f"{row['tandem_id']:<{width}}{row['state']:<12}{row['reason']}" for row in _records(found.warnings)]
    return lines


def _counts(found: Audit) -> list[str]:
    width = max(len(asked.rule) for asked in found.asked) + 2
    lines = [f"{'RULES':<{width}}{'tandems':>8}"]
    for asked in found.asked:
        told = f"{asked.tandems_n:>8}" if asked.tandems_n is not None else f"{NOTHING:>8}  not asked: {asked.reason}"
        lines.append(f"{asked.rule:<{width}}{told}")
    return lines


def _records(rows: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Rows as plain values; a day as ISO text, a missing one as None."""
    if rows is None:
        return []
    records = rows.to_dict("records")
    return [
        {str(name): None if pd.isna(value) else plain(value) for name, value in record.items()} for record in records
    ]
