"""A table over DynamoDB (in moto), and what becomes of the client's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from serverless_socketio.aws.ports import Delete, Put, Update
from serverless_socketio.aws.table import BATCH_GET_MAX, BATCH_WRITE_MAX, TRIES, DynamoTable
from serverless_socketio.exceptions import ConditionFailed, StoreError, TransactionRefused
from tests.fakes import FakeClock, Faulty
from tests.tables import dynamodb, make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio.aws.ports import Key

    Failing: TypeAlias = Callable[..., DynamoTable]

ALICE: Key = {"pk": "user", "sk": "alice"}
BOB: Key = {"pk": "user", "sk": "bob"}
DUE = ("due", "bucket", "opened")


@pytest.fixture(scope="module")
def client() -> Iterator[DynamoDBClient]:
    with dynamodb() as made:
        yield made


@pytest.fixture
def table(client: DynamoDBClient) -> DynamoTable:
    return DynamoTable(make_table(client, "connections"), client)


@pytest.fixture
def failing(client: DynamoDBClient, table: DynamoTable) -> Failing:
    """Makes the same table again, over a client some of whose calls fail."""

    def make(clock: FakeClock | None = None, **calls: Callable[..., Any]) -> DynamoTable:
        faulty: Any = Faulty(client, calls)
        return DynamoTable(table.name, faulty, sleep=(clock or FakeClock()).sleep)

    return make


class Broken:
    """A call that fails with one error after the other, then answers."""

    def __init__(self, *errors: Exception, answer: Any = None) -> None:
        self.errors = list(errors)
        self.answer = answer or {}
        self.calls = 0

    def __call__(self, **_: Any) -> Any:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.answer


def refused(code: str, *reasons: str) -> ClientError:
    """An error of DynamoDB; `reasons`: of a transaction, one for each write."""
    response: Any = {"Error": {"Code": code, "Message": "of no interest"}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "Operation")


CANCELLED = "TransactionCanceledException"


def keys(count: int) -> list[Key]:
    return [{"pk": "many", "sk": f"{number:04d}"} for number in range(count)]


def fill(table: DynamoTable, count: int) -> None:
    for key in keys(count):
        table.put({**key, "text": "x"})


class TestItems:
    def test_come_back_as_they_were_put(self, table: DynamoTable) -> None:
        item = {**ALICE, "n": 2**60, "half": 0.5, "yes": True, "deep": {"list": [1, None, "é", b"\x00"]}}
        table.put({**item, "none": None})
        assert table.get(ALICE) == item
        assert table.get(ALICE, consistent=False) == item
        assert table.get(BOB) is None

    def test_are_updated_and_returned_as_they_are_then(self, table: DynamoTable) -> None:
        table.put({**ALICE, "count": 1, "name": "Alice"})
        changed = table.update(ALICE, "SET #count = #count + :one REMOVE #name", values={":one": 1})
        assert changed == {**ALICE, "count": 2} == table.get(ALICE)

    def test_are_deleted_and_returned_as_they_were(self, table: DynamoTable) -> None:
        table.put({**ALICE, "name": "Alice"})
        assert table.delete(ALICE) == {**ALICE, "name": "Alice"}
        assert table.delete(ALICE) is None


class TestConditions:
    @pytest.mark.parametrize(
        "write",
        [
            lambda table, **condition: table.put({**ALICE, "status": 3}, **condition),
            lambda table, **condition: table.update(ALICE, "SET #status = :mine", **condition),
            lambda table, **condition: table.delete(ALICE, **condition),
        ],
        ids=["put", "update", "delete"],
    )
    def test_that_are_not_met_tell_what_stood_in_the_way(self, table: DynamoTable, write: Callable[..., None]) -> None:
        item = {**ALICE, "status": 2}  # a reserved word
        table.put(item)
        with pytest.raises(ConditionFailed) as caught:
            write(table, condition="#status = :mine", values={":mine": 1})
        assert caught.value.item == item == table.get(ALICE)
        assert isinstance(caught.value.__cause__, ClientError)

    def test_that_are_met_let_the_write_through(self, table: DynamoTable) -> None:
        table.put({**ALICE, "version": 1}, condition="attribute_not_exists(pk)")
        table.update(ALICE, "SET #version = :two", condition="#version = :one", values={":one": 1, ":two": 2})
        assert table.delete(ALICE, condition="#version = :two", values={":two": 2}) == {**ALICE, "version": 2}

    def test_about_what_is_not_there_have_no_item(self, table: DynamoTable) -> None:
        with pytest.raises(ConditionFailed) as caught:
            table.update(ALICE, "SET #seen = :now", condition="attribute_exists(pk)", values={":now": 1})
        assert caught.value.item is None


class TestTransactions:
    def test_write_all(self, table: DynamoTable) -> None:
        carol: Key = {"pk": "user", "sk": "carol"}
        table.put({**BOB, "n": 1})
        table.put({**carol})
        table.transact(
            [Put({**ALICE, "n": 0}), Update(BOB, "SET #n = :two", "#n = :one", {":one": 1, ":two": 2}), Delete(carol)]
        )
        assert list(table.query("user")) == [{**ALICE, "n": 0}, {**BOB, "n": 2}]

    def test_write_nothing_when_refused_and_tell_what_was_in_whose_way(self, table: DynamoTable) -> None:
        table.put({**BOB, "n": 1})
        with pytest.raises(TransactionRefused) as caught:
            table.transact(
                [
                    Put({**ALICE, "n": 0}),
                    Delete(BOB, "#n = :two", {":two": 2}),
                    Update({"pk": "user", "sk": "nobody"}, "SET #n = :two", "attribute_exists(pk)", {":two": 2}),
                ]
            )
        first, second, third = caught.value.failures
        assert first is None
        assert second is not None
        assert second.item == {**BOB, "n": 1}
        assert third is not None
        assert third.item is None
        assert table.get(ALICE) is None

    def test_that_meet_others_are_tried_again(self, failing: Failing) -> None:
        clock = FakeClock()
        write = Broken(*[refused(CANCELLED, "None", "TransactionConflict")] * 2)
        failing(clock, transact_write_items=write).transact([Put({**ALICE})])
        assert write.calls == 3
        assert len(clock.slept) == 2

    def test_that_meet_others_for_too_long_fail(self, failing: Failing) -> None:
        write = Broken(*[refused(CANCELLED, "TransactionConflict")] * 99)
        with pytest.raises(StoreError, match="too long"):
            failing(transact_write_items=write).transact([Put({**ALICE})])
        assert write.calls == TRIES

    def test_whose_condition_failed_are_refused_though_they_met_others_too(self, failing: Failing) -> None:
        write = Broken(refused(CANCELLED, "TransactionConflict", "ConditionalCheckFailed", "None"))
        with pytest.raises(TransactionRefused) as caught:
            failing(transact_write_items=write).transact([Put({**ALICE})])
        assert [failure is None for failure in caught.value.failures] == [True, False, True]

    def test_cancelled_for_another_reason_fail_at_once(self, failing: Failing) -> None:
        write = Broken(refused(CANCELLED, "ValidationError"))
        with pytest.raises(StoreError, match=CANCELLED):
            failing(transact_write_items=write).transact([Put({**ALICE})])
        assert write.calls == 1


class TestQueries:
    @pytest.fixture
    def letters(self, table: DynamoTable) -> DynamoTable:
        for letter in ("a", "ab", "b", "c", "d", "e", "f"):
            table.put({"pk": "letters", "sk": letter})
        return table

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, ["a", "ab", "b", "c", "d", "e", "f"]),
            ({"forward": False}, ["f", "e", "d", "c", "b", "ab", "a"]),
            ({"below": "c"}, ["a", "ab", "b"]),
            ({"above": "d"}, ["e", "f"]),
            ({"above": "a", "below": "d"}, ["ab", "b", "c"]),
            ({"above": "ab", "below": "b"}, []),
            ({"above": "c", "below": "c"}, []),
            ({"above": "d", "below": "b"}, []),
            ({"above": "a", "below": "f", "limit": 2}, ["ab", "b"]),
            ({"above": "a", "below": "f", "limit": 4, "forward": False}, ["e", "d", "c", "b"]),
            ({"begins_with": "a"}, ["a", "ab"]),
            ({"begins_with": "x"}, []),
            ({"limit": 3}, ["a", "ab", "b"]),
            ({"limit": 99}, ["a", "ab", "b", "c", "d", "e", "f"]),
        ],
    )
    def test_find_what_lies_strictly_between_bounds(
        self, letters: DynamoTable, wanted: dict[str, Any], found: list[str]
    ) -> None:
        assert [item["sk"] for item in letters.query("letters", **wanted)] == found

    def test_ask_for_a_beginning_or_for_bounds(self, letters: DynamoTable) -> None:
        with pytest.raises(ValueError, match="one condition"):
            letters.query("letters", begins_with="a", below="b")

    def test_go_through_all_pages(self, table: DynamoTable) -> None:
        for key in keys(5):
            table.put({**key, "text": "x" * 300_000})  # a page ends at 1 MB
        assert [item["sk"] for item in table.query("many")] == [key["sk"] for key in keys(5)]

    def test_read_no_page_before_it_is_wanted(self, failing: Failing) -> None:
        page = Broken(answer={"Items": [{"pk": {"S": "p"}, "sk": {"S": "s"}}], "LastEvaluatedKey": {"pk": {"S": "p"}}})
        items = failing(query=page).query("p")
        assert page.calls == 0
        assert [next(items)["sk"] for _ in range(3)] == ["s"] * 3
        assert page.calls == 3

    def test_of_an_index_go_by_its_keys(self, table: DynamoTable) -> None:
        for number, bucket in enumerate(["one", "one", "two"]):
            table.put({"pk": f"p{number}", "sk": "s", "bucket": bucket, "opened": number})
        assert [item["pk"] for item in table.query("one", index=DUE)] == ["p0", "p1"]
        assert [item["pk"] for item in table.query("one", index=DUE, above=0)] == ["p1"]
        assert [item["pk"] for item in table.query("one", index=DUE, below=1)] == ["p0"]


class TestBatches:
    @pytest.mark.parametrize("count", [0, 1, BATCH_WRITE_MAX, BATCH_WRITE_MAX + 1, BATCH_GET_MAX, BATCH_GET_MAX + 1])
    def test_hold_any_number(self, table: DynamoTable, count: int) -> None:
        fill(table, count)
        table.put({**ALICE})
        found = table.get_all([*keys(count), BOB], consistent=count == 1)
        assert sorted(item["sk"] for item in found) == [key["sk"] for key in keys(count)]
        table.delete_all(keys(count))
        assert list(table.query("many")) == []
        assert table.get(ALICE) is not None

    def test_ask_again_for_what_was_left_over(
        self, client: DynamoDBClient, table: DynamoTable, failing: Failing
    ) -> None:
        fill(table, 3)

        def get_one(*, RequestItems: Any) -> Any:  # noqa: N803 - boto3's names
            first, *left = RequestItems[table.name]["Keys"]
            answer = client.batch_get_item(RequestItems={table.name: {"Keys": [first]}})
            return {**answer, "UnprocessedKeys": {table.name: {"Keys": left}} if left else {}}

        def write_one(*, RequestItems: Any) -> Any:  # noqa: N803
            first, *left = RequestItems[table.name]
            client.batch_write_item(RequestItems={table.name: [first]})
            return {"UnprocessedItems": {table.name: left} if left else {}}

        clock = FakeClock()
        slow = failing(clock, batch_get_item=get_one, batch_write_item=write_one)
        assert sorted(item["sk"] for item in slow.get_all(keys(3))) == [key["sk"] for key in keys(3)]
        assert len(clock.slept) == 2
        slow.delete_all(keys(3))
        assert list(table.query("many")) == []

    def test_fail_when_nothing_gets_through(self, failing: Failing) -> None:
        stuck = failing(
            batch_get_item=lambda RequestItems: {"Responses": {}, "UnprocessedKeys": RequestItems},  # noqa: N803
            batch_write_item=lambda RequestItems: {"UnprocessedItems": RequestItems},  # noqa: N803
        )
        with pytest.raises(StoreError, match="left over"):
            stuck.get_all(keys(1))
        with pytest.raises(StoreError, match="left over"):
            stuck.delete_all(keys(1))


OPERATIONS: dict[str, Callable[[DynamoTable], object]] = {
    "get_item": lambda table: table.get(ALICE),
    "put_item": lambda table: table.put({**ALICE}),
    "update_item": lambda table: table.update(ALICE, "SET #a = :a", values={":a": 1}),
    "delete_item": lambda table: table.delete(ALICE),
    "query": lambda table: list(table.query("user")),
    "batch_get_item": lambda table: table.get_all([ALICE]),
    "batch_write_item": lambda table: table.delete_all([ALICE]),
    "transact_write_items": lambda table: table.transact([Put({**ALICE})]),
}


class TestFailures:
    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize(
        "error",
        [
            refused("ProvisionedThroughputExceededException"),
            refused("AccessDeniedException"),
            refused("InternalServerError"),
            ReadTimeoutError(endpoint_url="https://dynamodb"),
            EndpointConnectionError(endpoint_url="https://dynamodb"),
            NoCredentialsError(),
        ],
    )
    def test_of_the_client_are_store_errors_raised_from_them(
        self, failing: Failing, operation: str, error: Exception
    ) -> None:
        with pytest.raises(StoreError) as caught:
            OPERATIONS[operation](failing(**{operation: Broken(error)}))
        assert caught.value.__cause__ is error

    @pytest.mark.parametrize("operation", ["put_item", "update_item", "delete_item"])
    def test_by_a_transaction_that_holds_the_item_are_waited_out(self, failing: Failing, operation: str) -> None:
        held = refused("TransactionConflictException")
        clock = FakeClock()
        call = Broken(held, held, answer={"Attributes": {}})
        OPERATIONS[operation](failing(clock, **{operation: call}))
        assert call.calls == 3
        assert all(0 <= pause <= 0.02 * 2**attempt for attempt, pause in enumerate(clock.slept))
        with pytest.raises(StoreError, match="too long"):
            OPERATIONS[operation](failing(**{operation: Broken(*[held] * 99)}))

    def test_of_ours_are_not_hidden(self, table: DynamoTable) -> None:
        with pytest.raises(TypeError, match="object"):
            table.put({**ALICE, "what": object()})
