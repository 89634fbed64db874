"""Who is told of runs: ``[notify]`` of ``programme.toml``, completed by the environment, which wins."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rmanalytics.language.translator import filled, key
from rmanalytics.programme.strict_toml import Block, Key

ENVIRONMENT = "RMANALYTICS_NOTIFY_"
"""Every key may stand in the environment, as ``RMANALYTICS_NOTIFY_URL``; with ``_FILE`` after it a file holds it."""
SECURITY = ("starttls", "tls", "none")
_MAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_HOST = re.compile(r"[\w.\-]+(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Where notices of runs go.

    Parameters
    ----------
    url : str
        Gets a POST of JSON when a run starts, succeeds or fails.
    heartbeat : str
        Gets a GET after every call that went well, also where nothing was due.
    mail_to, mail_from : tuple of str, str
        Recipients and sender of a mail on success and failure.
    smtp, smtp_security, smtp_user, smtp_password : str
        Mail server as ``host`` or ``host:port``; ``starttls``, ``tls`` or ``none``; a login where it asks for one.
    proxy : str
        Proxy of url and heartbeat, where the system's own settings do not name it.
    ca_file : str
        File of the certificate authority that signed the servers' certificates, where it is the company's own.
    """

    url: str = ""
    heartbeat: str = ""
    mail_to: tuple[str, ...] = ()
    mail_from: str = ""
    smtp: str = ""
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password: str = ""
    proxy: str = ""
    ca_file: str = ""


def _url(value: str) -> str | None:
    return (
        None if re.fullmatch(r"https?://[^\s/]+(/\S*)?", value) else key("must be an address such as https://host/path")
    )


def _mails(values: list[Any]) -> str | None:
    right = values and all(isinstance(value, str) and _MAIL.fullmatch(value) for value in values)
    return None if right else key("must be a list of mail addresses")


NOTIFY = Block(
    {
        "url": Key(str, check=_url),
        "heartbeat": Key(str, check=_url),
        "mail_to": Key(list, check=_mails),
        "mail_from": Key(str, check=lambda v: None if _MAIL.fullmatch(v) else key("must be a mail address")),
        "smtp": Key(
            str, check=lambda v: None if _HOST.fullmatch(v) else key("must be a host such as mail.example.org:587")
        ),
        "smtp_security": Key(
            str, check=lambda v: None if v in SECURITY else filled("must be one of {names}", names=", ".join(SECURITY))
        ),
        "smtp_user": Key(str),
        "proxy": Key(str, check=_url),
        "ca_file": Key(str),
    }
)
"""Keys of ``[notify]``. A password has none: it stands in the environment or in a file that the environment names."""


def notify_of(declared: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Notify:
    """What a programme declares, with what the environment says in its place.

    Raises
    ------
    ValueError
        For a value of the environment that has the wrong form, and for a file of it that cannot be read or that others
        may read; says which, never the value.
    """
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in declared.items()
    }
    for field in fields(Notify):
        name = f"{ENVIRONMENT}{field.name.upper()}"
        text = environment.get(name) or _secret(name, environment.get(f"{name}_FILE"))
        if not text:
            continue
        value: Any = [part.strip() for part in text.split(",")] if field.name == "mail_to" else text
        key = NOTIFY.keys.get(field.name)
        wrong = key.check(value) if isinstance(key, Key) and key.check else None
        if wrong:
            raise ValueError(f"{name} {wrong}")
        given[field.name] = tuple(value) if isinstance(value, list) else value
    return Notify(**given)


def _secret(name: str, path: str | None) -> str:
    if not path:
        return ""
    try:
        state = Path(path).stat()
        if os.name == "posix" and state.st_mode & 0o077:
            raise ValueError(f"the file that {name}_FILE names may be read by others")
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"the file that {name}_FILE names cannot be read") from None
