"""One word for one thing: no name of a type stands twice in the chat's package."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import serverless_socketio_chat

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(serverless_socketio_chat.__file__).parent
OF_TYPES = {"Annotated", "Literal", "TypeAlias"}


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


def test_no_type_has_the_name_of_another() -> None:
    files = list(PACKAGE.rglob("*.py"))
    names = Counter(name for file in files for name in types_in(ast.parse(file.read_text(encoding="utf-8"))))
    assert len(names) > 150
    assert [name for name, times in names.items() if times > 1] == []
