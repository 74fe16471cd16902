"""What the workers of a function have in common: modules that they import, and clients that they make.

Both take a worker's first call most of its time. A worker tells the news after a call, the zygote catches up, and the
next worker finds it done.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.workers.inside.messages import Message


class Learned:
    """What this process has imported, and which clients were made in it.

    Both take a worker's first call most of its time. A worker tells the news after a call, and the zygote catches up,
    so that the next worker finds it done.
    """

    def __init__(self, clients: Clients | None) -> None:
        self._clients = clients
        self._modules: set[str] = set()

    def news(self) -> Message | None:
        """Return what is new since the last time, or `None`."""
        clients = self._clients.news() if self._clients else []
        if len(sys.modules) == len(self._modules) and not clients:
            return None
        modules = [name for name in sys.modules if name not in self._modules and _can_be_imported(name)]
        self._modules = set(sys.modules)
        return {"modules": modules, "clients": clients}

    def catch_up(self, news: Message) -> None:
        """Import what workers have, and make the clients that they have made."""
        for name in news["modules"]:
            with contextlib.suppress(ImportError):  # a module that only its importer can make
                importlib.import_module(name)
        if self._clients:
            self._clients.prepare(news["clients"])
        self.news()


def _can_be_imported(name: str) -> bool:
    return getattr(sys.modules[name], "__spec__", None) is not None


class Clients:
    """Clients of boto3's default session that are made before the fork, connected to nothing.

    A worker that asks for a client like one of them gets that one, once. Their credentials are an object that they
    share, and that each worker fills with its own.
    """

    def __init__(self) -> None:
        import boto3
        import botocore.session

        session = botocore.session.get_session()
        session.set_credentials(*_credentials())
        boto3.setup_default_session(botocore_session=session)
        default: Any = boto3.DEFAULT_SESSION
        self._make, default.client = default.client, self._client
        self._credentials: Any = session.get_credentials()
        self._prepared: dict[str, Any] = {}
        self._news: list[str] = []

    def news(self) -> list[str]:
        """Return the descriptions of clients that were asked for and not prepared, and forget them."""
        found, self._news = self._news, []
        return found

    def prepare(self, descriptions: list[str]) -> None:
        """Make clients of these descriptions."""
        from botocore.config import Config

        for description in descriptions:
            service, options, config = json.loads(description)
            more = {} if config is None else {"config": Config(**config)}
            self._prepared[description] = self._make(service, **options, **more)

    def renew_credentials(self) -> None:
        """Take the credentials that are in the environment now."""
        taken = self._credentials
        taken.access_key, taken.secret_key, taken.token = _credentials()

    def _client(self, service_name: str, *more: Any, **options: Any) -> Any:
        description = None if more else _described(service_name, options)
        if description in self._prepared:
            return self._prepared.pop(description)
        if description is not None:
            self._news.append(description)
        return self._make(service_name, *more, **options)


def _described(service: str, options: Message) -> str | None:
    """Return the text that says all about a client, or `None` if it has options that no text can say."""
    rest = dict(options)
    config = rest.pop("config", None)
    try:
        return json.dumps([service, rest, config and config._user_provided_options], sort_keys=True)
    except (AttributeError, TypeError):
        return None


def _credentials() -> tuple[str, str, str]:
    """Return the credentials in the environment."""
    return os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ["AWS_SESSION_TOKEN"]


def clients() -> Clients | None:
    """Return the clients of this process; `None` without boto3."""
    try:
        return Clients()
    except ImportError:
        return None


def count_calls_in_chains(variable: str, header: str) -> None:
    """Have botocore say in a header how long the chain of calls is that a call belongs to: Lambda ends loops by it."""
    try:
        from botocore import handlers
    except ImportError:
        return

    def add(params: Any, **_more: Any) -> None:
        if depth := os.environ.get(variable):
            params["headers"].setdefault(header, depth)

    handlers.BUILTIN_HANDLERS.append(("before-call", add))
