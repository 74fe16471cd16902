"""A shell, and the chat that its commands are about."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from moto.apigatewaymanagementapi.models import apigatewaymanagementapi_backends
from moto.core import DEFAULT_ACCOUNT_ID

from tests.drivers import HOST
from tests.functional.admin.shell import Shell
from tests.tables import REGION

if TYPE_CHECKING:
    from pathlib import Path

    from tests.drivers import ChatDriver


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue in moto says at once that it is empty."""
    monkeypatch.setattr("chat_admin.dead_letters.WAIT_S", 0)


@pytest.fixture
def shell(chat: ChatDriver, tmp_path: Path) -> Shell:
    apigatewaymanagementapi_backends[DEFAULT_ACCOUNT_ID][
        REGION
    ].reset()  # every test's first connection has one address
    chat.clock.advance(time.time() - chat.clock.now_ms() / 1000)  # the command looks at the machine's own clock
    outputs = tmp_path / "outputs.json"
    stack = {
        "TableConnections": chat.settings.connections_table,
        "TableConversations": chat.settings.conversations_table,
        "CallbackUrl": f"https://{HOST}/live",
        "Region": REGION,
    }
    outputs.write_text(json.dumps({"Other": {"Bucket": "b"}, "Chat": stack}))
    return Shell(outputs)
