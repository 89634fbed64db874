"""Notices of runs, sent to real servers on this machine that also refuse, are silent, break TLS and ask for a login."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from local_servers import Certificate, certificate, mail, nobody, silent, web
from run_tools import call, environment, write_notebook, write_notebooks, write_programme

from rmanalytics.errors import InputError, Problem, RunError
from rmanalytics.programme.notify import Notify, notify_of
from rmanalytics.run import notices
from rmanalytics.run.notices import Notice, Told, send, told

FAILED = Told(round="2025H1", outcome="failed", code="RM-E-037", cause="no row of the file can be used")
NOTICE = Notice(event="failure", programme="North", at="2026-01-01T05:30:00+00:00", rounds=(FAILED,))
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    return certificate(tmp_path_factory.mktemp("certificate"))


def sent(notify: Notify, *, seconds: float = 20.0, notice: Notice = NOTICE) -> list[str]:
    return send([(notify, notice)], seconds=seconds)


def by_mail(port: int, **more: str) -> Notify:
    given = {"smtp_security": "none"} | more
    return Notify(smtp=f"{HOST}:{port}", mail_to=("hr@example.org",), mail_from="reports@example.org", **given)


def test_a_notice_is_json_with_code_and_cause():
    with web() as server:
        assert sent(Notify(url=f"http://{HOST}:{server.port}/hook?token=s3cret")) == []
    method, target, body = server.got[0].split(" ", 2)
    assert (method, target) == ("POST", "/hook?token=s3cret")
    given = json.loads(body)
    assert (given["event"], given["programme"]) == ("failure", "North")
    assert given["rounds"] == [
        {"round": "2025H1", "outcome": "failed", "code": "RM-E-037", "cause": "no row of the file can be used"}
    ]


def test_a_heartbeat_beats_after_calls_that_went_well_alone():
    with web() as server:
        notify = Notify(heartbeat=f"http://{HOST}:{server.port}/beat")
        for event in ("start", "failure", "nothing", "success"):
            assert sent(notify, notice=Notice(event=event, programme="North", at="now")) == []  # type: ignore[arg-type]
    assert server.got == ["GET /beat"] * 2


def test_a_mail_is_sent_on_success_and_failure():
    with mail() as server:
        for event in ("start", "failure", "success", "nothing"):
            assert sent(by_mail(server.port), notice=Notice(event=event, programme="North", at="now")) == []  # type: ignore[arg-type]
    assert [line for line in server.got if line.startswith("Subject")] == [
        "Subject: rmanalytics: North, failure",
        "Subject: rmanalytics: North, success",
    ]
    assert "rcpt TO:<hr@example.org>" in server.got


def test_mail_over_starttls_with_login_and_the_companys_own_authority(signed):
    with mail(starttls=signed.context(), login=True) as server:
        secure = {"smtp_security": "starttls", "ca_file": str(signed.authority)}
        assert sent(by_mail(server.port, smtp_user="u", smtp_password="p", **secure)) == []
        where = f"RM-W-099 mail through {HOST}:{server.port}"
        assert sent(by_mail(server.port, **secure)) == [f"{where}: not delivered, the mail server answered 530."]
    assert "AUTH PLAIN AHUAcA==" in server.got


def test_a_certificate_that_nobody_vouches_for_is_refused(signed):
    with mail(starttls=signed.context()) as server:
        assert "SSLCertVerificationError" in sent(by_mail(server.port, smtp_security="starttls"))[0]
    assert not any(line.startswith("mail ") for line in server.got)
    with web(tls=signed.context()) as server:
        url = f"https://{HOST}:{server.port}/hook"
        assert sent(Notify(url=url, ca_file=str(signed.authority))) == []
        assert "SSLCertVerificationError" in sent(Notify(url=url))[0]
    assert len(server.got) == 1


def test_a_server_without_tls_gets_nothing_where_tls_was_asked_for():
    with mail() as server, web() as plain:
        assert "SMTPNotSupportedError" in sent(by_mail(server.port, smtp_security="starttls"))[0]
        assert "not delivered" in sent(Notify(url=f"https://{HOST}:{plain.port}/"))[0]
    assert (plain.got, [line for line in server.got if line.startswith("mail ")]) == ([], [])


def test_a_proxy_is_used(monkeypatch):
    with web() as proxy:
        assert sent(Notify(url="http://hooks.invalid/x", proxy=f"http://{HOST}:{proxy.port}")) == []
        monkeypatch.setenv("http_proxy", f"http://{HOST}:{proxy.port}")
        beat = Notice(event="nothing", programme="N", at="")
        assert sent(Notify(heartbeat="http://hooks.invalid/beat"), notice=beat) == []
    assert [line.split(" ")[1] for line in proxy.got] == ["http://hooks.invalid/x", "http://hooks.invalid/beat"]


def test_each_that_fails_is_one_line_without_secrets():
    port = nobody()
    with web(status=503) as broken, mail(recipients=False) as refusing, silent() as still:
        ways = [
            Notify(url=f"http://{HOST}:{port}/s3cret"),
            Notify(url=f"http://{HOST}:{broken.port}/s3cret"),
            by_mail(refusing.port),
            Notify(url=f"http://{HOST}:{still.port}/s3cret"),
            by_mail(still.port),
            by_mail(port),
        ]
        lines = send([(notify, NOTICE) for notify in ways], seconds=2.0)
    assert [line.partition("not delivered, ")[2] for line in lines] == [
        "connection refused.",
        "the server answered 503.",
        "the mail server refused the recipients.",
        "no answer in time.",
        "no answer in time.",
        "connection refused.",
    ]
    assert "s3cret" not in "".join(lines)


def test_all_notices_of_a_call_take_less_than_fifteen_seconds():
    assert notices.START_SECONDS + notices.END_SECONDS < 15


def test_a_cause_leaves_the_house_without_file_column_or_row():
    problem = Problem(
        code="RM-E-014", file="anna_muster.csv", column="Q7", rule="a value is outside 1-5", remedy="x", rows=(3,)
    )
    assert told(InputError((problem,)), "2025H1").cause == "a value is outside 1-5"
    assert (
        told(RunError("RM-X-001", "notebook a, cell 1: ValueError.\nmore"), "").cause
        == "notebook a, cell 1: ValueError."
    )


def test_the_environment_completes_the_programme_and_wins(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("p4ss\n", encoding="utf-8")
    secret.chmod(0o600)
    given = {
        "RMANALYTICS_NOTIFY_URL": "https://hooks.example.org/x",
        "RMANALYTICS_NOTIFY_MAIL_TO": "a@example.org, b@example.org",
        "RMANALYTICS_NOTIFY_SMTP_PASSWORD_FILE": str(secret),
    }
    notify = notify_of({"url": "https://elsewhere.example.org", "smtp": "mail.example.org"}, given)
    assert notify.url == "https://hooks.example.org/x"
    assert (notify.smtp, notify.mail_to) == ("mail.example.org", ("a@example.org", "b@example.org"))
    assert notify.smtp_password == "p4ss"
    secret.chmod(0o644)
    with pytest.raises(ValueError, match="RMANALYTICS_NOTIFY_SMTP_PASSWORD_FILE names may be read by others"):
        notify_of({}, given)
    with pytest.raises(ValueError, match="RMANALYTICS_NOTIFY_URL must be an address"):
        notify_of({}, {"RMANALYTICS_NOTIFY_URL": "file:///etc/passwd"})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_programme(tmp_path / "programme")
    write_notebooks(tmp_path / "notebooks")
    return tmp_path


def due(place: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return call("due", *arguments, env=environment(place / "notebooks") | env, cwd=place)


@pytest.mark.skipif(sys.platform == "win32", reason="shares the stand-ins of the tests of runs")
def test_a_call_tells_its_start_and_end_and_is_silent_where_all_is_well(place):
    with web() as server:
        url = f"http://{HOST}:{server.port}"
        told = {"RMANALYTICS_NOTIFY_URL": f"{url}/hook", "RMANALYTICS_NOTIFY_HEARTBEAT": f"{url}/beat"}
        first = due(place, "programme", "--quiet", **told)
        assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
        again = due(place, "programme", "--quiet", **told)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
        assert call("report", "programme", env=environment(place / "notebooks") | told, cwd=place).returncode == 0
        write_notebook(place / "notebooks" / "04_retention.ipynb", "raise ValueError('Anna Muster')")
        assert due(place, "programme", "broken", **told).returncode == 4
    bodies = [json.loads(line.split(" ", 2)[2]) for line in server.got if line.startswith("POST")]
    assert [(body["event"], body["programme"]) for body in bodies[:3]] == [
        ("start", "Invented"), ("success", "Invented"), ("start", "Invented"),
    ]  # fmt: skip
    assert {(body["event"], body["programme"]) for body in bodies[3:]} == {
        ("failure", "Invented"),
        ("failure", "broken"),
    }
    failed = next(body for body in bodies[3:] if body["programme"] == "Invented")
    assert {one["code"] for one in failed["rounds"]} == {"RM-X-001"}
    assert server.got.count("GET /beat") == 2
    assert "Anna" not in "".join(server.got)
    assert str(place) not in "".join(server.got)


@pytest.mark.skipif(sys.platform == "win32", reason="shares the stand-ins of the tests of runs")
def test_servers_that_do_not_answer_change_nothing_but_a_line_each(place):
    with silent() as still:
        told = {
            "RMANALYTICS_NOTIFY_URL": f"http://{HOST}:{still.port}/hook",
            "RMANALYTICS_NOTIFY_SMTP": f"{HOST}:{still.port}",
            "RMANALYTICS_NOTIFY_SMTP_SECURITY": "none",
            "RMANALYTICS_NOTIFY_MAIL_TO": "hr@example.org",
        }
        done = due(place, "programme", "--quiet", **told)
    assert (done.returncode, done.stdout) == (0, "")
    assert (place / "reports" / "inside" / "2025H2" / "report.html").is_file()
    assert [line.partition(" ")[0] for line in done.stderr.splitlines()] == ["RM-W-099"] * 3
