"""Stock clients that lose their connection, come back, and are who they were: same id, rooms, nothing missed."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from tests.e2e.answers import CHUNK, at, hear, join, say, words
from tests.e2e.conftest import World, stack_in, world_of
from tests.e2e.driver import PATIENCE_S, Device
from tests.e2e.raw import open_websocket

pytestmark = pytest.mark.e2e

RECOVERING = {"query": {"recovery": "1"}, "reconnectionDelay": 300, "reconnectionDelayMax": 400}
TEXT = words(120)


def connect(world: World, user: str, **more: Any) -> tuple[Device, str]:
    """Connect a device that asks for recovery; returns it with its id."""
    device = world.connect(user, **RECOVERING, **more)
    return device, str(device.wait_for("connect").args[0])


def come_back(device: Device) -> list[Any]:
    """Wait until a device that was cut is connected again; returns its id, and whether it was recovered."""
    after = device.log.index(device.wait_for("disconnect"))
    sid, recovered = [*device.wait_for("connect", after=after, within_s=20).args, None][:2]
    return [sid, bool(recovered)]


@pytest.mark.outside
def test_a_cut_device_is_the_same_again_and_missed_nothing(world: World, user: str) -> None:
    speaker = world.connect(user)
    device, sid = connect(world, user)
    join(device)
    hear(speaker, say(speaker, "before")["replyId"])
    device.wait_for("relation:updated")
    device.cut()
    reply_id = say(speaker, "while it was away")["replyId"]
    hear(speaker, reply_id)
    assert come_back(device) == [sid, True]
    hear(device, reply_id).check("while it was away")
    again = say(speaker, "after")["replyId"]
    hear(speaker, again)
    hear(device, again).check("after")
    said = [event.body["message"] for event in device.events("chat:message")]
    assert said == ["before", "while it was away", "after"]


@pytest.mark.parametrize("cut_at", [0, 7, 35])
def test_an_answer_that_runs_goes_on_where_the_device_was_cut(world: World, user: str, cut_at: int) -> None:
    device, sid = connect(world, user)
    reply_id = say(device, TEXT)["replyId"]
    device.wait_for(CHUNK, at(cut_at))
    device.cut()
    assert come_back(device) == [sid, True]
    hear(device, reply_id).check(TEXT)


def test_an_answer_that_ended_meanwhile_is_told_to_its_end(world: World, user: str) -> None:
    device, sid = connect(world, user)
    other = world.connect(user)
    join(other)
    reply_id = say(device, words(30))["replyId"]
    device.wait_for(CHUNK, at(4))
    device.cut()
    hear(other, reply_id).check(words(30))
    assert come_back(device) == [sid, True]
    hear(device, reply_id).check(words(30))


def test_a_room_that_was_joined_is_one_still(world: World, user: str) -> None:
    other = world.connect(user)
    device, sid = connect(world, user)
    join(device)
    join(device, "companion")
    device.cut()
    assert come_back(device) == [sid, True]
    reply_id = say(other, "hello", "companion")["replyId"]
    hear(device, reply_id).check()


def test_nobody_comes_back_with_a_key_of_somebody_else(world: World, turns: Iterator[str]) -> None:
    owner, stranger = next(turns), next(turns)
    with open_websocket(world.stack, recovery="1") as websocket:
        session = accepted(websocket, {"token": world.stack.key(owner)})
    for user, recovers in ((stranger, False), (owner, True)):
        with open_websocket(world.stack, recovery="1") as websocket:
            again = accepted(websocket, {"token": world.stack.key(user), "pid": session["pid"]})
            assert (again == session) is recovers


def test_who_said_goodbye_does_not_come_back(world: World, user: str) -> None:
    auth = {"token": world.stack.key(user)}
    for _ in range(5):  # the goodbye and the close that follows it race each other
        with open_websocket(world.stack, recovery="1") as websocket:
            session = accepted(websocket, auth)
            websocket.send("41")
        time.sleep(0.5)
        with open_websocket(world.stack, recovery="1") as websocket:
            assert accepted(websocket, {**auth, "pid": session["pid"]})["sid"] != session["sid"]


def test_after_the_window_there_is_a_new_session(tmp_path: Path) -> None:
    with stack_in(tmp_path, {"RECOVERY_WINDOW_MS": "5000"}) as stack, world_of(stack) as world:
        delays = [
            {"reconnectionDelay": delay, "reconnectionDelayMax": delay, "randomizationFactor": 0}
            for delay in (500, 9_000)
        ]
        early, late = (
            world.connect(user, query={"recovery": "1"}, **delay)
            for user, delay in zip(world.crowd, delays, strict=False)
        )
        for device, recovers in ((early, True), (late, False)):
            sid = device.wait_for("connect").args[0]
            device.cut()
            again, recovered = come_back(device)
            assert (again == sid, recovered) == (recovers, recovers)


def accepted(websocket: ClientConnection, auth: Mapping[str, Any]) -> dict[str, str]:
    """Connect by hand; returns the session: sid and pid."""
    assert str(websocket.recv(timeout=PATIENCE_S)).startswith("0{")
    websocket.send("40" + json.dumps(auth))
    answer = str(websocket.recv(timeout=PATIENCE_S))
    assert answer.startswith("40{")
    session: dict[str, str] = json.loads(answer[2:])
    return session


def test_without_the_wish_nobody_is_recovered(world: World, user: str) -> None:
    device = world.connect(user, reconnectionDelay=100)
    sid = device.wait_for("connect").args[0]
    device.cut()
    again, recovered = come_back(device)
    assert again != sid
    assert not recovered
