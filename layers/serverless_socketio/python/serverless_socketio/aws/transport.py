"""Transports over the API's management endpoint (``POST /@connections/{connectionId}``): `sending` has their rules.

    ApiGatewayTransport    over any client with boto3's names; many posts at a time take a thread each
    MultiplexedTransport   over the lean client; many posts at a time take one thread

A client is made when it is first needed, by `aws.app`.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..model import PostResult
from . import client_errors
from .client.connections import Frame
from .client.errors import NoAnswerError
from .sending import Sending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

    from .client.connections import Connections
    from .client.http1 import Response

logger = logging.getLogger(__name__)

POST_FOR_S = 2.0  # a listener that takes longer is given up for now: others wait for the slowest
GONE = 410  # RFC 9110 section 15.5.11
TOO_MANY_REQUESTS = 429  # RFC 6585 section 4
SERVER_ERRORS = range(500, 600)  # RFC 9110 section 15.6
SENDERS = 32  # threads that post at a time


class ApiGatewayTransport:
    """A `ports.Transport` over the management endpoint.

    `client` makes the client when it is first needed. It must not retry by itself, since whether a post may be repeated
    is the caller's to say, and its own time-outs must be short: they bound the last try.
    """

    def __init__(
        self,
        client: Callable[[], ApiGatewayManagementApiClient],
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make_client = client
        self._sleep = sleep
        self._monotonic = monotonic

    @cached_property
    def _client(self) -> ApiGatewayManagementApiClient:
        return self._make_client()

    @cached_property
    def _senders(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(SENDERS, thread_name_prefix="post")

    def post(self, address: str, frame: str) -> PostResult:
        """Post one frame; throttles are retried, with jitter."""
        return self.post_all([(address, [frame])])[0]

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        """Post to many at a time, each address's frames in order; nothing is begun for one after `POST_FOR_S`."""
        if len(frames) <= 1:
            return [self._post(address, self._sending(texts, repeatable=repeatable)) for address, texts in frames]
        self._client  # noqa: B018 - made here, since threads would each make their own
        return self._post_many(frames, repeatable=repeatable)

    def close(self, address: str) -> None:
        """Close a connection; no error where it is gone, or where it would not be closed: its heartbeat ends it."""
        closing = self._sending([""], repeatable=True)
        while closing.next() is not None:
            self._pause(closing.tried(_outcome(self._client.delete_connection, ConnectionId=address)))

    def _post_many(self, targets: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool) -> list[PostResult]:
        def post(target: tuple[str, Sequence[str]]) -> PostResult:
            address, texts = target
            return self._post(address, self._sending(texts, repeatable=repeatable))

        return list(self._senders.map(post, targets))

    def _sending(self, texts: Sequence[str], *, repeatable: bool) -> Sending:
        return Sending(texts, POST_FOR_S, self._monotonic, repeatable=repeatable)

    def _post(self, address: str, sending: Sending) -> PostResult:
        while (text := sending.next()) is not None:
            data = text.encode()
            self._pause(sending.tried(_outcome(self._client.post_to_connection, ConnectionId=address, Data=data)))
        return sending.result

    def _pause(self, pause_s: float) -> None:
        if pause_s > 0:
            self._sleep(pause_s)


class MultiplexedTransport(ApiGatewayTransport):
    """The same over the lean client, which sends many posts at a time from one thread."""

    def _post_many(self, targets: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool) -> list[PostResult]:
        from .client import multiplex  # a connection's own frames do without

        client: Connections = self._client  # type: ignore[assignment]  # `aws.app` gives this transport this one
        frames = {text: Frame.of(text) for _, texts in targets for text in texts}
        posts = [
            _Post(client, address, frames, self._sending(texts, repeatable=repeatable)) for address, texts in targets
        ]
        multiplex.run(posts, client.service.pool, client.bounds)
        return [post.sending.result for post in posts]


class _Post:
    """One connection's frames as a `multiplex.Job`."""

    def __init__(self, client: Connections, address: str, frames: dict[str, Frame], sending: Sending) -> None:
        self._client = client
        self._address = address
        self._frames = frames
        self.sending = sending

    def begin(self) -> bytes | None:
        text = self.sending.next()
        return None if text is None else self._client.post_request(self._address, self._frames[text])

    def end(self, came: Response | NoAnswerError) -> float:
        return self.sending.tried(_outcome(self._judge, came))

    def _judge(self, came: Response | NoAnswerError) -> None:
        if isinstance(came, NoAnswerError):
            raise came
        self._client.judge(came)


def _outcome(call: Callable[..., object], *args: Any, **parameters: Any) -> PostResult | None:
    """Call the endpoint once.

    FAILED if that may have worked, REFUSED if it surely did nothing, None if the endpoint refuses for good.
    """
    try:
        call(*args, **parameters)
    except client_errors.not_connected():
        return PostResult.REFUSED
    except client_errors.lost():  # on its way, or the answer on the way back
        return PostResult.FAILED
    except Exception as error:
        outcome = _refusal(error)
        if outcome is None:
            logger.exception("A post was refused")
        return outcome
    return PostResult.SENT


def _refusal(error: Exception) -> PostResult | None:
    if not isinstance(error, client_errors.refusals()):
        return None
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]  # type: ignore[attr-defined]  # both have it
    if status == GONE:
        return PostResult.GONE
    if status == TOO_MANY_REQUESTS:
        return PostResult.REFUSED
    return PostResult.FAILED if status in SERVER_ERRORS else None
