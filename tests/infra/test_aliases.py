"""`function_aliases`: what a way back within seconds is made of."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.assembly import Assembly, short, text
from tests.infra.updates import references

FUNCTION, VERSION, ALIAS = "AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"
OF_A_FUNCTION = {VERSION, ALIAS, "AWS::Lambda::EventInvokeConfig"}
"""Types that name a function, and beside it a version or an alias."""


def test_there_are_none_by_default(chat: Assembly) -> None:
    assert not chat.kinds() & {VERSION, ALIAS}


def test_an_alias_leads_to_its_functions_newest_version_with_all_the_weight(bare: Assembly) -> None:
    aliases = bare.properties(ALIAS)
    queued = {"MessageQueued", "PresenceQueued", "PushQueued"} & aliases.keys()  # frames=async
    assert aliases.keys() - queued == {f"{name}Alias" for name in bare.of_type(FUNCTION)}
    assert {aliases[name]["Name"] for name in queued} == {"frames"}
    versions = {name: each for name, each in bare.template["Resources"].items() if each["Type"] == VERSION}
    for name, alias in aliases.items():
        (version,) = references(alias["FunctionVersion"])
        assert text(versions[version]["Properties"]["FunctionName"]) == text(alias["FunctionName"])
        assert text(alias["FunctionName"]) == f"{{{name.removesuffix('Alias').removesuffix('Queued')}}}"
        assert alias["Name"] == ("frames" if name in queued else "live")
        # Said although there are none: a weight that an operator has moved comes back with a deployment.
        assert alias["RoutingConfig"] == {"AdditionalVersionWeights": []}


def test_versions_stay_after_the_next_was_published(bare: Assembly) -> None:
    policies = {each["DeletionPolicy"] for each in bare.template["Resources"].values() if each["Type"] == VERSION}
    assert policies == {"Retain"}


def test_everything_calls_the_alias_and_nothing_the_function_itself(bare: Assembly) -> None:
    functions = {name for name, each in bare.template["Resources"].items() if each["Type"] == FUNCTION}
    callers = set(_naming(bare, functions))
    assert callers == set()
    configured = bare.properties("AWS::Lambda::EventInvokeConfig").values()
    for each in configured:
        (function,) = references(each["FunctionName"])
        (alias,) = references(each["Qualifier"])
        assert short(alias) in {f"{short(function)}Alias", f"{short(function)}Queued"}


@pytest.mark.parametrize(("assembly", "named"), [("chat", "{Message.Arn}"), ("bare", "{MessageAlias}")])
def test_the_function_that_opens_may_call_what_it_is_told_to(
    request: pytest.FixtureRequest, assembly: str, named: str
) -> None:
    grants = request.getfixturevalue(assembly).grants()["Connect"]
    assert grants[named] == {"lambda:InvokeFunction"}


def _naming(assembly: Assembly, functions: set[str]) -> Iterator[str]:
    """The resources that lead to one of these functions."""
    for name, resource in assembly.template["Resources"].items():
        properties: dict[str, Any] = resource.get("Properties", {})
        if resource["Type"] not in OF_A_FUNCTION and functions & set(references(properties)):
            yield short(name)
