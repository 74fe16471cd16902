"""A function with a will: what a test writes decides what it does."""

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

import boto3

SEEN = Path(os.environ["SEEN"])


def handler(event: dict[str, Any], context: Any) -> Any:
    """Note the event, then do as its query or its body says."""
    with SEEN.open("a") as seen:
        seen.write(json.dumps(event) + "\n")
    kind = event["requestContext"]["eventType"]
    if kind == "CONNECT":
        return connect(event.get("queryStringParameters") or {})
    body = event.get("body", "")
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body).decode()
    return message(event, body) if kind == "MESSAGE" else {"statusCode": 200}


def connect(query: dict[str, str]) -> Any:
    if query.get("do") == "raise":
        raise PermissionError("no")
    if query.get("do") == "sleep":
        time.sleep(0.3)
    headers = {"Sec-WebSocket-Protocol": query["protocol"]} if "protocol" in query else {}
    return {"statusCode": int(query.get("status", "200")), "headers": headers}


def message(event: dict[str, Any], body: str) -> Any:
    does, _, rest = body.partition(":")
    if does == "raise":
        raise ValueError(rest)
    if does == "nothing":
        return None
    if does == "return":
        return {"statusCode": 200, "body": rest}
    if does == "exit":
        os._exit(1)
    if does == "sleep":
        seconds, _, rest = rest.partition(":")
        time.sleep(float(seconds))
    if does == "environment":
        rest = json.dumps(dict(os.environ))
    if does in {"echo", "sleep", "environment"}:
        client().post_to_connection(ConnectionId=event["requestContext"]["connectionId"], Data=rest.encode())
    return {"statusCode": 200}


def client() -> Any:
    global _client
    _client = _client or boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["MANAGEMENT_URL"])
    return _client


_client: Any = None
