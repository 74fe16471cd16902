"""Measures every row of every `bench_*.py`; ends with an error if a figure is over its budget.

`python -m tests.bench` prints a table and writes it, with JSON and charts, to `docs/performance.md`; with names of
files it measures and prints those alone.
"""

from __future__ import annotations

import importlib
import sys
import time
from functools import partial
from pathlib import Path

from tests.bench import report


def main() -> int:
    """Measure everything, or the files named."""
    began = time.monotonic()
    names = sys.argv[1:] or sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    rows = [row for name in names for row in importlib.import_module(f"tests.bench.{name}").rows()]
    print(report.text(rows))
    print(f"{time.monotonic() - began:.0f} s")
    if not sys.argv[1:]:
        report.write("bench", report.markdown(rows), {"performance-budgets": partial(report.bars, rows)})
        (report.IMAGES.parent / "performance.json").write_text(report.as_json(rows), encoding="utf-8")
    return 0 if all(row.is_within for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
