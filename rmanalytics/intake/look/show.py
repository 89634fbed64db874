"""What `init` saw, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rmanalytics.intake.look.propose import Proposal
from rmanalytics.language.translator import translator


def told(made: Proposal) -> Iterator[str]:
    """What was seen and is unsure; no cell and no unknown header among it."""
    tr = translator(made.language)
    file, rows = tr("file"), tr("rows")
    width = max([len(file), *(len(one.name) for one in made.seen)]) + 2
    yield f"{file:<{width}}{rows:>7}  {tr('seems to be')}"
    for one in made.seen:
        seems = tr(one.trouble) if one.trouble else f"{one.seems or tr('not known')}: {tr(one.why)}"
        yield f"{one.name:<{width}}{tr.value(one.rows) if one.rows else '':>7}  {seems}"
    if made.unsure:
        yield "\n" + tr("To decide, as comments in {file} ({n}):", file="programme.toml", n=len(made.unsure))
        yield from (f"  {tr(line)}" for line in made.unsure)
