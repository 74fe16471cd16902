"""Prints the table of every `bench_*.py`, which each have `rows`; ends with an error if a figure is over its budget."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.measuring import Count

if TYPE_CHECKING:
    from tests.bench.measuring import Row

HEAD = ("", "measured", "baseline", "", "ratio", "budget")


def main() -> int:
    """Measure everything, or the files named."""
    names = sys.argv[1:] or sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    rows = [row for name in names for row in importlib.import_module(f"tests.bench.{name}").rows()]
    show([HEAD, *map(cells, rows)])
    return 0 if all(row.is_within for row in rows) else 1


def cells(row: Row | Count) -> tuple[str, ...]:
    if isinstance(row, Count):
        return row.what, str(row.count), "", "", "", f"{row.most}{'' if row.is_within else '  over'}"
    budget = "" if row.budget is None else f"{row.budget:.2f}{'' if row.is_within else '  over'}"
    return row.what, duration(row.seconds), row.baseline, duration(row.baseline_s), f"{row.ratio:.2f}", budget


def duration(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"


def show(lines: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
