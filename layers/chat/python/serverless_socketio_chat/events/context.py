"""What an event's handler may use: who sent it, and the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from serverless_socketio_chat.errors import NotFound
from serverless_socketio_chat.model import Chat, Sender

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock, Meter
    from serverless_socketio.request import Request
    from serverless_socketio_chat.accounts.limits import Limits
    from serverless_socketio_chat.accounts.model import User
    from serverless_socketio_chat.accounts.sign_in import SignIn
    from serverless_socketio_chat.agents.model import AgentRecord
    from serverless_socketio_chat.agents.ports import AgentRecords
    from serverless_socketio_chat.answers.ports import Transcript, Workflow
    from serverless_socketio_chat.answers.steps import Answers
    from serverless_socketio_chat.conversations.accept import Messages
    from serverless_socketio_chat.conversations.join import Joining
    from serverless_socketio_chat.notifications.subscribe import Subscribing
    from serverless_socketio_chat.ports import Room
    from serverless_socketio_chat.presence.rules import Presence


class Services(Protocol):
    """The rules that events come down to: one object for all events of a function, each part made when first used."""

    @property
    def agents(self) -> AgentRecords:
        """Agents."""

    @property
    def answers(self) -> Answers:
        """The steps of answers."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def conversations(self) -> Transcript:
        """What was said."""

    @property
    def joining(self) -> Joining:
        """Rooms of chats, and answers to catch up with."""

    @property
    def limits(self) -> Limits:
        """How often users may do things."""

    @property
    def meter(self) -> Meter:
        """What is counted and timed."""

    @property
    def messages(self) -> Messages:
        """The way in for messages."""

    @property
    def presence(self) -> Presence:
        """Who is online."""

    @property
    def room(self) -> Room:
        """The sockets in a room."""

    @property
    def sign_in(self) -> SignIn:
        """Sockets' tokens."""

    @property
    def subscribing(self) -> Subscribing:
        """Devices that may be pushed to."""

    @property
    def workflow(self) -> Workflow:
        """What carries an answer on."""


@dataclass(frozen=True, slots=True)
class Context:
    """One frame of one user. Identity comes from the session, never from a payload."""

    services: Services
    request: Request
    user: User
    frame_bytes: int

    @property
    def user_id(self) -> str:
        """Who sent it."""
        return self.user.user_id

    def agent(self, agent_id: str) -> AgentRecord:
        """The agent of this id. Raises NotFound."""
        agent = self.services.agents.agent(agent_id)
        if agent is None:
            raise NotFound("This agent does not exist.")
        return agent

    def chat(self, agent_id: str) -> Chat:
        """The sender's own chat with an agent."""
        return Chat(self.user_id, agent_id)

    @property
    def age_ms(self) -> int:
        """How long ago the frame was received: it may have waited in a queue."""
        return self.services.clock.now_ms() - self.request.received_ms

    @property
    def sender(self) -> Sender:
        """The socket that the frame came from, in the frame's order."""
        return Sender(self.request.member, self.request.order)

    def client_message_id(self, given: str | None) -> str | None:
        """The client's own id of a message; where the frame may come again, its request's id in place of none."""
        return self.request.id if given is None and self.request.may_repeat else given

    def ack(self, **fields: Any) -> None:
        """Acknowledge at once, before something that must come after."""
        self.request.ack({"ok": True, **fields})
