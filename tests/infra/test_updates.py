"""What an update of a stack that version 0.1.0 deployed does to what is there.

`templates/0.1.0.json` is the template of that version (commit 487f59e), with the settings of `synthesise.py`.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.infra.assembly import Assembly, short
from tests.infra.updates import Update
from tools.preflight import updating

OLD = Path(__file__).parent / "templates" / "0.1.0.json"
KEYS = "RevokingKeysMapping"
LAYERS = {"LayersChat", "LayersDependencies", "LayersServerlessSocketio"}


@pytest.fixture(scope="module")
def update(chat: Assembly) -> Update:
    old: dict[str, Any] = json.loads(OLD.read_text())["Resources"]
    return Update(old, chat.template["Resources"])


def names(logical_ids: set[str]) -> set[str]:
    return {short(each) for each in logical_ids}


def test_layers_are_made_anew_and_the_streams_mapping_and_nothing_else(update: Update) -> None:
    assert names(update.replaced) - LAYERS == {KEYS}


def test_nothing_that_keeps_data_or_has_an_address_goes_but_the_page(update: Update) -> None:
    kept = {"AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::ApiGatewayV2::Api", "AWS::CloudFront::Distribution"}
    gone = update.removed | update.replaced
    assert names({each for each in gone if update.old[each]["Type"] in kept}) == {"SiteBucket", "SiteDistribution"}


def test_the_page_moves_to_a_stack_of_its_own_under_the_same_ids_and_leaves_its_files(
    update: Update, site: Assembly
) -> None:
    page = {each for each in update.old if short(each).startswith("Site")}
    assert update.removed == page
    assert page == site.template["Resources"].keys()
    (bucket,) = [each for each in page if update.old[each]["Type"] == "AWS::S3::Bucket"]
    assert update.old[bucket]["DeletionPolicy"] == "Retain"
    assert updating.DISTRIBUTION in {update.old[each]["Type"] for each in page}  # by which the preflight tells it


def test_what_cannot_be_made_beside_the_old_one_is_what_the_preflight_stops_for(update: Update) -> None:
    assert names(update.blocked) == {KEYS}
    (mapping,) = update.blocked
    assert update.old[mapping]["Properties"]["StartingPosition"] == updating.OLD_POSITION
    assert update.new[mapping]["Properties"]["StartingPosition"] != updating.OLD_POSITION


def test_a_table_gets_one_index_at_a_time(update: Update) -> None:
    assert len(update.indexes_changed) == 2
    assert all(count <= 1 for count in update.indexes_changed.values())


@pytest.mark.parametrize(
    ("change", "replaced", "blocked"),
    [
        ({"Queue": {"VisibilityTimeout": 5}}, set(), set()),
        ({"Queue": {"FifoQueue": True}}, {"Queue", "Mapping"}, set()),
        ({"Machine": {"StateMachineType": "STANDARD"}}, {"Machine"}, {"Machine"}),
        ({"Mapping": {"StartingPosition": "LATEST"}}, {"Mapping"}, {"Mapping"}),
    ],
)
def test_replacements_are_told_from_changes(
    change: dict[str, dict[str, Any]], replaced: set[str], blocked: set[str]
) -> None:
    old: dict[str, Any] = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"StateMachineName": "answers", "StateMachineType": "EXPRESS"},
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"FunctionName": "f", "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}},
        },
    }
    new = {name: {**each, "Properties": {**each["Properties"], **change.get(name, {})}} for name, each in old.items()}
    update = Update(old, new)
    assert (update.replaced, update.blocked) == (replaced, blocked)
