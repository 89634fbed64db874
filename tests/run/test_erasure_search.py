"""Where a name can hide in a file, what cannot be looked into, and which cells of a table are rewritten."""

from __future__ import annotations

import base64
import gzip
import io
import json
import pickle
import sqlite3
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import feather, parquet
from run_tools import notebook_with

from rmanalytics.inspect import normal
from rmanalytics.run import browser
from rmanalytics.run.erasure import rewrite
from rmanalytics.run.erasure.search import ClosedError, Wanted


def packed(text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/sharedStrings.xml", f"<si><t>{text}</t></si>")
    return made.getvalue()


def columns(text: str) -> bytes:
    made = io.BytesIO()
    parquet.write_table(pa.table({"id": ["a", text], "n": [1, 2]}), made, compression="zstd")
    return made.getvalue()


def arrow(text: str) -> bytes:
    made = io.BytesIO()
    feather.write_feather(pa.table({"n": [1, 2], "id": ["a", text]}), made, compression="lz4")
    return made.getvalue()


def database(text: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute("create table people (before text, id text, after text)")
        base.execute("insert into people values ('a', ?, 'b')", (text,))
        base.commit()
        return base.serialize()


def spss(text: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.zsav"
        pyreadstat.write_sav(pd.DataFrame({"id": ["a", text]}), path, compress=True)
        return path.read_bytes()


def taped(text: str) -> bytes:
    made, inner = io.BytesIO(), columns(text)
    with tarfile.open(fileobj=made, mode="w:xz") as file:
        info = tarfile.TarInfo("x.parquet")
        info.size = len(inner)
        file.addfile(info, io.BytesIO(inner))
    return made.getvalue()


WAYS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "text": ("x.csv", lambda text: f"a;{text};b".encode()),
    "capitals": ("x.log", lambda text: text.upper().encode()),
    "wide signs": ("x.csv", lambda text: f"id\t{text}\n".encode("utf-16")),
    "gzip": ("x.json.gz", lambda text: gzip.compress(text.encode())),
    "gzip twice": ("x.gz", lambda text: gzip.compress(gzip.compress(text.encode()))),
    "workbook": ("x.xlsx", packed),
    "workbook in an archive": ("x.zip", lambda text: packed(packed(text).decode("latin-1"))),
    "Parquet": ("x.parquet", columns),
    "Feather": ("x.feather", arrow),
    "database": ("x.db", database),
    "SPSS": ("x.zsav", spss),
    "archive of a tape": ("x.tar.xz", taped),
    "object of Git": ("0b5f", lambda text: zlib.compress(f"blob 9\0a,{text},b".encode())),
    "notebook": ("x.ipynb", lambda text: notebook_with(text).encode()),
    "escaped": (
        "x.json",
        lambda text: json.dumps("".join(f"\\u{ord(c):04x}" for c in text)).encode().replace(b"\\\\", b"\\"),
    ),
    "entities": ("x.html", lambda text: "".join(f"&#{ord(c)};" for c in text).encode()),
    "base64": ("x.html", lambda text: b'src="' + base64.b64encode(f"id {text} id".encode()) + b'"'),
    "in the name": ("{}.txt", lambda text: b"nothing"),
}


@pytest.mark.parametrize("way", [way for way in WAYS if way != "workbook in an archive"])
@pytest.mark.parametrize("one", ["P0071", "pq7xk2ma9", "Anna.Müller@example.org"])
def test_a_name_is_found_in_every_disguise_and_its_neighbours_are_not(way, one):
    name, disguise = WAYS[way]
    if one.startswith("Anna") and way in ("capitals",):
        one = one.replace("ü", "u")
    assert Wanted([one]).count(name.format(one), disguise(one)) > 0
    assert Wanted([one]).count(name.format(one + "1"), disguise(one + "1")) == 0


def test_an_archive_in_an_archive_is_looked_into():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("inner.xlsx", packed("P0071"))
    assert Wanted(["P0071"]).count("x.zip", made.getvalue()) == 1


CUT = [b"PK\x03\x04", b"PAR1", b"ARROW1", b"\x1f\x8b", b"SQLite format 3\0", b"$FL2", b"%PDF-1.4"]
OTHERS = [b"7z\xbc\xaf\x27\x1c", b"\x93NUMPY\x01\x00P\x000\x00", b"\xd0\xcf\x11\xe0\x00\x01\x00\x02"]


@pytest.mark.parametrize("data", [*(kind + b" cut" for kind in CUT), *OTHERS, pickle.dumps(["P0071"] * 9)])
def test_what_cannot_be_looked_into_is_said(data):
    with pytest.raises(ClosedError):
        Wanted(["P0071"]).count("x", data)


def test_a_workbook_with_settings_and_pictures_is_looked_into():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("xl/printerSettings/printerSettings1.bin", b"\x01\x00\x00\x02P\x000\x00")
        file.writestr("xl/sharedStrings.xml", "<si><t>P0071</t></si>")
    assert Wanted(["P0071"]).count("x.xlsx", made.getvalue()) == 1
    assert Wanted(["P0071"]).count("x.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") == 0


def test_a_page_printed_as_pdf_is_looked_into(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<p>row 7 P0071</p>", encoding="utf-8")
    if not browser.printed([page]):
        pytest.skip("no browser prints here")
    data = page.with_suffix(".pdf").read_bytes()
    assert Wanted(["P0071"]).count("page.pdf", data) == 1
    assert Wanted(["P007"]).count("page.pdf", data) == 0


IDS = {"person_id": False, "manager_id": True}
EXPORTS = {
    "the id as a number of another column": (
        b'person_id,birth_year,manager_id,level\n17,1985,"1985",1985\n1985,1970,17,2\n18,1985, 1985,3\n',
        b'person_id,birth_year,manager_id,level\n17,1985,"erased-1",1985\n18,1985, erased-1,3\n',
    ),
    "lines above the header": (b"as of 1 May\n\nperson_id;x\r\n1985;1\r\n2;3", b"as of 1 May\n\nperson_id;x\r\n2;3"),
    "a line separator in a cell": (
        "person_id,x\n1985,a\u2028b\n2,c\u2028d\n".encode(),
        "person_id,x\n2,c\u2028d\n".encode(),
    ),
    "wide signs": (
        "\ufeffperson_id\tx\n1985\t1\n2\tä\n".encode("utf-16-be"),
        "\ufeffperson_id\tx\n2\tä\n".encode("utf-16-be"),
    ),
    "no encoding at all": (b"person_id,x\n1985,1\n2,\x81\xff\n", b"person_id,x\n2,\x81\xff\n"),
}


@pytest.mark.parametrize("case", EXPORTS)
def test_only_cells_of_ids_are_rewritten_and_every_other_byte_stays(case):
    data, wanted = EXPORTS[case]
    assert rewrite.table(data, lambda text: "erased-1" if text == "1985" else "", IDS) == wanted


def test_a_packed_word_is_unpacked_once_however_many_forms_of_a_page_hold_it(monkeypatch):
    word = base64.b64encode(b"P-0017 answered").decode()
    page = f"<p> {word} </p> caf\\u00e9 &amp; <i>x</i>"
    asked: list[str] = []
    unbased = normal._unbased
    monkeypatch.setattr(normal, "_unbased", lambda text: (asked.append(text), unbased(text))[1])
    assert "p-0017 answered" in list(normal.readings(page))
    assert asked.count(word) == 1
