"""What holds for every test: how hard Hypothesis looks, and that only end-to-end tests reach a network."""

import functools
import os
from pathlib import Path

import pytest
import pytest_socket
from botocore.loaders import JSONFileLoader
from hypothesis import settings

# Helpers that judge: what they found is told, as in a test.
pytest.register_assert_rewrite("tests.e2e.answers", "tests.e2e.driver", "tests.e2e.raw", "tests.functional.plays")

# Machines are noisy: a slow example is no failure, pytest-timeout ends what hangs.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=500, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

# Files that take longest, by what they took side by side (`--durations=0`): begun first, none is waited for in the end.
LONGEST = (
    "e2e/test_push.py",
    "local/test_engine_suite.py",
    "e2e/test_page.py",
    "e2e/test_cdk_cli.py",
    "e2e/test_restart.py",
    "local/test_run.py",
    "e2e/test_live_models.py",
    "e2e/test_presence.py",
    "local/test_kill.py",
    "e2e/test_admin.py",
    "e2e/test_page_quality.py",
    "e2e/test_patience.py",
    "e2e/test_recovery.py",
    "e2e/test_connecting.py",
    "e2e/test_push_when.py",
    "e2e/test_page_notifications.py",
    "e2e/test_answer_in_response.py",
    "local/test_throttling.py",
    "functional/test_faults_of_answers.py",
    "functional/test_every_call_may_fail.py",
    "functional/test_recovery.py",
    "unit/socketio/test_recovery_races.py",
    "unit/chat/answers/test_restore_races.py",
)
TESTS = Path(__file__).parent

# Tests make sessions by the thousand, and each would parse the descriptions of all endpoints and of its services anew.
load_file = functools.cache(JSONFileLoader().load_file)
setattr(JSONFileLoader, "load_file", lambda _loader, path: load_file(path))  # noqa: B010 - mypy takes no such method


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {TESTS / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("e2e"):
        pytest_socket.enable_socket()
    else:
        pytest_socket.disable_socket(allow_unix_socket=True)  # asyncio wakes itself through one
