"""Erasure: somebody is found in every store before, and in none afterwards; what was published stays to the byte."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import lot_world
import pandas as pd
import pytest
from run_tools import call, environment, notebook_with, write_notebook, write_notebooks, write_programme

import rmanalytics as rm
from rmanalytics import shipped
from rmanalytics.__main__ import main
from rmanalytics.errors import InputError
from rmanalytics.evaluation.lots.breaches import breaches
from rmanalytics.evaluation.lots.drawing import commit, reveal
from rmanalytics.inspect.receipts import erased as erasures
from rmanalytics.inspect.receipts import findings
from rmanalytics.intake import erased
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import read_programme
from rmanalytics.receipts.chain import read_chain
from rmanalytics.run import use
from rmanalytics.run.due import undone_of
from rmanalytics.run.erasure import erase as erase_module
from rmanalytics.run.erasure.erase import Eraser, long_gone
from rmanalytics.run.make import Target
from rmanalytics.run.stores import STORES, Store

NOW = datetime(2026, 11, 29, tzinfo=UTC)
EXAMPLES = {"<round>": "2026H1", "**": "below/file.txt", "*": "x"}
"""What stands for the open parts of a store's place."""


def tree(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def everywhere(name: str, *folders: Path) -> list[str]:
    """Files in which a name stands as plain bytes: a second look, by other means than the program's own."""
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sorted(path.name for path in paths if name.encode() in path.read_bytes())


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three rounds with lots, receipts and lists handed out."""
    folder = tmp_path_factory.mktemp("drawn") / "programme"
    rm.simulate(folder, seed=3, rounds=3, tandems=5, employees=70, draw=True)
    return folder


@pytest.fixture
def programme(drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setattr(Path, "home", lambda: home)
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    monkeypatch.setattr(shipped, "notebooks", lambda: notebooks)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(temporary))
    return Path(shutil.copytree(drawn, tmp_path / "programme"))


@pytest.fixture
def person(drawn: Path) -> str:
    """A senior who stands in the lists of all rounds, in a tandem and in a list that was handed out."""
    lists = [json.loads(path.read_text()) for path in (drawn / "receipts" / "private").glob("*-list-1.json")]
    often = set.intersection(*({one["id"] for one in listed["mentee"]} for listed in lists))
    tandems = set(pd.read_csv(drawn / "tandems.csv")["mentee_id"])
    handed = set().union(*(pd.read_csv(path)["person_id"] for path in (drawn / "receipts/private").glob("*.csv")))
    return min(often & tandems & handed)


def test_a_programme_of_three_rounds_with_a_failed_run_and_a_notebook_behind_it(programme, person, tmp_path, capsys):
    chapters = write_notebooks(tmp_path / "chapters")
    env = environment(chapters)
    assert call("due", "programme", env=env, cwd=tmp_path).returncode == 0
    write_notebook(chapters / "04_retention.ipynb", f"raise ValueError('{person}')")
    assert call("report", "programme", env=env, cwd=tmp_path).returncode == 4
    reports = tmp_path / "reports"
    (reports / ".state" / "evaluations").mkdir(exist_ok=True)
    (reports / ".state" / "evaluations" / "2026H1.json").write_bytes(gzip.compress(person.encode()))
    (tmp_path / "notebooks" / "mine.ipynb").write_text(notebook_with(person))
    checkpoint = tmp_path / "notebooks" / ".ipynb_checkpoints" / "mine-checkpoint.ipynb"
    checkpoint.parent.mkdir()
    checkpoint.write_text(notebook_with(person))
    outside, public = tree(reports / "outside"), tree(programme / "receipts")
    public = {name: digest for name, digest in public.items() if not name.startswith("private/")}
    assert len(outside) > 3

    command = ["erase", str(programme), "--person", person, "--reports", str(reports)]
    before = tree(tmp_path)
    assert main([*command, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert tree(tmp_path) == before
    assert person not in said
    for where in (
        "last_error.log",
        "evaluations",
        "*-list",
        "*.ipynb",
        ".ipynb_checkpoints",
        "private/*.csv",
        "export",
    ):
        assert where.replace("*-list", "private/*.json") in said

    assert main([*command, "--yes"]) == 1  # the exports are the company's own
    said = capsys.readouterr().out
    assert person not in said
    assert "These exports still name them; no figure rests on those rows: answers_2025H1.csv, " in said
    exports = {path.name for path in programme.glob("*.csv")} | {"truth.json"}
    assert set(everywhere(person, tmp_path)) - exports == {"04_retention.ipynb"}
    assert not (reports / ".state" / "last_error.log").exists()
    assert tree(reports / "outside") == outside
    now = tree(programme / "receipts")
    assert {name: now[name] for name in public} == public
    assert findings(programme) == []
    for one in ("2025H1", "2025H2", "2026H1"):
        assert any("drawn again before, all was equal" in told for told in erasures(programme, one))

    again = tree(tmp_path)
    assert main([*command, "--yes"]) == 1
    assert tree(tmp_path) == again  # a second call finds nothing to do


def test_a_report_is_due_again_and_says_how_many_were_erased_and_never_who(programme, person):
    before = read_bundle(programme)
    Eraser(programme, programme / "reports").named([person])
    eraser = Eraser(programme, programme / "reports")
    eraser.named([person])
    eraser.act(eraser.look(), NOW)
    after = read_bundle(programme)
    assert "erased.json" in after.digests
    assert "erased.json" not in before.digests
    told = [str(one) for one in after.problems if one.code == "RM-W-206"]
    assert any("people who were erased: 1" in one for one in told)
    assert not any(person in one for one in told)
    assert all(not one.rows and not one.row_count for one in after.problems if one.code == "RM-W-206")


def by_hand(folder: Path, person: str) -> None:
    """Take somebody out of every export, by other means than the program's own."""
    stays = ("mentor_id", "mentee_id", "manager_id")
    for path in folder.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        rows = [["erased-1" if c == person and head[n] in stays else c for n, c in enumerate(row)] for row in rows]
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *(row for row in rows if person not in row)])


@pytest.mark.parametrize("column", ["mentee_id", "mentor_id"])
def test_every_row_is_that_of_a_programme_that_never_had_the_person(programme, column, tmp_path):
    one = str(pd.read_csv(programme / "tandems.csv")[column].iloc[-1])
    other = Path(shutil.copytree(programme, tmp_path / "other"))
    by_hand(other, one)
    erased.add(read_programme(programme, tuple(TABLES)), [[one]], NOW.date())
    left, right = read_bundle(programme), read_bundle(other)
    assert set(left.tables) == set(right.tables)
    for name in left.tables:
        pd.testing.assert_frame_equal(left.tables[name], right.tables[name])
        assert one not in left.tables[name].to_numpy().ravel().tolist()
    assert "erased-1" in left.tables["tandems"][column].tolist()
    assert len(left.tables["tandems"]) == len(read_bundle(programme, only=("tandems",)).tables["tandems"])


@pytest.mark.slow
def test_all_figures_are_those_of_a_run_that_never_had_the_person(tmp_path, monkeypatch):
    from rmanalytics.evaluation import open_study
    from rmanalytics.run.export import results_document

    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    programme = tmp_path / "programme"
    rm.simulate(programme, seed=3, rounds=1, tandems=6, employees=60)
    one = str(pd.read_csv(programme / "tandems.csv")["mentee_id"].iloc[-1])
    other = Path(shutil.copytree(programme, tmp_path / "other"))
    by_hand(other, one)
    erased.add(read_programme(programme, tuple(TABLES)), [[one]], NOW.date())
    documents, faults = [], []
    for folder in (programme, other):
        study = open_study(folder, "2026H1")
        documents.append(results_document(study, generated_at=date(2026, 11, 29)))
        faults += study.faults
    assert faults == []
    assert documents[0]["results"] == documents[1]["results"]
    assert [one["claim"]["id"] for one in documents[0]["ledger"]] == [
        one["claim"]["id"] for one in documents[1]["ledger"]
    ]
    assert len(documents[0]["results"]) > 500


def example_of(store: Store) -> str:
    place = store.place
    for part, word in EXAMPLES.items():
        place = place.replace(part, word)
    return place


HOLDING = [
    store
    for store in STORES
    if store.erasing != "stays" and not any(other.place.startswith(f"{store.place}/") for other in STORES)
]


def planted(store: Store, root: Path, programme: Path, person: str) -> Path:
    """A file of a store in which somebody stands."""
    path = root / example_of(store)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        path.write_text(f"person_id,mentor_id\n{person},\nP9998,P9999\n")
    elif path.suffix == ".ipynb":
        path.write_text(notebook_with(person))
    elif store.place == "erasure-open.json":
        path.write_text(json.dumps({"on": "2026-11-28", "people": [[person]]}))
    elif store.place == "receipts/private/*.json":
        return programme / "receipts" / "private" / "2025H1-list-1.json"
    else:
        path.write_text(f"one two {person.lower()} three")
    return path


def test_somebody_is_found_in_every_store_and_nowhere_after(programme, person, tmp_path):
    roots = {root: tmp_path / root for root in ("reports", "programme", "notebooks", "temporary")}
    roots["keys"] = tmp_path / "home/.config/rmanalytics/simulated"
    paths = {planted(store, roots[store.root], programme, person): store for store in HOLDING}
    assert len(paths) == len(HOLDING)
    eraser = Eraser(programme, tmp_path / "reports")
    eraser.named([person])
    found = eraser.look()
    assert paths.keys() <= {place.path for place in found.before}
    left = eraser.act(found, NOW).after
    assert {place.kind for place in left} == {"export"}
    assert {path: path.exists() for path in paths} == {p: one.erasing == "rewritten" for p, one in paths.items()}
    assert not any(person.lower().encode() in path.read_bytes().lower() for path in paths if path.exists())
    assert "P9998,P9999" in (roots["programme"] / "receipts/private/x.csv").read_text()


def test_a_refusal_is_in_the_language_of_the_programme(programme, tmp_path, capsys):
    declared = programme / "programme.toml"
    declared.write_text(declared.read_text(encoding="utf-8").replace('"en"', '"de"', 1), encoding="utf-8")
    calls = {
        "niemand wurde gefunden": ["erase", "--person", "nobody-1"],
        "niemand ist genannt": ["erase"],
        "IDs werden nur an einem Terminal gezeigt": ["identify", "P-1"],
        "die unterschriebene Mappe lässt sich nicht lesen": ["council", "--signed", "none.json"],
    }
    for said, (command, *more) in calls.items():
        assert main([command, str(programme), *more]) == 2
        told = capsys.readouterr().err
        assert said in told
        assert "Abhilfe: " in told


def test_a_folder_that_goes_meanwhile_is_gone_and_one_that_cannot_be_read_is_named(
    programme, person, tmp_path, monkeypatch
):
    for name in ("temporary/rmanalytics-1", "notebooks/closed"):
        (tmp_path / name).mkdir()
    refused = {"rmanalytics-1": FileNotFoundError, "closed": PermissionError}
    real = os.scandir

    def scandir(folder):
        if (kind := refused.get(Path(folder).name)) is not None:
            raise kind(2, "not today", str(folder))
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    eraser = Eraser(programme, tmp_path / "reports")
    eraser.named([person])
    assert [place.name for place in eraser.look().before if not place.count] == ["closed"]


def test_what_cannot_be_looked_into_is_removed_where_logs_lie_and_left_where_nobody_stands(programme, person, tmp_path):
    state = tmp_path / "reports" / ".state"
    state.mkdir(parents=True)
    (state / "worker.log").write_bytes(b"\x80\x05\x95\x00\x00")
    (state / "key").write_bytes(b"\x00\x01\x02" * 11)
    eraser = Eraser(programme, tmp_path / "reports")
    eraser.named([person])
    found = eraser.look()
    assert [place.name for place in found.before if place.root == "reports"] == [".state/worker.log"]
    assert {place.kind for place in eraser.act(found, NOW).after} == {"export"}
    assert [path.name for path in state.iterdir() if path.is_file() and path.name != "lock"] == ["key"]


def test_a_file_that_cannot_be_looked_into_is_named_and_the_exit_code_is_1(programme, person, tmp_path, capsys):
    (programme / "receipts" / "private" / "old.zip").write_bytes(b"PK\x03\x04 cut")
    assert main(["erase", str(programme), "--person", person, "--reports", str(tmp_path / "reports"), "--yes"]) == 1
    assert "cannot be looked into; delete them, or unpack them and call again: programme/receipts/private/old.zip" in (
        capsys.readouterr().out
    )


def test_what_another_run_keeps_meanwhile_and_cannot_be_looked_into_is_left_to_it(programme, person, tmp_path, capsys):
    theirs = tmp_path / "temporary" / "rmanalytics-1" / "spilt.zip"
    theirs.parent.mkdir()
    theirs.write_bytes(b"PK\x03\x04 cut")
    main(["erase", str(programme), "--person", person, "--reports", str(tmp_path / "reports"), "--yes"])
    assert theirs.read_bytes() == b"PK\x03\x04 cut"
    assert "looked into" not in capsys.readouterr().out


def allow(programme: Path) -> None:
    with (programme / "programme.toml").open("a", encoding="utf-8") as file:
        file.write("\n[erasure]\nrewrite = true\n")


def test_exports_are_rewritten_where_the_programme_says_so(programme, person, tmp_path, capsys):
    allow(programme)
    (programme / "truth.json").unlink()
    other = Path(shutil.copytree(programme, tmp_path / "other"))
    by_hand(other, person)
    assert main(["erase", str(programme), "--person", person, "--reports", str(tmp_path / "reports"), "--yes"]) == 0
    assert "still" not in capsys.readouterr().out
    assert everywhere(person, programme, tmp_path / "home") == []
    left, right = read_bundle(programme), read_bundle(other)
    for name in left.tables:
        pd.testing.assert_frame_equal(left.tables[name], right.tables[name])


def test_a_lost_list_brings_nobody_back_and_a_lost_key_stops_everything(programme, person):
    erased.add(read_programme(programme, tuple(TABLES)), [[person]], NOW.date())
    (programme / erased.NAME).unlink()
    assert person not in read_bundle(programme).tables["people"]["person_id"].tolist()
    erased.add(read_programme(programme, tuple(TABLES)), [[person]], NOW.date())
    shutil.rmtree(Path.home())
    with pytest.raises(InputError, match="RM-E-201"):
        read_bundle(programme)
    (programme / erased.NAME).write_text("{")
    with pytest.raises(InputError, match="RM-E-201"):
        read_bundle(programme)


def stopping(monkeypatch: pytest.MonkeyPatch, at: int) -> Iterator[None]:
    """Stop at the n-th file that is replaced or removed."""
    count = iter(range(1000))
    real_replace, real_unlink = Path.replace, Path.unlink

    def step() -> None:
        if next(count) == at:
            raise KeyboardInterrupt

    def replace(self: Path, target: Path) -> Path:
        step()
        return real_replace(self, target)

    def unlink(self: Path, *, missing_ok: bool = False) -> None:
        step()
        real_unlink(self, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace)
        patched.setattr(Path, "unlink", unlink)
        yield


@pytest.mark.parametrize("at", [0, 1, 3, 6])
def test_an_erasure_that_was_stopped_is_called_again_and_nothing_is_half(programme, person, tmp_path, monkeypatch, at):
    allow(programme)
    (programme / "truth.json").unlink()
    eraser = Eraser(programme, tmp_path / "reports")
    eraser.named([person])
    for _ in stopping(monkeypatch, at):
        with pytest.raises(KeyboardInterrupt):
            eraser.act(eraser.look(), NOW)
    read_chain(programme)
    told = [one for one in undone_of(Target(programme=programme, reports=tmp_path / "reports")) if "erasure" in one]
    again = Eraser(programme, tmp_path / "reports")
    if at == 0:  # nothing had begun
        assert told == []
        again.named([person])
    else:  # nobody names the person again
        assert told[0].startswith("the erasure of 1 person, begun on 2026-11-29, is not finished")
        assert again.stopped == 1
    assert again.act(again.look(), NOW).after == ()
    assert not any("erasure" in one for one in undone_of(Target(programme=programme, reports=tmp_path / "reports")))
    assert everywhere(person, programme, tmp_path / "home") == []
    assert findings(programme) == []
    assert len(list((programme / "receipts").glob("2025H1-erased-*.json"))) <= 2


def test_a_pseudonym_an_id_and_an_address_are_the_same_person(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    folder = write_programme(tmp_path / "ours")
    text = (folder / "programme.toml").read_text().replace("[programme]\n", '[programme]\nid = "ours"\n')
    text += (
        '\n[pseudonyms]\nids = "keyed"\n[pseudonyms.aliases]\nfiles = "people.csv"\nid = "person_id"\nalias = "mail"\n'
    )
    (folder / "programme.toml").write_text(text)
    (folder / "people.csv").write_text(
        "person_id,birth_year,hire_date,mail\n4711,1990,2020-01-01,anna@example.org\n4712,1991,2020-01-01,b@example.org\n"
    )
    met: dict[str, str] = {}
    read_bundle(folder, met=met)
    pseudonym = next(one for one, known in met.items() if known == "4711")
    for asked in ("4711", "Anna@example.org", pseudonym):
        eraser = Eraser(folder, tmp_path / "reports")
        eraser.named([asked])
        assert {"4711", "anna@example.org", pseudonym} <= {one.casefold() for one in eraser.people[0]}
    eraser.act(eraser.look(), NOW)
    assert len(read_bundle(folder).tables["people"]) == 1


def test_a_lot_is_what_it_was_when_somebody_of_it_is_erased(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    folder = lot_world.write_world(tmp_path / "programme")
    lot_world.draw_lot(folder)
    own = tmp_path / "home" / ".config" / "rmanalytics" / "lots" / "receipts.key"
    own.parent.mkdir(parents=True)
    own.write_bytes(lot_world.KEY)
    own.chmod(0o600)
    lot_world.write_after(folder)
    gone = [lot_world.people_of(folder, "mentee", group)[0] for group in ("start", "wait")]

    def broken() -> dict[str, int]:
        bundle = read_bundle(folder)
        return {one.rule: one.n for one in breaches(bundle, bundle.programme.round(lot_world.ROUND))}

    before = broken()
    eraser = Eraser(folder, tmp_path / "reports")
    eraser.named(gone)
    left = eraser.act(eraser.look(), NOW).after
    assert {place.kind for place in left} == {"export"}
    assert set(broken()) == set(before)
    assert not set(gone) & set(lot_world.people_of(folder, "mentee", "start", "wait"))
    half = next((folder / "receipts" / "private").glob("*-list-1.json"))
    assert not findings(folder, lot_world.KEY)
    half.write_bytes(half.read_bytes().replace(b'"certain":0', b'"certain":1', 1))
    assert any("not the one that was committed" in one for one in findings(folder, lot_world.KEY))


@pytest.mark.parametrize("damage", [lambda half: half[:-20], lambda half: half.replace(b'"lot":', b'"no":0.5,"lot":')])
def test_a_damaged_private_half_stops_no_erasure(tmp_path, monkeypatch, damage):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    folder = lot_world.write_world(tmp_path / "programme")
    lot_world.draw_lot(folder)
    person = lot_world.people_of(folder, "mentee", "start")[0]
    half = next((folder / "receipts" / "private").glob("*-list-1.json"))
    half.write_bytes(damage(half.read_bytes()))
    eraser = Eraser(folder, tmp_path / "reports")
    eraser.named([person])
    left = eraser.act(eraser.look(), NOW).after
    assert (half.name in {Path(place.name).name for place in left}) is (person.encode() in half.read_bytes())
    assert person not in set(read_bundle(folder).tables["people"]["person_id"])


def test_a_list_that_somebody_was_erased_from_is_committed_again_before_the_draw(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    folder = lot_world.write_world(tmp_path / "programme")
    bundle = read_bundle(folder)
    round_ = bundle.programme.round(lot_world.ROUND)
    about = {"key": lot_world.KEY, "package": lot_world.PACKAGE, "simulated": True}
    commit(bundle, round_, now=lot_world.LISTED, seed_from=lot_world.SOURCE, **about)
    eraser = Eraser(folder, tmp_path / "reports")
    eraser.named(["S001"])
    eraser.act(eraser.look(), NOW)
    with pytest.raises(InputError, match=r"RM-E-174.*erased before the lot was drawn"):
        reveal(bundle.programme, round_, seed=lot_world.SEED, now=lot_world.DRAWN, redraws=10, **about)
    listed = commit(read_bundle(folder), round_, now=lot_world.LISTED, seed_from=lot_world.SOURCE, **about)
    assert listed.number == 2
    reveal(bundle.programme, round_, seed=lot_world.SEED, now=lot_world.DRAWN, redraws=10, **about)
    assert "S001" not in lot_world.people_of(folder, "mentee", "start", "wait", "not_drawn", "reserve")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--person", "nobody-9"), "RM-E-202"), (("--person", "E0001"), "RM-E-203")],
)
def test_what_cannot_be_erased_is_refused_in_words(tmp_path, capsys, arguments, code):
    folder = write_programme(tmp_path / "ours")
    if code == "RM-E-202":
        text = (folder / "programme.toml").read_text().replace("[programme]\n", '[programme]\nid = "ours"\n')
        (folder / "programme.toml").write_text(text)
    before = tree(folder)
    assert main(["erase", str(folder), *arguments, "--yes"]) == 2
    assert code in capsys.readouterr().err
    after = tree(folder)
    assert {name: after[name] for name in before} == before
    assert not (folder / erased.NAME).exists()


def test_in_german_it_asks_and_says_what_it_did_in_german(programme, person, tmp_path, monkeypatch, capsys):
    text = (programme / "programme.toml").read_text(encoding="utf-8")
    text = text.replace("[programme]\n", '[programme]\nlanguage = "de"\n') if "language" not in text else text
    (programme / "programme.toml").write_text(re.sub(r'language = "\w+"', 'language = "de"', text), encoding="utf-8")
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: (asked.append(question), "löschen")[1])
    assert main(["erase", str(programme), "--person", person, "--reports", str(tmp_path / "reports")]) == 1
    said = capsys.readouterr().out
    assert asked == ["1 Person endgültig löschen? Tippen Sie löschen: "]
    assert "Gelöscht: 1 Person, aus " in said
    assert not re.search(r"\b(files|mentions|kept|removed|until)\b", said)


def test_it_asks_before_it_acts(programme, person, tmp_path, monkeypatch, capsys):
    command = ["erase", str(programme), "--person", person, "--reports", str(tmp_path / "reports")]
    before = tree(programme)
    assert main(command) == 2
    assert "RM-E-204" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    assert main(command) == 1
    assert "Nothing was erased." in capsys.readouterr().out
    assert tree(programme) == before
    monkeypatch.setattr("builtins.input", lambda _question: "erase")
    assert main(command) == 1
    assert tree(programme) != before


def test_those_who_left_long_ago_go_and_nobody_else(programme, tmp_path, capsys):
    bundle = read_bundle(programme)
    gone = long_gone(bundle, date(2026, 1, 1))
    people = bundle.table("people").set_index("person_id")
    answers = bundle.table("answers")
    assert gone
    assert (people.loc[gone, "exit_date"] < pd.Timestamp("2026-01-01")).all()
    assert not set(answers.loc[answers["round_id"] == "2026H1", "person_id"]) & set(gone)
    command = ["erase", str(programme), "--older-than", "2026-01-01", "--reports", str(tmp_path / "reports"), "--yes"]
    assert main(command) == 1
    assert f"Erased: {len(gone)} " in capsys.readouterr().out
    assert not set(gone) & set(read_bundle(programme).tables["people"]["person_id"])
    assert main(["erase", str(programme), "--older-than", "1990-01-01", "--reports", str(tmp_path / "r"), "--yes"]) == 0
    assert "Nobody left before 1990-01-01" in capsys.readouterr().out


def test_an_older_list_that_cannot_be_removed_is_named_and_the_erasure_ends(programme, tmp_path, monkeypatch, capsys):
    half = programme / "receipts" / "private" / "2026H1-comparison.csv"
    half.write_text("round_id,person_id\n")
    os.utime(half, (0, 0))
    unlink = Path.unlink

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path == half:
            raise PermissionError
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    command = ["erase", str(programme), "--older-than", "1990-01-01", "--reports", str(tmp_path / "r"), "--yes"]
    assert main(command) == 1
    assert f"could not be removed; delete them: {half.name}." in capsys.readouterr().out
    assert not erased.open_file(read_programme(programme, tuple(TABLES))).exists()
    monkeypatch.undo()
    assert half.exists()


@pytest.mark.parametrize(("language", "said"), [("en", "Nothing was erased."), ("de", "Es wurde nichts gelöscht.")])
@pytest.mark.parametrize("ends", [EOFError, KeyboardInterrupt])
def test_a_question_that_nobody_answers_erases_nothing_and_says_so(
    programme, person, tmp_path, monkeypatch, capsys, language, said, ends
):
    toml = programme / "programme.toml"
    toml.write_text(re.sub(r'language = "\w+"', f'language = "{language}"', toml.read_text(encoding="utf-8")))

    def nobody(_question: str) -> str:
        raise ends

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", nobody)
    before = tree(programme)
    assert main(["erase", str(programme), "--person", person, "--reports", str(tmp_path / "reports")]) == 130
    told = capsys.readouterr()
    assert said in told.out
    assert told.err.strip() == {"en": "Stopped.", "de": "Abgebrochen."}[language]
    assert tree(programme) == before


def test_the_log_of_use_tells_a_look_and_a_no_from_an_erasure(programme, person, tmp_path, monkeypatch):
    toml = programme / "programme.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("simulated = true", "simulated = false"))
    command = ["erase", str(programme), "--person", person, "--reports", str(tmp_path / "reports")]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    assert main([*command, "--dry-run"]) == 0
    assert main(command) == 1
    lines = use.read(read_programme(programme, tuple(TABLES)))
    assert [(one["command"], one["outcome"]) for one in lines] == [
        ("erase --dry-run", "begun"),
        ("erase --dry-run", "done"),
        ("erase", "begun"),
        ("erase", "stopped"),
    ]


def test_a_file_that_is_no_export_is_not_called_one(programme, person, tmp_path, capsys):
    (programme / "notes.txt").write_text(f"spoke to {person}", encoding="utf-8")
    assert main(["erase", str(programme), "--person", person, "--reports", str(tmp_path / "r"), "--yes"]) == 1
    said = capsys.readouterr().out
    exports, others = (
        next(one for one in said.splitlines() if one.startswith(f"These {what}")) for what in ("exp", "fil")
    )
    assert "notes.txt" not in exports
    assert "programme/notes.txt" in others
    assert "people.csv" in exports


def test_a_file_that_may_not_be_written_is_left_named_and_the_rest_is_done(
    programme, person, tmp_path, monkeypatch, capsys
):
    toml = programme / "programme.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + "\n[erasure]\nrewrite = true\n", encoding="utf-8")
    write = erase_module._write

    def refuse(path: Path, data: bytes) -> None:
        if path.name == "people.csv":
            raise PermissionError
        write(path, data)

    monkeypatch.setattr(erase_module, "_write", refuse)
    assert main(["erase", str(programme), "--person", person, "--reports", str(tmp_path / "r"), "--yes"]) == 1
    said = capsys.readouterr().out
    assert "These exports still name them; no figure rests on those rows: people.csv." in said
    assert person not in (programme / "tandems.csv").read_text()
    assert not erased.open_file(read_programme(programme, tuple(TABLES))).exists()


@pytest.mark.parametrize("lost", [True, False])
def test_a_lot_drawn_again_without_the_key_says_what_can_no_longer_be_checked(programme, capsys, lost):
    toml = programme / "programme.toml"
    if lost:
        toml.write_text(toml.read_text(encoding="utf-8").replace("simulated = true", "simulated = false"))
    assert main(["draw", str(programme), "--round", "2026H1", "--verify"]) == 0
    told = capsys.readouterr().out
    assert "Yes: the chain is whole" in told
    assert ("can no longer be checked" in told) is lost
