"""What the edge tells of connections and frames. A witness must be quick: every frame waits for it."""

from local.edge.events import Peer
from local.engine.apis import Answer


class Witness:
    """Is told what passes the edge. This one keeps nothing; `local.sight` has one that does."""

    def opened(self, peer: Peer) -> None:
        """A connection was let in."""

    def closed(self, peer: Peer) -> None:
        """It has ended."""

    def handshake(self, peer: Peer) -> None:
        """`$connect` is about to be asked."""

    def received(self, peer: Peer, text: str) -> None:
        """A client sent a message."""

    def sent(self, peer: Peer, text: str) -> None:
        """A client was sent a frame."""

    def answered(self, peer: Peer, answer: Answer) -> None:
        """A route's function has answered, or failed to."""

    def refused(self, peer: Peer) -> None:
        """API Gateway refused something itself: a throttle, a message without a route."""
