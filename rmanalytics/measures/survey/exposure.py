"""How near each person who takes no part is to the programme: tandems in the unit, steps in the network.

Unit: the person who takes no part. `rmanalytics.measures.survey.exposure_response` sets scores against it.

References
----------
Hudgens MG, Halloran ME (2008). https://doi.org/10.1198/016214508000000292
"""

from __future__ import annotations

from collections.abc import Collection, Hashable

import pandas as pd

from rmanalytics.measures.network.distances import distance_to_top
from rmanalytics.measures.rows import check_rows, looked_up


def unit_exposure(people: pd.DataFrame, tandems: pd.DataFrame) -> pd.DataFrame:
    """Tandems per 100 people in the unit of each person who is in none of them.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``unit`` (missing where unknown), everybody in the company, each once.
    tandems : DataFrame
        ``tandem_id`` (each once), ``mentor_id``, ``mentee_id``.

    Returns
    -------
    DataFrame
        ``person_id``, ``unit``, ``exposure``, a row a person who takes no part, in the order of ``people``. A tandem
        counts once in each unit in which it has a member.

    Raises
    ------
    ValueError
        When a person or a tandem stands in more than one row.

    Examples
    --------
    One tandem in a unit of four: 25 per 100.

    >>> people = pd.DataFrame({"person_id": list("abcde"), "unit": list("xxxxy")})
    >>> tandems = pd.DataFrame({"tandem_id": ["t"], "mentor_id": ["a"], "mentee_id": ["b"]})
    >>> unit_exposure(people, tandems)["exposure"].tolist()
    [25.0, 25.0, 0.0]
    """
    check_rows(people, ["person_id", "unit"], key=["person_id"])
    check_rows(tandems, ["tandem_id", "mentor_id", "mentee_id"], key=["tandem_id"])
    home = people.set_index("person_id")["unit"]
    members = pd.DataFrame({side: looked_up(tandems[f"{side}_id"], home) for side in ("mentor", "mentee")})
    members["tandem_id"] = tandems["tandem_id"]
    inside = members.melt("tandem_id", value_name="unit").dropna().drop_duplicates(["tandem_id", "unit"])
    share = 100 * inside["unit"].value_counts().reindex(home.unique(), fill_value=0) / home.value_counts()
    taking_part = people["person_id"].isin([*tandems["mentor_id"], *tandems["mentee_id"]])
    rest = people.loc[~taking_part, ["person_id", "unit"]].reset_index(drop=True)
    return rest.assign(exposure=looked_up(rest["unit"], share).astype(float))


def participant_distance(
    people: pd.DataFrame, ties: pd.DataFrame, *, participants: Collection[Hashable]
) -> pd.DataFrame:
    """Steps in the company's network from each person who takes no part to the nearest who does.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``unit``, everybody in the network, each once.
    ties : DataFrame
        ``source_id``, ``target_id``; followed in either direction.
    participants : collection of person ids
        Where there is none, no way leads to any.

    Returns
    -------
    DataFrame
        ``person_id``, ``unit``, ``exposure`` (steps, 1 or more; missing where no way leads to a participant), a row a
        person who takes no part, in the order of ``people``. More steps are less exposure: a programme that reaches
        out shows as a negative slope.

    Raises
    ------
    ValueError
        When a person stands in more than one row.

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": list("abc"), "unit": "x"})
    >>> ties = pd.DataFrame({"source_id": ["a", "b"], "target_id": ["b", "c"]})
    >>> participant_distance(people, ties, participants=["a"])["exposure"].tolist()
    [1.0, 2.0]
    """
    check_rows(people, ["person_id", "unit"], key=["person_id"])
    nobody = ties.head(0)[["source_id", "target_id"]]
    steps = distance_to_top(people, ties, nobody, top=participants).set_index("person_id")["steps"]
    rest = people.loc[~people["person_id"].isin(list(participants)), ["person_id", "unit"]].reset_index(drop=True)
    return rest.assign(exposure=looked_up(rest["person_id"], steps))
