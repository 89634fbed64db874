"""Freezing a round's plan, and the list of those it is compared with, before the answers are in.

Unit: one round. Writes receipts and their sheets, nothing else of the programme's.
"""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from rmanalytics.evaluation.verdicts.declared import check_plan
from rmanalytics.evaluation.verdicts.freeze import freeze, refused, state_of
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.language.translator import filled
from rmanalytics.receipts.chain import Receipt, key_of, keyed, package_digest, read_chain


def declare(
    folder: Path, round_id: str, *, now: datetime, amend: str = "", comparison: bool = False, anchor: str = ""
) -> tuple[Receipt, ...]:
    """Freeze the plan of a round; the receipts that now hold, the plan's first.

    Parameters
    ----------
    folder, round_id : Path, str
        The programme's folder and its round.
    now : datetime
        With its zone.
    amend : str
        Why a frozen plan changes.
    comparison : bool
        Whether to freeze the comparison list again.
    anchor : str
        Where the digest was laid down outside.

    Raises
    ------
    InputError
        RM-E-141 and RM-E-145 for the plan, RM-E-142 for a broken chain, RM-E-143 for a change without a reason,
        RM-E-144 for a key that others may read.
    """
    bundle = read_bundle(folder)
    round_ = bundle.programme.round(round_id)
    check_plan(bundle.programme)
    if not bundle.programme.declared.primary:
        raise refused(
            "RM-E-145", "declare", filled("nothing is declared"), filled('add primary = "M1" under [declare]')
        )
    if not bundle.programme.id:
        raise refused(
            "RM-E-145", "programme.id", filled("the programme has no id"), filled('add id = "…" under [programme]')
        )
    key = key_of(bundle.programme.id, make=not read_chain(folder)) or b""
    table = bundle.table("comparison") if bundle.has("comparison") else None
    return freeze(
        bundle.programme,
        round_,
        compared=None if table is None else table[table["round_id"] == round_.id],
        state=state_of(bundle, round_),
        files={name: keyed(key, digest.encode()) for name, digest in sorted(bundle.digests.items()) if key},
        key=key,
        now=now,
        package=package(),
        amend=amend,
        comparison=comparison,
        anchor=anchor,
    )


def receipt_of(folder: Path, digest: str) -> Receipt | None:
    """The receipt of a digest, blanks in it left out; None where there is none.

    Raises
    ------
    InputError
        RM-E-142 when the chain is broken.
    """
    wanted = "".join(digest.split()).lower()
    return next((one for one in read_chain(folder) if one.digest == wanted), None)


def package() -> dict[str, str]:
    """Version and digest of rmanalytics, as receipts hold them."""
    return {"version": version("rmanalytics"), "digest": own_digest()}


def own_digest() -> str:
    """Digest of the installed files of rmanalytics."""
    root = Path(str(files("rmanalytics")))
    sources = [path for path in root.rglob("*") if path.suffix in {".py", ".toml"}]
    return package_digest((path.relative_to(root).as_posix(), path.read_bytes()) for path in sources)
