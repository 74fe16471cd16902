"""What stays in an account when a stack goes, and how to find and remove each piece."""

from collections.abc import Iterator, Mapping

from infra.config import Config
from tools import deployed
from tools.deployed import Stack
from tools.target import Target

RETAINED = {"Retain", "RetainExceptOnCreate"}
"""Deletion policies by which CloudFormation leaves a resource alone."""
VERSION = "AWS::Lambda::Version"
"""A retained version of a function goes when the function does."""

REMOVE = {
    "AWS::DynamoDB::GlobalTable": (
        "what people said, users, keys",
        "aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled; "
        "aws dynamodb delete-table --table-name {name}",
    ),
    "AWS::S3::Bucket": ("the page's files", "aws s3 rb --force s3://{name}"),
    "AWS::IAM::Role": (
        "API Gateway's role for logs; leave it while any API of the account here writes an access log",
        "aws iam detach-role-policy --role-name {name} --policy-arn "
        "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs; "
        "aws iam delete-role --role-name {name}",
    ),
    "AWS::ApiGateway::Account": (
        "API Gateway's setting that names that role, one for the account and region",
        "aws apigateway update-account --patch-operations op=remove,path=/cloudwatchRoleArn",
    ),
}
"""Type of a resource → what it is for people, and the commands that remove it."""


def of(target: Target, settings: Config, stacks: Mapping[str, Stack]) -> Iterator[str]:
    """Yield a sentence for each thing that stays of stacks, by their names. Raises botocore's errors."""
    for name, stack in stacks.items():
        names = deployed.physical_names(target, name) if stack.exists else {}
        for logical_id, resource in stack.resources.items():
            if resource.get("DeletionPolicy") in RETAINED and resource["Type"] != VERSION:
                yield _said(resource["Type"], names.get(logical_id, logical_id), target.region)
    yield (
        "the key that signs web pushes, where there was one: "
        f"`aws ssm delete-parameter --name {settings.vapid_parameter} --region {target.region}`"
    )
    yield f"secrets of models under {settings.model_secrets_prefix}/, which you made"
    yield "CDKToolkit, which `make bootstrap` made for every stack of the CDK here"
    yield (
        "tables and buckets of these stacks that stayed earlier, after an update or a failed deployment; they keep "
        "their stack's name as a tag: `aws resourcegroupstaggingapi get-resources --tag-filters "
        f"Key=aws:cloudformation:stack-name,Values={','.join(stacks)} --region {target.region}`"
    )


def _said(kind: str, name: str, region: str) -> str:
    about, commands = REMOVE.get(kind, (kind, ""))
    how = "; ".join(f"`{command} --region {region}`" for command in commands.format(name=name).split("; ") if command)
    return f"{name}, {about}: {how}" if how else f"{name}, {about}"
