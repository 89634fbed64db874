"""A refusal in the language of its programme; it loads little, so that it can be told whatever is broken."""

from __future__ import annotations

import re
from pathlib import Path

from rmanalytics.errors import InputError, RmError
from rmanalytics.language.translator import LANGUAGES, translator
from rmanalytics.programme.programme import FILE_NAME


def language_of(folder: Path) -> str:
    """The language that a programme's declaration names, also where it cannot be read otherwise; else English."""
    try:
        said = re.search(r'^language *= *"(\S+)"', (folder / FILE_NAME).read_text(encoding="utf-8"), re.MULTILINE)
    except (OSError, ValueError):
        return "en"
    return said[1] if said and said[1] in LANGUAGES else "en"


def told(error: RmError, language: str) -> str:
    """An error in a language: refusals are told in it, all else in English."""
    return error.told(translator(language)) if isinstance(error, InputError) and language != "en" else str(error)
