"""Initiatives: changes of processes and structures that came out of a tandem, and whether they were adopted.

Unit: the initiative, and the tandem that it came from.

References
----------
Garwood F (1936). https://doi.org/10.1093/biomet/28.3-4.437
Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from scipy.stats import chi2

from rmanalytics.containment import measure
from rmanalytics.measures.rows import LOWER, UPPER, check_rows
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import Curve, Estimate, NotEstimable

STATUSES = ("proposed", "adopted", "rejected")
NO_TANDEM = "no tandem was matched"
RATE_METHOD = "events for every ten tandems, exact Poisson interval"
STATUS_METHOD = "changes proposed by tandems, by status"


@measure
def initiatives_by_status(initiatives: pd.DataFrame) -> Curve:
    """How many changes came out of tandems, and what became of them.

    Parameters
    ----------
    initiatives : DataFrame
        ``initiative_id`` (each once), ``tandem_id``, ``status`` (``proposed``, ``adopted``, ``rejected``).

    Returns
    -------
    Curve
        ``initiatives_by_status``, unit ``count``; points ``status`` (text), ``initiatives_n``, ``tandems_n``, in that
        order, zeros included.

    Raises
    ------
    ValueError
        When a column is missing, an initiative stands twice or has another status.

    Examples
    --------
    >>> frame = pd.DataFrame({"initiative_id": ["x", "y"], "tandem_id": ["a", "a"], "status": ["adopted", "proposed"]})
    >>> initiatives_by_status(frame).points["initiatives_n"].tolist()
    [1, 1, 0]
    """
    _check_initiatives(initiatives)
    counts = initiatives.groupby("status")["tandem_id"].agg(initiatives_n="size", tandems_n="nunique")
    points = counts.reindex(pd.Index(STATUSES, name="status"), fill_value=0).reset_index()
    return Curve(
        name="initiatives_by_status",
        unit="count",
        points=points.astype({"status": "str"}),
        n=len(initiatives),
        unit_of_analysis="initiative",
        method=STATUS_METHOD,
    )


@measure
def adopted_share(initiatives: pd.DataFrame) -> Estimate | NotEstimable:
    """Share of the changes that came out of a tandem and have been adopted, of all that were proposed.

    Parameters
    ----------
    initiatives : DataFrame
        As in `initiatives_by_status`.

    Returns
    -------
    Estimate or NotEstimable
        ``adopted_share``, unit ``share``, Wilson interval; ``extra``: ``count``, ``undecided``, ``decided``.

    Raises
    ------
    ValueError
        As in `initiatives_by_status`.

    Notes
    -----
    *Not estimable when* none was proposed. One that is not decided on counts as not adopted, for easy ones are decided
    first. Changes of one tandem are taken as independent.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> frame = pd.DataFrame({"initiative_id": list("wxyz"), "tandem_id": list("aabc"),
    ...                       "status": ["adopted", "rejected", "adopted", "proposed"]})
    >>> adopted_share(frame).value
    0.5
    """
    _check_initiatives(initiatives)
    adopted, undecided = (int((initiatives["status"] == status).sum()) for status in ("adopted", "proposed"))
    found = wilson_share(adopted, len(initiatives), name="adopted_share", unit_of_analysis="initiative")
    if isinstance(found, NotEstimable):
        return found
    extra = {"undecided": float(undecided), "decided": float(len(initiatives) - undecided)}
    return replace(found, extra={**found.extra, **extra})


@measure
def adopted_rate(tandems: pd.DataFrame, initiatives: pd.DataFrame) -> Estimate | NotEstimable:
    """Changes adopted for every ten tandems matched.

    Parameters
    ----------
    tandems, initiatives
        As in `initiating_share`.

    Returns
    -------
    Estimate or NotEstimable
        ``adopted_rate``, unit ``changes per 10 tandems``, Garwood's exact interval. ``extra``: ``adopted``,
        ``undecided``, ``decided``.

    Raises
    ------
    ValueError
        As in `initiating_share`.

    Notes
    -----
    *Not estimable when* there is no tandem. Changes are taken to come independently.

    References
    ----------
    Garwood F (1936). https://doi.org/10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> frame = pd.DataFrame({"initiative_id": ["x", "y"], "tandem_id": ["a", "a"], "status": ["adopted", "proposed"]})
    >>> found = adopted_rate(pd.DataFrame({"tandem_id": list("abcd")}), frame)
    >>> round(found.value, 4), round(found.lo, 4), round(found.hi, 4)
    (2.5, 0.0633, 13.9291)
    """
    check_rows(tandems, ["tandem_id"], key=["tandem_id"])
    _check_initiatives(initiatives)
    own = initiatives.loc[initiatives["tandem_id"].isin(tandems["tandem_id"]), "status"]
    adopted, undecided, n = int((own == "adopted").sum()), int((own == "proposed").sum()), len(tandems)
    unit, name = "changes per 10 tandems", "adopted_rate"
    if not n:
        return NotEstimable(name=name, unit=unit, reason=NO_TANDEM, n=0)
    return Estimate(
        name=name,
        unit=unit,
        value=10 * adopted / n,
        lo=10 * float(chi2.ppf(LOWER, 2 * adopted)) / (2 * n) if adopted else 0.0,
        hi=10 * float(chi2.ppf(UPPER, 2 * adopted + 2)) / (2 * n),
        n=n,
        unit_of_analysis="tandem",
        method=RATE_METHOD,
        extra={"adopted": float(adopted), "undecided": float(undecided), "decided": float(len(own) - undecided)},
    )


@measure
def initiating_share(tandems: pd.DataFrame, initiatives: pd.DataFrame) -> Estimate | NotEstimable:
    """Share of the tandems matched from which a change came, adopted or not.

    Parameters
    ----------
    tandems : DataFrame
        ``tandem_id`` (each once): all that were matched.
    initiatives : DataFrame
        As in `initiatives_by_status`; those of other tandems are not counted.

    Returns
    -------
    Estimate or NotEstimable
        ``initiating_share``, unit ``share``, Wilson interval.

    Raises
    ------
    ValueError
        As in `initiatives_by_status`, or when a tandem stands twice.

    Notes
    -----
    *Not estimable when* there is no tandem.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> frame = pd.DataFrame({"initiative_id": ["x", "y"], "tandem_id": ["a", "a"], "status": ["adopted", "proposed"]})
    >>> initiating_share(pd.DataFrame({"tandem_id": list("abcd")}), frame).value
    0.25
    """
    check_rows(tandems, ["tandem_id"], key=["tandem_id"])
    _check_initiatives(initiatives)
    count = int(tandems["tandem_id"].isin(initiatives["tandem_id"]).sum())
    return wilson_share(count, len(tandems), name="initiating_share", unit_of_analysis="tandem")


def _check_initiatives(initiatives: pd.DataFrame) -> None:
    check_rows(initiatives, ["initiative_id", "tandem_id", "status"], key=["initiative_id"])
    if not initiatives["status"].isin(STATUSES).all():
        raise ValueError("status must be proposed, adopted or rejected")
