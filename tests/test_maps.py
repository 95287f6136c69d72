"""The maps are true: a package's docstring has a line for each of its modules, and what words name is there.

A line of a map is the module's name, two or more spaces, and what it is for. Who adds a module adds its line; who removes or
renames one finds here the sentences that still speak of it.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOPS = ("bot", "worker", "model", "locales")
LINE = re.compile(r" {0,2}(\w+) {2,}\S")
NAME = re.compile(rf"(?<![\w.@/-])(?:{'|'.join(TOPS)})(?:\.[A-Za-z_]\w*)+")
FILE = re.compile(rf"(?<![\w./-])(?:{'|'.join(TOPS)})(?:/\w+)+\.py\b")


@cache
def modules() -> dict[str, Path]:
    """Every module by its dotted name. A migration is none: Alembic reads it as a file."""
    found = {}
    for top in TOPS:
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "versions" not in parts:
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def packages() -> list[str]:
    return [name for name, path in modules().items() if path.name == "__init__.py"]


def within(package: str) -> list[str]:
    """The modules and packages that lie directly in a package."""
    split = (name.rpartition(".") for name in modules())
    return [last for above, _, last in split if above == package]


def mapped(docstring: str) -> list[str]:
    return [found[1] for line in docstring.splitlines() if (found := LINE.match(line))]


def defined(body: Sequence[ast.AST]) -> Iterator[str]:
    """The names that a module or a class has, those of its branches too; not those inside of its functions."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias():
                yield node.asname or node.name
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case _:
                yield from defined(list(ast.iter_child_nodes(node)))


def is_there(name: str) -> bool:
    """Whether a dotted name is a module, or something that a module or one of its classes has."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        if path := modules().get(".".join(parts[:cut])):
            body: Sequence[ast.stmt] = tree(path).body
            for part in parts[cut:]:
                if part not in defined(body):
                    return False
                classes = [n for n in body if isinstance(n, ast.ClassDef) and n.name == part]
                if not classes:
                    return True
                body = classes[0].body
            return True
    return False


@cache
def words() -> list[tuple[str, str]]:
    """Every docstring and comment, after the name of its file."""
    found = []
    for path in modules().values():
        texts = [
            ast.get_docstring(node) or ""
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        with tokenize.open(path) as file:
            texts += [t.string for t in tokenize.generate_tokens(file.readline) if t.type == tokenize.COMMENT]
        found += [(str(path.relative_to(ROOT)), text) for text in texts]
    return found


@pytest.mark.parametrize("package", packages())
def test_every_module_has_one_line_in_the_map_of_its_package(package: str) -> None:
    lines = mapped(ast.get_docstring(tree(modules()[package])) or "")
    there = within(package)
    unmapped = [f"{package}.{name}" for name in there if name not in lines]
    assert not unmapped, (
        f"without a line in the docstring of {modules()[package].relative_to(ROOT)}: {unmapped}"
    )
    gone = [name for name in lines if name not in there]
    assert not gone, f"the map of {package} names what is not there: {gone}"
    twice = sorted({name for name in lines if lines.count(name) > 1})
    assert not twice, f"the map of {package} has two lines for {twice}"


def test_every_name_in_a_docstring_or_comment_is_there() -> None:
    gone = [f"{file}: {name}" for file, text in words() for name in NAME.findall(text) if not is_there(name)]
    assert gone == []


def test_every_file_named_in_a_docstring_or_comment_is_there() -> None:
    gone = [
        f"{f}: {named}" for f, text in words() for named in FILE.findall(text) if not (ROOT / named).exists()
    ]
    assert gone == []
