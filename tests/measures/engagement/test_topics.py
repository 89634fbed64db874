"""Topics: coverage and entropy by hand, coverage of the interval for tandems with tastes, and the empty cells."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.engagement import topics as module
from rmanalytics.measures.engagement.topics import topic_coverage, topic_entropy, topic_evenness, topics_by_unit
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import Estimate, NotEstimable

CATALOGUE = ("ai", "law", "web", "it")


def meetings(*own):
    rows = [(f"t{i:03d}", topic) for i, topics in enumerate(own) for topic in topics]
    return pd.DataFrame(rows, columns=["tandem_id", "topic_code"]).astype("str")


def draw(seed=1, draws=500):
    return {"rng": np.random.default_rng(seed), "seed": seed, "draws": draws}


MIXED = meetings(["ai", "law"], ["ai", "ai"], ["web"], ["ai", "law", "web"], ["ai"], ["law", "chat"])


def test_coverage_counts_topics_of_the_catalogue_and_names_the_others():
    result = topic_coverage(MIXED, catalogue=CATALOGUE)
    assert isinstance(result, Estimate)
    assert (result.value, result.lo) == (0.75, None)
    assert result.extra == {"covered": 3.0, "catalogue": 4.0, "outside": 1.0}


def test_nothing_is_covered_of_nothing():
    assert topic_coverage(MIXED, catalogue=[]).reason == module.NO_CATALOGUE
    assert topic_coverage(MIXED.assign(topic_code=None), catalogue=CATALOGUE).reason == module.NO_TOPIC


def test_the_plug_in_entropy_is_that_of_the_shares_of_meetings():
    result = topic_entropy(MIXED, **draw())
    shares = [5 / 11, 3 / 11, 2 / 11, 1 / 11]
    assert result.extra["plug_in"] == pytest.approx(-sum(p * log2(p) for p in shares))
    assert result.lo < result.value < result.hi
    assert result.value > result.extra["plug_in"]
    assert result.extra["evenly_used"] == pytest.approx(2**result.value)


def test_the_order_of_rows_and_the_names_of_topics_do_not_matter():
    renamed = MIXED.assign(
        topic_code=MIXED["topic_code"].map(dict(zip(("ai", "law", "web", "chat"), "abcd", strict=True)))
    )
    plain = topic_entropy(MIXED, **draw()).extra["plug_in"]
    assert topic_entropy(renamed, **draw()).extra["plug_in"] == pytest.approx(plain)
    assert topic_entropy(MIXED.sample(frac=1, random_state=4), **draw()) == topic_entropy(MIXED, **draw())


def test_the_interval_covers_the_entropy_where_tandems_have_tastes():
    rng, runs, held = np.random.default_rng(2), 150, 0
    shares = np.array([18, 10, 12, 11, 7, 9, 6, 7, 8, 7, 5]) / 100
    truth = -(shares * np.log2(shares)).sum()
    names = np.array(list("abcdefghijk"))
    for _ in range(runs):
        own = [rng.choice(names, 6, p=rng.dirichlet(8 * shares)) for _ in range(34)]
        result = topic_entropy(meetings(*own), **draw(draws=300))
        held += result.lo <= truth <= result.hi
    assert held / runs >= 0.90


def test_evenness_is_entropy_over_that_of_the_whole_catalogue_used_evenly():
    inside = MIXED[MIXED["topic_code"] != "chat"]
    result = topic_evenness(MIXED, catalogue=CATALOGUE, **draw())
    assert result.value == pytest.approx(topic_entropy(inside, **draw()).value / 2)
    assert 0 <= result.lo <= result.value <= result.hi <= 1
    alone = topic_evenness(meetings(*[["ai", "law"]] * 6), catalogue=["ai", "law"], **draw())
    assert isinstance(alone, NotEstimable)
    assert alone.because == "no variation: every value is the same"


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (meetings(["ai"], ["law"], ["ai"]), module.TOO_FEW),
        (meetings(*[["ai"]] * 7), module.ALL_ONE_TOPIC),
    ],
)
def test_where_entropy_says_nothing_the_reason_stands(table, reason):
    for result in (topic_entropy(table, **draw()), topic_evenness(table, catalogue=CATALOGUE, **draw())):
        assert isinstance(result, NotEstimable)
        assert result.reason == reason


def test_a_catalogue_of_one_cannot_be_used_evenly():
    assert topic_evenness(MIXED, catalogue=["ai"], **draw()).reason == module.ONE_TOPIC
    assert topic_evenness(MIXED, catalogue=[], **draw()).reason == module.NO_CATALOGUE


def test_tandems_without_a_recorded_topic_are_counted_out():
    table = pd.concat([MIXED, pd.DataFrame({"tandem_id": ["x", "x"], "topic_code": [None, None]})])
    result = topic_entropy(table, **draw())
    assert (result.n, result.n_excluded, result.excluded_reason) == (6, 1, module.NO_TOPIC)


def test_topics_by_unit_shows_every_cell():
    units = pd.DataFrame({"tandem_id": [f"t{i:03d}" for i in range(6)], "unit": ["IT", "IT", "IT", "HR", "HR", None]})
    points = topics_by_unit(MIXED, units, catalogue=CATALOGUE).points
    cells = points.set_index(["topic", "unit"])
    assert len(points) == 8
    assert cells.loc[("ai", "IT")].tolist() == [3, 2]
    assert cells.loc[("it", "HR")].tolist() == [0, 0]
    assert cells["meetings_n"].sum() == 9
    with pytest.raises(ValueError, match="more than one row"):
        topics_by_unit(MIXED, pd.concat([units, units]))


def test_tables_without_their_columns_are_refused():
    with pytest.raises(ValueError, match="missing columns: topic_code"):
        topic_coverage(MIXED.drop(columns="topic_code"), catalogue=CATALOGUE)
    with pytest.raises(ValueError, match="unit of analysis"):
        topic_entropy(MIXED.assign(tandem_id=None), **draw())


def test_meetings_on_the_catalogue_are_counted_over_tandems():
    meetings = pd.DataFrame({"tandem_id": list("aabbccddeeffg"), "topic_code": ["ai", "golf"] * 6 + [None]})
    meetings.loc[0:3, "topic_code"] = "ai"
    found = module.catalogue_meeting_share(meetings, catalogue=["ai", "law"], k=6)
    assert (found.value, found.n, found.n_excluded) == (8 / 12, 6, 1)
    assert (found.extra["meetings"], found.extra["met_by_k"]) == (12, 1)
    every = module.catalogue_meeting_share(meetings, catalogue=["ai", "golf"], k=6)
    assert (every.value, every.hi, every.extra["meetings"]) == (1.0, 1.0, 12)
    assert every.lo == pytest.approx(6 / (6 + 1.959964**2), abs=1e-5)
    assert module.catalogue_meeting_share(meetings, catalogue=[], k=6).reason == module.NO_CATALOGUE


def share_of(held: int, n: int) -> Estimate:
    return wilson_share(held, n, name="catalogue_meeting_share", unit_of_analysis="tandem")


def test_the_change_against_the_first_round_has_newcombes_limits_where_shares_have_wilsons():
    """Independent reference: his published example, 56 of 70 against 48 of 80, .0524 to .3339."""
    found = module.catalogue_change(share_of(56, 70), share_of(48, 80))
    assert (round(found.lo, 4), round(found.hi, 4)) == (0.0524, 0.3339)
    assert (found.n, found.n_comparator, found.comparator) == (70, 80, module.FIRST_ROUND)
    same = module.catalogue_change(share_of(48, 80), share_of(48, 80))
    assert same.lo < 0 < same.hi
    bare = replace(share_of(48, 80), lo=None, hi=None)
    assert isinstance(module.catalogue_change(bare, share_of(48, 80)), NotEstimable)
