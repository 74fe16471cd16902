"""Our server against the installed python-socketio's: names, parameters, defaults, exceptions, and what comes of calls.

Each public name of theirs is ours, with its parameters in their order and with their defaults, or it stands in a table
here with its reason, and in docs/migrate.md.
"""

import inspect
from collections.abc import Callable
from typing import Any

import engineio
import pytest
import socketio

from serverless_socketio import exceptions
from serverless_socketio.namespace import Namespace
from serverless_socketio.server import Server
from tests.processes import ROOT
from tests.support.both_servers import Ours, Side, Theirs

GUIDE = ROOT / "docs" / "migrate.md"

METHODS_LEFT_OUT = {
    "handle_request": "there is no WSGI: frames come in by `LambdaApp.handler`",
    "instrument": "Socket.IO's admin page wants a process that knows all sockets: the dashboard and `/_local/` tell",
    "is_asyncio_based": "tells python-socketio's two servers apart; here is one",
    "shutdown": "nothing runs between two invocations",
    "sleep": "a handler that sleeps is billed, and answers no other frame: a delayed queue message, a schedule",
    "start_background_task": "Lambda freezes the process when the handler has returned: a queue, a workflow, `Emitter`",
}
ATTRIBUTES_LEFT_OUT = {
    "always_connect": "a setting of theirs",
    "async_handlers": "a setting of theirs",
    "async_mode": "a setting of theirs",
    "eio": "there is no Engine.IO server in the process: API Gateway holds the connections",
    "environ": "a dictionary of every connection: `get_environ` reads one",
    "handlers": "how handlers are found is not public",
    "logger": "loggers have their modules' names, `serverless_socketio.…`",
    "manager": "another thing of that name: what carries frames and ticks to the server works on it",
    "manager_initialized": "theirs alone",
    "namespace_handlers": "how handlers are found is not public",
    "namespaces": "a setting of theirs",
    "not_handled": "theirs alone",
    "packet_class": "the codec cannot be exchanged",
    "reserved_events": "a constant of theirs alone",
}
NAMESPACE_LEFT_OUT = {"is_asyncio_based": METHODS_LEFT_OUT["is_asyncio_based"]}
SETTINGS_LEFT_OUT = {
    "allow_upgrades": "long-polling and its upgrade come with the stack: `SocketIoApi(polling=True)`",
    "always_connect": "CONNECT is answered when the handler has returned; what it emitted to itself follows",
    "async_handlers": "frames of one client are always handled side by side",
    "async_mode": "each frame is an invocation",
    "client_manager": "rooms are in DynamoDB, and any process emits by `Emitter`",
    "compression_threshold": "API Gateway compresses no frames",
    "cookie": "no session is pinned to a server",
    "cors_allowed_origins": "an origin is judged in `connect`, by `environ['HTTP_ORIGIN']`",
    "cors_credentials": "polling answers any origin without credentials",
    "engineio_logger": "loggers have their modules' names",
    "http_compression": "API Gateway compresses no frames",
    "json": "one codec, which refuses what JavaScript cannot read",
    "logger": "loggers have their modules' names",
    "max_http_buffer_size": "API Gateway's limits: frames of 32 KB in, `max_message_out` out",
    "monitor_clients": "the ticks do it",
    "namespaces": "a namespace is served if it has a handler; `*` serves any",
    "ping_interval": "of the deployment: `PING_INTERVAL_MS`",
    "ping_timeout": "of the deployment: `PING_TIMEOUT_MS`",
    "serializer": "one codec: JSON, the default of all clients",
    "transports": "WebSocket, and `SocketIoApi(polling=True)`",
}
MODULE_LEFT_OUT = {
    name: reason
    for names, reason in (
        ("AsyncServer AsyncNamespace AsyncManager", "handlers are plain functions: one invocation serves one frame"),
        ("ASGIApp WSGIApp Middleware get_tornado_handler", "`LambdaApp` stands in their place"),
        (
            "Manager PubSubManager KombuManager RedisManager ZmqManager KafkaManager AsyncRedisManager"
            " AsyncAioPikaManager",
            "rooms are in DynamoDB, and any process emits by `Emitter`",
        ),
        (
            "SimpleClient Client ClientNamespace AsyncSimpleClient AsyncClient AsyncClientNamespace",
            "clients are python-socketio's own, as they are",
        ),
    )
    for name in names.split()
}
TABLES = (METHODS_LEFT_OUT, ATTRIBUTES_LEFT_OUT, NAMESPACE_LEFT_OUT, SETTINGS_LEFT_OUT, MODULE_LEFT_OUT)


def methods(cls: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")}


def attributes(made: object) -> set[str]:
    """What is public and no method, of an object and of its class."""
    names = {*vars(made), *dir(type(made))} - methods(type(made))
    return {name for name in names if not name.startswith("_")}


def parameters(function: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


def settings(cls: type) -> set[str]:
    return {
        name for name, kind, _ in parameters(vars(cls)["__init__"]) if kind is not inspect.Parameter.VAR_KEYWORD
    } - {"self"}


@pytest.mark.parametrize("name", sorted(methods(socketio.Server) - {*METHODS_LEFT_OUT}))
def test_each_method_of_the_server_takes_what_python_socketios_takes(name: str) -> None:
    assert parameters(getattr(Server, name)) == parameters(getattr(socketio.Server, name))


@pytest.mark.parametrize("name", sorted(methods(socketio.Namespace) - {*NAMESPACE_LEFT_OUT}))
def test_each_method_of_a_namespace_takes_what_python_socketios_takes(name: str) -> None:
    assert parameters(getattr(Namespace, name)) == parameters(getattr(socketio.Namespace, name))


def test_what_is_left_out_is_left_out() -> None:
    """A table says no more and no less than what is so."""
    theirs = socketio.Server(async_mode="threading")
    assert methods(socketio.Server) - methods(Server) == {*METHODS_LEFT_OUT}
    assert attributes(theirs) - (attributes(Server()) - {"manager"}) == {*ATTRIBUTES_LEFT_OUT}
    assert methods(socketio.Namespace) - methods(Namespace) == {*NAMESPACE_LEFT_OUT}
    assert attributes(socketio.Namespace()) <= attributes(Namespace())
    ours = settings(Server)
    of_engine = settings(engineio.base_server.BaseServer) | {"engineio_logger"}  # taken from the keywords
    assert (settings(socketio.base_server.BaseServer) | of_engine) - ours == {*SETTINGS_LEFT_OUT}
    assert {*socketio.__all__} - {"Server", "Namespace"} == {*MODULE_LEFT_OUT}


@pytest.mark.parametrize("name", sorted({name for table in TABLES for name in table}))
def test_the_guide_tells_of_each_difference(name: str) -> None:
    assert f"`{name}`" in GUIDE.read_text(encoding="utf-8")


def test_a_namespace_is_made_the_same_way() -> None:
    assert parameters(Namespace.__init__) == parameters(socketio.Namespace.__init__)
    assert Namespace().namespace == socketio.Namespace().namespace


@pytest.mark.parametrize("name", sorted(name for name in vars(socketio.exceptions) if not name.startswith("_")))
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


def test_the_reasons_of_a_disconnect_have_their_names() -> None:
    theirs = {name: said for name, said in vars(socketio.Server.reason).items() if not name.startswith("_")}
    assert theirs
    assert {name: getattr(Server.reason, name) for name in theirs} == theirs


@pytest.fixture(params=[Theirs, Ours], ids=["python-socketio", "ours"])
def side(request: pytest.FixtureRequest) -> Side:
    """What a test holds of one of them, it holds of both."""
    made: Side = request.param()
    return made


class TestBothAnswerTheSame:
    def test_acknowledgements(self, side: Side) -> None:
        for value in (None, 1, "text", [1, 2], {"a": None}, (1, [2]), ()):
            side.sio.on("back", lambda sid, value=value: value)
            client = side.open()
            client.connect()
            expected = [] if value is None else list(value) if isinstance(value, tuple) else [value]
            assert client.ask("back") == expected

    def test_what_is_emitted(self, side: Side) -> None:
        alice, bob = side.open(), side.open()
        sid, other = alice.connect()["sid"], bob.connect()["sid"]
        side.sio.enter_room(sid, "room")
        for data, expected in ((None, []), ("a", ["a"]), (("a", 1), ["a", 1]), ([1, 2], [[1, 2]]), ((), [])):
            side.sio.emit("news", data, room="room")
            assert alice.heard() == [("/", ["news", *expected])]
        side.sio.emit("to", to=[sid, other])
        side.sio.emit("skipped", skip_sid=sid)
        side.sio.emit("skipped", room="room", skip_sid=[sid])
        side.sio.send("hello", to=other)
        assert alice.heard() == [("/", ["to"])]
        assert bob.heard() == [("/", ["to"]), ("/", ["skipped"]), ("/", ["message", "hello"])]

    def test_rooms(self, side: Side) -> None:
        client = side.open()
        sid = client.connect()["sid"]
        assert side.sio.rooms(sid) == [sid]
        side.sio.enter_room(sid, "room")
        side.sio.enter_room(sid, "room")
        assert side.sio.rooms(sid) == [sid, "room"]
        side.sio.leave_room(sid, "never entered")
        side.sio.close_room("room")
        side.sio.close_room("nobody's")
        side.sio.emit("news", room="room")
        assert side.sio.rooms(sid) == [sid]
        assert client.heard() == []

    def test_a_refusal(self, side: Side) -> None:
        refused = side.library.exceptions.ConnectionRefusedError

        def connect(sid: str, environ: dict[str, Any], auth: Any) -> bool | None:
            if auth["how"] == "library":
                raise refused("No", {"code": 1})
            if auth["how"] == "built in":
                raise ConnectionRefusedError
            return auth["how"] != "false"  # type: ignore[no-any-return]

        side.sio.event(connect)

        client = side.open()
        assert client.connect({"how": "library"}) == {"message": "No", "data": {"code": 1}}
        assert client.connect({"how": "built in"}) == {"message": "Connection refused by server"}
        assert client.connect({"how": "false"}) == {"message": "Connection rejected by server"}
        assert "sid" in client.connect({"how": "welcome"})

    def test_handlers_of_older_applications(self, side: Side) -> None:
        told: list[int] = []
        side.sio.on("connect", lambda sid, environ: None)
        side.sio.on("disconnect", lambda sid: told.append(1))
        client = side.open()
        assert "sid" in client.connect()
        client.leave()
        assert told == [1]

    def test_a_disconnect_handler_may_tidy_up(self, side: Side) -> None:
        told: list[Any] = []

        def disconnect(sid: str, reason: str) -> None:
            told.append((reason, side.sio.get_session(sid)))
            side.sio.leave_room(sid, "room")
            side.sio.emit("left", room="room")

        side.sio.event(disconnect)
        alice, bob = side.open(), side.open()
        sid = alice.connect()["sid"]
        side.sio.save_session(sid, {"name": "Alice"})
        side.sio.enter_room(sid, "room")
        side.sio.enter_room(bob.connect()["sid"], "room")
        alice.leave()
        assert told == [(side.sio.reason.CLIENT_DISCONNECT, {"name": "Alice"})]
        assert bob.heard() == [("/", ["left"])]

    def test_what_is_done_with_a_socket_that_is_gone(self, side: Side) -> None:
        client = side.open()
        sid = client.connect()["sid"]
        side.sio.disconnect(sid)
        side.sio.disconnect(sid)
        side.sio.leave_room(sid, "room")
        side.sio.emit("news", to=sid)
        assert side.sio.rooms(sid) == []
        assert side.sio.get_environ(sid) is None
        assert client.heard() == []

    def test_the_environ_of_a_socket(self, side: Side) -> None:
        given: list[Any] = []
        side.sio.on("connect", lambda sid, environ: given.append({**environ}))
        sid = side.open().connect()["sid"]
        for name in ("REMOTE_ADDR", "HTTP_HOST", "HTTP_USER_AGENT"):
            assert side.sio.get_environ(sid)[name] == given[0][name]

    def test_a_session_and_its_block(self, side: Side) -> None:
        sid = side.open().connect()["sid"]
        assert side.sio.get_session(sid) == {}
        with side.sio.session(sid) as session:
            session["name"] = "Alice"
        assert side.sio.get_session(sid) == {"name": "Alice"}

    def test_a_call(self, side: Side) -> None:
        side.sio.on("ask", lambda sid: {"heard": side.sio.call("question", "why?", to=sid, timeout=5)})
        client = side.open()
        client.answers["question"] = "because"
        client.connect()
        assert client.ask("ask") == [{"heard": "because"}]
        assert client.heard() == [("/", ["question", "why?"])]
        with pytest.raises(ValueError, match=r"broadcast|one socket"):
            side.sio.call("question")

    def test_a_call_that_is_not_answered(self, side: Side) -> None:
        sid = side.open().connect()["sid"]
        with pytest.raises(side.library.exceptions.TimeoutError):
            side.sio.call("question", to=sid, timeout=0.01)

    def test_namespaces_in_classes(self, side: Side) -> None:
        class Chat(side.library.Namespace):  # type: ignore[name-defined,misc]
            def on_connect(self, sid: str, environ: dict[str, Any]) -> None:
                self.enter_room(sid, "room")

            def on_say(self, sid: str, text: str) -> str:
                self.emit("said", text, room="room")
                return "ok"

        side.sio.register_namespace(Chat("/chat"))
        client = side.open()
        client.connect(namespace="/chat")
        assert client.ask("say", "hello", namespace="/chat") == ["ok"]
        assert client.heard() == [("/chat", ["said", "hello"])]

    def test_a_namespace_that_dispatches_by_itself(self, side: Side) -> None:
        class Everything(side.library.Namespace):  # type: ignore[name-defined,misc]
            def trigger_event(self, event: str, *args: Any) -> Any:
                return None if event == "connect" else [event, *args[1:]]

        side.sio.register_namespace(Everything("/any"))
        client = side.open()
        client.connect(namespace="/any")
        assert client.ask("say", "hello", namespace="/any") == [["say", "hello"]]

    def test_an_event_that_a_namespace_does_not_know(self, side: Side) -> None:
        side.sio.register_namespace(side.library.Namespace("/chat"))
        client = side.open()
        client.connect(namespace="/chat")
        assert client.ask("unknown", namespace="/chat") == []

    def test_what_is_no_namespace_is_not_registered(self, side: Side) -> None:
        with pytest.raises(ValueError, match="namespace"):
            side.sio.register_namespace(object())

    def test_catch_all_handlers(self, side: Side) -> None:
        side.sio.on("*", lambda event, sid, *args: [event, *args])
        client = side.open()
        client.connect()
        assert client.ask("anything", 1) == [["anything", 1]]
