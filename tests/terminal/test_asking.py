"""What a person types: the same word however its letters came, and the end of the input as a stop."""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import normalize

import pytest

from rmanalytics.terminal.asking import typed


def answering(answer: str | type[BaseException]) -> Callable[[str], str]:
    def read(_: str) -> str:
        if isinstance(answer, str):
            return answer
        raise answer

    return read


def test_a_word_is_the_same_however_its_letters_were_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", answering(f" {normalize('NFD', 'löschen')} "))
    assert typed("?") == "löschen"


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_the_end_of_the_input_stops_the_call(monkeypatch: pytest.MonkeyPatch, end: type[BaseException]) -> None:
    monkeypatch.setattr("builtins.input", answering(end))
    with pytest.raises(KeyboardInterrupt):
        typed("?")
