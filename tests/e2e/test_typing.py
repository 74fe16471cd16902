"""Typing, of users and of agents, and the rooms of agents."""

import time
from typing import Any

import pytest

from tests.e2e.answers import CHUNK, COMPLETE, fail, hear, join, of, say, succeed, words
from tests.e2e.conftest import Stack, World
from tests.e2e.driver import Device
from tests.e2e.raw import open_websocket
from tests.e2e.test_native import receive, request

pytestmark = pytest.mark.e2e

TYPING = "chat:typing"


def of_agent(device: Device) -> list[bool]:
    """Return what a device heard of the agent's typing."""
    return [event.body["isTyping"] for event in device.events(TYPING) if "userId" not in event.body]


def order(device: Device, reply_id: str) -> list[Any]:
    """Return the agent's typing, the first chunk and the end of an answer, in the order in which they came."""
    story: list[Any] = []
    for event in device.log:
        if event.name == TYPING and "userId" not in event.body:
            story.append(event.body["isTyping"])
        elif event.name in {CHUNK, COMPLETE} and event.body["messageId"] == reply_id and event.name not in story:
            story.append(event.name)
    return story


def test_a_user_who_types_is_shown_to_the_own_other_devices_in_the_room(world: World, user: str, turns: Any) -> None:
    typist, other, elsewhere, stranger = (world.connect(name) for name in (user, user, user, next(turns)))
    for device in (typist, other, stranger):
        join(device)
    for is_typing in (True, False):
        assert succeed(typist, TYPING, {"agentId": "echo", "isTyping": is_typing}) == {"ok": True}
    other.wait_for(TYPING, lambda body: body["isTyping"] is False)
    bodies = [event.body for event in other.events(TYPING)]
    assert [{**body, "timestamp": 0} for body in bodies] == [
        {"agentId": "echo", "userId": user, "isTyping": is_typing, "timestamp": 0} for is_typing in (True, False)
    ]
    assert all(abs(body["timestamp"] - time.time() * 1000) < 5_000 for body in bodies)
    assert [device.events(TYPING) for device in (typist, elsewhere, stranger)] == [[], [], []]


@pytest.mark.outside
def test_typing_that_starts_and_stops_at_once_has_stopped(world: World, user: str) -> None:
    typist, other = world.connect(user), world.connect(user)
    join(other)
    for number in range(1, 16):
        for is_typing in (True, False):
            typist.emit(TYPING, {"agentId": "echo", "isTyping": is_typing})
        wanted = 2 * number
        other.wait_for(TYPING, lambda body: len(other.events(TYPING)) >= wanted)  # noqa: B023 - asked in this turn
        newest = max((event.body for event in other.events(TYPING)), key=lambda body: body["timestamp"])
        assert newest["isTyping"] is False, number


def test_who_types_need_not_be_in_the_room(world: World, user: str) -> None:
    typist, other = world.connect(user), world.connect(user)
    join(other)
    succeed(typist, TYPING, {"agentId": "echo", "isTyping": True})
    assert other.wait_for(TYPING).body["userId"] == user
    assert typist.events(TYPING) == []


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (None, ""),
        ({"agentId": "echo"}, "isTyping"),
        ({"isTyping": True}, "agentId"),
        ({"agentId": "echo", "isTyping": "yes"}, "isTyping"),
        ({"agentId": "echo", "isTyping": 1}, "isTyping"),
        ({"agentId": 5, "isTyping": True}, "agentId"),
    ],
)
def test_typing_that_does_not_fit_is_invalid(world: World, user: str, payload: Any, path: str) -> None:
    error = fail(world.connect(user), TYPING, payload)
    assert (error["code"], [issue["path"] for issue in error["issues"]]) == ("invalid", [path])


def test_typing_is_refused_to_unknown_agents_and_for_others(world: World, user: str) -> None:
    device = world.connect(user)
    assert fail(device, TYPING, {"agentId": "nobody", "isTyping": True})["code"] == "not_found"
    assert fail(device, TYPING, {"agentId": "echo", "isTyping": True, "userId": "alice"})["code"] == "forbidden"


def test_an_agent_types_from_the_ack_to_its_first_chunk(world: World, user: str) -> None:
    speaker, other = world.connect(user), world.connect(user)
    join(other)
    reply_id = say(speaker, words(12))["replyId"]
    for device in (speaker, other):
        hear(device, reply_id)
        assert order(device, reply_id) == [True, False, CHUNK, COMPLETE]
        (typing, _) = (event.body for event in device.events(TYPING))
        assert typing.keys() == {"agentId", "isTyping", "timestamp"}
    shown = other.log.index(other.wait_for("chat:message"))
    assert shown < other.log.index(other.wait_for(TYPING))


def test_an_agent_whose_answer_is_empty_stops_typing_before_the_end(world: World, user: str) -> None:
    speaker = world.connect(user)
    reply_id = say(speaker, " ")["replyId"]
    hear(speaker, reply_id)
    story = order(speaker, reply_id)
    assert (story[:2], story[-1]) == ([True, False], COMPLETE)


def test_an_answer_that_is_stopped_at_once_leaves_nobody_typing(world: World, user: str) -> None:
    speaker = world.connect(user)
    reply_id = say(speaker, words(200))["replyId"]
    succeed(speaker, "chat:stop", {"agentId": "echo", "messageId": reply_id})
    speaker.wait_for(COMPLETE, of(reply_id))
    story = order(speaker, reply_id)
    typing = [step for step in story if isinstance(step, bool)]
    assert (typing[-1], story[-1]) == (False, COMPLETE)
    assert of_agent(speaker)[-1] is False


def test_agents_have_rooms(world: World, user: str) -> None:
    device = world.connect(user)
    for event in ("agent:subscribe", "agent:subscribe", "agent:unsubscribe", "agent:unsubscribe"):
        assert succeed(device, event, {"agentId": "echo"}) == {"ok": True, "room": "agent:echo"}
        assert fail(device, event, {"agentId": "nobody"})["code"] == "not_found"
        assert fail(device, event, {"agentId": ["echo"]})["code"] == "invalid"
        assert fail(device, event, {"agentId": "echo", "userId": "alice"})["code"] == "forbidden"


def test_native_clients_type_and_hear_typing(world: World, stack: Stack, user: str) -> None:
    device = world.connect(user)
    join(device)
    with open_websocket(stack, native=True, token=stack.key(user)) as websocket:
        assert request(websocket, "chat:join", {"agentId": "echo"})["ok"]
        assert request(websocket, TYPING, {"agentId": "echo", "isTyping": True}) == {"id": "7", "ok": True}
        assert device.wait_for(TYPING).body["userId"] == user
        succeed(device, TYPING, {"agentId": "echo", "isTyping": True})
        while (told := receive(websocket)).get("event") != TYPING:
            pass
        assert (told["data"]["userId"], told["data"]["isTyping"]) == (user, True)
        assert request(websocket, "agent:subscribe", {"agentId": "echo"})["room"] == "agent:echo"
