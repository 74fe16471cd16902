from __future__ import annotations

import pytest

from serverless_socketio_chat import settings

LEAST = {"CONNECTIONS_TABLE": "connections", "CONVERSATIONS_TABLE": "conversations", "CALLBACK_URL": "https://x"}


def test_what_is_not_set_has_the_defaults_of_the_contract() -> None:
    values = settings.read(LEAST)
    assert (values.aws_client, values.url_suffix) == ("lean", "amazonaws.com")
    assert (values.enable_websockets, values.allowed_origins, values.answer_in_response) == (True, (), False)
    assert (values.chunk_size, values.chunk_delay_ms, values.max_frame_bytes) == (3, 50, 120_000)
    assert (values.ping_interval_ms, values.ping_timeout_ms) == (120_000, 50_000)
    assert (values.connection_lifetime_ms, values.large_room) == (6_900_000, 200)
    assert (values.model_first_ms, values.model_idle_ms, values.model_alive_ms) == (30_000, 20_000, 120_000)
    assert (values.push_hosts, values.push_loopback) == ((), False)


def test_origins_are_a_list() -> None:
    values = settings.read({**LEAST, "ALLOWED_ORIGINS": "https://a.example/, ,http://localhost:3000"})
    assert values.allowed_origins == ("https://a.example/", "http://localhost:3000")


def test_a_management_url_of_its_own_comes_before_the_callback_url() -> None:
    assert settings.read({**LEAST, "MANAGEMENT_URL": "http://127.0.0.1:1"}).management_url == "http://127.0.0.1:1"
    assert settings.read(LEAST).management_url == "https://x"


def test_a_test_may_hurry_where_api_gateway_makes_a_deployment_wait() -> None:
    assert settings.read({**LEAST, "PING_INTERVAL_MS": "1500"}).ping_interval_ms == 1500


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONNECTIONS_TABLE", ""),
        ("CALLBACK_URL", ""),
        ("CHUNK_SIZE", "0"),
        ("CHUNK_SIZE", "3.5"),
        ("CHUNK_DELAY_MS", "-1"),
        ("CHUNK_DELAY_MS", "60001"),
        ("PING_INTERVAL_MS", "soon"),
        ("MODEL_FIRST_MS", "0"),
        ("MODEL_IDLE_MS", "240000"),
        ("MODEL_ALIVE_MS", "0"),
        ("ENABLE_WEBSOCKETS", "yes"),
        ("AWS_CLIENT", "curl"),
    ],
)
def test_a_mistake_is_an_error_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(settings.SettingsError, match=name):
        settings.read({**LEAST, name: value})
