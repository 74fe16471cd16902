"""What plans allow: messages, everything else, bad frames, connections; and keys that are revoked."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from serverless_socketio_chat.accounts.api_keys import digest, new_key
from serverless_socketio_chat.accounts.directory import Directory
from serverless_socketio_chat.accounts.plans import BAD_FRAMES, DEFAULTS, OTHERS, Plan
from tests.e2e import aws_side
from tests.e2e.answers import fail, hear, say, succeed
from tests.e2e.conftest import World
from tests.e2e.driver import Device
from tests.e2e.raw import RawClient, close_code, open_websocket

WARM = 8  # functions at most, that frames of one connection may meet
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

FREE = DEFAULTS["free"]
CHANGED_WITHIN_S = 45  # a warm function trusts a plan for 30 s; the rest is for a busy machine
REVOKED_WITHIN_S = 60
NUMBERS = count(1)


@dataclass(frozen=True)
class Person:
    """A user of one's own, with a key."""

    world: World
    directory: Directory
    user_id: str
    key: str

    def open(self, **options: Any) -> Device:
        """Open a stock client."""
        given = {"path": self.world.stack.socket_path, "auth": {"token": self.key}, **options}
        return self.world.clients.open(self.world.stack.url, **given)

    def connect(self, **options: Any) -> Device:
        """Connect a stock client."""
        device = self.open(**options)
        device.wait_for("connect")
        return device

    def another_key(self) -> "Person":
        """Return the same user with one more key."""
        key = new_key()
        self.directory.put_key(key, self.user_id)
        return Person(self.world, self.directory, self.user_id, key)


def somebody(world: World, plan: str = "free") -> Person:
    """Make a user nobody else uses."""
    directory = aws_side.directory(world.stack)
    user_id = f"limited{next(NUMBERS):03d}-{time.time_ns()}"
    directory.put_user(user_id, plan)
    return Person(world, directory, user_id, "").another_key()


def use_up(device: Device, plan: Plan) -> tuple[list[Any], Any]:
    """Send messages, each answered before the next, until one is refused; returns the acks of the others, the error.

    On a busy machine that is not the first after the burst: meanwhile more are allowed.
    """
    acks: list[Any] = []
    for number in range(3 * plan.burst):
        ack = device.call("chat:message", {"agentId": "echo", "message": "hi", "clientMessageId": f"m{number}"})
        if not ack["ok"]:
            return acks, ack["error"]
        acks.append(ack)
        hear(device, ack["replyId"])
    raise AssertionError("nothing was refused")


@pytest.fixture
def narrow(world: World) -> Plan:
    """A plan of one message a minute, so ten of all else."""
    plan = Plan(f"narrow{time.time_ns()}", messages=1, burst=1, connections=2)
    aws_side.directory(world.stack).put_plan(plan)
    return plan


def test_a_burst_is_let_through_and_then_the_time_to_wait_is_true(world: World) -> None:
    device = somebody(world).connect()
    acks, error = use_up(device, FREE)
    told = time.monotonic()
    assert len(acks) >= FREE.burst
    assert error["code"] == "rate_limited"
    assert 0 < error["retryAfterMs"] <= 60_000 / FREE.messages
    half_ms = error["retryAfterMs"] // 2
    if half_ms > 500:  # less, and a busy machine may ask too late
        time.sleep(half_ms / 1000)
        again = fail(device, "chat:message", {"agentId": "echo", "message": "hi"})
        assert again["retryAfterMs"] <= error["retryAfterMs"] - half_ms + 1  # each is rounded up
    time.sleep(max(0.0, told + error["retryAfterMs"] / 1000 - time.monotonic()))
    hear(device, say(device, "hi")["replyId"])


def test_a_message_that_is_known_is_never_rate_limited(world: World) -> None:
    device = somebody(world).connect()
    (first, *_), error = use_up(device, FREE)
    assert error["code"] == "rate_limited"
    again = say(device, "hi", clientMessageId="m0")
    assert (again["messageId"], again["replyId"], again["duplicate"]) == (first["messageId"], first["replyId"], True)


@pytest.mark.alone
def test_all_else_has_an_allowance_of_its_own(world: World, narrow: Plan) -> None:
    device, other = somebody(world, narrow.name).connect(), somebody(world, narrow.name).connect()
    page = {"agentId": "echo", "limit": 1}
    acks = [device.call("chat:history", page)]
    while acks[-1]["ok"] and len(acks) < 3 * OTHERS * WARM:  # each warm function counts by itself
        acks.append(device.call("chat:history", page))
    assert len(acks) > OTHERS
    error = acks[-1]["error"]
    assert error["code"] == "rate_limited"
    assert 0 < error["retryAfterMs"] <= 60_000 / (OTHERS * narrow.messages)
    succeed(other, "chat:history", page)
    hear(device, say(device, "hi")["replyId"])
    time.sleep(error["retryAfterMs"] / 1000)
    succeed(device, "chat:history", page)


@pytest.mark.alone
def test_a_flood_of_bad_frames_closes_its_connection_and_no_other(world: World, narrow: Plan) -> None:
    person = somebody(world, narrow.name)
    device, bystander = person.connect(), somebody(world).connect()
    codes = []
    with open_websocket(world.stack) as websocket:
        websocket.recv(timeout=10)
        websocket.send(f'40{{"token":"{person.key}"}}')
        assert str(websocket.recv(timeout=10)).startswith("40")
        with suppress(ConnectionClosed):
            for _ in range(50 * BAD_FRAMES):
                websocket.send("42{")
                codes.append(json.loads(str(websocket.recv(timeout=10)).removeprefix("42"))[1]["code"])
        assert websocket.close_code == 1000
    assert len(codes) >= BAD_FRAMES
    assert (codes[0], codes[-1]) == ("invalid", "rate_limited")
    succeed(bystander, "chat:history", {"agentId": "echo"})
    hear(device, say(device, "hi")["replyId"])


def test_a_flood_that_meets_many_functions_at_a_time_is_closed_too(world: World) -> None:
    person = somebody(world)
    bystander = somebody(world).connect()
    with open_websocket(world.stack) as websocket:
        raw = RawClient(websocket, person.key)
        with suppress(ConnectionClosed):
            for _ in range(4 * BAD_FRAMES * FREE.burst):
                websocket.send("42{")
        assert raw.close_code(within_s=30) == 1000
    succeed(bystander, "chat:history", {"agentId": "echo"})
    hear(bystander, say(bystander, "hi")["replyId"])


def test_a_plan_changes_without_a_deployment(world: World, narrow: Plan) -> None:
    person = somebody(world, narrow.name)
    device, _ = person.connect(), person.connect()
    hear(device, say(device, "hi")["replyId"])
    assert fail(device, "chat:message", {"agentId": "echo", "message": "hi"})["retryAfterMs"] > 50_000
    assert person.open().wait_for("connect_error").body["data"]["code"] == "forbidden"
    person.directory.put_plan(Plan(narrow.name, messages=600, burst=100, connections=3))
    deadline = time.monotonic() + CHANGED_WITHIN_S
    while not device.call("chat:message", {"agentId": "echo", "message": "hi"})["ok"]:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    while person.open().wait_for("connect connect_error").name != "connect":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert person.open().wait_for("connect_error").body["data"]["code"] == "forbidden"


def test_the_bound_of_connections_is_exact_and_a_closed_one_makes_room(world: World) -> None:
    person = somebody(world)
    devices = [person.connect() for _ in range(FREE.connections)]
    assert person.open().wait_for("connect_error").body["data"]["code"] == "forbidden"
    devices[2].close()
    began = time.monotonic()
    while person.open().wait_for("connect connect_error").name != "connect":
        assert time.monotonic() - began < 5
        time.sleep(0.1)
    assert person.open().wait_for("connect_error").body["data"]["code"] == "forbidden"


def test_a_revoked_key_is_disconnected_and_refused(world: World) -> None:
    kept = somebody(world)
    lost = kept.another_key()
    stays, goes = kept.connect(), lost.connect(reconnectionDelay=100)
    with open_websocket(world.stack, native=True, token=lost.key) as native:
        time.sleep(1)
        kept.directory.revoke_key(lost.user_id, digest(lost.key))
        assert lost.open().wait_for("connect_error").body["data"]["code"] == "unauthorized"
        assert goes.wait_for("error", within_s=REVOKED_WITHIN_S).body["code"] == "unauthorized"
        goes.wait_for("disconnect", within_s=REVOKED_WITHIN_S)
        assert goes.wait_for("connect_error").body["data"]["code"] == "unauthorized"
        assert close_code(native, within_s=REVOKED_WITHIN_S) == 1000
    assert not stays.events("disconnect")
    succeed(stays, "chat:history", {"agentId": "echo"})


def test_of_a_revoked_user_every_connection_goes(world: World) -> None:
    person = somebody(world)
    devices = [person.connect(reconnection=False), person.another_key().connect(reconnection=False)]
    assert person.directory.revoke_user(person.user_id) == 2
    for device in devices:
        device.wait_for("disconnect", within_s=REVOKED_WITHIN_S)
    assert person.open().wait_for("connect_error").body["data"]["code"] == "unauthorized"
