"""The same faults are tried again as in botocore's standard mode, in less time."""

from __future__ import annotations

from typing import Any

import botocore.awsrequest
import botocore.exceptions
import botocore.session
import pytest
from botocore.compat import HTTPHeaders
from botocore.retries import standard
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.aws.client import retries
from serverless_socketio.aws.client.errors import (
    AnswerLostError,
    ClientError,
    NoCredentialsError,
    NotConnectedError,
)

URL = "https://example.com"
STANDARD: Any = standard  # its tables are its own
KNOWN = [
    *STANDARD.ThrottledRetryableChecker._THROTTLED_ERROR_CODES,
    *STANDARD.TransientRetryableChecker._TRANSIENT_ERROR_CODES,
    *("RequestTimeTooSkewed", "InvalidSignatureException", "ExpiredTokenException", "AccessDeniedException"),
    *("ConditionalCheckFailedException", "TransactionCanceledException", "TransactionConflictException"),
    *("GoneException", "ForbiddenException", "ServiceUnavailable", "InternalServerError", "503"),
]


def refusal(status: int, code: str) -> ClientError:
    response = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetItem")


def botocore_retries(status: int | None, code: str, caught: Exception | None) -> bool:
    session = botocore.session.get_session()
    model = session.get_service_model("dynamodb").operation_model("GetItem")
    raw: Any = type("Raw", (), {"stream": lambda *_, **__: iter([b""])})()
    context = standard.RetryContext(
        attempt_number=1,
        operation_model=model,
        parsed_response=None if status is None else {"Error": {"Code": code}},
        http_response=None if status is None else botocore.awsrequest.AWSResponse(URL, status, HTTPHeaders(), raw),
        caught_exception=caught,
    )
    return bool(standard.StandardRetryConditions(max_attempts=3).is_retryable(context))


@given(st.sampled_from([301, 400, 403, 404, 410, 413, 429, 500, 501, 502, 503, 504, 505]), st.sampled_from(KNOWN))
def test_the_same_refusals_are_tried_again(status: int, code: str) -> None:
    assert retries.is_retried(refusal(status, code)) is botocore_retries(status, code, None)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (NotConnectedError(""), botocore.exceptions.EndpointConnectionError(endpoint_url=URL)),
        (NotConnectedError(""), botocore.exceptions.ConnectTimeoutError(endpoint_url=URL)),
        (AnswerLostError(""), botocore.exceptions.ReadTimeoutError(endpoint_url=URL)),
        (AnswerLostError(""), botocore.exceptions.ConnectionClosedError(endpoint_url=URL)),
        (NoCredentialsError(""), botocore.exceptions.NoCredentialsError()),
    ],
)
def test_the_same_silences_are_tried_again(ours: Exception, theirs: Exception) -> None:
    assert retries.is_retried(ours) is botocore_retries(None, "", theirs)


def test_what_the_models_of_our_services_call_retryable_is_tried_again() -> None:
    marked = set()
    for service in ("dynamodb", "apigatewaymanagementapi", "lambda", "stepfunctions", "sqs"):
        model = botocore.session.get_session().get_service_model(service)
        marked |= {shape.name for shape in model.error_shapes if shape.metadata.get("retryable")}
    assert marked == retries.MODELED


@given(st.integers(0, 12))
def test_pauses_have_jitter_and_double(attempt: int) -> None:
    assert 0 <= retries.pause_s(NotConnectedError(""), attempt) <= min(retries.PAUSE_S * 2**attempt, 20)
    throttled = refusal(400, "ThrottlingException")
    assert 0 <= retries.pause_s(throttled, attempt) <= min(retries.THROTTLED_PAUSE_S * 2**attempt, 20)
