"""Verdicts in worlds whose truth is known: false words, power, sizes, coverage, and what each gate is for."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from scipy.stats import t as t_distribution
from score_worlds import PLANTED, World
from soak.verdict_rows import Told, tell
from soak.verdict_worlds import CLAIMS, Claim, evidence, lowered, programme, said_of, split

from rmanalytics.evaluation.verdicts.evidence import Evidence
from rmanalytics.evaluation.verdicts.gates import ceiling, gates
from rmanalytics.evaluation.verdicts.kinds import passed
from rmanalytics.measures.stats.group_sequential import boundaries, graphical_split
from rmanalytics.measures.stats.meta_analysis import predicted_difference
from rmanalytics.measures.stats.selection import selection_corrected
from rmanalytics.measures.stats.stratified_tables import exact_shares_p, mantel_haenszel_difference
from rmanalytics.measures.survey.all_rounds import clustered_difference, rounds_contrast
from rmanalytics.measures.survey.slopes_over_rounds import slope_over_rounds

PLAN = ("M1", "M3", "J1", "J3", "J8")
ORDINARY = 1.959964


def runs(short: int, long: int) -> pytest.MarkDecorator:
    """A few programmes with every test run, many in ``make soak``."""
    many = pytest.param(long, id="long", marks=pytest.mark.soak)
    return pytest.mark.parametrize("many", [pytest.param(short, id="reduced"), many])


@runs(20, 2000)
def test_null_programmes_say_nothing(many) -> None:
    """Four rounds, a primary and four keys, nothing planted: any *shown*, any false word either way, at any look."""
    rng = np.random.default_rng(1)
    shown, either, gated, naive = np.zeros((4, many), dtype=bool)
    for i in range(many):
        plan = programme(rng, dict.fromkeys(PLAN, World(repeat=0.3)))
        for look in range(4):
            naive[i] |= any(abs(claim.z[look]) > ORDINARY for claim in plan.values())
            for way in (1, -1):
                for name, share in split(plan, look, way).items():
                    if share.passed:
                        either[i] = True
                        shown[i] |= way > 0
                        gated[i] |= not lowered(said_of(plan[name], look, share.alpha))
    about = {"shard": "Null programmes", "world": "4 rounds, 5 claims, no effect", "draws": many}
    about["naive"] = f"{naive.mean():.3f}"
    tell(Told(**about, counted="any shown, before gates", found=shown.mean(), bound="≤ .025"))
    tell(Told(**about, counted="any false word, before gates", found=either.mean(), bound="≤ .05"))
    tell(Told(**about, counted="any false word", found=gated.mean(), bound="≤ .05"))


@runs(3, 100)
def test_planted_effects_are_found(many) -> None:
    """The example's effects; and which gate lowers how many honest verdicts of the primary."""
    rng, task_rng = np.random.default_rng(2), np.random.default_rng(16)
    passed = np.zeros((many, 4, 4), dtype=bool)
    bound: dict[tuple[str, int], list[bool]] = defaultdict(list)
    shown = np.zeros(many, dtype=bool)
    for i in range(many):
        plan = programme(rng, {name: World(gain=gain, repeat=0.3) for name, gain in PLANTED.items()})
        for look in range(4):
            shares = split(plan, look, 1)
            passed[i, look] = [shares[name].passed for name in PLANTED]
            if look != 2 and shares["M1"].passed:
                task = clustered_difference(programme(task_rng, {"M1": World(gain=0.4)})["M1"].people(look))
                about = {"second": task, "left_out": left_out(plan["M1"], look)}
                said = said_of(plan["M1"], look, shares["M1"].alpha, **about)
                for gate in said:
                    bound[gate.name, look].append(gate.passed is not True)
                shown[i] |= look == 1 and not lowered(said) & {"silence", "units"}
    told = {"shard": "Planted effects", "draws": many}
    for look, at_least in ((0, "≥ .70"), (1, "≥ .95")):
        about = {"world": f"M1 +0.40, round {look + 1}", "counted": "primary beyond its boundary"}
        tell(Told(**told, **about, found=passed[:, look, 0].mean(), bound=at_least))
    for column, name, at_least in ((1, "M3", "≥ .80"), (2, "J1", "≥ .60"), (3, "J3", "≥ .60")):
        about = {"world": f"{name} +{PLANTED[name]:.2f}, round 4", "counted": "key beyond its boundary"}
        tell(Told(**told, **about, found=passed[:, 3, column].mean(), bound=at_least))
    about = {"world": "M1 +0.40, round 2", "counted": "primary shown with gates 5 and 6"}
    tell(Told(**told, **about, found=shown.mean(), bound="≥ .90"))
    for (name, look), stopped in bound.items():
        if name not in ("plan", "design"):
            about = {"world": f"M1 +0.40, round {look + 1}, beyond its boundary", "counted": f"lowered by {name}"}
            tell(Told(shard="Price of the gates", **about, draws=len(stopped), found=float(np.mean(stopped))))


def left_out(claim: Claim, look: int) -> tuple[float, ...]:
    """The estimate without each round so far, from three rounds on."""
    if look < 2:
        return ()
    rows = claim.rows.keep(claim.rows.round <= look)
    return tuple(rounds_contrast(rows.keep(rows.round != r)).value for r in range(look + 1))


@pytest.mark.parametrize("times", [1.0, 0.5, 0.25])
@runs(300, 20_000)
def test_sized_sentences_hold_the_planted_value(many, times) -> None:
    """Estimates of a primary and three keys over four looks, normal; every sentence of a claim that is shown."""
    rng, se = np.random.default_rng(3), 0.125
    truth = times * np.array(list(PLANTED.values()))
    information = [(k + 1) / se**2 for k in range(4)]
    alphas = [0.02, 0.025, 0.005, 0.005 / 2, 0.005 / 3, 0.025 / 2, 0.025 / 3]
    limits = {round(alpha, 9): boundaries(information, alpha=alpha) for alpha in alphas}
    steps = truth[:, None] * information[0] + math.sqrt(information[0]) * rng.normal(size=(many, 4, 4))
    held, plain = [], []
    for one in steps.cumsum(axis=2) / np.array(information):
        for look in range(4):
            error, z = information[look] ** -0.5, one[:, look] * math.sqrt(information[look])
            passing = [lambda a, x=x, look=look: x > limits[round(a, 9)][look] for x in z]
            main, keys = graphical_split(passing[0], dict(zip("abc", passing[1:], strict=True)))
            for share, value, true in zip((main, *keys.values()), one[:, look], truth, strict=True):
                if share.passed and rng.random() < min(1.0, 3000 / many):
                    c = limits[round(share.alpha, 9)][look]
                    low, _, high = selection_corrected(value, error, math.inf, boundary=c)
                    held.append(low <= true <= high)
                    plain.append(abs(value - true) <= ORDINARY * error)
    assert held
    told = {"shard": "Sizes", "world": f"effects ×{times:g}", "counted": "sentence holds the planted value"}
    tell(Told(**told, draws=len(held), found=np.mean(held), bound="≥ .94", naive=f"{np.mean(plain):.3f}"))


@pytest.mark.parametrize("spread", [0.0, 0.12])
@runs(30, 800)
def test_coverage_of_the_rounds_average_and_of_the_next_round(many, spread) -> None:
    rng = np.random.default_rng(4)
    held, foretold = [], []
    for _ in range(many):
        rounds = programme(rng, {"M1": World(gain=0.4, spread=spread, repeat=0.3, rounds=5)})["M1"].rounds
        first = Claim("M1", rounds[:4])
        found, true = first.looks[-1], [one["gain"][0] for one in rounds]
        held.append(abs(found.value - np.mean(true[:4])) <= t_distribution.ppf(0.975, found.df) * found.se)
        alone = [rounds_contrast(first.rows.keep(first.rows.round == r)) for r in range(4)]
        values, errors = np.array([one.value for one in alone]), np.array([one.se for one in alone])
        expected = predicted_difference(values, errors, scale=0.1)
        foretold.append(expected.lo <= true[4] <= expected.hi)
    told = {"shard": "Coverage", "world": f"4 rounds, effect .4, rounds differ by SD {spread:g}", "draws": many}
    tell(Told(**told, counted="95 % interval holds the rounds' average", found=np.mean(held), bound="≥ .93"))
    tell(Told(**told, counted="prediction interval holds the next round", found=np.mean(foretold), bound="≥ .93"))


WORLDS = [
    ("brackets", "low skill chosen, no effect", World(chosen="low skill", rounds=2), -1),
    ("brackets", "high skill chosen, no effect", World(chosen="high skill", rounds=2), 1),
    ("silence", "of the 30 % that gained least 80 % are silent, no effect", World(losers=0.8, silent=0.0), 1),
    ("units", "shocks of units of 0.8 points, 8 units, no effect", World(shock=0.8, rounds=1), 0),
]


@pytest.mark.parametrize(("gate", "world", "start", "way"), WORLDS)
@runs(8, 100)
def test_a_gate_stops_what_it_is_for(many, gate, world, start, way) -> None:
    """False words of a primary at any look: naive, by the rules, and by the rules without the gate."""
    rng = np.random.default_rng(5)
    naive, found, off = np.zeros((3, many), dtype=bool)
    for i in range(many):
        plan = programme(rng, {"M1": start})
        for look in range(start.rounds):
            z = plan["M1"].z[look]
            naive[i] |= (way * z if way else abs(z)) > ORDINARY
            for side in (1, -1):
                share = split(plan, look, side)["M1"]
                if share.passed:
                    said = said_of(plan["M1"], look, share.alpha)
                    found[i] |= not lowered(said)
                    off[i] |= not lowered(said, off=gate)
    tell_of_gate(world, f"false word, gate {gate}", naive, found, off)


@runs(4, 100)
def test_silence_worse_than_the_gate_takes_it_to_be_is_told(many) -> None:
    """Gains that spread by .25 points instead of .2: the silence shifts the mean by .09, the gate allows for .06."""
    rng = np.random.default_rng(15)
    found = np.zeros(many, dtype=bool)
    for i in range(many):
        plan = programme(rng, {"M1": World(losers=0.8, silent=0.0, personal=0.25)})
        for look in range(4):
            share = split(plan, look, 1)["M1"]
            found[i] |= share.passed and not lowered(said_of(plan["M1"], look, share.alpha))
    world = "the same, gains spread by .25 instead of .2"
    tell(Told(shard="Wrong worlds", world=world, counted="false word, gate silence", draws=many, found=found.mean()))


def tell_of_gate(world: str, counted: str, naive: np.ndarray, found: np.ndarray, off: np.ndarray) -> None:
    """A row of a wrong world; the naive reading is fooled there, and without the gate the failure is back."""
    fooled = {"naive": f"{naive.mean():.3f}", "off": f"{off.mean():.3f}"}
    about = {"shard": "Wrong worlds", "world": world, "counted": counted, "draws": found.size}
    tell(Told(**about, found=found.mean(), bound="≤ .05", **fooled))
    assert naive.any()
    if found.size >= 50:
        assert naive.mean() >= 0.15
        assert (off & ~found).sum() >= 5, "without the gate the failure would have to be back (sign test, p < .05)"


@runs(12, 200)
def test_a_ceiling_forbids_not_shown(many) -> None:
    """An effect of .3 that most participants have no room for: *not shown* would rule out what is there."""
    rng = np.random.default_rng(6)
    naive, found = np.zeros((2, many), dtype=bool)
    for i in range(many):
        claim = programme(rng, {"M1": World(gain=0.3, middle=5.4, rounds=4)})["M1"]
        last = claim.looks[-1]
        naive[i] = last.value + ORDINARY * last.se < 0.2 and not split({"M1": claim}, 3, 1)["M1"].passed
        gate = ceiling(evidence(claim, 3, 0.02))
        found[i] = naive[i] and gate is not None and gate.passed is True
    tell_of_gate("effect .3 at the end of the scale", "not shown, gate ceiling", naive, found, naive)


@runs(4, 60)
def test_a_second_source_stops_what_only_people_say_of_themselves(many) -> None:
    """By their own account participants gain .4; a task says that they lose .4."""
    rng = np.random.default_rng(7)
    naive, found, off = np.zeros((3, many), dtype=bool)
    for i in range(many):
        plan = programme(rng, {"M1": World(gain=0.4, rounds=2)})
        task = clustered_difference(programme(rng, {"M1": World(gain=-0.4, rounds=2)})["M1"].people(1))
        naive[i] = plan["M1"].z[1] > ORDINARY
        share = split(plan, 1, 1)["M1"]
        if share.passed:
            said = said_of(plan["M1"], 1, share.alpha, second=task)
            found[i], off[i] = not lowered(said), not lowered(said, off="second_source")
    tell_of_gate("self-report +.4, task −.4", "shown, gate second_source", naive, found, off)


@runs(20, 300)
def test_both_sides_learn_only_where_both_gain(many) -> None:
    """Seniors lose .4 and juniors gain .4: both differ from nothing, and nobody may say that both learn."""
    rng = np.random.default_rng(9)
    naive, found, off = np.zeros((3, many), dtype=bool)
    for i in range(many):
        plan = programme(rng, {"M1": World(gain=-0.4, rounds=2), "J3": World(gain=0.4, rounds=2)})
        naive[i] = all(abs(part.z[1]) > ORDINARY for part in plan.values())
        found[i] = all(part.passes(1, 1)(0.02) for part in plan.values())
        off[i] = all(part.passes(1, 1 if part.z[1] > 0 else -1)(0.02) for part in plan.values())
    tell_of_gate("seniors lose .4, juniors gain .4", "both learn, each side in its own direction", naive, found, off)


@runs(10, 200)
def test_families_of_one_would_be_fooled(many) -> None:
    """Twenty-two claims without effect: each as its own family, against one primary, four keys, all else explored."""
    rng = np.random.default_rng(10)
    names = [f"X{number}" for number in range(22)]
    naive, found, off = np.zeros((3, many), dtype=bool)
    for i in range(many):
        every = {name: rounds_alone(rng) for name in names}
        naive[i] = any(z > ORDINARY for z, _ in every.values())
        off[i] = naive[i]
        plan = {name: passing for name, (_, passing) in list(every.items())[:5]}
        primary, *keys = plan.values()
        main, others = graphical_split(primary, {str(number): key for number, key in enumerate(keys)})
        found[i] = main.passed or any(key.passed for key in others.values())
    tell_of_gate("22 claims, no effect, each its own family", "any shown, the plan's split", naive, found, off)


def rounds_alone(rng: np.random.Generator):
    """One claim after one round: its z, and whether it passes, by alpha."""
    claim = programme(rng, {"M1": World(rounds=1)})["M1"]
    return claim.z[0], claim.passes(0, 1)


@runs(6, 60)
def test_a_typed_lot_is_none(many) -> None:
    """People of high skill are chosen and "random" is typed: believed, it would switch the two brackets off."""
    rng = np.random.default_rng(11)
    naive, found, off = np.zeros((3, many), dtype=bool)
    for i in range(many):
        plan = programme(rng, {"M1": World(chosen="high skill", rounds=2)})
        naive[i] = plan["M1"].z[1] > ORDINARY
        share = split(plan, 1, 1)["M1"]
        if share.passed:
            found[i] = not lowered(said_of(plan["M1"], 1, share.alpha))
            off[i] = not lowered(said_of(plan["M1"], 1, share.alpha, lot=True, level=5))
    tell_of_gate("high skill chosen, random typed, no effect", "shown, a lot needs its receipt", naive, found, off)


@runs(3, 100)
def test_one_round_does_not_make_a_programme(many) -> None:
    """Three rounds: the first gains 1.2, the others lose .15; on average a gain, without the first none."""
    rng = np.random.default_rng(12)
    naive, found, off = np.zeros((3, many), dtype=bool)
    for i in range(many):
        parts = [programme(rng, {"M1": World(gain=gain, rounds=1)})["M1"].rounds[0] for gain in (1.2, -0.15, -0.15)]
        for number, one in enumerate(parts):
            one["person"] = one["person"] + 1000 * number
        claim = Claim("M1", parts)
        naive[i] = claim.z[2] > ORDINARY
        if claim.passes(2, 1)(0.02):
            said = said_of(claim, 2, 0.02, left_out=left_out(claim, 2))
            found[i], off[i] = not lowered(said), not lowered(said, off="rounds")
    tell_of_gate("one round of three gains 1.2, the others lose .15", "shown, gate rounds", naive, found, off)


@runs(20, 300)
def test_drift_is_not_taken_for_a_mention(many) -> None:
    """Shares of yes rise from .3 to .7 over four quarters, mentions grow with them; nobody is moved by a mention."""
    rng = np.random.default_rng(13)
    naive, found, off = np.zeros((3, many), dtype=bool)
    for i in range(many):
        strata = pd.DataFrame(
            [
                {"yes": rng.binomial(n, p), "n": n, "yes_comparison": rng.binomial(80 - n, p), "n_comparison": 80 - n}
                for n, p in zip((10, 30, 50, 70), (0.3, 0.43, 0.57, 0.7), strict=True)
            ]
        )
        pooled = mantel_haenszel_difference(strata.sum().to_frame().T)
        within = mantel_haenszel_difference(strata)
        naive[i], off[i] = pooled.lo > 0, pooled.value / pooled.extra["se"] > 2.409
        found[i] = within.value / within.extra["se"] > 2.409 and exact_shares_p(strata) <= norm.sf(2.409)
    tell_of_gate("drift over quarters, mentions grow with it", "shown, within quarters", naive, found, off)


@runs(2, 60)
def test_a_ceiling_is_not_taken_for_those_who_start_lowest(many) -> None:
    """Everybody gains 1.2 alike, half of them have no room: the slope falls on the raw scale."""
    rng = np.random.default_rng(14)
    naive, found, off = np.zeros((3, many), dtype=bool)
    for i in range(many):
        people = programme(rng, {"M1": World(gain=1.2, middle=4.1, rounds=4)})["M1"].people(3)
        estimate = slope_over_rounds(people)
        counts = {"n": estimate.n, "n_comparator": estimate.n_comparator, "units": 8}
        judged = Evidence(
            claim=CLAIMS["M8"], estimate=estimate, way=-1, smallest_effect=0.15, below=2.878, above=2.878, look=4,
            level=3, planned=True, people=people, scale=(1.0, 5.0), counts=counts,
        )  # fmt: skip
        naive[i] = estimate.hi < 0
        if passed(judged) is not None and judged.value > 0:
            failed = {gate.name for gate in gates(judged) if gate.passed is not True}
            found[i], off[i] = not failed, not failed - {"both_scales", "ceiling"}
    tell_of_gate("all gain 1.2 and many have no room (M8)", "shown, both scales and ceiling", naive, found, off)
