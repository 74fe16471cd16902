"""Where a deployment goes: which profile, which region, which account. Decided once, for the CDK and for boto3 alike.

The CDK CLI and boto3 look for a region in different places, so that one operator's stack could lie in one region and
its parameter in another. Here the order is the CLI's own (`AwsCliCompatible.region`, aws-cdk 2.1148), and whatever it
leads to is handed to both:

| looked at in this order | |
|---|---|
| `AWS_REGION`, `AMAZON_REGION`, `AWS_DEFAULT_REGION`, `AMAZON_DEFAULT_REGION` | in the environment, or in `.env` |
| `region` of the profile: `--profile`, `AWS_PROFILE`, `AWS_DEFAULT_PROFILE` | credentials file before config file |
| `region` of the profile `default` | also where another profile has none |
| `CDK_DEFAULT_REGION` | which the CLI sets itself, for its apps |

Where none says anything the CLI would ask EC2's metadata service, then take us-east-1. A region that was not chosen is
the wrong place for what people say, so this stops there.
"""

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound, SSOError

FROM_ENVIRONMENT = ("AWS_REGION", "AMAZON_REGION", "AWS_DEFAULT_REGION", "AMAZON_DEFAULT_REGION")
PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
CALLS = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 2})
"""An operator waits for the answer: what cannot be reached is said after seconds, not minutes."""

LOCAL_KEY = "test"
"""Key and secret of the local cloud's root user."""

NOT_NAMED = (
    "no region is named: `AWS_REGION=eu-central-1 make …` names one, or `region` of your profile in ~/.aws/config"
)


class TargetError(RuntimeError):
    """The account or the region is not known; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One region, and whose credentials.

    Attributes:
        region: Where the stack and its parameters are.
        named_by: What says so, for people.
        profile: Of the credentials; `None`: the environment's, or the default ones.
        endpoint: The local cloud, which stands for all of AWS; `None`: AWS.
    """

    region: str
    named_by: str
    profile: str | None = None
    endpoint: str | None = None

    @cached_property
    def session(self) -> boto3.Session:
        """The operator's, or the local cloud's. Raises botocore's `ProfileNotFound`."""
        if self.endpoint:
            return boto3.Session(aws_access_key_id=LOCAL_KEY, aws_secret_access_key=LOCAL_KEY, region_name=self.region)
        return boto3.Session(profile_name=self.profile, region_name=self.region)

    def client(self, service: str, *, region: str | None = None) -> Any:
        """Return a boto3 client. Raises botocore's `ProfileNotFound`."""
        made: Any = self.session.client(  # type: ignore[call-overload]
            service, region_name=region or self.region, endpoint_url=self.endpoint, config=CALLS
        )
        return made

    def account(self) -> str:
        """Return the account's id: the first call of AWS. Raises TargetError in words if it fails."""
        try:
            return str(self.client("sts").get_caller_identity()["Account"])
        except ProfileNotFound as exc:
            raise TargetError(f"the profile {self.profile} is not in ~/.aws/config or ~/.aws/credentials") from exc
        except NoCredentialsError as exc:
            raise TargetError(
                "AWS credentials are missing: `aws configure` keeps some, AWS_PROFILE=… or "
                'ARGS="--profile …" names some that are kept'
            ) from exc
        except SSOError as exc:
            login = f"aws sso login --profile {self.profile}" if self.profile else "aws sso login"
            raise TargetError(f"the sign-in has ended: `{login}` begins another ({exc})") from exc
        except ClientError as exc:
            error = exc.response["Error"]
            raise TargetError(f"AWS refuses these credentials: {error['Code']}, {error['Message']}") from exc
        except BotoCoreError as exc:
            raise TargetError(f"AWS cannot be asked who you are: {exc}") from exc

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return what the CDK CLI is started with: the region that was decided, whatever else was said of one."""
        others = {name: value for name, value in given.items() if name not in FROM_ENVIRONMENT}
        return others | {"AWS_REGION": self.region}


def adopt(given: Mapping[str, str], environment: MutableMapping[str, str] = os.environ) -> None:
    """Let what `.env` says of AWS (`AWS_PROFILE`, say) hold for boto3, too, which reads the environment alone."""
    for name, value in given.items():
        if name.startswith(("AWS_", "AMAZON_")):
            environment.setdefault(name, value)


def find(given: Mapping[str, str], profile: str | None = None) -> Target:
    """Return the region that the settings and the files of AWS lead to. Raises TargetError if there is none."""
    profile = profile or next(filter(None, map(given.get, PROFILES)), None)
    for name in FROM_ENVIRONMENT:
        if given.get(name):
            return Target(region=given[name], named_by=name, profile=profile)
    kept = botocore.session.Session().full_config["profiles"]
    for name in filter(None, (profile, "default")):
        if region := kept.get(name, {}).get("region"):
            return Target(region=region, named_by=f"the profile {name}", profile=profile)
    if given.get("CDK_DEFAULT_REGION"):
        return Target(region=given["CDK_DEFAULT_REGION"], named_by="CDK_DEFAULT_REGION", profile=profile)
    raise TargetError(NOT_NAMED)
