"""The register of every place that is written: what lies there, for how long, and whether it tells of people.

Whoever erases a person's data, looks for what grows, or moves a reports folder reads this list; a test holds that no
run writes anywhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from rmanalytics.programme.declaration import ROUND_ID
from rmanalytics.programme.programme import Programme
from rmanalytics.run.publish import FILES

Holds = Literal["figures", "ids", "nothing about people"]
Root = Literal["reports", "programme", "keys", "notebooks", "temporary"]
Erasing = Literal["removed", "rewritten", "stays"]
PUBLISHED = ("outside/", "inside/released/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """One place below the reports folder, the programme's, that of its keys, of the notebooks, or of temporary files.

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
    shared : bool
        Whether a file there tells of several people, and is rewritten where one of them is erased.
    """

    place: str
    what: str
    holds: Holds
    kept: str
    root: Root = "reports"
    shared: bool = False

    @property
    def erasing(self) -> Erasing:
        """What becomes of a file in which somebody is found who is erased. What was published stays."""
        if self.holds == NOBODY or self.place.startswith(PUBLISHED):
            return "stays"
        return "rewritten" if self.shared else "removed"

    def covers(self, path: str) -> bool:
        """Whether a path below its root belongs to this store."""
        pattern = re.escape(self.place).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
        return re.fullmatch(pattern.replace("<round>", ROUND_ID.pattern), path) is not None


NOBODY: Final = "nothing about people"
SHORT, ANEW, ALWAYS, GIVEN = "within a run", "until made anew", "always", "until somebody deletes it"
OVER: Final = "until the round is over, and the next run"
RUNS: Final = "until the round is over, and the next call of due"


def _of(root: Root, *stores: tuple[str, str, Holds, str]) -> tuple[Store, ...]:
    """Stores of one root: place, what lies there, what it says of people, how long it is kept."""
    return tuple(Store(root=root, place=p, what=w, holds=h, kept=k, shared=p in SHARED) for p, w, h, k in stores)


SHARED = ("receipts/private/*.json", "receipts/private/*.csv", "*.ipynb", "**/*.ipynb", "identify.log")
_NOTEBOOKS: tuple[tuple[str, str, Holds, str], ...] = (
    (".ipynb_checkpoints/**", "checkpoint of a notebook", "ids", "until cleared"),
    ("**/.ipynb_checkpoints/**", "checkpoint of a notebook", "ids", "until cleared"),
    ("*.ipynb", "notebook run by hand, with outputs", "ids", "until cleared"),
    ("**/*.ipynb", "notebook run by hand, with outputs", "ids", "until cleared"),
)
STORES = (
    Store(place="inside", what="folder of the analyst's room", holds=NOBODY, kept=ALWAYS),
    Store(place="inside/<round>", what="the folder of a round's report", holds=NOBODY, kept=ALWAYS),
    *(Store(place=f"inside/<round>/{n}", what="a round's report", holds="figures", kept=ANEW) for n in FILES),
    Store(place="inside/index.html", what="the list of reports", holds="figures", kept="until the list changes"),
    Store(place="inside/<round>.failed.json", what="note on a failed round", holds=NOBODY, kept="until a success"),
    Store(place="inside/.staging-<round>-*", what="folder of a report that is made", holds=NOBODY, kept=SHORT),
    Store(place="inside/.staging-<round>-*/*", what="a report while it is made", holds="figures", kept=SHORT),
    Store(place="inside/.old-<round>", what="folder of the former report", holds=NOBODY, kept=SHORT),
    Store(place="inside/.old-<round>/*", what="the former report while it is replaced", holds="figures", kept=SHORT),
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
    Store(place="outside/interim", what="folder of a round in its middle", holds=NOBODY, kept=RUNS),
    Store(place="outside/interim/**", what="what it has planned", holds=NOBODY, kept=RUNS),
    Store(place="outside/.staging-outside-*", what="folder of a briefing", holds=NOBODY, kept=SHORT),
    Store(place="outside/.staging-outside-*/**", what="a briefing in the making", holds="figures", kept=SHORT),
    Store(place="outside/.*.part", what="a file while it is written", holds="figures", kept=SHORT),
    Store(place=".state", what="folder of the run's own files", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/lock", what="the lock", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/key", what="the key of the digests", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/reserve", what="room for a note on a full disk", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/history.jsonl", what="a line a run, only added to", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/falsified.json", what="what falsify last said", holds="figures", kept="until tried anew"),
    Store(place=".state/.falsified.json.part", what="that, while it is written", holds="figures", kept=SHORT),
    Store(place=".state/evaluations", what="folder of kept evaluations", holds=NOBODY, kept=ALWAYS),
    Store(place=".state/evaluations/<round>.json", what="a round's evaluation", holds="ids", kept="until made anew"),
    Store(place=".state/evaluations/.*.part", what="an evaluation while it is written", holds="ids", kept=SHORT),
    Store(place=".state/last_error.log", what="trace of the last internal error", holds="ids", kept="until the next"),
    Store(place=".state/worker.log", what="last words of a worker", holds="ids", kept="until the next run"),
    Store(place=".state/scratch-*", what="a worker's scratch folder", holds="ids", kept=SHORT),
    Store(place=".state/scratch-*/**", what="a worker's scratch", holds="ids", kept=SHORT),
    *_of(
        "programme",
        ("log-of-use.jsonl", "a line a use", NOBODY, ALWAYS),
        (".log-of-use.lock", "the lock of that log", NOBODY, ALWAYS),
        ("erased.json", "digests of people who were erased", NOBODY, ALWAYS),
        (".erased.json.part", "the same while it is written", NOBODY, SHORT),
        ("receipts/*.*", "public half of a receipt, its sheet", NOBODY, ALWAYS),
        ("receipts/private/*.json", "private half of a receipt", "ids", ALWAYS),
        ("receipts/private/*-proposal.csv", "proposed tandems", "ids", OVER),
        ("receipts/private/*-pairs.html", "proposed tandems", "ids", OVER),
        ("receipts/private/*.csv", "list handed out", "ids", GIVEN),
        *_NOTEBOOKS,
    ),
    *_of(
        "notebooks",
        (".choice.json", "programme, round, side, scale and subgroup that were chosen", NOBODY, "until others are"),
        (".choice.json.part", "the same while it is written", NOBODY, SHORT),
        *_NOTEBOOKS,
    ),
    *_of("temporary", ("rmanalytics-*/**", "events spilt by a run", "ids", SHORT)),
    *_of(
        "keys",
        ("*.key", "keys of pseudonyms, receipts, blur and erasure", NOBODY, ALWAYS),
        ("*.key.*", "a key while it is written", NOBODY, SHORT),
        ("identify.log", "a line a question who somebody is", "ids", ALWAYS),
        ("log-of-use-*.anchor", "the last line of the log of use", NOBODY, ALWAYS),
        ("log-of-use-*.anchor.*", "the same while it is written", NOBODY, SHORT),
        ("erased.json", "digests of people who were erased", NOBODY, ALWAYS),
        (".erased.json.part", "the same while it is written", NOBODY, SHORT),
        ("erasure-open.json", "whom an erasure is about that has begun", "ids", "until it is finished"),
        (".erasure-open.json.part", "the same while it is written", "ids", SHORT),
    ),
)
"""Nothing else is written by a run. Spark and DuckDB spill events into the system's folder for temporary files within a
run (``rmanalytics-*``); `simulate` writes the folder that it is
given; numba keeps what it compiles beside itself."""


def store_of(path: str, root: Root = "reports") -> Store | None:
    """The store that a path below one of the roots belongs to; None for a path that no run may write."""
    return next((store for store in STORES if store.root == root and store.covers(path)), None)


def forget(programme: Programme) -> None:
    """Delete what nobody needs when its round is over: proposed tandems with their points."""
    for one in programme.rounds:
        for store in STORES if one.end < programme.today() else ():
            if store.kept == OVER:
                (programme.folder / store.place.replace("*", one.id)).unlink(missing_ok=True)
