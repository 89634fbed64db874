"""How far generations keep to themselves by every measure, in one table, and a drawing for the analyst.

Each measure stands beside the value it would have if generation did not matter. Generations of fewer people than the
programme's ``k`` are not shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.charts import network
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, titled, told
from rmanalytics.report.html.markup import numbers, paragraph, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import because, estimate, found, not_estimable
from rmanalytics.results import Curve, Estimate, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

NEEDS = "ties.csv: wave_date, source_id, target_id, kind; people.csv: birth_year"
AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure in a reader's words: name, how to read it, where it stands if generation did not matter.

    Parameters
    ----------
    name, outcome : str
        The result.
    words, reads : str
        English texts.
    baseline : float, str or None
        The number itself, the name of the result's ``extra`` that holds it, or None where there is none.
    apart_above : bool
        Whether generations that keep to themselves stand above the baseline.
    """

    name: str
    words: str
    reads: str
    baseline: float | str | None
    apart_above: bool = True
    outcome: str = ""


MEASURES = (
    Measure(
        name="ei_index",
        words=key("E–I index"),
        reads=key("−1: every tie within a generation; 1: every tie between two"),
        baseline="expected",
        apart_above=False,
    ),
    Measure(
        name="ei_index_weighted",
        words=key("E–I index by weight"),
        reads=key("each tie counts by its weight, such as the number of events"),
        baseline="expected",
        apart_above=False,
    ),
    Measure(
        name="freeman_segregation",
        words=key("Segregation (Freeman)"),
        reads=key("share of the expected ties between generations that is not there"),
        baseline=0.0,
    ),
    Measure(
        name="within_between_odds",
        words=key("Odds of a tie"),
        reads=key("how many times higher within a generation than between two"),
        baseline=1.0,
    ),
    Measure(
        name="nominal_assortativity",
        words=key("Likeness of generation (assortativity)"),
        reads=key("1: every tie within a generation; 0: as the number of ties of each would give"),
        baseline=0.0,
    ),
    Measure(
        name="numeric_assortativity",
        outcome="age",
        words=key("Likeness of age"),
        reads=key("correlation of the ages of those who name and those who are named"),
        baseline="expected",
    ),
    Measure(
        name="ei_within_strata",
        words=key("E–I index within units"),
        reads=key("less what the make-up of the units explains; below 0: within a generation"),
        baseline=0.0,
        apart_above=False,
    ),
    Measure(
        name="ei_degree_null",
        words=key("E–I index, popularity held"),
        reads=key("less what the number of ties of each person explains; below 0: within a generation"),
        baseline=0.0,
        apart_above=False,
    ),
    Measure(
        name="cut_ties",
        words=key("Bridges of one tie"),
        reads=key("share of the pairs between generations that alone hold parts of the network together"),
        baseline=None,
    ),
)


def segregation(study: Study) -> Block:
    """Every measure with its baseline and interval, and Coleman's preference of each generation."""
    tr = translator(language_of(study))
    known = [(m, r) for m in MEASURES if (r := _of(study, m)) is not None]
    shown = [(m, r) for m, r in known if isinstance(r, Estimate)]
    what = tr("How far generations keep to themselves")
    if not shown:
        return absent(what, next(iter(not_estimable([r for _, r in known])), None), tr, needs=NEEDS)
    title = _title([r for m, r in known if m.baseline is not None], [(m, r) for m, r in shown if _told_apart(m, r)], tr)
    subtitle = tr(
        "Ties after the round, tandem ties taken out, each measure beside the value it would have if generation did "
        "not matter; {n} people",
        n=shown[0][1].n,
    )
    heads = [
        text(tr("measure")),
        numbers(tr("value")),
        numbers(tr("if generation did not matter")),
        numbers(tr("95% interval")),
        numbers(tr("before the round"), wide_only=True),
    ]
    rows: list[Sequence[str]] = [_row(study, m, r, tr) for m, r in shown]
    rows += _preferences(study, tr)
    refused = [tr("{what}: {reason}", what=tr(m.words), reason=because(n, tr)) for m, r in known for n in _refused(r)]
    meant = tr(
        "All of these ask one thing: do people name colleagues of their own generation more often than they would if "
        "generation did not matter? They differ in what they take as given: the size of the generations, how often "
        "each person names and is named, the unit. Tandem ties never count."
    )
    block = [*titled(title, subtitle, table(heads, rows)), *told(meant)]
    return block + (told(tr("Not estimable: {list}.", list="; ".join(refused))) if refused else [])


def _of(study: Study, measure: Measure) -> Result | None:
    return found(study.network, measure.name, group=AFTER, outcome=measure.outcome)


def _refused(result: Result) -> list[Any]:
    return list(not_estimable([result]))


def _baseline(measure: Measure, result: Estimate) -> float | None:
    return result.extra.get(measure.baseline) if isinstance(measure.baseline, str) else measure.baseline


def _told_apart(measure: Measure, result: Estimate) -> bool:
    """Whether the measure can say more than chance or less: it has an interval and a value to hold it against."""
    return result.lo is not None and result.hi is not None and _baseline(measure, result) is not None


def _title(asked: Sequence[Result], shown: Sequence[tuple[Measure, Estimate]], tr: Translator) -> str:
    """How many of the measures say that generations keep to themselves, for sure."""
    apart = 0
    for measure, result in shown:
        baseline, lo, hi = _baseline(measure, result), result.lo, result.hi
        if baseline is not None and lo is not None and hi is not None:
            apart += lo > baseline if measure.apart_above else hi < baseline
    if apart:
        return tr(
            "By {n} of {all} measures generations keep to themselves more than chance would give",
            n=apart,
            all=len(asked),
        )
    if shown:
        return tr("Whether generations keep to themselves more than chance would give is open")
    return tr("How far generations keep to themselves")


def _row(study: Study, measure: Measure, result: Estimate, tr: Translator) -> list[str]:
    digits = wording.digits_of(result)
    baseline = _baseline(measure, result)
    earlier = estimate(study.network, measure.name, group="before", outcome=measure.outcome)
    return [
        _named(measure.words, measure.reads, tr),
        _value(result, digits, tr),
        "–" if baseline is None else tr.number(baseline, 0 if float(baseline).is_integer() else digits),
        wording.interval_text(result, tr, bare_limits=True) or "–",
        "–" if earlier is None else _value(earlier, digits, tr),
    ]


def _value(result: Estimate, digits: int, tr: Translator) -> str:
    return tr.share(result.value, digits) if result.unit == "share" else tr.number(result.value, digits)


def _named(words: str, reads: str, tr: Translator) -> Markup:
    return Markup('{}<br><span class="n">{}</span>').format(tr(words), tr(reads))


def sizes_of(mixing: Curve) -> dict[str, int]:
    """People of each generation, from the ties expected within it: with n of N people, n(n - 1) of N(N - 1) pairs.

    Examples
    --------
    >>> import pandas as pd
    >>> points = pd.DataFrame({"source_group": ["a", "a", "b", "b"], "target_group": ["a", "b", "a", "b"],
    ...                        "observed_n": [3, 0, 0, 0], "expected_n": [0.6, 0.9, 0.9, 0.6]})
    >>> sizes_of(Curve(name="mixing_matrix", unit="count", points=points, n=6, unit_of_analysis="person", method=""))
    {'a': 3, 'b': 3}
    """
    points = mixing.points
    own = points[points["source_group"] == points["target_group"]]
    ties, n = float(points["observed_n"].sum()), mixing.n
    pairs = {str(p["source_group"]): float(p["expected_n"]) * n * (n - 1) / ties for p in own.to_dict("records")}
    return {name: round((1 + math.sqrt(1 + 4 * count)) / 2) for name, count in pairs.items()}


def _preferences(study: Study, tr: Translator) -> list[list[str]]:
    """Coleman's index of each generation of at least ``k`` people."""
    curve = study.network.curve("coleman_homophily", group=AFTER)
    if curve is None:
        return []
    before = study.network.curve("coleman_homophily", group="before")
    earlier = {} if before is None else _at_least(before, study.programme.k)
    return [
        [
            _preference(str(p["generation"]), int(p["people_n"]), tr),
            _index(float(p["homophily"]), tr),
            "0",
            "–",
            _index(earlier.get(str(p["generation"])), tr),
        ]
        for p in curve.points.to_dict("records")
        if int(p["people_n"]) >= study.programme.k
    ]


def _at_least(curve: Curve, k: int) -> dict[str, float]:
    """Coleman's index of generations of at least so many people."""
    return {str(p["generation"]): float(p["homophily"]) for p in curve.points.to_dict("records") if p["people_n"] >= k}


def _index(value: float | None, tr: Translator) -> str:
    return "–" if value is None or not math.isfinite(value) else tr.number(value, 2)


def _preference(generation: str, people: int, tr: Translator) -> Markup:
    name = tr("Preference of {generation} for its own (Coleman)", generation=generation)
    reads = tr("1: names its own alone; −1: never; {n} people", n=people)
    return Markup('{}<br><span class="n">{}</span>').format(name, reads)


def generations(study: Study) -> Block:
    """The generations and the ties between them as a drawing, for the analyst alone: it is left out of the report."""
    tr = translator(language_of(study))
    curve = study.network.curve("mixing_matrix", group=AFTER)
    if curve is None or not len(curve.points):
        first = next(iter(not_estimable(study.network.find("mixing_matrix"))), None)
        return absent(tr("Ties between generations"), first, tr, needs=NEEDS)
    sizes = {name: n for name, n in sizes_of(curve).items() if n >= study.programme.k}
    ratios = {
        (str(p["source_group"]), str(p["target_group"])): float(p["ratio"])
        for p in curve.points.to_dict("records")
        if {str(p["source_group"]), str(p["target_group"])} <= set(sizes) and math.isfinite(float(p["ratio"]))
    }
    cross = {pair: ratio for pair, ratio in ratios.items() if pair[0] != pair[1]}
    if not cross:
        return absent(tr("Ties between generations"), None, tr, needs=NEEDS)
    title = tr(
        "Of {every} ways from one generation to another, {n} hold more ties than expected",
        n=sum(ratio > 1 for ratio in cross.values()),
        every=len(cross),
    )
    alt = tr("Generations as discs, their ties as arrows. {title}.", title=title)
    chart = network.generations(sizes, ratios, tr, figure_id="generations", alt=alt)
    subtitle = tr(
        "Arrows: from those who name to those who are named, width and number: ties observed over expected; in the "
        "disc: within the generation; tandem ties taken out; {n} people",
        n=curve.n,
    )
    listed = table(
        [text(tr("names")), text(tr("is named")), numbers(tr("observed over expected"))],
        [[a, b, tr.number(ratio, 2)] for (a, b), ratio in ratios.items()],
    )
    note = paragraph(tr("For the analyst alone: this drawing is not part of the published report."), kind="note")
    return [note, *charted(title, subtitle, chart, listed, tr)]
