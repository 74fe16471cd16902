"""How long a push service keeps a notification for a browser that is away, and how urgent it is: by its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio_chat.push.model import Kind, Urgency

DAY_S, SHORT_S = 24 * 3600, 5 * 60


@dataclass(frozen=True, slots=True)
class Manner:
    """``TTL`` and ``Urgency`` (RFC 8030 sections 5.2 and 5.3)."""

    ttl_s: int
    urgency: Urgency


MANNERS: Mapping[Kind, Manner] = {
    "answer": Manner(DAY_S, "high"),  # as any message of a chat: a phone that sleeps is woken
    "custom": Manner(DAY_S, "normal"),
    "expiring": Manner(DAY_S, "low"),
    "test": Manner(SHORT_S, "high"),  # somebody looks at the device now
}
