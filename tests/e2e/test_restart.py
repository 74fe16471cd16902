"""A run that ends, gently or not, and the next one in its folder: clients come back, and nothing said is lost."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.e2e.answers import CHUNK, COMPLETE, hear, history, join, say, words
from tests.e2e.conftest import Stack, World, stack_in, world_of
from tests.e2e.driver import Device

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(180)]

TEXT = words(90)
SOON = {"reconnectionDelay": 300, "reconnectionDelayMax": 500}
RECOVERY_S = 40  # a lease, a tick


@contextmanager
def next_run(world: World, home: Path, how: int) -> Iterator[Stack]:
    """End the run and start another one in the same folder, at the same port."""
    run = world.stack.run
    assert run
    port = run.port
    run.stop(how)
    with stack_in(home, {"PORT": str(port)}) as stack:
        yield stack


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
    """SIGKILL at the moment of an ack: the answer to it has not begun, or only just."""
    with stack_in(home) as first, world_of(first) as world:
        device = world.connect("bob", **SOON)
        done = say(device, "hello")
        hear(device, done["replyId"]).check("hello")
        running = say(device, TEXT)
        with next_run(world, home, signal.SIGKILL):
            come_back(device)
            after = len(device.log)
            ids = [line["messageId"] for line in join(device)["messages"]]
            assert ids[:3] == [done["messageId"], done["replyId"], running["messageId"]]
            if running["replyId"] not in ids:
                device.wait_for(COMPLETE, within_s=RECOVERY_S, after=after)
            assert [line["message"] for line in history(device)] == ["hello", "hello", TEXT, TEXT]
            hear(device, say(device, "and on")["replyId"]).check("and on")


def kill_again_and_again(home: Path) -> None:
    """SIGKILL after the ack of each of four users: every one of them finds the message, and gets the answer."""
    with ExitStack() as stack:
        world = stack.enter_context(world_of(stack.enter_context(stack_in(home))))
        users = world.crowd[:4]
        for user in users:
            say(world.connect(user), user)
            world = stack.enter_context(world_of(stack.enter_context(next_run(world, home, signal.SIGKILL))))
        for user in users:
            device = world.connect(user)
            join(device)
            wait_until_said(device, [user, user])


def wait_until_said(device: Device, texts: list[str]) -> None:
    """Wait until a chat's history is this."""
    deadline = time.monotonic() + RECOVERY_S
    while (said := [line["message"] for line in history(device)]) != texts:
        assert time.monotonic() < deadline, said
        time.sleep(0.5)


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


def test_a_run_that_is_killed_at_an_ack_loses_nothing(runs: dict[int, "Future[None]"]) -> None:
    runs[signal.SIGKILL].result()


def test_runs_that_are_killed_one_after_the_other_lose_nothing(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path)
