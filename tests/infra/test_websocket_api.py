"""The WebSocket API in an app that has never heard of the chat."""

import json
import re
from typing import Any

import pytest

from infra.chat_stack import PRESENCE_ROUTES, PUSH_ROUTES
from tests.infra.assembly import Assembly, short, text
from tests.infra.conftest import Syntheses


def test_it_calls_whatever_functions_it_is_given(somebody_else: Assembly) -> None:
    routes = somebody_else.properties("AWS::ApiGatewayV2::Route").values()
    own = {"chess:move", "chess:resign"}
    assert {route["RouteKey"] for route in routes} == {"$connect", "$disconnect", "$default"} | own
    integrations = somebody_else.properties("AWS::ApiGatewayV2::Integration").values()
    assert all("{Play.Arn}" in text(integration["IntegrationUri"]) for integration in integrations)


def test_functions_can_know_the_url_of_the_api_that_calls_them(somebody_else: Assembly) -> None:
    (play,) = somebody_else.properties("AWS::Lambda::Function").values()
    callback = text(play["Environment"]["Variables"]["CALLBACK_URL"])
    assert callback == "https://{MovesApi}.execute-api.{AWS::Region}.{AWS::URLSuffix}/play"
    assert text(somebody_else.template["Outputs"]["Url"]["Value"]) == callback.replace("https:", "wss:")


def test_every_route_of_messages_can_answer_in_its_response(somebody_else: Assembly) -> None:
    responses = somebody_else.properties("AWS::ApiGatewayV2::RouteResponse").values()
    assert [response["RouteResponseKey"] for response in responses] == ["$default"] * 3


def test_the_account_is_left_alone_when_asked(somebody_else: Assembly) -> None:
    assert somebody_else.of_type("AWS::ApiGateway::Account") == {}


def test_a_local_engine_can_be_asked_for_an_api_id(somebody_else: Assembly) -> None:
    (api,) = somebody_else.properties("AWS::ApiGatewayV2::Api").values()
    assert api["Tags"] == {"ms-custom-id": "gamelocal"}


def test_it_is_listed_under_the_name_of_its_stack(chat: Assembly, somebody_else: Assembly) -> None:
    names = {
        api["Name"] for each in (chat, somebody_else) for api in each.properties("AWS::ApiGatewayV2::Api").values()
    }
    assert names == {"Chat-Api", "Chat-Polling", "Game-Moves"}


# frames=async


def handed_on(stack: Assembly) -> dict[str, dict[str, Any]]:
    """The integrations that do not wait, by their routes."""
    integrations = stack.properties("AWS::ApiGatewayV2::Integration")
    routes = stack.properties("AWS::ApiGatewayV2::Route").values()
    targets = {route["RouteKey"]: integrations[text(route["Target"])[len("integrations/{") : -1]] for route in routes}
    return {key: each for key, each in targets.items() if each["IntegrationType"] == "AWS"}


def test_by_default_every_route_waits(chat: Assembly) -> None:
    assert handed_on(chat) == {}
    assert chat.of_type("AWS::ApiGatewayV2::IntegrationResponse") == {}
    assert chat.of_type("AWS::Lambda::Alias") == {}


def test_frames_are_handed_on_to_lambdas_queue_and_handshakes_are_not(named: Assembly) -> None:
    found = handed_on(named)
    assert found.keys() == {"$default", *PRESENCE_ROUTES, *PUSH_ROUTES}
    for each in found.values():
        assert each["RequestParameters"] == {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
        assert (each["IntegrationMethod"], each["TemplateSelectionExpression"]) == ("POST", "\\$default")
        (template,) = each["RequestTemplates"].values()
        assert '"body":"$util.base64Encode($input.body)"' in template
        assert '"isBase64Encoded":true' in template
        json.loads(template.replace("$context.requestTimeEpoch", "0"))
    assert "{MessageQueued" in text(found["$default"]["IntegrationUri"])
    assert "{PushQueued" in text(found["push:status"]["IntegrationUri"])
    assert named.of_type("AWS::ApiGatewayV2::RouteResponse") == {}


def test_each_has_a_response_and_its_permission_before_the_route_leads_there(named: Assembly) -> None:
    responses = named.properties("AWS::ApiGatewayV2::IntegrationResponse")
    assert {each["IntegrationResponseKey"] for each in responses.values()} == {"$default"}
    assert len(responses) == len(handed_on(named))
    permissions = named.properties("AWS::Lambda::Permission")
    routes = {route["Properties"]["RouteKey"]: route for route in named.of_type("AWS::ApiGatewayV2::Route").values()}
    for key in handed_on(named):
        needed = [short(each) for each in routes[key]["DependsOn"]]
        (permission,) = [permissions[each] for each in needed if each in permissions]
        assert text(permission["SourceArn"]).endswith(f"/*{key}")
        assert "Queued" in text(permission["FunctionName"])
        assert any(each in responses for each in needed)


@pytest.mark.parametrize(
    ("assembly", "version"),
    [("bare", r"\{(Message|Presence|Push)CurrentVersion\w*\.Version\}"), ("named", r"\$LATEST")],
)
def test_a_frame_is_dropped_after_a_minute_and_lies_in_no_queue_of_dead_letters(
    request: pytest.FixtureRequest, assembly: str, version: str
) -> None:
    found: Assembly = request.getfixturevalue(assembly)
    aliases = [each for each in found.properties("AWS::Lambda::Alias").values() if each["Name"] == "frames"]
    functions = {"{Message}", "{Presence}", "{Push}"}
    assert {text(each["FunctionName"]) for each in aliases} <= functions
    assert all(re.fullmatch(version, text(each["FunctionVersion"])) for each in aliases)
    configured = [each for name, each in found.properties("AWS::Lambda::EventInvokeConfig").items() if "Queued" in name]
    assert len(configured) == len(aliases) > 0
    for each in configured:
        assert (each["MaximumRetryAttempts"], each["MaximumEventAgeInSeconds"]) == (0, 60)
        assert "DestinationConfig" not in each  # a frame may hold a key


def test_nobody_waits_for_an_answer_that_would_go_back(syntheses: Syntheses) -> None:
    refused = json.loads((syntheses.full / "refused.json").read_text())
    assert refused[4].startswith("answer_in_response needs frames=sync")
