"""The register of every place that is written: what lies there, for how long, and whether it tells of people.

Whoever erases a person's data, looks for what grows, or moves a reports folder reads this list; a test holds that no
run writes anywhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from rmanalytics.programme.declaration import ROUND_ID
from rmanalytics.run.publish import FILES

Holds = Literal["figures", "ids", "nothing about people"]
Root = Literal["reports", "programme", "keys"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One place below the reports folder, the programme's folder, or the folder of the programme's keys.

    Parameters
    ----------
    place : str
        Its path there; ``<round>`` stands for a round's id, ``*`` for a part of a name, ``**`` for anything below.
    what : str
        What lies there.
    holds : str
        What it says about people: their ``figures`` (of groups), possibly ``ids`` or cells, or nothing.
    kept : str
        How long it stays.
    root : str
        The folder that the path begins in.
    """

    place: str
    what: str
    holds: Holds
    kept: str
    root: Root = "reports"

    def covers(self, path: str) -> bool:
        """Whether a path below its root belongs to this store."""
        pattern = re.escape(self.place).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
        return re.fullmatch(pattern.replace("<round>", ROUND_ID.pattern), path) is not None


NOBODY: Final = "nothing about people"
SHORT, ANEW, ALWAYS = "within a run", "until made anew", "always"
STORES = (
    Store(place="inside", what="folder of the analyst's room", holds=NOBODY, kept=ALWAYS),
    Store(place="inside/<round>", what="the folder of a round's report", holds=NOBODY, kept=ALWAYS),
    *(Store(place=f"inside/<round>/{n}", what="a round's report", holds="figures", kept=ANEW) for n in FILES),
    Store(place="inside/index.html", what="the list of reports", holds="figures", kept="until the list changes"),
    Store(place="inside/<round>.failed.json", what="note on a failed round", holds=NOBODY, kept="until a success"),
    Store(place="inside/.staging-<round>-*", what="folder of a report that is made", holds=NOBODY, kept=SHORT),
    Store(place="inside/.staging-<round>-*/*", what="a report while it is made", holds="figures", kept=SHORT),
    Store(place="inside/.old-<round>", what="the former report while it is replaced", holds="figures", kept=SHORT),
    Store(place="inside/releases.jsonl", what="a line a release, only added to", holds=NOBODY, kept=ALWAYS),
    Store(place="inside/released", what="folder of the copies of releases", holds=NOBODY, kept=ALWAYS),
    Store(place="inside/released/<round>", what="copy of a release", holds=NOBODY, kept=ALWAYS),
    Store(place="inside/released/<round>/*", what="copy of a release, its sums", holds="figures", kept=ALWAYS),
    Store(place="inside/released/.pending-<round>", what="a copy while it is written", holds=NOBODY, kept=SHORT),
    Store(place="inside/released/.pending-<round>/*", what="a copy while it is written", holds="figures", kept=SHORT),
    Store(place="inside/.*.part", what="a file while it is written", holds="figures", kept=SHORT),
    Store(place="outside", what="folder of what is for everybody", holds=NOBODY, kept=ALWAYS),
    Store(place="outside/sentences.jsonl", what="sentences told, only added to", holds="figures", kept=ALWAYS),
    Store(place="outside/index.html", what="the list of releases", holds=NOBODY, kept=ANEW),
    Store(place="outside/<round>", what="folder of a round's release", holds=NOBODY, kept=ALWAYS),
    Store(place="outside/<round>/**", what="a round's release and briefing", holds="figures", kept=ALWAYS),
    Store(place="outside/.staging-outside-<round>", what="folder of a briefing", holds=NOBODY, kept=SHORT),
    Store(place="outside/.staging-outside-<round>/**", what="a briefing in the making", holds="figures", kept=SHORT),
    Store(place="outside/.*.part", what="a file while it is written", holds="figures", kept=SHORT),
    Store(place=".state", what="folder of the run's own files", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/lock", what="the lock", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/key", what="the key of the digests", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/reserve", what="room for a note on a full disk", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/history.jsonl", what="a line a run, only added to", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/evaluations", what="folder of kept evaluations", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/evaluations/<round>.json", what="a round's evaluation", holds="ids", kept="until made anew"),
    Store(place=".state/evaluations/.*.part", what="an evaluation while it is written", holds="ids", kept=SHORT),
    Store(place=".state/last_error.log", what="trace of the last internal error", holds="ids", kept="until the next"),
    Store(place=".state/worker.log", what="last words of a worker", holds="ids", kept="until the next run"),
    Store(place=".state/scratch-*", what="a worker's scratch folder", holds="ids", kept=SHORT),
    Store(place=".state/scratch-*/**", what="a worker's scratch", holds="ids", kept=SHORT),
    Store(root="programme", place="log-of-use.jsonl", what="a line a use", holds=NOBODY, kept=ALWAYS),
    Store(root="programme", place=".log-of-use.lock", what="the lock of that log", holds=NOBODY, kept=ALWAYS),
    Store(root="keys", place="*.key", what="keys of pseudonyms, receipts and blur", holds=NOBODY, kept=ALWAYS),
    Store(root="keys", place="*.key.*", what="a key while it is written", holds=NOBODY, kept=SHORT),
    Store(root="keys", place="identify.log", what="a line a question who somebody is", holds="ids", kept=ALWAYS),
    Store(root="keys", place="log-of-use-*.anchor", what="the log's last line", holds=NOBODY, kept=ALWAYS),
    Store(root="keys", place="log-of-use-*.anchor.*", what="the same while it is written", holds=NOBODY, kept=SHORT),
)
"""Nothing else is written by a run. Spark and DuckDB spill events into the system's folder for temporary files within a
run (``rmanalytics-*``); `simulate` writes the folder that it is
given; numba keeps what it compiles beside itself."""


def store_of(path: str, root: Root = "reports") -> Store | None:
    """The store that a path below one of the roots belongs to; None for a path that no run may write."""
    return next((store for store in STORES if store.root == root and store.covers(path)), None)
