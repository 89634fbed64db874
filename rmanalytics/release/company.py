"""Figures of the company and of the money: ties between age bands, the E–I index, costs.

Unit: a tie, a cost item. What stands here is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.evaluation.cohort import round_tandems
from rmanalytics.evaluation.engagement.delivery import held_per_tandem
from rmanalytics.evaluation.network.waves import seen_at, tandem_pairs, waves
from rmanalytics.measures.network.ei_index import mixing_matrix
from rmanalytics.measures.network.mixing_change import mixing_change
from rmanalytics.release.blur import down, nearest
from rmanalytics.release.figures import Entry, Gate, people
from rmanalytics.results import Curve, Estimate

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

BANDS = (("under 35", 0, 34), ("35 to 49", 35, 49), ("50 and over", 50, 150))
"""Age bands of the bridge: whole years at the wave."""
LEAST_TIES, LEAST_TIES_INDEX = 50, 500
INDEX_STEP = 0.05


def ties(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """Ties between three age bands divided by what chance would give, and the E–I index, at each wave of a round."""
    if not bundle.has("ties"):
        return
    days = waves(bundle, round_)
    if not days:
        return
    pairs = tandem_pairs(bundle, max(days.values()))
    for day in sorted(set(days.values())):
        seen = seen_at(bundle, day, pairs)
        on, n = day.date().isoformat(), people(len(seen.people))
        banded = _banded(bundle, day, seen.people)
        curve = mixing_matrix(banded, seen.ties) if len(seen.ties) >= LEAST_TIES else None
        if isinstance(curve, Curve):
            yield from _cells(curve.points, banded["generation"].value_counts(), gate, on=on, n=n)
        known = seen.people.dropna(subset=["generation"]).set_index("person_id")["generation"]
        inside = seen.ties[seen.ties["source_id"].isin(known.index) & seen.ties["target_id"].isin(known.index)]
        if gate.catalogue.enough("ei_index", len(known)) and len(inside) >= LEAST_TIES_INDEX:
            other = (inside["source_id"].map(known) != inside["target_id"].map(known)).mean()
            value = nearest(2 * float(other) - 1, INDEX_STEP)
            yield gate.entry(f"ei_index.{on}", "ei_index", date=on, value=value, unit="index", n=n)


def ties_change(bundle: Bundle, rounds: Sequence[Round], gate: Gate) -> Iterator[Entry]:
    """How the ties between the youngest and the oldest changed from the first wave of all rounds to the last."""
    days = {day for one in rounds for day in waves(bundle, one).values()} if bundle.has("ties") else set()
    if len(days) < 2:
        return
    ends, pairs = (min(days), max(days)), tandem_pairs(bundle, max(days))
    seen = [seen_at(bundle, day, pairs) for day in ends]
    banded = [_banded(bundle, day, one.people) for day, one in zip(ends, seen, strict=True)]
    far, sizes = (BANDS[0][0], BANDS[-1][0]), [people["generation"].value_counts() for people in banded]
    few = not all(gate.catalogue.enough("ties_change", int(of.get(band, 0))) for of in sizes for band in far)
    if few or min(len(one.ties) for one in seen) < LEAST_TIES:
        return
    found = mixing_change(banded[0], seen[0].ties, banded[1], seen[1].ties, groups=far)
    if isinstance(found, Estimate) and found.lo is not None and found.hi is not None:
        since, on = (day.date().isoformat() for day in ends)
        about: dict[str, Any] = {"since": since, "date": on, "bands": list(far), "unit": "times chance"}
        about |= {"lo": down(found.lo, 0.1), "hi": -down(-found.hi, 0.1) + 0.0}
        yield gate.entry(f"ties_change.{since}.{on}", "ties_change", n=people(min(map(len, banded))), **about)


def _banded(bundle: Bundle, day: pd.Timestamp, seen: pd.DataFrame) -> pd.DataFrame:
    """People of a wave with their age band in the place of the generation; without those whose age is not known."""
    born = bundle.people_on(day).drop_duplicates("person_id").set_index("person_id")["birth_year"]
    age = day.year - seen["person_id"].map(born)
    band = pd.Series(pd.NA, index=seen.index, dtype="str")
    for name, least, most in BANDS:
        band[age.between(least, most)] = name
    return seen.assign(generation=band)


def _cells(points: pd.DataFrame, sizes: pd.Series[int], gate: Gate, *, on: str, n: int) -> Iterator[Entry]:
    """The half matrix: both directions of two bands together, where both have people enough."""
    names = [name for name, *_ in BANDS if gate.catalogue.enough("ties", int(sizes.get(name, 0)))]
    cells = points.set_index(["source_group", "target_group"])
    for i, one in enumerate(names):
        for other in names[i:]:
            both = cells.loc[list(dict.fromkeys([(one, other), (other, one)]))]
            observed, expected = float(both["observed_n"].sum()), float(both["expected_n"].sum())
            if expected > 0:
                about: dict[str, Any] = {"date": on, "bands": [one, other], "unit": "times chance", "n": n}
                yield gate.entry(f"ties.{one}.{other}.{on}", "ties", value=nearest(observed / expected, 0.1), **about)


def money(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """The cost of a round from the lowest to the highest declared rate: parts, in all, of a tandem."""
    tandems = round_tandems(bundle, round_)
    if tandems is None or not bundle.has("costs") or not gate.catalogue.enough("money", len(tandems)):
        return
    table = bundle.table("costs")
    table = table[table["round_id"] == round_.id]
    if not len(table):
        return
    rates = {
        end: table[end].fillna(table["unit_cost"]) if end in table else table["unit_cost"] for end in ("low", "high")
    }
    spent = pd.DataFrame({end: table["quantity"] * rate for end, rate in rates.items()}).assign(kind=table["kind"])
    parts = {str(kind): rows for kind, rows in spent.groupby("kind")} | {"total": spent}
    for what, rows in parts.items():
        yield _cost(what, rows, 1, round_, gate)
    yield _cost("next_two", 2 * spent[["low", "high"]], 1, round_, gate)
    yield _cost("tandem", spent, len(tandems), round_, gate)
    if (training := bundle.programme.value.training_cost) is not None:
        yield _cost("training", pd.DataFrame([{"low": training[0], "high": training[-1]}]), 1, round_, gate)
    if bundle.has("meetings"):
        meetings = bundle.table("meetings")
        held = held_per_tandem(tandems, meetings[meetings["tandem_id"].isin(tandems["tandem_id"])], round_)
        completed = int((held["held"] >= held["planned"]).sum())
        if gate.catalogue.enough("money", completed):
            yield _cost("completed_tandem", spent, completed, round_, gate)


def _cost(what: str, spent: pd.DataFrame, n: int, round_: Round, gate: Gate) -> Entry:
    low, high = (float(spent[end].sum()) / n for end in ("low", "high"))
    step = two_digits(high)
    about = {"round": round_.id, "what": what, "unit": gate.currency}
    return gate.entry(
        f"money.{what}.{round_.id}", "money", lo=int(down(low, step)), hi=int(-down(-high, step)), **about
    )


def two_digits(value: float) -> float:
    """The step of two significant digits.

    Examples
    --------
    >>> two_digits(2840.8), two_digits(74.0)
    (100.0, 1.0)
    """
    return 10.0 ** max(math.floor(math.log10(value)) - 1, 0) if value > 0 else 1.0
