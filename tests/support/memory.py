"""The chat's ports in dicts: the reference that the table stores are held to, and what tests of the rules use.

For rooms there is `tables.rooms.Rooms` over the library's own memory store and transport.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING

from serverless_socketio.system import SystemClock
from serverless_socketio_chat.accounts.api_keys import digest
from serverless_socketio_chat.accounts.model import User
from serverless_socketio_chat.accounts.plans import DEFAULTS, FALLBACK, Plan, check
from serverless_socketio_chat.accounts.table import date_of
from serverless_socketio_chat.agents.model import AgentRecord
from serverless_socketio_chat.agents.relations import FRESH
from serverless_socketio_chat.agents.table import check_agent
from serverless_socketio_chat.answers.model import ChatState, Taken
from serverless_socketio_chat.conversations.model import Behind, Ids, Known, Passed, Running
from serverless_socketio_chat.model import check_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.accounts.gcra import Rate
    from serverless_socketio_chat.agents.model import Model
    from serverless_socketio_chat.agents.relations import Relation
    from serverless_socketio_chat.answers.model import Message, Stream, Text
    from serverless_socketio_chat.literals import AgentStatus
    from serverless_socketio_chat.model import Chat


class MemoryDirectory:
    """Users, keys, plans and agents."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._plans: dict[str, Plan] = dict(DEFAULTS)
        self._users: dict[str, tuple[str, int | None]] = {}  # user → plan, and when it ends
        self._reminded: dict[str, int] = {}
        self._keys: dict[str, str] = {}  # digest → user
        self._agents: dict[str, AgentRecord] = {}
        self._unavailable: set[str] = set()

    def user_of(self, key_digest: str) -> User | None:
        """The user of an API key, by the key's SHA-256."""
        user_id = self._keys.get(key_digest)
        if user_id is None:
            return None
        plan, ends_ms = self._users[user_id]
        return User(user_id, FALLBACK if ends_ms is not None and ends_ms <= self._clock.now_ms() else plan)

    def agent(self, agent_id: str) -> AgentRecord | None:
        """An agent."""
        return self._agents.get(agent_id)

    def plan(self, name: str) -> Plan:
        """A plan; the smallest for a name that is not known."""
        return self._plans.get(name) or self._plans[FALLBACK]

    def put_plan(self, plan: Plan, *, if_new: bool = False) -> None:
        """Write a plan, or only one that was never written."""
        if not (if_new and plan.name in self._plans):
            self._plans[check_name(plan.name)] = check(plan)

    def put_user(self, user_id: str, plan: str, plan_expires_ms: int | None = None) -> None:
        """Create a user, or move one to another plan."""
        self._users[check_name(user_id)] = plan, plan_expires_ms
        self._reminded.pop(user_id, None)

    def expiring_on(self, date: str, days: int) -> Iterator[str]:
        """Ids of users whose plan ends on a day and who were not reminded `days` before it."""
        for user_id in self._users:
            if self._ends_on(user_id) == date and self._reminded.get(user_id, inf) > days:
                yield user_id

    def note_reminded(self, user_id: str, date: str, days: int) -> None:
        """Note that a user was reminded so many days before a plan's end."""
        if self._ends_on(user_id) == date:
            self._reminded[user_id] = days

    def _ends_on(self, user_id: str) -> str | None:
        _, ends_ms = self._users.get(user_id, ("", None))
        return None if ends_ms is None else date_of(ends_ms)

    def put_key(self, api_key: str, user_id: str) -> None:
        """Let a key stand for a user. Raises LookupError for an unknown user."""
        if user_id not in self._users:
            raise LookupError(f"User {user_id} does not exist")
        self._keys[digest(api_key)] = user_id

    def put_agent(
        self,
        agent_id: str,
        name: str,
        *,
        provider: str | None = None,
        chunk_size: int | None = None,
        chunk_delay_ms: int | None = None,
        model: Model | None = None,
    ) -> None:
        """Create or change an agent; without a `provider`, its id names the code that answers."""
        record = AgentRecord(check_name(agent_id), name, provider or agent_id, chunk_size, chunk_delay_ms, model)
        self._agents[agent_id] = check_agent(record)
        self._unavailable.discard(agent_id)

    def note_status(self, agent_id: str, status: AgentStatus) -> bool:
        """Note how an agent's provider does; whether that is a change."""
        known = "unavailable" if agent_id in self._unavailable else "available"
        if agent_id not in self._agents or known == status:
            return False
        self._unavailable ^= {agent_id}
        return True


class MemoryRates:
    """Token buckets, as `gcra` has them."""

    def __init__(self) -> None:
        self._full_us: dict[str, int] = {}
        self._counts: Counter[tuple[str, int]] = Counter()

    def count(self, name: str, more: int, minute: int) -> int:
        """Add to what was counted of a name in a minute."""
        self._counts[name, minute] += more
        return self._counts[name, minute]

    def take(self, user_id: str, rate: Rate, now_us: int) -> int:
        """Take a token; returns 0, or the microseconds until one is there."""
        full_us = min(self._full_us.get(user_id, 0), rate.empty_us(now_us))
        wait_us = rate.wait_us(full_us, now_us)
        self._full_us[user_id] = full_us if wait_us else rate.taken(full_us, now_us)
        return wait_us


@dataclass(slots=True)
class _Kept:
    """What a chat remembers."""

    messages: dict[str, Message] = field(default_factory=dict)
    claims: dict[str, Ids] = field(default_factory=dict)
    running: str | None = None
    last: str = ""
    asked: str | None = None
    relation: Relation = FRESH


class MemoryConversations:
    """Messages and chats. `streams` is where the streams are that are begun and ended here."""

    def __init__(self, streams: MemoryStreams) -> None:
        self._streams = streams
        self._chats: dict[Chat, _Kept] = {}

    def accept(self, chat: Chat, message: Message, stream: Stream) -> None:
        """Store a message with the answer it asks for."""
        kept = self._kept(chat)
        self._check_free(kept, message.client_message_id)
        if message.message_id <= kept.last:
            raise Behind(kept.last)
        kept.messages[message.message_id] = message
        self._begin(kept, stream, message.client_message_id)

    def regenerate(self, chat: Chat, stream: Stream, client_message_id: str | None) -> None:
        """Store an answer in place of another, whose line says so from now on."""
        kept, former = self._kept(chat), stream.replaces or ""
        self._check_free(kept, client_message_id)
        if former != kept.last or former not in kept.messages:
            raise Passed
        kept.messages[former] = replace(kept.messages[former], replaced_by=stream.reply_id)
        self._begin(kept, stream, client_message_id)

    @staticmethod
    def _check_free(kept: _Kept, claim: str | None) -> None:
        if claim is not None and claim in kept.claims:
            raise Known(kept.claims[claim])
        if kept.running is not None:
            raise Running(kept.running)

    def _begin(self, kept: _Kept, stream: Stream, claim: str | None) -> None:
        kept.running, kept.last, kept.asked = stream.reply_id, stream.reply_id, stream.message_id
        if claim is not None:
            kept.claims[claim] = Ids(stream.message_id, stream.reply_id, stream.created_ms)
        self._streams.put(stream)

    def known(self, chat: Chat, client_message_id: str) -> Ids | None:
        """The ids under which a client's id was accepted before."""
        return self._kept(chat).claims.get(client_message_id)

    def history(
        self, chat: Chat, *, before: str | None = None, since: str | None = None, expected: int = 0
    ) -> Iterator[Message]:
        """Messages strictly between two ids, newest first."""
        messages = self._kept(chat).messages
        for message_id in sorted(messages, reverse=True):
            if (before is None or message_id < before) and (since is None or message_id > since):
                yield messages[message_id]

    def message(self, chat: Chat, message_id: str) -> Message | None:
        """One message."""
        return self._kept(chat).messages.get(message_id)

    def state(self, chat: Chat) -> ChatState:
        """What a chat remembers."""
        kept = self._kept(chat)
        return ChatState(kept.running, kept.relation, kept.last or None, kept.asked)

    def complete(self, stream: Stream, reply: Message, relation: Relation) -> None:
        """End an answer: phase, history, the chat's lock and the relation."""
        kept = self._kept(stream.chat)
        stored = self._streams.held(stream)
        kept.messages[reply.message_id] = reply
        kept.running, kept.relation = None, relation
        self._streams.put(
            replace(
                stored,
                phase="ending",
                position=stream.position,
                finish_reason=stream.finish_reason,
                lease_until_ms=stream.lease_until_ms,
                notice=stream.notice,
            )
        )

    def _kept(self, chat: Chat) -> _Kept:
        return self._chats.setdefault(chat, _Kept())


class MemoryStreams:
    """Control records and texts of answers."""

    def __init__(self) -> None:
        self._streams: dict[str, Stream] = {}
        self._texts: dict[str, Text] = {}
        self._logs: dict[str, dict[int, str]] = {}

    def put(self, stream: Stream) -> Stream:
        """Store a control record whole, as a transaction of `MemoryConversations` does."""
        self._streams[stream.reply_id] = stream
        return stream

    def held(self, stream: Stream) -> Stream:
        """The record as it is, if the writer that holds `stream` still may write. Raises Taken."""
        stored = self._streams.get(stream.reply_id)
        if stored is None or stored.phase != "live" or stored.epoch != stream.epoch:
            raise Taken(stored)
        return stored

    def claim_complete(self, stream: Stream, *, lease_until_ms: int) -> None:
        """Become the one that posts ``complete``: this writer may say so again, a later one finds it said."""
        stored = self._ending(stream)
        if stored.epoch != stream.epoch:
            raise Taken(stored)
        self.put(replace(stored, complete_claimed=True, lease_until_ms=lease_until_ms))

    def _ending(self, stream: Stream) -> Stream:
        stored = self._streams.get(stream.reply_id)
        if stored is None or stored.phase != "ending":
            raise Taken(stored)
        return stored

    def read(self, reply_id: str) -> Stream | None:
        """The control record."""
        return self._streams.get(reply_id)

    def take(self, reply_id: str, *, epoch: int, lease_until_ms: int) -> Stream:
        """Become the writer as the continuation of `epoch`."""
        stored = self._unended(reply_id)
        if stored.epoch != epoch:
            raise Taken(stored)
        return self.put(replace(stored, epoch=epoch + 1, lease_until_ms=lease_until_ms))

    def take_over(self, seen: Stream, *, lease_until_ms: int) -> Stream:
        """Become the writer in place of one that is not there, if nothing changed since `seen`."""
        stored = self._unended(seen.reply_id)
        if (stored.epoch, stored.lease_until_ms) != (seen.epoch, seen.lease_until_ms):
            raise Taken(stored)
        return self.put(replace(stored, epoch=seen.epoch + 1, lease_until_ms=lease_until_ms))

    def begin(self, stream: Stream, *, chunks: int, starts_ms: int, relayed: bool = False) -> Stream:
        """Note the schedule, at first or anew; or that the answer is relayed."""
        return self.put(replace(self.held(stream), chunks=chunks, starts_ms=starts_ms, relayed=relayed))

    def hold(self, stream: Stream, *, position: int, lease_until_ms: int) -> Stream:
        """Keep the lease and note how far the answer is."""
        return self.put(replace(self.held(stream), position=position, lease_until_ms=lease_until_ms))

    def release(self, stream: Stream, *, position: int, due_ms: int) -> Stream:
        """Give the lease up until `due_ms`."""
        return self.put(replace(self.held(stream), position=position, due_ms=due_ms, lease_until_ms=0))

    def request_stop(self, reply_id: str) -> Stream:
        """Ask the writer to stop."""
        stored = self._streams.get(reply_id)
        if stored is None or stored.phase != "live":
            raise Taken(stored)
        return self.put(replace(stored, stop=True))

    def complete_posted(self, stream: Stream) -> None:
        """Note that ``complete`` was posted, where what follows it failed."""
        self.put(replace(self._ending(stream), complete_posted=True))

    def announced(self, stream: Stream) -> None:
        """Note that the end has been said."""
        self.put(replace(self._ending(stream), phase="ended"))

    def write_text(self, reply_id: str, text: Text) -> Text:
        """Store what an answer says, once."""
        return self._texts.setdefault(reply_id, text)

    def text(self, reply_id: str) -> Text | None:
        """What an answer says."""
        return self._texts.get(reply_id)

    def log(self, reply_id: str, index: int, chunk: str) -> None:
        """Store a chunk of a relayed answer, once."""
        if self._logs.setdefault(reply_id, {}).setdefault(index, chunk) != chunk:
            raise Taken(self.read(reply_id))

    def logged(self, reply_id: str) -> Sequence[str]:
        """All chunks of a relayed answer that may have been heard."""
        log = self._logs.get(reply_id, {})
        return [log[index] for index in sorted(log)]

    def count_try(self, stream: Stream) -> Stream:
        """Count an attempt to bring an answer back."""
        stored = self._unended(stream.reply_id)
        if (stored.epoch, stored.tries) != (stream.epoch, stream.tries):
            raise Taken(stored)
        return self.put(replace(stored, tries=stored.tries + 1))

    def stale(self, created_before_ms: int) -> Iterator[str]:
        """Ids of answers that have not ended."""
        for stream in list(self._streams.values()):
            if stream.phase != "ended" and stream.created_ms < created_before_ms:
                yield stream.reply_id

    def _unended(self, reply_id: str) -> Stream:
        stored = self._streams.get(reply_id)
        if stored is None or stored.phase == "ended":
            raise Taken(stored)
        return stored


@dataclass(slots=True)
class MemoryWorkflow:
    """Records what is started; `broken`: refuses, as a service that is down."""

    started: list[tuple[str, int]] = field(default_factory=list)
    broken: bool = False

    def start(self, reply_id: str, epoch: int) -> None:
        """Note the start of an answer's workflow."""
        if self.broken:
            raise ConnectionError("The workflow service is down")
        self.started.append((reply_id, epoch))
