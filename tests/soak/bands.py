"""What a calibration finds, judged by chance alone, and the page that shows it."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from math import sqrt

import numpy as np
from scipy.stats import binom

CAUTIOUS, LESS = "no: cautious", "no: less"
COVERAGE, TYPE_I, POWER = "coverage", "type I error", "power"
NOMINAL = {COVERAGE: 0.95, TYPE_I: 0.05, POWER: 0.8}
CHANCE = 0.001
"""How often an exactly calibrated method falls outside the band."""
PACKAGES = ("numpy", "scipy", "pandas", "statsmodels")
HEADER = """\
# Calibration

Written by `make soak`. Every row invents data whose truth is known, asks a measure, and counts: how often its 95 %
interval holds the truth (*coverage*), how often its test at 0.05 rejects where there is nothing (*type I error*), how
often it finds the smallest difference that `rmanalytics plan` names (*power*, meant to be 0.80).

*Band*: where {least} of such runs lie if the measure is exactly what it says, by the binomial distribution of so many
draws alone. *Within?* says *yes*; *cautious* (the interval is wider, or the test rejects less often, than it says);
*narrow* or *liberal* (the opposite: too sure). *At least* and *at most* stand where a method promises no more than
that, as exact methods do with counts and ties. Draws without an estimate, such as five people left of ten, are not
counted. Seeds are fixed: the same versions give the same figures. The tests hold every row: within the band, or, where
a method is known to deviate, on the side and, where that is known, at the figure that was found with other seeds.
"""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the page: what was measured, on what data, how often it held."""

    family: str
    measure: str
    quantity: str
    design: str
    drop_out: str
    draws: int
    rate: float
    nominal: float
    at_best: bool
    note: str

    @property
    def band(self) -> tuple[float, float]:
        lo, hi = binom.ppf([CHANCE / 2, 1 - CHANCE / 2], self.draws, self.nominal) / self.draws
        return float(lo), float(hi)

    @property
    def verdict(self) -> str:
        lo, hi = self.band
        if lo <= self.rate <= hi:
            return "yes"
        above = self.rate > hi
        if self.quantity == TYPE_I:
            if above:
                return "no: liberal"
            return "yes (at most)" if self.at_best else CAUTIOUS
        if not above:
            return "no: narrow" if self.quantity == COVERAGE else LESS
        if self.at_best:
            return "yes (at least)"
        return CAUTIOUS if self.quantity == COVERAGE else "no: more"

    def check(self, expected: float | None, allowed: str) -> None:
        """Within the band; or as is known of it: within four standard errors of a figure, or out on one side."""
        if expected is not None:
            assert abs(self.rate - expected) <= 4 * sqrt(expected * (1 - expected) / self.draws), self
        else:
            assert self.verdict.startswith("yes") or self.verdict == allowed, (self, self.band)


def row(
    held: Sequence[bool],
    *,
    family: str,
    measure: str,
    quantity: str,
    design: str,
    drop_out: str = "–",
    at_best: bool = False,
    note: str = "",
) -> Row:
    """A row of the page from what each draw gave."""
    return Row(
        family=family,
        measure=measure,
        quantity=quantity,
        design=design,
        drop_out=drop_out,
        draws=len(held),
        rate=float(np.mean(held)),
        nominal=NOMINAL[quantity],
        at_best=at_best,
        note=note,
    )


def as_property(found: Row) -> dict[str, object]:
    """Plain types, which travel between processes."""
    return asdict(found)


def page(rows: Iterable[tuple[Row, float]], *, on: date, minutes: float) -> str:
    """The page: rows with the seconds that their test took, by family."""
    rows = list(rows)
    parts = [HEADER.format(least=f"{(1 - CHANCE) * 100:g} %"), _summary(rows, minutes)]
    for family in dict.fromkeys(found.family for found, _ in rows):
        parts.append(f"## {family}\n")
        parts.append("| measure | what | data | drop-out | draws | found | band | within? | s |")
        parts.append("|---|---|---|---|---:|---:|---|---|---:|")
        parts += [_line(found, seconds) for found, seconds in rows if found.family == family]
        parts.append("")
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    parts.append(f"Written {on.isoformat()} by `make soak`; Python {platform.python_version()}, {versions}.")
    return "\n".join(parts) + "\n"


def _line(found: Row, seconds: float) -> str:
    lo, hi = found.band
    took = f"{seconds:.0f}" if seconds >= 0 else "″"
    return (
        f"| `{found.measure}` | {found.quantity} | {found.design} | {found.drop_out} | {found.draws:,} | "
        f"{found.rate:.3f} | {lo:.3f}–{hi:.3f} | {found.verdict} | {took} |"
    )


def _summary(rows: list[tuple[Row, float]], minutes: float) -> str:
    verdicts = [found.verdict for found, _ in rows]
    outside = [found for found, _ in rows if not found.verdict.startswith("yes")]
    lines = [
        f"{len(rows)} rows: {sum(v.startswith('yes') for v in verdicts)} within, "
        f"{sum(v == CAUTIOUS for v in verdicts)} cautious, "
        f"{sum(v in {'no: narrow', 'no: liberal'} for v in verdicts)} too sure, "
        f"{sum(v in {LESS, 'no: more'} for v in verdicts)} with another power than planned.",
        f"*s*: seconds of the row's test (″: the same test as the row above); {minutes:.0f} minutes in all, two tests "
        "at a time. Outside the band:\n",
    ]
    for note in dict.fromkeys(found.note for found in outside):
        names = ", ".join(dict.fromkeys(f"`{found.measure}`" for found in outside if found.note == note))
        lines.append(f"* {names}: {note or 'no reason is known'}")
    return "\n".join(lines) + "\n"
