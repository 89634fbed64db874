"""The families of results on the example programme: whole, consistent, never silent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.cohort import comparator_of, groups
from rmanalytics.evaluation.network import segregation
from rmanalytics.evaluation.network.juniors import MAIN, SECONDARY, juniors
from rmanalytics.evaluation.network.waves import people_at, seen_at, tandem_pairs, waves
from rmanalytics.evaluation.pairing.rules import breaches
from rmanalytics.evaluation.study import Study
from rmanalytics.results import Curve, Estimate, NotEstimable

EXAMPLE = Path(__file__).parents[2] / "data" / "example"
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


def test_the_people_of_all_rounds_stand_in_one_model(study: Study) -> None:
    about = {"outcome": "digital_fitness", "side": "mentee"}
    together, following = (study.across.get(f"{name}_difference", **about) for name in ("clustered", "next_round"))
    assert isinstance(together, Estimate)
    assert together.extra["clusters"] < together.n + together.n_comparator
    assert isinstance(following, Estimate)
    assert following.hi - following.lo > together.hi - together.lo
    rounds = len([r for r in study.across.find("adjusted_difference") if isinstance(r, Estimate)])
    pooled = study.across.get("pooled_difference", **about)
    assert isinstance(pooled, Estimate) == (rounds >= 5)


def test_results_do_not_depend_on_the_order_of_rows(study: Study, tmp_path: Path) -> None:
    for path in (path for path in EXAMPLE.iterdir() if path.is_file()):
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
    for path in (path for path in EXAMPLE.iterdir() if path.is_file()):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    first = open_study(tmp_path, "2026H1")
    assert open_study(tmp_path, "2026H1") is first
    costs = tmp_path / "costs.csv"
    costs.write_text(costs.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert open_study(tmp_path, "2026H1") is not first


def _with_an_earlier_wording(folder: Path, mapping: str) -> Study:
    """The example, with two items of its first round asked in an earlier wording."""
    for path in (path for path in EXAMPLE.iterdir() if path.is_file()):
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


def with_tables(study: Study, **tables: pd.DataFrame) -> Study:
    """The same round with some tables replaced or added."""
    return Study(replace(study.bundle, tables={**study.bundle.tables, **tables}), study.round.id)


def test_each_network_claim_is_answered_by_its_one_main_indicator(study: Study) -> None:
    answered = {a.claim.id: a.result for a in study.ledger if a.claim.id in ("J2", "J4", "J5")}
    asked = {claim: result.outcome for claim, result in answered.items() if isinstance(result, Estimate)}
    assert asked == {"J2": "in_degree", "J4": "cross_generation_ties", "J5": "closeness_to_top"}
    assert set(asked.values()) == set(MAIN)


def test_secondary_network_indicators_are_corrected_and_the_main_ones_are_left_to_the_ledger(study: Study) -> None:
    found = {r.outcome: r for r in study.network.estimates("tie_difference")}
    assert set(found) == {*MAIN, *SECONDARY}
    assert all("p_holm" not in found[outcome].extra for outcome in MAIN)
    corrected = {outcome: found[outcome] for outcome in SECONDARY}
    assert all(r.extra["p_holm"] >= r.p_value for r in corrected.values())
    least = min(r.p_value for r in corrected.values())
    assert min(r.extra["p_holm"] for r in corrected.values()) == pytest.approx(min(1.0, len(SECONDARY) * least))


def test_ties_of_tandems_change_no_indicator_of_the_juniors(study: Study) -> None:
    bundle, days = study.bundle, waves(study.bundle, study.round)
    pairs = tandem_pairs(bundle, max(days.values()))
    imposed = pairs.assign(wave_date=days["after"], kind=bundle.programme.tie_kind)
    ties = pd.concat([bundle.table("ties"), imposed]).drop_duplicates(
        ["wave_date", "kind", "source_id", "target_id"], ignore_index=True
    )
    assert len(ties) > len(bundle.table("ties"))
    counted = with_tables(study, ties=ties).bundle
    values = []
    for each in (bundle, counted):
        before, after = (seen_at(each, days[label], pairs) for label in ("before", "after"))
        found = juniors(each, study.round, before, after, pairs)
        values.append({r.outcome: r.value for r in found if isinstance(r, Estimate)})
    assert values[0] == values[1]
    assert len(values[0]) == len(MAIN) + len(SECONDARY)


def test_who_did_not_answer_the_network_survey_is_left_out_and_counted(study: Study) -> None:
    day = waves(study.bundle, study.round)["after"]
    there = people_at(study.bundle, day)["person_id"]
    silent = set(there.iloc[:40])
    asked = pd.DataFrame({"wave_date": day, "kind": None, "person_id": there})
    asked["answered"] = asked["person_id"].isin(silent).map({True: "no", False: "yes"})
    none = tandem_pairs(study.bundle, day).head(0)
    seen = seen_at(with_tables(study, network_survey=asked).bundle, day, none)
    assert len(seen.people) == len(there) - 40
    assert not silent & set(seen.people["person_id"])
    assert len(seen.everyone) == len(there)
    assert seen.answered is not None
    assert (seen.answered.n, seen.answered.value) == (len(there), pytest.approx(1 - 40 / len(there)))


def test_nobody_is_left_out_of_a_wave_of_which_nobody_recorded_who_answered(study: Study) -> None:
    day = waves(study.bundle, study.round)["after"]
    none = tandem_pairs(study.bundle, day).head(0)
    seen = seen_at(study.bundle, day, none)
    assert seen.answered is None
    assert len(seen.people) == len(seen.everyone)
    of_another_kind = pd.DataFrame({"wave_date": [day], "kind": ["friendship"], "person_id": ["x"], "answered": ["no"]})
    assert len(seen_at(with_tables(study, network_survey=of_another_kind).bundle, day, none).people) == len(seen.people)


def test_pairs_are_not_tested_where_people_are_too_many_or_units_are_unknown(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = waves(study.bundle, study.round)["after"]
    seen = seen_at(study.bundle, day, tandem_pairs(study.bundle, day))
    monkeypatch.setattr(segregation, "MOST_PEOPLE", 20)
    large = segregation.on_pairs(study.bundle, seen)
    assert isinstance(large, NotEstimable)
    assert "more than 20 people" in large.because
    bare = replace(study.bundle, tables={n: t for n, t in study.bundle.tables.items() if n != "positions"})
    unknown = segregation.on_pairs(bare, seen)
    assert isinstance(unknown, NotEstimable)
    assert "unit and level" in unknown.because


def test_the_way_into_the_programme_has_all_six_stages_where_invitations_are_kept(study: Study) -> None:
    flow = study.reach.curve("recruitment_flow", side="mentee")
    assert flow is not None
    points = flow.points.set_index("stage")
    assert points.index.tolist() == ["eligible", "invited", "volunteered", "matched", "started", "finished"]
    assert points.loc["matched", "share"] == points.loc["matched", "n"] / points.loc["volunteered", "n"]
    assert points.loc["volunteered", "both_n"] < points.loc["volunteered", "n"]  # some came forward unasked
    table = study.bundle.table("invitations")
    without = with_tables(study, invitations=table[table["round_id"] != study.round.id])
    kept = without.reach.curve("recruitment_flow", side="mentee")
    assert kept is not None
    assert kept.points["stage"].tolist() == ["eligible", "matched", "started", "finished"]


def test_an_index_by_weight_stands_beside_the_index_where_ties_have_weights(study: Study) -> None:
    plain, weighted = (study.network.estimates(name, group="after")[0] for name in ("ei_index", "ei_index_weighted"))
    assert plain.value != weighted.value
    assert plain.n == weighted.n
    ties = study.bundle.table("ties")
    alike = with_tables(study, ties=ties.assign(weight=2.0))
    assert not alike.network.find("ei_index_weighted")
