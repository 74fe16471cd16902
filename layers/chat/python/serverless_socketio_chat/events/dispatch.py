"""From a client's event to its ack: looks the event up, runs it, and turns every failure into an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_socketio.exceptions import QueueError, StoreError
from serverless_socketio_chat import events
from serverless_socketio_chat.accounts import plans
from serverless_socketio_chat.accounts.model import User
from serverless_socketio_chat.errors import RETRY_MS, ChatError, Invalid, NotFound, RateLimited, Unavailable
from serverless_socketio_chat.events.context import Context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio.codec.errors import PacketError
    from serverless_socketio.model import Connection, Session
    from serverless_socketio.request import Request
    from serverless_socketio.server import Server
    from serverless_socketio_chat.events.context import Services


DEPENDENCIES = (StoreError, QueueError)  # they may work again in a moment
EVENT_NAME_MAX = 128  # of an unknown event's name, this much is said back


class Dispatcher:
    """The catch-all handler of the chat's server."""

    def __init__(self, sio: Server, services: Services, *, frame_bytes: int) -> None:
        self._sio = sio
        self._services = services
        self._limits = services.limits
        self._frame_bytes = frame_bytes

    def dispatch(self, event: str, sid: str, *args: Any) -> dict[str, Any] | None:
        """Handle one event; the ack, or None where a client without a callback needs none.

        What it raises, `fault` answers.
        """
        request = self._sio.request
        context = Context(self._services, request, _user(self._sio.get_session(sid)), self._frame_bytes)
        try:
            fields = self._handle(event, context, args[0] if args else {})
        except ChatError as error:
            return self._refuse(request, error)
        self._put(request, "ok")
        return None if fields is None else {"ok": True, **fields}

    def bad_frame(self, error: PacketError) -> None:
        """Answer a frame that no handler can see: on its ack if that could be read, else by the event ``error``.

        The connection ends if it sends little else.
        """
        request = self._sio.request
        user, address = _sender(request.connection), request.connection.address
        if self._limits.floods(user, address):
            self._sio.manager.close(address, "parse error")
            return
        if self.spend():
            self._answer(request, Invalid.whole(error.reason))

    def spend(self) -> bool:
        """Take a frame, not an event, from the second allowance; False if that is over, which its sender is told."""
        request = self._sio.request
        try:
            self._limits.other(_sender(request.connection))
        except RateLimited as limited:
            if request.connection.sockets:
                self._answer(request, limited)
            return False
        return True

    def overruns(self, connection: Connection) -> bool:
        """Whether one more frame, of any kind, is too much for a connection."""
        self._services.meter.settle()
        return self._limits.overruns(_sender(connection), connection.address)

    def _answer(self, request: Request, error: ChatError) -> None:
        """Refuse a frame that has no handler to return an ack."""
        refused = self._refuse(request, error)
        if refused is not None:
            request.ack(refused)

    def fault(self, failure: Exception) -> None:
        """Answer a frame whose handling failed, without the store."""
        request = self._sio.request
        is_passing = isinstance(failure, DEPENDENCIES)
        self._answer(request, Unavailable(retryAfterMs=RETRY_MS) if is_passing else ChatError(requestId=request.id))

    def _handle(self, event: str, context: Context, payload: Any) -> Mapping[str, Any] | None:
        try:
            found = events.find(event)
        except NotFound:
            self._limits.other(context.user)
            raise
        return found.handle(context, payload)

    def _put(self, request: Request, outcome: str) -> None:
        """Meter an event: how it ended, and how long after API Gateway took its frame there was an ack to it.

        Its name tells no metrics apart, since each pair with an outcome would be paid for; a log may be asked for it.
        """
        now_ms = self._services.clock.now_ms() if request.acked_ms is None else request.acked_ms
        name = request.event if request.event in events.MODULES else None
        by, times_ms = {"outcome": outcome}, {"AckLatency": max(0, now_ms - request.received_ms)}
        if outcome == "ok":
            self._services.meter.add({"Events": 1}, by=by, times_ms=times_ms, name=name)
        else:
            self._services.meter.put({"Events": 1}, by=by, times_ms=times_ms, about={"event": name})

    def _refuse(self, request: Request, error: ChatError) -> dict[str, Any] | None:
        self._put(request, error.code)
        if request.ack_id is not None:
            return {"ok": False, "error": error.as_error()}
        name = None if request.event is None else request.event[:EVENT_NAME_MAX]
        body = {"event": name, **error.as_error()}
        fanout = self._sio.manager.fanout  # as an ack, it is posted and never kept: rather twice than never
        fanout.send(fanout.encode([request.member], "error", body), repeatable=True)
        return None


def _sender(connection: Connection) -> User:
    """Whose frames a connection's are. One without a socket has a small allowance of its own."""
    session = connection.sessions.get("/")
    if session is None:
        return User(f"connection:{connection.address}", plans.FALLBACK)  # no user's id holds a colon
    return _user(session)


def _user(session: Session) -> User:
    return User(session["userId"], session["plan"])
