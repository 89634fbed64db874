"""What ships beside the package: the notebooks of the report, and the example programme.

In a checkout (and an editable installation) both lie beside the package; elsewhere where the installer put them, which
its own list of files says.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from rmanalytics.errors import NOTHING_PUBLISHED, RunError

_CHECKOUT = Path(__file__).resolve().parents[1]


def example() -> Path:
    """Folder of the example programme: two rounds of a simulated company, small, whose figures mean nothing.

    Raises
    ------
    RunError
        RM-X-004 where it was not installed.

    Examples
    --------
    >>> (example() / "programme.toml").is_file()
    True
    """
    return _folder("example", _CHECKOUT / "data" / "example_small", "programme.toml")


def notebooks() -> Path:
    """Folder of the notebooks.

    Raises
    ------
    RunError
        RM-X-004 where they were not installed.
    """
    return _folder("notebooks", _CHECKOUT / "notebooks", "00_start.ipynb")


def _folder(name: str, beside: Path, first: str) -> Path:
    if (beside / first).is_file():
        return beside
    wanted = ("share", "rmanalytics", name, first)
    for file in metadata.files("rmanalytics") or ():
        path = Path(str(file.locate()))
        if file.parts[-4:] == wanted and path.is_file():
            return path.resolve().parent
    remedy = f"Fix: install rmanalytics again. {NOTHING_PUBLISHED}"
    raise RunError("RM-X-004", f"the {name} of rmanalytics are not installed. {remedy}")
