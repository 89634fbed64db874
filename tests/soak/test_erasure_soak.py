"""Erasure from a programme of three rounds as it is used: reports, runs that failed and were killed, a notebook.

Unit: one person. Two programmes: a simulated one with lots, and one of real people under pseudonyms with events in
Parquet. The second look is by other means than the program's own; the figures are held against a programme that never
had the person.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from run.test_erase import by_hand, tree

import rmanalytics as rm
from rmanalytics import shipped
from rmanalytics.__main__ import main
from rmanalytics.inspect.receipts import findings
from rmanalytics.intake.bundle import read_bundle
from rmanalytics.programme.keys import key_folder
from rmanalytics.run import use
from rmanalytics.run.identify import identify

ROUNDS = ("2025H1", "2025H2", "2026H1")
WAVES = ("2024-12-31", "2025-06-30", "2025-12-31", "2026-06-30")
EVENTS = f"""
[network.events]
files = "events.parquet"
waves = [{", ".join(WAVES)}]
"""
CALLED = """
import sys
from pathlib import Path
from rmanalytics import shipped
folder = Path(sys.argv.pop(1))
shipped.notebooks = lambda: folder
from rmanalytics.__main__ import main
sys.exit(main())
"""
"""The command line with the notebooks of a folder of one's own."""
SHOWN = 'study.tables["people"].query("person_id == \'{}\'").to_dict("records")'


class World:
    """A programme with all that lies around it; ``names`` are all names of the person who is to be erased."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder, self.programme, self.reports = folder, folder / "programme", folder / "reports"
        self.notebooks = Path(shutil.copytree(shipped.notebooks(), folder / "notebooks"))
        rm.simulate(self.programme, seed=3, rounds=3, tandems=5, employees=70, draw=kind == "lots")
        (self.programme / "truth.json").unlink()
        declared = self.programme / "programme.toml"
        text = declared.read_text(encoding="utf-8") + "\n[erasure]\nrewrite = true\n"
        if kind == "pseudonyms":
            self._as_real(text)
        else:
            declared.write_text(text, encoding="utf-8")
        self.id = _often(self.programme)
        self.names = {self.id}
        self.inside = self.id
        self.other = Path(shutil.copytree(self.programme, folder / "never" / "programme"))
        by_hand(self.other, self.id)
        if kind == "pseudonyms":
            _without(self.other / "events.parquet", self.id)
            met: dict[str, str] = {}
            read_bundle(self.programme, met=met)
            self.inside = next(one for one, known in met.items() if known == self.id)
            self.names.add(self.inside)

    def _as_real(self, text: str) -> None:
        """Real people: no receipts of a simulation, pseudonyms, events in Parquet in place of ties."""
        shutil.rmtree(self.programme / "receipts")
        text = text.replace('id = "simulated"\nsimulated = true', 'id = "erasing"') + '\n[pseudonyms]\nids = "keyed"\n'
        text = re.sub(r"ties = \[.*?\]\n", "", text, flags=re.DOTALL).replace('tie_kind = "advice"\n', "") + EVENTS
        (self.programme / "programme.toml").write_text(text, encoding="utf-8")
        files = [self.programme / f"ties_{day}.csv" for day in WAVES]
        ties = pd.concat([pd.read_csv(path) for path in files])
        events = ties[["source_id", "target_id"]].assign(at=pd.to_datetime(ties["wave_date"]))
        events.to_parquet(self.programme / "events.parquet", compression="zstd")
        for path in files:
            path.unlink()

    def call(
        self, *words: str, notebooks: Path | None = None, home: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The command line in a process of its own."""
        command = [sys.executable, "-c", CALLED, str(notebooks or self.notebooks), *words]
        env = os.environ | {"HOME": str(home or Path.home())}
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.folder, env=env, timeout=1800
        )

    def killed(self) -> None:
        """A run that the system killed as soon as its worker had begun."""
        command = [sys.executable, "-c", CALLED, str(self.notebooks), "report", "programme", "--round", ROUNDS[0]]
        run = subprocess.Popen(command, cwd=self.folder, stderr=subprocess.DEVNULL, start_new_session=True)
        while run.poll() is None and not list(self.reports.glob(".state/scratch-*/*")):
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL

    def failed(self) -> None:
        """A run that failed in a chapter of the analyst's own, with the person's row in its message."""
        own = Path(shutil.copytree(self.notebooks, self.folder / "own"))
        chapter = own / "04_retention.ipynb"
        node = nbformat.read(chapter, as_version=4)
        node.cells.append(nbformat.v4.new_code_cell(f"raise ValueError({SHOWN.format(self.inside)})"))
        nbformat.write(node, chapter)
        done = self.call("report", "programme", "--round", ROUNDS[1], notebooks=own)
        assert done.returncode == 4, done.stderr
        assert not any(name in done.stdout + done.stderr for name in self.names)
        shutil.rmtree(own)

    def by_hand(self) -> None:
        """A notebook run by hand, as JupyterLab leaves it: with outputs, a checkpoint, and a table that was saved."""
        opened = f'import rmanalytics as rm\nstudy = rm.open("{self.programme}", "{ROUNDS[2]}")'
        saved = f'study.tables["people"].to_parquet("{self.notebooks}/mine.parquet", compression="gzip")'
        node = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in (
            opened, SHOWN.format(self.inside), saved)])  # fmt: skip
        NotebookClient(node, timeout=600, kernel_name="python3").execute(cwd=str(self.notebooks))
        path = self.notebooks / "mine.ipynb"
        nbformat.write(node, path)
        checkpoint = self.notebooks / ".ipynb_checkpoints" / "mine-checkpoint.ipynb"
        checkpoint.parent.mkdir()
        shutil.copy(path, checkpoint)

    def found(self) -> set[str]:
        """Files, below everything that the programme and its analyst wrote, in which a name of the person stands."""
        roots = (self.programme, self.reports, self.notebooks, key_folder("erasing").parent)
        paths = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
        wanted = re.compile("|".join(rf"(?<![^\W_]){re.escape(one)}(?![^\W_])" for one in self.names), re.IGNORECASE)
        return {
            path.relative_to(self.folder).as_posix()
            for path in paths
            if wanted.search(path.name) or any(wanted.search(text) for text in texts(path.read_bytes()))
        }


def texts(data: bytes) -> Iterator[str]:
    """What a file says, as it lies there and unpacked."""
    yield data.decode("utf-8", "replace")
    if data.startswith(b"\x1f\x8b"):
        yield from texts(gzip.decompress(data))
    if data.startswith(b"PAR1"):
        yield pd.read_parquet(io.BytesIO(data)).to_csv()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield from texts(packed.read(name))


def _often(programme: Path) -> str:
    """A senior in a tandem of the last round, with answers in it, and the most rows of all such."""
    tandems, answers = pd.read_csv(programme / "tandems.csv"), pd.read_csv(programme / f"answers_{ROUNDS[2]}.csv")
    here = set(tandems.loc[tandems["round_id"] == ROUNDS[2], "mentee_id"]) & set(answers["person_id"])
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(programme.glob("*.csv")))
    return max(sorted(here), key=text.count)


def _without(events: Path, person: str) -> None:
    """The company exports its events again, without somebody."""
    table = pd.read_parquet(events)
    table[~(table[["source_id", "target_id"]] == person).any(axis=1)].to_parquet(events, compression="zstd")


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["lots", "pseudonyms"])
def test_nothing_is_found_afterwards_and_nobody_else_changes(tmp_path, monkeypatch, capsys, kind: str) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("RMANALYTICS_BROWSER", "")
    world = World(tmp_path, kind)
    monkeypatch.setattr(shipped, "notebooks", lambda: world.notebooks)
    if kind == "pseudonyms":
        for one in ROUNDS:
            assert main(["declare", str(world.programme), "--round", one]) == 0, capsys.readouterr()
        identify(world.programme, [world.inside], terminal=True)
    done = world.call("due", "programme")
    assert done.returncode == 0, done.stderr
    world.killed()
    world.failed()
    world.by_hand()

    outside = tree(world.reports / "outside") | tree(world.reports / "inside" / "released")
    public = {name: one for name, one in tree(world.programme / "receipts").items() if not name.startswith("private/")}
    assert {f"{one}/released.json" for one in ROUNDS} <= set(outside)
    exports = [f"programme/{name}.csv" for name in ("people", "positions", "tandems", f"answers_{ROUNDS[2]}")]
    logs = ["reports/.state/last_error.log"]
    desk = ["notebooks/mine.ipynb", "notebooks/.ipynb_checkpoints/mine-checkpoint.ipynb", "notebooks/mine.parquet"]
    lots = [f"programme/receipts/private/{ROUNDS[2]}-list-1.json"]
    keyed = ["home/.config/rmanalytics/erasing/identify.log", "programme/events.parquet"]
    assert {*exports, *logs, *desk, *(lots if kind == "lots" else keyed)} <= world.found()
    assert len(list((world.reports / ".state" / "evaluations").iterdir())) == len(ROUNDS)

    command = ["erase", str(world.programme), "--person", world.id, "--reports", str(world.reports), "--yes"]
    capsys.readouterr()
    assert main(command) == 1  # a table that somebody saved, and an export that no program may rewrite
    said = capsys.readouterr().out
    assert not any(name in said for name in world.names)
    left = {"notebooks/mine.parquet", *(["programme/events.parquet"] if kind == "pseudonyms" else [])}
    assert world.found() == left
    assert all(Path(name).name in said for name in left)
    (world.notebooks / "mine.parquet").unlink()
    if kind == "pseudonyms":
        _without(world.programme / "events.parquet", world.id)
    assert main(command) == 0
    assert world.found() == set()

    done = world.call("due", "programme")
    assert done.returncode == 0, done.stderr
    assert not any(name in done.stdout + done.stderr for name in world.names)
    assert world.found() == set()
    assert tree(world.reports / "outside") | tree(world.reports / "inside" / "released") == outside
    now = tree(world.programme / "receipts")
    assert {name: now[name] for name in public} == public
    assert findings(world.programme) == []
    assert use.broken(read_bundle(world.programme).programme) == []

    elsewhere = tmp_path / "never" / "home"
    shutil.copytree(home, elsewhere, ignore=shutil.ignore_patterns("erased.json", "erasure*"))
    shutil.rmtree(world.other / "receipts", ignore_errors=True)
    shutil.copytree(world.programme / "receipts", world.other / "receipts")
    done = world.call("due", str(world.other), "--reports", str(tmp_path / "never" / "reports"), home=elsewhere)
    assert done.returncode == 0, done.stderr
    for one in ROUNDS:
        mine, never = (folder / "inside" / one for folder in (world.reports, tmp_path / "never" / "reports"))
        assert (mine / "results.csv").read_bytes() == (never / "results.csv").read_bytes()
        ledgers = [
            json.loads((folder / "results.json").read_text(encoding="utf-8"))["ledger"] for folder in (mine, never)
        ]
        assert ledgers[0] == ledgers[1]
        assert "people who were erased: 1" in (mine / "report.html").read_text(encoding="utf-8")
