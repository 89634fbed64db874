"""Sentences held against the register: valid, altered, expired, withdrawn, unknown, in every kind of file."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from release_worlds import release

from rmanalytics.inspect.verify import text_of, verify

DAY = date(2026, 12, 1)
DOCUMENT = release("shown")
SENTENCE = next(one for one in DOCUMENT["sentences"] if one["claim"] == "M1")
TEXT, GERMAN, ID = SENTENCE["text"]["en"], SENTENCE["text"]["de"], SENTENCE["id"]


def register(**changes):
    told = {"id": ID, "claim": "M1", "state": "valid", "text": SENTENCE["text"], "valid_until": "2027-01-31"}
    return {ID: told | changes}


def why(text: str, **changes) -> list[str]:
    return [one.why for one in verify(text, register(**changes), today=DAY, names=("Bridge",))]


NESTED = GERMAN.replace("„", "‚").replace("“", "‘")


@pytest.mark.parametrize("text", [TEXT, GERMAN, NESTED, TEXT.replace(" ", "\u00a0"), TEXT.replace("0.2", "0,2")])
def test_a_sentence_with_its_id_is_valid_however_its_signs_are_set(text: str) -> None:
    assert why(f"Careers at our house.\n“{text}” ({ID})") == ["valid until 2027-01-31"]


def test_without_its_source_line_it_is_not() -> None:
    assert why(f"Look: {TEXT}") == ["valid, source line missing"]


def test_another_number_is_named_and_so_is_what_is_left_out() -> None:
    assert "0.4 is not in it; 0.2 is missing" in why(f"{TEXT.replace('0.2', '0.4')} ({ID})")[0]
    assert "0.4 is not in it" in why(TEXT.replace("0.2", "0.4"))[0]


def test_what_no_longer_holds_is_told_with_its_reason() -> None:
    said = f"{TEXT} ({ID})"
    assert why(said, valid_until="2026-11-01") == ["expired on 2026-11-01"]
    changes = {"state": "withdrawn", "date": "2026-10-01", "because": "verdict changed"}
    assert why(said, **changes) == ["withdrawn on 2026-10-01, because verdict changed"]
    assert why(said, state="replaced", by="RM-2026H2-M1-0000") == ["replaced by RM-2026H2-M1-0000"]


def test_a_sentence_of_nobodys_and_an_unknown_id_are_found() -> None:
    assert why("Our Bridge makes everybody happy.") == ["speaks of the programme, no such sentence"]
    assert why("See RM-2026H1-M1-ffff.")[0] == "no sentence has this id"
    assert why("The canteen has a new menu.") == []


def packed(name: str, body: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr(name, body)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", TEXT.encode()),
        ("a.html", f"<p>{TEXT.replace('rose', 'r<b>o</b>se')}</p><script>var x=1</script>".encode()),
        ("a.docx", packed("word/document.xml", f"<w:p><w:t>{TEXT}</w:t></w:p>")),
        ("a.pptx", packed("ppt/slides/slide1.xml", f"<a:p><a:t>{TEXT[:20]}</a:t><a:t>{TEXT[20:]}</a:t></a:p>")),
        ("a.odt", packed("content.xml", f"<text:p>{TEXT}</text:p>")),
    ],
)
def test_every_kind_of_file_is_read(name: str, data: bytes) -> None:
    assert TEXT in (text_of(name, data) or "")


@pytest.mark.parametrize(("name", "data"), [("a.docx", b"no package"), ("a.txt", b"\xff\xfe")])
def test_what_cannot_be_read_is_told(name: str, data: bytes) -> None:
    assert text_of(name, data) is None
