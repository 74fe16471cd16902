"""What a stack with an issuer of tokens has beside, and one without has not."""

import json
import re
from typing import Any

import pytest

from infra import config
from infra.bundling import _locked, _packages
from tests.infra.assembly import Assembly, text
from tests.infra.conftest import Syntheses

JUDGES = {"Connect", "Message", "Polling"}
SLOTS = "{TablesConnections.Arn}/index/slots"


def layered(assembly: Assembly) -> set[str]:
    functions = assembly.properties("AWS::Lambda::Function")
    return {name for name, of in functions.items() if "{LayersTokens}" in map(text, of["Layers"])}


def partitions(assembly: Assembly, function: str, action: str) -> set[str]:
    policy = assembly.properties("AWS::IAM::Policy")[f"{function}RoleDefaultPolicy"]["PolicyDocument"]
    found: set[str] = set()
    for statement in policy["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if f"dynamodb:{action}" in actions and "Condition" in statement:
            keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            found.update(keys if isinstance(keys, list) else [keys])
    return found


@pytest.mark.parametrize("which", ["pool", "named"])
def test_functions_that_judge_tokens_have_pyjwt_and_no_other_has(which: str, request: pytest.FixtureRequest) -> None:
    assembly = request.getfixturevalue(which)
    assert layered(assembly) == JUDGES & assembly.properties("AWS::Lambda::Function").keys()


def test_without_an_issuer_there_is_no_layer_no_grant_and_no_pool(chat: Assembly) -> None:
    assert layered(chat) == set()
    assert "LayersTokens" not in chat.properties("AWS::Lambda::LayerVersion")
    assert not any("ISSUER#*" in partitions(chat, name, "GetItem") for name in JUDGES)
    assert not [kind for kind in chat.kinds() if kind.startswith("AWS::Cognito")]


def test_the_layer_of_tokens_is_what_pyjwt_brings_and_the_common_one_has_none_of_it() -> None:
    common = {each.partition("==")[0] for each in _packages(_locked("--no-dev"))}
    tokens = {each.partition("==")[0].partition("[")[0] for each in _packages(_locked("--only-group", "tokens"))}
    assert {"pyjwt", "cryptography"} <= tokens - common
    assert not {"pyjwt", "cryptography"} & common


def test_key_sets_and_users_are_written_by_judges_alone(named: Assembly) -> None:
    functions = named.properties("AWS::Lambda::Function")
    for name in functions:
        is_judge = name in JUDGES
        assert ("ISSUER#*" in partitions(named, name, "UpdateItem")) == is_judge
        assert ("USERS" in partitions(named, name, "PutItem")) == is_judge
        assert ("KEY#*" in partitions(named, name, "PutItem")) is False
    assert named.grants()["Sweeper"][SLOTS] == {"dynamodb:Query"}


def test_functions_and_page_are_told_of_the_pool_and_the_pages_policy_lets_it_ask(
    pool: Assembly, pool_site: Assembly
) -> None:
    issuer = "https://cognito-idp.{AWS::Region}.{AWS::URLSuffix}/{SignInUsers}"
    for name, properties in pool.properties("AWS::Lambda::Function").items():
        told = {key: text(value) for key, value in properties["Environment"]["Variables"].items()}
        assert told.get("AUTH_ISSUER") == (issuer if name in {*JUDGES, "Sweeper"} else None)
        assert name not in JUDGES or told["AUTH_AUDIENCE"] == "{SignInUsersPage}"
    outputs = {key: text(each["Value"]) for key, each in pool.template["Outputs"].items()}
    assert outputs["UserPoolClient"] == "{SignInUsersPage}"
    told_page = text(pool_site.template["Outputs"]["SiteConfig"]["Value"])
    page = json.loads(re.sub(r"\{Pool\.PublishOutputRef(\w+?)[0-9A-F]{16}\}", r"{\1}", told_page))
    assert page["signIn"] == {"issuer": issuer, "clientId": "{SignInUsersPage}", "scope": "openid"}
    (headers,) = pool_site.properties("AWS::CloudFront::ResponseHeadersPolicy").values()
    security = headers["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = text(security["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    (connect,) = [each for each in policy.split("; ") if each.startswith("connect-src")]
    pages = "https://pool-{AWS::AccountId}.auth.{AWS::Region}.amazoncognito.com"
    assert connect == f"connect-src 'self' wss: https://cognito-idp.{{AWS::Region}}.{{AWS::URLSuffix}} {pages}"


def test_the_page_is_a_public_client_that_signs_in_by_codes_alone(pool: Assembly) -> None:
    (client,) = pool.properties("AWS::Cognito::UserPoolClient").values()
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid"]
    assert [text(url) for url in client["CallbackURLs"]] == [
        "https://chat.example.com/",
        "http://localhost:3000/",
    ]


def test_a_pool_stays_with_the_data(pool: Assembly) -> None:
    (made,) = pool.of_type("AWS::Cognito::UserPool").values()
    assert made["DeletionPolicy"] == "Retain"
    assert made["Properties"]["DeletionProtection"] == "ACTIVE"


def test_cdk_nag_finds_nothing_that_is_not_accepted(syntheses: Syntheses) -> None:
    findings: list[str] = json.loads((syntheses.full / "sign_in_nag.json").read_text())
    assert [each for each in findings if "AwsSolutions" in each] == []


ISSUER = {"auth_issuer": "https://login.example.com", "auth_audience": "chat"}


@pytest.mark.parametrize(
    ("context", "word"),
    [
        ({"auth_issuer": "https://login.example.com"}, "auth_audience"),
        ({"auth_audience": "chat"}, "auth_issuer"),
        ({"auth_client_id": "page"}, "auth_issuer"),
        ({**ISSUER, "auth_issuer": "http://login.example.com"}, "auth_issuer"),
        ({**ISSUER, "auth_issuer": "http://localhost:3000"}, "https"),
        ({**ISSUER, "auth_jwks_url": "http://127.0.0.1/jwks"}, "https"),
        ({**ISSUER, "auth_issuer": "https://login.example.com?x=1"}, "auth_issuer"),
        ({**ISSUER, "cognito": "new"}, "auth_issuer"),
        ({"cognito": "old"}, "cognito"),
        ({**ISSUER, "auth_origins": "http://elsewhere.example"}, "auth_origins"),
    ],
)
def test_what_would_let_nobody_in_is_refused(context: dict[str, Any], word: str) -> None:
    with pytest.raises(config.ConfigError, match=word):
        config.read({**config.defaults(), **context}.get, {})


def test_a_local_engine_may_have_an_issuer_on_its_machine() -> None:
    context = {**ISSUER, "auth_issuer": "http://localhost:4000", "bundle_for": "local"}
    assert config.read({**config.defaults(), **context}.get, {}).has_issuer
