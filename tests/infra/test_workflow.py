"""The workflow of an answer, as data."""

import json
from typing import Any

import pytest

from tests.infra.assembly import Assembly, text


@pytest.fixture(scope="module")
def machine(chat: Assembly) -> dict[str, Any]:
    (properties,) = chat.properties("AWS::StepFunctions::StateMachine").values()
    return properties


@pytest.fixture(scope="module")
def states(machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    definition: dict[str, Any] = json.loads(machine["DefinitionString"])
    assert definition["StartAt"] == "Burst"
    found: dict[str, dict[str, Any]] = definition["States"]
    return found


def test_it_is_express_logs_failures_and_never_what_went_through(machine: dict[str, Any]) -> None:
    assert (machine["StateMachineType"], machine["StateMachineName"]) == ("EXPRESS", "Chat-answers")
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False)


def test_only_the_streamer_and_a_successor_are_called(machine: dict[str, Any], states: dict[str, Any]) -> None:
    called = {state["Resource"] for state in states.values() if state["Type"] == "Task"}
    assert called == {"${Streamer}", "${StartExecution}"}
    assert {key: text(value) for key, value in machine["DefinitionSubstitutions"].items()} == {
        "Streamer": "{Streamer.Arn}",
        "StartExecution": "arn:{AWS::Partition}:states:::states:startExecution",
    }


def test_a_burst_is_told_the_reply_the_epoch_and_when_this_execution_began(states: dict[str, Any]) -> None:
    assert states["Burst"]["Parameters"] == {
        "reply.$": "$.reply",
        "epoch.$": "$.epoch",
        "held.$": "$.held",
        "startedAt.$": "$$.Execution.StartTime",
    }


@pytest.mark.parametrize(
    ("told", "then"), [("again", "Burst"), ("wait", "Pause"), ("successor", "HandOver"), ("done", "Said")]
)
def test_what_a_burst_says_is_next_comes_next(states: dict[str, Any], told: str, then: str) -> None:
    choices = {choice["StringEquals"]: choice["Next"] for choice in states["WhatNext"]["Choices"]}
    assert choices.get(told, states["WhatNext"]["Default"]) == then


def test_a_successor_goes_on_where_this_execution_stopped(states: dict[str, Any]) -> None:
    assert states["HandOver"]["Parameters"] == {
        "StateMachineArn.$": "$$.StateMachine.Id",
        "Input": {"reply.$": "$.reply", "epoch.$": "$.epoch", "held": 0},
    }


def test_throttling_is_waited_out_and_any_other_error_tried_three_times(states: dict[str, Any]) -> None:
    patient, others = states["Burst"]["Retry"]
    assert "Lambda.TooManyRequestsException" in patient["ErrorEquals"]
    assert (patient["MaxAttempts"], others["MaxAttempts"]) == (6, 2)
    assert others["ErrorEquals"] == ["States.ALL"]


def test_every_call_is_retried_with_back_off_and_jitter(states: dict[str, Any]) -> None:
    rules = [rule for state in states.values() if state["Type"] == "Task" for rule in state["Retry"]]
    assert rules
    assert all(rule["BackoffRate"] >= 2 and rule["JitterStrategy"] == "FULL" for rule in rules)


def test_a_burst_that_fails_for_good_ends_the_answer_and_counts_as_failed(states: dict[str, Any]) -> None:
    (caught,) = states["Burst"]["Catch"]
    assert caught["Next"] == "GiveUp"
    assert states["GiveUp"]["Parameters"] == {"reply.$": "$.reply", "fail": True}
    assert states[states["GiveUp"]["Next"]]["Type"] == "Fail"


def test_the_workflow_waits_a_little_longer_than_the_streamer_may_run(chat: Assembly, states: dict[str, Any]) -> None:
    timeout_s = chat.properties("AWS::Lambda::Function")["Streamer"]["Timeout"]
    assert states["Burst"]["TimeoutSeconds"] > timeout_s
