"""What a plan's receipt freezes: every character of what runs the analysis, and nothing of how the file is written."""

from __future__ import annotations

import re
from pathlib import Path

import lot_world
import pytest

from rmanalytics.errors import InputError
from rmanalytics.evaluation.verdicts.declared import frozen
from rmanalytics.intake.schema import TABLES
from rmanalytics.programme.programme import read_programme
from rmanalytics.receipts.chain import canonical

MORE = """\
wait = 9
reserve = 2
balance_by = ["age", "tenure"]

[declare.M1]
smallest_effect = 0.3

[declare.J7]
horizon_days = 365

[network]
tie_kind = "advice"
top_levels = 2

[value]
training_cost = [1800, 2400, 3200]
training_gain = 0.25
training_gain_se = 0.08
training_source = "invented"
worth = 600

[pairing]
again = false

[pairing.wishes]
topics = 60
times = 25

[[generations]]
name = "Older"
from = 1946
to = 1980

[[generations]]
name = "Younger"
from = 1981
to = 2012
"""
NOT_FROZEN = ("name", "company", "id", "simulated", "data_until", "start", "end", "files")
UNASKED = ("[programme]", "[[rounds]]", "[instruments]")
"""Who the programme is, and until when there are data: not what is asked of them."""


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    folder = lot_world.write_world(tmp_path_factory.mktemp("frozen") / "world", mentees=3, mentors=3, more=MORE)
    file = folder / "programme.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("[programme]", "[programme]\nk = 6\nseed = 12", 1))
    return folder


def plan(folder: Path) -> bytes | None:
    """What would be frozen; None where the file is refused."""
    try:
        programme = read_programme(folder, tuple(TABLES))
        return canonical(frozen(programme, programme.round(lot_world.ROUND)))
    except InputError:
        return None


def values(text: str) -> list[int]:
    """Places of the letters and digits of all values, as far as they are frozen."""
    found, table = [], ""
    for line in re.finditer(r"(?m)^.*$", text):
        if line[0].startswith("["):
            table = line[0]
        name, is_, _ = line[0].partition(" = ")
        if (
            is_
            and not (name in NOT_FROZEN and table in ("[programme]", "[[rounds]]", "[instruments]"))
            and name != "id"
        ):
            first = line.start() + len(name) + len(is_)
            found += [first + one.start() for one in re.finditer(r"[A-Za-z0-9]", line[0][len(name) + len(is_) :])]
    return found


def other(sign: str) -> str:
    return str((int(sign) + 1) % 10) if sign.isdigit() else "x" if sign != "x" else "y"


def test_any_one_changed_character_of_what_is_frozen_changes_the_plan_or_is_refused(world) -> None:
    file, before = world / "programme.toml", plan(world)
    text = file.read_text(encoding="utf-8")
    unnoticed = []
    try:
        for at in values(text):
            file.write_text(text[:at] + other(text[at]) + text[at + 1 :], encoding="utf-8")
            if plan(world) == before:
                unnoticed.append(text[: at + 1].rpartition("\n")[2])
    finally:
        file.write_text(text, encoding="utf-8")
    assert before is not None
    assert unnoticed == ["planned_meetings = 3"]  # of the other round, which has a plan of its own


def test_any_changed_question_key_end_or_label_changes_the_plan_and_its_source_does_not(world) -> None:
    file, before = world / "confidence.toml", plan(world)
    text = file.read_text(encoding="utf-8")
    changed = {
        "a question": text.replace('en = "One"', 'en = "Only one"', 1),
        "a key": text.replace("reverse = true", "reverse = false", 1),
        "the way": text.replace('direction = "up"', 'direction = "down"', 1),
        "an end": re.sub(r"max = (\d)", lambda found: f"max = {int(found[1]) + 1}", text, count=1),
        "the version": re.sub(r'version = "[^"]*"', 'version = "other"', text, count=1),
        "the source": re.sub(r'source = "[^"]*"', 'source = "other"', text, count=1),
    }
    try:
        same = []
        for what, now in changed.items():
            assert now != text, what
            file.write_text(now, encoding="utf-8")
            same += [what] * (plan(world) == before)
    finally:
        file.write_text(text, encoding="utf-8")
    assert same == ["the source"]


def test_comments_order_and_spaces_change_nothing(world) -> None:
    file, before = world / "programme.toml", plan(world)
    text = file.read_text(encoding="utf-8")
    assert before is not None
    first, *blocks = text.strip().split("\n\n")
    blocks.sort(key=lambda block: (block.startswith("[["), block))
    rewritten = "\n\n\n".join([first, *blocks]).replace(" = ", "   =  ").replace("\n", "  # a remark\n# another\n")
    try:
        file.write_text(rewritten, encoding="utf-8")
        assert plan(world) == before is not None
    finally:
        file.write_text(text, encoding="utf-8")
