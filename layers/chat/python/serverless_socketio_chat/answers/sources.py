"""What an answer says, wherever that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_socketio_chat.answers.chunks import Chunks, Pieces
from serverless_socketio_chat.answers.model import Text

if TYPE_CHECKING:
    from serverless_socketio_chat.answers.chunks import Script
    from serverless_socketio_chat.answers.model import Stream
    from serverless_socketio_chat.bag import Ports

NOTHING = Text("")


def of(ports: Ports, stream: Stream, text: Text | None = None) -> Script:
    """The chunks of an answer: a stored one's text, which may be given, or what is in the log of a relayed one."""
    if stream.relayed:
        return Pieces(ports.streams.logged(stream.reply_id))
    return Chunks.of((text or stored(ports, stream)).text, stream.chunk_size)


def stored(ports: Ports, stream: Stream) -> Text:
    """The text and the mood of a stored answer; nothing for one that has not begun, or that is relayed."""
    return (None if stream.relayed else ports.streams.text(stream.reply_id)) or NOTHING
