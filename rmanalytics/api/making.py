"""Making things: reports of a programme, an invented programme, and where the example lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rmanalytics.api.told import Told
from rmanalytics.errors import InputError, Problem, unknown
from rmanalytics.language.translator import filled, translator

if TYPE_CHECKING:
    from rmanalytics.programme.programme import Programme
    from rmanalytics.run.made import Made

ALL = "all"
DEADLINE_SECONDS = 900.0


def example() -> Path:
    """Folder of the example programme: a simulated company, small, whose figures mean nothing.

    Raises
    ------
    RunError
        RM-X-004 where it was not installed.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> (rm.example() / "programme.toml").is_file()
    True
    """
    from rmanalytics import shipped

    return shipped.example()


def report(
    programme: str | Path,
    round_id: str | None = None,
    *,
    reports: str | Path = "reports",
    deadline: float = DEADLINE_SECONDS,
    strict: bool = True,
    quiet: bool = False,
) -> Told:
    """Make the report of a round.

    Parameters
    ----------
    programme : str or Path
        Folder with ``programme.toml``.
    round_id : str, optional
        Such as ``2026H1``, or ``all`` closed ones; the last closed one unless given.
    reports : str or Path
        Folder that the reports go into.
    deadline : float
        Seconds that one report may take.
    strict : bool
        Whether a report that failed raises; else its error stands in ``result``.
    quiet : bool
        Say nothing of the progress.

    Returns
    -------
    Told
        ``result``: what came of each report, its folder or its error.

    Raises
    ------
    RmError
        Why the first report that failed was not made.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.report("nowhere", quiet=True)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    rmanalytics.errors.InputError: RM-E-001 nowhere: the programme's folder does not exist. Fix: ...
    """
    from rmanalytics.run.due import closed_rounds, latest_closed
    from rmanalytics.run.make import Target, make_reports
    from rmanalytics.run.progress import Progress

    def wanted(declared: Programme, *_: object) -> list[str]:
        if round_id and round_id != ALL:
            return [round_id]
        found = [latest_closed(declared, today=declared.today())]
        return closed_rounds(declared, today=declared.today()) if round_id == ALL else found

    target = Target(programme=Path(programme), reports=Path(reports))
    with Progress(quiet=quiet) as progress:
        made = make_reports([target], wanted, deadline=deadline, progress=progress)
    text = _text(made, strict=strict)
    return Told(result=made, document={"made": [one.as_dict() for one in made]}, words=lambda: text)


def due(
    *programmes: str | Path,
    reports: str | Path = "reports",
    deadline: float = DEADLINE_SECONDS,
    strict: bool = True,
    quiet: bool = False,
) -> Told:
    """Make every report that is missing, or whose data, notebooks or packages have changed.

    Parameters
    ----------
    *programmes : str or Path
        Folders; the reports of several go into one folder each inside ``reports``.
    reports, deadline, strict, quiet
        As in `report`.

    Returns
    -------
    Told
        ``result``: ``made``, what came of each report, and ``left``, the rounds that wait.

    Raises
    ------
    RmError
        As in `report`.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.due("nowhere", quiet=True)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    rmanalytics.errors.InputError: RM-E-001 nowhere: the programme's folder does not exist. Fix: ...
    """
    from rmanalytics.run.due import make_due, undone_of
    from rmanalytics.run.make import targets_of
    from rmanalytics.run.progress import Progress

    with Progress(quiet=quiet) as progress:
        targets = targets_of([Path(programme) for programme in programmes], Path(reports))
        call = make_due(targets, deadline=deadline, progress=progress)
    before = [one for target in targets for one in undone_of(target)]
    lines = [_text(call.made, strict=strict), *before, *(str(one) for one in call.left if one.state == "waiting")]
    if not call.made and not call.left:
        tr = translator(next((one.language for one in call.standings), "en"))
        nothing = tr("Nothing is due: every closed round has its report in {reports}.", reports=reports)
        lines = [nothing, *before]
    document = {name: [one.as_dict() for one in getattr(call, name)] for name in ("made", "left")}
    return Told(result=call, document=document, words=lambda: "\n".join(filter(None, lines)))


def _text(made: Sequence[Made], *, strict: bool) -> str:
    """Where the finished reports lie; the first that failed raises where that is wanted."""
    failed = next((one.error for one in made if one.error is not None), None)
    if strict and failed is not None:
        raise failed
    published = [(one, one.folder / "report.html") for one in made if one.folder is not None]
    return "\n".join(f"{one.programme}, {one.round_id}: {path} ({one.seconds:.1f} s)" for one, path in published)


def status(*programmes: str | Path, reports: str | Path = "reports", overdue_days: int | None = None) -> Told:
    """How every round of some programmes stands: whether it is closed, and has a report that still holds.

    Parameters
    ----------
    *programmes : str or Path
        Folders with ``programme.toml``.
    reports : str or Path
        Folder of their reports.
    overdue_days : int, optional
        Days after which a round without a current report is called overdue.

    Returns
    -------
    Told
        ``result``: one for each programme, with the error where it could not be read.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> len(rm.status(rm.example(), reports="nowhere").result)
    1
    """
    from rmanalytics.run.due import status as read
    from rmanalytics.run.make import targets_of
    from rmanalytics.terminal.status_text import as_text

    found = read(targets_of([Path(programme) for programme in programmes], Path(reports)))
    document = {"programmes": [one.as_dict() for one in found]}
    return Told(result=found, document=document, words=lambda: as_text(found, overdue_days))


def init(
    folder: str | Path, *, ask: Callable[[str, tuple[str, ...], str], str] | None = None, language: str = ""
) -> Told:
    """Look at a folder of exports and write its ``programme.toml``: what each file seems to be, which column is which.

    Parameters
    ----------
    folder : str or Path
        Holds exports as other tools write them; what is there is never changed or overwritten.
    ask : callable, optional
        Gets a question, the answers that there are and the usual one, and gives the answer; the usual one unless given.
    language : str
        Of the programme, its comments and the questions: en, de or de-CH; that of most headers unless given.

    Returns
    -------
    Told
        ``result``: what was seen, what is unsure and stands as a comment; it prints no cell.

    Raises
    ------
    UnknownNameError
        For a language that there is none of.
    InputError
        RM-E-131 where there is a ``programme.toml`` already, RM-E-001 where there is no such folder or nothing in it.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.init("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    rmanalytics.errors.InputError: RM-E-001 nowhere: the folder holds no file that could be read. Fix: ...
    """
    from rmanalytics.intake.look.propose import propose
    from rmanalytics.intake.look.show import told
    from rmanalytics.language.translator import LANGUAGES, key, translator
    from rmanalytics.programme.programme import FILE_NAME
    from rmanalytics.run.use import used

    if language and language not in LANGUAGES:
        raise unknown("language", language, LANGUAGES)
    folder = Path(folder)
    if (folder / FILE_NAME).exists():
        rule, remedy = key("it is there already and is not overwritten"), key("move it away, or change it by hand")
        raise InputError((Problem(code="RM-E-131", file=FILE_NAME, rule=rule, remedy=remedy),))
    made = propose(folder, ask or (lambda question, answers, usual: usual), language)  # noqa: ARG005
    if not made.seen:
        rule = key("the folder holds no file that could be read")
        remedy = key("put the exports into it: csv, xlsx, ods or ics")
        raise InputError((Problem(code="RM-E-001", file=str(folder), rule=rule, remedy=remedy),))
    for name, text in {FILE_NAME: made.toml, **made.scales}.items():
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write(text)
    with used(folder, "init"):  # a log lies in a programme's folder, which there is from here on
        pass
    seen = [
        {"file": one.name, "rows": one.rows, "seems": one.seems, "why": one.trouble or one.why} for one in made.seen
    ]
    written = [FILE_NAME, *made.scales]
    document = {"files": seen, "unsure": made.unsure, "written": written}
    tr = translator(made.language)
    after = "\n" + tr(
        "Written: {files}. Look them through, then: rmanalytics check {folder}",
        files=", ".join(written),
        folder=str(folder),
    )
    return Told(result=made, document=document, words=lambda: "\n".join([*told(made), after]))


def simulate(
    folder: str | Path,
    *,
    seed: int = 1,
    rounds: int = 3,
    tandems: int = 34,
    employees: int = 1200,
    draw: bool = False,
    plants: Mapping[str, float] | None = None,
    as_exports: Sequence[str] = (),
) -> Told:
    """Write an invented programme to try everything on.

    Parameters
    ----------
    folder : str or Path
        A new folder, or an empty one.
    seed : int
        The same seed gives the same files.
    rounds, tandems, employees : int
        Half-yearly rounds, tandems in each, people in the company.
    draw : bool
        Whether a lot decides which seniors start, with its receipts and wishes.
    plants : mapping of str to number, optional
        What is to fool a naive figure, and how much of it, such as ``{"demand": 0.3}``; docs/simulation.md lists them.
    as_exports : sequence of str
        Tools that are to write the data: qualtrics, limesurvey, forms, viva, snapshots, ical, workbook.

    Returns
    -------
    Told
        ``document``: the truth behind the data.

    Raises
    ------
    InputError
        RM-E-131 when the folder is not empty.
    UnknownNameError
        RM-E-130 for a tool or plant that there is not.

    Examples
    --------
    >>> import rmanalytics as rm, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     told = rm.simulate(folder, rounds=1, tandems=5, employees=60)
    >>> told.document["planted"]["scales"]["digital_fitness"]["gain"]
    0.4
    """
    from rmanalytics.simulate import simulate as write
    from rmanalytics.simulate.exports import EXPORTS, write_as
    from rmanalytics.simulate.plants import NAMES, Plants

    wrong = next((kind for kind in as_exports if kind not in EXPORTS), None)
    if wrong is not None:
        raise unknown("kind of export", wrong, EXPORTS)
    wrong = next((name for name in plants or {} if name not in NAMES), None)
    if wrong is not None:
        raise unknown("plant", wrong, NAMES)
    folder = Path(folder)
    if folder.exists() and any(folder.iterdir()):
        rule, remedy = filled("the folder is not empty"), filled("name a new folder")
        raise InputError((Problem(code="RM-E-131", file=str(folder), rule=rule, remedy=remedy),))
    fooling = Plants(**plants or {})
    truth = write(folder, seed=seed, rounds=rounds, tandems=tandems, employees=employees, draw=draw, plants=fooling)
    for kind in as_exports:
        write_as(folder, kind)
    text = f"{folder}: an invented programme. Next: rmanalytics report {folder}"
    return Told(result=folder, document=truth, words=lambda: text)
