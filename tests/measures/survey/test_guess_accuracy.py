"""Guesses: by hand, net of what everybody answers, and a stereotype learnt that is no knowledge of anybody."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from rmanalytics.measures.survey.guess_accuracy import guess_accuracy

ITEMS = [f"i{n}" for n in range(8)]


def long(values: np.ndarray, who: list[str], column: str = "person_id") -> pd.DataFrame:
    table = pd.DataFrame(values, index=pd.Index(who, name=column), columns=ITEMS)
    return table.reset_index().melt(id_vars=column, var_name="item")


def test_accuracy_is_the_correlation_net_of_the_average_junior_and_bias_the_mean_distance() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(1, 6, (12, 8)).astype(float)
    juniors = [f"j{n:02d}" for n in range(12)]
    guess = rng.integers(1, 6, (1, 8)).astype(float)
    found = guess_accuracy(long(guess, ["s"]).assign(about_id="j03"), long(truth, juniors))
    average = truth.mean(axis=0)
    (gt, ga), (_, ta) = np.corrcoef([guess[0], truth[3], average])[:2, [1, 2]]
    partial = (gt - ga * ta) / math.sqrt((1 - ga**2) * (1 - ta**2))
    assert found["accuracy"].tolist() == pytest.approx([partial])
    assert found["bias"].tolist() == pytest.approx([float((guess[0] - truth[3]).mean())])


def test_whoever_learns_what_the_young_answer_on_average_knows_nobody_the_better() -> None:
    """Raw agreement with the junior's answers rises by .3 and more; net of the average it stays where it was."""
    rng = np.random.default_rng(2)
    profile, n = np.array([1.0, 5, 2, 4, 1, 5, 3, 2]), 300
    truth = profile + rng.normal(0, 1, (n, 8))
    juniors, seniors = [f"j{i:03d}" for i in range(n)], [f"s{i:03d}" for i in range(n)]

    def both(guess: np.ndarray) -> tuple[float, float]:
        raw = np.mean([np.corrcoef(g, t)[0, 1] for g, t in zip(guess, truth, strict=True)])
        guesses = long(guess, seniors).assign(about_id=lambda t: "j" + t["person_id"].str[1:])
        return float(raw), float(guess_accuracy(guesses, long(truth, juniors))["accuracy"].mean())

    own = 0.2 * (truth - profile)
    before = both(3 + own + rng.normal(0, 1, (n, 8)))
    stereotype = both(profile + own + rng.normal(0, 1, (n, 8)))
    knowing = both(profile + 0.5 * (truth - profile) + rng.normal(0, 1, (n, 8)))
    assert stereotype[0] - before[0] > 0.3
    assert abs(stereotype[1] - before[1]) < 0.06
    assert knowing[1] - stereotype[1] > 0.15


def test_too_few_items_or_guesses_like_the_average_have_no_accuracy() -> None:
    truth = long(np.arange(16.0).reshape(2, 8) % 5, ["a", "b"])
    guess = truth[truth["person_id"] == "a"].assign(person_id="s", about_id="a")
    assert math.isnan(guess_accuracy(guess.head(3), truth)["accuracy"].iloc[0])
    average = guess.assign(value=guess["item"].map(truth.groupby("item")["value"].mean()))
    assert math.isnan(guess_accuracy(average, truth)["accuracy"].iloc[0])
    assert guess_accuracy(guess.assign(about_id="nobody"), truth).empty
    with pytest.raises(ValueError, match="more than one row"):
        guess_accuracy(pd.concat([guess, guess]), truth)
