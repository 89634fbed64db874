"""Stand-ins for the rooms that a run calls, so that tests of running need neither data nor drawing.

Put first on PYTHONPATH of a child process; Python imports this module at its start.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import types
from pathlib import Path

PLOTLY = "application/vnd.plotly.v1+json"


class FakeColumn(list):
    def dropna(self):
        return self

    def astype(self, _kind):
        return self


class FakeFrame:
    def to_dict(self, _how):
        return [{"name": "held_share", "quantity": "estimate", "status": "estimated", "value": 0.5, "group": "=1+1"}]


class FakeResults:
    def to_frame(self):
        return FakeFrame()


def open_study(programme, round_id):
    from rmanalytics.intake.schema import TABLES
    from rmanalytics.programme.programme import read_programme
    from rmanalytics.run.manifest import file_digest

    folder = Path(programme)
    declared = read_programme(folder, tuple(TABLES))
    digests = {path.name: file_digest(path) for path in sorted(folder.glob("*.*"))}
    people = {"person_id": FakeColumn(["E0001", "E0002"])}
    bundle = types.SimpleNamespace(table=lambda _name: people, digests=digests, programme=declared)
    return types.SimpleNamespace(
        programme=declared, round=declared.round(round_id), bundle=bundle, results=FakeResults(), ledger=()
    )


def assemble(chapters, study):
    time.sleep(float(os.environ.get("FAKE_SECONDS", "0")))
    mark = os.environ.get("FAKE_MARK", "")
    return f"<!doctype html><title>{mark}</title>" + "".join(chapter.html for chapter in chapters)


def _module(name, **content):
    module = types.ModuleType(name)
    vars(module).update(content)
    sys.modules[name] = module
    return module


def install():
    _module("rmanalytics.evaluation", open_study=open_study)
    page = _module(
        "rmanalytics.report.page",
        figure_html=lambda figure: '<div class="chart"><script type="application/json">{}</script></div>',
        assemble=assemble,
        headline_of=lambda html: "A headline.",
        leadership_page=lambda released: f"<!doctype html><title>{os.environ.get('FAKE_MARK', '')}</title>",
        index_page=lambda entries, language: "<!doctype html>" + "".join(e["round"] for e in entries),
    )
    _module("rmanalytics.report", page=page)
    _module("rmanalytics.release.gate", released=lambda document, k: {})
    _module("rmanalytics.release", gate=sys.modules["rmanalytics.release.gate"])


def use_notebooks(folder):
    from rmanalytics import shipped

    shipped.notebooks = lambda: Path(folder)


def die_at_rename(number):
    """Kill this process just before its n-th renaming of a folder of reports."""
    rename, count = Path.rename, []

    def counting(self, target):
        count.append(1)
        if len(count) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return rename(self, target)

    Path.rename = counting


if os.environ.get("FAKE_ROOMS"):
    install()
    if os.environ.get("FAKE_NOTEBOOKS"):
        use_notebooks(os.environ["FAKE_NOTEBOOKS"])
    if os.environ.get("FAKE_KILL_AT_RENAME"):
        die_at_rename(int(os.environ["FAKE_KILL_AT_RENAME"]))
