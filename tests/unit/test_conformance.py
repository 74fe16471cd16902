"""`docs/conformance.md` says which test holds a clause, over which transport: so it is."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache, reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
TRANSPORTS = ("websocket", "polling", "upgraded")
OVER_EACH = (
    "contract/test_engine_io_protocol.py",
    "contract/test_socket_io_protocol.py",
)
HELD, ELSEWHERE = "\N{CHECK MARK}", "\N{EN DASH}"
LETTER = re.compile(r"\[(\w)\]\(#what-is-not-so\)")


@dataclass(frozen=True)
class Clause:
    """A row: its name, its tests, and by transport whether it is held, or the letter of what happens instead."""

    name: str
    tests: tuple[str, ...]
    cells: dict[str, str]

    @property
    def letters(self) -> set[str]:
        return {letter for cell in self.cells.values() for letter in LETTER.findall(cell)}


def clauses() -> list[Clause]:
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in PAGE.splitlines()
        if re.match(r"\| [ESC]\d+ \|", line)
    ]
    return [
        Clause(name, tuple(re.findall(r"`([^`]+::[^`]+)`", tests)), dict(zip(TRANSPORTS, cells, strict=True)))
        for name, _, tests, *cells in rows
    ]


CLAUSES = clauses()
INSTEAD = dict(re.findall(r"^\| (\w) \| (.+) \|$", PAGE, re.MULTILINE))


def module_of(file: str) -> Any:
    return import_module(f"tests.{file.removesuffix('.py').replace('/', '.')}")


@cache
def written_in(file: str) -> set[str]:
    """The tests of a file, as pytest names them. Read, not imported: some bring a whole local cloud."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    places: list[tuple[str, ast.Module | ast.ClassDef]] = [("", tree)]
    places += [(f"{each.name}::", each) for each in tree.body if isinstance(each, ast.ClassDef)]
    return {
        f"{file}::{place}{each.name}"
        for place, of in places
        for each in of.body
        if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
    }


def transports_of(test: str) -> set[str]:
    """What a test of the protocols is parametrized over."""
    file, *names = test.split("::")
    function = reduce(getattr, names, module_of(file))
    marks = {mark.args[0]: mark.args[1] for mark in function.pytestmark if mark.name == "parametrize"}
    return set(marks["transport"])


def test_the_page_has_clauses_of_both_documents() -> None:
    names = [clause.name for clause in CLAUSES]
    assert len(names) == len(set(names))
    for document, least in (("E", 30), ("S", 20)):
        numbers = [int(name[1:]) for name in names if name[0] == document]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= least


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.name)
def test_a_clause_has_a_test_or_an_exception_for_each_transport(clause: Clause) -> None:
    assert {cell for cell in clause.cells.values() if not LETTER.fullmatch(cell)} <= {HELD, ELSEWHERE}
    assert clause.letters <= INSTEAD.keys()
    assert clause.tests or clause.letters
    assert set(clause.cells.values()) != {ELSEWHERE}
    assert clause.tests or HELD not in clause.cells.values()


def test_each_exception_is_some_clause_s() -> None:
    assert INSTEAD.keys() == {letter for clause in CLAUSES for letter in clause.letters}


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.name)
def test_its_tests_are_there_and_run_over_the_transports_that_it_names(clause: Clause) -> None:
    for test in clause.tests:
        assert test in written_in(test.split("::")[0])
        if test.startswith(OVER_EACH):
            held = {name for name, cell in clause.cells.items() if cell == HELD}
            assert transports_of(test) >= held, f"{clause.name}: {test}"


def test_each_test_of_the_protocols_is_some_clause_s() -> None:
    named = {test for clause in CLAUSES for test in clause.tests}
    for file in OVER_EACH:
        assert written_in(file)
        assert written_in(file) - named == set()
