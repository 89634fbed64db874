"""What the pack says of what is told: the closed catalogue, the blur with what it protects, and who sees what.

Unit: one row of the catalogue; one role.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path

from rmanalytics.briefing.told import NAME
from rmanalytics.council.content import Blank, Section, Table
from rmanalytics.council.fields import on_cluster
from rmanalytics.language.translator import Translator, key
from rmanalytics.programme.declaration import LEAST_K
from rmanalytics.programme.programme import Programme
from rmanalytics.programme.sources import KEYED
from rmanalytics.release.blur import COARSE, MOST, MOST_COUNT
from rmanalytics.release.catalogue import Row, catalogue
from rmanalytics.run.lock import OUTSIDE
from rmanalytics.run.outside import records

STEPS = 2 * MOST // 1000
RULES = {
    "score": key("sum blurred by at most {steps} answer steps of one person"),
    "count": key("number blurred by at most {count}"),
    "derived": key("made from blurred figures"),
    "rounded": key("rounded, not blurred"),
    "declared": key("as it was declared"),
    "word": key("a word, no figure"),
}
SPLITS = {
    "none": key("whole"),
    "unit": key("by department (participants alone)"),
    "generation": key("by generation (participants alone)"),
    "mention": key("with and without mention"),
}
AUDIENCES = {"leadership": key("everybody"), "team": key("programme team and works council")}


def told_outside(tr: Translator) -> Section:
    """Every row of the catalogue: the figure, of whom, with what blur, from how many people on, to whom."""
    head = (
        tr("Figure"),
        tr("Of whom"),
        tr("Split"),
        tr("From people"),
        tr("Protected by"),
        tr("Shown in"),
        tr("For"),
    )
    rows = tuple(_row(row, tr) for row in catalogue().rows.values())
    return Section(
        tr("What is told, and to whom"),
        (
            tr(
                "Outside the analysts' room nothing is told that is not a row of this table. The programme cannot "
                "add a row, split one further or make one finer. A set needs the number of people named here, and "
                "as many different tandems, on one side. It is told once and never computed again."
            ),
            Table(tr("The catalogue of figures, version {version}", version=catalogue().version), head, rows),
            tr(
                "Never told: answers to single questions of a scale, spread and significance, smallest and largest "
                "values, whose tandem ended or why, positions in the network, curves of staying, breaches of the "
                "pairing rules with their tandems."
            ),
        ),
    )


def _row(row: Row, tr: Translator) -> tuple[str, ...]:
    split = "; ".join(tr(SPLITS[one]) for one in row.split)
    exact = row.rule == "rounded" and row.shown.startswith("exact")
    rule = "–" if exact else tr(RULES[row.rule], steps=STEPS, count=MOST_COUNT)
    least = tr.number(row.least_n, 0) if row.least_n else tr("no people in it")
    whom = "–" if row.population == "none" else tr(row.population)
    shown = re.sub(r"\d+\.(\d+)", lambda found: tr.number(float(found[0]), len(found[1])), tr(row.shown))
    return tr(row.question), whom, split, least, rule, shown, tr(AUDIENCES[row.audience])


def protection(programme: Programme, tr: Translator) -> Section:
    """Thresholds, the blur in numbers, what it protects, and what it does not."""
    sets = tuple(
        (tr("{least} to {most}", least=least, most=most) if most < 10**6 else tr("from {least}", least=least), step)
        for least, most, step in ((low, high, tr.number(step, 1)) for low, high, step in COARSE)
    )
    return Section(
        tr("How people are protected, and where that ends"),
        (
            tr(
                "A secret key adds to the sum of all answers of a set at most {steps} answer steps of one person. A "
                "mean of n people is therefore off by at most {steps} ÷ n steps; with {few} people by up to {far}, "
                "with {many} by up to {near}. The same people and question are blurred in the same way, however "
                "often somebody asks.",
                steps=STEPS,
                few=LEAST_K,
                many=25,
                far=STEPS / LEAST_K,
                near=STEPS / 25,
            ),
            Table(tr("Then means are rounded, on a scale of five answers"), (tr("People"), tr("Rounded to")), sets),
            tr(
                "In the report for the analysts groups that somebody chose, such as a department, are shown from k "
                "= {k} people, and only where at least k remain outside the group. The whole groups, participants "
                "and comparison, are shown there with exact figures, however small.",
                k=programme.k,
            ),
            *_chosen(programme, tr),
            tr("Whether a figure is told depends on who belongs to the set, never on what came out."),
            tr(
                "Whoever is in a set is fixed on the day of publication. Nothing is told a second time with one "
                "person more or less."
            ),
            tr(
                "Before anything lies outside, another part of the program, which shares no code with the first, "
                "looks through every file for ids and for numbers that were not released. One finding, and nothing "
                "is published."
            ),
            *(tr(text) for text in LIMITS),
        ),
    )


def _chosen(programme: Programme, tr: Translator) -> Iterator[Table]:
    """The groups that the declaration names, with the fields and values by which they are chosen."""
    if programme.subgroups:
        rows = tuple(
            (one.name, tr(CHOSEN[one.side]), "; ".join(f"{n}: {', '.join(map(str, v))}" for n, v in one.where.items()))
            for one in programme.subgroups
        )
        yield Table(tr("Such groups, as declared"), (tr("Group"), tr("Side"), tr("Chosen by")), rows)


CHOSEN = {"": key("that of the primary claim"), "mentor": key("the younger side"), "mentee": key("the older side")}
LIMITS = (
    key(
        "Not protected: what the mean of a group says about its members. In a set of five it explains up to a "
        "quarter of the differences between people."
    ),
    key(
        "Not protected: a yes or no that nearly all share, and what colleagues see anyway, such as who left. The E–I "
        "index and the costs are rounded, not blurred."
    ),
    key(
        "Not protected: somebody who knows all other answers of a small set can guess the missing one a little better."
    ),
    key("Not protected: if the key is stolen, the blur comes off everything that was published with it."),
    key("Not protected: an analyst or an administrator who passes on the report for the analysts."),
    key(
        "It is not differential privacy: the protection was tried by simulated attacks, and holds for attacks like "
        "those."
    ),
)


def recipients(programme: Programme, tr: Translator) -> Section:
    """Who sees what, by role, and that nobody else does."""
    return Section(tr("Who sees what"), (*_blank_analysts(programme, tr), _roles(programme, tr), *_sent(programme, tr)))


def _blank_analysts(programme: Programme, tr: Translator) -> Iterator[Blank]:
    if "analysts" not in programme.council:
        yield Blank(tr("The analysts are (not declared)"))


def _roles(programme: Programme, tr: Translator) -> Table:
    who = programme.council.get("analysts", "")
    analysts = tr("Analysts of HR: {who}", who=who) if who else tr("Analysts of HR")
    access = (
        tr("the account that runs the program, and the group {group} of the system", group=programme.group)
        if programme.group
        else tr("the account that runs the program alone")
    )
    rows = (
        (
            analysts,
            tr("exports and data of single people, report with exact figures of groups, tandems in breach of a rule"),
            access,
        ),
        (
            tr("Lead of the programme"),
            tr("the proposed tandems with reasons; answers to surveys have no part in it"),
            tr("a file that its owner alone may read"),
        ),
        (
            tr("Programme team and works council"),
            tr("every figure of the catalogue that was told"),
            tr("the team's page, in the folder for outside"),
        ),
        (
            tr("Leadership, staff, public"),
            tr("the same figures without those for the team alone"),
            tr("one page, slides, facts, in the folder for outside"),
        ),
        (tr("Superiors"), tr("nothing of their own people beyond what everybody sees"), tr("no access")),
    )
    asks = (
        tr("Whoever may ask who a pseudonym is"),
        tr("the id of one pseudonym"),
        tr("at a terminal alone, with the key; each question is recorded"),
    )
    whole = (*rows, asks) if programme.sources.ids == KEYED else rows
    return Table("", (tr("Role"), tr("Sees"), tr("By which way")), whole)


def _sent(programme: Programme, tr: Translator) -> Iterator[str]:
    if not programme.simulated:
        yield tr(
            "Every command that reads people's data leaves a line in the log of use: the number of the account, the "
            "command, when, and with what outcome; nothing of what was read. The log is never shortened."
        )
    if on_cluster(programme):
        yield tr("Records of communication are sent to the company's cluster of computers.")
    if programme.notify:
        yield tr("Notices that a run was done or failed are sent to an address of the company; no figure is in them.")
    if on_cluster(programme) or programme.notify:
        yield tr("Nothing else is sent or loaded from a network, and the program reports its use to nobody.")
    else:
        yield tr("The program sends no data to anybody, loads nothing from the network, and reports its use to nobody.")


def last_release(reports: Path, tr: Translator) -> Section:
    """What was told in the last release, row by row; a fact of the day, not of the declaration."""
    title = tr("What was told last")
    released = records(reports)
    if not released:
        return Section(title, (tr("Nothing has been released from this folder of reports yet."),), declared=False)
    last = released[-1]
    lead = tr("Round {round}, released on {day}.", round=last["round"], day=date.fromisoformat(last["date"]))
    path = reports / OUTSIDE / last["round"] / NAME
    data = path.read_bytes() if path.is_file() else b""
    if sha256(data).hexdigest() != last["sha256"]:
        gone = tr("It is not there, or no longer as it was published: make the round's report, which looks after it.")
        return Section(title, (lead, gone), declared=False)
    document = json.loads(data)
    told = Counter(entry["row"] for entry in document["entries"])
    least = {
        row: min((entry["n"] for entry in document["entries"] if entry["row"] == row and "n" in entry), default=None)
        for row in told
    }
    rows = tuple(
        (tr(row.question), tr.number(told[name], 0), "–" if (n := least.get(name)) is None else tr.number(n, 0))
        for name, row in catalogue().rows.items()
    )
    head = (tr("Figure"), tr("How often told"), tr("People in the smallest set, to 5"))
    return Section(title, (lead, Table("", head, rows)), declared=False)
