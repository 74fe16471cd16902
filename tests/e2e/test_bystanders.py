"""What a client does beside others keeps nobody waiting: acks of a bystander, with the stock client, under three loads.

In an account of thirty executions: what sleeps in a function there stands in the way of everybody.
"""

import base64
import os
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import Stack, World, stack_in, world_of
from tests.e2e.driver import Device
from tests.e2e.raw import RawClient, open_websocket, raw_client

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.alone, pytest.mark.timeout(300)]

HANDSHAKES, ATTACHMENTS = 60, 40
WARM = 25  # handshakes, one after the other, after which functions are warm
PACE_S = 0.05  # of a load, and of what the bystander asks for meanwhile, whether or not it was answered
LOST_AFTER_S = 5
AT_MOST = 1.5  # times what handshakes that complete cost
ASKED = 80  # of the bystander, so for a second after a load
ROUNDS = 3
TRIES = 2  # a busy machine gets a second chance
AT_REST_S = 2

Load = Callable[[], object]


def complete_handshake(stack: Stack, user_id: str) -> None:
    """Connect as a user, and say goodbye."""
    with open_websocket(stack) as websocket:
        RawClient(websocket, stack.key(user_id))


def abort_handshake(stack: Stack) -> None:
    """Ask for an upgrade without a key, and be gone before it is answered."""
    address = urlsplit(stack.url)
    assert address.hostname
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET {stack.socket_path}/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port or 80), timeout=10) as connection:
        connection.sendall(request.encode())


def acks_ms_during(bystander: Device, times: int, load: Load) -> list[float]:
    """How long the bystander's acks take while a load comes so many times, in milliseconds."""
    took: list[float] = []

    def ask() -> None:
        began = time.perf_counter()
        bystander.start("chat:history", {"agentId": "echo", "limit": 1}).add_done_callback(
            lambda _: took.append((time.perf_counter() - began) * 1000)
        )

    with ThreadPoolExecutor(times) as pool:
        coming = []
        for number in range(ASKED):
            if number < times:
                coming.append(pool.submit(load))
            ask()
            time.sleep(PACE_S)
        for each in coming:
            each.result()
    deadline = time.perf_counter() + LOST_AFTER_S
    while len(took) < ASKED and time.perf_counter() < deadline:
        time.sleep(PACE_S)
    return took + [LOST_AFTER_S * 1000] * (ASKED - len(took))


def medians_ms(world: World) -> dict[str, float]:
    """The bystander's median ack under each load, over rounds in which they take turns: what else goes on hits all."""
    stack, user = world.stack, world.crowd[1]
    bystander = world.connect(world.crowd[0])
    for _ in range(WARM):
        complete_handshake(stack, user)
    acks: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        with raw_client(stack, "alice") as stranger:  # on the free plan
            loads: dict[str, tuple[int, Load]] = {
                "completed": (HANDSHAKES, lambda: complete_handshake(stack, user)),
                "aborted": (HANDSHAKES, lambda: abort_handshake(stack)),
                "strays": (ATTACHMENTS, partial(stranger.websocket.send, "bAQID")),
            }
            for name, (times, load) in loads.items():
                acks.setdefault(name, []).extend(acks_ms_during(bystander, times, load))
                time.sleep(AT_REST_S)
    for name, took in acks.items():
        print(f"{name}: {len(took)} acks, median {statistics.median(took):.1f} ms, longest {max(took):.1f} ms")
    return {name: statistics.median(took) for name, took in acks.items()}


@pytest.fixture(scope="module")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Clients of a stack in a small account."""
    with stack_in(tmp_path_factory.mktemp("small"), {"ACCOUNT_CONCURRENCY": "30"}) as stack, world_of(stack) as world:
        yield world


def test_neither_handshakes_that_are_left_nor_stray_attachments_keep_a_bystander_waiting(small_world: World) -> None:
    for _ in range(TRIES):
        medians = medians_ms(small_world)
        if max(medians["aborted"], medians["strays"]) <= AT_MOST * medians["completed"]:
            return
    pytest.fail(f"medians in ms: {medians}")
