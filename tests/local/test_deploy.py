"""A small assembly on a running engine: what the deployer does beside CloudFormation."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local import aws
from local.assembly import Assembly
from local.deploy import Deployer, DeploymentError
from tests.processes import Run

pytestmark = pytest.mark.e2e

STACK = "Small"
HANDLER = """import os

def handler(event, context):
    return [{answer!r}, os.environ["CHUNK_SIZE"], os.environ.get("OTHER")]
"""


def template(**resources: Any) -> dict[str, Any]:
    bucket = {"Fn::Sub": "assets-${AWS::AccountId}-${AWS::Region}"}
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    table = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }
    function = {
        "Code": {"S3Bucket": bucket, "S3Key": "function.zip"},
        "Handler": "handler.handler",
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Layers": [{"Ref": "Layer"}],
        "Environment": {"Variables": {"CHUNK_SIZE": "3"}},
    }
    layer = {"Content": {"S3Bucket": bucket, "S3Key": "layer.zip"}}
    return {
        "Resources": {
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": table},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
            "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": layer},
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": function,
                "Metadata": {"aws:asset:path": "SOURCE"},
            },
            **resources,
        },
        "Outputs": {"FunctionMine": {"Value": {"Ref": "Function"}}},
    }


Make = Callable[..., Assembly]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes the assembly, and the function with what it answers."""

    def write(answer: str, **resources: Any) -> Assembly:
        source, folder = tmp_path / "function", tmp_path / "assembly"
        source.mkdir(exist_ok=True)
        folder.mkdir(exist_ok=True)
        (source / "handler.py").write_text(HANDLER.format(answer=answer))
        bucket = {"bucketName": "assets-${AWS::AccountId}-${AWS::Region}"}
        files = {
            "1": {
                "source": {"path": str(source), "packaging": "zip"},
                "destinations": {"d": bucket | {"objectKey": "function.zip"}},
            },
            "2": {
                "source": {"path": "/nowhere", "packaging": "zip"},
                "destinations": {"d": bucket | {"objectKey": "layer.zip"}},
            },
            "3": {
                "source": {"path": f"{STACK}.template.json", "packaging": "file"},
                "destinations": {"d": bucket | {"objectKey": "template.json"}},
            },
        }
        manifest = {"artifacts": {STACK: {"type": "aws:cloudformation:stack"}, "Tree": {"type": "cdk:tree"}}}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        (folder / f"{STACK}.assets.json").write_text(json.dumps({"files": files}))
        text = json.dumps(template(**resources)).replace("SOURCE", str(source))
        (folder / f"{STACK}.template.json").write_text(text)
        return Assembly(folder)

    return write


def test_a_stack_is_deployed_changed_and_left_alone(bare: Run, make: Make) -> None:
    deployer = Deployer(bare.endpoint)
    first = deployer.deploy(make("one"), {})
    assert call(bare, first.outputs["FunctionMine"]) == ["one", "3", None]

    table = aws.client("dynamodb", bare.endpoint).describe_time_to_live(TableName=first.names["Table"])
    assert table["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}

    again = deployer.deploy(make("one"), {})
    assert again == first

    deployer.deploy(make("two"), {})  # the template is the same: only the folder has changed
    assert call(bare, first.outputs["FunctionMine"]) == ["two", "3", None]

    deployer.deploy(make("two"), {"CHUNK_SIZE": "9", "OTHER": "x"})
    assert call(bare, first.outputs["FunctionMine"]) == ["two", "9", None]

    deployer.deploy(make("two"), {})
    assert call(bare, first.outputs["FunctionMine"]) == ["two", "3", None]

    broken = make("two", Wrong={"Type": "AWS::Nothing::AtAll"})
    with pytest.raises(DeploymentError, match="Nothing"):
        deployer.deploy(broken, {})


def call(run: Run, function: str) -> Any:
    return json.loads(aws.client("lambda", run.endpoint).invoke(FunctionName=function)["Payload"].read())
