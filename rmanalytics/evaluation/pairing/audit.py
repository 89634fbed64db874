"""The audit of pairing for the analyst: every breach with its days and what it rests on, in a round or in a plan.

Unit: one tandem and rule. The list names tandems and is for the analyst alone; others see the counts of `pairing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from rmanalytics.errors import InputError, Problem
from rmanalytics.evaluation.engagement.course import early_warnings
from rmanalytics.evaluation.pairing.as_known import (
    ID,
    Tables,
    as_known,
    employed,
    near,
    not_planned,
    paired,
    serving,
    tables_of,
    with_ends,
    within,
)
from rmanalytics.evaluation.pairing.audit_evidence import COLUMNS, Sources, with_evidence
from rmanalytics.evaluation.pairing.rules import last_day
from rmanalytics.intake.bundle import Bundle
from rmanalytics.language.translator import filled
from rmanalytics.measures.engagement.early_warning import STATES
from rmanalytics.measures.pairing import competition, consent_and_gaps, rules_on_each_day
from rmanalytics.measures.pairing import rules_for_plans as planned
from rmanalytics.measures.pairing.breach_days import BREACH_COLUMNS, SIDE_IDS
from rmanalytics.measures.rows import among
from rmanalytics.programme.programme import FILE_NAME, Round

TABLES = ("people", "positions", "tandems", "comparison", "meetings", "applications")
"""What an audit of a round reads."""
PLAN_TABLES = tuple(name for name in TABLES if name != "meetings")
"""What an audit of planned tandems reads."""

CHAIN, UNIT, LEVEL, VACANCY, AGE = "chain", "unit", "level", "vacancy", "age"
CONSENT_GIVEN = (*consent_and_gaps.NO_CONSENT.values(), *consent_and_gaps.LATE_CONSENT.values())
PAIR_RULES = (
    *rules_on_each_day.CHAIN_RULES,
    competition.SAME_UNIT,
    competition.SAME_VACANCY,
    *rules_on_each_day.JUNIOR_RULES,
)
ROUND_RULES = (*PAIR_RULES, competition.TWO_TANDEMS, *consent_and_gaps.CONSENT_RULES)
PLAN_RULES = (*PAIR_RULES, *planned.PLANNED_RULES)
ON_POSITIONS = (*rules_on_each_day.CHAIN_RULES, competition.SAME_UNIT, rules_on_each_day.MENTOR_HIGHER)

NO_POSITIONS = "there is no positions table"
NO_APPLICATIONS = "there is no applications table"
NO_COMPARISON = "there is no comparison table"
NO_MEETINGS = "there is no meetings table"
NO_TANDEMS = "there is no tandems table"
NO_CONSENTS = "tandems holds no day of consent"
TWO_ALLOWED = "programme.toml allows two tandems"
NOT_RUNNING = "the round does not run on this day"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One rule: tandems in breach of it, or why it was not asked (``tandems_n`` is then None)."""

    rule: str
    tandems_n: int | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What was found, for the analyst.

    Parameters
    ----------
    programme, round_id : str
        Which round.
    planned : bool
        Whether planned tandems were audited.
    on : date
        Day of the early warnings, or the day as of which a plan was audited.
    first, last : date
        First and last day audited.
    round_end : date
        Last day of the round; days after ``last`` are not in the data yet.
    tandems_n : int
        Tandems audited.
    breaches, unaudited : DataFrame
        ``tandem_id, rule, evidence, first_date, last_date, days``, sorted by tandem and day; the second of days that
        nobody can vouch for. A breach without dates (no consent, no meeting yet) has 0 days.
    asked : tuple of Asked
        Every rule, in fixed order.
    warnings : DataFrame or None
        ``tandem_id, state, reason``; None where there are none to give, for the reason in ``no_warnings``.
    """

    programme: str
    round_id: str
    planned: bool
    on: date
    first: date
    last: date
    round_end: date
    tandems_n: int
    breaches: pd.DataFrame
    unaudited: pd.DataFrame
    asked: tuple[Asked, ...]
    warnings: pd.DataFrame | None = None
    no_warnings: str = ""

    @property
    def in_breach_n(self) -> int:
        """Tandems in breach of at least one rule."""
        return int(self.breaches[ID].nunique())


def audit(bundle: Bundle, round_: Round, *, on: date) -> Audit:
    """Audit the tandems of a round that has begun, on every day on which they are paired.

    Parameters
    ----------
    bundle : Bundle
        The tables of `TABLES`, as far as they were supplied.
    round_ : Round
        The round.
    on : date
        Day of the early warnings; they are given where the round runs on it.

    Raises
    ------
    InputError
        RM-E-057 when the round begins after the data end, RM-E-058 when *on* lies after the data end.
    """
    programme = bundle.programme
    if round_.start > programme.data_until:
        rule = filled("round {id} begins after data_until, so nothing of it is in the data", id=round_.id)
        raise _refused(
            "RM-E-057", "rounds", rule, filled("audit its planned tandems with --planned FILE, or export anew")
        )
    if on > programme.data_until:
        rule = filled("the day asked for lies after data_until")
        raise _refused(
            "RM-E-058", "programme.data_until", rule, filled("name an earlier day with --on, or export anew")
        )
    first, last = round_.start, last_day(bundle, round_)
    tables = near({**tables_of(bundle, TABLES), "people": bundle.people_on(first)}, first, last)
    everything = with_ends(tables["tandems"], tables["people"], programme)
    mine = everything["round_id"] == round_.id
    tandems, running = within(everything[mine], first, last), everything[~mine]
    found: list[pd.DataFrame] = []
    if len(tandems):
        found += _pair_rules(tandems, tables, first, last)
        found += _round_rules(tandems, running, tables, first, last)
    unasked = not_asked(bundle, tables)
    sources = _sources(tandems, running, tables)
    breaches, unaudited = _listed(found, unasked, sources)
    warnings, no_warnings = _warnings(bundle, round_, on)
    return Audit(
        programme=programme.name,
        round_id=round_.id,
        planned=False,
        on=on,
        first=first,
        last=last,
        round_end=round_.end,
        tandems_n=len(tandems),
        breaches=breaches,
        unaudited=unaudited,
        asked=_asked(ROUND_RULES, unasked, breaches),
        warnings=warnings,
        no_warnings=no_warnings,
    )


def audit_planned(bundle: Bundle, round_: Round, tandems: pd.DataFrame, *, on: date) -> Audit:
    """Audit planned tandems of a round, as things stand on a day.

    Parameters
    ----------
    bundle : Bundle
        The tables of `PLAN_TABLES`, as far as they were supplied.
    round_ : Round
        The round, which need not have begun.
    tandems : DataFrame
        As `rmanalytics.intake.planned.read_planned` gives them.
    on : date
        The day of planning; days of the round before it are not asked about. Before ``data_until`` nothing counts that
        came later, and the position that somebody holds on the day is taken to last. From ``data_until`` on the tables
        count as they are, with the changes that are recorded ahead.

    Raises
    ------
    InputError
        RM-E-058 when the round has ended by that day.
    """
    if on > round_.end:
        rule = filled("round {id} has ended by the day of planning", id=round_.id)
        raise _refused("RM-E-058", "rounds", rule, filled("name the day of planning with --on, or a round to come"))
    programme = bundle.programme
    first, last = max(round_.start, on), round_.end
    days = {"start": first, "end": last}
    tables = near(as_known(tables_of(bundle, PLAN_TABLES), on, programme), first, last, tandems)
    tables = {**tables, "comparison": serving(tables["comparison"], programme, first, last)}
    people = tables["people"]
    tandems = tandems.assign(own_first=tandems["matched_date"], own_last=tandems["ended_date"])
    tandems = within(tandems, first, last)
    running = not_planned(with_ends(tables["tandems"], people, programme), tandems)
    unknown = planned.unknown_people(tandems, people, **days)
    known = tandems[~among(tandems[ID], unknown[ID])]
    found = [
        unknown,
        planned.absent_people(tandems, people, **days),
        planned.double_plans(paired(tandems), **days),
        planned.already_paired(paired(tandems), paired(running), **days),
        planned.in_comparison(tandems, tables["comparison"].drop_duplicates(["person_id", "first_date"]), **days),
        *_pair_rules(employed(known, people), tables, first, last),
    ]
    unasked = not_asked(bundle, tables)
    breaches, unaudited = _listed(found, unasked, _sources(tandems, running, tables))
    return Audit(
        programme=programme.name,
        round_id=round_.id,
        planned=True,
        on=on,
        first=first,
        last=last,
        round_end=last,
        tandems_n=len(tandems),
        breaches=breaches,
        unaudited=unaudited,
        asked=_asked(PLAN_RULES, unasked, breaches),
    )


def _refused(code: str, column: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=FILE_NAME, column=column, rule=rule, remedy=remedy),))


# the rules


def pair_rules(tables: Tables) -> dict[str, Callable[..., pd.DataFrame]]:
    """What makes two people unfit for each other, on their days: by name, each asked of pairs, ``start``, ``end``."""
    positions, applications, people = tables["positions"], tables["applications"], tables["people"]

    def own(pairs: pd.DataFrame) -> pd.DataFrame:
        return positions[among(positions["person_id"], pd.concat([pairs[side] for side in SIDE_IDS]))]

    asked: dict[str, Callable[..., pd.DataFrame]] = {}
    if len(positions):
        asked[CHAIN] = lambda pairs, **days: rules_on_each_day.paired_chain_days(pairs, positions, **days)
        asked[UNIT] = lambda pairs, **days: competition.unit_breaches(pairs, own(pairs), **days)
        asked[LEVEL] = lambda pairs, **days: rules_on_each_day.level_breaches(pairs, own(pairs), **days)
    if len(applications):
        asked[VACANCY] = lambda pairs, **days: competition.vacancy_breaches(pairs, applications, **days)
    asked[AGE] = lambda pairs, **days: rules_on_each_day.age_breaches(pairs, people, **days)
    return asked


def _pair_rules(tandems: pd.DataFrame, tables: Tables, start: date, end: date) -> Iterator[pd.DataFrame]:
    return (ask(paired(tandems), start=start, end=end) for ask in pair_rules(tables).values())


def _round_rules(
    tandems: pd.DataFrame, running: pd.DataFrame, tables: Tables, start: date, end: date
) -> Iterator[pd.DataFrame]:
    """Two tandems at once, and consent."""
    doubled = competition.double_breaches(
        paired(pd.concat([tandems, running], ignore_index=True)), start=start, end=end
    )
    yield doubled[among(doubled[ID], tandems[ID])]
    meetings = tables["meetings"]
    yield consent_and_gaps.consent_breaches(tandems, meetings[among(meetings[ID], tandems[ID])])


def not_asked(bundle: Bundle, tables: Tables) -> dict[str, str]:
    """Rules that cannot be asked, and why."""
    why: dict[str, str] = {}
    if not bundle.has("positions"):
        why |= dict.fromkeys(ON_POSITIONS, NO_POSITIONS)
    if not bundle.has("applications"):
        why[competition.SAME_VACANCY] = NO_APPLICATIONS
    if not bundle.has("comparison"):
        why[planned.IN_COMPARISON] = NO_COMPARISON
    if not bundle.has("tandems"):
        why[planned.ALREADY_PAIRED] = NO_TANDEMS
    if bundle.programme.allow_two_tandems:
        why |= dict.fromkeys((competition.TWO_TANDEMS, planned.TWO_PLANNED, planned.ALREADY_PAIRED), TWO_ALLOWED)
    if not bundle.has("meetings"):
        why |= dict.fromkeys((*consent_and_gaps.LATE_CONSENT.values(), consent_and_gaps.MET_AFTER_END), NO_MEETINGS)
    if not tables["tandems"][["mentor_consent_date", "mentee_consent_date"]].notna().any().any():
        why |= dict.fromkeys(CONSENT_GIVEN, NO_CONSENTS)
    return why


def _listed(
    found: Iterable[pd.DataFrame], unasked: Mapping[str, str], sources: Sources
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Breaches, and days that nobody can vouch for."""
    nothing = pd.DataFrame({column: pd.Series(dtype=COLUMNS[column]) for column in BREACH_COLUMNS})
    everything = pd.concat([part for part in found if len(part)] or [nothing], ignore_index=True)
    everything = everything[~everything["rule"].isin(unasked)]
    unaudited = everything["rule"].isin(rules_on_each_day.UNAUDITED_RULES)
    return with_evidence(everything[~unaudited], sources), with_evidence(everything[unaudited], sources)


def _asked(rules: Iterable[str], unasked: Mapping[str, str], breaches: pd.DataFrame) -> tuple[Asked, ...]:
    counts = breaches.groupby("rule")[ID].nunique()
    return tuple(
        Asked(rule=rule, tandems_n=None, reason=unasked[rule])
        if rule in unasked
        else Asked(rule=rule, tandems_n=int(counts.get(rule, 0)))
        for rule in rules
    )


def _warnings(bundle: Bundle, round_: Round, on: date) -> tuple[pd.DataFrame | None, str]:
    """State of each running tandem, those at risk first; or why there is none to tell."""
    if not round_.start <= on <= round_.end:
        return None, NOT_RUNNING
    if not bundle.has("meetings"):
        return None, NO_MEETINGS
    found = early_warnings(bundle, round_, on)
    order = found["state"].map({state: n for n, state in enumerate(reversed(STATES))})
    return found.assign(order=order).sort_values(["order", ID], ignore_index=True).drop(columns="order"), ""


def _sources(tandems: pd.DataFrame, running: pd.DataFrame, tables: Tables) -> Sources:
    return Sources(
        tandems=tandems,
        people=tables["people"],
        positions=tables["positions"],
        applications=tables["applications"],
        comparison=tables["comparison"],
        running=running,
    )
