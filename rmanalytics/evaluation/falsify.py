"""The method tried on the programme's own answers where nothing can be, and where something was put in.

Unit: one imagined programme: the real answers with the measured difference taken off, and the lists of participants and
comparison people dealt out anew within each round. What is shown there is shown by chance, or by a fault.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binom
from scipy.stats import t as student

from rmanalytics.errors import unknown
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.verdicts.over_rounds import over_rounds
from rmanalytics.language.translator import key
from rmanalytics.measures.retention.exits_over_rounds import (
    Exits,
    exits_contrast,
    log_rank_scores,
    log_rank_variance,
    read_exits,
)
from rmanalytics.measures.rows import UPPER, Z
from rmanalytics.measures.survey.all_rounds import Rows, read_rows, rounds_contrast
from rmanalytics.results import Estimate

if TYPE_CHECKING:
    from rmanalytics.evaluation.verdicts.together import Together
    from rmanalytics.intake.bundle import Bundle

DRAWS = 200
STREAM = 70
ALPHA = 1 - UPPER
"""Chance of a claim being shown by one look where nothing is; the same against it."""
BY_CHANCE = 0.001
"""Rarer than this under that chance is a fault of the method, not of luck."""
FEWEST = 10
"""Fewest people a group for a try."""
TOO_OFTEN = key("it shows something where nothing is more often than it may: {n} of {draws}")
WRONG_WAY = key("it shows the opposite of what was put in: {n} of {draws}")
NOT_DEALT = key("the lists were not dealt out anew: {n} of {draws} are the real ones")

UNITS = {"network": "ties", "exits": "days"}
"""Unit of what is put in, by a claim's row of least information; else points."""

Method = Callable[[Any], int]
"""1 where the method shows the claim, -1 where it shows the opposite, else 0; of `Rows` or `Exits`."""
Deal = Callable[[Any, np.random.Generator], npt.NDArray[np.bool_]]
Real = Rows | Exits
"""Real answers, places in the network or exits."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What the method showed on imagined programmes of one claim.

    Parameters
    ----------
    claim, outcome, side : str
    people_n, rounds_n, draws : int
        People of both groups, rounds, and imagined programmes of each kind.
    effect, unit : float, str
        What was put in, on the claimed way, and its unit.
    shown, against : int
        Programmes without any effect in which it was shown, and its opposite.
    nobody_shown, nobody_draws : int
        The same among comparison people alone, of whom nobody took part: shown either way; 0 draws where they are few.
    found, turned : int
        Programmes with the effect in which it was shown, and its opposite.
    undealt : int
        Programmes in which the lists were the real ones.
    """

    claim: str
    outcome: str
    side: str
    people_n: int
    rounds_n: int
    draws: int
    effect: float
    shown: int
    against: int
    nobody_shown: int
    nobody_draws: int
    found: int
    turned: int
    undealt: int
    unit: str = "points"

    @property
    def faults(self) -> tuple[tuple[str, dict[str, Any]], ...]:
        """What speaks against the method, as templates with their values; empty where nothing does."""
        return tuple(self._faults())

    def _faults(self) -> Iterator[tuple[str, dict[str, Any]]]:
        tries = (
            (TOO_OFTEN, self.shown, self.draws, ALPHA),
            (TOO_OFTEN, self.against, self.draws, ALPHA),
            (TOO_OFTEN, self.nobody_shown, self.nobody_draws, 2 * ALPHA),
            (WRONG_WAY, self.turned, self.draws, ALPHA),
        )
        for text, n, draws, chance in tries:
            if n and float(binom.sf(n - 1, draws, chance)) < BY_CHANCE:
                yield text, {"n": n, "draws": draws}
        if 2 * self.undealt > self.draws:
            yield NOT_DEALT, {"n": self.undealt, "draws": self.draws}


def falsify(
    bundle: Bundle,
    *,
    claim: str = "",
    effect: float | None = None,
    draws: int = DRAWS,
    method: Method | None = None,
    deal: Deal | None = None,
) -> tuple[Trial, ...]:
    """Try the method on imagined programmes made from the real answers.

    Parameters
    ----------
    bundle : Bundle
        The programme's checked data.
    claim : str
        One claim; all claims of the plan that compare scores, places in the network or exits, else those declared as
        outcomes.
    effect : float, optional
        Points, ties or days to put in on the claimed way; each claim's smallest effect of interest unless given.
    draws : int
        Imagined programmes of each kind.
    method, deal : callable, optional
        What decides and what deals out the lists; the product's own unless given.

    Returns
    -------
    tuple of Trial
        Claims with fewer than ten people a group, or ten exits in all, are left out.

    Raises
    ------
    UnknownNameError
        RM-E-130 for a claim that compares neither scores, nor places in the network, nor exits.
    """
    programme = bundle.programme
    asked = {outcome.claim: (outcome.instrument, outcome.side) for outcome in programme.outcomes}
    recorded = {row.id: (" ".join(row.outcome), row.side) for row in claims() if row.least in UNITS and row.side}
    known = recorded | {row.id: ("upward", row.side) for row in claims() if row.unit == "leader"} | asked
    if claim and claim not in known:
        raise unknown("claim", claim, known)
    wanted = [claim] if claim else [one for one in programme.declared.planned if one in known] or list(asked)
    held = [one.id for one in programme.rounds if one.end <= programme.data_until]
    found = []
    for name in wanted:
        row = next(one for one in claims() if one.id == name)
        together = over_rounds(bundle, row, held) if held else None
        if together is None or together.people is None:
            continue
        own = programme.declared.claims.get(name, {})
        sign = -1.0 if own.get("direction", row.direction) == "down" else 1.0
        real = _real(together, sign)
        if real is None or min(int(real.treated.sum()), int((~real.treated).sum())) < FEWEST:
            continue
        smallest = float(own.get("smallest_effect", row.smallest_effect or 0.0)) * together.times
        low, high = together.scale or (-math.inf, math.inf)
        trial = tried(
            real,
            ends=(sign * low, sign * high),
            effect=smallest if effect is None else float(effect),
            draws=draws,
            rng=np.random.default_rng([programme.seed, STREAM, *name.encode()]),
            method=method or (shows if isinstance(real, Rows) else shows_exits),
            deal=deal or dealt,
            way=int(sign),
        )
        outcome, side = known[name]
        found.append(replace(trial, claim=name, outcome=outcome, side=side, unit=UNITS.get(row.least, "points")))
    return tuple(found)


def _real(together: Together, sign: float) -> Rows | Exits | None:
    """What a claim rests on; None for exits that are few."""
    people = together.people
    if people is None or "event" not in people:
        return None if people is None else read_rows(people, sign=sign)
    if not isinstance(together.estimate, Estimate):
        return None
    exits = read_exits(people, tau=together.estimate.extra["tau"])
    return exits if int(exits.event.sum()) >= FEWEST else None


def tried(
    rows: Real,
    *,
    ends: tuple[float, float],
    effect: float,
    draws: int,
    rng: np.random.Generator,
    method: Method,
    deal: Deal,
    way: int = 1,
) -> Trial:
    """The method on imagined programmes of one claim, whose name is left empty.

    Parameters
    ----------
    rows : Rows or Exits
        Real answers, turned so that up is claimed; or real exits, as they are.
    ends : tuple of float
        Ends of the turned scale: what is put in goes no further.
    effect, draws, rng, method, deal
        As in `falsify`.
    way : int
        Of exits: 1 where staying longer is claimed.
    """
    off, turned = _taken_off(rows), 1 if isinstance(rows, Rows) else way
    others = _kept(rows, ~rows.treated)
    share = float(rows.treated.mean())
    enough = int(share * others.treated.size) >= FEWEST
    none, some, nobody, undealt = [], [], [], 0
    for _ in range(draws):
        treated = deal(off, rng)
        undealt += bool((treated == rows.treated).all())
        placebo = replace(off, treated=treated)
        none.append(turned * method(placebo))
        some.append(turned * method(_put_in(placebo, effect, ends, way, rng)))
        if enough:
            nobody.append(method(replace(others, treated=_some_of(others, share, rng))))
    return Trial(
        claim="",
        outcome="",
        side="",
        people_n=int(np.unique(rows.person).size),
        rounds_n=int(np.unique(rows.round).size),
        draws=draws,
        effect=effect,
        shown=none.count(1),
        against=none.count(-1),
        nobody_shown=len(nobody) - nobody.count(0),
        nobody_draws=len(nobody),
        found=some.count(1),
        turned=some.count(-1),
        undealt=undealt,
    )


def _kept(rows: Real, which: npt.NDArray[np.bool_]) -> Real:
    if isinstance(rows, Rows):
        return rows.keep(which)
    arrays: dict[str, Any] = {
        name: values[which] for name, values in vars(rows).items() if isinstance(values, np.ndarray)
    }
    return replace(rows, **arrays)


def _taken_off(rows: Real) -> Real:
    """The measured difference taken off; exits are dealt out anew as they are."""
    if not isinstance(rows, Rows):
        return rows
    measured = rounds_contrast(rows)
    return replace(rows, post=rows.post - (measured.value if measured else 0.0) * rows.treated)


def _put_in(rows: Real, effect: float, ends: tuple[float, float], way: int, rng: np.random.Generator) -> Real:
    """The effect put in: points for each participant; of exits, as many of one group undone as give the days."""
    if isinstance(rows, Rows):
        planted = np.clip(rows.post + effect * rows.treated, min(ends), max(ends))
        return replace(rows, post=np.where(rows.treated, planted, rows.post))
    group = rows.treated if way > 0 else ~rows.treated
    lost = float((rows.tau - rows.time)[group & rows.event].sum()) / max(int(group.sum()), 1)
    undone = group & rows.event & (rng.random(group.size) < (effect / lost if lost > 0 else 0.0))
    return replace(rows, event=rows.event & ~undone, time=np.where(undone, rows.tau, rows.time))


def dealt(rows: Real, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """The lists dealt out anew within each round; each round keeps its numbers."""
    treated = rows.treated.copy()
    for code in np.unique(rows.round):
        own = np.flatnonzero(rows.round == code)
        treated[own] = rng.permutation(treated[own])
    return treated


def _some_of(rows: Real, share: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """As large a share of each round's people, none of whom took part, called participants."""
    named = np.zeros(rows.treated.size, dtype=np.bool_)
    for code in np.unique(rows.round):
        own = np.flatnonzero(rows.round == code)
        named[rng.permutation(own)[: max(1, round(share * own.size))]] = True
    return named


def shows(rows: Rows) -> int:
    """What one look shows: both brackets and, where units are known, their clusters leave out no difference.

    As gates 4 and 6 of a verdict, at the ordinary boundary.
    """
    ways = [_way(rows, adjust=True), _way(rows, adjust=False)]
    if np.unique(rows.unit[rows.unit >= 0]).size >= FEWEST // 2 + 1:
        ways.append(_way(rows, adjust=True, by_unit=True))
    return ways[0] if len(set(ways)) == 1 else 0


def shows_exits(exits: Exits) -> int:
    """What one look shows of exits: the difference in days and the stratified log-rank test agree.

    As the estimate and gate 7 of a verdict, at the ordinary boundary; 1 where participants stay longer.
    """
    found, variance = exits_contrast(exits), log_rank_variance(exits)
    if found is None or not found.se > 0 or not variance > 0:
        return 0
    ranks = float(log_rank_scores(exits)[exits.treated].sum()) / math.sqrt(variance)
    days = found.value / found.se / float(student.ppf(UPPER, found.df))
    return 1 if days > 1 and ranks > Z else -1 if days < -1 and ranks < -Z else 0


def _way(rows: Rows, **how: bool) -> int:
    found = rounds_contrast(rows, **how)
    if found is None or not found.se > 0:
        return 0
    reach = float(student.ppf(UPPER, found.df)) * found.se
    return 1 if found.value > reach else -1 if found.value < -reach else 0


def hundredths(n: int, of: int) -> int:
    """Of a hundred, rounded.

    Examples
    --------
    >>> hundredths(5, 200)
    2
    """
    return round(100 * n / of) if of else 0


def as_dict(trials: Sequence[Trial]) -> dict[str, Any]:
    """Trials as plain values, each with what speaks against the method."""
    rows = [{**vars_of(trial), "faults": [text.format(**values) for text, values in trial.faults]} for trial in trials]
    return {"sound": not any(trial.faults for trial in trials), "trials": rows}


def vars_of(trial: Trial) -> dict[str, Any]:
    """The fields of a trial."""
    return {name: getattr(trial, name) for name in trial.__dataclass_fields__}
