"""Where one is, data quality, methods in plain words, provenance."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from markupsafe import Markup

from rmanalytics.containment import CODE
from rmanalytics.evaluation.falsified import last_tried
from rmanalytics.evaluation.falsify import hundredths
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import Translator, key, plural, translator
from rmanalytics.receipts.steps import steps
from rmanalytics.report.html import tables
from rmanalytics.report.html.blocks import Block, language_of, told
from rmanalytics.report.html.markup import details, table, text
from rmanalytics.report.words import wording
from rmanalytics.report.words.findings import kicker

if TYPE_CHECKING:
    from rmanalytics.evaluation import Study

PLAIN = (
    key(
        "Seniors and juniors who took part are compared with colleagues who did not, on the same questions before and "
        "after. The difference after the round is adjusted for where each person started."
    ),
    key(
        "A 95% interval is the range of values that fit the data; the fewer people, the wider. Where it holds zero "
        "and also an effect that would matter, neither can be told yet. Only where it leaves out every effect that "
        "would matter does it read not shown."
    ),
    key(
        "Only claims that the plan named before the answers came have a verdict: one primary and at most four key "
        "claims, over all rounds together. At most 1 programme in 20 gets any false verdict in its life, however many "
        "rounds it holds. Everything else is explored or described."
    ),
    key(
        "Without a comparison group a rise is called a gain: people change anyway, and those who volunteer when they "
        "feel behind tend to drift back to the average."
    ),
    key("Staying is counted from the day of the match for both groups. Days before it belong to nobody's programme."),
    key(
        "In the network the tie between mentor and mentee is taken out, for the programme itself made it. The index of "
        "ties between generations is read against what dealing out generations at random would give."
    ),
    key("Nothing is filled in: where too few answers are there, the report says so instead of guessing."),
)
CHAPTERS = (
    ("06_round_report.ipynb", key("In brief, all claims")),
    ("02_engagement.ipynb", key("Who took part, and the programme as delivered")),
    ("03_survey_change.ipynb", key("What changed")),
    ("04_retention.ipynb", key("Staying and moving on")),
    ("05_network.ipynb", key("The bridge between generations")),
    ("08_branding.ipynb", key("Employer branding and cost")),
    ("07_across_rounds.ipynb", key("Over the rounds")),
    ("01_data_check.ipynb", key("Data and methods")),
)


def start(study: Study) -> Block:
    """Which programme and round, which tables are there and which are missing, and the chapters."""
    tr = translator(language_of(study))
    files = {a.table: a for a in study.bundle.accounts}
    rows = []
    for name, declared in TABLES.items():
        account = files.get(name)
        state = tr(plural("{n} row used", "{n} rows used"), n=account.used) if account else tr("missing")
        rows.append([name, tr(declared.row), account.file if account else "–", state])
    heads = [text(tr("table")), text(tr("one row is")), text(tr("file")), text(tr("state"))]
    chapters = table([text(tr("chapter")), text(tr("notebook"))], [[tr(title), name] for name, title in CHAPTERS])
    return [*told(kicker(study, tr) + "."), _steps(study, tr), table(heads, rows), chapters]


def _steps(study: Study, tr: Translator) -> Markup:
    """The way of the round: invitations, declare, draw, pair, meetings, report; what is done, what is next, until when.

    As things stand on the last day of the data. What has not been done in its time is too late, not next.
    """
    there, day, round_ = {account.table for account in study.bundle.accounts}, study.programme.data_until, study.round
    way: list[tuple[str, str, date]] = [
        (tr("invitations"), tr("there") if "invitations" in there else "", round_.start)
    ]
    for step in steps(study.programme, round_):
        done = tr("done on {day}", day=step.done) if step.done else ""
        way.append((f"rmanalytics {step.command}", done, step.until))
    met = tr("there") if "meetings" in there and day >= round_.end else ""
    way.append((tr("meetings"), met, round_.end))
    following = next((label for label, done, until in way if not done and until > day), None)
    rows = []
    for label, done, until in way:
        missed = tr("not done in time") if until <= day else tr("not done")
        rows.append([label, done or missed, tr("until {day}", day=until) if label == following else ""])
    rows.append(["rmanalytics report", "", "" if following else tr("from {day}", day=round_.end)])
    return table([text(tr("step")), text(tr("state")), text(tr("next"))], rows)


def data_quality(study: Study) -> Block:
    """Files read and where each row went; what was set aside, put right or noted."""
    tr = translator(language_of(study))
    accounts = study.bundle.accounts
    rows, used = sum(a.rows for a in accounts), sum(a.used for a in accounts)
    said = tr(
        "Read: {files} with {rows}. Used: {used}; set aside: {aside}; not part of the evaluation: {excluded}.",
        files=tr(plural("{n} file", "{n} files"), n=len(accounts)),
        rows=tr(plural("{n} row", "{n} rows"), n=rows),
        used=used,
        aside=sum(a.quarantined for a in accounts),
        excluded=sum(a.excluded for a in accounts),
    )
    block: Block = [*told(said), *_failed(study, tr), tables.accounts(accounts, tr)]
    found = study.bundle.problems
    if not found:
        return block + told(tr("Nothing had to be set aside, put right or noted."))
    order = {"quarantined": 0, "warned": 1, "normalised": 2, "refused": 3}
    listed = sorted(found, key=lambda p: order[p.effect])
    return [*block, tables.problems(listed, tr)]


def _failed(study: Study, tr: Translator) -> Block:
    """How many figures failed, and which, by the names of measure, part or chart."""
    if not study.faults:
        return []
    names = ", ".join(sorted({fault.figure for fault in study.faults}))
    said = tr(
        "Figures whose computation failed ({code}): {n} ({names}). Nothing else rests on them.",
        n=len(study.faults),
        code=CODE,
        names=names,
    )
    return told(said)


def methods(study: Study) -> Block:
    """How the figures were made, for readers without statistics; every method by name below."""
    tr = translator(language_of(study))
    block: Block = []
    for sentence in PLAIN:
        block += told(tr(sentence))
    block += told(*_falsified(study, tr))
    return [*block, details(tr("Every method by its name"), tables.methods_used(study.results, tr))]


UNITS = {"points": key("points"), "ties": key("ties"), "days": key("days")}


def _falsified(study: Study, tr: Translator) -> list[str]:
    """What the method did on the programme's own data where nothing is, from the last run of ``falsify``."""
    last = last_tried(study)
    if last is None:
        return [tr("Whether the method shows something where nothing is, on these very data, is told by: {call}.",
                   call="rmanalytics falsify")]  # fmt: skip
    said = [
        tr("On {day} the method was tried on these data (rmanalytics falsify).", day=last.on)
        if last.same_data
        else tr("On {day} the method was tried on data that have changed since (rmanalytics falsify).", day=last.on)
    ]
    for trial in last.trials:
        said.append(
            tr(
                "{claim}: it shows something where nothing is in {wrong} of 100, and finds {effect} {unit} in {found} "
                "of 100.",
                claim=trial.claim,
                wrong=hundredths(trial.shown + trial.against, trial.draws),
                effect=tr.number(trial.effect, 2),
                unit=tr(UNITS.get(trial.unit, trial.unit)),
                found=hundredths(trial.found, trial.draws),
            )
        )
        said += [tr("Not to be trusted: {reason}.", reason=tr(text, **values)) for text, values in trial.faults]
    return [" ".join(said)]


def provenance(study: Study) -> Block:
    """Which files, versions and seed made this report."""
    tr = translator(language_of(study))
    said = tr(
        "Round {round} of {programme}, {period}. The data reach to {until}; random draws start from seed {seed}. "
        "Groups that somebody chose or split are shown from {k} people on; a whole side always.",
        round=wording.round_name(study.round.id),
        programme=study.programme.name,
        period=tr.period(study.round.start, study.round.end),
        until=study.programme.data_until,
        seed=study.programme.seed,
        k=study.programme.k,
    )
    files = tr(
        "It was made from {n} files, {name} among them. Their fingerprints stand in {manifest}, made with a key, so "
        "that nobody without it can test a guess about a small file.",
        n=len(study.bundle.digests),
        name="programme.toml",
        manifest="manifest.json",
    )
    return [*told(said), *told(files), details(tr("Software"), tables.packages(tr))]
