"""M7 by guesses: knowledge of one's junior is found, a stereotype is not, and without guesses it is self-report."""

from __future__ import annotations

import csv
from pathlib import Path

import lot_world
import numpy as np
import pytest

from rmanalytics.evaluation.claims import Answer, claims
from rmanalytics.evaluation.survey.guesses import accuracies
from rmanalytics.evaluation.verdicts.over_rounds import over_rounds
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.language.translator import translator
from rmanalytics.report.words.verdicts import source
from rmanalytics.results import Estimate

M7 = next(claim for claim in claims() if claim.id == "M7")
ITEMS = [*(f"fa{n}" for n in range(1, 6)), *(f"ms{n}" for n in range(1, 7))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = lot_world.write_world(tmp_path_factory.mktemp("guesses") / "world", mentees=60, mentors=30, places=30)
    lot_world.draw_lot(made)
    lot_world.write_after(made)
    return made


def guessed(folder: Path, *, learnt: float, average: float = 0.0, seed: int = 1):
    """Juniors answer; after the round participants move a share of the way to their own junior, or to the average."""
    bundle = read_bundle(folder)
    items = [item for item in ITEMS if any(item in one.item_ids for one in bundle.programme.instruments.values())]
    rng = np.random.default_rng(seed)
    people = bundle.table("people")["person_id"]
    juniors = [person for person in people if person.startswith("J")]
    profile = rng.uniform(2, 4, len(items))
    truth = {junior: np.clip(np.rint(profile + rng.normal(0, 1.2, len(items))), 1, 5) for junior in juniors}
    mean = np.mean(list(truth.values()), axis=0)
    pairs = dict(bundle.table("tandems")[["mentee_id", "mentor_id"]].itertuples(index=False))
    rows, wanted = [["round_id", "wave", "person_id", "about_id", "item", "value"]], []
    for senior in (person for person in people if person.startswith("S")):
        about = pairs.get(senior, juniors[int(rng.integers(len(juniors)))])
        for wave in ("pre", "post"):
            later = wave == "post" and senior in pairs
            guess = 3 + 0.3 * (truth[about] - mean) + rng.normal(0, 0.8, len(items))
            guess += later * (learnt * (truth[about] - mean) + average * (mean - 3))
            values = np.clip(np.rint(guess), 1, 5)
            rows += [[lot_world.ROUND, wave, senior, about, i, int(v)] for i, v in zip(items, values, strict=True)]
    for junior in juniors:
        for wave in ("pre", "post"):
            wanted += [
                [lot_world.ROUND, wave, junior, i, int(v), ""] for i, v in zip(items, truth[junior], strict=True)
            ]
    own = list(csv.reader((folder / "answers.csv").read_text(encoding="utf-8").splitlines()))
    own = [row for row in own if row[3] not in items]
    lot_world.write_tables(folder, {"guesses": rows, "answers": [*own, *wanted]})
    bundle = read_bundle(folder)
    return bundle, over_rounds(bundle, M7, [lot_world.ROUND])


def test_seniors_who_get_to_know_their_junior_are_found(folder: Path) -> None:
    bundle, found = guessed(folder, learnt=0.7)
    assert isinstance(found.estimate, Estimate)
    assert found.estimate.unit == "correlation"
    assert found.estimate.lo > 0.1
    assert found.times == 0.5
    people = accuracies(bundle, bundle.programme.round(lot_world.ROUND))
    assert people["pre"].notna().all()
    said = source(Answer(claim=M7, verdict="shown", result=found.estimate), translator("en"))
    assert said == "guesses held against the juniors' own answers"


def test_seniors_who_learn_what_the_young_are_like_on_average_know_no_junior_the_better(folder: Path) -> None:
    _, found = guessed(folder, learnt=0.0, average=0.9, seed=2)
    assert isinstance(found.estimate, Estimate)
    assert found.estimate.lo < 0 < found.estimate.hi


def test_without_guesses_it_rests_on_what_they_say_of_themselves(folder: Path) -> None:
    (folder / "guesses.csv").unlink(missing_ok=True)
    bundle = read_bundle(folder)
    assert accuracies(bundle, bundle.programme.round(lot_world.ROUND)) is None
    assert over_rounds(bundle, M7, [lot_world.ROUND]).estimate is None  # its scale was not asked here
    assert source(Answer(claim=M7, verdict="shown"), translator("en")) == "they say that they know"
