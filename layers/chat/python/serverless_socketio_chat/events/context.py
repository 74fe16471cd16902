"""What an event's handler may use: who sent it, and the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_socketio_chat.errors import NotFound
from serverless_socketio_chat.model import Chat, Sender

if TYPE_CHECKING:
    from serverless_socketio.request import Request
    from serverless_socketio_chat.accounts.limits import Limits
    from serverless_socketio_chat.accounts.model import User
    from serverless_socketio_chat.agents.model import AgentRecord
    from serverless_socketio_chat.answers.steps import Answers
    from serverless_socketio_chat.bag import Ports
    from serverless_socketio_chat.conversations.accept import Messages
    from serverless_socketio_chat.conversations.join import Joining
    from serverless_socketio_chat.notifications.subscribe import Subscribing
    from serverless_socketio_chat.presence.rules import Presence


@dataclass(frozen=True, slots=True)
class Context:
    """One frame of one user. Identity comes from the session, never from a payload."""

    ports: Ports
    messages: Messages
    joining: Joining
    answers: Answers
    presence: Presence
    subscribing: Subscribing
    limits: Limits
    request: Request
    user: User
    frame_bytes: int

    @property
    def user_id(self) -> str:
        """Who sent it."""
        return self.user.user_id

    def agent(self, agent_id: str) -> AgentRecord:
        """The agent of this id. Raises NotFound."""
        agent = self.ports.directory.agent(agent_id)
        if agent is None:
            raise NotFound("There is no such agent.")
        return agent

    def chat(self, agent_id: str) -> Chat:
        """The sender's own chat with an agent."""
        return Chat(self.user_id, agent_id)

    @property
    def sender(self) -> Sender:
        """The socket that the frame came from, at the frame's place."""
        return Sender(self.request.member, self.request.order)

    def ack(self, **fields: Any) -> None:
        """Acknowledge at once, before something that must come after."""
        self.request.ack({"ok": True, **fields})
