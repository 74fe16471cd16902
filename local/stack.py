"""Brings the stack up on a running cloud, from the assembly to the line `ready:`."""

import asyncio
import gc
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from infra.vapid import store
from local import aws, demo, outputs, vapid
from local.assembly import Assembly
from local.cloud import Cloud
from local.deploy import Deployer, Deployment, DeploymentError
from local.engine import apis, borrowed
from local.outputs import Running, SignIn
from local.progress import say, step
from local.warm import start_workers, warm
from local.watch import watch


@dataclass(frozen=True)
class Fed:
    """A stack with its demo data.

    Attributes:
        deployment: What CloudFormation made.
        running: What clients need.
    """

    deployment: Deployment
    running: Running


async def bring_up(cloud: Cloud, assembly: Assembly, web_port: int) -> None:
    """Deploy, feed, warm, say ready; then keep the functions as their sources are, until the run ends."""
    await cloud.edge.started.wait()
    cloud.publish_management_url()
    fed = await asyncio.to_thread(_deploy_and_feed, cloud, assembly, web_port)
    await cloud.keep()
    cloud.site.config = fed.running.page_config()
    if fed.running.sign_in:
        cloud.site.allow(fed.running.sign_in.issuer, cloud.settings.page_origins)
    cloud.edge.is_open = True
    functions = fed.running.resources["functions"]
    with step("Warming the functions"):
        await warm(cloud, web_port, fed.running.users[-1].api_key, functions["streamer"])
    outputs.write(cloud.settings.outputs, fed.running.outputs())
    if not cloud.site.is_built:
        say("  The page is not built yet: `make page` does it, and a reload shows it.")
    gc.collect()
    gc.freeze()  # what is here now stays: looking through it again and again costs 20 ms each time
    say(f"ready: {fed.running.url}")
    if cloud.settings.watch:
        await watch(cloud, assembly, fed.deployment, functions["streamer"])


async def bring_up_app(cloud: Cloud, assembly: Assembly, web_port: int) -> None:
    """Deploy the stack of another CDK app, say where it is; then keep its functions as their sources are."""
    await cloud.edge.started.wait()
    cloud.publish_management_url()
    deployment = await asyncio.to_thread(_deploy, cloud, assembly, cloud.settings.functions)
    await cloud.keep()
    cloud.edge.is_open = True
    api = _api()
    where = outputs.addresses(web_port, cloud.engine_port, api.id, api.stages[0])
    outputs.write(cloud.settings.outputs, {**where, "outputs": dict(deployment.outputs)})
    say(f"  Socket.IO at the path {where['socketPath']}; where everything is: {cloud.settings.outputs}")
    say(f"ready: {where['url']}")
    if cloud.settings.watch:
        await watch(cloud, assembly, deployment)


async def open_bare(cloud: Cloud, web_port: int) -> None:
    """Take connections to whatever another process deploys."""
    await cloud.edge.started.wait()
    await asyncio.to_thread(borrowed.complete_templates)
    await cloud.keep()
    cloud.edge.is_open = True
    say(f"ready: http://localhost:{web_port}")


def _deploy(cloud: Cloud, assembly: Assembly, overrides: Mapping[str, str]) -> Deployment:
    with step("Deploying the stack"):
        borrowed.complete_templates()
        deployment = Deployer(cloud.endpoint).deploy(assembly, overrides)
        cloud.publish_management_url()
    return deployment


def _deploy_and_feed(cloud: Cloud, assembly: Assembly, web_port: int) -> Fed:
    deployment = _deploy(cloud, assembly, {**cloud.overrides, **_vapid(cloud, assembly)})
    names = outputs.resources(deployment.outputs)
    cloud.reporter.names = {physical: own for own, physical in names["functions"].items()}
    cloud.sight.resources = names
    with step("Feeding users and agents"), ThreadPoolExecutor(1) as beside:
        beside.submit(start_workers, cloud, names["functions"])  # it imports on another processor
        people = demo.users(cloud.settings.home / "demo-keys.json", cloud.settings.demo_users)
        directory = _directory(cloud, names["tables"]["conversations"])
        demo.feed(directory, people)
        if issuer := cloud.overrides.get("AUTH_ISSUER"):  # between two runs it may have made other keys
            directory.forget_issuer(issuer)
    _start_ticking(cloud, names["functions"]["sweeper"])
    return Fed(deployment, _running(cloud, web_port, names, people))


def _vapid(cloud: Cloud, assembly: Assembly) -> dict[str, str]:
    """Put the private key where the stack looks for it, as `make deploy` does; the variables that go with it."""
    public, private = vapid.pair(cloud.settings)
    for name in assembly.values_of("VAPID_PARAMETER"):
        store(aws.client("ssm", cloud.endpoint), name, private)
    return {"VAPID_PUBLIC_KEY": public, "VAPID_SUBJECT": cloud.settings.vapid_subject}


def _running(cloud: Cloud, web_port: int, names: dict[str, dict[str, str]], people: list[demo.DemoUser]) -> Running:
    api = _api()
    return Running(
        port=web_port,
        engine_port=cloud.engine_port,
        api=api.id,
        stage=api.stages[0],
        vapid_public_key=vapid.pair(cloud.settings)[0],
        users=people,
        resources=names,
        enable_websockets=cloud.settings.functions.get("ENABLE_WEBSOCKETS", "true").lower() == "true",
        sign_in=_sign_in(cloud),
    )


def _sign_in(cloud: Cloud) -> SignIn | None:
    """What the page is told of an issuer; `None` if there is none, or the page is unknown there."""
    client, scope = cloud.settings.page_client
    issuer = cloud.overrides.get("AUTH_ISSUER")
    client = cloud.overrides.get("AUTH_CLIENT_ID", client)
    return SignIn(issuer, client, scope) if issuer and client else None


def _api() -> apis.WebSocketApi:
    if api := apis.deployed():
        return api
    raise DeploymentError("The stack has no WebSocket API.")


def _directory(cloud: Cloud, table: str) -> demo.Directory:
    from serverless_socketio.aws.table import DynamoTable
    from serverless_socketio_chat.accounts.directory import Directory

    return Directory(DynamoTable(table, client=aws.client("dynamodb", cloud.endpoint)))


def _start_ticking(cloud: Cloud, sweeper: str) -> None:
    """Do once what the schedule does every minute: its first time comes a minute after the first deployment."""
    payload = json.dumps({"schedule": "ticks"})
    aws.client("lambda", cloud.endpoint).invoke(FunctionName=sweeper, InvocationType="Event", Payload=payload)
