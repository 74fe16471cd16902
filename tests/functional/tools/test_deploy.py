"""`make deploy` before the CDK comes: what stops it, and where the private key goes."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra import config, vapid
from tests.aws_answers import AnsweredTarget
from tools.deploy import deploy, main, plan
from tools.target import TargetError

PUBLIC, PRIVATE = vapid.make_pair()
GIVEN = {"VAPID_PUBLIC_KEY": PUBLIC, "VAPID_PRIVATE_KEY": PRIVATE, "VAPID_SUBJECT": "mailto:ops@chat.dev"}
PARAMETER = "/serverless-socketio-push/Chat/vapid-private-key"


@pytest.fixture
def ssm() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("ssm", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


def test_the_cdk_is_told_all_but_the_private_key() -> None:
    wanted = plan([], GIVEN | {"ALLOWED_ORIGINS": "https://chat.dev"})
    assert (wanted.settings.vapid_parameter, wanted.private) == (PARAMETER, PRIVATE)
    assert wanted.environment == {
        "VAPID_PUBLIC_KEY": PUBLIC,
        "VAPID_SUBJECT": "mailto:ops@chat.dev",
        "ALLOWED_ORIGINS": "https://chat.dev",
    }


def test_what_is_about_to_be_deployed_is_priced_before_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["deploy", "-c", "profile=thrifty"])
    monkeypatch.setattr("tools.deploy.dotenv.settings", lambda *_: {"PUSH": "false", "CDK_DEFAULT_REGION": "eu-west-1"})

    def first_call(_: object) -> str:
        said = capsys.readouterr().err
        assert "a month idle" in said
        assert "list prices" in said
        raise TargetError("enough")

    monkeypatch.setattr("tools.deploy.target.Target.account", first_call)
    with pytest.raises(SystemExit, match="Nothing was deployed: enough"):
        main()


def test_the_parameter_is_that_of_the_stack_which_the_arguments_name() -> None:
    wanted = plan(["-c", "stack_name=Mine", "--profile", "chat", "--context", "model_secrets_prefix=acme"], GIVEN)
    assert wanted.settings.vapid_parameter == "/acme-push/Mine/vapid-private-key"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"VAPID_PUBLIC_KEY": "", "VAPID_PRIVATE_KEY": ""}, "`make vapid-keys` makes a pair"),
        ({"VAPID_PRIVATE_KEY": ""}, "is not that of VAPID_PRIVATE_KEY"),
        ({"VAPID_PUBLIC_KEY": ""}, "is not that of VAPID_PRIVATE_KEY"),
        ({"VAPID_PUBLIC_KEY": vapid.make_pair()[0]}, "is not that of VAPID_PRIVATE_KEY"),
        ({"VAPID_PRIVATE_KEY": "AAAA"}, "VAPID_PRIVATE_KEY is 3 bytes long"),
        ({"VAPID_PRIVATE_KEY": 43 * "A"}, "VAPID_PRIVATE_KEY is"),  # zero is no key
        ({"VAPID_PUBLIC_KEY": "nonsense"}, "vapid_public_key is"),
        ({"VAPID_SUBJECT": ""}, "vapid_subject is '', but must be a contact"),
        ({"VAPID_SUBJECT": "mailto:ops@localhost"}, "vapid_subject is"),
        ({"PUSH_HOSTS": "127.0.0.1"}, "push_hosts is"),
        ({"ALLOWED_ORIGINS": "chat"}, "allowed_origins is"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_deployed(changes: Mapping[str, str], says: str) -> None:
    with pytest.raises(config.ConfigError, match=says) as told:
        plan([], GIVEN | dict(changes))
    assert PRIVATE not in str(told.value)


def test_web_push_can_be_left_out_and_then_no_key_goes_anywhere() -> None:
    wanted = plan([], GIVEN | {"PUSH": "false"})
    assert wanted.private is None
    assert wanted.environment["VAPID_PUBLIC_KEY"] == ""
    assert "VAPID_PRIVATE_KEY" not in wanted.environment


class Cdk:
    """The CDK's CLI: writes the outputs of the one stack of a command, unless that stack is refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, file: Path, refused: str = "") -> None:
        self.deployed: list[str] = []
        self.told: list[list[str]] = []
        self._file = file
        self._refused = refused
        monkeypatch.setattr("tools.cdk.run", self._run)

    def _run(self, _chosen: object, _environment: object, command: str, stack: str, *options: str) -> int:
        assert (command, options[0]) == ("deploy", "--exclusively")
        if stack == self._refused:
            return 1
        self.deployed.append(stack)
        self.told.append([word for word in options if word.startswith("page_url=")])
        self._file.write_text(json.dumps({stack: OUTPUTS[stack]}))
        return 0


OUTPUTS = {"Chat": {"WebSocketUrl": "wss://x"}, "Chat-site": {"BucketSite": "b"}}
LOCKED = "Your account must be verified before you can add new CloudFront resources"


def aws(reason: str = "") -> AnsweredTarget:
    failed = {"ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": reason, "ResourceType": "X"}
    events = {"StackEvents": [failed]}
    return AnsweredTarget(region="eu-central-1", named_by="a test", answers={"DescribeStackEvents": events})


def test_the_chat_is_deployed_before_its_page_and_the_outputs_are_of_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cdk = Cdk(monkeypatch, tmp_path / "outputs.json")
    assert deploy(aws(), plan([], GIVEN), tmp_path / "outputs.json", []) == 0
    assert cdk.deployed == ["Chat", "Chat-site"]
    assert json.loads((tmp_path / "outputs.json").read_text()) == OUTPUTS


PAGE = "page_url=https://d1.cloudfront.net"
SITE = {"StackStatus": "CREATE_COMPLETE", "Outputs": [{"OutputKey": "SiteUrl", "OutputValue": PAGE.partition("=")[2]}]}


@pytest.mark.parametrize(
    ("context", "stacks", "told"),
    [
        ("cognito=new", [], [[], [], [PAGE]]),
        ("cognito=new", [SITE], [[PAGE], [PAGE]]),
        ("page_url=https://chat.dev", [], [[], []]),
        ("web_site=true", [SITE], [[], []]),
    ],
    ids=["first", "later", "by-hand", "no-pool"],
)
def test_a_user_pool_is_told_where_the_page_is_once_that_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, context: str, stacks: list[Any], told: list[list[str]]
) -> None:
    monkeypatch.setitem(OUTPUTS, "Chat-site", {"BucketSite": "b", "SiteUrl": PAGE.partition("=")[2]})
    missing = "ValidationError: Stack with id Chat-site does not exist"
    target = AnsweredTarget(
        region="eu-central-1",
        named_by="a test",
        answers={
            "DescribeStacks": {"Stacks": stacks} if stacks else missing,
            "GetTemplate": {"TemplateBody": {"Resources": {}}},
        },
    )
    cdk = Cdk(monkeypatch, tmp_path / "outputs.json")
    assert deploy(target, plan(["-c", context], GIVEN), tmp_path / "outputs.json", []) == 0
    assert cdk.told == told
    assert cdk.deployed == ["Chat", "Chat-site", "Chat"][: len(told)]


def test_a_page_that_cloudfront_refuses_leaves_the_chat_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cdk = Cdk(monkeypatch, tmp_path / "outputs.json", refused="Chat-site")
    assert deploy(aws(LOCKED), plan([], GIVEN), tmp_path / "outputs.json", []) == 1
    assert cdk.deployed == ["Chat"]
    assert json.loads((tmp_path / "outputs.json").read_text()) == {"Chat": OUTPUTS["Chat"]}
    said = capsys.readouterr().err
    assert "To do: CloudFront is locked in this account" in said
    assert "The chat (Chat) is deployed" in said


def test_a_chat_that_fails_has_no_page_tried_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cdk = Cdk(monkeypatch, tmp_path / "outputs.json", refused="Chat")
    assert deploy(aws("CloudWatch Logs role ARN must be set"), plan([], GIVEN), tmp_path / "outputs.json", []) == 1
    assert cdk.deployed == []
    said = capsys.readouterr().err
    assert "To do: API Gateway has no role for logs" in said
    assert "is deployed" not in said


def test_a_page_that_is_left_out_is_not_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cdk = Cdk(monkeypatch, tmp_path / "outputs.json")
    assert deploy(aws(), plan(["-c", "web_site=false"], GIVEN), tmp_path / "outputs.json", []) == 0
    assert cdk.deployed == ["Chat"]


def test_the_key_is_kept_encrypted_and_written_only_when_it_has_changed(ssm: Any) -> None:
    assert not vapid.store(ssm, PARAMETER, PRIVATE)
    assert not vapid.store(ssm, PARAMETER, PRIVATE)
    kept = ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]
    assert (kept["Value"], kept["Type"], kept["Version"]) == (PRIVATE, "SecureString", 1)
    other = vapid.make_pair()[1]
    assert vapid.store(ssm, PARAMETER, other)  # another than before: that is worth a word
    assert ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]["Value"] == other
