"""Which handler is called for which event: registration and look-up, as python-socketio does it."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, overload, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

Handler = TypeVar("Handler", bound="Callable[..., Any]")

Found: TypeAlias = "tuple[Callable[..., Any], tuple[str, ...]]"

CATCH_ALL = "*"
LIFECYCLE = frozenset({"connect", "disconnect"})  # handlers of these names are the server's to call, not a client's


@runtime_checkable
class NamespaceHandler(Protocol):
    """A class-based namespace, as `namespace.Namespace` is one."""

    namespace: str

    def trigger_event(self, event: str, *args: Any) -> Any:
        """Handle an event of a client, ``connect`` or ``disconnect``."""
        ...

    def _set_server(self, server: Registry) -> None: ...


class NoHandler(LookupError):  # noqa: N818 - an outcome, not a fault
    """This event has no handler."""


class Handlers:
    """What was registered, and how the handler of an event is found."""

    def __init__(self) -> None:
        self.functions: dict[str, dict[str | None, Callable[..., Any]]] = {}
        self.namespaces: dict[str, NamespaceHandler] = {}
        self.callbacks: dict[str, Callable[..., Any]] = {}

    def callback_name(self, callback: Callable[..., Any] | str) -> str:
        """The name a registered callback is stored by; ValueError if it was not registered."""
        name = callback if isinstance(callback, str) else callback.__name__
        if name not in self.callbacks or (callable(callback) and self.callbacks[name] is not callback):
            raise ValueError(f"{name} is not a registered callback: decorate it with @sio.callback")
        return name

    def serves(self, namespace: str) -> bool:
        """Whether clients may connect to this namespace; to the main one they always may."""
        return bool({namespace, CATCH_ALL} & {"/", *self.functions, *self.namespaces})

    def find(self, event: str, namespace: str) -> Found:
        """The handler of a client's event, and what it is told before the sid; NoHandler if there is none.

        A client that names its event ``connect`` or ``*`` gets no nearer to the handlers of those names than with any
        unknown event.
        """
        name = None if event in LIFECYCLE or event == CATCH_ALL else event
        found = self._find(name, namespace, caught=event)
        if found is None:
            raise NoHandler(event)
        return found

    def trigger_lifecycle(self, event: str, namespace: str, sid: str, *args: Any) -> Any:
        """Call ``connect`` or ``disconnect``, if there is one, with as many of the arguments as it takes."""
        found = self._find(event, namespace, caught=None)
        if found is None:
            return None
        handler, before = found
        return handler(*fitting(handler, (*before, sid, *args)))

    def trigger_callback(self, name: str, args: list[Any]) -> None:
        """Call a named callback; NoHandler if this process registered none of that name."""
        if name not in self.callbacks:
            raise NoHandler(name)
        self.callbacks[name](*args)

    def _find(self, name: str | None, namespace: str, *, caught: str | None) -> Found | None:
        """The handler, and what it is told first.

        As in python-socketio: functions before classes, the namespace itself before ``*``, the event before ``*``.
        `caught`: what a catch-all handler is told; None keeps it out of this.
        """
        places: tuple[tuple[str, tuple[str, ...]], ...] = ((namespace, ()), (CATCH_ALL, (namespace,)))
        for place, before in places:
            handlers = self.functions.get(place, {})
            if name in handlers:
                return handlers[name], before
            if caught is not None and CATCH_ALL in handlers:
                return handlers[CATCH_ALL], (caught, *before)
        for place, before in places:
            if name is not None and place in self.namespaces:
                return partial(self.namespaces[place].trigger_event, name), before
        return None


class Registry:
    """The application's side: functions by namespace and event, class-based namespaces, named callbacks."""

    def __init__(self) -> None:
        self._handlers = Handlers()

    @overload
    def on(self, event: str, handler: None = None, namespace: str | None = None) -> Callable[[Handler], Handler]: ...

    @overload
    def on(self, event: str, handler: Handler, namespace: str | None = None) -> Handler: ...

    def on(self, event: str, handler: Callable[..., Any] | None = None, namespace: str | None = None) -> Any:
        """Register a handler, by call or as a decorator.

        ``connect(sid, environ, auth)`` and ``disconnect(sid, reason)`` are called for sockets, any other name for
        events of clients, with ``(sid, *args)``; what it returns is the acknowledgement. ``*`` catches every event that
        has no handler of its own, with the event's name first; ``*`` as the namespace likewise. TypeError for a
        coroutine function.
        """

        def register(function: Handler) -> Handler:
            self._handlers.functions.setdefault(namespace or "/", {})[event] = _plain(function)
            return function

        return register if handler is None else register(handler)

    @overload
    def event(self, handler: Handler, /) -> Handler: ...

    @overload
    def event(self, namespace: str | None = None) -> Callable[[Handler], Handler]: ...

    def event(self, *args: Any, **kwargs: Any) -> Any:
        """Register a function under its own name: ``@sio.event`` or ``@sio.event(namespace="/chat")``."""
        if len(args) == 1 and not kwargs and callable(args[0]):
            return self.on(args[0].__name__)(args[0])

        def register(function: Handler) -> Handler:
            self.on(function.__name__, function, *args, **kwargs)
            return function

        return register

    def register_namespace(self, namespace_handler: NamespaceHandler) -> None:
        """Register a class-based namespace; its ``on_<event>`` methods are the handlers.

        TypeError for a coroutine, ValueError for what is no namespace.
        """
        if not isinstance(namespace_handler, NamespaceHandler):
            raise ValueError("Not a namespace instance")  # noqa: TRY004 - python-socketio's error
        for name in dir(namespace_handler):
            if name.startswith("on_") or name == "trigger_event":
                _plain(getattr(namespace_handler, name))
        namespace_handler._set_server(self)
        self._handlers.namespaces[namespace_handler.namespace] = namespace_handler

    def callback(self, handler: Handler) -> Handler:
        """Register what ``emit(callback=…)`` may name.

        The acknowledgement arrives in another invocation: a closure would be lost.
        """
        self._handlers.callbacks[handler.__name__] = _plain(handler)
        return handler


def _plain(handler: Handler) -> Handler:
    """The handler, if calling it is all that it takes. TypeError for a coroutine, which would not be awaited."""
    called = handler.func if isinstance(handler, partial) else handler
    for function in (called, getattr(called, "__call__", None)):  # noqa: B004 - an object's own, which may be a coroutine
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            name = getattr(called, "__qualname__", repr(called))
            raise TypeError(
                f"{name} is a coroutine function, but one invocation serves one frame: use a plain function"
            )
    return handler


def fitting(handler: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
    """As many of `args` as the handler takes: older python-socketio handlers have neither ``auth`` nor ``reason``."""
    parameters = inspect.signature(handler).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return args
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return args[: len(positional)]
