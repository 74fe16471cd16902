"""What is wrong with something that came from outside, as who sent it may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pydantic import ValidationError

Issue: TypeAlias = dict[str, str]


def issues_of(error: ValidationError) -> list[Issue]:
    """What does not fit a model, and where; without the values, which may be private."""
    return [
        {"path": ".".join(str(part) for part in issue["loc"]), "message": issue["msg"]}
        for issue in error.errors(include_url=False, include_context=False, include_input=False)
    ]
