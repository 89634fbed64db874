"""The three kinds of result, and one tidy frame for all.

A measure returns an `Estimate`, a `NotEstimable` with its reason, or a `Curve`; never ``nan``, 0 or a weaker
method in their place, and nothing rounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    import pandas as pd

PARTICIPANTS, COMPARISON = GROUPS = ("participants", "comparison")
SIDES = ("mentee", "mentor")
CONFIDENCE = 0.95
"""Of every interval: what differs is its kind, `Estimate.interval`."""

COLUMNS = (
    "name",
    "outcome",
    "side",
    "group",
    "quantity",
    "status",
    "value",
    "lo",
    "hi",
    "confidence",
    "interval",
    "unit",
    "n",
    "unit_of_analysis",
    "n_excluded",
    "excluded_reason",
    "comparator",
    "n_comparator",
    "p_value",
    "method",
    "draws",
    "seed",
    "mc_se",
    "reason",
)

ROUNDING = 1e-12
"""What arithmetic alone may put between a value and its limits, relative to their size."""


class Printed:
    """What prints itself as a sentence, in a terminal and in a notebook."""

    def __str__(self) -> str:
        return sentence(self)  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"


@dataclass(frozen=True, kw_only=True)
class Estimate(Printed):
    """A number with its uncertainty and everything needed to read it.

    Parameters
    ----------
    name : str
        Noun of the estimand, the function that made it: ``paired_change``, ``rmst_difference``.
    unit : str
        Unit of ``value``: ``scale points``, ``g``, ``share``, ``days``, ``index``, ``count`` …
    value : float
        The point estimate, not rounded.
    lo, hi : float or None
        Limits of the interval; both None where the measure is a plain count or a description.
    confidence : float
        Confidence of the interval, 0.95 always.
    interval : str
        ``ordinary``; ``repeated`` where it holds at every look of several; ``selection_corrected`` where it allows for
        the choice of this one result among several.
    n : int
        Units of analysis used.
    unit_of_analysis : str
        ``person``, ``tandem``, ``mentor``, ``round``, ``tie`` or ``dyad``.
    method : str
        The method in words, as a methods section would name it.
    n_excluded, excluded_reason : int, str
        Units left out, and why.
    comparator, n_comparator : str, int or None
        What it is compared with, and how many units that is.
    p_value : float or None
        Two-sided unless ``method`` says otherwise.
    draws, seed, mc_se : optional
        For permutation and bootstrap results: number of draws, seed, Monte-Carlo standard error of ``p_value``.
    outcome, side, group : str
        What it is about: an instrument or subscale, ``mentor`` or ``mentee``, a group's name.
    extra : mapping of str to float
        Further numbers of the same fit (degrees of freedom, baseline, means), by name.
    exact : bool
        Declares that an interval without width is meant: nothing is uncertain.

    Raises
    ------
    ValueError
        When the contract is broken: a number that is not finite, a value outside its limits, one limit alone or no
        width that was not declared, a p-value outside 0 to 1, a negative count.
    """

    name: str
    unit: str
    value: float
    lo: float | None
    hi: float | None
    n: int
    unit_of_analysis: str
    method: str
    confidence: float = CONFIDENCE
    interval: Literal["ordinary", "repeated", "selection_corrected"] = "ordinary"
    n_excluded: int = 0
    excluded_reason: str = ""
    comparator: str = ""
    n_comparator: int | None = None
    p_value: float | None = None
    draws: int | None = None
    seed: int | None = None
    mc_se: float | None = None
    outcome: str = ""
    side: str = ""
    group: str = ""
    extra: Mapping[str, float] = field(default_factory=dict)
    exact: bool = False

    def __post_init__(self) -> None:
        if broken := next(self._broken(), ""):
            raise ValueError(f"{self.name}: {broken}")

    def _broken(self) -> Iterator[str]:
        numbers = [self.value, self.lo, self.hi, self.p_value, self.mc_se, *self.extra.values()]
        if not all(math.isfinite(x) for x in numbers if x is not None):
            yield "a number is not finite; return NotEstimable instead"
        if (self.lo is None) != (self.hi is None):
            yield "an interval has two limits or none"
        if self.lo is not None and self.hi is not None:
            slack = ROUNDING * max(abs(self.lo), abs(self.hi), abs(self.value))
            if not self.lo - slack <= self.value <= self.hi + slack:
                yield "the value lies outside its limits, or the limits are crossed"
            if self.hi - self.lo <= slack and not self.exact:
                yield "an interval without width; return NotEstimable instead, or declare it exact"
        if self.p_value is not None and not 0 <= self.p_value <= 1:
            yield "a p-value outside 0 to 1"
        if min(self.n, self.n_excluded, self.n_comparator or 0) < 0:
            yield "counts cannot be negative"


@dataclass(frozen=True, kw_only=True)
class NotEstimable(Printed):
    """The honest answer where no estimate exists.

    Parameters
    ----------
    name, unit : str
        As in `Estimate`.
    reason : str
        Why, as a template in words: ``"fewer than {least} complete pairs"``.
    n : int
        Units of analysis that there were.
    values : mapping
        What goes into the template's braces.
    outcome, side, group : str
        As in `Estimate`.
    """

    name: str
    unit: str
    reason: str
    n: int
    values: Mapping[str, Any] = field(default_factory=dict)
    outcome: str = ""
    side: str = ""
    group: str = ""

    @property
    def because(self) -> str:
        """The reason with its values filled in."""
        return self.reason.format(**self.values)


@dataclass(frozen=True, kw_only=True)
class Curve(Printed):
    """A result with many points: a survival curve, a null distribution, a table of items.

    Parameters
    ----------
    name, unit : str
        As in `Estimate`; ``unit`` is that of the main column.
    points : DataFrame
        Tidy points; the measure's docstring names the columns.
    n : int
        Units of analysis used.
    unit_of_analysis, method : str
        As in `Estimate`.
    outcome, side, group : str
        As in `Estimate`.
    """

    name: str
    unit: str
    points: pd.DataFrame
    n: int
    unit_of_analysis: str
    method: str
    outcome: str = ""
    side: str = ""
    group: str = ""


Result = Estimate | NotEstimable | Curve
T = TypeVar("T", bound=Estimate | NotEstimable | Curve)


def sentence(result: Result) -> str:
    """A result in a line: what it is about, value, unit, interval, n, comparator, p and method, or why there is none.

    Examples
    --------
    >>> print(NotEstimable(name="ei_index", unit="index", reason="no ties", n=3))
    ei index: not estimable, no ties (n = 3).
    >>> print(Estimate(name="rmst_difference", unit="days", value=12.3, lo=-4.0, hi=28.6, n=30, n_comparator=28,
    ...                comparator="waiting list", unit_of_analysis="person", method="RMST", p_value=0.14))
    rmst difference: 12.3 days (95% interval -4 to 28.6), n = 30 v 28 of waiting list, p = 0.14. RMST.
    """
    about_what = ", ".join(part for part in (result.outcome, result.side, result.group) if part)
    head = result.name.replace("_", " ") + (f" ({about_what})" if about_what else "")
    if isinstance(result, NotEstimable):
        return f"{head}: not estimable, {result.because} (n = {result.n})."
    if isinstance(result, Curve):
        return f"{head}: {len(result.points)} points in {result.unit}, n = {result.n}. {result.method}."
    value = f"{result.value:.4g} {result.unit}"
    if result.lo is not None and result.hi is not None:
        value += f" ({100 * result.confidence:.0f}% interval {result.lo:.4g} to {result.hi:.4g})"
    n = f"n = {result.n}" + ("" if result.n_comparator is None else f" v {result.n_comparator}")
    n += f" of {result.comparator}" if result.comparator else ""
    p = "" if result.p_value is None else ", p < 0.001" if result.p_value < 0.001 else f", p = {result.p_value:.2g}"
    return f"{head}: {value}, {n}{p}. {result.method}."


class Results:
    """An ordered, immutable collection of results with a look-up by what they are about.

    Examples
    --------
    >>> share = Estimate(name="completion", unit="share", value=0.5, lo=0.2, hi=0.8, n=10,
    ...                  unit_of_analysis="tandem", method="Wilson")
    >>> Results([share]).get("completion").value
    0.5
    """

    def __init__(self, items: Iterable[Result] = ()) -> None:
        self._items = tuple(items)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __add__(self, other: Results) -> Results:
        return Results((*self._items, *other))

    def find(self, name: str, **about: str) -> list[Result]:
        """All results of a name, in order; the keywords narrow by outcome, side or group."""
        return [
            item
            for item in self._items
            if item.name == name and all(getattr(item, key) == value for key, value in about.items())
        ]

    def get(self, name: str, **about: str) -> Result:
        """The one result of a name.

        Raises
        ------
        KeyError
            When there is none or more than one.
        """
        found = self.find(name, **about)
        if len(found) != 1:
            raise KeyError(f"{len(found)} results named {name} about {about}")
        return found[0]

    def curve(self, name: str, **about: str) -> Curve | None:
        """The one curve of a name, or None where it is not estimable or absent."""
        found = [item for item in self.find(name, **about) if isinstance(item, Curve)]
        return found[0] if found else None

    def estimates(self, name: str, **about: str) -> list[Estimate]:
        """The estimates of a name, in order."""
        return [item for item in self.find(name, **about) if isinstance(item, Estimate)]

    def __str__(self) -> str:
        return "\n".join(map(str, self._items))

    __repr__ = __str__

    def to_frame(self) -> pd.DataFrame:
        """Every number, tidy: see `to_frame`."""
        return to_frame(self._items)


def about(result: T, *, outcome: str = "", side: str = "", group: str = "") -> T:
    """The same result, saying what it is about; what is not given stays as it was."""
    return replace(result, outcome=outcome or result.outcome, side=side or result.side, group=group or result.group)


def to_frame(results: Iterable[Result]) -> pd.DataFrame:
    """All results as one tidy frame, one row a number.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``quantity`` is ``estimate`` for the result itself, the name of the further number
        for an `Estimate`'s ``extra`` and ``column[i]`` for a point of a `Curve`; ``status`` is ``estimated`` or
        ``not_estimable``. Text columns of a curve's points stand in ``group``.

    Examples
    --------
    >>> to_frame([NotEstimable(name="ei_index", unit="index", reason="no ties", n=3)])["status"].item()
    'not_estimable'
    """
    import pandas as pd  # noqa: PLC0415  (keeps `import rmanalytics.results` light for the command line)

    return pd.DataFrame([row for result in results for row in rows_of(result)], columns=list(COLUMNS))


def rows_of(result: Result) -> Iterator[dict[str, Any]]:
    """The rows that a result has in `to_frame`; a column that says nothing is absent."""
    base: dict[str, Any] = {"name": result.name, "outcome": result.outcome, "side": result.side, "group": result.group}
    if isinstance(result, NotEstimable):
        yield base | {
            "quantity": "estimate",
            "status": "not_estimable",
            "unit": result.unit,
            "n": result.n,
            "reason": result.because,
        }
        return
    base |= {
        "status": "estimated",
        "n": result.n,
        "unit_of_analysis": result.unit_of_analysis,
        "method": result.method,
    }
    if isinstance(result, Curve):
        yield from _curve_rows(result, base)
        return
    names = set(COLUMNS) - {"quantity", "status", "reason", *base}
    yield base | {"quantity": "estimate"} | {name: getattr(result, name) for name in names}
    for quantity, value in result.extra.items():
        yield base | {"quantity": quantity, "value": value}


def _curve_rows(result: Curve, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    numeric = result.points.select_dtypes(["number", "bool"]).columns
    labels = [column for column in result.points.columns if column not in numeric]
    for i, point in enumerate(result.points.to_dict("records")):
        label = "; ".join(str(point[column]) for column in labels)
        group = "; ".join(part for part in (result.group, label) if part)
        for column in numeric:
            value = point[column]
            if value == value and value is not None:  # noqa: PLR0124  (a missing point has no row)
                yield base | {
                    "group": group,
                    "quantity": f"{column}[{i}]",
                    "value": float(value),
                    "unit": result.unit,
                }
