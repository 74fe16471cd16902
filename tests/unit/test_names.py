"""One word for one thing: no name of a type stands twice in a package."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "layers/serverless_socketio/python": 150,
    "layers/chat/python": 150,
    "infra": 20,
    "local": 50,
    "tools": 20,
    "admin/chat_admin": 8,
}
"""Packages, with a number of types that each has at the least."""
OF_TYPES = {"Annotated", "Callable", "Literal", "MutableMapping", "NewType", "TypeAlias"}


def types_in(module: ast.Module) -> Iterator[str]:
    """Classes, and names of the module that stand for a type."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            yield node.name
    for node in module.body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) in OF_TYPES:
            yield ast.unparse(node.target)
        if isinstance(node, ast.Assign) and ast.unparse(node.value).partition("[")[0] in OF_TYPES:
            yield ast.unparse(node.targets[0])


@pytest.mark.parametrize("package", PACKAGES)
def test_no_type_has_the_name_of_another(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    names = Counter(name for file in files for name in types_in(ast.parse(file.read_text(encoding="utf-8"))))
    assert len(names) >= PACKAGES[package]
    assert [name for name, times in names.items() if times > 1] == []
