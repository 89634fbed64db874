"""The method tried on the programme's own answers where nothing can be, and where something was put in.

Unit: one imagined programme: the real answers with the measured difference taken off, and the lists of participants and
comparison people dealt out anew within each round. What is shown there is shown by chance, or by a fault.
"""

from __future__ import annotations

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
from rmanalytics.measures.rows import UPPER
from rmanalytics.measures.survey.all_rounds import Rows, read_rows, rounds_contrast

if TYPE_CHECKING:
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

Method = Callable[[Rows], int]
"""1 where the method shows the claim, -1 where it shows the opposite, else 0."""
Deal = Callable[[Rows, np.random.Generator], npt.NDArray[np.bool_]]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What the method showed on imagined programmes of one claim.

    Parameters
    ----------
    claim, outcome, side : str
    people_n, rounds_n, draws : int
        People of both groups, rounds, and imagined programmes of each kind.
    effect : float
        What was put in, in scale points on the claimed way.
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
        One claim; all claims of the plan that compare a scale before and after, else those declared as outcomes.
    effect : float, optional
        Scale points to put in on the claimed way; each claim's smallest effect of interest unless given.
    draws : int
        Imagined programmes of each kind.
    method, deal : callable, optional
        What decides and what deals out the lists; the product's own unless given.

    Returns
    -------
    tuple of Trial
        Claims with fewer than ten people a group are left out.

    Raises
    ------
    UnknownNameError
        RM-E-130 for a claim that compares no scale.
    """
    programme = bundle.programme
    known = {outcome.claim: outcome for outcome in programme.outcomes}
    if claim and claim not in known:
        raise unknown("claim", claim, known)
    wanted = [claim] if claim else [one for one in programme.declared.planned if one in known] or list(known)
    held = [one.id for one in programme.rounds if one.end <= programme.data_until]
    found = []
    for name in wanted:
        row = next(one for one in claims() if one.id == name)
        together = over_rounds(bundle, row, held) if held else None
        if together is None or together.people is None or together.scale is None:
            continue
        own = programme.declared.claims.get(name, {})
        sign = -1.0 if own.get("direction", row.direction) == "down" else 1.0
        rows = read_rows(together.people, sign=sign)
        if min(int(rows.treated.sum()), int((~rows.treated).sum())) < FEWEST:
            continue
        trial = tried(
            rows,
            ends=(sign * together.scale[0], sign * together.scale[1]),
            effect=float(effect if effect is not None else own.get("smallest_effect", row.smallest_effect or 0.0)),
            draws=draws,
            rng=np.random.default_rng([programme.seed, STREAM, *name.encode()]),
            method=method or shows,
            deal=deal or dealt,
        )
        found.append(replace(trial, claim=name, outcome=known[name].instrument, side=known[name].side))
    return tuple(found)


def tried(
    rows: Rows,
    *,
    ends: tuple[float, float],
    effect: float,
    draws: int,
    rng: np.random.Generator,
    method: Method,
    deal: Deal,
) -> Trial:
    """The method on imagined programmes of one claim, whose name is left empty.

    Parameters
    ----------
    rows : Rows
        Real answers, turned so that up is claimed.
    ends : tuple of float
        Ends of the turned scale: what is put in goes no further.
    effect, draws, rng, method, deal
        As in `falsify`.
    """
    measured = rounds_contrast(rows)
    off = replace(rows, post=rows.post - (measured.value if measured else 0.0) * rows.treated)
    others = rows.keep(~rows.treated)
    share = float(rows.treated.mean())
    enough = int(share * others.treated.size) >= FEWEST
    none, some, nobody, undealt = [], [], [], 0
    for _ in range(draws):
        treated = deal(off, rng)
        undealt += bool((treated == rows.treated).all())
        placebo = replace(off, treated=treated)
        none.append(method(placebo))
        planted = np.clip(placebo.post + effect * treated, min(ends), max(ends))
        some.append(method(replace(placebo, post=np.where(treated, planted, placebo.post))))
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


def dealt(rows: Rows, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """The lists dealt out anew within each round; each round keeps its numbers."""
    treated = rows.treated.copy()
    for code in np.unique(rows.round):
        own = np.flatnonzero(rows.round == code)
        treated[own] = rng.permutation(treated[own])
    return treated


def _some_of(rows: Rows, share: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
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
