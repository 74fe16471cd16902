"""Where the stack can be: regions without WebSocket APIs, partitions without CloudFront."""

from collections.abc import Iterator

from infra.config import Config
from tools.findings import Finding, Kind, Unchecked, ask
from tools.target import Target

UNSURE = {
    "ap-east-2": "Taipei",
    "ap-southeast-5": "Malaysia: refused in December 2024, serverless/serverless#12955",
    "ap-southeast-6": "New Zealand",
    "ap-southeast-7": "Thailand: refused in April 2025, aws/aws-sdk-ruby#3228",
    "mx-central-1": "Mexico",
}
"""Regions for which AWS has announced neither HTTP nor WebSocket APIs as far as we know. API Gateway came to these with
REST APIs alone; older ones had the others by March 2025 (AWS's What's New, 3 March 2025). AWS lists no region by kind
of API, so the account is asked too: where there are none, GetApis is answered with BadRequestException."""

WITHOUT_SITE = {
    "us-gov-": "CloudFront is not in AWS GovCloud",
    "cn-": "CloudFront in China wants a registration (ICP) and has no functions",
}
"""Beginnings of region names, and why no page can be there. "CloudFront in China", CloudFront's Developer Guide; "AWS
services in AWS GovCloud (US)"."""


LOGS_OF_CLOUDFRONT = "us-east-1"
"""Where CloudFront hands out its access logs: "Configure standard logging (v2)", CloudFront's Developer Guide."""


def check(target: Target, settings: Config) -> Iterator[Finding]:
    """What cannot be in this region."""
    if settings.web_site and settings.site_access_log and target.region != LOGS_OF_CLOUDFRONT:
        said = f"CloudFront's access log can only be had by a stack in {LOGS_OF_CLOUDFRONT}: -c site_access_log=false"
        yield Finding(Kind.STOP, said)
    for prefix, reason in WITHOUT_SITE.items():
        if settings.web_site and target.region.startswith(prefix):
            yield Finding(Kind.STOP, f"{reason}: deploy the chat alone, -c web_site=false, and serve the page yourself")
    try:
        ask("Whether the region has WebSocket APIs", "apigateway:GET on /apis", target.client("apigatewayv2").get_apis)
    except Unchecked as exc:
        if exc.code != "BadRequestException":
            raise
        yield Finding(
            Kind.STOP,
            f"{target.region} has no WebSocket APIs, it seems (GetApis is answered with BadRequestException): take "
            "another region, AWS_REGION=…",
        )
        return
    if target.region in UNSURE:
        yield Finding(
            Kind.WARNING,
            f"{target.region} ({UNSURE[target.region]}) may have no WebSocket APIs yet. If the deployment fails at the "
            "API, take another region: AWS_REGION=…",
        )
