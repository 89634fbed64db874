"""What came of one report: where it lies, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rmanalytics.errors import InputError, RmError


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of one report: its folder, or the error; ``round_id`` is empty where it failed before a round.

    ``failed`` names the figures of a published report whose computation failed; their traces lie in ``log``.
    ``language`` is that of the programme.
    """

    programme: str
    round_id: str
    language: str = "en"
    folder: Path | None = None
    seconds: float = 0.0
    error: RmError | None = None
    log: Path | None = None
    failed: tuple[str, ...] = ()
    off: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or the exit code of the error."""
        return self.error.exit_code if self.error else 0

    def as_dict(self) -> dict[str, Any]:
        """The outcome for ``--json``."""
        problems = [p.as_dict() for p in self.error.problems] if isinstance(self.error, InputError) else []
        return {
            "programme": self.programme,
            "round": self.round_id,
            "report": None if self.folder is None else str(self.folder / "report.html"),
            "code": self.error.code if self.error else None,
            "cause": self.error.message if self.error else None,
            "problems": problems,
            "failed_figures": list(self.failed),
            "withdrawn_sentences": list(self.off),
        }
