"""From a client's event to its ack: looks the event up, runs it, and turns every failure into an answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from chat import events
from chat.errors import RETRY_MS, ChatError, Invalid, Unavailable
from chat.events.context import Context
from serverless_socketio.exceptions import StoreError

if TYPE_CHECKING:
    from chat.answers.steps import Answers
    from chat.joining import Joining
    from chat.messages import Messages
    from chat.ports import Ports
    from chat.presence import Presence
    from serverless_socketio.codec.errors import PacketError
    from serverless_socketio.request import Request
    from serverless_socketio.server import Server

logger = logging.getLogger(__name__)

EVENT_NAME_MAX = 128  # of an unknown event's name, this much is said back


class Dispatcher:
    """The catch-all handler of the chat's server."""

    def __init__(
        self,
        sio: Server,
        ports: Ports,
        *,
        messages: Messages,
        joining: Joining,
        answers: Answers,
        presence: Presence,
        frame_bytes: int,
    ) -> None:
        self._sio = sio
        self._ports = ports
        self._messages = messages
        self._joining = joining
        self._answers = answers
        self._presence = presence
        self._frame_bytes = frame_bytes

    def dispatch(self, event: str, sid: str, *args: Any) -> dict[str, Any] | None:
        """Handle one event; the ack, or None where a client without a callback needs none."""
        request = self._sio.request
        try:
            context = self._context(request, sid)
            fields = events.find(event).handle(context, args[0] if args else {})
        except ChatError as error:
            return self._refuse(request, error)
        except StoreError:
            logger.exception("The store failed an event", extra={"request_id": request.id})
            return self._refuse(request, Unavailable(retryAfterMs=RETRY_MS))
        except Exception:
            logger.exception("An event failed", extra={"event_name": event[:EVENT_NAME_MAX], "request_id": request.id})
            return self._refuse(request, ChatError(requestId=request.id))
        return None if fields is None else {"ok": True, **fields}

    def bad_frame(self, error: PacketError) -> None:
        """Answer a frame that no handler can see: on its ack if that could be read, else by the event ``error``."""
        request = self._sio.request
        refused = self._refuse(request, Invalid.whole(error.reason))
        if refused is not None:
            request.ack(refused)

    def _refuse(self, request: Request, error: ChatError) -> dict[str, Any] | None:
        if request.ack_id is not None:
            return {"ok": False, "error": error.as_error()}
        name = None if request.event is None else request.event[:EVENT_NAME_MAX]
        self._sio.fanout.emit([request.member], "error", {"event": name, **error.as_error()})
        return None

    def _context(self, request: Request, sid: str) -> Context:
        return Context(
            ports=self._ports,
            messages=self._messages,
            joining=self._joining,
            answers=self._answers,
            presence=self._presence,
            request=request,
            user_id=self._sio.get_session(sid)["userId"],
            frame_bytes=self._frame_bytes,
        )
