"""What the pack says of the data: each field that is read, with what it says of people, and what is kept where.

Unit: one column of a declared table; one place of the register of stores.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rmanalytics.council.content import Blank, Section, Table
from rmanalytics.evaluation.claims import claims
from rmanalytics.intake.readers.kinds import kind_named
from rmanalytics.intake.readers.survey import SURVEY
from rmanalytics.intake.schema import TABLES, with_covariates
from rmanalytics.language.translator import Translator, key, plural
from rmanalytics.programme.declaration import SPARK
from rmanalytics.programme.programme import Programme
from rmanalytics.programme.sources import AS_GIVEN, KEYED
from rmanalytics.programme.subgroups import covariates_of
from rmanalytics.run.stores import NOBODY, STORES

WORDS = {
    "about_id": key("whose answer is guessed"),
    "answer": key("whether she or he volunteered or declined"),
    "answered": key("whether she or he answered"),
    "answered_at": key(
        "when it was answered; the time of day only tells which of two answers counts, then it is dropped"
    ),
    "answered_date": key("day of the answer"),
    "applied_date": key("day of the application"),
    "assignment": key("how the pair came about: by lot, waiting list, matching or own wish"),
    "attained": key("how far the goal was reached, from −2 to 2"),
    "birth_year": key("year of birth; of dates the year alone is read, for the generation"),
    "called_off_by": key("which side called the meeting off"),
    "channel": key("on site, by video or otherwise, as a code"),
    "wishes.code": key("what is wished, as a code; of a person who is not wished for, the id"),
    "coded_answers.code": key("the code that the person made up; it is forgotten when it has been linked"),
    "currency": key("currency"),
    "date": key("day"),
    "denominator": key("out of how many"),
    "eligible": key("whether she or he could have taken part"),
    "end_date": key("last day in the position"),
    "end_reason": key("why the tandem ended early, as a code"),
    "ended_date": key("day on which the tandem ended early"),
    "exit_date": key("last day of employment"),
    "exit_reason": key("kind of leaving, as a code; only resignations count in figures on staying"),
    "exposed": key("whether the people counted saw the programme mentioned"),
    "goal_code": key("which goal, as a code"),
    "group": key("the group that the survey was sent to"),
    "held_date": key("day on which the meeting took place"),
    "high": key("highest cost of a unit"),
    "hire_date": key("first day of employment"),
    "initiative_id": key("number of the initiative"),
    "invited_date": key("day of the invitation"),
    "involved_from": key("day from which the former employee took part again"),
    "item": key("which question"),
    "costs.item": key("which item of costs"),
    "job_family": key("kind of work"),
    "ties.kind": key("kind of tie, such as advice"),
    "network_survey.kind": key("kind of tie that was asked for"),
    "comparison.kind": key("why the person can be compared: waiting list, not drawn, matched, in a class"),
    "wishes.kind": key("what the wish is about: topic, time, language, place, or whom not"),
    "costs.kind": key("money or working time"),
    "leader_id": key("the leader who is judged"),
    "level": key("level in the company"),
    "location": key("place of work"),
    "low": key("lowest cost of a unit"),
    "manager_id": key("to whom the person reports"),
    "matched_date": key("day on which the pair was told"),
    "comparison.matched_date": key("day from which the person is compared"),
    "mentee_consent_date": key("day on which the older person consented"),
    "mentee_id": key("the older person of the tandem"),
    "mentor_consent_date": key("day on which the younger person consented"),
    "mentor_id": key("the younger person of the tandem"),
    "metric": key("which figure of the employer brand"),
    "minutes": key("length of the meeting"),
    "number": key("number of the meeting within the tandem"),
    "numerator": key("how many did so"),
    "person_id": key("the person"),
    "planned_date": key("day for which the meeting was planned"),
    "project_code": key("which project, as a code"),
    "proposed_date": key("day of the proposal"),
    "quantity": key("how many units it took"),
    "rated_by": key("who judged it: self, partner, superior or another"),
    "rater": key("a token for whoever judges, which leads to nobody"),
    "rehire_date": key("day of the return"),
    "rehired_from": key("earlier id of somebody who came back"),
    "response": key("number of the response"),
    "role": key("role in the project"),
    "round_id": key("which round"),
    "side": key("as whom: on the younger or on the older side"),
    "source": key("where the figure comes from"),
    "source_id": key("who turns to somebody"),
    "start_date": key("first day in the position or role"),
    "status": key("what became of it"),
    "talent_group": key("pool that the person belongs to, such as trainees or high potentials"),
    "tandem_id": key("which tandem"),
    "target_id": key("to whom she or he turns"),
    "topic_code": key("topic of the meeting, as a code, never a text"),
    "positions.unit": key("department"),
    "costs.unit": key("what the costs are counted in, such as hours"),
    "unit_cost": key("most likely cost of a unit"),
    "vacancy_id": key("which vacancy"),
    "value": key("the answer, as a number"),
    "guesses.value": key("the answer that the person expects of the other, as a number"),
    "branding.value": key("value of the figure"),
    "answers.wave": key("when it was asked: before, after, in between, later, or in hindsight of the time before"),
    "wave": key("when it was asked: before or after"),
    "wave_date": key("day of the network survey"),
    "weight": key("how much it counts, as a number"),
}
"""What each column says, by its name, or by table and name where a table means something of its own."""
CATEGORIES = {
    "people": key("employment: year of birth, entry, exit and its kind, pool"),
    "positions": key("position: department, level, superior, kind and place of work"),
    "tandems": key("taking part: pairs, consent, end"),
    "comparison": key("people who are compared with"),
    "invitations": key("invitations and the answers to them"),
    "wishes": key("wishes for a partner"),
    "meetings": key("meetings: days, length, topics as codes"),
    "answers": key("answers to surveys"),
    "guesses": key("guesses at what another person answers"),
    "coded_answers": key("answers to surveys under codes"),
    "goals": key("own goals and how far they were reached"),
    "upward": key("judgements of leaders by their teams"),
    "ties": key("who turns to whom"),
    "network_survey": key("who was asked for ties and answered"),
    "alumni": key("former employees: exit and return"),
    "applications": key("applications within the company"),
    "projects": key("roles in projects"),
    "initiatives": key("initiatives that came out of tandems"),
    "costs": key("costs of the programme"),
    "branding": key("figures of the employer brand"),
}
"""What the data of each table are about, in a few words."""
PURPOSES = {
    "comparison": key("everything that compares participants with others"),
    "invitations": key("how people came to take part, and who was reached"),
    "network_survey": key("to tell people without ties from people who were not asked"),
    "wishes": key("for pairing alone"),
    "tandems": key("who takes part: everything rests on it"),
    "coded_answers": key("the same as the survey's answers, without anybody's id"),
}
"""What a table is read for beside the claims that name it."""
ROOTS = {
    "reports": key("reports"),
    "programme": key("programme"),
    "keys": key("keys, in the account's own folder"),
    "notebooks": key("notebooks"),
    "temporary": key("temporary files"),
}
PARTS = {"letters": key("letters"), "digits": key("digits"), "day": key("day of the month")}
_STATES = {"figures": key("figures of groups"), "ids": key("pseudonyms, or pieces of data")}


_CLAIMS = plural("claim {ids}", "claims {ids}")
REWRITES = key("Where a person is erased, the program takes her or his rows out of the company's CSV files too.")
OWN = key("a field of the company's own, by which analysts choose a group of at least k people")


def supplied(programme: Programme) -> frozenset[str]:
    """Tables that the programme has, by its declaration and the names of its files; nothing is opened."""
    given = {name for name in TABLES if name in programme.tables or (programme.folder / f"{name}.csv").is_file()}
    for reader in programme.sources.readers.values():
        tables = kind_named(str(reader["kind"])).tables
        given.update({SURVEY["code" in reader]} if tables == SURVEY else tables)
    return frozenset(given | ({"ties"} if programme.events else set()))


def meaning(table: str, column: str) -> str:
    """What a column says of somebody.

    Examples
    --------
    >>> meaning("people", "hire_date")
    'first day of employment'
    """
    return WORDS.get(f"{table}.{column}") or WORDS.get(column) or OWN


def read_for(table: str, tr: Translator) -> str:
    """What a table is read for: its own purpose, and the ids of the claims that name it."""
    named = [claim.id for claim in claims() if f"{table}.csv" in claim.needs["en"]]
    told = [tr(PURPOSES[table])] if table in PURPOSES else []
    return "; ".join([*told, *([tr(_CLAIMS, n=len(named), ids=", ".join(named))] if named else [])])


def fields(programme: Programme, tr: Translator) -> Section:
    """Every field of the tables that the programme supplies, after what becomes of ids and of everything else."""
    told = [
        tr(
            "The program uses the fields named here and no others; what stands in any other column of a file is "
            "dropped when the file is read. Where it looks like e-mail addresses, network addresses or free text, "
            "whoever reads the file is told which column that is, so that it goes out of the export. Names, "
            "telephone numbers and subjects of meetings are never kept."
        ),
        *_ids(programme, tr),
    ]
    kinds = sorted({str(reader["kind"]) for reader in programme.sources.readers.values()})
    if kinds:
        told.append(tr("Exports are read as these tools write them: {kinds}.", kinds=", ".join(kinds)))
    return Section(
        tr("What is read"),
        (*told, *_codes(programme, tr), *_events(programme, tr), *_tables(programme, supplied(programme), tr)),
    )


def unsupplied(programme: Programme, tr: Translator) -> Section:
    """Every field that the program could read and the programme does not supply today."""
    lead = tr(
        "The program knows these tables too. Today the programme supplies none of them; as soon as it supplies one, "
        "this pack says so, as a change."
    )
    return Section(
        tr("Annex C: what could be read and is not supplied"),
        (lead, *_tables(programme, set(TABLES) - supplied(programme), tr)),
    )


def _ids(programme: Programme, tr: Translator) -> Iterator[str]:
    if programme.sources.aliases:
        yield tr("A list in which e-mail addresses or names stand beside ids is read to find the ids, and is not kept.")
    if programme.sources.ids == KEYED:
        yield tr(
            "Ids of people become pseudonyms at the moment they are read, by a key that lies with whoever runs the "
            "program; the ids themselves are not kept. Who a pseudonym is can be asked at a terminal alone, and "
            "every such question is recorded."
        )
    elif programme.sources.ids == AS_GIVEN:
        yield tr("The ids are pseudonyms before they come here; whoever exports the data can tell whose they are.")
    else:
        yield tr(
            "Nothing is declared on pseudonyms: ids are used as the files have them. If they are staff numbers, "
            "whoever opens the files can tell whose they are."
        )


def _codes(programme: Programme, tr: Translator) -> Iterator[str | Table]:
    if programme.linkage is None:
        return
    yield tr(
        "Answers before and after are given under a code that each person makes up. Two codes belong together up to a "
        "distance of {tolerance}, counted in typing errors; then the codes are forgotten, and nobody can tell whose an "
        "answer is.",
        tolerance=programme.linkage.tolerance,
    )
    rows = tuple((part.ask or "–", tr(PARTS[part.kind]), tr.number(part.length, 0)) for part in programme.linkage.parts)
    yield Table(tr("Parts of the code"), (tr("What is asked for"), tr("Kind"), tr("Signs")), rows)


def _events(programme: Programme, tr: Translator) -> Iterator[str]:
    events = programme.events
    if events is None:
        yield tr("No records of e-mail, calendars, chats or calls are counted.")
        return
    yield tr(
        "Records of who met, wrote to or called whom, and when, are counted by pair: senders, recipients, moment and "
        "kind, never a subject or content. Fewest events that make a pair count: {least}, within {days} days. Single "
        "events are not kept.",
        least=events.least_events,
        days=events.days,
    )
    if on_cluster(programme):
        yield tr("They are counted on a cluster of computers that the company names.")


def on_cluster(programme: Programme) -> bool:
    """Whether records of communication are counted on other machines."""
    events = programme.events
    return events is not None and events.engine == SPARK and not events.spark.startswith("local")


def _tables(programme: Programme, names: Collection[str], tr: Translator) -> Iterator[Table]:
    covariates = covariates_of(programme.subgroups)
    must, may = tr("yes"), tr("where the file has it")
    for name, table in TABLES.items():
        if name in names:
            title = tr(
                "{table}: {category} (a row: {row}). Read for: {purpose}",
                table=name,
                category=tr(CATEGORIES[name]),
                row=tr(table.row),
                purpose=read_for(name, tr),
            )
            columns = with_covariates(table, covariates).columns
            rows = ((c.name, tr(meaning(name, c.name)), must if c.required else may) for c in columns)
            yield Table(title, (tr("Field"), tr("What it says"), tr("Read")), tuple(rows))


def kept(programme: Programme, tr: Translator) -> Section:
    """How long data stay: the exports, what a run holds, and every place of the register that tells of people."""
    places: dict[tuple[str, ...], list[str]] = {}
    silent = 0
    for store in STORES:
        if store.holds == NOBODY:
            silent += 1
        else:
            places.setdefault((store.root, store.what, store.holds, store.kept), []).append(store.place)
    rows = tuple(
        (tr(ROOTS[root]), ", ".join(where), tr(what), tr(_STATES[holds]), tr(long))
        for (root, what, holds, long), where in places.items()
    )
    head = (tr("Folder"), tr("Place"), tr("What lies there"), tr("Says of people"), tr("Stays"))
    until = programme.council.get("exports_until")
    exports: str | Blank = Blank(tr("The company's exports are deleted (not declared)"))
    if until:
        exports = tr("The company's exports are deleted: {until}.", until=until)
    others = plural(
        "{n} more place tells of nobody in the programme: locks, notes, keys, public halves of receipts, the log of "
        "use. Of people who were erased a keyed digest stays, so that they stay out.",
        "{n} more places tell of nobody in the programme: folders, locks, notes, keys, public halves of receipts, the "
        "log of use. Of people who were erased a keyed digest stays, so that they stay out.",
    )
    return Section(
        tr("What is kept, where and how long"),
        (
            tr("The program keeps no copy of an export. What it reads is held in memory within a run, then gone."),
            exports,
            *([tr(REWRITES)] if programme.rewrites else []),
            Table(tr("Every place where the program keeps something about people"), head, rows),
            tr(others, n=silent),
        ),
    )
