"""Transports over the API's management endpoint (``POST /@connections/{connectionId}``): `sending` has their rules.

    ApiGatewayTransport    over any client with boto3's names; many posts at a time take a thread each
    MultiplexedTransport   over the lean client; many posts at a time take one thread

A client is made when it is first needed, by `aws.app`.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TYPE_CHECKING

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
        return self._post_each(address, self._sending([frame], repeatable=False))

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        """Post to many at a time, each address's frames in order; nothing is begun for one after `POST_FOR_S`."""
        if len(frames) <= 1:
            return [self._post_each(address, self._sending(texts, repeatable=repeatable)) for address, texts in frames]
        self._client  # noqa: B018 - made here, since threads would each make their own
        return self._post_many(frames, repeatable=repeatable)

    def close(self, address: str) -> None:
        """Close a connection; no error where it is gone, or where it would not be closed: its heartbeat ends it."""
        close = partial(self._client.delete_connection, ConnectionId=address)
        self._patiently(lambda _: close(), self._sending([""], repeatable=True))

    def _post_many(self, targets: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool) -> list[PostResult]:
        def post(target: tuple[str, Sequence[str]]) -> PostResult:
            address, texts = target
            return self._post_each(address, self._sending(texts, repeatable=repeatable))

        return list(self._senders.map(post, targets))

    def _sending(self, texts: Sequence[str], *, repeatable: bool) -> Sending:
        return Sending(texts, POST_FOR_S, self._monotonic, repeatable=repeatable)

    def _post_each(self, address: str, sending: Sending) -> PostResult:
        return self._patiently(
            lambda text: self._client.post_to_connection(ConnectionId=address, Data=text.encode()), sending
        )

    def _patiently(self, call: Callable[[str], object], sending: Sending) -> PostResult:
        while (text := sending.next()) is not None:
            pause = _heard(sending, partial(call, text))
            if pause > 0:
                self._sleep(pause)
        return sending.result


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
        return _heard(self.sending, partial(self._judge, came))

    def _judge(self, came: Response | NoAnswerError) -> None:
        if isinstance(came, NoAnswerError):
            raise came
        self._client.judge(came)


def _heard(sending: Sending, call: Callable[[], object]) -> float:
    """Tell a sending what comes of a call; what the endpoint refuses for good fails by itself."""
    try:
        return sending.tried(_outcome(call))
    except Exception:
        logger.exception("A post was refused")
        return sending.give_up()


def _outcome(call: Callable[[], object]) -> PostResult:
    """Call the endpoint once; FAILED if that may have worked, REFUSED if it surely did nothing."""
    try:
        call()
    except client_errors.not_connected():
        return PostResult.REFUSED
    except client_errors.lost():  # on its way, or the answer on the way back
        return PostResult.FAILED
    except client_errors.refusals() as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]  # type: ignore[attr-defined]  # both have it
        if status == GONE:
            return PostResult.GONE
        if status == TOO_MANY_REQUESTS:
            return PostResult.REFUSED
        if status in SERVER_ERRORS:
            return PostResult.FAILED
        raise
    return PostResult.SENT
