"""Pages of history: whatever is in a chat, each fits a frame and none loses a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.answers.chunks import json_bytes
from serverless_socketio_chat.answers.model import Message
from serverless_socketio_chat.conversations import history
from serverless_socketio_chat.model import Chat
from tests.unit.chat.world import World

ROOM_BYTES = 116_000
names = st.text(min_size=1, max_size=128)
lines = st.lists(
    st.builds(
        lambda text, times, client_id: (text * times, client_id),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
        st.integers(1, 400),
        st.none() | names,
    ),
    max_size=60,
)


def chat_with(world: World, chat: Chat, texts: list[tuple[str, str | None]]) -> list[str]:
    """A chat in which this was said; the ids in order."""
    kept = {
        f"{number:026d}": Message(f"{number:026d}", "user", text, number, client_id)
        for number, (text, client_id) in enumerate(texts)
    }
    world.ports.conversations._kept(chat).messages.update(kept)  # type: ignore[attr-defined]
    return list(kept)


@given(lines, names, names, st.none() | st.integers(1, 100), st.integers(40_000, ROOM_BYTES))
def test_walking_back_visits_every_line_once_in_order_and_every_page_fits(
    texts: list[tuple[str, str | None]], user: str, agent: str, limit: int | None, room_bytes: int
) -> None:
    world, chat = World(), Chat(user, agent)
    ids = chat_with(world, chat, texts)
    seen: list[str] = []
    before: str | None = None
    while True:
        page = history.page(world.ports.conversations, chat, room_bytes=room_bytes, limit=limit, before=before)
        assert json_bytes(page.messages) <= room_bytes + len("[]")
        assert limit is None or len(page.messages) <= limit
        seen = [message["messageId"] for message in page.messages] + seen
        if page.next_before is None:
            break
        assert page.messages
        before = page.next_before
    assert seen == ids


def test_a_page_that_has_room_for_nothing_says_where_to_go_on() -> None:
    world, chat = World(), Chat("alice", "echo")
    (first, second) = chat_with(world, chat, [("one", None), ("two", None)])
    page = history.page(world.ports.conversations, chat, room_bytes=10, limit=None)
    assert page.messages == []
    next_page = history.page(
        world.ports.conversations, chat, room_bytes=ROOM_BYTES, limit=None, before=page.next_before
    )
    assert [message["messageId"] for message in next_page.messages] == [first, second]


@pytest.mark.parametrize(("limit", "number", "more"), [(50, 50, False), (50, 51, True), (1, 2, True), (100, 0, False)])
def test_only_a_page_before_which_there_is_more_names_a_next_one(limit: int, number: int, more: bool) -> None:
    world, chat = World(), Chat("alice", "echo")
    ids = chat_with(world, chat, [("hi", None)] * number)
    page = history.page(world.ports.conversations, chat, room_bytes=ROOM_BYTES, limit=limit)
    assert [message["messageId"] for message in page.messages] == ids[-limit:]
    assert (page.next_before is not None) == more


def test_since_an_id_shows_what_came_after_it_and_before_an_id_what_came_before() -> None:
    world, chat = World(), Chat("alice", "echo")
    ids = chat_with(world, chat, [("hi", None)] * 9)

    def found(*, before: str | None = None, since: str | None = None) -> list[str]:
        page = history.page(
            world.ports.conversations, chat, room_bytes=ROOM_BYTES, limit=None, before=before, since=since
        )
        return [message["messageId"] for message in page.messages]

    assert found(since=ids[4]) == ids[5:]
    assert found(before=ids[4]) == ids[:4]
    assert found(since=ids[2], before=ids[5]) == ids[3:5]
    assert found(since="") == ids
    assert found(before="") == found(since="~") == []
