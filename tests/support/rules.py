"""The chat's rules over whatever stands behind their ports in a test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serverless_socketio_chat.accounts.limits import Limits
from serverless_socketio_chat.answers.steps import Answers
from serverless_socketio_chat.conversations.accept import Messages, Pace
from serverless_socketio_chat.conversations.join import Joining
from serverless_socketio_chat.notifications.decide import Notifier
from serverless_socketio_chat.presence.rules import Presence
from tests.support.memory_meter import MemoryMeter

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock, Meter
    from serverless_socketio_chat.accounts.ports import Rates
    from serverless_socketio_chat.agents.ports import Models
    from serverless_socketio_chat.agents.relations import RelationModel
    from serverless_socketio_chat.answers.live.model_call import Patience
    from serverless_socketio_chat.answers.ports import Streams, Workflow
    from serverless_socketio_chat.conversations.ports import Conversations
    from serverless_socketio_chat.notifications.ports import Notices, PushQueue, Subscriptions
    from serverless_socketio_chat.presence.ports import GraceTimers, PresenceRecords
    from serverless_socketio_chat.push.ports import DeliveryQueue
    from serverless_socketio_chat.tables.rooms import Rooms
    from tests.support.memory import MemoryDirectory


@dataclass(frozen=True)
class Ports:
    """What stands behind the ports; each method makes a rule of those that it uses."""

    directory: MemoryDirectory
    rates: Rates
    conversations: Conversations
    streams: Streams
    workflow: Workflow
    room: Rooms
    presence: PresenceRecords
    grace_timers: GraceTimers
    subscriptions: Subscriptions
    push_queue: PushQueue
    clock: Clock
    relations: RelationModel
    models: Models
    notices: Notices
    deliveries: DeliveryQueue
    meter: Meter = field(default_factory=MemoryMeter)

    def make_answers(self, patience: Patience | None = None) -> Answers:
        return Answers(
            transcript=self.conversations,
            streams=self.streams,
            room=self.room,
            workflow=self.workflow,
            agents=self.directory,
            models=self.models,
            relations=self.relations,
            notifier=self.make_notifier(),
            clock=self.clock,
            meter=self.meter,
            patience=patience,
        )

    def make_joining(self, frame_bytes: int) -> Joining:
        return Joining(self.conversations, self.streams, self.room, self.clock, frame_bytes)

    def make_limits(self) -> Limits:
        return Limits(self.directory, self.rates, self.clock)

    def make_messages(self, pace: Pace) -> Messages:
        return Messages(self.conversations, self.clock, pace)

    def make_notifier(self) -> Notifier:
        return Notifier(self.subscriptions, self.notices, self.push_queue, self.deliveries, self.room, self.clock)

    def make_presence(self) -> Presence:
        return Presence(self.presence, self.grace_timers, self.room, self.clock)
