"""A setting that cannot work is refused before anything is deployed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra import config

DEFAULTS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())["context"]

NOTHING: Mapping[str, str] = {}


def read(environment: Mapping[str, str] = NOTHING, /, **changes: object) -> config.Config:
    return config.read((DEFAULTS | changes).get, environment)


def test_the_defaults_can_be_deployed() -> None:
    settings = read()
    assert settings.stack_name == "Chat"
    assert settings.streamer == config.FunctionSize(memory_mb=1024, concurrency=None)


def test_the_command_line_gives_strings_and_they_do() -> None:
    settings = read(chunk_delay_ms="200", answer_in_response="true", streamer_concurrency="20", log_retention_days="7")
    assert (settings.chunk_delay_ms, settings.answer_in_response, settings.log_retention_days) == (200, True, 7)
    assert settings.streamer.concurrency == 20


def test_two_settings_may_come_from_the_environment_and_win() -> None:
    settings = read({"ENABLE_WEBSOCKETS": "false", "ALLOWED_ORIGINS": "https://a.example, https://b.example:8443"})
    assert not settings.enable_websockets
    assert settings.allowed_origins == "https://a.example,https://b.example:8443"


def test_models_of_bedrock_are_a_list_of_arns() -> None:
    arns = (
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0",
        "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0",
    )
    assert read(bedrock_model_arns=", ".join(arns)).bedrock_model_arns == arns
    assert read().bedrock_model_arns == ()


def test_an_empty_environment_variable_is_an_empty_setting() -> None:
    assert read({"ALLOWED_ORIGINS": ""}, allowed_origins="https://a.example").allowed_origins == ""


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
        ("model_secrets_prefix", "", "a name"),
        ("model_secrets_prefix", "*", "a name"),
        ("model_secrets_key_arn", "alias/aws/ssm", "ARN of a KMS key"),
        ("bedrock_model_arns", "anthropic.claude", "ARNs of Bedrock"),
        ("bedrock_model_arns", "arn:aws:bedrock:us-east-1::foundation-model/a, *", "ARNs of Bedrock"),
    ],
)
def test_a_bad_value_is_named_with_what_would_do(key: str, value: object, says: str) -> None:
    with pytest.raises(config.ConfigError, match=f"^{key} is .*{says}"):
        read(**{key: value})


def test_a_connection_is_ended_before_api_gateway_does_whatever_the_interval() -> None:
    longest_ms = 7_200_000 - 540_000 - 30_000
    settings = read(ping_interval_ms=540_000, connection_lifetime_ms=longest_ms)
    assert settings.connection_lifetime_ms == longest_ms
    with pytest.raises(config.ConfigError, match=f"1200000 to {longest_ms}"):
        read(ping_interval_ms=540_000, connection_lifetime_ms=longest_ms + 1)


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(config.ConfigError, match="chunk_size"):
        config.read({key: value for key, value in DEFAULTS.items() if key != "chunk_size"}.get, {})
