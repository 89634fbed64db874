"""The works council's pack put together: all sections, their digest, what changed, and a page to sign."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from rmanalytics.council.content import Blank, Lines, Pack, Section, Table, changes, digest
from rmanalytics.council.fields import fields, kept, unsupplied
from rmanalytics.council.law import record, rights, threshold
from rmanalytics.council.outside import last_release, protection, recipients, told_outside
from rmanalytics.council.rules import draw_and_pairing, purpose, questions
from rmanalytics.evaluation.claims import claims
from rmanalytics.language.translator import LANGUAGES, Translator, translator
from rmanalytics.programme.programme import Programme
from rmanalytics.receipts.chain import Receipt, receipts_of, shown

Signed = tuple[date, str, Mapping[str, Lines]]
"""Day, digest and lines of the pack that was signed."""


def packs(programme: Programme, reports: Path, signed: Signed | None, *, on: date) -> dict[str, Pack]:
    """The pack in every language; their digest is the same.

    Parameters
    ----------
    programme : Programme
        The declaration.
    reports : Path
        Folder of its reports, for what was told last.
    signed : tuple or None
        The pack signed before, from `rmanalytics.council.content.read_json`.
    on : date
        The day it is made.
    """
    declared = {name: _declared(programme, translator(name)) for name in LANGUAGES}
    lines = {
        name: [line for one in main + annexes for line in one.lines()] for name, (main, annexes) in declared.items()
    }
    own = digest(lines)
    found = {}
    for name, (main, annexes) in declared.items():
        tr = translator(name)
        last = _last_plan(programme)
        whole = (
            _changed(signed, lines[name], tr),
            *main,
            last_release(reports, tr),
            _to_sign(last, own, tr),
            *annexes,
        )
        title = tr("People's data in the programme {name}", name=tr.quoted(programme.name))
        invented = f" {tr('The programme is invented, for an example.')}" if programme.simulated else ""
        about = tr(
            "{company}. For the works council and the data-protection officer. Made from the programme's "
            "declaration on {day}; no answer of anybody was read for it.",
            company=programme.company,
            day=on,
        )
        found[name] = Pack(language=name, title=title, about=about + invented, made=on, digest=own, sections=whole)
    return found


def _declared(programme: Programme, tr: Translator) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
    """The sections that follow from the declaration: those to agree on, and the annexes."""
    main = (
        purpose(programme, tr),
        recipients(programme, tr),
        told_outside(tr),
        protection(programme, tr),
        fields(programme, tr),
        kept(programme, tr),
        draw_and_pairing(programme, tr),
        questions(programme, tr),
        rights(programme, tr),
        _plan(programme, tr),
    )
    return main, (record(programme, tr), threshold(programme, tr), unsupplied(programme, tr))


def _last_plan(programme: Programme) -> Receipt | None:
    return next((one for one in reversed(receipts_of(programme)) if one.kind == "declared" and one.whole), None)


def _plan(programme: Programme, tr: Translator) -> Section:
    """The plan that was frozen last, with its digest."""
    title, last = tr("The plan that was fixed beforehand"), _last_plan(programme)
    if last is None:
        told = tr(
            "No plan has been fixed yet: before a round's answers come in, its claims can still be chosen freely."
        )
        return Section(title, (told,))
    titles = {claim.id: tr.pick(claim.title) for claim in claims()}
    roles = {"primary": tr("primary claim"), "key": tr("key claim")}
    fixed = sorted(last.content["claims"].items(), key=lambda one: (one[1]["role"] != "primary", one[0]))
    rows = tuple((name, titles[name], roles[one["role"]]) for name, one in fixed)
    lead = tr(
        "Round {round}, fixed on {day}. Digest of the plan: {digest}",
        round=last.round_id,
        day=last.written.date(),
        digest=shown(last.digest),
    )
    return Section(title, (lead, Table("", ("", tr("Claim"), tr("Part in the plan")), rows)))


def _changed(signed: Signed | None, now: Lines, tr: Translator) -> Section:
    title = tr("What has changed since it was last signed")
    if signed is None:
        told = tr("No signed pack was named, so nothing is compared: read the whole.")
        return Section(title, (told,), declared=False)
    made, own, lines = signed
    about = tr("Compared with the pack of {day}, digest {digest}.", day=made, digest=shown(own))
    found = changes(lines[tr.language], now)
    if not found:
        return Section(title, (about, tr("Nothing has changed.")), declared=False)
    rows = tuple((one.section, one.signed or "–", one.now or "–") for one in found)
    head = (tr("Section"), tr("Signed"), tr("Now"))
    return Section(title, (about, Table("", head, rows)), declared=False)


def _to_sign(last: Receipt | None, own: str, tr: Translator) -> Section:
    plan = tr("not fixed yet") if last is None else shown(last.digest)
    rows = ((tr("Digest of this pack"), shown(own)), (tr("Digest of the plan"), plan))
    return Section(
        tr("To be signed"),
        (
            tr("Agreed to is what this pack says, known by its digest. Any other declaration gives another digest."),
            Table("", ("", ""), rows),
            Blank(tr("For the works council: place, date, signature")),
            Blank(tr("For the company: place, date, signature")),
        ),
        declared=False,
    )
