"""What decides whether `make bench` ends with an error, and where it writes what it measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.bench import report
from tests.bench.measuring import Count, Row
from tools.cost.svg import PALETTES

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[Row | Count] = [
    Row("a post", 1.0, "boto3", 10.0, 0.10),
    Row("a crowd", 3.0, "Node", 1.0, 2.5),
    Row("a chunk", 0.004, "a bare loop", 0.001, 0.005, is_margin=True),
    Row("shown", 1.0, "anything", 2.0),
    Count("reads", 2, 1),
    Count("shown, too", 7, None),
]


def test_a_figure_over_its_budget_is_told_from_one_within() -> None:
    assert [row.is_within for row in ROWS] == [True, False, True, True, False, True]
    over = Row("a chunk", 0.0061, "a bare loop", 0.001, 0.005, is_margin=True)
    assert not over.is_within
    assert [line.count("over") for line in report.text(ROWS).splitlines()[1:]] == [0, 1, 0, 0, 1, 0]


def test_all_of_it_is_in_the_json() -> None:
    found = json.loads(report.as_json(ROWS))
    assert [each["isWithin"] for each in found] == [row.is_within for row in ROWS]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=["light", "dark"])
def test_each_budget_has_a_bar(palette: object) -> None:
    drawn = ElementTree.fromstring(report.bars(ROWS, palette))  # type: ignore[arg-type]  # noqa: S314 - our own
    words = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"100%", "120%", "60%"} <= set(words)
    assert "shown" not in words


def test_a_table_takes_the_place_of_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    monkeypatch.setattr(report, "PAGE", page)
    page.write_text(
        "before\n<!-- made by make bench -->\nold\n<!-- end -->\n<!-- made by make cost -->\n<!-- end -->\n"
    )
    report.write("bench", "new", {})
    report.write("bench", "newer", {})
    text = "before\n<!-- made by make bench -->\nnewer\n<!-- end -->\n<!-- made by make cost -->\n<!-- end -->\n"
    assert page.read_text() == text
    with pytest.raises(ValueError, match="has no place for make growth"):
        report.write("growth", "new", {})
