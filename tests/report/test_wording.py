"""Words and numbers: the German catalogue is whole, numbers follow the language and their interval."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rmanalytics.intake.schema import TABLES
from rmanalytics.report.words import wording
from rmanalytics.report.words.wording import Translator, translator
from rmanalytics.results import Estimate

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "rmanalytics"
TOLD = {"reason", "method", "excluded_reason", "comparator"}
NOT_WORDS = {""}


def trees(folder: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def text_of(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def constants_of(folders: tuple[str, ...]) -> dict[str, str]:
    """Named texts of all modules, for those that another module imports."""
    found: dict[str, str] = {}
    for folder in folders:
        for _, tree in trees(folder):
            found |= constants_of_module(tree)
    return found


def texts_in(node: ast.expr, named: dict[str, str]) -> Iterator[str]:
    """Texts that an expression can be: a literal, a named constant, or either side of a condition."""
    text = text_of(node)
    if text is not None:
        yield text
    elif isinstance(node, ast.Name) and node.id in named:
        yield named[node.id]
    elif isinstance(node, ast.Attribute) and node.attr in named:
        yield named[node.attr]
    elif isinstance(node, ast.IfExp):
        yield from texts_in(node.body, named)
        yield from texts_in(node.orelse, named)


def report_texts() -> dict[str, str]:
    found: dict[str, str] = {}
    for path, tree in trees("report"):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("tr", "key", "self")
                and node.args
            ):
                for text in texts_in(node.args[0], {}):
                    found.setdefault(text, path.name)
    return found


def told_by(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions in which a result tells its reason, method, exclusion or comparator."""
    if isinstance(node, ast.Call):
        yield from (keyword.value for keyword in node.keywords if keyword.arg in TOLD)
        if isinstance(node.func, ast.Name) and node.func.id == "refuse":
            yield from node.args[:1]
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in TOLD:
        yield node.value


def result_texts() -> dict[str, str]:
    named = constants_of(("measures", "evaluation"))
    found: dict[str, str] = {}
    for folder in ("measures", "evaluation"):
        for path, tree in trees(folder):
            own = constants_of_module(tree)
            texts = [text for name, text in own.items() if name.isupper()]
            for node in ast.walk(tree):
                for expression in told_by(node):
                    texts += texts_in(expression, named | own)
            found |= {text: path.name for text in texts if " " in text and text not in found}
    return found


def constants_of_module(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = text_of(node.value)
            if text is not None:
                found[node.targets[0].id] = text
    return found


def notebook_texts() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for block in "".join(cell["source"]).split("\n\n"):
                    found.setdefault(re.sub(r"^#+ ", "", block.strip()), path.name)
    return found


def wanted() -> dict[str, str]:
    every = notebook_texts() | result_texts() | report_texts() | {table.row: "schema.py" for table in TABLES.values()}
    return {text: where for text, where in every.items() if text not in NOT_WORDS and any(c.isalpha() for c in text)}


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_of_the_report_has_a_german_one() -> None:
    german = translator("de").texts
    missing = {text: where for text, where in wanted().items() if text not in german}
    assert not missing, "\n".join(f"{where}: {text}" for text, where in missing.items())


def test_german_texts_have_the_braces_of_the_english_ones() -> None:
    wrong = [text for text, german in translator("de").texts.items() if braces(text) != braces(german)]
    assert not wrong


def test_catalogue_holds_no_text_that_nothing_asks_for() -> None:
    extra = set(translator("de").texts) - set(wanted()) - EXTRA
    assert not extra


EXTRA = {"exposed", "not exposed", "not stated"}
"""German texts of words that stand in data or in results as values, so that no literal asks for them."""


@pytest.mark.parametrize(
    ("value", "digits", "english", "german"),
    [
        (0.424, 2, "0.42", "0,42"),
        (-0.31, 2, "−0.31", "−0,31"),
        (1840.0, 0, "1,840", "1\u202f840"),
        (1843.2, -1, "1,840", "1\u202f840"),
        (-0.001, 2, "0.00", "0,00"),
    ],
)
def test_numbers_have_the_form_of_the_language(value: float, digits: int, english: str, german: str) -> None:
    assert translator("en").number(value, digits) == english
    assert translator("de").number(value, digits) == german


def test_dates_have_the_form_of_the_language() -> None:
    day = date(2026, 1, 12)
    assert translator("en").day(day).replace("\u00a0", " ") == "12 January 2026"
    assert translator("de").day(day).replace("\u00a0", " ") == "12. Januar 2026"
    assert translator("en").period(day, date(2026, 6, 30)).replace("\u00a0", " ") == "12 January to 30 June 2026"


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no catalogue"):
        translator("fr")


def difference(value: float, lo: float, hi: float, unit: str = "scale points") -> Estimate:
    return Estimate(
        name="adjusted_difference",
        unit=unit,
        value=value,
        lo=lo,
        hi=hi,
        n=31,
        n_comparator=33,
        unit_of_analysis="person",
        method="",
    )


@pytest.mark.parametrize(
    ("lo", "hi", "text"), [(0.15, 0.69, "0.15 to 0.69"), (-0.8, 1.6, "−0.8 to 1.6"), (0.4012, 0.4493, "0.40 to 0.45")]
)
def test_interval_is_rounded_by_its_width(lo: float, hi: float, text: str) -> None:
    assert wording.interval_text(difference((lo + hi) / 2, lo, hi), translator("en")) == text


def test_interval_is_named_and_turned_with_the_size_of_a_fall() -> None:
    fall = difference(-0.31, -0.57, -0.05)
    assert wording.size_text(fall, translator("en")) == "0.31 scale points"
    assert wording.named_interval(fall, translator("en"), turned=True) == "95\u00a0% interval 0.05 to 0.57"
    assert wording.named_interval(fall, translator("de"), turned=True) == "95\u2011%\u2011Intervall 0,05 bis 0,57"


def test_share_differences_are_percentage_points_and_shares_per_cent() -> None:
    tr = translator("en")
    assert wording.value_text(difference(0.13, 0.03, 0.23, "share"), tr) == "13 percentage points"
    share = Estimate(
        name="unchanged_share",
        unit="share",
        value=0.647,
        lo=0.479,
        hi=0.785,
        n=34,
        unit_of_analysis="tandem",
        method="",
    )
    assert wording.value_text(share, tr) == "65\u00a0%"


def test_translator_fills_numbers_in_the_language() -> None:
    tr = Translator("de", {"{n} tandems": "{n} Tandems"})
    assert tr("{n} tandems", n=1840) == "1\u202f840 Tandems"


def test_counts_below_k_are_not_told() -> None:
    tr = translator("en")
    assert [wording.fewer_than(n, 5, tr) for n in (0, 1, 4, 5)] == ["0", "fewer than 5", "fewer than 5", "5"]
