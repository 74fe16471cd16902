"""After a deployment that failed: what to do, where that is known."""

from typing import Any

import pytest

from tests.aws_answers import AnsweredTarget
from tools.failures import advice


def event(status: str, reason: str = "", kind: str = "AWS::CloudFront::Distribution") -> dict[str, Any]:
    return {"ResourceStatus": status, "ResourceStatusReason": reason, "ResourceType": kind, "LogicalResourceId": "X"}


BEGUN = event("UPDATE_IN_PROGRESS", "User Initiated", "AWS::CloudFormation::Stack")
LOCKED = (
    "Resource handler returned message: Your account must be verified before you can add new CloudFront resources. To "
    "verify your account, please contact AWS Support (Service: CloudFront, Status Code: 403)"
)


def told(*events: dict[str, Any]) -> list[str]:
    answers = {"DescribeStackEvents": {"StackEvents": list(events)}}
    return advice(AnsweredTarget(region="eu-central-1", named_by="a test", answers=answers), "Chat")


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (LOCKED, "-c web_site=false"),
        (
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            "below its minimum value of [10].",
            "`make preflight`",
        ),
        ("CloudWatch Logs role ARN must be set in account settings to enable logging", "api_gateway_log_role"),
        ('The event source arn (" a ") and function (" f ") provided mapping already exists.', "`make preflight`"),
    ],
)
def test_a_known_reason_comes_with_what_to_do(reason: str, says: str) -> None:
    (advised,) = told(event("UPDATE_ROLLBACK_IN_PROGRESS"), event("CREATE_FAILED", reason), BEGUN)
    assert says in advised


def test_what_failed_in_an_earlier_deployment_is_not_said_again() -> None:
    assert told(event("UPDATE_FAILED", "something else"), BEGUN, event("CREATE_FAILED", LOCKED)) == []


def test_an_unknown_reason_is_left_to_cloudformations_words() -> None:
    assert told(event("CREATE_FAILED", "the dog ate it"), BEGUN) == []


def test_who_may_not_read_events_is_not_bothered() -> None:
    assert advice(AnsweredTarget(region="eu-central-1", named_by="a test", answers={}), "Chat") == []
