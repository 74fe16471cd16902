"""Presence: what devices say is told at once to who asked and to nobody else; who goes without a word has a grace."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.answers import fail, succeed
from tests.e2e.conftest import Stack, World
from tests.e2e.driver import Device
from tests.e2e.raw import close_code, open_websocket, raw_client
from tests.e2e.test_native import receive, request

pytestmark = pytest.mark.e2e

UPDATED = "presence:updated"
SOON = {"reconnectionDelay": 100, "reconnectionDelayMax": 200}
GRACE_S, REPORTED_S = 10.0, 30.0
UNDER_WAY_S = 0.3  # of one who was online already, more may be told, or nothing: there is no end to wait for
NOBODY = {"status": "offline", "lastSeen": None}


@pytest.fixture
def watcher(world: World, turns: Iterator[str]) -> Device:
    """Somebody else, who wants to know."""
    return world.connect(next(turns))


def watch(watcher: Device, *user_ids: str) -> dict[str, Any]:
    """Subscribe; returns how they are."""
    presence: dict[str, Any] = succeed(watcher, "presence:subscribe", {"userIds": user_ids})["presence"]
    assert presence.keys() == set(user_ids)
    return presence


def say(device: Device, status: str) -> None:
    """Let a device say what it is."""
    assert succeed(device, f"presence:{status}", {}) == {"ok": True, "status": status}


def heard(device: Device, user_id: str, after: int = 0) -> list[str]:
    """Return what a device heard of a user so far."""
    return [
        event.body["status"]
        for event in device.log[after:]
        if event.name == UPDATED and event.body["userId"] == user_id
    ]


def await_status(device: Device, user_id: str, status: str, within_s: float = 10.0, after: int = 0) -> dict[str, Any]:
    """Wait until a device hears that a user is of this status."""
    event = device.wait_for(
        UPDATED, lambda body: body["userId"] == user_id and body["status"] == status, within_s=within_s, after=after
    )
    body: dict[str, Any] = event.body
    assert body.keys() == {"userId", "status", "lastSeen", "timestamp"}
    return body


def arrive(world: World, watcher: Device, user_id: str, **options: Any) -> Device:
    """Connect a device of a user who is watched; what is told of its coming is heard by then."""
    before = len(watcher.log)
    was = watch(watcher, user_id)[user_id]["status"]
    device = world.connect(user_id, **options)
    if was != "online":
        await_status(watcher, user_id, "online", after=before)
    deadline = time.monotonic() + 10
    while watch(watcher, user_id)[user_id]["status"] != "online":
        assert time.monotonic() < deadline
    time.sleep(UNDER_WAY_S)
    return device


def now_ms() -> float:
    return time.time() * 1000


def test_what_a_device_says_is_told_at_once(world: World, watcher: Device, user: str) -> None:
    device = arrive(world, watcher, user)
    other = world.connect(user)
    for status in ("away", "offline", "online"):
        say(device, status)
        say(other, status)
    for listener in (watcher, device, other):  # each has a connection of its own, and hears it in its own time
        offline = listener.wait_for(UPDATED, lambda body: body["userId"] == user and body["status"] == "offline")
        await_status(listener, user, "online", after=listener.log.index(offline))
        start = heard(listener, user).index("away")
        assert heard(listener, user)[start:] == ["away", "offline", "online"]
    told = [event.body for event in watcher.events(UPDATED) if event.body["userId"] == user]
    times = [body["timestamp"] for body in told]
    assert times == sorted(set(times))
    assert told[-1]["lastSeen"] == told[-1]["timestamp"]
    away, offline = told[-3:-1]
    assert away["lastSeen"] == offline["lastSeen"] <= away["timestamp"]  # when the user stopped being online


def test_a_user_is_the_best_of_the_devices(world: World, watcher: Device, user: str) -> None:
    phone, desk = arrive(world, watcher, user), world.connect(user)
    before = len(watcher.log)
    say(phone, "offline")
    say(phone, "away")
    assert heard(watcher, user, before) == []
    say(desk, "away")
    await_status(watcher, user, "away", after=before)
    say(desk, "offline")
    say(phone, "online")
    await_status(watcher, user, "online", after=before)
    assert heard(watcher, user, before) == ["away", "online"]
    assert watch(watcher, user)[user]["status"] == "online"


def test_who_comes_is_told_to_who_asked_and_to_the_own_devices(world: World, watcher: Device, user: str) -> None:
    first = arrive(world, watcher, user)
    say(first, "offline")
    presence = watch(watcher, user)[user]
    assert (presence["status"], abs(presence["lastSeen"] - now_ms()) < 5_000) == ("offline", True)
    before, own = len(watcher.log), len(first.log)
    second = world.connect(user)
    online = await_status(watcher, user, "online", after=before)
    assert abs(online["timestamp"] - now_ms()) < 5_000
    assert await_status(first, user, "online", after=own) == await_status(second, user, "online") == online
    assert abs(watch(watcher, user)[user]["lastSeen"] - now_ms()) < 2_000


def test_nobody_else_is_told(world: World, watcher: Device, user: str, turns: Iterator[str]) -> None:
    device, stranger, former = arrive(world, watcher, user), world.connect(next(turns)), world.connect(next(turns))
    watch(former, user)
    ack = succeed(former, "presence:unsubscribe", {"userIds": [user]})
    assert ack["presence"][user]["status"] == "online"
    marks = [len(stranger.log), len(former.log)]
    say(device, "away")
    await_status(watcher, user, "away")
    assert [heard(stranger, user, marks[0]), heard(former, user, marks[1])] == [[], []]


def test_a_subscription_is_that_of_one_connection(world: World, user: str, turns: Iterator[str]) -> None:
    name = next(turns)
    asking, silent = world.connect(name), world.connect(name)
    device = arrive(world, asking, user)
    say(device, "away")
    await_status(asking, user, "away")
    assert heard(silent, user) == []


def test_a_connection_that_is_cut_is_offline_after_the_grace(world: World, watcher: Device, user: str) -> None:
    device = arrive(world, watcher, user, reconnection=False)
    before, cut_ms = len(watcher.log), now_ms()
    device.cut()
    offline = await_status(watcher, user, "offline", within_s=REPORTED_S, after=before)
    assert GRACE_S * 1000 <= offline["timestamp"] - cut_ms + 50 <= REPORTED_S * 1000
    assert abs(offline["lastSeen"] - cut_ms) < 5_000
    print(f"offline was announced {(offline['timestamp'] - cut_ms) / 1000:.1f} s after the cut")
    assert heard(watcher, user, before) == ["offline"]
    assert watch(watcher, user)[user] == {"status": "offline", "lastSeen": offline["lastSeen"]}


def test_a_reload_is_not_seen_even_if_another_device_changes_meanwhile(
    world: World, watcher: Device, user: str
) -> None:
    reloading, closing = arrive(world, watcher, user, **SOON), world.connect(user, reconnection=False)
    say(closing, "away")
    before = len(watcher.log)
    for device in (reloading, closing):
        device.cut()
    after = reloading.log.index(reloading.wait_for("disconnect"))
    reloading.wait_for("connect", after=after)
    time.sleep(GRACE_S + 4)
    assert heard(watcher, user, before) == []
    assert watch(watcher, user)[user]["status"] == "online"


def test_a_device_that_said_offline_is_offline_at_once_and_its_close_says_nothing(
    world: World, watcher: Device, user: str
) -> None:
    device = arrive(world, watcher, user)
    before = len(watcher.log)
    say(device, "offline")
    await_status(watcher, user, "offline", within_s=5, after=before)
    device.close()
    time.sleep(GRACE_S + 3)
    assert heard(watcher, user, before) == ["offline"]


def test_the_best_of_what_is_left_is_told_after_a_grace(world: World, watcher: Device, user: str) -> None:
    online, away = arrive(world, watcher, user), world.connect(user)
    say(away, "away")
    before = len(watcher.log)
    online.close()
    body = await_status(watcher, user, "away", within_s=REPORTED_S, after=before)
    assert body["timestamp"] - body["lastSeen"] >= GRACE_S * 1000 - 50
    assert heard(watcher, user, before) == ["away"]


def test_frames_in_a_row_end_as_the_last_one_says(world: World, watcher: Device, user: str) -> None:
    device = arrive(world, watcher, user)
    words = ["away", "online", "offline", "away", "online", "away"] * 3
    acks = [device.start(f"presence:{status}", {}) for status in words]
    assert all(ack.result(20).body["ok"] for ack in acks)
    assert watch(watcher, user)[user]["status"] == "away"
    newest = max((e.body for e in watcher.events(UPDATED) if e.body["userId"] == user), key=lambda b: b["timestamp"])
    assert newest["status"] == "away"


def test_unknown_users_are_offline_and_a_hundred_can_be_asked_for(world: World, user: str) -> None:
    device = world.connect(user)
    names = [f"nobody-{number} 😀#:/" for number in range(99)]
    presence = watch(device, *names, user)
    assert [presence[name] for name in names] == [NOBODY] * 99
    assert presence[user]["status"] == "online"
    twice = succeed(device, "presence:unsubscribe", {"userIds": [*names[:50], *names[:50]]})
    assert twice["presence"] == dict.fromkeys(names[:50], NOBODY)
    assert succeed(device, "presence:subscribe", {"userIds": []})["presence"] == {}


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (None, ""),
        ([], ""),
        ({}, "userIds"),
        ({"userIds": None}, "userIds"),
        ({"userIds": "bob"}, "userIds"),
        ({"userIds": ["bob", 5]}, "userIds.1"),
        ({"userIds": [""]}, "userIds.0"),
        ({"userIds": ["x" * 129]}, "userIds.0"),
        ({"userIds": ["x"] * 101}, "userIds"),
    ],
)
def test_what_does_not_fit_is_invalid(world: World, user: str, payload: Any, path: str) -> None:
    device = world.connect(user)
    for event in ("presence:subscribe", "presence:unsubscribe"):
        error = fail(device, event, payload)
        assert (error["code"], [issue["path"] for issue in error["issues"]]) == ("invalid", [path])


def test_presence_is_said_for_oneself(world: World, user: str) -> None:
    device = world.connect(user)
    for event in ("presence:online", "presence:away", "presence:offline"):
        assert fail(device, event, {"userId": "alice"})["code"] == "forbidden"
        assert fail(device, event, 5)["code"] == "invalid"
        assert succeed(device, event, {"userId": user, "unknown": 1})["ok"]


def test_native_clients_say_and_hear_presence_by_their_own_routes(
    world: World, stack: Stack, watcher: Device, user: str
) -> None:
    watch(watcher, user)
    with open_websocket(stack, native=True, token=stack.key(user)) as websocket:
        await_status(watcher, user, "online")
        before = len(watcher.log)
        for status in ("away", "offline", "online"):
            assert request(websocket, f"presence:{status}", {}) == {"id": "7", "ok": True, "status": status}
        await_status(watcher, user, "online", after=before)
        assert heard(watcher, user, before) == ["away", "offline", "online"]
        ack = request(websocket, "presence:subscribe", {"userIds": ["alice", user]}, "a")
        assert (ack["id"], ack["presence"][user]["status"]) == ("a", "online")
        assert request(websocket, "presence:subscribe", {"userIds": 5})["error"]["code"] == "invalid"
        websocket.send(json.dumps({"action": "presence:away", "data": {}}))
        while (told := receive(websocket)).get("data", {}).get("status") != "away":
            pass
        assert told["event"] == UPDATED
    before = len(watcher.log)
    await_status(watcher, user, "offline", within_s=REPORTED_S, after=before)


def test_a_native_client_that_just_came_is_not_taken_for_gone(world: World, stack: Stack, user: str) -> None:
    device = world.connect(user)
    with open_websocket(stack, native=True, token=stack.key(user)) as websocket:
        say(device, "away")
        say(device, "online")
        assert request(websocket, "presence:online", {})["ok"]
        assert request(websocket, "chat:join", {"agentId": "echo"})["ok"]


def test_a_socketio_connection_cannot_use_the_routes_of_native_clients(stack: Stack, user: str) -> None:
    frame = json.dumps({"action": "presence:away", "id": "7", "data": {}})
    with raw_client(stack, user) as accepted:
        assert accepted.refused(frame)["code"] == "invalid"
        presence = accepted.call("presence:subscribe", {"userIds": [user]})["presence"]
        assert presence[user]["status"] == "online"
    with open_websocket(stack) as websocket:  # no CONNECT yet: any other frame closes the connection
        assert str(websocket.recv(timeout=10)).startswith("0{")
        websocket.send(frame)
        assert close_code(websocket) == 1000
