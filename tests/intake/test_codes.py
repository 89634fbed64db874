"""Self-generated codes: typed with faults they are linked right, told in doubt, and kept nowhere."""

from __future__ import annotations

import dataclasses
import pickle

import folders
import numpy as np
import pandas as pd
import pytest
from folders import write_minimal

from rmanalytics.intake.bundle import Bundle, read_bundle
from rmanalytics.intake.codes import link, read_code
from rmanalytics.programme.linkage import Linkage, Part
from rmanalytics.simulate.codes import PARTS, draw_codes, typed

LINKAGE = Linkage(parts=PARTS)


def linked(people: int, faults: float, linkage: Linkage, rng: np.random.Generator) -> tuple[int, int, int, float]:
    """Certain links, the right ones among them, people who could be linked, and false links expected."""
    codes = draw_codes(people, rng, linkage.parts)
    who = [rng.permutation(people)[: int(0.9 * people)] for _ in range(2)]
    read = [[(p, read_code(typed(codes[p], faults, rng), linkage.parts)) for p in one] for one in who]
    before, after = ([(p, code) for p, code in one if code] for one in read)
    groups = (["x"] * len(before), ["x"] * len(after))
    links = link([c for _, c in before], [c for _, c in after], linkage, groups)[0]["x"]
    sure = links.probability >= linkage.certainty
    pairs = zip(links.before[sure], links.after[sure], strict=True)
    right = sum(before[i][0] == after[j][0] for i, j in pairs)
    return int(sure.sum()), right, len({*who[0]} & {*who[1]}), float((1 - links.probability[sure]).sum())


@pytest.mark.parametrize(("faults", "recall"), [(0.05, 0.93), (0.1, 0.87), (0.2, 0.76)])
def test_of_a_hundred_links_one_at_most_is_false(faults: float, recall: float) -> None:
    rng = np.random.default_rng([18, int(100 * faults)])
    made, right, there, expected = np.sum([linked(34, faults, LINKAGE, rng) for _ in range(12)], axis=0)
    assert right >= 0.99 * made
    assert made >= recall * there
    assert expected <= 0.01 * made


def test_a_code_too_poor_links_nobody_for_certain() -> None:
    poor = Linkage(parts=(Part(kind="letters", length=1), Part(kind="day")))
    rng = np.random.default_rng(7)
    made, *_ = np.sum([linked(60, 0.0, poor, rng) for _ in range(3)], axis=0)
    assert made == 0


def test_twins_are_left_out_and_a_weight_makes_an_error_count_more() -> None:
    before = [("AN", "07", "BE", "11"), ("AN", "07", "BE", "11"), ("CI", "12", "HU", "50"), ("EV", "30", "ZU", "77")]
    after = [("AN", "07", "BE", "11"), ("CI", "12", "HU", "51"), ("EV", "30", "ZU", "77")]
    groups = (["x"] * 4, ["x"] * 3)
    links = link(before, after, LINKAGE, groups)[0]["x"]
    pairs = dict(zip(links.before.tolist(), links.after.tolist(), strict=True))
    assert pairs == {2: 1, 3: 2}
    assert links.ambiguous == 2
    heavy = Linkage(parts=(*PARTS[:3], dataclasses.replace(PARTS[3], weight=2.0)))
    assert link(before, after, heavy, groups)[0]["x"].before.tolist() == [3]


def test_nobody_is_linked_across_groups() -> None:
    code = ("AN", "07", "BE", "11")
    links = link([code], [code], LINKAGE, (["mentee participant"], ["mentor participant"]))[0]
    assert {name: len(one.before) for name, one in links.items()} == {"mentee participant": 0, "mentor participant": 0}


def read_coded(folder, rows: list[list[object]]) -> Bundle:
    return read_bundle(
        write_minimal(folder, programme=folders.PROGRAMME + folders.CODED, answers=None, coded_answers=rows)
    )


def test_answers_under_codes_become_answers_of_numbers_that_nobody_has(tmp_path) -> None:
    rows = folders.coded_answers()
    bundle = read_coded(tmp_path, rows)
    answers, account = bundle.table("answers"), bundle.linked.account
    assert len(answers) == len(rows) - 1
    assert account[["before", "after", "exact"]].to_numpy().tolist() == [[7, 7, 7], [7, 7, 7]]
    assert answers.groupby("person_id")["wave"].nunique().eq(2).all()
    assert not set(answers["person_id"]) & set(bundle.table("people")["person_id"])
    spoken = {str(row[3]) for row in rows[1:]}
    kept = pickle.dumps((dict(bundle.tables), dataclasses.asdict(bundle.linked), bundle.problems, bundle.accounts))
    assert not any(code.encode() in kept for code in spoken)
    shuffled = [rows[0], *np.random.default_rng(1).permutation(np.array(rows[1:], dtype=object)).tolist()]
    pd.testing.assert_frame_equal(read_coded(tmp_path / "again", shuffled).table("answers"), answers)
