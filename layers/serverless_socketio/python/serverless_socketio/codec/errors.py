"""What the codec says about a frame that it cannot read."""


class PacketError(ValueError):
    """A frame is not a packet. Says why, and where an answer belongs, as far as the frame could be read.

    Attributes:
        reason: Why, in words that may be shown to the sender. Holds nothing of the frame itself.
        namespace: The namespace of a Socket.IO packet; None if it could not be read, and for native frames.
        ack_id: What the sender awaits an answer under, a number in Socket.IO and a string in native frames; None if it
            awaits none. The id of a client's own ack is never here, since an ack is not answered.
        event: The name of the event meant; None if it could not be read.
    """

    def __init__(
        self,
        reason: str,
        *,
        namespace: str | None = None,
        ack_id: int | str | None = None,
        event: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.namespace = namespace
        self.ack_id = ack_id
        self.event = event
