"""What a command says: a table or a sentence for people, JSON for scripts."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import typer

Fields = Mapping[str, Any]


class Printer:
    """Prints to standard output; with `as_json`, nothing but JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def rows(self, rows: Sequence[Fields], *, if_none: str) -> None:
        """Print a list: columns, or an array."""
        if self._as_json:
            self._dump(list(rows))
        elif not rows:
            typer.echo(if_none, err=True)
        else:
            self._columns(rows)

    def done(self, fields: Fields, sentence: str) -> None:
        """Print what was done: a sentence, or its fields."""
        if self._as_json:
            self._dump(fields)
        else:
            typer.echo(sentence)

    def one(self, fields: Fields) -> None:
        """Print one thing: a line for each field, or an object."""
        if self._as_json:
            self._dump(fields)
            return
        for name, value in fields.items():
            typer.echo(f"{name:<{max(map(len, fields))}}  {_text(name, value)}")

    @staticmethod
    def _columns(rows: Sequence[Fields]) -> None:
        names = list(rows[0])
        lines = [names, *([_text(name, row[name]) for name in names] for row in rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
        for line in lines:
            typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())

    @staticmethod
    def _dump(value: Any) -> None:
        typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _text(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name.endswith("At") and isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
