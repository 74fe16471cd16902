"""Where a model may be asked: what an administrator wrote into an agent's record, checked."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

COMPLETIONS = "chat/completions"


def completions_url(base: str | None, *, allow_http: bool = False) -> str:
    """The URL of chat completions under a base URL such as ``https://api.openai.com/v1``.

    ValueError for anything but https, unless it is http to this machine or allowed; and for a URL with a user in it.
    """
    parts = urlsplit(base or "")
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("A model's endpoint is a plain URL such as https://api.openai.com/v1")
    if parts.scheme != "https" and not (parts.scheme == "http" and (allow_http or _is_here(parts.hostname))):
        raise ValueError("A model's endpoint is https; http only on this machine, or with allow_http")
    return f"{parts.geturl().rstrip('/')}/{COMPLETIONS}"


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
