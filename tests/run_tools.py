"""A tiny programme, tiny notebooks and a way to call the command line with stand-ins for the other rooms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
FAKES = Path(__file__).with_name("fake_rooms")
TOML = """\
[programme]
name = "{name}"
company = "Invented Ltd"
data_until = 2025-12-31
language = "{language}"

[[rounds]]
id = "2025H1"
start = 2025-01-01
end = 2025-06-30

[[rounds]]
id = "2025H2"
start = 2025-07-01
end = 2025-12-31

[[rounds]]
id = "2099H1"
start = 2099-01-01
end = 2099-06-30
"""
PARAMETERS = 'programme = "data/example"\nround_id = "2025H1"'


def write_programme(folder: Path, *, name: str = "Invented", language: str = "en") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "programme.toml").write_text(TOML.format(name=name, language=language), encoding="utf-8")
    (folder / "people.csv").write_text("person_id,birth_year,hire_date\nE0001,1990,2020-01-01\n", encoding="utf-8")
    return folder


def write_notebook(path: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    """A notebook of a title, the parameters cell and code cells; a cell that starts with ``#`` is markdown."""
    node = nbformat.v4.new_notebook()
    node.cells.append(nbformat.v4.new_markdown_cell("# Title\n\nA paragraph."))
    node.cells.append(nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    for cell in cells:
        new = nbformat.v4.new_markdown_cell if cell.startswith("#") else nbformat.v4.new_code_cell
        node.cells.append(new(cell))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(node), encoding="utf-8")
    return path


def notebook_with(person: str) -> str:
    """A notebook as it is left after somebody ran it by hand."""
    output = {"output_type": "stream", "name": "stdout", "text": [f"row 7  {person}\n"]}
    cell = {"cell_type": "code", "metadata": {}, "source": [f'people["{person}"]'], "execution_count": 1}
    return json.dumps({"cells": [cell | {"outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def write_notebooks(folder: Path) -> Path:
    """A full set of chapters that show one figure each."""
    from rmanalytics.run.cells import ORDER

    show = "from IPython.display import display\ndisplay({'application/vnd.plotly.v1+json': {}}, raw=True)"
    for name in ORDER:
        write_notebook(folder / f"{name}.ipynb", show)
    return folder


def environment(notebooks: Path, **fakes: str) -> dict[str, str]:
    """Environment of a child that uses the stand-ins; the keywords say how they behave."""
    given = {
        "RMANALYTICS_BROWSER": "",
        "FAKE_ROOMS": "1",
        "FAKE_NOTEBOOKS": str(notebooks),
        "PYTHONPATH": f"{FAKES}{os.pathsep}{ROOT}",
    }
    return os.environ | given | {f"FAKE_{name.upper()}": value for name, value in fakes.items()}


def call(
    *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """The command line as a user calls it."""
    return subprocess.run(
        [sys.executable, "-m", "rmanalytics", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=env or os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=cwd,
        timeout=600,
        check=False,
    )
