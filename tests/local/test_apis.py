"""Which route a message selects."""

import pytest

from local.engine.apis import selected

EXPRESSION = "$request.body.action"


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ('{"action": "chat:join"}', "chat:join"),
        (' {"action": "$connect"}', "$connect"),
        ('{"action": ""}', ""),
        ('{"action": 5}', "$default"),
        ('{"action": null}', "$default"),
        ('{"action": {"a": 1}}', "$default"),
        ('{"other": "x"}', "$default"),
        ('["action"]', "$default"),
        ('"action"', "$default"),
        ("3", "$default"),
        ('42["chat:join",{"action":"x"}]', "$default"),
        ("{", "$default"),
        ('{"a":' * 100_000, "$default"),
        ("", "$default"),
    ],
)
def test_a_json_object_selects_by_its_action_and_nothing_else_does(text: str, route: str) -> None:
    assert selected(EXPRESSION, text) == route


def test_a_path_may_go_deeper() -> None:
    assert selected("$request.body.a.b", '{"a": {"b": "x"}}') == "x"


@pytest.mark.parametrize("expression", ["", "$default", "$request.header.x"])
def test_other_expressions_select_the_default(expression: str) -> None:
    assert selected(expression, '{"action": "x"}') == "$default"
