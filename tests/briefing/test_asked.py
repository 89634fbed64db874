"""What a briefing asks of the leadership: each decision with its cost and its day, and how many rounds are missing."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from folders import PROGRAMME, write_minimal
from release_worlds import release

from rmanalytics.briefing import asked, titles
from rmanalytics.briefing.asked import decisions
from rmanalytics.briefing.deck import deck, open_claims
from rmanalytics.briefing.html import one_page
from rmanalytics.briefing.told import Told, round_name
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import LANGUAGES, translator
from rmanalytics.programme.programme import read_programme
from rmanalytics.release import gate, team
from rmanalytics.release.catalogue import catalogue
from rmanalytics.release.figures import Gate


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_decision_says_what_it_costs_and_by_when(language: str) -> None:
    """A lot and a plan cost nothing of their own, missing rounds what the release says they cost."""
    told = Told(release("could_not", "shown") | {"owner": "Head of people"}, translator(language))
    slide = decisions(told)
    terms = [text.replace("\u00a0", " ") for *_, text in slide.points]
    day, free = told.day("2027-01-01").replace("\u00a0", " "), told.tr(asked.NO_COST)
    assert len(terms) == 3
    assert all(day in text for text in terms)
    assert [free in text for text in terms] == [True, False, True]
    assert told.ends(told.get("money.missing.2026H1") or {}).replace("\u00a0", " ") in terms[1]
    assert "Head of people" in slide.source
    assert round_name("2027H1") in slide.source
    page = one_page(told, deck(told)).replace("\u00a0", " ")
    assert page.count(day) >= 3


@pytest.mark.parametrize(
    ("because", "said"), [("declared", ""), ("ends", "Round 2026 H2 ends"), ("valid", "hold until")]
)
def test_a_day_of_decisions_says_what_it_follows_from(because: str, said: str) -> None:
    asked_for = {"by": "2026-12-31", "because": because} | ({"round": "2026H2"} if because == "ends" else {})
    slide = decisions(Told(release("could_not") | {"decide": asked_for}, translator("en")))
    assert said in slide.source.replace("\u00a0", " ")
    assert all(text.replace("\u00a0", " ").endswith("by 31 December 2026") for *_, text in slide.points)


def test_without_a_day_or_costs_none_is_made_up() -> None:
    document = release("could_not", absent=("money",))
    del document["decide"]
    texts = " ".join(text for point in decisions(Told(document, translator("en"))).points for text in point)
    assert "CHF" not in texts
    assert "before" not in texts
    assert asked.NOT_RECORDED in texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_many_more_rounds_an_answer_takes_is_said_in_title_and_sentence(language: str) -> None:
    told = Told(release("could_not", "could_not", "shown"), translator(language))
    more = {"en": "5 more rounds", "de": "5 weitere"}[language[:2]]
    assert more in titles.headline(told)
    slide = open_claims(told)
    assert more in slide.says[0]
    assert slide.figures[0].rows[0][-1].startswith("■■■■□□□□□")
    one = Told(release("could_not", "shown", rounds=1), translator(language))
    assert one.missing("M1") == 8
    for claim, needed in (("M1", 5), ("M3", 6)):
        told.get(f"info.{claim}.2026H1")["needed"] = needed  # type: ignore[index]
    first = {"en": "the first needs 1 more round of this size, the last 2.", "de": "die erste noch 1 Runde"}[
        language[:2]
    ]
    assert first in open_claims(told).says[0]


LATER = '[[rounds]]\nid = "2027H1"\nstart = 2027-01-15\nend = 2027-07-15\n'
RUNNING = '[[rounds]]\nid = "2026H2"\nstart = 2026-08-01\nend = 2026-12-31\n'


@pytest.mark.parametrize(
    ("more", "because", "day"),
    [
        (f"{RUNNING}{LATER}[leadership]\ndecide_by = 2026-12-01\n", "declared", "2026-12-01"),
        (f"{RUNNING}{LATER}[leadership]\ndecide_by = 2026-03-01\n", "starts", "2027-01-15"),
        (f"{RUNNING}{LATER}", "starts", "2027-01-15"),
        (RUNNING, "ends", "2026-12-31"),
        ("", "valid", "2027-03-03"),
    ],
)
def test_decisions_are_asked_for_by_a_day_that_is_declared_or_follows(tmp_path, more, because, day) -> None:
    programme = read_programme(write_minimal(tmp_path, programme=f"{PROGRAMME}\n{more}"), tuple(TABLES))
    found = team.decide(programme, gate.valid_until(programme.rounds, programme.rounds[0]))
    assert (found["because"], found["by"]) == (because, day)
    assert team.decide(programme, date(2026, 1, 1)) == ({} if because == "valid" else found)


def test_the_rounds_still_missing_are_priced_as_two_more_are() -> None:
    study = SimpleNamespace(round=SimpleNamespace(id="2026H1"))
    own = Gate(catalogue=catalogue(), key=b"", currency="CHF")
    entries = [
        {"id": "money.next_two.2026H1", "row": "money", "lo": 120000, "hi": 190000},
        {"id": "info.M1.2026H1", "row": "info", "gathered": 4, "needed": 9},
        {"id": "info.M3.2026H1", "row": "info", "gathered": 4, "needed": 7},
        {"id": "info.J1.2026H1", "row": "info", "gathered": 4, "needed": 4},
    ]
    (found,) = gate._rounds_missing(entries, study, own)  # type: ignore[arg-type]
    assert (found["id"], found["lo"], found["hi"]) == ("money.missing.2026H1", 180000, 290000)
    assert list(gate._rounds_missing(entries[:1] + entries[3:], study, own)) == []  # type: ignore[arg-type]
