"""API Gateway WebSocket events in, responses out.

Routes: ``$connect`` → `Gateway.connect`, ``$disconnect`` → `Gateway.disconnect`, everything else → `Gateway.receive`.
The open packet cannot be posted inside ``$connect`` (the connection does not exist before it returns: 410), so another
invocation calls `Gateway.open`. Event fields:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..codec import engineio
from ..exceptions import ConnectionRefusedError
from ..inbox import Arrival, Inbox
from ..ports import Connection, Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..ports import Form
    from ..server import Server

logger = logging.getLogger(__name__)

MAX_PAYLOAD = 32 * 1024  # API Gateway's quota for a WebSocket frame: a larger one closes the connection with 1009
CONNECT = "40"  # how the answer to CONNECT begins: Engine.IO's MESSAGE, Socket.IO's CONNECT
CLEAN_CODES = frozenset({1000, 1001, 1005})  # RFC 6455 section 7.4.1: in a close frame, or one without a code
OPEN_FOR_S = 5.0  # python-socketio gives up waiting for the open packet after 5 s
OPEN_PAUSE_S, OPEN_PAUSE_MAX_S = 0.005, 0.2


@dataclass(frozen=True, slots=True)
class Handshake:
    """The upgrade request.

    What an application may judge a client by before its first frame. Header names are lower case.
    """

    form: Form
    headers: Mapping[str, str]
    query: Mapping[str, str]
    source_ip: str


@dataclass(frozen=True, slots=True)
class Ping:
    """The heartbeat as the open packet announces it, in milliseconds."""

    interval_ms: int
    timeout_ms: int


class Gateway:
    """One WebSocket API in front of a server.

    `handshake` is called at ``$connect``; it returns what to keep for the ``connect`` handler's ``environ`` and may
    raise ConnectionRefusedError, whose `status` the client gets before the upgrade. `opener` starts an invocation that
    calls `open`. `answer_in_response`: return a frame for the sender as the response body; needs a route response on
    the route.
    """

    def __init__(
        self,
        server: Server,
        inbox: Inbox,
        *,
        ping: Ping,
        handshake: Callable[[Handshake], Mapping[str, Any]] = lambda _: {},
        opener: Callable[[str], None] | None = None,
        answer_in_response: bool = False,
    ) -> None:
        self._server = server
        self._inbox = inbox
        self._ping = ping
        self._handshake = handshake
        self._opener = opener
        self._answer_in_response = answer_in_response

    def connect(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """``$connect``: a Socket.IO client is let in and told at CONNECT; a native one is accepted or refused here."""
        context = event["requestContext"]
        handshake = _handshake(event)
        if handshake.query.get("EIO", "4") != "4":
            return _response(400, "Unsupported protocol version: this server speaks Engine.IO 4")
        try:
            environ = self._handshake(handshake)
            now_ms = self._server.clock.now_ms()
            connection = Connection(
                context["connectionId"], handshake.form, now_ms, now_ms, environ, recovery=self._may_recover(handshake)
            )
            self._server.store.open(connection)
            if handshake.form == "native":
                self._inbox.accept_native(connection, context["requestId"])
            elif self._opener is not None:
                self._opener(connection.address)
        except ConnectionRefusedError as refusal:
            self._forget(context["connectionId"])
            return _response(refusal.status, str(refusal.error_args["message"]))
        except Exception:
            logger.exception("A handshake could not be handled", extra={"request_id": context["requestId"]})
            return _response(503, "Something went wrong on our side")  # passes: any client may come back
        return {"statusCode": 200}

    def receive(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """A frame.

        Never raises: API Gateway would send the client a JSON text that a Socket.IO client takes for a broken packet.
        """
        context = event["requestContext"]
        arrival = Arrival(
            context["connectionId"], event.get("body") or "", context["requestTimeEpoch"], context["requestId"]
        )
        try:
            replies = self._inbox.receive(arrival)
            if self._answer_in_response and len(replies) == 1:
                return {"statusCode": 200, "body": replies[0]}
            self._post(arrival.address, replies)
        except Exception:
            logger.exception("A frame could not be handled", extra={"request_id": arrival.request_id})
        return {"statusCode": 200}

    def disconnect(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """``$disconnect``: best effort, says API Gateway; the heartbeat finds those it does not report."""
        context = event["requestContext"]
        reason = context.get("disconnectReason") or "transport close"
        by_client = context.get("disconnectStatusCode") in CLEAN_CODES
        self._server.closed(context["connectionId"], reason, by_client=by_client)
        return {"statusCode": 200}

    def _forget(self, address: str) -> None:
        """Forget a connection that was refused; if that fails, its heartbeat does."""
        try:
            self._server.store.end(address)
        except Exception:
            logger.exception("A refused connection could not be forgotten")

    def _may_recover(self, handshake: Handshake) -> bool:
        """Whether the client asked, by ``?recovery=1``, for sockets that may outlive the connection."""
        asked = handshake.form == "socketio" and handshake.query.get("recovery") == "1"
        return asked and self._server.recovery is not None

    def _post(self, address: str, frames: Sequence[str]) -> None:
        """Post what goes back to a sender: in order, and nothing after a frame that was lost.

        Clients drop a repeat of all but CONNECT's answer; whose that is lost, would wait for ever.
        """
        if not frames:
            return
        connects = any(frame.startswith(CONNECT) for frame in frames)
        (outcome,) = self._server.transport.post_all([(address, frames)], repeatable=not connects)
        if outcome is Delivery.GONE:
            self._server.closed(address, "transport close")
        elif connects and outcome is not Delivery.SENT:
            self._server.hang_up(address, "transport close")

    def open(self, address: str) -> bool:
        """Post the open packet, as soon as the connection exists; False if it never did."""
        frame = engineio.open_packet(
            secrets.token_urlsafe(15),
            ping_interval_ms=self._ping.interval_ms,
            ping_timeout_ms=self._ping.timeout_ms,
            max_payload=MAX_PAYLOAD,
        )
        clock = self._server.clock
        deadline, pause = clock.monotonic() + OPEN_FOR_S, OPEN_PAUSE_S
        while clock.monotonic() < deadline:
            if self._server.transport.post(address, frame) is not Delivery.GONE:
                return True
            clock.sleep(pause)
            pause = min(2 * pause, OPEN_PAUSE_MAX_S)
        return False


def _handshake(event: Mapping[str, Any]) -> Handshake:
    query = event.get("queryStringParameters") or {}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    source_ip = event["requestContext"].get("identity", {}).get("sourceIp", "")
    return Handshake("socketio" if "EIO" in query else "native", headers, query, source_ip)


def _response(status: int, message: str) -> dict[str, Any]:
    return {"statusCode": status, "body": json.dumps({"message": message})}
