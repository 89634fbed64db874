"""Progress for a person who waits: a bar on a terminal, plain lines on a pipe; both on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from tqdm import tqdm


AT_ONCE = 3.0
"""Seconds after which somebody who waits is told for how long."""


class Progress:
    """Tells which chapter is being made; use as a context, so that the bar is taken away in the end.

    Parameters
    ----------
    stream : text stream, optional
        Standard error unless given.
    quiet : bool
        Whether only warnings are told.
    """

    def __init__(self, stream: TextIO | None = None, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._stream = stream or sys.stderr
        self._bar: tqdm[Any] | None = None
        self._started = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._close()

    def report(self, what: str) -> None:
        """A report begins."""
        self._close()
        self._started = time.monotonic()
        self.line(f"{what}: reading the data")

    def chapter(self, what: str, name: str, number: int, of: int) -> None:
        """A chapter begins."""
        if self._quiet:
            return
        title = name.partition("_")[2].replace("_", " ") or name
        if not self._stream.isatty():
            seconds = time.monotonic() - self._started
            self.line(f"{what}: chapter {number} of {of}, {title} ({seconds:.1f} s)")
            return
        if self._bar is None:
            from tqdm import tqdm  # noqa: PLC0415  (only a terminal needs it)

            form = "{desc:<38} {bar} {n_fmt}/{total_fmt} {elapsed}"
            self._bar = cast("tqdm[Any]", tqdm(total=of, file=self._stream, bar_format=form, leave=False))
        self._bar.set_description_str(f"{what} {title}")
        self._bar.update(number - 1 - self._bar.n)

    @contextmanager
    def waiting(self, what: str, after: float = AT_ONCE) -> Iterator[Callable[[], None]]:
        """Tell on a terminal how long something takes that cannot say how far it is; what is soon done, without a word.

        Yields
        ------
        callable
            Ends it before, as when a question is asked.
        """
        done, started = Event(), time.monotonic()
        if self._quiet or not self._stream.isatty():
            yield done.set
            return

        def tell() -> None:
            pause = after
            while not done.wait(pause):
                pause = 1.0
                self._stream.write(f"\r{what} … {time.monotonic() - started:.0f} s")
                self._stream.flush()
            if pause != after:
                self._stream.write("\r\x1b[K")
                self._stream.flush()

        told = Thread(target=tell, daemon=True)
        told.start()

        def stop() -> None:
            done.set()
            told.join()

        try:
            yield stop
        finally:
            stop()

    def line(self, text: str) -> None:
        """A line of its own, above the bar where there is one."""
        if not self._quiet:
            self.warning(text)

    def warning(self, text: str) -> None:
        """A line that is told in any case."""
        if self._bar is not None:
            self._bar.write(text, file=self._stream)
        else:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
