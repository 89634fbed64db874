"""Asking a programme: its claims, its data, its numbers, what the next round can show, breaches of the pairing rules.

Unit: one programme's folder. A function reads, computes and returns; what it returns prints itself.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rmanalytics.api.told import Told
from rmanalytics.errors import unknown

if TYPE_CHECKING:
    import pandas as pd

    from rmanalytics.api.study import Study


def open(programme: str | Path, round_id: str | None = None, *, reports: str | Path | None = None) -> Study:  # noqa: A001  (rm.open reads well)
    """Open a round of a programme.

    Parameters
    ----------
    programme : str or Path
        Folder with ``programme.toml``.
    round_id : str, optional
        Such as ``2026H1``; the last closed one unless given.
    reports : str or Path, optional
        Folder of its reports, ``reports`` here or beside this folder unless given. What was computed is kept there, and
        read while data, declaration and code are the same; where no report was made yet, nothing is kept.

    Returns
    -------
    Study
        Its claims, results, tables and charts, each computed when first asked for.

    Raises
    ------
    InputError
        Every problem of the folder's files, RM-E-006 for an unknown round, RM-E-093 where none is closed.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.open(rm.example(), "2026H1").round
    '2026H1'
    """
    from rmanalytics.api.study import Study
    from rmanalytics.evaluation import open_study
    from rmanalytics.run.code import shelf_of
    from rmanalytics.run.lock import STATE
    from rmanalytics.run.use import used

    folders, wanted = ["reports", "../reports"] if reports is None else [reports], round_id or latest(programme)
    with used(programme, "open", wanted):
        shelf = next(filter(None, (shelf_of(Path(folder) / STATE) for folder in folders)), None)
        return Study(open_study(programme, wanted, shelf=shelf))


def claims(language: str = "en") -> pd.DataFrame:
    """Every claim that can be answered, and the tables and columns that each needs.

    Parameters
    ----------
    language : str
        ``en`` or ``de``.

    Returns
    -------
    DataFrame
        ``claim, group, title, needs``, one row a claim.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> len(rm.claims())
    38
    """
    import pandas as pd

    from rmanalytics.evaluation.claims import claims as declared

    if language not in (known := declared()[0].title):
        raise unknown("language", language, known)
    rows = [(c.id, c.group, c.title[language], c.needs[language]) for c in declared()]
    return pd.DataFrame(rows, columns=["claim", "group", "title", "needs"])


def check(programme: str | Path, *, reports: str | Path = "reports", html: str | Path | None = None) -> Told:
    """Read a programme's data and say what is wrong with them.

    Parameters
    ----------
    programme : str or Path
        Folder with ``programme.toml``.
    reports : str or Path
        Folder of its reports: what changed since the last one is named.
    html : str or Path, optional
        A page for people outside data work, written here, with the list of rows (``…-rows.csv``) beside it; also where
        the input is refused.

    Returns
    -------
    Told
        ``tables``: ``accounts`` (what became of the rows of each file), ``problems``, and ``lacking`` (each absent
        table, column or scale, with the claims that it costs); ``result``: the tables read.

    Raises
    ------
    InputError
        Every problem of every file, when at least one of them refuses the input.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> list(rm.check(rm.example()).tables["accounts"])
    ['table', 'file', 'rows', 'used', 'quarantined', 'excluded']
    """
    from rmanalytics.errors import InputError
    from rmanalytics.intake.bundle import read_bundle
    from rmanalytics.run.use import used
    from rmanalytics.terminal import check_text

    with used(programme, "check"):
        try:
            bundle = read_bundle(Path(programme))
        except InputError as error:
            if html:
                check_text.write_page(Path(html), check_text.refused(Path(programme), error))
            raise
        found = check_text.checked(bundle, Path(reports))
        if html:
            check_text.write_page(Path(html), found)
    document = check_text.document(found)

    def frames() -> dict[str, pd.DataFrame]:
        import pandas as pd

        heads = ["code", "effect", "file", "column", "row_count", "rule", "remedy"]
        return {
            "accounts": pd.DataFrame(document["accounts"]),
            "problems": pd.DataFrame(document["problems"], columns=heads),
            "lacking": pd.DataFrame(document["lacking"], columns=["file", "part", "claims"]),
        }

    text = partial(check_text.as_text, found, len(bundle.programme.rounds))
    return Told(
        result=bundle,
        document=document,
        words=lambda: f"{text()}\n\n{check_text.next_step(found, programme)}",
        frames=frames,
    )


def results(
    programme: str | Path,
    round_id: str | None = None,
    *,
    claim: str | None = None,
    reports: str | Path = "reports",
) -> Told:
    """The numbers of a round: those of its published report, or computed where there is none.

    Parameters
    ----------
    programme, round_id
        As in `open`.
    claim : str, optional
        Only what answers one claim, such as ``M1``.
    reports : str or Path
        Folder of the reports.

    Returns
    -------
    Told
        ``document``: what ``results.json`` holds; ``table``: one row a number.

    Raises
    ------
    UnknownNameError
        RM-E-130 for a claim that is not there.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.results(rm.example(), claim="P1", reports="nowhere").table["name"].item()
    'completion_share'
    """
    from rmanalytics.run.use import used
    from rmanalytics.terminal.results_text import as_table, numbers_of

    with used(programme, "results", round_id or ""):
        document = numbers_of(Path(programme), round_id, Path(reports))
    rows, ledger = document["results"], document["ledger"]
    if claim:
        ledger = [answer for answer in ledger if answer["claim"]["id"] == claim]
        if not ledger:
            raise unknown("claim", claim, [answer["claim"]["id"] for answer in document["ledger"]])
        rows = [answer["result"] for answer in ledger if answer["result"] is not None]

    def frames() -> dict[str, pd.DataFrame]:
        import pandas as pd

        from rmanalytics.results import COLUMNS

        return {"results": pd.DataFrame(rows, columns=list(COLUMNS))}

    return Told(
        result=rows,
        document=document | {"results": rows, "ledger": ledger},
        words=lambda: as_table(rows, ledger if claim else []),
        frames=frames,
    )


def plan(
    programme: str | Path,
    *,
    tandems: int | None = None,
    comparison: int | None = None,
    rounds: int = 1,
    difference: float | None = None,
    claim: str | None = None,
) -> Told:
    """What the next round can show, from what the closed ones have measured.

    Parameters
    ----------
    programme : str or Path
        Folder with ``programme.toml``.
    tandems, comparison : int, optional
        Tandems, and people for comparison on each side; as in the last closed round unless given.
    rounds : int
        Rounds put together.
    difference : float, optional
        Scale points that are to be found.
    claim : str, optional
        Only one claim, with every size.

    Returns
    -------
    Told
        ``result``: the plan.

    Raises
    ------
    UnknownNameError
        RM-E-130 for a claim that is not sized.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.plan(rm.example(), tandems=34).result.tandems
    34
    """
    from rmanalytics.run.use import used
    from rmanalytics.terminal.plan_text import as_text, next_round, of_claim

    asked = {"tandems": tandems, "comparison": comparison, "difference": difference}
    with used(programme, "plan"):
        sized = next_round(Path(programme), rounds=rounds, **asked)  # type: ignore[arg-type]
    sized = of_claim(sized, claim) if claim else sized
    return Told(result=sized, document=sized.as_dict(), words=lambda: as_text(sized))


def falsify(
    programme: str | Path,
    *,
    claim: str = "",
    difference: float | None = None,
    draws: int | None = None,
    reports: str | Path = "reports",
) -> Told:
    """Try the method on the programme's own answers, where nothing is and where something was put in.

    Parameters
    ----------
    programme : str or Path
        Folder with ``programme.toml``.
    claim : str
        One claim; those of the plan unless given.
    difference : float, optional
        Points, ties or days to put in; each claim's smallest effect of interest unless given.
    draws : int, optional
        Imagined programmes of each kind; 200 unless given.
    reports : str or Path
        Where the reports lie: what came of it is kept there, for the appendix of the next report.

    Returns
    -------
    Told
        ``result``: a trial for each claim; ``document["sound"]`` is false where the method is not to be trusted.

    Raises
    ------
    InputError
        Every problem of the folder's files.
    UnknownNameError
        RM-E-130 for a claim that compares neither scores, nor places in the network, nor exits.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> rm.falsify(rm.example(), claim="M1", draws=2).document["sound"]
    True
    """
    from rmanalytics.evaluation.falsified import keep
    from rmanalytics.evaluation.falsify import DRAWS, as_dict
    from rmanalytics.evaluation.falsify import falsify as tried
    from rmanalytics.intake.bundle import read_bundle
    from rmanalytics.run.lock import STATE
    from rmanalytics.run.use import used
    from rmanalytics.terminal.falsify_text import as_text

    with used(programme, "falsify"):
        bundle = read_bundle(Path(programme))
        found = tried(bundle, claim=claim, effect=difference, draws=draws or DRAWS)
        keep(found, bundle, state=Path(reports) / STATE, on=date.today())  # noqa: DTZ011  (the day where it is run)
    return Told(result=found, document=as_dict(found), words=lambda: as_text(found))


def audit(
    programme: str | Path,
    round_id: str | None = None,
    *,
    on: date | None = None,
    planned: str | Path | None = None,
) -> Told:
    """Breaches of the pairing rules with their days, of a round or among planned tandems.

    Parameters
    ----------
    programme, round_id
        As in `open`.
    on : date, optional
        Day of the early warnings or of planning; today, or ``data_until`` if earlier, unless given.
    planned : str or Path, optional
        CSV of planned tandems of the round.

    Returns
    -------
    Told
        ``table``: the lists under each other. They name tandems: for the analyst alone.

    Examples
    --------
    >>> import rmanalytics as rm
    >>> list(rm.audit(rm.example(), "2026H1").table)[:3]
    ['list', 'tandem_id', 'rule']
    """
    from rmanalytics.run.use import used
    from rmanalytics.terminal.audit_text import COLUMNS, as_dict, as_rows, as_text, make_audit

    file, wanted = None if planned is None else Path(planned), round_id or latest(programme)
    with used(programme, "audit", wanted):
        made = make_audit(Path(programme), wanted, on=on, plan=file)

    def frames() -> dict[str, pd.DataFrame]:
        import pandas as pd

        return {"audit": pd.DataFrame(as_rows(made), columns=list(COLUMNS))}

    return Told(result=made, document=as_dict(made), words=lambda: as_text(made), frames=frames)


def latest(programme: str | Path) -> str:
    """Id of the last closed round of a programme."""
    from rmanalytics.intake.schema import TABLES
    from rmanalytics.programme.programme import read_programme
    from rmanalytics.run.due import latest_closed

    declared = read_programme(Path(programme), tuple(TABLES))
    return latest_closed(declared, today=declared.today())
