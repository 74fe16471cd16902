"""The native form, for clients that have a WebSocket and no Socket.IO: every frame is one JSON object.

A client asks ``{"action": "chat:join", "id": "7", "data": {…}}``. The server acks ``{"id": "7", "ok": true, …}`` and
tells ``{"event": "chat:message", "data": {…}}``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import jsontext
from .errors import PacketError

ID_LENGTH_MAX = 128  # ours: the ack repeats the id, and must itself fit a frame


@dataclass(frozen=True, slots=True)
class NativeRequest:
    """What a client asks.

    Attributes:
        action: The event's name, any string.
        id: What the client awaits the ack under; None if it awaits none.
        data: The payload, any JSON; None if there is none.
    """

    action: str
    id: str | None = None
    data: Any = None


def decode(frame: str) -> NativeRequest:
    """Read what a client asks. Keys that are not known are ignored.

    Raises:
        PacketError: the frame is not an object, has no action, or its id is not a string. If only a string in it is
            wrong, or the action, the error knows the id, so that its sender can be told on the ack.
    """
    request = jsontext.loads(frame)
    if not isinstance(request, dict):
        raise PacketError("The frame is not a JSON object.")
    ack_id = _read_id(request)
    action = request.get("action")
    if not isinstance(action, str):
        raise PacketError("The action is not a string.", ack_id=ack_id)
    try:
        jsontext.check_unicode(frame, request)
    except PacketError as error:
        error.ack_id, error.event = ack_id, action
        raise
    return NativeRequest(action, ack_id, request.get("data"))


def encode_ack(ack_id: str, ack: Mapping[str, Any]) -> str:
    """Write the answer to the request with this id. An `id` in the ack itself gives way to it."""
    return jsontext.dumps({**ack, "id": ack_id})


def encode_event(event: str, data: Any) -> str:
    """Write one event."""
    return jsontext.dumps({"event": event, "data": data})


def _read_id(request: dict[str, Any]) -> str | None:
    if "id" not in request:
        return None
    ack_id = request["id"]
    if not isinstance(ack_id, str):
        raise PacketError("The id is not a string.")
    if len(ack_id) > ID_LENGTH_MAX:
        raise PacketError(f"The id is longer than {ID_LENGTH_MAX} characters.")
    return ack_id
