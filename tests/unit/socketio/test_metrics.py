"""Metrics are lines of CloudWatch's embedded metric format, few of them, and told apart by deployment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_socketio.aws.metrics import EmbeddedMetrics, put_tick
from serverless_socketio.fanout import Fanout
from serverless_socketio.memory.transport import MemoryTransport
from serverless_socketio.model import Member, PostResult
from tests.fakes import FakeClock
from tests.support.memory_meter import MemoryMeter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


def lines(stack: str, *puts: dict[str, Any]) -> list[dict[str, Any]]:
    written: list[str] = []
    meter = EmbeddedMetrics(stack, now_ms=lambda: 1_700_000_000_000, write=written.append)
    for put in puts:
        meter.put(**put)
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in written)
    return [json.loads(line) for line in written]


def test_counts_are_told_apart_by_deployment_and_one_name_and_times_by_deployment_alone() -> None:
    (line,) = lines(
        "Chat",
        {"counts": {"Events": 1}, "by": {"outcome": "ok"}, "times_ms": {"AckLatency": 12}, "about": {"event": "x"}},
    )
    assert line == {
        "_aws": {
            "Timestamp": 1_700_000_000_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "ServerlessSocketio",
                    "Dimensions": [["stack", "outcome"]],
                    "Metrics": [{"Name": "Events", "Unit": "Count"}],
                },
                {
                    "Namespace": "ServerlessSocketio",
                    "Dimensions": [["stack"]],
                    "Metrics": [{"Name": "AckLatency", "Unit": "Milliseconds"}],
                },
            ],
        },
        "event": "x",
        "stack": "Chat",
        "outcome": "ok",
        "Events": 1,
        "AckLatency": 12,
    }


def test_what_is_said_about_a_line_changes_neither_its_dimensions_nor_its_values() -> None:
    (line,) = lines("Chat", {"counts": {"Events": 1}, "about": {"stack": "Other", "Events": 99, "_aws": None}})
    assert (line["stack"], line["Events"], line["_aws"]["Timestamp"]) == ("Chat", 1, 1_700_000_000_000)


def test_a_deployment_without_a_name_has_metrics_without_a_dimension() -> None:
    (line,) = lines("", {"counts": {"Pinged": 3}})
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[]]


def test_a_line_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    EmbeddedMetrics("Chat").put({"Pinged": 3})
    assert json.loads(capsys.readouterr().out)["Pinged"] == 3


def test_what_is_added_is_printed_at_once_and_then_at_most_every_ten_seconds() -> None:
    clock, written = FakeClock(), []  # type: ignore[var-annotated]
    meter = EmbeddedMetrics("Chat", now_ms=clock.now_ms, write=written.append)

    def add(latency: int) -> None:
        meter.add({"Events": 1}, by={"outcome": "ok"}, times_ms={"AckLatency": latency}, name="chat:join")

    add(1)
    assert len(written) == 1  # a quiet deployment shows what happens when it does
    clock.advance(9.9)
    add(2)
    add(3)
    meter.settle()
    assert len(written) == 1
    clock.advance(0.1)
    meter.settle()
    line = json.loads(written[1])
    assert (line["Events"], line["AckLatency"], line["names"]) == (2, [2, 3], {"chat:join": 2})
    clock.advance(60)
    meter.settle()
    assert len(written) == 2  # nothing was added


def test_a_line_has_no_more_values_than_its_format_takes() -> None:
    written: list[str] = []
    meter = EmbeddedMetrics("Chat", now_ms=FakeClock().now_ms, write=written.append)
    for _ in range(1 + 250):
        meter.add({"Events": 1}, by={"outcome": "ok"}, times_ms={"AckLatency": 5})
    assert [json.loads(line)["Events"] for line in written] == [1, 100, 100]


def test_what_is_told_apart_has_lines_of_its_own() -> None:
    clock, written = FakeClock(), []  # type: ignore[var-annotated]
    meter = EmbeddedMetrics("Chat", now_ms=clock.now_ms, write=written.append)
    meter.add({"Events": 1}, by={"outcome": "ok"})
    meter.add({"Events": 1}, by={"outcome": "ok"})
    meter.add({"Connects": 1}, by={"outcome": "accepted"})
    clock.advance(10)
    meter.settle()
    assert [json.loads(line)["outcome"] for line in written] == ["ok", "ok", "accepted"]


def test_a_tick_that_did_nothing_is_no_line() -> None:
    meter = MemoryMeter()
    put_tick(meter, {"pinged": 0, "ghosts": 0, "recovered": 3})
    assert meter.kept == []
    put_tick(meter, {"pinged": 2, "ghosts": 0, "unaccepted": 1, "retired": 5})
    assert meter.kept[0].counts == {"Pinged": 2, "Unaccepted": 1}


class Sick(MemoryTransport):
    """A transport with outcomes of its own."""

    def __init__(self, *outcomes: PostResult) -> None:
        super().__init__()
        self.outcomes = outcomes

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        return list(self.outcomes)


def test_posts_that_failed_are_counted_and_clients_that_have_gone_are_not() -> None:
    meter = MemoryMeter()
    fanout = Fanout(Sick(PostResult.SENT, PostResult.FAILED, PostResult.REFUSED, PostResult.GONE), meter=meter)
    members = [Member(f"sid{number}", f"address{number}") for number in range(4)]
    fanout.emit(members, "news", {})
    assert (meter.total("PostsFailed"), len(meter.kept)) == (2, 1)


def test_posts_that_arrive_are_not_worth_a_line() -> None:
    meter = MemoryMeter()
    Fanout(MemoryTransport(), meter=meter).emit([Member("sid1", "address1")], "news", {})
    assert meter.kept == []
