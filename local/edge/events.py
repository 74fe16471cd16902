"""The events that API Gateway gives to the functions of a WebSocket API, and of an HTTP API.

Shapes: "Set up a WebSocket API integration request in API Gateway" and events recorded from a deployed API
(`tests/events/`); "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", payload format 2.0.
"""

import base64
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

Event = dict[str, Any]

TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")
"""What API Gateway hands on as text; which others it does is not documented."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """What every event of one connection has in common.

    Attributes:
        connected_at_ms: When the handshake came, milliseconds since the epoch.
    """

    api_id: str
    region: str
    stage: str
    connection_id: str
    connected_at_ms: int
    source_ip: str
    user_agent: str


def new_id() -> str:
    """Return an id as API Gateway makes them for connections, messages and requests, e.g. `L0SM9cOFvHcCIhw=`."""
    return base64.urlsafe_b64encode(os.urandom(11)).decode()


def now_ms() -> int:
    """Return milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def connect(peer: Peer, headers: Sequence[tuple[str, str]], query: str) -> Event:
    """Return the event of a handshake: the only one with its headers and its query."""
    event = {"headers": dict(headers), "multiValueHeaders": _lists(headers)}
    parameters = parse_qs(query, keep_blank_values=True)
    if parameters:
        event["queryStringParameters"] = {name: values[-1] for name, values in parameters.items()}
        event["multiValueQueryStringParameters"] = parameters
    return {**event, **_envelope(peer, "$connect", "CONNECT")}


def message(peer: Peer, route_key: str, body: str) -> Event:
    """Return the event of a message."""
    return {**_envelope(peer, route_key, "MESSAGE", messageId=new_id()), "body": body}


def disconnect(peer: Peer, code: int, reason: str) -> Event:
    """Return the event of an end, with the close frame's status or what stands for it."""
    return _envelope(peer, "$disconnect", "DISCONNECT", disconnectStatusCode=code, disconnectReason=reason)


def http_request(
    api_id: str, method: str, path: str, query: str, headers: Sequence[tuple[str, str]], body: bytes, source_ip: str
) -> Event:
    """Return the event of an HTTP request. A body is text if its content type says so, else base64."""
    named: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        named[key] = f"{named[key]},{value}" if key in named else value
    is_text = named.get("content-type", "").startswith(TEXT_TYPES)
    event: Event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": named,
        "requestContext": {
            "apiId": api_id,
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": named.get("user-agent", ""),
            },
            "requestId": new_id(),
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": now_ms(),
        },
        "isBase64Encoded": bool(body) and not is_text,
    }
    if body:
        event["body"] = body.decode(errors="replace") if is_text else base64.b64encode(body).decode()
    return event


def request_id(event: Mapping[str, Any]) -> str:
    """Return the id that an error frame names."""
    found: str = event["requestContext"]["requestId"]
    return found


def _envelope(peer: Peer, route_key: str, event_type: str, **more: str | int) -> Event:
    at_ms = now_ms()
    context = {
        "routeKey": route_key,
        "eventType": event_type,
        "extendedRequestId": new_id(),
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(at_ms / 1000)),
        "messageDirection": "IN",
        "stage": peer.stage,
        "connectedAt": peer.connected_at_ms,
        "requestTimeEpoch": at_ms,
        "identity": {"sourceIp": peer.source_ip, "userAgent": peer.user_agent},
        "requestId": new_id(),
        "domainName": f"{peer.api_id}.execute-api.{peer.region}.amazonaws.com",
        "connectionId": peer.connection_id,
        "apiId": peer.api_id,
        **more,
    }
    return {"requestContext": context, "isBase64Encoded": False}


def _lists(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
