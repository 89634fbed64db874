"""Whole programmes in which nothing is planted, from folder to ledger: four rounds, looked at after each of them.

Everything that `make soak` counts here has been through intake, evaluation and plan. A programme that was judged is
noted in pytest's cache under the code it was judged with, so a run that is stopped goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pytest
from soak.shards import digest
from soak.test_verdicts import ORDINARY
from soak.verdict_rows import Told, tell

from rmanalytics.evaluation import open_study
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts.plan_answers import Judge
from rmanalytics.results import Estimate
from rmanalytics.simulate import planted, simulate, survey

SHARD, WORLD = "Null programmes", "{n} rounds, whole programmes, nothing planted"
WORDS = ("shown", "points_for", "points_against")
TINY = 1e-9
"""In place of no gain at all where shares of the gain are planted."""
PLAIN = {
    "retention_hazard_ratio": 1.0,
    "project_rate_ratio": 1.0,
    "rehire_hazard_ratio": 1.0,
    "upward_gain": 0.0,
    "upward_gain_sd": 0.0,
    "response_shift_participants": 0.0,
    "new_cross_ties_per_mentor": 0.0,
    "acceptance_exposed": planted.PLANTED.acceptance_not_exposed,
}


@contextmanager
def nothing_planted() -> Iterator[None]:
    """The simulator with every difference that a programme makes taken out."""
    scales = [(scale, name, 0.0) for scale in planted.SCALES for name in ("gain", "gain_sd")]
    changes = [*scales, *((planted.PLANTED, name, value) for name, value in PLAIN.items())]
    digital = planted.SCALES[planted.SCALE_OF["digital_fitness"]]
    changes.append((digital, "gain", TINY))
    before = [(held, name, getattr(held, name)) for held, name, _ in changes]
    shares = {name: gain * TINY / digital.gain for name, gain in planted.SUBSCALE_GAIN.items()}
    try:
        for held, name, value in changes:
            object.__setattr__(held, name, value)
        with patch.dict(planted.SUBSCALE_GAIN, shares), patch.object(survey, "GAIN_ON_LEVEL", 0.0):
            yield
    finally:
        for held, name, value in reversed(before):
            object.__setattr__(held, name, value)


def judged(seed: int, size: dict[str, int]) -> dict[str, list[str] | bool]:
    """Words of the plan at any look, words of descriptions and audits, and whether a plain interval was fooled."""
    with TemporaryDirectory() as folder, nothing_planted():
        simulate(Path(folder) / "p", seed=seed, **size)
        study = open_study(Path(folder) / "p", "2026H1")
        words: set[str] = set()
        naive = False
        for round_ in study.programme.rounds:
            told = (
                study.ledger if round_.id == study.round.id else Judge(study.bundle, round_).answers(NOTHING).values()
            )
            for answer in told:
                if answer.role:
                    words.add(answer.verdict)
                    naive |= isinstance(answer.result, Estimate) and _excludes(answer)
        other = {answer.verdict for answer in study.ledger if answer.claim.type != "comparison"}
        assert len(study.ledger) == len(NOTHING)
    return {"words": sorted(words), "other": sorted(other), "naive": naive}


NOTHING = dict.fromkeys(claim.id for claim in claims())


def _excludes(answer) -> bool:
    """Whether the plain estimate and its 95 % interval would be read as an effect."""
    distance = answer.result.value - (answer.claim.null or 0.0)
    return abs(distance) > ORDINARY * answer.result.extra["se"]


FOUR = {"rounds": 4, "tandems": 34, "employees": 1200}
SMALL = {"rounds": 2, "tandems": 8, "employees": 120}


@pytest.mark.parametrize(
    ("many", "size"),
    [pytest.param(1, SMALL, id="reduced"), pytest.param(132, FOUR, id="long", marks=pytest.mark.soak)],
)
def test_whole_null_programmes_say_nothing(many, size, pytestconfig: pytest.Config) -> None:
    """Any *shown*, and any false word either way, at any look; what is described or audited is never shown."""
    key = f"soak/null-{size['rounds']}-{size['tandems']}-{digest('tests/soak/test_null_programmes.py')}"
    found: dict[str, dict] = pytestconfig.cache.get(key, {}) if many > 1 else {}
    wanted = [seed for seed in range(1000, 1000 + many) if str(seed) not in found]
    if many > 1:
        with ProcessPoolExecutor(2) as pool:
            for seed, one in zip(wanted, pool.map(judged, wanted, [size] * len(wanted)), strict=True):
                found[str(seed)] = one
                pytestconfig.cache.set(key, found)
    else:
        found = {str(seed): judged(seed, size) for seed in wanted}
    every = list(found.values())
    assert not {word for one in every for word in one["other"]} & set(WORDS)
    about = {"shard": SHARD, "world": WORLD.format(n=size["rounds"]), "draws": many}
    about["naive"] = f"{np.mean([one['naive'] for one in every]):.3f}"
    shown, either = (np.mean([bool({*one["words"]} & {*words}) for one in every]) for words in (WORDS[:1], WORDS))
    tell(Told(**about, counted="any shown", found=shown, bound="≤ .025"))
    tell(Told(**about, counted="any false word", found=either, bound="≤ .05"))


def test_nothing_is_left_of_what_was_planted_and_all_comes_back() -> None:
    before = planted.planted_truth()
    with nothing_planted():
        during = planted.planted_truth()
        assert all(abs(scale["gain"]) <= TINY and scale["gain_sd"] == 0 for scale in during["scales"].values())
        assert max(during["digital_subscale_gain"].values()) < 1e-8
        assert during["parameters"]["retention_hazard_ratio"] == 1.0
        assert {name for name, value in during["parameters"].items() if value != before["parameters"][name]} == {*PLAIN}
    assert planted.planted_truth() == before
