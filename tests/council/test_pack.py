"""The works council's pack: whole by schema and catalogue, nobody in it, the same in every form; what has changed."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from docx import Document

import rmanalytics as rm
from rmanalytics.__main__ import main
from rmanalytics.council.content import Blank, Pack, Table, changes
from rmanalytics.council.make import council_packs
from rmanalytics.council.outside import told_outside
from rmanalytics.errors import InputError
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import LANGUAGES, translator
from rmanalytics.receipts.chain import append, shown
from rmanalytics.release.catalogue import catalogue
from rmanalytics.run import browser
from rmanalytics.run.stores import NOBODY, STORES

TOML = """
[programme]
id = "tandem"
name = "Tandem"
company = "Muster AG"
language = "de"
data_until = 2026-09-30

[[rounds]]
id = "2026H1"
start = 2026-01-01
end = 2026-06-30

[declare]
primary = "M1"
note = "CANARY-note"

[notify]
mail_to = ["canary@example.org"]
mail_from = "canary-sender@example.org"
smtp = "canary-host"
"""
CANARY = re.compile("canary", re.IGNORECASE)
EVERYTHING = """
[council]
contact = "4711"
exports_until = "2028-06-30"

[reports]
group = "g4711"

[draw]
places = 20
wait = 5
reserve = 3

[pairing]
allow_two_tandems = true
again = true

[pseudonyms]
ids = "keyed"
aliases = { files = "a.csv", id = "id", alias = "mail" }

[readers.hr]
kind = "snapshots"
files = "hr.csv"

[[linkage.parts]]
kind = "letters"
length = 4

[[linkage.parts]]
kind = "day"

[network.events]
files = "events"
waves = [2026-06-30]
engine = "spark"
spark = "spark://host:7077"

[erasure]
rewrite = true

[[subgroups]]
name = "4711"
where = { gender = "f" }

[declare]
"""
"""What else a declaration can say that the pack has words for."""
SUPPLIED = ("people", "positions", "tandems", "answers", "wishes")
HOLDS = {"en": r"\b(und|der|die|das|ist|nicht|für|wird|Personen)\b", "de": r"\b(the|and|of|is|not|for|who)\b"}
DIGEST = re.compile(r"([0-9a-f]{4} ){15}[0-9a-f]{4}")


@pytest.fixture(autouse=True)
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(browser.NAMED, "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "tandem"
    place.mkdir()
    (place / "programme.toml").write_text(TOML, encoding="utf-8")
    for table in SUPPLIED:
        header = ",".join(column.name for column in TABLES[table].columns)
        cells = ",".join("CANARY" for _ in TABLES[table].columns)
        (place / f"{table}.csv").write_text(f"{header}\n{cells}\n", encoding="utf-8")
    return place


def packs(folder: Path, signed: Path | None = None) -> dict[str, Pack]:
    return council_packs(folder, folder / "reports", signed)


def changed(folder: Path, old: str, new: str) -> None:
    path = folder / "programme.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def cells(pack: Pack) -> list[str]:
    found = []
    for section in pack.sections:
        found.append(section.title)
        for part in section.parts:
            if isinstance(part, Table):
                found += [part.title, *part.head, *(cell for row in part.rows for cell in row)]
            else:
                found.append(part.label if isinstance(part, Blank) else part)
    return found


def test_every_field_of_the_schema_stands_there_with_words_of_its_own(folder):
    for pack in packs(folder).values():
        told = {}
        for pack_table in pack.tables.values():
            name = pack_table.title.partition(":")[0]
            if name in TABLES:
                told[name] = pack_table
        assert set(told) == set(TABLES)
        for name, table in TABLES.items():
            assert [row[0] for row in told[name].rows] == [column.name for column in table.columns], name
            assert all(len(row[1]) > 2 and row[2] for row in told[name].rows), name
            assert not told[name].title.endswith(": "), f"{name} is read for nothing"


def test_a_table_that_is_supplied_moves_from_the_annex_into_the_pack(folder):
    before = packs(folder)["en"]
    assert next(one for one in before.tables if ": costs:" in one).startswith("Annex C")
    (folder / "costs.csv").touch()
    after = packs(folder)["en"]
    assert next(one for one in after.tables if ": costs:" in one).startswith("What is read")
    assert after.digest != before.digest


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_of_the_catalogue_stands_there_with_its_threshold_and_audience(language):
    tr = translator(language)
    (table,) = [part for part in told_outside(tr).parts if isinstance(part, Table)]
    assert [row[0] for row in table.rows] == [tr(row.question) for row in catalogue().rows.values()]
    for told, row in zip(table.rows, catalogue().rows.values(), strict=True):
        assert told[3] == (tr.number(row.least_n, 0) if row.least_n else tr("no people in it"))
        assert all(told), row.id


def test_every_store_that_tells_of_people_stands_there(folder):
    (table,) = [t for name, t in packs(folder)["en"].tables.items() if "Every place" in name]
    assert sum(len(row[1].split(", ")) for row in table.rows) == sum(store.holds != NOBODY for store in STORES)


def test_what_is_not_declared_is_not_said(folder):
    said = ("Whoever may ask who a pseudonym is", "pseudonyms at reading", "Nobody can tell whose an answer")
    before = packs(folder)["en"].text
    assert [one for one in said if one in before] == []
    assert "by the number of the account (log of use)" in before
    changed(folder, "[declare]\n", EVERYTHING)
    after = packs(folder)["en"].text
    assert [one for one in said if one not in after] == []
    assert "sends no data to anybody" not in after
    assert "records of communication: who, whom, when" in after


def test_groups_that_are_declared_stand_there_and_fields_of_their_own_are_for_people_to_judge(folder):
    before = packs(folder)["en"]
    assert "No special category is asked for." in before.text
    assert "people they are compared with." not in before.text
    group = '[[subgroups]]\nname = "Half days"\nside = "mentor"\nwhere = { hours = ["half"], unit = "Sales" }\n'
    changed(folder, "[declare]", f"{group}\n[declare]")
    (folder / "comparison.csv").touch()
    now = packs(folder)["en"]
    rows = now.tables["How people are protected, and where that ends: Such groups, as declared"].rows
    assert rows == (("Half days", "the younger side", "hours: half; unit: Sales"),)
    assert now.text.count("Fields of the company's own, for people to judge: hours.") == 2
    assert "No special category is asked for." not in now.text
    assert "people they are compared with." in now.text
    assert now.digest != before.digest


def test_the_record_names_everybody_whose_data_are_there(folder):
    before = packs(folder)["en"].text
    assert "everybody else in the company's exports; former employees" in before
    assert "Among what is read: kinds of leaving; answers on attitudes." in before
    (folder / "upward.csv").touch()
    after = packs(folder)["en"].text
    assert "answers on attitudes; judgements of leaders by their teams." in after
    assert "teams of leaders, by tokens" in after


def test_nobody_is_in_it(folder):
    rm.council(folder, to=folder / "pack", reports=folder / "reports")
    written = [path for path in (folder / "pack").iterdir() if path.suffix in (".html", ".json")]
    assert len(written) == 3
    for path in written:
        assert not CANARY.search(path.read_text(encoding="utf-8")), path.name
    for path in (folder / "pack").glob("*.docx"):
        with zipfile.ZipFile(path) as packed:
            assert not any(CANARY.search(packed.read(name).decode("latin-1")) for name in packed.namelist())


@pytest.mark.parametrize("more", ["", EVERYTHING])
def test_both_languages_say_the_same_and_hold_no_word_of_the_other(folder, more):
    changed(folder, "[declare]\n", more or "[declare]\n")
    found = packs(folder)
    english, german = cells(found["en"]), cells(found["de"])
    assert len(english) == len(german)
    same = {
        one for one, other in zip(english, german, strict=True) if one == other and " " in one and not DIGEST.match(one)
    }
    assert {one for one in same if not re.fullmatch(r"[a-z_.<>/*,: -]+", one)} == set()
    for language in ("en", "de"):
        text = "\n".join([found[language].title, found[language].about, *cells(found[language])])
        assert re.findall(HOLDS[language], text) == []
    assert "ß" not in found["de-CH"].text
    assert "Betriebsrat" not in found["de-CH"].about + found["de-CH"].text
    assert all(law in found["de-CH"].text for law in ("Art. 12 DSG", "Art. 22 DSG", "EDÖB"))
    assert len({pack.digest for pack in found.values()}) == 1


def test_page_and_word_file_say_what_the_pack_says(folder):
    told = rm.council(folder, to=folder / "pack", language="de")
    assert told.document["lacking"] == [browser.NO_BROWSER]
    pack, page = packs(folder)["de"], (folder / "pack" / "council.de.html").read_text(encoding="utf-8")
    word = Document(str(folder / "pack" / "council.de.docx"))
    in_word = [p.text for p in word.paragraphs] + [c.text for t in word.tables for row in t.rows for c in row.cells]
    in_page = re.sub(r"<style>.*?</style>|<nav.*?</nav>", "", page)
    numbers = Counter(re.findall(r"\d+", " ".join(cells(pack))))
    assert numbers - Counter(re.findall(r"\d+", " ".join(in_word))) == Counter()
    assert Counter(re.findall(r">([^<>]+)<", in_page))[shown(pack.digest)] == 1
    assert numbers - Counter(re.findall(r"\d+", re.sub(r"<[^>]+>", " ", in_page))) == Counter()
    assert shown(pack.digest) in in_word
    paper = word.sections[0]
    assert (round(paper.page_width.mm), round(paper.page_height.mm)) == (210, 297)
    assert 'w:val="de-DE"' in word.styles.element.xml
    assert "PAGE" in paper.footer._element.xml
    signed = [p.text for p in word.paragraphs if p.paragraph_format.page_break_before]
    assert signed == ["Zum Unterschreiben"]
    heads = [t.rows[0].cells[0].text for t in word.tables if "w:tblHeader" in t.rows[0]._tr.xml]
    assert len(heads) > 20
    assert "src=" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_columns_of_the_word_file_are_as_wide_as_their_longest_words(folder):
    rm.council(folder, to=folder / "pack", language="de")
    word = Document(str(folder / "pack" / "council.de.docx"))
    paper = word.sections[0]
    room = paper.page_width - paper.left_margin - paper.right_margin
    assert len(word.tables) > 20
    names = [one.tag.rpartition("}")[2] for one in word.settings.element]
    assert names[names.index("autoHyphenation") - 1] == "defaultTabStop"
    for table in word.tables:
        widths = [column.width for column in table.columns]
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        longest = [
            max(len(text) for cell in column for text in ["", *cell.split()]) for column in zip(*rows, strict=True)
        ]
        assert 0.99 * room < sum(widths) <= room
        points = 7.5 if len(widths) > 4 else 11
        fits = [width / 12_700 - 4 > 0.5 * points * letters for width, letters in zip(widths, longest, strict=True)]
        assert all(fits) or 0.5 * points * sum(longest) > room / 12_700 - 5 * len(widths), rows[0]


def test_a_changed_declaration_changes_the_digest_and_is_named(folder):
    rm.council(folder, to=folder / "signed", language="en")
    kept = folder / "signed" / "council.json"
    before = packs(folder, kept)["en"]
    assert before.sections[0].parts[1] == "Nothing has changed."
    changed(folder, "data_until = 2026-09-30", "data_until = 2026-10-31\nk = 8")
    changed(folder, "[declare]", '[draw]\nplaces = 20\n\n[council]\ncontact = "the HR desk"\n\n[declare]')
    after = packs(folder, kept)
    assert after["en"].digest != before.digest
    table = after["en"].sections[0].parts[1]
    assert isinstance(table, Table)
    told = {(section, now): signed for section, signed, now in table.rows}
    assert shown(before.digest) in str(after["en"].sections[0].parts[0])
    assert any("k = 8" in now for _, now in told)
    assert any("k = 5" in signed for signed in told.values())
    assert ("Rights of the people", "Ask: the HR desk.") in told
    assert any("20 tandems start, 10 people a side" in now and "2 a side stand by" in now for _, now in told)
    assert "k = 8" in "".join(cells(after["de"])[:40])
    assert not any("30 September" in signed or "data_until" in signed for signed in told.values())


def test_a_table_that_came_is_told_once_and_one_that_changed_row_by_row():
    signed = [("Read", ("people: for M1", "id", "who")), ("Read", ("people: for M1", "age", "how old"))]
    now = [("Read", ("people: for M2", "id", "who")), ("Read", ("people: for M2", "sex", "which"))]
    came = [("Read", ("wishes of people for others", name, "of whom")) for name in ("id", "code")]
    assert changes(signed, [*now, *came]) == (
        ("Read", "people: for M1", "people: for M2"),
        ("Read", "", "sex | which"),
        ("Read", "age | how old", ""),
        ("Read", "", "wishes of people for others"),
    )
    assert changes(signed, list(reversed(signed))) == ()


def test_a_signed_pack_that_was_changed_is_refused(folder):
    rm.council(folder, to=folder / "signed", language="en")
    kept = folder / "signed" / "council.json"
    document = json.loads(kept.read_text(encoding="utf-8"))
    document["lines"]["de"][0][1] += "."
    for text in (json.dumps(document), "no pack", "[]", '{"lines": {}}'):
        kept.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as refused:
            packs(folder, kept)
        assert [problem.code for problem in refused.value.problems] == ["RM-E-210"]


def test_what_is_not_declared_is_a_line_to_fill_in(folder):
    blanks = [part.label for s in packs(folder)["en"].sections for part in s.parts if isinstance(part, Blank)]
    assert [label for label in blanks if "(not declared)" in label] == [
        "The analysts are (not declared)",
        "The company's exports are deleted (not declared)",
        "Whom to ask (not declared)",
    ]
    assert packs(folder)["en"].text.count("not declared: ____") == 4
    lines = "\n".join(
        f'{name} = "{name.upper()}"'
        for name in ("analysts", "basis", "contact", "controller", "exports_until", "officer")
    )
    changed(folder, "[declare]", f"[council]\n{lines}\n\n[declare]")
    text = packs(folder)["en"].text
    assert "not declared" not in text
    assert all(word in text for word in ("ANALYSTS", "BASIS", "CONTACT", "CONTROLLER", "EXPORTS_UNTIL", "OFFICER"))


def test_the_page_to_sign_names_the_plan_that_was_fixed_last(folder):
    def to_sign() -> list[str]:
        (section,) = [s for s in packs(folder)["en"].sections if s.title == "To be signed"]
        return [row[1] for part in section.parts if isinstance(part, Table) for row in part.rows]

    assert to_sign()[1] == "not fixed yet"
    content = {"claims": {"M1": {"role": "primary"}}}
    about = {"now": datetime(2026, 1, 2, tzinfo=UTC), "package": {"version": "1", "digest": "0"}}
    receipt = append(folder, round_id="2026H1", kind="declared", content=content, **about)
    assert to_sign() == [shown(packs(folder)["en"].digest), shown(receipt.digest)]
    assert "M1 | Digital fitness improves | primary claim" in packs(folder)["en"].text
    path = folder / "receipts" / receipt.name
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(InputError, match="RM-E-142"):
        packs(folder)


def test_it_says_what_was_told_last(folder):
    assert "Nothing has been released" in packs(folder)["en"].text
    reports = folder / "reports"
    (reports / "inside").mkdir(parents=True)
    (reports / "outside" / "2026H1").mkdir(parents=True)
    entries = [{"row": "scale_after", "n": 30}, {"row": "scale_after", "n": 15}, {"row": "tandems", "value": 15}]
    data = json.dumps({"entries": entries}).encode()
    record = {"round": "2026H1", "version": 1, "sha256": sha256(data).hexdigest(), "date": "2026-07-20"}
    (reports / "inside" / "releases.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert "no longer as it was published" in packs(folder)["en"].text
    (reports / "outside" / "2026H1" / "released.json").write_bytes(data)
    told = packs(folder)["en"]
    assert "Round 2026H1, released on 20 July 2026." in told.text.replace("\xa0", " ")
    (table,) = [t for name, t in told.tables.items() if name.startswith("What was told last")]
    assert table.rows[0][1:] == ("2", "15")
    assert {row[0]: row[1:] for row in table.rows}["how many tandems took part"] == ("1", "–")


def test_the_command_writes_and_says_what_it_wrote(folder, capsys):
    assert main(["council", str(folder), "--to", str(folder / "pack")]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [Path(line).name for line in said[:-1]] == [
        *("council.de.html", "council.en.html", "council.de.docx", "council.en.docx", "council.json"),
    ]
    assert said[-1] == browser.NO_BROWSER
