"""The workflow that paces an answer: `answers.asl.json`, with the streamer filled in."""

from pathlib import Path

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from serverless_socketio.cdk.accepted import accept, accept_in_policy
from serverless_socketio.cdk.function import allow, called
from serverless_socketio.cdk.log_group import log_group
from serverless_socketio.cdk.trust import service_principal

DEFINITION = Path(__file__).with_name("answers.asl.json")
START_EXECUTION = f"arn:{Aws.PARTITION}:states:::states:startExecution"  # and do not wait for its end
VENDED_LOGS = "/aws/vendedlogs/states"  # AWS advice: keeps the log's resource policy from growing past its limit


class Answers(Construct):
    """An Express state machine: bursts of the streamer, waits of whole seconds, a successor before five minutes.

    Express, since a step costs nothing there; a standard workflow bills each. Its name follows from the stack's, so
    that its role can name it before it exists: it starts its own successor. Failures are logged, never what went
    through (`include_execution_data`).
    """

    def __init__(self, scope: Construct, id: str, *, streamer: lambda_.IFunction, log_retention_days: int) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        name = f"{stack.stack_name}-answers"
        self.arn = stack.format_arn(
            service="states", resource="stateMachine", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
        )
        role = iam.Role(self, "Role", assumed_by=service_principal("states.amazonaws.com"))
        allow(role, ["lambda:InvokeFunction"], called(streamer).function_arn)
        allow(role, ["states:StartExecution"], self.arn)
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            state_machine_type=sfn.StateMachineType.EXPRESS,
            definition_body=sfn.DefinitionBody.from_string(DEFINITION.read_text()),
            definition_substitutions={"Streamer": called(streamer).function_arn, "StartExecution": START_EXECUTION},
            role=role,
            logs=sfn.LogOptions(
                destination=log_group(self, "Log", days=log_retention_days, name=f"{VENDED_LOGS}/{name}"),
                level=sfn.LogLevel.ERROR,
                include_execution_data=False,
            ),
        )
        accept(
            self.machine,
            {
                "SF1": "All events would be kilobytes of log per answer; failures are logged, the rest is metrics.",
                "SF2": "A trace per answer is billed by itself; the streamer's log follows an answer by its id.",
            },
        )
        accept_in_policy(role, {"IAM5": "Log delivery can only be allowed on *: AWS names no resource for it."})
