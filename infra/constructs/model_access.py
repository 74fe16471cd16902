"""What a function may do to ask models: read their keys under one prefix, call those of Bedrock that were named."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_lambda as lambda_

from infra.config import Config
from serverless_socketio.cdk.function import allow

UNDER_A_PREFIX = "Agents are made at run time, and name what they need under a prefix."


def allow_models(function: lambda_.Function, settings: Config) -> None:
    """Grant each call that the chat's `secrets` and `agents.bedrock` make.

    A parameter that is encrypted with the account's own key `aws/ssm` needs no grant for the key; one with a key of
    the operator's making does, and so does a secret.
    """
    stack, prefix = Stack.of(function), settings.model_secrets_prefix
    parameters = stack.format_arn(service="ssm", resource="parameter", resource_name=f"{prefix}/*")
    secrets = stack.format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=f"{prefix}/*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    allow(function, ["ssm:GetParameter"], parameters)
    allow(function, ["secretsmanager:GetSecretValue"], secrets)
    if settings.model_secrets_key_arn:
        allow(function, ["kms:Decrypt"], settings.model_secrets_key_arn)
    if settings.bedrock_model_arns:
        allow(function, ["bedrock:InvokeModelWithResponseStream"], *settings.bedrock_model_arns)
