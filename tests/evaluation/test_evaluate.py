"""A few claims evaluated alone are what the whole evaluation finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.evaluate import evaluate
from rmanalytics.evaluation.ledger import judged_by
from rmanalytics.evaluation.study import Study
from rmanalytics.intake.bundle import read_bundle

DATA = Path(__file__).parents[2] / "data"
NAMES = [claim.id for claim in claims()]


@pytest.mark.parametrize(("example", "at_once"), [("example_small", 1), ("example", 7)])
def test_a_few_claims_alone_are_what_the_whole_evaluation_finds(example: str, at_once: int) -> None:
    bundle = read_bundle(DATA / example)
    last = bundle.programme.rounds[-1]
    whole = judged_by(bundle, last, Study(bundle, last.id).results, NAMES)
    assert sum(result is not None for result in whole.values()) > 30
    for first in range(0, len(NAMES), at_once):
        few = NAMES[first : first + at_once]
        assert evaluate(bundle, last.id, claims=few) == {name: whole[name] for name in few}, few


def test_a_claim_of_the_survey_asks_nothing_of_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = read_bundle(DATA / "example_small")
    for family in ("pairing", "survey", "retention", "network", "across", "results"):
        monkeypatch.setattr(Study, family, property(lambda _: pytest.fail("evaluated")))
    found = evaluate(bundle, bundle.programme.rounds[-1].id, claims=["M1", "J3", "T4", "T1", "M6"])
    assert all(result is not None for result in found.values())


def test_an_unknown_claim_is_refused() -> None:
    bundle = read_bundle(DATA / "example_small")
    with pytest.raises(KeyError):
        evaluate(bundle, bundle.programme.rounds[-1].id, claims=["Z9"])
