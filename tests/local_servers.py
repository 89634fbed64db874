"""A small mail server and a small web server on this machine, which can also misbehave as servers do."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Seen:
    """What a server was sent, and where it listens."""

    port: int
    got: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Certificate:
    """Files of a certificate authority and of a certificate for 127.0.0.1 that it signed."""

    authority: Path
    file: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.file, self.key)
        return made


def certificate(folder: Path) -> Certificate:
    """Have openssl make an authority and a certificate."""
    names = {name: folder / f"{name}.pem" for name in ("ca", "cakey", "cert", "key", "request", "more")}

    def openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    new = ("req", "-newkey", "rsa:2048", "-nodes", "-subj")
    openssl(*new, "/CN=test", "-x509", "-days", 2, "-keyout", names["cakey"], "-out", names["ca"])
    openssl(*new, "/CN=127.0.0.1", "-keyout", names["key"], "-out", names["request"])
    names["more"].write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n", encoding="ascii")
    signed = ("-CA", names["ca"], "-CAkey", names["cakey"], "-CAcreateserial", "-extfile", names["more"])
    openssl("x509", "-req", "-in", names["request"], "-days", 2, *signed, "-out", names["cert"])
    return Certificate(authority=names["ca"], file=names["cert"], key=names["key"])


@contextmanager
def web(*, status: int = 200, tls: ssl.SSLContext | None = None) -> Iterator[Seen]:
    """A web server (and proxy) that keeps method, target and body of each request."""
    seen = Seen(port=0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            seen.got.append(f"{self.command} {self.path} {body}".strip())
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        seen.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield seen
        server.shutdown()


@contextmanager
def silent() -> Iterator[Seen]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Seen(port=server.getsockname()[1])


def nobody() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def mail(*, starttls: ssl.SSLContext | None = None, login: bool = False, recipients: bool = True) -> Iterator[Seen]:
    """A mail server: says what it can, asks for a login or refuses recipients where told to, keeps every line."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen = Seen(port=server.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(
                    target=_talk,
                    args=(connection, seen, starttls),
                    kwargs={"login": login, "recipients": recipients},
                    daemon=True,
                ).start()

        threading.Thread(target=serve, daemon=True).start()
        yield seen


def _talk(
    connection: socket.socket, seen: Seen, starttls: ssl.SSLContext | None, *, login: bool, recipients: bool
) -> None:
    known, secure = not login, False
    try:
        file = connection.makefile("rwb", buffering=0)
        file.write(b"220 here\r\n")
        while line := file.readline().decode():
            seen.got.append(line.strip())
            word = line[:4].upper()
            if word == "EHLO":
                can = ["here", *(["STARTTLS"] if starttls and not secure else []), *(["AUTH PLAIN"] if login else [])]
                answers = [f"250{' ' if one == can[-1] else '-'}{one}" for one in can]
            elif word == "STAR" and starttls:
                file.write(b"220 go\r\n")
                connection = starttls.wrap_socket(connection, server_side=True)
                file, secure = connection.makefile("rwb", buffering=0), True
                continue
            elif word == "AUTH":
                known, answers = True, ["235 welcome"]
            elif word == "MAIL" and not known:
                answers = ["530 login first"]
            elif word == "RCPT" and not recipients:
                answers = ["550 nobody here"]
            elif word == "DATA":
                file.write(b"354 go on\r\n")
                while (line := file.readline().decode()).strip() != ".":
                    seen.got.append(line.strip())
                answers = ["250 taken"]
            elif word == "QUIT":
                file.write(b"221 bye\r\n")
                return
            else:
                answers = ["250 well"]
            file.write("".join(f"{answer}\r\n" for answer in answers).encode())
    except OSError:
        return
    finally:
        connection.close()
