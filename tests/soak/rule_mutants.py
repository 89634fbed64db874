"""Mutants: one operator or constant of a module changed at a time, or one field of a row of claims.toml.

A mutant is judged in a child process of its own, by tests that are called directly: the first that fails notices it.
"""

from __future__ import annotations

import ast
import copy
import itertools
import os
import resource
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
SECONDS = 60
"""Of computing, after which a mutant that hangs is noticed, however busy the machine is."""


@dataclass(frozen=True)
class Mutant:
    """What was changed where, and how to put it in place."""

    where: str
    what: str
    apply: Callable[[], None]
    code: str = ""


def of_module(module: ModuleType) -> Iterator[Mutant]:
    """Each operator and constant of a module changed by itself; docstrings, annotations and sentences stay."""
    path = str(module.__file__)
    text = Path(path).read_text(encoding="utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    for place in range(sum(1 for _ in _places(tree))):
        changed = copy.deepcopy(tree)
        node, change = next(itertools.islice(_places(changed), place, None))
        what = change()
        code = compile(ast.fix_missing_locations(changed), path, "exec")
        name = module.__name__.rpartition(".")[2]
        line = lines[node.lineno - 1].strip()
        yield Mutant(f"{name}.py:{node.lineno}", what, lambda code=code: _put(module, code), line)


def _put(module: ModuleType, code: CodeType) -> None:
    """Run the changed code in its module; whoever imported a name from it has the new one too."""
    before = dict(vars(module))
    exec(code, vars(module))
    for other in [
        one for name, one in sys.modules.items() if name.split(".")[0] == "rmanalytics" and one is not module
    ]:
        for name, value in list(vars(other).items()):
            if name in before and value is before[name] and not name.startswith("__"):
                setattr(other, name, vars(module)[name])


def _places(tree: ast.Module) -> Iterator[tuple[Any, Callable[[], str]]]:
    skipped = {id(inner) for node in ast.walk(tree) for part in _untouched(node) for inner in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Compare):
            for at, op in enumerate(node.ops):
                yield node, lambda node=node, at=at, op=op: _swap_compare(node, at, op)
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
            yield node, lambda node=node: _swap(node)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
            yield node, lambda node=node: _positive(node)
        elif isinstance(node, ast.IfExp):
            yield node, lambda node=node: _turn(node)
        elif isinstance(node, ast.Constant) and _worth(node.value):
            yield node, lambda node=node: _other(node)


def _untouched(node: ast.AST) -> Iterator[ast.AST]:
    """Annotations, docstrings, decorators, and the ends of f-strings."""
    if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
        yield node.annotation
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield from node.decorator_list
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield node.returns
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        yield node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("TypeError", "ValueError"):
        yield node
    if (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("Word", "Verdict")
    ):
        yield node


def _worth(value: object) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and bool(value) and " " not in value)


def _swap_compare(node: ast.Compare, at: int, op: ast.cmpop) -> str:
    node.ops[at] = SWAPS[type(op)]()
    return f"{type(op).__name__} → {type(node.ops[at]).__name__}"


def _swap(node: Any) -> str:
    before, node.op = type(node.op).__name__, SWAPS[type(node.op)]()
    return f"{before} → {type(node.op).__name__}"


def _positive(node: ast.UnaryOp) -> str:
    before, node.op = type(node.op).__name__, ast.UAdd()
    return f"{before} left out"


def _turn(node: ast.IfExp) -> str:
    node.body, node.orelse = node.orelse, node.body
    return "if and else exchanged"


def _other(node: ast.Constant) -> str:
    before = node.value
    if isinstance(before, bool):
        node.value = not before
    elif isinstance(before, str):
        node.value = f"{before}_"
    else:
        node.value = before + 1 if isinstance(before, int) else before * 1.5 + 0.001
    return f"{before!r} → {node.value!r}"


def of_rows(module: ModuleType, text: str) -> Iterator[Mutant]:
    """Each field of each row of claims.toml changed by itself; titles and needs stay."""
    for at, row in enumerate(tomllib.loads(text)["claims"]):
        fields = [(None, name) for name in row if name not in ("title", "needs", "measure", "rule")]
        fields += [(part, name) for part in ("measure", "rule") for name in row[part]]
        for part, name in fields:
            rows = tomllib.loads(text)["claims"]
            held = rows[at] if part is None else rows[at][part]
            before, held[name] = held[name], _changed(held[name])
            made = tuple(module._claim(one) for one in rows)
            what = f"{name}: {before!r} → {held[name]!r}"
            yield Mutant(f"claims.toml {row['id']}", what, lambda made=made: setattr(module, "claims", lambda: made))


def _changed(value: Any) -> Any:
    if isinstance(value, list):
        return [*value, "x"]
    return value + 1 if isinstance(value, int | float) else f"{value} x" if " " in value else f"{value}x"


def noticed(mutant: Mutant, suite: Callable[[], None]) -> bool:
    """Whether the suite fails with the mutant in place; a child that hangs has noticed it too."""
    child = os.fork()
    if not child:
        code = 0
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            with Path(os.devnull).open("w", encoding="utf-8") as null:
                os.dup2(null.fileno(), 1)
                os.dup2(null.fileno(), 2)
            mutant.apply()
            suite()
        except BaseException:  # noqa: BLE001  (whatever it is, it was noticed)
            code = 1
        os._exit(code)
    return os.waitpid(child, 0)[1] != 0


def suite_of(names: list[str]) -> Callable[[], None]:
    """Calls every test of some modules, each parameter set by itself; modules are imported in the child."""

    def run() -> None:
        for name in names:
            sys.modules.pop(name, None)
            module = __import__(name)
            for test in [value for key, value in vars(module).items() if key.startswith("test_") and callable(value)]:
                for arguments in _parameters(test):
                    test(**arguments)

    return run


def _parameters(test: Any) -> Iterator[dict[str, Any]]:
    sets = []
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "parametrize":
            names, values = mark.args[0], mark.args[1]
            names = [one.strip() for one in names.split(",")] if isinstance(names, str) else list(names)
            rows = [getattr(value, "values", value) if len(names) > 1 else value for value in values]
            sets.append([dict(zip(names, row if len(names) > 1 else (row,), strict=True)) for row in rows])
    for combination in itertools.product(*sets):
        yield {key: value for part in combination for key, value in part.items()}
