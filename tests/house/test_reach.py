"""Reachable or gone: every public measure is called on the way to a report or a plan, or listed for the analyst."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from rmanalytics import measures
from rmanalytics.measures import ANALYST

PACKAGE = Path(__file__).parents[2] / "rmanalytics"
Name = tuple[str, str]
"""A module and a name that stands at its top."""


def module_of(path: Path) -> str:
    parts = ("rmanalytics", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


TREES = {module_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}


def defined(module: str) -> dict[str, ast.stmt]:
    """What stands at the top of a module: functions, classes, constants."""
    found: dict[str, ast.stmt] = {}
    for node in TREES[module].body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    return found


DEFINED = {module: defined(module) for module in TREES}


def imported(module: str) -> dict[str, Name]:
    """Local names of what a module imports from the package; a module imported whole has no name in it."""
    found = {}
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found[alias.asname or alias.name] = (whole, "") if whole in TREES else (node.module, alias.name)
    return found


def used(module: str, node: ast.AST) -> Iterator[Name]:
    names = imported(module)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            if names.get(inner.id, ("", ""))[1]:
                yield names[inner.id]
            elif inner.id in DEFINED[module]:
                yield module, inner.id
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            there, name = names.get(inner.value.id, ("", "-"))
            if not name:
                yield there, inner.attr


def is_measure(module: str) -> bool:
    return module.startswith("rmanalytics.measures")


def unreached() -> set[str]:
    """Names at the top of a measure's module that no other room leads to, and the analyst's list neither."""
    todo = [name for module in TREES if not is_measure(module) for name in used(module, TREES[module])]
    todo += [(f"rmanalytics.measures.{home}", name) for home, _, name in (h.rpartition(".") for h in ANALYST.values())]
    reached: set[Name] = set()
    while todo:
        module, name = todo.pop()
        if (module, name) in reached or module not in TREES:
            continue
        reached.add((module, name))
        if is_measure(module) and name in DEFINED[module]:
            todo += used(module, DEFINED[module][name])
    everything = {
        (module, name)
        for module, names in DEFINED.items()
        for name in names
        if module.startswith("rmanalytics.measures.") and not name.startswith("__")
    }
    return {".".join(found) for found in everything - reached}


def test_every_measure_is_reached_or_listed_for_the_analyst() -> None:
    assert unreached() == set()


def test_the_list_for_the_analyst_is_short_and_leads_to_functions_with_an_example() -> None:
    assert len(ANALYST) <= 40
    for name, home in ANALYST.items():
        module, _, function = home.rpartition(".")
        node = DEFINED[f"rmanalytics.measures.{module}"][function]
        assert isinstance(node, ast.FunctionDef)
        assert ">>> " in (ast.get_docstring(node) or ""), name
        assert callable(getattr(measures, name))
