"""Rights of the people, and two drafts for the data-protection officer: record of processing and threshold check.

Facts alone: whether a criterion is met, and what follows, is for people to judge.
"""

from __future__ import annotations

from collections.abc import Iterator

from rmanalytics.council.content import Blank, Section, Table
from rmanalytics.council.fields import CATEGORIES, on_cluster, supplied
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import Translator, key
from rmanalytics.programme.programme import Programme
from rmanalytics.programme.sources import AS_GIVEN, KEYED
from rmanalytics.programme.subgroups import covariates_of

DRAFT = key("Draft: facts from the declaration, for your data-protection officer to judge.")
IDS = {KEYED: key("pseudonyms at reading"), AS_GIVEN: key("pseudonyms before reading")}
RIGHTS = {
    key("to know which data are there"): key("the fields above; the exports of the company hold the rows"),
    key("to have them corrected"): key("in the export; the next run makes the report anew from it"),
    key("to have them erased"): key(
        "by whoever runs the program, from every place named above; the company takes them out of its exports; of a "
        "tandem the partner's side stays; what was told outside holds nothing of theirs"
    ),
    key("to have their use limited, or to object"): key(
        "by taking the rows out of the exports; no figure made from then on counts the person"
    ),
    key("to withdraw consent to a tandem"): key(
        "at any time; the day is on record, and a code for the reason where the company keeps one"
    ),
    key("to complain to the authority"): key("to the authority for data protection of the place"),
}
SENSITIVE = {
    "people": key("kinds of leaving"),
    "answers": key("answers on attitudes"),
    "coded_answers": key("answers on attitudes"),
    "upward": CATEGORIES["upward"],
    "ties": CATEGORIES["ties"],
}
"""What is close to people in a table."""
CODED = key(
    "Nobody can tell whose an answer under a code is. So it can be shown, corrected or erased only where the person "
    "names the code to whoever makes the export."
)


def rights(programme: Programme, tr: Translator) -> Section:
    """What people may ask for, how it is done, and whom to ask."""
    contact = programme.council.get("contact")
    whom = tr("Ask: {contact}.", contact=contact) if contact else Blank(tr("Whom to ask (not declared)"))
    rows = tuple((tr(right), tr(way)) for right, way in RIGHTS.items())
    coded = (tr(CODED),) if programme.linkage else ()
    return Section(tr("Rights of the people"), (whom, Table("", (tr("Right"), tr("How")), rows), *coded))


def _or_blank(programme: Programme, name: str, tr: Translator) -> str:
    return programme.council.get(name) or tr("not declared: ____________")


def record(programme: Programme, tr: Translator) -> Section:
    """The record of processing activities (Art. 30 GDPR), as far as the declaration says it."""
    there = supplied(programme)
    groups = [tr(CATEGORIES[name]) for name in _of_people(there)]
    groups += [tr("records of communication: who, whom, when")] if programme.events else []
    rounds, own = ", ".join(one.id for one in programme.rounds), _own_fields(programme, tr)
    measures = [
        *([tr(IDS[programme.sources.ids])] if programme.sources.ids in IDS else []),
        tr("files of the analysts readable by their account or group alone"),
        tr("a closed catalogue of figures, blurred by a secret key, told once"),
        tr("a second look through everything before it is published"),
        tr("messages without contents of cells"),
        *([] if programme.notify or on_cluster(programme) else [tr("no network")]),
    ]
    rows = (
        (tr("Controller"), f"{programme.company}; {_or_blank(programme, 'controller', tr)}"),
        (tr("Data-protection officer"), _or_blank(programme, "officer", tr)),
        (tr("Processing"), tr("evaluation of the programme {name}", name=tr.quoted(programme.name))),
        (tr("Purpose"), tr("to say whether reverse mentoring does what it is meant to do; see the first section")),
        (tr("Legal basis"), _or_blank(programme, "basis", tr)),
        (tr("People concerned"), _people(programme, there, tr)),
        (tr("Categories of data"), "; ".join(groups)),
        (
            tr("Special categories (Art. 9)"),
            tr("no field asks for one, free text is not read; questions of the company's own are for people to judge")
            + (f". {own}" if own else ""),
        ),
        (
            tr("Period"),
            tr("rounds {rounds}, with the records that they need", rounds=rounds)
            + (tr(", from {day} on", day=programme.records_from) if programme.records_from else ""),
        ),
        (
            tr("Recipients"),
            tr(
                "analysts and lead of the programme by role; figures of the catalogue: programme team, works "
                "council, everybody"
            ),
        ),
        (
            tr("Transfer to other countries"),
            tr("the program makes none; where the computer stands is for the company to say"),
        ),
        (
            tr("Erased after"),
            tr(
                "exports of the company: {until}; what the program keeps: see the table of its places",
                until=_or_blank(programme, "exports_until", tr),
            ),
        ),
        (tr("Technical and organisational measures"), "; ".join(measures)),
    )
    return Section(
        tr("Annex A: record of processing (Art. 30 GDPR; in Switzerland Art. 12 FADP)"),
        (tr(DRAFT), Table("", (tr("Entry"), tr("Content")), rows)),
    )


def _of_people(there: frozenset[str]) -> list[str]:
    """Tables of those supplied that name people or tandems."""
    about = ("id", "tandem_id", "code")
    return [n for n, t in TABLES.items() if n in there and any(c.kind == "id" or c.name in about for c in t.columns)]


def _own_fields(programme: Programme, tr: Translator) -> str:
    """Fields of people that are read only because the company names them; whether one is special, people judge."""
    names = ", ".join(covariates_of(programme.subgroups))
    return tr("Fields of the company's own, for people to judge: {names}.", names=names) if names else ""


def _people(programme: Programme, there: frozenset[str], tr: Translator) -> str:
    told = [
        tr("employees: participants, people they are compared with, superiors, everybody else in the company's exports")
    ]
    told += [tr("former employees")] if there & {"alumni", "people"} else []
    told += [tr("teams of leaders, by tokens")] if "upward" in there else []
    told += [] if programme.simulated else [tr("whoever runs the program, by the number of the account (log of use)")]
    return "; ".join(told)


def threshold(programme: Programme, tr: Translator) -> Section:
    """The nine criteria of WP 248 rev. 01 for a data-protection impact assessment, with the facts on each."""
    rows = tuple((tr(criterion), fact, "☐") for criterion, fact in _facts(programme, tr))
    return Section(
        tr("Annex B: threshold check (Art. 35 GDPR; in Switzerland Art. 22 FADP)"),
        (
            tr(DRAFT),
            tr(
                "The criteria are those of the guidelines WP 248 rev. 01. Two that are met usually call for an "
                "impact assessment; whether one is met is not said here."
            ),
            Table("", (tr("Criterion"), tr("Facts"), tr("Met?")), rows),
            Blank(tr("Judged by, on")),
        ),
    )


def _facts(programme: Programme, tr: Translator) -> Iterator[tuple[str, str]]:
    there = supplied(programme)
    yield (
        key("Evaluation or scoring of people"),
        tr("Scores of scales are computed for each person on the way to figures of groups; none stands in a report."),
    )
    lot = tr("A lot decides who starts, by the rules above.") if programme.draw.places else tr("No lot is declared.")
    yield key("Automated decisions with legal or similar effect"), f"{lot} {tr('Pairs are approved by a person.')}"
    watched = tr("Meetings of tandems are counted.") if "meetings" in there else tr("No meetings are counted.")
    events = tr("Records of communication are not counted.")
    if programme.events:
        events = tr("Records of communication (who, whom, when) of all who are in them are counted by pair.")
    yield key("Systematic monitoring"), f"{watched} {events}"
    read = "; ".join(dict.fromkeys(tr(what) for name, what in SENSITIVE.items() if name in there))
    goes = tr("Among what is read: {what}.", what=read) if read else ""
    asked = _own_fields(programme, tr) or tr("No special category is asked for.")
    yield key("Sensitive or highly personal data"), f"{goes} {asked}".strip()
    rounds = tr.number(len(programme.rounds), 0)
    yield (
        key("Large scale"),
        tr(
            "Rounds: {rounds}; people of one company; their number is in the report for the analysts.",
            rounds=rounds,
        ),
    )
    joined = tr.number(len(_of_people(there)), 0)
    yield key("Matching or combining of data sets"), tr("{tables} tables are joined by pseudonym or id.", tables=joined)
    yield key("Vulnerable people"), tr("Employees, who depend on their employer.")
    yield (
        key("New technology"),
        tr("Usual statistics; a blur by a secret key. No machine learning; no text is analysed."),
    )
    yield key("People are kept from a right, service or contract"), tr("The program makes nothing depend on a result.")
