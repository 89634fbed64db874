"""The sentence to remember of each subject, by verdict: at most 110 characters, nothing that it does not allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rmanalytics.briefing.told import Told, round_name
from rmanalytics.language.translator import key, plural

THAN = {
    "": key("than in the comparison group"),
    "waiting list": key("than on the waiting list"),
    "volunteers whom the lot did not let start": key("than among volunteers whom the lot did not let start"),
    "volunteers who did not start": key("than among volunteers who did not start"),
    "matched colleagues": key("than among matched colleagues"),
    "waiting list and matched colleagues": key("than on the waiting list and among matched colleagues"),
    "colleagues outside the programme": key("than among colleagues outside the programme"),
    "people who did not see the programme mentioned": key("than among people who did not see the programme mentioned"),
}
OF_SCALES = {
    ("shown", "up"): key("{what} rose by at least {near} more {than}"),
    ("shown", "down"): key("{what} fell by at least {near} more {than}"),
    ("open", "up"): key("{what} rose more {than}; how much more cannot be said yet"),
    ("open", "down"): key("{what} fell more {than}; how much more cannot be said yet"),
    ("points_for", ""): key("Those who took part do better in {inner}; whether the programme is why is not known"),
    ("points_against", ""): key("{what}: the opposite of what was promised, by at least {near}"),
    ("against_open", ""): key("{what}: the opposite of what was promised; by how much cannot be said yet"),
    ("not_shown", "up"): key("That {inner} rises is not shown"),
    ("not_shown", "down"): key("That {inner} falls is not shown"),
    ("could_not", "up"): key("Whether {inner} rises could not have been told yet"),
    ("could_not", "down"): key("Whether {inner} falls could not have been told yet"),
    ("too_few", ""): key("Too few people took part for {inner} to be told"),
    ("not_asked", ""): key("{what}: not asked yet"),
    ("not_yet", ""): key("{what}: no verdict yet, due after {day}"),
}
OF_CLAIMS = {
    "shown": key("{title}: shown, by at least {near} more {than}"),
    "open": key("{title}: shown; how much cannot be said yet"),
    "points_for": key("{title}: true of those who took part; whether the programme is why is not known"),
    "points_against": key("{title}: the opposite was found"),
    "against_open": key("{title}: the opposite was found; by how much cannot be said yet"),
    "not_shown": key("{title}: not shown"),
    "could_not": key("{title}: could not have been told yet"),
    "too_few": key("{title}: too few people took part to tell"),
    "not_asked": key("{title}: not asked yet"),
    "not_yet": key("{title}: no verdict yet, due after {day}"),
}


def of(verdict: Mapping[str, Any], told: Told) -> str:
    """The title of a claim of the plan."""
    tr, word = told.tr, verdict["verdict"]
    effect = told.effect(verdict["claim"]) or {}
    sized = "near_end" in effect
    state = {"shown": "open", "points_against": "against_open"}.get(word, word) if not sized else word
    about: dict[str, Any] = {"than": tr(THAN.get(verdict.get("comparator", ""), THAN[""]))}
    if told.interim:
        about["day"] = told.day(told.coming["end"])
    if sized:
        about["near"] = told.size(effect["near_end"], effect["unit"])
    if verdict.get("scale"):
        what, inner = told.subject(verdict), told.subject(verdict, inner=True)
        if word == "could_not" and (missing := told.missing(verdict["claim"])):
            text = tr(OPEN[verdict["direction"]], inner=inner, n=missing)
            if len(text) <= MOST_SIGNS:
                return text
        text = OF_SCALES.get((state, verdict["direction"])) or OF_SCALES[state, ""]
        return tr(text, what=what, inner=inner, **about)
    return tr(OF_CLAIMS[state], title=told.subject(verdict), **about)


MORE = plural("{n} more round, {needed} in all", "{n} more rounds, {needed} in all")
OPEN = {
    "up": plural(
        "Whether {inner} rises could not have been told yet: it takes {n} more round",
        "Whether {inner} rises could not have been told yet: it takes {n} more rounds",
    ),
    "down": plural(
        "Whether {inner} falls could not have been told yet: it takes {n} more round",
        "Whether {inner} falls could not have been told yet: it takes {n} more rounds",
    ),
}


def takes(claim: str, told: Told) -> str:
    """What it would take to tell a claim that could not be told, in words."""
    tr = told.tr
    entry = told.get(f"info.{claim}.{told.round_id}")
    if entry is None:
        return tr("more people in each round, or a comparison group")
    if "needed" not in entry:
        return tr("larger rounds; more rounds of this size would not be enough")
    if not (missing := told.missing(claim)):
        return tr("rounds are enough; it takes a comparison in which every check agrees")
    return tr(MORE, n=missing, needed=entry["needed"])


def headline(told: Told) -> str:
    """The headline of the one page: the primary claim; where there is none, that nothing was planned."""
    tr = told.tr
    primary = told.primary()
    if primary is None:
        return tr("No plan was declared, so nothing counts as shown yet")
    return of(primary, told)


def still_open(told: Told) -> str:
    """The most-asked question that could not be told yet: whether they stay, else the first; empty where none is."""
    tr = told.tr
    left = [entry for entry in told.planned() if entry["verdict"] == "could_not" and entry["role"] != "primary"]
    asked = next((entry for entry in left if entry["claim"] == MOST_ASKED), left[0] if left else None)
    return tr("Still open: {title}", title=_short(asked, told)) if asked else ""


MOST_ASKED = "J7"
STOPS = (".”", ".“", ".»")
"""Ends of a text that has its full stop inside its quotation marks."""


def answer(told: Told) -> str:
    """Two sentences beneath the headline: who was compared with whom, and how the claims of the plan stand."""
    tr, primary = told.tr, told.primary()
    if primary is None:
        return tr("Name one primary claim and up to four more before the next round begins; then each gets its answer.")
    if told.interim:
        text = key("{n} claims were planned before the answers. None has a verdict before the round is over.")
        return f"{tr(text, n=len(told.planned()))} {told.unrecorded}".strip()
    first = ""
    if "n" in primary:
        over = tr("{n} rounds", n=len(primary["rounds"])) if len(primary["rounds"]) > 1 else tr("one round")
        text = key(
            "About {people} people who took part were compared with about {other} others ({comparator}), over {over}."
        )
        comparator = tr(primary["comparator"]) if primary.get("comparator") else tr("comparison group")
        about = {"people": tr.number(primary["n"], 0), "other": tr.number(primary["n_comparator"], 0)}
        first = tr(text, comparator=comparator, over=over, **about)
    if {e["verdict"] for e in told.planned()} <= {"too_few", "not_asked"}:
        text = key("The claims planned beforehand ({n}) cannot be told yet: {needs}.")
        return f"{tr(text, n=len(told.planned()), needs=tr(NEEDS))} {told.unrecorded}".strip()
    counts = [(word, sum(e["verdict"] == word for e in told.planned())) for word in ORDER]
    listed = ", ".join(f"{told.tr.value(n)} {told.word(word)}" for word, n in counts if n)
    planned = key("Of {n} claims planned beforehand: {listed}.")
    named = key("Of {n} claims of a plan not recorded beforehand: {listed}.")
    second = tr(named if told.unrecorded else planned, n=len(told.planned()), listed=listed)
    return " ".join(part for part in (first, second, told.unrecorded) if part)


MOST_SIGNS = 110
"""Signs of a title that its two lines hold."""
NEEDS = key("a claim takes 25 people on each side, and rounds add up")
ORDER = ("shown", "points_for", "points_against", "not_shown", "could_not", "too_few", "not_asked")


def own_answer(told: Told) -> str:
    """What the team says to claims that point against; empty where it says nothing, or nothing points against."""
    tr, against = told.tr, {e["claim"] for e in told.planned() if e["verdict"] == "points_against"}
    answers = told.document.get("answers", {}).items()
    said = " ".join(told.filled(text) for claim, text in answers if claim in against)
    return tr("Programme team: {text}", text=said) if said else ""


def news(told: Told) -> str:
    """What changed since the last briefing, and which round has no verdict yet."""
    tr, coming, parts = told.tr, told.coming, []
    moved = told.document.get("changes", ())
    if moved:
        texts = [
            tr(
                "{claim}: {now}, before {before}",
                claim=tr.pick(told.document["claims"][one["claim"]]),
                now=told.word(one["now"]),
                before=told.word(one["before"]),
            )
            for one in moved
        ]
        parts.append(tr("Changed since the last briefing: {texts}.", texts="; ".join(texts)))
    if coming and not told.interim:
        text = key("Round {round} is not over: no verdict yet, due after {day}.")
        parts.append(tr(text, round=round_name(coming["id"]), day=told.day(coming["end"])))
    return " ".join(parts)


def lines(told: Told) -> list[tuple[str, str, str]]:
    """Shown, points against, described, could not have told: verdict, lead and text, none left out."""
    tr, planned = told.tr, told.planned()
    if told.interim:
        return [("could_not", tr("No verdict yet"), f"{'; '.join(told.title(e) for e in planned) or tr('none')}.")]

    def listed(*verdicts: str) -> str:
        return "; ".join(_short(e, told) for e in planned if e["verdict"] in verdicts)

    none = tr("none")
    broken = [tr("a rule is broken: {title}", title=tr.quoted(f"{title}.")) for title in rules(told, "broken")]
    against = "; ".join(filter(None, (listed("points_against"), *broken)))
    found = [
        ("shown", tr("Shown"), listed("shown") or none),
        ("points_against", tr("Points against"), against or none),
        ("described", tr("Described"), "; ".join(described(told)) or none),
        ("could_not", tr("Could not have told"), listed("could_not", "too_few") or none),
    ]
    if rest := listed("not_shown"):
        found.insert(2, ("not_shown", tr("Not shown"), rest))
    if rest := listed("points_for"):
        found.insert(1, ("points_for", tr("Points for"), rest))
    return [(verdict, lead, text if text.endswith(STOPS) else f"{text}.") for verdict, lead, text in found]


def rules(told: Told, verdict: str) -> list[str]:
    """The rules of the programme that were kept, broken or not audited, in their own words; not those of the report."""
    found = [e["claim"] for e in told.find(row="audit", verdict=verdict) if e["claim"] != "P5"]
    return [told.tr.pick(told.document["claims"][claim]) for claim in found]


def judged_together(told: Told, claim: str) -> tuple[str, ...]:
    """Why a round may point elsewhere than all of them together."""
    tr = told.tr
    if len((told.effect(claim) or {}).get("rounds", ())) < 2:
        return ()
    return (
        tr("No round is judged by itself: the verdict rests on all of them, whose bar allows for a look after each."),
    )


def _short(entry: Mapping[str, Any], told: Told) -> str:
    """A claim in a list: what moved, with its near end where it may be said, or what it takes."""
    tr, effect = told.tr, told.effect(entry["claim"]) or {}
    what = told.subject(entry)
    what = what if tr.german else what[:1].lower() + what[1:]
    if entry["verdict"] in ("shown", "points_against"):
        down = (entry["direction"] == "down") == (entry["verdict"] == "shown")
        if "near_end" not in effect:
            return tr(key("{what} down (size still open)") if down else key("{what} up (size still open)"), what=what)
        near = told.size(effect["near_end"], effect["unit"])
        return (
            tr("{what} down by at least {near}", what=what, near=near)
            if down
            else tr("{what} up by at least {near}", what=what, near=near)
        )
    if entry["verdict"] == "could_not":
        return tr("{what} ({takes})", what=what, takes=takes(entry["claim"], told))
    if entry["verdict"] == "too_few":
        return tr("{what} (too few people)", what=what)
    return what


def described(told: Told) -> list[str]:
    """Facts without a cause: what was delivered, and the employer brand where it is only described."""
    tr, found = told.tr, []
    every = told.get(f"delivery.all_meetings.{told.round_id}")
    if every:
        found.append(tr("{share} of the tandems held every planned meeting", share=told.value(every)))
    early = told.get(f"delivery.ended_early.{told.round_id}")
    if early:
        found.append(tr("{share} ended early", share=told.value(early)))
    return found
