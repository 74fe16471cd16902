"""All that the rules need from outside, in one bag: on its way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_socketio.ports import Clock
    from serverless_socketio_chat.accounts.ports import Directory, Rates
    from serverless_socketio_chat.agents.live import Models
    from serverless_socketio_chat.agents.relations import RelationModel
    from serverless_socketio_chat.answers.ports import Streams, Workflow
    from serverless_socketio_chat.conversations.ports import Conversations
    from serverless_socketio_chat.notifications.ports import Notices, PushQueue, Subscriptions
    from serverless_socketio_chat.ports import Room
    from serverless_socketio_chat.presence.ports import PresenceRecords, Reminders
    from serverless_socketio_chat.push.ports import DeliveryQueue


@dataclass(frozen=True, slots=True)
class Ports:
    """All that the rules need from outside."""

    directory: Directory
    rates: Rates
    conversations: Conversations
    streams: Streams
    workflow: Workflow
    room: Room
    presence: PresenceRecords
    reminders: Reminders
    subscriptions: Subscriptions
    push_queue: PushQueue
    clock: Clock
    relations: RelationModel
    models: Models
    notices: Notices
    deliveries: DeliveryQueue
