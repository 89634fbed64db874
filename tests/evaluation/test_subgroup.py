"""A subgroup is the study of a folder from which the other people's rows were deleted, and small ones are withheld."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pandas as pd
import pytest

from rmanalytics.errors import InputError, UnknownNameError
from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.study import Study
from rmanalytics.evaluation.subgroup import LEFT_OUT, NOT_FOR_SUBGROUPS, SubgroupError, where

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
SMALL = EXAMPLE.with_name("example_small")
FIRST_DAY = "2026-01-01"
UNITS = ("Marketing", "Operations", "Finance")
PEOPLE = {
    "positions": ("person_id",),
    "tandems": (),
    "people": ("person_id",),
    "comparison": ("person_id",),
    "invitations": ("person_id",),
    "answers": ("person_id",),
    "goals": ("person_id",),
    "guesses": ("person_id", "about_id"),
    "upward": ("leader_id",),
    "ties": ("source_id", "target_id"),
    "applications": ("person_id",),
    "projects": ("person_id",),
}
TANDEMS = ("meetings", "initiatives")


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(EXAMPLE, "2026H1")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def keep(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        head = next(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        writer.writerows(rows)


def units_on(folder: Path, day: str) -> dict[str, str]:
    """The unit of everybody on a day, by the files alone; of those hired later, their first."""
    found: dict[str, str] = {}
    for row in sorted(rows_of(folder / "positions.csv"), key=lambda row: row["start_date"]):
        if row["start_date"] <= day or row["person_id"] not in found:
            found[row["person_id"]] = row["unit"]
    return found


def without_others(folder: Path, side: str) -> None:
    """Delete the rows of people of other units, and of tandems whose person of the side is one of them."""
    inside = {person for person, unit in units_on(folder, FIRST_DAY).items() if unit in UNITS}
    tandems = rows_of(folder / "tandems.csv")
    stay = [row for row in tandems if row[f"{side}_id"] in inside]
    gone = [row for row in tandems if row[f"{side}_id"] not in inside]
    kept = inside - {row[end] for row in gone for end in ("mentor_id", "mentee_id")}
    kept |= {row[end] for row in stay for end in ("mentor_id", "mentee_id")}
    keep(folder / "tandems.csv", stay)
    for path in sorted(folder.glob("*.csv")):
        name = path.stem.partition("_2")[0]
        if name in TANDEMS:
            left = {row["tandem_id"] for row in stay}
            keep(path, [row for row in rows_of(path) if row["tandem_id"] in left])
        elif name in PEOPLE:
            rows = [row for row in rows_of(path) if all(row[column] in kept for column in PEOPLE[name])]
            for row in rows:
                if row.get("manager_id") not in kept and "manager_id" in row:
                    row["manager_id"] = ""
            keep(path, rows)


@pytest.mark.parametrize("side", ["mentee", "mentor"])
def test_a_subgroup_equals_a_folder_without_the_other_people(study: Study, tmp_path: Path, side: str) -> None:
    folder = tmp_path / "part"
    shutil.copytree(EXAMPLE, folder)
    without_others(folder, side)
    alone = open_study(folder, "2026H1")
    wanted = [
        *alone.engagement,
        *(result for family in (alone.survey, alone.retention) for result in family if result.side in (side, "both")),
    ]
    part = where(study, side=side, unit=UNITS)
    assert len(part.engagement) > 20
    assert {result.side for result in part.survey} == {side, "both"}
    from rmanalytics.results import to_frame

    pd.testing.assert_frame_equal(part.results.to_frame(), to_frame(wanted))
    n, of = part.condition.counts["participants"]
    tandems = rows_of(EXAMPLE / "tandems.csv")
    units = units_on(EXAMPLE, FIRST_DAY)
    here = [row for row in tandems if row["round_id"] == "2026H1"]
    assert (n, of) == (sum(units[row[f"{side}_id"]] in UNITS for row in here), len(here))


def test_everybody_is_the_whole_study(study: Study) -> None:
    everybody = [band.name for band in study.programme.generations]
    part = where(study, side="mentee", generation=everybody)
    own = [result for result in study.survey if result.side in ("mentee", "both")]
    assert len(part.survey) == len(own)
    assert [str(a) for a in part.survey] == [str(b) for b in own]


def test_conditions_narrow_each_other(study: Study) -> None:
    units = where(study, unit=UNITS)
    levels = sorted({str(level) for level in study.bundle.table("positions")["level"]})
    both = where(study, unit=UNITS, level=levels)
    assert both.condition.counts == units.condition.counts
    assert str(both.condition).startswith("mentees of unit Marketing or Operations or Finance, level ")


def test_a_group_or_remainder_below_k_is_withheld(study: Study) -> None:
    counts = study.programme.k
    small = min(set(study.bundle.table("positions")["unit"]), key=lambda unit: _participants(study, unit))
    assert _participants(study, small) < counts
    with pytest.raises(SubgroupError, match=r"RM-E-132 group too small to be shown \(k = 5\)"):
        where(study, unit=small)
    others = [unit for unit in set(study.bundle.table("positions")["unit"]) if unit != small]
    if _participants(study, small):
        with pytest.raises(SubgroupError, match="whom it leaves over"):
            where(study, unit=others)


def test_a_declared_subgroup_is_chosen_by_a_column_of_the_programmes_own(tmp_path: Path) -> None:
    folder = tmp_path / "programme"
    shutil.copytree(SMALL, folder)
    rows = rows_of(folder / "people.csv")
    before = (folder / "programme.toml").read_text(encoding="utf-8")
    declared = '\n[[subgroups]]\nname = "Women"\nside = "mentee"\nwhere = { gender = "f" }\n'

    def opened(text: str, genders: str) -> Study:
        with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [*rows[0], "Gender"])
            writer.writeheader()
            writer.writerows(row | {"Gender": genders[int(row["birth_year"]) % 2]} for row in rows)
        (folder / "programme.toml").write_text(text, encoding="utf-8")
        return open_study(folder, "2026H1")

    study = opened(before + declared, "ff")
    (women,) = study.programme.subgroups
    assert where(study, side=women.side, **women.where).condition.counts["participants"] == (5, 5)
    with pytest.raises(UnknownNameError, match='no gender "m"'):
        where(study, gender="m")
    with pytest.raises(SubgroupError, match=r"group too small to be shown \(k = 5\)"):
        where(opened(before + declared, "fd"), side=women.side, **women.where)
    with pytest.raises(UnknownNameError, match='no condition "gender"'):
        where(opened(before, "ff"), gender="f")
    with pytest.raises(InputError, match='no subgroup may be chosen by "exit_reason" of people'):
        opened(before + declared.replace("gender", "exit_reason"), "ff")


def test_another_scale_put_first_changes_no_number(study: Study) -> None:
    other = study.putting_first("felt_appreciation")
    assert other.programme.main_outcome is not None
    assert other.programme.main_outcome.side == "mentor"
    of_first = ("minimum_detectable_difference", "detectable_by_size")
    assert [r for r in other.survey if r.name not in of_first] == [r for r in study.survey if r.name not in of_first]
    assert {r.outcome for r in other.survey if r.name in of_first} == {"felt_appreciation"}
    (found,) = [r for r in study.putting_first("digital_fitness").survey if r.name == of_first[0]]
    assert found == study.survey.get(of_first[0])
    with pytest.raises(UnknownNameError, match='no scale "felt_appreciation"'):
        study.putting_first("felt_appreciation", "mentee")


def _participants(study: Study, unit: str) -> int:
    units = units_on(EXAMPLE, FIRST_DAY)
    here = [row for row in rows_of(EXAMPLE / "tandems.csv") if row["round_id"] == study.round.id]
    return sum(units[row["mentee_id"]] == unit for row in here)


@pytest.mark.parametrize("family", LEFT_OUT)
def test_what_speaks_of_more_people_is_refused_with_the_reason(study: Study, family: str) -> None:
    part = where(study, unit=UNITS)
    with pytest.raises(SubgroupError, match=f"RM-E-132 {family} is not shown for a subgroup: "):
        getattr(part, family)


def test_claims_about_more_people_are_not_measured_and_say_so(study: Study) -> None:
    answers = {answer.claim.id: answer for answer in where(study, unit=UNITS).ledger}
    assert len(answers) == 38
    assert answers["C1"].verdict == "not_asked"
    assert answers["C1"].reason == NOT_FOR_SUBGROUPS
    assert answers["M1"].result is not None


def test_nearest_conditions_values_and_sides_are_named(study: Study) -> None:
    with pytest.raises(UnknownNameError, match='no condition "units": did you mean "unit"'):
        where(study, units="Finance")
    with pytest.raises(UnknownNameError, match='no unit "Finanze": did you mean "Finance"'):
        where(study, unit="Finanze")
    with pytest.raises(UnknownNameError, match='no side "junior": did you mean "mentor"'):
        where(study, side="junior", unit="Finance")
    with pytest.raises(UnknownNameError, match="no condition"):
        where(study)
