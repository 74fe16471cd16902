"""API Gateway's token buckets, by a clock of the tests' own."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from local.edge.app import Edge
from local.edge.session import Limits
from local.edge.site import Site
from local.edge.throttle import Throttles
from local.engine import borrowed
from local.engine.apis import ACCOUNT, Throttle, WebSocketApi

API = WebSocketApi(("000000000000", "us-east-1", "api"), {})
TEN = {"ThrottlingRateLimit": 10, "ThrottlingBurstLimit": 3}


class Time:
    """A clock that stands."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings of the only stage; it begins with none."""
    settings: dict[str, Any] = {}
    monkeypatch.setattr(borrowed, "stages", lambda owner: {"live": settings})
    return settings


def passed(throttles: Throttles, times: int, route: str = "$default") -> int:
    return sum(throttles.let_send(API, "live", route) for _ in range(times))


def test_a_stage_without_limits_has_the_accounts(stage: dict[str, Any]) -> None:
    clock = Time()
    throttles = Throttles(clock=clock)
    assert passed(throttles, 6000) == ACCOUNT.burst
    clock.now = 0.1
    assert passed(throttles, 6000) == ACCOUNT.rate * 0.1


def test_a_burst_passes_and_then_the_rate(stage: dict[str, Any]) -> None:
    stage["defaultRouteSettings"] = TEN
    clock = Time()
    throttles = Throttles(clock=clock)
    assert passed(throttles, 5) == 3
    clock.now = 0.1
    assert passed(throttles, 5) == 1
    clock.now = 10
    assert passed(throttles, 5) == 3


def test_each_route_has_a_bucket_of_its_own(stage: dict[str, Any]) -> None:
    stage["defaultRouteSettings"] = TEN
    throttles = Throttles(clock=Time())
    assert passed(throttles, 5) == 3
    assert passed(throttles, 5, "push:test") == 3


def test_a_routes_own_limit_comes_before_the_stages(stage: dict[str, Any]) -> None:
    stage |= {"defaultRouteSettings": TEN, "routeSettings": {"$connect": {"ThrottlingBurstLimit": 1}}}
    assert API.throttle("live", "$connect") == Throttle(rate=10, burst=1)
    assert API.throttle("live", "$default") == Throttle(rate=10, burst=3)


def test_limits_of_callers_are_spelled_in_lower_case(stage: dict[str, Any]) -> None:
    stage["defaultRouteSettings"] = {"throttlingRateLimit": 1.5, "throttlingBurstLimit": 2}
    assert API.throttle("live", "$default") == Throttle(rate=1.5, burst=2)


def test_without_a_limit_there_is_none(stage: dict[str, Any]) -> None:
    stage["defaultRouteSettings"] = {"DataTraceEnabled": False}
    assert API.throttle("live", "$default") is None


def test_a_limit_of_nothing_lets_nothing_pass(stage: dict[str, Any]) -> None:
    stage["defaultRouteSettings"] = {"ThrottlingRateLimit": 0, "ThrottlingBurstLimit": 0}
    assert passed(Throttles(clock=Time()), 3) == 0


def test_what_a_route_refuses_costs_the_account_nothing(stage: dict[str, Any]) -> None:
    stage["defaultRouteSettings"] = TEN
    throttles = Throttles(account=Throttle(rate=1, burst=4), clock=Time())
    passed(throttles, 100)
    assert [throttles.let_call_back() for _ in range(2)] == [True, False]


def test_what_the_account_refuses_costs_the_route_nothing(stage: dict[str, Any]) -> None:
    stage["defaultRouteSettings"] = TEN
    clock = Time()
    throttles = Throttles(account=Throttle(rate=100, burst=1), clock=clock)
    assert passed(throttles, 5) == 1
    clock.now = 0.01
    assert passed(throttles, 5) == 1


def test_a_limit_that_changes_holds_at_once(stage: dict[str, Any]) -> None:
    stage["defaultRouteSettings"] = TEN
    throttles = Throttles(clock=Time())
    passed(throttles, 5)
    stage["defaultRouteSettings"] = {**TEN, "ThrottlingBurstLimit": 1}
    assert passed(throttles, 5) == 1


def test_connections_have_a_quota_of_the_account(stage: dict[str, Any]) -> None:
    clock = Time()
    throttles = Throttles(clock=clock)
    assert sum(throttles.let_connect(API, "live") for _ in range(600)) == 500
    clock.now = 0.5
    assert sum(throttles.let_connect(API, "live") for _ in range(600)) == 250


def test_a_call_of_connections_over_the_accounts_quota_is_429(tmp_path: Path) -> None:
    """`PostToConnection`: LimitExceededException, "more than the allowed number of requests per unit of time"."""
    served: list[str] = []
    sent: list[Any] = []

    async def engine(scope: Any, receive: Any, send: Any) -> None:
        served.append(scope["path"])

    async def receive() -> Any:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    throttles = Throttles(account=Throttle(rate=1, burst=1), clock=Time())
    edge = Edge(engine, Site(tmp_path), Limits(), throttles)
    path = "/_aws/execute-api/unknown/live/@connections/x="
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": [(b"host", b"localhost")]}
    asyncio.run(edge(dict(scope), receive, send))
    asyncio.run(edge(dict(scope), receive, send))
    assert served == [path]
    assert sent[0]["status"] == 429
    assert (b"x-amzn-errortype", b"LimitExceededException") in sent[0]["headers"]
