"""What a person types at a terminal."""

from __future__ import annotations

from unicodedata import normalize


def typed(question: str) -> str:
    """The answer, however its letters were typed; the end of the input (Ctrl-D) stops the call, as Ctrl-C does."""
    try:
        return normalize("NFC", input(question)).strip()
    except EOFError:
        raise KeyboardInterrupt from None
