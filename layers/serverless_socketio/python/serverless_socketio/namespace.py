"""Class-based namespaces, as python-socketio has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .registry import LIFECYCLE, fitting

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from .emitter import Rooms
    from .model import Session
    from .registry import Registry
    from .server import Server


class Namespace:
    """Handlers of one namespace as methods: ``on_connect``, ``on_disconnect``, ``on_<event>``.

    Its methods are the server's, with this namespace as the default::

        class Chat(Namespace):
            def on_say(self, sid, text):
                self.emit("said", text, room="lobby")

        sio.register_namespace(Chat("/chat"))
    """

    def __init__(self, namespace: str | None = None) -> None:
        self.namespace = namespace or "/"
        self._server: Server | None = None

    def _set_server(self, server: Registry) -> None:
        self._server = cast("Server", server)

    @property
    def server(self) -> Server:
        """The server it is registered with; RuntimeError before that."""
        if self._server is None:
            raise RuntimeError("Register the namespace with a server first")
        return self._server

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Call ``on_<event>``, if there is one; what it returns is the acknowledgement.

        A class that dispatches in another way has a method of its own in this place. `event` is what a client sent, or
        ``connect`` or ``disconnect``.
        """
        method = getattr(self, f"on_{event}", None)
        if method is None:
            return None
        return method(*(fitting(method, args) if event in LIFECYCLE else args))

    def emit(
        self,
        event: str,
        data: Any = None,
        to: Rooms | None = None,
        room: Rooms | None = None,
        skip_sid: Rooms | None = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | str | None = None,
        ignore_queue: bool = False,
    ) -> None:
        """See `Server.emit`."""
        self.server.emit(event, data, to, room, skip_sid, namespace or self.namespace, callback, ignore_queue)

    def send(
        self,
        data: Any,
        to: Rooms | None = None,
        room: Rooms | None = None,
        skip_sid: Rooms | None = None,
        namespace: str | None = None,
        callback: Callable[..., Any] | str | None = None,
        ignore_queue: bool = False,
    ) -> None:
        """See `Server.send`."""
        self.server.send(data, to, room, skip_sid, namespace or self.namespace, callback, ignore_queue)

    def call(
        self,
        event: str,
        data: Any = None,
        to: str | None = None,
        sid: str | None = None,
        namespace: str | None = None,
        timeout: float | None = None,
        ignore_queue: bool = False,
    ) -> Any:
        """See `Server.call`."""
        seconds = {} if timeout is None else {"timeout": timeout}
        return self.server.call(event, data, to, sid, namespace or self.namespace, ignore_queue=ignore_queue, **seconds)

    def enter_room(self, sid: str, room: str, namespace: str | None = None) -> None:
        """See `Server.enter_room`."""
        self.server.enter_room(sid, room, namespace or self.namespace)

    def leave_room(self, sid: str, room: str, namespace: str | None = None) -> None:
        """See `Server.leave_room`."""
        self.server.leave_room(sid, room, namespace or self.namespace)

    def close_room(self, room: str, namespace: str | None = None) -> None:
        """See `Server.close_room`."""
        self.server.close_room(room, namespace or self.namespace)

    def rooms(self, sid: str, namespace: str | None = None) -> list[str]:
        """See `Server.rooms`."""
        return self.server.rooms(sid, namespace or self.namespace)

    def get_session(self, sid: str, namespace: str | None = None) -> Session:
        """See `Server.get_session`."""
        return self.server.get_session(sid, namespace or self.namespace)

    def save_session(self, sid: str, session: Session, namespace: str | None = None) -> None:
        """See `Server.save_session`."""
        self.server.save_session(sid, session, namespace or self.namespace)

    def session(self, sid: str, namespace: str | None = None) -> AbstractContextManager[Session]:
        """See `Server.session`."""
        return self.server.session(sid, namespace or self.namespace)

    def disconnect(self, sid: str, namespace: str | None = None) -> None:
        """See `Server.disconnect`."""
        self.server.disconnect(sid, namespace or self.namespace)
