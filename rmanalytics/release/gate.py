"""The gate: everything that is told of a round outside the analyst's room, made once.

Unit: one round. Who is in a set decides whether a figure is told, never what came out. Words and sizes of the plan's
claims are HR's own from 25 people on each side; below that every claim reads alike.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from rmanalytics.evaluation.claims import Answer, Claim, claims
from rmanalytics.evaluation.cohort import WAITING_LIST
from rmanalytics.language.translator import LANGUAGES
from rmanalytics.receipts.chain import broken
from rmanalytics.release import brand, company, figures, questions, records, team
from rmanalytics.release.blur import VERSION, down
from rmanalytics.release.catalogue import catalogue
from rmanalytics.release.figures import Entry, Gate, people
from rmanalytics.release.sentences import sentences
from rmanalytics.results import Estimate, NotEstimable

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round

SCHEMA = 1
MONTHS_VALID = 7
STEPS = {
    "scale points": 0.1,
    "points per point": 0.1,
    "g": 0.1,
    "ties": 0.1,
    "days": 1.0,
    "share": 0.05,
    "rate ratio": 0.05,
    "ratio": 0.05,
}
"""Steps to which the ends of an interval are rounded outwards, by unit."""
TOLD = ("shown", "points_for", "points_against", "not_shown", "could_not")
TOO_FEW = "too_few"
TELLING = (
    *(records.delivery, figures.scales, records.answered, records.reach, records.staying, records.moving_up),
    *(questions.goals, questions.upward, questions.would_accept, questions.pulse, questions.new_ties),
    *(company.money, company.ties),
)
"""What is told of each round by itself."""
OF_A_ROUND = frozenset(
    {
        "tandems",
        "places",
        "people",
        "delivery",
        "topics",
        "answered",
        "reach",
        "staying",
        "moving_up",
        "money",
        "difference",
    }
    | {"scale_after", "scale_change", "goals", "upward", "would_accept", "pulse", "new_ties"}
)
"""Rows of which each entry is of one round, or of all of them."""
OF_THE_PLAN = ("gain", "training_gain", "missing")
"""Costs that follow from the plan's answers: of the round that is released, never of an earlier one."""
OF_A_WAVE = ("ties", "ei_index")
RECORDED_LIST = 4
"""Level of evidence from which a waiting list is one by its receipts; below, it is a comparison group."""
POWER_80, MOST_ROUNDS = 0.8416, 12
"""Standard-normal quantile of a power of 80%, and the most rounds that are worth naming."""


def release(
    study: Study, *, key: bytes, known: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What may be told of a round outside, and the blurred sums that stay inside.

    Parameters
    ----------
    study : Study
        The round, evaluated.
    key : bytes
        The programme's key of the blur.
    known : mapping, optional
        ``entries`` and ``sums`` of all rounds that were published, by id: they are repeated, never made again.

    Returns
    -------
    released : dict
        ``released.json``: a header, ``entries`` (each ``id``, ``row`` of the catalogue, ``value`` or ``lo`` and ``hi``,
        ``unit``, ``n`` to the nearest five …) and ``sentences``.
    sums : dict
        Id to blurred sum and number of people, for figures pooled over later rounds.
    """
    bundle, round_ = study.bundle, study.round
    known = known or {"entries": {}, "sums": {}}
    sums = {name: (int(total), int(n)) for name, (total, n) in known["sums"].items()}
    gate = Gate(
        catalogue=team.catalogue_of(study.programme),
        key=key,
        known=known["entries"],
        known_sums=sums,
        currency=study.programme.currency,
    )
    rounds = [one for one in study.programme.rounds if one.start <= round_.start]
    entries = figures_of(bundle, rounds, gate)
    entries += [e for tell in (brand.shares, brand.placebos, brand.key_figures) for e in tell(bundle, round_, gate)]
    entries += [*records.places(study.programme, round_, gate), *_claims(study, gate), *_account(study, gate)]
    entries += [*_gain(entries, study, gate), *_rounds_missing(entries, study, gate)]
    told = [entry | {"evidence": evidence(round_.id, entry)} for entry in _unique(entries)]
    document = header(study.programme, round_, rounds, told) | team.words(study.programme, told)
    document |= {"next": team.coming(study.programme.rounds, round_)}
    document |= {"decide": team.decide(study.programme, valid_until(study.programme.rounds, round_))}
    document |= {"changes": team.changes(told, known["entries"], round_.id), "entries": told}
    document["sentences"] = sentences(document)
    return document, dict(gate.sums)


def figures_of(bundle: Bundle, rounds: Sequence[Round], gate: Gate) -> list[Entry]:
    """What is told of each round by itself and of all of them together.

    A figure of an earlier round that was published is repeated, whoever has left the tables since.
    """
    entries = [entry for one in rounds for tell in TELLING for entry in tell(bundle, one, gate)]
    entries += company.ties_change(bundle, rounds, gate)
    if len(rounds) > 1:
        entries += [*figures.pooled(bundle, [one.id for one in rounds], gate), *records.together(bundle, rounds, gate)]
    told, own = {entry["id"] for entry in entries}, {one.id for one in rounds[:-1]}
    known = [entry for name, entry in gate.known.items() if name not in told]
    ours = [e for e in known if e["row"] in OF_A_ROUND and e.get("round") in own and e.get("what") not in OF_THE_PLAN]
    waves = [e for e in known if e["row"] in OF_A_WAVE and e["date"] <= rounds[-1].start.isoformat()]
    return entries + [dict(entry) for entry in (*ours, *waves)]


def _unique(entries: list[Entry]) -> list[Entry]:
    return list({entry["id"]: entry for entry in entries}.values())


def header(programme: Programme, round_: Round, rounds: list[Round], entries: list[Entry]) -> dict[str, Any]:
    """What a release says of itself, of its programme, and of the names of scales and claims."""
    scales = {outcome.instrument for outcome in programme.outcomes} | {e["scale"] for e in entries if "scale" in e}
    return {
        "schema": SCHEMA,
        "catalogue": catalogue().version,
        "blur": VERSION,
        "programme": programme.name,
        "company": programme.company,
        "simulated": programme.simulated,
        "language": programme.language,
        "languages": list(LANGUAGES),
        "round": round_.id,
        "rounds": [{"id": r.id, "start": r.start.isoformat(), "end": r.end.isoformat()} for r in rounds],
        "data_until": programme.data_until.isoformat(),
        "valid_until": valid_until(programme.rounds, round_).isoformat(),
        "currency": programme.currency,
        "planned_meetings": round_.planned_meetings,
        "chain_broken": bool(broken(programme.folder)),
        "scales": {name: _titled(programme.instruments[name].title) for name in sorted(scales)},
        "claims": {claim.id: _titled(claim.title) for claim in claims()},
    }


def _titled(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: texts[language] for language in LANGUAGES if language in texts}


def valid_until(rounds: tuple[Round, ...], round_: Round) -> date:
    """Until when a sentence may be said: until the next report is due, at most seven months."""
    month = round_.end.month - 1 + MONTHS_VALID
    seven = date(round_.end.year + month // 12, month % 12 + 1, 1) + timedelta(days=30)
    later = [one.end for one in rounds if one.start > round_.start]
    return min([seven, *later])


def evidence(round_id: str, entry: Mapping[str, Any]) -> str:
    """The id of an entry as evidence: the same number has the same id, another one another."""
    about = str(entry.get("claim") or entry["row"])
    told = {name: value for name, value in entry.items() if name != "evidence"}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"RM-{round_id}-{about}-{hashlib.sha256(text.encode()).hexdigest()[:4]}"


def _claims(study: Study, gate: Gate) -> Iterator[Entry]:
    """Words and sizes of the plan's claims, the strip of their rounds, and the audits."""
    for answer in study.ledger:
        claim = answer.claim
        if claim.type == "audit" and gate.catalogue.least("audit") is not None:
            word = answer.verdict if answer.verdict in ("kept", "broken") else "not_audited"
            name = f"audit.{claim.id}.{study.round.id}"
            yield gate.entry(name, "audit", claim=claim.id, round=study.round.id, verdict=word)
        elif answer.role and gate.catalogue.least("verdict") is not None:
            yield from _planned(answer, study, gate)


def _planned(answer: Answer, study: Study, gate: Gate) -> Iterator[Entry]:
    result, word = answer.result, word_outside(answer, gate)
    about = claim_fields(answer.claim, answer.role, study.programme) | {"rounds": list(answer.rounds)}
    whole = f"{answer.claim.id}.all.{study.round.id}"
    if word in (TOO_FEW, "not_asked") or not isinstance(result, Estimate):
        yield gate.entry(f"verdict.{whole}", "verdict", verdict=word, **about)
        return
    about |= {"n": people(result.n), "n_comparator": people(result.n_comparator or 0)}
    about["comparator"] = comparator_outside(result.comparator, answer.evidence)
    silent = next((one.passed for one in answer.gates if one.name == "silence"), None)
    if silent is not None and gate.catalogue.least("silent") is not None:
        yield gate.entry(f"silent.{whole}", "silent", claim=answer.claim.id, verdict="holds" if silent else "turns")
    level = answer.evidence
    yield gate.entry(f"verdict.{whole}", "verdict", verdict=word, level=level, recorded=answer.recorded, **about)
    about["unit"] = result.unit
    smallest = study.programme.declared.claims.get(answer.claim.id, {}).get(
        "smallest_effect", answer.claim.smallest_effect
    )
    if smallest and gate.catalogue.least("worthwhile") is not None:
        told = {"claim": answer.claim.id, "unit": result.unit, "value": abs(smallest)}
        yield gate.entry(f"worthwhile.{whole}", "worthwhile", **told)
    if word == "could_not":
        yield from _needed(answer, smallest, study, gate)
    if answer.repeated is not None and result.unit in STEPS:
        yield gate.entry(f"effect.{whole}", "effect", verdict=word, **_size(answer, about), **about)
        for name, alone in answer.by_round:
            yield from _alone(name, alone, about, gate)


def comparator_outside(comparator: str, level: int | None) -> str:
    """Whom a claim was compared with, as it may be called outside; empty: a comparison group.

    Examples
    --------
    >>> comparator_outside("waiting list", 3), comparator_outside("waiting list", 4)
    ('', 'waiting list')
    """
    recorded = WAITING_LIST not in comparator or (level or 0) >= RECORDED_LIST
    return comparator if recorded else ""


def claim_fields(claim: Claim, role: str, programme: Programme) -> Entry:
    """What an entry says of a planned claim itself, whatever came out: its role, way and people, its scale if any."""
    about: Entry = {"claim": claim.id, "role": role, "direction": claim.direction, "group": claim.group}
    own = next((o for o in programme.outcomes if o.claim == claim.id), None)
    if own is not None:
        instrument = programme.instruments[own.instrument]
        about |= {"scale": own.instrument, "side": own.side}
        about["scale_ends"] = [instrument.scale_min, instrument.scale_max]
    return about


def _alone(name: str, alone: Estimate, about: Entry, gate: Gate) -> Iterator[Entry]:
    """One round by itself: its ordinary interval, or that too few took part."""
    told = {key: about[key] for key in ("claim", "unit", "direction", "scale", "side") if key in about} | {
        "round": name
    }
    entry = f"effect.{about['claim']}.{name}"
    if not gate.catalogue.enough("effect", min(alone.n, alone.n_comparator or 0)):
        yield gate.entry(entry, "effect", verdict=TOO_FEW, **told)
    elif alone.lo is not None and alone.hi is not None:
        lo, hi = outwards(alone.lo, alone.hi, alone.unit, turned=about["direction"] == "down")
        told |= {"n": people(alone.n), "n_comparator": people(alone.n_comparator or 0)}
        yield gate.entry(entry, "effect", lo=lo, hi=hi, **told)


def _size(answer: Answer, about: Entry) -> Entry:
    """The repeated interval turned so that up is the claimed way; near end and middle of a size that may be said."""
    unit, (low, high) = about["unit"], answer.repeated or (0.0, 0.0)
    lo, hi = outwards(low, high, unit, turned=about["direction"] == "down")
    told: Entry = {"lo": lo, "hi": hi}
    if answer.size is not None and answer.verdict in ("shown", "points_against"):
        step, none = STEPS[unit], 1.0 if unit.endswith("ratio") else 0.0
        near = down(answer.size[0], step)
        told |= {"near_end": near, "middle": max(_nearest(answer.size[1], step), near)} if near > none else {}
    return told


def word_outside(answer: Answer, gate: Gate) -> str:
    """The word of a claim of the plan: by membership *too few*, else HR's own; *not estimable* is *could not*."""
    if answer.verdict == "not_asked":
        return "not_asked"
    result = answer.result
    if result is None or isinstance(result, NotEstimable):
        enough = result is not None and gate.catalogue.enough("verdict", result.n)
        return "could_not" if enough else TOO_FEW
    if not gate.catalogue.enough("verdict", min(result.n, result.n_comparator or 0)):
        return TOO_FEW
    return answer.verdict if answer.verdict in TOLD else "could_not"


def outwards(low: float, high: float, unit: str, *, turned: bool) -> tuple[float, float]:
    """The ends of an interval rounded away from each other, turned where the claimed way is down.

    Examples
    --------
    >>> outwards(-0.5417, -0.0488, "scale points", turned=True)
    (0.0, 0.6)
    """
    low, high = (-high, -low) if turned and not unit.endswith("ratio") else (low, high)
    return down(low, STEPS[unit]), -down(-high, STEPS[unit]) + 0.0


def _nearest(value: float, step: float) -> float:
    return round(round(value / step) * step, 6)


def _needed(answer: Answer, smallest: float | None, study: Study, gate: Gate) -> Iterator[Entry]:
    """Rounds gathered and needed for the smallest effect that matters, at a power of 80%: design alone.

    Needed are as many times the rounds so far as the information falls short, (c + 0.84)² SE² / θ², with c the
    boundary that the claim stands at now.
    """
    result, interval = answer.result, answer.repeated
    se = result.extra.get("se") if isinstance(result, Estimate) else None
    if not se or interval is None or not smallest or not answer.rounds:
        return
    boundary = (interval[1] - interval[0]) / (2 * se)
    rounds = len(answer.rounds)
    needed = math.ceil(rounds * ((boundary + POWER_80) * se / abs(smallest)) ** 2)
    told = {"claim": answer.claim.id, "unit": "rounds", "gathered": rounds}
    told |= {"needed": needed} if needed <= MOST_ROUNDS else {}
    yield gate.entry(f"info.{answer.claim.id}.{study.round.id}", "info", **told)


def _gain(entries: list[Entry], study: Study, gate: Gate) -> Iterator[Entry]:
    """What a tenth of a point cost a person, from a tandem's cost and the primary's size; only where it is shown."""
    by_id = {entry["id"]: entry for entry in entries}
    cost = by_id.get(f"money.tandem.{study.round.id}")
    effect = by_id.get(f"effect.{study.programme.declared.primary}.all.{study.round.id}", {})
    if cost and effect.get("verdict") == "shown" and effect.get("near_end") and effect["unit"] == "scale points":
        low, high = cost["lo"] / (10 * effect["hi"]), cost["hi"] / (10 * effect["near_end"])
        yield _money("gain", low, high, study, gate)
        declared = study.programme.value
        if declared.training_cost is not None and declared.training_gain:
            low, *_, high = (cost / (10 * declared.training_gain) for cost in declared.training_cost)
            yield _money("training_gain", low, high, study, gate)


def _rounds_missing(entries: list[Entry], study: Study, gate: Gate) -> Iterator[Entry]:
    """What the rounds cost that are missing until the first open claim can be answered, priced as two more are."""
    info = [entry for entry in entries if entry["row"] == "info" and "needed" in entry]
    missing = [n for entry in info if (n := entry["needed"] - entry["gathered"]) > 0]
    two = next((entry for entry in entries if entry["id"] == f"money.next_two.{study.round.id}"), None)
    if missing and two:
        rounds = min(missing)
        yield _money("missing", rounds * two["lo"] / 2, rounds * two["hi"] / 2, study, gate)


def _money(what: str, low: float, high: float, study: Study, gate: Gate) -> Entry:
    """A cost that follows from others, its ends two digits outwards."""
    step = company.two_digits(high)
    lo, hi = math.floor(low / step) * step, math.ceil(high / step) * step
    told = {"round": study.round.id, "what": what, "unit": gate.currency, "lo": int(lo), "hi": int(hi)}
    return gate.entry(f"money.{what}.{study.round.id}", "money", **told)


def _account(study: Study, gate: Gate) -> Iterator[Entry]:
    if gate.catalogue.least("account") is not None:
        told = {"made": len(study.ledger), "planned": len(study.programme.declared.planned)}
        for what, value in told.items():
            yield gate.entry(f"account.{what}.{study.round.id}", "account", what=what, value=value, unit="claims")
