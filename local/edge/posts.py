"""The one limit of posts to connections that the engine does not know.

Source: "Amazon API Gateway endpoints and quotas", WebSocket message payload size.
"""

import json
import re

POST_PATH = re.compile(r"/_aws/execute-api/[^/]+/[^/]+/@connections/.+")
BYTES_MAX = 128 * 1024
REFUSED_STATUS = 413
REFUSED_HEADERS = {"content-type": "application/json", "x-amzn-errortype": "PayloadTooLargeException"}
REFUSED_BODY = json.dumps({"message": "Payload Too Large"}).encode()


def is_too_large(method: str, path: str, size: int) -> bool:
    """Whether this posts more to a connection than API Gateway takes."""
    return size > BYTES_MAX and method == "POST" and POST_PATH.fullmatch(path) is not None
