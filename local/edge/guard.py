"""Who may speak to a server on this machine: not every page that a browser here has open.

A page of somebody else can send requests to loopback, and with a host name of its own that points here it can read
answers too (DNS rebinding). The engine's root key is known to everybody, so both are refused: a request by the name it
uses for us, and a browser's request to the engine by the page it comes from. A WebSocket's origin is for `$connect` to
judge, as in AWS.
"""

from urllib.parse import urlsplit

from local.edge.asgi import Scope, header


def is_ours(host: str) -> bool:
    """Whether a Host header or an origin's authority can mean nothing but this machine's loopback."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in {"localhost", "127.0.0.1", "::1"} or name.endswith(".localhost")


def comes_here(scope: Scope) -> bool:
    """Whether the request was sent to us by a name of ours."""
    return is_ours(header(scope, "host"))


def is_signed(scope: Scope) -> bool:
    """Whether this is a request to AWS, by its header or, presigned, by its query. An API key of ours is neither."""
    query = scope["query_string"]
    return header(scope, "authorization").startswith("AWS") or b"X-Amz-" in query or b"AWSAccessKeyId=" in query


def is_foreign_page(scope: Scope) -> bool:
    """Whether a browser sends this on behalf of a page that is not ours. Tools and functions send no origin."""
    origin = header(scope, "origin")
    if origin:
        return not is_ours(urlsplit(origin).netloc)
    return header(scope, "sec-fetch-site") in {"cross-site", "same-site"}
