"""The numbers of a round for other programs: those of its published report, or computed anew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import read_programme
from rmanalytics.run.due import latest_closed
from rmanalytics.run.publish import place_of

_HEADS = ("name", "outcome", "side", "group")


def numbers_of(folder: Path, round_id: str | None, reports: Path) -> dict[str, Any]:
    """What ``results.json`` of a round holds.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    round_id : str or None
        The round; None for the last closed one.
    reports : Path
        Reports folder; a report there of this programme and round is read, else the round is computed.

    Raises
    ------
    InputError
        When the programme, its data or the round are refused.
    """
    programme = read_programme(folder, tuple(TABLES))
    round_id = programme.round(round_id).id if round_id else latest_closed(programme, today=programme.today())
    made = _read(place_of(reports, round_id) / "results.json")
    if made is not None and made.get("programme") == programme.name:
        return made
    from rmanalytics.evaluation import open_study  # noqa: PLC0415  (only where nothing is published)
    from rmanalytics.run.export import results_document  # noqa: PLC0415

    return results_document(open_study(folder, round_id), generated_at=programme.today())


def as_table(rows: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]]) -> str:
    """Rows of results as a table for a terminal, answers to claims before it; further numbers of a result left out."""
    lines: list[str] = []
    for answer in answers:
        lines += _answered(answer)
    shown = [row for row in rows if row["quantity"] == "estimate"]
    width = {head: max([len(head), *(len(row[head] or "") for row in shown)]) + 2 for head in _HEADS}
    lines.append(
        "".join(f"{head:<{width[head]}}" for head in _HEADS) + f"{'value':>10}{'lo':>10}{'hi':>10}{'n':>6}  unit"
    )
    for row in shown:
        about = "".join(f"{row[head] or '':<{width[head]}}" for head in _HEADS)
        if row["status"] == "estimated":
            numbers = "".join(f"{'' if row[x] is None else f'{row[x]:.4g}':>10}" for x in ("value", "lo", "hi"))
            lines.append(f"{about}{numbers}{row['n']:>6}  {row['unit']}")
        else:
            lines.append(f"{about}not estimable: {row['reason']}")
    return "\n".join(lines)


def _answered(answer: Mapping[str, Any]) -> Iterator[str]:
    """The word of a claim with its reason, and what each gate said."""
    word = ", ".join(part.replace("_", " ") for part in (answer["verdict"], answer["target"], answer["mark"]) if part)
    role = f" ({answer['role']})" if answer["role"] else ""
    because = f": {answer['reason'].format(**answer['values'])}" if answer["reason"] else ""
    yield f"{answer['claim']['id']}{role} {answer['claim']['title'].get('en', '')}: {word}{because}"
    for gate in answer["gates"]:
        said = "passed" if gate["passed"] else gate["reason"].format(**gate["values"])
        yield f"   gate {gate['name']}: {said}"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and "results" in data and "ledger" in data else None
