"""What a call raises, with botocore's shapes, so that code can catch either.

ClientError             the service answered, and refused: `response` says why
NoAnswerError           there is no answer
  NoCredentialsError      nothing was sent
  NotConnectedError       nothing was sent
  AnswerLostError         the request may have worked
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .http1 import Response

    Loads = Callable[[bytes], Any]

REFUSED = 301  # and above: botocore's rule
FAILED = 500  # and above: RFC 9110 section 15.6


class ClientError(Exception):
    """The service refused a call.

    `response` has ``Error`` (``Code``, ``Message``), ``ResponseMetadata`` (``HTTPStatusCode``, ``HTTPHeaders``, perhaps
    ``RequestId``), and what the error itself brings, e.g. ``CancellationReasons`` or ``Item``.
    """

    def __init__(self, response: dict[str, Any], operation_name: str) -> None:
        error = response["Error"]
        super().__init__(f"{operation_name} was refused: {error['Code']}: {error['Message']}")
        self.response = response
        self.operation_name = operation_name


class NoAnswerError(Exception):
    """A call got no answer."""


class NoCredentialsError(NoAnswerError):
    """There is nothing to sign with."""


class NotConnectedError(NoAnswerError):
    """There was no connection: nothing was sent."""


class AnswerLostError(NoAnswerError):
    """The connection ended, or time did, before the answer was whole: the request may have worked."""


def client_error(answer: Response, operation: str, *, is_rest: bool, loads: Loads = json.loads) -> ClientError:
    """Return the error that an answer tells of.

    `is_rest`: the service speaks REST-JSON and not JSON 1.0. `loads`: reads its JSON.
    """
    body = _json(answer, loads)
    metadata: dict[str, Any] = {"HTTPStatusCode": answer.status, "HTTPHeaders": dict(answer.headers)}
    if request_id := answer.headers.get("x-amzn-requestid"):
        metadata["RequestId"] = request_id
    if body is None:  # of a proxy or a load balancer
        error = {"Code": str(answer.status), "Message": _phrase(answer.status)}
        return ClientError({"Error": error, "ResponseMetadata": metadata}, operation)
    message = body.pop("message", body.pop("Message", ""))
    error = {"Code": _code(answer, body, is_rest=is_rest), "Message": message}
    body.pop("__type", None)
    return ClientError({**body, "Error": error, "ResponseMetadata": metadata}, operation)


def _json(answer: Response, loads: Loads) -> dict[str, Any] | None:
    """Return a body's object; None where a server failed and said nothing, or a page of HTML."""
    text = answer.body.strip()
    if answer.status >= FAILED and (not text or text.startswith(b"<html>")):
        return None
    try:
        found = loads(answer.body) if answer.body else {}
    except ValueError:
        return {"message": answer.body.decode(errors="replace")}
    return found if isinstance(found, dict) else {"message": answer.body.decode(errors="replace")}


def _code(answer: Response, body: Mapping[str, Any], *, is_rest: bool) -> str:
    code = _bare(body.get("__type", answer.status))
    # Of services that spoke the query protocol before: the code that their callers know, e.g. "Name;Sender".
    old, *fault = answer.headers.get("x-amzn-query-error", "").split(";")
    if old and len(fault) == 1:
        code = old
    if is_rest:
        code = _bare(answer.headers.get("x-amzn-errortype", body.get("code", body.get("Code", code))))
    return code


def _bare(code: object) -> str:
    """A code without its namespace before, or the address of its documentation behind."""
    return str(code).partition(":")[0].rpartition("#")[2]


def _phrase(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
