"""How API Gateway hands a client's frames to a function.

===========  ==================================  ===============================================================
`FrameMode`  integration                         a frame that Lambda refuses, since too many calls run already
===========  ==================================  ===============================================================
``sync``     ``AWS_PROXY``: waits for the        is lost, and its client gets an error frame, which a Socket.IO
             function                            client takes for a broken packet: it reconnects
``async``    ``AWS`` with ``X-Amz-Invocation-    waits in Lambda's queue and is tried again, until it is
             Type: 'Event'``: Lambda takes the   `FRAME_AGE` old; then it is dropped, and counted by Lambda's
             frame, the function answers by      metric ``AsyncEventsDropped``
             posts
===========  ==================================  ===============================================================

Lambda's queue delivers at least once, and what is tried again is overtaken by what came later: see decision 0052.
Sources: "Set up a WebSocket API integration request in API Gateway", "Set up a WebSocket API integration response in
API Gateway", "How Lambda handles errors and retries with asynchronous invocation".
"""

from typing import Literal, TypeAlias, cast

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_integrations import WebSocketAwsIntegration, WebSocketLambdaIntegration

from .function import newest

FrameMode: TypeAlias = Literal["sync", "async"]

FRAME_AGE = Duration.seconds(60)  # Lambda's least; a client that waits longer has given up
NO_RETRIES = 0  # of a function that failed: the client was told, or is to send again. Refusals are not failures
ALIAS = "frames"

WHEREVER = "$default"
REQUEST = (
    '{"requestContext":{'
    '"routeKey":"$context.routeKey",'
    '"eventType":"$context.eventType",'
    '"connectionId":"$context.connectionId",'
    '"requestId":"$context.requestId",'
    '"requestTimeEpoch":$context.requestTimeEpoch},'
    '"body":"$util.base64Encode($input.body)",'
    '"isBase64Encoded":true}'
)
"""The event: what the library reads of the proxy's own. The body is base64 because ``$util.escapeJavaScript`` makes no
JSON of an apostrophe; the variables are API Gateway's and need no escapes: no client chooses any of them."""


def proxy(name: str, function: lambda_.IFunction) -> WebSocketLambdaIntegration:
    """Make the integration that waits for the function."""
    return WebSocketLambdaIntegration(f"{name}Integration", function)


def hand_on(name: str, function: lambda_.IFunction) -> WebSocketAwsIntegration:
    """Make the integration that does not wait; the route that gets it needs `complete`, too."""
    target = f"{queued(function).function_arn}/invocations"
    return WebSocketAwsIntegration(
        _id(name),
        integration_uri=f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}:lambda:path/2015-03-31/functions/{target}",
        integration_method="POST",
        request_parameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        request_templates={WHEREVER: REQUEST},
        template_selection_expression=f"\\{WHEREVER}",
        passthrough_behavior=apigatewayv2.PassthroughBehavior.NEVER,
    )


def complete(name: str, route: apigatewayv2.WebSocketRoute, function: lambda_.IFunction) -> None:
    """Let a route's integration call the function, and have it say nothing to the client.

    An integration that is not a proxy needs a response, at least the one for whatever Lambda says; a route without a
    response of its own sends none. The route waits for both, so that a deployed API changes over without a gap.
    """
    permission = lambda_.CfnPermission(
        route,
        "MayQueue",
        action="lambda:InvokeFunction",
        function_name=queued(function).function_arn,
        principal="apigateway.amazonaws.com",
        source_arn=Stack.of(route).format_arn(
            service="execute-api", resource=route.web_socket_api.api_id, resource_name=f"*{route.route_key}"
        ),
    )
    integration = cast("apigatewayv2.WebSocketIntegration", route.node.find_child(_id(name)))
    response = apigatewayv2.CfnIntegrationResponse(
        route,
        "Queued",
        api_id=route.web_socket_api.api_id,
        integration_id=integration.integration_id,
        integration_response_key=WHEREVER,
    )
    own = cast("apigatewayv2.CfnRoute", route.node.default_child)
    own.add_resource_dependency(permission)
    own.add_resource_dependency(response)


def queued(function: lambda_.IFunction) -> lambda_.Alias:
    """Return the alias by which a function gets frames, made when first asked for.

    What is configured for asynchronous calls is so by alias: the function's other callers keep theirs, e.g. a queue of
    what failed, into which no frame may come, for it may hold a key. It means ``$LATEST``, so that the environments
    are the same; of a function that has versions, the newest, as its own alias does.
    """
    alias = function if isinstance(function, lambda_.Alias) else None
    own = cast("lambda_.Function", alias.version.lambda_ if alias else function)
    made = own.node.try_find_child("Queued")
    if made is None:
        if alias:
            made = newest(own, "Queued", ALIAS)
        else:
            made = lambda_.Alias(own, "Queued", alias_name=ALIAS, version=own.latest_version)
        made.configure_async_invoke(retry_attempts=NO_RETRIES, max_event_age=FRAME_AGE)
    return cast("lambda_.Alias", made)


def _id(name: str) -> str:
    """Return an id of its own, so that a deployed API changes over to another integration and not in place."""
    return f"{name}Queue"
