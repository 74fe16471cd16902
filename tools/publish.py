"""`make publish`: the built page into the bucket of a deployment, with what it has to know. `make deploy` ends with it.

The page's stack makes the place and says what the page has to know, this fills it, by the operator's credentials:
nothing that runs in a stack may write there. Again whenever the page or the list of agents has changed; it takes
seconds.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import dotenv
from serverless_socketio.aws.table import DynamoTable
from serverless_socketio.exceptions import StoreError
from serverless_socketio_chat.accounts.directory import Directory
from tools import deployed, site_files, target
from tools.site_files import File, SiteError

ROOT = Path(__file__).parents[1]
OUTPUTS = "outputs.json"
PAGE = ROOT / "web" / "dist"  # `make page` builds it, with what it names by content under `assets/`
CONFIG = "config.json"

NO_SITE = "no page is in {}: it was left out (web_site=false), or its stack could not be deployed"

Outputs = Mapping[str, str]
"""Of all stacks of a deployment."""


def main(arguments: Sequence[str]) -> None:
    """Publish, or say why not."""
    parser = argparse.ArgumentParser(prog="make publish", description="Put the page into its bucket.")
    parser.add_argument("--outputs-file", type=Path, default=ROOT / OUTPUTS, help="what `make deploy` wrote")
    parser.add_argument("--profile", help="of the AWS credentials")
    options = parser.parse_args(arguments)
    target.adopt(dotenv.settings(ROOT / ".env", os.environ))
    if not options.outputs_file.exists():
        sys.exit(f"{options.outputs_file} does not exist: `make deploy` writes it")
    outputs = site_of(json.loads(options.outputs_file.read_text()))
    if outputs is None:
        sys.exit(f"Nothing was published: {NO_SITE.format(options.outputs_file)}")
    publish(outputs, options.profile)


def site_of(stacks: Mapping[str, Outputs]) -> Outputs | None:
    """Return the outputs of a deployment that has a site; the chat's stack knows the agents, the page's the bucket."""
    outputs = deployed.outputs_of(stacks)
    return outputs if "BucketSite" in outputs else None


def publish(outputs: Outputs, profile: str | None = None) -> None:
    """Put the built page into its bucket. What fails ends the process: the chat works without."""
    try:
        fill(outputs, PAGE, boto3.Session(profile_name=profile, region_name=outputs["Region"]))
    except (SiteError, StoreError, BotoCoreError, ClientError) as exc:
        sys.exit(f"The page was not published, `make publish` tries again: {exc}")
    print(f"published: {outputs['SiteUrl']}", file=sys.stderr)  # noqa: T201


def fill(outputs: Outputs, page: Path, aws: boto3.Session) -> None:
    """Put a built page and its `config.json` into its bucket, or raise SiteError.

    The page is told what its stack says and the agents that there are. Users bring their own keys.
    """
    directory = Directory(DynamoTable(outputs["TableConversations"], client=aws.client("dynamodb")))
    agents = [{"agentId": agent.agent_id, "name": agent.name} for agent in directory.agents()]
    config = {**json.loads(outputs["SiteConfig"]), "users": [], "agents": agents}
    files = [*site_files.read(page), File(CONFIG, json.dumps(config).encode())]
    site_files.put(aws.client("s3"), outputs["BucketSite"], files)


if __name__ == "__main__":
    main(sys.argv[1:])
