"""Retention: ours against lifelines, statsmodels and scikit-survival, on the same simulated staff, in one run.

Every side gets its data in the form that it wants, made beforehand; what is timed is one call that a user makes. Both
sides must give the same values, the coefficients of the Cox models to 1e-6: the run stops where they do not.
lifelines and scikit-survival are measured where they are installed and never imported by the package.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.page import digits, machine, seconds, spread, write_section
from rmanalytics.measures.retention.hazard_ratios import hazard_ratio
from rmanalytics.measures.retention.kaplan_meier import survival_curve
from rmanalytics.measures.retention.risk_sets import log_rank
from rmanalytics.measures.stats.cox_model import fit_cox

SIZES = (1_000, 10_000, 100_000)
PEERS = {"lifelines": "lifelines", "statsmodels": "statsmodels", "scikit-survival": "sksurv"}
ADJUST = ["level", "age"]
COVARIATES = ["participant", *ADJUST]
SEED = 1

KM, LOG_RANK = "Kaplan–Meier with interval", "log-rank test"
COX, COX_ENTRY = "Cox, Efron ties, three covariates", "the same with entry times"


@dataclass
class Row:
    """One piece of work and the seconds of each side, one for each run; a side that cannot do it has none."""

    work: str
    ours: list[float] = field(default_factory=list)
    theirs: dict[str, list[float]] = field(default_factory=dict)


def staff(people_n: int) -> pd.DataFrame:
    """People who were there before the records begin, or came later; days in whole numbers, so that many are tied."""
    rng = np.random.default_rng(SEED)
    level, age = rng.integers(1, 8, people_n), rng.normal(40, 10, people_n)
    participant = (rng.random(people_n) < 0.3).astype("int64")
    entry = np.where(rng.random(people_n) < 0.6, rng.integers(1, 2500, people_n), 0)
    rate = 4e-4 * np.exp(-0.2 * participant - 0.05 * level + 0.01 * (age - 40))
    leave, follow = entry + rng.exponential(1 / rate), entry + rng.integers(200, 1095, people_n)
    return pd.DataFrame(
        {
            "person_id": np.arange(people_n),
            "group": np.where(participant == 1, "participants", "comparison"),
            "entry_days": entry.astype("float64"),
            "time_days": np.ceil(np.minimum(leave, follow)),
            "event": (leave <= follow).astype("int64"),
            "participant": participant,
            "level": level.astype("float64"),
            "age": age,
        }
    )


def ours(people: pd.DataFrame) -> dict[str, Callable[[], object]]:
    """One call for each work; the Cox models with all checks that `hazard_ratio` makes."""
    since_start = people.drop(columns="entry_days")
    rows = people.assign(entry_days=0.0)
    return {
        KM: lambda: survival_curve(since_start.drop(columns="group")),
        LOG_RANK: lambda: log_rank(since_start),
        COX: lambda: hazard_ratio(rows, adjust=ADJUST),
        COX_ENTRY: lambda: hazard_ratio(people, adjust=ADJUST),
    }


def with_lifelines(people: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test

    frame = people[["time_days", "event", *COVARIATES]]
    late = people[["time_days", "event", "entry_days", *COVARIATES]]
    arms = [people[people["participant"] == arm] for arm in (1, 0)]
    ends, events = [arm["time_days"] for arm in arms], [arm["event"] for arm in arms]

    def cox(rows: pd.DataFrame, entry: str | None) -> Any:
        return CoxPHFitter().fit(rows, "time_days", "event", entry_col=entry).params_.to_numpy()

    return {
        KM: lambda: KaplanMeierFitter().fit(people["time_days"], people["event"]),
        LOG_RANK: lambda: logrank_test(*ends, *events),
        COX: lambda: cox(frame, None),
        COX_ENTRY: lambda: cox(late, "entry_days"),
    }


def with_statsmodels(people: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    from statsmodels.duration.hazard_regression import PHReg
    from statsmodels.duration.survfunc import SurvfuncRight, survdiff

    time, event, x = (people[c].to_numpy(dtype="float64") for c in ("time_days", "event", COVARIATES))
    # statsmodels counts somebody who enters at t as at risk at t; a little later, it does what the others do
    entry = people["entry_days"].to_numpy() + np.where(people["entry_days"] > 0, 1e-6, 0)
    group = people["participant"].to_numpy()
    return {
        KM: lambda: SurvfuncRight(time, event),
        LOG_RANK: lambda: survdiff(time, event, group),
        COX: lambda: PHReg(time, x, status=event, ties="efron").fit().params,
        COX_ENTRY: lambda: PHReg(time, x, status=event, entry=entry, ties="efron").fit().params,
    }


def with_sksurv(people: pd.DataFrame) -> dict[str, Callable[[], Any]]:
    from sksurv.compare import compare_survival
    from sksurv.linear_model import CoxPHSurvivalAnalysis
    from sksurv.nonparametric import kaplan_meier_estimator
    from sksurv.util import Surv

    event, time = people["event"].to_numpy(dtype=bool), people["time_days"].to_numpy()
    y, x, group = Surv.from_arrays(event, time), people[COVARIATES].to_numpy(dtype="float64"), people["participant"]
    return {
        KM: lambda: kaplan_meier_estimator(event, time, conf_type="log-log"),
        LOG_RANK: lambda: compare_survival(y, group.to_numpy()),
        COX: lambda: CoxPHSurvivalAnalysis(ties="efron", tol=1e-12).fit(x, y).coef_,
    }


SIDES = {"lifelines": with_lifelines, "statsmodels": with_statsmodels, "scikit-survival": with_sksurv}


def agree(people: pd.DataFrame, sides: dict[str, dict[str, Callable[[], Any]]]) -> float:
    """Stop where two sides give other coefficients, chi-squares or curves; returns the largest gap of a coefficient."""
    x, time, event = (people[c].to_numpy(dtype="float64") for c in (COVARIATES, "time_days", "event"))
    fits = {COX: fit_cox(time, event, x), COX_ENTRY: fit_cox(time, event, x, entry=people["entry_days"].to_numpy())}
    mine = ours(people)
    chi_square = getattr(mine[LOG_RANK](), "extra")["chi_square"]  # noqa: B009  (an Estimate here, for the type checker)
    last = getattr(mine[KM](), "points")["survival"].iloc[-1]  # noqa: B009
    gap = 0.0
    for name, side in sides.items():
        for work in (COX, COX_ENTRY):
            if work in side:
                gap = max(gap, float(np.abs(side[work]() - fits[work].coefficients).max()))
        test, curve = side[LOG_RANK](), side[KM]()
        theirs = {"lifelines": lambda t=test: t.test_statistic}.get(name, lambda t=test: t[0])()
        np.testing.assert_allclose(chi_square, theirs, rtol=1e-8)
        ends = {
            "lifelines": lambda c=curve: c.survival_function_.iloc[-1, 0],
            "statsmodels": lambda c=curve: c.surv_prob[-1],
            "scikit-survival": lambda c=curve: c[1][-1],
        }
        np.testing.assert_allclose(last, ends[name](), rtol=1e-9)
    if gap > 1e-6:
        raise ValueError(f"coefficients differ by {gap:.1e}")
    return gap


def measure(people: pd.DataFrame, names: Sequence[str], *, runs: int) -> tuple[list[Row], float]:
    """Time every side of every work, interleaved, after one call each to warm up and to compare."""
    sides = {name: SIDES[name](people) for name in names}
    gap = agree(people, sides)
    rows = [Row(work, theirs={name: [] for name in names if work in sides[name]}) for work in ours(people)]
    for _ in range(runs):
        for row in rows:
            for name, times in row.theirs.items():
                times.append(seconds(sides[name][row.work]))
            row.ours.append(seconds(ours(people)[row.work]))
    return rows, gap


def table(rows: Sequence[Row], names: Sequence[str]) -> str:
    """The comparison as a Markdown table; a ratio is the median of the runs' own ratios."""
    heads = [*(f"{name}, s" for name in names), "rmanalytics, s", *(f"{name} ÷ ours" for name in names)]
    lines = [f"| work | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for row in rows:
        columns = [*(row.theirs.get(name, []) for name in names), row.ours]
        columns += [
            [theirs / own for theirs, own in zip(row.theirs.get(name, []), row.ours, strict=False)] for name in names
        ]
        cells = [spread(values, digits(values)) if values else "–" for values in columns]
        lines.append(f"| {row.work} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retention", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="timed runs of everything (default 3)")
    runs = max(parser.parse_args(arguments).runs, 1)
    names = [name for name, module in PEERS.items() if find_spec(module) is not None]
    if "lifelines" not in names:
        print("lifelines is not installed (pip install -e '.[bench]'): nothing measured, the page is left as it is")
        return 0
    parts, gaps = [], []
    for size in SIZES:
        rows, gap = measure(staff(size), names, runs=runs)
        gaps.append(gap)
        parts.append(f"### {size:,} people\n\n{table(rows, names)}")
        print(parts[-1], flush=True)
    tables = "\n\n".join(parts)
    text = f"""\
Simulated staff with three covariates, whole days and so many ties; {runs} interleaved runs, median (lowest–highest).
All sides give the same curves and chi-squares, and the same coefficients to {max(gaps):.0e}: the run stops at 1e-6.

{tables}

Ours starts from one table in every row and checks it; the Cox rows are `hazard_ratio`, with events budget and robust
standard error as well. scikit-survival knows no entry times. statsmodels counts somebody who enters at t as at risk at
t, which the others do not: its entries are moved by a millionth of a day.

Measured {machine(*names, "numpy", "scipy", "pandas")}. Again: `make bench ARGS="--runs {runs}"`.
"""
    write_section("retention", "Who stays", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
