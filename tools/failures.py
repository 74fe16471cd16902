"""What to do about a deployment that failed, where CloudFormation's reason is one that is known."""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from tools.preflight.cloudfront import REFUSAL, SUPPORT
from tools.target import Target

KNOWN = {
    REFUSAL: (
        f"CloudFront is locked in this account: ask for it at {SUPPORT}, quoting CloudFormation's sentence. "
        '`make deploy ARGS="-c web_site=false"` does not try the page meanwhile'
    ),
    "UnreservedConcurrentExecution below its minimum": (
        "more of Lambda's concurrency is reserved than the account has: `make preflight` says how much there is"
    ),
    "CloudWatch Logs role ARN must be set": (
        "API Gateway has no role for logs here: leave api_gateway_log_role at true, and `make deploy` sets one"
    ),
    "provided mapping already exists": (
        "a mapping of a stream stands in the way of the one that replaces it: `make preflight` says how it goes"
    ),
}
"""A part of CloudFormation's reason → what to do. Each was seen by others: tools/preflight has the sources."""

BEGUN = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}


def advice(target: Target, stack: str) -> list[str]:
    """Return what to do about the last deployment of a stack: nothing, where it is unknown or may not be read."""
    try:
        said = " ".join(_reasons(target, stack))
    except (BotoCoreError, ClientError):
        return []
    return [what for reason, what in KNOWN.items() if reason in said]


def _reasons(target: Target, stack: str) -> Iterator[str]:
    """Why resources failed, the newest first, back to where the last deployment began."""
    pages = target.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack)
    for event in (event for page in pages for event in page["StackEvents"]):
        if event["ResourceStatus"].endswith("_FAILED"):
            yield event.get("ResourceStatusReason", "")
        if event["ResourceType"] == "AWS::CloudFormation::Stack" and event["ResourceStatus"] in BEGUN:
            return
