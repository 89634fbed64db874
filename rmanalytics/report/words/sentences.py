"""An estimate in words: how much, more or less than what, with its interval."""

from __future__ import annotations

from rmanalytics.language.translator import Translator, key, plural
from rmanalytics.report.words.wording import named_interval, size_text, value_text
from rmanalytics.results import Estimate

RATIOS = frozenset({"ratio", "rate ratio", "hazard ratio"})
"""Units in which 1, not 0, is no difference."""
BESIDE = {
    "waiting list": key("than on the waiting list"),
    "volunteers whom the lot did not let start": key("than among volunteers whom the lot did not let start"),
    "volunteers who did not start": key("than among volunteers who did not start"),
    "matched colleagues": key("than among matched colleagues"),
    "waiting list and matched colleagues": key("than on the waiting list and among matched colleagues"),
    "colleagues outside the programme": key("than among colleagues outside the programme"),
    "people who did not see the programme mentioned": key("than among people who did not see the programme mentioned"),
    "the time before": key("than in the time before"),
    "the control series": key("than the control series"),
    "all who were eligible": key("than among all who were eligible"),
    "former employees while not involved": key("than among former employees while not involved"),
    "classic training": key("than with classic training"),
    "units without tandems": key("than in units without tandems"),
    "units that the lot let wait": key("than in units that the lot let wait"),
    "the first round": key("than in the first round"),
}
_OF = {
    "completion_share": key("{value} of the tandems"),
    "both_at_point_share": key("in {value} of the tandems both sides stand at {point} or above"),
    "mentor_wanted_share": key("{value} of those drawn by lot from everybody under 35 would accept a mentor"),
    "adopted_rate": key("{value} adopted"),
    "ei_change": key("the E–I index moved by {value}"),
    "goal_attainment": key("goal attainment {value}, where 50 says as expected"),
    "catalogue_meeting_share": key("{value} of the meetings were about a topic of the catalogue"),
    "level_and_trend": key("the weakest of three signs: {value}"),
    "meant_share": key("{value} of the juniors are from the groups that the programme is meant for"),
}
"""What a figure is a figure of, by the name of the result."""
_APPLIED = key("among the juniors who applied {value} would accept a mentor; the others were not asked")
RATERS = {"goals.by_others": key("rated by others"), "goals.by_self": key("by their own account")}
"""Who rated the goals, by the outcome of the result."""


def beside(result: Estimate, tr: Translator) -> str:
    """*than on the waiting list*: what it is compared with, as the end of a sentence."""
    return tr(BESIDE.get(result.comparator, key("than in the comparison group")))


def amount(result: Estimate, tr: Translator) -> str:
    """The estimate in words with its interval, *more* or *less* where something is compared."""
    turned = result.value < 0
    interval = named_interval(result, tr, turned=turned)
    size, horizon = size_text(result, tr), result.extra.get("tau")
    if result.unit in RATIOS:
        text, interval = tr("{value}, where 1 would be alike", value=value_text(result, tr)), named_interval(result, tr)
    elif result.name == "net_benefit":
        text = tr(
            "a net benefit of {value} a person against classic training, on the company's own assumptions",
            value=value_text(result, tr),
        )
        interval = named_interval(result, tr)
    elif result.name == "minimum_detectable_difference":
        text = tr("a round like this one finds {size} four times in five", size=size)
    elif result.name == "slope_difference":
        value, interval = value_text(result, tr), named_interval(result, tr)
        text = tr("a slope {value} different {than}", value=value, than=beside(result, tr))
    elif result.name == "rmst_difference" and horizon is not None:
        template = (
            key("{size} less {than} within {horizon} days")
            if turned
            else key("{size} more {than} within {horizon} days")
        )
        text = tr(template, size=size, than=beside(result, tr), horizon=round(horizon))
    elif result.comparator or result.n_comparator is not None:
        text = tr(
            key("{size} less {than}") if turned else key("{size} more {than}"), size=size, than=beside(result, tr)
        )
    elif result.name == "paired_change":
        text = tr(key("{size} less than before") if turned else key("{size} more than before"), size=size)
    else:
        point = tr.number(result.extra.get("point", 0.0), 1)
        text = tr(
            _APPLIED if result.group == "applied" else _OF.get(result.name, "{value}"),
            value=value_text(result, tr),
            point=point,
        )
        text += f", {tr(RATERS[result.outcome])}" if result.outcome in RATERS else ""
        interval = named_interval(result, tr)
    return tr("{text} ({interval})", text=text, interval=interval) if interval else text


_UNTOLD = plural("{title}; {n} more cannot be told", "{title}; {n} more cannot be told")


def but_for(title: str, untold: int, tr: Translator) -> str:
    """The title, and how many things beside it cannot be told: not asked, not estimable."""
    return tr(_UNTOLD, title=title, n=untold) if untold else title


def compared(what: str, result: Estimate, tr: Translator) -> str:
    """A title on a difference: more or less where the interval leaves out zero, else that it is open."""
    turned = result.value < 0
    if result.lo is None or result.hi is None or result.lo <= 0 <= result.hi:
        value, interval = value_text(result, tr), named_interval(result, tr) or tr("without an interval")
        return tr("{what}: the difference is open, {value} ({interval})", what=what, value=value, interval=interval)
    more, less = key("{what}: {size} more {than} ({interval})"), key("{what}: {size} less {than} ({interval})")
    template = less if turned else more
    interval = named_interval(result, tr, turned=turned)
    return tr(template, what=what, size=size_text(result, tr), than=beside(result, tr), interval=interval)
