"""`python app.py` on a machine without credentials, Docker, or the functions' own Python."""

import json
from pathlib import Path

from tests.infra.assembly import Assembly
from tests.infra.synthesise import VAPID

ROOT = Path(__file__).parents[2]
PARTITIONS = "@aws-cdk/core:target-partitions"


def test_it_needs_no_credentials_no_docker_and_no_cli(bare: Assembly) -> None:
    functions = {"Connect", "Message", "Polling", "Presence", "Streamer", "Sweeper", "Emitter", "Push", "Sender"}
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


def test_without_vapid_keys_it_says_that_push_is_off(bare: Assembly) -> None:
    assert "web push is off" in (bare.folder / "Bare.metadata.json").read_text()


def test_the_private_vapid_key_is_in_no_file_though_it_was_in_the_environment(chat: Assembly) -> None:
    written = [path.read_bytes() for path in chat.folder.glob("*") if path.is_file()]
    assert any(VAPID["VAPID_PUBLIC_KEY"].encode() in content for content in written)
    assert not any(VAPID["VAPID_PRIVATE_KEY"].encode() in content for content in written)


def test_sam_finds_the_sources_without_the_cli(bare: Assembly) -> None:
    functions = bare.of_type("AWS::Lambda::Function").values()
    assert all("aws:asset:path" in function["Metadata"] for function in functions)


def test_feature_flags_are_those_of_a_new_project_but_for_one_partition_more() -> None:
    written = ROOT / "node_modules" / "aws-cdk" / "lib" / "init-templates" / ".recommended-feature-flags.json"
    recommended, context = (json.loads(path.read_text()) for path in (written, ROOT / "cdk.json"))
    flags = context["context"]
    assert {name for name, value in recommended.items() if flags.get(name) != value} == {PARTITIONS}
    assert flags[PARTITIONS] == [*recommended[PARTITIONS], "aws-us-gov"]
    assert {name for name in flags if name.startswith("@aws-cdk")} - recommended.keys() == {
        "@aws-cdk/core:suppressTemplateIndentation"  # a template half as large
    }


def test_no_key_of_the_context_is_one_that_the_cli_keeps_for_itself() -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    assert not [key for key in context if key.startswith("aws:")]  # it warns of them at every command
