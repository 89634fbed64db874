"""A report shrinks to its data: what is empty stands once, at the end, with what three files would add."""

from __future__ import annotations

from itertools import combinations

import pytest

from rmanalytics.containment import CODE
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.lacking import Lack, most_gained
from rmanalytics.language.translator import translator
from rmanalytics.report.html.without_data import NAME, Kept, folded, shrunk

EMPTY = '<div class="rma"><p class="absent">Ties: not measured. It takes ties.csv.</p></div>'
FULL = '<div class="rma"><p>Meetings were held.</p><p class="absent">Topics: not measured.</p></div>'
INTRO = "<h2>{}</h2>\n<p>What stands here.</p>\n"
LACKS = (
    Lack(file="ties.csv", part="", claims=("J2", "J3", "C1")),
    Lack(file="goals.csv", part="", claims=("M2", "M3")),
    Lack(file="comparison.csv", part="", claims=("M2", "M1", "M3")),
    Lack(file="alumni.csv", part="exit_date", claims=("C7",)),
    Lack(file="", part="", claims=("J3",)),
)


def chapter(title: str, *parts: tuple[str, str]) -> Kept:
    html = INTRO.format(title) + "".join(f'<h3 id="x">{head}</h3>{body}' for head, body in parts)
    return Kept(name=title.lower(), title=title, html=html)


def test_a_part_that_holds_something_stays_as_it_is_and_an_empty_one_goes() -> None:
    whole = chapter("Delivered", ("Meetings", FULL), ("Ties", EMPTY))
    (kept,), why = folded([whole])
    assert kept.html == chapter("Delivered", ("Meetings", FULL)).html
    assert why == {"not measured. It takes ties.csv.": ["Ties"]}


def test_a_chapter_of_empty_parts_is_gone_and_its_reason_stands_once() -> None:
    bridge = chapter("Bridge", *((f"Part {i}", EMPTY) for i in range(11)))
    kept, why = folded([bridge, Kept(name="x", title="Over the rounds", html=INTRO.format("Over the rounds") + EMPTY)])
    assert kept == []
    assert list(why.values()) == [["Ties"]]


def test_a_part_that_failed_is_never_folded_away() -> None:
    failed = f'<div class="rma"><p class="absent">This part could not be made ({CODE}).</p></div>'
    whole = [chapter("Bridge", ("Ties", failed))]
    assert [one.html for one in folded(whole)[0]] == [whole[0].html]


def test_nothing_is_added_where_nothing_is_empty() -> None:
    whole = [chapter("Delivered", ("Meetings", FULL))]
    assert [one.html for one in shrunk(whole, LACKS, translator("en"))] == [whole[0].html]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_of_what_is_lacking_ranks_three_files_by_what_they_add(language: str) -> None:
    *_, last = shrunk([chapter("Bridge", ("Ties", EMPTY))], LACKS, translator(language))
    assert last.name == NAME
    places = [last.html.index(f"{name}:") for name in ("ties.csv", "comparison.csv", "goals.csv")]
    assert last.html.count("not measured") == 1
    assert places == sorted(places)
    assert "alumni.csv" not in last.html


def test_no_other_three_files_add_more_and_each_adds_what_is_said() -> None:
    needed = {name: {one.file for one in LACKS if name in one.claims} for one in LACKS for name in one.claims}

    def answered(files: tuple[str, ...]) -> set[str]:
        return {name for name, missing in needed.items() if missing <= set(files)}

    found = most_gained(LACKS)
    files = tuple(file for file, _ in found)
    assert len(answered(files)) == max(
        len(answered(three)) for three in combinations({one.file for one in LACKS} - {""}, 3)
    )
    for i, (_, new) in enumerate(found):
        assert set(new) == answered(files[: i + 1]) - answered(files[:i])
    assert set(needed) <= {claim.id for claim in claims()}
