"""What a programme declares about itself: ``programme.toml``, strict.

Rounds and their dates, generations, file names, instruments, outcomes, the protected group size. Everything is
declared before the data are read, so nothing can be chosen after looking at a result.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.declaration import LEAST_K, Events, check_events, declared_keys, events_of
from rmanalytics.programme.declared_plan import DEFAULT_OUTCOMES, DeclaredPlan, Outcome, declared_plan
from rmanalytics.programme.instruments import Instrument, read_instrument, read_shipped, shipped
from rmanalytics.programme.leadership import Leadership, leadership_of
from rmanalytics.programme.linkage import Linkage, check_linkage, linkage_of
from rmanalytics.programme.lots import DrawRule, PairingRule, check_lots, draw_rule, pairing_rule
from rmanalytics.programme.sources import Sources, found_files, sources_of, split_sheet
from rmanalytics.programme.strict_toml import read_strict
from rmanalytics.programme.subgroups import DeclaredSubgroup, check_subgroups, subgroups_of

FILE_NAME = "programme.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: id like ``2026H1``, first and last day, meetings that each tandem plans."""

    id: str
    start: date
    end: date
    planned_meetings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """A band of birth years, both ends included."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Which items of an earlier wording stand for which items of today's, so that rounds may be compared.

    Parameters
    ----------
    earlier, today : str
        Names of the two instruments.
    items : mapping of str to str
        Item of the earlier instrument to item of today's.
    """

    earlier: str
    today: str
    items: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What the cost is held against: classic training, a worth of the gain, the cost of replacing a leaver.

    Parameters
    ----------
    training_cost : tuple of three float, or None
        Lowest, most likely and highest cost of classic training for a person.
    training_gain, training_gain_se : float
        Gain of a person by classic training in standard deviations, and its standard error.
    training_source : str
        Where those figures come from.
    worth : float or None
        What a tenth of a standard deviation, gained by one person, is worth to the company.
    replacement_cost : tuple of three float, or None
        Lowest, most likely and highest cost of replacing one leaver.
    """

    training_cost: tuple[float, float, float] | None = None
    training_gain: float = 0.0
    training_gain_se: float = 0.0
    training_source: str = ""
    worth: float | None = None
    replacement_cost: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Everything that ``programme.toml`` says, checked.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    name, company, language, currency : str
        For the reader; ``language`` is ``en``, ``de`` or ``de-CH``.
    k : int
        Fewest people of a group that somebody chose or split, never below 5.
    data_until : date
        The day up to which the exports are complete; follow-up is censored there.
    timezone : str
        Where the programme's days begin: moments with another zone are converted, and a round is closed by its clock.
    records_from : date or None
        The day since which every exit is in the exports; None where they hold everyone who was ever hired.
    seed : int
        Seed of every random draw.
    rounds : tuple of Round
        In order of time.
    generations : tuple of Generation
        In order of birth; bands do not overlap.
    tables : mapping of table to tuple of str
        File names that differ from ``<table>.csv``, patterns filled in; of a workbook ``file.xlsx#sheet``.
    instruments : mapping of name to Instrument
        Shipped instruments and the programme's own, which win by name.
    outcomes : tuple of Outcome
        Declared survey outcomes.
    pairing, draw : PairingRule, DrawRule
        What a pair is scored by, and whether one person may stand in two tandems of a round; the lot.
    tie_kind : str
        The kind of tie that the bridge between generations is read from.
    top_levels : int
        How many of the highest levels count as top management.
    wordings : tuple of Wording
        Declared mappings from earlier wordings of an instrument.
    value : Value
        What the cost is held against, as far as it is declared.
    topics : tuple of str
        Catalogue of the topics that the programme hopes for; empty where it declares none.
    instrument_files : tuple of str
        Files of the programme's own instruments.
    events : Events or None
        How collaboration events become ties, where there are such.
    failed_figures : int
        Most figures whose computation may fail before a report is not published.
    group : str
        Group of the system that may read the reports; empty for their owner alone.
    rewrites : bool
        Whether exports (CSV) of declared tables may be rewritten where somebody is erased.
    leadership, notify : Leadership, mapping
        What ``[leadership]``, ``[release]`` and ``[briefing]`` say; keys of ``[notify]`` as they are declared.
    declared : DeclaredPlan
        What ``[declare]`` says: the primary and the key claims.
    id, simulated : str, bool
        Name of its receipts' key; whether nobody in it is real.
    sources : Sources
        Headers, values and constants of the files, and readers of those that are no tables yet.
    linkage : Linkage or None
        Parts of the self-generated codes under which answers are given, where they are.
    subgroups : tuple of DeclaredSubgroup
        Subgroups that an analyst can choose by name.
    council : mapping
        What the works council's pack says in the company's own words: whom to ask, who is responsible.
    """

    folder: Path
    name: str
    company: str
    language: str
    currency: str
    k: int
    data_until: date
    seed: int
    rounds: tuple[Round, ...]
    generations: tuple[Generation, ...]
    tables: Mapping[str, tuple[str, ...]]
    instruments: Mapping[str, Instrument]
    outcomes: tuple[Outcome, ...]
    tie_kind: str
    instrument_files: tuple[str, ...] = ()
    top_levels: int = 2
    topics: tuple[str, ...] = ()
    value: Value = Value()
    wordings: tuple[Wording, ...] = ()
    records_from: date | None = None
    events: Events | None = None
    timezone: str = "UTC"
    declared: DeclaredPlan = field(default_factory=DeclaredPlan)
    draw: DrawRule = field(default_factory=DrawRule)
    pairing: PairingRule = field(default_factory=PairingRule)
    id: str = ""
    simulated: bool = False
    failed_figures: int = 3
    group: str = ""
    rewrites: bool = False
    leadership: Leadership = field(default_factory=Leadership)
    notify: Mapping[str, Any] = field(default_factory=dict)
    sources: Sources = field(default_factory=Sources)
    linkage: Linkage | None = None
    subgroups: tuple[DeclaredSubgroup, ...] = ()
    council: Mapping[str, str] = field(default_factory=dict)

    @property
    def allow_two_tandems(self) -> bool:
        """Whether one person may stand in two tandems of a round."""
        return self.pairing.allow_two_tandems

    def today(self, moment: datetime | None = None) -> date:
        """The day in the programme's time zone, now or at a moment (with its zone)."""
        return (moment or datetime.now(UTC)).astimezone(ZoneInfo(self.timezone)).date()

    def round(self, round_id: str) -> Round:
        """The round of an id.

        Raises
        ------
        InputError
            RM-E-006 when the programme declares no such round.
        """
        for declared in self.rounds:
            if declared.id == round_id:
                return declared
        ids = [declared.id for declared in self.rounds]
        near = difflib.get_close_matches(round_id, ids, n=1, cutoff=0.5)
        remedy = filled("use one of: {names}", names=", ".join(ids))
        if near:
            remedy = filled("{remedy}; did you mean {name}", remedy=remedy, name=near[0])
        rule = key("the round asked for is not declared")
        raise InputError((Problem(code="RM-E-006", file=FILE_NAME, column="rounds", rule=rule, remedy=remedy),))

    @property
    def source_files(self) -> tuple[str, ...]:
        """Files that declared tables and readers are read from."""
        readers = ([*one["files"], *filter(None, [one.get("definition")])] for one in self.sources.readers.values())
        named = [
            file for files in (*self.tables.values(), *readers, self.sources.aliases.get("files", ())) for file in files
        ]
        return tuple(dict.fromkeys(split_sheet(reference)[0] for reference in named))

    @property
    def main_outcome(self) -> Outcome | None:
        """The outcome that the report puts first: the primary claim's, else the first declared one."""
        return next(
            (one for one in self.outcomes if one.claim == self.declared.primary), next(iter(self.outcomes), None)
        )

    def generation_of(self, birth_year: int) -> str | None:
        """Name of the generation of a birth year, None outside all bands."""
        return next((band.name for band in self.generations if band.first <= birth_year <= band.last), None)


DEFAULT_GENERATIONS = (
    Generation(name="Baby boomers", first=1946, last=1964),
    Generation(name="Generation X", first=1965, last=1980),
    Generation(name="Generation Y", first=1981, last=1996),
    Generation(name="Generation Z", first=1997, last=2012),
)


def read_programme(folder: Path, table_names: tuple[str, ...]) -> Programme:
    """Read and check ``programme.toml`` of a folder.

    Parameters
    ----------
    folder : Path
        The programme's folder.
    table_names : tuple of str
        Tables that the intake knows; only these may be given file names.

    Raises
    ------
    InputError
        Every problem of the file in one go.
    """
    try:
        _refuse_no_folder(folder)
        refuse_outside(folder, FILE_NAME)
    except OSError:
        remedy = key("check who may open the folder")
        problem = Problem(code="RM-E-002", file=folder.name, rule=key("the folder cannot be read"), remedy=remedy)
        raise InputError((problem,)) from None
    data = read_strict(folder / FILE_NAME, declared_keys(table_names))
    instruments = {name: read_shipped(name) for name in shipped()}
    problems: list[Problem] = []
    for file in data.get("instruments", {}).get("files", []):
        try:
            refuse_outside(folder, file)
            own = read_instrument(folder / file)
        except InputError as error:
            problems += error.problems
        else:
            instruments[own.name] = own
    programme = _build(folder, data, instruments)
    problems += _check_sense(programme)
    if problems:
        raise InputError(tuple(problems))
    return programme


def _refuse_no_folder(folder: Path) -> None:
    if not folder.is_dir():
        rule = (
            key("the programme's folder does not exist") if not folder.exists() else key("this is a file, not a folder")
        )
        remedy = filled("name the folder that holds {file_name}", file_name=FILE_NAME)
        raise InputError((Problem(code="RM-E-001", file=folder.name, rule=rule, remedy=remedy),))


def refuse_outside(folder: Path, name: str) -> None:
    """Refuse a file that a link takes out of the programme's folder.

    Raises
    ------
    InputError
        RM-E-009.
    """
    path = folder / name
    if path.exists() and not path.resolve().is_relative_to(folder.resolve()):
        rule = key("the file lies outside the programme's folder")
        remedy = key("copy the file itself into the folder")
        raise InputError((Problem(code="RM-E-009", file=name, rule=rule, remedy=remedy),))


def _build(folder: Path, data: dict[str, Any], instruments: dict[str, Instrument]) -> Programme:
    head = data["programme"]
    rounds = [
        Round(id=r["id"], start=r["start"], end=r["end"], planned_meetings=r.get("planned_meetings", 6))
        for r in data["rounds"]
    ]
    generations = tuple(Generation(name=g["name"], first=g["from"], last=g["to"]) for g in data.get("generations", []))
    outcomes = tuple(
        Outcome(claim=o["claim"], instrument=o["instrument"], side=o["side"]) for o in data.get("outcomes", [])
    )
    declared = declared_plan(data.get("declare", {}))
    outcomes = tuple(declared.applied(outcome) for outcome in outcomes or DEFAULT_OUTCOMES)
    tables = data.get("tables", {})
    return Programme(
        folder=folder,
        name=head["name"],
        company=head["company"],
        language=head.get("language", "en"),
        currency=head.get("currency", "EUR"),
        k=head.get("k", LEAST_K),
        data_until=head["data_until"],
        records_from=head.get("records_from"),
        seed=head.get("seed", 1),
        timezone=head.get("timezone", "UTC"),
        group=data.get("reports", {}).get("group", ""),
        rewrites=data.get("erasure", {}).get("rewrite", False),
        notify=data.get("notify", {}),
        council=data.get("council", {}),
        leadership=leadership_of(data),
        rounds=tuple(sorted(rounds, key=lambda r: r.start)),
        generations=tuple(sorted(generations, key=lambda g: g.first)) or DEFAULT_GENERATIONS,
        tables={name: found_files(folder, given) for name, given in tables.items()},
        sources=sources_of(folder, data),
        instruments=instruments,
        outcomes=outcomes,
        draw=draw_rule(data.get("draw", {})),
        pairing=pairing_rule(data.get("pairing", {})),
        tie_kind=data.get("network", {}).get("tie_kind", "advice"),
        top_levels=data.get("network", {}).get("top_levels", 2),
        topics=tuple(data.get("meetings", {}).get("topics", [])),
        value=_value(data.get("value", {})),
        wordings=tuple(
            Wording(earlier=w["earlier"], today=w["today"], items=dict(w["items"])) for w in data.get("wordings", [])
        ),
        instrument_files=tuple(data.get("instruments", {}).get("files", [])),
        declared=declared,
        id=head.get("id", ""),
        simulated=head.get("simulated", False),
        failed_figures=data.get("report", {}).get("failed_figures", 3),
        events=events_of(data.get("network", {}).get("events", {})),
        linkage=linkage_of(data.get("linkage", {})),
        subgroups=subgroups_of(data.get("subgroups", [])),
    )


def _value(data: dict[str, Any]) -> Value:
    given = dict(data)
    for name in ("training_cost", "replacement_cost"):
        if name in given:
            given[name] = tuple(float(number) for number in given[name])
    return Value(**given)


def _check_sense(programme: Programme) -> list[Problem]:
    """What single keys cannot show: order of dates, overlaps, names that must exist."""
    found = [*_check_times(programme), *_check_names(programme), *_check_value(programme)]
    found += [*check_lots(programme.draw, programme.pairing), *check_subgroups(programme.subgroups)]
    if programme.events is not None:
        found += check_events(programme.events, programme.data_until)
    coded = [("RM-E-196", *one) for one in check_linkage(programme.linkage)]
    every = [*(("RM-E-005", *one) for one in found), *coded]
    return [Problem(code=code, file=FILE_NAME, column=c, rule=r, remedy=m) for code, c, r, m in every]


def _check_times(programme: Programme) -> Iterator[tuple[str, str, str]]:
    if programme.records_from is not None and programme.records_from >= programme.data_until:
        yield "programme.records_from", key("the records start after they end"), key("correct one of the two days")
    for declared in programme.rounds:
        if declared.start >= declared.end:
            yield "rounds.end", filled("round {id} ends before it starts", id=declared.id), key("correct start or end")
    for early, late in zip(programme.generations, programme.generations[1:], strict=False):
        if early.last >= late.first:
            yield "generations", key("two generations overlap"), key("let each band start after the last one ends")
    if any(g.first > g.last for g in programme.generations):
        yield "generations", key("a generation ends before it begins"), key("correct from or to")


def _check_value(programme: Programme) -> Iterator[tuple[str, str, str]]:
    value = programme.value
    if value.training_cost is not None and not (value.training_gain_se and value.training_source):
        rule = key("the cost of classic training stands without its gain, the gain's standard error or their source")
        yield "value.training_cost", rule, key("add training_gain, training_gain_se and training_source")


def _check_names(programme: Programme) -> Iterator[tuple[str, str, str]]:
    for one in _repeated(r.id for r in programme.rounds):
        yield "rounds.id", filled("round {id} is declared twice", id=one), key("give each round its own id")
    for one in _repeated(file for given in programme.tables.values() for file in given):
        yield "tables", filled('the file "{n}" is named twice', n=one), key("name each file once, for one table")
    for outcome in programme.outcomes:
        name = outcome.instrument
        if name not in programme.instruments:
            near = difflib.get_close_matches(name, programme.instruments, n=1, cutoff=0.4)
            remedy = filled('did you mean "{n}"', n=near[0]) if near else _ADD
            yield "outcomes.instrument", filled(_NO_INSTRUMENT, name=name), remedy
        elif not programme.instruments[name].items:
            rule = filled('the instrument "{name}" comes without its items, for it is licensed', name=name)
            remedy = key("fill its items into a file of your own and name that under [instruments]")
            yield "outcomes.instrument", rule, remedy
    for wording in programme.wordings:
        yield from _check_wording(programme, wording)
    for one in _repeated(item for scale in programme.instruments.values() for item in scale.item_ids):
        rule = filled('item id "{n}" stands in two instruments', n=one)
        yield "instruments", rule, key("give items their own ids")


_ADD, _NO_INSTRUMENT = key("add its file under [instruments]"), key('there is no instrument "{name}"')


def _check_wording(programme: Programme, wording: Wording) -> Iterator[tuple[str, str, str]]:
    for name, items in ((wording.earlier, wording.items), (wording.today, wording.items.values())):
        if name not in programme.instruments:
            yield "wordings", filled(_NO_INSTRUMENT, name=name), _ADD
        elif unknown := sorted(set(map(str, items)) - set(programme.instruments[name].item_ids)):
            rule = filled('the instrument "{name}" has no item "{item}"', name=name, item=unknown[0])
            yield "wordings.items", rule, key("correct the item's id")


def _repeated(names: Iterable[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)
