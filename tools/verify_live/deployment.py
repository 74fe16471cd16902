"""The deployment that is asked, and what the end-to-end suite wants to know of it."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import outputs
from tools import deployed
from tools.doctor.place import Place, Told, find
from tools.target import CALLS

MAKING = threading.Lock()
"""Clients may be used by several threads, but boto3's session makes one at a time ("Multithreading" in its guide)."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a file of `make deploy` or of `make run` describes.

    Attributes:
        file: That file, which `chat-admin` reads, too.
        place: Its addresses, and whose credentials.
        resources: Physical names by kind and the construct's own name.
    """

    file: Path
    place: Place
    resources: Mapping[str, Mapping[str, str]]

    @property
    def callback_url(self) -> str:
        """Where connections are posted to: the managed endpoint over HTTP."""
        return self.place.managed_url.replace("ws", "http", 1)

    def client(self, service: str) -> Any:
        """Return a boto3 client."""
        with MAKING:
            return self.place.aws.client(service)

    def posts(self) -> Any:
        """Return a client of `@connections`."""
        with MAKING:
            made: Any = self.place.aws.session.client(
                "apigatewaymanagementapi", endpoint_url=self.callback_url, config=CALLS
            )
        return made

    def as_the_suite_takes_it(self, users: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """Return `outputs.json` as `make run` writes it, with these users: `userId`, `plan`, `apiKey`.

        There is no `engineUrl` but locally, so that tests that look behind the clients are skipped.
        """
        place = self.place
        found = {
            "url": place.page or place.url.replace("ws", "http", 1),
            "socketPath": place.path,
            "websocketUrl": place.managed_url,
            "region": place.aws.region,
            "vapidPublicKey": place.vapid_public_key,
            "users": [dict(user) for user in users],
            "agents": [{"agentId": "echo", "name": "Echo"}],
            "resources": self.resources,
        }
        return found | ({"engineUrl": place.aws.endpoint} if place.is_local else {})


def read(file: Path, profile: str | None) -> Deployment:
    """Return what a file describes. Raises `tools.doctor.place.PlaceError`."""
    place = find(file, Told(), profile)
    found = json.loads(file.read_text())
    if "resources" not in found:
        found = {"resources": outputs.resources(deployed.outputs_of(found))}
    return Deployment(file=file, place=place, resources=found["resources"])
