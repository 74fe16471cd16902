"""An HTTP API for long-polling, which a WebSocket API cannot serve. It knows nothing of Engine.IO but the methods.

Frames come by POST, and go where a WebSocket's frames go. Whatever else is asked may be held for a while, and is a
function's of its own. Any path is served: what stands before the API has the clients' path.
"""

import json

from aws_cdk import Aws, Stack, Tags
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from .accepted import accept
from .function import called

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "requestTimeEpoch": "$context.requestTimeEpoch",
    "integrationLatencyMs": "$context.integrationLatency",
    "error": "$context.error.message",
}
"""Outcome and time. No query string, which has what a client proves itself by; no address of a person."""


class PollingApi(Construct):
    """An HTTP API with one stage, deployed by itself.

    Args:
        scope: Where it belongs.
        id: Its name in the stack.
        polls: Called with all requests but POST; it may hold them.
        frames: Called with POST.
        log_group: Gets the access log.
        throttle: All requests together: how many a second, and how many at once.

    Attributes:
        domain: The API's own host name, at which any path is served.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        polls: lambda_.IFunction,
        frames: lambda_.IFunction,
        log_group: logs.ILogGroup,
        throttle: tuple[int, int],
        fixed_id: str = "",
    ) -> None:
        super().__init__(scope, id)
        name = f"{Stack.of(self).stack_name}-Polling"
        self.api = apigatewayv2.HttpApi(self, "Api", api_name=name, create_default_stage=False)
        if fixed_id:
            Tags.of(self.api).add("ms-custom-id", fixed_id)
        self.domain = f"{self.api.api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
        posts = apigatewayv2.HttpRouteKey.with_("/{proxy+}", apigatewayv2.HttpMethod.POST)
        routes = [
            self._route("Posts", posts, frames),
            self._route("Polls", apigatewayv2.HttpRouteKey.DEFAULT, polls),
        ]
        stage = apigatewayv2.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigatewayv2.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group.log_group_arn, format=json.dumps(ACCESS_LOG)
            ),
            default_route_settings=apigatewayv2.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=throttle[0], throttling_burst_limit=throttle[1]
            ),
        )
        stage.node.add_dependency(*routes)

    def _route(self, name: str, key: apigatewayv2.HttpRouteKey, function: lambda_.IFunction) -> apigatewayv2.HttpRoute:
        integration = HttpLambdaIntegration(f"{name}Integration", called(function))
        route = apigatewayv2.HttpRoute(self, name, http_api=self.api, route_key=key, integration=integration)
        accept(route, {"APIG4": "The function authorises: a Socket.IO client sends its key after it was let in."})
        return route
