"""A function that a schedule calls."""

import json

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from .function import allow, called
from .trust import service_principal


def call_by_schedule(
    scope: Construct, id: str, *, function: lambda_.IFunction, expression: str, says: str, worth_s: int, retries: int
) -> None:
    """Call `function` with `{"schedule": says}`; a call that is refused is tried again within `worth_s` seconds.

    `expression` is `rate(…)`, or `cron(…)` in UTC.
    """
    role = iam.Role(scope, "ScheduleRole", assumed_by=service_principal("scheduler.amazonaws.com"))
    allow(role, ["lambda:InvokeFunction"], called(function).function_arn)
    scheduler.CfnSchedule(
        scope,
        id,
        schedule_expression=expression,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=called(function).function_arn,
            role_arn=role.role_arn,
            input=json.dumps({"schedule": says}),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_event_age_in_seconds=worth_s, maximum_retry_attempts=retries
            ),
        ),
    )
