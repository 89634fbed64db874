"""Ids in the signs of other alphabets are read as ours."""

from __future__ import annotations

import sys
import unicodedata

from rmanalytics.inspect.normal import Canaries

ZEROS = [n for n in range(0x80, sys.maxunicode) if unicodedata.digit(chr(n), -1) == 0 and chr(n).isdecimal()]


def test_a_number_is_found_in_the_digits_of_every_alphabet():
    known = Canaries(["471123"])
    assert len(ZEROS) > 60
    missed = [n for n in ZEROS if not known.stand_in("x " + "".join(chr(n + int(one)) for one in "471123") + " y")]
    assert missed == []
    assert not known.stand_in("x 471124 y")
