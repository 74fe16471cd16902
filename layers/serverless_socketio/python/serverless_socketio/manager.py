"""What a server is made of, and how its sockets and connections end.

A *socket* ends by a DISCONNECT, from either side; its connection stays open. A *connection* ends by the client's close,
by the server's, or is found gone. The part that learns of an end calls one of these, any of them may come twice, and
handlers run once, since the store gives what has ended to one caller only::

    learned from                                      calls
    the client's DISCONNECT, ``Server.disconnect``    `Manager.disconnect`, one socket
    a bad frame, a failure, the heartbeat             `Manager.close`, which also closes the WebSocket
    ``$disconnect``, a post that is answered 410      `Manager.closed`, the WebSocket is closed already

A polling session that has moved ends with its WebSocket; one that has not goes on by polling.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .codec.socketio import Packet, PacketType
from .emitter import Emitter
from .frames import text_packet
from .request import CURRENT, Request, handling
from .sid import address_of, is_recoverable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .fanout import Fanout
    from .hooks import Hooks
    from .model import Connection
    from .ports import Ports
    from .recovery.state import Recovery
    from .registry import Handlers

logger = logging.getLogger(__name__)

FINAL_REASONS = frozenset({"server disconnect", "parse error"})  # after these no socket of the connection is resumed
WANTED_REASONS = FINAL_REASONS | {"client disconnect"}
"""Of ends that are a sign of life. Engine.IO's close packet is not final: JavaScript's client sends it on polling, too,
when a GET has failed, and comes back; one that wants no more leaves its namespaces first."""
HANDSHAKE_MS = 5_000  # a native client is accepted before it can be posted to: no longer than this before


class Manager:
    """The inner side of a `server.Server`, for those that carry frames and ticks to it.

    `handlers` and `hooks` are the application's. `everyone_room`: see `Emitter`. `recovery`: what clients that ask for
    it are promised.
    """

    def __init__(
        self,
        handlers: Handlers,
        hooks: Hooks,
        ports: Ports,
        *,
        everyone_room: str | None = None,
        recovery: Recovery | None = None,
    ) -> None:
        self.handlers = handlers
        self.hooks = hooks
        self.store = ports.store
        self.clock = ports.clock
        self.ids = ports.ids
        self.max_message_out = ports.max_message_out
        self.recovery = recovery
        self.emitter = Emitter(
            ports.store,
            ports.transport,
            on_gone=self._gone,
            find=self.connection_of,
            max_message_out=ports.max_message_out,
            everyone_room=everyone_room,
            relay=ports.relay,
            large_room=ports.large_room,
            meter=ports.meter,
            clock=ports.clock,
        )
        self.transport = self.emitter.transport  # to every kind of address
        self._watchers: list[Callable[[str], object]] = []

    @property
    def fanout(self) -> Fanout:
        """The way out to members that are known already."""
        return self.emitter.fanout

    def connection_of(self, sid: str) -> Connection | None:
        """The connection of a socket; that of the frame being handled costs no read, any other one or two."""
        request = CURRENT.get()
        if request is not None and sid in request.connection.sockets.values():
            return request.connection
        address = self.address_of(sid)
        return None if address is None else self.store.connections.find(address)

    def address_of(self, sid: str) -> str | None:
        """Where a socket is; None while it is detached. One read if it is recoverable, see `sid`."""
        if not is_recoverable(sid):
            return address_of(sid)
        state = self.store.recovery.state(sid)
        return None if state is None or state.phase == "detached" else state.address

    def disconnect(
        self,
        address: str,
        sid: str,
        namespace: str,
        reason: str,
        *,
        tell: bool = True,
        overtaken_ms: int | None = None,
    ) -> None:
        """End one socket of a connection. `tell`: its client does not know yet.

        The connection stays open, as a stock server keeps it: another CONNECT may be on its way. That of a native
        client ends with its socket, and so does one whose end could not be prepared: its ``$disconnect`` tries again.
        `overtaken_ms`: see `ConnectionStore.release`.
        """
        connection = self.store.connections.find(address)  # read now: another namespace may have connected a moment ago
        if connection is None and is_recoverable(sid):  # the end has overtaken this DISCONNECT
            self.store.connections.disconnect_detached(address, namespace)
        if connection is None or connection.sockets.get(namespace) != sid:
            return
        if connection.form == "socketio" and tell:
            self.transport.post(address, text_packet(Packet(PacketType.DISCONNECT, namespace)))
        if connection.form == "native" or not self._is_prepared(connection, reason, [namespace]):
            self.close(address, reason)
        elif self.store.connections.release(connection, namespace, overtaken_ms=overtaken_ms):
            self.changed(address)
            self._run_disconnect(connection, {namespace: sid}, reason)
        elif is_recoverable(sid):  # the end has overtaken it since it was looked for
            self.store.connections.disconnect_detached(address, namespace)

    def close(self, address: str, reason: str) -> None:
        """End a connection; never raises.

        Cleaned up first, so that handlers hear this reason and not that of the close that API Gateway reports then: a
        clean-up that fails is tried again by that report, and by the heartbeat.
        """
        try:
            self.closed(address, reason)
        except Exception:
            logger.exception("A connection could not be cleaned up")
        self.transport.close(address)

    def closed(self, address: str, reason: str, *, by_client: bool = False) -> None:
        """Clean up after a connection that has ended, however that was learned; ``disconnect`` handlers run once.

        Unless the end was wanted, its recoverable sockets may come back. `by_client`: the client closed it just now,
        which is a sign of life, the last one.
        """
        self._end(address, reason, lambda found: self._is_prepared(found, reason, found.sockets, by_client=by_client))

    def _end(self, address: str, reason: str, may_end: Callable[[Connection], bool]) -> None:
        connection = self.store.connections.end(address, may_end, final=reason in FINAL_REASONS)
        self.changed(address)
        if connection is None:
            return
        self._run_disconnect(connection, connection.sockets, reason)
        if connection.session and not self.store.polling.unprobe(connection.session, address):
            self._end(connection.session, reason, may_end)  # it had moved to this WebSocket

    def watch(self, watcher: Callable[[str], object]) -> None:
        """Call `watcher` with the address of each connection that this process changes or ends."""
        self._watchers.append(watcher)

    def changed(self, address: str) -> None:
        """Tell the watchers of a connection that was changed."""
        for watcher in self._watchers:
            watcher(address)

    def _run_disconnect(self, connection: Connection, sockets: Mapping[str, str], reason: str) -> None:
        """Run ``disconnect`` handlers. What one raises is logged: the caller only learned of the end."""
        for namespace, sid in sockets.items():
            request = Request(connection, id="", received_ms=self.clock.now_ms(), namespace=namespace)
            try:
                with handling(request):
                    self.handlers.trigger_lifecycle("disconnect", namespace, sid, reason)
            except Exception:
                logger.exception("A disconnect handler failed")

    def _gone(self, address: str) -> None:
        """A post found no connection. That of a native client in its handshake is not there yet, rather than gone."""
        opened_ms, reason = self.clock.now_ms() - HANDSHAKE_MS, "transport close"

        def is_gone(found: Connection) -> bool:
            is_there = found.form == "socketio" or found.opened_ms < opened_ms
            return is_there and self._is_prepared(found, reason, found.sockets)

        self._end(address, reason, is_gone)

    def _is_prepared(
        self, found: Connection, reason: str, namespaces: Iterable[str], *, by_client: bool = False
    ) -> bool:
        """Whether the end of sockets could be prepared. An end that was wanted is a sign of life, too."""
        is_heard = by_client or reason in WANTED_REASONS
        return self.hooks.ending(found, namespaces, self.clock.now_ms() if is_heard else found.seen_ms)
