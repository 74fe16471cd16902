"""API Gateway's throttles: token buckets of the account and of each route of a stage.

| a request | takes a token of |
|---|---|
| a handshake | the account's new connections, the route `$connect`, the account's requests |
| a message | its route, the account's requests |
| a call of `@connections` | the account's requests |
| an end (`$disconnect`) | none: the connection is gone |

A bucket holds `burst` tokens and gains `rate` of them a second. One that refuses takes nothing from the others.
Sources: "Protect your WebSocket APIs in API Gateway" (buckets, stages, routes), "Amazon API Gateway quotas" (the
account's) and "Quotas for configuring and running a WebSocket API" (new connections; their burst is not documented, a
second's worth here). Whether the stage's default is one bucket for all routes or one for each is not said; here it is
one for each, as "Throttle requests to your REST APIs" has it for methods.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from local.engine.apis import ACCOUNT, Throttle, WebSocketApi

NEW_CONNECTIONS = Throttle(rate=500, burst=500)


class Bucket:
    """Tokens for one limit. It begins full."""

    def __init__(self, limit: Throttle, now: float) -> None:
        self.limit = limit
        self._tokens = limit.burst
        self._filled_at = now

    def has_token(self, now: float) -> bool:
        """Whether a request may pass."""
        gained = (now - self._filled_at) * self.limit.rate
        self._tokens = min(self.limit.burst, self._tokens + gained)
        self._filled_at = now
        return self._tokens >= 1

    def take(self) -> None:
        """Let it pass."""
        self._tokens -= 1


@dataclass(frozen=True)
class RouteKey:
    """A route of a stage of an API."""

    api: str
    stage: str
    route: str


class Throttles:
    """The buckets of an account. Not for threads: the edge runs in one."""

    def __init__(
        self,
        account: Throttle = ACCOUNT,
        connections: Throttle = NEW_CONNECTIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._account = Bucket(account, clock())
        self._connections = Bucket(connections, clock())
        self._routes: dict[RouteKey, Bucket] = {}

    def let_connect(self, api: WebSocketApi, stage: str) -> bool:
        """Whether a handshake may go on."""
        return self._pass(self._connections, *self._of_route(api, stage, "$connect"), self._account)

    def let_send(self, api: WebSocketApi, stage: str, route: str) -> bool:
        """Whether a message for a route may go on."""
        return self._pass(*self._of_route(api, stage, route), self._account)

    def let_call_back(self) -> bool:
        """Whether a call of `@connections` may go on."""
        return self._pass(self._account)

    def _pass(self, *buckets: Bucket) -> bool:
        now = self._clock()
        if not all(bucket.has_token(now) for bucket in buckets):
            return False
        for bucket in buckets:
            bucket.take()
        return True

    def _of_route(self, api: WebSocketApi, stage: str, route: str) -> list[Bucket]:
        """Return the route's bucket, a new one if its limit has changed; none if the stage sets no limit."""
        limit = api.throttle(stage, route)
        if limit is None:
            return []
        key = RouteKey(api.id, stage, route)
        if key not in self._routes or self._routes[key].limit != limit:
            self._routes[key] = Bucket(limit, self._clock())
        return [self._routes[key]]
