"""Frames in: loads the connection, asks `connection.receive` what a frame means, and carries that out.

What goes back to the sender (acks, the answer to CONNECT, pongs) is returned rather than posted, so that an adaptor may
answer in the response of the invocation.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from . import connection as protocol
from . import faults
from .assembly import assemble, strays
from .codec import native
from .codec.errors import PacketError
from .codec.socketio import Packet, PacketType
from .exceptions import ConnectionRefusedError, SocketIOError, StoreError
from .fanout import NOT_KNOWN_TO_HAVE_ARRIVED, packet_frames, text_packet
from .ports import LASTING, Connection, Part
from .recovery import find
from .registry import NoHandler
from .request import CURRENT, Acceptance, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .ports import Member, Session
    from .server import Server

logger = logging.getLogger(__name__)

CACHE_ENTRIES_MAX = 10_000  # about 10 MB
HEAD_POLLS, HEAD_POLL_S = 15, 0.2  # an attachment waits for its head, which may have met a cold start

Entered = TypeVar("Entered")
BadFrame: TypeAlias = "Callable[[PacketError], None]"
Fault: TypeAlias = "Callable[[Exception], None]"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A frame as it arrived: on which connection, when (milliseconds), in which request."""

    address: str
    text: str
    received_ms: int
    request_id: str


class Inbox:
    """The way in of one server.

    `bad_frame` is called, with `Server.request` set, for a frame that no handler can see; without it the frame is
    answered by the event ``error``. `fault` is called likewise for a frame whose handling failed and whose sender
    awaits an answer, see `faults`; it may call no store. `cache_s`: how long a warm process trusts an accepted
    connection without reading it again; what other processes change is seen that much later.
    """

    def __init__(
        self, server: Server, *, bad_frame: BadFrame | None = None, fault: Fault | None = None, cache_s: float = 0
    ) -> None:
        self._server = server
        self._bad_frame = bad_frame or self._report
        self._fault = fault or self._report_fault
        self._cache_s = cache_s
        self._cache: dict[str, tuple[float, Connection]] = {}
        server.watch(self._forget)

    def receive(self, arrival: Arrival) -> list[str]:
        """Handle one frame; returns the frames that go back. Never raises, whatever was sent and whatever fails."""
        try:
            return self._receive(arrival)
        except Exception as failure:
            self._mend(failure, faults.unread(arrival, self._post_ack), arrival)
            return []

    def _receive(self, arrival: Arrival) -> list[str]:
        cached = self._cached(arrival.address)
        connection = cached or self._read(arrival.address)
        if connection is None:  # ended by the sweeper, say, while the client slept
            self._part_late(arrival)
            return []
        effects = protocol.receive(_state(connection), arrival.text)
        if cached and any(
            isinstance(effect, protocol.Close | protocol.Reject | protocol.Connect) for effect in effects
        ):
            self._forget(arrival.address)  # what we remember may be old: only a fresh reading may refuse
            return self._receive(arrival)
        request = Request(connection, arrival.request_id, arrival.received_ms, post_ack=self._post_ack)
        return self._carry_out(effects, request, arrival)

    def accept_native(self, connection: Connection, request_id: str) -> None:
        """Connect a native client, whose handshake is all that it says. Raises ConnectionRefusedError."""
        request = Request(connection, request_id, connection.opened_ms)
        try:
            with _handling(request):
                acceptance, _ = self._accept(request, "/", None)
                is_heard = self._server.hooks.accepted(acceptance.member(connection), acceptance.session)
        except ConnectionRefusedError:
            raise
        except Exception as failure:
            logger.exception("A native client could not be accepted", extra={"request_id": request_id})
            status = 503 if isinstance(failure, SocketIOError) else 500  # a dependency, or a defect
            raise ConnectionRefusedError("Something went wrong on our side", status=status) from failure
        if not is_heard:
            self._server.closed(connection.address, "transport close")
            raise ConnectionRefusedError("Something went wrong on our side", status=503)

    def _part_late(self, arrival: Arrival) -> None:
        """A frame on a connection that has ended: only a goodbye means anything still, to who could come back."""
        namespace = protocol.farewell(arrival.text)
        if namespace is not None and self._server.recovery is not None:
            self._server.store.dismiss(arrival.address, namespace)
        self._server.transport.close(arrival.address)

    def _carry_out(self, effects: list[protocol.Effect], request: Request, arrival: Arrival) -> list[str]:
        replies: list[str] = []
        with _handling(request):
            for effect in effects:
                try:
                    replies += self._perform(effect, request, arrival)
                except Exception as failure:
                    self._mend(failure, faults.stand_in(request), arrival)
        return replies

    def _mend(self, failure: Exception, request: Request, arrival: Arrival) -> None:
        """Give the sender of a frame that failed what it is owed."""
        logger.error("A frame could not be handled", exc_info=failure, extra={"request_id": arrival.request_id})
        remedy = faults.remedy(arrival.text)
        if remedy == "close":
            self._server.hang_up(arrival.address, "transport close")
        elif remedy == "answer" and not request.acked:
            with _handling(request):
                self._fault(failure)

    def _perform(self, effect: protocol.Effect, request: Request, arrival: Arrival) -> list[str]:
        match effect:
            case protocol.Dispatch():
                return self._dispatch(effect, request)
            case protocol.Alive():
                self._server.store.seen(request.connection.address, self._server.clock.now_ms())
            case protocol.Connect():
                return self._connect(effect, request)
            case protocol.Acknowledge():
                self._acknowledge(effect, request)
            case protocol.Collect():
                return self._collect(request, arrival)
            case protocol.Reject():
                self._reject(effect.error, request)
            case protocol.Disconnect():
                sid = request.connection.sockets[effect.namespace]
                self._server.drop(request.connection.address, sid, effect.namespace, "client disconnect", tell=False)
            case protocol.Send():
                return [effect.frame]
            case protocol.Close():
                self._server.hang_up(request.connection.address, effect.reason)
        return []

    def _connect(self, effect: protocol.Connect, request: Request) -> list[str]:
        """Accept a socket; one that comes back is answered and replayed to here, in that order."""
        try:
            if not self._server.serves(effect.namespace):
                raise ConnectionRefusedError("Invalid namespace", {"code": "invalid"})
            if self._come_back(effect, request):
                return []
            acceptance, said = self._accept(request, effect.namespace, effect.auth)
        except ConnectionRefusedError as refusal:
            return [text_packet(Packet(PacketType.CONNECT_ERROR, effect.namespace, data=refusal.error_args))]
        answer = text_packet(Packet(PacketType.CONNECT, effect.namespace, data=said))
        return self._greet(acceptance.member(request.connection), acceptance.session, answer)

    def _come_back(self, effect: protocol.Connect, request: Request) -> bool:
        comeback = find(self._server, request.connection, effect.namespace, effect.auth)
        if comeback is None or not self._admit(request, comeback.sid, effect.namespace, effect.auth, comeback.enter):
            return False
        comeback.replay()
        self._tell_of(comeback.member, comeback.session)
        return True

    def _greet(self, member: Member, session: Session, answer: str) -> list[str]:
        """The answer to CONNECT; posted now if there are hooks, which come after it."""
        if not self._server.hooks.greets:
            return [answer]
        outcomes = self._server.fanout.send_each([(member, [answer])])
        if outcomes[member.sid] in NOT_KNOWN_TO_HAVE_ARRIVED:  # it would wait for ever
            self._server.hang_up(member.address, "transport close")
        else:
            self._tell_of(member, session)
        return []

    def _tell_of(self, member: Member, session: Session) -> None:
        if not self._server.hooks.accepted(member, session):
            self._server.hang_up(member.address, "transport close")

    def _accept(self, request: Request, namespace: str, auth: Any) -> tuple[Acceptance, dict[str, str]]:
        """Connect a new socket; what was accepted, and what CONNECT is answered with."""
        server, connection = self._server, request.connection
        recovery = server.recovery if connection.recovery else None
        sid = server.ids.sid(connection.address if recovery is None else LASTING + connection.address)
        secret = {} if recovery is None else {"pid": server.ids.pid(sid)}

        def enter(acceptance: Acceptance) -> tuple[Acceptance, dict[str, str]]:
            terms = None if recovery is None else recovery.terms(secret["pid"], acceptance.session)
            server.store.accept(connection, namespace, sid, acceptance.session, acceptance.rooms, terms)
            return acceptance, {"sid": sid, **secret}

        return self._admit(request, sid, namespace, auth, enter)

    def _admit(
        self, request: Request, sid: str, namespace: str, auth: Any, enter: Callable[[Acceptance], Entered]
    ) -> Entered:
        """Ask the application, then let the socket `enter`. Raises ConnectionRefusedError, or whatever failed."""
        request.namespace = namespace
        request.acceptance = acceptance = Acceptance(sid, namespace)
        environ = dict(request.connection.environ)
        try:
            if self._server.trigger_lifecycle("connect", namespace, sid, environ, auth) is False:
                raise ConnectionRefusedError
            return enter(acceptance)
        finally:
            request.acceptance = None

    def _dispatch(self, effect: protocol.Dispatch, request: Request) -> list[str]:
        request.namespace, request.event, request.ack_id = effect.namespace, effect.event, effect.ack_id
        try:
            result = self._server.trigger(effect.event, effect.namespace, request.sid, *effect.args)
        except NoHandler:
            return []  # as python-socketio: an event that nobody handles is dropped
        if request.ack_id is None or request.acked:
            return []
        args = result if isinstance(result, tuple) else () if result is None else (result,)
        frames = self._server.fanout.fitting(ack_frames(request, args))
        request.acked = True
        return frames

    def _acknowledge(self, effect: protocol.Acknowledge, request: Request) -> None:
        name = self._server.store.settle_ack(request.connection.address, effect.ack_id, effect.args)
        if name is not None:
            request.namespace = effect.namespace
            self._server.trigger_callback(name, effect.args)

    def _collect(self, request: Request, arrival: Arrival) -> list[str]:
        store, address = self._server.store, request.connection.address
        part = Part(arrival.received_ms, arrival.request_id, arrival.text)
        parts = store.add_part(address, part)
        replies: list[str] = []
        for packet, used in assemble(parts):
            if store.take_parts(address, used):
                whole = replace(request, received_ms=used[0].received_ms)  # its place is that of its head
                replies += self._carry_out(self._assembled(request, packet), whole, arrival)
        if part in strays(parts) and self._stays_stray(address, part) and store.take_parts(address, [part]):
            self._reject(PacketError("An attachment came without the packet that announces it"), request)
        return replies

    def _assembled(self, request: Request, packet: Packet | PacketError) -> list[protocol.Effect]:
        if isinstance(packet, PacketError):
            return [protocol.Reject(packet)]
        return protocol.receive_assembled(_state(request.connection), packet)

    def _stays_stray(self, address: str, part: Part) -> bool:
        """Give the head, which another invocation may be storing, a few seconds to appear."""
        for _ in range(HEAD_POLLS):
            self._server.clock.sleep(HEAD_POLL_S)
            if part not in strays(self._server.store.parts(address)):
                return False
        return True

    def _reject(self, error: PacketError, request: Request) -> None:
        sockets = request.connection.sockets
        request.namespace = next(iter(sockets))
        request.event = error.event
        if error.namespace is None or error.namespace in sockets:
            request.namespace = error.namespace or request.namespace
            request.ack_id = error.ack_id  # said in another namespace, the same id would answer another event
        self._bad_frame(error)

    def _report(self, error: PacketError) -> None:
        request = self._server.request
        body = {"event": request.event, "code": "invalid", "message": error.reason}
        self._server.fanout.emit([request.member], "error", body)

    def _report_fault(self, failure: Exception) -> None:
        request = self._server.request
        code = "unavailable" if isinstance(failure, StoreError) else "internal"
        body = {"event": request.event, "code": code, "message": "Something went wrong on our side"}
        self._server.fanout.emit([request.member], "error", body, repeatable=True)

    def _post_ack(self, request: Request, args: tuple[Any, ...]) -> None:
        frames = self._server.fanout.fitting(ack_frames(request, args))
        self._server.fanout.send_each([(request.member, frames)], repeatable=True)  # clients drop the second

    def _cached(self, address: str) -> Connection | None:
        until, connection = self._cache.get(address, (0.0, None))
        return connection if until > self._server.clock.monotonic() else None

    def _forget(self, address: str) -> None:
        self._cache.pop(address, None)

    def _read(self, address: str) -> Connection | None:
        connection = self._server.store.find(address)
        if self._cache_s and connection is not None and connection.sockets:
            if len(self._cache) >= CACHE_ENTRIES_MAX:
                self._cache.clear()
            self._cache[address] = (self._server.clock.monotonic() + self._cache_s, connection)
        return connection


def ack_frames(request: Request, args: tuple[Any, ...]) -> list[str]:
    """An acknowledgement in the form of its connection.

    A native client gets the fields of the first argument beside ``id``; what has no fields, as ``data``.
    """
    if request.connection.form == "native":
        first = args[0] if args else {}
        fields = first if isinstance(first, dict) else {"data": first}
        return [native.encode_ack(str(request.ack_id), fields)]
    if not isinstance(request.ack_id, int):
        return []
    return packet_frames(Packet(PacketType.ACK, request.namespace, request.ack_id, list(args)))


def _state(connection: Connection) -> protocol.State:
    return protocol.State(connection.form, connection.sockets)


@contextmanager
def _handling(request: Request) -> Iterator[None]:
    token = CURRENT.set(request)
    try:
        yield
    finally:
        CURRENT.reset(token)
