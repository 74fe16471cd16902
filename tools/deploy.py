"""`make deploy`: the private key that signs web pushes into an encrypted parameter, `cdk deploy`, then the page.

The key goes from `.env`, or the environment, straight to AWS, by the operator's credentials. The CDK and its template
know the parameter's name alone. What cannot work stops here, before anything is deployed, by the checks of synthesis.

Arguments are handed on to `cdk deploy`, e.g. ``ARGS="-c large_room=500 --profile chat" make deploy``.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra import config, dotenv, vapid
from tools.publish import OUTPUTS, publish, site_of

ROOT = Path(__file__).parents[1]
PRIVATE = "VAPID_PRIVATE_KEY"
CDK = ("npx", "--no-install", "cdk", "deploy")
NO_KEYS = (
    "there are no VAPID keys, which sign web pushes. `make vapid-keys` makes a pair, once for all your deployments; "
    "`PUSH=false make deploy` deploys without web push"
)


@dataclass(frozen=True)
class Plan:
    """What is to be deployed.

    Attributes:
        parameter: Name of the parameter that keeps the private key.
        private: The key, or `None`: web push is off.
        environment: What the CDK may know.
    """

    parameter: str
    private: str | None
    environment: dict[str, str]


def main() -> None:
    """Deploy, or say in one line why not."""
    arguments = sys.argv[1:]
    options = _known(arguments)
    try:
        wanted = plan(arguments, dotenv.settings(ROOT / ".env", os.environ))
        _keep_key(wanted, options.profile)
    except config.ConfigError as exc:
        sys.exit(f"Configuration: {exc}")
    except (BotoCoreError, ClientError) as exc:
        sys.exit(f"The private VAPID key cannot be put into {wanted.parameter}: {exc}")
    outputs = [] if options.outputs_file else ["--outputs-file", OUTPUTS]
    command = [*CDK, *outputs, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=wanted.environment, check=False)  # noqa: S603
    if done.returncode == 0:
        _publish(ROOT / (options.outputs_file or OUTPUTS), options.profile)
    sys.exit(done.returncode)


def plan(arguments: Sequence[str], given: Mapping[str, str]) -> Plan:
    """Check settings, keys and subject. Raises `infra.config.ConfigError`, also where there are no keys."""
    environment = {name: value for name, value in given.items() if name != PRIVATE}
    is_off = given.get("PUSH", "true").lower() == "false"
    if is_off:
        environment |= dict.fromkeys(config.FROM_ENVIRONMENT["vapid_public_key"], "")
    overrides = dict(config.pair(item) for item in _known(arguments).context)
    settings = config.read((config.defaults() | overrides).get, environment)
    if is_off:
        return Plan(settings.vapid_parameter, None, environment)
    private = _private(given.get(PRIVATE, ""))
    if not settings.vapid_public_key and not private:
        raise config.ConfigError(NO_KEYS)
    if not vapid.is_pair(settings.vapid_public_key, private):
        raise config.ConfigError(
            f"VAPID_PUBLIC_KEY is not that of {PRIVATE}: both must come from one pair, as `make vapid-keys` makes it"
        )
    return Plan(settings.vapid_parameter, private, environment)


def _private(text: str) -> str:
    try:
        return vapid.private_key(text) if text else ""
    except ValueError as exc:
        raise config.ConfigError(f"{PRIVATE} is {exc}, but must be {vapid.PRIVATE_WANTED}") from exc


def _keep_key(wanted: Plan, profile: str | None) -> None:
    if wanted.private is None:
        _say("web push is off")
        return
    if vapid.store(_ssm(profile), wanted.parameter, wanted.private):
        _say("the VAPID key is another than before: browsers that subscribed with the old one must subscribe again")


def _publish(outputs: Path, profile: str | None) -> None:
    """Publish the page if the stack has a site. No file: nothing was deployed, e.g. with `--no-execute`."""
    stack = site_of(json.loads(outputs.read_text())) if outputs.exists() else None
    if stack:
        publish(stack, profile)


def _ssm(profile: str | None) -> Any:
    """Return a client for the account and the region that the CDK takes."""
    session = boto3.Session(profile_name=profile)
    region = os.environ.get("AWS_REGION") or session.region_name or "us-east-1"
    return session.client("ssm", region_name=region)


def _known(arguments: Sequence[str]) -> argparse.Namespace:
    """Return those of the CDK's options that matter here, too."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-c", "--context", action="append", default=[])
    parser.add_argument("--profile")
    parser.add_argument("--outputs-file")
    return parser.parse_known_args(list(arguments))[0]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
