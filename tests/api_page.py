"""Writes ``docs/api.md`` from the docstrings: ``python tests/api_page.py``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rmanalytics as rm
from rmanalytics.api.study import ClaimAnswer, Found, Study
from rmanalytics.api.told import Told
from rmanalytics.measures import ANALYST
from rmanalytics.report.show import BLOCKS, Shown, maker

PAGE = Path(__file__).parents[1] / "docs" / "api.md"
CLASSES = (Study, ClaimAnswer, Found, Shown, Told)
HEAD = """# What `import rmanalytics as rm` offers

Written from the docstrings by `python tests/api_page.py`; a test holds the two together. Worked examples:
[my own subgroup](examples/own_subgroup.md), [my own scale](examples/own_scale.md),
[my own figure in a slide](examples/own_figure.md). `help(rm.open)` says the same in Python.
"""


def first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def entry(title: str, thing: Any) -> str:
    return f"### `{title}`\n\n```text\n{inspect.getdoc(thing)}\n```\n"


def members(kind: type) -> Iterator[tuple[str, Any]]:
    for name, member in vars(kind).items():
        if not name.startswith("_") and inspect.getdoc(member):
            yield name, member


def page() -> str:
    parts = [HEAD, "## Functions\n"]
    for name in rm.__all__:
        if name != "measures":
            function = getattr(rm, name)
            parts.append(entry(f"rm.{name}{inspect.signature(function)}", function))
    for kind in CLASSES:
        parts.append(f"## {kind.__name__}\n\n{first_line(kind)}\n")
        for name, member in members(kind):
            if inspect.isfunction(member):
                called = str(inspect.signature(member)).replace("(self, ", "(").replace("(self)", "()")
                parts.append(entry(f"{name}{called}", member))
            else:
                parts.append(f"* `{name}`: {first_line(member)}\n")
    rows = [
        f"| `rm.measures.{name}{inspect.signature(getattr(rm.measures, name))}` | {_use(name)} |" for name in ANALYST
    ]
    about = (
        "`rm.measures.ancova(table)` and the others take your own table. `help(rm.measures.ancova)` has columns, "
        "formula, source and an example."
    )
    parts.append(f"## Measures\n\n{about}\n\n| measure | use |\n|---|---|\n" + "\n".join(rows) + "\n")
    blocks = [f"| `study.show.{name}` | {first_line(maker(name))} |" for name in BLOCKS]
    parts.append("## Blocks of the report\n\n| block | shows |\n|---|---|\n" + "\n".join(blocks) + "\n")
    return "\n".join(parts)


def _use(name: str) -> str:
    return first_line(getattr(rm.measures, name)).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
