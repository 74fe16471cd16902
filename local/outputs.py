"""What is running and where: `outputs.json` for clients and tests, `config.json` for the page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo import AGENTS, DemoUser
from local.edge.paths import SOCKET_PATH
from local.home import write_private
from local.settings import REGION

KINDS = {
    "Table": "tables",
    "Function": "functions",
    "Queue": "queues",
    "StateMachine": "stateMachines",
    "Bucket": "buckets",
    "Bus": "buses",
}
"""Prefix of a stack output's key, and the kind that it stands for: `TableConnections` names the table `connections`."""


@dataclass(frozen=True)
class SignIn:
    """An issuer, as the page needs to know it."""

    issuer: str
    client_id: str
    scope: str


@dataclass(frozen=True, kw_only=True)
class Running:
    """A stack that takes connections.

    Attributes:
        port: Of the page and Socket.IO.
        engine_port: Of AWS.
        api: Id of the WebSocket API.
        stage: Its stage.
        resources: Physical names by kind and the construct's own name.
    """

    port: int
    engine_port: int
    api: str
    stage: str
    vapid_public_key: str
    users: Sequence[DemoUser]
    resources: Mapping[str, dict[str, str]]
    enable_websockets: bool
    sign_in: SignIn | None = None

    @property
    def url(self) -> str:
        """Where the page and Socket.IO are."""
        return f"http://localhost:{self.port}"

    def outputs(self) -> dict[str, Any]:
        """Return `outputs.json`."""
        return {
            **addresses(self.port, self.engine_port, self.api, self.stage),
            "vapidPublicKey": self.vapid_public_key,
            "users": self._users(),
            "agents": _agents(),
            "resources": self.resources,
            **self._signing_in(),
        }

    def page_config(self) -> dict[str, Any]:
        """Return the page's `config.json`; demo keys are in it only here, on loopback."""
        return {
            "socketPath": SOCKET_PATH,
            "enableWebsockets": self.enable_websockets,
            "vapidPublicKey": self.vapid_public_key,
            "users": self._users(),
            "agents": _agents(),
            **self._signing_in(),
        }

    def _signing_in(self) -> dict[str, Any]:
        """Return `signIn`, as a deployed page has it, where there is an issuer."""
        of = self.sign_in
        return {"signIn": {"issuer": of.issuer, "clientId": of.client_id, "scope": of.scope}} if of else {}

    def _users(self) -> list[dict[str, str]]:
        return [{"userId": user.user_id, "plan": user.plan, "apiKey": user.api_key} for user in self.users]


def addresses(port: int, engine_port: int, api: str, stage: str) -> dict[str, str]:
    """Return where the API `api` and the engine are, for `outputs.json`."""
    return {
        "url": f"http://localhost:{port}",
        "socketPath": SOCKET_PATH,
        "websocketUrl": f"ws://localhost:{port}/_aws/execute-api/{api}/{stage}",
        "engineUrl": f"http://localhost:{engine_port}",
        "region": REGION,
    }


def resources(stack_outputs: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return physical names by kind and own name, from a stack's outputs. What is not a resource's name is left out."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in KINDS.values()}
    for key, value in stack_outputs.items():
        for prefix, kind in KINDS.items():
            own = key.removeprefix(prefix)
            if own and own != key:
                found[kind][own[0].lower() + own[1:]] = value
    return found


def write(path: Path, outputs: Mapping[str, Any]) -> None:
    """Write the file, whole or not at all, for its owner: keys are in it."""
    write_private(path, json.dumps(outputs, indent=2) + "\n")


def read(path: Path) -> dict[str, Any]:
    """Return what `write` wrote."""
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _agents() -> list[dict[str, str]]:
    return [{"agentId": agent_id, "name": name} for agent_id, name in AGENTS.items()]
