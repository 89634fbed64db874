"""A desk as an analyst has it: notebooks, and a programme that is not the example, with subgroups of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import rmanalytics as rm

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
DECLARED = """
[[subgroups]]
name = "All of them"
where = { gender = "x" }

[[subgroups]]
name = "Too few"
where = { gender = "y" }
"""


def laid(folder: Path) -> Path:
    """Lay notebooks and the programme out in a folder; the programme's own one."""
    acme = folder / "data" / "acme"
    shutil.copytree(rm.example(), acme)
    shutil.copytree(NOTEBOOKS, folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    told = (acme / "programme.toml").read_text(encoding="utf-8")
    renamed = told.replace('name = "Reverse mentoring (simulated)"', 'name = "Acme mentoring"')
    assert renamed != told
    (acme / "programme.toml").write_text(renamed + DECLARED, encoding="utf-8")
    head, *rows = (acme / "people.csv").read_text(encoding="utf-8").splitlines()
    (acme / "people.csv").write_text("\n".join([f"{head},Gender", *(f"{row},x" for row in rows)]) + "\n", "utf-8")
    return acme
