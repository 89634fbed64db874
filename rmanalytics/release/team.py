"""What a release holds beside figures: the team's own words, the company's look, the next round, and what changed."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled
from rmanalytics.release.catalogue import Catalogue, catalogue

if TYPE_CHECKING:
    from rmanalytics.programme.programme import Programme, Round

FILE, PNG, MOST_BYTES = "programme.toml", b"\x89PNG\r\n\x1a\n", 100_000
REASONS = DECLARED, STARTS, ENDS, VALID = "declared", "starts", "ends", "valid"
"""What a day of decisions follows from, the first that is there."""
_ID = re.compile(r"\{([^{}]+)\}")


def catalogue_of(programme: Programme) -> Catalogue:
    """The catalogue without the rows that a programme leaves out.

    Raises
    ------
    InputError
        RM-E-185 for a row that the catalogue does not have.
    """
    known, left_out = catalogue(), programme.leadership.leave_out
    if strange := [name for name in left_out if name not in known.rows]:
        rule = filled("the catalogue has no row {value}", value=strange[0])
        raise _refused("release.leave_out", rule, filled("use some of: {names}", names=", ".join(known.rows)))
    return known.without(left_out)


def words(programme: Programme, entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The team's words and the look, as the header of a release has them.

    Raises
    ------
    InputError
        RM-E-185 where a text names a figure that is not released, RM-E-186 for a logo that cannot be used.
    """
    own, known = programme.leadership, {str(entry["id"]) for entry in entries}
    for where, text in own.texts:
        if missing := [name for name in _ID.findall(text) if name not in known]:
            rule = filled("the figure {value} is not released", value=missing[0])
            raise _refused(where, rule, filled("name one of the team's page, or take it out"))
    look = {name: value for name, value in own.look.items() if name not in ("template", "logo")}
    if "logo" in own.look:
        look["logo"] = _logo(programme.folder / own.look["logo"])
    said = {"decisions": list(own.decisions), "answers": dict(own.answers), "contact": own.contact, "owner": own.owner}
    return said | {"look": look}


def decide(programme: Programme, valid: date) -> dict[str, str]:
    """By when decisions are asked for, and why then: ``by``, ``because`` and the ``round`` it follows from, if any.

    The day that is declared; else the next round's start, else the present one's end, else until when the release is
    ``valid``. A day that the data have passed is none; empty where none is left.
    """
    own, until = programme.leadership.decide_by, programme.data_until
    known = [(own, DECLARED, "")] if own else []
    known += [(one.start, STARTS, one.id) for one in programme.rounds]
    known += [(one.end, ENDS, one.id) for one in programme.rounds]
    known.append((valid, VALID, ""))
    coming = [(day, why, name) for day, why, name in known if day > until]
    if not coming:
        return {}
    day, why, name = min(coming, key=lambda one: (REASONS.index(one[1]), one[0]))
    return {"by": day.isoformat(), "because": why} | ({"round": name} if name else {})


def _logo(path: Path) -> str:
    data = path.read_bytes() if path.is_file() else b""
    if not data.startswith(PNG) or len(data) > MOST_BYTES:
        rule = filled("the logo is no PNG file of {value} kB at most", value=MOST_BYTES // 1000)
        raise _refused("briefing.logo", rule, filled("save it as PNG, about 400 pixels wide"), code="RM-E-186")
    return base64.b64encode(data).decode()


def coming(rounds: Iterable[Round], round_: Round) -> dict[str, str]:
    """The next declared round and its last day: what has no verdict yet; empty after the last one."""
    after = sorted((one for one in rounds if one.start > round_.start), key=lambda one: one.start)
    return {"id": after[0].id, "end": after[0].end.isoformat()} if after else {}


def changes(
    entries: Iterable[Mapping[str, Any]], before: Mapping[str, Mapping[str, Any]], round_id: str
) -> list[dict[str, str]]:
    """Claims whose word is another one than in the last release before: ``claim``, ``before``, ``now``."""
    earlier: dict[str, tuple[str, str]] = {}
    for name, entry in before.items():
        of = name.rpartition(".")[2]
        if entry["row"] == "verdict" and of < round_id:
            earlier[entry["claim"]] = max(earlier.get(entry["claim"], ("", "")), (of, str(entry["verdict"])))
    now = [(entry["claim"], str(entry["verdict"])) for entry in entries if entry["row"] == "verdict"]
    found = [(claim, earlier[claim][1], word) for claim, word in now if claim in earlier and earlier[claim][1] != word]
    return [{"claim": claim, "before": was, "now": word} for claim, was, word in found]


def _refused(column: str, rule: str, remedy: str, code: str = "RM-E-185") -> InputError:
    return InputError((Problem(code=code, file=FILE, column=column, rule=rule, remedy=remedy),))
