"""Writes docs/settings.md from the declarations of the settings: the library's, the chat's, the deployment's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from infra.config import SETTINGS
from serverless_socketio.aws import settings as library
from serverless_socketio.aws.environment import EVERY, Setting, declared
from serverless_socketio_chat import settings as chat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = """# Settings

Written by `make settings` from the declarations, one for each setting; a test fails when they differ.
Defaults lie there; `cdk.json` says only where a deployment deviates: `"context": {"chunk_size": 6}`, or
`make deploy ARGS="-c chunk_size=6"`. What a function reads has a variable, too, which `make run` takes from the
environment or `.env`. `make synth` and `make deploy` take those *also at synthesis* from there, before the context.
Times are in milliseconds. A value that does not fit is refused before anything is deployed, with what would do.
"""
LIBRARY = ("The server", "`serverless_socketio/aws/settings.py`: read by `LambdaApp`, so by any server on the library.")
CHAT = ("The chat", "`serverless_socketio_chat/settings.py`: read by the chat's functions.")
DEPLOYMENT = ("The deployment", "`infra/config.py`: what the stack is made of.")


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The whole page."""
    of_library, of_chat = declared(library.Choices), declared(chat.Choices)
    known = {setting.name for setting in of_chat}
    parts = [
        (*LIBRARY, of_library),
        (*CHAT, [each for each in of_chat if each not in of_library]),
        (*DEPLOYMENT, [each for name, each in SETTINGS.items() if name not in known]),
    ]
    return "\n".join([HEAD, *(section(*part) for part in parts)])


def section(title: str, about: str, settings: Iterable[Setting]) -> str:
    """A heading and a table; settings of the same words, such as every function's memory, share a row."""
    rows: dict[str, list[Setting]] = {}
    for setting in settings:
        rows.setdefault(setting.doc, []).append(setting)
    head = ["| name | default | values | |", "|---|---|---|---|"]
    return "\n".join([f"## {title}", "", about, "", *head, *map(_row, rows.values()), ""])


def _row(settings: list[Setting]) -> str:
    first = settings[0]
    names = "<br>".join(f"`{setting.name}`" for setting in settings)
    defaults = [setting.write(setting.default) or "nothing" for setting in settings]
    default = defaults[0] if len({*defaults}) == 1 else "<br>".join(defaults)
    return f"| {names} | {default} | {_values(first)} | {'. '.join([first.doc, *_told(first)])} |"


def _values(setting: Setting) -> str:
    if setting.kind == "number":
        steps = f", by {setting.step:,}" if setting.step > 1 else ""
        return f"{setting.low:,}…{setting.high:,}{steps}"
    if setting.kind == "choice":
        return ", ".join(map(str, setting.choices))
    return {"flag": "true, false", "words": "with commas between", "text": "text"}[setting.kind]


def _told(setting: Setting) -> Iterator[str]:
    if setting.who:
        readers = "" if setting.who == EVERY else f" (read by {', '.join(setting.who)})"
        yield f"{', '.join(f'`{name}`' for name in setting.env)}{readers}{', also at synthesis' * setting.at_synthesis}"


if __name__ == "__main__":
    main()
