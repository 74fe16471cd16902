"""`/_local/`: the page, and `/_local/state.json`, what it shows. For a browser of this machine, as all of the port."""

import asyncio
import json
from pathlib import Path

from local.edge.asgi import Scope, Send, respond
from local.sight.sight import Sight
from local.sight.state import state

PREFIX = "/_local"
FOLDER = Path(__file__).parent / "page"
FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
    "page.js": ("page.js", "text/javascript; charset=utf-8"),
}
HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


class Page:
    """Answers requests below `/_local`."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    async def serve(self, scope: Scope, send: Send) -> bool:
        """Answer if the request is for the page."""
        path: str = scope["path"]
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            return False
        if scope["method"] not in {"GET", "HEAD"}:
            await respond(send, 405, b"", {**HEADERS, "allow": "GET, HEAD"})
        elif path == PREFIX:
            await respond(send, 308, b"", {**HEADERS, "location": f"{PREFIX}/"})
        else:
            await self._answer(path.removeprefix(f"{PREFIX}/"), send, is_head=scope["method"] == "HEAD")
        return True

    async def _answer(self, name: str, send: Send, *, is_head: bool) -> None:
        status = 200
        if name == "state.json":
            found = await asyncio.to_thread(state, self._sight)
            body, kind = json.dumps(found).encode(), "application/json"
        elif name in FILES:
            file, kind = FILES[name]
            body = (FOLDER / file).read_bytes()
        else:
            status, body, kind = 404, b"Not found", "text/plain; charset=utf-8"
        await respond(send, status, b"" if is_head else body, {**HEADERS, "content-type": kind})
