"""Settings: where they come from, and what is refused."""

from pathlib import Path

import pytest

from infra import vapid
from local import assembly
from local.settings import OF_FUNCTIONS, ROOT, SettingsError, read
from serverless_socketio.aws.environment import declared
from serverless_socketio_chat.settings import Choices

VAPID = ("VAPID_PUBLIC_KEY", "VAPID_SUBJECT")


def test_nothing_given_is_port_3000_and_the_projects_own_folder() -> None:
    chosen = read({})
    assert (chosen.port, chosen.engine_port, chosen.home, chosen.cache) == (
        3000,
        None,
        ROOT / ".local",
        ROOT / ".local",
    )
    assert chosen.watch
    assert not chosen.functions


def test_agents_are_the_demo_s_unless_others_are_named() -> None:
    companion = ROOT / "examples" / "companion"
    assert read({}).agents == (companion,)
    assert read({}).variables == {"AGENT_FUNCTIONS": "companion:answer"}
    chosen = read({"AGENTS": "docs/examples/agents, examples/companion", "AGENT_FUNCTIONS": "recall:recall"})
    assert chosen.agents == (ROOT / "docs" / "examples" / "agents", companion)
    assert chosen.variables["AGENT_FUNCTIONS"] == "recall:recall,companion:answer"
    assert read({}, bare=True).agents == ()
    with pytest.raises(SettingsError, match="AGENTS has 'nowhere', but must be folders and wheels"):
        read({"AGENTS": "nowhere"})


def test_an_account_has_a_thousand_executions_unless_it_is_a_new_one() -> None:
    assert read({}).account_concurrency == 1000
    assert read({"ACCOUNT_CONCURRENCY": "10"}).account_concurrency == 10
    with pytest.raises(SettingsError, match="ACCOUNT_CONCURRENCY"):
        read({"ACCOUNT_CONCURRENCY": "0"})


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read({"PORT": "", "VAPID_PUBLIC_KEY": ""}).port == 3000


def test_settings_of_functions_are_passed_on_and_no_others() -> None:
    chosen = read({"ENABLE_WEBSOCKETS": "false", "CHUNK_DELAY_MS": "10", "PATH": "/bin"})
    assert chosen.functions == {"ENABLE_WEBSOCKETS": "false", "CHUNK_DELAY_MS": "10"}


def test_a_run_takes_what_functions_take_and_a_deployment_would_not() -> None:
    assert read({"PING_INTERVAL_MS": "1500"}).functions == {"PING_INTERVAL_MS": "1500"}


def test_every_variable_of_functions_may_be_overridden_but_those_that_a_run_deals_with() -> None:
    told = {name for setting in declared(Choices) for name in setting.env}
    assert told - OF_FUNCTIONS.keys() == {"ANSWER_IN_RESPONSE", "POLLING", "NEXT_PUBLIC_VAPID_PUBLIC_KEY", *VAPID}
    assert OF_FUNCTIONS.keys() - told == {"LOG_LEVEL"}


def test_how_frames_are_handed_on_is_said_to_synthesis() -> None:
    assert (read({}).frames, read({"FRAMES": "async"}).frames) == ("sync", "async")
    assert assembly.digest(read({"FRAMES": "async"})) != assembly.digest(read({}))
    with pytest.raises(SettingsError, match="FRAMES is 'event', but must be one of sync, async"):
        read({"FRAMES": "event"})


def test_assemblies_may_be_kept_elsewhere() -> None:
    chosen = read({"LOCAL_DIR": "/somewhere", "LOCAL_CACHE_DIR": "/cache"})
    assert (chosen.home, chosen.cache, chosen.outputs) == (
        Path("/somewhere"),
        Path("/cache"),
        Path("/somewhere/outputs.json"),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"PORT": "x"},
        {"PORT": "65536"},
        {"PORT": "-1"},
        {"DEMO_USERS": "many"},
        {"WATCH": "maybe"},
        {"VAPID_PRIVATE_KEY": "x"},
        {"VAPID_SUBJECT": "mailto:me@localhost"},
        {"CHUNK_SIZE": "0"},
        {"RECOVERY_WINDOW_MS": "-1"},
        {"AWS_CLIENT": "curl"},
    ],
)
def test_what_cannot_be_used_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        read(wrong)


def test_a_vapid_pair_may_have_its_public_keys_old_name() -> None:
    public, private = vapid.make_pair()
    assert read({"NEXT_PUBLIC_VAPID_PUBLIC_KEY": public, "VAPID_PRIVATE_KEY": f"{private}="}).vapid == (public, private)


def test_a_vapid_pair_that_does_not_match_is_refused() -> None:
    with pytest.raises(SettingsError, match="make vapid-keys"):
        read({"VAPID_PUBLIC_KEY": vapid.make_pair()[0], "VAPID_PRIVATE_KEY": vapid.make_pair()[1]})


def test_pushes_are_signed_as_the_demo_unless_one_says_who_one_is() -> None:
    assert read({}).vapid_subject == "mailto:demo@example.com"
    assert read({"VAPID_SUBJECT": "https://chat.dev"}).vapid_subject == "https://chat.dev"


def test_an_issuer_is_the_demos_or_one_that_is_named_with_its_audience() -> None:
    assert read({"SIGN_IN": "demo"}).has_issuer
    assert not read({}).has_issuer
    assert read({"AUTH_ISSUER": "http://localhost:4000", "AUTH_AUDIENCE": "chat"}).has_issuer
    for wrong, word in (
        ({"SIGN_IN": "real"}, "SIGN_IN"),
        ({"SIGN_IN": "demo", "AUTH_ISSUER": "https://login.example.com"}, "AUTH_ISSUER"),
        ({"AUTH_ISSUER": "https://login.example.com"}, "AUTH_AUDIENCE"),
        ({"AUTH_ISSUER": "http://login.example.com", "AUTH_AUDIENCE": "chat"}, "AUTH_ISSUER"),
    ):
        with pytest.raises(SettingsError, match=word):
            read(wrong)
