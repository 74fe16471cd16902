"""A request as an HTTP API of API Gateway gives it to a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/api/socketio/"


def http_event(
    method: str, query: str, body: str, headers: Mapping[str, str], request_id: str, at_ms: int
) -> dict[str, Any]:
    """The event, in payload format 2.0, of a request to the path that Socket.IO's clients ask for."""
    return {
        "version": "2.0",
        "rawPath": PATH,
        "rawQueryString": query,
        "headers": dict(headers),
        "requestContext": {
            "http": {"method": method, "path": PATH, "sourceIp": "203.0.113.7"},
            "requestId": request_id,
            "timeEpoch": at_ms,
        },
        "body": body,
        "isBase64Encoded": False,
    }
