"""Keys that are deleted: their connections end, wherever they are, and nobody else's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.aws.store.rows import CONNECTION
from serverless_socketio_chat.accounts.api_keys import digest
from serverless_socketio_chat.accounts.revocation import SECOND_LOOK_S
from serverless_socketio_chat.runtime import SESSION_CACHE_S
from tests.drivers import ChatDriver, Refused
from tests.faults import down

if TYPE_CHECKING:
    from serverless_socketio_chat.accounts.directory import Directory

KEY = "key-of-alice"


def streamed(event: str = "REMOVE", key: str = KEY, sk: str = "KEY") -> dict[str, Any]:
    """What the conversations table's stream tells, as Lambda hands it over."""
    keys = {"pk": {"S": f"KEY#{digest(key)}"}, "sk": {"S": sk}}
    image = {**keys, "user_id": {"S": "alice"}, "plan": {"S": "free"}}
    change = {"Keys": keys, "StreamViewType": "OLD_IMAGE", **({"OldImage": image} if event != "INSERT" else {})}
    return {"Records": [{"eventName": event, "eventSource": "aws:dynamodb", "dynamodb": change}]}


class Queue:
    """SQS's client, as far as the sweeper sends messages to itself."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.entries += Entries
        return {"Successful": Entries}

    def deliver(self, chat: ChatDriver, within_s: int = 900) -> None:
        """Let the time of messages come."""
        due = [entry for entry in self.entries if entry["DelaySeconds"] <= within_s]
        self.entries = [entry for entry in self.entries if entry not in due]
        for entry in due:
            chat.call("sweeper", {"Records": [{"body": entry["MessageBody"]}]})


@pytest.fixture(autouse=True)
def queue(chat: ChatDriver) -> Queue:
    queue = Queue()
    chat.give("sqs", queue)
    return queue


def tell(chat: ChatDriver, queue: Queue, event: dict[str, Any]) -> None:
    """The stream tells, and what is to be done at once is done."""
    chat.call("sweeper", event)
    queue.deliver(chat, within_s=0)


@pytest.fixture
def directory(chat: ChatDriver) -> Directory:
    found: Any = chat.directory
    found.put_key("second-key", "alice")
    return found  # type: ignore[no-any-return]


def test_every_connection_of_a_deleted_key_is_told_and_ended(
    chat: ChatDriver, directory: Directory, queue: Queue
) -> None:
    alice, nora = chat.connect("alice"), chat.connect_native("alice")
    handshaken = chat.connect(auth={}, query={"token": KEY})
    other, bob = chat.connect(auth={"token": "second-key"}), chat.connect("bob")
    directory.revoke_key("alice", digest(KEY))
    tell(chat, queue, streamed())
    for client in (alice, nora, handshaken):
        assert client.closed
        assert [error["code"] for error in client.got("error")] == ["unauthorized"]
    assert not other.closed
    assert not bob.closed
    with pytest.raises(Refused) as caught:
        chat.connect("alice")
    assert caught.value.code == "unauthorized"
    with pytest.raises(Refused) as refused:
        chat.connect_native("alice")
    assert refused.value.status == 401
    assert len([chat.connect(auth={"token": "second-key"}) for _ in range(4)]) == 4


def test_a_revoked_users_keys_are_all_deleted(chat: ChatDriver, directory: Directory, queue: Queue) -> None:
    clients = [chat.connect("alice"), chat.connect(auth={"token": "second-key"})]
    assert directory.revoke_user("alice") == 2
    for key in (KEY, "second-key"):
        tell(chat, queue, streamed(key=key))
    assert all(client.closed for client in clients)


def test_a_connect_that_had_read_the_key_before_is_found_by_a_second_look(
    chat: ChatDriver, directory: Directory, queue: Queue
) -> None:
    client = chat.open()

    def late_query(**call: Any) -> Any:
        """Between a CONNECT's reading of its key and its acceptance, the key is deleted and looked for."""
        chat.renew("message")
        directory.revoke_key("alice", digest(KEY))
        tell(chat, queue, streamed())
        return chat.dynamodb.query(**call)

    chat.renew("message", query=late_query)
    assert client.send(f'40{{"token":"{KEY}"}}')[0].startswith("40")
    assert not client.closed
    queue.deliver(chat)
    assert client.closed


def test_the_second_look_comes_after_every_function_that_ran_has_ended_and_within_a_minute(
    chat: ChatDriver, queue: Queue
) -> None:
    chat.call("sweeper", streamed())
    assert [entry["DelaySeconds"] for entry in queue.entries] == [0, SECOND_LOOK_S]
    assert 20 < SECOND_LOOK_S < 50
    assert SESSION_CACHE_S < 60


@pytest.mark.parametrize(
    "event", [streamed("INSERT"), streamed("MODIFY"), streamed(sk="USER")], ids=["made", "moved", "no key"]
)
def test_what_is_no_deletion_of_a_key_changes_nothing(chat: ChatDriver, queue: Queue, event: dict[str, Any]) -> None:
    alice = chat.connect("alice")
    chat.call("sweeper", event)
    assert not alice.closed
    assert queue.entries == []


def test_a_connection_that_cannot_be_ended_keeps_no_other_and_is_tried_again(
    chat: ChatDriver, directory: Directory, queue: Queue
) -> None:
    clients = [chat.connect("alice") for _ in range(3)]
    directory.revoke_key("alice", digest(KEY))
    tries: list[None] = []

    def fail_for_the_second(**call: Any) -> Any:
        if call["Key"]["sk"]["S"] == CONNECTION:
            tries.append(None)
            if len(tries) == 2:
                down()
        return chat.dynamodb.get_item(**call)

    chat.renew("sweeper", get_item=fail_for_the_second)
    with pytest.raises(ExceptionGroup):
        tell(chat, queue, streamed())
    assert sum(client.closed for client in clients) == 2
    queue.deliver(chat)
    assert all(client.closed for client in clients)


def test_a_key_that_stands_again_keeps_its_connections(chat: ChatDriver, queue: Queue) -> None:
    alice = chat.connect("alice")
    chat.call("sweeper", streamed())
    queue.deliver(chat)
    assert not alice.closed
    assert alice.emit("chat:history", {"agentId": "echo"})["ok"]


def test_a_tick_is_still_a_tick(chat: ChatDriver) -> None:
    chat.open()
    chat.clock.advance(30)
    chat.call("sweeper", {"Records": [{"body": json.dumps({"tick_at": 1})}]})
    assert len(chat.transport.closed) == 1
