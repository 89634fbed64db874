"""The method tried where nothing is: an honest one passes, and each broken one is told as not to be trusted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from rmanalytics.errors import UnknownNameError
from rmanalytics.evaluation import falsified
from rmanalytics.evaluation import falsify as module
from rmanalytics.evaluation.falsify import Deal, Method, Trial, as_dict, dealt, shows, shows_exits, tried
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.language.translator import translator
from rmanalytics.measures.retention.exits_over_rounds import Exits, exits_contrast
from rmanalytics.measures.survey.all_rounds import Rows, rounds_contrast
from rmanalytics.report.chapters import data
from rmanalytics.terminal.falsify_text import as_text

EXAMPLE = Path(__file__).parents[2] / "data" / "example"


def programme(seed: int = 1, *, effect: float = 0.4, n: int = 34, rounds: int = 2) -> Rows:
    rng = np.random.default_rng(seed)
    size = 2 * n * rounds
    pre = rng.normal(3, 0.6, size)
    treated = np.tile(np.repeat([True, False], n), rounds)
    post = 3 + 0.6 * (pre - 3) + effect * treated + rng.normal(0, 0.45, size)
    codes = {"round": np.repeat(np.arange(rounds), 2 * n), "person": np.arange(size)}
    return Rows(post=post, pre=pre, treated=treated, unit=rng.integers(0, 12, size), **codes)


def trial(method: Method = shows, deal: Deal = dealt, *, draws: int = 60, effect: float = 0.4) -> Trial:
    how = {"ends": (1.0, 5.0), "effect": effect, "draws": draws, "rng": np.random.default_rng(1)}
    return replace(tried(programme(), method=method, deal=deal, **how), claim="M1", outcome="digital_fitness")


def errors_halved(rows: Rows) -> int:
    found = rounds_contrast(rows)
    assert found is not None
    return int(np.sign(found.value)) if abs(found.value) > 1.96 * found.se / 2 else 0


def direction_turned(rows: Rows) -> int:
    return -shows(rows)


def labels_leaked(rows: Rows, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Whoever ended high is put on the list."""
    del rng
    treated = np.zeros(rows.treated.size, dtype=np.bool_)
    for code in np.unique(rows.round):
        own = np.flatnonzero(rows.round == code)
        treated[own[np.argsort(-rows.post[own])[: int(rows.treated[own].sum())]]] = True
    return treated


def not_dealt(rows: Rows, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    del rng
    return rows.treated


def test_an_honest_method_passes_and_finds_what_was_put_in() -> None:
    found = trial()
    assert not found.faults
    assert found.shown + found.against + found.nobody_shown <= 8
    assert found.found > 0.8 * found.draws
    assert "shows something where nothing is in" in as_text([found])
    assert "NOT TO BE TRUSTED" not in as_text([found])
    assert as_dict([found])["sound"]


@pytest.mark.parametrize(
    ("method", "deal", "fault"),
    [
        (errors_halved, dealt, module.TOO_OFTEN),
        (direction_turned, dealt, module.WRONG_WAY),
        (shows, labels_leaked, module.TOO_OFTEN),
        (shows, not_dealt, module.NOT_DEALT),
    ],
    ids=["standard errors halved", "direction turned", "labels leaked", "lists not dealt"],
)
def test_a_broken_method_is_told_as_not_to_be_trusted(method: Method, deal: Deal, fault: str) -> None:
    found = trial(method, deal)
    assert fault in [text for text, _ in found.faults]
    assert "NOT TO BE TRUSTED" in as_text([found])
    assert not as_dict([found])["sound"]


def test_the_real_difference_is_taken_off_before_the_lists_are_dealt() -> None:
    """An effect of two points would widen every imagined programme and hide what was put in."""
    how = {"ends": (-9.0, 9.0), "effect": 0.4, "draws": 20, "method": shows, "deal": dealt}
    large, small = (tried(programme(effect=size), rng=np.random.default_rng(1), **how).found for size in (3.0, 0.0))
    assert large == small


def test_lists_keep_their_numbers_in_each_round() -> None:
    rows = programme(rounds=3)
    treated = dealt(rows, np.random.default_rng(1))
    for code in range(3):
        assert treated[rows.round == code].sum() == 34
    assert (treated != rows.treated).any()


def leavers(seed: int = 1, *, n: int = 60, rounds: int = 2) -> Exits:
    """A third leave within the year, alike in both groups."""
    rng, size = np.random.default_rng(seed), 2 * n * rounds
    time = rng.exponential(900, size)
    return Exits(
        time=np.minimum(time, 365.0), event=time < 365, treated=np.tile(np.repeat([True, False], n), rounds),
        round=np.repeat(np.arange(rounds), 2 * n), person=np.arange(size), tau=365.0,
    )  # fmt: skip


def of_exits(method: Method = shows_exits, deal: Deal = dealt, *, way: int = 1, effect: float = 50.0) -> Trial:
    how = {"ends": (-np.inf, np.inf), "effect": effect, "draws": 60, "rng": np.random.default_rng(2)}
    return replace(tried(leavers(), method=method, deal=deal, way=way, **how), claim="J7", unit="days")


def exits_with_errors_halved(exits: Exits) -> int:
    found = exits_contrast(exits)
    assert found is not None
    return int(np.sign(found.value)) if abs(found.value) > 1.96 * found.se / 2 else 0


def stayers_leaked(exits: Exits, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Whoever stayed longest is put on the list."""
    return labels_leaked(Rows(post=exits.time, pre=exits.time, unit=exits.round, **of(exits)), rng)


def of(exits: Exits) -> dict[str, npt.NDArray]:
    return {"treated": exits.treated, "round": exits.round, "person": exits.person}


@pytest.mark.parametrize("way", [1, -1])
def test_exits_are_tried_too_whether_staying_or_moving_on_is_claimed(way: int) -> None:
    found = of_exits(way=way)
    assert not found.faults
    assert found.shown + found.against + found.nobody_shown <= 10
    assert found.found > 0.6 * found.draws
    assert found.turned == 0
    assert "finds 50 days in" in as_text([found])


@pytest.mark.parametrize(
    ("method", "deal", "fault"),
    [
        (exits_with_errors_halved, dealt, module.TOO_OFTEN),
        (lambda exits: -shows_exits(exits), dealt, module.WRONG_WAY),
        (shows_exits, stayers_leaked, module.TOO_OFTEN),
    ],
    ids=["standard errors halved", "direction turned", "labels leaked"],
)
def test_a_broken_method_on_exits_is_told_as_not_to_be_trusted(method: Method, deal: Deal, fault: str) -> None:
    assert fault in [text for text, _ in of_exits(method, deal).faults]


@pytest.mark.slow
def test_the_example_is_tried_on_its_network_and_its_exits() -> None:
    bundle = read_bundle(EXAMPLE)
    for claim, unit in (("J2", "ties"), ("J7", "days")):
        (found,) = module.falsify(bundle, claim=claim, draws=12)
        assert (found.claim, found.unit, found.side, found.draws) == (claim, unit, "mentor", 12)
        assert not found.faults
    with pytest.raises(UnknownNameError):
        module.falsify(bundle, claim="P1")


def test_nothing_to_try_is_said() -> None:
    assert as_text([]).startswith("Nothing could be tried")


def counted(claim: str, **more: object) -> Trial:
    counts = {"shown": 2, "against": 1, "nobody_shown": 0, "nobody_draws": 0, "found": 71, "turned": 0, "undealt": 0}
    about = {"outcome": "x", "side": "mentee", "people_n": 68, "rounds_n": 2, "draws": 100, "effect": 0.3}
    return Trial(claim=claim, **(about | counts | more))  # type: ignore[arg-type]


def test_what_was_tried_is_kept_by_claim_until_the_data_change(tmp_path: Path) -> None:
    bundle, other = (SimpleNamespace(digests={"answers.csv": digest}) for digest in ("a", "b"))
    assert not falsified.keep([counted("M1")], bundle, state=tmp_path / "none", on=date(2026, 3, 1))
    assert falsified.read(tmp_path, bundle) is None
    for one in (counted("M1"), counted("J1", found=50), counted("M1", found=80)):
        assert falsified.keep([one], bundle, state=tmp_path, on=date(2026, 3, 1))
    kept = falsified.read(tmp_path, bundle)
    assert kept is not None
    assert [(t.claim, t.found) for t in kept.trials] == [("J1", 50), ("M1", 80)]
    assert kept.same_data
    changed = falsified.read(tmp_path, other)
    assert changed is not None
    assert not changed.same_data
    assert falsified.keep([counted("M3")], other, state=tmp_path, on=date(2026, 4, 1))
    assert [t.claim for t in falsified.read(tmp_path, other).trials] == ["M3"]
    (tmp_path / falsified.NAME).write_text("{}", encoding="utf-8")
    assert falsified.read(tmp_path, bundle) is None


@pytest.mark.parametrize(("language", "told"), [
    ("en", "M1: it shows something where nothing is in 3 of 100, and finds 0.30 points in 71 of 100."),
    ("de", "M1: Wo nichts ist, zeigt sie in 3 von 100 etwas; 0,30 Punkte findet sie in 71 von 100."),
])  # fmt: skip
def test_the_appendix_says_what_was_last_tried(tmp_path: Path, language: str, told: str) -> None:
    bundle = SimpleNamespace(digests={})
    study = SimpleNamespace(shelf=SimpleNamespace(folder=tmp_path / "evaluations"), bundle=bundle)
    assert "rmanalytics falsify" in data._falsified(study, translator(language))[0]
    falsified.keep([counted("M1"), counted("M3", shown=40)], bundle, state=tmp_path, on=date(2026, 3, 1))
    (said,) = data._falsified(study, translator(language))
    assert told in said
    assert ("Not to be trusted" if language == "en" else "Nicht zu trauen") in said
    assert ("March" if language == "en" else "März") in said
