"""The catalogue of German: every text of the program is in it, none is there for nothing, braces agree, in order."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from rmanalytics.intake.schema import TABLES
from rmanalytics.release.catalogue import catalogue as catalogue_of_figures
from rmanalytics.run.stores import NOBODY, STORES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "rmanalytics"
CATALOGUE = PACKAGE / "language" / "de.po"
TOLD = {"reason", "method", "excluded_reason", "comparator"}


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


def own_texts() -> dict[str, str]:
    """Texts that code marks as its own words: ``tr(…)``, ``key(…)``, ``filled(…)``; of ``plural(…)`` the second one."""
    found: dict[str, str] = {}
    for path, tree in trees(""):
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            if call.func.id in ("tr", "key", "self", "filled", "plural") and call.args:
                for text in texts_in(call.args[call.func.id == "plural"], {}):
                    found.setdefault(text, path.name)
    return found


def plurals() -> dict[str, str]:
    """Text for several to text for one, as the code has them."""
    calls = (node for _, tree in trees("") for node in ast.walk(tree) if isinstance(node, ast.Call))
    pairs = [c.args for c in calls if isinstance(c.func, ast.Name) and c.func.id == "plural"]
    return {many.value: one.value for one, many in pairs if isinstance(many, ast.Constant)}


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
    every = notebook_texts() | result_texts() | own_texts() | {table.row: "schema.py" for table in TABLES.values()}
    every |= {text: "stores.py" for s in STORES if s.holds != NOBODY for text in (s.what, s.kept)}
    rows = catalogue_of_figures().rows.values()
    every |= {text: "catalogue.toml" for row in rows for text in (row.question, row.population, row.shown)}
    return {text: where for text, where in every.items() if any(c.isalpha() for c in re.sub(r"{\w+}", "", text))}


def catalogue() -> dict[str, tuple[str, ...]]:
    """English text (of a plural form the text for several) to the German form or forms."""
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="de") if message.id]
    assert not [message.id for message in messages if message.fuzzy]
    forms = {m.id if isinstance(m.id, str) else m.id[1]: m.string for m in messages}
    return {text: (form,) if isinstance(form, str) else form for text, form in forms.items()}


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_of_the_program_has_a_german_one() -> None:
    german = catalogue()
    missing = {text: where for text, where in wanted().items() if not all(german.get(text, ("",)))}
    assert not missing, "\n".join(f"{where}: {text}" for text, where in missing.items())


def test_the_catalogue_holds_no_text_that_nothing_asks_for() -> None:
    assert set(catalogue()) - set(wanted()) - EXTRA == set()


EXTRA = {
    "not stated",
    "“{text}”",
    "‘{text}’",
    "run: pip install 'rmanalytics[events]'",
    "give more memory by memory_mb under [network.events], or leave more room for temporary files",
    "the primary outcome is declared in the plan, not beside the outcome",
    'take the line out and write primary = "M1" under [declare]',
    "claims are no longer corrected in families",
    "take [[families]] out; name one primary and up to four key claims under [declare]",
}
"""German texts of words that stand in data, results or constants, so that no literal asks for them; and marks."""


def bare(node: ast.expr) -> bool:
    """Whether a text stands unmarked: by itself, filled in place, joined, or on either side of a condition."""
    if isinstance(node, ast.IfExp):
        return bare(node.body) or bare(node.orelse)
    if isinstance(node, ast.BinOp):
        return bare(node.left) or bare(node.right)
    return isinstance(node, ast.JoinedStr) or " " in (text_of(node) or "")


REFUSING = ("refused", "_refused", "refuse", "Problem")
FOLDERS = sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "simulate")


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_a_refusal_says_is_marked(folder: str) -> None:
    """A German programme is refused in German: rule and remedy of a problem, and what a check of a key returns."""
    unmarked = []
    for path, tree in trees(folder):
        refuses = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") in REFUSING]
        for node in ast.walk(tree):
            said: list[ast.expr] = []
            if isinstance(node, ast.Call) and (node in refuses or folder in ("intake", "programme")):
                said = [one.value for one in node.keywords if one.arg in ("rule", "remedy")]
                told = node.args if node in refuses else []
                said += [one for one in told if " " in (text_of(one) or "").replace("draw --list", "")]
            elif isinstance(node, ast.Assign) and refuses:
                target, value = node.targets[0], node.value
                pairs = [(target, value)]
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    pairs = list(zip(target.elts, value.elts, strict=False))
                said = [text for name, text in pairs if getattr(name, "id", "") in ("rule", "remedy", "RESTORE")]
            elif (
                folder == "programme"
                and isinstance(node, ast.Yield)
                and isinstance(node.value, ast.Tuple)
                and len(node.value.elts) == 3
            ):
                said = node.value.elts[1:]
            unmarked += [f"{path.name}:{node.lineno}" for one in said if bare(one)]
    assert unmarked == []


def test_german_texts_have_the_braces_of_the_english_ones() -> None:
    for text, forms in catalogue().items():
        assert braces(forms[-1]) == braces(text), text
        assert braces(forms[0]) | {"n"} == braces(text) | {"n"}, text


def test_a_text_about_a_number_has_two_forms_in_both_languages() -> None:
    with CATALOGUE.open("rb") as file:
        pairs = {m.id[1]: m.id[0] for m in read_po(file, locale="de") if not isinstance(m.id, str)}
    assert pairs == plurals()


def test_the_catalogue_is_compact_and_in_order() -> None:
    """Two lines a text, four with plural forms, in the order of the English: changes seldom meet."""
    lines = CATALOGUE.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.match(r'msg(id|str|id_plural|str\[[01]\]) "', line)] == []
    texts = [line.removeprefix("msgid ") for line in lines if line.startswith("msgid ")]
    assert texts == sorted(set(texts))


def test_german_is_that_of_germany() -> None:
    """German of Switzerland is derived: ß and the quotation marks of Germany stand in every source."""
    swiss = re.compile(r"«|»|\b(weiss|ausser|gross|gröss|heiss|massnahm|regelmäss|strass|gemäss|schliess|dreiss)", re.I)
    for path in (CATALOGUE, *PACKAGE.rglob("*.toml")):
        assert swiss.findall(path.read_text(encoding="utf-8")) == [], path.name
