"""Do ties follow from other relations: correlation and regression of whole networks (QAP, MRQAP).

Unit of analysis: the dyad, an ordered pair of people. The p-values of ordinary regression are wrong for dyads, which
share people; here whole people change places instead.

References
----------
Dekker D, Krackhardt D, Snijders TAB (2007). Sensitivity of MRQAP tests to collinearity and autocorrelation
conditions. https://doi.org/10.1007/s11336-007-9016-1
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from rmanalytics.containment import measure
from rmanalytics.measures.network.dyadic_se import correlation_limits, dyad_robust_se
from rmanalytics.measures.network.nulls.permutation_null import p_of
from rmanalytics.measures.network.ties import ENDS, Ints, wave
from rmanalytics.measures.rows import LEAST_PEOPLE, Floats, Z, check_rows, is_constant
from rmanalytics.results import Curve, Estimate, NotEstimable

TOO_FEW_PEOPLE = "fewer than {least} people"
SAME_FOR_ALL = "no variation over the ordered pairs"
DEPENDENT = "a predictor follows from the others"
PERFECT = "the predictors leave nothing over"
QAP = "QAP correlation: people change places; dyadic cluster-robust interval"
MRQAP = "regression on ordered pairs, MRQAP test by double semi-partialling; dyadic cluster-robust intervals"

INTERCEPT = "(intercept)"
_CELLS = 1 << 21
_NOISE = 1e-9


def dyad_table(people: pd.DataFrame, ties: pd.DataFrame) -> pd.DataFrame:
    """All ordered pairs of people, with whether the first names the second, and whether they are of one generation.

    Parameters
    ----------
    people : DataFrame
        ``person_id``, ``generation``.
    ties : DataFrame
        ``source_id``, ``target_id``, directed.

    Returns
    -------
    DataFrame
        N(N - 1) rows: ``source_id``, ``target_id``, ``tie``, ``same_generation`` (0 or 1).

    Examples
    --------
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "generation": ["old", "young"]})
    >>> dyad_table(people, pd.DataFrame({"source_id": ["b"], "target_id": ["a"]})).to_numpy().tolist()
    [['a', 'b', 0.0, 0.0], ['b', 'a', 1.0, 0.0]]
    """
    net = wave(people, ties)
    n = net.people_n
    source, target = np.nonzero(~np.eye(n, dtype=bool))
    tie = np.isin(source * n + target, net.source * n + net.target)
    return pd.DataFrame(
        {
            "source_id": net.ids[source],
            "target_id": net.ids[target],
            "tie": tie.astype(np.float64),
            "same_generation": (net.codes[source] == net.codes[target]).astype(np.float64),
        }
    )


@measure
def qap_correlation(
    dyads: pd.DataFrame, *, outcome: str, predictor: str, rng: np.random.Generator, seed: int, draws: int = 2_000
) -> Estimate | NotEstimable:
    r"""Correlation of two relations over all ordered pairs of people.

    Parameters
    ----------
    dyads : DataFrame
        ``source_id``, ``target_id``, each ordered pair of different people once and none left out, and the two
        columns named.
    outcome, predictor : str
        Columns, numbers or 0 and 1.
    rng, seed
        Source of chance, and its seed for the record.
    draws : int
        Times that people change places.

    Returns
    -------
    Estimate or NotEstimable
        Unit ``r``, n dyads; ``p_value`` two-sided. ``extra``: ``people_n``, ``perm_sd``, ``p_upper``.

    Raises
    ------
    ValueError
        When a column is missing, a value is missing, or the ordered pairs are not all there once.

    Notes
    -----
    Not estimable with fewer than six people, or without variation in a column.

    References
    ----------
    Krackhardt D (1988). Predicting with networks. https://doi.org/10.1016/0378-8733(88)90004-4

    Examples
    --------
    A relation and itself:

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> table = dyad_table(people, pd.DataFrame({"source_id": list("abd"), "target_id": list("bca")}))
    >>> result = qap_correlation(table, outcome="tie", predictor="tie", rng=np.random.default_rng(1), seed=1)
    >>> round(result.value, 6)
    1.0
    """
    name, unit = "qap_correlation", "r"
    n, frame = _complete(dyads, [outcome, predictor])
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PEOPLE, n=len(frame), values={"least": LEAST_PEOPLE})
    y, x = (frame[column].to_numpy(dtype="float64") for column in (outcome, predictor))
    if is_constant(y, among=y) or is_constant(x, among=x):
        return NotEstimable(name=name, unit=unit, reason=SAME_FOR_ALL, n=len(frame))
    y, x = (y - y.mean()) / y.std(), (x - x.mean()) / x.std()
    value = float((x * y).mean())
    drawn = np.concatenate([moved @ y / len(y) for moved in _moved(x, n, rng=rng, draws=draws)])
    p, mc_se = p_of(int((np.abs(drawn) >= abs(value) - _NOISE).sum()), draws, exact=False)
    upper, _ = p_of(int((drawn >= value - _NOISE).sum()), draws, exact=False)
    source, target = _ends(n)
    influence = (x * y - value * (x**2 + y**2) / 2) / len(y)
    lo, hi = correlation_limits(value, dyad_robust_se(n, source, target, influence))
    return Estimate(
        name=name,
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=len(y),
        unit_of_analysis="dyad",
        method=QAP,
        p_value=p,
        draws=draws,
        seed=seed,
        mc_se=mc_se,
        extra={"people_n": float(n), "perm_sd": float(drawn.std()), "p_upper": upper},
    )


@measure
def mrqap(
    dyads: pd.DataFrame,
    *,
    outcome: str,
    predictors: Sequence[str],
    rng: np.random.Generator,
    seed: int,
    draws: int = 2_000,
) -> Curve | NotEstimable:
    r"""Regression of one relation on several others over all ordered pairs of people.

    Parameters
    ----------
    dyads : DataFrame
        ``source_id``, ``target_id``, each ordered pair of different people once and none left out, and the columns
        named.
    outcome : str
        Column to explain.
    predictors : sequence of str
        Columns that explain it together.
    rng, seed
        Source of chance, and its seed for the record.
    draws : int
        Times that people change places, for each predictor.

    Returns
    -------
    Curve or NotEstimable
        ``points``, one row a predictor and the intercept first: ``predictor``, ``coefficient`` (units of the outcome
        by unit of the predictor), ``lo``, ``hi`` (missing where no variance can be had), ``t``, ``p_value``
        (two-sided), ``mc_se``. ``points.attrs``: ``r_squared``, ``people_n``, ``seed``, ``draws``.

    Raises
    ------
    ValueError
        As in `qap_correlation`.

    Notes
    -----
    Not estimable with fewer than six people, when a predictor follows from the others, or when they explain the
    outcome without rest. For the test each predictor is freed of the others, the people of the rest change places,
    and :math:`t` is taken anew with the other predictors in the model.

    References
    ----------
    Dekker D, Krackhardt D, Snijders TAB (2007). https://doi.org/10.1007/s11336-007-9016-1

    Examples
    --------
    Ties of one generation in 2 of 12 pairs, of two in 1 of 18: the coefficient is 2/12 - 1/18.

    >>> people = pd.DataFrame({"person_id": list("abcdef"), "generation": ["old"] * 3 + ["young"] * 3})
    >>> table = dyad_table(people, pd.DataFrame({"source_id": list("abd"), "target_id": list("bca")}))
    >>> curve = mrqap(table, outcome="tie", predictors=["same_generation"], rng=np.random.default_rng(1), seed=1)
    >>> curve.points["coefficient"].round(4).tolist()
    [0.0556, 0.1111]
    """
    name, unit = "mrqap", "coefficient"
    n, frame = _complete(dyads, [outcome, *predictors])
    y = frame[outcome].to_numpy(dtype="float64")
    X = np.column_stack([np.ones(len(y)), frame[list(predictors)].to_numpy(dtype="float64")])
    if n < LEAST_PEOPLE:
        return NotEstimable(name=name, unit=unit, reason=TOO_FEW_PEOPLE, n=len(y), values={"least": LEAST_PEOPLE})
    if is_constant(y, among=y):
        return NotEstimable(name=name, unit=unit, reason=SAME_FOR_ALL, n=len(y))
    if np.linalg.matrix_rank(X) < X.shape[1]:
        return NotEstimable(name=name, unit=unit, reason=DEPENDENT, n=len(y))
    inverse = np.linalg.inv(X.T @ X)
    coefficient = inverse @ X.T @ y
    rest = y - X @ coefficient
    df = len(y) - X.shape[1]
    total = float(((y - y.mean()) ** 2).sum())
    if float(rest @ rest) <= _NOISE * total:
        return NotEstimable(name=name, unit=unit, reason=PERFECT, n=len(y))
    t = coefficient / np.sqrt(np.diag(inverse) * float(rest @ rest) / df)
    se = _robust_se(X, rest, inverse, n)
    tests = [
        p_of(
            int((np.abs(_permuted_t(y, X, k, n, rng=rng, draws=draws)) >= abs(t[k]) - _NOISE).sum()), draws, exact=False
        )
        for k in range(X.shape[1])
    ]
    points = pd.DataFrame(
        {
            "predictor": [INTERCEPT, *predictors],
            "coefficient": coefficient,
            "lo": coefficient - Z * se,
            "hi": coefficient + Z * se,
            "t": t,
            "p_value": [p for p, _ in tests],
            "mc_se": [error for _, error in tests],
        }
    )
    points.attrs = {"r_squared": 1 - float(rest @ rest) / total, "people_n": n, "seed": seed, "draws": draws}
    return Curve(name=name, unit=unit, points=points, n=len(y), unit_of_analysis="dyad", method=MRQAP)


def _complete(dyads: pd.DataFrame, columns: list[str]) -> tuple[int, pd.DataFrame]:
    """Number of people, and the ordered pairs sorted by person; refuses gaps."""
    check_rows(dyads, [*ENDS, *columns], key=ENDS)
    if dyads[columns].isna().to_numpy().any():
        raise ValueError("a value of an ordered pair is missing")
    frame = dyads.sort_values(ENDS, ignore_index=True)
    n = int(frame["source_id"].nunique())
    alike = (frame["source_id"] == frame["target_id"]).any()
    if len(frame) != n * (n - 1) or alike or not frame["target_id"].isin(frame["source_id"]).all():
        raise ValueError("give every ordered pair of different people one row")
    return n, frame


def _ends(n: int) -> tuple[Ints, Ints]:
    source, target = np.nonzero(~np.eye(n, dtype=bool))
    return source.astype(np.int64), target.astype(np.int64)


def _moved(values: Floats, n: int, *, rng: np.random.Generator, draws: int) -> Iterator[Floats]:
    """The values of all ordered pairs after people have changed places; in chunks of draws by pairs."""
    source, target = _ends(n)
    table = np.zeros((n, n))
    table[source, target] = values
    rows = max(_CELLS // len(values), 1)
    for start in range(0, draws, rows):
        places = rng.permuted(np.broadcast_to(np.arange(n), (min(rows, draws - start), n)), axis=1)
        yield table[places[:, source], places[:, target]]


def _permuted_t(y: Floats, X: Floats, k: int, n: int, *, rng: np.random.Generator, draws: int) -> Floats:
    """The t of one predictor when the people of its rest, freed of the other predictors, have changed places."""
    others = np.linalg.qr(np.delete(X, k, axis=1))[0]
    freed = X[:, k] - others @ (others.T @ X[:, k])
    y = y - others @ (others.T @ y)
    y = y / np.linalg.norm(y)
    df = len(y) - X.shape[1]
    found = []
    for moved in _moved(freed, n, rng=rng, draws=draws):
        left = moved - (moved @ others) @ others.T
        length = np.linalg.norm(left, axis=1)
        r = np.divide(left @ y, length, out=np.zeros(len(left)), where=length > _NOISE)
        found.append(r * np.sqrt(df / np.maximum(1 - r**2, _NOISE)))
    return np.concatenate(found)


def _robust_se(X: Floats, rest: Floats, inverse: Floats, n: int) -> Floats:
    """Standard errors of the coefficients that treat all pairs of one person as dependent; missing where negative."""
    source, target = _ends(n)
    scores = X * rest[:, None]
    person = np.zeros((n, X.shape[1]))
    np.add.at(person, source, scores)
    np.add.at(person, target, scores)
    _, pair = np.unique(np.minimum(source, target) * n + np.maximum(source, target), return_inverse=True)
    dyad = np.zeros((n * (n - 1) // 2, X.shape[1]))
    np.add.at(dyad, pair, scores)
    variance = np.diag(inverse @ (person.T @ person - dyad.T @ dyad) @ inverse)
    return np.sqrt(np.where(variance > 0, variance, np.nan))
