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
    from serverless_socketio_chat import events
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
    slow = {"boto3", "pydantic", "pydantic_core", "httpx", "cryptography", "jwt", "zoneinfo", "aws_xray_sdk"}
    assert not slow & imported(function)


FOREIGN = {  # wings that a function has no use for, by function
    "connect": {"agents", "answers", "conversations", "notifications", "push"},
    "emitter": {"agents", "answers", "conversations", "notifications", "push"},
    "message": {"push"},
    "polling": {"agents", "answers", "conversations", "notifications", "push"},
    "presence": {"agents", "answers", "conversations", "push"},
    "push": {"agents", "answers", "conversations"},
    "sender": {"agents", "answers", "conversations"},
    "streamer": {"conversations"},
    "sweeper": {"conversations"},
}


@pytest.mark.parametrize("function", sorted(HANDLERS))
def test_a_cold_start_loads_its_own_wings_only(function: str) -> None:
    script = SCRIPT.replace(
        "if sys.argv[2:]:",
        "from serverless_socketio_chat.runtime import runtime\nruntime().app.prepare()\nif sys.argv[2:]:",
    )
    file = str(ROOT / "functions" / HANDLERS[function])
    done = subprocess.run(
        [sys.executable, "-c", script, file], env=ENVIRONMENT, capture_output=True, text=True, check=True, timeout=60
    )
    wings = {name.split(".")[1] for name in json.loads(done.stdout) if name.startswith("serverless_socketio_chat.")}
    assert not wings & FOREIGN[function]


ENVIRONMENT = {
    "CONNECTIONS_TABLE": "connections",
    "CONVERSATIONS_TABLE": "conversations",
    "CALLBACK_URL": "https://abc123.execute-api.us-east-1.amazonaws.com/live",
    "AWS_REGION": "us-east-1",
}
INIT = """
import gc, os, socket, sys, threading
sys.argv[1:] = [{file!r}]
{script}
assert threading.active_count() == 1, threading.enumerate()
assert not [each for each in gc.get_objects() if isinstance(each, socket.socket)]
from serverless_socketio_chat.runtime import _own
assert _own.cache_info().currsize == {made}
"""


@pytest.mark.parametrize(("function", "made"), [("connect", 1), ("message", 1), ("streamer", 0)])
def test_an_init_opens_no_socket_starts_no_thread_and_needs_no_credentials(function: str, made: int) -> None:
    file = str(ROOT / "functions" / HANDLERS[function])
    environment = {**ENVIRONMENT, "AWS_LAMBDA_FUNCTION_NAME": function}
    script = INIT.format(file=file, script=SCRIPT.replace("print(json.dumps(sorted(sys.modules)))", ""), made=made)
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)


def test_a_mistake_in_the_settings_is_an_error_of_the_init() -> None:
    file = str(ROOT / "functions" / HANDLERS["message"])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, file],
        env={"AWS_LAMBDA_FUNCTION_NAME": "message", "CONNECTIONS_TABLE": "connections"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "SettingsError: CALLBACK_URL is not set" in done.stderr


def test_the_first_event_loads_pydantic_and_its_own_module_only() -> None:
    modules = imported("message", "chat:join")
    assert "pydantic" in modules
    assert {name for name in modules if name.startswith("serverless_socketio_chat.events.chat_")} == {
        "serverless_socketio_chat.events.chat_join"
    }
