"""`make deploy` before the CDK comes: what stops it, and where the private key goes."""

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra import config, vapid
from tools.deploy import plan

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
        ({"VAPID_PRIVATE_KEY": "AAAA"}, "is not that of VAPID_PRIVATE_KEY"),
        ({"VAPID_PRIVATE_KEY": 43 * "A"}, "is not that of VAPID_PRIVATE_KEY"),  # zero is no key
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


def test_the_key_is_kept_encrypted_and_written_only_when_it_has_changed(ssm: Any) -> None:
    assert not vapid.store(ssm, PARAMETER, PRIVATE)
    assert not vapid.store(ssm, PARAMETER, PRIVATE)
    kept = ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]
    assert (kept["Value"], kept["Type"], kept["Version"]) == (PRIVATE, "SecureString", 1)
    other = vapid.make_pair()[1]
    assert vapid.store(ssm, PARAMETER, other)  # another than before: that is worth a word
    assert ssm.get_parameter(Name=PARAMETER, WithDecryption=True)["Parameter"]["Value"] == other
