"""A cloud on a port, for functions in processes of their own: tables in moto, and whatever else is called says yes.

Signatures and permissions are nobody's here: the local cloud has them.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import ClientError

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio_chat.accounts.directory import Directory
from tests.tables import REGION, dynamodb, make_table

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = "DynamoDB_20120810."


@dataclass
class Cloud:
    """`environment`: what functions are told. `calls`: which operations were called; `posts`: frames, by address."""

    environment: dict[str, str]
    calls: Counter[str] = field(default_factory=Counter)
    posts: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def moto_cloud() -> Iterator[Cloud]:
    """The stack's tables with a user alice, whose key is `key-of-alice`, and the agent echo."""
    with dynamodb() as client:
        tables = {f"{name.upper()}_TABLE": make_table(client, name) for name in ("connections", "conversations")}
        cloud = Cloud({})
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(client, cloud))
        url = f"http://127.0.0.1:{server.server_port}"
        cloud.environment = _environment(url, tables)
        directory = Directory(DynamoTable(tables["CONVERSATIONS_TABLE"], client))
        directory.put_user("alice", "pro")
        directory.put_key("key-of-alice", "alice")
        directory.put_agent("echo", "Echo")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield cloud
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _environment(url: str, tables: dict[str, str]) -> dict[str, str]:
    queues = ("TICKS", "OPENINGS", "REMINDERS", "BATCHES", "EMITTING_DEAD", "PUSH", "DELIVERIES", "PUSH_DEAD")
    return {
        **tables,
        **{f"{name}_QUEUE_URL": f"{url}/queue" for name in queues},
        "CALLBACK_URL": f"{url}/live",
        "OPENER_FUNCTION": "message",
        "STATE_MACHINE_ARN": f"arn:aws:states:{REGION}:123456789012:stateMachine:Chat-answers",
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "t" * 400,
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "POWERTOOLS_SERVICE_NAME": "function",
    }


def _handler(client: Any, cloud: Cloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body go out together

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = self.headers.get("X-Amz-Target", "")
            status, answer = self._answer(target, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            with suppress(OSError):
                self.wfile.flush()

        def _answer(self, target: str, body: bytes) -> tuple[int, bytes]:
            if target.startswith(TABLES):
                operation = target.removeprefix(TABLES)
                cloud.calls[operation] += 1
                return _table(client, operation, body)
            if found := re.search("/(?:@|%40)connections/(.*)", self.path):
                cloud.calls["PostToConnection"] += 1
                cloud.posts.append((found[1], body.decode()))
                return 200, b""
            cloud.calls[target.rpartition(".")[2] or "Invoke"] += 1
            return (200, b"{}") if target else (202, b"")

        def log_message(self, *_: Any) -> None: ...

    return Handler


def _table(client: Any, operation: str, body: bytes) -> tuple[int, bytes]:
    call = json.loads(body, object_hook=_decoded)
    try:
        answer = getattr(client, xform_name(operation))(**call)
    except ClientError as error:
        found: Any = error.response
        more = {name: found[name] for name in ("Item", "CancellationReasons") if name in found}
        told = {"__type": found["Error"]["Code"], "message": found["Error"]["Message"], **more}
        return 400, json.dumps(told, default=_encoded).encode()
    answer.pop("ResponseMetadata")
    return 200, json.dumps(answer, default=_encoded).encode()


def _decoded(found: dict[str, Any]) -> dict[str, Any]:
    text = found.get("B")
    return {"B": base64.b64decode(text)} if len(found) == 1 and isinstance(text, str) else found


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()
