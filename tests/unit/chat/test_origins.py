from __future__ import annotations

import pytest

from chat.origins import is_allowed


@pytest.mark.parametrize(
    ("origin", "host", "allowed", "expected"),
    [
        (None, "x.example", [], True),
        ("https://x.example", "x.example", [], True),
        ("http://localhost:3000", "localhost:3000", [], True),
        ("https://evil.example", "x.example", [], False),
        ("https://evil.example", None, [], False),
        ("null", "x.example", [], False),
        ("https://a.example", "x.example", ["https://a.example"], True),
        ("https://a.example/", "x.example", ["https://a.example"], True),
        ("http://a.example", "x.example", ["https://a.example"], False),
        ("https://a.example.evil", "x.example", ["https://a.example"], False),
        ("https://anything", "x.example", ["*"], True),
    ],
)
def test_a_page_may_connect_from_its_own_host_or_where_it_is_allowed(
    origin: str | None, host: str | None, allowed: list[str], expected: bool
) -> None:
    assert is_allowed(origin, host, allowed) is expected
