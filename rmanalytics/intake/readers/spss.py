"""An SPSS file as a survey tool's export: names and labels of variables are its header rows, value labels its answers.

Unit: one file. What SPSS keeps as missing is empty; nothing in a file can run.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rmanalytics.errors import InputError, Problem
from rmanalytics.intake.files import FROM_SPSS
from rmanalytics.intake.grid import COLUMN_LIMIT, ROW_LIMIT
from rmanalytics.language.translator import filled, inside, key

INSTALL = "pip install 'rmanalytics[spss]'"


def spss_cells(name: str, data: bytes, *, labels: bool = True) -> tuple[list[list[str]], list[list[str]]]:
    """The two header rows and the columns of a ``.sav`` or ``.zsav`` file.

    Parameters
    ----------
    name : str
        File name, for messages.
    data : bytes
        Its bytes.
    labels : bool
        Whether values are told by their labels, where each value that occurs has one.

    Raises
    ------
    InputError
        RM-E-008 too large, 010 no SPSS file or the extra is not installed, 012 without rows.
    """
    try:
        from pyreadstat import PyreadstatError, ReadstatError, read_sav  # noqa: PLC0415  (an extra)
    except ImportError:
        rule = key("this is an SPSS file, and the extra that reads it is not installed")
        remedy = filled("run: {command}; or, {other}", command=INSTALL, other=inside(FROM_SPSS))
        raise _refused("RM-E-010", name, rule, remedy) from None
    try:
        _, about = read_sav(io.BytesIO(data), metadataonly=True, output_format="dict")
        if len(about.column_names) > COLUMN_LIMIT or (about.number_rows or 0) > ROW_LIMIT:
            rule = filled(
                "the file has more than {row_limit} rows or {column_limit} columns",
                row_limit=ROW_LIMIT,
                column_limit=COLUMN_LIMIT,
            )
            raise _refused("RM-E-008", name, rule, key("split it, for instance by round, and list the parts"))
        columns, _ = read_sav(io.BytesIO(data), output_format="dict", row_limit=ROW_LIMIT)
    except (PyreadstatError, ReadstatError, ValueError, OverflowError):
        raise _refused("RM-E-010", name, key("this is no SPSS file that can be read"), FROM_SPSS) from None
    if not any(map(len, columns.values())):
        raise _refused("RM-E-012", name, key("the file has no rows"), key("export it again with its rows"))
    names = list(columns)
    heads = [names, [about.column_names_to_labels.get(one) or "" for one in names]]
    said = about.variable_value_labels if labels else {}
    return heads, [_texts(columns[one], said.get(one, {})) for one in names]


def _texts(values: Sequence[object], labels: Mapping[Any, str]) -> list[str]:
    """Values as a CSV would write them; by their labels where each that occurs has one."""
    named = all(value in labels for value in values if value not in (None, ""))
    return [_text(labels.get(value, value) if named else value) for value in values]


def _text(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124  (not a number is not itself)
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat(" ") if isinstance(value, datetime) else str(value).strip()


def _refused(code: str, name: str, rule: str, remedy: str) -> InputError:
    return InputError((Problem(code=code, file=name, rule=rule, remedy=remedy),))
