"""The page in the cloud: what CloudFront serves, what it hands on, and what it lets nobody else see."""

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.edge.paths import SOCKET_PATH
from local.edge.site import CONTENT_SECURITY_POLICY as LOCAL_POLICY
from serverless_socketio.polling import refusals
from tests.infra.assembly import Assembly, strings, text
from tests.infra.synthesise import ACL, CERTIFICATE, POLLING

SOURCE = Path(__file__).parents[2] / "infra" / "constructs" / "web_site.py"

# AWS's managed policies, by the ids that its documentation gives.
CACHING_OPTIMIZED = (
    "658327ea-f89d-4fab-a63d-7e88639e58f6"  # gzip and Brotli; a second at least, what headers say at most
)
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


CACHED_ERRORS = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
"""Of which `AWS::CloudFront::Distribution` takes a `CustomErrorResponse`."""


def distribution(assembly: Assembly) -> dict[str, Any]:
    (properties,) = assembly.properties("AWS::CloudFront::Distribution").values()
    config: dict[str, Any] = properties["DistributionConfig"]
    return config


def origin(assembly: Assembly, behaviour: dict[str, Any]) -> dict[str, Any]:
    (found,) = [each for each in distribution(assembly)["Origins"] if each["Id"] == behaviour["TargetOriginId"]]
    return dict(found)


@pytest.fixture(scope="module")
def socket(site: Assembly) -> dict[str, Any]:
    (found,) = [each for each in distribution(site)["CacheBehaviors"] if each["PathPattern"].startswith(SOCKET_PATH)]
    return dict(found)


@pytest.fixture(scope="module")
def page(site: Assembly) -> dict[str, Any]:
    return dict(distribution(site)["DefaultCacheBehavior"])


def test_it_imports_nothing_of_the_chat() -> None:
    modules = {node.module for node in ast.walk(ast.parse(SOURCE.read_text())) if isinstance(node, ast.ImportFrom)}
    assert not {module for module in modules if module and module.startswith("infra")}


def test_the_page_comes_compressed_from_the_bucket_and_as_long_as_its_headers_say(
    site: Assembly, page: dict[str, Any]
) -> None:
    assert text(origin(site, page)["DomainName"]) == "{SiteBucket.RegionalDomainName}"
    assert (page["Compress"], page["CachePolicyId"]) == (True, CACHING_OPTIMIZED)
    assert page["ViewerProtocolPolicy"] == "redirect-to-https"
    assert distribution(site)["DefaultRootObject"] == "index.html"


def test_the_bucket_is_read_by_this_distribution_and_nobody_else(site: Assembly) -> None:
    (bucket,) = site.properties("AWS::S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (policy,) = site.properties("AWS::S3::BucketPolicy").values()
    insecure, read = policy["PolicyDocument"]["Statement"]
    assert (insecure["Effect"], insecure["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (read["Effect"], read["Action"], read["Principal"]) == (
        "Allow",
        "s3:GetObject",
        {"Service": "cloudfront.amazonaws.com"},
    )
    assert text(read["Condition"]["StringEquals"]["AWS:SourceArn"]).endswith(":distribution/{SiteDistribution}")
    (access,) = site.properties("AWS::CloudFront::OriginAccessControl").values()
    assert access["OriginAccessControlConfig"]["SigningBehavior"] == "always"


def test_the_bucket_outlives_the_stack_since_its_files_are_not_the_stacks(site: Assembly) -> None:
    (bucket,) = site.of_type("AWS::S3::Bucket").values()
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"  # of a creation that failed, an empty one stays nowhere


def test_pages_carry_security_headers(site: Assembly, page: dict[str, Any]) -> None:
    assert text(page["ResponseHeadersPolicyId"]) == "{SiteHeaders}"
    (policy,) = site.properties("AWS::CloudFront::ResponseHeadersPolicy").values()
    headers = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert all(header["Override"] for header in headers.values())
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert headers["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
    assert "ContentTypeOptions" in headers


def test_the_page_may_do_what_it_may_do_locally_but_for_sockets_without_tls(site: Assembly) -> None:
    (policy,) = site.properties("AWS::CloudFront::ResponseHeadersPolicy").values()
    headers = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    said = directives(headers["ContentSecurityPolicy"]["ContentSecurityPolicy"])
    locally = directives(LOCAL_POLICY.format(""))
    assert said == locally | {"connect-src": locally["connect-src"] - {"ws:"}}
    assert "'unsafe-inline'" not in said["script-src"] | said["style-src"]


def directives(policy: str) -> dict[str, set[str]]:
    parts = (part.split() for part in policy.split(";"))
    return {name: set(sources) for name, *sources in parts}


def test_sockets_go_to_the_api_with_all_that_the_viewer_sent_but_the_host(
    site: Assembly, chat: Assembly, socket: dict[str, Any]
) -> None:
    api = origin(site, socket)
    assert socket["PathPattern"] == f"{SOCKET_PATH}*"
    known = text(api["DomainName"]).partition(".execute-api")[0]
    assert text(api["DomainName"]) == f"{known}.execute-api.{{AWS::Region}}.{{AWS::URLSuffix}}"
    stack, name = known.strip("{}").split(".")
    assert (stack, text(chat.template["Outputs"][name]["Value"])) == ("Chat", "{Api}")
    assert socket["AllowedMethods"] == ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
    assert api["CustomOriginConfig"] == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]}
    assert "OriginPath" not in api  # the function writes the whole path
    assert socket["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST_HEADER
    assert socket["CachePolicyId"] == CACHING_DISABLED
    assert socket["ViewerProtocolPolicy"] == "https-only"  # a redirect would come after the key went out in the open


def at_the_edge(assembly: Assembly, folder: Path, **request: Any) -> dict[str, Any]:
    """What the template's function makes of a viewer's request, run by Node: what it returns, and which origin."""
    (function,) = assembly.properties("AWS::CloudFront::Function").values()
    module = folder / "node_modules" / "cloudfront"
    module.mkdir(parents=True, exist_ok=True)
    (module / "package.json").write_text('{"type": "module", "exports": "./index.js"}')
    (module / "index.js").write_text("export default {updateRequestOrigin(given) {globalThis.origin = given}}")
    headers = {"host": {"value": "d1.cloudfront.net"}, **request.pop("headers", {})}
    whole = {"method": "GET", "querystring": {}, "cookies": {}, **request, "headers": headers}
    event = {"version": "1.0", "context": {"eventType": "viewer-request"}, "request": whole}
    returned = f"console.log(JSON.stringify({{returned: handler({json.dumps(event)}), origin: globalThis.origin}}))"
    script = f"{text(function['FunctionCode'])}\n{returned};"
    command = ["node", "--input-type=module", "--eval", script]
    answer: dict[str, Any] = json.loads(subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout)
    return answer


def query(**values: str) -> dict[str, Any]:
    return {name: {"value": value} for name, value in values.items()}


HANDSHAKE = {"sec-websocket-key": {"value": "dGhlIHNhbXBsZSBub25jZQ=="}}


@pytest.mark.parametrize("uri", [SOCKET_PATH, f"{SOCKET_PATH}/"])
def test_the_path_of_sockets_becomes_the_stage_without_a_slash_and_all_else_stays_but_the_name(
    site: Assembly, tmp_path: Path, uri: str
) -> None:
    rest = {"method": "GET", "querystring": query(EIO="4", transport="websocket", token="k"), "cookies": {}}
    headers = {"origin": {"value": "https://d1.cloudfront.net"}, "authorization": {"value": "Bearer x"}, **HANDSHAKE}
    returned = at_the_edge(site, tmp_path, uri=uri, headers=headers, **rest)["returned"]
    name = {"host": {"value": "d1.cloudfront.net"}, "x-forwarded-host": {"value": "d1.cloudfront.net"}}
    assert returned == {"uri": "/live", **rest, "headers": {**headers, **name}}


def test_the_name_by_which_the_viewer_came_is_told_whatever_the_viewer_says_it_was(
    site: Assembly, tmp_path: Path
) -> None:
    claimed = {"x-forwarded-host": {"value": "evil.example", "multiValue": [{"value": "evil.example"}]}}
    socket = query(EIO="4", transport="websocket")
    returned = at_the_edge(site, tmp_path, uri=SOCKET_PATH, querystring=socket, headers=claimed)["returned"]
    assert returned["headers"]["x-forwarded-host"] == {"value": "d1.cloudfront.net"}


def test_a_client_that_speaks_json_is_known_by_its_handshake(site: Assembly, tmp_path: Path) -> None:
    native = at_the_edge(site, tmp_path, uri=SOCKET_PATH, querystring=query(token="k"), headers=HANDSHAKE)
    assert native["returned"]["uri"] == "/live"


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("uri", ["/moves", "/moves/"])
def test_long_polling_goes_to_an_api_of_its_own_at_the_same_path(
    somebody_else: Assembly, tmp_path: Path, method: str, uri: str
) -> None:
    polling = query(EIO="4", transport="polling", sid="x")
    found = at_the_edge(somebody_else, tmp_path, uri=uri, method=method, querystring=polling)
    assert found["origin"] == {"domainName": POLLING.format("{AWS::Region}")}
    assert (found["returned"]["uri"], found["returned"]["querystring"]) == (uri, polling)
    assert found["returned"]["headers"]["x-forwarded-host"] == {"value": "d1.cloudfront.net"}


@pytest.mark.parametrize(
    ("asked", "headers"),
    [
        ({}, {}),
        (query(EIO="4"), HANDSHAKE),
        (query(EIO="4", transport="webtransport"), {}),
        (query(transport="Websocket"), HANDSHAKE),
    ],
)
def test_what_no_transport_serves_is_answered_with_engine_ios_words(
    site: Assembly, tmp_path: Path, asked: dict[str, Any], headers: dict[str, Any]
) -> None:
    found = at_the_edge(site, tmp_path, uri=SOCKET_PATH, method="POST", querystring=asked, headers=headers)
    returned = found["returned"]
    assert "origin" not in found
    assert returned["statusCode"] == 400
    code = refusals.UNKNOWN_TRANSPORT
    assert json.loads(returned["body"]["data"]) == {"code": code, "message": refusals.REASONS[code]}
    assert returned["headers"]["content-type"] == {"value": "application/json"}
    assert returned["headers"]["access-control-allow-origin"] == {"value": "*"}


def test_without_an_api_for_it_long_polling_is_such_a_transport(named_site: Assembly, tmp_path: Path) -> None:
    found = at_the_edge(named_site, tmp_path, uri=SOCKET_PATH, querystring=query(EIO="4", transport="polling"))
    assert "origin" not in found
    assert found["returned"]["statusCode"] == 400


def test_health_is_answered_at_the_pages_address(site: Assembly, tmp_path: Path) -> None:
    returned = at_the_edge(site, tmp_path, uri="/health")["returned"]
    assert (returned["statusCode"], json.loads(returned["body"]["data"])) == (200, {"status": "ok"})
    assert "body" not in at_the_edge(site, tmp_path, uri="/health", method="HEAD")["returned"]
    (health,) = [each for each in distribution(site)["CacheBehaviors"] if each["PathPattern"] == "/health"]
    assert health["CachePolicyId"] == CACHING_DISABLED
    (association,) = health["FunctionAssociations"]
    assert text(association["FunctionARN"]) == "{SiteSocketPath.FunctionARN}"


@pytest.mark.parametrize(
    "uri", [f"{SOCKET_PATH}//", f"{SOCKET_PATH}s", f"{SOCKET_PATH}/@connections/x", "/API/SOCKETIO"]
)
def test_other_paths_never_reach_the_api(site: Assembly, tmp_path: Path, uri: str) -> None:
    socket = query(EIO="4", transport="websocket")
    answer = at_the_edge(site, tmp_path, uri=uri, method="POST", querystring=socket, headers=HANDSHAKE)["returned"]
    assert answer == {"statusCode": 404, "statusDescription": "Not Found"}


def test_no_error_is_kept(site: Assembly) -> None:
    responses = distribution(site)["CustomErrorResponses"]
    assert {each["ErrorCode"] for each in responses} == CACHED_ERRORS
    assert [each for each in responses if each["ErrorCachingMinTTL"] != 0 or len(each) != 2] == []


def test_the_function_runs_before_anything_is_looked_up(site: Assembly, socket: dict[str, Any]) -> None:
    (association,) = socket["FunctionAssociations"]
    assert association["EventType"] == "viewer-request"
    assert text(association["FunctionARN"]) == "{SiteSocketPath.FunctionARN}"
    (function,) = site.properties("AWS::CloudFront::Function").values()
    assert (function["FunctionConfig"]["Runtime"], function["AutoPublish"]) == ("cloudfront-js-2.0", True)
    assert len(text(function["FunctionCode"]).encode()) <= 10_240  # CloudFront's quota


def test_the_page_is_told_where_sockets_are_and_no_key_but_the_public_one(site: Assembly, chat: Assembly) -> None:
    outputs = {key: text(output["Value"]) for key, output in site.template["Outputs"].items()}
    told = json.loads(outputs["SiteConfig"])
    public = chat.properties("AWS::Lambda::Function")["Message"]["Environment"]["Variables"]["VAPID_PUBLIC_KEY"]
    assert told == {"socketPath": SOCKET_PATH, "enableWebsockets": True, "vapidPublicKey": public}
    assert outputs["SiteUrl"] == "https://{SiteDistribution.DomainName}"
    assert outputs["BucketSite"] == "{SiteBucket}"


def test_what_is_named_once_an_account_is_named_by_stack_and_region(site: Assembly) -> None:
    (policy,) = site.properties("AWS::CloudFront::ResponseHeadersPolicy").values()
    (access,) = site.properties("AWS::CloudFront::OriginAccessControl").values()
    names = {
        text(policy["ResponseHeadersPolicyConfig"]["Name"]),
        text(access["OriginAccessControlConfig"]["Name"]),
    }
    (name,) = names
    assert name.startswith("ChatsiteSite")  # never that of a version whose page was part of the chat's stack
    assert name.endswith("-{AWS::Region}")


def test_it_can_be_left_out(bare: Assembly) -> None:
    assert [path.name for path in bare.folder.glob("*.template.json")] == ["Bare.template.json"]


def test_the_chat_knows_nothing_of_the_page_and_is_deployed_before_it(chat: Assembly, site: Assembly) -> None:
    assert not [kind for kind in chat.kinds() if kind.startswith(("AWS::CloudFront::", "AWS::S3::"))]
    assert not [item for item in strings(chat.template) if "Chat-site" in item or "cloudfront" in item.lower()]
    stacks = json.loads((site.folder / "manifest.json").read_text())["artifacts"]
    assert "Chat" in stacks["Chat-site"]["dependencies"]
    assert "Chat-site" not in stacks["Chat"]["dependencies"]


def test_it_takes_a_name_a_certificate_and_a_web_acl_of_ones_own(somebody_else: Assembly) -> None:
    board = distribution(somebody_else)
    assert board["Aliases"] == ["game.example.com"]
    assert board["ViewerCertificate"]["AcmCertificateArn"] == CERTIFICATE
    assert board["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert (board["WebACLId"], board["PriceClass"]) == (ACL, "PriceClass_All")


def test_the_functions_behind_the_api_can_know_the_page(somebody_else: Assembly) -> None:
    (play,) = somebody_else.properties("AWS::Lambda::Function").values()
    assert play["Environment"]["Variables"]["PAGE"] == "https://game.example.com"


def test_its_log_has_no_key_no_address_and_an_end(somebody_else: Assembly, site: Assembly) -> None:
    (delivery,) = somebody_else.properties("AWS::Logs::Delivery").values()
    assert not [field for field in delivery["RecordFields"] if re.search(r"query|cookie|referer|c-ip|forwarded", field)]
    (source,) = somebody_else.properties("AWS::Logs::DeliverySource").values()
    assert text(source["ResourceArn"]) == (
        "arn:{AWS::Partition}:cloudfront::{AWS::AccountId}:distribution/{BoardDistribution}"
    )
    assert (delivery["DeliverySourceName"], source["LogType"]) == (source["Name"], "ACCESS_LOGS")
    (destination,) = somebody_else.properties("AWS::Logs::DeliveryDestination").values()
    groups = somebody_else.properties("AWS::Logs::LogGroup").values()
    (group,) = [each for each in groups if "LogGroupName" in each]
    assert text(destination["DestinationResourceArn"]).endswith(f":log-group:{group['LogGroupName']}")
    assert group["RetentionInDays"] == 14
    assert not site.of_type("AWS::Logs::Delivery")  # unless it is asked for: site_access_log
