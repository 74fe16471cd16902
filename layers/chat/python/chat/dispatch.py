"""From a client's event to its ack: looks the event up, runs it, and turns every failure into an answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from chat import events
from chat.errors import RETRY_MS, ChatError, Invalid, NotFound, RateLimited, Unavailable
from chat.events.context import Context
from chat.ports import User
from serverless_socketio.exceptions import QueueError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chat.answers.steps import Answers
    from chat.joining import Joining
    from chat.limits import Limits
    from chat.messages import Messages
    from chat.ports import Ports
    from chat.presence import Presence
    from chat.push.subscribing import Subscribing
    from serverless_socketio.codec.errors import PacketError
    from serverless_socketio.request import Request
    from serverless_socketio.server import Server

logger = logging.getLogger(__name__)

DEPENDENCIES = (StoreError, QueueError)  # they may work again in a moment
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
        subscribing: Subscribing,
        limits: Limits,
        frame_bytes: int,
    ) -> None:
        self._sio = sio
        self._ports = ports
        self._messages = messages
        self._joining = joining
        self._answers = answers
        self._presence = presence
        self._subscribing = subscribing
        self._limits = limits
        self._frame_bytes = frame_bytes

    def dispatch(self, event: str, sid: str, *args: Any) -> dict[str, Any] | None:
        """Handle one event; the ack, or None where a client without a callback needs none."""
        request = self._sio.request
        try:
            fields = self._handle(event, self._context(request, sid), args[0] if args else {})
        except ChatError as error:
            return self._refuse(request, error)
        except DEPENDENCIES:
            logger.exception("A dependency failed an event", extra={"request_id": request.id})
            return self._refuse(request, Unavailable(retryAfterMs=RETRY_MS))
        except Exception:
            logger.exception("An event failed", extra={"event_name": event[:EVENT_NAME_MAX], "request_id": request.id})
            return self._refuse(request, self._defect(request))
        return None if fields is None else {"ok": True, **fields}

    def bad_frame(self, error: PacketError) -> None:
        """Answer a frame that no handler can see: on its ack if that could be read, else by the event ``error``.

        The connection ends if it sends little else.
        """
        request = self._sio.request
        user, address = self._user(request.sid), request.connection.address
        if self._limits.floods(user, address):
            self._sio.hang_up(address, "parse error")
            return
        refusal: ChatError = Invalid.whole(error.reason)
        try:
            self._limits.other(user)
        except RateLimited as limited:
            refusal = limited
        refused = self._refuse(request, refusal)
        if refused is not None:
            request.ack(refused)

    def fault(self, failure: Exception) -> None:
        """Answer a frame whose handling failed outside of `dispatch`: as it would, and without the store."""
        request = self._sio.request
        refusal = Unavailable(retryAfterMs=RETRY_MS) if isinstance(failure, DEPENDENCIES) else self._defect(request)
        refused = self._refuse(request, refusal)
        if refused is not None:
            request.ack(refused)

    @staticmethod
    def _defect(request: Request) -> ChatError:
        return ChatError(requestId=request.id)

    def _handle(self, event: str, context: Context, payload: Any) -> Mapping[str, Any] | None:
        try:
            found = events.find(event)
        except NotFound:
            self._limits.other(context.user)
            raise
        return found.handle(context, payload)

    def _refuse(self, request: Request, error: ChatError) -> dict[str, Any] | None:
        if request.ack_id is not None:
            return {"ok": False, "error": error.as_error()}
        name = None if request.event is None else request.event[:EVENT_NAME_MAX]
        body = {"event": name, **error.as_error()}
        fanout = self._sio.fanout  # as an ack, it is posted and never kept: rather twice than never
        fanout.send_each(fanout.letters([request.member], "error", body), repeatable=True)
        return None

    def _context(self, request: Request, sid: str) -> Context:
        return Context(
            ports=self._ports,
            messages=self._messages,
            joining=self._joining,
            answers=self._answers,
            presence=self._presence,
            subscribing=self._subscribing,
            limits=self._limits,
            request=request,
            user=self._user(sid),
            frame_bytes=self._frame_bytes,
        )

    def _user(self, sid: str) -> User:
        session = self._sio.get_session(sid)
        return User(session["userId"], session["plan"])
