"""What the programme team may add to a briefing, how a company dresses it, and how a wrong figure is struck."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
import zlib
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from folders import PROGRAMME, write_minimal
from release_worlds import release

from rmanalytics.briefing.deck import deck
from rmanalytics.briefing.html import one_page, team_page
from rmanalytics.briefing.render import render
from rmanalytics.briefing.told import Told, read
from rmanalytics.errors import InputError
from rmanalytics.inspect.numbers import _SPELLED
from rmanalytics.inspect.outside import scan
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import translator
from rmanalytics.programme.leadership import _COUNTED
from rmanalytics.programme.programme import read_programme
from rmanalytics.release import team
from rmanalytics.run import outside
from rmanalytics.run.lock import OUTSIDE, Access
from rmanalytics.run.strike import strike


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PIXEL = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
PIXEL += chunk(b"IDAT", zlib.compress(b"\0\x20\x60\x40")) + chunk(b"IEND", b"")
WORDS = {
    "decisions": ["Decide on the lot by 2026-12-01", "Keep about {tandems.2026H1} tandems"],
    "answers": {"M3": "The training on tools comes first."},
    "contact": "People analytics",
    "next": {"id": "2026H2", "end": "2026-12-31"},
    "changes": [{"claim": "M1", "before": "could_not", "now": "shown"}],
    "look": {"participants": "#1B6B3A", "typeface": "Own Face", "logo": base64.b64encode(PIXEL).decode()},
}


def worded() -> Told:
    return Told(release("shown", "points_against", "could_not") | WORDS, translator("en"))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[leadership]\ndecisions = ["Keep 12 tandems"]', "must hold no digit but days"),
        ('[leadership]\nanswers = { M3 = "Only 3 fell" }', r"ids of released figures in braces \(M3\)"),
        ('[leadership]\ndecisions = ["Three of our juniors left"]', "must not count people or tandems"),
        ('[leadership]\nanswers = { M3 = "Zwei Führungskräfte fehlten" }', "must not count people or tandems"),
        ('[leadership]\ndecisions = ["One of the seniors left"]', "must not count people or tandems"),
        ('[leadership]\nowner = "A handful of our juniors"', "must not count people or tandems"),
        ('[leadership]\nanswers = { M3 = "Unter den Seniors fehlten drei" }', "must not count people or tandems"),
        ('[leadership]\nanswers = { M3 = "Juniors left, two of them early" }', "must not count people or tandems"),
        ('[leadership]\ndecide_by = "soon"', "decide_by"),
        ('[leadership]\ncontact = "{open"', "braces only around the id"),
        ('[leadership]\ndecisions = ["a", "b", "c", "d"]', "a list of 3 texts at most"),
        ('[briefing]\nparticipants = "#9CC5E0"', "is too pale"),
        ('[briefing]\nlogo = "../logo.png"', "must name a file of the programme's folder"),
        ("[release]\nleave_out = [3]", "must be a list of rows"),
    ],
)
def test_words_and_looks_that_do_not_do_are_refused(tmp_path: Path, lines: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_programme(write_minimal(tmp_path, programme=f"{PROGRAMME}\n{lines}\n"), tuple(TABLES))


@pytest.mark.parametrize(
    "words",
    [
        "Keep one place for seniors and juniors",
        "Seniors need two more rounds",
        "Für beide Seiten, Seniors und Juniors",
        "Eine Mentorin für jede Seniorin",
        "Among juniors two more rounds are needed",
        "Offer seniors two courses",
    ],
)
def test_words_that_count_no_people_are_let_in(words: str) -> None:
    assert not _COUNTED.search(words)


@pytest.mark.parametrize(
    "words", ["nine weeks", "two people", "drei Mentorinnen", "elf der jungen Mitarbeiter", "dozen tandems"]
)
def test_the_last_look_refuses_no_words_that_the_door_lets_in(words: str) -> None:
    """Two lists that share no code: what the scanner stops is stopped before anything is made."""
    assert _COUNTED.search(words) or not _SPELLED.search(words)


def test_words_name_released_figures_and_rows_of_the_catalogue(tmp_path: Path) -> None:
    lines = '[leadership]\ndecisions = ["Keep {tandems.2026H1} by 2026-12-01"]\n[release]\nleave_out = ["money"]\n'
    programme = read_programme(write_minimal(tmp_path, programme=f"{PROGRAMME}\n{lines}"), tuple(TABLES))
    assert team.words(programme, [{"id": "tandems.2026H1"}])["decisions"] == ["Keep {tandems.2026H1} by 2026-12-01"]
    with pytest.raises(InputError, match=r"RM-E-185 .*tandems.2026H1 is not released"):
        team.words(programme, [])
    left = team.catalogue_of(programme)
    assert left.least("money") is None
    assert not left.enough("money", 100)
    with pytest.raises(InputError, match="RM-E-185"):
        team.catalogue_of(SimpleNamespace(leadership=SimpleNamespace(leave_out=("meetings",))))  # type: ignore[arg-type]


def test_what_changed_is_told_by_word_against_the_last_release_before() -> None:
    said = {"2025H1": "shown", "2025H2": "could_not", "2026H2": "shown"}
    before = {f"verdict.M1.all.{r}": {"row": "verdict", "claim": "M1", "verdict": word} for r, word in said.items()}
    now = [{"row": "verdict", "claim": "M1", "verdict": "shown"}, {"row": "verdict", "claim": "J1", "verdict": "shown"}]
    assert team.changes(now, before, "2026H1") == [{"claim": "M1", "before": "could_not", "now": "shown"}]


def test_the_one_page_says_the_teams_words_as_its_own_and_what_is_open() -> None:
    told = worded()
    page = one_page(told, deck(told))
    assert "<em>Programme team: The training on tools comes first.</em>" in page
    assert "Keep about 35 tandems" in page
    assert "by 1 December 2026" in page.replace("\u00a0", " ")
    assert "Round 2026\u00a0H2 is not over: no verdict yet, due after" in page
    assert "shown, before could not have told" in page
    assert "Contact: People analytics" in page


def test_a_company_dresses_every_format_and_a_stranger_finds_nothing_in_it(tmp_path: Path) -> None:
    document = worded().document
    (tmp_path / "released.json").write_text(json.dumps(document), encoding="utf-8")
    for name, data in render(document, ["en"], listed=["2026H1"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
        assert b"0072B2" not in data, name
    assert scan(tmp_path) == []
    with zipfile.ZipFile(tmp_path / "slides.en.pptx") as package:
        parts = {name: package.read(name) for name in package.namelist()}
    slides = b"".join(part for name, part in parts.items() if name.startswith(("ppt/slides/", "ppt/charts/")))
    assert b'"1B6B3A"' in slides
    assert b'typeface="Own Face"' in slides
    assert sum(name.startswith("ppt/media/") for name in parts) == 1


def test_a_template_gives_its_size_and_loses_its_slides() -> None:
    from pptx import Presentation

    own = Presentation()  # 4:3
    own.slides.add_slide(own.slide_layouts[5]).shapes.title.text = "Old"
    made = io.BytesIO()
    own.save(made)
    document = release("shown")
    shown = dict(render(document, ["en"], ["pptx"], template=made.getvalue()))["slides.en.pptx"]
    deck_ = Presentation(io.BytesIO(shown))
    assert (deck_.slide_width, deck_.slide_height) == (own.slide_width, own.slide_height)
    assert all(s.left + s.width <= own.slide_width for slide in deck_.slides for s in slide.shapes)
    assert "Old" not in {slide.shapes.title.text for slide in deck_.slides}
    with pytest.raises(InputError, match="RM-E-186"):
        list(render(document, ["en"], ["pptx"], template=b"no package"))


def test_a_struck_figure_is_told_nowhere_and_its_sentence_comes_off(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("RMANALYTICS_BROWSER", "")
    document = release("shown", "could_not")
    data = json.dumps(document).encode()
    outside.record(_inside(tmp_path), "2026H1", data, {}, on=date(2026, 10, 1))
    folder = outside.prepared(tmp_path, "2026H1", data, (), salt="")
    assert folder is not None
    outside.finished(tmp_path, "2026H1", folder, on=date(2026, 10, 1), access=Access())
    place = tmp_path / OUTSIDE / "2026H1"
    assert "rose by at least 0.2" in (place / "briefing.en.html").read_text(encoding="utf-8")
    with pytest.raises(InputError, match=r"RM-E-187 .*did you mean"):
        strike(tmp_path, ["effect.M1.all.2026H2"], on=date(2026, 11, 2))
    rounds, off = strike(tmp_path, ["effect.M1.all.2026H1"], on=date(2026, 11, 2))
    assert (rounds, len(off)) == (["2026H1"], 1)
    assert "rose by at least 0.2" not in "".join(p.read_text(encoding="utf-8") for p in place.glob("*.html"))
    assert (place / "released.json").read_bytes() == data
    told = Told(read(place / "released.json"), translator("en"))
    assert "withdrawn on 2026-11-02: wrong" in team_page(told)
    assert outside.read_register(tmp_path)[-1]["because"] == "found wrong"
    assert strike(tmp_path, ["effect.M1.all.2026H1"], on=date(2026, 11, 3)) == (["2026H1"], [])


def _inside(reports: Path) -> Path:
    (reports / "inside").mkdir(mode=0o700)
    return reports
