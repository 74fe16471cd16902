"""Who may speak to a server on loopback."""

import pytest

from local.edge.guard import allowed_in, comes_here, is_foreign_page, is_ours


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


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "file://",
        "http://localhost.evil.example:3000",
        "http://evil.example:3000",
        "http://localhost:5173",
        "http://localhost",
        "https://localhost:3000",
        "http://localhost:port",
    ],
)
def test_pages_of_others_are_foreign_and_so_are_those_of_other_ports(origin: str) -> None:
    assert is_foreign_page(scope(host="localhost:3000", origin=origin))


def test_a_page_of_another_site_without_an_origin_header_is_foreign() -> None:
    assert is_foreign_page(scope(host="localhost:3000", sec_fetch_site="cross-site"))
    assert is_foreign_page(scope(host="localhost:3000", sec_fetch_site="same-site"))


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://localhost:3000"}, {"origin": "http://127.0.0.1:3000"}, {"sec_fetch_site": "none"}],
)
def test_tools_and_our_own_pages_are_not(headers: dict[str, str]) -> None:
    assert not is_foreign_page(scope(host="localhost:3000", **headers))


@pytest.mark.parametrize(
    ("allowed", "origin", "foreign"),
    [
        ("http://localhost:5173", "http://localhost:5173", False),
        ("https://a.example, http://localhost:5173/", "http://localhost:5173", False),
        ("*", "http://localhost:5173", False),
        ("http://localhost:5173", "http://localhost:5174", True),
        ("https://a.example,*", "https://a.example", True),  # who may connect to the stack may not yet run the cloud
    ],
)
def test_a_page_of_another_port_may_be_allowed(allowed: str, origin: str, foreign: bool) -> None:
    assert is_foreign_page(scope(host="localhost:3000", origin=origin), allowed_in(allowed)) is foreign
