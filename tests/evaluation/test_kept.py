"""A kept evaluation is the computed one to the last bit, and is never read for other inputs than its own."""

from __future__ import annotations

import json
import os
import shutil
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from rmanalytics.containment import Fault
from rmanalytics.evaluation import kept
from rmanalytics.evaluation.kept import Kept, Shelf
from rmanalytics.evaluation.study import FAMILIES, Study
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.language.translator import plural
from rmanalytics.results import Curve, NotEstimable, Results
from rmanalytics.run import code
from rmanalytics.run.export import as_json, results_document

DATA = Path(__file__).parents[2] / "data"
LAST = "2026H1"


def told(study: Study) -> str:
    """Everything that is published of a study, and what its curves say beside."""
    document = results_document(study, generated_at=date(2026, 7, 1))
    return as_json(document) + str([r.points.attrs for r in study.results if isinstance(r, Curve)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(DATA / "example_small", tmp_path_factory.mktemp("kept") / "example_small"))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def shelf(state: Path) -> Shelf:
    return Shelf(folder=state / kept.FOLDER, code="this code")


@pytest.fixture(scope="module")
def computed(folder: Path, shelf: Shelf) -> Study:
    study = Study(read_bundle(folder), LAST, shelf)
    assert study.kept is None
    assert study.ledger
    return study


def read(folder: Path, shelf: Shelf) -> Kept | None:
    return shelf.read(read_bundle(folder), LAST)


def test_what_is_kept_is_what_was_computed(computed: Study, folder: Path, shelf: Shelf) -> None:
    again = Study(read_bundle(folder), LAST, shelf)
    assert again.kept is not None
    assert tuple(again.kept.families) == FAMILIES
    assert again.ledger == computed.ledger
    assert [type(answer.reason) for answer in again.ledger] == [type(answer.reason) for answer in computed.ledger]
    assert told(again) == told(computed)
    for one, other in zip(again.results, computed.results, strict=True):
        if isinstance(one, Curve) and isinstance(other, Curve):
            pd.testing.assert_frame_equal(one.points, other.points)
            assert replace(one, points=other.points) == other
        else:
            assert one == other


def test_only_its_owner_reads_it(computed: Study, shelf: Shelf) -> None:
    assert computed.ledger
    assert stat.S_IMODE(shelf.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in shelf.folder.iterdir()} == {0o600}


def changed_cell(folder: Path) -> None:
    path = folder / "answers_2026H1.csv"
    before, text = path.stat(), path.read_text(encoding="utf-8")
    at = text.rindex("\n", 0, -1)
    last = text[at:]
    digit = next(c for c in reversed(last) if c in "2345")
    spot = at + last.rindex(digit)
    path.write_text(text[:spot] + str(int(digit) - 1) + text[spot + 1 :], encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def declared(folder: Path) -> None:
    path = folder / "programme.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("seed = ", "seed = 1", 1), encoding="utf-8")


def commented(folder: Path) -> None:
    path = folder / "programme.toml"
    path.write_text("# a remark\n" + path.read_text(encoding="utf-8"), encoding="utf-8")


def receipt(folder: Path) -> None:
    (folder / "receipts").mkdir(exist_ok=True)
    (folder / "receipts" / "other.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "hit"), [(commented, True), (changed_cell, False), (declared, False), (receipt, False)]
)
def test_it_is_read_for_its_own_inputs_alone(computed, folder, shelf, tmp_path, change, hit):
    assert computed.ledger
    copy = Path(shutil.copytree(folder, tmp_path / folder.name))
    assert read(copy, shelf) is not None
    change(copy)
    assert (read(copy, shelf) is not None) == hit


def test_other_code_other_pseudonyms_another_round_or_people_gone_are_computed_again(
    computed: Study, shelf: Shelf
) -> None:
    bundle = computed.bundle
    people = bundle.tables["people"]

    def with_people(table: pd.DataFrame) -> Bundle:
        return replace(bundle, tables={**bundle.tables, "people": table})

    assert shelf.read(replace(bundle), LAST) is not None
    assert shelf.read(with_people(people.assign(person_id="p" + people["person_id"])), LAST) is None
    assert shelf.read(with_people(people.iloc[1:]), LAST) is None
    assert replace(shelf, code="other code").read(bundle, LAST) is None
    assert shelf.read(bundle, "2019H1") is None


def test_a_damaged_entry_is_computed_again_and_mended(computed: Study, shelf: Shelf, tmp_path: Path) -> None:
    own = replace(shelf, folder=tmp_path / kept.FOLDER)
    own.write(computed.bundle, LAST, Kept(families={name: Results() for name in FAMILIES}, ledger=computed.ledger[:1]))
    (path,) = own.folder.iterdir()
    whole = path.read_bytes()
    for spoilt in (
        b"",
        whole[:-20],
        whole[: len(whole) // 2],
        b"x" + whole,
        whole.replace(b"verdict", b"verdicT", 1),
        whole[:-3] + b"1" + whole[-2:],
    ):
        path.write_bytes(spoilt)
        assert own.read(computed.bundle, LAST) is None
    path.write_bytes(whole)
    assert own.read(computed.bundle, LAST) is not None


def test_an_evaluation_with_a_fault_is_not_kept(computed: Study, shelf: Shelf, tmp_path: Path) -> None:
    own = replace(shelf, folder=tmp_path / kept.FOLDER)
    study = Study(computed.bundle, LAST, own)
    study.__dict__.update({name: getattr(computed, name) for name in FAMILIES})
    study.faults.append(Fault(figure="one", trace="…"))
    assert study.results
    assert not own.folder.exists()
    study.faults.clear()
    del study.__dict__["results"]
    assert study.results
    assert own.folder.exists()


def test_what_cannot_be_kept_is_no_fault_of_the_report(computed: Study, shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    own = replace(shelf, folder=tmp_path / "file" / kept.FOLDER)
    own.write(computed.bundle, LAST, Kept(families={}))
    assert own.read(computed.bundle, LAST) is None
    unknown = NotEstimable(name="x", unit="", reason="{day}", n=0, values={"day": date(2026, 1, 1)})
    own = replace(shelf, folder=tmp_path / kept.FOLDER)
    own.write(computed.bundle, LAST, Kept(families={"survey": Results([unknown])}))
    assert not own.folder.exists()


def test_texts_with_a_plural_stay_so(computed: Study, shelf: Shelf, tmp_path: Path) -> None:
    own = replace(shelf, folder=tmp_path / kept.FOLDER)
    reason = plural("{n} row is out", "{n} rows are out")
    one = NotEstimable(name="x", unit="", reason=reason, n=0, values={"n": 1})
    own.write(computed.bundle, LAST, Kept(families={"survey": Results([one])}))
    found = own.read(computed.bundle, LAST)
    assert found is not None
    assert found.families["survey"].get("x").because == "1 row is out"


def test_the_file_is_json_without_code(computed: Study, shelf: Shelf) -> None:
    assert computed.ledger
    head, body = (shelf.folder / f"{LAST}.json").read_bytes().split(b"\n", 1)
    assert len(head) == 64 + 1 + 64
    assert set(json.loads(body)) == {"families", "ledger"}


def test_a_byte_of_the_package_or_a_version_makes_it_other_code(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Path(shutil.copytree(code.PACKAGE / "receipts", tmp_path / "package"))
    monkeypatch.setattr(code, "PACKAGE", package)
    found = [code.shelf_of(state)]
    assert found[0] == code.shelf_of(state)
    (package / "chain.py").write_bytes((package / "chain.py").read_bytes() + b" ")
    found.append(code.shelf_of(state))
    monkeypatch.setattr(code, "versions", lambda: {"pandas": "0"})
    found.append(code.shelf_of(state))
    assert len({one.code for one in found if one is not None}) == 3
    assert code.shelf_of(tmp_path / "no such folder") is None
