"""Survey measures: ours against scipy and statsmodels, on the same made-up scores, interleaved in one run.

The peers start from arrays, ours from a data frame, its checks included.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import permutation_test
from statsmodels.regression.mixed_linear_model import MixedLM

from benchmarks.page import digits, machine, seconds, spread, write_section
from rmanalytics.measures.stats.exact_tests import sign_flip
from rmanalytics.measures.stats.mixed_model import fit_random_intercept

Floats = npt.NDArray[np.float64]

PEOPLE = 34
FLIPS = 99_999
REPEATS = 20
ROUNDS = 10
SEED = 1


@dataclass(frozen=True)
class Row:
    """One piece of work, the peer, and the seconds of both sides, a pair for each run."""

    work: str
    peer: str
    theirs: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Task:
    """What each side does, and what its time is multiplied by."""

    row: Row
    theirs: Callable[[], object]
    ours: Callable[[], object]
    their_times: float = 1.0
    our_times: float = 1.0


def changes() -> pd.DataFrame:
    """Means of five items before and after, as our functions take them."""
    rng = np.random.default_rng(SEED)
    pre = rng.integers(8, 21, PEOPLE) / 5
    post = np.clip(pre + rng.integers(-2, 5, PEOPLE) / 5, 1, 5)
    return pd.DataFrame({"person_id": np.arange(PEOPLE), "pre": pre, "post": post})


def rounds() -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Ten rounds of 34 participants and 34 others before and after: outcome, design, person of each row."""
    rng = np.random.default_rng(SEED)
    people = ROUNDS * 2 * PEOPLE
    person = np.repeat(np.arange(people), 2)
    after, inside = np.tile([0.0, 1.0], people), (person % 2).astype(float)
    of_round = np.eye(ROUNDS)[person // (2 * PEOPLE)]
    y = 3 + 0.3 * after * inside + rng.normal(0, 0.5, people)[person] + rng.normal(0, 0.4, 2 * people)
    return y, np.column_stack([after, inside, after * inside, of_round]), person


def by_statsmodels(y: Floats, x: Floats, person: npt.NDArray[np.int64]) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(MixedLM(y, x, person).fit(reml=True).fe_params, dtype=np.float64)


def flips_by_scipy(d: Floats) -> float:
    return float(
        permutation_test(
            (d,),
            lambda x, axis: x.mean(axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=FLIPS,
            rng=np.random.default_rng(SEED),
        ).pvalue
    )


def tasks() -> list[Task]:
    """Every comparison of the table."""
    one = changes()
    d = (one["post"] - one["pre"]).to_numpy()
    y, x, person = rounds()
    terms = [str(i) for i in range(x.shape[1])]

    return [
        Task(
            Row(f"sign-flip test of {PEOPLE} changes", f"scipy, {FLIPS:,} random patterns (ours: every pattern)"),
            lambda: flips_by_scipy(d),
            lambda: [sign_flip(one) for _ in range(REPEATS)],
            our_times=1 / REPEATS,
        ),
        Task(
            Row(f"random intercept, {ROUNDS} rounds, {y.size:,} scores", "statsmodels MixedLM (ours: with df)"),
            lambda: by_statsmodels(y, x, person),
            lambda: [fit_random_intercept(y, x, person, terms=terms) for _ in range(REPEATS)],
            our_times=1 / REPEATS,
        ),
    ]


def agree() -> None:
    """Both sides must have computed the same thing, up to what is drawn at random."""
    one = changes()
    exact = getattr(sign_flip(one), "p_value", np.nan)
    drawn = flips_by_scipy((one["post"] - one["pre"]).to_numpy())
    np.testing.assert_allclose(exact, drawn, atol=5 * (0.25 / FLIPS) ** 0.5)
    y, x, person = rounds()
    fit = fit_random_intercept(y, x, person, terms=[str(i) for i in range(x.shape[1])])
    np.testing.assert_allclose(fit.estimates, by_statsmodels(y, x, person), atol=1e-5)


def table(rows: Sequence[Row]) -> str:
    """The comparison as a Markdown table; a ratio is the median of the runs' own ratios."""
    lines = ["| work | peer | peer, s | rmanalytics, s | peer ÷ ours |", "|---|---|---|---|---|"]
    for row in rows:
        ratios = [theirs / ours for theirs, ours in zip(row.theirs, row.ours, strict=True)]
        cells = [spread(values, digits(values)) for values in (row.theirs, row.ours, ratios)]
        lines.append(f"| {row.work} | {row.peer} | {' | '.join(cells)} |")
    return "\n".join(lines)


def measure(runs: int) -> list[Row]:
    """Time both sides of every row, interleaved, after an untimed run of ours."""
    work = tasks()
    agree()
    for _ in range(runs):
        for task in work:
            task.row.theirs.append(seconds(task.theirs) * task.their_times)
            task.row.ours.append(seconds(task.ours) * task.our_times)
    return [task.row for task in work]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.survey", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="timed runs of everything (default 3)")
    runs = max(parser.parse_args(arguments).runs, 1)
    rows = table(measure(runs))
    print(rows, flush=True)
    text = f"""\
Made-up scores, {PEOPLE} people a group; {runs} interleaved runs, median (lowest–highest). Both sides give the same
values, up to what is drawn at random: the run stops where they do not. Ours start from a data frame, with its checks.

{rows}

Measured {machine("numpy", "scipy", "statsmodels", "pandas")}. Again: `make bench ARGS="--runs {runs}"`.
"""
    write_section("survey", "Survey measures", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
