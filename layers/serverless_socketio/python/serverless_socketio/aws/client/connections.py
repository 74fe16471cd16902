"""The management endpoint of a WebSocket API: ``@connections``, by boto3's names."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from .errors import REFUSED, client_error
from .service import Service
from .signing import PATHS_KEPT, digest

if TYPE_CHECKING:
    from .endpoints import Place
    from .http1 import Response
    from .service import Bounds

POST = "PostToConnection"


class Frame(NamedTuple):
    """A frame as it is sent and signed, for any connection."""

    data: bytes
    digest: str

    @classmethod
    def of(cls, text: str) -> Frame:
        """Encode a frame."""
        data = text.encode()
        return cls(data, digest(data))


class Connections:
    """Posts to connections, and closes them."""

    def __init__(self, place: Place, bounds: Bounds) -> None:
        self.bounds = bounds
        self.service = Service(place, bounds, is_rest=True)

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Post one frame."""
        self.service.call(POST, "POST", _path(ConnectionId), {}, Data)
        return {}

    def delete_connection(self, *, ConnectionId: str) -> dict[str, Any]:  # noqa: N803
        """Close a connection."""
        self.service.call("DeleteConnection", "DELETE", _path(ConnectionId), {}, b"")
        return {}

    def post_request(self, address: str, frame: Frame) -> bytes:
        """Return the request of a post, for `multiplex`."""
        return self.service.request("POST", _path(address), {}, frame.data, frame.digest)

    @staticmethod
    def judge(answer: Response) -> None:
        """Raise what `post_to_connection` would for an answer."""
        if answer.status >= REFUSED:
            raise client_error(answer, POST, is_rest=True)


@lru_cache(maxsize=PATHS_KEPT)
def _path(address: str) -> str:
    return f"/@connections/{quote(address, safe='')}"
