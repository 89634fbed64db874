"""What each plant of the simulator does to the naive figure and to ours: the table in docs/simulation.md.

Each draw is one small programme, once as it is and once with one thing planted; what is told is by how much the figure
of the second lies above that of the first. The table is written where ``RMANALYTICS_PLANTS`` names the page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.network.of_people import standing
from rmanalytics.evaluation.retention.staying import cohort_starts
from rmanalytics.evaluation.survey.exposure_response import company
from rmanalytics.evaluation.survey.outcomes import scored_of
from rmanalytics.evaluation.verdicts.designs import SideDesign
from rmanalytics.evaluation.verdicts.over_rounds import over_rounds
from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.measures.retention.renamed_units import without_renames
from rmanalytics.measures.retention.spells import LATERAL, move_spells
from rmanalytics.measures.stats.stratified_tables import mantel_haenszel_difference
from rmanalytics.measures.survey.missing_bounds import adjusted_difference_at_lowest
from rmanalytics.measures.survey.slopes_over_rounds import on_logits, slope_over_rounds
from rmanalytics.measures.value.branding import mention_strata
from rmanalytics.simulate import simulate
from rmanalytics.simulate.plants import Plants

PAGE = "RMANALYTICS_PLANTS"
DRAWS = int(os.environ.get("RMANALYTICS_PLANTS_DRAWS", "6"))
START, END = "<!-- plants -->\n", "<!-- end of plants -->"
CLAIMS = {claim.id: claim for claim in claims()}
Figure = Callable[[Bundle], float]


def last(bundle: Bundle):
    return bundle.programme.rounds[-1]


def of_claim(claim: str) -> Figure:
    """The estimate of all rounds that a verdict rests on."""
    return lambda bundle: value(over_rounds(bundle, CLAIMS[claim], [r.id for r in bundle.programme.rounds]).estimate)


def value(found: object) -> float:
    return float(getattr(found, "value", np.nan))


def digital(bundle: Bundle, scale: str = "digital_fitness") -> pd.DataFrame:
    parts = [scored_of(bundle, r, scale, "mentee").assign(round_id=r.id) for r in bundle.programme.rounds]
    return pd.concat(parts, ignore_index=True)


def gap(rows: pd.DataFrame, column: str) -> float:
    means = rows.groupby("group")[column].mean()
    return float(means["participants"] - means["comparison"])


def change(bundle: Bundle) -> float:
    """Participants' mean change of digital fitness less that of the waiting list, of those who answered twice."""
    rows = digital(bundle)
    return gap(rows.assign(change=rows["post"] - rows["pre"]), "change")


def ticked(bundle: Bundle) -> float:
    """The same of the ticks as they stand, whichever way an item is asked."""
    answers, rows = bundle.table("answers"), digital(bundle)
    mine = answers[answers["item"].str.startswith("df")]
    means = mine.groupby(["round_id", "person_id", "wave"])["value"].mean().unstack()  # noqa: PD010  (a series)
    known = rows[["round_id", "person_id", "group"]].merge(
        means[["pre", "post"]].reset_index(), on=["round_id", "person_id"]
    )
    return gap(known.assign(change=known["post"] - known["pre"]), "change")


def in_tasks(bundle: Bundle) -> float:
    return value(over_rounds(bundle, CLAIMS["M1"], [r.id for r in bundle.programme.rounds]).second)


def at_lowest(bundle: Bundle) -> float:
    rows = digital(bundle).assign(person_id=lambda r: r["round_id"] + r["person_id"])
    return value(adjusted_difference_at_lowest(rows, scale_min=1.0, scale_max=5.0))


def mentioned(bundle: Bundle) -> float:
    """Accepted of offers, exposed less others, all months thrown together."""
    table = bundle.table("branding")
    sums = table[table["metric"] == "offer_acceptance"].groupby("exposed")[["numerator", "denominator"]].sum()
    shares = sums["numerator"] / sums["denominator"]
    return float(shares["yes"] - shares["no"])


def within(bundle: Bundle) -> float:
    """The same within quarters and sources."""
    table, start = bundle.table("branding"), pd.Timestamp(bundle.programme.rounds[0].start)
    rows = table[(table["metric"] == "offer_acceptance") & (table["date"] >= start)]
    return value(mantel_haenszel_difference(mention_strata(rows), name="x"))


def ties_change(bundle: Bundle) -> float:
    parts = [found.people for r in bundle.programme.rounds if (found := standing(bundle, r, "mentor", "in_degree"))]
    rows = pd.concat(parts)
    return gap(rows.assign(change=rows["post"] - rows["pre"]), "change")


def level_slope(bundle: Bundle) -> float:
    found = company(bundle, last(bundle)).find("exposure_slope", outcome="pulse.learning_climate")
    return value(next(iter(found), None))


def moved(bundle: Bundle, *, known: bool) -> float:
    """Lateral moves of the last round's juniors, a hundred of them, with renames told apart or not."""
    starts, until = cohort_starts(bundle, last(bundle)), bundle.programme.data_until
    positions = bundle.table("positions")
    held = without_renames(positions) if known else positions
    spells = move_spells(held, starts, bundle.people_on(until, starts), until=until, kinds=(LATERAL,))
    return 100 * float((spells["event"] > 0).mean())


def served(bundle: Bundle) -> float:
    found = SideDesign(bundle, bundle.programme.rounds, "mentee", []).served
    return float("nan") if found is None else found


def slope_t(bundle: Bundle) -> float:
    found = over_rounds(bundle, CLAIMS["M8"], [r.id for r in bundle.programme.rounds])
    return value(found.estimate) / found.estimate.extra["se"]


def logit_t(bundle: Bundle) -> float:
    people = over_rounds(bundle, CLAIMS["M8"], [r.id for r in bundle.programme.rounds]).people
    found = slope_over_rounds(on_logits(people, scale_min=1.0, scale_max=5.0))
    return value(found) / found.extra["se"]


ROWS: dict[str, tuple[float, str, str, Figure, str, Figure, str]] = {
    "branding_drift": (0.4, "C6", "all months thrown together", mentioned, "by quarter and source", within,
                       "`within_quarters`; the planted 0.08 of the mention is gone in both"),
    "unit_shocks": (0.4, "M1", "change, group less group", change, "all rounds, at equal start", of_claim("M1"),
                    "`units`: once more by unit"),
    "ceiling": (1.0, "M8", "t of the slopes' difference", slope_t, "t on logits", logit_t, "`both_scales`, `ceiling`"),
    "silent_losers": (0.3, "M1", "change of those who answered", change, "the silent at the lowest", at_lowest,
                      "`silence`: the tipping point"),
    "fewest_ties": (0.5, "J2", "change of ties, group less group", ties_change, "at equal ties before", of_claim("J2"),
                    "`brackets`"),
    "demand": (0.4, "M1", "change, group less group", change, "difference in tasks", in_tasks, "`second_source`"),
    "yes_saying": (0.4, "M1", "change of the ticks", ticked, "difference in tasks", in_tasks, "`second_source`"),
    "able_units": (0.4, "C3", "slope of the level on tandems", level_slope, "level and trend", of_claim("C3"),
                   "both are needed"),
    "late_lists": (0.3, "M1", "change, group less group", change, "all rounds, at equal start", of_claim("M1"),
                   "`plan`, `design`: without a list from before nothing is shown"),
    "renamed_units": (0.8, "J6", "unit changes in 100 juniors", lambda b: moved(b, known=False), "renames told apart",
                      lambda b: moved(b, known=True), "a rename moves nobody"),
    "contamination": (0.3, "M1", "change, group less group", change, "all rounds, at equal start", of_claim("M1"),
                      "nothing: what is said is less than what is"),
    "uneven_rounds": (0.3, "M1", "change, group less group", change, "all rounds, at equal start", of_claim("M1"),
                      "the prediction interval of the next round"),
    "unserved": (1.0, "M1", "change, group less group", change, "share of the waiting who got a place", served,
                 "the level of evidence falls"),
}  # fmt: skip


@cache
def plain(seed: int, employees: int, folder: Path) -> Bundle:
    return written(folder / f"{seed}-{employees}", seed, employees, Plants())


def written(folder: Path, seed: int, employees: int, plants: Plants) -> Bundle:
    simulate(folder, seed=seed, rounds=3, tandems=20, employees=employees, plants=plants)
    return read_bundle(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plants")


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.soak
def test_what_a_plant_does_to_the_naive_figure_and_to_ours(folder: Path, name: str) -> None:
    size, claim, naive, first, ours, second, caught = ROWS[name]
    employees = 1_800 if name == "able_units" else 600
    gaps = []
    for seed in range(1, DRAWS + 1):
        before = plain(seed, employees, folder)
        after = written(folder / name / str(seed), seed, employees, Plants(**{name: size}))
        gaps.append([figure(after) - figure(before) for figure in (first, second)])
    told = [_told(np.array(column)) for column in zip(*gaps, strict=True)]
    if target := os.environ.get(PAGE):
        _write(Path(target), f"| `{name}={size:g}` | {claim} | {naive} | {told[0]} | {ours} | {told[1]} | {caught} |")


def _told(moves: np.ndarray) -> str:
    known = moves[np.isfinite(moves)]
    assert known.size > 2
    refused = f"; not estimable in {moves.size - known.size} of {moves.size}" if known.size < moves.size else ""
    return f"{known.mean():+.2f} ({known.std(ddof=1):.2f}){refused}"


def _write(page: Path, row: str) -> None:
    """Put a row in place of the one of the same plant, in the order of the plants."""
    text = page.read_text(encoding="utf-8")
    head, rows, rest = re.split(f"{START}|{END}", text)
    lines = {line.split("=")[0]: line for line in [*rows.splitlines()[2:], row]}
    order = [f"| `{name}" for name in ROWS if f"| `{name}" in lines]
    body = "\n".join([*rows.splitlines()[:2], *(lines[name] for name in order)])
    page.write_text(f"{head}{START}{body}\n{END}{rest}", encoding="utf-8")
