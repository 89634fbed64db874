"""Notebooks run in this process, in a namespace of their own, and never tell a value when they fail."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from run_tools import write_notebook, write_programme

from rmanalytics.errors import InputError, RunError
from rmanalytics.run.engine import read_notebook, run_notebook

SHOW = "from IPython.display import display, HTML\n"


@pytest.fixture(autouse=True)
def _own_ipython(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))


def run(tmp_path: Path, *cells: str, **options: str):
    path = write_notebook(tmp_path / "02_engagement.ipynb", *cells, **options)
    return run_notebook(path, programme=write_programme(tmp_path / "programme"), round_id="2025H2")


def outputs(executed) -> list:
    return [output["data"] for cell in executed.node.cells if cell.cell_type == "code" for output in cell.outputs]


def test_displays_and_the_last_value_are_captured_as_bundles(tmp_path):
    executed = run(tmp_path, SHOW + "display(HTML('<b>one</b>'))\ndisplay({'a/b': '1'}, raw=True)\n'three'")
    assert [set(data) for data in outputs(executed)] == [{"text/html", "text/plain"}, {"a/b"}, {"text/plain"}]


def test_a_semicolon_keeps_the_last_value_from_being_shown(tmp_path):
    assert outputs(run(tmp_path, "'quiet';")) == []


def test_parameters_reach_the_notebook_as_text(tmp_path):
    shown = outputs(run(tmp_path, "(type(programme).__name__, round_id)"))
    assert shown[0]["text/plain"] == "('str', '2025H2')"


def test_two_notebooks_share_no_name(tmp_path):
    run(tmp_path, "secret = 1")
    with pytest.raises(RunError, match=r"NameError"):
        run(tmp_path, "secret")


def test_what_is_printed_is_dropped_and_warnings_are_counted(tmp_path, capfd):
    executed = run(tmp_path, "import sys, warnings\nprint('out')\nprint('err', file=sys.stderr)\nwarnings.warn('w')")
    assert outputs(executed) == []
    assert dict(executed.warned) == {"UserWarning": 1}
    assert capfd.readouterr() == ("", "")


def test_a_failing_cell_is_named_without_its_value(tmp_path):
    with pytest.raises(RunError) as failed:
        run(tmp_path, "1", "raise ValueError('Anna Muster')")
    assert str(failed.value) == "RM-X-001 notebook 02_engagement, cell 4: ValueError. Nothing was published."
    assert "Anna Muster" in failed.value.details


def test_a_cell_that_is_no_python_is_named(tmp_path):
    with pytest.raises(RunError, match=r"cell 3: SyntaxError"):
        run(tmp_path, "a b")


def test_a_refusal_inside_a_notebook_stays_a_refusal(tmp_path):
    raising = "from rmanalytics.programme.programme import read_programme\nfrom pathlib import Path\n"
    with pytest.raises(InputError, match=r"RM-E-001"):
        run(tmp_path, raising + "read_programme(Path('nowhere'), ())")


def test_a_leaving_cell_is_an_error(tmp_path):
    with pytest.raises(RunError, match=r"SystemExit"):
        run(tmp_path, "raise SystemExit")


@pytest.mark.parametrize(
    "parameters",
    [
        'programme = "a"',
        'programme = "a"\nround_id = 1',
        'programme = "a"\nround_id = "b"\nextra = "c"',
        'programme = "a"\nround_id = str("b")',
        'import os\nprogramme = "a"\nround_id = "b"',
        "programme = = 1",
        "",
    ],
)
def test_other_parameters_are_refused_before_anything_runs(tmp_path, parameters):
    marker = tmp_path / "ran"
    with pytest.raises(RunError, match=r"RM-X-004 notebook 02_engagement does not have one cell tagged parameters"):
        run(tmp_path, f"open({str(marker)!r}, 'w').close()", parameters=parameters)
    assert not marker.exists()


def test_annotated_parameters_are_understood(tmp_path):
    read_notebook(write_notebook(tmp_path / "a.ipynb", parameters='programme: str = "a"\nround_id: str = "b"'))


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    (tmp_path / "a.ipynb").write_text("{", encoding="utf-8")
    for name in ("a.ipynb", "missing.ipynb"):
        with pytest.raises(RunError, match=r"RM-X-004"):
            read_notebook(tmp_path / name)


@pytest.mark.parametrize("round_id", ["../../x", "2025H3", "2025H1\n", "2025H1'; import os", "CON", ""])
def test_a_round_that_is_no_round_never_reaches_a_notebook(tmp_path, round_id):
    path = write_notebook(tmp_path / "a.ipynb", "1")
    with pytest.raises(ValueError, match=r"2026H1"):
        run_notebook(path, programme=tmp_path, round_id=round_id)


def test_a_quote_in_a_folder_name_stays_a_text(tmp_path):
    path = write_notebook(tmp_path / "a.ipynb", "programme")
    folder = write_programme(tmp_path / "a'b\"; raise")
    shown = outputs(run_notebook(path, programme=folder, round_id="2025H1"))
    assert shown[0]["text/plain"] == repr(str(folder.resolve()))


def test_no_history_of_ipython_is_written(tmp_path, tmp_path_factory):
    run(tmp_path, "1")
    assert not list(tmp_path_factory.getbasetemp().rglob("history.sqlite"))


def test_the_slow_parsers_are_not_built():
    code = "import rmanalytics.run.engine, sys; assert sys.modules['rfc3987_syntax'] is None"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_warnings_of_the_caller_are_left_alone(tmp_path):
    before = list(warnings.filters)
    run(tmp_path, "import warnings\nwarnings.simplefilter('ignore')")
    assert warnings.filters == before


def test_what_a_notebook_held_is_let_go(tmp_path):
    held = "import builtins, weakref\nclass Big:\n    pass\nbig = Big()\nbuiltins.seen = weakref.ref(big)"
    run(tmp_path, held)
    import builtins
    import gc

    seen = builtins.__dict__.pop("seen")
    gc.collect()
    assert seen() is None


def test_the_main_module_is_the_callers_again(tmp_path):
    before = sys.modules["__main__"]
    run(tmp_path, "1")
    assert sys.modules["__main__"] is before
