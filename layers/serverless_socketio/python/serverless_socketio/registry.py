"""Who handles which event: registration and look-up, as python-socketio does it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Handler = TypeVar("Handler", bound="Callable[..., Any]")

Found: TypeAlias = "tuple[Callable[..., Any], tuple[str, ...]]"

RESERVED = frozenset({"connect", "disconnect"})  # never caught by a catch-all handler


class NamespaceHandler(Protocol):
    """A class-based namespace, as `namespace.Namespace` is one."""

    namespace: str

    def _set_server(self, server: Registry) -> None: ...


class NoHandler(LookupError):  # noqa: N818 - an outcome, not a fault
    """Nobody handles this event."""


class Registry:
    """Handlers by namespace and event; class-based namespaces; named callbacks."""

    def __init__(self) -> None:
        self._handlers: dict[str, dict[str, Callable[..., Any]]] = {}
        self._namespaces: dict[str, NamespaceHandler] = {}
        self._callbacks: dict[str, Callable[..., Any]] = {}

    def on(self, event: str, handler: Callable[..., Any] | None = None, namespace: str | None = None) -> Any:
        """Register a handler, by call or as a decorator.

        ``connect(sid, environ, auth)`` and ``disconnect(sid, reason)`` are called for sockets, any other name for
        events of clients, with ``(sid, *args)``; what it returns is the acknowledgement. ``*`` catches every event that
        has no handler of its own, with the event's name first; ``*`` as the namespace likewise.
        """

        def register(function: Handler) -> Handler:
            self._handlers.setdefault(namespace or "/", {})[event] = function
            return function

        return register if handler is None else register(handler)

    def event(self, *args: Any, **kwargs: Any) -> Any:
        """Register a function under its own name: ``@sio.event`` or ``@sio.event(namespace="/chat")``."""
        if len(args) == 1 and not kwargs and callable(args[0]):
            return self.on(args[0].__name__)(args[0])

        def register(function: Handler) -> Handler:
            self.on(function.__name__, function, *args, **kwargs)
            return function

        return register

    def register_namespace(self, namespace_handler: NamespaceHandler) -> None:
        """Register a class-based namespace; its ``on_<event>`` methods are the handlers."""
        namespace_handler._set_server(self)
        self._namespaces[namespace_handler.namespace] = namespace_handler

    def callback(self, handler: Handler) -> Handler:
        """Register what ``emit(callback=…)`` may name.

        The acknowledgement arrives in another invocation: a closure would be lost.
        """
        self._callbacks[handler.__name__] = handler
        return handler

    def callback_name(self, callback: Callable[..., Any] | str) -> str:
        """The name a registered callback is stored by; ValueError if it was not registered."""
        name = callback if isinstance(callback, str) else callback.__name__
        if name not in self._callbacks or (callable(callback) and self._callbacks[name] is not callback):
            raise ValueError(f"{name} is not a registered callback: decorate it with @sio.callback")
        return name

    def serves(self, namespace: str) -> bool:
        """Whether clients may connect to this namespace."""
        return bool({namespace, "*"} & (self._handlers.keys() | self._namespaces.keys()))

    def trigger(self, event: str, namespace: str, *args: Any) -> Any:
        """Call the handler of a client's event; NoHandler if there is none.

        Functions come before classes, names before ``*``. A client that names its event ``connect`` gets no nearer to
        the handler of that name than with any unknown event.
        """
        found = None if event in RESERVED else self._find(event, namespace)
        handler, extra = found or self._find_catch_all(event, namespace)
        return handler(*extra, *args)

    def trigger_lifecycle(self, event: str, namespace: str, sid: str, *args: Any) -> Any:
        """Call ``connect`` or ``disconnect``, if there is one, with as many of the arguments as it takes."""
        found = self._find(event, namespace)
        if found is None:
            return None
        handler, extra = found
        return handler(*_fitting(handler, (*extra, sid, *args)))

    def _find(self, event: str, namespace: str) -> Found | None:
        for place, extra in ((namespace, ()), ("*", (namespace,))):
            handler = self._handlers.get(place, {}).get(event)
            handler = handler or getattr(self._namespaces.get(place), f"on_{event}", None)
            if handler is not None:
                return handler, extra
        return None

    def _find_catch_all(self, event: str, namespace: str) -> Found:
        for place, extra in ((namespace, (event,)), ("*", (event, namespace))):
            handler = self._handlers.get(place, {}).get("*")
            if handler is not None:
                return handler, extra
        raise NoHandler(event)


def _fitting(handler: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
    """As many of `args` as the handler takes: older python-socketio handlers have neither ``auth`` nor ``reason``."""
    parameters = inspect.signature(handler).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return args
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return args[: len(positional)]
