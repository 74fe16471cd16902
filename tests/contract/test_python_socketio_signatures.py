"""Our server has python-socketio's names, with its parameters, order and defaults; what differs is listed here."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import socketio

from serverless_socketio import exceptions
from serverless_socketio.namespace import Namespace
from serverless_socketio.server import Server

SERVER_LEFT_OUT = {
    "get_environ",  # `connect` is given it; an application keeps what it needs in the session
    "transport",  # always "websocket" here
    "handle_request",  # no WSGI: frames come in through the gateway
    "instrument",  # no admin UI
    "is_asyncio_based",
    "shutdown",  # nothing runs between two invocations
    "sleep",
    "start_background_task",
}
NAMESPACE_LEFT_OUT = {"is_asyncio_based", "trigger_event"}


def public(cls: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")}


def parameters(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("name", sorted(public(socketio.Server) - SERVER_LEFT_OUT))
def test_each_method_of_the_server_takes_what_python_socketios_takes(name: str) -> None:
    assert parameters(getattr(Server, name)) == parameters(getattr(socketio.Server, name))


@pytest.mark.parametrize("name", sorted(public(socketio.Namespace) - NAMESPACE_LEFT_OUT))
def test_each_method_of_a_namespace_takes_what_python_socketios_takes(name: str) -> None:
    assert parameters(getattr(Namespace, name)) == parameters(getattr(socketio.Namespace, name))


def test_what_is_left_out_is_left_out() -> None:
    assert public(socketio.Server) & public(Server) == public(socketio.Server) - SERVER_LEFT_OUT
    assert public(socketio.Namespace) & public(Namespace) == public(socketio.Namespace) - NAMESPACE_LEFT_OUT


def test_a_namespace_is_made_the_same_way() -> None:
    assert parameters(Namespace.__init__) == parameters(socketio.Namespace.__init__)
    assert Namespace().namespace == socketio.Namespace().namespace


@pytest.mark.parametrize(
    "name",
    [
        "SocketIOError",
        "ConnectionError",
        "ConnectionRefusedError",
        "TimeoutError",
        "BadNamespaceError",
        "DisconnectedError",
    ],
)
def test_the_errors_to_catch_have_their_names_and_their_places_in_the_tree(name: str) -> None:
    def tree(module: Any) -> list[str]:
        return [cls.__name__ for cls in getattr(module, name).__mro__]

    assert tree(exceptions) == tree(socketio.exceptions)


@pytest.mark.parametrize("args", [(), ("No",), ("No", {"code": 1}), ("No", 1, 2), (404,)])
def test_a_refusal_says_the_same_to_the_client(args: tuple[Any, ...]) -> None:
    assert (
        exceptions.ConnectionRefusedError(*args).error_args
        == socketio.exceptions.ConnectionRefusedError(*args).error_args
    )
