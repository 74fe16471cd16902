"""A WebSocket API for any functions that speak to its connections. It knows nothing of Socket.IO."""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import TypeAlias

from aws_cdk import Aws, CfnResource, RemovalPolicy, Stack, Tags
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from . import integrations
from .accepted import accept
from .function import allow
from .integrations import FrameMode

CONNECT, DISCONNECT, DEFAULT = "$connect", "$disconnect", "$default"
MANAGE = "execute-api:ManageConnections"
NO_ANSWERS = "answer_in_response needs frames=sync: with frames=async what a function returns is dropped"

Throttle: TypeAlias = tuple[int, int]
"""A token bucket of API Gateway: how many a second in the long run, and how many at once."""

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "connectionId": "$context.connectionId",
    "routeKey": "$context.routeKey",
    "eventType": "$context.eventType",
    "status": "$context.status",
    "requestTimeEpoch": "$context.requestTimeEpoch",
    "integrationLatencyMs": "$context.integrationLatency",
    "error": "$context.error.message",
}
"""Ids, outcome and time. No query string or header, where tokens travel; no address of a person."""


class WebSocketApi(Construct):
    """A WebSocket API with one stage, deployed by itself whenever a route changes.

    Its routes call functions; the functions post back through `callback_url`, which `grant_connections` lets them do.
    Both depend on the API alone, not on its stage or routes, so that the functions behind the routes can have them
    without a circle.

    Args:
        scope: Where it belongs.
        id: Its name in the stack.
        connect: Called before a connection is let in, and (best effort) after it has gone.
        default: Called with each message that no other route takes.
        routes: Who is called instead with a JSON message of each of these route keys.
        stage: Name of the stage, the path of the URL.
        route_selection: Where in a JSON message the route's name is.
        answers: Whether what a function returns for a message goes back to the sender as a frame.
        frames: How messages are handed on; see `integrations`. Handshakes and ends are always waited for.
        throttle: Messages of all connections together. API Gateway answers what is above with an error frame.
        connect_throttle: New connections.
        log_group: Gets the access log.
        account_log_role: Whether to set the role by which API Gateway writes logs. It is one setting for the whole
            account and region, and without it no stage with an access log can be made; it stays when the stack goes.
        fixed_id: Asks a local engine for this API id. AWS takes it for an ordinary tag.

    Attributes:
        host: The API's own host name.
        path: Path of the stage on it, e.g. `/live`: nothing else is served.
        url: `wss://…`, for clients.
        callback_url: `https://…`, the management endpoint of the stage.
        routes: The routes, should something have to wait for them.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        connect: lambda_.IFunction,
        default: lambda_.IFunction,
        log_group: logs.ILogGroup,
        throttle: Throttle,
        connect_throttle: Throttle,
        routes: Mapping[str, lambda_.IFunction] | None = None,
        stage: str = "live",
        route_selection: str = "$request.body.action",
        answers: bool = False,
        frames: FrameMode = "sync",
        account_log_role: bool = True,
        fixed_id: str = "",
    ) -> None:
        super().__init__(scope, id)
        if answers and frames == "async":
            raise ValueError(NO_ANSWERS)
        self.api = apigatewayv2.WebSocketApi(
            self, "Api", api_name=_listed_as(self), route_selection_expression=route_selection
        )
        if fixed_id:
            Tags.of(self.api).add("ms-custom-id", fixed_id)
        self.host = f"{self.api.api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}"
        self.path = f"/{stage}"
        self.url = f"wss://{self.host}{self.path}"
        self.callback_url = f"https://{self.host}{self.path}"
        route = self._handed_on if frames == "async" else partial(self._route, answers=answers)
        self.routes = [
            self._route("Connect", CONNECT, connect),
            self._route("Disconnect", DISCONNECT, connect),
            route("Messages", DEFAULT, default),
            *(route(_camel_case(key), key, each) for key, each in (routes or {}).items()),
        ]
        self.stage = self._stage(throttle, connect_throttle, log_group)
        if account_log_role:
            self.stage.node.add_dependency(self._account_log_role())

    def grant_connections(self, grantee: iam.IGrantable) -> None:
        """Let it post to any connection of the stage, and close it: no id is known before."""
        stage = f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self.api.api_id}{self.path}"
        allow(grantee, [MANAGE], *(f"{stage}/{method}/@connections/*" for method in ("POST", "DELETE")))

    def _route(
        self, name: str, key: str, function: lambda_.IFunction, *, answers: bool = False
    ) -> apigatewayv2.WebSocketRoute:
        return self._route_to(integrations.proxy(name, function), name, key, answers=answers)

    def _handed_on(self, name: str, key: str, function: lambda_.IFunction) -> apigatewayv2.WebSocketRoute:
        route = self._route_to(integrations.hand_on(name, function), name, key)
        integrations.complete(name, route, function)
        return route

    def _route_to(
        self, integration: apigatewayv2.WebSocketRouteIntegration, name: str, key: str, *, answers: bool = False
    ) -> apigatewayv2.WebSocketRoute:
        route = apigatewayv2.WebSocketRoute(
            self, name, web_socket_api=self.api, route_key=key, integration=integration, return_response=answers or None
        )
        accept(route, {"APIG4": "The function authorises: a Socket.IO client sends its key after it was let in."})
        return route

    def _stage(
        self, throttle: Throttle, connect_throttle: Throttle, log_group: logs.ILogGroup
    ) -> apigatewayv2.CfnStage:
        """Make the stage after its routes: settings of a route are refused before the route exists.

        Data trace stays off: it would write messages, and the tokens in them, to the log.
        """
        stage = apigatewayv2.CfnStage(
            self,
            "Stage",
            api_id=self.api.api_id,
            stage_name=self.path.removeprefix("/"),
            auto_deploy=True,
            access_log_settings=apigatewayv2.CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group.log_group_arn, format=json.dumps(ACCESS_LOG)
            ),
            default_route_settings=apigatewayv2.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=throttle[0],
                throttling_burst_limit=throttle[1],
                data_trace_enabled=False,
                logging_level="OFF",
            ),
            route_settings={
                CONNECT: {
                    "ThrottlingRateLimit": connect_throttle[0],
                    "ThrottlingBurstLimit": connect_throttle[1],
                    "DataTraceEnabled": False,
                    "LoggingLevel": "OFF",
                }
            },
        )
        stage.node.add_dependency(*self.routes)
        return stage

    def _account_log_role(self) -> CfnResource:
        """Let API Gateway write logs. AWS checks the role for exactly what its managed policy allows.

        It tries the role when it is set; whether it says then for whom it acts (`aws:SourceAccount`) is not documented.
        """
        role = iam.Role(
            self,
            "AccountLogRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AmazonAPIGatewayPushToCloudWatchLogs")
            ],
        )
        role.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        accept(role, {"IAM4": "API Gateway takes a role for its logs only if it has exactly these permissions, on *."})
        account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        account.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        return account


def _listed_as(construct: Construct) -> str:
    """Return the name for the console's list, where an id would not tell whose API it is: the stack's and its own."""
    stack = Stack.of(construct)
    own = construct.node.path.removeprefix(f"{stack.node.path}/").removeprefix("Default/")
    return f"{stack.stack_name}-{own.replace('/', '-')}"


def _camel_case(key: str) -> str:
    """Return a construct's name for a route key, e.g. `PresenceOnline` for `presence:online`."""
    return "".join(word.capitalize() for word in re.split(r"\W+", key))
