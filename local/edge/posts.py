"""The limits of calls of `@connections` that the engine does not know.

Sources: "Quotas for configuring and running a WebSocket API" (message payload size) and, for the account's rate,
`LimitExceededException` of `PostToConnection`: "The client is sending more than the allowed number of requests per unit
of time".
"""

import json
import re
from collections.abc import Mapping

from local.edge.throttle import Throttles

CALLBACK_PATH = re.compile(r"/_aws/execute-api/[^/]+/[^/]+/@connections/.+")
BYTES_MAX = 128 * 1024

Refusal = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body."""


def refusal(method: str, path: str, size: int, throttles: Throttles) -> Refusal | None:
    """Return the answer to a call about a connection that API Gateway refuses; `None` if the engine may take it."""
    if CALLBACK_PATH.fullmatch(path) is None:
        return None
    if not throttles.let_call_back():
        return _refused(429, "LimitExceededException", "Too Many Requests")
    if method == "POST" and size > BYTES_MAX:
        return _refused(413, "PayloadTooLargeException", "Payload Too Large")
    return None


def _refused(status: int, error: str, message: str) -> Refusal:
    headers = {"content-type": "application/json", "x-amzn-errortype": error}
    return status, headers, json.dumps({"message": message}).encode()
