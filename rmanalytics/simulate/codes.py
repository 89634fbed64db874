"""Self-generated codes: what people make of their lives and how they mistype it; answers before and after under them.

Unit: one response. Common names and birthplaces begin alike, so two people's codes are alike more often than their
length suggests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from rmanalytics.evaluation.cohort import groups
from rmanalytics.intake.bundle import Bundle
from rmanalytics.intake.schema import PARTICIPANT
from rmanalytics.programme.linkage import DAY, DIGITS, LETTERS, Part
from rmanalytics.results import PARTICIPANTS, SIDES

PARTS = (
    Part(kind=LETTERS, ask="the first two letters of your mother's first name"),
    Part(kind=DAY, ask="the day of the month on which you were born"),
    Part(kind=LETTERS, ask="the first two letters of the place where you were born"),
    Part(kind=DIGITS, ask="the last two digits of your phone number"),
)
FAULTS = 0.1
_FIRST = "MABSEHKLCIRGDJUTWVNFPOZYXQ"
"""Letters by how often a name begins with them; the second one is drawn likewise, by the letters of a text."""
_SECOND = "AEIROULHTNSCGMDBKPFVWYZXJQ"
_STREAM = 61


def draw_codes(people: int, rng: np.random.Generator, parts: tuple[Part, ...] = PARTS) -> list[str]:
    """The right code of each person: the commoner a beginning, the more people share it (Zipf)."""
    chance = 1 / np.arange(1, 27)
    chance /= chance.sum()

    def one(part: Part) -> list[str]:
        if part.kind == DAY:
            return [f"{day:02d}" for day in rng.integers(1, 32, people)]
        if part.kind == DIGITS:
            return [f"{number:0{part.length}d}" for number in rng.integers(0, 10**part.length, people)]
        places = rng.choice(26, p=chance, size=(people, part.length))
        return ["".join((_SECOND if k else _FIRST)[place] for k, place in enumerate(row)) for row in places]

    return ["".join(code) for code in zip(*map(one, parts), strict=True)]


def typed(code: str, faults: float, rng: np.random.Generator) -> str:
    """A code as it is typed: at a rate with one sign replaced, left out, put in twice, or swapped with the next."""
    if rng.random() >= faults:
        return code
    at, kind = int(rng.integers(len(code) - 1)), int(rng.integers(4))
    if kind == 0:
        others = [sign for sign in ("0123456789" if code[at].isdigit() else _FIRST) if sign != code[at]]
        return code[:at] + str(rng.choice(others)) + code[at + 1 :]
    return code[:at] + (code[at + 1 :], code[at] + code[at:], code[at + 1] + code[at] + code[at + 2 :])[kind - 1]


def write_coded(folder: Path, bundle: Bundle, faults: float = FAULTS) -> Iterator[tuple[str, str]]:
    """Write the answers before and after under codes, the others as they were; gives each file and its declaration.

    What is answered at other times by people of a round cannot be told whose it is, and is left out.
    """
    rng = np.random.default_rng([bundle.programme.seed, _STREAM])
    people = bundle.table("people")["person_id"]
    codes = pd.Series(draw_codes(len(people), rng), index=people.to_numpy(), dtype="str")
    answers = bundle.table("answers")
    parts = []
    for declared in bundle.programme.rounds:
        members = pd.concat([groups(bundle, declared, side).assign(side=side) for side in SIDES])
        members = members.drop_duplicates("person_id").set_index("person_id")
        for wave in ("pre", "post"):
            own = answers[(answers["round_id"] == declared.id) & (answers["wave"] == wave)]
            own = own[own["person_id"].isin(members.index)]
            who = own["person_id"].unique()
            numbers = dict(zip(who, (f"R{n:04d}" for n in rng.permutation(len(who)) + 1), strict=True))
            given = {person: typed(codes[person], faults, rng) for person in who}
            person = own["person_id"]
            kind = person.map(members["kind"]).replace(PARTICIPANTS, PARTICIPANT)
            parts.append(
                own.assign(
                    response=person.map(numbers), code=person.map(given), group=kind, side=person.map(members["side"])
                )
            )
    columns = ["round_id", "wave", "response", "code", "side", "group", "item", "value", "answered_at"]
    coded = pd.concat(parts)[columns].sort_values(["round_id", "wave", "response", "item"])
    _write(folder / "coded_answers.csv", coded)
    lines = [
        line for part in PARTS for line in ("[[linkage.parts]]", f'kind = "{part.kind}"', f'ask = "{part.ask}"', "")
    ]
    yield "coded_answers.csv", "\n".join(lines)
    _write(folder / "answers.csv", answers[answers["wave"] == "pulse"])
    yield "answers.csv", ""


def _write(path: Path, table: pd.DataFrame) -> None:
    value = table["value"].astype("Int64")
    table.assign(value=value).to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d", encoding="utf-8")
