"""Menus of ``00_start``: programme, round, side, scale and subgroup; what is chosen is remembered and shown below them.

Unit: one folder of notebooks. The menus come from ipywidgets (extra ``lab``).
"""

from __future__ import annotations

import tomllib
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.display import HTML, display
from IPython.utils.capture import capture_output
from markupsafe import Markup

from rmanalytics.api.choice import Choice, remember
from rmanalytics.api.making import example
from rmanalytics.errors import RmError
from rmanalytics.intake.schema import TABLES
from rmanalytics.language.translator import Translator, key, translator
from rmanalytics.programme.programme import FILE_NAME, Programme, read_programme
from rmanalytics.report.chapters.data import CHAPTERS
from rmanalytics.report.lab import begin, in_lab
from rmanalytics.report.words import wording

if TYPE_CHECKING:
    import ipywidgets

LABELS = {
    "programme": key("Programme"),
    "round_id": key("Round"),
    "side": key("Side"),
    "scale": key("Scale put first"),
    "subgroup": key("Subgroup"),
}
OTHER = key("Another folder")
AGAIN = key("This holds for every notebook of this folder: run one that is open again to see it.")
EXPLORED = key("Explored: only the plan's claims have a verdict, and that over everybody whom the plan covers.")
Options = list[tuple[str, str]]


class Chooser:
    """What is chosen, and the menus to choose otherwise.

    Parameters
    ----------
    choice : Choice
        What is chosen first.
    """

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self._filling = False

    @cached_property
    def menus(self) -> dict[str, ipywidgets.Dropdown]:
        """A menu for each thing to choose."""
        from ipywidgets import Dropdown, Layout

        layout, style = Layout(width="34rem"), {"description_width": "9rem"}
        found = {name: Dropdown(layout=layout, style=style) for name in LABELS}
        for name, menu in found.items():
            menu.observe(lambda change, name=name: self._chosen(name, change["new"]), names="value")
        return found

    @cached_property
    def folder(self) -> ipywidgets.Text:
        """Where another folder is named."""
        from ipywidgets import Layout, Text

        style = {"description_width": "9rem"}
        text = Text(continuous_update=False, placeholder="/", layout=Layout(width="34rem"), style=style)
        text.observe(lambda change: self._chosen("programme", change["new"]), names="value")
        return text

    @cached_property
    def shown(self) -> ipywidgets.Output:
        """What is seen of the chosen round."""
        from ipywidgets import Output

        return Output()

    def _ipython_display_(self) -> None:
        if not (in_lab() and find_spec("ipywidgets")):
            display(HTML(Markup("<p>{}</p>").format(self.choice.open().heading)))
            return
        from ipywidgets import VBox

        begin()
        self._fill()
        display(VBox([*self.menus.values(), self.folder]))
        tr = translator(declared(self.choice).language)
        links = [Markup('<a href="{}">{}</a>').format(name, tr(title)) for name, title in CHAPTERS]
        display(HTML(Markup("<p>{}</p>").format(Markup(" · ").join(links))))
        self._show()
        display(self.shown)

    def _chosen(self, name: str, value: str) -> None:
        """Take what was chosen in a menu; what does not go with it falls back to what comes by itself."""
        if self._filling or value == getattr(self.choice, name) or (name, value) == ("programme", ""):
            return
        before, self.choice = self.choice, replace(self.choice, **{name: value})
        if name == "programme":
            self.choice = Choice(programme=str(Path(value).expanduser().resolve()))
        try:
            self._fill()
        except RmError as error:
            self.choice = before
            self._fill()
            self.shown.outputs = (_output({"text/html": Markup('<p class="absent">{}</p>').format(error)}),)
            return
        remember(self.choice)
        self._show()

    def _fill(self) -> None:
        """Give each menu what there is to choose, and set it to what is chosen."""
        programme = declared(self.choice)
        tr = translator(programme.language)
        self._filling = True
        try:
            for name, options in self._options(programme, tr).items():
                menu, value = self.menus[name], getattr(self.choice, name)
                menu.description, menu.options = tr(LABELS[name]), options
                menu.value = value if value in (one for _, one in options) else options[0][1]
            self.folder.description, self.folder.value = tr(OTHER), ""
        finally:
            self._filling = False
        self.choice = Choice(**{name: menu.value for name, menu in self.menus.items()})

    def _options(self, programme: Programme, tr: Translator) -> dict[str, Options]:
        sides = [(wording.side_label(side, tr), side) for side in ("mentee", "mentor")]
        outcomes = [one for one in programme.outcomes if self.choice.side in ("", one.side)]
        scales = dict.fromkeys(one.instrument for one in outcomes if programme.instruments[one.instrument].items)
        return {
            "programme": _programmes(programme),
            "round_id": [
                (tr("the last closed one"), ""),
                *((wording.round_name(one.id), one.id) for one in reversed(programme.rounds)),
            ],
            "side": [(tr("both"), ""), *sides],
            "scale": [
                (tr("as declared"), ""),
                *((tr.pick(programme.instruments[name].title), name) for name in scales),
            ],
            "subgroup": [(tr("everybody"), ""), *((one.name, one.name) for one in programme.subgroups)],
        }

    def _show(self) -> None:
        """Show the chosen round: which it is, what is loaded, and the scale that is put first."""
        with capture_output() as found:
            try:
                study = self.choice.open()
                display(HTML(Markup("<h3>{}</h3>").format(study.heading)))
                if self.choice.scale or self.choice.subgroup:
                    display(HTML(Markup("<p>{}</p>").format(translator(study.language)(EXPLORED))))
                for block in (study.show.primary_change(), study.show.start()):
                    display(block)
                display(HTML(Markup("<p>{}</p>").format(translator(study.language)(AGAIN))))
            except RmError as error:
                display(HTML(Markup('<p class="absent">{}</p>').format(error)))
        self.shown.outputs = tuple(_output(one.data, one.metadata) for one in found.outputs)


def declared(choice: Choice) -> Programme:
    """What the chosen programme declares."""
    return read_programme(choice.folder, tuple(TABLES))


def _output(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def _programmes(chosen: Programme) -> Options:
    """Folders of programmes at hand: the chosen one, those beside the notebooks, and the example."""
    near = [path for pattern in ("*", "*/*") for path in sorted(Path("..").glob(f"{pattern}/{FILE_NAME}"))]
    folders = [chosen.folder, *(path.parent for path in near), example()]
    return [(_name(folder), str(folder)) for folder in dict.fromkeys(folder.resolve() for folder in folders)]


def _name(folder: Path) -> str:
    """The name of a programme, with its folder; the folder alone where its file cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = tomllib.loads((folder / FILE_NAME).read_text("utf-8-sig"))["programme"]["name"]
        return f"{said} ({folder.name})"
    return folder.name
