"""The page in the cloud: what CloudFront serves, what it hands on, and what it lets nobody else see."""

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.edge.paths import SOCKET_PATH
from local.edge.site import CONTENT_SECURITY_POLICY as LOCAL_POLICY
from tests.infra.assembly import Assembly, text
from tests.infra.synthesise import ACL, CERTIFICATE

SOURCE = Path(__file__).parents[2] / "infra" / "constructs" / "web_site.py"

# AWS's managed policies, by the ids that its documentation gives.
CACHING_OPTIMIZED = (
    "658327ea-f89d-4fab-a63d-7e88639e58f6"  # gzip and Brotli; a second at least, what headers say at most
)
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


def distribution(assembly: Assembly) -> dict[str, Any]:
    (properties,) = assembly.properties("AWS::CloudFront::Distribution").values()
    config: dict[str, Any] = properties["DistributionConfig"]
    return config


def origin(assembly: Assembly, behaviour: dict[str, Any]) -> dict[str, Any]:
    (found,) = [each for each in distribution(assembly)["Origins"] if each["Id"] == behaviour["TargetOriginId"]]
    return dict(found)


@pytest.fixture(scope="module")
def socket(chat: Assembly) -> dict[str, Any]:
    (behaviour,) = distribution(chat)["CacheBehaviors"]
    return dict(behaviour)


@pytest.fixture(scope="module")
def page(chat: Assembly) -> dict[str, Any]:
    return dict(distribution(chat)["DefaultCacheBehavior"])


def test_it_imports_nothing_of_the_chat() -> None:
    modules = {node.module for node in ast.walk(ast.parse(SOURCE.read_text())) if isinstance(node, ast.ImportFrom)}
    assert not {module for module in modules if module and module.startswith("infra")}


def test_the_page_comes_compressed_from_the_bucket_and_as_long_as_its_headers_say(
    chat: Assembly, page: dict[str, Any]
) -> None:
    assert text(origin(chat, page)["DomainName"]) == "{SiteBucket.RegionalDomainName}"
    assert (page["Compress"], page["CachePolicyId"]) == (True, CACHING_OPTIMIZED)
    assert page["ViewerProtocolPolicy"] == "redirect-to-https"
    assert distribution(chat)["DefaultRootObject"] == "index.html"


def test_the_bucket_is_read_by_this_distribution_and_nobody_else(chat: Assembly) -> None:
    (bucket,) = chat.properties("AWS::S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (policy,) = chat.properties("AWS::S3::BucketPolicy").values()
    insecure, read = policy["PolicyDocument"]["Statement"]
    assert (insecure["Effect"], insecure["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (read["Effect"], read["Action"], read["Principal"]) == (
        "Allow",
        "s3:GetObject",
        {"Service": "cloudfront.amazonaws.com"},
    )
    assert text(read["Condition"]["StringEquals"]["AWS:SourceArn"]).endswith(":distribution/{SiteDistribution}")
    (access,) = chat.properties("AWS::CloudFront::OriginAccessControl").values()
    assert access["OriginAccessControlConfig"]["SigningBehavior"] == "always"


def test_the_bucket_outlives_the_stack_since_its_files_are_not_the_stacks(chat: Assembly) -> None:
    (bucket,) = chat.of_type("AWS::S3::Bucket").values()
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"  # of a creation that failed, an empty one stays nowhere


def test_pages_carry_security_headers(chat: Assembly, page: dict[str, Any]) -> None:
    assert text(page["ResponseHeadersPolicyId"]) == "{SiteHeaders}"
    (policy,) = chat.properties("AWS::CloudFront::ResponseHeadersPolicy").values()
    headers = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert all(header["Override"] for header in headers.values())
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert headers["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
    assert "ContentTypeOptions" in headers


def test_the_page_may_do_what_it_may_do_locally_but_for_sockets_without_tls(chat: Assembly) -> None:
    (policy,) = chat.properties("AWS::CloudFront::ResponseHeadersPolicy").values()
    headers = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    said = directives(headers["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    locally = directives(LOCAL_POLICY.format(""))
    assert said == locally | {"connect-src": locally["connect-src"] - {"ws:"}}
    assert "'unsafe-inline'" not in said["script-src"] | said["style-src"]


def directives(policy: str) -> dict[str, set[str]]:
    parts = (part.split() for part in policy.split(";"))
    return {name: set(sources) for name, *sources in parts}


def test_sockets_go_to_the_api_with_all_that_the_viewer_sent_but_the_host(
    chat: Assembly, socket: dict[str, Any]
) -> None:
    api = origin(chat, socket)
    assert socket["PathPattern"] == f"{SOCKET_PATH}*"
    assert text(api["DomainName"]) == "{Api}.execute-api.{AWS::Region}.{AWS::URLSuffix}"
    assert api["CustomOriginConfig"] == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    assert "OriginPath" not in api  # the function writes the whole path
    assert socket["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST_HEADER
    assert socket["CachePolicyId"] == CACHING_DISABLED
    assert socket["ViewerProtocolPolicy"] == "https-only"  # a redirect would come after the key went out in the open


@pytest.mark.parametrize("uri", [SOCKET_PATH, f"{SOCKET_PATH}/"])
def test_the_path_of_sockets_becomes_the_stage_without_a_slash_and_nothing_else_changes(
    chat: Assembly, uri: str
) -> None:
    rest = {
        "method": "GET",
        "querystring": {"EIO": {"value": "4"}, "transport": {"value": "websocket"}},
        "headers": {"upgrade": {"value": "websocket"}, "origin": {"value": "https://d1.cloudfront.net"}},
        "cookies": {},
    }
    assert handed_on(chat, {"uri": uri, **rest}) == {"uri": "/live", **rest}


@pytest.mark.parametrize(
    "uri", [f"{SOCKET_PATH}//", f"{SOCKET_PATH}s", f"{SOCKET_PATH}/@connections/x", "/API/SOCKETIO"]
)
def test_other_paths_never_reach_the_api(chat: Assembly, uri: str) -> None:
    answer = handed_on(chat, {"uri": uri, "method": "POST", "querystring": {}, "headers": {}, "cookies": {}})
    assert answer == {"statusCode": 404, "statusDescription": "Not Found"}


def handed_on(assembly: Assembly, request: dict[str, Any]) -> dict[str, Any]:
    """What the template's function makes of a viewer's request, run by Node."""
    (function,) = assembly.properties("AWS::CloudFront::Function").values()
    event = json.dumps({"version": "1.0", "context": {"eventType": "viewer-request"}, "request": request})
    script = f"{function['FunctionCode']}\nconsole.log(JSON.stringify(handler({event})));"
    ran = subprocess.run(["node", "--eval", script], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def test_the_function_runs_before_anything_is_looked_up(chat: Assembly, socket: dict[str, Any]) -> None:
    (association,) = socket["FunctionAssociations"]
    assert association["EventType"] == "viewer-request"
    assert text(association["FunctionARN"]) == "{SiteSocketPath.FunctionARN}"
    (function,) = chat.properties("AWS::CloudFront::Function").values()
    assert (function["FunctionConfig"]["Runtime"], function["AutoPublish"]) == ("cloudfront-js-2.0", True)
    assert len(function["FunctionCode"].encode()) <= 10_240  # CloudFront's quota


def test_the_page_is_told_where_sockets_are_and_no_key_but_the_public_one(chat: Assembly) -> None:
    outputs = {key: text(output["Value"]) for key, output in chat.template["Outputs"].items()}
    told = json.loads(outputs["SiteConfig"])
    public = chat.properties("AWS::Lambda::Function")["Message"]["Environment"]["Variables"]["VAPID_PUBLIC_KEY"]
    assert told == {"socketPath": SOCKET_PATH, "enableWebsockets": True, "vapidPublicKey": public}
    assert outputs["SiteUrl"] == "https://{SiteDistribution.DomainName}"
    assert outputs["BucketSite"] == "{SiteBucket}"


def test_what_is_named_once_an_account_is_named_by_stack_and_region(chat: Assembly) -> None:
    (policy,) = chat.properties("AWS::CloudFront::ResponseHeadersPolicy").values()
    (access,) = chat.properties("AWS::CloudFront::OriginAccessControl").values()
    names = {
        text(policy["ResponseHeadersPolicyConfig"]["Name"]),
        text(access["OriginAccessControlConfig"]["Name"]),
    }
    (name,) = names
    assert name.startswith("ChatSite")
    assert name.endswith("-{AWS::Region}")


def test_it_can_be_left_out(bare: Assembly) -> None:
    assert not [kind for kind in bare.kinds() if kind.startswith(("AWS::CloudFront::", "AWS::S3::"))]
    assert not [key for key in bare.template["Outputs"] if "Site" in key]
    connect = bare.properties("AWS::Lambda::Function")["Connect"]
    assert connect["Environment"]["Variables"]["ALLOWED_ORIGINS"] == ""


def test_it_takes_a_name_a_certificate_and_a_web_acl_of_ones_own(somebody_else: Assembly) -> None:
    board = distribution(somebody_else)
    assert board["Aliases"] == ["game.example.com"]
    assert board["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE
    assert board["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert (board["WebACLId"], board["PriceClass"]) == (ACL, "PriceClass_All")


def test_the_functions_behind_the_api_can_know_the_page(somebody_else: Assembly) -> None:
    (play,) = somebody_else.properties("AWS::Lambda::Function").values()
    assert play["Environment"]["Variables"]["PAGE"] == "https://game.example.com"
