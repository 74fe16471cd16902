"""The main job: a message is acknowledged, answered in order, and kept."""

import asyncio
from collections import defaultdict
from itertools import pairwise
from operator import itemgetter
from typing import Any

import pytest
import socketio

from tests.e2e.answers import (
    CHUNK,
    COMPLETE,
    RELATION,
    at,
    fail,
    hear,
    heard,
    history,
    join,
    of,
    say,
    succeed,
    words,
)
from tests.e2e.conftest import World
from tests.e2e.driver import PATIENCE_S, Device

pytestmark = pytest.mark.e2e

TEXT = words(20)


def check_relation(body: Any, user_id: str) -> None:
    assert body["agentId"] == "echo"
    assert body["userId"] == user_id
    check_relation_fields(body)


def check_relation_fields(body: Any) -> None:
    assert all(0 <= strength <= 1 for strength in body["emotions"].values())
    assert isinstance(body["relationLevel"], int)
    assert 0 <= body["relationLevel"] <= 100
    assert len(body["relationState"].split()) == 1


@pytest.mark.outside
def test_joining_tells_how_the_chat_stands(world: World, user: str) -> None:
    ack = join(world.connect(user))
    assert ack["room"] == f"chat:echo:{user}"
    assert ack["agentId"] == "echo"
    assert ack["streams"] == []
    assert isinstance(ack["messages"], list)
    check_relation_fields(ack)


@pytest.mark.outside
def test_a_message_is_acknowledged_answered_and_kept(world: World, user: str) -> None:
    device = world.connect(user)
    join(device)
    acknowledged = device.start("chat:message", {"agentId": "echo", "message": TEXT, "clientMessageId": f"{user}-1"})
    told = acknowledged.result(10)
    ack = told.body
    assert ack.keys() == {"ok", "messageId", "replyId", "timestamp", "duplicate"}
    assert ack["duplicate"] is False
    answer = hear(device, ack["replyId"])
    answer.check(TEXT)
    assert told.at_ms < answer.chunks[0].at_ms, "the ack comes before the first chunk"
    assert len(answer.chunks) == 7
    for event in answer.chunks:
        assert event.body.keys() == {"agentId", "messageId", "replyTo", "chunk", "index", "timestamp"}
        assert event.body["replyTo"] == ack["messageId"]
    assert not device.events("chat:message"), "the sender is not shown its own message"
    (updated,) = device.events(RELATION)
    assert device.log.index(updated) > device.log.index(answer.complete)
    check_relation(updated.body, user)
    said, replied = history(device)[-2:]
    assert said == {
        "agentId": "echo",
        "userId": user,
        "messageId": ack["messageId"],
        "clientMessageId": f"{user}-1",
        "role": "user",
        "message": TEXT,
        "timestamp": ack["timestamp"],
    }
    assert (replied["messageId"], replied["role"], replied["message"]) == (ack["replyId"], "agent", TEXT)
    assert said["messageId"] < replied["messageId"]


def connecting(world: World, user: str) -> dict[str, Any]:
    """What a client of python-socketio's connects with."""
    return {
        "url": world.stack.url,
        "socketio_path": world.stack.socket_path,
        "transports": ["websocket"],
        "auth": {"token": world.stack.key(user)},
        "wait_timeout": PATIENCE_S,
    }


def test_pythons_own_client_does_the_main_job(world: World, user: str) -> None:
    with socketio.SimpleClient(request_timeout=PATIENCE_S) as client:
        client.connect(**connecting(world, user))
        client.call("chat:join", {"agentId": "echo"})
        ack = client.call("chat:message", {"agentId": "echo", "message": TEXT})
        assert ack["ok"]
        came: dict[str, list[Any]] = defaultdict(list)  # handled by a thread for each: their order says nothing
        while not came[COMPLETE] or not came[RELATION] or len(came[CHUNK]) < 7:
            name, body = client.receive(timeout=PATIENCE_S)
            came[name].append(body)
    chunks = sorted(came[CHUNK], key=itemgetter("index"))
    assert [body["index"] for body in chunks] == list(range(7))
    assert "".join(body["chunk"] for body in chunks) == TEXT


@pytest.mark.outside
def test_pythons_asyncio_client_hears_an_answer_in_order(world: World, user: str) -> None:
    async def hear_an_answer() -> list[Any]:
        events: list[Any] = []
        async with socketio.AsyncSimpleClient(request_timeout=PATIENCE_S) as client:
            await client.connect(**connecting(world, user))
            await client.call("chat:join", {"agentId": "echo"})
            assert (await client.call("chat:message", {"agentId": "echo", "message": TEXT}))["ok"]
            while not events or events[-1][0] != RELATION:
                events.append(await client.receive(timeout=PATIENCE_S))
        return events

    events = asyncio.run(hear_an_answer())
    assert [body["index"] for name, body in events if name == CHUNK] == list(range(7))
    assert "".join(body["chunk"] for name, body in events if name == CHUNK) == TEXT
    assert [name for name, _ in events[-2:]] == [COMPLETE, RELATION]


def test_a_message_joins_its_sender_to_the_room(world: World, user: str) -> None:
    device = world.connect(user)
    hear(device, say(device, TEXT)["replyId"]).check(TEXT)


@pytest.mark.outside
def test_a_message_sent_again_is_answered_once(world: World, user: str) -> None:
    device = world.connect(user)
    body = {"agentId": "echo", "message": TEXT, "clientMessageId": "again"}
    sent = [device.start("chat:message", body) for _ in range(3)]
    acks = [ack.result(10).body for ack in sent]
    assert sorted(ack["duplicate"] for ack in acks) == [False, True, True]
    assert len({(ack["messageId"], ack["replyId"], ack["timestamp"]) for ack in acks}) == 1
    hear(device, acks[0]["replyId"]).check(TEXT)
    later = succeed(device, "chat:message", body)
    assert (later["duplicate"], later["replyId"]) == (True, acks[0]["replyId"])
    ours = [line for line in history(device) if line.get("clientMessageId") == "again"]
    assert len(ours) == 1
    assert len(device.events(COMPLETE)) == 1


def test_a_second_message_waits_for_the_end_of_the_answer(world: World, user: str) -> None:
    device = world.connect(user)
    first = say(device, words(120))  # two seconds: also a busy machine asks before its end
    error = fail(device, "chat:message", {"agentId": "echo", "message": "me too"})
    assert (error["code"], error["messageId"]) == ("conflict", first["replyId"])
    for text in ("as soon as", "complete arrived", "it is taken"):
        last = device.wait_for(COMPLETE, of(first["replyId"]))
        assert last.body["finishReason"] == "stop"
        first = say(device, text)
    hear(device, first["replyId"]).check("it is taken")


def test_chats_with_two_agents_run_side_by_side(world: World, user: str) -> None:
    device = world.connect(user)
    one, other = say(device, TEXT), say(device, "Hello there, how are you?", "companion")
    hear(device, one["replyId"]).check(TEXT)
    hear(device, other["replyId"]).check()


def test_two_devices_of_a_user_and_nobody_else(world: World, user: str) -> None:
    sender, other, stranger = world.connect(user), world.connect(user), world.connect("bob")
    for device in (sender, other, stranger):
        join(device)
    ack = say(sender, TEXT, clientMessageId=f"{user}-devices")
    hear(sender, ack["replyId"]).check(TEXT)
    hear(other, ack["replyId"]).check(TEXT)
    (shown,) = other.events("chat:message")
    assert shown.body == next(line for line in history(other) if line["messageId"] == ack["messageId"])
    assert other.log.index(shown) < other.log.index(heard(other, ack["replyId"]).chunks[0])
    assert other.events(RELATION)
    assert not sender.events("chat:message")
    assert silent(stranger)


def silent(device: Device) -> bool:
    """Whether a device has heard nothing of any chat."""
    return {event.name for event in device.log} <= {"connect", "presence:updated"}


def test_somebody_elses_answer_is_out_of_reach(world: World, user: str) -> None:
    device, stranger = world.connect(user), world.connect("bob")
    ack = say(device, TEXT)
    for event in ("chat:stop", "chat:resume"):
        body = {"agentId": "echo", "messageId": ack["replyId"], "index": 0}
        assert fail(stranger, event, body)["code"] == "forbidden"
        assert fail(stranger, event, {**body, "messageId": "unknown"})["code"] == "not_found"
    hear(device, ack["replyId"]).check(TEXT)


@pytest.mark.outside
def test_resuming_during_an_answer_and_after(world: World, user: str) -> None:
    device = world.connect(user)
    text = words(180)  # three seconds, of which the questions take one
    ack = say(device, text)
    wanted = {"agentId": "echo", "messageId": ack["replyId"]}
    known = ""
    index = 0
    for seen in range(0, 18, 3):
        device.wait_for(CHUNK, at(seen))
        part = succeed(device, "chat:resume", {**wanted, "index": index})
        assert part["index"] > seen
        assert part["complete"] is False
        known, index = known + part["text"], part["index"]
        assert text.startswith(known)
    answer = hear(device, ack["replyId"])
    answer.check(text)
    answer.check(text, first=index, known=known)
    ended = succeed(device, "chat:resume", {**wanted, "index": index})
    assert known + ended["text"] == text
    assert (ended["index"], ended["complete"], ended["finishReason"]) == (60, True, "stop")
    for past in (60, 61, 10**9):
        assert succeed(device, "chat:resume", {**wanted, "index": past})["text"] == ""


def test_history_comes_in_pages(world: World, user: str) -> None:
    device = world.connect(user)
    for number in range(4):
        hear(device, say(device, f"line {number}")["replyId"])
    lines = history(device)
    assert all(earlier["messageId"] < later["messageId"] for earlier, later in pairwise(lines))
    assert [line["message"] for line in lines[-8:]] == [f"line {number // 2}" for number in range(8)]
    assert history(device, limit=3) == lines
    since = join(device, since=lines[-4]["messageId"])
    assert since["messages"] == lines[-3:]
    assert join(device, since=lines[-1]["messageId"])["messages"] == []
    assert join(device)["messages"] == lines[-50:]


def test_who_left_hears_nothing_more(world: World, user: str) -> None:
    sender, other = world.connect(user), world.connect(user)
    join(other)
    ack = say(sender, words(120))
    other.wait_for(CHUNK, at(5))
    left = other.start("chat:leave", {"agentId": "echo"}).result(10)
    assert left.body == {"ok": True, "room": f"chat:echo:{user}"}
    hear(sender, ack["replyId"]).check(words(120))
    came = heard(other, ack["replyId"])
    assert not [event for event in came.log if event.name == COMPLETE]
    assert max(event.at_ms for event in came.chunks) - left.at_ms < 1_500
    assert [event.body["index"] for event in came.chunks] == list(range(len(came.chunks)))
    again = join(other)
    assert again["messages"][-1]["message"] == words(120)


def test_who_leaves_and_joins_again_misses_nothing(world: World, user: str) -> None:
    sender, other = world.connect(user), world.connect(user)
    join(other)
    text = words(90)
    ack = say(sender, text)
    other.wait_for(CHUNK, at(4))
    succeed(other, "chat:leave", {"agentId": "echo"})
    (stream,) = join(other)["streams"]
    hear(other, ack["replyId"])
    heard(other, ack["replyId"]).check(text, first=stream["index"], known=stream["text"], repeats=True)
