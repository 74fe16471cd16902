"""Events from elsewhere reach stock clients: by the bus, from another process, and a room of hundreds by a queue."""

import asyncio
import json
import time
from collections import Counter
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e import aws_side
from tests.e2e.answers import join
from tests.e2e.conftest import Stack, World

pytestmark = pytest.mark.e2e

MANY = 220  # more than a room that is posted to at once (`large_room`)
NUMBERS = count(1)


def put(stack: Stack, detail: Any, detail_type: str = "Emit") -> None:
    """Put an event on the stack's bus."""
    aws_side.put_event(stack, detail_type, detail)


def news() -> dict[str, Any]:
    """Return an event that is like no other."""
    return {"event": "news", "data": {"number": next(NUMBERS), "text": "é 語 \ufffe"}}


@pytest.mark.parametrize("room", ["user:{user}", "chat:echo:{user}", "global", None])
def test_an_event_on_the_bus_reaches_a_stock_client(world: World, user: str, room: str | None) -> None:
    device, other = world.connect(user), world.connect(next(name for name in world.crowd if name != user))
    join(device)
    body = news()
    put(world.stack, body if room is None else {**body, "room": room.format(user=user)})
    assert device.wait_for("news", lambda data: data == body["data"]).args == [body["data"]]
    if room in {"global", None}:
        other.wait_for("news", lambda data: data == body["data"])
    else:
        assert not other.events("news")


def test_several_rooms_are_one_event_and_a_socket_may_be_left_out(world: World, user: str) -> None:
    left_out, device = world.connect(user), world.connect(user)
    sid = left_out.wait_for("connect").body
    join(device)
    body = news()
    put(world.stack, {**body, "room": [f"user:{user}", f"chat:echo:{user}"], "skipSid": sid})
    device.wait_for("news", lambda data: data == body["data"])
    last = news()
    put(world.stack, {**last, "room": f"user:{user}"})
    for each in (device, left_out):
        each.wait_for("news", lambda data: data == last["data"])
    assert len(device.events("news")) == 2
    assert len(left_out.events("news")) == 1


def test_a_bad_detail_ends_in_the_dead_letters_and_the_next_is_emitted(world: World, user: str) -> None:
    device = world.connect(user)
    mark = f"mark-{next(NUMBERS)}"
    put(world.stack, {"event": mark, "rooms": f"user:{user}"})
    letter = dead_letter(world.stack, mark)
    assert letter["issues"][0]["path"] == "rooms"
    body = news()
    put(world.stack, {**body, "room": f"user:{user}"}, detail_type="Remark")  # nobody asked for these
    put(world.stack, {**body, "room": f"user:{user}"})
    device.wait_for("news", lambda data: data == body["data"])
    assert not device.events(mark)
    assert len(device.events("news")) == 1


def dead_letter(stack: Stack, mark: str, within_s: float = 15) -> Any:
    """Wait for the letter about the event of this name, and take it out."""
    sqs = aws_side.client(stack, "sqs")
    url = aws_side.queue_url(stack, "emittingDead")
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
            letter = json.loads(message["Body"])
            if letter["event"]["detail"]["event"] == mark:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return letter
    raise AssertionError(f"no letter about {mark} within {within_s} s")


def test_a_room_of_hundreds_is_reached_once_each_by_a_queue(stack: Stack, world: World) -> None:
    if len(world.crowd) < 3:
        pytest.skip("needs some users with many connections")
    body = news()
    began = time.monotonic()
    heard = asyncio.run(hear_all(stack, world.crowd[:30], {**body, "room": "global"}))
    print(f"{MANY} sockets: {time.monotonic() - began:.1f} s with connecting")
    frame = f"42{json.dumps(['news', body['data']], ensure_ascii=False, separators=(',', ':'))}"
    assert heard == Counter({(number, frame): 1 for number in range(MANY)})


async def hear_all(stack: Stack, users: list[str], detail: Any) -> Counter[tuple[int, str]]:
    """Connect sockets of several users, put an event on the bus; returns what each hears until it is quiet."""
    url = f"{stack.url.replace('http', 'ws', 1)}{stack.socket_path}/?{urlencode({'EIO': 4, 'transport': 'websocket'})}"
    sockets: list[ClientConnection] = []
    try:
        for start in range(0, MANY, 10):
            keys = [stack.key(users[number % len(users)]) for number in range(start, start + 10)]
            sockets += await asyncio.gather(*(accepted(url, key) for key in keys))
        await asyncio.to_thread(put, stack, detail)
        heard = await asyncio.gather(*(frames_of(number, socket) for number, socket in enumerate(sockets)))
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))
    return Counter(told for each in heard for told in each)


async def accepted(url: str, key: str) -> ClientConnection:
    """Connect one socket."""
    socket = await connect(url, compression=None, open_timeout=30)
    await asyncio.wait_for(socket.recv(), 30)  # the open packet
    await socket.send("40" + json.dumps({"token": key}))
    assert str(await asyncio.wait_for(socket.recv(), 30)).startswith('40{"sid"')
    return socket


async def frames_of(number: int, socket: ClientConnection, quiet_s: float = 3, within_s: float = 30) -> list[Any]:
    """Return a socket's events: from the first until nothing came for a while. Pings are answered, and no events."""
    heard: list[Any] = []
    try:
        while True:
            frame = await asyncio.wait_for(socket.recv(), quiet_s if heard else within_s)
            if frame == "2":
                await socket.send("3")
            elif "presence:updated" not in str(frame):
                heard.append((number, frame))
    except TimeoutError:
        return heard
