"""The tests of the verdicts notice what is changed in their rules: at least 95 of 100 mutants; the others say the same.

What was judged is noted in pytest's cache under the code it was judged with, mutant by mutant: a run that is stopped
goes on where it stopped. docs/mutants.md is written as soon as every module is judged.

How long the longest of the suites takes, with PYTHONPATH=tests:tests/evaluation/verdicts:
``python -m timeit -n 1 -s "import gc; gc.enable(); from soak.test_rule_mutants import DRAWS, WITH_PEOPLE, permutation,
suite_of; permutation.LEAST_DRAWS = DRAWS; suite = suite_of(WITH_PEOPLE)" "suite()"``
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from soak.rule_mutants import Mutant, noticed, of_module, of_rows, suite_of
from soak.shards import digest

from rmanalytics.evaluation import claims, ledger
from rmanalytics.evaluation.verdicts import checks, gates, kinds, least, levels, words
from rmanalytics.measures.stats import group_sequential, permutation

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "tests" / "evaluation" / "verdicts", ROOT / "tests" / "measures" / "stats"]
QUICK = ["test_words", "test_answers_alone", "test_ledger_whole"]
"""Tests of rows, words and states from synthetic results; gates need people, boundaries have tests of their own."""
WITH_PEOPLE = [*QUICK, "test_kinds", "test_checks", "test_units"]
JUDGED = {
    "claims.toml": (None, ["test_rows", *QUICK]),
    **{module.__name__.rpartition(".")[2]: (module, QUICK) for module in (ledger, levels, words)},
    **{module.__name__.rpartition(".")[2]: (module, WITH_PEOPLE) for module in (least, gates, checks, kinds)},
    "group_sequential": (group_sequential, ["test_group_sequential"]),
}
DRAWS = 2_500
"""Of each permutation test at least, in place of eight times as many."""
BY_ACCURACY = "the nodes reach further or less far, more or fewer of them, and the integral is the same to four digits"
EQUIVALENT = {
    ("if repeated[0] > 0:", "Gt → GtE"): "a limit is never exactly 0",
    ("if repeated[1] < 0:", "Lt → LtE"): "a limit is never exactly 0",
    ("silent: float = 0.0", "0.0 → 0.001"): "silence binds beyond 0.4 only",
    ("most = min(5 if cap is None else cap", "5 → 6"): "no level lies above 5",
    ("share = float(np.any([(end - own).abs() <= near", "LtE → Lt"): "1e-9 takes in what is equal",
    ("if result.lo is None or result.hi is None:", "Or → And"): "an interval has two limits or none",
    ("for way, mark in ((1,", "1 → 2"): "the sign of the way alone counts",
    ("claimed = (beyond if", "Gt → GtE"): "an estimate on the null itself has p = 1",
    ("claimed = (beyond if", "Mult → Div"): "the way is 1 or −1",
    ("low = ends[0] if side.way", "Gt → GtE"): "the way is 1 or −1",
    ("if found is None or found.df < LEAST_DF", "Lt → LtE"): "degrees of freedom are never exactly 4",
    ("other = ends[1] < 0 if evidence.value > 0", "Gt → GtE"): "an estimate on the null itself passed nothing",
    ('(whole["post"] - sum(ends) / 2)', "Gt → GtE"): "as far from the middle before as after",
    ("ends, near, reason = [high if", "Gt → GtE"): "the way is 1 or −1",
    ("ok = tipping > scores", "Gt → GtE"): "a tipping point is never exactly 0.5",
    ("yield PAIRS_IN_ALL, FEWEST_PAIRS", "0 → 1"): "where nobody counted, the pairs of a group bind first",
    ("tests.append((way *", "Mult → Div"): "the way is 1 or −1",
    ("one_sided[name] = answer.p_value / 2", "2 → 3"): "the p of the other way is one half or more",
    ("return float(2 * norm.sf(abs(math.log(result.value / claim.null))", "Div → Mult"): "the null of a ratio is 1",
    ("if low > 0:", "Gt → GtE"): "a limit is never exactly 0",
    ("return Passed(-1, evidence.above) if high < 0", "Lt → LtE"): "a limit is never exactly 0",
    ("return float(t_distribution.sf(contrast.value", "Lt → LtE"): "a tail is never exactly that of the boundary",
    ("way, people = side.way * evidence.way", "Mult → Div"): "the way is 1 or −1",
    ("own = self.exits if self.way > 0", "Gt → GtE"): "the way is 1 or −1",
    ("strata = evidence.strata if way > 0", "Gt → GtE"): "the way is 1 or −1",
    ("return Entries(evidence.strata.assign(", "Gt → GtE"): "the way is 1 or −1",
    ("return scores.read_rows(people, sign=side.way", "Mult → Div"): "the way is 1 or −1",
    ("found = exits.exits_contrast(exits.with_leavers(", "Gt → GtE"): "the way is 1 or −1",
    ("return int((~self.exits.event", "Gt → GtE"): "the way is 1 or −1",
    ('return float(self.people["years"].iloc[0])', "0 → 1"): "the years are the same for everybody",
    ("return Rates(strata, wider=", "1.0 → 1.501"): "an estimate that passed has a ratio",
    ("for at in np.argsort(-values", "'stable' → 'stable_'"): "the first letter alone is read",
    ("ok = Passed(1, Z).by(found)", "1 → 2"): "the boundary alone is asked",
    ("firm = all(side.way *", "Mult → Div"): "the way is 1 or −1",
    ("signs = signs_of(evidence.estimate, side.way", "Mult → Div"): "the way is 1 or −1",
    ("Contrast(value=way * told[part]", "Mult → Div"): "the way is 1 or −1",
    ('yield Gate(name="lock"', "LtE → Lt"): "p is a share of draws, never exactly the tail",
    ("ok = evidence.counts.get(counted, 0)", "0 → 1"): "no row asks for less than two",
    ("_FAR = 8.0", "8.0 → 12.001"): "nothing lies further out than eight standard deviations",
    ("n = max(60", "60 → 61"): BY_ACCURACY,
    ("n = max(60", "5 → 6"): BY_ACCURACY,
    ("n = max(60", "Mult → Div"): BY_ACCURACY,
    ("n = max(60", "Div → Mult"): BY_ACCURACY,
    ("n = max(60", "Add → Sub"): BY_ACCURACY,
    ("half = (before.edge", "Div → Mult"): BY_ACCURACY,
    ("half = (before.edge", "2 → 3"): BY_ACCURACY,
    ("nodes = before.edge - (1 - x) * half", "Sub → Add"): "nodes and weights are symmetric",
    ("return _Look(first, first * root", "Mult → Div"): "the information of the first look is 1",
    ("c = float(brentq(missing", "0.0 → 0.001"): "the root lies well within",
    ("c = float(brentq(missing", "12.0 → 18.001"): "the root lies well within",
}
"""Why a survivor says the same as the rule, by the beginning of its line and what was changed."""
FEWEST, LEAST_NOTICED = 600, 0.95
NOT_NOTICED = "not noticed"


def mutants_of(name: str) -> Iterator[Mutant]:
    module, _ = JUDGED[name]
    if module is not None:
        return of_module(module)
    return of_rows(claims, files("rmanalytics.evaluation").joinpath("claims.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def code() -> str:
    tests = [path for names in ([*WITH_PEOPLE, "test_rows"], ["test_group_sequential"]) for path in names]
    held = [path for folder in FOLDERS for path in sorted(folder.glob("test_*.py")) if path.stem in tests]
    return "-".join(digest(path.relative_to(ROOT).as_posix())[:4] for path in [*held, Path(__file__)])


@pytest.mark.parametrize("name", JUDGED)
def test_mutants_of_the_rules_are_noticed(
    name: str, code: str, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    for folder in FOLDERS:
        monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(permutation, "LEAST_DRAWS", DRAWS)
    suite, key = suite_of(JUDGED[name][1]), f"soak/mutants/{code}/{name}"
    suite()
    found: dict[str, list] = pytestconfig.cache.get(key, {})
    for number, one in enumerate(mutants_of(name)):
        if str(number) not in found:
            found[str(number)] = [noticed(one, suite), one.where, one.what, one.code]
            pytestconfig.cache.set(key, found)
    pytestconfig.cache.set(f"{key}-whole", value=True)
    survivors = [one for one in found.values() if not one[0]]
    assert [one for one in survivors if _why(one[3], one[2]) == NOT_NOTICED] == []
    every = {other: pytestconfig.cache.get(f"soak/mutants/{code}/{other}", {}) for other in JUDGED}
    if all(pytestconfig.cache.get(f"soak/mutants/{code}/{other}-whole", default=False) for other in JUDGED):
        judged = [one[0] for found in every.values() for one in found.values()]
        assert len(judged) >= FEWEST
        assert sum(judged) >= LEAST_NOTICED * len(judged)
        if os.environ.get("RMANALYTICS_CALIBRATION"):
            (ROOT / "docs" / "mutants.md").write_text(page(every), encoding="utf-8")


def page(every: dict[str, dict[str, list]]) -> str:
    """Counts by module, and every survivor with why it says the same."""
    counts, rows = [], []
    for name, found in every.items():
        survivors = [one for one in found.values() if not one[0]]
        counts.append(f"| {name} | {len(found)} | {len(found) - len(survivors)} |")
        rows += [f"| {where} | `{line}` | {what} | {_why(line, what)} |" for _, where, what, line in survivors]
    return "\n".join(
        [
            "# Mutants of the rules of verdicts\n",
            "Written by `make soak ARGS=rule_mutants`. One operator or constant of a module, or one field of a row of",
            "claims.toml, is changed at a time, and the tests of the rules are run until one fails.\n",
            "| changed | mutants | noticed |\n|---|---:|---:|",
            *counts,
            "\n## Survivors\n\n| where | line | what was changed | why |\n|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _why(line: str, what: str) -> str:
    known = [why for (start, change), why in EQUIVALENT.items() if line.startswith(start) and what == change]
    return f"equivalent because {known[0]}" if known else NOT_NOTICED
