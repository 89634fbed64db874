"""Figures of the briefing as plain data: what stands where, in which words; drawn by `svg` and by `powerpoint` alike.

A mark is placed by a released number and has no other. The picture shows nothing that the sentence may not say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor, log10
from typing import Any

from rmanalytics.briefing.told import Told, round_name
from rmanalytics.language.translator import key

STYLES = {
    "shown": "solid",
    "points_for": "outlined",
    "points_against": "hatched",
    "not_shown": "outlined",
    "could_not": "dotted",
    "described": "grey",
}
GROUP_WORDS = {"participants": key("in the programme"), "comparison": key("comparison group")}
HEADS = {
    ("participants", "before"): key("programme, before"),
    ("participants", "after"): key("afterwards"),
    ("comparison", "before"): key("compared, before"),
    ("comparison", "after"): key("afterwards"),
}
SIDE_WORDS = {"mentee": key("Seniors"), "mentor": key("Juniors")}
METRICS = {
    "offer_acceptance": key("Offers accepted"),
    "offers_accepted": key("Offers accepted"),
    "recommendation": key("Would recommend the company"),
    "applications": key("Applications"),
    "time_to_hire": key("Days to hire"),
    "cost_per_hire": key("Cost per hire"),
    "enps": key("Employee recommendation (eNPS)"),
    "rating": key("Employer rating"),
    "reach": key("Reach of publications"),
}
"""Metrics that a board asks for, in the order in which they are shown."""
NOT_TOLD = "–"
ENPS = key("eNPS runs from −100 to 100: those who recommend the company, less those who advise against it.")
MEASURED = {
    "days": key("{title}, days"),
    "scale points": key("{title}, points"),
    "share": key("{title}, percentage points"),
}
"""Titles of differences, with what they are counted in."""
BANDS = {"under 35": key("under 35"), "35 to 49": key("35 to 49"), "50 and over": key("50 and over")}
COSTS = {
    "time": key("Working time"),
    "cash": key("Cash"),
    "total": key("The round in all"),
    "next_two": key("Two more rounds"),
    "missing": key("The rounds still missing"),
    "training": key("Training, as declared"),
    "tandem": key("A tandem"),
    "completed_tandem": key("A completed tandem"),
    "gain": key("A tenth of a point"),
    "training_gain": key("By training, as its supplier says"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of bars: from ``lo`` to ``hi``, or words where there is no bar; never a dot inside."""

    label: str
    lo: float | None = None
    hi: float | None = None
    text: str = ""
    style: str = "solid"
    note: str = ""
    verdict: str = ""
    head: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A mark over its place on the axis below, with the number that is written beside it."""

    at: str
    value: float
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A series of marks with its name."""

    name: str
    points: tuple[Point, ...]
    style: str = "participants"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure.

    Parameters
    ----------
    id : str
        Name of its file.
    title, unit : str
    kind : str
        ``bars``, ``columns``, ``lines``, ``matrix`` or ``table``.
    bars, lines : tuple
        Its marks; columns are lines too, one a series.
    low, high : float
        Ends of the axis.
    head, rows : tuple
        Header and cells of a table or matrix: text, or (text, style).
    note : str
        A line beneath it.
    """

    id: str
    title: str
    kind: str
    unit: str = ""
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    low: float = 0.0
    high: float = 1.0
    ticks: tuple[tuple[float, str], ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = field(default=())
    note: str = ""


def axis(told: Told, values: Sequence[float], unit: str, *, zero: bool = True) -> dict[str, Any]:
    """Ends and ticks of an axis that holds some values, and 0 unless it need not, with round steps, two at least."""
    held = [*values, 0.0] if zero or not values else values
    low, high = min(held), max(held)
    span = (high - low) or 1.0
    steps = [base * 10.0**power for power in range(-2, 6) for base in (1, 2, 5)]
    most, finest = 4 if high < 10_000 else 2, 0.0 if zero else 10.0 ** (floor(log10(max(high, -low) or 1.0)) - 1)
    for step in (one for one in steps if span / one <= most and one >= 0.99 * finest):
        first = int(low // step)
        ticks = [round(step * i, 6) + 0.0 for i in range(first, max(int(-(-high // step)), first + 1) + 1)]
        texts = tuple((tick, told.number(tick, unit)) for tick in ticks)
        if len(set(dict(texts).values())) == len(texts):
            break
    return {"low": ticks[0], "high": ticks[-1], "ticks": texts}


def strip(told: Told, claim: str) -> Figure | None:
    """A claim's interval over all rounds, and each round by itself, lighter; a round too small keeps its line."""
    tr = told.tr
    whole = told.effect(claim)
    if whole is None or "lo" not in whole:
        return None
    bars = []
    for name in whole["rounds"]:
        own = told.get(f"effect.{claim}.{name}")
        if own is not None and "lo" in own:
            about: dict[str, Any] = {"lo": own["lo"], "hi": own["hi"], "text": told.ends(own), "style": "light"}
        else:
            about = {"note": tr("too few to be shown alone"), "style": "none"}
        bars.append(Bar(label=round_name(name), **about))
    style = STYLES[whole["verdict"]]
    bars.append(_bar(whole, told, label=tr("All rounds"), style=style))
    values = [end for bar in bars for end in (bar.lo, bar.hi) if end is not None]
    unit = whole["unit"]
    title = tr("{subject}: difference from the comparison group", subject=told.title(whole))
    title = tr(MEASURED[unit], title=title) if unit in MEASURED else title
    bars = bars if len(whole["rounds"]) > 1 else bars[-1:]
    return Figure(
        id=f"strip-{claim}", title=title, kind="bars", unit=unit, bars=tuple(bars), **axis(told, values, unit)
    )


def within(told: Told) -> Figure | None:
    """The employer brand's claim within quarters, and beneath it the figures that a mention cannot move."""
    tr, base = told.tr, strip(told, "C6")
    found = list(told.find(row="placebo"))
    if base is None or not found:
        return base
    text = key("{metric}: cannot move")
    labels = [tr(text, metric=metric_name(entry["metric"], told)) for entry in found]
    bars = [_bar(entry, told, label=label, style="outlined") for entry, label in zip(found, labels, strict=True)]
    every = (*base.bars, *bars)
    values = [end for bar in every for end in (bar.lo, bar.hi) if end is not None]
    return replace(base, bars=every, **axis(told, values, base.unit))


def _bar(entry: Mapping[str, Any], told: Told, **about: Any) -> Bar:
    tr, above = told.tr, entry.get("verdict") == "shown" and entry["lo"] == 0  # rounded outwards
    text = tr("above 0 to {hi}", hi=told.number(entry["hi"], entry["unit"])) if above else told.ends(entry)
    return Bar(lo=entry["lo"], hi=entry["hi"], text=text, verdict=entry.get("verdict", ""), **about)


def before_after(told: Told, claim: str) -> Figure | None:
    """Averages of both groups before and afterwards, the same people: two dots and a line each."""
    tr = told.tr
    names = (told.over, told.round_id)
    for over in dict.fromkeys(names):
        lines = []
        for group in GROUP_WORDS:
            own = [next(told.find(claim=claim, group=group, when=when, **_over(told, over)), None) for when in WHEN]
            if all(own):
                points = tuple(
                    Point(at=tr(WHEN[when]), value=entry["value"], text=told.value(entry))
                    for when, entry in zip(WHEN, own, strict=True)
                    if entry is not None
                )
                lines.append(Line(name=_group(told, own[0] or {}), points=points, style=group))
        if lines:
            first = next(told.find(claim=claim, when="before"), {})
            low, high = first["scale_ends"]
            title = tr("{subject}: average, scale {low} to {high}", subject=told.title(first), low=low, high=high)
            ticks = tuple((float(tick), told.tr.number(tick, 0)) for tick in range(int(low), int(high) + 1))
            return Figure(
                id=f"averages-{claim}",
                title=title,
                kind="lines",
                unit="scale points",
                lines=tuple(lines),
                low=float(low),
                high=float(high),
                ticks=ticks,
            )
    return None


WHEN = {"before": key("before"), "after": key("afterwards")}


def _over(told: Told, over: str) -> dict[str, Any]:
    return {"rounds": told.rounds} if over != told.round_id else {"round": over, "split": None}


def _group(told: Told, entry: Mapping[str, Any]) -> str:
    tr = told.tr
    if entry["group"] == "participants":
        return tr(SIDE_WORDS[entry["side"]])
    comparator = next((e.get("comparator") for e in told.find(row="verdict", claim=entry["claim"])), "")
    text = tr(comparator) if comparator else tr(GROUP_WORDS["comparison"])
    return text[:1].upper() + text[1:]


def effects(told: Told) -> Figure | None:
    """The plan's claims, both groups of people, on one axis: up is the claimed way; every verdict, none left out."""
    tr = told.tr
    bars, heads = [], []
    for verdict in sorted(told.planned(), key=lambda e: e["group"] != "mentee"):
        entry = told.effect(verdict["claim"])
        if "scale" not in verdict or (entry is not None and entry["unit"] != "scale points"):
            continue
        head = {"mentee": tr("The senior"), "mentor": tr("The junior")}.get(verdict["group"], "")
        label = told.title(verdict)
        if verdict["direction"] == "down":
            label = tr("{subject} (a fall is good)", subject=label)
        told_of: dict[str, Any] = {
            "label": label,
            "head": "" if head in heads else head,
            "note": told.word(verdict["verdict"]),
        }
        heads.append(head)
        if entry is None or "lo" not in entry:
            bars.append(Bar(verdict=verdict["verdict"], style="none", **told_of))
        else:
            bars.append(_bar(entry, told, style=STYLES[verdict["verdict"]], **told_of))
    values = [end for bar in bars for end in (bar.lo, bar.hi) if end is not None]
    if not bars:
        return None
    note = tr(
        "Scale points against the comparison group; further right is better. Bars are 95% intervals that allow for a "
        "look after every round, rounded outwards: that of a shown claim can touch 0 and lies above it."
    )
    about = {"note": note} | axis(told, values, "scale points") if values else {}
    title = tr("The claims of the plan")
    return Figure(id="effects", title=title, kind="bars", unit="scale points", bars=tuple(bars), **about)


def other_scales(told: Told) -> Figure | None:
    """The declared scales outside the plan: averages of both groups before and afterwards, described only."""
    tr = told.tr
    planned = {entry["claim"] for entry in told.planned()}
    told_of = [e["claim"] for e in told.find(row="scale_after", split=None)]
    rows = []
    for claim in dict.fromkeys(claim for claim in told_of if claim not in planned):
        cells = []
        for group in GROUP_WORDS:
            for when in WHEN:
                own = next(told.find(claim=claim, group=group, when=when, **_over(told, told.over)), None)
                own = own or next(told.find(claim=claim, group=group, when=when, **_over(told, told.round_id)), None)
                cells.append(told.value(own) if own else NOT_TOLD)
        first = next(told.find(claim=claim))
        rows.append((told.title(first), *cells))
    if not rows:
        return None
    heads = [tr(HEADS[group, when]) for group in GROUP_WORDS for when in WHEN]
    title = tr("Other scales: averages, described")
    note = tr("–: too few people to be shown") if any(NOT_TOLD in row for row in rows) else ""
    return Figure(id="scales", title=title, kind="table", head=("", *heads), rows=tuple(rows), note=note)


def columns(told: Told, row: str, what: str | None, title: str, name: str) -> Figure | None:
    """A number a round: this one solid, those before it light."""
    about = {"row": row} | ({"what": what} if what else {})
    found = [entry for entry in told.find(**about) if "round" in entry]
    if not found:
        return None
    points = tuple(
        Point(at=round_name(e["round"]), value=e["value"], text=told.value(e), strong=e["round"] == told.round_id)
        for e in sorted(found, key=lambda e: str(e["round"]))
    )
    high = 1.0 if found[0]["unit"] == "share" else max(point.value for point in points)
    line = Line(name=title, points=points)
    return Figure(id=name, title=title, kind="columns", unit=found[0]["unit"], lines=(line,), high=high)


def tandems(told: Told) -> Figure | None:
    """Tandems a round, and outlined those that were planned, where that was declared."""
    tr, base = told.tr, columns(told, "tandems", None, told.tr("Tandems"), "tandems")
    found = list(told.find(row="places"))
    if base is None or not found:
        return base
    points = tuple(Point(at=round_name(e["round"]), value=e["value"], text=told.value(e)) for e in found)
    line = Line(name=tr("planned"), points=points, style="planned")
    said = ", ".join(f"{point.at}: {point.text}" for point in points)
    high = max(base.high, *(point.value for point in points))
    return replace(base, lines=(*base.lines, line), high=high, note=tr("Outlined: tandems planned. {said}.", said=said))


def matrix(told: Told) -> tuple[Figure, ...]:
    """Ties between age bands divided by chance: the first and the last wave, the numbers written in."""
    tr = told.tr
    days = sorted({entry["date"] for entry in told.find(row="ties")})
    figures = []
    for day in dict.fromkeys([*days[:1], *days[-1:]]):
        cells = {tuple(entry["bands"]): entry for entry in told.find(row="ties", date=day)}
        bands = [band for band in BANDS if any(band in pair for pair in cells)]
        rows = []
        for i, one in enumerate(bands):
            row: list[Any] = [tr(BANDS[one])]
            for j, other in enumerate(bands):
                entry = cells.get((one, other)) if j >= i else None
                row.append("" if entry is None else (told.value(entry), _shade(entry["value"])))
            rows.append(tuple(row))
        head = ("", *(tr(BANDS[band]) for band in bands))
        about: dict[str, Any] = {"kind": "matrix", "head": head, "rows": tuple(rows)}
        figures.append(Figure(id=f"ties-{day}", title=told.day(day), unit="times chance", **about))
    return tuple(figures)


def closer(told: Told) -> Figure | None:
    """How the ties between the youngest and the oldest changed from the first wave to the last: a bar, described."""
    tr, found = told.tr, list(told.find(row="ties_change"))
    if not found:
        return None
    entry = max(found, key=lambda e: (str(e["date"]), str(e["since"])))
    title = tr("Change between {one} and {other}", **dict(zip(("one", "other"), _bands(entry, told), strict=True)))
    label = " – ".join(told.day(entry[end]) for end in ("since", "date"))
    held = entry["lo"] <= 0 <= entry["hi"]
    bar = _bar(entry, told, label=label, style="outlined" if held else "solid")
    note = tr("Times chance; 0 is no change. 95% interval, rounded outwards.")
    about = axis(told, [entry["lo"], entry["hi"]], "ties")
    return Figure(id="closer", title=title, kind="bars", unit="times chance", bars=(bar,), note=note, **about)


def _bands(entry: Mapping[str, Any], told: Told) -> list[str]:
    return [told.tr(BANDS[band]) for band in entry["bands"]]


def _shade(value: float) -> str:
    return "more" if value >= 1.3 else "fewer" if value <= 0.7 else "even"


def brand(told: Told) -> tuple[Figure, ...]:
    """The employer brand by quarter: a share with and without mention, then what the company keeps itself."""
    shares = [_mentioned(metric, told) for metric in _metrics(told, "brand")]
    own = [_key_figure(metric, told) for metric in _metrics(told, "key_figures")]
    return tuple(figure for figure in (*shares, *own) if figure is not None)


def _metrics(told: Told, row: str) -> list[str]:
    """The metrics of a row, those that are known by name first."""
    return sorted(
        {e["metric"] for e in told.find(row=row)}, key=lambda m: (m not in METRICS, [*METRICS, m].index(m), m)
    )


def _mentioned(metric: str, told: Told) -> Figure | None:
    tr, found = told.tr, list(told.find(row="brand", metric=metric))
    by = {mention: [entry for entry in found if entry["mention"] == mention] for mention in ("yes", "no")}
    lines = (
        Line(name=tr("saw it mentioned"), points=_trend(by["yes"], told)),
        Line(name=tr("did not see it"), points=_trend(by["no"], told), style="comparison"),
    )
    return _lines(f"brand-{metric}", [line for line in lines if line.points], found, told)


def _key_figure(metric: str, told: Told) -> Figure | None:
    found = list(told.find(row="key_figures", metric=metric))
    line = Line(name="", points=_trend(found, told), style="comparison")
    return _lines(f"trend-{metric}", [line], found, told)


def _trend(entries: Sequence[Mapping[str, Any]], told: Told) -> tuple[Point, ...]:
    ordered = sorted(entries, key=lambda e: str(e["quarter"]))
    return tuple(Point(at=_quarter(e["quarter"]), value=e["value"], text=told.value(e)) for e in ordered)


def _lines(name: str, lines: Sequence[Line], entries: Sequence[Mapping[str, Any]], told: Told) -> Figure | None:
    """Lines over quarters; their axis begins at 0, or says that it does not where that would flatten them."""
    if len({point.at for line in lines for point in line.points}) < 2:
        return None
    tr, unit = told.tr, str(entries[0]["unit"])
    values = [entry["value"] for entry in entries]
    about = axis(told, values, unit, zero=min(values) < max(values) / 2)
    per = tr.percent if unit == "share" else ""
    about["ticks"] = tuple((at, f"{text}{per}") for at, text in about["ticks"])
    metric = str(entries[0]["metric"])
    title = tr("{metric}, by quarter", metric=metric_name(metric, told))
    said = [tr(ENPS)] if metric.lower() == "enps" else []
    said += [] if about["low"] <= 0 <= about["high"] else [tr("The axis does not begin at 0.")]
    return Figure(id=name, title=title, kind="lines", unit=unit, lines=tuple(lines), note=" ".join(said), **about)


def _quarter(text: str) -> str:
    """``2025Q4`` as ``Q4 2025``."""
    return f"{text[4:]} {text[:4]}"


def metric_name(metric: str, told: Told) -> str:
    """The name of a metric of the employer brand."""
    tr = told.tr
    return tr(METRICS[metric.lower()]) if metric.lower() in METRICS else told.words(metric)


def costs(told: Told, parts: Sequence[str], title: str, name: str) -> Figure | None:
    """Costs from the lowest to the highest declared rate."""
    tr = told.tr
    bars = []
    for what in parts:
        entry = told.get(f"money.{what}.{told.round_id}")
        if entry is not None:
            bars.append(_bar(entry, told, label=tr(COSTS[what]), style="grey"))
    if not bars:
        return None
    unit = str(told.document["currency"])
    values = [bar.hi for bar in bars if bar.hi is not None]
    title = f"{title}, {unit}"
    return Figure(id=name, title=title, kind="bars", unit=unit, bars=tuple(bars), **axis(told, values, unit))
