"""The pairing audit before a round: 10,000 planned tandems in a company of 300,000, against a plain walk in Python.

The plain walk does what one writes first: for every day of the round a dictionary of managers, and for every tandem a
walk up from both sides. It is timed over a few days of the round and multiplied, and marked so; on those days both must
find the same. The whole command is timed too, in a process of its own: start, the programme's files read and checked,
all rules, the list written.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.page import digits, machine, seconds, spread, write_section
from rmanalytics.measures.pairing.competition import double_breaches, unit_breaches, vacancy_breaches
from rmanalytics.measures.pairing.consent_and_gaps import consent_breaches
from rmanalytics.measures.pairing.rules_on_each_day import CHAIN_RULES, paired_chain_days

START, END = date(2026, 1, 1), date(2026, 6, 30)
ROUND_DAYS = (END - START).days + 1
PLAIN_DAYS = 2
SIZES = ((3_000, 34), (30_000, 340), (300_000, 3_400), (300_000, 10_000))
SPAN = 8
SEED = 1

PROGRAMME = """\
[programme]
name = "Audit at scale"
company = "Invented"
data_until = 2026-06-30

[[rounds]]
id = "2026H1"
start = 2026-01-01
end = 2026-06-30
"""

Tables = dict[str, pd.DataFrame]


def company(people_n: int, tandems_n: int) -> Tables:
    """Everybody reports to somebody, eight to a manager, and changes position once, a tenth of them the manager too."""
    rng = np.random.default_rng(SEED)
    ids = np.char.mod("p%06d", np.arange(people_n)).astype(object)
    boss = np.where(np.arange(people_n) > 0, (np.arange(people_n) - 1) // SPAN, -1)
    moved_to = np.where(rng.random(people_n) < 0.1, rng.integers(0, max(people_n // 60, 1), people_n), boss)
    move = pd.Timestamp(START) + pd.to_timedelta(rng.integers(1, ROUND_DAYS - 1, people_n), unit="D")
    unit = np.char.mod("u%05d", np.maximum(boss, 0) // 4).astype(object)
    level = (12 - np.log(np.arange(people_n) * (SPAN - 1) + 1) / np.log(SPAN)).astype("int64")
    spell = pd.DataFrame({"person_id": ids, "unit": unit, "level": level})
    before = spell.assign(start_date=pd.Timestamp("2020-01-01"), end_date=move - pd.Timedelta(days=1), manager=boss)
    after = spell.assign(start_date=move, end_date=pd.NaT, manager=moved_to)
    positions = pd.concat([before, after], ignore_index=True)
    positions["manager_id"] = pd.Series(ids)[positions["manager"].clip(lower=0)].to_numpy()
    positions["manager_id"] = positions["manager_id"].where(positions["manager"] >= 0)
    # some pairs are close to each other, so that there is something to find
    mentors = rng.permutation(people_n)[:tandems_n]
    near = rng.random(tandems_n)
    mentees = np.where(near < 0.05, boss[mentors].clip(min=0), rng.integers(0, people_n, tandems_n))
    mentees = np.where(near > 0.98, (mentors + 1) % people_n, mentees)
    mentees = np.where(mentees == mentors, (mentors + 1) % people_n, mentees)
    matched = pd.Timestamp(START) + pd.to_timedelta(rng.integers(0, 30, tandems_n), unit="D")
    tandems = pd.DataFrame(
        {
            "tandem_id": np.char.mod("t%05d", np.arange(tandems_n)),
            "mentor_id": ids[mentors],
            "mentee_id": ids[mentees],
            "matched_date": matched,
            "ended_date": pd.NaT,
            "mentor_consent_date": matched,
            "mentee_consent_date": matched + pd.to_timedelta(rng.integers(-20, 3, tandems_n), unit="D"),
        }
    ).astype({"ended_date": "datetime64[s]"})
    meetings = tandems[["tandem_id"]].assign(held_date=matched + pd.Timedelta(days=1))
    applications = pd.DataFrame(
        {
            "vacancy_id": np.char.mod("v%05d", rng.integers(0, max(people_n // 3_000, 10), people_n)),
            "person_id": ids,
            "applied_date": pd.Timestamp(START) + pd.to_timedelta(rng.integers(-90, 180, people_n), unit="D"),
        }
    )
    text = {"person_id": "str", "manager_id": "str"}
    return {
        "tandems": tandems.astype({"mentor_id": "str", "mentee_id": "str", "tandem_id": "str"}),
        "positions": positions.drop(columns="manager").astype(text | {"unit": "str"}),
        "meetings": meetings.astype({"tandem_id": "str"}),
        "applications": applications.astype({"vacancy_id": "str", "person_id": "str"}),
    }


def audits(tables: Tables) -> dict[str, Callable[[], pd.DataFrame]]:
    """Every rule of the audit for a whole round."""
    tandems, positions = tables["tandems"], tables["positions"]
    when = {"start": START, "end": END}
    return {
        "reporting chain, any depth": lambda: paired_chain_days(tandems, positions, **when),
        "consent and withdrawal": lambda: consent_breaches(tandems, tables["meetings"]),
        "one unit, neighbouring levels": lambda: unit_breaches(tandems, positions, **when),
        "one vacancy": lambda: vacancy_breaches(tandems, tables["applications"], **when),
        "two tandems at once": lambda: double_breaches(tandems, **when),
    }


def plain_walk(tables: Tables, days: Sequence[date]) -> set[tuple[str, date]]:
    """Tandems with one side in the other's chain, day by day, with dictionaries."""
    columns = ["person_id", "manager_id", "start_date", "end_date"]
    spells = list(tables["positions"][columns].itertuples(index=False, name=None))
    pairs = list(tables["tandems"][["tandem_id", "mentor_id", "mentee_id"]].itertuples(index=False, name=None))
    found = set()
    for day in days:
        today = pd.Timestamp(day)
        above = {person: boss for person, boss, first, last in spells if first <= today and not last < today}
        for tandem, mentor, mentee in pairs:
            for person, target in ((mentor, mentee), (mentee, mentor)):
                seen, here = set(), above.get(person)
                while isinstance(here, str) and here not in seen:
                    if here == target:
                        found.add((tandem, day))
                        break
                    seen.add(here)
                    here = above.get(here)
    return found


def agree(tables: Tables, days: Sequence[date]) -> int:
    """Both walks must find the same tandems on each of the days; returns how many they found."""
    plain = plain_walk(tables, days)
    pairs = tables["tandems"][["tandem_id", "mentor_id", "mentee_id"]]
    ours = set()
    for day in days:
        found = paired_chain_days(pairs, tables["positions"], start=day, end=day)
        ours |= {(tandem, day) for tandem in found.loc[found["rule"].isin(CHAIN_RULES), "tandem_id"]}
    if plain != ours:
        raise ValueError("the two walks find other breaches")
    return len(plain)


def write_programme(folder: Path, tables: Tables) -> tuple[Path, int]:
    """The company as a programme's files, its tandems as a plan; returns the plan and the rows of all files."""
    positions = tables["positions"]
    earlier = positions.drop_duplicates("person_id").assign(
        start_date=pd.Timestamp("2010-01-01"), end_date=pd.Timestamp("2019-12-31")
    )
    rng = np.random.default_rng(SEED)
    ids = tables["applications"]["person_id"]
    more = pd.DataFrame(
        {
            "vacancy_id": np.char.mod("w%05d", rng.integers(0, max(len(ids) // 3_000, 10), len(ids) // 3)),
            "person_id": ids.sample(len(ids) // 3, random_state=SEED).to_numpy(),
            "applied_date": pd.Timestamp("2025-11-30"),
        }
    )
    files = {
        "people": pd.DataFrame(
            {"person_id": ids, "birth_year": rng.integers(1960, 2005, len(ids)), "hire_date": "2010-01-01"}
        ),
        "positions": pd.concat([positions, earlier]),
        "applications": pd.concat([tables["applications"], more]),
    }
    (folder / "programme.toml").write_text(PROGRAMME, encoding="utf-8")
    for name, frame in files.items():
        frame.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")
    plan = folder.parent / "plan.csv"
    tables["tandems"][["tandem_id", "mentor_id", "mentee_id"]].to_csv(plan, index=False)
    return plan, sum(map(len, files.values()))


def whole_command(tables: Tables, runs: int) -> tuple[list[float], int, float]:
    """Seconds of `rmanalytics audit` on planned tandems, rows read, and the largest memory in GB."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "programme"
        folder.mkdir()
        plan, rows = write_programme(folder, tables)
        command = [sys.executable, "-m", "rmanalytics", "audit", str(folder), "--round", "2026H1"]
        command += ["--on", "2026-01-01", "--planned", str(plan)]

        def run() -> None:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        times = [seconds(run) for _ in range(runs)]
    return times, rows, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the section of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="timed runs of everything (default 3)")
    runs = max(parser.parse_args(arguments).runs, 1)
    growth = ["| people | tandems | whole audit, s | breaches found |", "|---|---|---|---|"]
    tables: Tables = {}
    times: dict[str, list[float]] = {}
    found: dict[str, int] = {}
    for people_n, tandems_n in SIZES:
        tables = company(people_n, tandems_n)
        work = audits(tables)
        found = {rule: len(audit()) for rule, audit in work.items()}
        times = {rule: [] for rule in work}
        for _ in range(runs):
            for rule, audit in work.items():
                times[rule].append(seconds(audit))
        whole = [sum(run) for run in zip(*times.values(), strict=True)]
        growth.append(f"| {people_n:,} | {tandems_n:,} | {spread(whole, digits(whole))} | {sum(found.values()):,} |")
        print(growth[-1], flush=True)
    days = [START + timedelta(days=n * ROUND_DAYS // PLAIN_DAYS) for n in range(PLAIN_DAYS)]
    hits = agree(tables, days)
    chain = times["reporting chain, any depth"]
    plain = [seconds(lambda: plain_walk(tables, days)) * ROUND_DAYS / PLAIN_DAYS for _ in range(runs)]
    ratios = [theirs / own for theirs, own in zip(plain, chain, strict=True)]
    rules = ["| rule | s | tandems found |", "|---|---|---|"]
    rules += [f"| {rule} | {spread(values, digits(values))} | {found[rule]:,} |" for rule, values in times.items()]
    people_n, tandems_n = SIZES[-1]
    command, rows_n, memory = whole_command(tables, runs)
    text = f"""\
A company in which eight people report to each manager and everybody changes position once in the round, a tenth of
them to another manager; each day of {ROUND_DAYS} is audited. {runs} runs, median (lowest–highest).

### {tandems_n:,} tandems in {people_n:,} people, rule by rule

{chr(10).join(rules)}

### The whole command

`rmanalytics audit` on {tandems_n:,} planned tandems takes {spread(command, 1)} s from start to end, with the files of
{people_n:,} people ({rows_n:,} rows) read and checked, and {memory:.2g} GB of memory at most.

### Against a plain walk

The reporting chain by a plain walk with dictionaries takes {spread(plain, digits(plain))} s\\*, which is
{spread(ratios, digits(ratios))} times as long. On the days walked both find the same {hits:,} tandem-days.

\\* over {PLAIN_DAYS} days of the round, multiplied.

### Growth

{chr(10).join(growth)}

Measured {machine("numpy", "pandas")}. Again: `make bench ARGS="--runs {runs}"`.
"""
    write_section("audit", "The pairing audit", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
