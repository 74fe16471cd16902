"""One region for the stack and its parameters, wherever it is named; and what is said without an account to ask."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError, UnauthorizedSSOTokenError

from tests.aws_answers import AnsweredTarget
from tools import cdk
from tools.target import Target, TargetError, adopt, find

CONFIG = """
[default]
region = eu-west-1
[profile chat]
region = eu-north-1
[profile bare]
output = json
"""


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """AWS's files and environment are this test's."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    (tmp_path / "config").write_text(CONFIG)
    return tmp_path


@pytest.mark.parametrize(
    ("given", "profile", "region"),
    [
        ({"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-east-2"}, "chat", "us-west-2"),
        ({"AWS_DEFAULT_REGION": "us-east-2", "CDK_DEFAULT_REGION": "sa-east-1"}, None, "us-east-2"),
        ({}, "chat", "eu-north-1"),
        ({"AWS_PROFILE": "chat"}, None, "eu-north-1"),
        ({"AWS_PROFILE": "chat"}, "bare", "eu-west-1"),
        ({"AWS_REGION": ""}, None, "eu-west-1"),
        ({"AWS_PROFILE": "bare"}, None, "eu-west-1"),  # as the CDK has it; boto3 alone would take another
    ],
)
def test_the_region_is_that_of_the_cdk(given: Mapping[str, str], profile: str | None, region: str) -> None:
    target = find(given, profile)
    assert target.region == target.session.region_name == region
    assert target.environment(given)["AWS_REGION"] == region
    assert "AWS_DEFAULT_REGION" not in target.environment(given)


def test_the_credentials_file_comes_before_the_config_file(own_files: Path) -> None:
    (own_files / "credentials").write_text(
        "[chat]\naws_access_key_id = a\naws_secret_access_key = b\nregion = ap-south-1\n"
    )
    target = find({}, "chat")
    assert target.region == target.client("ssm").meta.region_name == "ap-south-1"


def test_a_region_that_nobody_names_stops(own_files: Path) -> None:
    (own_files / "config").write_text("")
    with pytest.raises(TargetError, match="no region is named: `AWS_REGION="):
        find({})
    assert find({"CDK_DEFAULT_REGION": "sa-east-1"}).region == "sa-east-1"


def test_what_the_dotenv_says_of_aws_holds_for_boto3_and_the_environment_wins() -> None:
    environment = {"AWS_REGION": "eu-west-3"}
    adopt({"AWS_REGION": "us-east-1", "AWS_PROFILE": "chat", "VAPID_PRIVATE_KEY": "secret"}, environment)
    assert environment == {"AWS_REGION": "eu-west-3", "AWS_PROFILE": "chat"}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("InvalidClientTokenId: The security token is invalid", "AWS refuses these credentials: InvalidClientTokenId"),
        ("ExpiredToken: The token has expired", "AWS refuses these credentials: ExpiredToken"),
    ],
)
def test_credentials_that_are_refused_are_told_in_aws_own_words(answer: str, says: str) -> None:
    with pytest.raises(TargetError, match=says) as told:
        AnsweredTarget(region="eu-west-1", named_by="a test", answers={"GetCallerIdentity": answer}).account()
    assert isinstance(told.value.__cause__, ClientError)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NoCredentialsError(), "AWS credentials are missing: `aws configure`"),
        (UnauthorizedSSOTokenError(), "the sign-in has ended: `aws sso login --profile chat`"),
        (ConnectTimeoutError(endpoint_url="https://sts"), "AWS cannot be asked who you are"),
    ],
)
def test_whoever_cannot_be_asked_is_told_what_to_do(error: Exception, says: str) -> None:
    class Unreachable(Target):
        def client(self, service: str, *, region: str | None = None) -> None:
            raise error

    with pytest.raises(TargetError, match=says):
        Unreachable(region="eu-west-1", named_by="a test", profile="chat").account()


def test_a_profile_that_does_not_exist_is_named() -> None:
    with pytest.raises(TargetError, match="the profile nobody is not in"):
        Target(region="eu-west-1", named_by="a test", profile="nobody").account()


def test_context_is_passed_as_the_cdk_takes_it() -> None:
    assert list(cdk.context({"a": "1", "b": "2"})) == ["-c", "a=1", "-c", "b=2"]
