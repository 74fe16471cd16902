"""A model server for the tests of providers: real sockets, on loopback only (`enable_socket`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.model_server import ModelServer, model_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running
