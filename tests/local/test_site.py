"""The page's files, and its configuration."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from local.edge.site import Site


def get(site: Site, path: str, method: str = "GET", headers: tuple[tuple[bytes, bytes], ...] = ()) -> list[Any] | None:
    """Return what was sent, or `None` if the request is not the site's."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    served = asyncio.run(site.serve({"method": method, "path": path, "headers": list(headers)}, send))
    return sent if served else None


def header(sent: list[Any], name: bytes) -> bytes:
    return bytes(dict(sent[0]["headers"])[name])


@pytest.fixture
def site(tmp_path: Path) -> Site:
    public = tmp_path / "public"
    (public / "assets").mkdir(parents=True)
    (public / "index.html").write_text("<p>ü</p>")
    (public / "assets" / "app.js").write_text("1")
    (public / "sw.js").write_text("1")
    (public / "manifest.webmanifest").write_text("{}")
    (tmp_path / "secret").write_text("no")
    return Site(public)


def test_the_root_is_the_page(site: Site) -> None:
    sent = get(site, "/")
    assert sent
    assert sent[1]["body"] == "<p>ü</p>".encode()
    assert header(sent, b"content-type") == b"text/html; charset=utf-8"


def test_files_have_their_type_and_are_asked_for_again(site: Site) -> None:
    sent = get(site, "/sw.js")
    assert sent
    assert header(sent, b"content-type") == b"text/javascript; charset=utf-8"
    assert header(sent, b"cache-control") == b"no-cache"


def test_files_that_are_named_after_what_is_in_them_are_kept(site: Site) -> None:
    sent = get(site, "/assets/app.js")
    assert sent
    assert header(sent, b"cache-control") == b"public, max-age=31536000, immutable"


def test_a_manifest_has_its_type(site: Site) -> None:
    sent = get(site, "/manifest.webmanifest")
    assert sent
    assert header(sent, b"content-type") == b"application/manifest+json"


def test_the_policy_lets_no_script_and_no_style_stand_in_the_page(site: Site) -> None:
    sent = get(site, "/")
    assert sent
    assert b"unsafe" not in header(sent, b"content-security-policy")


@pytest.mark.parametrize("path", ["/../secret", "/assets/../../secret", "//etc/passwd", "/nothing", "/\x00", "/assets"])
def test_nothing_else_is_served(site: Site, path: str) -> None:
    assert get(site, path) is None


def test_a_signed_request_is_the_engines(site: Site) -> None:
    assert get(site, "/", headers=((b"Authorization", b"AWS4-HMAC-SHA256 x"),)) is None


def test_head_has_no_body(site: Site) -> None:
    sent = get(site, "/", method="HEAD")
    assert sent
    assert sent[1]["body"] == b""


def test_a_post_is_not_the_sites(site: Site) -> None:
    assert get(site, "/", method="POST") is None


def test_the_configuration_is_there_once_it_is_known_and_is_never_stored(site: Site) -> None:
    assert get(site, "/config.json") is None
    site.config = {"users": []}
    sent = get(site, "/config.json")
    assert sent
    assert json.loads(sent[1]["body"]) == {"users": []}
    assert header(sent, b"cache-control") == b"no-store"
    assert b"access-control-allow-origin" not in dict(sent[0]["headers"])


def test_a_page_that_is_not_built_is_known_as_such(site: Site, tmp_path: Path) -> None:
    assert site.is_built
    assert not Site(tmp_path / "nothing").is_built
