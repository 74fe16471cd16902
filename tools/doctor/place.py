"""What is looked at: one deployment, and what the doctor is told of a client."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools import deployed
from tools.target import Target

LOCAL = Path(".local/outputs.json")
DEPLOYED = Path("outputs.json")
NONE_THERE = f"neither {LOCAL} nor {DEPLOYED} exists: start `make run`, or `make deploy`; --outputs-file names another"


class PlaceError(RuntimeError):
    """There is nothing to look at; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A deployment, and a client of it.

    Attributes:
        aws: Where it runs.
        page: `http(s)://…` of the page, which is its origin, or "": there is none.
        url: Where the client connects, without a path: the page's, or the API's own.
        path: Socket.IO's path there.
        managed_url: API Gateway's own endpoint, `ws(s)://…/{stage}`.
        key: The client's API key, or "".
        origin: What a browser would send as `Origin`, or "": no browser.
        vapid_public_key: What browsers are to subscribe with, "" for none.
        agents: Ids of those that are known to exist.
        sender: Name of the function that signs pushes.
        dead_pushes: Name of the queue of what could not be pushed.
    """

    aws: Target
    page: str
    url: str
    path: str
    managed_url: str
    key: str
    origin: str
    vapid_public_key: str
    agents: Sequence[str]
    sender: str
    dead_pushes: str

    @property
    def is_local(self) -> bool:
        """Whether it is that of `make run`."""
        return self.aws.endpoint is not None

    @property
    def socket_url(self) -> str:
        """`ws(s)://…` with the path."""
        return websocket(self.url) + self.path


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is said of a client; what is empty is the deployment's own."""

    url: str = ""
    path: str = ""
    key: str = ""
    origin: str = ""


def websocket(url: str) -> str:
    """Return an address with the scheme of a WebSocket."""
    return url.rstrip("/").replace("http", "ws", 1) if url.startswith("http") else url.rstrip("/")


def find(file: Path | None, told: Told, profile: str | None) -> Place:
    """Return what a file describes, or what runs here. Raises PlaceError."""
    found = file or next((path for path in (LOCAL, DEPLOYED) if path.exists()), None)
    if found is None:
        raise PlaceError(NONE_THERE)
    try:
        outputs = json.loads(found.read_text())
        return _local(outputs, told) if "resources" in outputs else _deployed(outputs, told, profile)
    except FileNotFoundError as exc:
        raise PlaceError(f"{found} does not exist") from exc
    except (KeyError, ValueError, TypeError, AttributeError, StopIteration) as exc:
        raise PlaceError(f"{found} is neither of `make run` nor of `make deploy`") from exc


def _local(outputs: Mapping[str, Any], told: Told) -> Place:
    users = outputs["users"]
    return Place(
        aws=Target(region=outputs["region"], named_by="the file", endpoint=outputs["engineUrl"]),
        page=outputs["url"],
        url=told.url or outputs["url"],
        path=told.path or outputs["socketPath"],
        managed_url=outputs["websocketUrl"],
        key=told.key or (users[0]["apiKey"] if users else ""),
        origin=told.origin or outputs["url"],
        vapid_public_key=outputs["vapidPublicKey"],
        agents=[agent["agentId"] for agent in outputs["agents"]],
        sender=outputs["resources"]["functions"].get("sender", ""),
        dead_pushes=outputs["resources"]["queues"].get("pushDead", ""),
    )


def _deployed(outputs: Mapping[str, Any], told: Told, profile: str | None) -> Place:
    every = deployed.outputs_of(outputs)
    page, config = every.get("SiteUrl", ""), json.loads(every.get("SiteConfig", "{}"))
    managed = every["WebSocketUrl"]
    own = (page, config.get("socketPath", "")) if page else (managed.removesuffix(stage_of(managed)), stage_of(managed))
    return Place(
        aws=Target(region=every["Region"], named_by="the file", profile=profile),
        page=page,
        url=told.url or own[0],
        path=told.path or own[1],
        managed_url=managed,
        key=told.key,
        origin=told.origin or page,
        vapid_public_key=config.get("vapidPublicKey", ""),
        agents=(),
        sender=every.get("FunctionSender", ""),
        dead_pushes=every.get("QueuePushDead", ""),
    )


def stage_of(managed_url: str) -> str:
    """Return the path of API Gateway's own endpoint, e.g. `/live`."""
    return urlsplit(managed_url).path
