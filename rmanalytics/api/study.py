"""A round on the analyst's desk: claims, results, tables, charts and subgroups, each computed when first asked for.

Unit: one round of one programme, or a subgroup of its people.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from rmanalytics.errors import SIDE_WORDS, UnknownNameError, unknown
from rmanalytics.evaluation import frames
from rmanalytics.evaluation.claims import Answer
from rmanalytics.evaluation.study import Study as Evaluated
from rmanalytics.evaluation.subgroup import Subgroup, Wanted, where
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import translator
from rmanalytics.report.chapters.front import over_rounds
from rmanalytics.report.charts.figures import Figure
from rmanalytics.report.show import Show, Shown
from rmanalytics.results import Result, Results, to_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

ASK = 'Next: study.claims, study.claim("M1"), study.results, study.scores(…), study.where(unit=…), study.show'
ABOUT = ("outcome", "side", "group")


class Study:
    """One round of a programme; `rmanalytics.open` opens it.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> study = rm.open(rm.example(), "2026H1")
    >>> study.programme, study.round
    ('Reverse mentoring (simulated)', '2026H1')
    """

    def __init__(self, evaluated: Evaluated) -> None:
        self._study = evaluated

    @property
    def programme(self) -> str:
        """Name of the programme."""
        return self._study.programme.name

    @property
    def round(self) -> str:
        """Id of the round."""
        return self._study.round.id

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The checked tables by name, the survey's is ``answers``; a missing one is refused with the nearest names.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").tables["tandems"].columns[0]
        'round_id'
        """
        return _Tables(self._study.bundle.tables)

    @cached_property
    def claims(self) -> pd.DataFrame:
        """Every claim with its answer, one row a claim.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> len(rm.open(rm.example(), "2026H1").claims)
        38
        """
        return pd.DataFrame([_row(answer) for answer in self._study.ledger]).convert_dtypes()

    def claim(self, claim: str) -> ClaimAnswer:
        """The answer to one claim; it prints as a line.

        Parameters
        ----------
        claim : str
            Such as ``M1``.

        Raises
        ------
        UnknownNameError
            RM-E-130 with the nearest ids.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").claim("M1").answer.claim.id
        'M1'
        """
        known = {answer.claim.id: answer for answer in self._study.ledger}
        if claim not in known:
            raise unknown("claim", claim, known)
        return ClaimAnswer(known[claim], language=self._study.programme.language)

    @property
    def results(self) -> Found:
        """Every result: ``results[name, outcome]``, ``results[name]``; ``results.table`` is one row a number.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").results["completion_share"].unit
        'share'
        """
        return Found(self._study.results)

    def scores(self, instrument: str, *, side: str = "") -> pd.DataFrame:
        """Scale scores before and after, a row a person of either group, for ``rm.measures``.

        Parameters
        ----------
        instrument : str
            A scale, ``digital_fitness``, or a subscale of one, ``scale.subscale``.
        side : str
            ``mentee`` (seniors) or ``mentor`` (juniors); the side that declares the scale unless given.

        Returns
        -------
        DataFrame
            ``person_id, group, pre, post`` in scale points; NaN where there is no score.

        Raises
        ------
        UnknownNameError
            RM-E-130 for another scale or side, with the nearest ones.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> list(rm.open(rm.example(), "2026H1").scores("digital_fitness", side="mentee"))
        ['person_id', 'group', 'pre', 'post']
        """
        return frames.scores(self._study, instrument, side=side)

    def items(self, instrument: str, *, side: str = "", wave: str = "pre") -> pd.DataFrame:
        """Keyed answers to the items of a scale at one wave, for alpha, omega and item statistics.

        Parameters
        ----------
        instrument, side
            As in `scores`.
        wave : str
            ``pre``, ``post`` or another that the answers have.

        Returns
        -------
        DataFrame
            ``person_id`` and a column an item, in scale points, reverse items turned round.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> list(rm.open(rm.example(), "2026H1").items("digital_fitness"))[0]
        'person_id'
        """
        return frames.items(self._study, instrument, side=side, wave=wave)

    def spells(self, event: str = "retention") -> pd.DataFrame:
        """Days from the match to an event, mentors and those they are compared with, for ``rm.measures``.

        Parameters
        ----------
        event : str
            ``retention`` (leaving), ``promotion`` or another kind of move.

        Returns
        -------
        DataFrame
            ``person_id, group, time_days, event`` and the reason, a row a person.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> set(rm.open(rm.example(), "2026H1").spells("retention")["group"])  == {"participants", "comparison"}
        True
        """
        return frames.spells(self._study, event)

    def network(self, wave: str = "after") -> frames.Network:
        """People and ties of a wave of the network, for ``rm.measures``.

        Parameters
        ----------
        wave : str
            ``before`` the round or ``after`` it.

        Returns
        -------
        Network
            ``people`` (``person_id, generation``) and ``ties`` beyond the tandems (``source_id, target_id``).

        Raises
        ------
        SubgroupError
            RM-E-132 for a subgroup.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> people, ties = rm.open(rm.example(), "2026H1").network("after")
        >>> list(ties)
        ['source_id', 'target_id']
        """
        if isinstance(self._study, Subgroup):
            _ = self._study.network  # refuses, with the reason
        return frames.network(self._study, wave)

    def where(self, *, side: str = "", **conditions: Wanted) -> Study:
        """The same study on people of one side who satisfy every condition, as if other people's rows were deleted.

        Parameters
        ----------
        side : str
            ``mentee`` or ``mentor``; that of the primary outcome unless given.
        **conditions : str, int or several
            ``unit``, ``level``, ``job_family``, ``location`` (on the round's first day), ``generation`` or
            ``talent_group``: a value, or several of which one is enough.

        Returns
        -------
        Study
            Engagement of the tandems that stay, and survey and retention of the side.

        Raises
        ------
        UnknownNameError
            RM-E-130 for another condition or value, with the nearest ones.
        SubgroupError
            RM-E-132 where the group, or what it leaves over, has fewer than k people.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").where(level="x")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        rmanalytics.errors.UnknownNameError: RM-E-130 There is no level "x". There are: ...
        """
        return Study(where(self._study, side=side, **conditions))

    @property
    def show(self) -> Show:
        """The blocks of the report: ``study.show.changes(side="mentee")`` displays itself.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> "changes" in dir(rm.open(rm.example(), "2026H1").show)
        True
        """
        return Show(self._study)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.programme}, round {self.round}"
        if isinstance(self._study, Subgroup):
            yield f"Subgroup: {self._study.condition}"
        there = list(self._study.bundle.tables)
        yield f"Tables: {', '.join(there)}"
        missing = [name for name in TABLES if name not in there]
        if missing:
            yield f"Missing: {', '.join(missing)}"
        yield ASK

    def _repr_html_(self) -> str:
        first, *rest = map(escape, self._lines())
        return f"<p><strong>{first}</strong><br>{'<br>'.join(rest)}</p>"


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
        return pd.DataFrame([_row(self.answer)])

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


class _Tables(dict[str, pd.DataFrame]):
    """Copies of the tables, so that no change reaches the study."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        super().__init__({name: table.copy(deep=False) for name, table in tables.items()})

    def __missing__(self, name: str) -> pd.DataFrame:
        raise unknown("table", name, self)


def _row(answer: Answer) -> dict[str, Any]:
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
