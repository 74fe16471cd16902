"""Whether there is something, whether it is ours, and what the page is told."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tools.doctor.place import Place
from tools.findings import Finding, Kind

PATIENCE_S = 10


@dataclass(frozen=True)
class Page:
    """An answer. `status` is 0 where there was none; `body` says why then."""

    status: int
    content_type: str
    body: str

    def json(self) -> Mapping[str, Any]:
        """What it says, or nothing where that is not a JSON object."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def get(url: str) -> Page:
    """Ask for a page."""
    try:
        with urlopen(Request(url, headers={"User-Agent": "make doctor"}), timeout=PATIENCE_S) as answer:  # noqa: S310
            return Page(answer.status, answer.headers.get_content_type(), answer.read().decode(errors="replace"))
    except HTTPError as exc:
        return Page(exc.code, exc.headers.get_content_type(), exc.read().decode(errors="replace"))
    except (URLError, OSError, ValueError) as exc:
        return Page(0, "", str(getattr(exc, "reason", exc)))


def check(place: Place) -> Iterator[Finding]:
    """Is it up, is it ours, and does its page fit it."""
    if not place.page:
        yield Finding(Kind.UNKNOWN, "the page: the stack was deployed without one (web_site=false)")
        return
    health = get(f"{place.page}/health")
    if health.status == 0:
        to_do = f"start `make run`; {PORT}" if place.is_local else NEW
        yield Finding(Kind.BROKEN, f"nothing listens at {place.page} ({health.body}): {to_do}")
        return
    if health.json() != {"status": "ok"}:
        to_do = f"end it, or {PORT}" if place.is_local else f"is it an alias of the output SiteDomain? {NEW}"
        said = f"something else listens at {place.page} (status {health.status} for /health): {to_do}"
        yield Finding(Kind.BROKEN, said)
        return
    config = get(f"{place.page}/config.json")
    if config.status != 200 or not config.json():
        yield Finding(
            Kind.BROKEN, f"{place.page}/config.json is answered with {config.status or config.body}: {PUBLISH}"
        )
        return
    yield Finding(Kind.OK, f"{place.page} is up, and its page knows where to connect")
    yield from _switch(config.json())
    yield from _told(place, config.json())


PORT = "with PORT=3001 it takes another port, which .local/outputs.json then has"
NEW = "a distribution that was just made takes some minutes"
PUBLISH = f"`make publish` puts the page there; {NEW}"


def _switch(config: Mapping[str, Any]) -> Iterator[Finding]:
    if config.get("enableWebsockets") is False:
        yield Finding(
            Kind.BROKEN,
            "connections are switched off (ENABLE_WEBSOCKETS=false): the page does not try, clients are refused with "
            "`unavailable`. Set it to true, then `make run` or `make deploy` again",
        )


def _told(place: Place, config: Mapping[str, Any]) -> Iterator[Finding]:
    if config.get("vapidPublicKey", "") != place.vapid_public_key:
        yield Finding(
            Kind.BROKEN,
            "the page gives browsers another VAPID key than the stack has, so that they subscribe in vain: "
            "`make publish`, and reload the page",
        )
