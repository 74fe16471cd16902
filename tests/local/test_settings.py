"""Settings: where they come from, and what is refused."""

from pathlib import Path

import pytest

from local.settings import ROOT, SettingsError, parse_dotenv, read


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


def test_the_environment_wins_over_dotenv() -> None:
    chosen = read({"PORT": "4000"}, "PORT=5000\nDEMO_USERS=2\n")
    assert (chosen.port, chosen.demo_users) == (4000, 2)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read({"PORT": "", "VAPID_PUBLIC_KEY": ""}).port == 3000


def test_settings_of_functions_are_passed_on_and_no_others() -> None:
    chosen = read({"ENABLE_WEBSOCKETS": "false", "CHUNK_DELAY_MS": "10", "PATH": "/bin"})
    assert chosen.functions == {"ENABLE_WEBSOCKETS": "false", "CHUNK_DELAY_MS": "10"}


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
    ],
)
def test_what_cannot_be_used_is_named(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        read(wrong)


def test_a_vapid_pair_may_have_its_public_keys_old_name() -> None:
    assert read({"NEXT_PUBLIC_VAPID_PUBLIC_KEY": "public", "VAPID_PRIVATE_KEY": "private"}).vapid == (
        "public",
        "private",
    )


def test_dotenv_is_read_as_shells_read_it() -> None:
    text = "\n".join(
        [
            "# comment",
            "",
            "A=1",
            " export B = two words ",
            "C='quoted # no comment'",
            'D="x"',
            "E=value # comment",
            "F=",
            "no line",
        ]
    )
    assert parse_dotenv(text) == {
        "A": "1",
        "B": "two words",
        "C": "quoted # no comment",
        "D": "x",
        "E": "value",
        "F": "",
    }
