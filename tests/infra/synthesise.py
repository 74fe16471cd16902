"""A process of its own: writes the chat's assembly with cdk-nag's findings, and that of somebody else's app."""

import json
import sys
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

import app
from infra.constructs.realtime_api import RealtimeApi
from infra.constructs.web_site import WebSite

ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/game/00000000-0000-0000-0000-000000000000"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"

VAPID = {  # the pair of RFC 8291, section 5
    "VAPID_PUBLIC_KEY": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "VAPID_PRIVATE_KEY": "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
    "VAPID_SUBJECT": "mailto:ops@chat.dev",
}


def chat(folder: Path) -> None:
    chat_app = app.build(str(folder / "chat"), {}, VAPID)
    cdk.Aspects.of(chat_app).add(cdk_nag.AwsSolutionsChecks())
    messages = [message for stack in chat_app.synth().stacks for message in stack.messages]
    (folder / "nag.json").write_text(json.dumps([f"{message.id}: {message.entry.data}" for message in messages]))


def somebody_else(folder: Path) -> None:
    other_app = cdk.App(outdir=str(folder / "other"))
    stack = cdk.Stack(other_app, "Game")
    code = lambda_.Code.from_inline("def handler(event, context): return {'statusCode': 200}")
    function = lambda_.Function(stack, "Play", code=code, handler="index.handler", runtime=lambda_.Runtime.PYTHON_3_13)
    api = RealtimeApi(
        stack,
        "Moves",
        connect=function,
        default=function,
        routes={"chess:move": function, "chess:resign": function},
        answers=True,
        fixed_id="gamelocal",
        stage="play",
        log_group=logs.LogGroup(stack, "Log"),
        throttle=apigatewayv2.ThrottleSettings(rate_limit=10, burst_limit=20),
        connect_throttle=apigatewayv2.ThrottleSettings(rate_limit=1, burst_limit=2),
        account_log_role=False,
    )
    function.add_environment("CALLBACK_URL", api.callback_url)
    cdk.CfnOutput(stack, "Url", value=api.url)
    site = WebSite(
        stack,
        "Board",
        api_host=api.host,
        api_path=api.path,
        socket_path="/moves",
        price_class="all",
        domain="game.example.com",
        certificate_arn=CERTIFICATE,
        web_acl_arn=ACL,
    )
    function.add_environment("PAGE", site.url)
    other_app.synth()


if __name__ == "__main__":
    chat(Path(sys.argv[1]))
    somebody_else(Path(sys.argv[1]))
