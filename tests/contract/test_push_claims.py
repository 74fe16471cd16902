"""What every record of pushes keeps to: the same suite over dicts, the reference, and over a DynamoDB table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio_chat.push.table import LEASE_MS, REMEMBER_S, TableClaims
from tests.fakes import FakeClock
from tests.support.memory_deliveries import MemoryClaims
from tests.tables import make_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio_chat.push.ports import Claims

LEASE_S = LEASE_MS / 1000


@dataclass
class World:
    """Claims, and their clock."""

    claims: Claims
    clock: FakeClock


@pytest.fixture(scope="module")
def table(client: DynamoDBClient) -> DynamoTable:
    return DynamoTable(make_table(client, "conversations"), client)


@pytest.fixture(params=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest, table: DynamoTable) -> World:
    clock = FakeClock()
    if request.param == "memory":
        return World(MemoryClaims(clock), clock)
    table.delete_all([{"pk": row["pk"], "sk": row["sk"]} for row in table.query("PUSH#phone")])
    return World(TableClaims(table, clock), clock)


def test_one_of_two_invocations_gets_a_push(world: World) -> None:
    assert [world.claims.claim("phone", "n1") for _ in range(2)] == ["mine", "busy"]


def test_pushes_to_other_devices_and_of_other_notifications_are_others(world: World) -> None:
    names = [("phone", "n1"), ("phone", "n2"), ("desk", "n1")]
    assert [world.claims.claim(*name) for name in names] == ["mine"] * 3


def test_what_was_pushed_stays_so(world: World) -> None:
    world.claims.claim("phone", "n1")
    world.claims.settle("phone", "n1")
    world.clock.advance(LEASE_S + 1)
    assert world.claims.claim("phone", "n1") == "done"
    world.claims.release("phone", "n1")
    assert world.claims.claim("phone", "n1") == "done"


def test_what_was_let_go_of_is_taken_at_once(world: World) -> None:
    world.claims.claim("phone", "n1")
    for _ in range(2):
        world.claims.release("phone", "n1")
    assert world.claims.claim("phone", "n1") == "mine"


def test_what_a_crashed_invocation_had_taken_is_free_after_a_while(world: World) -> None:
    world.claims.claim("phone", "n1")
    world.clock.advance(LEASE_S - 0.001)
    assert world.claims.claim("phone", "n1") == "busy"
    world.clock.advance(0.001)
    assert world.claims.claim("phone", "n1") == "mine"
    assert world.claims.claim("phone", "n1") == "busy"


def test_a_day_later_a_push_is_forgotten_whether_or_not_its_row_is_gone(table: DynamoTable) -> None:
    clock = FakeClock()
    claims = TableClaims(table, clock)
    claims.claim("watch", "n1")
    claims.settle("watch", "n1")
    clock.advance(REMEMBER_S - 1)
    assert claims.claim("watch", "n1") == "done"
    clock.advance(1)
    assert claims.claim("watch", "n1") == "mine"


STEPS = st.lists(st.sampled_from(["claim", "settle", "release"]) | st.floats(0, 30), max_size=12)


@given(steps=STEPS)
def test_both_say_the_same_whatever_happens(table: DynamoTable, steps: list[str | float]) -> None:
    clock = FakeClock()
    reference, claims = MemoryClaims(clock), TableClaims(table, clock)
    table.delete({"pk": "PUSH#tv", "sk": "SENT#n1"})
    for step in steps:
        if isinstance(step, float):
            clock.advance(step)
        elif step == "claim":
            assert claims.claim("tv", "n1") == reference.claim("tv", "n1")
        else:
            for each in (reference, claims):
                getattr(each, step)("tv", "n1")
