"""Headers: how they are compared, and which of them may stand in a message."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache

from rmanalytics.intake.schema import TABLES

LONGEST_HEADER = 60
_COLUMN_NAMES = frozenset(column.name for table in TABLES.values() for column in table.columns)
_GENERIC = """
id name names first_name last_name surname vorname nachname e_mail email mail phone telephone telefon address adresse
department abteilung unit bereich cost_centre cost_center kostenstelle personalnummer personnel_number employee_id
staff_id user_id login gender sex geschlecht age alter title titel comment comments kommentar note notes bemerkung
remark date datum start end begin beginn ende status type typ kind art group gruppe team company firma country land
city ort location standort manager supervisor vorgesetzter score total sum gesamt summe startdate enddate ipaddress
progress duration finished recordeddate responseid recipientemail recipientfirstname recipientlastname
externalreference locationlatitude locationlongitude distributionchannel userlanguage submitdate lastpage
startlanguage seed token timestamp
"""
KNOWN_HEADERS = _COLUMN_NAMES.union(_GENERIC.split())
"""Headers that may stand in a message because they name a kind of column and nobody."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


@lru_cache(maxsize=4096)
def clean_header(text: str) -> str:
    """A header as it is compared: invisible characters out, small letters, underscores.

    Examples
    --------
    >>> clean_header(" Person\N{NO-BREAK SPACE}ID ")
    'person_id'
    """
    visible = " ".join(_INVISIBLE.sub("", text).split()).casefold()
    return re.sub(r"[\s\-.]+", "_", visible)


def shown_header(text: str, number: int) -> str:
    """A header as a message may show it: a known one, or one much like it; any other by its number.

    A header is a cell too: a matrix of ties has people's names there.

    Examples
    --------
    >>> shown_header("Hire Date", 3), shown_header("E-Mail", 4), shown_header("Anna Müller", 5)
    ('Hire Date', 'E-Mail', 'no. 5')
    """
    clean = clean_header(text)
    return " ".join(text.split()) if clean in KNOWN_HEADERS or _near_column(clean) else f"no. {number}"


def _near_column(clean: str) -> bool:
    return len(clean) <= LONGEST_HEADER and bool(difflib.get_close_matches(clean, _COLUMN_NAMES, n=1, cutoff=0.85))
