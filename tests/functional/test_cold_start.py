"""What a cold start may import: each of these costs as much as everything else together."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.drivers import HANDLERS, ROOT

SCRIPT = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("handler", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
if sys.argv[2:]:
    from chat import events
    events.find(sys.argv[2])
print(json.dumps(sorted(sys.modules)))
"""


def imported(function: str, *event: str) -> set[str]:
    """The modules that are loaded after a cold start, and after a first event."""
    script = [sys.executable, "-c", SCRIPT, str(ROOT / "functions" / HANDLERS[function]), *event]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("function", sorted(HANDLERS))
def test_a_cold_start_loads_nothing_that_is_slow_to_load(function: str) -> None:
    assert not {"boto3", "pydantic", "pydantic_core", "httpx", "cryptography", "zoneinfo", "aws_xray_sdk"} & imported(
        function
    )


def test_the_first_event_loads_pydantic_and_its_own_module_only() -> None:
    modules = imported("message", "chat:join")
    assert "pydantic" in modules
    assert {name for name in modules if name.startswith("chat.events.chat_")} == {"chat.events.chat_join"}
