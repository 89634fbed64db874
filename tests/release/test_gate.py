"""The gate: the blur as it was laid down, sets by membership, HR's own words from 25 people a side, nothing twice."""

from __future__ import annotations

import json
import statistics
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from rmanalytics.briefing import titles
from rmanalytics.errors import InputError
from rmanalytics.evaluation import cohort, open_study
from rmanalytics.programme.instruments import read_shipped
from rmanalytics.release import blur, brand, company, figures, gate, questions
from rmanalytics.release import sentences as outside
from rmanalytics.release.catalogue import catalogue
from rmanalytics.release.figures import Gate
from rmanalytics.release.key import release_key
from rmanalytics.release.sentences import register, states
from rmanalytics.report.words import sentences as inside
from rmanalytics.results import Estimate, NotEstimable

KEY = bytes(range(32))
PEOPLE = [f"P000{n}" for n in range(1, 6)]
SMALL = Path(__file__).resolve().parents[2] / "data" / "example_small"


def test_the_two_check_values_of_the_blur() -> None:
    scores = dict(zip(PEOPLE, (2600, 2267, 3000, 1933, 2733), strict=True))
    about = {"round_id": "2026H1", "kind": "level_after", "scale": "digital_fitness"}
    assert blur.part(KEY, "set", "2026H1", "level_after", PEOPLE) == -1365
    assert blur.part(KEY, "own", "2026H1", "level_after", "digital_fitness", PEOPLE) == -1636
    assert blur.blurred_sum(KEY, scores, **about) == 9532
    assert blur.part(KEY, "count", "2026H1", "all_meetings", PEOPLE, most=2) == -1


def test_parts_are_bounded_even_and_other_for_every_other_question() -> None:
    parts = [blur.part(KEY, "set", "2026H1", "change", [f"P{n}"]) for n in range(20_000)]
    assert max(map(abs, parts)) <= 2000
    assert statistics.pstdev(parts) == pytest.approx(1155, abs=15)
    asked = [
        (KEY, "2026H1", "change", PEOPLE),
        (bytes(32), "2026H1", "change", PEOPLE),
        (KEY, "2025H2", "change", PEOPLE),
        (KEY, "2026H1", "level_before", PEOPLE),
        (KEY, "2026H1", "change", PEOPLE[:4]),
    ]
    assert len({blur.part(key, "set", *about) for key, *about in asked}) == len(asked)


def test_the_shared_half_turns_with_a_scale_that_is_meant_to_fall() -> None:
    values, about = dict.fromkeys(PEOPLE, 0), {"round_id": "2026H1", "kind": "change", "scale": "x"}
    up, down = (blur.blurred_sum(KEY, values, direction=way, **about) for way in ("up", "down"))
    assert up - down == 2 * blur.part(KEY, "set", "2026H1", "change", PEOPLE)


@pytest.mark.parametrize(("n", "grid"), [(5, 0.5), (9, 0.5), (10, 0.2), (24, 0.2), (25, 0.1)])
def test_a_mean_is_shown_as_coarsely_as_its_set_is_small_and_within_the_scale(n: int, grid: float) -> None:
    shown = blur.mean_shown(1234 * n, n, low=1, high=5)
    assert shown / grid == pytest.approx(round(shown / grid))
    assert blur.mean_shown(9000 * n, n, low=1, high=5) == 5
    assert blur.mean_shown(-9000 * n, n, low=1, high=5, change=True) == -4


@pytest.mark.parametrize(("low", "high"), [(1, 4), (1, 5), (1, 7), (0, 3), (0, 10), (-2, 2), (0, 100)])
@pytest.mark.parametrize("n", [5, 10, 25])
def test_a_mean_is_shown_in_tenths_on_every_scale_and_no_finer_than_on_one_of_five(low: int, high: int, n: int) -> None:
    parts = next(part for first, last, part in blur.COARSE if first <= n <= last)
    assert blur.grid(n, low, high) >= parts * (high - low) / 4 - 1e-9
    for total in range(-500 * n, 4500 * n, 37 * n):
        for change in (False, True):
            shown = blur.mean_shown(total, n, low=low, high=high, change=change)
            assert shown == round(shown, 1)
            assert (low - high if change else low) <= shown <= (high - low if change else high)


def test_the_key_is_made_once_and_refused_when_others_may_read_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    key = release_key("north")
    path = tmp_path / ".config" / "rmanalytics" / "north" / "release.key"
    assert (len(key), release_key("north"), path.stat().st_mode & 0o777) == (32, key, 0o600)
    assert release_key("south") != key
    path.chmod(0o640)
    with pytest.raises(InputError, match="RM-E-180"):
        release_key("north")


def told_as(verdict: str, n: int, other: int | None, *, estimable: bool = True) -> str:
    about: dict[str, Any] = {"name": "x", "unit": "scale points", "n": n}
    result: Any = NotEstimable(**about, reason="no")
    if estimable:
        numbers = {"value": 0.3, "lo": 0.1, "hi": 0.5, "n_comparator": other}
        result = Estimate(**about, **numbers, unit_of_analysis="person", method="m")
    answer = SimpleNamespace(verdict=verdict, result=result)
    return gate.word_outside(answer, Gate(catalogue=catalogue(), key=KEY))


@pytest.mark.parametrize("verdict", ["shown", "points_for", "points_against", "not_shown", "could_not"])
def test_below_25_on_a_side_every_claim_reads_alike_and_from_25_on_the_word_is_hrs(verdict: str) -> None:
    assert told_as(verdict, 25, 25) == verdict
    assert {told_as(verdict, n, other) for n, other in ((24, 25), (25, 24), (25, None))} == {"too_few"}


def test_not_estimable_is_told_as_could_not_and_tells_nothing_of_its_reason() -> None:
    assert told_as("not_estimable", 30, None, estimable=False) == "could_not"
    assert told_as("not_estimable", 12, None, estimable=False) == "too_few"


@pytest.fixture(scope="module")
def small() -> tuple[Any, dict[str, Any], dict[str, Any]]:
    study = open_study(SMALL, "2026H1")
    return (study, *gate.release(study, key=KEY))


def test_a_small_round_tells_no_share_no_change_and_no_verdict(small) -> None:
    _, document, _ = small
    rows = {entry["row"] for entry in document["entries"]}
    assert rows & {"delivery", "effect", "answered", "staying", "difference"} == set()
    assert {e["verdict"] for e in document["entries"] if e["row"] == "verdict"} <= {"too_few", "not_asked"}
    assert {e["claim"] for e in document["entries"] if e["row"] == "audit"} == {"P2", "P3", "P4", "P5", "P6"}


def test_every_entry_follows_from_a_row_of_the_catalogue_and_its_least_n(small) -> None:
    study, document, _ = small
    assert {entry["row"] for entry in document["entries"]} <= set(catalogue().rows)
    assert all(e["n"] >= 5 for e in document["entries"] if e["row"].startswith("scale"))
    names = set(study.bundle.table("people")["person_id"]) | set(study.bundle.table("tandems")["tandem_id"])
    text = json.dumps(document)
    assert [name for name in names if f'"{name}"' in text] == []


def frame(**columns: Any) -> SimpleNamespace:
    """A bundle of one table of branding, the gate and the round that it is told of."""
    table = pd.DataFrame(columns)
    return SimpleNamespace(has=lambda *_: True, table=lambda _: table)


def rounded_up(end: str = "2026-06-30") -> tuple[SimpleNamespace, Gate]:
    return SimpleNamespace(id="2026H1", end=date.fromisoformat(end)), Gate(catalogue=catalogue(), key=KEY)


def test_a_key_figure_is_its_quarters_mean_in_two_digits_from_the_source_of_most_days() -> None:
    days = pd.to_datetime(["2026-01-05", "2026-02-05", "2026-02-09", "2026-04-01", "2026-08-01"])
    about = {"date": days, "metric": "rating", "value": [3.91, 4.12, 1.0, 4.3, 5.0], "exposed": None}
    bundle = frame(**about, denominator=None, source=["a", "a", "b", "a", "a"])
    told = {e["quarter"]: e["value"] for e in brand.key_figures(bundle, *rounded_up())}
    assert told == {"2026Q1": 4.0, "2026Q2": 4.3}


@pytest.mark.parametrize(("size", "periods"), [(40, {"2026Q1", "2026Q2"}), (20, {"2026H1"}), (10, set())])
def test_a_share_is_told_by_quarter_or_by_half_year_as_people_are_enough(size: int, periods: set[str]) -> None:
    days = pd.to_datetime(["2026-01-05", "2026-04-05"] * 2)
    about = {"date": days, "metric": "offers", "value": None, "exposed": ["yes", "yes", "no", "no"]}
    told = list(brand.shares(frame(**about, numerator=size // 2, denominator=size), *rounded_up()))
    assert {e["quarter"] for e in told} == periods
    assert {e["mention"] for e in told} == ({"yes", "no"} if periods else set())


@pytest.mark.parametrize(("size", "planned", "told"), [(60, True, 1), (40, True, 0), (60, False, 0)])
def test_what_a_mention_cannot_move_is_told_of_a_hundred_against_a_hundred_where_it_was_declared(
    size: int, *, planned: bool, told: int
) -> None:
    days = pd.to_datetime(["2026-01-05", "2026-04-05"] * 2)
    about = {"date": days, "metric": "day_shift", "exposed": ["yes", "yes", "no", "no"], "source": None}
    bundle = frame(**about, numerator=[size // 2, size // 2, size // 2 - 3, size // 2 - 3], denominator=size)
    declared = SimpleNamespace(planned=("C6",) * planned, claims={"C6": {"placebos": ("day_shift",)}})
    bundle.programme = SimpleNamespace(declared=declared)
    found = list(brand.placebos(bundle, *rounded_up()))
    assert len(found) == told
    for entry in found:
        assert entry["lo"] < 0.05 < entry["hi"]
        assert all(end * 20 == pytest.approx(round(end * 20)) for end in (entry["lo"], entry["hi"]))


def of_two_waves(each: int) -> SimpleNamespace:
    """A company of so many people under 35 and from 50 on, on one wave before a round and one after it."""
    born = [1995] * each + [1970] * each
    people = pd.DataFrame({"person_id": [f"P{n:04d}" for n in range(2 * each)], "birth_year": born})
    people = people.assign(hire_date=pd.Timestamp("2020-01-01"), exit_date=pd.NaT)
    ties = [
        {"source_id": one, "target_id": people["person_id"][(i + step) % (2 * each)], "wave_date": pd.Timestamp(day)}
        for day, steps in (("2026-01-01", (1, 2)), ("2026-06-30", (1, each)))
        for i, one in enumerate(people["person_id"])
        for step in steps
    ]
    tables = {"people": people, "ties": pd.DataFrame(ties).assign(kind="advice", weight=1.0)}
    return SimpleNamespace(
        has=tables.__contains__,
        table=tables.get,
        people_on=lambda _: people,
        programme=SimpleNamespace(tie_kind="advice", generations=()),
    )


@pytest.mark.parametrize(("each", "told"), [(29, 0), (30, 1), (40, 1)])
def test_how_youngest_and_oldest_came_closer_is_told_of_two_waves_and_thirty_people_in_both_bands(
    each: int, told: int
) -> None:
    round_, gate = rounded_up()
    round_.start = date(2026, 1, 1)
    found = list(company.ties_change(of_two_waves(each), [round_], gate))
    assert len(found) == told
    for entry in found:
        assert (entry["since"], entry["date"], entry["n"]) == ("2026-01-01", "2026-06-30", 2 * each)
        assert 0 < entry["lo"] < entry["hi"]
        assert all(end * 10 == pytest.approx(round(end * 10)) for end in (entry["lo"], entry["hi"]))
    assert list(company.ties_change(of_two_waves(each), [], gate)) == []


@pytest.mark.parametrize(("people_n", "told"), [(24, False), (25, True), (40, True)])
def test_a_single_question_is_told_by_membership_and_blurred(people_n: int, *, told: bool) -> None:
    scores = pd.Series(3.0, index=[f"P{n:04d}" for n in range(people_n)])
    about = {"round": "2026H1", "unit": "scale points"}
    found = list(questions._score("pulse", "pulse.x", scores, (1, 5), rounded_up()[1], **about))
    assert bool(found) == told
    assert all(abs(entry["value"] - 3.0) <= 4 / people_n + 0.05 and entry["scale_ends"] == [1, 5] for entry in found)


def test_what_was_published_is_repeated_unchanged_whatever_the_key(small) -> None:
    study, document, sums = small
    known = {"entries": {e["id"]: {k: v for k, v in e.items() if k != "evidence"} for e in document["entries"]}}
    again, _ = gate.release(study, key=bytes(32), known=known | {"sums": sums})
    assert again == document
    other, _ = gate.release(study, key=bytes(32))
    assert other["entries"] != document["entries"]


def test_the_register_only_grows_replaces_and_withdraws() -> None:
    def document(*sentences: tuple[str, str], round_id: str) -> dict[str, Any]:
        told = [{"id": i, "claim": c, "text": {"en": "x"}, "valid_until": "2027-01-31"} for i, c in sentences]
        return {"round": round_id, "sentences": told}

    first, off = register(document(("A", "M1"), ("B", "J1"), round_id="2025H2"), [], on=date(2026, 1, 1))
    assert off == []
    second, off = register(document(("C", "M1"), round_id="2026H1"), first, on=date(2026, 7, 1))
    standing = states([*first, *second])
    assert off == ["A", "B"]
    assert (standing["A"]["state"], standing["A"]["by"]) == ("replaced", "C")
    assert (standing["B"]["state"], standing["B"]["because"]) == ("withdrawn", "verdict changed")
    assert standing["C"]["state"] == "valid"
    assert register(document(("C", "M1"), round_id="2026H1"), [*first, *second], on=date(2026, 8, 1)) == ([], [])


def test_every_comparison_group_has_its_words_inside_and_outside() -> None:
    own = {cohort.WAITING_LIST, cohort.BY_LOT, cohort.MATCHED, cohort.MIXED, cohort.OTHER}
    for words in (inside.BESIDE, outside.THAN, titles.THAN):
        assert own <= set(words)


@pytest.mark.parametrize(("level", "called"), [(3, ""), (4, cohort.WAITING_LIST)])
def test_a_waiting_list_is_named_outside_where_receipts_make_it_one(small, level: int, called: str) -> None:
    study, *_ = small
    about: dict[str, Any] = {"name": "x", "unit": "scale points", "unit_of_analysis": "person", "method": "m"}
    about |= {"n": 60, "n_comparator": 60, "value": 0.3, "lo": 0.1, "hi": 0.5}
    result = Estimate(**about, comparator=cohort.WAITING_LIST)
    own = next(answer for answer in study.ledger if answer.claim.id == "M1")
    answer = replace(own, result=result, verdict="shown", evidence=level)
    entries = list(gate._planned(answer, study, Gate(catalogue=catalogue(), key=KEY)))
    assert next(e["comparator"] for e in entries if e["row"] == "verdict") == called


def test_a_declared_retest_says_how_much_of_a_difference_before_is_taken_off() -> None:
    own = Gate(catalogue=catalogue(), key=KEY)
    changes = {"participants": ((60_000, 30), (30_000, 30)), "comparison": ((30_000, 30), (15_000, 30))}
    about = {"scale": "felt_appreciation", "side": "mentor", "round": "2026H1"}
    told = {
        retest: figures._difference(changes, about, own, replace(read_shipped("felt_appreciation"), retest=retest))
        for retest in (0.6, 0.9)
    }
    assert {retest: entry["value"] for retest, entry in told.items()} == {0.6: 0.9, 0.9: 0.6}
