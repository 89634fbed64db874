"""What a block has in JupyterLab beyond the page: tables to sort and filter, and links that save figures and tables.

Everything lies in the output itself: nothing is asked of any other place. The pages of a report have none of it.
"""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Sequence
from importlib.util import find_spec

import pandas as pd
from IPython import get_ipython
from IPython.display import HTML, display
from markupsafe import Markup

from rmanalytics.language.translator import Translator
from rmanalytics.report.charts.drawing import separators
from rmanalytics.report.charts.figures import Figure
from rmanalytics.report.charts.picture import svg
from rmanalytics.report.html.markup import render, stylesheet
from rmanalytics.report.html.workbook import rows_of, write_sheets

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LEAST_ROWS = 3
"""A shorter table is read faster than sorted."""
_TABLE = re.compile(r'<table class="t">\s*<thead>(.*?)</thead>\s*<tbody>(.*?)</tbody></table>', re.DOTALL)
_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
_KIND = re.compile(r'<th[^>]* class="([^"]*)"')
_CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


_ORDER = r"""function (data, type) {
  if (type === "display") return data;
  const text = data.replace(/<[^>]*>/g, "").trim();
  const found = /^([-+\u2212]?)(\d[\d.,\u00a0\u202f\u2019]*)/.exec(text);
  if (type === "filter" || !found) return text;
  const plain = found[2].replace(/[THOUSANDS\u00a0\u202f]/g, "").replace("DECIMAL", ".");
  return Number((/[-\u2212]/.test(found[1]) ? "-" : "") + plain);
}"""
"""A cell as a column is sorted by: the number that it begins with, else its text."""


def in_lab() -> bool:
    """Whether a notebook is run by a kernel, as in JupyterLab; a run of reports has none."""
    return hasattr(get_ipython(), "kernel")


def begin(heading: str = "") -> None:
    """What stands first in a notebook in JupyterLab: what is looked at; and every data frame can be sorted."""
    if not in_lab():
        return
    if _itables():
        import itables  # noqa: PLC0415  (an extra)

        itables.options.text_in_header_can_be_selected = False
        itables.init_notebook_mode(all_interactive=True, connected=False)
    style = Markup('<style class="rma-style">{}</style>').format(stylesheet("blocks.css"))
    display(
        HTML(style + Markup('<div class="rma"><p class="kicker">{}</p></div>').format(heading))
        if heading
        else HTML(style)
    )


def saving_figure(figure: Figure, name: str, title: str, tr: Translator) -> Markup:
    """Links that save a figure with its title as SVG and as PNG; the browser makes the PNG of the SVG."""
    drawn = svg(figure.to_dict(), title=title)[0]
    return render("saving.html", name=name, words=tr("Save the figure:"), svg=_inside("image/svg+xml", drawn.encode()))


def saving_tables(tables: Sequence[pd.DataFrame], name: str, tr: Translator) -> Markup:
    """A link that saves tables as a workbook, a sheet each."""
    book = io.BytesIO()
    write_sheets(book, {f"Table {i}": rows_of(table) for i, table in enumerate(tables, start=1)})
    return render("saving.html", name=name, words=tr("Save the tables:"), xlsx=_inside(XLSX, book.getvalue()))


def sortable(html: Markup, tr: Translator) -> Markup:
    """The HTML with each table of ours as one to sort and to filter, where itables is installed."""
    if not _itables():
        return html
    return Markup(_TABLE.sub(lambda found: _interactive(found, tr), html))  # noqa: S704  (our own markup)


def _interactive(found: re.Match[str], tr: Translator) -> str:
    heads, *_ = [_CELL.findall(row) for row in _ROW.findall(found[1])]
    rows = [_CELL.findall(row) for row in _ROW.findall(found[2])]
    if len(rows) < LEAST_ROWS or any(len(row) != len(heads) for row in rows):
        return found[0]
    from itables import JavascriptFunction, to_html_datatable  # noqa: PLC0415  (an extra)

    right = [i for i, kind in enumerate(_KIND.findall(found[1])) if kind.split()[:1] == ["r"]]
    marks = separators(tr)
    as_number = JavascriptFunction(_ORDER.replace("DECIMAL", marks[0]).replace("THOUSANDS", marks[1]))
    made: str = to_html_datatable(
        pd.DataFrame(rows, columns=pd.Index(heads)),
        connected=False,
        display_logo_when_loading=False,
        allow_html=True,
        showIndex=False,
        classes="t",
        style="table-layout:auto;width:auto;margin:0",
        paging=False,
        order=[],
        autoWidth=False,
        text_in_header_can_be_selected=False,
        maxBytes=0,
        layout={"topStart": "search", "topEnd": None, "bottomStart": None, "bottomEnd": None},
        language={"search": tr("Filter:"), "zeroRecords": tr("no row")},
        columnDefs=[{"targets": "_all", "render": as_number}, {"targets": right, "className": "r"}],
    )
    return made


def _itables() -> bool:
    return "itables" in sys.modules or find_spec("itables") is not None


def _inside(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
