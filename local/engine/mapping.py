"""API Gateway's mapping templates (Velocity), as far as a stack of ours needs them: what they print, and no directive.

| in a template | becomes |
|---|---|
| `$context.name`, also `$context.a.b` | the event's variable; nothing for one that it has not |
| `$input.body` | the message as it was sent |
| `$util.base64Encode($input.body)` | its UTF-8 in base64 |
| anything else with `$` or `#` | `MappingError`: it would mean something there that is not played here |

Source: "WebSocket API mapping template reference for API Gateway".
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

PRINTED = re.compile(
    r"(?P<encoded>\$util\.base64Encode\(\$input\.body\))"
    r"|(?P<body>\$input\.body\b)"
    r"|\$context\.(?P<variable>\w+(?:\.\w+)*)"
    r"|(?P<unknown>[$#])"
)


class MappingError(Exception):
    """A template that cannot be played, or whose result is not JSON."""


def render(template: str, event: Mapping[str, Any]) -> Any:
    """Return what a template makes of a message's event, as the function gets it. Raises MappingError."""

    def printed(found: re.Match[str]) -> str:
        if found["encoded"]:
            return base64.b64encode(event["body"].encode()).decode()
        if found["body"]:
            return str(event["body"])
        if found["unknown"]:
            raise MappingError(f"{template[found.start() :][:40]!r} is not played here")
        return _variable(event["requestContext"], found["variable"])

    text = PRINTED.sub(printed, template)
    try:
        return json.loads(text)
    except ValueError as exc:
        raise MappingError(f"The template's result is not JSON: {exc}") from exc


def _variable(context: Mapping[str, Any], name: str) -> str:
    value: Any = context
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)
