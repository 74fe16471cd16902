"""`python app.py` on a machine without credentials, Docker, or the functions' own Python."""

import json
from pathlib import Path
from typing import Any

from infra.config import Config
from tests.infra.assembly import Assembly

ROOT = Path(__file__).parents[2]


def test_it_needs_no_credentials_no_docker_and_no_cli(bare: Assembly) -> None:
    functions = {"Connect", "Message", "Presence", "Streamer", "Sweeper", "Emitter"}
    assert bare.of_type("AWS::Lambda::Function").keys() == functions


def test_it_is_tied_to_no_account_and_no_region(bare: Assembly) -> None:
    manifest = json.loads((bare.folder / "manifest.json").read_text())
    assert manifest["artifacts"]["Bare"]["environment"] == "aws://unknown-account/unknown-region"


def test_without_the_functions_python_it_says_that_byte_code_is_missing(bare: Assembly) -> None:
    assert "No Python 3.13 here" in bare.stderr
    assert not list(bare.folder.rglob("*.pyc"))


def test_layers_with_and_without_byte_code_are_not_taken_for_each_other(bare: Assembly, chat: Assembly) -> None:
    if list(chat.folder.rglob("*.pyc")):
        assert bare.layer("LayersDependencies").name != chat.layer("LayersDependencies").name


def test_sam_finds_the_sources_without_the_cli(bare: Assembly) -> None:
    functions = bare.of_type("AWS::Lambda::Function").values()
    assert all("aws:asset:path" in function["Metadata"] for function in functions)


def test_every_setting_has_its_default_in_cdk_json() -> None:
    context: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    ours = {key for key in context if not key.startswith(("@", "aws:"))}
    functions = {"connect", "message", "presence", "streamer", "sweeper", "emitter"}
    sizes = {f"{name}_{what}" for name in functions for what in ("memory_mb", "concurrency")}
    throttles = {f"{name}_{what}" for name in ("throttle", "connect_throttle") for what in ("per_s", "burst")}
    grouped = functions | {"throttle", "connect_throttle"}
    assert ours == set(Config.__dataclass_fields__) - grouped | sizes | throttles
