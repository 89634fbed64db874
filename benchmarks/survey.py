"""Survey measures: ours against scipy, pingouin and statsmodels, on the same made-up scores, interleaved in one run.

The peers start from arrays, ours from a data frame, its checks included. Loops over groups that would take a peer
minutes are timed over a few groups and multiplied, and marked so. pingouin is used where it happens to be installed:
its licence is the GPL, and the package never imports it.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import bootstrap, permutation_test
from statsmodels.regression.mixed_linear_model import MixedLM

from benchmarks.page import digits, machine, seconds, spread, write_section
from rmanalytics.measures.stats.bootstrap import group_changes_bca, group_g_avs_bca
from rmanalytics.measures.stats.effect_sizes import hedges_j
from rmanalytics.measures.stats.exact_tests import sign_flip
from rmanalytics.measures.stats.mixed_model import fit_random_intercept
from rmanalytics.results import Estimate

Floats = npt.NDArray[np.float64]

GROUPS = 1_000
PEOPLE = 34
DRAWS = 10_000
FEW = 3
MORE = 50
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


def scores() -> tuple[Floats, Floats]:
    """Means of five items before and after, a row a group."""
    rng = np.random.default_rng(SEED)
    before = rng.integers(8, 21, (GROUPS, PEOPLE)) / 5
    return before, np.clip(before + rng.integers(-2, 5, (GROUPS, PEOPLE)) / 5, 1, 5)


def frame_of(before: Floats, after: Floats) -> pd.DataFrame:
    """The same scores as our functions take them."""
    groups, people = before.shape
    return pd.DataFrame(
        {
            "group": np.repeat(np.arange(groups), people),
            "person_id": np.tile(np.arange(people), groups),
            "pre": before.ravel(),
            "post": after.ravel(),
        }
    )


def rounds() -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Ten rounds of 34 participants and 34 others before and after: outcome, design, person of each row."""
    rng = np.random.default_rng(SEED)
    people = ROUNDS * 2 * PEOPLE
    person = np.repeat(np.arange(people), 2)
    after, inside = np.tile([0.0, 1.0], people), (person % 2).astype(float)
    of_round = np.eye(ROUNDS)[person // (2 * PEOPLE)]
    y = 3 + 0.3 * after * inside + rng.normal(0, 0.5, people)[person] + rng.normal(0, 0.4, 2 * people)
    return y, np.column_stack([after, inside, after * inside, of_round]), person


def g_av(before: Floats, after: Floats, axis: int = -1) -> Floats:
    """Hedges' g_av, for any number of resamples at once."""
    variance = (before.var(axis=axis, ddof=1) + after.var(axis=axis, ddof=1)) / 2
    j = hedges_j(before.shape[axis] - 1)
    return np.asarray(j * (after - before).mean(axis=axis) / np.sqrt(variance), dtype=np.float64)


def g_av_of_one(before: Floats, after: Floats) -> float:
    """The same for one resample, as one writes it first."""
    return float(g_av(before, after))


def mean_change(before: Floats, after: Floats, axis: int = -1) -> Floats:
    return np.asarray((after - before).mean(axis=axis), dtype=np.float64)


def by_scipy(before: Floats, after: Floats, statistic: Callable[..., object], *, vectorized: bool) -> Any:
    """BCa limits of the groups in one call (of one group where the scores are one row)."""
    return bootstrap(
        (before, after),
        statistic,
        paired=True,
        vectorized=vectorized,
        axis=-1,
        n_resamples=DRAWS,
        batch=DRAWS if before.ndim == 1 else 200,
        method="BCa",
        rng=np.random.default_rng(SEED),
    ).confidence_interval


def by_pingouin(before: Floats, after: Floats) -> object:
    """BCa limits of a paired effect size of one group; pingouin's own for two paired samples is d_av."""
    import pingouin

    return pingouin.compute_bootci(after, before, func="cohen", paired=True, method="bca", n_boot=DRAWS, seed=SEED)


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
    before, after = scores()
    table = frame_of(before, after)
    one = table[table["group"] == 0]
    d = (one["post"] - one["pre"]).to_numpy()
    y, x, person = rounds()
    terms = [str(i) for i in range(x.shape[1])]

    def our_g() -> object:
        return group_g_avs_bca(table, rng=np.random.default_rng(SEED), seed=SEED, draws=DRAWS)

    def our_change() -> object:
        return group_changes_bca(table, rng=np.random.default_rng(SEED), seed=SEED, draws=DRAWS)

    def loop(groups: int, work: Callable[[Floats, Floats], object]) -> Callable[[], object]:
        return lambda: [work(before[i], after[i]) for i in range(groups)]

    def one_call(statistic: Callable[..., object]) -> Callable[[], object]:
        return lambda: by_scipy(before[:MORE], after[:MORE], statistic, vectorized=True)

    def vectorised(b: Floats, a: Floats) -> object:
        return by_scipy(b, a, g_av, vectorized=True)

    def plain(b: Floats, a: Floats) -> object:
        return by_scipy(b, a, g_av_of_one, vectorized=False)

    g = f"BCa of g_av, {GROUPS:,} groups"
    found = [
        Task(Row(g, "scipy, plain statistic, group by group *"), loop(FEW, plain), our_g, GROUPS / FEW),
        Task(Row(g, "scipy, vectorised statistic, group by group *"), loop(MORE, vectorised), our_g, GROUPS / MORE),
        Task(Row(g, "scipy, vectorised, all groups in one call *"), one_call(g_av), our_g, GROUPS / MORE),
        Task(
            Row(f"BCa of the mean change, {GROUPS:,} groups", "scipy, vectorised, all groups in one call *"),
            one_call(mean_change),
            our_change,
            GROUPS / MORE,
        ),
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
    if find_spec("pingouin") is not None:
        import pingouin  # noqa: F401  (its import is not timed)

        found.insert(1, Task(Row(g, "pingouin, group by group *"), loop(FEW, by_pingouin), our_g, GROUPS / FEW))
    return found


def agree() -> None:
    """Both sides must have computed the same thing, up to what is drawn at random."""
    before, after = scores()
    table = frame_of(before[:5], after[:5])
    for ours, statistic in ((group_g_avs_bca, g_av), (group_changes_bca, mean_change)):
        found = ours(table, rng=np.random.default_rng(SEED), seed=SEED, draws=10 * DRAWS)
        for i, result in enumerate(found):
            peer = by_scipy(before[i], after[i], statistic, vectorized=True)
            if not isinstance(result, Estimate) or result.lo is None:
                raise TypeError("a group has no interval")
            room = 5 * (10**0.5) * max(result.extra["mc_se_lo"], result.extra["mc_se_hi"]) + 0.2 / PEOPLE
            np.testing.assert_allclose(result.lo, peer.low, atol=room)
            np.testing.assert_allclose(result.hi or np.nan, peer.high, atol=room)
    one = table[table["group"] == 0]
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
    installed = find_spec("pingouin") is not None
    absent = "" if installed else "\n\npingouin was not installed: its row is left out."
    rows = table(measure(runs))
    print(rows + absent, flush=True)
    text = f"""\
Made-up scores, {PEOPLE} people a group, {DRAWS:,} resamples; {runs} interleaved runs, median (lowest–highest). Both
sides give the same values, up to what is drawn at random: the run stops where they do not.

{rows}{absent}

\\* Timed over {FEW} groups (pingouin, plain statistic) or {MORE} and multiplied; ours over all of them, from a data
frame and with its checks. pingouin's own paired effect size is d_av, which is g_av but for a constant.

Measured {machine("numpy", "scipy", "statsmodels", "pandas", *(["pingouin"] if installed else []))}. Again:
`make bench ARGS="--runs {runs}"`.
"""
    write_section("survey", "Survey measures", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
