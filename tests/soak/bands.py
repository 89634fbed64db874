"""What a calibration finds, judged by chance alone, and the page that shows it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
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
*Code*: digest of the test and all that it imports; – where the row is older than the digests, so that nothing says
which code it tested. `make soak-status` says whose code is another today.
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


@dataclass(frozen=True, kw_only=True)
class Told:
    """A row, the seconds of its test (below 0: the same test as the row above), the day, and the digest of its code."""

    row: Row
    seconds: float
    on: date
    code: str = ""

    @property
    def about(self) -> tuple[str, ...]:
        """What the row is about: a later run of the same takes its place."""
        return (self.row.family, self.row.measure, self.row.quantity, self.row.design, self.row.drop_out)


def merged(earlier: Sequence[Told], found: Sequence[Told], *, whole: bool) -> list[Told]:
    """Earlier rows with what was found now in their places, and new rows after them.

    Where whole families ran, their earlier rows that were not found again go.
    """
    now = {told.about: told for told in found}
    known = {told.about for told in earlier}
    again = {told.row.family for told in found} if whole else set()
    kept = [now.get(told.about, told) for told in earlier if told.about in now or told.row.family not in again]
    return kept + [told for told in now.values() if told.about not in known]


def write_rows(path: Path, rows: Sequence[Told]) -> None:
    """The table behind the page."""
    table = [{**asdict(told.row), "seconds": round(told.seconds, 1), "on": told.on, "code": told.code} for told in rows]
    pd.DataFrame(table).to_csv(path, index=False)


def read_rows(path: Path) -> list[Told]:
    """What `write_rows` wrote."""
    frame = pd.read_csv(path, keep_default_na=False)
    about = frame.drop(columns=["seconds", "on", "code"]).to_dict("records")
    how = zip(about, frame["seconds"], frame["on"], frame["code"], strict=True)
    return [Told(row=Row(**row), seconds=s, on=date.fromisoformat(on), code=code) for row, s, on, code in how]


def page(rows: Sequence[Told]) -> str:
    """The page: rows by family, with the seconds that their test took, the day and the digest of the code."""
    parts = [HEADER.format(least=f"{(1 - CHANCE) * 100:g} %"), _summary(rows)]
    for family in dict.fromkeys(told.row.family for told in rows):
        parts.append(f"## {family}\n")
        parts.append("| measure | what | data | drop-out | draws | found | band | within? | s | on | code |")
        parts.append("|---|---|---|---|---:|---:|---|---|---:|---|---|")
        parts += [_line(told) for told in rows if told.row.family == family]
        parts.append("")
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    latest = max(told.on for told in rows)
    parts.append(f"Last written {latest} by `make soak`; Python {platform.python_version()}, {versions}.")
    return "\n".join(parts) + "\n"


def _line(told: Told) -> str:
    found = told.row
    lo, hi = found.band
    took = f"{told.seconds:.0f}" if told.seconds >= 0 else "″"
    return (
        f"| `{found.measure}` | {found.quantity} | {found.design} | {found.drop_out} | {found.draws:,} | "
        f"{found.rate:.3f} | {lo:.3f}–{hi:.3f} | {found.verdict} | {took} | {told.on} | {told.code[:8] or '–'} |"
    )


def _summary(rows: Sequence[Told]) -> str:
    verdicts = [told.row.verdict for told in rows]
    outside = [told.row for told in rows if not told.row.verdict.startswith("yes")]
    minutes = sum(max(told.seconds, 0.0) for told in rows) / 60
    lines = [
        f"{len(rows)} rows: {sum(v.startswith('yes') for v in verdicts)} within, "
        f"{sum(v == CAUTIOUS for v in verdicts)} cautious, "
        f"{sum(v in {'no: narrow', 'no: liberal'} for v in verdicts)} too sure, "
        f"{sum(v in {LESS, 'no: more'} for v in verdicts)} with another power than planned.",
        f"*s*: seconds of the row's test (″: the same test as the row above); {minutes:.0f} minutes together, run two "
        "at a time. Outside the band:\n",
    ]
    for note in dict.fromkeys(found.note for found in outside):
        names = ", ".join(dict.fromkeys(f"`{found.measure}`" for found in outside if found.note == note))
        lines.append(f"* {names}: {note or 'no reason is known'}")
    return "\n".join(lines) + "\n"
