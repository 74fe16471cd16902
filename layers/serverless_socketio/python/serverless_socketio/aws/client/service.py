"""One call of a service: signed, sent, tried again where that is safe and in time, its answer or its error."""

from __future__ import annotations

import json
import os
import time
import zlib
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from . import credentials, retries, signing
from .connection import Pool
from .errors import REFUSED, AnswerLostError, NoAnswerError, client_error
from .http1 import request_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .endpoints import Place
    from .errors import Loads
    from .http1 import Response

AGENT = "serverless-socketio"
JSON_1_0 = "application/x-amz-json-1.0"


class Bounds(NamedTuple):
    """How long a call may take, in seconds, and how often it is tried.

    Attributes:
        connect_s: For a connection.
        read_s: For the sending of a request, and for each piece of its answer.
        tries: At most; 1: whether a call may be repeated is the caller's to say.
        call_s: For all tries together: none begins after it, nor waits longer for a piece of its answer.
    """

    connect_s: float = 2.0
    read_s: float = 5.0
    tries: int = 4
    call_s: float = 8.0


class Service:
    """A service at its endpoint, in one region; for any number of threads.

    `is_rest`: it speaks REST-JSON and not JSON 1.0. `loads`: reads what it answers.
    """

    def __init__(
        self,
        place: Place,
        bounds: Bounds,
        *,
        is_rest: bool = False,
        loads: Loads = json.loads,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._bounds = bounds
        self._is_rest = is_rest
        self._loads = loads
        self._sleep = sleep
        self._monotonic = monotonic

    @cached_property
    def pool(self) -> Pool:
        """The connections to the service."""
        return Pool(self._place.endpoint)

    def prepare(self) -> None:
        """Do what can be done before the first call without a connection or a credential."""
        if self.pool.endpoint.is_tls:
            from .tls import context

            context()

    @cached_property
    def _scope(self) -> tuple[str, str]:
        return self._place.region, self._place.signing_name

    def call(self, operation: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Call an operation. `path` is what follows the endpoint's own. Raises ClientError or NoAnswerError."""
        bounds, deadline, attempt = self._bounds, self._monotonic() + self._bounds.call_s, 0
        while True:
            try:
                answer = self._try(method, path, headers, body, deadline)
            except NoAnswerError as error:
                fault: Exception = error
            else:
                if answer.status < REFUSED:
                    return answer
                fault = client_error(answer, operation, is_rest=self._is_rest, loads=self._loads)
            attempt += 1
            if attempt >= bounds.tries or not retries.is_retried(fault):
                raise fault
            pause = retries.pause_s(fault, attempt - 1)
            if self._monotonic() + pause >= deadline:
                raise fault
            self._sleep(pause)

    def call_json(
        self, target: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Call an operation of the JSON 1.0 protocol, e.g. ``DynamoDB_20120810.GetItem``. Bytes go in base64."""
        text = json.dumps(body, default=_base64, separators=(",", ":")).encode()
        given = {"content-type": JSON_1_0, "x-amz-target": target, **(headers or {})}
        answer = self.call(target.rpartition(".")[2], "POST", "/", given, text)
        try:
            found: dict[str, Any] = self._loads(answer.body)
        except ValueError as error:  # of something on the way that takes itself for the service
            raise AnswerLostError("The answer is not JSON") from error
        return found

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, digest: str | None = None
    ) -> bytes:
        """Return a request, signed now. `digest`: the body's, where it is known. Raises NoCredentialsError."""
        endpoint = self.pool.endpoint
        path = f"{endpoint.base}{path}"
        given = signing.signed(
            credentials.current(),
            self._scope,
            time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
            (method, path, digest or signing.digest(body)),
            {"host": endpoint.netloc, **headers},
        )
        given["user-agent"] = AGENT
        if trace := _trace():
            given["x-amzn-trace-id"] = trace
        return request_bytes(method, path, given, body)

    def _try(self, method: str, path: str, headers: Mapping[str, str], body: bytes, deadline: float) -> Response:
        left = max(deadline - self._monotonic(), 0.001)  # 0 would be: do not wait
        connect_s, read_s = min(self._bounds.connect_s, left), min(self._bounds.read_s, left)
        request = self.request(method, path, headers, body)
        answer = self.pool.exchange(request, connect_s=connect_s, read_s=read_s)
        if (checksum := answer.headers.get("x-amz-crc32")) and checksum != str(zlib.crc32(answer.body)):
            raise AnswerLostError("The answer is not what its checksum says")
        return answer


def _trace() -> str | None:
    """Return the invocation's trace: by it Lambda sees a chain of calls that never ends, and stops it."""
    trace = os.environ.get("_X_AMZN_TRACE_ID")
    return quote(trace, safe="-=;:+&[]{}\"',") if trace and "AWS_LAMBDA_FUNCTION_NAME" in os.environ else None


def _base64(value: object) -> str:
    """What JSON does not know of the values in a call: bytes."""
    from base64 import b64encode

    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"AWS takes no {type(value).__name__}")
