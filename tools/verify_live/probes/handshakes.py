"""Handshakes at API Gateway's own endpoint: which are taken, how others are refused, and what comes first."""

import statistics
import time

from tools.doctor import client
from tools.doctor.client import Refused
from tools.verify_live.items import NotAsked, Refuted, Scene

FOREIGN = "https://evil.example"
ENGINE_IO_3 = {"EIO": "3", "transport": "websocket"}
OPENINGS = 10
SECOND_S = 1.0  # an open packet that takes longer came by the queue of late ones


def slash(scene: Scene) -> str:
    """The stage takes a path that ends in a slash, with a query behind it, and one that does not."""
    for url in (scene.managed, f"{scene.managed}/"):
        try:
            with scene.connect(url):
                pass
        except Refused as exc:
            raise Refuted(f"{url} is answered with {exc.status}") from exc
    return "the stage is reached with a slash at the end and without; a custom domain is not asked, there is none"


def statuses(scene: Scene) -> str:
    """A refused handshake gets the status that `$connect` returned."""
    return statuses_at(scene, scene.managed)


def statuses_at(scene: Scene, url: str) -> str:
    """Refuse three handshakes at an address; each must be told by its own status."""
    told = {
        401: _status(url, "", {"token": "no"}),
        403: _status(url, FOREIGN, {"token": scene.visitor.key}),
        400: _status(url, "", ENGINE_IO_3),
    }
    if told[403] == 101:
        check_origins_matter(scene)
    if wrong := {wanted: came for wanted, came in told.items() if came != wanted}:
        raise Refuted(", ".join(f"{came} came for {wanted}" for wanted, came in wrong.items()))
    return "a bad key is 401, a foreign origin 403, EIO=3 400; 503 only ENABLE_WEBSOCKETS=false would show"


def check_origins_matter(scene: Scene) -> None:
    """Raise NotAsked where a foreign page was let in because the deployment lets all pages in."""
    if "*" in scene.variables("connect").get("ALLOWED_ORIGINS", ""):
        raise NotAsked("every page may connect here (allowed_origins=*), so no origin is refused")


def open_packets(scene: Scene) -> str:
    """The opener's post is taken a few milliseconds after `$connect` returned: once, and not by the late queue."""
    took_ms = []
    for _ in range(OPENINGS):
        with client.opened(scene.managed) as socket:
            began = time.monotonic()
            client.until(socket, "0", "no open packet came")
            took_ms.append((time.monotonic() - began) * 1000)
    late = sum(ms > SECOND_S * 1000 for ms in took_ms)
    if late > OPENINGS // 2:
        raise Refuted(f"{late} of {OPENINGS} open packets took more than a second: posts at once are refused")
    return (
        f"{OPENINGS} of {OPENINGS} open packets came, the median {statistics.median(took_ms):.0f} ms after the "
        f"handshake, the slowest {max(took_ms):.0f} ms"
    )


def _status(url: str, origin: str, query: dict[str, str]) -> int:
    """Return the status of a handshake, 101 where it is taken."""
    try:
        with client.opened(url, origin, query=query):
            return 101
    except Refused as exc:
        return exc.status
