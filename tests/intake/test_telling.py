"""Texts of the programme team at the door: no person, no id and no unit of the data stands in them."""

from __future__ import annotations

from pathlib import Path

import folders
import pytest
from folders import PROGRAMME, write_minimal

from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.door import Door
from rmanalytics.intake.telling import check_telling
from rmanalytics.programme.leadership import Leadership

NAMED = folders.column_of(folders.positions(), "unit", lambda _: "Sales")


def _refused(folder: Path, lines: str) -> list[str]:
    """What a programme whose unit is Sales is refused for, with these lines under ``[leadership]``."""
    write_minimal(folder, programme=f"{PROGRAMME}\n[leadership]\n{lines}\n", positions=NAMED)
    found = [problem for problem in folders.read(folder)[1] if problem.effect == "refused"]
    assert not any("Sales" in str(problem) for problem in found)
    return [f"{problem.code} {problem.column}" for problem in found]


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ('decisions = ["Stop it in Sales"]', ["RM-E-205 leadership.decisions"]),
        ('answers = { M1 = "The salespeople had no time" }', ["RM-E-205 leadership.answers"]),
        ('contact = "Sales"\nowner = "Head of Sales"', []),
        ('decisions = ["Draw the next places by lot"]', []),
    ],
)
def test_a_text_that_names_a_unit_is_refused_but_as_whom_to_ask(tmp_path: Path, lines: str, codes: list[str]) -> None:
    assert _refused(tmp_path, lines) == codes


@pytest.mark.parametrize("where", ["decisions", "answers", "contact", "owner"])
@pytest.mark.parametrize("name", ["kmeier", "(KMeier)", "k.meier@example.org", "Karla Meier"])
def test_a_text_that_names_a_person_is_refused_wherever_it_stands(tmp_path: Path, where: str, name: str) -> None:
    bundle = read_bundle(write_minimal(tmp_path))
    tables = dict(bundle.tables) | {"people": bundle.table("people").replace({"person_id": {"P001": "kmeier"}})}
    door = Door(aliases={"k.meier@example.org": "kmeier", "karla meier": "kmeier"})
    said = {"decisions": (f"Ask {name}.",), "answers": {"M1": f"Ask {name}."}, "contact": name, "owner": name}
    found = list(check_telling(Leadership(**{where: said[where]}), tables, door))  # type: ignore[arg-type]
    assert [(one.code, one.column) for one in found] == [("RM-E-205", f"leadership.{where}")]
    assert "meier" not in str(found[0]).lower()


def test_an_id_behind_a_pseudonym_is_found_by_the_doors_own_key(tmp_path: Path) -> None:
    bundle, door = read_bundle(write_minimal(tmp_path)), Door(key=b"key")
    people = bundle.table("people").assign(person_id=door.column(bundle.table("people")["person_id"]))
    assert list(check_telling(Leadership(contact="Ask P001"), {"people": people}, door))
    assert not list(check_telling(Leadership(contact="Ask P999"), {"people": people}, door))


def test_a_short_unit_is_named_only_as_it_is_written(tmp_path: Path) -> None:
    bundle = read_bundle(
        write_minimal(tmp_path, positions=folders.column_of(folders.positions(), "unit", lambda _: "IT"))
    )
    texts = ("It is so", "Let IT go first", "The {staying.mentor.IT} is told")
    found = [bool(list(check_telling(Leadership(decisions=(one,)), bundle.tables, Door()))) for one in texts]
    assert found == [False, True, False]
