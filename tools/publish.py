"""`make publish`: the built page into the bucket of a deployment, with what it has to know. `make deploy` ends with it.

The stack makes the place and says what the page has to know, this fills it, by the operator's credentials: nothing that
runs in the stack may write there. Again whenever the page or the list of agents has changed; it takes seconds.
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
from tools import site_files, target
from tools.site_files import File, SiteError

ROOT = Path(__file__).parents[1]
OUTPUTS = "outputs.json"
PAGE = ROOT / "web" / "dist"  # `make page` builds it, with what it names by content under `assets/`
CONFIG = "config.json"

Outputs = Mapping[str, str]
"""A stack's, as `cdk deploy --outputs-file` writes them under the stack's name."""


def main(arguments: Sequence[str]) -> None:
    """Publish, or say why not."""
    parser = argparse.ArgumentParser(prog="make publish", description="Put the page into its bucket.")
    parser.add_argument("--outputs-file", type=Path, default=ROOT / OUTPUTS, help="what `make deploy` wrote")
    parser.add_argument("--profile", help="of the AWS credentials")
    options = parser.parse_args(arguments)
    target.adopt(dotenv.settings(ROOT / ".env", os.environ))
    if not options.outputs_file.exists():
        sys.exit(f"{options.outputs_file} does not exist: `make deploy` writes it")
    stack = site_of(json.loads(options.outputs_file.read_text()))
    if stack is None:
        sys.exit(f"No stack in {options.outputs_file} has a site: it was deployed with web_site=false")
    publish(stack, options.profile)


def site_of(stacks: Mapping[str, Outputs]) -> Outputs | None:
    """Return the outputs of the stack that has a site, if one has."""
    return next((outputs for outputs in stacks.values() if "BucketSite" in outputs), None)


def publish(stack: Outputs, profile: str | None = None) -> None:
    """Put the built page into the stack's bucket. What fails ends the process: the stack works without."""
    try:
        fill(stack, PAGE, boto3.Session(profile_name=profile, region_name=stack["Region"]))
    except (SiteError, StoreError, BotoCoreError, ClientError) as exc:
        sys.exit(f"The page was not published, `make publish` tries again: {exc}")
    print(f"published: {stack['SiteUrl']}", file=sys.stderr)  # noqa: T201


def fill(stack: Outputs, page: Path, aws: boto3.Session) -> None:
    """Put a built page and its `config.json` into the stack's bucket, or raise SiteError.

    The page is told what the stack says and the agents that there are. Users bring their own keys.
    """
    directory = Directory(DynamoTable(stack["TableConversations"], client=aws.client("dynamodb")))
    agents = [{"agentId": agent.agent_id, "name": agent.name} for agent in directory.agents()]
    config = {**json.loads(stack["SiteConfig"]), "users": [], "agents": agents}
    files = [*site_files.read(page), File(CONFIG, json.dumps(config).encode())]
    site_files.put(aws.client("s3"), stack["BucketSite"], files)


if __name__ == "__main__":
    main(sys.argv[1:])
