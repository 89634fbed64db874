"""Who takes part in a round and who is compared with them.

Unit: one person in one round. Everything is joined by id; nobody stands in both groups of a round.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import pandas as pd

from rmanalytics.evaluation.lots.drawn import Lot, lot_of
from rmanalytics.intake.schema import PARTICIPANT
from rmanalytics.lot.sizes import NOT_DRAWN, START, WAIT
from rmanalytics.results import COMPARISON, PARTICIPANTS

if TYPE_CHECKING:
    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Round


P = ParamSpec("P")
Frame = TypeVar("Frame", pd.DataFrame, pd.DataFrame | None)

VOLUNTEER = "volunteer"
"""Said to be not drawn, without the receipt of a lot that decides it."""
WAITING_LIST = "waiting list"
BY_LOT = "volunteers whom the lot did not let start"
NOT_STARTED = "volunteers who did not start"
MATCHED = "matched colleagues"
BY_CODES = "the answers of the round stand under codes, so that nobody's tandem, unit or age is known with them"
OTHER = "colleagues outside the programme"
MIXED = "waiting list and matched colleagues"


def kept(find: Callable[Concatenate[Bundle, Round, P], Frame]) -> Callable[Concatenate[Bundle, Round, P], Frame]:
    """Find once for each bundle and round; whoever asks again gets a frame of their own of what was found."""

    @wraps(find)
    def found(bundle: Bundle, round_: Round, /, *args: P.args, **kwargs: P.kwargs) -> Frame:
        key = (find.__qualname__, round_.id, *args, *kwargs.items())
        if key not in bundle.kept:
            bundle.kept[key] = find(bundle, round_, *args, **kwargs)
        frame: Frame = bundle.kept[key]
        return frame if frame is None else frame.copy(deep=False)

    return found


@kept
def round_tandems(bundle: Bundle, round_: Round) -> pd.DataFrame | None:
    """The round's tandems, or None where the programme has no tandems table."""
    if not bundle.has("tandems"):
        return None
    tandems = bundle.table("tandems")
    return tandems[tandems["round_id"] == round_.id].reset_index(drop=True)


@kept
def groups(bundle: Bundle, round_: Round, side: str) -> pd.DataFrame:
    """Participants and comparison people of one side of a round.

    Returns
    -------
    DataFrame
        ``person_id, group, start_date, kind``: ``start_date`` is the day of the match for participants, the day for
        which a comparison person was matched (else the round's first day) for the comparison group. People in a
        class (``kind`` training) are in neither group. A programme
        without a tandems table has as participants whoever answered the side's scales and is in no comparison group.
        Where a lot was drawn, everybody counts where it put them, from its day on; who stood by counts nowhere.
    """
    lot = lot_of(bundle, round_)
    if lot is not None and counts_by_lot(bundle, round_, side):
        return _as_drawn(bundle, lot, side)
    columns = ["person_id", "group", "start_date", "kind"]
    parts = []
    everyone_in_round: set[str] = set()
    tandems = round_tandems(bundle, round_)
    if tandems is None:
        parts.append(_answering(bundle, round_, side))
    elif len(tandems):
        everyone_in_round = set(tandems["mentor_id"]) | set(tandems["mentee_id"])
        own = tandems.groupby(f"{side}_id", sort=False)["matched_date"].min()
        parts.append(
            pd.DataFrame(
                {"person_id": own.index, "group": PARTICIPANTS, "start_date": own.to_numpy(), "kind": PARTICIPANTS}
            )
        )
    if bundle.has("comparison"):
        compared = bundle.table("comparison")
        mine = (compared["round_id"] == round_.id) & (compared["side"] == side)
        mine &= ~compared["person_id"].isin(everyone_in_round) & (compared["kind"] != "training")
        compared = compared[mine].sort_values("matched_date").drop_duplicates("person_id")
        start = compared["matched_date"].fillna(pd.Timestamp(round_.start))
        parts.append(
            pd.DataFrame(
                {
                    "person_id": compared["person_id"].to_numpy(),
                    "group": COMPARISON,
                    "start_date": start.to_numpy(),
                    "kind": compared["kind"].replace("not_drawn", VOLUNTEER).to_numpy(),
                }
            )
        )
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype="datetime64[s]" if c == "start_date" else "str") for c in columns})
    return pd.concat(parts, ignore_index=True)[columns]


def by_codes(bundle: Bundle, round_: Round) -> bool:
    """Whether a round was asked before and after under self-generated codes."""
    return bundle.linked is not None and round_.id in set(bundle.linked.people["round_id"])


@kept
def respondents(bundle: Bundle, round_: Round, side: str) -> pd.DataFrame:
    """Whose answers before and after count, as `groups` has them: its people, or who answered before under a code.

    People under a code stand in the group that they named; they are in no other table.
    """
    if bundle.linked is None or not by_codes(bundle, round_):
        return groups(bundle, round_, side)
    people = bundle.linked.people
    own = people[(people["round_id"] == round_.id) & (people["side"] == side) & (people["kind"] != "training")]
    start = pd.Series(pd.Timestamp(round_.start), index=own.index, dtype="datetime64[s]")
    group = own["kind"].map(lambda kind: PARTICIPANTS if kind == PARTICIPANT else COMPARISON).astype("str")
    kind = own["kind"].replace(PARTICIPANT, PARTICIPANTS)
    members = own.assign(group=group, kind=kind, start_date=start)[["person_id", "group", "start_date", "kind"]]
    return members.reset_index(drop=True)


def counts_by_lot(bundle: Bundle, round_: Round, side: str) -> bool:
    """Whether people of a side count where a lot put them: one was drawn, and enough started and did not."""
    lot = lot_of(bundle, round_)
    return lot is not None and side in lot.sides and lot.sides[side].sizes.evaluated


def _as_drawn(bundle: Bundle, lot: Lot, side: str) -> pd.DataFrame:
    """Those whom the lot let start against all others that it decided about."""
    drawn = lot.sides[side]
    rows = [(person, PARTICIPANTS, PARTICIPANTS) for person in drawn.people(START)]
    for group, kind in ((WAIT, "waiting_list"), (NOT_DRAWN, "not_drawn")):
        rows += [(person, COMPARISON, kind) for person in drawn.people(group)]
    members = pd.DataFrame(rows, columns=["person_id", "group", "kind"]).astype("str")
    members = members[members["person_id"].isin(bundle.table("people")["person_id"])].reset_index(drop=True)
    day = pd.Timestamp(lot.draw.written.date())
    start = pd.Series(day, index=members.index, dtype="datetime64[s]")
    return members.assign(start_date=start)[["person_id", "group", "start_date", "kind"]]


def _answering(bundle: Bundle, round_: Round, side: str) -> pd.DataFrame:
    """People who answered a side's scales in a round and are in no comparison group of it."""
    ids: set[str] = set()
    if bundle.has("answers"):
        programme = bundle.programme
        scales = [programme.instruments[o.instrument] for o in programme.outcomes if o.side == side]
        items = [item for instrument in scales for item in instrument.item_ids]
        answers = bundle.table("answers")
        mine = (answers["round_id"] == round_.id) & answers["wave"].isin(("pre", "post")) & answers["item"].isin(items)
        ids = set(answers.loc[mine, "person_id"]) & set(bundle.table("people")["person_id"])
        if bundle.has("comparison"):
            compared = bundle.table("comparison")
            ids -= set(compared.loc[compared["round_id"] == round_.id, "person_id"])
    people = sorted(ids)
    start = pd.Series(pd.Timestamp(round_.start), index=range(len(people)), dtype="datetime64[s]")
    return pd.DataFrame(
        {"person_id": people, "group": PARTICIPANTS, "start_date": start.to_numpy(), "kind": PARTICIPANTS}
    )


def comparator_of(members: pd.DataFrame) -> str:
    """What the comparison group is, in words; empty where there is none."""
    kinds = set(members.loc[members["group"] == COMPARISON, "kind"])
    if not kinds:
        return ""
    if kinds == {"waiting_list"}:
        return WAITING_LIST
    if kinds <= {"waiting_list", "not_drawn"}:
        return BY_LOT
    if kinds <= {"waiting_list", VOLUNTEER}:
        return NOT_STARTED
    if kinds == {"matched"}:
        return MATCHED
    return MIXED if "other" not in kinds else OTHER
