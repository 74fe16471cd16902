"""What a plan allows, as clients are told: the order of checks, the time to wait, the end of a flood."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.accounts.limits import FRAMES_STEP
from serverless_socketio_chat.accounts.plans import BAD_FRAMES, DEFAULTS, OTHERS, Plan
from serverless_socketio_chat.events import model
from serverless_socketio_chat.events.chat_leave import ChatLeave

if TYPE_CHECKING:
    from serverless_socketio_chat import wire
    from serverless_socketio_chat.events.context import Context
    from tests.drivers import ChatDriver, NativeClient, SocketIOClient

FREE = DEFAULTS["free"]
NARROW = Plan("free", messages=1, burst=1, connections=5)
HI = {"agentId": "echo", "message": "hi"}
PAGE = {"agentId": "echo", "limit": 1}
BAD = "42{"


def use_up(client: SocketIOClient | NativeClient, chat: ChatDriver) -> None:
    """Send as many messages as a burst has, each answered."""
    for number in range(FREE.burst):
        assert client.emit("chat:message", {**HI, "clientMessageId": f"m{number}"})["ok"]
        chat.answer()


def narrow(chat: ChatDriver) -> None:
    """Let the free plan be a message a minute, so ten of all else."""
    chat.directory.put_plan(NARROW)


# Messages


def test_a_message_over_the_burst_is_told_how_long_to_wait_and_that_is_true(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    use_up(alice, chat)
    error = alice.emit("chat:message", HI)["error"]
    assert (error["code"], set(error)) == ("rate_limited", {"code", "message", "retryAfterMs"})
    wait_ms = error["retryAfterMs"]
    chat.clock.advance((wait_ms - 50) / 1000)
    assert 0 < alice.emit("chat:message", HI)["error"]["retryAfterMs"] <= 50
    chat.clock.advance(0.050)
    assert alice.emit("chat:message", HI)["ok"]


def test_devices_of_a_user_share_the_rate_and_users_do_not(chat: ChatDriver) -> None:
    use_up(chat.connect("alice"), chat)
    assert chat.connect("alice").emit("chat:message", HI)["error"]["code"] == "rate_limited"
    assert chat.connect_native("alice").emit("chat:message", HI)["error"]["code"] == "rate_limited"
    assert chat.connect("bob").emit("chat:message", HI)["ok"]


def test_another_warm_function_counts_on_where_the_first_was(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    use_up(alice, chat)
    chat.renew("message")
    assert alice.emit("chat:message", HI)["error"]["code"] == "rate_limited"


def test_the_rate_comes_after_the_payload_and_before_the_agent_and_the_chat(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    use_up(alice, chat)

    def code(**payload: object) -> str:
        ack = alice.emit("chat:message", {**HI, **payload})
        return "ok" if ack["ok"] else str(ack["error"]["code"])

    assert code(message=5) == "invalid"
    assert code(userId="bob") == "forbidden"
    assert code(message="x" * 8001) == "too_large"
    assert code(agentId="nobody") == "rate_limited"
    assert code(clientMessageId="new") == "rate_limited"
    assert code(clientMessageId="m0") == "ok"


def test_a_known_message_is_never_rate_limited_and_a_refused_one_costs_nothing(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    use_up(alice, chat)
    refused = [alice.emit("chat:message", HI)["error"]["retryAfterMs"] for _ in range(20)]
    assert refused == sorted(refused, reverse=True)
    again = [alice.emit("chat:message", {**HI, "clientMessageId": "m3"}) for _ in range(3)]
    assert all(ack["ok"] and ack["duplicate"] for ack in again)
    assert chat.answers_started == []
    chat.clock.advance(refused[-1] / 1000)
    assert alice.emit("chat:message", HI)["ok"]


def test_what_was_too_large_or_invalid_costs_no_message(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    for payload in ({**HI, "message": "x" * 8001}, {**HI, "message": ""}, {**HI, "userId": "bob"}):
        for _ in range(FREE.burst):
            assert not alice.emit("chat:message", payload)["ok"]
    use_up(alice, chat)


def test_without_a_callback_a_refusal_is_an_event(chat: ChatDriver) -> None:
    alice = chat.connect("alice")
    use_up(alice, chat)
    (error,) = alice.tell("chat:message", HI)
    assert (error["event"], error["code"]) == ("chat:message", "rate_limited")
    assert error["retryAfterMs"] > 0


# Everything else


@pytest.mark.parametrize(
    ("event", "payload", "code"),
    [
        ("chat:history", PAGE, "ok"),
        ("chat:history", {}, "invalid"),
        ("chat:leave", {"agentId": "echo", "userId": "bob"}, "forbidden"),
        ("chat:history", {"agentId": "nobody"}, "not_found"),
        ("nothing:known", {}, "not_found"),
        ("chat:message", {"agentId": "echo"}, "invalid"),
        ("chat:message", {**HI, "message": "x" * 8001}, "too_large"),
    ],
)
def test_whatever_is_no_message_spends_the_second_allowance(
    chat: ChatDriver, event: str, payload: dict[str, Any], code: str
) -> None:
    narrow(chat)
    alice = chat.connect("alice")
    for _ in range(OTHERS * NARROW.burst):
        ack = alice.emit(event, payload)
        assert ("ok" if ack["ok"] else ack["error"]["code"]) == code
    error = alice.emit("chat:history", PAGE)["error"]
    assert error["code"] == "rate_limited"
    assert 0 < error["retryAfterMs"] <= 6_000
    assert alice.emit("chat:message", HI)["ok"]
    chat.clock.advance(error["retryAfterMs"] / 1000)
    assert alice.emit("chat:history", PAGE)["ok"]


def test_over_it_the_payload_is_still_looked_at_first(chat: ChatDriver) -> None:
    narrow(chat)
    alice = chat.connect("alice")
    for _ in range(OTHERS):
        alice.emit("chat:history", PAGE)
    assert alice.emit("chat:history", {})["error"]["code"] == "invalid"
    assert alice.emit("chat:history", {**PAGE, "agentId": "nobody"})["error"]["code"] == "rate_limited"
    assert alice.emit("nothing:known", {})["error"]["code"] == "rate_limited"


def test_an_event_may_ask_to_be_dropped_rather_than_refused(chat: ChatDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []

    def chat_leave(context: Context, body: ChatLeave) -> wire.NothingPayload:
        heard.append(body)
        return {}

    dropping = model.Event(ChatLeave, chat_leave, over_rate="drop")
    monkeypatch.setattr("serverless_socketio_chat.events.chat_leave.EVENT", dropping)
    narrow(chat)
    alice = chat.connect("alice")
    acks = [alice.emit("chat:leave", {"agentId": "echo"}) for _ in range(3 * OTHERS)]
    assert acks == [{"ok": True}] * len(acks)
    assert len(heard) == OTHERS


# Bad frames


def test_bad_frames_spend_the_second_allowance_and_then_end_their_connection_alone(chat: ChatDriver) -> None:
    narrow(chat)
    alice, tablet, bob = chat.connect("alice"), chat.connect("alice"), chat.connect("bob")
    for number in range(BAD_FRAMES):
        assert not alice.closed
        alice.send(BAD)
        expected = "invalid" if number < OTHERS else "rate_limited"
        assert alice.got("error")[-1]["code"] == expected
    assert alice.got("error")[-1]["retryAfterMs"] > 0
    alice.send(BAD)
    assert alice.closed
    assert not tablet.closed
    assert tablet.emit("chat:history", PAGE)["error"]["code"] == "rate_limited"
    assert tablet.emit("chat:message", HI)["ok"]
    assert bob.emit("chat:history", PAGE)["ok"]


def test_bad_frames_of_a_native_client_count_likewise(chat: ChatDriver) -> None:
    narrow(chat)
    nora = chat.connect_native("alice")
    for _ in range(BAD_FRAMES + 1):
        nora.send("nonsense")
    assert nora.closed
    codes = [error["code"] for error in nora.got("error")]
    assert codes == ["invalid"] * OTHERS + ["rate_limited"] * (BAD_FRAMES - OTHERS)


def test_good_events_over_the_allowance_do_not_end_a_connection(chat: ChatDriver) -> None:
    narrow(chat)
    alice = chat.connect("alice")
    for _ in range(4 * BAD_FRAMES):
        alice.emit("chat:history", PAGE)
    assert not alice.closed


# Frames that are no events


@pytest.mark.parametrize("frame", ["3", "2probe", "6", '437["nobody awaits it"]', "40/unknown,"])
def test_frames_that_are_no_events_spend_the_second_allowance(chat: ChatDriver, frame: str) -> None:
    narrow(chat)
    alice = chat.connect("alice")
    alice.send("3")  # free: one a heartbeat
    spent = 5 if frame == "40/unknown," else OTHERS
    for _ in range(spent):
        alice.send(frame)
    for _ in range(OTHERS - spent):
        assert alice.emit("chat:history", PAGE)["ok"]
    assert alice.got("error") == []
    assert alice.emit("chat:history", PAGE)["error"]["code"] == "rate_limited"
    alice.send("6")
    (error,) = alice.got("error")
    assert (error["code"], error["event"]) == ("rate_limited", None)
    assert error["retryAfterMs"] > 0
    assert not alice.closed


def test_a_client_that_has_spent_everything_still_answers_its_pings(chat: ChatDriver) -> None:
    narrow(chat)
    alice = chat.connect("alice")
    for _ in range(OTHERS + 1):
        alice.send("6")
    chat.clock.advance(1)
    assert alice.send("3") == []
    connection = chat.function(chat.settings).server.manager.store.connections.find(alice.address)
    assert connection is not None
    assert connection.seen_ms == chat.clock.now_ms()


def test_the_sixth_connect_that_is_refused_closes_the_connection(chat: ChatDriver) -> None:
    alice = chat.open()
    for number in range(5):
        chat.renew("message")  # whichever functions it meets
        (answer,) = alice.send(f'40{{"token":"guess {number}"}}')
        assert json.loads(answer[2:])["data"]["code"] == "unauthorized"
    assert chat.transport.closed == []
    assert alice.send('40{"token":"one more"}') == []
    assert alice.closed
    assert alice.send('40{"token":"key-of-alice"}') == []


# All frames together


@pytest.mark.parametrize("accepted", [True, False])
def test_ten_times_the_second_allowance_in_a_minute_closes_a_connection(chat: ChatDriver, accepted: bool) -> None:
    narrow(chat)
    alice, tablet = chat.connect("alice") if accepted else chat.open(), chat.connect("alice")
    most = 10 * OTHERS * NARROW.messages
    frames = ['42["chat:history",{"agentId":"echo","limit":1}]', "3"] if accepted else ["3"]
    for number in range(most):
        alice.send(frames[number % len(frames)])
    assert not alice.closed
    sent = next(number for number in range(most) if alice.send("3") == [] and alice.closed)
    assert sent <= FRAMES_STEP
    assert not tablet.closed


def test_a_minute_later_as_many_are_let_through_again(chat: ChatDriver) -> None:
    narrow(chat)
    alice = chat.connect("alice")
    for _ in range(3):
        for _ in range(10 * OTHERS * NARROW.messages):
            alice.send("3")
        chat.clock.advance(60)
    assert not alice.closed
