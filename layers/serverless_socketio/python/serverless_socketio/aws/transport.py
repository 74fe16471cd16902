"""A transport over the API's management endpoint (``POST /@connections/{connectionId}``).

boto3 is imported by whoever makes the client, when it is first needed.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TYPE_CHECKING

from ..model import PostResult
from .backoff import backoff_s

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

logger = logging.getLogger(__name__)

TRIES = 6
BACKOFF_S = 0.05
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
        return self._post_each(address, [frame], repeatable=False)

    def post_all(self, frames: Sequence[tuple[str, Sequence[str]]], *, repeatable: bool = False) -> list[PostResult]:
        """Post to many at a time, each address's frames in order; nothing is begun for one after `POST_FOR_S`."""

        def post_each(target: tuple[str, Sequence[str]]) -> PostResult:
            return self._post_each(*target, repeatable=repeatable)

        if len(frames) <= 1:
            return [post_each(target) for target in frames]
        self._client  # noqa: B018 - made here, since threads would each make their own
        return list(self._senders.map(post_each, frames))

    def close(self, address: str) -> None:
        """Close a connection; no error where it is gone, or where it would not be closed: its heartbeat ends it."""
        close = partial(self._client.delete_connection, ConnectionId=address)
        self._try(close, self._monotonic() + POST_FOR_S, repeatable=True)

    def _post_each(self, address: str, texts: Sequence[str], *, repeatable: bool) -> PostResult:
        deadline = self._monotonic() + POST_FOR_S
        for number, text in enumerate(texts):
            post = partial(self._client.post_to_connection, ConnectionId=address, Data=text.encode())
            outcome = self._try(post, deadline, repeatable=repeatable)
            if outcome is PostResult.REFUSED and number > 0:
                return PostResult.FAILED  # what came before it has arrived
            if outcome is not PostResult.SENT:
                return outcome  # what follows a lost frame would leave a gap
        return PostResult.SENT

    def _try(self, call: Callable[[], object], deadline: float, *, repeatable: bool) -> PostResult:
        """Call the endpoint. What it refuses for good (a right that is missing, a frame too large) fails by itself."""
        try:
            return self._patiently(call, deadline, repeatable=repeatable)
        except Exception:
            logger.exception("A post was refused")
            return PostResult.FAILED

    def _patiently(self, call: Callable[[], object], deadline: float, *, repeatable: bool) -> PostResult:
        """Call the endpoint, again after what surely did nothing, and if `repeatable` after what may have worked."""
        result = PostResult.REFUSED
        for attempt in range(TRIES):
            if self._monotonic() >= deadline:
                break
            outcome = self._outcome(call)
            if outcome is PostResult.SENT or outcome is PostResult.GONE:
                return outcome
            if outcome is PostResult.FAILED:
                result = outcome  # whatever comes after it: it may have arrived
                if not repeatable:
                    break
            self._sleep(backoff_s(attempt, BACKOFF_S))
        return result

    @staticmethod
    def _outcome(call: Callable[[], object]) -> PostResult:
        """Call the endpoint once; FAILED if that may have worked, REFUSED if it surely did nothing."""
        from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

        try:
            call()
        except ConnectionError:  # none was made
            return PostResult.REFUSED
        except HTTPClientError:  # lost on its way, or the answer on the way back
            return PostResult.FAILED
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == GONE:
                return PostResult.GONE
            if status == TOO_MANY_REQUESTS:
                return PostResult.REFUSED
            if status in SERVER_ERRORS:
                return PostResult.FAILED
            raise
        return PostResult.SENT
