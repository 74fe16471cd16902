from __future__ import annotations

import pytest

from serverless_socketio_chat.accounts.origins import is_allowed


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "expected"),
    [
        (None, "x.example", [], True),
        ("https://x.example", "x.example", [], True),
        ("https://x.example", "x.example:443", [], True),
        ("https://x.example:443", "X.example", [], True),
        ("https://x.example:8443", "x.example:8443", [], True),
        ("http://x.example", "x.example", [], False),
        ("http://x.example:443", "x.example", [], False),
        ("http://x.example:443", "x.example:443", [], False),
        ("wss://x.example", "x.example", [], False),
        ("https://x.example:8443", "x.example", [], False),
        ("https://x.example", "x.example:8443", [], False),
        ("https://x.example@evil.example", "evil.example", [], False),
        ("https://x.example/path", "x.example", [], False),
        ("https://x.example:port", "x.example:port", [], False),
        ("https://[::1", "[::1", [], False),
        ("https://evil.example", "x.example", [], False),
        ("https://evil.example", None, [], False),
        ("null", "x.example", [], False),
        ("", "", [], False),
        ("null", "x.example", ["null"], False),
        ("https://a.example", "x.example", ["https://a.example"], True),
        ("https://a.example/", "x.example", ["https://a.example"], True),
        ("https://a.example:443", "x.example", ["https://a.example"], True),
        ("https://a.example", "x.example", ["https://A.example:443/"], True),
        ("http://a.example", "x.example", ["https://a.example"], False),
        ("https://a.example:8443", "x.example", ["https://a.example"], False),
        ("https://a.example.evil", "x.example", ["https://a.example"], False),
        ("https://anything", "x.example", ["*"], True),
    ],
)
def test_a_page_may_connect_from_its_own_host_or_where_it_is_allowed(
    origin: str | None, host: str | None, allowed: list[str], expected: bool
) -> None:
    assert is_allowed(origin, [host], allowed) is expected


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        ("http://localhost:3000", "localhost:3000", True),
        ("http://localhost", "localhost:80", True),
        ("https://localhost:3000", "localhost:3000", False),
        ("http://localhost:5173", "localhost:3000", False),
    ],
)
def test_a_connection_without_tls_is_of_a_page_without_tls(origin: str, host: str, expected: bool) -> None:
    assert is_allowed(origin, [host], [], scheme="http") is expected


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("page.example", True),
        ("page.example:443", True),
        ("evil.example", False),
        ("evil.example, page.example", False),  # a list is no name
        ("", False),
        (None, False),
    ],
)
def test_a_page_in_front_of_the_api_is_known_by_the_name_that_its_edge_forwards(
    forwarded: str | None, expected: bool
) -> None:
    assert is_allowed("https://page.example", ["api.example", forwarded], []) is expected
