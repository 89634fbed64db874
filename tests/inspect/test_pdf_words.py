"""Words that a PDF draws: read through the fonts' own maps, held against the page, and what cannot be read is said."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest
from release_worlds import release

from rmanalytics.briefing.render import render
from rmanalytics.inspect.outside import scan
from rmanalytics.inspect.pdf_words import UnreadError, runs, unsaid

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 .,%"


def paper(
    *lines: str,
    mapped: str = LETTERS,
    show: str = "<{}> Tj",
    ranges: bool = False,
    more: bytes = b"",
    contents: bytes = b"5 0 R",
) -> bytes:
    """A page of one font whose codes are places in `LETTERS`, plus 3."""
    codes = [" ".join(show.format(f"{LETTERS.index(one) + 3:04x}") for one in line) for line in lines]
    drawn = "\n".join(f"BT\n/F4 12 Tf\n1 0 0 -1 0 12 Tm\n{line}\nET" for line in codes).encode() + more
    pairs = "\n".join(f"<{LETTERS.index(one) + 3:04x}> <{ord(one):04x}>" for one in mapped)
    names = f"{len(mapped)} beginbfchar\n{pairs}\nendbfchar".encode()
    if ranges:
        names = b"2 beginbfrange\n<0003> <000b> <0061>\n<001b> <001c> [<0079> <007A>]\nendbfrange"
    objects = {
        1: b"<</Type /Catalog /Pages 2 0 R>>",
        2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        3: b"<</Type /Page /Resources <</Font <</F4 4 0 R>>>> /Contents " + contents + b">>",
        4: b"<</Type /Font /Subtype /Type0 /ToUnicode 6 0 R>>",
    }
    streams = {5: drawn, 6: names}
    parts = [f"{n} 0 obj\n".encode() + head + b"\nendobj\n" for n, head in objects.items()]
    for n, text in streams.items():
        data = zlib.compress(text)
        head = f"{n} 0 obj\n<</Filter /FlateDecode /Length {len(data)}>> stream\n".encode()
        parts.append(head + data + b"\nendstream\nendobj\n")
    return b"%PDF-1.4\n" + b"".join(parts) + b"%%EOF\n"


def test_letters_are_read_through_the_font_one_by_one_in_arrays_and_by_ranges() -> None:
    assert runs(paper("34 tandems", "75%")) == ["34 tandems", "75%"]
    assert runs(paper("34 tandems", show="[<{}> 12]TJ")) == ["34 tandems"]
    assert runs(paper("abcz", ranges=True)) == ["abcz"]
    titled = b"9 0 obj\n<</Title (Works/#1 \\(/ObjStm\\))>>\nendobj\n%%EOF"
    assert runs(paper("34").replace(b"%%EOF", titled)) == ["34"]


@pytest.mark.parametrize(
    "about",
    [
        {"mapped": LETTERS.replace("7", "")},
        {"more": b"\nBT\n/F4 12 Tf\n(7) Tj\nET"},
        {"more": b"\nBT\n/F4 12 Tf\n<000a> '\nET"},
        {"more": b"\nBT\n/F9 12 Tf\n<000a> Tj\nET"},
        {"contents": b"[5 0 R]"},
        {"contents": b"5 0 R /Cont#65nts 7 0 R"},
        {"contents": b"5 0 R>>\nendobj\n8 0 obj\n<</Type /Page"},
        {"contents": b"5 0 R>>\nendobj\n8 0 obj\n<</Type /ObjStm"},
    ],
)
def test_letters_that_nobody_can_read_are_refused(about) -> None:
    with pytest.raises(UnreadError):
        runs(paper("7 people", **about))


def test_words_of_a_pattern_or_a_form_are_drawn_too() -> None:
    for kind in (b"/Subtype /Form", b"/PatternType 1"):
        beside = (
            b"8 0 obj\n<<"
            + kind
            + b">> stream\nBT /F4 12 Tf <%04x> Tj ET\nendstream\nendobj\n" % (LETTERS.index("7") + 3)
        )
        assert runs(paper("34").replace(b"%%EOF", beside + b"%%EOF")) == ["34", "7"]


PAGE = ["34 tandems", "75% of them held", "every meeting", "20% ended early"]


@pytest.mark.parametrize(
    ("drawn", "found"),
    [
        (["34", " tandems", "1", "75% of them", "held every", "meeting", "20% ended early"], False),
        (["34 tandems", "20% ended early", "1"], False),
        (["34 tandems", "1", "75% of them held", "1", "every meeting", "2", "20% ended early"], False),
        (["34 tandems", "75% of them held", "every meeting", "20% ended early", "7"], True),
        (["34 tandems", "20% of them held", "every meeting", "75% ended early"], True),
        (["34 tandems", "75% of them held", "every meeting", "20% ended early", "one fell"], True),
        (["34 tandems", "34 tandems"], True),
    ],
)
def test_what_is_drawn_is_what_the_page_says_in_its_order(drawn, found) -> None:
    assert unsaid(drawn, PAGE, pages=1) is found


@pytest.mark.parametrize(
    ("page", "words", "found"),
    [
        (True, "digital fitness of the seniors", ""),
        (True, "digital fitness of the seniors fell by 7 points", "words that its page does not say"),
        (False, "digital fitness of the seniors", ""),
        (False, "4711 seniors", "a number"),
    ],
)
def test_the_stranger_holds_a_pdf_against_its_page_and_one_without_a_page_against_the_release(
    tmp_path: Path, page, words, found
) -> None:
    document = release("shown")
    (tmp_path / "released.json").write_text(json.dumps(document), encoding="utf-8")
    if page:
        text = dict(render(document, ["en"], ["html"]))["briefing.en.html"]
        (tmp_path / "briefing.en.html").write_bytes(text)
    (tmp_path / "briefing.en.pdf").write_bytes(paper(words))
    findings = scan(tmp_path)
    assert [one.startswith("briefing.en.pdf") and found in one for one in findings] == [True] * bool(found)
