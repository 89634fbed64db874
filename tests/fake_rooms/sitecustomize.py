"""Stand-ins for the rooms that a run calls, so that tests of running need neither data nor drawing.

Put first on PYTHONPATH of a child process; Python imports this module at its start.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import types
import zipfile
from pathlib import Path

PLOTLY = "application/vnd.plotly.v1+json"


class FakeColumn(list):
    def dropna(self):
        return self

    def astype(self, _kind):
        return self


def results():
    from rmanalytics.results import Estimate, Results

    about = {"unit": "share", "unit_of_analysis": "tandem", "method": "", "group": "=1+1"}
    return Results([Estimate(name="held_share", value=0.5, lo=None, hi=None, n=2, **about)])


class FakeShelf:
    """Keeps a word for a round's evaluation, by the steps of the real one."""

    def __init__(self, *, folder, code):
        self.folder = folder

    def write(self, round_id):
        self.folder.mkdir(mode=0o700, exist_ok=True)
        part = self.folder / f".{round_id}-{os.getpid()}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(b"kept")
        part.replace(self.folder / f"{round_id}.json")


def open_study(programme, round_id, shelf=None):
    from rmanalytics.intake.schema import TABLES
    from rmanalytics.programme.programme import read_programme
    from rmanalytics.run.code import file_digest

    folder = Path(programme)
    declared = read_programme(folder, tuple(TABLES))
    if shelf is not None:
        shelf.write(round_id)
    digests = {path.name: file_digest(path) for path in sorted(folder.glob("[!.l]*.*"))}
    people = {"person_id": FakeColumn(["E0001", "E0002"])}
    bundle = types.SimpleNamespace(
        table=lambda _name: people,
        has=lambda _name: False,
        digests=digests,
        programme=declared,
        accounts=(),
        headed={},
    )
    return types.SimpleNamespace(
        programme=declared,
        round=declared.round(round_id),
        bundle=bundle,
        results=results(),
        ledger=(),
        faults=[],
        withheld_by=lambda: "",
    )


def assemble(chapters, study):
    time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
    mark = os.environ.get("FAKE_MARK", "")
    return f"<!doctype html><title>{mark}</title>" + "".join(chapter.html for chapter in chapters)


def write_report(path, chapters, numbers, *, language):
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(zipfile.ZipInfo("xl/sheet.xml"), "".join(chapter.title for chapter in chapters))


def release(study, *, key, known):
    days = {"data_until": "2025-12-31", "valid_until": "2026-06-30", "language": study.programme.language}
    names = {"programme": "Invented", "company": "Invented Ltd", "simulated": True, "currency": "CHF", **days}
    rounds = [{"id": study.round.id, "start": str(study.round.start), "end": str(study.round.end)}]
    lists = {"entries": [], "sentences": [], "decisions": [], "rounds": rounds, "languages": ["en", "de"]}
    return {"schema": 1, "round": study.round.id, "scales": {}, "claims": {}, **names, **lists}, {}


def _module(name, **content):
    module = types.ModuleType(name)
    vars(module).update(content)
    sys.modules[name] = module
    return module


def install():
    import rmanalytics

    real = [str(Path(rmanalytics.__file__).parent / "evaluation")]
    _module("rmanalytics.evaluation", open_study=open_study, hold_study=open_study, __path__=real)
    _module("rmanalytics.evaluation.kept", FOLDER="evaluations", Shelf=FakeShelf)
    page = _module(
        "rmanalytics.report.page",
        figure_html=lambda figure: '<div class="chart"><script type="application/json">{}</script></div>',
        assemble=assemble,
        shrunk=lambda chapters, study: chapters,
        headline_of=lambda html: "A headline.",
        index_page=lambda entries, language: "<!doctype html>" + "".join(e["round"] for e in entries),
    )
    sheets = _module("rmanalytics.report.spreadsheet", write_report=write_report)
    _module("rmanalytics.report", page=page, spreadsheet=sheets)
    _module("rmanalytics.report.charts")
    _module("rmanalytics.report.charts.picture", BROWSERS=())
    _module("rmanalytics.release.gate", release=release)


def use_notebooks(folder):
    from rmanalytics import shipped

    shipped.notebooks = lambda: Path(folder)


STEPS = {
    "open": 0,
    "os.rename": 1,
    "os.remove": 0,
    "os.mkdir": 0,
    "os.rmdir": 0,
    "os.chmod": 0,
    "os.chown": 0,
    "os.link": 1,
    "os.symlink": 1,
    "os.truncate": 0,
    "rmanalytics.exchange": 1,
}
"""Events of the interpreter by which something on the disk changes, with the argument that names it."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def watch_steps(then):
    """Call a function with the kind and path of every step that changes the disk, before the step."""

    def seen(event, args):
        if event not in STEPS or isinstance(args[STEPS[event]], int):
            return
        if event == "open" and not (isinstance(args[2], int) and args[2] & WRITING):
            return
        then(event, os.path.normpath(Path(_base(event, args)) / os.fsdecode(args[STEPS[event]])))

    sys.addaudithook(seen)


def _base(event, args):
    """The folder that a relative name is meant in."""
    fd = args[-1] if event in {"os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.rename"} else -1
    return str(Path(f"/proc/self/fd/{fd}").readlink()) if isinstance(fd, int) and fd >= 0 else str(Path.cwd())


def die_at_step(number, folder):
    """Kill this process just before its n-th step that touches a folder; tells the step on standard error."""
    count = []

    def step(event, path):
        if not path.startswith(folder):
            return
        count.append(path)
        if len(count) == number:
            os.write(2, f"killed before {event} {os.path.relpath(path, folder)}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    watch_steps(step)


def note_writes(file):
    """Write down the path of every step that changes the disk."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    watch_steps(lambda _event, path: os.write(handle, path.encode() + b"\n"))


def interrupt_at_import(module):
    """Send this process an interrupt when a module is first looked for, as a hasty Ctrl-C would."""
    pending = [module]

    def seen(event, args):
        if event == "import" and args[0] in pending:
            pending.clear()
            os.kill(os.getpid(), signal.SIGINT)

    sys.addaudithook(seen)


if os.environ.get("FAKE_INTERRUPT_AT") and "rmanalytics.run.worker" not in sys.orig_argv:
    interrupt_at_import(os.environ["FAKE_INTERRUPT_AT"])
if os.environ.get("FAKE_WRITES"):
    note_writes(os.environ["FAKE_WRITES"])
if os.environ.get("FAKE_KILL_AT_STEP") and not {"rmanalytics.run.worker", "rmanalytics.briefing"} & set(sys.orig_argv):
    die_at_step(int(os.environ["FAKE_KILL_AT_STEP"]), os.environ["FAKE_KILL_IN"])
if os.environ.get("FAKE_ROOMS"):
    install()
    if os.environ.get("FAKE_NOTEBOOKS"):
        use_notebooks(os.environ["FAKE_NOTEBOOKS"])
    if os.environ.get("FAKE_NO_EXCHANGE"):
        from rmanalytics.run import publish

        publish.exchange = lambda _one, _other: False
