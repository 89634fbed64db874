"""What ``falsify`` last said of a programme, kept in the state folder of its reports for the appendix of the next one.

Unit: one programme. Counts of imagined programmes by claim; nothing about a single person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rmanalytics.evaluation.falsify import Trial, vars_of

if TYPE_CHECKING:
    from rmanalytics.evaluation.study import Study
    from rmanalytics.intake.bundle import Bundle

NAME = "falsified.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTried:
    """The last run: its day, its trials by claim, and whether the data are still those that it was tried on.

    Parameters
    ----------
    on : date
    trials : tuple of Trial
    same_data : bool
    """

    on: date
    trials: tuple[Trial, ...]
    same_data: bool


def keep(trials: Sequence[Trial], bundle: Bundle, *, state: Path, on: date) -> bool:
    """Keep trials beside the reports; a claim that was not tried this time keeps its last one. Whether it was kept."""
    if not trials or not state.is_dir():
        return False
    earlier = read(state, bundle)
    known = {trial.claim: trial for trial in earlier.trials} if earlier is not None and earlier.same_data else {}
    known |= {trial.claim: trial for trial in trials}
    told = {"on": on.isoformat(), "data": _data(bundle), "trials": [vars_of(known[name]) for name in sorted(known)]}
    part = state / f".{NAME}.part"
    part.write_text(json.dumps(told, indent=1), encoding="utf-8")
    part.replace(state / NAME)
    return True


def read(state: Path, bundle: Bundle) -> LastTried | None:
    """What was kept; None where nothing is, or it cannot be read."""
    try:
        told = json.loads((state / NAME).read_text(encoding="utf-8"))
        trials = tuple(Trial(**trial) for trial in told["trials"])
        return LastTried(on=date.fromisoformat(told["on"]), trials=trials, same_data=told["data"] == _data(bundle))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def last_tried(study: Study) -> LastTried | None:
    """The last run on the programme of a study, where its reports folder keeps one."""
    return None if study.shelf is None else read(study.shelf.folder.parent, study.bundle)


def _data(bundle: Bundle) -> str:
    """Fingerprint of everything that was read."""
    return hashlib.sha256(repr(sorted(bundle.digests.items())).encode()).hexdigest()
