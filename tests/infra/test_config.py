"""A setting that cannot work is refused before anything is deployed."""

import dataclasses
import json
from collections.abc import Mapping

import pytest

from infra import config, vapid
from serverless_socketio.aws.environment import EVERY
from serverless_socketio_chat import settings as functions
from tests.infra.synthesise import VAPID

DEFAULTS = config.defaults()

NOT_HOSTS = (
    *("localhost", "push.localhost", "127.0.0.1", "[::1]", "10.0.0.1", "2130706433", "0x7f000001", "*", "*.dev"),
    *("printer.local", "push.internal", "push", "https://push.chat.dev", "push.chat.dev:8443", "a.*.chat.dev"),
    *("push.chat.dev/x", "-a.chat.dev", "push.chat.dev.", "push.invalid", "push chat.dev"),
)

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
SIZES = [each.name for each in dataclasses.fields(config.Config) if isinstance(each.default, config.FunctionSize)]
CHOSEN = {"ping_interval_ms": 60_000, "chunk_size": 7, "large_room": 20, "push_hosts": "push.chat.dev"}
NOTHING: Mapping[str, str] = {}


def read(environment: Mapping[str, str] = NOTHING, /, **changes: object) -> config.Config:
    return config.read((DEFAULTS | changes).get, environment)


def test_the_defaults_can_be_deployed() -> None:
    settings = read()
    assert settings.stack_name == "Chat"
    assert settings.streamer == config.FunctionSize(memory_mb=512, concurrency=None)


def test_the_command_line_gives_strings_and_they_do() -> None:
    settings = read(chunk_delay_ms="200", answer_in_response="true", streamer_concurrency="20", log_retention_days="7")
    assert (settings.chunk_delay_ms, settings.answer_in_response, settings.log_retention_days) == (200, True, 7)
    assert settings.streamer.concurrency == 20


def test_frames_that_nobody_waits_for_cannot_be_answered_in_the_response() -> None:
    assert read(frames="async").frames == "async"
    assert read().frames == "sync"
    with pytest.raises(config.ConfigError, match="answer_in_response is 'true', but must be false with frames=async"):
        read(frames="async", answer_in_response="true")
    with pytest.raises(config.ConfigError, match="frames is 'event'"):
        read(frames="event")


def test_a_profile_stands_in_place_of_defaults_and_of_nothing_else() -> None:
    thrifty = read(profile="thrifty")
    assert (thrifty.chunk_size, thrifty.chunk_delay_ms, thrifty.streamer.memory_mb) == (12, 200, 256)
    assert dataclasses.replace(
        thrifty, profile="standard", chunk_size=3, chunk_delay_ms=50, streamer=read().streamer
    ) == read(profile="standard")
    assert read(profile="thrifty", chunk_size="6", chunk_delay_ms="100").chunk_size == 6
    with pytest.raises(config.ConfigError, match="profile is 'cheap', but must be one of standard, thrifty"):
        read(profile="cheap")


@pytest.mark.parametrize("profile", config.PROFILES)
def test_a_profile_names_settings_and_keeps_the_words_a_second(profile: str) -> None:
    assert config.PROFILES[profile].keys() <= DEFAULTS.keys()
    settings = read(profile=profile)
    assert settings.chunk_size / settings.chunk_delay_ms == 3 / 50


@pytest.mark.parametrize(("given", "client"), [({}, "lean"), ({"aws_client": "boto3"}, "boto3")])
def test_boto3_is_one_setting_away(given: dict[str, str], client: str) -> None:
    assert read(**given).aws_client == client


def test_a_client_that_there_is_not_is_refused() -> None:
    with pytest.raises(config.ConfigError, match="aws_client"):
        read(aws_client="awscrt")


def test_some_settings_may_come_from_the_environment_and_win() -> None:
    settings = read({"ENABLE_WEBSOCKETS": "false", "ALLOWED_ORIGINS": "https://a.example, https://b.example:8443"})
    assert not settings.enable_websockets
    assert settings.allowed_origins == ("https://a.example", "https://b.example:8443")


def test_vapid_keys_have_two_names_and_are_written_without_padding() -> None:
    old, new = VAPID["VAPID_PUBLIC_KEY"], vapid.make_pair()[0]
    subject = {"VAPID_SUBJECT": "https://chat.dev/contact"}
    assert read({"NEXT_PUBLIC_VAPID_PUBLIC_KEY": f"{old}=", **subject}).vapid_public_key == old
    assert read({"VAPID_PUBLIC_KEY": "", "NEXT_PUBLIC_VAPID_PUBLIC_KEY": old, **subject}).vapid_public_key == old
    assert read({"VAPID_PUBLIC_KEY": new, "NEXT_PUBLIC_VAPID_PUBLIC_KEY": old, **subject}).vapid_public_key == new


def test_push_is_off_without_a_key_whatever_the_subject() -> None:
    settings = read({"VAPID_SUBJECT": "nobody"})
    assert (settings.vapid_public_key, settings.vapid_subject) == ("", "")


def test_a_subject_at_example_com_is_for_a_local_stack_alone() -> None:
    given = VAPID | {"VAPID_SUBJECT": "mailto:demo@example.com"}
    assert read(given, bundle_for="local").vapid_subject == "mailto:demo@example.com"
    with pytest.raises(config.ConfigError, match="vapid_subject"):
        read(given)


def test_push_services_of_ones_own_are_a_list_of_public_names() -> None:
    assert read({"PUSH_HOSTS": "Push.Chat.dev, *.chat.dev"}).push_hosts == ("push.chat.dev", "*.chat.dev")
    assert read().push_hosts == ()


def test_the_private_key_lies_apart_from_what_agents_may_name() -> None:
    assert read(stack_name="Mine", model_secrets_prefix="a/b").vapid_parameter == "/a/b-push/Mine/vapid-private-key"


def test_models_of_bedrock_are_a_list_of_arns() -> None:
    arns = (
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
        "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0",
    )
    assert read(bedrock_model_arns=", ".join(arns)).bedrock_model_arns == arns
    assert read().bedrock_model_arns == ()


def test_an_empty_environment_variable_is_an_empty_setting() -> None:
    assert read({"ALLOWED_ORIGINS": ""}, allowed_origins="https://a.example").allowed_origins == ()


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("ping_interval_ms", 600_000, "10000 to 540000"),
        ("ping_interval_ms", 25_001, "multiple of 10000"),
        ("ping_timeout_ms", 5_000, "20000"),
        ("connection_lifetime_ms", 7_050_001, "1200000 to 7050000"),
        ("connection_lifetime_ms", 1_000_000, "1200000"),
        ("large_room", 0, "1 to 1000"),
        ("chunk_size", 0, "1 to 1000"),
        ("chunk_delay_ms", "fast", "whole number"),
        ("max_frame_bytes", 131_072, "120000"),
        ("enable_websockets", "yes", "true or false"),
        ("allowed_origins", "https://a.example/chat", "no path"),
        ("allowed_origins", "a.example", "https://chat.example.com"),
        ("streamer_concurrency", "0", "1 to 100000"),
        ("streamer_memory_mb", 64, "128 to 10240"),
        ("log_level", "VERBOSE", "DEBUG, INFO"),
        ("log_retention_days", 8, "7, 14"),
        ("stack_name", "my chat", "letters"),
        ("bundle_for", "docker", "lambda, local"),
        ("local_api_id", "Chat_Local", "small letters"),
        ("model_first_ms", 240_000, "100 to 230000"),
        ("model_idle_ms", "long", "whole number"),
        ("model_alive_ms", 240_000, "100 to 230000"),
        ("model_secrets_prefix", "", "a name"),
        ("model_secrets_prefix", "*", "a name"),
        ("model_secrets_key_arn", "alias/aws/ssm", "ARN of a KMS key"),
        ("bedrock_model_arns", "anthropic.claude", "ARNs of Bedrock"),
        ("web_site", "maybe", "true or false"),
        ("site_price_class", "300", "100, 200, all"),
        ("site_domain", "https://chat.example.com", "a name such as"),
        ("site_domain", "chat", "a name such as"),
        ("site_certificate_arn", CERTIFICATE, "nothing unless site_domain"),
        ("site_web_acl_arn", "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/b", "for CloudFront"),
        ("bedrock_model_arns", "arn:aws:bedrock:us-east-1::foundation-model/a, *", "ARNs of Bedrock"),
        ("vapid_public_key", "BAAA", "P-256 point"),
        ("vapid_public_key", "B" + 86 * "A", "make vapid-keys"),  # 65 bytes, and off the curve
        *(("push_hosts", host, "public names") for host in NOT_HOSTS),
    ],
)
def test_a_bad_value_is_named_with_what_would_do(key: str, value: object, says: str) -> None:
    with pytest.raises(config.ConfigError, match=f"^{key} is .*{says}"):
        read(**{key: value})


@pytest.mark.parametrize(
    "subject",
    [
        *("", "ops@chat.dev", "mailto:", "mailto:ops", "mailto:ops@localhost", "mailto:ops@chat.invalid"),
        *("mailto:ops@chat.local", "mailto:<ops@chat.dev>", "mailto: ops@chat.dev", "mailto:ops@127.0.0.1"),
        *("mailto:a@chat.dev,b@chat.dev", "mailto:ops@chat.dev?subject=x", "mailto:ops@example.com"),
        *("https://localhost", "https://127.0.0.1/", "https://chat", "http://chat.dev", "https://ops@chat.dev"),
        *("https://www.example.org", "https://[::1]/", "https://[", "https://chat.dev/a b", "tel:+1"),
    ],
)
def test_a_subject_that_nobody_can_be_reached_by_is_refused(subject: str) -> None:
    with pytest.raises(config.ConfigError, match=r"^vapid_subject is .*mailto:ops@your-domain"):
        read(VAPID | {"VAPID_SUBJECT": subject})


@pytest.mark.parametrize(
    "subject", ["mailto:ops+push@mail.chat.co.uk", "https://chat.dev", "https://chat.dev:8443/contact"]
)
def test_a_contact_in_earnest_will_do(subject: str) -> None:
    assert read(VAPID | {"VAPID_SUBJECT": subject}).vapid_subject == subject


def test_a_name_of_ones_own_needs_a_certificate_where_cloudfront_looks_for_it() -> None:
    settings = read(site_domain="chat.example.com", site_certificate_arn=CERTIFICATE)
    assert (settings.site_domain, settings.site_certificate_arn) == ("chat.example.com", CERTIFICATE)
    for wrong in ("", CERTIFICATE.replace("us-east-1", "eu-west-1")):
        with pytest.raises(config.ConfigError, match=r"a certificate for chat\.example\.com in us-east-1"):
            read(site_domain="chat.example.com", site_certificate_arn=wrong)


def test_a_local_engine_gets_no_site_for_the_edge_serves_the_page() -> None:
    assert read().web_site
    assert not read(bundle_for="local").web_site


def test_a_connection_is_ended_before_api_gateway_does_whatever_the_interval() -> None:
    longest_ms = 7_200_000 - 540_000 - 30_000
    settings = read(ping_interval_ms=540_000, connection_lifetime_ms=longest_ms)
    assert settings.connection_lifetime_ms == longest_ms
    with pytest.raises(config.ConfigError, match=f"1200000 to {longest_ms}"):
        read(ping_interval_ms=540_000, connection_lifetime_ms=longest_ms + 1)


def test_a_context_says_only_what_it_deviates_in() -> None:
    assert config.read(NOTHING.get, {}) == read()


def test_the_context_of_cdk_json_knows_no_other_settings() -> None:
    context = json.loads(config.CDK_JSON.read_text())["context"]
    assert {key for key in context if not key.startswith("@")} <= config.SETTINGS.keys()


@pytest.mark.parametrize("name", config.SETTINGS)
def test_a_setting_says_what_it_is_and_its_default_can_be_written_and_read(name: str) -> None:
    setting = config.SETTINGS[name]
    assert setting.doc
    assert setting.parse(setting.write(setting.default)) == setting.default or not setting.default


@pytest.mark.parametrize("name", [name for name, setting in config.SETTINGS.items() if setting.who])
def test_what_is_chosen_reaches_the_functions_that_read_it(name: str) -> None:
    setting = config.SETTINGS[name]
    telling = [each for each in SIZES if setting.env[0] in read().environment(each)]
    assert telling == [each for each in SIZES if setting.who == EVERY or each in setting.who]
    needed = {"CONNECTIONS_TABLE": "c", "CONVERSATIONS_TABLE": "d", "CALLBACK_URL": "https://x"}
    told = read(VAPID, **CHOSEN).environment(telling[0]) | needed
    if name != "log_level":  # which Powertools reads
        assert getattr(functions.read(told), name) == getattr(read(VAPID, **CHOSEN), name)
