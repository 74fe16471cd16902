"""`make preflight`: what is found in which account, what a deployment passes, and what happens without permission."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from infra import config
from tests.aws_answers import DENIED, AnsweredTarget
from tools import preflight
from tools.findings import Kind
from tools.preflight import Report

ROLE = "arn:aws:iam::123456789012:role/Logs"
NO_STACK = "ValidationError: Stack with id Chat does not exist"


def concurrency(total: int, unreserved: int | None = None) -> dict[str, Any]:
    limit = {
        "ConcurrentExecutions": total,
        "UnreservedConcurrentExecutions": total if unreserved is None else unreserved,
    }
    return {"AccountLimit": limit}


def deployed(*resources: Mapping[str, Any], status: str = "UPDATE_COMPLETE") -> dict[str, Any]:
    return {
        "DescribeStacks": {"Stacks": [{"StackName": "Chat", "StackStatus": status}]},
        "GetTemplate": {"TemplateBody": {"Resources": {f"R{at}": each for at, each in enumerate(resources)}}},
    }


def function(reserved: int) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::Function", "Properties": {"ReservedConcurrentExecutions": reserved}}


ROOMY: dict[str, Any] = {
    "GetApis": {"Items": []},
    "GetParameter": {"Parameter": {"Value": "28"}},
    "ListDistributions": {"DistributionList": {"Quantity": 3}},
    "DescribeStacks": NO_STACK,
    "GetAccountSettings": concurrency(1_000),
    "GetAccount": {"throttleSettings": {"rateLimit": 10_000.0, "burstLimit": 5_000}},
    "GetServiceQuota": {"Quota": {"Value": 500.0}},
}
"""An account with nothing in it, and quotas as they are by default."""


def look(changes: Mapping[str, Any] | None = None, *, region: str = "eu-central-1", **context: str) -> Report:
    target = AnsweredTarget(region=region, named_by="a test", answers=ROOMY | dict(changes or {}))
    settings = config.read((config.defaults() | context).get, {})
    return preflight.look(target, settings, context)


def said(report: Report, kind: Kind) -> list[str]:
    return [finding.says for finding in report.findings if finding.kind is kind]


def test_an_account_with_the_default_quotas_is_told_which_share_is_passed_and_nothing_else() -> None:
    report = look()
    assert not report.stops
    assert [str(finding) for finding in report.findings] == [
        "note: -c streamer_concurrency=500 is passed, of 1000 concurrent executions of the account"
    ]
    assert report.context == {"streamer_concurrency": "500"}


# How much of the account is passed as shares


@pytest.mark.parametrize(
    ("total", "passed"),
    [
        (10, {}),
        (100, {}),
        (109, {}),  # nine would cap the streamer below what a handful of people ask for
        (110, {"streamer": 10}),
        (150, {"streamer": 50}),
        (400, {"streamer": 200}),
        (1_000, {"streamer": 500}),
        (2_000, {"streamer": 1_000, "connect": 500}),
        (10_000, {"streamer": 5_000, "connect": 500, "message": 2_000}),
    ],
)
def test_the_streamer_comes_first_and_a_door_has_what_the_api_lets_through_or_nothing(
    total: int, passed: dict[str, int]
) -> None:
    report = look({"GetAccountSettings": concurrency(total)})
    held = {"polling_held_max": "0"} if total == 10 else {}  # each would be one of ten
    assert report.context == held | {f"{name}_concurrency": str(share) for name, share in passed.items()}
    assert total - sum(passed.values()) >= min(total, max(100, total / 4))


def test_what_other_functions_have_reserved_is_not_given_out() -> None:
    report = look({"GetAccountSettings": concurrency(1_000, unreserved=400)})
    assert report.context == {"streamer_concurrency": "150"}


def test_a_second_deployment_passes_what_the_first_did() -> None:
    again = {**deployed(function(500), {"Type": "AWS::SQS::Queue"}), "GetAccountSettings": concurrency(1_000, 500)}
    assert look(again).context == {"streamer_concurrency": "500"}


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_stack_whose_creation_failed_has_reserved_nothing(status: str) -> None:
    failed = {**deployed(function(500), status=status), "GetAccountSettings": concurrency(1_000, 600)}
    assert look(failed).context == {"streamer_concurrency": "350"}


@pytest.mark.parametrize("given", ["7", ""])
def test_what_the_operator_says_of_a_share_is_left_alone(given: str) -> None:
    assert "streamer_concurrency" not in look(streamer_concurrency=given).context


def test_a_share_that_the_operator_gives_leaves_the_streamer_less() -> None:
    assert look(message_concurrency="400").context == {"streamer_concurrency": "350"}


def test_shares_that_lambda_would_refuse_stop() -> None:
    (stop,) = said(look(message_concurrency="950"), Kind.STOP)
    assert "-c message_concurrency=950 cannot be reserved" in stop
    (stop,) = said(look({"GetAccountSettings": concurrency(10)}, message_concurrency="1"), Kind.STOP)
    assert "of 10 concurrent executions 9 would stay unreserved, and Lambda keeps 10" in stop


def test_shares_that_leave_the_account_little_are_said() -> None:
    report = look(message_concurrency="850")
    assert "leaves 150 of 1000" in said(report, Kind.WARNING)[0]
    assert not report.stops


@pytest.mark.parametrize(("total", "means"), [(10, "none can be reserved"), (400, "enough for a small chat")])
def test_a_small_account_is_told_what_that_means_and_how_to_ask_for_more(total: int, means: str) -> None:
    (warning,) = said(look({"GetAccountSettings": concurrency(total)}), Kind.WARNING)
    assert f"Lambda runs {total} executions at a time" in warning
    assert means in warning
    assert "--service-code lambda --quota-code L-B99A9384 --desired-value 1000 --region eu-central-1" in warning


# API Gateway


def test_the_log_role_is_left_alone_where_there_is_one() -> None:
    there = {"GetAccount": {"cloudwatchRoleArn": ROLE}, "GetRole": {"Role": {}}}
    report = look(there)
    assert report.context["api_gateway_log_role"] == "false"
    assert any(ROLE in note for note in said(report, Kind.NOTE))


def test_who_may_not_look_for_the_role_believes_api_gateway() -> None:
    assert look({"GetAccount": {"cloudwatchRoleArn": ROLE}}).context["api_gateway_log_role"] == "false"


def test_a_stack_keeps_the_role_that_it_has_set() -> None:
    own = {**deployed({"Type": "AWS::ApiGateway::Account"}), "GetAccount": {"cloudwatchRoleArn": ROLE}}
    assert "api_gateway_log_role" not in look(own).context


def test_a_role_that_was_deleted_is_set_anew() -> None:
    report = look({"GetAccount": {"cloudwatchRoleArn": ROLE}, "GetRole": "NoSuchEntity"})
    assert "api_gateway_log_role" not in report.context
    assert any("does not exist any more" in note for note in said(report, Kind.NOTE))


def test_whoever_takes_the_role_from_others_is_told_so() -> None:
    there = {"GetAccount": {"cloudwatchRoleArn": ROLE}, "GetRole": {"Role": {}}}
    report = look(there, api_gateway_log_role="true")
    assert "api_gateway_log_role" not in report.context
    assert any(f"takes {ROLE}" in warning for warning in said(report, Kind.WARNING))


def test_leaving_the_role_out_where_there_is_none_stops() -> None:
    (stop,) = said(look(api_gateway_log_role="false"), Kind.STOP)
    assert "no stage with an access log can be made without" in stop
    assert not look({"GetAccount": {"cloudwatchRoleArn": ROLE}}, api_gateway_log_role="false").stops


def test_throttles_above_the_accounts_rates_are_said() -> None:
    young = {"GetAccount": {"throttleSettings": {"rateLimit": 800.0, "burstLimit": 1_250}}}
    rate, burst = said(look(young), Kind.WARNING)
    assert "throttle_per_s is 1000" in rate
    assert "-c throttle_per_s=800, or ask for more" in rate
    assert "--quota-code L-8A5B8E43 --desired-value 1000" in rate
    assert "throttle_burst is 2000" in burst
    assert "-c throttle_burst=1250; AWS raises it with the rate alone" in burst


def test_new_connections_above_the_quota_are_said() -> None:
    (warning,) = said(look({"GetServiceQuota": {"Quota": {"Value": 200.0}}}), Kind.WARNING)
    assert "connect_throttle_per_s is 300" in warning
    assert "--quota-code L-9ED1E49A --desired-value 300" in warning


def test_a_quota_that_was_never_changed_is_the_default() -> None:
    never = {"GetServiceQuota": "NoSuchResourceException", "GetAWSDefaultServiceQuota": {"Quota": {"Value": 100.0}}}
    assert "lets this account have 100" in said(look(never), Kind.WARNING)[0]


# Updates


MAPPING = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"StartingPosition": "LATEST"}}
UUID = "14e0db71-5d35-4eb5-b481-8945cf9d10c2"
OLD = {
    **deployed(MAPPING),
    "ListStackResources": {"StackResourceSummaries": [{"LogicalResourceId": "R0", "PhysicalResourceId": UUID}]},
}


@pytest.mark.parametrize("answer", [{"UUID": UUID}, DENIED])
def test_a_mapping_that_lambda_would_not_have_twice_stops_the_update(answer: Any) -> None:
    (stop,) = said(look({**OLD, "GetEventSourceMapping": answer}), Kind.STOP)
    assert f"`aws lambda delete-event-source-mapping --uuid {UUID} --region eu-central-1`" in stop


def test_a_mapping_that_was_deleted_stops_nothing() -> None:
    assert not look({**OLD, "GetEventSourceMapping": "ResourceNotFoundException"}).stops


def test_a_mapping_of_today_is_not_asked_for() -> None:
    today = {**MAPPING, "Properties": {"StartingPosition": "TRIM_HORIZON"}}
    assert not said(look(deployed(today)), Kind.UNKNOWN)


# The region, the bootstrap, CloudFront


def test_a_region_without_websocket_apis_stops() -> None:
    (stop,) = said(look({"GetApis": "BadRequestException"}), Kind.STOP)
    assert "eu-central-1 has no WebSocket APIs" in stop


def test_a_region_of_which_nobody_knows_is_warned_of() -> None:
    (warning,) = said(look(region="mx-central-1"), Kind.WARNING)
    assert "mx-central-1 (Mexico) may have no WebSocket APIs yet" in warning


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_a_partition_without_cloudfront_can_have_the_chat_alone(region: str) -> None:
    (stop,) = said(look(region=region), Kind.STOP)
    assert "-c web_site=false" in stop
    assert not look(region=region, web_site="false").stops


def test_a_log_of_cloudfront_is_had_in_one_region_alone() -> None:
    (stop,) = said(look(site_access_log="true"), Kind.STOP)
    assert "-c site_access_log=false" in stop
    assert not look(region="us-east-1", site_access_log="true").stops


@pytest.mark.parametrize("answer", ["ParameterNotFound", {"Parameter": {"Value": "5"}}])
def test_a_region_without_bootstrap_or_with_an_old_one_stops(answer: Any) -> None:
    (stop,) = said(look({"GetParameter": answer}), Kind.STOP)
    assert "`make bootstrap`" in stop


def test_an_account_without_a_distribution_is_told_of_the_lock() -> None:
    empty = {"ListDistributions": {"DistributionList": {"Quantity": 0}}}
    (warning,) = said(look(empty), Kind.WARNING)
    assert "Your account must be verified before you can add new CloudFront resources" in warning
    assert "-c web_site=false" in warning
    assert not said(look(empty, web_site="false"), Kind.WARNING)


def test_a_page_that_stays_although_it_is_left_out_is_named() -> None:
    (warning,) = said(look(deployed({"Type": "AWS::SQS::Queue"}), web_site="false"), Kind.WARNING)
    assert warning.startswith("Chat-site stays as it is")
    assert "`aws cloudformation delete-stack --stack-name Chat-site --region eu-central-1`" in warning


def test_a_page_that_moves_out_of_the_chats_stack_is_said_before() -> None:
    (warning,) = said(look(deployed({"Type": "AWS::CloudFront::Distribution", "Properties": {}})), Kind.WARNING)
    assert "the page moves to a stack of its own, Chat-site" in warning


# Without permission


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("GetApis", "apigateway:GET on /apis"),
        ("GetParameter", "ssm:GetParameter"),
        ("ListDistributions", "cloudfront:ListDistributions"),
        ("DescribeStacks", "cloudformation:DescribeStacks"),
        ("GetAccountSettings", "lambda:GetAccountSettings"),
        ("GetAccount", "apigateway:GET on /account"),
        ("GetServiceQuota", "servicequotas:GetServiceQuota"),
    ],
)
@pytest.mark.parametrize("code", [DENIED, "AccessDenied", "InternalFailure: not now"])
def test_what_may_not_be_asked_is_said_and_the_rest_goes_on(operation: str, action: str, code: str) -> None:
    report = look({operation: code})
    (unknown,) = said(report, Kind.UNKNOWN)
    assert action in unknown
    assert ("may not" in unknown) == ("AccessDenied" in code)
    assert not report.stops


def test_without_any_permission_everything_is_said_and_nothing_passed() -> None:
    report = look(dict.fromkeys(ROOMY, DENIED))
    assert not report.stops
    assert report.context == {}
    assert {finding.kind for finding in report.findings} == {Kind.UNKNOWN}


def test_a_stack_that_may_not_be_read_has_no_share_passed_for_it() -> None:
    assert look({"DescribeStacks": DENIED}).context == {}


def test_findings_say_what_to_do_in_words_without_a_trace() -> None:
    report = look({"GetAccountSettings": concurrency(10), "ListDistributions": {"DistributionList": {"Quantity": 0}}})
    for finding in report.findings:
        assert not re.search(r"Traceback|Exception\b", finding.says)
