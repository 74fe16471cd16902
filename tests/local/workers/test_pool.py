"""Which worker runs an invocation."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from local.workers import package, pool
from local.workers.forking import InitError
from local.workers.lessons import Lessons
from local.workers.machine import Machine
from local.workers.pool import Pool
from local.workers.worker import Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from local.workers.lessons import News

CONFIG = {
    "FunctionName": "door",
    "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:door",
    "Version": "$LATEST",
    "Timeout": 20,
}
DOOR = {"config": CONFIG, "code_zip": b""}
STREAMER = {"config": CONFIG | {"Timeout": 270}, "code_zip": b""}


NEWS = {"modules": ["pydantic"], "clients": []}


class FakeWorker:
    """A worker without a process: its function does what the event says."""

    def __init__(self) -> None:
        self.is_alive = True

    def invoke(self, message: dict[str, Any], timeout_s: float) -> Outcome:
        if callable(message["event"]):
            message["event"]()
        self.is_alive = message["event"] != "die"
        return Outcome(result=id(self), news=NEWS if message["event"] == "learn" else None)

    def is_waiting(self) -> bool:
        return self.is_alive

    def close(self) -> None:
        self.is_alive = False


class FakeZygote:
    """Where workers without processes come from."""

    made: list[FakeZygote]

    def __init__(self, _package: object, lessons: News) -> None:
        self.lessons = dict(lessons)
        self.workers: list[FakeWorker] = []
        self.ended = False
        self.error: InitError | None = None
        self.made.append(self)

    def worker(self) -> FakeWorker:
        assert not self.ended
        if self.error:
            raise self.error
        self.workers.append(FakeWorker())
        return self.workers[-1]

    def learn(self, news: News) -> None:
        self.lessons |= news

    def end(self) -> None:
        self.ended = True


@pytest.fixture(autouse=True)
def zygotes(monkeypatch: pytest.MonkeyPatch) -> list[FakeZygote]:
    """Zygotes that were made."""
    FakeZygote.made = []
    monkeypatch.setattr(pool, "Zygote", FakeZygote)
    monkeypatch.setattr(package, "unpack", lambda config, code: None)
    return FakeZygote.made


@pytest.fixture
def workers(tmp_path: Path) -> Pool:
    return Pool(Lessons(tmp_path / "lessons.json"))


def run(workers: Pool, event: Any = None, function: Any = DOOR) -> Outcome:
    return workers.run(function, event, {}, {})


def slow(workers: Pool) -> None:
    """Teach the pool that the function sleeps."""
    run(workers, function=STREAMER)
    next(iter(workers._functions.values())).hold_s = 5


class Sleep:
    """Invocations that last until they are woken."""

    def __init__(self, workers: Pool, count: int) -> None:
        self._woken = threading.Event()
        self._begun = threading.Semaphore(0)
        self._threads = ThreadPoolExecutor(count)
        self.outcomes = [self._threads.submit(run, workers, self._sleep) for _ in range(count)]

    def wait_until_begun(self) -> Sleep:
        for _ in self.outcomes:
            assert self._begun.acquire(timeout=5)
        return self

    def wake(self) -> list[Outcome]:
        self._woken.set()
        return [outcome.result() for outcome in self.outcomes]

    def _sleep(self) -> None:
        self._begun.release()
        self._woken.wait(5)


def test_a_free_worker_is_used_again(workers: Pool, zygotes: list[FakeZygote]) -> None:
    assert run(workers) == run(workers)
    assert len(zygotes[0].workers) == 1


def test_a_quick_function_is_waited_for(workers: Pool, zygotes: list[FakeZygote]) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: run(workers, lambda: time.sleep(0.002)), range(40)))
    assert len(zygotes[0].workers) <= pool.WORKING_MAX


def test_a_function_that_sleeps_is_not_waited_for(workers: Pool, zygotes: list[FakeZygote]) -> None:
    slow(workers)
    began = time.monotonic()
    sleep = Sleep(workers, 20).wait_until_begun()
    assert time.monotonic() - began < 20 * pool.PATIENCE_S
    assert len({outcome.result for outcome in sleep.wake()}) == 20


def test_while_the_machine_is_idle_nobody_waits_long_whatever_the_average_says(
    workers: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Machine, "is_busy", lambda machine: False)
    run(workers)
    Sleep(workers, 2 * pool.WORKING_MAX).wait_until_begun().wake()


def test_while_the_machine_is_busy_a_few_workers_take_turns(
    workers: Pool, zygotes: list[FakeZygote], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Machine, "is_busy", lambda machine: True)
    monkeypatch.setattr(pool, "LONG_S", 60)
    run(workers)
    with ThreadPoolExecutor(50) as threads:
        list(threads.map(lambda _: run(workers, lambda: time.sleep(0.05)), range(50)))
    assert len(zygotes[0].workers) == pool.WORKING_MAX


def test_while_the_machine_is_busy_a_call_that_has_waited_long_gets_a_worker_up_to_a_few(
    workers: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Machine, "is_busy", lambda machine: True)
    monkeypatch.setattr(pool, "LONG_S", 0.1)
    run(workers)
    sleep = Sleep(workers, pool.CROWD_MAX).wait_until_begun()
    with ThreadPoolExecutor(1) as threads:
        one_more = threads.submit(run, workers)
        time.sleep(0.3)
        assert not one_more.done()
        sleep.wake()


def test_there_is_a_largest_number_and_then_callers_wait(
    workers: Pool, zygotes: list[FakeZygote], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WORKERS_MAX", 2)
    slow(workers)
    sleep = Sleep(workers, 2).wait_until_begun()
    with ThreadPoolExecutor(1) as threads:
        third = threads.submit(run, workers)
        time.sleep(10 * pool.PATIENCE_S)
        assert not third.done()
        sleep.wake()
        assert third.result(5).result in {id(worker) for worker in zygotes[0].workers}
    assert len(zygotes[0].workers) == 2


def test_a_worker_that_died_is_not_used_again(workers: Pool, zygotes: list[FakeZygote]) -> None:
    run(workers, "die")
    run(workers)
    assert len(zygotes[0].workers) == 2


def test_a_worker_that_was_killed_while_it_was_idle_is_not_used(workers: Pool, zygotes: list[FakeZygote]) -> None:
    run(workers)
    zygotes[0].workers[0].is_alive = False
    assert run(workers).result == id(zygotes[0].workers[1])


def test_what_a_worker_learns_its_zygote_the_next_version_and_the_next_run_know(
    workers: Pool, zygotes: list[FakeZygote], tmp_path: Path
) -> None:
    run(workers, "learn")
    deadline = time.monotonic() + 5
    while zygotes[0].lessons != NEWS:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    workers.invalidate("door")
    run(workers)
    run(Pool(Lessons(tmp_path / "lessons.json")))
    assert [zygote.lessons for zygote in zygotes] == [NEWS] * 3


def test_lessons_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    (tmp_path / "lessons.json").write_text("{")
    assert Lessons(tmp_path / "lessons.json").of("door") == {}


def test_a_function_that_cannot_be_imported_fails_each_call_and_holds_up_none(
    workers: Pool, zygotes: list[FakeZygote]
) -> None:
    run(workers, "die")
    zygotes[0].error = InitError("no module", "ModuleNotFoundError", "trace")
    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(lambda _: run(workers), range(8)))
    assert {(outcome.error, outcome.error_type, outcome.trace) for outcome in outcomes} == {
        ("no module", "ModuleNotFoundError", "trace")
    }
    zygotes[0].error = None
    assert not run(workers).failed


def test_changed_code_ends_idle_workers_now_and_busy_ones_after_their_call(
    workers: Pool, zygotes: list[FakeZygote]
) -> None:
    slow(workers)
    sleep = Sleep(workers, 1).wait_until_begun()
    run(workers)
    busy, idle = zygotes[0].workers
    workers.invalidate("door")
    assert (busy.is_alive, idle.is_alive, zygotes[0].ended) == (True, False, False)
    assert run(workers).result == id(zygotes[1].workers[0])
    sleep.wake()
    assert (busy.is_alive, zygotes[0].ended, zygotes[1].ended) == (False, True, False)


def test_who_waits_while_the_code_changes_gets_the_new_code(
    workers: Pool, zygotes: list[FakeZygote], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WORKERS_MAX", 1)
    sleep = Sleep(workers, 1).wait_until_begun()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(run, workers)
        time.sleep(0.05)
        workers.invalidate("door")
        assert waiting.result(5).result == id(zygotes[1].workers[0])
    sleep.wake()


def test_other_functions_keep_their_workers(workers: Pool, zygotes: list[FakeZygote]) -> None:
    run(workers)
    workers.invalidate("other")
    workers.invalidate("door", qualifier="2")
    workers.invalidate("door", region="eu-west-1")
    assert not zygotes[0].ended
    workers.invalidate("door", qualifier="$LATEST", account="000000000000", region="us-east-1")
    assert zygotes[0].ended


def test_surplus_workers_end_when_they_have_long_been_idle(
    workers: Pool, zygotes: list[FakeZygote], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(workers)
    Sleep(workers, 3).wait_until_begun().wake()
    monkeypatch.setattr(pool, "IDLE_S", 0)
    run(workers)
    assert [worker.is_alive for worker in zygotes[0].workers].count(True) == 1


def test_warm_workers_are_there_before_the_first_call(workers: Pool, zygotes: list[FakeZygote]) -> None:
    workers.warm(DOOR, 2)
    assert len(zygotes[0].workers) == 2
    run(workers)
    assert len(zygotes[0].workers) == 2


def test_all_are_ended_at_the_end(workers: Pool, zygotes: list[FakeZygote]) -> None:
    run(workers)
    workers.end_all()
    assert zygotes[0].ended
