"""A process of its own: writes the chat's assembly with cdk-nag's findings, and those of other people's apps."""

import json
import runpy
import sys
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aws_cdk as cdk
import cdk_nag
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

import app
from infra.constructs.site_log import SiteLog
from infra.constructs.web_site import WebSite
from serverless_socketio.cdk import Functions, SocketIoApi
from serverless_socketio.cdk.bundling import BundlingError
from serverless_socketio.cdk.websocket_api import WebSocketApi

POLLING = "polls.execute-api.{}.amazonaws.com"
ACL = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/game/00000000-0000-0000-0000-000000000000"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"

NO_BUNDLING: dict[str, Any] = {"aws:cdk:bundling-stacks": []}
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


def sign_in(folder: Path) -> None:
    """The chat with a user pool, and with an issuer that is named."""
    pool = {"stack_name": "Pool", "cognito": "new", "page_url": "https://chat.example.com"}
    named = {"stack_name": "Named", "auth_issuer": "https://login.example.com/a", "auth_audience": "chat"}
    named |= {"long_polling": "false", "frames": "async"}
    findings = []
    for context in (pool, named):
        made = app.build(str(folder / context["stack_name"].lower()), {**context, **NO_BUNDLING}, VAPID)
        cdk.Aspects.of(made).add(cdk_nag.AwsSolutionsChecks())
        findings += [f"{each.id}: {each.entry.data}" for stack in made.synth().stacks for each in stack.messages]
    (folder / "sign_in_nag.json").write_text(json.dumps(findings))


def told(folder: Path) -> None:
    """The chat whose alarms tell a topic, with nothing built and nothing staged: its template alone is of interest."""
    quick = {"bundle_for": "local", "aws:cdk:bundling-stacks": [], "aws:cdk:disable-asset-staging": True}
    overrides = {"alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:operators", **quick}
    app.build(str(folder / "told"), overrides, {}).synth()  # type: ignore[arg-type]  # as `local.assembly` has them


def somebody_else(folder: Path) -> None:
    other_app = cdk.App(outdir=str(folder / "other"))
    stack = cdk.Stack(other_app, "Game")
    code = lambda_.Code.from_inline("def handler(event, context): return {'statusCode': 200}")
    function = lambda_.Function(stack, "Play", code=code, handler="index.handler", runtime=lambda_.Runtime.PYTHON_3_13)
    api = WebSocketApi(
        stack,
        "Moves",
        connect=function,
        default=function,
        routes={"chess:move": function, "chess:resign": function},
        answers=True,
        fixed_id="gamelocal",
        stage="play",
        log_group=logs.LogGroup(stack, "Log"),
        throttle=(10, 20),
        connect_throttle=(1, 2),
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
        polling_domain=POLLING.format(cdk.Aws.REGION),
        price_class="all",
        domain="game.example.com",
        certificate_arn=CERTIFICATE,
        web_acl_arn=ACL,
    )
    function.add_environment("PAGE", site.url)
    SiteLog(stack, "BoardLog", distribution=site.distribution, log_days=14)
    other_app.synth()


def lobby(folder: Path) -> None:
    """The example of the library's page, as its own file makes it."""
    with patch.object(cdk, "App", partial(cdk.App, outdir=str(folder / "lobby"))):
        made = runpy.run_path(str(app.ROOT / "docs" / "examples" / "library" / "stack.py"))["app"]
    cdk.Aspects.of(made).add(cdk_nag.AwsSolutionsChecks())
    (stack,) = made.synth(force=True).stacks
    (folder / "lobby_nag.json").write_text(json.dumps([f"{each.id}: {each.entry.data}" for each in stack.messages]))


def shop(folder: Path) -> None:
    """A stack in which others emit, too: a function, and a role of anything else."""
    other_app = cdk.App(outdir=str(folder / "shop"), context={"aws:cdk:bundling-stacks": []})
    stack = cdk.Stack(other_app, "Shop")
    api = SocketIoApi(stack, "Socket", app=app.ROOT / "docs" / "examples" / "library" / "app.py")
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    orders = lambda_.Function(stack, "Orders", code=code, handler="index.handler", runtime=lambda_.Runtime.PYTHON_3_13)
    api.grant_emit(orders)
    api.grant_emit(iam.Role(stack, "TaskRole", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com")))
    refused: list[str] = []
    wrongs: list[dict[str, Any]] = [
        {},
        {"app": "app.py", "functions": api.functions},
        {"app": "nowhere.py"},
        {"functions": Functions(frames=orders, background=orders)},
        {"app": app.ROOT / "docs" / "examples" / "library" / "app.py", "frames": "async", "answer_in_response": True},
    ]
    for wrong in wrongs:
        try:
            SocketIoApi(stack, f"Wrong{len(refused)}", **wrong)
        except (ValueError, BundlingError) as exc:
            refused.append(str(exc))
    (folder / "refused.json").write_text(json.dumps(refused))
    other_app.synth()


if __name__ == "__main__":
    for make in (chat, sign_in, told, somebody_else, lobby, shop):
        make(Path(sys.argv[1]))
