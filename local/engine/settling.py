"""What changes seldom needs no log: it is answered after a snapshot that has it.

| request                                            | answered                           |
|----------------------------------------------------|------------------------------------|
| reads                                              | at once                            |
| writes of items and messages                       | at once: they are in the log       |
| starts something, or has no state that is relied on| at once: `PASSING`                 |
| refused or failed                                  | at once                            |
| anything else: tables, queues, functions, rules …  | once the next snapshot is complete |

A stack changes after the call that asked for it was answered: a request that asks how far it is waits for the
snapshot instead.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from local.engine import borrowed
from local.engine.borrowed import Handler

READS = re.compile(
    r"(Get|List|Describe|BatchGet|Head|Lookup|Query|Scan|Search|Select|Test|Validate|Simulate|TransactGet)"
)
LOGGED = {
    "dynamodb": {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"},
    "sqs": {
        "SendMessage",
        "SendMessageBatch",
        "ReceiveMessage",
        "DeleteMessage",
        "DeleteMessageBatch",
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "PurgeQueue",
    },
}
PASSING = {
    "states": {"StartExecution", "StartSyncExecution", "StopExecution", "SendTaskSuccess", "SendTaskFailure"},
    "events": {"PutEvents"},
    "logs": {"CreateLogGroup", "CreateLogStream", "PutLogEvents"},
    "monitoring": {"PutMetricData"},
    "kms": {"Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "Sign", "Verify"},
    "sts": {"AssumeRole", "AssumeRoleWithWebIdentity"},
}
TELLS_OF_CHANGES = {"cloudformation": {"DescribeStacks", "DescribeStackEvents", "DescribeChangeSet"}}
INVOKES = re.compile(r"/[0-9-]+/functions/.+/(invocations|invoke-async|response-streaming-invocations)/?")
OPERATION = re.compile(r"/service/\w+/operation/(\w+)")
ACTION = re.compile(rb"(?:^|&)Action=(\w+)")
ERRORS_FROM = 400


def install(settle: Callable[[], Awaitable[None]]) -> None:
    """Let the engine answer what changes its state after `settle`."""

    def settling(service: str, handle: Handler) -> Handler:
        async def handle_and_settle(
            method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
        ) -> tuple[Any, ...]:
            answer = await handle(method, path, headers, body, query)
            if answer[0] < ERRORS_FROM and is_lasting(service, method, path, action_of(headers, path, body, query)):
                await settle()
            return answer

        return handle_and_settle

    borrowed.wrap_services(settling)


def action_of(headers: Mapping[str, str], path: str, body: bytes, query: Mapping[str, Any]) -> str:
    """Return what a request names as its action; "" for a service that goes by method and path."""
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if named := OPERATION.fullmatch(path):
        return named[1]
    if given := query.get("Action"):
        return str(given[0] if isinstance(given, list) else given)
    found = ACTION.search(body)
    return found[1].decode() if found and headers.get("content-type", "").startswith("application/x-www-form") else ""


def is_lasting(service: str, method: str, path: str, action: str) -> bool:
    """Whether a request changes what only a snapshot keeps, or tells of such a change."""
    if action in TELLS_OF_CHANGES.get(service, ()):
        return True
    if not action:
        return method not in {"GET", "HEAD", "OPTIONS"} and not (service == "lambda" and INVOKES.fullmatch(path))
    return not (READS.match(action) or action in LOGGED.get(service, ()) or action in PASSING.get(service, ()))
