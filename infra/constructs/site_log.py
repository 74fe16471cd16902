"""The access log of CloudFront with chosen fields (standard logging v2), for a stack in us-east-1 alone."""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_logs as logs
from constructs import Construct

from serverless_socketio.cdk.log_group import log_group

VENDED_LOGS = "/aws/vendedlogs/cloudfront"  # a prefix that keeps log delivery's policy short: "Logs sent to CloudWatch"
FIELDS = (
    *("date", "time", "x-edge-location", "x-host-header", "cs-method", "cs-uri-stem", "cs-protocol-version"),
    *("sc-status", "sc-bytes", "sc-content-type", "time-taken", "time-to-first-byte"),
    *("x-edge-result-type", "x-edge-detailed-result-type", "x-edge-request-id"),
)
"""What was asked for and what became of it. No query string, cookie or header, where keys travel; no address."""


class SiteLog(Construct):
    """A log group that CloudFront fills with a line of JSON for each request to a distribution."""

    def __init__(self, scope: Construct, id: str, *, distribution: cloudfront.IDistribution, log_days: int) -> None:
        super().__init__(scope, id)
        stack = Stack.of(self)
        group_name = f"{VENDED_LOGS}/{stack.stack_name}"
        group = log_group(self, "Log", days=log_days, name=group_name)
        source = logs.CfnDeliverySource(
            self,
            "Source",
            name=f"{stack.stack_name}-log",
            log_type="ACCESS_LOGS",
            resource_arn=stack.format_arn(
                service="cloudfront", region="", resource="distribution", resource_name=distribution.distribution_id
            ),
        )
        destination = logs.CfnDeliveryDestination(
            self,
            "Destination",
            name=f"{stack.stack_name}-log",
            output_format="json",
            destination_resource_arn=stack.format_arn(
                service="logs",
                resource="log-group",
                resource_name=group_name,
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            ),
        )
        destination.node.add_dependency(group)
        delivery = logs.CfnDelivery(
            self,
            "Delivery",
            delivery_source_name=source.name,
            delivery_destination_arn=destination.attr_arn,
            record_fields=list(FIELDS),
        )
        delivery.add_dependency(source)
