"""The key of the blur: 32 bytes from the system's random source, one a programme, in the user's own folder.

Never in the programme's folder, the reports or a log, and never derived from the programme's seed. A lost key is
replaced: what was published stays as it is.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from rmanalytics.errors import InputError, Problem
from rmanalytics.language.translator import filled

NAME, BYTES = "release.key", 32


def release_key(programme_id: str) -> bytes:
    """The programme's key, made where there is none.

    Parameters
    ----------
    programme_id : str
        ``id`` of ``[programme]``; programmes without one share a key.

    Raises
    ------
    InputError
        RM-E-180 when anybody but the owner may read it, or when it is not a key.
    """
    path = Path.home() / ".config" / "rmanalytics" / (programme_id or "programmes") / NAME
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(place, "wb") as file:
        file.write(secrets.token_bytes(BYTES))
        file.flush()
        os.fsync(file.fileno())
    return _read(path)


def _read(path: Path) -> bytes:
    state = path.lstat()
    if os.name == "posix" and (path.is_symlink() or state.st_mode & 0o077 or state.st_uid != os.geteuid()):
        raise _refused(
            filled("others may read the key of the blur"),
            filled("take the rights of group and others away (chmod 600)"),
        )
    key = path.read_bytes()
    if len(key) != BYTES:
        raise _refused(
            filled("the key of the blur is damaged"),
            filled("restore it from a backup, or remove it to get another one"),
        )
    return key


def _refused(rule: str, remedy: str) -> InputError:
    return InputError((Problem(code="RM-E-180", file=NAME, rule=rule, remedy=remedy),))
