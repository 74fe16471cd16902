"""What holds for every test: how hard Hypothesis looks, and that only end-to-end tests reach a network."""

import functools
import os

import pytest
import pytest_socket
from botocore.loaders import JSONFileLoader
from hypothesis import settings

# Machines are noisy: a slow example is no failure, pytest-timeout ends what hangs.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=500, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

# Tests make sessions by the thousand, and each would parse the descriptions of all endpoints and of its services anew.
load_file = functools.cache(JSONFileLoader().load_file)
setattr(JSONFileLoader, "load_file", lambda _loader, path: load_file(path))  # noqa: B010 - mypy takes no such method


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("e2e"):
        pytest_socket.enable_socket()
    else:
        pytest_socket.disable_socket(allow_unix_socket=True)  # asyncio wakes itself through one
