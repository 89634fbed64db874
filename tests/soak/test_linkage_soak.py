"""Links of self-generated codes against codes whose people are known: precision, recall, and what M1 loses by them.

Unit: one round of participants and people who wait, typed with faults. The whole run writes its table into
``docs/people-data.md``; the reduced one holds the same bounds as far as few draws can.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rmanalytics.intake.codes import link, read_code
from rmanalytics.measures.survey.ancova import adjusted_difference
from rmanalytics.programme.linkage import Linkage
from rmanalytics.results import COMPARISON, PARTICIPANTS, Estimate
from rmanalytics.simulate.codes import PARTS, draw_codes, typed

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "people-data.md"
CODES = {"four parts": Linkage(parts=PARTS), "three parts": Linkage(parts=PARTS[:3])}
FAULTS = (0.05, 0.1, 0.2)
GAIN, SD, R, ASKED = 0.4, 0.86, 0.58, 0.9
HEADS = (
    *(
        "code",
        "faults, %",
        "people",
        "rounds",
        "recall, %",
        "precision, %",
        "false links: expected, found",
        "uncertain, %",
    ),
    *("bias of M1", "the same with the uncertain"),
)


def rounds_of(linkage: Linkage, faults: float, people: int, draws: int) -> pd.DataFrame:
    """A row a round: links made, right, possible, uncertain, false ones expected; how far M1 is off."""
    rng = np.random.default_rng([881, people, int(100 * faults), len(linkage.parts)])
    return pd.DataFrame([_round(linkage, faults, people, rng) for _ in range(draws)])


def _round(linkage: Linkage, faults: float, people: int, rng: np.random.Generator) -> dict[str, float]:
    group = np.repeat([PARTICIPANTS, COMPARISON], people)
    pre = rng.normal(3, SD, 2 * people)
    post = 3 + R * (pre - 3) + rng.normal(0, SD * np.sqrt(1 - R**2), 2 * people) + GAIN * (group == PARTICIPANTS)
    codes = draw_codes(2 * people, rng, linkage.parts)
    waves = []
    for _ in range(2):
        who = np.flatnonzero(rng.random(2 * people) < ASKED)
        read = {int(i): code for i in who if (code := read_code(typed(codes[i], faults, rng), linkage.parts))}
        waves.append((who, list(read), list(read.values())))
    found, _ = link(waves[0][2], waves[1][2], linkage, (group[waves[0][1]].tolist(), group[waves[1][1]].tolist()))
    before = np.concatenate([np.array(waves[0][1])[one.before] for one in found.values()])
    after = np.concatenate([np.array(waves[1][1])[one.after] for one in found.values()])
    p = np.concatenate([one.probability for one in found.values()])
    sure = p >= linkage.certainty
    both = np.intersect1d(waves[0][0], waves[1][0])

    def m1(left: np.ndarray, right: np.ndarray) -> float:
        rows = {"person_id": [f"p{i}" for i in left], "group": group[left], "pre": pre[left], "post": post[right]}
        result = adjusted_difference(pd.DataFrame(rows))
        assert isinstance(result, Estimate)
        return result.value

    return {
        "made": int(sure.sum()),
        "right": int((before == after)[sure].sum()),
        "possible": len(both),
        "uncertain": int((~sure).sum()),
        "expected": float((1 - p[sure]).sum()),
        "bias": m1(before[sure], after[sure]) - m1(both, both) if sure.sum() > people / 2 else np.nan,
        "bias_with": m1(before, after) - m1(both, both) if len(p) > people / 2 else np.nan,
    }


def held(found: pd.DataFrame) -> None:
    """Precision at least .99; false links as foretold; bias below .02, or no further off than its own error."""
    made, right = found["made"].sum(), found["right"].sum()
    assert right >= 0.99 * made
    assert made - right <= found["expected"].sum() + 4 * np.sqrt(found["expected"].sum() + 1)
    mean, error = found["bias"].mean(), found["bias"].std() / np.sqrt(found["bias"].notna().sum())
    assert np.isnan(mean) or abs(mean) < max(0.02, 4 * error)


@pytest.mark.parametrize("faults", FAULTS)
def test_links_are_right_and_m1_is_not_bent_reduced(faults: float) -> None:
    held(rounds_of(CODES["four parts"], faults, 34, 6))


@pytest.mark.soak
def test_links_are_right_and_m1_is_not_bent() -> None:
    lines = []
    for name, linkage in CODES.items():
        for people in (34, 100):
            for faults in FAULTS:
                found = rounds_of(linkage, faults, people, 300 if people == 34 else 60)
                held(found)
                lines.append(_line(name, faults, people, found))
    if os.environ.get("RMANALYTICS_CALIBRATION"):
        table = [f"| {' | '.join(HEADS)} |", "|" + "---|" * len(HEADS), *lines]
        text = PAGE.read_text(encoding="utf-8")
        text = re.sub(r"(?<=<!-- links -->\n).*?(?=<!-- /links -->)", "\n".join(table) + "\n", text, flags=re.DOTALL)
        PAGE.write_text(text, encoding="utf-8")


def _line(name: str, faults: float, people: int, found: pd.DataFrame) -> str:
    sums = found.sum()
    biases = [
        f"{found[b].mean():.3f} ± {1.96 * found[b].std() / np.sqrt(len(found)):.3f}" for b in ("bias", "bias_with")
    ]
    cells = [
        name,
        f"{100 * faults:.0f}",
        f"{people} v {people}",
        str(len(found)),
        f"{100 * sums['right'] / sums['possible']:.1f}",
        f"{100 * sums['right'] / sums['made']:.2f}",
        f"{sums['expected']:.1f}, {sums['made'] - sums['right']:.0f} of {sums['made']:.0f}",
        f"{100 * sums['uncertain'] / sums['possible']:.1f}",
        *biases,
    ]
    return f"| {' | '.join(cells)} |"
