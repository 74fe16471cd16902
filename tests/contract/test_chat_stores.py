"""What every store of the chat keeps: the same suite over dicts and over tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.exceptions import TransactionRefused
from serverless_socketio.model import Member, frame_order
from serverless_socketio_chat import ulid
from serverless_socketio_chat.accounts.api_keys import KEY_PREFIX, digest, new_key
from serverless_socketio_chat.accounts.directory import Directory
from serverless_socketio_chat.accounts.model import Account
from serverless_socketio_chat.accounts.plans import DEFAULTS, Plan
from serverless_socketio_chat.agents.model import AgentRecord, Model
from serverless_socketio_chat.agents.relations import FRESH, Relation
from serverless_socketio_chat.answers.model import Message, Stream, Taken, Text
from serverless_socketio_chat.answers.table import TableStreams
from serverless_socketio_chat.conversations.model import Behind, Contended, Ids, Known, Passed, Running
from serverless_socketio_chat.conversations.table import CLIENT_ID_TTL_S, TableConversations
from serverless_socketio_chat.model import Chat, Sender
from serverless_socketio_chat.tables import keys
from serverless_socketio_chat.tables.recent import ENTRIES_MAX, RECENT_S, Recent
from tests.fakes import FakeClock
from tests.support.memory import MemoryConversations, MemoryDirectory, MemoryStreams
from tests.tables import make_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from serverless_socketio_chat.literals import AgentStatus

CHAT = Chat("alice", "echo")
STATUSES: tuple[AgentStatus, ...] = (
    *("available", "unavailable", "unavailable"),
    *("available", "available", "unavailable"),
)
OTHERS = Chat("bob", "echo")


@dataclass
class Stores:
    """The stores under test, and their clock."""

    conversations: MemoryConversations | TableConversations
    streams: MemoryStreams | TableStreams
    directory: MemoryDirectory | Directory
    clock: FakeClock

    def accept(self, text: str = "hi", *, client_id: str | None = None, chat: Chat = CHAT) -> Stream:
        """A message and its answer, stored."""
        message = Message(ulid.new(self.clock.now_ms()), "user", text, self.clock.now_ms(), client_id)
        stream = stream_for(message, chat)
        self.conversations.accept(chat, message, stream)
        self.clock.advance(0.001)
        return stream

    def end(self, stream: Stream, text: str = "hi back", relation: Relation = FRESH) -> Stream:
        """The answer taken, ended and announced."""
        stream = self.streams.take(stream.reply_id, epoch=stream.epoch, lease_until_ms=self.clock.now_ms())
        self.conversations.complete(replace(stream, finish_reason="stop"), reply_to(stream, text), relation)
        self.streams.announced(stream)
        return stream

    def said(self, chat: Chat = CHAT, **bounds: Any) -> list[str]:
        return [message.text for message in self.conversations.history(chat, **bounds)]


def stream_for(message: Message, chat: Chat) -> Stream:
    return Stream(
        reply_id=ulid.after(message.message_id),
        message_id=message.message_id,
        chat=chat,
        created_ms=message.timestamp,
        lease_until_ms=message.timestamp + 10_000,
        chunk_size=3,
        chunk_delay_ms=50,
        due_ms=message.timestamp,
        sender=Sender(Member("sid1", "address1", "/", "native"), frame_order(message.timestamp, 7)),
    )


def reply_to(stream: Stream, text: str) -> Message:
    return Message(stream.reply_id, "agent", text, stream.created_ms + 5)


@pytest.fixture(params=["memory", "table"])
def stores(request: pytest.FixtureRequest) -> Stores:
    clock = FakeClock()
    if request.param == "memory":
        streams = MemoryStreams()
        return Stores(MemoryConversations(streams), streams, MemoryDirectory(clock), clock)
    client = request.getfixturevalue("client")
    table = DynamoTable(make_table(client, "conversations"), client)
    return Stores(TableConversations(table, clock), TableStreams(table, clock), Directory(table, clock), clock)


# Conversations


def test_a_message_is_kept_with_the_answer_it_asks_for(stores: Stores) -> None:
    stream = stores.accept("hello", client_id="c1")
    message = stores.conversations.message(CHAT, stream.message_id)
    assert message == Message(stream.message_id, "user", "hello", stream.created_ms, "c1")
    assert stores.streams.read(stream.reply_id) == stream
    assert stores.conversations.state(CHAT).running == stream.reply_id
    assert stores.conversations.message(OTHERS, stream.message_id) is None
    assert stores.conversations.state(OTHERS).running is None


def test_a_chat_has_one_answer_at_a_time(stores: Stores) -> None:
    first = stores.accept()
    with pytest.raises(Running) as caught:
        stores.accept()
    assert caught.value.reply_id == first.reply_id
    stores.accept(chat=OTHERS)
    stores.end(first)
    stores.accept()
    assert stores.said() == ["hi", "hi back", "hi"]


def test_a_client_id_that_was_used_can_be_looked_up(stores: Stores) -> None:
    first = stores.accept(client_id="c1")
    ids = Ids(first.message_id, first.reply_id, first.created_ms)
    assert stores.conversations.known(CHAT, "c1") == ids
    assert stores.conversations.known(CHAT, "c2") is None
    assert stores.conversations.known(OTHERS, "c1") is None


def test_a_known_client_id_is_told_before_a_running_answer_and_after_it(stores: Stores) -> None:
    first = stores.accept(client_id="c1")
    for _ in range(2):
        with pytest.raises(Known) as caught:
            stores.accept(client_id="c1")
        assert caught.value.ids == Ids(first.message_id, first.reply_id, first.created_ms)
    stores.accept(client_id="c1", chat=OTHERS)
    stores.end(first)
    with pytest.raises(Known):
        stores.accept(client_id="c1")
    assert stores.conversations.state(CHAT).running is None


def test_an_id_must_come_after_all_others_of_its_chat(stores: Stores) -> None:
    first = stores.accept()
    stores.end(first)
    stores.clock = FakeClock(first.created_ms - 5_000)
    with pytest.raises(Behind) as caught:
        stores.accept()
    assert caught.value.last_id == first.reply_id
    assert stores.conversations.state(CHAT).running is None
    late = Message(ulid.after(first.reply_id), "user", "late", first.created_ms)
    stores.conversations.accept(CHAT, late, stream_for(late, CHAT))
    assert stores.said()[0] == "late"


def again(stores: Stores, former: Stream) -> Stream:
    """An answer that is to take the place of another."""
    return replace(
        stream_for(Message(former.message_id, "user", "hi", stores.clock.now_ms()), former.chat),
        reply_id=ulid.after(former.reply_id),
        replaces=former.reply_id,
    )


def test_an_answer_takes_the_place_of_another_whose_line_stays_and_says_so(stores: Stores) -> None:
    first = stores.accept()
    stores.end(first)
    assert stores.conversations.state(CHAT).newest == first.reply_id
    second = again(stores, first)
    stores.conversations.regenerate(CHAT, second, "c2")
    assert stores.streams.read(second.reply_id) == second
    state = stores.conversations.state(CHAT)
    assert (state.running, state.newest, state.asked) == (second.reply_id, second.reply_id, first.message_id)
    assert stores.conversations.known(CHAT, "c2") == Ids(first.message_id, second.reply_id, second.created_ms)
    stores.streams.take(second.reply_id, epoch=0, lease_until_ms=stores.clock.now_ms())
    reply = replace(reply_to(second, "hi again"), replaces=first.reply_id)
    stores.conversations.complete(replace(second, epoch=1, finish_reason="stop"), reply, FRESH)
    former = stores.conversations.message(CHAT, first.reply_id)
    assert former == replace(reply_to(first, "hi back"), replaced_by=second.reply_id)
    assert stores.conversations.message(CHAT, second.reply_id) == reply
    assert stores.said() == ["hi again", "hi back", "hi"]


def test_an_answer_is_replaced_once_and_only_the_newest(stores: Stores) -> None:
    first = stores.accept()
    with pytest.raises(Running):  # by itself
        stores.conversations.regenerate(CHAT, again(stores, first), None)
    stores.end(first)
    second = again(stores, first)
    stores.conversations.regenerate(CHAT, second, "c2")
    with pytest.raises(Known):
        stores.conversations.regenerate(CHAT, again(stores, first), "c2")
    with pytest.raises(Running) as caught:
        stores.conversations.regenerate(CHAT, again(stores, first), "c3")
    assert caught.value.reply_id == second.reply_id
    stores.end(second)
    for passed in (again(stores, first), replace(again(stores, first), replaces=first.message_id)):
        with pytest.raises(Passed):
            stores.conversations.regenerate(CHAT, passed, "c3")
    assert stores.conversations.known(CHAT, "c3") is None
    assert stores.conversations.state(CHAT).running is None
    stores.conversations.regenerate(CHAT, again(stores, second), "c3")


def test_history_lies_strictly_between_two_ids_newest_first(stores: Stores) -> None:
    ids = []
    for number in range(4):
        stream = stores.accept(f"m{number}")
        stores.end(stream, f"r{number}")
        ids += [stream.message_id, stream.reply_id]
    assert stores.said() == ["r3", "m3", "r2", "m2", "r1", "m1", "r0", "m0"]
    assert stores.said(before=ids[3]) == ["m1", "r0", "m0"]
    assert stores.said(since=ids[3]) == ["r3", "m3", "r2", "m2"]
    assert stores.said(since=ids[1], before=ids[4]) == ["r1", "m1"]
    assert stores.said(since=ids[4], before=ids[4]) == stores.said(since=ids[5], before=ids[1]) == []
    assert stores.said(before=ids[0]) == stores.said(before="") == stores.said(since="~") == []
    assert len(stores.said(since="")) == len(stores.said(before="~")) == 8
    assert stores.said(OTHERS) == []


@pytest.mark.parametrize("expected", [0, 1, 3, 8])
def test_history_goes_on_where_more_is_looked_at_than_was_expected(stores: Stores, expected: int) -> None:
    for number in range(4):
        stores.end(stores.accept(f"m{number}"), f"r{number}")
    lines = stores.conversations.history(CHAT, expected=expected)
    assert [line.text for line in lines] == ["r3", "m3", "r2", "m2", "r1", "m1", "r0", "m0"]


def test_a_completed_answer_is_in_the_history_and_the_chat_takes_the_next(stores: Stores) -> None:
    relation = Relation({"joy": 0.25, "trust": 1.0}, 7, "stranger")
    stream = stores.end(stores.accept(), "there you are", relation)
    assert stores.conversations.message(CHAT, stream.reply_id) == reply_to(stream, "there you are")
    assert stores.conversations.state(CHAT).running is None
    assert stores.conversations.state(CHAT).relation == relation
    assert stores.conversations.state(OTHERS).relation == FRESH
    ended = stores.streams.read(stream.reply_id)
    assert ended is not None
    assert (ended.phase, ended.finish_reason) == ("ended", "stop")


def test_only_the_writer_completes_and_only_once(stores: Stores) -> None:
    stream = stores.accept()
    mine = stores.streams.take(stream.reply_id, epoch=0, lease_until_ms=1)
    with pytest.raises(Taken):
        stores.conversations.complete(replace(stream, finish_reason="stop"), reply_to(stream, "mine"), FRESH)
    stores.conversations.complete(replace(mine, position=4, finish_reason="stopped"), reply_to(mine, "yes"), FRESH)
    with pytest.raises(Taken) as caught:
        stores.conversations.complete(replace(mine, finish_reason="stop"), reply_to(mine, "no"), FRESH)
    assert caught.value.stream is not None
    assert (caught.value.stream.phase, caught.value.stream.position) == ("ending", 4)
    assert caught.value.stream.finish_reason == "stopped"
    assert stores.said() == ["yes", "hi"]


# Streams


def test_a_stream_is_taken_by_the_continuation_of_its_epoch_and_by_nobody_else(stores: Stores) -> None:
    reply_id = stores.accept().reply_id
    taken = stores.streams.take(reply_id, epoch=0, lease_until_ms=77)
    assert (taken.epoch, taken.lease_until_ms) == (1, 77)
    for epoch in (-1, 0, 2):
        with pytest.raises(Taken) as caught:
            stores.streams.take(reply_id, epoch=epoch, lease_until_ms=99)
        assert caught.value.stream == taken
    with pytest.raises(Taken) as caught:
        stores.streams.take("nothing", epoch=0, lease_until_ms=99)
    assert caught.value.stream is None


def test_a_stream_is_seized_only_as_it_was_seen(stores: Stores) -> None:
    seen = stores.accept()
    taken = stores.streams.take(seen.reply_id, epoch=0, lease_until_ms=77)
    with pytest.raises(Taken):
        stores.streams.take_over(seen, lease_until_ms=99)
    held = stores.streams.hold(taken, position=3, lease_until_ms=78)
    with pytest.raises(Taken):
        stores.streams.take_over(taken, lease_until_ms=99)
    seized = stores.streams.take_over(held, lease_until_ms=99)
    assert seized == replace(held, epoch=2, lease_until_ms=99)


def test_a_writer_that_was_replaced_can_write_nothing_more(stores: Stores) -> None:
    old = stores.streams.take(stores.accept().reply_id, epoch=0, lease_until_ms=1)
    new = stores.streams.take(old.reply_id, epoch=1, lease_until_ms=2)
    for write in (
        lambda: stores.streams.begin(old, chunks=9, starts_ms=9),
        lambda: stores.streams.hold(old, position=9, lease_until_ms=9),
        lambda: stores.streams.release(old, position=9, due_ms=9),
        lambda: stores.conversations.complete(replace(old, finish_reason="stop"), reply_to(old, "x"), FRESH),
    ):
        with pytest.raises(Taken) as caught:
            write()
        assert caught.value.stream == new
    assert stores.streams.read(old.reply_id) == new


def test_a_writer_notes_its_schedule_its_place_and_its_pause(stores: Stores) -> None:
    stream = stores.streams.take(stores.accept().reply_id, epoch=0, lease_until_ms=1)
    stream = stores.streams.begin(stream, chunks=9, starts_ms=1234)
    assert (stream.chunks, stream.starts_ms) == (9, 1234)
    stream = stores.streams.hold(stream, position=4, lease_until_ms=5678)
    assert (stream.position, stream.lease_until_ms) == (4, 5678)
    stream = stores.streams.release(stream, position=5, due_ms=9999)
    assert (stream.position, stream.lease_until_ms, stream.due_ms) == (5, 0, 9999)
    assert stores.streams.read(stream.reply_id) == stream


def test_a_stop_is_noted_for_the_writer_until_the_answer_ends(stores: Stores) -> None:
    stream = stores.accept()
    assert stores.streams.request_stop(stream.reply_id) == replace(stream, stop=True)
    taken = stores.streams.take(stream.reply_id, epoch=0, lease_until_ms=1)
    assert taken.stop
    stores.conversations.complete(replace(taken, finish_reason="stopped"), reply_to(taken, ""), FRESH)
    for reply_id in (stream.reply_id, "nothing"):
        with pytest.raises(Taken):
            stores.streams.request_stop(reply_id)


def test_an_end_is_announced_once_and_nothing_follows(stores: Stores) -> None:
    stream = stores.end(stores.accept())
    for write in (
        lambda: stores.streams.announced(stream),
        lambda: stores.streams.take(stream.reply_id, epoch=1, lease_until_ms=1),
        lambda: stores.streams.take_over(stream, lease_until_ms=1),
        lambda: stores.streams.count_try(stream),
    ):
        with pytest.raises(Taken):
            write()


def test_an_end_that_was_not_announced_can_be_taken_up(stores: Stores) -> None:
    stream = stores.streams.take(stores.accept().reply_id, epoch=0, lease_until_ms=1)
    stores.conversations.complete(replace(stream, finish_reason="stop"), reply_to(stream, "x"), FRESH)
    with pytest.raises(Taken):
        stores.streams.hold(stream, position=1, lease_until_ms=2)
    again = stores.streams.take_over(stream, lease_until_ms=5)
    assert (again.phase, again.epoch) == ("ending", 2)
    stores.streams.announced(again)
    with pytest.raises(Taken):
        stores.streams.announced(again)


def test_a_text_is_stored_once_whoever_writes_it(stores: Stores) -> None:
    assert stores.streams.text("r1") is None
    first = Text("hello  there ", {"joy": 0.125}, cut=True)
    assert stores.streams.write_text("r1", first) == first
    assert stores.streams.write_text("r1", Text("other")) == first
    assert stores.streams.text("r1") == first
    assert stores.streams.write_text("r2", Text("")) == stores.streams.text("r2") == Text("")


@pytest.mark.parametrize("refused", [False, True])
def test_how_an_answer_ended_is_read_with_it(stores: Stores, *, refused: bool) -> None:
    stream = stores.accept("1")
    line = replace(reply_to(stream, "half"), finish_reason="error", refused=refused)
    stores.conversations.complete(replace(stream, finish_reason="error"), line, FRESH)
    assert next(iter(stores.conversations.history(CHAT))) == line
    assert stores.conversations.message(CHAT, stream.reply_id) == line


def test_a_chunk_of_a_log_is_written_once(stores: Stores) -> None:
    for _ in range(2):  # the second time as by a try whose first was thought to have failed
        stores.streams.log("r1", 0, "as it was heard")
    with pytest.raises(Taken):
        stores.streams.log("r1", 0, "what a writer says that was replaced")
    assert list(stores.streams.logged("r1")) == ["as it was heard"]


def test_a_log_is_read_in_the_order_of_its_chunks_whatever_else_there_is(stores: Stores) -> None:
    assert list(stores.streams.logged("r1")) == []
    stores.streams.write_text("r1", Text("a stored text"))
    for index in (10, 2, 0, 1, *range(3, 10), 11):
        stores.streams.log("r1", index, f"chunk {index} ")
    stores.streams.log("r2", 0, "another's")
    assert list(stores.streams.logged("r1")) == [f"chunk {index} " for index in range(12)]


def test_that_an_answer_is_relayed_is_known_from_its_beginning_on(stores: Stores) -> None:
    seen = stores.accept()
    assert not seen.relayed
    taken = stores.streams.take(seen.reply_id, epoch=0, lease_until_ms=1)
    assert stores.streams.begin(taken, chunks=0, starts_ms=5, relayed=True).relayed
    stored = stores.streams.read(seen.reply_id)
    assert stored is not None
    assert (stored.relayed, stored.chunks, stored.starts_ms) == (True, 0, 5)


def test_each_try_to_bring_an_answer_back_is_counted_once(stores: Stores) -> None:
    seen = stores.accept()
    counted = stores.streams.count_try(seen)
    assert counted == replace(seen, tries=1)
    with pytest.raises(Taken):
        stores.streams.count_try(seen)
    stores.streams.take(seen.reply_id, epoch=0, lease_until_ms=1)
    with pytest.raises(Taken):
        stores.streams.count_try(counted)


def test_answers_that_have_not_ended_are_found_by_age(stores: Stores) -> None:
    ended, old = stores.accept(), stores.accept(chat=OTHERS)
    stores.end(ended)
    before_ms = stores.clock.now_ms()
    stores.accept(chat=Chat("carol", "echo"))
    assert list(stores.streams.stale(before_ms)) == [old.reply_id]
    assert len(list(stores.streams.stale(stores.clock.now_ms()))) == 2


# Directory


def test_a_key_stands_for_its_user_on_the_plan_of_the_moment(stores: Stores) -> None:
    stores.directory.put_user("alice", "free")
    stores.directory.put_key("k1", "alice")
    stores.directory.put_key("k2", "alice")
    stores.directory.put_user("alice", "pro")
    for key in ("k1", "k2"):
        user = stores.directory.user_of(digest(key))
        assert user is not None
        assert (user.user_id, user.plan) == ("alice", "pro")
    assert stores.directory.user_of(digest("k3")) is None
    assert stores.directory.user_of("k1") is None


def test_a_plan_that_ended_counts_as_the_free_one(stores: Stores) -> None:
    ends_ms = stores.clock.now_ms() + 1_000
    stores.directory.put_user("alice", "pro", ends_ms)
    stores.directory.put_key("k1", "alice")
    assert plan_of(stores, "k1") == "pro"
    stores.clock.advance(1)
    assert plan_of(stores, "k1") == "free"
    stores.directory.put_key("k2", "alice")
    assert plan_of(stores, "k2") == "free"
    stores.directory.put_user("alice", "pro", ends_ms + 1)
    assert plan_of(stores, "k1") == plan_of(stores, "k2") == "pro"
    stores.clock.advance(1)
    stores.directory.put_user("alice", "pro")
    assert plan_of(stores, "k1") == plan_of(stores, "k2") == "pro"


def plan_of(stores: Stores, key: str) -> str:
    user = stores.directory.user_of(digest(key))
    assert user is not None
    return user.plan


def test_users_whose_plan_ends_on_a_day_are_found_until_they_were_reminded(stores: Stores) -> None:
    last_ms, first_ms = 1_700_006_399_999, 1_700_006_400_000  # the ends of 14 November and what follows
    for user_id, ends_ms in (("alice", last_ms), ("bob", first_ms), ("carol", first_ms), ("dora", None)):
        stores.directory.put_user(user_id, "pro", ends_ms)
    assert list(stores.directory.expiring_on("2023-11-14", 7)) == ["alice"]
    assert sorted(stores.directory.expiring_on("2023-11-15", 7)) == ["bob", "carol"]
    assert list(stores.directory.expiring_on("2023-11-16", 7)) == []
    stores.directory.note_reminded("bob", "2023-11-15", 7)
    assert list(stores.directory.expiring_on("2023-11-15", 7)) == ["carol"]
    assert sorted(stores.directory.expiring_on("2023-11-15", 3)) == ["bob", "carol"]
    stores.directory.note_reminded("bob", "2023-11-15", 3)
    assert list(stores.directory.expiring_on("2023-11-15", 3)) == ["carol"]


def test_a_plan_that_was_prolonged_is_told_of_anew(stores: Stores) -> None:
    stores.directory.put_user("alice", "pro", 1_700_006_400_000)
    stores.directory.note_reminded("alice", "2023-11-15", 1)
    stores.directory.put_user("alice", "pro", 1_700_006_400_000 + 86_400_000)
    stores.directory.note_reminded("alice", "2023-11-15", 1)  # by somebody who has not seen that
    stores.directory.note_reminded("nobody", "2023-11-15", 1)
    assert list(stores.directory.expiring_on("2023-11-15", 7)) == []
    assert list(stores.directory.expiring_on("2023-11-16", 7)) == ["alice"]
    stores.directory.put_user("alice", "pro")
    assert list(stores.directory.expiring_on("2023-11-16", 7)) == []


def test_a_key_needs_a_user(stores: Stores) -> None:
    with pytest.raises(LookupError):
        stores.directory.put_key("k1", "nobody")


def test_a_plan_is_its_default_until_it_is_written(stores: Stores) -> None:
    assert stores.directory.plan("pro") == DEFAULTS["pro"]
    stores.directory.put_plan(Plan("pro", messages=7, burst=2, connections=1))
    assert stores.directory.plan("pro") == Plan("pro", messages=7, burst=2, connections=1)
    stores.directory.put_plan(DEFAULTS["pro"], if_new=True)
    assert stores.directory.plan("pro").messages == 7
    stores.directory.put_plan(Plan("golden", messages=9, burst=9, connections=9), if_new=True)
    assert stores.directory.plan("golden").messages == 9


def test_a_plan_that_is_not_known_is_the_free_one_as_it_stands(stores: Stores) -> None:
    assert stores.directory.plan("nothing") == DEFAULTS["free"]
    narrow = Plan("free", messages=1, burst=1, connections=1)
    stores.directory.put_plan(narrow)
    assert stores.directory.plan("nothing 2") == narrow
    with pytest.raises(ValueError, match="A plan must have"):
        stores.directory.put_plan(replace(narrow, burst=0))


def test_an_agent_has_its_own_pace_or_that_of_the_deployment(stores: Stores) -> None:
    stores.directory.put_agent("echo", "Echo")
    stores.directory.put_agent("slow", "Slow", provider="echo", chunk_size=1, chunk_delay_ms=60_000)
    assert stores.directory.agent("echo") == AgentRecord("echo", "Echo", "echo")
    assert stores.directory.agent("slow") == AgentRecord("slow", "Slow", "echo", 1, 60_000)
    assert stores.directory.agent("nobody") is None
    stores.directory.put_agent("echo", "Echo, renamed")
    assert stores.directory.agent("echo") == AgentRecord("echo", "Echo, renamed", "echo")


def test_an_agent_may_have_a_model(stores: Stores) -> None:
    model = Model("llama3.2", "http://localhost:11434/v1", secret="/a/b", temperature=0.7, max_tokens=9, feels=True)
    stores.directory.put_agent("sage", "Sage", provider="openai", model=model)
    assert stores.directory.agent("sage") == AgentRecord("sage", "Sage", "openai", model=model)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("bedrock", None),
        ("openai", Model(url="https://a.example/v1")),
        ("openai", Model("m")),
        ("openai", Model("m", "http://10.0.0.1/v1")),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused(stores: Stores, provider: str, model: Model | None) -> None:
    with pytest.raises(ValueError, match=r"needs a model|endpoint"):
        stores.directory.put_agent("sage", "Sage", provider=provider, model=model)


def test_a_status_is_a_change_once_and_an_agent_that_is_put_again_is_available(stores: Stores) -> None:
    assert not stores.directory.note_status("sage", "unavailable")
    stores.directory.put_agent("sage", "Sage", provider="echo")
    said = [stores.directory.note_status("sage", status) for status in STATUSES]
    assert said == [False, True, False, True, False, True]
    stores.directory.put_agent("sage", "Sage", provider="echo")
    assert not stores.directory.note_status("sage", "available")


@pytest.mark.parametrize("name", ["", "a b", "a#b", "a:b", "x" * 129, "tab\there"])
def test_a_name_that_would_blur_keys_or_rooms_is_refused(stores: Stores, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be an id"):
        stores.directory.put_user(name, "free")
    with pytest.raises(ValueError, match="cannot be an id"):
        stores.directory.put_agent(name, "Agent")


@pytest.mark.parametrize("pace", [{"chunk_size": 0}, {"chunk_delay_ms": -1}, {"chunk_delay_ms": 60_001}])
def test_a_pace_that_cannot_be_kept_is_refused(stores: Stores, pace: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="60 s"):
        stores.directory.put_agent("echo", "Echo", **pace)  # type: ignore[arg-type]


# What only tables have


@pytest.fixture
def table(client: DynamoDBClient) -> DynamoTable:
    return DynamoTable(make_table(client, "conversations"), client)


def test_a_client_id_is_forgotten_after_its_time_though_its_row_is_still_there(table: DynamoTable) -> None:
    clock = FakeClock()
    stores = Stores(TableConversations(table, clock), TableStreams(table, clock), Directory(table, clock), clock)
    first = stores.accept(client_id="c1")
    stores.end(first)
    clock.advance(CLIENT_ID_TTL_S - 2)
    with pytest.raises(Known):
        stores.accept(client_id="c1")
    clock.advance(3)
    assert stores.conversations.known(CHAT, "c1") is None
    assert stores.accept(client_id="c1").reply_id != first.reply_id


def test_of_two_who_note_the_same_status_one_has_changed_it(table: DynamoTable) -> None:
    first, second = Directory(table), Directory(BehindTable(table))  # type: ignore[arg-type]
    first.put_agent("sage", "Sage", provider="echo")
    assert first.note_status("sage", "unavailable")
    assert not second.note_status("sage", "unavailable")


class BehindTable:
    """A table as somebody reads it who is a little late."""

    def __init__(self, table: DynamoTable) -> None:
        self.update = table.update

    def get(self, key: Any) -> Any:
        return {**key, "name": "Sage", "provider": "echo"}


def test_a_setting_of_a_later_version_does_no_harm(table: DynamoTable) -> None:
    Directory(table).put_agent("sage", "Sage", provider="openai", model=Model("m", "https://a.example/v1"))
    item = table.get(keys.agent("sage"))
    assert item is not None
    table.put({**item, "model": {**item["model"], "top_p": 1}})
    agent = Directory(table).agent("sage")
    assert agent is not None
    assert agent.model == Model("m", "https://a.example/v1")


def test_the_companion_of_0_1_0_is_the_function_that_it_became(table: DynamoTable) -> None:
    Directory(table).put_agent("companion", "Mira", provider="companion", chunk_size=2)
    assert Directory(table).agent("companion") == AgentRecord("companion", "Mira", "companion:answer", 2)


def test_a_warm_function_reads_an_agent_once_in_a_while(table: DynamoTable) -> None:
    clock = FakeClock()
    warm = Directory(table, clock)
    warm.put_agent("echo", "Echo")
    assert warm.agent("echo") == AgentRecord("echo", "Echo", "echo")
    Directory(table, clock).put_agent("echo", "Renamed")
    assert warm.agent("echo") == AgentRecord("echo", "Echo", "echo")
    clock.advance(RECENT_S + 1)
    assert warm.agent("echo") == AgentRecord("echo", "Renamed", "echo")


def test_a_warm_function_reads_a_plan_once_in_a_while(table: DynamoTable) -> None:
    clock = FakeClock()
    warm = Directory(table, clock)
    assert warm.plan("free") == DEFAULTS["free"]
    changed = replace(DEFAULTS["free"], burst=9)
    Directory(table, clock).put_plan(changed)
    assert warm.plan("free") == DEFAULTS["free"]
    clock.advance(RECENT_S + 1)
    assert warm.plan("free") == changed


def test_only_so_much_is_remembered(table: DynamoTable) -> None:
    recent: Recent[int] = Recent(FakeClock())
    for number in range(ENTRIES_MAX + 1):
        assert recent.get(str(number), int) == number
    read: list[str] = []
    assert recent.get("0", lambda name: read.append(name) or 7) == 7  # type: ignore[func-returns-value]
    assert read == ["0"]


def test_users_agents_and_plans_are_listed_by_name(table: DynamoTable) -> None:
    clock = FakeClock()
    directory = Directory(table, clock)
    for user_id in ("zoe", "alice"):
        directory.put_user(user_id, "free")
        directory.put_agent(f"agent-of-{user_id}", "Agent", provider="echo")
    created_ms = clock.now_ms()
    clock.advance(5)
    directory.put_user("zoe", "pro")
    assert list(directory.users()) == [Account("alice", "free", created_ms), Account("zoe", "pro", created_ms)]
    assert [agent.agent_id for agent in directory.agents()] == ["agent-of-alice", "agent-of-zoe"]
    directory.put_plan(Plan("golden", messages=9, burst=9, connections=9))
    assert [plan.name for plan in directory.plans()] == ["enterprise", "free", "golden", "pro"]


def test_a_users_keys_are_listed_by_their_fingerprints_and_revoked_by_them(table: DynamoTable) -> None:
    directory = Directory(table, FakeClock())
    directory.put_user("alice", "free")
    records = [directory.put_key(key, "alice") for key in ("k1", "k2")]
    assert {key.fingerprint for key in directory.keys_of("alice")} == {digest("k1")[:12], digest("k2")[:12]}
    assert directory.put_key("k1", "alice").digest == records[0].digest
    assert directory.revoke_key("alice", records[0].fingerprint).digest == digest("k1")
    assert directory.user_of(digest("k1")) is None
    assert directory.user_of(digest("k2")) is not None
    for fingerprint in (records[0].fingerprint, "", "nothing"):
        with pytest.raises(LookupError):
            directory.revoke_key("alice", fingerprint)


def test_a_fingerprint_that_fits_two_keys_revokes_neither(table: DynamoTable) -> None:
    directory = Directory(table, FakeClock())
    directory.put_user("alice", "free")
    for number in range(17):  # two of them begin alike: there are 16 first digits
        directory.put_key(f"k{number}", "alice")
    firsts = [key.digest[0] for key in directory.keys_of("alice")]
    shared = next(first for first in firsts if firsts.count(first) > 1)
    with pytest.raises(LookupError, match=r"\d keys"):
        directory.revoke_key("alice", shared)
    assert len(list(directory.keys_of("alice"))) == 17


def test_a_revoked_user_has_no_keys_and_can_get_none(table: DynamoTable) -> None:
    directory = Directory(table, FakeClock())
    directory.put_user("alice", "free")
    for key in ("k1", "k2"):
        directory.put_key(key, "alice")
    assert directory.revoke_user("alice") == 2
    assert [directory.user_of(digest(key)) for key in ("k1", "k2")] == [None, None]
    assert list(directory.keys_of("alice")) == []
    with pytest.raises(LookupError):
        directory.put_key("k3", "alice")
    with pytest.raises(LookupError):
        directory.revoke_user("alice")


def test_a_revocation_that_broke_is_finished_by_the_next(table: DynamoTable) -> None:
    directory = Directory(table, FakeClock())
    directory.put_user("alice", "free")
    directory.put_key("k1", "alice")
    table.delete(keys.user("alice"))
    assert directory.revoke_user("alice") == 1
    assert directory.user_of(digest("k1")) is None


class Meddling:
    """A table in which something happens right before the next call of a name."""

    def __init__(self, table: DynamoTable, name: str, happening: Callable[[], object]) -> None:
        self._table = table
        self._happening: tuple[str, Callable[[], object]] | None = (name, happening)

    def __getattr__(self, name: str) -> Any:
        if self._happening and self._happening[0] == name:
            (_, happening), self._happening = self._happening, None
            happening()
        return getattr(self._table, name)


def test_a_key_that_is_revoked_while_its_user_moves_does_not_come_back(table: DynamoTable) -> None:
    directory = Directory(table, FakeClock())
    directory.put_user("alice", "free")
    directory.put_key("k1", "alice")

    def revoked() -> None:
        table.delete(keys.api_key(digest("k1")))

    racing = Directory(Meddling(table, "query", revoked), FakeClock())
    racing.put_user("alice", "pro")
    assert directory.user_of(digest("k1")) is None


def test_a_key_that_is_made_while_its_user_is_revoked_is_none(table: DynamoTable) -> None:
    directory = Directory(table, FakeClock())
    directory.put_user("alice", "free")
    racing = Directory(Meddling(table, "transact", lambda: directory.revoke_user("alice")), FakeClock())
    with pytest.raises(LookupError, match="try again"):
        racing.put_key("k1", "alice")
    assert directory.user_of(digest("k1")) is None


def test_new_keys_are_told_by_their_prefix_and_have_randomness_enough() -> None:
    made = {new_key() for _ in range(100)}
    assert len(made) == 100
    assert all(key.startswith(KEY_PREFIX) and len(key) - len(KEY_PREFIX) == 32 for key in made)  # 192 bits in base64


class BusyTable:
    """A table whose transactions lose against others again and again."""

    def transact(self, writes: Sequence[Any]) -> None:
        raise TransactionRefused([None] * len(writes))


def test_a_transaction_that_loses_for_no_reason_of_its_own_is_contention() -> None:
    clock = FakeClock()
    conversations = TableConversations(BusyTable(), clock)  # type: ignore[arg-type]
    message = Message(ulid.new(clock.now_ms()), "user", "hi", clock.now_ms(), "c1")
    with pytest.raises(Contended):
        conversations.accept(CHAT, message, stream_for(message, CHAT))
    stream = stream_for(message, CHAT)
    with pytest.raises(Contended):
        conversations.regenerate(CHAT, replace(stream, replaces="r"), "c1")
    with pytest.raises(Taken):
        conversations.complete(replace(stream, finish_reason="stop"), reply_to(stream, "x"), FRESH)


def test_the_control_record_of_an_answer_costs_one_write_unit(table: DynamoTable, client: DynamoDBClient) -> None:
    clock = FakeClock()
    stores = Stores(TableConversations(table, clock), TableStreams(table, clock), Directory(table, clock), clock)
    former = stores.accept(chat=Chat("u" * 128, "a" * 128))
    stores.end(former)
    stream = again(stores, former)
    stores.conversations.regenerate(stream.chat, stream, None)
    stores.streams.hold(stores.streams.take(stream.reply_id, epoch=0, lease_until_ms=1), position=1, lease_until_ms=1)
    item = client.get_item(TableName=table.name, Key={"pk": {"S": f"STREAM#{stream.reply_id}"}, "sk": {"S": "STREAM"}})
    size = sum(len(name) + len(str(next(iter(value.values())))) for name, value in item["Item"].items())
    assert size < 1024
