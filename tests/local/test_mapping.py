"""The mapping template, as API Gateway renders it: our own, and what is not played."""

import base64
from typing import Any

import pytest

from local.edge import events
from local.engine.mapping import MappingError, render
from serverless_socketio.cdk.integrations import REQUEST

PEER = events.Peer(
    api_id="a",
    region="us-east-1",
    stage="live",
    connection_id="L0SM9cOFvHcCIhw=",
    connected_at_ms=1,
    source_ip="203.0.113.7",
    user_agent='a "strange" one\\',
)


@pytest.mark.parametrize(
    "body", ["", "3", "40", '42["it\'s","\\"q\\"\\\\"]', "👋 ß \u2028 日本", "$context.requestId #set", "x" * 32_768]
)
def test_our_template_makes_the_event_that_the_library_reads(body: str) -> None:
    event = events.message(PEER, "presence:online", body)
    made = render(REQUEST, event)
    context = event["requestContext"]
    names = ("routeKey", "eventType", "connectionId", "requestId", "requestTimeEpoch")
    assert made == {
        "requestContext": {name: context[name] for name in names},
        "body": base64.b64encode(body.encode()).decode(),
        "isBase64Encoded": True,
    }


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ('{"ip":"$context.identity.sourceIp"}', {"ip": "203.0.113.7"}),
        ('{"none":"$context.authorizer.principalId"}', {"none": ""}),
        ('{"said":$input.body}', {"said": [1, "a"]}),
        ("[7]", [7]),
    ],
)
def test_what_else_is_printed(template: str, made: Any) -> None:
    assert render(template, events.message(PEER, "$default", '[1,"a"]')) == made


@pytest.mark.parametrize(
    "template",
    [
        "$util.escapeJavaScript($input.body)",
        "$util.base64Encode($input.json('$'))",
        "#set($a = 1){}",
        '{"a":"$a"}',
        '{"body":"$input.body"}',  # no JSON: the body has quotes
        "",
    ],
)
def test_what_is_not_played_or_makes_no_json_fails(template: str) -> None:
    with pytest.raises(MappingError):
        render(template, events.message(PEER, "$default", '{"a":1}'))
