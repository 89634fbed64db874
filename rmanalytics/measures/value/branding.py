"""Employer branding: what people do who saw the programme mentioned, against those who did not.

Unit: the person counted by the metric (an applicant, someone made an offer, a reader). Rows are counts of a day:
``numerator`` of ``denominator``; a metric that comes as a finished figure (a recommendation score) has ``value`` alone.

References
----------
Newcombe RG (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.rows import check_columns, check_parts
from rmanalytics.measures.stats.proportions import share_difference, wilson_share
from rmanalytics.results import Curve, Estimate, NotEstimable

LABELS = {"yes": "exposed", "no": "not exposed", "all": "all"}
NO_COUNTS = "no counts of this metric"
NO_ROWS = "no rows of this metric"
NOT_EXPOSED = "people who did not see the programme mentioned"

_COLUMNS = ("date", "metric", "value", "numerator", "denominator", "exposed")


@measure
def exposed_share(branding: pd.DataFrame, *, metric: str, exposed: str) -> Estimate | NotEstimable:
    """Share of a metric among those who saw the programme mentioned, or among those who did not.

    Parameters
    ----------
    branding : DataFrame
        ``date, metric, value, numerator, denominator, exposed`` (``yes``, ``no``, ``all`` or missing).
    metric : str
        Which metric.
    exposed : str
        ``yes`` or ``no``.

    Returns
    -------
    Estimate or NotEstimable
        ``branding_share``, unit ``share``, outcome the metric, group ``exposed`` or ``not exposed``.

    Raises
    ------
    ValueError
        When a column is missing, ``exposed`` is another word, or a numerator does not lie within 0 and its denominator.

    Notes
    -----
    *Not estimable when* there are no counts. Numerators and denominators are added up over days
    and sources; people are taken as counted once.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> frame = pd.DataFrame({"date": pd.to_datetime(["2026-01-01", "2026-02-01"]), "metric": "offers_accepted",
    ...                       "value": None, "numerator": [12, 18], "denominator": [20, 20], "exposed": "yes"})
    >>> exposed_share(frame, metric="offers_accepted", exposed="yes").value
    0.75
    """
    if exposed not in {"yes", "no"}:
        raise ValueError("exposed must be yes or no")
    rows = _counts(branding, metric)
    count, n = _sums(rows[rows["exposed"] == exposed])
    if n == 0:
        return NotEstimable(
            name="branding_share", unit="share", reason=NO_COUNTS, n=0, outcome=metric, group=LABELS[exposed]
        )
    result = wilson_share(count, n, name="branding_share", unit_of_analysis="person")
    return replace(result, outcome=metric, group=LABELS[exposed])


@measure
def exposed_difference(branding: pd.DataFrame, *, metric: str) -> Estimate | NotEstimable:
    r"""Difference of a share, people who saw the programme mentioned minus people who did not.

    Parameters
    ----------
    branding : DataFrame
        As in `exposed_share`.
    metric : str
        Which metric.

    Returns
    -------
    Estimate or NotEstimable
        ``branding_difference``, unit ``share``, outcome the metric.

    Raises
    ------
    ValueError
        As in `exposed_share`.

    Notes
    -----
    *Not estimable when* there are no counts on one of the sides. Newcombe's interval from the two
    Wilson intervals :math:`(l_i, u_i)`: :math:`d - \sqrt{(p_1-l_1)^2 + (u_2-p_2)^2}` to
    :math:`d + \sqrt{(u_1-p_1)^2 + (p_2-l_2)^2}`. Who sees a mention is not chosen by lot: this is a comparison, and
    becomes the programme's doing only where exposure was.

    References
    ----------
    Newcombe RG (1998). https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I

    Examples
    --------
    The first row of Newcombe's table: 56 of 70 against 48 of 80.

    >>> frame = pd.DataFrame({"date": pd.to_datetime(["2026-01-01"] * 2), "metric": "offers_accepted", "value": None,
    ...                       "numerator": [56, 48], "denominator": [70, 80], "exposed": ["yes", "no"]})
    >>> result = exposed_difference(frame, metric="offers_accepted")
    >>> round(result.value, 4), round(result.lo, 4), round(result.hi, 4)
    (0.2, 0.0524, 0.3339)
    """
    rows = _counts(branding, metric)
    count, n = _sums(rows[rows["exposed"] == "yes"])
    count_comparator, n_comparator = _sums(rows[rows["exposed"] == "no"])
    return _difference(
        (count, n), (count_comparator, n_comparator), name="branding_difference", metric=metric, comparator=NOT_EXPOSED
    )


@measure
def series(branding: pd.DataFrame, *, metric: str) -> Curve | NotEstimable:
    """A metric over time.

    Parameters
    ----------
    branding : DataFrame
        As in `exposed_share`, optionally with ``source``.
    metric : str
        Which metric.

    Returns
    -------
    Curve or NotEstimable
        ``branding_series``, outcome the metric. Unit ``share`` and points ``date, share, lo, hi, n`` (Wilson) where
        there are counts; else unit ``value`` and points ``date, source, value``. ``date`` is ISO text, in order; days
        too small for an interval are left out. ``n`` is the number of people, or of values.

    Raises
    ------
    ValueError
        As in `exposed_share`.

    Notes
    -----
    *Not estimable when* there are no rows of the metric. Everybody is counted, as in `before_after_difference`.

    References
    ----------
    Wilson EB (1927). https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> frame = pd.DataFrame({"date": pd.to_datetime(["2026-02-01", "2026-01-01"]), "metric": "offers_accepted",
    ...                       "value": None, "numerator": [12, 10], "denominator": [16, 20], "exposed": "all"})
    >>> series(frame, metric="offers_accepted").points[["date", "share"]].to_numpy().tolist()
    [['2026-01-01', 0.5], ['2026-02-01', 0.75]]
    """
    rows = _everybody(_counts(branding, metric))
    if rows.empty:
        return _values(branding, metric)
    points = []
    for day, total in rows.groupby("date")[["numerator", "denominator"]].sum().sort_index().iterrows():
        share = wilson_share(
            int(total["numerator"]), int(total["denominator"]), name="branding_share", unit_of_analysis="person"
        )
        if isinstance(share, Estimate):
            points.append((_iso(day), share.value, share.lo, share.hi, share.n))
    if not points:
        return NotEstimable(name="branding_series", unit="share", reason=NO_COUNTS, n=0, outcome=metric)
    frame = pd.DataFrame(points, columns=["date", "share", "lo", "hi", "n"])
    return Curve(
        name="branding_series",
        unit="share",
        points=frame,
        n=int(frame["n"].sum()),
        unit_of_analysis="person",
        method="shares of a day with Wilson intervals",
        outcome=metric,
    )


def _values(branding: pd.DataFrame, metric: str) -> Curve | NotEstimable:
    rows = _everybody(branding[(branding["metric"] == metric) & branding["value"].notna()])
    if rows.empty:
        return NotEstimable(name="branding_series", unit="value", reason=NO_ROWS, n=0, outcome=metric)
    rows = rows.assign(source=rows["source"].fillna("") if "source" in rows else "").sort_values(["date", "source"])
    points = pd.DataFrame(
        {
            "date": [_iso(day) for day in rows["date"]],
            "source": rows["source"].to_numpy(),
            "value": rows["value"].to_numpy(dtype="float64"),
        }
    )
    return Curve(
        name="branding_series",
        unit="value",
        points=points,
        n=len(points),
        unit_of_analysis="value",
        method="figures as delivered, without a number of people",
        outcome=metric,
    )


def _counts(branding: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows of a metric that are counts, checked."""
    check_columns(branding, _COLUMNS)
    rows = branding[(branding["metric"] == metric) & branding["numerator"].notna() & branding["denominator"].notna()]
    check_parts(rows["numerator"], rows["denominator"])
    return rows


def _everybody(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that count everybody; where there are none, the exposed and the others together."""
    whole = rows[rows["exposed"].isna() | (rows["exposed"] == "all")]
    return rows if whole.empty else whole


def _sums(rows: pd.DataFrame) -> tuple[int, int]:
    return int(rows["numerator"].sum()), int(rows["denominator"].sum())


def _difference(
    first: tuple[int, int], second: tuple[int, int], *, name: str, metric: str, comparator: str
) -> Estimate | NotEstimable:
    if first[1] == 0 or second[1] == 0:
        return NotEstimable(name=name, unit="share", reason=NO_COUNTS, n=first[1] + second[1], outcome=metric)
    result = share_difference(*first, *second, name=name, unit_of_analysis="person", comparator=comparator)
    return replace(result, outcome=metric)


def _iso(day: object) -> str:
    return pd.Timestamp(str(day)).date().isoformat()
