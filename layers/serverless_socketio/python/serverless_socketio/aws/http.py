"""HTTP API events in, responses out: long-polling, see `polling.server`.

Event and response: "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", payload format 2.0.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ..polling.server import HttpRequest
from .gateway import Handshake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..polling.server import HttpAnswer


def is_http(event: Mapping[str, Any]) -> bool:
    """Whether an event is a request to an HTTP API."""
    return "http" in event.get("requestContext", {})


def request_in(event: Mapping[str, Any]) -> HttpRequest:
    """The request of an event."""
    context = event["requestContext"]
    body = event.get("body") or ""
    return HttpRequest(
        method=context["http"]["method"],
        query=event.get("rawQueryString") or "",
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(errors="surrogatepass"),
        received_ms=context["timeEpoch"],
        id=context["requestId"],
        source_ip=context["http"].get("sourceIp", ""),
    )


def response_of(answer: HttpAnswer) -> dict[str, Any]:
    """The response of an answer."""
    headers = {"content-type": answer.content_type, **answer.headers}
    return {"statusCode": answer.status, "headers": headers, "body": answer.body, "isBase64Encoded": False}


def handshake_of(request: HttpRequest) -> Handshake:
    """A request as the handshake that an application judges."""
    query = {name: values[-1] for name, values in parse_qs(request.query, keep_blank_values=True).items()}
    return Handshake("socketio", request.headers, query, request.source_ip)
