"""The WebSocket API in an app that has never heard of the chat."""

from tests.infra.assembly import Assembly, text


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
