"""What was measured, as text, Markdown, JSON, and charts; and where `docs/performance.md` has its places for them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from tests.bench.measuring import Count
from tools.cost.svg import FONT, PALETTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bench.measuring import Row
    from tools.cost.svg import Palette

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "images"
PLACE = "<!-- made by make {} -->"
END = "<!-- end -->"
HEAD = ("", "measured", "baseline", "", "compared", "budget")
WIDTH, BAR, GAP, LEFT, RIGHT, TOP = 860, 16, 8, 420, 90, 56


def cells(row: Row | Count) -> tuple[str, ...]:
    """A line of the table."""
    over = "" if row.is_within else " **over**"
    if isinstance(row, Count):
        return row.what, f"{row.count:g}", "", "", "", "-" if row.most is None else f"≤ {row.most:g}{over}"
    budget = "-"
    if row.budget is not None:
        budget = (f"≤ +{amount(row.budget, row.unit)}" if row.is_margin else f"≤ {row.budget:.2f} x") + over
    compared = f"{amount(row.compared, row.unit)}" if row.is_margin else f"{row.compared:.2f} x"
    return row.what, amount(row.value, row.unit), row.baseline, amount(row.baseline_value, row.unit), compared, budget


def amount(value: float, unit: str) -> str:
    """A figure for people."""
    if unit == "$":
        return f"${value:.2f}"
    return f"{value * 1e6:.0f} µs" if abs(value) < 1e-3 else f"{value * 1e3:.1f} ms"


def text(rows: Sequence[Row | Count]) -> str:
    """The table, for a terminal."""
    lines = [HEAD, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def markdown(rows: Sequence[Row | Count]) -> str:
    """The table, for the page."""
    return table(HEAD, [cells(row) for row in rows])


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *lines))


def as_json(rows: Sequence[Row | Count]) -> str:
    """Everything, for programs."""
    found: list[dict[str, Any]] = [{**asdict(row), "isWithin": row.is_within} for row in rows]
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def bars(rows: Sequence[Row | Count], palette: Palette) -> str:
    """How much of its budget each figure takes: a bar each, and a line where the budget ends."""
    shown = [(row.what, share) for row in rows if (share := _share(row)) is not None]
    height = TOP + len(shown) * (BAR + GAP) + 24
    unit = (WIDTH - LEFT - RIGHT) / max(1.25, *(min(share, 2.0) for _, share in shown))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="{FONT}" font-size="12" fill="{palette.text}">',
        "<title>How much of its budget each figure takes</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="{palette.ground}"/>',
        '<text x="12" y="24" font-size="13" font-weight="600">How much of its budget each figure takes</text>',
        f'<text x="{LEFT + unit:.0f}" y="{TOP - 10}" text-anchor="middle">the budget</text>',
    ]
    for at, (what, share) in enumerate(shown):
        y = TOP + at * (BAR + GAP)
        colour = palette.series[0] if share <= 1 else palette.series[1]
        width = unit * max(0.0, min(share, 2.0))
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(what)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>',
            f'<text x="{LEFT + width + 6:.1f}" y="{y + 12}">{share:.0%}</text>',
        ]
    parts += [
        f'<path d="M{LEFT + unit:.0f} {TOP - 6}V{height - 18}" stroke="{palette.grid}" stroke-width="2"/>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _share(row: Row | Count) -> float | None:
    if isinstance(row, Count):
        return None
    return None if row.budget is None else max(0.0, row.compared / row.budget)


def write(target: str, made: str, images: Mapping[str, Any]) -> None:
    """Put a table where the page has its mark, and charts beside it, light and dark."""
    mark = PLACE.format(target)
    place = re.compile(re.escape(mark) + r".*?" + re.escape(END), re.DOTALL)
    page, count = place.subn(lambda _: f"{mark}\n{made}\n{END}", PAGE.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{PAGE} has no place for make {target}")
    PAGE.write_text(page, encoding="utf-8")
    for name, draw in images.items():
        for suffix, palette in PALETTES.items():
            (IMAGES / f"{name}{suffix}.svg").write_text(draw(palette), encoding="utf-8")
