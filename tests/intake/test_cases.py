"""Every badness gets its code, no traceback, and an account of every row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from folders import write_minimal
from intake_cases import CASES, Case, outcome

from rmanalytics.intake.bundle import read_bundle

INTAKE = Path(__file__).parents[2] / "rmanalytics" / "intake"


def test_minimal_folder_reads_without_problems(tmp_path):
    bundle = read_bundle(write_minimal(tmp_path / "p"))
    assert bundle.problems == ()
    assert {account.table: account.used for account in bundle.accounts}["tandems"] == 7


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_each_badness_gets_its_code(case: Case):
    bundle, problems = outcome(case)
    codes = {problem.code for problem in problems}
    assert set(case.codes) <= codes, [str(p) for p in problems]
    assert (bundle is None) == case.refused, [str(p) for p in problems]


@pytest.mark.parametrize("case", [case for case in CASES if not case.refused], ids=lambda case: case.name)
def test_rows_used_quarantined_and_excluded_add_up_to_the_rows(case: Case):
    bundle, problems = outcome(case)
    assert bundle is not None
    for account in bundle.accounts:
        assert account.used + account.quarantined + account.excluded == account.rows
    everything = dict(bundle.tables)
    if bundle.employments is not None:
        everything["people"] = bundle.employments
    for table, frame in everything.items():
        of = (table, "coded_answers") if table == "answers" else (table,)  # under codes they become answers
        assert len(frame) == sum(account.used for account in bundle.accounts if account.table in of)
    quarantined = {problem.file for problem in problems if problem.effect == "quarantined"}
    assert quarantined == {account.file for account in bundle.accounts if account.quarantined}


def test_every_code_of_the_intake_is_met_by_a_case():
    # planned tandems are no file of the folder, and events no text: see test_audit.py and collaboration/
    files = (path for path in INTAKE.glob("*.py") if path.name != "planned.py")
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    met = {problem.code for case in CASES for problem in outcome(case)[1]}
    of_events_and_races = {"RM-E-098", "RM-E-116", "RM-E-117"}
    of_a_lot = {"RM-W-103"}  # needs the receipt of a draw: see test_lots.py
    of_keys = {
        "RM-E-198",
        "RM-E-201",
        "RM-W-206",
    }  # see test_remedies_elsewhere.py and, of erased people, test_erase.py
    elsewhere = of_events_and_races | of_a_lot | of_keys
    assert set(re.findall(r'"(RM-[EQNW]-[0-9]{3})"', source)) - met - elsewhere == set()
