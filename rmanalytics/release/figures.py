"""Figures of a round as the catalogue has them: sets of people, each blurred, large enough or not there at all.

Unit: one set of people, decided by membership alone. Everything is frozen on the day of publication.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.evaluation.cohort import by_codes, groups, round_tandems
from rmanalytics.evaluation.engagement.reach import pool
from rmanalytics.evaluation.survey.outcomes import outcome_scores
from rmanalytics.release import blur
from rmanalytics.release.catalogue import Catalogue
from rmanalytics.results import COMPARISON, GROUPS, PARTICIPANTS

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round

PEOPLE_STEP = 5
Entry = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Gate:
    """What a round is told by: its catalogue, its key, and what was told before.

    Parameters
    ----------
    catalogue : Catalogue
    key : bytes
    known : mapping of id to entry
        Entries of all rounds that were published; one of the same id is repeated unchanged.
    known_sums : mapping of id to (sum, n)
        Their blurred sums, which pooled figures are added up from.
    currency : str
        Of the costs.
    """

    catalogue: Catalogue
    key: bytes
    known: Mapping[str, Entry] = field(default_factory=dict)
    known_sums: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    currency: str = ""
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)

    def entry(self, name: str, row: str, **told: Any) -> Entry:
        """An entry of the release, without what is not there; the published one where there is one of that id."""
        found = {key: value for key, value in told.items() if value is not None}
        return dict(self.known.get(name) or {"id": name, "row": row, **found})

    def sum_of(self, name: str, values: Mapping[str, int], **about: str) -> tuple[int, int]:
        """The blurred sum of a set, with how many people it is over."""
        total = blur.blurred_sum(self.key, values, **about), len(values)
        self.sums[name] = self.known_sums.get(name, total)
        return self.sums[name]

    def share(
        self, name: str, row: str, yes: pd.Series[bool], *, round_id: str, question: str, **told: Any
    ) -> Iterator[Entry]:
        """A share of the people (or tandems) that index a series, where there are enough."""
        if self.catalogue.enough(row, len(yes)):
            members = [str(member) for member in yes.index]
            value = blur.count_shown(self.key, int(yes.sum()), members, round_id=round_id, question=question)
            yield self.entry(name, row, round=round_id, value=value, unit="share", n=people(len(yes)), **told)


def people(n: int) -> int:
    """A number of people to the nearest five."""
    return int(blur.nearest(n, PEOPLE_STEP))


def scales(bundle: Bundle, round_: Round, gate: Gate) -> Iterator[Entry]:
    """Whole scales of a round: afterwards, and from ten people on before and change; differences from the two sums."""
    if not bundle.has("answers") or by_codes(bundle, round_):
        return
    answers = bundle.table("answers")
    answers = answers[answers["round_id"] == round_.id]
    tandems = round_tandems(bundle, round_)
    where = pool(bundle, round_).set_index("person_id")
    for outcome in bundle.programme.outcomes:
        members = groups(bundle, round_, outcome.side)
        instrument = bundle.programme.instruments[outcome.instrument]
        scored = outcome_scores(answers, members, instrument).dropna(subset=["pre", "post"]).set_index("person_id")
        about = {"scale": instrument.name, "side": outcome.side, "round": round_.id, "claim": outcome.claim}
        changes: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {}
        for group, split, name, own in _sets(scored, where):
            served = None
            if group == PARTICIPANTS and tandems is not None:
                served = int(tandems[f"{outcome.side}_id"].isin(own.index).sum())
            label = f"scale.{instrument.name}.{outcome.side}.{group}" + (f".{split}:{name}" if split else "")
            told: Entry = about | {"group": group, "split": split or None, "of": name or None}
            found = yield from _one(own, told | {"label": label}, gate, instrument, served)
            if found and not split:
                changes[group] = found
        if set(changes) == set(GROUPS):
            yield _difference(changes, about, gate, instrument)


def _sets(scored: pd.DataFrame, where: pd.DataFrame) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    """The sets of a scale: each group whole, by unit, participants by generation too; never crossed."""
    for group in GROUPS:
        own = scored[scored["group"] == group]
        yield group, "", "", own
        for split in ("unit", "generation") if group == PARTICIPANTS else ("unit",):
            if split in where:
                of = where[split].reindex(own.index)
                for name in sorted(of.dropna().unique()):
                    yield group, split, str(name), own[of == name]


def _one(
    own: pd.DataFrame, told: Entry, gate: Gate, instrument: Any, tandems: int | None
) -> Generator[Entry, None, tuple[tuple[int, int], tuple[int, int]] | None]:
    """The entries of one set; returns its sums of before and change, where it is large enough for them."""
    label = told.pop("label")
    low, high, n = instrument.scale_min, instrument.scale_max, len(own)
    ends: dict[str, Any] = {"low": low, "high": high}
    before, after = (own[wave].map(lambda score: blur.milli_steps(score, low, high)) for wave in ("pre", "post"))
    about = {"round_id": told["round"], "scale": instrument.name, "direction": instrument.direction}
    whole = told | {"unit": "scale points", "scale_ends": [low, high], "n": people(n)}
    if gate.catalogue.enough("scale_change", n, tandems):
        sums = {
            kind: gate.sum_of(f"{label}.{kind}.{told['round']}", _by_person(values), kind=kind, **about)
            for kind, values in (("level_before", before), ("change", after - before))
        }
        first, change = sums["level_before"], sums["change"]
        for when, total, moved in (("before", first[0], False), ("change", change[0], True)):
            value = blur.mean_shown(total, n, **ends, change=moved)
            yield gate.entry(f"{label}.{when}.{told['round']}", "scale_change", when=when, value=value, **whole)
        value = blur.mean_shown(first[0] + change[0], n, **ends)
        yield gate.entry(f"{label}.after.{told['round']}", "scale_after", when="after", value=value, **whole)
        return first, change
    if gate.catalogue.enough("scale_after", n, tandems):
        kind = "level_after"
        total = gate.sum_of(f"{label}.{kind}.{told['round']}", _by_person(after), kind=kind, **about)[0]
        value = blur.mean_shown(total, n, **ends)
        yield gate.entry(f"{label}.after.{told['round']}", "scale_after", when="after", value=value, **whole)
    return None


def _by_person(values: pd.Series[int]) -> dict[str, int]:
    return {str(person): int(value) for person, value in values.items()}


def _difference(
    changes: Mapping[str, tuple[tuple[int, int], tuple[int, int]]], about: Entry, gate: Gate, instrument: Any
) -> Entry:
    """The difference of changes at an equal start, from the blurred sums."""
    mean = {
        group: [total / n / 1000 for total, n in sums] for group, sums in changes.items()
    }  # in steps: before, change
    start, change = (mean[PARTICIPANTS][i] - mean[COMPARISON][i] for i in (0, 1))
    n, other = (changes[group][0][1] for group in GROUPS)
    low, high = instrument.scale_min, instrument.scale_max
    value = (change + (1 - instrument.retest) * start) * (high - low) / 4
    value = blur.nearest(value, blur.grid(min(n, other), low, high))
    name = f"difference.{about['scale']}.{about['side']}.{about['round']}"
    about = about | {"unit": "scale points", "n": people(n), "n_comparator": people(other)}
    return gate.entry(name, "difference", value=value, **about)


def span(rounds: Sequence[str]) -> str:
    """Rounds together, as the id of an entry; a hyphen and a year would read as the id of a tandem."""
    return f"{rounds[0]}_to_{rounds[-1]}"


def pooled(bundle: Bundle, rounds: Sequence[str], gate: Gate) -> Iterator[Entry]:
    """Averages before and after over several rounds, added up from the rounds' own blurred sums."""
    sums = {**gate.known_sums, **gate.sums}
    for outcome in bundle.programme.outcomes:
        instrument = bundle.programme.instruments[outcome.instrument]
        ends: dict[str, Any] = {"low": float(instrument.scale_min), "high": float(instrument.scale_max)}
        for group in GROUPS:
            label = f"scale.{instrument.name}.{outcome.side}.{group}"
            names = [[f"{label}.{kind}.{name}" for name in rounds] for kind in ("level_before", "change")]
            if not all(name in sums for kind in names for name in kind):
                continue
            before, change = (sum(sums[name][0] for name in kind) for kind in names)
            n = sum(sums[name][1] for name in names[0])
            for when, total in (("before", before), ("after", before + change)):
                yield gate.entry(
                    f"{label}.{when}.{span(rounds)}",
                    "scale_after",
                    scale=instrument.name,
                    side=outcome.side,
                    claim=outcome.claim,
                    group=group,
                    when=when,
                    rounds=list(rounds),
                    value=blur.mean_shown(total, n, **ends),
                    unit="scale points",
                    scale_ends=list(ends.values()),
                    n=people(n),
                )
