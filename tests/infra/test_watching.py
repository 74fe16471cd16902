"""Alarms and the dashboard: over everything that there is, by names that AWS documents, left out by a setting."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from infra.constructs.dashboard import OUTCOMES, REASONS
from serverless_socketio_chat import errors
from serverless_socketio_chat.literals import FinishReason
from tests.aws_metrics import AWS_METRICS, OWN_METRICS
from tests.infra.assembly import Assembly, text
from tools.cost import model

ROOT = Path(__file__).parents[2]
ALARM = "AWS::CloudWatch::Alarm"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:operators"


@pytest.fixture(scope="module")
def alarms(chat: Assembly) -> Mapping[str, Mapping[str, Any]]:
    return {name.removeprefix("Alarms"): each for name, each in chat.properties(ALARM).items()}


def metrics_of(alarm: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Namespace, name and dimensions of each metric that an alarm reads."""
    stats = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each]
    for metric in stats or [alarm]:
        named = {each["Name"]: text(each["Value"]) for each in metric.get("Dimensions", ())}
        yield metric["Namespace"], metric["MetricName"], named


def rows() -> dict[str, str]:
    """Each section of the runbook by its heading, of those that are alarms."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    part = page.partition("\n## Alarms\n")[2].partition("\n## ")[0]
    pieces = re.split(r"^### (.+)$", part, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def test_every_function_dead_letter_queue_and_table_is_watched(
    chat: Assembly, alarms: Mapping[str, Mapping[str, Any]]
) -> None:
    watched: dict[str, set[str]] = {}
    for alarm in alarms.values():
        for _, name, dimensions in metrics_of(alarm):
            watched.setdefault(name, set()).update(dimensions.values())
    functions = {f"{{{name}}}" for name in chat.properties("AWS::Lambda::Function")}
    assert watched["Errors"] == watched["Throttles"] == functions
    letters = [each["RedrivePolicy"] for each in chat.properties("AWS::SQS::Queue").values() if "RedrivePolicy" in each]
    dead = {text(each["deadLetterTargetArn"]).replace(".Arn}", ".QueueName}") for each in letters}
    assert watched["ApproximateNumberOfMessagesVisible"] == dead
    tables = {f"{{{name}}}" for name in chat.properties("AWS::DynamoDB::GlobalTable")}
    assert watched["ReadThrottleEvents"] == watched["WriteThrottleEvents"] == tables
    invoked = {text(each["FunctionName"]) for each in chat.properties("AWS::Lambda::EventInvokeConfig").values()}
    assert watched["AsyncEventsDropped"] == invoked | {"{Sweeper}"}  # which its schedule calls


def test_alarms_read_metrics_that_aws_documents_or_functions_print(alarms: Mapping[str, Mapping[str, Any]]) -> None:
    for alarm in alarms.values():
        for namespace, name, dimensions in metrics_of(alarm):
            if namespace == "ServerlessSocketio":
                assert {*dimensions} == OWN_METRICS[name], name
                assert dimensions["stack"] == "Chat"
            else:
                assert {*dimensions} == AWS_METRICS[namespace, name].dimensions, name


def test_the_dashboard_reads_metrics_that_aws_documents_or_functions_print(chat: Assembly) -> None:
    (board,) = chat.properties("AWS::CloudWatch::Dashboard").values()
    body = json.loads(text(board["DashboardBody"]))
    lines = [line for each in body["widgets"] for line in each["properties"].get("metrics", [])]
    found = set()
    for line in lines:
        named = [part for part in line if isinstance(part, str)]
        if len(named) < 2:
            continue
        namespace, name, dimensions = named[0], named[1], frozenset(named[2::2])
        found.add((namespace, name))
        known = OWN_METRICS[name] if namespace == "ServerlessSocketio" else AWS_METRICS[namespace, name].dimensions
        assert dimensions == known, name
    assert {name for namespace, name in found if namespace == "ServerlessSocketio"} >= OWN_METRICS.keys() - {
        "Unaccepted"  # in the share of connections that were not accepted
    }
    titles = [each["properties"].get("title") for each in body["widgets"]]
    assert titles == [
        "Alarms",
        "Connections",
        "Unauthenticated connections and ghosts, %",
        "Events, by outcome",
        "An event's frame to its ack, ms",
        "A message to its first chunk, ms",
        "Answers that run for 10 s and longer",
        "Answers, by how they ended",
        "Stuck answers, providers' failures, posts that failed",
        "Pushes",
        "Oldest message, s; dead letters (right)",
        "Errors of functions",
        "Errors of the API",
        "Throttles",
        "Share of quotas, %",
        "Lambda: calls at a time, each function",
        "An hour costs, $",
    ]


def test_the_dashboard_knows_every_outcome_of_an_event_and_every_end_of_an_answer() -> None:
    known: list[type[errors.ChatError]] = [errors.ChatError, *errors.ChatError.__subclasses__()]
    codes = {each.code for each in known}
    assert {*OUTCOMES} == {"ok"} | codes
    assert {*REASONS} == {*get_args(FinishReason)}


def test_every_metric_has_a_source(alarms: Mapping[str, Mapping[str, Any]]) -> None:
    assert all(each.source.startswith("https://docs.aws.amazon.com/") for each in AWS_METRICS.values())


def test_no_data_is_no_alarm_and_nobody_is_told_unless_asked_for(alarms: Mapping[str, Mapping[str, Any]]) -> None:
    assert {each["TreatMissingData"] for each in alarms.values()} == {"notBreaching"}
    assert not [name for name, each in alarms.items() if "AlarmActions" in each or "OKActions" in each]


def test_a_topic_is_told_when_an_alarm_goes_and_when_it_is_over(watched_by_a_topic: Assembly) -> None:
    told = watched_by_a_topic.properties(ALARM).values()
    assert len(told) > 40
    assert {(*each["AlarmActions"], *each["OKActions"]) for each in told} == {(TOPIC, TOPIC)}


def test_alarms_and_dashboard_are_left_out_by_a_setting(bare: Assembly) -> None:
    assert not bare.kinds() & {ALARM, "AWS::CloudWatch::Dashboard"}


def test_every_alarm_has_its_row_in_the_runbook_which_says_three_things(
    alarms: Mapping[str, Mapping[str, Any]],
) -> None:
    kinds = {each["AlarmDescription"].partition(":")[0] for each in alarms.values()}
    assert rows().keys() == kinds
    for heading, said in rows().items():
        assert re.search(r"^\*\*Means\*\*", said, re.MULTILINE), heading
        assert re.search(r"^\*\*Look\*\*", said, re.MULTILINE), heading
        assert re.search(r"^\*\*Mend\*\*", said, re.MULTILINE), heading


def test_the_runbook_names_every_alarm_with_its_limit(alarms: Mapping[str, Mapping[str, Any]]) -> None:
    for name, alarm in alarms.items():
        said = rows()[alarm["AlarmDescription"].partition(":")[0]]
        assert f"`{name}`" in said, name
        assert re.search(rf"(?<![\d.]){alarm['Threshold']:g}(?![\d.]|\d)", said), (name, alarm["Threshold"])


def test_the_model_of_costs_knows_how_many_metrics_alarms_read_and_functions_print(
    alarms: Mapping[str, Mapping[str, Any]],
) -> None:
    assert sum(len(list(metrics_of(each))) for each in alarms.values()) == model.ALARM_METRICS
    told_apart = {"outcome": len(OUTCOMES), "reason": len(REASONS)}
    several = {"Connects": len(model.CONNECT_OUTCOMES)}
    counts = [
        several.get(name) or next((told_apart[each] for each in by - {"stack"}), 1) for name, by in OWN_METRICS.items()
    ]
    assert sum(counts) == model.OWN_METRICS


def test_an_alarm_on_an_expression_reads_no_more_metrics_than_cloudwatch_takes(
    alarms: Mapping[str, Mapping[str, Any]],
) -> None:
    assert max(len(list(metrics_of(each))) for each in alarms.values()) <= 10


def test_the_budget_counts_with_the_prices_of_the_model_of_costs(alarms: Mapping[str, Mapping[str, Any]]) -> None:
    (expression,) = [each["Expression"] for each in alarms["Budget"]["Metrics"] if "Expression" in each]
    assert alarms["Budget"]["Threshold"] == 1.0
    terms = dict(re.findall(r"FILL\((\w+), 0\) \* ([\d.]+)", expression))
    assert float(terms["frames"]) == pytest.approx(1.00 / 1e6)
    assert float(terms["pinged"]) == pytest.approx(2 * 0.25 / 1e6)  # a ping is for two minutes
    assert float(terms["streamer"]) == pytest.approx(0.0000133334 / 1000 / 2)  # a millisecond at 512 MB
    assert float(terms["conversations_writes"]) == pytest.approx(0.625 / 1e6)
    assert len(terms) == 10
    assert expression.startswith("12 * (")
