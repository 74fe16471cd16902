"""API Gateway WebSocket events in, responses out.

===============  =====================  =======================================================================
route            method                 the client sees
===============  =====================  =======================================================================
``$connect``     `Gateway.connect`      the upgrade, or 400, 401, 403, 503. Then `opening` posts the open packet,
                                        in another invocation, since no post arrives inside ``$connect``
any other        `Gateway.receive`      what the frame is answered with, posted or as the response
``$disconnect``  `Gateway.disconnect`   nothing any more
===============  =====================  =======================================================================

Event fields:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..exceptions import ConnectionRefusedError
from ..inbox import Arrival, Inbox
from ..model import Connection, PostResult
from ..polling.session import address_and_digest, is_proven
from .environ import environ_of
from .opening import Opening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..manager import Manager
    from ..model import Form, Ping

logger = logging.getLogger(__name__)

CONNECT = "40"  # how the answer to CONNECT begins: Engine.IO's MESSAGE, Socket.IO's CONNECT
CLEAN_CODES = frozenset({1000, 1001, 1005})  # RFC 6455 section 7.4.1: in a close frame, or one without a code


@dataclass(frozen=True, slots=True)
class Handshake:
    """The upgrade request.

    What an application may judge a client by before its first frame. Header names are lower case.
    """

    form: Form
    headers: Mapping[str, str]
    query: Mapping[str, str]
    source_ip: str


class Gateway:
    """One WebSocket API in front of a server.

    `handshake` is called at ``$connect``; it returns what to keep for the ``connect`` handler's ``environ`` and may
    raise ConnectionRefusedError, whose `status` the client gets before the upgrade; by default that is `environ_of`'s
    address, query and headers. `opener` starts an invocation that calls `opening.at_once`; `open_later` has
    `opening.late` called in a second. `answer_in_response`: return a frame for the sender as the response body; needs a
    route response on the route.
    """

    def __init__(
        self,
        manager: Manager,
        inbox: Inbox,
        *,
        ping: Ping,
        handshake: Callable[[Handshake], Mapping[str, Any]] = environ_of,
        opener: Callable[[str], None] | None = None,
        open_later: Callable[[str], object] = lambda _: None,
        answer_in_response: bool = False,
    ) -> None:
        self._manager = manager
        self._inbox = inbox
        self.opening = Opening(manager, ping, open_later)
        self._handshake = handshake
        self._opener = opener
        self._answer_in_response = answer_in_response

    def connect(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """``$connect``: a Socket.IO client is let in and told at CONNECT; a native one is accepted or refused here."""
        context = event["requestContext"]
        handshake = _handshake(event)
        reason = _misfit(handshake)
        if reason is not None:
            return _response(400, reason)
        try:
            if handshake.form == "socketio" and handshake.query.get("sid"):
                return self._connect_upgrade(context["connectionId"], handshake)
            environ = self._handshake(handshake)
            now_ms = self._manager.clock.now_ms()
            connection = Connection(
                context["connectionId"], handshake.form, now_ms, now_ms, environ, recovery=self._may_recover(handshake)
            )
            if handshake.form == "native":
                self._inbox.accept_native(connection, context["requestId"])
            else:
                self._let_in(connection)
        except ConnectionRefusedError as refusal:
            return _response(refusal.status, str(refusal.error_args["message"]))
        except Exception:
            logger.exception("A handshake could not be handled", extra={"request_id": context["requestId"]})
            return _response(503, "Something went wrong on our side")  # passes: any client may come back
        return _upgraded(handshake)

    def receive(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """A frame.

        Never raises: API Gateway would send the client a JSON text that a Socket.IO client takes for a broken packet.
        """
        arrival = _arrival(event)
        try:
            address, replies = self._inbox.arrive(arrival)
            if self._answer_in_response and len(replies) == 1 and address == arrival.address:
                return {"statusCode": 200, "body": replies[0]}
            self._post(address, replies)
        except Exception:
            logger.exception("A frame could not be handled", extra={"request_id": arrival.request_id})
        return {"statusCode": 200}

    def receive_posted(self, address: str, text: str, received_ms: int, request_id: str) -> None:
        """A frame of a polling session, from a POST. Never raises."""
        try:
            self._post(*self._inbox.arrive(Arrival(address, text, received_ms, request_id)))
        except Exception:
            logger.exception("A frame could not be handled", extra={"request_id": request_id})

    def disconnect(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """``$disconnect``: best effort, says API Gateway; the heartbeat finds those it does not report."""
        context = event["requestContext"]
        reason = context.get("disconnectReason") or "transport close"
        by_client = context.get("disconnectStatusCode") in CLEAN_CODES
        self._manager.closed(context["connectionId"], reason, by_client=by_client)
        return {"statusCode": 200}

    def _connect_upgrade(self, address: str, handshake: Handshake) -> dict[str, Any]:
        """Let a WebSocket in that a polling session may move to. It gets no open packet: its client sends first."""
        found = address_and_digest(handshake.query["sid"])
        session = None if found is None else self._manager.store.polling.find(found[0])
        if found is None or session is None or not is_proven(session, found[1]) or session.phase != "polling":
            return _response(400, "Session ID unknown")
        now_ms = self._manager.clock.now_ms()
        connection = Connection(address, "socketio", now_ms, now_ms, session=session.address)
        self._manager.store.connections.open(connection)
        return _upgraded(handshake)

    def _let_in(self, connection: Connection) -> None:
        self._manager.store.connections.open(connection)
        if self._opener is not None:
            self._opener(connection.address)

    def _may_recover(self, handshake: Handshake) -> bool:
        """Whether the client asked, by ``?recovery=1``, for sockets that may outlive the connection."""
        asked = handshake.form == "socketio" and handshake.query.get("recovery") == "1"
        return asked and self._manager.recovery is not None

    def _post(self, address: str, frames: Sequence[str]) -> None:
        """Post what goes back to a sender: in order, and nothing after a frame that was lost.

        Clients drop a repeat of anything but CONNECT's answer. Who may have lost that one would wait for ever, and is
        disconnected.
        """
        if not frames:
            return
        connects = any(frame.startswith(CONNECT) for frame in frames)
        (outcome,) = self._manager.transport.post_all([(address, frames)], repeatable=not connects)
        if outcome is PostResult.GONE:
            self._manager.closed(address, "transport close")
        elif connects and outcome is not PostResult.SENT:
            self._manager.close(address, "transport close")


def _arrival(event: Mapping[str, Any]) -> Arrival:
    """The frame in an event. In base64 it has come by Lambda's queue, which delivers at least once."""
    context, body, is_queued = event["requestContext"], event.get("body") or "", bool(event.get("isBase64Encoded"))
    return Arrival(
        context["connectionId"],
        base64.b64decode(body).decode(errors="replace") if is_queued else body,
        context["requestTimeEpoch"],
        context["requestId"],
        may_repeat=is_queued,
    )


def _handshake(event: Mapping[str, Any]) -> Handshake:
    query = event.get("queryStringParameters") or {}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    source_ip = event["requestContext"].get("identity", {}).get("sourceIp", "")
    return Handshake("socketio" if "EIO" in query else "native", headers, query, source_ip)


def _misfit(handshake: Handshake) -> str | None:
    """Why no Engine.IO session can begin so, in the words and the order of Engine.IO's own server; None if one can."""
    query = handshake.query
    if handshake.form == "native":
        return None
    if query.get("transport", "websocket") != "websocket":
        return "Transport unknown"
    if query.get("sid"):  # of an upgrade from long-polling, whose handshake was judged
        return None
    return None if query["EIO"] == "4" else "Unsupported protocol version"


def _upgraded(handshake: Handshake) -> dict[str, Any]:
    """The answer that lets a client in. A subprotocol that it offers is taken, the first: browsers insist on one.

    RFC 6455 section 4.2.2; API Gateway echoes none by itself ("$connect routes that require a WebSocket subprotocol").
    """
    first = handshake.headers.get("sec-websocket-protocol", "").partition(",")[0].strip()
    return {"statusCode": 200, **({"headers": {"Sec-WebSocket-Protocol": first}} if first else {})}


def _response(status: int, message: str) -> dict[str, Any]:
    return {"statusCode": status, "body": json.dumps({"message": message})}
