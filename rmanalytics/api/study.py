"""A round on the analyst's desk: claims, results, tables, charts and subgroups, each computed when first asked for.

Unit: one round of one programme, or a subgroup of its people.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from rmanalytics.api.asked import ClaimAnswer, Found, Tables, row_of
from rmanalytics.errors import known_side, unknown
from rmanalytics.evaluation import frames
from rmanalytics.evaluation.study import Study as Evaluated
from rmanalytics.evaluation.subgroup import Subgroup, Wanted, where
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import translator
from rmanalytics.report.show import Show
from rmanalytics.report.words import wording
from rmanalytics.report.words.findings import kicker
from rmanalytics.report.words.lookup import outcome_title
from rmanalytics.results import PARTICIPANTS

if TYPE_CHECKING:
    from collections.abc import Mapping

ASK = 'Next: study.claims, study.claim("M1"), study.results, study.scores(…), study.where(unit=…), study.show'


class Study:
    """One round of a programme; `rmanalytics.open` opens it.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> study = rm.open(rm.example(), "2026H1")
    >>> study.programme, study.round
    ('Reverse mentoring (simulated)', '2026H1')
    """

    def __init__(
        self, evaluated: Evaluated, *, first: Evaluated | None = None, side: str = "", beside: tuple[str, ...] = ()
    ) -> None:
        self._study, self._first, self._side = evaluated, first or evaluated, side
        self._beside = beside

    @property
    def programme(self) -> str:
        """Name of the programme."""
        return self._study.programme.name

    @property
    def round(self) -> str:
        """Id of the round."""
        return self._study.round.id

    @property
    def language(self) -> str:
        """Language of the programme's readers.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").language
        'en'
        """
        return self._study.programme.language

    @property
    def heading(self) -> str:
        """Programme, round and dates in one line, with the side and scale that it is `seen_from`, and the `subgroup`.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").seen_from(side="mentor").heading[-7:]
        'Juniors'
        """
        return " · ".join([kicker(self._study, translator(self.language)), *self._beside])

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The checked tables by name, the survey's is ``answers``; a missing one is refused with the nearest names.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").tables["tandems"].columns[0]
        'round_id'
        """
        return Tables(self._study.bundle.tables)

    @cached_property
    def claims(self) -> pd.DataFrame:
        """Every claim with its answer, one row a claim.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> len(rm.open(rm.example(), "2026H1").claims)
        38
        """
        return pd.DataFrame([row_of(answer) for answer in self._study.ledger]).convert_dtypes()

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
            ``unit``, ``level``, ``job_family``, ``location`` (on the round's first day), ``generation``,
            ``talent_group`` or a covariate that ``[[subgroups]]`` names: a value, or several of which one is enough.

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
        return Study(where(self._first, side=side, **conditions), beside=self._beside)

    def subgroup(self, name: str) -> Study:
        """The subgroup that ``[[subgroups]]`` of ``programme.toml`` declares under this name, as `where` gives it.

        Raises
        ------
        UnknownNameError
            RM-E-130 for another name, column or value, with the nearest ones.
        SubgroupError
            RM-E-132 as for `where`.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").subgroup("Only sales")
        Traceback (most recent call last):
        rmanalytics.errors.UnknownNameError: RM-E-130 There is no subgroup "Only sales". There are: none.
        """
        declared = {group.name: group for group in self._study.programme.subgroups}
        if name not in declared:
            raise unknown("subgroup", name, declared)
        part = where(self._first, side=declared[name].side or self._side, **declared[name].where)
        n, of = part.condition.counts[PARTICIPANTS]
        tr = translator(self.language)
        people = tr(
            "{name} ({n} of {of} {people})", name=name, n=n, of=of, people=wording.about_side(part.condition.side, tr)
        )
        return Study(part, beside=(*self._beside, people))

    def seen_from(self, *, side: str = "", scale: str = "") -> Study:
        """The same study as one reader wants it: the numbers stay, the chapters show less or begin elsewhere.

        Parameters
        ----------
        side : str
            ``mentee`` or ``mentor``: blocks on the other side say that they are left out.
        scale : str
            A declared scale that stands where the primary outcome does in the blocks on the survey.

        Raises
        ------
        UnknownNameError
            RM-E-130 for another side or scale, with the nearest ones.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> rm.open(rm.example(), "2026H1").seen_from(side="mentor").show.changes(side="mentee").sentence
        'Not shown: the seniors. What is looked at are the juniors alone.'
        """
        side = known_side(side) if side else ""
        tr = translator(self.language)
        first = self._study.putting_first(scale, side) if scale else self._study
        beside = (wording.side_label(side, tr) if side else "", outcome_title(first, scale, tr) if scale else "")
        return Study(self._study, first=first, side=side, beside=tuple(filter(None, beside)))

    @property
    def show(self) -> Show:
        """The blocks of the report: ``study.show.changes(side="mentee")`` displays itself.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> "changes" in dir(rm.open(rm.example(), "2026H1").show)
        True
        """
        return Show(self._study, first=self._first, side=self._side)

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
