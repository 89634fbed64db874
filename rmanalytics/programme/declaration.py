"""The keys of ``programme.toml``: their types, and what a value must look like by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from rmanalytics.language.translator import LANGUAGES, filled, key
from rmanalytics.programme.leadership import LEADERSHIP
from rmanalytics.programme.linkage import LINKAGE
from rmanalytics.programme.lots import DRAW, PAIRING
from rmanalytics.programme.notify import NOTIFY
from rmanalytics.programme.sources import SOURCE_KEYS
from rmanalytics.programme.strict_toml import Block, Key
from rmanalytics.programme.subgroups import SUBGROUPS
from rmanalytics.results import SIDES

ROUND_ID = re.compile(r"[0-9]{4}H[12]")
LEAST_K = 5
SCHEMA = 1
"""The form of ``programme.toml`` and of ``results.json`` that this version writes; a file without it is older."""
DUCKDB, SPARK = "duckdb", "spark"
DIRECTED, UNDIRECTED = "directed", "undirected"
HALF_YEAR_DAYS = 181
"""Days from 1 January to 30 June: the longest window of half-yearly waves that never overlap."""
_OUTCOME_CLAIM = re.compile(r"[MJTC][1-9]")
_CLAIM = re.compile(r"[PTMJC][1-9]")
CLAIM_IDS = tuple(
    f"{group}{n}" for group, most in zip("PTMJC", (8, 4, 8, 9, 9), strict=True) for n in range(1, most + 1)
)
"""The ids of the claims in their order."""
_SPARK = re.compile(
    r"local(\[([0-9]+|\*)\])?|spark://[\w.\-]+:[0-9]{1,5}(,[\w.\-]+:[0-9]{1,5})*|yarn|k8s://https://[\w.:/\-]+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """How collaboration events become ties.

    Parameters
    ----------
    files : tuple of str
        Parquet files, or folders of them, inside the programme's folder.
    waves : tuple of date
        Days of the waves, in order of time.
    days : int
        Length of each wave's window, which ends with the wave's day.
    kind : str
        Kind of the ties that the events become.
    kinds : tuple of str
        Kinds of events that are counted; empty for all.
    direction : str
        ``directed`` (who turns to whom) or ``undirected``, where a tie stands in both directions.
    least_events : int
        Fewest events of a pair within a window that make a tie.
    most_recipients : int or None
        An event that reaches more people than that is a mailing list and is left out; None keeps all.
    outsiders : bool
        Whether the events may name people outside of *people*, such as customers.
    engine, spark : str
        ``duckdb`` or ``spark``, and the address of the Spark that is used.
    memory_mb : int
        Memory for the counting on this machine; DuckDB gets it less 300 MB (less 30% where that is less) and writes to
        disk beyond that.
    threads : int or None
        Most threads of DuckDB; None for as many as there are processors.
    """

    files: tuple[str, ...]
    waves: tuple[date, ...]
    days: int = HALF_YEAR_DAYS
    kind: str = "collaboration"
    kinds: tuple[str, ...] = ()
    direction: str = UNDIRECTED
    least_events: int = 1
    most_recipients: int | None = None
    outsiders: bool = False
    engine: str = DUCKDB
    spark: str = ""
    memory_mb: int = 1000
    threads: int | None = None

    @property
    def windows(self) -> tuple[tuple[date, date, date], ...]:
        """For each wave its day, the first day of its window, and the day after the last one.

        Examples
        --------
        >>> [str(day) for day in Events(files=("e",), waves=(date(2026, 6, 30),)).windows[0]]
        ['2026-06-30', '2026-01-01', '2026-07-01']
        """
        after = timedelta(days=1)
        return tuple((day, day + after - timedelta(days=self.days), day + after) for day in self.waves)


def events_of(data: Mapping[str, Any]) -> Events | None:
    """The events that ``[network.events]`` declares; None where it is absent."""
    if not data:
        return None
    given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
    if isinstance(given["files"], str):
        given["files"] = (given["files"],)
    return Events(**given)


def check_events(events: Events, data_until: date) -> Iterator[tuple[str, str, str]]:
    """What single keys of ``[network.events]`` cannot show: key, rule and remedy of each problem."""
    if list(events.waves) != sorted(set(events.waves)):
        yield (
            "network.events.waves",
            key("the waves are not in order of time, or one stands twice"),
            key("put them in order"),
        )
    elif any(late[1] < early[2] for early, late in zip(events.windows, events.windows[1:], strict=False)):
        rule = filled("the windows of two waves overlap, for each reaches back {days} days", days=events.days)
        yield "network.events.days", rule, key("shorten days, so that an event counts for one wave only")
    if events.waves[-1] > data_until:
        yield (
            "network.events.waves",
            key("a wave lies after data_until"),
            key("leave it out until the data are complete"),
        )
    if len(set(events.files)) < len(events.files):
        yield "network.events.files", key("a file is named twice"), key("name each file once")
    if events.engine == SPARK and not events.spark:
        remedy = key('add spark = "local[2]" for a try, or the address of the cluster')
        yield "network.events.spark", key("the engine is Spark, but its address is missing"), remedy


def _timezone(value: str) -> str | None:
    return None if value in available_timezones() else key("must be a time zone such as Europe/Berlin")


def _round_id(value: str) -> str | None:
    return None if ROUND_ID.fullmatch(value) else key("must look like 2026H1 (a year, H, and 1 or 2)")


def _plain_file(value: str) -> str | None:
    path = Path(value)
    plain = value.isprintable() and not set(value) & set('\\:"<>|') and value == value.strip() != ""
    inside = plain and path.as_posix() == value and not path.is_absolute() and ".." not in path.parts
    return None if inside else key("must name a file inside the programme's folder")


def _file_names(value: str | list[Any]) -> str | None:
    names = [value] if isinstance(value, str) else value
    if not names or not all(isinstance(name, str) for name in names):
        return key("must be a file name or a list of file names")
    return next((wrong for wrong in map(_plain_file, names) if wrong), None)


def _codes(values: list[Any]) -> str | None:
    return None if all(isinstance(value, str) and value for value in values) else key("must be a list of codes")


def _range(values: list[Any]) -> str | None:
    numbers = len(values) == 3 and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    if not numbers or not 0 <= values[0] <= values[1] <= values[2]:
        return key("must be three numbers: lowest, most likely, highest")
    return None


def _positive(value: float) -> str | None:
    return None if value > 0 else key("must be above 0")


def _claim(value: str) -> str | None:
    return None if _OUTCOME_CLAIM.fullmatch(value) else key("must be a claim such as M1")


def _claims(values: list[Any]) -> str | None:
    right = values and all(isinstance(value, str) and _CLAIM.fullmatch(value) for value in values)
    return None if right else key('must be a list of claims such as ["M1", "J2"]')


def _days(values: list[Any]) -> str | None:
    right = values and all(type(value) is date and value.year >= 2000 for value in values)
    return None if right else key("must be a list of days, from 2000")


def _spark(value: str) -> str | None:
    return None if _SPARK.fullmatch(value) else key("must be an address such as local[2] or spark://host:7077")


def _code(value: str) -> str | None:
    return None if re.fullmatch(r"[\w.\-]{1,64}", value) else key("must be a code of letters, digits and _ - .")


def _between(least: int, most: int) -> Key:
    def check(value: int) -> str | None:
        return None if least <= value <= most else filled("must be {least} to {most}", least=least, most=most)

    return Key(int, check=check, bounds={"minimum": least, "maximum": most})


def _at_least(least: int, rule: str = "") -> Key:
    rule = rule or filled("must be {least} or more", least=least)
    return Key(int, check=lambda value: None if value >= least else rule, bounds={"minimum": least})


def _one_of(choices: tuple[str, ...], *, required: bool = False) -> Key:
    def check(value: str) -> str | None:
        return None if value in choices else filled("must be one of {names}", names=", ".join(choices))

    return Key(str, required=required, check=check, bounds={"enum": list(choices)})


def _schema(value: int) -> str | None:
    if value > SCHEMA:
        return filled(
            "is {value}, and this version of rmanalytics knows forms up to {schema}: install a newer one",
            value=value,
            schema=SCHEMA,
        )
    return None if value >= 1 else key("must be 1 or more")


def _programme_id(value: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9-]{1,40}", value) else key("must be letters, digits and hyphens")


_EVENTS = Block(
    {
        "files": Key((str, list), required=True, check=_file_names),
        "waves": Key(list, required=True, check=_days),
        "days": _between(1, 3660),
        "kind": Key(str, check=_code),
        "kinds": Key(list, check=_codes),
        "direction": _one_of((DIRECTED, UNDIRECTED)),
        "least_events": _between(1, 1_000_000),
        "most_recipients": _between(1, 1_000_000),
        "outsiders": Key(bool),
        "engine": _one_of((DUCKDB, SPARK)),
        "spark": Key(str, check=_spark),
        "memory_mb": _between(200, 10_000_000),
        "threads": _between(1, 1024),
    }
)


_DECLARED_CLAIM = Block(
    {
        "direction": _one_of(("up", "down")),
        "instrument": Key(str),
        "side": _one_of(SIDES),
        "smallest_effect": Key(float, check=_positive),
        "horizon_days": _between(30, 3660),
        "metric": Key(str, check=_code),
        "placebos": Key(list, check=_codes),
        "control": Key(str, check=_code),
        "target": Key(float),
        "point": Key(float),
    }
)
_DECLARE = Block(
    {
        "primary": Key(str, check=_claim),
        "keys": Key(list, check=_claims),
        "note": Key(str),
        "lot_document": Key(str),
        **dict.fromkeys(CLAIM_IDS, _DECLARED_CLAIM),
    }
)
_PRIMARY_BESIDE = (
    "the primary outcome is declared in the plan, not beside the outcome",
    'take the line out and write primary = "M1" under [declare]',
)
_FAMILIES = (
    "claims are no longer corrected in families",
    "take [[families]] out; name one primary and up to four key claims under [declare]",
)


COUNCIL = ("analysts", "basis", "contact", "controller", "exports_until", "officer")
"""What the works council's pack says in the company's own words."""


def _line(value: str) -> str | None:
    return (
        None
        if value.strip() and value.isprintable() and len(value) <= 200
        else key("must be one line of 1 to 200 signs")
    )


def declared_keys(table_names: tuple[str, ...]) -> Block:
    """Every key that the file may have; only these tables may be given file names."""
    return Block(
        {
            "programme": Block(
                {
                    "schema": Key(int, check=_schema, bounds={"minimum": 1, "maximum": SCHEMA}),
                    "name": Key(str, required=True),
                    "company": Key(str, required=True),
                    "data_until": Key(date, required=True),
                    "records_from": Key(date),
                    "id": Key(str, check=_programme_id),
                    "simulated": Key(bool),
                    "language": _one_of(LANGUAGES),
                    "currency": Key(str),
                    "k": _at_least(LEAST_K),
                    "seed": _at_least(0, key("must not be negative")),
                    "timezone": Key(str, check=_timezone),
                },
                required=True,
            ),
            "rounds": Block(
                {
                    "id": Key(str, required=True, check=_round_id),
                    "start": Key(date, required=True),
                    "end": Key(date, required=True),
                    "planned_meetings": _between(1, 60),
                },
                many=True,
                required=True,
            ),
            "generations": Block(
                {"name": Key(str, required=True), "from": Key(int, required=True), "to": Key(int, required=True)},
                many=True,
            ),
            "tables": Block({name: Key((str, list), check=_file_names) for name in table_names}),
            "instruments": Block({"files": Key(list, required=True, check=_file_names)}),
            "outcomes": Block(
                {
                    "claim": Key(str, required=True, check=_claim),
                    "instrument": Key(str, required=True),
                    "side": _one_of(SIDES, required=True),
                },
                many=True,
                retired={"primary": _PRIMARY_BESIDE},
            ),
            "declare": _DECLARE,
            "draw": DRAW,
            "pairing": PAIRING,
            "wordings": Block(
                {
                    "earlier": Key(str, required=True),
                    "today": Key(str, required=True),
                    "items": Key(dict, required=True),
                },
                many=True,
            ),
            "value": Block(
                {
                    "training_cost": Key(list, check=_range),
                    "training_gain": Key(float),
                    "training_gain_se": Key(float, check=_positive),
                    "training_source": Key(str),
                    "worth": Key(float, check=_positive),
                    "replacement_cost": Key(list, check=_range),
                }
            ),
            "subgroups": SUBGROUPS,
            "report": Block({"failed_figures": _between(0, 100)}),
            "reports": Block({"group": Key(str, check=_code)}),
            "erasure": Block({"rewrite": Key(bool)}),
            "notify": NOTIFY,
            "linkage": LINKAGE,
            "council": Block(dict.fromkeys(COUNCIL, Key(str, check=_line))),
            **LEADERSHIP,
            **SOURCE_KEYS,
            "meetings": Block({"topics": Key(list, check=_codes)}),
            "network": Block(
                {
                    "tie_kind": Key(str),
                    "top_levels": _at_least(1),
                    "events": _EVENTS,
                }
            ),
        },
        retired={"families": _FAMILIES},
    )
