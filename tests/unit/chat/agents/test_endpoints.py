"""Where models may be asked."""

from __future__ import annotations

import pytest

from serverless_socketio_chat.agents.endpoints import completions_url


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        ("http://localhost:11434/v1/", "http://localhost:11434/v1/chat/completions"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions"),
        ("http://[::1]:8000", "http://[::1]:8000/chat/completions"),
    ],
)
def test_an_endpoint_is_https_or_on_this_machine(base: str, url: str) -> None:
    assert completions_url(base) == url


@pytest.mark.parametrize(
    "base",
    [
        None,
        "",
        "api.openai.com/v1",
        "http://10.0.0.7:8000/v1",
        "http://localhost.example/v1",
        "ftp://localhost/v1",
        "file:///etc/passwd",
        "https://user:password@api.example/v1",
        "https://api.example/v1?key=1",
    ],
)
def test_anything_else_is_refused(base: str | None) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        completions_url(base)


def test_plain_http_can_be_allowed() -> None:
    assert completions_url("http://10.0.0.7:8000/v1", allow_http=True).startswith("http://10.0.0.7:8000/")
    with pytest.raises(ValueError, match="endpoint"):
        completions_url("ftp://10.0.0.7/v1", allow_http=True)
