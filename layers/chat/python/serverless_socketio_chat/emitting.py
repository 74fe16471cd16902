"""Events that another backend asks for on the bus: the detail of `Emit`, and what becomes of it.

Importing this loads pydantic (`docs/decisions/0003-models-are-loaded-when-used.md`): it is done for the first detail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from serverless_socketio.exceptions import FrameTooLargeError
from serverless_socketio_chat.issues import Issue, issues_of

if TYPE_CHECKING:
    from serverless_socketio.emitter import Emitter

RoomName = Annotated[str, StringConstraints(min_length=1)]
Namespace = Annotated[str, StringConstraints(pattern="^/")]


class Emit(BaseModel):
    """The detail of an event `Emit`. Source: a backend that may put events on the bus.

    The names are python-socketio's, and so is what is left out: neither `room` nor `to` is all in the namespace,
    an empty list is none, `to` comes before `room`. For the same reason an unknown key is refused: a mistyped `room`
    would be all.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", alias_generator=to_camel)

    event: Annotated[str, Field(description="The event's name")]
    data: Annotated[Any, Field(description="Its one argument; null or absent: none")] = None
    room: Annotated[RoomName | list[RoomName] | None, Field(description="A room, or several; `global` is all")] = None
    to: Annotated[RoomName | list[RoomName] | None, Field(description="The same, or the sids of sockets")] = None
    namespace: Annotated[Namespace, Field(description="Where the sockets are connected")] = "/"
    skip_sid: Annotated[RoomName | list[RoomName] | None, Field(description="Sids of sockets that are left out")] = None


class BadDetail(Exception):  # noqa: N818 - an outcome
    """A detail that can never be emitted; `issues` says why, without its contents."""

    def __init__(self, issues: list[Issue]) -> None:
        super().__init__(f"A detail with {len(issues)} issues")
        self.issues = issues


def emit(emitter: Emitter, detail: Any) -> None:
    """Emit what a detail says. Raises BadDetail before anything is sent."""
    try:
        body = Emit.model_validate(detail)
        emitter.emit(body.event, body.data, body.namespace, body.room, body.skip_sid, body.to)
    except ValidationError as error:
        raise BadDetail(issues_of(error)) from None
    except (FrameTooLargeError, ValueError) as error:  # too much for a frame, or a name that clients reserve
        raise BadDetail([{"path": "", "message": str(error)}]) from error
