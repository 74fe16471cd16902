"""Workers come from a zygote: what they share, what each has of its own, and how they end."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.workers.forking import InitError, Zygote
from local.workers.lessons import News
from local.workers.worker import DIED, TIMED_OUT, Outcome, Worker
from tests.local.workers.functions import asked, written
from tests.processes import assert_gone

ECHO = "def handler(event, context): return event"
BY_FORK = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux forks")

Make = Callable[..., Zygote]


class Watched(Zygote):
    """A zygote whose workers are let go of after the test."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.workers: list[Worker] = []

    def worker(self) -> Worker:
        self.workers.append(super().worker())
        return self.workers[-1]

    def end(self) -> None:
        super().end()
        for worker in self.workers:
            if worker.is_alive:
                worker.close()
        self.workers.clear()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make zygotes, which are gone after the test."""
    made: list[Zygote] = []

    def of(source: str, lessons: News | None = None, **options: Any) -> Zygote:
        made.append(Watched(written(tmp_path / str(len(made)), source, **options), lessons or {}))
        return made[-1]

    yield of
    for zygote in made:
        zygote.end()


def call(worker: Worker, event: Any = None, timeout_s: float = 5) -> Outcome:
    return worker.invoke(asked(event), timeout_s)


@pytest.mark.parametrize(
    "event", [None, 0, "é😀", {"a": [1, {"b": None}]}, "x" * 3_000_000], ids=["null", "zero", "text", "nested", "large"]
)
def test_an_event_and_its_result_may_be_any_json(make: Make, event: Any) -> None:
    worker = make(ECHO).worker()
    assert call(worker, event) == Outcome(result=event)
    assert call(worker, 2).result == 2


@BY_FORK
def test_a_function_is_imported_once_for_all_its_workers(make: Make) -> None:
    zygote = make("import os\nimporter = os.getpid()\ndef handler(event, context): return [importer, os.getpid()]")
    (first, one), (second, other) = (call(zygote.worker()).result for _ in range(2))
    assert first == second
    assert len({first, one, other}) == 3


def test_a_worker_has_credentials_random_numbers_and_a_log_of_its_own(make: Make, tmp_path: Path) -> None:
    source = """
        import os, random, uuid
        import boto3
        def handler(event, context):
            found = boto3.client("sqs", region_name="us-east-1")._request_signer._credentials
            print("from", os.getpid())
            return [found.access_key, found.token, random.random(), str(uuid.uuid4())]
    """
    zygote = make(source, AWS_SESSION_TOKEN="of this worker")
    outcomes = [call(worker) for worker in (zygote.worker(), zygote.worker())]
    results = [outcome.result for outcome in outcomes]
    assert [result[:2] for result in results] == [["key", "of this worker"]] * 2
    assert results[0][2:] != results[1][2:]
    logs = {outcome.log for outcome in outcomes}
    assert len(logs) == 2
    assert all(log.startswith("from ") for log in logs)


def test_the_context_is_lambdas(make: Make) -> None:
    worker = make(
        "def handler(_, c): return [c.function_name, c.aws_request_id, c.get_remaining_time_in_millis()]"
    ).worker()
    name, request_id, left_ms = worker.invoke(asked(aws_request_id="r"), 5).result
    assert (name, request_id) == ("f", "r")
    assert 4000 < left_ms <= 5000


def test_variables_of_an_invocation_are_gone_with_the_next(make: Make) -> None:
    worker = make("import os\ndef handler(event, context): return os.environ.get('TRACE')").worker()
    assert worker.invoke({**asked(), "variables": {"TRACE": "t"}}, 5).result == "t"
    assert worker.invoke({**asked(), "variables": {"TRACE": None}}, 5).result is None


def test_an_error_is_told_with_its_class_and_trace_and_the_worker_lives(make: Make) -> None:
    worker = make("class Odd(Exception): ...\ndef handler(event, context):\n  if event: raise Odd(event)").worker()
    outcome = call(worker, "why")
    assert (outcome.error, outcome.error_type) == ("why", "Odd")
    assert "raise Odd(event)" in outcome.trace
    assert worker.is_alive
    assert not call(worker).failed


def test_what_json_cannot_say_is_an_error(make: Make) -> None:
    assert call(make("def handler(event, context): return {1, 2}").worker()).error_type == "Runtime.MarshalError"


@pytest.mark.parametrize("end", ["os._exit(3)", "sys.exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_worker_that_ends_is_told_with_what_it_printed(make: Make, end: str) -> None:
    worker = make(f"import os, sys\ndef handler(event, context):\n  print('last words', flush=True)\n  {end}").worker()
    outcome = call(worker)
    assert (outcome.error_type, worker.is_alive) == (DIED, False)
    assert outcome.log.startswith("last words")


def test_a_function_that_takes_too_long_is_ended(make: Make) -> None:
    worker = make("import time\ndef handler(event, context): print('begun', flush=True); time.sleep(60)").worker()
    outcome = call(worker, timeout_s=0.3)
    assert (outcome.error_type, outcome.error) == (TIMED_OUT, "Task timed out after 0.30 seconds")
    assert outcome.log == "begun"
    assert_gone([worker.pid])


def test_a_log_may_be_larger_than_a_pipe(make: Make) -> None:
    outcome = call(make("def handler(event, context): print('x' * 1_000_000); return 1").worker())
    assert (outcome.result, len(outcome.log)) == (1, 1_000_000)


def test_output_of_programs_that_a_handler_starts_is_in_the_log(make: Make) -> None:
    source = (
        "import subprocess\ndef handler(event, context): return subprocess.run(['echo', 'said'], check=True).returncode"
    )
    assert call(make(source).worker()) == Outcome(result=0, log="said")


def test_a_function_that_cannot_be_imported_says_why(make: Make) -> None:
    with pytest.raises(InitError, match="no_such_module") as failed:
        make("import no_such_module").worker()
    assert failed.value.error_type == "ModuleNotFoundError"
    assert "import no_such_module" in failed.value.trace


def test_a_function_whose_import_ends_the_process_says_so(make: Make) -> None:
    with pytest.raises(InitError, match="exited"):
        make("import os; os._exit(1)").worker()


@pytest.mark.parametrize(
    "unfit",
    [
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "import socket\nkept = socket.socket()",
    ],
    ids=["thread", "socket"],
)
def test_a_function_that_is_unfit_to_be_forked_has_a_process_for_each_worker(make: Make, unfit: str) -> None:
    zygote = make(
        f"{unfit}\nimport os\nimporter = os.getpid()\ndef handler(event, context): return [importer, os.getpid()]"
    )
    pids = [call(zygote.worker()).result for _ in range(2)]
    assert all(importer == own for importer, own in pids)
    assert pids[0] != pids[1]


@BY_FORK
def test_what_a_worker_learns_the_next_one_has(make: Make) -> None:
    source = """
        import sys
        def handler(event, context):
            known = "colorsys" in sys.modules
            import colorsys
            return known
    """
    zygote = make(source)
    first = zygote.worker()
    outcome = call(first)
    assert outcome.result is False
    assert outcome.news
    assert "colorsys" in outcome.news["modules"]
    assert call(first).news is None
    zygote.learn(outcome.news)
    later = call(zygote.worker())
    assert (later.result, later.news) == (True, None)


@BY_FORK
def test_a_lesson_that_makes_a_zygote_unfit_is_not_learnt(make: Make, tmp_path: Path) -> None:
    source = """
        import threading
        def handler(event, context):
            import harmful
            return threading.active_count()
    """
    harmful = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    zygote = make(source)
    (tmp_path / "0" / "code" / "harmful.py").write_text(harmful)
    before = zygote.worker()
    outcome = call(before)
    assert outcome.news
    zygote.learn(outcome.news)
    after = zygote.worker()
    assert call(after).result == 2
    assert not call(before).failed
    assert call(zygote.worker()).news, "the new zygote has not learnt it"


def test_the_end_of_a_zygote_ends_its_workers(make: Make) -> None:
    zygote = make("import time\ndef handler(event, context): time.sleep(60)")
    workers = [zygote.worker(), zygote.worker()]
    zygote.end()
    assert_gone([worker.pid for worker in workers])


@BY_FORK
def test_a_busy_worker_ends_with_a_zygote_that_was_killed(make: Make) -> None:
    zygote = make("import os, time\ndef handler(event, context):\n  if event: time.sleep(60)\n  return os.getppid()")
    worker = zygote.worker()
    os.kill(call(worker).result, signal.SIGKILL)
    assert_gone([worker.pid])


@BY_FORK
def test_a_zygote_that_was_killed_is_replaced(make: Make) -> None:
    zygote = make("import os\ndef handler(event, context): return os.getppid()")
    first = zygote.worker()
    killed = call(first).result
    os.kill(killed, signal.SIGKILL)
    assert_gone([killed, first.pid])
    assert not first.is_waiting()
    assert call(zygote.worker()).result != killed


@BY_FORK
def test_lessons_of_before_are_known_from_the_beginning(make: Make) -> None:
    source = "import sys\ndef handler(event, context): return 'colorsys' in sys.modules"
    lessons = {"modules": ["no.such.module", "colorsys"]}
    assert call(make(source, lessons).worker()) == Outcome(result=True)


def test_an_idle_worker_ends_when_it_is_let_go(make: Make) -> None:
    worker = make(ECHO).worker()
    worker.close()
    assert_gone([worker.pid])


@BY_FORK
def test_a_fork_takes_milliseconds(make: Make) -> None:
    zygote = make("import boto3, decimal, asyncio\n" + ECHO)
    best = min(_timed(lambda: call(zygote.worker())) for _ in range(5))
    fresh = _timed(lambda: call(make("import boto3, decimal, asyncio\n" + ECHO).worker()))
    assert best < fresh / 4


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
