"""A programme before and after a round that a lot decides: volunteers of both sides, wishes, answers, tandems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from folders import INSTRUMENT, csv_text

from rmanalytics.evaluation.lots.drawing import commit, reveal, written
from rmanalytics.evaluation.lots.drawn import read_lot
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import read_programme
from rmanalytics.receipts.chain import Receipt

ROUND, NEXT = "2026H2", "2027H1"
KEY = bytes(range(32))
PACKAGE = {"version": "simulated", "digest": "simulated"}
SEED = "7 12 23 31 38 41"
SOURCE = "Lotto of 5 July 2026"
LISTED, DRAWN = datetime(2026, 7, 1, 9, tzinfo=UTC), datetime(2026, 7, 6, 9, tzinfo=UTC)
REDRAWS = 199
TOPICS = ("ai", "cloud", "security", "video")
ITEMS = ("own_q1", "own_q2", "own_q3")
PROGRAMME = """\
[programme]
name = "Reverse mentoring"
company = "Example"
id = "lots"
simulated = true
data_until = {until}

[[rounds]]
id = "2026H2"
start = 2026-07-15
end = 2026-12-31
planned_meetings = 3

[[rounds]]
id = "2027H1"
start = 2027-01-15
end = 2027-06-30
planned_meetings = 3

[instruments]
files = ["confidence.toml"]

[[outcomes]]
claim = "M1"
instrument = "confidence"
side = "mentee"

[declare]
primary = "M1"

[meetings]
topics = ["ai", "cloud", "security", "video"]

[draw]
places = {places}
"""


def seniors(n: int) -> list[str]:
    return [f"S{number:03d}" for number in range(1, n + 1)]


def juniors(n: int) -> list[str]:
    return [f"J{number:03d}" for number in range(1, n + 1)]


def write_world(
    folder: Path, *, mentees: int = 40, mentors: int = 18, places: int = 18, until: str = "2026-12-31", more: str = ""
) -> Path:
    """A company of volunteers before its first lot: people, positions, invitations and wishes."""
    folder.mkdir(parents=True, exist_ok=True)
    old, young = seniors(mentees), juniors(mentors)
    rng = np.random.default_rng(5)
    rows: dict[str, list[Sequence[object]]] = {
        "people": [["person_id", "birth_year", "hire_date", "exit_date"]],
        "positions": [["person_id", "start_date", "end_date", "unit", "level", "manager_id", "location"]],
        "invitations": [["round_id", "person_id", "side", "invited_date", "answered_date", "answer"]],
        "wishes": [["round_id", "person_id", "side", "kind", "code", "weight"]],
    }
    for side, people, born in (("mentee", old, 1962), ("mentor", young, 1990)):
        for n, person in enumerate(people):
            hired = f"20{rng.integers(10, 25)}-0{rng.integers(1, 9)}-01"
            rows["people"].append([person, born + int(rng.integers(0, 10)), hired, ""])
            unit, level = f"U{n % 7}" if side == "mentee" else f"V{n % 5}", 5 if side == "mentee" else 2
            rows["positions"].append([person, hired, "", unit, level, "", ("Bern", "Chur")[int(rng.integers(2))]])
            rows["invitations"].append([ROUND, person, side, "2026-05-01", "2026-05-20", "volunteered"])
            for topic in rng.choice(TOPICS, 2, replace=False):
                rows["wishes"].append([ROUND, person, side, "topic", topic, int(rng.integers(1, 4))])
            for time in rng.choice(["mon_am", "tue_pm", "thu_am"], 2, replace=False):
                rows["wishes"].append([ROUND, person, side, "time", time, ""])
    write_tables(folder, rows)
    (folder / "confidence.toml").write_text(INSTRUMENT, encoding="utf-8")
    (folder / "programme.toml").write_text(PROGRAMME.format(until=until, places=places) + more, encoding="utf-8")
    return folder


def write_tables(folder: Path, rows: Mapping[str, Iterable[Sequence[object]]]) -> None:
    for name, table in rows.items():
        (folder / f"{name}.csv").write_text(csv_text(table), encoding="utf-8")


def draw_lot(
    folder: Path,
    *,
    source: str = SOURCE,
    seed: str = SEED,
    again: str = "",
    anchor: str = "",
    simulated: bool = True,
) -> tuple[Receipt, Receipt]:
    """Commit and reveal, with a key of the tests; ``anchor``: where the list's digest is laid down before the draw."""
    bundle = read_bundle(folder)
    round_ = bundle.programme.round(ROUND)
    listed = commit(bundle, round_, key=KEY, now=LISTED, package=PACKAGE, seed_from=source, simulated=simulated)
    if anchor:
        laid = {"of": listed.digest, "where": anchor}
        written(bundle.programme, round_, "anchor", laid, now=DRAWN, package=PACKAGE, simulated=simulated)
    drawn = reveal(
        bundle.programme,
        round_,
        seed=seed,
        key=KEY,
        now=DRAWN,
        package=PACKAGE,
        again=again,
        simulated=simulated,
        redraws=REDRAWS,
    )
    return listed, drawn


def people_of(folder: Path, side: str, *groups: str) -> list[str]:
    """Ids that the last draw put into some groups, in order of lot number."""
    lot = read_lot(read_programme(folder, tuple(TABLES)), ROUND)
    assert lot is not None
    return lot.sides[side].people(*groups)


def write_after(folder: Path, *, effect: float = 0.8, seed: int = 3) -> None:
    """What the round became: a tandem for each who started, the comparison as handed out, answers before and after."""
    pairs = list(zip(people_of(folder, "mentor", "start"), people_of(folder, "mentee", "start"), strict=True))
    tandems: list[Sequence[object]] = [
        ["round_id", "tandem_id", "mentor_id", "mentee_id", "assignment", "matched_date"],
        *([ROUND, f"T{n:02d}", *pair, "random", "2026-07-14"] for n, pair in enumerate(pairs, start=1)),
    ]
    rng = np.random.default_rng(seed)
    starting = {person for pair in pairs for person in pair}
    rows: list[Sequence[object]] = [["round_id", "wave", "person_id", "item", "value", "answered_at"]]
    for side in ("mentee", "mentor"):
        for person in people_of(folder, side, "start", "wait", "not_drawn"):
            level = rng.normal(3, 0.7)
            for wave, day, gain in (("pre", "2026-07-03", 0.0), ("post", "2026-12-20", effect * (person in starting))):
                for item in ITEMS:
                    value = int(np.clip(np.rint(level + gain + rng.normal(0, 0.5)), 1, 5))
                    rows.append([ROUND, wave, person, item, 6 - value if item == "own_q3" else value, day])
    write_tables(folder, {"tandems": tandems, "answers": rows})
    (folder / "comparison.csv").write_bytes((folder / "receipts" / "private" / f"{ROUND}-comparison.csv").read_bytes())


def draw_again(folder: Path) -> Receipt:
    """Draw a second time from the same list, for a reason."""
    programme = read_programme(folder, tuple(TABLES))
    given = {"key": KEY, "now": DRAWN, "package": PACKAGE, "simulated": True, "redraws": REDRAWS}
    return reveal(programme, programme.round(ROUND), seed="2 4 6 8 10 12", again="one was ill", **given)
