"""What a board may ask, and that what went wrong is told wherever a board looks first."""

from __future__ import annotations

import pytest
from release_worlds import release

from rmanalytics.briefing import titles
from rmanalytics.briefing.deck import deck
from rmanalytics.briefing.html import one_page
from rmanalytics.briefing.questions import questions
from rmanalytics.briefing.told import Told
from rmanalytics.language.translator import LANGUAGES, translator


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_broken_rule_points_against_and_is_what_went_wrong(language: str) -> None:
    tr = translator(language)
    for broken in (True, False):
        told = Told(release("shown", "could_not", broken=broken), tr)
        against = next(text for verdict, _, text in titles.lines(told) if verdict == "points_against")
        assert (against != f"{tr('none')}.") is broken
        answers = dict(questions(told))
        said = titles.rules(told, "broken")
        assert bool(said) is broken
        assert all(rule in against and rule in answers[tr("What went wrong?")] for rule in said)
        assert all(rule in " ".join(deck(told)[0].says) for rule in (*said, *titles.rules(told, "kept")))


def test_every_question_has_its_answer_and_stands_on_the_page_and_none_is_asked_in_mid_round() -> None:
    told = Told(release("shown", "could_not", brand="could_not"), translator("en"))
    asked, page = questions(told), one_page(told, deck(told))
    assert len(asked) >= 5
    assert all(answer.endswith((".", "”")) for _, answer in asked)
    assert all(question in page for question, _ in asked)
    running = told.document | {"next": {"id": told.round_id, "end": "2026-06-30"}}
    assert questions(Told(running, translator("en"))) == []


@pytest.mark.parametrize("invented", [True, False])
def test_slides_of_invented_figures_say_so_each(*, invented: bool) -> None:
    told = Told(release("shown") | {"simulated": invented}, translator("en"))
    assert {"figures invented" in slide.source for slide in deck(told)} == {invented}
