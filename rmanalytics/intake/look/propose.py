"""From what the files seem to be to a commented ``programme.toml``: what is sure is declared, the rest is a comment.

Unit: one folder. Nothing is written here; questions are asked through a function that gives the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from statistics import median_low as median

from rmanalytics.intake.look.evidence import SURE
from rmanalytics.intake.look.files import Column, Seen, look_at
from rmanalytics.intake.look.kinds import (
    answered_in,
    bounds,
    email_column,
    half_year,
    id_column,
    item_of,
    likert,
    people_known,
    person_in,
    recognise,
    same_people,
)
from rmanalytics.intake.look.lines import evidence_of, in_few, opening, reader_block, setting_line, slashed, slug
from rmanalytics.intake.look.scales import alike, language_of, order_of, quoted, scale_text, today
from rmanalytics.intake.look.surveys import definitions, rounds_in, survey_days, when
from rmanalytics.intake.look.words import VALUES, choice, level_of, plain
from rmanalytics.intake.readers.survey import items_of, spelt
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import filled, inside, key, translator
from rmanalytics.programme.instruments import read_instrument, read_shipped, shipped

Ask = Callable[[str, tuple[str, ...], str], str]
"""A question, the answers that there are (none for a free one) and the usual one; gives the answer."""
SURVEYS = ("qualtrics", "limesurvey", "surveymonkey", "forms", "wide")
HR = ("day", "unit", "level", "manager_id", "birth_year", "hire_date", "exit_date", "exit_reason", "job_family")


@dataclass(slots=True, kw_only=True)
class Proposal:
    """What is to be written, and what was seen.

    Parameters
    ----------
    seen : list of Seen
        Every file or sheet, with what it seems to be.
    toml : str
        Text of ``programme.toml``.
    scales : dict of str to str
        Files of own scales, by name.
    unsure : list of str
        What stands as a comment and has to be decided.
    questions : int
        How many were asked.
    language : str
        In which comments are written and questions asked: that of most headers, unless another is wanted.
    """

    seen: list[Seen]
    language: str
    toml: str = ""
    scales: dict[str, str] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)
    questions: int = 0


def propose(folder: Path, ask: Ask, language: str = "") -> Proposal:
    """Look at a folder and say how it could be declared."""
    return _Writer(folder, ask, language).proposal()


class _Writer:
    def __init__(self, folder: Path, ask: Ask, language: str) -> None:
        self.folder, self._ask = folder, ask
        seen = look_at(folder)
        self.language = language or language_of([c.header for one in seen if not one.own for c in one.columns])
        self.tr = translator(self.language)
        self.made = Proposal(seen=seen, language=self.language)
        self.instruments = {name: read_shipped(name) for name in shipped()}
        for path in sorted(folder.glob("*.toml")):
            if path.name != "programme.toml":
                own = read_instrument(path)
                self.instruments[own.name] = own
        self.orders = definitions(self.made.seen)
        self.known = people_known(self.made.seen)
        self.known.items = items_of(self.instruments.values())
        for one in self.made.seen:
            recognise(one, self.known)
            for doubt in one.doubts:
                self._doubt(one.name, doubt)
        self.values: dict[str, dict[str, str]] = {}
        self.blocks: list[str] = []
        self.tables: dict[str, list[str]] = {}
        self.columns: dict[str, dict[str, list[str]]] = {}
        self.perhaps: dict[str, list[str]] = {}
        self.files: dict[str, dict[str, object]] = {}
        self.aliases = ""
        self.days: list[date] = []
        self.own_scales: list[str] = []

    def ask(self, question: str, answers: tuple[str, ...], usual: str) -> str:
        self.made.questions += 1
        return self._ask(self.tr(question), answers, usual)

    def _doubt(self, where: str, what: str) -> None:
        """Something that has to be decided."""
        self.made.unsure.append(filled("{where}: {what}", where=where, what=inside(what)))

    def proposal(self) -> Proposal:
        self.rounds = self._rounds()
        self._hr()
        for one in self.made.seen:
            if one.own:
                self.tables.setdefault(one.seems, []).append(one.name)
            elif one.seems == "tandems":
                self._tandems(one)
            elif one.seems in ("people", "answers"):
                self._table(one, one.seems)
                self._aliases(one, [one.name])
            elif one.seems == "meetings":
                self._meetings(one)
            elif one.seems == "ical":
                self.blocks.append(reader_block(slug(one.name), "ical", one.name, []))
            elif one.seems == "viva":
                self.blocks.append(reader_block(slug(one.name), "viva", one.name, ['dates = "month_first"']))
            elif one.seems in SURVEYS:
                self._survey(one)
        self.made.toml = self._text()
        return self.made

    def _rounds(self) -> list[str]:
        """Rounds by the days on which tandems were matched and by names of surveys, else by the days of surveys."""
        matched = [
            d
            for one in self.made.seen
            if one.seems == "tandems"
            for c in [one.of("matched_date")]
            if c
            for d in c.dates
        ]
        asked = [median(days) for one in self.made.seen if one.seems in SURVEYS if (days := survey_days(one))]
        named = {said for one in self.made.seen if one.seems in SURVEYS for said in rounds_in(one.name)}
        return sorted({half_year(day) for day in matched} | named or {half_year(day) for day in sorted(asked)[:1]})

    def _hr(self) -> None:
        snapshots = [one for one in self.made.seen if one.seems == "snapshots"]
        if snapshots:
            last = max(snapshots, key=lambda one: str(one.day))
            files = in_few([one.name for one in snapshots], [one.name for one in self.made.seen])
            self._hr_reader("snapshots", last, files, snapshots)
        apart = any(one.seems == "people" for one in self.made.seen)
        for one in self.made.seen:
            if one.seems == "spells" and apart:
                self._table(one, "positions")
            elif one.seems in ("spells", "list") and not self._same_people(one):
                self._hr_reader("spells", one, [one.name], [one])

    def _same_people(self, one: Seen) -> bool:
        """Whether an earlier list holds mostly the same people: months whose names do not say so."""
        earlier = self.made.seen[: self.made.seen.index(one)]
        same = next((other for other in earlier if same_people(one, other)), None)
        if same is not None:
            self._doubt(
                one.name,
                filled(
                    "left out, for it has the people of {file} again; if they are two months, name them so, such as "
                    "2026-01, and call init anew",
                    file=same.name,
                ),
            )
        return same is not None

    def _hr_reader(self, kind: str, one: Seen, files: list[str], every: list[Seen]) -> None:
        person = id_column(one)
        if person is None:
            return
        lines = opening(one)
        others = {other.header_row for other in every} - {one.header_row}
        if others:
            self._doubt(files[0], key("the header stands in other rows in some of its sheets"))
        named = {"person_id": person} | {
            c: found for c in HR if (found := one.of(c)) is not None and found.sure >= SURE
        }
        if kind == "spells":
            first = one.of("start_date") if one.seems == "spells" else one.of("hire_date")
            last = one.of("end_date") if one.seems == "spells" else one.of("exit_date")
            named |= {c: found for c, found in (("start_date", first), ("end_date", last)) if found is not None}
        lines += self._column_lines(one, named, HR)
        taken = any(block.startswith("[readers.hr]") for block in self.blocks)
        self.blocks.append(reader_block(slug(one.name) if taken else "hr", kind, files, lines))
        for column in ("exit_reason", "level"):
            if column in named:
                cells = {cell for o in every for c in [o.headed(named[column].header)] if c for cell in c.filled}
                self._say(column, cells, named[column].means)
                if any(named[column].means.values()):
                    self._doubt(f"values.{column}", key("is the order from the lowest to the highest right?"))
        self.days += [other.day for other in every if kind == "snapshots" and other.day]
        self._aliases(one, files)

    def _aliases(self, one: Seen, files: list[str]) -> None:
        """A list in which addresses stand beside ids: others may know people by these."""
        person, address = id_column(one), email_column(one)
        if person is None or address is None:
            return
        tr = self.tr
        self.aliases = (
            f"[pseudonyms.aliases]  # {tr('other files may know people by their e-mail addresses')}\n"
            f"files = [{', '.join(map(quoted, files))}]\n"
            f"id = {quoted(person.header)}\nalias = {quoted(address.header)}\n"
        )
        for file in files if one.header_row > 1 else []:
            self.files[file] = {"header_row": one.header_row}

    def _column_lines(self, one: Seen, named: dict[str, Column], ours: tuple[str, ...]) -> list[str]:
        """Lines that name columns, each with its evidence; those that may be one of ours are comments."""
        lines = [f"columns.{name} = {quoted(c.header)}  # {evidence_of(c, self.tr)}" for name, c in named.items()]
        return lines + self._perhaps(one, named, ours, "columns.")

    def _perhaps(self, one: Seen, named: dict[str, Column], ours: Collection[str], prefix: str) -> list[str]:
        """Comments for columns that may be one of ours and are not taken."""
        lines, tr = [], self.tr
        taken = {id(column) for column in named.values()}
        for column in one.columns:
            able = column.column in ours and id(column) not in taken and column.sure < SURE
            if not able or (column.column in named and not column.why):
                continue
            lines.append(f"# {prefix}{column.column} = {quoted(column.header)}  # {tr('perhaps; decide')}")
            self._doubt(
                one.name, filled("{header} may be {column}", header=quoted(column.header), column=column.column)
            )
        return lines

    def _say(self, column: str, cells: Collection[str], means: Mapping[str, str] | None = None) -> None:
        """What the words of a column mean; those that nobody knows are comments."""
        means = means or {}
        for cell in sorted(cells):
            known = str(level_of(cell) or "") if column == "level" else choice(column, cell)
            meant = means.get(cell, known) if column == "level" else known or means.get(cell, "")
            if plain(meant) == plain(cell):
                continue
            self.values.setdefault(column, {})[cell] = meant
            if not meant:
                self._doubt(f"values.{column}", key("a word of which nothing says what it means"))

    def _table(self, one: Seen, table: str, constants: dict[str, str] | None = None) -> None:
        self.tables.setdefault(table, []).append(one.name)
        ours = [c.name for c in TABLES[table].columns]
        named = {c: found for c in ours if (found := one.of(c)) is not None and found.sure >= SURE}
        for column, found in named.items():
            headers = self.columns.setdefault(table, {}).setdefault(column, [])
            headers += [found.header] if found.header not in headers else []
            if column in VALUES or column == "level":
                self._say(column, found.known, found.means)
            if found.dates:
                self.days += [day for day in found.dates if day <= today()]
        self.perhaps.setdefault(table, []).extend(self._perhaps(one, named, ours, ""))
        given: dict[str, object] = {"header_row": one.header_row} if one.header_row > 1 else {}
        given |= {"leave_out_totals": True} if one.totals else {}
        given |= {"constants": constants} if constants else {}
        if given:
            self.files[one.name] = given

    def _tandems(self, one: Seen) -> None:
        constants = {}
        if one.of("round_id") is None:
            matched = one.of("matched_date")
            rounds = {half_year(day) for day in (matched.dates if matched else [])} or set(self.rounds)
            if len(rounds) > 1:
                self._doubt(one.name, key("its tandems are of several rounds, and no column says which"))
            constants["round_id"] = max(rounds, default=half_year(today()))
        if one.of("assignment") is None:
            answers = ("volunteer", "matched", "waiting_list", "random")
            question = filled("How did the people of {file} come together?", file=one.name)
            constants["assignment"] = self.ask(question, answers, "volunteer")
        if slashed(one) or one.of("tandem_id") is None:
            self._pairs(one, constants)
        else:
            self._table(one, "tandems", constants)
        for column in TABLES["tandems"].required_columns:
            if column != "tandem_id" and column not in constants and one.of(column) is None:
                self._doubt(one.name, filled("no column is {column}", column=column))

    def _pairs(self, one: Seen, constants: dict[str, str]) -> None:
        """Tandems by a reader, where their days have slashes or nothing numbers them."""
        ours = [c.name for c in TABLES["tandems"].columns]
        named = {c: found for c in ours if (found := one.of(c)) is not None and found.sure >= SURE}
        lines = ['table = "tandems"', *opening(one), *([setting_line(("constants", constants))] if constants else [])]
        lines += self._column_lines(one, named, tuple(ours))
        self.blocks.append(reader_block(slug(one.name), "platform", one.name, lines))

    def _meetings(self, one: Seen) -> None:
        ours = ("tandem_id", "number", "planned_date", "held_date", "status", "minutes", "topic_code")
        named = {c: found for c in ours if (found := one.of(c)) is not None and found.sure >= SURE}
        if "planned_date" not in named and "held_date" in named:
            named["planned_date"] = named["held_date"]
        lines = ['table = "meetings"', *opening(one)]
        if "status" not in named:
            lines.append('constants = { status = "held" }')
        else:
            self._say("status", named["status"].known, named["status"].means)
        self.blocks.append(
            reader_block(slug(one.name), "platform", one.name, [*lines, *self._column_lines(one, named, ours)])
        )

    def _survey(self, one: Seen) -> None:
        person, others = person_in(one, self.known)
        name, tr = slug(one.name), self.tr
        lines = opening(one) if one.seems in ("wide", "forms") else []
        lines += [f"definition = {quoted(one.definition)}"] if one.definition else []
        named = {} if person is None else {"person_id": person}
        days = answered_in(one)
        if one.seems == "wide" and days is not None:
            named["answered_at"] = days
        round_id, wave, why = self._when(one)
        lines.append(f'constants = {{ round_id = "{round_id}", wave = "{wave}" }}  # {why}')
        lines += self._column_lines(one, named, () if person else ("person_id",))
        if person is None:
            lines.append(f'# columns.person_id = "…"  # {tr("no column holds ids or addresses of known people")}')
            self._doubt(one.name, key("no column says who answered"))
        for other in others:
            perhaps = tr("might be it too: {why}", why=tr(other.why))
            lines.append(f"# columns.person_id = {quoted(other.header)}  # {perhaps}")
            self._doubt(one.name, filled("{header} holds known people as well", header=quoted(other.header)))
        matched = {c.header: item for c in one.columns if (item := item_of(c, self.known))}
        own = self._own_scales(one, sentences=bool(matched))
        if own:
            lines += ["", f"[readers.{name}.items]", *(f"{quoted(header)} = {quoted(item)}" for header, item in own)]
        self.blocks.append(reader_block(name, one.seems, one.name, lines))
        self.days += [day for day in survey_days(one) if day <= today()]

    def _when(self, one: Seen) -> tuple[str, str, str]:
        """Round and wave of a survey, by its days and its name."""
        tr = self.tr
        days = survey_days(one)
        round_id, by_name, by_day = when(one.name, days, self.rounds or [half_year(today())])
        if by_name and by_day and by_name != by_day and by_name in ("pre", "post"):
            self._doubt(
                one.name, filled("its name says {by_name}, its days say {by_day}", by_name=by_name, by_day=by_day)
            )
        question = filled("When was {file} asked: before (pre) or after (post)?", file=one.name)
        wave = by_name or by_day or self.ask(question, ("pre", "post"), "pre")
        told = [tr("answered from {first} to {last}", first=str(min(days)), last=str(max(days)))] if days else []
        told += [tr("its name says so")] if by_name else []
        return round_id, wave, ", ".join(told) or tr("please check")

    def _own_scales(self, one: Seen, *, sentences: bool) -> list[tuple[str, str]]:
        """Files of own scales for questions that are no item of a known one, a scale for each kind of answers.

        Answers to one question are those of all surveys together: not everybody ticks everything everywhere. Beside
        known items only whole sentences are questions.
        """
        asked = replace(
            one, columns=[self._everywhere(c) for c in one.columns if not sentences or c.question.count(" ") > 2]
        )
        found = []
        for labels, columns in alike(likert(asked, self.known), self._order):
            ordered = self._order(labels) or ()
            if len(columns) < 2 or (labels and not ordered):
                if ordered or len(columns) > 1:
                    why = (
                        key("no other is answered like it") if ordered else key("the order of the answers is not known")
                    )
                    told = filled("questions that belong to no scale: {n} ({why})", n=len(columns), why=inside(why))
                    self._doubt(one.name, told)
                continue
            scale = f"own_{len(self.own_scales) + 1}"
            self.own_scales.append(scale)
            items = [(column, f"{scale}_{n}") for n, column in enumerate(columns, start=1)]
            self.made.scales[f"{scale}.toml"] = scale_text(one, items, ordered, self.tr)
            self._doubt(f"{scale}.toml", key("look through title, direction and reversed items"))
            found += [(column.header, item) for column, item in items]
            self.known.items |= {spelt(column.question): item for column, item in items}
        return found

    def _everywhere(self, column: Column) -> Column:
        """A question with its answers in all surveys."""
        surveys = (one for one in self.made.seen if one.seems in SURVEYS)
        same = [c for one in surveys for c in one.columns if spelt(c.question) == spelt(column.question)]
        return replace(column, cells=[cell for c in same for cell in c.cells])

    def _order(self, labels: Collection[str]) -> tuple[str, ...] | None:
        """Answers in words in order: of a wording that is known, or as a definition has them."""
        return order_of(labels) or next((order for order in self.orders if set(labels) <= set(order)), None)

    def _text(self) -> str:
        name, tr = self.folder.resolve().name, self.tr
        until = max(self.days, default=today())
        slug = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")[:40] or "programme"
        company = self.ask(key("What is the company called, for the report?"), (), name)
        lines = [
            tr("# Written by rmanalytics init from what lies here. Look it through: the unsure is a comment."),
            "[programme]",
            "schema = 1",
            f"id = {quoted(slug)}  # {tr('the name under which the keys of the programme are kept')}",
            f"name = {quoted('Reverse mentoring')}",
            f"company = {quoted(company)}",
            f"data_until = {until}  # {tr('the last day in the exports')}",
            f'language = "{self.language}"  # {tr("of en, de and de-CH")}',
            "",
        ]
        for round_id in self.rounds or [half_year(today())]:
            start, end = bounds(round_id)
            lines += [
                "[[rounds]]",
                f'id = "{round_id}"',
                f"start = {start}",
                f"end = {end}",
                "planned_meetings = 6",
                "",
            ]
        if not self.rounds:
            self._doubt("rounds", key("no file says when one began"))
        lines += [f"[pseudonyms]  # {tr('ids become pseudonyms when they are read')}", 'ids = "keyed"', ""]
        lines += [self.aliases] if self.aliases else []
        self.tables = {table: files for table, files in self.tables.items() if files != [f"{table}.csv"]}
        if self.tables:
            lines.append("[tables]")
            for table, files in self.tables.items():
                lines.append(f"{table} = [{', '.join(map(quoted, files))}]")
            lines.append("")
        for table, columns in self.columns.items():
            lines.append(f"[columns.{table}]")
            lines += [f"{c} = [{', '.join(map(quoted, headers))}]" for c, headers in columns.items()]
            lines += self.perhaps.get(table, [])
            lines.append("")
        for file, given in self.files.items():
            lines += [f"[files.{quoted(file)}]", *map(setting_line, given.items()), ""]
        lines += self.blocks
        for column, words in self.values.items():
            lines.append(f"[values.{column}]")
            for said, meant in words.items():
                lines.append(f"{'' if meant else '# '}{quoted(said)} = {quoted(meant or '…')}")
            lines.append("")
        if self.own_scales:
            named = ", ".join(quoted(f"{scale}.toml") for scale in self.own_scales)
            lines += ["[instruments]", f"files = [{named}]", ""]
            for scale in self.own_scales:
                which = tr("which claim does this scale answer, and for which side?")
                lines += [f"# [[outcomes]]  # {which}", '# claim = "M1"']
                lines += [f'# instrument = "{scale}"', '# side = "mentee"', ""]
        return "\n".join(lines).rstrip() + "\n"
