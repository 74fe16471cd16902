"""Deploys an assembly to the engine as the CDK CLI does to AWS, but seconds faster: assets, then CloudFormation.

What CloudFormation here leaves out is done after it: items expire, functions run what is in their folders now, and
settings of this run reach them.
"""

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local import aws, packages
from local.assembly import Assembly, Asset
from local.errors import LocalError
from local.settings import ACCOUNT, REGION

BOOTSTRAP = ("/cdk-bootstrap/hnb659fds/version", "30")
INLINE_BYTES_MAX = 51_200  # CloudFormation quota: a larger template comes from S3
POLL_S = 0.05
TIMEOUT_S = 60.0
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


class DeploymentError(LocalError):
    """The stack could not be deployed; the message has CloudFormation's words."""


@dataclass(frozen=True)
class Deployment:
    """A stack that is there.

    Attributes:
        outputs: The stack's outputs by key.
        names: Physical name of each resource by logical id.
    """

    outputs: Mapping[str, str]
    names: Mapping[str, str]


class Deployer:
    """Deploys to the engine at an endpoint."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._cloudformation = aws.client("cloudformation", endpoint)
        self._lambda = aws.client("lambda", endpoint)

    def deploy(self, assembly: Assembly, overrides: Mapping[str, str]) -> Deployment:
        """Create or update the stack, or raise DeploymentError. `overrides` are variables of its functions."""
        template_url = self._upload(assembly)
        self._apply(assembly, template_url)
        found = self._describe(assembly.stack)
        self._let_expire(assembly, found)
        for logical_id, folder in assembly.function_sources.items():
            self.update_code(found.names[logical_id], folder)
            self._override(found.names[logical_id], assembly.variables(logical_id), overrides)
        return found

    def update_code(self, function: str, folder: Path) -> bool:
        """Let a function run what is in its folder; True if that is something else than it ran."""
        code = packages.zip_folder(folder)
        digest = base64.b64encode(hashlib.sha256(code).digest()).decode()
        if self._lambda.get_function_configuration(FunctionName=function)["CodeSha256"] == digest:
            return False
        self._lambda.update_function_code(FunctionName=function, ZipFile=code)
        return True

    def _upload(self, assembly: Assembly) -> str:
        """Put the assets and the template where the template expects them. Returns the template's URL."""
        name, version = BOOTSTRAP
        aws.client("ssm", self._endpoint).put_parameter(Name=name, Value=version, Type="String", Overwrite=True)
        s3 = aws.client("s3", self._endpoint)
        puts = [(bucket, key, asset) for asset in assembly.assets for bucket, key in asset.destinations]
        bucket = _filled(puts[0][0]) if puts else f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
        for name in {_filled(bucket) for bucket, _, _ in puts} | {bucket}:
            _ensure_bucket(s3, name)
        for target, key, asset in puts:
            s3.put_object(Bucket=_filled(target), Key=_filled(key), Body=_content(assembly, asset, key))
        key = f"{assembly.stack}.template.json"
        s3.put_object(Bucket=bucket, Key=key, Body=assembly.template_text.encode())
        return f"{self._endpoint}/{bucket}/{key}"

    def _apply(self, assembly: Assembly, template_url: str) -> None:
        inline = len(assembly.template_text.encode()) <= INLINE_BYTES_MAX
        template = {"TemplateBody": assembly.template_text} if inline else {"TemplateURL": template_url}
        wanted: dict[str, Any] = {"StackName": assembly.stack, "Capabilities": CAPABILITIES, **template}
        try:
            if self._create_or_update(wanted):
                self._wait(assembly.stack)
        except ClientError as exc:
            raise DeploymentError(f"The stack cannot be deployed: {exc}") from exc

    def _create_or_update(self, wanted: dict[str, Any]) -> bool:
        """Start either; False if the stack is as wanted."""
        try:
            self._cloudformation.create_stack(**wanted)
        except self._cloudformation.exceptions.AlreadyExistsException:
            try:
                self._cloudformation.update_stack(**wanted)
            except ClientError as exc:
                if "No updates" in str(exc):
                    return False
                raise
        return True

    def _wait(self, stack: str) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            status = self._stack(stack)["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                break
            time.sleep(POLL_S)
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise DeploymentError(f"The stack is {status}: {self._reasons(stack)}. `make clean` starts afresh.")

    def _reasons(self, stack: str) -> str:
        events = self._cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        failed = (event for event in events if event["ResourceStatus"].endswith("_FAILED"))
        return (
            "; ".join(f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason', '')}" for e in failed)
            or "no reason given"
        )

    def _describe(self, stack: str) -> Deployment:
        outputs = {output["OutputKey"]: output["OutputValue"] for output in self._stack(stack).get("Outputs", [])}
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        listed = (resource for page in pages for resource in page["StackResourceSummaries"])
        return Deployment(outputs, {r["LogicalResourceId"]: r.get("PhysicalResourceId", "") for r in listed})

    def _stack(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return found

    def _let_expire(self, assembly: Assembly, found: Deployment) -> None:
        dynamodb = aws.client("dynamodb", self._endpoint)
        for logical_id, attribute in assembly.time_to_live():
            table = found.names[logical_id]
            status = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
            if status == "DISABLED":
                wanted = {"Enabled": True, "AttributeName": attribute}
                dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)

    def _override(self, function: str, template: Mapping[str, str], overrides: Mapping[str, str]) -> None:
        """Change variables that the function has, and change back what an earlier run has changed."""
        configuration = self._lambda.get_function_configuration(FunctionName=function)
        variables: dict[str, str] = configuration.get("Environment", {}).get("Variables", {})
        wanted = {name: overrides.get(name, template.get(name, value)) for name, value in variables.items()}
        if wanted != variables:
            self._lambda.update_function_configuration(FunctionName=function, Environment={"Variables": wanted})


def _content(assembly: Assembly, asset: Asset, key: str) -> bytes:
    if key in assembly.layer_keys:
        return packages.empty_layer()
    return packages.zip_folder(asset.source) if asset.is_folder else asset.source.read_bytes()


def _ensure_bucket(s3: Any, name: str) -> None:
    try:
        s3.head_bucket(Bucket=name)
    except ClientError:
        s3.create_bucket(Bucket=name)


def _filled(text: str) -> str:
    """Return an asset's bucket or key with the account's values in it."""
    values = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws"}
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text
