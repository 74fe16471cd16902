"""HTTP requests of Engine.IO's polling transport in, answers out.

================  ==================================================  ==================================================
a request         that                                                is answered
================  ==================================================  ==================================================
OPTIONS           asks for another origin                             204, any origin and what it asked for
any               is for another transport                            400, code 0 Transport unknown
any               wants JSONP (``j``)                                 400, code 3 Bad request
POST              of any session is larger than `BODY_MAX`            413
with ``sid``      is of no session, or one that has ended             400, code 1 Session ID unknown
with ``sid``      is of one that has upgraded                         400, code 3
GET               of a session has another GET open                   400, code 3; the session is closed
GET               of a session                                        what waits, or comes while it is held; else ``6``
POST              is not a payload                                    400, code 3; the session is closed if it has had
                                                                      no socket yet, as by any bad frame then
POST              of a session                                        ``ok``, when its frames have been handled
without ``sid``   is not a GET                                        400, code 2 Bad handshake method
without ``sid``   is not ``EIO=4``                                    400, code 5 Unsupported protocol version
without ``sid``   is a GET                                            the open packet of a new session
================  ==================================================  ==================================================

Codes, words and their order: `verify` in ``engine.io/lib/server.ts``. Every answer may be read by any page, and no
browser sends credentials for it: who may not connect is told so at CONNECT.

A GET is held by reading its session again and again. How long: `SHORT_MS` while the session is `YOUNG_MS` old (a page
that is reloaded leaves its GET behind) or has no socket, `LONG_MS` else, as far as no more than `held_max` are held so
long at a time.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ..codec import engineio
from ..codec.errors import PacketError
from ..model import Connection
from .refusals import (
    BAD_HANDSHAKE_METHOD,
    BAD_REQUEST,
    REASONS,
    UNKNOWN_SID,
    UNKNOWN_TRANSPORT,
    UNSUPPORTED_PROTOCOL,
)
from .session import CLOSE, NOOP, PollingSession, StoredFrame, address_and_digest, is_proven

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..manager import Manager
    from ..model import Ping

logger = logging.getLogger(__name__)

ANY_ORIGIN = {"access-control-allow-origin": "*"}
METHODS = "GET,HEAD,POST"
BODY_MAX = 128 * 1024  # bytes: what API Gateway takes of a WebSocket's message
MAX_PAYLOAD = 100_000  # bytes, as clients count them before they encode; well below that
ANSWER_MAX = 1_000_000  # bytes of frames, but for one that is larger; Lambda answers with 6 MB at most
PACKETS_MAX = 16  # in an answer: a python-engineio client ends its connection over more (`Payload.max_decode_packets`)
YOUNG_MS, SHORT_MS, LONG_MS = 10_000, 1_000, 20_000  # API Gateway's HTTP APIs give up at 30 s
PROBED_MS = 100  # of a GET while its client probes: what Engine.IO's server waits, too
PAUSE_S, PAUSE_MAX_S = 0.02, 0.25  # between two looks: the first, doubled each time
OK = "ok"
PROXIES = ("x-forwarded-", "forwarded", "via")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request. Header names are in lower case."""

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    received_ms: int
    id: str  # for logs
    source_ip: str = ""

    def parameter(self, name: str) -> str | None:
        """A parameter of the query; the last, if there are several."""
        return parse_qs(self.query, keep_blank_values=True).get(name, [None])[-1]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer, but for the headers that every one has."""

    status: int
    body: str = ""
    content_type: str = "text/plain; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class PollingServer:
    """The polling transport of one server.

    `environ_of`: what to keep of a handshake for ``connect`` handlers. `receive` handles one frame of a session: its
    address, the text, when it was received, the request's id. `held_max`: GETs that are held longer than a second at
    a time, of all clients together.
    """

    def __init__(
        self,
        manager: Manager,
        *,
        ping: Ping,
        environ_of: Callable[[HttpRequest], Mapping[str, Any]],
        receive: Callable[[str, str, int, str], object],
        held_max: int,
    ) -> None:
        self._manager = manager
        self._ping = ping
        self._environ_of = environ_of
        self._receive = receive
        self._held_max = held_max
        self._posting, self._is_changed = "", False  # the session whose POST is handled, and whether it may have ended
        manager.watch(self._note)

    def serve(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request. Never raises."""
        try:
            answer = self._serve(request)
        except Exception:
            logger.exception("A polling request could not be handled", extra={"request_id": request.id})
            answer = _json(503, {"message": "Something went wrong on our side"})
        always = {**ANY_ORIGIN, "cache-control": "no-store"}
        return replace(answer, headers={**always, **answer.headers})

    def _serve(self, request: HttpRequest) -> HttpAnswer:
        if request.method == "OPTIONS":
            return _preflight(request)
        if request.parameter("transport") != "polling":
            return _refused(UNKNOWN_TRANSPORT)
        if request.parameter("j") is not None:
            return _refused(BAD_REQUEST)
        if sid := request.parameter("sid"):
            return self._of_session(request, sid)
        if request.method != "GET":
            return _refused(BAD_HANDSHAKE_METHOD)
        return self._open(request) if request.parameter("EIO") == "4" else _refused(UNSUPPORTED_PROTOCOL)

    def _open(self, request: HttpRequest) -> HttpAnswer:
        """Begin a session. Two writes."""
        ids, store, now_ms = self._manager.ids, self._manager.store, self._manager.clock.now_ms()
        sid = ids.secret() + ids.secret()
        address, digest = address_and_digest(sid) or ("", "")
        recovery = request.parameter("recovery") == "1" and self._manager.recovery is not None
        environ = self._environ_of(request)
        store.polling.open(PollingSession(address, digest, now_ms, idle_ms=now_ms))
        store.connections.open(Connection(address, "socketio", now_ms, now_ms, environ, recovery=recovery))
        return HttpAnswer(
            200,
            engineio.open_packet(
                sid,
                ping_interval_ms=self._ping.interval_ms,
                ping_timeout_ms=self._ping.timeout_ms,
                max_payload=MAX_PAYLOAD,
                upgrades=["websocket"],
            ),
        )

    def _of_session(self, request: HttpRequest, sid: str) -> HttpAnswer:
        if request.method == "POST" and len(request.body) > BODY_MAX:
            return _json(413, {"message": "Payload Too Large"})
        found = address_and_digest(sid)
        session = None if found is None else self._manager.store.polling.find(found[0])
        if found is None or session is None or not is_proven(session, found[1]):
            return _refused(UNKNOWN_SID)
        if session.phase == "closed":
            return self._last_of(session) if request.method == "GET" else _refused(UNKNOWN_SID)
        if session.phase != "polling" or request.method not in {"GET", "POST"}:
            return _refused(BAD_REQUEST)
        return self._get(session) if request.method == "GET" else self._post(session, request)

    def _last_of(self, session: PollingSession) -> HttpAnswer:
        """What waits for the client of a session that has ended, once."""
        frames = self._manager.store.polling.frames(session, _portion(session.outbox))
        taken = bool(frames) and self._manager.store.polling.take(session, len(frames))
        return _payload(frames) if taken else _refused(UNKNOWN_SID)

    def _get(self, session: PollingSession) -> HttpAnswer:
        """Answer a GET with what waits, or comes in time. Two writes, two more for a long one; a read a look."""
        manager = self._manager
        get, began_ms = manager.ids.secret(), manager.clock.now_ms()
        hold_ms = self._hold(session, get, began_ms)
        is_long = hold_ms > SHORT_MS
        try:
            open_session = manager.store.polling.begin_get(session, get, began_ms + hold_ms, began_ms)
            if open_session is None:
                return self._not_begun(session.address)
            return self._held(open_session, get, began_ms + hold_ms)
        finally:
            if is_long:
                manager.store.polling.release(get)

    def _hold(self, session: PollingSession, get: str, now_ms: int) -> int:
        """How long a GET may be held: long if the session is old enough, and there is room for one that long.

        That room is for those who were let in: a session without a socket would take it from them.
        """
        may_wait = self._held_max > 0 and now_ms - session.opened_ms >= YOUNG_MS and not session.outbox
        if not may_wait or not self._has_socket(session.address):
            return SHORT_MS
        is_held = self._manager.store.polling.hold(get, now_ms + LONG_MS, now_ms, self._held_max)
        return LONG_MS if is_held else SHORT_MS

    def _has_socket(self, address: str) -> bool:
        connection = self._manager.store.connections.find(address)
        return connection is not None and bool(connection.sockets)

    def _not_begun(self, address: str) -> HttpAnswer:
        """Another GET is open, which ends the session: for its handlers, by the next tick. Or it was just closed."""
        now = self._manager.store.polling.find(address)
        if now is None or now.phase == "closed":
            return _refused(UNKNOWN_SID)
        if now.phase == "polling":
            self._manager.store.polling.close(address, ended=False)
        return _refused(BAD_REQUEST)

    def _held(self, session: PollingSession, get: str, until_ms: int) -> HttpAnswer:
        store, clock = self._manager.store.polling, self._manager.clock
        began_ms, pause = clock.now_ms(), PAUSE_S
        now: PollingSession | None = session
        while now is not None and now.get == get and now.phase in {"polling", "closed"}:
            now_ms = clock.now_ms()
            probed = now.is_probing(now_ms) and (not session.is_probing(began_ms) or now_ms - began_ms >= PROBED_MS)
            if now.outbox or probed or now.phase == "closed" or now_ms >= until_ms:
                count = _portion(now.outbox)
                frames = store.frames(now, count)
                if store.take(now, count, ended_ms=now_ms):
                    return _payload(frames or [NOOP])
            else:
                clock.sleep(min(pause, (until_ms - now_ms) / 1000))
                pause = min(2 * pause, PAUSE_MAX_S)
            now = store.find(session.address)
        return _refused(UNKNOWN_SID) if now is None else _payload([NOOP])

    def _post(self, session: PollingSession, request: HttpRequest) -> HttpAnswer:
        """Handle the frames of a POST, one after the other. A write for more than one."""
        try:
            frames = engineio.decode_payload(request.body.decode())
        except (PacketError, UnicodeDecodeError):
            self._end_if_new(session.address)
            return _refused(BAD_REQUEST)
        first_ms = self._times(session, len(frames), request.received_ms)
        if first_ms is None:
            return _refused(UNKNOWN_SID)
        self._posting, self._is_changed = session.address, False
        for number, frame in enumerate(frames):  # a request of its own each: parts of binary events have its id
            self._receive(session.address, frame, first_ms + number, f"{request.id}#{number}")
            if self._is_changed and self._is_closed(session.address):
                break
        if CLOSE in frames:
            self._forget_outbox(session.address)
        return HttpAnswer(200, OK, "text/html; charset=UTF-8")

    def _end_if_new(self, address: str) -> None:
        """End a session whose client has sent what is not a packet, unless it has, or had, a socket. A read."""
        connection = self._manager.store.connections.find(address)
        if connection is not None and not connection.sockets and not connection.left_ms:
            self._manager.close(address, "parse error")
            self._forget_outbox(address)

    def _forget_outbox(self, address: str) -> None:
        """A session that its client has ended: a GET that is held ends with a noop, a later one is refused."""
        store = self._manager.store.polling
        session = store.find(address)
        if session is not None and session.phase == "closed":
            store.take(session, len(session.outbox))

    def _times(self, session: PollingSession, count: int, received_ms: int) -> int | None:
        """When the first of so many frames counts as received, each a millisecond after the one before; None: gone.

        What depends on the order of frames goes by these times (`model.frame_order`, `binary`).
        """
        now: PollingSession | None = session
        while now is not None and now.phase == "polling":
            first_ms = max(received_ms, now.posted_ms + 1)
            is_alone = count == 1 and first_ms == received_ms
            if is_alone or self._manager.store.polling.received(now, first_ms + count - 1):
                return first_ms
            now = self._manager.store.polling.find(session.address)
        return None

    def _note(self, address: str) -> None:
        self._is_changed = self._is_changed or address == self._posting

    def _is_closed(self, address: str) -> bool:
        session = self._manager.store.polling.find(address)
        return session is None or session.phase == "closed"


def _portion(outbox: tuple[str | StoredFrame, ...]) -> int:
    """How many frames of an outbox go into one answer."""
    size = 0
    for count, frame in enumerate(outbox[:PACKETS_MAX]):
        size += len(frame.encode()) if isinstance(frame, str) else frame.size
        if count and size > ANSWER_MAX:
            return count
    return min(len(outbox), PACKETS_MAX)


def _payload(frames: list[str]) -> HttpAnswer:
    return HttpAnswer(200, engineio.SEPARATOR.join(frames))


def _refused(code: int) -> HttpAnswer:
    return _json(400, {"code": code, "message": REASONS[code]})


def _json(status: int, body: Mapping[str, Any]) -> HttpAnswer:
    return HttpAnswer(status, json.dumps(body), "application/json")


def _preflight(request: HttpRequest) -> HttpAnswer:
    """Allow a page whatever it asks to send, but for what proxies say of a request: origins are judged by that."""
    wanted = [name.strip() for name in request.headers.get("access-control-request-headers", "").split(",")]
    allowed = ", ".join(name for name in wanted if name and not name.lower().startswith(PROXIES))
    asked = {"access-control-allow-headers": allowed, "vary": "Access-Control-Request-Headers"} if allowed else {}
    return HttpAnswer(204, headers={"access-control-allow-methods": METHODS, "access-control-max-age": "7200", **asked})
