"""How well people know somebody: their guesses at another person's answers, held against these answers.

Unit: one guess of one person about one other person. Guessing what everybody answers is no knowledge of anybody, so the
average answer is taken out of both.

References
----------
West TV, Kenny DA (2011). https://doi.org/10.1037/a0022936
Biesanz JC (2010). https://doi.org/10.1080/00273171.2010.519262
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rmanalytics.measures.rows import check_rows

LEAST_ITEMS = 4
"""Fewest items that were guessed and answered."""


def guess_accuracy(guesses: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    r"""Accuracy and bias of each guess.

    Parameters
    ----------
    guesses : DataFrame
        ``person_id``, ``about_id``, ``item``, ``value``: what the person thinks the other answered.
    answers : DataFrame
        ``person_id``, ``item``, ``value``: what people answered themselves at that wave; all of them make the average.

    Returns
    -------
    DataFrame
        ``person_id``, ``about_id``, ``accuracy`` (−1 to 1, NaN with fewer than four items or where guesses or answers
        follow from the average alone), ``bias`` (scale points by which the guesses lie above the answers).

    Raises
    ------
    ValueError
        When a column is missing or a row stands twice.

    Notes
    -----
    Partial correlation over items of the guesses :math:`g_i` with the answers :math:`x_i`, the mean answer
    :math:`\bar x_i` to each item held. (Taking the mean from both instead, as a difference, would let accuracy rise for
    somebody who learns the average alone: the guesses then scatter less about it.)

    References
    ----------
    West TV, Kenny DA (2011). https://doi.org/10.1037/a0022936

    Examples
    --------
    Cy guesses Ann's answers exactly; Di guesses the average, which tells nothing of Ann:

    >>> answers = pd.DataFrame({"person_id": list("AAAABBBB"), "item": list("wxyz") * 2})
    >>> answers["value"] = [5, 1, 4, 2, 2, 3, 1, 4]
    >>> one = answers[answers["person_id"] == "A"].assign(person_id="Cy", about_id="A")
    >>> other = one.assign(person_id="Di", value=[3.5, 2, 2.5, 3])
    >>> guess_accuracy(pd.concat([one, other]), answers)["accuracy"].round(9).tolist()
    [1.0, nan]
    """
    check_rows(guesses, ["person_id", "about_id", "item", "value"], key=["person_id", "about_id", "item"])
    check_rows(answers, ["person_id", "item", "value"], key=["person_id", "item"])
    own = answers.rename(columns={"person_id": "about_id", "value": "truth"})
    own = own.assign(average=own.groupby("item")["truth"].transform("mean"))
    both = guesses.merge(own, on=["about_id", "item"]).dropna(subset=["value", "truth"])
    rows = [
        (person, about, _partial(*(one[name].to_numpy(dtype=float) for name in ("value", "truth", "average"))),
         float((one["value"] - one["truth"]).mean()))
        for (person, about), one in both.groupby(["person_id", "about_id"], sort=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["person_id", "about_id", "accuracy", "bias"])


def _partial(guess: np.ndarray, true: np.ndarray, average: np.ndarray) -> float:
    if guess.size < LEAST_ITEMS:
        return float("nan")
    held = np.column_stack([np.ones_like(average), average])
    left = [values - held @ np.linalg.lstsq(held, values, rcond=None)[0] for values in (guess, true)]
    lengths = [float(np.linalg.norm(one)) for one in left]
    return float(left[0] @ left[1] / (lengths[0] * lengths[1])) if min(lengths) > 1e-9 else float("nan")
