"""What a study gives when it is asked: the answer to a claim, results by name, its tables.

Unit: one round of one programme.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import pandas as pd

from rmanalytics.errors import SIDE_WORDS, UnknownNameError, unknown
from rmanalytics.evaluation.claims import Answer
from rmanalytics.language.translator import translator
from rmanalytics.report.chapters.front import over_rounds
from rmanalytics.report.charts.figures import Figure
from rmanalytics.report.show import Shown
from rmanalytics.results import Result, Results, to_frame

ABOUT = ("outcome", "side", "group")


class ClaimAnswer:
    """The answer to one claim: ``answer``, ``sentence``, ``table``, ``figure``; it prints as a line."""

    def __init__(self, answer: Answer, *, language: str) -> None:
        self.answer = answer
        self._block = Shown(f"claim {answer.claim.id}", over_rounds(answer, translator(language)), language=language)

    @property
    def sentence(self) -> str:
        """Claim, verdict, value, interval, n, comparator and evidence level.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").claim("P1").sentence[:41]
        'P1 Most tandems hold all planned meetings'
        """
        told = f"{self.answer.claim.id} {self.answer.claim.title['en']}: {self.answer.verdict.replace('_', ' ')}"
        parts = [told + (f" ({self.answer.because})" if self.answer.reason else "")]
        if self.answer.result is not None:
            parts.append(str(self.answer.result))
        if self.answer.evidence is not None:
            parts.append(f"evidence level {self.answer.evidence} of 5")
        return ". ".join(part.rstrip(".") for part in parts) + "."

    @property
    def table(self) -> pd.DataFrame:
        """The claim's row, as in ``study.claims``.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").claim("P1").table["claim"].item()
        'P1'
        """
        return pd.DataFrame([row_of(self.answer)])

    @property
    def figure(self) -> Figure:
        """Its rounds and all of them together, with intervals; for a claim outside the plan this round's figure.

        Raises
        ------
        UnknownNameError
            RM-E-130 where the claim has no figure.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").claim("P1").figure["layout"]["meta"]["id"]
        'claim-P1'
        """
        if not self._block.figures:
            why = self.answer.because or self.answer.verdict.replace("_", " ")
            raise UnknownNameError("RM-E-130", f"Claim {self.answer.claim.id} has no figure: {why}.")
        return self._block.figure

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p>"


class Found:
    """Results by name, and by what they are about; a name that is not there is refused with the nearest ones."""

    def __init__(self, results: Results) -> None:
        self._results = results

    def __getitem__(self, key: str | tuple[str, ...]) -> Result | Results:
        name, *about = (key,) if isinstance(key, str) else key
        found = list(self._results)
        for what, given in zip(("name", *ABOUT), (name, *about), strict=False):
            known = dict.fromkeys(getattr(result, what) for result in found)
            if given not in known:
                words = SIDE_WORDS if what == "side" else None
                kind = "result" if what == "name" else f"{what} of {name}"
                raise unknown(kind, given, filter(None, known), means=words)
            found = [result for result in found if getattr(result, what) == given]
        plain = [result for result in found if not result.group]
        found = plain if len(plain) == 1 else found
        return found[0] if len(found) == 1 else Results(found)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    @property
    def table(self) -> pd.DataFrame:
        """Every number, tidy, as in ``results.csv``.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> list(rm.open(rm.example(), "2026H1").results.table)[:2]
        ['name', 'outcome']
        """
        return to_frame(self._results)

    def _ipython_key_completions_(self) -> list[str]:
        return list(dict.fromkeys(result.name for result in self._results))

    def __repr__(self) -> str:
        names = self._ipython_key_completions_()
        return f"{len(self)} results: {', '.join(names)}\nNext: results[name], results[name, outcome], results.table"


class Tables(dict[str, pd.DataFrame]):
    """Copies of the tables, so that no change reaches the study."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        super().__init__({name: table.copy(deep=False) for name, table in tables.items()})

    def __missing__(self, name: str) -> pd.DataFrame:
        raise unknown("table", name, self)


def row_of(answer: Answer) -> dict[str, Any]:
    """An answer as a row of ``study.claims``."""
    result = answer.result
    numbers = ("value", "lo", "hi", "unit", "n", "n_comparator", "comparator", "p_value")
    return {
        "claim": answer.claim.id,
        "title": answer.claim.title["en"],
        "verdict": answer.verdict,
        **{name: getattr(result, name, None) for name in numbers},
        "role": answer.role,
        "repeated_lo": None if answer.repeated is None else answer.repeated[0],
        "repeated_hi": None if answer.repeated is None else answer.repeated[1],
        "bound": answer.bound,
        "evidence": answer.evidence,
        "because": answer.because,
    }
