"""The chain of receipts: what breaks it, what does not, and what nobody can guess from it."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from rmanalytics.errors import InputError
from rmanalytics.evaluation.verdicts.freeze import titles
from rmanalytics.receipts.chain import Receipt, append, canonical, key_of, keyed, package_digest, read_chain, shown
from rmanalytics.receipts.sheet import sheet

NOON = datetime(2026, 12, 4, 12, tzinfo=timezone(timedelta(hours=1)))
PACKAGE = {"version": "1.0.0", "digest": "0" * 64}


def write(folder: Path, *, kind: str = "declared", round_id: str = "2026H2", now: datetime = NOON, **about):
    content = about.pop("content", {"claims": {"M1": {"role": "primary"}}, "state": {"post_answered": 0}})
    return append(folder, round_id=round_id, kind=kind, content=content, now=now, package=PACKAGE, **about)


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as error:
        read_chain(folder)
    (problem,) = error.value.problems
    assert problem.code == "RM-E-142"
    assert problem.remedy
    return problem.rule


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    for kind, round_id in (
        ("declared", "2026H2"),
        ("comparison", "2026H2"),
        ("declared", "2027H1"),
        ("declared", "2026H2"),
    ):
        write(tmp_path, kind=kind, round_id=round_id)
    return tmp_path


def test_receipts_are_read_back_in_the_order_of_writing_each_naming_the_one_before(chain: Path) -> None:
    found = read_chain(chain)
    assert [one.sequence for one in found] == [1, 2, 3, 4]
    names = ["2026H2-declared-1", "2026H2-comparison-1", "2027H1-declared-1", "2026H2-declared-2"]
    assert [one.name for one in found] == [f"{name}.json" for name in names]
    before = ""
    for one in found:
        data = (chain / "receipts" / one.name).read_bytes()
        document = json.loads(data)
        assert document["previous"] == before
        assert canonical(document) == data
        before = hashlib.sha256(data).hexdigest()
        assert one.digest == before


def test_times_are_utc_with_the_form_of_the_zone_beside(tmp_path: Path) -> None:
    one = write(tmp_path)
    assert one.written == datetime(2026, 12, 4, 11, tzinfo=UTC)
    document = json.loads((tmp_path / "receipts" / one.name).read_text(encoding="utf-8"))
    assert (document["written"], document["zone"]) == ("2026-12-04T11:00:00Z", "2026-12-04T12:00:00+01:00")


def test_a_folder_without_receipts_has_an_empty_chain(tmp_path: Path) -> None:
    assert read_chain(tmp_path) == ()


def test_files_are_read_only_and_the_private_half_is_for_its_owner(tmp_path: Path) -> None:
    one = write(tmp_path, private={"mentee": ["p1"]})
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "receipts").rglob("*") if path.is_file()]
    assert sorted(modes) == [0o444, 0o600]
    assert stat.S_IMODE((tmp_path / "receipts" / "private").stat().st_mode) == 0o700
    assert "p1" not in (tmp_path / "receipts" / one.name).read_text(encoding="utf-8")


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_missing_receipt_breaks_the_chain(chain: Path, at: int) -> None:
    (chain / "receipts" / read_chain(chain)[at].name).unlink()
    assert "missing" in refused(chain)


def test_a_cut_end_is_noticed_by_whoever_kept_the_digest(chain: Path) -> None:
    """A chain alone does not notice it; the number of each receipt and a digest laid down elsewhere do."""
    last = read_chain(chain)[-1]
    (chain / "receipts" / last.name).unlink()
    left = read_chain(chain)
    assert last.digest not in {one.digest for one in left}
    assert last.sequence == len(left) + 1


@pytest.mark.parametrize("at", range(5))
def test_a_rewritten_history_is_caught_by_whoever_kept_a_digest_of_what_was_rewritten(tmp_path: Path, at: int) -> None:
    """From the first changed receipt on every digest is another one, though the new chain is whole in itself."""

    def history(folder: Path, rewritten: int | None) -> list[Receipt]:
        folder.mkdir()
        return [
            write(folder, now=NOON + timedelta(days=n), content={"claims": {}, "note": "new" if n == rewritten else ""})
            for n in range(5)
        ]

    kept = [one.digest for one in history(tmp_path / "true", None)]
    history(tmp_path / "rewritten", at)
    known = {one.digest for one in read_chain(tmp_path / "rewritten")}
    assert [digest in known for digest in kept] == [n < at for n in range(5)]


def changed(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_changed_receipt_breaks_the_chain_at_the_next_one(chain: Path, at: int) -> None:
    path = chain / "receipts" / read_chain(chain)[at].name
    document = json.loads(path.read_bytes())
    document["content"]["claims"] = {"M3": {"role": "primary"}}
    changed(path, canonical(document))
    assert "changed" in refused(chain)


def test_a_change_that_keeps_no_canonical_form_is_damage(chain: Path) -> None:
    path = chain / "receipts" / "2026H2-declared-1.json"
    data = path.read_bytes()
    for broken in (data + b"\n", data[:-1], b"", data.replace(b'"sequence":1', b'"sequence":1.0'), b"[]", b"\xff"):
        changed(path, broken)
        assert "damaged" in refused(chain)
    changed(path, data)
    assert len(read_chain(chain)) == 4


def test_a_renamed_receipt_or_one_with_another_key_is_damage(chain: Path) -> None:
    path = chain / "receipts" / "2026H2-declared-1.json"
    path.rename(path.with_name("2026H2-declared-3.json"))
    assert "damaged" in refused(chain)
    path.with_name("2026H2-declared-3.json").rename(path)
    document = json.loads(path.read_bytes()) | {"remark": "by hand"}
    changed(path, canonical(document))
    assert "damaged" in refused(chain)


def test_receipts_that_change_places_break_the_chain(chain: Path) -> None:
    first, second = (chain / "receipts" / f"2026H2-{kind}-1.json" for kind in ("declared", "comparison"))
    for path, number in ((first, 2), (second, 1)):
        changed(path, canonical(json.loads(path.read_bytes()) | {"sequence": number}))
    assert "out of place" in refused(chain)


def test_nothing_is_appended_to_a_broken_chain_nor_over_a_receipt(chain: Path) -> None:
    (chain / "receipts" / "2026H2-comparison-1.json").unlink()
    with pytest.raises(InputError):
        write(chain)
    assert not (chain / "receipts" / "2026H2-declared-3.json").exists()


def test_a_private_half_that_is_there_already_is_never_overwritten(tmp_path: Path) -> None:
    private = tmp_path / "receipts" / "private"
    private.mkdir(parents=True)
    kept = private / "2026H2-declared-1.json"
    kept.write_text("kept", encoding="utf-8")
    with pytest.raises(InputError, match="already"):
        write(tmp_path, private={"mentee": ["p1"]})
    assert kept.read_text(encoding="utf-8") == "kept"
    assert read_chain(tmp_path) == ()


@pytest.mark.parametrize("content", [{"a": 0.5}, {"a": [1, {"b": 2.0}]}])
def test_fractions_are_refused(tmp_path: Path, content: dict) -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        write(tmp_path, content=content)
    assert read_chain(tmp_path) == ()


# digests of data, which nobody without the key can guess


def test_a_digest_of_data_takes_the_key() -> None:
    data = b"person_id\np1\n"
    assert keyed(b"k" * 32, data) == keyed(b"k" * 32, data) != keyed(b"j" * 32, data)
    assert keyed(b"k" * 32, data) not in {hashlib.sha256(data).hexdigest(), keyed(b"k" * 32, data + b"\n")}


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert key_of("company", make=False) is None
    key = key_of("company", make=True)
    path = tmp_path / ".config" / "rmanalytics" / "company" / "receipts.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(key) == 32
    assert key_of("company", make=False) == key_of("company", make=True) == key
    assert key_of("another", make=True) != key
    path.chmod(0o640)
    with pytest.raises(InputError) as error:
        key_of("company", make=False)
    assert error.value.problems[0].code == "RM-E-144"


def test_the_digest_of_the_package_depends_on_each_file_and_its_name() -> None:
    files = [("b.py", b"2"), ("a.py", b"1")]
    digest = package_digest(files)
    assert digest == package_digest(reversed(files))
    assert len({digest, package_digest([("a.py", b"1")]), package_digest([("c.py", b"2"), ("a.py", b"1")])}) == 3


# the sheet


def test_the_sheet_says_the_same_in_both_languages_on_one_page(tmp_path: Path) -> None:
    content = {
        "claims": {"M1": {"role": "primary", "smallest_effect": "0.2"}},
        "note": "<b>agreed</b>",
        "reason": "",
        "state": {"post_answered": 0, "post_expected": 68},
        "files": {"answers.csv": "ab" * 32},
    }
    one = write(tmp_path, content=content)
    page = sheet(one, titles())
    german, english = page.split('<section lang="en">')
    assert '<section lang="de">' in german
    for half in (german, english):
        assert shown(one.digest) in half
        assert "2026-12-04 11:00" in half
        assert "&lt;b&gt;agreed&lt;/b&gt;" in half
        assert "ab" * 32 not in half
    assert "size:A4" in page
    assert "M1 Die digitale Fitness steigt</td><td>die Hauptaussage; kleinste Wirkung, die zählt: 0.2" in german
    assert "M1 Digital fitness improves</td><td>the primary claim; smallest effect of interest 0.2" in english
    assert "nach der Runde erwartet werden</td><td>68" in german
    assert "after it are expected</td><td>68" in english
    assert "Datum und Unterschrift" in german
    assert "Date and signature" in english
    assert "own clock" in english
    assert "nach der Uhr dieses Rechners" in german
    assert "Invented" not in page


def test_the_sheet_of_a_simulated_receipt_says_invented(tmp_path: Path) -> None:
    page = sheet(write(tmp_path, simulated=True))
    assert "Invented: written by the simulator" in page
    assert "Erfunden: vom Simulator" in page
    assert read_chain(tmp_path)[0].simulated
