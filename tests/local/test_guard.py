"""Who may speak to a server on loopback."""

import pytest

from local.edge.guard import comes_here, is_foreign_page, is_ours


def scope(**headers: str) -> dict[str, object]:
    return {"headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]}


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:3000", "127.0.0.1:3000", "[::1]:3000", "x.execute-api.localhost:1"]
)
def test_loopback_by_any_of_its_names_is_ours(host: str) -> None:
    assert is_ours(host)
    assert comes_here(scope(Host=host))


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "evil.example:3000",
        "192.168.0.1",
        "[",
        "a@localhost.x",
    ],
)
def test_other_names_are_not(host: str) -> None:
    assert not is_ours(host)


def test_a_request_without_host_is_not_for_us() -> None:
    assert not comes_here(scope())


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "file://", "http://localhost.evil.example"])
def test_pages_of_others_are_foreign(origin: str) -> None:
    assert is_foreign_page(scope(origin=origin))


def test_a_page_of_another_site_without_an_origin_header_is_foreign() -> None:
    assert is_foreign_page(scope(sec_fetch_site="cross-site"))


@pytest.mark.parametrize("headers", [{}, {"origin": "http://localhost:5173"}, {"sec_fetch_site": "none"}])
def test_tools_and_our_own_pages_are_not(headers: dict[str, str]) -> None:
    assert not is_foreign_page(scope(**headers))
