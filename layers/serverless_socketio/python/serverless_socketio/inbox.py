"""Frames in: loads the connection, asks `connection.receive` what a frame means, and carries that out.

===================  ===================================================================  ======================
the effect           is carried out by                                                    and goes back
===================  ===================================================================  ======================
``Connect``          `recovery.resume`, else ``connect`` handlers, then one transaction   CONNECT's answer
``Dispatch``         the event's handler                                                  its ack, if awaited
``Acknowledge``      a callback, or a ``call`` that waits for it                          nothing
``Collect``          `binary`; the whole packet is an effect of its own                   what that effect gives
``Disconnect``       `Manager.disconnect`                                                 nothing
``Reject``           `bad_frame`, by default the event ``error``                          nothing
``Alive``, ``Send``  a sign of life is stored; a probe is answered                        a pong
``Close``            `Manager.close`                                                      nothing
what fails           `faults`                                                             what it owes
===================  ===================================================================  ======================

What goes back to the sender is returned rather than posted, so that a caller may answer in the response of the
invocation.
"""

from __future__ import annotations

import builtins
import logging
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from . import connection as protocol
from . import faults
from .binary import NO_ROOM, packet_of, refused
from .codec.errors import PacketError
from .codec.socketio import Packet, PacketType
from .exceptions import ConditionFailed, ConnectionRefusedError, SocketIOError, StoreError
from .fanout import NOT_KNOWN_TO_HAVE_ARRIVED
from .frames import ack_frames, checked, text_packet
from .model import Connection, Part, PostResult
from .polling.upgrade import UPGRADE, Upgrades
from .pongs import Pongs
from .recovery.resume import find
from .registry import NoHandler
from .request import Acceptance, Request, current, handling
from .sid import new_sid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .manager import Manager
    from .model import Member, Session

logger = logging.getLogger(__name__)

CHANGES = protocol.Close | protocol.Reject | protocol.Connect | protocol.Disconnect
REFUSALS_MAX = 5  # CONNECTs of a connection that are refused, and told why
CACHE_ENTRIES_MAX = 10_000  # about 10 MB

Entered = TypeVar("Entered")
BadFrame: TypeAlias = "Callable[[PacketError], None]"
Fault: TypeAlias = "Callable[[Exception], None]"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A frame as it arrived: on which connection, when (milliseconds), in which request.

    `may_repeat`: the same frame may arrive again, in the same request.
    """

    address: str
    text: str
    received_ms: int
    request_id: str
    may_repeat: bool = False


@dataclass(slots=True)
class Meant:
    """A frame that was read: what it asks for, and of which connection."""

    effect: protocol.Effect
    request: Request
    arrival: Arrival


class Inbox:
    """The way in of one server.

    `bad_frame` is called, with `Server.request` set, for a frame that no handler can see; without it the frame is
    answered by the event ``error``. `fault` is called likewise for a frame whose handling failed and whose sender
    awaits an answer, see `faults`; it may call no store. `spend` is called likewise before a frame that is not an event
    costs anything; False says that it was one too many, and that its sender was told. One pong in each `heartbeat_s` is
    free. `overruns` is asked for every frame; True says that its connection sends too many, and ends it. `cache_s`: how
    long a warm process trusts an accepted connection without reading it again; what other processes change is seen that
    much later. `may_cache` is asked first; False has a connection read with each frame.
    """

    def __init__(
        self,
        manager: Manager,
        *,
        bad_frame: BadFrame | None = None,
        fault: Fault | None = None,
        spend: Callable[[], bool] = lambda: True,
        overruns: Callable[[Connection], bool] = lambda _: False,
        heartbeat_s: float = 0,
        cache_s: float = 0,
        may_cache: Callable[[Connection], bool] = lambda _: True,
    ) -> None:
        self._manager = manager
        self._bad_frame = bad_frame or self._report
        self._fault = fault or self._report_fault
        self._spend = spend
        self._overruns = overruns
        self._pongs = Pongs(manager.clock, heartbeat_s)
        self._upgrades = Upgrades(manager)
        self._cache_s = cache_s
        self._may_cache = may_cache
        self._cache: dict[str, tuple[float, Connection]] = {}
        manager.watch(self._forget)

    def receive(self, arrival: Arrival) -> list[str]:
        """`arrive`, for what arrives where its answers go, too."""
        return self.arrive(arrival)[1]

    def arrive(self, arrival: Arrival) -> tuple[str, list[str]]:
        """Handle one frame; returns the frames that go back, and where. Never raises, whatever was sent and fails.

        A frame on the WebSocket that a polling session has moved to is the session's.
        """
        if session := self._upgrades.session_at(arrival.address):
            arrival = replace(arrival, address=session)
        try:
            meant = self._meant(arrival)
            if not isinstance(meant, Meant):
                return meant
            return meant.arrival.address, self._carry_out(meant)
        except Exception as failure:
            self._mend(failure, faults.unread(arrival, self._post_ack), arrival)
            return arrival.address, []

    def _meant(self, arrival: Arrival) -> Meant | tuple[str, list[str]]:
        """What a frame means on its connection; or what `arrive` returns, for one that means nothing there."""
        cached = self._cached(arrival.address)
        connection = cached or self._read(arrival.address)
        if connection is None:  # ended by the sweeper, say, while the client slept
            self._receive_late(arrival)
            return arrival.address, []
        if connection.session:
            return self._meant_upgraded(connection, arrival)
        if self._overruns(connection):
            self._manager.close(arrival.address, "parse error")
            return arrival.address, []
        effect = protocol.receive(_state(connection), arrival.text)
        if cached and isinstance(effect, CHANGES):
            self._forget(arrival.address)  # what we remember may be old: only a fresh reading may refuse, or change it
            return self._meant(arrival)
        request = Request(
            connection,
            arrival.request_id,
            arrival.received_ms,
            may_repeat=arrival.may_repeat,
            post_ack=self._post_ack,
        )
        return Meant(effect, request, arrival)

    def _meant_upgraded(self, websocket: Connection, arrival: Arrival) -> Meant | tuple[str, list[str]]:
        """A frame on a WebSocket that was opened for a polling session; see `polling.upgrade`."""
        answer = self._upgrades.probe(websocket, arrival.text)
        if answer is not None:
            return websocket.address, answer
        if not self._upgrades.move(websocket) or arrival.text == UPGRADE:
            return websocket.address, []
        return self._meant(replace(arrival, address=websocket.session))

    def accept_native(self, connection: Connection, request_id: str) -> None:
        """Connect a native client, whose handshake is all that it says. Raises ConnectionRefusedError.

        Nothing is stored of a connection before it is judged, nor of one that is refused.
        """
        request = Request(connection, request_id, connection.opened_ms)
        try:
            with handling(request):
                acceptance, _ = self._accept(request, "/", None)
                is_heard = self._manager.hooks.accepted(acceptance.member(connection), acceptance.session)
        except ConnectionRefusedError:
            raise
        except Exception as failure:
            logger.exception("A native client could not be accepted", extra={"request_id": request_id})
            status = 503 if isinstance(failure, SocketIOError) else 500  # a dependency, or a defect
            raise ConnectionRefusedError("Something went wrong on our side", status=status) from failure
        if not is_heard:
            self._manager.closed(connection.address, "transport close")
            raise ConnectionRefusedError("Something went wrong on our side", status=503)

    def _receive_late(self, arrival: Arrival) -> None:
        """A frame on a connection that has ended: only DISCONNECT still means something, to a detached socket."""
        namespace = protocol.disconnect_in(arrival.text)
        if namespace is not None and self._manager.recovery is not None:
            self._manager.store.connections.disconnect_detached(arrival.address, namespace)
        self._manager.transport.close(arrival.address)

    def _carry_out(self, meant: Meant) -> list[str]:
        """Do what a frame means; returns the frames that go back. Never raises what that raises."""
        effect, request = meant.effect, meant.request
        with handling(request):
            try:
                match effect:
                    case protocol.Dispatch():
                        return self._dispatch(effect, request)
                    case protocol.Connect():
                        return self._connect(effect, request)
                    case protocol.Acknowledge():
                        self._acknowledge(effect, request)
                    case protocol.Collect():
                        return self._collect(effect, request, meant.arrival)
                    case protocol.Reject():
                        self._reject(effect.error, request)
                    case protocol.Disconnect():
                        self._disconnect(effect, request)
                    case protocol.Alive() | protocol.Send() | protocol.Ignore():
                        return self._control(effect, request)
                    case protocol.Close():
                        self._manager.close(request.connection.address, effect.reason)
            except Exception as failure:
                self._mend(failure, faults.stand_in(request), meant.arrival)
        return []

    def _mend(self, failure: Exception, request: Request, arrival: Arrival) -> None:
        """Give the sender of a frame that failed what it is owed."""
        logger.error("A frame could not be handled", exc_info=failure, extra={"request_id": arrival.request_id})
        remedy = faults.remedy(arrival.text)
        if remedy == "close":
            self._manager.close(arrival.address, "transport close")
        elif remedy == "answer" and not request.acked:
            with handling(request):
                self._fault(failure)

    def _disconnect(self, effect: protocol.Disconnect, request: Request) -> None:
        """Let a socket go, unless it is the next one: its CONNECT has overtaken this, or this comes once more."""
        connection, received_ms = request.connection, request.received_ms
        is_older = received_ms < connection.accepted_ms.get(effect.namespace, 0)
        if not is_older and received_ms > connection.overtaken.get(effect.namespace, 0):
            self._leave(request, effect.namespace)

    def _leave(self, request: Request, namespace: str, *, overtaken_ms: int | None = None) -> None:
        connection, reason = request.connection, "client disconnect"
        sid = connection.sockets[namespace]
        self._manager.disconnect(connection.address, sid, namespace, reason, tell=False, overtaken_ms=overtaken_ms)

    def _connect(self, effect: protocol.Connect, request: Request) -> list[str]:
        """Accept a socket, once for each frame; one that comes back is answered and replayed to here, in that order."""
        if effect.overtakes:
            if _has_accepted(request.connection, effect.namespace, request) or not self._spends(request):
                return []
            self._leave(request, effect.namespace, overtaken_ms=request.received_ms)
        accepted_ms = {**request.connection.accepted_ms, effect.namespace: request.received_ms}
        request.connection = replace(request.connection, accepted_ms=accepted_ms)
        try:
            if not self._manager.handlers.serves(effect.namespace):
                raise ConnectionRefusedError("Invalid namespace", {"code": "invalid"})
            if self._restore(effect, request):
                return []
            acceptance, said = self._accept(request, effect.namespace, effect.auth)
        except ConnectionRefusedError as refusal:
            return self._refuse(effect.namespace, refusal, request)
        except ConditionFailed:
            found = self._manager.store.connections.find(request.connection.address)
            if found is None or not _has_accepted(found, effect.namespace, request):
                raise
            return []  # the same frame, handled elsewhere at the same time
        return self._greet(acceptance, request, text_packet(Packet(PacketType.CONNECT, effect.namespace, data=said)))

    def _refuse(self, namespace: str, refusal: ConnectionRefusedError, request: Request) -> list[str]:
        """Tell a client why it was refused; one that has been refused too often is closed instead."""
        address = request.connection.address
        if self._manager.store.connections.count_refusal(address) > REFUSALS_MAX:
            self._manager.close(address, "parse error")
            return []
        if request.connection.sockets:
            self._spends(request)
        return [text_packet(Packet(PacketType.CONNECT_ERROR, namespace, data=refusal.error_args))]

    def _restore(self, effect: protocol.Connect, request: Request) -> bool:
        restore = find(self._manager, request.connection, effect.namespace, effect.auth)
        if restore is None:
            return False
        acceptance = self._admit(request, restore.sid, effect.namespace, effect.auth, restore.enter)
        if acceptance is None:
            return False
        restore.replay()
        self._deliver(acceptance)
        self._announce(restore.member, restore.session)
        return True

    def _greet(self, acceptance: Acceptance, request: Request, answer: str) -> list[str]:
        """The answer to CONNECT; posted now if something comes after it: what the handler emitted, hooks."""
        if not self._manager.hooks.greets and not acceptance.events:
            return [answer]
        member = acceptance.member(request.connection)
        outcome = self._manager.fanout.send([(member, [answer])])[member.sid]
        if outcome in NOT_KNOWN_TO_HAVE_ARRIVED:  # it would wait for ever
            self._manager.close(member.address, "transport close")
            return []
        if outcome is PostResult.SENT:
            self._deliver(acceptance)
        self._announce(member, acceptance.session)
        return []

    def _deliver(self, acceptance: Acceptance) -> None:
        """Send an accepted socket what its ``connect`` handler emitted to it, in that order."""
        for event in acceptance.events:
            self._manager.fanout.send(event.packets, logged=not event.awaits_ack)

    def _announce(self, member: Member, session: Session) -> None:
        if not self._manager.hooks.accepted(member, session):
            self._manager.close(member.address, "transport close")

    def _accept(self, request: Request, namespace: str, auth: Any) -> tuple[Acceptance, dict[str, str]]:
        """Connect a new socket; what was accepted, and what CONNECT is answered with."""
        manager, connection = self._manager, request.connection
        recovery = manager.recovery if connection.recovery else None
        sid = new_sid(manager.ids.secret(), connection.address, recoverable=recovery is not None)
        secret = {} if recovery is None else {"pid": manager.ids.secret() + sid}

        def enter(acceptance: Acceptance) -> tuple[Acceptance, dict[str, str]]:
            policy = None if recovery is None else recovery.policy(secret["pid"], acceptance.session)
            with self._opened(connection):
                manager.store.connections.accept(
                    connection, namespace, sid, acceptance.session, acceptance.rooms, policy
                )
            return acceptance, {"sid": sid, **secret}

        return self._admit(request, sid, namespace, auth, enter)

    @contextmanager
    def _opened(self, connection: Connection) -> Iterator[None]:
        """A native connection is stored once it was judged, and not for longer than the block if that fails."""
        if connection.form == "native":
            self._manager.store.connections.open(connection)
        try:
            yield
        except Exception:
            if connection.form == "native":
                self._manager.store.connections.end(connection.address)
            raise

    def _admit(
        self, request: Request, sid: str, namespace: str, auth: Any, enter: Callable[[Acceptance], Entered]
    ) -> Entered:
        """Ask the application, then let the socket `enter`. Raises ConnectionRefusedError, or whatever failed."""
        request.namespace = namespace
        request.acceptance = acceptance = Acceptance(sid, namespace)
        environ = dict(request.connection.environ)
        try:
            answer = self._manager.handlers.trigger_lifecycle("connect", namespace, sid, environ, auth)
            if answer is False or acceptance.is_disconnected:
                raise ConnectionRefusedError
            return enter(acceptance)
        except builtins.ConnectionRefusedError as refusal:
            if refusal.errno is not None:  # a connection that the handler makes was refused: that may pass
                raise
            raise ConnectionRefusedError("Connection refused by server") from refusal  # as python-socketio
        finally:
            request.acceptance = None

    def _dispatch(self, effect: protocol.Dispatch, request: Request) -> list[str]:
        request.namespace, request.event, request.ack_id = effect.namespace, effect.event, effect.ack_id
        try:
            handler, before = self._manager.handlers.find(effect.event, effect.namespace)
        except NoHandler:
            return []  # as python-socketio: an event without a handler is dropped
        result = handler(*before, request.sid, *effect.args)
        if request.ack_id is None or request.acked:
            return []
        args = result if isinstance(result, tuple) else () if result is None else (result,)
        frames = self._ack_frames(request, args)
        request.acked = True
        return frames

    def _control(self, effect: protocol.Alive | protocol.Send | protocol.Ignore, request: Request) -> list[str]:
        """A frame below Socket.IO, or one that asks for nothing: it spends, but for the pong of a heartbeat."""
        address = request.connection.address
        is_alive = isinstance(effect, protocol.Alive)
        if not (is_alive and self._pongs.is_expected(address)) and not self._spends(request):
            return []
        if is_alive:
            # When it was sent, not when it is handled: it may have waited in a queue.
            self._manager.store.connections.seen(address, request.received_ms)
        return [effect.frame] if isinstance(effect, protocol.Send) else []

    def _spends(self, request: Request) -> bool:
        """Let a frame spend that was sent to no socket: whichever there is, is told."""
        request.namespace = next(iter(request.connection.sockets), "/")
        return self._spend()

    def _acknowledge(self, effect: protocol.Acknowledge, request: Request) -> None:
        name = self._manager.store.pending.settle_ack(request.connection.address, effect.ack_id, effect.args)
        if name is None:
            self._spends(request)
        elif name:
            request.namespace = effect.namespace
            self._manager.handlers.trigger_callback(name, effect.args)

    def _collect(self, effect: protocol.Collect, request: Request, arrival: Arrival) -> list[str]:
        """Count a part of a binary packet, then keep it; go on with what is whole."""
        no_room = refused(effect.head, NO_ROOM)
        self._reply_to(no_room, request)
        if not self._spend():
            return []
        attachments = 0 if effect.head is None else effect.head.attachments
        part = Part(arrival.received_ms, arrival.request_id, attachments, len(arrival.text.encode()))
        is_kept, whole = self._manager.store.pending.collect(request.connection.address, part, arrival.text)
        replies: list[str] = []
        for each in whole:
            of_head = replace(request, received_ms=each.parts[0].received_ms)  # its order is that of its head
            packet = packet_of(each)
            if packet is not None:
                replies += self._carry_out(Meant(self._assembled(request, packet), of_head, arrival))
        if not is_kept:
            self._reject(no_room, request)
        return replies

    def _assembled(self, request: Request, packet: Packet | PacketError) -> protocol.Effect:
        if isinstance(packet, PacketError):
            return protocol.Reject(packet)
        return protocol.receive_assembled(_state(request.connection), packet)

    def _reject(self, error: PacketError, request: Request) -> None:
        self._reply_to(error, request)
        self._bad_frame(error)

    def _reply_to(self, error: PacketError, request: Request) -> None:
        """Have the answer to a frame go where its error says, so far as that is connected."""
        sockets = request.connection.sockets
        is_known = error.namespace is None or error.namespace in sockets
        request.namespace = (error.namespace if is_known else None) or next(iter(sockets))
        request.event = error.event
        request.ack_id = error.ack_id if is_known else None  # said in another namespace, it would answer another event

    def _report(self, error: PacketError) -> None:
        request = current()
        body = {"event": request.event, "code": "invalid", "message": error.reason}
        self._manager.fanout.emit([request.member], "error", body)

    def _report_fault(self, failure: Exception) -> None:
        request = current()
        code = "unavailable" if isinstance(failure, StoreError) else "internal"
        body = {"event": request.event, "code": code, "message": "Something went wrong on our side"}
        self._manager.fanout.emit([request.member], "error", body, repeatable=True)

    def _post_ack(self, request: Request, args: tuple[Any, ...]) -> None:
        frames = self._ack_frames(request, args)
        self._manager.fanout.send([(request.member, frames)], repeatable=True)  # clients drop the second
        request.acked_ms = self._manager.clock.now_ms()

    def _ack_frames(self, request: Request, args: tuple[Any, ...]) -> list[str]:
        return checked(ack_frames(request.member, request.ack_id, args), self._manager.max_message_out)

    def _cached(self, address: str) -> Connection | None:
        until, connection = self._cache.get(address, (0.0, None))
        return connection if until > self._manager.clock.monotonic() else None

    def _forget(self, address: str) -> None:
        self._cache.pop(address, None)

    def _read(self, address: str) -> Connection | None:
        connection = self._manager.store.connections.find(address)
        if self._cache_s and connection is not None and connection.sockets and self._may_cache(connection):
            if len(self._cache) >= CACHE_ENTRIES_MAX:
                self._cache.clear()
            self._cache[address] = (self._manager.clock.monotonic() + self._cache_s, connection)
        return connection


def _has_accepted(connection: Connection, namespace: str, request: Request) -> bool:
    """Whether a connection has the socket that this very CONNECT asks for, since it has come before."""
    is_there = request.may_repeat and namespace in connection.sockets
    return is_there and connection.accepted_ms.get(namespace) == request.received_ms


def _state(connection: Connection) -> protocol.State:
    return protocol.State(connection.form, connection.sockets, has_left=connection.left_ms > 0)
