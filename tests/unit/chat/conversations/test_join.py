"""The acks of joining and resuming; that a joiner misses nothing is in `answers/test_joiners.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.agents.relations import FRESH
from serverless_socketio_chat.answers.chunks import REPLY_JSON_BYTES_MAX, json_bytes
from serverless_socketio_chat.answers.model import Text
from serverless_socketio_chat.errors import Forbidden, NotFound
from serverless_socketio_chat.model import Chat
from tests.unit.chat.world import CHAT, FRAME_BYTES, World, words

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_the_ack_of_a_join_shows_the_room_what_was_said_and_how_things_stand() -> None:
    world = World()
    reply_id = world.ask("good morning")
    world.execute(reply_id)
    joined = world.join().joined
    assert joined["room"] == "chat:echo:alice"
    assert joined["agentId"] == "echo"
    assert [(line["role"], line["message"]) for line in joined["messages"]] == [
        ("user", "good morning"),
        ("agent", "good morning"),
    ]
    assert joined["messages"][1]["messageId"] == reply_id
    assert (joined["nextBefore"], joined["streams"]) == (None, [])
    assert set(joined["emotions"]) == set(FRESH.emotions)
    assert (joined["relationLevel"], joined["relationState"]) == (1, "stranger")


def test_a_join_shows_the_newest_fifty_and_since_an_id_all_that_came_after() -> None:
    world = World(delay_ms=0)
    ids = []
    for number in range(30):
        reply_id = world.ask(f"message {number}")
        world.execute(reply_id)
        ids.append(reply_id)
    joined = world.join().joined
    assert len(joined["messages"]) == 50
    assert joined["nextBefore"] == joined["messages"][0]["messageId"]
    socket = world.socket()
    since = world.joining.join(CHAT, world.sender(socket), ids[0])
    assert len(since["messages"]) == 58
    assert since["nextBefore"] is None


@pytest.mark.parametrize("text", ["\x01" * 16_000, "é" * 24_000, "a " * 12_000])
def test_a_join_fits_a_frame_also_while_a_huge_answer_runs(text: str) -> None:
    world = World(delay_ms=50, size=12_000)
    for _ in range(4):
        reply_id = world.ask("b" * 8000)
        world.streams.write_text(reply_id, Text("\x02" * 16_000))
        world.execute(reply_id)
    reply_id = world.ask("and now?")
    world.streams.write_text(reply_id, Text(text))
    world.execute_beside(reply_id)
    joined = world.join().joined
    assert json_bytes(text) <= REPLY_JSON_BYTES_MAX
    assert json_bytes(joined) < FRAME_BYTES
    assert joined["nextBefore"] is not None


def test_an_answer_can_be_resumed_from_any_chunk_while_it_runs_and_after() -> None:
    world = World(delay_ms=50)
    reply_id = world.ask(words(40))
    seen: list[Mapping[str, Any]] = []
    world.clock.on_sleep(0.52, lambda: seen.append(world.joining.resume(CHAT, reply_id, 3)))
    world.execute(reply_id)
    (running,) = seen
    assert running == {"text": "w3 w4 w5 w6 w7 w8 w9 w10 ", "index": 11, "complete": False}
    for index in (0, 7, 39):
        resumed = world.joining.resume(CHAT, reply_id, index)
        text = resumed["text"]
        assert words(40).endswith(text)
        assert text.startswith(f"w{index}")
        assert resumed == {"text": text, "index": 40, "complete": True, "finishReason": "stop"}


@pytest.mark.parametrize("index", [40, 41, 10**9])
def test_past_the_end_there_is_nothing(index: int) -> None:
    world = World(delay_ms=0)
    reply_id = world.ask(words(40))
    world.execute(reply_id)
    assert world.joining.resume(CHAT, reply_id, index)["text"] == ""


def test_a_stopped_answer_resumes_up_to_where_it_was_stopped() -> None:
    world = World(delay_ms=50)
    listener = world.join()
    reply_id = world.ask(words(100))
    world.clock.on_sleep(1, lambda: world.answers.stop(reply_id))
    world.execute(reply_id)
    resumed = world.joining.resume(CHAT, reply_id, 0)
    assert resumed["text"] == listener.completes[0]["message"]
    assert (resumed["index"], resumed["finishReason"]) == (listener.completes[0]["chunks"], "stopped")


def test_an_answer_that_has_not_begun_resumes_with_nothing() -> None:
    world = World()
    resumed = world.joining.resume(CHAT, world.ask("hello"), 0)
    assert resumed == {"text": "", "index": 0, "complete": False}


def test_answers_of_others_are_forbidden_and_unknown_ones_not_found() -> None:
    world = World()
    reply_id = world.ask("hello")
    with pytest.raises(Forbidden):
        world.joining.resume(Chat("mallory", "echo"), reply_id, 0)
    with pytest.raises(NotFound):
        world.joining.resume(Chat("alice", "companion"), reply_id, 0)
    with pytest.raises(NotFound):
        world.joining.resume(CHAT, "nothing", 0)
