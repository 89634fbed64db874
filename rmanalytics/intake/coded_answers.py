"""Answers under self-generated codes at the door: responses linked before to after, and numbered in place of the codes.

Unit: one response to a survey. What goes on are numbers that no other table has; no code is kept, nor anything made of
one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pandas as pd

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.codes import link, read_code
from rmanalytics.intake.schema import PARTICIPANT, TABLES
from rmanalytics.intake.sheet import Sheet, note
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.linkage import Linkage
from rmanalytics.programme.programme import Programme

MOST_UNREAD = 0.25
"""Largest share of responses whose codes do not read; above it the code was asked otherwise than it is declared."""
_RESPONSE = ["round_id", "wave", "response"]
ACCOUNT = [
    *("round_id", "side", "kind", "before", "after", "exact", "near", "uncertain", "ambiguous"),
    *("false_certain", "false_all", "collision"),
]


@dataclass(frozen=True, kw_only=True)
class Linked:
    """Who answered under a code, and how well before and after were linked.

    Parameters
    ----------
    people : DataFrame
        One row a response before: ``round_id, person_id, side, kind`` (``participant`` or the kind of comparison);
        ``person_id`` is that of *answers*, and of no other table.
    uncertain : DataFrame
        Links less probable than declared: ``round_id, person_id`` before and ``other_id`` after, which are two in
        *answers*.
    account : DataFrame
        One row a round, side and kind: responses ``before`` and ``after``; links ``exact``, ``near`` and
        ``uncertain``; ``ambiguous`` responses before; ``false_certain`` and ``false_all``, the false links expected
        among the certain and all; ``collision``, the chance of two strangers' codes to lie within the tolerance.
    """

    people: pd.DataFrame
    uncertain: pd.DataFrame
    account: pd.DataFrame


def check_codes(sheet: Sheet, programme: Programme) -> Sheet:
    """Leave out responses whose code does not read; refuse a table without a declaration, or with another one."""
    live = sheet.live
    if programme.linkage is None:
        rule = key("answers stand under codes, and nothing says of which parts a code is made")
        remedy = key("declare them as [[linkage.parts]] in programme.toml")
        return note(sheet, "RM-E-195", live, rule, remedy, column="code", counts_rows=False)
    frame = sheet.frame
    codes = frame.groupby(_RESPONSE, sort=False, dropna=False)["code"].transform("nunique")
    parts = programme.linkage.parts
    reads = [text for text in frame["code"].dropna().unique() if read_code(text, parts)]
    unread = live & ~(frame["code"].isin(reads) & (codes == 1)).to_numpy()
    responses = frame[_RESPONSE].drop_duplicates().index
    if unread[responses].sum() > MOST_UNREAD * max(1, live[responses].sum()):
        rule = key("the codes of more than a quarter of the responses are not made of the declared parts")
        remedy = key(
            "declare under [[linkage.parts]] what was asked, in its order, or give the column that holds the code"
        )
        return note(sheet, "RM-E-197", unread, rule, remedy, column="code")
    rule = key("responses whose code is not made of the declared parts were left out, for nothing links them")
    return note(sheet, "RM-W-198", unread, rule, key("nothing to do"), column="code", excludes=True)


def refuse_two_ways(coded: pd.DataFrame, answers: pd.DataFrame | None, file: str) -> None:
    """Refuse a round that was asked before or after under codes and under ids as well.

    Raises
    ------
    InputError
        RM-E-199.
    """
    if answers is None:
        return
    both = set(answers.loc[answers["wave"].isin(coded["wave"]), "round_id"]) & set(coded["round_id"])
    if both:
        rule = filled(
            "round {round_id} has answers before or after under codes and under ids, and nobody could tell who is who",
            round_id=min(both),
        )
        remedy = key("give the answers of a round in one of the two tables")
        raise InputError((Problem(code="RM-E-199", file=file, rule=rule, remedy=remedy),))


def link_answers(coded: pd.DataFrame, linkage: Linkage, known: Collection[str]) -> tuple[pd.DataFrame, Linked]:
    """Answers as the table *answers* has them, under numbers, and what is known of the links.

    Parameters
    ----------
    coded : DataFrame
        The table *coded_answers*, checked.
    linkage : Linkage
        The parts of a code, and how sure a link must be.
    known : collection of str
        Ids of other tables, which no number may be.
    """
    responses = coded.drop_duplicates(_RESPONSE)[[*_RESPONSE, "code", "side", "group"]].reset_index(drop=True)
    responses["kind"] = responses.pop("group").fillna(PARTICIPANT)
    parts = [read_code(code, linkage.parts) or () for code in responses.pop("code")]
    names = _names(responses, parts, known)
    uncertain, accounts = [], []
    for round_id, own in responses.groupby("round_id", sort=True):
        waves = [own.index[own["wave"] == wave].to_numpy() for wave in ("pre", "post")]
        groups = [[f"{side} {kind}" for side, kind in own.loc[at, ["side", "kind"]].to_numpy()] for at in waves]
        if not all(map(len, waves)):
            continue
        found, chance = link(
            [parts[i] for i in waves[0]], [parts[i] for i in waves[1]], linkage, (groups[0], groups[1])
        )
        for name, links in found.items():
            before, after = waves[0][links.before], waves[1][links.after]
            sure = links.probability >= linkage.certainty
            for i, j in zip(before[sure], after[sure], strict=True):
                names[j] = names[i]
            pairs = zip(before[~sure], after[~sure], strict=True)
            uncertain += [(round_id, names[i], names[j]) for i, j in pairs]
            doubt = 1 - links.probability
            accounts.append(
                {
                    "round_id": round_id,
                    "side": name.partition(" ")[0],
                    "kind": name.partition(" ")[2],
                    "before": groups[0].count(name),
                    "after": groups[1].count(name),
                    "exact": int((sure & links.exact).sum()),
                    "near": int((sure & ~links.exact).sum()),
                    "uncertain": int((~sure).sum()),
                    "ambiguous": links.ambiguous,
                    "false_certain": float(doubt[sure].sum()),
                    "false_all": float(doubt.sum()),
                    "collision": sum(chance.values()),
                }
            )
    responses["person_id"] = pd.Series(names, dtype="str")
    answers = coded.merge(responses[[*_RESPONSE, "person_id"]], on=_RESPONSE)
    answers = answers[[column.name for column in TABLES["answers"].columns]]
    people = responses.loc[responses["wave"] == "pre", ["round_id", "person_id", "side", "kind"]]
    doubtful = pd.DataFrame(uncertain, columns=["round_id", "person_id", "other_id"], dtype="str")
    return answers, Linked(
        people=people.reset_index(drop=True), uncertain=doubtful, account=pd.DataFrame(accounts, columns=ACCOUNT)
    )


def _names(responses: pd.DataFrame, parts: list[tuple[str, ...]], known: Collection[str]) -> list[str]:
    """A number for each response, in their order; a code before has the same one in all rounds."""
    marks = list(_marks(responses, parts))
    order = {mark: number for number, mark in enumerate(dict.fromkeys(marks), start=1)}
    stem = "code-"
    while any(one.startswith(stem) for one in known):
        stem += "-"
    return [f"{stem}{order[mark]:05d}" for mark in marks]


def _marks(responses: pd.DataFrame, parts: list[tuple[str, ...]]) -> Iterator[tuple[object, ...]]:
    """Before: the code, and the how manieth of its round has it; after, until it is linked: the response alone."""
    seen: Counter[tuple[object, ...]] = Counter()
    for round_id, wave, response, code in zip(*(responses[name] for name in _RESPONSE), parts, strict=True):
        if wave == "pre":
            seen[round_id, code] += 1
            yield code, seen[round_id, code]
        else:
            yield round_id, wave, response
