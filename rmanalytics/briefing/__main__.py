"""The process that renders the outside of a round: ``python -m rmanalytics.briefing RELEASED FOLDER``.

It opens one file of a programme, ``released.json``, and knows of no other. Writing is all it does beside.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rmanalytics.briefing.render import render
from rmanalytics.briefing.told import KINDS, read
from rmanalytics.errors import EXIT_DONE, RmError


def main(arguments: list[str] | None = None) -> int:
    """Render; what was written, a name a line, or the error on standard error."""
    parser = argparse.ArgumentParser(prog="python -m rmanalytics.briefing")
    parser.add_argument("released", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--index", default="")
    parser.add_argument("--template", type=Path)
    given = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        document = read(given.released)
        only = [kind for kind in given.only.split(",") if kind in KINDS]
        languages, listed = ([one for one in text.split(",") if one] for text in (given.languages, given.index))
        template = given.template.read_bytes() if given.template else b""
        for name, data in render(document, languages, only, listed, template):
            path = given.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            sys.stdout.write(f"{name}\n")
    except RmError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return EXIT_DONE


if __name__ == "__main__":
    sys.exit(main())
