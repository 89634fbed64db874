"""What an analyst chose in ``00_start``: programme, round, side, scale and subgroup, remembered beside the notebooks.

Unit: one folder of notebooks.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rmanalytics.api.chooser import Chooser
    from rmanalytics.api.study import Study

FILE = ".choice.json"
"""In the folder of the notebooks, the kernel's own; git does not see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen; an empty text stands for what comes by itself.

    Parameters
    ----------
    programme : str
        Folder; the example programme where empty.
    round_id : str
        The last closed round where empty.
    side : str
        ``mentee`` or ``mentor``; both where empty.
    scale : str
        The scale that the chapters on the survey put first; the primary outcome where empty.
    subgroup : str
        Name of a declared subgroup; everybody where empty.
    """

    programme: str = ""
    round_id: str = ""
    side: str = ""
    scale: str = ""
    subgroup: str = ""

    @property
    def folder(self) -> Path:
        """The programme's folder; the larger example of a checkout, else the shipped one, where none was chosen."""
        from rmanalytics.api.making import example

        beside = Path("..", "data", "example")
        return Path(self.programme) if self.programme else beside if beside.is_dir() else example()

    def open(self) -> Study:
        """The study that was chosen."""
        from rmanalytics.api.questions import open as open_round

        study = open_round(self.folder, self.round_id or None)
        study = study.seen_from(side=self.side, scale=self.scale)
        return study.subgroup(self.subgroup) if self.subgroup else study


def remembered() -> Choice:
    """What was chosen last in this folder; nothing where nothing was, or where the file is damaged."""
    names = {field.name for field in fields(Choice)}
    with suppress(OSError, ValueError, AttributeError):
        found = json.loads(Path(FILE).read_text(encoding="utf-8"))
        return Choice(**{name: value for name, value in found.items() if name in names and isinstance(value, str)})
    return Choice()


def remember(choice: Choice) -> None:
    """Remember a choice for the notebooks of this folder, as a whole or not at all."""
    part = Path(f"{FILE}.part")
    part.write_text(json.dumps(asdict(choice), indent=1) + "\n", encoding="utf-8")
    part.replace(FILE)


def wanted(programme: str | Path, round_id: str) -> Choice:
    """What is given, as by papermill, with nothing of what was chosen; where no programme is given, what was chosen."""
    if programme:
        return Choice(programme=str(programme), round_id=round_id)
    return replace(remembered(), **({"round_id": round_id} if round_id else {}))


def chosen(programme: str | Path = "", round_id: str = "") -> Study:
    """The round that was chosen in ``00_start``; a programme that is given, as by papermill, wins over all of that.

    Parameters
    ----------
    programme : str or Path
        Folder. Where empty, what was chosen holds: programme, round, side, scale and subgroup; where nothing was
        chosen, the example programme.
    round_id : str
        Where empty, the chosen one, else the last closed one.

    Returns
    -------
    Study
        As `open` gives it.

    Raises
    ------
    InputError, UnknownNameError, SubgroupError
        As `open`, `Study.seen_from` and `Study.subgroup`.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.chosen(rm.example(), "2026H1").round
    '2026H1'
    """
    from rmanalytics.report.lab import begin

    choice = wanted(programme, round_id)
    study = choice.open()
    begin(study.heading)
    return study


def choose(programme: str | Path = "", round_id: str = "") -> Chooser:
    """The place to choose programme, round, side, scale and subgroup, for all notebooks of this folder.

    Parameters
    ----------
    programme, round_id
        As in `chosen`: what is chosen first.

    Returns
    -------
    Chooser
        Displays itself as menus in JupyterLab (extra ``lab``); elsewhere it says what is chosen.

    Raises
    ------
    InputError
        RM-E-006 for a round that is not declared.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.choose(rm.example(), "2026H1").choice.round_id
    '2026H1'
    """
    from rmanalytics.api.chooser import Chooser, declared

    choice = wanted(programme, round_id)
    if round_id:
        declared(choice).round(round_id)
    return Chooser(choice)
