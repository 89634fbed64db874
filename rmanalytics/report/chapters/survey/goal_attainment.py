"""What the seniors set out to reach, and how their own reports see them lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rmanalytics.evaluation.survey.goal_attainment import BY_OTHERS
from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.report.charts import figures
from rmanalytics.report.charts.drawing import row
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, absent, charted, language_of, told
from rmanalytics.report.words import sentences as words
from rmanalytics.report.words import wording
from rmanalytics.report.words.lookup import counted, found, not_estimable, outcome_title, scale_range
from rmanalytics.report.words.sentences import RATERS
from rmanalytics.report.words.wording import named_interval
from rmanalytics.results import Estimate, Result

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

SHARES = {
    "goals_reached_share": key("of the goals that were rated"),
    "goals_reached_share_at_worst": key("of all goals, unrated ones counted as not reached"),
}
LEADERSHIP = {
    "leader_adjusted_difference": key("after the round, adjusted for the ratings before"),
    "leader_change_difference": key("difference of the leaders' changes"),
    "rater_change_difference": key("difference of changes, rating by rating"),
}
AS_EXPECTED = 50


def goals(study: Study) -> Block:
    """Goals that the seniors set themselves: how many were reached, and how far on average."""
    tr = translator(language_of(study))
    outcome = next((one for one in RATERS if study.survey.find("goal_attainment", outcome=one)), "")
    results = {name: r for name in SHARES for r in study.survey.find(name, outcome=outcome)}
    what = tr("Goals that seniors set themselves")
    if not results:
        return absent(what, None, tr, needs="goals.csv: goal_code, weight, attained")
    shares = [r for r in results.values() if isinstance(r, Estimate)]
    if not shares:
        return absent(what, next(iter(not_estimable(results.values())), None), tr)
    rows = [row(r, tr(SHARES[r.name]), tr, strong=r.name == "goals_reached_share") for r in shares]
    first_share = shares[0]
    title = tr(
        "Seniors reached {share} of the goals that they set themselves ({interval})",
        share=wording.value_text(first_share, tr),
        interval=named_interval(first_share, tr),
    )
    alt = tr("Dots with intervals of the share of goals reached. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="goals", alt=alt, reference=None, guides=(50,))
    subtitle = tr(
        "Share of goals reached as expected or better, per cent, 95% intervals; {goals} goals of {n} seniors; dotted: "
        "half of them",
        goals=int(counted(first_share)[1]),
        n=first_share.n,
    )
    listed: list[tuple[str, Result]] = [(tr(SHARES[name]), r) for name, r in results.items()]
    listed += [
        (tr("mean attainment (50: as expected), {who}", who=tr(RATERS[r.outcome])), r)
        for r in study.survey.find("goal_attainment")
    ]
    numbers = tables.estimates(listed, tr, first=tr("goals reached"))
    return charted(title, subtitle, chart, numbers, tr) + told(*_attained(study, outcome, tr))


def _attained(study: Study, outcome: str, tr: Translator) -> list[str]:
    mean = next(iter(study.survey.estimates("goal_attainment", outcome=outcome)), None)
    sentences = []
    if mean is not None:
        sentences.append(
            tr(
                "With goals weighted, the mean attainment is {value} ({interval}), where {expected} says as expected.",
                value=wording.bare(mean.value, mean.unit, wording.digits_of(mean), tr),
                interval=named_interval(mean, tr),
                expected=AS_EXPECTED,
            )
        )
    sentences.append(
        tr("Others rate the goals here, and nobody else's goals stand beside them.")
        if outcome == BY_OTHERS
        else tr("People rate their own goals here, and nobody else's goals stand beside them.")
    )
    return sentences


def upward(study: Study) -> Block:
    """Leadership as the seniors' own reports see it, against leaders of the comparison group."""
    tr = translator(language_of(study))
    what = tr("Leadership as their own reports see it")
    results = [r for name in LEADERSHIP for r in study.survey.find(name)]
    known = [r for r in results if isinstance(r, Estimate)]
    if not known:
        needs = "upward.csv: leader_id, rater, wave, item, value"
        return absent(what, results[0] if results else None, tr, needs=needs)
    rows = [row(r, tr(LEADERSHIP[r.name]), tr, strong=r.name == "leader_adjusted_difference") for r in known]
    main = found(study.survey, "leader_adjusted_difference")
    main = main if isinstance(main, Estimate) else known[0]
    title = words.compared(what, main, tr)
    alt = tr("Dots with intervals of the difference in upward feedback. {title}.", title=title)
    chart = figures.forest(rows, tr, figure_id="upward", alt=alt)
    subtitle = tr(
        "Leaders who took part minus those of the comparison group, scale points {range}, 95% intervals; {n} leaders "
        "with at least three raters each time",
        range=scale_range(study, main.outcome) or "1–5",
        n=wording.n_text(main, tr),
    )
    numbers = tables.estimates(
        [(tr(LEADERSHIP[r.name]), r) for r in results], tr, first=outcome_title(study, main.outcome, tr), p_values=True
    )
    note = tr(
        "A leader counts with the mean of the raters; who said what stays unknown, and no leader stands alone here."
    )
    return charted(title, subtitle, chart, numbers, tr) + told(note)
