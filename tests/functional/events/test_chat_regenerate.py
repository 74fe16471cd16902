"""`chat:regenerate`, to the letter of the contract: what is judged in which order, what lines carry, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.exceptions import StoreError
from serverless_socketio_chat.model import Chat
from serverless_socketio_chat.tables import keys

if TYPE_CHECKING:
    from tests.drivers import ChatDriver, NativeClient, SocketIOClient

CHAT = Chat("alice", "echo")
LONG = " ".join(f"w{index}" for index in range(200))


def ask(chat: ChatDriver, client: SocketIOClient | NativeClient, text: str = "one two three four") -> dict[str, Any]:
    """The ack of a message whose answer has ended."""
    ack: dict[str, Any] = client.emit("chat:message", {"agentId": "echo", "message": text})
    chat.answer()
    return ack


def again(client: SocketIOClient | NativeClient, message_id: str, **more: object) -> dict[str, Any]:
    ack: dict[str, Any] = client.emit("chat:regenerate", {"agentId": "echo", "messageId": message_id, **more})
    return ack


def table(chat: ChatDriver) -> DynamoTable:
    return DynamoTable(chat.settings.conversations_table, chat.dynamodb)


def lines(client: SocketIOClient) -> dict[str, dict[str, Any]]:
    """The chat's history, by id."""
    messages = client.emit("chat:history", {"agentId": "echo"})["messages"]
    return {line["messageId"]: line for line in messages}


def test_an_answer_is_given_again_and_each_says_which_the_other_is(chat: ChatDriver) -> None:
    alice, tablet = chat.connect("alice"), chat.connect("alice")
    tablet.emit("chat:join", {"agentId": "echo"})
    first = ask(chat, alice)
    chat.clock.advance(5)
    ack = again(alice, first["replyId"])
    assert ack == {
        "ok": True,
        "messageId": first["messageId"],
        "replyId": ack["replyId"],
        "timestamp": chat.clock.now_ms(),
        "duplicate": False,
    }
    assert ack["replyId"] > first["replyId"]
    assert lines(alice)[first["replyId"]]["replacedBy"] == ack["replyId"]  # from acceptance on
    (stream,) = chat.connect("alice").emit("chat:join", {"agentId": "echo"})["streams"]
    assert stream == {"messageId": ack["replyId"], "text": "", "index": 0, "replaces": first["replyId"]}
    chat.answer()
    for client in (alice, tablet):
        chunks = [body for body in client.got("chat:message:stream") if body["messageId"] == ack["replyId"]]
        assert [(body["index"], body["replaces"], body["replyTo"]) for body in chunks] == [
            (0, first["replyId"], first["messageId"]),
            (1, first["replyId"], first["messageId"]),
        ]
        former, complete = client.got("chat:message:complete")
        assert "replaces" not in former
        assert (complete["messageId"], complete["replaces"]) == (ack["replyId"], first["replyId"])
        assert complete["message"] == "one two three four"
        assert len(client.got("relation:updated")) == 2
    assert len(tablet.got("chat:message")) == 1  # the message is shown once
    history = lines(alice)
    assert list(history) == [first["messageId"], first["replyId"], ack["replyId"]]
    assert "replaces" not in history[first["replyId"]]
    assert history[ack["replyId"]]["replaces"] == first["replyId"]
    assert "replacedBy" not in history[ack["replyId"]]
    assert chat.connect("alice").emit("chat:join", {"agentId": "echo"})["messages"] == list(history.values())


def test_an_answer_given_again_can_be_given_again(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    first = ask(chat, alice)
    replies = [first["replyId"]]
    for _ in range(3):
        ack = again(alice, replies[-1])
        chat.answer()
        assert ack["messageId"] == first["messageId"]
        replies.append(ack["replyId"])
    history = lines(alice)
    assert [history[reply].get("replaces") for reply in replies] == [None, *replies[:-1]]
    assert [history[reply].get("replacedBy") for reply in replies] == [*replies[1:], None]
    assert replies == sorted(replies)


def test_what_is_wrong_is_told_in_the_order_of_the_contract(chat: ChatDriver) -> None:
    alice = chat.connect("carol")
    old = ask(chat, alice, "before")
    first = ask(chat, alice)
    ack = again(alice, first["replyId"], clientMessageId="c1")

    def code(message_id: object, **payload: object) -> str:
        answer = alice.emit("chat:regenerate", {"agentId": "echo", "messageId": message_id, **payload})
        return "ok" if answer["ok"] else str(answer["error"]["code"])

    assert code(5, userId="bob", agentId="nobody") == "invalid"
    assert code("x", userId="bob", agentId="nobody") == "forbidden"
    assert code("x", agentId="nobody", clientMessageId="c1") == "not_found"
    assert code("x", clientMessageId="c1") == "ok"
    assert code("x") == "conflict"
    assert code(ack["replyId"]) == "conflict"
    assert again(alice, "x", clientMessageId="c1") == {**ack, "duplicate": True}
    assert again(alice, first["replyId"])["error"]["messageId"] == ack["replyId"]
    chat.answer()
    for other in ("x", old["replyId"], old["messageId"], first["messageId"], first["replyId"]):
        assert code(other) == "not_found"
    assert code("x", clientMessageId="c1") == "ok"
    assert code(ack["replyId"]) == "ok"


def test_one_space_of_client_ids_with_messages(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    body = {"agentId": "echo", "message": "hi", "clientMessageId": "c1"}
    first = alice.emit("chat:message", body)
    chat.answer()
    assert again(alice, first["replyId"], clientMessageId="c1") == {**first, "duplicate": True}
    assert chat.answers_started == []
    second = again(alice, first["replyId"], clientMessageId="c2")
    chat.answer()
    assert alice.emit("chat:message", {**body, "clientMessageId": "c2"}) == {**second, "duplicate": True}
    assert len(lines(alice)) == 3


@pytest.mark.parametrize("copies", [2, 5])
def test_a_frame_that_comes_twice_is_answered_once(chat: ChatDriver, copies: int) -> None:
    alice = chat.connect("alice")
    first = ask(chat, alice)
    acks = [again(alice, first["replyId"], clientMessageId="c1") for _ in range(copies)]
    assert [ack["duplicate"] for ack in acks] == [False] + [True] * (copies - 1)
    assert len({ack["replyId"] for ack in acks}) == 1
    assert chat.answers_started == [acks[0]["replyId"]]


def test_of_two_devices_one_has_it_and_the_other_hears_it(chat: ChatDriver) -> None:
    alice, tablet = chat.connect("alice"), chat.connect("alice")
    first = ask(chat, alice)
    ack = again(alice, first["replyId"], clientMessageId="c1")
    assert again(tablet, first["replyId"], clientMessageId="c2")["error"]["messageId"] == ack["replyId"]
    chat.answer()
    assert again(tablet, first["replyId"], clientMessageId="c2")["error"]["code"] == "not_found"


def test_a_message_in_between_makes_it_no_newest_answer(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    first = ask(chat, alice)
    second = alice.emit("chat:message", {"agentId": "echo", "message": "and now?"})
    assert again(alice, first["replyId"])["error"]["code"] == "conflict"
    chat.answer()
    assert again(alice, first["replyId"])["error"]["code"] == "not_found"
    assert again(alice, second["replyId"])["ok"]


def test_an_answer_that_was_stopped_is_given_again_and_stopped_again(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    first = alice.emit("chat:message", {"agentId": "echo", "message": LONG})
    chat.clock.on_sleep(0.3, lambda: alice.emit("chat:stop", {"agentId": "echo", "messageId": first["replyId"]}))
    chat.clock.on_sleep(0.31, lambda: codes.append(again(alice, first["replyId"])["error"]["code"]))
    codes: list[str] = []
    chat.answer()
    assert codes == ["conflict"]  # it is still being stopped
    ack = again(alice, first["replyId"])
    chat.clock.on_sleep(0.3, lambda: alice.emit("chat:stop", {"agentId": "echo", "messageId": ack["replyId"]}))
    chat.answer()
    assert [body["finishReason"] for body in alice.got("chat:message:complete")] == ["stopped", "stopped"]
    assert lines(alice)[ack["replyId"]]["replaces"] == first["replyId"]


def test_it_is_kept_though_its_workflow_cannot_be_started(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    first = ask(chat, alice)
    chat.workflow.broken = True
    ack = again(alice, first["replyId"])
    assert ack["ok"]
    chat.workflow.broken = False
    chat.clock.advance(12)
    chat.tick()
    assert chat.answers_started == [ack["replyId"]]
    chat.answer()
    assert [body.get("replaces") for body in alice.got("chat:message:complete")] == [None, first["replyId"]]


def test_it_joins_the_sender_and_shows_the_message_to_nobody_again(chat: ChatDriver) -> None:
    first = ask(chat, chat.connect("alice"))
    phone, tablet = chat.connect("alice"), chat.connect("alice")
    tablet.emit("chat:join", {"agentId": "echo"})
    ack = again(phone, first["replyId"])
    chat.answer()
    assert [body["messageId"] for body in phone.got("chat:message:complete")] == [ack["replyId"]]
    assert tablet.got("chat:message") == []
    assert [body["isTyping"] for body in tablet.got("chat:typing")] == [True, False]


def test_it_costs_a_message(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    newest = ask(chat, alice)["replyId"]
    chat.clock.advance(600)
    refused: dict[str, Any] = {}
    for number in range(10):
        ack = again(alice, newest, clientMessageId=f"c{number}")
        if not ack["ok"]:
            refused = ack["error"]
            break
        chat.answer()
        newest = ack["replyId"]
    assert (refused["code"], refused["retryAfterMs"] > 0) == ("rate_limited", True)
    assert number == 5  # the burst of the free plan
    known = again(alice, "x", clientMessageId="c0")
    assert known["duplicate"]  # a known id is never rate limited


def test_native_clients_too(chat: ChatDriver) -> None:
    native = chat.connect_native("alice")
    first = ask(chat, native)
    ack = again(native, first["replyId"], clientMessageId="c1")
    assert (ack["messageId"], ack["duplicate"]) == (first["messageId"], False)
    chat.answer()
    assert [body.get("replaces") for body in native.got("chat:message:complete")] == [None, first["replyId"]]
    assert again(native, first["replyId"])["error"]["code"] == "not_found"


def test_another_user_s_answer_is_not_found(chat: ChatDriver) -> None:
    first = ask(chat, chat.connect("alice"))
    bob = chat.connect("bob")
    assert again(bob, first["replyId"])["error"]["code"] == "not_found"
    ask(chat, bob)
    assert again(bob, first["replyId"])["error"]["code"] == "not_found"


def test_the_answer_of_a_former_version_is_given_again(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    first = ask(chat, alice)
    table(chat).update(keys.chat(CHAT), "REMOVE #asked")
    ack = again(alice, first["replyId"])
    assert ack["messageId"] == first["messageId"]


def test_an_answer_whose_lines_are_gone_is_not_found(chat: ChatDriver) -> None:
    """Lines may be deleted by an operator, or by their time."""
    alice = chat.connect("alice")
    for name in ("replyId", "messageId"):
        first = ask(chat, alice)
        table(chat).delete(keys.message(CHAT, first[name]))
        assert again(alice, first["replyId"])["error"]["code"] == "not_found"


def test_a_table_that_fails_is_unavailable_and_leaves_nothing_behind(
    chat: ChatDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = chat.connect("alice")
    first = ask(chat, alice)

    def fail(*_: object) -> None:
        raise StoreError

    with monkeypatch.context() as broken:
        broken.setattr("serverless_socketio.aws.table.DynamoTable.transact", fail)
        assert again(alice, first["replyId"], clientMessageId="c1")["error"]["code"] == "unavailable"
    assert "replacedBy" not in lines(alice)[first["replyId"]]
    assert not again(alice, first["replyId"], clientMessageId="c1")["duplicate"]
