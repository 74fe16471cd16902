"""What AWS's documentation says of frames over a function's concurrency, with stock clients.

API Gateway neither waits nor tries again: a refused frame gets the error frame, which is no Socket.IO packet. A stock
client takes it for a broken one, closes with `transport error` and comes back by its own back-off. The frame is lost.
"""

from dataclasses import replace

import pytest

from tests.e2e import aws_side
from tests.e2e.conftest import World
from tests.e2e.throttle_probe import CLIENTS, REQUESTS, Throttled, aws_of, capped, frames_of, probe

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

HOLD_S = 4.0  # enough for 120 frames on a busy machine, and far less than waits for workers would take
REFUSED = "transport error"  # what engine.io-client makes of a frame that is no packet


def test_frames_over_the_concurrency_disconnect_stock_clients_which_come_back(world: World) -> None:
    aws_side.client(world.stack, "lambda")  # only where the stack is ours: everybody feels it
    aws = aws_of(world.stack)
    assert frames_of(world.stack, aws) == "sync"
    seen = probe(world, aws, "sync", HOLD_S)
    assert seen.is_kept, seen
    assert seen.disconnected == CLIENTS
    assert seen.reasons == {REFUSED}
    assert seen.acked < CLIENTS * REQUESTS


def test_what_was_reserved_is_so_again_after_the_probe(world: World) -> None:
    functions = aws_side.client(world.stack, "lambda")
    about = {"FunctionName": world.stack.resource("functions", "emitter")}
    functions.put_function_concurrency(**about, ReservedConcurrentExecutions=7)
    try:
        with capped(functions, about["FunctionName"], 1):
            assert functions.get_function_concurrency(**about)["ReservedConcurrentExecutions"] == 1
        assert functions.get_function_concurrency(**about)["ReservedConcurrentExecutions"] == 7
    finally:
        functions.delete_function_concurrency(**about)


def test_where_frames_are_handed_on_asynchronously_all_must_be_acked_and_nobody_disconnected() -> None:
    every = CLIENTS * REQUESTS
    seen = Throttled(frames="async", acked=every, disconnected=0, reasons=frozenset(), back_s=0.1)
    assert seen.is_kept
    assert not replace(seen, acked=every - 1).is_kept
    assert not replace(seen, disconnected=1).is_kept
    assert not replace(seen, frames="sync", back_s=None).is_kept
