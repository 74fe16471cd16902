"""A run that ends, gently or not, and the next one in its folder: clients come back, and nothing said is lost."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.answers import CHUNK, COMPLETE, hear, history, join, say, words
from tests.e2e.conftest import World, stack_in, world_of
from tests.e2e.driver import Device

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

TEXT = words(90)
SOON = {"reconnectionDelay": 300, "reconnectionDelayMax": 500}
SNAPSHOT_S = 6  # the data is written down every five seconds
RECOVERY_S = 40  # a lease, a tick


@contextmanager
def next_run(world: World, home: Path, how: int) -> Iterator[None]:
    """End the run and start another one in the same folder, at the same port."""
    run = world.stack.run
    assert run
    port = run.port
    run.stop(how)
    with stack_in(home, {"PORT": str(port)}):
        yield


def come_back(device: Device) -> None:
    """Wait until a device has lost its connection and has another."""
    lost = device.wait_for("disconnect", within_s=10)
    device.wait_for("connect", within_s=30, after=device.log.index(lost))


def end_gently(home: Path) -> None:
    """Ctrl-C in the middle of an answer."""
    with stack_in(home) as first, world_of(first) as world:
        device = world.connect("bob", **SOON)
        done = say(device, "hello")
        hear(device, done["replyId"]).check("hello")
        running = say(device, TEXT)
        device.wait_for(CHUNK, lambda body: body["messageId"] == running["replyId"] and body["index"] == 5)
        with next_run(world, home, signal.SIGINT):
            come_back(device)
            after = len(device.log)
            ids = [line["messageId"] for line in join(device)["messages"]]
            assert ids[:3] == [done["messageId"], done["replyId"], running["messageId"]]
            if running["replyId"] not in ids:
                device.wait_for(COMPLETE, within_s=RECOVERY_S, after=after)
            assert history(device)[-1]["message"] == TEXT
            hear(device, say(device, "and on")["replyId"]).check("and on")


def kill(home: Path) -> None:
    """SIGKILL, some seconds after an answer."""
    with stack_in(home) as first, world_of(first) as world:
        device = world.connect("bob", **SOON)
        hear(device, say(device, "hello")["replyId"]).check("hello")
        time.sleep(SNAPSHOT_S)
        with next_run(world, home, signal.SIGKILL):
            come_back(device)
            assert [line["message"] for line in join(device)["messages"]] == ["hello", "hello"]
            hear(device, say(device, "and on")["replyId"]).check("and on")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, "Future[None]"]]:
    """Both ways to end, side by side."""
    with ThreadPoolExecutor(2) as pool:
        yield {
            signal.SIGINT: pool.submit(end_gently, tmp_path_factory.mktemp("ended")),
            signal.SIGKILL: pool.submit(kill, tmp_path_factory.mktemp("killed")),
        }


def test_what_was_said_before_ctrl_c_is_there_after_it(runs: dict[int, "Future[None]"]) -> None:
    runs[signal.SIGINT].result()


def test_a_killed_run_loses_the_last_seconds_at_most(runs: dict[int, "Future[None]"]) -> None:
    runs[signal.SIGKILL].result()
