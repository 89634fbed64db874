"""Rules within a table that one column alone cannot show: order of dates, repeated rows, what a row must hold.

Unit: one row. A row that contradicts itself is quarantined; two rows that contradict each other are refused, for
nobody but the data owner knows which one is right.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rmanalytics.intake.marks import NOTHING_TO_DO
from rmanalytics.intake.sheet import Sheet, note, order_of
from rmanalytics.intake.surveys import warn_reversed
from rmanalytics.language.translator import filled, key
from rmanalytics.programme.programme import Programme

ROUND_GRACE_DAYS = 31
"""A meeting counts for its round up to so many days before it starts or after it ends."""
_NEVER = 5_000_000
"""A day after all days of a calendar (the year 9999 is day 2,932,896)."""
_STRETCH = 2 * _NEVER
SWAPPED = key('exchange "{first}" and "{second}" where they are swapped, or correct one of the two')


def check_rows(sheet: Sheet, programme: Programme, tandems: Sheet | None) -> Sheet:
    """Apply the rules of a table to its rows."""
    sheet = _check_order(sheet)
    if len(sheet.table.key) == 1 or sheet.table.name == "people":
        sheet = _refuse_alike(sheet, sheet.table.key[0])
    if sheet.table.name == "people":
        return _check_rehires(_check_exits(sheet))
    if sheet.table.name == "positions":
        return _warn_cycles(_warn_overlaps(sheet), programme)
    if sheet.table.name == "meetings":
        return _check_meetings(sheet, programme, tandems)
    if sheet.table.name in ("answers", "coded_answers"):
        return warn_reversed(_check_waves(sheet, programme), programme)
    if sheet.table.name == "ties":
        selves = (sheet.frame["source_id"] == sheet.frame["target_id"]).to_numpy() & sheet.live
        rule = key("ties of a person to herself or himself were left out")
        return note(sheet, "RM-N-076", selves, rule, NOTHING_TO_DO, excludes=True)
    if sheet.table.name == "costs":
        other = sheet.present("currency") & (sheet.frame["currency"] != programme.currency).to_numpy()
        rule = key("the currency is not the programme's, and amounts in two currencies have no sum")
        remedy = key(
            "convert the amounts, or declare the currency of all costs as programme.currency in programme.toml"
        )
        return note(sheet, "RM-E-061", sheet.live & other, rule, remedy, column="currency")
    if sheet.table.name == "branding":
        whole = sheet.present("numerator") & sheet.present("denominator")
        rule, remedy = key("the row has neither a value nor numerator and denominator"), key("fill one of the two")
        return note(sheet, "RM-Q-054", sheet.live & ~sheet.present("value") & ~whole, rule, remedy)
    return sheet


def _check_order(sheet: Sheet) -> Sheet:
    for first, second in sheet.table.order:
        both = sheet.present(first) & sheet.present(second)
        wrong = both & (sheet.frame[first] > sheet.frame[second]).to_numpy()
        dates = sheet.frame[first].dtype.kind == "M"
        rule = filled(
            key('"{first}" lies after "{second}"') if dates else key('"{first}" is larger than "{second}"'),
            first=first,
            second=second,
        )
        swapped = 2 * wrong.sum() > both.sum()
        remedy = key("correct one of the two")
        if swapped:
            remedy = filled(SWAPPED, first=first, second=second)
        sheet = note(sheet, "RM-Q-047", wrong, rule, remedy, column=first)
    return sheet


def _refuse_alike(sheet: Sheet, column: str) -> Sheet:
    """Refuse two ids that differ in capitals only: nobody but the data owner knows whether they are one."""
    ids = sheet.frame.loc[sheet.live, column].dropna().drop_duplicates()
    small = ids.str.casefold()
    alike = set(ids[small.duplicated(keep=False)])
    return note(
        sheet,
        "RM-E-059",
        sheet.live & sheet.frame[column].isin(alike).to_numpy(),
        key("two ids differ in capitals only"),
        key("write each id in one spelling; give two records two ids"),
        column=column,
    )


def _check_exits(people: Sheet) -> Sheet:
    dated, reasoned = people.present("exit_date"), people.present("exit_reason")
    people = note(
        people,
        "RM-Q-056",
        reasoned & ~dated,
        key("there is a reason for leaving but no day of leaving"),
        key("fill exit_date, or empty exit_reason"),
        column="exit_date",
    )
    return note(
        people,
        "RM-W-096",
        dated & ~reasoned,
        key("people who left without a reason do not count as voluntary exits"),
        key("fill exit_reason"),
        column="exit_reason",
    )


def _check_rehires(people: Sheet) -> Sheet:
    """People with two ids: counted, and quarantined where both ids are active at once."""
    frame = people.frame
    again = people.present("rehired_from")
    if not again.any():
        return people
    former = frame[people.live].drop_duplicates("person_id", keep="last").set_index("person_id")
    known = again & frame["rehired_from"].isin(former.index).to_numpy()
    exits = frame["rehired_from"].map(former["exit_date"])
    both = known & ~(exits <= frame["hire_date"]).to_numpy()
    people = note(
        people,
        "RM-Q-053",
        both,
        key("the earlier id of this person is still active on the day of the new hire"),
        key("give the earlier id its exit date, or merge the two"),
        column="rehired_from",
    )
    return note(
        people,
        "RM-W-094",
        known & ~both,
        key("people were hired again under a new id and count as new people"),
        NOTHING_TO_DO,
        column="rehired_from",
    )


def _warn_overlaps(positions: Sheet) -> Sheet:
    rows = np.flatnonzero(positions.live)
    frame = positions.frame[["person_id", "start_date", "end_date"]].iloc[rows]
    person = pd.factorize(frame["person_id"])[0].astype(np.int64)
    start = _days(frame["start_date"], _NEVER)
    end = _days(frame["end_date"], _NEVER)
    order = order_of(person, start)
    if order is not None:
        rows, person, start, end = rows[order], person[order], start[order], end[order]
    # each person's days on a stretch of their own, so that one running maximum serves all
    shift = person * _STRETCH
    reach = np.maximum.accumulate(end + shift)
    same = person[1:] == person[:-1]
    where = np.zeros(len(positions.fate), dtype=bool)
    where[rows[1:][same & (reach[:-1] > (start + shift)[1:])]] = True
    rule = key("positions of one person overlap")
    remedy = key("end a position on the day before the next one starts")
    return note(positions, "RM-W-095", where, rule, remedy, column="start_date")


def _warn_cycles(positions: Sheet, programme: Programme) -> Sheet:
    """Warn of people who report to themselves, directly or around a circle, on the days that bound a round."""
    rows = np.flatnonzero(positions.present("manager_id"))
    frame = positions.frame[["person_id", "manager_id"]]
    start, end = (positions.frame[name].to_numpy()[rows] for name in ("start_date", "end_date"))
    where = np.zeros(len(positions.fate), dtype=bool)
    for day in sorted({day for r in programme.rounds for day in (r.start, min(r.end, programme.data_until))}):
        now = np.datetime64(day)
        there = rows[(start <= now) & ~(end < now)]
        own = frame.iloc[there]
        manager = own.drop_duplicates("person_id", keep="last").set_index("person_id")["manager_id"]
        where[there[own["person_id"].isin(_in_circles(manager)).to_numpy()]] = True
    rule = key("the reporting line leads back to the person, so nobody is at its top")
    remedy = key("correct manager_id; leave it empty for whoever reports to nobody")
    return note(positions, "RM-W-101", where, rule, remedy, column="manager_id")


def _in_circles(manager: pd.Series) -> pd.Index:
    """The people who come back to themselves on the way up: where everybody stands after very many steps."""
    at = manager.index.get_indexer(pd.Index(manager))
    for _ in range(len(at).bit_length()):
        at = np.where(at >= 0, at[at], -1)
    return manager.index[np.unique(at[at >= 0])]


def _days(dates: pd.Series, missing: int) -> NDArray[np.int64]:
    """Days since 1970; a missing date becomes the number given."""
    days = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.where(dates.isna().to_numpy(), missing, days)


def _check_meetings(meetings: Sheet, programme: Programme, tandems: Sheet | None) -> Sheet:
    status, held = meetings.frame["status"], meetings.frame["held_date"]
    meetings = note(
        meetings,
        "RM-Q-050",
        meetings.live & (status == "held").to_numpy() & held.isna().to_numpy(),
        key("the meeting is held but has no day"),
        key("fill held_date, or correct the status"),
        column="held_date",
    )
    meetings = note(
        meetings,
        "RM-Q-050",
        meetings.live & status.isin(("cancelled", "missed")).to_numpy() & held.notna().to_numpy(),
        key("the meeting was not held but has a day on which it was held"),
        key("empty held_date, or correct the status"),
        column="held_date",
    )
    if tandems is None:
        return meetings
    used = tandems.frame[tandems.live].drop_duplicates("tandem_id").set_index("tandem_id")
    rounds = meetings.frame["tandem_id"].map(used["round_id"])
    grace = pd.Timedelta(days=ROUND_GRACE_DAYS)
    earliest = _round_days(rounds, {r.id: r.start for r in programme.rounds}) - grace
    latest = _round_days(rounds, {r.id: r.end for r in programme.rounds}) + grace
    return note(
        meetings,
        "RM-Q-051",
        meetings.live & ((held < earliest) | (held > latest)).to_numpy(),
        filled("the meeting lies more than {days} days outside its round", days=ROUND_GRACE_DAYS),
        key("correct held_date, or the round's days in programme.toml"),
        column="held_date",
    )


def _round_days(rounds: pd.Series, days: dict[str, object]) -> pd.Series:
    return rounds.map({name: pd.Timestamp(str(day)) for name, day in days.items()}).astype("datetime64[s]")


def _check_waves(answers: Sheet, programme: Programme) -> Sheet:
    frame = answers.frame
    day = frame["answered_at"]
    if not answers.present("answered_at").any():
        return answers
    starts = _round_days(frame["round_id"], {r.id: r.start for r in programme.rounds})
    ends = _round_days(frame["round_id"], {r.id: r.end for r in programme.rounds}) + pd.Timedelta(days=1)
    late = (frame["wave"] == "pre").to_numpy() & (day >= ends).to_numpy()
    early = (frame["wave"] == "post").to_numpy() & (day < starts).to_numpy()
    return note(
        answers,
        "RM-Q-052",
        answers.live & (late | early),
        key("a pre answer given after the round, or a post answer given before it"),
        key("correct wave, round_id or answered_at"),
        column="answered_at",
    )


def check_repeats(sheet: Sheet) -> Sheet:
    """Leave out exact repeats, keep the latest of several answers, refuse rows that contradict each other."""
    columns = [column.name for column in sheet.table.columns]
    by = list(sheet.table.key)
    if by and not sheet.frame.loc[sheet.live, by].duplicated().any():
        return sheet
    exact = _mask(sheet, sheet.frame.loc[sheet.live, columns].duplicated(keep="first"))
    sheet = note(
        sheet,
        "RM-N-074",
        exact,
        key("rows that repeat another one exactly were left out"),
        NOTHING_TO_DO,
        excludes=True,
    )
    if not by:
        return sheet
    twice = _mask(sheet, sheet.frame.loc[sheet.live, by].duplicated(keep=False))
    if twice.any() and sheet.table.name == "answers":
        sheet, twice = _keep_latest(sheet, by, twice)
        rule = key("a person gave different answers to the same item at the same time")
        return note(sheet, "RM-E-038", twice, rule, key("keep the row that counts and delete the other"), column="item")
    rule = filled("two rows have the same {columns} but differ otherwise", columns=", ".join(by))
    return note(sheet, "RM-E-031", twice, rule, key("keep the row that is right and delete the other"), column=by[-1])


def _mask(sheet: Sheet, repeated: pd.Series) -> NDArray[np.bool_]:
    where = np.zeros(len(sheet.fate), dtype=bool)
    where[repeated.index[repeated.to_numpy()]] = True
    return where


def _keep_latest(answers: Sheet, by: list[str], twice: NDArray[np.bool_]) -> tuple[Sheet, NDArray[np.bool_]]:
    """Of several answers of a person to an item the latest given one counts; returns the ties that are left."""
    frame = answers.frame.loc[twice, [*by, "value", "answered_at"]]
    frame = frame.assign(given=frame["value"].notna())
    group = frame.groupby(by, sort=False)
    best = frame["given"] == group["given"].transform("max")
    moment = frame["answered_at"].where(best)
    last = moment.groupby([frame[name] for name in by], sort=False).transform("max")
    top = best & ((moment == last) | (last.isna() & moment.isna()))
    differs = frame["value"].where(top).groupby([frame[name] for name in by], sort=False).transform("nunique") > 1
    winners = frame[top & ~differs].drop_duplicates(by).index
    older = np.zeros(len(answers.fate), dtype=bool)
    older[frame.index[~(top & differs).to_numpy()].difference(winners)] = True
    tied = np.zeros(len(answers.fate), dtype=bool)
    tied[frame.index[(top & differs).to_numpy()]] = True
    answers = note(
        answers,
        "RM-N-075",
        older,
        key("of several answers of a person to one item the latest was kept"),
        NOTHING_TO_DO,
        column="item",
        excludes=True,
    )
    return answers, tied
