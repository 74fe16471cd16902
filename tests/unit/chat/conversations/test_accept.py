"""Accepting messages: once each, in order, one answer at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from serverless_socketio_chat.agents.model import AgentRecord
from serverless_socketio_chat.conversations.accept import MESSAGE_CODE_POINTS_MAX, Messages, Pace
from serverless_socketio_chat.conversations.model import Behind, Contended
from serverless_socketio_chat.errors import AnswerRunning, TooLarge, Unavailable
from tests.fakes import FakeClock
from tests.unit.chat.world import CHAT, World

if TYPE_CHECKING:
    from serverless_socketio_chat.answers.model import Message, Stream
    from serverless_socketio_chat.conversations.accept import Accepted
    from serverless_socketio_chat.model import Chat
    from tests.support.rules import Ports


def accept(world: World, text: str = "hi", client_id: str | None = "c1", messages: Messages | None = None) -> Accepted:
    return (messages or world.messages).accept(CHAT, world.agent, text, client_message_id=client_id, sender=None)


@pytest.mark.parametrize("copies", [1, 2, 5])
def test_a_message_sent_again_while_it_is_answered_has_the_same_ids(copies: int) -> None:
    world = World()
    accepted = [accept(world) for _ in range(copies)]
    assert len({each.ids for each in accepted}) == 1
    assert [each.duplicate for each in accepted] == [False] + [True] * (copies - 1)


def test_a_message_sent_again_after_its_answer_is_known_too() -> None:
    world = World()
    first = accept(world)
    world.execute(first.ids.reply_id)
    assert accept(world) == replace(first, duplicate=True)
    assert world.ports.conversations.state(CHAT).running is None


def test_a_known_message_is_no_conflict_though_another_is_being_answered() -> None:
    world = World()
    first = accept(world, client_id="c1")
    world.execute(first.ids.reply_id)
    second = accept(world, client_id="c2")
    assert accept(world, client_id="c1").ids == first.ids
    with pytest.raises(AnswerRunning) as caught:
        accept(world, client_id="c3")
    assert caught.value.as_error()["messageId"] == second.ids.reply_id


def test_messages_without_an_id_are_each_their_own() -> None:
    world = World()
    first = accept(world, client_id=None)
    world.execute(first.ids.reply_id)
    assert accept(world, client_id=None).ids != first.ids


def test_ids_rise_in_the_order_of_acceptance_though_clocks_differ() -> None:
    world = World(delay_ms=0)
    behind = replace(world.ports, clock=FakeClock(world.clock.now_ms() - 5_000)).make_messages(Pace(3, 50))
    ids: list[str] = []
    for number in range(10):
        accepted = accept(world, client_id=None, messages=behind if number % 2 else world.messages)
        ids += [accepted.ids.message_id, accepted.ids.reply_id]
        world.execute(accepted.ids.reply_id)
    assert ids == sorted(ids)
    assert len(set(ids)) == 20
    assert [message["messageId"] for message in world.join().joined["messages"]] == ids


class Busy:
    """Conversations that others write to all the time."""

    def __init__(self, outcome: Exception) -> None:
        self._outcome = outcome

    def accept(self, chat: Chat, message: Message, stream: Stream) -> None:
        raise self._outcome


@pytest.mark.parametrize("outcome", [Contended(), Behind("7" * 26)])
def test_a_chat_that_is_written_to_all_the_time_is_unavailable_for_a_moment(outcome: Exception) -> None:
    world = World()
    ports: Ports = replace(world.ports, conversations=Busy(outcome))  # type: ignore[arg-type]
    with pytest.raises(Unavailable) as caught:
        accept(world, messages=ports.make_messages(Pace(3, 50)))
    assert caught.value.as_error()["retryAfterMs"] > 0


def test_a_message_may_have_8000_code_points_and_not_one_more() -> None:
    Messages.check_size("😀" * MESSAGE_CODE_POINTS_MAX)
    with pytest.raises(TooLarge) as caught:
        Messages.check_size("a" * (MESSAGE_CODE_POINTS_MAX + 1))
    assert caught.value.as_error()["limit"] == 8000


@pytest.mark.parametrize(
    ("size", "delay_ms", "pace"),
    [(None, None, Pace(3, 50)), (1, None, Pace(1, 50)), (None, 0, Pace(3, 0)), (9, 60_000, Pace(9, 60_000))],
)
def test_an_agent_speaks_at_its_own_pace_where_it_has_one(size: int | None, delay_ms: int | None, pace: Pace) -> None:
    assert Pace(3, 50).of(AgentRecord("echo", "Echo", "echo", size, delay_ms)) == pace
