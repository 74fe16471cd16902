"""docs/clients.md and the tests that it names are one."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from tests.clients.matrix import NOT_TRIED, PAGE, REFUSED, RELEASES, page
from tests.processes import ROOT


def test_its_tables_are_those_of_the_tests() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.clients.matrix`"


def test_each_cell_names_a_test_or_was_not_tried() -> None:
    rows = [line.strip("| ").split(" | ") for line in page().split("## ")[0].splitlines() if line.startswith("|")]
    cells = [cell for row in rows[2:] for cell in row[1:]]
    named = [re.fullmatch(r"(?:refused: )?`(test_\w+\[[\w.-]+\])`|not tried", cell) for cell in cells]
    assert all(named)
    assert sum(cell == "not tried" for cell in cells) == 3 * len(NOT_TRIED)
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "tests/clients/test_matrix.py"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    collected = {line.partition("::")[2] for line in said.splitlines() if "::" in line}
    assert {found[1] for found in named if found and found[1]} == collected


def test_each_javascript_client_is_of_the_release_that_it_is_said_to_be() -> None:
    installed = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for release in (*RELEASES, REFUSED):
        if release.runner != "python":
            assert installed[f"node_modules/{release.name}"]["version"].startswith(f"{release.version}.")
