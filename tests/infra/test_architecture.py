"""The drawings of docs/architecture.md against the template: arrows of queues, tables and APIs, no more, no fewer."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.infra.assembly import Assembly, text

PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")
FUNCTIONS = {path.parent.name for path in (Path(__file__).parents[2] / "functions").glob("*/handler.py")}
NODE = re.compile(r'(\w+)\[\(?"(.+?)"\)?\]')
ARROW = re.compile(r"\s(?:<?-- .*? -->|-\. .*? \.->|<?-->)\s")
QUEUES = {
    "ticks": "SweepingTicks",
    "openings": "OpeningOpenings",
    "reminders": "RemindingReminders",
    "batches": "EmittingBatches",
    "push": "PushingPush",
    "deliveries": "PushingDeliveries",
}
APIS = {"WebSocket API": "Api", "HTTP API": "PollingApi"}


def arrows() -> set[tuple[str, str]]:
    """What leads where, by the first lines of labels; a label that lists functions is each of them."""
    found: set[tuple[str, str]] = set()
    for drawing in re.findall(r"```mermaid\nflowchart (?:LR|TB)\n(.+?)```", PAGE, re.DOTALL):
        labels = dict(NODE.findall(drawing))
        for line in drawing.splitlines():
            ends = [
                [name for each in end.split("&") for name in _names(labels[each.strip()])]
                for end in ARROW.split(NODE.sub(r"\1", line))
            ]
            found |= {(a, b) for one, other in pairwise(ends) for a in one for b in other}
    return found


def _names(label: str) -> list[str]:
    if label.endswith("<br/>SQS"):
        return [f"queue {label.removesuffix('<br/>SQS')}"]
    listed = re.split(r",\s*(?:<br/>)?", label)
    return listed if set(listed) <= FUNCTIONS else [label.partition("<br/>")[0]]


def test_every_queue_is_drawn_with_those_that_send_to_it_and_the_one_that_takes(chat: Assembly) -> None:
    real = {
        (policy.lower(), f"queue {queue}")
        for policy, grants in chat.grants().items()
        for queue, name in QUEUES.items()
        if policy.lower() in FUNCTIONS and "sqs:SendMessage" in grants.get(f"{{{name}.Arn}}", ())
    } | {
        (f"queue {queue}", text(mapping["FunctionName"]).strip("{}").lower())
        for mapping in chat.properties("AWS::Lambda::EventSourceMapping").values()
        for queue, name in QUEUES.items()
        if text(mapping["EventSourceArn"]) == f"{{{name}.Arn}}"
    }
    queues = {name for name in chat.of_type("AWS::SQS::Queue") if not name.endswith("Dead")}
    assert queues == set(QUEUES.values())
    assert {arrow for arrow in arrows() if any(end.startswith("queue ") for end in arrow)} == real


def test_every_route_is_drawn(chat: Assembly) -> None:
    integrations = chat.properties("AWS::ApiGatewayV2::Integration")
    real = {
        (api, text(integration["IntegrationUri"]))
        for integration in integrations.values()
        for api, name in APIS.items()
        if text(integration["ApiId"]) == f"{{{name}}}"
    }
    drawn = {(one, other) for one, other in arrows() if one in APIS and other in FUNCTIONS}
    assert {api for api, _ in drawn} == set(APIS)
    assert drawn == {(api, name.lower()) for api, uri in real for name in re.findall(r"\{(\w+)\.Arn\}", uri)}


@pytest.mark.parametrize("table", ["Connections", "Conversations"])
def test_the_table_of_functions_says_who_uses_a_table(chat: Assembly, table: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \| `functions/\1/handler.py` \|.*\| (.+) \|$", PAGE, re.MULTILINE)
    said = {name for name, tables in rows if f"`{table.lower()}`" in tables.partition(";")[0]}
    arn = f"{{Tables{table}.Arn}}"
    assert said == {
        name.lower() for name, grants in chat.grants().items() if name.lower() in FUNCTIONS and arn in grants
    }
