"""No sentence of its own: words that no phrase has, days of nobody, and what else says more than a release."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from release_worlds import release

from rmanalytics.briefing.render import render
from rmanalytics.inspect.outside import scan
from rmanalytics.inspect.phrases import Phrases
from rmanalytics.run.outside import phrases, timeless

DOCUMENT = release("shown", "could_not", "points_against", "too_few")
KNOWN = phrases(DOCUMENT)
STAMP = (2020, 1, 1, 0, 0, 0)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("honest") / "2026H1"
    for name, data in render(DOCUMENT, ("en",)):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "released.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    return folder


def test_an_honest_bundle_says_nothing_of_its_own(honest: Path) -> None:
    assert scan(honest, phrases=KNOWN) == []


@pytest.mark.parametrize(
    ("verdict", "language"),
    [
        *(("shown", "de-CH"), ("points_for", "en"), ("points_against", "de")),
        *(("not_shown", "de"), ("could_not", "de-CH"), ("not_asked", "en")),
    ],
)
def test_every_verdict_is_said_in_phrases_that_are_known(tmp_path: Path, language: str, verdict: str) -> None:
    document = release(verdict, verdict, "shown", broken=True, brand="-could_not")
    document["entries"] += [
        entry | {"id": f"{entry['id']}.x", "split": "unit", "of": "Sales 2", "n": 10}
        for entry in document["entries"]
        if entry["row"] == "scale_after"
    ]
    for name, data in render(document, [language], ["html", "facts", "figures"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "released.json").write_text(json.dumps(document), encoding="utf-8")
    assert scan(tmp_path, phrases=phrases(document)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Nobody among the seniors said no.",
        "All mentors would do it again.",
        "None of the juniors left.",
        "The scores scatter (SD 0.2).",
        "In Basel the gain was 0.2 points.",
        "Those over fifty rose by at least 0.2 points more.",
        "Sales did worst.",
        "Women in Sales gained most.",
        "That seniors became more open to change is shown.",
        "One said: felt rushed and my partner kept looking.",
        "A tandem ended on 14 March 2026.",
        "Der Vertrieb hat sich um 0,2 Punkte verbessert.",
        "Ein Tandem endete am 3. Mai.",
        "Keller",
    ],
)
def test_a_sentence_of_its_own_is_strange_whatever_numbers_it_has(text: str) -> None:
    known = Phrases(KNOWN, DOCUMENT)
    assert known.strange(text)
    assert known.strange(text, units=True)
    assert not known.unfounded


def test_a_unit_is_named_in_the_table_of_splits_alone_and_days_are_those_of_the_release() -> None:
    entries = [*DOCUMENT["entries"], {"id": "x", "row": "scale_after", "split": "unit", "of": "North 2"}]
    known = Phrases(KNOWN, DOCUMENT | {"entries": entries}, ["2026-11-05"])
    assert known.strange("Digital fitness, North 2")
    assert not known.strange("Digital fitness, North 2", units=True)
    assert not known.strange("withdrawn on 5 November 2026: wrong")
    assert known.strange("withdrawn on 6 November 2026: wrong")
    assert not known.strange("Valid until 31 January 2027")
    assert known.strange("Valid until 31 March 2027")
    added = {"id": "s", "text": {"en": "Seniors are happy with it."}, "valid_until": "2027-01-31", "entries": []}
    assert Phrases(KNOWN, DOCUMENT | {"sentences": [*DOCUMENT["sentences"], added]}).unfounded
    assert not known.repeated({"sentences": [{"text": {"en": "Seniors are happy."}}]})


def after(text: str, place: str = "</main>") -> Callable[[bytes], bytes]:
    return lambda data: data.replace(place.encode(), (text + place).encode(), 1)


def in_part(pattern: str, old: str, new: str) -> Callable[[bytes], bytes]:
    """A package, or the workbooks inside it, with a text replaced in the parts of some names."""

    def change(data: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as changed:
            for name in before.namelist():
                part = before.read(name)
                part = change(part) if name.endswith(".xlsx") else part
                part = part.replace(old.encode(), new.encode(), 1) if re.search(pattern, name) else part
                changed.writestr(zipfile.ZipInfo(name, STAMP), part)
        return out.getvalue()

    return change


def member(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def apply(data: bytes) -> bytes:
        change(document := json.loads(data))
        return json.dumps(document).encode()

    return apply


SHEET = '<sheet name="raw" sheetId="9" state="veryHidden" r:id="rId1"/></sheets>'
LEAKS: Sequence[tuple[str, Callable[[bytes], bytes]]] = [
    ("released.json", lambda data: data.replace(b'"n": 115', b'"n": 113, "n": 115', 1)),
    ("released.json", member(lambda d: d["sentences"].append({**d["sentences"][0], "text": {"en": "All is well."}}))),
    ("released.json", member(lambda d: d.update(made_by="somebody"))),
    ("facts.json", member(lambda d: d["sentences"][0]["text"].update(en="Sales gained by at least 0.2 points."))),
    ("briefing.en.html", after("<p>Sales did worst.</p>")),
    ("briefing.en.html", after('<p title="Sales did worst">programme</p>')),
    ("slides.en.html", after('<p><a href="../../inside/2026H1/report.html">Slides</a></p>')),
    ("slides.en.html", after('<svg><circle cx="11" cy="3" r="2"/><circle cx="17" cy="4" r="2"/></svg>')),
    ("team.en.html", after("<p>Sales</p>")),
    ("figures/strip-M1.en.svg", after("<text>Sales</text>", "</svg>")),
    ("mail.en.txt", lambda data: data.replace(b"Digital fitness", b"Digital fitness in Sales", 1)),
    (
        "slides.en.pptx",
        in_part(r"xl/styles\.xml", "</styleSheet>", '<x formatCode="0&quot; of 12"/></styleSheet>'),
    ),
    ("slides.en.pptx", in_part(r"charts/chart", "<c:formatCode>General", '<c:formatCode>0" of 12"')),
    ("slides.en.pptx", in_part(r"charts/chart", ";\u22120", ";\u22120 of 12")),
    ("slides.en.pptx", in_part(r"xl/workbook\.xml", "</sheets>", SHEET)),
    ("slides.en.pptx", in_part(r"xl/workbook\.xml", 'name="Sheet1"', 'name="Keller"')),
    ("slides.en.pptx", in_part(r"xl/sharedStrings\.xml", "</t>", " Keller</t>")),
    ("slides.en.pptx", in_part(r"slides/slide1\.xml", "<p:cSld>", '<p:cSld name="Keller">')),
    ("slides.en.pptx", in_part(r"slides/slide1\.xml", 'name="TextBox 2"', 'name="Keller"')),
    ("slides.en.pptx", in_part(r"notesSlide1\.xml", "</a:t>", " Ask Keller.</a:t>")),
    ("slides.en.pptx", in_part(r"docProps/core\.xml", "<cp:lastModifiedBy>", "<cp:lastModifiedBy>keller")),
    ("slides.en.pptx", in_part(r"docProps/app\.xml", "<Company>", "<Company>Keller")),
]


@pytest.mark.parametrize("number", range(len(LEAKS)))
def test_what_says_more_than_a_release_is_found(tmp_path: Path, honest: Path, number: int) -> None:
    name, leak = LEAKS[number]
    for one in {"released.json", name}:
        (tmp_path / one).parent.mkdir(exist_ok=True)
        shutil.copyfile(honest / one, tmp_path / one)
    before = (tmp_path / name).read_bytes()
    assert scan(tmp_path, phrases=KNOWN) == []
    (tmp_path / name).write_bytes(leak(before))
    assert (tmp_path / name).read_bytes() != before
    found = scan(tmp_path, phrases=KNOWN)
    assert found
    assert not any(word in one for one in found for word in ("Sales", "Keller", "113"))


def test_a_file_of_another_time_is_found_and_a_briefing_has_one_time(tmp_path: Path, honest: Path) -> None:
    for name in ("released.json", "press.en.txt", "mail.en.txt"):
        shutil.copyfile(honest / name, tmp_path / name)
    timeless(tmp_path)
    assert len({path.stat().st_mtime for path in tmp_path.iterdir()}) == 1
    assert scan(tmp_path) == []
    os.utime(tmp_path / "press.en.txt", (1_780_000_000, 1_780_000_000))
    assert scan(tmp_path) == ["a file has a time of its own"]
