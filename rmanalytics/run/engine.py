"""A papermill engine that runs a notebook inside this process, in a fresh namespace.

Unit: one notebook. Outputs are taken as mimetype bundles; what is printed is dropped, warnings are counted by kind.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import io
import logging
import re
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rmanalytics.errors import NOTHING_PUBLISHED, RmError, RunError
from rmanalytics.programme.declaration import ROUND_ID
from rmanalytics.run.boundary import DetailedError
from rmanalytics.run.memory import memory_ran_out, out_of_memory

# jsonschema would build some 35 parsers at import, a second or two, for format checks that no notebook needs.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbformat  # noqa: E402
import papermill  # noqa: E402
from IPython.core.displayhook import CapturingDisplayHook  # noqa: E402
from IPython.core.displaypub import CapturingDisplayPublisher  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402
from papermill.engines import Engine, papermill_engines  # noqa: E402
from traitlets.config import Config  # noqa: E402

ENGINE = "rmanalytics-in-process"
PARAMETERS = frozenset({"programme", "round_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A notebook with its outputs, and how often which kind of warning was given while it ran."""

    node: Any
    warned: Mapping[str, int]


class _Shell(InteractiveShell):  # type: ignore[misc]
    """A shell that reports an error through its result alone."""

    def showtraceback(self, *_args: object, **_kwargs: object) -> None:
        """Show nothing: the traceback may quote a cell value."""

    def showsyntaxerror(self, *_args: object, **_kwargs: object) -> None:
        """Show nothing: the traceback may quote a cell value."""


class InProcessEngine(Engine):  # type: ignore[misc]
    """Runs the cells one after the other in a shell made for this notebook alone."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **_kwargs: object) -> None:  # noqa: ARG003
        """Run every code cell; the first error ends the notebook."""
        name = nb_man.nb.metadata["rmanalytics"]["name"]
        with _fresh_shell() as (shell, outputs):
            number = 0
            for cell in nb_man.nb.cells:
                number += "injected-parameters" not in cell.metadata.get("tags", [])  # as the file counts its cells
                if cell.cell_type != "code":
                    continue
                nb_man.cell_start(cell)
                outputs.clear()
                quiet = shell.displayhook.semicolon_at_end_of_expression(cell.source)
                shell.display_trap.hook = _drop if quiet else CapturingDisplayHook(shell, outputs)
                result = shell.run_cell(cell.source, store_history=False)
                error = result.error_before_exec or result.error_in_exec
                if error is not None:
                    nb_man.cell_exception(cell)
                    raise _as_run_error(error, name, number)
                cell.outputs = [
                    nbformat.v4.new_output("display_data", data=o["data"], metadata=o["metadata"] or {})
                    for o in outputs
                    if o["data"]  # nothing stands for what displayed itself
                ]
                nb_man.cell_complete(cell)


papermill_engines.register(ENGINE, InProcessEngine)
logging.getLogger("papermill").setLevel(logging.CRITICAL)


def _drop(result: object = None) -> None:
    """Take a value that a semicolon keeps from being shown."""


@contextlib.contextmanager
def _fresh_shell() -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    config = Config()
    config.HistoryManager.enabled = False
    _Shell.clear_instance()
    shell = _Shell.instance(config=config)
    publisher = CapturingDisplayPublisher()
    shell.display_pub = publisher
    try:
        yield shell, publisher.outputs
    finally:
        shell.restore_sys_module_state()
        atexit.unregister(shell.atexit_operations)
        shell.user_ns.clear()  # what a notebook held goes now; a full reset would collect garbage for 0.2 s
        _Shell.clear_instance()


def _as_run_error(error: BaseException, name: str, number: int) -> RmError:
    """An error of ours as it is; any other as a line that names notebook, cell and kind, never the message."""
    if isinstance(error, RmError):
        return error
    if memory_ran_out(error):
        return out_of_memory()
    message = f"notebook {name}, cell {number}: {type(error).__name__}. {NOTHING_PUBLISHED}"
    return DetailedError("RM-X-001", message, "".join(traceback.format_exception(error)))


def read_notebook(path: Path) -> Any:
    """Read a notebook and hold its parameters against what a run may pass.

    Raises
    ------
    RunError
        RM-X-004 when the file is missing, is no notebook, or does not take exactly ``programme`` and ``round_id``,
        both text.
    """
    remedy = "Fix: reinstall rmanalytics, or restore the notebook from the repository."
    try:
        node = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (OSError, UnicodeDecodeError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise RunError("RM-X-004", f"notebook {path.stem} cannot be read. {remedy} {NOTHING_PUBLISHED}") from error
    tagged = [cell for cell in node.cells if "parameters" in cell.metadata.get("tags", [])]
    declared = _parameters(tagged[0].source) if len(tagged) == 1 else {}
    if set(declared) != PARAMETERS or not all(kind is str for kind in declared.values()):
        rule = "does not have one cell tagged parameters with exactly programme and round_id, both text"
        raise RunError("RM-X-004", f"notebook {path.stem} {rule}. {remedy} {NOTHING_PUBLISHED}")
    node.metadata["rmanalytics"] = {"name": path.stem}
    return node


def _parameters(source: str) -> dict[str, type]:
    """Names that a parameters cell assigns, with the type of each constant; anything else counts as no parameter."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return {}
    found: dict[str, type] = {}
    for statement in body:
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign):
            targets, value = [statement.target], statement.value
        if len(targets) != 1 or not isinstance(targets[0], ast.Name) or not isinstance(value, ast.Constant):
            return {}
        found[targets[0].id] = type(value.value)
    return found


def run_notebook(path: Path, *, programme: Path, round_id: str) -> Executed:
    """Run one notebook for a programme and a round; nothing is written.

    Parameters
    ----------
    path : Path
        The notebook, committed without outputs.
    programme : Path
        The programme's folder.
    round_id : str
        Round such as ``2026H1``; anything else is refused before a cell runs.

    Raises
    ------
    RunError
        When the parameters do not fit or a cell fails; names notebook and cell, never a value.
    """
    if not re.fullmatch(ROUND_ID, round_id):
        raise ValueError("a round id looks like 2026H1")
    node = read_notebook(path)
    parameters = {"programme": str(programme.resolve()), "round_id": round_id}
    printed = io.StringIO()
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        node = papermill.execute_notebook(
            node, None, parameters, engine_name=ENGINE, kernel_name="python3", language="python", progress_bar=False
        )
    return Executed(node=node, warned=Counter(warning.category.__name__ for warning in caught))
