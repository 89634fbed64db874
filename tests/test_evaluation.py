"""The families of results on the example programme: whole, consistent, never silent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.cohort import comparator_of, groups
from rmanalytics.evaluation.pairing import breaches
from rmanalytics.evaluation.study import Study
from rmanalytics.results import Curve, Estimate, NotEstimable

EXAMPLE = Path(__file__).parents[1] / "data" / "example"
FAMILIES = ("pairing", "engagement", "survey", "retention", "network", "branding", "costs", "across")


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(EXAMPLE, "2026H1")


@pytest.mark.parametrize("family", FAMILIES)
def test_family_has_results(study: Study, family: str) -> None:
    assert len(getattr(study, family)) > 0


def test_every_result_says_what_it_is_about_only_once(study: Study) -> None:
    keys = [(r.name, r.outcome, r.side, r.group) for r in study.results]
    assert len(keys) == len(set(keys))


def test_nobody_stands_in_both_groups_of_a_round(study: Study) -> None:
    for side in ("mentor", "mentee"):
        members = groups(study.bundle, study.round, side)
        assert not members["person_id"].duplicated().any()


def test_comparison_group_is_named_by_how_it_came_about(study: Study) -> None:
    assert comparator_of(groups(study.bundle, study.round, "mentee")) == "waiting list"
    assert comparator_of(groups(study.bundle, study.round, "mentor")) == "matched colleagues"


def test_flow_only_ever_loses_people(study: Study) -> None:
    for flow in study.survey.find("flow"):
        assert isinstance(flow, Curve)
        n = dict(zip(flow.points["stage"], flow.points["n"], strict=True))
        assert n["matched"] >= n["pre"]
        assert n["analysed"] <= min(n["pre"], n["post"])


def test_analysed_people_of_the_flow_are_those_of_the_estimate(study: Study) -> None:
    flow = study.survey.get("flow", outcome="digital_fitness", side="mentee", group="participants")
    estimate = study.survey.get("adjusted_difference", outcome="digital_fitness", side="mentee")
    assert isinstance(flow, Curve)
    assert estimate.n == flow.points.set_index("stage")["n"]["analysed"]


def test_held_meetings_add_up_in_every_view(study: Study) -> None:
    by_number = study.engagement.curve("meetings_by_number").points["held_n"].sum()
    spread = study.engagement.curve("held_distribution").points
    calendar = study.engagement.curve("calendar").points["held_n"].sum()
    assert by_number == (spread["held"] * spread["tandems_n"]).sum() == calendar


def test_breach_that_exists_on_some_days_only_is_dated(study: Study) -> None:
    found = breaches(study.bundle, study.round)
    assert len(found) == 1
    row = found.iloc[0]
    assert pd.Timestamp(study.round.start) < row["first_date"] <= pd.Timestamp(study.round.end)


def test_index_with_tandem_ties_counted_is_higher(study: Study) -> None:
    beyond = study.network.get("ei_index", group="after")
    counted = study.network.get("ei_index", group="after, tandem ties counted")
    assert isinstance(beyond, Estimate)
    assert isinstance(counted, Estimate)
    assert counted.extra["excess"] > beyond.extra["excess"]


def test_rounds_that_share_people_are_not_pooled(study: Study) -> None:
    pooled = study.across.get("pooled_difference", outcome="digital_fitness", side="mentee")
    assert isinstance(pooled, NotEstimable)
    assert "not independent" in pooled.because
    together = study.across.get("clustered_difference", outcome="digital_fitness", side="mentee")
    assert isinstance(together, Estimate)
    assert together.extra["clusters"] < together.n + together.n_comparator


def test_results_do_not_depend_on_the_order_of_rows(study: Study, tmp_path: Path) -> None:
    for path in EXAMPLE.iterdir():
        if path.suffix == ".csv":
            frame = pd.read_csv(path, dtype=str, keep_default_na=False)
            frame.sample(frac=1, random_state=7).to_csv(tmp_path / path.name, index=False)
        else:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    shuffled = open_study(tmp_path, "2026H1")
    key = ["name", "outcome", "side", "group", "quantity"]
    for family in ("pairing", "survey", "retention"):
        ours = getattr(study, family).to_frame().set_index(key).sort_index()
        theirs = getattr(shuffled, family).to_frame().set_index(key).sort_index()
        pd.testing.assert_frame_equal(ours[["value", "lo", "hi", "n"]], theirs[["value", "lo", "hi", "n"]])


def test_same_study_is_shared_until_a_file_changes(tmp_path: Path) -> None:
    for path in EXAMPLE.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    first = open_study(tmp_path, "2026H1")
    assert open_study(tmp_path, "2026H1") is first
    costs = tmp_path / "costs.csv"
    costs.write_text(costs.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert open_study(tmp_path, "2026H1") is not first


def _with_an_earlier_wording(folder: Path, mapping: str) -> Study:
    """The example, with two items of its first round asked in an earlier wording."""
    for path in EXAMPLE.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    first = folder / "answers_2024H2.csv"
    text = first.read_text(encoding="utf-8").replace(",df01,", ",old1,").replace(",df02,", ",old2,")
    first.write_text(text, encoding="utf-8")
    (folder / "earlier.toml").write_text(
        'version = "0"\ndirection = "up"\nsource = "own"\nlicence = "own"\n[title]\nen = "Earlier wording"\n'
        '[scale]\nmin = 1\nmax = 5\n[[items]]\nid = "old1"\n[[items]]\nid = "old2"\n',
        encoding="utf-8",
    )
    toml = folder / "programme.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8") + '\n[instruments]\nfiles = ["earlier.toml"]\n' + mapping, encoding="utf-8"
    )
    return open_study(folder, "2026H1")


def test_rounds_that_asked_other_items_are_not_compared_without_a_mapping(tmp_path: Path) -> None:
    study = _with_an_earlier_wording(tmp_path, "")
    refused = study.across.get("adjusted_difference", group="2024H2")
    assert isinstance(refused, NotEstimable)
    assert "other items" in refused.because
    assert isinstance(study.across.get("adjusted_difference", group="2025H1"), Estimate)


def test_declared_mapping_makes_rounds_comparable_again(study: Study, tmp_path: Path) -> None:
    mapping = '[[wordings]]\nearlier = "earlier"\ntoday = "digital_fitness"\nitems = { old1 = "df01", old2 = "df02" }\n'
    mapped = _with_an_earlier_wording(tmp_path, mapping).across.get("adjusted_difference", group="2024H2")
    plain = study.across.get("adjusted_difference", group="2024H2")
    assert isinstance(mapped, Estimate)
    assert isinstance(plain, Estimate)
    assert mapped.value == plain.value
