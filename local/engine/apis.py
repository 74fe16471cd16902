"""The deployed WebSocket API, as the edge needs it: stages, routes, and which function a route runs."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from local.engine import borrowed
from local.engine.borrowed import Owner, Record
from local.engine.mapping import MappingError, render

logger = logging.getLogger(__name__)

SELECTS_BY_BODY = "$request.body."
FRAMES_AT_ONCE = 1000  # in functions: Lambda's default quota of an account, above which the engine throttles
_THREADS = ThreadPoolExecutor(FRAMES_AT_ONCE, thread_name_prefix="frame")
"""Threads are used again: starting one would stop the event loop until it runs."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a function said to an event.

    Attributes:
        failed: It was refused, raised, timed out, or did not return a proxy response: an object with a `statusCode`.
        status: `statusCode`, or what API Gateway answers a handshake for the failure.
        body: `body`, "" if there is none.
        headers: `headers`, names in lower case.
    """

    failed: bool = False
    status: int = 200
    body: str = ""
    headers: Mapping[str, str]


FAILED = Answer(failed=True, status=502, headers={})
REFUSED = Answer(failed=True, status=500, headers={})
"""Lambda did not run the function, since too many run already. "Handling Lambda errors with an API Gateway API": 500 if
the Lambda API rejects the invocation, 502 if the function fails, "Internal server error" in words for both."""


@dataclass(frozen=True)
class Throttle:
    """A token bucket's limit: so many requests a second in the long run, and so many at once."""

    rate: float
    burst: float


ACCOUNT = Throttle(rate=10_000, burst=5_000)
"""All requests of an account's APIs and all calls of `@connections` together: "Amazon API Gateway quotas"."""


@dataclass(frozen=True)
class Route:
    """A route with its function.

    Attributes:
        key: Route key, e.g. "$default".
        integration_uri: What runs it.
        answers: Whether what the function returns is sent to the client. API Gateway: only with a route response.
        template: Makes the event of an integration that hands messages on to Lambda's queue; `None`: a proxy's.
    """

    owner: Owner
    key: str
    integration_uri: str
    answers: bool
    template: str | None = None

    async def run(self, event: Mapping[str, Any]) -> Answer:
        """Run the function, in a thread of its own: the engine blocks for as long as the function runs."""
        function = borrowed.function_of(self.integration_uri, self.owner)
        if function is None:
            return FAILED
        if self.template is not None:
            return _queue(function, self.template, event)
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(_THREADS, borrowed.execute, function, event)
        if result.get("throttle"):
            return REFUSED
        return FAILED if result.get("error") else _answer(result.get("body"))


@dataclass(frozen=True)
class WebSocketApi:
    """One deployed API."""

    owner: Owner
    record: Record

    @property
    def id(self) -> str:
        """The API's id."""
        return self.owner[2]

    @property
    def region(self) -> str:
        """The API's region."""
        return self.owner[1]

    @property
    def stages(self) -> list[str]:
        """Names of the deployed stages."""
        return list(borrowed.stages(self.owner))

    def route(self, key: str) -> Route | None:
        """Return the route of exactly this key."""
        for route_id, record in borrowed.routes(self.owner).items():
            if record["routeKey"] == key:
                return self._route(route_id, record)
        return None

    def select(self, text: str) -> Route | None:
        """Return the route of a message: what the selection expression finds in it, else `$default`.

        A client may name `$connect` or `$disconnect` and reach that route's function with a message. Whether AWS lets
        it through is not known, so it is let through here: no function may rely on its route.
        """
        return self.route(selected(self.record.get("routeSelectionExpression", ""), text)) or self.route("$default")

    def throttle(self, stage: str, route_key: str) -> Throttle | None:
        """Return a route's limit in a stage: what the route sets, else what the stage does, `None` if neither."""
        record = borrowed.stages(self.owner).get(stage, {})
        layers = [(record.get("routeSettings") or {}).get(route_key) or {}, record.get("defaultRouteSettings") or {}]
        rate, burst = (_setting(layers, name) for name in ("ThrottlingRateLimit", "ThrottlingBurstLimit"))
        if rate is None and burst is None:
            return None
        return Throttle(rate=ACCOUNT.rate if rate is None else rate, burst=ACCOUNT.burst if burst is None else burst)

    def _route(self, route_id: str, record: Record) -> Route:
        return _route(self.owner, record, answers=bool(borrowed.route_responses(self.owner, route_id)))


@dataclass(frozen=True)
class HttpApi:
    """One deployed HTTP API, with routes for any path: by method, or `$default`."""

    owner: Owner

    def route(self, method: str) -> Route | None:
        """Return the route of a method."""
        by_key = {record["routeKey"]: record for record in borrowed.routes(self.owner).values()}
        record = by_key.get(f"{method} /{{proxy+}}") or by_key.get("$default")
        return None if record is None else _route(self.owner, record)


def deployed_http() -> HttpApi | None:
    """Return the HTTP API; `None` if none is deployed. The stack has one, for long-polling."""
    return next(map(HttpApi, borrowed.http_apis()), None)


def deployed() -> WebSocketApi | None:
    """Return the WebSocket API; `None` before one is deployed. The stack has one."""
    return next((WebSocketApi(owner, record) for owner, record in borrowed.websocket_apis()), None)


def find(api_id: str) -> WebSocketApi | None:
    """Return the WebSocket API of this id."""
    return next(
        (WebSocketApi(owner, record) for owner, record in borrowed.websocket_apis() if owner[2] == api_id), None
    )


def selected(expression: str, text: str) -> str:
    """Return the route key that a message names by `$request.body.{path}`, or `$default`.

    Only a JSON object can name one, and only with a string. A Socket.IO packet is not an object.
    """
    if not expression.startswith(SELECTS_BY_BODY) or not text.lstrip().startswith("{"):
        return "$default"
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "$default"
    for name in expression.removeprefix(SELECTS_BY_BODY).split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else "$default"


def _route(owner: Owner, record: Record, *, answers: bool = True) -> Route:
    integration_id = record.get("target", "").rpartition("/")[2]
    integration = borrowed.integrations(owner).get(integration_id, {})
    template = _template(integration, borrowed.integration_responses(owner, integration_id))
    return Route(owner, record["routeKey"], integration.get("integrationUri", ""), answers, template)


def _setting(layers: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """Return a setting from the first layer that has it. Templates write names in capitals, API calls do not."""
    for layer in layers:
        for spelling in (name, name[0].lower() + name[1:]):
            if layer.get(spelling) is not None:
                return float(layer[spelling])
    return None


BY_QUEUE = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
UNPLAYED = "#"  # a template that fails


def _template(integration: Record, responses: Mapping[str, Record]) -> str | None:
    """Return the template of an integration, `None` for a proxy's.

    Of the others the one that hands messages on asynchronously is played, whichever the message; AWS wants a response
    of the integration, though a route without one of its own sends none.
    """
    if integration.get("integrationType", "AWS_PROXY") == "AWS_PROXY":
        return None
    is_whole = any(each.get("integrationResponseKey") == "$default" for each in responses.values())
    if integration.get("requestParameters") != BY_QUEUE or not is_whole:
        return UNPLAYED
    return str((integration.get("requestTemplates") or {}).get("$default", UNPLAYED))


def _queue(function: Record, template: str, event: Mapping[str, Any]) -> Answer:
    """Hand a message to Lambda's queue of asynchronous invocations, which returns at once."""
    try:
        borrowed.put_event(function, render(template, event))
    except MappingError:
        logger.exception("A message could not be handed on")
        return FAILED
    return Answer(headers={})


def _answer(returned: object) -> Answer:
    if not isinstance(returned, dict) or not str(returned.get("statusCode", "")).isdecimal():
        return FAILED
    body = returned.get("body")
    headers = {str(name).lower(): str(value) for name, value in (returned.get("headers") or {}).items()}
    return Answer(status=int(returned["statusCode"]), body=body if isinstance(body, str) else "", headers=headers)
