"""Who may speak to a server on this machine: not every page that a browser here has open.

A foreign page can send requests to loopback, and with a host name of its own that points here it can read
answers too (DNS rebinding). The engine's root key is public, so both are refused: a request by the name it
uses for us, and a browser's request to the engine by the page it comes from. A page of another port of this machine is
a foreign one, too, unless it is allowed. A WebSocket's origin is for `$connect` to judge, as in AWS.
"""

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from local.edge.asgi import Scope, header

HTTP_PORT = 80


def is_ours(host: str) -> bool:
    """Whether a Host header or an origin's authority can mean nothing but this machine's loopback."""
    parts = _split(f"//{host}")
    name = "" if parts is None else parts.hostname or ""
    return name in {"localhost", "127.0.0.1", "::1"} or name.endswith(".localhost")


def comes_here(scope: Scope) -> bool:
    """Whether the request was sent to us by a name of ours."""
    return is_ours(header(scope, "host"))


def is_signed(scope: Scope) -> bool:
    """Whether this is a request to AWS, by its header or, presigned, by its query. An API key of ours is neither."""
    query = scope["query_string"]
    return header(scope, "authorization").startswith("AWS") or b"X-Amz-" in query or b"AWSAccessKeyId=" in query


def allowed_in(origins: str) -> frozenset[str]:
    """The pages that a setting like `ALLOWED_ORIGINS` names."""
    return frozenset(origin.strip().rstrip("/") for origin in origins.split(","))


def is_foreign_page(scope: Scope, allowed: Collection[str] = ()) -> bool:
    """Whether a browser sends this on behalf of a page that is not ours. Tools and functions send no origin.

    Ours are pages of this machine: those that this very port serves, and those that are `allowed`.
    """
    origin = header(scope, "origin")
    if not origin:
        return header(scope, "sec-fetch-site") in {"cross-site", "same-site"}
    page, here = _split(origin), _split(f"//{header(scope, 'host')}")
    if page is None or here is None or not is_ours(page.netloc):
        return True
    is_same = page.scheme == "http" and (page.port or HTTP_PORT) == (here.port or HTTP_PORT)
    return not is_same and "*" not in allowed and origin not in allowed


def _split(url: str) -> SplitResult | None:
    """A URL's parts; `None` where it cannot be read."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for what is not a port
    except ValueError:
        return None
    return parts
