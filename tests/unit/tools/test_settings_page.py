"""docs/settings.md is what the settings say of themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra import dotenv
from infra.config import SETTINGS
from tools.settings import PAGE, page

ROOT = Path(__file__).parents[3]
OTHERS = {"PORT", "DEMO_USERS", "AGENTS", "SIGN_IN", "ACCOUNT_CONCURRENCY", "VAPID_PRIVATE_KEY"}  # of `make run`


def test_the_page_of_settings_is_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make settings`"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_on_the_page_once(name: str) -> None:
    assert len(re.findall(rf"[|>] ?`{name}`", page())) == 1


def test_the_example_of_dot_env_names_variables_that_are_read_and_their_defaults() -> None:
    lines = dotenv.parse((ROOT / ".env.example").read_text().replace("# ", ""))
    read = {name: setting for setting in SETTINGS.values() for name in setting.env}
    assert {name for name in lines if name.isupper()} - OTHERS <= read.keys()
    for name in ("ENABLE_WEBSOCKETS", "MODEL_FIRST_MS", "MODEL_IDLE_MS", "MODEL_ALIVE_MS"):
        assert lines[name] == read[name].write(read[name].default)
