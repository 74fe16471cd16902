"""What a line of the checklist is to a program: an id, who asks, and what to do where it is not so."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection

from tools.doctor import client
from tools.doctor.client import Client
from tools.findings import ask
from tools.verify_live.deployment import Deployment
from tools.verify_live.visitors import Visitor


class Refuted(Exception):  # noqa: N818 - an answer
    """It is not as the page has it; the message says what was seen instead."""


class NotAsked(Exception):  # noqa: N818 - no answer
    """It cannot be told here; the message says why, and how it can."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What probes have to work with.

    Attributes:
        visitor: Whom they are, with as many connections as they like.
        absent: A user who has no other connections than those of the probe of presence.
        entering: The same, of the probe that looks into handshakes.
        admin: `chat-admin`, of this deployment.
        suite_outputs: What the end-to-end suite takes, with the visitors' keys.
        environment: Variables for what is started.
        throttles: Whether the function of frames may be capped for a minute, which every user feels.
        is_quick: Whether what takes the better part of a minute is left out.
    """

    deployment: Deployment
    visitor: Visitor
    absent: Visitor
    entering: Visitor
    admin: Callable[..., Any]
    suite_outputs: Path
    environment: Mapping[str, str]
    throttles: bool = False
    is_quick: bool = False

    @property
    def managed(self) -> str:
        """API Gateway's own endpoint, `ws(s)://…/{stage}`."""
        return self.deployment.place.managed_url

    @property
    def page_socket(self) -> str:
        """Where sockets are under the page's name. Raises NotAsked where there is no page."""
        if not self.deployment.place.page:
            raise NotAsked("the deployment has no page (web_site=false)")
        return self.deployment.place.socket_url

    @cached_property
    def posts(self) -> Any:
        """A client of `@connections`."""
        return self.deployment.posts()

    def variables(self, function: str) -> Mapping[str, str]:
        """Return what a function finds in its environment. Raises Unchecked where the credentials may not look."""
        functions, name = self.deployment.client("lambda"), self.deployment.resources["functions"][function]
        configuration = ask(
            f"the settings of {function}",
            "lambda:GetFunctionConfiguration",
            lambda: functions.get_function_configuration(FunctionName=name),
        )
        found: Mapping[str, str] = configuration["Environment"]["Variables"]
        return found

    def connect(self, url: str = "", origin: str = "") -> AbstractContextManager[Client]:
        """Connect the visitor as a stock client does, to API Gateway itself unless a URL is given."""
        return client.connected(url or self.managed, self.visitor.key, origin)

    def handshake(self, url: str = "", origin: str = "", **headers: str) -> AbstractContextManager[ClientConnection]:
        """Open a native connection of the visitor, with the key as `token` unless headers have it."""
        query = {} if headers.keys() & {"Authorization", "x-api-key"} else {"token": self.visitor.key}
        return client.opened(url or self.managed, origin, query=query, headers=headers)


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line of the checklist.

    Attributes:
        id: As the page has it.
        probe: Asks; returns what was seen where it is so, raises Refuted where not, NotAsked where it cannot tell.
        mend: What to do where it is not so.
        switch: Context key that decides about it, "" where none does.
        is_slow: Whether asking takes the better part of a minute.
        is_alone: Whether it disturbs the others, and so is asked after them.
    """

    id: str
    probe: Callable[[Scene], str]
    mend: str
    switch: str = ""
    is_slow: bool = False
    is_alone: bool = False
