"""Who handles which event."""

from functools import partial
from typing import Any

import pytest

from serverless_socketio.namespace import Namespace
from serverless_socketio.registry import NoHandler, Registry


@pytest.fixture
def registry() -> Registry:
    return Registry()


def tell(name: str) -> Any:
    """A handler that says its name and what it was told."""
    return lambda *args: (name, *args)


def trigger(registry: Registry, event: str, namespace: str, *args: Any) -> Any:
    """What the handler of a client's event says."""
    handler, before = registry._handlers.find(event, namespace)
    return handler(*before, *args)


class Chat(Namespace):
    def on_say(self, *args: Any) -> tuple[Any, ...]:
        return ("class", *args)

    def on_connect(self, sid: str, environ: dict[str, Any]) -> tuple[Any, ...]:
        return ("class", sid, environ)


def test_handlers_are_registered_by_call_and_by_every_decorator(registry: Registry) -> None:
    registry.on("one", tell("one"))
    registry.on("two")(tell("two"))

    @registry.event
    def three(sid: str) -> str:
        return sid

    def four(sid: str) -> str:
        return sid

    assert registry.event(namespace="/chat")(four) is four
    assert trigger(registry, "one", "/", "sid") == ("one", "sid")
    assert trigger(registry, "two", "/", "sid", 1) == ("two", "sid", 1)
    assert [trigger(registry, *where, "sid") for where in [("three", "/"), ("four", "/chat")]] == [
        "sid",
        "sid",
    ]


def test_an_event_finds_the_handlers_in_python_socketios_order(registry: Registry) -> None:
    registry.register_namespace(Chat("*"))
    assert trigger(registry, "say", "/chat", "sid", 1) == ("class", "/chat", "sid", 1)
    registry.register_namespace(Chat("/chat"))
    assert trigger(registry, "say", "/chat", "sid", 1) == ("class", "sid", 1)
    registry.on("*", tell("any, anywhere"), "*")
    assert trigger(registry, "say", "/chat", "sid", 1) == ("any, anywhere", "say", "/chat", "sid", 1)
    registry.on("say", tell("say, anywhere"), "*")
    assert trigger(registry, "say", "/chat", "sid", 1) == ("say, anywhere", "/chat", "sid", 1)
    registry.on("*", tell("any"), "/chat")
    assert trigger(registry, "say", "/chat", "sid", 1) == ("any", "say", "sid", 1)
    registry.on("say", tell("say"), "/chat")
    assert trigger(registry, "say", "/chat", "sid", 1) == ("say", "sid", 1)


def test_an_event_without_a_handler_is_told_so(registry: Registry) -> None:
    registry.on("say", tell("say"), "/chat")
    for event, namespace in [("shout", "/chat"), ("say", "/"), ("", "/chat")]:
        with pytest.raises(NoHandler):
            trigger(registry, event, namespace, "sid")


def test_an_event_that_a_class_does_not_know_comes_to_nothing(registry: Registry) -> None:
    registry.register_namespace(Chat("/chat"))
    for event in ("shout", ""):
        assert trigger(registry, event, "/chat", "sid") is None


@pytest.mark.parametrize("event", ["connect", "disconnect", "*"])
def test_a_client_cannot_call_a_handler_that_is_not_its_to_call(registry: Registry, event: str) -> None:
    registry.on("connect", tell("connect"))
    registry.on("disconnect", tell("disconnect"))
    registry.register_namespace(Chat())
    with pytest.raises(NoHandler):
        trigger(registry, event, "/", "sid", "forged")
    registry.on("*", tell("any"))
    assert trigger(registry, event, "/", "sid", "forged") == ("any", event, "sid", "forged")


def test_lifecycle_handlers_are_never_caught_by_a_catch_all(registry: Registry) -> None:
    registry.on("*", tell("any"))
    assert registry._handlers.trigger_lifecycle("connect", "/", "sid", {}, None) is None
    registry.on("connect", tell("connect"), "*")
    assert registry._handlers.trigger_lifecycle("connect", "/", "sid", {}, None) == ("connect", "/", "sid", {}, None)
    registry.register_namespace(Chat("/chat"))
    registry.on("connect", tell("function"), "/chat")
    assert registry._handlers.trigger_lifecycle("connect", "/chat", "sid", {}, None) == ("function", "sid", {}, None)


def test_lifecycle_handlers_may_take_fewer_arguments(registry: Registry) -> None:
    registry.on("connect", lambda sid, environ: (sid, environ))
    registry.on("disconnect", lambda sid: sid)
    registry.register_namespace(Chat("/chat"))
    assert registry._handlers.trigger_lifecycle("connect", "/", "sid", {}, {"token": "t"}) == ("sid", {})
    assert registry._handlers.trigger_lifecycle("disconnect", "/", "sid", "transport close") == "sid"
    assert registry._handlers.trigger_lifecycle("connect", "/chat", "sid", {}, None) == ("class", "sid", {})


def test_clients_may_connect_to_the_main_namespace_and_to_those_with_handlers(registry: Registry) -> None:
    assert registry._handlers.serves("/")
    assert not registry._handlers.serves("/chat")
    registry.register_namespace(Chat("/chat"))
    registry.on("say", tell("say"), "/talk")
    assert registry._handlers.serves("/chat")
    assert registry._handlers.serves("/talk")
    assert not registry._handlers.serves("/other")
    registry.on("say", tell("say"), "*")
    assert registry._handlers.serves("/other")


def test_a_callback_is_named_once_registered(registry: Registry) -> None:
    heard: list[Any] = []

    @registry.callback
    def said(*args: Any) -> None:
        heard.extend(args)

    assert registry._handlers.callback_name(said) == registry._handlers.callback_name("said") == "said"
    registry._handlers.trigger_callback("said", [1, 2])
    assert heard == [1, 2]
    with pytest.raises(ValueError, match="not a registered callback"):
        registry._handlers.callback_name(lambda: None)
    with pytest.raises(ValueError, match="not a registered callback"):
        registry._handlers.callback_name("unsaid")
    with pytest.raises(NoHandler):
        registry._handlers.trigger_callback("unsaid", [])


def test_another_function_of_the_same_name_is_not_the_callback(registry: Registry) -> None:
    def said() -> None: ...

    registry.callback(said)

    def impostor() -> None: ...

    impostor.__name__ = "said"
    with pytest.raises(ValueError, match="not a registered callback"):
        registry._handlers.callback_name(impostor)


async def coroutine(*_: Any) -> None:
    """A handler that would not be awaited."""


async def generator(*_: Any) -> Any:
    yield


class Awaited:
    async def __call__(self, *_: Any) -> None: ...


@pytest.mark.parametrize("handler", [coroutine, generator, partial(coroutine, 1), Awaited(), Awaited().__call__])
def test_a_coroutine_is_refused_when_it_is_registered(registry: Registry, handler: Any) -> None:
    for register in (
        partial(registry.on, "say", handler),
        partial(registry.on("say"), handler),
        partial(registry.on, "connect", handler, "/chat"),
        partial(registry.callback, handler),
    ):
        with pytest.raises(TypeError, match="plain function"):
            register()
    assert not registry._handlers.serves("/chat")


def test_so_are_the_coroutines_of_a_decorator_and_of_a_class(registry: Registry) -> None:
    with pytest.raises(TypeError, match=r"coroutine .*plain function"):
        registry.event(coroutine)
    with pytest.raises(TypeError, match="plain function"):
        registry.event(namespace="/chat")(coroutine)

    class Later(Namespace):
        def on_say(self, sid: str) -> None: ...

        async def on_hear(self, sid: str) -> None: ...

    with pytest.raises(TypeError, match="on_hear"):
        registry.register_namespace(Later("/chat"))
    assert not registry._handlers.serves("/chat")
