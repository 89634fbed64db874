"""The blocks of the report: each displays itself in a notebook, and gives its tables, figures and words.

A result that is absent or not estimable is a sentence with its reason; never an empty chart and never an exception.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.display import HTML, display
from markupsafe import Markup

from rmanalytics.containment import contained, containing
from rmanalytics.errors import UnknownNameError, known_side, unknown
from rmanalytics.evaluation.subgroup import Subgroup, SubgroupError
from rmanalytics.language.translator import Translator, translator
from rmanalytics.report import lab
from rmanalytics.report.charts.drawing import separators
from rmanalytics.report.charts.figures import PLOTLY_MIME, Figure, as_bundle
from rmanalytics.report.charts.picture import write_png, write_svg
from rmanalytics.report.html.blocks import Block
from rmanalytics.report.html.markup import failed_part, paragraph, stylesheet
from rmanalytics.report.html.read_back import read_back
from rmanalytics.report.html.workbook import write_workbook
from rmanalytics.report.words import wording

if TYPE_CHECKING:
    import pandas as pd

    from rmanalytics.evaluation import Study

BLOCKS = {
    "start": "data.start",
    "front": "front.front",
    "claims": "front.claims",
    "who_took_part": "comparison.balance.who_took_part",
    "balance": "comparison.balance.balance",
    "lot": "comparison.lot.lot",
    "meetings": "engagement.delivery.meetings",
    "topics": "engagement.delivery.topics",
    "pairing": "engagement.delivery.pairing",
    "primary_change": "survey.outcomes.primary_change",
    "changes": "survey.outcomes.changes",
    "persons": "survey.reliable_change.persons",
    "goals": "survey.goal_attainment.goals",
    "upward": "survey.goal_attainment.upward",
    "response_shift": "survey.response_shift.response_shift",
    "missing": "survey.attrition.missing",
    "power": "survey.power.power",
    "scale_quality": "survey.reliability.scale_quality",
    "tandem": "survey.both_sides.tandem",
    "both_learn": "survey.both_sides.both_learn",
    "survival": "retention.staying.survival",
    "naive_retention": "retention.staying.naive_retention",
    "promotion": "retention.staying.promotion",
    "mixing": "network.bridge.mixing",
    "bridge": "network.bridge.bridge",
    "segregation": "network.segregation.segregation",
    "on_pairs": "network.turnover.on_pairs",
    "turnover": "network.turnover.turnover",
    "generations": "network.segregation.generations",
    "visibility": "network.juniors.visibility",
    "new_ties": "network.bridge.new_ties",
    "brokerage": "network.juniors.brokerage",
    "spread": "network.juniors.spread",
    "top": "network.bridge.top",
    "company": "survey.exposure_response.company",
    "branding": "value.branding.branding",
    "costs": "engagement.delivery.costs",
    "across": "value.branding.across",
    "data_quality": "data.data_quality",
    "recorded": "recorded.recorded",
    "methods": "data.methods",
    "provenance": "data.provenance",
    "reach": "engagement.reach.reach",
    "rhythm": "engagement.course.rhythm",
    "lasting": "engagement.course.lasting",
    "harm": "engagement.course.harm",
    "audit": "engagement.course.audit",
    "variety": "engagement.topics.variety",
    "where": "engagement.topics.where",
    "initiatives": "engagement.topics.initiatives",
    "kinds_of_exit": "retention.exits.kinds_of_exit",
    "hazard": "retention.exits.hazard",
    "states": "retention.moves.states",
    "moves": "retention.moves.moves",
    "days_compared": "retention.moves.days_compared",
    "matching": "retention.moves.matching",
    "project_roles": "retention.exits.project_roles",
    "former_employees": "retention.exits.former_employees",
    "price_of_gain": "value.cost_effectiveness.price_of_gain",
    "hangs_on": "value.cost_effectiveness.hangs_on",
    "against_training": "value.cost_effectiveness.against_training",
    "acceptability": "value.cost_effectiveness.acceptability",
    "break_even": "value.cost_effectiveness.break_even",
    "cash_and_time": "value.cost_effectiveness.cash_and_time",
}
"""Each block, and the function of a chapter that makes it."""


SPEAKS_OF = {"survey.goal_attainment": "mentee", "retention": "mentor", "network.juniors": "mentor"}
"""Rooms of chapters whose blocks speak of one side alone."""


class Show:
    """The blocks of one study: ``show.changes(side="mentee")``.

    Parameters
    ----------
    study : Study
        What the blocks are about.
    first : Study, optional
        The same with another scale put first, for the blocks on the survey.
    side : str
        The only side that is shown; both where empty.
    """

    def __init__(self, study: Study, *, first: Study | None = None, side: str = "") -> None:
        self._study, self._first = study, first or study
        self._side = study.condition.side if isinstance(study, Subgroup) else side

    def __getattr__(self, name: str) -> Callable[..., Shown]:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in BLOCKS:
            raise AttributeError(str(unknown("block", name, BLOCKS)))
        make = maker(name)

        def block(**options: str) -> Shown:
            known = [parameter for parameter in inspect.signature(make).parameters if parameter != "study"]
            for option in options:
                if option not in known:
                    raise unknown(f"argument of {name}", option, known)
            if "side" in known:
                options["side"] = known_side(options.get("side", self._side))
            study = self._first if BLOCKS[name].startswith("survey.") else self._study
            language = study.programme.language
            tr = translator(language)
            spoken_of = options.get("side") or next(
                (s for of, s in SPEAKS_OF.items() if BLOCKS[name].startswith(of)), ""
            )
            if self._side and spoken_of not in ("", self._side):
                return Shown(name, _left_out(spoken_of, self._side, tr), language=language)
            try:
                with containing(study.faults):
                    made = contained(name, lambda: make(study, **options), lambda: [failed_part(tr)], inside=True)
            except SubgroupError as error:
                made = [paragraph(tr("Not shown for a subgroup: {why}.", why=tr(error.why)), kind="absent")]
            return Shown(name, made, language=language)

        block.__doc__ = make.__doc__
        return block

    def __dir__(self) -> list[str]:
        return sorted(BLOCKS)

    def __repr__(self) -> str:
        return f"Blocks: {', '.join(BLOCKS)}"


def _left_out(side: str, seen: str, tr: Translator) -> Block:
    """In place of a block on the side that nobody asked for."""
    other, people = wording.about_side(side, tr), wording.about_side(seen, tr)
    text = tr("Not shown: the {other}. What is looked at are the {people} alone.", other=other, people=people)
    return [paragraph(text, kind="absent")]


def maker(name: str) -> Callable[..., Block]:
    """The function of a chapter that makes a block of a study."""
    module, _, function = BLOCKS[name].rpartition(".")
    made: Callable[..., Block] = getattr(import_module(f"rmanalytics.report.chapters.{module}"), function)
    return made


class Shown:
    """A block: it displays itself in a notebook, and gives what is in it.

    Parameters
    ----------
    name : str
        Its name, which its files get.
    block : list
        HTML and figures in reading order.
    language : str
        The language that it is written in.
    """

    def __init__(self, name: str, block: Block, *, language: str) -> None:
        self.name = name
        self._block = block
        self._tr = translator(language)

    @cached_property
    def _read(self) -> tuple[list[str], list[pd.DataFrame]]:
        html = "".join(piece for piece in self._block if isinstance(piece, Markup))
        return read_back(html, separators=separators(self._tr))

    @property
    def sentence(self) -> str:
        """What it says first: a title that tells the finding, or a paragraph; empty where there are only tables.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> shown = rm.open(rm.example(), "2026H1").show.meetings()
        >>> bool(shown.sentence)
        True
        """
        return next(iter(self._read[0]), "")

    @property
    def tables(self) -> list[pd.DataFrame]:
        """Its tables as they are read on the page, the numbers of a figure among them.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> shown = rm.open(rm.example(), "2026H1").show.meetings()
        >>> len(shown.tables) > 1
        True
        """
        return self._read[1]

    @property
    def table(self) -> pd.DataFrame:
        """The first table.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> shown = rm.open(rm.example(), "2026H1").show.meetings()
        >>> len(shown.table.columns)
        2
        """
        first: pd.DataFrame = _first(self.tables, "table", self.name)
        return first

    @property
    def figures(self) -> list[Figure]:
        """Its plotly figures.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> shown = rm.open(rm.example(), "2026H1").show.meetings()
        >>> shown.figures[0]["layout"]["meta"]["id"]
        'calendar'
        """
        return [piece for piece in self._block if not isinstance(piece, Markup)]

    @property
    def figure(self) -> Figure:
        """The first figure.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> shown = rm.open(rm.example(), "2026H1").show.meetings()
        >>> shown.figure["layout"]["meta"]["id"]
        'calendar'
        """
        return _first(self.figures, "figure", self.name)

    def to_excel(self, path: str | Path = "") -> Path:
        """Write its tables as a workbook, a sheet each; the file is named after the block unless a path is given.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> shown = rm.open(rm.example(), "2026H1").show.meetings()
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     shown.to_excel(f"{folder}/meetings.xlsx").name
        'meetings.xlsx'
        """
        return write_workbook(Path(path or f"{self.name}.xlsx"), self.tables)

    def to_svg(self, path: str | Path = "") -> Path:
        """Write its first figure with its title as SVG, for a slide or a document.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> shown = rm.open(rm.example(), "2026H1").show.meetings()
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     shown.to_svg(f"{folder}/meetings.svg").name
        'meetings.svg'
        """
        return write_svg(Path(path or f"{self.name}.svg"), self.figure, title=self._title)

    def to_png(self, path: str | Path = "") -> Path:
        """Write its first figure and title as PNG, by an installed browser; without one SVG and a line that says so.

        Examples
        --------
        >>> import rmanalytics as rm
        >>> shown = rm.open(rm.example(), "2026H1").show.meetings()
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     shown.to_png(f"{folder}/meetings.png").stem
        'meetings'
        """
        return write_png(Path(path or f"{self.name}.png"), self.figure, title=self._title)

    @property
    def _title(self) -> str:
        return self._title_at(self._block.index(self.figure))

    def _title_at(self, figure: int) -> str:
        before = self._block[:figure]
        said = read_back("".join(piece for piece in before if isinstance(piece, Markup)))[0]
        return next(reversed(said[:-1] or said), "")

    def _ipython_display_(self) -> None:
        html: list[Markup] = [Markup('<style class="rma-style">{}</style>').format(stylesheet("blocks.css"))]
        in_lab = lab.in_lab()
        for at, piece in enumerate(self._block):
            if isinstance(piece, Markup):
                html.append(lab.sortable(piece, self._tr) if in_lab else piece)
                continue
            _html(html)
            html = []
            bundle = as_bundle(piece)
            meta = bundle["layout"]["meta"]
            display({PLOTLY_MIME: bundle, "text/plain": meta["alt"]}, raw=True)
            html += [lab.saving_figure(piece, meta["id"], self._title_at(at), self._tr)] if in_lab else []
        html += [lab.saving_tables(self.tables, self.name, self._tr)] if in_lab and self.tables else []
        _html(html)

    def __repr__(self) -> str:
        held = f"{len(self.tables)} tables, {len(self.figures)} figures: .table .figure .sentence .to_excel() .to_png()"
        return f"{self.name}: {self.sentence}\n{held}"


def _html(parts: list[Markup]) -> None:
    if parts:
        display(HTML(Markup('<div class="rma">{}</div>').format(Markup("\n").join(parts))))


def _first(found: list[Any], what: str, name: str) -> Any:
    if not found:
        raise UnknownNameError("RM-E-130", f'There is no {what} in the block "{name}".')
    return found[0]
