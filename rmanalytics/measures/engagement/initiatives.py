"""Initiatives: changes of processes and structures that came out of a tandem, and whether they were adopted.

Unit: the initiative, and the tandem that it came from.

References
----------
Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953
"""

from __future__ import annotations

import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import check_rows
from rmanalytics.measures.stats.proportions import wilson_share
from rmanalytics.results import Curve, Estimate, NotEstimable

STATUSES = ("proposed", "adopted", "rejected")
UNDECIDED = "not decided on yet"
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
    """Share of the changes that came out of a tandem and have been adopted, of those that have been decided on.

    Parameters
    ----------
    initiatives : DataFrame
        As in `initiatives_by_status`.

    Returns
    -------
    Estimate or NotEstimable
        ``adopted_share``, unit ``share``, Wilson interval; changes still undecided are excluded and counted.

    Raises
    ------
    ValueError
        As in `initiatives_by_status`.

    Notes
    -----
    *Not estimable when* none has been decided on. Changes of one tandem are taken as independent.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> frame = pd.DataFrame({"initiative_id": list("wxyz"), "tandem_id": list("aabc"),
    ...                       "status": ["adopted", "rejected", "adopted", "proposed"]})
    >>> round(adopted_share(frame).value, 4)
    0.6667
    """
    _check_initiatives(initiatives)
    decided = initiatives["status"] != "proposed"
    undecided = int((~decided).sum())
    return wilson_share(
        int((initiatives["status"] == "adopted").sum()),
        int(decided.sum()),
        name="adopted_share",
        unit_of_analysis="initiative",
        n_excluded=undecided,
        excluded_reason=UNDECIDED if undecided else "",
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
