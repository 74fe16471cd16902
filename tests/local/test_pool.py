"""Which worker runs an invocation."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ministack.core import lambda_runtime

from local.engine import borrowed, pool
from local.engine.pool import Function, Pool

CONFIG = {"FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:door", "Version": "$LATEST", "Timeout": 20}


class Process:
    """A worker without a process."""

    def __init__(self, *_: Any) -> None:
        self.in_use = False
        self.last_used = time.time()
        self._start_time = time.time()


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Workers that were ended; none is a process."""
    gone: list[Any] = []
    monkeypatch.setattr(lambda_runtime, "_worker_class_for", lambda config: Process)
    monkeypatch.setattr(pool, "_end", gone.extend)
    monkeypatch.setattr(borrowed, "ensure_spawned", lambda worker: None)
    yield gone
    borrowed.workers().clear()


def acquire(pool: Pool) -> Any:
    return pool.acquire("door", CONFIG, b"")[0]


def count() -> int:
    return sum(len(workers) for workers in borrowed.workers().values())


def test_a_free_worker_is_used_again(ended: list[Any]) -> None:
    pool = Pool()
    first = acquire(pool)
    pool.release(first)
    assert acquire(pool) is first


def test_a_quick_function_is_waited_for(ended: list[Any]) -> None:
    pool = Pool()

    def call(_: int) -> None:
        worker = acquire(pool)
        time.sleep(0.002)
        pool.release(worker)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(call, range(40)))
    assert count() <= 2


def test_a_slow_function_gets_another_worker(ended: list[Any]) -> None:
    pool = Pool()
    learn_that_it_is_slow(pool)
    first, second = acquire(pool), acquire(pool)
    assert first is not second


@pytest.mark.parametrize(("timeout_s", "workers"), [(20, pool.DOOR_WORKERS_MAX), (270, pool.WORKERS_MAX)])
def test_doors_stay_few_however_slow_they_are_and_what_sleeps_does_not(
    ended: list[Any], monkeypatch: pytest.MonkeyPatch, timeout_s: int, workers: int
) -> None:
    monkeypatch.setattr("local.engine.pool.GIVE_UP_S", 0.05)
    pool = Pool()
    learn_that_it_is_slow(pool)
    config = CONFIG | {"Timeout": timeout_s}
    leased = [pool.acquire("door", config, b"")[0] for _ in range(workers)]
    assert None not in leased
    assert pool.acquire("door", config, b"") == (None, "func_cap")


def learn_that_it_is_slow(pool: Pool) -> None:
    for _ in range(3):
        worker = acquire(pool)
        pool._leases[worker].since -= 5
        pool.release(worker)


def test_nobody_waits_for_ever(ended: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.engine.pool.GIVE_UP_S", 0.1)
    monkeypatch.setattr("local.engine.pool.DOOR_WORKERS_MAX", 1)
    pool = Pool()
    assert acquire(pool)
    assert pool.acquire("door", CONFIG, b"") == (None, "func_cap")


@pytest.mark.parametrize(
    ("function", "workers", "wanted"),
    [
        (Function(), 0, True),
        (Function(waiting=1), 1, False),
        (Function(waiting=1, hold_s=3), 1, True),
        (Function(waiting=1, hold_s=3), 40, True),
        (Function(waiting=100, hold_s=0.01), 1, True),
        (Function(waiting=1, hold_s=3), pool.WORKERS_MAX, False),
        (Function(waiting=99, hold_s=3, workers_max=8), 8, False),
        (Function(waiting=1, hold_s=3, starting=pool.STARTS_AT_ONCE), 5, False),
    ],
)
def test_another_worker_is_wanted_when_the_wait_would_be_long(function: Function, workers: int, wanted: bool) -> None:
    assert function.wants_another(workers) is wanted


def test_changed_code_ends_idle_workers_now_and_busy_ones_after_their_call(ended: list[Any]) -> None:
    pool = Pool()
    learn_that_it_is_slow(pool)
    busy, idle = acquire(pool), acquire(pool)
    pool.release(idle)
    pool.invalidate("door")
    assert ended == [idle]
    new = acquire(pool)
    assert new not in {busy, idle}
    pool.release(busy)
    assert ended == [idle, busy]
    assert acquire(pool) is not busy


def test_a_worker_that_never_became_ready_ends_though_it_was_not_given_back(ended: list[Any]) -> None:
    pool = Pool()
    failed = acquire(pool)
    failed._start_time = None
    pool.invalidate("door")
    assert ended == [failed]
    pool.release(None)
    assert acquire(pool) is not failed


def test_other_functions_keep_their_workers(ended: list[Any]) -> None:
    pool = Pool()
    pool.release(acquire(pool))
    pool.invalidate("other")
    pool.invalidate("door", qualifier="2")
    pool.invalidate("door", region="eu-west-1")
    assert not ended
    pool.invalidate("door", qualifier="$LATEST", account="000000000000", region="us-east-1")
    assert len(ended) == 1


def test_warm_workers_are_there_before_the_first_call(ended: list[Any]) -> None:
    pool = Pool()
    pool.warm("door", {"config": CONFIG, "code_zip": b""}, count=2)
    assert count() == 2
    acquire(pool)
    assert count() == 2


def test_releasing_nothing_does_nothing(ended: list[Any]) -> None:
    Pool().release(None)
