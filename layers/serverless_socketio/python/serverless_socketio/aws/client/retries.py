"""Which calls are tried again, and when: botocore's standard mode ("Retry behavior", AWS SDKs and tools reference).

    what came of a try                                       again?
    no connection; an answer that was lost                   yes
    500, 502, 503, 504                                       yes
    a code that says "later" or "too much", whatever status  yes
    DynamoDB's answer is not what its checksum says          yes
    any other refusal; no credentials                        no

The pauses are those of the newer SDKs: full jitter over a time that doubles. All tries of a call together have one
deadline, since a function is billed while it waits.
"""

from __future__ import annotations

import random

from .errors import ClientError, NoCredentialsError

THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)
TRANSIENT = frozenset({"RequestTimeout", "RequestTimeoutException", "PriorRequestNotComplete"})
MODELED = frozenset({"ReplicatedWriteConflictException"})  # what the models of our services mark as retryable
RETRIED = THROTTLED | TRANSIENT | MODELED
TRANSIENT_STATUSES = frozenset({500, 502, 503, 504})
PAUSE_S, THROTTLED_PAUSE_S, PAUSE_MAX_S = 0.05, 1.0, 20.0  # before the first retry, at most


def is_retried(fault: Exception) -> bool:
    """Whether a call that failed so is tried again."""
    if not isinstance(fault, ClientError):
        return not isinstance(fault, NoCredentialsError)
    status = fault.response["ResponseMetadata"]["HTTPStatusCode"]
    code = fault.response["Error"]["Code"]
    return status in TRANSIENT_STATUSES or code in RETRIED


def pause_s(fault: Exception, attempt: int) -> float:
    """How long to wait after a try that failed so; the first attempt is number 0."""
    is_throttled = isinstance(fault, ClientError) and fault.response["Error"]["Code"] in THROTTLED
    base = THROTTLED_PAUSE_S if is_throttled else PAUSE_S
    return random.uniform(0, min(base * 2.0**attempt, PAUSE_MAX_S))  # noqa: S311 - no secret
