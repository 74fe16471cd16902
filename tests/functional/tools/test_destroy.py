"""`make destroy`: what stays is said for what is there, with the commands that remove it."""

from typing import Any

import pytest

from infra import config
from tests.aws_answers import AnsweredTarget
from tools import deployed, leftovers

SETTINGS = config.read(config.defaults().get, {})
TABLE = {"Type": "AWS::DynamoDB::GlobalTable", "DeletionPolicy": "Retain", "Properties": {}}
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {}}
NEW = {"Type": "AWS::Some::Thing", "DeletionPolicy": "RetainExceptOnCreate", "Properties": {}}


def target(resources: dict[str, Any], names: dict[str, str]) -> AnsweredTarget:
    summaries = [{"LogicalResourceId": key, "PhysicalResourceId": value} for key, value in names.items()]
    return AnsweredTarget(
        region="eu-central-1",
        named_by="a test",
        answers={
            "DescribeStacks": {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": []}]},
            "GetTemplate": {"TemplateBody": {"Resources": resources}},
            "ListStackResources": {"StackResourceSummaries": summaries},
        },
    )


def test_what_the_template_retains_is_named_with_how_to_remove_it() -> None:
    aws = target({"Kept": TABLE, "Gone": QUEUE, "Odd": NEW}, {"Kept": "Chat-Kept-1", "Gone": "q", "Odd": "thing-1"})
    said = list(leftovers.of(aws, SETTINGS, deployed.read(aws, "Chat")))
    assert said[0].startswith("Chat-Kept-1, what people said, users, keys: `aws dynamodb update-table --table-name")
    assert "`aws dynamodb delete-table --table-name Chat-Kept-1 --region eu-central-1`" in said[0]
    assert said[1] == "thing-1, AWS::Some::Thing"
    assert not any("Gone" in line or "q," in line for line in said)


def test_what_no_stack_has_is_said_too() -> None:
    aws = AnsweredTarget(
        region="eu-central-1", named_by="a test", answers={"DescribeStacks": "ValidationError: Chat does not exist"}
    )
    said = list(leftovers.of(aws, SETTINGS, deployed.read(aws, "Chat")))
    assert "/serverless-socketio-push/Chat/vapid-private-key" in said[0]
    assert any("CDKToolkit" in line for line in said)
    assert aws.calls == ["DescribeStacks"]


def test_a_stack_that_may_not_be_read_raises() -> None:
    with pytest.raises(Exception, match="AccessDenied"):
        deployed.read(AnsweredTarget(region="eu-central-1", named_by="a test", answers={}), "Chat")
