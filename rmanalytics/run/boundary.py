"""The edge of a process or a task: whatever ends the work inside is kept, so that no traceback reaches a person."""

from __future__ import annotations

import traceback
from types import TracebackType

from rmanalytics.errors import EXIT_FIGURES_FAILED, NOTHING_PUBLISHED, RmError, RunError
from rmanalytics.run.memory import memory_ran_out, out_of_memory


class DetailedError(RunError):
    """An error with ``details``, a traceback for the log that only the owner may read."""

    def __init__(self, code: str, message: str, details: str) -> None:
        super().__init__(code, message)
        self.details = details


class FailedFiguresError(DetailedError):
    """Too many figures failed, or one that the report cannot be without."""

    exit_code = EXIT_FIGURES_FAILED


class Boundary:
    """A context that holds back errors; ``error`` is then one of ours, ``details`` the traceback for the log.

    An error that is not ours is named by its kind, never by its message, which may quote a cell. What a person or
    the system asks for (an interrupt, an exit) passes through.

    Examples
    --------
    >>> with Boundary() as edge:
    ...     int("a name")
    >>> edge.error.message
    'the call failed: ValueError. Nothing was published.'
    """

    def __init__(self) -> None:
        self.error: RmError | None = None
        self.cause: Exception | None = None
        self.details = ""

    def __enter__(self) -> Boundary:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        self.cause = error
        known = error.details if isinstance(error, DetailedError) else ""
        self.details = known or "".join(traceback.format_exception(error))
        self.error = error if isinstance(error, RmError) else _unexpected(error)
        return True


def _unexpected(error: Exception) -> RunError:
    kind = type(error).__name__
    if memory_ran_out(error):
        return out_of_memory()
    if isinstance(error, OSError) and error.strerror:
        kind = f"{kind}, {error.strerror.lower()}"
    return RunError("RM-X-009", f"the call failed: {kind}. {NOTHING_PUBLISHED}")
