"""`make destroy`: what stays is said for what is there, with the commands that remove it."""

from typing import Any

import pytest

from infra import config
from tests.aws_answers import AnsweredTarget
from tools import deployed, leftovers
from tools.destroy import passed_for

SETTINGS = config.read(config.defaults().get, {})
TABLE = {"Type": "AWS::DynamoDB::GlobalTable", "DeletionPolicy": "Retain", "Properties": {}}
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {}}
VERSION = {"Type": "AWS::Lambda::Version", "DeletionPolicy": "Retain", "Properties": {}}
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
    aws = target(
        {"Kept": TABLE, "Gone": QUEUE, "Old": VERSION, "Odd": NEW},
        {"Kept": "Chat-Kept-1", "Gone": "q", "Odd": "thing-1"},
    )
    said = list(leftovers.of(aws, SETTINGS, {"Chat": deployed.read(aws, "Chat"), "Chat-site": deployed.NONE}))
    assert said[0].startswith("Chat-Kept-1, what people said, users, keys: `aws dynamodb update-table --table-name")
    assert "`aws dynamodb delete-table --table-name Chat-Kept-1 --region eu-central-1`" in said[0]
    assert said[1] == "thing-1, AWS::Some::Thing"
    assert not any("Gone" in line or "q," in line for line in said)


def test_what_no_stack_has_is_said_too() -> None:
    aws = AnsweredTarget(
        region="eu-central-1", named_by="a test", answers={"DescribeStacks": "ValidationError: Chat does not exist"}
    )
    said = list(leftovers.of(aws, SETTINGS, {"Chat": deployed.read(aws, "Chat"), "Chat-site": deployed.NONE}))
    assert "/serverless-socketio-push/Chat/vapid-private-key" in said[0]
    assert any("CDKToolkit" in line for line in said)
    assert "Key=aws:cloudformation:stack-name,Values=Chat,Chat-site --region eu-central-1" in said[-1]
    assert aws.calls == ["DescribeStacks"]


def test_a_page_goes_with_its_chat_also_where_it_was_left_out_later(capsys: pytest.CaptureFixture[str]) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate", "Properties": {}}
    both = target({"Page": bucket}, {"Page": "chat-site-bucket"})
    without = config.read((config.defaults() | {"web_site": "false"}).get, {})
    assert passed_for(both, without) == {"web_site": "true"}
    said = capsys.readouterr().err
    assert "When Chat and Chat-site go, these stay:" in said
    assert "chat-site-bucket, the page's files: `aws s3 rb --force s3://chat-site-bucket" in said


def test_what_may_not_be_asked_keeps_nothing_from_going(capsys: pytest.CaptureFixture[str]) -> None:
    assert passed_for(AnsweredTarget(region="eu-central-1", named_by="a test", answers={}), SETTINGS) == {}
    assert "What stays could not be asked" in capsys.readouterr().err


def test_a_stack_that_may_not_be_read_raises() -> None:
    with pytest.raises(Exception, match="AccessDenied"):
        deployed.read(AnsweredTarget(region="eu-central-1", named_by="a test", answers={}), "Chat")
