"""The stranger's look: planted leaks, one a channel and disguise, are all found; honest bundles give no false alarm."""

from __future__ import annotations

import ast
import base64
import codecs
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipapp
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from release_worlds import VERDICTS, release

from rmanalytics.briefing.render import render
from rmanalytics.inspect.outside import PLANTED, scan
from rmanalytics.run.outside import phrases

ROOM = Path(__file__).resolve().parents[2] / "rmanalytics" / "inspect"
ID = "P04711"
IDS = [ID, "2026H1-17", "r52ab289ef5"]
PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
    for kind, body in ((b"IHDR", bytes.fromhex("00000001000000010800000000")), (b"IEND", b""))
)


SPELT = (
    PNG[:-12]
    + b"".join(
        len(body).to_bytes(4, "big") + b"IDAT" + body + b"\0\0\0\0" for body in (zlib.compress(b"\0" + ID.encode()),)
    )
    + PNG[-12:]
)


def write(folder: Path, document: dict, languages: tuple[str, ...] = ("en",), only: tuple[str, ...] = ()) -> Path:
    for name, data in render(document, languages, only):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "released.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("honest") / "2026H1", release("shown", "could_not", "points_against"))
    (folder / "figures" / "mark.en.png").write_bytes(PNG)
    return folder


def utf16(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "lower": str.lower,
    "reversed": lambda t: t[::-1],
    "entities": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "hex entities": lambda t: "".join(f"&#x{ord(c):x};" for c in t),
    "per cent": lambda t: "".join(f"%{ord(c):02x}" for c in t),
    "twice per cent": lambda t: quote("".join(f"%{ord(c):02x}" for c in t)),
    "unicode escapes": lambda t: "".join(f"\\u{ord(c):04x}" for c in t),
    "byte escapes": lambda t: "".join(f"\\x{ord(c):02x}" for c in t),
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "full width": lambda t: "".join(chr(ord(c) + 0xFEE0) for c in t),
    "base64": lambda t: base64.b64encode(f"who: {t}".encode()).decode(),
    "base64 for addresses": lambda t: base64.urlsafe_b64encode(f"who?>{t}".encode()).decode(),
    "wide base64": utf16,
    "hex": lambda t: t.encode().hex(),
    "hex with colons": lambda t: t.encode().hex(":"),
    "packed": lambda t: base64.b64encode(gzip.compress(t.encode(), mtime=0)).decode(),
    "deflated": lambda t: base64.b64encode(zlib.compress(t.encode())).decode(),
    "quoted-printable": lambda t: "".join(f"={ord(c):02X}" for c in t),
    "typed array": lambda t: base64.b64encode(b"".join(ord(c).to_bytes(4, "little") for c in t)).decode(),
    "md5": lambda t: hashlib.md5(t.encode(), usedforsecurity=False).hexdigest(),
    "sha1": lambda t: hashlib.sha1(t.encode(), usedforsecurity=False).hexdigest(),
    "sha256": lambda t: hashlib.sha256(t.encode()).hexdigest(),
    "salted": lambda t: hashlib.sha256(f"north:{t}".encode()).hexdigest(),
    "tags in the word": "<i></i>".join,
    "letters of another alphabet": lambda t: t.replace("P", "\u0420"),
    "digits of another alphabet": lambda t: t[0] + "".join(chr(0x660 + int(c)) for c in t[1:]),
    "turned letters": lambda t: codecs.encode(t, "rot13"),
    "base32": lambda t: base64.b32encode(f"who {t}".encode()).decode(),
    "digest that is cut": lambda t: hashlib.sha256(t.encode()).hexdigest()[:12],
    "packed digest": lambda t: base64.b64encode(hashlib.sha256(f"north{t}".encode()).digest()).decode(),
    "neighbouring attributes": lambda t: f'<b class="{t[:3]}" id="{t[3:]}">x</b>',
    "neighbouring cells": lambda t: f"<table><tr><td>{t[:3]}</td><td>{t[3:]}</td></tr></table>",
    "blanks": " ".join,
}


def after(text: str, place: str = "</main>") -> Callable[[str], str]:
    return lambda page: page.replace(place, text + place, 1)


CHANNELS: dict[str, Callable[[str], str]] = {
    "comment": after(f"<!-- {ID} -->"),
    "data attribute": after(f'<p data-who="{ID}"></p>'),
    "hidden": after(f"<p hidden>{ID}</p>"),
    "template": after(f"<template><p>{ID}</p></template>"),
    "script": after(f"<script>var a='{ID}'</script>"),
    "json": after(f'<script type="application/json">{{"hover":["{ID}"]}}</script>'),
    "style": after(f".x::after{{content:'{ID}'}}", "</style>"),
    "alt": after(f'<img alt="{ID}">'),
    "aria": after(f'<p aria-label="{ID}">x</p>'),
    "mathml": after(f"<math><annotation>{ID}</annotation></math>"),
    "title of a drawing": after(f"<svg><title>{ID}</title></svg>"),
    "metadata of a drawing": after(f"<svg><metadata>{ID}</metadata></svg>"),
    "class": after(f'<p class="{ID}">x</p>'),
    "after the end": after(ID, "</html>"),
    "request": after('<img src="https://example.com/x.png">'),
    "path": after(f"<p>/{'home'}/someone/data.csv</p>"),
    "traceback": after("<pre>Traceback (most recent call last):</pre>"),
    "count in running text": after("<p>These are 7 people.</p>"),
    "size in running text": after("<p>It rose by 0.37 points.</p>"),
    "per cent in an attribute": after('<p aria-label="83 %">x</p>'),
    "script that joins": after("<script>var a='P04'+'711'</script>"),
    "escapes of a style": after(".x::after{content:'\\50 04711'}", "</style>"),
    "counter of a style": after(".x{counter-reset:n 23}", "</style>"),
    "numbered list": after('<ol start="23"><li>people</li></ol>'),
    "count in words": after("<p>Seven of the eleven tandems ended early.</p>"),
    "count in German words": after("<p>Drei Personen waren dagegen.</p>"),
    "fraction of one sign": after("<p>⅞ of them agreed.</p>"),
    "digit in a circle": after("<p>⑦ juniors left.</p>"),
    "number cut by tags": after("<p>It was 3<b>.</b>4<i>7</i>.</p>"),
    "number with an unseen sign": after("<p>It was 3.\u200b4.</p>"),
    "unseen bits": after("<p>\u200b\u200c\u200b</p>"),
    "another near end": lambda page: page.replace("at least 0.2", "at least 0.4", 1),
    "number in a comment": after("<!-- n = 17 -->"),
}


def part_of(name: str, time: tuple[int, ...] = (2020, 1, 1, 0, 0, 0)) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, time)  # type: ignore[arg-type]


def packaged(change: Callable[[zipfile.ZipFile, zipfile.ZipFile], None]) -> Callable[[bytes], bytes]:
    def apply(data: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
            change(old, new)
        return out.getvalue()

    return apply


def replaced(pattern: str, old_text: str, new_text: str) -> Callable[[bytes], bytes]:
    def change(old: zipfile.ZipFile, new: zipfile.ZipFile) -> None:
        done = False
        for name in old.namelist():
            part = old.read(name)
            if re.search(pattern, name) and old_text.encode() in part and not done:
                part, done = part.replace(old_text.encode(), new_text.encode(), 1), True
            new.writestr(part_of(name), part)
        assert done, (pattern, old_text)

    return packaged(change)


def added(name: str, data: bytes) -> Callable[[bytes], bytes]:
    def change(old: zipfile.ZipFile, new: zipfile.ZipFile) -> None:
        for one in old.namelist():
            new.writestr(part_of(one), old.read(one))
        if name == "comment":
            new.comment = data
        else:
            new.writestr(part_of(name), data)

    return packaged(change)


TIMES = ((2020, 1, 1, 0, 0, 0), (2016, 2, 16, 7, 37, 2))
SLIDES = {
    "text": replaced(r"slides/slide1\.xml", "</a:t>", f" {ID}</a:t>"),
    "notes": replaced(r"notesSlide1\.xml", "</a:t>", f" {ID}</a:t>"),
    "alt text": replaced(r"slides/slide\d+\.xml", 'descr="', f'descr="{ID} '),
    "name of a shape": replaced(r"slides/slide1\.xml", 'name="', f'name="{ID} '),
    "hidden slide": replaced(r"slides/slide2\.xml", "<p:sld ", '<p:sld show="0" '),
    "chart cache": replaced(r"charts/chart\d+\.xml", "<c:v>0.2</c:v>", "<c:v>0.2173</c:v>"),
    "title of the file": replaced(r"core\.xml", "<dc:title>", f"<dc:title>{ID}"),
    "comment of a part": replaced(r"slides/slide1\.xml", "<p:cSld>", f"<!-- {ID} --><p:cSld>"),
    "time of a part": packaged(
        lambda old, new: [new.writestr(part_of(n, TIMES[n == "_rels/.rels"]), old.read(n)) for n in old.namelist()]
    ),
    "bytes before the first part": lambda data: ID.encode() + data,
    "chart in another order": replaced(r"charts/chart\d+\.xml", "<c:v>0.1</c:v>", "<c:v>0.7</c:v>"),
    "custom part": added("customXml/item1.xml", b"<x/>"),
    "comments": added("ppt/comments/comment1.xml", b"<x/>"),
    "media": added("ppt/media/image1.png", PNG),
    "thumbnail": added("docProps/thumbnail.jpeg", b"x"),
    "macro": added("ppt/vbaProject.bin", b"x"),
    "comment of the package": added("comment", ID.encode()),
    "number in a slide": replaced(r"slides/slide2\.xml", "</a:t>", " 17 people</a:t>"),
}
FILES = {
    "unknown kind": ("notes.ipynb", b"{}"),
    "log": ("run.log", b"x"),
    "name": (f"figures/{ID}.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "text chunk": ("figures/a.en.png", PNG[:-12] + b"\x00\x00\x00\x01tEXtx\x00\x00\x00\x00" + PNG[-12:]),
    "after a picture": ("figures/a.en.png", PNG + ID.encode()),
    "profile": ("figures/a.en.png", PNG[:-12] + b"\x00\x00\x00\x00iCCP\x00\x00\x00\x00" + PNG[-12:]),
    "letters of a picture": ("figures/a.en.png", SPELT),
    "packed otherwise": ("slides.en.pdf", b"%PDF-1.7\n<</Filter[/ASCII85Decode/FlateDecode]>>\n%%EOF\n"),
    "hidden file": (".note.txt", b"nothing"),
    "name of its own": ("more.txt", b"nothing"),
    "bits of blanks": ("press.en.txt", b" \t \t\t  \t\n"),
    "earlier version": ("slides.en.pdf", b"%PDF-1.7\n%%EOF\nx\n%%EOF\n"),
    "attachment": ("slides.en.pdf", b"%PDF-1.7\n<</Type/EmbeddedFile>>\n%%EOF\n"),
    "words of a PDF": (
        "slides.en.pdf",
        b"%PDF-1.7\nstream\n" + zlib.compress(f"({ID})".encode()) + b"\nendstream\n%%EOF\n",
    ),
    "snippet": ("snippets/RM-2026H1-M1-0000.en.html", f"<figure data-evidence='{ID}'></figure>".encode()),
    "mail": ("mail.en.txt", f"Dear {ID}".encode()),
    "number in a mail": ("mail.en.txt", b"17 people took part."),
    "planted": ("press.en.txt", PLANTED[3].encode()),
    "tandem": ("press.en.txt", b"2026h117"),
    "rater": ("press.en.txt", b"R52AB289EF5"),
}
LEAKS = [
    *((f"disguise: {name}", "briefing.en.html") for name in DISGUISES),
    *((f"channel: {name}", "briefing.en.html") for name in CHANNELS),
    *((f"slides: {name}", "slides.en.pptx") for name in SLIDES),
    *((f"file: {name}", FILES[name][0]) for name in FILES),
]


def test_there_are_at_least_sixty_leaks() -> None:
    assert len(LEAKS) >= 60


@pytest.mark.parametrize(("leak", "name"), LEAKS)
def test_a_planted_leak_is_found(tmp_path: Path, honest: Path, leak: str, name: str) -> None:
    kind, _, what = leak.partition(": ")
    folder = tmp_path / "2026H1"
    folder.mkdir()
    shutil.copyfile(honest / "released.json", folder / "released.json")
    target = folder / name
    target.parent.mkdir(exist_ok=True)
    if kind == "file":
        target.write_bytes(FILES[what][1])
    elif kind == "slides":
        target.write_bytes(SLIDES[what]((honest / name).read_bytes()))
    else:
        page = (honest / name).read_text(encoding="utf-8")
        plant = CHANNELS[what] if kind == "channel" else after(f"<p>{DISGUISES[what](ID)}</p>")
        changed = plant(page)
        assert changed != page
        target.write_text(changed, encoding="utf-8")
    found = scan(folder, canaries=IDS, salt="north")
    assert found
    assert not any(ID.lower() in finding.lower() for finding in found)


def test_numbers_that_change_places_or_stand_at_a_wrong_label_are_found(tmp_path: Path, honest: Path) -> None:
    page = (honest / "team.en.html").read_text(encoding="utf-8")
    rows = re.findall(r'<td class="num">([^<]+)</td>', page)
    one, other = next((a, b) for a in rows for b in rows if a != b and "%" in a and "%" in b)
    swapped = page.replace(f">{one}<", ">@<", 1).replace(f">{other}<", f">{one}<", 1).replace(">@<", f">{other}<", 1)
    figure = (honest / "slides.en.html").read_text(encoding="utf-8")
    wrong = figure.replace("<td>0.1 to 0.7</td>", "<td>0.2 to 0.6</td>", 1)
    assert (swapped != page, wrong != figure) == (True, True)
    for name, text in (("team.en.html", swapped), ("slides.en.html", wrong)):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copyfile(honest / "released.json", folder / "released.json")
        (folder / name).write_text(text, encoding="utf-8")
        assert any("not its own" in finding for finding in scan(folder)), name


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e | {"row": "sd"},
        lambda e: e | {"sd": 0.8},
        lambda e: e | {"n": 3},
        lambda e: e | {"n": 33},
        lambda e: e | {"split": "unit.generation", "of": "Sales, Generation X"},
        lambda e: e | {"value": 3.2345},
    ],
)
def test_a_release_that_tells_what_no_row_tells_is_found(
    tmp_path: Path, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    document = release("shown")
    at = next(i for i, entry in enumerate(document["entries"]) if entry["row"] == "scale_after")
    document["entries"][at] = change(document["entries"][at])
    (tmp_path / "released.json").write_text(json.dumps(document), encoding="utf-8")
    assert scan(tmp_path)


@pytest.mark.parametrize(
    ("figure", "mark"),
    [("strip-M1", r'<rect x="([\d.]+)'), ("averages-M1", r'cy="([\d.]+)'), ("tandems", r'height="([\d.]+)em" f')],
)
def test_a_mark_that_lies_elsewhere_is_found(tmp_path: Path, honest: Path, figure: str, mark: str) -> None:
    shutil.copyfile(honest / "released.json", tmp_path / "released.json")
    page = (honest / "slides.en.html").read_text(encoding="utf-8")
    start = page.index(f'data-figure="{figure}"')
    found = next(re.compile(mark).finditer(page, start))
    moved = page[: found.start(1)] + f"{float(found[1]) + 4.3:.2f}" + page[found.end(1) :]
    (tmp_path / "slides.en.html").write_text(moved, encoding="utf-8")
    assert any("not its own" in finding for finding in scan(tmp_path))


def test_the_list_of_the_stranger_is_the_catalogue() -> None:
    from rmanalytics.briefing.html import COPY
    from rmanalytics.inspect.containers import SCRIPTS
    from rmanalytics.inspect.rows import ROWS
    from rmanalytics.release.catalogue import catalogue

    assert set(ROWS) == set(catalogue().rows)
    assert {hashlib.sha256(COPY.encode()).hexdigest()} == SCRIPTS
    unlike = {name for name, row in catalogue().rows.items() if ROWS[name][0] not in (0, row.least_n, 2 * row.least_n)}
    assert not unlike


def test_links_and_attributes_of_the_file_system_are_found(tmp_path: Path, honest: Path) -> None:
    folder = tmp_path / "2026H1"
    shutil.copytree(honest, folder)
    (folder / "more.html").symlink_to(honest / "team.en.html")
    assert any("link" in finding for finding in scan(folder))
    (folder / "more.html").unlink()
    try:
        os.setxattr(folder / "mail.en.txt", "user.who", ID.encode())
    except (AttributeError, OSError):
        return
    assert any("attributes" in finding for finding in scan(folder))


BUNDLES = [
    *({"verdicts": (one, one, "could_not"), "languages": ("de",), "only": ()} for one in VERDICTS),
    *({"verdicts": (one, "shown", other), "rounds": 1} for one in VERDICTS[:4] for other in VERDICTS[4:]),
    *({"verdicts": (one,) * 4, "absent": ("brand", "ties"), "sized": False} for one in VERDICTS[:5]),
    *({"verdicts": (one, "shown"), "broken": True, "languages": ("de-CH",)} for one in VERDICTS[1:]),
]


def test_there_are_thirty_honest_bundles_of_more_than_two_hundred_files() -> None:
    assert len(BUNDLES) >= 30
    assert len(list(render(release("shown"), ["en"], ["html", "facts", "figures"]))) * len(BUNDLES) > 200


@pytest.mark.parametrize("bundle", BUNDLES)
def test_honest_bundles_give_no_false_alarm(tmp_path: Path, bundle: dict[str, Any]) -> None:
    ids = [*IDS, *(f"P{n:05d}" for n in range(0, 9000, 31)), *(f"2026H1-{n:02d}" for n in range(1, 40))]
    about = dict(bundle)
    languages, only = about.pop("languages", ("en",)), about.pop("only", ("html", "facts", "figures"))
    document = release(*about.pop("verdicts"), **about)
    folder = write(tmp_path / "2026H1", document, languages, only)
    assert scan(folder, canaries=ids, salt="north", phrases=phrases(document)) == []


def test_the_room_knows_nothing_of_the_gate_and_runs_without_the_package(tmp_path: Path, honest: Path) -> None:
    modules = (
        "outside.py",
        "normal.py",
        "containers.py",
        "numbers.py",
        "charts.py",
        "marks.py",
        "pdf_words.py",
        "phrases.py",
        "rows.py",
        "verify.py",
    )
    for name in modules:
        for node in ast.walk(ast.parse((ROOM / name).read_text(encoding="utf-8"))):
            imported = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            imported += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert all(one.partition(".")[0] in sys.stdlib_module_names for one in imported), (name, imported)
    place = tmp_path / "app" / "look"
    place.mkdir(parents=True)
    for name in modules[:-1]:
        shutil.copyfile(ROOM / name, place / name)
    (place / "__init__.py").touch()
    start = "import sys\nfrom look.outside import main\nsys.exit(main(sys.argv[1:]))\n"
    (tmp_path / "app" / "__main__.py").write_text(start, encoding="utf-8")
    zipapp.create_archive(tmp_path / "app", tmp_path / "look.pyz")
    command = [sys.executable, "-I", "-S", str(tmp_path / "look.pyz"), str(honest)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "nothing found"), done.stderr
