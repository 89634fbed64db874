"""What a receipt of a round is made from: the frozen plan, the state of the data, the comparison list.

Unit: one round.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rmanalytics.errors import InputError, Problem
from rmanalytics.evaluation.claims import claims
from rmanalytics.evaluation.cohort import groups
from rmanalytics.evaluation.verdicts.declared import FILE, changes, frozen
from rmanalytics.language.translator import filled, translator
from rmanalytics.receipts.chain import FOLDER, Receipt, append, canonical, keyed, read_chain
from rmanalytics.receipts.sheet import sheet
from rmanalytics.results import SIDES

if TYPE_CHECKING:
    import pandas as pd

    from rmanalytics.intake.bundle import Bundle
    from rmanalytics.programme.programme import Programme, Round


def freeze(
    programme: Programme,
    round_: Round,
    *,
    compared: pd.DataFrame | None,
    state: Mapping[str, Any],
    files: Mapping[str, str],
    key: bytes,
    now: datetime,
    package: Mapping[str, str],
    amend: str = "",
    comparison: bool = False,
    anchor: str = "",
    simulated: bool = False,
) -> tuple[Receipt, ...]:
    """Write the receipts that a round still lacks; those that now hold, the plan's first.

    Parameters
    ----------
    programme, round_ : Programme, Round
    compared : DataFrame or None
        Rows of *comparison* of the round.
    state, files : mapping
        State of the data at that moment (`state_of`), and keyed digests of the files.
    key : bytes
        Of data digests; empty where it is lost.
    now : datetime
        With its zone.
    package : mapping
        ``version`` and ``digest`` of rmanalytics.
    amend : str
        Why a frozen plan changes.
    comparison : bool
        Whether to freeze the comparison list again.
    anchor : str
        Where the digest was laid down outside.
    simulated : bool
        Whether the simulator writes them.

    Raises
    ------
    InputError
        RM-E-142 for a broken chain, RM-E-143 for a change without a reason.
    """
    folder = programme.folder
    own = [one for one in read_chain(folder) if one.round_id == round_.id]
    write: dict[str, Any] = {"round_id": round_.id, "now": now, "package": package, "simulated": simulated}
    plan = frozen(programme, round_)
    declared = [one for one in own if one.kind == "declared"]
    written: list[Receipt] = []
    changed = changes(declared[-1:], plan)
    if changed and not amend:
        rules = "; ".join(f"{where}: {old or '–'} → {new or '–'}" for _, where, old, new in changed)
        rule = filled("the plan has changed since its receipt ({rules})", rules=rules)
        raise refused("RM-E-143", "declare", rule, filled('add --amend "reason"'))
    if changed or not declared:
        content = {**plan, "reason": amend, "state": dict(state), "files": dict(files)}
        written.append(append(folder, kind="declared", content=content, **write))
    else:
        written.append(declared[-1])
    lists = [one for one in own if one.kind == "comparison"]
    listed = comparison_list(compared, key)
    if listed is not None and (comparison or not lists):
        written.append(append(folder, kind="comparison", content=listed[0], private=listed[1], **write))
    if anchor:
        content = {"of": written[0].digest, "where": anchor}
        written.append(append(folder, kind="anchor", content=content, **write))
    for one in written:
        (folder / FOLDER / one.name).with_suffix(".html").write_text(sheet(one, titles()), encoding="utf-8")
    return tuple(written)


def titles() -> dict[str, dict[str, str]]:
    """Titles of the claims by language and id, for the sheet."""
    return {language: {one.id: translator(language).pick(one.title) for one in claims()} for language in ("de", "en")}


def state_of(bundle: Bundle, round_: Round) -> dict[str, Any]:
    """Rows of the round by table, and people who answered of those expected."""
    state: dict[str, Any] = {}
    for name, table in sorted(bundle.tables.items()):
        state[f"rows_{name}"] = int((table["round_id"] == round_.id).sum()) if "round_id" in table else len(table)
    expected = sum(len(groups(bundle, round_, side)) for side in SIDES)
    for wave in ("pre", "post"):
        answered = 0
        if bundle.has("answers"):
            answers = bundle.table("answers")
            mine = (answers["round_id"] == round_.id) & (answers["wave"] == wave)
            answered = int(answers.loc[mine, "person_id"].nunique())
        state[f"{wave}_answered"] = answered
        state[f"{wave}_expected"] = expected
    return state


def comparison_list(mine: pd.DataFrame | None, key: bytes) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Public and private half of the list of those a round is compared with; None where there is nobody."""
    if mine is None or not len(mine):
        return None
    counted = mine.groupby(["side", "kind"], sort=True).size()
    ids = {side: sorted(mine.loc[mine["side"] == side, "person_id"]) for side in SIDES}
    people = {" ".join(key): int(n) for key, n in counted.to_dict().items() if isinstance(key, tuple)}
    return {"people": people, "ids": keyed(key, canonical(ids))}, ids


def refused(code: str, column: str, rule: str, remedy: str) -> InputError:
    """One problem of ``programme.toml``."""
    return InputError((Problem(code=code, file=FILE, column=column, rule=rule, remedy=remedy),))
