"""The sender's cold start, and what its first push loads besides, against importing pywebpush alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.measuring import Row, imports
from tests.drivers import HANDLERS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SENDER = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("handler", {str(ROOT / "functions" / HANDLERS["sender"])!r})
spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""
FIRST_PUSH = """
import py_vapid
from serverless_socketio_chat.push import delivery, sending
from serverless_socketio_chat.push import client, connections, encryption
"""
BASELINE = "import pywebpush"


def rows() -> Iterator[Row]:
    cold, pushing, both, baseline = imports(SENDER, FIRST_PUSH, SENDER + FIRST_PUSH, BASELINE)
    yield Row("sender: cold import", cold, BASELINE, baseline)
    yield Row("what pushing takes, alone", pushing, BASELINE, baseline)
    yield Row("sender: cold import and first push", both, BASELINE, baseline)
