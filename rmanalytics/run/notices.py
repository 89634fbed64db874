"""Notices of runs: a heartbeat, a notice to any address, a mail. Whatever becomes of them, a run stays as it was.

Unit: one programme in one call. Nothing about people is told: names of programme and rounds, outcome, code and cause.
"""

from __future__ import annotations

import json
import smtplib
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from typing import Literal
from urllib.parse import urlsplit

from rmanalytics.errors import InputError, RmError
from rmanalytics.programme.notify import Notify

EACH_SECONDS = 4.0
"""Longest wait for one answer of a server."""
START_SECONDS, END_SECONDS = 5.0, 8.0
"""Longest time that all notices before, and after, a call's work take together."""
PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of one round: its id (empty where the programme could not be read), outcome, code and cause."""

    round: str
    outcome: Literal["to be made", "published", "failed"]
    code: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is told of one programme: ``nothing`` is a call that went well and found nothing due."""

    event: Literal["start", "success", "failure", "nothing"]
    programme: str
    at: str
    rounds: tuple[Told, ...] = ()

    def text(self) -> str:
        """The notice for a person."""
        lines = [f"{t.round or '-'}: {t.outcome}" + (f", {t.code} {t.cause}" if t.code else "") for t in self.rounds]
        return "\n".join((f"{self.programme}: {self.event}, {self.at}", *lines)) + "\n"


def told(error: RmError, round_id: str) -> Told:
    """An error as it may leave the house: its code and its rule, without names of files, columns or rows."""
    if isinstance(error, InputError):
        first = error.refused[0] if error.refused else error.problems[0]
        more = len(error.problems) - 1
        cause = first.rule + (f" (and {more} more)" if more else "")
    else:
        cause = error.message.strip().partition("\n")[0]
    return Told(round=round_id, outcome="failed", code=error.code, cause=cause)


def send(parcels: Sequence[tuple[Notify, Notice]], *, seconds: float) -> list[str]:
    """Deliver notices side by side and wait for them no longer than that; a line for each that did not arrive.

    Parameters
    ----------
    parcels : sequence of (Notify, Notice)
        Where to, and what.
    seconds : float
        Longest time in all; what is still on its way then counts as not delivered.
    """
    running = []
    for notify, notice in parcels:
        for where, deliver in _ways(notify, notice):
            failed: list[str] = []
            thread = threading.Thread(target=_try, args=(deliver, failed), daemon=True)
            thread.start()
            running.append((where, thread, failed))
    until = time.monotonic() + seconds
    lines = []
    for where, thread, failed in running:
        thread.join(timeout=max(0.0, until - time.monotonic()))
        cause = "no answer in time" if thread.is_alive() else "".join(failed)
        if cause:
            lines.append(f"RM-W-099 {where}: not delivered, {cause}.")
    return lines


def _try(deliver: Callable[[], None], failed: list[str]) -> None:
    try:
        deliver()
    except Exception as error:  # noqa: BLE001  (whatever a server does is no matter of the run)
        failed.append(_cause(error))


def _cause(error: Exception) -> str:
    """What went wrong, without the text of a server, which may quote what it was sent."""
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the mail server refused the recipients"
    if isinstance(inner, TimeoutError):
        return "no answer in time"
    if isinstance(inner, OSError) and not isinstance(inner, (ssl.SSLError, smtplib.SMTPException)) and inner.strerror:
        return inner.strerror.lower()
    return type(inner).__name__


def _ways(notify: Notify, notice: Notice) -> Iterator[tuple[str, Callable[[], None]]]:
    """Where a notice goes: a name without secrets, and the call that delivers it."""
    if notify.url and notice.event != "nothing":
        yield f"notice to {_host(notify.url)}", lambda: _post(notify, notice)
    if notify.heartbeat and notice.event in ("success", "nothing"):
        yield f"heartbeat to {_host(notify.heartbeat)}", lambda: _open(notify, urllib.request.Request(notify.heartbeat))  # noqa: S310
    if notify.smtp and notify.mail_to and notice.event in ("success", "failure"):
        yield f"mail through {notify.smtp}", lambda: _mail(notify, notice)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")


def _post(notify: Notify, notice: Notice) -> None:
    body = json.dumps(asdict(notice) | {"text": notice.text()}, ensure_ascii=False).encode()
    head = {"Content-Type": "application/json; charset=utf-8"}
    _open(notify, urllib.request.Request(notify.url, data=body, headers=head, method="POST"))  # noqa: S310


def _open(notify: Notify, request: urllib.request.Request) -> None:
    proxies = {"http": notify.proxy, "https": notify.proxy} if notify.proxy else None
    handlers = (urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=_trusted(notify)))
    with urllib.request.build_opener(*handlers).open(request, timeout=EACH_SECONDS):
        return


def _trusted(notify: Notify) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=notify.ca_file or None)


def _mail(notify: Notify, notice: Notice) -> None:
    message = EmailMessage()
    message["Subject"] = " ".join(f"rmanalytics: {notice.programme}, {notice.event}".split())
    message["From"] = notify.mail_from or notify.mail_to[0]
    message["To"] = ", ".join(notify.mail_to)
    message.set_content(notice.text())
    host, _, port = notify.smtp.partition(":")
    number = int(port) if port else PORTS[notify.smtp_security]
    with (
        smtplib.SMTP_SSL(host, number, timeout=EACH_SECONDS, context=_trusted(notify))
        if notify.smtp_security == "tls"
        else smtplib.SMTP(host, number, timeout=EACH_SECONDS)
    ) as server:
        if notify.smtp_security == "starttls":
            server.starttls(context=_trusted(notify))
        if notify.smtp_user:
            server.login(notify.smtp_user, notify.smtp_password)
        server.send_message(message)
