"""The instruments that come with the package, and what their reader refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rmanalytics.programme.instruments
from rmanalytics.errors import InputError
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.declared_plan import DEFAULT_OUTCOMES
from rmanalytics.programme.instruments import Instrument, read_instrument, read_shipped, shipped
from rmanalytics.programme.programme import read_programme

LANGUAGES = {"en", "de"}
ITEMS = {
    "digital_fitness": 15,
    "technology_anxiety": 5,
    "openness_to_change": 5,
    "attitude_toward_younger": 5,
    "attitude_toward_older": 5,
    "generational_understanding": 5,
    "felt_appreciation": 5,
    "mentor_skills": 6,
    "tandem_relationship": 12,
    "learning_climate": 4,
    "mentor_wanted": 1,
    "upward_leadership": 6,
    "digital_task": 5,
}
LICENSED = {"uwes_3": (0, 6), "uwes_9": (0, 6), "mfq_9": (1, 5), "wics": (1, 4), "dcs_12": (1, 5), "dloq_7": (1, 6)}
TASKS = {"digital_task"}
SUBSCALES = {
    "digital_fitness": ["tools_media", "security_privacy", "collaboration", "judging_information", "self_confidence"],
    "tandem_relationship": ["trust_respect", "eye_level", "safety"],
}


@pytest.fixture(scope="module", params=sorted(ITEMS))
def instrument(request: pytest.FixtureRequest) -> Instrument:
    return read_shipped(request.param)


@pytest.fixture(scope="module", params=sorted(LICENSED))
def licensed(request: pytest.FixtureRequest) -> Instrument:
    return read_shipped(request.param)


def test_the_shipped_instruments_are_those_the_claims_need() -> None:
    assert set(shipped()) == set(ITEMS) | set(LICENSED)
    assert {outcome.instrument for outcome in DEFAULT_OUTCOMES} <= set(shipped())


def test_each_instrument_has_its_number_of_items(instrument: Instrument) -> None:
    assert len(instrument.items) == ITEMS[instrument.name]


def test_each_text_stands_in_both_languages(instrument: Instrument) -> None:
    texts = [instrument.title, *instrument.subscales.values(), *(item.text for item in instrument.items)]
    for text in texts:
        assert set(text) == LANGUAGES
        assert all(words.strip() == words and words for words in text.values())
        assert text["en"] != text["de"]
    assert set(instrument.labels) == LANGUAGES


def test_the_answers_are_one_five_point_scale_of_agreement_but_for_tasks(instrument: Instrument) -> None:
    first = read_shipped("digital_fitness")
    if instrument.name in TASKS:
        assert (instrument.scale_min, instrument.scale_max) == (0, 1)
        assert instrument.labels == {"en": ("not solved", "solved"), "de": ("nicht gelöst", "gelöst")}
        return
    assert (instrument.scale_min, instrument.scale_max) == (1, 5)
    assert instrument.labels == first.labels
    assert all(len(set(labels)) == 5 for labels in instrument.labels.values())


def test_each_scale_of_several_opinions_has_a_minority_of_reverse_keyed_ones(instrument: Instrument) -> None:
    reverse = sum(item.reverse for item in instrument.items)
    if len(instrument.items) > 1 and instrument.name not in TASKS:
        assert 1 <= reverse < len(instrument.items) / 2
    else:
        assert reverse == 0


def test_the_subscales_share_the_items_evenly(instrument: Instrument) -> None:
    assert list(instrument.subscales) == SUBSCALES.get(instrument.name, [])
    sizes = {len(instrument.items_of(name)) for name in instrument.subscales}
    assert len(sizes) <= 1
    if instrument.subscales:
        assert all(item.subscale for item in instrument.items)


def test_only_unease_with_technology_should_go_down(instrument: Instrument) -> None:
    assert instrument.direction == ("down" if instrument.name == "technology_anxiety" else "up")


def test_source_and_licence_are_told(instrument: Instrument) -> None:
    assert instrument.source == "rmanalytics, own wording"
    assert instrument.licence == "MIT"
    assert instrument.min_answered_share == 0.8
    assert instrument.same_items


def test_item_ids_are_short_and_stand_in_one_instrument_only() -> None:
    ids = [item for name in ITEMS for item in read_shipped(name).item_ids]
    assert len(ids) == len(set(ids)) == sum(ITEMS.values())
    assert all(re.fullmatch(r"[a-z]{2}[0-9]{1,2}", item) for item in ids)


def test_no_two_items_have_the_same_text() -> None:
    for language in LANGUAGES:
        texts = [item.text[language] for name in ITEMS for item in read_shipped(name).items]
        assert len(texts) == len(set(texts))


# --- licensed scales ------------------------------------------------------------------------------------------------


def test_a_licensed_scale_is_described_without_any_of_its_text(licensed: Instrument) -> None:
    assert licensed.items == ()
    assert licensed.labels == {}
    assert licensed.version == "without items"
    assert licensed.direction == "up"
    assert (licensed.scale_min, licensed.scale_max) == LICENSED[licensed.name]
    for text in (licensed.title, *licensed.subscales.values()):
        assert set(text) == LANGUAGES


def test_a_licensed_scale_says_where_it_comes_from_and_that_the_company_must_obtain_it(licensed: Instrument) -> None:
    assert licensed.licence.startswith("Licensed scale, not shipped: the company must obtain the items")
    assert re.search(r"\((19|20)[0-9]{2}\)\. .{20,}", licensed.source)


def test_only_licensed_scales_have_no_items() -> None:
    empty = {name for name in shipped() if not read_shipped(name).items}
    assert empty == {name for name in shipped() if read_shipped(name).licence.startswith("Licensed scale")}


def test_a_company_completes_a_licensed_scale_in_its_own_folder(tmp_path: Path, licensed: Instrument) -> None:
    shipped_file = Path(rmanalytics.programme.instruments.__file__).parent / f"{licensed.name}.toml"
    given = "".join(f'\n[[items]]\nid = "zz{number}"\n' for number in (1, 2, 3))
    own = shipped_file.read_text(encoding="utf-8").replace("\nitems = []\n", "\n") + given
    folder = tmp_path / "programme"
    folder.mkdir()
    (folder / f"{licensed.name}.toml").write_text(own, encoding="utf-8")
    declared = PROGRAMME + f'[instruments]\nfiles = ["{licensed.name}.toml"]\n'
    (folder / "programme.toml").write_text(declared, encoding="utf-8")
    completed = read_programme(folder, tuple(TABLES)).instruments[licensed.name]
    assert completed.item_ids == ("zz1", "zz2", "zz3")
    assert completed.source == licensed.source


PROGRAMME = """
[programme]
name = "A programme"
company = "A company"
data_until = 2026-06-30
[[rounds]]
id = "2026H1"
start = 2026-01-01
end = 2026-06-30
"""


GOOD = """
version = "1"
direction = "up"
source = "ours"
licence = "MIT"
[title]
en = "A scale"
[scale]
min = 1
max = 3
[scale.labels]
en = ["no", "so so", "yes"]
[[subscales]]
id = "part"
title.en = "A part"
[[items]]
id = "aa1"
subscale = "part"
[[items]]
id = "aa2"
"""


def test_an_own_instrument_reads_with_the_usual_rules(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD, encoding="utf-8")
    own = read_instrument(path)
    assert own.name == "own"
    assert own.item_ids == ("aa1", "aa2")
    assert [item.id for item in own.items_of("part")] == ["aa1"]
    assert (own.min_answered_share, own.same_items) == (0.8, True)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ('id = "aa2"', 'id = "aa1"', "items"),
        ('["no", "so so", "yes"]', '["no", "yes"]', "scale.labels.en"),
        ("max = 3", "max = 1", "scale.min"),
        ('subscale = "part"', 'subscale = "other"', "items.subscale"),
        ('direction = "up"', 'direction = "sideways"', "direction"),
        ('licence = "MIT"', "", "licence"),
    ],
)
def test_an_instrument_that_contradicts_itself_is_refused(tmp_path: Path, old: str, new: str, column: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_instrument(path)
    assert column in {problem.column for problem in refused.value.problems}


# --- test–retest reliability -----------------------------------------------------------------------------------------


def test_a_scale_declares_its_retest_and_no_verdict_rests_on_it(tmp_path: Path) -> None:
    text = (Path(rmanalytics.programme.instruments.__path__[0]) / "felt_appreciation.toml").read_text(encoding="utf-8")
    file = tmp_path / "felt_appreciation.toml"
    file.write_text(f"retest = 0.8\n{text}", encoding="utf-8")
    own, asked = read_instrument(file), read_shipped("felt_appreciation")
    assert (own.retest, asked.retest) == (0.8, 0.6)
    assert own.digest == asked.digest


@pytest.mark.parametrize(("given", "code"), [("0", "RM-E-005"), ("1", "RM-E-005"), ('"high"', "RM-E-005")])
def test_a_retest_that_is_no_correlation_between_0_and_1_is_refused(tmp_path: Path, given: str, code: str) -> None:
    text = (Path(rmanalytics.programme.instruments.__path__[0]) / "felt_appreciation.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(f"retest = {given}\n{text}", encoding="utf-8")
    with pytest.raises(InputError, match=f'{code}.*"retest"'):
        read_instrument(tmp_path / "own.toml")
