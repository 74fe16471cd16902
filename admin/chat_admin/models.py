"""The model behind a live agent, as options give it: `--model name=llama3.2 --model url=http://localhost:11434/v1`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from chat_admin.errors import AdminError
from serverless_socketio_chat.agents.model import Model


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _or_none(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """What an empty text stands for: the provider's default."""
    return lambda text: read(text) if text else None


READERS: dict[str, Callable[[str], Any]] = {
    "name": str,
    "url": _or_none(str),
    "allow_http": _flag,
    "secret": _or_none(str),
    "system": str,
    "temperature": _or_none(float),
    "max_tokens": _or_none(int),
    "history_tokens": int,
    "feels": _flag,
}
"""How each setting of `serverless_socketio_chat.agents.model.Model` is read."""


def changed(model: Model | None, settings: Sequence[str]) -> Model | None:
    """Return a model with these settings (``name=value``); None for none of either. Raises AdminError."""
    changes: dict[str, Any] = {}
    for setting in settings:
        name, is_given, text = setting.partition("=")
        if not is_given or name not in READERS:
            raise AdminError(f"--model {setting} is not a setting: write NAME=VALUE, NAME one of {', '.join(READERS)}")
        try:
            changes[name] = READERS[name](text)
        except (KeyError, ValueError) as error:
            raise AdminError(f"--model {name} cannot be {text!r}: docs/models.md says what it may be") from error
    return replace(model or Model(), **changes) if changes else model
