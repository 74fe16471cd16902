"""What a cold function imports until its first frames are answered: nothing of boto3, pydantic only for a payload."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.drivers import HANDLERS, ROOT
from tests.moto_cloud import moto_cloud

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.moto_cloud import Cloud

pytestmark = pytest.mark.e2e

OF_BOTO3 = {"boto3", "botocore.session", "botocore.client", "botocore.httpsession", "urllib3", "s3transfer"}
SLOW = {*OF_BOTO3, "pydantic", "pydantic_core", "httpx", "cryptography", "zoneinfo", "importlib.resources", "uuid"}
CONNECT, HISTORY = '40{"token":"key-of-alice"}', '421["chat:history",{"agentId":"echo"}]'
MESSAGE = '422["chat:message",{"agentId":"echo","message":"hi"}]'


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with moto_cloud() as made:
        yield made


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "tests" / "events" / f"{name}.json").read_text())
    return event


def frame(text: str) -> dict[str, Any]:
    return {**recorded("message"), "body": text}


def cold(cloud: Cloud, function: str, *events: dict[str, Any], **variables: str) -> list[set[str]]:
    """The modules that a cold function has imported in its init, and after each event."""
    command = [sys.executable, str(ROOT / "tests" / "cold.py"), str(ROOT / "functions" / HANDLERS[function])]
    environment = {**os.environ, **cloud.environment, **variables}
    done = subprocess.run(
        [*command, json.dumps(events)], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return [set(names) for names in json.loads(done.stdout.splitlines()[-1])["modules"]]


@pytest.mark.parametrize("orjson", [True, False], ids=["orjson", "json"])
def test_a_connection_is_taken_opened_and_accepted_with_what_the_init_imported(
    cloud: Cloud, tmp_path: Path, orjson: bool
) -> None:
    cloud.posts.clear()
    if not orjson:
        (tmp_path / "orjson.py").write_text("raise ImportError")
    slow = SLOW - {"uuid"} if orjson else SLOW  # which orjson imports, and nothing of ours
    for function, events in (
        ("connect", [recorded("connect")]),
        ("message", [recorded("open"), frame(CONNECT)]),
    ):
        init, *after = cold(cloud, function, *events, PYTHONPATH=str(tmp_path))
        assert not slow & after[-1]
        assert ("orjson.orjson" in init) is orjson
        ours = {
            name
            for name in after[-1] - init
            if name.partition(".")[0] in {"serverless_socketio_chat", "serverless_socketio"}
        }
        assert ours == set()
    assert [text[:2] for _, text in cloud.posts[:2]] == ["0{", "40"]


def test_a_payload_brings_pydantic_and_no_frame_brings_boto3(cloud: Cloud) -> None:
    cold(cloud, "connect", recorded("connect"))
    cloud.posts.clear()
    *_, accepted, asked, told = cold(cloud, "message", frame(CONNECT), frame(HISTORY), frame(MESSAGE))
    assert "pydantic" not in accepted
    assert "pydantic" in asked
    assert not OF_BOTO3 & told
    assert [text[:3] for _, text in cloud.posts if text.startswith("43")] == ["431", "432"]
    assert cloud.calls["StartExecution"] == 1


def test_by_the_setting_everything_is_boto3s(cloud: Cloud) -> None:
    *_, after = cold(cloud, "connect", recorded("connect"), AWS_CLIENT="boto3")
    assert after >= OF_BOTO3 - {"s3transfer"}
    assert not {name for name in after if name.startswith("serverless_socketio.aws.client.dynamodb")}
