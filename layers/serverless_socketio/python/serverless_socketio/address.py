"""Addresses: where the client of a connection is reached, as the text that keys, rows and queue bodies hold.

=======  =====================  ===================================================================================
kind     text                   what is sent to it
=======  =====================  ===================================================================================
``ws``   an API Gateway         is posted, by the transport. These ids are base64, so they hold no colon
         connection id
``poll`` ``poll:{session}``     waits in the logs of its sockets until its client asks for it. The session's id is the
                                client's only proof: no sid holds it
=======  =====================  ===================================================================================
"""

from __future__ import annotations

from typing import Literal, TypeAlias

AddressKind: TypeAlias = Literal["ws", "poll"]


def kind_of(address: str) -> AddressKind:
    """How what is sent to an address reaches its client."""
    return "poll" if address.startswith("poll:") else "ws"
