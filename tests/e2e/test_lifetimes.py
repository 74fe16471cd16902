"""Connections that are ended before API Gateway would: stock clients come back by themselves, and nobody else notices.

On a stack of its own, where every connection is too old from the first ping on.
"""

import time
from pathlib import Path

import pytest

from tests.e2e.answers import join
from tests.e2e.conftest import stack_in, world_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

INTERVAL_S, TIMEOUT_S = 10, 20
OLD_AT_ONCE = {
    "PING_INTERVAL_MS": str(INTERVAL_S * 1000),
    "PING_TIMEOUT_MS": str(TIMEOUT_S * 1000),
    "CONNECTION_LIFETIME_MS": "1000",
}


def test_a_stock_client_whose_connection_became_too_old_reconnects_by_itself(tmp_path: Path) -> None:
    with stack_in(tmp_path, OLD_AT_ONCE) as stack, world_of(stack) as world:
        device = world.connect("alice", reconnectionDelay=100, reconnectionDelayMax=200)
        began = time.monotonic()
        ended = device.wait_for("disconnect", within_s=4 * INTERVAL_S)
        assert ended.body == "transport close"
        assert time.monotonic() - began < 4 * INTERVAL_S
        device.wait_for("connect", after=device.log.index(ended), within_s=20)
        assert join(device)["ok"]
        others = [world.connect("alice") for _ in range(4)]  # the plan's other places: the old one is free again
        assert len(others) == 4
