"""Initiatives: every status is shown, the undecided are counted out, and a tandem counts once."""

from __future__ import annotations

import pandas as pd
import pytest

from rmanalytics.measures.engagement import initiatives as module
from rmanalytics.measures.engagement.initiatives import (
    adopted_rate,
    adopted_share,
    initiating_share,
    initiatives_by_status,
)
from rmanalytics.results import Estimate


def initiatives(*rows):
    frame = pd.DataFrame(rows, columns=["tandem_id", "status"])
    return frame.assign(initiative_id=[f"i{i}" for i in range(len(frame))])


SOME = initiatives(("a", "adopted"), ("a", "proposed"), ("b", "adopted"), ("c", "rejected"), ("c", "adopted"))


def test_every_status_is_shown_in_its_order():
    points = initiatives_by_status(SOME.sample(frac=1, random_state=1)).points
    assert points["status"].tolist() == list(module.STATUSES)
    assert points["initiatives_n"].tolist() == [1, 3, 1]
    assert points["tandems_n"].tolist() == [1, 3, 1]
    assert initiatives_by_status(initiatives()).points["initiatives_n"].tolist() == [0, 0, 0]


def test_the_share_adopted_is_of_all_that_were_proposed():
    result = adopted_share(SOME)
    assert isinstance(result, Estimate)
    assert (result.value, result.n, result.extra["undecided"], result.extra["decided"]) == (0.6, 5, 1, 4)
    assert adopted_share(initiatives()).because == "nothing to take a share of"


def test_the_rate_of_changes_adopted_has_the_exact_interval_of_a_count():
    tandems = pd.DataFrame({"tandem_id": list("abcdefghij")})
    found = adopted_rate(tandems, SOME)
    assert isinstance(found, Estimate)
    assert (found.value, found.extra["decided"]) == (3.0, 4)
    assert found.lo == pytest.approx(0.618672, abs=1e-6)  # Garwood's limits of a count of 3
    assert found.hi == pytest.approx(8.767273, abs=1e-6)
    none = adopted_rate(tandems, initiatives(("a", "rejected")))
    assert (none.value, none.lo) == (0.0, 0.0)
    assert none.hi == pytest.approx(3.688879, abs=1e-6)
    assert adopted_rate(tandems.head(0), SOME).because == module.NO_TANDEM


def test_a_tandem_counts_once_however_many_changes_it_proposed():
    tandems = pd.DataFrame({"tandem_id": list("abcdefgh")})
    assert initiating_share(tandems, pd.concat([SOME, SOME.assign(initiative_id=list("vwxyz"))])).value == 3 / 8
    assert initiating_share(tandems.iloc[:1], SOME).value == 1


def test_other_statuses_and_double_rows_are_refused():
    with pytest.raises(ValueError, match="status must be"):
        adopted_share(initiatives(("a", "maybe")))
    with pytest.raises(ValueError, match="more than one row"):
        initiatives_by_status(pd.concat([SOME, SOME]))
