"""The page and its configuration, in AWS the business of CloudFront and a bucket."""

import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.edge.asgi import Scope, Send, header, respond

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:{}; "
    "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

KINDS = {".webmanifest": "application/manifest+json"}  # that the standard library does not know
IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose names say what is in them: the build puts them under `assets/`."""


class Site:
    """Serves the files of a folder, and `/config.json`.

    Attributes:
        config: What `/config.json` says, once the stack is deployed.
    """

    config: Mapping[str, Any] | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._policy = CONTENT_SECURITY_POLICY.format("")

    def allow(self, url: str, more: str = "") -> None:
        """Let the page ask the origin of an address, and more origins, as the stack does with an issuer's."""
        parts = urlsplit(url)
        self._policy = CONTENT_SECURITY_POLICY.format(f" {parts.scheme}://{parts.netloc} {more}".rstrip())

    @property
    def is_built(self) -> bool:
        """Whether there is a page to serve."""
        return (self._folder / "index.html").is_file()

    async def serve(self, scope: Scope, send: Send) -> bool:
        """Answer if the request is for the site; whatever is signed is for the engine."""
        if scope["method"] not in {"GET", "HEAD"} or header(scope, "authorization"):
            return False
        if scope["path"] == "/config.json" and self.config is not None:
            await self._send(scope, send, json.dumps(self.config).encode(), "application/json", "no-store")
            return True
        file = self._file(scope["path"])
        if file is None:
            return False
        kind = KINDS.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        cache = IMMUTABLE if file.is_relative_to(self._folder / "assets") else "no-cache"
        await self._send(scope, send, file.read_bytes(), kind, cache)
        return True

    def _file(self, path: str) -> Path | None:
        try:
            found = (self._folder / path.lstrip("/")).resolve()
            if found.is_dir():
                found /= "index.html"
            return found if found.is_relative_to(self._folder) and found.is_file() else None
        except (OSError, ValueError):  # a name that no file can have
            return None

    async def _send(self, scope: Scope, send: Send, body: bytes, kind: str, cache: str) -> None:
        text = "; charset=utf-8" if kind.startswith("text/") or kind in {"application/json", "text/javascript"} else ""
        headers = {
            "content-type": kind + text,
            "cache-control": cache,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "content-security-policy": self._policy,
        }
        await respond(send, 200, b"" if scope["method"] == "HEAD" else body, headers)
