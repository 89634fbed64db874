"""Keys of a programme, in the user's own folder: for digests in receipts, and for pseudonyms."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled, key


def key_folder(programme_id: str) -> Path:
    """Where the keys of a programme lie."""
    return Path.home() / ".config" / "rmanalytics" / programme_id


def key_of(programme_id: str, name: str, *, make: bool) -> bytes | None:
    """A key of a programme, made where it is not there yet.

    Parameters
    ----------
    programme_id : str
        ``programme.id``.
    name : str
        File of the key.
    make : bool
        Whether it may be made.

    Returns
    -------
    bytes or None
        None where it is lost and may not be made.

    Raises
    ------
    InputError
        RM-E-144 when others may read it.
    """
    path = key_folder(programme_id) / name
    if path.is_file():
        if path.stat().st_mode & 0o077:
            rule = filled("the key of the {stem} may be read by others", stem=path.stem)
            remedy = key("take the rights of group and others away (chmod 600)")
            raise InputError((Problem(code="RM-E-144", file=path.name, rule=rule, remedy=remedy),))
        return path.read_bytes()
    if not make:
        return None
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole = path.with_name(f"{name}.{os.getpid()}")
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(32))
    with contextlib.suppress(FileExistsError):  # another run was quicker
        path.hardlink_to(whole)
    whole.unlink()
    return path.read_bytes()
