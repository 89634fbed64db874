"""Who asks whom for advice and who works with whom, wave by wave.

Unit: one directed tie at one wave. Ties prefer the own unit and the own generation; about two thirds last to the next
wave, and new ones come at the rate at which old ones are lost. The tie of a tandem stands in both directions from the
wave after its round on, and a mentor gains a few more ties across generations; both last as long as both people are
employed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rmanalytics.programme.programme import DEFAULT_GENERATIONS
from rmanalytics.simulate.company import Company, People
from rmanalytics.simulate.planted import PLANTED, Bools, Floats, Ints


@dataclass(slots=True, kw_only=True)
class Snapshot:
    """Who was employed on the day of a wave (person numbers, ascending), in which unit."""

    day: np.datetime64
    who: Ints
    unit: Ints


@dataclass(slots=True, kw_only=True)
class Wave:
    """Ties of one wave: person numbers, and the number of extra cross-generation ties planted in it."""

    day: np.datetime64
    kinds: dict[str, tuple[Ints, Ints]]
    weights: dict[str, Ints]
    tandem_pairs_n: int
    mentors_n: int
    extra_n: int


@dataclass(slots=True)
class _Blocks:
    """Positions of the people of a snapshot sorted by two codes, so that groups are stretches of one list."""

    order: Ints
    outer: Ints
    inner: Ints
    keys: Ints
    wide: int

    @classmethod
    def of(cls, outer: Ints, inner: Ints) -> _Blocks:
        wide = int(inner.max()) + 1
        keys = outer * wide + inner
        order = np.argsort(keys, kind="stable")
        return cls(order=order, outer=outer, inner=inner, keys=keys[order], wide=wide)

    def draw(self, ego: Ints, same_inner: Bools, u: Floats) -> Ints:
        """A member of ego's outer group, of the same inner group or of another one; -1 where there is none."""
        outer, inner = self.outer[ego], self.inner[ego]
        low = np.searchsorted(self.keys, outer * self.wide + inner, side="left")
        high = np.searchsorted(self.keys, outer * self.wide + inner, side="right")
        first = np.searchsorted(self.keys, outer * self.wide, side="left")
        last = np.searchsorted(self.keys, (outer + 1) * self.wide, side="left")
        size = np.where(same_inner, high - low, (last - first) - (high - low))
        step = np.minimum((u * size).astype(np.int64), np.maximum(size - 1, 0))
        at = np.where(same_inner, low + step, first + step)
        at = np.where(~same_inner & (at >= low), at + (high - low), at)
        return np.where(size > 0, self.order[np.minimum(at, self.order.size - 1)], -1)


def generations(people: People) -> Ints:
    """Number of each person's generation by the default bands."""
    starts = np.array([band.first for band in DEFAULT_GENERATIONS])
    return np.asarray(np.searchsorted(starts, people.birth_year, side="right") - 1, dtype=np.int64)


def snapshot(company: Company, day: np.datetime64) -> Snapshot:
    """The people employed on the last day of the present month."""
    order = np.argsort(company.seats.holder, kind="stable")
    return Snapshot(day=day, who=company.seats.holder[order], unit=company.seats.unit[order])


def weave(
    people: People, snapshots: list[Snapshot], tandems: list[tuple[Ints, Ints]], rng: np.random.Generator
) -> list[Wave]:
    """Ties of all waves; ``tandems`` holds mentors and mentees of each round, and round i lies before wave i + 1."""
    generation = generations(people)
    wide = people.count
    ordinary = {"advice": np.empty(0, dtype=np.int64), "collaboration": np.empty(0, dtype=np.int64)}
    lasting = np.empty(0, dtype=np.int64)
    activity = rng.gamma(4.0, 0.25, size=wide)
    here = np.zeros(wide, dtype=bool)
    waves = []
    for number, now in enumerate(snapshots):
        pairs_n = mentors_n = extra_n = 0
        before, here = here, np.zeros(wide, dtype=bool)
        here[now.who] = True
        for kind, mean, unit_share, generation_share in (
            ("advice", PLANTED.advice_ties, PLANTED.advice_same_unit, PLANTED.advice_same_generation),
            ("collaboration", PLANTED.collaboration_ties, 0.8, 0.4),
        ):
            stays = ordinary[kind][here[ordinary[kind] // wide]]
            kept = stays[(rng.random(stays.size) < PLANTED.tie_kept_share) & here[stays % wide]]
            rate = mean * activity * np.where(before, 1 - kept.size / max(stays.size, 1), 1.0)
            new = _new_ties(
                now, generation, rate, unit_share=unit_share, generation_share=generation_share, wide=wide, rng=rng
            )
            ordinary[kind] = np.unique(np.concatenate([kept, new]))
        lasting = lasting[here[lasting // wide] & here[lasting % wide]]
        if number:
            mentors, mentees = tandems[number - 1]
            both = here[mentors] & here[mentees]
            pair = np.concatenate([mentors * wide + mentees, mentees * wide + mentors])[np.tile(both, 2)]
            pairs_n = int(both.sum())
            taken = np.concatenate([ordinary["advice"], lasting, pair])
            extra = _extra_cross(now, generation, mentors[here[mentors]], taken=taken, wide=wide, rng=rng)
            mentors_n, extra_n = int(here[mentors].sum()), extra.size
            lasting = np.unique(np.concatenate([lasting, pair, extra]))
        advice = np.union1d(ordinary["advice"], lasting)
        ties = {"advice": advice, "collaboration": ordinary["collaboration"]}
        waves.append(
            Wave(
                day=now.day,
                kinds={kind: (codes // wide, codes % wide) for kind, codes in ties.items()},
                weights={kind: rng.integers(1, 6, size=codes.size) for kind, codes in ties.items()},
                tandem_pairs_n=pairs_n,
                mentors_n=mentors_n,
                extra_n=extra_n,
            )
        )
    return waves


def _new_ties(
    now: Snapshot,
    generation: Ints,
    rate: Floats,
    *,
    unit_share: float,
    generation_share: float,
    wide: int,
    rng: np.random.Generator,
) -> Ints:
    """New ties from each person at the person's rate, to people of the own or another unit and generation."""
    ego = np.repeat(np.arange(now.who.size), rng.poisson(rate[now.who]))
    own_unit = rng.random(ego.size) < unit_share
    own_generation = rng.random(ego.size) < generation_share
    u = rng.random(ego.size)
    group = generation[now.who]
    anyone = rng.integers(0, now.who.size, size=ego.size)
    by_unit = _Blocks.of(now.unit, group).draw(ego, own_generation, u)
    by_generation = _Blocks.of(group, now.unit).draw(ego, np.zeros(ego.size, dtype=bool), u)
    alter = np.where(own_unit, by_unit, np.where(own_generation, by_generation, anyone))
    alter = np.where(alter < 0, anyone, alter)
    codes = now.who[ego] * wide + now.who[alter]
    return np.asarray(codes[ego != alter])


def _extra_cross(
    now: Snapshot, generation: Ints, mentors: Ints, *, taken: Ints, wide: int, rng: np.random.Generator
) -> Ints:
    """New ties of mentors with people of other generations, half of them from the mentor and half to the mentor."""
    ego = np.repeat(mentors, rng.poisson(PLANTED.new_cross_ties_per_mentor, size=mentors.size))
    alter = now.who[rng.integers(0, now.who.size, size=ego.size)]
    for _ in range(20):
        again = generation[ego] == generation[alter]
        alter[again] = now.who[rng.integers(0, now.who.size, size=int(again.sum()))]
    outward = rng.random(ego.size) < 0.5
    codes = np.unique(np.where(outward, ego * wide + alter, alter * wide + ego))
    cross = generation[codes // wide] != generation[codes % wide]
    return np.asarray(codes[cross & ~np.isin(codes, taken)])
