"""Addresses: where the client of a connection is reached, as the text that keys, rows and queue bodies hold.

=======  =====================  ===================================================================================
kind     text                   what is sent to it
=======  =====================  ===================================================================================
``ws``   an API Gateway         is posted, by the transport. These ids are base64, so they hold no colon
         connection id
``poll`` ``poll:{handle}``      waits in the outbox of the Engine.IO session until its client fetches it, or is posted
                                to the WebSocket that the session has moved to: see `polling.session`. The handle is
                                not what the client proves itself by
=======  =====================  ===================================================================================
"""

from __future__ import annotations

from typing import Literal, TypeAlias

AddressKind: TypeAlias = Literal["ws", "poll"]

POLL = "poll:"


def kind_of(address: str) -> AddressKind:
    """How what is sent to an address reaches its client."""
    return "poll" if address.startswith(POLL) else "ws"
