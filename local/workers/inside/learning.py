"""What the workers of a function have in common: modules that they import, clients and calls that they make.

These take a worker's first invocation most of its time. A worker tells the news after it, the zygote catches up, and
the next worker finds it done. A call is caught up with by a rehearsal: botocore builds, validates and signs one of that
kind, nothing is sent, and an empty answer is read.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from local.workers.inside.body import Whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.workers.inside.messages import Message


class Learned:
    """What this process has imported, and which clients were made in it."""

    def __init__(self, clients: Clients | None) -> None:
        self._clients = clients
        self._modules: set[str] = set()

    def news(self) -> Message | None:
        """Return what is new since the last time, or `None`."""
        found = self._clients.news() if self._clients else {}
        if len(sys.modules) == len(self._modules) and not any(found.values()):
            return None
        modules = [name for name in sys.modules if name not in self._modules and _can_be_imported(name)]
        self._modules = set(sys.modules)
        return {"modules": modules, **found}

    def catch_up(self, news: Message) -> None:
        """Import what workers have, make the clients that they have made, rehearse their calls."""
        for name in news.get("modules", ()):
            with contextlib.suppress(ImportError):  # a module that only its importer can make
                importlib.import_module(name)
        if self._clients:
            self._clients.prepare(news.get("clients", ()))
            self._clients.rehearse(news.get("calls", ()))
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
        self._made: list[str] = []
        self._calls: set[str] = set()
        self._called: list[str] = []
        session.register("before-call", self._note)

    def news(self) -> dict[str, list[str]]:
        """Return which clients and calls have been made for the first time, and forget that."""
        found = {"clients": self._made, "calls": self._called}
        self._made, self._called = [], []
        return found

    def rehearse(self, calls: Iterable[str]) -> None:
        """Make calls of these kinds with every prepared client of their service, and send nothing."""
        self._calls.update(calls)
        for description, client in self._prepared.items():
            for call in self._calls:
                service, _, operation = call.partition(".")
                if service == json.loads(description)[0]:
                    rehearse(client, operation)

    def prepare(self, descriptions: Iterable[str]) -> None:
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
            self._made.append(description)
        return self._make(service_name, *more, **options)

    def _note(self, **called: Any) -> None:
        model = called["model"]
        call = f"{model.service_model.service_name}.{model.name}"
        if call not in self._calls:
            self._calls.add(call)
            self._called.append(call)


def rehearse(client: Any, operation: str) -> None:
    """Let a client do all that a call takes but to send it. How it ends is of no interest."""
    from botocore import xform_name
    from botocore.awsrequest import AWSResponse

    def respond(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 200, {}, Whole(b"{}"))  # type: ignore[arg-type]  # it takes any mapping

    client.meta.events.register_first("before-send", respond)
    try:
        shape = client.meta.service_model.operation_model(operation).input_shape
        getattr(client, xform_name(operation))(**example(shape))
    except Exception:  # noqa: S110 - an operation that is gone, an answer that is none
        pass
    finally:
        client.meta.events.unregister("before-send", respond)


EXAMPLES = {"string": "x", "blob": b"x", "boolean": True, "float": 1.0, "double": 1.0, "timestamp": 0}


def example(shape: Any) -> Any:
    """Return a value of a shape of botocore's, with no more than it must have."""
    match shape and shape.type_name:
        case None:
            return {}
        case "structure":
            return {name: example(shape.members[name]) for name in shape.required_members}
        case "list":
            return [example(shape.member)]
        case "map":
            return {"x": example(shape.value)}
        case simple:
            return EXAMPLES.get(simple, 1)


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
